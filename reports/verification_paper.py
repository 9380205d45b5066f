"""Section 10 核查 as paper and Word print it: who, method, filed against verified, findings, opinion, signatures (LR3, LR4)."""

from decimal import Decimal
from typing import Any

from reports.facts import ReportFacts
from reports.numbers import DASH, percent, ratio, tonnes

VERDICTS = {"accepted": "认可", "corrected": "更正", "rejected": "不认可，按保守取值"}
WHOLE = {"accepted": "认可", "corrected": "更正后认可", "rejected": "不认可"}
METHOD = (
    "核查机构由平台指定。核查以企业提交时固定的数据快照和凭证为对象，逐项核对活动数据、生产经营数据与凭证；核查值与填报值不同的，"
    "按原因子重新计算并重新定级。未能整改的数据按保守取值，不低于填报值。"
)


def verification(facts: ReportFacts) -> dict[str, Any] | None:
    """The section's data; None for a self-assessed report."""
    v = facts.verification
    if v is None:
        return None
    grade = facts.grade
    return {
        "method": METHOD,
        "rows": [
            ["核查机构", v.agency], ["案件编号", v.case_number], ["核查员", v.verifier], ["技术复核人", v.reviewer],
            ["结论日期", v.concluded_on], ["签字日期", v.signed_on], ["核查结论", WHOLE[v.verdict]], ["对应的自评报告", v.filed_number],
        ],
        "compare": [
            ["碳排放（tCO₂）", tonnes(v.filed_core), tonnes(facts.core), _signed(facts.core - v.filed_core), percent(v.difference_pct, signed=True)],
            ["工业增加值（万元）", _plain(v.filed_value_added), _plain(facts.operation.value_added), _gap(v.filed_value_added, facts.operation.value_added), DASH],
            ["碳强度 L", ratio(v.filed_intensity), ratio(grade.intensity), DASH, DASH],
            ["碳效值 K", ratio(v.filed_efficiency), ratio(grade.efficiency), DASH, DASH],
            ["等级", v.filed_letter or "未评级", grade.letter or "未评级", DASH, DASH],
        ],
        "highlight": f"核查后碳排放与填报相差 {percent(v.difference_pct, signed=True)}，超过 5%，请在使用本报告时注意。" if v.highlighted else "",
        "accepted": f"另有 {v.accepted} 项核查值与填报值一致。",
        "values": [
            [x.label, x.unit, _plain(x.filed), _plain(x.verified), VERDICTS[x.verdict], x.reason] for x in v.values
        ],
        "findings": [[str(x.number), x.place, x.text, x.severity, x.state, x.answer or DASH] for x in v.findings],
        "opinion": v.opinion,
        "signatures": [["核查员", v.verifier, v.concluded_on], ["技术复核人", v.reviewer, v.signed_on]],
        "agency": v.agency,
    }  # fmt: skip


def _plain(value: Decimal | None) -> str:
    if value is None:
        return DASH
    text = format(value, ",f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def _signed(value: Decimal) -> str:
    return ("+" if value > 0 else "") + tonnes(value)


def _gap(filed: Decimal | None, verified: Decimal | None) -> str:
    if filed is None or verified is None:
        return DASH
    return ("+" if verified > filed else "") + _plain(verified - filed)
