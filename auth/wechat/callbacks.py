"""Message push of WeChat (W20-W24): verified, stored once, answered at once; worked off later."""

import asyncio
import contextvars
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]

from auth.wechat import messages
from auth.wechat.client import configured, wechat
from auth.wechat.crypto import Forged, PushCrypto
from core import logs
from core.clock import utc_now
from core.crypto import seal, unseal
from core.database import Acting, transaction
from core.errors import Forbidden, NotFound, Problem
from core.ids import new_id
from core.settings import settings

FIELD = "wx_push.body"
LIMIT = 65_536
OLD_SECONDS = 600
_tasks: set[asyncio.Task[None]] = set()
Message = dict[str, Any]


def push_crypto() -> PushCrypto:
    """For this install's push settings. Raises NotFound where there are none."""
    if not (settings.wx_callback_token and settings.wx_encoding_aes_key and configured()):
        raise NotFound()
    return PushCrypto(settings.wx_callback_token, settings.wx_encoding_aes_key, wechat().appid)


def _refuse(why: str) -> Problem:
    logs.warn("wechat.push_refused", why=why)
    return Forbidden("WX_SIGNATURE", "签名不对或已过期，不予受理。")


def _fresh(timestamp: str) -> None:
    try:
        age = abs(utc_now().timestamp() - int(timestamp))
    except (ValueError, OverflowError):
        raise _refuse("timestamp") from None
    if age > OLD_SECONDS:
        raise _refuse("old")


def greet(signature: str, timestamp: str, nonce: str, echo: str) -> str:
    """The check when the address is entered at WeChat: the echo, unchanged. Raises NotFound, Forbidden."""
    try:
        push_crypto().check(signature, timestamp, nonce)
    except Forged as forged:
        raise _refuse(str(forged)) from None
    return echo


async def receive(body: bytes, given: str, timestamp: str, nonce: str) -> None:
    """Verify and store one push; the caller answers ``success``. A duplicate is stored once.

    Raises NotFound (no push set up), Problem 413 (above 64 KiB), Forbidden (signature, time, padding, appid), Problem 400 (no XML).
    """
    crypto = push_crypto()
    if len(body) > LIMIT:
        raise Problem("TOO_LARGE", "消息过大。", status=413)
    _fresh(timestamp)
    outer = _xml(body.decode("utf-8", "replace"))
    encrypted = outer.get("Encrypt")
    if not isinstance(encrypted, str) or not given:
        raise _refuse("plain")
    try:
        text = crypto.open(encrypted, given, timestamp, nonce)
    except Forged as forged:
        raise _refuse(str(forged)) from None
    message = _xml(text)
    _known(message)
    push = new_id()
    async with transaction() as db:
        sealed = seal(FIELD, push, json.dumps(message, ensure_ascii=False))
        stored = await db.value("select wx_push_put($1, $2, $3, $4, $5)", push, _key(message), _event(message), sealed, utc_now())
    if stored:
        _later(push)


def _xml(text: str) -> Message:
    """The members of ``<xml>``. Raises Problem 400 for anything else, entities included."""
    try:
        found = xmltodict.parse(text)["xml"]
        if isinstance(found, dict):
            return found
    except (ExpatError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise Problem("WX_XML", "消息格式不对。", status=400)


def _known(message: Message) -> None:
    """A push without a sender is none of WeChat's."""
    if not isinstance(message.get("FromUserName"), str):
        raise Problem("WX_XML", "消息格式不对。", status=400)


def _event(message: Message) -> str:
    return str(message.get("Event") or message.get("MsgType") or "")[:100]


def _key(message: Message) -> bytes:
    """What makes two pushes the same (W22): MsgId, else sender, time and event. Reports of sent messages share all three, so
    their own MsgID is added."""
    if message.get("MsgId"):
        parts = ["id", str(message["MsgId"])]
    else:
        parts = ["event", str(message["FromUserName"]), str(message.get("CreateTime")), _event(message)]
        if _event(message) == "subscribe_msg_sent_event":
            parts += [str(item.get("MsgID", "")) for item in _items(message, "SubscribeMsgSentEvent")]
    return hashlib.sha256("\0".join([wechat().appid, *parts]).encode("utf-8", "surrogatepass")).digest()


def _items(message: Message, name: str) -> list[Message]:
    """``<Name><List>…</List></Name>``, one or many."""
    inner = message.get(name)
    found = inner.get("List") if isinstance(inner, dict) else None
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


# Later ------------------------------------------------------------------------------------------------------------------


def _later(push: UUID) -> None:
    """Soon, in this process, outside of the request; what is lost here the schedule finds."""
    task = asyncio.get_running_loop().create_task(_quietly(push), context=contextvars.Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _quietly(push: UUID) -> None:
    try:
        await work_off(push)
    except Exception as error:
        logs.failure(error)


async def work_off(push: UUID | None = None) -> bool:
    """Work off one stored push (the oldest when none is named) in one transaction. False: nothing waits."""
    now = utc_now()
    async with transaction() as db:
        row = await db.row("select * from wx_push_take($1)", push)
        if row is None or row["id"] is None:
            return False
        state, ctx = "done", Acting(db, now, audience="push", route="wechat push")
        await db.run("savepoint push")  # the attempt counts also when it fails
        try:
            message = json.loads(unseal(FIELD, row["id"], row["body_sealed"]))
            handler = HANDLERS.get(row["event"])
            if handler is None:
                state = "unknown"
            else:
                await handler(ctx, message)
        except Exception as error:
            await db.run("rollback to savepoint push")
            logs.failure(error, push=str(row["id"]))
            state = "stored"
        await db.run("select wx_push_end($1, $2, $3)", row["id"], state, now)
    return state != "stored"


def _at(message: Message) -> datetime:
    try:
        return datetime.fromtimestamp(int(message["CreateTime"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return utc_now()


async def _popup(ctx: Acting, message: Message) -> None:
    for item in _items(message, "SubscribeMsgPopupEvent"):
        await _count(ctx, message, item)


async def _change(ctx: Acting, message: Message) -> None:
    """Switched off or on in WeChat's own settings: off leaves nothing, on is no new consent to a single message."""
    for item in _items(message, "SubscribeMsgChangeEvent"):
        if item.get("SubscribeStatusString") == "reject":
            await ctx.db.run(
                "select wx_quota_none($1, $2, $3, $4)", wechat().appid, message["FromUserName"], str(item.get("TemplateId")), _at(message)
            )


async def _sent(ctx: Acting, message: Message) -> None:
    for item in _items(message, "SubscribeMsgSentEvent"):
        if str(item.get("ErrorCode", "0")) == "43101":
            await ctx.db.run(
                "select wx_quota_none($1, $2, $3, $4)", wechat().appid, message["FromUserName"], str(item.get("TemplateId")), _at(message)
            )
        elif str(item.get("ErrorCode", "0")) != "0":
            logs.warn("wechat.not_delivered", errcode=str(item.get("ErrorCode")))


async def _count(ctx: Acting, message: Message, item: Message) -> None:
    template = next((t for t in messages.templates().values() if t.id == item.get("TemplateId")), None)
    result = messages.RESULTS.get(str(item.get("SubscribeStatusString")))
    if template is not None and result is not None:
        await messages.count(ctx, message["FromUserName"], template, "push", result, _at(message))


HANDLERS: dict[str, Callable[[Acting, Message], Awaitable[None]]] = {
    "subscribe_msg_popup_event": _popup,
    "subscribe_msg_change_event": _change,
    "subscribe_msg_sent_event": _sent,
}


async def settle() -> None:
    """Wait for what is being worked off in this process (its end, tests)."""
    while _tasks:
        await asyncio.gather(*_tasks, return_exceptions=True)
