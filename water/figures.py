"""From a typed year to its figures (WA1-WA11): indicators with formula and reason, balance, products against quotas, measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from carbon import UnitError, convert, plain, water, year_on_year
from water.quotas import Quota
from water.records import FIELDS, OUTFLOWS, REUSES, SOURCES, UNCONVENTIONAL, USES, Body, Measure, Product, WaterData

UNBALANCED = water.UNBALANCED


@dataclass(frozen=True, slots=True)
class Money:
    """What the year's operating data say, 万元 at current prices."""

    output: Decimal | None = None
    value_added: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure with how it was made. ``value`` None comes with a ``reason``. ``change_pct`` against last year (GN14), not of percentages."""

    code: str
    name: str
    unit: str
    value: Decimal | None
    last_year: Decimal | None
    change_pct: Decimal | None
    formula: str
    reason: str


@dataclass(frozen=True, slots=True)
class BalanceView:
    """Two sums side by side, m3 (WA7); ``word`` is ok, 水量不平衡, or empty while ``reason`` says what is missing."""

    inflow: Decimal | None
    outflow: Decimal | None
    difference: Decimal | None
    error_pct: Decimal | None
    tolerance_pct: Decimal
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProductFigure:
    """A product with its own intake and its quota as in force at the year's end; ``reason`` says why there is none."""

    id: UUID
    name: str
    unit: str
    output: Decimal | None
    production_water: Decimal | None
    quota_id: UUID | None
    unit_intake: Decimal | None
    status: str
    excess_pct: Decimal | None
    quota: Quota | None
    last_year: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureFigure:
    """A measure with its effect: m3 within the year, CNY per m3, years to pay back."""

    id: UUID
    name: str
    summary: str
    investment: Decimal | None
    implemented_on: date | None
    annual_saving: Decimal | None
    in_year_saving: Decimal | None
    cost_per_m3: Decimal | None
    payback_years: Decimal | None


def fresh(data: WaterData) -> Decimal | None:
    """V_f."""
    return water.intake(data.tap, data.surface, data.ground, data.bought_other, data.supplied_out)


def unconventional(data: WaterData) -> Decimal | None:
    """V_u: what was typed; None when nothing of it was."""
    typed = [v for n in UNCONVENTIONAL if (v := getattr(data, n)) is not None]
    return water.together(*typed) if typed else None


def _blank(data: WaterData, names: Sequence[str]) -> str:
    """未填：自来水取水量、地表水取水量, or empty."""
    gone = [FIELDS[n].label for n in names if getattr(data, n) is None]
    return f"未填：{'、'.join(gone)}" if gone else ""


def _given(data: WaterData, names: Sequence[str]) -> str:
    return " + ".join(_text(getattr(data, n)) for n in names)


class _Year:
    """The sums of one year, named once."""

    def __init__(self, data: WaterData, money: Money) -> None:
        self.data, self.money = data, money
        self.fresh = fresh(data)
        self.reused = water.together(*(getattr(data, n) for n in REUSES))
        self.total = water.together(self.fresh, self.reused)
        self.unconventional = unconventional(data)


_Value = Callable[[_Year], Decimal | None]
_Words = Callable[[_Year], str]


def _text(value: Decimal | int | None) -> str:
    """A number inside a formula: no zeros behind its last digit."""
    if value is None:
        return "—"
    text = plain(Decimal(value))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _no_money(value: Decimal | None, name: str) -> str:
    if value is None:
        return f"本年度未填{name}，请先填生产经营数据"
    return f"{name}不大于零，不计算" if value <= 0 else ""


def _zero(*pairs: tuple[Decimal | int | None, str]) -> str:
    """For a quotient whose divisor is nothing."""
    return next((f"{name}为 0，不计算" for value, name in pairs if value is not None and value <= 0), "")


def _percent(top: str, bottom: str) -> str:
    return f"{top} ÷ {bottom} × 100"


#: code, name, unit, value, formula, what is missing
_INDICATORS: tuple[tuple[str, str, str, _Value, _Words, _Words], ...] = (
    ("intake", "取水量 V_f", "m³", lambda y: y.fresh,
     lambda y: f"{_given(y.data, SOURCES)} − {_text(y.data.supplied_out or Decimal(0))}", lambda y: _blank(y.data, SOURCES)),
    ("reused", "重复利用水量 V_r", "m³", lambda y: y.reused, lambda y: _given(y.data, REUSES), lambda y: _blank(y.data, REUSES)),
    ("total_use", "用水总量 V_t", "m³", lambda y: y.total, lambda y: f"{_text(y.fresh)} + {_text(y.reused)}",
     lambda y: _blank(y.data, SOURCES + REUSES)),
    ("unconventional", "非常规水量 V_u", "m³", lambda y: y.unconventional,
     lambda y: _given(y.data, [n for n in UNCONVENTIONAL if getattr(y.data, n) is not None]), lambda y: "未填非常规水"),
    ("reuse_rate", "重复利用率", "%", lambda y: water.reuse_rate(y.reused, y.fresh),
     lambda y: _percent(_text(y.reused), _text(y.total)), lambda y: _blank(y.data, SOURCES + REUSES) or _zero((y.total, "用水总量"))),
    ("unconventional_pct", "非常规水利用率", "%", lambda y: water.unconventional_share(y.unconventional, y.fresh),
     lambda y: _percent(_text(y.unconventional), f"({_text(y.fresh)} + {_text(y.unconventional)})"),
     lambda y: _blank(y.data, SOURCES) or ("未填非常规水" if y.unconventional is None else "取水量与非常规水量均为 0，不计算")),
    ("leak_rate", "漏失率", "%", lambda y: water.share(y.data.leaked, y.fresh), lambda y: _percent(_text(y.data.leaked), _text(y.fresh)),
     lambda y: _blank(y.data, (*SOURCES, "leaked")) or _zero((y.fresh, "取水量"))),
    ("discharge_rate", "排水率", "%", lambda y: water.share(y.data.discharged, y.fresh),
     lambda y: _percent(_text(y.data.discharged), _text(y.fresh)), lambda y: _blank(y.data, (*SOURCES, "discharged")) or _zero((y.fresh, "取水量"))),
    ("cooling_circulation", "间接冷却水循环率", "%", lambda y: water.reuse_rate(y.data.cooling_cycle, y.data.cooling_fresh),
     lambda y: _percent(_text(y.data.cooling_cycle), f"({_text(y.data.cooling_cycle)} + {_text(y.data.cooling_fresh)})"),
     lambda y: _blank(y.data, ("cooling_cycle", "cooling_fresh")) or "循环量与补充新水量均为 0，不计算"),
    ("process_reuse_pct", "工艺水回用率", "%", lambda y: water.reuse_rate(y.data.process_reuse, y.data.process_fresh),
     lambda y: _percent(_text(y.data.process_reuse), f"({_text(y.data.process_reuse)} + {_text(y.data.process_fresh)})"),
     lambda y: _blank(y.data, ("process_reuse", "process_fresh")) or "回用量与取新水量均为 0，不计算"),
    ("condensate_recovery", "蒸汽冷凝水回收率", "%",
     lambda y: water.condensate_recovery(y.data.condensate, y.data.steam_kg_h, y.data.boiler_hours),
     lambda y: _percent(f"{_text(y.data.condensate)} × 1000", f"({_text(y.data.steam_kg_h)} × {_text(y.data.boiler_hours)})"),
     lambda y: _blank(y.data, ("condensate", "steam_kg_h", "boiler_hours")) or "产汽量或运行小时为 0，不计算"),
    ("per_value_added", "万元工业增加值取水量", "m³/万元", lambda y: water.per_wan(y.fresh, y.money.value_added),
     lambda y: f"{_text(y.fresh)} ÷ {_text(y.money.value_added)}", lambda y: _blank(y.data, SOURCES) or _no_money(y.money.value_added, "工业增加值")),
    ("per_output", "万元产值取水量", "m³/万元", lambda y: water.per_wan(y.fresh, y.money.output),
     lambda y: f"{_text(y.fresh)} ÷ {_text(y.money.output)}", lambda y: _blank(y.data, SOURCES) or _no_money(y.money.output, "工业总产值")),
    ("per_head_day", "人均日生活取水量", "m³/(人·d)",
     lambda y: water.per_head_day(y.data.domestic_fresh, _count(y.data.staff), _count(y.data.workdays)),
     lambda y: f"{_text(y.data.domestic_fresh)} ÷ ({_text(y.data.staff)} × {_text(y.data.workdays)})",
     lambda y: _blank(y.data, ("domestic_fresh", "staff", "workdays")) or "职工人数或工作天数为 0，不计算"),
)  # fmt: skip


def _count(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def indicators(data: WaterData, money: Money, last: tuple[WaterData, Money] | None) -> list[Indicator]:
    """All indicators, last year's beside them, then the decline of intake per 万元 (WA11)."""
    now, before = _Year(data, money), _Year(*last) if last else None
    found = []
    for code, name, unit, value_of, formula, reason in _INDICATORS:
        value, old = value_of(now), value_of(before) if before else None
        change = None if unit == "%" else year_on_year(old, value)
        found.append(Indicator(code, name, unit, value, old, change, formula(now) if value is not None else "", "" if value is not None else reason(now)))
    by_code = {i.code: i for i in found}
    for code, of, name in (("decline_value_added", "per_value_added", "万元增加值取水量下降率"), ("decline_output", "per_output", "万元产值取水量下降率")):
        pair = by_code[of]
        fall = water.decline(pair.last_year, pair.value)
        why = pair.reason or ("上年没有可比的数值" if fall is None else "")
        said = f"(1 − {_text(pair.value)} ÷ {_text(pair.last_year)}) × 100" if fall is not None else ""
        found.append(Indicator(code, name, "%", fall, None, None, said, why))
    return found


def _view(inflow: Decimal | None, outflow: Decimal | None, tolerance: Decimal, reason: str) -> BalanceView:
    found = water.balance(inflow, outflow, tolerance)
    if found is None:
        return BalanceView(inflow, outflow, None, None, tolerance, "", reason)
    return BalanceView(found.inflow, found.outflow, found.difference, found.error_pct, tolerance, found.word, "")


def balance(data: WaterData, tolerance: Decimal) -> BalanceView:
    """V_f + V_u against V_co + V_d + V_l; water of no unconventional source counts as none."""
    inflow = water.together(fresh(data), unconventional(data) or Decimal(0))
    outflow = water.together(*(getattr(data, n) for n in OUTFLOWS))
    return _view(inflow, outflow, tolerance, _blank(data, SOURCES + OUTFLOWS))


def use_balance(data: WaterData, tolerance: Decimal) -> BalanceView:
    """The intake against the sum of the uses."""
    return _view(fresh(data), water.together(*(getattr(data, n) for n in USES)), tolerance, _blank(data, SOURCES + USES))


def product(typed: Product, quota: Quota | None, reason: str, last_year: Decimal | None) -> ProductFigure:
    """One product. Its output is converted when the quota counts in another unit of the same kind."""
    unit_water = water.unit_intake(typed.production_water, typed.output)
    compared = unit_water
    if quota is not None and unit_water is not None:
        compared = water.unit_intake(typed.production_water, in_quota_unit(typed, quota))
    found = water.standing(compared, quota.advanced if quota else None, quota.general if quota else None)
    if unit_water is None and not reason:
        reason = "产量为 0，不计算" if typed.output == 0 else "产量或生产用水量未填"
    return ProductFigure(
        typed.id, typed.name, typed.unit, typed.output, typed.production_water, typed.quota_id, unit_water,
        found.status if found else "", found.excess_pct if found else None, quota, last_year, reason,
    )  # fmt: skip


def in_quota_unit(typed: Product, quota: Quota) -> Decimal | None:
    """The output in the quota's unit; None when the two cannot be compared."""
    if typed.output is None or typed.unit == quota.unit:
        return typed.output
    try:
        return convert(typed.output, typed.unit, quota.unit)
    except UnitError:
        return None


def measure(typed: Measure, year: int, price: Decimal | None) -> MeasureFigure:
    """One measure (WA10)."""
    return MeasureFigure(
        typed.id, typed.name, typed.summary, typed.investment, typed.implemented_on, typed.annual_saving,
        water.saving_within(year, typed.implemented_on, typed.annual_saving), water.cost_per_m3(typed.investment, typed.annual_saving),
        water.payback_years(typed.investment, typed.annual_saving, price),
    )  # fmt: skip


def gap(body: Body) -> Decimal | None:
    """By how much the products' shares miss the production intake (WA3); None without products or while one is open."""
    if not body.products:
        return None
    return water.allocation_gap(body.data.use_production, [p.production_water for p in body.products])


