"""From the facts of a reduction report to what the template and the Word copy print. Pure; the same facts give the same data."""

from typing import Any

from documents.codes import qr_svg
from reports.facts import PartYear
from reports.numbers import DASH, amount, change, fixed, money, month_long, month_name, percent, share, tonnes
from reports.paper import ROUNDING, SCOPES, company_rows, month_row, parts_of, spoken
from reports.reduction_facts import Carried, IndicatorFact, MeasureFact, ReductionFacts
from reports.reduction_text import PARTS
from reports.units import unit_text

TITLE = "减碳（审核）报告"
DRAFT_NOTE = "草稿，未经审核机构审核，不作为减碳量的证明。"
NOT_CERTIFIED = "主体未认证：营业执照尚未经平台审核"
NONE_WRITTEN = "企业未填写。"
WHOLE = {"accepted": "认可", "corrected": "更正后认可", "rejected": "不认可"}
DIRECTIONS = {"lower": "越低越好", "higher": "越高越好", "": DASH}
CARRIED_TITLES = {"water": "节水报告", "grade": "企业低碳等级报告"}


def reduction_paper(f: ReductionFacts, sha256: str, base_url: str) -> dict[str, Any]:
    """Everything the template ``reduction`` prints. ``sha256`` is the snapshot's."""
    draft = f.audit is None
    return {
        "title": TITLE,
        "document_title": f"{f.company.name} {f.year} 年度{TITLE}",
        "author": f.company.name,
        "keywords": ["碳效", TITLE, f.number],
        "year": str(f.year),
        "draft": draft,
        "draft_note": DRAFT_NOTE if draft else "",
        "label": "草稿" if draft else "审核机构出具",
        "number_name": "报告编号",
        "number": f.number,
        "hash": sha256,
        "hash_short": sha256[:16],
        "date": f.issued_on,
        "demo": f.demo,
        "unverified": not f.company.verified,
        "part_year": _part_year(f.part_year),
        "qr": qr_svg(f"{base_url}/r/{f.report_id}") if base_url else "",
        "qr_note": "扫码登录后查看原件",
        "address": base_url.split("//", 1)[-1],
        "agency": f.audit.agency if f.audit else "",
        "company": {"name": f.company.name, "uscc": f.company.uscc, "rows": company_rows(f.company, NOT_CERTIFIED), "intro": f.intro},
        "key": _key_figures(f),
        "texts": {p.key: {"title": p.title, "text": f.typed.get(p.key, "")} for p in PARTS},
        "none_written": NONE_WRITTEN,
        "emission": _emission(f),
        "production": _production(f),
        "reduction": _reduction(f),
        "indicators": _indicators(f),
        "targets": _targets(f),
        "plans": _plans(f),
        "carried": [_carried(f, kind) for kind in ("water", "grade")],
        "audit": _audit(f),
        "attachments": [[str(n), a.name, a.belongs, _size(a.size)] for n, a in enumerate(f.attachments, 1)],
        "rounding": ROUNDING,
        "method": f.method_version,
        "known_on": f.known_on,
    }  # fmt: skip


def _part_year(declared: PartYear | None) -> str:
    if declared is None:
        return ""
    months = "、".join(month_name(m) for m in declared.months)
    document = f"，依据：{declared.document}" if declared.document else ""
    return f"部分年度：企业申报的生产月份为 {months}（{declared.reason}{document}），其余月份未生产，不计排放。"


def _key_figures(f: ReductionFacts) -> list[list[str]]:
    before = next((y.core for y in f.years if y.year == f.year - 1), None)
    yoy = change(f.core, before)
    word = "审核认定" if f.audit else "计算值"
    return [
        ["碳排放总量", tonnes(f.core), "tCO₂", f"较上年 {percent(yoy, signed=True)}" if yoy is not None else ""],
        ["年减碳量", tonnes(f.annual), "tCO₂", f"{word}，{len(f.measures)} 项方案"],
        ["当年减碳量", tonnes(f.in_year), "tCO₂", "自实施次月起计"],
        ["减碳占上年排放", percent(f.share_pct), "", "" if f.share_pct is not None else "上年数据不完整，不计算"],
    ]


def _emission(f: ReductionFacts) -> dict[str, Any]:
    core = f.core
    parts = parts_of(((e.source, e.co2) for e in f.energy), "tCO₂")
    return {
        "kinds": [
            ["直接排放", "化石燃料燃烧", tonnes(f.direct), percent(share(f.direct, core))],
            ["间接排放", "净购入电力、热力", tonnes(f.indirect), percent(share(f.indirect, core))],
            ["过程排放", "工业生产过程（减碳为负）", tonnes(f.process), percent(share(f.process, core))],
        ],
        "total": ["排放合计", "", tonnes(core), percent(share(core, core))],
        "items": [[e.name, SCOPES[e.scope], amount(e.amount), e.unit, tonnes(e.co2), percent(share(e.co2, core))] for e in f.energy],
        "months": [month_row(m) for m in f.months],
        "months_total": ["全年", tonnes(f.direct), tonnes(f.indirect), tonnes(f.process), tonnes(core), ""],
        "bar": parts,
        "alt": f"各类能源占碳排放的比例：{spoken(parts)}",
        "years": [[f"{y.year} 年", tonnes(y.core), "" if y.core is not None else "没有填满 12 个月"] for y in f.years],
    }


def _production(f: ReductionFacts) -> dict[str, Any]:
    o = f.operation
    rows = [
        ["工业总产值", money(o.output), "万元"],
        ["工业增加值", money(o.value_added), "万元"],
        ["从业人数", DASH if o.staff is None else f"{o.staff:,}", "人"],
        ["综合能源消费量（当量值）", tonnes(f.tce), "tce"],
    ]
    return {"rows": rows, "flow": f.process_flow, "equipment": f.main_equipment}


def _reduction(f: ReductionFacts) -> dict[str, Any]:
    rows = [[str(n), m.name, m.kind, m.implemented_on, money(m.investment), tonnes(m.counted), tonnes(m.in_year), fixed(m.cost, 2)] for n, m in enumerate(f.measures, 1)]
    total = ["", "合计", "", "", money(f.investment), tonnes(f.annual), tonnes(f.in_year), ""]
    judged = [
        [m.name, tonnes(m.filed), m.verdict, tonnes(m.counted), m.verdict_reason or DASH] for m in f.measures if m.verdict
    ]
    totals = [
        ["本年度方案年减碳量合计", f"{tonnes(f.annual)} tCO₂/年"],
        ["其中本年度内已发生", f"{tonnes(f.in_year)} tCO₂"],
        ["以前年度方案在本年度的减碳量", f"{tonnes(f.earlier)} tCO₂（未列入合计）"],
        ["占上年碳排放的比例", percent(f.share_pct) if f.share_pct is not None else f.share_reason],
    ]
    return {
        "rows": rows, "total": total, "measures": [_measure(n, m) for n, m in enumerate(f.measures, 1)], "judged": judged, "totals": totals,
        "none": f"{f.year} 年度没有登记减排方案。",
        "note": "年减碳量 = 节约的能源 × 实施月份适用的排放因子；当年减碳量自实施次月起计至 12 月；单位减碳成本 = 资金投入 ÷ 年减碳量。"
        + ("合计为审核认定量之和。" if f.audit else "审核机构认定前，合计取计算值；没有节约能源的方案取企业填写值。"),
    }  # fmt: skip


def _measure(number: int, m: MeasureFact) -> dict[str, Any]:
    rows = [
        ["简述", m.summary], ["减碳类型", " · ".join(filter(None, (m.kind, m.cost_class)))], ["实施时间", f"{m.implemented_on}（本年度计 {m.months_in_year} 个月）"],
        ["资金投入", f"{money(m.investment)} 万元"], ["使用年限", f"{m.life_years} 年"],
        ["年减碳量（计算）", f"{tonnes(m.computed)} tCO₂" if m.computed is not None else "没有节约的能源，不计算"],
        ["年减碳量（企业填写）", f"{tonnes(m.typed)} tCO₂" if m.typed is not None else "未填写，取计算值"],
    ]  # fmt: skip
    if m.reason:
        rows.append(["差异或计算说明", m.reason])
    if m.verdict:
        rows.append(["审核认定", f"{m.verdict}，{tonnes(m.counted)} tCO₂" + (f"；{m.verdict_reason}" if m.verdict_reason else "")])
    saved = [[s.name, amount(s.amount), s.unit, s.factor, tonnes(s.co2)] for s in m.saved]
    return {"title": f"{number}. {m.name}", "rows": rows, "saved": saved, "sources": list(dict.fromkeys(s.source for s in m.saved))}


def _attainment(i: IndicatorFact) -> str:
    if i.attainment_pct is None:
        return DASH
    return f"{percent(i.attainment_pct)}，{'达成' if i.reached else '未达成'}"


def _indicators(f: ReductionFacts) -> dict[str, Any]:
    months = f"审核前 {month_long(f.before_month)}，审核后 {month_long(f.after_month)}。" if f.before_month else ""
    rows = [
        [i.name, unit_text(i.unit), amount(i.before), amount(i.after), amount(i.change), percent(i.change_pct, signed=True), amount(i.target), _attainment(i)]
        for i in f.indicators
    ]
    return {"months": months, "rows": rows, "none": f"{f.year} 年度没有填写审核指标。"}


def _targets(f: ReductionFacts) -> dict[str, Any]:
    rows = [
        [t.indicator, unit_text(t.unit), f"{t.base_year} 年", amount(t.base), f"{t.due_year} 年", amount(t.target), percent(t.change_pct, signed=True)] for t in f.targets
    ]
    return {"rows": rows, "none": "没有填写碳减排目标。"}


def _plans(f: ReductionFacts) -> dict[str, Any]:
    rows = [[p.name, p.content, p.kind, month_long(p.expected_on), money(p.investment), tonnes(p.expected)] for p in f.plans]
    total = ["合计", "", "", "", money(sum(p.investment for p in f.plans)) if f.plans else "", tonnes(f.planned)]  # type: ignore[arg-type]
    wanted = [p.name for p in f.plans if p.finance_wanted]
    note = "计划的减碳量不计入已实现的减碳量。" + (f"有融资需求的计划：{'、'.join(wanted)}。" if wanted else "")
    return {"rows": rows, "total": total, "note": note, "none": "没有登记减碳计划方案。"}


def _carried(f: ReductionFacts, kind: str) -> dict[str, Any]:
    found: Carried | None = next((c for c in f.carried if c.kind == kind), None)
    if found is None:
        text = f"{f.year} 年度没有{CARRIED_TITLES[kind]}，本报告未载入；不影响本报告其他内容。"
        return {"title": CARRIED_TITLES[kind], "label": "未提供", "rows": [], "text": text}
    text = f"{found.title} {found.number}，{found.issued_on} 生成，快照 {found.snapshot}。"
    return {"title": found.title, "label": found.label, "rows": [list(x) for x in found.figures], "text": text}


def _audit(f: ReductionFacts) -> dict[str, Any] | None:
    a = f.audit
    if a is None:
        return None
    return {
        "rows": [
            ["审核机构", a.agency], ["案件编号", a.case_number], ["送审稿编号", a.draft_number], ["审核员", a.verifier], ["技术复核人", a.reviewer],
            ["审核结论", WHOLE.get(a.verdict, a.verdict)], ["结论日期", a.concluded_on], ["签字日期", a.signed_on],
        ],
        "findings": [[str(x.number), f"{x.section} {x.label}".strip(), x.text, x.severity, x.state, x.answer or DASH] for x in a.findings],
        "none": "审核中没有提出问题。",
        "opinion": a.opinion,
        "signatures": [["审核员", a.verifier, a.concluded_on], ["技术复核人", a.reviewer, a.signed_on]],
        "agency": a.agency,
    }  # fmt: skip


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"
