"""Firms with a signed-in person each, written set-based as the migrator: what the load acts as."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from auth.tokens import issue_access_token
from core.clock import beijing_today, utc_now
from core.crypto import seal
from core.database import connect_arguments, prepare_connection
from core.ids import new_id
from tenants import BulkMember, BulkOrganisation, bulk_create, bulk_members
from tenants.codes import uscc_check_character

REGION, INDUSTRY = "440106", "3011"


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm and the session of its legal representative."""

    tenant: UUID
    account: UUID
    person: UUID
    sid: UUID
    token: str


async def make_firms(
    url: str, count: int, role: str = "legal", audience: str = "console-ent", start: int = 0
) -> list[Firm]:
    """``count`` active enterprises, each with one signed-in person."""
    connection = await asyncpg.connect(**connect_arguments(url))
    await prepare_connection(connection)
    try:
        return await _make(connection, count, role, audience, start)
    finally:
        await connection.close()


async def _make(connection: asyncpg.Connection, count: int, role: str, audience: str, start: int) -> list[Firm]:
    now = utc_now()
    industry = await connection.fetchval(
        "select code from industry where code = $1 union all (select code from industry where length(code) = 4 order by code limit 1)",
        INDUSTRY,
    )
    ids = [(new_id(),) for _ in range(count)]
    organisations = []
    for number, (tenant, *_) in enumerate(ids, start):
        stem = f"91440101MB{number:07d}"
        organisations.append(
            BulkOrganisation(
                tenant,
                "enterprise",
                f"压测企业{number}",
                stem + uscc_check_character(stem),
                REGION,
                industry,
                above_scale=True,
            )
        )
    async with connection.transaction():
        await bulk_create(connection, organisations, now)
        return await _people(connection, [tenant for tenant, *_ in ids], role, audience, start)


async def sign_in(
    url: str, tenants: Sequence[UUID], role: str = "legal", audience: str = "console-ent", start: int = 5_000_000
) -> list[Firm]:
    """A new signed-in person for each of some organisations that exist."""
    connection = await asyncpg.connect(**connect_arguments(url))
    await prepare_connection(connection)
    try:
        async with connection.transaction():
            return await _people(connection, tenants, role, audience, start)
    finally:
        await connection.close()


async def _people(
    connection: asyncpg.Connection, tenants: Sequence[UUID], role: str, audience: str, start: int
) -> list[Firm]:
    now, today = utc_now(), beijing_today()
    until = now + timedelta(hours=8)
    ids = [(tenant, new_id(), new_id(), new_id()) for tenant in tenants]
    await connection.copy_records_to_table(
        "person",
        records=[(p, seal("person.name", p, "测试"), None, now) for _, _, p, _ in ids],
        columns=("id", "name_sealed", "phone_sealed", "created_at"),
    )
    await connection.copy_records_to_table(
        "account",
        records=[(a, p, f"bench{n:07d}", "x", "seed001", False, now) for n, (_, a, p, _) in enumerate(ids, start)],
        columns=("id", "person_id", "login_name", "password_hash", "profile", "must_change", "password_changed_at"),
    )
    members = [BulkMember(t, p, [role], "测试", f"bench{n:07d}") for n, (t, _, p, _) in enumerate(ids, start)]
    await bulk_members(connection, members, now, today)
    await connection.copy_records_to_table(
        "session",
        records=[(s, a, audience, ["pwd", "otp"], now, t, b"x", now, now, 8 * 3600, until, until) for t, a, _, s in ids],
        columns=(
            "id", "account_id", "audience", "amr", "auth_time", "organisation_id", "device_hash", "created_at", "last_seen",
            "idle_seconds", "idle_until", "absolute_until",
        ),
    )  # fmt: skip
    return [
        Firm(
            t,
            a,
            p,
            s,
            issue_access_token(account=a, sid=s, organisation=t, audience=audience, amr=["pwd"], auth_time=now),
        )
        for t, a, p, s in ids
    ]
