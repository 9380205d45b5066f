"""The worker process: jobs from the queue, schedules by the clock, until it is told to stop."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from pgqueuer.queries import Queries

from core import audit, files, jobs, logs, metrics
from core.clock import beijing_today, utc_now
from core.database import Db, close_database, connect_arguments, open_database, transaction
from core.postgres import Urls
from core.settings import settings

BATCH = 8
POLL = timedelta(seconds=5)
HEARTBEAT = timedelta(seconds=30)
DRAIN_SECONDS = 15.0


async def run(urls: Urls, models: Sequence[str]) -> None:
    """Work until SIGTERM or SIGINT; the jobs under way are finished first. Survives a database that goes away."""
    logs.configure()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await _open(urls, models, stop)
    try:
        if stop.is_set():
            return
        async with transaction(read_only=True) as db:
            await jobs.check_queue(db)
        _register_own(urls)
        await jobs.register_schedules()
        logs.note("worker ready", kinds=sorted(jobs.KINDS), schedules=sorted(jobs.SCHEDULES))
        await asyncio.gather(_queue(urls, stop), _schedules(stop))
    finally:
        await close_database()


async def _open(urls: Urls, models: Sequence[str], stop: asyncio.Event) -> None:
    wait = 0.5
    while not stop.is_set():
        try:
            await open_database(urls.app, models, minsize=2, maxsize=settings.pool_max, wait=10.0)
            return
        except (OSError, asyncpg.PostgresError) as error:
            logs.warn("database not there yet", **logs.describe(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)


async def _queue(urls: Urls, stop: asyncio.Event) -> None:
    """Run pgqueuer's manager; when the database goes away, start it anew with a growing pause."""
    pause = 0.5
    while not stop.is_set():
        try:
            async with asyncpg.create_pool(**connect_arguments(urls.direct), min_size=1, max_size=4) as pool:
                manager = queue_manager(pool)
                watcher = asyncio.create_task(_shut_down(manager, stop))
                try:
                    await _work(manager, POLL)
                finally:
                    watcher.cancel()
            pause = 0.5
        except Exception as error:
            logs.warn("queue interrupted", **logs.describe(error))
            await _sleep(stop, pause)
            pause = min(pause * 2, 5.0)


async def _shut_down(manager: QueueManager, stop: asyncio.Event) -> None:
    await stop.wait()
    manager.shutdown.set()


async def _work(manager: QueueManager, poll: timedelta) -> None:
    """Take jobs until shut down, no more at a time than the pool of this process can serve in turn."""
    await manager.run(dequeue_timeout=poll, batch_size=BATCH, heartbeat_timeout=HEARTBEAT, max_concurrent_tasks=2 * BATCH)


def queue_manager(pool: asyncpg.Pool) -> QueueManager:
    """pgqueuer's manager with an entry point for each registered kind."""
    manager = QueueManager(Queries(AsyncpgPoolDriver(pool)))
    for kind in jobs.KINDS:
        manager.entrypoint(kind, accepts_context=False)(dispatch)
    return manager


async def dispatch(queued: Job) -> None:
    """One queue row: whose job, which job, nothing else. Asks the queue for another try when the job wants one."""
    headers = queued.headers or {}
    wait = await jobs.run_job(UUID(str(headers["tenant"])), UUID(str(headers["job"])))
    if wait is not None:
        raise RetryRequested(delay=wait, reason="job asks for another try")


DUE = "select exists (select 1 from pgqueuer where entrypoint = any ($1) and execute_after <= now())"


async def drain(url: str) -> None:
    """Run everything of this process's kinds that is due now and return (tests, demonstration data, drills).

    Rows of kinds that another process serves, and retries that wait for their time, are left alone.
    """
    async with asyncpg.create_pool(**connect_arguments(url), min_size=1, max_size=4) as pool:
        manager = queue_manager(pool)
        working = asyncio.create_task(_work(manager, timedelta(milliseconds=100)))
        while not working.done() and await pool.fetchval(DUE, list(jobs.KINDS)):
            await asyncio.sleep(0.02)
        manager.shutdown.set()
        await working


async def _schedules(stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            for item in await jobs.due_schedules():
                await jobs.run_schedule(item)
        except Exception as error:
            logs.warn("schedules interrupted", **logs.describe(error))
        await _sleep(stop, 1.0)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _register_own(urls: Urls) -> None:
    """The ground's own schedules."""
    if "core.queue-net" in jobs.SCHEDULES:
        return

    @jobs.schedule("core.queue-net", every_seconds=60)
    async def net(db: Db) -> None:
        lost = await db.value("select requeue_lost_jobs($1)", utc_now() - timedelta(minutes=2))
        if lost:
            logs.warn("lost jobs queued again", count=lost)
        metrics.jobs(await jobs.counts(db))
        await db.run("delete from pgqueuer_log where created < $1", utc_now() - timedelta(days=7))
        await db.run("delete from pgqueuer_statistics where created < $1", utc_now() - timedelta(days=7))

    @jobs.schedule("core.audit-partitions", every_seconds=6 * 3600)
    async def partitions(db: Db) -> None:
        await audit.ensure_partitions(db, beijing_today())

    @jobs.schedule("core.audit-seal", daily_at="00:10")
    async def seal(db: Db) -> None:
        await audit.seal(db, beijing_today(), utc_now())

    @jobs.schedule("core.audit-verify", daily_at="02:30")
    async def verify(db: Db) -> None:
        result = await audit.verify(db)
        await audit.remember(db, result, utc_now())
        for fault in result.faults:
            logs.warn("audit chain does not hold", chain=str(fault.chain), seq=fault.seq, reason=fault.reason)
        logs.note(
            "audit verified", chains=result.chains, rows=result.rows, seals=result.seals, faults=len(result.faults)
        )

    @jobs.schedule("core.audit-old", daily_at="03:50")
    async def old(db: Db) -> None:
        gone, partitions = await audit.drop_old(db, beijing_today())
        if gone or partitions:
            logs.note("audit lines past their time left", rows=gone, partitions=partitions)

    @jobs.schedule("core.files-gc", daily_at="03:20")
    async def gc(db: Db) -> None:
        swept = await files.sweep(db)
        logs.note("files swept", removed=len(swept))

    @jobs.schedule("core.janitor", every_seconds=3600)
    async def janitor(_: Db) -> None:
        connection = await asyncpg.connect(**connect_arguments(urls.janitor))
        try:
            for table in ("idempotency", "outbox", "notice"):  # its policies say which rows: 24 hours, 30 days, 400 days
                await connection.execute(f"delete from {table}")  # noqa: S608
        finally:
            await connection.close()
