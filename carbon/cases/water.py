"""Evaluators of the kinds of water: a year's indicators, a measure with its effect and the decline of intake."""

from datetime import date
from decimal import Decimal
from typing import Any

from carbon import water
from carbon.cases.facts import CaseError, Measure
from carbon.cases.run import ZERO, Run
from carbon.rounding import plain


def _m3(run: Run, *names: str, default: Decimal | None = None) -> Decimal | None:
    return run.facts.value("m3", *names, default=default)


def _known(run: Run, *names: str) -> Decimal:
    """A source or a reuse that a case leaves out is none (FD10 asks for 0)."""
    return _m3(run, *names, default=ZERO) or ZERO


def water_report(run: Run) -> None:
    """WA1-WA8."""
    fresh = water.intake(*(_known(run, n) for n in ("tap", "surface", "ground", "bought_other", "supplied_out")))
    cooling, process, condensate = (_known(run, n) for n in ("cooling_cycle", "process_reuse", "condensate"))
    reused = water.together(cooling, process, condensate, _known(run, "other_reuse"))
    unconventional = _known(run, "unconventional")
    consumed, discharged, leaked = (_m3(run, n) for n in ("consumed", "discharged", "leaked"))
    run.put("V_f", fresh, "m3")
    run.put("V_r", reused, "m3")
    run.put("V_t", water.together(fresh, reused))  # "t" in the name reads as tonnes: the figure goes without its unit
    run.put("reuse_rate_pct", water.reuse_rate(reused, fresh))
    run.put("unconventional_pct", water.unconventional_share(unconventional, fresh))
    _balance(run, water.together(fresh, unconventional), water.together(consumed, discharged, leaked))
    run.put("leak_rate_pct", water.share(leaked, fresh))
    run.put("discharge_rate_pct", water.share(discharged, fresh))
    run.put("cooling_circulation_pct", water.reuse_rate(cooling, _m3(run, "cooling_fresh")))
    run.put("process_reuse_pct", water.reuse_rate(process, _m3(run, "process_fresh")))
    run.put("condensate_recovery_pct", water.condensate_recovery(condensate, run.facts.value(None, "steam_kg_h"), run.facts.value(None, "boiler_hours")))
    run.put("intake_m3_per_wan_va", water.per_wan(fresh, run.facts.value("wan", "value_added", "va")))
    people, days = run.facts.value(None, "staff"), run.facts.value(None, "workdays")
    run.put("domestic_m3_per_head_day", water.per_head_day(_m3(run, "domestic_fresh"), people, days))
    _products(run)


def _balance(run: Run, inflow: Decimal | None, outflow: Decimal | None) -> None:
    found = water.balance(inflow, outflow)
    if found is None:
        return
    run.put("balance_in", found.inflow, "m3")
    run.put("balance_out", found.outflow, "m3")
    run.put("closing_error_pct", found.error_pct)
    run.put("balance", found.word)
    run.say(f"|{plain(found.inflow)} − {plain(found.outflow)}| ÷ {plain(found.inflow)} × 100")


def _products(run: Run) -> None:
    listed = run.facts.raw("products")
    if listed is None:
        return
    if not isinstance(listed, list):
        raise CaseError("products 应为列表。")
    rows: list[dict[str, Any]] = []
    allocated = []
    for place, data in enumerate(listed):
        one = run.inside(f"products[{place}]", data)
        used = _m3(one, "production_water")
        unit = water.unit_intake(used, one.facts.value(None, "output"))
        found = water.standing(unit, one.facts.value(None, "advanced"), one.facts.value(None, "general"))
        allocated.append(used)
        row: dict[str, Any] = {"name": one.facts.raw("name"), "unit_intake": Measure(unit) if unit is not None else None}
        if found is not None:
            row |= {"status": found.status, "excess_pct": Measure(found.excess_pct) if found.excess_pct is not None else None}
        rows.append(row)
    run.put("products", rows)
    gap = water.allocation_gap(_m3(run, "production_fresh", "use_production"), allocated)
    run.put("allocation_gap", gap, "m3")
    run.put("allocation", water.BALANCED if gap is None else "用水量分摊不符")


def water_measure(run: Run) -> None:
    """WA10, WA11, RA3."""
    investment, saving = run.facts.value("wan", "investment"), run.facts.need("m3", "annual_saving")
    done = run.facts.raw("implemented_on")
    try:
        day = date.fromisoformat(str(done))
    except ValueError:
        raise CaseError("“implemented_on”应为 YYYY-MM-DD 的日期。") from None
    run.put("cost_cny_per_m3", water.cost_per_m3(investment, saving))
    run.put("payback_years", water.payback_years(investment, saving, run.facts.value(None, "water_price")))
    run.put("in_year_saving", water.saving_within(day.year, day, saving), "m3")
    before, now = run.facts.value(None, "intake_per_wan_prev"), run.facts.value(None, "intake_per_wan_cur")
    run.put("decline_pct", water.decline(before, now))
