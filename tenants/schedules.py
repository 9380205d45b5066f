"""What organisations do by the clock."""

from core import logs
from core.clock import utc_now
from core.database import Db
from core.jobs import schedule


@schedule("delegation.night", daily_at="00:05")
async def end_delegations(db: Db) -> None:
    """Agents whose last day is over are marked ended; those within seven days of it are told once."""
    row = await db.row("select * from delegation_night($1)", utc_now())
    if row is not None and (row["expired"] or row["warned"]):
        logs.note("delegation.night", expired=row["expired"], warned=row["warned"])


@schedule("application.night", daily_at="00:20")
async def drop_old_drafts(db: Db) -> None:
    """Applications that were begun and not handed in for 60 days are forgotten, with their files."""
    gone = await db.value("select application_night($1, $2)", utc_now(), 60)
    if gone:
        logs.note("application.night", dropped=gone)


@schedule("banks.night", daily_at="00:10")
async def end_banks(db: Db) -> None:
    """Banks whose agreement ended yesterday are suspended."""
    gone = await db.value("select banks_night($1)", utc_now())
    if gone:
        logs.note("banks.night", suspended=gone)
