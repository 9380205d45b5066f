"""What people look at: dashboard, calculation, certificate page, report paper; and how long an empty database takes to be ready.

The demonstration city is the data. Calculation and certificate page are compared with a bare Sanic that decodes and encodes
JSON, in the same run; the dashboard is given as a rate, paper and start as a time.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

import wiring
from bench import load
from bench.cluster import fresh_cluster
from bench.process import Process, environment, free_port, running
from bench.world import Firm, sign_in
from core.clock import beijing_today
from core.database import connect_arguments
from core.postgres import Urls

#: Many short rounds, each face beside the bare handler of its own round: what else the machine does then falls on both.
SECONDS = 1.0
ROUNDS = 15
CALCULATION = {
    "period": "2024-03",
    "region": "440100",
    "factor_set": None,
    "lines": [
        {
            "energy": "diesel",
            "amount": "12.5",
            "unit": "t",
            "use": "fuel",
            "parameters": {"ncv": None, "carbon_content": None, "oxidation_rate": None, "factor": None},
        }
    ],
}


def always(data: bytes) -> Callable[[int], Iterator[bytes]]:
    """The same request again and again."""

    def make(_: int) -> Iterator[bytes]:
        while True:
            yield data

    return make


def rate(port: int, data: bytes) -> float:
    """Good answers per second on four connections."""
    result = asyncio.run(load.run(port, 4, SECONDS, always(data)))
    if not result.good:
        print(f"  refused: {result.statuses} {result.sample.decode(errors='replace')[:300]}")
    return result.rate


async def complete_firms(urls: Urls, year: int) -> list[UUID]:
    """Firms of the city with all twelve months of a year."""
    connection = await asyncpg.connect(**connect_arguments(urls.migrator))
    try:
        await connection.execute("set row_security = off")
        rows = await connection.fetch(
            "select h.tenant_id from month_head h join organisation o on o.id = h.tenant_id"
            " where h.period / 100 = $1 and h.state = 'submitted' and o.status = 'active' and o.uscc is not null"
            " group by 1 having count(*) = 12 order by 1",
            year,
        )
    finally:
        await connection.close()
    return [r["tenant_id"] for r in rows]


async def ask(port: int, method: str, path: str, firm: Firm, body: object = None) -> tuple[int, Any]:
    """One request of a firm."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(load.request(method, path, body, Authorization=f"Bearer {firm.token}"))
    status, data = await load.answer(reader)
    writer.close()
    return status, json.loads(data) if data else None


def certificate_code(port: int, firms: list[Firm], year: int) -> str | None:
    """The code of the first firm that gets a certificate."""
    why: Any = None
    for firm in firms:
        status, answer = asyncio.run(ask(port, "POST", "/api/v1/certificates", firm, {"year": year}))
        if status == 201:
            return str(answer["code"])
        why = answer
    print(f"  no certificate: {why}")
    return None


def measure(urls: Urls, var_dir: str) -> dict[str, float]:
    """Rates of the faces, and of the bare JSON handler in the same rounds."""
    import demo
    from core.settings import settings

    asyncio.run(demo.seed(urls, settings))
    year = beijing_today().year - 1
    firms = asyncio.run(sign_in(urls.migrator, asyncio.run(complete_firms(urls, year))[:30]))
    ours, bare = free_port(), free_port()
    rates: dict[str, list[float]] = {}
    echo = load.request("POST", "/echo", CALCULATION)
    with (
        running(["server.py", "serve"], environment(urls, var_dir, ours), ours),
        running(["-m", "bench.bare", str(bare)], environment(urls, var_dir, bare), bare),
    ):
        faces = {
            "dashboard": load.request("GET", "/api/v1/dashboard", Authorization=f"Bearer {firms[0].token}"),
            "calculate": load.request("POST", "/api/v1/carbon/calculate", CALCULATION),
        }
        if code := certificate_code(ours, firms, year):
            faces["certificate page"] = load.request("GET", f"/c/{code}", Accept="text/html")
        for _ in range(ROUNDS):
            for name, data in faces.items():
                beside = rate(bare, echo)
                found = rate(ours, data)
                rates.setdefault("bare JSON", []).append(beside)
                rates.setdefault(name, []).append(found)
                rates.setdefault(f"{name} ratio", []).append(found / beside)
    return {name: statistics.median(found) for name, found in rates.items()}


async def paper_seconds(count: int = 12) -> float:
    """Median time of a grade report with a warm process."""
    import documents
    from reports.paper import paper
    from tests.reports.samples import varied

    renderer = documents.Renderer(1)
    await renderer.start()
    times = []
    try:
        for n in range(count + 1):
            facts = paper(varied(n), "0" * 64, "https://example.invalid")
            began = time.perf_counter()
            await renderer.render_pdf("grade", facts, datetime(2026, 1, 1, tzinfo=UTC))
            times.append(time.perf_counter() - began)
    finally:
        await renderer.stop()
    return statistics.median(times[1:])


def ready_seconds() -> float:
    """From an empty folder to the first good answer of ``server.py run``."""
    with tempfile.TemporaryDirectory(prefix="tx-ready-") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        env = environment(Urls("", "", "", ""), folder, port)
        for name in list(env):
            if name.startswith("DATABASE_"):
                del env[name]
        process = Process(["server.py", "run"], {**env, "MODE": "demo"}, port)
        try:
            return process.start(wait=60.0)
        finally:
            process.stop()


def main() -> dict[str, float]:
    """Measure and print."""
    with fresh_cluster() as (urls, own):
        asyncio.run(wiring.load_reference(urls.migrator))
        found = measure(urls, own.var_dir)
    bare = found.pop("bare JSON")
    print(f"  {'bare JSON handler':<36} {bare:8.0f}/s")
    for name in [name for name in found if not name.endswith(" ratio")]:
        print(f"  {name:<36} {found[name]:8.0f}/s  ratio {found[f'{name} ratio']:.2f}")
    found["report paper ms"] = asyncio.run(paper_seconds()) * 1000
    print(f"  {'report paper, warm process':<36} {found['report paper ms']:8.0f} ms")
    found["empty to ready s"] = ready_seconds()
    print(f"  {'empty folder to ready':<36} {found['empty to ready s']:8.1f} s")
    return found


if __name__ == "__main__":
    main()
