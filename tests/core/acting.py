"""Acting for an organisation without a session: the ground's tests know no people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from core import audit
from core.clock import utc_now
from core.database import Acting, transaction


@asynccontextmanager
async def acting_for(
    tenant: UUID | None, *, kind: str = "enterprise", write_audit: bool = False
) -> AsyncIterator[Acting]:
    """One transaction acting for ``tenant``; what was noted for after the commit is run."""
    async with transaction() as db:
        await db.run(
            "select set_config('app.tenant', $1, true), set_config('app.kind', $2, true)", str(tenant or ""), kind
        )
        ctx = Acting(db, utc_now(), tenant_id=tenant, org_kind=kind, request_id="TEST-REQUEST", route="test")
        yield ctx
        if write_audit:
            await audit.write(ctx, ctx.audit_rows)
    for act in ctx.afterwards:
        await act()
