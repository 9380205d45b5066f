"""Restatement of operating data (GN12, FI10): a reason, the difference first, a version that stays readable, exact sums, races."""

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

import inventory
from core.database import transaction
from core.errors import Conflict, Forbidden, Invalid
from core.ids import new_id
from tests.filing.world import DIESEL, ELECTRICITY, Firm, act

TYPED: dict[str, Any] = {
    "output_value": Decimal("12500.5"), "value_added": Decimal("3200"), "tax": Decimal("-12"), "staff_avg": 120,
}  # fmt: skip


async def save(firm: Firm, version: int, *, role: str = "legal", code: str = "2025", **more: Any) -> inventory.Operating:
    """Save the year of the firm, differing from TYPED in ``more``."""
    async with firm.act(role) as ctx:
        place: dict[str, Any] = {"evidence_id": None, "region": "440112", "industry": "C2926"}
        return await inventory.save_operating(ctx, code, version=version, **(place | TYPED | more))


async def stand(firm: Firm, reason: str, year: int = 2025) -> None:
    """A certificate, a rated report or a case stands on the year."""
    async with firm.act() as ctx:
        await inventory.lock_year(ctx, year, reason, new_id())


async def summed(migrator: asyncpg.Connection, firm: Firm) -> tuple[Decimal, Decimal]:
    """Value added and output of 2025: what is folded and what waits."""
    row = await migrator.fetchrow(
        "select sum(va) as va, sum(output) as output from (select va, output from rollup_delta where tenant_id = $1 and period / 100 = 2025"
        " union all select va, output from rollup_firm_year where tenant_id = $1 and year = 2025) x",
        firm.id,
    )
    assert row is not None
    return row["va"], row["output"]


@pytest.mark.parametrize("reason", ["certificate", "verified"])
async def test_behind_a_certificate_or_a_rated_report_a_reason_is_needed(firm: Firm, migrator: asyncpg.Connection, reason: str) -> None:
    """GN12: refused without a reason; with one a new version, the older readable with its figures."""
    await save(firm, 0)
    await stand(firm, reason)
    for blank in ("", "   "):
        with pytest.raises(Conflict) as refused:
            await save(firm, 1, value_added=Decimal("2900"), reason=blank)
        assert (refused.value.code, refused.value.extra["reason"]) == ("MONTH_LOCKED", reason)
    with pytest.raises(Invalid):
        await save(firm, 1, value_added=Decimal("2900"), reason="长" * 201)
    assert await summed(migrator, firm) == (Decimal(3200), Decimal("12500.5"))
    made = await save(firm, 1, value_added=Decimal("2900"), reason=" 年报审计调整 ")
    assert (made.version, made.reason) == (2, "年报审计调整")
    assert await summed(migrator, firm) == (Decimal(2900), Decimal("12500.5"))
    async with firm.act("viewer") as ctx:
        newest, first = await inventory.operating_versions(ctx, "2025")
    assert (newest.live, first.live) == (True, False)
    assert (first.data.version, first.data.value_added, first.data.reason) == (1, Decimal(3200), "")
    changed = {c.field: (c.before, c.after, c.difference, c.pct) for c in newest.changes if c.before != c.after}
    assert changed == {"value_added": (Decimal(3200), Decimal(2900), Decimal(-300), Decimal("-9.38"))}  # -300 / 3200


async def test_while_it_lies_with_an_agency_no_reason_helps(firm: Firm) -> None:
    """GN12: locked with a third party, also beside a certificate; comprehensive energy too."""
    await save(firm, 0)
    await stand(firm, "certificate")
    await stand(firm, "case")
    with pytest.raises(Conflict) as refused:
        await save(firm, 1, value_added=Decimal("2900"), reason="年报审计调整")
    assert refused.value.extra["reason"] == "case" and "机构" in refused.value.detail
    with pytest.raises(Conflict, match="MONTH_LOCKED"):
        async with firm.act() as ctx:
            await inventory.save_comprehensive_energy(
                ctx, 2025, version=0, tce_equivalent=Decimal(1), tce_equal_value=None, source="自算", reason=""
            )
    async with firm.act() as ctx:
        assert await inventory.year_locks(ctx, 2025) == ["case", "certificate"]
        await inventory.unlock_year(ctx, 2025, "case")
    assert (await save(firm, 1, value_added=Decimal("2900"), reason="年报审计调整")).version == 2


async def test_a_restatement_needs_its_own_right(firm: Firm) -> None:
    """An agent may save operating data, restating them is the firm's own."""
    await save(firm, 0)
    await stand(firm, "certificate")
    with pytest.raises(Forbidden):
        async with act(firm.id, firm.people["legal"], "agent:file") as ctx:
            await inventory.save_operating(
                ctx, "2025", version=1, evidence_id=None, region="440112", industry="C2926", reason="更正", **TYPED
            )
    assert (await save(firm, 1, role="admin", reason="更正")).version == 2


async def test_the_difference_is_shown_before_anything_is_written(firm: Firm) -> None:
    await save(firm, 0)
    await stand(firm, "certificate")
    async with firm.act() as ctx:
        trial = await inventory.preview_operating(
            ctx, "2025", output_value=Decimal("12500.5"), value_added=Decimal("13000"), tax=None, staff_avg=121
        )
    assert (trial.version, trial.lock) == (1, "certificate") and "大于" in trial.warnings[0]
    rows = {c.field: (c.before, c.after, c.difference, c.pct) for c in trial.changes}
    assert rows == {
        "output_value": (Decimal("12500.5"), Decimal("12500.5"), Decimal(0), Decimal("0.00")),
        "value_added": (Decimal(3200), Decimal(13000), Decimal(9800), Decimal("306.25")),
        "tax": (Decimal(-12), None, None, None),
        "staff_avg": (Decimal(120), Decimal(121), Decimal(1), Decimal("0.83")),
    }
    async with firm.act() as ctx:
        assert [v.data.version for v in await inventory.operating_versions(ctx, "2025")] == [1]
        empty = await inventory.preview_operating(ctx, "2024", output_value=Decimal(0), value_added=None, tax=None, staff_avg=None)
    assert (empty.version, empty.lock, empty.changes[0].before) == (0, None, None)


async def test_many_restate_at_once_and_one_wins(firm: Firm, migrator: asyncpg.Connection) -> None:
    """ST1, RS1: the sums hold exactly the version in force, folded in between or not."""
    await save(firm, 0)
    await stand(firm, "verified")
    for version in (1, 2, 3):

        async def one(n: int, version: int = version) -> str:
            try:
                await save(firm, version, value_added=Decimal(1000 * version + n), reason=f"更正 {n}")
            except Conflict as conflict:
                return conflict.code
            return "won"

        outcomes = await asyncio.gather(*(one(n) for n in range(6)))
        assert outcomes.count("won") == 1 and set(outcomes) == {"won", "STALE_VERSION"}
        async with transaction() as db:
            await db.value("select fold_rollups(20000)")
    async with firm.act() as ctx:
        versions = await inventory.operating_versions(ctx, "2025")
    assert [v.data.version for v in versions] == [4, 3, 2, 1]
    assert await summed(migrator, firm) == (versions[0].data.value_added, Decimal("12500.5"))


async def test_saving_waits_for_the_certificate_and_respects_its_lock(firm: Firm) -> None:
    """A save that began before the certificate was issued is refused when it comes to be written: nobody restates unknowingly."""
    await save(firm, 0)
    reading, go = asyncio.Event(), asyncio.Event()

    async def issue() -> None:
        async with firm.act() as ctx:
            await inventory.hold_year(ctx, 2025)
            reading.set()
            await go.wait()
            await inventory.lock_year(ctx, 2025, "certificate", new_id())

    issuing = asyncio.create_task(issue())
    await reading.wait()
    late = asyncio.create_task(save(firm, 1, value_added=Decimal("2900")))
    await asyncio.sleep(0.3)
    assert not late.done()
    go.set()
    await issuing
    with pytest.raises(Conflict, match="MONTH_LOCKED"):
        await late


async def test_the_named_state_is_that_of_the_whole_year(firm: Firm) -> None:
    """What a report or certificate compares itself with is spelled in one way, cheap or whole."""
    await firm.set_template(202501, ELECTRICITY, DIESEL)
    for code in ("2025-02", "2025-11"):
        await firm.submit(firm.typed(code, dict.fromkeys(firm.items, "1")))
    await save(firm, 0)
    async with firm.act() as ctx:
        named = await inventory.data_versions(ctx, [2024, 2025])
        for year in (2024, 2025):
            assert named[year] == (await inventory.year_facts(ctx, year)).data_version
    assert named == {2024: ";o0", 2025: "202502v1,202511v1;o1"}
