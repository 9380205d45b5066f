"""Sums (rule RS1).

Folding the delta rows, a firm's own year, monthly cells of a region, and what may be shown of them (RS7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.database import Acting, Db
from rollups import queries

#: RS7: a cell that others may see has at least five firms, none of them above 70 % of the sum.
MIN_PEERS = 5
MAX_SHARE = Decimal("70.00")


@dataclass(frozen=True, slots=True)
class FirmYear:
    """Sums of one firm and year: tCO2, tce, 万元, m3 of water taken in; how many months are complete."""

    year: int
    basis: str
    region_code: str
    industry_code: str
    co2: Decimal
    tce: Decimal
    va: Decimal
    output: Decimal
    d_green: Decimal
    a_own: Decimal
    months_complete: int
    water: Decimal


@dataclass(frozen=True, slots=True)
class MonthCell:
    """Sums of one region, industry, month, basis and source group; ``firms`` = firms whose month is complete.

    What is given for a year (``operating``, ``water``) stands under period YYYY00; ``water`` is the intake V_f in m3 of the firms whose
    water year is complete, ``firms`` of such a cell counts them.
    """

    region_code: str
    industry_code: str
    period: int
    basis: str
    source_group: str
    co2: Decimal
    tce: Decimal
    va: Decimal
    output: Decimal
    d_green: Decimal
    a_own: Decimal
    firms: int
    water: Decimal


@dataclass(frozen=True, slots=True)
class Shown:
    """What a stranger may see of one cell: the value, or 数据不足."""

    code: str
    value: Decimal | None

    @property
    def suppressed(self) -> bool:
        """True: 数据不足 stands in its place."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell before RS7: firms in it, share of its largest member in percent, its value."""

    code: str
    n: int
    largest_share: Decimal
    value: Decimal


async def fold(db: Db, limit: int = 20_000) -> int:
    """Merge waiting deltas into the sums.

    Returns how many. Safe to call at any time, by anyone, any number of times.
    """
    return int(await db.value(queries.FOLD, limit))


async def own_year(ctx: Acting, year: int) -> FirmYear | None:
    """The acting firm's year, verified values before filed ones.

    None when nothing was ever submitted. Exact at every moment.
    """
    row = await ctx.db.row(queries.OWN_YEAR, year)
    return None if row is None else FirmYear(year=year, **row)


async def month_cells(ctx: Acting, region_prefix: str, industry_prefix: str, first: int, last: int) -> list[MonthCell]:
    """Cells below a region and an industry (code prefixes; empty = all) for ``first``..``last`` (YYYYMM; YYYY00: given for the year)."""
    return [
        MonthCell(**row) for row in await ctx.db.rows(queries.MONTH_CELLS, region_prefix, industry_prefix, first, last)
    ]


def showable(n: int, largest_share: Decimal) -> bool:
    """RS7: may a cell be shown outside the regulator's view?"""
    return n >= MIN_PEERS and largest_share <= MAX_SHARE


def suppress(cells: Sequence[Cell]) -> list[Shown]:
    """RS7 for cells that stand beside their total: thin ones are hidden, and never exactly one of them alone."""
    hidden = {c.code for c in cells if not showable(c.n, c.largest_share)}
    if len(hidden) == 1 and len(cells) > 1:
        hidden.add(min((c for c in cells if c.code not in hidden), key=lambda c: (c.n, c.code)).code)
    return [Shown(c.code, None if c.code in hidden else c.value) for c in cells]
