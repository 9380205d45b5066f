"""The access token of the mini-program (W2-W5): one for all processes, fetched by one of them at a time.

The shared place is Redis where ``REDIS_URL`` names one, else PostgreSQL (a row with a lease). Redis away: PostgreSQL. The token is
sealed in both, the app secret stands in neither.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from auth.wechat.faults import NO_ANSWER, WeChatFault, fault_of
from core import logs
from core.clock import utc_now
from core.crypto import SealBroken, seal, unseal
from core.database import transaction
from core.errors import TooMany
from core.ids import new_id

FIELD = "wx_token.token"
SPACE = UUID("5b1d2f0e-7c55-4a5e-8f0b-2a6d3c9e4f10")
LEASE_SECONDS = 10
#: How long a process waits for another one that fetches, and how often it looks.
PATIENCE, LOOK = 10.0, 0.05

Fetch = Callable[[bool], Awaitable[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Token:
    """A token and until when it is used."""

    text: str
    good_until: datetime


def life(expires_in: int) -> int:
    """Seconds a token is used: WeChat renews in the last 5 minutes, and 300 is a legal ``expires_in`` (W2)."""
    return max(expires_in - 300, 60)


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class Tokens:
    """The token as one process sees it. ``fetch(force)`` asks WeChat and answers (token, expires_in)."""

    def __init__(self, appid: str, fetch: Fetch, redis_url: str = "") -> None:
        self.appid = appid
        self._fetch = fetch
        self._redis_url = redis_url
        self._redis: Any = None
        self._row = uuid5(SPACE, appid)
        self._known: Token | None = None
        self._lock = asyncio.Lock()
        self._barren: tuple[str, float] = ("", 0.0)

    async def get(self, refused: str | None = None) -> str:
        """A token other than ``refused``: the known one, another process's, or a new one. Raises WeChatFault."""
        if (known := self._usable(refused)) is not None:
            return known
        async with self._lock:
            if (known := self._usable(refused)) is not None:
                return known
            if refused is not None and self._barren[0] == refused and time.monotonic() < self._barren[1]:
                raise fault_of(NO_ANSWER, "stable_token", single_use=False, now=utc_now())
            self._known = await self._shared(refused)
            if refused is not None and self._known.text == refused:  # WeChat hands out what it refuses: no storm of requests
                self._barren = (refused, time.monotonic() + 2.0)
                raise fault_of(NO_ANSWER, "stable_token", single_use=False, now=utc_now())
            return self._known.text

    def _usable(self, refused: str | None) -> str | None:
        known = self._known
        return known.text if known and known.good_until > utc_now() and known.text != refused else None

    async def force(self) -> None:
        """Leak drill (W5): the present token dies at WeChat and everywhere here. Raises TooMany (20 a day, 30 s apart)."""
        async with self._lock:
            async with transaction() as db:
                wait = await db.value("select wx_token_force($1, $2, $3)", self.appid, self._row, utc_now())
            if wait:
                raise TooMany(wait, "强制更换微信凭证每天最多 20 次、间隔 30 秒，请稍后再试。", code="WX_FORCE_LIMIT")
            self._known = None
            if self._redis_url:
                await self._drop_redis()
            token, expires = await self._fetch(True)
            self._known = Token(token, utc_now() + timedelta(seconds=life(expires)))
            holder = new_id()
            async with transaction() as db:
                await db.row("select * from wx_token_take($1, null, $2, $3, $4)", self.appid, holder, self._row, utc_now())
                await self._put_row(db, holder, self._known)
            logs.warn("wechat.token_forced")

    async def _shared(self, refused: str | None) -> Token:
        if self._redis_url:
            import redis.exceptions

            try:
                return await self._from_redis(refused)
            except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
                logs.warn("wechat.redis_away", **logs.describe(error))
        return await self._from_row(refused)

    # PostgreSQL --------------------------------------------------------------------------------------------------------

    async def _from_row(self, refused: str | None) -> Token:
        holder, until = new_id(), time.monotonic() + PATIENCE
        refused_sha = _sha(refused) if refused else None
        while True:
            async with transaction() as db:
                row = await db.row(
                    "select * from wx_token_take($1, $2, $3, $4, $5)", self.appid, refused_sha, holder, self._row, utc_now()
                )
            assert row is not None
            if row["outcome"] == "have":
                try:
                    return Token(unseal(FIELD, row["id"], row["token_sealed"]), row["good_until"])
                except SealBroken:  # sealed under a root that is gone: fetch anew
                    async with transaction() as db:
                        await db.run("select wx_token_void($1)", self.appid)
                    continue
            if row["outcome"] == "lease":
                return await self._fetch_into_row(holder)
            if time.monotonic() > until:
                raise fault_of(NO_ANSWER, "stable_token", single_use=False, now=utc_now())
            await asyncio.sleep(LOOK)

    async def _fetch_into_row(self, holder: UUID) -> Token:
        try:
            token, expires = await self._fetch(False)
        except BaseException:
            async with transaction() as db:
                await db.run("select wx_token_release($1, $2)", self.appid, holder)
            raise
        made = Token(token, utc_now() + timedelta(seconds=life(expires)))
        async with transaction() as db:
            await self._put_row(db, holder, made)
        return made

    async def _put_row(self, db: Any, holder: UUID, made: Token) -> None:
        await db.value(
            "select wx_token_put($1, $2, $3, $4, $5, $6)",
            self.appid, holder, seal(FIELD, self._row, made.text), _sha(made.text), made.good_until, utc_now(),
        )  # fmt: skip

    # Redis ---------------------------------------------------------------------------------------------------------------

    def _client(self) -> Any:
        if self._redis is None:
            import redis.asyncio

            self._redis = redis.asyncio.from_url(self._redis_url, socket_timeout=2, socket_connect_timeout=1)
        return self._redis

    async def _drop_redis(self) -> None:
        try:
            await self._client().delete(f"wx:{self.appid}:at")
        except Exception as error:
            logs.warn("wechat.redis_away", **logs.describe(error))

    async def _from_redis(self, refused: str | None) -> Token:
        client, key, lock = self._client(), f"wx:{self.appid}:at", f"wx:{self.appid}:lock"
        mine, until = secrets.token_hex(16), time.monotonic() + PATIENCE
        while True:
            if (found := await self._read_redis(client, key, refused)) is not None:
                return found
            if await client.set(lock, mine, nx=True, px=LEASE_SECONDS * 1000):
                try:
                    if (found := await self._read_redis(client, key, refused)) is not None:
                        return found
                    token, expires = await self._fetch(False)
                    made = Token(token, utc_now() + timedelta(seconds=life(expires)))
                    await client.set(key, seal(FIELD, self._row, token), ex=life(expires))
                    return made
                finally:
                    await _release(client, lock, mine)
            if time.monotonic() > until:
                raise fault_of(NO_ANSWER, "stable_token", single_use=False, now=utc_now())
            await asyncio.sleep(LOOK)

    async def _read_redis(self, client: Any, key: str, refused: str | None) -> Token | None:
        sealed, left = await client.get(key), await client.ttl(key)
        if not sealed or left <= 0:
            return None
        try:
            text = unseal(FIELD, self._row, sealed)
        except SealBroken:
            return None
        return None if text == refused else Token(text, utc_now() + timedelta(seconds=left))

    async def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None


async def _release(client: Any, lock: str, mine: str) -> None:
    """Compare and delete (W3), watched rather than scripted; a lock that could not be dropped ends by itself."""
    import redis.exceptions

    try:
        async with client.pipeline(transaction=True) as pipe:
            await pipe.watch(lock)
            if await pipe.get(lock) == mine.encode():
                pipe.multi()
                pipe.delete(lock)
                await pipe.execute()
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        logs.warn("wechat.redis_away", **logs.describe(error))


__all__ = ["Token", "Tokens", "WeChatFault", "life"]
