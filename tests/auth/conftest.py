"""The pool is open for every test of identity; the gateway runs over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from auth import passwords, sms
from tests.fakes.sms import SmsGateway


@pytest.fixture(autouse=True)
async def _pool(database: str) -> AsyncIterator[None]:
    yield


@pytest.fixture(autouse=True)
def _light_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of sign-ins in seconds; the real parameters stay where they are the subject (and in the server of test_http)."""
    if request.module.__name__.endswith("test_passwords") or request.node.name == "test_rehash_when_parameters_rise":
        return
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmsGateway]:
    """A gateway on loopback that the product is told to use."""
    running = await SmsGateway().start()
    monkeypatch.setattr(
        sms, "settings", replace(sms.settings, sms_gateway_url=running.url, sms_gateway_key=running.key)
    )
    yield running
    await running.stop()
