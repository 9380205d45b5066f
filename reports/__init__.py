"""Reports 报告: what is on the paper. The low-carbon grade report, its snapshot, its label, its file.

Vocabulary: report 报告 · label 企业自评/核查机构评级 · facts 报告事实 · snapshot 快照 · paper 文件 · trace annex 计算明细.
"""

from reports.assembly import build_grade_snapshot, create_grade_report
from reports.current import Standing, standing_reports
from reports.facts import ReportFacts
from reports.papers import (
    KINDS,
    Headline,
    Kind,
    Paper,
    Report,
    Reports,
    create_report,
    get_report,
    list_reports,
    new_number,
    open_report,
    page_png,
    page_text,
    refuse_incomplete,
    register,
    report_facts,
    report_pdf,
    report_word,
)
from reports.reduction import ReductionReportState, create_reduction_report, reduction_outline, reduction_report_state
from reports.reduction_facts import ReductionFacts
from reports.reduction_text import LONGEST as LONGEST_PART
from reports.reduction_text import PARTS as REPORT_PARTS
from reports.reduction_text import Target, report_text, save_report_text
from reports.verified import create_verified_grade_report, grade_outline
from reports.water import create_water_report, water_facts
from reports.water_facts import WaterFacts

__all__ = [
    "KINDS",
    "LONGEST_PART",
    "REPORT_PARTS",
    "ReductionFacts",
    "ReductionReportState",
    "Target",
    "create_reduction_report",
    "reduction_outline",
    "reduction_report_state",
    "report_text",
    "save_report_text",
    "Headline",
    "Kind",
    "Paper",
    "Report",
    "ReportFacts",
    "Reports",
    "Standing",
    "WaterFacts",
    "build_grade_snapshot",
    "create_grade_report",
    "create_report",
    "create_verified_grade_report",
    "create_water_report",
    "grade_outline",
    "get_report",
    "list_reports",
    "new_number",
    "open_report",
    "page_png",
    "page_text",
    "refuse_incomplete",
    "register",
    "report_facts",
    "report_pdf",
    "report_word",
    "standing_reports",
    "water_facts",
]
