"""Outbound calls to WeChat (W1, W4, W6): one httpx client for each process, bounded in time, size and repeats.

Every call has 8 s in all, repeats and the fetching of a token included. What a call may do twice is said in :data:`CALLS`; codes of
one use are never sent twice. Nothing of a request or an answer is logged but the interface and WeChat's number.
"""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from auth.wechat.faults import (
    BUSY,
    CLOSED,
    NO_ANSWER,
    NONSENSE,
    QUOTA,
    STALE,
    fault_of,
    not_configured,
    seconds_to_midnight,
)
from auth.wechat.tokens import Tokens
from core.clock import utc_now
from core.errors import Unavailable
from core.settings import settings

CONNECT, TOTAL = 3.0, 8.0
CONNECTIONS = 50
JSON_LIMIT, IMAGE_LIMIT = 262_144, 2_097_152
REPEATS = 2
#: Calls that wait while their caller holds a database transaction; more than that is refused, so that a slow WeChat does not
#: take the pool with it.
HELD = 4

# httpx writes whole addresses at INFO, with the secret and the token in them
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface of WeChat. ``once``: it spends a code and is not repeated after it was sent."""

    name: str
    method: str
    path: str
    token: bool = True
    once: bool = False
    image: bool = False


CALLS = {
    call.name: call
    for call in (
        Interface("code2session", "GET", "/sns/jscode2session", token=False, once=True),
        Interface("stable_token", "POST", "/cgi-bin/stable_token", token=False),
        Interface("phone_number", "POST", "/wxa/business/getuserphonenumber", once=True),
        Interface("subscribe_send", "POST", "/cgi-bin/message/subscribe/send"),
        Interface("unlimited_code", "POST", "/wxa/getwxacodeunlimit", image=True),
        Interface("text_check", "POST", "/wxa/msg_sec_check"),
        Interface("url_link", "POST", "/wxa/generate_urllink"),
        Interface("reset_session_key", "GET", "/wxa/resetusersessionkey"),
        Interface("face_start", "POST", "/cityservice/face/identify/getverifyid"),
        Interface("face_result", "POST", "/cityservice/face/identify/queryverifyinfo"),
    )
}
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class _Nothing(Exception):
    """No usable answer. ``sent``: WeChat may have seen the request."""

    def __init__(self, errcode: int, sent: bool = True, repeat: bool = True) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.sent = sent
        self.repeat = repeat


class WeChat:
    """The mini-program's server side. ``total`` and ``pause`` shorten the waits of tests."""

    def __init__(
        self,
        base: str,
        appid: str,
        secret: str,
        *,
        redis_url: str = "",
        total: float = TOTAL,
        pause: tuple[float, float] = (0.2, 1.0),
    ) -> None:
        self.base, self.appid = base.rstrip("/"), appid
        self._secret, self._total, self._pause = secret, total, pause
        self.tokens = Tokens(appid, self._fetch_token, redis_url)
        self._http: httpx.AsyncClient | None = None
        self._closed: dict[str, datetime] = {}
        self._held = 0
        host = urlsplit(base).hostname or ""
        if not base.startswith("https://") and host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("WX_API_BASE: https only")

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                base_url=self.base,
                timeout=httpx.Timeout(self._total, connect=min(CONNECT, self._total)),
                limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                follow_redirects=False,
                trust_env=False,
            )
        return self._http

    async def close(self) -> None:
        """End of the process."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        await self.tokens.close()

    @asynccontextmanager
    async def held(self) -> AsyncIterator["WeChat"]:
        """For callers inside a transaction. Raises Unavailable when several wait already."""
        if self._held >= HELD:
            raise Unavailable("现在办理的人较多，请稍后重试，填写内容没有丢。", "BUSY")
        self._held += 1
        try:
            yield self
        finally:
            self._held -= 1

    async def call(self, name: str, body: dict[str, Any] | None = None, hint: str = "") -> dict[str, Any]:
        """One JSON interface; returns WeChat's answer. Raises WeChatFault. ``hint`` names template and fields in an alarm."""
        answer = await self._within(CALLS[name], body or {}, hint)
        assert isinstance(answer, dict)
        return answer

    async def picture(self, name: str, body: dict[str, Any]) -> bytes:
        """One image interface; a JSON answer is a failure. Raises WeChatFault."""
        answer = await self._within(CALLS[name], body, "")
        assert isinstance(answer, bytes)
        return answer

    async def _within(self, call: Interface, body: dict[str, Any], hint: str) -> dict[str, Any] | bytes:
        self._refuse_closed(call)
        try:
            async with asyncio.timeout(self._total):
                return await self._repeating(call, body, hint)
        except TimeoutError:
            raise fault_of(NO_ANSWER, call.name, single_use=call.once, now=utc_now()) from None

    def _refuse_closed(self, call: Interface) -> None:
        until = self._closed.get(call.name)
        if until is None:
            return
        if until > utc_now():
            raise fault_of(CLOSED, call.name, single_use=call.once, now=utc_now())
        del self._closed[call.name]

    async def _repeating(self, call: Interface, body: dict[str, Any], hint: str) -> dict[str, Any] | bytes:
        token = await self.tokens.get() if call.token else None
        renewed, repeats = False, 0
        while True:
            try:
                answer = await self._once(call, body, token)
            except _Nothing as nothing:
                may = nothing.repeat and not (call.once and nothing.sent)
                if may and repeats < REPEATS:
                    repeats += 1
                    await asyncio.sleep(random.uniform(*self._pause))
                    continue
                raise fault_of(nothing.errcode, call.name, single_use=call.once, now=utc_now()) from None
            errcode = 0 if isinstance(answer, bytes) else int(answer.get("errcode") or 0)
            if errcode == 0:
                return answer
            if errcode in STALE and token is not None and not renewed:  # W4: once, never a loop
                token, renewed = await self.tokens.get(refused=token), True
                continue
            if errcode == BUSY and not call.once and repeats < REPEATS:
                repeats += 1
                await asyncio.sleep(random.uniform(*self._pause))
                continue
            if errcode == QUOTA:
                now = utc_now()
                self._closed[call.name] = now + timedelta(seconds=seconds_to_midnight(now))
            raise fault_of(errcode, call.name, single_use=call.once, now=utc_now(), hint=hint)

    async def _once(self, call: Interface, body: dict[str, Any], token: str | None) -> dict[str, Any] | bytes:
        """One request and its answer, whatever the Content-Type says. Raises _Nothing."""
        query = {"access_token": token} if token else {}
        if call.method == "GET":
            query |= {k: str(v) for k, v in body.items()}
        content = json.dumps(body, ensure_ascii=False).encode() if call.method == "POST" else None
        limit = IMAGE_LIMIT if call.image else JSON_LIMIT
        try:
            async with self._client().stream(
                call.method, call.path, params=query, content=content, headers={"Content-Type": "application/json"}
            ) as answer:
                if answer.status_code >= 500:
                    raise _Nothing(NO_ANSWER)
                data = b""
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > limit:
                        raise _Nothing(NONSENSE, repeat=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise _Nothing(NO_ANSWER, sent=False) from None
        except httpx.TimeoutException:
            raise _Nothing(NO_ANSWER, repeat=False) from None
        except (httpx.HTTPError, httpx.StreamError):
            raise _Nothing(NO_ANSWER) from None
        return _read(call, data)

    async def _fetch_token(self, force: bool) -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        answer = await self._within(CALLS["stable_token"], body, "")
        assert isinstance(answer, dict)
        token, expires = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(expires, int) or not 0 < expires <= 7200:
            raise fault_of(NONSENSE, "stable_token", single_use=False, now=utc_now())
        return token, expires

    async def session_of(self, code: str) -> dict[str, Any]:
        """code2session: ``openid, session_key, unionid?``. Raises WeChatFault."""
        body = {"appid": self.appid, "secret": self._secret, "js_code": code, "grant_type": "authorization_code"}
        answer = await self.call("code2session", body)
        if not all(isinstance(answer.get(k), str) and answer[k] for k in ("openid", "session_key")):
            raise fault_of(NONSENSE, "code2session", single_use=True, now=utc_now())
        return answer


def _read(call: Interface, data: bytes) -> dict[str, Any] | bytes:
    if call.image and data.startswith(PICTURES):
        return data
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise _Nothing(NONSENSE, repeat=False) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
        raise _Nothing(NONSENSE, repeat=False)
    if call.image and not answer.get("errcode"):
        raise _Nothing(NONSENSE, repeat=False)
    return answer


_process: dict[str, WeChat] = {}


def configured() -> bool:
    """Is a mini-program set up here?"""
    return "client" in _process or bool(settings.wx_appid and settings.wx_secret)


def wechat() -> WeChat:
    """This process's client. Raises WeChatFault ``WX_NOT_SET_UP`` when no mini-program is set up."""
    if "client" not in _process:
        if not configured():
            raise not_configured()
        _process["client"] = WeChat(
            settings.wx_api_base, settings.wx_appid, settings.wx_secret, redis_url=settings.redis_url
        )
    return _process["client"]


def use(client: WeChat | None) -> None:
    """Work with another client from now on (tests, the live check)."""
    _process.pop("client", None)
    if client is not None:
        _process["client"] = client


async def close() -> None:
    """Let go of the connections at the end of the process."""
    if (client := _process.pop("client", None)) is not None:
        await client.close()
