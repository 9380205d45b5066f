"""Handlers of measured parameters: the firm asks, the operator decides."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

import filing
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Month, Struct
from api.routes.filing import Reason
from auth.audiences import ENTERPRISE, OPERATOR
from core.database import Acting


class ParameterBody(Struct):
    carrier: str
    parameter: str
    value: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,10}(\.[0-9]{1,8})?$", max_length=20)]
    valid_from: Month
    valid_to: Month
    basis: str
    reason: Reason = ""
    evidence_id: UUID | None = None


class ParameterAnswer(Answer):
    id: UUID
    firm_name: str
    carrier: str
    carrier_name: str
    parameter: str
    value: str
    unit: str
    usual: str | None
    valid_from: str
    valid_to: str
    basis: str
    reason: str
    evidence_id: UUID | None
    state: str
    decision: str
    submitted_at: datetime
    decided_at: datetime | None
    version: int


class Parameters(Answer):
    items: list[ParameterAnswer]
    total: int


def _digits(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parameter(found: filing.Request) -> ParameterAnswer:
    fields = {name: getattr(found, name) for name in ParameterAnswer.__struct_fields__}
    fields |= {"value": _digits(found.value), "usual": _digits(found.usual) if found.usual is not None else None}
    return ParameterAnswer(**fields)


@route("GET", "/api/v1/parameters", permission="parameter.read", audience=ENTERPRISE, answer=Parameters, summary="计算参数申请")
async def list_parameters(ctx: Acting, call: Call) -> Parameters:
    items = [_parameter(p) for p in await filing.my_requests(ctx)]
    return Parameters(items=items, total=len(items))


@route(
    "POST", "/api/v1/parameters", permission="parameter.request", audience=ENTERPRISE, body=ParameterBody, answer=ParameterAnswer, status=201,
    idempotent=True, summary="申请使用实测参数", errors=("REASON_NEEDED",),
)  # fmt: skip
async def request_parameter(ctx: Acting, call: Call) -> ParameterAnswer:
    b: ParameterBody = call.body
    place = await tenants.profile_facts(ctx)
    asked = filing.Asked(b.carrier, b.parameter, Decimal(b.value), b.valid_from, b.valid_to, b.basis, b.reason, b.evidence_id)
    return _parameter(await filing.request_parameter(ctx, asked, place.region, place.name))


class ParameterQuery(Struct):
    state: str | None = None


class DecisionBody(Struct):
    version: int
    decision: Reason = ""


@route("GET", "/api/v1/ops/parameter-requests", permission="ops.parameter.read", audience=OPERATOR, query=ParameterQuery, answer=Parameters, summary="参数申请队列")
async def parameter_queue(ctx: Acting, call: Call) -> Parameters:
    items = [_parameter(p) for p in await filing.requests_to_decide(ctx, call.query.state)]
    return Parameters(items=items, total=len(items))


@route("POST", "/api/v1/ops/parameter-requests/<request_id>/approve", permission="ops.parameter.decide", audience=OPERATOR, body=DecisionBody, answer=ParameterAnswer, idempotent=True, summary="通过参数申请")
async def approve_parameter(ctx: Acting, call: Call, request_id: UUID) -> ParameterAnswer:
    return _parameter(await filing.decide_request(ctx, request_id, call.body.version, True, call.body.decision))


@route("POST", "/api/v1/ops/parameter-requests/<request_id>/reject", permission="ops.parameter.decide", audience=OPERATOR, body=DecisionBody, answer=ParameterAnswer, idempotent=True, summary="不通过参数申请")
async def reject_parameter(ctx: Acting, call: Call, request_id: UUID) -> ParameterAnswer:
    return _parameter(await filing.decide_request(ctx, request_id, call.body.version, False, call.body.decision))


@route("GET", "/api/v1/ops/parameter-requests/<request_id>/report", permission="ops.parameter.decide", audience=OPERATOR, summary="参数申请的检测报告")
async def parameter_report(ctx: Acting, call: Call, request_id: UUID) -> FileAnswer:
    file = await filing.read_report(ctx, request_id)
    return FileAnswer(file.data, file.ref.content_type, file.ref.name)
