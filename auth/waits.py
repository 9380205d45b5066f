"""Failures and waits (L8): per account, per network, per account and address. Nothing is locked for good."""

from datetime import datetime
from uuid import UUID

from core.database import Acting
from core.errors import TooMany

#: (failures within 15 minutes, soft) of the three buckets of a sign-in: account, account and address, network.
LIMITS, SOFT = [5, 5, 50], [False, False, True]


def network(ip: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 one."""
    return ip.rsplit(".", 1)[0] if "." in ip else ":".join(ip.split(":")[:4])


def refuse_locked(ctx: Acting, until: datetime | None) -> None:
    """Raises TooMany ``LOGIN_LOCKED`` while a wait lasts."""
    if until is not None and until > ctx.now:
        wait = max(1, int((until - ctx.now).total_seconds()))
        raise TooMany(
            wait, f"输错次数较多，请 {max(1, -(-wait // 60))} 分钟后再试，或改用短信验证码登录。", code="LOGIN_LOCKED"
        ).keep()


async def count_failure(ctx: Acting, account_id: UUID, action: str) -> None:
    """One wrong proof of a signed-in or half signed-in account. The caller raises a kept problem."""
    await ctx.db.run("select auth_failed($1, $2, $3, true, $4)", [f"account:{account_id}"], [5], [False], ctx.now)
    ctx.audit(action, "account", account_id, "denied")
