"""A verified amount takes the filed line's own rows (LR4): the filed amount again gives the filed result, for every kind and use."""

from datetime import date
from decimal import Decimal

import pytest

from carbon import Activity, LineError, Measured, calculate_line
from carbon.again import co2_again
from factors import Ask, catalogue_from_files

BOOK = catalogue_from_files()


@pytest.mark.parametrize("amount", ["0", "0.000001", "12.345678", "98765.4321"])
def test_the_filed_amount_gives_the_filed_result(amount: str) -> None:
    tried = 0
    for code in BOOK.codes:
        carrier = BOOK.carrier(code, Ask("440000", 202506, date(2026, 1, 1)))
        for use in carrier.uses:
            try:
                made = calculate_line(Activity(carrier, Decimal(amount), carrier.fill_in_unit, use))
            except LineError:
                continue
            assert co2_again(made.trace["inputs"], use, carrier.fill_in_unit, Decimal(amount)) == made.co2_t, (code, use)
            tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    "measured",
    [
        Measured(factor=Decimal("21.5")),
        Measured(ncv=Decimal("389.31"), carbon_content=Decimal("0.0153"), oxidation_rate=Decimal(99)),
    ],
)
def test_measured_parameters_are_kept(measured: Measured) -> None:
    carrier = BOOK.carrier("natural_gas", Ask("440000", 202506, date(2026, 1, 1)))
    made = calculate_line(Activity(carrier, Decimal("3.2"), carrier.fill_in_unit, "fuel", measured))
    assert co2_again(made.trace["inputs"], "fuel", carrier.fill_in_unit, Decimal("3.2")) == made.co2_t


def test_another_amount_is_computed_not_scaled() -> None:
    """40.65 万kWh × 0.4403 kgCO2/kWh, to the gram."""
    row = {"value": "0.4403", "unit": "kgCO2/kWh"}
    assert co2_again([row], "purchased_electricity", "10^4kWh", Decimal("40.65")) == Decimal("178.981950")
    assert co2_again([row], "exported_electricity", "10^4kWh", Decimal("40.65")) == Decimal("-178.981950")
    assert co2_again([], "process", "tCO2", Decimal("-1.5")) == Decimal("-1.500000")
