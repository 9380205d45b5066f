"""The pool is open for every test of identity; the gateway runs over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from auth import sms
from tests.fakes.sms import SmsGateway


@pytest.fixture(autouse=True)
async def _pool(database: str) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmsGateway]:
    """A gateway on loopback that the product is told to use."""
    running = await SmsGateway().start()
    monkeypatch.setattr(
        sms, "settings", replace(sms.settings, sms_gateway_url=running.url, sms_gateway_key=running.key)
    )
    yield running
    await running.stop()
