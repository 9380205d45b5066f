"""What the reduction report prints of the other reports of its year: the chief figures as they stand in those (R105)."""

from typing import Any

from reports.facts import ReportFacts
from reports.numbers import DASH, fixed, percent, ratio, tonnes
from reports.units import unit_text
from reports.water_facts import WaterFacts

#: Indicators of water that stand in a reduction report; the water report has them all.
WATER = ("intake", "reuse_rate", "per_value_added", "per_output", "leak_rate", "unconventional_pct")


def carried_figures(kind: str, facts: Any) -> list[tuple[str, str, str]]:
    """Name, value and unit of each chief figure, as printed there."""
    if kind == "grade":
        return _grade(facts)
    return _water(facts)


def _grade(f: ReportFacts) -> list[tuple[str, str, str]]:
    g = f.grade
    level = f"{g.letter}（第 {g.level} 级）" if g.graded else "未评级"
    return [
        ("等级", level, ""), ("碳排放总量", tonnes(f.core), "tCO₂"), ("碳强度 L", ratio(g.intensity), "tCO₂/万元"), ("碳效值 K", ratio(g.efficiency), ""),
        ("碳中和率", percent(f.neutrality.rate), ""), ("综合能源消费量", tonnes(f.tce), "tce"),
    ]  # fmt: skip


def _water(f: WaterFacts) -> list[tuple[str, str, str]]:
    found = []
    for figure in f.figures:
        if figure.code not in WATER:
            continue
        value = DASH if figure.value is None else percent(figure.value) if figure.unit == "%" else fixed(figure.value, 4)
        found.append((figure.name, value, "" if figure.unit == "%" else unit_text(figure.unit)))
    return found
