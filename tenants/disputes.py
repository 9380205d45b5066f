"""Second claims on a USCC (T1): a task for the operator, who hears both sides and keeps or releases the holder."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.crypto import unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import PLATFORM_ORG
from core.personal import mask_name, mask_phone
from tenants.organisations import belongs_to, no_own_business, stale
from tenants.registration import CLAIMANT_NAME, CLAIMANT_PHONE


@dataclass(frozen=True, slots=True)
class Dispute:
    """One task; claimant masked. ``holder`` is who has the code now."""

    id: UUID
    uscc: str
    name: str
    claimant: str
    claimant_phone: str
    holder_id: UUID | None
    holder: str | None
    holder_status: str | None
    state: str
    reason: str
    at: datetime
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Disputes:
    """A page of tasks, open ones first."""

    items: list[Dispute]
    total: int
    page: int
    page_size: int


_FROM = " from dispute d left join organisation o on o.id = d.holder_id where d.tenant_id = $1"
_COLUMNS = """
select d.id, d.uscc, d.organisation_name as name, d.claimant_name_sealed, d.claimant_phone_sealed, d.holder_id, o.name as holder,
       o.status as holder_status, d.state, d.reason, d.opened_at as at, d.decided_at, d.version
"""


async def list_disputes(ctx: Acting, *, state: str | None = None, page: int = 1, page_size: int = 20) -> Disputes:
    """Open tasks first, the oldest of them on top."""
    where = " and ($2::text is null or d.state = $2)"
    total = await ctx.db.value("select count(*)" + _FROM + where, PLATFORM_ORG, state or None)
    order = " order by (d.state = 'open') desc, d.opened_at, d.id limit $3 offset $4"
    rows = await ctx.db.rows(
        _COLUMNS + _FROM + where + order, PLATFORM_ORG, state or None, page_size, (page - 1) * page_size
    )
    return Disputes([_dispute(row) for row in rows], total, page, page_size)


async def read_claimant_phone(ctx: Acting, dispute_id: UUID, reason: str) -> str:
    """The claimant's clear number, to call back; the reading is logged with its reason (P8). Raises NotFound, Invalid."""
    if len(reason.strip()) < 2:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明查看手机号的原因。")])
    row = await _one(ctx, dispute_id)
    ctx.audit("pii.read", "dispute", dispute_id, detail={"fields": "claimant_phone", "reason": reason.strip()[:200]})
    return unseal(CLAIMANT_PHONE, row["id"], row["claimant_phone_sealed"]).removeprefix("+86")


async def close_dispute(ctx: Acting, dispute_id: UUID, *, outcome: str, version: int, reason: str) -> Dispute:
    """``kept``: the holder is right. ``released``: the holder is closed, its code is free, the claimant registers again.

    Raises NotFound, Invalid, Conflict (STALE_VERSION, STATE, OWN_ORGANISATION).
    """
    said = " ".join(reason.split())
    if not 2 <= len(said) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明依据（2–500 字）。")])
    row = await _one(ctx, dispute_id)
    if row["holder_id"]:
        no_own_business(await belongs_to(ctx, row["holder_id"]))
    if row["state"] != "open":
        raise Conflict("STATE", "这项争议已处理，请刷新。", state=row["state"])
    done = await ctx.db.run(
        "update dispute set state = $4, reason = $5, decided_by = $6, decided_at = $7, version = version + 1"
        " where tenant_id = $1 and id = $2 and version = $3 and state = 'open'",
        PLATFORM_ORG, dispute_id, version, outcome, said, ctx.person_id, ctx.now,
    )  # fmt: skip
    if not done:
        raise stale(row["version"])
    if outcome == "released":
        await _release(ctx, row)
    ctx.audit(f"dispute.{outcome}", "dispute", dispute_id, detail={"reason": said})
    return _dispute(await _one(ctx, dispute_id))


async def _release(ctx: Acting, row: dict[str, Any]) -> None:
    holder = await ctx.db.row("select id, status, version from organisation where id = $1", row["holder_id"])
    if holder is None or holder["status"] == "closed":
        return
    if holder["status"] == "active":
        raise Conflict("HOLDER_VERIFIED", "占用方已认证。请先停用该企业并核实，再释放代码。")
    decide = "select organisation_decide($1, $2, 'closed', $3, $4)"
    if not await ctx.db.value(decide, holder["id"], holder["status"], holder["version"], ctx.now):
        raise stale(holder["version"])
    ctx.audit("organisation.closed", "organisation", holder["id"], detail={"dispute": str(row["id"])})


async def _one(ctx: Acting, dispute_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + _FROM + " and d.id = $2", PLATFORM_ORG, dispute_id)
    if row is None:
        raise NotFound()
    return row


def _dispute(row: dict[str, Any]) -> Dispute:
    shown = {k: v for k, v in row.items() if not k.endswith("_sealed")}
    return Dispute(
        **shown,
        claimant=mask_name(unseal(CLAIMANT_NAME, row["id"], row["claimant_name_sealed"])),
        claimant_phone=mask_phone(unseal(CLAIMANT_PHONE, row["id"], row["claimant_phone_sealed"])),
    )
