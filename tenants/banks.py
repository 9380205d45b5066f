"""Banks on the operator's list 银行: who may lend on reports, on which agreement, until when.

An account stands in for the agreement: dated, suspended and resumed with a reason. The state is the organisation's own, so a suspended
bank's people are refused at their next request and its products leave the shelf. The night after the last day suspends it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.personal import half_width
from tenants.organisations import STATUSES, User, belongs_to, no_own_business, stale
from tenants.registration import FirstUser, NewOrganisation, create_organisation

LONGEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class NewBank:
    """A bank to be made with its first administrator."""

    name: str
    uscc: str
    contact: str
    valid_to: date
    user: FirstUser
    region: str | None = None
    agreement_no: str = ""


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank in the list. ``state``: active | suspended | expired | closed | unverified."""

    id: UUID
    name: str
    uscc: str
    contact: str
    agreement_no: str
    valid_from: date
    valid_to: date
    days_left: int
    state: str
    state_reason: str
    version: int


@dataclass(frozen=True, slots=True)
class BankList:
    """A page of banks."""

    items: list[BankLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class BankChangeLine:
    """What was done to the record."""

    what: str
    from_state: str | None
    to_state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BankDetail:
    """One bank, its people (masked) and history; the first account and its password once, when it was just made."""

    bank: BankLine
    people: list[User]
    changes: list[BankChangeLine]
    first_account: str = ""
    first_password: str = ""


_COLUMNS = "select id, name, uscc, contact, agreement_no, valid_from, valid_to, state, state_reason, version from bank"


async def list_banks(ctx: Acting, *, q: str = "", state: str = "", page: int = 1, page_size: int = 20) -> BankList:
    """By name. ``state``: active | suspended | expired | ending (within 30 days)."""
    ctx.require("ops.bank.read")
    where = """ where state <> 'closed' and ($1 = '' or strpos(name, $1) > 0 or starts_with(uscc, upper($1)))
      and case $2 when '' then true when 'expired' then valid_to < $3 when 'ending' then valid_to between $3 and $3 + 30
                  when 'active' then state = 'active' and valid_to >= $3 else state = $2 end"""
    rows = await ctx.db.rows(
        _COLUMNS.replace(" from", ", count(*) over () as total from") + where + " order by name, id limit $4 offset $5",
        q.strip(), state, ctx.today, page_size, (page - 1) * page_size,
    )  # fmt: skip
    return BankList([_line(ctx, r) for r in rows], rows[0]["total"] if rows else 0, page, page_size)


def _line(ctx: Acting, row: dict[str, Any]) -> BankLine:
    left = (row["valid_to"] - ctx.today).days
    facts = {k: v for k, v in row.items() if k != "total"}
    return BankLine(**facts | {"days_left": left, "state": "expired" if left < 0 and row["state"] in ("active", "suspended") else row["state"]})


async def get_bank(ctx: Acting, bank_id: UUID) -> BankDetail:
    """One bank. Raises NotFound."""
    ctx.require("ops.bank.read")
    row = await _row(ctx, bank_id)
    people = await ctx.db.rows("select * from organisation_people($1)", bank_id)
    changes = await ctx.db.rows("select what, from_state, to_state, reason, at from bank_change where bank_id = $1 order by id desc limit 100", bank_id)
    return BankDetail(_line(ctx, row), [User(**{**p, "roles": list(p["roles"])}) for p in people], [BankChangeLine(**c) for c in changes])


async def _row(ctx: Acting, bank_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + " where id = $1", bank_id)
    if row is None:
        raise NotFound("没有这家银行，可能已注销，请刷新列表。")
    return row


async def create_bank(ctx: Acting, new: NewBank) -> BankDetail:
    """Make the organisation, its first bank_admin and its dates. Raises Invalid, Conflict (CLAIM_TAKEN, LOGIN_NAME_TAKEN, PHONE_TAKEN)."""
    ctx.require("ops.bank.edit")
    facts = _facts(ctx, new.contact, new.agreement_no, new.valid_to)
    user = FirstUser(new.user.name, new.user.phone, new.user.account, ["bank_admin"])
    made = await create_organisation(ctx, NewOrganisation("bank", new.name, user, uscc=new.uscc, region=new.region))
    found = await _put(ctx, made.organisation_id, 0, facts | {"valid_from": ctx.today.isoformat()}, "created")
    return BankDetail(found.bank, found.people, found.changes, made.account, made.initial_password)


async def edit_bank(ctx: Acting, bank_id: UUID, *, version: int, contact: str, agreement_no: str, valid_to: date, reason: str = "") -> BankDetail:
    """Contact, agreement and last day. Raises Invalid, NotFound, Conflict (STALE_VERSION, OWN_ORGANISATION)."""
    ctx.require("ops.bank.edit")
    held = await _row(ctx, bank_id)
    facts = _facts(ctx, contact, agreement_no, valid_to if valid_to != held["valid_to"] else None)
    return await _put(ctx, bank_id, version, facts, "extended" if "valid_to" in facts else "edited", " ".join(reason.split())[:500])


async def suspend_bank(ctx: Acting, bank_id: UUID, *, version: int, reason: str) -> BankDetail:
    """Its people are refused at their next request, its products leave the shelf. Raises Invalid, NotFound, Conflict."""
    ctx.require("ops.bank.edit")
    said = " ".join(reason.split())
    if not 2 <= len(said) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明暂停的原因（2–500 字），会留在银行的记录中。")])
    return await _put(ctx, bank_id, version, {"state": "suspended"}, "suspended", said)


async def resume_bank(ctx: Acting, bank_id: UUID, *, version: int, reason: str = "") -> BankDetail:
    """Let it work again. Raises NotFound, Conflict (STATE, EXPIRED)."""
    ctx.require("ops.bank.edit")
    held = await _row(ctx, bank_id)
    if held["valid_to"] < ctx.today:
        raise Conflict("EXPIRED", f"合作期限 {held['valid_to']} 已过，请先修改到期日，再恢复。")
    return await _put(ctx, bank_id, version, {"state": "active"}, "resumed", " ".join(reason.split())[:500])


def _facts(ctx: Acting, contact: str, agreement_no: str, valid_to: date | None) -> dict[str, Any]:
    said, faults = half_width(contact), []
    if not 2 <= len(said) <= 200:
        faults.append(FieldError("contact", "REQUIRED", "请填银行对接部门与电话（2–200 字）。"))
    if len(agreement_no.strip()) > 100:
        faults.append(FieldError("agreement_no", "LENGTH", "协议编号最多 100 字。"))
    if valid_to is not None and not ctx.today <= valid_to <= ctx.today + LONGEST:
        faults.append(FieldError("valid_to", "DATE", "合作到期日应在今天到五年之内；要马上停止，请用“暂停”。"))
    if faults:
        raise Invalid(faults)
    facts = {"contact": said, "agreement_no": agreement_no.strip()}
    return facts | ({"valid_to": valid_to.isoformat()} if valid_to is not None else {})


async def _put(ctx: Acting, bank_id: UUID, version: int, facts: dict[str, Any], what: str, reason: str = "") -> BankDetail:
    no_own_business(await belongs_to(ctx, bank_id))
    outcome = await ctx.db.value("select bank_put($1, $2, $3, $4, $5, $6)", bank_id, version, facts, what, reason, ctx.now)
    if outcome == "gone":
        raise NotFound("没有这家银行，可能已注销，请刷新列表。")
    if outcome == "stale":
        raise stale((await _row(ctx, bank_id))["version"])
    if outcome == "state":
        state = (await _row(ctx, bank_id))["state"]
        raise Conflict("STATE", f"这家银行现在是“{STATUSES[state]}”，不能这样操作，请刷新后再看。", state=state)
    ctx.audit(f"bank.{what}", "organisation", bank_id, detail={k: v for k, v in facts.items() if k != "contact"} | {"reason": reason})
    return await get_bank(ctx, bank_id)
