"""Loading the library into the database, and the catalogue of this process (one per epoch)."""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import asyncpg

from core.database import Db, transaction
from core.errors import Unavailable
from factors.catalogue import Catalogue, from_record
from factors.files import FOLDER, records

_current: dict[str, Catalogue] = {}
#: A version that any process published is in the public answers after at most this many seconds.
ASKED_EVERY = 2.0
_asked: dict[str, float] = {}
_asking = asyncio.Lock()
COLUMNS = (
    "code valid_key category carrier property kind name value value_text unit gas factor_set factor_year region_code valid_from valid_to source"
    " source_url confidence note"
).split()
LOAD = """
insert into factor select * from jsonb_to_recordset($1) as r(code text, valid_key date, category text, carrier text, property text, kind text,
  name text, value numeric, value_text text, unit text, gas text, factor_set text, factor_year int, region_code text, valid_from date, valid_to date,
  source text, source_url text, confidence text, note text)
on conflict (code, valid_key) do nothing
"""
#: How many rows of the data files are not there yet; what operators published beside them does not count.
MISSING = """
select count(*) from jsonb_to_recordset($1) as r(code text, valid_key date)
 where not exists (select 1 from factor f where f.code = r.code and f.valid_key = r.valid_key)
"""


async def load_reference(connection: asyncpg.Connection) -> None:
    """Put the data files into the library; rows that are there stay as they are. As the migrator; idempotent."""
    rows = [{c: _plain(r[c]) for c in COLUMNS} for r in records()]
    keys = [{"code": r["code"], "valid_key": r["valid_key"]} for r in rows]
    if await connection.fetchval(MISSING, keys) == 0:
        return
    await connection.execute(LOAD, rows)
    parameters = json.loads((FOLDER / "parameters.json").read_text("utf-8"))
    await connection.execute(
        "insert into parameter select r.code, r.valid_from, r.value, r.unit, r.source, r.confidence from jsonb_to_recordset($1)"
        " as r(code text, valid_from date, value jsonb, unit text, source text, confidence text) on conflict do nothing",
        [p for p in parameters if re.fullmatch(r"\d{4}-\d\d-\d\d", p["valid_from"])],
    )
    await connection.execute("update factor_epoch set epoch = epoch + 1")


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else str(value)


async def catalogue(db: Db, epoch: int | None = None) -> Catalogue:
    """The catalogue of the current epoch; one cheap query when the caller does not know the epoch already."""
    if epoch is None:
        epoch = int(await db.value("select epoch from factor_epoch"))
    held = _current.get("catalogue")
    if held is None or held.epoch != epoch:
        held = Catalogue((from_record(r) for r in await db.rows("select * from factor where category <> 'gwp' order by code, valid_key")), epoch)
        _current["catalogue"] = held
    return held


async def published_catalogue() -> Catalogue:
    """The published library for who has no transaction (public calculator): the epoch is asked every two seconds, once for all.

    While the database is away what was published last goes on answering. Raises Unavailable when nothing was ever read.
    """
    held = _current.get("catalogue")
    if held is not None and (_asked.get("until", 0.0) > time.monotonic() or _asking.locked()):
        return held
    async with _asking:
        held = _current.get("catalogue")
        if held is None or _asked.get("until", 0.0) <= time.monotonic():
            held = await _ask_for_news(held)
            _asked["until"] = time.monotonic() + ASKED_EVERY
    return held


async def _ask_for_news(held: Catalogue | None) -> Catalogue:
    try:
        async with transaction(read_only=True) as db:
            return await catalogue(db)
    except Unavailable:
        if held is None:
            raise
        return held


def catalogue_from_files() -> Catalogue:
    """The same catalogue without a database (case checks, tools)."""
    held = _current.get("files")
    if held is None:
        held = _current["files"] = Catalogue(from_record(r) for r in records())
    return held


def data_file(name: str) -> Path:
    """A data file of this room."""
    return FOLDER / name


SHOWN = (
    "code, name, kind, value_text as value, unit, factor_set, factor_year, region_code, valid_from, valid_to, source, source_url, confidence, note"
)


async def search(
    db: Db, *, code: str | None, kind: str | None, region: str | None, text: str | None, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Rows of the library that may be shown, with how many there are."""
    rows = await db.rows(
        f"select {SHOWN}, count(*) over () as total from factor where confidence <> 'unverified' and property <> 'fill_in_unit'"  # noqa: S608
        " and ($1::text is null or code = $1) and ($2::text is null or kind = $2) and ($3::text is null or region_code = $3)"
        " and ($4::text is null or position($4 in name) > 0 or starts_with(code, $4)) order by code, valid_key limit $5 offset $6",
        code, kind, region, text, limit, offset,
    )  # fmt: skip
    return [{k: v for k, v in r.items() if k != "total"} for r in rows], rows[0]["total"] if rows else 0


async def history(db: Db, code: str) -> list[dict[str, Any]]:
    """Everything an energy's property or a grid region was given over time, newest first."""
    rows: list[dict[str, Any]] = await db.rows(
        f"select {SHOWN} from factor f where confidence <> 'unverified' and exists (select 1 from factor o where o.code = $1 and o.confidence <> 'unverified'"  # noqa: S608
        " and o.property = f.property and o.kind = f.kind and o.region_code = f.region_code and o.carrier is not distinct from f.carrier"
        " and (o.category <> 'other' or o.code = f.code)) order by valid_key desc, code",
        code,
    )
    return rows


async def reference_cases(db: Db) -> list[dict[str, Any]]:
    """Published companies: name, source, figures."""
    rows: list[dict[str, Any]] = await db.rows("select id, name, title, figures, source, source_url from reference_case order by id")
    return rows
