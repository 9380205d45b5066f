"""Reminders of filing (FI12, NT): which days, which firms, whom, and what is said."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import filing
import notices
from carbon import due_on
from core import clock, jobs
from core.clock import BEIJING
from core.database import transaction
from core.ids import new_id
from filing.duties import Duty
from filing.reminders import months_to_remind, progress, remind_all
from tests.filing.test_duties import agency
from tests.filing.world import ELECTRICITY, GAS, E, G
from tests.notices.conftest import Town


def nine(year: int, month: int, day: int) -> datetime:
    """9:00 in Beijing."""
    return datetime(year, month, day, 9, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 11, 9), []),
        (date(2026, 11, 10), [(202610, False), (202609, True)]),  # due on the 15th in 5 days; a key unit's September was due yesterday
        (date(2026, 11, 11), []),
        (date(2026, 11, 14), [(202610, False)]),  # in 1 day
        (date(2026, 11, 15), []),
        (date(2026, 11, 16), [(202610, False), (202609, True)]),  # overdue 1 day
        (date(2026, 11, 22), [(202610, False)]),  # overdue 7 days
        (date(2026, 11, 23), []),
        (date(2026, 12, 5), [(202610, True)]),  # key unit: October is due on December 10
        (date(2026, 12, 9), [(202610, True)]),
        (date(2026, 12, 11), [(202610, True)]),
        (date(2026, 12, 17), [(202610, True)]),
        (date(2027, 1, 10), [(202612, False), (202611, True)]),
    ],
)
def test_the_days_of_reminding(today: date, months: list[tuple[int, bool]]) -> None:
    assert months_to_remind(today - timedelta(days=1), today) == months
    for period, key_unit in months:
        assert (today - due_on(period, key_unit)).days in (-5, -1, 1, 7)


def test_a_worker_that_stood_still_catches_up() -> None:
    assert months_to_remind(date(2026, 11, 9), date(2026, 11, 12)) == [(202610, False), (202609, True)]
    assert months_to_remind(date(2026, 11, 10), date(2026, 11, 12)) == []


def duty(state: str, missing: list[str], expected: int = 4) -> Duty:
    return Duty(202610, state, expected - len(missing), expected, missing, 0, date(2026, 11, 15))


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (duty("empty", ["电力", "天然气", "柴油", "热力"]), "4 项都还没有填"),
        (duty("draft", ["天然气", "柴油"]), "还差 2 项：天然气、柴油"),
        (duty("draft", ["电力", "天然气", "柴油", "热力"], 6), "还差 4 项：电力、天然气、柴油等"),
        (duty("draft", []), "4 项已填完，只差提交"),
        (duty("returned", []), "撤回后还没有重新提交"),
    ],
)
def test_how_far_a_month_is(of: Duty, words: str) -> None:
    assert progress(of) == words


async def run(town: Town, at: datetime, last: datetime | None = None) -> int:
    """The schedule at this time and the firm's job; returns how many jobs it had."""
    clock.freeze(at)
    async with transaction() as db:
        await remind_all(db, last, at)
    return await town.work("filing.remind")


async def september(town: Town) -> None:
    """A template from 2026-09 on, September filed."""
    clock.freeze(nine(2026, 10, 5))
    await town.firm.set_template(202609, ELECTRICITY, GAS)
    await town.firm.submit(town.firm.typed("2026-09", {E: "10", G: "2"}), answer_all=True)


async def test_a_month_that_is_due_is_told_to_the_filler(town: Town) -> None:
    await september(town)
    assert await run(town, nine(2026, 11, 9)) == 0
    assert await run(town, nine(2026, 11, 10)) == 1
    (row,) = await town.rows()
    assert row["person_id"] == town.firm.people["filler"] and row["kind"] == "month.due"
    firm = row["organisation_name"]
    assert row["text"] == f"{firm} 10 月能耗还没有提交，还有 5 天（11 月 15 日截止），2 项都还没有填。请打开填报，核对后提交。"
    assert (row["title"], row["month"], row["link"]) == ("10 月能耗待提交", 202610, "/filing/2026?month=2026-10")
    assert row["sms"] == "none" and town.gateway.messages == []
    assert await run(town, nine(2026, 11, 10)) == 0  # once a day
    assert await run(town, nine(2026, 11, 14)) == 1
    assert await run(town, nine(2026, 11, 16)) == 1
    assert await run(town, nine(2026, 11, 22)) == 1
    assert [r["kind"] for r in await town.rows()] == ["month.due", "month.due", "month.overdue", "month.overdue"]
    assert "已逾期 7 天（11 月 15 日截止）" in (await town.rows())[-1]["text"]


async def test_a_filed_month_is_not_told_even_when_it_was_filed_after_the_search(town: Town) -> None:
    await september(town)
    at = nine(2026, 11, 10)
    clock.freeze(at)
    async with transaction() as db:
        await remind_all(db, None, at)
    await town.firm.submit(town.firm.typed("2026-10", {E: "10", G: "2"}), answer_all=True)
    assert await town.work("filing.remind") == 1 and await town.rows() == []
    assert await run(town, nine(2026, 11, 14)) == 0


async def test_a_month_withdrawn_is_due_again(town: Town) -> None:
    await september(town)
    clock.freeze(nine(2026, 11, 2))
    await town.firm.submit(town.firm.typed("2026-10", {E: "10", G: "2"}), answer_all=True)
    async with town.firm.act() as ctx:
        await filing.withdraw_month(ctx, "2026-10", 1, "填错了")
    assert await run(town, nine(2026, 11, 10)) == 1
    assert "撤回后还没有重新提交" in (await town.rows())[0]["text"]


async def test_without_a_filler_the_managers_are_told(town: Town) -> None:
    await september(town)
    await town.seeing.execute("update membership set status = 'ended' where tenant_id = $1 and 'filler' = any (roles)", town.firm.id)
    await run(town, nine(2026, 11, 10))
    assert await town.told() == {"admin", "legal"}


async def test_agents_who_may_file_are_told_too(town: Town) -> None:
    await september(town)
    clock.freeze(nine(2026, 11, 3))
    may, may_not = new_id(), new_id()
    await agency(town.seeing, town.firm, may, phone="13900139101")
    await agency(town.seeing, town.firm, may_not, phone="13900139102", scopes=["read"])
    await run(town, nine(2026, 11, 10))
    assert {r["person_id"] for r in await town.rows()} == {town.firm.people["filler"], may}


@pytest.mark.parametrize("what", ["closed", "part", "no_item", "before"])
async def test_where_nothing_is_due_nobody_is_told(town: Town, what: str) -> None:
    await september(town)
    if what == "closed":
        await town.seeing.execute("update organisation set status = 'suspended' where id = $1", town.firm.id)
    elif what == "part":  # GN7: declared that it did not work in October
        await town.seeing.execute(
            "insert into part_year (tenant_id, year, months, reason, declared_at) values ($1, 2026, '[202609, 202611, 202612]', '停产', now())", town.firm.id
        )
    elif what == "no_item":
        await town.seeing.execute("update template_item set last_month = 202609 where tenant_id = $1", town.firm.id)
    else:
        await town.seeing.execute("update template set first_month = 202611 where tenant_id = $1", town.firm.id)
    assert await run(town, nine(2026, 11, 10)) == 0


async def test_a_key_emission_unit_has_forty_days(town: Town) -> None:
    await september(town)
    await town.seeing.execute("update profile set ets_key_unit = true where tenant_id = $1", town.firm.id)
    await town.seeing.execute(
        "insert into profile (tenant_id, id, ets_key_unit) values ($1, $1, true) on conflict (tenant_id, id) do update set ets_key_unit = true", town.firm.id
    )
    assert await run(town, nine(2026, 11, 10)) == 0
    assert await run(town, nine(2026, 12, 5)) == 1
    assert "（12 月 10 日截止）" in (await town.rows("month"))[0]["text"]


async def draft(town: Town, amount: str, **more: Any) -> None:
    values = {str(town.firm.items[E]): amount, str(town.firm.items[G]): "2"}
    async with town.firm.act("filler") as ctx:
        await filing.save_draft(ctx, "2026-10", more.pop("version", 0), {"values": values, **more}, "陈*明")


async def test_a_question_open_for_three_days(town: Town) -> None:
    await september(town)
    clock.freeze(nine(2026, 11, 3) + timedelta(hours=1))
    await draft(town, "100")  # ten times September (FI9)
    assert await run(town, nine(2026, 11, 5)) == 0
    assert await run(town, nine(2026, 11, 6), nine(2026, 11, 5)) == 0  # 2 days 23 hours
    assert await run(town, nine(2026, 11, 7), nine(2026, 11, 6)) == 1
    assert await town.told("question.open") == {"filler", "admin"}
    assert "10 月填报有 1 个问题超过 3 天没有确认" in (await town.rows())[0]["text"]
    assert await run(town, nine(2026, 11, 8), nine(2026, 11, 7)) == 0  # told once


@pytest.mark.parametrize("what", ["answered", "plain", "touched"])
async def test_a_question_that_is_none_any_more(town: Town, what: str) -> None:
    await september(town)
    clock.freeze(nine(2026, 11, 3) + timedelta(hours=1))
    await draft(town, "10" if what == "plain" else "100", **({"reasons": {str(town.firm.items[E]): "新增产线"}} if what == "answered" else {}))
    at = nine(2026, 11, 7)
    clock.freeze(at)
    async with transaction() as db:
        await remind_all(db, nine(2026, 11, 6), at)
    if what == "touched":
        await draft(town, "101", version=1)
    await town.work("filing.remind")
    assert await town.rows("question") == []


async def test_the_job_repeated_tells_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await september(town)
    at = nine(2026, 11, 10)
    clock.freeze(at)
    async with transaction() as db:
        await remind_all(db, None, at)
    job = (await town.jobs("filing.remind"))[0]
    known = jobs.KINDS["filing.remind"]

    async def killed(ctx: object, run: object) -> None:
        await known.handler(ctx, run)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setitem(jobs.KINDS, "filing.remind", jobs.JobKind(known.kind, killed, known.attempts))
    with pytest.raises(KeyboardInterrupt):
        await jobs.run_job(town.firm.id, job["id"])
    assert await town.rows() == []
    monkeypatch.setitem(jobs.KINDS, "filing.remind", known)
    await jobs.run_job(town.firm.id, job["id"])
    await jobs.run_job(town.firm.id, job["id"])
    assert len(await town.rows()) == 1


async def test_the_search_leaves_no_eye_open(town: Town) -> None:
    await september(town)
    at = nine(2026, 11, 10)
    async with transaction() as db:
        await remind_all(db, None, at)
        assert await db.value("select current_setting('app.machine', true)") in ("", None)
        await db.run("select set_config('app.machine', 'reminders', true)")  # the application has no use of it
        assert await db.value("select count(*) from template") == 0
        assert await db.value("select count(*) from organisation") == 0


async def test_the_schedule_runs_at_nine(town: Town) -> None:
    item = jobs.SCHEDULES["filing.reminders"]
    assert item.next_after(nine(2026, 11, 10) - timedelta(seconds=1)) == nine(2026, 11, 10)
    assert item.next_after(nine(2026, 11, 10)) == nine(2026, 11, 11)
    assert notices.quiet_seconds(nine(2026, 11, 10)) == 0
