"""Another phone (L20, P3): the new one proves itself by a code, the old one is told."""

from auth import sms
from core.crypto import blind_indexes, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, Unavailable
from core.ids import new_id
from core.jobs import JobRun, wake
from core.personal import mask_phone

PHONE, OLD = "person.phone", "phone_change.old"
FRESH_SECONDS = 600


async def has_phone(ctx: Acting) -> bool:
    """Whether the acting account has a phone. Who came in by face has none at first."""
    row = await ctx.db.row("select phone_sealed from auth_account($1)", ctx.account_id)
    return row is not None and row["phone_sealed"] is not None


def freshly_proved(ctx: Acting) -> bool:
    """A face within the last ten minutes stands for the proof where there is no phone to send one to."""
    return "face" in ctx.amr and ctx.auth_time is not None and (ctx.now - ctx.auth_time).total_seconds() <= FRESH_SECONDS


async def change_phone(ctx: Acting, phone: str, code: str, device: bytes) -> str:
    """Move the acting account to another phone; the caller saw to the fresh proof. Returns the masked number.

    Raises Invalid (phone, ``SMS_CODE``), Conflict ``PHONE_TAKEN``. The old phone is told by a job.
    """
    number = await sms.spend_code(ctx, "change-phone", phone, code, device)
    row = await ctx.db.row("select person_id, phone_sealed from auth_account($1)", ctx.account_id)
    assert row is not None
    change = new_id()
    old = unseal(PHONE, row["person_id"], row["phone_sealed"]) if row["phone_sealed"] else None
    record = {
        "id": change,
        "job": new_id(),
        "idx": [i.hex() for i in blind_indexes("phone", number)],
        "key_id": key_id().hex(),
        "sealed": seal(PHONE, row["person_id"], number).hex(),
        "masked": mask_phone(number),
        "old_sealed": seal(OLD, change, old).hex() if old else None,
        "request_id": ctx.request_id,
    }
    outcome = await ctx.db.value("select phone_change_put($1, $2)", record, ctx.now)
    if outcome == "taken":
        text = "这个手机号已用于另一个账号，不能再绑定。请换一个手机号；号码是您本人的，可先用它登录那个账号并更换手机号。"
        raise Conflict("PHONE_TAKEN", text).keep()
    if outcome == "same":
        raise Invalid([FieldError("phone", "SAME_PHONE", "这就是现在绑定的手机号，不需要更换。")], code="SAME_PHONE").keep()
    ctx.audit("phone.changed", "account", ctx.account_id)
    ctx.after_commit(wake)
    return mask_phone(number)


async def tell_old_phone(ctx: Acting, run: JobRun) -> None:
    """The job behind a change. Raises Unavailable: tried again."""
    sealed = await ctx.db.value("select phone_change_old($1)", run.object_id)
    if sealed is None:
        return
    text = "您的账号刚刚更换了手机号，本号码不再用于登录。如非本人操作，请立即拨打服务热线。"
    if not await sms.hand_over(run.id, unseal(OLD, run.object_id, sealed), "notice", {"text": text}):
        raise Unavailable("短信没有发出，稍后再试。", "SMS_UNAVAILABLE")
    await ctx.db.run("select phone_change_told($1, $2)", run.object_id, ctx.now)
