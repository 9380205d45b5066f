"""A real server process on loopback against this test process's database, to be killed, starved and hung up on."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from bench.process import Process, environment, free_port
from bench.world import Firm, make_firms
from core import postgres
from core.settings import settings

_numbers = count(9_000_000, 100)


@pytest.fixture(scope="module")
def server(urls: postgres.Urls) -> Iterator[Process]:
    """``server.py serve`` with the test database."""
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
async def firms(urls: postgres.Urls) -> AsyncIterator[list[Firm]]:
    """Twenty firms with a signed-in legal representative each."""
    yield await make_firms(urls.migrator, 20, start=next(_numbers))
