"""Folding and reading.

Exact at every moment (rule RS1, architecture 6); platform benchmarks (CE7, RS7); places (GN13).
"""

import asyncio
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import rollups
from core.clock import utc_now
from core.database import transaction
from core.ids import new_id
from tests.grading.world import acting_as

pytestmark = pytest.mark.usefixtures("database")

DELTA = """
insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, co2, tce, va, output, d_green,
                          a_own, months_complete)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, $11)
"""


@pytest.fixture(autouse=True)
async def _empty(migrator: asyncpg.Connection) -> None:
    for table in ("rollup_delta", "rollup_month", "rollup_firm_year"):
        await migrator.execute(f"delete from {table}")
    await migrator.execute("update benchmark set known_to = known_from where known_to is null")
    await migrator.execute(
        "delete from benchmark b where not exists (select 1 from evaluation e where e.benchmark_id = b.id)"
    )


def delta(
    tenant: UUID,
    period: int,
    co2: str,
    *,
    va: str = "0",
    sign: int = 1,
    region: str = "440112",
    industry: str = "C2926",
    basis: str = "self",
    group: str = "electricity",
    green: str = "0",
    complete: int = 1,
) -> tuple[Any, ...]:
    return (
        tenant,
        period,
        region,
        industry,
        basis,
        group,
        sign * Decimal(co2),
        Decimal(0),
        sign * Decimal(va),
        sign * Decimal(green),
        sign * complete,
    )


def year(tenant: UUID, e: str, va: str, **where: Any) -> list[tuple[Any, ...]]:
    """Twelve complete months; the whole emission and value added stand in December."""
    rows = [delta(tenant, 202500 + month, "0", **where) for month in range(1, 12)]
    return [*rows, delta(tenant, 202512, e, va=va, **where)]


async def put(migrator: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    await migrator.executemany(DELTA, list(rows))


async def cells() -> dict[tuple[str, int, str], tuple[Decimal, int]]:
    async with acting_as(None, "viewer") as ctx:
        found = await rollups.month_cells(ctx, "4401", "C", 202501, 202512)
    return {(c.region_code, c.period, c.source_group): (c.co2, c.firms) for c in found if c.co2 or c.firms}


async def fold() -> int:
    async with transaction() as db:
        return await rollups.fold(db)


async def test_readers_add_what_is_not_folded(migrator: asyncpg.Connection) -> None:
    a, b = new_id(), new_id()
    await put(
        migrator, [delta(a, 202501, "10.5"), delta(b, 202501, "4.25"), delta(a, 202501, "3", group="gas", complete=0)]
    )
    expected = {("440112", 202501, "electricity"): (Decimal("14.75"), 2), ("440112", 202501, "gas"): (Decimal(3), 0)}
    assert await cells() == expected
    assert await fold() == 3
    assert await migrator.fetchval("select count(*) from rollup_delta") == 0
    assert await cells() == expected
    await put(migrator, [delta(b, 202501, "4.25", sign=-1)])
    assert (await cells())["440112", 202501, "electricity"] == (Decimal("10.5"), 1)
    assert await fold() == 1 and await fold() == 0
    assert (await cells())["440112", 202501, "electricity"] == (Decimal("10.5"), 1)


async def test_own_year_is_only_mine(migrator: asyncpg.Connection) -> None:
    a, b = new_id(), new_id()
    await put(migrator, [*year(a, "100", "50"), *year(b, "900", "10")])
    await fold()
    await put(migrator, [delta(a, 202503, "7", complete=0)])
    async with acting_as(a, "viewer") as ctx:
        own = await rollups.own_year(ctx, 2025)
    assert own is not None and (own.co2, own.va, own.months_complete) == (Decimal(107), Decimal(50), 12)


async def test_submissions_withdrawals_and_folding_at_once_leave_the_exact_sum(
    migrator: asyncpg.Connection, urls: Any
) -> None:
    """200 concurrent writers, half of them withdrawn again, one folder racing them: rollup == recount."""
    pool = await asyncpg.create_pool(urls.migrator, min_size=4, max_size=8)
    firms = [new_id() for _ in range(20)]
    truth: list[tuple[Any, ...]] = []

    async def submit(number: int) -> None:
        tenant, month = firms[number % 20], 202501 + number // 20 % 12
        row = delta(tenant, month, f"{number}.{number:06d}", region=("440112", "440113", "440106")[number % 3])
        await pool.execute(DELTA, *row)
        truth.append(row)
        if number % 2:
            back = delta(tenant, month, f"{number}.{number:06d}", region=row[2], sign=-1)
            await pool.execute(DELTA, *back)
            truth.append(back)

    async def folding() -> None:
        while not done.is_set():
            await fold()
            await asyncio.sleep(0.01)

    done = asyncio.Event()
    folders = [asyncio.create_task(folding()) for _ in range(2)]
    await asyncio.gather(*(submit(n) for n in range(200)))
    seen_while_folding = await cells()
    done.set()
    await asyncio.gather(*folders)
    await fold()
    recount: dict[tuple[str, int, str], tuple[Decimal, int]] = {}
    for row in truth:
        key = (row[2], row[1], row[5])
        co2, n = recount.get(key, (Decimal(0), 0))
        recount[key] = (co2 + row[6], n + row[10])
    recount = {k: v for k, v in recount.items() if v[0] or v[1]}
    assert seen_while_folding == recount
    assert await cells() == recount
    assert await migrator.fetchval("select count(*) from rollup_delta") == 0
    await pool.close()


def published_case() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "data" / "grading_cases.json"
    return next(c for c in json.loads(path.read_text("utf-8"))["cases"] if c["id"] == "GC-BM01")


async def compute() -> int:
    async with transaction() as db:
        now = utc_now()
        return await rollups.compute_benchmarks(db, 2025, now, now.date())


async def test_class_too_thin_group_carries_published_case(migrator: asyncpg.Connection) -> None:  # GC-BM01
    case = published_case()
    own, in_class = new_id(), len(case["inputs"]["class_peers"])
    rows: list[tuple[Any, ...]] = []
    for place, peer in enumerate(case["inputs"]["group_peers"]):
        tenant = own if peer["e"] == case["inputs"]["own"]["E_core_tCO2"] else new_id()
        made = year(tenant, peer["e"], peer["va"], industry="C2926" if place < in_class else "C2927")
        rows += made if peer.get("complete", True) else made[1:]
    await put(migrator, rows)
    await fold()
    assert await compute() > 0
    assert await compute() == 0  # running it again changes nothing
    async with acting_as(own, "viewer") as ctx:
        choice = await rollups.choose_benchmark(ctx, "440112", "C2927", 2025)
        expected = case["expected"]["group_result"]
        row = choice.benchmark
        assert row is not None and row.industry_level == case["expected"]["used"] == "group"
        assert (str(row.b), row.n, str(row.largest_share)) == (
            expected["B"],
            expected["n"],
            expected["largest_share_pct"],
        )
        place = await rollups.peer_place(ctx, row, 2025, Decimal(case["expected"]["own"]["K"]))
    # K of the six: own 1.2800 is the worst L but two? counted from the case's own ratios
    ratios = sorted(
        Decimal(p["e"]) / Decimal(p["va"])
        for p in case["inputs"]["group_peers"]
        if Decimal(p["va"]) > 0 and p.get("complete", True)
    )
    mine = Decimal(case["inputs"]["own"]["E_core_tCO2"]) / Decimal(case["inputs"]["own"]["value_added_wan"])
    assert (place.n, place.rank) == (6, 1 + sum(r < mine for r in ratios))
    assert place.better_than_pct == (Decimal(100 * sum(r > mine for r in ratios)) / 5).quantize(Decimal("0.01"))
    assert place.best_quartile is None  # fewer than 20 (RS8)


async def test_nothing_is_published_below_five(migrator: asyncpg.Connection) -> None:  # RS7
    for number in range(4):
        await put(migrator, year(new_id(), f"{100 + number}", "100", industry="D4430"))
    assert await compute() == 0
    async with acting_as(new_id(), "viewer") as ctx:
        assert (await rollups.choose_benchmark(ctx, "440112", "D4430", 2025)).benchmark is None


async def test_a_changed_figure_closes_the_row(migrator: asyncpg.Connection) -> None:
    for number in range(5):
        await put(migrator, year(new_id(), f"{100 + number}", "100"))
    first = await compute()
    await put(migrator, year(new_id(), "150", "100"))
    assert await compute() == first
    states = await migrator.fetch(
        "select known_to is null as live, count(*) as n from benchmark where origin = 'platform' group by 1 order by 1"
    )
    assert [(r["live"], r["n"]) for r in states] == [(False, first), (True, first)]


async def test_verified_firms_have_their_own_row(migrator: asyncpg.Connection) -> None:  # CE8 (2)
    for number in range(6):
        tenant = new_id()
        await put(migrator, year(tenant, f"{100 + number}", "100"))
        if number < 5:
            await put(migrator, year(tenant, f"{200 + number}", "100", basis="verified"))
    await compute()
    async with acting_as(new_id(), "viewer") as ctx:
        row = (await rollups.choose_benchmark(ctx, "440112", "C2926", 2025)).benchmark
    assert row is not None and (row.basis, row.n, row.b) == ("verified", 5, Decimal("2.020000"))
    every = await migrator.fetchrow(
        "select n, b from benchmark where basis = 'self' and industry_code = 'C2926' and region_code = '440100'"
    )
    assert (every["n"], every["b"]) == (6, Decimal("1.858333"))  # five verified firms and one filed one


async def test_eight_place_in_a_crowd(migrator: asyncpg.Connection) -> None:  # GN13, RS8
    firms = [new_id() for _ in range(20)]
    for number, tenant in enumerate(firms):
        await put(migrator, year(tenant, f"{50 + 5 * number}", "100"))
    await compute()
    async with acting_as(firms[4], "viewer") as ctx:
        row = (await rollups.choose_benchmark(ctx, "440112", "C2926", 2025)).benchmark
        assert row is not None
        from carbon import ratio

        k = ratio(Decimal(70) / (Decimal(100) * row.b))
        place = await rollups.peer_place(ctx, row, 2025, k)
    assert (place.n, place.rank, place.better_than_pct) == (20, 5, Decimal("78.95"))
    assert place.best_quartile == Decimal("0.7000")
