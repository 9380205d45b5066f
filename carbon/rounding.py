"""Rounding, in this room alone (GN1, GN2). Half-up on decimals of 34 digits; nothing is ever clamped."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

PRECISION: Final = 34
CONTEXT: Final = Context(prec=PRECISION, rounding=ROUND_HALF_UP)
ONE: Final = Decimal(1)
_STEPS: Final = tuple(Decimal(1).scaleb(-places) for places in range(40))


def quantise(value: Decimal, places: int) -> Decimal:
    """``value`` with exactly ``places`` decimals, half-up. Raises decimal.InvalidOperation beyond 34 digits."""
    return value.quantize(_STEPS[places], context=CONTEXT)


def line(value: Decimal) -> Decimal:
    """One line result: 6 decimals (GN1; one gram of a tonne)."""
    return quantise(value, 6)


def ratio(value: Decimal) -> Decimal:
    """Intensity L, carbon efficiency K: 4 decimals (GN2)."""
    return quantise(value, 4)


def percent(value: Decimal) -> Decimal:
    """Percentages: 2 decimals (GN2)."""
    return quantise(value, 2)


def shown(value: Decimal) -> Decimal:
    """tCO2 and tce as printed: 2 decimals (GN3)."""
    return quantise(value, 2)


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """A quotient with 34 significant digits."""
    return CONTEXT.divide(numerator, denominator)


def product(*factors: Decimal) -> Decimal:
    """A product with 34 significant digits."""
    result = ONE
    for factor in factors:
        result = CONTEXT.multiply(result, factor)
    return result


def plain(value: Decimal) -> str:
    """The decimal as digits without exponent, for traces and answers."""
    return format(value, "f")


def short(value: Decimal | str) -> str:
    """The decimal as people type it: digits without exponent and without zeros behind the last one that counts."""
    return plain(Decimal(value).normalize())
