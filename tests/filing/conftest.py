"""A fresh enterprise per test; the service that reads uploads."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

import documents
from tests.filing.world import Firm, make_firm


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise in Guangzhou with one person per role, nothing filed."""
    return await make_firm(migrator)


@pytest.fixture(scope="session")
async def reader() -> AsyncIterator[documents.Renderer]:
    """The child process in which uploads are read."""
    service = documents.Renderer(1)
    await service.start()
    documents.use_renderer(service)
    yield service
    await service.stop()
