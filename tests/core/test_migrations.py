"""Migrations: order, checksum, lock, one step back, backfills (architecture 6, 9.4)."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from core import postgres
from core.migrate import MigrationError, migrate, read, roll_back, run_backfill

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def empty(urls: postgres.Urls) -> postgres.Urls:
    """An empty database on the same server."""
    assert urls.superuser
    connection = await asyncpg.connect(urls.superuser)
    name = f"tx_empty_{os.getpid()}"  # other processes have theirs
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.execute(f"create database {name} owner {postgres.OWNER} template template0")
    await connection.close()
    swap = lambda url: url.replace("/" + url.split("@/")[1].split("?")[0], "/" + name)  # noqa: E731
    return postgres.Urls(swap(urls.app), swap(urls.migrator), swap(urls.janitor), swap(urls.direct), swap(urls.superuser))


def _write(folder: Path, name: str, up: str, down: str = "select 1") -> None:
    (folder / f"{name}.up.sql").write_text(up)
    (folder / f"{name}.down.sql").write_text(down)


def _settle(urls: postgres.Urls, var: Path) -> None:
    """The whole demonstration city: rows in nearly every table, each the way its room writes it."""
    addresses = {"DATABASE_URL": urls.app, "DATABASE_MIGRATOR_URL": urls.migrator, "DATABASE_JANITOR_URL": urls.janitor}
    environment = {**os.environ, **addresses, "DATABASE_DIRECT_URL": urls.direct, "MODE": "demo", "VAR_DIR": str(var)}
    done = subprocess.run([sys.executable, "server.py", "seed-demo"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


async def test_the_whole_chain_goes_forward_and_all_the_way_back_with_a_city_in_it(empty: postgres.Urls, tmp_path: Path) -> None:
    assert await migrate(empty.migrator)
    assert await migrate(empty.migrator) == []
    await asyncio.to_thread(_settle, empty, tmp_path)
    for step in reversed(read()):
        assert await roll_back(empty.migrator) == f"{step.number:04d}_{step.name}"
    connection = await asyncpg.connect(empty.migrator)
    left = await connection.fetch("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r','p','v','S')")
    functions = await connection.fetch("select proname from pg_proc where pronamespace = 'public'::regnamespace")
    await connection.close()
    assert [r["relname"] for r in left] == ["schema_migration"]
    assert [r["proname"] for r in functions] == []


async def test_a_changed_file_is_refused(empty: postgres.Urls, tmp_path: Path) -> None:
    _write(tmp_path, "0001_one", "create table one (id int)", "drop table one")
    assert await migrate(empty.migrator, tmp_path) == ["0001_one"]
    _write(tmp_path, "0001_one", "create table one (id bigint)", "drop table one")
    with pytest.raises(MigrationError, match="changed after it ran"):
        await migrate(empty.migrator, tmp_path)


async def test_a_failing_step_leaves_nothing(empty: postgres.Urls, tmp_path: Path) -> None:
    _write(tmp_path, "0001_bad", "create table half (id int); select 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty.migrator, tmp_path)
    connection = await asyncpg.connect(empty.migrator)
    assert await connection.fetchval("select to_regclass('half')") is None
    await connection.close()


def test_no_way_back_and_a_number_twice_are_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.up.sql").write_text("select 1")
    with pytest.raises(MigrationError, match="no way back"):
        read(tmp_path)
    _write(tmp_path, "0001_a", "select 1")
    _write(tmp_path, "0001_b", "select 1")
    with pytest.raises(MigrationError, match="taken"):
        read(tmp_path)


async def test_a_backfill_that_changes_nothing_under_row_security_is_an_error(empty: postgres.Urls) -> None:
    await migrate(empty.migrator)
    owner = await asyncpg.connect(empty.migrator)
    await owner.execute("set role tanxiao_owner")
    await owner.execute("create table t (tenant_id uuid not null, id uuid primary key, n int); call make_tenant_table('t')")
    await owner.execute("reset role")
    await owner.execute("insert into t values (gen_random_uuid(), gen_random_uuid(), null)")
    sql = "-- expects: select count(*) from t where n is null\nupdate t set n = 0 where n is null"
    async with owner.transaction():
        assert await run_backfill(owner, sql, "fill") == 1  # the migrator sees the row
    await owner.execute("update t set n = null")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):  # row_security = off makes a filtered query an error
        async with owner.transaction():
            await owner.execute("set local role tanxiao_owner")
            await run_backfill(owner, sql, "fill")
    with pytest.raises(MigrationError, match="changed no row"):
        async with owner.transaction():
            await run_backfill(owner, "-- expects: select count(*) from t where n is null\nupdate t set n = 0 where n = 77", "fill")
    await owner.close()
