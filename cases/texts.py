"""What both sides agree to in words; a case keeps the SHA-256 of the text it was agreed by (R106 consent, R71 declaration)."""

from dataclasses import dataclass
from hashlib import sha256

_CONSENT = """\
{title}

一、同意把本企业所选年度的{report}及其依据的数据快照、凭证交给所选机构，仅用于本案件的{work}。
二、机构只能看到本次提交的快照和凭证，看不到其他年度和其他资料；每次查看都有记录。
三、案件在机构手中期间，所用年度的数据不能修改；机构退回后可以更正，更正后重新提交，前后差异双方都能看到。
四、机构受理前可以随时撤回；机构在 15 个工作日内没有办理，或被暂停、资质到期的，也可以撤回。
五、机构的意见、核查值和结论由机构及签字人员负责；平台只提供办理过程，不改变机构的结论。
六、案件结束后机构不再能查看本企业的数据；按规定须保存的过程记录除外。
"""
_WORDS = {
    "reduction": ("提交减碳（审核）报告的同意书", "减碳（审核）报告", "清洁生产审核"),
    "grade": ("提交低碳等级报告核查的同意书", "低碳等级报告", "核查和评级"),
}
DECLARATION = """\
独立性声明

本机构及参与本案件的人员声明：与该企业没有隶属、出资、管理或同一上级的关系；三年内没有为其提供碳排放、减排、监测、\
报告方面的咨询，没有聘用过其管理人员，没有担任其成员、代理人或顾问；没有编制本案件的报告；没有收取影响公正性的资金或服务。\
如情况变化，将立即停止办理并告知企业和平台。
"""


@dataclass(frozen=True, slots=True)
class CaseConsentText:
    """A text to agree to, and its hash to send back."""

    kind: str
    title: str
    text: str
    sha256: str


def consent_text(kind: str) -> CaseConsentText:
    """The words a firm agrees to when it hands a report over."""
    title, report, work = _WORDS[kind]
    text = _CONSENT.format(title=title, report=report, work=work)
    return CaseConsentText(kind, title, text, digest(text))


def digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hex."""
    return sha256(text.encode()).hexdigest()
