"""Filing 填报: energy templates, drafts, the month sheet, plausibility questions, evidence, measured parameters; it posts into the inventory.

Vocabulary: template 填报模板 · item 填报项 · draft 草稿 · preview 计算预览 · submit 提交 · withdraw 撤回 · question 待确认问题 ·
electricity account 用电户号 · green power 绿电（绿证） · evidence 凭证 · measured parameter 实测参数.
"""

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
from filing.templates import Item, ItemEdit, Template, current_template, set_template

__all__ = [
    "Item",
    "ItemEdit",
    "Preview",
    "PreviewLine",
    "Reply",
    "Submitted",
    "Template",
    "Typed",
    "TypedGreen",
    "TypedLine",
    "TypedMonth",
    "TypedProcess",
    "current_template",
    "preview_months",
    "set_template",
    "submit_months",
    "withdraw_month",
]
