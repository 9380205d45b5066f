"""A firm whose people have phones, and the gateway that takes text messages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core import clock, jobs
from core.crypto import seal
from core.settings import settings
from tests.fakes.sms import SmsGateway
from tests.filing.world import Firm, make_firm

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@dataclass(slots=True)
class Town:
    """A firm, phones by role, the gateway, and an eye on the rows."""

    firm: Firm
    phones: dict[str, str]
    gateway: SmsGateway
    seeing: asyncpg.Connection

    async def rows(self, kind: str = "") -> list[dict[str, Any]]:
        """The firm's notices."""
        found = await self.seeing.fetch("select * from notice where tenant_id = $1 and kind like $2 || '%' order by created_at, recipient", self.firm.id, kind)
        return [dict(r) for r in found]

    async def told(self, kind: str = "") -> set[str]:
        """Roles that have a notice."""
        names = {person: role for role, person in self.firm.people.items()}
        return {names.get(r["person_id"], str(r["person_id"])) for r in await self.rows(kind)}

    async def jobs(self, kind: str, state: str = "queued", tenant: UUID | None = None) -> list[dict[str, Any]]:
        """Its jobs."""
        found = await self.seeing.fetch(
            "select * from outbox where tenant_id = $1 and kind = $2 and state = $3 order by created_at, version", tenant or self.firm.id, kind, state
        )
        return [dict(r) for r in found]

    async def work(self, kind: str, tenant: UUID | None = None) -> int:
        """Run what waits of one kind once; returns how many."""
        waiting = await self.jobs(kind, tenant=tenant)
        for row in waiting:
            await jobs.run_job(tenant or self.firm.id, row["id"])
        return len(waiting)


async def give_phones(migrator: asyncpg.Connection, firm: Firm) -> dict[str, str]:
    """Real rows for the firm's people."""
    phones = {}
    for n, (role, person) in enumerate(firm.people.items()):
        number = f"+8613{(person.int + n) % 10**9:09d}"
        await migrator.execute(
            "insert into person (id, name_sealed, phone_sealed) values ($1, $2, $3)", person, seal("person.name", person, "陈晓明"), seal("person.phone", person, number)
        )
        phones[role] = number
    return phones


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmsGateway]:
    running = await SmsGateway().start()
    import auth.sms
    import notices.jobs

    told = replace(settings, sms_gateway_url=running.url, sms_gateway_key=running.key)
    monkeypatch.setattr(auth.sms, "settings", told)
    monkeypatch.setattr(notices.jobs, "settings", told)
    yield running
    await running.stop()


@pytest.fixture
async def town(database: str, migrator: asyncpg.Connection, gateway: SmsGateway) -> Town:
    """One firm of its own, Beijing noon of 2026-11-21."""
    import wiring

    wiring.register_jobs()
    firm = await make_firm(migrator)
    clock.freeze(NOON)
    await migrator.execute("update membership set valid_from = '2026-01-01' where tenant_id = $1", firm.id)  # members for long
    return Town(firm, await give_phones(migrator, firm), gateway, migrator)
