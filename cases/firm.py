"""The firm's side of a case: hand over, follow, answer findings, hand over again, withdraw (R106, R76, LR5)."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

import tenants
from cases import queries
from cases.desk import (
    Row,
    case_of,
    difference,
    files_of,
    first_deadlines,
    freeze_outline,
    halted,
    in_place,
    line_of,
    move,
    note_event,
    outline_of,
    parts_of,
    recount,
    said,
    stale_case,
    thaw_outline,
    wrong_state,
)
from cases.states import CHOICES, KINDS, OPEN, WORK
from cases.subjects import CaseProof, Outline, subjects
from cases.texts import consent_text
from cases.views import Allowed, CaseDetail, CaseList
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.files import StoredFile, open_file, save_file
from core.ids import new_id

SAME_HOUSE = timedelta(days=3 * 366)


async def submit_case(ctx: Acting, *, kind: str, year: int, agency_id: UUID, consent_text_sha256: str) -> CaseDetail:
    """Hand the year's report over to an agency (L20: the route asks for a fresh proof). The snapshot is frozen, the year locked.

    Raises Invalid (CONSENT_TEXT), NotFound, Conflict (CASE_OPEN, AGENCY_NOT_AVAILABLE, CONFLICT_OF_INTEREST, and what the report
    lacks).
    """
    if consent_text_sha256 != consent_text(kind).sha256:
        text = "同意书内容已更新，请重新阅读后再提交。"
        raise Invalid([FieldError("consent_text_sha256", "CONSENT_TEXT", text)], code="CONSENT_TEXT")
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"case {ctx.tenant} {kind} {year}")
    await _refuse_second(ctx, kind, year)
    name = await _agency_or_refuse(ctx, kind, agency_id)
    outline = await subjects[kind].prepare(ctx, year)
    case_id = new_id()
    frozen = await freeze_outline(ctx, case_id, outline)
    profile = await tenants.profile_facts(ctx)
    by_name = await tenants.own_name(ctx)
    days = await first_deadlines(ctx)
    running = int(await ctx.db.value("select case_number_next()"))
    number = f"{'HC' if kind == 'grade' else 'SH'}-{ctx.today.year}-{running:06d}"
    await ctx.db.run(
        queries.INSERT, ctx.tenant, agency_id, case_id, number, kind, year, profile.name, tenants.mask_uscc(profile.uscc) if profile.uscc else "",
        "".join(p.name for p in profile.regions), profile.industry_name or "", name, consent_text_sha256, ctx.person_id, by_name, ctx.now, days.due,
        days.remind, days.release, days.provisional, len(outline.to_judge), UUID(outline.report_id), outline.report_number, days.half, days.eve,
    )  # fmt: skip
    row = await _own(ctx, case_id)
    await _put_round(ctx, row, outline, frozen.id, frozen.sha256, [], by_name)
    await ctx.db.run("select case_hold($1, $2, true, $3)", ctx.tenant, case_id, ctx.now)
    # an agent's hand-over is told to the firm's own people too (18.3: legal is told)
    await note_event(ctx, row, "submit", "firm", from_state=None, by_name=by_name, tell=("agency", "firm") if "agent" in ctx.roles else ("agency",))
    ctx.audit("case.submit", "case", case_id, detail={"kind": kind, "year": year, "agency": str(agency_id), "consent": consent_text_sha256[:16]})
    return await get_case(ctx, case_id)


async def _refuse_second(ctx: Acting, kind: str, year: int) -> None:
    held = await ctx.db.row(
        "select id, state, agency_name from third_case where tenant_id = $1 and kind = $2 and year = $3 and state = any ($4)", ctx.tenant, kind, year, list(OPEN)
    )
    if held is not None:
        text = f"{year} 年的{KINDS[kind]}已在{held['agency_name']}办理，不能再提交一份。请先等待结果或撤回。"
        raise Conflict("CASE_OPEN", text, case_id=str(held["id"]), state=held["state"])


async def _agency_or_refuse(ctx: Acting, kind: str, agency_id: UUID) -> str:
    """The agency's name. Raises NotFound, Conflict when it may not take this case (R71, R101)."""
    word = await tenants.standing(ctx, agency_id, kind)
    if word == "gone":
        raise NotFound("没有这家机构，或它不在平台的机构名单内。")
    if word != "ok":
        raise Conflict("AGENCY_NOT_AVAILABLE", f"{tenants.STANDINGS[word]}，不能受理新的案件。请另选一家机构。", reason=word)
    tie = await tenants.tie_of_agency(ctx, ctx.tenant, agency_id)
    if tie is not None:
        raise Conflict("CONFLICT_OF_INTEREST", f"{tenants.TIES[tie]}，按独立性要求不能办理本企业的案件。请另选一家机构。", reason=tie)
    other = await ctx.db.value(
        "select kind from third_case where tenant_id = $1 and party_id = $2 and kind <> $3 and state not in ('declined', 'withdrawn') and submitted_at > $4 limit 1",
        ctx.tenant, agency_id, kind, ctx.now - SAME_HOUSE,
    )  # fmt: skip
    if other is not None:
        text = f"该机构三年内办理过本企业的{KINDS[other]}，同一机构不能又审核又核查。请另选一家机构。"
        raise Conflict("CONFLICT_OF_INTEREST", text, reason="other_kind_within_three_years")
    return await tenants.agency_name(ctx, agency_id)


async def _put_round(ctx: Acting, row: Row, outline: Outline, snapshot: UUID, sha: str, changes: list[object], by_name: str) -> None:
    await ctx.db.run(
        queries.ROUND, row["tenant_id"], row["party_id"], new_id(), row["id"], row["round"], snapshot, sha, UUID(outline.report_id), outline.report_number,
        outline.report_sha256, msgspec.to_builtins(changes), by_name, ctx.now,
    )  # fmt: skip


async def list_cases(ctx: Acting, *, kind: str = "", state: str = "", year: int | None = None, page: int = 1, page_size: int = 20) -> CaseList:
    """The firm's cases, newest first; two statements. ``state``: one, or ``open``."""
    found = (ctx.tenant, ctx.today, kind, state, year)
    rows = await ctx.db.rows(queries.FIRM_PAGE, *found, page_size, (page - 1) * page_size)
    return CaseList([line_of(ctx, row) for row in rows], int(await ctx.db.value(queries.FIRM_COUNT, *found)), page, page_size)


async def get_case(ctx: Acting, case_id: UUID) -> CaseDetail:
    """One case of the firm. Raises NotFound."""
    row = await _own(ctx, case_id)
    parts, halt = await parts_of(ctx, row), await halted(ctx, row) if row["state"] in OPEN else ""
    parts["notes"] = []  # the agency's own
    outline = await outline_of(ctx, row)
    before = None
    if row["round"] > 1:
        earlier = next(r for r in parts["rounds"] if r["round"] == row["round"] - 1)
        before = await thaw_outline(ctx, row, UUID(earlier["snapshot_id"]))
    open_points = _open_points(parts) if row["state"] == "returned" else []
    return case_of(ctx, row, parts, outline, halt=halt, allowed=_allowed(ctx, row, halt, open_points), open_points=open_points, before=before)


def _open_points(parts: Row) -> list[str]:
    return [f"问题 {f['number']}“{f['label']}”还没有回复" for f in parts["findings"] if f["state"] in ("open", "unanswered") and not f["removed"]]


def _allowed(ctx: Acting, row: Row, halt: str, open_points: list[str]) -> list[Allowed]:
    if "case.submit" not in ctx.permissions:
        return []
    found = []
    if row["state"] == "returned":
        found.append(Allowed("resubmit", "重新提交", "；".join(open_points[:3])))
    if any_answerable(row):
        found.append(Allowed("answer", "回复问题"))
    if row["state"] in OPEN and row["state"] != "audited":
        found.append(Allowed("message", "留言"))
        blocked = _why_not_withdraw(ctx, row, halt)
        found.append(Allowed("withdraw", "撤回案件", blocked))
    return found


def any_answerable(row: Row) -> bool:
    """May findings be answered in this state?"""
    return row["state"] in (*WORK.values(), "returned") and row["waiting"] >= 0 and row["findings"] > 0


async def _own(ctx: Acting, case_id: UUID, *, hold: bool = False) -> Row:
    """A case of the acting firm; ``hold`` locks its row for what follows. Raises NotFound."""
    if hold:
        await ctx.db.run("select 1 from third_case where tenant_id = $1 and id = $2 for no key update", ctx.tenant, case_id)
    row = await ctx.db.row(queries.OF_FIRM, ctx.tenant, case_id, ctx.today)
    if row is None:
        raise NotFound("没有这个案件，或您无权查看。")
    return row


def _why_not_withdraw(ctx: Acting, row: Row, halt: str) -> str:
    """Empty when the firm may withdraw: before acceptance, after 15 working days, or when the agency may not work (R106)."""
    if row["state"] == "submitted" or halt:
        return ""
    if row["withdraw_on"] is not None and row["withdraw_on"] < ctx.today:
        return ""
    if row["withdraw_on"] is None:
        return "机构已受理并退回，请回复问题后重新提交；机构不再符合条件时才能撤回"
    return f"机构已受理，{row['withdraw_on']} 之后仍未办理时可以撤回"


async def withdraw_case(ctx: Acting, case_id: UUID, *, version: int, reason: str = "") -> CaseDetail:
    """Take the case back. Raises NotFound, Conflict (CASE_STATE, STALE_VERSION, NOT_YET)."""
    row = await _own(ctx, case_id, hold=True)
    if row["state"] not in OPEN or row["state"] == "audited":
        raise wrong_state(row, "撤回")
    blocked = _why_not_withdraw(ctx, row, await halted(ctx, row))
    if blocked:
        raise Conflict("NOT_YET", f"现在还不能撤回：{blocked}。", state=row["state"], withdraw_on=str(row["withdraw_on"] or ""))
    await move(ctx, row, "withdraw", version=version, reason=" ".join(reason.split())[:500], by_name=await tenants.own_name(ctx))
    return await get_case(ctx, case_id)


async def answer_finding(
    ctx: Acting, case_id: UUID, finding_id: UUID, *, choice: str, text: str, value: Decimal | None = None, files: list[UUID] | None = None
) -> CaseDetail:
    """Answer a finding: the data will be corrected, here is evidence, or this is why (S16). A correction is open only while returned.

    Raises NotFound, Invalid, Conflict (CASE_STATE, FINDING_CLOSED, FIELD_REMOVED).
    """
    row = await _own(ctx, case_id, hold=True)
    found = await _finding(ctx, row, finding_id)
    if not any_answerable(row):
        raise wrong_state(row, "回复问题")
    if found["state"].startswith("closed"):
        raise Conflict("FINDING_CLOSED", "这个问题已由机构关闭，不需要再回复；要补充说明请在案件中留言。")
    faults = []
    if choice not in CHOICES:
        faults.append(FieldError("choice", "CHOICE", "请选择一种回复：更正数据、补充凭证或说明理由。"))
    if choice == "correct" and row["state"] != "returned":
        raise Conflict("CASE_STATE", "数据在机构手中，暂时锁定；机构退回后才能更正，现在可以补充凭证或说明理由。", state=row["state"])
    if choice == "correct" and found["removed"]:
        raise Conflict("FIELD_REMOVED", "这个问题所指的字段已不在最新提交中，请选择“说明理由”。")
    if choice == "evidence" and not files:
        faults.append(FieldError("files", "REQUIRED", "请先上传凭证，再回复。"))
    if faults:
        raise Invalid(faults)
    words = said(text, "text", least=0 if choice == "correct" else 2)
    proofs = await files_for(ctx, row, files or [])
    await ctx.db.run(
        "update case_finding set state = 'answered', choice = $3, value = $4, answered_at = $5, version = version + 1 where tenant_id = $1 and id = $2",
        ctx.tenant, finding_id, choice, value if choice == "correct" else None, ctx.now,
    )  # fmt: skip
    await put_message(ctx, row, finding_id, "firm", words or CHOICES[choice], proofs)
    await recount(ctx, row)
    await note_event(ctx, row, "answer", "firm", from_state=row["state"], reason=f"问题 {found['number']}", by_name=await tenants.own_name(ctx))
    ctx.audit("case.answer", "case", case_id, detail={"finding": found["number"], "choice": choice})
    return await get_case(ctx, case_id)


async def correct_finding(ctx: Acting, case_id: UUID, finding_id: UUID, *, value: Decimal, text: str, files: list[UUID] | None = None) -> CaseDetail:
    """Put the figure of a finding right and answer it in one go: the firm's data change by their own verb with the reason, the version
    before stays, the answer promises the same value (:func:`resubmit_case` checks it). Only while returned.

    Raises NotFound, Invalid (``value``, ``text``, ``files``), Forbidden, Conflict (CASE_STATE, FINDING_CLOSED, FIELD_REMOVED, NOT_IN_PLACE and
    what filing refuses).
    """
    row = await _own(ctx, case_id, hold=True)
    found = await _finding(ctx, row, finding_id)
    if row["state"] != "returned":
        raise Conflict("CASE_STATE", "数据在机构手中，暂时锁定；机构退回后才能更正，现在可以补充凭证或说明理由。", state=row["state"])
    if found["state"].startswith("closed"):
        raise Conflict("FINDING_CLOSED", "这个问题已由机构关闭，不需要再回复；要补充说明请在案件中留言。")
    known = (await outline_of(ctx, row)).figure(found["path"]) if found["path"] and not found["removed"] else None
    if known is None:
        raise Conflict("FIELD_REMOVED", "这个问题所指的字段已不在最新提交中，请选择“说明理由”。")
    if not in_place(ctx, row, known[1]):
        raise Conflict("NOT_IN_PLACE", "这一项由多处数据得出，不能在这里更正。请到填报页面改正，再回复这个问题。", link=known[1].link)
    words = said(text, "text", least=2, most=500)
    proofs = [(p.name, (await open_file(ctx, UUID(p.id))).data) for p in await files_for(ctx, row, files or [])]
    await subjects[row["kind"]].correct(ctx, row["year"], known[1], value, words, proofs)
    return await answer_finding(ctx, case_id, finding_id, choice="correct", text=words, value=value, files=files)


async def _finding(ctx: Acting, row: Row, finding_id: UUID) -> Row:
    found = await ctx.db.row("select * from case_finding where tenant_id = $1 and case_id = $2 and id = $3", row["tenant_id"], row["id"], finding_id)
    if found is None:
        raise NotFound("没有这个问题，或您无权查看。")
    return found


async def files_for(ctx: Acting, row: Row, ids: list[UUID]) -> list[CaseProof]:
    """At most nine files of this case."""
    if len(ids) > 9:
        raise Invalid([FieldError("files", "TOO_MANY_FILES", "一次最多附 9 个文件。")])
    return await files_of(ctx, row, ids)


async def put_message(ctx: Acting, row: Row, finding_id: UUID | None, side: str, text: str, files: list[CaseProof]) -> None:
    """Add a word to the thread."""
    await ctx.db.run(
        queries.MESSAGE, row["tenant_id"], row["party_id"], new_id(), row["id"], finding_id, side, await tenants.own_name(ctx), text, msgspec.to_builtins(files), ctx.now
    )


async def hand_in_file(ctx: Acting, case_id: UUID, file_name: str, data: bytes) -> CaseProof:
    """A file for an answer (pdf, jpg, png, 10 MB); the agency of the case may read it. Raises NotFound, Invalid, Conflict."""
    row = await _own(ctx, case_id)
    if row["state"] not in OPEN:
        raise wrong_state(row, "上传文件")
    ref = await save_file(ctx, file_name, data, "evidence")
    await ctx.db.run(
        "insert into case_file (tenant_id, party_id, id, case_id, name, content_type, size, by_name, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row["tenant_id"], row["party_id"], ref.id, row["id"], ref.name, ref.content_type, ref.size, await tenants.own_name(ctx), ctx.now,
    )  # fmt: skip
    ctx.audit("case.file", "case", case_id, detail={"file": str(ref.id)})
    return CaseProof(id=str(ref.id), name=ref.name, content_type=ref.content_type, size=ref.size)


async def read_file(ctx: Acting, case_id: UUID, file_id: UUID) -> StoredFile:
    """A file of an answer, for the firm itself. Raises NotFound."""
    row = await _own(ctx, case_id)
    if not await ctx.db.value("select true from case_file where tenant_id = $1 and case_id = $2 and id = $3", ctx.tenant, row["id"], file_id):
        raise NotFound("没有这个文件，或您无权查看。")
    return await open_file(ctx, file_id)


async def say(ctx: Acting, case_id: UUID, text: str, *, finding_id: UUID | None = None, files: list[UUID] | None = None) -> CaseDetail:
    """A word to the agency. Raises NotFound, Invalid, Conflict."""
    row = await _own(ctx, case_id)
    if row["state"] not in OPEN:
        raise wrong_state(row, "留言")
    if finding_id is not None:
        await _finding(ctx, row, finding_id)
    await put_message(ctx, row, finding_id, "firm", said(text, "text"), await files_for(ctx, row, files or []))
    return await get_case(ctx, case_id)


async def resubmit_case(ctx: Acting, case_id: UUID, *, version: int) -> CaseDetail:
    """Hand over again after a return: every finding answered, corrections made; a new snapshot, its difference kept (R106).

    Verdicts on figures that changed fall away. Raises NotFound, Conflict (CASE_STATE, STALE_VERSION, FINDINGS_OPEN, NOT_CORRECTED,
    AGENCY_NOT_AVAILABLE).
    """
    row = await _own(ctx, case_id, hold=True)
    if row["state"] != "returned":
        raise wrong_state(row, "重新提交")
    if row["version"] != version:
        raise stale_case(row)
    word = await halted(ctx, row)
    if word:
        raise Conflict("AGENCY_NOT_AVAILABLE", f"{tenants.STANDINGS[word]}，暂时不能重新提交。可以撤回案件后另选机构，已填内容都在。", reason=word)
    findings = await ctx.db.rows("select * from case_finding where tenant_id = $1 and case_id = $2 order by number", ctx.tenant, case_id)
    silent = [f for f in findings if f["state"] in ("open", "unanswered") and not f["removed"]]
    if silent:
        text = f"还有 {len(silent)} 个问题没有回复（问题 {silent[0]['number']}“{silent[0]['label']}”），逐个回复后再提交。"
        raise Conflict("FINDINGS_OPEN", text, findings=[f["number"] for f in silent])
    before = await outline_of(ctx, row)
    outline = await subjects[row["kind"]].prepare(ctx, row["year"])
    _check_corrections(findings, outline)
    frozen = await freeze_outline(ctx, case_id, outline)
    by_name = await tenants.own_name(ctx)
    changes = difference(before, outline)
    row = replace_round(row, row["round"] + 1)
    await _put_round(ctx, row, outline, frozen.id, frozen.sha256, list(changes), by_name)
    await ctx.db.run(
        "update third_case set round = $3, to_judge = $4, report_id = $5, report_number = $6 where tenant_id = $1 and id = $2",
        ctx.tenant, case_id, row["round"], len(outline.to_judge), UUID(outline.report_id), outline.report_number,
    )  # fmt: skip
    judged = {f.path: f.value for _, f in outline.to_judge}
    amounts = await ctx.db.rows("select key, filed from case_amount where tenant_id = $1 and case_id = $2", ctx.tenant, case_id)
    moved = [a["key"] for a in amounts if a["key"] not in judged or judged[a["key"]] != a["filed"]]
    await ctx.db.run("delete from case_amount where tenant_id = $1 and case_id = $2 and key = any ($3)", ctx.tenant, case_id, moved)
    known = [f.path for s in outline.sections for f in s.figures]
    await ctx.db.run(
        "update case_finding set removed = path <> '' and not (path = any ($3)) where tenant_id = $1 and case_id = $2", ctx.tenant, case_id, known
    )
    await recount(ctx, row)
    await move(ctx, row, "resubmit", version=version, by_name=by_name, reason=f"第 {row['round']} 次提交，{len(changes)} 处变化")
    return await get_case(ctx, case_id)


def replace_round(row: Row, number: int) -> Row:
    """The row with another hand-off in force."""
    return {**row, "round": number}


def _check_corrections(findings: list[Row], outline: Outline) -> None:
    """What was promised to be corrected is corrected in what is handed over. Raises Conflict NOT_CORRECTED."""
    for finding in findings:
        if finding["choice"] != "correct" or finding["state"] != "answered" or finding["value"] is None or finding["removed"]:
            continue
        known = outline.figure(finding["path"])
        if known is not None and known[1].value is not None and known[1].value != finding["value"]:
            text = (
                f"问题 {finding['number']}“{finding['label']}”答复更正为 {finding['value'].normalize():f}，数据中仍是 {known[1].value.normalize():f}。"
                "请先改正数据，或修改这条回复。"
            )
            raise Conflict("NOT_CORRECTED", text, finding=finding["number"], link=known[1].link)

