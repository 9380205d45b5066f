"""A fresh enterprise per test and one render service for the folder."""


import asyncpg
import pytest

from tests.filing.world import Firm, make_firm


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise in Guangzhou, nothing filed."""
    return await make_firm(migrator)
