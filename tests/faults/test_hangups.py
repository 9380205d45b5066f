"""Clients that hang up leave nothing behind (architecture 9.2): no open transaction, a full pool, no foreign context."""

import asyncio
import json
import random
import re
from typing import Any

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


async def test_a_body_of_three_megabytes_is_too_large_where_no_files_go(server: Process, firms: list[Firm]) -> None:
    head = {"Authorization": f"Bearer {firms[0].token}"}
    data = load.request("POST", "/api/v1/auth/switch", {"organisation_id": "x" * 3_000_000}, **head)
    status, body = await _once(server.port or 0, data)
    assert status == 413
    assert json.loads(body)["detail"] == "内容过大，没有保存：这次发来 3.0 MB，这里最多 2 MB。请删减或分几次提交。"


async def _upload(port: int, head: str, pieces: int, chunked: bool = False) -> tuple[int, dict[str, Any], bytes]:
    """All bytes are sent before the answer is read, as browsers do: a reset in between would be an error here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {head}\r\n\r\n".encode())
    block = b"\x89" * 1_000_000
    for _ in range(pieces):
        writer.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
        await writer.drain()
    writer.write(b"0\r\n\r\n" if chunked else b"")
    await writer.drain()
    status, body = await asyncio.wait_for(load.answer(reader), 20)
    rest = await asyncio.wait_for(reader.read(), 5)  # the server closes in good order: end of stream, no reset
    writer.close()
    return status, json.loads(body), rest


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("pieces", [22, 60])
async def test_a_file_beyond_the_limit_is_answered(server: Process, pieces: int, chunked: bool) -> None:
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {pieces * 1_000_000}"
    head = f"/api/v1/evidence HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n{length}"
    status, problem, rest = await _upload(server.port or 0, head, pieces, chunked)
    assert (status, problem["code"], rest) == (413, "TOO_LARGE", b"")
    came = "2" if chunked else f"{pieces}.0 MB"  # in pieces nobody announced how much it would be
    assert problem["detail"].startswith(f"文件过大，没有保存：这次发来 {came}")
    assert problem["detail"].endswith("一次最多 20 MB。请压缩、降低扫描清晰度（150 dpi 即可）或拆成几个文件后再上传。")
    assert problem["request_id"] and problem["errors"] == []
    assert (await _once(server.port or 0, load.request("GET", "/healthz")))[0] == 200


async def test_what_nobody_would_read_to_its_end_is_answered_at_once(server: Process) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port or 0)
    writer.write(b"POST /api/v1/evidence HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000000\r\n\r\n")
    status, body = await asyncio.wait_for(load.answer(reader), 5)
    assert status == 413 and "5000.0 MB" in json.loads(body)["detail"]
    writer.close()
