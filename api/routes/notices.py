"""Messages to the signed-in person, and by which channels he wants them."""

from uuid import UUID

import notices
from api.kernel.route import Call, route
from api.kernel.types import Answer, Page, Struct
from core.database import Acting


class NoticeQuery(Page):
    """``unread``: those alone."""

    unread: bool = False


class SettingsBody(Struct):
    """True: wanted. In-app messages always stay."""

    sms: bool
    wechat: bool


class ReadAll(Answer):
    """How many were unread."""

    read: int


@route("GET", "/api/v1/notices", authenticated=True, query=NoticeQuery, answer=notices.NoticePage, summary="我的消息，新的在前")
async def list_notices(ctx: Acting, call: Call) -> notices.NoticePage:
    return await notices.list_notices(ctx, unread=call.query.unread, page=call.query.page, page_size=call.query.page_size)


@route("POST", "/api/v1/notices/<notice_id:str>/read", authenticated=True, status=204, summary="标为已读")
async def read_notice(ctx: Acting, call: Call, notice_id: UUID) -> None:
    await notices.mark_read(ctx, notice_id)


@route("POST", "/api/v1/notices/read-all", authenticated=True, answer=ReadAll, summary="全部标为已读")
async def read_all_notices(ctx: Acting, call: Call) -> ReadAll:
    return ReadAll(read=await notices.mark_all_read(ctx))


@route("GET", "/api/v1/notices/settings", authenticated=True, answer=notices.Settings, summary="提醒方式")
async def notice_settings(ctx: Acting, call: Call) -> notices.Settings:
    return await notices.read_settings(ctx)


@route("PUT", "/api/v1/notices/settings", authenticated=True, body=SettingsBody, answer=notices.Settings, summary="改提醒方式")
async def change_notice_settings(ctx: Acting, call: Call) -> notices.Settings:
    return await notices.save_settings(ctx, call.body.sms, call.body.wechat)
