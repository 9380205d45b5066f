"""Consent 授权 (GF8-GF10, P6): a firm lets a bank read its reports as printed, for some years, until a day.

Given by the legal representative or an administrator with a fresh proof (L20), never by an agent. Revoked by one word, felt at the
bank's next request: the row is read at each reading and nothing is cached. Every reading is written down and the firm sees it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.clock import beijing_date
from core.crypto import unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.jobs import wake
from tenants.members import own_name
from tenants.profiles import CONTACT_NAME, CONTACT_PHONE

#: What a bank may read; the first always, the others only when ticked.
REPORT_KINDS = {"grade": "低碳等级报告", "water": "节水报告", "reduction": "碳减排报告", "questionnaire": "碳表现问卷"}
DEFAULT_DAYS, LONGEST_DAYS = 90, 366
PURPOSE = "办理绿色金融业务的审查和贷后了解"
TEXT = (
    "本企业授权所选银行的客户经理查看所勾选年度的碳报告（按报告原样逐页查看，带水印，不能下载）、证书状态和产品匹配条件。"
    "银行看不到每月填报数据、凭证和用电户号。只有另行勾选后，才提供联系人姓名和电话。"
    "银行每次查看都有记录，本企业可以随时查看记录、随时撤回授权；撤回后银行的下一次访问即被拒绝。"
    "撤回之前银行已经查看并留存的内容由银行按法律规定保管，平台不能收回。到期后授权自动结束。"
)
TEXT_SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ConsentWish:
    """What a firm is about to allow. ``receiver``: a named client manager, None for all of the bank; ``end`` or ``days``, both included."""

    bank_id: UUID
    bank_name: str
    report_kinds: Sequence[str]
    years: Sequence[int]
    text_sha256: str
    contact: bool = False
    product_id: UUID | None = None
    product_name: str = ""
    receiver_id: UUID | None = None
    receiver_name: str = ""
    purpose: str = PURPOSE
    start: date | None = None
    end: date | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class BankConsent:
    """One consent. ``state`` as of today: active | upcoming | expired | revoked; ``days_left`` to the last day while it is in force."""

    id: UUID
    organisation_id: UUID
    firm: str
    bank_id: UUID
    bank: str
    product_id: UUID | None
    product: str
    manager_id: UUID | None
    manager: str
    report_kinds: list[str]
    years: list[int]
    contact: bool
    purpose: str
    starts_on: date
    ends_on: date
    text_sha256: str
    state: str
    days_left: int | None
    version: int
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    end_reason: str | None
    reads: int = 0


@dataclass(frozen=True, slots=True)
class BankConsents:
    """A page of a firm's consents, those in force first."""

    items: list[BankConsent]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class ConsentRead:
    """One reading by the bank: what, which page, by whom, when."""

    report_id: UUID | None
    kind: str
    title: str
    year: int | None
    page: int | None
    manager: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentReads:
    """A page of readings, newest first."""

    items: list[ConsentRead]
    total: int
    page: int
    page_size: int


_COLUMNS = """
select c.id, c.tenant_id as organisation_id, c.firm_name as firm, c.party_id as bank_id, c.bank_name as bank, c.product_id,
       c.product_name as product, c.receiver_id as manager_id, c.receiver_name as manager, c.report_kinds, c.years, c.contact, c.purpose,
       c.starts_on, c.ends_on, c.text_sha256, c.state, c.version, c.given_at, c.given_by_name as given_by, c.ended_at, c.end_reason
"""


async def give_consent(ctx: Acting, wish: ConsentWish, *, at: str = "") -> BankConsent:
    """Give a consent for the acting firm (GF8). ``at`` goes before the path of a bad field.

    Raises Forbidden (an agent, a filler), Invalid naming each field, Conflict ``TEXT_CHANGED``.
    """
    refuse_others(ctx)
    if wish.text_sha256 != TEXT_SHA256:
        raise Conflict("TEXT_CHANGED", "授权说明有更新，请重新阅读后再授权。", text_sha256=TEXT_SHA256)
    start = wish.start or ctx.today
    end = _checked(ctx, wish, start, at)
    row_id = new_id()
    name = await own_name(ctx)
    kinds = [k for k in REPORT_KINDS if k in wish.report_kinds]
    await ctx.db.run(
        "insert into consent (tenant_id, party_id, id, firm_name, bank_name, product_id, product_name, receiver_id, receiver_name, report_kinds,"
        " years, contact, purpose, starts_on, ends_on, text_sha256, given_by, given_by_name, given_at, channel)"
        " select $1, $2, $3, o.name, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19 from organisation o where o.id = $1",
        ctx.tenant, wish.bank_id, row_id, wish.bank_name, wish.product_id, wish.product_name, wish.receiver_id, wish.receiver_name, kinds,
        sorted(set(wish.years), reverse=True), wish.contact, wish.purpose.strip(), start, end, wish.text_sha256, ctx.person_id, name, ctx.now,
        ctx.audience or "job",
    )  # fmt: skip
    ctx.audit(
        "consent.given", "consent", row_id,
        detail={"bank": str(wish.bank_id), "kinds": kinds, "years": sorted(set(wish.years)), "contact": wish.contact, "ends_on": end.isoformat(),
                "text": wish.text_sha256[:16], "ip": ctx.ip},
    )  # fmt: skip
    return await get_consent(ctx, row_id)


def refuse_others(ctx: Acting) -> None:
    """Raises Forbidden unless the acting person is the firm's legal representative or administrator: an agent never consents (T3)."""
    if "consent.give" not in ctx.permissions:
        raise Forbidden("NOT_YOURS_TO_GIVE", "只有法定代表人或企业管理员可以授权。请联系本企业的法定代表人或管理员办理。")


def _checked(ctx: Acting, wish: ConsentWish, start: date, at: str) -> date:
    """The last day. Raises Invalid naming each bad field."""
    faults: list[FieldError] = []
    if "grade" not in wish.report_kinds:
        faults.append(FieldError(f"{at}report_kinds", "REQUIRED", "低碳等级报告是必选的，请勾选后再授权。"))
    if set(wish.report_kinds) - REPORT_KINDS.keys():
        faults.append(FieldError(f"{at}report_kinds", "CHOICE", f"报告种类只有{'、'.join(REPORT_KINDS.values())}，请重新选择。"))
    if not wish.years:
        faults.append(FieldError(f"{at}years", "REQUIRED", "请选择授权查看哪些年度的报告。"))
    elif len(set(wish.years)) > 10 or any(not 2000 <= y <= ctx.today.year for y in wish.years):
        faults.append(FieldError(f"{at}years", "YEAR", f"年度应在 2000 到 {ctx.today.year} 之间，最多 10 个，请重新选择。"))
    if not 2 <= len(wish.purpose.strip()) <= 200:
        faults.append(FieldError(f"{at}purpose", "LENGTH", "请写明授权用途，2–200 个字。"))
    if start < ctx.today:
        faults.append(FieldError(f"{at}start", "PAST", "授权不能从过去开始，请选择今天或以后的日期。"))
    elif start > ctx.today + timedelta(days=LONGEST_DAYS):
        faults.append(FieldError(f"{at}start", "TOO_LATE", "开始日应在一年之内，请重新选择。"))
    days = DEFAULT_DAYS if wish.days is None else wish.days
    if wish.end is None and not 1 <= days <= LONGEST_DAYS:
        faults.append(FieldError(f"{at}days", "TOO_LONG", f"授权期限应为 1–{LONGEST_DAYS} 天，请重新选择；到期前可以续期。"))
        raise Invalid(faults)
    end = wish.end or start + timedelta(days=days)
    if end < ctx.today or end < start:
        faults.append(FieldError(f"{at}end", "PAST", "到期日不能早于今天和开始日，请重新选择。"))
    elif (end - start).days > LONGEST_DAYS:
        latest = start + timedelta(days=LONGEST_DAYS)
        faults.append(FieldError(f"{at}end", "TOO_LONG", f"授权最长 {LONGEST_DAYS} 天，到期日最晚为 {latest}，到期前可以续期。"))
    if faults:
        raise Invalid(faults)
    return end


async def list_consents(ctx: Acting, *, page: int = 1, page_size: int = 20) -> BankConsents:
    """Consents of the acting firm with the number of readings; two statements."""
    rows = await ctx.db.rows(
        _COLUMNS + ", (select count(*)::int from consent_read r where r.tenant_id = c.tenant_id and r.consent_id = c.id) as reads"  # noqa: S608 - constants
        " from consent c where c.tenant_id = $1 order by c.state <> 'active', c.given_at desc, c.id limit $2 offset $3",
        ctx.tenant, page_size, (page - 1) * page_size,
    )  # fmt: skip
    total = int(await ctx.db.value("select count(*) from consent where tenant_id = $1", ctx.tenant))
    return BankConsents([_consent(ctx, row) for row in rows], total, page, page_size)


async def get_consent(ctx: Acting, consent_id: UUID) -> BankConsent:
    """One consent of the acting firm. Raises NotFound."""
    row = await ctx.db.row(_COLUMNS + " from consent c where c.tenant_id = $1 and c.id = $2", ctx.tenant, consent_id)
    if row is None:
        raise NotFound("没有这份授权，或您无权查看。")
    return _consent(ctx, row)


async def revoke_consent(ctx: Acting, consent_id: UUID, reason: str = "") -> BankConsent:
    """Take a consent back; in force at the bank's next request (GF9). Raises NotFound, Forbidden, Conflict ``CONSENT_ENDED``."""
    refuse_others(ctx)
    done = await ctx.db.run(
        "update consent set state = 'revoked', ended_at = $3, ended_by = $4, end_reason = $5, version = version + 1"
        " where tenant_id = $1 and id = $2 and state = 'active'",
        ctx.tenant, consent_id, ctx.now, ctx.person_id, reason.strip()[:200] or None,
    )  # fmt: skip
    after = await get_consent(ctx, consent_id)
    if not done:
        raise Conflict("CONSENT_ENDED", "这份授权已经结束，不用再撤回。", state=after.state)
    ctx.audit("consent.revoked", "consent", consent_id, detail={"from": "active", "to": "revoked", "reason": reason.strip()[:200]})
    return after


async def end_expired(ctx: Acting) -> list[BankConsent]:
    """Mark the acting firm's consents whose last day is over; returns those (the system moves them, 18.1)."""
    rows = await ctx.db.rows(
        "update consent set state = 'expired', ended_at = $2, version = version + 1"
        " where tenant_id = $1 and state = 'active' and ends_on < $3 returning id",
        ctx.tenant, ctx.now, ctx.today,
    )  # fmt: skip
    return [await get_consent(ctx, row["id"]) for row in rows]


async def ending_on(ctx: Acting, day: date) -> list[BankConsent]:
    """The acting firm's consents in force whose last day is ``day``."""
    sql = _COLUMNS + " from consent c where c.tenant_id = $1 and c.state = 'active' and c.ends_on = $2"
    return [_consent(ctx, row) for row in await ctx.db.rows(sql, ctx.tenant, day)]


async def readings_of_day(ctx: Acting, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """How often each bank read a firm's papers between two moments: consent_id, bank, count."""
    return await ctx.db.rows(
        "select r.consent_id, c.bank_name as bank, count(*)::int as count from consent_read r"
        " join consent c on c.tenant_id = r.tenant_id and c.id = r.consent_id"
        " where r.tenant_id = $1 and r.read_at >= $2 and r.read_at < $3 group by r.consent_id, c.bank_name order by c.bank_name",
        ctx.tenant, start, end,
    )  # fmt: skip


async def live_consent(ctx: Acting, consent_id: UUID) -> tuple[BankConsent, str]:
    """A consent that the acting bank's person may use right now, and that person's masked name: ONE statement, nothing cached (T5).

    Raises NotFound (no such consent of this bank), Forbidden ``CONSENT_REVOKED``, ``CONSENT_EXPIRED``, ``CONSENT_UPCOMING``,
    ``NOT_RECEIVER``.
    """
    row = await ctx.db.row(
        _COLUMNS + ", (select m.display_name_masked from membership m where m.tenant_id = $1 and m.person_id = $3) as reader"  # noqa: S608 - constants
        " from consent c where c.party_id = $1 and c.id = $2",
        ctx.tenant, consent_id, ctx.person_id,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    reader = str(row.pop("reader") or "")
    found = _consent(ctx, row)
    refuse_ended(found)
    if found.manager_id is not None and found.manager_id != ctx.person_id and "bank.case.assign" not in ctx.permissions:
        raise Forbidden("NOT_RECEIVER", f"这份授权只限{found.manager}查看。需要换人时，请企业重新授权。")
    return found, reader


def refuse_ended(found: BankConsent) -> None:
    """Raises Forbidden with the sentence the bank reads when a consent is not in force."""
    if found.state == "revoked":
        day = f"（{beijing_date(found.ended_at)}）" if found.ended_at else ""
        raise Forbidden("CONSENT_REVOKED", f"企业已撤回授权{day}，无法继续查看。需要时请联系企业重新授权。")
    if found.state == "expired":
        raise Forbidden("CONSENT_EXPIRED", f"授权已于 {found.ends_on} 到期，无法继续查看。需要时请联系企业重新授权。")
    if found.state == "upcoming":
        raise Forbidden("CONSENT_UPCOMING", f"授权从 {found.starts_on} 开始，现在还不能查看。")


async def note_reading(
    ctx: Acting, consent: BankConsent, reader: str, *, kind: str, title: str, report_id: UUID | None = None, year: int | None = None, page: int | None = None
) -> None:
    """Write down one reading by the acting bank's person; the firm sees the line (GF9)."""
    await ctx.db.run(
        "insert into consent_read (tenant_id, party_id, id, consent_id, report_id, report_kind, report_title, year, page, person_id, person_name,"
        " read_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        consent.organisation_id, ctx.tenant, new_id(), consent.id, report_id, kind, title, year, page, ctx.person_id, reader, ctx.now,
    )  # fmt: skip
    ctx.audit("consent.read", "consent", consent.id, detail={"report": str(report_id or ""), "kind": kind, "page": page})


async def list_readings(ctx: Acting, consent_id: UUID, *, page: int = 1, page_size: int = 20) -> ConsentReads:
    """Who of the bank read what, newest first. Raises NotFound."""
    await get_consent(ctx, consent_id)
    rows = await ctx.db.rows(
        "select report_id, report_kind as kind, report_title as title, year, page, person_name as manager, read_at as at from consent_read"
        " where tenant_id = $1 and consent_id = $2 order by read_at desc, id limit $3 offset $4",
        ctx.tenant, consent_id, page_size, (page - 1) * page_size,
    )  # fmt: skip
    total = int(await ctx.db.value("select count(*) from consent_read where tenant_id = $1 and consent_id = $2", ctx.tenant, consent_id))
    return ConsentReads([ConsentRead(**row) for row in rows], total, page, page_size)


async def tell_side(ctx: Acting, consent_id: UUID, side: str, kind: str, object_id: UUID, payload: dict[str, Any]) -> None:
    """Ask for a job of the ``firm`` or the ``bank`` of a consent that the acting side sees; the job speaks in that organisation."""
    await ctx.db.value(
        "select consent_job($1, $2, $3, $4, 1, $5, $6, $7)", consent_id, side, kind, object_id, payload, ctx.now, ctx.request_id
    )
    ctx.after_commit(wake)


def state_on(state: str, starts_on: date, ends_on: date, today: date) -> str:
    """The state as of today: the nightly run may not have been here yet."""
    if state == "active" and ends_on < today:
        return "expired"
    return "upcoming" if state == "active" and starts_on > today else state


def _consent(ctx: Acting, row: dict[str, Any]) -> BankConsent:
    state = state_on(row["state"], row["starts_on"], row["ends_on"], ctx.today)
    left = (row["ends_on"] - ctx.today).days if state in ("active", "upcoming") else None
    return BankConsent(**(row | {"state": state, "days_left": left, "report_kinds": list(row["report_kinds"]), "years": list(row["years"])}))


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact person of a firm, in clear: only for the named receiver of a consent that ticked it (P6)."""

    name: str
    phone: str


async def contact_of(reader: Acting) -> Contact | None:
    """The contact person of the firm that ``reader`` reads; None when none is filled in. The caller has checked the consent and logs it."""
    row = await reader.db.row("select contact_name_sealed, contact_phone_sealed from profile where tenant_id = $1", reader.tenant)
    if row is None or not row["contact_name_sealed"] or not row["contact_phone_sealed"]:
        return None
    here = reader.tenant
    return Contact(unseal(CONTACT_NAME, here, row["contact_name_sealed"]), unseal(CONTACT_PHONE, here, row["contact_phone_sealed"]))
