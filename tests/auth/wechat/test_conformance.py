"""Official vectors, wechatpy as the oracle of our crypto and as a second client of the fake (rules F6, W9, W10, W20, W21)."""

import asyncio
import base64
import os
import random
import string
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import InvalidAppIdException

from auth.wechat.crypto import Forged, PushCrypto, open_user_data, raw_data_signature, signature
from auth.wechat.faces import cert_hash
from tests.fakes.wechat import FakeWeChat, encrypt_push

APPID = "wx4f4bc4dec97d474b"
USER_KEY = "tiihtNczf5v6AKRyjwEUhQ=="
USER_IV = "r7BXXKkLb8qrSNn05n0qiA=="
USER_DATA = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ"
    "142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTI"
    "F9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4D"
    "nNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAG"
    "Gwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
)
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
RAW = (
    '{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":'
    '"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}'
)


@pytest.mark.parametrize(
    ("timestamp", "nonce", "expected"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ],
)
def test_signature_vectors(timestamp: str, nonce: str, expected: str) -> None:
    assert signature(("AAAAA", timestamp, nonce)) == expected


def test_raw_data_vector() -> None:
    assert raw_data_signature(RAW, "HyVFkGl5F5OQWJZZaNzBBg==") == "75e81ceda165f4ffa64f4068af58c64b8f54b88c"


def test_cert_hash_vector() -> None:
    assert cert_hash("张三", "310101199801011234") == "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"


def test_user_data_vector_and_its_checks() -> None:
    """rule W9: the public sample opens; another appid, another openid, its age and one changed character are refused."""
    found = open_user_data(USER_DATA, USER_IV, USER_KEY, APPID, None)
    assert found["openId"] == "oGZUI0egBJY1zhBYw2KhdUfwVJJE" and found["nickName"] == "Band"
    assert found == WeChatWxaCrypto(USER_KEY, USER_IV, APPID).decrypt_message(USER_DATA)
    stamp = datetime.fromtimestamp(found["watermark"]["timestamp"], UTC)
    assert open_user_data(USER_DATA, USER_IV, USER_KEY, APPID, stamp, found["openId"]) == found
    bad: list[tuple[str, dict[str, Any]]] = [
        ("appid", {"appid": "wx0000000000000000", "now": None}),
        ("time", {"appid": APPID, "now": datetime.now(UTC)}),
        ("openid", {"appid": APPID, "now": None, "openid": "somebody else"}),
    ]
    for why, change in bad:
        with pytest.raises(Forged, match=why):
            open_user_data(USER_DATA, USER_IV, USER_KEY, **change)
    for broken in ("", "====", "abc", base64.b64encode(os.urandom(32)).decode(), "好", USER_DATA[:-4]):
        with pytest.raises(Forged):
            open_user_data(broken, USER_IV, USER_KEY, APPID, None)


def random_message(dice: random.Random) -> str:
    alphabet = string.printable + "碳效企业能源😀　\u200b&<>]]"
    return "".join(dice.choice(alphabet) for _ in range(dice.randrange(0, 400)))


def test_a_thousand_messages_both_ways() -> None:
    """rule F6: what wechatpy writes we read, what we write wechatpy reads; the fake's own cipher is a third voice."""
    ours, theirs, dice = PushCrypto("token", AES_KEY, APPID), WeChatCrypto("token", AES_KEY, APPID), random.Random(7)
    import xmltodict

    for n in range(1000):
        text, nonce, stamp = random_message(dice), str(dice.random())[2:], str(1_700_000_000 + n)
        outer = xmltodict.parse(theirs.encrypt_message(text, nonce, stamp))["xml"]
        assert ours.open(outer["Encrypt"], outer["MsgSignature"], stamp, nonce) == text
        answer = xmltodict.parse(ours.seal(text, stamp, nonce))["xml"]
        assert theirs.decrypt_message(answer, answer["MsgSignature"], stamp, nonce) == text
        third = encrypt_push(text, AES_KEY, APPID)
        assert ours.open(third, signature(("token", stamp, nonce, third)), stamp, nonce) == text


def encrypted(plain: bytes) -> str:
    key = base64.b64decode(AES_KEY + "=")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def padded(content: bytes, pad: int | None = None) -> bytes:
    pad = pad or 32 - len(content) % 32
    return content + bytes([pad]) * pad


HEAD = b"r" * 16


@pytest.mark.parametrize(
    ("why", "plain"),
    [
        ("padding", HEAD + struct.pack(">I", 2) + b"ok" + APPID.encode() + b"\0" * 8),
        ("padding", padded(HEAD + struct.pack(">I", 2) + b"ok" + APPID.encode())[:-1] + bytes([33])),
        ("padding", (HEAD * 4)[:-1] + bytes([200])),
        ("length", padded(HEAD + struct.pack(">I", 4_000_000_000) + b"ok" + APPID.encode())),
        ("length", padded(HEAD + b"\0" * 2, 14)),
        ("appid", padded(HEAD + struct.pack(">I", 2) + b"ok" + b"wx0000000000000000")),
        ("appid", padded(HEAD + struct.pack(">I", 2) + b"ok")),
        ("text", padded(HEAD + struct.pack(">I", 2) + b"\xff\xfe" + APPID.encode())),
    ],
)
def test_what_is_inside_is_checked(why: str, plain: bytes) -> None:
    """rule W21: padding 1..32, length, appid; wechatpy looks at the appid only."""
    plain += b"\0" * (-len(plain) % 16)
    data, crypto = encrypted(plain), PushCrypto("token", AES_KEY, APPID)
    with pytest.raises(Forged, match=why):
        crypto.open(data, signature(("token", "1", "2", data)), "1", "2")


def test_the_signature_comes_first() -> None:
    """Nothing is decrypted for who does not hold the token."""
    data = encrypt_push("<xml/>", AES_KEY, APPID)
    crypto = PushCrypto("token", AES_KEY, APPID)
    for given in ("", "0" * 40, signature(("other", "1", "2", data)), "é"):
        with pytest.raises(Forged, match="signature"):
            crypto.open(data, given, "1", "2")
    with pytest.raises(InvalidAppIdException):
        other = PushCrypto("token", AES_KEY, "wx0000000000000000")
        WeChatCrypto("token", AES_KEY, APPID).decrypt_message(
            {"Encrypt": (e := encrypt_push("x", AES_KEY, other.appid))}, signature(("token", "1", "2", e)), "1", "2"
        )


async def test_wechatpy_speaks_to_the_fake(fake: FakeWeChat) -> None:
    """rule F6: an independent client finds the fake's protocol as it expects WeChat's."""
    code = fake.mint_login("o-wechatpy")

    class Client(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{fake.url}/cgi-bin/"

        def fetch_access_token(self) -> Any:  # wechatpy has this one address built in
            params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(url=f"{fake.url}/cgi-bin/token", params=params)

    def speak() -> tuple[Any, Any, Any]:
        client = Client(fake.appid, fake.secret)
        client.wxa.API_BASE_URL = f"{fake.url}/"
        session = client.wxa.code_to_session(code)
        picture = client.wxa.get_wxa_code_unlimited("en0123456789", page="pages/home/index")
        fake.quota["o-wechatpy", "TMPL-alarm-00000002"] = 1
        sent = client.post(
            "message/subscribe/send",
            data={"touser": "o-wechatpy", "template_id": "TMPL-alarm-00000002", "data": {"thing1": {"value": "你好"}}},
        )
        return session, picture.content, sent

    session, picture, sent = await asyncio.to_thread(speak)
    assert session["openid"] == "o-wechatpy" and len(base64.b64decode(session["session_key"])) == 16
    assert picture.startswith(b"\x89PNG") and sent["errcode"] == 0 and len(fake.sent) == 1
