"""Handlers of a firm's yearly water data: list, read, save, the year's table, quotas to choose from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

import filing
import tenants
import water
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Quantity, Struct, Text
from api.routes.filing import year_of
from auth.audiences import ENTERPRISE
from core.database import Acting
from core.ids import new_id

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Word = Annotated[str, msgspec.Meta(max_length=200)]
Whole = Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]


class WaterYearAnswer(Answer):
    """A year in the list; ``intake`` in m3, ``state`` draft or ready (for a report)."""

    year: int
    state: str
    complete: bool
    intake: Decimal | None
    updated_at: datetime


class WaterYears(Answer):
    items: list[WaterYearAnswer]


class WaterDataBody(Struct):
    """FD10; blank fields may be left out or null, 0 is a value. m3 unless the name says otherwise."""

    tap: Quantity | None = None
    surface: Quantity | None = None
    ground: Quantity | None = None
    bought_other: Quantity | None = None
    supplied_out: Quantity | None = None
    reclaimed: Quantity | None = None
    rain: Quantity | None = None
    sea: Quantity | None = None
    mine: Quantity | None = None
    unconventional_other: Quantity | None = None
    use_production: Quantity | None = None
    use_auxiliary: Quantity | None = None
    use_attached: Quantity | None = None
    cooling_cycle: Quantity | None = None
    process_reuse: Quantity | None = None
    condensate: Quantity | None = None
    other_reuse: Quantity | None = None
    cooling_fresh: Quantity | None = None
    process_fresh: Quantity | None = None
    steam_kg_h: Quantity | None = None
    boiler_hours: Quantity | None = None
    consumed: Quantity | None = None
    discharged: Quantity | None = None
    leaked: Quantity | None = None
    domestic_fresh: Quantity | None = None
    staff: Whole | None = None
    workdays: Whole | None = None
    water_price: Quantity | None = None
    metering: Text = ""
    tested_on: date | None = None
    tested_by: Word = ""
    test_file: UUID | None = None
    comments: Text = ""


class WaterProductBody(Struct):
    """A product; ``id`` of one that is there, null for a new one; ``production_water`` m3."""

    id: UUID | None = None
    name: Word = ""
    unit: Word = ""
    output: Quantity | None = None
    production_water: Quantity | None = None
    quota_id: UUID | None = None


class WaterMeasureBody(Struct):
    """A measure carried out: 万元, m3 a year."""

    id: UUID | None = None
    name: Word = ""
    summary: Text = ""
    investment: Quantity | None = None
    implemented_on: date | None = None
    annual_saving: Quantity | None = None


class WaterPlanBody(Struct):
    """A measure to come: 万元, m3 a year."""

    id: UUID | None = None
    name: Word = ""
    content: Text = ""
    expected_investment: Quantity | None = None
    expected_on: date | None = None
    expected_saving: Quantity | None = None


class WaterTitleBody(Struct):
    """A demonstration title; ``level`` 国家, 省, 市 or 区."""

    name: Word = ""
    level: Word = ""
    awarded_on: date | None = None
    certificate_id: UUID | None = None


class WaterBody(Struct):
    """A year as typed, whole or in part; ``version`` as it was read, 0 for a new year."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    data: WaterDataBody = msgspec.field(default_factory=WaterDataBody)
    products: Annotated[list[WaterProductBody], msgspec.Meta(max_length=200)] = msgspec.field(default_factory=list)
    measures: Annotated[list[WaterMeasureBody], msgspec.Meta(max_length=200)] = msgspec.field(default_factory=list)
    plans: Annotated[list[WaterPlanBody], msgspec.Meta(max_length=200)] = msgspec.field(default_factory=list)
    titles: Annotated[list[WaterTitleBody], msgspec.Meta(max_length=200)] = msgspec.field(default_factory=list)


class WaterData(Answer):
    """FD10 as kept; null is not filled in."""

    tap: Decimal | None
    surface: Decimal | None
    ground: Decimal | None
    bought_other: Decimal | None
    supplied_out: Decimal | None
    reclaimed: Decimal | None
    rain: Decimal | None
    sea: Decimal | None
    mine: Decimal | None
    unconventional_other: Decimal | None
    use_production: Decimal | None
    use_auxiliary: Decimal | None
    use_attached: Decimal | None
    cooling_cycle: Decimal | None
    process_reuse: Decimal | None
    condensate: Decimal | None
    other_reuse: Decimal | None
    cooling_fresh: Decimal | None
    process_fresh: Decimal | None
    steam_kg_h: Decimal | None
    boiler_hours: Decimal | None
    consumed: Decimal | None
    discharged: Decimal | None
    leaked: Decimal | None
    domestic_fresh: Decimal | None
    staff: int | None
    workdays: int | None
    water_price: Decimal | None
    metering: str
    tested_on: date | None
    tested_by: str
    test_file: UUID | None
    comments: str


class WaterQuotaAnswer(Answer):
    """A dated quota, m3 per ``unit``; ``region_code`` empty: all of the country."""

    id: UUID
    product: str
    unit: str
    region_code: str
    industry_code: str
    advanced: Decimal | None
    general: Decimal
    valid_from: date
    valid_to: date | None
    source: str
    source_url: str
    note: str
    loaded_at: datetime


class WaterProduct(Answer):
    """A product with its intake per unit and where it stands: 先进, 达标, 超定额 (``excess_pct``), 无定额."""

    id: UUID
    name: str
    unit: str
    output: Decimal | None
    production_water: Decimal | None
    quota_id: UUID | None
    unit_intake: Decimal | None
    status: str
    excess_pct: Decimal | None
    quota: WaterQuotaAnswer | None
    last_year: Decimal | None
    reason: str


class WaterMeasure(Answer):
    """A measure with its effect: m3 within the year, CNY per m3, years."""

    id: UUID
    name: str
    summary: str
    investment: Decimal | None
    implemented_on: date | None
    annual_saving: Decimal | None
    in_year_saving: Decimal | None
    cost_per_m3: Decimal | None
    payback_years: Decimal | None


class WaterPlan(Answer):
    id: UUID
    name: str
    content: str
    expected_investment: Decimal | None
    expected_on: date | None
    expected_saving: Decimal | None


class WaterTitle(Answer):
    name: str
    level: str
    awarded_on: date | None
    certificate_id: UUID | None


class WaterMoney(Answer):
    """From the year's operating data, 万元."""

    output: Decimal | None
    value_added: Decimal | None


class WaterIndicator(Answer):
    """One figure; ``value`` null comes with a ``reason``."""

    code: str
    name: str
    unit: str
    value: Decimal | None
    last_year: Decimal | None
    change_pct: Decimal | None
    formula: str
    reason: str


class WaterBalance(Answer):
    """Two sums in m3; ``word`` is ok, 水量不平衡, or empty while ``reason`` says what is missing."""

    inflow: Decimal | None
    outflow: Decimal | None
    difference: Decimal | None
    error_pct: Decimal | None
    tolerance_pct: Decimal
    word: str
    reason: str


class WaterRemark(Answer):
    """``section`` is an anchor of the form: sources, uses, reuse, balance, domestic, products, measures, plans, titles, test."""

    code: str
    section: str
    text: str


class WaterMissing(Answer):
    section: str
    path: str
    text: str


class WaterLastYear(Answer):
    year: int
    intake: Decimal | None
    reportable: bool


class WaterAnswer(Answer):
    """A year with its figures; ``reasons`` are empty exactly when ``reportable``."""

    year: int
    version: int
    state: str
    data: WaterData
    products: list[WaterProduct]
    measures: list[WaterMeasure]
    plans: list[WaterPlan]
    titles: list[WaterTitle]
    money: WaterMoney
    indicators: list[WaterIndicator]
    last_year: WaterLastYear | None
    balance: WaterBalance
    use_balance: WaterBalance
    warnings: list[WaterRemark]
    missing: list[WaterMissing]
    complete: bool
    reportable: bool
    reasons: list[WaterRemark]
    saved_by: str
    saved_at: datetime | None


def _answer(view: water.WaterView) -> WaterAnswer:
    return msgspec.convert(view, WaterAnswer, from_attributes=True)


def _typed(body: WaterBody) -> water.Body:
    """The body with an id for every new row."""
    plain = msgspec.to_builtins(body, builtin_types=(Decimal, date, UUID), enc_hook=lambda q: Decimal(q))
    del plain["version"]
    for name in ("products", "measures", "plans"):
        for row in plain[name]:
            row["id"] = row["id"] or new_id()
    return msgspec.convert(plain, water.Body, builtin_types=(Decimal, date, UUID))


@route("GET", "/api/v1/water", permission="water.read", audience=ENTERPRISE, answer=WaterYears, summary="水资源数据：各年度", tag="water")
async def list_water(ctx: Acting, call: Call) -> WaterYears:
    return WaterYears(items=[msgspec.convert(y, WaterYearAnswer, from_attributes=True) for y in await water.water_years(ctx)])


@route("GET", "/api/v1/water/<year>", permission="water.read", audience=ENTERPRISE, answer=WaterAnswer, summary="一年的水资源数据与指标", tag="water")
async def get_water(ctx: Acting, call: Call, year: str) -> WaterAnswer:
    return _answer(await water.water_year(ctx, year_of(year)))


@route(
    "PUT", "/api/v1/water/<year>", permission="water.edit", audience=ENTERPRISE, body=WaterBody, answer=WaterAnswer, idempotent=True,
    summary="保存一年的水资源数据（可不完整）", tag="water", errors=("STALE_VERSION", "SUPPLIED_OUT"),
)  # fmt: skip
async def put_water(ctx: Acting, call: Call, year: str) -> WaterAnswer:
    typed = _typed(call.body)
    known = await filing.known_evidence(ctx, {proof for _, proof in typed.proofs()})
    saved = await water.save_water(ctx, year_of(year), call.body.version, typed, await tenants.own_name(ctx), known)
    await filing.drop_unneeded(ctx, "water", await water.named_proofs(ctx))
    return _answer(saved)


@route("GET", "/api/v1/water/<year>/table.xlsx", permission="water.read", audience=ENTERPRISE, summary="水资源利用情况表（Excel）", tag="water")
async def water_table(ctx: Acting, call: Call, year: str) -> FileAnswer:
    number = year_of(year)
    firm = (await tenants.profile_facts(ctx)).name
    return FileAnswer(await water.water_table(ctx, number, firm), XLSX, f"水资源利用情况表-{number}.xlsx")


class WaterQuotaQuery(Struct):
    """``q``: part of a product's name or the beginning of an industry code; rows in force at the end of ``year``."""

    q: Word = ""
    year: Annotated[int, msgspec.Meta(ge=1990, le=2100)] | None = None


class WaterQuotas(Answer):
    items: list[WaterQuotaAnswer]


@route(
    "GET", "/api/v1/water-quotas", permission="water.read", audience=ENTERPRISE, query=WaterQuotaQuery, answer=WaterQuotas,
    summary="可选的用水定额", tag="water",
)  # fmt: skip
async def find_water_quotas(ctx: Acting, call: Call) -> WaterQuotas:
    found = await water.find_quotas(ctx, call.query.q, call.query.year or ctx.today.year)
    return WaterQuotas(items=[msgspec.convert(q, WaterQuotaAnswer, from_attributes=True) for q in found])
