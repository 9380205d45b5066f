"""Which papers of a firm stand today: one small statement for rooms that only need to know what there is (matching, consent)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.database import Acting
from reports.papers import KINDS


@dataclass(frozen=True, slots=True)
class Standing:
    """A report that is neither superseded nor cancelled. ``pages`` is 0 while its paper is not drawn yet."""

    id: UUID
    kind: str
    title: str
    year: int
    number: str
    basis: str
    label: str
    state: str
    letter: str | None
    issued_on: date
    pages: int


async def standing_reports(ctx: Acting) -> list[Standing]:
    """The acting firm's current reports, newest year first, a verified one before the firm's own; drafts are left out. One statement."""
    rows = await ctx.db.rows(
        "select r.id, r.kind, r.year, r.number, r.basis, r.state, r.letter, r.issued_on, coalesce(r.pages, 0) as pages from report r"
        " where r.tenant_id = $1 and r.state not in ('superseded', 'cancelled', 'draft') order by r.year desc, r.basis = 'verified' desc, r.kind, r.issued_at desc",
        ctx.tenant,
    )  # fmt: skip
    return [Standing(title=KINDS[row["kind"]].title, label=KINDS[row["kind"]].labels[row["basis"]], **row) for row in rows if row["kind"] in KINDS]
