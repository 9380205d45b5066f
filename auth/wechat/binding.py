"""A person's WeChat (W7, W8, W11): signing in by it, and binding it to the one account that it may open.

WeChat is asked before or between transactions, never while a public request holds one.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from auth import invited, sms
from auth.audiences import H5, MINI
from auth.sessions import SignedIn, _audience_for, _homes, open_session
from auth.wechat.client import configured, wechat
from auth.wechat.faults import CODE_SPENT, NONSENSE, WeChatFault, fault_of
from core import audit, logs
from core.clock import utc_now
from core.crypto import blind_indexes, seal, unseal
from core.database import Acting, transaction
from core.errors import Conflict, FieldError, Invalid, Problem, Unauthenticated, Unavailable
from core.ids import new_id
from core.jobs import enqueue
from core.settings import settings

KEY, PHONE, PERSON_PHONE = "wx_user.session_key", "wx_phone_code.phone", "person.phone"
TICKET_LIFE = 600
#: How long the second of two equal phone codes waits for the answer to the first, and how often it looks.
PATIENCE, LOOK = 10.0, 0.1
REBOUND = "wechat.rebound"
CHANGED = "您的账号刚刚更换了绑定的微信。如非本人操作，请立即修改密码，并拨打服务热线。"

NEXT = {
    "openid": (
        "WX_OPENID_BOUND",
        "这个微信已绑定另一个账号，不能再绑定。请先用微信登录原来的账号，在「我的—账号绑定」中解除，再来绑定。",
    ),
    "account": (
        "WX_ACCOUNT_BOUND",
        "这个账号已绑定另一个微信。登录后可在「我的—账号绑定」中验证身份，换成现在的微信。",
    ),
    "expired": ("WX_TICKET_EXPIRED", "微信登录信息已过期，请重新打开小程序，再登录一次。"),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Whether a ticket bound a WeChat; when not, why and what to do next."""

    bound: bool
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unbound:
    """A WeChat that no account has: the ticket binds it to the next sign-in."""

    ticket: str
    expires_in: int


@asynccontextmanager
async def apart(ctx: Acting) -> AsyncIterator[Acting]:
    """A transaction of its own for a request that began without one, with its audit lines; what waits for the commit follows."""
    try:
        async with transaction() as db:
            ctx.db, ctx.now = db, utc_now()
            try:
                yield ctx
            except Problem as problem:
                if problem.kept and ctx.audit_rows:
                    await audit.write(ctx, ctx.audit_rows)
                raise
            if ctx.audit_rows:
                await audit.write(ctx, ctx.audit_rows)
    finally:
        ctx.audit_rows = []
    waiting, ctx.afterwards = ctx.afterwards, []
    for act in waiting:
        await act()


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_audience(audience: str) -> None:
    """WeChat opens the mini-program; the phone page only where it plays the mini-program in a demonstration. Raises Invalid."""
    if audience != MINI and not (audience == H5 and settings.demo):
        raise Invalid([FieldError("audience", "CHOICE", "微信登录只能在小程序里使用，请改用短信验证码登录。")])


async def ask(code: str) -> dict[str, Any]:
    """WeChat's answer to a login code: openid, session_key, unionid. Call it outside of transactions. Raises WeChatFault."""
    return await wechat().session_of(code)


async def enter(ctx: Acting, session: dict[str, Any], audience: str, device_id: str) -> SignedIn | Unbound:
    """Sign in the account that is bound to the WeChat of ``session``, or hand out a ticket.

    Raises Unauthenticated ``ACCOUNT_DISABLED``, Forbidden ``WRONG_CONSOLE``.
    """
    row = await _seen(ctx, session)
    if row["account_id"] is None:
        ticket = secrets.token_urlsafe(32)
        await ctx.db.run("select wx_ticket_put($1, $2, $3)", _sha(ticket), row["id"], ctx.now)
        return Unbound(ticket, TICKET_LIFE)
    return await _open(ctx, await _living(ctx, row["account_id"]), audience, device_id)


async def _seen(ctx: Acting, session: dict[str, Any]) -> dict[str, Any]:
    args = (new_id(), wechat().appid, session["openid"], session.get("unionid") or None, ctx.now)
    row = await ctx.db.row("select * from wx_user_seen($1, $2, $3, $4, $5)", *args)
    assert row is not None
    await ctx.db.run("select wx_user_key($1, $2)", row["id"], seal(KEY, row["id"], session["session_key"]))
    return row


async def _living(ctx: Acting, account: UUID) -> dict[str, Any]:
    found = await ctx.db.row("select * from auth_account($1)", account)
    if found is None or found["status"] != "active":
        ctx.audit("login.failed", "account", account, "denied", {"way": "wechat"})
        raise Unauthenticated("ACCOUNT_DISABLED", "账号已停用，请联系企业管理员或拨打服务热线。").keep()
    return found


async def _open(ctx: Acting, found: dict[str, Any], audience: str, device_id: str) -> SignedIn:
    homes = await _homes(ctx, found)
    return await open_session(ctx, found, _audience_for(audience, homes), ["wechat"], device_id, homes)


async def bind_by_ticket(ctx: Acting, ticket: str, account_id: UUID) -> Bound:
    """Bind the WeChat of a ticket to an account that just proved itself in this transaction (every way of signing in calls it).

    Never raises for a ticket: a sign-in that succeeded stays one, and says why the WeChat was not bound. A WeChat that the
    account has already is not replaced: re-binding is a step-up act of its own (L20).
    """
    outcome = await ctx.db.value("select wx_bind_ticket($1, $2, $3)", _sha(ticket), account_id, ctx.now)
    if outcome in ("bound", "same"):
        if outcome == "bound":
            ctx.audit("wechat.bound", "account", account_id)
        return Bound(True)
    ctx.audit("wechat.bind_refused", "account", account_id, "denied", {"why": outcome})
    return Bound(False, *NEXT[outcome])


# The phone number of WeChat -----------------------------------------------------------------------------------------------


async def phone_of(ctx: Acting, ticket: str, code: str) -> str:
    """The phone (E.164) behind a phone code, for the WeChat of ``ticket``. Call it outside of transactions.

    The code is reserved first: a second tap waits for the answer to the first and costs nothing (W11). Raises Unauthenticated
    ``WX_TICKET_EXPIRED``, WeChatFault.
    """
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        async with apart(ctx):
            user = await ctx.db.row("select * from wx_ticket_of($1, $2)", _sha(ticket), ctx.now)
            if user is None:
                raise Unauthenticated(*NEXT["expired"])
            row = await ctx.db.row(
                "select * from wx_phone_reserve($1, $2, $3, $4)", _sha(code), new_id(), user["user_id"], ctx.now
            )
        assert row is not None
        if row["outcome"] == "mine":
            return await _ask_phone(code, row["id"])
        if row["outcome"] == "known":
            return unseal(PHONE, row["id"], row["phone_sealed"])
        if row["outcome"] in ("failed", "other") or asyncio.get_running_loop().time() > until:
            raise fault_of(next(iter(CODE_SPENT)), "phone_number", single_use=True, now=utc_now())
        await asyncio.sleep(LOOK)


async def _ask_phone(code: str, reservation: UUID) -> str:
    number: str | None = None
    try:
        answer = await wechat().call("phone_number", {"code": code})
        number = _number(answer)
        return number
    finally:
        sealed = seal(PHONE, reservation, number) if number else None
        async with transaction() as db:
            await db.run("select wx_phone_put($1, $2)", _sha(code), sealed)


def _number(answer: dict[str, Any]) -> str:
    """E.164 of WeChat's answer, when it is for our mini-program and of now (W11). Raises WeChatFault."""
    try:
        info = answer["phone_info"]
        pure, country, mark = str(info["purePhoneNumber"]), str(info["countryCode"]), info["watermark"]
        digits = "".join(c for c in pure if c.isascii() and c.isdigit())
        if mark["appid"] != wechat().appid or not digits or not country.isascii() or not country.isdigit():
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise fault_of(NONSENSE, "phone_number", single_use=True, now=utc_now()) from None
    return f"+{country}{digits}"


async def enter_by_phone(ctx: Acting, ticket: str, number: str, audience: str, device_id: str) -> SignedIn:
    """Sign in the account of a phone that WeChat vouched for, and bind the WeChat of ``ticket`` to it.

    Raises Unauthenticated ``LOGIN_FAILED`` (no account: nothing is bound, the ticket stays good), Conflict ``WX_OPENID_BOUND`` /
    ``WX_ACCOUNT_BOUND`` with the next step.
    """
    indexes = blind_indexes("phone", number)
    account = await ctx.db.value("select auth_of_phone($1)", indexes)
    if account is None and await invited.open_account(ctx, number):
        account = await ctx.db.value("select auth_of_phone($1)", indexes)
    if account is None:
        ctx.audit("login.failed", "phone", "", "denied", {"way": "wechat"})
        text = "微信绑定的手机号还没有账号。请先注册，或请企业管理员邀请您加入；已有账号的，请用账号密码登录，微信会一并绑定。"
        raise Unauthenticated("LOGIN_FAILED", text).keep()
    found = await _living(ctx, account)
    bound = await bind_by_ticket(ctx, ticket, account)
    if not bound.bound:
        raise Conflict(bound.code, bound.message).keep()
    return await _open(ctx, found, audience, device_id)


# Binding of who is signed in ----------------------------------------------------------------------------------------------


async def bind(ctx: Acting, code: str) -> str:
    """Bind the acting account to the WeChat of a login code: ``bound``, ``same`` or ``moved`` (another one before; the phone is told).

    The caller has spent a fresh proof (L20). Raises Conflict ``WX_OPENID_BOUND``, Invalid ``WX_CODE_INVALID``, WeChatFault.
    """
    async with wechat().held() as client:
        try:
            session = await client.session_of(code)
        except WeChatFault as fault:
            if fault.errcode in CODE_SPENT:  # not 401: who binds is signed in, and stays so
                raise Invalid([FieldError("code", "WX_CODE_INVALID", "微信登录信息已失效，请再点一次绑定。")], code="WX_CODE_INVALID") from None
            raise
    row = await _seen(ctx, session)
    outcome = str(await ctx.db.value("select wx_bind($1, $2)", row["id"], ctx.now))
    if outcome == "openid":
        ctx.audit("wechat.bind_refused", "account", ctx.account_id, "denied", {"why": outcome})
        raise Conflict(*NEXT["openid"]).keep()
    if outcome != "same":
        ctx.audit(f"wechat.{outcome}", "account", ctx.account_id)
    if outcome == "moved":
        await ctx.db.run("select wx_end_sessions($1, $2)", ctx.sid, ctx.now)
        await _tell_phone(ctx)
    return outcome


async def unbind(ctx: Acting) -> bool:
    """Let go of the WeChat; sessions that it opened end, but the present one. False: none was bound. The phone is told."""
    if not await ctx.db.value("select wx_unbind($1)", wechat().appid):
        return False
    await ctx.db.run("select wx_end_sessions($1, $2)", ctx.sid, ctx.now)
    ctx.audit("wechat.unbound", "account", ctx.account_id)
    await _tell_phone(ctx)
    return True


async def bound_since(ctx: Acting) -> datetime | None:
    """Since when the acting account has a WeChat; None: it has none. Where no mini-program is set up nobody has."""
    if not configured():
        return None
    since: datetime | None = await ctx.db.value("select wx_binding($1)", wechat().appid)
    return since


async def _tell_phone(ctx: Acting) -> None:
    """By the outbox of the organisation one acts for; a person without one is told after the commit."""
    assert ctx.account_id is not None
    if ctx.tenant_id is not None:
        await enqueue(ctx, REBOUND, new_id(), payload={"account": str(ctx.account_id)})
        return
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    if row is None or not row["phone_sealed"]:
        return
    number, sending = unseal(PERSON_PHONE, row["person_id"], row["phone_sealed"]), new_id()

    async def tell() -> None:
        if not settings.sms_gateway_url or not await sms.hand_over(sending, number, "notice", {"text": CHANGED}):
            logs.warn("wechat.rebound_untold")

    ctx.after_commit(tell)


async def tell_rebound(ctx: Acting, sending: UUID, account: UUID) -> None:
    """The job behind :func:`_tell_phone`. Raises Unavailable while the gateway does not take it (the job comes again)."""
    row = await ctx.db.row("select * from auth_account($1)", account)
    if row is None or not row["phone_sealed"]:
        return
    number = unseal(PERSON_PHONE, row["person_id"], row["phone_sealed"])
    if not await sms.hand_over(sending, number, "notice", {"text": CHANGED}):
        raise Unavailable("短信没有发出，稍后再试。", "SMS_UNAVAILABLE")
