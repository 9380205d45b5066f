"""The way to a connection: one pool, one context manager (architecture 4.3, 9.2, 9.3).

``acting()`` is the only way in for requests: it takes a connection with a time limit, begins, calls the SQL function
``enter()`` once (session, membership, tenant, idempotency key in one round trip), and commits or rolls back all that the verb
wrote. Inside it Tortoise models run on the same transaction. Nothing here is cached: who may act is read freshly each time.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn, cast
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
import msgspec
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import get_connections

from core.clock import beijing_date, utc_now
from core.errors import Conflict, Forbidden, Invalid, Problem, Unauthenticated, Unavailable

SERVER_SETTINGS = {
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "application_name": "tanxiao",
}

_state: dict[str, Any] = {}


class Db:
    """One open transaction. SQL takes ``$1`` parameters only; a row is a plain dict, jsonb comes decoded (fractions as Decimal)."""

    __slots__ = ("connection", "tortoise")

    def __init__(self, connection: asyncpg.Connection, tortoise: TransactionWrapper | None) -> None:
        self.connection = connection
        self.tortoise = tortoise

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """All rows."""
        return [dict(r) for r in await self.connection.fetch(sql, *args)]

    async def row(self, sql: str, *args: Any) -> dict[str, Any] | None:
        """The first row or None."""
        found = await self.connection.fetchrow(sql, *args)
        return None if found is None else dict(found)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row or None."""
        return await self.connection.fetchval(sql, *args)

    async def run(self, sql: str, *args: Any) -> int:
        """Execute; returns how many rows were touched."""
        status = await self.connection.execute(sql, *args)
        tail = status.rsplit(" ", 1)[-1]
        return int(tail) if tail.isdigit() else 0

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute once per row of parameters (prefer one set-based statement)."""
        await self.connection.executemany(sql, rows)


@dataclass(slots=True)
class AuditRow:
    """One line of the audit log before it is written (T17)."""

    action: str
    object_type: str
    object_id: str
    result: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seat:
    """Under which masked name somebody acts, and where the organisation stands; enter() has it in hand and says so."""

    name: str
    region: str | None
    industry: str | None


@dataclass(frozen=True, slots=True)
class LastWrite:
    """One call of an SQL function that may wait for the end of the request, where it shares a round trip with answer and audit.

    ``settle`` gets what the function answers, ``refuse`` what the database raised; both raise what the caller is told.
    """

    function: str
    arguments: tuple[Any, ...]
    settle: Callable[[Any], None]
    refuse: Callable[[asyncpg.PostgresError], NoReturn]

    def call(self, first: int) -> str:
        """The call as SQL, its parameters numbered from ``first`` on."""
        return f"{self.function}({', '.join(f'${n}' for n in range(first, first + len(self.arguments)))})"

    async def run(self, db: Db, beside: str = "null", *arguments: Any) -> None:
        """Write it, and ``beside`` in the same statement after it."""
        try:
            row = await db.connection.fetchrow(f"select {self.call(len(arguments) + 1)}, {beside}", *arguments, *self.arguments)
        except asyncpg.PostgresError as error:
            self.refuse(error)
        assert row is not None
        self.settle(row[0])


@dataclass(slots=True)
class Acting:
    """Who acts, for which organisation, when, and on which transaction. The first argument of every verb."""

    db: Db
    now: datetime
    tenant_id: UUID | None = None
    org_kind: str | None = None
    org_status: str | None = None
    account_id: UUID | None = None
    person_id: UUID | None = None
    sid: UUID | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    audience: str = ""
    amr: frozenset[str] = frozenset()
    auth_time: datetime | None = None
    request_id: str = ""
    ip: str = ""
    user_agent: str = ""
    route: str = ""
    seat: Seat | None = None
    audit_rows: list[AuditRow] = field(default_factory=list)
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    last_write: LastWrite | None = None

    @property
    def today(self) -> date:
        """The business date (Beijing)."""
        return beijing_date(self.now)

    @property
    def tenant(self) -> UUID:
        """The organisation acted for. Raises Forbidden when none is chosen."""
        if self.tenant_id is None:
            raise Forbidden("NO_ORGANISATION", "请先选择要办理的企业或机构。")
        return self.tenant_id

    def require(self, permission: str) -> None:
        """Raises Forbidden when no role held here carries the permission (T4)."""
        if permission not in self.permissions:
            raise Forbidden()

    def audit(self, action: str, object_type: str, object_id: object, result: str = "ok", detail: dict[str, Any] | None = None) -> None:
        """Note one audit line; all lines of a request are written in one statement before COMMIT."""
        self.audit_rows.append(AuditRow(action, object_type, str(object_id), result, detail or {}))

    def after_commit(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run ``act`` once the transaction is committed (never before, never when it rolled back)."""
        self.afterwards.append(act)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the edge knows of a caller before the database is asked."""

    sid: UUID | None = None
    organisation: UUID | None = None
    audience: str = ""
    route: str = ""
    idempotency_key: str | None = None
    body_sha256: bytes = b""
    read_only: bool = False
    allow_must_change: bool = False
    request_id: str = ""
    ip: str = ""
    user_agent: str = ""


class Replay(Exception):
    """The key was answered before: send the stored answer again, do nothing."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def connect_arguments(url: str) -> dict[str, Any]:
    """Split a postgresql:// address (TCP or ``?host=/socket/dir``) into asyncpg's arguments."""
    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    arguments: dict[str, Any] = {
        "host": query.get("host", parts.hostname or "127.0.0.1"),
        "port": int(query.get("port", parts.port or 5432)),
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or None,
    }
    if "sslmode" in query:
        arguments["ssl"] = query["sslmode"]
    return arguments


def encode_json(value: Any) -> str:
    """JSON text for a jsonb parameter; a str is taken as JSON already."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_decode_json = msgspec.json.Decoder(float_hook=Decimal).decode


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Codecs of a new connection: jsonb in and out as Python values, fractions as Decimal (no float touches a quantity)."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=encode_json, decoder=_decode_json, schema="pg_catalog", format="text")


async def _keep_session(_: asyncpg.Connection) -> None:
    """Replaces asyncpg's RESET ALL on release: everything we set is transaction-local."""


async def open_database(url: str, models: Sequence[str], *, minsize: int = 4, maxsize: int = 10, wait: float = 3.0) -> None:
    """Open the pool once per process. ``models`` are the rooms' model modules."""
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.asyncpg",
                    "credentials": {
                        **connect_arguments(url),
                        "minsize": minsize,
                        "maxsize": maxsize,
                        "server_settings": dict(SERVER_SETTINGS),
                        "init": prepare_connection,
                        "reset": _keep_session,
                        "max_inactive_connection_lifetime": 0,
                    },
                }
            },
            "apps": {"tanxiao": {"models": list(models), "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,
    )
    client = get_connections().get("default")
    assert isinstance(client, AsyncpgDBClient)
    await client.create_connection(with_db=True)
    _state.update(client=client, wait=wait)


async def close_database() -> None:
    """Close the pool."""
    _state.clear()
    await Tortoise.close_connections()


def pool() -> asyncpg.Pool:
    """The process's pool. Raises Unavailable before open_database()."""
    client: AsyncpgDBClient | None = _state.get("client")
    if client is None or client._pool is None:
        raise Unavailable()
    return client._pool


@asynccontextmanager
async def transaction(*, read_only: bool = False) -> AsyncIterator[Db]:
    """One transaction on one pooled connection, nobody acting (``acting()`` adds who). Commits unless an exception leaves it.

    Raises Unavailable (503) when no connection comes free in time or the database is away. A :class:`Problem` marked
    ``keep()`` commits and is raised on.
    """
    connections = pool()
    try:
        async with asyncio.timeout(_state["wait"]):  # acquire()'s own time limit would make a task of every request's wait
            raw = await connections.acquire()
    except (TimeoutError, OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError) as error:
        raise Unavailable() from error
    connection = cast("asyncpg.Connection", cast(Any, raw)._con)
    wrapper = TransactionWrapper(_state["client"])
    wrapper._connection = cast("asyncpg.Connection", raw)
    handler = get_connections()
    token = handler.set("default", wrapper)
    try:
        await connection.execute("BEGIN READ ONLY" if read_only else "BEGIN")
        try:
            yield Db(connection, wrapper)
        except Problem as problem:
            if not problem.kept:
                raise
            await connection.execute("COMMIT")
            raise
        await connection.execute("COMMIT")
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError, asyncpg.AdminShutdownError) as error:
        raise Unavailable() from error
    except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
        raise Unavailable("现在办理的人较多，请稍后重试，填写内容没有丢。", code="BUSY") from error
    finally:
        handler.reset(token)
        await asyncio.shield(asyncio.ensure_future(_release(connections, raw, connection)))


async def _release(connections: asyncpg.Pool, raw: Any, connection: asyncpg.Connection) -> None:
    """Give the connection back with no open transaction, or throw it away."""
    try:
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")
    except Exception:
        connection.terminate()
    try:
        await connections.release(raw)
    except Exception:
        connection.terminate()


@asynccontextmanager
async def acting(entry: Entry, permissions_of: Callable[[frozenset[str]], frozenset[str]]) -> AsyncIterator[Acting]:
    """A transaction in which somebody acts for one organisation (T2, T4, T11).

    Raises Unauthenticated (no live session), Forbidden (no membership, password change due), Conflict (same key in flight),
    Invalid (same key, other body), Replay (same key answered before).
    """
    async with transaction(read_only=entry.read_only) as db:
        ctx = Acting(
            db,
            utc_now(),
            audience=entry.audience,
            request_id=entry.request_id,
            ip=entry.ip,
            user_agent=entry.user_agent,
            route=entry.route,
        )
        if entry.sid is not None:
            await _enter(ctx, entry, permissions_of)
        yield ctx


async def _enter(ctx: Acting, entry: Entry, permissions_of: Callable[[frozenset[str]], frozenset[str]]) -> None:
    row = await ctx.db.row(
        "select * from enter($1, $2, $3, $4, $5)", entry.sid, entry.organisation, entry.route, entry.idempotency_key, ctx.now
    )
    assert row is not None
    refuse(row["outcome"], entry.allow_must_change)
    ctx.sid, ctx.tenant_id = entry.sid, entry.organisation
    ctx.account_id, ctx.person_id = row["account_id"], row["person_id"]
    ctx.org_kind, ctx.org_status = row["org_kind"], row["org_status"]
    ctx.roles = frozenset(row["roles"] or ())
    ctx.permissions = permissions_of(ctx.roles)
    ctx.amr, ctx.auth_time = frozenset(row["amr"] or ()), row["auth_time"]
    ctx.seat = Seat(row["actor_name"] or "", row["region_code"], row["industry_code"])
    if entry.idempotency_key is None:
        return
    if not row["idem_locked"]:
        raise Conflict("IDEMPOTENCY_IN_FLIGHT", "同一请求正在办理，请稍候，不必重复提交。")
    if row["idem_sha"] is None:
        return
    if row["idem_sha"] != entry.body_sha256:
        raise Invalid([], "这个 Idempotency-Key 已用于另一份内容，请换一个新的再提交。", code="IDEMPOTENCY_KEY_REUSED")
    raise Replay(row["idem_status"], row["idem_body"])


def refuse(outcome: str, allow_must_change: bool = False) -> None:
    """Turn an outcome of enter() into the refusal it means; ``ok`` passes."""
    if outcome == "ok" or (outcome == "must_change" and allow_must_change):
        return
    if outcome == "must_change":
        raise Forbidden("MUST_CHANGE_PASSWORD", "首次登录请先修改密码，再办理其他事项。")
    if outcome == "no_membership":
        raise Forbidden("NO_MEMBERSHIP", "您不是该企业（机构）的成员或代理人，或成员资格、委托已经结束。如需继续办理，请联系该企业。")
    if outcome == "org_suspended":
        raise Forbidden("ORGANISATION_SUSPENDED", "该企业（机构）已停用，请联系平台运营。")
    if outcome == "account_disabled":
        raise Unauthenticated("ACCOUNT_DISABLED", "账号已停用，请联系管理员。")
    raise Unauthenticated("SESSION_ENDED", "登录已过期，填写内容已保存，请重新登录。")


async def remember_answer(ctx: Acting, entry: Entry, status: int, body: bytes) -> None:
    """Store the first answer of a key; the last write of the transaction (R3)."""
    if entry.idempotency_key is None or ctx.tenant_id is None:
        return
    await ctx.db.run(
        "insert into idempotency (tenant_id, id, account_id, route, key, body_sha256, status, body)"
        " values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7)",
        ctx.tenant_id,
        ctx.account_id,
        entry.route,
        entry.idempotency_key,
        entry.body_sha256,
        status,
        body,
    )


def body_digest(body: bytes) -> bytes:
    """SHA-256 of a request body, for the idempotency record."""
    return hashlib.sha256(body).digest()
