"""Handlers of the operator's desk for third-party cases (18.1): the list of all, one with its history, cancelling a verification."""

from typing import Annotated
from uuid import UUID

import msgspec

import cases
from api.kernel.route import Call, route
from api.kernel.types import Page, Struct
from api.routes.cases import CaseState, CaseVersion
from auth.audiences import OPERATOR
from core.database import Acting


class OpsCaseQuery(Page):
    """``state``: one of the machine's, ``open`` or ``overdue``; ``q``: number, firm or agency."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    state: CaseState = ""
    kind: Annotated[str, msgspec.Meta(max_length=20)] = ""


class CancelCase(Struct):
    """``version`` of the case as it was read; the reason (5-500 characters) is told to both sides."""

    version: CaseVersion
    reason: Annotated[str, msgspec.Meta(max_length=500)]


@route(
    "GET", "/api/v1/ops/cases", permission="ops.case.read", audience=OPERATOR, query=OpsCaseQuery, answer=cases.CaseList, summary="全部第三方案件", tag="ops",
)  # fmt: skip
async def list_all_cases(ctx: Acting, call: Call) -> cases.CaseList:
    return await cases.list_all_cases(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET",
    "/api/v1/ops/cases/<case_id>",
    permission="ops.case.read",
    audience=OPERATOR,
    answer=cases.OpsCase,
    summary="一个案件的经过",
    tag="ops",
)
async def get_any_case(ctx: Acting, call: Call, case_id: UUID) -> cases.OpsCase:
    return await cases.get_any_case(ctx, case_id)


@route(
    "POST", "/api/v1/ops/cases/<case_id>/cancel", permission="ops.case.cancel", audience=OPERATOR, body=CancelCase, answer=cases.OpsCase,
    idempotent=True, step_up="case.cancel", summary="取消等级核查（需再次验证）", tag="ops",
    errors=("CASE_KIND", "CASE_STATE", "STALE_VERSION", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def cancel_case(ctx: Acting, call: Call, case_id: UUID) -> cases.OpsCase:
    return await cases.cancel_case(ctx, case_id, **msgspec.structs.asdict(call.body))
