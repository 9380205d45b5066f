"""Lists across organisations: an agency's and a bank's 10,000 cases, the operator's 100,000 enterprises.

Each list is read as its people read it, page by page, on a long table and on one of twenty rows in the same run: the ratio says what
the length costs. Statements are counted at the driver, besides the transaction's own (begin, enter, commit): at most three.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

import cases
import finance
import tenants
import wiring
from auth.permissions import permissions_of
from bench.cluster import fresh_cluster
from bench.world import Firm, sign_in
from core.clock import utc_now
from core.database import Acting, Entry, acting, close_database, open_database, pool
from core.ids import PLATFORM_ORG, new_id
from core.postgres import Urls

ENTERPRISES, CASES, FEW, ROUNDS = 100_000, 10_000, 20, 30
MOST = 3
List = Callable[[Acting, int], Awaitable[Any]]

FIRMS = """
insert into organisation (id, kind, uscc, name, region_code, industry_code, status, origin, created_at, updated_at)
select gen_random_uuid(), 'enterprise', '91440106MC' || lpad(n::text, 8, '0'), '清单企业' || n, '440106', (select min(code) from industry where length(code) = 4),
       'active', 'operator', now() - n * interval '1 second', now()
  from generate_series(1, $1) n
"""
AUDITS = """
insert into third_case (tenant_id, party_id, id, number, kind, year, state, firm_name, firm_uscc_masked, firm_place, firm_trade, agency_name,
    consent_sha256, submitted_name, submitted_at, accepted_at, turn, due_on, report_id, report_number, updated_at, closed_at)
select o.id, $1, gen_random_uuid(), $3 || o.n, 'reduction', $4, case o.n % 3 when 0 then 'submitted' when 1 then 'in_audit' else 'withdrawn' end,
       o.name, '9144****', '广州市天河区', '包装', '机构', 'x', '王*', now() - o.n * interval '1 minute', case o.n % 3 when 1 then now() end,
       case o.n % 3 when 2 then 'none' else 'agency' end, current_date + (o.n % 30)::int, gen_random_uuid(), 'R' || o.n, now(), case o.n % 3 when 2 then now() end
  from (select id, name, row_number() over (order by id) as n from organisation where name like '清单企业%' order by id limit $2) o
"""
CONSENTS = """
insert into consent (tenant_id, party_id, id, firm_name, bank_name, report_kinds, years, contact, purpose, starts_on, ends_on, text_sha256, given_at, channel)
select o.id, $1, gen_random_uuid(), o.name, '银行', '{grade}', '{2025}', false, '贷款审查', current_date, current_date + 90, 'x', now(), 'console-ent'
  from (select id, name from organisation where name like '清单企业%' order by id limit $2) o
"""
LOANS = """
insert into finance_case (tenant_id, party_id, id, product_id, product_name, consent_id, firm_name, bank_name, region_name, letter, basis, report_year, chosen,
    state, submitted_at, due_on, updated_at)
select c.tenant_id, c.party_id, gen_random_uuid(), gen_random_uuid(), '绿色贷款', c.id, c.firm_name, c.bank_name, '天河区', 'B', 'self', 2025, false,
       'assigned', now() - (row_number() over (order by c.id)) * interval '1 minute', current_date + 2, now()
  from consent c where c.party_id = $1
"""


async def _seed(urls: Urls) -> dict[str, Firm]:
    """The rows as the migrator; who reads them: one person for each organisation, ``agency`` and ``bank`` long, ``few`` ones short."""
    connection = await asyncpg.connect(urls.superuser, server_settings={"statement_timeout": "0"})
    try:
        await connection.execute("set row_security = off")
        kinds = {"agency": "verifier", "agency few": "verifier", "bank": "bank", "bank few": "bank"}
        ids = {name: new_id() for name in kinds}
        made = [tenants.BulkOrganisation(ids[n], k, f"清单{n}", f"91440106ME{i:08d}", "440106") for i, (n, k) in enumerate(kinds.items())]
        await tenants.bulk_create(connection, made, utc_now())
        await connection.execute(FIRMS, ENTERPRISES)
        for name, count, year in (("agency", CASES, 2025), ("agency few", FEW, 2024)):
            await connection.execute(AUDITS, ids[name], count, f"B{year}-", year)
        await connection.execute("set session_replication_role = replica")  # rows of ten thousand firms at once: no trigger asks whose they are
        for name, count in (("bank", CASES), ("bank few", FEW)):
            await connection.execute(CONSENTS, ids[name], count)
            await connection.execute(LOANS, ids[name])
        await connection.execute("set session_replication_role = origin")
        await connection.execute("vacuum (analyze)")  # as the autovacuum leaves a table that grew
    finally:
        await connection.close()
    people = {}
    for n, (name, organisation) in enumerate({**ids, "operator": PLATFORM_ORG}.items()):
        role = {"verifier": "agency_admin", "bank": "bank_admin"}.get(kinds.get(name, ""), "ops_reviewer")
        audience = {"agency_admin": "console-verify", "bank_admin": "console-bank"}.get(role, "console-ops")
        people[name] = (await sign_in(urls.migrator, [organisation], role, audience, start=5_000_000 + n))[0]
    return people


async def _page(who: Firm, read: List, number: int) -> Any:
    entry = Entry(sid=who.sid, organisation=who.tenant, route="bench", read_only=True)
    async with acting(entry, permissions_of) as ctx:
        return await read(ctx, number)


async def _statements(who: Firm, read: List) -> int:
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(" ".join(record.query.split()))

    await _page(who, read, 1)  # a fresh connection asks once what types there are
    holders = [h._con for h in pool()._holders if h._con is not None]
    for connection in holders:
        connection.add_query_logger(note)
    await _page(who, read, 1)
    for connection in holders:
        connection.remove_query_logger(note)
    return len([s for s in seen if not s.startswith(("BEGIN", "COMMIT", "select * from enter("))])


async def _milliseconds(who: Firm, read: List, pages: list[int]) -> float:
    times = []
    for n in range(ROUNDS):
        began = time.perf_counter()
        await _page(who, read, pages[n % len(pages)])
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def _measure(urls: Urls) -> dict[str, tuple[int, float, float]]:
    people = await _seed(urls)
    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=1)
    try:
        lists: dict[str, tuple[List, str, str, int]] = {
            f"an agency's {CASES:,} cases": (lambda ctx, n: cases.agency_inbox(ctx, page=n), "agency", "agency few", CASES),
            f"a bank's {CASES:,} cases": (lambda ctx, n: finance.list_desk_cases(ctx, page=n), "bank", "bank few", CASES),
            f"{ENTERPRISES:,} enterprises": (
                lambda ctx, n: tenants.list_organisations(ctx, kind="enterprise", page=n), "operator", "", ENTERPRISES
            ),
        }  # fmt: skip
        found: dict[str, tuple[int, float, float]] = {}
        for name, (read, many, few, rows) in lists.items():
            count = await _statements(people[many], read)
            long = await _milliseconds(people[many], read, [1, 2, rows // 40, rows // 20])
            # the operator has one directory: its short list is that of banks
            short = await _milliseconds(
                people[few or many], read if few else (lambda ctx, n: tenants.list_organisations(ctx, kind="bank", page=n)), [1]
            )
            found[name] = (count, long, short)
        return found
    finally:
        await close_database()


def main() -> dict[str, tuple[int, float, float]]:
    """Measure and print."""
    with fresh_cluster() as (urls, _):
        asyncio.run(wiring.load_reference(urls.migrator))
        found = asyncio.run(_measure(urls))
    for name, (count, long, short) in found.items():
        mark = "" if count <= MOST else f"  MORE THAN {MOST} STATEMENTS"
        print(f"  {name:<28} {count} statements  {long:6.1f} ms a page  twenty rows {short:5.1f} ms  ratio {long / short:.1f}{mark}")
    return found


if __name__ == "__main__":
    main()
