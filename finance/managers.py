"""The bank's client managers 客户经理: areas, products, active or not. Who is switched off gives his open cases on at once (GF11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from finance.assignment import hand_on, managers_of
from finance.moves import COLUMNS, case_row
from finance.products import FinanceProduct
from finance.products import end_product as end_row
from finance.telling import tell_other, tell_own


@dataclass(frozen=True, slots=True)
class BankManager:
    """A client manager as the administrator sees him; empty ``areas`` and ``products`` are all."""

    id: UUID
    name: str
    account: str
    areas: list[str]
    area_names: list[str]
    products: list[UUID]
    active: bool
    member: bool
    open_cases: int
    last_assigned_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class BankManagers:
    """All of the bank."""

    items: list[BankManager]
    total: int


_LIST = """
select m.person_id as id, m.display_name_masked as name, m.login_name as account, coalesce(b.areas, '{}') as areas,
       array(select r.name from region r where r.code = any (b.areas) order by r.code) as area_names,
       coalesce(b.products, '{}') as products, coalesce(b.active, true) as active,
       m.status = 'active' and m.valid_from <= $2 and coalesce(m.valid_to, $2) >= $2 as member,
       (select count(*)::int from finance_case c where c.party_id = $1 and c.manager_id = m.person_id
         and c.state in ('assigned', 'contacted', 'applying')) as open_cases, b.last_assigned_at, coalesce(b.version, 0) as version
  from membership m left join bank_manager b on b.tenant_id = m.tenant_id and b.person_id = m.person_id
 where m.tenant_id = $1 and 'account_manager' = any (m.roles) order by m.status, m.display_name_masked, m.person_id limit 500
"""


async def list_managers(ctx: Acting) -> BankManagers:
    """Client managers of the acting bank; one statement."""
    rows = await ctx.db.rows(_LIST, ctx.tenant, ctx.today)
    items = [BankManager(**(r | {k: list(r[k]) for k in ("areas", "area_names", "products")})) for r in rows]
    return BankManagers(items, len(items))


async def change_manager(
    ctx: Acting, person_id: UUID, *, areas: Sequence[str], products: Sequence[UUID], active: bool, version: int
) -> BankManager:
    """Areas, products, on or off. Raises NotFound, Invalid, Conflict ``STALE_VERSION``. Open cases of who is off go to the next."""
    before = next((m for m in (await list_managers(ctx)).items if m.id == person_id), None)
    if before is None:
        raise NotFound("本行没有这位客户经理。")
    await _check(ctx, areas, products)
    done = await ctx.db.run(
        "insert into bank_manager (tenant_id, person_id, areas, products, active, updated_at, updated_by) select $1, $2, $3, $4, $5, $6, $7"
        " where $8 = 0 or exists (select 1 from bank_manager where tenant_id = $1 and person_id = $2)"
        " on conflict (tenant_id, person_id) do update set areas = $3, products = $4, active = $5, updated_at = $6, updated_by = $7,"
        " version = bank_manager.version + 1 where bank_manager.version = $8",
        ctx.tenant, person_id, list(areas), list(products), active, ctx.now, ctx.person_id, version,
    )  # fmt: skip
    if not done:
        raise Conflict("STALE_VERSION", "内容刚被他人修改，请刷新后再改。您刚才的填写没有保存。", current_version=before.version)
    ctx.audit("manager.changed", "bank_manager", person_id, detail={"areas": list(areas), "active": active})
    if before.active and not active:
        await give_away(ctx, "客户经理已停用", manager=person_id)
    return next(m for m in (await list_managers(ctx)).items if m.id == person_id)


async def _check(ctx: Acting, areas: Sequence[str], products: Sequence[UUID]) -> None:
    row = await ctx.db.row(
        "select array(select c from unnest($1::text[]) c where not exists (select 1 from region r where r.code = c)) as areas,"
        " (select count(*) from finance_product p where p.tenant_id = $3 and p.id = any ($2::uuid[])) as products",
        list(areas), list(products), ctx.tenant,
    )  # fmt: skip
    assert row is not None
    faults = []
    if row["areas"] or len(areas) > 100:
        faults.append(FieldError("areas", "REGION", f"没有这些地区代码：{'、'.join(row['areas'])}，请从列表中选择。"))
    if row["products"] != len(set(products)):
        faults.append(FieldError("products", "CHOICE", "有的产品不是本行的，请从列表中重新选择。"))
    if faults:
        raise Invalid(faults)


async def end_product(ctx: Acting, product_id: UUID, version: int, reason: str = "") -> FinanceProduct:
    """End a product; firms with open cases are told, cases without a manager go to any manager of the bank. Raises as the product's verb."""
    ended = await end_row(ctx, product_id, version, reason)
    await close_product(ctx, product_id)
    return ended


async def close_product(ctx: Acting, product_id: UUID) -> None:
    """What the end of a product means for its open cases: the firm is told; a manager who serves nothing else hands on."""
    serving = {m.id for m in await managers_of(ctx, ctx.tenant, None)}
    for row in await _open(ctx, product=product_id):
        await tell_other(ctx, row, "firm", "finance.product_ended")
        if row["manager_id"] not in serving:
            await hand_on(ctx, row, "产品已停办", product=None)


async def give_away(ctx: Acting, reason: str, *, manager: UUID) -> int:
    """Every open case of a manager goes to the next; returns how many."""
    rows = await _open(ctx, manager=manager)
    for row in rows:
        await hand_on(ctx, await case_row(ctx, row["id"]), reason, product=row["product_id"])
    return len(rows)


async def run_desk(ctx: Acting) -> dict[str, int]:
    """What the calendar asks of a bank (GF12): products past their days end, managers who are gone hand on, cases that wait are given
    out, late first contacts are reminded, and a day later go to the next manager."""
    did = {"ended": 0, "handed": 0, "reminded": 0}
    for product in await ctx.db.rows(
        "update finance_product set state = 'ended', note = '有效期已过', version = version + 1, updated_at = $2"
        " where tenant_id = $1 and state = 'published' and valid_to < $3 returning id",
        ctx.tenant, ctx.now, ctx.today,
    ):  # fmt: skip
        ctx.audit("product.moved", "finance_product", product["id"], detail={"from": "published", "to": "ended", "reason": "有效期已过"})
        await close_product(ctx, product["id"])
        did["ended"] += 1
    serving = {m.id for m in await managers_of(ctx, ctx.tenant, None)}
    for row in await _open(ctx):
        gone = row["manager_id"] is not None and row["manager_id"] not in serving
        late = row["state"] == "assigned" and row["due_on"] is not None and row["due_on"] < ctx.today
        if row["manager_id"] is None or gone or (late and row["reminded_on"] is not None and row["reminded_on"] < ctx.today):
            reason = "客户经理已停用" if gone else "超过期限没有联系" if late else "自动分配"
            if await hand_on(ctx, row, reason, product=row["product_id"]) is not None:
                did["handed"] += 1
        elif late and row["reminded_on"] is None:
            await ctx.db.run(
                "update finance_case set reminded_on = $3 where party_id = $1 and id = $2 and state = 'assigned'", ctx.tenant, row["id"], ctx.today
            )
            await tell_own(ctx, "finance.late", case=row)
            await tell_other(ctx, row, "firm", "finance.not_contacted")
            did["reminded"] += 1
    return did


async def _open(ctx: Acting, *, manager: UUID | None = None, product: UUID | None = None) -> list[dict[str, Any]]:
    return await ctx.db.rows(
        COLUMNS + " where k.party_id = $1 and k.state in ('submitted', 'assigned', 'contacted', 'applying')"
        " and ($2::uuid is null or k.manager_id = $2) and ($3::uuid is null or k.product_id = $3) order by k.submitted_at, k.id limit 2000",
        ctx.tenant, manager, product,
    )  # fmt: skip


__all__ = [
    "BankManager",
    "BankManagers",
    "change_manager",
    "close_product",
    "end_product",
    "give_away",
    "list_managers",
    "run_desk",
]
