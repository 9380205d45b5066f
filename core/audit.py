"""The audit log 审计日志: who did what for whom, in a hash chain per organisation (T17, architecture 9.15).

``hash = sha256(prev_hash || canonical bytes)``. The chain's head row is locked last in the business
transaction, so writers of one organisation queue for the length of a COMMIT and organisations never wait for
each other. Events without an organisation go to one of 16 system chains. Once a day the moved heads are sealed
with an Ed25519 signature made outside the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import crypto
from core.database import Acting, AuditRow, Db, Entry
from core.logs import redact

SYSTEM_CHAINS = tuple(UUID(f"00000000-0000-4000-8000-00000000a{n:02x}0") for n in range(16))
PURPOSE = "audit-seal"
#: Days that a line is kept (the privacy notice says so); whole months leave as partitions.
KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line as an auditor reads it."""

    id: UUID
    chain: UUID
    seq: int
    at: datetime
    account_id: UUID | None
    action: str
    object_type: str
    object_id: str
    result: str
    route: str
    request_id: str
    ip: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain or a seal does not hold."""

    chain: UUID | None
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of recomputing chains and seals."""

    chains: int
    rows: int
    seals: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """True when nothing was altered, removed or put in between."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; None means any."""

    since: datetime | None = None
    until: datetime | None = None
    organisation_id: UUID | None = None
    account_id: UUID | None = None
    action: str | None = None
    result: str | None = None
    request_id: str | None = None


def system_chain(seed: str) -> UUID:
    """One of the 16 chains for events without an organisation, by the request's id."""
    return SYSTEM_CHAINS[sum(seed.encode()) % len(SYSTEM_CHAINS)]


async def write(ctx: Acting, rows: Sequence[AuditRow]) -> None:
    """Append all rows of one request in ONE statement; call it last before COMMIT (it locks the chain's head)."""
    if not rows:
        return
    await ctx.db.value("select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)", *_facts(ctx), _lines(rows))


CLOSE = "close_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb)"


async def close(ctx: Acting, entry: Entry, rows: Sequence[AuditRow], status: int, body: bytes) -> None:
    """The last statement of a writing request with an idempotency key: first answer and audit lines together (R3, T17).

    A write that waited for this goes before them in the same statement.
    """
    arguments = (entry.idempotency_key, entry.body_sha256, status, body, *_facts(ctx), _lines(rows))
    if ctx.last_write is None:
        await ctx.db.value("select " + CLOSE, *arguments)
    else:
        await ctx.last_write.run(ctx.db, CLOSE, *arguments)


def _facts(ctx: Acting) -> tuple[object, ...]:
    chain = ctx.tenant_id or system_chain(ctx.request_id)
    return chain, ctx.now, ctx.account_id, ctx.person_id, ctx.sid, ctx.route, ctx.request_id, ctx.ip


def _lines(rows: Sequence[AuditRow]) -> list[dict[str, Any]]:
    return [
        {
            "action": row.action,
            "object_type": row.object_type,
            "object_id": row.object_id,
            "result": row.result,
            "detail": redact(row.detail),
        }
        for row in rows
    ]


SEARCH = """
  from audit_log
 where ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at < $2)
   and ($3::uuid is null or tenant_id = $3) and ($4::uuid is null or account_id = $4)
   and ($5::text is null or action = $5 or starts_with(action, $5 || '.'))
   and ($6::text is null or result = $6) and ($7::text is null or request_id = $7)
"""


async def search(ctx: Acting, wanted: AuditFilter, page: int = 1, page_size: int = 50) -> tuple[list[AuditLine], int]:
    """Lines newest first, and their number. An operator sees every organisation, others their own."""
    arguments = (
        wanted.since,
        wanted.until,
        wanted.organisation_id,
        wanted.account_id,
        wanted.action,
        wanted.result,
        wanted.request_id,
    )
    total = await ctx.db.value("select count(*)" + SEARCH, *arguments)
    rows = await ctx.db.rows(
        "select id, tenant_id, seq, at, account_id, action, object_type, object_id, result, route, request_id, ip, detail, hash"
        + SEARCH
        + " order by at desc, tenant_id, seq desc limit $8 offset $9",
        *arguments,
        page_size,
        (page - 1) * page_size,
    )
    return [_line(row) for row in rows], int(total)


def _line(row: dict[str, Any]) -> AuditLine:
    facts = {name: row[name] for name in AuditLine.__slots__ if name in row}
    return AuditLine(**{**facts, "chain": row["tenant_id"], "hash": bytes(row["hash"]).hex()})


async def verify(db: Db, chain: UUID | None = None) -> Verification:
    """Recompute one chain, or all of them and every seal."""
    chains = [r for r in await db.rows("select chain, seq from audit_chains()") if chain is None or r["chain"] == chain]
    faults: list[Fault] = []
    for row in chains:
        found = await db.rows("select broken_seq, reason from audit_verify($1)", row["chain"])
        faults += [Fault(row["chain"], f["broken_seq"], f["reason"]) for f in found]
    seals = await db.rows("select * from audit_seal order by day") if chain is None else []
    prior = b""
    for seal in seals:
        faults += [Fault(None, 0, reason) for reason in await _check_seal(db, seal, prior)]
        prior = bytes(seal["digest"])
    return Verification(len(chains), sum(r["seq"] for r in chains), len(seals), tuple(faults))


async def _check_seal(db: Db, row: dict[str, Any], prior: bytes) -> list[str]:
    faults = []
    if bytes(row["prev_digest"]) != prior:
        faults.append(f"seal of {row['day']}: a seal before it is missing")
    if await db.value("select audit_seal_digest($1)", row["day"]) != row["digest"]:
        faults.append(f"seal of {row['day']}: its heads were altered")
    if row["signature"] is not None:
        try:
            Ed25519PublicKey.from_public_bytes(row["public_key"]).verify(row["signature"], row["digest"])
        except InvalidSignature:
            faults.append(f"seal of {row['day']}: the signature does not hold")
    return faults


async def seal(db: Db, day: date, now: datetime) -> bytes:
    """Write down and sign the heads that moved since the last seal; a second call on the same day changes nothing."""
    digest = bytes(await db.value("select audit_seal_collect($1)", day))
    key = crypto.signing_key(PURPOSE)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    await db.value("select audit_seal_sign($1, $2, $3, $4)", day, key.sign(digest), public, now)
    return digest


async def ensure_partitions(db: Db, today: date, months: int = 3) -> int:
    """Partitions of this Beijing month and the next ``months``; returns how many were made."""
    return int(await db.value("select audit_ensure_partitions($1, $2)", today, months))


async def drop_old(db: Db, today: date) -> tuple[int, list[str]]:
    """Let lines older than :data:`KEPT_DAYS` go; where each chain was cut stays, so that the rest still verifies. Returns rows, partitions."""
    row = await db.row("select gone, partitions from audit_drop_before($1)", today - timedelta(days=KEPT_DAYS))
    assert row is not None
    return int(row["gone"]), list(row["partitions"])


async def remember(db: Db, result: Verification, now: datetime) -> None:
    """Keep what a verification of everything found, for the page of the system."""
    fault = result.faults[0] if result.faults else None
    value = {
        "holds": result.holds,
        "chains": result.chains,
        "rows": result.rows,
        "faults": len(result.faults),
        "first": {"chain": str(fault.chain) if fault.chain else None, "seq": fault.seq, "reason": fault.reason} if fault else None,
    }
    sql = "insert into system_fact values ('audit', $1, $2) on conflict (name) do update set value = excluded.value, at = excluded.at"
    await db.run(sql, value, now)
