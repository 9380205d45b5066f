"""Water arithmetic (WA1-WA11): figures of the rules' cases, what is unknown stays unknown, bounds belong to the better side."""

from datetime import date
from decimal import Decimal as D

import pytest

from carbon import water


def test_intake_needs_every_source() -> None:
    """WA1: 0 is a value, blank is not."""
    assert water.intake(D(86000), D(0), D(14000), D(0), D(2000)) == D("98000.0000")
    assert water.intake(D(86000), None, D(14000), D(0), None) is None
    assert water.intake(D(86000), D(0), D(0), D(0), None) == D(86000)


@pytest.mark.parametrize(
    ("outflow", "error", "word"),
    [("100500", "3.37", water.BALANCED), ("93600", "10.00", water.BALANCED), ("93594.8", "10.01", water.UNBALANCED), ("93596", "10.00", water.BALANCED),
     ("114400", "10.00", water.BALANCED), ("120000", "15.38", water.UNBALANCED)],
)  # fmt: skip
def test_closing_error(outflow: str, error: str, word: str) -> None:
    """WA7: the quantised percentage is compared, 10.00 still passes, either side may be larger."""
    found = water.balance(D(104000), D(outflow))
    assert found is not None and (found.error_pct, found.word) == (D(error), word)


def test_balance_of_nothing() -> None:
    """No inflow has no percentage; water that left without having come is no balance."""
    empty = water.balance(D(0), D(0))
    assert empty is not None and empty.accepted and empty.error_pct is None
    wrong = water.balance(D(0), D(5))
    assert wrong is not None and not wrong.accepted
    assert water.balance(None, D(5)) is None and water.balance(D(5), None) is None


def test_allocation_within_a_hundredth() -> None:
    """WA3."""
    assert water.allocation_gap(D(82100), [D(72800), D(9300)]) is None
    assert water.allocation_gap(D(82100), [D(72800), D("9300.01")]) is None
    assert water.allocation_gap(D(82100), [D(72800), D("9300.0101")]) == D("0.0101")
    assert water.allocation_gap(D(82100), [D(72800), D(9000)]) == D("-300.0000")
    assert water.allocation_gap(D(82100), [D(72800), None]) is None


def test_standing() -> None:
    """WA8: the quota itself is kept; no quota is never a pass."""
    assert water.standing(D("12.0000"), D(12), D(16)) == water.Standing(water.ADVANCED)
    assert water.standing(D("12.0001"), D(12), D(16)) == water.Standing(water.WITHIN)
    assert water.standing(D("16.0000"), D(12), D(16)) == water.Standing(water.WITHIN)
    assert water.standing(D("11.0000"), D(8), D(10)) == water.Standing(water.ABOVE, D("10.00"))
    assert water.standing(D("9.0000"), None, D(10)) == water.Standing(water.WITHIN)
    assert water.standing(D("9.0000"), None, None) == water.Standing(water.NO_QUOTA)
    assert water.standing(None, D(8), D(10)) is None


def test_measures() -> None:
    """WA10 by RA3: from the month after; nothing saved costs nothing that could be said."""
    assert water.saving_within(2025, date(2025, 9, 3), D(6200)) == D("1550.0000")
    assert water.saving_within(2025, date(2025, 12, 1), D(6200)) == D("0.0000")
    assert water.saving_within(2026, date(2025, 9, 3), D(6200)) == D("6200.0000")
    assert water.saving_within(2024, date(2025, 9, 3), D(6200)) == D("0.0000")
    assert water.cost_per_m3(D("12.5"), D(6200)) == D("20.16")
    assert water.cost_per_m3(D("12.5"), D(0)) is None
    assert water.payback_years(D("12.5"), D(6200), D("3.46")) == D("5.83")
    assert water.payback_years(D("12.5"), D(6200), None) is None


def test_decline() -> None:
    """WA11."""
    assert water.decline(D("14.2000"), D("11.9512")) == D("15.84")
    assert water.decline(D(10), D(11)) == D("-10.00")
    assert water.decline(D(0), D(11)) is None and water.decline(None, D(11)) is None


def test_absent_denominators() -> None:
    """GN8: null, never 0."""
    assert water.per_wan(D(98000), D(0)) is None and water.per_wan(D(98000), D(-5)) is None
    assert water.reuse_rate(D(0), D(0)) is None
    assert water.condensate_recovery(D(9000), D(0), D(4500)) is None
    assert water.condensate_recovery(D(9000), D(4000), D(4500)) == D("50.00")
    assert water.per_head_day(D(7300), D(160), D(300)) == D("0.1521") and water.per_head_day(D(7300), D(0), D(300)) is None
    assert water.unit_intake(D(100), D(0)) is None
    assert water.unconventional_share(D(6000), D(98000)) == D("5.77")
