"""The operator's desk for applications (T6): the queue with its clock, the form beside the data, the decision.

One ops_reviewer decides who neither uploaded the form nor belongs to a side. Approving asks for the five checks and for two numbers
typed again from the form. What follows, the grant or the account with its firm, commits together with the decision.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import auth
from core.crypto import blind_indexes, seal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.files import StoredFile, open_file
from core.ids import PLATFORM_ORG, new_id
from core.personal import mask_name, mask_phone, normalise_id_number
from core.working_days import elapsed
from tenants.applications import DAYS, KINDS_OF_APPLICATION, STATE_WORDS, _clear, registry_says
from tenants.codes import CodeError, check_uscc, plain
from tenants.grants import ID_TYPES, SCOPES, Delegation, grant
from tenants.organisations import stale
from tenants.profiles import CONTACT_NAME, CONTACT_PHONE, LEGAL_NAME
from tenants.trees import place_of_uscc, region_fault

CHECKS = ("公章清晰", "名称一致", "法人一致", "证件一致", "权限与期限")
REGISTRY_WORDS = {
    "match": "企业库一致",
    "unknown": "企业库中没有这家企业，待核对",
    "inactive": "企业库显示已注销或吊销",
    "name_differs": "企业名称与企业库不一致，待核对",
    "legal_differs": "法定代表人与企业库不一致",
    "masked": "企业库的证件号不完整，待核对",
    "unchecked": "企业库尚未载入，待核对",
    "": "",
}
#: An application this old in working days is amber, and the desk is told (S19).
AMBER = Decimal("2.0")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue. ``used``: working days of the clock so far; ``level``: on_time | amber | overdue | stopped | done."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    state: str
    state_word: str
    enterprise_name: str
    applicant_name: str
    submitted_at: datetime | None
    used: Decimal
    days: int
    due_on: date | None
    due_provisional: bool
    level: str
    form_check: str
    manual: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits longest first, then what was returned, then what is done."""

    items: list[Waiting]
    total: int
    page: int
    page_size: int
    waiting: int
    amber: int
    overdue: int


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """One thing the machine has looked at. ``state``: ok | look (a person has to) | bad."""

    name: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """An application on the desk; names and numbers masked, the clear ones stand on the form."""

    line: Waiting
    uscc: str
    legal_name: str
    legal_id_name: str
    legal_id_no: str
    id_name: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_to: date | None
    reason: str
    pages: int
    sources: list[SourceCheck]
    checks: list[str]
    registry: str
    organisation_id: UUID | None
    organisation_status: str | None
    returns: int
    decision_reason: str
    decided_at: datetime | None
    account_name: str | None
    version: int
    next_id: UUID | None
    previous_id: UUID | None
    has_original: bool


@dataclass(frozen=True, slots=True)
class Clear:
    """What is masked elsewhere, for a written reason (P8)."""

    legal_name: str
    legal_id_no: str
    applicant_name: str
    id_no: str
    phone: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and whom to tell: ``person`` when the phone has an account, else the phone. ``initial_password``: shown once."""

    id: UUID
    number: str
    state: str
    enterprise: str
    result: str
    reason: str
    phone: str
    person: UUID | None
    organisation_id: UUID | None = None
    account: str | None = None
    initial_password: str | None = None


_FROM = " from application a where a.tenant_id = $1"
_LINE, _COUNT = "select a.*" + _FROM, "select count(*)" + _FROM


async def list_applications(ctx: Acting, *, state: str = "", page: int = 1, page_size: int = 20) -> Queue:
    """The queue; drafts are the applicants' own. ``state``: submitted, returned, approved, rejected, amber, overdue or all of them."""
    where = " and a.state <> 'draft' and ($2 = '' or a.state = $2 or ($2 = 'overdue' and a.state = 'submitted' and a.due_on < $3)"
    where += " or ($2 = 'amber' and a.state = 'submitted' and a.used_before + work_days_between(a.submitted_at, $4) >= 2))"
    arguments = (PLATFORM_ORG, state, ctx.today, ctx.now)
    total = await ctx.db.value(_COUNT + where, *arguments)
    order = " order by array_position(array['submitted', 'returned', 'approved', 'rejected'], a.state), a.due_on, a.submitted_at, a.id limit $5 offset $6"
    if state in ("approved", "rejected"):
        order = " order by a.decided_at desc, a.id limit $5 offset $6"
    rows = await ctx.db.rows(_LINE + where + order, *arguments, page_size, (page - 1) * page_size)
    counts = await ctx.db.row(
        "select count(*) as waiting, count(*) filter (where used_before + work_days_between(submitted_at, $2) >= 2) as amber,"
        " count(*) filter (where due_on < $3) as overdue from application where tenant_id = $1 and state = 'submitted'",
        PLATFORM_ORG, ctx.now, ctx.today,
    )  # fmt: skip
    assert counts is not None
    return Queue([await _line(ctx, row) for row in rows], total, page, page_size, counts["waiting"], counts["amber"], counts["overdue"])


async def read_case(ctx: Acting, application_id: UUID) -> Case:
    """One application with what the machine has checked. Raises NotFound (drafts too)."""
    return await _case(ctx, await _on_desk(ctx, application_id))


async def read_form(ctx: Acting, application_id: UUID, *, original: bool = False) -> StoredFile:
    """The uploaded form: upright page pictures as PDF, or the file as it came. The reading is logged (P8). Raises NotFound."""
    row = await _on_desk(ctx, application_id)
    file_id = row["form_original"] if original else row["form_file"]
    if file_id is None:
        raise NotFound("没有上传申请表。")
    ctx.audit("pii.read", "application", application_id, detail={"fields": "form", "reason": "application_review"})
    return await open_file(ctx, file_id)


async def reveal(ctx: Acting, application_id: UUID, reason: str) -> Clear:
    """Names and numbers in clear; the reading is logged with its reason. Raises NotFound, Invalid."""
    said = " ".join(reason.split())
    if not 2 <= len(said) <= 200:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明查看完整信息的原因（2–200 字）。")])
    clear = _clear(await _on_desk(ctx, application_id))
    ctx.audit("pii.read", "application", application_id, detail={"fields": "all", "reason": said})
    return Clear(**{f: clear[f].removeprefix("+86") if f == "phone" else clear[f] for f in Clear.__slots__})


async def approve(
    ctx: Acting, application_id: UUID, *, checks: Sequence[bool], uscc: str, legal_id_no: str, region: str | None = None, version: int | None = None
) -> Decision:
    """Approve: the agent's grant, or the account of the foreign representative, with the firm when it is new.

    Raises NotFound, Invalid (``CHECKS``, ``DIFFERS``), Conflict (``STATE``, ``OWN_APPLICATION``, ``REPRESENTATIVE_CHANGED``,
    ``FIRM_INACTIVE``, ``LEGAL_EXISTS``, ``ALREADY_AGENT`` …).
    """
    row, clear = await _to_decide(ctx, application_id, version)
    _compare(clear, checks, uscc, legal_id_no)
    await _refuse_changed(ctx, row, clear)
    firm = await _firm(ctx, row, clear, region)
    account = password = None
    delegation: UUID | None = None
    if row["kind"] == "agent":
        delegation = await _grant(ctx, row, clear, firm)
        names = "、".join(SCOPES[s] for s in row["scopes"])
        result = f"已设为代理人，范围为{names}，到 {row['valid_to']:%Y-%m-%d} 为止"
    else:
        account, password = await _account(ctx, row, clear, firm)
        sent = "，初始密码由短信另行发送" if password else ""
        result = f"已开通法定代表人账号 {account}{sent}"
    await _settle(ctx, row, "approved", "", organisation=firm, delegation=delegation, account=account)
    return await _decision(ctx, row, clear, "approved", result, "", organisation_id=firm, account=account, initial_password=password)


async def return_application(ctx: Acting, application_id: UUID, *, reason: str, version: int | None = None) -> Decision:
    """Ask for something better; the clock stops until it is handed in again. Raises NotFound, Invalid, Conflict."""
    return await _send_back(ctx, application_id, "returned", reason, version)


async def reject_application(ctx: Acting, application_id: UUID, *, reason: str, version: int | None = None) -> Decision:
    """Refuse for good; another application may be made. Raises NotFound, Invalid, Conflict."""
    return await _send_back(ctx, application_id, "rejected", reason, version)


async def _send_back(ctx: Acting, application_id: UUID, state: str, reason: str, version: int | None) -> Decision:
    said = " ".join(reason.split())
    if not 2 <= len(said) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明原因（2–500 字），申请人会看到这段话。")])
    row, clear = await _to_decide(ctx, application_id, version)
    await _settle(ctx, row, state, said)
    return await _decision(ctx, row, clear, state, "", said)


async def refresh_deadlines(ctx: Acting) -> int:
    """Work out the deadlines of what waits again, after a change of the calendar; returns how many moved (R83)."""
    return int(await ctx.db.value("select application_dues($1)", DAYS))


async def _to_decide(ctx: Acting, application_id: UUID, version: int | None) -> tuple[dict[str, Any], dict[str, Any]]:
    row = await ctx.db.row("select * from application where tenant_id = $1 and id = $2 and state <> 'draft' for update", PLATFORM_ORG, application_id)
    if row is None:
        raise NotFound()
    clear = _clear(row)
    if await ctx.db.value("select application_conflict($1, $2, $3)", application_id, blind_indexes("id_number", clear["legal_id_no"]), ctx.today):
        raise Conflict("OWN_APPLICATION", "您是这份申请的一方（申请人、企业成员或代理人、上传人），请由另一位运营人员办理。")
    if row["state"] != "submitted":
        words = {"returned": "申请已退回，等申请人补充后再办。"}
        raise Conflict("STATE", words.get(row["state"], "这份申请已由他人办结，请刷新。"), state=row["state"])
    if version is not None and version != row["version"]:
        raise stale(row["version"])
    return row, clear


def _compare(clear: dict[str, Any], checks: Sequence[bool], uscc: str, legal_id_no: str) -> None:
    faults = []
    if len(checks) != len(CHECKS) or not all(checks):
        missing = "、".join(n for n, c in zip(CHECKS, [*checks, *[False] * 5], strict=False) if not c)
        faults.append(FieldError("checks", "CHECKS", f"还有没有核对的项目：{missing}。逐项核对后再通过，不符的请退回。"))
    if not hmac.compare_digest(plain(uscc).encode(), clear["uscc"].encode()):
        faults.append(FieldError("uscc", "DIFFERS", "与申请填写的统一社会信用代码不一致。请照盖章表逐位再录一次；表上确实不同的请退回。"))
    if not hmac.compare_digest(normalise_id_number(legal_id_no).encode(), clear["legal_id_no"].encode()):
        faults.append(FieldError("legal_id_no", "DIFFERS", "与申请填写的法定代表人证件号不一致。请照盖章表逐位再录一次；表上确实不同的请退回。"))
    if faults:
        raise Invalid(faults)


async def _refuse_changed(ctx: Acting, row: dict[str, Any], clear: dict[str, Any]) -> None:
    """The representative who stamped is the representative today (V7)."""
    says = await registry_says(ctx, row, clear)
    if says == "legal_differs":
        when = "在申请提交之后已变更" if row["registry"] in ("match", "name_differs") else "与企业库登记的不一致"
        text = f"{row['enterprise_name']}的法定代表人{when}，不能按这份申请办理。请退回，由现任法定代表人重新签字盖章。"
        raise Conflict("REPRESENTATIVE_CHANGED", text)
    if says == "inactive":
        raise Conflict("FIRM_INACTIVE", f"企业库显示{row['enterprise_name']}已注销或吊销，不能办理。请核实后不予通过。")


async def _firm(ctx: Acting, row: dict[str, Any], clear: dict[str, Any], region: str | None) -> UUID:
    """The firm of the code, made when nobody has it yet."""
    found = await ctx.db.row("select id, kind, status from organisation where uscc = $1 and status <> 'closed'", row["uscc"])
    if found is not None:
        if found["kind"] != "enterprise" or found["status"] == "suspended":
            raise Conflict("FIRM_STOPPED", "这个统一社会信用代码对应的组织已停用或不是企业，不能办理。请先在“机构”中核实。")
        return UUID(str(found["id"]))
    place = region or await place_of_uscc(ctx, row["uscc"])
    fault = await region_fault(ctx, place) if region and place else None
    if place is None or fault:
        raise Invalid([fault or FieldError("region", "REGION", "代码中的登记地已不存在，请选择企业所属区域后再通过。")])
    firm = new_id()
    made = await ctx.db.value(
        "select organisation_create($1, 'enterprise', $2, $3, $4, null, 'active', 'operator', $5)",
        firm, row["uscc"], row["enterprise_name"], place, ctx.now,
    )  # fmt: skip
    if not made:
        raise Conflict("CLAIM_TAKEN", "这个统一社会信用代码刚被另一个组织占用，请刷新后重新核对。")
    await ctx.db.run("select set_config('app.tenant', $1, true)", str(firm))
    await ctx.db.run(
        "insert into profile (tenant_id, id, legal_name_sealed, contact_name_sealed, contact_phone_sealed, created_at, updated_at)"
        " values ($1, $1, $2, $3, $4, $5, $5)",
        firm,
        seal(LEGAL_NAME, firm, clear["legal_name"]),
        seal(CONTACT_NAME, firm, clear["applicant_name"]),
        seal(CONTACT_PHONE, firm, clear["phone"].removeprefix("+86")),
        ctx.now,
    )
    await ctx.db.run("select set_config('app.tenant', $1, true)", str(ctx.tenant_id))
    ctx.audit("organisation.created", "organisation", firm, detail={"application": str(row["id"])})
    return firm


async def _grant(ctx: Acting, row: dict[str, Any], clear: dict[str, Any], firm: UUID) -> UUID:
    wanted = Delegation(
        name=clear["applicant_name"], id_type=row["id_type"], id_no=clear["id_no"], phone=clear["phone"], scopes=list(row["scopes"]),
        valid_from=ctx.today, valid_to=row["valid_to"], origin="application", application_id=row["id"],
    )  # fmt: skip
    return await grant(ctx, firm, wanted)


async def _account(ctx: Acting, row: dict[str, Any], clear: dict[str, Any], firm: UUID) -> tuple[str, str | None]:
    """The representative's account and membership; the initial password (once, 72 hours) when the account is new."""
    person = await ctx.db.value("select auth_phone_owner($1)", blind_indexes("phone", clear["phone"]))
    password = None
    if person is None:
        made = await auth.create_person_account(
            ctx, login_name=f"fr{secrets.randbelow(10**10):010d}", name=clear["applicant_name"], phone=clear["phone"], short_name=row["enterprise_name"]
        )
        person, login, password = made.person_id, made.login_name, made.password
    else:
        login = "（原有账号）"
    member = {
        "id": str(new_id()),
        "person_id": str(person),
        "name_masked": mask_name(clear["applicant_name"]),
        "login_name": login if password else "",
        "phone_masked": mask_phone(clear["phone"]),
    }
    answer = await ctx.db.value("select application_join($1, $2, $3)", firm, member, ctx.now)
    if answer == "legal_exists":
        text = "这家企业已有法定代表人账号。请先核实：确已变更的，结束原账号的法定代表人角色后再通过；否则不予通过。"
        raise Conflict("LEGAL_EXISTS", text)
    if answer == "stopped":
        raise Conflict("FIRM_STOPPED", "这家企业已停用，不能办理。请先在“机构”中核实。")
    ctx.audit("member.joined", "organisation", firm, detail={"application": str(row["id"]), "roles": ["legal"]})
    if password:
        message, phone = new_id(), clear["phone"]
        text = f"碳效平台账号 {login} 已开通，初始密码 {password}，72 小时内有效，首次登录须修改。请勿转告他人。"

        async def send() -> None:
            # never in a row of ours: it goes to the proved phone once, and to the operator's screen if that fails
            await auth.hand_over(message, phone, "initial_password", {"text": text})

        ctx.after_commit(send)
    return login, password


async def _settle(
    ctx: Acting, row: dict[str, Any], state: str, reason: str, *, organisation: UUID | None = None, delegation: UUID | None = None, account: str | None = None
) -> None:
    used = row["used_before"] + await ctx.db.value("select work_days_between($1, $2)", row["submitted_at"], ctx.now)
    decided = state != "returned"
    await ctx.db.run(
        "update application set state = $3, decision_reason = $4, used_before = $5, returns = returns + $6, decided_by = $7, decided_at = $8,"
        " organisation_id = $9, delegation_id = $10, account_name = $11, updated_at = $12, version = version + 1"
        " where tenant_id = $1 and id = $2",
        PLATFORM_ORG, row["id"], state, reason, used, 0 if decided else 1, ctx.person_id if decided else None, ctx.now if decided else None,
        organisation, delegation, account, ctx.now,
    )  # fmt: skip
    ctx.audit(f"application.{state}", "application", row["id"], detail={"number": row["number"], "reason": reason, "organisation": str(organisation or "")})


async def _decision(ctx: Acting, row: dict[str, Any], clear: dict[str, Any], state: str, result: str, reason: str, **more: Any) -> Decision:
    person = await ctx.db.value("select auth_phone_owner($1)", blind_indexes("phone", clear["phone"]))
    return Decision(
        id=row["id"], number=row["number"], state=state, enterprise=row["enterprise_name"], result=result, reason=reason, phone=clear["phone"],
        person=person, **more,
    )  # fmt: skip


async def _on_desk(ctx: Acting, application_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_LINE + " and a.id = $2 and a.state <> 'draft'", PLATFORM_ORG, application_id)
    if row is None:
        raise NotFound()
    return row


async def _line(ctx: Acting, row: dict[str, Any]) -> Waiting:
    used = row["used_before"]
    if row["state"] == "submitted":
        used += await elapsed(ctx.db, row["submitted_at"], ctx.now)
    used = Decimal(used).quantize(Decimal("0.1"), rounding="ROUND_DOWN")
    level = {"returned": "stopped", "approved": "done", "rejected": "done"}.get(row["state"], "on_time")
    if level == "on_time" and used >= AMBER:
        level = "overdue" if row["due_on"] < ctx.today else "amber"
    return Waiting(
        id=row["id"], number=row["number"], kind=row["kind"], kind_name=KINDS_OF_APPLICATION[row["kind"]], state=row["state"],
        state_word=STATE_WORDS[row["state"]], enterprise_name=row["enterprise_name"], applicant_name=row["applicant_name_masked"],
        submitted_at=row["submitted_at"], used=used, days=DAYS, due_on=row["due_on"], due_provisional=row["due_provisional"], level=level,
        form_check=row["form_check"], manual=row["registry"] != "match" or row["form_check"] != "ok",
    )  # fmt: skip


async def _case(ctx: Acting, row: dict[str, Any]) -> Case:
    clear = _clear(row)
    registry = await registry_says(ctx, row, clear) if row["state"] in ("submitted", "returned") else row["registry"]
    firm = await ctx.db.row("select id, status from organisation where uscc = $1 and status <> 'closed'", row["uscc"])
    following, before = await _neighbours(ctx, row)
    return Case(
        line=await _line(ctx, row), uscc=row["uscc"], legal_name=row["legal_name_masked"], legal_id_name=ID_TYPES[row["legal_id_type"]],
        legal_id_no=row["legal_id_masked"], id_name=ID_TYPES[row["id_type"]], id_no=row["id_no_masked"], phone=row["phone_masked"],
        scopes=[SCOPES[s] for s in row["scopes"]], valid_to=row["valid_to"], reason=row["reason"], pages=len(row["form_pages"]),
        sources=_sources(row, clear, registry), checks=list(CHECKS), registry=registry, organisation_id=firm["id"] if firm else None,
        organisation_status=firm["status"] if firm else None, returns=row["returns"], decision_reason=row["decision_reason"],
        decided_at=row["decided_at"], account_name=row["account_name"], version=row["version"], next_id=following, previous_id=before,
        has_original=row["form_original"] is not None,
    )  # fmt: skip


async def _neighbours(ctx: Acting, row: dict[str, Any]) -> tuple[UUID | None, UUID | None]:
    """The application that waits next and the one before, in the order of the queue."""
    rows = await ctx.db.rows(
        "select id from application where tenant_id = $1 and state = 'submitted' order by due_on, submitted_at, id limit 1000", PLATFORM_ORG
    )
    ids = [r["id"] for r in rows]
    if row["id"] not in ids:
        return (ids[0] if ids else None), None
    at = ids.index(row["id"])
    return (ids[at + 1] if at + 1 < len(ids) else None), (ids[at - 1] if at else None)


def _sources(row: dict[str, Any], clear: dict[str, Any], registry: str) -> list[SourceCheck]:
    try:
        check_uscc(row["uscc"])
        uscc = SourceCheck("uscc", "ok", "统一社会信用代码校验通过")
    except CodeError as error:
        uscc = SourceCheck("uscc", "bad", error.message)
    state = "ok" if registry == "match" else "bad" if registry in ("inactive", "legal_differs") else "look"
    words = {"ok": "申请表二维码：与本申请一致", "unreadable": "申请表二维码没有读出，请核对表上编号", "outdated": "申请表是修改内容之前打印的"}
    form = {"ok": "ok", "unreadable": "look"}.get(row["form_check"], "bad")
    return [
        uscc,
        SourceCheck("registry", state, REGISTRY_WORDS[registry]),
        SourceCheck("phone", "ok", "手机号已由短信验证"),
        SourceCheck("form", form, words.get(row["form_check"], "没有上传申请表")),
    ]


__all__ = [
    "CHECKS",
    "Case",
    "Clear",
    "Decision",
    "Queue",
    "SourceCheck",
    "Waiting",
    "approve",
    "list_applications",
    "read_case",
    "read_form",
    "refresh_deadlines",
    "reject_application",
    "return_application",
    "reveal",
]
