"""Work done later: the paper of a new report."""

from core.database import Acting
from core.errors import NotFound
from core.jobs import JobRun, job
from reports.papers import report_pdf


@job("reports.render")
async def render_report(ctx: Acting, run: JobRun) -> None:
    """Render and store the paper; a paper that is there already is left alone, a report that is gone is no fault."""
    try:
        await report_pdf(ctx, run.object_id)
    except NotFound:
        return
