"""Evaluators of the kinds of grading cases: carbon efficiency, benchmark, neutrality, validity, periods, ranking."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from carbon.benchmark import MAX_SHARE, MIN_PEERS, Benchmark, Peer, benchmark
from carbon.cases.facts import CaseError, Measure, in_unit, number
from carbon.cases.run import (
    ZERO,
    Run,
    bounds_in_force,
    coded_factor,
    grid_factor,
)
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
from carbon.lines import (
    Activity,
    FactorRow,
    LineResult,
    Measured,
    calculate_line,
    total,
)
from carbon.neutrality import Credit, neutrality
from carbon.periods import (
    CERTIFICATE_MONTHS,
    certificate_valid_until,
    missing,
    month_code,
    month_int,
    month_range,
    parse,
    split_range,
)
from carbon.rounding import divide, plain, product, quantise


def _grade(run: Run, e_core: Decimal, value_added: Decimal | None, b: Decimal | None) -> None:
    facts = run.facts
    result = grade(
        e_core, value_added, b,
        d_green=facts.value("tCO2", "d_green", default=ZERO) or ZERO,
        d_sink=facts.value("tCO2", "d_sink", default=ZERO) or ZERO,
        d_ccus=facts.value("tCO2", "d_ccus", default=ZERO) or ZERO,
        k_bounds=bounds_in_force(run, "CE_K_BOUNDS", K_BOUNDS), l_bounds=bounds_in_force(run, "CE_L_BOUNDS", L_BOUNDS),
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
        row = coded_factor(run, facts, "tCO2/MWh" if carrier.group == "electricity" else "tCO2/GJ")
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
    bounds = bounds_in_force(run, "CE_K_BOUNDS", K_BOUNDS)
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
        grid = grid_factor(run, facts).value if own or gec else ZERO
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
