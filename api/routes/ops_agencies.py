"""Handlers of the operator's desk for third-party agencies (FD15): records, qualification, dated designation, suspension."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Page, Struct
from api.routes.operator import UserBody
from api.routes.tenants import one_file
from auth.audiences import OPERATOR
from core.database import Acting

AgencyVersion = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
AgencyKinds = Annotated[list[Annotated[str, msgspec.Meta(max_length=30)]], msgspec.Meta(max_length=5)]
AgencyRegions = Annotated[list[Annotated[str, msgspec.Meta(max_length=6)]], msgspec.Meta(max_length=50)]
Words200 = Annotated[str, msgspec.Meta(max_length=200)]
Words500 = Annotated[str, msgspec.Meta(max_length=500)]


class AgencyQuery(Page):
    """``state``: active | suspended | expired | designated | grade_verifier | reduction_auditor."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    state: Annotated[str, msgspec.Meta(max_length=20)] = ""


class AgencyBody(Struct):
    """A new record: of ``organisation_id``, or of a new organisation (name, uscc, region, user). The qualification file follows."""

    kinds: AgencyKinds
    regions: AgencyRegions
    contact: Words200
    valid_to: date
    trades: Words200 = ""
    qualification_no: Annotated[str, msgspec.Meta(max_length=100)] = ""
    organisation_id: UUID | None = None
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    uscc: Annotated[str, msgspec.Meta(max_length=30)] = ""
    region: Annotated[str, msgspec.Meta(max_length=6)] | None = None
    user: UserBody | None = None


class AgencyChangeBody(Struct):
    """``version`` of the record as it was read."""

    kinds: AgencyKinds
    regions: AgencyRegions
    contact: Words200
    version: AgencyVersion
    trades: Words200 = ""
    qualification_no: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Designation(Struct):
    """``valid_to`` null ends the designation in force today."""

    version: AgencyVersion
    valid_from: date | None = None
    valid_to: date | None = None
    note: Words200 = ""


class AgencyDecision(Struct):
    """A reason where somebody is stopped."""

    version: AgencyVersion
    reason: Words500 = ""


class AgencyExtension(Struct):
    """Another last day of the qualification."""

    version: AgencyVersion
    valid_to: date
    reason: Words500 = ""


class QualificationQuery(Struct):
    """``version`` of the record as it was read."""

    version: AgencyVersion


@route(
    "GET", "/api/v1/ops/agencies", permission="ops.agency.read", audience=OPERATOR, query=AgencyQuery, answer=tenants.AgencyList, summary="第三方机构名单", tag="ops",
)  # fmt: skip
async def list_agency_records(ctx: Acting, call: Call) -> tenants.AgencyList:
    return await tenants.list_agencies(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/ops/agencies", permission="ops.agency.edit", audience=OPERATOR, body=AgencyBody, answer=tenants.AgencyDetail, status=201,
    idempotent=True, summary="登记机构（可同时开户）", tag="ops", errors=("AGENCY_EXISTS", "CLAIM_TAKEN", "LOGIN_NAME_TAKEN", "PHONE_TAKEN"),
)  # fmt: skip
async def create_agency(ctx: Acting, call: Call) -> tenants.AgencyDetail:
    facts = msgspec.structs.asdict(call.body)
    user = tenants.FirstUser(**msgspec.structs.asdict(call.body.user)) if call.body.user else None
    return await tenants.create_agency(ctx, tenants.NewAgency(**(facts | {"user": user})))


@route(
    "GET", "/api/v1/ops/agencies/<agency_id>", permission="ops.agency.read", audience=OPERATOR, answer=tenants.AgencyDetail, summary="一家机构", tag="ops",
)  # fmt: skip
async def get_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.get_agency(ctx, agency_id)


@route(
    "PUT", "/api/v1/ops/agencies/<agency_id>", permission="ops.agency.edit", audience=OPERATOR, body=AgencyChangeBody, answer=tenants.AgencyDetail,
    summary="修改机构", tag="ops", errors=("STALE_VERSION",),
)  # fmt: skip
async def edit_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.edit_agency(ctx, agency_id, tenants.AgencyEdit(**msgspec.structs.asdict(call.body)))


@route(
    "POST", "/api/v1/ops/agencies/<agency_id>/designate", permission="ops.agency.designate", audience=OPERATOR, body=Designation,
    answer=tenants.AgencyDetail, summary="指定核查机构，或结束指定", tag="ops", errors=("STALE_VERSION", "DESIGNATED_ALREADY", "NOT_DESIGNATED"),
)  # fmt: skip
async def designate_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.designate_agency(ctx, agency_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/agencies/<agency_id>/suspend", permission="ops.agency.edit", audience=OPERATOR, body=AgencyDecision,
    answer=tenants.AgencyDetail, summary="暂停机构", tag="ops", errors=("STALE_VERSION", "STATE"),
)  # fmt: skip
async def suspend_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.suspend_agency(ctx, agency_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/agencies/<agency_id>/resume", permission="ops.agency.edit", audience=OPERATOR, body=AgencyDecision,
    answer=tenants.AgencyDetail, summary="恢复机构", tag="ops", errors=("STALE_VERSION", "STATE"),
)  # fmt: skip
async def resume_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.resume_agency(ctx, agency_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/agencies/<agency_id>/extend", permission="ops.agency.edit", audience=OPERATOR, body=AgencyExtension,
    answer=tenants.AgencyDetail, summary="修改资质到期日", tag="ops", errors=("STALE_VERSION",),
)  # fmt: skip
async def extend_agency(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    return await tenants.extend_agency(ctx, agency_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/ops/agencies/<agency_id>/qualification", permission="ops.agency.edit", audience=OPERATOR, query=QualificationQuery, upload=True,
    answer=tenants.AgencyDetail, summary="上传资质文件", tag="ops", errors=("STALE_VERSION",),
)  # fmt: skip
async def hand_in_qualification(ctx: Acting, call: Call, agency_id: UUID) -> tenants.AgencyDetail:
    file = one_file(call)
    return await tenants.hand_in_qualification(ctx, agency_id, file.name or "资质", file.body, version=call.query.version)


@route(
    "GET", "/api/v1/ops/agencies/<agency_id>/qualification", permission="ops.agency.read", audience=OPERATOR, summary="资质文件", tag="ops",
)  # fmt: skip
async def read_qualification(ctx: Acting, call: Call, agency_id: UUID) -> FileAnswer:
    stored = await tenants.read_qualification(ctx, agency_id)
    ctx.audit("agency.qualification_read", "agency", agency_id)
    return FileAnswer(stored.data, stored.ref.content_type, stored.ref.name, inline=True)
