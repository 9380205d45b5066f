"""The events of 18.2 that exist today: title, words, link, and whether a text message goes out.

Words follow faces 1.2: what happened, why, what to do now; who and which month are named. ``{firm}`` is filled in by the database.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One event. ``sms``: marked ``*`` in 18.2. Titles without fields are at most 20 characters: they are a WeChat ``thing`` (W14)."""

    code: str
    title: str
    text: str
    link: str = ""
    sms: bool = False

    @property
    def template(self) -> str:
        """Our name of its WeChat template (WX_TEMPLATES): one for each group of kinds, since a popup asks for three at most (W12)."""
        return TEMPLATES.get(self.code.split(".")[0], "result")


#: Kind group → template; everything else: result.
TEMPLATES = {"month": "filing_due", "question": "question"}

_ALL = (
    # filing (FI12)
    Kind(
        "month.due",
        "{month_words}能耗待提交",
        "{firm} {month_words}能耗还没有提交，{left_words}（{due_words}截止），{progress}。请打开填报，核对后提交。",
        "/filing/{year}?month={month}",
    ),
    Kind(
        "month.overdue",
        "{month_words}能耗已逾期",
        "{firm} {month_words}能耗已逾期 {days} 天（{due_words}截止），{progress}。逾期仍可提交，缺月不能评级。请尽快补齐后提交。",
        "/filing/{year}?month={month}",
    ),
    Kind(
        "question.open",
        "{month_words}填报有待确认问题",
        "{firm} {month_words}填报有 {count} 个问题超过 3 天没有确认：数值与近期相差较大或疑似填错单位。请打开核对，无误的写明原因后提交。",
        "/filing/{year}?month={month}",
    ),
    # measured parameters (FD11), factors
    Kind(
        "parameter.approved",
        "实测参数已通过",
        "{firm}申请的{carrier}{parameter}（{value} {unit}）已审核通过，用于 {valid_from} 至 {valid_to}。已提交的月份不变，之后预览的月份按新参数计算。",
        "/parameters",
    ),
    Kind(
        "parameter.rejected",
        "实测参数未通过",
        "{firm}申请的{carrier}{parameter}（{value} {unit}）没有通过审核，原因：{reason}。填报继续使用缺省值。请按原因补充后重新申请。",
        "/parameters",
    ),
    Kind(
        "factor.published",
        "排放因子有新版本",
        "{name}自 {valid_from} 起有新版本，会影响{firm}还没有提交的月份。已提交的月份不变。请在下次预览时查看变化后再提交。",
        "/filing",
    ),
    # certificates (CC)
    Kind(
        "certificate.issued",
        "碳效证书已签发",
        "{firm} {year} 年度碳效证书已签发：{letter}，{word}，编号 {number}，有效至 {valid_until}。请打开下载碳效码和证书。",
        "/certificate",
    ),
    Kind(
        "certificate.expiring",
        "碳效证书即将到期",
        "{firm} {year} 年度碳效证书还有 {days} 天到期（{valid_until}），编号 {number}。到期后扫码显示“已到期”。请补齐更近年度的填报，再生成新证书。",
        "/certificate",
    ),
    Kind(
        "certificate.superseded",
        "碳效证书已被替代",
        "{firm} {year} 年度碳效证书（编号 {number}）已被新证书替代，扫旧码会显示“已被更新”。请换用新的碳效码。",
        "/certificate",
    ),
    Kind(
        "certificate.suspended",
        "碳效证书已暂停",
        "{firm} {year} 年度碳效证书（编号 {number}）已暂停，原因：{reason}。核实期间扫码显示“暂停”，不能生成新证书。请准备有关凭证并联系平台运营。",
        "/certificate",
        sms=True,
    ),
    Kind(
        "certificate.resumed",
        "碳效证书已恢复",
        "{firm} {year} 年度碳效证书（编号 {number}）核实完毕，恢复有效，扫码显示“有效”。不需要您办理。",
        "/certificate",
    ),
    Kind(
        "certificate.revoked",
        "碳效证书已撤销",
        "{firm} {year} 年度碳效证书（编号 {number}）已撤销，原因：{reason}。扫码显示“已撤销”。请改正有关月份并重新提交，再生成证书；有异议请拨打服务热线。",
        "/certificate",
        sms=True,
    ),
    # benchmarks (CE8)
    Kind(
        "benchmark.published",
        "行业基准已发布",
        "{firm}所在行业可用的基准（{period} 年）已发布，{year} 年度现在可以评级，数据不用重填。请打开碳效码页面查看等级。",
        "/certificate",
    ),
    # applications of agents and foreign legal representatives (decided within 3 working days)
    Kind(
        "application.approved",
        "申请已通过",
        "您为{enterprise}提交的申请（编号 {number}）已通过：{result}。请用申请时的手机号登录碳效办理。",
        sms=True,
    ),
    Kind(
        "application.returned",
        "申请需要补充",
        "您为{enterprise}提交的申请（编号 {number}）被退回，原因：{reason}。请打开申请页面补充后重新提交。",
        sms=True,
    ),
    Kind(
        "application.rejected",
        "申请没有通过",
        "您为{enterprise}提交的申请（编号 {number}）没有通过，原因：{reason}。可按原因重新申请，有疑问请拨打服务热线。",
        sms=True,
    ),
    # another representative in the registry (V7)
    Kind(
        "legal.ended",
        "法定代表人已变更",
        "企业库显示{firm}的法定代表人已变更，您在该企业的法定代表人权限已停止，所填数据都在。登记有误的，请联系企业或拨打服务热线。",
        sms=True,
    ),
    Kind(
        "legal.agents",
        "委托将在 30 天内结束",
        "{firm}的法定代表人已变更，您的代理权限保留 30 天。需要继续办理的，请联系该企业新的法定代表人续期。",
        "/agent",
        sms=True,
    ),
    # agents; the text message goes by the grant's own job, to the phone that the firm named
    Kind(
        "delegation.granted",
        "有企业委托您为代理人",
        "{firm}委托您为代理人，范围为{scopes}，到 {due_words}为止。请打开代理工作台办理。",
        "/agent",
    ),
    Kind(
        "delegation.changed",
        "委托有调整",
        "{firm}调整了对您的委托：范围为{scopes}，到 {due_words}为止。请按新的范围办理。",
        "/agent",
    ),
    Kind(
        "delegation.revoked",
        "委托已结束",
        "{firm}已结束对您的委托，您不能再代为办理。有疑问请联系该企业。",
        "/agent",
    ),
    Kind(
        "delegation.ending",
        "委托即将到期",
        "{firm}对代理人{agent}的委托（{scopes}）到 {due_words}结束，之后不能再代为办理。需要继续的，请由法定代表人在代理人列表中续期。",
        "/agents",
    ),
    # cases of third parties (R106, LR5)
    Kind(
        "case.submitted",
        "收到新的案件",
        "{enterprise}提交了 {year} 年{kind}（案件 {number}）。请在 {due_words}前受理或说明不受理的原因，逾期企业可以撤回。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.handed_over",
        "报告已由代理人提交",
        "{firm} {year} 年{kind}已由代理人提交给{agency}（案件 {number}）。所用年度的数据暂时锁定；机构受理前可以撤回。",
        "/cases/{case}",
    ),
    Kind(
        "case.accepted",
        "机构已受理",
        "{agency}已受理{firm} {year} 年{kind}（案件 {number}），{reason}。有问题时会通知您回复。",
        "/cases/{case}",
    ),
    Kind(
        "case.assigned",
        "有案件交给您办理",
        "{enterprise} {year} 年{kind}（案件 {number}）：{reason}。请打开案件办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.people",
        "办理人员有调整",
        "{agency}调整了{firm} {year} 年{kind}（案件 {number}）的办理人员：{reason}。不需要您办理。",
        "/cases/{case}",
    ),
    Kind(
        "case.declined",
        "机构未受理",
        "{agency}没有受理{firm} {year} 年{kind}（案件 {number}），原因：{reason}。数据已解锁，可以另选机构提交。",
        "/cases/{case}",
        sms=True,
    ),
    Kind(
        "case.withdrawn",
        "企业已撤回案件",
        "{enterprise}撤回了 {year} 年{kind}（案件 {number}），不再能查看其数据。不需要您办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.finding",
        "机构提出了问题",
        "{agency}对{firm} {year} 年{kind}（案件 {number}）提出{reason}。请打开案件回复，补充凭证或说明理由。",
        "/cases/{case}",
    ),
    Kind(
        "case.answered",
        "企业已回复问题",
        "{enterprise}回复了案件 {number} 的{reason}。请核对后采纳并关闭，或重新提出。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.closed_finding",
        "机构已关闭问题",
        "{agency}已关闭{firm} {year} 年{kind}（案件 {number}）的{reason}。结果见案件页面。",
        "/cases/{case}",
    ),
    Kind(
        "case.returned",
        "报告被退回",
        "{agency}退回了{firm} {year} 年{kind}（案件 {number}）：{reason}。数据已解锁，请在 {due_words}前逐个回复问题后重新提交。",
        "/cases/{case}",
    ),
    Kind(
        "case.recalled",
        "机构撤回了退回",
        "{agency}撤回了对{firm} {year} 年{kind}（案件 {number}）的退回，按原来提交的内容继续办理，数据重新锁定。不需要您办理。",
        "/cases/{case}",
    ),
    Kind(
        "case.resubmitted",
        "企业已重新提交",
        "{enterprise}重新提交了 {year} 年{kind}（案件 {number}）：{reason}。请核对变化后继续办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.to_sign",
        "有结论待复核签字",
        "{enterprise} {year} 年{kind}（案件 {number}）的结论已填写：{reason}。请在 {due_words}前复核签字或写明不通过的原因。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.sent_back",
        "复核未通过",
        "{enterprise} {year} 年{kind}（案件 {number}）的结论没有通过复核，原因：{reason}。请修改后重新填写结论。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.refused",
        "未通过复核",
        "{agency}没有为{firm} {year} 年{kind}（案件 {number}）签字，原因：{reason}。报告仍为企业自评，改正后可以重新提交。",
        "/cases/{case}",
        sms=True,
    ),
    Kind(
        "case.issued",
        "报告已出具",
        "{agency}已完成{firm} {year} 年{kind}（案件 {number}），报告编号 {reason}。请打开查看和下载。",
        "/cases/{case}",
        sms=True,
    ),
    Kind(
        "case.finished",
        "案件已完成",
        "{enterprise} {year} 年{kind}（案件 {number}）已签字并出具，报告编号 {reason}。不需要您办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.half",
        "案件期限已过半",
        "{firm} {year} 年{kind}（案件 {number}）期限已过半：{reason}。请打开案件办理，逾期机构可以按保守取值核定。",
        "/cases/{case}",
    ),
    Kind(
        "case.half_agency",
        "案件期限已过半",
        "{enterprise} {year} 年{kind}（案件 {number}）期限已过半：{reason}。请打开案件办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.eve",
        "案件期限剩一个工作日",
        "{firm} {year} 年{kind}（案件 {number}）离期限只剩一个工作日：{reason}。请打开案件办理，逾期机构可以按保守取值核定。",
        "/cases/{case}",
    ),
    Kind(
        "case.eve_agency",
        "案件期限剩一个工作日",
        "{enterprise} {year} 年{kind}（案件 {number}）离期限只剩一个工作日：{reason}。请打开案件办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.cancelled",
        "案件已被平台取消",
        "{firm} {year} 年{kind}（案件 {number}）已由平台运营取消，原因：{reason}。数据已解锁，报告恢复为企业自评；可以重新提交。",
        "/cases/{case}",
        sms=True,
    ),
    Kind(
        "case.cancelled_agency",
        "案件已被平台取消",
        "{enterprise} {year} 年{kind}（案件 {number}）已由平台运营取消，原因：{reason}。不再能查看其数据，意见和经过仍可查看。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.overdue",
        "案件超过办理期限",
        "{enterprise} {year} 年{kind}（案件 {number}）已超过 10 个工作日没有办理。满 15 个工作日企业可以撤回，请尽快办理。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.release",
        "可以撤回案件",
        "{agency}超过 15 个工作日没有办理{firm} {year} 年{kind}（案件 {number}）。您可以继续等待，也可以撤回后另选机构。",
        "/cases/{case}",
    ),
    Kind(
        "case.halted",
        "案件暂停办理",
        "{firm} {year} 年{kind}（案件 {number}）暂停办理，原因：{agency}{halt}。已填内容都在，您可以等待恢复，也可以撤回后另选机构。",
        "/cases/{case}",
    ),
    Kind(
        "case.halted_agency",
        "案件暂停办理",
        "案件 {number}（{enterprise}）暂停办理，原因：{halt}。已填内容都在，请联系平台运营。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.resumed",
        "案件恢复办理",
        "{agency}恢复办理{firm} {year} 年{kind}（案件 {number}）。不需要您办理。",
        "/cases/{case}",
    ),
    Kind(
        "case.resumed_agency",
        "案件恢复办理",
        "案件 {number}（{enterprise}）恢复办理。请打开案件继续。",
        "/agency/cases/{case}",
    ),
    Kind(
        "case.unanswered",
        "问题逾期未回复",
        "{firm} {year} 年{kind}（案件 {number}）有{reason}超过回复期限。机构可以按保守取值核定，请尽快回复。",
        "/cases/{case}",
    ),
    Kind(
        "case.unanswered_agency",
        "企业逾期未回复",
        "{enterprise}的案件 {number} 有{reason}超过回复期限。可以继续等待，也可以按保守取值核定后填写结论。",
        "/agency/cases/{case}",
    ),
    Kind(
        "application.waiting",
        "有申请临近办理期限",
        "申请 {number} 已等待 {days} 个工作日，{due_words}前须办结。请打开申请队列办理。",
        "/ops/applications",
    ),
    # consents and green finance (GF8-GF12): told to the firm and to the bank, each in its own organisation
    Kind("consent.given", "已授权银行查看碳报告", "{enterprise}已授权{bank}查看碳报告，用于{product}，到 {ends_on} 为止。银行每次查看都有记录，可以随时撤回。", "/finance/consents"),
    Kind("consent.ending", "银行查看授权即将到期", "{enterprise}给{bank}的碳报告查看授权到 {ends_on} 到期，还有 7 天。到期后银行不能再查看；需要继续的，请企业续期。", "/finance/consents"),
    Kind("consent.ended", "银行查看授权已到期", "{enterprise}给{bank}的碳报告查看授权已到期（{ends_on}），银行不能再查看，没有办完的对接随之结束。需要继续的，请企业重新申请。", "/finance/consents"),
    Kind("consent.revoked", "银行查看授权已撤回", "{enterprise}已撤回给{bank}的碳报告查看授权，立即生效。撤回前已查看的内容由银行依法保管。", "/finance/consents"),
    Kind("consent.read", "银行查看了您的碳报告", "{bank}昨天查看{enterprise}的授权资料 {count} 次。请打开授权记录，核对是谁、看了哪一页。", "/finance/consents"),
    Kind("finance.assigned", "有新的对接企业", "{enterprise}申请{product}并授权查看碳报告，由您办理。请在 {due_on} 前首次联系企业。", "/bank"),
    Kind("finance.waiting", "有对接等待分配", "{enterprise}申请{product}，目前没有可以办理的客户经理。请打开未分配列表指定客户经理。", "/bank"),
    Kind("finance.late", "首次联系已超时", "{enterprise}申请{product}，应在 {due_on} 前首次联系，现在还没有登记。请今天联系；仍未联系的，将转给下一位客户经理。", "/bank"),
    Kind("finance.not_contacted", "银行还没有联系您", "{enterprise}申请的{product}，{bank}应在 {due_on} 前联系，目前还没有登记。平台已提醒银行；仍未联系的，会换一位客户经理。", "/finance"),
    Kind("finance.reassigned", "对接的客户经理有变动", "{enterprise}申请的{product}，{bank}的客户经理现在是：{manager}。原授权若只限原客户经理，新客户经理看不到报告，请打开对接续授权。", "/finance"),
    Kind("finance.moved", "融资对接有进展", "{enterprise}申请的{product}，{bank}登记为：{state_word}。请打开对接查看。", "/finance"),
    Kind("finance.decided", "融资对接有结果", "{enterprise}申请的{product}，{bank}登记的结果是：{state_word}。请打开对接核对；已放款的，请确认已放款。", "/finance"),
    Kind("finance.product_ended", "申请的产品已停办", "{bank}的{product}已停办，{enterprise}已提交的对接继续由银行办理。不再需要的，可以撤回对接，授权同时结束。", "/finance"),
    Kind("finance.withdrawn", "企业撤回了对接", "{enterprise}撤回了{product}的对接，授权同时结束，不能再查看报告。请停止使用有关资料。", "/bank"),
    Kind("finance.confirmed", "企业确认已放款", "{enterprise}确认{product}已放款。不需要您办理。", "/bank"),
    Kind("finance.consent_renewed", "企业更新了授权", "{enterprise}更新了{product}对接的授权，到 {ends_on} 为止。请按新的授权范围查看。", "/bank"),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
