"""Banks, products on the shelf, cases: written by the product's verbs; a report's row as its room writes it."""

import hashlib
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

import finance
import tenants
from core.clock import beijing_date, utc_now
from core.database import Acting
from core.ids import PLATFORM_ORG, new_id
from core.jobs import JobRun
from finance.jobs import tell_people
from tests.filing.world import Firm, act, uscc

TODAY = date(2026, 11, 21)
EDIT = finance.ProductEdit(
    name="绿色工厂贷", kind="green_loan", regions=["440100"], description="面向绿色工厂改造。", valid_from=date(2026, 1, 1), valid_to=date(2027, 12, 31),
    min_amount=Decimal(50), max_amount=Decimal(2000), min_rate=Decimal("3.35"),
)  # fmt: skip


@dataclass(slots=True)
class Bank:
    """A bank with its people by name."""

    id: UUID
    people: dict[str, UUID]

    def act(self, who: str = "admin") -> AbstractAsyncContextManager[Acting]:
        """A transaction of one of its people."""
        return act(self.id, self.people[who], "bank_admin" if who == "admin" else "account_manager", "bank")


async def make_bank(migrator: asyncpg.Connection) -> Bank:
    """A fresh bank with ``admin`` and managers ``one``, ``two``, ``three``."""
    now, bank_id = utc_now(), new_id()
    row = tenants.BulkOrganisation(bank_id, "bank", f"测试银行{bank_id.hex[-6:]}", uscc("440106"), "440106", None, "active")
    await tenants.bulk_create(migrator, [row], now)
    people = {name: new_id() for name in ("admin", "one", "two", "three")}
    members = [
        tenants.BulkMember(bank_id, p, ("bank_admin" if n == "admin" else "account_manager",), f"{n}经理", f"b{n}-{bank_id.hex[-6:]}")
        for n, p in people.items()
    ]
    await tenants.bulk_members(migrator, members, now, beijing_date(now) - timedelta(days=30))
    return Bank(bank_id, people)


def operator(role: str = "ops_approver") -> AbstractAsyncContextManager[Acting]:
    """A transaction of the platform's operator."""
    return act(PLATFORM_ORG, new_id(), role, "operator")


async def on_shelf(bank: Bank, **changes: Any) -> finance.FinanceProduct:
    """A product that was written, handed in and published."""
    async with bank.act() as ctx:
        made = await finance.create_product(ctx, replace(EDIT, **changes))
        made = await finance.submit_product(ctx, made.id, made.version)
    async with operator() as ctx:
        return await finance.publish_product(ctx, made.id, made.version)


async def put_report(
    migrator: asyncpg.Connection, firm: UUID, *, kind: str = "grade", year: int = 2025, letter: str = "B", basis: str = "self"
) -> UUID:
    """A standing report's row, without a paper."""
    report_id, snapshot, now = new_id(), new_id(), utc_now()
    await migrator.execute(
        "insert into snapshot (tenant_id, id, kind, object_id, body, sha256, created_at) values ($1, $2, $3, $4, '{}', $5, $6)",
        firm, snapshot, f"{kind}_report", report_id, hashlib.sha256(b"{}").hexdigest(), now,
    )  # fmt: skip
    grade = kind == "grade"
    await migrator.execute(
        "insert into report (tenant_id, id, kind, year, version, number, basis, state, graded, reason, level, letter, core, tce, unverified,"
        " data_version, summary, snapshot_id, snapshot_sha256, content_sha256, issued_on, issued_at, case_id) values ($1, $2, $3, $4, (select 1 + count(*) from report r where r.tenant_id = $1), $5, $6,"
        " $7, $8, '', $9, $10, 1, 1, false, '', '{}', $11, $12, $12, $13, $14, $15)",
        firm, report_id, kind, year, f"TXR{report_id.hex[-12:]}", basis, "self_assessed" if grade else "generated", grade,
        "ABCDE".index(letter) + 1 if grade else None, letter if grade else None, snapshot, "0" * 64, beijing_date(now), now,
        new_id() if basis == "verified" else None,
    )  # fmt: skip
    return report_id


def consent(**changes: Any) -> finance.ConsentTyped:
    """The usual consent: the grade report of 2025 for 90 days."""
    return replace(finance.ConsentTyped(["grade"], [2025], tenants.consents.TEXT_SHA256), **changes)


async def applied(firm: Firm, product: UUID, role: str = "legal", **changes: Any) -> finance.AppliedCase:
    """An application with the usual consent."""
    wish = finance.CaseWish(product, changes.pop("consent", consent()), amount=Decimal(500), term=36)
    async with firm.act(role) as ctx:
        return await finance.apply(ctx, replace(wish, **changes))


async def told(migrator: asyncpg.Connection, tenant: UUID) -> list[tuple[str, str]]:
    """What the waiting jobs of a side say to its people: (kind, text), run here as the worker would."""
    rows = await migrator.fetch(
        "select id, object_id, payload from outbox where tenant_id = $1 and kind = 'finance.tell' and state = 'queued' order by created_at", tenant
    )
    for row in rows:
        async with act(tenant, new_id(), "job", "job") as ctx:
            await tell_people(ctx, JobRun(row["id"], "finance.tell", row["object_id"], 1, row["payload"], 1))
        await migrator.execute("update outbox set state = 'done', finished_at = now() where id = $1", row["id"])
    found = await migrator.fetch("select kind, text from notice where tenant_id = $1 order by created_at, kind", tenant)
    return [(r["kind"], r["text"]) for r in found]
