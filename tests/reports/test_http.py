"""Reports by real HTTP: made, looked at, downloaded; what a stranger gets; the QR on the cover."""

from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import asyncpg
import httpx
import pypdf
import pytest

from bench.process import Process, environment, free_port
from core import clock, postgres
from core.settings import settings
from tests.filing.world import Firm, make_firm
from tests.reports.test_reports import file_year
from tests.security.world import World


@pytest.fixture(scope="module")
def address(urls: postgres.Urls) -> Iterator[str]:
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


async def token(migrator: asyncpg.Connection, firm: Firm, role: str = "legal") -> dict[str, str]:
    clock.unfreeze()  # the server runs on real time
    world = World(migrator, firm.id, firm.id)
    actor = await world.add(role, firm.id, role)
    return {"Authorization": f"Bearer {await world.token(actor)}"}


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        yield client


async def test_from_post_to_pdf(firm: Firm, http: httpx.AsyncClient, migrator: asyncpg.Connection) -> None:
    await file_year(firm)
    legal = await token(migrator, firm)
    made = await http.post(
        "/api/v1/reports", json={"kind": "grade", "year": 2025}, headers={**legal, "Idempotency-Key": "r1"}
    )
    assert made.status_code == 201, made.text
    report = made.json()
    again = await http.post(
        "/api/v1/reports", json={"kind": "grade", "year": 2025}, headers={**legal, "Idempotency-Key": "r1"}
    )
    assert again.json()["id"] == report["id"]
    shown = (await http.get(f"/api/v1/reports/{report['id']}", headers=legal)).json()
    assert shown["pages"] > 5 and shown["problem"] == "" and isinstance(shown["emission"], str)
    paper = await http.get(f"/api/v1/reports/{report['id']}/report.pdf", headers=legal)
    assert paper.status_code == 200 and paper.headers["content-type"] == "application/pdf"
    assert (
        paper.headers["content-disposition"].startswith("attachment")
        and paper.headers["x-content-type-options"] == "nosniff"
    )
    assert len(pypdf.PdfReader(BytesIO(paper.content)).pages) == shown["pages"]
    said = (await http.get(f"/api/v1/reports/{report['id']}/pages/2/text", headers=legal)).json()
    assert said["pages"] == shown["pages"] and "摘要" in ["".join(r["text"] for r in b["runs"]) for b in said["blocks"] if b["kind"] == "heading"]
    for wrong in ("0", "999", "x", "1.png"):
        assert (await http.get(f"/api/v1/reports/{report['id']}/pages/{wrong}/text", headers=legal)).status_code == 404, wrong
    picture = await http.get(f"/api/v1/reports/{report['id']}/pages/1.png?width=400", headers=legal)
    assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
    for wrong in ("99.png", "0.png", "x.png", "-1.png", "１.png", "99999999999.png"):
        assert (await http.get(f"/api/v1/reports/{report['id']}/pages/{wrong}", headers=legal)).status_code == 404, (
            wrong
        )
    assert (
        await http.get(f"/api/v1/reports/{report['id']}/pages/1.png?width=9999999", headers=legal)
    ).status_code == 422
    listed = (await http.get("/api/v1/reports?year=2025", headers=legal)).json()
    assert [r["id"] for r in listed["items"]] == [report["id"]] and listed["total"] == 1
    viewer = await token(migrator, firm, "viewer")
    assert (await http.get(f"/api/v1/reports/{report['id']}/report.pdf", headers=viewer)).status_code == 200
    assert (await http.post("/api/v1/reports", json={"kind": "grade", "year": 2025}, headers=viewer)).status_code == 403
    stranger = await token(migrator, await make_firm(migrator))
    for path in ("", "/report.pdf", "/pages/1.png", "/pages/1/text"):
        assert (await http.get(f"/api/v1/reports/{report['id']}{path}", headers=stranger)).status_code == 404
        assert (await http.get(f"/api/v1/reports/{report['id']}{path}")).status_code == 401


async def test_gaps_and_bad_input_are_problems(
    firm: Firm, http: httpx.AsyncClient, migrator: asyncpg.Connection
) -> None:
    await file_year(firm, months=11)
    legal = await token(migrator, firm)
    gap = await http.post("/api/v1/reports", json={"kind": "grade", "year": 2025}, headers=legal)
    assert gap.status_code == 409 and gap.headers["content-type"] == "application/problem+json"
    assert gap.json()["code"] == "INCOMPLETE_MONTHS"
    assert {(m["period"], bool(m["item"])) for m in gap.json()["missing"]} == {("2025-12", True)}
    for body in (
        {"kind": "grade"},
        {"kind": "footprint", "year": 2025},
        {"kind": "grade", "year": "2025"},
        {"kind": "grade", "year": 1},
        {"kind": "grade", "year": 2025, "x": 1},
        [],
    ):
        wrong = await http.post("/api/v1/reports", json=body, headers=legal)
        assert wrong.status_code == 422, body


async def test_the_code_on_the_cover_tells_nothing(http: httpx.AsyncClient) -> None:
    found = await http.get("/r/0190a0c5-4b1e-7c33-9d50-6f1a2b3c4d5e", follow_redirects=False)
    assert found.status_code == 302 and found.headers["location"].endswith(
        "/console/reports/0190a0c5-4b1e-7c33-9d50-6f1a2b3c4d5e"
    )
    assert (await http.get("/r/nothing", follow_redirects=False)).status_code == 404
