"""The limit we measure against: a bare Sanic that does the same I/O by hand, unauthenticated, unchecked.

``/submit`` decodes the same JSON and writes the same rows of all tables as our submission of a month, in one
hand-written transaction on a raw asyncpg pool of the same size, as a role that bypasses row security. What our
side computes (totals, traces) it takes ready-made from a sample of rows that a real submission left.
"""

import hashlib
import pickle
import sys
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from sanic import Request, Sanic
from sanic.response import HTTPResponse, raw

JSON = "application/json"
SERVER_SETTINGS = {
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
}


class Submit:
    """The hand-written transaction."""

    def __init__(self, sample: dict[str, list[dict[str, Any]]]) -> None:
        self.month = sample["inventory_month"][0]
        self.lines = [{k: _text(v) for k, v in row.items()} for row in sample["inventory_line"]]
        self.deltas = sample["rollup_delta"]
        self.audit = next(v for k, v in sample.items() if k.startswith("audit_log"))[0]
        self.idempotency = sample["idempotency"][0]
        self.job = sample.get("outbox", [None])[0]
        self.month_columns = list(self.month)
        self.line_columns = list(self.lines[0])
        self.month_sql = _insert("inventory_month", self.month)
        self.audit_columns = [c for c in self.audit if c not in ("seq", "prev_hash", "hash")]

    def prepare(self, types: dict[str, dict[str, str]]) -> None:
        """Write the set-based statements; ``types`` are the column types of the tables."""
        kinds = types["inventory_line"]
        arrays = ", ".join(f"${n}::{kinds[c]}[]" for n, c in enumerate(self.line_columns, 1))
        self.line_sql = f"insert into inventory_line ({', '.join(self.line_columns)}) select * from unnest({arrays})"  # noqa: S608
        kinds = types["rollup_delta"]
        self.delta_columns = [c for c in self.deltas[0] if c not in ("id", "created_at")]
        arrays = ", ".join(f"${n}::{kinds[c]}[]" for n, c in enumerate(self.delta_columns, 1))
        self.delta_sql = f"insert into rollup_delta ({', '.join(self.delta_columns)}) select * from unnest({arrays})"  # noqa: S608
        places = ", ".join(f"${n}" for n in range(3, 3 + len(self.audit_columns)))
        self.audit_sql = (
            "with head as (insert into audit_head as h (chain, seq, hash, at) values ($1, 1, $2, now()) on conflict (chain)"  # noqa: S608
            " do update set seq = h.seq + 1, hash = sha256(h.hash || $2), at = now() returning seq, hash)"
            f" insert into audit_log (seq, prev_hash, hash, {', '.join(self.audit_columns)})"
            f" select seq, $2, hash, {places} from head"
        )

    async def write(self, connection: asyncpg.Connection, tenant: UUID, sent: dict[str, Any], body: bytes) -> bytes:
        """One month of one firm; returns the answer's body."""
        period, month_id, key = int(sent["month_from"].replace("-", "")), uuid4(), str(uuid4())
        amounts = [line["amount"] for line in sent["months"][0]["lines"]]
        async with connection.transaction():
            month = {**self.month, "tenant_id": tenant, "id": month_id, "period": period}
            await connection.execute(self.month_sql, *month.values())
            fresh = [
                {**line, "tenant_id": tenant, "id": uuid4(), "month_id": month_id, "period": period, "amount": amount}
                for line, amount in zip(self.lines, amounts, strict=True)
            ]
            await connection.execute(self.line_sql, *([line[c] for line in fresh] for c in self.line_columns))
            await connection.execute(
                "insert into month_head (tenant_id, period, version, state, month_id) values ($1, $2, 1, 'submitted', $3)",
                tenant,
                period,
                month_id,
            )
            deltas = [{**d, "tenant_id": tenant, "period": period} for d in self.deltas]
            await connection.execute(self.delta_sql, *([d[c] for d in deltas] for c in self.delta_columns))
            if self.job:
                job = {**self.job, "tenant_id": tenant, "id": uuid4(), "object_id": month_id}
                await connection.execute(
                    "with made as (insert into outbox (tenant_id, id, kind, object_id, version, payload, run_after, created_at)"
                    " values ($1, $2, $3, $4, 1, '{}', now(), now()) returning id)"
                    " insert into pgqueuer (priority, status, entrypoint, headers)"
                    " select 0, 'queued', $3, jsonb_build_object('tenant', $1, 'job', id) from made",
                    tenant,
                    job["id"],
                    job["kind"],
                    month_id,
                )
            audit = {**self.audit, "tenant_id": tenant, "id": uuid4()}
            digest = hashlib.sha256(body).digest()
            await connection.execute(self.audit_sql, tenant, digest, *(audit[c] for c in self.audit_columns))
            known = {**self.idempotency, "tenant_id": tenant, "id": uuid4(), "key": key}
            await connection.execute(_insert("idempotency", known), *known.values())
        return bytes(self.idempotency["body"])


def _text(value: Any) -> Any:
    """JSON as text: a list inside an array parameter would be taken for a further dimension."""
    return msgspec.json.encode(value).decode() if isinstance(value, (dict, list)) else value


def _insert(table: str, row: dict[str, Any]) -> str:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    return f"insert into {table} ({', '.join(row)}) values ({places})"  # noqa: S608


async def _connect(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=lambda v: v if isinstance(v, str) else msgspec.json.encode(v).decode(), decoder=msgspec.json.decode,
            schema="pg_catalog", format="text",
        )  # fmt: skip
    # amounts and factors travel as text, as they stand in the JSON
    await connection.set_type_codec("numeric", encoder=str, decoder=str, schema="pg_catalog", format="text")


async def _no_reset(_: asyncpg.Connection) -> None:
    return None


def create(url: str = "", sample: str = "") -> Sanic:  # type: ignore[type-arg]
    """The application of the comparator."""
    app = Sanic("bare", configure_logging=False)
    app.config.update(ACCESS_LOG=False, KEEP_ALIVE_TIMEOUT=75, REQUEST_MAX_SIZE=2_000_000)

    @app.get("/healthz")  # type: ignore[misc]
    async def healthz(request: Request) -> HTTPResponse:
        return raw(b'{"status":"ok"}', content_type=JSON)

    @app.post("/echo")  # type: ignore[misc]
    async def echo(request: Request) -> HTTPResponse:
        return raw(msgspec.json.encode(msgspec.json.decode(request.body)), content_type=JSON)

    if url:
        with open(sample, "rb") as file:
            submit = Submit(pickle.load(file))

        @app.before_server_start  # type: ignore[misc]
        async def start(app: Sanic) -> None:  # type: ignore[type-arg]
            app.ctx.pool = await asyncpg.create_pool(
                url, min_size=4, max_size=10, init=_connect, reset=_no_reset, server_settings=SERVER_SETTINGS
            )
            types: dict[str, dict[str, str]] = {}
            for row in await app.ctx.pool.fetch(
                "select c.relname, a.attname, format_type(a.atttypid, null) as kind from pg_attribute a join pg_class c"
                " on c.oid = a.attrelid where c.relname in ('inventory_line', 'rollup_delta') and a.attnum > 0"
            ):
                types.setdefault(row["relname"], {})[row["attname"]] = row["kind"]
            submit.prepare(types)

        @app.post("/submit")  # type: ignore[misc]
        async def write(request: Request) -> HTTPResponse:
            sent = msgspec.json.decode(request.body)
            async with request.app.ctx.pool.acquire() as connection:
                body = await submit.write(connection, UUID(request.headers["x-tenant"]), sent, request.body)
            return raw(body, content_type=JSON)

    return app


if __name__ == "__main__":
    create(*sys.argv[2:]).run(
        host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False
    )
