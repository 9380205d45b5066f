"""Who tries the doors: two enterprises with every role, the platform with every role, a person without an organisation.

Rows are written as the migrator; each request gets a session of its own, so that one that signs out ends nobody else's.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

import tenants
from auth.audiences import MINI, console_of
from auth.tokens import issue_access_token
from core.clock import beijing_date, utc_now
from core.crypto import seal
from core.ids import PLATFORM_ORG, new_id

FIRM_ROLES = ("legal", "admin", "filler", "viewer")
OPERATOR_ROLES = ("ops_reviewer", "ops_data", "ops_approver", "support", "sysadmin", "secadmin", "auditor")
#: People of a third party: an agency's and a bank's, by the kind of their organisation.
THIRD_PARTY_ROLES = {"verifier": ("agency_admin", "verifier", "agency_reviewer"), "bank": ("bank_admin", "account_manager")}
#: Stands in everything organisation B owns; no answer to anybody of A may hold it (T22).
MARKER = "ZQXBMARKER"


@dataclass(frozen=True, slots=True)
class Actor:
    """One person acting for one organisation (or for none)."""

    name: str
    account: UUID | None
    person: UUID | None
    organisation: UUID | None
    audience: str
    role: str | None


@dataclass(slots=True)
class World:
    """Everybody by name (``legal A``), and the two enterprises."""

    connection: asyncpg.Connection
    a: UUID
    b: UUID
    actors: dict[str, Actor] = field(default_factory=dict)
    lives: dict[str, Any] = field(default_factory=dict)

    async def token(self, actor: str | Actor, **changes: Any) -> str | None:
        """A bearer token over a session of its own; None for anonymous. ``audience`` may be changed."""
        who = self.actors[actor] if isinstance(actor, str) else actor
        if who.account is None:
            return None
        sid, now = new_id(), utc_now()
        audience = changes.get("audience", who.audience)
        until = now + timedelta(hours=8)
        await self.connection.execute(
            "insert into session (id, account_id, audience, amr, auth_time, organisation_id, device_hash, created_at, last_seen,"
            " idle_seconds, idle_until, absolute_until) values ($1, $2, $3, $4, $5, $6, 'x', $5, $5, 28800, $7, $7)",
            sid, who.account, audience, ["pwd", "otp"], now, who.organisation, until,
        )  # fmt: skip
        return issue_access_token(
            account=who.account,
            sid=sid,
            organisation=who.organisation,
            audience=audience,
            amr=["pwd", "otp"],
            auth_time=now,
        )

    async def add(
        self, name: str, organisation: UUID | None, role: str | None, kind: str = "enterprise", *, must_change: bool = False,
        valid_from: date | None = None, valid_to: date | None = None, status: str = "active", audience: str = "",
    ) -> Actor:  # fmt: skip
        """A new person with an account, and a membership when a role is given."""
        person, account, now = new_id(), new_id(), utc_now()
        login = f"s{account.hex[-10:]}"
        await self.connection.execute(
            "insert into person (id, name_sealed) values ($1, $2)",
            person,
            seal("person.name", person, f"{name}{MARKER}"),
        )
        await self.connection.execute(
            "insert into account (id, person_id, login_name, password_hash, profile, must_change, password_changed_at)"
            " values ($1, $2, $3, 'x', 'seed001', $4, $5)",
            account, person, login, must_change, now,
        )  # fmt: skip
        if organisation and role:
            await self.connection.execute(
                "insert into membership (tenant_id, id, person_id, roles, status, valid_from, valid_to, display_name_masked,"
                " login_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                organisation, new_id(), person, [role], status, valid_from or beijing_date(now), valid_to,
                f"{name[:1]}**", login,
            )  # fmt: skip
        self.actors[name] = Actor(name, account, person, organisation, audience or console_of(kind), role)
        return self.actors[name]


    async def add_agent(self, name: str, firm: UUID, scopes: list[str], **facts: Any) -> Actor:
        """A new person whom ``firm`` made its agent; ``facts`` are columns of the grant."""
        who = await self.add(name, None, None)
        today, row, now = beijing_date(utc_now()), new_id(), utc_now()
        columns = {
            "tenant_id": firm, "id": row, "person_id": who.person, "scopes": scopes, "valid_from": today, "valid_to": today + timedelta(days=200),
            "state": "active", "origin": "app", "firm_name": await self.connection.fetchval("select name from organisation where id = $1", firm),
            "agent_name_masked": f"{name[:1]}**", "agent_name_sealed": b"x", "id_type": "passport", "id_no_masked": "E**",
            "id_no_sealed": b"x", "phone_masked": "138****0000", "phone_sealed": b"x", "created_at": now, "updated_at": now, **facts,
        }  # fmt: skip
        marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        await self.connection.execute(f"insert into delegation ({', '.join(columns)}) values ({marks})", *columns.values())
        self.actors[name] = Actor(name, who.account, who.person, firm, who.audience, "agent")
        return self.actors[name]


AGENTS: dict[str, list[str]] = {"active": ["file", "report", "read"], "files": ["file"], "reports": ["report"], "reads": ["read"]}


async def _agents(world: World) -> None:
    """Agents of A by scope; four whose grant is not in force; and one of B, whose rows hold the marker."""
    today, now = beijing_date(utc_now()), utc_now()
    for word, scopes in AGENTS.items():
        await world.add_agent(f"agent A {word}", world.a, scopes)
    everything = AGENTS["active"]
    past, over = {"valid_from": today - timedelta(days=90)}, {"ended_at": now}
    await world.add_agent("agent A expired", world.a, everything, **past, valid_to=today - timedelta(days=1))
    await world.add_agent("agent A pending", world.a, everything, valid_from=today + timedelta(days=1))
    await world.add_agent("agent A revoked", world.a, everything, state="revoked", **over)
    await world.add_agent("agent A suspended", world.a, everything, state="suspended")
    await world.add_agent("agent B active", world.b, everything, agent_name_masked=MARKER, phone_masked=MARKER, end_reason=MARKER)
    for tenant, text in ((world.a, "甲"), (world.b, MARKER)):  # and one more each, whom a test may end
        await world.add_agent(f"spare {text}", tenant, everything, id_type="foreign_residence", agent_name_masked=text)
        await world.connection.execute(
            "insert into duty (tenant_id, period, state, filled, expected, missing, questions, due_on, updated_at)"
            " values ($1, 202512, 'empty', 0, 1, array[$2], 0, $3, $4)",
            tenant, text, today, now,
        )  # fmt: skip


async def build(connection: asyncpg.Connection) -> World:
    """A fresh world; several can stand side by side in one database."""
    now = utc_now()
    a, b = new_id(), new_id()
    others = {kind: _third_party(kind) for kind in THIRD_PARTY_ROLES}
    await tenants.bulk_create(connection, [_firm(a, "甲方测试有限公司"), _firm(b, f"乙方{MARKER}有限公司"), *others.values()], now)
    world = World(connection, a, b)
    world.actors["anonymous"] = Actor("anonymous", None, None, None, "", None)
    await world.add("guest", None, None)
    for side, firm in (("A", a), ("B", b)):
        for role in FIRM_ROLES:
            await world.add(f"{role} {side}", firm, role)
    await world.add("phone A", a, "viewer", audience=MINI)
    for role in OPERATOR_ROLES:
        await world.add(role, PLATFORM_ORG, role, "operator")
    for kind, organisation in others.items():
        for role in THIRD_PARTY_ROLES[kind]:
            await world.add(role, organisation.id, role, kind)
    await _agents(world)
    await _belongings(connection, a, "甲", now)
    await _belongings(connection, b, MARKER, now)
    return world


def _firm(tenant: UUID, name: str) -> tenants.BulkOrganisation:
    stem = f"91440112M{random.randrange(10**8):08}"
    text = name if MARKER in name else "甲"
    return tenants.BulkOrganisation(
        tenant, "enterprise", name, stem + tenants.uscc_check_character(stem), "440112", "C2926", nature="民营", address=text,
        legal_name="黄建国", contact_name="陈晓明", contact_phone="13800138000", intro=text, process_flow=text, main_equipment=text,
    )  # fmt: skip


def _third_party(kind: str) -> tenants.BulkOrganisation:
    stem = f"91440106M{random.randrange(10**8):08}"
    return tenants.BulkOrganisation(new_id(), kind, f"测试{kind}{stem[-4:]}", stem + tenants.uscc_check_character(stem), "440106")


async def _belongings(connection: asyncpg.Connection, tenant: UUID, text: str, now: datetime) -> None:
    """An open invitation, a waiting licence, a measure and a plan; other rooms' rows are made by their own doors."""
    await connection.execute(
        "insert into invitation (tenant_id, id, roles, invitee_masked, expires_at, created_at, created_by)"
        " values ($1, $2, array['viewer'], $3, $4, $5, $2)",
        tenant, new_id(), text, now + timedelta(days=7), now,
    )  # fmt: skip
    await connection.execute(
        "insert into organisation_review (tenant_id, party_id, id, licence_file, licence_name, submitted_by, submitted_at)"
        " values ($1, $2, $3, $3, $4, $3, $5)",
        tenant, PLATFORM_ORG, new_id(), f"{text}.pdf", now,
    )  # fmt: skip
    await connection.execute(
        "insert into reduction_measure (tenant_id, id, year, name, summary, kind, investment, implemented_on, typed_t, saved_at)"
        " values ($1, $2, 2025, $3, $3, '管理', 1, date '2025-03-01', 1, $4)",
        tenant, new_id(), text, now,
    )  # fmt: skip
    await connection.execute(
        "insert into reduction_plan (tenant_id, id, year, name, content, kind, expected_investment, expected_month, expected_t, saved_at)"
        " values ($1, $2, 2025, $3, $3, '管理', 1, 202703, 1, $4)",
        tenant, new_id(), text, now,
    )  # fmt: skip


async def fingerprint(connection: asyncpg.Connection, organisations: list[UUID]) -> dict[str, str]:
    """A digest of every row of these organisations in every tenant and link table, and of the directory."""
    from core.tables import TABLES

    marks: dict[str, str] = {}
    for table, kind in TABLES.items():
        if kind not in ("tenant", "link", "directory") or table in ("audit_log", "idempotency"):
            continue
        column = "id" if kind == "directory" else "tenant_id"
        marks[table] = await connection.fetchval(
            f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} t where {column} = any ($1)",
            organisations,
        )
    return marks
