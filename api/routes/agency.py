"""Handlers of the agency's console: inbox, case, verdicts, findings, signatures, papers and evidence of open cases, its people."""

from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import unquote
from uuid import UUID

import msgspec

import cases
import reports
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Page, Quantity, Struct
from api.routes.cases import CaseState, CaseText, CaseVersion
from auth.audiences import CONSOLE_VERIFY
from core.database import Acting
from core.errors import NotFound

AGENCY = frozenset({CONSOLE_VERIFY})
FigureKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
WORK_ERRORS = ("CASE_STATE", "CONFLICT_OF_INTEREST", "AGENCY_HALTED", "NOT_YOUR_CASE")


class AgencyInboxQuery(Page):
    """``state``: new | work | returned | sign | overdue | open | closed, or one of the machine's; ``q``: firm's name or case number."""

    state: CaseState = ""
    q: Annotated[str, msgspec.Meta(max_length=50)] = ""


class AcceptCase(Struct):
    """Memberships of the two persons; ``declaration`` true: the words of independence were read and agreed to (R71)."""

    verifier_id: UUID
    reviewer_id: UUID
    declaration: bool
    version: CaseVersion | None = None


class AssignCase(Struct):
    """Other persons, by membership."""

    verifier_id: UUID
    reviewer_id: UUID


class CaseReason(Struct):
    """Why a case is not taken or a conclusion not signed."""

    reason: CaseText
    version: CaseVersion | None = None


class ReturnCase(Struct):
    """``version`` of the case as it was read."""

    version: CaseVersion
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class AgencyMove(Struct):
    """``version`` of the case as it was read."""

    version: CaseVersion


class Conclusion(Struct):
    """The opinion (10-4000 characters) and the verdict on the whole."""

    opinion: CaseText
    verdict: Literal["accepted", "corrected", "rejected"]
    version: CaseVersion


class NewFinding(Struct):
    """A question to a section, or to the figure ``path`` of it."""

    section: Annotated[str, msgspec.Meta(max_length=100)]
    text: CaseText
    path: Annotated[str, msgspec.Meta(max_length=200)] = ""
    severity: Literal["normal", "important"] = "normal"


class CloseFinding(Struct):
    """``accepted`` false: closed as not rectified, with the reason."""

    accepted: bool = True
    text: CaseText = ""


class ReopenFinding(Struct):
    """What is still missing."""

    text: CaseText


class AmountVerdict(Struct):
    """``value`` and ``reason`` where it differs from what was filed."""

    verdict: Literal["accepted", "corrected", "rejected"]
    value: Quantity | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class AcceptAmounts(Struct):
    """Figures to accept as filed at once."""

    keys: Annotated[list[FigureKey], msgspec.Meta(min_length=1, max_length=500)]


class CaseNote(Struct):
    """``internal`` false: a word to the firm."""

    text: CaseText
    internal: bool = True
    finding_id: UUID | None = None


class PeopleQuery(Struct):
    """``case_id``: say who may not work on that case and why."""

    case_id: UUID | None = None


class CasePictureQuery(Struct):
    """Width of a page picture in pixels."""

    width: Annotated[int, msgspec.Meta(ge=200, le=2480)] = 1240


class ProfileWords(Struct):
    """What an agency says of itself."""

    contact: Annotated[str, msgspec.Meta(max_length=200)]
    version: CaseVersion
    trades: Annotated[str, msgspec.Meta(max_length=200)] = ""
    intro: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@route("GET", "/api/v1/agency/cases", permission="agency.case.read", audience=AGENCY, query=AgencyInboxQuery, answer=cases.Inbox, summary="机构收件箱", tag="agency")
async def agency_inbox(ctx: Acting, call: Call) -> cases.Inbox:
    return await cases.agency_inbox(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET", "/api/v1/agency/cases/<case_id>", permission="agency.case.read", audience=AGENCY, answer=cases.Case, summary="一个案件", tag="agency",
    errors=("CONFLICT_OF_INTEREST",),
)  # fmt: skip
async def get_agency_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.get_agency_case(ctx, case_id)


@route(
    "POST", "/api/v1/agency/cases/<case_id>/accept", permission="agency.case.accept", audience=AGENCY, body=AcceptCase, answer=cases.Case,
    idempotent=True, summary="受理，指定核查员与复核人", tag="agency", errors=(*WORK_ERRORS, "STALE_VERSION"),
)  # fmt: skip
async def accept_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.accept_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/decline", permission="agency.case.accept", audience=AGENCY, body=CaseReason, answer=cases.Case,
    idempotent=True, summary="不受理", tag="agency", errors=("CASE_STATE", "STALE_VERSION"),
)  # fmt: skip
async def decline_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.decline_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/assign", permission="agency.case.accept", audience=AGENCY, body=AssignCase, answer=cases.Case,
    idempotent=True, summary="更换核查员或复核人", tag="agency", errors=WORK_ERRORS,
)  # fmt: skip
async def assign_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.assign_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/return", permission="agency.case.work", audience=AGENCY, body=ReturnCase, answer=cases.Case,
    idempotent=True, summary="退回企业", tag="agency", errors=(*WORK_ERRORS, "STALE_VERSION", "NOTHING_OPEN"),
)  # fmt: skip
async def return_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.return_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/recall", permission="agency.case.work", audience=AGENCY, body=AgencyMove, answer=cases.Case,
    idempotent=True, summary="撤回退回", tag="agency", errors=(*WORK_ERRORS, "STALE_VERSION"),
)  # fmt: skip
async def recall_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.recall_case(ctx, case_id, version=call.body.version)


@route(
    "POST", "/api/v1/agency/cases/<case_id>/conclude", permission="agency.case.work", audience=AGENCY, body=Conclusion, answer=cases.Case,
    idempotent=True, step_up="case.conclude", summary="填写结论并签字（需再次验证）", tag="agency",
    errors=(*WORK_ERRORS, "STALE_VERSION", "NOT_READY", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def conclude_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.conclude_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/sign", permission="agency.case.sign", audience=AGENCY, body=AgencyMove, answer=cases.Case,
    idempotent=True, step_up="case.sign", summary="复核签字（需再次验证）", tag="agency", errors=(*WORK_ERRORS, "STALE_VERSION", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def sign_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.sign_case(ctx, case_id, version=call.body.version)


@route(
    "POST", "/api/v1/agency/cases/<case_id>/refuse", permission="agency.case.sign", audience=AGENCY, body=CaseReason, answer=cases.Case,
    idempotent=True, summary="复核不通过", tag="agency", errors=(*WORK_ERRORS, "STALE_VERSION"),
)  # fmt: skip
async def refuse_case(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.refuse_case(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/findings", permission="agency.case.work", audience=AGENCY, body=NewFinding, answer=cases.Case, status=201,
    idempotent=True, summary="提出问题", tag="agency", errors=(*WORK_ERRORS, "FIELD_REMOVED"),
)  # fmt: skip
async def raise_finding(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.raise_finding(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/findings/<finding_id>/close", permission="agency.case.work", audience=AGENCY, body=CloseFinding,
    answer=cases.Case, idempotent=True, summary="采纳并关闭，或按未采纳关闭", tag="agency", errors=(*WORK_ERRORS, "FINDING_CLOSED", "NOT_YET"),
)  # fmt: skip
async def close_finding(ctx: Acting, call: Call, case_id: UUID, finding_id: UUID) -> cases.Case:
    return await cases.close_finding(ctx, case_id, finding_id, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/agency/cases/<case_id>/findings/<finding_id>/reopen", permission="agency.case.work", audience=AGENCY, body=ReopenFinding,
    answer=cases.Case, idempotent=True, summary="重新提出问题", tag="agency", errors=WORK_ERRORS,
)  # fmt: skip
async def reopen_finding(ctx: Acting, call: Call, case_id: UUID, finding_id: UUID) -> cases.Case:
    return await cases.reopen_finding(ctx, case_id, finding_id, text=call.body.text)


@route(
    "PUT", "/api/v1/agency/cases/<case_id>/amounts/<key>", permission="agency.case.work", audience=AGENCY, body=AmountVerdict, answer=cases.Case,
    summary="判定一项：认可、更正或不认可", tag="agency", errors=(*WORK_ERRORS, "FIELD_REMOVED"),
)  # fmt: skip
async def judge_amount(ctx: Acting, call: Call, case_id: UUID, key: str) -> cases.Case:
    value = None if call.body.value is None else Decimal(call.body.value)
    return await cases.judge_amount(ctx, case_id, unquote(key), verdict=call.body.verdict, value=value, reason=call.body.reason)


@route(
    "POST", "/api/v1/agency/cases/<case_id>/amounts", permission="agency.case.work", audience=AGENCY, body=AcceptAmounts, answer=cases.Case,
    summary="多项按填报值认可", tag="agency", errors=(*WORK_ERRORS, "FIELD_REMOVED"),
)  # fmt: skip
async def accept_amounts(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.accept_amounts(ctx, case_id, call.body.keys)


@route(
    "POST", "/api/v1/agency/cases/<case_id>/notes", permission="agency.case.read", audience=AGENCY, body=CaseNote, answer=cases.Case, idempotent=True,
    summary="内部备注，或给企业留言", tag="agency", errors=("CASE_STATE", "CONFLICT_OF_INTEREST"),
)  # fmt: skip
async def write_note(ctx: Acting, call: Call, case_id: UUID) -> cases.Case:
    return await cases.write_note(ctx, case_id, **msgspec.structs.asdict(call.body))


@route(
    "GET", "/api/v1/agency/cases/<case_id>/pages/<page>", permission="agency.case.read", audience=AGENCY, query=CasePictureQuery,
    summary="所交报告某一页的图片", tag="agency", errors=("CASE_CLOSED", "CONFLICT_OF_INTEREST"),
)  # fmt: skip
async def case_page(ctx: Acting, call: Call, case_id: UUID, page: str) -> FileAnswer:
    """``page`` is ``3.png``."""
    number = page.removesuffix(".png")
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise NotFound()
    row = await cases.open_case(ctx, case_id)
    async with tenants.reading(ctx, row["tenant_id"], "case_paper") as reader:
        data = await reports.page_png(reader, row["report_id"], int(number), call.query.width)
    return FileAnswer(data, "image/png", f"page-{number}.png", inline=True, headers={"Cache-Control": "no-store"})


@route(
    "GET", "/api/v1/agency/cases/<case_id>/evidence/<file_id>", permission="agency.case.read", audience=AGENCY, summary="凭证或回复所附的文件", tag="agency",
    errors=("CASE_CLOSED", "CONFLICT_OF_INTEREST"),
)  # fmt: skip
async def case_evidence(ctx: Acting, call: Call, case_id: UUID, file_id: UUID) -> FileAnswer:
    stored = await cases.read_case_file(ctx, case_id, file_id)
    return FileAnswer(stored.data, stored.ref.content_type, stored.ref.name, inline=True, headers={"Cache-Control": "no-store"})


@route(
    "GET", "/api/v1/agency/people", permission="agency.case.accept", audience=AGENCY, query=PeopleQuery, answer=tenants.AgencyPeople,
    summary="机构人员，可否办理某个案件", tag="agency",
)  # fmt: skip
async def agency_people(ctx: Acting, call: Call) -> tenants.AgencyPeople:
    return await cases.people_for(ctx, call.query.case_id)


@route("GET", "/api/v1/agency/profile", permission="agency.case.read", audience=AGENCY, answer=tenants.AgencyDetail, summary="机构资料", tag="agency")
async def agency_profile(ctx: Acting, call: Call) -> tenants.AgencyDetail:
    return await tenants.agency_profile(ctx)


@route(
    "PUT", "/api/v1/agency/profile", permission="agency.profile.edit", audience=AGENCY, body=ProfileWords, answer=tenants.AgencyDetail,
    summary="修改机构对外的联系方式与介绍", tag="agency", errors=("STALE_VERSION",),
)  # fmt: skip
async def edit_agency_profile(ctx: Acting, call: Call) -> tenants.AgencyDetail:
    return await tenants.edit_agency_profile(ctx, **msgspec.structs.asdict(call.body))
