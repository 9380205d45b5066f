"""SMS codes and their gateway over real HTTP (rules L7, L10, L11, F4)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import auth
from auth import accounts, sms
from core import clock
from core.errors import Problem
from tests.auth.people import PASSWORD, fresh_phone, guest, person, refusal, sign_in, signed_in
from tests.fakes.sms import FAULTS, SmsGateway

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PHONE_OF_NOBODY = "13900000000"
DEVICE = auth.device_hash("a-device-id-long-enough-1", "")


def address_of(phone: str) -> str:
    """An address of its own for each phone, so that one test's limits are not another's."""
    digits = "".join(c for c in phone if c.isdigit())[-6:].rjust(6, "0")
    return f"10.{100 + int(digits[:2])}.{int(digits[2:4])}.{int(digits[4:])}"


def device_of(phone: str) -> bytes:
    """A device of its own for each phone."""
    return auth.device_hash(f"device-of-{address_of(phone)}", "")


CAPTCHA = ("demo", "DEMO5")


async def send(
    phone: str, purpose: str = "login", *, ip: str = "", device: bytes = b"", captcha: tuple[str, str] | None = CAPTCHA
) -> int:
    captcha_id, answer = captcha or (None, None)
    async with guest(ip=ip or address_of(phone)) as ctx:
        return await auth.send_code(ctx, purpose, phone, device or device_of(phone), captcha_id, answer, True)


async def spend(phone: str, code: str, purpose: str = "login", device: bytes = b"") -> str:
    async with guest() as ctx:
        return await auth.spend_code(ctx, purpose, phone, code, device or device_of(phone))


async def login(phone: str, code: str, **options: Any) -> auth.SignedIn:
    async with guest() as ctx:
        return await auth.sms_login(ctx, phone=phone, code=code, code_device=device_of(phone), **options)


def e164(phone: str) -> str:
    return f"+86{phone}"


async def test_signs_in_by_code_once(gateway: SmsGateway, migrator: Any) -> None:
    """rule L10: 6 digits, MAC at rest, one use."""
    phone = fresh_phone()
    who = await person(phone=phone)
    assert await send(phone) == 300
    code = gateway.last_code(e164(phone))
    rows = await migrator.fetch("select * from sms_code order by created_at desc limit 1")
    assert code.isdigit() and len(code) == 6 and len(rows[0]["code_hash"]) == 32
    signed = await login(phone, code)
    assert signed.account_id == who.account_id and signed.amr == ("sms",)
    assert (await refusal(login(phone, code))).code == "SMS_CODE"


async def test_message_holds_template_and_code_only(gateway: SmsGateway) -> None:
    phone = fresh_phone()
    await send(f"+86 {phone}", "register")
    message = gateway.messages[-1]
    assert message["to"] == e164(phone) and message["template"] == "register"
    assert set(message) == {"id", "to", "template", "parameters"} and message["parameters"]["purpose"] == "注册"


async def test_same_answer_for_a_phone_nobody_registered(gateway: SmsGateway) -> None:
    """rule L10."""
    phone, stranger = fresh_phone(), fresh_phone()
    await person(phone=phone)
    assert await send(phone) == await send(stranger)
    assert len(gateway.messages) == 2
    assert (await refusal(login(stranger, gateway.last_code(e164(stranger))))).code == "LOGIN_FAILED"


@pytest.mark.parametrize("phone", ["12345678901", "1380013800", "020-12345678", "+1 2025550100", "", "13800138000 x"])
async def test_phones_refused(phone: str) -> None:
    """rule C6."""
    problem = await refusal(send(phone))
    assert problem.status == 422 and problem.errors[0].path == "phone"


async def test_unknown_purpose(gateway: SmsGateway) -> None:
    assert (await refusal(send(fresh_phone(), "marketing"))).errors[0].path == "purpose"


async def test_five_tries(gateway: SmsGateway) -> None:
    """rule L10: the right code is dead after five wrong ones."""
    phone = fresh_phone()
    await send(phone)
    code = gateway.last_code(e164(phone))
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        problem = await refusal(spend(phone, wrong))
        assert problem.code == "SMS_CODE" and problem.kept
    assert (await refusal(spend(phone, code))).code == "SMS_CODE"


async def test_the_fifth_try_may_be_right(gateway: SmsGateway) -> None:
    phone = fresh_phone()
    await send(phone)
    code = gateway.last_code(e164(phone))
    for _ in range(4):
        await refusal(spend(phone, "000000" if code != "000000" else "111111"))
    assert await spend(phone, code) == e164(phone)


async def test_bound_to_purpose_phone_and_device(gateway: SmsGateway) -> None:
    """rule L10."""
    phone, other = fresh_phone(), fresh_phone()
    await send(phone)
    await send(other)
    code = gateway.last_code(e164(phone))
    for attempt in (
        spend(phone, code, "reset"),
        spend(phone, code, device=auth.device_hash("another-device-long-enough", "")),
    ):
        assert (await refusal(attempt)).code == "SMS_CODE"
    if gateway.last_code(e164(other)) != code:
        assert (await refusal(spend(other, code))).code == "SMS_CODE"
    await spend(phone, code)


@pytest.mark.parametrize(("seconds", "good"), [(299, True), (300, False)])
async def test_five_minutes(gateway: SmsGateway, seconds: int, good: bool) -> None:
    """rule L10."""
    phone = fresh_phone()
    clock.freeze(NOON)
    await send(phone)
    clock.freeze(NOON + timedelta(seconds=seconds))
    attempt = spend(phone, gateway.last_code(e164(phone)))
    if good:
        await attempt
    else:
        assert (await refusal(attempt)).code == "SMS_CODE"


async def test_a_new_code_replaces_the_old(gateway: SmsGateway) -> None:
    phone = fresh_phone()
    clock.freeze(NOON)
    await send(phone)
    old = gateway.last_code(e164(phone))
    clock.freeze(NOON + timedelta(seconds=61))
    await send(phone)
    if gateway.last_code(e164(phone)) != old:
        assert (await refusal(spend(phone, old))).code == "SMS_CODE"
    await spend(phone, gateway.last_code(e164(phone)))


async def test_limits_per_phone(gateway: SmsGateway) -> None:
    """rule L10: 1 a minute, 5 an hour, 10 a day; the limit says how long."""
    phone, at, sent = fresh_phone(), NOON, 0
    clock.freeze(at)
    await send(phone)
    clock.freeze(at + timedelta(seconds=59))
    problem = await refusal(send(phone))
    assert (problem.status, problem.code, problem.headers["Retry-After"]) == (429, "SMS_LIMIT", "60")
    sent = 1
    for minute in range(1, 5):
        clock.freeze(at + timedelta(minutes=minute))
        await send(phone)
        sent += 1
    clock.freeze(at + timedelta(minutes=30))
    assert (await refusal(send(phone))).headers["Retry-After"] == "3600"
    for hours in range(2, 7):
        clock.freeze(at + timedelta(hours=hours))
        await send(phone)
        sent += 1
    assert sent == 10
    clock.freeze(at + timedelta(hours=23, minutes=50))
    assert (await refusal(send(phone))).headers["Retry-After"] == "86400"
    clock.freeze(at + timedelta(hours=24, minutes=1))
    await send(phone)


async def test_limits_per_address_and_device(gateway: SmsGateway) -> None:
    """rule L10: 20 an hour per address, 10 per device."""
    clock.freeze(NOON)
    for index in range(20):
        await send(fresh_phone(), ip="10.77.0.1", device=auth.device_hash(f"device-number-{index // 5:08d}", ""))
    problem = await refusal(send(fresh_phone(), ip="10.77.0.1", device=auth.device_hash("yet-another-device-000", "")))
    assert problem.code == "SMS_LIMIT"
    busy = auth.device_hash("one-busy-device-000000", "")
    for index in range(10):
        await send(fresh_phone(), ip=f"10.78.0.{index + 1}", device=busy)
    assert (await refusal(send(fresh_phone(), ip="10.78.0.99", device=busy))).code == "SMS_LIMIT"
    clock.freeze(NOON + timedelta(hours=1))
    await send(fresh_phone(), ip="10.77.0.1", device=busy)


async def test_second_within_an_hour_needs_a_captcha(gateway: SmsGateway) -> None:
    """rule L7."""
    phone = fresh_phone()
    clock.freeze(NOON)
    await send(phone, captcha=None)
    clock.freeze(NOON + timedelta(minutes=2))
    assert (await refusal(send(phone, captcha=None))).code == "CAPTCHA_REQUIRED"
    assert (await refusal(send(phone, captcha=("demo", "WRONG")))).code == "CAPTCHA_WRONG"
    await send(phone)
    clock.freeze(NOON + timedelta(minutes=63))
    await send(phone, captcha=None)


async def test_twenty_at_once_send_one(gateway: SmsGateway) -> None:
    """rule L10: the limit holds under a race."""
    phone = fresh_phone()
    done = await asyncio.gather(*(send(phone) for _ in range(20)), return_exceptions=True)
    assert sum(d == 300 for d in done) == 1 and len(gateway.messages) == 1


async def test_spent_by_one_of_many(gateway: SmsGateway) -> None:
    """rule L10: one use under a race."""
    phone = fresh_phone()
    await send(phone)
    code = gateway.last_code(e164(phone))
    done = await asyncio.gather(*(spend(phone, code) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(d, str) for d in done) == 1


async def test_without_a_gateway_it_is_closed() -> None:
    """rule L10: fails closed, says what to do."""
    problem = await refusal(send(fresh_phone()))
    assert (problem.status, problem.code) == (503, "SMS_UNAVAILABLE") and "密码" in problem.detail


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_of_the_gateway(
    gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch, fault: str, migrator: Any
) -> None:
    """rule F4: 503 that says so, the code dead, the try counted; what arrived well passes."""
    real = asyncio.timeout
    monkeypatch.setattr(sms.asyncio, "timeout", lambda seconds: real(0.5))  # type: ignore[attr-defined]
    phone = fresh_phone()
    gateway.faults = [fault]
    if fault in ("slow", "wrong_content_type"):
        assert await send(phone) == 300
        await spend(phone, gateway.last_code(e164(phone)))
        return
    problem = await refusal(send(phone))
    assert (problem.status, problem.code) == (503, "SMS_UNAVAILABLE")
    assert gateway.key not in problem.detail and phone not in str(problem.extra)
    for message in gateway.messages:
        assert (await refusal(spend(phone, message["parameters"]["code"]))).code == "SMS_CODE"
    assert (await refusal(send(phone))).code == "SMS_LIMIT"


async def test_budget_alarm(gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L10: above the budget an alarm is logged, the message still leaves."""
    said: list[str] = []
    monkeypatch.setattr(sms, "BUDGET_PER_HOUR", 1)
    monkeypatch.setattr(sms.logs, "warn", lambda event, **facts: said.append(event))  # type: ignore[attr-defined]
    await send(fresh_phone())
    assert said == ["sms.budget"] and len(gateway.messages) == 1


async def test_gateway_away(gateway: SmsGateway) -> None:
    await gateway.stop()
    assert (await refusal(send(fresh_phone()))).code == "SMS_UNAVAILABLE"


async def test_wrong_key(gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms, "settings", replace(sms.settings, sms_gateway_key="another"))
    assert (await refusal(send(fresh_phone()))).code == "SMS_UNAVAILABLE"
    assert not gateway.messages


async def test_nothing_is_sent_when_the_request_fails(gateway: SmsGateway) -> None:
    """The message leaves after the commit, never before."""
    with pytest.raises(Problem):
        async with guest() as ctx:
            await auth.send_code(ctx, "login", fresh_phone(), DEVICE, None, None, True)
            raise Problem("NO", "no")
    assert gateway.calls == 0


async def test_consoles_with_two_factors_refuse_a_phone_alone(gateway: SmsGateway) -> None:
    """rule L21."""
    assert (await refusal(login(fresh_phone(), "123456", audience="console-ops"))).errors[0].path == "audience"


async def test_step_up_by_the_accounts_own_phone(gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L20: an enterprise person in production proves himself by SMS; the number is shown masked."""
    from auth import step_up

    monkeypatch.setattr(step_up, "settings", replace(step_up.settings, mode="production"))
    phone = fresh_phone()
    who = await person(phone=phone)
    signed = await sign_in(who)
    async with signed_in(signed) as ctx:
        lives, shown = await auth.send_proof_code(ctx, "my-own-device-id-0000", None, None)
    assert lives == 300 and shown == f"{phone[:3]}****{phone[-4:]}"
    code = gateway.last_code(e164(phone))
    async with signed_in(signed) as ctx:
        proof = await auth.prove(ctx, "sms", code, "member.roles", "PUT /x", "my-own-device-id-0000")
    async with signed_in(signed) as ctx:
        await auth.consume_step_up(ctx, str(proof), "member.roles", "PUT /x")
    without = await sign_in(await person())

    async def ask() -> None:
        async with signed_in(without) as ctx:
            await auth.send_proof_code(ctx, "", None, None)

    assert (await refusal(ask())).code == "NO_PHONE"


# forgotten passwords


async def reset(phone: str, code: str, new: str) -> None:
    async with guest() as ctx:
        await auth.reset_by_sms(ctx, phone=phone, code=code, new_password=new, device=device_of(phone))


async def test_forgotten_password(gateway: SmsGateway) -> None:
    """rule L4, seed 001: all sessions end, a wait of the account ends, the new password is judged."""
    phone, clear = fresh_phone(), "Quiet-River-77"
    who = await person(phone=phone)
    signed = await sign_in(who)
    await send(phone, "reset")
    code = gateway.last_code(e164(phone))
    for new, expected in ((PASSWORD, "PASSWORD_SAME"), ("12345678", "PASSWORD_WEAK")):
        assert (await refusal(reset(phone, code, new))).code == expected
    await reset(phone, code, clear)
    with pytest.raises(Problem):
        async with signed_in(signed):
            pass
    assert not (await sign_in(who, password=clear)).must_change
    assert (await refusal(reset(phone, code, "Other-River-78"))).code == "SMS_CODE"


async def test_forgotten_password_of_nobody_and_of_an_operator(gateway: SmsGateway) -> None:
    """Strong accounts go through their administrator."""
    phone, stranger = fresh_phone(), fresh_phone()
    await person(phone=phone, profile="strong", password="Sea-Harbor-2019")
    for number, expected in ((phone, "RESET_BY_ADMIN"), (stranger, "NO_ACCOUNT")):
        await send(number, "reset")
        assert (await refusal(reset(number, gateway.last_code(e164(number)), "Quiet-River-77"))).code == expected
    assert accounts.INITIAL_HOURS == 72


async def test_the_fake_itself(gateway: SmsGateway) -> None:
    """rule L11: control behind its own secret, a repeated id is one message, bad bodies refused."""
    import httpx

    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client:
        good = {
            "id": "1",
            "to": "+8613800138000",
            "template": "login",
            "parameters": {"code": "123456", "purpose": "登录"},
        }
        key = {"Authorization": f"Bearer {gateway.key}"}
        assert [(await client.post("/messages", json=good, headers=key)).status_code for _ in range(2)] == [202, 202]
        assert len(gateway.messages) == 1
        for bad in ({}, [], {**good, "to": "138"}, {**good, "parameters": {"code": "12"}}):
            assert (await client.post("/messages", json=bad, headers=key)).status_code == 422
        assert (await client.post("/messages", json=good)).status_code == 401
        assert (await client.get("/nowhere")).status_code == 404
        ctl = {"Authorization": f"Bearer {gateway.control}"}
        assert (await client.get("/__ctl/messages")).status_code == 401
        assert len((await client.get("/__ctl/messages", headers=ctl)).json()) == 1
        assert (await client.post("/__ctl/faults", json=["502"], headers=ctl)).json() == ["502"]
        assert (await client.get("/__ctl/else", headers=ctl)).status_code == 404
