"""A fresh enterprise per test; the service that reads uploads."""


import asyncpg
import pytest

import documents
from tests.filing.world import Firm, make_firm


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise in Guangzhou with one person per role, nothing filed."""
    return await make_firm(migrator)


@pytest.fixture
def reader(renderer: documents.Renderer) -> documents.Renderer:
    """The child process in which uploads are read."""
    return renderer
