"""The database goes away for five seconds: clear answers meanwhile, work again by itself afterwards, nothing half-written."""

import asyncio
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import wiring
from bench import load
from bench.cluster import fresh_cluster
from bench.process import Process, environment, free_port
from bench.world import Firm, make_firms

GONE_SECONDS = 5.0


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Process, list[Firm], Path]]:
    """A server on a cluster of its own that may be stopped."""
    with fresh_cluster() as (urls, own):
        asyncio.run(wiring.load_reference(urls.migrator))
        firms = asyncio.run(make_firms(urls.migrator, 3))
        port = free_port()
        process = Process(["server.py", "serve"], environment(urls, own.var_dir, port), port)
        process.start()
        yield process, firms, Path(own.var_dir) / "pg"
        process.stop()


def _stop(data: Path) -> list[str]:
    command = shlex.split((data / "postmaster.opts").read_text())
    pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    subprocess.run(["kill", "-QUIT", str(pid)], check=True)  # immediate shutdown, as a crash leaves it
    while (data / "postmaster.pid").exists() and Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    return command


def _start(data: Path, command: list[str]) -> subprocess.Popen[bytes]:
    (data / "postmaster.pid").unlink(missing_ok=True)
    owner = data.stat()
    return subprocess.Popen(
        command, user=owner.st_uid, group=owner.st_gid, cwd=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


async def _ask(port: int, data: bytes) -> tuple[int, bytes, float]:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    status, body = await asyncio.wait_for(load.answer(reader), 15)
    writer.close()
    return status, body, time.perf_counter() - began


async def test_five_seconds_without_a_database(site: tuple[Process, list[Firm], Path]) -> None:
    server, firms, data = site
    port = server.port or 0
    me = load.request("GET", "/api/v1/auth/me", Authorization=f"Bearer {firms[0].token}")
    assert (await _ask(port, me))[0] == 200
    command = await asyncio.to_thread(_stop, data)
    gone = time.perf_counter()
    while time.perf_counter() - gone < GONE_SECONDS:
        status, body, seconds = await _ask(port, me)
        assert status == 503 and b'"code":"UNAVAILABLE"' in body and "填写内容没有丢".encode() in body, body
        assert seconds < 5
        assert (await _ask(port, load.request("GET", "/healthz")))[0] == 200  # the process itself is well
        assert (await _ask(port, load.request("GET", "/readyz")))[0] == 503
        await asyncio.sleep(0.2)
    child = await asyncio.to_thread(_start, data, command)
    try:
        back = time.perf_counter()
        while (await _ask(port, me))[0] != 200:
            assert time.perf_counter() - back < 15, "did not recover"
            await asyncio.sleep(0.1)
        answers = await asyncio.gather(*(_ask(port, me) for _ in range(30)))
        assert {status for status, _, _ in answers} == {200}
        assert (await _ask(port, load.request("GET", "/readyz")))[0] == 200
    finally:
        server.stop()
        child.terminate()
        child.wait(20)
