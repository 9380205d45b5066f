"""What is told by the clock."""

from core.clock import utc_now
from core.database import Acting, Db
from core.ids import PLATFORM_ORG
from core.jobs import schedule
from notices.telling import tell

#: Working days after which the desk is told of an application that waits (T6; three is the promise).
ESCALATION_DAYS = 2


@schedule("application.waiting", every_seconds=900)
async def escalate_applications(db: Db) -> None:
    """Applications that have used two of their three working days are told to the reviewers, once each."""
    now = utc_now()
    await db.run("select set_config('app.tenant', $1, true)", str(PLATFORM_ORG))
    ctx = Acting(db, now, tenant_id=PLATFORM_ORG, audience="job", route="application.waiting")
    for row in await db.rows("select * from application_waiting($1, $2)", ESCALATION_DAYS, now):
        due = f"{row['due_on'].month}月{row['due_on'].day}日"
        facts = {"number": row["number"], "days": f"{row['used']:.1f}", "due_words": due}
        await tell(ctx, "application.waiting", "application", row["id"], to=["ops_reviewer"], fields=facts, link=f"/ops/applications/{row['id']}")
