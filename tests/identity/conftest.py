"""A server told of a fake face provider and a fake text message gateway, both over real sockets."""

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

import wiring
from bench.process import Process, environment, free_port
from core import postgres
from core.clock import utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG
from core.settings import settings
from tenants import Imported
from tests.fakes.idp import FaceProvider
from tests.fakes.sms import SmsGateway
from tests.identity.people import HEADINGS, Legal

_places = itertools.count(1)


@pytest.fixture(scope="session")
async def gateway() -> AsyncIterator[SmsGateway]:
    running = await SmsGateway().start()
    yield running
    await running.stop()


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[FaceProvider]:
    running = await FaceProvider().start()
    yield running
    await running.stop()


@pytest.fixture(autouse=True)
def _no_faults_left(provider: FaceProvider) -> Iterator[None]:
    yield
    provider.faults.clear()
    provider.automatic = provider.call_back_early = False


@pytest.fixture(scope="session")
def process(urls: postgres.Urls, database: str, provider: FaceProvider, gateway: SmsGateway) -> Iterator[Process]:
    port = free_port()
    entries = [provider.entry(), provider.entry("told", "只有回调的服务", result="callback")]
    more = {
        "IDENTITY_PROVIDERS": json.dumps(entries),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMS_GATEWAY_URL": gateway.url,
        "SMS_GATEWAY_KEY": gateway.key,
        "PROXIES_COUNT": "1",  # so that each test is an address of its own
    }
    running = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, **more), port)
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def http(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """A phone with a name of its own."""
    headers = {"User-Agent": "Phone/1", "X-Device-Id": "device-of-the-tests-0001", "X-Forwarded-For": f"10.9.{next(_places) // 250}.{next(_places) % 250}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{process.port}", timeout=30, trust_env=False, headers=headers) as client:
        yield client


@pytest.fixture
async def version(http: httpx.AsyncClient) -> str:
    """Of the privacy text in force."""
    return str((await http.get("/api/v1/privacy")).json()["version"])


Load = Callable[..., Awaitable[Imported]]


@pytest.fixture
async def load(database: str) -> Load:
    """Bring rows into the registry, as the operator's page does."""

    async def loaded(*rows: Legal, dry_run: bool = False, **more: Any) -> Imported:
        async with transaction() as db:
            await db.run("select set_config('app.tenant', $1, true), set_config('app.kind', 'operator', true)", str(PLATFORM_ORG))
            ctx = Acting(db, utc_now(), tenant_id=PLATFORM_ORG, org_kind="operator", request_id="TEST")
            table = [HEADINGS, *(r.cells() for r in rows)]
            return await wiring.import_table(ctx, table, source="test.csv", dry_run=dry_run, **more)

    return loaded


@pytest.fixture
def begin(http: httpx.AsyncClient, version: str) -> Callable[..., Awaitable[httpx.Response]]:
    """Start a session for somebody; members of the body may be changed."""

    async def begun(who: Legal, **changes: Any) -> httpx.Response:
        body = {"provider": "demo", "name": who.legal, "id_type": "resident_id", "id_no": who.number, "consent_version": version, "audience": "h5"}
        return await http.post("/api/v1/auth/face/start", json={**body, **changes})

    return begun


@pytest.fixture
def verified(http: httpx.AsyncClient, begin: Any, provider: FaceProvider) -> Callable[..., Awaitable[dict[str, str]]]:
    """Start, pass in front of the camera, and claim; returns id and secret."""

    async def made(who: Legal, **changes: Any) -> dict[str, str]:
        started = (await begin(who, **changes)).json()
        provider.decide(provider.newest())
        held = {"session_id": started["session_id"], "secret": started["secret"]}
        claimed = await http.post("/api/v1/auth/face/claim", json=held)
        assert claimed.json()["state"] == "verified", claimed.text
        return held

    return made


@pytest.fixture
def claimed(http: httpx.AsyncClient, begin: Any, provider: FaceProvider) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Start, pass, and the first answer of the claim (who is known here and has no firm left is signed in by it)."""

    async def made(who: Legal, **changes: Any) -> dict[str, Any]:
        started = (await begin(who, **changes)).json()
        provider.decide(provider.newest())
        held = {"session_id": started["session_id"], "secret": started["secret"]}
        return dict((await http.post("/api/v1/auth/face/claim", json=held)).json())

    return made
