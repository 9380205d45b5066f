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
    Kind(
        "application.waiting",
        "有申请临近办理期限",
        "申请 {number} 已等待 {days} 个工作日，{due_words}前须办结。请打开申请队列办理。",
        "/ops/applications",
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
