"""The account of record 核算台账: months, lines, versions, origin, locks, restatement, operating data, signed delta rows (LG2, GN12).

Sources *post* into it; reports, grading and rollups read only it. Vocabulary: month 月度数据 · line 明细行 · version 版本 · head 现行版本 ·
withdraw 撤回 · restatement 数据重述 · lock 锁定 · operating data 生产经营数据 · value added 工业增加值 · comprehensive energy 综合能源消费量 ·
delta 增量行 · 未归集 = boundary item ``UNASSIGNED``.
"""

from inventory.months import (
    Difference,
    FiledContext,
    MonthSummary,
    PostedLine,
    PostedMonth,
    VersionRow,
    YearFacts,
    deltas_of,
    difference,
    filed_context,
    filed_context_of,
    gec_in_use,
    history,
    hold_year,
    lock_year,
    locked,
    post,
    refuse_locked,
    summary,
    unlock_year,
    withdraw,
    year_facts,
)
from inventory.operating import (
    Comprehensive,
    Operating,
    comprehensive_energy,
    declare_part_year,
    operating,
    save_comprehensive_energy,
    save_operating,
)

__all__ = [
    "Comprehensive",
    "Difference",
    "FiledContext",
    "MonthSummary",
    "Operating",
    "PostedLine",
    "PostedMonth",
    "VersionRow",
    "YearFacts",
    "comprehensive_energy",
    "declare_part_year",
    "difference",
    "filed_context",
    "filed_context_of",
    "gec_in_use",
    "history",
    "hold_year",
    "lock_year",
    "locked",
    "operating",
    "deltas_of",
    "post",
    "refuse_locked",
    "save_comprehensive_energy",
    "save_operating",
    "summary",
    "unlock_year",
    "withdraw",
    "year_facts",
]
