"""From the facts of a water-saving report to what the template prints: words, ready numbers, the balance diagram's geometry. Pure."""

from decimal import Decimal
from typing import Any

from documents.codes import qr_svg
from reports.numbers import DASH, amount, fixed, money, percent
from reports.paper import company_rows
from reports.water_facts import Closing, Figure, ProductRow, WaterFacts

TITLE = "企业节水报告"
LABELS = {"self": "企业自评"}
#: Bands of the diagram: field, name, colour.
_IN = (
    ("tap", "自来水", "#0E6070"), ("surface", "地表水", "#2E8695"), ("ground", "地下水", "#5BA6B2"), ("bought_other", "外购水产品", "#8BC3CC"),
    ("unconventional", "非常规水", "#7DB93C"),
)  # fmt: skip
_OUT = (("consumed", "耗水", "#0E6070"), ("discharged", "排水", "#5F6E69"), ("leaked", "漏失", "#B3261E"))
_GAP = "#C9D2CF"
_NOT_CERTIFIED = "主体未认证：营业执照尚未经平台审核"
_FORMULAS = [
    "取水量 V_f = 自来水 + 地表水 + 地下水 + 外购水产品 − 外供水量；用水总量 V_t = V_f + 重复利用水量 V_r；重复利用率 = V_r ÷ V_t × 100。",
    "间接冷却水循环率 = 循环量 ÷（循环量 + 补充新水量）× 100；工艺水回用率 = 回用量 ÷（回用量 + 取新水量）× 100；"
    "蒸汽冷凝水回收率 = 冷凝水回收量 × 1000 ÷（产汽量 × 年运行小时）× 100。",
    "漏失率、排水率以取水量为分母；非常规水利用率 = 非常规水量 V_u ÷（V_f + V_u）× 100。",
    "水平衡：进水 = V_f + V_u，出水 = 耗水量 + 排水量 + 漏失水量，相差 = |进水 − 出水| ÷ 进水 × 100。",
    "单位产品取水量 = 该产品的生产用水量 ÷ 产量；不大于先进值为先进，不大于通用值为达标，大于通用值为超定额，没有适用定额的为无定额。",
    "措施的当年节水量 = 年节水量 ×（实施次月至 12 月的月数）÷ 12；单位节水成本 = 资金投入 ÷ 年节水量；静态回收期 = 资金投入 ÷（年节水量 × 水价）。",
    "水量和单位用水量保留 4 位小数，百分数保留 2 位，以保留后的数值与界限比较。",
]


def cubic(value: Decimal | None) -> str:
    """m3: the four decimals the rules compute with (GN2)."""
    return fixed(value, 4)


def _value(value: Decimal | None, unit: str) -> str:
    if unit == "%":
        return percent(value)
    return amount(value) if unit in ("人", "天", "h", "kg/h", "元/m³") else cubic(value)


def paper(facts: WaterFacts, sha256: str, base_url: str) -> dict[str, Any]:
    """Everything the template ``water`` prints. ``sha256`` is the snapshot's."""
    company = facts.company
    return {
        "title": TITLE,
        "document_title": f"{company.name} {facts.year} 年度{TITLE}",
        "author": company.name,
        "keywords": ["碳效", TITLE, facts.number],
        "year": str(facts.year),
        "label": LABELS[facts.basis],
        "number_name": "报告编号",
        "number": facts.number,
        "hash": sha256,
        "hash_short": sha256[:16],
        "date": facts.issued_on,
        "known_on": facts.known_on,
        "demo": facts.demo,
        "unverified": not company.verified,
        "qr": qr_svg(f"{base_url}/r/{facts.report_id}"),
        "qr_note": "扫码登录后查看原件",
        "address": base_url.split("//", 1)[-1],
        "company": {"name": company.name, "uscc": company.uscc, "rows": company_rows(company, _NOT_CERTIFIED)},
        "key": _key(facts),
        "verdict": _verdict(facts.balance),
        "operation": _operation(facts),
        "sources": _sources(facts),
        "uses": _uses(facts),
        "balance": _balance(facts),
        "figures": [_figure(f) for f in facts.figures],
        "reasons": [[f.name, f.reason] for f in facts.figures if f.value is None],
        "products": _products(facts),
        "measures": _measures(facts),
        "plans": {
            "rows": [[p.name, p.content or DASH, money(p.expected_investment), p.expected_on or DASH, cubic(p.expected_saving)] for p in facts.plans]
        },
        "titles": {"rows": [[t.name, f"{t.level}级" if t.level else DASH, t.awarded_on or DASH, "已上传" if t.certificate else DASH] for t in facts.titles]},
        "comments": facts.comments,
        "quality": _quality(facts),
        "attachments": _attachments(facts),
        "formulas": _FORMULAS,
    }  # fmt: skip


def _key(facts: WaterFacts) -> list[list[str]]:
    intake, per_wan = facts.figure("intake"), facts.figure("per_value_added")
    change = f"较上年 {percent(intake.change_pct, signed=True)}" if intake.change_pct is not None else ""
    per = f"较上年 {percent(per_wan.change_pct, signed=True)}" if per_wan.change_pct is not None else ""
    rate = facts.figure("reuse_rate")
    before = f"上年 {percent(rate.last_year)}" if rate.last_year is not None else ""
    return [
        ["取水量", cubic(intake.value), "m³", change],
        ["重复利用率", percent(rate.value), "", before],
        ["万元增加值取水量", cubic(per_wan.value), "m³/万元", per or per_wan.reason],
        ["水平衡相差", percent(facts.balance.error_pct), "", "水量平衡" if facts.balance.word == "ok" else facts.balance.word or "未作平衡"],
    ]


def _verdict(found: Closing) -> dict[str, str]:
    """What stands on the cover about the balance."""
    if found.word == "ok":
        return {"state": "ok", "title": "水量平衡", "text": _closing_text(found)}
    if found.word:
        return {"state": "bad", "title": found.word, "text": _closing_text(found) + "请核对取水、耗水、排水和漏失水量的计量。"}
    return {"state": "none", "title": "未作水平衡", "text": f"{found.reason}，不能核对进水与出水。"}


def _closing_text(found: Closing) -> str:
    if found.error_pct is None:
        return f"进水 {cubic(found.inflow)} m³，出水 {cubic(found.outflow)} m³。"
    bound = "不超过" if found.word == "ok" else "超过"
    return f"进水 {cubic(found.inflow)} m³，出水 {cubic(found.outflow)} m³，相差 {percent(found.error_pct)}，{bound} {found.tolerance_pct:f}%。"


def _operation(facts: WaterFacts) -> dict[str, Any]:
    o = facts.operation
    rows = [
        ["工业总产值", money(o.output), "万元"], ["工业增加值", money(o.value_added), "万元"], ["税收", money(o.tax), "万元"],
        ["从业人数", DASH if o.staff is None else f"{o.staff:,}", "人"],
    ]  # fmt: skip
    note = "按当年价格填报。" + ("本年度未填工业增加值，万元增加值取水量不能计算。" if o.value_added is None else "")
    return {"rows": rows, "note": note}


def _lines(facts: WaterFacts, section: str, *, optional: bool = True) -> list[list[str]]:
    """Typed amounts of a section: name, value, unit, last year."""
    return [
        [a.label, _value(a.value, a.unit), a.unit, _value(a.last_year, a.unit)]
        for a in facts.amounts
        if a.section == section and (optional or a.value is not None or a.last_year is not None)
    ]


def _total(figure: Figure) -> list[str]:
    return [figure.name, cubic(figure.value), "m³", cubic(figure.last_year)]


def _sources(facts: WaterFacts) -> dict[str, Any]:
    tested = "，".join(filter(None, (facts.tested_on, facts.tested_by)))
    return {
        "rows": _lines(facts, "sources"),
        "total": _total(facts.figure("intake")),
        "facts": [["水源与计量", facts.metering or "未填"], ["最近一次水平衡测试", tested or "未填"]],
        "note": "取水量 V_f 不含外供水量，不含非常规水。",
    }


def _uses(facts: WaterFacts) -> dict[str, Any]:
    found = facts.use_balance
    if not found.word:
        said = f"{found.reason}，未核对各用途之和。"
    elif found.error_pct is None:
        said = f"取水量 {cubic(found.inflow)} m³，各用途之和 {cubic(found.outflow)} m³。"
    else:
        said = f"取水量 {cubic(found.inflow)} m³，各用途之和 {cubic(found.outflow)} m³，相差 {percent(found.error_pct)}" + (
            "。" if found.word == "ok" else f"，超过 {found.tolerance_pct:f}%，请核对各用途的计量。"
        )
    return {
        "rows": _lines(facts, "uses"),
        "reuse": _lines(facts, "reuse"),
        "reuse_total": _total(facts.figure("reused")),
        "domestic": _lines(facts, "domestic"),
        "note": said,
        "bad": bool(found.word) and found.word != "ok",
    }


def _balance(facts: WaterFacts) -> dict[str, Any]:
    b = facts.balance
    intake, unconventional = facts.figure("intake").value, facts.figure("unconventional").value
    rows = [
        ["进水", "取水量 V_f", cubic(intake)], ["", "非常规水量 V_u", cubic(unconventional)], ["", "合计", cubic(b.inflow)],
        ["出水", "耗水量 V_co", cubic(facts.amount("consumed"))], ["", "排水量 V_d", cubic(facts.amount("discharged"))],
        ["", "漏失水量 V_l", cubic(facts.amount("leaked"))], ["", "合计", cubic(b.outflow)],
    ]  # fmt: skip
    return {
        "diagram": diagram(facts),
        "rows": rows,
        "total": ["差额", "进水 − 出水", cubic(b.difference)],
        "verdict": _verdict(b),
        "tolerance": f"相差不超过 {b.tolerance_pct:f}% 为水量平衡。",
    }


def diagram(facts: WaterFacts) -> dict[str, Any] | None:
    """Bands into and out of the plant, heights as shares of the larger side; None when there is nothing to draw or to compare."""
    b = facts.balance
    if b.inflow is None or b.outflow is None or max(b.inflow, b.outflow) <= 0:
        return None
    whole = max(b.inflow, b.outflow)
    supplied = facts.amount("supplied_out") or Decimal(0)
    sources = [(n, c, v) for k, n, c in _IN if (v := _into(facts, k)) is not None and v > 0]
    if supplied > 0:  # what is passed on never entered: the sources shrink together
        taken = sum((v for n, _, v in sources if n != "非常规水"), Decimal(0))
        sources = [(n, c, v if n == "非常规水" else v * (taken - supplied) / taken) for n, c, v in sources]
    ends = [(n, c, v) for k, n, c in _OUT if (v := facts.amount(k)) is not None and v > 0]
    gap = b.inflow - b.outflow
    if gap > 0:
        ends.append(("未计量的差额", _GAP, gap))
    elif gap < 0:
        sources.append(("未计量的差额", _GAP, -gap))
    reused = facts.figure("reused").value
    return {
        "left": [_band(n, c, v, whole) for n, c, v in sources],
        "right": [_band(n, c, v, whole) for n, c, v in ends],
        "middle": ["用水总量 V_t", f"{cubic(facts.figure('total_use').value)} m³"],
        "loop": f"重复利用 V_r　{cubic(reused)} m³" if reused else "",
        "supplied": f"各水源已按比例扣除外供的 {cubic(supplied)} m³。" if supplied > 0 else "",
        "alt": f"水平衡图：进水 {cubic(b.inflow)} m3，出水 {cubic(b.outflow)} m3，重复利用 {cubic(reused)} m3",
    }


def _into(facts: WaterFacts, code: str) -> Decimal | None:
    return facts.figure("unconventional").value if code == "unconventional" else facts.amount(code)


def _band(name: str, color: str, value: Decimal, whole: Decimal) -> dict[str, Any]:
    return {"name": name, "color": color, "height": float(value / whole), "value": f"{cubic(value)} m³"}


def _figure(f: Figure) -> list[str]:
    return [f.name, _value(f.value, f.unit), f.unit, _value(f.last_year, f.unit), percent(f.change_pct, signed=True), f.formula or DASH]


def _products(facts: WaterFacts) -> dict[str, Any]:
    return {
        "rows": [_product(p) for p in facts.products],
        "quotas": [
            [
                q.product, f"m³/{q.unit}", cubic(q.advanced), cubic(q.general), q.valid_from + (f" 至 {q.valid_to}" if q.valid_to else " 起"),
                q.source + (f"（{q.note}）" if q.note else ""),
            ]
            for q in dict.fromkeys(p.quota for p in facts.products if p.quota is not None)
        ],
        "none": "本年度没有填报产品用水。" if not facts.products else "",
        "no_quota": "标注“无定额”的产品没有选用适用的用水定额，不作对标结论。" if any(p.status == "无定额" for p in facts.products) else "",
    }  # fmt: skip


def _product(p: ProductRow) -> list[str]:
    status = p.status or DASH
    if p.excess_pct is not None:
        status += f" {percent(p.excess_pct)}"
    note = p.reason or DASH
    return [p.name, amount(p.output), p.unit, cubic(p.production_water), cubic(p.unit_intake), cubic(p.last_year), status, note]


def _measures(facts: WaterFacts) -> dict[str, Any]:
    in_year = [m.in_year_saving for m in facts.measures if m.in_year_saving is not None]
    yearly = [m.annual_saving for m in facts.measures if m.annual_saving is not None]
    return {
        "rows": [
            [
                m.name, m.implemented_on or DASH, money(m.investment), cubic(m.annual_saving), cubic(m.in_year_saving), fixed(m.cost_per_m3, 2),
                fixed(m.payback_years, 2),
            ]
            for m in facts.measures
        ],
        "total": ["合计", "", money(_sum([m.investment for m in facts.measures])), cubic(_sum(yearly)), cubic(_sum(in_year)), "", ""],
        "summaries": [[m.name, m.summary] for m in facts.measures if m.summary],
    }  # fmt: skip


def _sum(values: list[Decimal | None] | list[Decimal]) -> Decimal | None:
    known = [v for v in values if v is not None]
    return sum(known, Decimal(0)) if known else None


def _quality(facts: WaterFacts) -> list[list[str]]:
    rows = [
        ["数据来源", "企业在平台填报的年度水资源数据，生产经营数据来自同年度填报"],
        ["应填而未填", f"{len(facts.missing)} 项" if facts.missing else "无"],
    ]
    rows += [["未填说明", "".join(facts.missing[:8]) + ("等。" if len(facts.missing) > 8 else "")]] if facts.missing else []
    rows += [["提示", w] for w in facts.warnings]
    rows.append(["数据截至", facts.known_on])
    return rows


def _attachments(facts: WaterFacts) -> list[list[str]]:
    rows = [["水平衡测试报告", "，".join(filter(None, (facts.tested_on, facts.tested_by))) or DASH]] if facts.test_file else []
    return rows + [["示范称号证书", t.name] for t in facts.titles if t.certificate]
