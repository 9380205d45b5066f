"""The data files as records of table ``factor`` (sources: ``factors/data/SOURCES.md``). Values keep the digits they were printed with."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"


def _read(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _record(row: dict[str, str], **own: Any) -> dict[str, Any]:
    numeric = own.pop("numeric", True)
    return {
        "valid_key": _day(row["valid_from"]) or date(1, 1, 1),
        "name": row["name_zh"],
        "value": Decimal(row["value"]) if numeric and row["value"] else None,
        "value_text": row["value"],
        "unit": row["unit"],
        "gas": row.get("gas", ""),
        "factor_set": "",
        "factor_year": None,
        "region_code": "",
        "carrier": None,
        "valid_from": _day(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
        "source": row["source"],
        "source_url": row["source_url"],
        "confidence": row["confidence"],
        "note": row["note"],
    } | own


@lru_cache(1)
def records() -> tuple[dict[str, Any], ...]:
    """Every row of every file, deterministic."""
    found: list[dict[str, Any]] = []
    for row in _read("energy_carriers.csv"):
        code = f"{row['code']}.{row['property']}.{row['factor_set']}"
        found.append(
            _record(row, code=code, category="carrier", carrier=row["code"], property=row["property"], kind=_carrier_kind(row["property"]), factor_set=row["factor_set"], numeric=row["property"] != "fill_in_unit")
        )  # fmt: skip
    for row in _read("grid_factors.csv"):
        year = int(row["factor_year"]) if row["factor_year"] else None
        found.append(
            _record(row, code=row["code"], category="grid", carrier="electricity", property="grid_factor", kind=row["factor_kind"], factor_year=year, region_code=row["region_code"], factor_set=f"{row['factor_kind']}_{row['factor_year']}")
        )  # fmt: skip
    for row in _read("other_factors.csv"):
        numeric = _is_number(row["value"])
        found.append(_record(row, code=row["code"], category="other", property=row["category"], kind=row["category"], numeric=numeric))
    for row in _read("gwp.csv"):
        numeric = _is_number(row["value"])
        found.append(_record(row, code=row["code"], category="gwp", property="gwp", kind=f"gwp_{row['assessment']}", factor_set=row["assessment"], numeric=numeric))
    unique: dict[tuple[str, date], dict[str, Any]] = {}
    for record in found:
        key = (record["code"], record["valid_key"])
        while key in unique:
            record["code"] += "+"
            key = (record["code"], record["valid_key"])
        unique[key] = record
    return tuple(unique.values())


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _carrier_kind(prop: str) -> str:
    return {"co2_factor": "fuel", "ncv": "fuel", "carbon_content": "fuel", "oxidation_rate": "fuel"}.get(prop, prop)
