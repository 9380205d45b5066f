"""The proofs of a year, as a report takes them along to an agency (R108)."""

from dataclasses import dataclass
from uuid import UUID

from core.database import Acting


@dataclass(frozen=True, slots=True)
class YearProof:
    """One proof; ``file_id`` is the stored file, ``period`` YYYYMM or None for the year."""

    file_id: UUID
    period: int | None
    item_id: UUID | None
    kind: str
    name: str
    content_type: str
    size: int


async def proofs_of_year(ctx: Acting, year: int) -> list[YearProof]:
    """All proofs of the acting firm's year, in one statement."""
    rows = await ctx.db.rows(
        "select file_id, period, item_id, kind, name, content_type, size from evidence where tenant_id = $1"
        " and (period between $2 * 100 + 1 and $2 * 100 + 12 or (period is null and kind = 'operating')) order by period, uploaded_at, id",
        ctx.tenant,
        year,
    )
    return [YearProof(**row) for row in rows]
