"""Message push (rules W20-W24, F5): only WeChat, once, at once, and never a 500."""

import asyncio
import random
import time
from typing import Any

import pytest

import auth
from auth.wechat import callbacks, messages
from auth.wechat.client import WeChat
from core.clock import utc_now
from core.errors import Problem
from core.ids import new_id
from tests.auth.people import guest, refusal
from tests.auth.wechat.conftest import TEMPLATES
from tests.fakes.wechat import FakeWeChat

DUE = str(TEMPLATES["due"]["id"])


def popup(openid: str, at: int, status: str = "accept", template: str = DUE, event: str = "subscribe_msg_popup_event") -> str:
    inner = "SubscribeMsgPopupEvent" if event == "subscribe_msg_popup_event" else "SubscribeMsgChangeEvent"
    return (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event><{inner}><List><TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{status}]]></SubscribeStatusString><PopupScene>0</PopupScene></List></{inner}></xml>"
    )


def sent(openid: str, at: int, message: str, errcode: str = "0") -> str:
    return (
        f"<xml><FromUserName>{openid}</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>"
        f"<SubscribeMsgSentEvent><List><TemplateId>{DUE}</TemplateId><MsgID>{message}</MsgID><ErrorCode>{errcode}</ErrorCode>"
        "<ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent></xml>"
    )


async def receive(fake: FakeWeChat, message: str, at: int | None = None, **change: str) -> None:
    query, body = fake.envelope(message, at)
    query |= change
    await callbacks.receive(body, query["msg_signature"], query["timestamp"], query["nonce"])
    await callbacks.settle()


async def left(openid: str) -> int:
    async with guest() as ctx:
        return await auth.wechat.quota(ctx, openid, "due")


async def stored(migrator: Any) -> int:
    return int(await migrator.fetchval("select count(*) from wx_push"))


@pytest.fixture
def openid() -> str:
    return f"o{new_id().hex[-24:]}"


def test_the_address_is_checked(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W20: the echo comes back unchanged, to WeChat only."""
    query, _ = fake.envelope("")
    assert callbacks.greet(query["signature"], query["timestamp"], query["nonce"], "4375120948345356249") == "4375120948345356249"
    with pytest.raises(Problem) as caught:
        callbacks.greet(query["msg_signature"], query["timestamp"], query["nonce"], "x")
    assert caught.value.status == 403


async def test_duplicates_count_once(fake: FakeWeChat, wx: WeChat, migrator: Any, openid: str) -> None:
    """rule W22: each duplicate is encrypted anew and means the same."""
    at, before = int(utc_now().timestamp()), await stored(migrator)
    for _ in range(5):
        await receive(fake, popup(openid, at))
    assert await left(openid) == 1 and await stored(migrator) == before + 1


async def test_any_order(fake: FakeWeChat, wx: WeChat, openid: str) -> None:
    """rule F5: pushes that overtake each other come to the same."""
    at = int(utc_now().timestamp())
    pushes = [popup(openid, at - 200 * n) for n in range(4)] * 2
    random.Random(3).shuffle(pushes)
    await asyncio.gather(*[receive(fake, p) for p in pushes])
    assert await left(openid) == 4


async def test_reports_of_one_second_are_told_apart(fake: FakeWeChat, wx: WeChat, migrator: Any, openid: str) -> None:
    """Sender, time and event are the same; the message's own number is not."""
    at, before = int(utc_now().timestamp()), await stored(migrator)
    for message in ("1", "2", "1"):
        await receive(fake, sent(openid, at, message))
    assert await stored(migrator) == before + 2


async def test_switched_off_leaves_nothing(fake: FakeWeChat, wx: WeChat, openid: str) -> None:
    at = int(utc_now().timestamp())
    await receive(fake, popup(openid, at))
    await receive(fake, popup(openid, at + 1, "reject", event="subscribe_msg_change_event"))
    assert await left(openid) == 0
    await receive(fake, popup(openid, at + 200))
    await receive(fake, sent(openid, at + 201, "9", "43101"))
    assert await left(openid) == 0


async def test_bad_signatures_and_old_times(fake: FakeWeChat, wx: WeChat, migrator: Any, openid: str) -> None:
    """rules W20, W22: nothing is stored."""
    now, before = int(utc_now().timestamp()), await stored(migrator)
    message = popup(openid, now)
    for change in ({"msg_signature": "0" * 40}, {"msg_signature": ""}, {"timestamp": str(now - 1)}, {"nonce": "other"}, {"timestamp": "x"}, {"timestamp": "9" * 40}):
        assert (await refusal(receive(fake, message, now, **change))).status == 403
    for old in (now - 700, now + 700):
        assert (await refusal(receive(fake, message, old))).status == 403
    assert await stored(migrator) == before and await left(openid) == 0


async def test_plain_broken_and_large_bodies(fake: FakeWeChat, wx: WeChat, migrator: Any) -> None:
    """rules W20 (safe mode only), W22 (64 KiB), E6 (no entities)."""
    before, stamp = await stored(migrator), str(int(utc_now().timestamp()))
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>'
    for body, status in (
        (b"<xml><FromUserName>o</FromUserName></xml>", 403), (b"", 400), (b"not xml", 400), (b"<a/>", 400), (b"<xml/>", 400), (b"\xff\xfe\x00", 400),
        (bomb.encode(), 400), (b"{}", 400), (b"<xml><Encrypt><a/></Encrypt></xml>", 403), (b"x" * 65_537, 413),
    ):  # fmt: skip
        assert (await refusal(callbacks.receive(body, "0" * 40, stamp, "1"))).status == status, body[:40]
    for inner in ("", "no xml", "<xml></xml>", "<xml><A>1</A></xml>", "<a><FromUserName>o</FromUserName></a>"):
        assert (await refusal(receive(fake, inner))).status == 400
    query, body = fake.envelope(popup("o", int(stamp)) + " " * 66_000)
    assert (await refusal(callbacks.receive(body, query["msg_signature"], query["timestamp"], query["nonce"]))).status == 413
    assert await stored(migrator) == before


async def test_another_mini_programs_push(fake: FakeWeChat, wx: WeChat) -> None:
    """rule W21: signed with our token, meant for another appid."""
    ours, fake.appid = fake.appid, "wx0000000000000000"
    try:
        assert (await refusal(receive(fake, popup("o", int(utc_now().timestamp()))))).status == 403
    finally:
        fake.appid = ours


async def test_unknown_events_are_kept(fake: FakeWeChat, wx: WeChat, migrator: Any, openid: str) -> None:
    """rule W24: stored, acknowledged, never a fault; the body is sealed."""
    at = int(utc_now().timestamp())
    strange = f"<xml><FromUserName>{openid}</FromUserName><CreateTime>{at}</CreateTime><Event>wxa_media_check</Event><B><C>1</C><C/></B></xml>"
    text = f"<xml><FromUserName>{openid}</FromUserName><CreateTime>{at}</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>77{at}</MsgId></xml>"
    broken = popup(openid, at).replace(str(at), "soon", 1).replace("<List>", "<List><List>1</List></List><List>")
    for message in (strange, text, broken):
        await receive(fake, message)
    rows = await migrator.fetch("select event, state, body_sealed from wx_push order by received_at desc limit 3")
    assert {(r["event"], r["state"]) for r in rows} == {("wxa_media_check", "unknown"), ("text", "unknown"), ("subscribe_msg_popup_event", "done")}
    assert all(openid.encode() not in r["body_sealed"] for r in rows)


async def test_what_fails_comes_again_and_ends(fake: FakeWeChat, wx: WeChat, migrator: Any, openid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """rule W23: answered all the same; the schedule takes it up, five times at most."""
    from auth.schedules import work_off_pushes
    from core.database import transaction

    async def fail(*_: Any) -> None:
        raise RuntimeError("not now")

    await migrator.execute("update wx_push set state = 'done' where state = 'stored'")
    with monkeypatch.context() as patch:
        patch.setitem(callbacks.HANDLERS, "subscribe_msg_popup_event", fail)
        await receive(fake, popup(openid, int(utc_now().timestamp())))
    assert await left(openid) == 0
    async with transaction() as db:
        await work_off_pushes(db)
    assert await left(openid) == 1
    with monkeypatch.context() as patch:
        patch.setitem(callbacks.HANDLERS, "subscribe_msg_popup_event", fail)
        await receive(fake, popup(openid, int(utc_now().timestamp()) + 5))
        for _ in range(6):
            await callbacks.work_off()
    assert await migrator.fetchval("select state from wx_push order by received_at desc limit 1") == "failed"


async def test_within_a_second(fake: FakeWeChat, wx: WeChat, openid: str) -> None:
    """rule W23: nothing but verifying and storing stands before the answer."""
    began = time.perf_counter()
    query, body = fake.envelope(popup(openid, int(utc_now().timestamp())))
    await callbacks.receive(body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert time.perf_counter() - began < 1.0


async def test_no_push_set_up(wx: WeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(callbacks, "settings", replace(messages.settings, wx_callback_token=""))
    assert (await refusal(callbacks.receive(b"", "", "", ""))).status == 404
