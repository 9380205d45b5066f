"""What WeChat's error numbers mean to us: the table of W6 in one place.

A :class:`WeChatFault` is a Problem: where nobody catches it, the person gets the sentence and the next step that belong to it.
``errmsg`` is never passed on (it may quote the request); the number and the interface go to the log.
"""

from datetime import datetime, timedelta

from core import logs
from core.clock import BEIJING
from core.errors import Problem

#: The token is refused: get another one, repeat once (W4).
STALE = frozenset({40001, 40014, 42001})
CODE_SPENT = frozenset({40029, 40163, 41008})
CONFIGURATION = frozenset({40013, 40125, 41002, 41004, 40164, 48001, 61007})
PERMANENT = frozenset({47003, 40037, 41030})
RISKY, TOO_OFTEN, QUOTA, REFUSED, BUSY = 40226, 45011, 45009, 43101, -1
#: Not a number of WeChat's: the answer did not come, or was none.
NO_ANSWER, NONSENSE, CLOSED = -1000, -1001, -1002

OTHER_WAYS = "请改用短信验证码或账号密码登录。"


class WeChatFault(Problem):
    """A call of WeChat that came to nothing. ``errcode``: WeChat's number, or one of ours below -999."""

    def __init__(
        self, code: str, detail: str, status: int, errcode: int, retry_after: int | None = None, hint: str = ""
    ) -> None:
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        super().__init__(code, detail, status=status, extra={"retry_after": retry_after} if retry_after else {}, headers=headers)
        self.errcode = errcode
        self.hint = hint

    @property
    def permanent(self) -> bool:
        """The same call will fail for ever: a field, a template or a page is wrong."""
        return self.errcode in PERMANENT

    @property
    def refused_by_person(self) -> bool:
        """43101: not an error; the person allows no more messages of this template."""
        return self.errcode == REFUSED


def fault_of(errcode: int, interface: str, *, single_use: bool, now: datetime, hint: str = "") -> WeChatFault:
    """The refusal that an error number means. ``single_use``: the call spent a one-time code and may not be repeated."""
    if errcode in CODE_SPENT:
        return WeChatFault("WX_CODE_INVALID", "微信登录信息已失效，请再点一次；仍不行时，" + OTHER_WAYS, 401, errcode)
    if errcode == RISKY:
        logs.warn("wechat.risk_user", interface=interface)
        return WeChatFault("WX_USER_RISK", "微信提示该微信号存在风险，暂不能用微信登录，请改用短信验证码或刷脸登录。", 403, errcode)
    if errcode == TOO_OFTEN:
        return WeChatFault("WX_TOO_OFTEN", "微信登录太频繁，请一分钟后再试，或改用短信验证码登录。", 429, errcode, 60)
    if errcode in (QUOTA, CLOSED):
        if errcode == QUOTA:
            alarm(interface, errcode)
        left = seconds_to_midnight(now)
        return WeChatFault("WX_QUOTA", "微信这项服务今天的次数已用完，明天恢复，" + OTHER_WAYS, 503, errcode, left)
    if errcode in CONFIGURATION:
        alarm(interface, errcode)
        return WeChatFault("WX_CONFIG", "微信服务的配置有误，已通知运营方，" + OTHER_WAYS, 503, errcode, 600)
    if errcode in PERMANENT:
        alarm(interface, errcode, hint)
        return WeChatFault("WX_CONTENT", "微信不接受这项内容（模板、字段或页面），请运营方核对小程序配置。", 502, errcode, hint=hint)
    if errcode == REFUSED:
        return WeChatFault("WX_REFUSED", "对方没有订阅这类微信提醒。", 409, errcode)
    logs.warn("wechat.failed", interface=interface, errcode=errcode)
    if single_use and errcode in (BUSY, NO_ANSWER, NONSENSE):
        return WeChatFault("WX_TRY_AGAIN", "微信暂时没有响应，这次的登录信息已作废，请再点一次，或改用短信验证码登录。", 503, errcode, 2)
    return WeChatFault("WX_UPSTREAM", "微信服务暂时没有响应，填写内容没有丢，请稍后再试，或换一种方式办理。", 502, errcode)


def not_configured() -> WeChatFault:
    """No mini-program is set up in this install: no fault that passes, so not 503."""
    return WeChatFault("WX_NOT_SET_UP", "这里还没有接入微信小程序，" + OTHER_WAYS, 409, NO_ANSWER)


def alarm(interface: str, errcode: int, hint: str = "") -> None:
    """A line that operations watch for (docs/operations.md)."""
    logs.warn("wechat.alarm", interface=interface, errcode=errcode, hint=hint)


def seconds_to_midnight(now: datetime) -> int:
    """Until 00:00 in Beijing, when WeChat's daily counts begin anew."""
    local = now.astimezone(BEIJING)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - local).total_seconds()))
