"""Dated parameters of the rules 参数 (GN11): the row in force on the last day of a period."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.database import Db

_IN_FORCE = """
select distinct on (code) code, value, unit, source, valid_from
from parameter where code = any($1) and valid_from <= $2 and confidence <> 'unverified'
order by code, valid_from desc
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A threshold or limit as it was in force: decimals in ``value`` are strings."""

    code: str
    value: Any
    unit: str
    source: str
    valid_from: date


async def parameters_in_force(db: Db, codes: list[str], last_day: date) -> dict[str, Parameter]:
    """Rows in force on ``last_day`` by code; a code without one is not in the answer."""
    return {row["code"]: Parameter(**row) for row in await db.rows(_IN_FORCE, codes, last_day)}
