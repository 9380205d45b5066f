"""Water intake in the sums (RS1): written with the save, exact after concurrent saves and folding, taken back where it was counted."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

import rollups
from bench.world import Firm
from core import postgres
from core.database import transaction
from core.migrate import FOLDER, migrate, roll_back
from tests.core.test_migrations import empty as empty  # the fixture
from tests.grading.world import acting_as
from tests.water.conftest import PRODUCTS, YEAR
from tests.water.test_years import put

Cells = dict[tuple[str, str], tuple[Decimal, int]]


async def _all_cells() -> Cells:
    async with acting_as(None, "viewer") as ctx:
        cells = await rollups.month_cells(ctx, "", "", 202500, 202512)
    return {(c.region_code, c.industry_code): (c.water, c.firms) for c in cells if c.source_group == "water"}


@pytest.fixture
async def water_cells(firms: list[Firm]) -> Callable[[], Awaitable[Cells]]:
    """The cells of 2025 as a reader gets them, less what other tests left in them."""
    before = await _all_cells()

    async def now() -> Cells:
        found = await _all_cells()
        less = {at: before.get(at, (Decimal(0), 0)) for at in found}
        return {at: cell for at, (water, count) in found.items() if (cell := (water - less[at][0], count - less[at][1])) != (0, 0)}

    return now


async def own(firm: Firm) -> Decimal:
    """The firm's own water of 2025."""
    async with acting_as(firm.tenant, "viewer") as ctx:
        year = await rollups.own_year(ctx, 2025)
    return year.water if year else Decimal(0)


async def fold() -> None:
    async with transaction() as db:
        while await rollups.fold(db):
            pass


async def place(migrator: asyncpg.Connection, firm: Firm) -> tuple[str, str]:
    """Where the firm stands."""
    row = await migrator.fetchrow("select region_code, industry_code from organisation where id = $1", firm.tenant)
    assert row is not None
    return row["region_code"], row["industry_code"]


async def test_a_year_counts_when_it_is_complete_and_as_it_changes(firms: list[Firm], migrator: asyncpg.Connection, water_cells: Callable[[], Awaitable[Cells]]) -> None:
    """RS1: nothing while incomplete; V_f once complete (86000 + 14000 - 2000); the difference later; nothing when opened again."""
    firm, here = firms[0], await place(migrator, firms[0])
    assert (await put(firm, data={"tap": "1"})).status == 200
    assert await water_cells() == {} and await own(firm) == 0
    assert (await put(firm, 1, data=YEAR, products=PRODUCTS)).json["complete"]
    assert await water_cells() == {here: (Decimal(98000), 1)}
    await fold()
    assert (await put(firm, 2, data=YEAR | {"tap": "86000.5"}, products=PRODUCTS)).status == 200
    assert await water_cells() == {here: (Decimal("98000.5"), 1)} and await own(firm) == Decimal("98000.5")
    waiting = "select count(*) from rollup_delta where tenant_id = $1"
    before = await migrator.fetchval(waiting, firm.tenant)
    assert (await put(firm, 3, data=YEAR | {"tap": "86000.5", "comments": "同上"}, products=PRODUCTS)).status == 200
    assert await migrator.fetchval(waiting, firm.tenant) == before  # nothing counted changed
    assert (await put(firm, 4, data={"tap": "1"})).status == 200
    assert await water_cells() == {} and await own(firm) == 0


async def test_a_region_is_the_sum_of_its_firms_and_a_firm_that_moved_is_taken_back(firms: list[Firm], migrator: asyncpg.Connection, water_cells: Callable[[], Awaitable[Cells]]) -> None:
    """RS1: parents are sums of children; what is taken back is taken back where it was counted."""
    old = await place(migrator, firms[0])
    for n, firm in enumerate(firms):
        assert (await put(firm, data=YEAR | {"tap": str(86000 + n)}, products=PRODUCTS)).status == 200
    assert sum(w for w, _ in (await water_cells()).values()) == Decimal(98000 + 98001)
    await migrator.execute("update organisation set region_code = '330106', industry_code = 'C1712' where id = $1", firms[0].tenant)
    assert (await put(firms[0], 1, data=YEAR, products=PRODUCTS)).status == 200
    cells = await water_cells()
    assert cells["330106", "C1712"] == (Decimal(98000), 1)
    assert sum(w for w, _ in cells.values()) == Decimal(98000 + 98001) and cells.get(old, (0, 0))[1] in (0, 1)
    async with acting_as(None, "viewer") as ctx:
        province = await rollups.month_cells(ctx, "33", "C17", 202500, 202500)
    assert sum(c.water for c in province) == Decimal(98000)


async def test_many_savings_at_once_leave_the_exact_sum(firms: list[Firm], migrator: asyncpg.Connection, water_cells: Callable[[], Awaitable[Cells]]) -> None:
    """RS1, ST1: of savings on one version one wins; folded in between, the cell is the sum of what is kept."""
    done = asyncio.Event()

    async def folding() -> None:
        while not done.is_set():
            async with transaction() as db:
                await rollups.fold(db, 3)
            await asyncio.sleep(0.02)

    folder = asyncio.create_task(folding())
    for version in range(5):
        outcomes = await asyncio.gather(
            *(put(f, version, data=YEAR | {"tap": str(86000 + 10 * version + n)}, products=PRODUCTS) for f in firms for n in range(4))
        )
        assert sorted(o.status for o in outcomes) == [200] * len(firms) + [409] * (3 * len(firms))
    done.set()
    await folder
    kept = await migrator.fetchval("select sum(intake) from water_year where tenant_id = any ($1) and year = 2025", [f.tenant for f in firms])
    for _ in range(2):
        cells = await water_cells()
        assert sum(w for w, _ in cells.values()) == kept and sum(n for _, n in cells.values()) == len(firms)
        await fold()


async def test_water_is_no_month_of_emissions(firm: Firm, migrator: asyncpg.Connection) -> None:
    """A saved water year completes no month and gives no benchmark."""
    assert (await put(firm, data=YEAR, products=PRODUCTS)).status == 200
    for _ in range(2):
        async with acting_as(firm.tenant, "viewer") as ctx:
            year = await rollups.own_year(ctx, 2025)
        assert year is not None and (year.months_complete, year.co2, year.water) == (0, Decimal(0), Decimal(98000))
        await fold()


async def test_known_years_are_counted_by_the_migration_and_back(empty: postgres.Urls, tmp_path: Path) -> None:
    """The backfill counts complete years once; going back takes the water out and leaves the rest; forward again counts anew."""
    for path in FOLDER.glob("*.sql"):
        if path.name < "0220":
            shutil.copy(path, tmp_path)
    await migrate(empty.migrator, tmp_path)
    connection = await asyncpg.connect(empty.migrator)
    await connection.execute(
        "insert into region (code, level, name, name_en, path, status, source, source_url, confidence, note)"
        " values ('440112', 'district', '黄埔区', 'Huangpu', '{440112}', 'current', 'GB/T 2260', '', 'high', '');"
        "insert into industry (code, level, name, name_en, path, source, source_url, confidence, note)"
        " values ('C1712', 'class', '棉织造加工', 'Cotton weaving', '{C1712}', 'GB/T 4754', '', 'high', '')"
    )
    whole, part = uuid4(), uuid4()
    for n, (tenant, complete) in enumerate(((whole, True), (part, False))):
        await connection.execute(
            "insert into organisation (id, kind, uscc, name, region_code, industry_code, status, origin, created_at, updated_at)"
            " values ($1, 'enterprise', $2, $3, '440112', 'C1712', 'active', 'demo', now(), now())",
            tenant, f"9144010100000000{n:02}", f"水样{n}有限公司",
        )  # fmt: skip
        await connection.execute(
            "insert into water_year (tenant_id, year, version, body, intake, complete, reportable, saved_at)"
            " values ($1, 2024, 1, '{}', 98000.5, $2, $2, now())", tenant, complete,
        )  # fmt: skip
    await connection.execute(
        "insert into rollup_firm_year (tenant_id, year, basis, region_code, industry_code, co2, months_complete)"
        " values ($1, 2024, 'self', '440112', 'C1712', 12, 12)", whole,
    )  # fmt: skip

    async def counted() -> list[tuple[UUID, int, str, Decimal, int]]:
        rows = await connection.fetch("select * from rollup_delta where source_group = 'water'")
        return [(r["tenant_id"], r["period"], r["region_code"], r["water"], r["water_years"]) for r in rows]

    for _ in range(2):
        await migrate(empty.migrator)
        assert await counted() == [(whole, 202400, "440112", Decimal("98000.5"), 1)]
        assert await connection.fetchval("select counted from water_year where tenant_id = $1", part) is None
        await connection.execute("select fold_rollups(100)")
        row = await connection.fetchrow("select water, firms from rollup_month where source_group = 'water'")
        assert row is not None and (row["water"], row["firms"]) == (Decimal("98000.5"), 1)
        while await roll_back(empty.migrator) != "0220_water_sums":
            pass
        assert await connection.fetchval("select count(*) from rollup_month") == 0
        assert await connection.fetchval("select co2 from rollup_firm_year where tenant_id = $1", whole) == 12
    await connection.close()
