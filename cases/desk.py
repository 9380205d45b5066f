"""What firm and agency share: moving a case, its deadlines, its outline, the case as it is shown (ST1, R83, R108)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

import documents
import tenants
from carbon import divide, line, percent, plain, product, quantise
from cases import queries
from cases.states import (
    CHOICES,
    ENDED,
    EVENT_WORDS,
    FINDING_WORDS,
    HELD,
    KINDS,
    MOVES,
    READABLE,
    SEVERITIES,
    VERDICTS,
    WORK,
    state_word,
    whose_turn,
)
from cases.subjects import CaseProof, Figure, Outline, subjects
from cases.views import (
    Allowed,
    AmountView,
    CaseDetail,
    CaseLine,
    Change,
    Deadlines,
    DeclarationView,
    EventView,
    FigureView,
    FindingView,
    MessageView,
    ReportRef,
    RoundView,
    SectionView,
)
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from core.ids import new_id
from core.jobs import wake

Row = dict[str, Any]
HUNDRED = Decimal(100)
#: Working days (R76, R77, R106): the agency's answer, the firm's answer, the conclusion after it; reminder and right to withdraw.
ANSWER_DAYS, CONCLUDE_DAYS, REMIND_DAYS, WITHDRAW_DAYS = 5, 5, 10, 15
#: Events after which the agency's turn is shorter than an answer to a new case.
SHORT = {"resubmit": CONCLUDE_DAYS, "conclude": CONCLUDE_DAYS}
OUTLINE = "case_outline"


# --- moving ---------------------------------------------------------------------------------------------------------------------


async def move(
    ctx: Acting, row: Row, event: str, *, version: int, reason: str = "", by_name: str = "", tell: tuple[str, ...] | None = None
) -> str:
    """Make one move of the machine: one conditional update on (id, state, version), its event, the lock of the year, word to the other side.

    Returns the new state. Raises Conflict ``CASE_STATE`` (with the current state) or
    ``STALE_VERSION``.
    """
    rule, source = MOVES[event], row["state"]
    check_state(row, event)
    if version != row["version"]:
        raise stale_case(row)
    target = rule.target[row["kind"]]
    turn = whose_turn(row["kind"], target)
    days = await deadlines_from(ctx, ctx.today, turn, SHORT.get(event))
    done = await ctx.db.run(
        queries.MOVE, row["tenant_id"], row["id"], source, version, target, turn, days.due, days.remind, days.release, days.provisional,
        reason if target in ("declined", "withdrawn", "refused", "returned") else row["reason"], ctx.now, target in ENDED, days.half, days.eve,
    )  # fmt: skip
    if not done:
        now = await ctx.db.row("select state, version, kind from third_case where tenant_id = $1 and id = $2", row["tenant_id"], row["id"])
        raise stale_case(now or row)
    row.update(state=target, version=version + 1, turn=turn)
    await _hold(ctx, row)
    await note_event(ctx, row, event, rule.side, from_state=source, reason=reason, by_name=by_name, tell=tell)
    ctx.audit(f"case.{event}", "case", row["id"], detail={"to": target, "reason": reason[:200]})
    return target


def check_state(row: Row, event: str) -> None:
    """Raises Conflict ``CASE_STATE`` when the event does not fit the state."""
    if row["state"] not in MOVES[event].sources:
        raise wrong_state(row, EVENT_WORDS[event])


def wrong_state(row: Mapping[str, Any], word: str) -> Conflict:
    """409 with the current state."""
    return Conflict(
        "CASE_STATE",
        f"案件现在是“{state_word(row['state'])}”，不能{word}。请刷新后按当前状态办理。",
        state=row["state"],
        current_version=row["version"],
    )


def stale_case(row: Mapping[str, Any]) -> Conflict:
    """409 of a lost race (ST1)."""
    return Conflict(
        "STALE_VERSION",
        f"案件刚被他人办理，现在是“{state_word(row['state'])}”。请刷新后再办理，您刚才的填写没有保存。",
        state=row["state"],
        current_version=row["version"],
    )


@dataclass(frozen=True, slots=True)
class Days:
    """Days of one turn (R83). ``due`` is the last one; ``half`` and ``eve``: of its reminders; ``remind`` and ``release``: the last days
    before the word to a silent agency and before the firm may withdraw (R106); ``provisional``: one lies in a year without a calendar."""

    due: date | None = None
    half: date | None = None
    eve: date | None = None
    remind: date | None = None
    release: date | None = None
    provisional: bool = False


async def deadlines_from(ctx: Acting, start: date, turn: str, after: int | None) -> Days:
    """The days of a turn that began on ``start``; ``after``: its length where it is not an answer to a new case. One statement."""
    if turn not in ("firm", "agency"):
        return Days()
    length = after or (ANSWER_DAYS if turn == "firm" else REMIND_DAYS)
    more = (REMIND_DAYS, WITHDRAW_DAYS) if turn == "agency" else ()
    rows = await ctx.db.rows(queries.DAYS, start, [length, half_of(length), length - 1, *more])
    due, half, eve, *others = [row["due"] for row in rows]
    remind, release = others or (None, None)
    return Days(due, half, eve, remind, release, any(row["provisional"] for row in rows))


def half_of(length: int) -> int:
    """The working day on which half of a deadline is used: the third of five, the fifth of ten."""
    return (length + 1) // 2


async def first_deadlines(ctx: Acting) -> Days:
    """Those of a case just handed over."""
    return await deadlines_from(ctx, ctx.today, "agency", None)


async def ask_until(ctx: Acting, row: Row, finding_id: UUID | None) -> None:
    """Give the firm its five working days, from today, for one question or (None) for every open one of the case (R76)."""
    days = await deadlines_from(ctx, ctx.today, "firm", None)
    await ctx.db.run(
        queries.ASK, row["tenant_id"], row["id"], finding_id, ctx.today, days.due, days.half, days.eve, days.provisional
    )


async def _hold(ctx: Acting, row: Row) -> None:
    """Lock the firm's year while the case is with the agency, free it otherwise (GN12)."""
    await ctx.db.run("select case_hold($1, $2, $3, $4)", row["tenant_id"], row["id"], row["state"] in HELD, ctx.now)


async def note_event(
    ctx: Acting, row: Row, event: str, side: str, *, from_state: str | None, reason: str = "", by_name: str = "", tell: tuple[str, ...] | None = None
) -> None:
    """Write a line of the history and have the other side (or ``tell``: sides) told after the commit."""
    event_id = new_id()
    await ctx.db.run(
        queries.EVENT, row["tenant_id"], row["party_id"], event_id, row["id"], event, from_state, row["state"], side, by_name, reason[:1000], row["round"], ctx.now
    )
    for other in tell if tell is not None else {"firm": ("agency",), "agency": ("firm",), "system": ("firm", "agency")}[side]:
        await ctx.db.run("select case_job($1, $2, $3, 'cases.told', $4, 1, $5, $6)", row["tenant_id"], row["id"], other, event_id, ctx.now, ctx.request_id)
    ctx.after_commit(wake)


async def recount(ctx: Acting, row: Row) -> None:
    """Bring the figures of the link row to what its findings and verdicts are now."""
    await ctx.db.run(queries.COUNTS, row["tenant_id"], row["id"], ctx.now)


async def halted(ctx: Acting, row: Row) -> str:
    """Why the agency may not work today, or empty (FD15)."""
    word = await tenants.standing(ctx, row["party_id"], row["kind"])
    return "" if word == "ok" else word


# --- outline --------------------------------------------------------------------------------------------------------------------


async def freeze_outline(ctx: Acting, case_id: UUID, outline: Outline) -> documents.Snapshot:
    """Keep what is handed over, under the firm."""
    return await documents.freeze(ctx, OUTLINE, case_id, outline)


async def current_round(ctx: Acting, row: Row) -> Row:
    """The hand-off that is in force."""
    found = await ctx.db.row("select * from case_round where tenant_id = $1 and case_id = $2 and round = $3", row["tenant_id"], row["id"], row["round"])
    assert found is not None
    return found


async def thaw_outline(ctx: Acting, row: Row, snapshot_id: UUID) -> Outline:
    """The outline of a hand-off: the firm's own, or read by the agency through the one door (logged)."""
    if ctx.tenant == row["tenant_id"]:
        return _outline(await documents.thaw(ctx, snapshot_id))
    async with tenants.reading(ctx, row["tenant_id"], "third_party_case") as reader:
        return _outline(await documents.thaw(reader, snapshot_id))


def _outline(kept: documents.Snapshot) -> Outline:
    return msgspec.json.decode(kept.body, type=Outline)


async def outline_of(ctx: Acting, row: Row) -> Outline:
    """The outline in force."""
    return await thaw_outline(ctx, row, (await current_round(ctx, row))["snapshot_id"])


def difference(before: Outline, after: Outline) -> list[Change]:
    """What changed from one hand-off to the next, in the order of the paper; removed figures last."""
    old = {f.path: (s, f) for s in before.sections for f in s.figures}
    new = {f.path: (s, f) for s in after.sections for f in s.figures}
    found = []
    for path, (section, figure) in new.items():
        was = old.get(path)
        if was is None:
            found.append(Change(path, section.title, _label(figure), figure.unit, "", _said(figure), "added"))
        elif (was[1].value, was[1].text) != (figure.value, figure.text):
            found.append(Change(path, section.title, _label(figure), figure.unit, _said(was[1]), _said(figure), "changed"))
    found += [Change(path, s.title, _label(f), f.unit, _said(f), "", "removed") for path, (s, f) in old.items() if path not in new]
    return found


def _label(figure: Figure) -> str:
    return f"{figure.label} {figure.period}".strip()


def _said(figure: Figure) -> str:
    return figure.text if figure.value is None else plain(figure.value)


# --- as it is shown -------------------------------------------------------------------------------------------------------------


def line_of(ctx: Acting, row: Row) -> CaseLine:
    """A list's row as both sides see it."""
    own = {name: row[name] for name in (
        "id", "number", "kind", "year", "state", "version", "round", "firm_place", "firm_trade", "turn", "due_on", "provisional", "judged", "to_judge",
        "findings", "waiting", "answered", "submitted_at", "accepted_at", "updated_at", "report_id", "report_number", "issued_report_id", "issued_number",
    )}  # fmt: skip
    return CaseLine(
        **own, kind_word=KINDS[row["kind"]], state_word=state_word(row["state"]), firm=row["firm_name"], agency=row["agency_name"],
        verifier=row["verifier_name"], reviewer=row["reviewer_name"], working_days_left=_left(row), overdue=overdue(ctx, row["due_on"]),
        halt=tenants.STANDINGS.get(row["halt"], ""),
    )  # fmt: skip


def overdue(ctx: Acting, due: date | None) -> bool:
    """Past its last day?"""
    return due is not None and due < ctx.today


def _left(row: Row) -> int | None:
    return row["working_days_left"] if row["due_on"] is not None else None


async def parts_of(ctx: Acting, row: Row) -> Row:
    """Everything that hangs on a case, one statement."""
    found = await ctx.db.row(queries.PARTS, row["tenant_id"], row["id"], ctx.tenant)
    assert found is not None
    return found


def case_of(ctx: Acting, row: Row, parts: Row, outline: Outline | None, *, halt: str, allowed: list[Allowed], open_points: list[str], before: Outline | None = None) -> CaseDetail:
    """The whole case; ``outline`` None when the reader may no longer see figures."""
    amounts = [_amount(a, outline) for a in parts["amounts"]]
    findings = [_finding(ctx, row, f, parts, amounts, outline) for f in parts["findings"]]
    threads = [m for m in parts["messages"] if m["finding_id"] is None]
    notes = [n for n in parts["notes"] if n["finding_id"] is None]
    return CaseDetail(
        id=row["id"], number=row["number"], kind=row["kind"], kind_word=KINDS[row["kind"]], year=row["year"], state=row["state"],
        state_word=state_word(row["state"]), version=row["version"], round=row["round"], firm=row["firm_name"], firm_place=row["firm_place"],
        firm_trade=row["firm_trade"], agency=row["agency_name"], agency_id=row["party_id"], verifier=row["verifier_name"], reviewer=row["reviewer_name"],
        halt=tenants.STANDINGS.get(halt, ""), readable=outline is not None, report=ReportRef(row["report_id"], row["report_number"]),
        issued_report=ReportRef(row["issued_report_id"], row["issued_number"]) if row["issued_report_id"] else None, verdict=row["verdict"],
        verdict_word=VERDICTS.get(row["verdict"] or "", ""), opinion=row["opinion"], reason=row["reason"], submitted_by=row["submitted_name"],
        submitted_at=row["submitted_at"], accepted_at=row["accepted_at"], concluded_at=row["concluded_at"], signed_at=row["signed_at"],
        issued_at=row["issued_at"], judged=row["judged"], to_judge=row["to_judge"],
        deadlines=Deadlines(row["turn"], row["due_on"], _left(row), overdue(ctx, row["due_on"]), row["remind_on"], row["withdraw_on"], row["provisional"]),
        allowed=allowed, open_points=open_points, sections=_sections(outline, before, amounts, findings),
        proofs=(list(outline.proofs) if outline else []), findings=findings, amounts=amounts, messages=_thread(threads, notes),
        events=[event_of(e) for e in parts["events"]], rounds=[_round(r) for r in parts["rounds"]],
        declarations=msgspec.convert(parts["declarations"], list[DeclarationView]),
    )  # fmt: skip


def event_of(row: Row) -> EventView:
    """A line of the history in words."""
    return msgspec.convert({**row, "word": EVENT_WORDS.get(row["event"], row["event"])}, EventView)


def _round(row: Row) -> RoundView:
    return msgspec.convert(row, RoundView)


def _thread(messages: list[Row], notes: list[Row]) -> list[MessageView]:
    said = [msgspec.convert(m, MessageView) for m in messages]
    said += [msgspec.convert({**n, "side": "agency", "files": [], "internal": True}, MessageView) for n in notes]
    return sorted(said, key=lambda m: (m.at, m.id))


def _amount(row: Row, outline: Outline | None) -> AmountView:
    filed, value = _decimal(row["filed"]), _decimal(row["value"])
    known = outline.figure(row["key"]) if outline else None
    difference = value - filed if filed is not None and value is not None and row["verdict"] != "accepted" else None
    return msgspec.convert(
        {
            **row, "filed": filed, "value": value, "verdict_word": VERDICTS[row["verdict"]] if row["verdict"] != "corrected" else "更正",
            "difference": difference, "difference_pct": share(difference, filed),
            "effect": effect(known[1], value) if known and difference is not None else None,
        },
        AmountView,
    )  # fmt: skip


def _decimal(text: str | None) -> Decimal | None:
    if text is None:
        return None
    value = Decimal(text)
    return quantise(value, 0) if value == value.to_integral_value() else Decimal(plain(value).rstrip("0"))


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Percent, None over nothing (GN8)."""
    return None if part is None or not whole else percent(product(divide(part, abs(whole)), HUNDRED))


def effect(figure: Figure, value: Decimal | None) -> Decimal | None:
    """tCO2 by which a verified value moves the filed emission, in proportion; None when the figure has no emission."""
    if figure.co2 is None or not figure.value or value is None:
        return None
    return line(product(figure.co2, divide(value - figure.value, figure.value)))


def _finding(ctx: Acting, case: Row, row: Row, parts: Row, amounts: list[AmountView], outline: Outline | None) -> FindingView:
    section = outline.section(row["section"]) if outline else None
    known = outline.figure(row["path"]) if outline and row["path"] else None
    verified = next((a.value for a in amounts if a.key == row["path"] and a.verdict != "accepted"), None)
    due = date.fromisoformat(row["due_on"]) if row["due_on"] else None
    return msgspec.convert(
        {
            **row, "section_title": section.title if section else row["section"], "verified": verified, "severity_word": SEVERITIES[row["severity"]],
            "state_word": FINDING_WORDS[row["state"]], "overdue": row["state"] == "open" and overdue(ctx, due), "choice_word": CHOICES.get(row["choice"] or "", ""),
            "value": _decimal(row["value"]), "link": known[1].link if known else "",
            "in_place": in_place(ctx, case, known[1] if known else None),
            "messages": _thread([m for m in parts["messages"] if m["finding_id"] == row["id"]], [n for n in parts["notes"] if n["finding_id"] == row["id"]]),
        },
        FindingView,
    )  # fmt: skip


def in_place(ctx: Acting, case: Row, figure: Figure | None) -> bool:
    """May the firm put a figure right with its answer: the case is returned and the subject knows how?"""
    if case["state"] != "returned" or ctx.tenant != case["tenant_id"] or figure is None or figure.value is None:
        return False
    return subjects[case["kind"]].correctable(ctx, figure)


def _sections(outline: Outline | None, before: Outline | None, amounts: list[AmountView], findings: list[FindingView]) -> list[SectionView]:
    if outline is None:
        return []
    verdicts = {a.key: a for a in amounts}
    live = [f for f in findings if f.state in ("open", "answered", "unanswered", "closed_not_ok")]
    found = []
    for section in outline.sections:
        figures = [_figure(f, verdicts.get(f.path), before, live) for f in section.figures]
        found.append(
            SectionView(
                section.key, section.title, section.group, section.note, sum(f.verdict is not None for f in figures if f.judge),
                sum(f.judge for f in figures), sum(f.section == section.key for f in live), figures,
            )
        )  # fmt: skip
    return found


def _figure(figure: Figure, verdict: AmountView | None, before: Outline | None, live: list[FindingView]) -> FigureView:
    was = before.figure(figure.path) if before else None
    return FigureView(
        path=figure.path, label=figure.label, period=figure.period, value=figure.value, text=figure.text, unit=figure.unit, last=figure.last,
        change_pct=share(figure.value - figure.last, figure.last) if figure.value is not None and figure.last is not None else None, co2=figure.co2,
        judge=figure.judge, conservative=figure.conservative, evidence=list(figure.evidence), trace=figure.trace, link=figure.link,
        before=was[1].value if was and was[1].value != figure.value else None, verdict=verdict.verdict if verdict else None,
        verified=verdict.value if verdict else None, reason=verdict.reason if verdict else "", findings=sum(f.path == figure.path for f in live),
    )  # fmt: skip


def readable(row: Row) -> bool:
    """Does the agency still read the firm's figures (R108)?"""
    return row["state"] in READABLE


def working(row: Row) -> bool:
    """Is the agency working on the figures?"""
    return bool(row["state"] == WORK[row["kind"]])


async def files_of(ctx: Acting, row: Row, ids: list[UUID], path: str = "files") -> list[CaseProof]:
    """Files that the firm handed in for this case, by id. Raises Invalid naming ``path``."""
    wanted = list(dict.fromkeys(ids))
    rows = await ctx.db.rows(
        "select id, name, content_type, size from case_file where tenant_id = $1 and case_id = $2 and id = any ($3)", row["tenant_id"], row["id"], wanted
    )
    known = {r["id"]: CaseProof(id=str(r["id"]), name=r["name"], content_type=r["content_type"], size=r["size"]) for r in rows}
    missing = [n for n, i in enumerate(wanted) if i not in known]
    if missing:
        raise Invalid([FieldError(f"{path}[{missing[0]}]", "UNKNOWN", "没有这个文件，请重新上传后再选。")])
    return [known[i] for i in wanted]


def said(text: str, path: str, *, least: int = 1, most: int = 2000) -> str:
    """A text in normal form. Raises Invalid naming ``path``."""
    kept = "\n".join(" ".join(part.split()) for part in text.strip().splitlines()).strip()
    if not least <= len(kept) <= most:
        raise Invalid([FieldError(path, "REQUIRED" if len(kept) < least else "TOO_LONG", f"请填写 {least}–{most} 个字。")])
    return kept
