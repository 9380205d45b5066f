"""A firm's water of a year: list, read with all figures, save at its version. Incomplete parts are kept; nothing typed is lost."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

import factors
import inventory
import tenants
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from water import checks, figures
from water.figures import BalanceView, Indicator, MeasureFigure, Money, ProductFigure
from water.quotas import Quota, quotas_of
from water.records import FIELDS, SOURCES, Body, Plan, Product, Title, WaterData

TOLERANCE_CODE, TOLERANCE = "WATER_BALANCE_TOL", Decimal(10)
#: Words of a year in lists: not yet reportable (WA13), or ready for a report.
DRAFT, READY = "draft", "ready"


@dataclass(frozen=True, slots=True)
class WaterSummary:
    """A year in the list; ``intake`` V_f in m3."""

    year: int
    state: str
    complete: bool
    intake: Decimal | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning (never blocks saving) or a reason against a report; ``section`` is an anchor of the form."""

    code: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class LastYear:
    """What stands beside this year; None for the whole when nothing was saved."""

    year: int
    intake: Decimal | None
    reportable: bool


@dataclass(frozen=True, slots=True)
class WaterView:
    """A year with its figures. ``version`` 0: nothing saved yet. ``reasons`` are empty exactly when ``reportable`` (WA13)."""

    year: int
    version: int
    state: str
    data: WaterData
    products: list[ProductFigure]
    measures: list[MeasureFigure]
    plans: list[Plan]
    titles: list[Title]
    money: Money
    indicators: list[Indicator]
    last_year: LastYear | None
    balance: BalanceView
    use_balance: BalanceView
    warnings: list[Remark]
    missing: list[checks.Missing]
    complete: bool
    reportable: bool
    reasons: list[Remark]
    saved_by: str
    saved_at: datetime | None

    def figure(self, code: str) -> Indicator:
        """One indicator. Raises StopIteration on an unknown code."""
        return next(i for i in self.indicators if i.code == code)


@dataclass(frozen=True, slots=True)
class _Row:
    version: int
    body: Body
    saved_by: str
    saved_at: datetime | None


_EMPTY = _Row(0, Body(), "", None)


async def water_years(ctx: Acting) -> list[WaterSummary]:
    """The firm's years, newest first."""
    rows = await ctx.db.rows(
        "select year, reportable, complete, intake, saved_at from water_year where tenant_id = $1 order by year desc", ctx.tenant
    )
    return [WaterSummary(r["year"], READY if r["reportable"] else DRAFT, r["complete"], r["intake"], r["saved_at"]) for r in rows]


async def _rows(ctx: Acting, *years: int) -> dict[int, _Row]:
    sql = "select year, version, body, saved_by_name, saved_at from water_year where tenant_id = $1 and year = any($2)"
    return {
        r["year"]: _Row(r["version"], msgspec.convert(r["body"], Body, strict=False), r["saved_by_name"], r["saved_at"])
        for r in await ctx.db.rows(sql, ctx.tenant, list(years))
    }


async def _money(ctx: Acting, year: int) -> Money:
    own = next((o for o in await inventory.operating(ctx, year) if o.period == str(year)), None)
    return Money(own.output_value, own.value_added) if own else Money()


async def _tolerance(ctx: Acting, year: int) -> Decimal:
    row = (await factors.parameters_in_force(ctx.db, [TOLERANCE_CODE], date(year, 12, 31))).get(TOLERANCE_CODE)
    return Decimal(str(row.value)) if row else TOLERANCE


async def water_year(ctx: Acting, year: int) -> WaterView:
    """A year with its figures, last year's beside them; an empty one when nothing was saved."""
    _check_year(ctx, year)
    rows = await _rows(ctx, year, year - 1)
    row = rows.get(year, _EMPTY)
    quotas = await quotas_of(ctx, (p.quota_id for p in row.body.products if p.quota_id is not None))
    return await _view(ctx, year, row, rows.get(year - 1), quotas)


def _check_year(ctx: Acting, year: int) -> None:
    if not 1990 <= year <= ctx.today.year:
        raise Invalid([FieldError("year", "FUTURE", f"可以填写 1990 至 {ctx.today.year} 年的水资源数据，{year} 年还不能填。")])


async def _view(ctx: Acting, year: int, row: _Row, last: _Row | None, quotas: dict[UUID, Quota]) -> WaterView:
    body, money, tolerance = row.body, await _money(ctx, year), await _tolerance(ctx, year)
    before = (last.body.data, await _money(ctx, year - 1)) if last else None
    balance, use_balance = figures.balance(body.data, tolerance), figures.use_balance(body.data, tolerance)
    older = {(p.name, p.unit): p for p in last.body.products} if last else {}
    products = [_product(p, year, quotas, older.get((p.name, p.unit))) for p in body.products]
    reasons, missing = _reasons(body, money), checks.missing(body)
    return WaterView(
        year=year,
        version=row.version,
        state=DRAFT if reasons else READY,
        data=body.data,
        products=products,
        measures=[figures.measure(m, year, body.data.water_price) for m in body.measures],
        plans=body.plans,
        titles=body.titles,
        money=money,
        indicators=figures.indicators(body.data, money, before),
        last_year=LastYear(year - 1, figures.fresh(last.body.data), not _reasons(last.body, before[1])) if last and before else None,
        balance=balance,
        use_balance=use_balance,
        warnings=_warnings(balance, use_balance, products) if row.version else [],
        missing=missing,
        complete=row.version > 0 and not missing,
        reportable=not reasons,
        reasons=reasons,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
    )


def _product(typed: Product, year: int, quotas: dict[UUID, Quota], older: Product | None) -> ProductFigure:
    end = date(year, 12, 31)
    quota = quotas.get(typed.quota_id) if typed.quota_id is not None else None
    reason = "" if typed.quota_id is not None else "未选择用水定额"
    if typed.quota_id is not None and quota is None:
        reason = "所选定额不适用于企业所在地区"
    elif quota is not None and not quota.in_force(end):
        quota, reason = None, f"所选定额在 {end.isoformat()} 不在有效期内"
    elif quota is not None and typed.output is not None and figures.in_quota_unit(typed, quota) is None:
        reason = f"产量单位“{typed.unit}”与定额单位“{quota.unit}”不同，不能比较"
        quota = None
    last = figures.product(older, None, "", None).unit_intake if older else None
    return figures.product(typed, quota, reason, last)


def _complete_product(product: Product) -> bool:
    return bool(product.name and product.unit and product.output and product.production_water is not None)


def _reasons(body: Body, money: Money) -> list[Remark]:
    """Why a year gives no report (WA13); products whose shares miss the production intake say nothing about a unit (WA3)."""
    found = []
    if figures.fresh(body.data) is None:
        names = "、".join(FIELDS[name].label for name in SOURCES if getattr(body.data, name) is None)
        found.append(Remark("NO_INTAKE", "sources", f"取水量还不完整：{names}未填，没有请填 0。"))
    if money.value_added is None and not any(_complete_product(p) for p in body.products):
        text = "还没有填完整的产品，也没有工业增加值。请至少填一种产品的产量和用水量，或在生产经营中填工业增加值。"
        found.append(Remark("NO_PRODUCT_OR_VALUE_ADDED", "products", text))
    gap = figures.gap(body)
    if gap is not None:
        more = "多" if gap > 0 else "少"
        text = f"各产品用水量之和比主要生产取水量{more} {abs(gap):,.4f} m³，应当相等（相差不超过 0.01 m³）。请重新分摊，或核对主要生产取水量。"
        found.append(Remark("ALLOCATION", "products", text))
    return found


def _warnings(balance: BalanceView, use_balance: BalanceView, products: list[ProductFigure]) -> list[Remark]:
    found = []
    if balance.word == figures.UNBALANCED:
        found.append(Remark("UNBALANCED", "balance", _unbalanced("进水", "出水", "请核对取水、耗水、排水和漏失水量的计量", balance)))
    if use_balance.word == figures.UNBALANCED:
        text = _unbalanced("取水量", "各用途之和", "请核对主要生产、辅助生产、附属生产的取水量", use_balance)
        found.append(Remark("USES_UNBALANCED", "uses", text))
    for p in products:
        if p.status == "超定额":
            found.append(Remark("ABOVE_QUOTA", "products", f"“{p.name}”超过用水定额 {p.excess_pct:f}%，建议在节水计划中写明改进办法。"))
    return found


def _unbalanced(one: str, other: str, remedy: str, found: BalanceView) -> str:
    pct = "" if found.error_pct is None else f"，相差 {found.error_pct:f}%，超过 {found.tolerance_pct:f}%"
    return f"水量不平衡：{one} {found.inflow:,.4f} m³，{other} {found.outflow:,.4f} m³{pct}。{remedy}。"


async def save_water(ctx: Acting, year: int, version: int, body: Body, by_name: str = "", known: Collection[UUID] | None = None) -> WaterView:
    """Keep a year as typed, complete or not. ``known``: the proofs that exist (None: all named ones do).

    A kept proof that is gone is let go with a remark; a new one that does not exist is a fault. Raises Invalid naming each field, Conflict
    STALE_VERSION with what is kept now, MONTH_LOCKED while the year's reports lie with an agency (GN12).
    """
    _check_year(ctx, year)
    await inventory.refuse_locked(ctx, [year * 100 + 1], ("case",))
    body, gone = await _without_gone(ctx, year, body, known)
    quotas = await quotas_of(ctx, (p.quota_id for p in body.products if p.quota_id is not None))
    faults = checks.faults(body, year, ctx.today) + _quota_faults(body, quotas)
    if faults:
        raise Invalid(faults)
    fresh, money = figures.fresh(body.data), await _money(ctx, year)
    complete, reportable = not checks.missing(body), not _reasons(body, money)
    place = await tenants.profile_facts(ctx)
    counted = (fresh, place.region or "", place.industry or "") if complete and fresh is not None else (None, None, None)
    stored = msgspec.to_builtins(body)
    if not await _store(ctx, year, version, (stored, fresh, complete, reportable, ctx.account_id, by_name, ctx.now, *counted)):
        now = (await _rows(ctx, year)).get(year, _EMPTY)
        who = f"“{now.saved_by}”" if now.saved_by else "他人"
        raise Conflict("STALE_VERSION", f"{year} 年的水资源数据刚被{who}修改，请刷新后对照再保存，您填写的内容仍在页面上。", version=now.version)
    ctx.audit("water.saved", "water_year", year, detail={"version": version + 1, "reportable": reportable})
    view = await water_year(ctx, year)
    return replace(view, warnings=[*gone, *view.warnings])


async def _without_gone(ctx: Acting, year: int, body: Body, known: Collection[UUID] | None) -> tuple[Body, list[Remark]]:
    absent = [(path, proof) for path, proof in body.proofs() if known is not None and proof not in known]
    if not absent:
        return body, []
    kept = {proof for _, proof in (await _rows(ctx, year)).get(year, _EMPTY).body.proofs()}
    faults = [FieldError(path, "UNKNOWN", "没有这份文件，请重新上传，或移除后再保存。") for path, proof in absent if proof not in kept]
    if faults:
        raise Invalid(faults)
    lost = {proof for _, proof in absent}
    data = msgspec.structs.replace(body.data, test_file=None) if body.data.test_file in lost else body.data
    titles = [msgspec.structs.replace(t, certificate_id=None) if t.certificate_id in lost else t for t in body.titles]
    remarks = [Remark("PROOF_GONE", "titles", f"“{t.name}”的证书文件已不在平台上，已从本页移除。需要时请重新上传。") for t in body.titles if t.certificate_id in lost]
    if body.data.test_file in lost:
        remarks.append(Remark("PROOF_GONE", "test", "水平衡测试报告的文件已不在平台上，已从本页移除。需要时请重新上传。"))
    return msgspec.structs.replace(body, data=data, titles=titles), remarks


NAMED = """
select w.year, t.id from water_year w cross join lateral (
  select w.body #>> '{data,test_file}' union all
  select t ->> 'certificate_id' from jsonb_array_elements(coalesce(w.body -> 'titles', '[]')) t) t (id)
 where w.tenant_id = $1 and t.id is not null order by w.year
"""


async def named_proofs(ctx: Acting) -> dict[UUID, int]:
    """Every proof that a water year of the firm names, with the newest such year."""
    return {UUID(r["id"]): r["year"] for r in await ctx.db.rows(NAMED, ctx.tenant)}


async def refuse_named(ctx: Acting, proof: UUID) -> None:
    """Raises Conflict ``IN_USE`` when a water year names the proof."""
    year = (await named_proofs(ctx)).get(proof)
    if year is not None:
        raise Conflict("IN_USE", f"这份文件正在 {year} 年的水资源数据中使用，请先在“水资源利用”中移除并保存，再删除。", year=year)


async def _store(ctx: Acting, year: int, version: int, values: tuple[Any, ...]) -> bool:
    """One conditional write; the change of what the sums count of this year goes with it (RS1). False: another save came first."""
    if version == 0:
        row = await ctx.db.row(
            "insert into water_year (tenant_id, year, version, body, intake, complete, reportable, saved_by, saved_by_name, saved_at, counted,"
            " counted_region, counted_industry) values ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing"
            " returning counted, counted_region, counted_industry",
            ctx.tenant, year, *values,
        )  # fmt: skip
    else:
        row = await ctx.db.row(
            "with o as (select counted, counted_region, counted_industry from water_year where tenant_id = $1 and year = $2 and version = $13 for update)"
            " update water_year w set version = w.version + 1, body = $3, intake = $4, complete = $5, reportable = $6, saved_by = $7, saved_by_name = $8,"
            " saved_at = $9, counted = $10, counted_region = $11, counted_industry = $12 from o"
            " where w.tenant_id = $1 and w.year = $2 and w.version = $13 returning w.counted, w.counted_region, w.counted_industry,"
            " o.counted as old, o.counted_region as old_region, o.counted_industry as old_industry",
            ctx.tenant, year, *values, version,
        )  # fmt: skip
    if row is None:
        return False
    before = (row.get("old_region"), row.get("old_industry"), row.get("old"))
    after = (row["counted_region"], row["counted_industry"], row["counted"])
    if before != after:
        deltas = [
            {"region_code": region, "industry_code": industry, "water": sign * water, "years": sign}
            for (region, industry, water), sign in ((before, -1), (after, 1))
            if water is not None
        ]
        await ctx.db.run("select post_water($1, $2)", year, deltas)
    return True


def _quota_faults(body: Body, quotas: dict[UUID, Quota]) -> list[FieldError]:
    found = []
    for place, typed in enumerate(body.products):
        quota = quotas.get(typed.quota_id) if typed.quota_id is not None else None
        if typed.quota_id is not None and quota is None:
            found.append(FieldError(f"products[{place}].quota_id", "UNKNOWN", "没有这条用水定额，或它不适用于企业所在地区，请重新选择。"))
        elif quota is not None and typed.unit and figures.in_quota_unit(msgspec.structs.replace(typed, output=Decimal(1)), quota) is None:
            text = f"产量单位“{typed.unit}”不能与定额单位“{quota.unit}”比较，请把产量换算成“{quota.unit}”，或改选定额。"
            found.append(FieldError(f"products[{place}].quota_id", "UNIT", text))
    return found


async def data_version(ctx: Acting, year: int) -> str:
    """What a water report depends on, spelled as it is kept with the report."""
    version = await ctx.db.value("select version from water_year where tenant_id = $1 and year = $2", ctx.tenant, year)
    own = next((o for o in await inventory.operating(ctx, year) if o.period == str(year)), None)
    return f"w{version or 0};o{own.version if own else 0}"
