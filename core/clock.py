"""The only clock. Storage is UTC; business dates are Beijing's (China has no daylight saving: a fixed +08:00)."""

from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_frozen: datetime | None = None


def utc_now() -> datetime:
    """Now, aware, in UTC; the frozen instant when a test froze the clock."""
    return _frozen if _frozen is not None else datetime.now(UTC)


def beijing_date(at: datetime) -> date:
    """The business date (Asia/Shanghai) of an aware instant."""
    return at.astimezone(BEIJING).date()


def beijing_today() -> date:
    """Today's business date."""
    return beijing_date(utc_now())


def freeze(at: datetime) -> None:
    """Stop the clock at an aware instant (tests and drills only)."""
    global _frozen
    if at.tzinfo is None:
        raise ValueError("freeze() needs an aware datetime")
    _frozen = at.astimezone(UTC)


def unfreeze() -> None:
    """Let the clock run again."""
    global _frozen
    _frozen = None
