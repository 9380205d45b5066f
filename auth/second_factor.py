"""Second factor (L21): time-based one-time passwords, RFC 6238, SHA-1, 30 s, 6 digits as every app speaks them."""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from auth.waits import count_failure, refuse_locked
from core.crypto import seal, unseal
from core.database import Acting
from core.errors import FieldError, Invalid
from core.settings import settings

FIELD = "second_factor.secret"
STEP = 30


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown once."""

    secret: str
    uri: str


def totp(secret: bytes, step: int, digits: int = 6) -> str:
    """The code of one time step (RFC 4226 truncation)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0xF
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, now: float) -> int | None:
    """The step a code belongs to (one step of drift either way), None when none."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    step = int(now // STEP)
    return next((s for s in (step, step - 1, step + 1) if hmac.compare_digest(totp(secret, s), code)), None)


async def enrol(ctx: Acting, code: str | None = None) -> Enrolment:
    """A new secret for the signed-in account. It takes over once a code of it is confirmed, within 15 minutes.

    Who has a second factor already gives a ``code`` of the old one (L20). Raises Invalid, TooMany.
    """
    assert ctx.account_id is not None
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if row["totp_sealed"] is not None:
        await spend(ctx, row, code or "", path="code")
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    until = ctx.now + timedelta(minutes=15)
    await ctx.db.run("select auth_totp_put($1, $2, $3)", ctx.account_id, seal(FIELD, ctx.account_id, secret), until)
    ctx.audit("second_factor.enrolled", "account", ctx.account_id)
    label = quote(f"碳效:{row['login_name']}")
    return Enrolment(secret, f"otpauth://totp/{label}?secret={secret}&issuer={quote('碳效')}")


async def confirm(ctx: Acting, code: str) -> None:
    """Put the new secret in force by a code of it; this session then has a second factor. Raises Invalid, TooMany."""
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if row["pending_sealed"] is None or row["pending_until"] <= ctx.now:
        raise Invalid(
            [FieldError("code", "NOT_ENROLLED", "请先获取密钥并添加到验证器，再输入验证码。")], code="NOT_ENROLLED"
        )
    refuse_locked(ctx, row["locked_until"])
    step = matching_step(_secret(row["id"], row["pending_sealed"]), code, ctx.now.timestamp())
    if step is None:
        await count_failure(ctx, row["id"], "second_factor.failed")
        raise Invalid([FieldError("code", "TOTP_WRONG", WRONG)], code="TOTP_WRONG").keep()
    await ctx.db.run("select auth_totp_confirm($1, $2, $3)", ctx.account_id, step, ctx.now)
    await ctx.db.run("select auth_add_amr($1, 'otp')", ctx.sid)
    ctx.audit("second_factor.confirmed", "account", ctx.account_id)


WRONG = "动态验证码不对或已用过，请等下一个 30 秒的新码。"


def _secret(account_id: UUID, sealed: bytes) -> bytes:
    return base64.b32decode(unseal(FIELD, account_id, sealed))


async def spend(ctx: Acting, account: dict[str, Any], code: str, path: str = "totp") -> None:
    """Accept a code once; wrong ones count like wrong passwords, a right one shown again does not. ``account``: id, totp_sealed, maybe locked_until.

    Raises Invalid (wrong or already used), TooMany.
    """
    refuse_locked(ctx, account.get("locked_until"))
    step = matching_step(_secret(account["id"], account["totp_sealed"]), code, ctx.now.timestamp())
    if step is None:
        await count_failure(ctx, account["id"], "second_factor.failed")
    if step is None or not await ctx.db.value("select auth_totp_step($1, $2)", account["id"], step):
        raise Invalid([FieldError(path, "TOTP_WRONG", WRONG)], code="TOTP_WRONG").keep()


async def give_second_factor(ctx: Acting, account_id: UUID, secret: str) -> None:
    """A known secret (base32) for a demonstration account, in force at once. RuntimeError elsewhere."""
    if not settings.demo:
        raise RuntimeError("known second factors are for demonstrations only")
    await ctx.db.run(
        "select auth_totp_put($1, $2, $3)", account_id, seal(FIELD, account_id, secret), ctx.now + timedelta(minutes=1)
    )
    await ctx.db.run("select auth_totp_confirm($1, 0, $2)", account_id, ctx.now)


def current_code(secret: str, now: float) -> str:
    """The code an authenticator shows at ``now`` (seconds) for a base32 secret."""
    return totp(base64.b32decode(secret), int(now // STEP))
