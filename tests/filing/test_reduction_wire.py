"""Reductions over the wire: what is typed wrongly is named, repeated or stale; nothing answers 500."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from bench.world import Firm, make_firms
from core import clock, postgres
from tests.filing.test_wire import with_template
from tests.filing.wire import Reply, send

ROOT = "/api/v1/reduction"
_numbers = iter(range(4_000_000, 4_900_000, 10))


@pytest.fixture
async def firm(database: str, urls: postgres.Urls) -> AsyncIterator[Firm]:
    """An enterprise with a signed-in legal representative."""
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    yield (await make_firms(urls.migrator, 1, start=next(_numbers)))[0]


def body(items: list[str], **more: Any) -> dict[str, Any]:
    usual = {
        "name": "照明改造", "summary": "车间灯具改为 LED。", "kind": "节能", "investment": "12.5", "implemented_on": "2025-06-20",
        "saved": [{"item_id": items[0], "amount": "3.2"}],
    }  # fmt: skip
    return usual | more


async def post(firm: Firm, data: Any, key: str | None = None, year: str = "2025") -> Reply:
    return await send(firm, "POST", f"{ROOT}/<year>/measures", data, key=key or str(uuid4()), year=year)


async def test_a_measure_is_made_once_changed_at_its_version_and_removed(firm: Firm) -> None:
    items, key = await with_template(firm, 3), str(uuid4())
    first, again = await post(firm, body(items), key), await post(firm, body(items), key)
    assert first.status == again.status == 201 and first.json["id"] == again.json["id"]
    made = first.json
    assert made["computed_t"] == made["counted_t"] and made["saved"][0]["factor_source"] and made["months_in_year"] == 6
    place = f"{ROOT}/measures/<measure_id>"
    changed = await send(firm, "PUT", place, body(items, name="照明改造二期", version=1), measure_id=made["id"])
    assert changed.status == 200 and changed.json["version"] == 2
    stale = await send(firm, "PUT", place, body(items, version=1), measure_id=made["id"])
    assert stale.status == 409 and stale.json["code"] == "STALE_VERSION" and stale.json["version"] == 2
    assert (await send(firm, "DELETE", place, query={"version": "1"}, measure_id=made["id"])).status == 409
    assert (await send(firm, "DELETE", place, measure_id=made["id"])).status == 422
    assert (await send(firm, "DELETE", place, query={"version": "2"}, measure_id=made["id"])).status == 204
    assert (await send(firm, "GET", f"{ROOT}/<year>", year="2025")).json["measures"] == []


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"investment": "NaN"}, "investment"), ({"investment": 12.5}, "investment"), ({"investment": "-1"}, "investment"), ({"typed_t": "1e3"}, "typed_t"),
        ({"implemented_on": "2025-02-30"}, "implemented_on"), ({"implemented_on": "2024-12-31"}, "implemented_on"), ({"kind": "植树"}, "kind"),
        ({"saved": [{"item_id": "x", "amount": "1"}]}, "saved[0].item_id"), ({"saved": [{"item_id": str(uuid4()), "amount": "1"}]}, "saved[0].item_id"),
        ({"life_years": 0}, "life_years"), ({"life_years": "5"}, "life_years"), ({"accepted_t": "9"}, "accepted_t"), ({"name": "名" * 51}, "name"),
        ({"summary": "\u0000"}, "summary"),
    ],
)  # fmt: skip
async def test_bad_measures_are_refused_by_field(firm: Firm, more: dict[str, Any], path: str) -> None:
    items = await with_template(firm, 2)
    answer = await post(firm, body(items, **more))
    assert answer.status == 422, answer.json
    assert not answer.paths or path in " ".join(answer.paths) or path.split("[")[0] in answer.json["detail"], answer.json
    assert answer.json["detail"]


@pytest.mark.parametrize("year", ["25", "二零二五", "2027", "9999", "0"])
async def test_years_that_are_none(firm: Firm, year: str) -> None:
    items = await with_template(firm, 2)
    assert (await post(firm, body(items), year=year)).status == 422
    assert (await send(firm, "GET", f"{ROOT}/<year>", year=year)).status == 422
    assert (await send(firm, "GET", "/api/v1/reduction-report/<year>", year=year)).status == 422


async def test_the_report_sheet_over_the_wire(firm: Firm) -> None:
    place = "/api/v1/reduction-report/<year>"
    found = await send(firm, "GET", place, year="2025")
    assert found.status == 200 and found.json["version"] == 0 and not found.json["ready"]
    assert [s["key"] for s in found.json["sections"]] == ["company", "emission", "production", "reduction", "targets", "plans"]
    target = {"indicator": "单位产值碳排放", "unit": "tCO2/万元", "base_year": 2024, "base": "0.42", "target": "0.36", "due_year": 2027}
    sent = {"version": 0, "typed": {"products": "薄膜"}, "targets": [target]}
    saved = await send(firm, "PUT", place, sent, year="2025")
    assert saved.status == 200 and saved.json["version"] == 1 and saved.json["typed"] == {"products": "薄膜"}
    assert (await send(firm, "PUT", place, sent, year="2025")).status == 409
    wrong = await send(firm, "PUT", place, {"version": 1, "typed": {"products": "字" * 4001}, "targets": [target | {"due_year": 2024}]}, year="2025")
    assert wrong.status == 422 and wrong.paths == {"typed.products": "LENGTH", "targets[0].due_year": "RANGE"}
    refused = await send(firm, "POST", "/api/v1/reports", {"kind": "reduction", "year": 2025}, key=str(uuid4()))
    assert refused.status == 409 and refused.json["code"] == "NOTHING_FILED"
