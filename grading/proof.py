"""The offline proof (documents 4): an Ed25519 JWS over the certificate's public content, and the signed status
list. Pure.

The algorithm, the ``typ`` and the key set are fixed here; nothing in a token chooses them.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from typing import Any

import jwt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PROOF_TYPE = "carbon-cert+jwt"
STATUS_TYPE = "carbon-status+jwt"
_BEIJING = timezone(timedelta(hours=8))


class NotGenuine(Exception):
    """The proof does not hold; ``reason`` is a stable word, the message says it in Chinese."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def end_of_day(day: date) -> int:
    """Last second of a Beijing day as a Unix time: a certificate holds on the day its validity ends."""
    return int(datetime.combine(day, time(23, 59, 59), _BEIJING).astimezone(UTC).timestamp())


def new_key() -> tuple[str, dict[str, str]]:
    """A fresh Ed25519 key: private seed (base64url text, to be sealed) and public JWK without kid."""
    private = Ed25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _text(private.public_key().public_bytes_raw()),
    }


def sign(claims: Mapping[str, Any], private: str, kid: str, kind: str = PROOF_TYPE) -> str:
    """A compact JWS of ``claims`` under the key ``kid``."""
    key = Ed25519PrivateKey.from_private_bytes(_bytes(private))
    return jwt.encode(dict(claims), key, algorithm="EdDSA", headers={"kid": kid, "typ": kind}, json_encoder=_Sorted)


def check(token: str, keys: Mapping[str, Mapping[str, Any]], now: datetime, kind: str = PROOF_TYPE) -> dict[str, Any]:
    """The claims of a genuine token. Raises NotGenuine: malformed, wrong type, unknown key, bad signature, expired.

    ``keys``: public JWKs by kid. An expired proof is still told apart from a forged one (``reason == "expired"``).
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise NotGenuine("malformed", "这不是一份签名凭证。") from None
    if header.get("alg") != "EdDSA" or header.get("typ") != kind:
        raise NotGenuine("wrong_type", "签名算法或凭证类型不对。")
    jwk = keys.get(str(header.get("kid", "")))
    if jwk is None:
        raise NotGenuine("unknown_key", "不是平台的签名密钥。")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            public_key(jwk),
            algorithms=["EdDSA"],
            options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError:
        raise NotGenuine("bad_signature", "签名不符，内容被改动过或不是平台签发。") from None
    if _canonical(token) != token:
        raise NotGenuine("malformed", "签名凭证的书写不规范。")
    if int(claims.get("exp", 0)) < int(now.timestamp()):
        raise NotGenuine("expired", "签名真实，但有效期已过。")
    return claims


def public_key(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    """The key of a JWK. Raises NotGenuine when it is no Ed25519 key."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise NotGenuine("unknown_key", "公钥文件不是 Ed25519 公钥。")
    try:
        return Ed25519PublicKey.from_public_bytes(_bytes(str(jwk["x"])))
    except (KeyError, ValueError, InvalidKey):
        raise NotGenuine("unknown_key", "公钥文件不是 Ed25519 公钥。") from None


def status_hash(code_id: str) -> str:
    """How a certificate is named in the status list: nobody learns an id from it."""
    return sha256(b"carbon-status/v1\0" + code_id.encode()).hexdigest()[:32]


def _canonical(token: str) -> str:
    # base64url leaves spare bits in its last character: the only accepted writing of a segment is the one we would make
    return ".".join(_text(_bytes(part)) for part in token.split("."))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Sorted(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "sort_keys": True, "ensure_ascii": False})
