"""Other methods of the data pack: steam, carbonates, waste water, incineration, absorption, clean power, totals, intensities.

Each is a pure function of decimals; the unit stands in the argument's name. Rounding is the caller's (a line is quantised by GN1).
"""

from decimal import Decimal

from carbon.lines import CARBON_TO_CO2
from carbon.rounding import CONTEXT, divide, product

#: Reference enthalpy of 20 °C water that some methods subtract and GB/T 32151.34-2024 does not (SOURCES finding 5): an option.
WATER_ENTHALPY = Decimal("83.74")


def interpolate(at: Decimal, table: dict[Decimal, Decimal]) -> Decimal:
    """Linear interpolation in a table of points. Raises ValueError outside it."""
    if at in table:
        return table[at]
    below = [x for x in table if x < at]
    above = [x for x in table if x > at]
    if not below or not above:
        raise ValueError(f"{at} 不在表的范围 {min(table)}–{max(table)} 内")
    low, high = max(below), min(above)
    return table[low] + CONTEXT.divide(product(table[high] - table[low], at - low), high - low)


def steam_heat_gj(mass_t: Decimal, enthalpy_kj_per_kg: Decimal, subtract_kj_per_kg: Decimal = Decimal(0)) -> Decimal:
    """Heat of steam in GJ: mass x (enthalpy - reference) / 1000; the reference is 0 or :data:`WATER_ENTHALPY`."""
    return product(mass_t, enthalpy_kj_per_kg - subtract_kj_per_kg, Decimal("0.001"))


def water_heat_gj(mass_t: Decimal, temperature_c: Decimal) -> Decimal:
    """Heat of hot water in GJ: mass x (T - 20) x 4.1868 / 1000."""
    return product(mass_t, temperature_c - 20, Decimal("4.1868"), Decimal("0.001"))


def fuel_factor(ncv_gj: Decimal, carbon_tc_per_gj: Decimal, oxidation: Decimal) -> Decimal:
    """tCO2 per unit of fuel: NCV x CC x OF x 44/12 (oxidation as fraction)."""
    return product(ncv_gj, carbon_tc_per_gj, oxidation, CARBON_TO_CO2)


def carbonate(mass_t: Decimal, content: Decimal, factor_tco2_per_t: Decimal, conversion: Decimal = Decimal(1)) -> Decimal:
    """tCO2 of carbonate decomposition: mass x content x factor x conversion."""
    return product(mass_t, content, factor_tco2_per_t, conversion)


def waste_water_factor(od_mg_per_l: Decimal, bo: Decimal, mcf: Decimal, gwp_ch4: Decimal) -> Decimal:
    """tCO2e per m3: oxygen demand (mg/L = g/m3) / 10^6 x Bo x MCF x GWP."""
    return product(od_mg_per_l, Decimal("0.000001"), bo, mcf, gwp_ch4)


def waste_water(volume_m3: Decimal, removed_kg_per_m3: Decimal, bo: Decimal, mcf: Decimal, gwp_ch4: Decimal, recovered_kg: Decimal = Decimal(0)) -> Decimal:
    """tCO2e of treatment (LG10): (m3 x removed COD x Bo x MCF - recovered CH4) x GWP / 1000."""
    return product(product(volume_m3, removed_kg_per_m3, bo, mcf) - recovered_kg, gwp_ch4, Decimal("0.001"))


def incineration(mass_t: Decimal, ccw: Decimal, fcf: Decimal, oxidation: Decimal) -> Decimal:
    """tCO2 of waste incineration (LG10): t x carbon content x fossil fraction x oxidation x 44/12."""
    return product(mass_t, ccw, fcf, oxidation, CARBON_TO_CO2)


def absorption(area_hm2: Decimal, factor_tc_per_hm2_a: Decimal, months: Decimal = Decimal(12)) -> Decimal:
    """tCO2 bound by a sink (LG13): area x factor x 44/12 x months/12."""
    return product(area_hm2, factor_tc_per_hm2_a, CARBON_TO_CO2, divide(months, Decimal(12)))


def stock_change_rate(before: Decimal, after: Decimal, years: Decimal) -> Decimal:
    """Carbon bound per year: (after - before) / years, in the unit of the stocks."""
    return divide(after - before, years)


def clean_power(generation_mwh: Decimal, factor_tco2_per_mwh: Decimal) -> Decimal:
    """tCO2 avoided by clean power (LG13): MWh x grid factor."""
    return product(generation_mwh, factor_tco2_per_mwh)


def intensity(emission: Decimal, output: Decimal) -> Decimal:
    """Emission per unit of output."""
    return divide(emission, output)
