"""What this room does later or by the calendar."""

import inventory
from core import logs
from core.clock import utc_now
from core.database import Acting, Db
from core.jobs import JobRun, job, schedule
from grading.certificates import own_certificate
from grading.keys import keep_published_keys, rotate_keys
from grading.reminders import remind_all, tell_benchmark, tell_ending


@job("certificates.revoked")
async def free_months(ctx: Acting, run: JobRun) -> None:
    """A revoked certificate stands on no month any more: the enterprise may correct its data (GN12)."""
    revoked = await own_certificate(ctx, run.object_id)
    await inventory.unlock_year(ctx, revoked.year, "certificate", revoked.id)
    ctx.audit("certificate.months_freed", "certificate", revoked.id, detail={"year": revoked.year})


@schedule("certificates.keys", every_seconds=3600)
async def turn_keys(db: Db) -> None:
    """Announce and switch signing keys by the calendar; keep the published set beside the data for offline checks."""
    now = utc_now()
    await rotate_keys(db, now)
    await keep_published_keys(db, now)


@schedule("grading.reminders", daily_at="09:00")
async def remind_firms(db: Db) -> None:
    """Certificates that end soon, benchmarks that firms waited for (NT)."""
    last = await db.value("select last_at from schedule_run where name = 'grading.reminders'")
    ending, graded = await remind_all(db, last, utc_now())
    logs.note("grading.reminders", ending=ending, benchmark=graded)


@job("certificates.ending")
async def tell_certificate_ends(ctx: Acting, run: JobRun) -> None:
    """Told to administrators and legal representative."""
    await tell_ending(ctx, run.object_id)


@job("grading.benchmark")
async def tell_benchmark_is_there(ctx: Acting, run: JobRun) -> None:
    """Told when the year can be graded now."""
    await tell_benchmark(ctx, int(run.payload["year"]), str(run.payload["period"]))
