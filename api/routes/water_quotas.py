"""Handlers of the operator's table of water quotas: list, empty template, import with a dry run."""

import msgspec

import water
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Page, Struct
from api.routes.tenants import one_file
from api.routes.water import XLSX, WaterQuotaAnswer, Word
from auth.audiences import CONSOLE_OPS
from core.database import Acting

OPS = frozenset({CONSOLE_OPS})


class QuotaListQuery(Page):
    """``q``: part of a product or source, or the beginning of an industry code."""

    q: Word = ""


class QuotaList(Answer):
    """A page of quotas."""

    items: list[WaterQuotaAnswer]
    total: int
    page: int
    page_size: int


class QuotaImportQuery(Struct):
    """``dry_run`` reads and counts; without it the rows are stored when none is wrong."""

    dry_run: bool = True


class QuotaFault(Answer):
    """One bad cell; ``path`` is its name (``F6``)."""

    path: str
    code: str
    message: str


class QuotaImport(Answer):
    """What the table holds: rows to add, rows that end, rows that stand already."""

    rows: int
    added: int
    ended: int
    unchanged: int
    errors: list[QuotaFault]
    stored: bool


@route("GET", "/api/v1/ops/water-quotas", permission="ops.quota.read", audience=OPS, query=QuotaListQuery, answer=QuotaList, summary="用水定额表", tag="water")
async def list_water_quotas(ctx: Acting, call: Call) -> QuotaList:
    q = call.query
    found, total = await water.list_quotas(ctx, q=q.q, page=q.page, page_size=q.page_size)
    items = [msgspec.convert(f, WaterQuotaAnswer, from_attributes=True) for f in found]
    return QuotaList(items=items, total=total, page=q.page, page_size=q.page_size)


@route("GET", "/api/v1/ops/water-quotas/template.xlsx", permission="ops.quota.read", audience=OPS, summary="用水定额导入模板", tag="water")
async def water_quota_template(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(water.quota_template(), XLSX, "用水定额导入模板.xlsx")


@route(
    "POST", "/api/v1/ops/water-quotas", permission="ops.quota.import", audience=OPS, query=QuotaImportQuery, upload=True, answer=QuotaImport,
    idempotent=True, summary="导入用水定额：先试读，再确认", tag="water", errors=("WORKBOOK_REFUSED", "QUOTA_FAULTS", "WRONG_SHEET"),
)  # fmt: skip
async def import_water_quotas(ctx: Acting, call: Call) -> QuotaImport:
    trial = await water.import_quotas(ctx, one_file(call).body, dry_run=call.query.dry_run)
    return msgspec.convert(trial, QuotaImport, from_attributes=True)
