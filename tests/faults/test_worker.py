"""The worker as a process: it runs schedules and jobs, survives ``kill -9`` in the middle of one, stops when told."""

import asyncio
import time
from pathlib import Path

import asyncpg

from bench.process import Process, environment
from core.postgres import Urls
from core.settings import settings

#: A worker of its own with one slow kind: each run writes a claim, so a second effect would show.
PROGRAM = """
import asyncio, os, sys
import wiring
from core import jobs, postgres, worker
from core.settings import settings

@jobs.job("drill.slow")
async def slow(ctx, run):
    await ctx.db.run("select take_claim('drill', $1)", str(run.object_id))
    await asyncio.sleep(float(run.payload["seconds"]))
    ctx.audit("drill.done", "drill", run.object_id)

asyncio.run(worker.run(postgres.external(settings), wiring.MODELS))
"""


async def _until(migrator: asyncpg.Connection, sql: str, *args: object, seconds: float = 40.0) -> object:
    began = time.perf_counter()
    while not (found := await migrator.fetchval(sql, *args)):
        assert time.perf_counter() - began < seconds, f"waited {seconds} s for {sql}"
        await asyncio.sleep(0.1)
    return found


async def test_a_killed_worker_leaves_its_job_to_the_next(
    urls: Urls, migrator: asyncpg.Connection, tmp_path: Path, database: str
) -> None:
    from core import jobs
    from core.ids import new_id
    from tests.core.acting import acting_for

    program = tmp_path / "drill.py"
    program.write_text(PROGRAM)
    first = Process([str(program)], environment(urls, settings.var_dir, 0))
    tenant, slow, quick = new_id(), new_id(), new_id()
    first.start()
    try:
        await _until(
            migrator, "select count(*) from schedule_run where name = 'core.queue-net' and last_at is not null"
        )
        async with acting_for(tenant) as ctx:
            await jobs.enqueue(ctx, "drill.slow", slow, payload={"seconds": 30})
        await _until(migrator, "select count(*) from pgqueuer where status = 'picked' and entrypoint = 'drill.slow'")
        await asyncio.sleep(0.5)
        first.kill()  # in the middle of its transaction: nothing of it remains
        assert await migrator.fetchval("select count(*) from claim where value = $1", str(slow)) == 0
        assert await migrator.fetchval("select state from outbox where object_id = $1", slow) == "queued"
        await migrator.execute(
            "update outbox set payload = '{\"seconds\": 0}' where object_id = $1", slow
        )  # the next try is quick
        await migrator.execute("update pgqueuer set heartbeat = now() - interval '1 hour' where status = 'picked'")
        first.start()
        await _until(migrator, "select count(*) from outbox where object_id = $1 and state = 'done'", slow)
        async with acting_for(tenant) as ctx:
            await jobs.enqueue(ctx, "drill.slow", quick, payload={"seconds": 0})
        await _until(migrator, "select count(*) from outbox where object_id = $1 and state = 'done'", quick, seconds=15)
        done = await migrator.fetch(
            "select object_id from audit_log where tenant_id = $1 and action = 'drill.done'", tenant
        )
        assert sorted(r["object_id"] for r in done) == sorted([str(slow), str(quick)])
        assert first.child is not None
        first.child.terminate()
        assert await asyncio.to_thread(first.child.wait, 20) == 0, first.text()[-2000:]
    finally:
        first.kill()
        first.stop()
