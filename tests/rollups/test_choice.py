"""Choosing B (rule CE8): official before platform, near before far, this year before two years back, else none."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from rollups.benchmarks import Benchmark, pick_benchmark
from rollups.places import industry_level, region_level

YEAR, REGION, INDUSTRY = 2025, "440112", "C2926"


def row(
    region: str,
    industry: str,
    *,
    origin: str = "platform",
    year: int = YEAR,
    n: int = 6,
    share: str = "40.00",
    basis: str = "self",
    b: str = "1.000000",
) -> Benchmark:
    return Benchmark(
        id=uuid4(),
        b=Decimal(b),
        period=str(year),
        basis="official" if origin == "official" else basis,
        origin=origin,
        region_code=region,
        region_level=region_level(region),
        industry_code=industry,
        industry_level=industry_level(industry),
        n=n,
        largest_share=Decimal(share),
        source="s",
        document="",
        known_from=date(2026, 6, 1),
    )


def chosen(*rows: Benchmark) -> Benchmark | None:
    return pick_benchmark(rows, REGION, INDUSTRY, YEAR).benchmark


def test_class_of_the_city_first() -> None:
    wanted = row("440100", "C2926")
    assert chosen(row("440000", "C2926"), row("440100", "C292"), wanted, row("440100", "C")) is wanted


def test_city_section_before_province_class() -> None:  # industries go up within the city before the region widens
    wanted = row("440100", "C")
    assert chosen(row("440000", "C2926"), wanted) is wanted


def test_group_when_the_class_is_thin() -> None:
    wanted = row("440100", "C292")
    assert chosen(row("440100", "C2926", n=4), wanted) is wanted
    assert chosen(row("440100", "C2926", share="70.01"), wanted) is wanted


def test_official_before_platform() -> None:
    wanted = row("440000", "C29", origin="official")
    assert chosen(row("440100", "C2926"), wanted) is wanted


def test_verified_before_filed() -> None:
    wanted = row("440100", "C2926", basis="verified", b="2.000000")
    assert chosen(row("440100", "C2926"), wanted) is wanted


def test_earlier_year_is_labelled_and_at_most_two_years_old() -> None:
    choice = pick_benchmark([row("440100", "C2926", year=2023)], REGION, INDUSTRY, YEAR)
    assert choice.benchmark is not None and choice.earlier_year == 2023
    assert chosen(row("440100", "C2926", year=2022)) is None


def test_this_years_platform_before_last_years_official() -> None:
    wanted = row("000000", "C")
    assert chosen(row("440112", "C2926", origin="official", year=2024), wanted) is wanted


def test_elsewhere_does_not_count() -> None:
    assert chosen(row("440300", "C2926"), row("440100", "C3982"), row("350000", "C")) is None


def test_label_names_the_row() -> None:
    label = row("440100", "C292").label({"440100": "广州市", "C292": "塑料制品业"})
    assert label == "2025 年广州市 · 行业中类 塑料制品业 C292：平台同行业平均（填报数据，6 家）"
