"""The 30 characters in the QR (documents 4, rule CC4): ``version(1) kid(1) id(12) tag(16)`` in Crockford base32.
Pure, no I/O.

The tag is a cheap door: a typing slip, an enumeration or a forged code is told apart before the database is asked.
The 60
random bits of the id are the second wall: who has the key still makes only codes that point to nothing.
"""

import base64
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VERSION = "1"  # "2" is kept for HMAC-SM3 / SM2
LENGTH = 30
ID_LENGTH = 12
_TAG_BYTES = 10
_DOMAIN = b"carbon-code/v1\0"
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_STANDARD, ALPHABET)
#: What a reader of small print confuses, and the hyphens people put in to read aloud.
_NORMAL = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


@dataclass(frozen=True, slots=True)
class CodeId:
    """What a code says once its tag has been checked: the key it was made with and the random id of its row."""

    kid: str
    id: str


class CodeKeys:
    """HMAC keys by key id. ``derive`` gives every key a kid may have been made with, the running root's first."""

    def __init__(self, derive: Callable[[str], Sequence[bytes]], current_kid: str = "1") -> None:
        if current_kid not in ALPHABET or len(current_kid) != 1:
            raise ValueError(f"code key id {current_kid!r}: one Crockford character is expected")
        self.current_kid = current_kid
        self._derive = derive
        self._made: dict[str, Sequence[bytes]] = {}

    def of(self, kid: str) -> Sequence[bytes]:
        """Every key this kid may have been made with; the first one makes new codes."""
        if kid not in self._made:
            self._made[kid] = self._derive(kid)
        return self._made[kid]


def _tag(key: bytes, kid: str, code_id: str) -> str:
    digest = hmac.new(key, _DOMAIN + kid.encode() + code_id.encode(), sha256).digest()[:_TAG_BYTES]
    return base64.b32encode(digest).decode().translate(_TO_CROCKFORD)


def new_code_id() -> str:
    """Sixty fresh random bits as twelve characters."""
    return "".join(ALPHABET[secrets.randbelow(32)] for _ in range(ID_LENGTH))


def make_code(keys: CodeKeys, code_id: str, kid: str | None = None) -> str:
    """The 30 characters for ``code_id`` under the current key, or under ``kid`` for a code made earlier."""
    kid = kid or keys.current_kid
    return VERSION + kid + code_id + _tag(keys.of(kid)[0], kid, code_id)


def normalise(text: str) -> str:
    """Upper case, O for 0 and I or L for 1 as read off paper, hyphens and blanks dropped."""
    return text.upper().translate(_NORMAL)


def read_code(keys: CodeKeys, text: str) -> CodeId | None:
    """Key id and row id of a genuine code; None for anything else, without saying why."""
    if len(text) > 2 * LENGTH or not text.isascii():
        return None
    code = normalise(text)
    if len(code) != LENGTH or code[0] != VERSION or any(c not in ALPHABET for c in code):
        return None
    kid, code_id, tag = code[1], code[2:14], code[14:]
    for key in keys.of(kid):
        if hmac.compare_digest(_tag(key, kid, code_id), tag):
            return CodeId(kid, code_id)
    return None
