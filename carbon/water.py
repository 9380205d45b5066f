"""Water arithmetic (WA1-WA11): intake, reuse, balance, unit intake against quotas, measures. m3 4 decimals, percent 2, unit water 4 (GN2).

Symbols: intake V_f · reused V_r · total use V_t · consumed V_co · discharged V_d · leaked V_l · unconventional V_u · production intake V_yf.
None is "not known": a figure made of an unknown one is None, never 0 (GN8).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from carbon.rounding import CONTEXT, divide, percent, product, quantise, ratio

HUNDRED: Final = Decimal(100)
WAN: Final = Decimal(10_000)
#: kg in a m3 of condensate (rho of WA5).
DENSITY: Final = Decimal(1000)
#: Closing error in percent up to which a balance is accepted (WA7, parameter WATER_BALANCE_TOL).
BALANCE_TOLERANCE: Final = Decimal(10)
#: How far the products' shares may differ from the production intake, m3 (WA3).
ALLOCATION_TOLERANCE: Final = Decimal("0.01")
BALANCED, UNBALANCED = "ok", "水量不平衡"
ADVANCED, WITHIN, ABOVE, NO_QUOTA = "先进", "达标", "超定额", "无定额"


def cubic(value: Decimal) -> Decimal:
    """Cubic metres and water per unit: 4 decimals (GN2)."""
    return quantise(value, 4)


def together(*values: Decimal | None) -> Decimal | None:
    """The sum in m3; None when one of them is not known."""
    known = [v for v in values if v is not None]
    return cubic(sum(known, Decimal(0))) if len(known) == len(values) else None


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None or whole <= 0:
        return None
    return percent(CONTEXT.divide(product(part, HUNDRED), whole))


def _per(amount: Decimal | None, units: Decimal | None) -> Decimal | None:
    return None if amount is None or units is None or units <= 0 else ratio(divide(amount, units))


def intake(tap: Decimal | None, surface: Decimal | None, ground: Decimal | None, bought_other: Decimal | None, supplied_out: Decimal | None) -> Decimal | None:
    """V_f in m3 (WA1). Each source must be known, 0 is known; nothing said of water supplied to others means none."""
    taken = together(tap, surface, ground, bought_other)
    return None if taken is None else taken - cubic(supplied_out or Decimal(0))


def reuse_rate(reused: Decimal | None, fresh: Decimal | None) -> Decimal | None:
    """V_r / V_t in percent (WA2); the same form serves r_c and r_g of WA5."""
    return _share(reused, together(reused, fresh))


def condensate_recovery(returned: Decimal | None, steam_kg_h: Decimal | None, hours: Decimal | None) -> Decimal | None:
    """r_b in percent (WA5): returned m3 x 1000 kg/m3 against steam kg/h x hours."""
    if returned is None or steam_kg_h is None or hours is None:
        return None
    return _share(product(returned, DENSITY), product(steam_kg_h, hours))


def per_head_day(fresh: Decimal | None, staff: Decimal | None, days: Decimal | None) -> Decimal | None:
    """V_lf in m3 per head and day (WA5)."""
    return None if staff is None or days is None else _per(fresh, product(staff, days))


def per_wan(fresh: Decimal | None, money: Decimal | None) -> Decimal | None:
    """m3 per 万元 of value added or output (WA4); None without money above zero."""
    return _per(fresh, money)


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Leak and discharge rate in percent of V_f (WA6)."""
    return _share(part, whole)


def unconventional_share(unconventional: Decimal | None, fresh: Decimal | None) -> Decimal | None:
    """V_u / (V_f + V_u) in percent (WA6)."""
    return _share(unconventional, together(unconventional, fresh))


def unit_intake(production_water: Decimal | None, output: Decimal | None) -> Decimal | None:
    """V_uf in m3 per unit of the product (WA3)."""
    return _per(production_water, output)


@dataclass(frozen=True, slots=True)
class Balance:
    """Two sums that should meet, m3, and how far apart they are in percent of the first (WA7). ``word`` is ok or 水量不平衡."""

    inflow: Decimal
    outflow: Decimal
    difference: Decimal
    error_pct: Decimal | None
    word: str

    @property
    def accepted(self) -> bool:
        """Within the tolerance; nothing in and nothing out is in balance too."""
        return self.word == BALANCED


def balance(inflow: Decimal | None, outflow: Decimal | None, tolerance: Decimal = BALANCE_TOLERANCE) -> Balance | None:
    """Compare what came with what went; None when one side is not known. Something out of nothing has no percentage and no balance."""
    if inflow is None or outflow is None:
        return None
    apart = cubic(inflow - outflow)
    error = _share(abs(apart), inflow)
    good = apart == 0 if error is None else error <= tolerance
    return Balance(cubic(inflow), cubic(outflow), apart, error, BALANCED if good else UNBALANCED)


def allocation_gap(production: Decimal | None, allocated: Iterable[Decimal | None]) -> Decimal | None:
    """Products' shares less the production intake, m3; None when something is missing or the two meet within 0.01 m3 (WA3)."""
    total = together(*allocated)
    if production is None or total is None:
        return None
    gap = total - cubic(production)
    return gap if abs(gap) > ALLOCATION_TOLERANCE else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a product stands against its quota (WA8); ``excess_pct`` of the general value, only above it."""

    status: str
    excess_pct: Decimal | None = None


def standing(unit_water: Decimal | None, advanced: Decimal | None, general: Decimal | None) -> Standing | None:
    """先进, 达标, 超定额 with its excess, or 无定额 without a general value; None while the product's own figure is not known."""
    if general is None:
        return Standing(NO_QUOTA)
    if unit_water is None:
        return None
    if advanced is not None and unit_water <= advanced:
        return Standing(ADVANCED)
    return Standing(WITHIN) if unit_water <= general else Standing(ABOVE, _share(unit_water - general, general))


def cost_per_m3(investment_wan: Decimal | None, saving: Decimal | None) -> Decimal | None:
    """CNY per m3 saved in a year (WA10); None without a saving."""
    if investment_wan is None or saving is None or saving <= 0:
        return None
    return quantise(CONTEXT.divide(product(investment_wan, WAN), saving), 2)


def payback_years(investment_wan: Decimal | None, saving: Decimal | None, price: Decimal | None) -> Decimal | None:
    """Simple payback in years at a price in CNY/m3 (WA10)."""
    if investment_wan is None or saving is None or price is None or saving <= 0 or price <= 0:
        return None
    return quantise(CONTEXT.divide(product(investment_wan, WAN), product(saving, price)), 2)


def saving_within(year: int, implemented_on: date | None, saving: Decimal | None) -> Decimal | None:
    """m3 saved within ``year``: the months after the month of implementation, by twelfths (WA10 by RA3)."""
    if implemented_on is None or saving is None:
        return None
    months = 0 if implemented_on.year > year else 12 if implemented_on.year < year else 12 - implemented_on.month
    return cubic(CONTEXT.divide(product(saving, Decimal(months)), Decimal(12)))


def decline(previous: Decimal | None, current: Decimal | None) -> Decimal | None:
    """Decline of intake per 万元 in percent (WA11), negative when it grew; None without a figure above zero to compare with."""
    return None if previous is None or current is None else _share(previous - current, previous)
