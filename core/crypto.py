"""Sealing of personal fields and blind indexes (P1, P2).

Envelope: ``0x01 | key id (4) | nonce (12) | ciphertext and tag`` by AES-256-GCM. The associated data are the
fixed field id, the row id and the key id, so a value copied to another row or column does not open. The field
id is a constant of the source (``person.phone``), never derived from table names: a renamed table still opens.

One root key (``SECRET_KEY``) gives every other key by HKDF-SHA256, one per purpose: sealing per field, indexing
per column, token signing, audit signing. The root's own id is derived from it, so nothing is numbered by hand.
During a change ``SECRET_KEY_PREVIOUS`` still opens and still finds; :mod:`core.rotation` seals everything anew.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.personal import (
    half_width,
    mask_id_number,
    mask_name,
    mask_phone,
    normalise_id_number,
    normalise_name,
    normalise_phone,
)
from core.settings import settings

VERSION = b"\x01"
NONCE = 12
KEY_ID = 4
SALT = b"tanxiao/v1"


class SealBroken(Exception):
    """The envelope does not open: altered, moved to another row or field, or sealed with a key we no longer hold."""


class Keyring:
    """Keys derived from one current root and any number of previous ones. Roots are text of at least 32 bytes."""

    def __init__(self, current: str, previous: Sequence[str] = ()) -> None:
        self._roots: dict[bytes, bytes] = {}
        self._derived: dict[tuple[bytes, str, int], bytes] = {}
        for text in (current, *previous):
            root = text.encode()
            if len(root) < 32:
                raise ValueError("a root key has at least 32 bytes")
            self._roots.setdefault(_expand(root, "key-id", KEY_ID), root)
        self.current = next(iter(self._roots))

    @property
    def ids(self) -> list[bytes]:
        """Key ids, the current one first."""
        return list(self._roots)

    def derive(self, purpose: str, length: int = 32, key_id: bytes | None = None) -> bytes:
        """A key of its own for ``purpose``; the same root and purpose always give the same bytes."""
        root = key_id or self.current
        slot = (root, purpose, length)
        if slot not in self._derived:
            self._derived[slot] = _expand(self._roots[root], purpose, length)
        return self._derived[slot]

    def seal(self, field_id: str, row_id: UUID, text: str) -> bytes:
        """Encrypt one field of one row."""
        nonce = os.urandom(NONCE)
        key = AESGCM(self.derive(f"seal/{field_id}"))
        head = VERSION + self.current
        return head + nonce + key.encrypt(nonce, text.encode(), _associated(field_id, row_id, head))

    def unseal(self, field_id: str, row_id: UUID, blob: bytes) -> str:
        """Decrypt one field of one row. Raises SealBroken."""
        blob = bytes(blob)
        head, key_id = blob[: 1 + KEY_ID], blob[1 : 1 + KEY_ID]
        if blob[:1] != VERSION or key_id not in self._roots:
            raise SealBroken(f"{field_id}: unknown envelope or key")
        nonce, sealed = blob[len(head) : len(head) + NONCE], blob[len(head) + NONCE :]
        try:
            plain = AESGCM(self.derive(f"seal/{field_id}", 32, key_id)).decrypt(
                nonce, sealed, _associated(field_id, row_id, head)
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{field_id}: does not open for this row") from error
        return plain.decode()

    def stale(self, blob: bytes) -> bool:
        """True when the envelope was sealed with a previous root."""
        return bytes(blob)[: 1 + KEY_ID] != VERSION + self.current

    def blind_index(self, column: str, normalised: str, key_id: bytes | None = None) -> bytes:
        """HMAC-SHA256 with the column's own key: 32 bytes for exact match, useless without the key (P2)."""
        return hmac.new(self.derive(f"index/{column}", 32, key_id), normalised.encode(), hashlib.sha256).digest()

    def blind_indexes(self, column: str, normalised: str) -> list[bytes]:
        """The index under every key we hold, the current one first: what a search compares with during a change."""
        return [self.blind_index(column, normalised, key_id) for key_id in self._roots]


def _expand(root: bytes, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, SALT, purpose.encode()).derive(root)


def _associated(field_id: str, row_id: UUID, head: bytes) -> bytes:
    return field_id.encode() + b"\0" + row_id.bytes + head


KEYS = Keyring(settings.secret_key, [settings.secret_key_previous] if settings.secret_key_previous else [])


def seal(field_id: str, row_id: UUID, text: str) -> bytes:
    """Encrypt one field of one row with the current key."""
    return KEYS.seal(field_id, row_id, text)


def unseal(field_id: str, row_id: UUID, blob: bytes) -> str:
    """Decrypt one field of one row. Raises SealBroken."""
    return KEYS.unseal(field_id, row_id, blob)


def blind_index(column: str, normalised: str) -> bytes:
    """The 32-byte index to store (and normally to search with). Normalise first (:mod:`core.personal`)."""
    return KEYS.blind_index(column, normalised)


def blind_indexes(column: str, normalised: str) -> list[bytes]:
    """All indexes a search accepts while a key change is under way: ``where index = any($1)``."""
    return KEYS.blind_indexes(column, normalised)


def key_id() -> bytes:
    """Id of the current root: stored beside a blind index so that rotation finds the old ones."""
    return KEYS.current


def derive(purpose: str, length: int = 32) -> bytes:
    """A key of its own for ``purpose`` (``jwt``, ``audit-signature``, ``sms-code`` …)."""
    return KEYS.derive(purpose, length)


def signing_key(purpose: str) -> Ed25519PrivateKey:
    """An Ed25519 key derived for ``purpose``: every process of the same install has the same one, none stores it."""
    return Ed25519PrivateKey.from_private_bytes(derive(f"ed25519/{purpose}"))


__all__ = [
    "KEYS",
    "Keyring",
    "SealBroken",
    "blind_index",
    "blind_indexes",
    "derive",
    "half_width",
    "key_id",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "normalise_id_number",
    "normalise_name",
    "normalise_phone",
    "seal",
    "signing_key",
    "unseal",
]
