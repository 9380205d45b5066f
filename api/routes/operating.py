"""Handlers of a year's operating data, comprehensive energy and the months worked."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

import filing
import inventory
import tenants
from api.kernel.route import Call, route
from api.kernel.types import Answer, Month, Quantity, Struct
from api.routes.filing import Reason, year_of
from auth.audiences import ENTERPRISE
from carbon import month_code, month_int
from core.database import Acting
from core.errors import FieldError, Invalid


class OperatingBody(Struct, kw_only=True):
    period: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    version: Annotated[int, msgspec.Meta(ge=0)]
    output_value: Quantity
    value_added: Quantity
    tax: Quantity
    staff_avg: int | None = None
    evidence_id: UUID | None = None
    reason: Reason = ""


class OperatingTrialBody(Struct, kw_only=True):
    """What would be saved; nothing is."""

    period: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    output_value: Quantity
    value_added: Quantity
    tax: Quantity
    staff_avg: int | None = None


class OperatingChange(Answer):
    """A figure before and after; ``pct`` of the former one."""

    field: str
    name: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    difference: Decimal | None
    pct: Decimal | None


class OperatingTrial(Answer):
    """``lock``: case (saving is refused), certificate or verified (a restatement with its reason), null (saving is free)."""

    period: str
    version: int
    changes: list[OperatingChange]
    warnings: list[str]
    lock: str | None


class OperatingAnswer(Answer):
    period: str
    version: int
    output_value: Decimal | None
    value_added: Decimal | None
    tax: Decimal | None
    staff_avg: int | None
    evidence_id: UUID | None
    warnings: list[str]
    saved_by: str
    saved_at: datetime | None
    reason: str


class OperatingYear(Answer):
    """``locks``: what stands on the year, the strongest first: case, certificate, verified."""

    year: int
    items: list[OperatingAnswer]
    locks: list[str]


class OperatingVersion(Answer):
    """One kept version, what it changed; ``live`` is in force."""

    data: OperatingAnswer
    live: bool
    changes: list[OperatingChange]


class OperatingVersions(Answer):
    items: list[OperatingVersion]


class OperatingVersionsQuery(Struct, kw_only=True):
    """``period`` empty: the year itself."""

    period: Annotated[str, msgspec.Meta(max_length=7)] = ""


def _operating(found: inventory.Operating) -> OperatingAnswer:
    return OperatingAnswer(
        period=found.period, version=found.version, output_value=found.output_value, value_added=found.value_added, tax=found.tax,
        staff_avg=found.staff_avg, evidence_id=found.evidence_id, warnings=found.warnings, saved_by=found.saved_by_name, saved_at=found.saved_at,
        reason=found.reason,
    )  # fmt: skip


@route("GET", "/api/v1/operating/<year>", permission="operating.read", audience=ENTERPRISE, answer=OperatingYear, summary="生产经营数据")
async def get_operating(ctx: Acting, call: Call, year: str) -> OperatingYear:
    number = year_of(year)
    items = [_operating(o) for o in await inventory.operating(ctx, number)]
    return OperatingYear(year=number, items=items, locks=await inventory.year_locks(ctx, number))


def _code(period: str | None, year: int) -> str:
    code = period or str(year)
    if not code.startswith(str(year)):
        raise Invalid([FieldError("period", "RANGE", "期间不在这一年内。")])
    return code


@route(
    "GET", "/api/v1/operating/<year>/versions", permission="operating.read", audience=ENTERPRISE, query=OperatingVersionsQuery, answer=OperatingVersions,
    summary="生产经营数据的历次版本",
)  # fmt: skip
async def get_operating_versions(ctx: Acting, call: Call, year: str) -> OperatingVersions:
    found = await inventory.operating_versions(ctx, _code(call.query.period, year_of(year)))
    changes = [msgspec.convert(v.changes, list[OperatingChange], from_attributes=True) for v in found]
    return OperatingVersions(items=[OperatingVersion(data=_operating(v.data), live=v.live, changes=c) for v, c in zip(found, changes, strict=True)])


@route(
    "POST", "/api/v1/operating/<year>/preview", permission="operating.edit", audience=ENTERPRISE, body=OperatingTrialBody, answer=OperatingTrial,
    summary="保存前看清改动（不保存）",
)  # fmt: skip
async def preview_operating(ctx: Acting, call: Call, year: str) -> OperatingTrial:
    b: OperatingTrialBody = call.body
    found = await inventory.preview_operating(
        ctx, _code(b.period, year_of(year)), output_value=Decimal(b.output_value), value_added=Decimal(b.value_added), tax=Decimal(b.tax),
        staff_avg=b.staff_avg,
    )  # fmt: skip
    return msgspec.convert(found, OperatingTrial, from_attributes=True)


@route(
    "PUT", "/api/v1/operating/<year>", permission="operating.edit", audience=ENTERPRISE, body=OperatingBody, answer=OperatingAnswer, idempotent=True,
    summary="保存生产经营数据（年度，或其中的季度、月）；已用于证书或核查报告的以 reason 重述", errors=("STALE_VERSION", "MONTH_LOCKED"),
)  # fmt: skip
async def put_operating(ctx: Acting, call: Call, year: str) -> OperatingAnswer:
    b: OperatingBody = call.body
    code = _code(b.period, year_of(year))
    await filing.require_evidence(ctx, b.evidence_id, "evidence_id")
    place = await tenants.profile_facts(ctx)
    saved = await inventory.save_operating(
        ctx, code, version=b.version, output_value=Decimal(b.output_value), value_added=Decimal(b.value_added), tax=Decimal(b.tax),
        staff_avg=b.staff_avg, evidence_id=b.evidence_id, region=place.region, industry=place.industry, by_name=await tenants.own_name(ctx), reason=b.reason,
    )  # fmt: skip
    return _operating(saved)


class ComprehensiveBody(Struct):
    version: Annotated[int, msgspec.Meta(ge=0)]
    tce_equivalent: Quantity
    tce_equal_value: Quantity | None = None
    source: str = "自算"
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ComprehensiveAnswer(Answer):
    year: int
    version: int
    tce_equivalent: Decimal | None
    tce_equal_value: Decimal | None
    source: str
    reason: str
    computed: Decimal | None
    difference_pct: Decimal | None
    needs_reason: bool


@route("GET", "/api/v1/comprehensive-energy/<year>", permission="operating.read", audience=ENTERPRISE, answer=ComprehensiveAnswer, summary="综合能源消费量")
async def get_comprehensive(ctx: Acting, call: Call, year: str) -> ComprehensiveAnswer:
    return msgspec.convert(await inventory.comprehensive_energy(ctx, year_of(year)), ComprehensiveAnswer, from_attributes=True)


@route(
    "PUT", "/api/v1/comprehensive-energy/<year>", permission="operating.edit", audience=ENTERPRISE, body=ComprehensiveBody, answer=ComprehensiveAnswer,
    idempotent=True, summary="保存综合能源消费量", errors=("REASON_NEEDED", "STALE_VERSION"),
)  # fmt: skip
async def put_comprehensive(ctx: Acting, call: Call, year: str) -> ComprehensiveAnswer:
    b: ComprehensiveBody = call.body
    equal = Decimal(b.tce_equal_value) if b.tce_equal_value is not None else None
    saved = await inventory.save_comprehensive_energy(
        ctx, year_of(year), version=b.version, tce_equivalent=Decimal(b.tce_equivalent), tce_equal_value=equal, source=b.source, reason=b.reason
    )
    return msgspec.convert(saved, ComprehensiveAnswer, from_attributes=True)


class PartYearBody(Struct):
    months: Annotated[list[Month], msgspec.Meta(max_length=12)]
    reason: Reason = ""
    document_id: UUID | None = None


class PartYearAnswer(Answer):
    year: int
    months: list[str]
    reason: str


@route("GET", "/api/v1/operating/<year>/months", permission="operating.read", audience=ENTERPRISE, answer=PartYearAnswer, summary="部分年度申报")
async def get_part_year(ctx: Acting, call: Call, year: str) -> PartYearAnswer:
    found = await inventory.part_year(ctx, year_of(year))
    return PartYearAnswer(year=found.year, months=[month_code(m) for m in found.months], reason=found.reason)


@route("PUT", "/api/v1/operating/<year>/months", permission="operating.edit", audience=ENTERPRISE, body=PartYearBody, answer=PartYearAnswer, summary="申报部分年度")
async def put_part_year(ctx: Acting, call: Call, year: str) -> PartYearAnswer:
    number, b = year_of(year), call.body
    await filing.require_evidence(ctx, b.document_id, "document_id")
    await inventory.declare_part_year(ctx, number, [month_int(m) for m in b.months], b.reason, b.document_id)
    await filing.duties_changed(ctx)
    return PartYearAnswer(year=number, months=b.months, reason=b.reason)
