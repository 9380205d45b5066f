"""A year in one grid (faces S13): items down, months across, with states, drafts, submitted values and what to compare with."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import inventory
from carbon import divide, month_code, quantise, shift
from core.database import Acting
from filing.drafts import Draft, drafts_of_year
from filing.templates import SELECT, Item, Template, current_template, item_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One item in one month; amounts in the item's unit."""

    item_id: UUID
    month: str
    due: bool
    submitted: Decimal | None
    co2_t: Decimal | None
    tce: Decimal | None
    last_year: Decimal | None
    mean3: Decimal | None
    estimated: bool
    trace: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class GridMonth:
    """One month: state empty | draft | submitted | withdrawn | running | future."""

    month: str
    state: str
    version: int
    co2_t: Decimal | None
    tce: Decimal | None
    estimated: bool
    locked: bool
    process: list[dict[str, Any]]
    green: dict[str, Any] | None
    answers: list[dict[str, Any]]
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Grid:
    """The year."""

    year: int
    years: list[int]
    template_version: int
    items: list[Item]
    months: list[GridMonth]
    cells: list[Cell]
    locked_by: list[str]


async def year_grid(ctx: Acting, year: int) -> Grid:
    """The whole year of the acting firm: template, account of record of this and the former year, drafts."""
    template = await current_template(ctx)
    facts, before = await inventory.year_facts(ctx, year), await inventory.year_facts(ctx, year - 1)
    drafts = {d.month: d for d in await drafts_of_year(ctx, year)}
    heads = {s.period: s for s in await inventory.summary(ctx, year * 100 + 1, year * 100 + 12)}
    values = {(line["period"], line["item_id"]): line for line in [*before.lines, *facts.lines] if line["item_id"]}
    posted = {m["period"]: m for m in facts.months}
    now = ctx.today.year * 100 + ctx.today.month
    months, cells = [], []
    for period in range(year * 100 + 1, year * 100 + 13):
        code = month_code(period)
        head, month = heads.get(period), posted.get(period)
        months.append(
            GridMonth(
                code, _state(period, now, head.state if head else None, code in drafts), head.version if head else 0,
                Decimal(month["co2_total"]) if month else None, Decimal(month["tce_equivalent"]) if month and month["tce_equivalent"] else None,
                bool(month and month["split_estimated"]), bool(facts.locks),
                [{"name": p["name"], "co2": p["co2_t"], "note": p["note"]} for p in facts.lines if p["period"] == period and p["use"] == "process"],
                month["green"] if month else None, month["answers"] if month else [], drafts.get(code),
            )
        )  # fmt: skip
        cells += [_cell(item, period, values, now) for item in template.items if item.in_force(period)]
    shown = [i for i in template.items if any(i.in_force(m) for m in range(year * 100 + 1, year * 100 + 13))]
    first = (template.first_month or now) // 100
    return Grid(year, list(range(min(first, year), now // 100 + 1)), template.version, shown, months, cells, facts.locks)


def _state(period: int, now: int, head: str | None, draft: bool) -> str:
    if head == "submitted":
        return "submitted"
    if period > now:
        return "future"
    if draft:
        return "draft"
    if period == now:
        return "running"
    return head or "empty"


def _cell(item: Item, period: int, values: dict[tuple[int, str], dict[str, Any]], now: int) -> Cell:
    key = str(item.id)
    line = values.get((period, key))
    recent = [Decimal(v["amount"]) for back in range(1, 4) if (v := values.get((shift(period, -back), key)))]
    last_year = values.get((period - 100, key))
    return Cell(
        item.id, month_code(period), period <= now, Decimal(line["amount"]) if line else None, Decimal(line["co2_t"]) if line else None,
        Decimal(line["tce_equivalent"]) if line and line["tce_equivalent"] else None, Decimal(last_year["amount"]) if last_year else None,
        quantise(divide(sum(recent, Decimal(0)), Decimal(len(recent))), 6) if recent else None, bool(line and line["split_estimated"]),
        line["trace"] if line else None,
    )  # fmt: skip


async def home_facts(ctx: Acting, month: int) -> tuple[Template, dict[int, int], set[int]]:
    """For the enterprise's home in one statement: the template, how many values each draft of the twelve months up to ``month`` holds,
    and the months for which nothing is due because the firm declared that it did not work (GN7)."""
    row = await ctx.db.row(
        f"select (select t.version from template t where t.tenant_id = $1) as version, (select t.first_month from template t where t.tenant_id = $1) as first_month,"  # noqa: S608
        f" ({SELECT}) as items, (select coalesce(jsonb_agg(jsonb_build_object('period', d.period, 'body', d.body)), '[]') from draft d"
        " where d.tenant_id = $1 and d.period between $2 and $3) as drafts, inventory_closed_months() as closed",
        ctx.tenant, shift(month, -11), month,
    )  # fmt: skip
    assert row is not None
    template = Template(row["version"] or 0, row["first_month"], [item_of(i) for i in row["items"]])
    return template, {d["period"]: _filled(d["body"]) for d in row["drafts"]}, set(row["closed"])


def _filled(body: dict[str, Any]) -> int:
    values = body.get("values")
    entries = values if isinstance(values, list) else list(values.values()) if isinstance(values, dict) else []
    return sum(1 for e in entries if (e.get("amount") if isinstance(e, dict) else e) not in (None, ""))
