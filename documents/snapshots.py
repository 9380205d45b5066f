"""Immutable snapshots 快照 (rule GN10): canonical JSON bytes and their SHA-256; what is printed on a paper is the hash of these bytes."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from core.database import Acting
from core.errors import NotFound, Problem
from core.ids import new_id


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was frozen. ``body`` are the canonical bytes, ``sha256`` their hash in hex."""

    id: UUID
    kind: str
    object_id: UUID
    body: bytes
    sha256: str
    created_at: datetime

    @property
    def short(self) -> str:
        """The first sixteen digits, as printed."""
        return self.sha256[:16]


def _plain(value: object) -> Any:
    if isinstance(value, float):
        raise TypeError("a float has no place in a snapshot: quantities are Decimal")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(v) for v in value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    return _plain(msgspec.to_builtins(value, builtin_types=(Decimal, datetime, date, UUID)))


def canonical(data: object) -> bytes:
    """One spelling of the same data: keys sorted, no blanks, UTF-8, decimals as plain strings. Raises TypeError on a float."""
    return json.dumps(_plain(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def fingerprint(data: object) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return sha256(canonical(data)).hexdigest()


async def freeze(ctx: Acting, kind: str, object_id: UUID, data: object) -> Snapshot:
    """Store ``data`` for good under the acting organisation."""
    body = canonical(data)
    kept = Snapshot(new_id(), kind, object_id, body, sha256(body).hexdigest(), ctx.now)
    await ctx.db.run(
        "insert into snapshot (tenant_id, id, kind, object_id, body, sha256, created_at, created_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        ctx.tenant,
        kept.id,
        kind,
        object_id,
        body,
        kept.sha256,
        ctx.now,
        ctx.account_id,
    )
    return kept


async def thaw(ctx: Acting, snapshot_id: UUID) -> Snapshot:
    """A snapshot of the acting organisation, its bytes checked against the hash. Raises NotFound."""
    row = await ctx.db.row(
        "select id, kind, object_id, body, sha256, created_at from snapshot where tenant_id = $1 and id = $2",
        ctx.tenant,
        snapshot_id,
    )
    if row is None:
        raise NotFound()
    found = Snapshot(**row)
    if sha256(found.body).hexdigest() != found.sha256:
        raise Problem("SNAPSHOT_DAMAGED", "数据快照校验不一致，请联系平台运营并报编号。", status=503)
    return found
