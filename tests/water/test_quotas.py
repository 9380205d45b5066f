"""Water quotas (WA8): the operator's table in and out, what is refused, which row holds for whom and when."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import openpyxl
import pytest

import documents
import water
from bench.world import Firm
from core.errors import Invalid
from tests.filing.wire import send
from tests.filing.world import operator
from tests.water.conftest import PRODUCTS, YEAR
from tests.water.test_years import put

SOURCE = "测试用水定额文件（试）〔2024〕1 号"


def sheet(*rows: Sequence[Any]) -> bytes:
    """The template with rows typed into it."""
    book = openpyxl.load_workbook(io.BytesIO(water.quota_template()))
    for number, row in enumerate(rows, 5):
        for column, value in enumerate(row, 1):
            book["用水定额"].cell(number, column).value = value
    return documents.save_workbook(book)


def row(product: str, *, unit: str = "t", region: str = "", advanced: Any = 12, general: Any = 16, since: Any = date(2024, 1, 1), until: Any = None,
        source: Any = SOURCE) -> tuple[Any, ...]:  # fmt: skip
    """One row as typed."""
    return (product, unit, region, "", advanced, general, since, until, source, "", "")


async def load(*rows: Sequence[Any], dry_run: bool = False) -> water.QuotaTrial:
    """Import as an operator."""
    async with operator("ops_data") as ctx:
        return await water.import_quotas(ctx, sheet(*rows), dry_run=dry_run)


async def quota(firm: Firm, product: str, year: str = "2025") -> list[dict[str, Any]]:
    """What a firm is offered."""
    items: list[dict[str, Any]] = (await send(firm, "GET", "/api/v1/water-quotas", query={"q": product, "year": year})).json["items"]
    return items


async def test_nothing_is_shipped(migrator: asyncpg.Connection, database: str) -> None:
    """No row without a source: none at all until an operator loads one."""
    assert await migrator.fetchval("select count(*) from water_quota where loaded_by is null") == 0


async def test_dry_run_then_stored(firm: Firm, reader: documents.Renderer) -> None:
    """A dry run counts and stores nothing; the rows are then offered, and decide (12.0 and 16.0 of GC-WA01)."""
    name = f"针织布{uuid4().hex[:6]}"
    trial = await load(row(name), row(name, region="440000", general="15.5", advanced=None), dry_run=True)
    assert (trial.rows, trial.added, trial.errors, trial.stored) == (2, 2, [], False)
    assert await quota(firm, name) == []
    assert (await load(row(name), row(name, region="440000", general="15.5", advanced=None))).stored
    offered = await quota(firm, name)
    assert [(q["region_code"], q["general"]) for q in offered] == [("440000", "15.5000"), ("", "16.0000")] and offered[0]["source"] == SOURCE
    national = offered[1]["id"]

    async def status(version: int, water_used: str) -> tuple[str, str | None]:
        products = [PRODUCTS[0] | {"name": name, "production_water": water_used, "quota_id": national}]
        saved = (await put(firm, version, data=YEAR | {"use_production": water_used}, products=products)).json
        return saved["products"][0]["status"], saved["products"][0]["excess_pct"]

    assert await status(0, "72800") == ("达标", None)
    assert await status(1, "62400") == ("先进", None)
    assert await status(2, "91520") == ("超定额", "10.00")


async def test_the_row_in_force_decides(firm: Firm, reader: documents.Renderer) -> None:
    """A row that ended, or begins later, is no quota of the year; elsewhere's row is refused."""
    name = f"成衣{uuid4().hex[:6]}"
    await load(row(name, until=date(2025, 6, 30)), row(name, since=date(2025, 7, 1), general=14), row(name, region="330000"))
    assert [q["general"] for q in await quota(firm, name)] == ["14.0000"]
    assert [q["general"] for q in await quota(firm, name, "2024")] == ["16.0000"]
    old = (await quota(firm, name, "2024"))[0]["id"]
    products = [{"name": name, "unit": "t", "output": "10", "production_water": "100", "quota_id": old}]
    found = (await put(firm, data=YEAR | {"use_production": "100"}, products=products)).json["products"][0]
    assert found["status"] == "无定额" and "2025-12-31 不在有效期" in found["reason"]
    async with operator("ops_data") as ctx:
        everywhere, _ = await water.list_quotas(ctx, q=name, page=1, page_size=50)
    elsewhere = next(q.id for q in everywhere if q.region_code == "330000")
    refused = await put(firm, 1, data=YEAR, products=[products[0] | {"quota_id": str(elsewhere)}])
    assert refused.paths == {"products[0].quota_id": "UNKNOWN"}


async def test_units(firm: Firm, reader: documents.Renderer) -> None:
    """10^4t against t is converted; 件 against t is refused with what to do."""
    name = f"钢材{uuid4().hex[:6]}"
    await load(row(name, advanced="3", general="4"))
    only = (await quota(firm, name))[0]["id"]
    product = {"name": name, "unit": "万吨", "output": "2", "production_water": "70000", "quota_id": only}
    found = (await put(firm, data=YEAR | {"use_production": "70000"}, products=[product])).json["products"][0]
    assert (found["unit_intake"], found["status"]) == ("35000.0000", "达标")
    refused = await put(firm, 1, data=YEAR, products=[product | {"unit": "件"}])
    assert refused.paths == {"products[0].quota_id": "UNIT"}


async def test_published_rows_stand(reader: documents.Renderer, database: str) -> None:
    """Another value for the same day is refused; the last day may be set; the same again changes nothing."""
    name = f"瓦楞纸{uuid4().hex[:6]}"
    await load(row(name))
    with pytest.raises(Invalid) as refused:
        await load(row(name, general=15))
    assert refused.value.code == "QUOTA_FAULTS" and refused.value.errors[0].code == "PUBLISHED"
    ended = await load(row(name, until=date(2026, 12, 31)), row(name, since=date(2027, 1, 1), general=15))
    assert (ended.added, ended.ended, ended.unchanged) == (1, 1, 0)
    again = await load(row(name, until=date(2026, 12, 31)))
    assert (again.added, again.ended, again.unchanged) == (0, 0, 1)
    async with operator("ops_data") as ctx:
        rows, total = await water.list_quotas(ctx, q=name, page=1, page_size=10)
    assert total == 2 and {(q.general, q.valid_to) for q in rows} == {(Decimal("16.0000"), date(2026, 12, 31)), (Decimal("15.0000"), None)}


@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        (row(""), "A5"), (row("布", unit=""), "B5"), (row("布", general=None), "F5"), (row("布", general=0), "F5"), (row("布", general="很多"), "F5"),
        (row("布", general="=1+1"), "F5"), (row("布", advanced=17), "E5"), (row("布", advanced=-1), "E5"), (row("布", since=None), "G5"),
        (row("布", since="明天"), "G5"), (row("布", until=date(2023, 1, 1)), "H5"), (row("布", source=None), "I5"), (row("布", source="无"), "I5"),
        (row("布", region="999999"), "C5"), (row("字" * 51), "A5"),
    ],
)  # fmt: skip
async def test_bad_cells_are_named(typed: Sequence[Any], cell: str, reader: documents.Renderer, database: str) -> None:
    """Each by its cell; one bad row stores nothing of the table."""
    name = f"好布{uuid4().hex[:6]}"
    trial = await load(typed, row(name), dry_run=True)
    assert [e.path for e in trial.errors] == [cell], trial.errors
    with pytest.raises(Invalid):
        await load(typed, row(name))
    async with operator("ops_data") as ctx:
        assert (await water.list_quotas(ctx, q=name, page=1, page_size=10))[1] == 0


async def test_twice_in_one_table_and_none_of_ours(reader: documents.Renderer, database: str) -> None:
    """A repeated row, an empty table, another workbook."""
    trial = await load(row("重复布"), row("重复布"), dry_run=True)
    assert [(e.path, e.code) for e in trial.errors] == [("A6", "DUPLICATE")]
    with pytest.raises(Invalid):
        await load()
    other = openpyxl.Workbook()
    with pytest.raises(Invalid) as refused:
        async with operator("ops_data") as ctx:
            await water.import_quotas(ctx, documents.save_workbook(other), dry_run=True)
    assert refused.value.errors[0].code == "WRONG_SHEET"


async def test_only_operators_load(firm: Firm, database: str) -> None:
    """The function itself refuses anybody else, whatever the program let through."""
    from tests.filing.world import act

    async with act(uuid4(), uuid4(), "legal") as ctx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.value("select added from water_quota_load('[]'::jsonb, now())")
