"""Handlers of reports: make one, list, look, download, page pictures; the address printed as QR on the cover."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

import documents
import reports
from api.kernel.route import Call, FileAnswer, PageAnswer, route
from api.kernel.types import Page, Struct, Year
from auth.audiences import ENTERPRISE
from core.database import Acting
from core.errors import NotFound
from core.settings import settings

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ReportKind = Literal["grade", "water", "reduction"]


class CreateReport(Struct):
    """Which report of which year."""

    kind: ReportKind
    year: Year


class ReportQuery(Page):
    """Filter of the list."""

    year: Year | None = None
    kind: ReportKind | None = None


class PictureQuery(Struct):
    """Width of a page picture in pixels."""

    width: Annotated[int, msgspec.Meta(ge=200, le=2480)] = 1240


@route(
    "POST", "/api/v1/reports", permission="report.create", audience=ENTERPRISE, body=CreateReport, answer=reports.Report, status=201,
    idempotent=True, summary="生成年度报告", tag="reports", errors=("INCOMPLETE_MONTHS", "NOTHING_FILED", "WATER_NOT_REPORTABLE", "GLYPH_MISSING"),
)  # fmt: skip
async def create_report(ctx: Acting, call: Call) -> reports.Report:
    return await reports.KINDS[call.body.kind].create(ctx, call.body.year)


@route(
    "GET", "/api/v1/reports", permission="report.read", audience=ENTERPRISE, query=ReportQuery, answer=reports.Reports,
    summary="报告列表", tag="reports",
)  # fmt: skip
async def list_reports(ctx: Acting, call: Call) -> reports.Reports:
    q = call.query
    return await reports.list_reports(ctx, kind=q.kind, year=q.year, page=q.page, page_size=q.page_size)


@route(
    "GET", "/api/v1/reports/<report_id>", permission="report.read", audience=ENTERPRISE, answer=reports.Report, read_only=False,
    summary="一份报告", tag="reports",
)  # fmt: skip
async def get_report(ctx: Acting, call: Call, report_id: UUID) -> reports.Report:
    return await reports.open_report(ctx, report_id)


@route(
    "GET", "/api/v1/reports/<report_id>/report.pdf", permission="report.read", audience=ENTERPRISE, read_only=False,
    summary="报告 PDF", tag="reports", errors=("RENDER_UNAVAILABLE", "RENDER_TIMEOUT"),
)  # fmt: skip
async def report_pdf(ctx: Acting, call: Call, report_id: UUID) -> FileAnswer:
    paper = await reports.report_pdf(ctx, report_id)
    ctx.audit("report.download", "report", report_id, detail={"sha256": paper.sha256[:16]})
    return FileAnswer(paper.data, "application/pdf", paper.name)


@route(
    "GET", "/api/v1/reports/<report_id>/report.docx", permission="report.read", audience=ENTERPRISE, read_only=False,
    summary="报告 Word 可编辑副本", tag="reports", errors=("RENDER_UNAVAILABLE", "RENDER_TIMEOUT"),
)  # fmt: skip
async def report_word(ctx: Acting, call: Call, report_id: UUID) -> FileAnswer:
    paper = await reports.report_word(ctx, report_id)
    ctx.audit("report.download", "report", report_id, detail={"form": "docx"})
    return FileAnswer(paper.data, WORD, paper.name)


@route(
    "GET", "/api/v1/reports/<report_id>/pages/<page>", permission="report.read", audience=ENTERPRISE, read_only=False,
    query=PictureQuery, summary="报告某一页的图片", tag="reports",
)  # fmt: skip
async def report_page(ctx: Acting, call: Call, report_id: UUID, page: str) -> FileAnswer:
    """``page`` is ``3.png``."""
    number = _number(page.removesuffix(".png"))
    data = await reports.page_png(ctx, report_id, number, call.query.width)
    return FileAnswer(
        data, "image/png", f"page-{number}.png", inline=True, headers={"Cache-Control": "private, max-age=3600"}
    )


@route(
    "GET", "/api/v1/reports/<report_id>/pages/<page>/text", permission="report.read", audience=ENTERPRISE, read_only=False,
    answer=documents.PageText, summary="报告某一页的文字（结构和位置）", tag="reports",
)  # fmt: skip
async def report_page_text(ctx: Acting, call: Call, report_id: UUID, page: str) -> documents.PageText:
    return await reports.page_text(ctx, report_id, _number(page))


def _number(text: str) -> int:
    """A page's number in an address. Raises NotFound."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise NotFound()
    return int(text)


@route("GET", "/r/<report_id>", public=True, no_database=True, summary="报告封面二维码：登录后查看原件", tag="reports")
async def open_by_code(ctx: Acting, call: Call, report_id: UUID) -> PageAnswer:
    """Says nothing about the report, not even whether it exists."""
    return PageAnswer(
        b"",
        status=302,
        headers={"Location": f"{settings.base_url}/console/reports/{report_id}", "Cache-Control": "no-store"},
    )
