"""Handlers of Excel: the month sheet down and up, the year's export."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

import filing
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Struct
from api.routes.tenants import one_file
from auth.audiences import ENTERPRISE
from core.database import Acting
from core.errors import FieldError, Invalid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetQuery(Struct):
    """``dry_run`` reads and lists; without it the values become the month's draft."""

    dry_run: bool = True


class SheetFault(Answer):
    """One bad cell; ``path`` is its name (``F6``), with the sheet before it when it is not the main one."""

    path: str
    code: str
    message: str


class SheetChangeAnswer(Answer):
    """One value that changes; amounts in ``unit``."""

    item_id: UUID | None
    name: str
    unit: str
    before: Decimal | None
    after: Decimal


class SheetAnswer(Answer):
    """What the sheet holds; ``draft_version`` once it was confirmed."""

    month: str
    rows: int
    errors: list[SheetFault]
    changes: list[SheetChangeAnswer]
    draft_version: Annotated[int, msgspec.Meta(ge=0)] | None


@route(
    "GET", "/api/v1/filing/months/<month>/sheet.xlsx", permission="filing.read", audience=ENTERPRISE,
    summary="下载一个月的填报表（Excel）", tag="filing",
)  # fmt: skip
async def month_sheet(ctx: Acting, call: Call, month: str) -> FileAnswer:
    return FileAnswer(await filing.month_sheet(ctx, month), XLSX, f"能耗填报-{month}.xlsx")


@route(
    "POST", "/api/v1/filing/months/<month>/sheet", permission="filing.edit", audience=ENTERPRISE, query=SheetQuery, upload=True,
    answer=SheetAnswer, idempotent=True, summary="上传填报表：先试读，再确认写入草稿", tag="filing",
    errors=("WORKBOOK_REFUSED", "SHEET_FAULTS", "STALE_DRAFT"),
)  # fmt: skip
async def upload_sheet(ctx: Acting, call: Call, month: str) -> SheetAnswer:
    data = one_file(call).body
    trial = (
        await filing.try_sheet(ctx, month, data)
        if call.query.dry_run
        else await filing.confirm_sheet(ctx, month, data, await tenants.own_name(ctx))
    )
    return SheetAnswer(
        month=trial.month,
        rows=trial.rows,
        errors=[SheetFault(path=e.path, code=e.code, message=e.message) for e in trial.errors],
        changes=[msgspec.convert(c, SheetChangeAnswer, from_attributes=True) for c in trial.changes],
        draft_version=trial.draft.version if trial.draft else None,
    )


@route(
    "POST", "/api/v1/filing/months/<month>/sheet/marked.xlsx", permission="filing.edit", audience=ENTERPRISE, upload=True,
    summary="取回标出错误单元格的填报表", tag="filing", errors=("WORKBOOK_REFUSED",),
)  # fmt: skip
async def marked_sheet(ctx: Acting, call: Call, month: str) -> FileAnswer:
    return FileAnswer(await filing.marked_sheet(ctx, month, one_file(call).body), XLSX, f"能耗填报-{month}-错误标注.xlsx")


@route(
    "GET", "/api/v1/filing/year/<year>/export.xlsx", permission="filing.read", audience=ENTERPRISE, summary="导出一年的填报数据（Excel）",
    tag="filing",
)  # fmt: skip
async def export_year(ctx: Acting, call: Call, year: str) -> FileAnswer:
    if not (year.isascii() and year.isdigit() and len(year) == 4 and 1990 <= int(year) <= 2100):
        raise Invalid([FieldError("year", "PERIOD", "年份应为 4 位数字，例如 2025。")])
    return FileAnswer(await filing.year_workbook(ctx, int(year)), XLSX, f"能耗填报-{year}.xlsx")
