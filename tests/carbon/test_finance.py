"""Matching, loan share and assignment: the order and the edges of GF2, GF4, GF6, GF11, and what holds for any input."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.finance import (
    REASONS,
    Applicant,
    Criteria,
    Manager,
    Preference,
    likes,
    loan_share,
    match,
    next_manager,
    unmet,
)

WHO = Applicant(
    frozenset({"440000", "440100", "440106"}), date(2026, 11, 21), industry="C2926", letter="B", report_year=2025, filed_months=24
)
OPEN = Criteria("p", regions=("440100",))


def test_an_open_product_fits() -> None:
    assert unmet(WHO, OPEN) == () and unmet(WHO, Criteria("p")) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"regions": ("330000", "440103")}, "REGION"),
        ({"industries": ("C30", "D")}, "INDUSTRY"),
        ({"industries_not": ("C29",)}, "INDUSTRY"),
        ({"min_letter": "A"}, "GRADE"),
        ({"verified_only": True}, "VERIFIED_ONLY"),
        ({"report_age": 0}, "REPORT_AGE"),
        ({"min_filing_months": 25}, "FILING_MONTHS"),
        ({"purposes": ("1.1",)}, "PURPOSE"),
        ({"needs_water": True}, "NEEDS_WATER_REPORT"),
        ({"needs_reduction": True}, "NEEDS_REDUCTION_REPORT"),
    ],
)
def test_each_hard_criterion_alone(changes: dict[str, object], code: str) -> None:
    assert unmet(WHO, replace(OPEN, **changes)) == (code,)  # type: ignore[arg-type]


def test_edges_hold_on_the_allowed_side() -> None:
    edge = replace(OPEN, industries=("C29",), min_letter="B", report_age=1, min_filing_months=24, purposes=("1.1", "1.2"))
    assert unmet(replace(WHO, purpose="1.2"), edge) == ()
    assert unmet(replace(WHO, revoked_in_24_months=True), OPEN) == ("REVOKED",)
    assert unmet(replace(WHO, letter=None, report_year=None), replace(OPEN, min_letter="E", report_age=10)) == ("GRADE", "REPORT_AGE")


def test_preferences_have_an_edge_and_no_score_is_no_score() -> None:
    sixty = Preference("evidenced_score", Decimal(60))
    assert not likes(WHO, sixty)
    assert likes(replace(WHO, evidenced_score=Decimal(60)), sixty)
    assert not likes(replace(WHO, evidenced_score=Decimal("59.99")), sixty)
    with pytest.raises(ValueError, match="unknown"):
        likes(WHO, Preference("handsome"))


def test_the_order_of_matched_products() -> None:
    water = Preference("has_water_report")
    months = Preference("filing_months", Decimal(12))
    score = Preference("evidenced_score", Decimal(1))
    day = date(2026, 1, 1)
    products = [
        Criteria("none-late", published=date(2026, 5, 1)),
        Criteria("none-early", published=day),
        Criteria("cheap", min_rate=Decimal("3.00"), published=day),
        Criteria("dear", min_rate=Decimal("3.01"), published=day),
        Criteria("cheap-newer", min_rate=Decimal("3.0"), published=date(2026, 2, 1)),
        Criteria("third", preferences=(months, water, score), min_rate=Decimal("9")),
        Criteria("half", preferences=(months, water), min_rate=Decimal("9")),
        Criteria("not", regions=("330000",), preferences=(months,), min_rate=Decimal("1")),
    ]
    found = match(WHO, products)
    assert [m.id for m in found] == ["half", "third", "cheap-newer", "cheap", "dear", "none-late", "none-early", "not"]
    assert {m.id: str(m.preference_pct) for m in found if m.id in ("half", "third", "cheap")} == {"half": "50.00", "third": "33.33", "cheap": "0.00"}


@pytest.mark.parametrize(
    ("reduction", "balance", "investment", "share"),
    [
        ("3240.25", "1850", "3200", "1873.269531"),
        ("1", "1", "3", "0.333333"),
        ("2", "1", "3", "0.666667"),
        ("0", "1850", "3200", "0.000000"),
        ("-12", "1", "2", "-6.000000"),
        ("1", "1", "0", None),
    ],
)
def test_a_loans_share(reduction: str, balance: str, investment: str, share: str | None) -> None:
    made = loan_share(Decimal(reduction), Decimal(balance), Decimal(investment))
    assert (None if made is None else str(made)) == share


def manager(name: str, areas: tuple[str, ...] = (), cases: int = 0, last: date | None = None, active: bool = True) -> Manager:
    return Manager(name, frozenset(areas), cases, last, active)


def test_who_takes_the_case() -> None:
    near, city, any_ = manager("near", ("440106",), 9), manager("city", ("440100",), 1), manager("any", (), 0)
    assert next_manager([near, city, any_], "440106", "440100") == "near"
    assert next_manager([city, any_], "440106", "440100") == "city"
    assert next_manager([manager("away", ("330100",)), any_], "440106", "440100") in ("away", "any")  # nobody near: all of them
    assert next_manager([near, city], "440106", "440100", frozenset({"near"})) == "city"
    assert next_manager([near], "440106", "440100", frozenset({"near"})) is None
    assert next_manager([], "440106", "440100") is None
    assert next_manager([manager("b", cases=1), manager("a", cases=1)], None, None) == "a"
    assert next_manager([manager("b", last=date(2026, 1, 1)), manager("a", last=date(2026, 1, 2)), manager("c")], None, None) == "c"
    assert next_manager([manager("a", active=False)], None, None) is None


_products = st.lists(
    st.builds(
        Criteria,
        id=st.uuids().map(str),
        regions=st.sampled_from([(), ("440100",), ("330000",)]),
        min_letter=st.sampled_from([None, "A", "B", "E"]),
        min_rate=st.one_of(st.none(), st.decimals("0", "10", places=4)),
        preferences=st.lists(st.sampled_from([Preference("verified"), Preference("filing_months", Decimal(20))]), max_size=2).map(tuple),
        published=st.dates(date(2024, 1, 1), date(2026, 11, 21)),
    ),
    max_size=12,
    unique_by=lambda c: c.id,
)


@given(_products, st.randoms())
def test_the_order_does_not_depend_on_the_shelf_and_loses_nothing(products: list[Criteria], chance: object) -> None:
    mixed = products.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    found = match(WHO, products)
    assert found == match(WHO, mixed)
    assert sorted(m.id for m in found) == sorted(p.id for p in products)
    fits = [not m.reasons for m in found]
    assert fits == sorted(fits, reverse=True)  # matched ones come first
    for m in found:
        assert Decimal(0) <= m.preference_pct <= Decimal(100) and set(m.reasons) <= set(REASONS)
