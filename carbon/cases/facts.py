"""Named quantities of case files: ``electricity_kWh``, ``ncv_GJ_per_1e4Nm3``, ``oxidation_pct``. The name says what and in which unit.

A fact is found by what it is and comes out in the unit the formula wants, so the same case may be written in another unit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from carbon.rounding import CONTEXT, product
from carbon.units import Unit, UnitError, unit

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,40})?", re.ASCII)
#: Dimensions that say tonnes of something: a plain ``t`` may stand for each of them.
_TONNES = ("mass", "co2", "ch4", "carbon_mass", "oxygen_demand")
#: A whole name is a unit ("tCO2") only in these dimensions; "L" or "a" alone is a name.
_WHOLE = ("co2", "ch4", "standard_coal", "heat", "electricity", "carbon_mass")
#: Names are often written in small letters; at the edge ``mWh`` and ``mJ`` stay refused.
_SMALL = {"mwh": "MWh", "gj": "GJ", "mj": "MJ", "tj": "TJ"}


class CaseError(ValueError):
    """A case that cannot be computed; the message says which input and what to do."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with its unit (``tCO2``, ``tCO2/t``); no unit = a bare number."""

    value: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One named input: ``stem`` says what, ``tag`` a trailing year or time base (``a``)."""

    name: str
    stem: str
    unit: str | None
    tag: str | None
    raw: Any


def number(raw: Any, name: str) -> Decimal:
    """A plain decimal. Raises CaseError on NaN, exponents, underscores, full-width digits, blanks."""
    text = str(raw) if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise CaseError(f'“{name}”的值 {raw!r} 不是十进制数，请写成 "12.5" 这样的字符串。')
    return Decimal(text)


def _known(text: str) -> Unit | None:
    try:
        return unit(text)
    except UnitError:
        return None


def split_name(name: str) -> tuple[str, str | None, str | None]:
    """``natural_TgC_1996`` → ("natural", "TgC", "1996"); ``tC_per_hm2_a`` has the tag ``a``."""
    tokens = [_SMALL.get(token, token) for token in name.split("_")]
    tag = tokens.pop() if len(tokens) > 1 and re.fullmatch(r"(19|20)\d\d", tokens[-1]) else None
    if "/" in tokens[-1]:
        top, bottom = tokens[-1].split("/", 1)
        if _known(top) and _known(bottom):
            return "_".join(tokens[:-1]), f"{top}/{bottom}", tag
    if "per" in tokens[1:-1]:
        at = len(tokens) - 1 - tokens[::-1].index("per")
        below = tokens[at + 1 :]
        if len(below) > 1 and below[-1] in ("a", "year", "yr", "month"):
            tag = "month" if below.pop() == "month" else "a"
        if len(below) == 1 and _known(tokens[at - 1]) and _known(below[0]):
            return "_".join(tokens[: at - 1]), f"{tokens[at - 1]}/{below[0]}", tag
    found = _known(tokens[-1])
    if found and (len(tokens) > 1 or found.dimension in _WHOLE):
        return "_".join(tokens[:-1]), tokens[-1], tag
    return "_".join(tokens), None, tag


def _same(one: str, other: str) -> bool:
    return one == other or ("mass" in (one, other) and one in _TONNES and other in _TONNES)


def _parts(text: str) -> list[Unit]:
    return [unit(part) for part in text.split("/", 1)]


def fits(source: str, target: str) -> bool:
    """Whether the two units measure the same thing."""
    one, other = _parts(source), _parts(target)
    return len(one) == len(other) and all(_same(a.dimension, b.dimension) for a, b in zip(one, other, strict=True))


def in_unit(measure: Measure, target: str | None) -> Decimal:
    """The measure in another unit. Raises CaseError on another dimension."""
    if target is None or measure.unit is None or measure.unit == target:
        return measure.value
    if not fits(measure.unit, target):
        raise CaseError(f"单位“{measure.unit}”不能换算为“{target}”：两者不是同一种量。")
    one, other = _parts(measure.unit), _parts(target)
    up = product(measure.value, one[0].size, *(u.size for u in other[1:]))
    down = product(other[0].size, *(u.size for u in one[1:]))
    return up if down == 1 else CONTEXT.divide(up, down)


class Facts:
    """The inputs of a case."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        if not isinstance(data, Mapping):
            raise CaseError("inputs 应为对象（名称 → 值）。")
        self.data = data
        self.all = [Fact(name, *split_name(name), raw) for name, raw in data.items()]
        self.used: set[str] = set()

    def raw(self, *names: str) -> Any:
        """What stands under a name, unit in the name or not; None when absent."""
        for fact in self.all:
            if fact.name.lower() in names or fact.stem.lower() in names:
                self.used.add(fact.name)
                return fact.raw
        return None

    def find(self, target: str | None, *stems: str) -> Fact | None:
        """The first fact of one of these stems whose unit fits ``target``."""
        for stem in stems:
            for fact in self.all:
                if stem not in (fact.stem.lower(), fact.name.lower()) or isinstance(fact.raw, (Mapping, list)):
                    continue
                if fact.unit is None or target is None or fits(fact.unit, target):
                    self.used.add(fact.name)
                    return fact
        return None

    def value(self, target: str | None, *stems: str, default: Decimal | None = None) -> Decimal | None:
        """A quantity in ``target`` (its unit when the name names none); ``default`` when absent or null."""
        fact = self.find(target, *stems)
        if fact is None or fact.raw is None:
            wrong = next((f for f in self.all if f.stem.lower() in stems and f.unit and target), None)
            if (
                fact is None
                and wrong is not None
                and not isinstance(wrong.raw, (Mapping, list))
                and "/" not in (wrong.unit or "")
            ):
                raise CaseError(f"“{wrong.name}”的单位不能换算为“{target}”。")
            return default
        return in_unit(Measure(number(fact.raw, fact.name), fact.unit), target)

    def need(self, target: str | None, *stems: str, default: Decimal | None = None) -> Decimal:
        """As :meth:`value`. Raises CaseError when it is absent and has no default."""
        found = self.value(target, *stems, default=default)
        if found is None:
            raise CaseError(f"缺少输入“{stems[0]}”" + (f"（{target}）" if target else "") + "，也没有缺省值。")
        return found

    def share(self, *stems: str, default: Decimal | None = None) -> Decimal | None:
        """A fraction; ``_pct`` names and numbers above 1 are percent."""
        found = self.value("fraction", *stems, default=default)
        return CONTEXT.divide(found, Decimal(100)) if found is not None and found > 1 else found

    def plain(self, *dimensions: str) -> Iterator[Fact]:
        """All scalar facts whose unit is of one of these dimensions."""
        for fact in self.all:
            if fact.unit and "/" not in fact.unit and unit(fact.unit).dimension in dimensions:
                if fact.raw is not None and not isinstance(fact.raw, (Mapping, list)):
                    self.used.add(fact.name)
                    yield fact

    def ratios(self, top: str, *bottoms: str) -> Iterator[Fact]:
        """All scalar quotients ``top`` / one of ``bottoms`` (dimensions; none = any)."""
        for fact in self.all:
            if fact.unit and "/" in fact.unit and fact.raw is not None:
                above, below = _parts(fact.unit)
                if _same(above.dimension, top) and (not bottoms or below.dimension in bottoms):
                    self.used.add(fact.name)
                    yield fact

    def unread(self) -> list[str]:
        """Inputs no formula asked for."""
        return [fact.name for fact in self.all if fact.name not in self.used]
