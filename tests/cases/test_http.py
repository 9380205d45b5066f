"""The way of a case over HTTP: step-up where it is asked for, one key one case, pages and evidence of an open case, closed doors."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pypdf
import pytest

import filing
from bench.process import Process, environment, free_port
from core import clock, jobs, postgres
from core.settings import settings
from tests.cases.world import PDF, make_agency
from tests.filing.world import E, Firm, make_firm
from tests.grading.world import put_benchmark
from tests.reports.test_reports import file_year, value_added
from tests.security.world import Actor, World


@pytest.fixture(scope="module")
def address(urls: postgres.Urls) -> Iterator[str]:
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


class Caller:
    """One person at the server; a refused step-up is proved in the database and the call sent again, byte for byte."""

    def __init__(self, http: httpx.AsyncClient, connection: asyncpg.Connection, token: str) -> None:
        self.http, self.connection, self.token = http, connection, token

    async def __call__(self, method: str, path: str, body: Any = None, *, key: str | None = None, files: Any = None, prove: bool = True) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        if body is not None:
            request = self.http.build_request(method, f"/api/v1/{path}", json=body, headers=headers)
        else:
            request = self.http.build_request(method, f"/api/v1/{path}", headers=headers, files=files)
        answer = await self.http.send(request)
        if prove and answer.status_code == 403 and answer.json().get("code") == "STEP_UP_REQUIRED":
            asked = answer.json()
            sid = _sid(self.token)
            proof = uuid4()
            await self.connection.execute(
                "insert into step_up_proof (id, account_id, session_id, purpose, operation, factor, created_at, expires_at)"
                " select $1, account_id, id, $3, $4, 'totp', now(), now() + interval '5 minutes' from session where id = $2",
                proof, sid, asked["purpose"], asked["operation"],
            )  # fmt: skip
            request = self.http.build_request(method, f"/api/v1/{path}", json=body, headers=headers | {"X-Step-Up": str(proof)})
            answer = await self.http.send(request)
        return answer


def _sid(token: str) -> UUID:
    import base64
    import json

    part = token.split(".")[1]
    return UUID(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sid"])


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        yield client


async def caller(http: httpx.AsyncClient, migrator: asyncpg.Connection, organisation: UUID, person: UUID, audience: str) -> Caller:
    """An account for a person of the world, signed in with two factors."""
    account = uuid4()
    await migrator.execute("insert into person (id, name_sealed) values ($1, 'x') on conflict do nothing", person)
    await migrator.execute(
        "insert into account (id, person_id, login_name, password_hash, profile, must_change, password_changed_at) values ($1, $2, $3, 'x', 'seed001', false, now())",
        account, person, f"c{account.hex[-10:]}",
    )  # fmt: skip
    world = World(migrator, organisation, organisation)
    token = await world.token(Actor("x", account, person, organisation, audience, None))
    assert token
    return Caller(http, migrator, token)


async def run_jobs(migrator: asyncpg.Connection, *tenants: UUID) -> None:
    for _ in range(5):
        rows = await migrator.fetch("select tenant_id, id from outbox where tenant_id = any ($1) and state = 'queued' and kind like 'cases.%' order by created_at", list(tenants))
        for row in rows:
            await jobs.run_job(row["tenant_id"], row["id"])


async def test_the_whole_way(http: httpx.AsyncClient, database: str, migrator: asyncpg.Connection) -> None:
    firm: Firm = await make_firm(migrator)
    agency, people, _ = await make_agency(migrator)
    await file_year(firm)
    await value_added(firm)
    await put_benchmark("0.600000")
    async with firm.act() as ctx:
        await filing.add_evidence(ctx, month="2025-06", item_id=firm.items[E], kind="line", name="电费单.pdf", data=PDF)
    clock.unfreeze()
    legal = await caller(http, migrator, firm.id, firm.people["legal"], "console-ent")
    viewer = await caller(http, migrator, firm.id, firm.people["viewer"], "h5")
    admin = await caller(http, migrator, agency, people["agency_admin"], "console-verify")
    verifier = await caller(http, migrator, agency, people["verifier"], "console-verify")
    reviewer = await caller(http, migrator, agency, people["agency_reviewer"], "console-verify")

    offered = (await legal("GET", "agencies?kind=grade")).json()
    assert str(agency) in {a["id"] for a in offered["items"]}
    sha = (await legal("GET", "cases/consent-text?kind=grade")).json()["sha256"]
    body = {"kind": "grade", "year": 2025, "agency_id": str(agency), "consent_text_sha256": sha}
    assert (await legal("POST", "cases", body, prove=False)).json()["code"] == "STEP_UP_REQUIRED"
    assert (await viewer("POST", "cases", body)).status_code == 403
    made = await legal("POST", "cases", body, key="k1")
    assert made.status_code == 201, made.text
    case = made.json()
    again = await legal("POST", "cases", body, key="k1")
    assert again.json()["id"] == case["id"]
    second = await legal("POST", "cases", body, key="k2")
    assert (second.status_code, second.json()["code"], second.json()["case_id"]) == (409, "CASE_OPEN", case["id"])
    path = f"agency/cases/{case['id']}"
    assert (await verifier("GET", path)).status_code == 404  # not assigned yet
    assert (await admin("POST", f"{path}/accept", {"verifier_id": str(uuid4()), "reviewer_id": str(uuid4()), "declaration": True})).status_code == 422
    staff = (await admin("GET", f"agency/people?case_id={case['id']}")).json()["items"]
    named = {role: next(p["id"] for p in staff if role in p["roles"]) for role in ("verifier", "agency_reviewer")}
    took = await admin("POST", f"{path}/accept", {"verifier_id": named["verifier"], "reviewer_id": named["agency_reviewer"], "declaration": True})
    assert took.status_code == 200, took.text
    seen = (await verifier("GET", path)).json()
    section = next(s for s in seen["sections"] if s["key"] == f"energy.{firm.items[E]}")
    june = next(f for f in section["figures"] if f["period"] == "2025-06")
    assert june["value"] == "46.500000" and june["evidence"]
    assert (await verifier("GET", f"{path}/evidence/{june['evidence'][0]}")).content == PDF
    page = await verifier("GET", f"{path}/pages/1.png?width=300")
    assert page.status_code == 200 and page.content.startswith(b"\x89PNG"), page.text[:300]
    assert (await verifier("GET", f"{path}/evidence/{uuid4()}")).status_code == 404
    wrong = await verifier("PUT", f"{path}/amounts/{june['path']}", {"verdict": "corrected", "value": "40.65"})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["path"] == "reason"
    for value in ("4e1", "NaN", "1.2345678", 40.65):
        assert (await verifier("PUT", f"{path}/amounts/{june['path']}", {"verdict": "corrected", "value": value, "reason": "以电费单为准"})).status_code == 422
    done = await verifier("PUT", f"{path}/amounts/{june['path']}", {"verdict": "corrected", "value": "40.65", "reason": "以电费单为准"})
    assert done.status_code == 200 and Decimal(done.json()["amounts"][0]["difference"]) == Decimal("-5.85")
    asked = await verifier("POST", f"{path}/findings", {"section": section["key"], "path": june["path"], "text": "与电费单不一致", "severity": "important"}, key="f1")
    assert asked.status_code == 201
    finding = asked.json()["findings"][0]
    file = await legal("POST", f"cases/{case['id']}/files", files={"file": ("说明.pdf", PDF)})
    assert file.status_code == 201, file.text
    answer = await legal(
        "POST", f"cases/{case['id']}/findings/{finding['id']}/answer", {"choice": "evidence", "text": "见附件说明", "files": [file.json()["id"]]}, key="a1"
    )
    assert answer.status_code == 200 and answer.json()["findings"][0]["state"] == "answered"
    assert (await verifier("GET", f"{path}/evidence/{file.json()['id']}")).content == PDF
    assert (await verifier("POST", f"{path}/findings/{finding['id']}/close", {"accepted": True})).status_code == 200
    seen = (await verifier("GET", path)).json()
    keys = [f["path"] for s in seen["sections"] for f in s["figures"] if f["judge"] and not f["verdict"]]
    assert (await verifier("POST", f"{path}/amounts", {"keys": keys})).json()["open_points"] == []
    end = {"opinion": "经核查，更正一项后数据真实。", "verdict": "corrected", "version": seen["version"]}
    assert (await verifier("POST", f"{path}/conclude", end, prove=False)).json()["code"] == "STEP_UP_REQUIRED"
    assert (await reviewer("POST", f"{path}/conclude", end)).status_code == 403
    concluded = await verifier("POST", f"{path}/conclude", end)
    assert concluded.status_code == 200, concluded.text
    assert (await verifier("POST", f"{path}/sign", {"version": concluded.json()["version"]})).status_code == 403
    signed = await reviewer("POST", f"{path}/sign", {"version": concluded.json()["version"]})
    assert signed.status_code == 200 and signed.json()["state"] == "rated", signed.text
    assert (await verifier("GET", f"{path}/pages/1.png")).json()["code"] == "CASE_CLOSED"
    assert (await verifier("GET", f"{path}/evidence/{june['evidence'][0]}")).status_code == 403
    await run_jobs(migrator, firm.id, agency)
    issued = (await viewer("GET", f"cases/{case['id']}")).json()["issued_report"]
    paper = await viewer("GET", f"reports/{issued['id']}/report.pdf")
    text = "".join(pypdf.PdfReader(BytesIO(paper.content)).pages[-1].extract_text())
    assert paper.status_code == 200 and text
    inbox = (await verifier("GET", "agency/cases?state=closed")).json()
    assert [c["id"] for c in inbox["items"]] == [case["id"]]
    reads = await migrator.fetchval("select count(*) from audit_log where tenant_id = $1 and action = 'organisation.read'", agency)
    assert reads >= 4
