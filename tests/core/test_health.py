"""The page of the system says what stands and what does not; the outbox is counted by kind and age."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from core import health, jobs
from core.clock import utc_now
from core.database import Acting
from core.errors import Forbidden
from core.ids import new_id
from core.jobs import JobRun
from core.settings import settings
from tests.core.acting import acting_for

pytestmark = pytest.mark.usefixtures("database")
READ = frozenset({"ops.system.read"})


async def _state() -> dict[str, health.Part]:
    async with acting_for(new_id(), kind="operator") as ctx:
        ctx.permissions = READ
        made = await health.system_state(ctx, health.Rendering(2, 0))
    assert [p.state for p in made.parts] == sorted((p.state for p in made.parts), key=["bad", "warn", "ok", "off"].index)
    return {p.key: p for p in made.parts}


async def test_parts_have_a_state_and_a_remedy_where_they_are_not_well(migrator: asyncpg.Connection) -> None:
    parts = await _state()
    assert {"database", "connections", "migrations", "queue", "dead", "workers", "schedules", "renderers", "storage", "audit", "backup"} <= parts.keys()
    assert parts["database"].state == "ok" and parts["migrations"].state == "ok" and parts["sms"].state == "off"
    assert all(p.remedy for p in parts.values() if p.state in ("bad", "warn"))
    await migrator.execute(
        "insert into system_fact values ('backup', $1, $2), ('audit', $3, $2) on conflict (name) do update set value = excluded.value, at = excluded.at",
        {"rows": 5, "files": 1, "bytes": 2_000_000}, utc_now() - timedelta(hours=40),
        {"holds": False, "chains": 1, "rows": 9, "faults": 1, "first": {"chain": None, "seq": 4, "reason": "row altered"}},
    )  # fmt: skip
    await migrator.execute(
        "insert into schedule_run (name, next_at, last_at) values ('test.tick', now(), $1) on conflict (name) do update set last_at = excluded.last_at", utc_now()
    )
    parts = await _state()
    assert parts["backup"].state == "warn" and "40 小时" in parts["backup"].text and "2.0 MB" in parts["backup"].text
    assert parts["audit"].state == "bad" and "序号 4" in parts["audit"].text
    assert parts["workers"].state == "ok"
    await migrator.execute("delete from system_fact")
    await migrator.execute("delete from schedule_run where name = 'test.tick'")


async def test_an_outside_system_is_only_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    told = replace(settings, sms_gateway_url=f"http://127.0.0.1:{port}/send", wx_appid="wx1", wx_api_base="http://127.0.0.1:1")
    monkeypatch.setattr(health, "settings", told)
    parts = await _state()
    await asyncio.sleep(0.05)
    server.close()
    assert parts["sms"].state == "ok" and heard == [b""]
    assert parts["wechat"].state == "bad" and "连接不上" in parts["wechat"].text


async def test_only_who_may() -> None:
    async with acting_for(new_id(), kind="operator") as ctx:
        with pytest.raises(Forbidden):
            await health.system_state(ctx, None)


@pytest.fixture
async def failing() -> AsyncIterator[str]:
    @jobs.job("test.outbox", attempts=1)
    async def fail(ctx: Acting, run: JobRun) -> None:
        raise RuntimeError("no")

    yield "test.outbox"
    del jobs.KINDS["test.outbox"]


async def test_the_outbox_by_kind_and_age(failing: str, migrator: asyncpg.Connection) -> None:
    tenant, thing = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        made = [await jobs.enqueue(ctx, failing, thing, version=n) for n in (1, 2, 3)]
    for job in made[:2]:
        assert job is not None
        await jobs.run_job(tenant, job)
    await migrator.execute("update outbox set created_at = created_at - interval '3 hours' where id = $1", made[0])
    async with acting_for(new_id(), kind="operator") as ctx:
        (line,) = [o for o in await jobs.outbox(ctx) if o.kind == failing]
        assert (line.waiting, line.dead, line.within_hour, line.within_day, line.older) == (1, 2, 2, 1, 0)
        found, total = await jobs.search(ctx, jobs.JobFilter(state="dead", organisation_id=tenant, object_id=thing))
        assert total == 2 and {f.id for f in found} == set(made[:2])
        assert (await jobs.search(ctx, jobs.JobFilter(object_id=made[2])))[1] == 1
        assert (await jobs.search(ctx, jobs.JobFilter(organisation_id=tenant, since=utc_now() - timedelta(hours=1))))[1] == 2
        assert await jobs.retry_kind(ctx, failing) == 2
        assert await jobs.retry_kind(ctx, failing) == 0
    async with acting_for(new_id()) as ctx:
        assert await jobs.outbox(ctx) == []
    await migrator.execute("delete from pgqueuer")
