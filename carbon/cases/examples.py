"""Evaluators of the kinds of worked examples: electricity, steam, fuels, carbonates, waste water, sinks, totals, changes."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from carbon.cases.facts import CaseError, Fact, Facts, Measure, in_unit, number, split_name
from carbon.cases.run import (
    EXPORT_WORDS,
    ONE,
    OWN_USE,
    ZERO,
    Run,
    coded_factor,
    electricity_line,
    grid_factor,
    is_exported,
    is_own,
    library_value,
    put_line,
)
from carbon.efficiency import (
    year_on_year,
)
from carbon.lines import (
    Activity,
    Carrier,
    FactorRow,
    calculate_line,
    per_bottom,
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
from carbon.rounding import divide, line, plain, product
from carbon.units import unit


def scope2_electricity(run: Run) -> None:
    """E = AD x EF; exported electricity subtracts."""
    row = grid_factor(run, run.facts)
    found = list(run.facts.plain("electricity"))
    if not found:
        raise CaseError("缺少用电量，请给出 electricity_MWh 或 electricity_kWh。")
    co2 = ZERO
    for fact in found:
        mwh = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "MWh")
        use = (
            "exported_electricity"
            if is_exported(fact.stem)
            else OWN_USE
            if is_own(fact.stem)
            else "purchased_electricity"
        )
        co2 += put_line(run, fact.stem, electricity_line(run, mwh, row, use)).co2_t
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
    elif (row := coded_factor(run, run.facts, "tCO2/GJ")) is not None:
        carrier = replace(carrier, heat=row)
    put_line(
        run, "heat", calculate_line(Activity(carrier, abs(gj), "GJ", "exported_heat" if gj < 0 else "purchased_heat"))
    )


def steam_heat(run: Run) -> None:
    """Heat of steam by mass and enthalpy (or pressure), hot water by temperature, or heat itself; emission by the heat factor."""
    heats = list(run.facts.plain("heat"))
    temperature = run.facts.value(None, "temperature", "temperature_c", "water_temperature", "water_temperature_c")
    if heats:
        gj = ZERO
        for fact in heats:
            sign = -ONE if is_exported(fact.stem) else ONE
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
        oxidation = library_value(carrier.oxidation_rate, "fraction") if carrier else None
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
        carbon = library_value(carrier.carbon_content, "tC/GJ")
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
            carbon = library_value(carrier.carbon_content, "tC/GJ")
        if carbon is None:
            raise CaseError(f"“{name}”缺少单位热值含碳量（carbon_tC_per_GJ）。")
        oxidation = inner.facts.share("oxidation", "oxidation_rate", "of")
        if oxidation is None:
            oxidation = library_value(carrier.oxidation_rate, "fraction") if carrier else None
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
    *EXPORT_WORDS,
)


def _says(stem: str, words: tuple[str, ...]) -> bool:
    return any(token.startswith(word) for token in stem.lower().split("_") for word in words)


def is_deducted(stem: str) -> bool:
    return any(word in stem.lower() for word in _DEDUCT_WORDS)


def _is_emission(fact: Fact) -> bool:
    assert fact.unit is not None
    dimension = unit(fact.unit).dimension
    return dimension == "co2" or (dimension == "mass" and _says(fact.stem, _EMISSION_WORDS))


def enterprise_total_and_intensity(run: Run) -> None:
    """total = fuel + process + net power + net heat - embedded carbon; intensity = total / output."""
    whole, outputs = ZERO, []
    found = list(run.facts.plain("mass", "co2", "money", "area", "volume", "electricity", "count"))
    parts = [f for f in found if (is_deducted(f.stem) or _is_emission(f)) and not f.stem.lower().startswith("total")]
    for fact in found:
        if fact.stem.lower().startswith("total") and parts:
            continue  # the sum is made of its parts
        deducted = is_deducted(fact.stem)
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
        asked = [
            name,
            *(facts.data.get(n) for n in ("carbonate", "kind", "species", "material")),
            *(f.stem for f in found),
        ]
        co2 = _decomposed(run, mass, content, _carbonate_factor(run, asked), conversion, name or found[0].stem)
    return co2


_CARBONATE_FACTOR = ("factor", "ef", "carbonate_factor", "emission_factor")


def _carbonate_factor(run: Run, asked: list[Any]) -> Decimal:
    own = [f"{word}_{text}".lower() for text in asked if text for word in ("factor", "ef")]
    own += [f"{text}_{word}".lower() for text in asked if text for word in ("factor", "ef")]
    given = run.facts.find("tCO2/t", *own, *_CARBONATE_FACTOR)
    if given is not None and given.raw is not None:
        return in_unit(Measure(number(given.raw, given.name), given.unit), "tCO2/t")
    row = coded_factor(run, run.facts, "tCO2/t")
    for text in asked:
        code = _CARBONATES.get(str(text).lower()) if text else None
        row = row or (run.library.row(code) if code else None) or (run.library.row(f"CARB-{text}") if text else None)
    if row is None:
        raise CaseError("缺少碳酸盐排放因子（factor_tCO2_per_t），也认不出是哪种碳酸盐。")
    run.say(f"碳酸盐因子缺省：{row.code} = {plain(row.value)} {row.unit}")
    return row.value


def _decomposed(run: Run, mass: Decimal, content: Decimal, factor: Decimal, conversion: Decimal, name: str) -> Decimal:
    co2 = carbonate(mass, content, factor, conversion)
    run.say(
        f"{name}: {plain(mass)} t × {plain(content)} × {plain(factor)} tCO2/t × {plain(conversion)} = {plain(co2)} tCO2"
    )
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
    names = (
        "od",
        "cod",
        "bod",
        "cod_removed",
        "od_removed",
        "bod_removed",
        "removed",
        "removed_cod",
        "removed_od",
        "removed_bod",
    )
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
    row = grid_factor(run, run.facts)
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
