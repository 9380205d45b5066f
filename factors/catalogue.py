"""The catalogue: which value is in force for an energy, a place, a period, as known on a day (FI14, GN11).

Built once per epoch from the rows of table ``factor`` (or straight from the data files), immutable, no I/O when asked.
Rows marked ``unverified`` are never offered; the kinds of electricity factor never mix.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from carbon import Carrier, FactorRow, product

#: Fuel sets in the order of FI14; another set only when it is asked for by name.
DEFAULT_SETS = ("NDRC2015_OTHER", "MEE2022_INDUSTRY", "PROVINCIAL2011_GB2589_2008")
TCE_SET = "GBT2589_2020"
POLICIES = ("published_latest", "year_matched")
HEAT_MEDIA = ("heat", "steam_low")
MEDIA = (
    "fresh_water", "soft_water", "deoxygenated_water", "compressed_air", "oxygen", "nitrogen_byproduct", "nitrogen_main", "co2_gas",
    "acetylene", "calcium_carbide",
)  # fmt: skip
COAL = (
    "raw_coal", "power_coal", "anthracite", "bituminous", "lignite", "washed_coal", "other_washed_coal", "middlings", "coal_slime",
    "coal_gangue", "briquette", "coke", "other_coking_products",
)  # fmt: skip
OIL = (
    "petroleum_coke", "coal_tar", "crude_benzene", "lpg", "crude_oil", "gasoline", "kerosene", "jet_kerosene", "aviation_gasoline", "diesel",
    "fuel_oil", "residual_oil", "naphtha", "lubricants", "bitumen", "ethane", "other_petroleum",
)  # fmt: skip
OTHER_FUEL = ("methanol", "ethanol", "hydrogen", "biogas", "biomass")
PROVINCES = (
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51",
    "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
)  # fmt: skip


class UnknownEnergy(LookupError):
    """No such energy code."""


class UnknownSet(LookupError):
    """No such factor set."""


def source_group(code: str) -> str:
    """coal | oil | gas | electricity | heat | process | other (RS1)."""
    if code in ("electricity", "process"):
        return code
    if code in HEAT_MEDIA:
        return "heat"
    if code in COAL:
        return "coal"
    if code in OIL:
        return "oil"
    return "other" if code in MEDIA or code in OTHER_FUEL else "gas"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the library as the catalogue needs it."""

    factor: FactorRow
    category: str
    carrier: str | None
    property: str
    name: str
    region_code: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """The question: province of the enterprise, period YYYYMM, day of knowledge, policy, a set by name or None for FI14."""

    province: str
    period: int
    known_on: date
    policy: str = "published_latest"
    factor_set: str | None = None


class Catalogue:
    """Immutable; :meth:`carrier` answers with everything :func:`carbon.calculate_line` needs."""

    def __init__(self, rows: Iterable[Row], epoch: int = 0) -> None:
        self.epoch = epoch
        offered = [r for r in rows if r.factor.confidence != "unverified"]
        self._carriers: dict[str, dict[str, list[Row]]] = {}
        self._grid: dict[tuple[str, str], list[Row]] = {}
        self._other: dict[str, list[FactorRow]] = {}
        self.sets: set[str] = set()
        self._rows: dict[str, FactorRow] = {}
        for row in offered:
            self._rows.setdefault(row.factor.code, row.factor)
            if row.category == "carrier" and row.carrier:
                self._carriers.setdefault(row.carrier, {}).setdefault(row.property, []).append(row)
                if row.property in ("ncv", "carbon_content", "oxidation_rate", "co2_factor"):
                    self.sets.add(row.factor.factor_set)
            elif row.category == "grid":
                self._grid.setdefault((row.factor.kind, row.region_code), []).append(row)
            elif row.category == "other":
                self._other.setdefault(row.factor.code, []).append(row.factor)
        self._memo: dict[tuple[object, ...], Carrier] = {}

    @property
    def codes(self) -> list[str]:
        """All energy codes, then ``process``."""
        return [*self._carriers, "process"]

    def row(self, code: str) -> FactorRow | None:
        """A single row by its own code, None when there is none (or only an unverified one)."""
        return self._rows.get(code)

    def name(self, code: str) -> str:
        """The Chinese name. Raises UnknownEnergy."""
        if code == "process":
            return "工艺过程排放"
        if code not in self._carriers:
            raise UnknownEnergy(code)
        return next(iter(self._carriers[code].values()))[0].name

    def fill_in_unit(self, code: str) -> str:
        """The unit users type in by default. Raises UnknownEnergy."""
        if code == "process":
            return "tCO2"
        if code not in self._carriers:
            raise UnknownEnergy(code)
        return self._carriers[code]["fill_in_unit"][0].text or "t"

    def carrier(self, code: str, ask: Ask) -> Carrier:
        """The energy with its rows in force. Raises UnknownEnergy, UnknownSet."""
        if ask.factor_set is not None and ask.factor_set not in self.sets:
            raise UnknownSet(ask.factor_set)
        period = ask.period // 100 * 100 if ask.policy == "year_matched" else 0
        key = (code, ask.province, period, ask.known_on, ask.policy, ask.factor_set)
        if key not in self._memo:
            if len(self._memo) > 20_000:
                self._memo.clear()
            self._memo[key] = self._resolve(code, ask)
        return self._memo[key]

    def _resolve(self, code: str, ask: Ask) -> Carrier:
        if code == "process":
            return Carrier("process", "工艺过程排放", "tCO2", "process")
        name, unit = self.name(code), self.fill_in_unit(code)
        tce = self._newest(code, "standard_coal_equivalent" if code == "electricity" else "standard_coal", ask, TCE_SET)
        if code == "electricity":
            grid, why = self._grid_factor(ask)
            return Carrier(code, name, unit, "electricity", grid=grid, tce=tce, tce_equal=self._newest(code, "standard_coal_equal_value", ask), why=why)
        if code in HEAT_MEDIA:
            content = self._heat_content(tce, ask.known_on) if unit != "GJ" else None
            heat = self.other("HEAT-DEFAULT", ask.known_on)
            return Carrier(code, name, unit, "heat", heat=heat, heat_content=content, tce=tce, why="外购热力缺省因子")
        if code in MEDIA:
            return Carrier(code, name, unit, "medium", tce=tce)
        for factor_set in (ask.factor_set,) if ask.factor_set else DEFAULT_SETS:
            fuel = {p: self._newest(code, p, ask, factor_set) for p in ("ncv", "carbon_content", "oxidation_rate", "co2_factor")}
            if ask.factor_set or fuel["co2_factor"] or (fuel["ncv"] and fuel["carbon_content"] and fuel["oxidation_rate"]):
                why = f"因子集 {factor_set}" + ("" if ask.factor_set else "（缺省顺序的第一个可用集）")
                return Carrier(code, name, unit, "fuel", fuel["ncv"], fuel["carbon_content"], fuel["oxidation_rate"], fuel["co2_factor"], tce=tce, why=why)
        return Carrier(code, name, unit, "fuel", tce=tce)

    def _newest(self, code: str, prop: str, ask: Ask, factor_set: str | None = None) -> FactorRow | None:
        rows = [
            r.factor
            for r in self._carriers.get(code, {}).get(prop, [])
            if (factor_set is None or r.factor.factor_set == factor_set) and (r.factor.valid_from is None or r.factor.valid_from <= ask.known_on)
        ]
        return max(rows, key=lambda r: r.valid_from or date.min, default=None)

    def _grid_factor(self, ask: Ask) -> tuple[FactorRow | None, str]:
        for kind, region, note in (
            ("provincial_average", ask.province, "本省电力平均排放因子"),
            ("national_average", "CN", "本省没有公布省级因子，采用全国平均"),
        ):
            published = [r.factor for r in self._grid.get((kind, region), []) if r.factor.valid_from is None or r.factor.valid_from <= ask.known_on]
            if not published:
                continue
            if ask.policy == "published_latest":
                return max(published, key=lambda r: r.valid_from or date.min), f"{note}；取核算日已公布的最新值"
            year = ask.period // 100
            matched = [r for r in published if r.factor_year == year]
            if matched:
                return matched[0], f"{note}；取 {year} 年度因子"
            earlier = [r for r in published if (r.factor_year or 0) < year]
            if earlier:
                row = max(earlier, key=lambda r: r.factor_year or 0)
                return row, f"{note}；{year} 年度因子尚未公布，暂用 {row.factor_year} 年度"
        return None, ""

    def other(self, code: str, known_on: date) -> FactorRow | None:
        """A value that belongs to no energy, the newest of its code known on a day; None when there is none."""
        rows = self._other.get(code, [])
        known = [r for r in rows if r.valid_from is None or r.valid_from <= known_on]
        return max(known or rows[:1], key=lambda r: r.valid_from or date.min, default=None)

    def _heat_content(self, tce: FactorRow | None, known_on: date) -> FactorRow | None:
        constant = self.other("CONST-TCE", known_on)
        if tce is None or constant is None:
            return None
        value = product(tce.value, constant.value, Decimal("0.001"))
        source = f"{tce.source}：{tce.value} {tce.unit} × {constant.value} kJ/kgce"
        return replace(tce, code="steam_low.heat_content", kind="heat_content", value=value, unit="GJ/t", source=source)


def province_of(region: str) -> str | None:
    """``440112`` → ``440000``; None for what is no region code."""
    return f"{region[:2]}0000" if len(region) == 6 and region.isascii() and region.isdigit() and region[:2] in PROVINCES else None


def from_record(record: dict[str, Any]) -> Row:
    """A row from a record of table ``factor`` (or of :mod:`factors.files`)."""
    factor = FactorRow(
        record["code"], record["kind"], record["value"].normalize() + 0 if record["value"] is not None and record["value_text"] is None else Decimal(record["value_text"] or 0),
        record["unit"], record["factor_set"], record["source"], record["source_url"], record["valid_from"], record["valid_to"], record["factor_year"],
        record["confidence"], record["note"],
    ) if record["property"] != "fill_in_unit" else FactorRow(record["code"], "unit", Decimal(0), "", record["factor_set"], confidence=record["confidence"])  # fmt: skip
    text = record["value_text"] if record["property"] == "fill_in_unit" else None
    return Row(factor, record["category"], record["carrier"], record["property"], record["name"], record["region_code"], text)
