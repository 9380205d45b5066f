"""Signing in on a PC by scanning with the phone (Q1-Q13, L21).

A ticket (128 bits, in the QR) and a poll secret (256 bits, cookie of the browser that asked, or header of the desktop guest)
are both needed to poll and to take the session: who only photographs the code has nothing. In the database stand their
SHA-256. ``created → scanned → confirmed → exchanged``; ends ``expired``, ``cancelled`` (PC), ``denied`` (phone). The functions of
migration 0105 hold the transitions, one conditional UPDATE each.

The phone is the mini-program or the phone page (audience ``h5``: the same client in a browser, signed in on its own); a session
that was itself born by a scan does not scan on (Q8).

Consoles of operators, governments, verifiers and banks are not opened by scanning: L21 wants the password and a second factor
there, their people have no phone client to scan with, and the authenticator already is that factor. A ticket for them is
refused.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.audiences import CONSOLE_ENT, MINI
from auth.places import Place, mask_ip, place_of
from auth.sessions import SignedIn, _audience_for, _homes, device_hash, open_session
from auth.waits import network
from core import logs
from core.clock import utc_now
from core.crypto import unseal
from core.database import Acting, Db, transaction
from core.errors import Conflict, FieldError, Forbidden, Gone, Invalid, NotFound, Problem, TooMany
from core.ids import PLATFORM_ORG, new_id
from core.jobs import enqueue
from core.personal import mask_name

CREATED, SCANNED, CONFIRMED = "created", "scanned", "confirmed"
EXCHANGED, EXPIRED, CANCELLED, DENIED = "exchanged", "expired", "cancelled", "denied"
LIVE = frozenset({CREATED, SCANNED, CONFIRMED})
CONSOLES = {CONSOLE_ENT: "企业控制台", MINI: "电脑版微信小程序"}
PURPOSE = "scan.confirm"
NEW_PC = "auth.new_pc"
#: Seconds a poll may wait (Q9), how often the database is asked within, and what a too eager client adds.
LONGEST, RELOOK, ADD = 25, 2.0, 5
#: Polls that may wait at once in a process; above it they are answered at once.
WAITING_LIMIT = 100

GONE = {
    EXPIRED: ("SCAN_EXPIRED", "二维码已失效，请在电脑上刷新后重新扫码。"),
    CANCELLED: ("SCAN_CANCELLED", "电脑端已取消这次登录，需要时请在电脑上刷新二维码。"),
    DENIED: ("SCAN_DENIED", "这次登录已在手机上拒绝，需要时请在电脑上刷新二维码。"),
    EXCHANGED: ("SCAN_USED", "这个二维码已经用过，请在电脑上刷新后重新扫码。"),
}
MOVED = {
    CREATED: ("SCAN_FIRST", "还没有扫码，请先用手机扫描电脑上的二维码。"),
    SCANNED: ("SCAN_STATE", "这个二维码已扫描，请在手机上确认。"),
    CONFIRMED: ("SCAN_STATE", "这次登录已经确认，电脑正在进入。"),
    "other": ("SCAN_TAKEN", "这个二维码已被其他人扫描，请在电脑上刷新后重新扫码。"),
    "organisation": ("SCAN_ORGANISATION", "手机上使用的企业已变化，请重新扫码核对后再确认。"),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A new ticket; ``poll_secret`` is None when the browser keeps the one it has."""

    ticket: str
    expires_at: datetime
    poll_secret: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the PC may know: the number once somebody scanned, and who (masked)."""

    state: str
    expires_at: datetime
    number: int | None
    name_masked: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the phone shows before anybody confirms (Q4). ``step_up``: a proof is wanted first (Q6)."""

    console: str
    ip_masked: str
    city: str
    browser: str
    system: str
    at: datetime
    expires_at: datetime
    numbers: list[int]
    province_differs: bool
    step_up: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """The session of an exchange, or the state in which it is still too early for one."""

    signed: SignedIn | None
    state: str
    new_pc: bool


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _address(ip: str) -> str:
    """What counts as one address: an IPv4 address itself, an IPv6 network of /64."""
    return network(ip) if ":" in ip else ip


async def ask(ctx: Acting, audience: str, device_id: str, held_secret: str | None = None) -> Ticket:
    """A ticket for a PC. ``held_secret``: the cookie the browser brought; it goes on as long as a ticket of it lives.

    Raises Invalid (a client that is not opened by scanning), TooMany (10 a minute and address).
    """
    if audience not in CONSOLES:
        text = "这个入口需要账号密码和动态验证码登录，不能扫码进入，请改用账号登录。"
        raise Invalid([FieldError("audience", "CHOICE", text)])
    ticket, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    record = {
        "ticket_sha256": _sha(ticket).hex(),
        "poll_sha256": _sha(secret).hex(),
        "held_sha256": _sha(held_secret).hex() if held_secret and audience == CONSOLE_ENT else None,
        "id": new_id(),
        "audience": audience,
        "address": _address(ctx.ip),
        "ip": ctx.ip,
        "user_agent": ctx.user_agent[:200],
        "device_hash": device_hash(device_id, "").hex() if device_id else None,
        "now": ctx.now,
    }
    outcome = await ctx.db.value("select scan_create($1)", record)
    if outcome == "address":
        raise TooMany(60, "刷新二维码太频繁，请一分钟后再试，或改用账号登录。", code="SCAN_LIMIT").keep()
    until = await ctx.db.value(
        "select expires_at from scan_poll($1, $2, false, $3)",
        _sha(ticket),
        _held(secret, outcome, held_secret),
        ctx.now,
    )
    return Ticket(ticket, until, None if outcome == "kept" else secret)


def _held(secret: str, outcome: str, held: str | None) -> bytes:
    return _sha(held if outcome == "kept" and held else secret)


async def _door(db: Db, ip: str, unknown: bool, now: datetime) -> None:
    """Refuses an address that guessed (Q11), then the unknown ticket itself: the same for a wrong ticket and a wrong secret."""
    until = await db.value("select scan_door($1, $2, $3)", _address(ip), unknown, now)
    if until is not None:
        logs.warn("scan.blocked")
        refusal: Problem = TooMany(
            max(1, int((until - now).total_seconds())),
            "扫码请求异常，已暂停一小时，请改用账号登录。",
            code="SCAN_BLOCKED",
        )
        raise refusal.keep() if unknown else refusal
    if unknown:
        raise NotFound("没有这个二维码，请在电脑上刷新后重新扫码。", code="SCAN_UNKNOWN").keep()


def _refusal(state: str) -> Problem:
    """Gone for an ended ticket, Conflict for one that stands elsewhere."""
    if state in GONE:
        return Gone(*GONE[state], state=state)
    code, text = MOVED.get(state, MOVED[SCANNED])
    return Conflict(code, text, state=state)


# The PC ---------------------------------------------------------------------------------------------------------------

#: Polls that wait here, by ticket: a transition of this process wakes them; those of other processes are found by asking again.
_waiting: dict[bytes, set[asyncio.Event]] = {}
_stopping: list[bool] = []


def stop_waiting() -> None:
    """The server is going down: every waiting poll answers now."""
    _stopping.append(True)
    for events in _waiting.values():
        for event in events:
            event.set()


def _wake_after(ctx: Acting, ticket: str) -> None:
    async def wake() -> None:
        for event in _waiting.get(_sha(ticket), ()):
            event.set()

    ctx.after_commit(wake)


async def standing(
    ip: str, ticket: str, secret: str, seen: str = CREATED, wait: float = 0.0, gone: Callable[[], bool] = lambda: False
) -> Standing:
    """How a ticket stands; waits up to ``wait`` seconds (25 at most) while that is what the client has ``seen``.

    Opens transactions of its own, each as short as one statement: nothing is held while waiting. ``gone``: the client hung up.
    Raises NotFound (unknown ticket or secret), TooMany ``SLOW_DOWN`` (polls closer than a second) or ``SCAN_BLOCKED``.
    """
    found = await _look_at(ip, ticket, secret, begins=True)
    until = time.monotonic() + min(wait, LONGEST)
    if sum(len(events) for events in _waiting.values()) >= WAITING_LIMIT:
        return found
    event, mine = asyncio.Event(), _waiting.setdefault(_sha(ticket), set())
    mine.add(event)
    try:
        while found.state == seen and found.state in LIVE and not gone() and not _stopping:
            left = min(until - time.monotonic(), (found.expires_at - utc_now()).total_seconds() + 0.05)
            if left <= 0:
                break
            try:
                await asyncio.wait_for(event.wait(), min(left, RELOOK))
            except TimeoutError:
                pass
            event.clear()
            found = await _look_at(ip, ticket, secret, begins=False)
        return found
    finally:
        mine.discard(event)
        if not mine:
            _waiting.pop(_sha(ticket), None)


async def _look_at(ip: str, ticket: str, secret: str, *, begins: bool) -> Standing:
    now = utc_now()
    async with transaction() as db:
        row = await db.row("select * from scan_poll($1, $2, $3, $4)", _sha(ticket), _sha(secret), begins, now)
        assert row is not None
        if begins:
            await _door(db, ip, row["outcome"] == "unknown", now)
    if row["outcome"] == "unknown":
        raise NotFound("没有这个二维码，请刷新后重新扫码。", code="SCAN_UNKNOWN")
    if row["outcome"] == "slow":
        raise TooMany(ADD, "查询太频繁，请放慢。", code="SLOW_DOWN", interval=ADD)
    shown = row["state"] in (SCANNED, CONFIRMED)
    name = (
        mask_name(unseal("person.name", row["person_id"], row["name_sealed"])) if shown and row["name_sealed"] else None
    )
    return Standing(row["state"], row["expires_at"], row["number"] if shown else None, name)


async def cancel(ctx: Acting, ticket: str, secret: str) -> None:
    """The PC gives up. Raises NotFound, Gone, TooMany."""
    row = await ctx.db.row("select * from scan_cancel($1, $2, $3)", _sha(ticket), _sha(secret), ctx.now)
    assert row is not None
    await _door(ctx.db, ctx.ip, row["outcome"] == "is unknown", ctx.now)
    if row["outcome"] != CANCELLED:
        raise _refusal(row["outcome"].removeprefix("is "))
    ctx.audit("scan.cancelled", "scan_ticket", row["id"])
    _wake_after(ctx, ticket)


async def exchange(ctx: Acting, ticket: str, secret: str, device_id: str) -> Taken:
    """Take the session of a confirmed ticket, once (Q10). Account, membership and the phone's session are looked at again (Q8).

    Before the confirmation: :class:`Taken` without a session. A repeat is Gone; from another client it also ends the session
    that the first one took. Raises NotFound, Gone, Forbidden, TooMany.
    """
    client = device_hash("", f"{ctx.user_agent}|{ctx.ip}")
    device = device_hash(device_id, "") if device_id else None
    row = await ctx.db.row(
        "select * from scan_exchange($1, $2, $3, $4, $5)", _sha(ticket), _sha(secret), client, device, ctx.now
    )
    assert row is not None
    outcome = row["outcome"].removeprefix("is ")
    await _door(ctx.db, ctx.ip, row["outcome"] == "is unknown", ctx.now)
    if row["outcome"] in ("is created", "is scanned"):
        return Taken(None, outcome, False)
    if outcome == "replay":
        ctx.audit("scan.replay", "session", row["session_id"], "denied")
        logs.warn("scan.replay", sid=str(row["session_id"]))
        raise Gone(*GONE[EXCHANGED], state=EXCHANGED).keep()
    if row["outcome"] != EXCHANGED:
        raise _refusal(outcome)
    signed = await _sign_in(ctx, row, device_id)
    await ctx.db.run("select scan_close($1, $2, null, $3)", row["id"], signed.sid, ctx.now)
    ctx.audit(
        "scan.exchanged", "scan_ticket", row["id"], detail={"audience": row["audience"], "new_pc": row["new_device"]}
    )
    _wake_after(ctx, ticket)
    if row["new_device"]:
        await _tell_new_pc(ctx, signed)
    return Taken(signed, EXCHANGED, row["new_device"])


async def _tell_new_pc(ctx: Acting, signed: SignedIn) -> None:
    """Ask for the message in this transaction; the job belongs to the organisation acted for, else to the platform."""
    ctx.tenant_id = signed.organisation or PLATFORM_ORG
    await ctx.db.run("select set_config('app.tenant', $1, true)", str(ctx.tenant_id))
    await enqueue(ctx, NEW_PC, signed.sid)
    ctx.tenant_id = None
    await ctx.db.run("select set_config('app.tenant', '', true)")


async def _sign_in(ctx: Acting, row: dict[str, Any], device_id: str) -> SignedIn:
    """Open the session, if its person may still have one; otherwise the ticket ends as denied."""
    found = await ctx.db.row("select * from auth_account($1)", row["account_id"])
    try:
        if found is None or found["status"] != "active":
            raise Forbidden("ACCOUNT_DISABLED", "账号已停用，请联系管理员。")
        if not row["phone_alive"]:
            raise Forbidden("SCAN_PHONE_ENDED", "手机上的登录已结束，请在手机上重新登录后再扫码。")
        homes = await _homes(ctx, found)
        if row["organisation_id"] is not None and row["organisation_id"] not in {home.id for home in homes}:
            raise Forbidden("NO_MEMBERSHIP", "您已不是该企业的成员，请在手机上切换企业后再扫码。")
        return await open_session(
            ctx, found, _audience_for(row["audience"], homes), ["qr"], device_id, homes, row["organisation_id"]
        )
    except Forbidden as refusal:
        await ctx.db.run("select scan_close($1, null, $2, $3)", row["id"], refusal.code, ctx.now)
        ctx.audit("scan.refused", "scan_ticket", row["id"], "denied", {"code": refusal.code})
        raise refusal.keep() from None


# The phone ------------------------------------------------------------------------------------------------------------


def _phone(ctx: Acting) -> None:
    if "qr" in ctx.amr:
        raise Forbidden("SCAN_FROM_PHONE", "这次登录来自扫码，不能再用来扫码；请用手机上登录的小程序扫描。")


async def look(ctx: Acting, ticket: str) -> Seen:
    """Scan: the ticket is this person's from now on. Raises NotFound, Gone, Conflict, TooMany (10 a minute)."""
    _phone(ctx)
    numbers = secrets.SystemRandom().sample(range(10, 100), 3)
    args = (_sha(ticket), ctx.sid, ctx.tenant_id, numbers, secrets.choice(numbers), ctx.now)
    row = await ctx.db.row("select * from scan_look($1, $2, $3, $4, $5, $6)", *args)
    assert row is not None
    if row["outcome"] == "often":
        raise TooMany(60, "扫码太频繁，请一分钟后再试。", code="SCAN_LIMIT").keep()
    await _door(ctx.db, ctx.ip, row["outcome"] == "unknown", ctx.now)
    if row["outcome"] not in ("scanned", "again"):
        raise _refusal(row["outcome"]).keep()  # a vain scan counts too
    ctx.audit("scan.scanned", "scan_ticket", row["id"])
    _wake_after(ctx, ticket)
    place, differs = _risk(ctx, row["ip"])
    browser, system = client_of(row["user_agent"])
    return Seen(
        CONSOLES[row["audience"]],
        mask_ip(row["ip"]),
        place.text,
        browser,
        system,
        row["created_at"],
        row["expires_at"],
        list(row["numbers"]),
        differs,
        differs and row["new_device"],
    )


def _risk(ctx: Acting, pc_ip: str) -> tuple[Place, bool]:
    """Where the PC is, and whether that is another province than the phone's; an unknown one does not differ (Q6)."""
    pc, phone = place_of(pc_ip), place_of(ctx.ip)
    return pc, bool(pc.province and phone.province and pc.province != phone.province)


async def confirm(ctx: Acting, ticket: str, number: int, proof: str = "") -> datetime:
    """Confirm with the number that stands on the PC (Q5); a wrong one ends it and is a security event.

    Returns until when the PC may take the session. ``proof``: a proof by SMS, face or authenticator, asked for when the PC is
    new and in another province. Raises NotFound, Gone, Conflict, Invalid ``SCAN_NUMBER``, Forbidden ``STEP_UP_REQUIRED``.
    """
    _phone(ctx)
    risk = await ctx.db.row("select * from scan_risk($1, $2)", _sha(ticket), ctx.now)
    if risk is not None and risk["new_device"] and _risk(ctx, risk["ip"])[1]:
        await _require_proof(ctx, proof, f"scan {risk['id']}")
    args = (_sha(ticket), number, ctx.tenant_id, ctx.sid, ctx.now)
    row = await ctx.db.row("select * from scan_confirm($1, $2, $3, $4, $5)", *args)
    assert row is not None
    await _door(ctx.db, ctx.ip, row["outcome"] == "unknown", ctx.now)
    if row["outcome"] == "wrong":
        ctx.audit("scan.number_wrong", "scan_ticket", row["id"], "denied")
        logs.warn("scan.number_wrong", ticket=str(row["id"]))
        ctx_text = "选的数字与电脑上的不一致，已拦截这次登录。如不是您本人在登录，请到「我的设备」查看并修改密码。"
        _wake_after(ctx, ticket)
        raise Invalid([FieldError("number", "SCAN_NUMBER", ctx_text)], code="SCAN_NUMBER", state=DENIED).keep()
    if row["outcome"] not in (CONFIRMED, "again"):
        raise _refusal(row["outcome"])
    if row["outcome"] == CONFIRMED:
        ctx.audit("scan.confirmed", "scan_ticket", row["id"])
        _wake_after(ctx, ticket)
    until: datetime = row["expires_at"]
    return until


async def _require_proof(ctx: Acting, proof: str, operation: str) -> None:
    try:
        proof_id = UUID(proof)
    except ValueError:
        proof_id = None
    if proof_id is None or not await ctx.db.value(
        "select scan_proof($1, $2, $3, $4)", proof_id, operation, ctx.sid, ctx.now
    ):
        text = "这台电脑第一次登录，且与手机不在同一省份，请先用短信验证码或人脸确认是您本人。"
        raise Forbidden("STEP_UP_REQUIRED", text, purpose=PURPOSE, operation=operation)


async def deny(ctx: Acting, ticket: str) -> None:
    """Refuse on the phone, also after the confirmation while the PC has not entered. Raises NotFound, Gone, Conflict."""
    row = await ctx.db.row("select * from scan_deny($1, $2)", _sha(ticket), ctx.now)
    assert row is not None
    await _door(ctx.db, ctx.ip, row["outcome"] == "is unknown", ctx.now)
    if row["outcome"] != DENIED:
        raise _refusal(row["outcome"].removeprefix("is "))
    ctx.audit("scan.denied", "scan_ticket", row["id"], "denied")
    _wake_after(ctx, ticket)


BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS", "macOS"),
    ("Android", "Android"),
    ("Linux", "Linux"),
)


def client_of(user_agent: str) -> tuple[str, str]:
    """Browser and system as the client names itself, 未知 where it does not."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "未知浏览器")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "未知系统")
    return browser, system
