"""The demonstration's banks: five products in different states, one firm with a live consent whose case waits for the first contact."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import finance
import reports
import tenants
from auth.permissions import permissions_of
from core.clock import beijing_today, utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG

#: The bakery: its years are complete.
FIRM, FIRM_LOGIN = "firm:16", "junlin01"
LOGINS = ("yinhang01", "yinhang04", "ops-approve", FIRM_LOGIN)


async def make_finance(organisation_of: Callable[[str], UUID], people: Mapping[str, UUID]) -> None:
    """Needs an open pool; by the product's own verbs."""
    today = beijing_today()
    for bank, login, products in (("bank:0", "yinhang01", _first_bank(today)), ("bank:1", "yinhang04", _second_bank(today))):
        for edit, goal in products:
            await _product(organisation_of(bank), people[login], people["ops-approve"], edit, goal)
    async with _acting(organisation_of(FIRM), people[FIRM_LOGIN], "legal", "enterprise") as ctx:
        await reports.create_grade_report(ctx, today.year - 1)
        fits = [o for o in (await finance.offers(ctx)).items if o.matched and o.bank_id == organisation_of("bank:0")]
        if fits:
            await _apply(ctx, fits[0].id, today.year - 1)


async def _apply(ctx: Acting, product: UUID, year: int) -> None:
    consent = finance.ConsentTyped(["grade"], [year], tenants.consents.TEXT_SHA256, contact=True)
    project = finance.FinanceProject("烤炉余热回收", Decimal(320), Decimal("186.4"))
    await finance.apply(ctx, finance.CaseWish(product, consent, amount=Decimal(200), term=36, project=project))


async def _product(bank: UUID, admin: UUID, approver: UUID, edit: finance.ProductEdit, goal: str) -> None:
    async with _acting(bank, admin, "bank_admin", "bank") as ctx:
        made = await finance.create_product(ctx, edit)
        if goal != "draft":
            made = await finance.submit_product(ctx, made.id, made.version)
    if goal in ("published", "paused"):
        async with _acting(PLATFORM_ORG, approver, "ops_approver", "operator") as ctx:
            made = await finance.publish_product(ctx, made.id, made.version)
    if goal == "paused":
        async with _acting(bank, admin, "bank_admin", "bank") as ctx:
            await finance.pause_product(ctx, made.id, made.version, "本季额度用完")


def _first_bank(today: date) -> list[tuple[finance.ProductEdit, str]]:
    base = finance.ProductEdit(
        "绿色工厂贷", "green_loan", ["440100"], "用于厂房、设备和工艺的绿色化改造，按项目进度放款，等额本息或按季付息。",
        date(today.year, 1, 1), date(today.year + 1, 12, 31), min_amount=Decimal(50), max_amount=Decimal(2000), min_term=12, max_term=60,
        min_rate=Decimal("3.35"), max_rate=Decimal("4.20"), min_letter="E", min_filing_months=12,
        preferences=[finance.ProductWish("has_reduction_report"), finance.ProductWish("filing_months", Decimal(24))],
        documents=["营业执照", "近两年财务报表", "项目备案或合同"],
    )  # fmt: skip
    linked = replace(
        base, name="碳效挂钩贷", kind="carbon_linked_loan", description="利率与年度碳效等级挂钩，达到约定等级的按合同调整利差。", min_rate=Decimal("3.10"),
        min_letter="B", verified_only=True, preferences=[finance.ProductWish("has_water_report"), finance.ProductWish("evidenced_score", Decimal(60))],
        documents=["营业执照", "近两年财务报表"],
    )  # fmt: skip
    tool = replace(
        base, name="节能降碳技改贷", kind="carbon_reduction_tool_loan", description="支持节能环保和碳减排技术改造，需提供项目减排量测算。",
        min_rate=Decimal("3.00"), needs_reduction=True, preferences=[], documents=["营业执照", "项目减排量测算说明"],
    )  # fmt: skip
    return [(base, "published"), (linked, "published"), (tool, "submitted")]


def _second_bank(today: date) -> list[tuple[finance.ProductEdit, str]]:
    base = finance.ProductEdit(
        "低碳转型贷", "transition_loan", ["440000"], "面向有转型计划的制造业企业，随借随还。", date(today.year, 3, 1), date(today.year + 1, 2, 28),
        min_amount=Decimal(100), max_amount=Decimal(5000), min_term=6, max_term=36, rate_note="面议", min_letter="C", industries=["C"],
        needs_water=True, documents=["营业执照", "转型计划"],
    )  # fmt: skip
    return [(base, "published"), (replace(base, name="配额质押贷", kind="ccer_or_allowance_pledge", industries=[], min_letter=None, needs_water=False), "paused")]


@asynccontextmanager
async def _acting(tenant: UUID, person: UUID, role: str, kind: str) -> AsyncIterator[Acting]:
    async with transaction() as db:
        for name, value in {"app.tenant": tenant, "app.person": person, "app.kind": kind}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        permissions = permissions_of(frozenset({role}))
        yield Acting(
            db, utc_now(), tenant_id=tenant, org_kind=kind, person_id=person, roles=frozenset({role}), permissions=permissions, request_id="DEMO",
            route="demo",
        )  # fmt: skip
