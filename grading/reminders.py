"""What a firm is told by the calendar (NT): its certificate ends in 30 and 7 days, a benchmark it waited for is there."""

from datetime import date, datetime, timedelta
from uuid import UUID

import notices
from core.clock import beijing_date
from core.database import Acting, Db
from grading.certificates import own_row
from grading.messages import WHO
from grading.years import evaluate

ENDS_IN = (30, 7)
#: A worker that stood still tells what it missed, but nothing older than this.
CATCH_UP = timedelta(days=6)


def days_to_tell(since: date, today: date) -> list[date]:
    """Last days of validity whose day of telling lies after ``since`` and not after ``today``."""
    told_on = [since + timedelta(days=n) for n in range(1, (today - since).days + 1)]
    return sorted({day + timedelta(days=left) for day in told_on for left in ENDS_IN})


async def remind_all(db: Db, last: datetime | None, now: datetime) -> tuple[int, int]:
    """Ask for what is due since the last run; returns how many certificates end soon and how many firms have a benchmark now."""
    since = max(last, now - CATCH_UP) if last else now - timedelta(days=1)
    days = days_to_tell(beijing_date(since), beijing_date(now))
    ending = int(await db.value("select certificates_ending($1, $2)", days, now))
    return ending, int(await db.value("select benchmark_news($1, $2)", since, now))


async def tell_ending(ctx: Acting, certificate_id: UUID) -> None:
    """One certificate ends soon, if it is still in force."""
    row = await own_row(ctx, certificate_id)
    left = (row["valid_until"] - ctx.today).days
    if row["state"] == "valid" and left >= 0:
        fields = {"year": row["year"], "number": row["certificate_no"], "valid_until": row["valid_until"].isoformat(), "days": left}
        await notices.tell(ctx, "certificate.expiring", "certificate", certificate_id, to=WHO, fields=fields)


async def tell_benchmark(ctx: Acting, year: int, period: str) -> None:
    """A year that had no benchmark can be graded now; nothing when it still cannot for another reason."""
    if (await evaluate(ctx, year)).graded:
        fields = {"year": year, "period": period}
        await notices.tell(ctx, "benchmark.published", "year", str(year), to=WHO, fields=fields)
