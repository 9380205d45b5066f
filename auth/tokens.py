"""Access tokens (L12, L13): short JWTs signed by Ed25519; the session row decides whether they still count (L14)."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt

from auth.audiences import ALL, MINI
from core.clock import utc_now
from core.crypto import key_id, signing_key
from core.errors import Unauthenticated
from core.ids import new_id

ISSUER = "tanxiao"
ALGORITHM = "EdDSA"
REQUIRED = ["iss", "sub", "aud", "sid", "iat", "exp", "jti", "amr", "auth_time"]


@dataclass(frozen=True, slots=True)
class Claims:
    """A verified token. ``organisation`` is the one acted for, None before one is chosen."""

    account: UUID
    sid: UUID
    organisation: UUID | None
    audience: str
    amr: tuple[str, ...]
    auth_time: int
    expires: int


def lifetime(audience: str) -> int:
    """Seconds an access token lives (L12)."""
    return 900 if audience == MINI else 600


def issue_access_token(
    *,
    account: UUID,
    sid: UUID,
    organisation: UUID | None,
    audience: str,
    amr: list[str],
    auth_time: datetime,
    roles_version: int = 0,
) -> str:
    """A new access token; no personal data, no permissions inside. ``roles_version``: its menus may be old."""
    now = int(utc_now().timestamp())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sub": str(account),
        "aud": audience,
        "sid": str(sid),
        "tid": str(organisation) if organisation else None,
        "roles_ver": roles_version,
        "amr": amr,
        "auth_time": int(auth_time.timestamp()),
        "iat": now,
        "exp": now + lifetime(audience),
        "jti": new_id().hex,
    }
    return jwt.encode(claims, signing_key("jwt"), algorithm=ALGORITHM, headers={"kid": key_id().hex(), "typ": "at+jwt"})


#: Signatures already checked (bounded); expiry is looked at each time, the session asked in the database each time.
_checked: OrderedDict[str, Claims] = OrderedDict()
_public: dict[str, Any] = {}


def verify_access_token(token: str) -> Claims:
    """Check signature, algorithm, key id, issuer, audience, expiry. Raises Unauthenticated, one text for all faults."""
    claims = _checked.get(token)
    if claims is None:
        claims = _verify(token)
        _checked[token] = claims
        if len(_checked) > 4096:
            _checked.popitem(last=False)
    if claims.expires <= utc_now().timestamp():
        _checked.pop(token, None)
        raise Unauthenticated("TOKEN_EXPIRED", "登录凭证已过期，请刷新后重试，填写内容没有丢。")
    return claims


def _verify(token: str) -> Claims:
    try:
        header = jwt.get_unverified_header(token)
        if header.get("kid") != key_id().hex() or header.get("alg") != ALGORITHM or header.get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("key")
        if "key" not in _public:
            _public["key"] = signing_key("jwt").public_key()
        # expiry is judged by our own clock, once, in verify_access_token
        options: Any = {"require": REQUIRED, "verify_exp": False, "verify_iat": False}
        body = jwt.decode(
            token, _public["key"], algorithms=[ALGORITHM], issuer=ISSUER, audience=sorted(ALL), options=options
        )
        if not isinstance(body["aud"], str):
            raise jwt.InvalidTokenError("aud")
        return Claims(
            UUID(body["sub"]),
            UUID(body["sid"]),
            UUID(body["tid"]) if body.get("tid") else None,
            str(body["aud"]),
            tuple(body["amr"]),
            int(body["auth_time"]),
            int(body["exp"]),
        )
    except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError):
        raise Unauthenticated("TOKEN_INVALID", "登录凭证无效，请重新登录。") from None
