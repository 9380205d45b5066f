"""Which evaluator serves which kind, and the comparison of what it computed with what the case expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from carbon.cases.examples import (
    absorption_case,
    carbonate_process,
    clean_power_reduction,
    enterprise_total_and_intensity,
    fuel_factor_case,
    fuel_factor_energy,
    incineration_case,
    process_intensity,
    scope2_electricity,
    steam_enthalpy,
    steam_heat,
    sum_case,
    tce_to_emission,
    waste_water_case,
    yoy_change,
)
from carbon.cases.factories import factory_year, power_unit_month
from carbon.cases.facts import CaseError, Facts, Measure, fits, in_unit, number, split_name
from carbon.cases.finance import finance_matching, loan_reduction_share, manager_assignment
from carbon.cases.grading import (
    benchmark_choice,
    carbon_efficiency,
    carbon_efficiency_from_filing,
    carbon_neutrality,
    certificate_validity,
    completeness,
    distance_case,
    range_split,
    ranking,
    year_on_year_case,
)
from carbon.cases.reduction import audit_indicators, reduction_audit, reduction_measures
from carbon.cases.run import ZERO, Library, Run
from carbon.cases.water import water_measure, water_report
from carbon.lines import (
    LineError,
)
from carbon.periods import (
    PeriodError,
)
from carbon.rounding import plain
from carbon.units import UnitError


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
    "finance_matching": finance_matching,
    "loan_reduction_share": loan_reduction_share,
    "manager_assignment": manager_assignment,
    "reduction_measures": reduction_measures,
    "audit_indicators": audit_indicators,
    "reduction_audit": reduction_audit,
    "water_report": water_report,
    "water_measure": water_measure,
}


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
