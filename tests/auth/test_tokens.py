"""Access tokens and the attacks on them (rules L12, L13, R8)."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from auth import tokens
from auth.audiences import ALL, CONSOLE_ENT, MINI
from auth.tokens import issue_access_token, verify_access_token
from core import clock
from core.crypto import key_id, signing_key
from core.errors import Unauthenticated
from core.ids import new_id

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
KEY = signing_key("jwt")
PUBLIC_RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HEADER = {"kid": key_id().hex(), "typ": "at+jwt"}


def token(audience: str = CONSOLE_ENT, **changes: Any) -> str:
    facts: dict[str, Any] = {
        "account": new_id(),
        "sid": new_id(),
        "organisation": new_id(),
        "audience": audience,
        "amr": ["pwd"],
        "auth_time": NOON,
        **changes,
    }
    return issue_access_token(**facts)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.utc_now().timestamp())
    whole = {
        "iss": "tanxiao", "sub": str(new_id()), "aud": CONSOLE_ENT, "sid": str(new_id()), "tid": None, "roles_ver": 0,
        "amr": ["pwd"], "auth_time": now, "iat": now, "exp": now + 600, "jti": "j",
    }  # fmt: skip
    return {k: v for k, v in {**whole, **changes}.items() if v is not ...}


def forged(body: dict[str, Any], header: dict[str, Any] | None = None, key: Any = KEY, algorithm: str = "EdDSA") -> str:
    return jwt.encode(body, key, algorithm=algorithm, headers={**HEADER, **(header or {})})


def by_hand(header: dict[str, Any], body: dict[str, Any], mac_key: bytes | None = None) -> str:
    head, middle = (base64.urlsafe_b64encode(json.dumps(x).encode()).rstrip(b"=") for x in (header, body))
    signature = hmac.new(mac_key, head + b"." + middle, hashlib.sha256).digest() if mac_key else b""
    return b".".join((head, middle, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def refused(text: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verify_access_token(text)
    assert caught.value.status == 401
    return caught.value.code


def test_carries_ids_and_no_personal_data() -> None:
    """rule L12: exactly these claims."""
    account, sid, org = new_id(), new_id(), new_id()
    made = token(account=account, sid=sid, organisation=org, roles_version=7)
    read = verify_access_token(made)
    assert (read.account, read.sid, read.organisation, read.audience, read.amr) == (
        account,
        sid,
        org,
        CONSOLE_ENT,
        ("pwd",),
    )
    body = jwt.decode(made, options={"verify_signature": False})
    assert set(body) == {"iss", "sub", "aud", "sid", "tid", "roles_ver", "amr", "auth_time", "iat", "exp", "jti"}
    assert (
        body["roles_ver"] == 7
        and len({jwt.decode(token(), options={"verify_signature": False})["jti"] for _ in range(9)}) == 9
    )


def test_control_forgery_with_our_own_key_passes() -> None:
    """The forgeries below fail for the one thing each changes."""
    assert verify_access_token(forged(claims())).audience == CONSOLE_ENT


@pytest.mark.parametrize(("audience", "seconds"), [(CONSOLE_ENT, 600), (MINI, 900)])
def test_lives_ten_minutes_or_fifteen(audience: str, seconds: int) -> None:
    """rule L12; read twice, so also through the memory of checked signatures."""
    clock.freeze(NOON)
    made = token(audience)
    clock.freeze(NOON + timedelta(seconds=seconds - 1))
    assert verify_access_token(made) == verify_access_token(made)
    clock.freeze(NOON + timedelta(seconds=seconds))
    assert refused(made) == "TOKEN_EXPIRED"
    assert refused(made) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
def test_algorithm_none(alg: str) -> None:
    """rule R8."""
    assert refused(by_hand({**HEADER, "alg": alg}, claims())) == "TOKEN_INVALID"


@pytest.mark.parametrize("secret", [PUBLIC_RAW, PUBLIC_PEM, b"", key_id(), HEADER["kid"].encode()])
def test_public_key_as_hmac_secret(secret: bytes) -> None:
    """rule R8: HS256 signed with what everybody may know."""
    assert refused(by_hand({**HEADER, "alg": "HS256"}, claims(), secret or b"\0")) == "TOKEN_INVALID"
    assert refused(by_hand({**HEADER, "alg": "EdDSA"}, claims(), secret or b"\0")) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "header",
    [{"kid": "ffffffff"}, {"kid": "../../../../dev/null"}, {"kid": "' or 1=1 --"}, {"kid": ""}, {"typ": "JWT"},
     {"typ": None}],
)  # fmt: skip
def test_key_id_outside_the_list(header: dict[str, Any]) -> None:
    """rule L12: an allow list, never a look-up."""
    assert refused(forged(claims(), header)) == "TOKEN_INVALID"


@pytest.mark.parametrize("kid", [None, 7, ["a"], {}])
def test_key_id_of_another_type(kid: object) -> None:
    assert refused(by_hand({**HEADER, "alg": "EdDSA", "kid": kid}, claims())) == "TOKEN_INVALID"


def test_key_given_in_the_token() -> None:
    """rule R8: jwk, jku, x5u are not looked at."""
    mine = Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(mine.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=").decode()
    for extra in (
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}},
        {"jku": "https://evil.example/k"},
        {"x5u": "file:///"},
    ):
        assert refused(forged(claims(), extra, mine)) == "TOKEN_INVALID"


def test_other_purpose_of_the_same_root() -> None:
    """A certificate key of ours signs no token."""
    assert refused(forged(claims(), None, signing_key("certificate"))) == "TOKEN_INVALID"


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "sid", "iat", "exp", "jti", "amr", "auth_time"])
def test_required_claims(missing: str) -> None:
    """rule L12: PyJWT alone would take a token without exp."""
    assert refused(forged(claims(**{missing: ...}))) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "change",
    [{"iss": "other"}, {"aud": "openapi"}, {"aud": ["console-moon"]}, {"sub": "x"}, {"sid": 7}, {"tid": "not-an-id"}, {"exp": "soon"},
     {"amr": 7}, {"auth_time": None}, {"exp": None}],
)  # fmt: skip
def test_wrong_claims(change: dict[str, Any]) -> None:
    """rules L12, L13."""
    assert refused(forged(claims(**change))) == "TOKEN_INVALID"


def test_audience_list_is_no_skeleton_key() -> None:
    """rule L13: a token names one client."""
    assert refused(forged(claims(aud=[CONSOLE_ENT, "console-ops"]))) == "TOKEN_INVALID"


def test_expired_by_our_own_signature() -> None:
    now = int(clock.utc_now().timestamp())
    assert refused(forged(claims(exp=now - 1))) == "TOKEN_EXPIRED"


def test_altered_anywhere() -> None:
    """Every position of the signature and the claims counts."""
    made = token()
    for index in range(0, len(made) - 1, 7):
        if made[index] != ".":
            other = "A" if made[index] != "A" else "B"
            assert refused(made[:index] + other + made[index + 1 :]) == "TOKEN_INVALID"


@given(st.text(max_size=400) | st.binary(max_size=300).map(lambda b: b.decode("latin-1")))
def test_rubbish(text: str) -> None:
    """rule R9: nothing but a refusal."""
    refused(text)


def test_memory_of_signatures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens._checked.clear()
    for _ in range(4100):
        tokens._checked[str(_)] = None  # type: ignore[assignment]
    for _ in range(3):
        verify_access_token(token())
    assert len(tokens._checked) <= 4103
    tokens._checked.clear()


def test_every_audience_round_trips() -> None:
    for audience in ALL:
        assert verify_access_token(token(audience)).audience == audience
