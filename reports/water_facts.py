"""What a water-saving report says, as plain frozen structs (WA12). A snapshot is the canonical JSON of :class:`WaterFacts`; m3 unless named."""

from decimal import Decimal

import msgspec

from reports.facts import Company, Operation


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """One typed amount; None is not filled in."""

    code: str
    section: str
    label: str
    unit: str
    value: Decimal | None
    last_year: Decimal | None = None


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator (WA2-WA6, WA11); a missing one has its reason."""

    code: str
    name: str
    unit: str
    value: Decimal | None
    last_year: Decimal | None
    change_pct: Decimal | None
    formula: str
    reason: str


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """Two sums that should meet (WA7)."""

    inflow: Decimal | None
    outflow: Decimal | None
    difference: Decimal | None
    error_pct: Decimal | None
    tolerance_pct: Decimal
    word: str
    reason: str


class QuotaRow(msgspec.Struct, frozen=True, kw_only=True):
    """The quota a product was held against."""

    product: str
    unit: str
    region_code: str
    advanced: Decimal | None
    general: Decimal
    valid_from: str
    valid_to: str
    source: str
    note: str = ""


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product (WA3, WA8)."""

    name: str
    unit: str
    output: Decimal | None
    production_water: Decimal | None
    unit_intake: Decimal | None
    last_year: Decimal | None
    status: str
    excess_pct: Decimal | None
    quota: QuotaRow | None
    reason: str


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A measure carried out (WA10)."""

    name: str
    summary: str
    investment: Decimal | None
    implemented_on: str
    annual_saving: Decimal | None
    in_year_saving: Decimal | None
    cost_per_m3: Decimal | None
    payback_years: Decimal | None


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A measure to come."""

    name: str
    content: str
    expected_investment: Decimal | None
    expected_on: str
    expected_saving: Decimal | None


class TitleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A demonstration title."""

    name: str
    level: str
    awarded_on: str
    certificate: bool


class WaterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report."""

    kind: str
    year: int
    number: str
    report_id: str
    issued_at: str
    issued_on: str
    known_on: str
    data_version: str
    basis: str
    company: Company
    operation: Operation
    amounts: list[Amount]
    figures: list[Figure]
    balance: Closing
    use_balance: Closing
    products: list[ProductRow]
    measures: list[MeasureRow]
    plans: list[PlanRow]
    titles: list[TitleRow]
    metering: str = ""
    tested_on: str = ""
    tested_by: str = ""
    test_file: bool = False
    comments: str = ""
    missing: list[str] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)
    saved_at: str = ""
    demo: bool = False

    def amount(self, code: str) -> Decimal | None:
        """A typed amount by its field's name."""
        return next((a.value for a in self.amounts if a.code == code), None)

    def figure(self, code: str) -> Figure:
        """An indicator by its code."""
        return next(f for f in self.figures if f.code == code)
