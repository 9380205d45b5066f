"""Migrations: numbered SQL files with a checksum, one lock, one step back (architecture 6, 9.4).

``NNNN_name.up.sql`` / ``NNNN_name.down.sql`` run as the owner role, one transaction each. A backfill
(``NNNN_name.backfill.sql``) runs after its ``up`` as the migrator, who sees all rows; it may not end as a no-op: under
FORCE RLS a backfill by the wrong role silently updates nothing, so one that changes no row while its guard query
(first line ``-- expects: select count(*) …``) counts some is an error.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.postgres import OWNER

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_201_984_001

LEDGER = f"""
create table if not exists schema_migration (
  number int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now());
alter table schema_migration owner to {OWNER};
grant select on schema_migration to tanxiao_app;
"""


class MigrationError(Exception):
    """A migration that may not run; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step."""

    number: int
    name: str
    up: str
    down: str
    backfill: str | None

    @property
    def checksum(self) -> str:
        """SHA-256 over what runs forward."""
        return hashlib.sha256((self.up + (self.backfill or "")).encode()).hexdigest()


def read(folder: Path = FOLDER) -> list[Migration]:
    """All steps in order. Raises MigrationError on a missing way back or a number used twice."""
    steps: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.up.sql")):
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.up\.sql", path.name)
        if not match:
            raise MigrationError(f"{path.name}: expected NNNN_name.up.sql")
        number, stem = int(match[1]), path.name.removesuffix(".up.sql")
        down, backfill = folder / f"{stem}.down.sql", folder / f"{stem}.backfill.sql"
        if not down.exists():
            raise MigrationError(f"{stem}: no way back ({down.name})")
        if number in steps:
            raise MigrationError(f"{stem}: number {number} is taken by {steps[number].name}")
        steps[number] = Migration(
            number, match[2], path.read_text("utf-8"), down.read_text("utf-8"), backfill.read_text("utf-8") if backfill.exists() else None
        )
    return [steps[n] for n in sorted(steps)]


async def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing; returns the names applied. Concurrent callers queue on one advisory lock."""
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5000"})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _ensure_ledger(connection)
        done = {r["number"]: r for r in await connection.fetch("select number, name, checksum from schema_migration")}
        applied = []
        for step in read(folder):
            if step.number in done:
                if done[step.number]["checksum"] != step.checksum:
                    raise MigrationError(f"{step.number:04d}_{step.name} was changed after it ran; add a new migration instead")
                continue
            await _apply(connection, step)
            applied.append(f"{step.number:04d}_{step.name}")
        return applied
    finally:
        await connection.close()


async def _ensure_ledger(connection: asyncpg.Connection) -> None:
    if await connection.fetchval("select to_regclass('schema_migration')"):
        return
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        await connection.execute("grant usage on schema public to tanxiao_app, tanxiao_janitor, tanxiao_migrator")
        await connection.execute(LEDGER)


async def _apply(connection: asyncpg.Connection, step: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        await connection.execute(step.up)
        await connection.execute(
            "insert into schema_migration (number, name, checksum) values ($1, $2, $3)", step.number, step.name, step.checksum
        )
        if step.backfill:
            await connection.execute("reset role")
            await run_backfill(connection, step.backfill, step.name)


async def run_backfill(connection: asyncpg.Connection, sql: str, name: str) -> int:
    """Run one backfill statement as the migrator with row security off. Raises MigrationError when it changed nothing it should have."""
    head = sql.splitlines()[0]
    if not head.startswith("-- expects: "):
        raise MigrationError(f"{name}: a backfill starts with '-- expects: select count(*) …'")
    await connection.execute("set local row_security = off")
    expected = await connection.fetchval(head.removeprefix("-- expects: "))
    status = await connection.execute(sql)
    changed = int(status.rsplit(" ", 1)[-1])
    if expected and not changed:
        raise MigrationError(f"{name}: the backfill changed no row although {expected} were waiting; is the role bound by row security?")
    return changed


async def roll_back(url: str, folder: Path = FOLDER) -> str:
    """Undo the newest migration; returns its name. Raises MigrationError when nothing is applied or its file is gone."""
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5000"})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        number = await connection.fetchval("select max(number) from schema_migration")
        step = next((s for s in read(folder) if s.number == number), None)
        if step is None:
            raise MigrationError(f"no file for the newest applied migration {number}")
        async with connection.transaction():
            await connection.execute(f"set local role {OWNER}")
            await connection.execute(step.down)
            await connection.execute("delete from schema_migration where number = $1", step.number)
        return f"{step.number:04d}_{step.name}"
    finally:
        await connection.close()
