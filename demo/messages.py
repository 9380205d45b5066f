"""The demonstration's messages: what the calendar would have told by now, said by the product's own verb."""

from collections.abc import Iterable
from uuid import UUID

import filing
from carbon import shift
from core.clock import utc_now
from core.database import Acting, transaction


async def remind_firms(organisations: Iterable[UUID]) -> int:
    """The month before this one, told to the people of these firms who file; returns how many messages."""
    told = 0
    for organisation in organisations:
        async with transaction() as db:
            await db.run("select set_config('app.tenant', $1, true)", str(organisation))
            ctx = Acting(db, utc_now(), tenant_id=organisation, audience="job", request_id="DEMO", route="demonstration")
            last = shift(ctx.today.year * 100 + ctx.today.month, -1)
            told += await filing.remind(ctx, [last])
    return told
