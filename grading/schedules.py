"""What this room does later or by the calendar."""

import inventory
from core.clock import utc_now
from core.database import Acting, Db
from core.jobs import JobRun, job, schedule
from grading.certificates import own_certificate
from grading.keys import keep_published_keys, rotate_keys


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
