"""A bank, a firm with a graded report, and the service that draws papers."""


import asyncpg
import pytest

from tests.filing.world import Firm, make_firm
from tests.finance.world import Bank, make_bank, put_report


@pytest.fixture
async def firm(database: str, migrator: asyncpg.Connection) -> Firm:
    """An enterprise of Huangpu with a B of 2025, its own assessment."""
    made = await make_firm(migrator)
    await put_report(migrator, made.id)
    return made


@pytest.fixture
async def bank(database: str, migrator: asyncpg.Connection) -> Bank:
    """A bank with an administrator and three client managers."""
    return await make_bank(migrator)
