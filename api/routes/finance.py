"""Handlers of green finance for the firm: products with reasons, its cases, its consents and who read; the operator's desk of products."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

import finance
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Page, Quantity, Struct
from api.routes.sheets import XLSX
from api.routes.tenants import one_file
from auth.audiences import ENTERPRISE, OPERATOR
from core.database import Acting

Word = Annotated[str, msgspec.Meta(max_length=100)]
Note = Annotated[str, msgspec.Meta(max_length=500)]
RowVersion = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
Term = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Sha = Annotated[str, msgspec.Meta(max_length=64)]


class OfferQuery(Struct):
    """``purpose``: a code of the catalogue; ``q``: part of a product's or a bank's name."""

    purpose: Word | None = None
    q: Word = ""


class OneOfferQuery(Struct):
    """``purpose``: a code of the catalogue."""

    purpose: Word | None = None


class ManagerChoice(Answer):
    """A client manager to choose; masked name."""

    id: UUID
    name: str


class OfferPage(Answer):
    """A product with who may be chosen, the years that have papers, and what may be ticked in a consent."""

    offer: finance.Offer
    managers: list[ManagerChoice]
    years: list[int]
    purposes: list[finance.LoanPurpose]
    open_case_id: UUID | None


class BankConsentText(Answer):
    """The words a firm agrees to, with their fingerprint; kinds of papers, the usual and the longest term in days."""

    text: str
    text_sha256: str
    purpose: str
    report_kinds: dict[str, str]
    default_days: int
    longest_days: int


class ConsentBody(Struct, kw_only=True):
    """What the bank may read. ``end`` or ``days`` (90 when neither is said); contact data by a tick of their own."""

    report_kinds: Annotated[list[Word], msgspec.Meta(max_length=10)]
    years: Annotated[list[int], msgspec.Meta(max_length=20)]
    text_sha256: Sha
    contact: bool = False
    purpose: Annotated[str, msgspec.Meta(max_length=300)] = tenants.consents.PURPOSE
    start: date | None = None
    end: date | None = None
    days: Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)] | None = None


class RenewedConsent(ConsentBody, kw_only=True):
    """A fresh consent for a case that stands; ``manager_id`` narrows it to the manager who has the case."""

    case_id: UUID
    manager_id: UUID | None = None


class ProjectBody(Struct):
    """What the loan is for: 万元, tCO2 a year."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    total_investment: Quantity | None = None
    annual_reduction: Quantity | None = None


class CaseBody(Struct):
    """An application with its consent; ``manager_id`` null is 自动分配."""

    product_id: UUID
    consent: ConsentBody
    amount: Quantity | None = None
    term: Term | None = None
    purpose: Word | None = None
    project: ProjectBody = msgspec.field(default_factory=ProjectBody)
    manager_id: UUID | None = None


class CaseMove(Struct):
    """``version`` of the case as it was read."""

    version: RowVersion
    reason: Note = ""


class ConsentMove(Struct):
    """Why, when the firm wants to say so."""

    reason: Note = ""


class DeskProductQuery(Page):
    """``state``: submitted, published, paused, ended."""

    state: Word = ""
    q: Word = ""


class ProductMove(Struct):
    """``version`` of the product as it was read; a reason where it is sent back."""

    version: RowVersion
    reason: Note = ""


class PurposesAnswer(Answer):
    """The catalogue; ``loaded`` false: 目录未载入."""

    loaded: bool
    items: list[finance.LoanPurpose]
    total: int


class CatalogueQuery(Struct):
    """``dry_run`` reads and stores nothing."""

    dry_run: bool = True


def typed(body: ConsentBody) -> finance.ConsentTyped:
    """The consent as the verb takes it."""
    names = ("report_kinds", "years", "text_sha256", "contact", "purpose", "start", "end", "days")
    return finance.ConsentTyped(**{name: getattr(body, name) for name in names})


@route(
    "GET", "/api/v1/finance/products", permission="product.read", audience=ENTERPRISE, query=OfferQuery, answer=finance.Offers,
    summary="金融产品，匹配的在前，不匹配的写明原因和怎样满足",
)  # fmt: skip
async def list_offers(ctx: Acting, call: Call) -> finance.Offers:
    return await finance.offers(ctx, purpose=call.query.purpose, q=call.query.q)


@route(
    "GET", "/api/v1/finance/products/<product_id>", permission="product.read", audience=ENTERPRISE, query=OneOfferQuery, answer=OfferPage,
    summary="一个金融产品",
)  # fmt: skip
async def read_offer(ctx: Acting, call: Call, product_id: UUID) -> OfferPage:
    page = await finance.offer_page(ctx, product_id, call.query.purpose)
    return msgspec.convert(page, OfferPage, from_attributes=True)


@route(
    "GET", "/api/v1/finance/consent-text", permission="product.read", audience=ENTERPRISE, answer=BankConsentText, summary="授权说明",
)  # fmt: skip
async def bank_consent_text(ctx: Acting, call: Call) -> BankConsentText:
    c = tenants.consents
    return BankConsentText(
        text=c.TEXT, text_sha256=c.TEXT_SHA256, purpose=c.PURPOSE, report_kinds=c.REPORT_KINDS, default_days=c.DEFAULT_DAYS, longest_days=c.LONGEST_DAYS
    )


@route(
    "POST", "/api/v1/finance/cases", permission="finance.apply", audience=ENTERPRISE, body=CaseBody, answer=finance.AppliedCase, status=201,
    idempotent=True, step_up="consent.give", summary="授权并申请对接（需再次验证）",
    errors=("STEP_UP_REQUIRED", "NOT_MATCHED", "NO_REPORT", "ALREADY_OPEN", "TEXT_CHANGED", "NOT_YOURS_TO_GIVE"),
)  # fmt: skip
async def apply_for_finance(ctx: Acting, call: Call) -> finance.AppliedCase:
    body: CaseBody = call.body
    project = finance.FinanceProject(body.project.name, body.project.total_investment, body.project.annual_reduction)
    wish = finance.CaseWish(body.product_id, typed(body.consent), body.amount, body.term, body.purpose or None, project, body.manager_id)
    return await finance.apply(ctx, wish)


@route("GET", "/api/v1/finance/cases", permission="product.read", audience=ENTERPRISE, query=Page, answer=finance.FinanceCases, summary="我的对接")
async def list_finance_cases(ctx: Acting, call: Call) -> finance.FinanceCases:
    return await finance.list_cases(ctx, page=call.query.page, page_size=call.query.page_size)


@route("GET", "/api/v1/finance/cases/<case_id>", permission="product.read", audience=ENTERPRISE, answer=finance.FinanceCase, summary="一件对接")
async def read_finance_case(ctx: Acting, call: Call, case_id: UUID) -> finance.FinanceCase:
    return await finance.get_case(ctx, case_id)


@route(
    "POST", "/api/v1/finance/cases/<case_id>/withdraw", permission="finance.apply", audience=ENTERPRISE, body=CaseMove, answer=finance.FinanceCase,
    idempotent=True, summary="撤回对接，授权同时结束", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def withdraw_finance_case(ctx: Acting, call: Call, case_id: UUID) -> finance.FinanceCase:
    return await finance.withdraw(ctx, case_id, call.body.version, call.body.reason)


@route(
    "POST", "/api/v1/finance/cases/<case_id>/confirm", permission="finance.apply", audience=ENTERPRISE, body=CaseMove, answer=finance.FinanceCase,
    idempotent=True, summary="确认已放款", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def confirm_finance_case(ctx: Acting, call: Call, case_id: UUID) -> finance.FinanceCase:
    return await finance.confirm(ctx, case_id, call.body.version)


@route(
    "POST", "/api/v1/finance/consents", permission="consent.give", audience=ENTERPRISE, body=RenewedConsent, answer=tenants.consents.BankConsent,
    status=201, idempotent=True, step_up="consent.give", summary="为一件对接续授权（需再次验证）",
    errors=("STEP_UP_REQUIRED", "STATE", "TEXT_CHANGED", "NOT_YOURS_TO_GIVE"),
)  # fmt: skip
async def renew_consent(ctx: Acting, call: Call) -> tenants.consents.BankConsent:
    return await finance.renew(ctx, call.body.case_id, typed(call.body), call.body.manager_id)


@route(
    "GET", "/api/v1/finance/consents", permission="consent.read", audience=ENTERPRISE, query=Page, answer=tenants.consents.BankConsents,
    summary="给银行的授权",
)  # fmt: skip
async def list_consents(ctx: Acting, call: Call) -> tenants.consents.BankConsents:
    return await tenants.consents.list_consents(ctx, page=call.query.page, page_size=call.query.page_size)


@route(
    "POST", "/api/v1/finance/consents/<consent_id>/revoke", permission="consent.give", audience=ENTERPRISE, body=ConsentMove,
    answer=tenants.consents.BankConsent, idempotent=True, summary="撤回授权，立即生效", errors=("CONSENT_ENDED", "NOT_YOURS_TO_GIVE"),
)  # fmt: skip
async def revoke_consent(ctx: Acting, call: Call, consent_id: UUID) -> tenants.consents.BankConsent:
    return await finance.revoke(ctx, consent_id, call.body.reason)


@route(
    "GET", "/api/v1/finance/consents/<consent_id>/reads", permission="consent.read", audience=ENTERPRISE, query=Page,
    answer=tenants.consents.ConsentReads, summary="银行的查看记录",
)  # fmt: skip
async def list_reads(ctx: Acting, call: Call, consent_id: UUID) -> tenants.consents.ConsentReads:
    return await tenants.consents.list_readings(ctx, consent_id, page=call.query.page, page_size=call.query.page_size)


@route(
    "GET", "/api/v1/ops/products", permission="ops.product.read", audience=OPERATOR, query=DeskProductQuery, answer=finance.FinanceProducts,
    summary="各银行的产品，待发布的在前",
)  # fmt: skip
async def desk_products(ctx: Acting, call: Call) -> finance.FinanceProducts:
    return await finance.list_desk(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET", "/api/v1/ops/products/<product_id>", permission="ops.product.read", audience=OPERATOR, answer=finance.FinanceProduct, summary="一个银行产品",
)  # fmt: skip
async def desk_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.get_product(ctx, product_id)


@route(
    "POST", "/api/v1/ops/products/<product_id>/publish", permission="ops.product.publish", audience=OPERATOR, body=ProductMove,
    answer=finance.FinanceProduct, idempotent=True, summary="发布产品", errors=("STATE", "STALE_VERSION", "PRODUCT_OVER"),
)  # fmt: skip
async def publish_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.publish_product(ctx, product_id, call.body.version)


@route(
    "POST", "/api/v1/ops/products/<product_id>/return", permission="ops.product.publish", audience=OPERATOR, body=ProductMove,
    answer=finance.FinanceProduct, idempotent=True, summary="退回银行修改", errors=("STATE", "STALE_VERSION"),
)  # fmt: skip
async def return_product(ctx: Acting, call: Call, product_id: UUID) -> finance.FinanceProduct:
    return await finance.return_product(ctx, product_id, call.body.version, call.body.reason)


@route("GET", "/api/v1/ops/purposes", permission="ops.product.read", audience=OPERATOR, answer=PurposesAnswer, summary="贷款用途目录")
async def list_purposes(ctx: Acting, call: Call) -> PurposesAnswer:
    found = await finance.list_purposes(ctx)
    return PurposesAnswer(loaded=bool(found), items=found, total=len(found))


@route(
    "POST", "/api/v1/ops/purposes", permission="ops.product.publish", audience=OPERATOR, query=CatalogueQuery, upload=True,
    answer=finance.PurposesLoaded, summary="载入贷款用途目录（Excel），先试读", errors=("WORKBOOK_REFUSED",),
)  # fmt: skip
async def load_purposes(ctx: Acting, call: Call) -> finance.PurposesLoaded:
    return await finance.load_purposes(ctx, one_file(call).body, dry_run=call.query.dry_run)


@route("GET", "/api/v1/ops/purposes/template.xlsx", permission="ops.product.read", audience=OPERATOR, summary="用途目录模板")
async def purposes_template(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(finance.template(), XLSX, "贷款用途目录模板.xlsx")
