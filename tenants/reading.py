"""The one door for reading another organisation's data (architecture 4.3): a read-only transaction of that one organisation.

The caller has checked the grant (assignment, consent, region, review); the reading itself is noted in the caller's audit log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from core.database import Acting, transaction


@asynccontextmanager
async def reading(ctx: Acting, organisation_id: UUID, purpose: str) -> AsyncIterator[Acting]:
    """Act as a reader of ``organisation_id``: no permissions, nothing can be written. ``purpose`` stands in the log."""
    ctx.audit("organisation.read", "organisation", organisation_id, detail={"purpose": purpose})
    async with transaction(read_only=True) as db:
        await db.run("select set_config('app.tenant', $1, true)", str(organisation_id))
        yield replace(
            ctx,
            db=db,
            tenant_id=organisation_id,
            roles=frozenset(),
            permissions=frozenset(),
            audit_rows=[],
            afterwards=[],
        )
