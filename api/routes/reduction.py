"""Handlers of reduction information: measures of a year, audit indicators, plans."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

import filing
from api.kernel.route import Call, route
from api.kernel.types import Answer, Month, Quantity, Struct
from api.routes.filing import year_of
from auth.audiences import ENTERPRISE
from carbon import Indicator
from core.database import Acting

Kind = Literal["节能", "燃料替代", "可再生能源", "工艺", "回收利用", "管理", "其他"]
Version = Annotated[int, msgspec.Meta(ge=0)]
#: Longer than the rule's limit: the verb says how long a text may be and how long it is.
Typed = Annotated[str, msgspec.Meta(max_length=4000)]


class SavedBody(Struct):
    """A saved energy: an item of the template, an amount a year in its unit; negative where more is used."""

    item_id: UUID
    amount: Quantity


class MeasureBody(Struct):
    """A measure as typed: ``investment`` 万元, ``typed_t`` 年减碳量 tCO2/a; without ``saved`` the reason says how it was found."""

    name: Typed
    summary: Typed
    kind: Kind
    investment: Quantity
    implemented_on: date
    saved: Annotated[list[SavedBody], msgspec.Meta(max_length=50)] = []
    typed_t: Quantity | None = None
    difference_reason: Typed = ""
    life_years: int = 5
    cost_class: Literal["", "无/低费", "中/高费"] = ""
    evidence: Annotated[list[UUID], msgspec.Meta(max_length=50)] = []
    version: Version = 0


class SavedAnswer(Answer):
    """A saved energy with the factor of the month of implementation."""

    item_id: UUID
    carrier: str
    name: str
    unit: str
    amount: Decimal
    co2_t: Decimal
    factor_code: str
    factor_value: str
    factor_unit: str
    factor_source: str
    formula: str


class MeasureProof(Answer):
    id: UUID
    name: str
    content_type: str
    size: int


class MeasureAnswer(Answer):
    """tCO2 a year: typed, computed, accepted; ``counted_t`` counts. ``cost`` CNY per tCO2."""

    id: UUID
    year: int
    name: str
    summary: str
    kind: str
    investment: Decimal
    implemented_on: date
    saved: list[SavedAnswer]
    typed_t: Decimal | None
    computed_t: Decimal | None
    differs: bool
    difference_reason: str
    accepted_t: Decimal | None
    accepted_agency: str
    accepted_on: date | None
    counted_t: Decimal
    in_year_t: Decimal
    months_in_year: int
    cost: Decimal | None
    life_years: int
    cost_class: str
    evidence: list[MeasureProof]
    version: int


class IndicatorBody(Struct):
    """An indicator; ``direction`` lower | higher is better, needed with a target."""

    name: Typed
    unit: Typed
    before: Quantity
    after: Quantity
    direction: Literal["", "lower", "higher"] = ""
    target: Quantity | None = None


class IndicatorsBody(Struct):
    version: Version
    before_month: Month
    after_month: Month
    rows: Annotated[list[IndicatorBody], msgspec.Meta(max_length=200)]


class IndicatorAnswer(Answer):
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


class IndicatorsAnswer(Answer):
    version: int
    before_month: str | None
    after_month: str | None
    rows: list[IndicatorAnswer]


class PlanBody(Struct):
    """A plan: ``expected_investment`` 万元, ``expected_on`` a month to come, ``expected_t`` tCO2/a."""

    name: Typed
    content: Typed
    kind: Kind
    expected_investment: Quantity
    expected_on: Month
    expected_t: Quantity
    finance_wanted: bool = False
    version: Version = 0


class ReductionPlanAnswer(Answer):
    id: UUID
    year: int
    name: str
    content: str
    kind: str
    expected_investment: Decimal
    expected_on: str
    expected_t: Decimal
    finance_wanted: bool
    past: bool
    version: int


class SavableEnergy(Answer):
    item_id: UUID
    carrier: str
    name: str
    unit: str


class ReductionTotalsAnswer(Answer):
    measures: int
    investment: Decimal
    annual_t: Decimal
    in_year_t: Decimal
    earlier_t: Decimal
    accepted: int
    planned_t: Decimal
    core_before: Decimal | None
    share_pct: Decimal | None
    share_reason: str


class ReductionAnswer(Answer):
    """Reduction information of a year."""

    year: int
    kinds: list[str]
    energies: list[SavableEnergy]
    measures: list[MeasureAnswer]
    indicators: IndicatorsAnswer
    plans: list[ReductionPlanAnswer]
    totals: ReductionTotalsAnswer


class SeenVersion(Struct):
    """The version seen by who deletes."""

    version: Annotated[int, msgspec.Meta(ge=1)]


def _measure(found: filing.Measure) -> MeasureAnswer:
    return msgspec.convert(found, MeasureAnswer, from_attributes=True)


def _row(row: filing.IndicatorRow, said: Indicator) -> IndicatorAnswer:
    return IndicatorAnswer(
        name=row.name, unit=row.unit, before=row.before, after=row.after, direction=row.direction, target=row.target, change=said.change,
        change_pct=said.change_pct, attainment_pct=said.attainment_pct, reached=said.reached,
    )  # fmt: skip


def _indicators(found: filing.Indicators) -> IndicatorsAnswer:
    rows = [_row(row, said) for row, said in found.rows]
    return IndicatorsAnswer(version=found.version, before_month=found.before_month, after_month=found.after_month, rows=rows)


def _plan(found: filing.Plan) -> ReductionPlanAnswer:
    return msgspec.convert(found, ReductionPlanAnswer, from_attributes=True)


def _decimal(value: Quantity | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _measure_edit(b: MeasureBody) -> filing.MeasureEdit:
    saved = [filing.SavedEdit(s.item_id, Decimal(s.amount)) for s in b.saved]
    return filing.MeasureEdit(
        b.name, b.summary, b.kind, Decimal(b.investment), b.implemented_on, saved, _decimal(b.typed_t), b.difference_reason, b.life_years, b.cost_class,
        b.evidence, b.version,
    )  # fmt: skip


def _plan_edit(b: PlanBody) -> filing.PlanEdit:
    return filing.PlanEdit(
        b.name, b.content, b.kind, Decimal(b.expected_investment), b.expected_on, Decimal(b.expected_t), b.finance_wanted, b.version
    )


@route("GET", "/api/v1/reduction/<year>", permission="reduction.read", audience=ENTERPRISE, answer=ReductionAnswer, summary="一年的碳减排信息")
async def get_reduction(ctx: Acting, call: Call, year: str) -> ReductionAnswer:
    found = await filing.reduction_of(ctx, year_of(year))
    return ReductionAnswer(
        year=found.year,
        kinds=list(filing.MEASURE_KINDS),
        energies=[SavableEnergy(item_id=i.id, carrier=i.carrier, name=i.label, unit=i.unit) for i in found.energies],
        measures=[_measure(m) for m in found.measures],
        indicators=_indicators(found.indicators),
        plans=[_plan(p) for p in found.plans],
        totals=msgspec.convert(found.totals, ReductionTotalsAnswer, from_attributes=True),
    )


@route(
    "POST", "/api/v1/reduction/<year>/measures", permission="reduction.edit", audience=ENTERPRISE, body=MeasureBody, answer=MeasureAnswer, status=201,
    idempotent=True, summary="登记年度减排方案", errors=("INVALID", "TOO_MANY"),
)  # fmt: skip
async def post_measure(ctx: Acting, call: Call, year: str) -> MeasureAnswer:
    return _measure(await filing.add_measure(ctx, year_of(year), _measure_edit(call.body)))


@route(
    "PUT", "/api/v1/reduction/measures/<measure_id>", permission="reduction.edit", audience=ENTERPRISE, body=MeasureBody, answer=MeasureAnswer,
    summary="修改年度减排方案", errors=("INVALID", "STALE_VERSION"),
)  # fmt: skip
async def put_measure(ctx: Acting, call: Call, measure_id: UUID) -> MeasureAnswer:
    return _measure(await filing.change_measure(ctx, measure_id, _measure_edit(call.body)))


@route(
    "DELETE", "/api/v1/reduction/measures/<measure_id>", permission="reduction.edit", audience=ENTERPRISE, query=SeenVersion,
    summary="删除年度减排方案", errors=("STALE_VERSION",),
)  # fmt: skip
async def delete_measure(ctx: Acting, call: Call, measure_id: UUID) -> None:
    await filing.drop_measure(ctx, measure_id, call.query.version)


@route(
    "PUT", "/api/v1/reduction/<year>/indicators", permission="reduction.edit", audience=ENTERPRISE, body=IndicatorsBody, answer=IndicatorsAnswer,
    summary="保存年度减排审核指标", errors=("INVALID", "STALE_VERSION"),
)  # fmt: skip
async def put_indicators(ctx: Acting, call: Call, year: str) -> IndicatorsAnswer:
    b = call.body
    rows = [filing.IndicatorRow(r.name, r.unit, Decimal(r.before), Decimal(r.after), r.direction, _decimal(r.target)) for r in b.rows]
    saved = await filing.save_indicators(
        ctx, year_of(year), version=b.version, before_month=b.before_month, after_month=b.after_month, rows=rows
    )
    return _indicators(saved)


@route(
    "POST", "/api/v1/reduction/<year>/plans", permission="reduction.edit", audience=ENTERPRISE, body=PlanBody, answer=ReductionPlanAnswer, status=201,
    idempotent=True, summary="登记减碳计划方案", errors=("INVALID", "TOO_MANY"),
)  # fmt: skip
async def post_plan(ctx: Acting, call: Call, year: str) -> ReductionPlanAnswer:
    return _plan(await filing.add_plan(ctx, year_of(year), _plan_edit(call.body)))


@route(
    "PUT", "/api/v1/reduction/plans/<plan_id>", permission="reduction.edit", audience=ENTERPRISE, body=PlanBody, answer=ReductionPlanAnswer,
    summary="修改减碳计划方案", errors=("INVALID", "STALE_VERSION"),
)  # fmt: skip
async def put_plan(ctx: Acting, call: Call, plan_id: UUID) -> ReductionPlanAnswer:
    return _plan(await filing.change_plan(ctx, plan_id, _plan_edit(call.body)))


@route(
    "DELETE", "/api/v1/reduction/plans/<plan_id>", permission="reduction.edit", audience=ENTERPRISE, query=SeenVersion, summary="删除减碳计划方案",
    errors=("STALE_VERSION",),
)  # fmt: skip
async def delete_plan(ctx: Acting, call: Call, plan_id: UUID) -> None:
    await filing.drop_plan(ctx, plan_id, call.query.version)
