"""What a reduction (audit) report says, as plain frozen structs (RA7, R105). A snapshot is the canonical JSON of :class:`ReductionFacts`."""

from decimal import Decimal

import msgspec

from reports.facts import Company, EnergyItem, MonthFact, Operation, PartYear


class SavedFact(msgspec.Struct, frozen=True, kw_only=True):
    """A saved energy of a measure: amount a year, the dated factor, tonnes."""

    name: str
    amount: Decimal
    unit: str
    factor: str
    source: str
    formula: str
    co2: Decimal


class MeasureFact(msgspec.Struct, frozen=True, kw_only=True):
    """A measure. tCO2 a year: typed by the firm, computed, accepted by the auditor (issued reports); ``counted`` counts (RA2)."""

    id: str
    version: int
    name: str
    summary: str
    kind: str
    cost_class: str
    investment: Decimal
    implemented_on: str
    life_years: int
    saved: list[SavedFact]
    typed: Decimal | None
    computed: Decimal | None
    reason: str
    counted: Decimal
    in_year: Decimal
    months_in_year: int
    cost: Decimal | None
    verdict: str = ""
    verdict_reason: str = ""
    filed: Decimal | None = None


class IndicatorFact(msgspec.Struct, frozen=True, kw_only=True):
    """An audit indicator with what it says (RA5)."""

    name: str
    unit: str
    before: Decimal
    after: Decimal
    direction: str
    target: Decimal | None
    change: Decimal
    change_pct: Decimal | None
    attainment_pct: Decimal | None
    reached: bool | None


class TargetFact(msgspec.Struct, frozen=True, kw_only=True):
    """A target (FD14)."""

    indicator: str
    unit: str
    base_year: int
    base: Decimal
    target: Decimal
    due_year: int
    change_pct: Decimal | None


class PlanFact(msgspec.Struct, frozen=True, kw_only=True):
    """A plan; never added to what was achieved (R104)."""

    name: str
    content: str
    kind: str
    investment: Decimal
    expected_on: str
    expected: Decimal
    finance_wanted: bool


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Another report of the same year as it stands (R105); ``figures`` are name, value and unit as printed there."""

    kind: str
    title: str
    number: str
    label: str
    issued_on: str
    snapshot: str
    figures: list[tuple[str, str, str]]


class AuditFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the auditor and what became of it."""

    number: int
    section: str
    label: str
    text: str
    severity: str
    state: str
    answer: str


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Section 7 of an issued report. Names of people are masked."""

    case_id: str
    case_number: str
    agency: str
    verifier: str
    reviewer: str
    verdict: str
    opinion: str
    concluded_on: str
    signed_on: str
    draft_number: str
    findings: list[AuditFinding]


class AttachmentFact(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that goes along; ``file_id`` is the stored file, ``measure`` the id of what it proves."""

    name: str
    belongs: str
    size: int
    file_id: str
    measure: str = ""
    content_type: str = ""


class YearCore(msgspec.Struct, frozen=True, kw_only=True):
    """Emission of a year in tCO2; None while it is not whole."""

    year: int
    core: Decimal | None


class ReductionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report. ``basis`` self: a draft of the enterprise; verified: issued by an agency."""

    kind: str
    year: int
    number: str
    report_id: str
    issued_at: str
    issued_on: str
    basis: str
    known_on: str
    method_version: str
    data_version: str
    company: Company
    intro: str
    operation: Operation
    process_flow: str
    main_equipment: str
    typed: dict[str, str]
    energy: list[EnergyItem]
    months: list[MonthFact]
    direct: Decimal
    indirect: Decimal
    process: Decimal
    core: Decimal
    tce: Decimal
    years: list[YearCore]
    measures: list[MeasureFact]
    investment: Decimal
    annual: Decimal
    in_year: Decimal
    earlier: Decimal
    share_pct: Decimal | None
    share_reason: str
    before_month: str
    after_month: str
    indicators: list[IndicatorFact]
    targets: list[TargetFact]
    plans: list[PlanFact]
    planned: Decimal
    carried: list[Carried]
    attachments: list[AttachmentFact]
    part_year: PartYear | None = None
    audit: Audit | None = None
    demo: bool = False
