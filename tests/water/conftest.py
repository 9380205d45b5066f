"""A firm with somebody signed in, the year of the rules' case, and the process that reads uploads."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

import documents
from bench.world import Firm, make_firms
from core import clock, postgres

_numbers = iter(range(8_200_000, 8_900_000, 10))

#: GC-WA01 of the rules, every field FD10 asks for filled in.
YEAR: dict[str, Any] = {
    "tap": "86000", "surface": "0", "ground": "14000", "bought_other": "0", "supplied_out": "2000", "reclaimed": "6000",
    "use_production": "82100", "use_auxiliary": "8600", "use_attached": "7300",
    "cooling_cycle": "420000", "process_reuse": "38000", "condensate": "9000", "other_reuse": "3000",
    "cooling_fresh": "21000", "process_fresh": "52000", "steam_kg_h": "4000", "boiler_hours": "4500",
    "consumed": "31000", "discharged": "66000", "leaked": "3500", "domestic_fresh": "7300", "staff": 160, "workdays": 300, "water_price": "3.46",
}  # fmt: skip
PRODUCTS = [
    {"name": "针织布", "unit": "t", "output": "5200", "production_water": "72800"},
    {"name": "成衣", "unit": "万件", "output": "310", "production_water": "9300"},
]


@pytest.fixture
async def firms(database: str, urls: postgres.Urls) -> AsyncIterator[list[Firm]]:
    """Two firms with a signed-in legal representative each."""
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    yield await make_firms(urls.migrator, 2, start=next(_numbers))


@pytest.fixture
async def firm(firms: list[Firm]) -> Firm:
    """One of them."""
    return firms[0]


@pytest.fixture
def reader(renderer: documents.Renderer) -> documents.Renderer:
    """The child process in which uploads are read."""
    return renderer
