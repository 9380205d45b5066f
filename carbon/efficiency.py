"""Carbon efficiency and grade (CE1-CE9), distance to the next level (RS8), ranking (GN13), change (GN14)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from carbon.rounding import CONTEXT, divide, line, percent, plain, product, ratio

L_BOUNDS = (Decimal("0.6"), Decimal("2.0"))
L_WORDS = ("低碳", "中碳", "高碳")
K_BOUNDS = (Decimal("0.6"), Decimal("0.8"), Decimal("1.2"), Decimal("2.0"))
LEVEL_WORDS = ("效率高", "效率较高", "接近行业平均", "效率较低", "效率低")
LETTERS = "ABCDE"
GZ_COLOURS = ("深绿", "浅绿", "白", "浅红", "深红")
CODE_COLOURS = ("深绿", "浅绿", "黄", "橙", "红")
NET_NEGATIVE = "净负排放"


@dataclass(frozen=True, slots=True)
class Grade:
    """The outcome of CE: graded with all figures, or ungraded with a reason (GN8)."""

    status: str
    e_k: Decimal
    reason: str | None = None
    intensity: Decimal | None = None
    horizontal_level: str | None = None
    k: Decimal | None = None
    level: int | None = None
    letter: str | None = None
    word: str | None = None
    gz_colour: str | None = None
    code_colour: str | None = None
    label: str | None = None
    steps: tuple[dict[str, Any], ...] = ()


def level_of(value: Decimal, bounds: tuple[Decimal, ...]) -> int:
    """1 for ``value <= bounds[0]`` … len+1 beyond the last; the bound belongs to the better level."""
    return 1 + sum(value > bound for bound in bounds)


def grade(
    e_core: Decimal,
    value_added: Decimal | None,
    benchmark: Decimal | None,
    *,
    d_green: Decimal = Decimal(0),
    d_sink: Decimal = Decimal(0),
    d_ccus: Decimal = Decimal(0),
    k_bounds: tuple[Decimal, ...] = K_BOUNDS,
    l_bounds: tuple[Decimal, ...] = L_BOUNDS,
) -> Grade:
    """E (tCO2), value added (万元) and benchmark (tCO2/万元) to a grade. Quantised values are what is compared (GN2)."""
    e_k = e_core - d_green - d_sink - d_ccus
    steps: list[dict[str, Any]] = [
        {"name": "核减后排放", "formula": f"{plain(e_core)} − {plain(d_green)} − {plain(d_sink)} − {plain(d_ccus)} = {plain(e_k)} tCO2", "value": plain(e_k), "unit": "tCO2"}
    ]
    if value_added is None:
        return Grade("ungraded", e_k, "NO_VALUE_ADDED", steps=tuple(steps))
    if value_added <= 0:
        return Grade("ungraded", e_k, "NON_POSITIVE_VALUE_ADDED", steps=tuple(steps))
    intensity = ratio(divide(e_k, value_added))
    word = L_WORDS[level_of(intensity, l_bounds) - 1]
    steps.append({"name": "碳强度", "formula": f"{plain(e_k)} ÷ {plain(value_added)} = {plain(intensity)} tCO2/万元（{word}）", "value": plain(intensity), "unit": "tCO2/万元"})
    label = NET_NEGATIVE if e_k < 0 else None
    if benchmark is None:
        return Grade("ungraded", e_k, "NO_BENCHMARK", intensity, word, label=label, steps=tuple(steps))
    if benchmark <= 0:
        return Grade("ungraded", e_k, "NO_BENCHMARK", intensity, word, label=label, steps=tuple(steps))
    k = ratio(divide(e_k, product(value_added, benchmark)))
    level = level_of(k, k_bounds)
    steps.append({"name": "碳效值", "formula": f"{plain(e_k)} ÷ ({plain(value_added)} × {plain(benchmark)}) = {plain(k)}", "value": plain(k), "unit": ""})
    steps.append({"name": "等级", "formula": _band(k, k_bounds) + f" = {LETTERS[level - 1]} {LEVEL_WORDS[level - 1]}", "value": LETTERS[level - 1], "unit": ""})
    return Grade(
        "graded", e_k, None, intensity, word, k, level, LETTERS[level - 1], LEVEL_WORDS[level - 1], GZ_COLOURS[level - 1], CODE_COLOURS[level - 1], label, tuple(steps)
    )  # fmt: skip


def incomplete(computed: Grade) -> Grade:
    """The same figures without a grade: months are missing (GN7, CE9)."""
    return replace(
        computed, status="ungraded", reason="INCOMPLETE_MONTHS", k=None, level=None, letter=None, word=None, gz_colour=None, code_colour=None
    )


def _band(k: Decimal, bounds: tuple[Decimal, ...]) -> str:
    level = level_of(k, bounds)
    if level == 1:
        return f"{plain(k)} ≤ {bounds[0]}"
    if level > len(bounds):
        return f"{plain(k)} > {bounds[-1]}"
    return f"{bounds[level - 2]} < {plain(k)} ≤ {bounds[level - 1]}"


@dataclass(frozen=True, slots=True)
class Distance:
    """What is missing to the next better level (RS8)."""

    k: Decimal
    level: int
    next_level: int | None
    reduction_needed: Decimal | None


def distance_to_next_level(e_k: Decimal, value_added: Decimal, benchmark: Decimal, bounds: tuple[Decimal, ...] = K_BOUNDS) -> Distance:
    """Tonnes to reach the next level: ``E_K - bound x VA x B``, never negative; None on level 1. Value added must be positive."""
    k = ratio(divide(e_k, product(value_added, benchmark)))
    level = level_of(k, bounds)
    if level == 1:
        return Distance(k, 1, None, None)
    needed = line(e_k - product(bounds[level - 2], value_added, benchmark))
    return Distance(k, level, level - 1, max(needed, Decimal("0.000000")))


def ranks(values: list[Decimal]) -> list[int]:
    """Places, smallest value first; ties share the place: 1, 2, 2, 4 (GN13)."""
    return [1 + sum(other < value for other in values) for value in values]


def better_than(larger: int, n: int, min_n: int = 5) -> Decimal | None:
    """优于同行业 p %: how many peers have a larger K / (n - 1) x 100, 2 decimals. None below ``min_n`` (GN13, RS7)."""
    return None if n < max(min_n, 2) else percent(divide(Decimal(100 * larger), Decimal(n - 1)))


def year_on_year(previous: Decimal | None, current: Decimal | None) -> Decimal | None:
    """Change in percent, 2 decimals; None when there is nothing (or zero, or a negative) to compare with (GN14)."""
    if previous is None or current is None or previous <= 0:
        return None
    return percent(CONTEXT.divide(product(current - previous, Decimal(100)), previous))
