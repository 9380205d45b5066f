"""What identity does by the clock."""

from core.clock import utc_now
from core.database import Db
from core.jobs import schedule


@schedule("auth.purge", daily_at="03:40")
async def purge(db: Db) -> None:
    """Dead sessions after 30 days, one-time codes, captchas, proofs and forgotten failures."""
    await db.run("select auth_purge($1)", utc_now())


@schedule("auth.scan_purge", every_seconds=3600)
async def purge_scans(db: Db) -> None:
    """Tickets after a day, blocks that are over, counters of hours gone by."""
    await db.run("select scan_purge($1)", utc_now())
