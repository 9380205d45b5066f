"""The agency's side of a case: accept, judge figures, raise findings, return, conclude, countersign (R106, R71, R76-R78, LR4, LR5)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import tenants
from cases import queries
from cases.desk import (
    Row,
    ask_until,
    case_of,
    halted,
    line_of,
    move,
    note_event,
    outline_of,
    parts_of,
    readable,
    recount,
    said,
    stale_case,
    thaw_outline,
    working,
    wrong_state,
)
from cases.states import ASSIGNABLE, READABLE, SEVERITIES, VERDICTS
from cases.subjects import Figure, Outline, Section
from cases.texts import DECLARATION, digest
from cases.views import Allowed, CaseDetail, Inbox, InboxCounters
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.files import StoredFile, open_file
from core.ids import new_id


async def agency_inbox(ctx: Acting, *, state: str = "", q: str = "", page: int = 1, page_size: int = 20) -> Inbox:
    """The agency's cases, newest first, two statements; who is no administrator sees what he was given (18.3)."""
    who = _only_mine(ctx)
    found = await ctx.db.row(queries.AGENCY_PAGE, ctx.today, who, state, q.strip(), page_size, (page - 1) * page_size)
    assert found is not None
    rows = await ctx.db.rows(queries.AGENCY_ROWS, ctx.tenant, ctx.today, found["ids"])
    shown = InboxCounters(**{name: found[name] for name in InboxCounters.__slots__})
    open_ = shown.new + shown.work + shown.returned + shown.sign
    total = found["hits"]
    if total is None:  # no word is searched for: the tab knows
        total = {"": open_ + found["closed"], "open": open_, **found}[state]
    return Inbox(shown, [line_of(ctx, row) for row in rows], total, page, page_size)


def _only_mine(ctx: Acting) -> UUID | None:
    return None if "agency.case.accept" in ctx.permissions else ctx.person_id


async def get_agency_case(ctx: Acting, case_id: UUID) -> CaseDetail:
    """One case: figures while it is open, what was said and decided for good. Raises NotFound, Forbidden CONFLICT_OF_INTEREST."""
    row = await _given(ctx, case_id)
    parts = await parts_of(ctx, row)
    halt = await halted(ctx, row) if readable(row) else ""
    outline = before = None
    if readable(row):
        ctx.audit("case.read", "case", case_id, detail={"round": row["round"]})
        outline = await outline_of(ctx, row)
        if row["round"] > 1:
            before = await thaw_outline(ctx, row, UUID(next(r for r in parts["rounds"] if r["round"] == row["round"] - 1)["snapshot_id"]))
    open_points = _open_points(row, parts, outline) if outline is not None and working(row) else []
    return case_of(ctx, row, parts, outline, halt=halt, allowed=_allowed(ctx, row, halt, open_points), open_points=open_points, before=before)


async def _given(ctx: Acting, case_id: UUID, *, hold: bool = False, alone: bool = True) -> Row:
    """A case of the acting agency that the person was given (T5); ``alone`` False: his ties to the firm are not asked.

    Raises NotFound, Forbidden CONFLICT_OF_INTEREST.
    """
    if hold:
        await ctx.db.run("select 1 from third_case where party_id = $1 and id = $2 for no key update", ctx.tenant, case_id)
    row = await ctx.db.row(queries.OF_AGENCY, ctx.tenant, case_id, ctx.today)
    who = _only_mine(ctx)
    if row is None or (who is not None and who not in (row["verifier_id"], row["reviewer_id"])):
        raise NotFound("没有这个案件，或您无权查看。")
    if alone and ctx.person_id is not None and await tenants.tie_of_person(ctx, row["tenant_id"], ctx.person_id) is not None:
        raise Forbidden("CONFLICT_OF_INTEREST", "您或所在机构与该企业存在关联，不能核查。请机构管理员更换人员。")
    return row


async def _ready(ctx: Acting, case_id: UUID) -> Row:
    """A case held for a move, by an agency that may work today. Raises as :func:`_given`, Conflict AGENCY_HALTED."""
    row = await _given(ctx, case_id, hold=True)
    await _refuse_halted(ctx, row)
    return row


async def _refuse_halted(ctx: Acting, row: Row) -> None:
    word = await halted(ctx, row)
    if word:
        raise Conflict("AGENCY_HALTED", f"{tenants.STANDINGS[word]}，案件暂停办理，已填的内容都在。请联系平台运营。", reason=word)


def _mine(ctx: Acting, row: Row, part: str) -> None:
    """Raises Forbidden when the acting person is not the case's verifier (``verifier``) or reviewer."""
    if ctx.person_id != row[f"{part}_id"]:
        words = {"verifier": "核查员", "reviewer": "复核人"}
        raise Forbidden("NOT_YOUR_CASE", f"这个案件的{words[part]}是{row[f'{part}_name'] or '尚未指定'}，请由本人办理，或由机构管理员更换。")


def _open_points(row: Row, parts: Row, outline: Outline | None) -> list[str]:
    """What stands between the verifier and the conclusion (R77, R78, RA9)."""
    found = []
    judged = {a["key"]: a for a in parts["amounts"]}
    left = [f for _, f in outline.to_judge if f.path not in judged] if outline else []
    if left:
        found.append(f"还有 {len(left)} 项没有判定：{left[0].label}{'等' if len(left) > 1 else ''}")
    for finding in parts["findings"]:
        name = f"问题 {finding['number']}“{finding['label']}”"
        if finding["state"] == "open":
            found.append(f"{name}企业还没有回复")
        elif finding["state"] == "answered":
            found.append(f"{name}已回复，还没有采纳或关闭")
        elif finding["state"] in ("closed_not_ok", "unanswered") and not finding["removed"] and outline is not None:
            known = outline.figure(finding["path"])
            if known and known[1].judge and judged.get(finding["path"], {"verdict": "accepted"})["verdict"] == "accepted":
                found.append(f"{name}未得到整改，须给出更正值或不认可（保守取值）")
    return found


def _allowed(ctx: Acting, row: Row, halt: str, open_points: list[str]) -> list[Allowed]:
    may, found = ctx.permissions, []
    mine, signs = ctx.person_id == row["verifier_id"], ctx.person_id == row["reviewer_id"]
    if row["state"] == "submitted" and "agency.case.accept" in may:
        found += [Allowed("accept", "受理", tenants.STANDINGS.get(halt, "")), Allowed("decline", "不受理")]
    if halt:
        return [*found, *([Allowed("note", "内部备注")] if row["state"] in READABLE else [])]
    if row["state"] in ASSIGNABLE and "agency.case.accept" in may:
        found.append(Allowed("assign", "更换人员"))
    if working(row) and mine and "agency.case.work" in may:
        raised = row["waiting"] > 0
        found += [Allowed("judge", "判定"), Allowed("finding", "提出问题"), Allowed("close", "关闭问题")]
        found.append(Allowed("return", "退回企业", "" if raised else "没有待企业回复的问题，先提出问题再退回"))
        found.append(Allowed("conclude", "填写结论", "；".join(open_points[:5])))
    if row["state"] == "returned" and mine and "agency.case.work" in may:
        found.append(Allowed("recall", "撤回退回"))
    if row["state"] == "concluded" and signs and "agency.case.sign" in may:
        found += [Allowed("sign", "复核签字"), Allowed("refuse", "复核不通过")]
    if row["state"] in READABLE and row["state"] != "submitted":
        found += [Allowed("message", "留言"), Allowed("note", "内部备注")]
    return found


# --- taking the case ------------------------------------------------------------------------------------------------------------


async def accept_case(ctx: Acting, case_id: UUID, *, verifier_id: UUID, reviewer_id: UUID, declaration: bool, version: int | None = None) -> CaseDetail:
    """Take a case and name verifier and reviewer (memberships), with the machine checks of R71 and the body's declaration.

    Raises NotFound, Invalid, Forbidden, Conflict (CASE_STATE, STALE_VERSION, AGENCY_HALTED, CONFLICT_OF_INTEREST).
    """
    row = await _ready(ctx, case_id)
    if row["state"] != "submitted":
        raise wrong_state(row, "受理")
    if not declaration:
        raise Invalid([FieldError("declaration", "REQUIRED", "请阅读并勾选独立性声明后再受理。")])
    tie = await tenants.tie_of_agency(ctx, row["tenant_id"], ctx.tenant)
    if tie is not None:
        raise Conflict("CONFLICT_OF_INTEREST", f"{tenants.TIES[tie]}，按独立性要求不能受理。请选择“不受理”并写明原因。", reason=tie)
    verifier, reviewer = await _people(ctx, row, verifier_id, reviewer_id)
    await _name(ctx, row, verifier, reviewer)
    await ctx.db.run("update third_case set accepted_at = $3 where tenant_id = $1 and id = $2", row["tenant_id"], row["id"], ctx.now)
    await _declare(ctx, row, "body", row["agency_name"])
    reason = f"核查员 {verifier.name}，复核人 {reviewer.name}"
    await move(ctx, row, "accept", version=version or row["version"], reason=reason, by_name=await tenants.own_name(ctx), tell=("firm", "agency"))
    return await get_agency_case(ctx, case_id)


async def _people(ctx: Acting, row: Row, verifier_id: UUID, reviewer_id: UUID) -> tuple[tenants.AgencyWorker, tenants.AgencyWorker]:
    """Both persons, each with his role, two different ones, without ties to the firm. Raises Invalid."""
    faults, found = [], {}
    wanted = (("verifier_id", verifier_id, "verifier", "核查员"), ("reviewer_id", reviewer_id, "agency_reviewer", "复核人"))
    for path, member, role, word in wanted:
        person = await tenants.agency_worker(ctx, member)
        if person is None:
            faults.append(FieldError(path, "UNKNOWN", f"本机构没有这位{word}，或已停用，请重新选择。"))
        elif role not in person.roles:
            faults.append(FieldError(path, "ROLE", f"{person.name}没有{word}角色，请换一位，或先在人员中授予角色。"))
        elif (tie := await tenants.tie_of_person(ctx, row["tenant_id"], person.person_id)) is not None:
            text = f"{person.name}{tenants.TIES[tie]}，不能办理这个案件，请换一位。"
            faults.append(FieldError(path, "CONFLICT_OF_INTEREST", text))
        else:
            found[path] = person
    if len(found) == 2 and found["verifier_id"].person_id == found["reviewer_id"].person_id:
        faults.append(FieldError("reviewer_id", "SAME_PERSON", "核查员和复核人不能是同一人，请换一位复核人。"))
    if faults:
        raise Invalid(faults)
    return found["verifier_id"], found["reviewer_id"]


async def _name(ctx: Acting, row: Row, verifier: tenants.AgencyWorker, reviewer: tenants.AgencyWorker) -> None:
    await ctx.db.run(
        "update third_case set verifier_id = $3, verifier_name = $4, reviewer_id = $5, reviewer_name = $6, updated_at = $7 where tenant_id = $1 and id = $2",
        row["tenant_id"], row["id"], verifier.person_id, verifier.name, reviewer.person_id, reviewer.name, ctx.now,
    )  # fmt: skip


async def _declare(ctx: Acting, row: Row, about: str, by_name: str) -> None:
    await ctx.db.run(
        "insert into case_declaration (tenant_id, party_id, id, case_id, about, by_name, text_sha256, at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        row["tenant_id"], row["party_id"], new_id(), row["id"], about, by_name, digest(DECLARATION), ctx.now,
    )  # fmt: skip


async def decline_case(ctx: Acting, case_id: UUID, *, reason: str, version: int | None = None) -> CaseDetail:
    """Do not take a case; the firm reads why and may choose another agency. Raises NotFound, Invalid, Conflict."""
    row = await _given(ctx, case_id, hold=True, alone=False)
    if row["state"] != "submitted":
        raise wrong_state(row, "不受理")
    words = said(reason, "reason", least=2, most=500)
    await move(ctx, row, "decline", version=version or row["version"], reason=words, by_name=await tenants.own_name(ctx))
    return case_of(ctx, row, await parts_of(ctx, row), None, halt="", allowed=[], open_points=[])


async def assign_case(ctx: Acting, case_id: UUID, *, verifier_id: UUID, reviewer_id: UUID) -> CaseDetail:
    """Other persons on the case; a conclusion that was written stays its writer's. Raises as :func:`accept_case`."""
    await _given(ctx, case_id, alone=False)
    row = await _held(ctx, case_id)
    if row["state"] not in ASSIGNABLE:
        raise wrong_state(row, "更换人员")
    verifier, reviewer = await _people(ctx, row, verifier_id, reviewer_id)
    if row["state"] == "concluded" and verifier.person_id != row["verifier_id"]:
        raise Conflict("CASE_STATE", "结论已由原核查员填写，现在只能更换复核人；需要换核查员的，请先由复核人退回。", state=row["state"])
    await _name(ctx, row, verifier, reviewer)
    reason = f"核查员 {verifier.name}，复核人 {reviewer.name}"
    await note_event(ctx, row, "assign", "agency", from_state=row["state"], reason=reason, by_name=await tenants.own_name(ctx), tell=("agency", "firm"))
    ctx.audit("case.assign", "case", case_id, detail={})
    row = await _held(ctx, case_id)
    return case_of(ctx, row, await parts_of(ctx, row), None, halt="", allowed=_allowed(ctx, row, "", []), open_points=[])


async def _held(ctx: Acting, case_id: UUID) -> Row:
    """The row, locked, whoever the administrator is tied to."""
    row = await _given(ctx, case_id, hold=True, alone=False)
    await _refuse_halted(ctx, row)
    return row


# --- working on it --------------------------------------------------------------------------------------------------------------


async def _work(ctx: Acting, case_id: UUID, word: str) -> Row:
    """The row, held, in the hands of its verifier. Raises Forbidden, Conflict CASE_STATE."""
    row = await _ready(ctx, case_id)
    _mine(ctx, row, "verifier")
    if not working(row):
        raise wrong_state(row, word)
    return row


async def judge_amount(ctx: Acting, case_id: UUID, key: str, *, verdict: str, value: Decimal | None = None, reason: str = "") -> CaseDetail:
    """The verdict on one figure: accepted as filed, corrected, or not accepted (RA9, LR4); a figure that is not accepted and counts in a
    sum takes a conservative value (R78). Raises NotFound, Invalid, Forbidden, Conflict."""
    row = await _work(ctx, case_id, "判定")
    outline = await outline_of(ctx, row)
    known = outline.figure(key)
    if known is None:
        raise Invalid([FieldError("key", "FIELD_REMOVED", "这一项不在企业最新提交的报告中，请刷新后重试。")], code="FIELD_REMOVED")
    section, figure = known
    if not figure.judge:
        raise Invalid([FieldError("key", "NOT_JUDGED", "这一项不需要判定；有疑问请提出问题。")])
    kept, words = check_verdict(figure, verdict, value, reason)
    await _put_verdict(ctx, row, section, figure, verdict, kept, words, await tenants.own_name(ctx))
    await recount(ctx, row)
    ctx.audit("case.judge", "case", case_id, detail={"key": key, "verdict": verdict})
    return await get_agency_case(ctx, case_id)


def check_verdict(figure: Figure, verdict: str, value: Decimal | None, reason: str) -> tuple[Decimal | None, str]:
    """The verified value and the reason of a verdict. Raises Invalid naming what is missing."""
    if verdict not in VERDICTS:
        raise Invalid([FieldError("verdict", "CHOICE", "请选择认可、更正或不认可。")])
    if verdict == "accepted":
        if value is not None and value != figure.value:
            raise Invalid([FieldError("value", "DIFFERS", "核查值与填报值不同，请选择“更正”并写明原因。")])
        return figure.value, ""
    words = " ".join(reason.split())
    faults = []
    if not 2 <= len(words) <= 500:
        faults.append(FieldError("reason", "REQUIRED", "核查值与填报值不同，请写明原因（2–500 字）。"))
    if value is not None and not (abs(value) < Decimal("1e15") and value == value.quantize(Decimal("1e-8"))):
        faults.append(FieldError("value", "RANGE", "核查值超出范围，最多 15 位整数、8 位小数。"))
    if verdict == "corrected" and value is None:
        faults.append(FieldError("value", "REQUIRED", "请填写更正后的核查值。"))
    if verdict == "corrected" and value is not None and value == figure.value:
        faults.append(FieldError("value", "SAME", "核查值与填报值相同，请选择“认可”。"))
    if verdict == "rejected":
        faults += _conservative(figure, value)
    if faults:
        raise Invalid(faults)
    return (Decimal(0) if verdict == "rejected" and value is None else value), words


def _conservative(figure: Figure, value: Decimal | None) -> list[FieldError]:
    """R78: a figure that cannot be accepted never lowers emissions and never raises what counts in the firm's favour."""
    if not figure.conservative or figure.value is None:
        return []
    if figure.conservative == "low" and (value is None or value <= figure.value):
        return []
    if value is None:
        return [FieldError("value", "REQUIRED", "不认可的数据须给出保守取值（不低于填报值），请填写并写明依据。")]
    if figure.conservative == "high" and value < figure.value:
        return [FieldError("value", "NOT_CONSERVATIVE", "保守取值不能低于填报值；有凭证证明更低的，请选择“更正”。")]
    if figure.conservative == "low" and value > figure.value:
        return [FieldError("value", "NOT_CONSERVATIVE", "保守取值不能高于填报值；有凭证证明更高的，请选择“更正”。")]
    return []


async def _put_verdict(ctx: Acting, row: Row, section: Section, figure: Figure, verdict: str, value: Decimal | None, reason: str, by_name: str) -> None:
    label = f"{figure.label} {figure.period}".strip()
    await ctx.db.run(
        queries.JUDGE, row["tenant_id"], row["party_id"], row["id"], figure.path, section.key, label, figure.unit, figure.value, verdict, value, reason,
        row["round"], by_name, ctx.now,
    )  # fmt: skip


async def accept_amounts(ctx: Acting, case_id: UUID, keys: list[str]) -> CaseDetail:
    """Accept several figures as filed at once, those that have no verdict yet. Raises as :func:`judge_amount`."""
    row = await _work(ctx, case_id, "判定")
    outline = await outline_of(ctx, row)
    known = {f.path: (s, f) for s, f in outline.to_judge}
    unknown = [n for n, key in enumerate(keys) if key not in known]
    if unknown:
        raise Invalid([FieldError(f"keys[{unknown[0]}]", "FIELD_REMOVED", "这一项不在企业最新提交的报告中，请刷新后重试。")], code="FIELD_REMOVED")
    by_name = await tenants.own_name(ctx)
    have = {a["key"] for a in await ctx.db.rows("select key from case_amount where tenant_id = $1 and case_id = $2", row["tenant_id"], row["id"])}
    for key in dict.fromkeys(keys):
        if key not in have:
            section, figure = known[key]
            await _put_verdict(ctx, row, section, figure, "accepted", figure.value, "", by_name)
    await recount(ctx, row)
    ctx.audit("case.judge", "case", case_id, detail={"accepted": len(keys)})
    return await get_agency_case(ctx, case_id)


async def raise_finding(ctx: Acting, case_id: UUID, *, section: str, path: str, text: str, severity: str) -> CaseDetail:
    """Put a question to a section or one of its figures (R76). Raises NotFound, Invalid (FIELD_REMOVED), Forbidden, Conflict."""
    row = await _work(ctx, case_id, "提出问题")
    outline = await outline_of(ctx, row)
    part, known = outline.section(section), outline.figure(path) if path else None
    faults = []
    if part is None:
        faults.append(FieldError("section", "UNKNOWN", "报告中没有这个章节，请刷新后重试。"))
    if path and known is None:
        faults.append(FieldError("path", "FIELD_REMOVED", "这个字段不在企业最新提交的报告中，请刷新后在现有字段上提出。"))
    elif path and known is not None and part is not None and known[0].key != part.key:
        faults.append(FieldError("path", "OTHER_SECTION", "这个字段不在所选章节中，请重新选择。"))
    if severity not in SEVERITIES:
        faults.append(FieldError("severity", "CHOICE", "请选择一般或重要。"))
    if faults:
        raise Invalid(faults, code="FIELD_REMOVED" if any(f.code == "FIELD_REMOVED" for f in faults) else "INVALID")
    assert part is not None
    words = said(text, "text", least=2)
    number = 1 + int(
        await ctx.db.value("select coalesce(max(number), 0) from case_finding where tenant_id = $1 and case_id = $2", row["tenant_id"], row["id"])
    )
    figure = known[1] if known else None
    label = f"{figure.label} {figure.period}".strip() if figure else part.title
    filed = "" if figure is None else figure.text if figure.value is None else format(figure.value.normalize(), "f")
    by_name, finding_id = await tenants.own_name(ctx), new_id()
    await ctx.db.run(
        "insert into case_finding (tenant_id, party_id, id, case_id, number, round, section, path, label, filed, unit, text, severity, raised_by, raised_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        row["tenant_id"], row["party_id"], finding_id, row["id"], number, row["round"], section, path, label, filed, figure.unit if figure else "", words,
        severity, by_name, ctx.now,
    )  # fmt: skip
    await ask_until(ctx, row, finding_id)
    await recount(ctx, row)
    await note_event(ctx, row, "finding", "agency", from_state=row["state"], reason=f"问题 {number} {label}", by_name=by_name)
    ctx.audit("case.finding", "case", case_id, detail={"number": number})
    return await get_agency_case(ctx, case_id)


async def close_finding(ctx: Acting, case_id: UUID, finding_id: UUID, *, accepted: bool, text: str = "") -> CaseDetail:
    """Accept the answer and close, or close as not rectified (R76). Raises NotFound, Invalid, Forbidden, Conflict."""
    row = await _work(ctx, case_id, "关闭问题")
    found = await _finding(ctx, row, finding_id)
    if found["state"].startswith("closed"):
        raise Conflict("FINDING_CLOSED", "这个问题已经关闭，请刷新。")
    if not accepted and found["state"] == "open" and (found["due_on"] is None or found["due_on"] >= ctx.today):
        raise Conflict("NOT_YET", f"企业的回复期限是 {found['due_on']}，期限之前不能按“未采纳”关闭。", due_on=str(found["due_on"]))
    words = said(text, "text", least=0 if accepted else 2)
    await _set_finding(ctx, row, finding_id, "closed_ok" if accepted else "closed_not_ok", words)
    await note_event(ctx, row, "close", "agency", from_state=row["state"], reason=f"问题 {found['number']}", by_name=await tenants.own_name(ctx))
    return await get_agency_case(ctx, case_id)


async def reopen_finding(ctx: Acting, case_id: UUID, finding_id: UUID, *, text: str) -> CaseDetail:
    """Ask again: the answer does not do, or it was closed too early. Raises NotFound, Invalid, Forbidden, Conflict."""
    row = await _work(ctx, case_id, "重新提出问题")
    found = await _finding(ctx, row, finding_id)
    if found["state"] == "open":
        raise Conflict("CASE_STATE", "这个问题还在等待企业回复，不需要重新提出。", state=row["state"])
    words = said(text, "text", least=2)
    await _set_finding(ctx, row, finding_id, "open", words)
    await note_event(ctx, row, "finding", "agency", from_state=row["state"], reason=f"问题 {found['number']}", by_name=await tenants.own_name(ctx))
    return await get_agency_case(ctx, case_id)


async def _set_finding(ctx: Acting, row: Row, finding_id: UUID, state: str, words: str) -> None:
    await ctx.db.run(
        "update case_finding set state = $3, closed_at = $4, version = version + 1 where tenant_id = $1 and id = $2",
        row["tenant_id"], finding_id, state, None if state == "open" else ctx.now,
    )  # fmt: skip
    if state == "open":
        await ask_until(ctx, row, finding_id)
    if words:
        await _message(ctx, row, finding_id, words)
    await recount(ctx, row)
    ctx.audit("case.finding", "case", row["id"], detail={"state": state})


async def _finding(ctx: Acting, row: Row, finding_id: UUID) -> Row:
    found = await ctx.db.row("select * from case_finding where tenant_id = $1 and case_id = $2 and id = $3", row["tenant_id"], row["id"], finding_id)
    if found is None:
        raise NotFound("没有这个问题，或您无权查看。")
    return found


async def _message(ctx: Acting, row: Row, finding_id: UUID | None, text: str) -> None:
    empty: list[Any] = []
    await ctx.db.run(
        queries.MESSAGE, row["tenant_id"], row["party_id"], new_id(), row["id"], finding_id, "agency", await tenants.own_name(ctx), text, empty, ctx.now
    )


async def write_note(ctx: Acting, case_id: UUID, text: str, *, internal: bool, finding_id: UUID | None = None) -> CaseDetail:
    """A note to colleagues (仅机构可见), or a word to the firm. Raises NotFound, Invalid, Conflict."""
    row = await _given(ctx, case_id)
    if row["state"] not in READABLE:
        raise wrong_state(row, "留言")
    if finding_id is not None:
        await _finding(ctx, row, finding_id)
    words = said(text, "text")
    if internal:
        await ctx.db.run(
            "insert into case_note (tenant_id, id, case_id, finding_id, by_name, text, at) values ($1, $2, $3, $4, $5, $6, $7)",
            ctx.tenant, new_id(), row["id"], finding_id, await tenants.own_name(ctx), words, ctx.now,
        )  # fmt: skip
    else:
        await _message(ctx, row, finding_id, words)
    return await get_agency_case(ctx, case_id)


async def return_case(ctx: Acting, case_id: UUID, *, version: int, reason: str = "") -> CaseDetail:
    """Give the case back with what is open; the firm's data open again until it hands over (R106, GN12). Raises Conflict NOTHING_OPEN."""
    row = await _work(ctx, case_id, "退回")
    if row["version"] != version:
        raise stale_case(row)
    if not row["waiting"]:
        raise Conflict("NOTHING_OPEN", "没有待企业回复的问题。请先在章节或字段上提出问题，再退回。")
    await ask_until(ctx, row, None)
    await move(ctx, row, "return", version=version, reason=" ".join(reason.split())[:500] or f"{row['waiting']} 个问题待回复", by_name=await tenants.own_name(ctx))
    return await get_agency_case(ctx, case_id)


async def recall_case(ctx: Acting, case_id: UUID, *, version: int) -> CaseDetail:
    """Take a return back and go on with the last hand-off; what is open stays open. Raises Forbidden, Conflict."""
    row = await _ready(ctx, case_id)
    _mine(ctx, row, "verifier")
    await move(ctx, row, "recall", version=version, by_name=await tenants.own_name(ctx))
    return await get_agency_case(ctx, case_id)


async def conclude_case(ctx: Acting, case_id: UUID, *, opinion: str, verdict: str, version: int) -> CaseDetail:
    """Write and sign the conclusion (L20: fresh proof); the reviewer countersigns. Raises Invalid, Forbidden, Conflict (NOT_READY with
    ``open_points``, CASE_STATE, STALE_VERSION)."""
    row = await _work(ctx, case_id, "填写结论")
    if row["version"] != version:
        raise stale_case(row)
    faults = []
    if verdict not in VERDICTS:
        faults.append(FieldError("verdict", "CHOICE", "请选择认可、更正后认可或不认可。"))
    if faults:
        raise Invalid(faults)
    words = said(opinion, "opinion", least=10, most=4000)
    parts, outline = await parts_of(ctx, row), await outline_of(ctx, row)
    points = _open_points(row, parts, outline)
    if points:
        raise Conflict("NOT_READY", f"还不能下结论：{points[0]}。", open_points=points)
    if verdict == "accepted" and any(a["verdict"] != "accepted" for a in parts["amounts"]):
        raise Invalid([FieldError("verdict", "DIFFERS", "有核查值与填报值不同，结论应为“更正后认可”或“不认可”。")])
    await ctx.db.run(
        "update third_case set verdict = $3, opinion = $4, concluded_at = $5 where tenant_id = $1 and id = $2", row["tenant_id"], row["id"], verdict, words, ctx.now
    )
    by_name = await tenants.own_name(ctx)
    await _declare(ctx, row, "verifier", by_name)
    await move(ctx, row, "conclude", version=version, reason=VERDICTS[verdict], by_name=by_name, tell=("agency",))
    return await get_agency_case(ctx, case_id)


async def sign_case(ctx: Acting, case_id: UUID, *, version: int) -> CaseDetail:
    """Countersign (L20: fresh proof), by the case's reviewer, never who concluded; the paper is made after the commit.

    A grade whose conclusion is 不认可 cannot be rated: it is refused. Raises Forbidden, Conflict.
    """
    row = await _sign(ctx, case_id, "复核签字")
    if row["version"] != version:
        raise stale_case(row)
    by_name = await tenants.own_name(ctx)
    await _declare(ctx, row, "reviewer", by_name)
    if row["kind"] == "grade" and row["verdict"] == "rejected":
        await move(ctx, row, "refuse", version=version, reason="核查结论为不认可", by_name=by_name)
        return await get_agency_case(ctx, case_id)
    await ctx.db.run("update third_case set signed_at = $3 where tenant_id = $1 and id = $2", row["tenant_id"], row["id"], ctx.now)
    await move(ctx, row, "sign", version=version, by_name=by_name, tell=())
    await ctx.db.run("select case_job($1, $2, 'firm', 'cases.issue', $2, $3, $4, $5)", row["tenant_id"], row["id"], version, ctx.now, ctx.request_id)
    return await get_agency_case(ctx, case_id)


async def refuse_case(ctx: Acting, case_id: UUID, *, reason: str, version: int | None = None) -> CaseDetail:
    """The reviewer does not sign: the audit goes back to the auditor, the grade is refused (LR5). Raises Invalid, Forbidden, Conflict."""
    row = await _sign(ctx, case_id, "复核不通过")
    words = said(reason, "reason", least=2, most=500)
    tell = ("agency",) if row["kind"] == "reduction" else ("firm", "agency")
    await move(ctx, row, "refuse", version=version or row["version"], reason=words, by_name=await tenants.own_name(ctx), tell=tell)
    return await get_agency_case(ctx, case_id)


async def _sign(ctx: Acting, case_id: UUID, word: str) -> Row:
    row = await _ready(ctx, case_id)
    _mine(ctx, row, "reviewer")
    if row["state"] != "concluded":
        raise wrong_state(row, word)
    return row


async def read_case_file(ctx: Acting, case_id: UUID, file_id: UUID) -> StoredFile:
    """Evidence of the snapshot or a file handed in with an answer, while the case is open; each reading is logged (R108).

    Raises NotFound, Forbidden (CASE_CLOSED, CONFLICT_OF_INTEREST).
    """
    row = await open_case(ctx, case_id)
    known = await ctx.db.value("select true from case_file where tenant_id = $1 and case_id = $2 and id = $3", row["tenant_id"], row["id"], file_id)
    if not known and str(file_id) not in {p.id for p in (await outline_of(ctx, row)).proofs}:
        raise NotFound("没有这个文件，或您无权查看。")
    ctx.audit("case.evidence", "case", case_id, detail={"file": str(file_id)})
    async with tenants.reading(ctx, row["tenant_id"], "case_evidence") as reader:
        return await open_file(reader, file_id)


async def open_case(ctx: Acting, case_id: UUID) -> Row:
    """The row of a case whose figures and papers the reader may see now. Raises NotFound, Forbidden CASE_CLOSED."""
    row = await _given(ctx, case_id)
    if not readable(row):
        raise Forbidden("CASE_CLOSED", "案件已结束，不再能查看企业的资料；意见、核查值和经过仍可查看。")
    return row


async def people_for(ctx: Acting, case_id: UUID | None = None) -> tenants.AgencyPeople:
    """People of the agency; with a case, who may not work on it and why. Raises NotFound."""
    row = await _given(ctx, case_id, alone=False) if case_id is not None else None
    return await tenants.agency_people(ctx, row["tenant_id"] if row else None)

