"""Reduction information 碳减排信息 (FD9, RA1-RA6): measures done in a year, audit indicators before and after, plans.

A measure's saved energies are items of the firm's template; their tonnes take the factor in force in the month of implementation (RA1)
and are kept with its source. The firm's own figure stands beside the computed one; a difference asks for a reason and never blocks (RA2).
Until an auditor has accepted an amount the computed one counts, without saved energies the typed one. Plans are never added (R104).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

import inventory
import tenants
from carbon import (
    DIRECTIONS,
    LIFE_YEARS,
    Activity,
    Indicator,
    LineError,
    PeriodError,
    calculate_line,
    claim_differs,
    cost_per_tonne,
    effect_in,
    indicator,
    line,
    month_code,
    month_int,
    plain,
    reduction_share,
)
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id
from factors import Ask, catalogue, province_of
from filing.templates import Item, current_template

MEASURE_KINDS = ("节能", "燃料替代", "可再生能源", "工艺", "回收利用", "管理", "其他")
COST_CLASSES = ("", "无/低费", "中/高费")
#: What can be saved: energy that is bought or burnt; own zero-carbon power and raw materials emit nothing here.
SAVING_USES = ("fuel", "purchased_electricity", "purchased_heat")
MONEY_LIMIT = TONNE_LIMIT = Decimal(10) ** 10
ZERO = Decimal("0.000000")
MOST = 100
LONGEST_LIFE = 50


@dataclass(frozen=True, slots=True)
class SavedEdit:
    """A saved energy as typed: an item of the template and an amount a year in its unit; negative where more is used."""

    item_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MeasureEdit:
    """A measure as typed; ``version`` 0: a new one. ``investment`` 万元, ``typed_t`` tCO2 a year."""

    name: str
    summary: str
    kind: str
    investment: Decimal
    implemented_on: date
    saved: list[SavedEdit]
    typed_t: Decimal | None
    difference_reason: str = ""
    life_years: int = LIFE_YEARS
    cost_class: str = ""
    evidence: list[UUID] | None = None
    version: int = 0


class Saved(msgspec.Struct, frozen=True):
    """A saved energy as kept: tonnes a year with the factor of the month of implementation and the formula."""

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


class Proof(msgspec.Struct, frozen=True):
    """An uploaded proof of a measure; ``id`` that of the evidence, ``file_id`` the stored file."""

    id: UUID
    file_id: UUID
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure. tCO2 a year: typed, computed, accepted by an auditor; ``counted_t`` is the one that counts. ``in_year_t`` by RA3,
    ``cost`` CNY per tonne (RA4); ``differs``: own and computed are more than 0.01 t apart (R103)."""

    id: UUID
    year: int
    name: str
    summary: str
    kind: str
    investment: Decimal
    implemented_on: date
    saved: list[Saved]
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
    evidence: list[Proof]
    version: int


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An audit indicator as typed; ``direction`` lower | higher is better, or empty."""

    name: str
    unit: str
    before: Decimal
    after: Decimal
    direction: str = ""
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Indicators:
    """Audit indicators of a year with what they say (RA5); version 0: nothing saved. Months YYYY-MM."""

    version: int
    before_month: str | None
    after_month: str | None
    rows: list[tuple[IndicatorRow, Indicator]]


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """A plan as typed; ``version`` 0: a new one. ``expected_on`` is a month YYYY-MM, later than this one."""

    name: str
    content: str
    kind: str
    expected_investment: Decimal
    expected_on: str
    expected_t: Decimal
    finance_wanted: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; ``past``: its month has gone by."""

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


@dataclass(frozen=True, slots=True)
class ReductionTotals:
    """Sums of a year: tCO2 a year of its measures, their effect within the year, of earlier years' measures in this year (RA3), planned
    tonnes apart; ``share_pct`` of last year's E_core (RA6) or why there is none."""

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


@dataclass(frozen=True, slots=True)
class Reduction:
    """All of a year; ``energies`` are the items of the template a measure of the year may save."""

    year: int
    energies: list[Item]
    measures: list[Measure]
    indicators: Indicators
    plans: list[Plan]
    totals: ReductionTotals


async def reduction_of(ctx: Acting, year: int) -> Reduction:
    """Reduction information of a year. Raises Invalid for a year that has not begun."""
    _check_year(ctx, year)
    template = await current_template(ctx)
    rows = await ctx.db.rows(
        f"select {_MEASURE} from reduction_measure m where m.tenant_id = $1 and m.year between $2 - {LONGEST_LIFE} and $2"  # noqa: S608
        " order by m.implemented_on, m.id",
        ctx.tenant, year,
    )  # fmt: skip
    every = [_measure(row) for row in rows]
    own = [m for m in every if m.year == year]
    plans = await ctx.db.rows("select * from reduction_plan where tenant_id = $1 and year = $2 order by expected_month, id", ctx.tenant, year)
    shown = [_plan(ctx, row) for row in plans]
    totals = await _totals(ctx, year, own, [m for m in every if m.year < year], shown)
    return Reduction(year, _savable(template.items, year), own, await indicators_of(ctx, year), shown, totals)


async def _totals(ctx: Acting, year: int, own: list[Measure], earlier: list[Measure], plans: list[Plan]) -> ReductionTotals:
    before = await _core_of(ctx, year - 1)
    annual = sum((m.counted_t for m in own), ZERO)
    share = reduction_share(annual, before)
    reason = "" if share is not None else f"{year - 1} 年没有填满 12 个月，或排放量不为正，占比不计算。"
    return ReductionTotals(
        len(own),
        sum((m.investment for m in own), Decimal("0.0000")),
        annual,
        sum((m.in_year_t for m in own), ZERO),
        sum((effect_in(m.counted_t, _month(m.implemented_on), year, m.life_years) for m in earlier), ZERO),
        sum(m.accepted_t is not None for m in own),
        sum((p.expected_t for p in plans), ZERO),
        before,
        share,
        reason,
    )


async def _core_of(ctx: Acting, year: int) -> Decimal | None:
    months = [m for m in await inventory.summary(ctx, year * 100 + 1, year * 100 + 12) if m.state == "submitted"]
    return sum((m.co2_t for m in months), ZERO) if len(months) == 12 else None


def _check_year(ctx: Acting, year: int) -> None:
    if not 1990 <= year <= ctx.today.year:
        raise Invalid([FieldError("year", "RANGE", f"年份应在 1990 到 {ctx.today.year} 之间。")])


def _savable(items: list[Item], year: int) -> list[Item]:
    return [i for i in items if i.use in SAVING_USES and any(i.in_force(year * 100 + m) for m in range(1, 13))]


def _month(day: date) -> int:
    return day.year * 100 + day.month


_MEASURE = (
    "m.*, (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'file_id', e.file_id, 'name', e.name, 'content_type', e.content_type,"
    " 'size', e.size) order by e.uploaded_at, e.id), '[]') from evidence e where e.tenant_id = m.tenant_id and e.id = any (m.evidence)) as proofs"
)


def _measure(row: Mapping[str, Any]) -> Measure:
    typed, computed, accepted = row["typed_t"], row["computed_t"], row["accepted_t"]
    counted = line(next(v for v in (accepted, computed, typed) if v is not None))
    month, year, life = _month(row["implemented_on"]), row["year"], row["life_years"]
    kept = {name: row[name] for name in ("id", "name", "summary", "kind", "investment", "implemented_on", "difference_reason", "cost_class", "version")}
    return Measure(
        **kept,
        year=year,
        saved=msgspec.convert(row["saved"], list[Saved]),
        typed_t=typed,
        computed_t=computed,
        differs=typed is not None and computed is not None and claim_differs(typed, computed),
        accepted_t=accepted,
        accepted_agency=row["accepted_agency"],
        accepted_on=row["accepted_on"],
        counted_t=counted,
        in_year_t=effect_in(counted, month, year, life),
        months_in_year=12 - month % 100,
        cost=cost_per_tonne(row["investment"], counted),
        life_years=life,
        evidence=msgspec.convert(row["proofs"], list[Proof]),
    )


async def measure_of(ctx: Acting, measure_id: UUID) -> Measure:
    """One measure. Raises NotFound."""
    row = await ctx.db.row(f"select {_MEASURE} from reduction_measure m where m.tenant_id = $1 and m.id = $2", ctx.tenant, measure_id)  # noqa: S608
    if row is None:
        raise NotFound("没有这项减排方案，或已被删除。")
    return _measure(row)


async def add_measure(ctx: Acting, year: int, typed: MeasureEdit) -> Measure:
    """Record a measure done in ``year``. Raises Invalid naming each field, Conflict ``TOO_MANY``."""
    values = await _measure_values(ctx, year, typed)
    await _refuse_many(ctx, "reduction_measure", year)
    measure_id = new_id()
    await ctx.db.run(
        "insert into reduction_measure (tenant_id, id, year, name, summary, kind, investment, implemented_on, saved, typed_t, computed_t,"
        " difference_reason, life_years, cost_class, evidence, saved_by, saved_by_name, saved_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        ctx.tenant, measure_id, year, *values,
    )  # fmt: skip
    return await _saved_measure(ctx, measure_id)


async def change_measure(ctx: Acting, measure_id: UUID, typed: MeasureEdit) -> Measure:
    """Change a measure at the version seen; tonnes are computed anew and what an auditor accepted no longer stands for it.

    Raises NotFound, Invalid, Conflict ``STALE_VERSION`` with the current version.
    """
    now = await measure_of(ctx, measure_id)
    values = await _measure_values(ctx, now.year, typed)
    done = await ctx.db.run(
        "update reduction_measure set name = $4, summary = $5, kind = $6, investment = $7, implemented_on = $8, saved = $9, typed_t = $10,"
        " computed_t = $11, difference_reason = $12, life_years = $13, cost_class = $14, evidence = $15, saved_by = $16, saved_by_name = $17,"
        " saved_at = $18, accepted_t = null, accepted_agency = '', accepted_on = null, version = version + 1"
        " where tenant_id = $1 and id = $2 and version = $3",
        ctx.tenant, measure_id, typed.version, *values,
    )  # fmt: skip
    if not done:
        raise await _stale(ctx, "reduction_measure", measure_id)
    return await _saved_measure(ctx, measure_id)


async def _saved_measure(ctx: Acting, measure_id: UUID) -> Measure:
    made = await measure_of(ctx, measure_id)
    detail = {"year": made.year, "version": made.version, "counted_t": plain(made.counted_t)}
    ctx.audit("reduction.measure.saved", "reduction_measure", measure_id, detail=detail)
    return made


async def drop_measure(ctx: Acting, measure_id: UUID, version: int) -> None:
    """Delete a measure at the version seen. Raises NotFound, Conflict ``STALE_VERSION``."""
    await _refuse_with_agency(ctx, (await measure_of(ctx, measure_id)).year)
    await _drop(ctx, "reduction_measure", measure_id, version)


async def _measure_values(ctx: Acting, year: int, typed: MeasureEdit) -> tuple[Any, ...]:
    await _refuse_with_agency(ctx, year)
    _check_year(ctx, year)
    faults = _measure_faults(ctx, year, typed)
    saved, wrong = ([], []) if any(f.path == "implemented_on" for f in faults) else await _saved(ctx, year, typed)
    computed = sum((s.co2_t for s in saved), ZERO) if saved else None
    faults += wrong
    if not wrong and typed.saved and computed is not None and typed.typed_t is not None and claim_differs(typed.typed_t, computed) and not typed.difference_reason.strip():
        text = f"填写的年减碳量 {plain(typed.typed_t)} tCO₂ 与按排放因子计算的 {computed:.2f} tCO₂ 相差超过 0.01，请写明原因，两个数都会保留。"
        faults.append(FieldError("difference_reason", "REASON_NEEDED", text))
    faults += await _evidence_faults(ctx, typed.evidence or [])
    if faults:
        raise Invalid(faults)
    return (
        typed.name.strip(), typed.summary.strip(), typed.kind, typed.investment, typed.implemented_on, [msgspec.to_builtins(s) for s in saved],
        typed.typed_t, computed, typed.difference_reason.strip(), typed.life_years, typed.cost_class, list(dict.fromkeys(typed.evidence or [])),
        ctx.account_id, await tenants.own_name(ctx), ctx.now,
    )  # fmt: skip


def _measure_faults(ctx: Acting, year: int, typed: MeasureEdit) -> list[FieldError]:
    faults = _text_faults(("name", typed.name, 50, "方案名称"), ("summary", typed.summary, 500, "简述"))
    faults += _kind_faults(typed.kind) + _money_faults("investment", typed.investment, "资金投入")
    if typed.implemented_on.year != year:
        text = f"实施时间 {typed.implemented_on} 不在 {year} 年内，请改日期，或登记到 {typed.implemented_on.year} 年。"
        faults.append(FieldError("implemented_on", "YEAR", text))
    elif typed.implemented_on > ctx.today:
        faults.append(FieldError("implemented_on", "FUTURE", "实施时间不能晚于今天；还没有实施的，请登记为减碳计划。"))
    if not typed.saved and typed.typed_t is None:
        faults.append(FieldError("typed_t", "REQUIRED", "请填写节约的能源，或填写年减碳量。"))
    elif not typed.saved and not typed.difference_reason.strip():
        faults.append(FieldError("difference_reason", "REQUIRED", "没有填节约的能源，请说明年减碳量是怎样得出的。"))
    if typed.typed_t is not None and abs(typed.typed_t) >= TONNE_LIMIT:
        faults.append(FieldError("typed_t", "RANGE", "年减碳量以 tCO₂ 计，数值过大，请核对单位。"))
    if len(typed.difference_reason.strip()) > 200:
        faults.append(FieldError("difference_reason", "LENGTH", "说明最多 200 个字。"))
    if not 1 <= typed.life_years <= LONGEST_LIFE:
        faults.append(FieldError("life_years", "RANGE", f"使用年限应为 1–{LONGEST_LIFE} 年。"))
    if typed.cost_class not in COST_CLASSES:
        faults.append(FieldError("cost_class", "CHOICE", "费用类别请选择无/低费或中/高费，也可以不选。"))
    if len(typed.evidence or []) > 9:
        faults.append(FieldError("evidence", "TOO_MANY", "每项方案最多 9 份凭证。"))
    return faults


def _text_faults(*texts: tuple[str, str, int, str]) -> list[FieldError]:
    faults = []
    for path, text, most, what in texts:
        if not text.strip():
            faults.append(FieldError(path, "REQUIRED", f"请填写{what}。"))
        elif len(text.strip()) > most:
            faults.append(FieldError(path, "LENGTH", f"{what}最多 {most} 个字，现有 {len(text.strip())} 个。"))
        elif any(c < " " and c not in "\n\t" for c in text):
            faults.append(FieldError(path, "FORMAT", f"{what}里有看不见的控制字符，请删去后重新填写。"))
    return faults


def _kind_faults(kind: str) -> list[FieldError]:
    return [] if kind in MEASURE_KINDS else [FieldError("kind", "CHOICE", f"减碳类型请在{'、'.join(MEASURE_KINDS)}中选择。")]


def _money_faults(path: str, value: Decimal, what: str) -> list[FieldError]:
    if not 0 <= value < MONEY_LIMIT:
        return [FieldError(path, "RANGE", f"{what}以万元计，不能为负，也不会这么大，请核对单位。")]
    exponent = value.as_tuple().exponent
    return [FieldError(path, "DECIMALS", f"{what}以万元计，最多 4 位小数。")] if isinstance(exponent, int) and exponent < -4 and value != round(value, 4) else []


async def _evidence_faults(ctx: Acting, evidence: list[UUID]) -> list[FieldError]:
    if not evidence:
        return []
    known = {r["id"] for r in await ctx.db.rows("select id from evidence where tenant_id = $1 and id = any ($2)", ctx.tenant, evidence)}
    return [FieldError(f"evidence[{n}]", "UNKNOWN", "没有这份凭证，请重新上传。") for n, e in enumerate(evidence) if e not in known]


async def _saved(ctx: Acting, year: int, typed: MeasureEdit) -> tuple[list[Saved], list[FieldError]]:
    """Tonnes of each saved energy by the factor in force in the month of implementation (RA1)."""
    if not typed.saved:
        return [], []
    items = {i.id: i for i in _savable((await current_template(ctx)).items, year)}
    place = await tenants.profile_facts(ctx)
    book = await catalogue(ctx.db)
    ask = Ask(province_of(place.region or "") or "CN", _month(typed.implemented_on), ctx.today)
    found: list[Saved] = []
    faults: list[FieldError] = []
    seen: set[UUID] = set()
    for n, entry in enumerate(typed.saved):
        item = items.get(entry.item_id)
        if item is None or entry.item_id in seen:
            text = f"{item.label}填了两次，请合并。" if item else f"节约的能源只能从 {year} 年填报模板中的燃料、外购电力和外购热力里选择。"
            faults.append(FieldError(f"saved[{n}].item_id", "DUPLICATE" if item else "NOT_IN_TEMPLATE", text))
            continue
        seen.add(entry.item_id)
        if entry.amount == 0:
            faults.append(FieldError(f"saved[{n}].amount", "RANGE", f"请填{item.label}一年少用的数量；没有减少请删去这一行，用量增加请填负数。"))
            continue
        try:
            result = calculate_line(Activity(book.carrier(item.carrier, ask), abs(entry.amount), item.unit, item.use))
        except LineError as error:
            faults.append(FieldError(f"saved[{n}].{error.field}", error.code, error.message))
            continue
        more = entry.amount < 0
        f, tonnes = result.factor, -result.co2_t if more else result.co2_t
        formula = result.formula + ("（用量增加，减碳量为负）" if more else "")
        found.append(Saved(item.id, item.carrier, item.label, item.unit, entry.amount, tonnes, f["code"], f["value"], f["unit"], f["source"], formula))
    return found, faults


async def indicators_of(ctx: Acting, year: int) -> Indicators:
    """Audit indicators of a year with change and attainment (RA5)."""
    row = await ctx.db.row("select version, before_month, after_month, rows from reduction_indicators where tenant_id = $1 and year = $2", ctx.tenant, year)
    if row is None:
        return Indicators(0, None, None, [])
    rows = msgspec.convert(row["rows"], list[IndicatorRow])
    computed = [(r, indicator(r.before, r.after, r.target)) for r in rows]
    return Indicators(row["version"], month_code(row["before_month"]), month_code(row["after_month"]), computed)


async def save_indicators(ctx: Acting, year: int, *, version: int, before_month: str, after_month: str, rows: list[IndicatorRow]) -> Indicators:
    """Save all indicators of a year at the version seen. Raises Invalid naming each field, Conflict ``STALE_VERSION``."""
    await _refuse_with_agency(ctx, year)
    _check_year(ctx, year)
    faults: list[FieldError] = []
    before, after = _typed_month(before_month, "before_month", faults), _typed_month(after_month, "after_month", faults)
    if before and after and after <= before:
        faults.append(FieldError("after_month", "ORDER", f"审核后时间 {after_month} 应晚于审核前时间 {before_month}。"))
    elif after and after > ctx.today.year * 100 + ctx.today.month:
        faults.append(FieldError("after_month", "FUTURE", "审核后时间还没有到，请填写已经测得数据的月份。"))
    if len(rows) > MOST:
        faults.append(FieldError("rows", "TOO_MANY", f"指标最多 {MOST} 项。"))
    for n, row in enumerate(rows):
        faults += [replace(f, path=f"rows[{n}].{f.path}") for f in _indicator_faults(row, [r.name.strip() for r in rows[:n]])]
    if faults:
        raise Invalid(faults)
    kept = [msgspec.to_builtins(replace(r, name=r.name.strip(), unit=r.unit.strip())) for r in rows]
    by = (ctx.account_id, await tenants.own_name(ctx), ctx.now)
    if version == 0:
        sql = (
            "insert into reduction_indicators (tenant_id, year, version, before_month, after_month, rows, saved_by, saved_by_name, saved_at)"
            " select $1, $2, $6 + 1, $3, $4, $5, $7, $8, $9 on conflict do nothing"
        )
    else:
        sql = (
            "update reduction_indicators set version = version + 1, before_month = $3, after_month = $4, rows = $5, saved_by = $7,"
            " saved_by_name = $8, saved_at = $9 where tenant_id = $1 and year = $2 and version = $6"
        )
    if not await ctx.db.run(sql, ctx.tenant, year, before, after, kept, version, *by):
        now = await indicators_of(ctx, year)
        raise Conflict("STALE_VERSION", "审核指标刚被他人修改，请刷新对照后再保存。", version=now.version)
    ctx.audit("reduction.indicators.saved", "year", year, detail={"rows": len(rows)})
    return await indicators_of(ctx, year)


def _typed_month(code: str, path: str, faults: list[FieldError]) -> int | None:
    try:
        return month_int(code)
    except PeriodError as error:
        faults.append(FieldError(path, "PERIOD", str(error)))
        return None


def _indicator_faults(row: IndicatorRow, earlier: list[str]) -> list[FieldError]:
    faults = _text_faults(("name", row.name, 50, "指标名称"), ("unit", row.unit, 20, "指标单位"))
    if row.name.strip() in earlier:
        faults.append(FieldError("name", "DUPLICATE", f"指标“{row.name.strip()}”填了两次，请合并或改名。"))
    if row.direction and row.direction not in DIRECTIONS:
        faults.append(FieldError("direction", "CHOICE", "请选择越低越好或越高越好。"))
    elif row.target is not None and not row.direction:
        faults.append(FieldError("direction", "REQUIRED", "填了目标值，请同时选择越低越好还是越高越好。"))
    elif row.target is not None and ((row.target > row.before) if row.direction == "lower" else (row.target < row.before)):
        better = "低" if row.direction == "lower" else "高"
        faults.append(FieldError("target", "DIRECTION", f"这个指标越{better}越好，目标值却比审核前差，请核对目标值或方向。"))
    return faults


def _plan(ctx: Acting, row: Mapping[str, Any]) -> Plan:
    kept = {name: row[name] for name in ("id", "year", "name", "content", "kind", "expected_investment", "expected_t", "finance_wanted", "version")}
    return Plan(**kept, expected_on=month_code(row["expected_month"]), past=row["expected_month"] <= _month(ctx.today))


async def plan_of(ctx: Acting, plan_id: UUID) -> Plan:
    """One plan. Raises NotFound."""
    row = await ctx.db.row("select * from reduction_plan where tenant_id = $1 and id = $2", ctx.tenant, plan_id)
    if row is None:
        raise NotFound("没有这项减碳计划，或已被删除。")
    return _plan(ctx, row)


async def add_plan(ctx: Acting, year: int, typed: PlanEdit) -> Plan:
    """Record a plan for the report of ``year``. Raises Invalid naming each field, Conflict ``TOO_MANY``."""
    _check_year(ctx, year)
    values = await _plan_values(ctx, year, typed, None)
    await _refuse_many(ctx, "reduction_plan", year)
    plan_id = new_id()
    await ctx.db.run(
        "insert into reduction_plan (tenant_id, id, year, name, content, kind, expected_investment, expected_month, expected_t, finance_wanted,"
        " saved_by, saved_by_name, saved_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        ctx.tenant, plan_id, year, *values,
    )  # fmt: skip
    ctx.audit("reduction.plan.saved", "reduction_plan", plan_id, detail={"year": year})
    return await plan_of(ctx, plan_id)


async def change_plan(ctx: Acting, plan_id: UUID, typed: PlanEdit) -> Plan:
    """Change a plan at the version seen; a month that has gone by since may stay. Raises NotFound, Invalid, Conflict ``STALE_VERSION``."""
    now = await plan_of(ctx, plan_id)
    values = await _plan_values(ctx, now.year, typed, now)
    done = await ctx.db.run(
        "update reduction_plan set name = $4, content = $5, kind = $6, expected_investment = $7, expected_month = $8, expected_t = $9,"
        " finance_wanted = $10, saved_by = $11, saved_by_name = $12, saved_at = $13, version = version + 1"
        " where tenant_id = $1 and id = $2 and version = $3",
        ctx.tenant, plan_id, typed.version, *values,
    )  # fmt: skip
    if not done:
        raise await _stale(ctx, "reduction_plan", plan_id)
    ctx.audit("reduction.plan.saved", "reduction_plan", plan_id, detail={"year": now.year, "version": typed.version + 1})
    return await plan_of(ctx, plan_id)


async def drop_plan(ctx: Acting, plan_id: UUID, version: int) -> None:
    """Delete a plan at the version seen. Raises NotFound, Conflict ``STALE_VERSION``."""
    await _refuse_with_agency(ctx, (await plan_of(ctx, plan_id)).year)
    await _drop(ctx, "reduction_plan", plan_id, version)


async def _plan_values(ctx: Acting, year: int, typed: PlanEdit, now: Plan | None) -> tuple[Any, ...]:
    await _refuse_with_agency(ctx, year)
    faults = _text_faults(("name", typed.name, 50, "计划名称"), ("content", typed.content, 500, "计划内容"))
    faults += _kind_faults(typed.kind) + _money_faults("expected_investment", typed.expected_investment, "预计投入")
    month = _typed_month(typed.expected_on, "expected_on", faults)
    kept = now is not None and now.expected_on == typed.expected_on
    if month and month <= _month(ctx.today) and not kept:
        faults.append(FieldError("expected_on", "PAST", f"预计实施时间应晚于 {month_code(_month(ctx.today))}；已经实施的，请登记为年度减排方案。"))
    if not 0 <= typed.expected_t < TONNE_LIMIT:
        faults.append(FieldError("expected_t", "RANGE", "预计年减碳量以 tCO₂ 计，不能为负，请核对单位。"))
    if faults:
        raise Invalid(faults)
    return (
        typed.name.strip(), typed.content.strip(), typed.kind, typed.expected_investment, month, typed.expected_t, typed.finance_wanted,
        ctx.account_id, await tenants.own_name(ctx), ctx.now,
    )  # fmt: skip


#: Statements on the two lists of a year, by table.
_COUNT = {
    "reduction_measure": "select count(*) from reduction_measure where tenant_id = $1 and year = $2",
    "reduction_plan": "select count(*) from reduction_plan where tenant_id = $1 and year = $2",
}
_DELETE = {
    "reduction_measure": "delete from reduction_measure where tenant_id = $1 and id = $2 and version = $3",
    "reduction_plan": "delete from reduction_plan where tenant_id = $1 and id = $2 and version = $3",
}
_VERSION = {
    "reduction_measure": "select version from reduction_measure where tenant_id = $1 and id = $2",
    "reduction_plan": "select version from reduction_plan where tenant_id = $1 and id = $2",
}


async def _refuse_with_agency(ctx: Acting, year: int) -> None:
    """What lies with an agency does not change until it is returned, withdrawn or closed (GN12). Raises Conflict MONTH_LOCKED."""
    await inventory.refuse_locked(ctx, [year * 100 + 1], ("case",))


async def _refuse_many(ctx: Acting, table: str, year: int) -> None:
    if await ctx.db.value(_COUNT[table], ctx.tenant, year) >= MOST:
        raise Conflict("TOO_MANY", f"一年最多登记 {MOST} 项，请先删除不需要的。")


async def _drop(ctx: Acting, table: str, row_id: UUID, version: int) -> None:
    if not await ctx.db.run(_DELETE[table], ctx.tenant, row_id, version):
        raise await _stale(ctx, table, row_id)
    ctx.audit("reduction.removed", table, row_id)


async def _stale(ctx: Acting, table: str, row_id: UUID) -> Conflict | NotFound:
    version = await ctx.db.value(_VERSION[table], ctx.tenant, row_id)
    if version is None:
        return NotFound("没有这一项，或已被删除。")
    return Conflict("STALE_VERSION", "这一项刚被他人修改，请刷新对照后再保存。", version=version)


async def accept_reductions(ctx: Acting, amounts: Mapping[UUID, tuple[int, Decimal]], agency: str, on: date) -> None:
    """What a signed case accepted or corrected: measure → (version that was audited, tCO2 a year). A measure changed since stays as it is (RA2)."""
    for measure_id, (version, amount) in amounts.items():
        await ctx.db.run(
            "update reduction_measure set accepted_t = $4, accepted_agency = $5, accepted_on = $6 where tenant_id = $1 and id = $2 and version = $3",
            ctx.tenant, measure_id, version, amount, agency, on,
        )  # fmt: skip


async def reduction_version(ctx: Acting, year: int) -> str:
    """Names the state of a year's reduction information, as a report keeps it; one statement."""
    return str(
        await ctx.db.value(
            "select concat('m', (select string_agg(left(id::text, 13) || right(id::text, 4) || 'v' || version, ',' order by id) from reduction_measure"
            " where tenant_id = $1 and year = $2), ';i', (select version from reduction_indicators where tenant_id = $1 and year = $2), ';p',"
            " (select string_agg(left(id::text, 13) || right(id::text, 4) || 'v' || version, ',' order by id) from reduction_plan"
            " where tenant_id = $1 and year = $2))",
            ctx.tenant, year,
        )
    )  # fmt: skip
