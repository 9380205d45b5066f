"""A trace is kept shorter than it is shown, and nothing of it is lost."""

from datetime import date
from decimal import Decimal

import msgspec

from carbon import Activity, calculate_line
from factors import Ask, catalogue_from_files
from inventory.traces import fold, unfold


def test_folding_loses_nothing_and_halves_a_fuel_line() -> None:
    """Diesel: three parameters and the derived factor come from one set and one document."""
    carrier = catalogue_from_files().carrier("diesel", Ask("440000", 202403, date(2026, 1, 5)))
    made = calculate_line(Activity(carrier, Decimal("12.5"), "t", "fuel"))
    whole = made.trace | {"factor": made.factor}
    stored = fold(whole)
    assert unfold(msgspec.json.decode(msgspec.json.encode(stored))) == msgspec.json.decode(msgspec.json.encode(whole))
    assert len(stored["origins"]) == 1
    assert len(msgspec.json.encode(stored)) < 0.65 * len(msgspec.json.encode(whole))


def test_a_whole_trace_is_shown_as_it_is() -> None:
    """Rows loaded in bulk keep a short trace of their own."""
    assert unfold({"formula": "1 + 1", "inputs": []}) == {"formula": "1 + 1", "inputs": []}


def test_lines_of_one_factor_are_folded_alike_and_keep_their_own_figures() -> None:
    """Rows that were folded before are not folded again; what belongs to the line stays its own."""
    factor = {"code": "a", "value": "1", "source": "书"}
    first, second = (fold({"amount": amount, "inputs": [factor], "factor": factor}) for amount in ("1", "2"))
    assert (first["amount"], second["amount"]) == ("1", "2") and first["factor"] is second["factor"]
    other = fold({"amount": "1", "inputs": [factor], "factor": factor | {"value": "3"}})
    assert other["factor"]["value"] == "3" and unfold(other)["inputs"] == [factor]
