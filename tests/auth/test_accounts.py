"""The security administrator's desk, roles and permissions (rules L6, L19, T3, T4)."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

import auth
from auth.permissions import EXCLUSIVE, ROLE_PERMISSIONS, ROLES_OF_KIND, permissions_of
from tests.auth.people import PASSWORD, SECRET, guest, member, organisation, person, refusal, sign_in, signed_in


@pytest.fixture
async def desk(migrator: Any) -> AsyncIterator[auth.SignedIn]:
    """A security administrator, both factors proved."""
    who = await person(profile="strong", password="Sea-Harbor-2019")
    await member(migrator, who, await organisation(migrator, "operator"), "secadmin")
    async with guest() as ctx:
        await auth.give_second_factor(ctx, who.account_id, SECRET)
    from core.clock import utc_now

    yield await sign_in(who, password="Sea-Harbor-2019", totp=auth.current_code(SECRET, utc_now().timestamp()))


async def test_finds_one_account_by_its_whole_name(desk: auth.SignedIn) -> None:
    who = await person()
    await sign_in(who)
    async with signed_in(desk) as ctx:
        card = await auth.find_account(ctx, who.login_name.upper())
    assert (card.id, card.name, card.sessions, card.status, card.second_factor) == (
        who.account_id,
        "林*微",
        1,
        "active",
        False,
    )

    async def find(name: str) -> None:
        async with signed_in(desk) as ctx:
            await auth.find_account(ctx, name)

    assert (await refusal(find(who.login_name[:-1]))).status == 404


async def test_enterprise_sees_no_accounts(migrator: Any) -> None:
    """rule T7: the functions themselves ask who is asking."""
    boss, who = await person(), await person()
    await member(migrator, boss, await organisation(migrator), "legal")
    signed = await sign_in(boss)
    async with signed_in(signed) as ctx:
        assert await ctx.db.value("select auth_set_status($1, 'disabled')", who.account_id) is False

    async def find() -> None:
        async with signed_in(signed) as ctx:
            await auth.find_account(ctx, who.login_name)

    assert (await refusal(find())).status == 404
    await sign_in(who)


async def test_resets_a_password(desk: auth.SignedIn) -> None:
    """rule L6: shown once, to be changed, sessions end."""
    who = await person()
    signed = await sign_in(who)
    async with signed_in(desk) as ctx:
        made = await auth.reset_password(ctx, who.account_id)
    assert made.password and made.login_name == who.login_name
    await refused_entry(signed)
    assert (await sign_in(who, password=made.password)).must_change


async def test_drops_a_lost_authenticator(desk: auth.SignedIn) -> None:
    who = await person()
    async with guest() as ctx:
        await auth.give_second_factor(ctx, who.account_id, SECRET)
    signed = await sign_in(who)
    async with signed_in(desk) as ctx:
        assert not (await auth.drop_second_factor(ctx, who.account_id)).second_factor
    await refused_entry(signed)


async def test_disables_and_enables(desk: auth.SignedIn) -> None:
    """rule L14: out at once."""
    who = await person()
    signed = await sign_in(who)
    async with signed_in(desk) as ctx:
        assert (await auth.set_account_status(ctx, who.account_id, "disabled")).status == "disabled"
    await refused_entry(signed)
    assert (await refusal(sign_in(who))).code == "LOGIN_FAILED"
    async with signed_in(desk) as ctx:
        assert (await auth.set_account_status(ctx, who.account_id, "active")).status == "active"
    await sign_in(who)


async def test_ends_sessions(desk: auth.SignedIn) -> None:
    """rule L19."""
    who = await person()
    signed = [await sign_in(who) for _ in range(3)]
    async with signed_in(desk) as ctx:
        assert await auth.end_account_sessions(ctx, who.account_id) == 3
    for one in signed:
        await refused_entry(one)


async def test_never_on_oneself_and_never_another_word(desk: auth.SignedIn) -> None:
    async def act(verb: Any, *args: Any) -> None:
        async with signed_in(desk) as ctx:
            await verb(ctx, *args)

    mine = auth.verify_access_token(desk.access_token).account
    for verb, args in (
        (auth.reset_password, ()),
        (auth.drop_second_factor, ()),
        (auth.set_account_status, ("disabled",)),
    ):
        assert (await refusal(act(verb, mine, *args))).code == "NOT_ONESELF"
    assert (await refusal(act(auth.set_account_status, mine, "gone"))).errors[0].path == "status"
    assert (await refusal(act(auth.end_account_sessions, UUID(int=1)))).status == 404


async def refused_entry(signed: auth.SignedIn) -> None:
    async def enter() -> None:
        async with signed_in(signed):
            pass

    assert (await refusal(enter())).status == 401


async def test_myself_is_masked() -> None:
    """rule P: masks."""
    who = await person(phone="13712345678")
    async with signed_in(await sign_in(who, password=PASSWORD)) as ctx:
        me = await auth.who_am_i(ctx)
    assert (me.name, me.phone_masked, me.login_name) == ("林*微", "137****5678", who.login_name)


async def test_names_and_phones_are_sealed(migrator: Any) -> None:
    """rules P1, P2: nothing readable in the tables of people."""
    who = await person(phone="13787654321", name="欧阳若溪")
    for table in ("person", "person_index", "account"):
        rows = await migrator.fetch(f"select t::text as line, t.* from {table} t")
        text = " ".join(r["line"] for r in rows)
        assert "13787654321" not in text and "欧阳若溪" not in text
    sealed = await migrator.fetchrow("select * from person where id = $1", who.person_id)
    assert "欧阳若溪".encode() not in bytes(sealed["name_sealed"]) and b"13787654321" not in bytes(
        sealed["phone_sealed"]
    )


def test_every_role_belongs_to_one_kind_and_has_permissions() -> None:
    """rule T3."""
    listed = [role for roles in ROLES_OF_KIND.values() for role in roles]
    assert len(listed) == len(set(listed)) and set(listed) == set(ROLE_PERMISSIONS)


def test_no_operator_role_reads_business_data_and_no_enterprise_role_operates() -> None:
    """rules T3, PM 18.3."""
    for role in ROLES_OF_KIND["operator"]:
        assert all(p.startswith("ops.") for p in ROLE_PERMISSIONS[role]), role
    for kind in ("enterprise", "verifier", "bank", "gov"):
        for role in ROLES_OF_KIND[kind]:
            assert not any(p.startswith("ops.") for p in ROLE_PERMISSIONS[role]), role


@pytest.mark.parametrize(
    ("one", "other"),
    [("ops.benchmark.propose", "ops.benchmark.publish"), ("ops.certificate.propose", "ops.certificate.approve"),
     ("ops.account.manage", "ops.jobs.retry"), ("ops.account.manage", "ops.audit.verify")],
)  # fmt: skip
def test_no_role_has_both_voices(one: str, other: str) -> None:
    """rule T3: separated powers; nor does any pair of roles that one person may hold."""
    roles = ROLES_OF_KIND["operator"]
    for first in roles:
        for second in roles:
            if any({first, second} <= group and first != second for group in EXCLUSIVE):
                continue
            both = permissions_of(frozenset({first, second}))
            assert not {one, other} <= both, (first, second)


def test_enterprise_roles_by_the_table() -> None:
    """PM 18.3: files legal, admin, filler; leads legal, admin; reads all."""
    for role, files, leads in (
        ("legal", True, True),
        ("admin", True, True),
        ("filler", True, False),
        ("viewer", False, False),
    ):
        held = permissions_of(frozenset({role}))
        assert ("filing.submit" in held) is files and ("filing.withdraw" in held) is files
        assert (
            ("certificate.issue" in held) is leads
            and ("operating.edit" in held) is leads
            and ("filing.restate" in held) is leads
        )
        assert "filing.read" in held and "report.read" in held


def test_unknown_role_and_no_role_hold_nothing() -> None:
    """rule T4: default deny."""
    assert permissions_of(frozenset()) == permissions_of(frozenset({"king"})) == frozenset()


def test_every_route_names_a_permission_somebody_holds() -> None:
    """rule T9: and no permission is held that no route or verb asks for."""
    from api import routes
    from api.kernel.route import REGISTRY

    routes.load()
    held = frozenset().union(*ROLE_PERMISSIONS.values())
    asked = {route.permission for route in REGISTRY.values() if route.permission}
    assert asked <= held
    assert held - asked <= {"filing.restate"}
