"""Handlers of factor and parameter versions on the operator's desk (S20): the library, drafts, sources, publishing by a second person."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

import factors
import filing
from api.kernel.route import Call, route
from api.kernel.types import Page, Struct
from auth.audiences import OPERATOR
from core.database import Acting

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Key = Annotated[str, msgspec.Meta(max_length=80)]
Source = Annotated[str, msgspec.Meta(max_length=300)]
Url = Annotated[str, msgspec.Meta(max_length=500)]
Confidence = Annotated[str, msgspec.Meta(max_length=30)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]


class ShelfQuery(Page):
    """``set``: key of a set; ``q``: part of a name or code, or a region code."""

    set: Key = ""
    q: Key = ""
    unverified: bool = False


class DraftQuery(Page):
    """``state``: draft, review, published, withdrawn, or open (the first two)."""

    kind: Literal["", "factor", "parameter"] = ""
    state: Literal["", "open", "draft", "review", "published", "withdrawn"] = ""


class DraftRowBody(Struct):
    """One new value after a row of the library; ``value``: a decimal string, or a parameter's JSON."""

    base_code: Code
    value: Any
    source: Source
    act: Literal["version", "confirm"] = "version"
    base_from: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    factor_year: Annotated[int, msgspec.Meta(ge=1900, le=2200)] | None = None
    region_code: Annotated[str, msgspec.Meta(max_length=6)] | None = None
    source_url: Url = ""
    confidence: Confidence = "unverified"
    note: Url = ""


Rows = Annotated[list[DraftRowBody], msgspec.Meta(max_length=200)]
Title = Annotated[str, msgspec.Meta(max_length=100)]


class MakeFactorDraft(Struct):
    """A new draft."""

    kind: Literal["factor", "parameter"]
    title: Title
    rows: Rows = []


class EditFactorDraft(Struct):
    """All of a draft anew; ``version`` as it was read."""

    version: Version
    title: Title
    rows: Rows


class MoveFactorDraft(Struct):
    """``version`` as it was read."""

    version: Version


class ReturnFactorDraft(Struct):
    """Back to the author."""

    version: Version
    reason: Annotated[str, msgspec.Meta(max_length=500)]


class ConfirmSource(Struct):
    """What the second reader read."""

    version: Version
    confidence: Confidence
    source: Source
    source_url: Url = ""


@route("GET", "/api/v1/ops/factor-sets", permission="ops.factor.read", audience=OPERATOR, answer=factors.FactorSets, tag="operator", summary="因子集")
async def list_factor_sets(ctx: Acting, call: Call) -> factors.FactorSets:
    return await factors.factor_sets(ctx)


@route(
    "GET", "/api/v1/ops/factors", permission="ops.factor.read", audience=OPERATOR, query=ShelfQuery, answer=factors.Shelf,
    tag="operator", summary="因子库各行，含未核实的",
)  # fmt: skip
async def list_factor_rows(ctx: Acting, call: Call) -> factors.Shelf:
    q: ShelfQuery = call.query
    return await factors.factor_rows(ctx, key=q.set, q=q.q, unverified=q.unverified, page=q.page, page_size=q.page_size)


@route(
    "GET", "/api/v1/ops/parameters-table", permission="ops.factor.read", audience=OPERATOR, answer=factors.ParameterTable,
    tag="operator", summary="参数表与各版本",
)  # fmt: skip
async def list_parameter_table(ctx: Acting, call: Call) -> factors.ParameterTable:
    return await factors.parameter_table(ctx)


@route(
    "GET", "/api/v1/ops/factor-drafts", permission="ops.factor.read", audience=OPERATOR, query=DraftQuery, answer=factors.DraftPage,
    tag="operator", summary="因子和参数的草稿，待复核在前",
)  # fmt: skip
async def list_factor_drafts(ctx: Acting, call: Call) -> factors.DraftPage:
    return await factors.list_drafts(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/ops/factor-drafts", permission="ops.factor.propose", audience=OPERATOR, body=MakeFactorDraft,
    answer=factors.FactorDraft, status=201, idempotent=True, tag="operator", summary="起草新版本",
)  # fmt: skip
async def make_factor_draft(ctx: Acting, call: Call) -> factors.FactorDraft:
    return await factors.make_draft(ctx, call.body.kind, call.body.title, _rows(call.body.rows))


def _rows(rows: list[DraftRowBody]) -> list[factors.NewRow]:
    return [factors.NewRow(**msgspec.structs.asdict(row)) for row in rows]


@route(
    "GET", "/api/v1/ops/factor-drafts/<draft_id:str>", permission="ops.factor.read", audience=OPERATOR, answer=factors.FactorDraft,
    tag="operator", summary="一份草稿，含现行值与重叠",
)  # fmt: skip
async def read_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await factors.get_draft(ctx, draft_id)


@route(
    "PUT", "/api/v1/ops/factor-drafts/<draft_id:str>", permission="ops.factor.propose", audience=OPERATOR, body=EditFactorDraft,
    answer=factors.FactorDraft, idempotent=True, tag="operator", summary="修改草稿", errors=("STALE_VERSION", "STATE", "NOT_AUTHOR"),
)  # fmt: skip
async def edit_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await factors.edit_draft(ctx, draft_id, call.body.version, call.body.title, _rows(call.body.rows))


@route(
    "GET", "/api/v1/ops/factor-drafts/<draft_id:str>/impact", permission="ops.factor.read", audience=OPERATOR, answer=filing.FactorImpact,
    tag="operator", summary="发布后影响多少家企业未提交的期间",
)  # fmt: skip
async def read_factor_impact(ctx: Acting, call: Call, draft_id: UUID) -> filing.FactorImpact:
    return await filing.factor_impact(ctx, draft_id)


@route(
    "POST", "/api/v1/ops/factor-drafts/<draft_id:str>/review", permission="ops.factor.propose", audience=OPERATOR, body=MoveFactorDraft,
    answer=factors.FactorDraft, idempotent=True, tag="operator", summary="送复核", errors=("STALE_VERSION", "STATE", "NOT_AUTHOR", "OVERLAP"),
)  # fmt: skip
async def review_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await factors.review_draft(ctx, draft_id, call.body.version)


@route(
    "POST", "/api/v1/ops/factor-drafts/<draft_id:str>/withdraw", permission="ops.factor.propose", audience=OPERATOR, body=MoveFactorDraft,
    answer=factors.FactorDraft, idempotent=True, tag="operator", summary="作废草稿", errors=("STALE_VERSION", "STATE", "NOT_AUTHOR"),
)  # fmt: skip
async def withdraw_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await factors.withdraw_draft(ctx, draft_id, call.body.version)


@route(
    "POST", "/api/v1/ops/factor-drafts/<draft_id:str>/return", permission="ops.factor.publish", audience=OPERATOR, body=ReturnFactorDraft,
    answer=factors.FactorDraft, idempotent=True, tag="operator", summary="退回起草人", errors=("STALE_VERSION", "STATE"),
)  # fmt: skip
async def return_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await factors.return_draft(ctx, draft_id, call.body.version, call.body.reason)


@route(
    "POST", "/api/v1/ops/factor-drafts/<draft_id:str>/rows/<position:int>/confirm", permission="ops.factor.publish", audience=OPERATOR,
    body=ConfirmSource, answer=factors.FactorDraft, idempotent=True, tag="operator", summary="确认一行的来源",
    errors=("STALE_VERSION", "STATE", "TWO_PERSONS"),
)  # fmt: skip
async def confirm_factor_source(ctx: Acting, call: Call, draft_id: UUID, position: int) -> factors.FactorDraft:
    b: ConfirmSource = call.body
    return await factors.confirm_source(ctx, draft_id, b.version, position, confidence=b.confidence, source=b.source, source_url=b.source_url)


@route(
    "POST", "/api/v1/ops/factor-drafts/<draft_id:str>/publish", permission="ops.factor.publish", audience=OPERATOR, body=MoveFactorDraft,
    answer=factors.FactorDraft, idempotent=True, tag="operator", summary="由另一人发布",
    step_up="factor.publish", errors=("STEP_UP_REQUIRED", "STALE_VERSION", "STATE", "TWO_PERSONS", "UNVERIFIED", "OVERLAP"),
)  # fmt: skip
async def publish_factor_draft(ctx: Acting, call: Call, draft_id: UUID) -> factors.FactorDraft:
    return await filing.publish_factors(ctx, draft_id, call.body.version)
