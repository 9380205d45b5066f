"""The same read-only questions to the real WeChat as to the fake (F7): ``make wx-live-check``.

Skipped without WX_APPID and WX_SECRET; never part of the tests of a build. Asks with made-up codes and people only, sends nothing, costs
nothing; one unlimited code is drawn and thrown away.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from auth.wechat.client import WeChat
from auth.wechat.codes import new_scene
from auth.wechat.faces import cert_hash
from auth.wechat.faults import WeChatFault
from auth.wechat.tokens import Token, Tokens, life
from core.clock import utc_now

NOBODY = "o" + "0" * 27
Ask = Callable[[WeChat], Awaitable[Any]]


class OwnTokens(Tokens):
    """A token for this check alone: no database is asked. stable_token hands out the one that is in force, and kills none."""

    async def _shared(self, refused: str | None) -> Token:
        token, expires = await self._fetch(False)
        return Token(token, utc_now() + timedelta(seconds=life(expires)))


def alone(base: str, appid: str, secret: str) -> WeChat:
    """The product's client without the shared place."""
    made = WeChat(base, appid, secret)
    made.tokens = OwnTokens(appid, made._fetch_token)
    return made


#: What is asked, and the numbers that are a right answer (0: fine).
CHECKS: tuple[tuple[str, Ask, frozenset[int]], ...] = (
    ("stable_token", lambda wx: wx.tokens.get(), frozenset({0})),
    ("code2session, made-up code", lambda wx: wx.session_of("0" * 32), frozenset({40029})),
    ("phone number, made-up code", lambda wx: wx.call("phone_number", {"code": "0" * 64}), frozenset({40029})),
    (
        "subscribe send to nobody",
        lambda wx: wx.call("subscribe_send", {"touser": NOBODY, "template_id": "x", "data": {}}),
        frozenset({40003, 40037}),
    ),
    (
        "content check for nobody",
        lambda wx: wx.call("text_check", {"version": 2, "scene": 2, "openid": NOBODY, "content": "你好"}),
        frozenset({40003, 61010}),
    ),
    (
        "unlimited code",
        lambda wx: wx.picture("unlimited_code", {"scene": new_scene("lc"), "page": "pages/home/index", "check_path": False, "width": 280}),
        frozenset({0}),
    ),
    (
        "unlimited code, bad page",
        lambda wx: wx.picture("unlimited_code", {"scene": new_scene("lc"), "page": "/pages/home/index?x=1", "width": 280}),
        frozenset({41030, 40097, 40165}),
    ),
    (
        "face result, made-up session",
        lambda wx: wx.call("face_result", {"verify_id": "x", "out_seq_no": "x", "cert_hash": cert_hash("张三", "1"), "openid": NOBODY}),
        frozenset({40097, 40003, 48001, 61007}),
    ),
)  # fmt: skip


async def check(wx: WeChat) -> list[str]:
    """Ask everything; the lines of what was not answered as expected."""
    faults = []
    for name, ask, expected in CHECKS:
        try:
            await ask(wx)
            found = 0
        except WeChatFault as fault:
            found = fault.errcode
        good = found in expected
        print(f"  {'ok ' if good else 'BAD'} {name}: {found}", flush=True)
        faults += [] if good else [f"{name}: {found}, expected one of {sorted(expected)}"]
    await wx.close()
    return faults


def main() -> int:
    """0 when all is well or there is nothing to check with."""
    appid, secret = os.environ.get("WX_APPID", ""), os.environ.get("WX_SECRET", "")
    if not appid or not secret:
        print("skipped: WX_APPID and WX_SECRET are not in the environment")
        return 0
    base = os.environ.get("WX_API_BASE", "https://api.weixin.qq.com")
    print(f"WeChat at {base}")
    return 1 if asyncio.run(check(alone(base, appid, secret))) else 0


if __name__ == "__main__":
    sys.exit(main())
