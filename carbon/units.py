"""Units with typed dimensions. A unit converts inside its dimension only; another dimension is an error that says both.

Spellings: ASCII as in the data files (``10^4 Nm3``, ``10^4 kWh``) and as people write them (``万m³``, ``万千瓦时``).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from carbon.rounding import CONTEXT, product


class UnitError(ValueError):
    """An unknown unit, or two units of different dimensions; the message is Chinese and names both."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: dimension and how many base units it is."""

    symbol: str
    dimension: str
    size: Decimal


_TABLE: dict[str, dict[str, str]] = {
    "mass": {"t": "1", "kg": "0.001", "g": "0.000001", "mg": "0.000000001", "10^4t": "10000", "kt": "1000", "Mt": "1000000"},
    "volume": {"m3": "1", "Nm3": "1", "10^4m3": "10000", "10^4Nm3": "10000", "10^8m3": "100000000", "L": "0.001", "kNm3": "1000", "km3": "1000000000"},
    "electricity": {"MWh": "1", "kWh": "0.001", "GWh": "1000", "10^4kWh": "10", "10^8kWh": "100000", "TWh": "1000000"},
    "heat": {"GJ": "1", "MJ": "0.001", "kJ": "0.000001", "TJ": "1000", "PJ": "1000000", "10^4GJ": "10000", "kcal": "0.0000041868", "10^6kcal": "4.1868"},
    "carbon_mass": {"tC": "1", "kgC": "0.001", "gC": "0.000001", "TgC": "1000000", "10^4tC": "10000", "ktC": "1000", "MgC": "1", "GgC": "1000"},
    "co2": {"tCO2": "1", "kgCO2": "0.001", "gCO2": "0.000001", "10^4tCO2": "10000", "tCO2e": "1", "kgCO2e": "0.001", "gCO2e": "0.000001", "10^4tCO2e": "10000", "10^3tCO2": "1000", "10^6tCO2": "1000000", "mgCO2": "0.000000001"},
    "ch4": {"tCH4": "1", "kgCH4": "0.001", "gCH4": "0.000001", "mgCH4": "0.000000001"},
    "standard_coal": {"tce": "1", "kgce": "0.001", "gce": "0.000001", "10^4tce": "10000"},
    "oxygen_demand": {"tCOD": "1", "kgCOD": "0.001", "gCOD": "0.000001", "tBOD": "1", "kgBOD": "0.001", "gBOD": "0.000001", "mgCOD": "0.000000001", "mgBOD": "0.000000001", "tOD": "1", "kgOD": "0.001"},
    "area": {"hm2": "1", "ha": "1", "m2": "0.0001", "km2": "100", "mu": "0.066666666666666666666666666666667"},
    "pressure": {"MPa": "1", "kPa": "0.001", "Pa": "0.000001", "bar": "0.1"},
    "money": {"wan": "1", "10^4CNY": "1", "CNY": "0.0001", "yuan": "0.0001", "yi": "10000"},
    "count": {"tree": "1"},
    "time": {"a": "1", "year": "1", "yr": "1", "month": "0.083333333333333333333333333333333"},
    "share": {"fraction": "1", "pct": "0.01", "%": "0.01", "percent": "0.01"},
}  # fmt: skip
_ALIASES = {
    "吨": "t", "千克": "kg", "公斤": "kg", "万吨": "10^4t", "立方米": "m3", "万立方米": "10^4m3", "万m3": "10^4m3", "万Nm3": "10^4Nm3",
    "千瓦时": "kWh", "万千瓦时": "10^4kWh", "万kWh": "10^4kWh", "亿千瓦时": "10^8kWh", "度": "kWh", "兆瓦时": "MWh", "万度": "10^4kWh",
    "吉焦": "GJ", "兆焦": "MJ", "百万千焦": "GJ", "万GJ": "10^4GJ", "公顷": "hm2", "亩": "mu", "万元": "wan", "元": "yuan", "亿元": "yi",
    "吨标准煤": "tce", "万吨标准煤": "10^4tce", "1e4Nm3": "10^4Nm3", "1e4m3": "10^4m3", "1e4kWh": "10^4kWh", "1e4t": "10^4t", "1e4tCO2": "10^4tCO2",
    "1e4tce": "10^4tce", "万tCO2": "10^4tCO2", "Gcal": "10^6kcal", "wanyuan": "wan", "10^4yuan": "wan", "RMB": "yuan", "trees": "tree", "棵": "tree", "株": "tree",
    "ktCO2": "10^3tCO2", "ktCO2e": "10^3tCO2", "MtCO2": "10^6tCO2", "MtCO2e": "10^6tCO2", "MW·h": "MWh", "kW·h": "kWh", "兆焦耳": "MJ",
}  # fmt: skip
UNITS: dict[str, Unit] = {
    symbol: Unit(symbol, dimension, Decimal(size)) for dimension, members in _TABLE.items() for symbol, size in members.items()
}
_FOLDED = {symbol.lower(): symbol for symbol in reversed(list(UNITS)) if symbol.lower() not in ("mwh", "kt", "mt")} | {"mwh": "MWh"}


@lru_cache(2048)
def unit(text: str) -> Unit:
    """The unit meant by a spelling. Raises UnitError."""
    folded = unicodedata.normalize("NFKC", text)
    if folded != folded.strip() or not folded.isprintable() or len(folded) > 30:
        raise UnitError("单位写法有误：前后不要有空格或换行，请从可选单位中选择。")
    folded = re.sub(r"^(10\^4|1[eE]4)", "10^4", folded.replace(" ", ""))
    folded = _ALIASES.get(folded, folded)
    found = UNITS.get(folded)
    if found is None and folded not in ("mwh", "MWH", "mj", "mJ"):
        found = UNITS.get(_FOLDED.get(folded.lower(), ""))
    if found is None:
        raise UnitError(f"不认识的单位“{text}”，请从可选单位中选择。")
    return found


def convert(amount: Decimal, source: str, target: str) -> Decimal:
    """``amount`` in another unit of the same dimension. Raises UnitError on an unknown unit or another dimension."""
    start, end = _sizes(source, target)
    if start == end:
        return amount
    return CONTEXT.divide(CONTEXT.multiply(amount, start), end)


@lru_cache(4096)
def _sizes(source: str, target: str) -> tuple[Decimal, Decimal]:
    start, end = unit(source), unit(target)
    if start.dimension != end.dimension:
        raise UnitError(f"单位“{source}”不能换算为“{target}”：两者不是同一种量，请改用“{target}”。")
    return start.size, end.size


def same_dimension(target: str) -> list[str]:
    """All symbols that convert to ``target``, largest first."""
    wanted = unit(target).dimension
    return [u.symbol for u in sorted(UNITS.values(), key=lambda u: -u.size) if u.dimension == wanted]


@lru_cache(2048)
def per(text: str) -> tuple[Unit, Unit]:
    """A quotient such as ``kgCO2/kWh`` or ``GJ/10^4Nm3``. Raises UnitError."""
    top, slash, bottom = text.partition("/")
    if not slash:
        raise UnitError(f"“{text}”不是比值单位。")
    return unit(top), unit(bottom)


@lru_cache(4096)
def convert_per(value: Decimal, source: str, target: str) -> Decimal:
    """A quotient in another quotient's units (``kgCO2/kWh`` → ``tCO2/MWh``). Raises UnitError."""
    (top, bottom), (top_, bottom_) = per(source), per(target)
    if (top.dimension, bottom.dimension) != (top_.dimension, bottom_.dimension):
        raise UnitError(f"单位“{source}”不能换算为“{target}”。")
    return CONTEXT.divide(product(value, top.size, bottom_.size), product(bottom.size, top_.size))
