"""Evaluators of whole power units and factory years: energies are found by their names."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from carbon.cases.examples import is_deducted
from carbon.cases.facts import Fact, Facts, Measure, in_unit, number
from carbon.cases.run import (
    EXPORT_WORDS,
    ONE,
    OWN_USE,
    ZERO,
    Run,
    electricity_line,
    given_row,
    grid_factor,
    is_exported,
    is_own,
    library_value,
)
from carbon.lines import (
    Activity,
    Carrier,
    FactorRow,
    LineResult,
    Measured,
    calculate_line,
    per_bottom,
)
from carbon.methods import (
    fuel_factor,
)
from carbon.rounding import product
from carbon.units import unit

SHORT_NAMES = {
    "gas": "natural_gas",
    "coal": "raw_coal",
    "power": "electricity",
    "steam": "steam_low",
    "oil": "fuel_oil",
}


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
        row = grid_factor(run, facts, code="EF-ELEC-CN-ETS-2022")
        sums["power"] = ZERO
        for fact in electricity:
            mwh = in_unit(Measure(number(fact.raw, fact.name), fact.unit), "MWh")
            result = electricity_line(
                run, mwh, row, "exported_electricity" if is_exported(fact.stem) else "purchased_electricity"
            )
            run.say(f"{fact.stem}: {result.formula}")
            sums["power"] += result.co2_t
        run.put("electricity", sums["power"], "tCO2")
        run.put("purchased_electricity", sums["power"], "tCO2")
    for name, value in sums.items():
        run.put(name, value, "tCO2")
    run.put("total", sum(sums.values(), ZERO), "tCO2")


def _named_fuel(
    run: Run, fact: Fact, code: str, amount: Decimal, own: Facts, shared: Facts, oxidation: Decimal
) -> LineResult:
    """One combustion line: the parameters the case names for this fuel, else the library's, else ``oxidation``.

    Bare names (``ncv``, ``carbon``, ``oxidation``) belong to the rows of ``months`` and to coal.
    """
    names = tuple(dict.fromkeys((fact.stem, code, *(short for short, long in SHORT_NAMES.items() if long == code))))
    takes_bare = own is not shared or fact.stem in ("coal", "power_coal")
    merged: dict[str, Any] = {}
    for source in (shared, own):
        for f in source.all:
            named = any(f.stem == n or f.stem.startswith(f"{n}_") or f.stem.endswith(f"_{n}") for n in names)
            bare = takes_bare and f.stem in ("ncv", "carbon", "carbon_content", "oxidation")
            if (named or bare or f.name in ("factor_set", "region", "period")) and not isinstance(
                f.raw, (Mapping, list)
            ):
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
    by_mass = next(
        (f for f in facts.ratios("carbon_mass", "mass") if f.stem in _of(names, "carbon", "carbon_content")), None
    )
    if given is not None and given.raw is not None:
        factor = in_unit(Measure(number(given.raw, given.name), given.unit), f"tCO2/{own}")
    elif by_mass is not None and mass:
        content = in_unit(Measure(number(by_mass.raw, by_mass.name), by_mass.unit), f"tC/{own}")
        share = oxidation if oxidation is not None else library_value(base.oxidation_rate, "fraction")
        factor = fuel_factor(ONE, content, ONE if share is None else share)
    else:
        carbon = facts.value("tC/GJ", *_of(names, "carbon", "carbon_content"))
    coefficient = next((f for f in facts.ratios("standard_coal") if f.stem in (*names, *_of(names, "tce"))), None)
    if coefficient is not None:
        base = replace(base, tce=given_row(coefficient, "tce/" + per_bottom(coefficient.unit or "")))
    rate = None if oxidation is None else product(oxidation, Decimal(100))
    measured = Measured(ncv, carbon, rate, factor, basis="算例给定")
    return calculate_line(Activity(base if found else replace(base, fill_in_unit=own), amount, own, "fuel", measured))


def factory_year(run: Run) -> None:
    """All energies of a year by name: CO2 and standard coal of each, and totals."""
    facts = run.facts
    co2, tce = ZERO, ZERO
    for fact in list(facts.plain("electricity", "heat", "mass", "volume", "co2", "standard_coal")):
        stem = fact.stem
        for word in (*EXPORT_WORDS, "ed_", "purchased_", "net_", "consumed_"):
            stem = stem.removeprefix(word)
        result = _factory_line(run, fact, stem)
        if result is None:
            continue
        short = next((s for s, long in SHORT_NAMES.items() if long == stem), stem)
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
    dimension, out = unit(own).dimension, is_exported(fact.stem)
    if dimension == "co2":
        return calculate_line(
            Activity(
                run.library.carrier("process", facts.data),
                -value if out or is_deducted(stem) else value,
                own,
                "process",
            )
        )
    if dimension == "electricity":
        row = grid_factor(run, facts)
        use = "exported_electricity" if out else OWN_USE if is_own(fact.stem) else "purchased_electricity"
        carrier = replace(run.library.carrier("electricity", facts.data), grid=row)
        coefficient = next((f for f in facts.ratios("standard_coal", "electricity")), None)
        if coefficient is not None:
            carrier = replace(carrier, tce=given_row(coefficient, "tce/MWh"))
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
            carrier = replace(carrier, tce=given_row(coefficient, "tce/GJ"))
        return calculate_line(Activity(carrier, value, own, "exported_heat" if out else "purchased_heat"))
    if code is None:
        return None
    return _named_fuel(run, replace(fact, stem=stem), code, value, facts, facts, ONE)
