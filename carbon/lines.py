"""One activity times one factor (FI7): fuel, electricity, heat, process, exported energy, own zero-carbon power, raw material.

Pure: the caller resolves the dated factor rows (room ``factors``) and hands them in; the result carries its whole trace.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from carbon.rounding import CONTEXT, line, plain, product, quantise
from carbon.units import UnitError, convert, convert_per, unit

#: Bumped when a formula changes; stands in every trace.
METHOD_VERSION = "2026.1"
#: Results at or beyond this many tonnes are refused: no firm, and no column, holds them.
LIMIT = Decimal(10) ** 14
_ZERO = Decimal("0.000000")
CARBON_TO_CO2 = CONTEXT.divide(Decimal(44), Decimal(12))

FUEL, RAW = "fuel", "raw_material"
ELECTRICITY_USES = ("purchased_electricity", "exported_electricity", "self_generated_zero_carbon")
HEAT_USES = ("purchased_heat", "exported_heat")
PROCESS = "process"
USES = (FUEL, RAW, *ELECTRICITY_USES, *HEAT_USES, PROCESS)
USE_NAMES = {
    FUEL: "燃料燃烧", RAW: "用作原料", "purchased_electricity": "外购电力", "exported_electricity": "外供电力",
    "self_generated_zero_carbon": "自发自用零碳电力", "purchased_heat": "外购热力", "exported_heat": "外供热力", PROCESS: "工艺过程",
}  # fmt: skip


class LineError(ValueError):
    """A line that cannot be computed: ``field`` of the line, stable code, Chinese message."""

    def __init__(self, field_name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field_name, code, message


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One dated, sourced value. ``kind`` keeps the kinds of electricity factor apart (SOURCES finding 1)."""

    code: str
    kind: str
    value: Decimal
    unit: str
    factor_set: str
    source: str = ""
    source_url: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    factor_year: int | None = None
    confidence: str = ""
    note: str = ""
    _shown: list[dict[str, Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    def shown(self) -> dict[str, Any]:
        """As it stands in traces and answers; made once, not to be changed."""
        if not self._shown:
            self._shown.append(self._made())
        return self._shown[0]

    def _made(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "value": plain(self.value),
            "unit": self.unit,
            "kind": self.kind,
            "factor_set": self.factor_set,
            "factor_year": self.factor_year,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "source": self.source,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Carrier:
    """An energy kind with the factor rows in force for one period, region and day of knowledge."""

    code: str
    name: str
    fill_in_unit: str
    group: str
    ncv: FactorRow | None = None
    carbon_content: FactorRow | None = None
    oxidation_rate: FactorRow | None = None
    co2_factor: FactorRow | None = None
    grid: FactorRow | None = None
    heat: FactorRow | None = None
    heat_content: FactorRow | None = None  # GJ per unit of steam, when the medium is filled in by mass
    tce: FactorRow | None = None
    tce_equal: FactorRow | None = None
    why: str = ""
    _fuel: "list[_FuelFactor]" = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def uses(self) -> tuple[str, ...]:
        """What the kind may be used for (FI1)."""
        if self.group == "electricity":
            return ELECTRICITY_USES
        if self.group == "heat":
            return HEAT_USES
        if self.group == "process":
            return (PROCESS,)
        return (RAW,) if self.group == "medium" else (FUEL, RAW)


@dataclass(frozen=True, slots=True)
class _FuelFactor:
    """What all lines of one fuel share: base unit, tCO2 per base unit in full precision, the formula's tail, rows as shown."""

    base: str
    value: Decimal
    tail: str
    shown: dict[str, Any]
    inputs: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Measured parameters that stand in for defaults: ncv GJ per unit of the line, carbon content tC/GJ, oxidation %, factor tCO2 per unit."""

    ncv: Decimal | None = None
    carbon_content: Decimal | None = None
    oxidation_rate: Decimal | None = None
    factor: Decimal | None = None
    tce: Decimal | None = None
    basis: str = "实测"


class Activity(Struct, frozen=True):
    """What was used: amount in the line's own unit."""

    carrier: Carrier
    amount: Decimal
    unit: str
    use: str
    measured: Measured = Measured()
    name: str = ""


class LineResult(Struct, frozen=True):
    """One line: 6-decimal tonnes, the factor used, a formula with numbers and the whole trace (JSON-able)."""

    co2_t: Decimal
    tce_equivalent: Decimal | None
    tce_equal_value: Decimal | None
    factor: dict[str, Any]
    formula: str
    trace: dict[str, Any] = {}


def calculate_line(activity: Activity) -> LineResult:
    """Compute one line by FI7. Raises LineError naming the field (``unit``, ``use``, ``amount``, ``energy``).

    Exported energy subtracts. Raw material and own zero-carbon electricity emit nothing here and count as energy used (FI1; GB/T 2589
    counts what is consumed, whatever made it). Process lines are signed and use no energy.
    """
    try:
        result = _calculate(activity)
    except InvalidOperation:
        result = None
    if result is None or _beyond(result.co2_t) or _beyond(result.tce_equivalent) or _beyond(result.tce_equal_value):
        raise LineError("amount", "RANGE", "计算结果超出合理范围，请检查数量、单位和参数是否填错。")
    return result


def _beyond(value: Decimal | None) -> bool:
    return value is not None and abs(value) >= LIMIT


def _calculate(activity: Activity) -> LineResult:
    carrier, use = activity.carrier, activity.use
    if use not in USES:
        raise LineError("use", "UNKNOWN_USE", f"不认识的用途“{use}”，可选：{'、'.join(USES)}。")
    if use not in carrier.uses:
        fit = "、".join(f"{USE_NAMES[u]}（{u}）" for u in carrier.uses)
        raise LineError("use", "USE_NOT_ALLOWED", f"{carrier.name}不能作“{USE_NAMES[use]}”，可选：{fit}。")
    if use == PROCESS:
        return _process(activity)
    if activity.amount < 0:
        raise LineError("amount", "NEGATIVE", f"{carrier.name}用量不能为负数，没有使用请填 0；外供请选择外供用途。")
    try:
        unit(activity.unit)
        convert(Decimal(1), activity.unit, carrier.fill_in_unit)
    except UnitError as error:
        raise LineError("unit", "UNIT", str(error)) from None
    sign = -1 if use.startswith("exported") else 1
    if use == FUEL:
        co2, factor, formula, inputs = _fuel(activity)
    elif use == RAW:
        co2, factor, formula, inputs = _none(activity, "作原料使用，不计燃烧排放（仍计入能耗）")
    elif use == "self_generated_zero_carbon":
        co2, factor, formula, inputs = _none(activity, "自发自用零碳电力，不产生排放（计入碳中和的自有减排）")
    elif use in ELECTRICITY_USES:
        co2, factor, formula, inputs = _electricity(activity, sign)
    else:
        co2, factor, formula, inputs = _heat(activity, sign)
    equivalent, equal, energy = _energy(activity, sign)
    trace = {
        "method_version": METHOD_VERSION,
        "energy": carrier.code,
        "use": use,
        "amount": plain(activity.amount),
        "unit": activity.unit,
        "inputs": inputs,
        "formula": formula,
        "rounding": "每行保留 6 位小数，四舍五入",
        "why": carrier.why,
        "energy_formula": energy,
    }
    return LineResult(co2, equivalent, equal, factor, formula, trace)


def _process(activity: Activity) -> LineResult:
    try:
        co2 = line(convert(activity.amount, activity.unit, "tCO2"))
    except UnitError as error:
        raise LineError("unit", "UNIT", str(error)) from None
    formula = f"过程排放按填报值计 = {plain(co2)} tCO2" + ("（负值为减排）" if co2 < 0 else "")
    factor = FactorRow("PROCESS-TYPED", "process", Decimal(1), "tCO2/tCO2", "企业填报", source="企业填报").shown()
    trace = {
        "method_version": METHOD_VERSION, "energy": "process", "use": PROCESS, "amount": plain(activity.amount), "unit": activity.unit,
        "inputs": [], "formula": formula, "rounding": "每行保留 6 位小数，四舍五入", "why": "", "energy_formula": "过程排放不计能耗",
    }  # fmt: skip
    return LineResult(co2, line(Decimal(0)), line(Decimal(0)), factor, formula, trace)


Computed = tuple[Decimal, dict[str, Any], str, list[dict[str, Any]]]


def _none(activity: Activity, why: str) -> Computed:
    factor = FactorRow("NONE", "none", Decimal(0), f"tCO2/{activity.unit}", "FI1", source="填报规则 FI1").shown()
    return line(Decimal(0)), factor, why, []


def _fuel(activity: Activity) -> Computed:
    measured, carrier, amount = activity.measured, activity.carrier, activity.amount
    if measured.factor is not None:
        row = _typed("factor", measured.factor, f"tCO2/{activity.unit}", measured.basis)
        return _times(activity, amount, row, 1)
    if measured.ncv is None and measured.carbon_content is None and measured.oxidation_rate is None:
        if not carrier._fuel and (made := _default_fuel(carrier)) is not None:
            carrier._fuel.append(made)  # once for a carrier: its rows never change
        known = carrier._fuel[0] if carrier._fuel else None
        if known is None and carrier.co2_factor is not None:  # a set that publishes the factor alone
            base = per_bottom(carrier.co2_factor.unit)
            return _times(activity, convert(amount, activity.unit, base), carrier.co2_factor, 1, base)
        known = known or _fuel_factor(carrier, carrier.ncv, carrier.carbon_content, carrier.oxidation_rate, None)
    else:
        ncv = _typed("ncv", measured.ncv, f"GJ/{activity.unit}", measured.basis) if measured.ncv is not None else carrier.ncv
        cc = _typed("carbon_content", measured.carbon_content, "tC/GJ", measured.basis) if measured.carbon_content is not None else carrier.carbon_content
        rate = _typed("oxidation_rate", measured.oxidation_rate, "%", measured.basis) if measured.oxidation_rate is not None else carrier.oxidation_rate
        known = _fuel_factor(carrier, ncv, cc, rate, None)
    used = convert(amount, activity.unit, known.base)
    co2 = line(CONTEXT.multiply(used, known.value))
    return co2, known.shown, f"{plain(used)} {known.tail}{plain(co2)} tCO2", known.inputs


def _default_fuel(carrier: Carrier) -> _FuelFactor | None:
    if carrier.ncv is None or carrier.carbon_content is None or carrier.oxidation_rate is None:
        return None
    return _fuel_factor(carrier, carrier.ncv, carrier.carbon_content, carrier.oxidation_rate, carrier.co2_factor)


def _fuel_factor(
    carrier: Carrier, ncv: FactorRow | None, cc: FactorRow | None, rate: FactorRow | None, printed: FactorRow | None
) -> _FuelFactor:
    """NCV × CC × OF × 44/12. The factor ``printed`` beside the parameters is a 4-decimal derivative of them: its code is shown, the
    value is computed here in full precision instead (FI7). Raises LineError FACTOR_MISSING naming what is absent.
    """
    if ncv is None or cc is None or rate is None:
        named = {"低位发热量": ncv, "单位热值含碳量": cc, "碳氧化率": rate}
        absent = "、".join(text for text, row in named.items() if row is None)
        raise LineError("energy", "FACTOR_MISSING", f"{carrier.name}没有可用的缺省{absent}，请填写实测参数，或联系平台补充因子。")
    base = per_bottom(ncv.unit)
    value = CONTEXT.divide(product(ncv.value, cc.value, rate.value, Decimal(44)), Decimal(1200))
    shown = FactorRow(
        printed.code if printed is not None else f"{carrier.code}.ncv×cc×of",
        "fuel",
        quantise(value, 8),
        f"tCO2/{base}",
        "+".join(sorted({row.factor_set for row in (ncv, cc, rate)})),
        source="；".join(dict.fromkeys(r.source for r in (ncv, cc, rate) if r.source)),
        valid_from=cc.valid_from,
        valid_to=cc.valid_to,
    )
    tail = f"{base} × {plain(ncv.value)} GJ/{base} × {plain(cc.value)} tC/GJ × {plain(rate.value)}% × 44/12 = "
    return _FuelFactor(base, value, tail, shown.shown(), [row.shown() for row in (ncv, cc, rate)])


def _electricity(activity: Activity, sign: int) -> Computed:
    measured = activity.measured.factor
    mwh = convert(activity.amount, activity.unit, "MWh")
    if measured is not None:
        return _times(activity, activity.amount, _typed("factor", measured, f"tCO2/{activity.unit}", activity.measured.basis), sign)
    row = activity.carrier.grid
    if row is None:
        raise LineError("energy", "FACTOR_MISSING", "没有这一期间可用的电力排放因子，请联系平台补充。")
    value = convert_per(row.value, row.unit, "tCO2/MWh")
    co2 = line(product(mwh, value, Decimal(sign)))
    formula = f"{_signed(sign)}{plain(activity.amount)} {activity.unit} = {_signed(sign)}{plain(mwh)} MWh → {_signed(sign)}{plain(mwh)} × {plain(value)} tCO2/MWh = {plain(co2)} tCO2"
    return co2, row.shown(), formula, [row.shown()]


def _heat(activity: Activity, sign: int) -> Computed:
    carrier, measured = activity.carrier, activity.measured
    if measured.factor is not None:
        return _times(activity, activity.amount, _typed("factor", measured.factor, f"tCO2/{activity.unit}", measured.basis), sign)
    row = carrier.heat
    if row is None:
        raise LineError("energy", "FACTOR_MISSING", "没有可用的热力排放因子，请联系平台补充。")
    inputs = [row.shown()]
    if unit(carrier.fill_in_unit).dimension == "heat":
        gj, how = convert(activity.amount, activity.unit, "GJ"), ""
    else:
        content = _typed("ncv", measured.ncv, f"GJ/{activity.unit}", measured.basis) if measured.ncv is not None else carrier.heat_content
        if content is None:
            raise LineError("energy", "FACTOR_MISSING", f"{carrier.name}没有可用的热焓，请填写每{activity.unit}的热量（GJ），或按 GJ 填报热力。")
        base = per_bottom(content.unit)
        gj = product(convert(activity.amount, activity.unit, base), convert_per(content.value, content.unit, f"GJ/{base}"))
        how = f"{plain(activity.amount)} {activity.unit} × {plain(content.value)} {content.unit} = {plain(gj)} GJ → "
        inputs.append(content.shown())
    value = convert_per(row.value, row.unit, "tCO2/GJ")
    co2 = line(product(gj, value, Decimal(sign)))
    formula = f"{how}{_signed(sign)}{plain(gj)} GJ × {plain(value)} tCO2/GJ = {plain(co2)} tCO2"
    return co2, row.shown(), formula, inputs


def _times(activity: Activity, used: Decimal, row: FactorRow, sign: int, base: str | None = None) -> Computed:
    co2 = line(product(used, row.value, Decimal(sign)))
    name = base or activity.unit
    formula = f"{_signed(sign)}{plain(used)} {name} × {plain(row.value)} {row.unit} = {plain(co2)} tCO2"
    return co2, row.shown(), formula, [row.shown()]


def _energy(activity: Activity, sign: int) -> tuple[Decimal | None, Decimal | None, str]:
    carrier = activity.carrier
    if activity.measured.tce is not None:
        row: FactorRow | None = _typed("tce", activity.measured.tce, f"tce/{activity.unit}", activity.measured.basis)
    else:
        row = carrier.tce
    equivalent, text = _tce(activity, row, sign)
    if carrier.group != "electricity":
        return equivalent, equivalent, text
    equal, _ = _tce(activity, carrier.tce_equal, sign)
    return equivalent, equal, text


def _tce(activity: Activity, row: FactorRow | None, sign: int) -> tuple[Decimal | None, str]:
    if row is None:
        return None, "没有可用的折标准煤系数，能耗暂缺"
    top, _, bottom = row.unit.partition("/")
    used = convert(activity.amount, activity.unit, bottom)
    value = CONTEXT.multiply(used, row.value)
    if (size := unit(top).size) != 1:
        value = CONTEXT.multiply(value, size)
    value = line(value.copy_negate() if sign < 0 else value)
    return value, f"{_signed(sign)}{plain(used)} {bottom} × {plain(row.value)} {row.unit} = {plain(value)} tce（{row.factor_set}）"


def _typed(code: str, value: Decimal, text: str, basis: str) -> FactorRow:
    return FactorRow(f"MEASURED-{code.upper()}", "measured", value, text, basis, source=f"企业{basis}参数")


def _signed(sign: int) -> str:
    return "−" if sign < 0 else ""


def per_bottom(text: str) -> str:
    """The unit below the slash: ``tCO2/10^4Nm3`` → ``10^4Nm3``."""
    return text.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of quantised lines (GN1). ``tce_equivalent`` is None when a line's coefficient is unknown."""

    co2_t: Decimal
    tce_equivalent: Decimal | None
    tce_equal_value: Decimal | None
    direct: Decimal
    indirect: Decimal
    process: Decimal


def total(lines: list[tuple[str, LineResult]]) -> Totals:
    """Add up lines given as (use, result). Negative sums stay negative (GN4)."""
    direct = indirect = process = _ZERO
    equivalent: Decimal | None = _ZERO
    equal_value: Decimal | None = _ZERO
    for use, result in lines:
        if use in (FUEL, RAW):
            direct += result.co2_t
        elif use == PROCESS:
            process += result.co2_t
        else:
            indirect += result.co2_t
        equivalent = None if equivalent is None or result.tce_equivalent is None else equivalent + result.tce_equivalent
        equal_value = None if equal_value is None or result.tce_equal_value is None else equal_value + result.tce_equal_value
    return Totals(direct + indirect + process, equivalent, equal_value, direct, indirect, process)


def scope(use: str) -> str:
    """direct (combustion) | indirect (bought energy) | process."""
    if use in (FUEL, RAW):
        return "direct"
    return "process" if use == PROCESS else "indirect"

