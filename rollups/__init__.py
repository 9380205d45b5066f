"""Sums and benchmarks: what the filings of all firms add up to, and the industry benchmark B a firm is graded against.

Vocabulary: delta 变动行 · fold 归集 · rollup 汇总 · benchmark 行业基准 · peer 同行业企业 · suppression
数据不足不予显示 ·
official 官方发布 · platform 平台同行业平均.
"""

from rollups.benchmarks import (
    NO_PLACE,
    Benchmark,
    BenchmarkRow,
    Choice,
    Place,
    choose_benchmark,
    compute_benchmarks,
    decide_benchmark,
    list_benchmarks,
    peer_place,
    pick_benchmark,
    propose_benchmark,
)
from rollups.sums import Cell, FirmYear, MonthCell, Shown, fold, month_cells, own_year, showable, suppress

__all__ = [
    "NO_PLACE",
    "Benchmark",
    "BenchmarkRow",
    "Cell",
    "Choice",
    "FirmYear",
    "MonthCell",
    "Place",
    "Shown",
    "choose_benchmark",
    "compute_benchmarks",
    "decide_benchmark",
    "fold",
    "list_benchmarks",
    "month_cells",
    "own_year",
    "peer_place",
    "pick_benchmark",
    "propose_benchmark",
    "showable",
    "suppress",
]
