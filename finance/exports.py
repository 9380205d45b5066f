"""The list of cases as a workbook, made by a job. Every firm's consent is asked when the rows are read, again when the file is made and
again when it is handed over: one that ended meanwhile stops it, and nothing leaves."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import documents
from core.database import Acting
from core.errors import Conflict, Gone, NotFound
from core.files import StoredFile, open_file, save_file
from core.ids import new_id
from core.jobs import enqueue
from finance.moves import STATES

HEADINGS = ("企业", "产品", "等级", "依据", "申请金额（万元）", "期限（月）", "区域", "客户经理", "状态", "提交日期", "首次联系期限", "授权到期")
STOPPED = "有企业在导出期间撤回了授权，或授权已到期，导出已停止，没有生成文件。请重新导出，结果会不含这些企业。"
BATCH = 500


@dataclass(frozen=True, slots=True)
class DeskExport:
    """One export. ``state``: waiting | done | stopped (a consent ended) | failed; ``rows`` written."""

    id: UUID
    state: str
    rows: int
    reason: str
    created_at: datetime
    finished_at: datetime | None


_COLUMNS = "select id, state, rows, reason, created_at, finished_at, file_id, consents from bank_export where tenant_id = $1 and id = $2"
_ROWS = """
select k.id, k.consent_id, k.firm_name, k.product_name, k.letter, k.basis, k.amount, k.term, k.region_name, k.manager_name, k.state,
       k.submitted_at, k.due_on, c.ends_on
  from finance_case k join consent c on c.tenant_id = k.tenant_id and c.id = k.consent_id
 where k.party_id = $1 and ($2::uuid is null or k.manager_id = $2) and c.state = 'active' and c.starts_on <= $3 and c.ends_on >= $3
   and (k.submitted_at, k.id) < ($4, $5)
 order by k.submitted_at desc, k.id desc limit 500
"""
_ENDED = "select count(*) from consent where party_id = $1 and id = any ($2) and (state <> 'active' or ends_on < $3)"


async def start_export(ctx: Acting) -> DeskExport:
    """Ask for the workbook of the acting person's list (an administrator's: of the bank)."""
    export_id = new_id()
    await ctx.db.run(
        "insert into bank_export (tenant_id, id, person_id, created_at) values ($1, $2, $3, $4)", ctx.tenant, export_id, ctx.person_id, ctx.now
    )
    whole = "bank.case.assign" in ctx.permissions
    await enqueue(ctx, "finance.export", export_id, payload={"whole": whole})
    ctx.audit("finance.export", "bank_export", export_id, detail={"whole": whole})
    return await get_export(ctx, export_id)


async def get_export(ctx: Acting, export_id: UUID) -> DeskExport:
    """One export of the acting person. Raises NotFound."""
    row = await _row(ctx, export_id)
    return DeskExport(row["id"], row["state"], row["rows"], row["reason"], row["created_at"], row["finished_at"])


async def _row(ctx: Acting, export_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + " and ($3::uuid is null or person_id = $3)", ctx.tenant, export_id, ctx.person_id)
    if row is None:
        raise NotFound("没有这份导出，或您无权查看。")
    return row


async def make_export(ctx: Acting, export_id: UUID, *, whole: bool) -> None:
    """The job: rows in batches, the consents again before the file is kept. Each statement sees what was revoked until then."""
    asked = await ctx.db.row("select person_id, state from bank_export where tenant_id = $1 and id = $2", ctx.tenant, export_id)
    if asked is None or asked["state"] != "waiting":
        return
    rows: list[dict[str, Any]] = []
    last: tuple[datetime, UUID] = (ctx.now, UUID(int=2**128 - 1))
    while batch := await ctx.db.rows(_ROWS, ctx.tenant, None if whole else asked["person_id"], ctx.today, *last):
        rows += batch
        last = (batch[-1]["submitted_at"], batch[-1]["id"])
        if len(batch) < BATCH:
            break
    consents = sorted({row["consent_id"] for row in rows})
    book = await write_book(rows)
    if await ctx.db.value(_ENDED, ctx.tenant, consents, ctx.today):
        await _finish(ctx, export_id, "stopped", 0, STOPPED, None, [])
        return
    ref = await save_file(ctx, f"对接列表-{ctx.today}.xlsx", book, "sheet")
    await _finish(ctx, export_id, "done", len(rows), "", ref.id, consents)


async def write_book(rows: list[dict[str, Any]]) -> bytes:
    """The workbook of the rows; written in a thread of its own, so that other requests go on."""
    return await asyncio.to_thread(
        documents.write_table, {"对接": (HEADINGS, [_cells(row) for row in rows])}, widths=(32, 24, 8, 14, 16, 10, 12, 12, 10, 12, 14, 12)
    )


async def _finish(ctx: Acting, export_id: UUID, state: str, rows: int, reason: str, file_id: UUID | None, consents: list[UUID]) -> None:
    await ctx.db.run(
        "update bank_export set state = $3, rows = $4, reason = $5, file_id = $6, consents = $7, finished_at = $8"
        " where tenant_id = $1 and id = $2 and state in ('waiting', 'done')",
        ctx.tenant, export_id, state, rows, reason, file_id, consents, ctx.now,
    )  # fmt: skip
    ctx.audit(f"finance.export_{state}", "bank_export", export_id, detail={"rows": rows})


async def export_file(ctx: Acting, export_id: UUID) -> StoredFile:
    """Hand the workbook over, unless a consent in it ended since (Gone ``CONSENT_ENDED``). Raises NotFound, Conflict ``NOT_READY``."""
    row = await _row(ctx, export_id)
    if row["state"] == "waiting":
        raise Conflict("NOT_READY", "文件还在生成，请稍后再下载。", state=row["state"])
    if row["state"] == "done" and await ctx.db.value(_ENDED, ctx.tenant, list(row["consents"]), ctx.today):
        await _finish(ctx, export_id, "stopped", 0, STOPPED, None, [])
        raise Gone("CONSENT_ENDED", STOPPED).keep()
    if row["state"] != "done" or row["file_id"] is None:
        raise Gone("CONSENT_ENDED" if row["state"] == "stopped" else "EXPORT_FAILED", row["reason"] or "导出没有完成，请重新导出。")
    ctx.audit("finance.export_read", "bank_export", export_id)
    return await open_file(ctx, row["file_id"])


def _cells(row: dict[str, Any]) -> list[object]:
    basis = {"self": "企业自评", "verified": "核查机构评级"}.get(row["basis"] or "", "")
    due = row["due_on"] if row["state"] == "assigned" else None
    return [
        row["firm_name"], row["product_name"], row["letter"] or "", basis, row["amount"], row["term"], row["region_name"], row["manager_name"],
        STATES[row["state"]], row["submitted_at"].date(), due, row["ends_on"],
    ]  # fmt: skip
