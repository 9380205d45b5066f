"""A fresh town per test; the real subjects are put back afterwards."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

import cases
import cases.jobs
from tests.cases.world import Town, make_town


@pytest.fixture
async def town(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """A reduction case's people with a fake subject."""
    kept = dict(cases.subjects)
    yield await make_town(migrator)
    cases.subjects.clear()
    cases.subjects.update(kept)


@pytest.fixture
async def grade_town(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """The same machine as a verification of the grade (LR5), still with a fake subject."""
    kept = dict(cases.subjects)
    yield await make_town(migrator, "grade")
    cases.subjects.clear()
    cases.subjects.update(kept)
