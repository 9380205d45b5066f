"""Change of the root key 更换主密钥: seal every field anew, rebuild every blind index (P1, P2).

The way: put the new key into ``SECRET_KEY`` and the old one into ``SECRET_KEY_PREVIOUS``, restart (both open
and both find), run ``python -m core.rotation``, and when it reports 0 left, take ``SECRET_KEY_PREVIOUS`` away.
It works in small batches as the migrator, each its own transaction, and may be stopped and started again at any
time. What is sealed where is listed in ``wiring.SEALED``; a test fails on a column ``*_sealed`` that is not
listed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from core.crypto import KEYS, VERSION, Keyring
from core.database import connect_arguments


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed column: ``row`` names the column whose UUID the envelope is bound to."""

    table: str
    column: str
    field_id: str
    row: str = "id"


@dataclass(frozen=True, slots=True)
class Indexed:
    """One kind of blind index in a side table (kind, idx, key_id, owner) and the sealed column it is computed from."""

    table: str
    kind: str
    owner: str
    source: Sealed


async def reseal(
    url: str, sealed: Sequence[Sealed], indexed: Sequence[Indexed], keys: Keyring = KEYS, batch: int = 500
) -> dict[str, int]:
    """Bring all envelopes and indexes to the current key; returns the changes per column. Raises SealBroken."""
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        await connection.execute("set row_security = off")
        changed = {}
        for item in sealed:
            changed[f"{item.table}.{item.column}"] = await _repeat(_reseal_batch, connection, item, keys, batch)
        for index in indexed:
            changed[f"{index.table}:{index.kind}"] = await _repeat(_reindex_batch, connection, index, keys, batch)
        return changed
    finally:
        await connection.close()


async def _repeat(step, connection: asyncpg.Connection, item, keys: Keyring, batch: int) -> int:  # type: ignore[no-untyped-def]
    total = 0
    while True:
        async with connection.transaction():
            done = await step(connection, item, keys, batch)
        total += done
        if done < batch:
            return int(total)


async def _reseal_batch(connection: asyncpg.Connection, item: Sealed, keys: Keyring, batch: int) -> int:
    rows = await connection.fetch(
        f"select {item.row} as row, {item.column} as blob from {item.table}"  # noqa: S608
        f" where {item.column} is not null and substr({item.column}, 1, 5) <> $1 limit $2 for update",
        VERSION + keys.current,
        batch,
    )
    fresh = [keys.seal(item.field_id, r["row"], keys.unseal(item.field_id, r["row"], r["blob"])) for r in rows]
    await connection.execute(
        f"update {item.table} t set {item.column} = n.blob from unnest($1::uuid[], $2::bytea[]) as n (row, blob)"  # noqa: S608
        f" where t.{item.row} = n.row",
        [r["row"] for r in rows],
        fresh,
    )
    return len(rows)


async def _reindex_batch(connection: asyncpg.Connection, item: Indexed, keys: Keyring, batch: int) -> int:
    source = item.source
    rows = await connection.fetch(
        f"select i.idx, s.{source.row} as row, s.{source.column} as blob from {item.table} i"  # noqa: S608
        f" join {source.table} s on s.{source.row} = i.{item.owner}"
        f" where i.kind = $1 and i.key_id <> $2 and s.{source.column} is not null limit $3 for update of i",
        item.kind,
        keys.current,
        batch,
    )
    fresh = [keys.blind_index(item.kind, keys.unseal(source.field_id, UUID(str(r["row"])), r["blob"])) for r in rows]
    await connection.execute(
        f"update {item.table} t set idx = n.fresh, key_id = $3 from unnest($1::bytea[], $2::bytea[]) as n (old, fresh)"  # noqa: S608
        f" where t.kind = $4 and t.idx = n.old",
        [r["idx"] for r in rows],
        fresh,
        keys.current,
        item.kind,
    )
    return len(rows)


def main() -> None:
    """Run it against the configured (or embedded) database and print what was changed."""
    import wiring
    from core import postgres
    from core.settings import settings

    urls = postgres.external(settings) if settings.database_url else postgres.start_embedded(settings)
    for name, count in asyncio.run(reseal(urls.migrator, wiring.SEALED, wiring.INDEXED)).items():
        print(f"{name:<40} {count}")


if __name__ == "__main__":
    main()
