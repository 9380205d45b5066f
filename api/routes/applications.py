"""Handlers of applications (FD3): the applicant without login, by key; the operator's desk; the working calendar.

The key travels in ``X-Application-Key``, never in an address. Uploads are opened outside any transaction: first the key is asked, then
the files go through the scanning process, then the form is attached.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

import auth
import documents
import notices
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Page, Struct
from api.routes.auth import _phone_device
from auth.audiences import OPERATOR
from auth.permissions import permissions_of
from core import audit, working_days
from core.database import Acting, Entry, acting
from core.errors import NotFound
from core.settings import settings
from tenants import application_desk, applications

Short = Annotated[str, msgspec.Meta(max_length=60)]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Long = Annotated[str, msgspec.Meta(max_length=600)]
WIDTH = 1400


class ApplicationBody(Struct):
    """``kind``: agent | foreign_legal. On a change, empty texts keep what is there; ``sms_code`` (purpose ``application``) for a new phone."""

    kind: Short = ""
    enterprise_name: Name = ""
    uscc: Short = ""
    legal_name: Short = ""
    legal_id_type: Short = ""
    legal_id_no: Short = ""
    applicant_name: Short = ""
    id_type: Short = ""
    id_no: Short = ""
    phone: Short = ""
    sms_code: Short = ""
    scopes: Annotated[list[Short], msgspec.Meta(max_length=10)] = []
    valid_to: date | None = None
    reason: Long = ""


class OpenedAnswer(Answer):
    """``key``: told once; it opens the application from now on."""

    id: UUID
    key: str
    number: str
    state: str
    enterprise_name: str


class FoundAnswer(Answer):
    items: list[OpenedAnswer]


class OwnAnswer(Answer):
    """``form_check``: none | ok | unreadable | outdated. Names and numbers are masked."""

    id: UUID
    number: str
    kind: str
    state: str
    state_word: str
    enterprise_name: str
    uscc: str
    legal_name: str
    legal_id_type: str
    legal_id_no: str
    applicant_name: str
    id_type: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_to: date | None
    reason: str
    pages: int
    form_check: str
    due_on: date | None
    due_provisional: bool
    days: int
    submitted_at: datetime | None
    decision_reason: str
    account_name: str | None
    version: int


class AppendQuery(Struct):
    """``append``: add these pages to those uploaded before instead of replacing them."""

    append: bool = False


class FindApplications(Struct):
    phone: Short
    sms_code: Short


class QueueQuery(Page):
    """``state``: submitted, returned, approved, rejected, amber, overdue; empty for all."""

    state: Short = ""


class Approval(Struct):
    """``checks``: 公章清晰, 名称一致, 法人一致, 证件一致, 权限与期限. The numbers are typed again from the form. ``region``: of a new firm."""

    checks: Annotated[list[bool], msgspec.Meta(max_length=10)]
    uscc: Short
    legal_id_no: Short
    region: Short | None = None
    version: int | None = None


class Refusal(Struct):
    """The applicant reads the reason."""

    reason: Long
    version: int | None = None


class RevealBody(Struct):
    """Why the clear names and numbers are wanted (P8)."""

    reason: Annotated[str, msgspec.Meta(max_length=200)]


class DecisionAnswer(Answer):
    """``account`` and ``initial_password`` of a new foreign representative: shown once."""

    id: UUID
    number: str
    state: str
    result: str
    organisation_id: UUID | None
    account: str | None
    initial_password: str | None


class YearQuery(Struct):
    year: Annotated[int, msgspec.Meta(ge=1900, le=9999)] | None = None


class WorkDayBody(Struct):
    """``working`` null takes the operator's word back; a note says by which notice."""

    working: bool | None
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


def _key(call: Call) -> str:
    return str(call.request.headers.get("x-application-key") or "")[:200]


def _device(call: Call, ctx: Acting) -> bytes:
    """The phone or browser a code was sent for."""
    return auth.device_hash(_phone_device(call), ctx.user_agent)


def _own(found: applications.Own) -> OwnAnswer:
    return msgspec.convert(found, OwnAnswer, from_attributes=True)


def _opened(found: applications.Opened) -> OpenedAnswer:
    return msgspec.convert(found, OpenedAnswer, from_attributes=True)


def _wanted(call: Call) -> applications.Wanted:
    return applications.Wanted(**msgspec.structs.asdict(call.body))


@asynccontextmanager
async def _moment(ctx: Acting, read_only: bool = False) -> AsyncIterator[Acting]:
    """A transaction of its own for a handler that works in between."""
    entry = Entry(read_only=read_only, route=ctx.route, request_id=ctx.request_id, ip=ctx.ip, user_agent=ctx.user_agent)
    async with acting(entry, permissions_of) as now:
        yield now
        if now.audit_rows and not read_only:
            await audit.write(now, now.audit_rows)


@route(
    "POST", "/api/v1/applications", public=True, body=ApplicationBody, answer=OpenedAnswer, status=201, rate_limit=(20, 600),
    summary="权限申请：填写（手机验证码用途 application）", errors=("SMS_CODE", "APPLICATION_OPEN"),
)  # fmt: skip
async def apply(ctx: Acting, call: Call) -> OpenedAnswer:
    return _opened(await applications.apply(ctx, _wanted(call), _device(call, ctx)))


@route(
    "POST", "/api/v1/applications/find", public=True, body=FindApplications, answer=FoundAnswer, rate_limit=(20, 600),
    summary="权限申请：用手机号和验证码找回", errors=("SMS_CODE",),
)  # fmt: skip
async def find_applications(ctx: Acting, call: Call) -> FoundAnswer:
    found = await applications.find_applications(ctx, call.body.phone, call.body.sms_code, _device(call, ctx))
    if not found:
        raise NotFound("这个手机号还没有申请记录，请从头填写。").keep()
    return FoundAnswer(items=[_opened(one) for one in found])


@route(
    "GET", "/api/v1/applications/<application_id>", public=True, answer=OwnAnswer, rate_limit=(120, 60), summary="权限申请：查看进度",
)  # fmt: skip
async def read_application(ctx: Acting, call: Call, application_id: UUID) -> OwnAnswer:
    return _own(await applications.read_application(ctx, application_id, _key(call)))


@route(
    "PUT", "/api/v1/applications/<application_id>", public=True, body=ApplicationBody, answer=OwnAnswer, rate_limit=(60, 600),
    summary="权限申请：修改（草稿或已退回）", errors=("STATE", "SMS_CODE", "APPLICATION_OPEN"),
)  # fmt: skip
async def change_application(ctx: Acting, call: Call, application_id: UUID) -> OwnAnswer:
    return _own(await applications.change_application(ctx, application_id, _key(call), _wanted(call), _device(call, ctx)))


@route(
    "GET", "/api/v1/applications/<application_id>/form.pdf", public=True, rate_limit=(30, 600),
    summary="权限申请：下载申请表（打印盖章）", errors=("STATE", "GLYPH_MISSING"),
)  # fmt: skip
async def print_form(ctx: Acting, call: Call, application_id: UUID) -> FileAnswer:
    facts = await applications.form_facts(ctx, application_id, _key(call))
    paper = await documents.application_form(asdict(facts), ctx.now, hotline=settings.hotline, demo=settings.demo)
    return FileAnswer(paper, "application/pdf", f"申请表-{facts.number}.pdf")


@route(
    "POST", "/api/v1/applications/<application_id>/form", public=True, no_database=True, upload=True, query=AppendQuery,
    answer=OwnAnswer, rate_limit=(40, 600), summary="权限申请：上传盖章表（PDF 一份，或照片最多 9 张）",
    errors=("STATE", "HEIC", "TOO_LARGE", "FILE_TYPE", "FILE_UNSAFE", "FORM_OTHER", "FORM_OUTDATED", "SCAN_BUSY"),
)  # fmt: skip
async def upload_form(ctx: Acting, call: Call, application_id: UUID) -> OwnAnswer:
    key, append = _key(call), call.query.append
    async with _moment(ctx, read_only=True) as now:
        former = await applications.former_pages(now, application_id, key, append)
    files = [(f.name or "", f.body) for f in call.files.get("file", [])]
    scan = await documents.read_scan(files, f"{applications.QR_HEAD}:", former)
    async with _moment(ctx) as now:
        own = await applications.attach_form(
            now, application_id, key, pdf=scan.pdf, pages=scan.pages, original=scan.original, append=bool(former)
        )
    return _own(own)


@route(
    "POST", "/api/v1/applications/<application_id>/submit", public=True, answer=OwnAnswer, rate_limit=(30, 600),
    summary="权限申请：提交审核", errors=("STATE", "FORM_MISSING", "FORM_OUTDATED", "APPLICATION_OPEN"),
)  # fmt: skip
async def submit_application(ctx: Acting, call: Call, application_id: UUID) -> OwnAnswer:
    return _own(await applications.submit_application(ctx, application_id, _key(call)))


@route(
    "GET", "/api/v1/ops/applications", permission="ops.application.read", audience=OPERATOR, query=QueueQuery,
    answer=application_desk.Queue, summary="权限申请队列，等得最久的在前",
)  # fmt: skip
async def list_applications(ctx: Acting, call: Call) -> application_desk.Queue:
    query = call.query
    return await application_desk.list_applications(ctx, state=query.state, page=query.page, page_size=query.page_size)


@route(
    "GET", "/api/v1/ops/applications/<application_id>", permission="ops.application.read", audience=OPERATOR,
    answer=application_desk.Case, summary="一份权限申请：数据、来源核对、时限",
)  # fmt: skip
async def read_case(ctx: Acting, call: Call, application_id: UUID) -> application_desk.Case:
    return await application_desk.read_case(ctx, application_id)


@route(
    "GET", "/api/v1/ops/applications/<application_id>/pages/<page>", permission="ops.application.decide", audience=OPERATOR,
    summary="盖章表的一页（<页码>.png，记入审计）",
)  # fmt: skip
async def read_page(ctx: Acting, call: Call, application_id: UUID, page: str) -> FileAnswer:
    number = page.removesuffix(".png")
    if not number.isascii() or not number.isdigit() or len(number) > 3:
        raise NotFound()
    form = await application_desk.read_form(ctx, application_id)
    picture, _ = await documents.renderer().page_png(form.data, int(number), WIDTH)
    if not picture:
        raise NotFound()
    return FileAnswer(picture, "image/png", f"{number}.png", inline=True)


@route(
    "GET", "/api/v1/ops/applications/<application_id>/original", permission="ops.application.decide", audience=OPERATOR,
    summary="上传的 PDF 原件（记入审计）",
)  # fmt: skip
async def read_original(ctx: Acting, call: Call, application_id: UUID) -> FileAnswer:
    form = await application_desk.read_form(ctx, application_id, original=True)
    return FileAnswer(form.data, form.ref.content_type, form.ref.name)


@route(
    "POST", "/api/v1/ops/applications/<application_id>/reveal", permission="ops.application.decide", audience=OPERATOR, body=RevealBody,
    answer=application_desk.Clear, summary="查看完整姓名与证件号（记入审计）",
)  # fmt: skip
async def reveal(ctx: Acting, call: Call, application_id: UUID) -> application_desk.Clear:
    return await application_desk.reveal(ctx, application_id, call.body.reason)


@route(
    "POST", "/api/v1/ops/applications/<application_id>/approve", permission="ops.application.decide", audience=OPERATOR, body=Approval,
    answer=DecisionAnswer, summary="通过：设代理人，或为外籍法定代表人开账号",
    errors=("CHECKS", "DIFFERS", "STATE", "OWN_APPLICATION", "REPRESENTATIVE_CHANGED", "FIRM_INACTIVE", "FIRM_STOPPED", "LEGAL_EXISTS",
            "ALREADY_AGENT", "ALREADY_MEMBER", "ID_PHONE_DIFFER", "CLAIM_TAKEN"),
)  # fmt: skip
async def approve_application(ctx: Acting, call: Call, application_id: UUID) -> DecisionAnswer:
    return await _told(ctx, await application_desk.approve(ctx, application_id, **msgspec.structs.asdict(call.body)))


@route(
    "POST", "/api/v1/ops/applications/<application_id>/return", permission="ops.application.decide", audience=OPERATOR, body=Refusal,
    answer=DecisionAnswer, idempotent=True, summary="退回补充，写明原因（时限暂停）", errors=("STATE", "OWN_APPLICATION"),
)  # fmt: skip
async def return_application(ctx: Acting, call: Call, application_id: UUID) -> DecisionAnswer:
    return await _told(ctx, await application_desk.return_application(ctx, application_id, **msgspec.structs.asdict(call.body)))


@route(
    "POST", "/api/v1/ops/applications/<application_id>/reject", permission="ops.application.decide", audience=OPERATOR, body=Refusal,
    answer=DecisionAnswer, idempotent=True, summary="不予通过，写明原因", errors=("STATE", "OWN_APPLICATION"),
)  # fmt: skip
async def reject_application(ctx: Acting, call: Call, application_id: UUID) -> DecisionAnswer:
    return await _told(ctx, await application_desk.reject_application(ctx, application_id, **msgspec.structs.asdict(call.body)))


async def _told(ctx: Acting, made: application_desk.Decision) -> DecisionAnswer:
    """The result goes to the applicant by text message, and by WeChat to who has an account."""
    said = {"enterprise": made.enterprise, "number": made.number, "result": made.result, "reason": made.reason}
    to = made.person or notices.Phone(made.phone)
    await notices.tell(ctx, f"application.{made.state}", "application", made.id, to=[to], fields=said, link="/")
    return msgspec.convert(made, DecisionAnswer, from_attributes=True)


@route(
    "GET", "/api/v1/ops/work-days", permission="ops.calendar.read", audience=OPERATOR, query=YearQuery,
    answer=working_days.WorkYear, summary="一年的工作日历",
)  # fmt: skip
async def read_work_days(ctx: Acting, call: Call) -> working_days.WorkYear:
    return await working_days.read_year(ctx, call.query.year or ctx.today.year)


@route(
    "PUT", "/api/v1/ops/work-days/<day>", permission="ops.calendar.edit", audience=OPERATOR, body=WorkDayBody,
    answer=working_days.WorkDay, idempotent=True, summary="改一天是否上班，未办结的期限随之重算",
)  # fmt: skip
async def set_work_day(ctx: Acting, call: Call, day: str) -> working_days.WorkDay:
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise NotFound("没有这一天，日期应为 年-月-日，例如 2027-02-06。") from None
    changed = await working_days.set_day(ctx, chosen, call.body.working, call.body.note)
    await application_desk.refresh_deadlines(ctx)
    return changed


@route(
    "POST", "/api/v1/ops/work-days/<year>/confirm", permission="ops.calendar.edit", audience=OPERATOR, answer=working_days.WorkYear,
    idempotent=True, summary="确认某年的工作日历已照通知录入，期限不再是暂定",
)  # fmt: skip
async def confirm_work_year(ctx: Acting, call: Call, year: str) -> working_days.WorkYear:
    if not year.isascii() or not year.isdigit() or len(year) != 4:
        raise NotFound("没有这个年份。")
    confirmed = await working_days.confirm_year(ctx, int(year))
    await application_desk.refresh_deadlines(ctx)
    return confirmed
