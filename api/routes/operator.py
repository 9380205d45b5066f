"""Handlers of the operator's desk for organisations: list, licence reviews, new organisations and users, disputes."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Page, Struct
from auth.audiences import OPERATOR
from core.database import Acting

Text100 = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=30)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
Roles = Annotated[list[Annotated[str, msgspec.Meta(max_length=30)]], msgspec.Meta(max_length=10)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]


class OrganisationQuery(Page):
    """``state``: unverified, active, suspended, closed, or pending (a licence is waiting)."""

    state: Code = ""
    kind: Code = ""
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Decision(Struct):
    """``version`` of the desk item as it was read; a reason where something is refused."""

    version: Version
    reason: Reason = ""


class Correction(Struct):
    """Name and USCC, the operator's to change (18.3)."""

    name: Text100
    uscc: Code | None
    version: Version
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]


class UserBody(Struct):
    """The first user; ``valid_to`` is when the right ends (government users must have one)."""

    name: Text100
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    phone: Code
    roles: Roles
    valid_to: date | None = None


class OrganisationBody(Struct):
    """A new organisation; ``scope`` are the region codes a government office sees, with everything below them."""

    kind: Code
    name: Text100
    user: UserBody
    uscc: Code | None = None
    region: Code | None = None
    industry: Code | None = None
    scope: Annotated[list[Code], msgspec.Meta(max_length=50)] = []


class ChangeUser(Struct):
    """Roles and status of a person of the platform."""

    roles: Roles
    status: Literal["active", "ended"]
    version: Version


class DisputeQuery(Page):
    """``state``: open, kept, released."""

    state: Code = ""


class DisputeOutcome(Struct):
    """``kept``: the holder stays; ``released``: the holder is closed and the code is free."""

    outcome: Literal["kept", "released"]
    version: Version
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]


class ReasonOnly(Struct):
    """Why a clear number is wanted (P8)."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class Phone(Answer):
    """A clear number; its reading stands in the audit log."""

    phone: str


@route(
    "GET", "/api/v1/ops/organisations", permission="ops.organisation.read", audience=OPERATOR, query=OrganisationQuery,
    answer=tenants.Listing, summary="组织列表，待审核在前",
)  # fmt: skip
async def list_organisations(ctx: Acting, call: Call) -> tenants.Listing:
    return await tenants.list_organisations(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET", "/api/v1/ops/organisations/<organisation_id:str>", permission="ops.organisation.read", audience=OPERATOR,
    answer=tenants.Detail, summary="一个组织",
)  # fmt: skip
async def read_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.get_organisation(ctx, organisation_id)


@route(
    "GET", "/api/v1/ops/organisations/<organisation_id:str>/licence", permission="ops.organisation.decide",
    audience=OPERATOR, summary="待审核的营业执照",
)  # fmt: skip
async def read_licence(ctx: Acting, call: Call, organisation_id: UUID) -> FileAnswer:
    file = await tenants.read_licence(ctx, organisation_id)
    return FileAnswer(file.data, file.ref.content_type, file.ref.name)


@route(
    "POST", "/api/v1/ops/organisations", permission="ops.organisation.create", audience=OPERATOR, body=OrganisationBody,
    answer=tenants.FirstAccount, status=201, summary="创建组织和第一位用户",
    errors=("CLAIM_TAKEN", "LOGIN_NAME_TAKEN", "PHONE_TAKEN"),
)  # fmt: skip
async def create_organisation(ctx: Acting, call: Call) -> tenants.FirstAccount:
    body = msgspec.structs.asdict(call.body)
    body["user"] = tenants.FirstUser(**msgspec.structs.asdict(body["user"]))
    return await tenants.create_organisation(ctx, tenants.NewOrganisation(**body))


@route(
    "POST", "/api/v1/ops/organisations/<organisation_id:str>/approve", permission="ops.organisation.decide",
    audience=OPERATOR, body=Decision, answer=tenants.Detail, idempotent=True, summary="通过主体审核",
    errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def approve_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.decide_review(ctx, organisation_id, "approve", **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/organisations/<organisation_id:str>/return", permission="ops.organisation.decide",
    audience=OPERATOR, body=Decision, answer=tenants.Detail, idempotent=True, summary="退回补充",
    errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def return_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.decide_review(ctx, organisation_id, "return", **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/organisations/<organisation_id:str>/reject", permission="ops.organisation.decide",
    audience=OPERATOR, body=Decision, answer=tenants.Detail, idempotent=True, summary="驳回并注销",
    errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def reject_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.decide_review(ctx, organisation_id, "reject", **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/organisations/<organisation_id:str>/suspend", permission="ops.organisation.decide",
    audience=OPERATOR, body=Decision, answer=tenants.Detail, idempotent=True, summary="停用组织",
    errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def suspend_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.set_suspended(ctx, organisation_id, suspended=True, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/organisations/<organisation_id:str>/resume", permission="ops.organisation.decide",
    audience=OPERATOR, body=Decision, answer=tenants.Detail, idempotent=True, summary="恢复组织",
    errors=("STALE_VERSION", "STATE", "OWN_ORGANISATION"),
)  # fmt: skip
async def resume_organisation(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.set_suspended(ctx, organisation_id, suspended=False, **msgspec.structs.asdict(call.body))


@route(
    "PUT", "/api/v1/ops/organisations/<organisation_id:str>/identity", permission="ops.organisation.decide",
    audience=OPERATOR, body=Correction, answer=tenants.Detail, idempotent=True, summary="更正名称和统一社会信用代码",
    errors=("STALE_VERSION", "CLAIM_TAKEN", "OWN_ORGANISATION"),
)  # fmt: skip
async def correct_identity(ctx: Acting, call: Call, organisation_id: UUID) -> tenants.Detail:
    return await tenants.correct_identity(ctx, organisation_id, **msgspec.structs.asdict(call.body))


@route(
    "GET", "/api/v1/ops/users", permission="ops.account.manage", audience=OPERATOR, answer=tenants.Members,
    summary="平台运营人员",
)  # fmt: skip
async def list_operators(ctx: Acting, call: Call) -> tenants.Members:
    return await tenants.list_members(ctx)


@route(
    "POST", "/api/v1/ops/users", permission="ops.account.manage", audience=OPERATOR, body=UserBody,
    answer=tenants.FirstAccount, status=201, summary="添加运营人员",
    step_up="account.manage", errors=("STEP_UP_REQUIRED", "LOGIN_NAME_TAKEN", "PHONE_TAKEN"),
)  # fmt: skip
async def add_operator(ctx: Acting, call: Call) -> tenants.FirstAccount:
    return await tenants.add_operator(ctx, tenants.FirstUser(**msgspec.structs.asdict(call.body)))


@route(
    "PUT", "/api/v1/ops/users/<member_id:str>", permission="ops.account.manage", audience=OPERATOR, body=ChangeUser,
    answer=tenants.Member, idempotent=True, summary="调整运营人员的角色，结束或恢复",
    step_up="account.manage", errors=("STEP_UP_REQUIRED", "STALE_VERSION", "OWN_ROLES", "LAST_MANAGER"),
)  # fmt: skip
async def change_operator(ctx: Acting, call: Call, member_id: UUID) -> tenants.Member:
    return await tenants.change_member(ctx, member_id, **msgspec.structs.asdict(call.body))


@route(
    "GET", "/api/v1/ops/disputes", permission="ops.dispute.read", audience=OPERATOR, query=DisputeQuery,
    answer=tenants.Disputes, summary="统一社会信用代码争议",
)  # fmt: skip
async def list_disputes(ctx: Acting, call: Call) -> tenants.Disputes:
    query = call.query
    return await tenants.list_disputes(ctx, state=query.state, page=query.page, page_size=query.page_size)


@route(
    "POST", "/api/v1/ops/disputes/<dispute_id:str>/phone", permission="ops.organisation.decide", audience=OPERATOR,
    body=ReasonOnly, answer=Phone, summary="查看申请人的手机号（记入审计）",
)  # fmt: skip
async def read_claimant_phone(ctx: Acting, call: Call, dispute_id: UUID) -> Phone:
    return Phone(phone=await tenants.read_claimant_phone(ctx, dispute_id, call.body.reason))


@route(
    "POST", "/api/v1/ops/disputes/<dispute_id:str>/close", permission="ops.organisation.decide", audience=OPERATOR,
    body=DisputeOutcome, answer=tenants.Dispute, idempotent=True, summary="处理争议",
    errors=("STALE_VERSION", "STATE", "HOLDER_VERIFIED", "OWN_ORGANISATION"),
)  # fmt: skip
async def close_dispute(ctx: Acting, call: Call, dispute_id: UUID) -> tenants.Dispute:
    return await tenants.close_dispute(ctx, dispute_id, **msgspec.structs.asdict(call.body))
