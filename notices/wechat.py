"""A notice as a WeChat subscription message: which template, which facts, which page opens."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from auth import wechat
from core.database import Acting
from notices.kinds import KINDS

#: The phone's list of messages; from there the notice's own link opens.
PAGE = "pages/account/messages"


async def hand_over(ctx: Acting, notice: dict[str, Any]) -> bool:
    """Write it into WeChat's outbox in this transaction (W13); False: no WeChat, no template of that name or no quota (W12)."""
    template = KINDS[notice["kind"]].template
    return await wechat.send_message(ctx, notice["person_id"], template, facts(notice), PAGE, event_id=notice["id"])


def facts(notice: dict[str, Any]) -> dict[str, str | date | datetime]:
    """What a template may name: title, firm, text, at, and by kind month, due, days, number, reason (made to fit there, W14)."""
    said: dict[str, str | date | datetime] = {
        "title": notice["title"],
        "firm": notice["organisation_name"],
        "text": notice["text"],
        "at": notice["created_at"],
    }
    if notice["month"]:
        said["month"] = f"{notice['month'] // 100}年{notice['month'] % 100}月"
    for name, value in notice["facts"].items():
        said.setdefault(name, date.fromisoformat(value) if name in ("due", "valid_until") else value)
    return said


@wechat.fall_back
async def not_wanted(ctx: Acting, event_id: UUID, account_id: UUID | None) -> None:
    """WeChat did not take it (43101, unbound meanwhile): said on the notice. Nothing is lost: it stands in the list, and where 18.2
    marks a text message one was sent from the beginning."""
    await ctx.db.run("update notice set wechat = 'no_quota' where tenant_id = $1 and id = $2", ctx.tenant, event_id)
