"""rule P9: known names, phones and identity numbers go through every door that takes them; then nothing holds them in clear.

Scanned are every row of every table (text and bytes), the server's own output, and every stored file. What may hold them: the sealed
envelopes, which do not show them, and the providers outside.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from bench.process import Process, environment, free_port
from core import postgres
from core.clock import beijing_date, utc_now
from core.crypto import blind_index
from core.settings import settings
from tenants.codes import id_check_character
from tests.auth.people import DEMO
from tests.fakes.idp import FaceProvider
from tests.fakes.sms import SmsGateway
from tests.identity.people import HEADINGS, Legal
from tests.security.world import World, build
from tests.tenants.conftest import uscc


def _number(first17: str) -> str:
    return first17 + id_check_character(first17)


#: Nobody's: as rare as they are well-formed.
NAMES = ("鸾翯蘅", "骦孋翀", "龑彧赟", "麤羴鱻", "爨鬯鸑")
PHONES = ("19987651101", "19987651102", "19987651103", "19987651104", "19987651105")
NUMBERS = tuple(_number(f"44010619{80 + n}1123{717 + n}") for n in range(5))
API = "/api/v1"


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[SmsGateway]:
    running = await SmsGateway().start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[FaceProvider]:
    running = await FaceProvider(automatic=True).start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
def server(urls: postgres.Urls, database: str, gateway: SmsGateway, provider: FaceProvider) -> Iterator[Process]:
    port = free_port()
    more = {
        "IDENTITY_PROVIDERS": json.dumps([provider.entry()]), "SMS_GATEWAY_URL": gateway.url, "SMS_GATEWAY_KEY": gateway.key, "LOG_LEVEL": "DEBUG",
    }  # fmt: skip
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, **more), port)
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def http(server: Process) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"User-Agent": "Canary/1", "X-Device-Id": "device-of-the-canary-01"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60, trust_env=False, headers=headers) as client:
        yield client


@pytest.fixture
async def seeing(urls: postgres.Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.migrator)
    await connection.execute("set row_security = off")
    yield connection
    await connection.close()


@pytest.fixture
async def world(urls: postgres.Urls, migrator: asyncpg.Connection) -> World:
    return await build(migrator)


class Walk:
    """The doors, each with canaries; an answer that is not the one wanted fails the test, for a door that was not passed proves nothing."""

    def __init__(self, http: httpx.AsyncClient, gateway: SmsGateway, world: World) -> None:
        self.http, self.gateway, self.world = http, gateway, world
        self.password = "Xk7-canary-55"

    async def ask(self, method: str, path: str, status: int, headers: dict[str, str] | None = None, **more: Any) -> Any:
        answer = await self.http.request(method, f"{API}{path}", headers=headers, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer

    async def code(self, phone: str, purpose: str) -> str:
        await self.ask("POST", "/auth/sms/send", 200, json={"phone": phone, "purpose": purpose})
        return self.gateway.last_code(f"+86{phone}")

    async def proved(self, method: str, path: str, status: int, headers: dict[str, str], **more: Any) -> Any:
        """A call that asks for a fresh proof."""
        first = await self.ask(method, path, 403, headers, **more)
        body = {"method": "password", "proof": self.password, "purpose": first["purpose"], "operation": first["operation"]}
        proof = await self.ask("POST", "/auth/step-up", 200, headers, json=body)
        return await self.ask(method, path, status, headers | {"X-Step-Up": proof["proof_id"]}, **more)

    async def register(self) -> None:
        """A self-registration, then a second one of the same code (a dispute with the claimant's name and phone)."""
        code = uscc()
        for n, status in ((0, 201), (1, 409)):
            body = {
                "organisation_name": f"金丝雀{n}有限公司", "uscc": code, "name": NAMES[n], "phone": PHONES[n], "account": f"canary-{n}01",
                "password": self.password, "sms_code": await self.code(PHONES[n], "register"),
            }  # fmt: skip
            answer = await self.http.post(f"{API}/tenants/register", json=body)
            assert answer.status_code == status, answer.text

    async def sign_in(self) -> dict[str, str]:
        """By phone and password, wrong first; the first sign-in changes the password (L4)."""
        for n, password in enumerate(("not-the-password", self.password, self.password + "x")):
            body = {"account": PHONES[0], "password": password, **DEMO}
            answer = await self.ask("POST", "/auth/password-login", 200 if n else 401, json=body)
            headers = {"Authorization": f"Bearer {answer.get('access_token')}"}
            if n == 1:
                changed = {"old_password": password, "new_password": password + "x"}
                await self.ask("POST", "/auth/change-password", 200, headers, json=changed)
        self.password += "x"
        return headers

    async def agent(self, headers: dict[str, str]) -> None:
        today = beijing_date(utc_now())
        body = {
            "name": NAMES[2], "id_type": "resident_id", "id_no": NUMBERS[2], "phone": PHONES[2], "scopes": ["file"],
            "valid_from": today.isoformat(), "valid_to": (today + timedelta(days=30)).isoformat(),
        }  # fmt: skip
        await self.proved("POST", "/organisation/agents", 201, headers, json=body)
        await self.ask("GET", "/organisation/agents", 200, headers)

    async def face(self) -> None:
        """The registry, a representative by face, a second one with another name (a task), a bad document."""
        row = Legal(legal=NAMES[3], number=NUMBERS[3], firm="金丝雀登记有限公司")
        text = "\n".join(",".join(r) for r in (HEADINGS, row.cells(), Legal(legal=NAMES[4], number=NUMBERS[4][:17] + "?").cells()))
        operator = {"Authorization": f"Bearer {await self.world.token('ops_data')}"}
        await self.ask("POST", "/ops/registry?dry_run=false", 200, operator, files={"file": ("r.csv", text.encode())})
        version = (await self.ask("GET", "/privacy", 200))["version"]
        for name, wanted in ((NAMES[3], 200), (NAMES[4], 403)):
            body = {"provider": "demo", "name": name, "id_type": "resident_id", "id_no": NUMBERS[3], "consent_version": version}
            started = await self.ask("POST", "/auth/face/start", 201, json=body)
            held = {"session_id": started["session_id"], "secret": started["secret"]}
            await self.ask("POST", "/auth/face/claim", 200, json=held)
            await self.ask("POST", "/auth/face/enter", wanted, json={**held, "uscc": row.uscc})
        await self.ask("POST", "/auth/face/start", 422, json={**body, "id_no": NUMBERS[3][:17] + "0" if NUMBERS[3][-1] != "0" else "1"})

    async def apply(self) -> None:
        """An application without signing in."""
        body = {
            "kind": "agent", "enterprise_name": "金丝雀申请有限公司", "uscc": uscc(), "legal_name": NAMES[1], "legal_id_type": "resident_id",
            "legal_id_no": NUMBERS[1], "applicant_name": NAMES[4], "id_type": "resident_id", "id_no": NUMBERS[4], "phone": PHONES[4],
            "sms_code": await self.code(PHONES[4], "application"), "scopes": ["file"], "reason": "代为填报",
            "valid_to": (beijing_date(utc_now()) + timedelta(days=90)).isoformat(),
        }  # fmt: skip
        made = await self.ask("POST", "/applications", 201, json=body)
        await self.ask("GET", f"/applications/{made['id']}", 200, {"X-Application-Key": made["key"]})

    async def mine(self, headers: dict[str, str]) -> bytes:
        """Another phone, an export (which does hold them: it goes to the person and is not stored), a wish to leave."""
        await self.proved("POST", "/auth/phone/change", 200, headers, json={"phone": PHONES[3], "code": await self.code(PHONES[3], "change-phone")})
        made = await self.proved("POST", "/me/exports", 201, headers, json={})
        answer = await self.ask("GET", f"/me/exports/{made['id']}/file", 200, headers)
        return bytes(answer.content)

    async def wrong_turns(self) -> None:
        """Errors quote nothing: bad fields, unknown members, a query that is none."""
        for body in ({"phone": PHONES[0], "code": 5}, {"phone": PHONES[0], NAMES[0]: NUMBERS[0]}, {"phone": f"{PHONES[0]}0", "code": "1" * 6, "audience": "h5"}):
            assert (await self.http.post(f"{API}/auth/sms-login", json=body)).status_code == 422
        await self.http.get(f"{API}/content/{NUMBERS[0]}")
        await self.http.get(f"{API}/factors", params={"q": NAMES[0], "phone": PHONES[0]})


def needles() -> list[str]:
    return [*NAMES, *PHONES, *(f"+86{p}" for p in PHONES), *NUMBERS]


async def rows_in_clear(connection: asyncpg.Connection) -> list[str]:
    """``table.column`` wherever a value holds a canary, as text or as bytes."""
    tables = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname"
    )
    hits = []
    marks = [w.encode() for w in needles()]
    for table in (t["relname"] for t in tables):
        for row in await connection.fetch(f'select * from "{table}"'):
            for column, value in row.items():
                data = value if isinstance(value, bytes) else str(value).encode()
                hits += [f"{table}.{column}: {m.decode()}" for m in marks if m in data or m.hex().encode() in data]
    return sorted(set(hits))


def files_in_clear(folder: Path) -> list[str]:
    hits = []
    for path in folder.rglob("*"):
        if path.is_file() and "pg" not in path.relative_to(folder).parts[:1]:
            data = path.read_bytes()
            if data[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(data)) as package:
                    data += b"".join(package.read(n) for n in package.namelist())
            hits += [f"{path.name}: {w}" for w in needles() if w.encode() in data or w in str(path)]
    return hits


async def test_no_canary_in_clear(
    http: httpx.AsyncClient, gateway: SmsGateway, world: World, seeing: asyncpg.Connection, server: Process
) -> None:
    walk = Walk(http, gateway, world)
    await walk.register()
    headers = await walk.sign_in()
    await walk.agent(headers)
    await walk.face()
    await walk.apply()
    export = await walk.mine(headers)
    await walk.wrong_turns()
    with zipfile.ZipFile(io.BytesIO(export)) as archive:  # the person's own copy is the one place
        assert NAMES[0] in archive.read("my-data.json").decode()
    # the canaries did go in: their indexes are there
    for table, kind, text in (
        ("person_index", "phone", f"+86{PHONES[3]}"), ("person_index", "id_number", NUMBERS[3]), ("delegation_index", "phone", f"+86{PHONES[2]}"),
        ("delegation_index", "id_number", NUMBERS[2]), ("application_index", "id_number", NUMBERS[4]),
    ):  # fmt: skip
        assert await seeing.fetchval(f"select true from {table} where kind = $1 and idx = $2", kind, blind_index(kind, text)), (table, kind)
    assert await seeing.fetchval("select count(*) from dispute") >= 1
    assert await seeing.fetchval("select count(*) from registry_task") >= 1
    assert await rows_in_clear(seeing) == []
    log = server.text()
    assert len(log) > 2000 and [w for w in needles() if w in log] == []
    assert files_in_clear(Path(settings.var_dir)) == []


def test_the_scan_would_see_them(tmp_path: Path) -> None:
    """A scan that finds nothing anywhere proves nothing."""
    (tmp_path / "a.txt").write_text(f"x{PHONES[2]}y")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as package:
        package.writestr("xl/s.xml", NAMES[1])
    assert len(files_in_clear(tmp_path)) == 2


async def test_the_table_scan_would_see_them(seeing: asyncpg.Connection) -> None:
    began = seeing.transaction()
    await began.start()
    await seeing.execute("update region set note = $1 where code = '440112'", f"见 {NUMBERS[0]}")
    await seeing.execute("insert into captcha (id, answer_hash, expires_at) values ('canary', $1, now())", NAMES[0].encode())
    assert await rows_in_clear(seeing) == [f"captcha.answer_hash: {NAMES[0]}", f"region.note: {NUMBERS[0]}"]
    await began.rollback()
