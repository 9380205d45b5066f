"""What a firm owes by month (FI12, faces S9), kept in rows of states and counts so that its agents' lists read nothing else (T12).

The rows are written by the firm's own transactions: a month that is filed or taken back changes its row at once (a trigger); whoever
changes a draft or the template says :func:`filing.changes.duties_changed` and the job writes them anew. Lists are read by the agent,
who acts for no firm meanwhile.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import inventory
import tenants
from carbon import due_on, month_code, shift
from core.database import Acting
from core.errors import Problem
from filing.months import Typed, TypedLine, TypedMonth, TypedProcess, preview_months
from filing.templates import Item, current_template

MONTHS = 12
MISSING_SHOWN = 20
STATES = ("due", "overdue", "questions", "returned", "submitted", "ended", "all")


@dataclass(frozen=True, slots=True)
class Duty:
    """One month of one firm: state empty | draft | returned | submitted | no_template."""

    period: int
    state: str
    filled: int
    expected: int
    missing: list[str]
    questions: int
    due_on: date


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One firm in an agent's list with its oldest open month; ``month`` None: the grant is not in force or nothing is known yet."""

    organisation_id: UUID
    name: str
    uscc_masked: str
    month: str | None
    filled: int
    expected: int
    missing: list[str]
    questions: int
    state: str
    due_on: date | None
    days_left: int | None
    scopes: list[str]
    valid_to: date
    delegation_state: str
    ended: date | None
    open_months: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """A page of it; counters are of all firms, whatever is searched."""

    counters: dict[str, int]
    items: list[WorkItem]
    total: int
    page: int
    page_size: int


async def refresh_duties(ctx: Acting) -> list[Duty]:
    """Write the acting firm's last twelve ended months anew, and the name its agents see."""
    facts = await tenants.profile_facts(ctx)
    duties = await duties_of(ctx, bool(facts.ets_key_unit))
    rows = [
        {"period": d.period, "state": d.state, "filled": d.filled, "expected": d.expected, "questions": d.questions, "due_on": d.due_on,
         "missing": d.missing[:MISSING_SHOWN]}
        for d in duties
    ]  # fmt: skip
    await ctx.db.run(
        "with gone as (delete from duty where tenant_id = $1 and not (period = any ($2)))"
        " insert into duty as d (tenant_id, period, state, filled, expected, questions, due_on, missing, updated_at)"
        " select $1, n.period, n.state, n.filled, n.expected, n.questions, n.due_on, n.missing, $4 from jsonb_to_recordset($3)"
        "   as n (period int, state text, filled int, expected int, questions int, due_on date, missing text[])"
        " on conflict (tenant_id, period) do update set state = excluded.state, filled = excluded.filled, expected = excluded.expected,"
        "   questions = excluded.questions, due_on = excluded.due_on, missing = excluded.missing, updated_at = excluded.updated_at"
        " where (d.state, d.filled, d.expected, d.questions, d.due_on, d.missing) is distinct from"
        "       (excluded.state, excluded.filled, excluded.expected, excluded.questions, excluded.due_on, excluded.missing)",
        ctx.tenant, [d.period for d in duties], rows, ctx.now,
    )  # fmt: skip
    await tenants.refresh_firm_name(ctx, facts.name, facts.uscc or "", initials(facts.name))
    return duties


async def duties_of(ctx: Acting, key_unit: bool) -> list[Duty]:
    """The duties as the books say now, oldest first."""
    last = shift(ctx.today.year * 100 + ctx.today.month, -1)
    template = await current_template(ctx)
    if not template.version:
        return [Duty(last, "no_template", 0, 0, [], 0, due_on(last, key_unit))]
    first = max(shift(last, 1 - MONTHS), template.first_month or last)
    heads = {m.period: m.state for m in await inventory.summary(ctx, first, last)}
    drafts = {
        r["period"]: r["body"]
        for r in await ctx.db.rows("select period, body from draft where tenant_id = $1 and period between $2 and $3", ctx.tenant, first, last)
    }
    closed = set(await ctx.db.value("select inventory_closed_months()"))  # the firm declared that it did not work (GN7)
    found, period = [], first
    while period <= last:
        items = template.of(period)
        if items and (period not in closed or heads.get(period) == "submitted"):
            found.append(await _duty(ctx, period, items, heads.get(period), drafts.get(period), key_unit))
        period = shift(period, 1)
    return found


async def _duty(ctx: Acting, period: int, items: list[Item], head: str | None, body: Any, key_unit: bool) -> Duty:
    due = due_on(period, key_unit)
    if head == "submitted":
        return Duty(period, "submitted", len(items), len(items), [], 0, due)
    values = amounts_of(body)
    missing = [i.label for i in items if str(i.id) not in values]
    state = "returned" if head == "withdrawn" else "draft" if body is not None else "empty"
    questions = 0 if missing or body is None else await _questions(ctx, period, items, values, body)
    return Duty(period, state, len(items) - len(missing), len(items), missing, questions, due)


def amounts_of(body: Any) -> dict[str, Decimal]:
    """Amounts of a draft by item id. A draft is the screen's own record, so anything may stand in it."""
    values = body.get("values") if isinstance(body, dict) else None
    pairs = values.items() if isinstance(values, dict) else [(v.get("item_id"), v.get("amount")) for v in values or () if isinstance(v, dict)]
    found: dict[str, Decimal] = {}
    for item, amount in pairs:
        try:
            number = Decimal(str(amount).strip())
        except InvalidOperation:
            continue
        if number.is_finite():
            found[str(item)] = number
    return found


async def _questions(ctx: Acting, period: int, items: list[Item], values: dict[str, Decimal], body: dict[str, Any]) -> int:
    """How many plausibility questions of a complete draft have no reason yet; 0 when it cannot be computed."""
    code = month_code(period)
    raw = body.get("process")
    process = [TypedProcess(str(p.get("name") or ""), _number(p.get("co2")), str(p.get("note") or "")) for p in (raw if isinstance(raw, list) else ()) if isinstance(p, dict)]
    month = TypedMonth(code, [TypedLine(i.id, values[str(i.id)]) for i in items], process)
    reasons = body.get("reasons")
    said = {str(k) for k, v in reasons.items() if str(v or "").strip()} if isinstance(reasons, dict) else set()
    try:
        preview = await preview_months(ctx, Typed(code, code, "each", [month]))
    except Problem:
        return 0
    return sum(1 for q in preview.questions if q.id not in said and (q.item_id or "") not in said)


def _number(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return Decimal(0)


def initials(name: str) -> str:
    """Pinyin initials of a firm's name for the search: 清远示例陶瓷 → ``qysltc``; letters and digits stay."""
    from pypinyin import Style, lazy_pinyin  # the dictionary is large: only the process that writes duties loads it

    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda text: "".join(c for c in text if c.isalnum()))
    return "".join(letters).lower()


_PICK = """
select f.*, case when f.delegation_state = 'suspended' then 'suspended' when f.delegation_state = 'upcoming' then 'upcoming'
                 when f.delegation_state <> 'active' then 'ended'
                 when f.period is null then 'waiting' else f.state end as shown,
       f.delegation_state = 'active' and f.period is not null and f.state <> 'submitted' as open
  from agent_firms($1, $2, $3) f
"""
_FILTER = """
where case $4 when 'due' then open and due_on >= $2 when 'overdue' then open and due_on < $2 when 'questions' then open and questions > 0
              when 'returned' then open and shown = 'returned' when 'submitted' then shown = 'submitted'
              when 'ended' then shown = 'ended' else true end
  and ($5 = '' or strpos(name, $5) > 0 or strpos(initials, lower($5)) > 0)
"""


async def worklist(ctx: Acting, *, state: str = "all", q: str = "", page: int = 1, page_size: int = 50) -> Worklist:
    """The signed-in person's firms by due day (S9): open months first, then what is filed, ended grants last."""
    since = ctx.now - timedelta(days=366)
    counts = await ctx.db.row(
        f"with p as ({_PICK}) select count(*) filter (where open and due_on >= $2) as due,"  # noqa: S608
        " count(*) filter (where open and due_on < $2) as overdue, count(*) filter (where open and questions > 0) as questions,"
        " count(*) filter (where open and shown = 'returned') as returned, count(*) filter (where shown <> 'ended') as total from p",
        ctx.person_id, ctx.today, since,
    )  # fmt: skip
    args = (ctx.person_id, ctx.today, since, state, q.strip()[:50])
    found = await ctx.db.rows(
        f"with p as ({_PICK}), f as (select * from p {_FILTER}) select f.*, count(*) over () as found from f"  # noqa: S608
        " order by shown = 'ended', not open, due_on nulls last, name, organisation_id limit $6 offset $7",
        *args, page_size, (page - 1) * page_size,
    )  # fmt: skip
    total = found[0]["found"] if found else 0
    if not found and page > 1:
        total = await ctx.db.value(f"with p as ({_PICK}) select count(*) from p {_FILTER}", *args)  # noqa: S608
    assert counts is not None
    return Worklist({k: int(v) for k, v in counts.items()}, [_item(ctx, r) for r in found], int(total), page, page_size)


def _item(ctx: Acting, row: dict[str, Any]) -> WorkItem:
    open_month = bool(row["open"])
    return WorkItem(
        organisation_id=row["organisation_id"],
        name=row["name"],
        uscc_masked=row["uscc_masked"],
        month=month_code(row["period"]) if row["period"] else None,
        filled=row["filled"] or 0,
        expected=row["expected"] or 0,
        missing=list(row["missing"] or ()),
        questions=row["questions"] or 0,
        state=row["shown"],
        due_on=row["due_on"],
        days_left=(row["due_on"] - ctx.today).days if open_month else None,
        scopes=list(row["scopes"]),
        valid_to=row["valid_to"],
        delegation_state=row["delegation_state"],
        ended=row["ended_on"],
        open_months=row["open_months"],
    )


__all__ = ["Duty", "WorkItem", "Worklist", "duties_of", "initials", "refresh_duties", "worklist"]
