"""Handlers of the operator's desk for banks: accounts with their dates, suspension, people."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

import tenants
from api.kernel.route import Call, route
from api.kernel.types import Page, Struct
from api.routes.operator import UserBody
from auth.audiences import OPERATOR
from core.database import Acting

BankVersion = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
BankWords = Annotated[str, msgspec.Meta(max_length=200)]
BankReason = Annotated[str, msgspec.Meta(max_length=500)]


class BankQuery(Page):
    """``state``: active, suspended, expired, or ending (within 30 days)."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    state: Literal["", "active", "suspended", "expired", "ending"] = ""


class BankBody(Struct):
    """A new bank with its first administrator (the roles of ``user`` are ignored: he becomes bank_admin)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    uscc: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    contact: BankWords
    valid_to: date
    user: UserBody
    region: Annotated[str, msgspec.Meta(max_length=6)] | None = None
    agreement_no: BankWords = ""


class BankEdit(Struct):
    """``version`` of the record as it was read."""

    version: BankVersion
    contact: BankWords
    valid_to: date
    agreement_no: BankWords = ""
    reason: BankReason = ""


class BankDecision(Struct):
    """A reason where somebody is stopped."""

    version: BankVersion
    reason: BankReason = ""


@route("GET", "/api/v1/ops/banks", permission="ops.bank.read", audience=OPERATOR, query=BankQuery, answer=tenants.BankList, summary="银行名单", tag="ops")
async def list_banks(ctx: Acting, call: Call) -> tenants.BankList:
    return await tenants.list_banks(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/ops/banks", permission="ops.bank.edit", audience=OPERATOR, body=BankBody, answer=tenants.BankDetail, status=201,
    idempotent=True, summary="银行开户（首位管理员）", tag="ops", errors=("CLAIM_TAKEN", "LOGIN_NAME_TAKEN", "PHONE_TAKEN"),
)  # fmt: skip
async def create_bank(ctx: Acting, call: Call) -> tenants.BankDetail:
    facts = msgspec.structs.asdict(call.body)
    user = tenants.FirstUser(**msgspec.structs.asdict(call.body.user))
    return await tenants.create_bank(ctx, tenants.NewBank(**(facts | {"user": user})))


@route(
    "GET", "/api/v1/ops/banks/<bank_id:str>", permission="ops.bank.read", audience=OPERATOR, answer=tenants.BankDetail, summary="一家银行", tag="ops",
)  # fmt: skip
async def get_bank(ctx: Acting, call: Call, bank_id: UUID) -> tenants.BankDetail:
    return await tenants.get_bank(ctx, bank_id)


@route(
    "PUT", "/api/v1/ops/banks/<bank_id:str>", permission="ops.bank.edit", audience=OPERATOR, body=BankEdit, answer=tenants.BankDetail,
    idempotent=True, summary="修改对接方式和到期日", tag="ops", errors=("STALE_VERSION", "OWN_ORGANISATION"),
)  # fmt: skip
async def edit_bank(ctx: Acting, call: Call, bank_id: UUID) -> tenants.BankDetail:
    return await tenants.edit_bank(ctx, bank_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/banks/<bank_id:str>/suspend", permission="ops.bank.edit", audience=OPERATOR, body=BankDecision,
    answer=tenants.BankDetail, idempotent=True, summary="暂停银行", tag="ops", errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def suspend_bank(ctx: Acting, call: Call, bank_id: UUID) -> tenants.BankDetail:
    return await tenants.suspend_bank(ctx, bank_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/banks/<bank_id:str>/resume", permission="ops.bank.edit", audience=OPERATOR, body=BankDecision,
    answer=tenants.BankDetail, idempotent=True, summary="恢复银行", tag="ops", errors=("STALE_VERSION", "STATE", "EXPIRED", "OWN_ORGANISATION"),
)  # fmt: skip
async def resume_bank(ctx: Acting, call: Call, bank_id: UUID) -> tenants.BankDetail:
    return await tenants.resume_bank(ctx, bank_id, **msgspec.structs.asdict(call.body))
