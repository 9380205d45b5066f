"""The running server, for the public calculator and the library."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from bench.process import Process, environment, free_port
from core import postgres
from core.settings import settings


@pytest.fixture(scope="session")
def factor_server(urls: postgres.Urls) -> Iterator[str]:
    """``server.py serve`` on this test process's database; its base address."""
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture(scope="session")
async def web(factor_server: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that server."""
    async with httpx.AsyncClient(base_url=factor_server, timeout=30, trust_env=False) as client:
        yield client
