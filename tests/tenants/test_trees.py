"""Regions and industries: loaded as published, searched by beginning, walked by the parent chain."""

import asyncpg
import pytest

import tenants
from core.errors import Invalid
from tenants import trees
from tests.tenants.conftest import act


@pytest.fixture(autouse=True)
async def _open(database: str) -> None: ...


async def test_every_published_code_is_loaded(migrator: asyncpg.Connection) -> None:
    rows = await migrator.fetch("select level, count(*) as n from industry group by level")
    levels = {r["level"]: r["n"] for r in rows}
    assert levels == {"section": 20, "division": 97, "group": 473, "class": 1381}
    # 3400 rows, three cities without districts stand in the file twice
    assert await migrator.fetchval("select count(*) from region") == 3397


async def test_loading_again_changes_nothing(migrator: asyncpg.Connection) -> None:
    async with migrator.transaction():
        assert await tenants.load_reference(migrator) == {"region": 0, "industry": 0}


async def test_loading_repairs_a_row_that_differs(migrator: asyncpg.Connection) -> None:
    async with migrator.transaction():
        await migrator.execute("update region set name = 'X' where code = '440112'")
        assert (await tenants.load_reference(migrator))["region"] == 1
        assert await migrator.fetchval("select name from region where code = '440112'") == "黄埔区"


async def test_a_path_runs_from_the_top_to_the_entry() -> None:
    async with act(None) as ctx:
        district = (await trees.search_regions(ctx, q="440112")).items[0]
        assert (district.path_names, district.level, district.leaf) == (
            ["广东省", "广州市", "黄埔区"],
            "district",
            True,
        )
        plastic = (await trees.search_industries(ctx, q="C2926")).items[0]
        assert plastic.path_names[0] == "制造业" and plastic.level == "class"


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ({"q": "黄埔"}, "310101"),
        ({"q": "4401"}, "440100"),
        ({"parent": "440100"}, "440103"),
        ({"parent": "top"}, "110000"),
        ({}, "110000"),
    ],
)
async def test_regions_are_found_by_beginning_and_parent(question: dict[str, str], first: str) -> None:
    async with act(None) as ctx:
        found = await trees.search_regions(ctx, **question)  # type: ignore[arg-type]
        assert (
            found.items[0].code == first
            if "黄埔" not in question.get("q", "")
            else "440112" in {n.code for n in found.items}
        )


async def test_industries_are_found_by_digits_without_the_letter_and_by_words() -> None:
    async with act(None) as ctx:
        assert [n.code for n in (await trees.search_industries(ctx, q="2926")).items] == ["C2926"]
        assert "C2926" in {n.code for n in (await trees.search_industries(ctx, q="塑料包装")).items}
        assert {n.level for n in (await trees.search_industries(ctx, level="division", page_size=100)).items} == {
            "division"
        }


async def test_a_subtree_is_the_parent_chain_and_pages_do_not_overlap() -> None:
    async with act(None) as ctx:
        inside = await trees.search_regions(ctx, within="440100", page_size=5)
        rest = await trees.search_regions(ctx, within="440100", page=2, page_size=100)
        assert inside.total == 12 and len(inside.items) == 5  # the city and its eleven districts
        assert {n.code for n in inside.items}.isdisjoint({n.code for n in rest.items}) or rest.items == []
        again = await trees.search_regions(ctx, within="440100", page=2, page_size=5)
        assert {n.code for n in inside.items}.isdisjoint({n.code for n in again.items})


async def test_wildcards_are_plain_characters() -> None:
    async with act(None) as ctx:
        assert (await trees.search_regions(ctx, q="%")).total == 0
        assert (await trees.search_industries(ctx, q="_")).total == 0


@pytest.mark.parametrize(
    ("code", "fits"),
    [("440112", True), ("441900", True), ("440100", False), ("440000", False), ("999999", False), ("", False)],
)
async def test_an_enterprise_stands_in_a_district(code: str, fits: bool) -> None:
    async with act(None) as ctx:
        fault = await trees.region_fault(ctx, code)
        assert (fault is None) is fits


@pytest.mark.parametrize(
    ("code", "fits"), [("C2926", True), ("C292", False), ("C", False), ("2926", False), ("C9999", False)]
)
async def test_an_enterprise_has_a_four_digit_industry(code: str, fits: bool) -> None:
    async with act(None) as ctx:
        assert (await trees.industry_fault(ctx, code) is None) is fits


async def test_the_place_of_a_code_falls_back_to_what_still_exists() -> None:
    async with act(None) as ctx:
        assert await trees.place_of_uscc(ctx, "91440112Y00000016Q") == "440112"
        assert await trees.place_of_uscc(ctx, "91440199Y00000016Q") == "440100"
        assert await trees.place_of_uscc(ctx, "91449999Y00000016Q") == "440000"
        assert await trees.place_of_uscc(ctx, "91990000Y00000016Q") is None


def test_all_faults_are_told_together() -> None:
    from core.errors import FieldError

    with pytest.raises(Invalid) as caught:
        trees.refuse([None, FieldError("a", "A", "甲。"), FieldError("b", "B", "乙。")])
    assert [e.path for e in caught.value.errors] == ["a", "b"]
    trees.refuse([None])


def test_a_circle_of_parents_is_an_error() -> None:
    from tenants.reference import _path

    with pytest.raises(ValueError, match="circle"):
        _path("a", {"a": "b", "b": "a"})
