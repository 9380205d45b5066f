"""Evaluating a firm's year (rules CE1-CE9, NR1-NR5, GN13, RS8).

Graded with every step, or the reason and what to do.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, cast
from uuid import UUID

import msgspec

import carbon
import factors
import rollups
from core.database import Acting
from core.ids import new_id
from grading import queries
from grading.reasons import REASONS, Reason, ReasonCode
from grading.states import BASIS_WORDS, Basis, Letter

#: Scheme and bounds that grade; printed on every paper.
METHOD_VERSION = "K5/2021"
ZERO = Decimal("0.000000")


@dataclass(frozen=True, slots=True)
class Missing:
    """What a complete year still lacks: month ``YYYY-MM`` and the item of the template (GN7)."""

    month: str
    item_id: str
    item: str


@dataclass(frozen=True, slots=True)
class YearInput:
    """The facts of one firm and year that are graded.

    tCO2, 万元. ``data_version`` names the filed state they came from.
    """

    year: int
    company: str
    uscc: str
    region_code: str
    region_name: str
    industry_code: str
    industry_name: str
    basis: Basis
    data_version: str
    e_core: Decimal
    d_green: Decimal
    a_own: Decimal
    va: Decimal | None
    tce: Decimal | None = None
    d_sink: Decimal = ZERO
    d_ccus: Decimal = ZERO
    missing: tuple[Missing, ...] = ()
    part_year: bool = False
    factor_names: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()  # (code, name) of the regions and industries above the firm


@dataclass(frozen=True, slots=True)
class Bounds:
    """Thresholds of intensity and efficiency in force on the last day of the period, and where they stand (GN11)."""

    k: tuple[Decimal, ...] = carbon.K_BOUNDS
    l: tuple[Decimal, ...] = carbon.L_BOUNDS  # noqa: E741
    rows: tuple[factors.Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One card of the computation: what it is, how it was made, the value; ``failed`` where it stopped."""

    label: str
    text: str
    value: str
    unit: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one year; every figure with the digits it is graded and shown by (GN2).

    tCO2 (``emission`` = E_core, ``e_k``, parts, ``distance`` = tonnes to the next level), 万元, tCO2/万元, percent.
    """

    year: int
    graded: bool
    reason: ReasonCode | None
    reason_text: str
    remedy: str
    also: list[Reason]
    missing: list[Missing]
    basis: Basis
    basis_word: str
    region_code: str
    region_name: str
    industry_code: str
    industry_name: str
    emission: Decimal
    tce: Decimal | None
    d_green: Decimal
    d_sink: Decimal
    d_ccus: Decimal
    e_k: Decimal
    va: Decimal | None
    l: Decimal | None  # noqa: E741 - the symbol of the method
    horizontal: str | None
    benchmark: str
    benchmark_row: rollups.Benchmark | None
    k: Decimal | None
    level: int | None
    level_word: str | None
    letter: Letter | None
    letter_colour: str | None
    colour: str | None
    label: str | None
    n: Decimal | None
    n_reason: str | None
    n_structural: Decimal | None
    n_offset: Decimal | None
    a_own: Decimal
    rank: int | None
    peers: int | None
    percentile: Decimal | None
    best_quartile: Decimal | None
    next_level: int | None
    distance: Decimal | None
    factor_names: list[str]
    steps: list[Step]
    tried: list[str]
    parameters: list[factors.Parameter]
    method_version: str
    data_version: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class EvaluationVersion:
    """One stored run (CE12)."""

    id: UUID
    year: int
    version: int
    status: Literal["graded", "ungraded"]
    reason: ReasonCode | None
    level: int | None
    letter: Letter | None
    k: Decimal | None
    l: Decimal | None  # noqa: E741
    n: Decimal | None
    basis: str
    method_version: str
    evaluated_on: date
    created_at: datetime


@dataclass(slots=True)
class _Cards:
    steps: list[Step] = field(default_factory=list)

    def add(self, label: str, text: str, value: str, unit: str = "", failed: bool = False) -> None:
        self.steps.append(Step(label, text, value, unit, failed))


async def evaluate_input(ctx: Acting, given: YearInput) -> Evaluation:
    """Grade the facts of a year against the benchmark known today."""
    bounds = await bounds_of(ctx, given.year)
    choice = await rollups.choose_benchmark(ctx, given.region_code, given.industry_code, given.year)
    row = choice.benchmark
    made = carbon.grade(
        given.e_core,
        given.va,
        row.b if row else None,
        d_green=given.d_green,
        d_sink=given.d_sink,
        d_ccus=given.d_ccus,
        k_bounds=bounds.k,
        l_bounds=bounds.l,
    )
    neutral = carbon.neutrality(
        given.e_core, a_own=given.a_own, d_green=given.d_green, sink=given.d_sink, ccus=given.d_ccus
    )
    reasons = _reasons(given, made, row is None)
    graded, whole = not reasons, not given.missing and not given.part_year
    place, distance = rollups.NO_PLACE, None
    if graded and row is not None and made.k is not None and given.va is not None:
        place = await rollups.peer_place(ctx, row, given.year, made.k)
        distance = carbon.distance_to_next_level(made.e_k, given.va, row.b, bounds.k)
    return Evaluation(
        year=given.year,
        graded=graded,
        reason=None if graded else reasons[0].code,
        reason_text="" if graded else reasons[0].text,
        remedy="" if graded else reasons[0].remedy,
        also=reasons[1:],
        missing=list(given.missing),
        basis=given.basis,
        basis_word=BASIS_WORDS[given.basis],
        region_code=given.region_code,
        region_name=given.region_name,
        industry_code=given.industry_code,
        industry_name=given.industry_name,
        emission=given.e_core,
        tce=given.tce,
        d_green=given.d_green,
        d_sink=given.d_sink,
        d_ccus=given.d_ccus,
        e_k=made.e_k,
        va=given.va,
        l=made.intensity if whole else None,
        horizontal=made.horizontal_level if whole else None,
        benchmark=_benchmark_words(given, choice),
        benchmark_row=row,
        k=made.k if graded else None,
        level=made.level if graded else None,
        level_word=made.word if graded else None,
        letter=cast(Letter, made.letter) if graded else None,
        letter_colour=made.gz_colour if graded else None,
        colour=made.code_colour if graded else None,
        label=made.label,
        n=neutral.n_pct if whole else None,
        n_reason=neutral.reason,
        n_structural=neutral.structural_pct if whole else None,
        n_offset=neutral.offset_pct if whole else None,
        a_own=neutral.a_own,
        rank=place.rank,
        peers=place.n,
        percentile=place.better_than_pct,
        best_quartile=place.best_quartile,
        next_level=distance.next_level if distance else None,
        distance=distance.reduction_needed if distance else None,
        factor_names=list(given.factor_names),
        steps=_steps(given, made, neutral, choice, reasons),
        tried=choice.tried,
        parameters=list(bounds.rows),
        method_version=METHOD_VERSION,
        data_version=given.data_version,
        fingerprint=_fingerprint(given, row, bounds),
    )


async def bounds_of(ctx: Acting, year: int) -> Bounds:
    """Thresholds of a year by GN11; those of the published method where no dated row is in force."""
    rows = await factors.parameters_in_force(ctx.db, ["CE_K_BOUNDS", "CE_L_BOUNDS"], date(year, 12, 31))
    k, l = rows.get("CE_K_BOUNDS"), rows.get("CE_L_BOUNDS")  # noqa: E741
    return Bounds(
        tuple(Decimal(v) for v in k.value) if k else carbon.K_BOUNDS,
        tuple(Decimal(v) for v in l.value) if l else carbon.L_BOUNDS,
        tuple(rows.values()),
    )


def _reasons(given: YearInput, made: carbon.Grade, no_benchmark: bool) -> list[Reason]:
    codes = []
    if given.missing:
        codes.append("INCOMPLETE_MONTHS")
    if given.part_year:
        codes.append("PART_YEAR")
    if given.va is None or given.va <= 0:
        codes.append("NO_VALUE_ADDED" if given.va is None else "NON_POSITIVE_VALUE_ADDED")
    if not given.industry_code:
        codes.append("NO_INDUSTRY")
    elif no_benchmark:
        codes.append("NO_BENCHMARK")
    if not codes and made.status != "graded":
        codes.append(made.reason or "NO_BENCHMARK")
    return [REASONS[code] for code in codes]


def _benchmark_words(given: YearInput, choice: rollups.Choice) -> str:
    if choice.benchmark is None:
        return ""
    later = f"（{choice.earlier_year} 年基准沿用）" if choice.earlier_year else ""
    return choice.benchmark.label(dict(given.names)) + later


def _steps(
    given: YearInput, made: carbon.Grade, neutral: carbon.Neutrality, choice: rollups.Choice, reasons: list[Reason]
) -> list[Step]:
    """The cards as far as they go; the one that could not be made carries the reason."""
    plain, cards, stop = carbon.plain, _Cards(), {r.code: r for r in reasons}
    by_name = {step["name"]: step for step in made.steps}
    failed = stop.get("INCOMPLETE_MONTHS") or stop.get("PART_YEAR")
    if failed:
        cards.add("碳排放", failed.text, plain(given.e_core), "tCO2", failed=True)
        return cards.steps
    cards.add("碳排放", "全年各行排放之和（核心口径）", plain(given.e_core), "tCO2")
    cards.add("扣减后排放", by_name["核减后排放"]["formula"], plain(made.e_k), "tCO2")
    failed = stop.get("NO_VALUE_ADDED") or stop.get("NON_POSITIVE_VALUE_ADDED")
    if failed:
        cards.add("碳强度", failed.text, "", failed=True)
        return cards.steps
    cards.add("碳强度", by_name["碳强度"]["formula"], plain(made.intensity or ZERO), "tCO2/万元")
    failed = stop.get("NO_INDUSTRY") or stop.get("NO_BENCHMARK")
    if failed or choice.benchmark is None or made.k is None:
        cards.add("行业基准", failed.text if failed else "", "", failed=True)
        return cards.steps
    cards.add("行业基准", _benchmark_words(given, choice), plain(choice.benchmark.b), "tCO2/万元")
    cards.add("碳效值", by_name["碳效值"]["formula"], plain(made.k))
    if neutral.n_pct is None:
        cards.add("碳中和率", "排放基数为零，不计算碳中和率", "")
    else:
        formula = f"{plain(neutral.r)} ÷ {plain(neutral.e_base)} × 100"
        cards.add("碳中和率", formula, plain(neutral.n_pct), "%")
    cards.add("等级", by_name["等级"]["formula"], by_name["等级"]["value"])
    return cards.steps


def _fingerprint(given: YearInput, row: rollups.Benchmark | None, bounds: Bounds) -> str:
    """Same facts, same benchmark, same method: same print. What a new certificate would have to differ in."""
    facts = {
        "given": given,
        "benchmark": row.id if row else None,
        "method": METHOD_VERSION,
        "bounds": [bounds.k, bounds.l],
    }
    return sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()


async def store_evaluation(ctx: Acting, made: Evaluation) -> UUID:
    """Keep a run as a new version with its whole trace.

    A run that differs in nothing from the last one is that one (CE12).
    """
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"evaluation {ctx.tenant} {made.year}")
    last = await ctx.db.row(queries.LAST_EVALUATION, ctx.tenant, made.year)
    if last is not None and last["fingerprint"] == made.fingerprint:
        found: UUID = last["id"]
        return found
    evaluation_id, row = new_id(), made.benchmark_row
    await ctx.db.run(
        queries.PUT_EVALUATION,
        ctx.tenant,
        evaluation_id,
        made.year,
        1 + (last["version"] if last else 0),
        "graded" if made.graded else "ungraded",
        made.reason,
        made.level,
        made.letter,
        made.k,
        made.l,
        made.n,
        row.id if row and made.graded else None,
        made.basis,
        made.method_version,
        made.fingerprint,
        trace_of(made, ctx.today),
        ctx.today,
        ctx.now,
        ctx.account_id,
    )
    return evaluation_id


def trace_of(made: Evaluation, known_on: date) -> dict[str, Any]:
    """The whole run as JSON: inputs, rows, steps, and on which day they were known (GN11)."""
    trace: dict[str, Any] = msgspec.to_builtins(made)
    return trace | {"known_on": known_on.isoformat(), "period_end": f"{made.year}-12-31"}


async def evaluation_history(ctx: Acting, year: int | None = None) -> list[EvaluationVersion]:
    """Stored runs, newest first."""
    return [EvaluationVersion(**row) for row in await ctx.db.rows(queries.EVALUATIONS, ctx.tenant, year)]
