"""A WeChat over a real socket for each test, and the product's own client that speaks to it."""

import io
import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from auth.wechat import binding, callbacks, client, messages
from auth.wechat.client import WeChat
from core import logs
from tests.fakes.sms import SmsGateway
from tests.fakes.wechat import FakeWeChat

TEMPLATES = {
    "due": {"id": "TMPL-due-0000000001", "kind": "once", "title": "填报到期提醒", "fields": {"firm": "thing1", "month": "thing2", "day": "date3"}},
    "alarm": {"id": "TMPL-alarm-00000002", "kind": "long", "title": "告警", "fields": {"text": "thing1"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Every line this process logs during the test, at DEBUG; libraries too."""
    out = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", out)
        logs.configure("DEBUG")
    yield out
    logs.configure("INFO")


def filled(fake: FakeWeChat) -> FakeWeChat:
    """The templates as WeChat knows them."""
    fake.templates = {str(t["id"]): list(t["fields"].values()) for t in TEMPLATES.values()}  # type: ignore[attr-defined]
    return fake


@pytest.fixture
async def fake() -> AsyncIterator[FakeWeChat]:
    """A fresh WeChat of its own appid, so that no token of another test is known."""
    from secrets import token_hex

    running = await filled(FakeWeChat(appid=f"wx{token_hex(8)}", hold=3.0)).start()
    yield running
    await running.stop()


@pytest.fixture
async def wx(fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WeChat]:
    """The product's client, told of the fake, with short waits; templates and push secrets in the settings."""
    told = replace(
        messages.settings,
        wx_api_base=fake.url,
        wx_appid=fake.appid,
        wx_secret=fake.secret,
        wx_templates=json.dumps(TEMPLATES),
        wx_callback_token=fake.push_token,
        wx_encoding_aes_key=fake.aes_key,
    )
    for module in (messages, callbacks, client):
        monkeypatch.setattr(module, "settings", told)
    made = WeChat(fake.url, fake.appid, fake.secret, total=1.5, pause=(0.0, 0.01))
    client.use(made)
    yield made
    await callbacks.settle()
    client.use(None)
    await made.close()


@pytest.fixture
async def sms(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmsGateway]:
    """A gateway that the product is told to use."""
    from auth import sms as room

    running = await SmsGateway().start()
    told = replace(room.settings, sms_gateway_url=running.url, sms_gateway_key=running.key)
    monkeypatch.setattr(room, "settings", told)
    monkeypatch.setattr(binding, "settings", told)
    yield running
    await running.stop()
