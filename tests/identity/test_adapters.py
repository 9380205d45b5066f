"""Adapters and configuration (V2, V4): WeChat's own against the fake WeChat, RSA callbacks, renamed fields, what is refused at start; the command line."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth import wechat
from auth.identity_providers import Hint, ProviderDown, read_provider
from auth.identity_providers.port import CallbackRefused, Failed, Session, VerifiedPerson
from auth.identity_providers.signatures import message
from auth.identity_providers.wechat import WeChatFace
from bench.process import environment
from core import postgres
from core.clock import utc_now
from core.settings import check, settings
from tests.fakes.idp import FaceProvider
from tests.fakes.wechat import FakeWeChat
from tests.identity.people import HEADINGS, Legal

KEYS = {"k1": {"alg": "hmac-sha256", "secret": "sixteen-bytes-at-least"}}
ENTRY = {"code": "yxq", "name": "粤信签", "base": "https://idp.example.cn", "app_id": "a", "sign_with": "k1", "keys": KEYS}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"code": "wechat"}, "code"), ({"code": "a/b"}, "code"), ({"base": "http://idp.example.cn"}, "https"), ({"sign_with": "k2"}, "sign_with"),
        ({"keys": {"k1": {"alg": "sm2"}}}, "alg"), ({"keys": {"k1": {"alg": "hmac-sha256", "secret": "short"}}}, "16 bytes"),
        ({"id_types": ["driver"]}, "id_types"), ({"result": "trust me"}, "result"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_says_what(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        read_provider({**ENTRY, **changes})


def test_production_refuses_the_fake() -> None:
    good = replace(settings, mode="production", secret_key="x" * 40, public_url="https://a.cn", identity_providers=json.dumps([ENTRY]))
    assert not [f for f in check(good) if "IDENTITY" in f]
    for text in (json.dumps([{**ENTRY, "base": "http://127.0.0.1:9"}]), "{", '{"a": 1}'):
        assert [f for f in check(replace(good, identity_providers=text)) if f.startswith("IDENTITY_PROVIDERS")], text


def test_rsa_callbacks_with_two_live_keys() -> None:
    """rule V4."""
    privates = {k: rsa.generate_private_key(public_exponent=65537, key_size=2048) for k in ("old", "new")}
    public = {
        k: {"alg": "rsa-sha256", "public_key": p.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}
        for k, p in privates.items()
    }
    provider = read_provider({**ENTRY, "keys": {**KEYS, **public}})
    now = utc_now()
    stamp, body = str(int(now.timestamp())), b'{"out_seq_no": "n1", "openid": "o"}'
    for key, private in privates.items():
        mac = private.sign(message(stamp, "nonce-0001", body), padding.PKCS1v15(), SHA256()).hex()
        headers = {"x-key-id": key, "x-timestamp": stamp, "x-nonce": "nonce-0001", "x-signature": mac}
        assert provider.verify_callback(headers, body, now).out_seq_no == "n1"
        for wrong in ({"x-key-id": "new" if key == "old" else "old"}, {"x-nonce": "nonce-0002"}, {"x-signature": "00"}, {"x-signature": ""}):
            with pytest.raises(CallbackRefused):
                provider.verify_callback(headers | wrong, body, now)


def session(number: str = "440106199001010013", ref: str = "") -> Session:
    return Session("n1", "s", "nonce", "", Hint("张三", "resident_id", number), "https://a.cn/m/", "http://127.0.0.1:1/", ref)


async def test_fields_are_renamed_by_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    read = {"url": "data.verifyUrl", "ref": "data.token", "state": "data.status", "out_seq_no": "data.bizNo"}
    provider = read_provider({**ENTRY, "send": {"out_seq_no": "bizNo", "id_no": "certNo"}, "read": read, "passed": ["1"], "pending": ["0"]})

    async def ask(self: Any, what: str, facts: dict[str, Any]) -> dict[str, Any]:
        sent.update({provider.send.get(k, k): v for k, v in facts.items()})
        return {"data": {"verifyUrl": "https://idp.example.cn/x", "token": "t1", "status": "1", "bizNo": "n1"}}

    monkeypatch.setattr(type(provider), "_ask", ask)
    started = await provider.start(session())
    assert (started.payload, started.ref, sent["bizNo"], sent["certNo"]) == ({"url": "https://idp.example.cn/x"}, "t1", "n1", "440106199001010013")
    assert isinstance(await provider.fetch_result(session(ref="t1"), utc_now()), VerifiedPerson)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://elsewhere.cn/x", "data:text/html,x", 5])
async def test_an_odd_address_is_no_address(monkeypatch: pytest.MonkeyPatch, url: Any) -> None:
    provider = read_provider(ENTRY)

    async def ask(self: Any, what: str, facts: dict[str, Any]) -> dict[str, Any]:
        return {"url": url, "ref": "r"}

    monkeypatch.setattr(type(provider), "_ask", ask)
    with pytest.raises(ProviderDown):
        await provider.start(session())


async def test_result_of_another_session_is_none() -> None:
    """rule V10: swapped out_seq_no."""
    fake = await FaceProvider(automatic=True).start()
    try:
        provider = read_provider(fake.entry())
        started = await provider.start(session())
        assert isinstance(await provider.fetch_result(session(ref=started.ref), datetime.now(UTC)), VerifiedPerson)
        fake.sessions[started.ref]["out_seq_no"] = "n2"
        with pytest.raises(ProviderDown):
            await provider.fetch_result(session(ref=started.ref), datetime.now(UTC))
    finally:
        await fake.stop()


async def test_wechats_own(database: str) -> None:
    """rule W15: getVerifyId, then the server asks; 10000 alone passes."""
    fake = await FakeWeChat(appid="wxface000000000001").start()
    wechat.use(wechat.WeChat(fake.url, fake.appid, fake.secret))
    try:
        openid = str((await wechat.ask(fake.mint_login("o-zhangsan")))["openid"])
        provider, begun = WeChatFace(), replace(session(), openid=openid)
        started = await provider.start(begun)
        assert started.kind == "miniprogram" and started.payload == {"verify_id": started.ref}
        asked = replace(begun, ref=started.ref)
        assert isinstance(await provider.fetch_result(asked, utc_now()), VerifiedPerson)
        fake.face_answers[openid] = 10004
        assert isinstance(await provider.fetch_result(asked, utc_now()), Failed)
        other = replace(asked, hint=Hint("张三", "resident_id", "650203198812121236"))  # another document under the same id
        fake.face_answers.clear()
        assert isinstance(await provider.fetch_result(other, utc_now()), Failed)
    finally:
        wechat.use(None)
        await fake.stop()


def test_the_command_line(urls: postgres.Urls, tmp_path: Any) -> None:
    rows = [HEADINGS, Legal().cells(), Legal(status="不知道").cells()]
    file = tmp_path / "registry.csv"
    file.write_text("\n".join(",".join(r) for r in rows), "utf-8-sig")
    env = environment(urls, settings.var_dir, 1)
    command = [sys.executable, "server.py", "import-registry", str(file)]
    for words in ("新增 1，更新 0", "新增 0，更新 0"):
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=60, check=False)
        assert done.returncode == 0 and words in done.stdout and "第 3 行 登记状态" in done.stdout, done.stdout + done.stderr
    file.write_text("a,b")
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=60, check=False)
    assert done.returncode == 1 and "没有找到列" in done.stderr
