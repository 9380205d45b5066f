"""Work that is done later 后台任务: enqueued in the business transaction, run once per (kind, object, version),
retried, dead in the end.

``enqueue()`` writes the organisation's ``outbox`` row and pgqueuer's queue row in one statement on the business
transaction's own connection: both commit with the business rows or not at all. The queue row holds ids only. A
job enters by its own door (``enter_job``): one transaction acting for one organisation, in which the handler's
writes and the outbox row's ``done`` commit together, so an effect in the database happens exactly once. Outside
effects belong in ``ctx.after_commit`` and carry the job's id.

pgqueuer's trigger is not there (its pg_notify queues every writer at COMMIT); :func:`enqueue` asks for one
wake-up after the commit, debounced over the process, and the worker polls as a net.
"""

import asyncio
import contextvars
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import audit, logs, metrics
from core.clock import BEIJING, utc_now
from core.database import Acting, Db, transaction
from core.errors import NotFound, Unavailable
from core.ids import new_id

CHANNEL = "ch_pgqueuer"
WAKE_DELAY = 0.05
BACK_OFF = (5, 30, 120, 600, 1800, 3600, 7200)  # seconds before attempt 2, 3, …
_tasks: set[asyncio.Task[None]] = set()
_wake: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of one job, as its handler sees it."""

    id: UUID
    kind: str
    object_id: UUID
    version: int
    payload: dict[str, Any]
    attempt: int


Handler = Callable[[Acting, JobRun], Awaitable[None]]
Periodic = Callable[[Db], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A registered handler and how often it is tried."""

    kind: str
    handler: Handler
    attempts: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A registered schedule: every so many seconds, or daily at a Beijing time."""

    name: str
    run: Periodic
    every_seconds: int | None
    daily_at: str | None

    def next_after(self, at: datetime) -> datetime:
        """The next time it is due after ``at``."""
        if self.every_seconds is not None:
            return at + timedelta(seconds=self.every_seconds)
        hour, minute = (int(part) for part in (self.daily_at or "00:00").split(":"))
        local = at.astimezone(BEIJING)
        due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as an operator sees it; its payload stays with the organisation."""

    id: UUID
    organisation_id: UUID
    kind: str
    object_id: UUID
    version: int
    state: str
    attempts: int
    last_error: str | None
    request_id: str
    run_after: datetime
    created_at: datetime
    finished_at: datetime | None


KINDS: dict[str, JobKind] = {}
SCHEDULES: dict[str, Schedule] = {}


class GiveUp(Exception):
    """Raised by a handler: another try can change nothing. The job is dead at once, with the text as its last error."""


class QueueMisconfigured(Exception):
    """The queue table notifies inside business transactions; the server does not start like that."""


def job(kind: str, *, attempts: int = 6) -> Callable[[Handler], Handler]:
    """Register a handler: ``@job("reports.render") async def f(ctx, run)``. After ``attempts`` failures a job is dead."""

    def register(handler: Handler) -> Handler:
        if kind in KINDS:
            raise ValueError(f"job kind {kind} is registered twice")
        KINDS[kind] = JobKind(kind, handler, attempts)
        return handler

    return register


def schedule(
    name: str, *, every_seconds: int | None = None, daily_at: str | None = None
) -> Callable[[Periodic], Periodic]:
    """Register a schedule: ``every_seconds`` or ``daily_at="02:30"`` (Beijing). In its transaction nobody acts."""
    if (every_seconds is None) == (daily_at is None):
        raise ValueError(f"schedule {name}: say every_seconds or daily_at")

    def register(run: Periodic) -> Periodic:
        if name in SCHEDULES:
            raise ValueError(f"schedule {name} is registered twice")
        SCHEDULES[name] = Schedule(name, run, every_seconds, daily_at)
        return run

    return register


async def enqueue(
    ctx: Acting,
    kind: str,
    object_id: UUID,
    *,
    version: int = 1,
    payload: dict[str, Any] | None = None,
    delay: timedelta = timedelta(0),
) -> UUID | None:
    """Ask for a job in this transaction (one statement). None: the same (kind, object, version) was asked for before.

    ``payload`` holds what the handler cannot look up, ids and numbers; never personal data.
    """
    assert ctx.tenant_id is not None, "a job belongs to an organisation"
    made: UUID | None = await ctx.db.value(
        "select enqueue_job($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(),
        kind,
        object_id,
        version,
        payload or {},
        ctx.now,
        delay,
        ctx.request_id,
    )
    if made is not None and not delay:
        ctx.after_commit(wake)
    return made


async def wake() -> None:
    """Tell the worker that there is work: at most one NOTIFY per process and WAKE_DELAY, in its own transaction."""
    if _wake.get("pending", 0.0):
        return
    _wake["pending"] = time.monotonic()
    task = asyncio.get_running_loop().create_task(_notify(), context=contextvars.Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _notify() -> None:
    await asyncio.sleep(WAKE_DELAY)
    _wake["pending"] = 0.0
    event = {"channel": CHANNEL, "operation": "insert", "sent_at": utc_now().isoformat(), "table": "pgqueuer"}
    try:
        async with transaction() as db:
            await db.value("select pg_notify($1, $2)", CHANNEL, json.dumps({**event, "type": "table_changed_event"}))
    except Exception as error:  # the worker polls anyway
        logs.warn("wake-up not sent", **logs.describe(error))


async def check_queue(db: Db) -> None:
    """Raises QueueMisconfigured when a trigger on the queue table is on (architecture 9.6)."""
    names = await db.rows(
        "select tgname from pg_trigger where tgrelid = 'pgqueuer'::regclass and not tgisinternal and tgenabled <> 'D'"
    )
    if names:
        found = ", ".join(r["tgname"] for r in names)
        raise QueueMisconfigured(
            f"trigger {found} on pgqueuer is on: its pg_notify serialises every COMMIT of the database. "
            f"Run as the migrator: set role tanxiao_owner; alter table pgqueuer disable trigger all;"
        )


async def run_job(tenant: UUID, job_id: UUID) -> timedelta | None:
    """Run one job in one transaction acting for its organisation. Returns the wait before another try, None when over.

    A job that came to no connection was not tried: it waits, and no attempt is counted.
    """
    began = time.perf_counter()
    known: JobKind | None = None
    try:
        async with transaction() as db:
            row = await db.row("select * from enter_job($1, $2)", tenant, job_id)
            if row is None or row["ready"] is None:
                return None
            if not row["ready"]:
                return timedelta(seconds=BACK_OFF[0])
            known = KINDS.get(row["kind"])
            if known is None:
                raise LookupError(f"no handler for job kind {row['kind']}")
            run = JobRun(job_id, row["kind"], row["object_id"], row["version"], row["payload"], row["attempts"] + 1)
            ctx = Acting(
                db, utc_now(), tenant_id=tenant, audience="job", request_id=row["request_id"], route=f"job {run.kind}"
            )
            with logs.request_scope(ctx.request_id, ctx.route):
                await known.handler(ctx, run)
                await db.value("select finish_job($1, $2, $3)", tenant, job_id, utc_now())
                await audit.write(ctx, ctx.audit_rows)
    except Exception as error:
        if known is None and isinstance(error, Unavailable):
            logs.warn("job waits for a connection", job=str(job_id), **logs.describe(error))
            return timedelta(seconds=BACK_OFF[0])
        return await _failed(tenant, job_id, known, error)
    metrics.JOB_RUNS.labels(run.kind, "done").inc()
    logs.note("job", kind=run.kind, job=job_id, outcome="done", ms=round((time.perf_counter() - began) * 1000))
    for act in ctx.afterwards:
        await act()
    return None


async def _failed(tenant: UUID, job_id: UUID, known: JobKind | None, error: Exception) -> timedelta | None:
    now = utc_now()
    async with transaction() as db:
        tried = await db.value("select attempts from enter_job($1, $2)", tenant, job_id)
        wait = timedelta(seconds=BACK_OFF[min(tried or 0, len(BACK_OFF) - 1)])
        limit = known.attempts if known and not isinstance(error, GiveUp) else 1
        facts = logs.describe(error)
        place = facts["frames"][-1] if facts["frames"] else ""
        text = f"{facts['error']} @ {place}"[:600]
        state = await db.value("select fail_job($1, $2, $3, $4, $5, $6)", tenant, job_id, text, limit, now + wait, now)
    metrics.JOB_RUNS.labels(known.kind if known else "unknown", state or "gone").inc()
    logs.failure(error, job=str(job_id), outcome=state)
    return wait if state == "queued" else None


async def run_schedule(item: Schedule) -> bool:
    """Run one schedule if it is due and no other worker has it. A failing one comes round again at its next time."""
    now = utc_now()
    began = time.perf_counter()
    try:
        async with transaction() as db:
            await db.run("set local statement_timeout = '600s'")
            await db.run("set local idle_in_transaction_session_timeout = '600s'")
            due = await db.value(
                "select name from schedule_run where name = $1 and next_at <= $2 for update skip locked", item.name, now
            )
            if due is None:
                return False
            await item.run(db)
            await db.run(
                "update schedule_run set next_at = $2, last_at = $3, last_ms = $4, failures = 0, last_error = null"
                " where name = $1",
                item.name,
                item.next_after(utc_now()),
                now,
                round((time.perf_counter() - began) * 1000),
            )
    except Exception as error:
        logs.failure(error, schedule=item.name)
        async with transaction() as db:
            await db.run(
                "update schedule_run set next_at = $2, failures = failures + 1, last_error = $3"
                " where name = $1 and next_at <= $4",
                item.name,
                item.next_after(utc_now()),
                logs.describe(error)["error"][:600],
                now,
            )
    return True


async def register_schedules() -> None:
    """Give every schedule its row; a new one is due at once when it is frequent, else at its next time."""
    now = utc_now()
    async with transaction() as db:
        for item in SCHEDULES.values():
            first = now if item.every_seconds is not None else item.next_after(now)
            await db.run(
                "insert into schedule_run (name, next_at) values ($1, $2) on conflict do nothing", item.name, first
            )


async def due_schedules() -> list[Schedule]:
    """Schedules whose time has come."""
    async with transaction(read_only=True) as db:
        rows = await db.rows("select name from schedule_run where next_at <= $1 order by next_at", utc_now())
    return [SCHEDULES[r["name"]] for r in rows if r["name"] in SCHEDULES]


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What to look for; None means any. ``object_id`` also finds a job by its own id."""

    state: str | None = None
    kind: str | None = None
    organisation_id: UUID | None = None
    object_id: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One kind of job that is not done: how many wait, are late, are dead, and since when the oldest stands."""

    kind: str
    waiting: int
    late: int
    dead: int
    within_hour: int
    within_day: int
    older: int
    oldest_at: datetime


async def search(ctx: Acting, wanted: JobFilter, page: int = 1, page_size: int = 50) -> tuple[list[JobLine], int]:
    """Jobs newest first and how many there are. An operator sees every organisation's, others their own."""
    where = (
        " from outbox where ($1::text is null or state = $1) and ($2::text is null or kind = $2) and ($3::uuid is null or tenant_id = $3)"
        " and ($4::uuid is null or object_id = $4 or id = $4) and ($5::timestamptz is null or created_at >= $5)"
    )
    found = (wanted.state, wanted.kind, wanted.organisation_id, wanted.object_id, wanted.since)
    total = await ctx.db.value("select count(*)" + where, *found)
    rows = await ctx.db.rows(
        "select id, tenant_id as organisation_id, kind, object_id, version, state, attempts, last_error, request_id,"
        " run_after, created_at, finished_at" + where + " order by created_at desc, id limit $6 offset $7",
        *found,
        page_size,
        (page - 1) * page_size,
    )
    return [JobLine(**row) for row in rows], int(total)


_OPEN = """
select kind, count(*) filter (where state = 'queued') as waiting, count(*) filter (where state = 'queued' and run_after < $1::timestamptz - interval '5 minutes') as late,
       count(*) filter (where state = 'dead') as dead, count(*) filter (where created_at >= $1::timestamptz - interval '1 hour') as within_hour,
       count(*) filter (where created_at < $1::timestamptz - interval '1 hour' and created_at >= $1::timestamptz - interval '1 day') as within_day,
       count(*) filter (where created_at < $1::timestamptz - interval '1 day') as older, min(created_at) as oldest_at
  from outbox where state <> 'done' group by kind order by dead desc, late desc, waiting desc, kind
"""


async def outbox(ctx: Acting) -> list[OutboxLine]:
    """What is not done, by kind and age, dead letters first; for an operator over all organisations."""
    return [OutboxLine(**row) for row in await ctx.db.rows(_OPEN, ctx.now)]


async def retry_kind(ctx: Acting, kind: str, most: int = 500) -> int:
    """Send up to ``most`` dead jobs of one kind round again, oldest first; returns how many."""
    rows = await ctx.db.rows(
        "select tenant_id, id from outbox where state = 'dead' and kind = $1 order by created_at limit $2", kind, most
    )
    done = 0
    for row in rows:
        done += bool(await ctx.db.value("select retry_job($1, $2, $3)", row["tenant_id"], row["id"], ctx.now))
    ctx.audit("job.kind_retried", "job", kind, detail={"jobs": done})
    if done:
        ctx.after_commit(wake)
    return done


async def retry(ctx: Acting, job_id: UUID) -> JobLine:
    """Send a dead job round again. Raises NotFound when there is no dead job of that id."""
    tenant = await ctx.db.value("select tenant_id from outbox where id = $1 and state = 'dead'", job_id)
    if tenant is None or not await ctx.db.value("select retry_job($1, $2, $3)", tenant, job_id, ctx.now):
        raise NotFound("没有这个待重试的任务，可能已经重试或完成。")
    ctx.audit("job.retried", "job", job_id, detail={"organisation_id": str(tenant)})
    ctx.after_commit(wake)
    row = await ctx.db.row(
        "select id, tenant_id as organisation_id, kind, object_id, version, state, attempts, last_error, request_id,"
        " run_after, created_at, finished_at from outbox where tenant_id = $1 and id = $2",
        tenant,
        job_id,
    )
    assert row is not None
    return JobLine(**row)


async def counts(db: Db) -> dict[str, int]:
    """Jobs by state over all organisations: queued, running, dead."""
    found = {r["state"]: int(r["n"]) for r in await db.rows("select state, n from job_counts()")}
    return {state: found.get(state, 0) for state in ("queued", "running", "dead")}


async def start_watch(every_seconds: float = 15.0) -> None:
    """In a web process: refuse a queue that notifies inside transactions, then keep the job figures of /metrics fresh.

    Raises QueueMisconfigured.
    """
    async with transaction(read_only=True) as db:
        await check_queue(db)
    task = asyncio.get_running_loop().create_task(_watch(every_seconds), context=contextvars.Context())
    _tasks.add(task)


async def _watch(every_seconds: float) -> None:
    while True:
        try:
            async with transaction(read_only=True) as db:
                metrics.jobs(await counts(db))
        except Exception as error:
            logs.warn("job figures not read", **logs.describe(error))
        await asyncio.sleep(every_seconds)


async def stop_watch() -> None:
    """End the figures and any wake-up on its way."""
    for task in list(_tasks):
        task.cancel()
    await asyncio.gather(*_tasks, return_exceptions=True)
    _tasks.clear()
    _wake.clear()
