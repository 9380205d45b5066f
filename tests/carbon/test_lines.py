"""Lines by FI7 on the library of the data files: every carrier, every use, measured parameters, hostile sizes; sums and splits."""

import csv
from datetime import date
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon import (
    K_BOUNDS,
    USES,
    Activity,
    LineError,
    Measured,
    UnitError,
    calculate_line,
    convert,
    convert_per,
    distance_to_next_level,
    grade,
    month_range,
    neutrality,
    ranks,
    same_dimension,
    split_range,
    total,
    unit,
)
from carbon.units import UNITS
from factors import Ask, catalogue_from_files

BOOK = catalogue_from_files()
ASK = Ask("440000", 202403, date(2026, 11, 21))
FILE = Path(__file__).parents[2] / "factors" / "data" / "energy_carriers.csv"
ROWS = list(csv.DictReader(FILE.open(encoding="utf-8", newline="")))
CODES = list(dict.fromkeys(r["code"] for r in ROWS))


def _line(code: str, amount: str, unit_: str, use: str, ask: Ask = ASK, **measured: str):  # type: ignore[no-untyped-def]
    return calculate_line(
        Activity(BOOK.carrier(code, ask), D(amount), unit_, use, Measured(**{k: D(v) for k, v in measured.items()}))
    )


def _first(code: str, prop: str, *sets: str) -> dict[str, str] | None:
    rows = [r for r in ROWS if r["code"] == code and r["property"] == prop and r["confidence"] != "unverified"]
    return next((r for s in sets for r in rows if r["factor_set"] == s), None)


@pytest.mark.parametrize("code", CODES)
def test_every_carrier_in_its_own_unit(code: str) -> None:  # rule FI14
    carrier = BOOK.carrier(code, ASK)
    own = next(r["value"] for r in ROWS if r["code"] == code and r["property"] == "fill_in_unit")
    assert carrier.fill_in_unit == own
    coefficient = _first(code, "standard_coal_equivalent" if code == "electricity" else "standard_coal", "GBT2589_2020")
    for use in carrier.uses:
        factor = _first(code, "co2_factor", "NDRC2015_OTHER", "MEE2022_INDUSTRY", "PROVINCIAL2011_GB2589_2008")
        if use == "fuel" and factor is None:
            with pytest.raises(LineError) as missing:
                _line(code, "1", own, use)
            assert (missing.value.field, missing.value.code) == ("energy", "FACTOR_MISSING")
            continue
        result = _line(code, "3", own, use)
        if use == "fuel":
            assert factor is not None and result.factor["factor_set"] == factor["factor_set"]
            parts = [_first(code, p, factor["factor_set"]) for p in ("ncv", "carbon_content", "oxidation_rate")]
            ncv, content, rate = (D(p["value"]) for p in parts if p)
            assert result.co2_t == (3 * ncv * content * rate * 44 / 1200).quantize(D("0.000001"), ROUND_HALF_UP)
            assert abs(D(result.factor["value"]) - D(factor["value"])) <= D("0.00011")  # the printed factor is its 4-decimal derivative
        if coefficient is None:
            assert result.tce_equivalent is None
        else:
            top, bottom = coefficient["unit"].split("/")
            wanted = convert(D(3), own, bottom) * D(coefficient["value"]) * unit(top).size
            sign = -1 if use.startswith("exported") else 1
            assert result.tce_equivalent == (sign * wanted).quantize(D("0.000001"))
    for use in set(USES) - set(carrier.uses):
        with pytest.raises(LineError) as refused:
            _line(code, "1", own, use)
        assert refused.value.field == "use"


def test_the_electricity_kinds_do_not_mix() -> None:
    assert _line("electricity", "1", "10^4 kWh", "purchased_electricity").co2_t == D("4.419000")
    for units, amount in (("kWh", "10000"), ("MWh", "10"), ("万kWh", "1"), ("万千瓦时", "1")):
        assert _line("electricity", amount, units, "purchased_electricity").co2_t == D("4.419000")
    exported = _line("electricity", "10", "MWh", "exported_electricity")
    assert (exported.co2_t, exported.tce_equivalent) == (D("-4.419000"), D("-1.229000"))
    own = _line("electricity", "10", "MWh", "self_generated_zero_carbon")
    assert (own.co2_t, own.tce_equivalent) == (D("0.000000"), D("1.229000"))
    tibet = _line("electricity", "10", "MWh", "purchased_electricity", Ask("540000", 202403, date(2026, 11, 21)))
    assert (tibet.co2_t, tibet.factor["kind"]) == (D("5.306000"), "national_average") and "全国" in tibet.trace["why"]


def test_known_on_and_policies() -> None:  # rules GN11, FI14
    def value(period: int, known_on: date, policy: str = "published_latest") -> str:
        return BOOK.carrier("electricity", Ask("440000", period, known_on, policy)).grid.code  # type: ignore[union-attr]

    assert value(202403, date(2024, 12, 19)) == "EF-ELEC-440000-2021"
    assert value(202403, date(2024, 12, 20)) == "EF-ELEC-440000-2022"
    assert value(202403, date(2025, 12, 31)) == "EF-ELEC-440000-2023"
    assert value(202203, date(2026, 11, 21), "year_matched") == "EF-ELEC-440000-2022"
    assert value(202503, date(2026, 11, 21), "year_matched") == "EF-ELEC-440000-2023"
    assert value(202303, date(2025, 6, 1), "year_matched") == "EF-ELEC-440000-2022"


def test_sets_by_name() -> None:
    for name, value in (("MEE2022_INDUSTRY", "3.095910"), ("NATIONAL_FACTOR_DB_V2_2026", "3.171000")):
        assert _line("diesel", "1", "t", "fuel", Ask("440000", 202403, date(2026, 11, 21), factor_set=name)).co2_t == D(
            value
        )


def test_measured_parameters_replace_defaults() -> None:
    assert _line("diesel", "10", "t", "fuel", factor="3").co2_t == D("30.000000")
    assert _line("diesel", "1000", "kg", "fuel", factor="0.003").co2_t == D("3.000000")
    whole = _line("natural_gas", "1", "10^4 Nm3", "fuel", ncv="389.31", carbon_content="0.0153", oxidation_rate="99")
    assert whole.co2_t == D("21.621888")  # 389.31 × 0.0153 × 0.99 × 44 / 12 = 21.62188809
    part = _line("natural_gas", "10000", "m3", "fuel", ncv="0.038931")
    assert part.co2_t == whole.co2_t and len(part.trace["inputs"]) == 3
    assert _line("raw_coal", "2", "t", "fuel", ncv="20.908", carbon_content="0.0274", oxidation_rate="94").co2_t > 0
    assert _line("heat", "100", "GJ", "purchased_heat", factor="0.06").co2_t == D("6.000000")


@pytest.mark.parametrize(
    ("code", "amount", "units", "use", "field"),
    [
        ("diesel", "-1", "t", "fuel", "amount"),
        ("diesel", "1", "kWh", "fuel", "unit"),
        ("diesel", "1", "吨吨", "fuel", "unit"),
        ("diesel", "1", "t\n", "fuel", "unit"),
        ("electricity", "1", "GJ", "purchased_electricity", "unit"),
        ("process", "1", "t", "process", "unit"),
        ("diesel", "999999999999", "10^4t", "fuel", "amount"),
    ],
)
def test_refusals_name_the_field(code: str, amount: str, units: str, use: str, field: str) -> None:
    with pytest.raises(LineError) as refused:
        _line(code, amount, units, use)
    assert refused.value.field == field


def test_hostile_parameters_do_not_overflow() -> None:
    with pytest.raises(LineError) as refused:
        _line(
            "diesel",
            "999999999999.999999",
            "t",
            "fuel",
            ncv="999999999999",
            carbon_content="999999999999",
            oxidation_rate="100",
        )
    assert refused.value.code == "RANGE"


def test_process_is_signed() -> None:
    assert _line("process", "-18.5", "tCO2", "process").co2_t == D("-18.500000")


amounts = st.decimals(min_value=0, max_value=10**9, places=6)


@given(st.lists(amounts, min_size=1, max_size=30))
def test_totals_add_up_at_six_decimals(values: list[D]) -> None:  # rule GN1
    lines = [("fuel", _line("diesel", str(v), "t", "fuel")) for v in values]
    assert total(lines).co2_t == sum((r.co2_t for _, r in lines), D(0))
    assert all(r.co2_t.as_tuple().exponent == -6 for _, r in lines)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.integers(1, 12))
def test_a_split_is_exact(amount: D, n: int) -> None:  # rule FI4
    parts = split_range(amount, month_range(202501, 202500 + n))
    assert sum(parts.values()) == amount and len(parts) == n
    assert len(set(list(parts.values())[:-1])) <= 1


@given(st.sampled_from(sorted(UNITS)), amounts)
def test_units_come_back(symbol: str, amount: D) -> None:
    for other in same_dimension(symbol):
        back = convert(convert(amount, symbol, other), other, symbol)
        assert abs(back - amount) <= abs(amount) * D("1e-30")


def test_no_dimension_converts_into_another() -> None:
    for one in UNITS.values():
        for other in UNITS.values():
            if one.dimension != other.dimension:
                with pytest.raises(UnitError):
                    convert(D(1), one.symbol, other.symbol)


def test_ratio_units() -> None:
    assert convert_per(D("0.4419"), "kgCO2/kWh", "tCO2/MWh") == D("0.4419")
    assert convert_per(D("389.31"), "GJ/10^4Nm3", "MJ/m3") == D("38.931")


positive = st.decimals(min_value="0.0001", max_value=10**7, places=4)


@given(
    st.decimals(min_value=-(10**7), max_value=10**7, places=6),
    st.decimals(min_value=0, max_value=10**6, places=6),
    positive,
    positive,
)
def test_more_emission_is_never_a_better_grade(e: D, more: D, value_added: D, b: D) -> None:  # rule CE5
    low, high = grade(e, value_added, b), grade(e + more, value_added, b)
    assert low.level is not None and high.level is not None and low.level <= high.level
    if high.level > 1:
        gap = distance_to_next_level(e + more, value_added, b)
        assert gap.next_level == high.level - 1 and gap.reduction_needed is not None and gap.reduction_needed >= 0
        reached = grade(e + more - gap.reduction_needed - D("0.000001"), value_added, b)
        assert reached.level is not None and reached.level < high.level


@given(amounts, amounts, amounts, amounts)
def test_neutrality_closes(e: D, own: D, sink: D, ccus: D) -> None:  # rule NR1
    result = neutrality(e, own_zero_carbon_mwh=own, grid_factor=D("0.5306"), sink=sink, ccus=ccus)
    assert result.e_net + result.r == result.e_base


@given(st.lists(st.decimals(min_value=-5, max_value=5, places=4), min_size=1, max_size=20))
def test_ranks_share_places(values: list[D]) -> None:  # rule GN13
    places = ranks(values)
    assert min(places) == 1 and all(p == 1 + sorted(values).index(v) for p, v in zip(places, values, strict=True))


def test_bounds_of_levels() -> None:
    assert [grade(bound * 100, D(100), D(1)).level for bound in K_BOUNDS] == [1, 2, 3, 4]
