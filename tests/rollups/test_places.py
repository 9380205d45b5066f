"""The two trees a benchmark is looked for in (rule CE8)."""

import asyncpg

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


async def test_every_parent_is_the_prefix(database: str, migrator: asyncpg.Connection) -> None:  # ADR 11
    """The loaded trees agree with walking by code: no district below another city, no class below another group."""
    regions = await migrator.fetch("select code, parent_code from region where parent_code is not null")
    assert len(regions) > 3000
    assert [r["code"] for r in regions if regions_above(r["code"])[1] != r["parent_code"]] == []
    industries = await migrator.fetch("select code, parent_code from industry where parent_code is not null")
    assert len(industries) > 1900
    assert [i["code"] for i in industries if industries_above(i["code"])[1] != i["parent_code"]] == []
