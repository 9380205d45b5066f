"""Third-party agencies (FD15): made, qualified, designated by another person, suspended, extended; what a firm may choose on a day."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

import tenants
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import PLATFORM_ORG, new_id
from tests.tenants.conftest import Org, act, uscc

Make = Callable[..., Awaitable[Org]]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def ops(role: str = "ops_reviewer"):  # type: ignore[no-untyped-def]
    return act(PLATFORM_ORG, new_id(), roles=(role,), kind="operator")


async def register(org: UUID, *, kinds: tuple[str, ...] = ("grade_verifier",), regions: tuple[str, ...] = ("440100",), days: int = 300) -> tenants.AgencyDetail:
    async with ops() as ctx:
        return await tenants.create_agency(
            ctx, tenants.NewAgency(list(kinds), list(regions), "业务部 020-38000000", ctx.today + timedelta(days=days), organisation_id=org)
        )


async def qualify(made: tenants.AgencyDetail) -> tenants.AgencyDetail:
    async with ops() as ctx:
        return await tenants.hand_in_qualification(ctx, made.agency.id, "资质.pdf", PDF, version=made.agency.version)


async def designate(made: tenants.AgencyDetail, start: int, end: int) -> tenants.AgencyDetail:
    async with ops("ops_approver") as ctx:
        return await tenants.designate_agency(
            ctx, made.agency.id, version=made.agency.version, valid_from=ctx.today + timedelta(days=start), valid_to=ctx.today + timedelta(days=end)
        )


async def standing(agency: UUID, kind: str = "grade", days: int = 0) -> str:
    async with ops() as ctx:
        return str(await ctx.db.value("select agency_standing($1, $2, $3)", agency, kind, ctx.today + timedelta(days=days)))


async def test_from_record_to_designated_day_by_day(make: Make) -> None:
    org = await make("verifier")
    made = await register(org.id)
    assert (made.agency.state, await standing(org.id)) == ("no_qualification", "no_qualification")
    made = await qualify(made)
    assert (made.agency.state, await standing(org.id)) == ("active", "not_designated")
    made = await designate(made, 2, 30)
    assert [await standing(org.id, days=d) for d in (0, 1, 2, 30, 31)] == ["not_designated", "not_designated", "ok", "ok", "not_designated"]
    assert await standing(org.id, "reduction") == "other_kind"
    assert await standing(org.id, days=301) == "expired"
    assert [c.what for c in made.changes] == ["designated", "qualification", "created"]
    async with ops() as ctx:
        assert (await tenants.read_qualification(ctx, org.id)).data == PDF


async def test_a_new_agency_comes_with_its_administrator(make: Make) -> None:
    user = tenants.FirstUser(name="罗维新", account=f"ag{new_id().hex[-8:]}", phone=f"138{new_id().int % 10**8:08d}", roles=["agency_admin"])
    async with ops() as ctx:
        facts = tenants.NewAgency(
            ["reduction_auditor"], ["440100"], "业务部 020-38000000", ctx.today + timedelta(days=90), name="测试清洁生产审核有限公司", uscc=uscc(), region="440106", user=user
        )
        made = await tenants.create_agency(ctx, facts)
    assert made.first_account == user.account and made.first_password and made.agency.name == "测试清洁生产审核有限公司"
    with pytest.raises(Conflict) as caught:
        await register(made.agency.id)
    assert caught.value.code == "AGENCY_EXISTS"


async def test_bad_input_names_its_field(make: Make) -> None:
    org, firm = await make("verifier"), await make()
    with pytest.raises(Invalid) as caught:
        await register(org.id, kinds=("bank",), regions=("999999",))
    assert [e.path for e in caught.value.errors] == ["kinds", "regions[0]"]
    with pytest.raises(Invalid) as caught:
        await register(org.id, days=-1)
    assert [e.path for e in caught.value.errors] == ["valid_to"]
    with pytest.raises(NotFound):
        await register(firm.id)  # an enterprise is no agency
    made = await qualify(await register(org.id, days=20))
    with pytest.raises(Invalid) as caught:
        await designate(made, 0, 40)
    assert caught.value.errors[0].path == "valid_to"
    with pytest.raises(Invalid):
        await designate(made, 5, 3)
    auditor = await register((await make("verifier")).id, kinds=("reduction_auditor",))
    with pytest.raises(Invalid) as caught:
        await designate(auditor, 0, 10)
    assert caught.value.errors[0].code == "OTHER_KIND"


async def test_designations_do_not_overlap_and_end_at_once(make: Make) -> None:
    made = await designate(await qualify(await register((await make("verifier")).id)), 0, 30)
    with pytest.raises(Conflict) as caught:
        await designate(made, 10, 60)
    assert caught.value.code == "DESIGNATED_ALREADY"
    async with ops("ops_approver") as ctx:
        ended = await tenants.designate_agency(ctx, made.agency.id, version=made.agency.version, valid_from=None, valid_to=None, note="整改")
    assert not ended.agency.designated and ended.designations[0].ended_on is not None
    assert await standing(made.agency.id) == "not_designated"
    with pytest.raises(Conflict) as caught:
        async with ops("ops_approver") as ctx:
            await tenants.designate_agency(ctx, made.agency.id, version=ended.agency.version, valid_from=None, valid_to=None)
    assert caught.value.code == "NOT_DESIGNATED"
    again = await designate(ended, 0, 20)
    assert again.agency.designated


async def test_suspended_resumed_extended(make: Make) -> None:
    made = await qualify(await register((await make("verifier")).id, kinds=("reduction_auditor",)))
    agency = made.agency.id
    async with ops() as ctx:
        with pytest.raises(Invalid):
            await tenants.suspend_agency(ctx, agency, version=made.agency.version, reason="")
        stopped = await tenants.suspend_agency(ctx, agency, version=made.agency.version, reason="资质复核中")
    assert (stopped.agency.state, stopped.state_reason, await standing(agency, "reduction")) == ("suspended", "资质复核中", "suspended")
    async with ops() as ctx:
        with pytest.raises(Conflict) as caught:
            await tenants.suspend_agency(ctx, agency, version=stopped.agency.version, reason="再次")
        assert caught.value.code == "STATE"
    async with ops() as ctx:
        with pytest.raises(Conflict) as caught:
            await tenants.resume_agency(ctx, agency, version=made.agency.version)
        assert caught.value.code == "STALE_VERSION"
    async with ops() as ctx:
        going = await tenants.resume_agency(ctx, agency, version=stopped.agency.version)
        longer = await tenants.extend_agency(ctx, agency, version=going.agency.version, valid_to=ctx.today + timedelta(days=700))
    assert longer.agency.days_left == 700 and await standing(agency, "reduction", days=600) == "ok"


async def test_what_a_firm_may_choose(make: Make, migrator: asyncpg.Connection) -> None:
    near = await qualify(await register((await make("verifier")).id, kinds=("reduction_auditor",), regions=("440112",)))
    far = await qualify(await register((await make("verifier")).id, kinds=("reduction_auditor",), regions=("110000",)))
    bare = await register((await make("verifier")).id, kinds=("reduction_auditor",))
    firm = await make()
    async with firm.act("legal") as ctx:
        offered = {c.id: c for c in (await tenants.choose_agencies(ctx, "reduction")).items}
    assert offered[near.agency.id].covers and not offered[far.agency.id].covers and bare.agency.id not in offered
    await migrator.execute("update organisation set status = 'suspended' where id = $1", near.agency.id)
    async with firm.act("legal") as ctx:
        assert near.agency.id not in {c.id for c in (await tenants.choose_agencies(ctx, "reduction")).items}


async def test_an_agency_edits_its_own_words_only(make: Make) -> None:
    org = await make("verifier")
    made = await register(org.id)
    async with org.act("agency_admin") as ctx:
        after = await tenants.edit_agency_profile(ctx, contact="审核部 020-66660000", trades="食品", intro="成立多年", version=made.agency.version)
        assert (after.agency.contact, after.agency.trades, after.intro) == ("审核部 020-66660000", "食品", "成立多年")
    async with org.act("agency_admin") as ctx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.value("select agency_put($1, $2, $3, 'x', '', $4)", org.id, after.agency.version, {"valid_to": "2099-01-01"}, ctx.now)
    other = await make("verifier")
    async with other.act("agency_admin") as ctx:
        with pytest.raises(NotFound):
            await tenants.agency_profile(ctx)
    firm = await make()
    async with firm.act("legal") as ctx:
        with pytest.raises(Forbidden):
            await tenants.agency_profile(ctx)
    async with firm.act("legal") as ctx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.value("select agency_designate($1, 1, $2, $2, '', $3)", org.id, ctx.today, ctx.now)


async def test_the_list_follows_the_directory(make: Make, migrator: asyncpg.Connection) -> None:
    made = await register((await make("verifier")).id)
    await migrator.execute("update organisation set name = '更名后的核查机构' where id = $1", made.agency.id)
    async with ops() as ctx:
        assert (await tenants.get_agency(ctx, made.agency.id)).agency.name == "更名后的核查机构"
        found = await tenants.list_agencies(ctx, q="更名后的核查")
        assert found.total == 1
        assert made.agency.id in {a.id for a in (await tenants.list_agencies(ctx, state="grade_verifier", page_size=100)).items}
