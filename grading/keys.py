"""Keys of the certificate (documents 4): HMAC keys of the short code, Ed25519 keys of the proof and their yearly
rotation.

Never the key of a login token. The public half of ``next``, ``active`` and ``retired`` keys is published; a revoked
key vouches
for nothing any more.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core.crypto import KEYS, Keyring, seal, unseal
from core.database import Db
from core.errors import Unavailable
from core.ids import new_id
from core.settings import settings
from grading import proof, queries
from grading.code import CodeKeys

CODE_KID = "1"
FIELD = "signing_key.private"
SIGNS_FOR = timedelta(days=365)
ANNOUNCED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    kid: str
    private: str

    def sign(self, claims: dict[str, Any], kind: str = proof.PROOF_TYPE) -> str:
        """A compact JWS of ``claims``."""
        return proof.sign(claims, self.private, self.kid, kind)


def code_keys(ring: Keyring = KEYS, current_kid: str = CODE_KID) -> CodeKeys:
    """HMAC keys of the short code, from the root secret and the one before it; a new ``current_kid`` is a new key."""
    return CodeKeys(lambda kid: [ring.derive(f"certificate-code/v1/{kid}", 32, root) for root in ring.ids], current_kid)


async def signer(db: Db, now: datetime) -> Signer:
    """The key that signs now; the very first one is made on demand. Raises Unavailable when none can be had."""
    row = await db.row(queries.KEY_ACTIVE)
    if row is None:
        await rotate_keys(db, now)
        row = await db.row(queries.KEY_ACTIVE)
    if row is None:
        raise Unavailable("签名密钥暂不可用，请稍后再试；如持续出现请联系平台运营。")
    return Signer(row["kid"], unseal(FIELD, row["id"], row["private_sealed"]))


async def rotate_keys(db: Db, now: datetime, *, force: bool = False) -> list[str]:
    """Do what the calendar asks: first key, announce the next one 7 days ahead, switch when the running one may
    sign no longer.

    ``force`` makes and switches to a fresh key at once (compromise, drill). Returns what was done, for the log.
    Idempotent.
    """
    done: list[str] = []
    keys = await db.rows(queries.KEY_LIST)
    active = next((k for k in keys if k["state"] == "active"), None)
    waiting = next((k for k in keys if k["state"] == "next"), None)
    starts = now if active is None or force else active["sign_until"]
    due = force or active is None or active["sign_until"] - ANNOUNCED <= now
    if due and waiting is None:
        kid = _fresh_kid({k["kid"] for k in keys}, starts.year)
        if await _add(db, kid, starts, now):
            done.append(f"next {kid}")
    if force or active is None or active["sign_until"] <= now:
        switched = await db.value(queries.KEY_SWITCH, now)
        if switched:
            done.append(f"active {switched}")
    return done


async def _add(db: Db, kid: str, starts: datetime, now: datetime) -> bool:
    private, public = proof.new_key()
    row_id: UUID = new_id()
    sealed = seal(FIELD, row_id, private)
    return bool(await db.value(queries.KEY_ADD, row_id, kid, public, sealed, starts, starts + SIGNS_FOR, now))


def _fresh_kid(taken: set[str], year: int) -> str:
    serial = 1
    while f"{year}-{serial}" in taken:
        serial += 1
    return f"{year}-{serial}"


async def revoke_key(db: Db, kid: str, reason: str, now: datetime) -> bool:
    """A compromised key.

    It leaves the published set at once; False when there is no such live key. A fresh key takes over.
    """
    done = bool(await db.value(queries.KEY_REVOKE, kid, reason, now))
    await rotate_keys(db, now)
    return done


async def published_keys(db: Db, now: datetime) -> dict[str, dict[str, Any]]:
    """Public JWKs by kid: every key a proof may still be checked with."""
    rows = await db.rows(queries.KEY_LIST)
    return {
        row["kid"]: {**row["public_jwk"], "kid": row["kid"], "alg": "EdDSA", "use": "sig"}
        for row in rows
        if row["state"] in ("next", "active")
        or (row["state"] == "retired" and (row["verify_until"] is None or row["verify_until"] >= now))
    }


async def jwks(db: Db, now: datetime) -> dict[str, Any]:
    """The document served at ``/.well-known/jwks.json``."""
    return {"keys": list((await published_keys(db, now)).values())}


async def keep_published_keys(db: Db, now: datetime) -> Path:
    """Write the published set to ``VAR_DIR/jwks.json``, where ``server.py verify-certificate`` looks for it."""
    path = settings.var / "jwks.json"
    document = json.dumps(await jwks(db, now), indent=1)
    await asyncio.to_thread(_replace, path, document)
    return path


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".json.new")
    aside.write_text(text, "utf-8")
    aside.replace(path)
