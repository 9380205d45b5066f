"""The platform's view of all cases: who is with whom since when, and cancelling the verification of a grade (18.1, ST3)."""

from uuid import UUID

import tenants
from cases import queries
from cases.desk import Row, event_of, line_of, said, stale_case, wrong_state
from cases.states import CANCELLABLE, KINDS
from cases.views import CaseList, OpsCase
from core.database import Acting
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.jobs import wake


async def list_all_cases(
    ctx: Acting, *, q: str = "", state: str = "", kind: str = "", page: int = 1, page_size: int = 20
) -> CaseList:
    """Cases of all firms, newest first; two statements. ``state``: one, ``open`` or ``overdue``; ``q``: number, firm or agency."""
    found = (" ".join(q.split()), state, kind, ctx.today)
    rows = await ctx.db.rows(queries.OPS_PAGE, *found, page_size, (page - 1) * page_size)
    return CaseList(
        [line_of(ctx, row) for row in rows], int(await ctx.db.value(queries.OPS_COUNT, *found)), page, page_size
    )


async def get_any_case(ctx: Acting, case_id: UUID) -> OpsCase:
    """One case and its moves; the firm's figures are not the platform's to read (18.3). Raises NotFound."""
    row = await _row(ctx, case_id)
    return OpsCase(
        line_of(ctx, row),
        row["reason"],
        row["closed_at"],
        row["signed_at"],
        _why_not(row),
        [event_of(e) for e in row["events"]],
    )


async def _row(ctx: Acting, case_id: UUID) -> Row:
    row = await ctx.db.row(queries.OPS_CASE, case_id, ctx.today)
    if row is None:
        raise NotFound("没有这个案件，请从列表重新打开。")
    return row


def _why_not(row: Row) -> str:
    if row["kind"] != "grade":
        return f"{KINDS[row['kind']]}由企业委托机构办理，平台不取消；需要停办的，请暂停机构"
    if row["state"] not in CANCELLABLE:
        return "案件已结束"
    return "评级报告正在出具，稍后再取消" if row["state"] == "rated" and row["issued_report_id"] is None else ""


async def cancel_case(ctx: Acting, case_id: UUID, *, version: int, reason: str) -> OpsCase:
    """Cancel the verification of a grade, even a rated one (L20: the route asks for a fresh proof). The year is unlocked, the report reads
    企业自评 again, what was written stays readable, both sides are told.

    Raises NotFound, Invalid, Conflict (CASE_KIND, CASE_STATE, STALE_VERSION).
    """
    row = await _row(ctx, case_id)
    words = said(reason, "reason", least=5, most=500)
    if row["kind"] != "grade":
        raise Conflict("CASE_KIND", f"这个案件不能取消：{_why_not(row)}。", kind=row["kind"])
    if _why_not(row):
        raise wrong_state(row, "取消")
    if row["version"] != version:
        raise stale_case(row)
    by_name = await tenants.own_name(ctx)
    if not await ctx.db.value(
        queries.OPS_CANCEL, case_id, row["state"], version, new_id(), by_name, words, ctx.now, ctx.request_id
    ):
        raise stale_case(await _row(ctx, case_id))
    ctx.after_commit(wake)
    ctx.audit(
        "case.cancel", "case", case_id, detail={"from": row["state"], "number": row["number"], "reason": words[:200]}
    )
    return await get_any_case(ctx, case_id)
