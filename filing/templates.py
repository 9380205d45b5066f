"""The energy template (FI1, FI2): which energies, in which unit, for which use, from which month."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import inventory
from carbon import USE_NAMES, LineError, UnitError, convert, month_code, plain, shift
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from core.ids import new_id
from factors import Ask, Catalogue, UnknownEnergy, catalogue
from filing.changes import duties_changed

#: What the account of record keeps of an amount.
_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One energy to fill in; ``last_month`` None: no end. ``account_no`` for electricity (FD4)."""

    id: UUID
    carrier: str
    name: str
    use: str
    unit: str
    boundary_item: str
    account_id: UUID | None
    account_no: str | None
    place: str
    decimals: int
    sort: int
    first_month: int
    last_month: int | None
    key: str = ""  # the id as text, as the account names the item

    def in_force(self, month: int) -> bool:
        """True when the item is to be filled in that month."""
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)

    @property
    def number_format(self) -> str:
        """The spreadsheet's format of an amount."""
        return f"0.{'#' * self.decimals}" if self.decimals else "0"

    @property
    def label(self) -> str:
        """As people call it: 电力（外购电力）, 天然气 …"""
        place = f"·{self.place}" if self.place else ""
        return f"{self.name}{place}" if self.use in ("fuel", "purchased_electricity", "purchased_heat") else f"{self.name}（{USE_NAMES[self.use]}）{place}"

    def too_fine(self, amount: Decimal) -> str:
        """Why ``amount`` does not fit the decimals this item is filled in with (FD7), in words; empty when it fits."""
        if self.decimals >= _MOST_DECIMALS or -int(amount.normalize().as_tuple().exponent) <= self.decimals:
            return ""
        most = f"最多 {self.decimals} 位小数" if self.decimals else "只填整数"
        return f"{most}，现为 {plain(amount.normalize())}，请四舍五入后填写；确需更多小数位，请先在填报模板中改“小数位数”"


@dataclass(frozen=True, slots=True)
class Template:
    """All items, past and present; version 0: none set yet."""

    version: int
    first_month: int | None
    items: list[Item]

    def of(self, month: int) -> list[Item]:
        """The items in force in a month YYYYMM."""
        return [i for i in self.items if i.in_force(month)]


@dataclass(frozen=True, slots=True)
class ItemEdit:
    """An item as typed; ``id`` None: a new one."""

    id: UUID | None
    carrier: str
    use: str
    unit: str
    account_id: UUID | None
    place: str
    boundary_item: str
    decimals: int
    last_month: int | None


SELECT = """
select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'carrier', i.carrier, 'name', i.name, 'use', i.use, 'unit', i.unit,
    'boundary_item', i.boundary_item, 'account_id', i.account_id, 'account_no', a.account_no, 'place', i.place, 'decimals', i.decimals,
    'sort', i.sort, 'first_month', i.first_month, 'last_month', i.last_month) order by i.sort, i.id), '[]')
  from template_item i left join electricity_account a on a.tenant_id = i.tenant_id and a.id = i.account_id where i.tenant_id = $1
"""


def item_of(row: dict[str, Any]) -> Item:
    """An item from its JSON."""
    ids = {k: UUID(row[k]) if row[k] else None for k in ("id", "account_id")}
    return Item(**(row | ids), key=row["id"])


async def current_template(ctx: Acting) -> Template:
    """The template of the acting firm."""
    head = await ctx.db.row(f"select t.version, t.first_month, ({SELECT}) as items from template t where t.tenant_id = $1", ctx.tenant)  # noqa: S608
    if head is None:
        return Template(0, None, [])
    return Template(head["version"], head["first_month"], [item_of(i) for i in head["items"]])


async def set_template(ctx: Acting, first_month: int, version: int, edits: list[ItemEdit]) -> Template:
    """Save the items that hold from ``first_month`` on; items left out end the month before (FI2); filed months keep theirs.

    Raises Invalid naming each item's field, Conflict ``STALE_VERSION``.
    """
    now = await current_template(ctx)
    if now.version != version:
        raise Conflict("STALE_VERSION", "模板刚被他人修改，请刷新后对照再保存。", version=now.version)
    book = await catalogue(ctx.db)
    accounts = {r["id"] for r in await ctx.db.rows("select id from electricity_account where tenant_id = $1 and active", ctx.tenant)}
    known = {i.id: i for i in now.items}
    faults = [f for n, e in enumerate(edits) for f in _faults(book, ctx, n, e, known, accounts, first_month)]
    if not edits:
        faults.append(FieldError("items", "REQUIRED", "请至少选择一种能源。"))
    if first_month > ctx.today.year * 100 + ctx.today.month:
        faults.append(FieldError("first_month", "FUTURE", "起用月份不能晚于本月。"))
    same = [(e.carrier, e.use, e.account_id, e.place) for e in edits]
    faults += [FieldError(f"items[{n}]", "DUPLICATE", "与前面的项目重复，请合并，或填写地点加以区分。") for n, key in enumerate(same) if key in same[:n]]
    faults += await _filed_faults(ctx, now, first_month, edits)
    if faults:
        raise Invalid(faults)
    await _write(ctx, book, now, known, first_month, edits)
    await duties_changed(ctx)
    ctx.audit("template.saved", "template", version + 1, detail={"first_month": month_code(first_month), "items": len(edits)})
    return await current_template(ctx)


async def _filed_faults(ctx: Acting, now: Template, first_month: int, edits: list[ItemEdit]) -> list[FieldError]:
    """Months already filed keep their version (FI2): an item filed from ``first_month`` on is neither replaced nor ended there."""
    filed = [m.period for m in await inventory.summary(ctx, first_month, 299912) if m.state == "submitted"]
    if not filed:
        return []
    kept = {e.id: e for e in edits if e.id is not None}
    for item in now.items:
        edit, touched = kept.get(item.id), [m for m in filed if item.in_force(m)]
        same = edit is not None and (edit.carrier, edit.use, edit.unit) == (item.carrier, item.use, item.unit)
        if same and edit is not None and (edit.last_month is None or not touched or edit.last_month >= touched[-1]):
            continue
        if touched:
            text = f"{item.label}在 {month_code(touched[-1])} 已提交，{'请把停用月份改到这个月或之后' if same else f'请从 {month_code(shift(touched[-1], 1))} 起修改'}；确需改动已提交的月份，请先撤回。"
            return [FieldError("first_month", "FILED", text)]
    return []


def _replaced(old: Item, edit: ItemEdit, first_month: int) -> bool:
    """True when the edit makes another item of it: another energy, use or unit, or it had ended and begins again."""
    again = old.last_month is not None and old.last_month < shift(first_month, -1)
    return again or (old.carrier, old.use, old.unit) != (edit.carrier, edit.use, edit.unit)


def _faults(
    book: Catalogue, ctx: Acting, n: int, edit: ItemEdit, known: dict[UUID, Item], accounts: set[UUID], first_month: int
) -> list[FieldError]:
    at = f"items[{n}]"
    if edit.id is not None and edit.id not in known:
        return [FieldError(f"{at}.id", "UNKNOWN", "没有这个模板项目，请刷新后重试。")]
    try:
        carrier = book.carrier(edit.carrier, Ask("CN", first_month, ctx.today))
    except UnknownEnergy:
        return [FieldError(f"{at}.carrier", "UNKNOWN", "不认识的能源种类，请从列表中选择。")]
    found = []
    if edit.use not in carrier.uses:
        found.append(FieldError(f"{at}.use", "CHOICE", f"{carrier.name}的用途请在{'、'.join(USE_NAMES[u] for u in carrier.uses)}中选择。"))
    try:
        convert(Decimal(1), edit.unit, carrier.fill_in_unit)
    except UnitError as error:
        found.append(FieldError(f"{at}.unit", "UNIT", str(error)))
    if edit.account_id is not None and edit.account_id not in accounts:
        found.append(FieldError(f"{at}.account_id", "UNKNOWN", "没有这个用电户号，请先添加。"))
    if len(edit.place) > 50:
        found.append(FieldError(f"{at}.place", "LENGTH", "地点最多 50 个字。"))
    if edit.last_month is not None and edit.last_month < first_month:
        found.append(FieldError(f"{at}.last_month", "RANGE", "停用月份不能早于起用月份。"))
    return found


async def _write(ctx: Acting, book: Catalogue, now: Template, known: dict[UUID, Item], first_month: int, edits: list[ItemEdit]) -> None:
    version = now.version + 1
    kept: set[UUID] = set()
    for sort, edit in enumerate(edits):
        old = known.get(edit.id) if edit.id else None
        if old is not None and not _replaced(old, edit, first_month):
            kept.add(old.id)
            await ctx.db.run(
                "update template_item set account_id = $3, place = $4, boundary_item = $5, decimals = $6, sort = $7, last_month = $8, template_version = $9,"
                " first_month = least(first_month, $10) where tenant_id = $1 and id = $2",
                ctx.tenant, old.id, edit.account_id, edit.place, edit.boundary_item, edit.decimals, sort, edit.last_month, version, first_month,
            )  # fmt: skip
            continue
        await ctx.db.run(
            "insert into template_item (tenant_id, id, carrier, name, use, unit, boundary_item, account_id, place, decimals, sort, first_month, last_month,"
            " template_version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            ctx.tenant, new_id(), edit.carrier, book.name(edit.carrier), edit.use, edit.unit, edit.boundary_item, edit.account_id, edit.place,
            edit.decimals, sort, first_month, edit.last_month, version,
        )  # fmt: skip
    for item in now.items:
        if item.id in kept or (item.last_month is not None and item.last_month < first_month):
            continue
        if item.first_month >= first_month:
            await ctx.db.run("delete from template_item where tenant_id = $1 and id = $2", ctx.tenant, item.id)
        else:
            await ctx.db.run("update template_item set last_month = $3 where tenant_id = $1 and id = $2", ctx.tenant, item.id, shift(first_month, -1))
    first = min(first_month, now.first_month or first_month)
    await ctx.db.run(
        "insert into template (tenant_id, version, first_month, saved_by, saved_at) values ($1, $2, $3, $4, $5)"
        " on conflict (tenant_id) do update set version = excluded.version, first_month = excluded.first_month, saved_by = excluded.saved_by, saved_at = excluded.saved_at",
        ctx.tenant, version, first, ctx.account_id, ctx.now,
    )  # fmt: skip
    await ctx.db.run(
        f"insert into template_history (tenant_id, id, version, first_month, items, saved_by, saved_at) select $1, $2, $3, $4, ({SELECT}), $5, $6",
        ctx.tenant, new_id(), version, first_month, ctx.account_id, ctx.now,
    )  # fmt: skip


def line_error(path: str, error: LineError) -> FieldError:
    """A line's fault with the sender's path."""
    return FieldError(f"{path}.{error.field}", error.code, error.message)


__all__ = ["Item", "ItemEdit", "Template", "current_template", "item_of", "line_error", "set_template"]
