"""Step-up (L20): a fresh proof by a factor of its own, bound to one operation, good for one use within five minutes."""

import hashlib
from typing import Any
from uuid import UUID

from auth import sms
from auth.passwords import verify_password
from auth.second_factor import spend as spend_totp
from auth.sessions import device_hash
from auth.waits import count_failure, refuse_locked
from core.crypto import unseal
from core.database import Acting
from core.errors import FieldError, Forbidden, Invalid
from core.ids import new_id
from core.personal import mask_phone
from core.settings import settings

METHODS = ("password", "totp", "sms")


async def prove(ctx: Acting, method: str, proof: str, purpose: str, operation: str, device_id: str) -> UUID:
    """Make a proof for ``operation``, as the refused call named it (:func:`operation_of`). Raises Invalid, TooMany.

    Who signed in by password proves himself by something else (L20); a demonstration takes the password again.
    """
    if method not in METHODS:
        raise Invalid([FieldError("method", "CHOICE", "验证方式应为动态验证码、短信验证码或密码。")])
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if method == "totp":
        if row["totp_sealed"] is None:
            raise Invalid(
                [FieldError("method", "NOT_ENROLLED", "还没有绑定验证器，请先在「我的设备」中绑定。")],
                code="NOT_ENROLLED",
            )
        await spend_totp(ctx, row, proof, path="proof")
    elif method == "sms":
        if not row["phone_sealed"]:
            raise Invalid([FieldError("method", "NO_PHONE", "账号没有绑定手机，请换一种验证方式。")])
        phone = unseal("person.phone", row["person_id"], row["phone_sealed"])
        await sms.spend_code(ctx, "step_up", phone, proof, device_hash(device_id, ctx.user_agent), path="proof")
    elif row["totp_sealed"] is not None:
        raise Invalid(
            [FieldError("method", "STRONGER_FACTOR", "已绑定验证器，请输入动态验证码完成验证。")],
            code="STRONGER_FACTOR",
        )
    elif "pwd" in ctx.amr and not settings.demo:
        text = "密码已用于登录，这一步请用短信验证码，或先在「我的设备」中绑定验证器。"
        raise Invalid([FieldError("method", "STRONGER_FACTOR", text)], code="STRONGER_FACTOR")
    else:
        await _check_password(ctx, row, proof)
    proof_id = new_id()
    await ctx.db.run(
        "select auth_proof_put($1, $2, $3, $4, $5, $6)", proof_id, purpose, operation, method, ctx.sid, ctx.now
    )
    ctx.audit("step_up.proved", "operation", operation, detail={"purpose": purpose, "factor": method})
    return proof_id


async def _check_password(ctx: Acting, row: dict[str, Any], password: str) -> None:
    refuse_locked(ctx, row["locked_until"])
    if not await verify_password(row["password_hash"], password):
        await count_failure(ctx, row["id"], "step_up.failed")
        raise Invalid([FieldError("proof", "PASSWORD_WRONG", "密码不对，请重新输入。")], code="PASSWORD_WRONG").keep()


async def send_proof_code(
    ctx: Acting, device_id: str, captcha_id: str | None, captcha_answer: str | None
) -> tuple[int, str]:
    """Send a code to the account's own phone; returns its life and the masked number. Raises as send_code."""
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if not row["phone_sealed"]:
        raise Invalid([FieldError("method", "NO_PHONE", "账号没有绑定手机，请换一种验证方式。")], code="NO_PHONE")
    phone = unseal("person.phone", row["person_id"], row["phone_sealed"])
    lives = await sms.send_code(
        ctx, "step_up", phone, device_hash(device_id, ctx.user_agent), captcha_id, captcha_answer, bool(device_id)
    )
    return lives, mask_phone(phone)


def operation_of(method: str, path: str, body: bytes) -> str:
    """What a proof is good for: this call with this body, byte for byte (what you see is what you sign)."""
    return f"{method} {path} sha-256:{hashlib.sha256(body).hexdigest()}"


async def consume_step_up(ctx: Acting, header: str, purpose: str, operation: str) -> None:
    """Spend the proof named in ``X-Step-Up``. Raises Forbidden ``STEP_UP_REQUIRED`` telling what to prove."""
    try:
        proof_id = UUID(header)
    except ValueError:
        proof_id = None
    if proof_id is None or not await ctx.db.value(
        "select auth_proof_take($1, $2, $3, $4, $5)", proof_id, purpose, operation, ctx.sid, ctx.now
    ):
        raise Forbidden(
            "STEP_UP_REQUIRED",
            "这一步需要再次验证身份，请输入密码或验证码后继续。",
            purpose=purpose,
            operation=operation,
        )
