"""Industry benchmarks B (rules CE7, CE8, RS7).

Choosing one for a firm, making the platform's averages, publishing official rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from carbon import better_than, platform_benchmark, quantise_intensity
from core.database import Acting, Db
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.ids import new_id
from rollups import queries
from rollups.places import (
    INDUSTRY_NAMES,
    REGION_NAMES,
    industries_above,
    industry_level,
    region_level,
    region_prefix,
    regions_above,
)
from rollups.sums import showable

RegionLevel = Literal["district", "city", "province", "nation"]
IndustryLevel = Literal["class", "group", "division", "section"]
Origin = Literal["official", "platform"]
MAX_AGE = 2  # years, CE8 (3)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row of B (tCO2/万元): whose it is, from how many firms, since when it is known."""

    id: UUID
    b: Decimal
    period: str
    basis: str
    origin: str
    region_code: str
    region_level: str
    industry_code: str
    industry_level: str
    n: int | None
    largest_share: Decimal | None
    source: str
    document: str
    known_from: date | None

    def label(self, names: Mapping[str, str] | None = None) -> str:
        """How the row is named on trace, report and certificate; ``names`` of regions and industries by code."""
        known = names or {}
        place = known.get(self.region_code, REGION_NAMES[self.region_level])
        what = f"{known.get(self.industry_code, '')} {self.industry_code}".strip()
        head = f"{self.period} 年{place} · {INDUSTRY_NAMES[self.industry_level]} {what}"
        if self.origin == "official":
            return f"{head}：{self.source}"
        kind = "核查数据" if self.basis == "verified" else "填报数据"
        return f"{head}：平台同行业平均（{kind}，{self.n} 家）"


@dataclass(frozen=True, slots=True)
class Choice:
    """The row of B that applies, or none.

    ``earlier_year`` says the year of the row when it is not the asked one (CE8 (3)).
    """

    benchmark: Benchmark | None
    earlier_year: int | None
    tried: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """A row as operators see it."""

    id: UUID
    region_code: str
    region_level: RegionLevel
    industry_code: str
    industry_level: IndustryLevel
    period: str
    basis: Literal["self", "verified", "official"]
    b: Decimal
    n: int | None
    largest_share: Decimal | None
    origin: Origin
    source: str
    document: str
    state: Literal["draft", "published", "rejected"]
    known_from: date | None
    known_to: date | None
    proposed_at: datetime
    decided_at: datetime | None
    decision_note: str
    proposed_by_me: bool


async def choose_benchmark(ctx: Acting, region_code: str, industry_code: str, year: int) -> Choice:
    """B for a firm's region, industry and year as known today, by CE8 (1)-(4)."""
    years = [year - age for age in range(MAX_AGE + 1)]
    rows = await ctx.db.rows(
        queries.CANDIDATES,
        ctx.today,
        [str(y) for y in years],
        regions_above(region_code),
        industries_above(industry_code),
    )
    return pick_benchmark([Benchmark(**row) for row in rows], region_code, industry_code, year)


def pick_benchmark(rows: Sequence[Benchmark], region_code: str, industry_code: str, year: int) -> Choice:
    """CE8 on rows in force.

    Official before platform, the asked year before the two years before it, near before far.
    """
    tried: list[str] = []
    for age in range(MAX_AGE + 1):
        period = str(year - age)
        of_year = [r for r in rows if r.period == period]
        found = _nearest((r for r in of_year if r.origin == "official"), region_code, industry_code)
        if found is None:
            tried.append(f"{period} 年无官方发布的行业基准")
            found = _nearest((r for r in of_year if r.origin == "platform" and _usable(r)), region_code, industry_code)
        if found is not None:
            return Choice(found, year - age if age else None, tried)
        tried.append(f"{period} 年本市、本省、全国的小类、中类、大类、门类同行业数据不足")
    return Choice(None, None, tried)


def _nearest(rows: Iterable[Benchmark], region_code: str, industry_code: str) -> Benchmark | None:
    by_cell: dict[tuple[str, str], Benchmark] = {}
    for row in rows:
        key = (row.region_code, row.industry_code)
        if key not in by_cell or row.basis == "verified":  # verified data where enough firms have them
            by_cell[key] = row
    for region in regions_above(region_code):
        for industry in industries_above(industry_code):
            if (region, industry) in by_cell:
                return by_cell[region, industry]
    return None


def _usable(row: Benchmark) -> bool:
    return row.n is not None and row.largest_share is not None and showable(row.n, row.largest_share)


async def compute_benchmarks(db: Db, year: int, now: datetime, today: date) -> int:
    """The yearly job: platform averages of ``year`` by CE7 for every cell that RS7 lets be shown; returns how many
    rows are new.

    A row whose figures are unchanged stays; a changed one is closed and followed by a new one. Running it again
    changes nothing.
    """
    rows = []
    for cell in await db.rows(queries.CELLS, year):
        made = platform_benchmark(cell["e_k"], cell["va"], cell["n"], cell["largest_e_k"])
        if made is None:
            continue
        rows.append(
            {
                "id": new_id(),
                **{
                    key: cell[key]
                    for key in ("region_code", "region_level", "industry_code", "industry_level", "basis", "n")
                },
                "b": str(made.b),
                "largest_share": str(made.largest_share),
            }
        )
    return int(await db.value(queries.PUT_PLATFORM, str(year), rows, now, today)) if rows else 0


async def has_platform_rows(db: Db, year: int) -> bool:
    """Was a platform average of ``year`` ever made?"""
    return bool(await db.value(queries.HAS_PLATFORM, str(year)))


async def propose_benchmark(
    ctx: Acting,
    region_code: str,
    industry_code: str,
    period: str,
    b: Decimal,
    n: int | None,
    source: str,
    document: str,
) -> BenchmarkRow:
    """An official row as draft.

    Another operator publishes it. Raises Invalid on a code, period or value that cannot be.
    """
    ctx.require("ops.benchmark.propose")
    errors = _faults(region_code, industry_code, period, b, source, ctx.today.year)
    if errors:
        raise Invalid(errors)
    row = {
        "id": new_id(),
        "region_code": region_code,
        "region_level": region_level(region_code),
        "industry_code": industry_code,
        "industry_level": industry_level(industry_code),
        "period": period,
        "b": str(b),
        "n": n,
        "source": source.strip(),
        "document": document.strip(),
    }
    made = await ctx.db.value(queries.PROPOSE, row, ctx.now)
    ctx.audit(
        "benchmark.propose",
        "benchmark",
        made,
        detail={"industry": industry_code, "region": region_code, "period": period, "b": str(b)},
    )
    return await _one(ctx, made)


def _faults(region: str, industry: str, period: str, b: Decimal, source: str, this_year: int) -> list[FieldError]:
    errors = []
    if len(region) != 6 or not (region.isascii() and region.isdigit()):
        errors.append(FieldError("region_code", "REGION", "请选择地区（六位行政区划代码，全国为 000000）。"))
    if len(industry) not in (1, 3, 4, 5) or not (
        industry.isascii() and industry[0].isupper() and (industry[1:].isdigit() or len(industry) == 1)
    ):
        errors.append(FieldError("industry_code", "INDUSTRY", "请选择行业（GB/T 4754 门类、大类、中类或小类代码）。"))
    if len(period) != 4 or not (period.isascii() and period.isdigit()) or not 2000 <= int(period) <= this_year:
        errors.append(FieldError("period", "PERIOD", "请填四位年份，且不晚于今年。"))
    if b <= 0 or b >= Decimal(10) ** 6:
        errors.append(FieldError("b", "RANGE", "基准值须大于 0，单位 tCO2/万元。"))
    if not source.strip():
        errors.append(FieldError("source", "REQUIRED", "请写明发布单位和文件名称。"))
    return errors


async def decide_benchmark(ctx: Acting, benchmark_id: UUID, publish: bool, note: str = "") -> BenchmarkRow:
    """Publish or reject a proposed official row.

    Raises NotFound; Conflict when decided before; Forbidden for the proposer.
    """
    ctx.require("ops.benchmark.publish")
    outcome = await ctx.db.value(queries.DECIDE, benchmark_id, publish, note, ctx.now, ctx.today)
    if outcome == "not_found":
        raise NotFound()
    if outcome == "not_draft":
        raise Conflict("ALREADY_DECIDED", "这一行已经处理过，请刷新列表。")
    if outcome == "same_person":
        raise Forbidden("TWO_PERSONS", "提出与发布须由两个人办理，请另一位审批人员处理。")
    ctx.audit("benchmark.publish" if publish else "benchmark.reject", "benchmark", benchmark_id, detail={"note": note})
    return await _one(ctx, benchmark_id)


async def list_benchmarks(
    ctx: Acting,
    period: str = "",
    industry: str = "",
    state: str = "",
    origin: str = "",
    limit: int = 20,
    offset: int = 0,
) -> tuple[list[BenchmarkRow], int]:
    """Rows for operators, drafts first; and how many there are."""
    ctx.require("ops.benchmark.read")
    rows = await ctx.db.rows(queries.LIST, period, industry, state, origin, limit, offset)
    total = int(rows[0]["total"]) if rows else 0
    return [_row(r) for r in rows], total


async def _one(ctx: Acting, benchmark_id: UUID) -> BenchmarkRow:
    row = await ctx.db.row(queries.ONE, benchmark_id)
    if row is None:
        raise NotFound()
    return _row(row)


def _row(row: dict[str, Any]) -> BenchmarkRow:
    return BenchmarkRow(**{key: value for key, value in row.items() if key != "total"})


@dataclass(frozen=True, slots=True)
class Place:
    """A firm among the firms of the cell its benchmark comes from (GN13, RS8).

    Everything None below five firms (RS7).
    """

    n: int | None
    rank: int | None
    better_than_pct: Decimal | None
    best_quartile: Decimal | None


NO_PLACE = Place(None, None, None, None)


async def peer_place(ctx: Acting, benchmark: Benchmark, year: int, k: Decimal) -> Place:
    """Place of the acting firm's ``k`` among the complete firms of the benchmark's region and industry in ``year``."""
    row = await ctx.db.row(
        queries.PLACE, year, region_prefix(benchmark.region_code), benchmark.industry_code, benchmark.b, k
    )
    assert row is not None
    n = int(row["n"]) + (0 if row["included"] else 1)
    if n < 5:
        return NO_PLACE
    quartile = quantise_intensity(row["best_quartile"]) if n >= 20 and row["best_quartile"] is not None else None
    return Place(n, int(row["smaller"]) + 1, better_than(int(row["larger"]), n), quartile)
