"""What filing does by the clock."""

from core import logs
from core.clock import utc_now
from core.database import Db
from core.jobs import schedule
from filing.reminders import remind_all


@schedule("filing.duties", daily_at="00:20")
async def write_all_duties(db: Db) -> None:
    """A new day, perhaps a new month, for each firm with agents."""
    logs.note("filing.duties", firms=await db.value("select duties_night($1)", utc_now()))


@schedule("filing.reminders", daily_at="09:00")
async def remind_firms(db: Db) -> None:
    """Months due or overdue and questions left open: one job for each firm that has something (FI12, NT)."""
    last = await db.value("select last_at from schedule_run where name = 'filing.reminders'")
    logs.note("filing.reminders", firms=await remind_all(db, last, utc_now()))
