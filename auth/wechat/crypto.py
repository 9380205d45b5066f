"""Signatures and decryption of what WeChat sends us (W9, W10, W20, W21): wechatpy's ciphers with the checks that it leaves out.

wechatpy 1.8.18 compares signatures with ``!=``, looks at neither padding nor lengths of a push and at no time in user data; here the
signature is compared in constant time before anything is decrypted, and everything inside is checked before it is used.
"""

import base64
import binascii
import hashlib
import hmac
import json
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wechatpy.crypto import WeChatCrypto
from wechatpy.crypto.base import WeChatCipher

SPREAD = 300


class Forged(Exception):
    """Not from WeChat, or not for us. The text says which check failed and quotes nothing."""


def signature(parts: Sequence[str]) -> str:
    """SHA-1 of the sorted parts, joined (W20)."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def check_signature(given: str, parts: Sequence[str]) -> None:
    """Constant time. Raises Forged."""
    if not hmac.compare_digest(signature(parts).encode(), given.encode("utf-8", "surrogatepass")):
        raise Forged("signature")


class PushCrypto:
    """Safe mode of the message push for one (token, EncodingAESKey, appid)."""

    def __init__(self, token: str, encoding_aes_key: str, appid: str) -> None:
        self.token, self.appid = token, appid
        self._wechatpy = WeChatCrypto(token, encoding_aes_key, appid)

    def check(self, given: str, timestamp: str, nonce: str, *rest: str) -> None:
        """Raises Forged."""
        check_signature(given, (self.token, timestamp, nonce, *rest))

    def open(self, encrypted: str, given: str, timestamp: str, nonce: str) -> str:
        """The message inside ``Encrypt``. Raises Forged: signature, base64, block, padding, length, text or appid."""
        self.check(given, timestamp, nonce, encrypted)
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Forged("base64") from None
        if not data or len(data) % 16:
            raise Forged("block")
        plain: bytes = WeChatCipher(self._wechatpy.key).decrypt(data)
        padding = plain[-1]
        if not 1 <= padding <= 32 or padding > len(plain) or plain[-padding:] != bytes([padding]) * padding:
            raise Forged("padding")
        content = plain[:-padding]
        if len(content) < 20:
            raise Forged("length")
        (length,) = struct.unpack(">I", content[16:20])
        if length > len(content) - 20:
            raise Forged("length")
        if not hmac.compare_digest(content[20 + length :], self.appid.encode()):
            raise Forged("appid")
        try:
            return content[20 : 20 + length].decode()
        except UnicodeDecodeError:
            raise Forged("text") from None

    def seal(self, message: str, timestamp: str, nonce: str) -> str:
        """The encrypted XML of an answer, as wechatpy writes it."""
        return str(self._wechatpy.encrypt_message(message, nonce, timestamp))


def raw_data_signature(raw_data: str, session_key: str) -> str:
    """The signature over ``rawData`` (W10)."""
    return hashlib.sha1((raw_data + session_key).encode()).hexdigest()


def open_user_data(
    encrypted: str, iv: str, session_key: str, appid: str, now: datetime | None, openid: str | None = None
) -> dict[str, Any]:
    """``encryptedData`` of the phone (W9), with appid, time and openid checked. ``now`` None: the time is not looked at (vectors).

    Raises Forged.
    """
    try:
        key, vector, data = (base64.b64decode(x, validate=True) for x in (session_key, iv, encrypted))
    except (binascii.Error, ValueError):
        raise Forged("base64") from None
    if len(key) != 16 or len(vector) != 16 or not data or len(data) % 16:
        raise Forged("block")
    plain: bytes = WeChatCipher(key, vector).decrypt(data)
    padding = plain[-1]
    if not 1 <= padding <= 16 or plain[-padding:] != bytes([padding]) * padding:
        raise Forged("padding")
    try:
        found = json.loads(plain[:-padding])
        mark = found["watermark"]
        stamp = int(mark["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Forged("text") from None
    if mark.get("appid") != appid:
        raise Forged("appid")
    if now is not None and abs(now.timestamp() - stamp) > SPREAD:
        raise Forged("time")
    if openid is not None and found.get("openId") is not None and found["openId"] != openid:
        raise Forged("openid")
    return dict(found)
