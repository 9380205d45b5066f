"""From twelve filed months to a certificate and back.

The whole way through filing and inventory (GN7, GN12, CC1, CC8).
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

import filing
import grading
import inventory
import rollups
import tenants
from core import clock, jobs
from core.clock import beijing_date, utc_now
from core.database import transaction
from core.errors import Conflict
from core.ids import new_id
from filing import ItemEdit, Typed, TypedLine, TypedMonth
from grading import schedules
from tests.grading.test_actions import decide, propose
from tests.grading.world import acting_as, put_benchmark
from tests.tenants.conftest import uscc

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
async def _today(database: str) -> AsyncIterator[None]:
    clock.freeze(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    yield


async def firm(migrator: asyncpg.Connection, industry: str = "C2926", status: str = "active") -> UUID:
    """A fresh enterprise with one energy in its template from January 2025."""
    tenant = new_id()
    row = tenants.BulkOrganisation(
        tenant, "enterprise", f"广州年度{tenant.hex[-6:]}有限公司", uscc(), "440112", industry, status
    )
    await tenants.bulk_create(migrator, [row], utc_now())
    members = [tenants.BulkMember(tenant, new_id(), ("legal",), "陈晓明", "legal")]
    await tenants.bulk_members(migrator, members, utc_now(), beijing_date(utc_now()))
    async with acting_as(tenant, "legal") as ctx:
        edit = ItemEdit(None, "electricity", "purchased_electricity", "10^4 kWh", None, "", "", 2, None)
        await filing.set_template(ctx, 202501, 0, [edit])
    return tenant


async def file(tenant: UUID, first: int, last: int, amount: str = "10") -> None:
    """One submission over consecutive months of 2025, typed as each month's own value."""
    async with acting_as(tenant, "legal") as ctx:
        item = (await filing.current_template(ctx)).items[0]
        months = [
            TypedMonth(f"2025-{m:02d}", [TypedLine(item.id, Decimal(amount))], []) for m in range(first, last + 1)
        ]
        typed = Typed(f"2025-{first:02d}", f"2025-{last:02d}", "each", months)
        await filing.submit_months(ctx, typed, fingerprint=None, replace_filed=False, replies=[])


async def operate(tenant: UUID, added: str | None = "500", version: int = 0, reason: str = "") -> None:
    async with acting_as(tenant, "legal") as ctx:
        await inventory.save_operating(
            ctx,
            "2025",
            version=version,
            output_value=Decimal("2000"),
            value_added=None if added is None else Decimal(added),
            tax=None,
            staff_avg=None,
            evidence_id=None,
            region="440112",
            industry="C2926",
            reason=reason,
        )


async def graded(tenant: UUID) -> grading.Evaluation:
    async with acting_as(tenant, "viewer") as ctx:
        return await grading.evaluate(ctx, 2025)


async def test_missing_months_are_listed(migrator: asyncpg.Connection) -> None:  # rule GN7
    await put_benchmark("0.900000", industry="C2926")
    tenant = await firm(migrator)
    made = await graded(tenant)
    assert made.reason == "INCOMPLETE_MONTHS" and len(made.missing) == 12
    await file(tenant, 1, 11)
    await operate(tenant)
    made = await graded(tenant)
    assert [(m.month, m.item.startswith("电力")) for m in made.missing] == [("2025-12", True)]
    assert made.remedy and made.steps[-1].failed
    await file(tenant, 12, 12)
    made = await graded(tenant)
    assert made.graded and made.missing == [] and made.emission > 0
    async with acting_as(tenant, "viewer") as ctx:
        running = await grading.evaluate(ctx, 2026)
    assert running.reason == "INCOMPLETE_MONTHS" and len(running.missing) == 12


async def test_zero_is_a_value(migrator: asyncpg.Connection) -> None:  # rule GN7
    tenant = await firm(migrator)
    await file(tenant, 1, 12, "0")
    made = await graded(tenant)
    assert made.missing == [] and made.reason == "NO_VALUE_ADDED" and made.n_reason == "ZERO_BASE"


async def test_no_template_says_so(migrator: asyncpg.Connection) -> None:
    tenant = new_id()
    row = tenants.BulkOrganisation(tenant, "enterprise", "广州无模板有限公司", uscc(), "440112", "C2926", "active")
    await tenants.bulk_create(migrator, [row], utc_now())
    made = await graded(tenant)
    assert made.reason == "INCOMPLETE_MONTHS" and "模板" in made.missing[0].item


async def test_year_without_value_added(migrator: asyncpg.Connection) -> None:  # rule CE9
    await put_benchmark("0.900000", industry="C2926")
    tenant = await firm(migrator)
    await file(tenant, 1, 12)
    assert (await graded(tenant)).reason == "NO_VALUE_ADDED"
    await operate(tenant, "-3")
    made = await graded(tenant)
    assert made.reason == "NON_POSITIVE_VALUE_ADDED"
    async with acting_as(tenant, "legal") as ctx:
        with pytest.raises(Conflict) as refused:
            await grading.issue_certificate(ctx, 2025)
    assert refused.value.code == "NOT_GRADED" and refused.value.extra["reason"] == "NON_POSITIVE_VALUE_ADDED"


async def test_unverified_firm_gets_no_code(migrator: asyncpg.Connection) -> None:
    await put_benchmark("0.900000", industry="C2926")
    tenant = await firm(migrator, status="unverified")
    await file(tenant, 1, 12)
    await operate(tenant)
    assert (await graded(tenant)).graded  # it may file, preview and see its grade
    async with acting_as(tenant, "legal") as ctx:
        with pytest.raises(Conflict) as refused:
            await grading.issue_certificate(ctx, 2025)
    assert refused.value.code == "ORGANISATION_UNVERIFIED" and "主体未认证" in refused.value.detail


async def test_months_behind_a_certificate_stand_until_it_is_revoked(migrator: asyncpg.Connection) -> None:  # GN12, CC8
    await put_benchmark("0.900000", industry="C2926")
    tenant = await firm(migrator)
    await file(tenant, 1, 12)
    await operate(tenant)
    async with acting_as(tenant, "legal") as ctx:
        made = await grading.issue_certificate(ctx, 2025)
    assert made.content["factors"] and made.content["region_name"].endswith("黄埔区")

    async def withdraw() -> None:
        async with acting_as(tenant, "legal") as ctx:
            await filing.withdraw_month(ctx, "2025-03", 1, "录错")

    with pytest.raises(Conflict) as refused:
        await withdraw()
    assert refused.value.code == "MONTH_LOCKED"
    await decide(made.id, await propose(made.id, "revoke"))
    waiting = await migrator.fetch(
        "select id from outbox where tenant_id = $1 and kind = 'certificates.revoked'", tenant
    )
    assert len(waiting) == 1 and "certificates.revoked" in jobs.KINDS and schedules.free_months
    assert await jobs.run_job(tenant, waiting[0]["id"]) is None
    await withdraw()
    assert (await graded(tenant)).reason == "INCOMPLETE_MONTHS"


async def test_restated_value_added_shows_on_the_certificate(migrator: asyncpg.Connection) -> None:  # GN12, CC1
    """The certificate stays as issued and says that its data moved on; a new one is computed from the restated year."""
    await put_benchmark("0.900000", industry="C2926")
    tenant = await firm(migrator)
    await file(tenant, 1, 12)
    await operate(tenant)
    async with acting_as(tenant, "legal") as ctx:
        made = await grading.issue_certificate(ctx, 2025)
    assert not made.stale
    with pytest.raises(Conflict) as refused:
        await operate(tenant, "400", version=1)
    assert refused.value.code == "MONTH_LOCKED"
    await operate(tenant, "400", version=1, reason="年报审计调整")
    async with acting_as(tenant, "viewer") as ctx:
        (shown,) = await grading.own_certificates(ctx)
        again = await grading.evaluate(ctx, 2025)
    assert (shown.stale, shown.state, shown.k, shown.snapshot_sha256) == (True, "valid", made.k, made.snapshot_sha256)
    assert again.graded and again.k != Decimal(made.k)
    async with acting_as(tenant, "legal") as ctx:
        newer = await grading.issue_certificate(ctx, 2025)
    async with acting_as(tenant, "viewer") as ctx:
        states = {c.number: (c.state, c.stale) for c in await grading.own_certificates(ctx)}
    assert states == {newer.number: ("valid", False), made.number: ("superseded", False)}


async def test_sums_are_what_was_filed(migrator: asyncpg.Connection) -> None:  # RS1
    tenant = await firm(migrator)
    await file(tenant, 1, 12)
    await operate(tenant)
    async with acting_as(tenant, "viewer") as ctx:
        facts, own = await inventory.year_facts(ctx, 2025), await rollups.own_year(ctx, 2025)
    assert own is not None and (own.co2, own.va, own.months_complete) == (facts.e_core, Decimal(500), 12)
    async with transaction() as db:
        while await rollups.fold(db):
            pass
    async with acting_as(tenant, "legal") as ctx:
        await filing.withdraw_month(ctx, "2025-03", 1, "录错")
    async with acting_as(tenant, "viewer") as ctx:
        facts, own = await inventory.year_facts(ctx, 2025), await rollups.own_year(ctx, 2025)
    assert own is not None and (own.co2, own.months_complete) == (facts.e_core, 11)
