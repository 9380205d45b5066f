"""SMS codes (L10) behind a port: ``POST {SMS_GATEWAY_URL}/messages`` with a bearer key. Fails closed; the answer never tells
whether a phone is registered."""

import hashlib
import hmac
import secrets

import httpx

from auth.captcha import check_captcha
from core import logs
from core.crypto import blind_index, derive
from core.database import Acting
from core.errors import FieldError, Invalid, TooMany, Unavailable
from core.ids import new_id
from core.personal import normalise_phone
from core.settings import settings

PURPOSES = ("login", "register", "step_up", "bind")
TEMPLATES = {"login": "登录", "register": "注册", "step_up": "身份验证", "bind": "绑定手机"}


def phone_or_refuse(text: str, path: str = "phone") -> str:
    """E.164 of a mainland mobile (C6). Raises Invalid."""
    try:
        return normalise_phone(text)
    except ValueError as error:
        raise Invalid([FieldError(path, "PHONE", str(error))]) from None


def _code_hash(purpose: str, phone_idx: bytes, code: str) -> bytes:
    return hmac.new(derive("sms-code"), purpose.encode() + phone_idx + code.encode(), hashlib.sha256).digest()


async def send_code(ctx: Acting, purpose: str, phone: str, device: bytes, captcha_id: str | None, captcha_answer: str | None) -> int:
    """Send a code; returns its life in seconds. The second within an hour asks for a captcha (L7). Raises TooMany, Unavailable."""
    number = phone_or_refuse(phone)
    idx = blind_index("phone", number)
    row = await ctx.db.row("select * from auth_sms_counts($1, $2, $3, $4)", idx, ctx.ip, device, ctx.now)
    assert row is not None
    for count, limit, wait in (
        (row["minute"], 1, 60),
        (row["hour"], 5, 3600),
        (row["day"], 10, 86400),
        (row["ip_hour"], 20, 3600),
        (row["device_hour"], 10, 3600),
    ):
        if count >= limit:
            raise TooMany(wait, "验证码发送太频繁，请稍后再试，或改用账号密码登录。", code="SMS_LIMIT")
    if row["hour"] >= 1:
        await check_captcha(ctx, captcha_id or "", captcha_answer or "")
    if not settings.sms_gateway_url:
        raise Unavailable("短信通道暂不可用，请改用账号密码登录，或拨打服务热线。", code="SMS_UNAVAILABLE")
    code = f"{secrets.randbelow(1_000_000):06d}"
    await ctx.db.run(
        "select auth_sms_put($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        purpose,
        idx,
        device,
        ctx.ip,
        _code_hash(purpose, idx, code),
        ctx.now,
    )
    await _deliver(number, purpose, code)
    return 300


async def _deliver(number: str, purpose: str, code: str) -> None:
    try:
        async with httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), follow_redirects=False) as client:
            answer = await client.post(
                f"{settings.sms_gateway_url}/messages",
                json={"to": number, "template": purpose, "parameters": {"code": code, "purpose": TEMPLATES[purpose]}},
                headers={"Authorization": f"Bearer {settings.sms_gateway_key}"},
            )
        accepted = answer.status_code == 202
    except httpx.HTTPError as error:
        logs.note("sms.failed", kind=type(error).__name__)
        accepted = False
    if not accepted:
        raise Unavailable("短信暂时发不出去，请稍后重试，或改用账号密码登录。", code="SMS_UNAVAILABLE")


async def spend_code(ctx: Acting, purpose: str, phone: str, code: str, device: bytes, path: str = "code") -> str:
    """Use a code once; returns the phone as E.164. Raises Invalid; the try is kept (five at most)."""
    number = phone_or_refuse(phone)
    idx = blind_index("phone", number)
    right = await ctx.db.value(
        "select auth_sms_try($1, $2, $3, $4, $5)", purpose, idx, device, _code_hash(purpose, idx, code), ctx.now
    )
    if not right:
        raise Invalid([FieldError(path, "SMS_CODE", "验证码不对或已过期，请核对短信，或重新获取。")], code="SMS_CODE").keep()
    return number
