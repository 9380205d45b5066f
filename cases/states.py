"""The two machines as data: from which states an event may come, whose it is, where it leads (R106, LR5)."""

from dataclasses import dataclass

KINDS = {"reduction": "减碳（审核）报告", "grade": "低碳等级报告"}
#: The state in which the agency works, by kind.
WORK = {"reduction": "in_audit", "grade": "in_verification"}
#: Signed by the reviewer: the audit's paper is still to be made (R106), the grade is rated (LR5).
SIGNED = {"reduction": "audited", "grade": "rated"}
DONE = {"reduction": "issued", "grade": "rated"}

OPEN = ("submitted", "in_audit", "in_verification", "returned", "concluded", "audited")
ENDED = ("issued", "rated", "refused", "declined", "withdrawn", "superseded", "cancelled")
#: What the platform may cancel: the verification of a grade, before and after it is rated (18.1).
CANCELLABLE = ("submitted", "in_verification", "returned", "concluded", "rated")
#: States in which the agency reads the firm's figures (R108, T5: assigned and open).
READABLE = ("submitted", "in_audit", "in_verification", "returned", "concluded")
#: States in which the firm's year is locked (GN12): until the case is returned, withdrawn or closed.
HELD = ("submitted", "in_audit", "in_verification", "concluded", "audited")

STATE_WORDS = {
    "submitted": "待机构受理",
    "in_audit": "审核中",
    "in_verification": "核查中",
    "returned": "已退回，待企业处理",
    "concluded": "待复核签字",
    "audited": "已签字，正在出具报告",
    "issued": "已出具审核报告",
    "rated": "已评级",
    "refused": "未通过复核",
    "declined": "机构未受理",
    "withdrawn": "企业已撤回",
    "superseded": "已被新版替代",
    "cancelled": "已由平台取消",
}
EVENT_WORDS = {
    "submit": "企业提交",
    "withdraw": "企业撤回",
    "accept": "机构受理",
    "decline": "机构不受理",
    "assign": "更换人员",
    "return": "退回企业",
    "recall": "撤回退回",
    "resubmit": "企业重新提交",
    "conclude": "填写结论",
    "refuse": "复核不通过",
    "sign": "复核签字",
    "issue": "出具报告",
    "supersede": "被新版替代",
    "cancel": "平台取消",
    "finding": "提出问题",
    "answer": "回复问题",
    "close": "关闭问题",
    "remind": "超过期限，已提醒",
    "release": "企业可以撤回",
    "half": "期限过半，已提醒",
    "eve": "期限剩一个工作日，已提醒",
    "halt": "机构暂停办理",
    "resume": "机构恢复办理",
    "unanswered": "问题逾期未回复",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One event: whose it is, from which states, to which (by kind where it differs)."""

    event: str
    side: str
    sources: tuple[str, ...]
    target: dict[str, str]


def _both(state: str) -> dict[str, str]:
    return {"reduction": state, "grade": state}


_WORKING = tuple(WORK.values())

MOVES = {
    m.event: m
    for m in (
        Move("withdraw", "firm", ("submitted", *_WORKING, "returned", "concluded"), _both("withdrawn")),
        Move("resubmit", "firm", ("returned",), WORK),
        Move("accept", "agency", ("submitted",), WORK),
        Move("decline", "agency", ("submitted",), _both("declined")),
        Move("return", "agency", _WORKING, _both("returned")),
        Move("recall", "agency", ("returned",), WORK),
        Move("conclude", "agency", _WORKING, _both("concluded")),
        # the reviewer who does not agree: the audit goes back to the auditor, the grade is refused (LR5)
        Move("refuse", "agency", ("concluded",), {"reduction": "in_audit", "grade": "refused"}),
        Move("sign", "agency", ("concluded",), SIGNED),
        Move("issue", "system", ("audited", "rated"), DONE),
        Move("supersede", "system", ("issued", "rated"), _both("superseded")),
    )
}
#: Other persons on the case: the state stays.
ASSIGNABLE = (*_WORKING, "returned", "concluded")
#: What only happens while the agency works on the figures.
WORKABLE = _WORKING
VERDICTS = {"accepted": "认可", "corrected": "更正后认可", "rejected": "不认可"}
FINDING_WORDS = {
    "open": "待回复",
    "answered": "已回复",
    "closed_ok": "已采纳",
    "closed_not_ok": "未采纳",
    "unanswered": "逾期未回复",
}
CHOICES = {"correct": "更正数据", "evidence": "补充凭证", "explain": "说明理由"}
SEVERITIES = {"normal": "一般", "important": "重要"}


def state_word(state: str) -> str:
    """The state in words."""
    return STATE_WORDS[state]


def whose_turn(kind: str, state: str) -> str:
    """Who has to act in a state: firm | agency | system | none."""
    if state in ("submitted", "concluded", WORK[kind]):
        return "agency"
    return "firm" if state == "returned" else "system" if state == "audited" else "none"
