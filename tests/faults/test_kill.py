"""``kill -9`` while months are being submitted: nothing acknowledged is lost, nothing is there twice (R1)."""

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from bench import filing, load
from bench.process import Process
from bench.world import Firm
from core import audit
from core.database import transaction
from core.ids import new_id
from core.postgres import Urls

SUBMISSIONS, CLIENTS, KILLS = 100, 8, 4
MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04", "2025-05")


async def _send(port: int, data: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await asyncio.wait_for(load.answer(reader), 15)
    finally:
        writer.close()


async def _submit(port: int, firm: Firm, items: Sequence[UUID], month: str, tries: list[int]) -> tuple[int, bytes]:
    """As a client does: the same key until there is an answer."""
    data = load.request(
        "POST",
        "/api/v1/filing/submit",
        filing.month_body(items, month),
        Authorization=f"Bearer {firm.token}",
        Idempotency_Key=str(new_id()),
    )
    last: object = None
    for _ in range(900):
        tries[0] += 1
        try:
            last = status, body = await _send(port, data)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            last = error
            await asyncio.sleep(0.1)
            continue
        if status == 503 or (status == 409 and b"IDEMPOTENCY_IN_FLIGHT" in body):
            await asyncio.sleep(0.1)
            continue
        return status, body
    raise AssertionError(f"no answer after 900 tries: {last!r}")


@pytest.mark.timeout(240)
async def test_kill_9_loses_nothing_and_doubles_nothing(
    server: Process, firms: list[Firm], urls: Urls, migrator: asyncpg.Connection, database: str
) -> None:
    items = await filing.make_templates(urls.migrator, firms)
    work = [(firm, month) for month in MONTHS for firm in firms][:SUBMISSIONS]
    dice, tries, answers = random.Random(9), [0], []
    waiting = asyncio.Queue[tuple[Firm, str]]()
    for one in work:
        waiting.put_nowait(one)

    async def client() -> None:
        while not waiting.empty():
            firm, month = waiting.get_nowait()
            answers.append(await _submit(server.port or 0, firm, items[firm.tenant], month, tries))
            await asyncio.sleep(dice.uniform(0, 0.15))

    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    kills = 0
    while kills < KILLS and not all(c.done() for c in clients):
        await asyncio.sleep(dice.uniform(0.3, 0.9))
        server.kill()
        kills += 1
        await asyncio.to_thread(server.start)
    await asyncio.gather(*clients)

    assert kills == KILLS and {status for status, _ in answers} == {200}, answers
    tenants = [f.tenant for f in firms]
    months = await migrator.fetch(
        "select tenant_id, period, count(*) as n, max(version) as version from inventory_month where tenant_id = any($1)"
        " group by 1, 2",
        tenants,
    )
    assert len(months) == len(answers) == SUBMISSIONS  # 0 lost
    assert {(r["n"], r["version"]) for r in months} == {(1, 1)}  # 0 doubled
    counts = await migrator.fetchrow(
        "select (select count(*) from month_head where tenant_id = any($1)) as heads,"
        " (select count(*) from inventory_line where tenant_id = any($1)) as lines,"
        " (select count(*) from idempotency where tenant_id = any($1) and route like '%filing/submit') as keys,"
        " (select count(*) from audit_log where tenant_id = any($1) and action = 'filing.submitted') as audited",
        tenants,
    )
    assert counts is not None and dict(counts) == {
        "heads": SUBMISSIONS,
        "lines": SUBMISSIONS * len(filing.LINES),
        "keys": SUBMISSIONS,
        "audited": SUBMISSIONS,
    }
    sums = await migrator.fetchrow(
        "select (select sum(co2_total) from inventory_month where tenant_id = any($1)) as months,"
        " (select sum(co2) from rollup_delta where tenant_id = any($1)) as deltas,"
        " (select sum(months_complete) from rollup_delta where tenant_id = any($1)) as complete",
        tenants,
    )
    assert sums is not None and sums["months"] == sums["deltas"] and sums["complete"] == SUBMISSIONS
    async with transaction(read_only=True) as db:
        for tenant in tenants:
            assert (await audit.verify(db, tenant)).holds
