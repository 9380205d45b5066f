"""Submitting a month of twelve lines, against the same rows written by hand (figures 1–3 of the specification).

First one month is filed for real and the rows it left in every table (found by its transaction id) become the comparator's
sample; after the run the tables and row counts of both are compared, so the comparator cannot leave a table out.
"""

import asyncio
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

import wiring
from bench import filing, load
from bench.cluster import fresh_cluster, tune
from bench.process import environment, free_port, running
from bench.world import Firm, make_firms
from core.database import connect_arguments, prepare_connection
from core.postgres import Urls

FIRMS = 400
SECONDS = 5.0
ROUNDS = 3
PATH = "/api/v1/filing/submit"


def bare_submissions(firms: Sequence[Firm], items: dict[UUID, list[UUID]], connections: int) -> Any:
    """The same bodies for the comparator; the firm stands in a header."""

    def make(number: int) -> Iterator[bytes]:
        for month in filing.MONTHS:
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


def measure(urls: Urls, var_dir: str, connections: int) -> dict[str, float]:
    """Alternate ours and bare; returns rates and the ratio of the medians."""
    seed = connections * 100_000
    firms = asyncio.run(make_firms(urls.migrator, FIRMS, start=seed))
    others = asyncio.run(make_firms(urls.migrator, FIRMS, start=seed + FIRMS))
    items = asyncio.run(filing.make_templates(urls.migrator, firms + others))
    ours_port, bare_port = free_port(), free_port()
    with running(["server.py", "serve"], environment(urls, var_dir, ours_port), ours_port):
        asyncio.run(first_submission(ours_port, firms[0], items[firms[0].tenant]))
        sample = asyncio.run(rows_of_last_submission(urls.migrator, firms[0].tenant))
        with tempfile.NamedTemporaryFile(suffix=".rows", delete=False) as file:
            pickle.dump(sample, file)
        bare_env = environment(urls, var_dir, bare_port)
        with running(["-m", "bench.bare", str(bare_port), urls.migrator, file.name], bare_env, bare_port):
            rates: dict[str, list[float]] = {"ours": [], "bare": []}
            latency = 0.0
            for n in range(ROUNDS):
                part, other = firms[n::ROUNDS], others[n::ROUNDS]
                bare = asyncio.run(
                    load.run(bare_port, connections, SECONDS, bare_submissions(other, items, connections))
                )
                ours = asyncio.run(
                    load.run(ours_port, connections, SECONDS, filing.submissions(part, items, connections))
                )
                for name, result in (("ours", ours), ("bare", bare)):
                    rates[name].append(result.rate)
                    if any(status >= 300 for status in result.statuses):
                        print(f"  {name}: {result.statuses} {result.sample.decode(errors='replace')[:300]}")
                latency = ours.percentile(0.95)
            bare_rows = asyncio.run(rows_of_last_submission(urls.migrator, others[ROUNDS - 1].tenant))
        Path(file.name).unlink()
    if counts(sample) != counts(bare_rows):
        print(f"  NOT THE SAME ROWS: ours {counts(sample)} bare {counts(bare_rows)}")
    ours_rate, bare_rate = sorted(rates["ours"])[ROUNDS // 2], sorted(rates["bare"])[ROUNDS // 2]
    return {
        "ours": ours_rate,
        "bare": bare_rate,
        "ratio": ours_rate / bare_rate if bare_rate else 0.0,
        "p95_ms": latency,
    }


def main() -> dict[str, dict[str, float]]:
    """4 connections as it is, 16 connections with ``commit_delay`` 3 ms."""
    found = {}
    with fresh_cluster() as (urls, own):
        asyncio.run(wiring.load_reference(urls.migrator))
        found["4 connections"] = measure(urls, own.var_dir, 4)
        asyncio.run(tune(urls, commit_delay="3000", commit_siblings="1"))
        found["16 connections, commit_delay 3 ms"] = measure(urls, own.var_dir, 16)
    for name, figures in found.items():
        print(
            f"  {name:<36} ours {figures['ours']:6.0f}/s  bare {figures['bare']:6.0f}/s  ratio {figures['ratio']:.2f}"
            f"  p95 {figures['p95_ms']:.1f} ms"
        )
    return found


if __name__ == "__main__":
    main()
