"""Work of filing that is done later."""

from core import logs
from core.database import Acting
from core.jobs import JobRun, job
from filing.bulk import fail_line, file_line
from filing.duties import refresh_duties
from filing.factor_news import announce_factors, tell_factor_news
from filing.reminders import remind


@job("filing.duties")
async def write_duties(ctx: Acting, run: JobRun) -> None:
    """The firm's duties anew, for its agents' lists."""
    await refresh_duties(ctx)


@job("filing.remind")
async def remind_people(ctx: Acting, run: JobRun) -> None:
    """What is due today, told to those who file."""
    await remind(ctx, run.payload["months"], run.payload["questions"])


@job("filing.factors_published")
async def announce_new_factors(ctx: Acting, run: JobRun) -> None:
    """One job for each firm with open months that the new values change."""
    logs.note("filing.factors_published", firms=await announce_factors(ctx, run.object_id, run.version, run.payload))


@job("filing.factor_news")
async def tell_new_factors(ctx: Acting, run: JobRun) -> None:
    """The firm's administrators hear of it."""
    await tell_factor_news(ctx, run.object_id, run.payload)


TRIES = 4


@job("filing.bulk", attempts=TRIES)
async def file_bulk_line(ctx: Acting, run: JobRun) -> None:
    """One firm of a workbook; a fault of the system is tried again and then said."""
    await ctx.db.run("savepoint line")
    try:
        await file_line(ctx, run.object_id, run.payload)
    except Exception as error:
        if run.attempt < TRIES:
            raise
        logs.failure(error, job=str(run.id), outcome="said")
        await ctx.db.run("rollback to savepoint line")
        ctx.audit_rows.clear()
        ctx.afterwards.clear()
        await fail_line(ctx, run.object_id)
