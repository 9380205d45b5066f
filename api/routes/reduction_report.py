"""Handlers of the reduction report's wizard: what is known, what is missing, the parts an enterprise writes itself, targets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

import reports
from api.kernel.route import Call, route
from api.kernel.types import Answer, Quantity, Struct
from api.routes.filing import year_of
from auth.audiences import ENTERPRISE
from core.database import Acting

#: Longer than the rule's limit: the verb says how long a part may be and how long it is.
Part = Annotated[str, msgspec.Meta(max_length=20_000)]


class TargetBody(Struct):
    """A target: from ``base`` in ``base_year`` to ``target`` in ``due_year``."""

    indicator: Annotated[str, msgspec.Meta(max_length=500)]
    unit: Annotated[str, msgspec.Meta(max_length=200)]
    base_year: int
    base: Quantity
    target: Quantity
    due_year: int


class ReductionReportBody(Struct):
    version: Annotated[int, msgspec.Meta(ge=0)]
    typed: Annotated[dict[str, Part], msgspec.Meta(max_length=20)]
    targets: Annotated[list[TargetBody], msgspec.Meta(max_length=100)] = []


class MissingAnswer(Answer):
    """What is missing; ``link`` a path of the console, or ``#part`` on this page. ``blocking``: handing over waits for it."""

    text: str
    link: str
    blocking: bool


class KnownAnswer(Answer):
    label: str
    value: str


class SectionAnswer(Answer):
    key: str
    title: str
    origin: str
    link: str
    known: list[KnownAnswer]
    complete: bool
    missing: list[MissingAnswer]


class PartAnswer(Answer):
    """A part to write."""

    key: str
    section: str
    title: str
    hint: str
    required: bool
    longest: int


class TargetAnswer(Answer):
    indicator: str
    unit: str
    base_year: int
    base: Decimal
    target: Decimal
    due_year: int


class AttachmentAnswer(Answer):
    file_id: str
    name: str
    belongs: str
    size: int


class ReductionCase(Answer):
    """The newest case of the year."""

    id: UUID
    number: str
    state: str
    state_word: str
    agency: str
    turn: str
    due_on: date | None
    issued_report_id: UUID | None


class ReductionReportAnswer(Answer):
    """The wizard of a year. ``report`` the draft that stands, ``issued`` the agency's; ``ready``: it may be handed over."""

    year: int
    version: int
    sections: list[SectionAnswer]
    parts: list[PartAnswer]
    typed: dict[str, str]
    targets: list[TargetAnswer]
    attachments: list[AttachmentAnswer]
    report: reports.Report | None
    issued: reports.Report | None
    case: ReductionCase | None
    changed_since: bool
    ready: bool
    saved_by: str
    saved_at: datetime | None


def _answer(found: reports.ReductionReportState) -> ReductionReportAnswer:
    text = found.text
    return ReductionReportAnswer(
        year=found.year, version=text.version, sections=msgspec.convert(found.sections, list[SectionAnswer], from_attributes=True),
        parts=[
            PartAnswer(key=p.key, section=p.section, title=p.title, hint=p.hint, required=p.required, longest=reports.LONGEST_PART) for p in reports.REPORT_PARTS
        ],
        typed=text.typed, targets=msgspec.convert(text.targets, list[TargetAnswer], from_attributes=True),
        attachments=msgspec.convert(found.attachments, list[AttachmentAnswer], from_attributes=True), report=found.report, issued=found.issued,
        case=msgspec.convert(found.case, ReductionCase, from_attributes=True) if found.case else None, changed_since=found.changed_since,
        ready=found.ready, saved_by=text.saved_by_name, saved_at=text.saved_at,
    )  # fmt: skip


@route(
    "GET", "/api/v1/reduction-report/<year>", permission="reduction.read", audience=ENTERPRISE, answer=ReductionReportAnswer, summary="减碳（审核）报告填写情况"
)
async def get_reduction_report(ctx: Acting, call: Call, year: str) -> ReductionReportAnswer:
    return _answer(await reports.reduction_report_state(ctx, year_of(year)))


@route(
    "PUT", "/api/v1/reduction-report/<year>", permission="reduction.edit", audience=ENTERPRISE, body=ReductionReportBody, answer=ReductionReportAnswer,
    summary="保存减碳（审核）报告填写内容", errors=("INVALID", "STALE_VERSION"),
)  # fmt: skip
async def put_reduction_report(ctx: Acting, call: Call, year: str) -> ReductionReportAnswer:
    b, number = call.body, year_of(year)
    targets = [reports.Target(t.indicator, t.unit, t.base_year, Decimal(t.base), Decimal(t.target), t.due_year) for t in b.targets]
    await reports.save_report_text(ctx, number, version=b.version, typed=b.typed, targets=targets)
    return _answer(await reports.reduction_report_state(ctx, number))
