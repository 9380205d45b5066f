"""Submitting a month of twelve lines, against the same rows written by hand (figures 1–3 of the specification).

First one month is filed for real and the rows it left in every table (found by its transaction id) become the comparator's
sample; after the run the tables and row counts of both are compared, so the comparator cannot leave a table out.
"""

import asyncio
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

import wiring
from bench import filing, load
from bench.cluster import fresh_cluster, tune
from bench.process import Process, cpu_seconds, environment, free_port, running
from bench.world import Firm, make_firms
from core.database import connect_arguments, prepare_connection
from core.postgres import Urls

FIRMS = 400
SECONDS = 5.0
ROUNDS = 3
PATH = "/api/v1/filing/submit"


def bare_submissions(
    firms: Sequence[Firm], items: dict[UUID, list[UUID]], connections: int, months: Sequence[str] = filing.MONTHS
) -> Any:
    """The same bodies for the comparator; the firm stands in a header."""

    def make(number: int) -> Iterator[bytes]:
        for month in months:
            for firm in firms[number::connections]:
                yield load.request(
                    "POST", "/submit", filing.month_body(items[firm.tenant], month), X_Tenant=str(firm.tenant)
                )

    return make


async def rows_of_last_submission(url: str, tenant: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row that the newest submission of ``tenant`` wrote, by table."""
    connection = await asyncpg.connect(**connect_arguments(url))
    await prepare_connection(connection)
    await connection.set_type_codec("numeric", encoder=str, decoder=str, schema="pg_catalog", format="text")
    try:
        await connection.execute("set row_security = off")
        mark = await connection.fetchval(
            "select xmin::text from inventory_month where tenant_id = $1 order by submitted_at desc limit 1", tenant
        )
        tables = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        )
        found = {}
        for table in (r["relname"] for r in tables):
            rows = await connection.fetch(f'select * from "{table}" where xmin::text = $1', mark)  # noqa: S608
            if rows:
                found[table] = [dict(r) for r in rows]
        return found
    finally:
        await connection.close()


def counts(rows: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """Rows per table, partitions under their table's name; the chain's head is updated again by the next one."""
    return {
        "audit_log" if name.startswith("audit_log") else name: len(found)
        for name, found in sorted(rows.items())
        if name != "audit_head"
    }


async def first_submission(port: int, firm: Firm, items: Sequence[UUID]) -> None:
    """File two months: the second, which finds its year begun, is the sample. Raises RuntimeError with the answer when refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for month in ("2022-11", "2022-12"):
        writer.write(
            load.request(
                "POST",
                PATH,
                filing.month_body(items, month),
                Authorization=f"Bearer {firm.token}",
                Idempotency_Key=f"sample-{month}",
            )
        )
        status, body = await load.answer(reader)
        if status >= 300:
            raise RuntimeError(f"{status}: {body.decode()[:1000]}")
    writer.close()


@dataclass(slots=True)
class Cost:
    """What the submissions of one side took: rates of the rounds, CPU seconds of its web process and of its database connections."""

    rates: list[float] = field(default_factory=list)
    number: int = 0
    web: float = 0.0
    database: float = 0.0

    @property
    def rate(self) -> float:
        """Median of the rounds, per second."""
        return sorted(self.rates)[len(self.rates) // 2]

    @property
    def cpu_ms(self) -> tuple[float, float]:
        """CPU of one submission in milliseconds: web process, PostgreSQL."""
        return 1000 * self.web / self.number, 1000 * self.database / self.number


async def backends(url: str, role: str) -> dict[int, float]:
    """CPU seconds so far of the PostgreSQL processes that serve ``role``: ours and the comparator sign in as different ones."""
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        rows = await connection.fetch(
            "select pid from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()", role
        )
        return {row["pid"]: cpu_seconds(row["pid"]) for row in rows}
    finally:
        await connection.close()


async def spend(cost: Cost, url: str, process: Process, role: str, connections: int, make: Any) -> load.Result:
    """One round of load on one side, its CPU noted."""
    before, web = await backends(url, role), cpu_seconds(process.pid)
    assert process.port is not None
    result = await load.run(process.port, connections, SECONDS, make, warm=0)
    after = await backends(url, role)
    cost.rates.append(result.rate)
    cost.number += result.good
    cost.web += cpu_seconds(process.pid) - web
    cost.database += sum(spent - before.get(pid, 0.0) for pid, spent in after.items())
    return result


def measure(urls: Urls, var_dir: str, connections: int) -> dict[str, float]:
    """Alternate ours and bare; returns rates and the ratio of the medians."""
    seed = connections * 100_000
    firms = asyncio.run(make_firms(urls.migrator, FIRMS, start=seed))
    others = asyncio.run(make_firms(urls.migrator, FIRMS, start=seed + FIRMS))
    items = asyncio.run(filing.make_templates(urls.migrator, firms + others))
    ours_port, bare_port = free_port(), free_port()
    ours_role, bare_role = (str(connect_arguments(url)["user"]) for url in (urls.app, urls.migrator))
    with running(["server.py", "serve"], environment(urls, var_dir, ours_port), ours_port) as ours_process:
        asyncio.run(first_submission(ours_port, firms[0], items[firms[0].tenant]))
        sample = asyncio.run(rows_of_last_submission(urls.migrator, firms[0].tenant))
        with tempfile.NamedTemporaryFile(suffix=".rows", delete=False) as file:
            pickle.dump(sample, file)
        bare_env = environment(urls, var_dir, bare_port)
        with running(
            ["-m", "bench.bare", str(bare_port), urls.migrator, file.name], bare_env, bare_port
        ) as bare_process:
            # the first month of every firm warms both up (plans of each connection, tokens, templates) and is not counted
            first, months = filing.MONTHS[:1], filing.MONTHS[1:]
            asyncio.run(load.run(bare_port, connections, 60, bare_submissions(others, items, connections, first)))
            asyncio.run(load.run(ours_port, connections, 60, filing.submissions(firms, items, connections, first)))
            ours, bare, latency = Cost(), Cost(), 0.0
            for n in range(ROUNDS):
                make = bare_submissions(others[n::ROUNDS], items, connections, months)
                theirs = asyncio.run(spend(bare, urls.migrator, bare_process, bare_role, connections, make))
                make = filing.submissions(firms[n::ROUNDS], items, connections, months)
                own = asyncio.run(spend(ours, urls.migrator, ours_process, ours_role, connections, make))
                for name, result in (("ours", own), ("bare", theirs)):
                    if any(status >= 300 for status in result.statuses):
                        print(f"  {name}: {result.statuses} {result.sample.decode(errors='replace')[:300]}")
                latency = own.percentile(0.95)
            bare_rows = asyncio.run(rows_of_last_submission(urls.migrator, others[ROUNDS - 1].tenant))
        Path(file.name).unlink()
    if counts(sample) != counts(bare_rows):
        print(f"  NOT THE SAME ROWS: ours {counts(sample)} bare {counts(bare_rows)}")
    return figures(ours, bare) | {"p95_ms": latency}


def figures(ours: Cost, bare: Cost) -> dict[str, float]:
    """Rates and CPU of both sides, with the ratio of each: 1 would be as fast, or as cheap, as the comparator."""
    found = {"ours": ours.rate, "bare": bare.rate, "ratio": ours.rate / bare.rate if bare.rate else 0.0}
    for name, cost in (("ours", ours), ("bare", bare)):
        found[f"{name}_web_ms"], found[f"{name}_database_ms"] = cost.cpu_ms
    found["cpu_ratio"] = sum(bare.cpu_ms) / sum(ours.cpu_ms)
    return found


def main() -> dict[str, dict[str, float]]:
    """4 connections as it is, 16 connections with ``commit_delay`` 3 ms."""
    found = {}
    with fresh_cluster() as (urls, own):
        asyncio.run(wiring.load_reference(urls.migrator))
        found["4 connections"] = measure(urls, own.var_dir, 4)
        asyncio.run(tune(urls, commit_delay="3000", commit_siblings="1"))
        found["16 connections, commit_delay 3 ms"] = measure(urls, own.var_dir, 16)
    for name, f in found.items():
        print(
            f"  {name:<36} ours {f['ours']:6.0f}/s  bare {f['bare']:6.0f}/s  ratio {f['ratio']:.2f}  p95 {f['p95_ms']:.1f} ms"
            f"  CPU (web + PostgreSQL) ours {f['ours_web_ms']:.2f} + {f['ours_database_ms']:.2f} ms"
            f"  bare {f['bare_web_ms']:.2f} + {f['bare_database_ms']:.2f} ms  ratio {f['cpu_ratio']:.2f}"
        )
    return found


if __name__ == "__main__":
    main()
