"""Agents of a firm (T3, T5, T6, T23, FD2): named by the legal representative, in force by the day, never more than their scopes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import auth
import tenants
import tenants.jobs
from auth import sms
from auth.permissions import permissions_of
from core import clock
from core.clock import beijing_date, utc_now
from core.crypto import blind_index, key_id
from core.database import Acting, Entry, acting, transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from core.ids import new_id
from core.jobs import run_job
from tenants.codes import id_check_character
from tenants.grants import until_morning
from tests.auth.people import fresh_phone, guest, person, sign_in, signed_in
from tests.fakes.sms import SmsGateway
from tests.tenants.conftest import Org, act

Make = Callable[..., Awaitable[Org]]
_serial = iter(range(100, 1000))


def id_number() -> str:
    """A well-formed identity number of nobody (C5)."""
    first = f"44010619900307{next(_serial)}"
    return first + id_check_character(first)


def wanted(phone: str | None = None, **changes: Any) -> tenants.Delegation:
    """An agent for a year from today, unless said otherwise."""
    today = beijing_date(utc_now())
    facts: dict[str, Any] = {
        "name": "周致远", "id_type": "resident_id", "id_no": id_number(), "phone": phone or fresh_phone(), "scopes": ["file", "read"],
        "valid_from": today, "valid_to": today + timedelta(days=365), **changes,
    }  # fmt: skip
    return tenants.Delegation(**facts)


async def agent_of(firm: Org, **changes: Any) -> tuple[auth.Created, tenants.Agent]:
    """A person with an account whom the firm's legal representative names as agent."""
    phone = fresh_phone()
    who = await person(phone=phone)
    async with firm.act("legal") as ctx:
        return who, await tenants.add_agent(ctx, wanted(phone, **changes))


async def refused(awaitable: Awaitable[Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        await awaitable
    return caught.value


async def roles_in(signed: auth.SignedIn, firm: UUID) -> tuple[frozenset[str], frozenset[str]]:
    """Roles and permissions of a request of this session for ``firm``. Raises Forbidden when there are none."""
    async with signed_in(signed, firm) as ctx:
        return ctx.roles, ctx.permissions


@asynccontextmanager
async def alone(signed: auth.SignedIn) -> AsyncIterator[Acting]:
    """A request without an organisation, as the kernel makes it for who lost the one of his token."""
    claims = auth.verify_access_token(signed.access_token)
    async with acting(Entry(sid=claims.sid, audience=claims.audience, route="test", request_id="TEST"), permissions_of) as ctx:
        yield ctx


async def test_an_agent_acts_for_the_firm_within_the_scopes(make: Make) -> None:
    firm = await make()
    who, agent = await agent_of(firm, scopes=["read", "file"])
    assert (agent.state, agent.scopes, agent.name, agent.origin) == ("active", ["file", "read"], "周*远", "app")
    roles, may = await roles_in(await sign_in(who), firm.id)
    assert roles == {"agent", "agent:file", "agent:read"}
    assert {"filing.submit", "template.edit", "filing.read", "organisation.edit", "operating.edit", "report.read"} <= may
    assert not may & {"report.create", "certificate.issue", "filing.restate", "member.manage", "member.read", "agent.manage", "agent.read"}


@pytest.mark.parametrize(
    ("scope", "yes", "no"),
    [
        ("file", {"filing.submit", "filing.withdraw", "operating.edit"}, {"report.create", "report.read", "filing.restate"}),
        ("report", {"report.create", "certificate.issue", "report.read"}, {"filing.submit", "filing.read", "operating.edit"}),
        ("read", {"filing.read", "report.read", "certificate.read"}, {"filing.submit", "filing.edit", "report.create", "organisation.edit"}),
    ],
)
def test_each_scope_carries_the_rights_of_the_table(scope: str, yes: set[str], no: set[str]) -> None:
    may = permissions_of(frozenset({"agent", f"agent:{scope}"}))
    assert yes <= may and not no & may
    assert not any(p.startswith(("ops.", "member.manage", "agent.", "consent")) for p in may)


def test_being_an_agent_alone_permits_nothing() -> None:
    assert permissions_of(frozenset({"agent"})) == frozenset()


async def test_the_firm_is_listed_at_sign_in_and_can_be_switched_to(make: Make) -> None:
    firm = await make()
    who, agent = await agent_of(firm)
    signed = await sign_in(who)
    async with signed_in(signed) as ctx:
        (home,) = await tenants.organisations_of(ctx, who.person_id)
        assert (home.id, home.roles, home.scopes, home.valid_to) == (firm.id, ("agent",), ("file", "read"), agent.valid_to)
        claims = auth.verify_access_token(await auth.choose_organisation(ctx, firm.id))
    assert claims.organisation == firm.id


async def test_a_member_who_is_also_the_agent_keeps_the_roles_of_a_member(make: Make, migrator: asyncpg.Connection) -> None:
    firm = await make()
    who, _ = await agent_of(firm)
    await tenants.bulk_members(
        migrator, [tenants.BulkMember(firm.id, who.person_id, ("viewer",), "周致远", "zhou01")], utc_now(), beijing_date(utc_now())
    )
    roles, _ = await roles_in(await sign_in(who), firm.id)
    assert roles == {"viewer"}
    async with firm.act("legal") as ctx:
        (home,) = await tenants.organisations_of(ctx, who.person_id)
    assert home.roles == ("viewer",) and home.scopes is None


async def test_the_last_day_is_the_last_second_of_access(make: Make) -> None:
    """T23: expiry at Beijing midnight, one second before and at it."""
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    who, _ = await agent_of(firm, valid_to=date(2026, 11, 21))
    clock.freeze(datetime(2026, 11, 21, 15, 55, tzinfo=UTC))
    signed = await sign_in(who)
    clock.freeze(datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC))
    assert "agent" in (await roles_in(signed, firm.id))[0]
    clock.freeze(datetime(2026, 11, 21, 16, 0, 0, tzinfo=UTC))
    assert (await refused(roles_in(signed, firm.id))).code == "NO_MEMBERSHIP"
    async with alone(signed) as ctx:
        assert await tenants.organisations_of(ctx, who.person_id) == []


async def test_a_grant_begins_on_its_first_day(make: Make) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    who, agent = await agent_of(firm, valid_from=date(2026, 11, 22), valid_to=date(2027, 1, 1))
    assert agent.state == "upcoming"
    clock.freeze(datetime(2026, 11, 21, 15, 55, tzinfo=UTC))
    signed = await sign_in(who)
    clock.freeze(datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC))
    assert (await refused(roles_in(signed, firm.id))).code == "NO_MEMBERSHIP"
    clock.freeze(datetime(2026, 11, 21, 16, 0, tzinfo=UTC))
    assert "agent:file" in (await roles_in(signed, firm.id))[0]


async def test_revoking_ends_access_at_the_next_request(make: Make) -> None:
    firm = await make()
    who, agent = await agent_of(firm)
    signed = await sign_in(who)
    assert "agent" in (await roles_in(signed, firm.id))[0]
    async with firm.act("legal") as ctx:
        ended = await tenants.end_agent(ctx, agent.id, "合同到期")
        assert (ended.state, ended.end_reason) == ("revoked", "合同到期")
    assert (await refused(roles_in(signed, firm.id))).code == "NO_MEMBERSHIP"
    async with firm.act("legal") as ctx:
        assert (await refused(tenants.end_agent(ctx, agent.id))).code == "AGENT_ENDED"
        assert (await refused(tenants.change_agent(ctx, agent.id, scopes=["read"], valid_to=agent.valid_to, version=2))).code == "AGENT_ENDED"
    async with alone(signed) as ctx:
        (past,) = await tenants.firms_of_agent(ctx)
    assert (past.state, past.days_left) == ("revoked", None)


async def test_narrower_scopes_hold_at_the_next_request(make: Make) -> None:
    firm = await make()
    who, agent = await agent_of(firm, scopes=["file", "report", "read"])
    signed = await sign_in(who)
    async with firm.act("legal") as ctx:
        changed = await tenants.change_agent(ctx, agent.id, scopes=["read"], valid_to=agent.valid_to, version=agent.version)
    assert (changed.scopes, changed.version) == (["read"], 2)
    assert (await roles_in(signed, firm.id))[0] == {"agent", "agent:read"}
    async with firm.act("legal") as ctx:
        stale = await refused(tenants.change_agent(ctx, agent.id, scopes=["file"], valid_to=agent.valid_to, version=1))
    assert stale.code == "STALE_VERSION"


async def test_another_representative_confirms_what_the_former_one_granted(make: Make) -> None:
    firm = await make()
    who, agent = await agent_of(firm)
    signed = await sign_in(who)
    async with firm.act("legal") as ctx:
        assert await tenants.suspend_agents(ctx, firm.id) == 1
    assert (await refused(roles_in(signed, firm.id))).code == "NO_MEMBERSHIP"
    async with firm.act("legal") as ctx:
        (row,) = (await tenants.list_agents(ctx)).items
        assert row.state == "suspended"
        again = await tenants.change_agent(ctx, agent.id, scopes=row.scopes, valid_to=row.valid_to, version=row.version)
    assert again.state == "active"
    assert "agent" in (await roles_in(signed, firm.id))[0]


async def test_the_same_agent_twice_is_answered_clearly(make: Make) -> None:
    firm, phone, number = await make(), fresh_phone(), id_number()
    async with firm.act("legal") as ctx:
        await tenants.add_agent(ctx, wanted(phone, id_no=number))
    for again in (wanted(phone), wanted(id_no=number)):
        async with firm.act("legal") as ctx:
            problem = await refused(tenants.add_agent(ctx, again))
        assert problem.code == "ALREADY_AGENT" and "不必重复" in problem.detail
    async with firm.act("legal") as ctx:
        await tenants.end_agent(ctx, (await tenants.list_agents(ctx)).items[0].id)
    async with firm.act("legal") as ctx:
        assert (await tenants.add_agent(ctx, wanted(phone, id_no=number))).state == "invited"


async def test_an_expired_grant_does_not_stand_in_the_way_of_a_new_one(make: Make) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm, phone = await make(), fresh_phone()
    async with firm.act("legal") as ctx:
        await tenants.add_agent(ctx, wanted(phone, valid_to=date(2026, 11, 21)))
    clock.freeze(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    async with firm.act("legal") as ctx:
        assert (await tenants.add_agent(ctx, wanted(phone))).state == "invited"
        assert sorted(a.state for a in (await tenants.list_agents(ctx)).items) == ["expired", "invited"]


async def test_a_member_is_not_made_an_agent(make: Make, migrator: asyncpg.Connection) -> None:
    firm, phone = await make(), fresh_phone()
    who = await person(phone=phone)
    await tenants.bulk_members(
        migrator, [tenants.BulkMember(firm.id, who.person_id, ("filler",), "周致远", "zhou02")], utc_now(), beijing_date(utc_now())
    )
    async with firm.act("legal") as ctx:
        assert (await refused(tenants.add_agent(ctx, wanted(phone)))).code == "ALREADY_MEMBER"


async def test_phone_and_number_of_two_persons_are_refused(make: Make, migrator: asyncpg.Connection) -> None:
    firm, phone, number = await make(), fresh_phone(), id_number()
    await person(phone=phone)
    other = await person()
    await migrator.execute(
        "insert into person_index (kind, idx, key_id, person_id) values ('id_number', $1, $2, $3)", blind_index("id_number", number), key_id(), other.person_id
    )
    async with firm.act("legal") as ctx:
        problem = await refused(tenants.add_agent(ctx, wanted(phone, id_no=number)))
    assert problem.code == "ID_PHONE_DIFFER" and problem.errors[0].path == "phone"


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"name": "周"}, "name", "NAME"),
        ({"id_type": "library_card"}, "id_type", "CHOICE"),
        ({"id_no": "440106199003070010"}, "id_no", "ID_CHECK"),
        ({"id_type": "passport", "id_no": "E-1"}, "id_no", "ID_FORM"),
        ({"phone": "020-8888"}, "phone", "PHONE"),
        ({"scopes": []}, "scopes", "REQUIRED"),
        ({"scopes": ["file", "consent"]}, "scopes", "CHOICE"),
        ({"valid_to": date(2026, 11, 20)}, "valid_to", "DATE"),
        ({"valid_to": date(2028, 11, 22)}, "valid_to", "TOO_LONG"),
        ({"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 1)}, "valid_from", "DATE"),
    ],
)
async def test_bad_fields_are_named(make: Make, changes: dict[str, Any], path: str, code: str) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    async with firm.act("legal") as ctx:
        problem = await refused(tenants.add_agent(ctx, wanted(**changes)))
    assert isinstance(problem, Invalid) and (path, code) in [(e.path, e.code) for e in problem.errors]


async def test_two_years_are_allowed_to_the_day(make: Make) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    async with firm.act("legal") as ctx:
        made = await tenants.add_agent(ctx, wanted(valid_to=date(2028, 11, 21)))
        problem = await refused(tenants.change_agent(ctx, made.id, scopes=["read"], valid_to=date(2028, 11, 22), version=1))
        assert problem.errors[0].code == "TOO_LONG"
    clock.freeze(datetime(2028, 1, 1, 4, 0, tzinfo=UTC))
    async with firm.act("legal") as ctx:
        renewed = await tenants.change_agent(ctx, made.id, scopes=["read"], valid_to=date(2029, 12, 31), version=1)
    assert (renewed.valid_from, renewed.valid_to) == (date(2028, 1, 1), date(2029, 12, 31))


async def test_an_invited_agent_is_whoever_proves_the_phone(make: Make) -> None:
    firm, phone = await make(), fresh_phone()
    async with firm.act("legal") as ctx:
        assert (await tenants.add_agent(ctx, wanted(phone))).state == "invited"
    who = await person(phone=phone)
    assert "agent:file" in (await roles_in(await sign_in(who), firm.id))[0]
    async with firm.act("legal") as ctx:
        assert (await tenants.list_agents(ctx)).items[0].state == "active"


async def test_agents_stay_with_their_firm_and_other_firms_see_nothing(make: Make) -> None:
    firm, other = await make(), await make()
    who, agent = await agent_of(firm)
    async with other.act("legal") as ctx:
        assert (await tenants.list_agents(ctx)).items == []
        with pytest.raises(NotFound):
            await tenants.end_agent(ctx, agent.id)
        assert await ctx.db.run("update delegation set scopes = '{report}' where id = $1", agent.id) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tenants.grant(ctx, firm.id, wanted())
    async with signed_in(await sign_in(who), firm.id) as ctx:  # the agent himself changes nothing of another firm's rows
        assert [r.organisation_id for r in await tenants.firms_of_agent(ctx)] == [firm.id]
        assert await tenants.is_agent(ctx, firm.id, who.person_id) and not await tenants.is_agent(ctx, other.id, who.person_id)
    with pytest.raises(Forbidden):
        await roles_in(await sign_in(who), other.id)


async def test_an_operator_grants_on_an_approved_application(make: Make, desk: Org) -> None:
    firm, phone, application = await make(), fresh_phone(), new_id()
    who = await person(phone=phone)
    async with desk.act("ops_reviewer") as ctx:
        made = await tenants.grant(ctx, firm.id, wanted(phone, origin="application", application_id=application))
        assert await ctx.db.value("select cur_tenant()") == desk.id
    assert "agent" in (await roles_in(await sign_in(who), firm.id))[0]
    async with firm.act("legal") as ctx:
        (row,) = (await tenants.list_agents(ctx)).items
    assert (row.id, row.origin) == (made, "application")
    async with desk.act("ops_reviewer") as ctx:
        assert (await refused(tenants.grant(ctx, firm.id, wanted(phone)))).code == "ALREADY_AGENT"
        assert isinstance(await refused(tenants.grant(ctx, new_id(), wanted())), NotFound)


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmsGateway]:
    """A text message gateway on loopback that the product is told to use."""
    running = await SmsGateway().start()
    told = replace(sms.settings, sms_gateway_url=running.url, sms_gateway_key=running.key)
    monkeypatch.setattr(sms, "settings", told)
    monkeypatch.setattr(tenants.jobs, "settings", told)
    yield running
    await running.stop()


async def work(migrator: asyncpg.Connection, firm: Org) -> None:
    """What a worker does with the firm's messages."""
    sql = "select id from outbox where tenant_id = $1 and kind = 'delegation.notice' and state = 'queued' order by created_at, version"
    for row in await migrator.fetch(sql, firm.id):
        await run_job(firm.id, row["id"])


async def test_an_agent_without_account_signs_in_by_the_phone_that_was_invited(make: Make, gateway: SmsGateway, migrator: asyncpg.Connection) -> None:
    """The invitation is a text message without any secret: the code that proves the phone opens the account and the firm."""
    firm, phone, device = await make(), fresh_phone(), auth.device_hash(f"device-{new_id()}", "")
    async with firm.act("legal") as ctx:
        assert (await tenants.add_agent(ctx, wanted(phone))).state == "invited"
    await work(migrator, firm)
    said = gateway.messages[-1]
    assert said["to"] == f"+86{phone}" and firm.name in said["parameters"]["text"] and "填报、查看" in said["parameters"]["text"]
    async with guest(ip="10.79.0.1") as ctx:
        await auth.send_code(ctx, "login", phone, device, "demo", "DEMO5", True)
    async with guest() as ctx:
        signed = await auth.sms_login(ctx, phone=phone, code=gateway.last_code(f"+86{phone}"), code_device=device)
    assert signed.organisation == firm.id and not signed.must_change
    assert "agent:file" in (await roles_in(signed, firm.id))[0]
    async with firm.act("legal") as ctx:
        assert (await tenants.list_agents(ctx)).items[0].state == "active"


async def test_a_phone_nobody_invited_gets_no_account(make: Make, gateway: SmsGateway) -> None:
    firm, phone, device = await make(), fresh_phone(), auth.device_hash(f"device-{new_id()}", "")
    async with firm.act("legal") as ctx:
        made = await tenants.add_agent(ctx, wanted(phone))
        await tenants.end_agent(ctx, made.id)  # an invitation that was taken back is none
    async with guest(ip="10.79.0.2") as ctx:
        await auth.send_code(ctx, "login", phone, device, "demo", "DEMO5", True)
    with pytest.raises(Problem) as caught:
        async with guest() as ctx:
            await auth.sms_login(ctx, phone=phone, code=gateway.last_code(f"+86{phone}"), code_device=device)
    assert caught.value.code == "LOGIN_FAILED"


async def test_the_agent_is_told_of_each_change_and_never_of_one_that_was_overtaken(make: Make, gateway: SmsGateway, migrator: asyncpg.Connection) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    _, agent = await agent_of(firm)
    await work(migrator, firm)
    async with firm.act("legal") as ctx:
        changed = await tenants.change_agent(ctx, agent.id, scopes=["read"], valid_to=agent.valid_to, version=1)
    await work(migrator, firm)
    async with firm.act("legal") as ctx:
        await tenants.change_agent(ctx, agent.id, scopes=["file"], valid_to=agent.valid_to, version=changed.version)
        await tenants.end_agent(ctx, agent.id)
    await work(migrator, firm)
    texts = [m["parameters"]["text"] for m in gateway.messages]
    assert len(texts) == 3
    assert "委托您为代理人" in texts[0] and "调整了对您的委托：范围为查看" in texts[1] and "已结束对您的委托" in texts[2]


async def test_a_gateway_that_is_away_is_asked_again(make: Make, gateway: SmsGateway, migrator: asyncpg.Connection) -> None:
    firm = await make()
    async with firm.act("legal") as ctx:
        await tenants.add_agent(ctx, wanted())
    gateway.faults[:] = ["502"]
    await work(migrator, firm)
    assert gateway.messages == []
    await work(migrator, firm)
    assert len(gateway.messages) == 1


@pytest.mark.parametrize(("hour", "minute", "waits"), [(20, 59, 0), (21, 0, 11 * 3600), (23, 30, 8.5 * 3600), (7, 59, 60), (8, 0, 0)])
def test_messages_wait_for_the_morning(hour: int, minute: int, waits: float) -> None:
    """NT1: quiet hours 21:00-8:00."""
    at = datetime(2026, 11, 21, hour, minute, tzinfo=clock.BEIJING)
    assert until_morning(at).total_seconds() == waits


async def test_when_the_representative_leaves_his_agents_wait(make: Make) -> None:
    firm = await make("enterprise", "legal", "admin")
    _, agent = await agent_of(firm)
    async with firm.act("legal") as ctx:
        members = {m.roles[0]: m for m in (await tenants.list_members(ctx)).items}
        await tenants.change_member(ctx, members["admin"].id, roles=["legal", "admin"], status="active", version=1)
        await tenants.change_member(ctx, members["legal"].id, roles=["legal"], status="ended", version=1)
    async with act(firm.id, firm.people["admin"], roles=("legal", "admin")) as ctx:
        (row,) = (await tenants.list_agents(ctx)).items
    assert (row.id, row.state) == (agent.id, "suspended")


async def test_a_forgotten_person_is_no_agent_and_nothing_tells_who_it_was(make: Make, migrator: asyncpg.Connection) -> None:
    """P7."""
    firm = await make()
    who, agent = await agent_of(firm)
    signed = await sign_in(who)
    await migrator.execute("insert into deletion_request (person_id, requested_at, due_at) values ($1, now(), now())", who.person_id)
    async with transaction() as db:
        assert await db.value("select erase_person($1, $2, 'user#', $3)", who.person_id, b"x", utc_now() + timedelta(seconds=1))
    assert (await refused(roles_in(signed, firm.id))).status in (401, 403)
    async with firm.act("legal") as ctx:
        (row,) = (await tenants.list_agents(ctx)).items
    assert (row.state, row.name, row.id_no, row.phone, row.end_reason) == ("revoked", f"user#{who.person_id.hex[-8:]}", "", "", "代理人账号已注销")
    assert await migrator.fetchval("select count(*) from delegation_index where delegation_id = $1", agent.id) == 0
    sealed = await migrator.fetchrow("select agent_name_sealed, id_no_sealed, phone_sealed from delegation where id = $1", agent.id)
    assert sealed is not None and set(sealed) == {None}


async def test_two_at_once_make_one_agent(make: Make) -> None:
    import asyncio

    firm, phone, number = await make(), fresh_phone(), id_number()

    async def one() -> str:
        try:
            async with firm.act("legal") as ctx:
                await tenants.add_agent(ctx, wanted(phone, id_no=number))
            return "made"
        except Conflict as problem:
            return problem.code

    assert sorted(await asyncio.gather(*(one() for _ in range(6)))) == ["ALREADY_AGENT"] * 5 + ["made"]


async def test_the_night_ends_what_is_over_and_warns_once_seven_days_before(make: Make, migrator: asyncpg.Connection) -> None:
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    firm = await make()
    async with firm.act("legal") as ctx:
        short = await tenants.add_agent(ctx, wanted(valid_to=date(2026, 11, 23)))
        long = await tenants.add_agent(ctx, wanted(valid_to=date(2026, 12, 20)))

    async def night() -> None:
        async with transaction() as db:
            await db.run("select delegation_night($1)", utc_now())

    async def warned() -> list[UUID]:
        sql = "select object_id from outbox where tenant_id = $1 and kind = 'delegation.notice' and payload->>'what' = 'ending' order by created_at"
        return [r["object_id"] for r in await migrator.fetch(sql, firm.id)]

    await night()
    await night()
    assert await warned() == [short.id]
    clock.freeze(datetime(2026, 11, 23, 16, 5, tzinfo=UTC))
    await night()
    async with firm.act("legal") as ctx:
        assert {a.id: a.state for a in (await tenants.list_agents(ctx)).items} == {short.id: "expired", long.id: "invited"}
    clock.freeze(datetime(2026, 12, 12, 16, 5, tzinfo=UTC))
    await night()
    assert await warned() == [short.id, long.id]
