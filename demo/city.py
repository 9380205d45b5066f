"""The demonstration city: invented firms, their energy templates and two years of consumption. Deterministic, no I/O.

Names, codes, people and figures are made up; unified social credit codes are built by rule C4 (type ``Y``: not issued).
Consumption follows the size of a firm, the season, the spring-festival month and a slow improvement over the years.
"""

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

CITY = "440100"
DISTRICTS = ("440112", "440113", "440114", "440115", "440111", "440118", "440106", "440117")

#: class code, firms, monthly electricity of a middling firm (万kWh), output per 万kWh a year (万元), other energies (code, unit, use, ratio)
INDUSTRIES: tuple[tuple[str, int, str, str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("C2926", 9, "41", "88", (("natural_gas", "10^4 Nm3", "fuel", "0.076"), ("heat", "GJ", "purchased_heat", "21.4"), ("diesel", "t", "fuel", "0.031"))),
    ("C3982", 7, "64", "132", (("natural_gas", "10^4 Nm3", "fuel", "0.021"), ("diesel", "t", "fuel", "0.012"))),
    ("C1411", 3, "9.6", "176", (("natural_gas", "10^4 Nm3", "fuel", "0.27"), ("gasoline", "t", "fuel", "0.09"))),
    ("C1419", 4, "12.4", "158", (("natural_gas", "10^4 Nm3", "fuel", "0.31"), ("diesel", "t", "fuel", "0.08"))),
    ("C1762", 6, "38", "61", (("natural_gas", "10^4 Nm3", "fuel", "0.43"), ("heat", "GJ", "purchased_heat", "48.5"))),
    ("C3360", 6, "22", "95", (("natural_gas", "10^4 Nm3", "fuel", "0.24"), ("lpg", "t", "fuel", "0.06"))),
    ("D4430", 2, "30", "44", (("natural_gas", "10^4 Nm3", "fuel", "3.9"), ("diesel", "t", "fuel", "0.02"))),
)
TRADES = {
    "C2926": "塑料包装", "C3982": "电子电路", "C1411": "烘焙食品", "C1419": "饼干食品",
    "C1762": "印染", "C3360": "表面处理", "D4430": "供热",
}
WORDS = (
    "禾川", "岭桥", "沐澜", "启衡", "云岸", "汇恒", "晨屿", "拓野", "信檀", "南榕", "嘉砚", "泽朗", "恒穗", "粤澄", "鸣洲", "安沛",
    "骏霖", "盈朴", "晟岚", "绿汀", "远珩", "卓禾", "百钧", "榕江", "穗丰", "越榉", "海榛", "朗坤原", "明栩", "星垣", "翠屿", "润桁",
    "立峤", "祥筑", "铭棠", "弘坞", "康澍",
)
SURNAMES, GIVEN = "陈李黄何梁林吴罗", ("志明", "伟", "丽华", "建国", "淑芬", "嘉欣", "永强", "敏")


@dataclass(frozen=True, slots=True)
class Energy:
    """One template item: carrier code, unit and use of FI1, and the usual monthly amount."""

    carrier: str
    unit: str
    use: str
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class Firm:
    """One invented enterprise."""

    number: int
    name: str
    industry: str
    region: str
    legal_name: str
    established: date
    capital: Decimal
    staff: int
    energies: tuple[Energy, ...]
    output: Decimal
    value_added_share: Decimal


def _noise(rng: random.Random, spread: str) -> Decimal:
    return 1 + Decimal(rng.randint(-1000, 1000)) / 1000 * Decimal(spread)


@lru_cache
def firms() -> tuple[Firm, ...]:
    """All firms of the city in a fixed order; the first is the one whose accounts are printed at start."""
    rng = random.Random(440100)
    made: list[Firm] = []
    for industry, count, electricity, yield_, others in INDUSTRIES:
        for index in range(count):
            number = len(made)
            scale = Decimal("1.045") if number == 0 else _noise(rng, "0.55")
            power = (Decimal(electricity) * scale).quantize(Decimal("0.01"))
            efficiency = Decimal("1.12") if number == 0 else _noise(rng, "0.42")
            energies = [Energy("electricity", "10^4 kWh", "purchased_electricity", power)]
            energies += [
                Energy(code, unit, use, (power * Decimal(ratio) * _noise(rng, "0.2")).quantize(Decimal("0.01")) or Decimal("0.01"))
                for code, unit, use, ratio in others
            ]
            region = "440112" if number == 0 else DISTRICTS[(number * 5 + index) % len(DISTRICTS)]
            made.append(
                Firm(
                    number,
                    f"广州{WORDS[number]}{TRADES[industry]}{'有限公司' if number % 3 else '科技有限公司' if number else '有限公司'}",
                    industry,
                    region,
                    SURNAMES[number % len(SURNAMES)] + GIVEN[(number * 3) % len(GIVEN)],
                    date(1998 + number % 20, 1 + number % 12, 1 + number % 28),
                    Decimal(200 + 150 * (number % 17)),
                    40 + 23 * (number % 19),
                    tuple(energies),
                    (power * 12 * Decimal(yield_) * efficiency / 4).quantize(Decimal("0.01")),
                    Decimal("0.3150") if number == 0 else (Decimal("0.24") * _noise(rng, "0.38")).quantize(Decimal("0.0001")),
                )
            )
    return tuple(made)


#: Share of a usual month, January to December; February is the spring-festival month.
SEASON = tuple(Decimal(x) for x in ("1.02", "0.66", "1.00", "0.99", "1.01", "1.04", "1.09", "1.10", "1.05", "1.01", "0.99", "1.04"))


def amount(firm: Firm, energy: Energy, year: int, month: int, this_year: int) -> Decimal:
    """Consumption of one month in the template's unit, 2 decimals; 1.8 % less each year."""
    rng = random.Random(f"{firm.number}/{energy.carrier}/{this_year - year}/{month}")
    trend = 1 + Decimal("0.018") * (this_year - year)
    return (energy.monthly * SEASON[month - 1] * trend * _noise(rng, "0.05")).quantize(Decimal("0.01"))


def operating(firm: Firm, year: int, this_year: int) -> tuple[Decimal, Decimal, Decimal]:
    """Output, value added and tax of a year in 万元; output grows 3 % a year."""
    output = (firm.output * (1 - Decimal("0.03") * (this_year - year))).quantize(Decimal("0.01"))
    added = (output * firm.value_added_share).quantize(Decimal("0.01"))
    return output, added, (added * Decimal("0.17")).quantize(Decimal("0.01"))
