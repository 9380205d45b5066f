"""Periods (GN6): month ``2025-03``, quarter ``2025Q1``, half ``2025H1``, year ``2025``; a month inside is an int YYYYMM."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from carbon.rounding import divide, quantise


class PeriodError(ValueError):
    """A period that is none; the message is Chinese."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole months."""

    code: str
    kind: str  # Y | H | Q | M
    months: tuple[int, ...]

    @property
    def year(self) -> int:
        """Calendar year."""
        return self.months[0] // 100

    @property
    def last_day(self) -> date:
        """The last day of the last month."""
        return month_end(self.months[-1])


def parse(code: str) -> Period:
    """Read a period code. Raises PeriodError."""
    if match := re.fullmatch(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])|Q([1-4])|H([12]))?", code, re.ASCII):
        year = int(match[1])
        if match[2]:
            return Period(code, "M", (year * 100 + int(match[2]),))
        if match[3]:
            first = int(match[3]) * 3 - 2
            return Period(code, "Q", tuple(year * 100 + m for m in range(first, first + 3)))
        if match[4]:
            first = int(match[4]) * 6 - 5
            return Period(code, "H", tuple(year * 100 + m for m in range(first, first + 6)))
        return Period(code, "Y", tuple(year * 100 + m for m in range(1, 13)))
    raise PeriodError(f"“{code}”不是期间，请写成 2025、2025H1、2025Q1 或 2025-03。")


@lru_cache(2048)
def month_int(code: str) -> int:
    """``2025-03`` → 202503. Raises PeriodError."""
    period = parse(code)
    if period.kind != "M":
        raise PeriodError(f"“{code}”不是月份，请写成 2025-03。")
    return period.months[0]


def month_code(month: int) -> str:
    """202503 → ``2025-03``."""
    return f"{month // 100:04d}-{month % 100:02d}"


def month_end(month: int) -> date:
    """The last day of a month YYYYMM."""
    year, number = divmod(month, 100)
    return date(year, number, calendar.monthrange(year, number)[1])


DUE_DAYS, KEY_UNIT_DUE_DAYS = 15, 40


def due_on(month: int, key_unit: bool = False) -> date:
    """The last day for filing a month: the 15th of the next; 40 calendar days after its end for 重点排放单位 (FI12)."""
    return month_end(month) + timedelta(days=KEY_UNIT_DUE_DAYS if key_unit else DUE_DAYS)


def shift(month: int, by: int) -> int:
    """A month ``by`` months later."""
    index = (month // 100) * 12 + month % 100 - 1 + by
    return index // 12 * 100 + index % 12 + 1


def month_range(first: int, last: int) -> list[int]:
    """All months from first to last, both included."""
    months = []
    while first <= last:
        months.append(first)
        first = shift(first, 1)
    return months


def split_range(amount: Decimal, months: list[int]) -> dict[int, Decimal]:
    """One sum over consecutive months of one year (FI4): n-1 equal parts of 6 decimals, the rest in the last; exact.

    Raises PeriodError when the months are not consecutive months of one calendar year.
    """
    if not months or months != month_range(months[0], months[-1]) or months[0] // 100 != months[-1] // 100:
        raise PeriodError("合并填报只能是同一年内连续的月份。")
    part = quantise(divide(amount, Decimal(len(months))), 6)
    spread = dict.fromkeys(months[:-1], part)
    spread[months[-1]] = amount - part * (len(months) - 1)
    return spread


def missing(period: Period, required: dict[int, list[str]], filed: dict[int, set[str]], declared: set[int] | None = None) -> list[tuple[str, str]]:
    """(month, item) pairs without a value in a submitted filing (GN7). 0 is a value. ``required``: items of the template in force."""
    months = [m for m in period.months if declared is None or m in declared]
    return [(month_code(m), item) for m in months for item in required.get(m, []) if item not in filed.get(m, set())]


#: Months of validity by kind of period (CC6).
CERTIFICATE_MONTHS = {"Y": 18, "H": 9, "Q": 6, "M": 3}


def certificate_valid_until(code: str, months: dict[str, int] | None = None) -> date:
    """End of validity (CC6): last day of the month 18 / 9 / 6 / 3 months after the period's last month."""
    period = parse(code)
    return month_end(shift(period.months[-1], (months or CERTIFICATE_MONTHS)[period.kind]))
