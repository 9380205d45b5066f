"""Papers and pictures of a certificate (rule CC7).

Drawn once from its frozen content, kept, and named in the offline proof.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.database import Acting
from core.errors import NotFound
from core.files import open_file, save_file
from core.ids import new_id
from core.settings import settings
from documents import CertificateView, certificate_pdf, certificate_view, draw_badge, draw_card
from grading import queries
from grading.certificates import claims, own_row
from grading.code import make_code
from grading.keys import code_keys, signer
from grading.states import code_url

KINDS = ("pdf", "badge-1000", "badge-300", "card")


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """A file ready to be sent."""

    name: str
    content_type: str
    data: bytes
    sha256: str


async def certificate_file(ctx: Acting, certificate_id: UUID, kind: str) -> DrawnFile:
    """A certificate's ``pdf``, ``badge-1000``, ``badge-300`` or ``card``: drawn at the first request, the same
    bytes ever after.

    It shows the certificate as issued; its state of today is what the code in it opens. Raises NotFound.
    """
    if kind not in KINDS:
        raise NotFound()
    row = await own_row(ctx, certificate_id)
    if kind == "pdf":
        ctx.audit("certificate.download", "certificate", certificate_id, detail={"kind": kind})
    kept = await ctx.db.row(queries.FILE, ctx.tenant, certificate_id, kind)
    if kept is not None:
        stored = await open_file(ctx, kept["file_id"])
        return DrawnFile(_name(row, kind), kept["content_type"], stored.data, kept["sha256"])
    data = await _draw(row, kind)
    ref = await save_file(ctx, _name(row, kind), data, "form")
    await ctx.db.run(
        queries.PUT_FILE, ctx.tenant, new_id(), certificate_id, kind, ref.id, ref.content_type, ref.sha256, ctx.now
    )
    stored = await open_file(ctx, ref.id)
    if kind == "pdf":
        await _sign_with_pdf(ctx, row, ref.sha256)
    return DrawnFile(_name(row, kind), ref.content_type, stored.data, ref.sha256)


async def certificate_proof(ctx: Acting, certificate_id: UUID) -> tuple[str, str]:
    """Name and text of the offline proof; it carries the PDF's digest, so the PDF is drawn first. Raises NotFound."""
    await certificate_file(ctx, certificate_id, "pdf")
    row = await own_row(ctx, certificate_id)
    return f"{row['certificate_no']}.jws", row["jws"]


async def _sign_with_pdf(ctx: Acting, row: dict[str, Any], digest: str) -> None:
    key = await signer(ctx.db, ctx.now)
    jws = key.sign(claims(row["content"], row["code_id"], row["issued_at"], row["valid_until"], digest))
    await ctx.db.value(queries.PUT_PROOF, row["id"], digest, key.kid, jws)


async def _draw(row: dict[str, Any], kind: str) -> bytes:
    view = view_as_issued(row)
    if kind == "pdf":
        return await certificate_pdf(view, row["issued_at"])
    if kind == "card":
        return await draw_card(view)
    return await draw_badge(view, int(kind.removeprefix("badge-")))


def view_as_issued(row: dict[str, Any]) -> CertificateView:
    """What is drawn: the certificate on the day it was issued."""
    code = make_code(code_keys(), row["code_id"], row["code_kid"])
    return certificate_view(
        row["content"], code=code, url=code_url(code), state="valid", kid=row["kid"], demo=settings.mode == "demo"
    )


def _name(row: dict[str, Any], kind: str) -> str:
    stem = {"pdf": "碳效证书", "card": "碳效卡片"}.get(kind, "碳效码")
    return f"{stem}-{row['certificate_no']}.{'pdf' if kind == 'pdf' else 'png'}"


__all__ = ["DrawnFile", "certificate_file", "certificate_proof"]
