"""How long an operator waits for the impact of a factor draft at 100,000 enterprises with two filed years each (S20)."""

import asyncio
import statistics
import time
from datetime import date

import asyncpg

import factors
import filing
import wiring
from auth.permissions import permissions_of
from bench.cluster import fresh_cluster
from bench.lists import ENTERPRISES, FIRMS
from bench.world import Firm, sign_in
from core.clock import beijing_today
from core.database import Entry, acting, close_database, open_database
from core.ids import PLATFORM_ORG
from core.postgres import Urls

ROUNDS = 5
#: Every tenth firm files nothing, every other one all months but the last three; all use electricity, every third diesel.
ITEMS = """
insert into template_item (tenant_id, id, carrier, name, use, unit, first_month, template_version)
select o.id, gen_random_uuid(), e.carrier, e.carrier, e.use, e.unit, $1, 1
  from (select id, row_number() over (order by id) as n from organisation where name like '清单企业%') o
  join (values ('electricity', 'purchased_electricity', 'MWh', 1), ('diesel', 'fuel', 't', 3)) e(carrier, use, unit, each) on o.n % e.each = 0
"""
HEADS = """
insert into month_head (tenant_id, period, version, state, month_id)
select o.id, m, 1, 'submitted', gen_random_uuid()
  from (select id, row_number() over (order by id) as n from organisation where name like '清单企业%') o cross join unnest($1::int[]) m where o.n % 10 > 0
"""


async def _seed(urls: Urls) -> tuple[Firm, Firm]:
    """The volume as the superuser; an author and an approver of the platform."""
    now = beijing_today().year * 12 + beijing_today().month - 1
    months = [m // 12 * 100 + m % 12 + 1 for m in range(now - 24, now - 3)]
    connection = await asyncpg.connect(urls.superuser, server_settings={"statement_timeout": "0"})
    try:
        await connection.execute("set row_security = off")
        await connection.execute("set session_replication_role = replica")
        await connection.execute(FIRMS, ENTERPRISES)
        await connection.execute(ITEMS, months[0])
        await connection.execute(HEADS, months)
        await connection.execute("set session_replication_role = origin")
        await connection.execute("vacuum (analyze)")
    finally:
        await connection.close()
    author = (await sign_in(urls.migrator, [PLATFORM_ORG], "ops_data", "console-ops", start=6_000_001))[0]
    other = (await sign_in(urls.migrator, [PLATFORM_ORG], "ops_approver", "console-ops", start=6_000_002))[0]
    return author, other


async def _measure(urls: Urls) -> tuple[float, filing.FactorImpact]:
    """Median seconds of the impact and what it says."""
    author, other = await _seed(urls)
    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        async with acting(Entry(sid=author.sid, organisation=author.tenant, route="bench"), permissions_of) as ctx:
            today = beijing_today()
            row = factors.NewRow(
                "EF-ELEC-440000-2023",
                "0.4000",
                "生态环境部公告（测速）",
                valid_from=date(today.year, today.month, 1),
                factor_year=2024,
                confidence="one-source",
            )
            made = await factors.make_draft(ctx, "factor", "测速", [row])
        times = []
        for _ in range(ROUNDS):
            async with acting(
                Entry(sid=other.sid, organisation=other.tenant, route="bench", read_only=True), permissions_of
            ) as ctx:
                began = time.perf_counter()
                found = await filing.factor_impact(ctx, made.draft.id)
                times.append(time.perf_counter() - began)
        return statistics.median(times), found
    finally:
        await close_database()


def main() -> dict[str, float]:
    """Measure and print."""
    with fresh_cluster() as (urls, _):
        asyncio.run(wiring.load_reference(urls.migrator))
        seconds, found = asyncio.run(_measure(urls))
    mark = "" if seconds <= 1 else "  MORE THAN 1 s"
    print(
        f"  impact of a factor draft, {ENTERPRISES:,} enterprises: {seconds:.2f} s  ({found.firms:,} firms, {found.periods:,} months){mark}"
    )
    return {"factor impact s": seconds}


if __name__ == "__main__":
    main()
