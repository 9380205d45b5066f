"""The account of record: deltas equal the sums at every moment, one source a year, append-only lines, locks (LG2, GN7, GN12, FI4)."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import filing
import inventory
from carbon import month_range, split_range
from core.errors import Conflict, Invalid
from core.ids import new_id
from tests.filing.world import DIESEL, ELECTRICITY, GAS, D, E, Firm, G, make_firm


async def sums(migrator: asyncpg.Connection, firm: Firm) -> dict[tuple[int, str], Decimal]:
    """CO2 by period and source in the delta rows not folded yet plus what is folded away is none here (no worker runs)."""
    rows = await migrator.fetch(
        "select period, source_group, sum(co2) as co2 from rollup_delta where tenant_id = $1 group by 1, 2 having sum(co2) <> 0", firm.id
    )
    return {(r["period"], r["source_group"]): r["co2"] for r in rows}


async def filed(migrator: asyncpg.Connection, firm: Firm) -> dict[tuple[int, str], Decimal]:
    """The same of the live lines."""
    rows = await migrator.fetch(
        "select h.period, l.source_group, sum(l.co2_t) as co2 from month_head h join inventory_line l on l.tenant_id = h.tenant_id"
        " and l.month_id = h.month_id where h.tenant_id = $1 and h.state = 'submitted' group by 1, 2 having sum(l.co2_t) <> 0",
        firm.id,
    )
    return {(r["period"], r["source_group"]): r["co2"] for r in rows}


async def test_deltas_follow_submit_replace_withdraw(firm: Firm, migrator: asyncpg.Connection) -> None:
    """Architecture 6: rollup + deltas = exact sum at every moment; complete months are counted."""
    await firm.set_template(202501, ELECTRICITY, GAS, DIESEL)
    for n in range(1, 5):
        await firm.submit(firm.typed(f"2026-0{n}", {E: str(40 + n), G: "3", D: "1"}), answer_all=True)
    assert await sums(migrator, firm) == await filed(migrator, firm) != {}
    await firm.submit(firm.typed("2026-02", {E: "55", G: "0", D: "2"}), replace=True, answer_all=True)
    assert await sums(migrator, firm) == await filed(migrator, firm)
    async with firm.act() as ctx:
        await filing.withdraw_month(ctx, "2026-03", 1, "重填")
    assert await sums(migrator, firm) == await filed(migrator, firm)
    whole = await migrator.fetch("select period, sum(months_complete) as n from rollup_delta where tenant_id = $1 group by 1 order by 1", firm.id)
    assert [(r["period"], r["n"]) for r in whole] == [(202601, 1), (202602, 1), (202603, 0), (202604, 1)]


async def test_concurrent_submissions_leave_exact_sums(firm: Firm, migrator: asyncpg.Connection) -> None:
    """Acceptance: concurrent submissions leave rollup = exact sum."""
    await firm.set_template(202501, ELECTRICITY, GAS, DIESEL)

    async def one(month: int, amount: int) -> None:
        try:
            await firm.submit(firm.typed(f"2026-{month:02}", {E: str(amount), G: "3", D: "1"}), replace=True, answer_all=True)
        except Conflict:
            pass

    await asyncio.gather(*(one(1 + n % 5, 40 + n) for n in range(20)))
    assert await sums(migrator, firm) == await filed(migrator, firm) != {}


async def test_lines_are_append_only(firm: Firm) -> None:
    """The application has no UPDATE or DELETE on what was submitted."""
    await firm.set_template(202501, ELECTRICITY)
    await firm.submit(firm.typed("2026-01", {E: "40"}))
    for sql in (
        "update inventory_line set amount = 0", "delete from inventory_line", "update inventory_month set co2_total = 0",
        "delete from inventory_month", "delete from month_head", "update operating_data set tax = 0", "insert into rollup_delta default values",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with firm.act() as ctx:
                await ctx.db.run(sql)


async def test_a_second_source_is_refused(firm: Firm, migrator: asyncpg.Connection) -> None:
    """Rule LG2: one source of energy data per organisation and year."""
    await firm.set_template(202501, ELECTRICITY)
    await migrator.execute("insert into year_source (tenant_id, year, source) values ($1, 2026, 'ledger_A')", firm.id)
    with pytest.raises(Conflict) as refused:
        await firm.submit(firm.typed("2026-01", {E: "40"}))
    assert refused.value.code == "SECOND_SOURCE"
    await firm.submit(firm.typed("2025-01", {E: "40"}))


@given(
    amount=st.decimals(min_value=0, max_value=Decimal("999999999999"), places=6, allow_nan=False),
    first=st.integers(1, 12), count=st.integers(1, 12),
)  # fmt: skip
def test_spreading_is_exact(amount: Decimal, first: int, count: int) -> None:
    """Rule FI4: the parts add up exactly, n-1 of them equal with 6 decimals."""
    months = month_range(202600 + first, 202600 + min(12, first + count - 1))
    parts = split_range(amount, months)
    assert sum(parts.values()) == amount and list(parts) == months
    assert len({parts[m] for m in months[:-1]}) <= 1
    assert all(p == p.quantize(Decimal("0.000001")) for p in parts.values())


async def save(firm: Firm, code: str = "2025", role: str = "legal", **more: Any) -> inventory.Operating:
    """Save operating data."""
    given: dict[str, Any] = {
        "version": 0, "output_value": Decimal("12500.5"), "value_added": Decimal("3200"), "tax": Decimal("-12"), "staff_avg": 120, "evidence_id": None,
        "region": "440112", "industry": "C2926",
    }  # fmt: skip
    async with firm.act(role) as ctx:
        return await inventory.save_operating(ctx, code, **(given | more))


async def test_operating_data(firm: Firm, migrator: asyncpg.Connection) -> None:
    """Rules FI10, FD5: versions, warnings not refusals, deltas of value added."""
    assert (await save(firm)).warnings == []
    with pytest.raises(Conflict):
        await save(firm)
    high = await save(firm, version=1, value_added=Decimal("20000"))
    assert high.version == 2 and "大于" in high.warnings[0]
    negative = await save(firm, version=2, value_added=Decimal("-5"))
    assert "不能评级" in negative.warnings[0]
    assert await migrator.fetchval("select sum(va) from rollup_delta where tenant_id = $1 and source_group = 'operating'", firm.id) == -5
    for wrong in ({"output_value": Decimal("-1")}, {"staff_avg": -1}, {"staff_avg": 10**7}):
        with pytest.raises(Invalid):
            await save(firm, version=3, **wrong)
    for code in ("2027", "2026Q5", "26", "2026-13"):
        with pytest.raises(Invalid):
            await save(firm, code, version=0)
    await save(firm, "2025Q1")
    async with firm.act() as ctx:
        rows = await inventory.operating(ctx, 2025)
    assert sorted(r.period for r in rows) == ["2025", "2025Q1"]


async def test_operating_data_races(firm: Firm) -> None:
    """ST1: one of many wins, the others are told."""

    async def one() -> str:
        try:
            await save(firm)
            return "won"
        except Conflict as conflict:
            return conflict.code

    outcomes = await asyncio.gather(*(one() for _ in range(5)))
    assert sorted(set(outcomes)) == ["STALE_VERSION", "won"] and outcomes.count("won") == 1


async def test_comprehensive_energy(firm: Firm) -> None:
    """Rule FI11: more than 5 % apart shows both and asks for a reason."""
    await firm.set_template(202501, ELECTRICITY)
    await firm.submit(firm.typed("2025-01", {E: "100"}))
    async with firm.act() as ctx:
        computed = (await inventory.comprehensive_energy(ctx, 2025)).computed
    assert computed == Decimal("122.900000")  # 100 万kWh x 0.1229 kgce/kWh (GB/T 2589-2020, 当量)

    async def typed(value: str, reason: str = "", version: int = 0) -> inventory.Comprehensive:
        async with firm.act() as ctx:
            return await inventory.save_comprehensive_energy(
                ctx, 2025, version=version, tce_equivalent=Decimal(value), tce_equal_value=None, source="统计上报", reason=reason
            )

    with pytest.raises(Invalid) as refused:
        await typed("129.06")  # +5.01 %
    assert refused.value.code == "REASON_NEEDED" and refused.value.extra["computed"] == "122.900000"
    assert (await typed("129.04")).version == 1  # 5.00 % is not more than 5 %
    with pytest.raises(Conflict):
        await typed("130", "含自备电厂")
    assert (await typed("130", "含自备电厂", 1)).difference_pct == Decimal("5.78")


async def test_part_year(firm: Firm) -> None:
    """Rule GN7: declared months with a reason; not behind a certificate."""
    async with firm.act() as ctx:
        with pytest.raises(Invalid):
            await inventory.declare_part_year(ctx, 2025, [202501], " ", None)
        with pytest.raises(Invalid):
            await inventory.declare_part_year(ctx, 2025, [202401], "投产", None)
        await inventory.declare_part_year(ctx, 2025, [202511, 202512], "11 月投产", None)
        assert (await inventory.year_facts(ctx, 2025)).part_year == {"months": [202511, 202512], "reason": "11 月投产", "document_id": None}
        await inventory.lock_year(ctx, 2025, "certificate", new_id())
        with pytest.raises(Conflict) as refused:
            await inventory.declare_part_year(ctx, 2025, [], "", None)
    assert "重述" not in refused.value.detail and "平台运营" in refused.value.detail  # no advice that leads nowhere


async def test_operating_data_behind_a_certificate(firm: Firm) -> None:
    """Rule GN12."""
    await save(firm)
    async with firm.act() as ctx:
        await inventory.lock_year(ctx, 2025, "certificate", new_id())
    with pytest.raises(Conflict) as refused:
        await save(firm, version=1)
    assert refused.value.code == "MONTH_LOCKED"


async def test_submitted_at_is_the_clock(firm: Firm) -> None:
    await firm.set_template(202501, ELECTRICITY)
    await firm.submit(firm.typed("2026-01", {E: "40"}))
    async with firm.act() as ctx:
        rows, _ = await inventory.history(ctx)
    assert rows[0].at == datetime(2026, 11, 21, 4, 0, tzinfo=UTC) and rows[0].by_name == "陈**" or "*" in rows[0].by_name


async def test_history_pages(firm: Firm, migrator: asyncpg.Connection) -> None:
    other = await make_firm(migrator)
    await other.set_template(202501, ELECTRICITY)
    await other.submit(other.typed("2026-01", {E: "40"}))
    await firm.set_template(202501, ELECTRICITY)
    for n in range(1, 6):
        await firm.submit(firm.typed(f"2026-0{n}", {E: "40"}))
    async with firm.act() as ctx:
        page, total = await inventory.history(ctx, limit=2, offset=2)
    assert total == 5 and len(page) == 2


async def test_a_firm_that_moved_is_taken_back_where_it_was_counted(firm: Firm, migrator: asyncpg.Connection) -> None:
    """Sums by region and industry stay exact when a firm corrects an old month after its region or industry changed."""
    await firm.set_template(202501, ELECTRICITY)
    await firm.submit(firm.typed("2026-01", {E: "40"}))
    await save(firm)
    await migrator.execute("update organisation set region_code = '440106', industry_code = 'C3011' where id = $1", firm.id)
    await firm.submit(firm.typed("2026-01", {E: "41"}), replace=True)
    await save(firm, version=1, region="440106", industry="C3011", value_added=Decimal("3300"))
    rows = await migrator.fetch(
        "select region_code, industry_code, sum(co2) as co2, sum(months_complete) as months, sum(va) as va from rollup_delta where tenant_id = $1"
        " group by 1, 2 order by 1",
        firm.id,
    )
    new, old = rows
    live = (await filed(migrator, firm))[202601, "electricity"]
    assert (new["region_code"], new["industry_code"], new["co2"], new["months"], new["va"]) == ("440106", "C3011", live, 1, 3300)
    assert (old["region_code"], old["co2"], old["months"], old["va"]) == ("440112", 0, 0, 0)
    last = await migrator.fetchval("select region_code from rollup_delta where tenant_id = $1 and period = 202601 order by id desc limit 1", firm.id)
    assert last == "440106"  # the newest delta names the firm's place


async def test_a_submission_waits_for_the_certificate_and_respects_its_lock(firm: Firm) -> None:
    """GN12 under a race: what passed its check before the certificate was issued is refused when it comes to be written."""
    await firm.set_template(202501, ELECTRICITY)
    await firm.submit(firm.typed("2025-05", {E: "40"}))
    reading, go = asyncio.Event(), asyncio.Event()

    async def issue() -> None:
        async with firm.act() as ctx:
            await inventory.hold_year(ctx, 2025)
            reading.set()
            await go.wait()
            await inventory.lock_year(ctx, 2025, "certificate", new_id())

    issuing = asyncio.create_task(issue())
    await reading.wait()
    late = asyncio.create_task(firm.submit(firm.typed("2025-05", {E: "41"}), replace=True))
    await asyncio.sleep(0.3)
    assert not late.done()
    go.set()
    await issuing
    with pytest.raises(Conflict, match="MONTH_LOCKED"):
        await late
