"""What filing does by the clock."""

from core import logs
from core.clock import utc_now
from core.database import Db
from core.jobs import schedule


@schedule("filing.duties", daily_at="00:20")
async def write_all_duties(db: Db) -> None:
    """A new day, perhaps a new month, for each firm with agents."""
    logs.note("filing.duties", firms=await db.value("select duties_night($1)", utc_now()))
