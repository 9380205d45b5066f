"""What everybody sees of a certificate (rules CC4, CC9; documents 4): by code, without signing in."""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import beijing_date
from core.database import Db
from grading import queries
from grading.code import make_code, read_code
from grading.keys import code_keys, signer
from grading.proof import STATUS_TYPE, status_hash
from grading.states import STATE_WORDS, code_url, state_on

#: A found row may be shown this many seconds; a revocation is seen within 5 s by every process.
FRESH_SECONDS = 2.0
_BOUND = 2_000
_seen: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """A certificate and its state at the moment of asking. ``content`` as signed; ``reason`` only when not valid."""

    code: str
    url: str
    state: str
    state_word: str
    state_at: datetime
    reason: str
    superseded_by: str | None
    issued_at: datetime
    valid_until: date
    kid: str
    jws: str
    pdf_sha256: str | None
    content: dict[str, Any]
    checked_at: datetime

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
            "jws": self.jws,
            "checked_at": self.checked_at,
        }


def is_ours(text: str) -> bool:
    """The cheap door: was this code made with one of our keys? No database is asked."""
    return read_code(code_keys(), text) is not None


async def public_certificate(db: Db, text: str, now: datetime) -> PublicCertificate | None:
    """The certificate of a code as it stands now; None for a forged and for an unknown code alike."""
    found = read_code(code_keys(), text)
    if found is None:
        return None
    row = await _row(db, found.id)
    if row is None or row["code_kid"] != found.kid:
        return None
    state = state_on(row["state"], row["valid_until"], beijing_date(now))
    newer = make_code(code_keys(), row["superseded_by"], row["superseded_kid"]) if row["superseded_by"] else None
    code = make_code(code_keys(), row["code_id"], row["code_kid"])
    return PublicCertificate(
        code, code_url(code), state, STATE_WORDS[state], row["state_at"], row["state_reason"], newer, row["issued_at"],
        row["valid_until"], row["kid"], row["jws"], row["pdf_sha256"], row["content"], now,
    )  # fmt: skip


async def _row(db: Db, code_id: str) -> dict[str, Any] | None:
    moment = time.monotonic()
    kept = _seen.get(code_id)
    if kept is not None and moment - kept[0] < FRESH_SECONDS:
        return kept[1]
    row = await db.row(queries.BY_CODE, code_id)
    if row is None:
        _seen.pop(code_id, None)
        return None
    if len(_seen) >= _BOUND:
        _seen.clear()
    _seen[code_id] = (moment, row)
    return row


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
