"""Handlers of factors: the public calculator (stores nothing), energies with units and uses, the library with its history."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

import msgspec

import factors
from api.kernel.route import Call, route
from api.kernel.types import Answer, Month, Page, Quantity, Struct
from carbon import (
    USE_NAMES,
    USES,
    Activity,
    LineError,
    LineResult,
    Measured,
    calculate_line,
    month_int,
    same_dimension,
    scope,
    total,
    unit,
)
from core.database import Acting
from core.errors import FieldError, Invalid, NotFound

Code = Annotated[str, msgspec.Meta(max_length=100)]


class LineParameters(Struct, kw_only=True):
    """Measured values instead of defaults: ncv GJ per unit of the line, carbon_content tC/GJ, oxidation_rate %, factor tCO2 per unit."""

    ncv: str | None = None
    carbon_content: str | None = None
    oxidation_rate: str | None = None
    factor: str | None = None


class CalculateLine(Struct, kw_only=True):
    """``energy`` and ``unit`` as in the list of energies; ``use`` as in rule FI1."""

    energy: Code
    amount: Quantity
    unit: Code
    use: Code
    parameters: LineParameters | None = None


class Calculate(Struct, kw_only=True):
    """``factor_set`` null: the defaults of rule FI14. ``factor_policy``: newest published (GN11), or the year of ``period``."""

    period: Month
    region: Code
    factor_set: Code | None = None
    factor_policy: Literal["published_latest", "year_matched"] = "published_latest"
    lines: Annotated[list[CalculateLine], msgspec.Meta(min_length=1, max_length=200)]


class Tce(Answer):
    equivalent: Decimal | None
    equal_value: Decimal | None


class FactorShown(Answer):
    code: str
    value: str
    unit: str
    kind: str
    factor_set: str
    factor_year: int | None
    valid_from: str | None
    valid_to: str | None
    source: str
    note: str


class CalculatedLine(Answer):
    energy: str
    name: str
    amount: Decimal
    unit: str
    use: str
    scope: str
    co2_t: Decimal
    energy_tce: Tce
    factor: FactorShown
    formula: str
    trace: dict[str, Any]


class Calculated(Answer):
    period: str
    region: str
    co2_t: Decimal
    direct: Decimal
    indirect: Decimal
    process: Decimal
    energy_tce: Tce
    lines: list[CalculatedLine]


@route(
    "POST", "/api/v1/carbon/calculate", public=True, read_only=True, no_database=True, body=Calculate, answer=Calculated, rate_limit=(60_000, 60),
    summary="碳排放与能耗计算（公开，不保存）", errors=("INVALID", "FACTOR_MISSING"),
)  # fmt: skip
async def calculate(ctx: Acting, call: Call) -> Calculated:
    body: Calculate = call.body
    book = await factors.published_catalogue()
    ask = _ask(body, ctx.today, book)
    made: list[tuple[CalculateLine, LineResult]] = []
    faults: list[FieldError] = []
    for n, entry in enumerate(body.lines):
        try:
            made.append((entry, _line(book, ask, entry, f"lines[{n}]")))
        except LineError as error:
            faults.append(FieldError(f"lines[{n}].{error.field}", error.code, error.message))
    if faults:
        raise Invalid(faults, code="FACTOR_MISSING" if all(f.code == "FACTOR_MISSING" for f in faults) else "INVALID")
    return _answer(book, body, made)


def _ask(body: Calculate, today: date, book: factors.Catalogue) -> factors.Ask:
    period = month_int(body.period)
    if period > today.year * 100 + today.month:
        raise Invalid([FieldError("period", "FUTURE", f"{body.period} 还没有到，请选择已经开始的月份。")])
    province = factors.province_of(body.region)
    if province is None:
        raise Invalid([FieldError("region", "UNKNOWN", "请填 6 位行政区划代码，例如 440100。")])
    if body.factor_set is not None and body.factor_set not in book.sets:
        raise Invalid([FieldError("factor_set", "UNKNOWN", f"不认识的因子集，可选：{'、'.join(sorted(book.sets))}，或留空用缺省。")])
    return factors.Ask(province, period, today, body.factor_policy, body.factor_set)


def _line(book: factors.Catalogue, ask: factors.Ask, entry: CalculateLine, path: str) -> LineResult:
    if entry.use not in USES:
        raise LineError("use", "UNKNOWN_USE", f"不认识的用途，可选：{'、'.join(f'{u}（{USE_NAMES[u]}）' for u in USES)}。")
    try:
        carrier = book.carrier(entry.energy, ask)
    except factors.UnknownEnergy:
        raise LineError("energy", "UNKNOWN_ENERGY", "不认识的能源代码，请从能源列表（GET /api/v1/energies）中选择。") from None
    return calculate_line(Activity(carrier, Decimal(entry.amount), entry.unit, entry.use, _measured(entry)))


_NOTHING_MEASURED = Measured()


def _measured(entry: CalculateLine) -> Measured:
    given = entry.parameters
    if given is None or (given.ncv is None and given.carbon_content is None and given.oxidation_rate is None and given.factor is None):
        return _NOTHING_MEASURED
    values: dict[str, Decimal] = {}
    for name in ("ncv", "carbon_content", "oxidation_rate", "factor"):
        text = getattr(given, name)
        if text is None:
            continue
        values[name] = _parameter(name, text)
    return Measured(values.get("ncv"), values.get("carbon_content"), values.get("oxidation_rate"), values.get("factor"))


def _parameter(name: str, text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text, re.ASCII):
        raise LineError(f"parameters.{name}", "QUANTITY", "参数请填不带单位的半角数字（以字符串传递），不能为负。")
    value = Decimal(text)
    if name == "oxidation_rate" and value > 100:
        raise LineError("parameters.oxidation_rate", "RANGE", "碳氧化率为百分数，应在 0–100 之间。")
    return value


def _answer(book: factors.Catalogue, body: Calculate, made: list[tuple[CalculateLine, LineResult]]) -> Calculated:
    sums = total([(entry.use, result) for entry, result in made])
    lines = [
        CalculatedLine(
            energy=entry.energy, name=book.name(entry.energy), amount=Decimal(entry.amount), unit=entry.unit, use=entry.use, scope=scope(entry.use),
            co2_t=result.co2_t, energy_tce=Tce(equivalent=result.tce_equivalent, equal_value=result.tce_equal_value),
            factor=cast(FactorShown, result.factor), formula=result.formula, trace=result.trace,
        )
        for entry, result in made
    ]  # fmt: skip
    return Calculated(
        period=body.period, region=body.region, co2_t=sums.co2_t, direct=sums.direct, indirect=sums.indirect, process=sums.process,
        energy_tce=Tce(equivalent=sums.tce_equivalent, equal_value=sums.tce_equal_value), lines=lines,
    )  # fmt: skip


class UseAnswer(Answer):
    code: str
    name: str


class EnergyAnswer(Answer):
    code: str
    name: str
    family: str
    unit: str
    units: list[str]
    uses: list[UseAnswer]
    has_factor: bool
    has_tce: bool


class Energies(Answer):
    items: list[EnergyAnswer]
    total: int


@route("GET", "/api/v1/energies", public=True, no_database=True, answer=Energies, summary="能源种类、可选单位和用途")
async def energies(ctx: Acting, call: Call) -> Energies:
    book = await factors.published_catalogue()
    ask = factors.Ask("CN", ctx.today.year * 100 + ctx.today.month, ctx.today)
    items = []
    for code in book.codes:
        carrier = book.carrier(code, ask)
        factor = carrier.co2_factor or carrier.grid or carrier.heat
        items.append(
            EnergyAnswer(
                code=code, name=carrier.name, family=factors.source_group(code), unit=carrier.fill_in_unit, units=_units(carrier.fill_in_unit),
                uses=[UseAnswer(code=u, name=USE_NAMES[u]) for u in carrier.uses], has_factor=factor is not None or code == "process",
                has_tce=carrier.tce is not None,
            )
        )  # fmt: skip
    return Energies(items=items, total=len(items))


def _units(usual: str) -> list[str]:
    """The usual unit first, then what people also have on their bills."""
    common = {"electricity": ["10^4 kWh", "kWh", "MWh"], "heat": ["GJ", "MJ"], "mass": ["t", "kg"], "volume": ["10^4 Nm3", "Nm3", "m3"], "co2": ["tCO2"]}
    kind = unit(usual).dimension
    return list(dict.fromkeys([usual, *common.get(kind, same_dimension(usual))]))


class FactorQuery(Page, kw_only=True):
    code: Code | None = None
    kind: Code | None = None
    region: Code | None = None
    q: Code | None = None


class FactorAnswer(Answer):
    code: str
    name: str
    kind: str
    value: str
    unit: str
    factor_set: str
    factor_year: int | None
    region_code: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_url: str
    confidence: str
    note: str


class Factors(Answer):
    items: list[FactorAnswer]
    total: int
    page: int
    page_size: int


@route("GET", "/api/v1/factors", public=True, query=FactorQuery, answer=Factors, rate_limit=(240, 60), summary="因子库（未核实的不提供）")
async def list_factors(ctx: Acting, call: Call) -> Factors:
    q: FactorQuery = call.query
    rows, count = await factors.search(ctx.db, code=q.code, kind=q.kind, region=q.region, text=q.q, limit=q.page_size, offset=q.offset)
    return Factors(items=[FactorAnswer(**r) for r in rows], total=count, page=q.page, page_size=q.page_size)


class FactorHistory(Answer):
    items: list[FactorAnswer]
    total: int


@route("GET", "/api/v1/factors/<code>/history", public=True, answer=FactorHistory, rate_limit=(240, 60), summary="一个因子的历次取值")
async def factor_history(ctx: Acting, call: Call, code: str) -> FactorHistory:
    rows = await factors.history(ctx.db, code)
    if not rows:
        raise NotFound("没有这个因子，或它尚未核实。")
    return FactorHistory(items=[FactorAnswer(**r) for r in rows], total=len(rows))


class ReferenceCase(Answer):
    id: str
    name: str
    title: str
    figures: dict[str, Any]
    source: str
    source_url: str


class ReferenceCases(Answer):
    items: list[ReferenceCase]
    total: int


@route("GET", "/api/v1/reference-cases", public=True, answer=ReferenceCases, rate_limit=(240, 60), summary="公开报道过的企业案例（只读，无等级）")
async def reference_cases(ctx: Acting, call: Call) -> ReferenceCases:
    items = [ReferenceCase(**r) for r in await factors.reference_cases(ctx.db)]
    return ReferenceCases(items=items, total=len(items))


