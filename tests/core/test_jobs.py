"""Jobs: with the business rows or not at all, once, retried, dead in the end (architecture 9.6)."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from core import clock, jobs, worker
from core.database import Acting, Db, pool, transaction
from core.errors import NotFound
from core.ids import new_id
from core.jobs import JobRun
from core.postgres import Urls
from tests.core.acting import acting_for

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def ran() -> Iterator[list[JobRun]]:
    """A kind that notes its runs, one that always fails."""
    seen: list[JobRun] = []

    @jobs.job("test.note")
    async def note(ctx: Acting, run: JobRun) -> None:
        assert await ctx.db.value("select cur_tenant()") == ctx.tenant_id
        await ctx.db.run("select take_claim('job-test', $1)", str(run.object_id))
        ctx.audit("test.noted", "thing", run.object_id)
        seen.append(run)

    @jobs.job("test.fail", attempts=2)
    async def fail(ctx: Acting, run: JobRun) -> None:
        await ctx.db.run("select take_claim('job-test', $1)", str(run.object_id))
        seen.append(run)
        raise ValueError("no route to 13912345678")

    yield seen
    del jobs.KINDS["test.note"], jobs.KINDS["test.fail"]


async def _state(migrator: asyncpg.Connection, tenant: object) -> list[tuple[str, int]]:
    rows = await migrator.fetch(
        "select state, attempts from outbox where tenant_id = $1 order by created_at, id", tenant
    )
    return [(r["state"], r["attempts"]) for r in rows]


async def _queued(migrator: asyncpg.Connection, tenant: object) -> list[tuple[dict[str, str], bytes | None]]:
    rows = await migrator.fetch("select headers, payload from pgqueuer where headers->>'tenant' = $1", str(tenant))
    return [(r["headers"], r["payload"]) for r in rows]


async def test_a_job_runs_once_for_its_organisation(
    ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls
) -> None:
    tenant, thing = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        assert await jobs.enqueue(ctx, "test.note", thing, payload={"n": 1}) is not None
        assert await jobs.enqueue(ctx, "test.note", thing, payload={"n": 2}) is None  # the same object and version
        assert await jobs.enqueue(ctx, "test.note", thing, version=2, payload={"n": 3}) is not None
    await worker.drain(urls.direct)
    assert sorted((r.version, r.payload["n"], r.attempt) for r in ran if r.object_id == thing) == [(1, 1, 1), (2, 3, 1)]
    assert await _state(migrator, tenant) == [("done", 1), ("done", 1)]
    assert await migrator.fetchval("select count(*) from audit_log where tenant_id = $1", tenant) == 2
    assert await _queued(migrator, tenant) == []


async def test_a_job_that_came_to_no_connection_was_not_tried(ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls) -> None:
    tenant, thing = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        job = await jobs.enqueue(ctx, "test.note", thing)
    assert job is not None
    async with AsyncExitStack() as others:
        for _ in range(pool().get_max_size()):
            await others.enter_async_context(transaction(read_only=True))
        assert await jobs.run_job(tenant, job) == timedelta(seconds=jobs.BACK_OFF[0])
    assert ran == [] and await _state(migrator, tenant) == [("queued", 0)]
    await worker.drain(urls.direct)
    assert [r.attempt for r in ran if r.object_id == thing] == [1] and await _state(migrator, tenant) == [("done", 1)]


async def test_a_rolled_back_transaction_asked_for_nothing(ran: list[JobRun], migrator: asyncpg.Connection) -> None:
    tenant = new_id()
    with pytest.raises(RuntimeError):
        async with acting_for(tenant) as ctx:
            await jobs.enqueue(ctx, "test.note", new_id())
            raise RuntimeError
    assert await _state(migrator, tenant) == [] and await _queued(migrator, tenant) == []


async def test_a_queue_row_holds_ids_only(ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls) -> None:
    tenant = new_id()
    async with acting_for(tenant) as ctx:
        made = await jobs.enqueue(ctx, "test.note", new_id(), payload={"secret": "x"})
    assert await _queued(migrator, tenant) == [({"tenant": str(tenant), "job": str(made)}, None)]
    await worker.drain(urls.direct)


async def test_a_failing_job_rolls_back_waits_and_dies(ran: list[JobRun], migrator: asyncpg.Connection) -> None:
    tenant, thing = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        made = await jobs.enqueue(ctx, "test.fail", thing)
    assert made is not None
    assert await jobs.run_job(tenant, made) == timedelta(seconds=5)
    assert await _state(migrator, tenant) == [("queued", 1)]
    assert await jobs.run_job(tenant, made) is None
    assert await _state(migrator, tenant) == [("dead", 2)]
    assert await jobs.run_job(tenant, made) is None and len(ran) == 2  # a dead job stays dead
    assert await migrator.fetchval("select count(*) from claim where value = $1", str(thing)) == 0
    text = await migrator.fetchval("select last_error from outbox where id = $1", made)
    assert text.startswith("ValueError: no route to [phone]") and "test_jobs.py" in text
    await migrator.execute("delete from pgqueuer")


async def test_a_handler_may_give_up_at_once(ran: list[JobRun], migrator: asyncpg.Connection) -> None:
    """What no other try can change does not wait for its attempts."""

    @jobs.job("test.hopeless", attempts=6)
    async def hopeless(ctx: Acting, run: JobRun) -> None:
        raise jobs.GiveUp("the template is gone")

    tenant = new_id()
    try:
        async with acting_for(tenant) as ctx:
            made = await jobs.enqueue(ctx, "test.hopeless", new_id())
        assert made is not None and await jobs.run_job(tenant, made) is None
        assert await _state(migrator, tenant) == [("dead", 1)]
        assert "the template is gone" in await migrator.fetchval("select last_error from outbox where id = $1", made)
    finally:
        del jobs.KINDS["test.hopeless"]
        await migrator.execute("delete from pgqueuer")


async def test_an_operator_sees_the_dead_and_sends_them_round_again(
    ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls
) -> None:
    tenant = new_id()
    async with acting_for(tenant) as ctx:
        made = await jobs.enqueue(ctx, "test.fail", new_id())
    assert made is not None
    await jobs.run_job(tenant, made)
    await jobs.run_job(tenant, made)
    await migrator.execute("delete from pgqueuer")
    async with acting_for(new_id(), kind="operator") as ctx:
        lines, _ = await jobs.search(ctx, jobs.JobFilter("dead", "test.fail"), page_size=100)
        assert made in {line.id for line in lines} and (await jobs.counts(ctx.db))["dead"] >= 1
        assert (await jobs.retry(ctx, made)).state == "queued"
        assert await ctx.db.value("select cur_tenant()") == ctx.tenant_id  # back to who he is
        with pytest.raises(NotFound):
            await jobs.retry(ctx, made)
    assert [headers["job"] for headers, _ in await _queued(migrator, tenant)] == [str(made)]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting_for(tenant) as ctx:
            await ctx.db.value("select retry_job($1, $2, $3)", tenant, made, ctx.now)
    await migrator.execute("delete from pgqueuer")


async def test_another_organisation_sees_and_runs_nothing(ran: list[JobRun], migrator: asyncpg.Connection) -> None:
    tenant, stranger = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        made = await jobs.enqueue(ctx, "test.note", new_id())
    assert made is not None
    async with acting_for(stranger) as ctx:
        assert await jobs.search(ctx, jobs.JobFilter()) == ([], 0)
    assert await jobs.run_job(stranger, made) is None and ran == []
    await migrator.execute("delete from pgqueuer")


async def test_two_workers_never_run_one_job_together(ran: list[JobRun], migrator: asyncpg.Connection) -> None:
    tenant, entered, leave = new_id(), asyncio.Event(), asyncio.Event()

    @jobs.job("test.slow")
    async def slow(ctx: Acting, run: JobRun) -> None:
        entered.set()
        await leave.wait()

    async with acting_for(tenant) as ctx:
        made = await jobs.enqueue(ctx, "test.slow", new_id())
    assert made is not None
    first = asyncio.create_task(jobs.run_job(tenant, made))
    await entered.wait()
    assert await jobs.run_job(tenant, made) == timedelta(seconds=5)  # held elsewhere: ask again later
    leave.set()
    assert await first is None and await jobs.run_job(tenant, made) is None
    assert await _state(migrator, tenant) == [("done", 1)]
    del jobs.KINDS["test.slow"]
    await migrator.execute("delete from pgqueuer")


async def test_a_job_whose_queue_row_was_lost_comes_back(
    ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls
) -> None:
    thing = new_id()
    async with acting_for(new_id()) as ctx:
        await jobs.enqueue(ctx, "test.note", thing)
    await migrator.execute("delete from pgqueuer")
    async with transaction() as db:
        assert await db.value("select requeue_lost_jobs($1)", clock.utc_now() + timedelta(seconds=1)) >= 1
        assert await db.value("select requeue_lost_jobs($1)", clock.utc_now() + timedelta(seconds=1)) == 0
    await worker.drain(urls.direct)
    assert [r.object_id for r in ran].count(thing) == 1


async def test_a_wake_up_is_sent_after_the_commit_once(urls: Urls) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(urls.direct)
    await listener.add_listener(jobs.CHANNEL, lambda *a: heard.append(a[-1]))
    for _ in range(5):
        await jobs.wake()
    await asyncio.sleep(0.3)
    await listener.close()
    assert len(heard) == 1 and '"table_changed_event"' in heard[0]


async def test_the_server_does_not_start_with_the_trigger_on(urls: Urls) -> None:
    async with transaction() as db:
        await jobs.check_queue(db)
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute(
        "create function loud() returns trigger language plpgsql as"
        " $$ begin perform pg_notify('x', ''); return null; end $$;"
        "create trigger tg_pgqueuer_changed after insert on pgqueuer execute function loud()"
    )
    try:
        with pytest.raises(jobs.QueueMisconfigured, match="tg_pgqueuer_changed"):
            async with transaction() as db:
                await jobs.check_queue(db)
        await superuser.execute("alter table pgqueuer disable trigger all")
        async with transaction() as db:
            await jobs.check_queue(db)
    finally:
        await superuser.execute("drop trigger tg_pgqueuer_changed on pgqueuer; drop function loud()")
        await superuser.close()


async def test_a_schedule_runs_when_due_on_one_worker_and_survives_failure(migrator: asyncpg.Connection) -> None:
    runs: list[int] = []

    @jobs.schedule("test.tick", every_seconds=60)
    async def tick(db: Db) -> None:
        runs.append(1)
        await asyncio.sleep(0.05)
        if len(runs) > 1:
            raise ValueError("broken")

    item = jobs.SCHEDULES["test.tick"]
    await jobs.register_schedules()
    assert item in await jobs.due_schedules()
    assert sorted(await asyncio.gather(jobs.run_schedule(item), jobs.run_schedule(item))) == [False, True]
    assert len(runs) == 1 and item not in await jobs.due_schedules()
    clock.freeze(clock.utc_now() + timedelta(seconds=61))
    assert await jobs.run_schedule(item) and len(runs) == 2
    row = await migrator.fetchrow("select * from schedule_run where name = 'test.tick'")
    assert (
        row is not None
        and row["failures"] == 1
        and row["last_error"] == "ValueError: broken"
        and row["next_at"] > clock.utc_now()
    )
    del jobs.SCHEDULES["test.tick"]


def test_a_daily_schedule_is_due_at_its_beijing_time() -> None:
    daily = jobs.Schedule("x", None, None, "02:30")  # type: ignore[arg-type]
    assert daily.next_after(datetime(2026, 11, 20, 18, 29, tzinfo=UTC)) == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert daily.next_after(datetime(2026, 11, 20, 18, 30, tzinfo=UTC)) == datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


async def test_draining_leaves_other_kinds_alone(ran: list[JobRun], migrator: asyncpg.Connection, urls: Urls) -> None:
    """A row that another process serves does not hold up a drain."""
    tenant = new_id()
    async with acting_for(tenant) as ctx:
        await jobs.enqueue(ctx, "test.note", new_id(), payload={"n": 1})
    await migrator.execute("insert into pgqueuer (priority, entrypoint, status, created, updated) values (0, 'elsewhere.only', 'queued', now(), now())")
    await worker.drain(urls.direct)
    assert await _state(migrator, tenant) == [("done", 1)]
    assert await migrator.fetchval("delete from pgqueuer where entrypoint = 'elsewhere.only' returning true")
