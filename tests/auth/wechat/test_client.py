"""The client under every fault of the fake (F4, W6), its token (W2-W5), its limits (W1) and what it says aloud (P5)."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import auth
from auth.wechat import client, codes
from auth.wechat.client import CALLS, WeChat
from auth.wechat.faces import FaceStart, face_result, face_start
from auth.wechat.faults import WeChatFault, seconds_to_midnight
from auth.wechat.tokens import Tokens, life
from core import clock
from core.clock import utc_now
from core.database import transaction
from core.errors import Problem
from core.postgres import Urls
from tests.auth.people import guest
from tests.auth.wechat.conftest import TEMPLATES
from tests.fakes.wechat import FAULTS, FakeWeChat

OPENID = "o-secret-openid-0001"
Speak = Callable[[FakeWeChat], Awaitable[Any]]


def known(fake: FakeWeChat) -> str:
    """A WeChat that was active just now."""
    fake.seen[OPENID] = fake.now()
    return OPENID


async def _login(fake: FakeWeChat) -> Any:
    return await auth.wechat.ask(fake.mint_login(OPENID))


async def _phone(fake: FakeWeChat) -> Any:
    return await auth.wechat.wechat().call("phone_number", {"code": fake.mint_phone(OPENID, "13800138000")})


async def _send(fake: FakeWeChat) -> Any:
    template = str(TEMPLATES["alarm"]["id"])
    fake.quota[known(fake), template] = 9
    body = {"touser": OPENID, "template_id": template, "data": {"thing1": {"value": "提醒"}}}
    return await auth.wechat.wechat().call("subscribe_send", body, template)


async def _code(fake: FakeWeChat) -> Any:
    return await codes.unlimited_code(codes.new_scene("en"), "pages/home/index")


async def _link(fake: FakeWeChat) -> Any:
    async with guest() as ctx:
        return await auth.wechat.url_link(ctx, "pages/home/index", "a=1", auth.wechat.new_scene("rc"), "test")


async def _face(fake: FakeWeChat) -> Any:
    return await face_start(known(fake), "陈志明", "440106199001010013")


async def _face_result(fake: FakeWeChat) -> Any:
    fake.faces["verify"] = {"out_seq_no": "1", "openid": known(fake), "cert_hash": "h", "at": fake.now()}
    return await face_result(OPENID, FaceStart("verify", "1", "h", 3600))


async def _reset(fake: FakeWeChat) -> Any:
    import base64
    import hashlib
    import hmac

    fake.session_keys[OPENID] = base64.b64encode(b"k" * 16).decode()
    sign = hmac.new(b"k" * 16, b"", hashlib.sha256).hexdigest()
    body = {"openid": OPENID, "signature": sign, "sig_method": "hmac_sha256"}
    return await auth.wechat.wechat().call("reset_session_key", body)


async def _token(fake: FakeWeChat) -> Any:
    return await auth.wechat.wechat().tokens.get()


SPEAK: dict[str, Speak] = {
    "code2session": _login,
    "stable_token": _token,
    "phone_number": _phone,
    "subscribe_send": _send,
    "unlimited_code": _code,
    "url_link": _link,
    "reset_session_key": _reset,
    "face_start": _face,
    "face_result": _face_result,
}
#: What a fault comes to: fine, or the code of the refusal; one-time codes apart (W6).
FINE = "fine"
MAPPING = {
    "timeout": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
    "slow": (FINE, FINE),
    "reset": (FINE, "WX_TRY_AGAIN"),  # repeated and then answered, unless the code was spent
    "502": (FINE, "WX_TRY_AGAIN"),
    "html": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
    "truncated_json": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
    "empty": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
    "wrong_content_type": (FINE, FINE),
    "errcode": (FINE, "WX_TRY_AGAIN"),  # -1, busy
    "dup_response": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
    "huge_body": ("WX_UPSTREAM", "WX_TRY_AGAIN"),
}


def nothing_secret(fake: FakeWeChat, text: str) -> None:
    """No app secret, no token, no code, no openid, no session key."""
    secrets = [fake.secret, OPENID, *fake.tokens, *fake.login_codes, *fake.phone_codes, *fake.session_keys.values()]
    assert not [s for s in secrets if s in text], text
    assert not re.search(r"1[3-9]\d{9}|440106199001010013", text)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("endpoint", SPEAK)
async def test_every_fault_at_every_interface(
    fake: FakeWeChat, wx: WeChat, endpoint: str, fault: str, said: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    """rules F4, W6: 11 faults x 9 interfaces (the tenth, the content check, never fails: below)."""
    caplog.set_level("DEBUG")
    if endpoint != "stable_token":
        await wx.tokens.get()
    fake.script(endpoint, fault)
    expected = MAPPING[fault][1 if CALLS[endpoint].once else 0]
    if endpoint == "unlimited_code" and fault == "dup_response":
        expected = FINE  # a picture and then another one: the first is drawn anew, the rest is dropped
    try:
        answer, code = await SPEAK[endpoint](fake), FINE
    except WeChatFault as problem:
        answer, code = None, problem.code
        assert problem.status in (502, 503) and re.search(r"[\u4e00-\u9fff]", problem.detail)
        nothing_secret(fake, f"{problem} {problem.detail} {problem.extra} {problem.errors}")
    assert code == expected
    if CALLS[endpoint].once:
        assert fake.count(endpoint) == 1, "a one-time code is never sent twice"
    if endpoint == "unlimited_code" and answer:
        assert bytes(answer).startswith(b"\x89PNG") and bytes(answer).count(b"IEND") == 1
    nothing_secret(fake, said.getvalue() + "".join(r.getMessage() for r in caplog.records if not r.name.startswith("sanic")))


@pytest.mark.parametrize("fault", FAULTS)
async def test_unchecked_text_is_held(fake: FakeWeChat, wx: WeChat, fault: str) -> None:
    """rule W16: when WeChat cannot be asked, a person decides; nothing is published silently."""
    known(fake)
    fake.script("text_check", *[fault] * 3)
    expected = "pass" if fault in ("slow", "wrong_content_type") else "review"
    assert await auth.wechat.check_text(OPENID, "comment", "去年天然气用量是多少") == expected


async def test_content_check(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W16: risky is refused; a long text is asked in pieces; who was not active for two hours is held."""
    known(fake)
    fake.words = {"赌博": "risky", "加微信": "review"}
    assert await auth.wechat.check_text(OPENID, "comment", "正常的说明") == "pass"
    assert await auth.wechat.check_text(OPENID, "comment", "请加微信联系") == "review"
    assert await auth.wechat.check_text(OPENID, "forum", "数" * 2499 + "赌博" + "量" * 3000) == "risky"
    assert await auth.wechat.check_text(OPENID, "comment", "数" * 7000) == "pass"
    assert all(len(c["body"]["content"]) <= 2500 for c in fake.calls if c["endpoint"] == "text_check")
    assert await auth.wechat.check_text(None, "comment", "文字") == "review"
    assert await auth.wechat.check_text(OPENID, "comment", "  ") == "pass"
    fake.ahead += 3 * 3600
    wx.tokens._known = None
    async with transaction() as db:
        await db.run("select wx_token_void($1)", wx.appid)
    assert await auth.wechat.check_text(OPENID, "comment", "文字") == "review"


@pytest.mark.parametrize(
    ("errcode", "code", "status"),
    [
        (40029, "WX_CODE_INVALID", 401), (40163, "WX_CODE_INVALID", 401), (41008, "WX_CODE_INVALID", 401), (40226, "WX_USER_RISK", 403),
        (45011, "WX_TOO_OFTEN", 429), (45009, "WX_QUOTA", 503), (40013, "WX_CONFIG", 503), (40125, "WX_CONFIG", 503), (41002, "WX_CONFIG", 503),
        (41004, "WX_CONFIG", 503), (40164, "WX_CONFIG", 503), (48001, "WX_CONFIG", 503), (61007, "WX_CONFIG", 503), (-1, "WX_TRY_AGAIN", 503),
        (99999, "WX_UPSTREAM", 502),
    ],
)  # fmt: skip
async def test_the_table_of_numbers(
    fake: FakeWeChat, wx: WeChat, errcode: int, code: str, status: int, said: io.StringIO
) -> None:
    """rule W6, row by row, at the sign-in; configuration and quota raise an alarm."""
    fake.script("code2session", f"errcode:{errcode}")
    with pytest.raises(WeChatFault) as caught:
        await _login(fake)
    assert (caught.value.code, caught.value.status) == (code, status) and fake.count("code2session") == 1
    assert ("wechat.alarm" in said.getvalue()) == (code in ("WX_CONFIG", "WX_QUOTA"))
    if status == 429:
        assert caught.value.headers["Retry-After"] == "60"


async def test_busy_is_repeated_twice_and_no_more(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W6: -1, 5xx, connection lost: two repeats."""
    fake.script("subscribe_send", "errcode:-1", "502", "ok")
    await _send(fake)
    assert fake.count("subscribe_send") == 3
    fake.script("subscribe_send", "errcode:-1", "reset", "502", "ok")
    with pytest.raises(WeChatFault) as caught:
        await _send(fake)
    assert caught.value.code == "WX_UPSTREAM" and fake.count("subscribe_send") == 6


async def test_nobody_listens(wx: WeChat, fake: FakeWeChat) -> None:
    """A code that was never sent may be tried again by ourselves; then the person is asked to."""
    code = fake.mint_login(OPENID)
    await fake.stop()
    with pytest.raises(WeChatFault) as caught:
        await auth.wechat.ask(code)
    assert caught.value.code == "WX_TRY_AGAIN"


async def test_the_circuit_opens_until_midnight(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W6 45009: this interface rests until 00:00 in Beijing, the others go on."""
    at = utc_now()
    clock.freeze(at)
    fake.script("url_link", "errcode:45009")
    for _ in range(3):
        with pytest.raises(WeChatFault) as caught:
            await _link(fake)
        assert caught.value.code == "WX_QUOTA" and caught.value.extra["retry_after"] == seconds_to_midnight(at)
    assert fake.count("url_link") == 1
    await _send(fake)
    clock.freeze(at + timedelta(seconds=seconds_to_midnight(at) + 1))
    fake.ahead += seconds_to_midnight(at) + 1
    assert (await _link(fake)).startswith("https://")


async def test_a_refused_token_is_replaced_once(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W4: one renewal, one repeat, no loop; a WeChat that hands out what it refuses is not stormed."""
    await _send(fake)
    for stale in (40001, 40014, 42001):
        before = fake.count("subscribe_send")
        fake.revoke()
        fake.script("subscribe_send", f"errcode:{stale}")
        await _send(fake)
        assert fake.count("subscribe_send") == before + 2
    assert fake.count("stable_token") == 4
    fake.script("subscribe_send", *["errcode:40001"] * 400)
    results = await asyncio.gather(*[_send(fake) for _ in range(50)], return_exceptions=True)
    assert {getattr(r, "code", r) for r in results} == {"WX_UPSTREAM"}
    assert fake.count("stable_token") <= 6 and fake.count("subscribe_send") <= 200


def test_life_of_a_token() -> None:
    """rule W2: 300 is a legal value, and never becomes 0."""
    assert [life(n) for n in (7200, 361, 300, 1)] == [6900, 61, 60, 60]


async def test_an_overlap_of_tokens(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W1 of the table: in the last five minutes WeChat hands out a new token and the old one still works."""
    first = await wx.tokens.get()
    fake.ahead += 6950
    clock.freeze(utc_now() + timedelta(seconds=6950))
    second = await wx.tokens.get()
    assert second != first and first in fake.tokens and fake.tokens[first] > fake.now()
    await _send(fake)


async def test_the_token_is_sealed_and_the_secret_nowhere(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    token = await wx.tokens.get()
    row = await migrator.fetchrow("select * from wx_token where appid = $1", fake.appid)
    text = repr(dict(row))
    assert token not in text and fake.secret not in text and row["lease_holder"] is None


async def test_a_dead_holder_of_the_lease_is_waited_for_ten_seconds(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W3: the lease ends by itself."""
    from core.ids import new_id

    now = utc_now()
    async with transaction() as db:
        row = await db.row("select * from wx_token_take($1, null, $2, $3, $4)", wx.appid, new_id(), wx.tokens._row, now)
        assert row is not None and row["outcome"] == "lease"
    waiting = asyncio.create_task(wx.tokens.get())
    await asyncio.sleep(0.3)
    assert not waiting.done() and fake.count("stable_token") == 0
    clock.freeze(now + timedelta(seconds=11))
    assert await waiting and fake.count("stable_token") == 1


async def test_force_refresh_is_counted(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W5: kills the old token, 30 s apart, 20 a day."""
    old, at = await wx.tokens.get(), utc_now()
    clock.freeze(at)
    await wx.tokens.force()
    assert old not in fake.tokens and await wx.tokens.get() != old
    with pytest.raises(Problem) as caught:
        await wx.tokens.force()
    assert caught.value.code == "WX_FORCE_LIMIT" and fake.count("stable_token") == 2
    other = Tokens(fake.appid, wx._fetch_token)
    assert await other.get() == await wx.tokens.get(), "other processes see the new one"


SENDERS = """
import asyncio, json, sys
from core.database import close_database, open_database
from auth.wechat.client import WeChat
async def main():
    url, base, appid, secret, redis, template = sys.argv[1:7]
    await open_database(url, ["core.models"], minsize=1, maxsize=4)
    client = WeChat(base, appid, secret, redis_url=redis)
    body = {"touser": "o-many", "template_id": template, "data": {"thing1": {"value": "x"}}}
    for round in ("warm", "revoked"):
        print("ready", flush=True)
        sys.stdin.readline()
        found = await asyncio.gather(*[client.call("subscribe_send", body) for _ in range(100)], return_exceptions=True)
        print(json.dumps({"ok": sum(isinstance(r, dict) for r in found), "bad": sorted({repr(r) for r in found if not isinstance(r, dict)})}), flush=True)
    await client.close()
    await close_database()
asyncio.run(main())
"""


async def _two_processes(fake: FakeWeChat, urls: Urls, redis_url: str) -> None:
    import sys

    template = str(TEMPLATES["alarm"]["id"])
    fake.seen["o-many"] = fake.now()
    fake.quota["o-many", template] = 10_000
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", SENDERS, urls.app, fake.url, fake.appid, fake.secret, redis_url, template,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        for _ in range(2)
    ]
    for fetches in (1, 2):
        for child in children:
            assert child.stdout is not None and (await child.stdout.readline()) == b"ready\n"
        if fetches == 2:
            fake.revoke()
        for child in children:
            assert child.stdin is not None
            child.stdin.write(b"go\n")
        for child in children:
            assert child.stdout is not None
            assert json.loads(await child.stdout.readline()) == {"ok": 100, "bad": []}
        assert fake.count("stable_token") == fetches
    for child in children:
        assert await child.wait() == 0
    assert len(fake.sent) == 400


async def test_revoked_under_two_hundred_sends_postgresql(fake: FakeWeChat, urls: Urls, database: str) -> None:
    """rule W3: 2 processes x 100 sends after the token died: exactly one stable_token, no failed send; the shared place is PostgreSQL."""
    await _two_processes(fake, urls, "")


async def test_revoked_under_two_hundred_sends_redis(fake: FakeWeChat, urls: Urls, database: str) -> None:
    """The same with Redis over a socket (W2, W3)."""
    import threading

    from fakeredis import TcpFakeServer

    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        await _two_processes(fake, urls, f"redis://127.0.0.1:{server.server_address[1]}/0")
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


async def test_redis_away_is_no_reason_to_stop(fake: FakeWeChat, wx: WeChat) -> None:
    """rule R5: Redis helps, PostgreSQL decides."""
    made = WeChat(fake.url, fake.appid, fake.secret, redis_url="redis://127.0.0.1:1/0", total=5)
    assert await made.tokens.get() in fake.tokens
    await made.close()


async def test_callers_with_a_transaction_are_few(fake: FakeWeChat, wx: WeChat) -> None:
    """A slow WeChat does not take the pool: the fifth that would wait inside a transaction is told to come again."""
    await wx.tokens.get()
    fake.script("unlimited_code", *["slow:300"] * 4)
    results = await asyncio.gather(*[_code(fake) for _ in range(6)], return_exceptions=True)
    assert sorted(getattr(r, "code", FINE) for r in results) == ["BUSY"] * 2 + [FINE] * 4


async def test_links_are_for_one_recipient(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W17: the same recipient keeps his link, another one gets his own; 30 days."""
    async with guest() as ctx:
        first = await auth.wechat.url_link(ctx, "pages/home/index", "m=1", "person-1", "due")
        again = await auth.wechat.url_link(ctx, "/pages/home/index", "m=1", "person-1", "due")
        other = await auth.wechat.url_link(ctx, "pages/home/index", "m=1", "person-2", "due")
    assert first == again != other and fake.count("url_link") == 2
    assert {c["body"]["expire_interval"] for c in fake.calls if c["endpoint"] == "url_link"} == {30}


def test_scenes_hold_no_data() -> None:
    """rule W15: two letters and 16 random bytes, within 32 characters that WeChat takes."""
    made = {codes.new_scene("en") for _ in range(1000)}
    assert len(made) == 1000 and all(codes.SCENE.fullmatch(s) and len(s) == 24 for s in made)


async def test_faces(fake: FakeWeChat, wx: WeChat) -> None:
    """Pass only for errcode 0 and 10000; a swapped person, number or openid is none."""
    openid = known(fake)
    started = await face_start(openid, "陈志明", "440106199001010013")
    assert (await face_result(openid, started)).passed
    for other in (replace(started, out_seq_no="x"), replace(started, cert_hash="x")):
        assert not (await face_result(openid, other)).passed
    assert not (await face_result("o-other", started)).passed
    fake.face_answers[openid] = 10004
    assert (await face_result(openid, started)).number == 10004


def test_only_https_outside_of_this_machine() -> None:
    """rule W1."""
    with pytest.raises(ValueError, match="https"):
        WeChat("http://api.example.cn", "wx1", "s")
    WeChat("https://api.weixin.qq.com", "wx1", "s")


def test_not_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    client.use(None)
    with pytest.raises(WeChatFault) as caught:
        client.wechat()
    assert (caught.value.code, caught.value.status) == ("WX_NOT_SET_UP", 409)


