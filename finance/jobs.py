"""What green finance does later or by the calendar."""

from datetime import datetime, time, timedelta
from uuid import UUID

import tenants
from core import logs
from core.clock import BEIJING, utc_now
from core.database import Acting, Db
from core.ids import new_id
from core.jobs import JobRun, job, schedule
from finance.cases import expire_cases
from finance.exports import make_export
from finance.managers import run_desk
from finance.telling import tell_asked, tell_own


@job("finance.tell")
async def tell_people(ctx: Acting, run: JobRun) -> None:
    """A message that the other side asked for."""
    await tell_asked(ctx, run.payload)


@job("finance.desk")
async def keep_desk(ctx: Acting, run: JobRun) -> None:
    """Late first contacts, managers who are gone, products past their days: one bank."""
    did = await run_desk(ctx)
    if any(did.values()):
        logs.note("finance.desk", **did)


@job("finance.export", attempts=3)
async def write_export(ctx: Acting, run: JobRun) -> None:
    """The list of cases as a workbook."""
    await make_export(ctx, run.object_id, whole=bool(run.payload.get("whole")))


@job("consents.night")
async def keep_consents(ctx: Acting, run: JobRun) -> None:
    """One firm's consents that ended or end in seven days, and what banks read yesterday (daily digest)."""
    for ended in await tenants.consents.end_expired(ctx):
        await expire_cases(ctx, ended.id)
        await tell_both(ctx, ended.id, "consent.ended")
    for ending in await tenants.consents.ending_on(ctx, ctx.today + timedelta(days=7)):
        await tell_both(ctx, ending.id, "consent.ending")
    midnight = datetime.combine(ctx.today, time(0), BEIJING)
    for line in await tenants.consents.readings_of_day(ctx, midnight - timedelta(days=1), midnight):
        await tell_own(ctx, "consent.read", consent_id=line["consent_id"], count=line["count"])


async def tell_both(ctx: Acting, consent_id: UUID, kind: str) -> None:
    """The firm now, the bank by a job of its own."""
    await tell_own(ctx, kind, consent_id=consent_id)
    await tenants.consents.tell_side(ctx, consent_id, "bank", "finance.tell", new_id(), {"kind": kind, "consent": str(consent_id)})


@schedule("finance.morning", daily_at="08:30")
async def every_morning(db: Db) -> None:
    """A job for each firm and bank that has something due today."""
    now = utc_now()
    firms = await db.value("select consents_night($1)", now)
    banks = await db.value("select finance_morning($1)", now)
    logs.note("finance.morning", firms=firms, banks=banks)
