"""A fresh enterprise per test."""

import asyncpg
import pytest

from tests.filing.world import Firm, make_firm


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise in Guangzhou with one person per role, nothing filed."""
    return await make_firm(migrator)
