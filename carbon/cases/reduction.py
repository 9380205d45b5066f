"""Evaluators of the kinds of reductions: measures, audit indicators, the hand-off's claims."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from carbon.cases.facts import CaseError, Facts, Measure, number
from carbon.cases.run import ZERO, Run
from carbon.reduction import (
    DIRECTIONS,
    LIFE_YEARS,
    claim_differs,
    cost_per_tonne,
    effect_in,
    indicator,
    reduction_share,
    saved,
)
from carbon.rounding import plain, quantise

_QUANTITY = re.compile(r"\s*(-?[0-9.]+)\s*(\S.*?)\s*", re.ASCII)


def _listed(run: Run, name: str) -> list[Mapping[str, Any]]:
    found = run.facts.raw(name)
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise CaseError(f"“{name}”应为对象的列表。")
    return found


def _month(raw: Any) -> int:
    digits = str(raw).replace("-", "")[:6]
    if len(digits) != 6 or not digits.isdigit():
        raise CaseError("“implemented_on”应为 YYYY-MM-DD 或 YYYY-MM。")
    return int(digits)


def reduction_measures(run: Run) -> None:
    """RA1, RA3, RA4, RA6."""
    found, annual_total, in_year_total = [], ZERO, ZERO
    for measure in _listed(run, "measures"):
        lines = [
            saved(number(s["amount"], "amount"), str(s["unit"]), number(s["factor"], "factor"), str(s["factor_unit"]))
            for s in measure.get("saved") or ()
        ]
        annual = sum(lines, ZERO)
        month = _month(measure.get("implemented_on"))
        life = int(number(measure.get("life_years") or LIFE_YEARS, "life_years"))
        in_year = effect_in(annual, month, month // 100, life)
        cost = cost_per_tonne(Facts(measure).need("wan", "investment"), annual)
        found.append(
            {
                "name": measure.get("name"), "annual_tCO2": Measure(annual, "tCO2"), "in_year_tCO2": Measure(in_year, "tCO2"),
                "cost_cny_per_t": None if cost is None else Measure(cost),
            }
        )  # fmt: skip
        annual_total, in_year_total = annual_total + annual, in_year_total + in_year
        run.say(f"{measure.get('name')}: {' + '.join(map(plain, lines))} = {plain(annual)}")
    before = run.facts.raw("E_core_previous_year", "e_core_previous_year")
    share = reduction_share(annual_total, None if before is None else number(before, "E_core_previous_year"))
    run.put("measures", found)
    run.put("annual_total", annual_total, "tCO2")
    run.put("in_year_total", in_year_total, "tCO2")
    run.put("share_pct", None if share is None else Measure(share))


def audit_indicators(run: Run) -> None:
    """RA5."""
    attained: list[Measure | None] = []
    reached: list[bool | None] = []
    for row in _listed(run, "indicators"):
        if row.get("direction", "lower") not in DIRECTIONS:
            raise CaseError("“direction”应为 lower（越低越好）或 higher（越高越好）。")
        target = row.get("target")
        made = indicator(number(row["before"], "before"), number(row["after"], "after"), None if target is None else number(target, "target"))
        attained.append(None if made.attainment_pct is None else Measure(made.attainment_pct))
        reached.append(made.reached)
        run.say(f"{row.get('name')}: {plain(made.change)}")
    run.put("attainment_pct", attained)
    run.put("reached", reached)


def _quantity(raw: Any, name: str) -> tuple[Decimal, str]:
    found = _QUANTITY.fullmatch(str(raw))
    if found is None:
        raise CaseError(f"“{name}”应为数量和单位。")
    return number(found[1], name), found[2]


def reduction_audit(run: Run) -> None:
    """R102-R104: claims print 2 decimals, the stored line keeps 6; energies only of the template."""
    allowed = run.facts.raw("template_energies")
    printed: list[Measure] = []
    differs: list[bool] = []
    total = ZERO
    for measure in _listed(run, "measures"):
        if isinstance(allowed, list) and measure.get("energy") not in allowed:
            raise CaseError(f"“{measure.get('energy')}”不在填报模板的能源之内。")
        amount, unit = _quantity(measure.get("reduction"), "reduction")
        factor, factor_unit = _quantity(measure.get("factor"), "factor")
        tonnes = saved(amount, unit, factor, factor_unit)
        total += tonnes
        printed.append(Measure(quantise(tonnes, 2), "tCO2"))
        claimed = Facts(measure).value("tCO2", "claimed")
        differs.append(claimed is not None and claim_differs(claimed, tonnes))
        run.say(f"{measure.get('name')}: {plain(amount)} {unit} × {plain(factor)} {factor_unit} = {plain(tonnes)} tCO2")
    run.put("reduction_tCO2", printed)
    run.put("total_tCO2", Measure(quantise(total, 2), "tCO2"))
    run.put("claim_differs", differs)
    row = run.facts.raw("indicator")
    if isinstance(row, Mapping):
        made = indicator(number(row["before"], "before"), number(row["after"], "after"))
        run.put("indicator_change", Measure(made.change))
        run.put("indicator_change_pct", None if made.change_pct is None else Measure(made.change_pct))
