"""Registration, licence review, disputes and organisations made by an operator."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from PIL import Image

import auth
import tenants
from core.clock import beijing_today
from core.database import Acting
from core.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Problem
from core.ids import PLATFORM_ORG, new_id
from tests.tenants.conftest import Org, act, uscc

PASSWORD = "Kx7#pw-Long1"


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def _codes_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SMS code itself is auth's to test."""

    async def spent(ctx: Acting, purpose: str, phone: str, code: str, device: bytes, path: str = "code") -> str:
        assert purpose == "register"
        return auth.phone_or_refuse(phone)

    monkeypatch.setattr(auth, "spend_code", spent)


def mobile() -> str:
    return f"139{new_id().int % 10**8:08}"


def enterprise(code: str, **changes: Any) -> tenants.NewEnterprise:
    facts = {
        "organisation_name": "广州测试塑料有限公司", "uscc": code, "name": "陈晓明", "phone": mobile(),
        "account": f"reg{new_id().hex[-9:]}", "password": PASSWORD, "sms_code": "123456",
    }  # fmt: skip
    return tenants.NewEnterprise(**{**facts, **changes})


async def register(code: str, **changes: Any) -> tenants.Registered:
    async with act(None) as ctx:
        return await tenants.register_enterprise(ctx, enterprise(code, **changes), b"device")


async def one_person(migrator: asyncpg.Connection, tenant: UUID) -> UUID:
    return UUID(str(await migrator.fetchval("select person_id from membership where tenant_id = $1", tenant)))


async def test_a_firm_registers_itself_and_is_unverified(database: str, migrator: asyncpg.Connection) -> None:
    code = uscc("440112")
    made = await register(code.lower())
    row = await migrator.fetchrow("select * from organisation where id = $1", made.organisation_id)
    assert (row["kind"], row["uscc"], row["status"], row["origin"], row["region_code"]) == (
        "enterprise", code, "unverified", "self", "440112",
    )  # fmt: skip
    person = await one_person(migrator, made.organisation_id)
    async with act(None) as ctx:
        (belonging,) = await tenants.organisations_of(ctx, person)
    assert (belonging.roles, belonging.status) == (("legal",), "unverified")
    async with act(made.organisation_id, person, roles=("legal",)) as ctx:
        seen = await tenants.get_profile(ctx)
        assert (seen.legal_name, seen.verified, seen.version) == ("陈晓明", False, 1)


async def test_a_second_claim_opens_one_dispute_and_nothing_else(
    database: str, migrator: asyncpg.Connection, desk: Org
) -> None:
    code = uscc()
    first = await register(code, organisation_name="先到者有限公司")
    phone, account = mobile(), f"sec{new_id().hex[-9:]}"
    tasks = set()
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            await register(code, phone=phone, account=account, name="李后来")
        assert caught.value.code == "CLAIM_TAKEN" and caught.value.kept and "先到者" not in str(caught.value.detail)
        tasks.add(caught.value.extra["dispute_id"])
    assert len(tasks) == 1  # the same claimant's second try finds the first task
    assert await migrator.fetchval("select count(*) from organisation where uscc = $1", code) == 1
    async with act(None) as ctx:
        assert await ctx.db.value("select auth_name_taken($1)", account) is False
    async with desk.act("ops_reviewer") as ctx:
        found = next(d for d in (await tenants.list_disputes(ctx, page_size=100)).items if d.uscc == code)
        assert (found.holder, found.state, found.claimant[0]) == ("先到者有限公司", "open", "李")
        assert phone not in str(found)
        assert await tenants.read_claimant_phone(ctx, found.id, "回访核实") == phone
        assert [r.action for r in ctx.audit_rows] == ["pii.read"]
    person = await one_person(migrator, first.organisation_id)
    async with act(first.organisation_id, person, roles=("legal",)) as ctx:
        assert await ctx.db.value("select count(*) from dispute") == 0  # the holder learns nothing


async def test_ten_registrations_of_one_code_at_once_make_one_firm(database: str, migrator: asyncpg.Connection) -> None:
    code = uscc()

    async def go() -> str:
        try:
            await register(code)
            return "made"
        except Conflict as problem:
            return problem.code

    assert sorted(await asyncio.gather(*(go() for _ in range(5)))) == ["CLAIM_TAKEN"] * 4 + ["made"]
    assert await migrator.fetchval("select count(*) from organisation where uscc = $1", code) == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"uscc": "91440112Y00000016R"}, "uscc"), ({"organisation_name": "x"}, "organisation_name"), ({"name": "李"}, "name"),
        ({"region": "440100"}, "region"), ({"industry": "C29"}, "industry"), ({"account": "short"}, "login_name"),
    ],
)  # fmt: skip
async def test_each_wrong_field_is_named_and_nothing_is_kept(
    database: str, migrator: asyncpg.Connection, changes: dict[str, Any], path: str
) -> None:
    code = uscc()
    with pytest.raises(Invalid) as caught:
        await register(changes.pop("uscc", code), **changes)
    assert [e.path for e in caught.value.errors] == [path]
    assert await migrator.fetchval("select count(*) from claim where value = $1", code) == 0


async def test_a_licence_is_returned_then_approved(database: str, migrator: asyncpg.Connection, desk: Org) -> None:
    made = await register(uscc())
    org, person = made.organisation_id, await one_person(migrator, made.organisation_id)
    async with act(org, person, roles=("legal",)) as ctx:
        seen = await tenants.submit_licence(ctx, "执照.png", png())
        assert seen.review_state == "submitted" and seen.licence
    async with desk.act("ops_reviewer") as ctx:
        assert org in {o.id for o in (await tenants.list_organisations(ctx, state="pending", page_size=100)).items}
        item = await tenants.get_organisation(ctx, org)
        assert (
            [c.ok for c in item.checks] == [True] * 4 and item.users[0].roles == ["legal"] and "陈晓明" not in str(item)
        )
        with pytest.raises(Invalid):
            await tenants.decide_review(ctx, org, "return", version=item.version)
        file = await tenants.read_licence(ctx, org)
        assert file.data.startswith(b"\x89PNG")
        back = await tenants.decide_review(ctx, org, "return", version=item.version, reason="照片不清楚")
        assert (back.review, back.status) == ("returned", "unverified")
    async with act(org, person, roles=("legal",)) as ctx:
        seen = await tenants.get_profile(ctx)
        assert (seen.review_state, seen.review_reason) == ("returned", "照片不清楚")
        await tenants.submit_licence(ctx, "执照2.png", png())
    async with desk.act("ops_reviewer") as ctx:
        item = await tenants.get_organisation(ctx, org)
        with pytest.raises(Conflict):
            await tenants.decide_review(ctx, org, "approve", version=item.version - 1)
    async with desk.act("ops_reviewer") as ctx:
        done = await tenants.decide_review(ctx, org, "approve", version=item.version)
        assert (done.status, done.review) == ("active", "approved")
    async with act(org, person, roles=("legal",)) as ctx:
        with pytest.raises(Conflict):
            await tenants.submit_licence(ctx, "执照.png", png())
        assert (await tenants.profile_facts(ctx)).verified


async def test_a_licence_replaced_meanwhile_makes_the_decision_stale(
    database: str, migrator: asyncpg.Connection, desk: Org
) -> None:
    made = await register(uscc())
    org, person = made.organisation_id, await one_person(migrator, made.organisation_id)
    async with act(org, person, roles=("legal",)) as ctx:
        await tenants.submit_licence(ctx, "a.png", png())
    async with desk.act("ops_reviewer") as ctx:
        item = await tenants.get_organisation(ctx, org)
    async with act(org, person, roles=("legal",)) as ctx:
        await tenants.submit_licence(ctx, "b.png", png())
    with pytest.raises(Conflict) as caught:
        async with desk.act("ops_reviewer") as ctx:
            await tenants.decide_review(ctx, org, "approve", version=item.version)
    assert caught.value.code == "STALE_VERSION"
    assert await migrator.fetchval("select count(*) from organisation_review where tenant_id = $1", org) == 1


async def test_a_rejected_firm_is_closed_and_its_code_is_free(
    database: str, migrator: asyncpg.Connection, desk: Org
) -> None:
    code = uscc()
    made = await register(code)
    org, person = made.organisation_id, await one_person(migrator, made.organisation_id)
    async with act(org, person, roles=("legal",)) as ctx:
        await tenants.submit_licence(ctx, "a.png", png())
    async with desk.act("ops_reviewer") as ctx:
        item = await tenants.get_organisation(ctx, org)
        assert (
            await tenants.decide_review(ctx, org, "reject", version=item.version, reason="冒用他人执照")
        ).status == "closed"
    async with act(None) as ctx:
        assert await tenants.organisations_of(ctx, person) == []
    assert (await register(code)).organisation_id != org


async def test_no_reviewer_decides_for_a_firm_he_belongs_to(
    database: str, migrator: asyncpg.Connection, desk: Org
) -> None:
    made = await register(uscc())
    org, person = made.organisation_id, await one_person(migrator, made.organisation_id)
    async with act(org, person, roles=("legal",)) as ctx:
        await tenants.submit_licence(ctx, "a.png", png())
    await tenants.bulk_members(
        migrator, [tenants.BulkMember(org, desk.people["ops_reviewer"], ("viewer",), "林敏", "x")], ctx.now, ctx.today
    )
    async with desk.act("ops_reviewer") as ctx:
        item = await tenants.get_organisation(ctx, org)
        for act_of in (
            tenants.decide_review(ctx, org, "approve", version=item.version),
            tenants.set_suspended(ctx, org, suspended=True, version=item.version, reason="x"),
            tenants.correct_identity(ctx, org, name="新的名字", uscc=None, version=item.version, reason="x"),
        ):
            with pytest.raises(Conflict) as caught:
                await act_of
            assert caught.value.code == "OWN_ORGANISATION"


async def test_a_dispute_released_closes_an_unverified_holder(
    database: str, migrator: asyncpg.Connection, desk: Org
) -> None:
    code = uscc()
    await register(code)
    with pytest.raises(Conflict):
        await register(code)
    async with desk.act("ops_reviewer") as ctx:
        task = next(d for d in (await tenants.list_disputes(ctx, state="open", page_size=100)).items if d.uscc == code)
        done = await tenants.close_dispute(ctx, task.id, outcome="released", version=task.version, reason="持有方不实")
        assert (done.state, done.holder_status) == ("released", "closed")
        with pytest.raises(Conflict):
            await tenants.close_dispute(ctx, task.id, outcome="kept", version=done.version, reason="再来一次")
    assert (await register(code)).status == "unverified"


async def test_a_verified_holder_is_not_released_by_a_click(database: str, make: Any, desk: Org) -> None:
    org: Org = await make()
    with pytest.raises(Conflict):
        await register(org.uscc or "")
    with pytest.raises(Conflict) as caught:
        async with desk.act("ops_reviewer") as ctx:
            task = next(d for d in (await tenants.list_disputes(ctx, page_size=100)).items if d.uscc == org.uscc)
            await tenants.close_dispute(ctx, task.id, outcome="released", version=task.version, reason="持有方不实")
    assert caught.value.code == "HOLDER_VERIFIED"


# Organisations made by an operator


def first_user(*roles: str, **changes: Any) -> tenants.FirstUser:
    return tenants.FirstUser(
        **{"name": "王敏", "phone": mobile(), "account": f"ops{new_id().hex[-9:]}", "roles": list(roles), **changes}
    )


@pytest.mark.parametrize(
    ("kind", "role"),
    [("enterprise", "legal"), ("verifier", "agency_admin"), ("bank", "bank_admin"), ("gov", "regulator")],
)
async def test_an_operator_makes_each_kind_with_its_first_user(
    desk: Org, migrator: asyncpg.Connection, kind: str, role: str
) -> None:
    gov = kind == "gov"
    until = beijing_today() + timedelta(days=300) if gov else None
    new = tenants.NewOrganisation(
        kind, f"新建{kind}", first_user(role, valid_to=until), uscc=None if gov else uscc(),
        industry="C2926" if kind == "enterprise" else None, scope=["440100"] if gov else None,
    )  # fmt: skip
    async with desk.act("ops_reviewer") as ctx:
        made = await tenants.create_organisation(ctx, new)
        item = await tenants.get_organisation(ctx, made.organisation_id)
    assert (item.kind, item.status, item.users[0].roles, item.users[0].account) == (
        kind,
        "active",
        [role],
        made.account,
    )
    assert len(made.initial_password) == 12 and item.scopes == (["440100"] if gov else [])
    assert item.users[0].valid_to == until
    assert made.initial_password not in str(
        await migrator.fetch("select * from account where login_name = $1", made.account)
    )


async def test_an_operator_of_the_platform_is_added_by_the_security_administrator_only(desk: Org) -> None:
    async with desk.act("ops_reviewer") as ctx:
        with pytest.raises(Forbidden):
            await tenants.add_operator(ctx, first_user("ops_data"))
        with pytest.raises(Invalid):
            await tenants.create_organisation(
                ctx, tenants.NewOrganisation("operator", "另一平台", first_user("ops_data"))
            )
    async with desk.act("secadmin") as ctx:
        made = await tenants.add_operator(ctx, first_user("ops_data"))
        assert made.organisation_id == PLATFORM_ORG
        with pytest.raises(Invalid):
            await tenants.add_operator(ctx, first_user("ops_data", "ops_approver"))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"scope": None}, "scope"), ({"scope": ["999999"]}, "scope[0]"), ({"user": first_user("regulator")}, "user.valid_to"),
        ({"user": first_user("legal")}, "user.roles"), ({"kind": "x"}, "kind"), ({"kind": "bank"}, "user.roles"),
        ({"user": first_user("regulator", phone="1")}, "user.phone"),
    ],
)  # fmt: skip
async def test_a_wrong_field_of_a_new_organisation_is_named(desk: Org, changes: dict[str, Any], path: str) -> None:
    until = beijing_today() + timedelta(days=30)
    if "user" in changes and changes["user"].phone == "1":
        changes["user"] = first_user("regulator", phone="1", valid_to=until)
    facts = {
        "kind": "gov",
        "name": "某市生态环境局",
        "user": first_user("regulator", valid_to=until),
        "scope": ["440100"],
    }
    async with desk.act("ops_reviewer") as ctx:
        with pytest.raises(Invalid) as caught:
            await tenants.create_organisation(ctx, tenants.NewOrganisation(**{**facts, **changes}))
    assert caught.value.errors[0].path == path


async def test_a_government_sees_the_firms_of_its_region_and_nothing_to_change(
    make: Any, desk: Org, migrator: asyncpg.Connection
) -> None:
    inside, outside = await make(region="440112"), await make(region="310115")
    office: Org = await make("gov", region="440100")
    await tenants.bulk_scopes(migrator, [(office.id, "440100")], utc())
    async with office.act("regulator") as ctx:
        seen = {r["id"] for r in await ctx.db.rows("select id from organisation where kind = 'enterprise'")}
        assert inside.id in seen and outside.id not in seen
        assert await ctx.db.run("update organisation set region_code = '440106' where id = $1", inside.id) == 0
        assert {r["tenant_id"] for r in await ctx.db.rows("select tenant_id from profile")} == {office.id}
        assert {r["tenant_id"] for r in await ctx.db.rows("select tenant_id from membership")} == {office.id}


async def test_a_scope_without_children_stops_at_its_own_code(make: Any, migrator: asyncpg.Connection) -> None:
    firm = await make(region="440112")
    office: Org = await make("gov", region="440100")
    await migrator.execute(
        "insert into gov_scope (tenant_id, id, region_code, include_children) values ($1, $2, '440100', false)",
        office.id,
        new_id(),
    )
    async with office.act("regulator") as ctx:
        assert await ctx.db.value("select count(*) from organisation where id = $1", firm.id) == 0


def utc() -> Any:
    from core.clock import utc_now

    return utc_now()


async def test_an_enterprise_sees_only_itself_in_the_directory(make: Any) -> None:
    mine, other = await make(), await make()
    async with mine.act("legal") as ctx:
        assert [r["id"] for r in await ctx.db.rows("select id from organisation")] == [mine.id]
        assert await ctx.db.run("update organisation set region_code = '440106' where id = $1", other.id) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.run("update organisation set status = 'active' where id = $1", mine.id)


async def test_only_an_operator_calls_the_operators_functions(make: Any) -> None:
    mine = await make(status="unverified")
    for sql in (
        "select organisation_decide($1, 'unverified', 'active', 1, now())",
        "select organisation_rename($1, 'X', null, 1, now())",
        "select organisation_create($1, 'bank', null, 'X', '440112', null, 'active', 'operator', now())",
        "select organisation_create($1, 'enterprise', null, 'X', '440112', null, 'active', 'self', now())",
        "select gov_scope_add($1, $1, '440000', true, now())",
        "select membership_first($1, $1, $1, array['legal'], null, 'x', 'x', null, now(), current_date)",
    ):
        with pytest.raises(asyncpg.RaiseError):
            async with mine.act("legal") as ctx:
                await ctx.db.run(sql, mine.id)
    async with mine.act("legal") as ctx:
        assert await ctx.db.rows("select * from organisation_people($1)", mine.id) == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.run("select become($1)", mine.id)


async def test_suspension_is_conditional(make: Any, desk: Org) -> None:
    org: Org = await make()
    async with desk.act("ops_reviewer") as ctx:
        stopped = await tenants.set_suspended(ctx, org.id, suspended=True, version=1, reason="核实中")
        assert stopped.status == "suspended"
        with pytest.raises(Conflict):
            await tenants.set_suspended(ctx, org.id, suspended=True, version=2, reason="核实中")
        assert (
            await tenants.set_suspended(ctx, org.id, suspended=False, version=2, reason="已核实")
        ).status == "active"
        with pytest.raises(Conflict):
            await tenants.set_suspended(ctx, org.id, suspended=True, version=1, reason="核实中")
        with pytest.raises(NotFound):
            await tenants.set_suspended(ctx, new_id(), suspended=True, version=1, reason="核实中")


async def test_name_and_code_are_corrected_by_the_operator(make: Any, desk: Org) -> None:
    org, other, fresh = await make(), await make(), uscc()
    async with desk.act("ops_reviewer") as ctx:
        done = await tenants.correct_identity(
            ctx, org.id, name="更正后的名称", uscc=fresh, version=1, reason="登记有误"
        )
        assert (done.name, done.uscc, done.version) == ("更正后的名称", fresh, 2)
    for version, code, expected in ((2, other.uscc, "CLAIM_TAKEN"), (1, None, "STALE_VERSION")):
        with pytest.raises(Problem) as caught:
            async with desk.act("ops_reviewer") as ctx:
                await tenants.correct_identity(ctx, org.id, name="又一个名称", uscc=code, version=version, reason="x")
        assert caught.value.code == expected
    with pytest.raises(Conflict):
        await register(fresh)
    assert (await register(org.uscc or "")).status == "unverified"  # the old code is free again


async def test_the_operators_list_finds_by_name_and_code(make: Any, desk: Org) -> None:
    org: Org = await make(name="寻找得到塑料有限公司")
    async with desk.act("support") as ctx:
        for q in ("寻找得到", (org.uscc or "")[:12].lower(), org.uscc or ""):
            assert org.id in {o.id for o in (await tenants.list_organisations(ctx, q=q, kind="enterprise")).items}
        assert (await tenants.list_organisations(ctx, q="%")).total == 0
        first = await tenants.list_organisations(ctx, page_size=1)
        assert len(first.items) == 1 and first.total >= 1


async def test_a_suspended_firms_invitation_is_closed(make: Any, desk: Org) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        made = await tenants.invite(ctx, roles=["filler"])
    async with desk.act("ops_reviewer") as ctx:
        await tenants.set_suspended(ctx, org.id, suspended=True, version=1, reason="核实中")
    async with act(None) as ctx:
        with pytest.raises(Gone):
            await tenants.look_at_invitation(ctx, (made.link or "").rsplit("#", 1)[1])


async def test_a_dispute_kept_leaves_the_holder(database: str, desk: Org, migrator: asyncpg.Connection) -> None:
    code = uscc()
    await register(code)
    with pytest.raises(Conflict):
        await register(code)
    async with desk.act("ops_reviewer") as ctx:
        task = next(d for d in (await tenants.list_disputes(ctx, page_size=100)).items if d.uscc == code)
        for bad, error in (({"reason": " "}, Invalid), ({"version": 9}, Conflict)):
            facts = {"outcome": "kept", "version": task.version, "reason": "已核对执照原件", **bad}
            with pytest.raises(error):
                await tenants.close_dispute(ctx, task.id, **facts)
        with pytest.raises(Invalid):
            await tenants.read_claimant_phone(ctx, task.id, " ")
        with pytest.raises(NotFound):
            await tenants.read_claimant_phone(ctx, new_id(), "回访")
        done = await tenants.close_dispute(ctx, task.id, outcome="kept", version=task.version, reason="已核对执照原件")
        assert (done.state, done.holder_status) == ("kept", "unverified")
    with pytest.raises(Conflict):
        await register(code)


async def test_a_dispute_whose_holder_is_gone_closes_all_the_same(
    database: str, desk: Org, migrator: asyncpg.Connection
) -> None:
    code = uscc()
    made = await register(code)
    with pytest.raises(Conflict):
        await register(code)
    await migrator.execute("update organisation set status = 'closed' where id = $1", made.organisation_id)
    async with desk.act("ops_reviewer") as ctx:
        task = next(d for d in (await tenants.list_disputes(ctx, page_size=100)).items if d.uscc == code)
        done = await tenants.close_dispute(ctx, task.id, outcome="released", version=task.version, reason="已注销")
        assert done.state == "released"


async def test_nobody_decides_a_dispute_of_his_own_firm(make: Any, desk: Org, migrator: asyncpg.Connection) -> None:
    org: Org = await make(status="unverified")
    with pytest.raises(Conflict):
        await register(org.uscc or "")
    person = desk.people["ops_reviewer"]
    async with desk.act("ops_reviewer") as ctx:
        await tenants.bulk_members(
            migrator, [tenants.BulkMember(org.id, person, ("viewer",), "林敏", "x")], ctx.now, ctx.today
        )
        task = next(d for d in (await tenants.list_disputes(ctx, page_size=100)).items if d.uscc == org.uscc)
        with pytest.raises(Conflict) as caught:
            await tenants.close_dispute(ctx, task.id, outcome="kept", version=task.version, reason="是我的企业")
    assert caught.value.code == "OWN_ORGANISATION"


async def test_only_enterprises_hand_in_a_licence(make: Any, desk: Org) -> None:
    bank: Org = await make("bank")
    async with bank.act("bank_admin") as ctx:
        with pytest.raises(Forbidden):
            await tenants.submit_licence(ctx, "a.png", png())
    org: Org = await make()
    async with desk.act("ops_reviewer") as ctx:
        with pytest.raises(NotFound):
            await tenants.read_licence(ctx, org.id)
        with pytest.raises(Conflict) as caught:
            await tenants.decide_review(ctx, org.id, "approve", version=1)
        assert caught.value.code == "STATE"
        with pytest.raises(NotFound):
            await tenants.get_organisation(ctx, new_id())
        with pytest.raises(NotFound):
            await tenants.correct_identity(ctx, new_id(), name="某某公司", uscc=None, version=1, reason="x")


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"uscc": None}, "uscc"), ({"region": "999999"}, "region"), ({"scope": ["440100"]}, "scope"),
        ({"user": first_user("bank_admin", name="王")}, "user.name"),
    ],
)  # fmt: skip
async def test_a_bank_needs_its_code_and_place(desk: Org, facts: dict[str, Any], path: str) -> None:
    new = {"kind": "bank", "name": "某某银行", "user": first_user("bank_admin"), "uscc": uscc(), **facts}
    async with desk.act("ops_reviewer") as ctx:
        with pytest.raises(Invalid) as caught:
            await tenants.create_organisation(ctx, tenants.NewOrganisation(**new))
    assert caught.value.errors[0].path == path


async def test_an_operator_hears_that_a_code_is_taken(make: Any, desk: Org) -> None:
    org: Org = await make()
    new = tenants.NewOrganisation("bank", "某某银行", first_user("bank_admin"), uscc=org.uscc)
    async with desk.act("ops_reviewer") as ctx:
        with pytest.raises(Conflict) as caught:
            await tenants.create_organisation(ctx, new)
    assert caught.value.code == "CLAIM_TAKEN"


async def test_the_right_of_a_government_user_ends_within_three_years(desk: Org) -> None:
    for days in (-1, 1100):
        user = first_user("regulator", valid_to=beijing_today() + timedelta(days=days))
        async with desk.act("ops_reviewer") as ctx:
            with pytest.raises(Invalid) as caught:
                await tenants.create_organisation(ctx, tenants.NewOrganisation("gov", "某局", user, scope=["440100"]))
        assert caught.value.errors[0].path == "user.valid_to"


async def test_a_code_without_a_known_place_asks_for_the_region(database: str) -> None:
    body = "91990000" + "Y0000001"
    code = body + tenants.codes.organisation_check_character("Y0000001")
    with pytest.raises(Invalid) as caught:
        await register(code + tenants.uscc_check_character(code))
    assert caught.value.errors[0].path == "region"


async def test_an_empty_choice_is_no_choice(desk: Org) -> None:
    made = await register(uscc(), region="", industry="")
    assert made.status == "unverified"
    new = tenants.NewOrganisation(
        "bank", "某某银行", first_user("bank_admin"), uscc=uscc(), region="", industry="", scope=[]
    )
    async with desk.act("ops_reviewer") as ctx:
        assert (await tenants.create_organisation(ctx, new)).account
