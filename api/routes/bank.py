"""Handlers of the bank's console: products, the inbox, a case under its consent, watermarked pages, managers, the list as a file."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec

import finance
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Page, Quantity, Struct
from api.routes.finance import Note, ProductMove, RowVersion, Word
from api.routes.sheets import XLSX
from auth.audiences import CONSOLE_BANK
from core.database import Acting
from core.errors import NotFound

BANK = frozenset({CONSOLE_BANK})
Codes = Annotated[list[Annotated[str, msgspec.Meta(max_length=30)]], msgspec.Meta(max_length=200)]
Whole = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
READ_ERRORS = ("CONSENT_REVOKED", "CONSENT_EXPIRED", "CONSENT_UPCOMING", "NOT_RECEIVER")


class BankProductQuery(Page):
    """``state``: draft, submitted, published, paused, ended; empty for all."""

    state: Word = ""


class WishBody(Struct):
    """A preference: a code, with the least value where it takes one."""

    code: Word
    value: Quantity | None = None


class ProductBody(Struct, kw_only=True):
    """A product as the bank types it: 万元, months, percent a year; empty lists ask for nothing."""

    name: Annotated[str, msgspec.Meta(max_length=200)]
    kind: Word
    regions: Codes
    description: Annotated[str, msgspec.Meta(max_length=5000)]
    valid_from: date
    valid_to: date
    min_amount: Quantity | None = None
    max_amount: Quantity | None = None
    min_term: Whole | None = None
    max_term: Whole | None = None
    min_rate: Quantity | None = None
    max_rate: Quantity | None = None
    rate_note: Word = ""
    industries: Codes = []
    industries_not: Codes = []
    min_letter: Annotated[str, msgspec.Meta(max_length=1)] | None = None
    verified_only: bool = False
    report_age: Whole = 2
    min_filing_months: Whole = 0
    purposes: Codes = []
    needs_water: bool = False
    needs_reduction: bool = False
    preferences: Annotated[list[WishBody], msgspec.Meta(max_length=20)] = []
    documents: Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(max_length=40)] = []


class ProductChange(ProductBody, kw_only=True):
    """The same with the version that was read."""

    version: RowVersion


class InboxQuery(Page):
    """``tab``: new (term still running), due (today), overdue, unassigned (administrators), all; ``q``: part of the firm's or product's name."""

    tab: Literal["new", "due", "overdue", "unassigned", "all"] = "all"
    q: Word = ""


class AssignBody(Struct):
    """To whom."""

    manager_id: UUID
    version: RowVersion


class BankMove(Struct):
    """``version`` of the case as it was read."""

    version: RowVersion


class AdvanceBody(Struct):
    """``to``: applying."""

    version: RowVersion
    to: Literal["applying"] = "applying"
    reason: Note = ""


class OutcomeBody(Struct):
    """``result``: approved (amount 万元, rate percent a year, day) or declined (note)."""

    version: RowVersion
    result: Literal["approved", "declined"]
    amount: Quantity | None = None
    rate: Quantity | None = None
    on: date | None = None
    note: Annotated[str, msgspec.Meta(max_length=600)] = ""


class ManagerBody(Struct):
    """Empty ``areas`` and ``products``: all of them."""

    areas: Codes
    products: Annotated[list[UUID], msgspec.Meta(max_length=200)]
    active: bool
    version: RowVersion


class PageWidth(Struct):
    """Width of a page picture in pixels."""

    width: Annotated[int, msgspec.Meta(ge=200, le=1600)] = 1240


def edit_of(body: ProductBody) -> finance.ProductEdit:
    """The product as the verb takes it."""
    values = msgspec.structs.asdict(body)
    values.pop("version", None)
    values["preferences"] = [finance.ProductWish(w.code, w.value) for w in body.preferences]
    return finance.ProductEdit(**values)


@route(
    "GET", "/api/v1/bank/products", permission="bank.case.read", audience=BANK, query=BankProductQuery, answer=finance.FinanceProducts,
    summary="本行产品",
)  # fmt: skip
async def list_products(ctx: Acting, call: Call) -> finance.FinanceProducts:
    return await finance.list_products(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/bank/products", permission="bank.product.edit", audience=BANK, body=ProductBody, answer=finance.FinanceProduct, status=201,
    idempotent=True, summary="新建产品（草稿）",
)  # fmt: skip
async def create_product(ctx: Acting, call: Call) -> finance.FinanceProduct:
    return await finance.create_product(ctx, edit_of(call.body))


@route(
    "GET", "/api/v1/bank/products/<product_id>", permission="bank.case.read", audience=BANK, answer=finance.FinanceProduct, summary="一个本行产品",
)  # fmt: skip
async def read_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.get_product(ctx, product_id)


@route(
    "PUT", "/api/v1/bank/products/<product_id>", permission="bank.product.edit", audience=BANK, body=ProductChange, answer=finance.FinanceProduct,
    idempotent=True, summary="修改草稿或已暂停的产品", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def edit_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.edit_product(ctx, product_id, edit_of(call.body), call.body.version)


@route(
    "POST", "/api/v1/bank/products/<product_id>/submit", permission="bank.product.edit", audience=BANK, body=ProductMove,
    answer=finance.FinanceProduct, idempotent=True, summary="提交平台发布", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def submit_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.submit_product(ctx, product_id, call.body.version)


@route(
    "POST", "/api/v1/bank/products/<product_id>/pause", permission="bank.product.edit", audience=BANK, body=ProductMove,
    answer=finance.FinanceProduct, idempotent=True, summary="暂停产品", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def pause_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.pause_product(ctx, product_id, call.body.version, call.body.reason)


@route(
    "POST", "/api/v1/bank/products/<product_id>/end", permission="bank.product.edit", audience=BANK, body=ProductMove,
    answer=finance.FinanceProduct, idempotent=True, summary="停办产品", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def end_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.end_product(ctx, product_id, call.body.version, call.body.reason)


@route("GET", "/api/v1/bank/cases", permission="bank.case.read", audience=BANK, query=InboxQuery, answer=finance.DeskPage, summary="收件箱")
async def bank_inbox(ctx: Acting, call: Call) -> finance.DeskPage:
    return await finance.list_desk_cases(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET", "/api/v1/bank/cases/<case_id>", permission="bank.case.read", audience=BANK, answer=finance.DeskCase, summary="一件对接",
    errors=READ_ERRORS,
)  # fmt: skip
async def read_bank_case(ctx: Acting, call: Call, case_id: UUID) -> finance.DeskCase:
    return await finance.open_case(ctx, case_id)


@route(
    "POST", "/api/v1/bank/cases/<case_id>/assign", permission="bank.case.assign", audience=BANK, body=AssignBody, answer=finance.DeskLine,
    idempotent=True, summary="分配客户经理", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def assign_bank_case(ctx: Acting, call: Call, case_id: UUID) -> finance.DeskLine:
    return await finance.give_to(ctx, case_id, call.body.manager_id, call.body.version)


@route(
    "POST", "/api/v1/bank/cases/<case_id>/contact", permission="bank.case.work", audience=BANK, body=BankMove, answer=finance.DeskCase,
    summary="联系企业：登记首次联系，企业勾选的才显示联系人", errors=("STATE", "STALE_VERSION", "NOT_YOUR_CASE", *READ_ERRORS),
)  # fmt: skip
async def contact_firm(ctx: Acting, call: Call, case_id: UUID) -> finance.DeskCase:
    return await finance.contact(ctx, case_id, call.body.version)


@route(
    "POST", "/api/v1/bank/cases/<case_id>/advance", permission="bank.case.work", audience=BANK, body=AdvanceBody, answer=finance.DeskCase,
    idempotent=True, summary="登记企业已申请", errors=("STATE", "STALE_VERSION", "NOT_YOUR_CASE", *READ_ERRORS),
)  # fmt: skip
async def advance_case(ctx: Acting, call: Call, case_id: UUID) -> finance.DeskCase:
    return await finance.advance(ctx, case_id, call.body.version, call.body.reason)


@route(
    "POST", "/api/v1/bank/cases/<case_id>/outcome", permission="bank.case.work", audience=BANK, body=OutcomeBody, answer=finance.DeskCase,
    idempotent=True, summary="登记结果", errors=("STATE", "STALE_VERSION", "NOT_YOUR_CASE", *READ_ERRORS),
)  # fmt: skip
async def bank_case_outcome(ctx: Acting, call: Call, case_id: UUID) -> finance.DeskCase:
    b: OutcomeBody = call.body
    return await finance.outcome(ctx, case_id, b.version, b.result, amount=b.amount, rate=b.rate, on=b.on, note=b.note)


@route(
    "GET", "/api/v1/bank/cases/<case_id>/reports", permission="bank.report.read", audience=BANK, answer=finance.Granted, read_only=False,
    summary="授权范围内的报告、证书状态、匹配条件", errors=READ_ERRORS,
)  # fmt: skip
async def list_granted(ctx: Acting, call: Call, case_id: UUID) -> finance.Granted:
    return await finance.granted(ctx, case_id)


@route(
    "GET", "/api/v1/bank/cases/<case_id>/reports/<report_id>/pages/<page>", permission="bank.report.read", audience=BANK, query=PageWidth,
    read_only=False, summary="授权报告某一页的图片（带水印，记入查看记录）", errors=("REPORT_NOT_READY", *READ_ERRORS),
)  # fmt: skip
async def granted_page(ctx: Acting, call: Call, case_id: UUID, report_id: UUID, page: str) -> FileAnswer:
    """``page`` is ``3.png``. Never cached: the next look asks the consent again."""
    number = page.removesuffix(".png")
    if not (number.isascii() and number.isdecimal() and 1 <= len(number) <= 4):
        raise NotFound()
    seen = await finance.read_page(ctx, case_id, report_id, int(number), call.query.width)
    headers = {"Cache-Control": "no-store", "X-Page-Headings": quote("\n".join(seen.headings))}
    return FileAnswer(seen.picture, "image/png", f"page-{number}.png", inline=True, headers=headers)


@route("GET", "/api/v1/bank/managers", permission="bank.case.assign", audience=BANK, answer=finance.BankManagers, summary="客户经理")
async def list_managers(ctx: Acting, call: Call) -> finance.BankManagers:
    return await finance.list_managers(ctx)


@route(
    "PUT", "/api/v1/bank/managers/<person_id>", permission="bank.case.assign", audience=BANK, body=ManagerBody, answer=finance.BankManager,
    idempotent=True, summary="客户经理的服务区域、产品和启停", errors=("STALE_VERSION",),
)  # fmt: skip
async def change_manager(ctx: Acting, call: Call, person_id: UUID) -> finance.BankManager:
    return await finance.change_manager(ctx, person_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/bank/exports", permission="bank.case.read", audience=BANK, answer=finance.DeskExport, status=201, idempotent=True,
    summary="导出对接列表（后台生成）",
)  # fmt: skip
async def start_export(ctx: Acting, call: Call) -> finance.DeskExport:
    return await finance.start_export(ctx)


@route("GET", "/api/v1/bank/exports/<export_id>", permission="bank.case.read", audience=BANK, answer=finance.DeskExport, summary="导出的进度")
async def read_export(ctx: Acting, call: Call, export_id: UUID) -> finance.DeskExport:
    return await finance.get_export(ctx, export_id)


@route(
    "GET", "/api/v1/bank/exports/<export_id>/file", permission="bank.case.read", audience=BANK, read_only=False, summary="取导出的文件",
    errors=("NOT_READY", "CONSENT_ENDED"),
)  # fmt: skip
async def bank_export_file(ctx: Acting, call: Call, export_id: UUID) -> FileAnswer:
    stored = await finance.export_file(ctx, export_id)
    return FileAnswer(stored.data, XLSX, stored.ref.name)
