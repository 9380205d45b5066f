"""What identity does by the clock."""

from core.clock import utc_now
from core.database import Db
from core.jobs import schedule


@schedule("auth.purge", daily_at="03:40")
async def purge(db: Db) -> None:
    """Dead sessions after 30 days, one-time codes, captchas, proofs and forgotten failures."""
    await db.run("select auth_purge($1)", utc_now())
