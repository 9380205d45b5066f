"""Clients that hang up leave nothing behind (architecture 9.2): no open transaction, a full pool, no foreign context."""

import asyncio
import random
import re

import asyncpg
import pytest

from bench import load
from bench.process import Process
from bench.world import Firm
from core.postgres import Urls

HANGUPS = 600


async def _once(port: int, data: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        return await asyncio.wait_for(load.answer(reader), 10)
    finally:
        writer.close()


async def _hang_up(port: int, data: bytes, after: float) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(after)
    writer.transport.abort()


def _me(firm: Firm) -> bytes:
    return load.request("GET", "/api/v1/auth/me", Authorization=f"Bearer {firm.token}")


async def _figure(port: int, name: str) -> float:
    _, body = await _once(port, load.request("GET", "/metrics"))
    found = re.search(rf"^{name} ([0-9.]+)$", body.decode(), re.M)
    assert found, name
    return float(found[1])


async def test_600_hangups_leave_the_server_whole(server: Process, firms: list[Firm], urls: Urls) -> None:
    dice = random.Random(600)
    kinds = [
        lambda f: _me(f),
        lambda f: load.request(
            "POST", "/api/v1/auth/switch", {"organisation_id": str(f.tenant)}, Authorization=f"Bearer {f.token}"
        ),
        lambda f: load.request("GET", "/api/v1/organisation/profile", Authorization=f"Bearer {f.token}"),
    ]
    port = server.port or 0
    for _ in range(HANGUPS // 20):
        await asyncio.gather(
            *(_hang_up(port, dice.choice(kinds)(dice.choice(firms)), dice.uniform(0, 0.004)) for _ in range(20))
        )
        assert (await _once(port, load.request("GET", "/healthz")))[0] == 200
    await asyncio.sleep(1)
    watcher = await asyncpg.connect(urls.superuser)
    stuck = await watcher.fetch(
        "select state, query from pg_stat_activity where datname = current_database() and usename = 'tanxiao_app'"
        " and application_name = 'tanxiao' and state like 'idle in transaction%' and state_change < now() - interval '500 ms'"
    )
    await watcher.close()
    assert [dict(r) for r in stuck] == []
    assert await _figure(port, "tanxiao_pool_connections_in_use") == 0
    assert await _figure(port, "tanxiao_pool_connections") >= 4
    answers = await asyncio.gather(*(_once(port, _me(f)) for f in firms))
    assert {status for status, _ in answers} == {200}


async def test_a_keep_alive_connection_carries_no_context_over(server: Process, firms: list[Firm]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port or 0)
    for firm in firms[:10]:
        writer.write(_me(firm))
        status, body = await load.answer(reader)
        assert status == 200 and str(firm.person).encode() in body
        writer.write(load.request("GET", "/api/v1/auth/me"))  # nobody: the one before must not be remembered
        status, body = await load.answer(reader)
        assert status == 401 and str(firm.person).encode() not in body
    writer.close()


@pytest.mark.parametrize("size", [2_000_001, 20_000_000])
async def test_a_huge_body_is_refused_and_the_server_lives(server: Process, firms: list[Firm], size: int) -> None:
    data = load.request(
        "POST", "/api/v1/auth/switch", {"organisation_id": "x" * size}, Authorization=f"Bearer {firms[0].token}"
    )
    try:
        status, _ = await _once(server.port or 0, data)
        assert status == 413
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the connection was closed on us, which is an answer too
    assert (await _once(server.port or 0, load.request("GET", "/healthz")))[0] == 200
