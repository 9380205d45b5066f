"""One-time passwords and step-up (rules L20, L21)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import auth
from auth import second_factor, step_up
from auth.second_factor import matching_step, totp
from core import clock
from core.errors import Problem
from tests.auth.people import PASSWORD, SECRET, guest, person, refusal, sign_in, signed_in

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"), (2000000000, "69279037"),
     (20000000000, "65353130")],
)  # fmt: skip
def test_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """RFC 6238 appendix B, SHA-1, 8 digits; six digits are their tail."""
    assert totp(RFC_SECRET, seconds // 30, 8) == code
    assert totp(RFC_SECRET, seconds // 30) == code[2:]
    assert matching_step(RFC_SECRET, code[2:], seconds) == seconds // 30


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_vectors_of_rfc_4226(count: int, code: str) -> None:
    """RFC 4226 appendix D."""
    assert totp(RFC_SECRET, count) == code


@pytest.mark.parametrize(("drift", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift(drift: int, good: bool) -> None:
    now = 1111111111
    found = matching_step(RFC_SECRET, totp(RFC_SECRET, now // 30 + drift), now)
    assert (found is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", "12 345", "-12345", "\n12345"])
def test_odd_codes(code: str) -> None:
    assert matching_step(RFC_SECRET, code, 59) is None


async def bound(**options: Any) -> tuple[auth.Created, auth.SignedIn]:
    """A person with a known second factor, signed in."""
    who = await person(**options)
    async with guest() as ctx:
        await auth.give_second_factor(ctx, who.account_id, SECRET)
    return who, await sign_in(who)


def code(offset: int = 0) -> str:
    return auth.current_code(SECRET, clock.utc_now().timestamp() + 30 * offset)


async def test_enrol_waits_for_its_first_code(migrator: Any) -> None:
    """rule L21: sealed, in force once confirmed within 15 minutes, its code spent."""
    clock.freeze(NOON)
    who = await person()
    signed = await sign_in(who)
    async with signed_in(signed) as ctx:
        made = await auth.enrol(ctx)
    assert made.uri.startswith("otpauth://totp/") and f"secret={made.secret}" in made.uri
    row = await migrator.fetchrow("select * from second_factor where account_id = $1", who.account_id)
    assert row["secret_sealed"] is None and made.secret.encode() not in bytes(row["pending_sealed"])

    async def confirm(text: str) -> None:
        async with signed_in(signed) as ctx:
            await auth.confirm(ctx, text)

    right = auth.current_code(made.secret, NOON.timestamp())
    assert (await refusal(confirm("000000" if right != "000000" else "111111"))).code == "TOTP_WRONG"
    async with signed_in(signed) as ctx:
        assert not (await auth.who_am_i(ctx)).second_factor
    await confirm(right)
    async with signed_in(signed) as ctx:
        assert (await auth.who_am_i(ctx)).second_factor and "otp" in ctx.amr
    assert (await refusal(confirm(right))).code == "NOT_ENROLLED"


async def test_enrolment_is_good_for_a_quarter_of_an_hour() -> None:
    clock.freeze(NOON)
    who = await person()
    async with signed_in(await sign_in(who)) as ctx:
        made = await auth.enrol(ctx)
    clock.freeze(NOON + timedelta(minutes=15))
    signed = await sign_in(who)

    async def confirm() -> None:
        async with signed_in(signed) as ctx:
            await auth.confirm(ctx, auth.current_code(made.secret, ctx.now.timestamp()))

    assert (await refusal(confirm())).code == "NOT_ENROLLED"


async def test_a_stolen_session_does_not_change_the_authenticator() -> None:
    """rule L20: the old one is asked; until the new one is confirmed the old one stays in force."""
    clock.freeze(NOON)
    _, signed = await bound()

    async def enrol(text: str | None) -> auth.Enrolment:
        async with signed_in(signed) as ctx:
            return await auth.enrol(ctx, text)

    assert (await refusal(enrol(None))).code == "TOTP_WRONG"
    made = await enrol(code())
    assert (await refusal(enrol(auth.current_code(made.secret, NOON.timestamp())))).code == "TOTP_WRONG"
    clock.freeze(NOON + timedelta(seconds=30))
    assert (await enrol(code())).secret != made.secret


async def test_a_code_is_good_once_even_a_step_back() -> None:
    """Replay within the drift is refused."""
    clock.freeze(NOON)
    who, signed = await bound()

    async def spend(text: str) -> None:
        async with signed_in(signed) as ctx:
            await step_up.prove(ctx, "totp", text, "member.roles", "PUT /x", "")

    await spend(code())
    for again in (code(), code(-1)):
        assert (await refusal(spend(again))).code == "TOTP_WRONG"
    await spend(code(1))


async def test_known_secrets_are_for_demonstrations_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "settings", replace(second_factor.settings, mode="production"))
    who = await person()
    with pytest.raises(RuntimeError):
        async with guest() as ctx:
            await auth.give_second_factor(ctx, who.account_id, SECRET)


# step-up


OPERATION = auth.operation_of("PUT", "/api/v1/organisation/members/7", b'{"roles":["admin"]}')


async def prove(
    signed: auth.SignedIn, method: str, proof: str, operation: str = OPERATION, purpose: str = "member.roles"
) -> UUID:
    async with signed_in(signed) as ctx:
        return await auth.prove(ctx, method, proof, purpose, operation, "")


async def use(signed: auth.SignedIn, proof: object, operation: str = OPERATION, purpose: str = "member.roles") -> None:
    async with signed_in(signed) as ctx:
        await auth.consume_step_up(ctx, str(proof), purpose, operation)


async def test_proof_is_good_once_for_one_operation_of_one_session() -> None:
    """rule L20: what you see is what you sign."""
    who = await person()
    signed, other = await sign_in(who), await sign_in(who)
    proof = await prove(signed, "password", PASSWORD)
    for wrong in (
        use(signed, proof, auth.operation_of("PUT", "/api/v1/organisation/members/7", b'{"roles":["legal"]}')),
        use(signed, proof, auth.operation_of("PUT", "/api/v1/organisation/members/8", b'{"roles":["admin"]}')),
        use(signed, proof, auth.operation_of("POST", "/api/v1/organisation/members/7", b'{"roles":["admin"]}')),
        use(signed, proof, purpose="certificate.approve"),
        use(other, proof),
        use(await sign_in(await person()), proof),
    ):
        problem = await refusal(wrong)
        assert problem.code == "STEP_UP_REQUIRED" and problem.status == 403
        assert problem.extra["operation"] and problem.extra["purpose"]
    await use(signed, proof)
    assert (await refusal(use(signed, proof))).code == "STEP_UP_REQUIRED"


@pytest.mark.parametrize("header", ["", "x", "0" * 36, "01890a5d-ac96-774b-bcce-b302099a8057"])
async def test_no_proof(header: str) -> None:
    signed = await sign_in(await person())
    assert (await refusal(use(signed, header))).code == "STEP_UP_REQUIRED"


@pytest.mark.parametrize(("seconds", "good"), [(299, True), (300, False)])
async def test_five_minutes(seconds: int, good: bool) -> None:
    """rule L20."""
    clock.freeze(NOON)
    signed = await sign_in(await person())
    proof = await prove(signed, "password", PASSWORD)
    clock.freeze(NOON + timedelta(seconds=seconds))
    if good:
        await use(signed, proof)
    else:
        assert (await refusal(use(signed, proof))).code == "STEP_UP_REQUIRED"


async def test_refused_operation_keeps_the_proof() -> None:
    """A proof spent in a transaction that rolled back can be used again."""
    signed = await sign_in(await person())
    proof = await prove(signed, "password", PASSWORD)
    with pytest.raises(Problem):
        async with signed_in(signed) as ctx:
            await auth.consume_step_up(ctx, str(proof), "member.roles", OPERATION)
            raise Problem("NO", "no")
    await use(signed, proof)


async def test_fifty_uses_at_once_have_one_winner() -> None:
    """rule L20: single use."""
    import asyncio

    signed = await sign_in(await person())
    proof = await prove(signed, "password", PASSWORD)
    done = await asyncio.gather(*(use(signed, proof) for _ in range(50)), return_exceptions=True)
    assert sum(d is None for d in done) == 1


async def test_factor_must_be_another_than_the_one_of_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """rule L20: in production a password proves nothing to a session that began with it; TOTP, once bound, is the factor."""
    signed = await sign_in(await person())
    monkeypatch.setattr(step_up, "settings", replace(step_up.settings, mode="production"))
    assert (await refusal(prove(signed, "password", PASSWORD))).code == "STRONGER_FACTOR"
    monkeypatch.undo()
    _, strong = await bound()
    assert (await refusal(prove(strong, "password", PASSWORD))).code == "STRONGER_FACTOR"
    await use(strong, await prove(strong, "totp", code()))


async def test_methods_refused() -> None:
    signed = await sign_in(await person())
    assert (await refusal(prove(signed, "totp", "123456"))).code == "NOT_ENROLLED"
    assert (await refusal(prove(signed, "sms", "123456"))).errors[0].code == "NO_PHONE"
    assert (await refusal(prove(signed, "face", "x"))).errors[0].path == "method"


async def test_wrong_passwords_count() -> None:
    """rule L8: a stolen session does not guess the password."""
    signed = await sign_in(await person())
    codes = [(await refusal(prove(signed, "password", "wrong"))).code for _ in range(6)]
    assert codes == ["PASSWORD_WRONG"] * 5 + ["LOGIN_LOCKED"]
