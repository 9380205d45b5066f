"""What a low-carbon grade report says, as plain frozen structs (rule LR3). A snapshot is the canonical JSON of :class:`ReportFacts`.

Amounts are Decimals in the units of rule GN5; None means "not known" and always comes with a reason in words elsewhere.
"""

from decimal import Decimal

import msgspec


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Section 1. Names of people are masked before they come here (P rules)."""

    name: str
    uscc: str
    region: str
    region_code: str
    industry_code: str
    industry: str
    address: str = ""
    nature: str = ""
    legal_representative: str = ""
    contact: str = ""
    identifier_prefix: str = ""
    key_emitter: bool = False
    verified: bool = True  # False: 主体未认证 on each page


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """Section 2: 万元 at current prices (GN5), head count."""

    output: Decimal | None = None
    value_added: Decimal | None = None
    tax: Decimal | None = None
    staff: int | None = None


class EnergyItem(msgspec.Struct, frozen=True, kw_only=True):
    """Section 3: one kind of energy over the year. ``source`` is a key of documents.palette.SOURCES."""

    name: str
    source: str
    use: str
    amount: Decimal
    unit: str
    tce: Decimal
    tce_equal_value: Decimal | None = None
    co2: Decimal = Decimal(0)
    scope: str = "direct"  # direct | indirect | process | none


class MonthFact(msgspec.Struct, frozen=True, kw_only=True):
    """One month of the year as it stands in the account of record; ``by_source`` in tCO2."""

    period: str
    state: str  # submitted | missing | not_operating
    direct: Decimal = Decimal(0)
    indirect: Decimal = Decimal(0)
    process: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    by_source: dict[str, Decimal] = msgspec.field(default_factory=dict)
    tce: Decimal | None = None
    estimated: bool = False
    version: int | None = None
    submitted_on: str = ""


class YearFact(msgspec.Struct, frozen=True, kw_only=True):
    """A year of the three-year trend."""

    year: int
    core: Decimal | None = None
    intensity: Decimal | None = None
    efficiency: Decimal | None = None
    letter: str | None = None
    note: str = ""


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """The row of B that was used (CE8)."""

    value: Decimal
    label: str  # 广州市 C292 塑料制品业 2025 年（20 家）
    source: str
    year: int
    firms: int | None = None
    basis: str = "self"
    earlier_year: bool = False


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A dated parameter row that decided something (GN11)."""

    name: str
    value: str
    in_force: str
    source: str


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """Section 5 (CE1-CE9). ``reason`` is a code of GN8 when there is no grade."""

    graded: bool
    core: Decimal
    deducted: Decimal
    green_power: Decimal = Decimal(0)
    sink: Decimal = Decimal(0)
    ccus: Decimal = Decimal(0)
    reason: str = ""
    reason_text: str = ""
    remedy: list[str] = msgspec.field(default_factory=list)
    intensity: Decimal | None = None
    intensity_level: str = ""
    efficiency: Decimal | None = None
    level: int | None = None
    letter: str | None = None
    benchmark: Benchmark | None = None
    better_than: Decimal | None = None
    peers: int | None = None
    next_step: str = ""
    thresholds: list[Decimal] = msgspec.field(
        default_factory=lambda: [Decimal(t) for t in ("0.6", "0.8", "1.2", "2.0")]
    )


class NeutralityPart(msgspec.Struct, frozen=True, kw_only=True):
    """One reduction counted in N (NR)."""

    name: str
    amount: Decimal
    evidence: str = ""


class Neutrality(msgspec.Struct, frozen=True, kw_only=True):
    """Section 6."""

    rate: Decimal | None
    own: Decimal | None = None
    offset: Decimal | None = None
    reason_text: str = ""
    parts: list[NeutralityPart] = msgspec.field(default_factory=list)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A plausibility question of a filing and its answer (FI9)."""

    period: str
    item: str
    text: str
    answer: str


class FactorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A factor row that was used; ``no`` is its mark in the annex (F1, F2 ...)."""

    no: str
    code: str
    name: str
    value: str
    unit: str
    factor_set: str
    valid: str
    source: str
    note: str = ""


class TraceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the account of record with its arithmetic."""

    period: str
    item: str
    amount: Decimal
    unit: str
    formula: str
    factors: list[str]
    co2: Decimal
    tce: Decimal | None = None
    scope: str = "direct"
    estimated: bool = False
    coefficient: str = ""  # of standard coal, with its set


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Section 9."""

    expected: int
    present: int
    estimated_months: list[str] = msgspec.field(default_factory=list)
    questions: list[Question] = msgspec.field(default_factory=list)
    remarks: list[str] = msgspec.field(default_factory=list)
    factors: list[FactorRow] = msgspec.field(default_factory=list)


class PartYear(msgspec.Struct, frozen=True, kw_only=True):
    """A firm that opened or closed within the year (GN7)."""

    months: list[str]
    reason: str
    document: str = ""


class VerifiedValue(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of section 10: filed and verified, the difference and its reason (LR4). ``estimated``: a conservative value (R78)."""

    label: str
    unit: str
    filed: Decimal | None
    verified: Decimal | None
    verdict: str
    reason: str
    estimated: bool = False


class VerifiedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the case and what became of it (R76)."""

    number: int
    place: str
    text: str
    severity: str
    state: str
    answer: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Section 10 (rated only). The filed figures stand beside the verified ones of the report itself; people are masked."""

    case_number: str
    agency: str
    verifier: str
    reviewer: str
    concluded_on: str
    signed_on: str
    verdict: str
    opinion: str
    accepted: int
    values: list[VerifiedValue]
    findings: list[VerifiedFinding]
    filed_number: str
    filed_core: Decimal
    filed_value_added: Decimal | None
    filed_intensity: Decimal | None
    filed_efficiency: Decimal | None
    filed_letter: str | None
    difference_pct: Decimal | None
    highlighted: bool


class MeasureLine(msgspec.Struct, frozen=True, kw_only=True):
    """Section 7: a measure done in the year; tCO2 a year and in the year, 万元; ``basis`` says whose amount counts (RA2)."""

    name: str
    kind: str
    implemented_on: str
    investment: Decimal
    annual: Decimal
    in_year: Decimal
    basis: str


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """Section 7: a plan, never added to what was achieved (R104)."""

    name: str
    expected_on: str
    investment: Decimal
    expected: Decimal


class WaterLine(msgspec.Struct, frozen=True, kw_only=True):
    """Section 8: one figure of the year's water; None with its reason."""

    name: str
    unit: str
    value: Decimal | None
    last_year: Decimal | None
    reason: str = ""


class ReportFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report. ``basis`` self | verified (GN9)."""

    kind: str
    year: int
    number: str
    report_id: str
    issued_at: str
    issued_on: str
    basis: str
    method_version: str
    known_on: str
    data_version: str = ""
    company: Company
    operation: Operation
    energy: list[EnergyItem]
    tce: Decimal
    tce_equal_value: Decimal | None
    months: list[MonthFact]
    direct: Decimal
    indirect: Decimal
    process: Decimal
    core: Decimal
    green_power_mwh: Decimal | None = None
    own_power_mwh: Decimal | None = None
    previous_core: Decimal | None = None
    typed_tce: Decimal | None = None
    grade: Grade
    neutrality: Neutrality
    trend: list[YearFact] = msgspec.field(default_factory=list)
    quality: Quality
    parameters: list[Parameter] = msgspec.field(default_factory=list)
    trace: list[TraceLine] = msgspec.field(default_factory=list)
    part_year: PartYear | None = None
    demo: bool = False
    verification: Verification | None = None
    measures: list[MeasureLine] = msgspec.field(default_factory=list)
    plans: list[PlanLine] = msgspec.field(default_factory=list)
    water: list[WaterLine] = msgspec.field(default_factory=list)
