"""Operating data (FI10, FD5), comprehensive energy (FI11, FD6) and declared months (GN7): versioned, append-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from carbon import Period, PeriodError, divide, parse, percent, product, quantise
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from core.ids import new_id
from inventory import queries
from inventory.months import LOCK_WORDS, locked, refuse_locked

MONEY_LIMIT = Decimal(10) ** 11
REASON_LIMIT = 200
#: What a version may change: field, name, unit.
FIELDS = (("output_value", "工业产值", "万元"), ("value_added", "工业增加值", "万元"), ("tax", "税收", "万元"), ("staff_avg", "平均用工人数", "人"))


@dataclass(frozen=True, slots=True)
class Operating:
    """One period's operating data in 万元; version 0 means nothing saved yet; ``reason`` of a restatement (GN12)."""

    period: str
    version: int
    output_value: Decimal | None
    value_added: Decimal | None
    tax: Decimal | None
    staff_avg: int | None
    evidence_id: UUID | None
    warnings: list[str]
    saved_by_name: str
    saved_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OperatingChange:
    """One figure of two versions; ``pct`` of the former value, None when that was 0 or empty."""

    field: str
    name: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    difference: Decimal | None
    pct: Decimal | None


@dataclass(frozen=True, slots=True)
class OperatingTrial:
    """What saving would change, before it is confirmed. ``lock``: what stands on the year (``case``, ``certificate``, ``verified``), or None."""

    period: str
    version: int
    changes: list[OperatingChange]
    warnings: list[str]
    lock: str | None


@dataclass(frozen=True, slots=True)
class OperatingVersion:
    """One kept version with what it changed; ``live`` is the one in force."""

    data: Operating
    live: bool
    changes: list[OperatingChange]


def _warnings(output: Decimal | None, added: Decimal | None) -> list[str]:
    if output is not None and added is not None and added > output:
        return ["工业增加值大于工业产值，请核对是否填反或单位有误。"]
    if added is not None and added <= 0:
        return ["工业增加值不为正，可以保存，但本期不能评级。"]
    return []


async def operating(ctx: Acting, year: int) -> list[Operating]:
    """All periods of a year, the year itself first (an empty one when nothing is saved)."""
    rows = [_operating(r) for r in await ctx.db.rows(queries.OPERATING, ctx.tenant, year)]
    if not any(o.period == str(year) for o in rows):
        rows.insert(0, Operating(str(year), 0, None, None, None, None, None, [], "", None))
    return rows


def _operating(row: dict[str, Any]) -> Operating:
    return Operating(
        row["period"], row["version"], row["output_value"], row["value_added"], row["tax"], row["staff_avg"], row["evidence_id"],
        _warnings(row["output_value"], row["value_added"]), row["saved_by_name"], row["saved_at"], row["reason"],
    )  # fmt: skip


def _changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[OperatingChange]:
    found = []
    for field, name, unit in FIELDS:
        old, new = (before[field] if before else None), after[field]
        gap = None if old is None or new is None else Decimal(new - old)
        pct = percent(divide(product(gap, Decimal(100)), abs(Decimal(old)))) if gap is not None and old else None
        found.append(OperatingChange(field, name, unit, _money(old), _money(new), gap, pct))
    return found


def _money(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


async def year_locks(ctx: Acting, year: int) -> list[str]:
    """What stands on a year (GN12), the strongest first: ``case``, ``certificate``, ``verified``."""
    rows = await ctx.db.rows("select distinct reason from year_lock where tenant_id = $1 and year = $2 order by reason", ctx.tenant, year)
    return [r["reason"] for r in rows]


async def data_versions(ctx: Acting, years: list[int]) -> dict[int, str]:
    """The filed state of each year by name, as :attr:`YearFacts.data_version` spells it, without reading the years."""
    return {r["year"]: r["named"] for r in await ctx.db.rows(queries.DATA_VERSIONS, ctx.tenant, years)}


def _period(code: str, ctx: Acting) -> Period:
    try:
        period = parse(code)
    except PeriodError as error:
        raise Invalid([FieldError("period", "PERIOD", str(error))]) from None
    first = period.months[0]
    if first > ctx.today.year * 100 + ctx.today.month:
        raise Invalid([FieldError("period", "FUTURE", "这个期间还没有开始，请到期后再填。")])
    return period


def _check(output_value: Decimal, value_added: Decimal | None, tax: Decimal | None, staff_avg: int | None, reason: str) -> None:
    for name, value in (("output_value", output_value), ("value_added", value_added), ("tax", tax)):
        if value is not None and (abs(value) >= MONEY_LIMIT or value != quantise(value, 4)):
            raise Invalid([FieldError(name, "RANGE", "金额以万元计，最多 4 位小数，请核对单位。")])
    if output_value < 0:
        raise Invalid([FieldError("output_value", "NEGATIVE", "工业产值不能为负数，没有请填 0。")])
    if staff_avg is not None and not 0 <= staff_avg <= 1_000_000:
        raise Invalid([FieldError("staff_avg", "RANGE", "从业人数应在 0–1000000 之间。")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([FieldError("reason", "LENGTH", f"原因最多 {REASON_LIMIT} 个字。")])


async def preview_operating(
    ctx: Acting, code: str, *, output_value: Decimal, value_added: Decimal | None, tax: Decimal | None, staff_avg: int | None
) -> OperatingTrial:
    """What saving would change against the version in force; nothing is written. Raises Invalid."""
    period = _period(code, ctx)
    _check(output_value, value_added, tax, staff_avg, "")
    last = await ctx.db.row(queries.OPERATING_LAST, ctx.tenant, period.code)
    now = {"output_value": output_value, "value_added": value_added, "tax": tax, "staff_avg": staff_avg}
    held = await year_locks(ctx, period.year)
    return OperatingTrial(period.code, last["version"] if last else 0, _changes(last, now), _warnings(output_value, value_added), held[0] if held else None)


async def operating_versions(ctx: Acting, code: str) -> list[OperatingVersion]:
    """Every kept version of a period, the newest first, each with what it changed (GN12: the older stays readable). Raises Invalid."""
    try:
        period = parse(code)
    except PeriodError as error:
        raise Invalid([FieldError("period", "PERIOD", str(error))]) from None
    rows = await ctx.db.rows(queries.OPERATING_VERSIONS, ctx.tenant, period.code)
    older = [*rows[1:], None]
    return [OperatingVersion(_operating(row), n == 0, _changes(older[n], row)) for n, row in enumerate(rows)]


async def _restates(ctx: Acting, year: int, reason: str) -> bool:
    """True: a certificate or a rated report stands on the year and this is its restatement with a reason (GN12).

    A certificate being issued, a case being handed over hold the year (hold_year): waited for, then their lock is respected.
    Raises Conflict ``MONTH_LOCKED``, Forbidden.
    """
    key = "select pg_advisory_xact_lock_shared(hashtextextended('inventory:' || $1::text || ':' || $2::int, 11))"
    await ctx.db.run(key, str(ctx.tenant), year)
    held = await year_locks(ctx, year)
    if not held:
        return False
    if "case" in held or not reason:
        raise locked(year, held[0])
    ctx.require("filing.restate")
    return True


async def save_operating(
    ctx: Acting, code: str, *, version: int, output_value: Decimal, value_added: Decimal | None, tax: Decimal | None, staff_avg: int | None,
    evidence_id: UUID | None, region: str | None, industry: str | None, by_name: str = "", reason: str = "",
) -> Operating:  # fmt: skip
    """Save a period as a new version; behind a certificate or a rated report only as a restatement with its ``reason`` (GN12).

    Raises Invalid, Conflict ``STALE_VERSION`` / ``MONTH_LOCKED``, Forbidden (a restatement needs its own right).
    """
    period, reason = _period(code, ctx), reason.strip()
    _check(output_value, value_added, tax, staff_avg, reason)
    restated = await _restates(ctx, period.year, reason)
    last = await ctx.db.row(queries.OPERATING_LAST, ctx.tenant, period.code)
    current = last["version"] if last else 0
    stale = Conflict("STALE_VERSION", "这份数据刚被他人修改，请刷新后对照再保存。", version=current)
    if version != current:
        raise stale
    try:
        await ctx.db.run(
            "insert into operating_data (tenant_id, id, period, year, version, output_value, value_added, tax, staff_avg, evidence_id, saved_by,"
            " saved_by_name, region_code, industry_code, saved_at, reason) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            ctx.tenant, new_id(), period.code, period.year, current + 1, output_value, value_added, tax, staff_avg, evidence_id, ctx.account_id,
            by_name, region or "", industry or "", ctx.now, reason,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise stale from None
    if period.kind == "Y":
        deltas = [] if last is None else [
            _delta(period, last["region_code"] or region, last["industry_code"] or industry, -last["output_value"], -(last["value_added"] or Decimal(0)))
        ]  # fmt: skip
        deltas.append(_delta(period, region, industry, output_value, value_added or Decimal(0)))
        await ctx.db.run("select post_delta($1)", deltas)
    ctx.audit("operating.restated" if restated else "operating.saved", "operating", period.code, detail={"version": current + 1, "reason": reason})
    return Operating(
        period.code, current + 1, output_value, value_added, tax, staff_avg, evidence_id, _warnings(output_value, value_added), by_name, ctx.now, reason
    )


def _delta(period: Period, region: str | None, industry: str | None, output: Decimal, added: Decimal) -> dict[str, Any]:
    return {"period": period.year * 100, "region_code": region, "industry_code": industry, "source_group": "operating", "va": added, "output": output}


@dataclass(frozen=True, slots=True)
class Comprehensive:
    """Typed comprehensive energy of a year beside what the lines add up to; difference in percent (FI11)."""

    year: int
    version: int
    tce_equivalent: Decimal | None
    tce_equal_value: Decimal | None
    source: str
    reason: str
    computed: Decimal | None
    difference_pct: Decimal | None
    needs_reason: bool


LIMIT = Decimal(5)
TCE_LIMIT = Decimal(10) ** 10


async def _computed(ctx: Acting, year: int) -> Decimal | None:
    value = await ctx.db.value(
        "select case when count(*) = 0 or bool_or(m.tce_equivalent is null) then null else sum(m.tce_equivalent) end from month_head h"
        " join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id"
        " where h.tenant_id = $1 and h.state = 'submitted' and h.period between $2 * 100 + 1 and $2 * 100 + 12",
        ctx.tenant,
        year,
    )
    return Decimal(value) if value is not None else None


def _difference(typed: Decimal | None, computed: Decimal | None) -> Decimal | None:
    if typed is None or not computed:
        return None
    return percent(divide(product(typed - computed, Decimal(100)), computed))


async def comprehensive_energy(ctx: Acting, year: int) -> Comprehensive:
    """What was typed (version 0: nothing) beside what is computed."""
    computed = await _computed(ctx, year)
    row = await ctx.db.row("select * from comprehensive_energy where tenant_id = $1 and year = $2 order by version desc limit 1", ctx.tenant, year)
    if row is None:
        return Comprehensive(year, 0, None, None, "自算", "", computed, None, False)
    gap = _difference(row["tce_equivalent"], computed)
    return Comprehensive(
        year, row["version"], row["tce_equivalent"], row["tce_equal_value"], row["source"], row["reason"], computed, gap,
        gap is not None and abs(gap) > LIMIT and not row["reason"],
    )  # fmt: skip


async def save_comprehensive_energy(
    ctx: Acting, year: int, *, version: int, tce_equivalent: Decimal, tce_equal_value: Decimal | None, source: str, reason: str
) -> Comprehensive:
    """Save as a new version. A difference above 5 % shows both and asks for a reason (Invalid ``REASON_NEEDED``).

    Raises Conflict ``MONTH_LOCKED`` while the year lies with an agency (GN12).
    """
    if source not in ("统计上报", "自算"):
        raise Invalid([FieldError("source", "CHOICE", "请选择“统计上报”或“自算”。")])
    if max(tce_equivalent, tce_equal_value or tce_equivalent) >= TCE_LIMIT:
        raise Invalid([FieldError("tce_equivalent", "RANGE", "数值过大，请核对单位（吨标准煤）。")])
    if len(reason) > 200:
        raise Invalid([FieldError("reason", "LENGTH", "原因最多 200 个字。")])
    if tce_equivalent < 0 or (tce_equal_value is not None and tce_equal_value < 0):
        raise Invalid([FieldError("tce_equivalent", "NEGATIVE", "综合能源消费量不能为负数。")])
    await refuse_locked(ctx, [year * 100 + 1], ("case",))
    now = await comprehensive_energy(ctx, year)
    if now.version != version:
        raise Conflict("STALE_VERSION", "这份数据刚被他人修改，请刷新后对照再保存。", version=now.version)
    gap = _difference(tce_equivalent, now.computed)
    if gap is not None and abs(gap) > LIMIT and not reason.strip():
        message = f"填写值 {tce_equivalent} tce 与按月填报合计 {now.computed} tce 相差 {gap}%，请核对，无误请写明原因。"
        fault = FieldError("reason", "REASON_NEEDED", message)
        raise Invalid([fault], code="REASON_NEEDED", computed=str(now.computed), difference_pct=str(gap))
    try:
        await ctx.db.run(
            "insert into comprehensive_energy (tenant_id, id, year, version, tce_equivalent, tce_equal_value, source, reason, computed, saved_by, saved_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            ctx.tenant, new_id(), year, version + 1, tce_equivalent, tce_equal_value, source, reason.strip(), now.computed, ctx.account_id, ctx.now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict("STALE_VERSION", "这份数据刚被他人修改，请刷新后对照再保存。", version=now.version) from None
    ctx.audit("comprehensive_energy.saved", "year", year, detail={"version": version + 1})
    return await comprehensive_energy(ctx, year)


async def declare_part_year(ctx: Acting, year: int, months: list[int], reason: str, document_id: UUID | None) -> None:
    """The firm worked only in ``months`` (YYYYMM) of ``year`` (GN7); an empty list takes the declaration back. Raises Invalid."""
    if any(m // 100 != year or not 1 <= m % 100 <= 12 for m in months):
        raise Invalid([FieldError("months", "PERIOD", "请只选择本年度的月份。")])
    if months and not reason.strip():
        raise Invalid([FieldError("reason", "REQUIRED", "请写明全年未满 12 个月的原因，例如新投产或停产。")])
    await refuse_locked(ctx, [year * 100 + 1], ("case",))
    for held in await year_locks(ctx, year):
        used = LOCK_WORDS[held]
        text = f"{year} 年的数据{used}，不能再改申报的月份。确需更正的，请联系平台运营核实，证书或评级作废后可以修改。"
        raise Conflict("MONTH_LOCKED", text, year=year, reason=held)
    if not months:
        await ctx.db.run("delete from part_year where tenant_id = $1 and year = $2", ctx.tenant, year)
    else:
        await ctx.db.run(
            "insert into part_year (tenant_id, year, months, reason, document_id, declared_at) values ($1, $2, $3, $4, $5, $6)"
            " on conflict (tenant_id, year) do update set months = excluded.months, reason = excluded.reason, document_id = excluded.document_id,"
            " version = part_year.version + 1, declared_at = excluded.declared_at",
            ctx.tenant, year, sorted(set(months)), reason.strip(), document_id, ctx.now,
        )  # fmt: skip
    ctx.audit("part_year.declared", "year", year, detail={"months": sorted(set(months))})


@dataclass(frozen=True, slots=True)
class PartYear:
    """The months YYYYMM a firm declared to have worked in a year (GN7), and why; empty: the whole year."""

    year: int
    months: list[int]
    reason: str


async def part_year(ctx: Acting, year: int) -> PartYear:
    """What stands declared for a year."""
    row = await ctx.db.row("select months, reason from part_year where tenant_id = $1 and year = $2", ctx.tenant, year)
    return PartYear(year, row["months"], row["reason"]) if row else PartYear(year, [], "")
