"""Handlers of third-party cases for the firm: choose an agency, hand over, follow, answer, hand over again, withdraw."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

import cases
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Page, Quantity, Struct, Year
from api.routes.tenants import one_file
from auth.audiences import ENTERPRISE
from core.database import Acting

CaseKind = Literal["grade", "reduction"]
CaseVersion = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
CaseText = Annotated[str, msgspec.Meta(max_length=4000)]
FileIds = Annotated[list[UUID], msgspec.Meta(max_length=9)]
CaseState = Annotated[str, msgspec.Meta(max_length=20)]


class AgencyChoiceQuery(Struct):
    """``region``: a place other than the firm's own."""

    kind: CaseKind
    region: Annotated[str, msgspec.Meta(max_length=6)] = ""


class ConsentTextQuery(Struct):
    """Of which kind of case."""

    kind: CaseKind


class SubmitCase(Struct):
    """``consent_text_sha256``: of the text that ``GET cases/consent-text`` answered and the person agreed to."""

    kind: CaseKind
    year: Year
    agency_id: UUID
    consent_text_sha256: Sha256


class CaseQuery(Page):
    """``state``: one of the machine's, or ``open``."""

    kind: Annotated[str, msgspec.Meta(max_length=20)] = ""
    state: CaseState = ""
    year: Year | None = None


class WithdrawCase(Struct):
    """``version`` of the case as it was read."""

    version: CaseVersion
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class FindingAnswer(Struct):
    """``correct`` (only while returned; ``value`` what the data will be), ``evidence`` (with files), ``explain``."""

    choice: Literal["correct", "evidence", "explain"]
    text: CaseText = ""
    value: Quantity | None = None
    files: FileIds = []


class FindingCorrection(Struct):
    """The figure as it will be, and why (2-500 characters); files of the case become its evidence."""

    value: Quantity
    text: CaseText
    files: FileIds = []


class ResubmitCase(Struct):
    """``version`` of the case as it was read."""

    version: CaseVersion


class CaseMessage(Struct):
    """A word to the other side, about a finding or the whole case."""

    text: CaseText
    finding_id: UUID | None = None
    files: FileIds = []


@route(
    "GET", "/api/v1/agencies", permission="case.read", audience=ENTERPRISE, query=AgencyChoiceQuery, answer=tenants.AgencyChoices,
    summary="可选择的第三方机构", tag="cases",
)  # fmt: skip
async def choose_agencies(ctx: Acting, call: Call) -> tenants.AgencyChoices:
    return await tenants.choose_agencies(ctx, call.query.kind, call.query.region or None)


@route(
    "GET", "/api/v1/cases/consent-text", permission="case.read", audience=ENTERPRISE, query=ConsentTextQuery, answer=cases.CaseConsentText,
    summary="提交前须同意的文本", tag="cases",
)  # fmt: skip
async def case_consent_text(ctx: Acting, call: Call) -> cases.CaseConsentText:
    return cases.consent_text(call.query.kind)


@route(
    "POST", "/api/v1/cases", permission="case.submit", audience=ENTERPRISE, body=SubmitCase, answer=cases.Case, status=201, idempotent=True,
    step_up="case.submit", summary="把报告提交给机构（需再次验证）", tag="cases",
    errors=("CASE_OPEN", "AGENCY_NOT_AVAILABLE", "CONFLICT_OF_INTEREST", "CONSENT_TEXT", "INCOMPLETE_MONTHS", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def submit_case(ctx: Acting, call: Call) -> cases.Case:
    return await cases.submit_case(ctx, **msgspec.structs.asdict(call.body))


@route("GET", "/api/v1/cases", permission="case.read", audience=ENTERPRISE, query=CaseQuery, answer=cases.CaseList, summary="本企业的案件", tag="cases")
async def list_cases(ctx: Acting, call: Call) -> cases.CaseList:
    return await cases.list_cases(ctx, **msgspec.structs.asdict(call.query))


@route("GET", "/api/v1/cases/<case_id>", permission="case.read", audience=ENTERPRISE, answer=cases.Case, summary="一个案件", tag="cases")
async def get_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.get_case(ctx, case_id)


@route(
    "POST", "/api/v1/cases/<case_id>/withdraw", permission="case.submit", audience=ENTERPRISE, body=WithdrawCase, answer=cases.Case, idempotent=True,
    summary="撤回案件", tag="cases", errors=("CASE_STATE", "STALE_VERSION", "NOT_YET"),
)  # fmt: skip
async def withdraw_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.withdraw_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/cases/<case_id>/findings/<finding_id>/answer", permission="case.submit", audience=ENTERPRISE, body=FindingAnswer,
    answer=cases.Case, idempotent=True, summary="回复问题", tag="cases", errors=("CASE_STATE", "FINDING_CLOSED", "FIELD_REMOVED"),
)  # fmt: skip
async def answer_finding(ctx: Acting, call: Call, case_id: UUID, finding_id: UUID) -> cases.Case:
    value = None if call.body.value is None else Decimal(call.body.value)
    return await cases.answer_finding(ctx, case_id, finding_id, **(msgspec.structs.asdict(call.body) | {"value": value}))


@route(
    "POST", "/api/v1/cases/<case_id>/findings/<finding_id>/correct", permission="case.submit", audience=ENTERPRISE, body=FindingCorrection,
    answer=cases.Case, idempotent=True, summary="更正数据并回复问题", tag="cases",
    errors=("CASE_STATE", "FINDING_CLOSED", "FIELD_REMOVED", "NOT_IN_PLACE", "MONTH_LOCKED", "QUESTIONS_OPEN", "STALE_VERSION"),
)  # fmt: skip
async def correct_finding(ctx: Acting, call: Call, case_id: UUID, finding_id: UUID) -> cases.Case:
    body: FindingCorrection = call.body
    return await cases.correct_finding(ctx, case_id, finding_id, value=Decimal(body.value), text=body.text, files=body.files)


@route(
    "POST", "/api/v1/cases/<case_id>/resubmit", permission="case.submit", audience=ENTERPRISE, body=ResubmitCase, answer=cases.Case, idempotent=True,
    summary="重新提交", tag="cases",
    errors=("CASE_STATE", "STALE_VERSION", "FINDINGS_OPEN", "NOT_CORRECTED", "AGENCY_NOT_AVAILABLE", "INCOMPLETE_MONTHS"),
)  # fmt: skip
async def resubmit_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.resubmit_case(ctx, case_id, version=call.body.version)


@route(
    "POST", "/api/v1/cases/<case_id>/messages", permission="case.submit", audience=ENTERPRISE, body=CaseMessage, answer=cases.Case, idempotent=True,
    summary="给机构留言", tag="cases", errors=("CASE_STATE",),
)  # fmt: skip
async def say_to_agency(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.say(ctx, case_id, call.body.text, finding_id=call.body.finding_id, files=call.body.files)


@route(
    "POST", "/api/v1/cases/<case_id>/files", permission="case.submit", audience=ENTERPRISE, upload=True, answer=cases.Proof, status=201,
    summary="上传回复所附的文件", tag="cases", errors=("CASE_STATE",),
)  # fmt: skip
async def hand_in_case_file(ctx: Acting, call: Call, case_id: UUID) -> cases.Proof:
    file = one_file(call)
    return await cases.hand_in_file(ctx, case_id, file.name or "凭证", file.body)


@route("GET", "/api/v1/cases/<case_id>/files/<file_id>", permission="case.read", audience=ENTERPRISE, summary="回复所附的文件", tag="cases")
async def read_case_file(ctx: Acting, call: Call, case_id: UUID, file_id: UUID) -> FileAnswer:
    stored = await cases.read_file(ctx, case_id, file_id)
    return FileAnswer(stored.data, stored.ref.content_type, stored.ref.name, inline=True)
