"""Rate limits. One process counts in memory; several processes (only allowed with Redis) count in Redis.

Redis is a helper (R5): when it is away the process counts alone. Limits that guard money or identity (SMS, captcha, login)
do not stand here but in PostgreSQL, and fail closed.
"""

import asyncio
from typing import Any

from core.clock import utc_now
from core.errors import TooMany
from core.settings import settings

_windows: dict[tuple[str, int], int] = {}
_redis: dict[str, Any] = {}


async def hit(bucket: str, limit: int, seconds: int) -> None:
    """Count one hit of ``bucket`` in the current window of ``seconds``. Raises TooMany with the seconds to wait."""
    now = utc_now().timestamp()
    slot = int(now // seconds)
    if await _count(bucket, slot, seconds) > limit:
        raise TooMany(max(1, int((slot + 1) * seconds - now)))


async def _count(bucket: str, slot: int, seconds: int) -> int:
    if settings.redis_url:
        try:
            client = _client()
            async with asyncio.timeout(0.2):
                key = f"rate:{bucket}:{slot}"
                count = int(await client.incr(key))
                if count == 1:
                    await client.expire(key, seconds + 1)
                return count
        except (TimeoutError, OSError, ConnectionError):
            pass
    if len(_windows) > 50_000:
        _windows.clear()
    _windows[bucket, slot] = _windows.get((bucket, slot), 0) + 1
    if _windows[bucket, slot] == 1:
        _windows.pop((bucket, slot - 1), None)
    return _windows[bucket, slot]


def _client() -> Any:
    if "client" not in _redis:
        import redis.asyncio

        _redis["client"] = redis.asyncio.from_url(settings.redis_url)
    return _redis["client"]
