"""``kill -9`` while a workbook of many firms is being filed: no half firm, and the next worker does the rest (S9)."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest

from bench.process import Process, environment
from core.postgres import Urls
from core.settings import settings
from tests.filing.conftest import reader  # noqa: F401
from tests.filing.test_bulk import Desk, desk, typed  # noqa: F401

#: A worker whose second firm stays in its transaction, everything written and nothing committed.
PROGRAM = """
import asyncio, os, sys
from datetime import UTC, datetime
import filing.jobs, wiring
from core import clock, postgres, worker
from core.settings import settings

clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
filed = filing.jobs.file_line
done = 0

async def slow(ctx, line, payload):
    global done
    await filed(ctx, line, payload)
    done += 1
    if done > 1 and {sleepy}:
        await asyncio.sleep(60)

filing.jobs.file_line = slow
worker.BATCH = 1
asyncio.run(worker.run(postgres.external(settings), wiring.MODELS))
"""


async def _until(migrator: asyncpg.Connection, sql: str, *args: object, seconds: float = 90.0) -> None:
    began = time.perf_counter()
    while not await migrator.fetchval(sql, *args):
        if time.perf_counter() - began >= seconds:
            queue = await migrator.fetch("select entrypoint, status, count(*) from pgqueuer group by 1, 2 order by 3 desc limit 20")
            raise AssertionError(f"waited {seconds} s for {sql}; the queue holds {[tuple(r) for r in queue]}")
        await asyncio.sleep(0.1)


@pytest.mark.timeout(300)
async def test_a_worker_killed_in_the_middle_of_a_workbook(
    urls: Urls, migrator: asyncpg.Connection, tmp_path: Path, desk: Desk  # noqa: F811
) -> None:
    ids = [f.id for f in desk.firms]
    await migrator.execute("delete from pgqueuer")  # what other tests left waiting is not this worker's business
    program = tmp_path / "drill.py"
    program.write_text(PROGRAM.format(sleepy=True))
    worker = Process([str(program)], environment(urls, settings.var_dir, 0))
    worker.start()
    try:
        sent = await desk.upload(await desk.workbook(typed()), dry=False)
        assert desk.state(sent) == ["waiting"] * 3
        line = "select count(*) = 1 from bulk_filing_line where tenant_id = any ($1) and state = 'ok'"
        await _until(migrator, line, ids)
        await _until(migrator, "select count(*) > 0 from pgqueuer where status = 'picked' and entrypoint = 'filing.bulk'")
        await asyncio.sleep(1.5)
    finally:
        worker.kill()
    half = await desk.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])
    assert sorted(desk.state(half)) == ["ok", "waiting", "waiting"] and len(await desk.months()) == 1
    orphans = "select count(*) from inventory_line where tenant_id = any ($1) and tenant_id <> all (select tenant_id from bulk_filing_line where state = 'ok')"
    assert await migrator.fetchval(orphans, ids) == 0
    program.write_text(PROGRAM.format(sleepy=False))
    again = Process([str(program)], environment(urls, settings.var_dir, 0))
    again.start()
    try:
        await _until(migrator, "select count(*) = 3 from bulk_filing_line where tenant_id = any ($1) and state = 'ok'", ids, seconds=90)
    finally:
        again.stop()
    assert [version for version, _ in await desk.months()] == [1, 1, 1]
