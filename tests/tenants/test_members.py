"""Members and invitations: nobody grants more than they hold, the last ones stay, a door opens once."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

import auth
import tenants
from core import clock
from core.clock import utc_now
from core.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Problem
from core.ids import new_id
from tests.tenants.conftest import Org, act


async def member_of(org: Org, role: str) -> tenants.Member:
    async with org.act(next(iter(org.people))) as ctx:
        return next(m for m in (await tenants.list_members(ctx)).items if m.roles == [role])


async def change(org: Org, by: str, whom: str, roles: list[str], status: str = "active") -> tenants.Member:
    target = await member_of(org, whom)
    async with org.act(by) as ctx:
        return await tenants.change_member(ctx, target.id, roles=roles, status=status, version=target.version)


async def refused(org: Org, by: str, whom: str, roles: list[str], status: str = "active") -> str:
    with pytest.raises(Problem) as caught:
        await change(org, by, whom, roles, status)
    return caught.value.code


async def test_members_are_listed_masked_and_say_which_is_me(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "filler")
    async with org.act("filler") as ctx:
        found = await tenants.list_members(ctx)
    assert sorted((m.roles, m.self) for m in found.items) == [(["filler"], True), (["legal"], False)]
    assert "陈晓明" not in str(found)


async def test_an_admin_changes_a_filler_and_ends_a_viewer(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "admin", "filler", "viewer")
    assert (await change(org, "admin", "filler", ["filler", "viewer"])).roles == ["filler", "viewer"]
    ended = await change(org, "admin", "viewer", ["viewer"], "ended")
    assert (ended.status, ended.version) == ("ended", 2)
    assert (await change(org, "admin", "viewer", ["viewer"], "active")).status == "active"


async def test_nobody_grants_or_takes_more_than_they_hold(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "admin", "filler")
    assert await refused(org, "admin", "filler", ["legal"]) == "GRANT_TOO_MUCH"
    assert await refused(org, "admin", "legal", ["viewer"]) == "GRANT_TOO_MUCH"
    assert await refused(org, "admin", "legal", ["legal"], "ended") == "GRANT_TOO_MUCH"
    assert (await change(org, "legal", "filler", ["admin"])).roles == ["admin"]


async def test_the_last_legal_and_the_last_manager_stay(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "filler")
    assert await refused(org, "legal", "legal", ["admin"]) == "LAST_LEGAL"
    assert await refused(org, "legal", "legal", ["legal"], "ended") == "LAST_LEGAL"
    bank: Org = await make("bank", "bank_admin", "account_manager")
    assert await refused(bank, "bank_admin", "bank_admin", ["account_manager"]) == "LAST_MANAGER"


async def test_two_admins_cannot_remove_each_other_at_once(make: Any, migrator: asyncpg.Connection) -> None:
    bank: Org = await make("bank", "bank_admin", "account_manager")
    second = new_id()
    from core.clock import beijing_date

    await tenants.bulk_members(
        migrator, [tenants.BulkMember(bank.id, second, ("bank_admin",), "李", "b2")], utc_now(), beijing_date(utc_now())
    )
    async with bank.act("bank_admin") as ctx:
        rows = {m.self: m for m in (await tenants.list_members(ctx)).items if m.roles == ["bank_admin"]}

    async def end(person: Any, target: tenants.Member) -> str:
        try:
            async with act(bank.id, person, roles=("bank_admin",), kind="bank") as ctx:
                await tenants.change_member(
                    ctx, target.id, roles=["bank_admin"], status="ended", version=target.version
                )
            return "ok"
        except Problem as problem:
            return problem.code

    outcomes = await asyncio.gather(end(bank.people["bank_admin"], rows[False]), end(second, rows[True]))
    assert sorted(outcomes) == ["LAST_MANAGER", "ok"]


async def test_bad_roles_are_refused(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "filler")
    for roles in ([], ["ops_reviewer"], ["verifier"], ["x"]):
        assert await refused(org, "legal", "filler", roles) == "INVALID"


async def test_roles_that_exclude_each_other_are_refused(make: Any) -> None:
    agency: Org = await make("verifier", "agency_admin", "verifier")
    target = await member_of(agency, "verifier")
    async with agency.act("agency_admin") as ctx:
        with pytest.raises(Problem):
            await tenants.change_member(
                ctx, target.id, roles=["verifier", "agency_reviewer"], status="active", version=target.version
            )


async def test_stale_and_foreign_members(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "filler")
    other: Org = await make("enterprise", "legal", "filler")
    target = await member_of(other, "filler")
    async with org.act("legal") as ctx:
        with pytest.raises(NotFound):
            await tenants.change_member(ctx, target.id, roles=["viewer"], status="active", version=1)
    mine = await member_of(org, "filler")
    with pytest.raises(Conflict) as caught:
        async with org.act("legal") as ctx:
            await tenants.change_member(ctx, mine.id, roles=["viewer"], status="active", version=9)
    assert caught.value.code == "STALE_VERSION"


async def test_the_security_administrator_gives_roles_but_not_to_himself(desk: Org) -> None:
    async with desk.act("secadmin") as ctx:
        everybody = (await tenants.list_members(ctx)).items
        helper = next(m for m in everybody if m.account == "ops-support" and m.status == "active")
        changed = await tenants.change_member(
            ctx, helper.id, roles=["ops_data"], status="active", version=helper.version
        )
        assert changed.roles == ["ops_data"]
        me = next(m for m in everybody if m.self)
        with pytest.raises(Forbidden):
            await tenants.change_member(ctx, me.id, roles=["ops_approver"], status="active", version=me.version)


# Invitations


async def invitation(org: Org, by: str = "legal", *roles: str) -> tuple[tenants.Invitation, str]:
    async with org.act(by) as ctx:
        made = await tenants.invite(ctx, roles=list(roles or ("filler",)), name="李小红", phone="13900139000")
    assert made.link
    return made, made.link.rsplit("#", 1)[1]


async def test_a_new_person_joins_with_an_account_of_their_own(make: Any, migrator: asyncpg.Connection) -> None:
    org: Org = await make()
    made, token = await invitation(org)
    assert (made.phone, "李小红" in str(made)) == ("139****9000", False)
    async with act(None) as ctx:
        door = await tenants.look_at_invitation(ctx, token)
        assert (door.organisation, door.roles) == (org.name, ["filler"])
        joined = await tenants.accept_with_new_account(
            ctx, token, account=f"inv{new_id().hex[-9:]}", password="Kx7#pw-Long1", name="李小红"
        )
    assert joined.organisation_id == org.id
    async with org.act("legal") as ctx:
        person = next(m for m in (await tenants.list_members(ctx)).items if m.account == joined.account)
        assert (person.roles, person.phone, person.name[0]) == (["filler"], "139****9000", "李")
        assert [i.state for i in (await tenants.list_invitations(ctx)).items] == ["accepted"]
    row = await migrator.fetchrow("select * from membership where id = $1", person.id)
    async with act(None) as ctx:
        assert [o.id for o in await tenants.organisations_of(ctx, row["person_id"])] == [org.id]


async def test_a_door_opens_once_even_for_ten_at_a_time(make: Any) -> None:
    org: Org = await make()
    _, token = await invitation(org)

    async def go(n: int) -> str:
        try:
            async with act(None) as ctx:
                await tenants.accept_with_new_account(
                    ctx, token, account=f"r{n}{new_id().hex[-9:]}", password="Kx7#pw-Long1", name="李小红"
                )
            return "in"
        except Gone:
            return "gone"

    assert sorted(await asyncio.gather(*(go(n) for n in range(5)))) == ["gone"] * 4 + ["in"]


async def test_doors_close(make: Any) -> None:
    org: Org = await make()
    made, token = await invitation(org)
    async with org.act("legal") as ctx:
        await tenants.withdraw_invitation(ctx, made.id)
        with pytest.raises(Conflict):
            await tenants.withdraw_invitation(ctx, made.id)
        with pytest.raises(NotFound):
            await tenants.withdraw_invitation(ctx, new_id())
    _, late = await invitation(org)
    async with act(None) as ctx:
        for dead in (token, "unknown" * 5):
            with pytest.raises(Gone):
                await tenants.look_at_invitation(ctx, dead)
        assert await tenants.look_at_invitation(ctx, late)
    clock.freeze(utc_now() + timedelta(days=7, seconds=5))
    async with act(None) as ctx:
        with pytest.raises(Gone):
            await tenants.look_at_invitation(ctx, late)


async def test_the_door_of_somebody_who_left_is_closed(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "admin")
    _, token = await invitation(org, "admin")
    await change(org, "legal", "admin", ["admin"], "ended")
    async with act(None) as ctx:
        with pytest.raises(Gone):
            await tenants.look_at_invitation(ctx, token)


async def test_an_invitation_gives_no_more_than_its_maker_holds(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "admin")
    with pytest.raises(Forbidden):
        await invitation(org, "admin", "legal")
    with pytest.raises(Invalid):
        await invitation(org, "legal", "ops_reviewer")


async def test_another_organisation_sees_no_invitation(make: Any) -> None:
    org: Org = await make()
    other: Org = await make()
    made, _ = await invitation(org)
    async with other.act("legal") as ctx:
        assert (await tenants.list_invitations(ctx)).items == []
        with pytest.raises(NotFound):
            await tenants.withdraw_invitation(ctx, made.id)
        assert org.id not in {m.id for m in (await tenants.list_members(ctx)).items}


async def person(name: str = "赵一") -> tuple[Any, Any]:
    """A person with an account of their own: (account id, person id)."""
    async with act(None) as ctx:
        made = await auth.create_person_account(
            ctx, login_name=f"p{new_id().hex[-10:]}", name=name, phone=None, password="Kx7#pw-Long1"
        )
    return made.account_id, made.person_id


async def joins(who: tuple[Any, Any], token: str) -> tenants.Joined:
    async with act(None, who[1]) as ctx:
        ctx.account_id = who[0]
        return await tenants.join(ctx, token)


async def test_a_signed_in_person_joins_once_and_comes_back_after_the_end(make: Any) -> None:
    org: Org = await make()
    who = await person()
    _, token = await invitation(org)
    assert (await joins(who, token)).roles == ["filler"]
    _, second = await invitation(org, "legal", "admin")
    with pytest.raises(Conflict) as caught:
        await joins(who, second)
    assert caught.value.code == "ALREADY_MEMBER"
    async with org.act("legal") as ctx:
        found = next(m for m in (await tenants.list_members(ctx)).items if m.roles == ["filler"])
        await tenants.change_member(ctx, found.id, roles=["filler"], status="ended", version=found.version)
    assert (await joins(who, second)).roles == ["admin"]  # the refused try left the door open
    async with org.act("legal") as ctx:
        again = next(m for m in (await tenants.list_members(ctx)).items if m.id == found.id)
        assert (again.roles, again.status, again.version) == (["admin"], "active", 3)


async def test_a_dated_invitation_ends_with_its_day(make: Any) -> None:
    org: Org = await make()
    who = await person()
    async with org.act("legal") as ctx:
        made = await tenants.invite(ctx, roles=["viewer"], valid_to=ctx.today)
        with pytest.raises(Invalid):
            await tenants.invite(ctx, roles=["viewer"], valid_to=ctx.today - timedelta(days=1))
        with pytest.raises(Invalid):
            await tenants.invite(ctx, roles=["viewer"], phone="12")
    token = (made.link or "").rsplit("#", 1)[1]
    clock.freeze(utc_now() + timedelta(days=2))
    with pytest.raises(Gone):
        await joins(who, token)


async def test_open_invitations_are_bounded(make: Any, migrator: asyncpg.Connection) -> None:
    org: Org = await make()
    await migrator.execute(
        "insert into invitation (tenant_id, id, roles, expires_at, created_at, created_by)"
        " select $1, gen_random_uuid(), array['viewer'], $2, $2, $1 from generate_series(1, 50)",
        org.id,
        utc_now() + timedelta(days=1),
    )
    async with org.act("legal") as ctx:
        with pytest.raises(Conflict) as caught:
            await tenants.invite(ctx, roles=["viewer"])
    assert caught.value.code == "TOO_MANY_OPEN"


async def test_a_new_person_has_a_real_name(make: Any) -> None:
    org: Org = await make()
    _, token = await invitation(org)
    async with act(None) as ctx:
        with pytest.raises(Invalid):
            await tenants.accept_with_new_account(ctx, token, account="nobody-1", password="Kx7#pw-Long1", name="X")


async def test_two_changes_of_one_member_at_once(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "admin", "filler")
    target = await member_of(org, "filler")

    async def go(by: str, roles: list[str]) -> str:
        try:
            async with org.act(by) as ctx:
                await tenants.change_member(ctx, target.id, roles=roles, status="active", version=target.version)
            return "ok"
        except Conflict as problem:
            return problem.code

    assert sorted(await asyncio.gather(go("legal", ["viewer"]), go("admin", ["filler", "viewer"]))) == [
        "STALE_VERSION",
        "ok",
    ]


async def test_own_name_is_masked(make: Any) -> None:
    org: Org = await make("enterprise", "legal")
    async with org.act("legal") as ctx:
        assert (await tenants.own_name(ctx)).startswith("陈") and "晓明" not in await tenants.own_name(ctx)
