"""From the facts of a report to what the template prints: words, ready numbers, chart geometry. Pure; the same facts give the same data."""

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from documents.codes import qr_svg
from documents.palette import LETTERS, LEVELS, SOURCES, UNGRADED, letter_tone
from reports.carried import carried
from reports.facts import Company, Grade, MonthFact, ReportFacts, TraceLine
from reports.numbers import (
    DASH,
    amount,
    change,
    fixed,
    money,
    month_long,
    month_name,
    percent,
    ratio,
    share,
    tonnes,
)
from reports.verification_paper import verification

TITLE = "企业低碳等级报告"
LABELS = {"self": "企业自评", "verified": "核查机构评级"}
NOT_YET = "本年度未填报。"
ROUNDING = "因四舍五入，合计与分项之和可能略有差异。"
SCOPES = {"direct": "直接排放", "indirect": "间接排放", "process": "过程排放", "none": "不计排放"}
USES = {
    "fuel": "燃料燃烧",
    "purchased_electricity": "外购电力",
    "purchased_heat": "外购热力",
    "self_generated_zero_carbon": "自发零碳电力",
    "exported_electricity": "外供电力",
    "exported_heat": "外供热力",
    "raw_material": "原料用途",
    "process": "工业过程",
}
_COLORS = {key: color for key, _, color in SOURCES}
_NAMES = {key: name for key, name, _ in SOURCES}
_STATES = {"submitted": "已提交", "missing": "缺", "not_operating": "未生产"}


def label_of(facts: ReportFacts) -> str:
    """企业自评 until a designated agency has closed a verification (LR1)."""
    return LABELS[facts.basis]


def paper(facts: ReportFacts, sha256: str, base_url: str) -> dict[str, Any]:
    """Everything the template ``grade`` prints. ``sha256`` is the snapshot's."""
    grade, company = facts.grade, facts.company
    return {
        "title": TITLE,
        "document_title": f"{company.name} {facts.year} 年度{TITLE}",
        "author": company.name,
        "keywords": ["碳效", TITLE, facts.number],
        "year": str(facts.year),
        "label": label_of(facts),
        "number_name": "报告编号",
        "number": facts.number,
        "hash": sha256,
        "hash_short": sha256[:16],
        "date": facts.issued_on,
        "demo": facts.demo,
        "unverified": not company.verified,
        "part_year": _part_year(facts),
        "qr": qr_svg(f"{base_url}/r/{facts.report_id}"),
        "qr_note": "扫码登录后查看原件",
        "address": base_url.split("//", 1)[-1],
        "company": {"name": company.name, "uscc": company.uscc, "rows": company_rows(company)},
        "badge": _badge(grade),
        "key": _key_figures(facts),
        "ungraded": None
        if grade.graded
        else {"title": "本年度未评级", "text": grade.reason_text, "remedy": grade.remedy},
        "negative": _negative(grade),
        "operation": _operation(facts),
        "energy": _energy(facts),
        "emission": _emission(facts),
        "grade": _grade(facts),
        "neutrality": _neutrality(facts),
        "not_yet": NOT_YET,
        "more": carried(facts),
        "quality": _quality(facts),
        "verification": verification(facts),
        "trace": _trace(facts.trace),
        "rounding": ROUNDING,
        "legend": _legend(),
        "method": facts.method_version,
        "known_on": facts.known_on,
    }


def _negative(grade: Grade) -> str:
    """Label 净负排放 (CE9, GN4); the level is named only when there is one."""
    if grade.core - grade.deducted >= 0:
        return ""
    return "扣减后的碳排放小于零，按实际数列示，不取零。" + ("按规则定为第 1 级。" if grade.graded else "")


def _part_year(facts: ReportFacts) -> str:
    if facts.part_year is None:
        return ""
    months = "、".join(month_name(m) for m in facts.part_year.months)
    document = f"，依据：{facts.part_year.document}" if facts.part_year.document else ""
    return f"部分年度：企业申报的生产月份为 {months}（{facts.part_year.reason}{document}）。部分年度只列数据，不评级。"


NOT_CERTIFIED = "主体未认证：营业执照尚未经平台审核，本报告不能用于申领碳效码"


def company_rows(c: Company, not_certified: str = NOT_CERTIFIED) -> list[list[str]]:
    """Section 1 of every paper; ``not_certified`` says what an enterprise without a reviewed licence cannot do with it."""
    rows = [
        ["企业名称", c.name],
        ["统一社会信用代码", c.uscc],
        ["所属地区", f"{c.region}（{c.region_code}）" if c.region_code else c.region],
        ["所属行业", f"{c.industry_code} {c.industry}".strip()],
        ["详细地址", c.address or DASH],
        ["企业性质", c.nature or DASH],
        ["法定代表人", c.legal_representative or DASH],
        ["联系人", c.contact or DASH],
    ]
    if c.identifier_prefix:
        rows.append(["标识前缀", c.identifier_prefix])
    rows.append(["重点排放单位", "是" if c.key_emitter else "否"])
    rows.append(
        ["主体认证", "已认证" if c.verified else not_certified]
    )
    return rows


def _badge(grade: Grade) -> dict[str, Any]:
    tone = letter_tone(grade.letter) if grade.graded else UNGRADED
    return {
        "graded": grade.graded,
        "letter": grade.letter or DASH,
        "word": tone.word if grade.graded else "未评级",
        "level": f"第 {grade.level} 级，共 5 级" if grade.graded else "",
        "name": tone.name,
        "fill": tone.fill,
        "ink": tone.ink,
        "edge": tone.edge,
    }


def _key_figures(facts: ReportFacts) -> list[list[str]]:
    grade = facts.grade
    yoy = change(facts.core, facts.previous_core)
    return [
        ["碳排放总量", tonnes(facts.core), "tCO₂", f"较上年 {percent(yoy, signed=True)}" if yoy is not None else ""],
        ["综合能源消费量", tonnes(facts.tce), "tce", "当量值"],
        ["碳强度 L", ratio(grade.intensity), "tCO₂/万元", grade.intensity_level],
        ["碳效值 K", ratio(grade.efficiency), "", "行业基准 = 1" if grade.efficiency is not None else ""],
    ]


def _operation(facts: ReportFacts) -> dict[str, Any]:
    o = facts.operation
    rows = [
        ["工业总产值", money(o.output), "万元"],
        ["工业增加值", money(o.value_added), "万元"],
        ["税收", money(o.tax), "万元"],
        ["从业人数", DASH if o.staff is None else f"{o.staff:,}", "人"],
    ]
    note = "按当年价格填报。"
    if o.value_added is None:
        note += "本年度未填工业增加值，碳强度和碳效值不能计算。"
    elif o.value_added <= 0:
        note += "工业增加值不大于零，碳强度和碳效值没有意义，不计算。"
    return {"rows": rows, "note": note}


def _energy(facts: ReportFacts) -> dict[str, Any]:
    counted = [e for e in facts.energy if e.scope != "process"]
    total = facts.tce
    rows = [
        [
            e.name,
            USES.get(e.use, e.use),
            amount(e.amount),
            e.unit,
            tonnes(e.tce),
            tonnes(e.tce_equal_value),
            percent(share(e.tce, total)),
        ]
        for e in counted
    ]
    parts = parts_of(((e.source, e.tce) for e in counted), "tce")
    return {
        "rows": rows,
        "total": [
            "合计",
            "",
            "",
            "",
            tonnes(total),
            tonnes(facts.tce_equal_value),
            percent(Decimal(100)) if total > 0 else DASH,
        ],
        "bar": parts,
        "alt": f"各类能源占综合能源消费量的比例：{spoken(parts)}",
        "typed": _typed_energy(facts),
    }


def _typed_energy(facts: ReportFacts) -> str:
    if facts.typed_tce is None:
        return ""
    difference = change(facts.typed_tce, facts.tce)
    tail = f"，与核算值相差 {percent(difference, signed=True)}" if difference is not None else ""
    return f"企业填报的综合能源消费量为 {tonnes(facts.typed_tce)} tce{tail}。"


def parts_of(pairs: Iterable[tuple[str, Decimal]], unit: str) -> list[dict[str, Any]]:
    sums: dict[str, Decimal] = {}
    for source, value in pairs:
        sums[source] = sums.get(source, Decimal(0)) + value
    positive = sum((v for v in sums.values() if v > 0), Decimal(0))
    whole = sum(sums.values(), Decimal(0))
    if whole <= 0 or any(v < 0 for v in sums.values()):
        return []  # parts of a hundred percent say nothing when some are negative; the tables say it
    found = []
    for key, name, color in SOURCES:
        value = sums.get(key, Decimal(0))
        if value == 0:
            continue
        found.append(
            {
                "name": name,
                "color": color,
                "ink": "#15211F" if key in ("other", "gas") else "#FFFFFF",
                "width": float(value / positive) if value > 0 and positive else 0.0,
                "value": f"{tonnes(value)} {unit}",
                "share": percent(share(value, whole)) if whole > 0 else DASH,
            }
        )
    return found


def spoken(parts: list[dict[str, Any]]) -> str:
    return "，".join(f"{p['name']} {p['share']}" for p in parts) or "没有数据"


def _scale(high: Decimal, low: Decimal) -> tuple[float, float, list[dict[str, Any]]]:
    """Axis from 0 in four steps of 1, 2, 2.5 or 5 times a power of ten; below zero as far as needed."""
    top = max(float(high), 0.0)
    bottom = min(float(low), 0.0)
    span = max(top - bottom, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * f for f in (1, 2, 2.5, 5, 10) if power * f * 4 >= span)
    ups, downs = max(1, math.ceil(top / step - 1e-9)), math.ceil(-bottom / step - 1e-9)
    places = (
        0
        if step >= 1
        else min(6, -math.floor(math.log10(step)) + (1 if step * 10 ** -math.floor(math.log10(step)) % 1 else 0))
    )
    ticks = [
        {"value": i * step, "label": fixed(Decimal(str(round(i * step, 9))), places)} for i in range(-downs, ups + 1)
    ]
    return ups * step, -downs * step, ticks


def _month_chart(facts: ReportFacts) -> dict[str, Any]:
    used = [s for s in SOURCES if any(m.by_source.get(s[0]) for m in facts.months)]
    highs = [sum((v for v in m.by_source.values() if v > 0), Decimal(0)) for m in facts.months] or [Decimal(0)]
    lows = [sum((v for v in m.by_source.values() if v < 0), Decimal(0)) for m in facts.months] or [Decimal(0)]
    high, low, ticks = _scale(max(highs), min(lows))
    bars = [
        {
            "label": month_name(m.period),
            "parts": [
                {"color": color, "value": float(m.by_source[key])} for key, _, color in used if m.by_source.get(key)
            ],
            "estimated": m.estimated,
            "missing": m.state == "missing",
            "total": fixed(m.total, 0 if abs(m.total) >= 100 else 2) if m.state == "submitted" else "",
        }
        for m in facts.months
    ]
    legend: list[dict[str, Any]] = [{"name": name, "color": color} for _, name, color in used]
    if any(m.estimated for m in facts.months):
        legend.append({"name": "斜线为按月均分的估算值", "color": "#5F6E69", "hatched": True})
    filed = [m for m in facts.months if m.state == "submitted"]
    spoken = "没有已提交的月份"
    if filed:
        most, least = max(filed, key=lambda m: m.total), min(filed, key=lambda m: m.total)
        spoken = f"最高 {month_name(most.period)} {tonnes(most.total)} tCO2，最低 {month_name(least.period)} {tonnes(least.total)} tCO2"
    return {
        "max": high,
        "min": low,
        "ticks": ticks,
        "bars": bars,
        "legend": legend,
        "alt": f"各月碳排放按来源堆叠的柱图：{spoken}",
    }


def month_row(m: MonthFact) -> list[str]:
    state = _STATES[m.state]
    if m.estimated:
        state += "（估算）"
    if m.state != "submitted":
        return [month_long(m.period), DASH, DASH, DASH, DASH, state]
    return [month_long(m.period), tonnes(m.direct), tonnes(m.indirect), tonnes(m.process), tonnes(m.total), state]


def _emission(facts: ReportFacts) -> dict[str, Any]:
    core = facts.core
    kinds = [
        ["直接排放", "化石燃料燃烧", tonnes(facts.direct), percent(share(facts.direct, core))],
        ["间接排放", "净购入电力、热力", tonnes(facts.indirect), percent(share(facts.indirect, core))],
        ["过程排放", "工业生产过程（减碳为负）", tonnes(facts.process), percent(share(facts.process, core))],
    ]
    used = [s for s in SOURCES if any(m.by_source.get(s[0]) for m in facts.months)]
    table = [
        [
            month_name(m.period),
            *(tonnes(m.by_source.get(k)) if m.state == "submitted" else DASH for k, _, _ in used),
            tonnes(m.total) if m.state == "submitted" else _STATES[m.state],
        ]
        for m in facts.months
    ]
    totals = [tonnes(sum((m.by_source.get(k, Decimal(0)) for m in facts.months), Decimal(0))) for k, _, _ in used]
    parts = parts_of(((k, v) for m in facts.months for k, v in m.by_source.items()), "tCO₂")
    green = [
        [
            "外购绿色电力",
            amount(facts.green_power_mwh),
            "MWh",
            "有绿证等凭证的电量；核心排放不扣，碳效计算时按规则扣减",
        ],
        ["自发自用光伏等零碳电力", amount(facts.own_power_mwh), "MWh", "已不在外购电量之内，不重复扣减"],
    ]
    return {
        "kinds": kinds,
        "total": ["核心排放合计", "", tonnes(core), percent(Decimal(100)) if core > 0 else DASH],
        "chart": _month_chart(facts),
        "months": [month_row(m) for m in facts.months],
        "months_total": ["全年", tonnes(facts.direct), tonnes(facts.indirect), tonnes(facts.process), tonnes(core), ""],
        "source_head": ["月份", *(n for _, n, _ in used), "合计"],
        "source_rows": table,
        "source_total": ["全年", *totals, tonnes(core)],
        "items": [
            [e.name, SCOPES[e.scope], amount(e.amount), e.unit, tonnes(e.co2), percent(share(e.co2, core))]
            for e in facts.energy
        ],
        "bar": parts,
        "alt": f"各来源占碳排放的比例：{spoken(parts)}",
        "green": green,
        "negative": "核心排放为负值：减碳量大于排放量，按实际数列示，不取零。" if core < 0 else "",
    }


def _bounds(grade: Grade) -> list[str]:
    a, b, c, d = (format(t, "f") for t in grade.thresholds)
    return [f"K ≤ {a}", f"{a} < K ≤ {b}", f"{b} < K ≤ {c}", f"{c} < K ≤ {d}", f"K > {d}"]


def ruler_position(value: Decimal, thresholds: list[Decimal]) -> float:
    """Where a K stands on five equal steps, 0..1; the last step ends at twice its bound."""
    edges = [Decimal(0), *thresholds, thresholds[-1] * 2]
    if value <= 0:
        return 0.006
    for i in range(5):
        if value <= edges[i + 1]:
            return float((i + (value - edges[i]) / (edges[i + 1] - edges[i])) / 5)
    return 0.994


def _ruler(grade: Grade) -> dict[str, Any]:
    steps = [
        {"letter": f"{t.letter}（{i}级）", "word": t.word, "range": r, "fill": t.fill, "ink": t.ink, "edge": t.edge}
        for i, (t, r) in enumerate(zip(LETTERS, _bounds(grade), strict=True), 1)
    ]
    k = grade.efficiency
    return {
        "steps": steps,
        "position": None if k is None else ruler_position(k, grade.thresholds),
        "mark": f"本企业 {ratio(k)}",
        "benchmark": ruler_position(Decimal(1), grade.thresholds),
        "alt": f"五级标尺：本企业碳效值 {ratio(k)}，行业基准 1"
        if k is not None
        else "五级标尺：本年度未评级，没有本企业的位置",
    }


def _steps(facts: ReportFacts) -> list[list[str]]:
    g, va = facts.grade, facts.operation.value_added
    ek = g.core - g.deducted
    b = g.benchmark
    base = fixed(b.value, 6) if b else DASH
    no_intensity = "没有可用的工业增加值" if va is None or va <= 0 else "条件不足，不计算"
    no_benchmark = "没有可用的行业基准" if g.reason == "NO_BENCHMARK" else "不评级，未取用"
    return [
        ["扣减后碳排放", f"{tonnes(g.core)} − {tonnes(g.deducted)}", f"{tonnes(ek)} tCO₂"],
        [
            "碳强度 L",
            f"{tonnes(ek)} ÷ {money(va)}" if g.intensity is not None else no_intensity,
            f"{ratio(g.intensity)} tCO₂/万元" if g.intensity is not None else DASH,
        ],
        ["行业基准 B", b.label if b else no_benchmark, f"{base} tCO₂/万元" if b else DASH],
        [
            "碳效值 K",
            f"{tonnes(ek)} ÷（{money(va)} × {base}）" if g.efficiency is not None else "条件不足，不计算",
            ratio(g.efficiency),
        ],
        [
            "等级",
            _bounds(g)[g.level - 1] if g.graded and g.level else "未评级",
            f"{g.letter}（第 {g.level} 级，{LEVELS[g.level - 1].word}）" if g.graded and g.level else DASH,
        ],
    ]


def _grade(facts: ReportFacts) -> dict[str, Any]:
    g = facts.grade
    b = g.benchmark
    benchmark = []
    if b:
        benchmark = [
            ["基准值 B", f"{fixed(b.value, 6)} tCO₂/万元"],
            ["基准口径", b.label],
            ["基准年度", f"{b.year} 年" + ("（沿用较早年度，已标明）" if b.earlier_year else "")],
            ["来源", b.source],
            [
                "样本数据",
                ("核查数据" if b.basis == "verified" else "企业填报数据") + (f"，{b.firms} 家企业" if b.firms else ""),
            ],
        ]
    deductions = [
        ["零碳电力扣减", tonnes(g.green_power)],
        ["碳汇扣减", tonnes(g.sink)],
        ["碳捕集与封存扣减", tonnes(g.ccus)],
    ]
    rank = (
        f"优于同行业 {percent(g.better_than)} 的企业（可比企业 {g.peers} 家）。"
        if g.better_than is not None
        else "同行业可比企业不足 5 家，不显示排位。"
    )
    return {
        "ruler": _ruler(g),
        "steps": _steps(facts),
        "deductions": deductions,
        "benchmark": benchmark,
        "rank": rank if g.graded else "",
        "next": g.next_step,
        "trend": _trend(facts),
        "parameters": [[p.name, p.value, p.in_force, p.source] for p in facts.parameters],
    }


def _year_chart(
    values: list[tuple[int, Decimal | None, str]], current: int, places: int, color: str, faded: str
) -> dict[str, Any]:
    numbers = [v for _, v, _ in values if v is not None] or [Decimal(1)]
    high, low = max(max(numbers), Decimal(0)), min(min(numbers), Decimal(0))
    if high == low:
        high = Decimal(1)
    bars = [
        {
            "label": f"{y} 年",
            "value": None if v is None else float(v),
            "text": fixed(v, places),
            "note": note,
            "current": y == current,
        }
        for y, v, note in values
    ]
    return {"max": float(high), "min": float(low), "bars": bars, "color": color, "faded": faded}


def _trend(facts: ReportFacts) -> dict[str, Any]:
    years = sorted(facts.trend, key=lambda t: t.year)
    cores = _year_chart([(t.year, t.core, t.note) for t in years], facts.year, 2, "#0E6070", "#9CC6CE")
    intensities = _year_chart(
        [(t.year, t.intensity, f"等级 {t.letter}" if t.letter else "未评级") for t in years],
        facts.year,
        4,
        "#7D4FA0",
        "#C9B4DB",
    )
    rows = [
        [f"{t.year} 年", tonnes(t.core), ratio(t.intensity), ratio(t.efficiency), t.letter or DASH, t.note]
        for t in years
    ]
    spoken = "，".join(f"{t.year} 年 {tonnes(t.core)} tCO2" for t in years)
    return {"core": cores, "intensity": intensities, "rows": rows, "alt": f"近三年碳排放与碳强度：{spoken}"}


def _neutrality(facts: ReportFacts) -> dict[str, Any]:
    n = facts.neutrality
    rows = [["碳中和率 N", percent(n.rate)], ["其中：自有减排", percent(n.own)], ["其中：抵消", percent(n.offset)]]
    return {
        "rows": rows,
        "parts": [[p.name, f"{tonnes(p.amount)}", p.evidence or "无凭证"] for p in n.parts],
        "reason": n.reason_text,
    }


def _quality(facts: ReportFacts) -> dict[str, Any]:
    q = facts.quality
    full = share(Decimal(q.present), Decimal(q.expected)) if q.expected else None
    rows = [
        ["数据完整性", f"应填 {q.expected} 项，已填 {q.present} 项，{percent(full)}"],
        ["估算月份", "、".join(month_name(m) for m in q.estimated_months) or "无"],
        ["合理性提问", f"{len(q.questions)} 条，均已答复" if q.questions else "无"],
        ["计算方法版本", facts.method_version],
        ["因子与参数截至", facts.known_on],
    ]
    rows += [["说明", r] for r in q.remarks]
    return {
        "rows": rows,
        "questions": [[month_name(x.period), x.item, x.text, x.answer] for x in q.questions],
        "factors": [
            [
                f.no,
                f"{f.name}\n{f.code}",
                f"{f.value} {f.unit}",
                f.factor_set,
                f.valid,
                f.source + (f"（{f.note}）" if f.note else ""),
            ]
            for f in q.factors
        ],
    }


def _trace(lines: list[TraceLine]) -> list[dict[str, Any]]:
    """Annex: one table an item, one line a month; the order of the account."""
    groups: dict[str, list[TraceLine]] = {}
    for line in lines:
        groups.setdefault(line.item, []).append(line)
    found = []
    for item, rows in groups.items():
        co2 = sum((r.co2 for r in rows), Decimal(0))
        tces = [r.tce for r in rows if r.tce is not None]
        found.append(
            {
                "item": item,
                "scope": SCOPES[rows[0].scope],
                "rows": [
                    [
                        month_name(r.period) + ("*" if r.estimated else ""),
                        f"{amount(r.amount)} {r.unit}",
                        _without_result(r.formula),
                        "、".join(r.factors) or DASH,
                        fixed(r.co2, 6),
                        fixed(r.tce, 6),
                    ]
                    for r in rows
                ],
                "total": ["合计", "", "", "", fixed(co2, 6), fixed(sum(tces, Decimal(0)), 6) if tces else DASH],
                "estimated": any(r.estimated for r in rows),
                "coefficient": "、".join(dict.fromkeys(r.coefficient for r in rows if r.coefficient)),
            }
        )
    return found


def _without_result(formula: str) -> str:
    """The formula without its last ``= 69.19 tCO₂``: the result stands in its own column."""
    head, sign, tail = formula.rpartition(" = ")
    return head if sign and tail.endswith(("tCO₂", "tCO2")) else formula


def _legend() -> list[list[str]]:
    return [
        [a.letter, str(i), a.word, a.name, a.fill, a.edge, a.ink, c.name, c.fill, c.ink]
        for i, (a, c) in enumerate(zip(LETTERS, LEVELS, strict=True), 1)
    ]
