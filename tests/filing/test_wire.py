"""Filing over the wire: statements counted at the driver, bad input, foreign ids, repeats (issue: figures; bad input and faults)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from bench.world import Firm, make_firms
from core import clock, postgres
from tests.filing.wire import Reply, Statements, send

PREVIEW, SUBMIT = "/api/v1/filing/preview", "/api/v1/filing/submit"
FUELS = ("diesel", "gasoline", "natural_gas", "lpg", "bituminous", "anthracite", "coke", "fuel_oil", "kerosene", "crude_oil", "coke_oven_gas")
_numbers = iter(range(7_000_000, 8_000_000, 10))


@pytest.fixture
async def firms(database: str, urls: postgres.Urls) -> AsyncIterator[list[Firm]]:
    """Two firms with a signed-in legal representative each."""
    clock.freeze(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    yield await make_firms(urls.migrator, 2, start=next(_numbers))


async def with_template(firm: Firm, count: int = 12) -> list[str]:
    """Electricity and ``count - 1`` fuels from 2025-01 on; returns the item ids."""
    energies = (await send(firm, "GET", "/api/v1/energies")).json["items"]
    units = {e["code"]: e["units"][0] if isinstance(e["units"][0], str) else e["units"][0]["code"] for e in energies}
    items = [{"carrier": "electricity", "use": "purchased_electricity", "unit": "10^4kWh"}]
    items += [{"carrier": c, "use": "fuel", "unit": units[c]} for c in FUELS if c in units][: count - 1]
    saved = await send(firm, "PUT", "/api/v1/filing/template", {"first_month": "2025-01", "version": 0, "items": items})
    assert saved.status == 200, saved.json
    return [i["id"] for i in saved.json["items"]]


def month(items: list[str], code: str = "2026-09", amount: Any = "1.5", **more: Any) -> dict[str, Any]:
    """A body of one month with the same amount everywhere."""
    lines = [{"item_id": i, "amount": amount} for i in items]
    return {"month_from": code, "month_to": code, "mode": "each", "months": [{"month": code, "lines": lines, **more}]}


async def submit(firm: Firm, body: dict[str, Any], key: str | None = None, **more: Any) -> Reply:
    """Preview-less submission."""
    return await send(firm, "POST", SUBMIT, body | {"fingerprint": None, "replace": False, "answers": [], **more}, key=key or str(uuid4()))


async def test_a_month_of_twelve_lines_takes_ten_statements(firms: list[Firm]) -> None:
    """≤ 10 at the driver on a warm connection, BEGIN and COMMIT included; it takes five, the posting and the closing in one."""
    items = await with_template(firms[0])
    assert len(items) == 12
    assert (await submit(firms[0], month(items, "2026-08"))).status == 200
    async with Statements() as statements:
        done = await submit(firms[0], month(items, "2026-09"))
    assert done.status == 200, done.json
    assert len(statements.seen) <= 5, statements.seen
    assert statements.seen[0] == "BEGIN" and statements.seen[-1] == "COMMIT"
    assert statements.seen[-2].startswith("select inventory_post(") and "close_request(" in statements.seen[-2]


async def test_what_the_closing_statement_refuses_leaves_nothing(firms: list[Firm]) -> None:
    """The posting waits for the end of the request: a stale version is still told as such, and the key is free for the corrected body."""
    items, key = await with_template(firms[0], 2), str(uuid4())
    assert (await submit(firms[0], month(items))).status == 200
    assert (await submit(firms[0], month(items, amount="3"), replace=True)).json["versions"] == {"2026-09": 2}
    stale = await submit(firms[0], month(items, amount="4", base_version=1), key, replace=True)
    assert (stale.status, stale.json["code"]) == (409, "STALE_VERSION"), stale.json
    done = await submit(firms[0], month(items, amount="4", base_version=2), key, replace=True)
    assert done.status == 200 and done.json["versions"] == {"2026-09": 3}, done.json


async def test_the_first_page_takes_three_statements(firms: list[Firm]) -> None:
    """≤ 3 besides BEGIN, enter() and COMMIT."""
    items = await with_template(firms[0])
    for n in range(1, 10):
        assert (await submit(firms[0], month(items, f"2026-0{n}"))).status == 200
    async with Statements() as statements:
        page = await send(firms[0], "GET", "/api/v1/dashboard")
    assert page.status == 200, page.json
    own = [s for s in statements.seen if not s.startswith(("BEGIN", "COMMIT", "select * from enter("))]
    assert len(own) <= 3, statements.seen


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "1e400", "1E5", "1_000", "１２", "12\n", " 12", "+1", "", "1,000", "0x10", "1.1234567", "1" * 13, None, 12.5, 12, True, []],
)
async def test_amounts_that_are_none(firms: list[Firm], amount: Any) -> None:
    """Each is a 422 that names the field; nothing is stored."""
    items = await with_template(firms[0], 2)
    for path in (PREVIEW, SUBMIT):
        body = month(items, amount=amount)
        body = body if path == PREVIEW else body | {"fingerprint": None, "replace": False, "answers": []}
        refused = await send(firms[0], "POST", path, body, key=str(uuid4()) if path == SUBMIT else None)
        assert refused.status == 422 and list(refused.paths) == ["months[0].lines[0].amount"], refused.json
        assert refused.json["detail"] and refused.content_type.startswith("application/problem+json")


async def test_the_largest_amount_is_a_question_not_a_crash(firms: list[Firm]) -> None:
    """Twelve digits in every cell outgrow no column: refused with a sentence about the unit."""
    items = await with_template(firms[0])
    refused = await submit(firms[0], month(items, amount="999999999999.999999"))
    assert refused.status == 422 and set(refused.paths.values()) == {"RANGE"}
    assert "单位" in refused.json["detail"]


async def test_bodies_that_are_wrong(firms: list[Firm]) -> None:
    """Clear problems with a code, never a 500."""
    items = await with_template(firms[0], 2)
    good = month(items)
    cases: list[tuple[dict[str, Any], int, str]] = [
        (good | {"mode": "twice"}, 422, "mode"),
        (good | {"month_from": "2026-9"}, 422, "month_from"),
        (good | {"month_to": "2026-13"}, 422, "month_to"),
        (good | {"month_to": "2026-12", "month_from": "2026-12"}, 422, "month_to"),
        (good | {"months": []}, 422, "months"),
        (month(items[:1]), 422, f"months[0].lines.{items[1]}"),
        (month([*items, items[0]]), 422, "months[0].lines[2].item_id"),
        (month(["not-an-id"]), 422, "months[0].lines[0].item_id"),
        (month(items, amount="-1"), 422, "months[0].lines[0].amount"),
        (month(items, process=[{"name": "石" * 51, "co2": "1", "note": ""}]), 422, "months[0].process[0].name"),
        (month(items, process=[{"name": "分解", "co2": "-1", "note": ""}]), 422, "months[0].process[0].note"),
        (month(items, green={"mwh": "999999", "gec_numbers": []}), 422, "months[0].green.mwh"),
        (good | {"tenant_id": str(uuid4())}, 422, "tenant_id"),
    ]
    for body, status, path in cases:
        for target in (PREVIEW, SUBMIT):
            sent = body if target == PREVIEW else body | {"fingerprint": None, "replace": False, "answers": []}
            refused = await send(firms[0], "POST", target, sent, key=str(uuid4()) if target == SUBMIT else None)
            assert refused.status == status, (path, target, refused.json)
            assert path in refused.paths, (path, refused.json)
    for raw in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"month_from": NaN}', b"[" * 5000):
        refused = await send(firms[0], "POST", PREVIEW, raw=raw)
        assert 400 <= refused.status < 500, (raw[:20], refused.json)


async def test_another_firms_items_are_unknown(firms: list[Firm]) -> None:
    """Foreign ids in a body or a path tell nothing."""
    own, theirs = await with_template(firms[0], 2), await with_template(firms[1], 2)
    refused = await submit(firms[0], month([own[0], theirs[1]]))
    assert refused.status == 422 and refused.paths["months[0].lines[1].item_id"] == "UNKNOWN"
    made = await send(
        firms[1], "POST", "/api/v1/filing/electricity-accounts",
        {"account_no": str(uuid4().int)[:15], "supplier": "广州供电局", "site": "", "multiplier": "1", "share": "100"}, key=str(uuid4()),
    )  # fmt: skip
    assert made.status in (200, 201), made.json
    change = {"version": 1, "supplier": "x", "site": "", "multiplier": "1", "share": "100", "active": True}
    path = "/api/v1/filing/electricity-accounts/<account_id>"
    for foreign in (made.json["id"], str(uuid4()), "1' or '1'='1"):
        assert (await send(firms[0], "PUT", path, change, account_id=foreign)).status == 404
    assert (await send(firms[0], "GET", "/api/v1/evidence/<evidence_id>", evidence_id=str(uuid4()))).status == 404


async def test_a_repeat_is_answered_once(firms: list[Firm]) -> None:
    """Rule R3: the same key gives the first answer; another body under it is refused; a second submission is a conflict."""
    items = await with_template(firms[0], 2)
    first = await submit(firms[0], month(items), "k-1")
    again = await submit(firms[0], month(items), "k-1")
    assert first.status == 200 and again.body == first.body and again.headers["idempotency-replayed"] == "true"
    other = await submit(firms[0], month(items, amount="2"), "k-1")
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    second = await submit(firms[0], month(items, amount="2"))
    assert (second.status, second.json["code"]) == (409, "MONTH_ALREADY_FILED")
    assert second.json["conflicts"][0]["before"] and second.json["conflicts"][0]["after"]
    history = await send(firms[0], "GET", "/api/v1/filing/months/<month>/versions", month="2026-09")
    assert [v["version"] for v in history.json["items"]] == [1]


async def test_preview_then_submit_then_read(firms: list[Firm]) -> None:
    """The whole way: preview, submit with its fingerprint, grid, version, difference, withdrawal, export."""
    firm = firms[0]
    items = await with_template(firm, 3)
    body = month(items, amount="3")
    seen = await send(firm, "POST", PREVIEW, body)
    assert seen.status == 200, seen.json
    done = await send(
        firm, "POST", SUBMIT, body | {"fingerprint": seen.json["fingerprint"], "replace": False, "answers": []}, key=str(uuid4())
    )
    assert done.status == 200, done.json
    changed = await submit(firm, month(items, amount="3.5"), replace=True)
    assert changed.status == 200, changed.json
    diff = await send(firm, "GET", "/api/v1/filing/months/<month>/versions/<version>/diff", month="2026-09", version="2")
    assert diff.status == 200 and len(diff.json["items"]) == 3
    grid = await send(firm, "GET", "/api/v1/filing/year/<year>", year="2026")
    state = next(m for m in grid.json["months"] if m["month"] == "2026-09")
    assert (state["state"], state["version"]) == ("submitted", 2)
    export = await send(firm, "GET", "/api/v1/filing/year/<year>/export.xlsx", year="2026")
    assert export.status == 200 and export.body[:2] == b"PK"
    stale = await send(
        firm, "POST", "/api/v1/filing/months/<month>/withdraw", {"version": 1, "reason": "填错"}, key=str(uuid4()), month="2026-09"
    )
    assert (stale.status, stale.json["code"]) == (409, "STALE_VERSION")
    gone = await send(
        firm, "POST", "/api/v1/filing/months/<month>/withdraw", {"version": 2, "reason": "填错"}, key=str(uuid4()), month="2026-09"
    )
    assert gone.status in (200, 204), gone.json


async def test_two_browsers_on_one_draft(firms: list[Firm]) -> None:
    """Model message 7: the newer draft is shown beside mine, neither is lost."""
    firm, path = firms[0], "/api/v1/filing/drafts/<month>"
    items = await with_template(firm, 2)

    def draft(version: int, amount: str) -> dict[str, Any]:
        return {"version": version, "body": {"values": [{"item_id": items[0], "amount": amount}]}}

    assert (await send(firm, "PUT", path, draft(0, "1"), month="2026-10")).json["version"] == 1
    assert (await send(firm, "PUT", path, draft(1, "2"), month="2026-10")).json["version"] == 2
    refused = await send(firm, "PUT", path, draft(1, "9"), month="2026-10")
    assert (refused.status, refused.json["code"]) == (409, "STALE_DRAFT")
    assert refused.json["theirs"]["version"] == 2 and refused.json["theirs"]["body"]["values"][0]["amount"] == "2"
    assert (await send(firm, "GET", path, month="2026-10")).json["body"]["values"][0]["amount"] == "2"
    assert (await send(firm, "PUT", path, draft(0, "9"), month="2026-10")).status == 409
    assert (await send(firm, "PUT", path, draft(0, "9"), month="2027-01")).status == 422
    assert (await send(firm, "PUT", path, draft(7, "9"), month="2026-09")).status == 409  # a draft that is gone


async def test_a_draft_of_a_month_submitted_elsewhere(firms: list[Firm]) -> None:
    """Model message 7: what was submitted is shown beside mine, not blanks; nothing of mine is written, nothing is lost."""
    firm, path = firms[0], "/api/v1/filing/drafts/<month>"
    items = await with_template(firm, 2)
    mine = {"values": [{"item_id": items[0], "amount": "9"}]}
    assert (await send(firm, "PUT", path, {"version": 0, "body": mine}, month="2026-09")).json["version"] == 1
    limestone = [{"name": "石灰石分解", "co2": "3.5", "note": ""}]
    assert (await submit(firm, month(items, amount="2.50", process=limestone, green={"mwh": "1", "gec_numbers": []}))).status == 200
    refused = await send(firm, "PUT", path, {"version": 1, "body": mine}, month="2026-09")
    assert (refused.status, refused.json["code"]) == (409, "STALE_DRAFT")
    theirs = refused.json["theirs"]
    assert (theirs["version"], theirs["filed_version"]) == (0, 1) and theirs["saved_at"] and theirs["saved_by_name"] in refused.json["detail"]
    assert {v["item_id"]: v["amount"] for v in theirs["body"]["values"]} == dict.fromkeys(items, "2.5")
    assert [(p["name"], p["co2"]) for p in theirs["body"]["process"]] == [("石灰石分解", "3.5")]
    assert theirs["body"]["green"] == {"mwh": "1", "certificates": []}  # a claim without a certificate
    assert (await send(firm, "GET", path, month="2026-09")).json["version"] == 0
    assert (await send(firm, "PUT", path, {"version": 0, "body": mine}, month="2026-09")).json["version"] == 1  # mine, by choice


@pytest.mark.parametrize(("path", "name", "values"), [
    ("/api/v1/filing/year/<year>", "year", ["20x6", "99999", "2026-01", "٢٠٢٦"]),
    ("/api/v1/filing/drafts/<month>", "month", ["2026-13", "202609", "2026-9", "x' --", "２０２６-０９"]),
    ("/api/v1/filing/months/<month>/versions", "month", ["2026-13", "x"]),
    ("/api/v1/filing/months/<month>/sheet.xlsx", "month", ["2026-13", "2024-01"]),
    ("/api/v1/filing/year/<year>/export.xlsx", "year", ["x", "0000"]),
    ("/api/v1/operating/<year>", "year", ["x", "12345"]),
    ("/api/v1/comprehensive-energy/<year>", "year", ["x", "0"]),
])  # fmt: skip
async def test_paths_that_are_none(firms: list[Firm], path: str, name: str, values: list[str]) -> None:
    await with_template(firms[0], 2)
    for value in values:
        refused = await send(firms[0], "GET", path, **{name: value})
        assert refused.status in (404, 422), (value, refused.status, refused.json)


async def test_operating_data_and_energy_over_the_wire(firms: list[Firm]) -> None:
    """FD5, FD6: bad values are named, stale versions are conflicts."""
    path = "/api/v1/operating/<year>"
    good = {"version": 0, "output_value": "12500.5", "value_added": "3200", "tax": "-12.5", "staff_avg": 120}
    wrong: list[dict[str, Any]] = [
        {"output_value": "-1"}, {"output_value": "NaN"}, {"output_value": 5}, {"output_value": "999999999999.999999"}, {"value_added": "1.00001"},
        {"staff_avg": -1}, {"staff_avg": 10**12}, {"period": "2024Q1"}, {"period": "2025Q9"}, {"extra": 1},
    ]  # fmt: skip
    for change in wrong:
        refused = await send(firms[0], "PUT", path, good | change, key=str(uuid4()), year="2025")
        assert refused.status == 422 and refused.json["errors"], (change, refused.json)
    saved = await send(firms[0], "PUT", path, good, key=str(uuid4()), year="2025")
    assert saved.status == 200 and saved.json["version"] == 1
    assert (await send(firms[0], "PUT", path, good, key=str(uuid4()), year="2025")).json["code"] == "STALE_VERSION"
    assert (await send(firms[0], "PUT", path, good, key=str(uuid4()), year="2027")).status == 422
    read = await send(firms[0], "GET", path, year="2025")
    assert read.json["items"][0]["value_added"] == "3200.0000"
    energy = "/api/v1/comprehensive-energy/<year>"
    body = {"version": 0, "tce_equivalent": "100", "tce_equal_value": None, "source": "统计上报", "reason": ""}
    for change in ({"tce_equivalent": "-1"}, {"source": "x"}, {"tce_equivalent": "999999999999"}, {"reason": "长" * 201}):
        refused = await send(firms[0], "PUT", energy, body | change, key=str(uuid4()), year="2025")
        assert refused.status == 422, (change, refused.json)
    assert (await send(firms[0], "PUT", energy, body, key=str(uuid4()), year="2025")).status == 200


async def test_a_restatement_over_the_wire(firms: list[Firm], migrator: asyncpg.Connection) -> None:
    """GN12, FI10: the page sees what stands on the year, the difference, the refusal, then both versions."""
    path = "/api/v1/operating/<year>"
    good: dict[str, Any] = {"output_value": "12500.5", "value_added": "3200", "tax": "-12.5", "staff_avg": 120}
    assert (await send(firms[0], "PUT", path, good | {"version": 0}, key=str(uuid4()), year="2025")).status == 200
    await migrator.execute(
        "insert into year_lock (tenant_id, id, year, reason, locked_at) values ($1, $2, 2025, 'certificate', now())", firms[0].tenant, uuid4()
    )
    assert (await send(firms[0], "GET", path, year="2025")).json["locks"] == ["certificate"]
    lower = good | {"value_added": "2900"}
    trial = (await send(firms[0], "POST", f"{path}/preview", lower, year="2025")).json
    assert (trial["lock"], trial["version"], trial["changes"][1]["difference"], trial["changes"][1]["pct"]) == ("certificate", 1, "-300.0000", "-9.38")
    refused = await send(firms[0], "PUT", path, lower | {"version": 1}, key=str(uuid4()), year="2025")
    assert (refused.status, refused.json["code"], refused.json["reason"]) == (409, "MONTH_LOCKED", "certificate")
    long = await send(firms[0], "PUT", path, lower | {"version": 1, "reason": "长" * 201}, key=str(uuid4()), year="2025")
    assert long.status == 422 and long.json["errors"][0]["path"] == "reason"
    assert (await send(firms[0], "POST", f"{path}/preview", lower | {"output_value": "-1"}, year="2025")).status == 422
    done = await send(firms[0], "PUT", path, lower | {"version": 1, "reason": "年报审计调整"}, key=str(uuid4()), year="2025")
    assert (done.status, done.json["version"], done.json["reason"]) == (200, 2, "年报审计调整")
    items = (await send(firms[0], "GET", f"{path}/versions", year="2025")).json["items"]
    assert [(i["data"]["version"], i["data"]["value_added"], i["live"]) for i in items] == [(2, "2900.0000", True), (1, "3200.0000", False)]
    assert (await send(firms[1], "GET", f"{path}/versions", year="2025")).json["items"] == []
    assert (await send(firms[0], "GET", f"{path}/versions", query={"period": "2024"}, year="2025")).status == 422


async def test_duty_of_the_first_page(firms: list[Firm], migrator: asyncpg.Connection) -> None:
    """Rule FI12: the 15th of the next month; 40 calendar days after month end for 重点排放单位."""
    items = await with_template(firms[0], 2)
    for n in range(1, 10):
        assert (await submit(firms[0], month(items, f"2026-0{n}"))).status == 200
    for n in range(1, 13):
        assert (await submit(firms[0], month(items, f"2025-{n:02}"))).status == 200
    duty = (await send(firms[0], "GET", "/api/v1/dashboard")).json["duty"]
    assert (duty["month"], duty["due_on"], duty["days_left"], duty["total"]) == ("2026-10", "2026-11-15", -6, 2)
    await migrator.execute(
        "insert into profile (tenant_id, id, ets_key_unit) values ($1, $1, true) on conflict (tenant_id, id) do update set ets_key_unit = true",
        firms[0].tenant,
    )
    duty = (await send(firms[0], "GET", "/api/v1/dashboard")).json["duty"]
    assert (duty["due_on"], duty["days_left"]) == ("2026-12-10", 19)


async def test_declared_idle_months_are_no_duty(firms: list[Firm]) -> None:
    """Rule GN7: a firm that opened in March owes neither January nor February; taking the declaration back brings them up again."""
    items = await with_template(firms[0], 2)
    for n in range(3, 13):
        assert (await submit(firms[0], month(items, f"2025-{n:02}"))).status == 200
    assert [t["code"] for t in (await send(firms[0], "GET", "/api/v1/dashboard")).json["todos"]].count("INCOMPLETE") == 1
    worked = [f"2025-{n:02}" for n in range(3, 13)]
    body = {"months": worked, "reason": "2025 年 3 月投产"}
    assert (await send(firms[0], "PUT", "/api/v1/operating/<year>/months", body, year="2025")).status == 200
    assert "INCOMPLETE" not in [t["code"] for t in (await send(firms[0], "GET", "/api/v1/dashboard")).json["todos"]]
    assert (await send(firms[0], "PUT", "/api/v1/operating/<year>/months", {"months": [], "reason": ""}, year="2025")).status == 200
    assert "INCOMPLETE" in [t["code"] for t in (await send(firms[0], "GET", "/api/v1/dashboard")).json["todos"]]
