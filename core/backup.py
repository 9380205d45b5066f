"""Backup and restore 备份与恢复: database and files in one archive, as the migrator with row security off (R4).

A dump by a role that row security binds would be silently partial; ``row_security = off`` turns that into an
error. The archive is a tar of ``database.dump`` (pg_dump's own format), ``files/…`` and ``manifest.json`` with
a row count and a checksum per table, taken in the same snapshot as the dump. The files come from whichever store
is configured and go back into whichever is configured then, so a backup also moves an install between the two.
Restore goes into an empty database only, compares every table and file with the manifest and reports the
differences; it prints how old the data are (RPO) and how long it took (RTO).
"""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from core.clock import utc_now
from core.database import connect_arguments
from core.postgres import OWNER, Urls, binaries
from core.settings import Settings
from core.stores import KEY, REMEDIES, Store, StoreDown, store_of

FORMAT = 1
TABLES = """
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname
"""


class BackupError(Exception):
    """A backup or a restore that may not be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class TableCheck:
    """One table before and after."""

    table: str
    rows: int
    checksum: str
    restored_rows: int
    restored_checksum: str

    @property
    def equal(self) -> bool:
        """Same number of rows, same contents."""
        return (self.rows, self.checksum) == (self.restored_rows, self.restored_checksum)


def backup(urls: Urls, settings: Settings, target: Path) -> int:
    """Write the archive ``target``; 0 when done. The command line's ``server.py backup FILE``."""
    return _command(lambda: make_backup(urls.migrator, store_of(settings), target))


def restore(urls: Urls, settings: Settings, source: Path) -> int:
    """Restore ``source`` into the (empty) configured database and file store; 0 when every table and file is equal."""
    return _command(lambda: restore_backup(urls.migrator, store_of(settings), source))


def _command(work: Callable[[], Awaitable[bool]]) -> int:
    async def go() -> bool:
        return await work()

    try:
        return 0 if asyncio.run(go()) else 1
    except StoreDown as down:
        print("不能完成：对象存储{}。{}".format(*REMEDIES[down.reason]))
        return 1
    except (BackupError, FileExistsError, FileNotFoundError, tarfile.TarError) as error:
        print(f"不能完成：{error}")
        return 1


async def make_backup(url: str, store: Store, target: Path, say: Callable[[str], None] = print) -> bool:
    """Dump database and files. Raises BackupError (role bound by row security), FileExistsError (target exists), StoreDown."""
    if target.exists():
        raise FileExistsError(f"{target} 已存在，请换一个文件名")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="backup-", dir=target.resolve().parent) as folder:
        dump = Path(folder) / "database.dump"
        connection = await asyncpg.connect(**connect_arguments(url))
        try:
            await connection.execute("set row_security = off")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await connection.fetchval("select pg_export_snapshot()")
                taken = utc_now()
                tables = await count_tables(connection)
                version = await connection.fetchval("select max(number) from schema_migration")
                await _tool(url, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={dump}")
        finally:
            await connection.close()
        manifest = {
            "format": FORMAT,
            "taken_at": taken.isoformat(),
            "migration": version,
            "tables": tables,
        }
        stored = await _pack(Path(folder), store, manifest, target)
    rows = sum(t["rows"] for t in tables.values())
    await _remember(url, {"rows": rows, "files": len(stored), "bytes": target.stat().st_size, "migration": version}, taken)
    say(
        f"备份完成：{len(tables)} 张表 {rows} 行，{len(stored)} 个文件，{target.stat().st_size / 1e6:.1f} MB，"
        f"用时 {time.perf_counter() - began:.1f} 秒 → {target}"
    )
    return True


async def _remember(url: str, value: dict[str, Any], taken: datetime) -> None:
    """When the last backup was taken, for the page of the system; a schema that does not know the table yet is left alone."""
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        if await connection.fetchval("select to_regclass('system_fact')"):
            sql = "insert into system_fact values ('backup', $1::text::jsonb, $2) on conflict (name) do update set value = excluded.value, at = excluded.at"
            await connection.execute(sql, json.dumps(value), taken)
    finally:
        await connection.close()


async def restore_backup(url: str, store: Store, source: Path, say: Callable[[str], None] = print) -> bool:
    """Restore into an empty database and compare. True when every table and file equals the manifest.

    Raises BackupError when the database already holds tables or the archive is not one of ours, StoreDown.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="restore-") as name:
        folder = Path(name)
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        try:
            manifest = json.loads((folder / "manifest.json").read_text())
        except FileNotFoundError:
            raise BackupError(f"{source} 不是碳效的备份文件") from None
        if manifest.get("format") != FORMAT:
            raise BackupError(f"备份格式 {manifest.get('format')} 不能由本版本恢复")
        await _refuse_unless_empty(url)
        await _tool(
            url,
            "pg_restore",
            "--no-owner",
            f"--role={OWNER}",
            "--single-transaction",
            "--exit-on-error",
            f"--dbname={_libpq(url)}",
            str(folder / "database.dump"),
        )
        stored = await _put_back(folder, store)
        checks = await _compare(url, manifest)
    return _report(manifest, checks, stored, time.perf_counter() - began, say)


async def count_tables(connection: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    """Rows and an order-independent checksum per table (partitions one by one)."""
    found = {}
    for row in await connection.fetch(TABLES):
        name = row["relname"]
        line = await connection.fetchrow(
            "select count(*) as rows,"  # noqa: S608
            " coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text as sum"
            f' from "{name}" t'
        )
        assert line is not None
        found[name] = {"rows": line["rows"], "checksum": line["sum"]}
    return found


async def _compare(url: str, manifest: dict[str, Any]) -> list[TableCheck]:
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        await connection.execute("set row_security = off")
        now = await count_tables(connection)
    finally:
        await connection.close()
    nothing = {"rows": -1, "checksum": "missing"}
    return [
        TableCheck(name, *_pair(manifest["tables"].get(name, nothing)), *_pair(now.get(name, nothing)))
        for name in sorted(manifest["tables"].keys() | now.keys())
    ]


def _pair(entry: dict[str, Any]) -> tuple[int, str]:
    return entry["rows"], entry["checksum"]


def _report(
    manifest: dict[str, Any],
    checks: list[TableCheck],
    stored: dict[str, str],
    seconds: float,
    say: Callable[[str], None],
) -> bool:
    wrong = [c for c in checks if not c.equal]
    for check in checks:
        mark = "一致" if check.equal else "不一致"
        say(f"  {check.table:<32} {check.rows:>9} → {check.restored_rows:>9} 行  {mark}")
    lost = sorted(manifest["files"].keys() - {k for k, v in stored.items() if manifest["files"].get(k) == v})
    for key in lost:
        say(f"  文件缺失或不一致：{key}")
    age = utc_now() - datetime.fromisoformat(manifest["taken_at"])
    say(
        f"恢复{'完成' if not wrong and not lost else '有差异'}：{len(checks)} 张表，{len(manifest['files'])} 个文件；"
        f"数据截至 {age.total_seconds() / 60:.1f} 分钟前（RPO），用时 {seconds:.1f} 秒（RTO）"
    )
    return not wrong and not lost


async def _refuse_unless_empty(url: str) -> None:
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        present = [r["relname"] for r in await connection.fetch(TABLES)]
    finally:
        await connection.close()
    if present:
        raise BackupError(f"目标数据库不是空的（已有 {len(present)} 张表），恢复只进入空库，以免覆盖现有数据")


async def _tool(url: str, name: str, *arguments: str) -> None:
    """Run pg_dump or pg_restore (of the embedded server, else the system's). Raises BackupError with its message."""
    command = [str(_find(name)), *arguments]
    if name == "pg_dump":
        command.append(f"--dbname={_libpq(url)}")
    environment = {
        **os.environ,
        "PGOPTIONS": "-c row_security=off -c statement_timeout=0 -c client_min_messages=warning",
    }
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, env=environment)
    if done.returncode:
        raise BackupError(f"{name}：{done.stderr.decode(errors='replace').strip()[:2000]}")


def _find(name: str) -> Path:
    own = binaries() / name
    found = own if own.exists() else Path(p) if (p := shutil.which(name)) else None
    if found is None:
        raise BackupError(f"找不到 {name}")
    return found


def _libpq(url: str) -> str:
    facts = connect_arguments(url)
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "database": "dbname"}
    return " ".join(f"{names[k]}='{v}'" for k, v in facts.items() if k in names and v is not None)


async def _pack(folder: Path, store: Store, manifest: dict[str, Any], target: Path) -> dict[str, str]:
    """Write the archive, one blob after another through one temporary file; returns the digest of every blob by its key."""
    stored: dict[str, str] = {}
    partial, blob = target.with_name(target.name + ".partial"), folder / "blob"
    try:
        with tarfile.open(partial, "w") as archive:
            await asyncio.to_thread(archive.add, folder / "database.dump", "database.dump")
            async for page in store.pages():
                for key in (b.key for b in page if KEY.fullmatch(b.key)):
                    with contextlib.suppress(FileNotFoundError):  # swept since the listing: no row of the dump wants it
                        await store.fetch(key, blob)
                        stored[key] = await asyncio.to_thread(_digest, blob)
                        await asyncio.to_thread(archive.add, blob, f"files/{key}")
            text = folder / "manifest.json"
            text.write_text(json.dumps({**manifest, "files": stored}, indent=1, sort_keys=True))
            archive.add(text, "manifest.json")
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(partial, 0o600)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return stored


async def _put_back(folder: Path, store: Store) -> dict[str, str]:
    """Every blob of the archive into the store, read back from there; returns the digest of what lies there now by its key."""
    stored: dict[str, str] = {}
    back = folder / "back"
    for path in sorted((folder / "files").glob("*/*")):
        key = f"{path.parent.name}/{path.name}"
        wanted = await asyncio.to_thread(_digest, path)
        for _ in range(2):
            await store.put(key, await asyncio.to_thread(path.read_bytes))
            await store.fetch(key, back)
            stored[key] = await asyncio.to_thread(_digest, back)
            if stored[key] == wanted:
                break
            await store.remove(key, float("inf"))  # what lay there before was damaged
    return stored


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
