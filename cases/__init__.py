"""Third-party cases 第三方案件: one machine for hand-off, findings, amounts and signatures; knows ids and snapshots, no subject (R106, LR5).

Vocabulary: case 案件 · agency 机构 · subject 审核对象 · outline 提交内容 · finding 问题 · answer 回复 · amount 核查值 · verdict 判定 · conclude 填写结论 ·
countersign 复核签字 · return 退回 · recall 撤回退回 · withdraw 撤回 · halt 暂停办理 · cancel 平台取消.

A higher room registers its subject in :data:`subjects`: what is in the report when it is handed over, and the paper when it is signed.
"""

from cases.agency import (
    accept_amounts,
    accept_case,
    agency_inbox,
    assign_case,
    close_finding,
    conclude_case,
    decline_case,
    get_agency_case,
    judge_amount,
    open_case,
    people_for,
    raise_finding,
    read_case_file,
    recall_case,
    refuse_case,
    reopen_finding,
    return_case,
    sign_case,
    write_note,
)
from cases.firm import (
    answer_finding,
    correct_finding,
    get_case,
    hand_in_file,
    list_cases,
    read_file,
    resubmit_case,
    say,
    submit_case,
    withdraw_case,
)
from cases.operator import cancel_case, get_any_case, list_all_cases
from cases.subjects import (
    CaseFacts,
    CaseProof,
    Figure,
    FindingFacts,
    Issued,
    Outline,
    Section,
    Subject,
    Verdict,
    subjects,
)
from cases.texts import DECLARATION, CaseConsentText, consent_text
from cases.views import CaseDetail, CaseLine, CaseList, Inbox, OpsCase

#: Their names in this room; the longer ones are unique in the contract.
Case = CaseDetail
Proof = CaseProof

__all__ = [
    "DECLARATION",
    "Case",
    "CaseDetail",
    "CaseFacts",
    "CaseProof",
    "CaseLine",
    "CaseList",
    "CaseConsentText",
    "Figure",
    "FindingFacts",
    "Inbox",
    "Issued",
    "OpsCase",
    "Outline",
    "Proof",
    "Section",
    "Subject",
    "Verdict",
    "accept_amounts",
    "accept_case",
    "agency_inbox",
    "answer_finding",
    "assign_case",
    "cancel_case",
    "close_finding",
    "conclude_case",
    "consent_text",
    "correct_finding",
    "decline_case",
    "get_agency_case",
    "get_any_case",
    "get_case",
    "hand_in_file",
    "judge_amount",
    "list_all_cases",
    "list_cases",
    "open_case",
    "people_for",
    "raise_finding",
    "read_case_file",
    "read_file",
    "recall_case",
    "refuse_case",
    "reopen_finding",
    "resubmit_case",
    "return_case",
    "say",
    "sign_case",
    "subjects",
    "submit_case",
    "withdraw_case",
    "write_note",
]
