"""Filing 填报: energy templates, drafts, the month sheet, plausibility questions, evidence, measured parameters; it posts into the inventory.

Vocabulary: template 填报模板 · item 填报项 · draft 草稿 · preview 计算预览 · submit 提交 · withdraw 撤回 · question 待确认问题 ·
electricity account 用电户号 · green power 绿电（绿证） · evidence 凭证 · measured parameter 实测参数.
"""

from filing.accounts import ElectricityAccount, add_account, change_account, list_accounts
from filing.bulk import Bulk, BulkRow, OpenFirm, bulk_workbook, confirm_bulk, read_bulk, try_bulk
from filing.changes import duties_changed
from filing.drafts import Draft, drop_draft, read_draft, save_draft
from filing.duties import WorkItem, Worklist, refresh_duties, worklist
from filing.evidence import Evidence, add_evidence, drop_evidence, list_evidence, read_evidence, require_evidence
from filing.grid import Cell, Grid, GridMonth, home_facts, year_grid
from filing.months import (
    Preview,
    PreviewLine,
    Reply,
    Submitted,
    Typed,
    TypedGreen,
    TypedLine,
    TypedMonth,
    TypedProcess,
    preview_months,
    submit_months,
    withdraw_month,
)
from filing.parameters import (
    Asked,
    Request,
    decide_request,
    my_requests,
    read_report,
    request_parameter,
    requests_to_decide,
)
from filing.plausibility import Question
from filing.reminders import remind, remind_all
from filing.sheets import (
    SheetChange,
    SheetTrial,
    confirm_sheet,
    marked_sheet,
    month_sheet,
    try_sheet,
    year_workbook,
)
from filing.templates import Item, ItemEdit, Template, current_template, set_template

__all__ = [
    "Asked",
    "Bulk",
    "BulkRow",
    "Cell",
    "Draft",
    "ElectricityAccount",
    "Evidence",
    "Grid",
    "GridMonth",
    "Item",
    "ItemEdit",
    "OpenFirm",
    "Preview",
    "PreviewLine",
    "Question",
    "Reply",
    "Request",
    "SheetChange",
    "SheetTrial",
    "Submitted",
    "Template",
    "Typed",
    "TypedGreen",
    "TypedLine",
    "TypedMonth",
    "TypedProcess",
    "WorkItem",
    "Worklist",
    "add_account",
    "add_evidence",
    "bulk_workbook",
    "change_account",
    "confirm_bulk",
    "confirm_sheet",
    "current_template",
    "decide_request",
    "drop_draft",
    "duties_changed",
    "drop_evidence",
    "home_facts",
    "list_accounts",
    "list_evidence",
    "marked_sheet",
    "month_sheet",
    "my_requests",
    "preview_months",
    "read_bulk",
    "read_draft",
    "read_evidence",
    "read_report",
    "refresh_duties",
    "remind",
    "remind_all",
    "request_parameter",
    "requests_to_decide",
    "require_evidence",
    "save_draft",
    "set_template",
    "submit_months",
    "try_bulk",
    "try_sheet",
    "withdraw_month",
    "worklist",
    "year_grid",
    "year_workbook",
]
