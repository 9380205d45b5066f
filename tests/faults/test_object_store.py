"""Files in an object store, through a real server over HTTP: up and down, away and back, and ``kill -9`` between blob and row (R13, T14, R1)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from bench.process import Process, environment, free_port
from bench.world import Firm
from core import files, postgres, stores
from core.ids import new_id
from core.settings import load as read_settings
from core.settings import settings
from tests.core.acting import acting_for
from tests.fakes.s3 import ObjectServer

pytestmark = pytest.mark.usefixtures("database")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20_000 + b"\n%%EOF"


@pytest.fixture
async def objects() -> AsyncIterator[ObjectServer]:
    running = await ObjectServer().start()
    yield running
    await running.stop()


@pytest.fixture
async def server(urls: postgres.Urls, objects: ObjectServer) -> AsyncIterator[Process]:
    """``server.py serve`` with its files in the fake."""
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, **objects.environment, S3_TIMEOUT_SECONDS="4"), port)
    await asyncio.to_thread(process.start)
    yield process
    await asyncio.to_thread(process.stop)


async def _ask(server: Process, firm: Firm, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {firm.token}", **more.pop("headers", {})}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30, trust_env=False) as client:
        return await client.request(method, path, headers=headers, **more)


async def _upload(server: Process, firm: Firm, data: bytes, key: str) -> tuple[int, dict[str, Any]]:
    answer = await _ask(server, firm, "POST", "/api/v1/evidence", files={"file": ("a.pdf", data, "application/pdf")}, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json()


async def test_up_and_down_through_http_and_an_outage_loses_nothing(server: Process, objects: ObjectServer, firms: list[Firm], migrator: asyncpg.Connection) -> None:
    firm = firms[0]
    status, made = await _upload(server, firm, PDF, str(new_id()))
    assert status == 201, made
    key = f"{firm.tenant}/{hashlib.sha256(PDF).hexdigest()}"
    assert objects.objects[key].data == PDF
    where = f"/api/v1/evidence/{made['id']}"
    down = await _ask(server, firm, "GET", where)
    assert (down.status_code, down.content) == (200, PDF)
    ready = await _ask(server, firm, "GET", "/readyz")
    assert (ready.status_code, ready.json()["files"]) == (200, "ok")

    rows = "select count(*) from file_blob where tenant_id = $1"
    before, again = await migrator.fetchval(rows, firm.tenant), str(new_id())
    objects.faults = ["500"] * 8
    status, refused = await _upload(server, firm, PDF + b"2", again)
    assert (status, refused["code"]) == (503, "FILE_STORE_DOWN") and "请稍后重试" in refused["detail"] and "status code" not in refused["detail"]
    objects.faults.clear()
    assert (await _ask(server, firm, "GET", where)).status_code == 503  # rests a moment, then
    await asyncio.sleep(stores.REST_SECONDS + 0.1)
    assert (await _ask(server, firm, "GET", where)).content == PDF
    assert await migrator.fetchval(rows, firm.tenant) == before
    assert (await _upload(server, firm, PDF + b"2", again))[0] == 201  # the same key: the refusal was not remembered
    assert await migrator.fetchval(rows, firm.tenant) == before + 1
    assert objects.secret_key not in server.text() and objects.access_key not in server.text()


async def test_kill_9_between_blob_and_row_leaves_a_blob_that_the_sweep_takes(
    server: Process, objects: ObjectServer, firms: list[Firm], migrator: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    firm, data = firms[1], PDF + b"killed"
    digest = hashlib.sha256(data).digest()
    key, again = f"{firm.tenant}/{digest.hex()}", str(new_id())
    objects.faults = ["held"]  # the store has it, the server does not know yet
    sending = asyncio.create_task(_upload(server, firm, data, again))
    for _ in range(200):
        if objects.asked:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    assert key in objects.objects and not sending.done()
    server.kill()
    with pytest.raises(httpx.TransportError):
        await sending
    row = "select count(*) from file_blob where tenant_id = $1 and sha256 = $2"
    assert await migrator.fetchval(row, firm.tenant, digest) == 0 and key in objects.objects

    given = read_settings(objects.environment)
    monkeypatch.setattr(stores, "settings", replace(settings, **{n: getattr(given, n) for n in stores.Settings.__slots__ if n.startswith("s3_")}))
    async with acting_for(None) as ctx:
        assert await files.sweep(ctx.db) == []  # young: the person may send it again
    objects.age(key, 25)
    async with acting_for(None) as ctx:
        assert [(o.tenant, o.sha256) for o in await files.sweep(ctx.db)] == [(firm.tenant, digest.hex())]
    assert key not in objects.objects

    await asyncio.to_thread(server.start)
    status, made = await _upload(server, firm, data, again)
    assert status == 201, made
    assert (await _ask(server, firm, "GET", f"/api/v1/evidence/{made['id']}")).content == data
    assert await migrator.fetchval(row, firm.tenant, digest) == 1
