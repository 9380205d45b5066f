"""People and organisations for this room's tests: real rows, a fresh enterprise each time."""

import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

import tenants
from auth.permissions import permissions_of
from core.clock import beijing_date, utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG, new_id

_numbers = itertools.count(1)
KINDS = {"enterprise": "legal", "verifier": "agency_admin", "bank": "bank_admin", "gov": "regulator"}


def uscc(place: str = "440112") -> str:
    """A fresh, well-formed code of no real company (rule C4: Y codes)."""
    inner = f"Y{random.randrange(10_000):04}{next(_numbers) % 1000:03}"
    from tenants.codes import organisation_check_character

    body = f"91{place}{inner}{organisation_check_character(inner)}"
    return body + tenants.uscc_check_character(body)


@asynccontextmanager
async def act(
    tenant: UUID | None, person: UUID | None = None, *, roles: tuple[str, ...] = (), kind: str = "enterprise"
) -> AsyncIterator[Acting]:
    """A transaction in which ``person`` acts for ``tenant`` with ``roles``, as enter() would set it up."""
    async with transaction() as db:
        settings = {"app.tenant": tenant, "app.person": person, "app.kind": kind if tenant else None}
        for name, value in settings.items():
            await db.run("select set_config($1, $2, true)", name, str(value or ""))
        yield Acting(
            db,
            utc_now(),
            tenant_id=tenant,
            org_kind=kind if tenant else None,
            account_id=person,
            person_id=person,
            roles=frozenset(roles),
            permissions=permissions_of(frozenset(roles)),
            request_id="TEST",
        )


@dataclass(frozen=True, slots=True)
class Org:
    """A fresh organisation with one member for each of its roles asked for."""

    id: UUID
    kind: str
    name: str
    uscc: str | None
    people: dict[str, UUID]

    def act(self, role: str) -> AbstractAsyncContextManager[Acting]:
        return act(self.id, self.people[role], roles=(role,), kind=self.kind)


@pytest.fixture
async def make(database: str, migrator: asyncpg.Connection) -> Callable[..., Awaitable[Org]]:
    """Factory of organisations; ``roles`` are given to one person each."""

    async def made(
        kind: str = "enterprise", *roles: str, region: str = "440112", status: str = "active", name: str | None = None
    ) -> Org:
        now, org_id = utc_now(), new_id()
        code = uscc() if kind != "gov" else None
        title = name or f"测试{kind}{org_id.hex[-8:]}"
        industry = "C2926" if kind == "enterprise" else None
        row = tenants.BulkOrganisation(
            org_id, kind, title, code, region, industry, status, contact_name="陈晓明", contact_phone="13800138000"
        )
        await tenants.bulk_create(migrator, [row], now)
        people = {role: new_id() for role in roles or (KINDS[kind],)}
        members = [tenants.BulkMember(org_id, p, (r,), "陈晓明", f"user-{r}") for r, p in people.items()]
        await tenants.bulk_members(migrator, members, now, beijing_date(now))
        return Org(org_id, kind, title, code, people)

    return made


@pytest.fixture
async def desk(database: str, migrator: asyncpg.Connection) -> Org:
    """The platform with a fresh ops_reviewer and secadmin."""
    now = utc_now()
    people = {role: new_id() for role in ("ops_reviewer", "secadmin", "support")}
    members = [tenants.BulkMember(PLATFORM_ORG, p, (r,), "林敏", f"ops-{r}") for r, p in people.items()]
    await tenants.bulk_members(migrator, members, now, beijing_date(now))
    return Org(PLATFORM_ORG, "operator", "平台运营中心", None, people)
