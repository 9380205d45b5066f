"""Work of filing that is done later."""

from core.database import Acting
from core.jobs import JobRun, job
from filing.duties import refresh_duties


@job("filing.duties")
async def write_duties(ctx: Acting, run: JobRun) -> None:
    """The firm's duties anew, for its agents' lists."""
    await refresh_duties(ctx)
