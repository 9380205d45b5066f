"""Identifiers. Object ids are UUID version 7: random enough to be unguessable (74 random bits), ordered by time for the index."""

import secrets
import time
from uuid import UUID

#: The one organisation of kind ``operator``: queues that operators work off name it as their second party.
PLATFORM_ORG = UUID("00000000-0000-4000-8000-000000000001")


def new_id() -> UUID:
    """A fresh UUID version 7 (RFC 9562): 48 bits of milliseconds, 74 random bits."""
    stamp = int(time.time() * 1000) & ((1 << 48) - 1)
    noise = secrets.randbits(74)
    return UUID(int=stamp << 80 | 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1))
