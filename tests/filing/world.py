"""A fresh enterprise for the tests of filing and inventory: real rows, nobody signed in, the clock at 2026-11-21 Beijing noon."""

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

import filing
import tenants
from auth.permissions import permissions_of
from core import clock
from core.clock import beijing_date, utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG, new_id

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@asynccontextmanager
async def act(tenant: UUID, person: UUID, role: str, kind: str = "enterprise") -> AsyncIterator[Acting]:
    """A transaction in which ``person`` acts for ``tenant`` in one role, as enter() sets it up."""
    async with transaction() as db:
        for name, value in {"app.tenant": tenant, "app.person": person, "app.account": person, "app.kind": kind}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        yield Acting(
            db, utc_now(), tenant_id=tenant, org_kind=kind, account_id=person, person_id=person, roles=frozenset({role}),
            permissions=permissions_of(frozenset({role})), request_id="TEST", route="test",
        )  # fmt: skip


@dataclass(slots=True)
class Firm:
    """An enterprise with one person per role; ``items`` by carrier after :meth:`set_template`."""

    id: UUID
    people: dict[str, UUID]
    items: dict[str, UUID] = field(default_factory=dict)
    version: int = 0

    def act(self, role: str = "legal") -> AbstractAsyncContextManager[Acting]:
        """A transaction acting for this firm."""
        return act(self.id, self.people[role], role)

    async def set_template(self, first: int, *items: tuple[str, str, str]) -> filing.Template:
        """Save a template of (carrier, use, unit) from month ``first`` on; known items keep their id."""
        edits = [
            filing.ItemEdit(self.items.get(f"{carrier}/{use}"), carrier, use, unit, None, "", "UNASSIGNED", 6, None)
            for carrier, use, unit in items
        ]
        async with self.act() as ctx:
            template = await filing.set_template(ctx, first, self.version, edits)
        self.version = template.version
        self.items = {f"{i.carrier}/{i.use}": i.id for i in template.items}
        return template

    def month(self, code: str, amounts: dict[str, str], **more: object) -> filing.TypedMonth:
        """A typed month; ``amounts`` by carrier/use."""
        lines = [filing.TypedLine(self.items[k], Decimal(v)) for k, v in amounts.items()]
        return filing.TypedMonth(code, lines, more.pop("process", []), **more)  # type: ignore[arg-type]

    def typed(self, code: str, amounts: dict[str, str], **more: object) -> filing.Typed:
        """One month, typed each."""
        return filing.Typed(code, code, "each", [self.month(code, amounts, **more)])

    async def submit(
        self, typed: filing.Typed, *, role: str = "legal", replace: bool = False, reason: str | None = None, fingerprint: str | None = None,
        replies: list[filing.Reply] | None = None, answer_all: bool = False,
    ) -> filing.Submitted:  # fmt: skip
        """Submit in a transaction of its own."""
        async with self.act(role) as ctx:
            if answer_all:
                replies = [filing.Reply(q.id, "已核对") for q in (await filing.preview_months(ctx, typed)).questions]
            return await filing.submit_months(
                ctx, typed, fingerprint=fingerprint, replace_filed=replace, replies=replies or [], reason=reason
            )


ELECTRICITY = ("electricity", "purchased_electricity", "10^4kWh")
GAS = ("natural_gas", "fuel", "10^4Nm3")
DIESEL = ("diesel", "fuel", "t")
E, G, D = "electricity/purchased_electricity", "natural_gas/fuel", "diesel/fuel"


def uscc(place: str = "440112") -> str:
    """A fresh well-formed code of no real company (rule C4)."""
    from tenants.codes import organisation_check_character

    inner = f"Y{random.randrange(10_000):04}{next(_numbers) % 1000:03}"
    body = f"91{place}{inner}{organisation_check_character(inner)}"
    return body + tenants.uscc_check_character(body)


async def make_firm(migrator: asyncpg.Connection, region: str = "440112", industry: str = "C2926") -> Firm:
    """A fresh enterprise with legal, admin, filler and viewer."""
    clock.freeze(NOON)
    now, org_id = utc_now(), new_id()
    row = tenants.BulkOrganisation(
        org_id, "enterprise", f"测试企业{org_id.hex[-8:]}", uscc(), region, industry, "active", contact_name="陈晓明", contact_phone="13800138000"
    )
    await tenants.bulk_create(migrator, [row], now)
    people = {role: new_id() for role in ("legal", "admin", "filler", "viewer")}
    members = [tenants.BulkMember(org_id, p, (r,), "陈晓明", f"user-{r}-{org_id.hex[-6:]}") for r, p in people.items()]
    await tenants.bulk_members(migrator, members, now, beijing_date(now))
    return Firm(org_id, people)


def operator(role: str = "ops_reviewer") -> AbstractAsyncContextManager[Acting]:
    """A transaction of the platform's operator."""
    return act(PLATFORM_ORG, new_id(), role, "operator")
