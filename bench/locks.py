"""What holds a lock across COMMIT: the queue's trigger and a global audit chain, against ours (decisions 0005 and
0009).

Sixteen connections write small transactions of sixteen organisations for a few seconds with ``commit_delay`` 3
ms. A lock that is global and held until the flush lets one transaction through at a time; the ratio shows it
whatever the machine.
"""

import asyncio
import time
from uuid import UUID, uuid4

import asyncpg

from bench.cluster import fresh_cluster, tune
from core.database import prepare_connection
from core.postgres import Urls

CONNECTIONS = 16
SECONDS = 3.0
ROWS = [{"action": "bench", "object_type": "x", "object_id": "1", "result": "ok", "detail": {"a": 1}}]
TRIGGER = """
create or replace function bench_notify() returns trigger language plpgsql as $$
begin perform pg_notify('ch_pgqueuer', json_build_object('operation', lower(tg_op))::text); return null; end $$;
create trigger bench_notify after insert on pgqueuer execute function bench_notify();
"""


async def _write(url: str, until: float, *, job: bool, chain: UUID | None, audit: bool) -> int:
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    tenant, done = uuid4(), 0
    while time.perf_counter() < until:
        async with connection.transaction():
            await connection.execute("select set_config('app.tenant', $1, true)", str(tenant))
            if job:
                await connection.execute(
                    "select enqueue_job($1, 'bench', $2, 1, '{}', now(), '0', 'r')", uuid4(), uuid4()
                )
            if audit:
                if chain is not None:
                    await connection.execute("select set_config('app.tenant', $1, true)", str(chain))
                await connection.execute(
                    "select audit_append($1, now(), null, null, null, 'r', 'r', '', $2::jsonb)", chain or tenant, ROWS
                )
        done += 1
    await connection.close()
    return done


async def _rate(url: str, **what: object) -> float:
    until = time.perf_counter() + SECONDS
    counts = await asyncio.gather(*(_write(url, until, **what) for _ in range(CONNECTIONS)))  # type: ignore[arg-type]
    return sum(counts) / SECONDS


async def _measure(urls: Urls) -> dict[str, float]:
    superuser = await asyncpg.connect(urls.superuser)
    rates = {
        "job, no trigger": await _rate(urls.app, job=True, chain=None, audit=False),
    }
    await superuser.execute(TRIGGER)
    rates["job, pgqueuer's trigger on"] = await _rate(urls.app, job=True, chain=None, audit=False)
    await superuser.execute("drop trigger bench_notify on pgqueuer; truncate pgqueuer, outbox")
    rates["audit, a chain per organisation"] = await _rate(urls.app, job=False, chain=None, audit=True)
    rates["audit, one chain for all"] = await _rate(urls.app, job=False, chain=uuid4(), audit=True)
    await superuser.close()
    return rates


def main() -> dict[str, float]:
    """Measure and print; returns transactions per second by case."""
    with fresh_cluster(commit_delay="3000", commit_siblings="1") as (urls, _):
        rates = asyncio.run(_measure(urls))
        asyncio.run(tune(urls, commit_delay="0"))
    for name, rate in rates.items():
        print(f"  {name:<36} {rate:8.0f} transactions/s")
    on, off = rates["job, pgqueuer's trigger on"], rates["job, no trigger"]
    one, own = rates["audit, one chain for all"], rates["audit, a chain per organisation"]
    print(f"  trigger on / off {on / off:.2f}   one chain / own chains {one / own:.2f}")
    return rates


if __name__ == "__main__":
    main()
