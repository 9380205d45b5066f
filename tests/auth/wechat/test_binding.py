"""Signing in by WeChat and binding it (rules W6-W8, W11, L20): one WeChat, one account; a phone code costs once."""

import asyncio
import io
from typing import Any
from uuid import UUID

import pytest

import auth
from auth.wechat import binding
from auth.wechat.client import WeChat
from auth.wechat.faults import WeChatFault
from core import jobs
from core.errors import Problem
from core.ids import new_id
from tests.auth.people import fresh_phone, guest, member, organisation, person, refusal, sign_in, signed_in
from tests.fakes.sms import SmsGateway
from tests.fakes.wechat import FakeWeChat


def fresh_openid() -> str:
    return f"o{new_id().hex[-24:]}"


async def visit(fake: FakeWeChat, openid: str, audience: str = "mini") -> auth.SignedIn | auth.wechat.Unbound:
    """What the route does for a code of wx.login."""
    session = await auth.wechat.ask(fake.mint_login(openid, "u-1"))
    async with guest() as ctx:
        return await auth.wechat.enter(ctx, session, audience, "device-of-a-phone-01")


async def ticket_of(fake: FakeWeChat, openid: str) -> str:
    found = await visit(fake, openid)
    assert isinstance(found, auth.wechat.Unbound)
    return found.ticket


async def by_phone(ticket: str, code: str) -> auth.SignedIn:
    """What the route does for a phone code."""
    async with guest() as ctx:
        number = await auth.wechat.phone_of(ctx, ticket, code)
    async with guest() as ctx:
        return await auth.wechat.enter_by_phone(ctx, ticket, number, "mini", "device-of-a-phone-01")


async def bound(fake: FakeWeChat, who: auth.Created, openid: str | None = None) -> str:
    """Bind somebody's WeChat by a ticket."""
    openid = openid or fresh_openid()
    ticket = await ticket_of(fake, openid)
    async with guest() as ctx:
        assert (await auth.wechat.bind_by_ticket(ctx, ticket, who.account_id)).bound
    return openid


async def test_first_a_ticket_then_at_once(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """rules W7, W8: unbound gives a ticket; the next visit signs in; the session is the phone's and of our own making."""
    who, org, openid = await person(), await organisation(migrator), fresh_openid()
    await member(migrator, who, org, "legal")
    ticket = await ticket_of(fake, openid)
    async with guest() as ctx:
        assert await auth.wechat.bind_by_ticket(ctx, ticket, who.account_id) == auth.wechat.Bound(True)
    signed = await visit(fake, openid)
    assert isinstance(signed, auth.SignedIn)
    assert (signed.account_id, signed.audience, signed.amr, signed.organisation) == (who.account_id, "mini", ("wechat",), org)
    assert signed.expires_in == 900 and signed.refresh_expires_in == 7 * 86400
    row = await migrator.fetchrow("select * from wx_user where openid = $1", openid)
    assert row["unionid"] == "u-1" and row["bound_at"] is not None
    key = fake.session_keys[openid]
    assert key.encode() not in row["session_key_sealed"] and auth.wechat.binding.unseal(binding.KEY, row["id"], row["session_key_sealed"]) == key


async def test_the_session_key_and_the_openid_stay_here(fake: FakeWeChat, wx: WeChat, said: io.StringIO) -> None:
    """rules W7, P5: neither in what is answered nor in what is logged."""
    openid = await bound(fake, await person())
    signed = await visit(fake, openid)
    text = repr(signed) + said.getvalue()
    assert fake.session_keys[openid] not in text and openid not in text


async def test_a_ticket_is_good_once_and_for_ten_minutes(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    first, second = await person(), await person()
    ticket = await ticket_of(fake, fresh_openid())
    async with guest() as ctx:
        assert (await auth.wechat.bind_by_ticket(ctx, ticket, first.account_id)).bound
        assert (await auth.wechat.bind_by_ticket(ctx, ticket, first.account_id)).bound, "the same sign-in again"
        refused = await auth.wechat.bind_by_ticket(ctx, ticket, second.account_id)
    assert refused.code == "WX_OPENID_BOUND" and "解除" in refused.message
    late = await ticket_of(fake, fresh_openid())
    await migrator.execute("update wx_ticket set expires_at = now() - interval '1 second' where used_at is null")
    async with guest() as ctx:
        assert (await auth.wechat.bind_by_ticket(ctx, late, second.account_id)).code == "WX_TICKET_EXPIRED"
        assert (await auth.wechat.bind_by_ticket(ctx, "nonsense", second.account_id)).code == "WX_TICKET_EXPIRED"


async def test_an_account_keeps_its_wechat_at_sign_in(fake: FakeWeChat, wx: WeChat) -> None:
    """rule L20: replacing is a step-up act; a sign-in says why it did not bind."""
    who = await person()
    openid = await bound(fake, who)
    ticket = await ticket_of(fake, fresh_openid())
    async with guest() as ctx:
        refused = await auth.wechat.bind_by_ticket(ctx, ticket, who.account_id)
    assert refused.code == "WX_ACCOUNT_BOUND" and "账号绑定" in refused.message
    assert isinstance(await visit(fake, openid), auth.SignedIn)


async def test_fifty_accounts_race_for_one_wechat(fake: FakeWeChat, wx: WeChat) -> None:
    ticket = await ticket_of(fake, fresh_openid())
    people = [await person() for _ in range(12)]

    async def take(who: auth.Created) -> bool:
        async with guest() as ctx:
            return (await auth.wechat.bind_by_ticket(ctx, ticket, who.account_id)).bound

    assert sum(await asyncio.gather(*[take(w) for w in people])) == 1


async def test_phone_number_signs_in_and_binds(fake: FakeWeChat, wx: WeChat) -> None:
    phone, openid = fresh_phone(), fresh_openid()
    who = await person(phone=phone)
    signed = await by_phone(await ticket_of(fake, openid), fake.mint_phone(openid, phone))
    assert signed.account_id == who.account_id and fake.fees == 1
    assert isinstance(await visit(fake, openid), auth.SignedIn)


async def test_a_double_tap_costs_one_fee_and_gives_one_answer(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """rule W11: five taps at once, one question to WeChat, the same account for all."""
    phone, openid = fresh_phone(), fresh_openid()
    who = await person(phone=phone)
    ticket, code = await ticket_of(fake, openid), fake.mint_phone(openid, phone)
    await wx.tokens.get()
    fake.script("phone_number", "slow:300")
    signed = await asyncio.gather(*[by_phone(ticket, code) for _ in range(5)])
    assert {s.account_id for s in signed} == {who.account_id}
    assert fake.count("phone_number") == 1 and fake.fees == 1
    assert await migrator.fetchval("select count(*) from wx_user where account_id = $1", who.account_id) == 1


async def test_a_phone_code_is_for_its_own_wechat_and_never_sent_twice(fake: FakeWeChat, wx: WeChat) -> None:
    phone, openid = fresh_phone(), fresh_openid()
    await person(phone=phone)
    code = fake.mint_phone(openid, phone)
    ticket, other = await ticket_of(fake, openid), await ticket_of(fake, fresh_openid())
    fake.script("phone_number", "reset")
    with pytest.raises(WeChatFault) as caught:
        await by_phone(ticket, code)
    assert caught.value.code == "WX_TRY_AGAIN"
    for again in (ticket, other):
        with pytest.raises(WeChatFault) as caught:
            await by_phone(again, code)
        assert caught.value.code == "WX_CODE_INVALID" and caught.value.status == 401
    assert fake.count("phone_number") == 1


async def test_a_login_code_is_no_phone_code(fake: FakeWeChat, wx: WeChat) -> None:
    openid = fresh_openid()
    with pytest.raises(WeChatFault) as caught:
        await by_phone(await ticket_of(fake, openid), fake.mint_login(openid))
    assert caught.value.code == "WX_CODE_INVALID"


async def test_another_mini_programs_phone_is_refused(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W11: the watermark names our appid."""
    phone, openid = fresh_phone(), fresh_openid()
    await person(phone=phone)
    with pytest.raises(WeChatFault) as caught:
        await by_phone(await ticket_of(fake, openid), fake.mint_phone(openid, phone, appid="wx0000000000000000"))
    assert caught.value.code == "WX_TRY_AGAIN"


async def test_no_account_yet(fake: FakeWeChat, wx: WeChat) -> None:
    """Nothing is bound, the ticket stays good, the next step is said; foreign numbers are looked up as E.164."""
    openid = fresh_openid()
    ticket = await ticket_of(fake, openid)
    for phone, country in ((fresh_phone(), "86"), ("61234567", "852")):
        problem = await refusal(by_phone(ticket, fake.mint_phone(openid, phone, country)))
        assert problem.code == "LOGIN_FAILED" and problem.kept and "注册" in problem.detail
    who = await person()
    async with guest() as ctx:
        assert (await auth.wechat.bind_by_ticket(ctx, ticket, who.account_id)).bound


async def test_a_phone_whose_account_has_another_wechat(fake: FakeWeChat, wx: WeChat) -> None:
    phone, openid = fresh_phone(), fresh_openid()
    await bound(fake, await person(phone=phone))
    problem = await refusal(by_phone(await ticket_of(fake, openid), fake.mint_phone(openid, phone)))
    assert (problem.code, problem.status) == ("WX_ACCOUNT_BOUND", 409) and "换成现在的微信" in problem.detail
    assert isinstance(await visit(fake, openid), auth.wechat.Unbound)


async def test_expired_ticket_at_the_phone(fake: FakeWeChat, wx: WeChat) -> None:
    problem = await refusal(by_phone("nonsense", "code"))
    assert problem.code == "WX_TICKET_EXPIRED" and fake.count("phone_number") == 0


async def test_a_disabled_account_is_told_and_not_bound(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    phone, openid = fresh_phone(), fresh_openid()
    who = await person(phone=phone)
    await migrator.execute("update account set status = 'disabled' where id = $1", who.account_id)
    problem = await refusal(by_phone(await ticket_of(fake, openid), fake.mint_phone(openid, phone)))
    assert problem.code == "ACCOUNT_DISABLED"
    assert isinstance(await visit(fake, openid), auth.wechat.Unbound)


async def test_operators_do_not_come_by_wechat(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """rule L21: their consoles ask for a password and a second factor."""
    who = await person(profile="strong", password="Sea-Harbor-19-long")
    await member(migrator, who, await organisation(migrator, "operator"), "ops_data")
    openid = await bound(fake, who)
    assert (await refusal(visit(fake, openid))).code == "WRONG_CONSOLE"


def test_wechat_opens_the_mini_program_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    with pytest.raises(Problem):
        auth.wechat.check_audience("console-ent")
    auth.wechat.check_audience("h5")
    monkeypatch.setattr(binding, "settings", replace(binding.settings, mode="production"))
    auth.wechat.check_audience("mini")
    with pytest.raises(Problem):
        auth.wechat.check_audience("h5")


# Re-binding ---------------------------------------------------------------------------------------------------------------


async def rebind(signed: auth.SignedIn, code: str, org: UUID | None = None) -> str:
    async with signed_in(signed, org) as ctx:
        return await auth.wechat.bind(ctx, code)


async def run_jobs(migrator: Any, kind: str) -> None:
    """Everything that waits of a kind, now."""
    import wiring

    wiring.register_jobs()
    for row in await migrator.fetch("select tenant_id, id from outbox where kind = $1 and state = 'queued'", kind):
        await jobs.run_job(row["tenant_id"], row["id"])


async def test_rebinding_ends_the_old_wechat_and_tells_the_phone(
    fake: FakeWeChat, wx: WeChat, sms: SmsGateway, migrator: Any
) -> None:
    """rule W8: the old WeChat's sessions end, the phone is told by the outbox, the new one signs in."""
    phone, org = fresh_phone(), await organisation(migrator)
    who = await person(phone=phone)
    await member(migrator, who, org, "legal")
    old, new = await bound(fake, who), fresh_openid()
    lost, mine = await visit(fake, old), await sign_in(who)
    assert isinstance(lost, auth.SignedIn)
    assert await rebind(mine, fake.mint_login(new)) == "moved"
    assert await rebind(mine, fake.mint_login(new)) == "same"
    assert isinstance(await visit(fake, old), auth.wechat.Unbound) and isinstance(await visit(fake, new), auth.SignedIn)
    with pytest.raises(Problem):
        async with signed_in(lost):
            pass
    await run_jobs(migrator, binding.REBOUND)
    told = [m for m in sms.messages if m["to"] == f"+86{phone}"]
    assert len(told) == 1 and "更换了绑定的微信" in told[0]["parameters"]["text"]


async def test_a_person_without_a_firm_is_told_too(fake: FakeWeChat, wx: WeChat, sms: SmsGateway) -> None:
    phone = fresh_phone()
    who = await person(phone=phone)
    await bound(fake, who)
    assert await rebind(await sign_in(who), fake.mint_login(fresh_openid())) == "moved"
    assert len([m for m in sms.messages if m["to"] == f"+86{phone}"]) == 1


async def test_the_first_binding_says_nothing_to_the_phone(fake: FakeWeChat, wx: WeChat, sms: SmsGateway) -> None:
    assert await rebind(await sign_in(await person(phone=fresh_phone())), fake.mint_login(fresh_openid())) == "bound"
    assert sms.messages == []


async def test_somebody_elses_wechat(fake: FakeWeChat, wx: WeChat) -> None:
    openid = await bound(fake, await person())
    problem = await refusal(rebind(await sign_in(await person()), fake.mint_login(openid)))
    assert (problem.code, problem.status) == ("WX_OPENID_BOUND", 409)


async def test_a_spent_code_does_not_sign_out_who_binds(fake: FakeWeChat, wx: WeChat) -> None:
    problem = await refusal(rebind(await sign_in(await person()), "spent"))
    assert (problem.code, problem.status) == ("WX_CODE_INVALID", 422)


async def test_unbinding(fake: FakeWeChat, wx: WeChat, sms: SmsGateway, migrator: Any) -> None:
    phone = fresh_phone()
    who = await person(phone=phone)
    openid = await bound(fake, who)
    signed = await sign_in(who)
    async with signed_in(signed, read_only=True) as ctx:
        assert await auth.wechat.bound_since(ctx) is not None
    for expected in (True, False):
        async with signed_in(signed) as ctx:
            assert await auth.wechat.unbind(ctx) is expected
            assert await auth.wechat.bound_since(ctx) is None
    assert isinstance(await visit(fake, openid), auth.wechat.Unbound) and len(sms.messages) == 1
    assert await migrator.fetchval("select session_key_sealed is not null from wx_user where openid = $1", openid)


async def test_old_things_go(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """Strangers after 30 days, tickets and phone codes after an hour; who is bound stays."""
    bound_openid, stranger = await bound(fake, await person()), fresh_openid()
    await ticket_of(fake, stranger)
    await migrator.execute("update wx_user set seen_at = now() - interval '31 days' where openid in ($1, $2)", bound_openid, stranger)
    from core.clock import utc_now
    from core.database import transaction

    async with transaction() as db:
        await db.run("select wx_purge($1)", utc_now())
    assert [r["openid"] for r in await migrator.fetch("select openid from wx_user where openid in ($1, $2)", bound_openid, stranger)] == [
        bound_openid
    ]


async def test_who_is_forgotten_leaves_no_wechat(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """rule P7: after the seven days neither the binding nor the key is there, and that WeChat is a stranger again."""
    from auth import my_data
    from core import clock
    from core.database import transaction

    who = await person()
    openid = await bound(fake, who)
    async with signed_in(await sign_in(who)) as ctx:
        due = await my_data.ask_deletion(ctx, [])
    clock.freeze(due)
    async with transaction() as db:
        await my_data.erase_due(db)
    clock.unfreeze()
    assert not await migrator.fetchval("select exists (select 1 from wx_user where openid = $1)", openid)
    assert isinstance(await visit(fake, openid), auth.wechat.Unbound)
