"""Identifiers. Object ids are UUID version 7: random enough to be unguessable (74 random bits), ordered by time for the index."""

import secrets
import time
from uuid import UUID

#: The one organisation of kind ``operator``: queues that operators work off name it as their second party.
PLATFORM_ORG = UUID("00000000-0000-4000-8000-000000000001")


def new_id() -> UUID:
    """A fresh UUID version 7 (RFC 9562): 48 bits of milliseconds, 74 random bits."""
    return new_ids(1)[0]


def new_ids(number: int) -> list[UUID]:
    """Several at once: one look at the clock, one call to the system for randomness."""
    stamp = (int(time.time() * 1000) & ((1 << 48) - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    noise = secrets.token_bytes(10 * number)
    parts = (int.from_bytes(noise[at : at + 10]) for at in range(0, 10 * number, 10))
    return [UUID(int=stamp | (part >> 68) << 64 | part & ((1 << 62) - 1)) for part in parts]
