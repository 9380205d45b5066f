"""Finance cases 融资对接 (GF12, FD17): a firm asks a bank about a product and consents in the same act; the bank's manager follows up.

submitted → assigned → contacted → applying → approved | declined, plus withdrawn (the firm) and expired (its consent ended). Every move
is one conditional update on (id, state, version) and one line of :class:`Event`; the other side hears of it by a job of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import tenants
from carbon.finance import loan_share
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id
from finance.assignment import Serving, assign, choose, lock_bank, managers_of
from finance.matching import Offer, one_offer
from finance.moves import COLUMNS, OPEN, STATES, FinanceEvent, case_row, events_of, lost, note_event
from finance.purposes import LoanPurpose, list_purposes
from finance.telling import tell_other, tell_own
from tenants.consents import BankConsent, ConsentWish


@dataclass(frozen=True, slots=True)
class FinanceProject:
    """What the loan is for: investment 万元, reduction tCO2 a year."""

    name: str = ""
    total_investment: Decimal | None = None
    annual_reduction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ConsentTyped:
    """The consent that goes with a case (GF8)."""

    report_kinds: Sequence[str]
    years: Sequence[int]
    text_sha256: str
    contact: bool = False
    purpose: str = tenants.consents.PURPOSE
    start: date | None = None
    end: date | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class OfferDetail:
    """A product with who may be chosen, the years that have papers, the catalogue, and the case that is open already."""

    offer: Offer
    managers: list[Serving]
    years: list[int]
    purposes: list[LoanPurpose]
    open_case_id: UUID | None


@dataclass(frozen=True, slots=True)
class CaseWish:
    """An application: amount 万元, term in months; ``manager_id`` None is 自动分配."""

    product_id: UUID
    consent: ConsentTyped
    amount: Decimal | None = None
    term: int | None = None
    purpose: str | None = None
    project: FinanceProject = FinanceProject()
    manager_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FinanceCase:
    """A case as its firm sees it. Amounts 万元, rate percent a year; ``loan_share`` tCO2 a year of the approved amount (GF6)."""

    id: UUID
    product_id: UUID
    product: str
    bank: str
    state: str
    state_word: str
    version: int
    amount: Decimal | None
    term: int | None
    purpose: str | None
    purpose_name: str
    project: FinanceProject
    manager: str
    submitted_at: datetime
    assigned_at: datetime | None
    due_on: date | None
    contacted_at: datetime | None
    outcome_amount: Decimal | None
    outcome_rate: Decimal | None
    outcome_on: date | None
    outcome_note: str
    confirmed_at: datetime | None
    loan_share: Decimal | None
    consent_id: UUID
    consent_state: str
    consent_ends_on: date
    allowed: list[str]
    events: list[FinanceEvent]


@dataclass(frozen=True, slots=True)
class FinanceCases:
    """A page of a firm's cases, newest first."""

    items: list[FinanceCase]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class AppliedCase:
    """What an application made."""

    case: FinanceCase
    consent: BankConsent


async def offer_page(ctx: Acting, product_id: UUID, purpose: str | None = None) -> OfferDetail:
    """One product for the acting firm with what an application needs. Raises NotFound when it is not on the shelf."""
    offered, product, here = await one_offer(ctx, product_id, purpose)
    managers = await managers_of(ctx, product.bank_id, product.id)
    live = [p for p in await list_purposes(ctx) if p.live and (not product.purposes or p.code in product.purposes)]
    return OfferDetail(offered, managers, here.years, live, await _open_case(ctx, product_id))


async def apply(ctx: Acting, wish: CaseWish) -> AppliedCase:
    """Consent to a bank and hand in a case of one of its products, in one act.

    Raises Forbidden (an agent), NotFound (not on the shelf), Invalid naming each field, Conflict ``NOT_MATCHED`` (with the reasons),
    ``NO_REPORT``, ``ALREADY_OPEN``, ``TEXT_CHANGED``.
    """
    tenants.consents.refuse_others(ctx)
    offered, product, here = await one_offer(ctx, wish.product_id, wish.purpose)
    if not offered.matched:
        reasons = [{"code": r.code, "text": r.text, "remedy": r.remedy} for r in offered.reasons]
        raise Conflict("NOT_MATCHED", f"还不满足产品条件：{offered.reasons[0].text}{offered.reasons[0].remedy}", reasons=reasons)
    if not here.years:
        raise Conflict("NO_REPORT", "还没有可供银行查看的报告。请先生成低碳等级报告，再申请对接。")
    known = {p.code: p.name for p in await list_purposes(ctx)} if wish.purpose else {}
    _check(wish, product.min_amount, product.max_amount, here.years, known)
    await lock_bank(ctx, product.bank_id)
    await _refuse_second(ctx, wish.product_id)
    managers = await managers_of(ctx, product.bank_id, product.id)
    chosen = next((m for m in managers if m.id == wish.manager_id), None)
    if wish.manager_id is not None and chosen is None:
        raise Invalid([FieldError("manager_id", "CHOICE", "这位客户经理不办理该产品，请重新选择或自动分配。")])
    t = wish.consent
    consent = await tenants.consents.give_consent(
        ctx,
        ConsentWish(
            product.bank_id, product.bank, t.report_kinds, t.years, t.text_sha256, t.contact, product.id, product.name,
            chosen.id if chosen else None, chosen.name if chosen else "", t.purpose, t.start, t.end, t.days,
        ),
        at="consent.",
    )  # fmt: skip
    case_id = new_id()
    await ctx.db.run(
        "insert into finance_case (tenant_id, party_id, id, product_id, product_name, consent_id, firm_name, bank_name, region_code, region_name,"
        " letter, basis, report_year, amount, term, purpose, purpose_name, project, matched, chosen, submitted_at, submitted_by, updated_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $21)",
        ctx.tenant, product.bank_id, case_id, product.id, product.name, consent.id, here.name, product.bank, here.region, here.region_name,
        here.who.letter, here.basis, here.who.report_year, wish.amount, wish.term, wish.purpose, known.get(wish.purpose or "", ""),
        _project_row(wish.project), offered.met, chosen is not None, ctx.now, ctx.person_id,
    )  # fmt: skip
    row = await case_row(ctx, case_id)
    await note_event(ctx, row, None, "submitted", "firm", consent.given_by)
    ctx.audit("finance.submitted", "finance_case", case_id, detail={"product": str(product.id), "bank": str(product.bank_id)})
    took = chosen or choose(managers, row["region_code"], here.city)
    if took is not None:
        await assign(ctx, row, took, "企业选择" if chosen else "自动分配", side="system")
    await tell_other(ctx, row, "bank", "finance.assigned" if took else "finance.waiting")
    await tell_own(ctx, "consent.given", consent_id=consent.id)
    return AppliedCase(await get_case(ctx, case_id), consent)


def _check(wish: CaseWish, least: Decimal | None, most: Decimal | None, years: Sequence[int], known: Mapping[str, str]) -> None:
    faults = []
    if wish.amount is not None:
        if wish.amount <= 0:
            faults.append(FieldError("amount", "RANGE", "申请金额应大于 0 万元。"))
        elif (least is not None and wish.amount < least) or (most is not None and wish.amount > most):
            low, high = (f"{v.normalize():f}" if v is not None else "不限" for v in (least, most))
            faults.append(FieldError("amount", "RANGE", f"产品额度为 {low} 至 {high} 万元，请修改申请金额。"))
    if wish.term is not None and not 1 <= wish.term <= 600:
        faults.append(FieldError("term", "RANGE", "期限应为 1–600 个月。"))
    if wish.purpose and wish.purpose not in known:
        text = "目录中没有这个用途，请重新选择。" if known else "目录未载入，请不选用途。"
        faults.append(FieldError("purpose", "CHOICE", text))
    if len(wish.project.name.strip()) > 100:
        faults.append(FieldError("project.name", "LENGTH", "项目名称最多 100 个字。"))
    for path, value in (("total_investment", wish.project.total_investment), ("annual_reduction", wish.project.annual_reduction)):
        if value is not None and value < 0:
            faults.append(FieldError(f"project.{path}", "RANGE", "不能小于 0。"))
    if wish.consent.years and not set(wish.consent.years) & set(years):
        text = f"所选年度还没有报告，请选择已有报告的年度：{'、'.join(str(y) for y in years)}。"
        faults.append(FieldError("consent.years", "NO_REPORT", text))
    if faults:
        raise Invalid(faults)


async def _open_case(ctx: Acting, product_id: UUID) -> UUID | None:
    found: UUID | None = await ctx.db.value(
        "select id from finance_case where tenant_id = $1 and product_id = $2 and state in ('submitted', 'assigned', 'contacted', 'applying')",
        ctx.tenant, product_id,
    )  # fmt: skip
    return found


async def _refuse_second(ctx: Acting, product_id: UUID) -> None:
    standing = await _open_case(ctx, product_id)
    if standing is not None:
        raise Conflict("ALREADY_OPEN", "这个产品已有一件对接在办理，请到“我的对接”查看进度，不必重复提交。", case_id=str(standing))


def _project_row(project: FinanceProject) -> dict[str, str]:
    facts = {"name": project.name.strip(), "total_investment": project.total_investment, "annual_reduction": project.annual_reduction}
    return {k: v if isinstance(v, str) else f"{v:f}" for k, v in facts.items() if v is not None and v != ""}


def project_of(row: Mapping[str, Any]) -> FinanceProject:
    """The project of a case's row."""
    facts = row["project"]
    numbers = {k: Decimal(facts[k]) for k in ("total_investment", "annual_reduction") if k in facts}
    return FinanceProject(facts.get("name", ""), **numbers)


async def list_cases(ctx: Acting, *, page: int = 1, page_size: int = 20) -> FinanceCases:
    """The acting firm's cases, newest first, without their moves; two statements."""
    rows = await ctx.db.rows(
        COLUMNS + " where k.tenant_id = $1 order by k.submitted_at desc, k.id desc limit $2 offset $3", ctx.tenant, page_size, (page - 1) * page_size
    )
    total = int(await ctx.db.value("select count(*) from finance_case where tenant_id = $1", ctx.tenant))
    return FinanceCases([_case(ctx, row, []) for row in rows], total, page, page_size)


async def get_case(ctx: Acting, case_id: UUID) -> FinanceCase:
    """One case of the acting firm with its moves. Raises NotFound."""
    row = await case_row(ctx, case_id)
    if row["tenant_id"] != ctx.tenant:
        raise NotFound("没有这件对接，或您无权查看。")
    return _case(ctx, row, await events_of(ctx, row))


async def withdraw(ctx: Acting, case_id: UUID, version: int, reason: str = "") -> FinanceCase:
    """The firm takes its case back; the consent that was given for it ends too. Raises NotFound, Conflict."""
    row = await case_row(ctx, case_id)
    if row["tenant_id"] != ctx.tenant:
        raise NotFound("没有这件对接，或您无权查看。")
    await _close(ctx, row, version, "withdrawn", "firm", reason)
    if row["consent_state"] == "active":
        await tenants.consents.revoke_consent(ctx, row["consent_id"], "企业撤回了对接")
    await tell_other(ctx, row, "bank", "finance.withdrawn")
    return await get_case(ctx, case_id)


async def confirm(ctx: Acting, case_id: UUID, version: int) -> FinanceCase:
    """已放款: the firm's own word on an approved loan; only confirmed amounts are ever counted (GF12). Raises NotFound, Conflict."""
    before = await get_case(ctx, case_id)
    done = await ctx.db.run(
        "update finance_case set confirmed_at = $4, confirmed_by = $5, version = version + 1, updated_at = $4"
        " where tenant_id = $1 and id = $2 and version = $3 and state = 'approved' and confirmed_at is null",
        ctx.tenant, case_id, version, ctx.now, ctx.person_id,
    )  # fmt: skip
    if not done:
        raise lost(before.state, before.version, version)
    row = await case_row(ctx, case_id)
    await note_event(ctx, row, "approved", "approved", "firm", await tenants.own_name(ctx), "企业确认已放款")
    await tell_other(ctx, row, "bank", "finance.confirmed")
    return await get_case(ctx, case_id)


async def revoke(ctx: Acting, consent_id: UUID, reason: str = "") -> BankConsent:
    """Take a consent back: the bank's next request is refused, its open cases are withdrawn. Raises as ``tenants.consents.revoke_consent``."""
    ended = await tenants.consents.revoke_consent(ctx, consent_id, reason)
    rows = await _open_cases_of(ctx, consent_id)
    for row in rows:
        await _close(ctx, row, row["version"], "withdrawn", "firm", reason or "企业撤回了授权")
    await tenants.consents.tell_side(ctx, consent_id, "bank", "finance.tell", new_id(), {"kind": "consent.revoked", "consent": str(consent_id)})
    await tell_own(ctx, "consent.revoked", consent_id=consent_id)
    return ended


async def renew(ctx: Acting, case_id: UUID, typed: ConsentTyped, manager_id: UUID | None = None) -> BankConsent:
    """A fresh consent for a case (longer, other papers, another manager); the former one ends with it. Raises as :func:`apply`."""
    tenants.consents.refuse_others(ctx)
    row = await case_row(ctx, case_id)
    if row["tenant_id"] != ctx.tenant:
        raise NotFound("没有这件对接，或您无权查看。")
    if row["state"] in ("declined", "withdrawn", "expired"):
        raise Conflict("STATE", f"这件对接{STATES[row['state']]}，不能再续授权。需要时请重新申请。", state=row["state"])
    if manager_id is not None and manager_id != row["manager_id"]:
        raise Invalid([FieldError("manager_id", "CHOICE", "只能授权给正在办理的客户经理，或不限客户经理。")])
    wish = ConsentWish(
        row["party_id"], row["bank_name"], typed.report_kinds, typed.years, typed.text_sha256, typed.contact, row["product_id"],
        row["product_name"], manager_id, row["manager_name"] if manager_id else "", typed.purpose, typed.start, typed.end, typed.days,
    )  # fmt: skip
    made = await tenants.consents.give_consent(ctx, wish)
    if row["consent_state"] == "active":
        await tenants.consents.revoke_consent(ctx, row["consent_id"], "由新的授权替代")
    await ctx.db.run(
        "update finance_case set consent_id = $3, version = version + 1, updated_at = $4 where tenant_id = $1 and id = $2",
        ctx.tenant, case_id, made.id, ctx.now,
    )  # fmt: skip
    await tell_other(ctx, await case_row(ctx, case_id), "bank", "finance.consent_renewed")
    return made


async def expire_cases(ctx: Acting, consent_id: UUID) -> None:
    """The consent's last day is over: its open cases end (GF12)."""
    for row in await _open_cases_of(ctx, consent_id):
        await _close(ctx, row, row["version"], "expired", "system", "授权到期")


async def _open_cases_of(ctx: Acting, consent_id: UUID) -> list[dict[str, Any]]:
    return await ctx.db.rows(
        COLUMNS + " where k.tenant_id = $1 and k.consent_id = $2 and k.state in ('submitted', 'assigned', 'contacted', 'applying')",
        ctx.tenant, consent_id,
    )  # fmt: skip


async def _close(ctx: Acting, row: Mapping[str, Any], version: int, to: str, side: str, reason: str) -> None:
    done = await ctx.db.run(
        "update finance_case set state = $4, version = version + 1, updated_at = $5"
        " where tenant_id = $1 and id = $2 and version = $3 and state in ('submitted', 'assigned', 'contacted', 'applying')",
        row["tenant_id"], row["id"], version, to, ctx.now,
    )  # fmt: skip
    if not done:
        now = await case_row(ctx, row["id"])
        raise lost(now["state"], now["version"], version)
    actor = await tenants.own_name(ctx) if side != "system" else ""
    await note_event(ctx, row, row["state"], to, side, actor, reason)


def share_of(row: Mapping[str, Any]) -> Decimal | None:
    """The loan's share of the project's reduction (GF6), by the approved amount; None when a figure is missing."""
    project = project_of(row)
    if row["outcome_amount"] is None or project.annual_reduction is None or project.total_investment is None:
        return None
    return loan_share(project.annual_reduction, row["outcome_amount"], project.total_investment)


def _case(ctx: Acting, row: Mapping[str, Any], events: list[FinanceEvent]) -> FinanceCase:
    consent = tenants.consents.state_on(row["consent_state"], row["consent_starts_on"], row["consent_ends_on"], ctx.today)
    allowed = ["withdraw"] if row["state"] in OPEN else []
    if row["state"] == "approved" and row["confirmed_at"] is None:
        allowed.append("confirm")
    if row["state"] in (*OPEN, "approved"):
        allowed.append("renew")
    same = (
        "id", "product_id", "state", "version", "amount", "term", "purpose", "purpose_name", "submitted_at", "assigned_at", "due_on",
        "contacted_at", "outcome_amount", "outcome_rate", "outcome_on", "outcome_note", "confirmed_at", "consent_id",
    )  # fmt: skip
    return FinanceCase(
        **{name: row[name] for name in same}, product=row["product_name"], bank=row["bank_name"], state_word=STATES[row["state"]],
        project=project_of(row), manager=row["manager_name"], loan_share=share_of(row), consent_state=consent,
        consent_ends_on=row["consent_ends_on"], allowed=allowed, events=events,
    )  # fmt: skip
