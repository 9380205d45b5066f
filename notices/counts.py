"""How many messages went out, for the operator of the machinery: numbers by kind and channel, nobody's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.database import Acting
from notices.kinds import KINDS


@dataclass(frozen=True, slots=True)
class NoticeCounts:
    """Messages of one kind in the days asked for."""

    kind: str
    title: str
    told: int
    read: int
    sms_sent: int
    sms_waiting: int
    sms_none: int
    wechat_sent: int
    wechat_waiting: int
    last_at: datetime


async def notice_counts(ctx: Acting, days: int) -> list[NoticeCounts]:
    """By kind, most first."""
    ctx.require("ops.jobs.read")
    rows = await ctx.db.rows("select * from notice_counts($1)", ctx.now - timedelta(days=days))
    return [NoticeCounts(title=_title(row["kind"]), **row) for row in rows]


def _title(kind: str) -> str:
    known = KINDS.get(kind)
    return known.title.replace("{month_words}", "月度") if known else kind
