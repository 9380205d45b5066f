"""Step-up (L20): a fresh proof by a factor of its own, bound to one operation, good for one use within five minutes."""

from uuid import UUID

from auth import sms
from auth.passwords import verify_password
from auth.second_factor import spend as spend_totp
from auth.sessions import device_hash
from core.crypto import unseal
from core.database import Acting
from core.errors import FieldError, Forbidden, Invalid
from core.ids import new_id

METHODS = ("password", "totp", "sms")


async def prove(ctx: Acting, method: str, proof: str, purpose: str, operation: str, device_id: str) -> UUID:
    """Make a proof for ``operation`` (``POST /api/v1/…`` as it will be sent). Raises Invalid.

    A session that began with a password proves itself by another factor where the account has one.
    """
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if method == "totp":
        if not row["totp_confirmed"]:
            raise Invalid([FieldError("method", "NOT_ENROLLED", "还没有绑定验证器，请先在「我的设备」中绑定。")])
        await spend_totp(ctx, ctx.account_id, row["totp_sealed"], proof, path="proof")
    elif method == "sms":
        if not row["phone_sealed"]:
            raise Invalid([FieldError("method", "NO_PHONE", "账号没有绑定手机，请换一种验证方式。")])
        phone = unseal("person.phone", row["person_id"], row["phone_sealed"])
        await sms.spend_code(ctx, "step_up", phone, proof, device_hash(device_id, ctx.user_agent), path="proof")
    elif row["totp_confirmed"]:
        raise Invalid([FieldError("method", "STRONGER_FACTOR", "已绑定验证器，请输入动态验证码完成验证。")])
    elif not await verify_password(row["password_hash"], proof):
        ctx.audit("step_up.failed", "account", ctx.account_id, "denied")
        raise Invalid([FieldError("proof", "PASSWORD_WRONG", "密码不对，请重新输入。")], code="PASSWORD_WRONG").keep()
    proof_id = new_id()
    await ctx.db.run("select auth_proof_put($1, $2, $3, $4, $5, $6)", proof_id, purpose, operation, method, ctx.sid, ctx.now)
    ctx.audit("step_up.proved", "operation", operation, detail={"purpose": purpose, "factor": method})
    return proof_id


async def consume_step_up(ctx: Acting, header: str, purpose: str, operation: str) -> None:
    """Spend the proof named in ``X-Step-Up``. Raises Forbidden ``STEP_UP_REQUIRED`` telling what to prove."""
    try:
        proof_id = UUID(header)
    except ValueError:
        proof_id = None
    if proof_id is None or not await ctx.db.value(
        "select auth_proof_take($1, $2, $3, $4, $5)", proof_id, purpose, operation, ctx.sid, ctx.now
    ):
        raise Forbidden("STEP_UP_REQUIRED", "这一步需要再次验证身份，请输入密码或验证码后继续。", purpose=purpose, operation=operation)
