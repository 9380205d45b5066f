"""Handlers for the operators of the machinery: audit log, its verification, jobs and dead letters."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

import documents
import notices
from api.kernel.route import Call, route
from api.kernel.types import Answer, Page, Struct
from auth.audiences import CONSOLE_OPS
from core import audit, health, jobs
from core.database import Acting

OPS = frozenset({CONSOLE_OPS})
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AuditQuery(Page):
    """Filters of the audit log; ``from`` and ``to`` are RFC 3339 times with a zone."""

    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="from")
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="to")
    organisation: UUID | None = None
    actor: UUID | None = None
    action: Word | None = None
    result: Word | None = None
    request_id: Word | None = None


class AuditLine(Answer):
    """One line of the audit log."""

    id: UUID
    organisation_id: UUID
    seq: int
    at: datetime
    actor: UUID | None
    action: str
    object_type: str
    object_id: str
    result: str
    route: str
    request_id: str
    ip: str
    detail: dict[str, Any]
    hash: str


class AuditList(Answer):
    """A page of the audit log."""

    items: list[AuditLine]
    total: int
    page: int
    page_size: int


class ChainFault(Answer):
    """Where a chain or a seal does not hold."""

    organisation_id: UUID | None
    seq: int
    reason: str


class VerifyAnswer(Answer):
    """Result of recomputing every chain and every seal."""

    holds: bool
    chains: int
    rows: int
    seals: int
    faults: list[ChainFault]


class JobQuery(Page):
    """Filters of the job list; ``object``: id of the job or of what it works on, ``from``: made since."""

    state: Annotated[str, msgspec.Meta(pattern="^(queued|done|dead)$")] | None = None
    kind: Word | None = None
    organisation: UUID | None = None
    object: UUID | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="from")


class JobLine(Answer):
    """One job; what it carries stays with its organisation."""

    id: UUID
    organisation_id: UUID
    kind: str
    object_id: UUID
    version: int
    state: str
    attempts: int
    last_error: str | None
    request_id: str
    run_after: datetime
    created_at: datetime
    finished_at: datetime | None


class JobList(Answer):
    """A page of jobs and how many stand where over all organisations."""

    items: list[JobLine]
    total: int
    page: int
    page_size: int
    counts: dict[str, int]
    kinds: list[str]


class NoticeCount(Answer):
    """Messages of one kind: told, read, by channel."""

    kind: str
    title: str
    told: int
    read: int
    sms_sent: int
    sms_waiting: int
    sms_none: int
    wechat_sent: int
    wechat_waiting: int
    last_at: datetime


class Outbox(Answer):
    """What is not done by kind and age, and the messages of the last days."""

    kinds: list[jobs.OutboxLine]
    notices: list[NoticeCount]
    days: int


class OutboxQuery(Struct):
    """Days of messages to count."""

    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7


class RetryKind(Struct):
    """Which kind of dead jobs."""

    kind: Word


class Retried(Answer):
    """How many were sent round again."""

    retried: int


@route(
    "GET",
    "/api/v1/ops/audit",
    permission="ops.audit.read",
    audience=OPS,
    query=AuditQuery,
    answer=AuditList,
    tag="operations",
    summary="检索审计日志",
)
async def search_audit(ctx: Acting, call: Call) -> AuditList:
    q: AuditQuery = call.query
    wanted = audit.AuditFilter(q.since, q.until, q.organisation, q.actor, q.action, q.result, q.request_id)
    lines, total = await audit.search(ctx, wanted, q.page, q.page_size)
    ctx.audit("audit.searched", "audit", q.organisation or "all", detail={"found": total})
    return AuditList(items=[_audit_line(line) for line in lines], total=total, page=q.page, page_size=q.page_size)


def _audit_line(line: audit.AuditLine) -> AuditLine:
    facts = {
        name: getattr(line, name) for name in AuditLine.__struct_fields__ if name not in ("organisation_id", "actor")
    }
    return AuditLine(organisation_id=line.chain, actor=line.account_id, **facts)


@route(
    "POST",
    "/api/v1/ops/audit/verify",
    permission="ops.audit.verify",
    audience=OPS,
    answer=VerifyAnswer,
    tag="operations",
    summary="重新计算全部审计链与签章",
)
async def verify_audit(ctx: Acting, call: Call) -> VerifyAnswer:
    await ctx.db.run("set local statement_timeout = '25s'")
    result = await audit.verify(ctx.db)
    await audit.remember(ctx.db, result, ctx.now)
    ctx.audit("audit.verified", "audit", "all", "ok" if result.holds else "broken", {"faults": len(result.faults)})
    faults = [ChainFault(organisation_id=f.chain, seq=f.seq, reason=f.reason) for f in result.faults[:200]]
    return VerifyAnswer(holds=result.holds, chains=result.chains, rows=result.rows, seals=result.seals, faults=faults)


@route(
    "GET",
    "/api/v1/ops/jobs",
    permission="ops.jobs.read",
    audience=OPS,
    query=JobQuery,
    answer=JobList,
    tag="operations",
    summary="后台任务与待处理的失败任务",
)
async def list_jobs(ctx: Acting, call: Call) -> JobList:
    q: JobQuery = call.query
    wanted = jobs.JobFilter(q.state, q.kind, q.organisation, q.object, q.since)
    lines, total = await jobs.search(ctx, wanted, q.page, q.page_size)
    counts = await jobs.counts(ctx.db)
    items = [_job_line(line) for line in lines]
    return JobList(items=items, total=total, page=q.page, page_size=q.page_size, counts=counts, kinds=sorted(jobs.KINDS))


def _job_line(line: jobs.JobLine) -> JobLine:
    return JobLine(**{name: getattr(line, name) for name in JobLine.__struct_fields__})


@route(
    "POST",
    "/api/v1/ops/jobs/<id:str>/retry",
    permission="ops.jobs.retry",
    audience=OPS,
    answer=JobLine,
    tag="operations",
    summary="重试失败任务",
    idempotent=True,
)
async def retry_job(ctx: Acting, call: Call, id: UUID) -> JobLine:
    return _job_line(await jobs.retry(ctx, id))


@route(
    "POST", "/api/v1/ops/jobs/retry", permission="ops.jobs.retry", audience=OPS, body=RetryKind, answer=Retried, tag="operations",
    summary="重试一种任务的全部死信（每次最多 500 件）", idempotent=True,
)  # fmt: skip
async def retry_jobs_of_kind(ctx: Acting, call: Call) -> Retried:
    return Retried(retried=await jobs.retry_kind(ctx, call.body.kind))


@route(
    "GET", "/api/v1/ops/outbox", permission="ops.jobs.read", audience=OPS, query=OutboxQuery, answer=Outbox, tag="operations",
    summary="未完成任务的种类与时长，近日消息",
)  # fmt: skip
async def read_outbox(ctx: Acting, call: Call) -> Outbox:
    days = call.query.days
    counted = [NoticeCount(**asdict(c)) for c in await notices.notice_counts(ctx, days)]
    return Outbox(kinds=await jobs.outbox(ctx), notices=counted, days=days)


@route(
    "GET", "/api/v1/ops/system", permission="ops.system.read", audience=OPS, answer=health.SystemState, tag="operations", summary="系统状态",
)  # fmt: skip
async def read_system(ctx: Acting, call: Call) -> health.SystemState:
    service = documents.renderer()
    return await health.system_state(ctx, health.Rendering(service.processes, service.waiting))
