"""A fresh enterprise per test and one render service for the folder."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

import documents
from tests.filing.world import Firm, make_firm


@pytest.fixture(scope="session")
async def renderer() -> AsyncIterator[documents.Renderer]:
    """Started once; named as the process's service."""
    service = documents.Renderer(1)
    await service.start()
    documents.use_renderer(service)
    yield service
    await service.stop()


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise in Guangzhou, nothing filed."""
    return await make_firm(migrator)
