"""The audit chain (T17, architecture 9.15)."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import pytest

from core import audit, clock
from core.audit import AuditFilter
from core.database import transaction
from core.ids import new_id
from core.postgres import Urls
from tests.core.acting import acting_for

pytestmark = pytest.mark.usefixtures("database")


async def _line(tenant: object, action: str = "filing.submitted", **detail: object) -> None:
    async with acting_for(tenant, write_audit=True) as ctx:  # type: ignore[arg-type]
        ctx.audit(action, "month", "202411", detail=detail)
        ctx.audit(action + ".seen", "month", "202411")


async def test_a_chain_holds_and_shows_itself_to_its_organisation_only(migrator: asyncpg.Connection) -> None:
    one, other = new_id(), new_id()
    for _ in range(3):
        await _line(one)
    rows = await migrator.fetch("select seq, prev_hash, hash from audit_log where tenant_id = $1 order by seq", one)
    assert [r["seq"] for r in rows] == [1, 2, 3, 4, 5, 6] and rows[0]["prev_hash"] == b""
    assert all(later["prev_hash"] == earlier["hash"] for earlier, later in zip(rows, rows[1:], strict=False))
    async with acting_for(one) as ctx:
        assert (await audit.verify(ctx.db, one)).holds
        lines, total = await audit.search(ctx, AuditFilter(action="filing.submitted"), page_size=4)
        assert (total, [line.seq for line in lines]) == (6, [6, 5, 4, 3])
        assert (await audit.search(ctx, AuditFilter(action="filing")))[1] == 6
        assert (await audit.search(ctx, AuditFilter(action="filin")))[1] == 0
    async with acting_for(other) as ctx:
        assert (await audit.search(ctx, AuditFilter()))[1] == 0


async def test_an_operator_reads_every_organisation() -> None:
    tenant = new_id()
    await _line(tenant)
    async with acting_for(new_id(), kind="operator") as ctx:
        lines, total = await audit.search(ctx, AuditFilter(organisation_id=tenant))
        assert total == 2 and {line.chain for line in lines} == {tenant}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("update audit_log set detail = '{\"n\":2}' where tenant_id = $1 and seq = 3", "row altered"),
        ("update audit_log set result = 'denied' where tenant_id = $1 and seq = 1", "row altered"),
        ("update audit_log set at = at + interval '1 second' where tenant_id = $1 and seq = 2", "row altered"),
        ("delete from audit_log where tenant_id = $1 and seq = 3", "rows missing before"),
        ("delete from audit_log where tenant_id = $1 and seq = 6", "head differs from the last row"),
    ],
)
async def test_tampering_is_found(migrator: asyncpg.Connection, urls: Urls, spoil: str, reason: str) -> None:
    tenant = new_id()
    for _ in range(3):
        await _line(tenant, n=1)
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute(spoil, tenant)
    await superuser.close()
    async with transaction(read_only=True) as db:
        assert reason in {fault.reason for fault in (await audit.verify(db, tenant)).faults}


async def test_a_rewritten_chain_differs_from_its_sealed_head(urls: Urls) -> None:
    tenant = new_id()
    await _line(tenant)
    day = date(2031, 1, 1)
    async with transaction() as db:
        digest = await audit.seal(db, day, clock.utc_now())
    async with transaction() as db:
        assert await audit.seal(db, day, clock.utc_now()) == digest  # the same day again changes nothing
        assert (await audit.verify(db, tenant)).holds
        assert not [f for f in (await audit.verify(db)).faults if f.chain is None]
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute("delete from audit_log where tenant_id = $1", tenant)
    await superuser.execute("delete from audit_head where chain = $1", tenant)
    await superuser.close()
    await _line(tenant)  # the forger writes a clean new chain of the same length
    async with transaction(read_only=True) as db:
        faults = (await audit.verify(db, tenant)).faults
    assert [f.reason for f in faults] == ["differs from the sealed head of 2031-01-01"]
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute("update audit_seal_head set hash = sha256('x') where chain = $1", tenant)
    await superuser.close()
    async with transaction(read_only=True) as db:
        assert [f for f in (await audit.verify(db)).faults if "altered" in f.reason and f.chain is None]
    superuser = await asyncpg.connect(urls.superuser)  # leave no broken seal to the other tests
    await superuser.execute("delete from audit_seal_head where day = $1", day)
    await superuser.execute("delete from audit_seal where day = $1", day)
    await superuser.close()


async def test_writers_of_one_chain_queue_and_lose_nothing() -> None:
    tenant = new_id()
    await asyncio.gather(*(_line(tenant, n=n) for n in range(20)))
    async with acting_for(tenant) as ctx:
        result = await audit.verify(ctx.db, tenant)
    assert result.holds and result.rows == 40


async def test_what_was_rolled_back_left_no_line() -> None:
    tenant = new_id()
    with pytest.raises(RuntimeError):
        async with acting_for(tenant) as ctx:
            ctx.audit("a", "b", "c")
            await audit.write(ctx, ctx.audit_rows)
            raise RuntimeError
    async with acting_for(tenant) as ctx:
        assert (await audit.search(ctx, AuditFilter()))[1] == 0


async def test_events_without_an_organisation_go_to_a_system_chain() -> None:
    async with acting_for(None, write_audit=True) as ctx:
        ctx.audit("auth.login", "account", "someone", "denied", {"phone": "13912345678", "why": "call 13912345678"})
    chain = audit.system_chain("TEST-REQUEST")
    assert chain in audit.SYSTEM_CHAINS and len(set(audit.SYSTEM_CHAINS)) == 16
    async with acting_for(new_id(), kind="operator") as ctx:
        lines, _ = await audit.search(ctx, AuditFilter(organisation_id=chain, action="auth.login"))
        assert lines and "13912345678" not in str(lines)
        assert (await audit.verify(ctx.db, chain)).holds


@pytest.mark.parametrize(
    "sql",
    [
        "insert into audit_log select * from audit_log limit 1",
        "update audit_log set action = 'x'",
        "delete from audit_log",
        "truncate audit_log",
        "select * from audit_head",
        "update audit_seal set signature = null",
        "insert into audit_log_202611 default values",
    ],
)
async def test_the_application_can_only_append_through_the_function(sql: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting_for(new_id()) as ctx:
            await ctx.db.run(sql)


async def test_nobody_appends_to_the_chain_of_another_organisation() -> None:
    with pytest.raises(asyncpg.RaiseError, match="organisation acted for"):
        async with acting_for(new_id()) as ctx:
            ctx.audit("a", "b", "c")
            ctx.tenant_id = new_id()
            await audit.write(ctx, ctx.audit_rows)


async def test_partitions_are_by_beijing_month_and_made_ahead(migrator: asyncpg.Connection) -> None:
    tenant = new_id()
    clock.freeze(datetime(2029, 12, 31, 15, 59, 59, tzinfo=UTC))  # 23:59:59 on the last day of December in Beijing
    await _line(tenant)
    clock.freeze(datetime(2029, 12, 31, 16, 0, 0, tzinfo=UTC))  # the new year
    await _line(tenant)
    rows = await migrator.fetch(
        "select tableoid::regclass::text as part from audit_log where tenant_id = $1 order by seq", tenant
    )
    assert [r["part"] for r in rows] == ["audit_log_202912"] * 2 + ["audit_log_203001"] * 2
    async with transaction() as db:
        assert await audit.ensure_partitions(db, date(2032, 5, 17)) == 4
        assert await audit.ensure_partitions(db, date(2032, 5, 31)) == 0


async def test_lines_past_400_days_leave_and_the_rest_still_verifies(migrator: asyncpg.Connection, urls: Urls) -> None:
    """A chain over three months, one chain wholly in the past: months leave as partitions, days by row; the cut is remembered."""
    long, gone, today = new_id(), new_id(), datetime(2026, 3, 20, 4, tzinfo=UTC)
    for at in (datetime(2025, 1, 10, 4, tzinfo=UTC), datetime(2025, 2, 5, 4, tzinfo=UTC), datetime(2025, 2, 20, 4, tzinfo=UTC), today):
        clock.freeze(at)
        await _line(long)
        if at.year == 2025 and at.month == 1:
            await _line(gone)
            async with transaction() as db:
                await audit.seal(db, clock.beijing_today(), at)
    async with transaction() as db:
        rows, partitions = await audit.drop_old(db, date(2026, 3, 20))  # everything before 2025-02-13
    assert rows >= 6 and "audit_log_202501" in partitions and "audit_log_202502" not in partitions
    assert [r["seq"] for r in await migrator.fetch("select seq from audit_log where tenant_id = $1 order by seq", long)] == [5, 6, 7, 8]
    async with transaction() as db:
        assert (await audit.verify(db, long)).faults == () and (await audit.verify(db, gone)).faults == ()
        assert await audit.drop_old(db, date(2026, 3, 20)) == (0, [])
    clock.freeze(today)
    await _line(gone)
    async with transaction() as db:
        assert (await audit.verify(db, gone)).holds
    await migrator.execute("delete from audit_log where tenant_id = $1 and seq = 5", long)
    async with transaction() as db:
        assert [f.reason for f in (await audit.verify(db, long)).faults] == ["rows missing at the start"]
        with pytest.raises(asyncpg.PostgresError, match="400 days"):
            await db.value("select audit_drop_before($1)", date.today())
    superuser = await asyncpg.connect(urls.superuser)  # a seal of an earlier day would tear the seals of the other tests
    await superuser.execute("delete from audit_seal_head where day = '2025-01-10'")
    await superuser.execute("delete from audit_seal where day = '2025-01-10'")
    await superuser.close()
