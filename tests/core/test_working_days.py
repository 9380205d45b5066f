"""Working days (R83) on the State Council's notices for 2025 and 2026; 2027 is not announced yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal

import asyncpg
import pytest

from core import working_days
from core.clock import BEIJING, utc_now
from core.database import Acting, transaction
from core.errors import Invalid
from core.ids import PLATFORM_ORG, new_id

D = date.fromisoformat


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@asynccontextmanager
async def operator() -> AsyncIterator[Acting]:
    async with transaction() as db:
        for name, value in {"app.tenant": PLATFORM_ORG, "app.person": new_id(), "app.kind": "operator"}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        yield Acting(db, utc_now(), tenant_id=PLATFORM_ORG, org_kind="operator")


@pytest.mark.parametrize(
    ("day", "n", "due", "provisional"),
    [
        ("2026-11-16", 3, "2026-11-19", False),  # an ordinary week
        ("2026-11-20", 3, "2026-11-25", False),  # Friday: the weekend does not count
        ("2026-11-21", 3, "2026-11-25", False),  # Saturday: the event's day is not counted anyway
        ("2025-01-24", 3, "2025-02-05", False),  # Sunday 26 January is a make-up day; Spring Festival 28 January to 4 February
        ("2025-09-26", 3, "2025-09-30", False),  # Sunday 28 September is a make-up day
        ("2025-09-30", 3, "2025-10-11", False),  # National Day 1-8 October; Saturday 11 October is worked
        ("2025-12-31", 1, "2026-01-04", False),  # New Year 1-3 January 2026; Sunday 4 January is worked
        ("2026-02-13", 3, "2026-02-25", False),  # Saturday 14 February worked; Spring Festival 15-23 February
        ("2026-04-30", 3, "2026-05-08", False),  # Labour Day 1-5 May
        ("2026-05-08", 1, "2026-05-09", False),  # the make-up Saturday of Labour Day
        ("2026-09-24", 3, "2026-09-30", False),  # Mid-autumn 25-27 September
        ("2026-09-30", 3, "2026-10-10", False),  # National Day 1-7 October; Saturday 10 October is worked
        ("2026-12-30", 1, "2026-12-31", False),
        ("2026-12-31", 1, "2027-01-01", True),  # unknown year: by weekdays, and said so
        ("2027-02-04", 3, "2027-02-09", True),
        ("2026-11-18", 0, "2026-11-18", False),
    ],
)
async def test_the_end_of_a_deadline(database: str, day: str, n: int, due: str, provisional: bool) -> None:
    async with transaction() as db:
        assert await working_days.add_working_days(db, D(day), n) == (D(due), provisional)


@pytest.mark.parametrize(("year", "count"), [(2025, 248), (2026, 248)])
async def test_the_working_days_of_a_year(database: str, year: int, count: int) -> None:
    """261 weekdays in both years; minus the holidays on weekdays, plus the make-up days of the notice."""
    async with operator() as ctx:
        found = await working_days.read_year(ctx, year)
    assert found.known and found.working_days == count
    assert len(found.days) == 365 and not any(d.overridden for d in found.days)


async def test_the_named_days_of_the_notices(database: str) -> None:
    async with operator() as ctx:
        days = {d.date: d for y in (2025, 2026) for d in (await working_days.read_year(ctx, y)).days}
    made_up = {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"}
    made_up |= {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}
    assert {d.isoformat() for d, w in days.items() if w.working and d.isoweekday() > 5} == made_up
    assert days[D("2026-02-14")].holiday == "春节" and days[D("2025-10-06")].holiday == "中秋节"
    assert [days[D(d)].working for d in ("2026-02-15", "2026-02-23", "2026-02-24", "2026-06-19", "2026-06-22")] == [False, False, True, False, True]


async def test_2027_is_provisional_until_somebody_confirms_it(database: str) -> None:
    async with operator() as ctx:
        before = await working_days.read_year(ctx, 2028)
        assert (before.known, before.source, before.days[2].working) == (False, "", True)
        assert await working_days.add_working_days(ctx.db, D("2028-02-25"), 2) == (D("2028-02-29"), True)
        await working_days.set_day(ctx, D("2028-02-28"), False, "国办发明电〔2027〕7 号")
        assert await working_days.add_working_days(ctx.db, D("2028-02-25"), 2) == (D("2028-03-01"), True)
        assert (await working_days.confirm_year(ctx, 2028)).known
        assert await working_days.add_working_days(ctx.db, D("2028-02-25"), 2) == (D("2028-03-01"), False)
        assert [r.action for r in ctx.audit_rows] == ["work_day.set", "work_year.confirmed"]


@pytest.mark.parametrize(
    ("start", "end", "pauses", "used"),
    [
        ("2026-11-16T09:00", "2026-11-16T18:00", [], "0.0"),  # the day of the event
        ("2026-11-16T09:00", "2026-11-17T12:00", [], "0.5"),
        ("2026-11-16T09:00", "2026-11-18T12:00", [], "1.5"),
        ("2026-11-16T09:00", "2026-11-19T23:59", [], "2.9"),  # still inside
        ("2026-11-16T09:00", "2026-11-20T00:00", [], "3.0"),  # over
        ("2026-11-20T09:00", "2026-11-22T20:00", [], "0.0"),  # a weekend
        ("2025-01-24T09:00", "2025-01-26T12:00", [], "0.5"),  # a worked Sunday
        ("2026-02-13T09:00", "2026-02-24T00:00", [], "1.0"),  # ten days, one of them worked
        # returned on Wednesday noon, handed in again on Friday: the clock stands in between, Monday is the next day that counts
        ("2026-11-16T09:00", "2026-11-23T12:00", [("2026-11-18T12:00", "2026-11-20T10:00")], "2.0"),
        ("2026-11-16T09:00", "2026-11-20T18:00", [("2026-11-18T12:00", "2026-11-20T10:00")], "1.5"),
        ("2026-11-16T23:30", "2026-11-16T15:00", [], "0.0"),  # never negative
    ],
)
async def test_the_clock_of_a_desk(database: str, start: str, end: str, pauses: list[tuple[str, str]], used: str) -> None:
    async with transaction() as db:
        stops = [(at(a), at(b)) for a, b in pauses]
        assert await working_days.elapsed(db, at(start), at(end), stops) == Decimal(used)


async def test_the_clock_is_the_one_of_beijing(database: str) -> None:
    """17:00 UTC on Monday is Tuesday in Beijing: Tuesday is the day of the event."""
    async with transaction() as db:
        start = datetime.fromisoformat("2026-11-16T17:00:00+00:00")
        assert await working_days.elapsed(db, start, at("2026-11-17T23:00")) == Decimal("0.0")
        assert await working_days.elapsed(db, start, at("2026-11-18T12:00")) == Decimal("0.5")


async def test_an_operators_word_stands_above_the_calendar_and_survives_a_reload(database: str, migrator: asyncpg.Connection) -> None:
    day = D("2026-12-24")
    async with operator() as ctx:
        said = await working_days.set_day(ctx, day, False, "市府办通知：系统迁移停办一天")
        assert (said.working, said.by_calendar, said.overridden) == (False, True, True)
        assert await working_days.add_working_days(ctx.db, D("2026-12-23"), 1) == (D("2026-12-25"), False)
    assert await working_days.load_reference(migrator) == 0
    async with operator() as ctx:
        assert not await working_days.is_working_day(ctx.db, day)
        back = await working_days.set_day(ctx, day, None, "")
        assert (back.working, back.overridden, back.note) == (True, False, "")
    assert await migrator.fetchval("select count(*) from work_day where day = $1", day) == 0


async def test_bad_words_are_refused(database: str) -> None:
    async with operator() as ctx:
        for day, working, note, code in [
            (D("2026-12-24"), False, "", "REQUIRED"),
            (D("2023-12-24"), False, "有依据", "YEAR"),
            (D("2024-12-24"), False, "有依据", "PAST"),
        ]:
            with pytest.raises(Invalid) as caught:
                await working_days.set_day(ctx, day, working, note)
            assert caught.value.errors[0].code == code
        with pytest.raises(Invalid):
            await working_days.read_year(ctx, 1999)


async def test_only_an_operator_changes_the_calendar(database: str) -> None:
    for call in ("work_day_set('2026-12-24', false, 'x', now())", "work_year_confirm(2029, now())"):
        async with transaction() as db:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.run(f"select {call}")
