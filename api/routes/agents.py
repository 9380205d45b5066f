"""Handlers of agents: the firm names and ends them; an agent sees his firms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

import filing
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Month, Page, Struct
from api.routes.sheets import XLSX, SheetFault
from api.routes.tenants import one_file
from auth.audiences import ENTERPRISE
from auth.permissions import permissions_of
from core import audit
from core.database import Acting, Entry, acting

Field = Annotated[str, msgspec.Meta(max_length=60)]
Scopes = Annotated[list[Field], msgspec.Meta(max_length=10)]


class NewAgent(Struct):
    """``id_type``: resident_id | hkmt_permit | hkmt_residence | passport | foreign_residence; ``scopes``: file, report, read."""

    name: Field
    id_type: Field
    id_no: Field
    phone: Field
    scopes: Scopes
    valid_from: date
    valid_to: date


class EditAgent(Struct):
    """A renewal, other scopes, or the word of a new representative on a suspended agent."""

    scopes: Scopes
    valid_to: date
    version: int


class AgentAnswer(Answer):
    """``state``: active | invited | upcoming | suspended | expired | revoked; number and phone masked."""

    id: UUID
    name: str
    id_type: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_from: date
    valid_to: date
    state: str
    origin: str
    version: int
    created_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class AgentsAnswer(Answer):
    items: list[AgentAnswer]
    total: int


class RepresentedAnswer(Answer):
    """A firm of the agent; ``days_left`` to the last day, null once it is over."""

    id: UUID
    organisation_id: UUID
    name: str
    uscc_masked: str
    scopes: list[str]
    valid_from: date
    valid_to: date
    state: str
    days_left: int | None
    ended_at: datetime | None


class RepresentedList(Answer):
    items: list[RepresentedAnswer]
    total: int


def _answer(agent: tenants.Agent) -> AgentAnswer:
    return msgspec.convert(agent, AgentAnswer, from_attributes=True)


@route(
    "GET", "/api/v1/organisation/agents", permission="agent.read", audience=ENTERPRISE, answer=AgentsAnswer,
    summary="本企业的代理人", tag="agents",
)  # fmt: skip
async def list_agents(ctx: Acting, call: Call) -> AgentsAnswer:
    found = await tenants.list_agents(ctx)
    return AgentsAnswer(items=[_answer(a) for a in found.items], total=found.total)


@route(
    "POST", "/api/v1/organisation/agents", permission="agent.manage", audience=ENTERPRISE, body=NewAgent, answer=AgentAnswer,
    status=201, step_up="agent.manage", summary="添加代理人（需再次验证）", tag="agents",
    errors=("ALREADY_AGENT", "ALREADY_MEMBER", "ID_PHONE_DIFFER", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def add_agent(ctx: Acting, call: Call) -> AgentAnswer:
    return _answer(await tenants.add_agent(ctx, tenants.Delegation(**msgspec.structs.asdict(call.body))))


@route(
    "PUT", "/api/v1/organisation/agents/<agent_id>", permission="agent.manage", audience=ENTERPRISE, body=EditAgent,
    answer=AgentAnswer, step_up="agent.manage", summary="修改代理范围与期限，或确认暂停的委托（需再次验证）", tag="agents",
    errors=("STALE_VERSION", "AGENT_ENDED", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def change_agent(ctx: Acting, call: Call, agent_id: UUID) -> AgentAnswer:
    return _answer(await tenants.change_agent(ctx, agent_id, **msgspec.structs.asdict(call.body)))


@route(
    "DELETE", "/api/v1/organisation/agents/<agent_id>", permission="agent.manage", audience=ENTERPRISE, answer=AgentAnswer,
    summary="结束委托，立即生效", tag="agents", errors=("AGENT_ENDED",),
)  # fmt: skip
async def end_agent(ctx: Acting, call: Call, agent_id: UUID) -> AgentAnswer:
    return _answer(await tenants.end_agent(ctx, agent_id))


@route(
    "GET", "/api/v1/agent/delegations", authenticated=True, audience=ENTERPRISE, answer=RepresentedList,
    summary="我代理的企业", tag="agents",
)  # fmt: skip
async def my_firms(ctx: Acting, call: Call) -> RepresentedList:
    found = await tenants.firms_of_agent(ctx)
    return RepresentedList(items=[msgspec.convert(f, RepresentedAnswer, from_attributes=True) for f in found], total=len(found))


class WorklistQuery(Page):
    """``state``: all | due | overdue | questions | returned | submitted | ended; ``q``: part of the name, or pinyin initials."""

    state: Literal["all", "due", "overdue", "questions", "returned", "submitted", "ended"] = "all"
    q: Annotated[str, msgspec.Meta(max_length=50)] = ""


class WorkCounters(Answer):
    """Of all firms, whatever is searched; ``total`` without ended grants."""

    due: int
    overdue: int
    questions: int
    returned: int
    total: int


class WorkItemAnswer(Answer):
    """One firm with its oldest open month. ``state``: empty | draft | returned | submitted | no_template | waiting (not known yet) |
    suspended | upcoming | ended; ``days_left`` is negative when overdue; ``ended`` is the day a grant ended."""

    organisation_id: UUID
    name: str
    uscc_masked: str
    month: str | None
    filled: int
    expected: int
    missing: list[str]
    questions: int
    state: str
    due_on: date | None
    days_left: int | None
    scopes: list[str]
    valid_to: date
    delegation_state: str
    ended: date | None
    open_months: int


class WorklistAnswer(Answer):
    counters: WorkCounters
    items: list[WorkItemAnswer]
    total: int
    page: int
    page_size: int


@route(
    "GET", "/api/v1/agent/worklist", authenticated=True, audience=ENTERPRISE, query=WorklistQuery, answer=WorklistAnswer,
    summary="代理工作台：各企业待填月份", tag="agents",
)  # fmt: skip
async def worklist(ctx: Acting, call: Call) -> WorklistAnswer:
    found = await filing.worklist(ctx, **msgspec.structs.asdict(call.query))
    return msgspec.convert(found, WorklistAnswer, from_attributes=True)


class BulkWorkbook(Struct):
    """The month and the firms to put into one workbook."""

    month: Month
    organisation_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=200)]


class BulkQuery(Struct):
    """``dry_run`` reads, tries each firm and stores nothing."""

    dry_run: bool = True


class BulkRowAnswer(Answer):
    """One firm. ``state``: ok | unchanged | refused | error, and waiting while it is being filed; tCO2 of the month; faults by cell."""

    organisation_id: UUID | None
    organisation: str
    uscc: str
    month: str
    state: str
    co2_t: Decimal | None
    errors: list[SheetFault]


class BulkAnswer(Answer):
    """``id`` names a confirmed workbook for ``GET agent/bulk/<id>``; a dry run has none."""

    id: UUID | None
    month: str
    total: int
    done: int
    rows: list[BulkRowAnswer]


def _bulk(found: filing.Bulk) -> BulkAnswer:
    rows = [msgspec.convert(row, BulkRowAnswer, from_attributes=True) for row in found.rows]
    return BulkAnswer(id=found.id, month=found.month, total=len(rows), done=found.done, rows=rows)


def _opener(ctx: Acting, call: Call) -> filing.OpenFirm:
    """Transactions of the sender for one firm each, by the same door as any request: rights are read at that moment."""

    @asynccontextmanager
    async def opened(firm: UUID | None) -> AsyncIterator[Acting]:
        entry = Entry(
            sid=call.claims.sid, organisation=firm, audience=call.claims.audience, route=ctx.route, request_id=ctx.request_id, ip=ctx.ip,
            user_agent=ctx.user_agent,
        )  # fmt: skip
        async with acting(entry, permissions_of) as inner:
            yield inner
            await audit.write(inner, inner.audit_rows)
        for act in inner.afterwards:
            await act()

    return opened


@route(
    "POST", "/api/v1/agent/bulk/workbook", authenticated=True, audience=ENTERPRISE, body=BulkWorkbook, no_database=True, rate_limit=(60, 60),
    summary="下载批量填报表（Excel）", tag="agents", errors=("NOT_YOURS", "NO_TEMPLATE"),
)  # fmt: skip
async def bulk_workbook(ctx: Acting, call: Call) -> FileAnswer:
    data = await filing.bulk_workbook(_opener(ctx, call), call.body.month, call.body.organisation_ids)
    return FileAnswer(data, XLSX, f"批量填报-{call.body.month}.xlsx")


@route(
    "POST", "/api/v1/agent/bulk", authenticated=True, audience=ENTERPRISE, query=BulkQuery, upload=True, answer=BulkAnswer, no_database=True,
    rate_limit=(60, 60), summary="上传批量填报表：先试算，再逐家提交", tag="agents", errors=("WORKBOOK_REFUSED", "WRONG_SHEET"),
)  # fmt: skip
async def bulk_filing(ctx: Acting, call: Call) -> BulkAnswer:
    run = filing.try_bulk if call.query.dry_run else filing.confirm_bulk
    return _bulk(await run(_opener(ctx, call), one_file(call).body))


@route(
    "GET", "/api/v1/agent/bulk/<bulk_id>", authenticated=True, audience=ENTERPRISE, answer=BulkAnswer, summary="批量填报的进度与结果", tag="agents",
)  # fmt: skip
async def bulk_progress(ctx: Acting, call: Call, bulk_id: UUID) -> BulkAnswer:
    return _bulk(await filing.read_bulk(ctx, bulk_id))
