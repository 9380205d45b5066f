"""When sums are folded and benchmarks computed."""

from datetime import date

from core.clock import beijing_date, utc_now
from core.database import Db
from core.jobs import schedule
from rollups.benchmarks import compute_benchmarks, has_platform_rows
from rollups.sums import fold

#: Platform averages follow late filings until the end of September of the next year, then they stand.
STANDS_FROM = (10, 1)


@schedule("rollups.fold", every_seconds=5)
async def fold_deltas(db: Db) -> None:
    """Merge what has been submitted since the last time."""
    while await fold(db) == 20_000:
        pass


@schedule("rollups.benchmarks", daily_at="02:30")
async def compute_last_year(db: Db) -> None:
    """Platform averages of last year (CE7, CE8, RS7): daily until they stand, later only where none was ever made."""
    now = utc_now()
    today = beijing_date(now)
    if today < date(today.year, *STANDS_FROM) or not await has_platform_rows(db, today.year - 1):
        await compute_benchmarks(db, today.year - 1, now, today)
