"""A person's own messages, of all organisations in one list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carbon import month_code
from core.database import Acting
from core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; ``link`` is a path of the console, which the phone translates."""

    id: UUID
    kind: str
    title: str
    text: str
    link: str | None
    month: str | None
    organisation_id: UUID
    organisation: str
    at: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of them; ``unread`` counts all."""

    items: list[Notice]
    total: int
    unread: int


async def list_notices(ctx: Acting, *, unread: bool = False, page: int = 1, page_size: int = 20) -> NoticePage:
    """Newest first."""
    counts = await ctx.db.row(
        "select count(*) as total, count(*) filter (where read_at is null) as unread from notice where person_id = $1", ctx.person_id
    )
    rows = await ctx.db.rows(
        "select id, kind, title, text, link, month, tenant_id as organisation_id, organisation_name as organisation, created_at as at,"
        " read_at is not null as read from notice where person_id = $1 and ($2 is false or read_at is null)"
        " order by created_at desc, id limit $3 offset $4",
        ctx.person_id,
        unread,
        page_size,
        (page - 1) * page_size,
    )
    assert counts is not None
    items = [Notice(**(row | {"month": month_code(row["month"]) if row["month"] else None})) for row in rows]
    return NoticePage(items, int(counts["unread"] if unread else counts["total"]), int(counts["unread"]))


async def mark_read(ctx: Acting, notice_id: UUID) -> None:
    """Read; again changes nothing. Raises NotFound for somebody else's."""
    if not await ctx.db.run(
        "update notice set read_at = coalesce(read_at, $3) where person_id = $1 and id = $2", ctx.person_id, notice_id, ctx.now
    ):
        raise NotFound("没有这条消息。")


async def mark_all_read(ctx: Acting) -> int:
    """All that came up to now; returns how many."""
    return await ctx.db.run(
        "update notice set read_at = $2 where person_id = $1 and read_at is null and created_at <= $2", ctx.person_id, ctx.now
    )
