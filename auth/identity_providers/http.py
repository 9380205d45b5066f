"""The adapter for providers that speak JSON over HTTP (V): paths, field names and values come from the configuration.

One entry of IDENTITY_PROVIDERS::

    {"code": "yuexinqian", "name": "粤信签", "base": "https://…", "app_id": "…", "sign_with": "k1", "loa": 3,
     "keys": {"k1": {"alg": "hmac-sha256", "secret": "…"}, "k2": {"alg": "rsa-sha256", "public_key": "-----BEGIN…"}},
     "audiences": ["h5", "mini"], "id_types": ["resident_id", …], "result": "query",
     "paths": {"start": "/start", "result": "/result"},
     "send": {"out_seq_no": "bizNo", …}, "read": {"url": "data.url", "state": "data.status", …}, "passed": ["passed"], "pending": ["pending"]}

``send`` and ``read`` rename; what is not named keeps our own names, which tests/fakes/idp.py speaks. ``result``: ``query`` asks the
provider (V2), ``callback`` accepts a signed callback of a provider that has no way to ask.
"""

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from auth.audiences import H5, MINI
from auth.identity_providers.port import (
    CallbackRef,
    CallbackRefused,
    Failed,
    Pending,
    ProviderDown,
    ProviderRefused,
    Result,
    Session,
    Start,
    VerifiedPerson,
)
from auth.identity_providers.signatures import Key, holds, read_key, sign
from core import logs

CONNECT, TOTAL = 3.0, 8.0
ANSWER_LIMIT = 65_536
LATEST = 300
ID_TYPES = ("resident_id", "hkmt_permit", "hkmt_residence", "passport", "foreign_residence")
LOCAL = ("127.0.0.1", "localhost", "::1")

logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(slots=True)
class HttpProvider:
    """One configured provider."""

    code: str
    name: str
    base: str
    app_id: str
    keys: dict[str, Key]
    sign_with: str
    kind: str = "redirect"
    loa: int = 3
    audiences: tuple[str, ...] = (H5, MINI)
    id_types: tuple[str, ...] = ID_TYPES
    needs_openid: bool = False
    by_callback: bool = False
    paths: dict[str, str] = field(default_factory=dict)
    send: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ("passed",)
    pending: tuple[str, ...] = ("pending",)
    total: float = TOTAL

    async def start(self, session: Session) -> Start:
        """Begin at the provider. Raises ProviderDown, ProviderRefused."""
        answer = await self._ask(
            "start",
            {
                "app_id": self.app_id,
                "out_seq_no": session.out_seq_no,
                "state": session.state,
                "openid": session.openid,
                "name": session.hint.name,
                "id_type": session.hint.id_type,
                "id_no": session.hint.id_no,
                "return_to": session.return_to,
                "notify_url": session.notify_url,
            },
        )
        url, ref = self._at(answer, "url"), self._at(answer, "ref")
        if not isinstance(url, str) or not isinstance(ref, str) or not 1 <= len(ref) <= 200 or not self._good(url):
            raise ProviderDown("start: no address")
        return Start("redirect", {"url": url}, ref)

    async def fetch_result(self, session: Session, now: datetime) -> Result:
        """Ask for the result (V2). Raises ProviderDown."""
        asked = {"app_id": self.app_id, "out_seq_no": session.out_seq_no, "ref": session.ref, "openid": session.openid}
        answer = await self._ask("result", asked)
        if self._at(answer, "out_seq_no") != session.out_seq_no:
            raise ProviderDown("result: of another session")
        state = str(self._at(answer, "state"))
        if state in self.pending:
            return Pending()
        if state not in self.passed:
            return Failed("cancelled" if self._at(answer, "reason") == "cancelled" else "not_passed")
        hint = session.hint
        name, number = self._at(answer, "name") or hint.name, self._at(answer, "id_no") or hint.id_no
        return VerifiedPerson(hint.id_type, str(number), str(name), now, str(self._at(answer, "evidence_ref") or "")[:200])

    def verify_callback(self, headers: dict[str, str], body: bytes, now: datetime) -> CallbackRef:
        """Signature over the exact bytes, time within 300 s, a body of our form (V2, V4). Raises CallbackRefused."""
        stamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        key = self.keys.get(headers.get("x-key-id", ""))
        if key is None or not 8 <= len(nonce) <= 100 or not nonce.isascii():
            raise CallbackRefused("key or nonce")
        if not holds(key, stamp, nonce, body, headers.get("x-signature", "")):
            raise CallbackRefused("signature")
        try:
            sent = datetime.fromtimestamp(int(stamp), UTC)
        except (ValueError, OverflowError, OSError):
            raise CallbackRefused("timestamp") from None
        if abs((now - sent).total_seconds()) > LATEST:
            raise CallbackRefused("late")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise CallbackRefused("form") from None
        number = self._at(told, "out_seq_no") if isinstance(told, dict) else None
        if not isinstance(number, str) or not 1 <= len(number) <= 100:
            raise CallbackRefused("form")
        passed = str(self._at(told, "state")) in self.passed if self.by_callback else None
        return CallbackRef(number, nonce, str(self._at(told, "openid") or ""), passed)

    def _good(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)

    def _at(self, answer: Any, name: str) -> Any:
        for part in self.read.get(name, name).split("."):
            answer = answer.get(part) if isinstance(answer, dict) else None
        return answer

    async def _ask(self, what: str, facts: dict[str, Any]) -> dict[str, Any]:
        """One signed call, bounded in time and size; nothing of it is logged but what failed."""
        body = json.dumps({self.send.get(k, k): v for k, v in facts.items()}, ensure_ascii=False).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(12)
        headers = {
            "Content-Type": "application/json",
            "X-Key-Id": self.sign_with,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": sign(self.keys[self.sign_with], stamp, nonce, body),
        }
        try:
            async with (
                asyncio.timeout(self.total),
                httpx.AsyncClient(timeout=httpx.Timeout(self.total, connect=CONNECT), follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self.base + self.paths.get(what, f"/{what}"), content=body, headers=headers) as answer,
            ):
                data = b""
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > ANSWER_LIMIT:
                        raise ValueError("too large")
            if answer.status_code in (400, 409, 422) and what == "start":
                logs.note("idp.refused", provider=self.code, status=answer.status_code)
                raise ProviderRefused(str(answer.status_code))
            if answer.status_code != 200:
                raise ValueError(str(answer.status_code))
            found = json.loads(data)
            if not isinstance(found, dict):
                raise ValueError("form")
            return found
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, ValueError, RecursionError) as error:
            logs.warn("idp.down", provider=self.code, call=what, kind=type(error).__name__)
            raise ProviderDown(f"{what}: {type(error).__name__}") from None


def read_provider(entry: dict[str, Any]) -> HttpProvider:
    """One provider from its configuration. Raises ValueError naming what is wrong."""
    code = str(entry.get("code", ""))
    if not code.isascii() or not code.replace("-", "").isalnum() or not 2 <= len(code) <= 30 or code == "wechat":
        raise ValueError("code: 2-30 letters and digits, not wechat")
    base = str(entry.get("base", "")).rstrip("/")
    parts = urlsplit(base)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)):
        raise ValueError(f"{code}: base must be https://")
    keys = {str(k): read_key(str(k), v) for k, v in dict(entry.get("keys") or {}).items()}
    sign_with = str(entry.get("sign_with", ""))
    if sign_with not in keys or keys[sign_with].algorithm != "hmac-sha256":
        raise ValueError(f"{code}: sign_with must name an hmac-sha256 key of keys")
    if unknown := set(entry.get("id_types") or ()) - set(ID_TYPES):
        raise ValueError(f"{code}: unknown id_types {sorted(unknown)}")
    if entry.get("result", "query") not in ("query", "callback"):
        raise ValueError(f"{code}: result must be query or callback")
    return HttpProvider(
        code=code,
        name=str(entry.get("name") or code),
        base=base,
        app_id=str(entry.get("app_id", "")),
        keys=keys,
        sign_with=sign_with,
        loa=int(entry.get("loa", 3)),
        audiences=tuple(entry.get("audiences") or (H5, MINI)),
        id_types=tuple(entry.get("id_types") or ID_TYPES),
        needs_openid=bool(entry.get("needs_openid")),
        by_callback=entry.get("result", "query") == "callback",
        paths={str(k): str(v) for k, v in dict(entry.get("paths") or {}).items()},
        send={str(k): str(v) for k, v in dict(entry.get("send") or {}).items()},
        read={str(k): str(v) for k, v in dict(entry.get("read") or {}).items()},
        passed=tuple(str(v) for v in entry.get("passed") or ("passed",)),
        pending=tuple(str(v) for v in entry.get("pending") or ("pending",)),
    )
