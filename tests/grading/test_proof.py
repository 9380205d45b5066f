"""The offline proof: documents 4 (tests that must fail as they should)."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from grading.proof import STATUS_TYPE, NotGenuine, check, end_of_day, new_key, public_key, sign

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
CLAIMS = {
    "iss": "https://example.org",
    "jti": "0A1B2C3D4E5F",
    "sub": "91440112Y00000016Q",
    "name": "测试企业",
    "grade": "C",
    "exp": int(NOW.timestamp()) + 60,
}
PRIVATE, PUBLIC = new_key()
KEYS = {"2026-1": PUBLIC}
TOKEN = sign(CLAIMS, PRIVATE, "2026-1")


def reason(token: str, keys: dict[str, dict[str, str]] = KEYS, now: datetime = NOW) -> str:
    with pytest.raises(NotGenuine) as refused:
        check(token, keys, now)
    return refused.value.reason


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_genuine() -> None:
    assert check(TOKEN, KEYS, NOW)["grade"] == "C"
    assert jwt.get_unverified_header(TOKEN) == {"alg": "EdDSA", "kid": "2026-1", "typ": "carbon-cert+jwt"}


def test_alg_none() -> None:
    forged = part({"alg": "none", "kid": "2026-1", "typ": "carbon-cert+jwt"}) + "." + TOKEN.split(".")[1] + "."
    assert reason(forged) == "wrong_type"


def test_hs256_with_the_public_key() -> None:
    raw = public_key(PUBLIC).public_bytes(Encoding.Raw, PublicFormat.Raw)
    forged = jwt.encode(CLAIMS, raw, algorithm="HS256", headers={"kid": "2026-1", "typ": "carbon-cert+jwt"})
    assert reason(forged) == "wrong_type"


def test_other_key_same_kid() -> None:
    other, _ = new_key()
    assert reason(sign(CLAIMS, other, "2026-1")) == "bad_signature"
    assert reason(sign(CLAIMS, other, "2099-9")) == "unknown_key"


def test_wrong_type() -> None:
    assert reason(sign(CLAIMS, PRIVATE, "2026-1", STATUS_TYPE)) == "wrong_type"


def test_edited_grade() -> None:
    head, _, tail = TOKEN.split(".")
    assert reason(f"{head}.{part({**CLAIMS, 'grade': 'A'})}.{tail}") == "bad_signature"


def test_expired_is_told_apart_from_forged() -> None:
    assert reason(TOKEN, now=NOW + timedelta(seconds=61)) == "expired"


def test_no_bit_flip_is_accepted() -> None:
    raw = bytearray(TOKEN.encode())
    accepted = 0
    for place in range(0, len(raw) * 8, 7):
        raw[place // 8] ^= 1 << place % 8
        try:
            check(raw.decode("latin-1"), KEYS, NOW)
            accepted += 1
        except NotGenuine:
            pass
        raw[place // 8] ^= 1 << place % 8
    assert accepted == 0


@pytest.mark.parametrize("text", ["", "a.b.c", "{}", "....", "é.é.é", "A" * 10_000])
def test_nonsense(text: str) -> None:
    assert reason(text) in ("malformed", "wrong_type")


def test_the_last_day_counts() -> None:  # valid on the day its validity ends, Beijing
    assert datetime.fromtimestamp(end_of_day(date(2026, 6, 30)), UTC) == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)
