"""Signing in by password: one answer, equal work, waits, forced change, consoles (rules L3-L9, L13, L16, L18, L21)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import auth
from auth import passwords, sessions
from auth.permissions import permissions_of
from core import clock
from core.database import Entry, acting
from core.errors import Problem
from tests.auth.people import (
    DEMO,
    PASSWORD,
    SECRET,
    fresh_name,
    fresh_phone,
    guest,
    member,
    organisation,
    person,
    refusal,
    sign_in,
    signed_in,
)

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


async def attempt(account: str, password: str, **options: Any) -> Problem:
    where = {k: options.pop(k) for k in ("ip", "agent") if k in options}

    async def go() -> None:
        async with guest(**where) as ctx:
            await auth.password_login(ctx, account=account, password=password, **DEMO, **options)

    return await refusal(go())


async def test_signs_in_by_name_in_any_case_and_by_phone() -> None:
    """rule L3: names are case-insensitive."""
    phone = fresh_phone()
    who = await person(phone=phone)
    assert (await sign_in(who)).account_id == who.account_id
    for account in (who.login_name.upper(), f" {who.login_name} ", phone, f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}"):
        async with guest() as ctx:
            signed = await auth.password_login(ctx, account=account, password=PASSWORD, **DEMO)
        assert signed.account_id == who.account_id and signed.audience == "console-ent" and not signed.must_change


async def test_name_and_phone_are_taken_once() -> None:
    """rule L3."""
    phone = fresh_phone()
    who = await person(phone=phone)
    assert (await refusal(person(login_name=who.login_name.upper()))).code == "LOGIN_NAME_TAKEN"
    assert (await refusal(person(phone=f"86{phone}"))).code == "PHONE_TAKEN"


@pytest.mark.parametrize("name", ["short6", "sixteen-letters-x", "有汉字的账号", "with space", "13812345678", ""])
def test_login_names_refused(name: str) -> None:
    """rule L3: 7-15 visible characters, not a phone number."""
    with pytest.raises(Problem) as caught:
        auth.check_login_name(name)
    assert caught.value.errors[0].code == "LOGIN_NAME"


@pytest.mark.parametrize("name", ["seven77", "fifteen-letters", "12345678901", "a.b-c_d@e"])
def test_login_names_taken(name: str) -> None:
    """rule L3: digits alone are fine when no phone has them."""
    assert auth.check_login_name(name) == name


async def test_equal_work_and_answer_for_unknown_wrong_disabled_locked(
    migrator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rule L9: one Argon2 and the same statements in each case; the same words for unknown, wrong and disabled."""
    who, gone, locked = await person(), await person(), await person()
    await migrator.execute("update account set status = 'disabled' where id = $1", gone.account_id)
    for _ in range(5):
        await attempt(locked.login_name, "wrong", ip="10.9.9.9")
    from core.database import Db

    statements: list[str] = []
    for method in ("row", "rows", "value", "run"):
        real = getattr(Db, method)

        async def counted(self: Db, sql: str, *args: Any, _real: Any = real) -> Any:
            statements.append(sql)
            return await _real(self, sql, *args)

        monkeypatch.setattr(Db, method, counted)
    seen = []
    for index, (name, password) in enumerate(
        [
            (fresh_name(), "wrong"),
            (who.login_name, "wrong"),
            (gone.login_name, PASSWORD),
            (locked.login_name, "wrong"),
            (locked.login_name, PASSWORD),
        ]
    ):
        statements.clear()
        before = passwords.verified["count"]
        problem = await attempt(name, password, ip=f"10.2.{index}.1")
        seen.append((passwords.verified["count"] - before, list(statements), problem.code, problem.detail))
    assert [work for work, *_ in seen] == [1] * 5
    assert all(sqls == seen[0][1] for _, sqls, *_ in seen) and len(seen[0][1]) == 2
    assert len({(code, text) for _, _, code, text in seen[:3]}) == 1 and seen[0][2] == "LOGIN_FAILED"
    assert seen[3][2:] == seen[4][2:] and seen[3][2] == "LOGIN_LOCKED"


async def test_waits_grow_and_end() -> None:
    """rule L8: the fifth failure waits 1 minute, then 2, 4, 8, 15, 15; a right password forgets them all."""
    who, at = await person(), NOON
    for _ in range(4):
        clock.freeze(at)
        assert (await attempt(who.login_name, "wrong")).code == "LOGIN_FAILED"
    for minutes in (1, 2, 4, 8, 15, 15):
        clock.freeze(at)
        assert (await attempt(who.login_name, "wrong")).code == "LOGIN_FAILED"
        clock.freeze(at + timedelta(minutes=minutes, seconds=-1))
        assert (await attempt(who.login_name, PASSWORD)).code == "LOGIN_LOCKED"
        at += timedelta(minutes=minutes)
    clock.freeze(at)
    await sign_in(who)
    assert (await attempt(who.login_name, "wrong")).code == "LOGIN_FAILED"
    await sign_in(who)


async def test_locked_answer_says_when() -> None:
    """rule L8."""
    who = await person()
    clock.freeze(NOON)
    for _ in range(5):
        await attempt(who.login_name, "wrong")
    clock.freeze(NOON + timedelta(seconds=20))
    problem = await attempt(who.login_name, "wrong")
    assert problem.status == 429 and problem.headers["Retry-After"] == "40" and "1 分钟" in problem.detail


async def test_unknown_accounts_wait_too() -> None:
    """rule L9: waiting tells nothing about the account."""
    name = fresh_name()
    clock.freeze(NOON)
    codes = [(await attempt(name, "wrong")).code for _ in range(6)]
    assert codes == ["LOGIN_FAILED"] * 5 + ["LOGIN_LOCKED"]


async def test_failures_older_than_a_quarter_of_an_hour_do_not_add_up() -> None:
    """rule L8: five within 15 minutes."""
    who = await person()
    for index in range(8):
        clock.freeze(NOON + timedelta(minutes=16 * index))
        assert (await attempt(who.login_name, "wrong")).code == "LOGIN_FAILED"


async def test_twelve_quiet_hours_forget_the_doubling() -> None:
    """rule L8."""
    who = await person()
    clock.freeze(NOON)
    for _ in range(5):
        await attempt(who.login_name, "wrong")
    later = NOON + timedelta(hours=12, minutes=2)
    clock.freeze(later)
    codes = [(await attempt(who.login_name, "wrong")).code for _ in range(5)]
    assert codes == ["LOGIN_FAILED"] * 5
    clock.freeze(later + timedelta(seconds=61))
    await sign_in(who)


async def test_known_device_passes_while_the_account_waits() -> None:
    """rule L8: a right password from a known device passes; a stranger or a guess from that device does not."""
    who, device = await person(), "device-id-of-a-real-browser-1"
    clock.freeze(NOON)
    await sign_in(who, device_id=device, ip="10.3.0.1")
    for _ in range(5):
        await attempt(who.login_name, "wrong", ip="10.4.0.1")
    assert (await attempt(who.login_name, PASSWORD, ip="10.3.0.1")).code == "LOGIN_LOCKED"
    assert (
        await attempt(who.login_name, PASSWORD, ip="10.3.0.1", device_id="device-id-of-another-browser")
    ).code == "LOGIN_LOCKED"
    assert (await attempt(who.login_name, "wrong", ip="10.3.0.1", device_id=device)).code == "LOGIN_LOCKED"
    assert (await attempt(who.login_name, PASSWORD, ip="10.4.0.1", device_id=device)).code == "LOGIN_LOCKED"
    assert (await sign_in(who, device_id=device, ip="10.3.0.1")).account_id == who.account_id


async def test_a_network_that_guesses_many_accounts_waits() -> None:
    """rule L8: counter per /24; the neighbour network is free."""
    clock.freeze(NOON)
    for index in range(50):
        assert (await attempt(fresh_name(), "wrong", ip=f"10.66.1.{index + 1}")).code == "LOGIN_FAILED"
    who = await person()
    assert (await attempt(who.login_name, PASSWORD, ip="10.66.1.200")).code == "LOGIN_LOCKED"
    await sign_in(who, ip="10.66.2.200")


def test_device_ids_that_can_be_guessed_are_none() -> None:
    assert auth.device_id_or_nothing("1234") == "" and auth.device_id_or_nothing("x" * 300) == "x" * 100


async def test_initial_password_lives_72_hours_and_must_be_changed() -> None:
    """rules L4, L6."""
    clock.freeze(NOON)
    who = await person(password=None, must_change=True)
    assert who.password and len(who.password) == 12
    clock.freeze(NOON + timedelta(hours=72, seconds=-1))
    signed = await sign_in(who, password=who.password)
    assert signed.must_change
    with pytest.raises(Problem) as caught:
        async with signed_in(signed):
            pass
    assert caught.value.code == "MUST_CHANGE_PASSWORD"
    clock.freeze(NOON + timedelta(hours=72))
    assert (await attempt(who.login_name, who.password)).code == "INITIAL_PASSWORD_EXPIRED"


async def test_change_of_password_ends_every_session() -> None:
    """rule L4: new differs from old; then sign in again."""
    who = await person(password=None, must_change=True)
    first, second = [await sign_in(who, password=who.password or "") for _ in range(2)]

    async def change(old: str, new: str) -> None:
        async with signed_in(first, must_change=True) as ctx:
            await auth.change_password(ctx, old, new, ["云栖纺织厂"])

    for old, new, code in (
        ("not-it", PASSWORD, "PASSWORD_WRONG"),
        (who.password or "", who.password or "", "PASSWORD_SAME"),
        (who.password or "", "12345678", "PASSWORD_WEAK"),
        (who.password or "", f"X1{who.login_name}", "PASSWORD_WEAK"),
        (who.password or "", "A1云栖纺织厂", "PASSWORD_WEAK"),
    ):
        assert (await refusal(change(old, new))).code == code
    await change(who.password or "", PASSWORD)
    for signed in (first, second):
        with pytest.raises(Problem) as caught:
            async with signed_in(signed, must_change=True):
                pass
        assert caught.value.code == "SESSION_ENDED"
    assert not (await sign_in(who)).must_change


async def test_old_password_cannot_be_guessed_with_a_stolen_session() -> None:
    """rule L8: wrong old passwords count."""
    who = await person()
    signed = await sign_in(who)

    async def change(old: str) -> None:
        async with signed_in(signed) as ctx:
            await auth.change_password(ctx, old, "Quiet-River-77")

    codes = [(await refusal(change("wrong"))).code for _ in range(6)]
    assert codes == ["PASSWORD_WRONG"] * 5 + ["LOGIN_LOCKED"]


async def test_regular_change_when_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L5: off by default."""
    from dataclasses import replace

    clock.freeze(NOON)
    who = await person()
    clock.freeze(NOON + timedelta(days=90))
    assert not (await sign_in(who)).must_change
    monkeypatch.setattr(sessions, "settings", replace(sessions.settings, password_max_age_days=90))
    assert (await sign_in(who)).must_change


async def test_fixed_initial_password_only_by_setting_and_from_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L6: a12345 exists for a closed install alone, 24 h, private addresses, change forced."""
    from dataclasses import replace

    from auth import accounts

    clock.freeze(NOON)
    legacy = replace(sessions.settings, legacy_fixed_password=True)
    monkeypatch.setattr(accounts, "settings", legacy)
    who = await person(password=None, must_change=True)
    assert who.password == "a12345"
    assert (await attempt(who.login_name, "a12345", ip="192.168.1.9")).code == "LOGIN_FAILED"
    monkeypatch.setattr(sessions, "settings", legacy)
    assert (await attempt(who.login_name, "a12345", ip="120.230.1.9")).code == "LOGIN_FAILED"
    assert (await sign_in(who, password="a12345", ip="192.168.1.9")).must_change
    clock.freeze(NOON + timedelta(hours=24))
    assert (await attempt(who.login_name, "a12345", ip="192.168.1.9")).code == "INITIAL_PASSWORD_EXPIRED"


async def test_fixed_initial_password_from_an_unreadable_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L6: no address, no entry."""
    from dataclasses import replace

    from auth import accounts

    legacy = replace(sessions.settings, legacy_fixed_password=True)
    monkeypatch.setattr(accounts, "settings", legacy)
    monkeypatch.setattr(sessions, "settings", legacy)
    who = await person(password=None, must_change=True)
    assert (await attempt(who.login_name, "a12345", ip="")).code == "LOGIN_FAILED"


async def test_rehash_when_parameters_rise(migrator: Any) -> None:
    """rule L1."""
    from argon2 import PasswordHasher

    who = await person()
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    await migrator.execute("update account set password_hash = $2 where id = $1", who.account_id, weak)
    await sign_in(who)
    stored = await migrator.fetchval("select password_hash from account where id = $1", who.account_id)
    assert stored != weak and "m=19456,t=2,p=1" in stored
    await sign_in(who)


@pytest.mark.parametrize(
    ("kind", "role", "audience"),
    [
        ("enterprise", "legal", "console-ent"),
        ("operator", "ops_reviewer", "console-ops"),
        ("gov", "regulator", "console-gov"),
        ("verifier", "verifier", "console-verify"),
        ("bank", "account_manager", "console-bank"),
    ],
)
async def test_console_of_the_persons_organisation(migrator: Any, kind: str, role: str, audience: str) -> None:
    """rule L13: without a named audience it is the console of his organisation; another console refuses him."""
    who = await person(profile="strong" if kind != "enterprise" else "seed001", password="Sea-Harbor-2019")
    org = await organisation(migrator, kind)
    await member(migrator, who, org, role)
    signed = await sign_in(who, password="Sea-Harbor-2019")
    assert (signed.audience, signed.organisation) == (audience, org)
    other = "console-ops" if kind != "operator" else "console-ent"
    problem = await attempt(who.login_name, "Sea-Harbor-2019", audience=other)
    assert problem.code == "WRONG_CONSOLE" and problem.extra["audience"] == audience


async def test_unknown_audience() -> None:
    assert (await attempt(fresh_name(), "x", audience="console-moon")).errors[0].path == "audience"


async def test_no_role_before_the_second_factor(migrator: Any) -> None:
    """rule L21: the console of an operator opens after password and TOTP, whatever the role is."""
    who = await person(profile="strong", password="Sea-Harbor-2019")
    await member(migrator, who, await organisation(migrator, "operator"), "secadmin")
    bare = await sign_in(who, password="Sea-Harbor-2019")
    async with signed_in(bare) as ctx:
        assert ctx.permissions == frozenset() and ctx.roles == frozenset()
        with pytest.raises(Problem) as caught:
            auth.require_second_factor(ctx)
        assert caught.value.code == "SECOND_FACTOR_REQUIRED"
        made = await auth.enrol(ctx)
    async with signed_in(bare) as ctx:
        await auth.confirm(ctx, auth.current_code(made.secret, ctx.now.timestamp()))
    async with signed_in(bare) as ctx:
        auth.require_second_factor(ctx)
        assert "ops.account.manage" in ctx.permissions and ctx.amr == {"pwd", "otp"}


async def test_second_factor_is_asked_and_guesses_count(migrator: Any) -> None:
    """rules L21, L8: a right password does not open a second guessing game."""
    who = await person(profile="strong", password="Sea-Harbor-2019")
    await member(migrator, who, await organisation(migrator, "operator"), "auditor")
    async with guest() as ctx:
        await auth.give_second_factor(ctx, who.account_id, SECRET)
    clock.freeze(NOON)
    assert (await attempt(who.login_name, "Sea-Harbor-2019")).code == "TOTP_REQUIRED"
    right = auth.current_code(SECRET, NOON.timestamp())
    wrong = "000000" if right != "000000" else "111111"
    signed = await sign_in(who, password="Sea-Harbor-2019", totp=right)
    async with signed_in(signed) as ctx:
        assert ctx.amr == {"pwd", "otp"} and "ops.audit.read" in ctx.permissions
    assert (await attempt(who.login_name, "Sea-Harbor-2019", totp=right)).code == "TOTP_WRONG"  # once per step
    codes = [(await attempt(who.login_name, "Sea-Harbor-2019", totp=wrong)).code for _ in range(5)]
    assert codes == ["TOTP_WRONG"] * 5
    assert (await attempt(who.login_name, "Sea-Harbor-2019", totp=wrong)).code == "LOGIN_LOCKED"


async def test_operators_have_one_session_and_others_five(migrator: Any) -> None:
    """rule L18: the oldest ends, and is told why."""
    who = await person()
    signed = [await sign_in(who) for _ in range(6)]
    for index, one in enumerate(signed):
        if index == 0:
            with pytest.raises(Problem):
                async with signed_in(one):
                    pass
            problem = await refusal(rotate(one))
            assert problem.code == "SESSION_ENDED" and "其他设备" in problem.detail
        else:
            async with signed_in(one):
                pass
    boss = await person(profile="strong", password="Sea-Harbor-2019")
    await member(migrator, boss, await organisation(migrator, "operator"), "auditor")
    first = await sign_in(boss, password="Sea-Harbor-2019")
    await sign_in(boss, password="Sea-Harbor-2019")
    with pytest.raises(Problem):
        async with signed_in(first):
            pass


async def rotate(signed: auth.SignedIn, device: str | None = None) -> auth.SignedIn:
    async with guest() as ctx:
        return await auth.rotate(ctx, signed.refresh_token, signed.device_id if device is None else device)


@pytest.mark.parametrize(
    ("audience", "idle", "absolute"), [("mini", 7 * 86400, 30 * 86400), ("console-ent", 1800, 12 * 3600)]
)
async def test_lifetimes(audience: str, idle: int, absolute: int) -> None:
    """rule L16: idle and absolute ends, to the second; rotation moves the idle end only."""
    clock.freeze(NOON)
    who = await person()
    signed = await sign_in(who, audience=audience)
    clock.freeze(NOON + timedelta(seconds=idle))
    with pytest.raises(Problem) as caught:
        async with guest() as ctx:
            await auth.rotate(ctx, signed.refresh_token, signed.device_id)
    assert "过期" in caught.value.detail
    clock.freeze(NOON)
    signed, at = await sign_in(who, audience=audience), NOON
    while at + timedelta(seconds=idle - 1) < NOON + timedelta(seconds=absolute):
        at += timedelta(seconds=idle - 1)
        clock.freeze(at)
        signed = await rotate(signed)
    assert signed.refresh_expires_in == int((NOON + timedelta(seconds=absolute) - at).total_seconds())
    clock.freeze(NOON + timedelta(seconds=absolute))
    assert (await refusal(rotate(signed))).code == "SESSION_ENDED"


async def test_operator_and_bank_idle_a_quarter_of_an_hour(migrator: Any) -> None:
    """rule L16."""
    assert sessions.LIFETIMES["console-ops"] == sessions.LIFETIMES["console-bank"] == (900, 28800)


async def test_disabled_account_is_out_at_once(migrator: Any) -> None:
    """rule L14."""
    who = await person()
    signed = await sign_in(who)
    await migrator.execute("update account set status = 'disabled' where id = $1", who.account_id)
    with pytest.raises(Problem) as caught:
        async with signed_in(signed):
            pass
    assert caught.value.code == "ACCOUNT_DISABLED"
    assert (await refusal(rotate(signed))).status == 401


async def test_devices_listed_and_ended(migrator: Any) -> None:
    """rule L19: list, end one, end all; never somebody else's."""
    who, other = await person(), await person()
    one, two, foreign = await sign_in(who), await sign_in(who), await sign_in(other)
    async with signed_in(one) as ctx:
        devices = await auth.my_devices(ctx)
        assert {d.id for d in devices} == {one.sid, two.sid} and [d.id for d in devices if d.current] == [one.sid]
        await auth.end_session(ctx, two.sid)
    with pytest.raises(Problem):
        async with signed_in(two):
            pass

    async def end_foreign() -> None:
        async with signed_in(one) as ctx:
            await auth.end_session(ctx, foreign.sid)

    assert (await refusal(end_foreign())).status == 404
    async with signed_in(foreign):
        pass
    async with signed_in(one) as ctx:
        assert await auth.end_all_sessions(ctx) == 1
    with pytest.raises(Problem):
        async with signed_in(one):
            pass


async def test_administrator_ends_sessions_of_his_members_only(migrator: Any) -> None:
    """rule L19."""
    boss, mate, stranger = await person(), await person(), await person()
    org = await organisation(migrator)
    await member(migrator, boss, org, "admin")
    await member(migrator, mate, org, "filler")
    signed, foreign, at_desk = await sign_in(mate), await sign_in(stranger), await sign_in(boss)
    async with signed_in(at_desk) as ctx:
        assert await auth.end_member_sessions(ctx, mate.person_id) == 1
        assert await auth.end_member_sessions(ctx, stranger.person_id) == 0
    with pytest.raises(Problem):
        async with signed_in(signed):
            pass
    async with signed_in(foreign):
        pass
    assert "管理员" in (await refusal(rotate(signed))).detail


async def test_switch_checks_membership_each_time(migrator: Any) -> None:
    """rules T2, L14: the token names the organisation, the row decides."""
    who = await person()
    one, two, foreign = [await organisation(migrator) for _ in range(3)]
    bank = await organisation(migrator, "bank")
    await member(migrator, who, one, "legal")
    await member(migrator, who, two, "viewer")
    await member(migrator, who, bank, "bank_admin")
    signed = await sign_in(who)
    assert signed.organisation is None and signed.audience == "console-ent"
    async with signed_in(signed) as ctx:
        token = await auth.choose_organisation(ctx, two)
    assert auth.verify_access_token(token).organisation == two
    for target in (foreign, bank):

        async def choose(target: UUID = target) -> None:
            async with signed_in(signed) as ctx:
                await auth.choose_organisation(ctx, target)

        assert (await refusal(choose())).status == 404
    async with signed_in(signed, two) as ctx:
        assert ctx.tenant_id == two and ctx.roles == {"viewer"}
    again = await rotate(signed)
    assert again.organisation == two
    await migrator.execute(
        "update membership set status = 'ended' where tenant_id = $1 and person_id = $2", two, who.person_id
    )
    with pytest.raises(Problem) as caught:
        async with signed_in(again):
            pass
    assert caught.value.code == "NO_MEMBERSHIP"
    assert (await rotate(again)).organisation is None


async def test_suspended_organisation_lets_the_person_go_elsewhere(migrator: Any) -> None:
    who = await person()
    org = await organisation(migrator)
    await member(migrator, who, org, "legal")
    signed = await sign_in(who)
    await migrator.execute("update organisation set status = 'suspended' where id = $1", org)
    with pytest.raises(Problem) as caught:
        async with signed_in(signed):
            pass
    assert caught.value.code == "ORGANISATION_SUSPENDED"
    assert (await rotate(signed)).organisation is None


@pytest.mark.parametrize(
    ("day", "inside"), [("2026-03-09", False), ("2026-03-10", True), ("2026-03-20", True), ("2026-03-21", False)]
)
async def test_membership_counts_on_its_days(migrator: Any, day: str, inside: bool) -> None:
    """rule T23: Beijing days, first and last included."""
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, "legal")
    await migrator.execute(
        "update membership set valid_from = '2026-03-10', valid_to = '2026-03-20'"
        " where tenant_id = $1 and person_id = $2",
        org,
        who.person_id,
    )
    for hour, minute in ((16, 0), (15, 59)):  # 00:00 and 23:59 in Beijing
        at = datetime.fromisoformat(f"{day}T{hour}:{minute:02d}:00+00:00") - timedelta(days=1 if hour == 16 else 0)
        clock.freeze(at)
        signed = await sign_in(who, audience="mini")
        assert (signed.organisation == org) is inside


async def test_enter_in_a_read_only_transaction_and_repeats(migrator: Any) -> None:
    """rules T11, R3: one round trip, reads only; the try-lock on a key."""
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, "legal")
    signed = await sign_in(who)
    async with signed_in(signed, read_only=True) as ctx:
        assert ctx.tenant_id == org and ctx.org_kind == "enterprise"
        assert (
            await ctx.db.value("select cur_tenant()") == org
            and await ctx.db.value("select cur_account()") == who.account_id
        )
    async with signed_in(signed, key="k1"):
        problem = await refusal(_enter_again(signed, "k1"))
        assert problem.code == "IDEMPOTENCY_IN_FLIGHT"
        await _enter_again(signed, "k2")
    await _enter_again(signed, "k1")


async def _enter_again(signed: auth.SignedIn, key: str) -> None:
    async with signed_in(signed, key=key):
        pass


async def test_unknown_session() -> None:
    from core.ids import new_id

    with pytest.raises(Problem) as caught:
        async with acting(Entry(sid=new_id(), route="test"), permissions_of):
            pass
    assert caught.value.status == 401
