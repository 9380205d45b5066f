"""What strangers may see of a cell (rule RS7)."""

from decimal import Decimal

from rollups.sums import Cell, showable, suppress


def cell(code: str, n: int, share: str = "30.00") -> Cell:
    return Cell(code, n, Decimal(share), Decimal(n * 100))


def hidden(*cells: Cell) -> set[str]:
    return {s.code for s in suppress(cells) if s.suppressed}


def test_thresholds() -> None:
    assert showable(5, Decimal("70.00"))
    assert not showable(4, Decimal("30.00"))
    assert not showable(5, Decimal("70.01"))


def test_one_thin_cell_takes_the_smallest_other_with_it() -> None:
    assert hidden(cell("A", 3), cell("B", 9), cell("C", 6), cell("D", 20)) == {"A", "C"}


def test_ties_go_by_code() -> None:
    assert hidden(cell("A", 3), cell("C", 6), cell("B", 6)) == {"A", "B"}


def test_two_thin_cells_hide_each_other() -> None:
    assert hidden(cell("A", 3), cell("B", 9, "88.00"), cell("C", 6)) == {"A", "B"}


def test_nothing_thin_nothing_hidden() -> None:
    assert hidden(cell("A", 5), cell("B", 9)) == set()


def test_a_single_thin_cell_without_neighbours() -> None:
    assert hidden(cell("A", 2)) == {"A"}
