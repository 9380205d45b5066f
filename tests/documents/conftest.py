"""One render service for the whole run of this folder."""

from collections.abc import AsyncIterator

import pytest

import documents


@pytest.fixture(scope="session")
async def renderer() -> AsyncIterator[documents.Renderer]:
    """Started once; named as the process's service."""
    service = documents.Renderer(1)
    await service.start()
    documents.use_renderer(service)
    yield service
    await service.stop()
