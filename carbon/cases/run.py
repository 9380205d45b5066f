"""What the evaluators of all kinds share: inputs, library, results, trace; factors given, by code or in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from carbon.cases.facts import CaseError, Fact, Facts, Measure, fits, in_unit, number
from carbon.lines import (
    Activity,
    Carrier,
    FactorRow,
    LineResult,
    calculate_line,
)
from carbon.rounding import plain

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


def bounds_in_force(run: Run, code: str, default: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    found = run.parameters.get(code)
    return tuple(number(v, code) for v in found) if isinstance(found, list) else default


def put_line(run: Run, name: str, result: LineResult, shown: str = "") -> LineResult:
    run.put(name, result.co2_t, "tCO2")
    if result.tce_equivalent is not None:
        run.put(name, result.tce_equivalent, "tce")
    run.say(f"{shown or name}: {result.formula}")
    if result.tce_equivalent is not None and result.trace.get("energy_formula"):
        run.say(f"{shown or name} 能耗: {result.trace['energy_formula']}")
    return result


def given_row(fact: Fact, target: str | None = None) -> FactorRow:
    assert fact.unit is not None
    value = number(fact.raw, fact.name)
    return (
        FactorRow("CASE", "case", value, fact.unit, "算例给定", source="算例给定")
        if target is None
        else FactorRow(
            "CASE", "case", in_unit(Measure(value, fact.unit), target), target, "算例给定", source="算例给定"
        )
    )


def coded_factor(run: Run, facts: Facts, target: str) -> FactorRow | None:
    code = facts.raw("factor_code", "code")
    if isinstance(code, str):
        row = run.library.row(code)
        if row is not None and row.unit and fits(row.unit, target):
            return replace(row, value=in_unit(Measure(row.value, row.unit), target), unit=target)
    return None


def grid_factor(run: Run, facts: Facts, *, code: str | None = None) -> FactorRow:
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
        coded_factor(run, facts, "tCO2/MWh")
        or (run.library.row(code) if code else None)
        or run.library.carrier("electricity", facts.data).grid
    )
    if row is None:
        raise CaseError("没有电力排放因子：请给出 factor_tCO2_per_MWh 或 factor_code。")
    run.say(f"电力因子缺省：{row.code} = {plain(row.value)} {row.unit}（{row.source}）")
    return replace(row, value=in_unit(Measure(row.value, row.unit), "tCO2/MWh"), unit="tCO2/MWh")


def electricity_line(run: Run, mwh: Decimal, row: FactorRow, use: str = "purchased_electricity") -> LineResult:
    known = run.library.carrier("electricity", {})
    carrier = replace(known, grid=row)
    exported = use == "purchased_electricity" and mwh < 0
    return calculate_line(Activity(carrier, abs(mwh), "MWh", "exported_electricity" if exported else use))


EXPORT_WORDS = ("export", "sold", "outgoing", "supplied_out", "外供", "外售", "上网")


OWN_USE = "self_generated_zero_carbon"


def is_exported(name: str) -> bool:
    return any(word in name.lower() for word in EXPORT_WORDS)


def is_own(name: str) -> bool:
    return any(token in ("own", "self", "pv", "solar", "wind", "zero", "green") for token in name.lower().split("_"))


def library_value(row: FactorRow | None, target: str) -> Decimal | None:
    return in_unit(Measure(row.value, row.unit), target) if row is not None and fits(row.unit, target) else None
