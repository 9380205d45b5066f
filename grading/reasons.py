"""Why a year has no grade, and what to do about it (rules CE9, GN7, GN8). Words of the enterprise's faces."""

from dataclasses import dataclass
from typing import Literal

ReasonCode = Literal[
    "INCOMPLETE_MONTHS", "PART_YEAR", "NO_VALUE_ADDED", "NON_POSITIVE_VALUE_ADDED", "NO_BENCHMARK", "NO_INDUSTRY"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code, what it means, and the next step."""

    code: ReasonCode
    text: str
    remedy: str


REASONS: dict[str, Reason] = {
    r.code: r
    for r in (
        Reason(
            "INCOMPLETE_MONTHS",
            "有月份或能源品种没有填报",
            "请到“月度填报”补齐下列月份；当月没有使用的填 0，不要留空。",
        ),
        Reason("PART_YEAR", "企业在这一年内开业或停业，按部分年度统计", "部分年度不评等级；满一个完整年度后再评。"),
        Reason("NO_VALUE_ADDED", "没有填写工业增加值", "请到“经营数据”填写该年工业增加值（万元）。"),
        Reason(
            "NON_POSITIVE_VALUE_ADDED",
            "工业增加值不大于 0，无法计算碳强度",
            "请核对该年工业增加值；确为零或负数的年度不评等级，报告照常生成。",
        ),
        Reason("NO_BENCHMARK", "没有可用的行业基准", "同行业数据不足。平台发布该行业基准后即可评级，请之后再来查看。"),
        Reason("NO_INDUSTRY", "企业档案没有选择行业", "请到“企业信息”选择国民经济行业小类。"),
    )
}
