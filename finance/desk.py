"""The bank's desk 银行工作台 (S17, GF10-GF12): the list of cases, the manager's moves, the administrator's assignment.

A list reads link rows alone. Opening a case asks its consent in one statement each time: what was revoked a second ago is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import tenants
from core.clock import beijing_date
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from finance.assignment import assign, lock_bank, managers_of
from finance.cases import project_of, share_of
from finance.moves import OPEN, STATES, FinanceEvent, case_row, events_of, lost, note_event
from finance.telling import tell_other, tell_own

TABS = {"new": "新", "due": "今天到期", "overdue": "已超时", "unassigned": "未分配", "all": "全部"}
RESULTS = ("approved", "declined")
BASIS_WORDS = {"self": "企业自评", "verified": "核查机构评级"}


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One row of the inbox. A consent that is over leaves the dates and a sentence; name and figures are gone then."""

    id: UUID
    open: bool
    firm: str
    notice: str
    product: str
    letter: str | None
    basis_word: str
    amount: Decimal | None
    district: str
    manager: str
    mine: bool
    state: str
    state_word: str
    submitted_at: datetime
    due_on: date | None
    days_left: int | None
    consent_ends_on: date
    version: int


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A page of the inbox with the number of each tab."""

    items: list[DeskLine]
    total: int
    page: int
    page_size: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeskCase:
    """A case opened under its consent. ``contact`` only after 联系企业 and only when the firm ticked it; never for an administrator."""

    id: UUID
    firm: str
    product_id: UUID
    product: str
    letter: str | None
    basis_word: str
    report_year: int | None
    amount: Decimal | None
    term: int | None
    purpose: str | None
    purpose_name: str
    project: dict[str, Any]
    district: str
    matched: list[str]
    manager_id: UUID | None
    manager: str
    chosen: bool
    state: str
    state_word: str
    version: int
    submitted_at: datetime
    assigned_at: datetime | None
    due_on: date | None
    days_left: int | None
    contacted_at: datetime | None
    outcome_amount: Decimal | None
    outcome_rate: Decimal | None
    outcome_on: date | None
    outcome_note: str
    confirmed_at: datetime | None
    loan_share: Decimal | None
    consent: tenants.consents.BankConsent
    contact: tenants.consents.Contact | None
    allowed: list[str]
    events: list[FinanceEvent]


_PAGE = "select c.*, p.* from bank_case_counts($1, $2) c, bank_case_page($1, $3, $2, $4, $5, $6) p"
_ROWS = """
select k.id, k.firm_name, k.product_name, k.letter, k.basis, k.amount, k.region_name, k.manager_id, k.manager_name, k.state, k.submitted_at, k.due_on,
       k.version, c.state as consent_state, c.starts_on, c.ends_on, c.ended_at as consent_ended_at, c.receiver_id, c.receiver_name
  from finance_case k join consent c on c.tenant_id = k.tenant_id and c.id = k.consent_id
 where k.party_id = $1 and k.id = any ($2) order by k.submitted_at desc, k.id desc
"""


async def list_desk_cases(ctx: Acting, *, tab: str = "all", q: str = "", page: int = 1, page_size: int = 20) -> DeskPage:
    """Cases of the acting bank: a manager's own, an administrator's all. Two statements, link rows only (T12)."""
    if tab == "unassigned" and not _admin(ctx):
        raise Forbidden()
    mine = None if _admin(ctx) else ctx.person_id
    found = await ctx.db.row(_PAGE, ctx.today, mine, tab, q.strip(), page_size, (page - 1) * page_size)
    assert found is not None
    rows = await ctx.db.rows(_ROWS, ctx.tenant, found["ids"])
    tabs = {key: found["all_" if key == "all" else key] for key in TABS if key != "unassigned" or _admin(ctx)}
    total = tabs[tab] if found["hits"] is None else found["hits"]
    return DeskPage([_line(ctx, row) for row in rows], total, page, page_size, tabs)


def _admin(ctx: Acting) -> bool:
    return "bank.case.assign" in ctx.permissions


def _line(ctx: Acting, row: Mapping[str, Any]) -> DeskLine:
    state = tenants.consents.state_on(row["consent_state"], row["starts_on"], row["ends_on"], ctx.today)
    mine = row["receiver_id"] in (None, ctx.person_id) or _admin(ctx)
    live = state in ("active", "upcoming") and mine
    over = "" if mine else f"授权只限{row['receiver_name']}，等待企业续授权"
    if state == "revoked":
        over = f"企业已撤回授权 {beijing_date(row['consent_ended_at'])}"
    elif state == "expired":
        over = f"授权已到期 {row['ends_on']}"
    return DeskLine(
        row["id"], state == "active" and mine, row["firm_name"] if live else "", over, row["product_name"], row["letter"] if live else None,
        BASIS_WORDS.get(row["basis"] or "", "") if live else "", row["amount"] if live else None, row["region_name"] if live else "",
        row["manager_name"], row["manager_id"] == ctx.person_id, row["state"], STATES[row["state"]], row["submitted_at"], row["due_on"],
        _left(ctx, row), row["ends_on"], row["version"],
    )  # fmt: skip


def _left(ctx: Acting, row: Mapping[str, Any]) -> int | None:
    return (row["due_on"] - ctx.today).days if row["state"] == "assigned" and row["due_on"] else None


async def open_row(ctx: Acting, case_id: UUID) -> tuple[dict[str, Any], tenants.consents.BankConsent, str]:
    """A case of the acting bank under its live consent, and the reader's masked name; two statements, one of them the consent.

    Raises NotFound (no such case, or another manager's), Forbidden (``CONSENT_REVOKED``, ``CONSENT_EXPIRED``, ``NOT_RECEIVER`` …).
    """
    row = await case_row(ctx, case_id)
    if row["party_id"] != ctx.tenant or not (_admin(ctx) or row["manager_id"] == ctx.person_id):
        raise NotFound("没有这件对接，或您无权查看。")
    consent, reader = await tenants.consents.live_consent(ctx, row["consent_id"])
    return row, consent, reader


async def open_case(ctx: Acting, case_id: UUID) -> DeskCase:
    """One case for the bank. Raises as :func:`open_row`."""
    row, consent, _ = await open_row(ctx, case_id)
    return await _desk_case(ctx, row, consent, None)


async def contact(ctx: Acting, case_id: UUID, version: int) -> DeskCase:
    """联系企业: the first contact is registered; the contact person is shown when the firm ticked it, and that is written down.

    Asked again later it only shows the person again (and writes it down again). Raises as :func:`open_row`, Conflict.
    """
    row, consent, reader = await _own(ctx, case_id)
    if row["state"] == "assigned":
        done = await ctx.db.run(
            "update finance_case set state = 'contacted', contacted_at = $4, version = version + 1, updated_at = $4"
            " where party_id = $1 and id = $2 and version = $3 and state = 'assigned'",
            ctx.tenant, case_id, version, ctx.now,
        )  # fmt: skip
        await _moved(ctx, row, done, version, "contacted", reader, "")
    elif row["state"] not in OPEN:
        raise lost(row["state"], row["version"], version)
    person = None
    if consent.contact:
        async with tenants.reading(ctx, row["tenant_id"], "bank_contact") as firm:
            person = await tenants.consents.contact_of(firm)
        await tenants.consents.note_reading(ctx, consent, reader, kind="contact", title="联系人姓名和电话")
    return await _desk_case(ctx, await case_row(ctx, case_id), consent, person)


async def advance(ctx: Acting, case_id: UUID, version: int, reason: str = "") -> DeskCase:
    """The firm is applying at the bank: contacted → applying. Raises as :func:`open_row`, Conflict."""
    row, consent, reader = await _own(ctx, case_id)
    done = await ctx.db.run(
        "update finance_case set state = 'applying', version = version + 1, updated_at = $4"
        " where party_id = $1 and id = $2 and version = $3 and state = 'contacted'",
        ctx.tenant, case_id, version, ctx.now,
    )  # fmt: skip
    await _moved(ctx, row, done, version, "applying", reader, reason)
    return await _desk_case(ctx, await case_row(ctx, case_id), consent, None)


async def outcome(
    ctx: Acting, case_id: UUID, version: int, result: str, *, amount: Decimal | None = None, rate: Decimal | None = None,
    on: date | None = None, note: str = "",
) -> DeskCase:  # fmt: skip
    """The bank's result: approved with amount 万元, rate percent and day, or declined with the reason. Raises Invalid, Conflict."""
    row, consent, reader = await _own(ctx, case_id)
    _check_outcome(ctx, result, amount, rate, on, note)
    approved = result == "approved"
    done = await ctx.db.run(
        "update finance_case set state = $4, outcome_amount = $5, outcome_rate = $6, outcome_on = $7, outcome_note = $8, version = version + 1,"
        " updated_at = $9 where party_id = $1 and id = $2 and version = $3 and state in ('contacted', 'applying')",
        ctx.tenant, case_id, version, result, amount if approved else None, rate if approved else None, on or ctx.today, note.strip(), ctx.now,
    )  # fmt: skip
    await _moved(ctx, row, done, version, result, reader, note)
    return await _desk_case(ctx, await case_row(ctx, case_id), consent, None)


def _check_outcome(ctx: Acting, result: str, amount: Decimal | None, rate: Decimal | None, on: date | None, note: str) -> None:
    faults = []
    if result not in RESULTS:
        faults.append(FieldError("result", "CHOICE", "结果应为已批准或未通过。"))
    if result == "approved" and (amount is None or amount <= 0):
        faults.append(FieldError("amount", "REQUIRED", "请填写批准金额（万元），应大于 0。"))
    if result == "approved" and (rate is None or not 0 <= rate <= 99):
        faults.append(FieldError("rate", "REQUIRED", "请填写年利率（%），应在 0–99 之间。"))
    if on is not None and on > ctx.today:
        faults.append(FieldError("on", "FUTURE", "日期不能晚于今天。"))
    if result == "declined" and not 2 <= len(note.strip()):
        faults.append(FieldError("note", "REQUIRED", "未通过请写明原因，企业会看到。"))
    if len(note.strip()) > 500:
        faults.append(FieldError("note", "LENGTH", "说明最多 500 个字。"))
    if faults:
        raise Invalid(faults)


async def give_to(ctx: Acting, case_id: UUID, manager_id: UUID, version: int) -> DeskLine:
    """The administrator names the manager of an open case. Raises NotFound, Invalid, Conflict."""
    row = await case_row(ctx, case_id)
    if row["party_id"] != ctx.tenant:
        raise NotFound("没有这件对接，或您无权查看。")
    await lock_bank(ctx, ctx.tenant)
    to = next((m for m in await managers_of(ctx, ctx.tenant, None) if m.id == manager_id), None)
    if to is None:
        raise Invalid([FieldError("manager_id", "CHOICE", "这位客户经理已停用或不在本行，请重新选择。")])
    if row["manager_id"] == manager_id:
        raise Conflict("STATE", f"这件对接已经由{to.name}办理，不用再分配。", state=row["state"])
    await assign(ctx, row, to, "银行分配", side="bank", actor=await tenants.own_name(ctx), version=version)
    now = await case_row(ctx, case_id)
    await tell_own(ctx, "finance.assigned", case=now)
    await tell_other(ctx, now, "firm", "finance.reassigned")
    return _line(ctx, now | {"starts_on": now["consent_starts_on"], "ends_on": now["consent_ends_on"], "consent_ended_at": ctx.now})


async def _own(ctx: Acting, case_id: UUID) -> tuple[dict[str, Any], tenants.consents.BankConsent, str]:
    row, consent, reader = await open_row(ctx, case_id)
    if row["manager_id"] != ctx.person_id:
        raise Forbidden("NOT_YOUR_CASE", f"这件对接由{row['manager_name'] or '待分配的客户经理'}办理，您不能登记结果。")
    return row, consent, reader


async def _moved(ctx: Acting, row: Mapping[str, Any], done: int, version: int, to: str, actor: str, reason: str) -> None:
    if not done:
        now = await case_row(ctx, row["id"])
        raise lost(now["state"], now["version"], version)
    await note_event(ctx, row, row["state"], to, "bank", actor, reason)
    await tell_other(ctx, row, "firm", "finance.decided" if to in RESULTS else "finance.moved")


async def _desk_case(ctx: Acting, row: Mapping[str, Any], consent: tenants.consents.BankConsent, person: tenants.consents.Contact | None) -> DeskCase:
    project = project_of(row)
    mine = row["manager_id"] == ctx.person_id
    allowed = ["contact"] if mine and row["state"] in OPEN else []
    allowed += ["advance"] if mine and row["state"] == "contacted" else []
    allowed += ["outcome"] if mine and row["state"] in ("contacted", "applying") else []
    allowed += ["assign"] if _admin(ctx) and row["state"] in OPEN else []
    same = (
        "id", "product_id", "letter", "report_year", "amount", "term", "purpose", "purpose_name", "manager_id", "chosen", "state", "version",
        "submitted_at", "assigned_at", "due_on", "contacted_at", "outcome_amount", "outcome_rate", "outcome_on", "outcome_note", "confirmed_at",
    )  # fmt: skip
    return DeskCase(
        **{name: row[name] for name in same}, firm=row["firm_name"], product=row["product_name"],
        basis_word=BASIS_WORDS.get(row["basis"] or "", ""),
        project={"name": project.name, "total_investment": project.total_investment, "annual_reduction": project.annual_reduction},
        district=row["region_name"], matched=list(row["matched"]), manager=row["manager_name"], state_word=STATES[row["state"]],
        days_left=_left(ctx, row), loan_share=share_of(row), consent=consent, contact=person, allowed=allowed,
        events=await events_of(ctx, row),
    )  # fmt: skip
