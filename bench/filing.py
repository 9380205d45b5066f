"""Twelve lines of a month: templates for many firms, and the requests that file them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from bench import load
from bench.world import Firm
from core.clock import utc_now
from core.database import connect_arguments
from core.ids import new_id

#: carrier, use, unit, amount of a month
LINES = (
    ("electricity", "purchased_electricity", "10^4 kWh", "120.5"),
    ("natural_gas", "fuel", "10^4 Nm3", "3.25"),
    ("diesel", "fuel", "t", "12.5"),
    ("gasoline", "fuel", "t", "2.75"),
    ("lpg", "fuel", "t", "1.2"),
    ("coke", "fuel", "t", "8"),
    ("bituminous", "fuel", "t", "35.4"),
    ("anthracite", "fuel", "t", "11"),
    ("fuel_oil", "fuel", "t", "4.05"),
    ("kerosene", "fuel", "t", "0.5"),
    ("heat", "purchased_heat", "GJ", "310"),
    ("lng", "fuel", "t", "6.6"),
)
MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024, 2025, 2026) for month in range(1, 13)][:46]


async def make_templates(url: str, firms: Sequence[Firm]) -> dict[UUID, list[UUID]]:
    """A template of twelve items per firm, written set-based; returns the item ids in the order of LINES."""
    items = {firm.tenant: [new_id() for _ in LINES] for firm in firms}
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        now = utc_now()
        await connection.copy_records_to_table(
            "template",
            records=[(f.tenant, 1, 202201, f.account, now) for f in firms],
            columns=("tenant_id", "version", "first_month", "saved_by", "saved_at"),
        )
        await connection.copy_records_to_table(
            "template_item",
            records=[
                (tenant, item, carrier, carrier, use, unit, place, 202201, 1)
                for tenant, ids in items.items()
                for place, (item, (carrier, use, unit, _)) in enumerate(zip(ids, LINES, strict=True))
            ],
            columns=("tenant_id", "id", "carrier", "name", "use", "unit", "sort", "first_month", "template_version"),
        )
    finally:
        await connection.close()
    return items


def month_body(items: Sequence[UUID], month: str) -> dict[str, Any]:
    """What a client sends to file one month."""
    lines = [{"item_id": str(i), "amount": amount} for i, (*_, amount) in zip(items, LINES, strict=True)]
    return {
        "month_from": month,
        "month_to": month,
        "mode": "each",
        "months": [{"month": month, "lines": lines, "process": [], "green": None}],
        "replace": False,
        "answers": [],
    }


def submissions(
    firms: Sequence[Firm], items: dict[UUID, list[UUID]], connections: int, months: Sequence[str] = MONTHS
) -> Any:
    """Requests per connection: each files a month that nobody filed yet, with an idempotency key of its own."""

    def make(number: int) -> Iterator[bytes]:
        own = firms[number::connections]
        for month in months:
            for firm in own:
                yield load.request(
                    "POST",
                    "/api/v1/filing/submit",
                    month_body(items[firm.tenant], month),
                    Authorization=f"Bearer {firm.token}",
                    Idempotency_Key=str(new_id()),
                )

    return make
