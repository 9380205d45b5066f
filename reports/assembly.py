"""Building the snapshot of a low-carbon grade report from the account of record, the profile and the evaluation (LR2, LR3)."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import grading
import inventory
import tenants
from core.database import Acting
from core.errors import Conflict
from core.ids import new_id
from core.settings import settings
from reports.carried import measures_of, water_of
from reports.facts import (
    Benchmark,
    Company,
    EnergyItem,
    FactorRow,
    Grade,
    MonthFact,
    Neutrality,
    NeutralityPart,
    Operation,
    Parameter,
    PartYear,
    Quality,
    Question,
    ReportFacts,
    TraceLine,
    YearFact,
)
from reports.grade_word import grade_word
from reports.numbers import tonnes
from reports.paper import LABELS, TITLE, paper
from reports.papers import Headline, Kind, Report, create_report, data_version, new_number, refuse_incomplete, register
from reports.units import unit_text

KIND = "grade"
ZERO = Decimal("0.000000")
_COEFFICIENT = re.compile(r"× ([0-9.]+) (\S+) =.*（(.+)）")
_TITLES = (
    ("%", "碳氧化率"),
    ("tC/GJ", "单位热值含碳量"),
    ("GJ/", "低位发热量"),
    ("tCO2", "排放因子"),
    ("kgCO2", "排放因子"),
)
#: Names of the factor sets as their documents are called (SOURCES.md).
_SETS = {
    "NDRC2015_OTHER": "发改委 2015 工业其他行业指南",
    "MEE2022_INDUSTRY": "生态环境部 2022 行业核算方法",
    "PROVINCIAL2011_GB2589_2008": "省级清单指南 2011",
    "PROVINCIAL2025": "省级清单指南 2025",
    "GBT2589_2020": "GB/T 2589-2020",
    "GBT2589_2008": "GB/T 2589-2008",
}
_DERIVED = "由同一因子集的低位发热量 × 单位热值含碳量 × 碳氧化率 × 44/12 计算"
_GRID = {
    "provincial_average": "省级平均电力",
    "regional_average": "区域平均电力",
    "national_average": "全国平均电力",
}


async def create_grade_report(ctx: Acting, year: int) -> Report:
    """Evaluate a year and keep its report. Raises Conflict INCOMPLETE_MONTHS (with ``missing``), NOTHING_FILED, Invalid GLYPH_MISSING.

    A year without value added or without a benchmark gets a report that says why there is no grade and what to do.
    """
    evaluation = await grading.record_evaluation(ctx, year)
    if evaluation.missing and not evaluation.graded and evaluation.reason == "INCOMPLETE_MONTHS":
        raise refuse_incomplete(
            year,
            [{"period": m.month, "month": m.month, "item_id": m.item_id, "item": m.item} for m in evaluation.missing],
        )
    return await create_report(ctx, KIND, await build_grade_snapshot(ctx, year, evaluation), state="self_assessed")


async def build_grade_snapshot(ctx: Acting, year: int, evaluation: grading.Evaluation) -> ReportFacts:
    """All facts of the report of a year, ready to be frozen. Raises Conflict NOTHING_FILED for a year without any month."""
    facts = await inventory.year_facts(ctx, year)
    if not facts.months:
        raise Conflict("NOTHING_FILED", f"{year} 年还没有已提交的填报，请先按月填报并提交，再生成报告。", year=year)
    profile = await tenants.profile_facts(ctx)
    marks, factors = _factors(facts.lines)
    typed = await inventory.comprehensive_energy(ctx, year)
    trend = await _trend(ctx, year, facts, evaluation)
    measures, plans = await measures_of(ctx, year)
    return ReportFacts(
        kind=KIND,
        year=year,
        number=await new_number(ctx, year, profile.region or ""),
        report_id=str(new_id()),
        issued_at=ctx.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        issued_on=ctx.today.isoformat(),
        basis=evaluation.basis,
        method_version=evaluation.method_version,
        known_on=ctx.today.isoformat(),
        data_version=facts.data_version,
        company=company_of(profile),
        operation=operation_of(facts.operating, profile),
        energy=energy_of(facts.lines),
        tce=facts.tce if facts.tce is not None else _known(facts.lines, "tce_equivalent"),
        tce_equal_value=facts.tce_equal_value,
        months=months_of(year, facts),
        direct=facts.total("co2_direct"),
        indirect=facts.total("co2_indirect"),
        process=facts.total("co2_process"),
        core=facts.e_core,
        green_power_mwh=_positive(facts.total("green_counted_mwh")),
        own_power_mwh=_positive(_own_power(facts.lines)),
        previous_core=_whole(trend, year - 1),
        typed_tce=typed.tce_equivalent,
        grade=evaluated_grade(evaluation),
        neutrality=evaluated_neutrality(evaluation, _certificates(facts)),
        trend=trend,
        quality=_quality(facts, evaluation, factors),
        parameters=_parameters(),
        trace=[_trace(line, marks) for line in sorted(facts.lines, key=lambda x: (x["name"], x["period"]))],
        part_year=part_year_of(facts.part_year),
        demo=settings.mode == "demo",
        measures=measures,
        plans=plans,
        water=await water_of(ctx, year),
    )


def _period(value: int) -> str:
    return f"{value // 100}-{value % 100:02d}"


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _positive(value: Decimal) -> Decimal | None:
    return value if value else None


def _known(lines: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines if line[name] is not None), ZERO)


def company_of(profile: tenants.ProfileFacts) -> Company:
    """The enterprise as a paper names it; people masked."""
    contact = " ".join(filter(None, (profile.contact_name_masked, profile.contact_phone_masked)))
    return Company(
        name=profile.name,
        uscc=profile.uscc or "",
        region="".join(p.name for p in profile.regions) or (profile.region_name or ""),
        region_code=profile.region or "",
        industry_code=_industry_code(profile),
        industry=profile.industry_name or "未选择",
        address=profile.address,
        nature=profile.nature or "",
        legal_representative=profile.legal_name_masked or "",
        contact=contact,
        key_emitter=bool(profile.ets_key_unit),
        verified=profile.verified,
    )


def _industry_code(profile: tenants.ProfileFacts) -> str:
    """``C2926``: the section's letter before the class, as in GB/T 4754."""
    code = profile.industry or ""
    section = profile.industries[0].code if profile.industries else ""
    return code if not section or code.startswith(section) else section + code


def operation_of(operating: Mapping[str, Any] | None, profile: tenants.ProfileFacts) -> Operation:
    """Section 2 of a paper."""
    if operating is None:
        return Operation(staff=profile.staff)
    staff = operating["staff"] if operating["staff"] is not None else profile.staff
    return Operation(
        output=_decimal(operating["output"]),
        value_added=_decimal(operating["value_added"]),
        tax=_decimal(operating["tax"]),
        staff=staff,
    )


def energy_of(lines: Iterable[Mapping[str, Any]]) -> list[EnergyItem]:
    """One row per kind, use and unit over the year; largest emission first."""
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for line in lines:
        key = (line["name"], line["use"], line["unit"])
        kept = sums.setdefault(key, {"first": line, "amount": ZERO, "co2": ZERO, "tce": ZERO, "equal": ZERO})
        kept["amount"] += Decimal(line["amount"])
        kept["co2"] += Decimal(line["co2_t"])
        kept["tce"] += Decimal(line["tce_equivalent"] or 0)
        kept["equal"] = (
            None
            if kept["equal"] is None or line["tce_equal_value"] is None
            else kept["equal"] + Decimal(line["tce_equal_value"])
        )
    found = [
        EnergyItem(
            name=name,
            source=kept["first"]["source_group"],
            use=use,
            amount=kept["amount"],
            unit=unit_text(unit),
            tce=kept["tce"],
            tce_equal_value=kept["equal"],
            co2=kept["co2"],
            scope=_scope(kept["first"]),
        )
        for (name, use, unit), kept in sums.items()
    ]
    return sorted(found, key=lambda e: (-e.co2, e.name, e.use))


def _scope(line: Mapping[str, Any]) -> str:
    if line["use"] in ("raw_material", "self_generated_zero_carbon"):
        return "none"
    return str(line["scope"])


def months_of(year: int, facts: inventory.YearFacts) -> list[MonthFact]:
    """Twelve months, also those that are missing or declared as not worked (GN7)."""
    filed = {m["period"]: m for m in facts.months}
    declared = {str(m).replace("-", "") for m in facts.part_year["months"]} if facts.part_year else None
    sources: dict[int, dict[str, Decimal]] = {}
    for line in facts.lines:
        kept = sources.setdefault(line["period"], {})
        kept[line["source_group"]] = kept.get(line["source_group"], ZERO) + Decimal(line["co2_t"])
    found = []
    for period in range(year * 100 + 1, year * 100 + 13):
        month = filed.get(period)
        if month is None:
            closed = declared is not None and str(period) not in declared
            found.append(MonthFact(period=_period(period), state="not_operating" if closed else "missing"))
            continue
        found.append(
            MonthFact(
                period=_period(period),
                state="submitted",
                direct=Decimal(month["co2_direct"]),
                indirect=Decimal(month["co2_indirect"]),
                process=Decimal(month["co2_process"]),
                total=Decimal(month["co2_total"]),
                by_source=sources.get(period, {}),
                tce=_decimal(month["tce_equivalent"]),
                estimated=bool(month["split_estimated"]),
                version=month["version"],
                submitted_on=str(month["submitted_at"])[:10],
            )
        )
    return found


def _own_power(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """MWh made and used on site; other units are converted by their own line's size."""
    from carbon import convert

    return sum(
        (convert(Decimal(x["amount"]), x["unit"], "MWh") for x in lines if x["use"] == "self_generated_zero_carbon"),
        ZERO,
    )


async def _trend(ctx: Acting, year: int, facts: inventory.YearFacts, evaluation: grading.Evaluation) -> list[YearFact]:
    """This year and the two before it, as far as anything was filed; grades as they were evaluated then."""
    found = [
        YearFact(
            year=year,
            core=facts.e_core,
            intensity=evaluation.l,
            efficiency=evaluation.k,
            letter=evaluation.letter,
            note=_filled(facts),
        )
    ]
    for earlier in (year - 1, year - 2):
        past = await inventory.year_facts(ctx, earlier)
        if not past.months:
            continue
        runs = await grading.evaluation_history(ctx, earlier)
        last = runs[0] if runs else None
        found.append(
            YearFact(
                year=earlier,
                core=past.e_core,
                intensity=last.l if last else None,
                efficiency=last.k if last else None,
                letter=last.letter if last else None,
                note=_filled(past),
            )
        )
    return sorted(found, key=lambda y: y.year)


def _filled(facts: inventory.YearFacts) -> str:
    months = len({m["period"] for m in facts.months})
    return "12 个月" if months == 12 else f"{months}/12 个月"


def _whole(trend: list[YearFact], year: int) -> Decimal | None:
    return next((t.core for t in trend if t.year == year and t.note == "12 个月"), None)


def evaluated_grade(e: grading.Evaluation) -> Grade:
    """Section 5 of an evaluation."""
    row = e.benchmark_row
    benchmark = None
    if row is not None:
        benchmark = Benchmark(
            value=row.b,
            label=e.benchmark,
            source=_benchmark_source(row),
            year=int(row.period[:4]),
            firms=row.n,
            basis=row.basis,
            earlier_year=row.period != str(e.year),
        )
    reasons = [f"{e.reason_text}。{e.remedy}"] if not e.graded else []
    return Grade(
        graded=e.graded,
        core=e.emission,
        deducted=e.emission - e.e_k,
        green_power=e.d_green,
        sink=e.d_sink,
        ccus=e.d_ccus,
        reason="" if e.graded else (e.reason or ""),
        reason_text="" if e.graded else f"暂不能评级：{e.reason_text}。",
        remedy=[] if e.graded else [e.remedy, *(f"{r.text}。{r.remedy}" for r in e.also)] if reasons else [],
        intensity=e.l,
        intensity_level=e.horizontal or "",
        efficiency=e.k,
        level=e.level,
        letter=e.letter,
        benchmark=benchmark,
        better_than=e.percentile,
        peers=e.peers,
        next_step=_next_step(e),
    )


def _benchmark_source(row: Any) -> str:
    if row.origin == "official":
        return "，".join(filter(None, (row.source, row.document)))
    return "平台同行业企业扣减后碳排放之和 ÷ 工业增加值之和"


def _next_step(e: grading.Evaluation) -> str:
    if not e.graded or e.next_level is None or e.distance is None:
        return ""
    share = f"（约占扣减后碳排放的 {e.distance / e.e_k * 100:.2f}%）" if e.e_k > 0 else ""
    return f"在工业增加值和行业基准不变时，再减排 {tonnes(e.distance)} tCO₂{share}可达到第 {e.next_level} 级。"


def evaluated_neutrality(e: grading.Evaluation, certificates: str) -> Neutrality:
    """Section 6 of an evaluation; ``certificates`` is the proof of bought green power in words."""
    parts = []
    if e.a_own:
        parts.append(NeutralityPart(name="自发自用零碳电力", amount=e.a_own, evidence="按月填报"))
    if e.d_green:
        parts.append(NeutralityPart(name="外购绿色电力", amount=e.d_green, evidence=certificates))
    if e.d_sink:
        parts.append(NeutralityPart(name="碳汇", amount=e.d_sink))
    if e.d_ccus:
        parts.append(NeutralityPart(name="碳捕集与封存", amount=e.d_ccus))
    text = "" if parts else "本年度没有可计入的减排或抵消。"
    if e.n is None:
        text = "数据不完整或排放基数为零，碳中和率不计算。"
    return Neutrality(rate=e.n, own=e.n_structural, offset=e.n_offset, reason_text=text, parts=parts)


def _certificates(facts: inventory.YearFacts) -> str:
    count = sum(len((m["green"] or {}).get("certificates", [])) for m in facts.months if isinstance(m["green"], dict))
    return f"绿色电力证书 {count} 份" if count else "绿色电力证书，按月填报"


def _quality(facts: inventory.YearFacts, e: grading.Evaluation, factors: list[FactorRow]) -> Quality:
    present = sum(len(m["items"]) for m in facts.months)
    names = {str(line["item_id"]): line["name"] for line in facts.lines}
    return Quality(
        expected=present + len(e.missing),
        present=present,
        estimated_months=[_period(m["period"]) for m in facts.months if m["split_estimated"]],
        questions=[_question(m["period"], a, names) for m in facts.months for a in m["answers"] or []],
        remarks=_remarks(facts),
        factors=factors,
    )


def _question(period: int, answer: Mapping[str, Any], names: Mapping[str, str]) -> Question:
    said = str(answer.get("answer") or "无误")
    return Question(
        period=_period(period), item=names.get(str(answer.get("item_id")), ""), text=str(answer["message"]), answer=said
    )


def _remarks(facts: inventory.YearFacts) -> list[str]:
    """Restated months, and kinds whose factor row changed within the year (FI14)."""
    found = []
    restated = [m["period"] for m in facts.months if m["version"] > 1]
    if restated:
        found.append(
            "、".join(f"{p % 100} 月" for p in restated) + "的数据提交后有改正，取最新版本，历史版本可在平台查看。"
        )
    used: dict[str, dict[str, None]] = {}
    for line in facts.lines:
        for row in line["trace"].get("inputs", []):
            if row.get("kind") in _GRID:
                used.setdefault(line["name"], {})[f"{row['code']}（{row['value']} {unit_text(row['unit'])}）"] = None
    found += [
        f"{name}在年内用了 {len(rows)} 个因子版本：{'、'.join(rows)}。" for name, rows in used.items() if len(rows) > 1
    ]
    found += [str(line) for line in dict.fromkeys(x["trace"].get("why", "") for x in facts.lines) if line]
    return found


def _factor_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in ("code", "value", "unit", "factor_set", "valid_from"))


def _factors(lines: Iterable[Mapping[str, Any]]) -> tuple[dict[tuple[str, ...], str], list[FactorRow]]:
    """Every factor row that was used, once, numbered F1, F2 … in the order of the annex."""
    marks: dict[tuple[str, ...], str] = {}
    rows: list[FactorRow] = []
    for line in sorted(lines, key=lambda x: (x["name"], x["period"])):
        for used in line["trace"].get("inputs", []):
            key = _factor_key(used)
            if key in marks:
                continue
            marks[key] = f"F{len(marks) + 1}"
            rows.append(
                FactorRow(
                    no=marks[key],
                    code=used["code"],
                    name=_factor_name(line["name"], used),
                    value=used["value"],
                    unit=unit_text(used["unit"]),
                    factor_set=_set_name(used),
                    valid=_valid(used),
                    source=_source(used),
                    note=_chinese(used.get("note") or ""),
                )
            )
    return marks, rows


def _factor_name(item: str, row: Mapping[str, Any]) -> str:
    year = f" {row['factor_year']} 年" if row.get("factor_year") else ""
    if row.get("kind") in _GRID:
        return _GRID[row["kind"]] + year
    title = next((words for start, words in _TITLES if row["unit"].startswith(start)), "参数")
    return f"{item} {title}{year}"


def _set_name(row: Mapping[str, Any]) -> str:
    if row.get("kind") in _GRID:
        return _GRID[row["kind"]].removesuffix("电力")
    name = row.get("factor_set") or ""
    return _SETS.get(name, name)


def _source(row: Mapping[str, Any]) -> str:
    source = str(row.get("source") or "")
    return _DERIVED if source.startswith("derived: NCV") else source


def _chinese(text: str) -> str:
    """Notes of the data pack are partly English working notes; those are not printed."""
    return text if any("\u4e00" <= c <= "\u9fff" for c in text) else ""


def _valid(row: Mapping[str, Any]) -> str:
    start, end = row.get("valid_from"), row.get("valid_to")
    if start and end:
        return f"{start} 至 {end}"
    return f"{start} 起" if start else (f"至 {end}" if end else "长期")


def _trace(line: Mapping[str, Any], marks: Mapping[tuple[str, ...], str]) -> TraceLine:
    trace = line["trace"]
    coefficient = _COEFFICIENT.search(trace.get("energy_formula", ""))
    return TraceLine(
        period=_period(line["period"]),
        item=line["name"],
        amount=Decimal(line["amount"]),
        unit=unit_text(line["unit"]),
        formula=unit_text(trace.get("formula", "")),
        factors=[marks[_factor_key(row)] for row in trace.get("inputs", [])],
        co2=Decimal(line["co2_t"]),
        tce=_decimal(line["tce_equivalent"]),
        scope=_scope(line),
        estimated=bool(line["split_estimated"]),
        coefficient=f"{coefficient[1]} {unit_text(coefficient[2])}（{coefficient[3]}）" if coefficient else "",
    )


def _parameters() -> list[Parameter]:
    return [
        Parameter(
            name="碳效等级界限（K5）",
            value="0.6 / 0.8 / 1.2 / 2.0",
            in_force="2021-01-01 起",
            source="规上工业企业碳效等级评价方法",
        ),
        Parameter(
            name="碳强度水平界限",
            value="0.6 / 2.0 tCO₂/万元",
            in_force="2021-01-01 起",
            source="规上工业企业碳效等级评价方法",
        ),
    ]


def part_year_of(declared: Mapping[str, Any] | None) -> PartYear | None:
    """The declared months of a firm that opened or closed within the year (GN7)."""
    if declared is None:
        return None
    months = [str(m) if "-" in str(m) else _period(int(m)) for m in declared["months"]]
    return PartYear(
        months=months, reason=declared["reason"], document="已上传证明文件" if declared["document_id"] else ""
    )


def headline(facts: ReportFacts) -> Headline:
    """What lists show of a grade report."""
    g = facts.grade
    return Headline(
        graded=g.graded,
        reason=g.reason,
        level=g.level,
        letter=g.letter,
        efficiency=g.efficiency,
        intensity=g.intensity,
        neutrality=facts.neutrality.rate,
        core=facts.core,
        tce=facts.tce,
        unverified=not facts.company.verified,
        summary={"reason_text": g.reason_text, "remedy": list(g.remedy), "warnings": _warnings(facts)},
    )


def _warnings(facts: ReportFacts) -> list[str]:
    said = []
    if not facts.company.verified:
        said.append("主体未认证：营业执照尚未经平台审核，本报告不能用于申领碳效码。")
    if facts.part_year is not None:
        said.append("部分年度：只列数据，不评级。")
    if facts.quality.estimated_months:
        said.append(f"{len(facts.quality.estimated_months)} 个月的数据由多月合计均分得到，已标为估算。")
    if facts.grade.benchmark is not None and facts.grade.benchmark.earlier_year:
        said.append(f"行业基准沿用 {facts.grade.benchmark.year} 年的数值。")
    return said


def _names(facts: ReportFacts) -> list[tuple[str, str]]:
    own = [(facts.company.name, "企业名称"), (facts.company.address, "企业地址")]
    return own + [(item.name, "填报项目名称") for item in facts.energy]


register(Kind(KIND, TITLE, ReportFacts, paper, data_version, headline, create_grade_report, LABELS, grade_word, _names))
