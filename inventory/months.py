"""Months of the account of record: posting, withdrawing, reading a year, versions and their difference (FI5, FI13, GN7, GN12, LG1)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
import msgspec

from carbon import month_code, shift
from core.database import Acting, LastWrite
from core.errors import Conflict, NotFound
from core.ids import new_id, new_ids
from inventory import queries
from inventory.traces import fold, unfold

ZERO = Decimal("0.000000")


class PostedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One computed line on its way in. tCO2, tce; ``trace`` is JSON-able and is kept with ``factor`` in it."""

    name: str
    carrier: str
    use: str
    source_group: str
    scope: str
    unit: str
    amount: Decimal
    co2_t: Decimal
    tce_equivalent: Decimal | None
    tce_equal_value: Decimal | None
    factor: dict[str, Any]
    trace: dict[str, Any]
    item_id: UUID | None = None
    account_no: str | None = None
    boundary_item: str = "UNASSIGNED"
    split_estimated: bool = False
    note: str = ""
    evidence: list[str] = []


@dataclass(frozen=True, slots=True)
class PostedMonth:
    """One month on its way in; ``base_version`` is the version the sender saw (0: none); ``items``: item id → amount as text."""

    period: int
    base_version: int
    template_version: int
    lines: list[PostedLine]
    items: dict[str, str]
    purchased_mwh: Decimal = ZERO
    green: dict[str, Any] | None = None
    green_claimed_mwh: Decimal = ZERO
    green_counted_mwh: Decimal = ZERO
    d_green: Decimal = ZERO
    a_own: Decimal = ZERO
    split_estimated: bool = False
    answers: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    fingerprint: str = ""


async def post(
    ctx: Acting, months: list[PostedMonth], *, region: str | None, industry: str | None, origin: str = "filing", by_name: str = "", state: str = "submitted",
    restated: bool = False, last: bool = False,
) -> dict[int, int]:  # fmt: skip
    """Post months in one statement; returns period → new version. ``restated``: the year is locked and this is its restatement (GN12).

    ``last``: nothing of this request reads or writes after it, so that it may go with the request's closing statement.
    Raises Conflict ``STALE_VERSION`` when another submission came first, ``SECOND_SOURCE`` when the year has another source (LG2),
    ``MONTH_LOCKED`` when a certificate was issued meanwhile; with ``last`` they come when the request closes.
    """
    place = {"region_code": region or "", "industry_code": industry or ""}
    payload: dict[str, Any] = place | {"origin": origin, "restated": restated, "months": [], "lines": [], "deltas": []}
    for month in months:
        month_id, *ids = new_ids(1 + len(month.lines))
        made = _month(ctx, month, month_id, by_name, state)
        lines = [_line(month, month_id, line_id, position, line) for position, (line_id, line) in enumerate(zip(ids, month.lines, strict=True))]
        payload["months"].append(made)
        payload["lines"] += lines
        payload["deltas"] += deltas_of(made, lines, place)
    write = LastWrite("inventory_post", (payload,), _refuse_stale, partial(_refuse_post, [m.period for m in months]))
    if last:
        ctx.last_write = write
    else:
        await write.run(ctx.db)
    return {m.period: m.base_version + 1 for m in months}


def _refuse_stale(periods: list[int]) -> None:
    if periods:
        text = "这些月份刚被他人提交或撤回，请对照最新数据后再提交，您的填写仍在草稿中。"
        raise Conflict("STALE_VERSION", text, months=[month_code(p) for p in periods])


def _refuse_post(periods: list[int], error: asyncpg.PostgresError) -> NoReturn:
    if isinstance(error, asyncpg.UniqueViolationError) and error.table_name == "inventory_month":
        _refuse_stale(periods)
    if error.sqlstate == "TX003":
        raise locked(periods[0] // 100, "certificate") from None
    if error.sqlstate == "TX002":
        text = "这一年的能耗已由台账核算，不能再按月填报。一年只能有一个数据来源，需要时请先切换核算方法。"
        raise Conflict("SECOND_SOURCE", text, years=sorted({p // 100 for p in periods})) from None
    raise error


def deltas_of(month: dict[str, Any], lines: list[dict[str, Any]], place: dict[str, str]) -> list[dict[str, Any]]:
    """What a submitted month adds to the sums: tCO2 and tce by source group, and the month itself (architecture 6)."""
    if month["state"] != "submitted":
        return []
    sums: dict[str, list[Decimal]] = {}
    for line in lines:
        group = sums.setdefault(line["source_group"], [ZERO, ZERO])
        group[0] += line["co2_t"]
        group[1] += line["tce_equivalent"] or 0
    head = place | {"period": month["period"]}
    found = [head | {"source_group": g, "co2": co2, "tce": tce} for g, (co2, tce) in sorted(sums.items()) if co2 or tce]
    return [*found, head | {"source_group": "month", "d_green": month["d_green"], "a_own": month["a_own"], "months_complete": 1}]


def _month(ctx: Acting, month: PostedMonth, month_id: UUID, by_name: str, state: str) -> dict[str, Any]:
    groups = {"direct": ZERO, "indirect": ZERO, "process": ZERO}
    for line in month.lines:
        groups[line.scope] += line.co2_t
    return {
        "id": month_id,
        "period": month.period,
        "version": month.base_version + 1,
        "state": state,
        "template_version": month.template_version,
        "items": month.items,
        "co2_direct": groups["direct"],
        "co2_indirect": groups["indirect"],
        "co2_process": groups["process"],
        "co2_total": sum(groups.values(), ZERO),
        "tce_equivalent": _sum([line.tce_equivalent for line in month.lines]),
        "tce_equal_value": _sum([line.tce_equal_value for line in month.lines]),
        "purchased_mwh": month.purchased_mwh,
        "green": month.green,
        "green_claimed_mwh": month.green_claimed_mwh,
        "green_counted_mwh": month.green_counted_mwh,
        "d_green": month.d_green,
        "a_own": month.a_own,
        "split_estimated": month.split_estimated,
        "answers": month.answers,
        "reason": month.reason,
        "fingerprint": month.fingerprint,
        "submitted_by": ctx.account_id,
        "submitted_by_name": by_name,
        "submitted_at": ctx.now,
    }


def _sum(values: list[Decimal | None]) -> Decimal | None:
    return None if any(v is None for v in values) else sum((v for v in values if v is not None), ZERO)


def _line(month: PostedMonth, month_id: UUID, line_id: UUID, position: int, line: PostedLine) -> dict[str, Any]:
    return {
        "id": line_id,
        "month_id": month_id,
        "period": month.period,
        "position": position,
        "item_id": line.item_id,
        "name": line.name,
        "carrier": line.carrier,
        "use": line.use,
        "source_group": line.source_group,
        "scope": line.scope,
        "unit": line.unit,
        "amount": line.amount,
        "boundary_item": line.boundary_item,
        "account_no": line.account_no,
        "factor_code": line.factor["code"],
        "factor_value": line.factor["value"],
        "factor_unit": line.factor["unit"],
        "co2_t": line.co2_t,
        "tce_equivalent": line.tce_equivalent,
        "tce_equal_value": line.tce_equal_value,
        "trace": fold(line.trace | {"factor": line.factor}),
        "split_estimated": line.split_estimated,
        "note": line.note,
        "evidence": line.evidence,
    }


async def withdraw(ctx: Acting, period: int, version: int, reason: str, *, region: str | None, industry: str | None, by_name: str = "") -> int:
    """Take a submitted month back (FI13); the versions stay readable. Returns the new version.

    Raises NotFound (nothing submitted), Conflict ``STALE_VERSION``, ``MONTH_LOCKED``.
    """
    head = await ctx.db.row(
        "select h.version, h.state, m.template_version from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id"
        " where h.tenant_id = $1 and h.period = $2",
        ctx.tenant,
        period,
    )
    if head is None or head["state"] != "submitted":
        raise NotFound(f"{month_code(period)} 没有已提交的填报，不需要撤回。")
    if head["version"] != version:
        raise Conflict("STALE_VERSION", "这个月刚被修改，请刷新后再撤回。", version=head["version"])
    await refuse_locked(ctx, [period])
    gone = PostedMonth(period, version, head["template_version"], [], {}, reason=reason)
    await post(ctx, [gone], region=region, industry=industry, by_name=by_name, state="withdrawn")
    ctx.audit("filing.withdrawn", "month", month_code(period), detail={"version": version + 1, "reason": reason})
    return version + 1


LOCK_WORDS = {"certificate": "已用于碳效码证书", "case": "已用于机构审核中的报告", "verified": "已用于核查机构评级的报告"}


async def refuse_locked(ctx: Acting, periods: list[int], reasons: tuple[str, ...] = tuple(LOCK_WORDS)) -> None:
    """Raises Conflict ``MONTH_LOCKED`` when a certificate, a third party or a rated report stands on one of the months (GN12)."""
    row = await ctx.db.row(
        "select year, reason from year_lock where tenant_id = $1 and year = any ($2) and reason = any ($3) order by reason limit 1",
        ctx.tenant, sorted({p // 100 for p in periods}), list(reasons),
    )  # fmt: skip
    if row is not None:
        raise locked(row["year"], row["reason"])


def locked(year: int, reason: str) -> Conflict:
    """The refusal for a locked year."""
    words = LOCK_WORDS[reason]
    if reason == "case":
        text = f"{year} 年的数据{words}，暂不能修改。机构退回、案件撤回或结束后可以修改；现在就要改正的，请联系机构退回。"
        return Conflict("MONTH_LOCKED", text, year=year, reason=reason)
    return Conflict(
        "MONTH_LOCKED",
        f"{year} 年的数据{words}，不能撤回或直接修改。如数据有误，请以“数据重述”提交并写明原因，原版本会保留。",
        year=year,
        reason=reason,
    )


async def held(ctx: Acting, year: int, reason: str) -> bool:
    """True while a ``certificate`` or a ``case`` stands on the year (GN12)."""
    return bool(await ctx.db.value("select true from year_lock where tenant_id = $1 and year = $2 and reason = $3 limit 1", ctx.tenant, year, reason))


async def hold_year(ctx: Acting, year: int) -> None:
    """Let no submission of the year commit between reading its facts and locking it; held until this transaction ends."""
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended('inventory:' || $1::text || ':' || $2::int, 11))", str(ctx.tenant), year)


async def lock_year(ctx: Acting, year: int, reason: str = "certificate", object_id: UUID | None = None) -> None:
    """Lock a year's months because ``certificate`` or ``case`` stands on them (GN12)."""
    await ctx.db.run(
        "insert into year_lock (tenant_id, id, year, reason, object_id, locked_at) values ($1, $2, $3, $4, $5, $6)",
        ctx.tenant,
        new_id(),
        year,
        reason,
        object_id,
        ctx.now,
    )


async def unlock_year(ctx: Acting, year: int, reason: str = "certificate", object_id: UUID | None = None) -> None:
    """Take the lock off again (certificate revoked or superseded, case closed)."""
    await ctx.db.run(
        "delete from year_lock where tenant_id = $1 and year = $2 and reason = $3 and ($4::uuid is null or object_id = $4)", ctx.tenant, year, reason, object_id
    )


@dataclass(frozen=True, slots=True)
class YearFacts:
    """A year as it stands in the account: months and lines as plain dicts with decimals as text, operating data, declared months, locks."""

    year: int
    months: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    operating: dict[str, Any] | None
    part_year: dict[str, Any] | None
    locks: list[str]

    @property
    def e_core(self) -> Decimal:
        """Sum of the quantised lines (EM1 core)."""
        return sum((Decimal(m["co2_total"]) for m in self.months), ZERO)

    def total(self, name: str) -> Decimal:
        """Sum of one monthly figure (``co2_direct``, ``d_green`` …)."""
        return sum((Decimal(m[name] or 0) for m in self.months), ZERO)

    @property
    def tce(self) -> Decimal | None:
        """当量值 of the year, None when a line's coefficient is unknown."""
        return _sum([None if m["tce_equivalent"] is None else Decimal(m["tce_equivalent"]) for m in self.months])

    @property
    def tce_equal_value(self) -> Decimal | None:
        """等价值 of the year."""
        return _sum([None if m["tce_equal_value"] is None else Decimal(m["tce_equal_value"]) for m in self.months])

    @property
    def value_added(self) -> Decimal | None:
        """工业增加值 of the year in 万元."""
        return None if self.operating is None or self.operating["value_added"] is None else Decimal(self.operating["value_added"])

    @property
    def data_version(self) -> str:
        """Names the filed state: period and version of each month, version of the operating data."""
        months = ",".join(f"{m['period']}v{m['version']}" for m in self.months)
        return f"{months};o{self.operating['version'] if self.operating else 0}"


async def year_facts(ctx: Acting, year: int) -> YearFacts:
    """Everything filed for a year in one statement."""
    row = await ctx.db.row(queries.YEAR, ctx.tenant, year)
    assert row is not None
    lines = [line | {"trace": unfold(line["trace"])} for line in row["lines"]]
    return YearFacts(year, row["months"], lines, row["operating"], row["part"], row["locks"])


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """One month for charts and calendars; tCO2 by source group."""

    period: int
    state: str
    version: int
    co2_t: Decimal
    tce: Decimal | None
    by_source: dict[str, Decimal]
    split_estimated: bool
    locked: bool


async def summary(ctx: Acting, first: int, last: int) -> list[MonthSummary]:
    """Months between two periods YYYYMM, one statement."""
    return [
        MonthSummary(
            r["period"], r["state"], r["version"], r["co2_total"], r["tce_equivalent"],
            {k: Decimal(v) for k, v in (r["by_source"] or {}).items()}, r["split_estimated"], r["locked"],
        )
        for r in await ctx.db.rows(queries.SUMMARY, ctx.tenant, first, last)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a month in the history."""

    period: int
    version: int
    state: str
    live: bool
    co2_t: Decimal
    tce: Decimal | None
    split_estimated: bool
    reason: str | None
    by_name: str
    at: datetime


async def history(ctx: Acting, *, period: int | None = None, year: int | None = None, limit: int = 20, offset: int = 0) -> tuple[list[VersionRow], int]:
    """Versions newest first, with how many there are."""
    rows = await ctx.db.rows(queries.HISTORY, ctx.tenant, period, year, limit, offset)
    found = [
        VersionRow(r["period"], r["version"], _state(r), r["live"], r["co2_total"], r["tce_equivalent"], r["split_estimated"], r["reason"], r["submitted_by_name"], r["submitted_at"])
        for r in rows
    ]  # fmt: skip
    return found, rows[0]["total"] if rows else 0


def _state(row: dict[str, Any]) -> str:
    return row["state"] if row["live"] or row["state"] == "withdrawn" else "superseded"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item of two versions; None where the item is absent."""

    name: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    co2_before: Decimal | None
    co2_after: Decimal | None


async def difference(ctx: Acting, period: int, version: int) -> list[Difference]:
    """What a version changed against the one before it (GN12). Raises NotFound."""
    after = {r["key"]: r for r in await ctx.db.rows(queries.VERSION_LINES, ctx.tenant, period, version)}
    if not after and not await ctx.db.value(
        "select true from inventory_month where tenant_id = $1 and period = $2 and version = $3", ctx.tenant, period, version
    ):
        raise NotFound()
    before = {r["key"]: r for r in await ctx.db.rows(queries.VERSION_LINES, ctx.tenant, period, version - 1)}
    found = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        some = new or old
        assert some is not None
        found.append(
            Difference(some["name"], some["unit"], _of(old, "amount"), _of(new, "amount"), _of(old, "co2_t"), _of(new, "co2_t"))
        )
    return found


def _of(row: dict[str, Any] | None, name: str) -> Decimal | None:
    return None if row is None else row[name]


@dataclass(frozen=True, slots=True)
class FiledContext:
    """What the account already holds around some months: heads, live values, amounts of the months before by item (newest first), locks by year."""

    heads: dict[int, dict[str, Any]]
    live: dict[tuple[int, str], dict[str, Any]]
    recent: list[tuple[int, dict[str, str]]]
    locks: dict[int, str]


def filed_context_of(filed: dict[str, Any]) -> FiledContext:
    """The answer of the SQL function ``inventory_filed(months, since)``, which a room above may read within its own statement."""
    return FiledContext(
        {h["period"]: h for h in filed["heads"]},
        {(entry["period"], entry["item_id"] or entry["name"]): entry for entry in filed["live"]},
        [(period, amounts) for period, amounts in filed["recent"]],
        {int(year): reason for year, reason in filed["locks"].items()},
    )


async def filed_context(ctx: Acting, months: list[int]) -> FiledContext:
    """One statement for all that a filing of ``months`` must know of the account."""
    return filed_context_of(await ctx.db.value("select inventory_filed($1, $2)", months, shift(months[0], -12)))


async def gec_in_use(ctx: Acting, numbers: list[str], months: list[int]) -> list[str]:
    """Of these green certificates (upper case), those that a live month outside ``months`` already counts."""
    return list(await ctx.db.value("select inventory_gec_in_use($1, $2)", numbers, months))
