"""Quiet hours of text messages (NT1): none from 21:00 to 8:00 in Beijing."""

from datetime import datetime, time, timedelta

from core.clock import BEIJING

EVENING, MORNING = time(21), time(8)


def quiet_seconds(now: datetime) -> float:
    """Seconds until a text message may go out: 0 from 8:00:00 on and before 21:00:00, else until the next 8:00 of Beijing."""
    local = now.astimezone(BEIJING)
    if MORNING <= local.time() < EVENING:
        return 0.0
    morning = local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    if local.time() >= EVENING:
        morning += timedelta(days=1)
    return (morning - local).total_seconds()
