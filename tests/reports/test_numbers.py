"""Figures on paper (GN2, GN3, faces 2.2)."""

from decimal import Decimal as D

import pytest

from reports import numbers
from reports.units import unit_text


@pytest.mark.parametrize(
    ("value", "shown"),
    [("4012.355", "4,012.36"), ("-0.004", "0.00"), ("-1234.5", "−1,234.50"), ("0", "0.00"), (None, "—")],
)
def test_tonnes(value: str | None, shown: str) -> None:
    assert numbers.tonnes(None if value is None else D(value)) == shown


def test_ratios_keep_four_digits_and_percentages_two() -> None:
    assert numbers.ratio(D("0.6")) == "0.6000"
    assert numbers.percent(D("68.4")) == "68.40%"
    assert numbers.percent(D("2.24"), signed=True) == "+2.24%"
    assert numbers.percent(D("-8.46"), signed=True) == "−8.46%"


def test_amounts_stand_as_typed() -> None:
    assert numbers.amount(D("12.500000")) == "12.5"
    assert numbers.amount(D("1234567")) == "1,234,567"
    assert numbers.amount(D("100")) == "100"
    assert numbers.money(D("1120.3")) == "1,120.30"
    assert numbers.money(D("8120.1234")) == "8,120.1234"


def test_shares_and_changes_have_no_made_up_base() -> None:
    assert numbers.share(D(1), D(3)) == D("33.33")
    assert numbers.share(D(1), D(0)) is None
    assert numbers.change(D(110), D(100)) == D("10.00")
    assert (
        numbers.change(D(1), D(0)) is None
        and numbers.change(D(1), D(-5)) is None
        and numbers.change(D(1), None) is None
    )


@pytest.mark.parametrize(
    ("spelled", "written"),
    [
        ("21.622 tCO2/10^4Nm3", "21.622 tCO₂/万Nm³"),
        ("10^4kWh", "万kWh"),
        ("5 m3", "5 m³"),
        ("tCO2e", "tCO₂e"),
        ("10^4m3", "万m³"),
        ("t", "t"),
    ],
)
def test_units_as_people_write_them(spelled: str, written: str) -> None:
    assert unit_text(spelled) == written
