"""The two trees as reference data: regions (GB/T 2260) and industries (GB/T 4754-2017), loaded from ``tenants/data``.

Loading is idempotent and set-based: one COPY into a temporary table and one upsert per tree, as the migrator.
"""

import csv
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg

DATA = Path(__file__).parent / "data"
_TREE = ("code", "level", "name", "name_en", "parent_code", "path")
_ORIGIN = ("source", "source_url", "confidence", "note")
_REGION = (*_TREE, "status", "grid_region", *_ORIGIN)
_INDUSTRY = (*_TREE, "valid_from", *_ORIGIN)
Records = Iterable[tuple[Any, ...]]


@lru_cache(1)
def region_records() -> list[tuple[Any, ...]]:
    """Rows of the region table, parents first. A city without districts stands twice; its city row is taken."""
    chosen: dict[str, dict[str, str]] = {}
    for row in _read("regions.csv"):
        chosen.setdefault(row["code"], row)
    parents = {code: row["parent_code"] or None for code, row in chosen.items()}
    records = [
        (
            code, row["level"], row["name_zh"], row["name_en"], parents[code], _path(code, parents), row["status"],
            row["grid_region"] or None, row["source"], row["source_url"], row["confidence"], row["note"],
        )
        for code, row in chosen.items()
    ]  # fmt: skip
    return sorted(records, key=lambda r: (len(r[5]), r[0]))


@lru_cache(1)
def industry_records() -> list[tuple[Any, ...]]:
    """Rows of the industry table, parents first."""
    rows = {r["code"]: r for r in _read("industries.csv") if r["record_type"] == "classification"}
    parents = {code: row["parent_code"] or None for code, row in rows.items()}
    records = [
        (
            code, row["level"], row["name_zh"], row["name_en"], parents[code], _path(code, parents),
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            row["source"], row["source_url"], row["confidence"], row["note"],
        )
        for code, row in rows.items()
    ]  # fmt: skip
    return sorted(records, key=lambda r: (len(r[5]), r[0]))


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _path(code: str, parents: dict[str, str | None]) -> list[str]:
    chain = [code]
    while (above := parents[chain[-1]]) is not None:
        if above in chain:
            raise ValueError(f"{code}: its parents run in a circle")
        chain.append(above)
    return chain[::-1]


async def load_reference(connection: asyncpg.Connection) -> dict[str, int]:
    """Load or refresh both trees as the migrator; returns how many rows were new or changed. No code is taken away."""
    return {
        "region": await _load(connection, "region", _REGION, region_records()),
        "industry": await _load(connection, "industry", _INDUSTRY, industry_records()),
    }


async def _load(connection: asyncpg.Connection, table: str, columns: tuple[str, ...], records: Records) -> int:
    await connection.execute(_STATEMENTS[table][0])
    await connection.copy_records_to_table(f"new_{table}", records=records, columns=columns)
    status = await connection.execute(_STATEMENTS[table][1])
    await connection.execute(_STATEMENTS[table][2])
    return int(status.rsplit(" ", 1)[-1])


def _statements(table: str, columns: tuple[str, ...]) -> tuple[str, str, str]:
    names = ", ".join(columns)
    fresh = ", ".join(f"{c} = excluded.{c}" for c in columns[1:])
    old, new = (", ".join(f"{side}.{c}" for c in columns[1:]) for side in ("t", "excluded"))
    return (
        " ".join(("create temporary table", f"new_{table}", "(like", table, ")")),
        " ".join(
            (
                "insert into", table, "as t (", names, ") select", names, "from", f"new_{table}",
                "order by cardinality(path), code on conflict (code) do update set", fresh,
                "where (", old, ") is distinct from (", new, ")",
            )
        ),
        " ".join(("drop table", f"new_{table}")),
    )  # fmt: skip


_STATEMENTS = {"region": _statements("region", _REGION), "industry": _statements("industry", _INDUSTRY)}
