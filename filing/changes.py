"""Saying that something of a firm changed which its agents' lists show (S9)."""

from datetime import timedelta

from core.database import Acting
from core.ids import new_id
from core.jobs import wake

PAUSE = 10  # seconds in which the savings of a draft are gathered


async def duties_changed(ctx: Acting, *, gathered: bool = False) -> None:
    """A month, a draft or the template of the acting firm changed: its duties are written anew by a job.

    One statement, which does nothing for a firm without agents. ``gathered``: many changes within seconds are one.
    """
    version, delay = None, timedelta(0)
    if gathered:
        seconds = int(ctx.now.timestamp())
        version, delay = seconds // PAUSE, timedelta(seconds=PAUSE - seconds % PAUSE + 1)
    asked = await ctx.db.value(
        "select duties_changed($1, $2, $3, $4, $5)", new_id(), version, ctx.now, delay, ctx.request_id
    )
    if asked and not gathered:
        ctx.after_commit(wake)
