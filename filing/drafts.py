"""Drafts of a month: saved as one types, never lost, never overwritten by another browser (faces message 7)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

import inventory
from carbon import PeriodError, month_code, month_int
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from filing.changes import duties_changed
from filing.green import green_draft

LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A month being filled in; version 0: nothing saved."""

    month: str
    version: int
    body: dict[str, Any]
    saved_by_name: str
    saved_at: datetime | None
    mine: bool


def _period(month: str, ctx: Acting) -> int:
    try:
        period = month_int(month)
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None
    if period > ctx.today.year * 100 + ctx.today.month:
        raise Invalid([FieldError("month", "FUTURE", f"{month} 还没有到，不能填报未来的月份。")])
    return period


async def read_draft(ctx: Acting, month: str) -> Draft:
    """The draft of a month."""
    period = _period(month, ctx)
    row = await ctx.db.row("select * from draft where tenant_id = $1 and period = $2", ctx.tenant, period)
    return _draft(ctx, row) if row else Draft(month, 0, {}, "", None, True)


def _draft(ctx: Acting, row: dict[str, Any]) -> Draft:
    return Draft(month_code(row["period"]), row["version"], row["body"], row["saved_by_name"], row["saved_at"], row["saved_by"] == ctx.account_id)


async def drafts_of_year(ctx: Acting, year: int) -> list[Draft]:
    """All drafts of a year."""
    rows = await ctx.db.rows("select * from draft where tenant_id = $1 and period between $2 and $3", ctx.tenant, year * 100 + 1, year * 100 + 12)
    return [_draft(ctx, r) for r in rows]


async def save_draft(ctx: Acting, month: str, version: int, body: dict[str, Any], by_name: str = "") -> Draft:
    """Save at the version seen. Another browser's newer draft is answered beside mine: Conflict ``STALE_DRAFT`` with ``theirs``."""
    period = _period(month, ctx)
    if len(msgspec.json.encode(body)) > LIMIT:
        raise Invalid([FieldError("values", "LENGTH", "草稿内容过大，请分月填写。")])
    saved = await ctx.db.run(
        "insert into draft as d (tenant_id, period, version, body, saved_by, saved_by_name, device, saved_at) values ($1, $2, 1, $3, $4, $5, $6, $7)"
        " on conflict (tenant_id, period) do update set version = d.version + 1, body = excluded.body, saved_by = excluded.saved_by,"
        " saved_by_name = excluded.saved_by_name, device = excluded.device, saved_at = excluded.saved_at where d.version = $8",
        ctx.tenant, period, body, ctx.account_id, by_name, ctx.user_agent[:200], ctx.now, version,
    )  # fmt: skip
    if saved:
        await duties_changed(ctx, gathered=True)
    now = await read_draft(ctx, month)
    if saved and version and now.version != version + 1:  # the draft typed upon is gone; the one just written goes with this refusal
        raise await _gone(ctx, month, period)
    if not saved:
        text = f"{now.saved_by_name or '另一处登录'}改过这个月的数据。您的填写还在本页，请对照后再保存。"
        theirs = {"version": now.version, "body": now.body, "saved_by_name": now.saved_by_name, "saved_at": now.saved_at}
        raise Conflict("STALE_DRAFT", text, theirs=theirs)
    return now


async def _gone(ctx: Acting, month: str, period: int) -> Conflict:
    """The month was submitted elsewhere, or its draft thrown away: what stands there now, in the shape of a draft of version 0."""
    facts = await inventory.year_facts(ctx, period // 100)
    head = next((m for m in facts.months if m["period"] == period), None)
    if head is None:
        text = "这个月的草稿已在另一处删除。您的填写还在本页，请选择保留还是清空。"
        return Conflict("STALE_DRAFT", text, theirs={"version": 0, "body": {}, "saved_by_name": "", "saved_at": None, "filed_version": None})
    lines = [line for line in facts.lines if line["period"] == period]
    body = {
        "values": [{"item_id": line["item_id"], "amount": short(line["amount"])} for line in lines if line["item_id"]],
        "process": [{"name": line["name"], "co2": short(line["co2_t"]), "note": line["note"]} for line in lines if line["use"] == "process"],
        "green": green_draft(head["green"]),
        "reasons": {},
    }
    who = head["submitted_by_name"]
    text = f"{who or '另一处登录'}已提交这个月（第 {head['version']} 版）。您的填写还在本页，请对照后再保存。"
    return Conflict(
        "STALE_DRAFT",
        text,
        theirs={"version": 0, "body": body, "saved_by_name": who, "saved_at": head["submitted_at"], "filed_version": head["version"]},
    )


def short(amount: str) -> str:
    """A stored amount without the zeros nobody typed."""
    return format(Decimal(amount).normalize(), "f")


async def drop_draft(ctx: Acting, month: str) -> None:
    """Throw a draft away."""
    await ctx.db.run("delete from draft where tenant_id = $1 and period = $2", ctx.tenant, _period(month, ctx))
    await duties_changed(ctx)
