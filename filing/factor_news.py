"""What a new version of a factor does to firms (S20): whom it touches before it is published, and telling them afterwards.

Touched is a firm whose template uses an energy that the new row changes where the firm stands, in a month that has ended (or has a
draft) and is not submitted. Submitted months and issued papers keep the values they were computed with.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import factors
import notices
from carbon import Activity, LineError, calculate_line, line, month_code, shift
from core import jobs
from core.database import Acting
from factors import Ask, Catalogue, province_of

_MONTHS_BACK = 23


@dataclass(frozen=True, slots=True)
class ImpactExample:
    """A firm without its name: a month of its usual size before and after, tCO2."""

    region: str
    industry: str
    month: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class FactorImpact:
    """Firms and months not submitted that new values change; what is submitted or issued never changes (always 0)."""

    firms: int
    periods: int
    submitted: int
    submitted_changed: int
    reports_changed: int
    energies: list[str]
    provinces: list[str]
    valid_from: date
    examples: list[ImpactExample]


async def factor_impact(ctx: Acting, draft_id: UUID) -> FactorImpact:
    """Whom a draft touches. Raises NotFound."""
    both = await factors.versions(ctx, draft_id)
    pairs, months = _asked(both), _ended_months(ctx, both)
    await ctx.db.run("set local statement_timeout = '25s'")
    row = await ctx.db.row("select * from factor_impact($1, $2)", pairs, months)
    assert row is not None
    touched = both.kind == "factor"
    codes = sorted({p["carrier"] for p in pairs}) if touched else []
    examples = await _examples(ctx, both, row["examples"], set(codes)) if touched else []
    return FactorImpact(
        int(row["firms"]), int(row["periods"]), int(row["submitted"]), 0, 0, [both.after.name(c) for c in codes],
        sorted({p["province"] for p in pairs} - {""}), both.valid_from, examples,
    )  # fmt: skip


def _asked(both: factors.Versions) -> list[dict[str, str]]:
    """Energies and provinces to look for; a parameter of grading belongs to every energy."""
    if both.kind == "parameter":
        return [{"carrier": code, "province": ""} for code in both.after.codes]
    ask = Ask("CN", both.known_on.year * 100 + both.known_on.month, both.known_on)
    return [{"carrier": code, "province": place} for code, place in factors.touched(both.before, both.after, ask)]


def _ended_months(ctx: Acting, both: factors.Versions) -> list[int]:
    """Months of the last two years that have ended; for a parameter only those of years it is in force in (GN11)."""
    last = shift(ctx.today.year * 100 + ctx.today.month, -1)
    months = [shift(last, -n) for n in range(_MONTHS_BACK, -1, -1)]
    return months if both.kind == "factor" else [m for m in months if date(m // 100, 12, 31) >= both.valid_from]


async def _examples(ctx: Acting, both: factors.Versions, found: list[dict[str, Any]], codes: set[str]) -> list[ImpactExample]:
    """With places and trades in words."""
    sql = "select code, name from region where code = any ($1) union all select code, name from industry where code = any ($2)"
    names = await ctx.db.rows(sql, [f["region"] for f in found], [f["industry"] for f in found])
    words = {r["code"]: r["name"] for r in names}
    made = [_example(both, f, codes) for f in found]
    return [replace(m, region=words.get(m.region, m.region), industry=words.get(m.industry, m.industry)) for m in made if m is not None]


def _example(both: factors.Versions, found: dict[str, Any], codes: set[str]) -> ImpactExample | None:
    """The newest submitted month once more with old and new values; lines with the firm's own measured values stay."""
    province = province_of(found["region"] or "") or "CN"
    ask = Ask(province, found["period"], both.known_on)
    change = Decimal(0)
    try:
        for row in found["lines"] or []:
            if row["carrier"] in codes and not str(row["factor"]).startswith("MEASURED"):
                change += _tonnes(both.after, row, ask) - _tonnes(both.before, row, ask)
    except LineError:
        return None
    before = line(Decimal(found["total"]))
    after = line(before + change)
    return ImpactExample(found["region"] or "", found["industry"] or "", month_code(found["period"]), f"{before:f}", f"{after:f}", f"{line(after - before):f}")


def _tonnes(book: Catalogue, row: dict[str, Any], ask: Ask) -> Decimal:
    return calculate_line(Activity(book.carrier(row["carrier"], ask), Decimal(row["amount"]), row["unit"], row["use"])).co2_t


async def publish_factors(ctx: Acting, draft_id: UUID, version: int) -> factors.FactorDraft:
    """Publish another person's draft with the impact it has now; firms that are touched hear of it by jobs. Raises as publish_draft."""
    both = await factors.versions(ctx, draft_id)
    impact = await factor_impact(ctx, draft_id)
    said = asdict(impact) | {"valid_from": impact.valid_from.isoformat()}
    made = await factors.publish_draft(ctx, draft_id, version, said)
    if both.kind == "factor" and impact.firms:
        facts = {"name": both.name, "valid_from": f"{both.valid_from.year} 年 {both.valid_from.month} 月 {both.valid_from.day} 日"}
        payload = {"facts": facts, "pairs": _asked(both), "months": _ended_months(ctx, both)}
        await jobs.enqueue(ctx, "filing.factors_published", draft_id, version=made.draft.number, payload=payload)
    return made


async def announce_factors(ctx: Acting, draft_id: UUID, number: int, payload: dict[str, Any]) -> int:
    """One job for each firm that is touched; in the platform's own job. Returns how many."""
    sql = "select factor_announce($1, $2, $3, $4, $5, $6)"
    firms = int(await ctx.db.value(sql, draft_id, number, payload["facts"], payload["pairs"], payload["months"], ctx.now))
    if firms:
        ctx.after_commit(jobs.wake)
    return firms


async def tell_factor_news(ctx: Acting, draft_id: UUID, facts: dict[str, Any]) -> int:
    """Tell the acting firm's administrators (NT)."""
    return await notices.tell(ctx, "factor.published", "factor_draft", draft_id, to=("admin",), otherwise=("legal",), fields=facts)
