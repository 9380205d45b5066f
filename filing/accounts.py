"""Electricity accounts 用电户号 (FD4): unique on the platform per live owner."""

import re
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id

CLAIM = "electricity_account"


@dataclass(frozen=True, slots=True)
class ElectricityAccount:
    """One account; ``share`` in percent when sublet."""

    id: UUID
    account_no: str
    supplier: str
    site: str
    multiplier: Decimal
    share: Decimal
    active: bool
    version: int


COLUMNS = "id, account_no, supplier, site, multiplier, share, active, version"


async def list_accounts(ctx: Acting) -> list[ElectricityAccount]:
    """All accounts of the firm, live ones first."""
    rows = await ctx.db.rows(f"select {COLUMNS} from electricity_account where tenant_id = $1 order by active desc, account_no", ctx.tenant)  # noqa: S608
    return [ElectricityAccount(**r) for r in rows]


def _check(account_no: str, supplier: str, site: str, multiplier: Decimal, share: Decimal) -> None:
    faults = []
    if not re.fullmatch(r"[0-9]{10,20}", account_no, re.ASCII):
        faults.append(FieldError("account_no", "FORMAT", "用电户号为 10–20 位数字，见电费单。"))
    if not 1 <= len(supplier.strip()) <= 50:
        faults.append(FieldError("supplier", "LENGTH", "请填写供电单位，最多 50 个字。"))
    if len(site) > 100:
        faults.append(FieldError("site", "LENGTH", "用电地点最多 100 个字。"))
    if not 0 < multiplier < 1_000_000 or multiplier.as_tuple().exponent < -2:  # type: ignore[operator]
        faults.append(FieldError("multiplier", "RANGE", "倍率应大于 0，最多 2 位小数。"))
    if not 0 < share <= 100 or share.as_tuple().exponent < -2:  # type: ignore[operator]
        faults.append(FieldError("share", "RANGE", "占比应在 0–100 之间，最多 2 位小数。"))
    if faults:
        raise Invalid(faults)


async def _claim(ctx: Acting, account_no: str) -> None:
    if not await ctx.db.value("select take_claim($1, $2)", CLAIM, account_no):
        raise Conflict("CLAIM_TAKEN", "这个用电户号已被其他企业登记。如确属贵企业，请拨打服务热线处理。", path="account_no")


async def add_account(ctx: Acting, *, account_no: str, supplier: str, site: str, multiplier: Decimal, share: Decimal) -> ElectricityAccount:
    """Add one. Raises Invalid, Conflict ``CLAIM_TAKEN`` (holder not named) or ``ACCOUNT_EXISTS``."""
    _check(account_no, supplier, site, multiplier, share)
    if await ctx.db.value("select true from electricity_account where tenant_id = $1 and account_no = $2", ctx.tenant, account_no):
        raise Conflict("ACCOUNT_EXISTS", "这个用电户号已经添加过了，可在列表中启用或修改。", path="account_no")
    await _claim(ctx, account_no)
    made = new_id()
    await ctx.db.run(
        "insert into electricity_account (tenant_id, id, account_no, supplier, site, multiplier, share) values ($1, $2, $3, $4, $5, $6, $7)",
        ctx.tenant, made, account_no, supplier.strip(), site.strip(), multiplier, share,
    )  # fmt: skip
    ctx.audit("electricity_account.added", "electricity_account", made)
    return ElectricityAccount(made, account_no, supplier.strip(), site.strip(), multiplier, share, True, 1)


async def change_account(
    ctx: Acting, account_id: UUID, *, version: int, supplier: str, site: str, multiplier: Decimal, share: Decimal, active: bool
) -> ElectricityAccount:
    """Change one (the number itself never changes). Ending it frees the number. Raises NotFound, Invalid, Conflict."""
    row = await ctx.db.row(f"select {COLUMNS} from electricity_account where tenant_id = $1 and id = $2", ctx.tenant, account_id)  # noqa: S608
    if row is None:
        raise NotFound()
    if row["version"] != version:
        raise Conflict("STALE_VERSION", "这个户号刚被他人修改，请刷新后再保存。", version=row["version"])
    _check(row["account_no"], supplier, site, multiplier, share)
    if active and not row["active"]:
        await _claim(ctx, row["account_no"])
    if not active and row["active"]:
        await ctx.db.run("select drop_claim($1, $2)", CLAIM, row["account_no"])
    changed = await ctx.db.run(
        "update electricity_account set supplier = $3, site = $4, multiplier = $5, share = $6, active = $7, version = version + 1"
        " where tenant_id = $1 and id = $2 and version = $8",
        ctx.tenant, account_id, supplier.strip(), site.strip(), multiplier, share, active, version,
    )  # fmt: skip
    if not changed:
        raise Conflict("STALE_VERSION", "这个户号刚被他人修改，请刷新后再保存。")
    ctx.audit("electricity_account.changed", "electricity_account", account_id, detail={"active": active})
    return ElectricityAccount(account_id, row["account_no"], supplier.strip(), site.strip(), multiplier, share, active, version + 1)
