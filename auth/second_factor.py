"""Second factor (L21): time-based one-time passwords, RFC 6238 with SHA-1, 30 s, 6 digits, as every authenticator app speaks them."""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from urllib.parse import quote

from core.crypto import seal, unseal
from core.database import Acting
from core.errors import FieldError, Invalid

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


async def enrol(ctx: Acting) -> Enrolment:
    """A new secret for the signed-in account; counts only once confirmed with a code."""
    assert ctx.account_id is not None
    secret = secrets.token_bytes(20)
    account = await ctx.db.row("select login_name from auth_account($1)", ctx.account_id)
    text = base64.b32encode(secret).decode()
    await ctx.db.run("select auth_totp_put($1, $2)", ctx.account_id, seal(FIELD, ctx.account_id, text))
    ctx.audit("second_factor.enrolled", "account", ctx.account_id)
    label = quote(f"碳效:{account['login_name'] if account else ''}")
    return Enrolment(text, f"otpauth://totp/{label}?secret={text}&issuer={quote('碳效')}")


async def confirm(ctx: Acting, code: str) -> None:
    """Confirm enrolment by a code. Raises Invalid."""
    row = await ctx.db.row("select totp_sealed from auth_account($1)", ctx.account_id)
    if row is None or row["totp_sealed"] is None:
        raise Invalid([FieldError("code", "NOT_ENROLLED", "请先获取密钥并添加到验证器，再输入验证码。")])
    await spend(ctx, ctx.account_id, row["totp_sealed"], code, path="code")
    ctx.audit("second_factor.confirmed", "account", ctx.account_id)


async def spend(ctx: Acting, account_id: object, sealed: bytes, code: str, path: str = "totp") -> None:
    """Accept a code once. Raises Invalid (wrong, expired or already used)."""
    secret = base64.b32decode(unseal(FIELD, account_id, sealed))  # type: ignore[arg-type]
    step = matching_step(secret, code, ctx.now.timestamp())
    if step is None or not await ctx.db.value("select auth_totp_step($1, $2, $3)", account_id, step, ctx.now):
        raise Invalid([FieldError(path, "TOTP_WRONG", "动态验证码不对或已用过，请等下一个 30 秒的新码。")], code="TOTP_WRONG").keep()
