"""Dated parameters of the rules 参数 (GN11): the row in force on the last day of a period."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.database import Db

#: What operators call them.
PARAMETER_NAMES = {
    "CE_L_BOUNDS": "碳强度分档", "CE_K_BOUNDS": "碳效值分档", "GZ_LETTERS": "广州等级颜色", "CODE_COLOURS": "碳效码颜色", "PEER_MIN_N": "同行最少家数",
    "PEER_MAX_SHARE": "同行单家最大占比", "BENCHMARK_MAX_AGE": "基准最长沿用", "WATER_BALANCE_TOL": "水平衡允许误差", "WARN_YELLOW_MAX": "黄色预警上限",
    "CERT_MONTHS": "证书有效期", "FILING_DUE_DAY": "填报截止日", "FILING_RATIO_WARN": "填报倍数提示", "CONSENT_DAYS": "授权天数", "BANK_CONTACT_DAYS": "银行联系时限",
    "AGENT_REVIEW_DAYS": "代理申请审核时限", "FP_CUTOFF": "碳足迹取舍界限", "ETS_THRESHOLD": "碳市场纳入门槛", "ETS_CCER_MAX": "CCER 抵销上限", "ETS_BE": "供电基准值",
    "ETS_BH": "供热基准值", "ETS_BE_DRAFT": "供电基准值（征求意见稿）", "ETS_BH_DRAFT": "供热基准值（征求意见稿）", "ETS_GAP_CAP": "配额缺口上限", "ETS_PREALLOC": "预分配比例",
    "ETS_ALPHA": "碳强度控制系数", "ETS_CARRY": "配额结转", "CEA_TRADE": "配额交易规则",
}  # fmt: skip
_IN_FORCE = """
select distinct on (code) code, value, unit, source, valid_from
from parameter where code = any($1) and valid_from <= $2 and confidence <> 'unverified'
order by code, valid_from desc
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A threshold or limit as it was in force: decimals in ``value`` are strings."""

    code: str
    value: Any
    unit: str
    source: str
    valid_from: date


async def parameters_in_force(db: Db, codes: list[str], last_day: date) -> dict[str, Parameter]:
    """Rows in force on ``last_day`` by code; a code without one is not in the answer."""
    return {row["code"]: Parameter(**row) for row in await db.rows(_IN_FORCE, codes, last_day)}
