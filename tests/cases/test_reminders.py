"""Reminders of a case's deadlines (R83): at half and one working day before, once each, to the side whose turn it is. Days counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

import cases
import cases.jobs
from core import clock
from core.database import transaction
from tests.cases.world import Town


async def night(town: Town, day: date, hour: int = 4) -> list[str]:
    """The clock's run on a Beijing day (``hour`` UTC); the events of the case so far."""
    clock.freeze(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
    async with transaction() as db:
        await cases.jobs.watch_cases(db)
    await town.run_jobs()
    return [e.event for e in (await town.read()).events]


async def words(town: Town, kind: str) -> list[str]:
    return [
        r["text"]
        for r in await town.migrator.fetch(
            "select text from notice where kind = $1 and tenant_id = any ($2)", kind, [town.firm.id, town.agency]
        )
    ]


async def test_a_new_case_of_ten_working_days(town: Town) -> None:
    """Handed over on Saturday 2026-11-21: ten working days end on Friday 12-04; half is used on 11-27, the day before the end is 12-03."""
    made = await town.submit()
    assert made.deadlines.due_on == date(2026, 12, 4)
    assert await night(town, date(2026, 11, 26)) == ["submit"]
    assert await night(town, date(2026, 11, 27)) == ["submit", "half"]
    assert await night(town, date(2026, 11, 27), 9) == ["submit", "half"]  # once
    assert await night(town, date(2026, 12, 2)) == ["submit", "half"]
    assert await night(town, date(2026, 12, 3)) == ["submit", "half", "eve"]
    assert await night(town, date(2026, 12, 4)) == ["submit", "half", "eve"]
    assert await night(town, date(2026, 12, 7)) == ["submit", "half", "eve", "remind"]  # over: the reminder of R106
    told = await town.notices(town.agency)
    assert (told.count("case.half_agency"), told.count("case.eve_agency"), told.count("case.overdue")) == (1, 1, 1)
    assert "还没有受理，12 月 4 日到期" in (await words(town, "case.half_agency"))[0]
    assert not {"case.half", "case.eve"} & set(await town.notices(town.firm.id))  # not its turn
    assert (await town.read()).state == "submitted"


async def test_a_returned_case_reminds_the_firm(town: Town) -> None:
    """Five working days from 11-21: the third is 11-25, the fourth 11-26, the fifth 11-27."""
    made = await town.reach("returned")
    assert made.deadlines.due_on == date(2026, 11, 27)
    before = [e.event for e in made.events]
    assert await night(town, date(2026, 11, 24)) == before
    assert await night(town, date(2026, 11, 25)) == [*before, "half"]
    await town.answer()
    assert await night(town, date(2026, 11, 26)) == [*before, "half", "answer", "eve"]
    told = await town.notices(town.firm.id)
    assert (told.count("case.half"), told.count("case.eve")) == (
        2,
        2,
    )  # legal (who also submitted) and admin, each once


async def test_words_say_what_is_missing(town: Town) -> None:
    await town.reach("returned")
    await night(town, date(2026, 11, 25))
    assert "还有 1 个问题没有回复，11 月 27 日到期" in (await words(town, "case.half"))[0]
    await town.answer()
    await night(town, date(2026, 11, 26))
    assert "问题都已回复，还没有重新提交" in (await words(town, "case.eve"))[0]


async def test_a_question_while_the_agency_works_has_its_own_clock(town: Town) -> None:
    """The firm hears of its question (due 11-27), the verifier of the case (due 12-04) on the same day, each once."""
    await town.reach("in_audit")
    await town.ask()
    await town.ask("reduction.measures[m2]")
    before = [e.event for e in (await town.read()).events]
    assert await night(town, date(2026, 11, 25)) == [*before, "half"]
    assert (await town.notices(town.firm.id)).count("case.half") and "case.half_agency" not in await town.notices(
        town.agency
    )
    assert "还有 2 个问题没有回复，11 月 27 日到期" in (await words(town, "case.half"))[0]
    await town.answer(2)
    assert (await night(town, date(2026, 11, 26)))[-1] == "eve"
    assert "还有 1 个问题" in (await words(town, "case.eve"))[0]
    assert (await night(town, date(2026, 11, 27)))[-1] == "half"  # of the agency
    assert "还没有填写结论" in (await words(town, "case.half_agency"))[0]
    late = await night(town, date(2026, 11, 28))
    assert late[-1] == "unanswered"
    assert [f.state for f in (await town.read()).findings] == ["unanswered", "answered"]


async def test_an_answered_question_is_not_asked_for(town: Town) -> None:
    await town.reach("in_audit")
    await town.ask()
    await town.answer()
    assert (await night(town, date(2026, 11, 25)))[-1] == "answer"


async def test_both_missed_one_word(town: Town) -> None:
    """The machine stood still over half and eve: the later word stands for both."""
    await town.submit()
    assert await night(town, date(2026, 12, 4)) == ["submit", "eve"]
    assert await night(town, date(2026, 12, 4), 9) == ["submit", "eve"]


async def test_a_move_begins_a_new_clock(town: Town) -> None:
    await town.submit()
    await night(town, date(2026, 11, 27))
    await town.accept()
    assert (await town.read()).deadlines.due_on == date(2026, 12, 11)
    assert (await night(town, date(2026, 12, 3)))[-1] == "accept"
    assert (await night(town, date(2026, 12, 4)))[-1] == "half"  # the fifth working day after 11-27


@pytest.mark.parametrize("what", ["case", "question"])
async def test_a_year_without_a_calendar(town: Town, what: str) -> None:
    """R83: reminders of a provisional deadline say so; once the calendar is there they go by it."""
    clock.freeze(datetime(2031, 12, 22, 4, tzinfo=UTC))
    await town.migrator.execute("update agency set valid_to = '2040-01-01' where id = $1", town.agency)
    await town.submit(2030)
    if what == "question":
        await town.accept()
        clock.freeze(datetime(2031, 12, 26, 4, tzinfo=UTC))
        asked = (await town.ask()).findings[0]
        assert asked.due_on == date(2032, 1, 2)  # 12-29, 30, 31, 01-01, 02 by weekdays
        assert (await night(town, date(2031, 12, 30)))[-1] != "eve"
    else:
        assert (await night(town, date(2031, 12, 29)))[-1] == "half"
        assert (
            "2032" not in (await words(town, "case.half_agency"))[0]
            and "（暂定" in (await words(town, "case.half_agency"))[0]
        )
    await town.migrator.execute(
        "insert into work_year (year, source, confirmed_at) values (2031, 'test', now()), (2032, 'test', now())"
    )
    await town.migrator.execute(
        "insert into work_day (day, by_calendar, holiday, changed_at) values ('2032-01-01', false, '元旦', now())"
    )
    try:
        seen = await night(town, date(2031, 12, 31))
        after = await town.read()
        if what == "question":
            assert after.findings[0].due_on == date(2032, 1, 5) and seen[-1] == "half"
            assert (await night(town, date(2032, 1, 1)))[-1] == "half"
            assert (await night(town, date(2032, 1, 2)))[-1] == "eve"
        else:
            assert (after.deadlines.due_on, after.deadlines.provisional) == (date(2032, 1, 6), False)
            assert (await night(town, date(2032, 1, 2)))[-1] == "half"
            assert (await night(town, date(2032, 1, 5)))[-1] == "eve"
    finally:
        await town.migrator.execute("delete from work_day where day = '2032-01-01'")
        await town.migrator.execute("delete from work_year where year in (2031, 2032)")


async def test_a_lost_minute_changes_nothing(town: Town) -> None:
    """Two looks at once tell once: the mark is set under the row's lock."""
    await town.submit()
    clock.freeze(datetime(2026, 11, 27, 4, tzinfo=UTC))
    for hour in (4, 5):
        clock.freeze(datetime(2026, 11, 27, hour, tzinfo=UTC) + timedelta(minutes=1))
        async with transaction() as db:
            await cases.jobs.watch_cases(db)
    await town.run_jobs()
    assert [e.event for e in (await town.read()).events] == ["submit", "half"]
