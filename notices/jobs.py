"""Deliveries outside the platform: one job for each message and channel."""

from datetime import timedelta
from typing import Any

import auth
from core import logs
from core.crypto import unseal
from core.database import Acting
from core.errors import Unavailable
from core.jobs import JobRun, enqueue, job
from core.settings import settings
from notices import wechat
from notices.quiet import quiet_seconds

TEMPLATE = "notice"


@job("notices.sms", attempts=8)
async def send_text(ctx: Acting, run: JobRun) -> None:
    """One text message. In quiet hours it asks for itself again at 8:00. Raises Unavailable: tried again.

    The notice's own id goes with the message, so the gateway takes a repeat (killed before the commit) once.
    """
    notice = await _waiting(ctx, run, "sms")
    if notice is None:
        return
    wait = quiet_seconds(ctx.now)
    if wait:
        await enqueue(ctx, run.kind, run.object_id, version=run.version + 1, delay=timedelta(seconds=wait))
        return
    state, number = "no_channel", await _number(ctx, notice)
    if number is None:
        state = "no_phone"
    elif settings.sms_gateway_url:
        if not await auth.hand_over(notice["id"], number, TEMPLATE, {"text": notice["text"]}):
            raise Unavailable("短信没有发出，稍后再试。", "SMS_UNAVAILABLE")
        state = "sent"
    await ctx.db.run(
        "update notice set sms = $3, sms_at = $4, phone_sealed = null where tenant_id = $1 and id = $2", ctx.tenant, notice["id"], state, ctx.now
    )
    logs.note("notice.sms", notice=str(notice["id"]), notice_kind=notice["kind"], outcome=state)


@job("notices.wechat", attempts=4)
async def send_wechat(ctx: Acting, run: JobRun) -> None:
    """Hand one message to WeChat's outbox while the person's subscription allows it (W12, W13)."""
    notice = await _waiting(ctx, run, "wechat")
    if notice is None:
        return
    state = "handed" if await wechat.hand_over(ctx, notice) else "no_quota"
    await ctx.db.run("update notice set wechat = $3, wechat_at = $4 where tenant_id = $1 and id = $2", ctx.tenant, notice["id"], state, ctx.now)


async def _waiting(ctx: Acting, run: JobRun, channel: str) -> dict[str, Any] | None:
    row = await ctx.db.row("select * from notice where tenant_id = $1 and id = $2 for update", ctx.tenant, run.object_id)
    return row if row is not None and row[channel] == "waiting" else None


async def _number(ctx: Acting, notice: dict[str, Any]) -> str | None:
    """A mainland mobile number; others get no text messages (W11)."""
    row = await ctx.db.row("select * from notice_phone($1)", notice["id"])
    if row is None or row["sealed"] is None:
        return None
    number = unseal(row["field"], row["row_id"], row["sealed"])
    return number if number.startswith("+86") else None
