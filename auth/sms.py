"""SMS codes (L10) behind a port: ``POST {SMS_GATEWAY_URL}/messages`` with a bearer key.

Fails closed; the answer never tells whether a phone is registered.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from uuid import UUID

import httpx

from auth.captcha import check_captcha
from core import logs
from core.clock import utc_now
from core.crypto import blind_index, derive
from core.database import Acting, transaction
from core.errors import FieldError, Invalid, TooMany, Unavailable
from core.ids import new_id
from core.personal import is_abroad, normalise_e164, normalise_phone
from core.settings import settings

TEMPLATES = {"login": "登录", "register": "注册", "step_up": "身份验证", "reset": "重置密码", "application": "权限申请", "change-phone": "更换手机号"}
PURPOSES = tuple(TEMPLATES)
#: Above it an alarm is logged; nothing stops.
BUDGET_PER_HOUR = 2000
ANSWER_LIMIT = 65_536


ABROAD = (
    "境外手机号收不到本平台的短信。请用账号密码登录；还没有账号的，请在「权限申请」里提交盖章的申请表，由工作人员开立账号。"
)


def e164_or_refuse(text: str, path: str = "phone") -> str:
    """E.164 of any country, for an account that signs in by password (V9, P3). Raises Invalid."""
    try:
        return normalise_e164(text)
    except ValueError as error:
        raise Invalid([FieldError(path, "PHONE", str(error))]) from None


def phone_or_refuse(text: str, path: str = "phone") -> str:
    """E.164 of a mainland mobile (C6). Raises Invalid; a number from abroad is led to account and password."""
    if is_abroad(text):
        raise Invalid([FieldError(path, "PHONE_ABROAD", ABROAD)], code="PHONE_ABROAD")
    try:
        return normalise_phone(text)
    except ValueError as error:
        raise Invalid([FieldError(path, "PHONE", str(error))]) from None


def _code_hash(purpose: str, phone_idx: bytes, code: str) -> bytes:
    return hmac.new(derive("sms-code"), purpose.encode() + phone_idx + code.encode(), hashlib.sha256).digest()


REFUSED = {"minute": 60, "hour": 3600, "day": 86400, "ip": 3600, "device": 3600}


async def send_code(
    ctx: Acting,
    purpose: str,
    phone: str,
    device: bytes,
    captcha_id: str | None,
    captcha_answer: str | None,
    device_real: bool = False,
) -> int:
    """Send a code after the commit; returns its life in seconds. The second within an hour asks for a captcha (L7).

    ``device_real``: the device named itself (otherwise many share one hash and it counts per address). Raises Invalid,
    TooMany, Unavailable. What could not be sent counts all the same, so a slow gateway cannot be used to flood a phone.
    """
    if purpose not in PURPOSES:
        raise Invalid([FieldError("purpose", "CHOICE", "不认识的验证码用途。")])
    number = phone_or_refuse(phone)
    if not settings.sms_gateway_url:
        raise Unavailable("短信通道暂不可用，请改用账号密码登录，或拨打服务热线。", code="SMS_UNAVAILABLE")
    if captcha_id:
        await check_captcha(ctx, captcha_id, captcha_answer or "")
    sending, idx = new_id(), blind_index("phone", number)
    code = f"{secrets.randbelow(1_000_000):06d}"
    args = (
        sending,
        purpose,
        idx,
        device,
        device_real,
        ctx.ip,
        _code_hash(purpose, idx, code),
        bool(captcha_id),
        ctx.now,
    )
    outcome = await ctx.db.value("select auth_sms_reserve($1, $2, $3, $4, $5, $6, $7, $8, $9)", *args)
    if outcome == "captcha":
        fault = FieldError("captcha_answer", "CAPTCHA_REQUIRED", "一小时内再次发送，请先填图形验证码。")
        raise Invalid([fault], code="CAPTCHA_REQUIRED")
    if outcome != "ok":
        ctx.audit("sms.refused", "phone", "", "denied", {"limit": outcome, "purpose": purpose})
        raise TooMany(REFUSED[outcome], "验证码发送太频繁，请稍后再试，或改用账号密码登录。", code="SMS_LIMIT").keep()
    ctx.audit("sms.sent", "phone", "", detail={"purpose": purpose})
    hour = int(await ctx.db.value("select auth_sms_hour($1)", ctx.now))
    if hour >= BUDGET_PER_HOUR:
        logs.warn("sms.budget", hour=hour)
    ctx.after_commit(lambda: _deliver(sending, number, purpose, code))
    return 300


async def _deliver(sending: UUID, number: str, purpose: str, code: str) -> None:
    if await _accepted(sending, number, purpose, code):
        return
    async with transaction() as db:
        await db.run("select auth_sms_void($1, $2)", sending, utc_now())
    raise Unavailable("短信暂时发不出去，请一分钟后重试，或改用账号密码登录。", code="SMS_UNAVAILABLE", retry_after=60)


async def _accepted(sending: UUID, number: str, purpose: str, code: str) -> bool:
    return await hand_over(sending, number, purpose, {"code": code, "purpose": TEMPLATES[purpose]})


async def hand_over(sending: UUID, number: str, template: str, parameters: dict[str, str]) -> bool:
    """Give one message to the gateway; the same ``sending`` twice is sent once.

    True only when the gateway said 202 with a message id; anything else, late or odd is a failure. To a number from abroad nothing
    is sent and nothing is to be tried again.
    """
    if is_abroad(number):
        logs.note("sms.abroad", template=template)
        return True
    message = {"id": str(sending), "to": number, "template": template, "parameters": parameters}
    try:
        async with (
            asyncio.timeout(8),
            httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), follow_redirects=False) as client,
            client.stream(
                "POST",
                f"{settings.sms_gateway_url}/messages",
                json=message,
                headers={"Authorization": f"Bearer {settings.sms_gateway_key}"},
            ) as answer,
        ):
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > ANSWER_LIMIT:
                    break
        if answer.status_code == 202 and len(body) <= ANSWER_LIMIT and json.loads(body).get("id"):
            return True
        logs.note("sms.failed", kind=str(answer.status_code))
    except (httpx.HTTPError, TimeoutError, ValueError, AttributeError) as error:
        logs.note("sms.failed", kind=type(error).__name__)
    return False


async def spend_code(ctx: Acting, purpose: str, phone: str, code: str, device: bytes, path: str = "code") -> str:
    """Use a code once; returns the phone as E.164. Raises Invalid; the try is kept (five at most)."""
    number = phone_or_refuse(phone)
    idx = blind_index("phone", number)
    right = await ctx.db.value(
        "select auth_sms_try($1, $2, $3, $4, $5)", purpose, idx, device, _code_hash(purpose, idx, code), ctx.now
    )
    if not right:
        ctx.audit("sms_code.failed", "phone", "", "denied", {"purpose": purpose})
        raise Invalid(
            [FieldError(path, "SMS_CODE", "验证码不对或已过期，请核对短信，或重新获取。")], code="SMS_CODE"
        ).keep()
    return number
