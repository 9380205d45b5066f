"""Water 水资源利用: a firm's yearly water data by source and use, products and quotas, measures, plans (WA, FD10).

Vocabulary: intake 取水量 V_f · reused 重复利用水量 V_r · total use 用水量 V_t · consumed 耗水量 V_co · discharged 排水量 V_d · leaked 漏失量 V_l ·
unconventional 非常规水 V_u · quota 用水定额 · title 示范称号.
"""

from water.figures import BalanceView, Indicator, MeasureFigure, Money, ProductFigure
from water.quotas import Quota, QuotaTrial, find_quotas, import_quotas, list_quotas, quota_template
from water.records import FIELDS, LEVELS, SECTIONS, Body, Measure, Plan, Product, Title, WaterData
from water.table import water_table
from water.years import (
    LastYear,
    Remark,
    WaterSummary,
    WaterView,
    data_version,
    named_proofs,
    refuse_named,
    save_water,
    water_year,
    water_years,
)

__all__ = [
    "FIELDS",
    "LEVELS",
    "SECTIONS",
    "BalanceView",
    "Body",
    "Indicator",
    "LastYear",
    "Measure",
    "MeasureFigure",
    "Money",
    "Plan",
    "Product",
    "ProductFigure",
    "Quota",
    "QuotaTrial",
    "Remark",
    "Title",
    "WaterData",
    "WaterSummary",
    "WaterView",
    "data_version",
    "find_quotas",
    "import_quotas",
    "list_quotas",
    "named_proofs",
    "quota_template",
    "refuse_named",
    "save_water",
    "water_table",
    "water_year",
    "water_years",
]
