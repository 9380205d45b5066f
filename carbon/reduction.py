"""Reductions 减碳 (RA1-RA6, R102-R104): what a measure saves a year and in its year, what a tonne costs, indicators before and after.

Pure: the caller resolves the dated factor of the month of implementation and hands it in. tCO2 keep 6 decimals a line (GN1); claims
print 2 (R102); money per tonne 2; percentages 2.
"""

from decimal import Decimal

from msgspec import Struct

from carbon.rounding import CONTEXT, divide, line, percent, product, quantise
from carbon.units import convert

#: A typed claim further than this from the computed one is asked about (R103).
CLAIM_TOLERANCE = Decimal("0.01")
#: Stated life of a measure when the firm names none (RA3, product choice).
LIFE_YEARS = 5
DIRECTIONS = ("lower", "higher")


def saved(amount: Decimal, unit: str, factor: Decimal, factor_unit: str) -> Decimal:
    """tCO2 a year of one saved energy (RA1); negative where a measure uses more of it. Raises UnitError."""
    top, _, bottom = factor_unit.partition("/")
    return line(convert(product(convert(amount, unit, bottom), factor), top, "tCO2"))


def claim_differs(claimed: Decimal, computed: Decimal) -> bool:
    """R103: a warning with both figures, never a block."""
    return abs(claimed - computed) > CLAIM_TOLERANCE


def months_in_effect(implemented: int, year: int, life_years: int = LIFE_YEARS) -> int:
    """Months of ``year`` in which a measure of the month ``implemented`` (YYYYMM) acts: from the month after it to the end of its life (RA3)."""
    first = implemented // 100 * 12 + implemented % 100  # the month after, counted from year 0
    last = first + life_years * 12  # exclusive
    return max(0, min(last, (year + 1) * 12) - max(first, year * 12))


def effect_in(annual: Decimal, implemented: int, year: int, life_years: int = LIFE_YEARS) -> Decimal:
    """tCO2 (or m3) of one year: the share of twelve months in which the measure acts, 6 decimals (RA3)."""
    return line(divide(CONTEXT.multiply(annual, Decimal(months_in_effect(implemented, year, life_years))), Decimal(12)))


def cost_per_tonne(investment_wan: Decimal, annual: Decimal) -> Decimal | None:
    """CNY per tCO2 of annual reduction (RA4); None when nothing is reduced."""
    return None if annual <= 0 else quantise(divide(product(investment_wan, Decimal(10000)), annual), 2)


def reduction_share(annual_total: Decimal, core_before: Decimal | None) -> Decimal | None:
    """Percent of the year before's E_core (RA6); None without a positive base (``ZERO_BASE``)."""
    return None if core_before is None or core_before <= 0 else percent(divide(product(annual_total, Decimal(100)), core_before))


class Indicator(Struct, frozen=True):
    """An audit indicator compared: ``change`` = after − before, percents with 2 decimals, ``reached`` None without a target (RA5)."""

    change: Decimal
    change_pct: Decimal | None
    attainment_pct: Decimal | None
    reached: bool | None


def indicator(before: Decimal, after: Decimal, target: Decimal | None = None) -> Indicator:
    """RA5, R104. One formula serves both directions: (before − after)/(before − target) mirrors into itself."""
    change = after - before
    change_pct = None if before == 0 else percent(divide(product(change, Decimal(100)), before))
    if target is None or before == target:
        return Indicator(change, change_pct, None, None)
    attainment = percent(divide(product(before - after, Decimal(100)), before - target))
    return Indicator(change, change_pct, attainment, attainment >= 100)
