"""Public texts in versions: what everybody reads, the pages under /help, and the desk where two operators make the next version."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

import knowledge
from api.kernel.route import Call, PageAnswer, route
from api.kernel.types import Answer, Struct
from api.pages.help import HEADERS, render_contents_page, render_missing_page, render_text_page
from auth.audiences import OPERATOR
from core.database import Acting
from core.errors import NotFound

Slug = Annotated[str, msgspec.Meta(max_length=40)]
Revision = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]


class TextList(Answer):
    """Every text in force."""

    items: list[knowledge.TextLine]


class VersionQuery(Struct):
    """An old version, for instance the one somebody agreed to."""

    version: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None


class DeskList(Answer):
    """Every text with its draft and history."""

    items: list[knowledge.DeskText]


class TextBody(Struct):
    """``revision`` of the draft as it was read, 0 to begin one; ``propose`` puts it before a second person."""

    slug: Slug
    title: Annotated[str, msgspec.Meta(max_length=200)]
    text: Annotated[str, msgspec.Meta(max_length=100_000)]
    effective: date | None = None
    revision: Revision = 0
    propose: bool = False


class Publication(Struct):
    """``revision`` of the draft that was read and is meant."""

    revision: Revision


class Return(Struct):
    """What has to be changed."""

    revision: Revision
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]


@route("GET", "/api/v1/content", public=True, answer=TextList, summary="现行的公开文本目录")
async def list_content(ctx: Acting, call: Call) -> TextList:
    return TextList(items=await knowledge.list_current(ctx.db))


@route(
    "GET", "/api/v1/content/<slug:str>", public=True, query=VersionQuery, answer=knowledge.PublicText,
    summary="一篇公开文本的现行版本或指定版本",
)  # fmt: skip
async def read_content(ctx: Acting, call: Call, slug: str) -> knowledge.PublicText:
    version = call.query.version
    return await (knowledge.of_version(ctx.db, slug, version) if version else knowledge.current(ctx.db, slug))


@route("GET", "/help", public=True, summary="说明与帮助的目录页")
async def help_page(ctx: Acting, call: Call) -> PageAnswer:
    return PageAnswer(render_contents_page(await knowledge.list_current(ctx.db)), headers=HEADERS)


@route("GET", "/help/<slug:str>", public=True, query=VersionQuery, summary="一篇公开文本的网页")
async def text_page(ctx: Acting, call: Call, slug: str) -> PageAnswer:
    others = await knowledge.list_current(ctx.db)
    try:
        text = await read_content(ctx, call, slug)
    except NotFound:
        return PageAnswer(render_missing_page(others), status=404, headers=HEADERS)
    return PageAnswer(render_text_page(text, others), headers=HEADERS)


@route("GET", "/api/v1/ops/content", permission="ops.content.read", audience=OPERATOR, answer=DeskList, summary="公开文本的草稿与版本")
async def desk_content(ctx: Acting, call: Call) -> DeskList:
    return DeskList(items=await knowledge.desk_texts(ctx))


@route(
    "POST", "/api/v1/ops/content", permission="ops.content.edit", audience=OPERATOR, body=TextBody, answer=knowledge.DeskText,
    summary="保存草稿，或提请发布", errors=("STALE_VERSION",),
)  # fmt: skip
async def save_content(ctx: Acting, call: Call) -> knowledge.DeskText:
    return await knowledge.save_draft(ctx, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/content/<text_id:str>/publish", permission="ops.content.publish", audience=OPERATOR, body=Publication,
    answer=knowledge.DeskText, idempotent=True, summary="发布他人提请的草稿",
    errors=("STALE_VERSION", "TWO_PERSONS", "NOT_PROPOSED", "EFFECTIVE_PAST", "UNCHANGED"),
)  # fmt: skip
async def publish_content(ctx: Acting, call: Call, text_id: UUID) -> knowledge.DeskText:
    return await knowledge.decide_text(ctx, text_id, call.body.revision, publish=True)


@route(
    "POST", "/api/v1/ops/content/<text_id:str>/return", permission="ops.content.publish", audience=OPERATOR, body=Return,
    answer=knowledge.DeskText, idempotent=True, summary="退回修改", errors=("STALE_VERSION", "TWO_PERSONS", "NOT_PROPOSED"),
)  # fmt: skip
async def return_content(ctx: Acting, call: Call, text_id: UUID) -> knowledge.DeskText:
    return await knowledge.decide_text(ctx, text_id, call.body.revision, publish=False, note=call.body.reason)


@route(
    "DELETE", "/api/v1/ops/content/<text_id:str>", permission="ops.content.edit", audience=OPERATOR, query=Publication, status=204,
    summary="作废草稿", errors=("STALE_VERSION",),
)  # fmt: skip
async def drop_content(ctx: Acting, call: Call, text_id: UUID) -> None:
    await knowledge.drop_draft(ctx, text_id, call.query.revision)
