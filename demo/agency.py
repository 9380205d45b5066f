"""The demonstration's agent: a dozen firms of the city in every state that the worklist knows. Deterministic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

import filing
import tenants
from carbon import month_code, shift
from core.clock import beijing_today, utc_now
from core.database import Acting, transaction
from demo.accounts import ACCOUNTS
from demo.city import Firm, amount, firms

LOGIN = "daili01"


@dataclass(frozen=True, slots=True)
class Case:
    """One firm of the agent: months of this year not filed, what stands in their draft, the grant.

    ``draft``: none | part | whole | odd (a value eight times the usual) | withdrawn (the last month filed and taken back).
    """

    firm: int
    behind: int
    draft: str
    scopes: tuple[str, ...]
    ends_in: int = 400
    key_unit: bool = False
    state: str = "active"


CASES = (
    Case(1, 2, "part", ("file", "report")),
    Case(2, 1, "none", ("file",), key_unit=True),
    Case(3, 1, "whole", ("file", "report"), key_unit=True),
    Case(4, 1, "odd", ("file",), key_unit=True),
    Case(5, 1, "none", ("file", "report", "read")),
    Case(6, 1, "withdrawn", ("file",), key_unit=True),
    Case(7, 0, "none", ("file", "report", "read"), ends_in=5),
    Case(8, 0, "none", ("file",)),
    Case(9, 1, "part", ("file",), key_unit=True),
    Case(10, 1, "none", ("read",)),
    Case(11, 0, "none", ("report", "read"), state="suspended"),
    Case(12, 1, "none", ("file",), state="revoked"),
)


def months_of_agency(number: int, today: date) -> list[int]:
    """Months of this year that a firm of the agent has filed; the withdrawn one is filed first."""
    case = next((c for c in CASES if c.firm == number), None)
    if case is None:
        return []
    last = shift(today.year * 100 + today.month, -1 - case.behind + (case.draft == "withdrawn"))
    return [m for m in range(today.year * 100 + 1, today.year * 100 + 13) if m <= last]


async def make_agency(connection: asyncpg.Connection) -> None:
    """Grants as the migrator, drafts and withdrawals by the product's own verbs; needs an open pool."""
    today, now = beijing_today(), utc_now()
    account = next(a for a in ACCOUNTS if a.login == LOGIN)
    person = await connection.fetchval("select person_id from account where login_name = $1", LOGIN)
    by_number = {f.number: f for f in firms()}
    from demo import firm_id

    grants = [
        tenants.BulkAgent(
            firm_id(by_number[c.firm]), person, by_number[c.firm].name, account.name, "440106199203071236", account.phone, c.scopes,
            min(today, today + timedelta(days=c.ends_in - 300)), today + timedelta(days=c.ends_in), c.state,
        )
        for c in CASES
    ]  # fmt: skip
    await tenants.bulk_agents(connection, grants, now)
    for case in CASES:
        firm = by_number[case.firm]
        if case.key_unit:
            await connection.execute("update profile set ets_key_unit = true, ets_confirmed_at = $2 where tenant_id = $1", firm_id(firm), now)
        async with _acting(firm_id(firm), person) as ctx:
            await _draft(ctx, firm, case, today)
            await filing.refresh_duties(ctx)


@asynccontextmanager
async def _acting(tenant: UUID, person: UUID) -> AsyncIterator[Acting]:
    async with transaction() as db:
        for name, value in {"app.tenant": tenant, "app.person": person, "app.kind": "enterprise"}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        yield Acting(db, utc_now(), tenant_id=tenant, org_kind="enterprise", person_id=person, request_id="DEMO", route="demo")


async def _draft(ctx: Acting, firm: Firm, case: Case, today: date) -> None:
    last = shift(today.year * 100 + today.month, -1)
    if case.draft == "withdrawn":
        await filing.withdraw_month(ctx, month_code(last), 1, "电费账单有误，核对后重新提交")
    if case.draft not in ("part", "whole", "odd"):
        return
    month = shift(last, 1 - case.behind)
    values: list[dict[str, Any]] = []
    for n, item in enumerate((await filing.current_template(ctx)).of(month)):
        used = amount(firm, firm.energies[n], month // 100, month % 100, today.year)
        typed = used * 8 if case.draft == "odd" and n == 0 else used
        blank = case.draft == "part" and n == 1
        values.append({"item_id": str(item.id), "amount": None if blank else format(typed.normalize(), "f")})
    await filing.save_draft(ctx, month_code(month), 0, {"values": values, "process": [], "green": None, "reasons": {}}, "代理人")
