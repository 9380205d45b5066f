"""A notice as a WeChat subscription message."""

from typing import Any

from core.database import Acting


async def hand_over(ctx: Acting, notice: dict[str, Any]) -> bool:
    """Put it into WeChat's outbox; False when there is no quota or no template for it."""
    return False
