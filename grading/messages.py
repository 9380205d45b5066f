"""Messages to a firm about its certificates (NT): to its administrators and legal representative, in the transaction of the event."""

from collections.abc import Iterable
from uuid import UUID

import notices
from core.database import Acting
from grading.certificates import Certificate

WHO = ("admin", "legal")
DECIDED = {"suspend": "certificate.suspended", "resume": "certificate.resumed", "revoke": "certificate.revoked"}


def facts_of(one: Certificate) -> dict[str, object]:
    """What every message about a certificate names."""
    return {"year": one.year, "number": one.number, "valid_until": one.valid_until.isoformat()}


async def tell_issued(ctx: Acting, made: Certificate, superseded: Iterable[Certificate]) -> None:
    """A certificate was issued; those it took the place of are named in messages of their own."""
    fields = facts_of(made) | {"letter": made.letter, "word": made.content["grade_word"]}
    await notices.tell(ctx, "certificate.issued", "certificate", made.id, to=WHO, fields=fields)
    for older in superseded:
        await notices.tell(ctx, "certificate.superseded", "certificate", older.id, to=WHO, fields=facts_of(older))


async def tell_decided(ctx: Acting, firm: UUID, certificate_id: UUID, action: str, reason: str) -> None:
    """Two operators suspended, resumed or revoked a firm's certificate (CC8); told in the transaction that decides."""
    row = await ctx.db.row("select * from certificate_named($1)", certificate_id)
    assert row is not None
    fields = {"year": row["period"], "number": row["number"], "reason": reason}
    await notices.tell(ctx, DECIDED[action], "certificate", certificate_id, to=WHO, fields=fields, organisation=firm)
