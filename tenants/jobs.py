"""Messages to agents: what was granted, changed, ended or ends soon, as a text message to the phone the firm named."""

from collections.abc import Awaitable, Callable
from typing import Any

import auth
from core.clock import BEIJING
from core.crypto import unseal
from core.database import Acting
from core.errors import Unavailable
from core.jobs import JobRun, job
from core.settings import settings
from tenants.grants import PHONE, SCOPES

#: Higher rooms that want to hear of a grant (the list of messages); called in the job's transaction with the row and the word.
listeners: dict[str, Callable[[Acting, dict[str, Any], str], Awaitable[None]]] = {}


@job("delegation.notice", attempts=8)
async def tell_agent(ctx: Acting, run: JobRun) -> None:
    """Tell what fits the row as it is now; nothing for a change that was overtaken. Raises Unavailable: tried again."""
    row = await ctx.db.row("select * from delegation where tenant_id = $1 and id = $2", ctx.tenant, run.object_id)
    what = str(run.payload.get("what"))
    text = notice(row, what, ctx) if row is not None else None
    if row is None or text is None:
        return
    for hear in listeners.values():
        await hear(ctx, row, what)
    if not settings.sms_gateway_url or row["phone_sealed"] is None:
        return
    phone = unseal(PHONE, row["id"], row["phone_sealed"])
    if not await auth.hand_over(run.id, phone, "agent_notice", {"text": text}):
        raise Unavailable("短信没有发出，稍后再试。", "SMS_UNAVAILABLE")
    ctx.audit("agent.told", "delegation", row["id"], detail={"what": what})


def notice(row: dict[str, Any], what: str, ctx: Acting) -> str | None:
    """The words; None when the row has moved on and the message would be wrong by now."""
    firm, last, scopes = row["firm_name"], said_day(row), said_scopes(row)
    if what == "revoked":
        return f"{firm}已结束对您的委托，您不能再代为办理。如有疑问请联系该企业。" if row["state"] == "revoked" else None
    if row["state"] != "active" or row["valid_to"] < ctx.now.astimezone(BEIJING).date():
        return None
    if what == "ending":
        return f"{firm}对您的委托（{scopes}）到 {last}结束，需要继续请联系该企业续期。"
    if what == "changed":
        return f"{firm}调整了对您的委托：范围为{scopes}，到 {last}为止。"
    if row["origin"] == "application":
        return None  # whoever applied is told of the decision
    door = f"打开 {settings.base_url}/m/ 用本手机号登录即可办理。"
    return f"{firm}委托您为代理人，范围为{scopes}，到 {last}为止。{door}"


def said_scopes(row: dict[str, Any]) -> str:
    """填报、报告 …"""
    return "、".join(SCOPES[s] for s in SCOPES if s in row["scopes"])


def said_day(row: dict[str, Any]) -> str:
    """The last day in words."""
    return f"{row['valid_to'].year} 年 {row['valid_to'].month} 月 {row['valid_to'].day} 日"
