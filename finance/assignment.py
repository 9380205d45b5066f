"""Client managers 客户经理 of a case (GF11): the arithmetic is in ``carbon``; here are the facts, the writing and the handing on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carbon.finance import Manager, next_manager
from core.clock import beijing_date
from core.database import Acting
from core.errors import Conflict
from core.working_days import add_working_days
from finance.moves import case_row, lost, note_event
from finance.telling import tell_other, tell_own

#: Working days until the first contact is due (GF12).
CONTACT_DAYS = 2


@dataclass(frozen=True, slots=True)
class Serving:
    """A client manager who takes cases: masked name, region codes (none: everywhere), cases in hand."""

    id: UUID
    name: str
    areas: list[str]
    open_cases: int
    last_assigned_at: datetime | None


async def lock_bank(ctx: Acting, bank: UUID) -> None:
    """One assignment of a bank at a time: two cases at once do not both take the same idle manager."""
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"finance {bank}")


async def managers_of(ctx: Acting, bank: UUID, product: UUID | None) -> list[Serving]:
    """Managers of a bank who are active and serve a product (None: any); one statement."""
    rows = await ctx.db.rows("select * from finance_managers($1, $2, $3)", bank, product, ctx.today)
    return [Serving(r["person_id"], r["name"], list(r["areas"]), r["open_cases"], r["last_assigned_at"]) for r in rows]


def choose(managers: Sequence[Serving], district: str | None, city: str | None, tried: Collection[UUID] = ()) -> Serving | None:
    """The next manager by GF11, None when there is none."""
    known = {str(m.id): m for m in managers}
    plain = [
        Manager(str(m.id), frozenset(m.areas), m.open_cases, beijing_date(m.last_assigned_at) if m.last_assigned_at else None)
        for m in managers
    ]
    found = next_manager(plain, district, city, frozenset(str(t) for t in tried))
    return known[found] if found else None


async def city_of(ctx: Acting, district: str | None) -> str | None:
    """The city above a district."""
    found: str | None = await ctx.db.value("select path[2] from region where code = $1", district)
    return found


async def assign(ctx: Acting, row: Mapping[str, Any], to: Serving, reason: str, *, side: str, actor: str = "", version: int | None = None) -> None:
    """Give a case to a manager; a case that nobody contacted yet gets a fresh deadline. Raises Conflict (lost race).

    One conditional update on (id, state, version), the manager's turn, one event.
    """
    fresh = row["state"] in ("submitted", "assigned")
    due, provisional = await add_working_days(ctx.db, ctx.today, CONTACT_DAYS) if fresh else (row["due_on"], row["due_provisional"])
    state = "assigned" if fresh else row["state"]
    tried = [t for t in row["tried"] if t != to.id] + ([row["manager_id"]] if row["manager_id"] and row["manager_id"] != to.id else [])
    done = await ctx.db.run(
        "update finance_case set state = $4, manager_id = $5, manager_name = $6, assigned_at = $7, due_on = $8, due_provisional = $9,"
        " reminded_on = null, tried = $10, version = version + 1, updated_at = $7"
        " where id = $1 and $2 in (tenant_id, party_id) and version = $3"
        " and state in ('submitted', 'assigned', 'contacted', 'applying')",
        row["id"], ctx.tenant, row["version"] if version is None else version, state, to.id, to.name, ctx.now, due, provisional, tried,
    )  # fmt: skip
    if not done:
        raise lost(row["state"], row["version"], row["version"] if version is None else version)
    await ctx.db.run("select finance_assigned($1, $2)", row["id"], ctx.now)
    said = f"{reason}：{row['manager_name']} → {to.name}" if row["manager_name"] else f"{reason}：{to.name}"
    await note_event(ctx, row, row["state"], state, side, actor, said)


async def hand_on(ctx: Acting, row: Mapping[str, Any], reason: str, *, product: UUID | None) -> Serving | None:
    """The acting bank's case goes to the next manager who has not had it; nobody left: it waits and the administrator is told.

    The firm hears of it, and that a consent for one named manager does not go over to another.
    """
    await lock_bank(ctx, ctx.tenant)
    managers = await managers_of(ctx, ctx.tenant, product)
    former = {row["manager_id"]} if row["manager_id"] else set()
    to = choose(managers, row["region_code"], await city_of(ctx, row["region_code"]), {*row["tried"], *former})
    if to is None:  # everybody had it: begin again, without the one who has it now
        to = choose(managers, row["region_code"], await city_of(ctx, row["region_code"]), former)
    if to is not None:
        await assign(ctx, row, to, reason, side="system")
        now = await case_row(ctx, row["id"])
        await tell_own(ctx, "finance.assigned", case=now)
        await tell_other(ctx, now, "firm", "finance.reassigned")
        return to
    if row["manager_id"] is None or row["manager_id"] in {m.id for m in managers}:
        return None  # nobody else, and the one who has it may keep it
    state = "submitted" if row["state"] in ("submitted", "assigned") else row["state"]
    done = await ctx.db.run(
        "update finance_case set state = $4, manager_id = null, manager_name = '', due_on = null, version = version + 1, updated_at = $5"
        " where id = $1 and party_id = $2 and version = $3",
        row["id"], ctx.tenant, row["version"], state, ctx.now,
    )  # fmt: skip
    if not done:
        raise Conflict("STALE_VERSION", "这件对接刚被更新，请刷新后再办理。")
    await note_event(ctx, row, row["state"], state, "system", "", reason)
    now = await case_row(ctx, row["id"])
    await tell_own(ctx, "finance.waiting", case=now)
    await tell_other(ctx, now, "firm", "finance.reassigned")
    return None


__all__ = ["CONTACT_DAYS", "Serving", "assign", "choose", "city_of", "hand_on", "lock_bank", "managers_of"]
