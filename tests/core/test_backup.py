"""Backup and restore: every table and file equal, nothing over a database in use, nothing silently partial (R4)."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core import files, jobs, postgres, stores
from core.backup import BackupError, make_backup, restore_backup
from core.database import transaction
from core.ids import new_id
from tests.core.acting import acting_for

pytestmark = pytest.mark.usefixtures("database")
RESTORED = f"tx_restored_{os.getpid()}"


@pytest.fixture
async def empty(urls: postgres.Urls) -> AsyncIterator[str]:
    """An empty database to restore into, as the migrator."""
    name = RESTORED
    connection = await asyncpg.connect(urls.superuser)
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.execute(f"create database {name} owner {postgres.OWNER} template template0")
    yield (
        urls.migrator.replace("@/tx_main", f"@/{name}") if "@/tx_main" in urls.migrator else _swap(urls.migrator, name)
    )
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.close()


def _swap(url: str, name: str) -> str:
    head, tail = url.split("@/", 1)
    return f"{head}@/{name}?{tail.split('?', 1)[1]}"


async def test_a_restored_backup_equals_the_original(urls: postgres.Urls, empty: str, tmp_path: Path) -> None:
    tenant = new_id()
    async with acting_for(tenant, write_audit=True) as ctx:
        ref = await files.save_file(ctx, "a.pdf", b"%PDF-1.7\nbackup\n%%EOF")
        await jobs.enqueue(ctx, "test.never", ref.id)
        ctx.audit("file.saved", "file", ref.id)
    said: list[str] = []
    archive, put_back = tmp_path / "backup.tar", tmp_path / "files"
    assert await make_backup(urls.migrator, stores.store(), archive, said.append)
    assert await restore_backup(empty, stores.LocalStore(put_back), archive, said.append)
    assert "RTO" in said[-1] and not [line for line in said if "不一致" in line]
    assert (put_back / str(tenant) / ref.sha256).read_bytes().startswith(b"%PDF")
    application = await asyncpg.connect(_swap(urls.app, RESTORED))
    async with application.transaction():  # rights and policies came along
        assert await application.fetchval("select count(*) from audit_log") == 0
        await application.execute("select set_config('app.tenant', $1, true)", str(tenant))
        assert await application.fetchval("select count(*) from audit_log") == 1
        assert await application.fetchval("select count(*) from audit_verify($1)", tenant) == 0
    await application.close()
    with pytest.raises(BackupError, match="不是空的"):
        await restore_backup(empty, stores.LocalStore(put_back), archive, said.append)
    with pytest.raises(FileExistsError):
        await make_backup(urls.migrator, stores.store(), archive, said.append)
    async with transaction() as db:
        await db.run("select 1")


async def test_a_role_bound_by_row_security_cannot_make_a_partial_backup(urls: postgres.Urls, tmp_path: Path) -> None:
    with pytest.raises((BackupError, asyncpg.InsufficientPrivilegeError)):
        await make_backup(urls.app, stores.store(), tmp_path / "partial.tar", lambda _: None)
    assert not (tmp_path / "partial.tar").exists()


async def test_something_else_is_not_restored(empty: str, tmp_path: Path) -> None:
    import tarfile

    (tmp_path / "x").write_text("x")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "x", "x")
    with pytest.raises(BackupError, match="不是碳效的备份"):
        await restore_backup(empty, stores.LocalStore(tmp_path / "files"), tmp_path / "x.tar", lambda _: None)
