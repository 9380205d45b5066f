"""Benchmarks on the operator's desk (rules CE7, CE8): list, propose an official row, a second person publishes it."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

import rollups
from api.kernel.route import Call, route
from api.kernel.types import Answer, Page, Quantity, Struct
from auth.audiences import OPERATOR
from core.database import Acting


class BenchmarkQuery(Page, kw_only=True):
    """Filters of the list; empty = all."""

    period: Annotated[str, msgspec.Meta(max_length=10)] = ""
    industry: Annotated[str, msgspec.Meta(max_length=5)] = ""
    state: Literal["", "draft", "published", "rejected"] = ""
    origin: Literal["", "official", "platform"] = ""


class BenchmarkList(Answer, kw_only=True):
    """One page of rows, drafts first."""

    items: list[rollups.BenchmarkRow]
    total: int
    page: int
    page_size: int


class ProposeBenchmark(Struct, kw_only=True):
    """An official row: B in tCO2/万元, who published it and in which document."""

    region_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
    industry_code: Annotated[str, msgspec.Meta(pattern=r"^[A-T][0-9]{0,4}$")]
    period: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$")]
    b: Quantity
    n: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    document: Annotated[str, msgspec.Meta(max_length=500)] = ""


class DecideBenchmark(Struct, kw_only=True):
    """Publish or reject, with a note."""

    publish: bool = True
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


@route(
    "GET",
    "/api/v1/ops/benchmarks",
    permission="ops.benchmark.read",
    audience=OPERATOR,
    query=BenchmarkQuery,
    answer=BenchmarkList,
    tag="benchmarks",
    summary="行业基准列表",
)
async def list_benchmarks(ctx: Acting, call: Call) -> BenchmarkList:
    q = call.query
    items, total = await rollups.list_benchmarks(ctx, q.period, q.industry, q.state, q.origin, q.page_size, q.offset)
    return BenchmarkList(items=items, total=total, page=q.page, page_size=q.page_size)


@route(
    "POST",
    "/api/v1/ops/benchmarks",
    permission="ops.benchmark.propose",
    audience=OPERATOR,
    body=ProposeBenchmark,
    answer=rollups.BenchmarkRow,
    status=201,
    idempotent=True,
    tag="benchmarks",
    summary="提出一行官方行业基准",
)
async def propose_benchmark(ctx: Acting, call: Call) -> rollups.BenchmarkRow:
    b = call.body
    return await rollups.propose_benchmark(
        ctx, b.region_code, b.industry_code, b.period, b.b, b.n, b.source, b.document
    )


@route(
    "POST",
    "/api/v1/ops/benchmarks/<id>/publish",
    permission="ops.benchmark.publish",
    audience=OPERATOR,
    body=DecideBenchmark,
    answer=rollups.BenchmarkRow,
    idempotent=True,
    tag="benchmarks",
    summary="由另一人发布或驳回行业基准",
    errors=("ALREADY_DECIDED", "TWO_PERSONS"),
)
async def publish_benchmark(ctx: Acting, call: Call, id: UUID) -> rollups.BenchmarkRow:
    return await rollups.decide_benchmark(ctx, id, call.body.publish, call.body.note)
