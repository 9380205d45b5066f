"""WeChat's content check (W16) for free text that other organisations will read. What is not known to be good is held, never published."""

from auth.wechat.client import configured, wechat
from auth.wechat.faults import WeChatFault
from core import logs
from core.errors import Problem

SCENES = {"profile": 1, "comment": 2, "forum": 3, "social": 4}
PIECE = 2500
PASS, RISKY, REVIEW = "pass", "risky", "review"


async def check_text(openid: str | None, scene: str, text: str) -> str:
    """``pass``, ``risky`` (refuse it) or ``review`` (a person decides: also when WeChat cannot be asked, W16).

    ``scene``: profile, comment, forum or social. A long text is asked in pieces; the worst answer counts. Never raises for WeChat's
    sake.
    """
    number = SCENES[scene]
    if not text.strip():
        return PASS
    if not openid or not configured():
        return REVIEW
    worst = PASS
    for start in range(0, len(text), PIECE - 100):  # pieces overlap: a word on the border is seen whole once
        found = await _ask(openid, number, text[start : start + PIECE])
        if found == RISKY:
            return RISKY
        worst = REVIEW if REVIEW in (worst, found) else PASS
        if start + PIECE >= len(text):
            break
    return worst


async def _ask(openid: str, scene: int, piece: str) -> str:
    body = {"version": 2, "scene": scene, "openid": openid, "content": piece}
    try:
        async with wechat().held() as client:
            answer = await client.call("text_check", body)
    except WeChatFault as fault:
        logs.note("wechat.text_unchecked", errcode=fault.errcode)
        return REVIEW
    except Problem as problem:
        logs.note("wechat.text_unchecked", code=problem.code)
        return REVIEW
    result = answer.get("result")
    suggest = result.get("suggest") if isinstance(result, dict) else None
    return str(suggest) if suggest in (PASS, RISKY) else REVIEW
