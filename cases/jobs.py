"""What happens after a move: each side is told in its own name, the paper of a signed case is made, deadlines pass (NT, R83)."""

from typing import Any
from uuid import UUID

import notices
import tenants
from cases import queries
from cases.desk import SHORT, Days, Row, deadlines_from, halted, move, note_event, outline_of, parts_of, recount
from cases.states import CHOICES, KINDS, OPEN
from cases.subjects import CaseFacts, FindingFacts, Verdict, subjects
from core import logs
from core.clock import beijing_date, utc_now
from core.database import Acting, Db
from core.jobs import GiveUp, JobRun, job, schedule, wake

FIRM = ("legal", "admin")
#: Event → notice of the firm and notice of the agency; who of the agency: admin, verifier, reviewer.
TOLD: dict[str, tuple[str | None, tuple[str, tuple[str, ...]] | None]] = {
    "submit": ("case.handed_over", ("case.submitted", ("admin",))),
    "accept": ("case.accepted", ("case.assigned", ("verifier", "reviewer"))),
    "assign": ("case.people", ("case.assigned", ("verifier", "reviewer"))),
    "decline": ("case.declined", None),
    "withdraw": (None, ("case.withdrawn", ("admin", "verifier"))),
    "finding": ("case.finding", None),
    "answer": (None, ("case.answered", ("verifier",))),
    "close": ("case.closed_finding", None),
    "return": ("case.returned", None),
    "recall": ("case.recalled", None),
    "resubmit": (None, ("case.resubmitted", ("verifier",))),
    "conclude": (None, ("case.to_sign", ("reviewer",))),
    "refuse": ("case.refused", ("case.sent_back", ("verifier",))),
    "issue": ("case.issued", ("case.finished", ("verifier", "reviewer", "admin"))),
    "remind": (None, ("case.overdue", ("admin", "verifier"))),
    "release": ("case.release", None),
    "cancel": ("case.cancelled", ("case.cancelled_agency", ("admin", "verifier", "reviewer"))),
    "half": ("case.half", ("case.half_agency", ("turn",))),
    "eve": ("case.eve", ("case.eve_agency", ("turn",))),
    "halt": ("case.halted", ("case.halted_agency", ("admin", "verifier"))),
    "resume": ("case.resumed", ("case.resumed_agency", ("admin", "verifier"))),
    "unanswered": ("case.unanswered", ("case.unanswered_agency", ("verifier",))),
}


@job("cases.told", attempts=8)
async def tell_side(ctx: Acting, run: JobRun) -> None:
    """Tell the people of one side of one event."""
    row = await _case(ctx, run)
    event = await ctx.db.row("select event, reason, to_state from case_event where case_id = $1 and id = $2", row["id"], run.object_id)
    if event is None or event["event"] not in TOLD:
        return
    of_firm, of_agency = TOLD[event["event"]]
    if event["event"] == "refuse" and row["kind"] == "reduction":
        of_firm = None
    if event["event"] == "refuse" and row["kind"] == "grade":
        of_agency = None
    fields = _fields(row, str(event["reason"]))
    if run.payload["side"] == "firm" and of_firm is not None:
        to: list[Any] = [*FIRM, *([row["submitted_by"]] if row["submitted_by"] else [])]
        await notices.tell(ctx, of_firm, "case", row["id"], to=to, fields=fields)
    if run.payload["side"] == "agency" and of_agency is not None:
        kind, people = of_agency
        people = whose_work(row) if people == ("turn",) else people
        wanted: list[Any] = ["agency_admin"] if "admin" in people else []
        wanted += [row[f"{part}_id"] for part in ("verifier", "reviewer") if part in people and row[f"{part}_id"]]
        if wanted:
            await notices.tell(ctx, kind, "case", row["id"], to=wanted, fields=fields)


def whose_work(row: Row) -> tuple[str, ...]:
    """Who of the agency has to act in the state the case is in."""
    return {"submitted": ("admin",), "concluded": ("reviewer",)}.get(row["state"], ("verifier",))


def _fields(row: Row, reason: str) -> dict[str, object]:
    return {
        "case": row["id"],
        "number": row["number"],
        "enterprise": row["firm_name"],
        "agency": row["agency_name"],
        "year": row["year"],
        "kind": KINDS[row["kind"]],
        "reason": reason,
        "due_words": _day(row["due_on"]),
        "halt": tenants.STANDINGS.get(row["halt"], ""),
        "waiting": row["waiting"],
    }


def _day(day: Any) -> str:
    return f"{day.month} 月 {day.day} 日" if day else "近日"


async def _case(ctx: Acting, run: JobRun) -> Row:
    row = await ctx.db.row("select * from third_case where id = $1 and $2 in (tenant_id, party_id)", UUID(str(run.payload["case"])), ctx.tenant)
    if row is None:
        raise GiveUp("the case is not there")
    return row


@job("cases.issue", attempts=8)
async def issue_paper(ctx: Acting, run: JobRun) -> None:
    """Make the paper of a signed case, as the firm; the one before it is superseded (R106, LR7)."""
    row = await ctx.db.row("select * from third_case where tenant_id = $1 and id = $2 for no key update", ctx.tenant, run.object_id)
    if row is None or row["signed_at"] is None or row["issued_report_id"] is not None:
        return
    made = await subjects[row["kind"]].issue(ctx, await facts_of(ctx, row))
    earlier = await ctx.db.rows(
        "select * from third_case where tenant_id = $1 and kind = $2 and year = $3 and id <> $4 and state in ('issued', 'rated') and issued_report_id is not null",
        ctx.tenant, row["kind"], row["year"], row["id"],
    )  # fmt: skip
    for old in earlier:
        await move(ctx, old, "supersede", version=old["version"], reason=f"被 {row['number']} 替代", tell=())
    await move(ctx, row, "issue", version=row["version"], reason=made.number, tell=())
    await ctx.db.run(
        "update third_case set issued_report_id = $3, issued_number = $4, issued_at = $5, closed_at = $5 where tenant_id = $1 and id = $2",
        ctx.tenant, row["id"], made.report_id, made.number, ctx.now,
    )  # fmt: skip
    for side in ("firm", "agency"):
        event = await ctx.db.value("select id from case_event where tenant_id = $1 and case_id = $2 and event = 'issue' order by at desc limit 1", ctx.tenant, row["id"])
        await ctx.db.run("select case_job($1, $2, $3, 'cases.told', $4, 1, $5, $6)", ctx.tenant, row["id"], side, event, ctx.now, ctx.request_id)
    ctx.after_commit(wake)


async def facts_of(ctx: Acting, row: Row) -> CaseFacts:
    """What the paper of a case says about its audit."""
    parts, outline = await parts_of(ctx, row), await outline_of(ctx, row)
    held = next(r for r in parts["rounds"] if r["round"] == row["round"])
    titles = {s.key: s.title for s in outline.sections}
    words = {"closed_ok": "已采纳", "closed_not_ok": "未采纳", "unanswered": "逾期未回复", "answered": "已回复", "open": "待回复"}
    findings = [
        FindingFacts(
            f["number"], titles.get(f["section"], f["section"]), f["label"], f["text"], "重要" if f["severity"] == "important" else "一般", words[f["state"]],
            _answer(f, parts["messages"]),
        )
        for f in parts["findings"]
    ]  # fmt: skip
    amounts = await ctx.db.rows(
        "select key, label, unit, filed, verdict, value, reason from case_amount where tenant_id = $1 and case_id = $2 order by key", ctx.tenant, row["id"]
    )
    return CaseFacts(
        id=row["id"], number=row["number"], kind=row["kind"], year=row["year"], agency=row["agency_name"], verifier=row["verifier_name"],
        reviewer=row["reviewer_name"], verdict=row["verdict"], opinion=row["opinion"], concluded_at=row["concluded_at"], signed_at=row["signed_at"],
        snapshot_id=UUID(held["snapshot_id"]), report_id=row["report_id"], findings=findings, amounts=[Verdict(**a) for a in amounts],
    )  # fmt: skip


def _answer(finding: Row, messages: list[Row]) -> str:
    said = [m["text"] for m in messages if m["finding_id"] == finding["id"] and m["side"] == "firm"]
    word = CHOICES.get(finding["choice"] or "", "")
    return "：".join(filter(None, (word, said[-1] if said else "")))


@job("cases.clock", attempts=4)
async def look_at_clock(ctx: Acting, run: JobRun) -> None:
    """One case: has its agency stopped, is a deadline over? Nothing is deleted or decided by time alone (R83)."""
    row = await ctx.db.row("select * from third_case where tenant_id = $1 and id = $2 for no key update", ctx.tenant, run.object_id)
    if row is None or row["state"] not in OPEN or row["state"] == "audited":
        return
    if row["provisional"] and row["due_on"] is not None:
        await _work_out_again(ctx, row)
    await _ask_again(ctx, row)
    word = await halted(ctx, row)
    if word != row["halt"]:
        await ctx.db.run("update third_case set halt = $3, updated_at = $4 where tenant_id = $1 and id = $2", ctx.tenant, row["id"], word, ctx.now)
        row["halt"] = word
        await _note(ctx, row, "halt" if word else "resume", tenants.STANDINGS.get(word, ""), ("firm", "agency"))
    if row["turn"] == "agency" and row["remind_on"] is not None and row["remind_on"] < ctx.today and row["reminded_at"] is None:
        await ctx.db.run("update third_case set reminded_at = $3 where tenant_id = $1 and id = $2", ctx.tenant, row["id"], ctx.now)
        await _note(ctx, row, "remind", "", ("agency",))
    if row["turn"] == "agency" and row["withdraw_on"] is not None and row["withdraw_on"] < ctx.today and row["release_told_at"] is None:
        await ctx.db.run("update third_case set release_told_at = $3 where tenant_id = $1 and id = $2", ctx.tenant, row["id"], ctx.now)
        await _note(ctx, row, "release", "", ("firm",))
    await _remind(ctx, row)
    late = await ctx.db.run(
        "update case_finding set state = 'unanswered', version = version + 1 where tenant_id = $1 and case_id = $2 and state = 'open' and due_on < $3",
        ctx.tenant, row["id"], ctx.today,
    )  # fmt: skip
    if late:
        await recount(ctx, row)
        await _note(ctx, row, "unanswered", f"{late} 个问题", ("firm", "agency"))


async def _work_out_again(ctx: Acting, row: Row) -> None:
    """Deadlines by the calendar as it is known now, from the day of the last move (R83)."""
    last = await ctx.db.row(
        "select event, at from case_event where tenant_id = $1 and case_id = $2 and from_state is distinct from to_state order by at desc, id desc limit 1",
        ctx.tenant, row["id"],
    )  # fmt: skip
    assert last is not None
    days = await deadlines_from(ctx, beijing_date(last["at"]), row["turn"], SHORT.get(last["event"]))
    kept = Days(row["due_on"], row["half_on"], row["eve_on"], row["remind_on"], row["withdraw_on"], row["provisional"])
    if days != kept:
        await ctx.db.run(
            "update third_case set due_on = $3, remind_on = $4, withdraw_on = $5, provisional = $6, half_on = $8, eve_on = $9, updated_at = $7"
            " where tenant_id = $1 and id = $2",
            ctx.tenant, row["id"], days.due, days.remind, days.release, days.provisional, ctx.now, days.half, days.eve,
        )  # fmt: skip
        row.update(due_on=days.due, half_on=days.half, eve_on=days.eve, remind_on=days.remind, withdraw_on=days.release, provisional=days.provisional)


async def _ask_again(ctx: Acting, row: Row) -> None:
    """The same for what was asked of the firm into a year without a calendar."""
    rows = await ctx.db.rows(
        "select id, asked_on, due_on, half_on, eve_on from case_finding where tenant_id = $1 and case_id = $2 and state = 'open' and provisional", ctx.tenant, row["id"]
    )
    for found in rows:
        days = await deadlines_from(ctx, found["asked_on"], "firm", None)
        if days != Days(found["due_on"], found["half_on"], found["eve_on"], provisional=True):
            await ctx.db.run(
                "update case_finding set due_on = $3, half_on = $4, eve_on = $5, provisional = $6 where tenant_id = $1 and id = $2",
                ctx.tenant, found["id"], days.due, days.half, days.eve, days.provisional,
            )  # fmt: skip


async def _remind(ctx: Acting, row: Row) -> None:
    """At half of a deadline and one working day before its end, once each; the later one stands for both where both are due (R83)."""
    asked = await ctx.db.row(queries.QUESTIONS, ctx.tenant, row["id"], ctx.today)
    assert asked is not None
    half, eve = (row[f"{k}_on"] is not None and row[f"{k}_on"] <= ctx.today <= row["due_on"] and row[f"{k}_told_at"] is None for k in ("half", "eve"))
    if half or eve:
        await ctx.db.run(
            "update third_case set half_told_at = coalesce(half_told_at, $3), eve_told_at = case when $4 then $3 else eve_told_at end where tenant_id = $1 and id = $2",
            ctx.tenant, row["id"], ctx.now, eve,
        )  # fmt: skip
        todo = _still_to_do(row, asked["open"])
        await _note(ctx, row, "eve" if eve else "half", f"{todo}，{_last_day(row['due_on'], row['provisional'])}", (row["turn"],))
    if asked["half"] or asked["eve"]:
        await ctx.db.run(queries.QUESTIONS_TOLD, ctx.tenant, row["id"], ctx.today, ctx.now)
        if row["turn"] == "agency":  # a returned case has been told as a whole
            reason = f"还有 {asked['open']} 个问题没有回复，{_last_day(asked['due_on'], asked['provisional'])}"
            await _note(ctx, row, "eve" if asked["eve"] else "half", reason, ("firm",))


def _still_to_do(row: Row, waiting: int) -> str:
    if row["turn"] == "firm":
        return f"还有 {waiting} 个问题没有回复" if waiting else "问题都已回复，还没有重新提交"
    return {"submitted": "还没有受理", "concluded": "还没有复核签字"}.get(row["state"], "还没有填写结论")


def _last_day(day: Any, provisional: bool) -> str:
    return f"{_day(day)}到期" + ("（暂定，待次年节假日安排公布）" if provisional else "")


async def _note(ctx: Acting, row: Row, event: str, reason: str, tell: tuple[str, ...]) -> None:
    await note_event(ctx, row, event, "system", from_state=row["state"], reason=reason, tell=tell)


@schedule("cases.clock", every_seconds=1800)
async def watch_cases(db: Db) -> None:
    """Ask for a look at every open case whose deadline or agency needs a word; once an hour for the same case."""
    now = utc_now()
    rows = await db.rows("select firm, id from cases_of_the_night($1)", beijing_date(now))
    version = int(now.timestamp()) // 3600
    for row in rows:
        await db.run("select case_job($1, $2, 'firm', 'cases.clock', $2, $3, $4, '')", row["firm"], row["id"], version, now)
    if rows:
        logs.note("cases.clock", cases=len(rows))

