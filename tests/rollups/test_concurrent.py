"""Two hundred real submissions and withdrawals at once, a folder racing them: the sums are what the account holds (RS1)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

import filing
import rollups
from core import clock
from core.database import transaction
from filing import Typed, TypedLine, TypedMonth
from tests.grading.test_year import firm
from tests.grading.world import acting_as

pytestmark = pytest.mark.usefixtures("database")
INDUSTRY = "C3051"  # nobody else in this database
RECOUNT = """
select l.period, l.source_group, sum(l.co2_t) as co2
from month_head h join inventory_line l on l.tenant_id = h.tenant_id and l.month_id = h.month_id
where h.tenant_id = any($1) and h.state = 'submitted' group by 1, 2
"""


@pytest.fixture(autouse=True)
async def _today(database: str) -> AsyncIterator[None]:
    clock.freeze(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    yield


async def submit(tenant: UUID, month: int, amount: Decimal) -> None:
    async with acting_as(tenant, "legal") as ctx:
        item = (await filing.current_template(ctx)).items[0]
        code = f"2025-{month:02d}"
        typed = Typed(code, code, "each", [TypedMonth(code, [TypedLine(item.id, amount)], [])])
        await filing.submit_months(ctx, typed, fingerprint=None, replace_filed=False, replies=[])


async def withdraw(tenant: UUID, month: int) -> None:
    async with acting_as(tenant, "legal") as ctx:
        await filing.withdraw_month(ctx, f"2025-{month:02d}", 1, "录错")


async def test_two_hundred_at_once(migrator: asyncpg.Connection) -> None:
    firms = [await firm(migrator, industry=INDUSTRY) for _ in range(10)]
    gate, done = asyncio.Semaphore(6), asyncio.Event()

    async def work(number: int) -> None:
        tenant, month = firms[number % 10], number // 10 + 1
        async with gate:
            await submit(tenant, month, 10 + Decimal(number) / 100)
        if number % 3:
            async with gate:
                await withdraw(tenant, month)

    async def folding() -> None:
        while not done.is_set():
            async with transaction() as db:
                await rollups.fold(db, 40)
            await asyncio.sleep(0.01)

    folder = asyncio.create_task(folding())
    await asyncio.gather(*(work(n) for n in range(120)))  # 120 submissions, 80 withdrawals
    done.set()
    await folder
    recount = {(r["period"], r["source_group"]): r["co2"] for r in await migrator.fetch(RECOUNT, firms)}
    assert sum(recount.values()) > 0
    async with acting_as(firms[0], "viewer") as ctx:
        cells = await rollups.month_cells(ctx, "440112", INDUSTRY, 202501, 202512)
        own = await rollups.own_year(ctx, 2025)
    assert {(c.period, c.source_group): c.co2 for c in cells if c.co2} == recount
    assert sum(c.firms for c in cells) == 40
    heads = await migrator.fetchval(
        "select count(*) from month_head where tenant_id = $1 and state = 'submitted'", firms[0]
    )
    assert own is not None and own.months_complete == heads
    async with transaction() as db:
        while await rollups.fold(db):
            pass
    async with acting_as(firms[0], "viewer") as ctx:
        again = await rollups.month_cells(ctx, "440112", INDUSTRY, 202501, 202512)
    assert {(c.period, c.source_group): c.co2 for c in again if c.co2} == recount
