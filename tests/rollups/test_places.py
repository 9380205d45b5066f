"""The two trees a benchmark is looked for in (rule CE8)."""

from rollups.places import industries_above, industry_level, region_level, region_prefix, regions_above


def test_region_upwards() -> None:
    assert regions_above("440112") == ["440112", "440100", "440000", "000000"]
    assert regions_above("440100") == ["440100", "440000", "000000"]
    assert [region_level(r) for r in regions_above("440112")] == ["district", "city", "province", "nation"]
    assert [region_prefix(r) for r in regions_above("440112")] == ["440112", "4401", "44", ""]


def test_industry_upwards() -> None:
    assert industries_above("C2926") == ["C2926", "C292", "C29", "C"]
    assert industries_above("C29") == ["C29", "C"]
    assert [industry_level(i) for i in industries_above("C2926")] == ["class", "group", "division", "section"]
