"""Loading the library into the database, and the catalogue of this process (one per epoch)."""

import json
import re
from pathlib import Path
from typing import Any

import asyncpg

from core.database import Db
from factors.catalogue import Catalogue, from_record
from factors.files import FOLDER, records

_current: dict[str, Catalogue] = {}
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


async def load_reference(connection: asyncpg.Connection) -> None:
    """Put the data files into the library; rows that are there stay as they are. As the migrator; idempotent."""
    rows = [{c: _plain(r[c]) for c in COLUMNS} for r in records()]
    before = await connection.fetchval("select count(*) from factor")
    if before >= len(rows):
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


def catalogue_from_files() -> Catalogue:
    """The same catalogue without a database (case checks, tools)."""
    held = _current.get("files")
    if held is None:
        held = _current["files"] = Catalogue(from_record(r) for r in records())
    return held


def data_file(name: str) -> Path:
    """A data file of this room."""
    return FOLDER / name
