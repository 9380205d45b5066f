"""A year of an enterprise through its own doors, so that there are objects of every room to reach for."""

import io
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from PIL import Image

from core.ids import new_id
from tests.security.world import World

YEAR = 2025


class Doors:
    """Requests of one person; remembers what was refused, so that a room that is not ready is seen."""

    def __init__(self, http: httpx.AsyncClient, world: World, actor: str) -> None:
        self.http, self.world, self.actor = http, world, actor
        self.refused: dict[str, str] = {}

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        """One request with a key of its own; the answer's JSON, or None when it was refused."""
        headers = {"Authorization": f"Bearer {await self.world.token(self.actor)}", "Idempotency-Key": str(new_id())}
        if body is not None:
            more["json"] = body
        answer = await self.http.request(method, f"/api/v1{path}", headers=headers, **more)
        if answer.status_code >= 300:
            self.refused[f"{method} {path}"] = f"{answer.status_code} {answer.text[:400]}"
            return None
        return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "white").save(out, "PNG")
    return out.getvalue()


async def live(http: httpx.AsyncClient, world: World, side: str, word: str) -> Doors:
    """File a year for ``legal A`` or ``legal B``; ``word`` stands wherever an enterprise types text."""
    doors = Doors(http, world, f"legal {side}")
    number = f"03{new_id().int % 10**11:011}"
    account = await doors.send(
        "POST",
        "/filing/electricity-accounts",
        {"account_no": number, "supplier": f"{word}供电局", "site": f"{word}厂区"},
    )
    items = [
        {"carrier": "electricity", "use": "purchased_electricity", "unit": "10^4 kWh", "place": f"{word}总表",
         "account_id": account and account["id"]},
        {"carrier": "diesel", "use": "fuel", "unit": "t", "place": f"{word}叉车"},
    ]  # fmt: skip
    template = await doors.send("PUT", "/filing/template", {"first_month": f"{YEAR}-01", "version": 0, "items": items})
    if template:
        await _file_year(doors, [i["id"] for i in template["items"]], word)
    await doors.send(
        "PUT", f"/operating/{YEAR}", {"version": 0, "output_value": "9000", "value_added": "2800", "tax": "400"}
    )
    await doors.send("PUT", f"/comprehensive-energy/{YEAR}", {"version": 0, "tce_equivalent": "60", "reason": word})
    evidence = await doors.send("POST", "/evidence", None, files={"file": (f"{word}.png", picture(), "image/png")})
    asked = {"carrier": "diesel", "parameter": "ncv", "value": "42.7", "valid_from": "2026-01", "valid_to": "2026-12",
             "basis": "实测", "reason": word, "evidence_id": evidence and evidence["id"]}  # fmt: skip
    await doors.send("POST", "/parameters", asked)
    await doors.send("PUT", "/filing/drafts/2026-01", {"version": 0, "body": {"note": word}})
    await doors.send("POST", f"/grading/{YEAR}")
    await doors.send("POST", "/reports", {"kind": "grade", "year": YEAR})
    made = await doors.send("POST", "/certificates", {"year": YEAR})
    if made:
        certificate = made["id"]
        await Doors(http, world, "ops_data").send(
            "POST", f"/ops/certificates/{certificate}/propose", {"action": "suspend", "reason": f"{word}核实"}
        )
        for paper in ("badge.png", "certificate.pdf", "proof.jws"):
            await doors.send("GET", f"/certificates/{certificate}/{paper}")
    return doors


async def publish_benchmark(http: httpx.AsyncClient, world: World) -> None:
    """One official row by two persons, so that both enterprises can be graded."""
    row = {
        "region_code": "440000",
        "industry_code": "C2926",
        "period": str(YEAR),
        "b": "0.12",
        "source": "省发展改革委",
    }
    made = await Doors(http, world, "ops_data").send("POST", "/ops/benchmarks", row)
    if made:
        await Doors(http, world, "ops_approver").send("POST", f"/ops/benchmarks/{made['id']}/publish", {})


async def _file_year(doors: Doors, items: list[str], word: str) -> None:
    months = [
        {
            "month": f"{YEAR}-{m:02}",
            "lines": [{"item_id": items[0], "amount": "41.5"}, {"item_id": items[1], "amount": "1.2"}],
            "process": [{"name": f"{word}工序", "co2": "0.5", "note": word}],
        }
        for m in range(1, 13)
    ]
    body = {"month_from": f"{YEAR}-01", "month_to": f"{YEAR}-12", "mode": "each", "months": months}
    seen = await doors.send("POST", "/filing/preview", body)
    answers = [{"question_id": q["id"], "reason": word} for q in seen["questions"]] if seen else []
    await doors.send("POST", "/filing/submit", {**body, "answers": answers})


async def own_rows(connection: asyncpg.Connection, tenant: UUID) -> dict[str, int]:
    """How many rows of an organisation each bound table holds."""
    from core.tables import TABLES

    return {
        table: await connection.fetchval(f"select count(*) from {table} where tenant_id = $1", tenant)
        for table, kind in TABLES.items()
        if kind in ("tenant", "link")
    }
