"""Who may not: ties to the firm (R71, T5), agencies that stopped, closed cases (R108), removed fields, conservative values (R78), clocks (R83)."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

import cases
import cases.jobs
import tenants
from auth.permissions import permissions_of
from core import clock
from core.clock import beijing_date, utc_now
from core.crypto import seal
from core.database import Acting, transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.working_days import add_working_days
from tests.cases.world import PDF, FakeSubject, Town, make_agency, make_people, operator
from tests.filing.world import NOON, act, make_firm


async def join_firm(town: Town, person: UUID, *, ended_days: int | None = None) -> None:
    """Make a person a member of the firm, or somebody who left it so many days ago."""
    now, ended = utc_now(), None if ended_days is None else utc_now() - timedelta(days=ended_days)
    await town.migrator.execute(
        "insert into membership (tenant_id, id, person_id, roles, status, valid_from, display_name_masked, login_name, ended_at, created_at)"
        " values ($1, $2, $3, '{viewer}', $4, $5, '周*', $6, $7, $8)",
        town.firm.id, new_id(), person, "active" if ended is None else "ended", beijing_date(now) - timedelta(days=2000), f"j-{person.hex[-8:]}", ended, now,
    )  # fmt: skip


async def make_agent(town: Town, person: UUID, *, state: str = "active", ended_days: int | None = None) -> None:
    """Make a person the firm's agent, or somebody who was."""
    now, row = utc_now(), new_id()
    today, ended = beijing_date(now), None if ended_days is None else now - timedelta(days=ended_days)
    await town.migrator.execute(
        "insert into delegation (tenant_id, id, person_id, scopes, valid_from, valid_to, state, origin, firm_name, agent_name_masked, agent_name_sealed,"
        " id_type, id_no_masked, id_no_sealed, phone_masked, phone_sealed, created_at, updated_at, ended_at)"
        " values ($1, $2, $3, '{file}', $4, $5, $6, 'app', '企业', '周*', $7, 'passport', 'E**', $7, '138', $7, $8, $8, $9)",
        town.firm.id, row, person, today - timedelta(days=100), today + timedelta(days=100), state, seal("delegation.agent_name", row, "周"), now, ended,
    )  # fmt: skip


@pytest.mark.parametrize("ended_days", [None, 30, 3 * 365])
async def test_a_member_or_who_was_one_within_three_years_is_not_named(town: Town, ended_days: int | None) -> None:
    await town.submit()
    await join_firm(town, town.people["verifier"], ended_days=ended_days)
    with pytest.raises(Invalid) as caught:
        await town.accept()
    assert [(e.path, e.code) for e in caught.value.errors] == [("verifier_id", "CONFLICT_OF_INTEREST")]
    async with town.as_agency("agency_admin") as ctx:
        listed = await cases.people_for(ctx, town.case)
    assert [bool(p.tie) for p in listed.items if "verifier" in p.roles] == [True]


async def test_four_years_later_he_may(town: Town) -> None:
    await town.submit()
    await join_firm(town, town.people["verifier"], ended_days=4 * 366)
    assert (await town.accept()).state == "in_audit"


async def test_verifier_and_reviewer_are_two_people_with_their_roles(town: Town) -> None:
    await town.submit()
    with pytest.raises(Invalid) as caught:
        await town.accept(reviewer_id=town.members["verifier"])
    assert [(e.path, e.code) for e in caught.value.errors] == [("reviewer_id", "ROLE")]
    await town.migrator.execute("update membership set roles = '{agency_admin,agency_reviewer}' where id = $1", town.members["agency_admin"])
    with pytest.raises(Invalid) as caught:
        await town.accept(verifier_id=new_id())
    assert caught.value.errors[0].code == "UNKNOWN"
    assert (await town.accept(reviewer_id=town.members["agency_admin"])).state == "in_audit"


async def test_the_declaration_is_asked_for(town: Town) -> None:
    await town.submit()
    with pytest.raises(Invalid) as caught:
        await town.accept(declaration=False)
    assert caught.value.errors[0].path == "declaration"


@pytest.mark.parametrize("tie", ["member", "agent"])
async def test_a_verifier_who_joins_the_firm_mid_case_is_out_and_another_goes_on(town: Town, tie: str) -> None:
    await town.reach("in_audit")
    await town.judge_all()
    await (join_firm if tie == "member" else make_agent)(town, town.people["verifier"])
    for verb, more in (
        (cases.get_agency_case, {}),
        (cases.raise_finding, {"section": "reduction", "path": "", "text": "请说明", "severity": "normal"}),
        (cases.conclude_case, {"opinion": "数据真实、计算正确，予以认可。", "verdict": "accepted", "version": 2}),
    ):
        with pytest.raises(Forbidden) as caught:
            await town.verb("verifier", verb, **more)
        assert caught.value.code == "CONFLICT_OF_INTEREST"
    _, members = await make_people(town.migrator, town.agency, "verifier")
    async with town.as_agency("agency_admin") as ctx:
        assert town.case is not None
        assigned = await cases.assign_case(ctx, town.case, verifier_id=members["verifier"], reviewer_id=town.members["agency_reviewer"])
    assert assigned.state == "in_audit"
    assert (await town.read()).judged == 2  # nothing is lost
    with pytest.raises((NotFound, Forbidden)):
        await town.verb("verifier", cases.get_agency_case)


async def test_an_agency_of_the_same_house_or_that_prepared_the_report_is_refused(town: Town) -> None:
    await town.migrator.execute("update organisation set parent_id = $2 where id = $1", town.firm.id, town.agency)
    with pytest.raises(Conflict) as caught:
        await town.submit()
    assert (caught.value.code, caught.value.extra["reason"]) == ("CONFLICT_OF_INTEREST", "same_parent")
    await town.migrator.execute("update organisation set parent_id = null where id = $1", town.firm.id)
    await make_agent(town, town.people["agency_admin"])
    with pytest.raises(Conflict) as caught:
        await town.submit()
    assert caught.value.extra["reason"] == "prepared"
    async with town.as_firm() as ctx:
        choice = next(c for c in (await tenants.choose_agencies(ctx, "reduction")).items if c.id == town.agency)
    assert choice.conflict


async def test_one_body_is_not_auditor_and_verifier_within_three_years(town: Town) -> None:
    """R101: one body may hold both kinds, not for the same enterprise."""
    await town.reach("issued")
    cases.subjects["grade"] = FakeSubject()
    town.kind = "grade"
    with pytest.raises(Conflict) as caught:
        await town.submit()
    assert caught.value.extra["reason"] == "other_kind_within_three_years"
    other, *_ = await make_agency(town.migrator)
    assert (await town.submit(agency=other)).state == "submitted"


async def test_only_a_designated_agency_verifies_a_grade(grade_town: Town) -> None:
    bare, *_ = await make_agency(grade_town.migrator, designate=False)
    auditor, *_ = await make_agency(grade_town.migrator, kinds=("reduction_auditor",))
    paperless, *_ = await make_agency(grade_town.migrator, designate=False, qualify=False)
    for agency, reason in ((bare, "not_designated"), (auditor, "other_kind"), (paperless, "no_qualification")):
        with pytest.raises(Conflict) as caught:
            await grade_town.submit(agency=agency)
        assert (caught.value.code, caught.value.extra["reason"]) == ("AGENCY_NOT_AVAILABLE", reason)
    with pytest.raises(NotFound):
        await grade_town.submit(agency=new_id())
    async with grade_town.as_firm() as ctx:
        offered = {c.id for c in (await tenants.choose_agencies(ctx, "grade")).items}
    assert grade_town.agency in offered and not offered & {bare, auditor, paperless}


async def stop(town: Town, how: str) -> None:
    async with operator() as ctx:
        version = (await tenants.get_agency(ctx, town.agency)).agency.version
        if how == "suspended":
            await tenants.suspend_agency(ctx, town.agency, version=version, reason="资质复核中")
    if how == "expired":
        await town.migrator.execute("update agency set valid_to = $2 where id = $1", town.agency, beijing_date(utc_now()) - timedelta(days=1))


@pytest.mark.parametrize("how", ["suspended", "expired"])
@pytest.mark.parametrize("state", ["submitted", "in_audit", "returned", "concluded"])
async def test_an_agency_that_stops_mid_case(town: Town, how: str, state: str) -> None:
    """Every move but declining waits; nothing is lost; the firm is told and may withdraw from any open state."""
    await town.reach(state)
    await stop(town, how)
    case = await town.read()
    assert case.state == state and case.halt
    role, verb, more = {
        "submitted": ("agency_admin", cases.accept_case, {"verifier_id": new_id(), "reviewer_id": new_id(), "declaration": True}),
        "in_audit": ("verifier", cases.raise_finding, {"section": "reduction", "path": "", "text": "请说明", "severity": "normal"}),
        "returned": ("verifier", cases.recall_case, {"version": case.version}),
        "concluded": ("agency_reviewer", cases.sign_case, {"version": case.version}),
    }[state]
    with pytest.raises(Conflict) as caught:
        await town.verb(role, verb, **more)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.extra["reason"]) == ("AGENCY_HALTED", how)
    seen = await town.verb("agency_admin", cases.get_agency_case)
    assert seen.readable and {a.move for a in seen.allowed if not a.blocked} <= {"decline", "note"}
    async with transaction() as db:
        await cases.jobs.watch_cases(db)
    await town.run_jobs()
    assert "case.halted" in await town.notices(town.firm.id) and "case.halted_agency" in await town.notices(town.agency)
    if state == "returned":
        await town.answer()
        with pytest.raises(Conflict) as caught:
            await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
        assert caught.value.code == "AGENCY_NOT_AVAILABLE"
    withdrawn = await town.firm_verb(cases.withdraw_case, version=(await town.read()).version)
    assert withdrawn.state == "withdrawn"


async def test_a_resumed_agency_goes_on_where_it_stopped(town: Town) -> None:
    await town.reach("in_audit")
    await town.judge_all()
    await stop(town, "suspended")
    async with operator() as ctx:
        version = (await tenants.get_agency(ctx, town.agency)).agency.version
        await tenants.resume_agency(ctx, town.agency, version=version)
    assert (await town.conclude()).state == "concluded"


async def test_the_firm_may_not_withdraw_from_a_working_agency_before_fifteen_days(town: Town) -> None:
    made = await town.reach("in_audit")
    with pytest.raises(Conflict) as caught:
        await town.firm_verb(cases.withdraw_case, version=made.version)
    assert caught.value.code == "NOT_YET"
    assert made.deadlines.withdraw_on is not None
    clock.freeze(NOON + (made.deadlines.withdraw_on - beijing_date(NOON)) + timedelta(days=1))
    assert (await town.firm_verb(cases.withdraw_case, version=made.version)).state == "withdrawn"


async def test_deadlines_are_working_days_and_nothing_is_decided_by_time(town: Town) -> None:
    """R83, R106: reminder after 10, right to withdraw after 15 working days; unanswered questions after 5."""
    made = await town.submit()
    async with transaction() as db:
        assert made.deadlines.remind_on == (await add_working_days(db, beijing_date(NOON), 10))[0]
        assert made.deadlines.withdraw_on == (await add_working_days(db, beijing_date(NOON), 15))[0]

    async def night(day: date | None) -> list[str]:
        assert day is not None
        clock.freeze(NOON + (day - beijing_date(NOON)) + timedelta(days=1))
        async with transaction() as db:
            await cases.jobs.watch_cases(db)
        await town.run_jobs()
        return [e.event for e in (await town.read()).events]

    assert await night(made.deadlines.remind_on) == ["submit", "remind"]
    assert "case.overdue" in await town.notices(town.agency)
    assert await night(made.deadlines.withdraw_on) == ["submit", "remind", "release"]
    assert await night(made.deadlines.withdraw_on) == ["submit", "remind", "release"]  # once
    assert "case.release" in await town.notices(town.firm.id)
    assert (await town.read()).state == "submitted"


async def test_a_deadline_into_an_unknown_year_is_worked_out_again(town: Town) -> None:
    """R83: provisional by weekdays until the calendar of that year is there."""
    clock.freeze(NOON.replace(year=2031, month=12, day=22))
    await town.migrator.execute("update agency set valid_to = '2040-01-01' where id = $1", town.agency)
    made = await town.submit(2030)
    assert made.deadlines.provisional and made.deadlines.due_on == date(2032, 1, 5)
    await town.migrator.execute("insert into work_year (year, source, confirmed_at) values (2031, 'test', now()), (2032, 'test', now())")
    await town.migrator.execute("insert into work_day (day, by_calendar, holiday, changed_at) values ('2032-01-01', false, '元旦', now())")
    try:
        async with transaction() as db:
            await cases.jobs.watch_cases(db)
        await town.run_jobs()
        after = await town.read()
    finally:
        await town.migrator.execute("delete from work_day where day = '2032-01-01'")
        await town.migrator.execute("delete from work_year where year in (2031, 2032)")
    assert (after.deadlines.provisional, after.deadlines.due_on) == (False, date(2032, 1, 6))


async def test_an_unanswered_question_opens_the_conservative_value(town: Town) -> None:
    """R76-R78: after the deadline the verifier may go on with a conservative value, not without one."""
    town.subject.conservative = "low"
    await town.reach("in_audit")
    asked = await town.ask()
    await town.judge_all()
    with pytest.raises(Conflict) as caught:
        await town.conclude()
    assert "还没有回复" in caught.value.extra["open_points"][0]
    with pytest.raises(Conflict) as caught:
        await town.verb("verifier", cases.close_finding, asked.findings[0].id, accepted=False, text="未提供依据")
    assert caught.value.code == "NOT_YET"
    due = asked.findings[0].due_on
    assert due is not None
    clock.freeze(NOON + (due - beijing_date(NOON)) + timedelta(days=1))
    async with transaction() as db:
        await cases.jobs.watch_cases(db)
        await db.run("select 1")
    row = await town.migrator.fetchval("select turn from third_case where id = $1", town.case)
    assert row == "agency"
    closed = await town.verb("verifier", cases.close_finding, asked.findings[0].id, accepted=False, text="逾期未提供依据")
    assert closed.findings[0].state == "closed_not_ok" and "保守取值" in closed.open_points[0]
    with pytest.raises(Invalid) as bad:
        await town.verb("verifier", cases.judge_amount, "reduction.measures[m1]", verdict="rejected", value=Decimal("11"), reason="无依据")
    assert bad.value.errors[0].code == "NOT_CONSERVATIVE"
    await town.verb("verifier", cases.judge_amount, "reduction.measures[m1]", verdict="rejected", reason="逾期未提供依据")
    assert (await town.conclude("corrected")).state == "concluded"


async def test_a_question_unanswered_while_returned_is_marked_and_still_answerable(town: Town) -> None:
    made = await town.reach("returned")
    assert made.deadlines.due_on is not None
    clock.freeze(NOON + (made.deadlines.due_on - beijing_date(NOON)) + timedelta(days=1))
    async with transaction() as db:
        await cases.jobs.watch_cases(db)
    await town.run_jobs()
    late = await town.read()
    assert (late.state, late.findings[0].state) == ("returned", "unanswered")
    assert "case.unanswered" in await town.notices(town.firm.id)
    assert (await town.answer()).findings[0].state == "answered"


@pytest.mark.parametrize(("verdict", "value", "reason", "path"), [
    ("corrected", None, "以台账为准", "value"), ("corrected", "10.5", "以台账为准", "value"), ("corrected", "9", "", "reason"),
    ("accepted", "9", "", "value"), ("corrected", "9e20", "以台账为准", "value"),
])  # fmt: skip
async def test_a_verdict_names_what_is_missing(town: Town, verdict: str, value: str | None, reason: str, path: str) -> None:
    await town.reach("in_audit")
    with pytest.raises(Invalid) as caught:
        await town.verb(
            "verifier", cases.judge_amount, "reduction.measures[m1]", verdict=verdict, value=None if value is None else Decimal(value), reason=reason
        )
    assert [e.path for e in caught.value.errors] == [path]


async def test_a_removed_field(town: Town) -> None:
    """An opinion on what is no longer handed over: named, never an error of ours; its finding can be closed."""
    await town.reach("in_audit")
    asked = await town.ask()
    await town.judge_all()
    await town.verb("verifier", cases.return_case, version=asked.version)
    del town.subject.measures["m1"]
    await town.answer()
    again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    assert again.findings[0].removed and [(c.path, c.what) for c in again.rounds[1].changes] == [("reduction.measures[m1]", "removed")]
    assert (again.judged, again.to_judge) == (1, 1)
    for verb, more in (
        (cases.raise_finding, {"section": "reduction", "path": "reduction.measures[m1]", "text": "请说明", "severity": "normal"}),
        (cases.judge_amount, {"key": "reduction.measures[m1]", "verdict": "accepted"}),
        (cases.accept_amounts, {"keys": ["reduction.measures[m1]"]}),
    ):
        with pytest.raises(Invalid) as caught:
            await town.verb("verifier", verb, **more)
        assert caught.value.code == "FIELD_REMOVED"
    await town.verb("verifier", cases.close_finding, again.findings[0].id, accepted=True)
    assert (await town.conclude()).state == "concluded"


async def test_who_sees_which_case(town: Town) -> None:
    """18.3: the administrator all of the agency's, the others what they were given; another agency nothing."""
    await town.submit()
    with pytest.raises(NotFound):
        await town.verb("verifier", cases.get_agency_case)
    async with town.as_agency("verifier") as ctx:
        assert (await cases.agency_inbox(ctx)).total == 0
    async with town.as_agency("agency_admin") as ctx:
        inbox = await cases.agency_inbox(ctx, state="new")
        assert (inbox.total, inbox.counters.new) == (1, 1)
    await town.accept()
    async with town.as_agency("verifier") as ctx:
        assert (await cases.agency_inbox(ctx, state="work", q="测试企业")).total == 1
    stranger, people, _ = await make_agency(town.migrator)
    async with act(stranger, people["agency_admin"], "agency_admin", "verifier") as ctx:
        assert (await cases.agency_inbox(ctx)).total == 0
        with pytest.raises(NotFound):
            assert town.case is not None
            await cases.get_agency_case(ctx, town.case)
    _, members = await make_people(town.migrator, town.agency, "verifier")
    assert members
    async with town.as_agency("agency_reviewer") as ctx:
        assert town.case is not None
        assert (await cases.get_agency_case(ctx, town.case)).readable
        with pytest.raises(Forbidden):
            await cases.conclude_case(ctx, town.case, opinion="数据真实、计算正确，予以认可。", verdict="accepted", version=2)


async def test_each_tab_counts_what_it_shows(town: Town, migrator: asyncpg.Connection) -> None:
    """The numbers come from one pass over an index, the rows by their ids: both say the same, for the administrator and for one person."""
    await town.reach("withdrawn")
    await town.reach("concluded")
    town.firm = await make_firm(migrator)
    made = await town.submit(2024)
    town.firm = await make_firm(migrator)
    await town.reach("in_audit")
    clock.freeze(NOON + timedelta(days=40))
    want = {"": 4, "open": 3, "new": 1, "work": 1, "returned": 0, "sign": 1, "overdue": 3, "closed": 1, "in_audit": 1, "withdrawn": 1}
    async with town.as_agency("agency_admin") as ctx:
        for state, count in want.items():
            inbox = await cases.agency_inbox(ctx, state=state)
            assert (inbox.total, len(inbox.items)) == (count, count), state
        assert [c.id for c in (await cases.agency_inbox(ctx, q=made.number)).items] == [made.id]
        assert (await cases.agency_inbox(ctx, q=made.number, state="work")).total == 0
        page = await cases.agency_inbox(ctx, page=2, page_size=3)
        assert (page.total, len(page.items)) == (4, 1)
    async with town.as_agency("verifier") as ctx:
        assert (await cases.agency_inbox(ctx)).total == 2 and (await cases.agency_inbox(ctx, state="overdue")).total == 2


async def test_another_firm_sees_nothing(town: Town, migrator: asyncpg.Connection) -> None:
    made = await town.submit()
    other = await make_firm(migrator)
    async with other.act() as ctx:
        assert (await cases.list_cases(ctx)).total == 0
        with pytest.raises(NotFound):
            await cases.get_case(ctx, made.id)
        with pytest.raises(NotFound):
            await cases.withdraw_case(ctx, made.id, version=1)


@pytest.mark.parametrize("state", ["withdrawn", "declined", "issued"])
async def test_a_closed_case_shows_what_was_decided_and_no_data(town: Town, state: str) -> None:
    async with town.as_firm() as ctx:
        from core.files import save_file

        ref = await save_file(ctx, "台账.pdf", PDF, "evidence")
    town.subject.proofs = [cases.Proof(id=str(ref.id), name="台账.pdf", content_type="application/pdf", size=ref.size)]
    await town.reach(state)
    seen = await town.verb("agency_admin", cases.get_agency_case)
    assert not seen.readable and seen.sections == [] and seen.proofs == [] and seen.events
    with pytest.raises(Forbidden) as caught:
        await town.verb("agency_admin", cases.read_case_file, ref.id)
    assert caught.value.code == "CASE_CLOSED"
    with pytest.raises(Forbidden):
        await town.verb("agency_admin", cases.open_case)


async def test_files_of_an_answer_are_the_cases_own(town: Town) -> None:
    await town.reach("in_audit")
    await town.ask()
    proof = await town.firm_verb(cases.hand_in_file, "说明.pdf", PDF)
    answered = await town.answer(1, "evidence", files=[UUID(proof.id)])
    assert [f.name for m in answered.findings[0].messages for f in m.files] == ["说明.pdf"]
    async with town.as_agency("verifier") as ctx:
        assert town.case is not None
        assert (await cases.read_case_file(ctx, town.case, UUID(proof.id))).data == PDF
        with pytest.raises(NotFound):
            await cases.read_case_file(ctx, town.case, new_id())
    with pytest.raises(Invalid) as caught:
        await town.answer(1, "evidence", files=[new_id()])
    assert caught.value.errors[0].path == "files[0]"


async def test_notes_of_the_agency_stay_with_it(town: Town) -> None:
    await town.reach("in_audit")
    await town.verb("verifier", cases.write_note, "先看原始凭证", internal=True)
    await town.verb("verifier", cases.write_note, "请准备台账", internal=False)
    assert [m.text for m in (await town.read()).messages] == ["请准备台账"]
    seen = await town.verb("agency_reviewer", cases.get_agency_case)
    assert [(m.text, m.internal) for m in seen.messages] == [("先看原始凭证", True), ("请准备台账", False)]
    async with town.as_firm() as ctx:
        assert await ctx.db.value("select count(*) from case_note") == 0


async def test_the_words_agreed_to_are_the_words_shown(town: Town) -> None:
    async with town.as_firm() as ctx:
        with pytest.raises(Invalid) as caught:
            await cases.submit_case(ctx, kind="reduction", year=2025, agency_id=town.agency, consent_text_sha256="0" * 64)
    assert caught.value.code == "CONSENT_TEXT"


async def test_a_correction_only_while_returned(town: Town) -> None:
    await town.reach("in_audit")
    await town.ask()
    with pytest.raises(Conflict) as caught:
        await town.answer(1, "correct", value=Decimal(9))
    assert caught.value.code == "CASE_STATE"


async def test_an_agents_hand_over_is_told_to_the_firms_own_people(town: Town) -> None:
    """18.3: an agent with the scope 报告 may hand over; the legal representative hears of it."""
    person = new_id()
    await make_agent(town, person)
    roles = frozenset({"agent", "agent:report"})
    async with transaction() as db:
        for name, value in {"app.tenant": town.firm.id, "app.person": person, "app.account": person, "app.kind": "enterprise"}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        ctx = Acting(
            db, utc_now(), tenant_id=town.firm.id, org_kind="enterprise", account_id=person, person_id=person, roles=roles, permissions=permissions_of(roles)
        )
        sha = cases.consent_text("reduction").sha256
        made = await cases.submit_case(ctx, kind="reduction", year=2025, agency_id=town.agency, consent_text_sha256=sha)
    town.case = made.id
    await town.run_jobs()
    told = await town.migrator.fetch("select person_id from notice where tenant_id = $1 and kind = 'case.handed_over'", town.firm.id)
    assert town.firm.people["legal"] in {r["person_id"] for r in told}
    assert made.submitted_by.endswith("（代理人）")
