"""Handlers of identity: sign in, stay signed in, sign out, prove again."""

import base64
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

import auth
import tenants
from api.kernel.route import Call, route
from api.kernel.types import Answer, Struct
from auth.audiences import ALL, H5, MINI, OPERATOR
from auth.sessions import SignedIn
from core.database import Acting
from core.errors import Unauthenticated
from core.settings import settings

SECURE = settings.public_url.startswith("https://")
PREFIX = "__Host-" if SECURE else ""
#: One refresh cookie for the consoles and one for the phone page: both live on one host, and neither may end the other (L13, L17).
#: By name, not by path: ``__Host-`` asks for ``Path=/``.
COOKIE, PHONE_COOKIE, DEVICE = f"{PREFIX}refresh", f"{PREFIX}refresh-h5", f"{PREFIX}device"
DEVICE_LIFE = 400 * 86400
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class CaptchaAnswer(Answer):
    captcha_id: str
    image_png_base64: str
    expires_in: int


class PasswordLogin(Struct):
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    captcha_id: Annotated[str, msgspec.Meta(max_length=64)]
    captcha_answer: Annotated[str, msgspec.Meta(max_length=16)]
    totp: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    audience: str | None = None
    device_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    bind_ticket: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class SmsSend(Struct):
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    purpose: str = "login"
    captcha_id: str | None = None
    captcha_answer: str | None = None


class SmsLogin(Struct):
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    code: Annotated[str, msgspec.Meta(min_length=6, max_length=6)]
    audience: str = "console-ent"
    device_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    bind_ticket: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class OrganisationBrief(Answer):
    """Where one may act; an agent of a firm has roles ``["agent"]``, the scopes and the last day of the grant."""

    id: UUID
    name: str
    kind: str
    status: str
    roles: list[str]
    scopes: list[str] | None = None
    valid_to: date | None = None


class WechatBound(Answer):
    """What became of ``bind_ticket``: bound, or why not and what to do next; the sign-in stands either way."""

    bound: bool
    code: str
    message: str


class SessionAnswer(Answer):
    """``refresh_token`` and ``refresh_expires_in`` are given to phones only; consoles keep them in a cookie the page cannot read.

    ``must_enrol_second_factor``: this console opens once an authenticator is bound and confirmed (L21).
    """

    access_token: str
    token_type: str
    expires_in: int
    audience: str
    must_change_password: bool
    must_enrol_second_factor: bool
    account_id: UUID
    organisations: list[OrganisationBrief]
    active_organisation: UUID | None
    refresh_token: str | None = None
    refresh_expires_in: int | None = None
    wechat: WechatBound | None = None


class SmsSent(Answer):
    expires_in: int


class ChangePassword(Struct):
    old_password: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    new_password: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Switch(Struct):
    organisation_id: UUID


class TokenAnswer(Answer):
    access_token: str
    token_type: str
    expires_in: int
    active_organisation: UUID


class Me(Answer):
    account_id: UUID
    person_id: UUID
    login_name: str
    name: str
    must_change_password: bool
    second_factor: bool
    must_enrol_second_factor: bool
    phone_masked: str | None
    roles: list[str]
    scopes: list[str]
    permissions: list[str]
    audience: str
    organisations: list[OrganisationBrief]
    active_organisation: UUID | None
    demo: bool
    hotline: str


class DeviceAnswer(Answer):
    id: UUID
    audience: str
    device: str
    ip: str
    amr: list[str]
    created_at: datetime
    last_seen: datetime
    current: bool


class Devices(Answer):
    items: list[DeviceAnswer]
    total: int


class Ended(Answer):
    ended: int


class StepUp(Struct):
    """``purpose`` and ``operation`` as ``STEP_UP_REQUIRED`` named them; ``method``: totp, sms or password."""

    method: str
    proof: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    purpose: Short
    operation: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class StepUpSms(Struct):
    captcha_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    captcha_answer: Annotated[str, msgspec.Meta(max_length=16)] | None = None


class StepUpSmsSent(Answer):
    expires_in: int
    phone_masked: str


class Proof(Answer):
    proof_id: UUID
    expires_in: int


class Enrol(Struct):
    """``code`` of the authenticator in force, when there is one."""

    code: Annotated[str, msgspec.Meta(max_length=10)] | None = None


class EnrolAnswer(Answer):
    secret: str
    uri: str


class Confirm(Struct):
    code: Annotated[str, msgspec.Meta(min_length=6, max_length=6)]


class Done(Answer):
    status: str = "ok"


def _device(call: Call) -> str:
    """The device's own id: a cookie set at the first sign-in, or the phone's header; nothing for a stranger."""
    return auth.device_id_or_nothing(
        str(call.request.cookies.get(DEVICE) or call.request.headers.get("x-device-id", ""))
    )


def _phone_device(call: Call) -> str:
    """What binds a one-time code: the header only, so that signing in between does not change it."""
    return auth.device_id_or_nothing(call.request.headers.get("x-device-id", ""))


def _sign_in_fields(call: Call) -> dict[str, Any]:
    """What a sign-in verb takes: the body without what binds a WeChat; the device by cookie, header or body."""
    fields = msgspec.structs.asdict(call.body)
    fields.pop("bind_ticket")
    named = fields.pop("device_id") or ""
    return {**fields, "device_id": _device(call) or auth.device_id_or_nothing(named)}


def _cookie_of(audience: str) -> str:
    return PHONE_COOKIE if audience == H5 else COOKIE


def _forget(call: Call, name: str) -> None:
    call.cookie(name, "", path="/", max_age=0, httponly=True, samesite="Strict", secure=SECURE)


async def _session(ctx: Acting, call: Call, signed: SignedIn) -> SessionAnswer:
    phone = signed.audience == MINI
    if not phone:
        call.cookie(
            _cookie_of(signed.audience),
            signed.refresh_token,
            path="/",
            httponly=True,
            secure=SECURE,
            samesite="Strict",
            max_age=signed.refresh_expires_in,
        )
        if call.request.cookies.get(DEVICE) != signed.device_id:
            call.cookie(
                DEVICE, signed.device_id, path="/", httponly=True, secure=SECURE, samesite="Strict", max_age=DEVICE_LIFE
            )
    return SessionAnswer(
        access_token=signed.access_token,
        token_type="Bearer",
        expires_in=signed.expires_in,
        audience=signed.audience,
        must_change_password=signed.must_change,
        must_enrol_second_factor=auth.needs_second_factor(signed.audience, signed.amr),
        account_id=signed.account_id,
        organisations=await _organisations(ctx, signed.person_id),
        active_organisation=signed.organisation,
        refresh_token=signed.refresh_token if phone else None,
        refresh_expires_in=signed.refresh_expires_in if phone else None,
        wechat=await _bind_wechat(ctx, call, signed.account_id),
    )


async def _bind_wechat(ctx: Acting, call: Call, account_id: UUID) -> WechatBound | None:
    ticket = getattr(call.body, "bind_ticket", None)
    if not ticket:
        return None
    made = await auth.wechat.bind_by_ticket(ctx, ticket, account_id)
    return WechatBound(bound=made.bound, code=made.code, message=made.message)


async def _organisations(ctx: Acting, person_id: UUID) -> list[OrganisationBrief]:
    return [
        OrganisationBrief(
            id=o.id, name=o.name, kind=o.kind, status=o.status, roles=list(o.roles), scopes=list(o.scopes) if o.scopes else None, valid_to=o.valid_to
        )
        for o in await tenants.organisations_of(ctx, person_id)
    ]


@route(
    "POST", "/api/v1/auth/captcha", public=True, answer=CaptchaAnswer, rate_limit=(30, 60), summary="取一张图形验证码"
)
async def new_captcha(ctx: Acting, call: Call) -> CaptchaAnswer:
    made = await auth.draw_captcha(ctx)
    return CaptchaAnswer(
        captcha_id=made.captcha_id, image_png_base64=base64.b64encode(made.png).decode(), expires_in=made.expires_in
    )


@route(
    "POST",
    "/api/v1/auth/password-login",
    public=True,
    body=PasswordLogin,
    answer=SessionAnswer,
    rate_limit=(60, 60),
    summary="账号密码登录",
    errors=("CAPTCHA_WRONG", "LOGIN_FAILED", "LOGIN_LOCKED", "TOTP_REQUIRED", "TOTP_WRONG"),
)
async def password_login(ctx: Acting, call: Call) -> SessionAnswer:
    return await _session(ctx, call, await auth.password_login(ctx, **_sign_in_fields(call)))


@route(
    "POST",
    "/api/v1/auth/sms/send",
    public=True,
    body=SmsSend,
    answer=SmsSent,
    rate_limit=(20, 60),
    summary="发送短信验证码",
)
async def send_sms(ctx: Acting, call: Call) -> SmsSent:
    body: SmsSend = call.body
    own = _phone_device(call)
    device = auth.device_hash(own, ctx.user_agent)
    sent = auth.send_code(ctx, body.purpose, body.phone, device, body.captcha_id, body.captcha_answer, bool(own))
    return SmsSent(expires_in=await sent)


@route(
    "POST",
    "/api/v1/auth/sms-login",
    public=True,
    body=SmsLogin,
    answer=SessionAnswer,
    rate_limit=(30, 60),
    summary="短信验证码登录",
)
async def sms_login(ctx: Acting, call: Call) -> SessionAnswer:
    bound = auth.device_hash(_phone_device(call), ctx.user_agent)
    return await _session(ctx, call, await auth.sms_login(ctx, **_sign_in_fields(call), code_device=bound))


class ResetPassword(Struct):
    """The code was sent with purpose ``reset``."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    code: Annotated[str, msgspec.Meta(min_length=6, max_length=6)]
    new_password: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


@route(
    "POST",
    "/api/v1/auth/reset-password",
    public=True,
    body=ResetPassword,
    answer=Done,
    rate_limit=(20, 60),
    summary="忘记密码：凭短信验证码重置",
    errors=("SMS_CODE", "NO_ACCOUNT", "RESET_BY_ADMIN", "PASSWORD_WEAK"),
)
async def reset_forgotten_password(ctx: Acting, call: Call) -> Done:
    fields = msgspec.structs.asdict(call.body)
    await auth.reset_by_sms(ctx, **fields, device=auth.device_hash(_phone_device(call), ctx.user_agent))
    return Done()


class Refresh(Struct):
    """The mini-program sends the token it keeps; pages in a browser say which of the two they are and send their cookie.

    ``client`` None: a page of a version that knew one cookie only.
    """

    refresh_token: str | None = None
    client: Literal["console", "h5"] | None = None


async def _kept_token(ctx: Acting, call: Call) -> str | None:
    """The token of the page that asks, never that of the other page on this host.

    The phone page of a former version kept its token under the consoles' name: taken over once, as what it is.
    """
    cookies, client = call.request.cookies, call.body.client
    shared, phone = cookies.get(COOKIE), cookies.get(PHONE_COOKIE)
    if client is None:
        return shared or phone
    if client == H5 and phone:
        return str(phone)
    if shared and (await auth.audience_of_refresh(ctx, shared) == H5) == (client == H5):
        return str(shared)
    return None


@route(
    "POST",
    "/api/v1/auth/refresh",
    public=True,
    body=Refresh,
    answer=SessionAnswer,
    rate_limit=(120, 60),
    summary="续期",
)
async def refresh(ctx: Acting, call: Call) -> SessionAnswer:
    token = call.body.refresh_token or await _kept_token(ctx, call)
    if not token:
        raise Unauthenticated(detail="请先登录。")
    signed = await auth.rotate(ctx, token, _device(call))
    if signed.audience == H5 and call.request.cookies.get(COOKIE) == token:
        _forget(call, COOKIE)  # it lives under the phone page's own name from here on
    return await _session(ctx, call, signed)


@route(
    "POST", "/api/v1/auth/logout", authenticated=True, audience=ALL, answer=Done, allow_must_change=True, summary="退出"
)
async def logout(ctx: Acting, call: Call) -> Done:
    assert ctx.sid is not None
    await auth.end_session(ctx, ctx.sid)
    _forget(call, _cookie_of(ctx.audience))
    return Done()


@route(
    "POST",
    "/api/v1/auth/logout-everywhere",
    authenticated=True,
    audience=ALL,
    answer=Ended,
    allow_must_change=True,
    summary="退出全部设备",
)
async def logout_everywhere(ctx: Acting, call: Call) -> Ended:
    return Ended(ended=await auth.end_all_sessions(ctx))


@route(
    "POST",
    "/api/v1/auth/change-password",
    authenticated=True,
    audience=ALL,
    body=ChangePassword,
    answer=Done,
    allow_must_change=True,
    summary="修改密码，之后全部设备重新登录",
)
async def change_password(ctx: Acting, call: Call) -> Done:
    assert ctx.person_id is not None
    names = [o.name for o in await _organisations(ctx, ctx.person_id)]
    await auth.change_password(ctx, call.body.old_password, call.body.new_password, names)
    return Done()


@route(
    "POST",
    "/api/v1/auth/switch",
    authenticated=True,
    audience=ALL,
    body=Switch,
    answer=TokenAnswer,
    summary="切换企业（机构）",
)
async def switch(ctx: Acting, call: Call) -> TokenAnswer:
    target = call.body.organisation_id
    token = await auth.choose_organisation(ctx, target)
    return TokenAnswer(
        access_token=token, token_type="Bearer", expires_in=auth.lifetime(ctx.audience), active_organisation=target
    )


@route(
    "GET",
    "/api/v1/auth/me",
    authenticated=True,
    audience=ALL,
    answer=Me,
    allow_must_change=True,
    summary="我是谁，能做什么",
)
async def me(ctx: Acting, call: Call) -> Me:
    assert ctx.account_id is not None and ctx.person_id is not None
    who = await auth.who_am_i(ctx)
    return Me(
        account_id=ctx.account_id,
        person_id=ctx.person_id,
        login_name=who.login_name,
        name=who.name,
        must_change_password=who.must_change,
        second_factor=who.second_factor,
        must_enrol_second_factor=auth.needs_second_factor(ctx.audience, ctx.amr),
        phone_masked=who.phone_masked,
        roles=sorted(role for role in ctx.roles if ":" not in role),
        scopes=sorted(role.removeprefix("agent:") for role in ctx.roles if role.startswith("agent:")),
        permissions=sorted(ctx.permissions),
        audience=ctx.audience,
        organisations=await _organisations(ctx, ctx.person_id),
        active_organisation=ctx.tenant_id,
        demo=settings.demo,
        hotline=settings.hotline,
    )


@route("GET", "/api/v1/auth/sessions", authenticated=True, audience=ALL, answer=Devices, summary="我的设备")
async def sessions(ctx: Acting, call: Call) -> Devices:
    found = await auth.my_devices(ctx)
    items = [
        DeviceAnswer(
            id=d.id,
            audience=d.audience,
            device=d.device,
            ip=d.ip,
            amr=d.amr,
            created_at=d.created_at,
            last_seen=d.last_seen,
            current=d.current,
        )
        for d in found
    ]
    return Devices(items=items, total=len(items))


@route(
    "DELETE",
    "/api/v1/auth/sessions/<session_id>",
    authenticated=True,
    audience=ALL,
    answer=Done,
    summary="退出一台设备",
)
async def end_one_session(ctx: Acting, call: Call, session_id: UUID) -> Done:
    await auth.end_session(ctx, session_id)
    return Done()


@route(
    "POST",
    "/api/v1/auth/step-up",
    authenticated=True,
    audience=ALL,
    body=StepUp,
    answer=Proof,
    rate_limit=(60, 60),
    summary="再次验证身份",
)
async def step_up(ctx: Acting, call: Call) -> Proof:
    body: StepUp = call.body
    proof = await auth.prove(ctx, body.method, body.proof, body.purpose, body.operation, _device(call))
    return Proof(proof_id=proof, expires_in=300)


@route(
    "POST",
    "/api/v1/auth/step-up/sms",
    authenticated=True,
    audience=ALL,
    body=StepUpSms,
    answer=StepUpSmsSent,
    rate_limit=(10, 60),
    summary="再次验证身份：向本人手机发送验证码",
)
async def send_step_up_code(ctx: Acting, call: Call) -> StepUpSmsSent:
    lives, phone = await auth.send_proof_code(ctx, _device(call), call.body.captcha_id, call.body.captcha_answer)
    return StepUpSmsSent(expires_in=lives, phone_masked=phone)


@route(
    "POST",
    "/api/v1/auth/second-factor/enrol",
    authenticated=True,
    audience=ALL,
    body=Enrol,
    answer=EnrolAnswer,
    rate_limit=(10, 60),
    summary="绑定验证器：取密钥",
)
async def enrol_second_factor(ctx: Acting, call: Call) -> EnrolAnswer:
    made = await auth.enrol(ctx, call.body.code)
    return EnrolAnswer(secret=made.secret, uri=made.uri)


@route(
    "POST",
    "/api/v1/auth/second-factor/confirm",
    authenticated=True,
    audience=ALL,
    body=Confirm,
    answer=Done,
    rate_limit=(20, 60),
    summary="绑定验证器：确认，本次登录随即生效",
    errors=("NOT_ENROLLED", "TOTP_WRONG"),
)
async def confirm_second_factor(ctx: Acting, call: Call) -> Done:
    await auth.confirm(ctx, call.body.code)
    return Done()


class AccountName(Struct):
    login_name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class AccountStatus(Struct):
    status: Annotated[str, msgspec.Meta(max_length=20)]


class AccountAnswer(Answer):
    id: UUID
    login_name: str
    name: str
    profile: str
    status: str
    must_change: bool
    second_factor: bool
    locked_until: datetime | None
    sessions: int
    created_at: datetime


class InitialPassword(Answer):
    """Shown once."""

    account_id: UUID
    login_name: str
    password: str


def _account(card: auth.AccountCard) -> AccountAnswer:
    return AccountAnswer(**{name: getattr(card, name) for name in AccountAnswer.__struct_fields__})


MANAGE = "ops.account.manage"


@route(
    "GET",
    "/api/v1/ops/accounts",
    permission=MANAGE,
    audience=OPERATOR,
    query=AccountName,
    answer=AccountAnswer,
    tag="ops",
    summary="按完整账号名查一个账号",
)
async def find_account(ctx: Acting, call: Call) -> AccountAnswer:
    return _account(await auth.find_account(ctx, call.query.login_name))


@route(
    "POST",
    "/api/v1/ops/accounts/<account_id>/reset-password",
    permission=MANAGE,
    audience=OPERATOR,
    answer=InitialPassword,
    tag="ops",
    step_up="account.manage",
    summary="重置为初始密码，只显示一次",
    errors=("STEP_UP_REQUIRED", "NOT_ONESELF"),
)
async def reset_account_password(ctx: Acting, call: Call, account_id: UUID) -> InitialPassword:
    made = await auth.reset_password(ctx, account_id)
    return InitialPassword(account_id=made.account_id, login_name=made.login_name, password=made.password or "")


@route(
    "POST",
    "/api/v1/ops/accounts/<account_id>/drop-second-factor",
    permission=MANAGE,
    audience=OPERATOR,
    answer=AccountAnswer,
    tag="ops",
    step_up="account.manage",
    summary="解除验证器（手机遗失）",
    errors=("STEP_UP_REQUIRED", "NOT_ONESELF"),
)
async def drop_account_second_factor(ctx: Acting, call: Call, account_id: UUID) -> AccountAnswer:
    return _account(await auth.drop_second_factor(ctx, account_id))


@route(
    "PUT",
    "/api/v1/ops/accounts/<account_id>/status",
    permission=MANAGE,
    audience=OPERATOR,
    body=AccountStatus,
    answer=AccountAnswer,
    tag="ops",
    step_up="account.manage",
    summary="停用或启用账号",
    errors=("STEP_UP_REQUIRED", "NOT_ONESELF"),
)
async def set_account_status(ctx: Acting, call: Call, account_id: UUID) -> AccountAnswer:
    return _account(await auth.set_account_status(ctx, account_id, call.body.status))


@route(
    "POST",
    "/api/v1/ops/accounts/<account_id>/end-sessions",
    permission=MANAGE,
    audience=OPERATOR,
    answer=Ended,
    tag="ops",
    summary="结束一个账号的全部登录",
)
async def end_account_sessions(ctx: Acting, call: Call, account_id: UUID) -> Ended:
    return Ended(ended=await auth.end_account_sessions(ctx, account_id))
