"""A real server over loopback, and the world that knocks at it."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from bench.process import Process, environment, free_port
from core import postgres
from core.database import prepare_connection
from core.settings import settings
from tests.security.life import live, publish_benchmark
from tests.security.world import MARKER, World, build


@pytest.fixture(scope="session")
def security_server(urls: postgres.Urls) -> Iterator[str]:
    """``server.py serve`` with this test process's database; its base address."""
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture(scope="session")
async def http(security_server: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that server; proxies of the environment are not asked."""
    async with httpx.AsyncClient(base_url=security_server, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
async def seeing(urls: postgres.Urls) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees all rows."""
    connection = await asyncpg.connect(urls.migrator)
    await prepare_connection(connection)
    await connection.execute("set row_security = off")
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def world(seeing: asyncpg.Connection, http: httpx.AsyncClient) -> World:
    """Everybody, once per run; both enterprises have filed a year."""
    made = await build(seeing)
    await publish_benchmark(http, made)
    made.lives = {"A": await live(http, made, "A", "甲"), "B": await live(http, made, "B", MARKER)}
    return made
