"""Check cases 算例: any case of the two file formats through the functions the product uses.

A case is data: kind, named inputs, expected values. An evaluator per kind reads its inputs through :class:`carbon.facts.Facts` (any unit of
the same fact), computes with this room's verbs, and puts results that are compared in the unit the expectation names.
Defaults that stand in dated rows come from a :class:`Library`, handed in by the caller. Pure: files are read elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any, Protocol

from carbon.benchmark import MAX_SHARE, MIN_PEERS, Benchmark, Peer, benchmark
from carbon.efficiency import (
    K_BOUNDS,
    L_BOUNDS,
    better_than,
    distance_to_next_level,
    grade,
    incomplete,
    ranks,
    year_on_year,
)
from carbon.facts import CaseError, Fact, Facts, Measure, fits, in_unit, number, split_name
from carbon.lines import (
    Activity,
    Carrier,
    FactorRow,
    LineError,
    LineResult,
    Measured,
    calculate_line,
    per_bottom,
    total,
)
from carbon.methods import (
    absorption,
    carbonate,
    clean_power,
    fuel_factor,
    incineration,
    intensity,
    interpolate,
    steam_heat_gj,
    stock_change_rate,
    waste_water,
    waste_water_factor,
    water_heat_gj,
)
from carbon.neutrality import Credit, neutrality
from carbon.periods import (
    CERTIFICATE_MONTHS,
    PeriodError,
    certificate_valid_until,
    missing,
    month_code,
    month_int,
    month_range,
    parse,
    split_range,
)
from carbon.rounding import divide, line, plain, product, quantise
from carbon.units import UnitError, unit

ZERO, ONE = Decimal(0), Decimal(1)


class Library(Protocol):
    """Dated values: what stands in for an input that is left out."""

    def row(self, code: str) -> FactorRow | None:
        """A row by its code, as offered to users."""

    def find(self, name: str) -> str | None:
        """The energy code of a code, Chinese name or short name."""

    def carrier(self, code: str, facts: Mapping[str, Any]) -> Carrier:
        """The energy with its rows in force; ``facts`` may name factor_set, region, period."""


@dataclass
class Run:
    """What an evaluator works with: inputs, library, parameters of the file, results and trace."""

    facts: Facts
    library: Library
    parameters: Mapping[str, Any] = field(default_factory=dict)
    results: list[tuple[str, Any]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)

    def put(self, name: str, value: Any, in_: str | None = None) -> Any:
        """A result under a name, with its unit when it is a quantity."""
        self.results.append((name, Measure(value, in_) if isinstance(value, Decimal) else value))
        return value

    def say(self, text: str) -> None:
        """One line of the trace."""
        self.trace.append(text)

    def inside(self, name: str, data: Any) -> "Run":
        """A run for one group of the inputs; its trace lines stand in this run's trace."""
        if not isinstance(data, Mapping):
            raise CaseError(f"“{name}”应为对象。")
        return Run(Facts(data), self.library, self.parameters, trace=self.trace)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one case."""

    id: str
    kind: str
    differences: tuple[Difference, ...]
    trace: tuple[str, ...]
    error: str | None = None

    @property
    def passed(self) -> bool:
        """No difference and no error."""
        return self.error is None and not self.differences


# ---------------------------------------------------------------------------------------------------- common readings


def _bounds(run: Run, code: str, default: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    found = run.parameters.get(code)
    return tuple(number(v, code) for v in found) if isinstance(found, list) else default


def _result(run: Run, name: str, result: LineResult, shown: str = "") -> LineResult:
    run.put(name, result.co2_t, "tCO2")
    if result.tce_equivalent is not None:
        run.put(name, result.tce_equivalent, "tce")
    run.say(f"{shown or name}: {result.formula}")
    if result.tce_equivalent is not None and result.trace.get("energy_formula"):
        run.say(f"{shown or name} 能耗: {result.trace['energy_formula']}")
    return result


def _typed_row(fact: Fact, target: str | None = None) -> FactorRow:
    assert fact.unit is not None
    value = number(fact.raw, fact.name)
    return (
        FactorRow("CASE", "case", value, fact.unit, "算例给定", source="算例给定")
        if target is None
        else FactorRow(
            "CASE", "case", in_unit(Measure(value, fact.unit), target), target, "算例给定", source="算例给定"
        )
    )


def _coded_factor(run: Run, facts: Facts, target: str) -> FactorRow | None:
    code = facts.raw("factor_code", "code")
    if isinstance(code, str):
        row = run.library.row(code)
        if row is not None and row.unit and fits(row.unit, target):
            return replace(row, value=in_unit(Measure(row.value, row.unit), target), unit=target)
    return None


def _grid(run: Run, facts: Facts, *, code: str | None = None) -> FactorRow:
    """The electricity factor in tCO2/MWh: given, by code, or in force for region and period."""
    given = facts.find(
        "tCO2/MWh", "factor", "grid_factor", "electricity_factor", "grid", "ef", "emission_factor", "factor_electricity"
    )
    if given is None:
        given = next(facts.ratios("co2", "electricity"), None)
    if given is not None and given.raw is not None:
        value = in_unit(Measure(number(given.raw, given.name), given.unit), "tCO2/MWh")
        return FactorRow("CASE", "case", value, "tCO2/MWh", "算例给定", source="算例给定")
    row = (
        _coded_factor(run, facts, "tCO2/MWh")
        or (run.library.row(code) if code else None)
        or run.library.carrier("electricity", facts.data).grid
    )
    if row is None:
        raise CaseError("没有电力排放因子：请给出 factor_tCO2_per_MWh 或 factor_code。")
    run.say(f"电力因子缺省：{row.code} = {plain(row.value)} {row.unit}（{row.source}）")
    return replace(row, value=in_unit(Measure(row.value, row.unit), "tCO2/MWh"), unit="tCO2/MWh")


def _electricity_line(run: Run, mwh: Decimal, row: FactorRow, use: str = "purchased_electricity") -> LineResult:
    known = run.library.carrier("electricity", {})
    carrier = replace(known, grid=row)
    exported = use == "purchased_electricity" and mwh < 0
    return calculate_line(Activity(carrier, abs(mwh), "MWh", "exported_electricity" if exported else use))


_OUT = ("export", "sold", "outgoing", "supplied_out", "外供", "外售", "上网")


OWN_USE = "self_generated_zero_carbon"


def _is_out(name: str) -> bool:
    return any(word in name.lower() for word in _OUT)


def _is_own(name: str) -> bool:
    return any(token in ("own", "self", "pv", "solar", "wind", "zero", "green") for token in name.lower().split("_"))


# ------------------------------------------------------------------------------------------------- worked examples


def scope2_electricity(run: Run) -> None:
    """E = AD x EF; exported electricity subtracts."""
    row = _grid(run, run.facts)
    found = list(run.facts.plain("electricity"))
    if not found:
        raise CaseError("缺少用电量，请给出 electricity_MWh 或 electricity_kWh。")
    co2 = ZERO
    for fact in found:
        mwh = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "MWh")
        use = "exported_electricity" if _is_out(fact.stem) else OWN_USE if _is_own(fact.stem) else "purchased_electricity"
        co2 += _result(run, fact.stem, _electricity_line(run, mwh, row, use)).co2_t
    for name in ("electricity", "total", "net", "net_electricity", ""):
        run.results.insert(0, (name, Measure(co2, "tCO2")))


def steam_enthalpy(run: Run) -> None:
    """Enthalpy from a table by linear interpolation; with a mass also heat and emission."""
    table_fact = next((f for f in run.facts.all if f.stem.lower() in ("table", "enthalpy_table")), None)
    mpa = run.facts.value("MPa", "pressure", "p")
    enthalpy = run.facts.value("kJ/kg", "enthalpy", "steam_enthalpy", "h")
    if enthalpy is None:
        if table_fact is not None and isinstance(table_fact.raw, Mapping):
            points = {number(k, "table"): number(v, f"table.{k}") for k, v in table_fact.raw.items()}
            at = _in_table(run, mpa, points)
        else:
            at = mpa if mpa is not None else run.facts.need("MPa", "pressure")
            points = _steam_points(run)
            temperature = run.facts.value(None, "temperature", "temperature_c", "t")
            special = run.library.row(f"STEAM-SUP-{at:f}MPA-{temperature:f}C") if temperature is not None else None
            points = {at: special.value} if special else points
        try:
            enthalpy = interpolate(at, points)
        except ValueError as error:
            raise CaseError(str(error)) from None
        run.say(f"焓：{plain(at)} 处线性插值 = {plain(enthalpy)} kJ/kg")
    run.put("enthalpy", enthalpy, "kJ/kg")
    if any(True for f in run.facts.plain("mass")):
        _heat_of(run, enthalpy)


def _in_table(run: Run, mpa: Decimal | None, points: dict[Decimal, Decimal]) -> Decimal:
    """Where to look: the pressure in MPa, as typed, or the temperature, whichever the table spans."""
    typed = [run.facts.find(None, *stems) for stems in (("pressure", "p"), ("temperature", "t", "temperature_c"))]
    found = [mpa] if mpa is not None else []
    found += [number(f.raw, f.name) for f in typed if f is not None and f.raw is not None]
    if not found:
        raise CaseError("缺少压力（pressure_MPa）。")
    return next((at for at in found if points and min(points) <= at <= max(points)), found[0])


def _steam_points(run: Run) -> dict[Decimal, Decimal]:
    points = {}
    for tenth in range(1, 400):
        for text in (f"{tenth / 10:.2f}", f"{tenth / 10:.1f}"):
            row = run.library.row(f"STEAM-SAT-{text}MPA")
            if row is not None:
                points[Decimal(text)] = row.value
    if not points:
        raise CaseError("没有蒸汽焓表，请给出 table。")
    return points


def _heat_of(run: Run, enthalpy: Decimal) -> None:
    mass = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "t") for f in run.facts.plain("mass")), ZERO)
    subtract = run.facts.value(
        "kJ/kg", "reference_enthalpy", "subtract", "water_enthalpy", "feed_water_enthalpy", "reference", default=ZERO
    )
    heat = steam_heat_gj(mass, enthalpy, subtract or ZERO)
    run.say(f"热量：{plain(mass)} t × ({plain(enthalpy)} − {plain(subtract or ZERO)}) kJ/kg ÷ 1000 = {plain(heat)} GJ")
    run.put("heat", heat, "GJ")
    _heat_emission(run, heat)


def _heat_emission(run: Run, gj: Decimal) -> None:
    given = run.facts.find("tCO2/GJ", "factor", "heat_factor", "ef") or next(run.facts.ratios("co2", "heat"), None)
    carrier = run.library.carrier("heat", run.facts.data)
    if given is not None and given.raw is not None:
        value = in_unit(Measure(number(given.raw, given.name), given.unit), "tCO2/GJ")
        carrier = replace(carrier, heat=FactorRow("CASE", "case", value, "tCO2/GJ", "算例给定"))
    elif (row := _coded_factor(run, run.facts, "tCO2/GJ")) is not None:
        carrier = replace(carrier, heat=row)
    _result(
        run, "heat", calculate_line(Activity(carrier, abs(gj), "GJ", "exported_heat" if gj < 0 else "purchased_heat"))
    )


def steam_heat(run: Run) -> None:
    """Heat of steam by mass and enthalpy (or pressure), hot water by temperature, or heat itself; emission by the heat factor."""
    heats = list(run.facts.plain("heat"))
    temperature = run.facts.value(None, "temperature", "temperature_c", "water_temperature", "water_temperature_c")
    if heats:
        gj = ZERO
        for fact in heats:
            sign = -ONE if _is_out(fact.stem) else ONE
            gj += sign * in_unit(Measure(number(fact.raw, fact.name), fact.unit), "GJ")
        run.put("heat", gj, "GJ")
        _heat_emission(run, gj)
    elif (
        temperature is not None
        and run.facts.find("MPa", "pressure") is None
        and run.facts.find("kJ/kg", "enthalpy", "steam_enthalpy", "h") is None
    ):
        mass = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "t") for f in run.facts.plain("mass")), ZERO)
        gj = water_heat_gj(mass, temperature)
        run.say(f"热水热量：{plain(mass)} t × ({plain(temperature)} − 20) × 4.1868 ÷ 1000 = {plain(gj)} GJ")
        run.put("heat", gj, "GJ")
        _heat_emission(run, gj)
    else:
        steam_enthalpy(run)


def _fuel_carrier(run: Run, name: str | None) -> Carrier | None:
    code = run.library.find(name) if isinstance(name, str) else None
    return run.library.carrier(code, run.facts.data) if code else None


def _parameter(row: FactorRow | None, target: str) -> Decimal | None:
    return in_unit(Measure(row.value, row.unit), target) if row is not None and fits(row.unit, target) else None


def _says_carbon(fact: Fact) -> bool:
    """Carbon per mass or volume: by its unit (tC), or a plain tonne under a name of carbon; a density is neither."""
    top = (fact.unit or "").split("/")[0]
    return unit(top).dimension == "carbon_mass" or fact.stem.lower() in ("carbon", "carbon_content", "cc")


def _one_fuel_factor(run: Run, name: str | None) -> Measure:
    """tCO2 per unit of fuel from NCV, carbon content and oxidation; what is left out comes from the library (oxidation else 1)."""
    facts = run.facts
    named = name or facts.raw("fuel", "energy", "carrier", "name")
    carrier = _fuel_carrier(run, named)
    oxidation = facts.share("oxidation", "oxidation_rate", "of")
    if oxidation is None:
        oxidation = _parameter(carrier.oxidation_rate, "fraction") if carrier else None
        oxidation = ONE if oxidation is None else oxidation
        run.say(f"碳氧化率未给出，取 {plain(oxidation)}")
    direct = next((f for f in facts.ratios("carbon_mass", "mass", "volume") if _says_carbon(f)), None)
    if direct is not None and direct.raw is not None:
        bottom = per_bottom(direct.unit or "")
        top = "tC/" + bottom
        value = product(
            in_unit(Measure(number(direct.raw, direct.name), direct.unit), top), oxidation, Decimal(44)
        ) / Decimal(12)
        return _per(value, bottom)
    carbon = facts.value("tC/GJ", "carbon", "carbon_content", "cc")
    if carbon is None and carrier is not None:
        carbon = _parameter(carrier.carbon_content, "tC/GJ")
    fact = facts.find("GJ/t", "ncv", "low_heat", "heat_value") or facts.find("GJ/m3", "ncv", "low_heat", "heat_value")
    if fact is not None and fact.raw is not None:
        bottom = per_bottom(fact.unit or (carrier.ncv.unit if carrier and carrier.ncv else "GJ/t"))
        ncv: Decimal | None = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "GJ/" + bottom)
    else:
        row = carrier.ncv if carrier else None
        bottom, ncv = (per_bottom(row.unit), row.value) if row else ("t", None)
    if carbon is None or ncv is None:
        raise CaseError("缺少低位发热量（ncv）或单位热值含碳量（carbon）。")
    value = fuel_factor(ncv, carbon, oxidation)
    run.put("energy_factor", fuel_factor(ONE, carbon, oxidation), "tCO2/GJ")
    density = next(iter(facts.ratios("mass", "volume")), None)
    if density is not None and unit(bottom).dimension == "mass":
        weight = in_unit(Measure(number(density.raw, density.name), density.unit), "t/m3")
        per_tonne = in_unit(Measure(value, f"tCO2/{bottom}"), "tCO2/t")
        run.put("volume_factor", product(per_tonne, weight), "tCO2/m3")
    run.say(
        f"{named or '燃料'}: {plain(ncv)} GJ/{bottom} × {plain(carbon)} tC/GJ × {plain(oxidation)} × 44/12 = {plain(value)} tCO2/{bottom}"
    )
    return _per(value, bottom)


def _per(value: Decimal, bottom: str) -> Measure:
    """Factors of solids and liquids are said per tonne."""
    target = "t" if unit(bottom).dimension == "mass" else bottom
    return Measure(in_unit(Measure(value, f"tCO2/{bottom}"), f"tCO2/{target}"), f"tCO2/{target}")


def fuel_factor_case(run: Run) -> None:
    """EF = NCV x CC x OF x 44/12, of one fuel or of a table of fuels."""
    groups = {k: v for k, v in run.facts.data.items() if isinstance(v, Mapping)}
    for name, data in groups.items():
        inner = run.inside(name, _merged(run, data))
        run.results.append((name, _one_fuel_factor(inner, name)))
    if not groups:
        run.results.insert(0, ("factor", _one_fuel_factor(run, None)))


def _merged(run: Run, data: Any) -> Any:
    """A group with the scalars beside it that it does not name itself."""
    if not isinstance(data, Mapping):
        return data
    return {k: v for k, v in run.facts.data.items() if not isinstance(v, (Mapping, list))} | dict(data)


def fuel_factor_energy(run: Run) -> None:
    """EF per GJ = CC x OF x 44/12."""
    groups = {k: v for k, v in run.facts.data.items() if isinstance(v, Mapping)}
    for name, data in groups.items() or {"factor": run.facts.data}.items():
        inner = run.inside(name, _merged(run, data) if groups else data)
        carrier = _fuel_carrier(inner, name if groups else inner.facts.raw("fuel", "energy", "carrier", "name"))
        carbon = inner.facts.value("tC/GJ", "carbon", "carbon_content", "cc")
        if carbon is None and carrier is not None:
            carbon = _parameter(carrier.carbon_content, "tC/GJ")
        if carbon is None:
            raise CaseError(f"“{name}”缺少单位热值含碳量（carbon_tC_per_GJ）。")
        oxidation = inner.facts.share("oxidation", "oxidation_rate", "of")
        if oxidation is None:
            oxidation = _parameter(carrier.oxidation_rate, "fraction") if carrier else None
        value = fuel_factor(ONE, carbon, ONE if oxidation is None else oxidation)
        run.say(
            f"{name}: {plain(carbon)} tC/GJ × {plain(ONE if oxidation is None else oxidation)} × 44/12 = {plain(value)} tCO2/GJ"
        )
        run.put(name, value, "tCO2/GJ")


def tce_to_emission(run: Run) -> None:
    """Physical amount = tce x share / coefficient; E = physical x factor."""
    facts = run.facts
    per = next(iter(facts.ratios("standard_coal", "mass", "money", "area", "count")), None)
    absolute = facts.value("tce", "energy", "tce", "total_energy", "")
    if per is not None:
        bottom = "/" + per_bottom(per.unit or "")
        energy = in_unit(Measure(number(per.raw, per.name), per.unit), "tce" + bottom)
    elif absolute is not None:
        energy, bottom = absolute, ""
    else:
        raise CaseError("缺少能耗（energy_kgce_per_t 或 energy_tce）。")
    direct = next(iter(facts.ratios("co2", "standard_coal")), None)
    if direct is not None:
        factor_ = in_unit(Measure(number(direct.raw, direct.name), direct.unit), "tCO2/tce")
        co2 = run.put("total", product(energy, factor_), "tCO2" + bottom)
        run.say(f"{plain(energy)} tce × {plain(factor_)} tCO2/tce = {plain(co2)}")
        return
    names = list(
        dict.fromkeys(
            [f.stem[6:] for f in facts.all if f.stem.startswith("share_")]
            + [f.stem for f in facts.ratios("co2") if f.stem]
        )
    )
    shares = {name: facts.share(f"share_{name}", f"{name}_share") for name in names}
    open_ = [name for name, share in shares.items() if share is None]
    if len(open_) == 1:
        shares[open_[0]] = ONE - sum((s for s in shares.values() if s is not None), ZERO)
    elif open_:
        raise CaseError(f"缺少份额：{'、'.join(open_)}。")
    whole = ZERO
    for name in names:
        factor, coefficient = _energy_pair(run, name)
        physical = divide(product(energy, shares[name] or ZERO), coefficient.value)
        co2 = product(physical, in_unit(factor, "tCO2/" + per_bottom(coefficient.unit or "")))
        run.say(
            f"{name}: {plain(energy)} × {plain(shares[name] or ZERO)} ÷ {plain(coefficient.value)} × {plain(factor.value)} = {plain(co2)}"
        )
        whole += run.put(name, co2, "tCO2" + bottom)
    run.put("total", whole, "tCO2" + bottom)


def _energy_pair(run: Run, name: str) -> tuple[Measure, Measure]:
    """Emission factor (tCO2e per physical unit) and coefficient (tce per the same unit) of an energy."""
    facts, code = run.facts, run.library.find(name)
    carrier = run.library.carrier(code, facts.data) if code else None
    given = next((f for f in facts.ratios("co2") if f.stem in (name, f"factor_{name}", f"{name}_factor")), None)
    row = carrier.grid or carrier.heat or carrier.co2_factor if carrier else None
    if given is not None:
        factor = Measure(number(given.raw, given.name), given.unit)
    elif row is not None:
        factor = Measure(row.value, row.unit)
    else:
        raise CaseError(f"缺少“{name}”的排放因子。")
    bottom = unit(per_bottom(factor.unit or "")).dimension
    known = [
        f
        for f in facts.ratios("standard_coal", bottom)
        if f.stem in (name, f"coefficient_{name}", f"{name}_coefficient", f"{name}_tce")
    ]
    known += [f for f in facts.ratios("standard_coal", bottom) if not f.stem]
    if known:
        target = "tce/" + per_bottom(known[0].unit or "")
        return factor, Measure(in_unit(Measure(number(known[0].raw, known[0].name), known[0].unit), target), target)
    if carrier is None or carrier.tce is None:
        raise CaseError(f"缺少“{name}”的折标准煤系数。")
    target = "tce/" + per_bottom(carrier.tce.unit)
    return factor, Measure(in_unit(Measure(carrier.tce.value, carrier.tce.unit), target), target)


_EMISSION_WORDS = (
    "fuel", "fossil", "combustion", "process", "power", "electric", "heat", "emission", "waste", "steam", "transport", "fugitive", "burn",
    "direct", "indirect", "scope", "gas", "coal", "oil", "carbonate", "total", "co2", "ghg", "合计", "总", "燃", "排放", "电", "热", "过程",
)  # fmt: skip
_DEDUCT_WORDS = (
    "embedded",
    "sequest",
    "captur",
    "ccus",
    "ccs",
    "deduct",
    "recover",
    "reduction",
    "隐含",
    "固碳",
    "扣减",
    *_OUT,
)


def _says(stem: str, words: tuple[str, ...]) -> bool:
    return any(token.startswith(word) for token in stem.lower().split("_") for word in words)


def _is_deducted(stem: str) -> bool:
    return any(word in stem.lower() for word in _DEDUCT_WORDS)


def _is_emission(fact: Fact) -> bool:
    assert fact.unit is not None
    dimension = unit(fact.unit).dimension
    return dimension == "co2" or (dimension == "mass" and _says(fact.stem, _EMISSION_WORDS))


def enterprise_total_and_intensity(run: Run) -> None:
    """total = fuel + process + net power + net heat - embedded carbon; intensity = total / output."""
    whole, outputs = ZERO, []
    found = list(run.facts.plain("mass", "co2", "money", "area", "volume", "electricity", "count"))
    parts = [f for f in found if (_is_deducted(f.stem) or _is_emission(f)) and not f.stem.lower().startswith("total")]
    for fact in found:
        if fact.stem.lower().startswith("total") and parts:
            continue  # the sum is made of its parts
        deducted = _is_deducted(fact.stem)
        if deducted or _is_emission(fact):
            value = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "tCO2")
            whole += -value if deducted else value
            run.say(f"{'−' if deducted else '+'} {fact.stem} {plain(value)} tCO2")
        else:
            outputs.append(fact)
    run.put("total", whole, "tCO2")
    for fact in outputs:
        amount = number(fact.raw, fact.name)
        if amount == 0:
            run.put("intensity", None)
            continue
        base = "t" if unit(fact.unit or "").dimension == "mass" else fact.unit or "t"
        value = intensity(whole, in_unit(Measure(amount, fact.unit), base))
        run.say(f"强度：{plain(whole)} ÷ {plain(amount)} {fact.unit}（{fact.stem}） = {plain(value)} tCO2/{base}")
        run.put("intensity", value, f"tCO2/{base}")


def process_intensity(run: Run) -> None:
    """intensity of each process = its emission / output; negative ones stay negative."""
    output = next((f for f in run.facts.plain("mass", "money", "volume") if not _is_emission(f)), None)
    groups = [f for f in run.facts.all if isinstance(f.raw, Mapping)]
    if output is None or not groups:
        raise CaseError("缺少产量（如 crude_steel_1e4t）或各工序排放（process_emission_1e4t）。")
    base = "t" if unit(output.unit or "").dimension == "mass" else output.unit or "t"
    amount = in_unit(Measure(number(output.raw, output.name), output.unit), base)
    if amount == 0:
        raise CaseError(f"“{output.name}”为 0，强度无从计算。")
    whole = ZERO
    for group in groups:
        for name, raw in group.raw.items():
            stem, own, _ = split_name(name)
            value = in_unit(Measure(number(raw, name), own or group.unit or "t"), "tCO2")
            ratio = intensity(value, amount)
            run.put(stem if own else name, ratio, f"tCO2/{base}")
            run.say(f"{name}: {plain(value)} ÷ {plain(amount)} = {plain(ratio)} tCO2/{base}")
            whole += value
    for name in ("工序合计", "合计", "total", "sum"):
        run.put(name, whole, "tCO2")
    for name in ("工序合计", "合计", "total", "intensity"):
        run.put(name, intensity(whole, amount), f"tCO2/{base}")


_CARBONATES = {
    "limestone": "CARB-CaCO3", "caco3": "CARB-CaCO3", "石灰石": "CARB-CaCO3", "碳酸钙": "CARB-CaCO3", "dolomite": "CARB-CaMgCO32", "白云石": "CARB-CaMgCO32",
    "camgco32": "CARB-CaMgCO32", "magnesite": "CARB-MgCO3", "mgco3": "CARB-MgCO3", "碳酸镁": "CARB-MgCO3", "soda_ash": "CARB-Na2CO3",
    "na2co3": "CARB-Na2CO3", "纯碱": "CARB-Na2CO3", "碳酸钠": "CARB-Na2CO3", "nahco3": "CARB-NaHCO3", "feco3": "CARB-FeCO3", "mnco3": "CARB-MnCO3",
    "baco3": "CARB-BaCO3", "li2co3": "CARB-Li2CO3", "k2co3": "CARB-K2CO3", "srco3": "CARB-SrCO3", "sorbent": "FGD-CaCO3",
}  # fmt: skip


def carbonate_process(run: Run) -> None:
    """E = mass x content x factor x conversion; content and conversion default to 1, the factor to the library's."""
    groups = {k: v for k, v in run.facts.data.items() if isinstance(v, Mapping)}
    if groups:
        whole = ZERO
        for name, data in groups.items():
            co2 = _one_carbonate(run.inside(name, _merged(run, data)), name)
            whole += run.put(name, co2, "tCO2")
        run.put("total", whole, "tCO2")
        return
    run.put("carbonate", _one_carbonate(run, None), "tCO2")


def _one_carbonate(run: Run, name: str | None) -> Decimal:
    facts = run.facts
    found = list(facts.plain("mass"))
    if not found:
        raise CaseError("缺少碳酸盐用量（如 sorbent_t）。")
    mass = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "t") for f in found), ZERO)
    content = facts.share("carbonate_content", "content", "purity", "mass_fraction", default=ONE) or ZERO
    conversion = facts.share("conversion", "conversion_rate", "calcination", "decomposition", default=ONE) or ZERO
    contents = [f for f in facts.all if f.stem.endswith("_content") and f.stem != "carbonate_content"]
    co2 = ZERO
    if contents:
        for one in (f.stem.removesuffix("_content") for f in contents):
            part = facts.share(f"{one.lower()}_content") or ZERO
            co2 += _decomposed(run, mass, part, _carbonate_factor(run, [one]), conversion, one)
    elif len(found) > 1 and facts.find("tCO2/t", *_CARBONATE_FACTOR) is None:
        for fact in found:
            mass = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "t")
            co2 += _decomposed(run, mass, content, _carbonate_factor(run, [fact.stem]), conversion, fact.stem)
    else:
        asked = [name, *(facts.data.get(n) for n in ("carbonate", "kind", "species", "material")), *(f.stem for f in found)]
        co2 = _decomposed(run, mass, content, _carbonate_factor(run, asked), conversion, name or found[0].stem)
    return co2


_CARBONATE_FACTOR = ("factor", "ef", "carbonate_factor", "emission_factor")


def _carbonate_factor(run: Run, asked: list[Any]) -> Decimal:
    own = [f"{word}_{text}".lower() for text in asked if text for word in ("factor", "ef")]
    own += [f"{text}_{word}".lower() for text in asked if text for word in ("factor", "ef")]
    given = run.facts.find("tCO2/t", *own, *_CARBONATE_FACTOR)
    if given is not None and given.raw is not None:
        return in_unit(Measure(number(given.raw, given.name), given.unit), "tCO2/t")
    row = _coded_factor(run, run.facts, "tCO2/t")
    for text in asked:
        code = _CARBONATES.get(str(text).lower()) if text else None
        row = row or (run.library.row(code) if code else None) or (run.library.row(f"CARB-{text}") if text else None)
    if row is None:
        raise CaseError("缺少碳酸盐排放因子（factor_tCO2_per_t），也认不出是哪种碳酸盐。")
    run.say(f"碳酸盐因子缺省：{row.code} = {plain(row.value)} {row.unit}")
    return row.value


def _decomposed(run: Run, mass: Decimal, content: Decimal, factor: Decimal, conversion: Decimal, name: str) -> Decimal:
    co2 = carbonate(mass, content, factor, conversion)
    run.say(f"{name}: {plain(mass)} t × {plain(content)} × {plain(factor)} tCO2/t × {plain(conversion)} = {plain(co2)} tCO2")
    return co2


def waste_water_case(run: Run) -> None:
    """EF = OD x Bo x MCF x GWP per m3; Bo x MCF per kg; with a volume the emission less recovered methane."""
    groups = {k: v for k, v in run.facts.data.items() if isinstance(v, Mapping)}
    for name, data in groups.items():
        inner = run.inside(name, _merged(run, data))
        _one_waste_water(inner)
        run.results += [(name, value) for _, value in inner.results]
    if not groups:
        _one_waste_water(run)


def _one_waste_water(run: Run) -> None:
    facts = run.facts
    biological = any("bod" in f.name.lower() for f in facts.all)
    bo = facts.value("kgCH4/kgCOD", "bo")
    if bo is None:
        bo = _needed(run, "WW-BO-BOD" if biological else "WW-BO-COD").value
    mcf = facts.share("mcf")
    if mcf is None:
        mcf = _needed(run, str(facts.raw("mcf_code", "treatment", "factor_code") or "WW-MCF-?")).value
    gwp = facts.value(None, "gwp_ch4", "gwp", "gwp_ch4_tco2e_per_tch4")
    if gwp is None:
        gwp = _needed(run, "CN-PROVINCIAL2025-CH4").value
    demand = _removed(facts)
    volumes = [f for f in facts.plain("volume")]
    if demand is not None:
        per_m3 = waste_water_factor(demand, bo, mcf, gwp)
        run.say(f"{plain(demand)} g/m3 ÷ 10^6 × {plain(bo)} × {plain(mcf)} × {plain(gwp)} = {plain(per_m3)} tCO2e/m3")
        run.put("factor", per_m3, "tCO2e/m3")
    if demand is not None and volumes:
        m3 = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "m3") for f in volumes), ZERO)
        recovered = facts.value("kgCH4", "recovered", "ch4_recovered", "recovered_ch4", default=ZERO) or ZERO
        run.put("ch4", product(m3, demand, Decimal("0.001"), bo, mcf) - recovered, "kgCH4")
        co2 = run.put("emission", waste_water(m3, product(demand, Decimal("0.001")), bo, mcf, gwp, recovered), "tCO2e")
        run.say(
            f"({plain(m3)} m3 × {plain(demand)} g/m3 × {plain(bo)} × {plain(mcf)} − {plain(recovered)} kgCH4) × {plain(gwp)} = {plain(co2)} tCO2e"
        )
    elif (mass := _oxygen_demand(facts)) is not None:
        kg = in_unit(Measure(number(mass.raw, mass.name), mass.unit), "kgCOD")
        recovered = facts.value("kgCH4", "recovered", "ch4_recovered", "recovered_ch4", default=ZERO) or ZERO
        run.put("ch4", product(kg, bo, mcf) - recovered, "kgCH4")
        run.put("emission", product(product(kg, bo, mcf) - recovered, gwp, Decimal("0.001")), "tCO2e")
    run.put("factor", product(bo, mcf), "kgCH4/kgCOD")
    run.say(f"Bo × MCF = {plain(bo)} × {plain(mcf)} = {plain(product(bo, mcf))} kgCH4/kg")


def _oxygen_demand(facts: Facts) -> Fact | None:
    """Oxygen demand as a mass (``bod_kg``, ``load_kgCOD``)."""
    found = facts.plain("oxygen_demand", "mass")
    return next((f for f in found if "od" in f.stem.lower() or unit(f.unit or "t").dimension == "oxygen_demand"), None)


def _removed(facts: Facts) -> Decimal | None:
    """Oxygen demand treated, g/m3: given, or in minus out."""
    target = "mg/L"
    inlet = facts.value(target, "cod_in", "od_in", "bod_in", "in")
    if inlet is not None:
        return inlet - (facts.value(target, "cod_out", "od_out", "bod_out", "out", default=ZERO) or ZERO)
    names = ("od", "cod", "bod", "cod_removed", "od_removed", "bod_removed", "removed", "removed_cod", "removed_od", "removed_bod")
    found = facts.find(target, *names)
    if found is None or found.raw is None or (found.unit is not None and "/" not in found.unit):
        return None
    return in_unit(Measure(number(found.raw, found.name), found.unit), target)


def _needed(run: Run, code: str) -> FactorRow:
    row = run.library.row(code)
    if row is None:
        raise CaseError(f"缺少输入，也没有缺省值（{code}）。")
    run.say(f"缺省：{row.code} = {plain(row.value)} {row.unit}")
    return row


def incineration_case(run: Run) -> None:
    """E = t x CCW x FCF x OF x 44/12."""
    facts = run.facts
    kind = (
        "HAZ"
        if any(w in str(facts.raw("waste", "kind", "waste_kind")).lower() for w in ("haz", "危"))
        or any("haz" in f.stem for f in facts.all)
        else "MSW"
    )
    mass = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "t") for f in facts.plain("mass")), ZERO)
    shares = []
    for stems, code in (
        (("ccw", "carbon_content", "carbon"), "CCW"),
        (("fcf", "fossil", "fossil_fraction"), "FCF"),
        (("of", "oxidation", "ef", "efficiency"), "OF"),
    ):
        share = facts.share(*stems)
        shares.append(_needed(run, f"WASTE-INC-{code}-{kind}").value if share is None else share)
    co2 = incineration(mass, *shares)
    run.say(f"{plain(mass)} t × {' × '.join(plain(s) for s in shares)} × 44/12 = {plain(co2)} tCO2")
    run.put("incineration", co2, "tCO2")


def absorption_case(run: Run) -> None:
    """Change of carbon stock per year, or area (trees) x rate x 44/12 x months/12."""
    stocks: dict[str, list[tuple[int, Decimal, str]]] = {}
    for fact in run.facts.plain("carbon_mass", "mass", "co2"):
        if fact.tag and fact.tag.isdigit():
            stocks.setdefault(fact.stem, []).append((int(fact.tag), number(fact.raw, fact.name), fact.unit or "tC"))
    if stocks:
        for name, points in stocks.items():
            points.sort()
            (first, before, base), (last, after, other) = points[0], points[-1]
            years = run.facts.value(None, "years", "period_years", default=Decimal(last - first)) or Decimal(
                last - first
            )
            if years <= 0 or len(points) < 2:
                raise CaseError(f"“{name}”需要两个年份的碳储量。")
            rate = stock_change_rate(in_unit(Measure(before, base), base), in_unit(Measure(after, other), base), years)
            run.say(f"{name}: ({plain(after)} − {plain(before)}) ÷ {plain(years)} = {plain(rate)} {base}/a")
            run.put(name, rate, f"{base}/a")
        return
    months = run.facts.value(None, "months", default=Decimal(12)) or ZERO
    years_ = run.facts.value(None, "years")
    months = product(years_, Decimal(12)) if years_ is not None else months
    whole = ZERO
    for fact in run.facts.plain("area", "count"):
        whole += _one_sink(run, fact, months)
    trees = run.facts.value(None, "trees", "number_of_trees", "tree_count")
    if trees is not None:
        whole += _one_sink(run, Fact("trees", "trees", "tree", None, trees), months)
    if not list(run.facts.plain("area", "count")) and trees is None:
        if any(True for _ in run.facts.ratios("carbon_mass", "area")):
            one = _one_sink(run, Fact("area", "area", "hm2", None, "1"), Decimal(12))
            run.put("rate", one, "tCO2/hm2")
            return
        raise CaseError("缺少面积（area_hm2）或株数（trees）。")
    run.put("absorption", whole, "tCO2")
    if months == 12:
        run.put("absorption", whole, "tCO2/a")
        run.put("carbon", divide(product(whole, Decimal(12)), Decimal(44)), "tC/a")
    run.put("carbon", divide(product(whole, Decimal(12)), Decimal(44)), "tC")


def _one_sink(run: Run, fact: Fact, months: Decimal) -> Decimal:
    dimension = unit(fact.unit or "").dimension
    base = "hm2" if dimension == "area" else "tree"
    size = in_unit(Measure(number(fact.raw, fact.name), fact.unit), base)
    carbon = next(iter(run.facts.ratios("carbon_mass", dimension)), None)
    dioxide = next((f for f in run.facts.ratios("co2", dimension)), None)
    if carbon is not None and carbon.unit and "C" in carbon.unit.split("/")[0] and "CO2" not in carbon.unit:
        rate = in_unit(Measure(number(carbon.raw, carbon.name), carbon.unit), f"tC/{base}")
    elif dioxide is not None:
        rate = divide(
            product(in_unit(Measure(number(dioxide.raw, dioxide.name), dioxide.unit), f"tCO2/{base}"), Decimal(12)),
            Decimal(44),
        )
    else:
        bare = run.facts.value(None, "factor", "rate")
        if bare is None:
            raise CaseError("缺少固碳速率（factor_tC_per_hm2_a）。")
        rate = bare
    co2 = absorption(size, rate, months)
    run.say(
        f"{fact.stem}: {plain(size)} {base} × {plain(rate)} tC/({base}·a) × 44/12 × {plain(months)}/12 = {plain(co2)} tCO2"
    )
    return co2


def clean_power_reduction(run: Run) -> None:
    """R = MWh x grid factor."""
    row = _grid(run, run.facts)
    mwh = sum((in_unit(Measure(number(f.raw, f.name), f.unit), "MWh") for f in run.facts.plain("electricity")), ZERO)
    if not list(run.facts.plain("electricity")):
        raise CaseError("缺少发电量（generation_MWh）。")
    value = line(clean_power(mwh, row.value))
    run.say(f"{plain(mwh)} MWh × {plain(row.value)} tCO2/MWh = {plain(value)} tCO2")
    run.put("reduction", value, "tCO2")


def yoy_change(run: Run) -> None:
    """Change in percent between named years (GN14)."""
    years = sorted(f.name for f in run.facts.all if f.name.isdigit() and len(f.name) == 4)
    if len(years) < 2:
        before, after = run.facts.raw("previous"), run.facts.raw("current")
        if after is None and before is None:
            raise CaseError("需要两个年份的数据，或 previous 与 current。")
        pairs = [("previous", "current", before, after)]
    else:
        pairs = [(a, b, run.facts.data[a], run.facts.data[b]) for a, b in zip(years, years[1:], strict=False)]
    for first, last, old, new in pairs:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in new:
                _change(run, name if len(pairs) == 1 else f"{name}_{last}", old.get(name), new[name])
        else:
            _change(run, "change", old, new)
            _change(run, last, old, new)
        run.say(f"{first} → {last}")


def _change(run: Run, name: str, old: Any, new: Any) -> None:
    before = None if old is None else number(old, name)
    after = None if new is None else number(new, name)
    value = year_on_year(before, after)
    run.say(f"{name}: ({new} − {old}) ÷ {old} × 100 = {value if value is None else plain(value)}")
    run.put(name, value, "pct")


def sum_case(run: Run) -> None:
    """Sum of items; all in one unit."""
    whole, base = ZERO, None
    for fact in run.facts.all:
        items = (
            fact.raw
            if isinstance(fact.raw, list)
            else list(fact.raw.items())
            if isinstance(fact.raw, Mapping)
            else [fact.raw]
        )
        for position, item in enumerate(items):
            name, raw = item if isinstance(item, tuple) else (f"{fact.name}[{position}]", item)
            if raw is None or (
                isinstance(raw, str)
                and not isinstance(item, tuple)
                and not isinstance(fact.raw, list)
                and not fact.unit
            ):
                continue
            own = split_name(name)[1] if isinstance(item, tuple) else None
            source = own or fact.unit
            base = base or source
            whole += in_unit(Measure(number(raw, name), source), base) if source and base else number(raw, name)
    run.say(f"合计 = {plain(whole)} {base or ''}")
    run.results.append(("total", Measure(whole, base)))


_SHORT = {"gas": "natural_gas", "coal": "raw_coal", "power": "electricity", "steam": "steam_low", "oil": "fuel_oil"}


def power_unit_month(run: Run) -> None:
    """Coal by month with its own NCV, other fuels, purchased power (ETS factor when none is given)."""
    facts = run.facts
    months = facts.raw("months", "month")
    rows = months if isinstance(months, list) else [months] if isinstance(months, Mapping) else [dict(facts.data)]
    sums: dict[str, Decimal] = {}
    for position, data in enumerate(rows):
        inner = run.inside(f"months[{position}]", data)
        for fact in inner.facts.plain("mass", "volume"):
            if rows is not months and fact.stem not in ("coal", "power_coal"):
                continue
            value = number(fact.raw, fact.name)
            usual = Decimal("0.99") if fact.stem in ("coal", "power_coal") else ONE
            code = "power_coal" if fact.stem == "coal" else fact.stem
            result = _named_fuel(run, fact, code, value, inner.facts, facts, usual)
            run.say(f"{fact.stem}[{position + 1}]: {result.formula}")
            sums[fact.stem] = sums.get(fact.stem, ZERO) + result.co2_t
    for fact in facts.plain("mass", "volume"):
        if fact.stem not in sums:
            result = _named_fuel(run, fact, fact.stem, number(fact.raw, fact.name), facts, facts, ONE)
            run.say(f"{fact.stem}: {result.formula}")
            sums[fact.stem] = result.co2_t
    electricity = list(facts.plain("electricity"))
    if electricity:
        row = _grid(run, facts, code="EF-ELEC-CN-ETS-2022")
        sums["power"] = ZERO
        for fact in electricity:
            mwh = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "MWh")
            result = _electricity_line(
                run, mwh, row, "exported_electricity" if _is_out(fact.stem) else "purchased_electricity"
            )
            run.say(f"{fact.stem}: {result.formula}")
            sums["power"] += result.co2_t
        run.put("electricity", sums["power"], "tCO2")
        run.put("purchased_electricity", sums["power"], "tCO2")
    for name, value in sums.items():
        run.put(name, value, "tCO2")
    run.put("total", sum(sums.values(), ZERO), "tCO2")


def _named_fuel(run: Run, fact: Fact, code: str, amount: Decimal, own: Facts, shared: Facts, oxidation: Decimal) -> LineResult:
    """One combustion line: the parameters the case names for this fuel, else the library's, else ``oxidation``.

    Bare names (``ncv``, ``carbon``, ``oxidation``) belong to the rows of ``months`` and to coal.
    """
    names = tuple(dict.fromkeys((fact.stem, code, *(short for short, long in _SHORT.items() if long == code))))
    takes_bare = own is not shared or fact.stem in ("coal", "power_coal")
    merged: dict[str, Any] = {}
    for source in (shared, own):
        for f in source.all:
            named = any(f.stem == n or f.stem.startswith(f"{n}_") or f.stem.endswith(f"_{n}") for n in names)
            bare = takes_bare and f.stem in ("ncv", "carbon", "carbon_content", "oxidation")
            if (named or bare or f.name in ("factor_set", "region", "period")) and not isinstance(f.raw, (Mapping, list)):
                merged[f.name] = f.raw
                source.used.add(f.name)
    return _fuel_line(run, names, code, amount, fact.unit or "t", Facts(merged), oxidation)


def _of(names: tuple[str, ...], *words: str) -> list[str]:
    """``diesel_ncv``, ``ncv_diesel``, then the bare word."""
    both = [text for word in words for n in names for text in (f"{n}_{word}", f"{word}_{n}")]
    return [text.lower() for text in both] + list(words)


def _fuel_line(
    run: Run, names: tuple[str, ...], code: str, amount: Decimal, own: str, facts: Facts, usual_oxidation: Decimal
) -> LineResult:
    found = run.library.find(code)
    base = run.library.carrier(found, facts.data) if found else Carrier(code, code, own, "fuel")
    mass = unit(own).dimension == "mass"
    heat = facts.find(f"GJ/{own}", *_of(names, "ncv"))
    ncv = carbon = factor = None
    if heat is not None and heat.raw is not None:  # a name without a unit means what tables print
        printed = heat.unit or ("GJ/t" if mass else "GJ/10^4Nm3")
        ncv = in_unit(Measure(number(heat.raw, heat.name), printed), f"GJ/{own}")
    oxidation = facts.share(*_of(names, "oxidation", "oxidation_rate"))
    if oxidation is None and base.oxidation_rate is None:
        oxidation = usual_oxidation
    given = facts.find(f"tCO2/{own}", *_of(names, "factor")[:-1]) or next(
        (f for f in facts.ratios("co2") if f.stem in names), None
    )
    by_mass = next((f for f in facts.ratios("carbon_mass", "mass") if f.stem in _of(names, "carbon", "carbon_content")), None)
    if given is not None and given.raw is not None:
        factor = in_unit(Measure(number(given.raw, given.name), given.unit), f"tCO2/{own}")
    elif by_mass is not None and mass:
        content = in_unit(Measure(number(by_mass.raw, by_mass.name), by_mass.unit), f"tC/{own}")
        share = oxidation if oxidation is not None else _parameter(base.oxidation_rate, "fraction")
        factor = fuel_factor(ONE, content, ONE if share is None else share)
    else:
        carbon = facts.value("tC/GJ", *_of(names, "carbon", "carbon_content"))
    coefficient = next((f for f in facts.ratios("standard_coal") if f.stem in (*names, *_of(names, "tce"))), None)
    if coefficient is not None:
        base = replace(base, tce=_typed_row(coefficient, "tce/" + per_bottom(coefficient.unit or "")))
    rate = None if oxidation is None else product(oxidation, Decimal(100))
    measured = Measured(ncv, carbon, rate, factor, basis="算例给定")
    return calculate_line(Activity(base if found else replace(base, fill_in_unit=own), amount, own, "fuel", measured))


def factory_year(run: Run) -> None:
    """All energies of a year by name: CO2 and standard coal of each, and totals."""
    facts = run.facts
    co2, tce = ZERO, ZERO
    for fact in list(facts.plain("electricity", "heat", "mass", "volume", "co2", "standard_coal")):
        stem = fact.stem
        for word in (*_OUT, "ed_", "purchased_", "net_", "consumed_"):
            stem = stem.removeprefix(word)
        result = _factory_line(run, fact, stem)
        if result is None:
            continue
        short = next((s for s, long in _SHORT.items() if long == stem), stem)
        for name in dict.fromkeys((fact.stem, stem, short)):
            run.put(name, result.co2_t, "tCO2")
            if result.tce_equivalent is not None:
                run.put(name, result.tce_equivalent, "tce")
        run.say(f"{fact.stem}: {result.formula}；{result.trace.get('energy_formula', '')}")
        co2 += result.co2_t
        tce += result.tce_equivalent or ZERO
    for name in ("total", "", "energy", "total_energy"):
        run.put(name, co2, "tCO2")
        run.put(name, tce, "tce")


def _factory_line(run: Run, fact: Fact, stem: str) -> LineResult | None:
    facts, value, own = run.facts, number(fact.raw, fact.name), fact.unit or "t"
    dimension, out = unit(own).dimension, _is_out(fact.stem)
    if dimension == "co2":
        return calculate_line(
            Activity(
                run.library.carrier("process", facts.data),
                -value if out or _is_deducted(stem) else value,
                own,
                "process",
            )
        )
    if dimension == "electricity":
        row = _grid(run, facts)
        use = "exported_electricity" if out else OWN_USE if _is_own(fact.stem) else "purchased_electricity"
        carrier = replace(run.library.carrier("electricity", facts.data), grid=row)
        coefficient = next((f for f in facts.ratios("standard_coal", "electricity")), None)
        if coefficient is not None:
            carrier = replace(carrier, tce=_typed_row(coefficient, "tce/MWh"))
        return calculate_line(Activity(carrier, value, own, use))
    code = "heat" if dimension == "heat" else run.library.find(stem)
    if code in ("heat", "steam_low"):
        carrier = run.library.carrier(code, facts.data)
        factor = next(
            (
                f
                for f in facts.ratios("co2", "heat")
                if f.stem in ("heat_factor", "factor_heat", "heat", "steam", "factor")
            ),
            None,
        )
        if factor is None:
            factor = facts.find("tCO2/GJ", "heat_factor", "factor_heat")
        if factor is not None and factor.raw is not None:
            number_ = in_unit(Measure(number(factor.raw, factor.name), factor.unit), "tCO2/GJ")
            carrier = replace(carrier, heat=FactorRow("CASE", "case", number_, "tCO2/GJ", "算例给定"))
        coefficient = next((f for f in facts.ratios("standard_coal", "heat")), None)
        if coefficient is not None and code == "heat":
            carrier = replace(carrier, tce=_typed_row(coefficient, "tce/GJ"))
        return calculate_line(Activity(carrier, value, own, "exported_heat" if out else "purchased_heat"))
    if code is None:
        return None
    return _named_fuel(run, replace(fact, stem=stem), code, value, facts, facts, ONE)


# --------------------------------------------------------------------------------------------------- grading cases


def _grade(run: Run, e_core: Decimal, value_added: Decimal | None, b: Decimal | None) -> None:
    facts = run.facts
    result = grade(
        e_core, value_added, b,
        d_green=facts.value("tCO2", "d_green", default=ZERO) or ZERO,
        d_sink=facts.value("tCO2", "d_sink", default=ZERO) or ZERO,
        d_ccus=facts.value("tCO2", "d_ccus", default=ZERO) or ZERO,
        k_bounds=_bounds(run, "CE_K_BOUNDS", K_BOUNDS), l_bounds=_bounds(run, "CE_L_BOUNDS", L_BOUNDS),
    )  # fmt: skip
    if facts.raw("complete") is False or facts.raw("missing"):
        result = incomplete(result)
    run.trace += [f"{step['name']}: {step['formula']}" for step in result.steps]
    run.put("status", result.status)
    run.put("reason", result.reason)
    run.put("E_K", result.e_k, "tCO2")
    run.put("L", result.intensity, "tCO2/wan")
    run.put("B", b, "tCO2/wan")
    for name, value in (
        ("horizontal_level", result.horizontal_level), ("K", result.k), ("level", result.level), ("letter", result.letter),
        ("gz_colour", result.gz_colour), ("code_colour", result.code_colour), ("label", result.label), ("word", result.word),
    ):  # fmt: skip
        run.put(name, value)


def carbon_efficiency(run: Run) -> None:
    """CE1-CE6, CE9."""
    e_core = run.facts.need("tCO2", "e_core", "e", "emission")
    _grade(run, e_core, run.facts.value("wan", "value_added", "va"), run.facts.value("tCO2/wan", "benchmark", "b"))


def carbon_efficiency_from_filing(run: Run) -> None:
    """Lines by FI7, their sum, then the grade."""
    lines = run.facts.raw("lines")
    if not isinstance(lines, list):
        raise CaseError("缺少 lines（各能源的用量）。")
    sums: dict[str, Decimal] = {}
    results = []
    for position, data in enumerate(lines):
        inner = run.inside(f"lines[{position}]", data)
        name = inner.facts.raw("carrier", "energy")
        if not isinstance(name, str):
            raise CaseError(f"lines[{position}] 缺少 carrier。")
        use, result = _filed_line(inner, name, run.facts.data)
        results.append((use, result))
        sums[name] = sums.get(name, ZERO) + result.co2_t
        run.say(f"{name}: {result.formula}")
    totals = total(results)
    run.put("lines", {name: Measure(value, "tCO2") for name, value in sums.items()})
    run.put("E_core", totals.co2_t, "tCO2")
    run.put("energy", totals.tce_equivalent, "tce")
    _grade(
        run, totals.co2_t, run.facts.value("wan", "value_added", "va"), run.facts.value("tCO2/wan", "benchmark", "b")
    )


def _filed_line(run: Run, name: str, around: Mapping[str, Any]) -> tuple[str, LineResult]:
    facts = run.facts
    code = run.library.find(name)
    if code is None:
        raise CaseError(f"不认识的能源“{name}”。")
    carrier = run.library.carrier(code, {**around, **facts.data})
    use = facts.raw("use") or {
        "electricity": "purchased_electricity",
        "heat": "purchased_heat",
        "process": "process",
    }.get(carrier.group, "fuel")
    if use == "process":
        return use, calculate_line(Activity(carrier, facts.need("tCO2", "co2", "amount", "emission", ""), "tCO2", use))
    own = str(facts.raw("unit") or carrier.fill_in_unit)
    fact = next((f for f in facts.all if f.stem.lower() in ("amount", "quantity")), None)
    if fact is not None and fact.unit:
        own = fact.unit
    if fact is None or fact.raw is None:
        physical = next((f for f in facts.plain("electricity", "heat", "mass", "volume")), None)
        if physical is None:
            raise CaseError(f"“{name}”缺少用量（amount）。")
        fact, own = physical, physical.unit or own
    amount = number(fact.raw, fact.name)
    factor_unit = facts.raw("factor_unit")
    factor_fact = facts.find(None, "factor")
    row = None
    if factor_fact is not None and factor_fact.raw is not None:
        base = {"electricity": "tCO2/MWh", "heat": "tCO2/GJ"}.get(carrier.group, f"tCO2/{own}")
        given = Measure(
            number(factor_fact.raw, factor_fact.name),
            factor_fact.unit or (factor_unit if isinstance(factor_unit, str) else base),
        )
        row = FactorRow(
            str(facts.raw("factor_code") or "CASE"), "case", in_unit(given, base), base, "算例给定", source="算例给定"
        )
    elif carrier.group in ("electricity", "heat"):
        row = _coded_factor(run, facts, "tCO2/MWh" if carrier.group == "electricity" else "tCO2/GJ")
    measured = Measured()
    if row is not None and carrier.group == "electricity":
        carrier = replace(carrier, grid=row)
    elif row is not None and carrier.group == "heat":
        carrier = replace(carrier, heat=row)
    elif row is not None:
        measured = Measured(factor=row.value, basis="算例给定")
    else:
        oxidation = facts.share("oxidation", "oxidation_rate")
        measured = Measured(
            ncv=facts.value(f"GJ/{own}", "ncv"), carbon_content=facts.value("tC/GJ", "carbon", "carbon_content"),
            oxidation_rate=None if oxidation is None else product(oxidation, Decimal(100)), basis="算例给定",
        )  # fmt: skip
    coefficient = facts.find(f"tce/{own}", "tce_per_unit", "tce", "coefficient")
    if coefficient is None:
        coefficient = next(facts.ratios("standard_coal"), None)
    if coefficient is not None and coefficient.raw is not None:
        measured = replace(
            measured, tce=in_unit(Measure(number(coefficient.raw, coefficient.name), coefficient.unit), f"tce/{own}")
        )
    return str(use), calculate_line(Activity(carrier, amount, own, str(use), measured))


def benchmark_choice(run: Run) -> None:
    """CE7, CE8, RS7: the first cell that may be used, in the order they are written; an official row goes before."""
    min_n = int(number(run.parameters.get("PEER_MIN_N", str(MIN_PEERS)), "PEER_MIN_N"))
    max_share = number(run.parameters.get("PEER_MAX_SHARE", str(MAX_SHARE)), "PEER_MAX_SHARE")
    official = run.facts.value("tCO2/wan", "official", "official_benchmark", "official_b")
    used, chosen, members = (
        ("official", Benchmark(True, 0, b=quantise(official, 6)), []) if official is not None else (None, None, [])
    )
    for fact in run.facts.all:
        if not fact.stem.endswith("_peers") and fact.stem != "peers":
            continue
        run.facts.used.add(fact.name)
        if not isinstance(fact.raw, list):
            raise CaseError(f"“{fact.name}”应为列表。")
        name = fact.stem.removesuffix("peers").removesuffix("_") or "peers"
        peers = [_peer(run.inside(f"{fact.name}[{i}]", data)) for i, data in enumerate(fact.raw)]
        verified = [p for p, data in zip(peers, fact.raw, strict=True) if data.get("verified") is True]
        enough = benchmark(verified, min_n, max_share)
        found = enough if enough.n >= min_n and enough.usable else benchmark(peers, min_n, max_share)
        shown: dict[str, Any] = {"usable": found.usable, "n": found.n, "reason": found.reason}
        if found.b is not None:
            shown["B"] = Measure(found.b, "tCO2/wan")
        if found.largest_share is not None:
            shown["largest_share"] = Measure(found.largest_share, "pct")
            shown["largest_share_pct"] = Measure(found.largest_share, None)
        run.put(f"{name}_result", shown)
        run.say(f"{name}: n = {found.n}, B = {found.b}, 最大占比 = {found.largest_share} %, {found.reason or '可用'}")
        if used is None and found.usable:
            used, chosen, members = name, found, verified if found is enough else peers
    run.put("used", used)
    run.put("B", chosen.b if chosen else None, "tCO2/wan")
    usable = [p for p in members if p.complete and p.value_added is not None and p.value_added > 0]
    if usable:
        mean = divide(sum((divide(p.e_k, p.value_added) for p in usable if p.value_added), ZERO), Decimal(len(usable)))
        run.put("not_the_mean_of_ratios", quantise(mean, 6))
    own = run.facts.raw("own")
    if own is not None:
        inner = run.inside("own", own)
        e_core = inner.facts.need("tCO2", "e_core", "e", "e_k")
        _grade(inner, e_core, inner.facts.value("wan", "value_added", "va"), chosen.b if chosen else None)
        run.put("own", dict(inner.results))


def _peer(run: Run) -> Peer:
    complete = run.facts.raw("complete")
    return Peer(
        run.facts.need("tCO2", "e", "e_k", "e_core"), run.facts.value("wan", "va", "value_added"), complete is not False
    )


def distance_case(run: Run) -> None:
    """RS8."""
    value_added = run.facts.value("wan", "value_added", "va")
    b = run.facts.value("tCO2/wan", "benchmark", "b")
    e_k = run.facts.value("tCO2", "e_k")
    if e_k is None:
        e_k = run.facts.need("tCO2", "e_core", "e")
        e_k -= sum(
            (run.facts.value("tCO2", name, default=ZERO) or ZERO for name in ("d_green", "d_sink", "d_ccus")), ZERO
        )
    bounds = _bounds(run, "CE_K_BOUNDS", K_BOUNDS)
    if value_added is None or value_added <= 0 or b is None or b <= 0:
        _grade(run, e_k, value_added, b)
        for name in ("next_level", "reduction_needed"):
            run.put(name, None)
        return
    found = distance_to_next_level(e_k, value_added, b, bounds)
    run.say(
        f"K = {plain(found.k)}，{found.level} 级；{plain(e_k)} − 界限 × {plain(value_added)} × {plain(b)} = {found.reduction_needed}"
    )
    run.put("K", found.k)
    run.put("level", found.level)
    run.put("next_level", found.next_level)
    run.put("reduction_needed", found.reduction_needed, "tCO2")
    run.put("letter", "ABCDE"[found.level - 1])


def carbon_neutrality(run: Run) -> None:
    """NR1-NR5."""
    facts = run.facts
    factor = facts.find("tCO2/MWh", "grid_factor", "factor", "electricity_factor") or next(
        facts.ratios("co2", "electricity"), None
    )
    own = facts.value("MWh", "own_zero_carbon", "own_zero_carbon_mwh", default=ZERO) or ZERO
    gec = facts.value("MWh", "gec", default=ZERO) or ZERO
    grid = (
        in_unit(Measure(number(factor.raw, factor.name), factor.unit), "tCO2/MWh")
        if factor and factor.raw is not None
        else None
    )
    if grid is None:
        grid = _grid(run, facts).value if own or gec else ZERO
    credits = facts.raw("ccer", "credits") or []
    if not isinstance(credits, list):
        raise CaseError("ccer 应为列表。")
    result = neutrality(
        facts.need("tCO2", "e_core", "e"), own_zero_carbon_mwh=own, gec_mwh=gec,
        purchased_grid_mwh=facts.value("MWh", "purchased_grid", "purchased", "purchased_electricity", default=ZERO) or ZERO, grid_factor=grid,
        sink=facts.value("tCO2", "sink", "d_sink", default=ZERO) or ZERO, ccus=facts.value("tCO2", "ccus", "d_ccus", default=ZERO) or ZERO,
        credits=[_credit(run.inside(f"ccer[{i}]", data)) for i, data in enumerate(credits)],
        d_green=facts.value("tCO2", "d_green"), a_own=facts.value("tCO2", "a_own"),
    )  # fmt: skip
    for name, value in (
        ("A_own", result.a_own), ("D_green", result.d_green), ("D_sink", result.d_sink), ("D_ccus", result.d_ccus),
        ("C_retired", result.c_retired), ("R", result.r), ("E_base", result.e_base), ("E_net", result.e_net),
    ):  # fmt: skip
        run.put(name, value, "tCO2")
        run.say(f"{name} = {plain(value)} tCO2")
    for name, share in (("N", result.n_pct), ("structural", result.structural_pct), ("offset", result.offset_pct)):
        run.put(f"{name}_pct", share)
        run.put(name, share, "pct")
        run.say(f"{name} = {share} %")
    run.put("reason", result.reason)


def _credit(run: Run) -> Credit:
    facts = run.facts
    evidence = facts.raw("evidence")
    return Credit(
        str(facts.raw("state")), facts.need("tCO2", "amount"), bool(facts.raw("used_for_ets")), evidence is None or bool(evidence),
        bool(facts.raw("inside_boundary", "project_inside_boundary", "in_boundary", "inside_core")),
    )  # fmt: skip


def certificate_validity(run: Run) -> None:
    """CC6; a validity that ended before the day of issue is refused."""
    listed = run.facts.raw("periods", "period")
    codes = listed if isinstance(listed, list) else [listed]
    table = run.parameters.get("CERT_MONTHS")
    months = (
        {k: int(number(v, "CERT_MONTHS")) for k, v in table.items()}
        if isinstance(table, Mapping)
        else CERTIFICATE_MONTHS
    )
    until = {str(code): certificate_valid_until(str(code), months) for code in codes}
    run.put(
        "valid_until",
        {code: day.isoformat() for code, day in until.items()}
        if isinstance(listed, list)
        else until[str(listed)].isoformat(),
    )
    issued = run.facts.raw("issued_on")
    if issued is not None:
        run.put("already_expired_on_issue", [code for code, day in until.items() if day < _day(issued)])
    run.say("；".join(f"{code} → {day}" for code, day in until.items()))


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise CaseError(f"“{text}”不是日期，请写成 2025-08-20。") from None


def range_split(run: Run) -> None:
    """FI4."""
    fact = run.facts.find(None, "amount") or next((f for f in run.facts.all if f.unit), None)
    if fact is None:
        raise CaseError("缺少 amount。")
    first, last = run.facts.raw("month_from", "from"), run.facts.raw("month_to", "to")
    start = month_int(str(first))
    end = month_int(str(last)) if last is not None else start
    parts = split_range(number(fact.raw, fact.name), month_range(start, end))
    run.put("months", {month_code(month): Measure(value) for month, value in parts.items()})
    run.say("、".join(f"{month_code(m)} {plain(v)}" for m, v in parts.items()))


def completeness(run: Run) -> None:
    """GN7: 0 is a value, blank and drafts are not."""
    period = parse(str(run.facts.raw("period")))
    template, filed = run.facts.raw("template", "items"), run.facts.raw("filed") or {}
    if not isinstance(filed, Mapping) or not isinstance(template, (list, Mapping)):
        raise CaseError("需要 template（项目列表）与 filed（月份 → 项目 → 值）。")
    declared = run.facts.raw("declared_months", "months")
    chosen = {month_int(str(m)) for m in declared} if isinstance(declared, list) else None
    required = {month: _items(template, month) for month in period.months}
    values = {month_int(str(month)): _filed_items(month, items) for month, items in filed.items()}
    gaps = missing(period, required, values, chosen)
    part = chosen is not None and set(period.months) - chosen
    run.put("complete", not gaps)
    run.put("reason", "INCOMPLETE_MONTHS" if gaps else "PART_YEAR" if part else None)
    run.put("missing", [list(gap) for gap in gaps])
    run.say("缺：" + ("、".join(f"{m} {item}" for m, item in gaps) or "无"))


def _items(template: Any, month: int) -> list[str]:
    if isinstance(template, Mapping):
        versions = sorted((month_int(str(first)), list(items)) for first, items in template.items())
        return next((items for first, items in reversed(versions) if first <= month), [])
    found = []
    for item in template:
        if not isinstance(item, Mapping):
            found.append(str(item))
            continue
        first, last = (item.get(k) for k in ("from", "to"))
        if (first is None or month_int(str(first)) <= month) and (last is None or month <= month_int(str(last))):
            found.append(str(item.get("item") or item.get("name") or item.get("carrier")))
    return found


def _filed_items(month: str, items: Any) -> set[str]:
    if not isinstance(items, Mapping):
        raise CaseError(f"filed.{month} 应为对象（项目 → 值）。")
    if items.get("state") not in (None, "submitted"):
        return set()
    found = set()
    for name, value in items.items():
        state = value.get("state", "submitted") if isinstance(value, Mapping) else "submitted"
        content = value.get("value", value.get("amount")) if isinstance(value, Mapping) else value
        if content is not None and content != "" and state == "submitted":
            found.add(str(name))
    return found


def ranking(run: Run) -> None:
    """GN13."""
    listed = run.facts.raw("k", "values")
    named = isinstance(listed, Mapping)
    raws = list(listed.values()) if isinstance(listed, Mapping) else listed
    if not isinstance(raws, list):
        raise CaseError("缺少 K（各企业的碳效值）。")
    values = [None if v is None else number(v, "K") for v in raws]
    known = [v for v in values if v is not None]
    places = dict(zip(known, ranks(known), strict=True))
    min_n = int(number(run.parameters.get("PEER_MIN_N", str(MIN_PEERS)), "PEER_MIN_N"))
    rank = [None if v is None else places[v] for v in values]
    better = [None if v is None else better_than(sum(o > v for o in known), len(known), min_n) for v in values]
    names = list(listed) if isinstance(listed, Mapping) else []
    run.put("rank", dict(zip(names, rank, strict=True)) if named else rank)
    shown = [None if b is None else Measure(b) for b in better]
    run.put("better_than_pct", dict(zip(names, shown, strict=True)) if named else shown)
    run.say(f"名次 {rank}，优于同行 {[str(b) for b in better]}")


def year_on_year_case(run: Run) -> None:
    """GN14."""
    rows = run.facts.raw("rows")
    rows = rows if isinstance(rows, list) else [dict(run.facts.data)]
    changes: list[Any] = []
    for position, data in enumerate(rows):
        facts = run.inside(f"rows[{position}]", data).facts
        target = next((f.unit for f in facts.all if f.unit), None)
        change = year_on_year(facts.value(target, "previous"), facts.value(target, "current"))
        changes.append(None if change is None else Measure(change))
        run.say(f"rows[{position}]: {change}")
    run.put("change_pct", changes if run.facts.raw("rows") is not None else changes[0])
    run.put("decline_pct", [None if c is None else Measure(-c.value) for c in changes])
    run.put("reason", ["ZERO_BASE" if c is None else None for c in changes])


KINDS: dict[str, Callable[[Run], None]] = {
    "scope2_electricity": scope2_electricity,
    "steam_enthalpy": steam_enthalpy,
    "steam_heat": steam_heat,
    "purchased_heat": steam_heat,
    "scope2_heat": steam_heat,
    "water_heat": steam_heat,
    "heat": steam_heat,
    "fuel_factor": fuel_factor_case,
    "fuel_factor_table": fuel_factor_case,
    "fuel_factor_energy": fuel_factor_energy,
    "tce_to_emission": tce_to_emission,
    "enterprise_total_and_intensity": enterprise_total_and_intensity,
    "process_intensity": process_intensity,
    "carbonate_process": carbonate_process,
    "waste_water": waste_water_case,
    "incineration": incineration_case,
    "waste_incineration": incineration_case,
    "absorption": absorption_case,
    "clean_power_reduction": clean_power_reduction,
    "yoy_change": yoy_change,
    "sum": sum_case,
    "power_unit_month": power_unit_month,
    "factory_year": factory_year,
    "standard_coal": factory_year,
    "carbon_efficiency": carbon_efficiency,
    "carbon_efficiency_from_filing": carbon_efficiency_from_filing,
    "benchmark_choice": benchmark_choice,
    "distance_to_next_level": distance_case,
    "carbon_neutrality": carbon_neutrality,
    "certificate_validity": certificate_validity,
    "range_split": range_split,
    "completeness": completeness,
    "ranking": ranking,
    "year_on_year": year_on_year_case,
}


# ------------------------------------------------------------------------------------------------------- comparing


def check_case(case: Any, library: Library, parameters: Mapping[str, Any] | None = None) -> Verdict:
    """Compute one case and compare. Never raises for a bad case: the verdict carries the error."""
    name = str(case.get("id", "?")) if isinstance(case, Mapping) else "?"
    kind = str(case.get("kind", "?")) if isinstance(case, Mapping) else "?"
    run = Run(Facts({}), library, parameters or {})
    try:
        if not isinstance(case, Mapping) or kind not in KINDS:
            raise CaseError(f"不认识的算例种类“{kind}”。")
        run.facts = Facts(case.get("inputs"))  # type: ignore[arg-type]
        asserted = case.get("use_as_assertion") or "expected"
        expected = case.get(asserted)
        if not isinstance(expected, Mapping) or not expected:
            raise CaseError(f"没有“{asserted}”，无从核对。")
        tolerance = number(case["tolerance"], "tolerance") if case.get("tolerance") is not None else ZERO
        KINDS[kind](run)
        differences: list[Difference] = []
        for key, wanted in expected.items():
            _compare(key, wanted, _lookup(run.results, key), tolerance, differences)
        if unread := run.facts.unread():
            run.say(f"没有用到的输入：{'、'.join(unread)}")
        return Verdict(name, kind, tuple(differences), tuple(run.trace))
    except (CaseError, LineError, UnitError, PeriodError) as error:
        return Verdict(name, kind, (), tuple(run.trace), str(error))
    except DecimalException:
        return Verdict(name, kind, (), tuple(run.trace), "数值超出可计算的范围，请检查输入。")
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        return Verdict(
            name, kind, (), tuple(run.trace), f"算例格式有误（{type(error).__name__}: {error}），请对照已有算例检查。"
        )


_ABSENT = object()


def _lookup(results: list[tuple[str, Any]], key: str) -> Any:
    """The result an expected name means: by name, by stem and unit, else the only one of that unit."""
    stem, wanted, _ = split_name(key)
    for name, value in results:
        if name.lower() == key.lower() and (
            not isinstance(value, Measure) or wanted is None or value.unit is None or fits(value.unit, wanted)
        ):
            return value
    for name, value in results:
        if name.lower() == stem.lower():
            if not isinstance(value, Measure):
                return value
            if wanted is None or value.unit is None:
                return value
            if fits(value.unit, wanted):
                return Measure(in_unit(value, wanted), wanted)
    if wanted is not None:
        found = [v for _, v in results if isinstance(v, Measure) and v.unit and fits(v.unit, wanted)]
        values = {in_unit(v, wanted) for v in found}
        if len(values) == 1:
            return Measure(values.pop(), wanted)
    return _ABSENT


def _compare(path: str, wanted: Any, actual: Any, tolerance: Decimal, found: list[Difference]) -> None:
    if actual is _ABSENT:
        if wanted is not None:
            found.append(Difference(path, _text(wanted), "没有这个结果"))
    elif isinstance(wanted, Mapping):
        if not isinstance(actual, Mapping):
            found.append(Difference(path, _text(wanted), _text(actual)))
            return
        for key, value in wanted.items():
            _compare(f"{path}.{key}", value, _lookup(list(actual.items()), key), tolerance, found)
    elif isinstance(wanted, list):
        if not isinstance(actual, list) or len(actual) != len(wanted):
            found.append(Difference(path, _text(wanted), _text(actual)))
            return
        for position, (one, other) in enumerate(zip(wanted, actual, strict=True)):
            _compare(f"{path}[{position}]", one, other, tolerance, found)
    elif not _equal(wanted, actual, tolerance):
        found.append(Difference(path, _text(wanted), _text(actual)))


def _equal(wanted: Any, actual: Any, tolerance: Decimal) -> bool:
    if isinstance(actual, list) and wanted is None:
        return all(a is None for a in actual)
    if wanted is None or actual is None or isinstance(wanted, bool) or isinstance(actual, bool):
        return wanted is actual
    value = actual.value if isinstance(actual, Measure) else actual
    if isinstance(value, (Decimal, int)):
        try:
            return abs(number(wanted, "expected") - Decimal(value)) <= tolerance
        except CaseError:
            return False
    return str(wanted) == str(value)


def _text(value: Any) -> str:
    if isinstance(value, Measure):
        return plain(value.value) + (f" {value.unit}" if value.unit else "")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return "null" if value is None else str(value)


__all__ = ["KINDS", "CaseError", "Difference", "Library", "Run", "Verdict", "check_case"]
