"""Arithmetic of reductions at its edges (RA1-RA6, R103, R104); the worked cases stand in test_cases."""

from decimal import Decimal as D

import pytest

import carbon


@pytest.mark.parametrize(
    ("implemented", "year", "life", "months"),
    [
        (202504, 2025, 5, 8),  # the rule's own example: 2025-04-18 gives 8/12
        (202512, 2025, 5, 0), (202501, 2025, 5, 11), (202504, 2024, 5, 0), (202504, 2026, 5, 12), (202512, 2026, 5, 12),
        (202504, 2030, 5, 4), (202504, 2031, 5, 0), (202512, 2030, 5, 12), (202504, 2026, 1, 4),
    ],
)  # fmt: skip
def test_months_of_effect(implemented: int, year: int, life: int, months: int) -> None:
    assert carbon.months_in_effect(implemented, year, life) == months
    assert carbon.effect_in(D("12"), implemented, year, life) == D(months).quantize(D("0.000001"))


def test_the_whole_life_is_counted_once() -> None:
    """Twelve months for each year of the stated life, whatever the month."""
    for month in range(1, 13):
        assert sum(carbon.months_in_effect(202500 + month, year, 3) for year in range(2025, 2032)) == 36


def test_saved_energy_in_other_units_of_size() -> None:
    """12 万kWh are 120 MWh; kg and t of CO2 are the same amount."""
    assert carbon.saved(D("12"), "10^4kWh", D("0.4419"), "kgCO2/kWh") == D("53.028000") == carbon.saved(D("120"), "MWh", D("0.4419"), "tCO2/MWh")
    assert carbon.saved(D("-1"), "MWh", D("0.5"), "tCO2/MWh") == D("-0.500000")
    with pytest.raises(carbon.UnitError):
        carbon.saved(D(1), "t", D(1), "tCO2/MWh")


@pytest.mark.parametrize(("claimed", "differs"), [("10.01", False), ("9.99", False), ("10.010001", True), ("9.989999", True)])
def test_a_claim_may_be_a_hundredth_off(claimed: str, differs: bool) -> None:
    assert carbon.claim_differs(D(claimed), D("10")) is differs


def test_cost_and_share_without_a_base_are_null() -> None:
    assert carbon.cost_per_tonne(D("36.5"), D("53.028")) == D("6883.16")
    assert carbon.cost_per_tonne(D(1), D(0)) is None and carbon.cost_per_tonne(D(1), D(-2)) is None
    assert carbon.reduction_share(D(5), None) is None and carbon.reduction_share(D(5), D(0)) is None and carbon.reduction_share(D(5), D(-1)) is None
    assert carbon.reduction_share(D(5), D(40)) == D("12.50") and carbon.reduction_share(D(-5), D(40)) == D("-12.50")


def test_indicators_both_ways() -> None:
    lower = carbon.indicator(D(820), D(760), D(750))
    assert (lower.change, lower.change_pct, lower.attainment_pct, lower.reached) == (D(-60), D("-7.32"), D("85.71"), False)
    higher = carbon.indicator(D(10), D(16), D(15))
    assert (higher.change, higher.attainment_pct, higher.reached) == (D(6), D("120.00"), True)
    worse = carbon.indicator(D(820), D(830), D(750))
    assert worse.attainment_pct == D("-14.29") and worse.reached is False
    assert carbon.indicator(D(0), D(5)).change_pct is None
    nothing = carbon.indicator(D(5), D(5), D(5))
    assert nothing.attainment_pct is None and nothing.reached is None
