"""Working days 工作日 (R83): a dated table by the State Council's yearly notice, the operator's own word above it.

The day of an event is not counted; a deadline of n working days ends at 24:00 Beijing time of the n-th working day after it. A
make-up Saturday counts, a holiday on a weekday does not. The next year's days are not known before the notice (about November): until
then its days count by weekdays and a deadline that reaches into it is ``provisional`` and worked out again when the calendar comes.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from importlib.metadata import version

import asyncpg

from core.clock import utc_now
from core.database import Acting, Db
from core.errors import FieldError, Invalid

#: Earlier years carry no open deadline.
FIRST_YEAR = 2024
HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One day. ``holiday``: of which holiday it is a part or a make-up day; ``overridden``: the operator's word stands."""

    date: date
    working: bool
    holiday: str
    by_calendar: bool
    overridden: bool
    note: str


@dataclass(frozen=True, slots=True)
class WorkYear:
    """A year. ``known``: its notice is in the table; ``working_days`` counts by what is known today."""

    year: int
    known: bool
    source: str
    working_days: int
    days: list[WorkDay]


async def add_working_days(db: Db, day: date, n: int) -> tuple[date, bool]:
    """The last day of a deadline of ``n`` working days after ``day``, and whether it is provisional. ``n`` 0-400."""
    row = await db.row("select due, provisional from work_days_after($1, $2)", day, n)
    assert row is not None
    return row["due"], row["provisional"]


async def elapsed(db: Db, start: datetime, end: datetime, pauses: Sequence[tuple[datetime, datetime]] = ()) -> Decimal:
    """Working days used from ``start`` to ``end`` without the pauses, to a tenth, rounded down.

    Each stretch begins on the day after it starts (R83), so the day on which a pause ends is not counted either. Pauses lie in order.
    """
    total, begin = Decimal(0), start
    for pause_from, pause_to in pauses:
        total += await _between(db, begin, pause_from)
        begin = pause_to
    return (total + await _between(db, begin, end)).quantize(_TENTH, ROUND_DOWN)


async def _between(db: Db, begin: datetime, end: datetime) -> Decimal:
    return Decimal(await db.value("select work_days_between($1, $2)", begin, end))


async def is_working_day(db: Db, day: date) -> bool:
    """Is it one? Make-up Saturdays are."""
    return bool(await db.value("select is_work_day($1)", day))


async def read_year(ctx: Acting, year: int) -> WorkYear:
    """All days of a year. Raises Invalid outside 2024-2100."""
    _check_year(year)
    source = await ctx.db.value("select source from work_year where year = $1", year)
    rows = await ctx.db.rows("select * from work_day where extract(year from day) = $1", year)
    written = {row["day"]: row for row in rows}
    days = []
    for n in range(366 if monthrange(year, 2)[1] == 29 else 365):
        day = date(year, 1, 1) + timedelta(days=n)
        row = written.get(day, {})
        by_calendar = row.get("by_calendar")
        plain = day.isoweekday() < 6 if by_calendar is None else by_calendar
        said = row.get("by_operator")
        days.append(WorkDay(day, plain if said is None else said, row.get("holiday", ""), plain, said is not None, row.get("note", "")))
    return WorkYear(year, source is not None, source or "", sum(d.working for d in days), days)


async def set_day(ctx: Acting, day: date, working: bool | None, note: str) -> WorkDay:
    """The operator's word on one day, None to take it back. Deadlines that have passed do not move. Raises Invalid."""
    _check_year(day.year, "date")
    said = " ".join(note.split())
    if working is not None and not 2 <= len(said) <= 100:
        raise Invalid([FieldError("note", "REQUIRED", "请写明依据，例如通知的名称和文号（2–100 字）。")])
    if day < ctx.today:
        raise Invalid([FieldError("date", "PAST", "过去的日子不能再改：已经算过的期限以当时的日历为准。")])
    await ctx.db.run("select work_day_set($1, $2, $3, $4)", day, working, said, ctx.now)
    ctx.audit("work_day.set", "work_day", day.isoformat(), detail={"working": working, "note": said})
    return next(d for d in (await read_year(ctx, day.year)).days if d.date == day)


async def confirm_year(ctx: Acting, year: int) -> WorkYear:
    """The year's days have been entered by hand from the notice: its deadlines are final. Raises Invalid."""
    _check_year(year)
    await ctx.db.run("select work_year_confirm($1, $2)", year, ctx.now)
    ctx.audit("work_year.confirmed", "work_year", str(year))
    return await read_year(ctx, year)


def _check_year(year: int, path: str = "year") -> None:
    if not FIRST_YEAR <= year <= 2100:
        raise Invalid([FieldError(path, "YEAR", f"工作日历从 {FIRST_YEAR} 年起，请重新选择年份。")])


async def load_reference(connection: asyncpg.Connection) -> int:
    """Load the package's years as the migrator; returns how many days changed. What the operator said stays."""
    import chinese_calendar

    years = sorted({d.year for d in chinese_calendar.holidays if d.year >= FIRST_YEAR})
    special = {d: (False, name) for d, name in chinese_calendar.holidays.items() if d.year in years}
    special |= {d: (True, name) for d, name in chinese_calendar.workdays.items() if d.year in years}
    now, source = utc_now(), f"国务院办公厅节假日安排（chinesecalendar {version('chinesecalendar')}）"
    for year in years:
        await connection.execute(
            "insert into work_year as y (year, source, confirmed_at) values ($1, $2, $3)"
            " on conflict (year) do update set source = $2, confirmed_at = $3 where y.source <> $2",
            year, source, now,
        )  # fmt: skip
    days = sorted(special)
    status = await connection.execute(
        "insert into work_day as w (day, by_calendar, holiday, changed_at) select d, c, h, $4 from unnest($1::date[], $2::boolean[], $3::text[]) u (d, c, h)"
        " on conflict (day) do update set by_calendar = excluded.by_calendar, holiday = excluded.holiday, changed_at = $4"
        " where (w.by_calendar, w.holiday) is distinct from (excluded.by_calendar, excluded.holiday)",
        days, [special[d][0] for d in days], [HOLIDAYS.get(special[d][1], special[d][1]) for d in days], now,
    )  # fmt: skip
    return int(status.rsplit(" ", 1)[-1])


__all__ = ["WorkDay", "WorkYear", "add_working_days", "confirm_year", "elapsed", "is_working_day", "load_reference", "read_year", "set_day"]
