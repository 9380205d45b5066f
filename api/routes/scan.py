"""Handlers of scan sign-in (Q1-Q13): the PC asks, polls, cancels and takes the session; the phone looks, confirms or denies.

The PC's secret travels in a cookie that scripts cannot read (consoles) or in the header ``X-Scan-Secret`` (the mini-program inside
desktop WeChat, which has no cookies). The phone is the mini-program or the phone page (``h5``).
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

import auth
import tenants
from api.kernel.route import Call, PageAnswer, route
from api.kernel.types import ENCODER, Answer, Struct
from api.routes.auth import PREFIX, SECURE, SessionAnswer, _device, _session
from auth.audiences import H5, MINI
from core.database import Acting
from core.settings import settings

COOKIE = f"{PREFIX}qr"
#: Longer than any ticket lives: a page that comes late learns that the code has expired.
COOKIE_LIFE = 600
PHONES = frozenset({MINI, H5})
LINK = "/m/#/pages/scan/confirm?t="
ENDED = ("SCAN_EXPIRED", "SCAN_CANCELLED", "SCAN_DENIED", "SCAN_USED", "SCAN_UNKNOWN", "SCAN_BLOCKED")


class AskScan(Struct):
    """``audience``: console-ent, or mini for the desktop WeChat guest. Other consoles are not opened by scanning (L21)."""

    audience: str = "console-ent"


class ScanTicket(Answer):
    """``qr_text`` goes into the QR. ``poll_secret``: for the desktop guest only, sent back as ``X-Scan-Secret``."""

    ticket_id: str
    qr_text: str
    expires_at: datetime
    poll_secret: str | None = None


class Poll(Struct):
    """``wait``: seconds to wait while the state is still ``seen``."""

    wait: Annotated[int, msgspec.Meta(ge=0, le=25)] = 0
    seen: Annotated[str, msgspec.Meta(max_length=20)] = "created"


class ScanStanding(Answer):
    """``state``: created, scanned, confirmed, exchanged, expired, cancelled, denied. ``number``: what the phone must choose."""

    state: str
    expires_at: datetime
    number: int | None
    name_masked: str | None


class ScanEarly(Answer):
    """202: not confirmed yet."""

    state: str


class ScanSeen(Answer):
    """What the phone shows before the person confirms. ``account`` is masked; ``roles`` in ``organisation``.

    ``step_up``: confirming asks for a fresh proof first (another province and a new PC).
    """

    console: str
    ip_masked: str
    city: str
    browser: str
    system: str
    at: datetime
    expires_at: datetime
    account: str
    organisation: str | None
    roles: list[str]
    numbers: list[int]
    province_differs: bool
    step_up: bool


class ConfirmScan(Struct):
    """``number``: the one that stands on the PC. ``proof_id`` (or the header ``X-Step-Up``) when a proof was asked for."""

    number: Annotated[int, msgspec.Meta(ge=0, le=99)]
    proof_id: UUID | None = None


class ScanConfirmed(Answer):
    """``expires_at``: until when the PC may enter."""

    state: str
    expires_at: datetime


class ScanEnded(Answer):
    state: str


def _secret(call: Call) -> str:
    return str(call.request.headers.get("x-scan-secret") or call.request.cookies.get(COOKIE) or "")[:200]


@route(
    "POST", "/api/v1/auth/scan", public=True, body=AskScan, answer=ScanTicket, status=201, rate_limit=(60, 60),
    summary="扫码登录：电脑取二维码", errors=("SCAN_LIMIT",),
)  # fmt: skip
async def ask_scan(ctx: Acting, call: Call) -> ScanTicket:
    guest = call.body.audience == MINI
    made = await auth.scan.ask(ctx, call.body.audience, _device(call), call.request.cookies.get(COOKIE))
    if made.poll_secret and not guest:
        call.cookie(
            COOKIE, made.poll_secret, path="/", httponly=True, secure=SECURE, samesite="Strict", max_age=COOKIE_LIFE
        )
    return ScanTicket(
        ticket_id=made.ticket,
        qr_text=f"{settings.base_url}{LINK}{made.ticket}",
        expires_at=made.expires_at,
        poll_secret=made.poll_secret if guest else None,
    )


@route(
    "GET", "/api/v1/auth/scan/<ticket>", public=True, no_database=True, query=Poll, answer=ScanStanding,
    rate_limit=(600, 60), summary="扫码登录：电脑等待（长轮询，最多 25 秒）", errors=("SLOW_DOWN", "SCAN_UNKNOWN", "SCAN_BLOCKED"),
)  # fmt: skip
async def poll_scan(ctx: Acting, call: Call, ticket: str) -> ScanStanding:
    wire = call.request.transport
    found = await auth.scan.standing(
        ctx.ip, ticket, _secret(call), call.query.seen, call.query.wait, lambda: wire is not None and wire.is_closing()
    )
    return ScanStanding(
        state=found.state, expires_at=found.expires_at, number=found.number, name_masked=found.name_masked
    )


@route(
    "POST", "/api/v1/auth/scan/<ticket>/cancel", public=True, answer=ScanEnded, rate_limit=(60, 60),
    summary="扫码登录：电脑取消", errors=ENDED,
)  # fmt: skip
async def cancel_scan(ctx: Acting, call: Call, ticket: str) -> ScanEnded:
    await auth.scan.cancel(ctx, ticket, _secret(call))
    return ScanEnded(state="cancelled")


@route(
    "POST", "/api/v1/auth/scan/<ticket>/exchange", public=True, answer=SessionAnswer, rate_limit=(60, 60),
    summary="扫码登录：电脑进入；手机确认之前为 202", errors=ENDED,
)  # fmt: skip
async def exchange_scan(ctx: Acting, call: Call, ticket: str) -> SessionAnswer | PageAnswer:
    taken = await auth.scan.exchange(ctx, ticket, _secret(call), _device(call))
    if taken.signed is None:
        return PageAnswer(ENCODER.encode(ScanEarly(state=taken.state)), "application/json", 202)
    return await _session(ctx, call, taken.signed)


@route(
    "POST", "/api/v1/auth/scan/<ticket>/look", authenticated=True, audience=PHONES, answer=ScanSeen, rate_limit=(60, 60),
    summary="扫码登录：手机扫码，看清是谁在登录", errors=(*ENDED, "SCAN_TAKEN", "SCAN_LIMIT", "SCAN_FROM_PHONE"),
)  # fmt: skip
async def look_at_scan(ctx: Acting, call: Call, ticket: str) -> ScanSeen:
    assert ctx.person_id is not None
    seen = await auth.scan.look(ctx, ticket)
    who = await auth.who_am_i(ctx)
    mine = next((o for o in await tenants.organisations_of(ctx, ctx.person_id) if o.id == ctx.tenant_id), None)
    facts = {name: getattr(seen, name) for name in seen.__slots__}
    return ScanSeen(
        account=who.name, organisation=mine.name if mine else None, roles=list(mine.roles) if mine else [], **facts
    )


@route(
    "POST", "/api/v1/auth/scan/<ticket>/confirm", authenticated=True, audience=PHONES, body=ConfirmScan,
    answer=ScanConfirmed, rate_limit=(60, 60), summary="扫码登录：手机选对数字并确认",
    errors=(*ENDED, "SCAN_NUMBER", "SCAN_ORGANISATION", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def confirm_scan(ctx: Acting, call: Call, ticket: str) -> ScanConfirmed:
    proof = str(call.body.proof_id or call.request.headers.get("x-step-up", ""))
    return ScanConfirmed(state="confirmed", expires_at=await auth.scan.confirm(ctx, ticket, call.body.number, proof))


@route(
    "POST", "/api/v1/auth/scan/<ticket>/deny", authenticated=True, audience=PHONES, answer=ScanEnded, rate_limit=(60, 60),
    summary="扫码登录：手机拒绝", errors=ENDED,
)  # fmt: skip
async def deny_scan(ctx: Acting, call: Call, ticket: str) -> ScanEnded:
    await auth.scan.deny(ctx, ticket)
    return ScanEnded(state="denied")
