"""A line computed again for another amount, from the factor rows of its own trace (LR4): nothing is looked up, nothing can have moved on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from carbon.lines import PROCESS, per_bottom
from carbon.rounding import CONTEXT, line, product
from carbon.units import convert, convert_per


def co2_again(inputs: Sequence[Mapping[str, Any]], use: str, unit: str, amount: Decimal) -> Decimal:
    """tCO2 of ``amount`` (in ``unit``) by FI7 with the rows ``inputs`` of a stored trace, 6 decimals (GN1).

    ``calculate_line`` gave the filed amount the same rows, so the filed amount gives the filed result. Raises carbon.UnitError.
    """
    if use == PROCESS:
        return line(convert(amount, unit, "tCO2"))
    if not inputs:
        return line(Decimal(0))
    sign = Decimal(-1 if use.startswith("exported") else 1)
    factor = next((row for row in inputs if "CO2/" in str(row["unit"])), None)
    heat = next((row for row in inputs if str(row["unit"]).startswith("GJ/")), None)
    if factor is None:
        carbon = next(row for row in inputs if row["unit"] == "tC/GJ")
        rate = next(row for row in inputs if row["unit"] == "%")
        assert heat is not None, "a fuel without a factor of its own has a calorific value"
        used = convert(amount, unit, per_bottom(str(heat["unit"])))
        value = CONTEXT.divide(product(_value(heat), _value(carbon), _value(rate), Decimal(44)), Decimal(1200))
        return line(product(used, value))
    base = per_bottom(str(factor["unit"]))
    used = convert(amount, unit, per_bottom(str(heat["unit"]))) if heat is not None else convert(amount, unit, base)
    if heat is not None:
        used = product(used, convert_per(_value(heat), str(heat["unit"]), f"GJ/{per_bottom(str(heat['unit']))}"))
        base = "GJ"
    return line(product(used, convert_per(_value(factor), str(factor["unit"]), f"tCO2/{base}"), sign))


def _value(row: Mapping[str, Any]) -> Decimal:
    return Decimal(str(row["value"]))
