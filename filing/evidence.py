"""Evidence files of a filing (FD8): at most nine per field, content checked by core.files."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from carbon import PeriodError, month_code, month_int
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.files import drop_file, open_file, save_file
from core.ids import new_id

KINDS = ("line", "green", "operating", "parameter", "measure", "water", "other")
#: Kinds that belong to no month's field: one firm may have many.
UNBOUND = ("parameter", "measure", "water")
PER_FIELD = 9
#: An upload of today may still be on a page that is not saved yet.
GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One uploaded proof."""

    id: UUID
    month: str | None
    item_id: UUID | None
    kind: str
    name: str
    content_type: str
    size: int
    uploaded_at: datetime


async def add_evidence(ctx: Acting, *, month: str | None, item_id: UUID | None, kind: str, name: str, data: bytes) -> Evidence:
    """Store a proof for a month's item (or green power, operating data, a parameter). Raises Invalid, Conflict ``TOO_MANY_FILES``."""
    try:
        period = month_int(month) if month else None
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None
    if kind not in KINDS:
        raise Invalid([FieldError("kind", "CHOICE", "不认识的凭证种类。")])
    if kind == "water":
        ctx.require("water.edit")
    if item_id and not await ctx.db.value("select true from template_item where tenant_id = $1 and id = $2", ctx.tenant, item_id):
        raise Invalid([FieldError("item_id", "UNKNOWN", "没有这个填报项，请刷新后重试。")])
    count = await ctx.db.value(
        "select count(*) from evidence where tenant_id = $1 and period is not distinct from $2 and item_id is not distinct from $3 and kind = $4",
        ctx.tenant, period, item_id, kind,
    )  # fmt: skip
    if kind not in UNBOUND and count >= PER_FIELD:
        raise Conflict("TOO_MANY_FILES", f"每项最多 {PER_FIELD} 个文件，请先删除不需要的。")
    ref = await save_file(ctx, name, data, "evidence")
    made = Evidence(new_id(), month, item_id, kind, ref.name, ref.content_type, ref.size, ctx.now)
    await ctx.db.run(
        "insert into evidence (tenant_id, id, period, item_id, kind, file_id, name, content_type, size, uploaded_by, uploaded_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        ctx.tenant, made.id, period, item_id, kind, ref.id, ref.name, ref.content_type, ref.size, ctx.account_id, ctx.now,
    )  # fmt: skip
    ctx.audit("evidence.uploaded", "evidence", made.id)
    return made


async def list_evidence(ctx: Acting, month: str) -> list[Evidence]:
    """Proofs of one month."""
    try:
        period = month_int(month)
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None
    rows = await ctx.db.rows(
        "select id, period, item_id, kind, name, content_type, size, uploaded_at from evidence where tenant_id = $1 and period = $2 order by uploaded_at", ctx.tenant, period
    )
    return [Evidence(r["id"], month_code(r["period"]), r["item_id"], r["kind"], r["name"], r["content_type"], r["size"], r["uploaded_at"]) for r in rows]


async def read_evidence(ctx: Acting, evidence_id: UUID) -> tuple[str, str, bytes]:
    """Name, content type and bytes. Raises NotFound."""
    row = await ctx.db.row("select file_id from evidence where tenant_id = $1 and id = $2", ctx.tenant, evidence_id)
    if row is None:
        raise NotFound()
    stored = await open_file(ctx, row["file_id"])
    return stored.ref.name, stored.ref.content_type, stored.data


async def drop_evidence(ctx: Acting, evidence_id: UUID) -> None:
    """Remove a proof that nothing names that is kept. Raises NotFound, Conflict ``IN_USE``."""
    row = await ctx.db.row("select file_id from evidence where tenant_id = $1 and id = $2", ctx.tenant, evidence_id)
    if row is None:
        raise NotFound()
    if await ctx.db.value("select true from inventory_line where tenant_id = $1 and evidence ? $2 limit 1", ctx.tenant, str(evidence_id)):
        raise Conflict("IN_USE", "这份凭证已随填报提交，不能删除；可上传新的凭证补充。")
    if await ctx.db.value("select true from reduction_measure where tenant_id = $1 and $2 = any (evidence) limit 1", ctx.tenant, evidence_id):
        raise Conflict("IN_USE", "这份凭证正在减排方案中使用，请先在方案中移除并保存，再删除。")
    await ctx.db.run("delete from evidence where tenant_id = $1 and id = $2", ctx.tenant, evidence_id)
    await drop_file(ctx, row["file_id"])
    ctx.audit("evidence.removed", "evidence", evidence_id)


async def require_evidence(ctx: Acting, evidence_id: UUID | None, path: str) -> None:
    """Raises Invalid naming ``path`` when the firm has no such proof; None is fine."""
    if evidence_id is not None and not await ctx.db.value("select true from evidence where tenant_id = $1 and id = $2", ctx.tenant, evidence_id):
        raise Invalid([FieldError(path, "UNKNOWN", "没有这份凭证，请重新上传。")])


async def known_evidence(ctx: Acting, ids: Collection[UUID]) -> set[UUID]:
    """Those of ``ids`` that are proofs of the acting firm."""
    if not ids:
        return set()
    rows = await ctx.db.rows("select id from evidence where tenant_id = $1 and id = any ($2)", ctx.tenant, list(ids))
    return {r["id"] for r in rows}


async def drop_unneeded(ctx: Acting, kind: str, named: Collection[UUID]) -> int:
    """Let go of the firm's proofs of one kind that nothing names (``named`` does), those of today excepted; returns how many."""
    rows = await ctx.db.rows(
        "delete from evidence where tenant_id = $1 and kind = $2 and id <> all ($3) and uploaded_at < $4 returning id, file_id",
        ctx.tenant, kind, list(named), ctx.now - GRACE,
    )  # fmt: skip
    for row in rows:
        await drop_file(ctx, row["file_id"])
        ctx.audit("evidence.removed", "evidence", row["id"])
    return len(rows)
