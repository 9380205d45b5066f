"""What the grade report carries in from other data of the year: measures and plans (LR3 section 7), the water summary (section 8)."""

from decimal import Decimal
from typing import Any

import filing
import water
from core.database import Acting
from reports.facts import MeasureLine, PlanLine, ReportFacts, WaterLine
from reports.numbers import DASH, fixed, money, percent, tonnes

#: The figures of water that stand in a carbon report; the water report has them all.
WATER = ("intake", "reused", "reuse_rate", "per_value_added", "per_output", "unconventional_pct")


async def measures_of(ctx: Acting, year: int) -> tuple[list[MeasureLine], list[PlanLine]]:
    """Measures done in the year with the amount that counts (RA2), and plans."""
    found = await filing.reduction_of(ctx, year)
    measures = [
        MeasureLine(
            name=m.name, kind=m.kind, implemented_on=m.implemented_on.isoformat(), investment=m.investment, annual=m.counted_t, in_year=m.in_year_t,
            basis="机构核定" if m.accepted_t is not None else "计算" if m.computed_t is not None else "企业填报",
        )
        for m in found.measures
    ]  # fmt: skip
    plans = [
        PlanLine(name=p.name, expected_on=p.expected_on, investment=p.expected_investment, expected=p.expected_t) for p in found.plans
    ]
    return measures, plans


async def water_of(ctx: Acting, year: int) -> list[WaterLine]:
    """The chief figures of the year's water; empty when nothing is saved."""
    view = await water.water_year(ctx, year)
    if view.version == 0:
        return []
    return [
        WaterLine(name=i.name, unit=i.unit, value=i.value, last_year=i.last_year, reason=i.reason)
        for i in (view.figure(code) for code in WATER)
    ]


def carried(facts: ReportFacts) -> list[dict[str, Any]]:
    """Both sections as papers print them: ``title``, ``text``, ``tables`` of ``caption``, ``heads``, ``rows``, ``right``."""
    return [_measures(facts), _water(facts)]


def _measures(facts: ReportFacts) -> dict[str, Any]:
    tables = []
    if facts.measures:
        total = ["合计", "", "", "", tonnes(sum((m.annual for m in facts.measures), Decimal(0))), tonnes(sum((m.in_year for m in facts.measures), Decimal(0))), ""]
        rows = [[m.name, m.kind, m.implemented_on, money(m.investment), tonnes(m.annual), tonnes(m.in_year), m.basis] for m in facts.measures]
        heads = ["减排方案", "类型", "实施时间", "投入 万元", "年减碳量 tCO₂", "当年减碳量 tCO₂", "取值"]
        tables.append({"caption": "表 7-1　本年度已实施的减排方案", "heads": heads, "rows": [*rows, total], "right": [3, 4, 5]})
    if facts.plans:
        rows = [[p.name, p.expected_on, money(p.investment), tonnes(p.expected)] for p in facts.plans]
        heads = ["减碳计划", "预计时间", "预计投入 万元", "预计年减碳量 tCO₂"]
        tables.append({"caption": "表 7-2　减碳计划", "heads": heads, "rows": rows, "right": [2, 3]})
    text = "" if tables else f"{facts.year} 年度没有登记减排方案和减碳计划。"
    if facts.measures:
        text = "当年减碳量自实施次月起计。计划的减碳量不计入已实现的减碳量。"
    return {"title": "减排措施与计划", "text": text, "tables": tables}


def _water(facts: ReportFacts) -> dict[str, Any]:
    if not facts.water:
        return {"title": "水资源利用", "text": f"{facts.year} 年度没有填报水资源利用情况。", "tables": []}
    rows = [[w.name, _figure(w.value, w.unit), w.unit if w.unit != "%" else "", _figure(w.last_year, w.unit), w.reason] for w in facts.water]
    table = {"caption": "表 8-1　水资源利用主要指标", "heads": ["指标", "本年", "单位", "上年", "说明"], "rows": rows, "right": [1, 3]}
    return {"title": "水资源利用", "text": "各项指标的算法和平衡情况见同年度的节水报告。", "tables": [table]}


def _figure(value: Any, unit: str) -> str:
    if value is None:
        return DASH
    return percent(value) if unit == "%" else fixed(value, 4)
