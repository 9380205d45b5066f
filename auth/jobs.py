"""Messages that identity sends by itself."""

from uuid import UUID

from auth import phones
from auth.places import place_of
from auth.scan import NEW_PC, client_of
from auth.sms import hand_over
from auth.wechat import binding as wechat_binding
from auth.wechat import messages as wechat_messages
from core.clock import BEIJING
from core.crypto import unseal
from core.database import Acting
from core.errors import Unavailable
from core.jobs import JobRun, job
from core.settings import settings

job(wechat_messages.SEND, attempts=8)(wechat_messages.deliver)


@job(NEW_PC, attempts=8)
async def tell_new_pc(ctx: Acting, run: JobRun) -> None:
    """A text message about the first sign-in from a PC (Q7), at once at any hour: who did not do it must act now.

    Nothing is sent to a person without a phone or about a session that is over. Raises Unavailable: tried again.
    """
    row = await ctx.db.row("select * from scan_notice($1, $2)", run.object_id, ctx.now)
    if row is None or row["phone_sealed"] is None or not settings.sms_gateway_url:
        return
    browser, system = client_of(row["device"])
    at = row["at"].astimezone(BEIJING)
    text = (
        f"您的账号 {at.month} 月 {at.day} 日 {at:%H:%M} 首次在一台电脑上扫码登录（{place_of(row['ip']).text}，{system} {browser}）。"
        f"如不是您本人，请到「我的设备」退出这台电脑并修改密码。"
    )
    phone = unseal("person.phone", row["person_id"], row["phone_sealed"])
    if not await hand_over(run.id, phone, "new_pc", {"text": text}):
        raise Unavailable("短信没有发出，稍后再试。", "SMS_UNAVAILABLE")
    ctx.audit("scan.told", "session", run.object_id)


@job(wechat_binding.REBOUND, attempts=8)
async def tell_rebound(ctx: Acting, run: JobRun) -> None:
    """A text message to the phone of an account whose WeChat was changed or taken away (W8). Raises Unavailable: tried again."""
    await wechat_binding.tell_rebound(ctx, run.id, UUID(run.payload["account"]))


@job("auth.phone_changed", attempts=8)
async def tell_old_phone(ctx: Acting, run: JobRun) -> None:
    """Say so to the former phone, at once at any hour: who did not do it must act now."""
    await phones.tell_old_phone(ctx, run)
