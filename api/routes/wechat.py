"""Handlers of WeChat: signing in, binding, subscriptions, the message push, and the entry code for posters.

The three public calls open their transactions themselves: nothing of the database is held while WeChat is asked.
"""

from datetime import datetime
from typing import Annotated

import msgspec

import auth
import documents
from api.kernel.route import Call, FileAnswer, PageAnswer, route
from api.kernel.types import Answer, Struct
from api.routes.auth import Done, SessionAnswer, _device, _session
from auth.audiences import ENTERPRISE, OPERATOR
from core.database import Acting
from core.settings import settings

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
FAULTS = ("WX_CODE_INVALID", "WX_USER_RISK", "WX_TOO_OFTEN", "WX_QUOTA", "WX_CONFIG", "WX_NOT_SET_UP", "WX_TRY_AGAIN", "WX_UPSTREAM")
BOUND = ("WX_OPENID_BOUND", "WX_ACCOUNT_BOUND", "WX_TICKET_EXPIRED")
PAGE = "pages/home/index"


class WechatLogin(Struct):
    """``code`` of ``wx.login``. ``audience``: mini (h5 only in a demonstration)."""

    code: Code
    audience: str = "mini"
    device_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class WechatLoginAnswer(Answer):
    """``signed_in``, or ``unbound`` with the ticket that binds this WeChat to the next sign-in."""

    state: str
    signed_in: SessionAnswer | None = None
    bind_ticket: str | None = None
    expires_in: int | None = None


class WechatPhone(Struct):
    """``code`` of the phone number button: not the login code."""

    bind_ticket: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    code: Code
    audience: str = "mini"
    device_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class WechatBind(Struct):
    """``code`` of ``wx.login``; the proof travels in ``X-Step-Up``."""

    code: Code


class WechatBinding(Answer):
    bound: bool
    since: datetime | None


class WechatOutcome(Answer):
    """``outcome``: bound, same (was so already) or moved (from another WeChat; the phone is told)."""

    outcome: str


class Consent(Struct):
    """``template``: our name or WeChat's id. ``result``: accept, reject or ban, as the popup said."""

    template: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    result: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]


class Consents(Struct):
    items: Annotated[list[Consent], msgspec.Meta(min_length=1, max_length=12)]


class Remaining(Answer):
    """How many messages are left, by template."""

    remaining: dict[str, int]


class MessageTemplateAnswer(Answer):
    """``template_id`` goes to ``wx.requestSubscribeMessage``; ``kind``: once or long."""

    template: str
    template_id: str
    kind: str
    title: str


class Templates(Answer):
    items: list[MessageTemplateAnswer]
    total: int


class Push(Struct):
    """What WeChat appends to the address."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    echostr: str = ""
    msg_signature: str = ""
    encrypt_type: str = ""
    openid: str = ""


class Entry(Struct):
    """``page`` of the mini-program, ``note``: where the code will hang; the same page and note have the same code."""

    page: Annotated[str, msgspec.Meta(max_length=200)] = PAGE
    note: Annotated[str, msgspec.Meta(max_length=60)] = ""


def _device_of(call: Call) -> str:
    return _device(call) or auth.device_id_or_nothing(call.body.device_id or "")


@route(
    "POST", "/api/v1/auth/wechat/login", public=True, no_database=True, body=WechatLogin, answer=WechatLoginAnswer,
    rate_limit=(60, 60), summary="微信登录", errors=(*FAULTS, "ACCOUNT_DISABLED", "WRONG_CONSOLE"),
)  # fmt: skip
async def wechat_login(ctx: Acting, call: Call) -> WechatLoginAnswer:
    auth.wechat.check_audience(call.body.audience)
    session = await auth.wechat.ask(call.body.code)
    async with auth.wechat.apart(ctx):
        found = await auth.wechat.enter(ctx, session, call.body.audience, _device_of(call))
        if isinstance(found, auth.wechat.Unbound):
            return WechatLoginAnswer(state="unbound", bind_ticket=found.ticket, expires_in=found.expires_in)
        return WechatLoginAnswer(state="signed_in", signed_in=await _session(ctx, call, found))


@route(
    "POST", "/api/v1/auth/wechat/phone", public=True, no_database=True, body=WechatPhone, answer=SessionAnswer,
    rate_limit=(30, 60), summary="用微信手机号登录，并绑定微信", errors=(*FAULTS, *BOUND, "LOGIN_FAILED"),
)  # fmt: skip
async def wechat_phone(ctx: Acting, call: Call) -> SessionAnswer:
    body: WechatPhone = call.body
    auth.wechat.check_audience(body.audience)
    number = await auth.wechat.phone_of(ctx, body.bind_ticket, body.code)
    async with auth.wechat.apart(ctx):
        signed = await auth.wechat.enter_by_phone(ctx, body.bind_ticket, number, body.audience, _device_of(call))
        return await _session(ctx, call, signed)


@route(
    "POST", "/api/v1/auth/wechat/bind", authenticated=True, audience=ENTERPRISE, body=WechatBind, answer=WechatOutcome,
    step_up="wechat.bind", rate_limit=(120, 60), summary="绑定或换绑微信", errors=(*FAULTS, *BOUND, "STEP_UP_REQUIRED"),
)  # fmt: skip
async def bind_wechat(ctx: Acting, call: Call) -> WechatOutcome:
    return WechatOutcome(outcome=await auth.wechat.bind(ctx, call.body.code))


@route(
    "DELETE", "/api/v1/auth/wechat/binding", authenticated=True, audience=ENTERPRISE, answer=Done,
    step_up="wechat.unbind", summary="解除微信绑定", errors=("STEP_UP_REQUIRED", "WX_NOT_SET_UP"),
)  # fmt: skip
async def unbind_wechat(ctx: Acting, call: Call) -> Done:
    return Done(status="ok" if await auth.wechat.unbind(ctx) else "none")


@route(
    "GET", "/api/v1/auth/wechat/binding", authenticated=True, audience=ENTERPRISE, answer=WechatBinding,
    summary="我的微信绑定",
)  # fmt: skip
async def wechat_binding(ctx: Acting, call: Call) -> WechatBinding:
    since = await auth.wechat.bound_since(ctx)
    return WechatBinding(bound=since is not None, since=since)


@route(
    "POST", "/api/v1/wechat/subscriptions", authenticated=True, audience=ENTERPRISE, body=Consents, answer=Remaining,
    rate_limit=(60, 60), summary="上报订阅消息的选择",
)  # fmt: skip
async def report_subscriptions(ctx: Acting, call: Call) -> Remaining:
    return Remaining(remaining=await auth.wechat.subscribe(ctx, [(i.template, i.result) for i in call.body.items]))


@route(
    "GET", "/api/v1/wechat/templates", authenticated=True, audience=ENTERPRISE, answer=Templates, summary="可订阅的消息模板"
)
async def wechat_templates(ctx: Acting, call: Call) -> Templates:
    known = auth.wechat.templates().values() if auth.wechat.configured() else ()
    items = [MessageTemplateAnswer(template=t.name, template_id=t.id, kind=t.kind, title=t.title) for t in known]
    return Templates(items=items, total=len(items))


@route("GET", "/wechat/callback", public=True, no_database=True, query=Push, summary="微信消息推送：地址校验", tag="wechat")
async def greet_wechat(ctx: Acting, call: Call) -> PageAnswer:
    q: Push = call.query
    return PageAnswer(auth.wechat.greet(q.signature, q.timestamp, q.nonce, q.echostr), "text/plain; charset=utf-8")


@route(
    "POST", "/wechat/callback", public=True, no_database=True, query=Push, summary="微信消息推送（安全模式，XML）", tag="wechat",
    errors=("WX_SIGNATURE", "WX_XML"),
)  # fmt: skip
async def receive_wechat(ctx: Acting, call: Call) -> PageAnswer:
    await auth.wechat.receive(call.request.body, call.query.msg_signature, call.query.timestamp, call.query.nonce)
    return PageAnswer("success", "text/plain; charset=utf-8")


@route(
    "GET", "/api/v1/ops/entry-code.png", permission="ops.entry_code", audience=OPERATOR, query=Entry, read_only=False,
    rate_limit=(120, 60), tag="ops", summary="小程序入口码", errors=("WX_NOT_SET_UP", "WX_CONFIG", "WX_UPSTREAM"),
)  # fmt: skip
async def entry_code(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(await auth.wechat.entry_code(ctx, call.query.page, call.query.note), "image/png", "小程序码.png")


async def _poster(ctx: Acting, call: Call) -> documents.Poster:
    code = await auth.wechat.entry_code(ctx, call.query.page, call.query.note)
    return documents.Poster(
        code_png=code, place=call.query.note, city=settings.city_name, hotline=settings.hotline, demo=settings.demo
    )


@route(
    "GET", "/api/v1/ops/entry-poster.pdf", permission="ops.entry_code", audience=OPERATOR, query=Entry, read_only=False,
    rate_limit=(120, 60), tag="ops", summary="入口海报（A4，PDF）", errors=("WX_NOT_SET_UP", "WX_CONFIG", "WX_UPSTREAM"),
)  # fmt: skip
async def entry_poster_pdf(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(await documents.poster_pdf(await _poster(ctx, call), ctx.now), "application/pdf", "入口海报.pdf")


@route(
    "GET", "/api/v1/ops/entry-poster.png", permission="ops.entry_code", audience=OPERATOR, query=Entry, read_only=False,
    rate_limit=(120, 60), tag="ops", summary="入口海报（图片）", errors=("WX_NOT_SET_UP", "WX_CONFIG", "WX_UPSTREAM"),
)  # fmt: skip
async def entry_poster_png(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(await documents.poster_png(await _poster(ctx, call), ctx.now), "image/png", "入口海报.png")
