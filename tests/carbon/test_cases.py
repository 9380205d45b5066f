"""All cases of both files through the engine; the same facts in other units; bad cases fail alone and clearly."""

import json
from pathlib import Path
from typing import Any

import pytest

from carbon.cases import check_case
from factors.cases import Book, check_file, main
from factors.library import catalogue_from_files

DATA = Path(__file__).parents[1] / "data"
GRADING = (
    "carbon_efficiency", "carbon_efficiency_from_filing", "carbon_neutrality", "benchmark_choice", "distance_to_next_level",
    "certificate_validity", "range_split", "completeness", "ranking", "year_on_year",
    "water_report", "water_measure", "reduction_measures", "audit_indicators",
    "finance_matching", "loan_reduction_share", "manager_assignment",
)  # fmt: skip
POWER = ("reduction_audit",)
BOOK = Book(catalogue_from_files())


def _cases(name: str, kinds: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    cases = json.loads((DATA / name).read_text("utf-8"))["cases"]
    return [c for c in cases if kinds is None or c["kind"] in kinds]


@pytest.mark.parametrize("case", _cases("worked_examples.json"), ids=lambda c: c["id"])
def test_worked_example(case: dict[str, Any]) -> None:
    verdict = check_case(case, BOOK)
    assert verdict.passed, (verdict.error, verdict.differences, verdict.trace)
    assert verdict.trace


@pytest.mark.parametrize("case", _cases("grading_cases.json", GRADING), ids=lambda c: c["id"])
def test_grading_case(case: dict[str, Any]) -> None:
    verdict = check_case(case, BOOK)
    assert verdict.passed, (verdict.error, verdict.differences, verdict.trace)


@pytest.mark.parametrize("case", _cases("power_cases.json", POWER), ids=lambda c: c["id"])
def test_power_case(case: dict[str, Any]) -> None:
    verdict = check_case(case, BOOK)
    assert verdict.passed, (verdict.error, verdict.differences, verdict.trace)


def _wrong(value: Any) -> Any:
    """The same expectation, off by more than any tolerance."""
    if isinstance(value, dict):
        return {k: _wrong(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_wrong(v) for v in value] or ["x"]
    return (
        "123456.789"
        if value is None
        else f"{value}7"
        if str(value)[-1:].isdigit() and "." in str(value)
        else "123456.789"
    )


@pytest.mark.parametrize(
    "case",
    _cases("worked_examples.json") + _cases("grading_cases.json", GRADING) + _cases("power_cases.json", POWER),
    ids=lambda c: c["id"],
)
def test_a_wrong_expectation_is_found(case: dict[str, Any]) -> None:
    asserted = case.get("use_as_assertion", "expected")
    for key, value in case[asserted].items():
        wrong = "-987654.321" if not isinstance(value, (dict, list)) else _wrong(value)
        assert not check_case(case | {asserted: case[asserted] | {key: wrong}}, BOOK).passed, key


#: case id → inputs that say the same in another unit, or leave out what has a default
OTHER_UNITS: dict[str, dict[str, Any]] = {
    "WE-E01": {"electricity_kWh": "8157000", "factor_kgCO2_per_kWh": "0.7035"},
    "WE-E06": {"electricity_1e4kWh": "10", "factor_code": "EF-ELEC-CN-2023"},
    "WE-H02": {"pressure_kPa": "1750", "table": {"1.70": "2793.8", "1.80": "2795.1"}},
    "WE-F01": {"ncv_kJ_per_m3": "38931", "carbon_tC_per_TJ": "15.3", "oxidation_pct": "99"},
    "WE-F02": {"ncv_MJ_per_Nm3": "38.931", "carbon_kgC_per_GJ": "15.242055", "oxidation_pct": "99"},
    "WE-T01": {
        "energy_tce_per_t": "0.365", "share_electricity_pct": "76", "kgce_per_MWh": "122.9", "kgce_per_Nm3": "1.2143",
        "electricity_tCO2e_per_MWh": "0.5777", "gas_tCO2e_per_1e4Nm3": "27.92671012566",
    },
    "WE-S2020": {
        "fossil_fuel_t": "5184300", "process_1e4t": "63.53", "net_power_tCO2": "291000", "carbon_embedded_in_products_1e4tCO2": "4.8",
        "crude_steel_t": "3117100",
    },
    "WE-P01": {
        "crude_steel_t": "3117100",
        "process_emission_t": {"烧结": "533900", "高炉炼铁": "1566800", "转炉炼钢": "-423300", "轧钢": "852600", "石灰": "515700"},
    },
    "WE-C01": {"sorbent_kg": "10000", "carbonate_content_pct": "90", "factor_kgCO2_per_kg": "0.44"},
    "WE-K01": {"natural_GgC_1996": "132470", "natural_TgC_2011": "152.41", "plantation_TgC_1996": "12.81", "plantation_TgC_2011": "26.63"},
    "WE-R01": {"generation_kWh": "8200000", "factor_kgCO2_per_kWh": "0.5703"},
    "WE-A01": {"items_t": ["97000", "2300", "69500", "114600", "90300", "19900", "5800"]},
    "WE-X01": {
        "months": [
            {"coal_kg": "25000000", "ncv_kJ_per_kg": "20908"}, {"coal_t": "23150.50", "ncv_MJ_per_kg": "21.134"},
            {"coal_t": "26780.25", "ncv_GJ_per_t": "20.455"},
        ],
        "carbon_tC_per_TJ": "26.18", "diesel_kg": "12400", "diesel_ncv": "42.652", "diesel_carbon_tC_per_TJ": "20.2",
        "diesel_oxidation_pct": "98", "purchased_electricity_kWh": "320500",
    },
    "WE-X03": {"electricity_kWh": "1250500", "natural_gas_Nm3": "382000", "diesel_kg": "15600", "heat_MJ": "2100000"},
    "GC-CE01": {"E_core_kgCO2": "4820150", "value_added_yuan": "63500000", "benchmark_kgCO2_per_yuan": "0.0812"},
    "GC-CE07": {"E_core_tCO2": "85", "D_sink_kgCO2": "140000", "value_added_wan": "900", "benchmark_tCO2_per_wan": "0.35"},
    "GC-CE09": {
        "region": "440100", "value_added_yuan": "21500000", "benchmark_tCO2_per_wan": "0.93",
        "lines": [
            {"carrier": "natural_gas", "amount": "125000", "unit": "m3", "factor": "21.6219", "factor_unit": "tCO2/10^4Nm3"},
            {"carrier": "diesel", "amount_kg": "8400", "factor_kgCO2_per_kg": "3.1451"},
            {"carrier": "electricity", "amount": "3200", "unit": "MWh"}, {"carrier": "heat", "amount": "1.5", "unit": "TJ"},
            {"carrier": "process", "co2_kgCO2": "-18500"},
        ],
    },
    "GC-DS01": {"E_K_kgCO2": "5000000", "value_added_yuan": "30000000", "benchmark_kgCO2_per_yuan": "0.115"},
    "GC-NR03": {
        "E_core_tCO2": "700", "gec_kWh": "1400000", "purchased_grid_kWh": "1000000", "grid_factor_kgCO2_per_kWh": "0.5306", "sink_kgCO2": "50000",
        "ccer": [{"state": "retired", "amount_kgCO2": "250000"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_UNITS)
def test_the_same_fact_in_another_unit(name: str) -> None:
    case = next(c for c in _cases("worked_examples.json") + _cases("grading_cases.json") if c["id"] == name)
    verdict = check_case(case | {"inputs": OTHER_UNITS[name]}, BOOK)
    assert verdict.passed, (verdict.error, verdict.differences, verdict.trace)


@pytest.mark.parametrize("case", _cases("spellings.json"), ids=lambda c: c["id"])
def test_other_spellings(case: dict[str, Any]) -> None:
    verdict = check_case(case, BOOK)
    assert verdict.passed, (verdict.error, verdict.differences, verdict.trace)


@pytest.mark.parametrize(
    "raw", ["NaN", "sNaN", "1e400", "1_000", "１２", "12\n", "", " 1", "Infinity", None, [], {}, True, 1.5]
)
def test_hostile_numbers_fail_the_case(raw: Any) -> None:
    case = {
        "id": "x",
        "kind": "clean_power_reduction",
        "inputs": {"generation_MWh": raw, "factor_tCO2_per_MWh": "1"},
        "expected": {"tCO2": "1"},
    }
    verdict = check_case(case, BOOK)
    assert not verdict.passed and verdict.error


def test_another_dimension_is_refused() -> None:
    case = {
        "id": "x",
        "kind": "carbon_efficiency",
        "inputs": {"E_core_GJ": "1", "value_added_wan": "1"},
        "expected": {"status": "graded"},
    }
    assert "不能换算" in (check_case(case, BOOK).error or "")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(
        '{"cases": [5, {"id": "a", "kind": "nope"}, {"id": "b", "kind": "sum", "inputs": {"items_t": [NaN]}, "expected": {"total_t": "1"}}]}'
    )
    assert main([str(DATA / "worked_examples.json")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{len(_cases('worked_examples.json'))} passed, 0 failed"
    assert main(["--kinds", ",".join(GRADING), str(DATA / "grading_cases.json")]) == 0
    capsys.readouterr()
    assert main([str(bad), str(tmp_path / "none.json"), str(DATA / "worked_examples.json")]) == 1
    printed = capsys.readouterr().out
    assert "nope" in printed and printed.splitlines()[-1] == f"{len(_cases('worked_examples.json'))} passed, 4 failed"


def test_broken_files_are_one_failed_case(tmp_path: Path) -> None:
    for text in ("{", "[" * 100_000, '{"cases": 1}', "\ud800".encode("utf-8", "surrogatepass").decode("latin1")):
        file = tmp_path / "f.json"
        file.write_text(text, "utf-8")
        assert [v.passed for v in check_file(file, BOOK)] == [False]
