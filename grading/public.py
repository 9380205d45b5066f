"""What everybody sees of a certificate (rules CC4, CC9; documents 4): by code, without signing in."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.clock import beijing_date
from core.database import Db
from grading import queries
from grading.code import CodeId, make_code, read_code
from grading.keys import code_keys, published_keys, signer
from grading.proof import STATUS_TYPE, NotGenuine, check, status_hash
from grading.states import STATE_WORDS, State, code_url, state_on

#: A found row may be shown this many seconds; a revocation is seen within 5 s by every process (CC8).
FRESH_SECONDS = 2.0
_BOUND = 2_000
_seen: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """A certificate and its state at the moment of asking. ``content`` as signed; ``reason`` only when not valid."""

    code: str
    url: str
    state: State
    state_word: str
    state_at: datetime
    reason: str
    superseded_by: str | None
    issued_at: datetime
    valid_until: date
    kid: str
    jws: str
    pdf_sha256: str | None
    signature_ok: bool
    content: dict[str, Any]
    checked_at: datetime

    @property
    def state_on(self) -> date:
        """The day since which it is in this state."""
        return self.valid_until if self.state == "expired" else beijing_date(self.state_at)

    def payload(self) -> dict[str, Any]:
        """The JSON of the public API: the certificate's content, its state and its proof."""
        return {
            **self.content,
            "state": self.state,
            "state_word": self.state_word,
            "state_at": self.state_at,
            "reason": self.reason or None,
            "code": self.code,
            "url": self.url,
            "superseded_by": code_url(self.superseded_by) if self.superseded_by else None,
            "kid": self.kid,
            "pdf_sha256": self.pdf_sha256,
            "signature_ok": self.signature_ok,
            "jws": self.jws,
            "checked_at": self.checked_at,
        }


def is_ours(text: str) -> bool:
    """The cheap door: was this code made with one of our keys? No database is asked."""
    return read_code(code_keys(), text) is not None


def remembered(text: str, now: datetime) -> PublicCertificate | None:
    """The certificate as this process saw it at most :data:`FRESH_SECONDS` ago; None: ask the database."""
    found = read_code(code_keys(), text)
    kept = _seen.get(found.id) if found else None
    if found is None or kept is None or time.monotonic() - kept[0] >= FRESH_SECONDS:
        return None
    return _as_of(kept[1], found, now)


def fresh_until(text: str) -> float:
    """Until when (``time.monotonic()``) what this process saw of a code may be shown; 0.0: it saw nothing."""
    found = read_code(code_keys(), text)
    kept = _seen.get(found.id) if found else None
    return kept[0] + FRESH_SECONDS if kept else 0.0


async def public_certificate(db: Db, text: str, now: datetime) -> PublicCertificate | None:
    """The certificate of a code as it stands now; None for a forged and for an unknown code alike."""
    found = read_code(code_keys(), text)
    if found is None:
        return None
    row = await db.row(queries.BY_CODE, found.id)
    if row is None:
        _seen.pop(found.id, None)
        return None
    row["signature_ok"] = _signature_ok(row, await published_keys(db, now))
    if len(_seen) >= _BOUND:
        _seen.clear()
    _seen[found.id] = (time.monotonic(), row)
    return _as_of(row, found, now)


def _signature_ok(row: Mapping[str, Any], keys: Mapping[str, Mapping[str, Any]]) -> bool:
    """核验 (CC4): the signature holds, by a key that still vouches, over exactly the content that is shown."""
    try:
        claims = check(row["jws"], keys, datetime(1970, 1, 2, tzinfo=UTC))
    except NotGenuine:
        return False
    return bool(claims.get("jti") == row["code_id"] and claims.get("certificate") == row["content"])


def _as_of(row: Mapping[str, Any], found: CodeId, now: datetime) -> PublicCertificate | None:
    if row["code_kid"] != found.kid:
        return None
    state = state_on(row["state"], row["valid_until"], beijing_date(now))
    newer = make_code(code_keys(), row["superseded_by"], row["superseded_kid"]) if row["superseded_by"] else None
    code = make_code(code_keys(), row["code_id"], row["code_kid"])
    same = ("state_at", "issued_at", "valid_until", "kid", "jws", "pdf_sha256", "signature_ok", "content")
    return PublicCertificate(
        code=code,
        url=code_url(code),
        state=state,
        state_word=STATE_WORDS[state],
        reason=row["state_reason"],
        superseded_by=newer,
        checked_at=now,
        **{name: row[name] for name in same},
    )


async def forget_all() -> None:
    """Drop what this process remembers (a certificate changed here)."""
    _seen.clear()


async def status_list(db: Db, issuer: str, now: datetime) -> str:
    """The signed list of certificates that no longer vouch, for offline holders; good for 24 hours."""
    rows = await db.rows(queries.NOT_VALID, beijing_date(now))
    key = await signer(db, now)
    return key.sign(
        {
            "iss": issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(hours=24)).timestamp()),
            "states": {status_hash(r["code_id"]): r["state"] for r in rows},
        },
        STATUS_TYPE,
    )
