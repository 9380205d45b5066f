"""Energy templates, electricity accounts, measured parameters, evidence (FI1, FI2, FD4, FD7, FD8, FD11)."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from PIL import Image

import filing
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from tests.filing.world import DIESEL, ELECTRICITY, GAS, D, E, Firm, G, make_firm, operator

Edit = Callable[..., filing.ItemEdit]


def edit(carrier: str, use: str, unit: str, item: Any = None, **more: Any) -> filing.ItemEdit:
    """An item as typed."""
    given = {"account_id": None, "place": "", "boundary_item": "UNASSIGNED", "decimals": 6, "last_month": None} | more
    return filing.ItemEdit(item, carrier, use, unit, **given)


async def save(firm: Firm, first: int, *edits: filing.ItemEdit) -> filing.Template:
    """Save at the version this firm saw last."""
    async with firm.act() as ctx:
        template = await filing.set_template(ctx, first, firm.version, list(edits))
    firm.version = template.version
    firm.items = {f"{i.carrier}/{i.use}": i.id for i in template.items}
    return template


async def test_wrong_items_are_named(firm: Firm) -> None:
    """Rule FI1: carrier, use and unit fit each other."""
    cases = {
        "items[0].carrier": edit("plutonium", "fuel", "t"),
        "items[0].use": edit("diesel", "purchased_electricity", "t"),
        "items[0].unit": edit("diesel", "fuel", "10^4kWh"),
        "items[0].account_id": edit("electricity", "purchased_electricity", "10^4kWh", account_id=new_id()),
        "items[0].place": edit("diesel", "fuel", "t", place="厂" * 51),
        "items[0].last_month": edit("diesel", "fuel", "t", last_month=202401),
        "items[0].id": edit("diesel", "fuel", "t", new_id()),
    }
    for path, item in cases.items():
        with pytest.raises(Invalid) as refused:
            await save(firm, 202501, item)
        assert [e.path for e in refused.value.errors] == [path]
    with pytest.raises(Invalid):
        await save(firm, 202501)
    with pytest.raises(Invalid):
        await save(firm, 202501, edit("diesel", "fuel", "t"), edit("diesel", "fuel", "t"))
    with pytest.raises(Invalid):
        await save(firm, 202701, edit("diesel", "fuel", "t"))
    both = await save(firm, 202501, edit("diesel", "fuel", "t", place="锅炉房"), edit("diesel", "fuel", "t", place="发电机"))
    assert len(both.items) == 2


async def test_versions_by_first_month(firm: Firm) -> None:
    """Rule FI2: an item left out ends the month before; a stale version is refused."""
    await firm.set_template(202501, ELECTRICITY, GAS)
    gas = firm.items[G]
    after = await firm.set_template(202607, ELECTRICITY)
    assert {i.id for i in after.of(202606)} == {gas, firm.items[E]} and {i.id for i in after.of(202607)} == {firm.items[E]}
    async with firm.act() as ctx:
        with pytest.raises(Conflict):
            await filing.set_template(ctx, 202608, 1, [edit("diesel", "fuel", "t")])


async def test_filed_months_keep_their_items(firm: Firm) -> None:
    """Rule FI2: what was filed is neither replaced nor ended; from the next month on it may change."""
    await firm.set_template(202501, ELECTRICITY, GAS)
    await firm.submit(firm.typed("2026-06", {E: "40", G: "3"}))
    gas, power = firm.items[G], firm.items[E]
    now = [edit("electricity", "purchased_electricity", "10^4kWh", power), edit("natural_gas", "fuel", "10^4Nm3", gas)]
    for changed in (
        [now[0]],
        [now[0], edit("natural_gas", "fuel", "Nm3", gas)],
        [now[0], edit("natural_gas", "fuel", "10^4Nm3", gas, last_month=202605)],
    ):
        with pytest.raises(Invalid) as refused:
            await save(firm, 202501, *changed)
        assert refused.value.errors[0].code == "FILED"
    after = await save(firm, 202607, now[0], edit("natural_gas", "fuel", "Nm3", gas))
    assert {i.unit for i in after.of(202606)} == {"10^4kWh", "10^4Nm3"} and {i.unit for i in after.of(202607)} == {"10^4kWh", "Nm3"}


async def test_an_item_that_begins_again_leaves_the_gap(firm: Firm) -> None:
    """An energy given up in June and used again from January owes nothing in between."""
    await firm.set_template(202501, ELECTRICITY, DIESEL)
    diesel = firm.items[D]
    await firm.set_template(202507, ELECTRICITY)
    again = await save(
        firm, 202601, edit("electricity", "purchased_electricity", "10^4kWh", firm.items[E]), edit("diesel", "fuel", "t", diesel)
    )
    assert [len(again.of(m)) for m in (202506, 202507, 202512, 202601)] == [2, 1, 1, 2]


async def test_electricity_accounts(firm: Firm, migrator: asyncpg.Connection) -> None:
    """FD4: 10-20 digits, once on the platform while live."""
    number = str(uuid4().int)[:13]

    async def add(who: Firm, **more: Any) -> filing.ElectricityAccount:
        given = {"account_no": number, "supplier": "广州供电局", "site": "一期", "multiplier": Decimal("1"), "share": Decimal("100")}
        async with who.act() as ctx:
            return await filing.add_account(ctx, **(given | more))

    for wrong in ({"account_no": "123"}, {"account_no": "１２３４５６７８９０"}, {"account_no": number + "\n"}, {"supplier": " "},
                  {"multiplier": Decimal(0)}, {"share": Decimal("100.01")}, {"share": Decimal("0.001")}):  # fmt: skip
        with pytest.raises(Invalid):
            await add(firm, **wrong)
    account = await add(firm)
    with pytest.raises((Conflict, Invalid)):
        await add(firm)
    other = await make_firm(migrator)
    with pytest.raises(Conflict) as taken:
        await add(other)
    assert taken.value.code == "CLAIM_TAKEN" and "测试企业" not in taken.value.detail
    ended: dict[str, Any] = {"supplier": "广州供电局", "site": "", "multiplier": Decimal(1), "share": Decimal(100), "active": False}
    async with firm.act() as ctx:
        await filing.change_account(ctx, account.id, version=account.version, **ended)
    assert (await add(other)).active
    async with firm.act() as ctx:
        with pytest.raises(Conflict):  # it lives elsewhere now
            await filing.change_account(ctx, account.id, version=2, **(ended | {"active": True}))
    async with other.act() as ctx:
        with pytest.raises(NotFound):
            await filing.change_account(ctx, account.id, version=2, **ended)


def photo() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


async def test_measured_parameters(firm: Firm) -> None:
    """FD11: ±30 % of the default or a reason, 实测 needs a report, decided by the operator, used while valid."""
    await firm.set_template(202501, ELECTRICITY, DIESEL)

    async def ask(value: str, basis: str = "供应商", reason: str = "", evidence: Any = None, **more: Any) -> filing.Request:
        given = {"carrier": "diesel", "parameter": "ncv", "valid_from": "2026-01", "valid_to": "2026-06"} | more
        async with firm.act() as ctx:
            asked = filing.Asked(value=Decimal(value), basis=basis, reason=reason, evidence_id=evidence, **given)
            return await filing.request_parameter(ctx, asked, "440112", "测试企业")

    for wrong in (
        {"value": "60"}, {"value": "0"}, {"value": "43", "basis": "实测"}, {"value": "43", "basis": "听说"}, {"value": "43", "carrier": "x"},
        {"value": "43", "parameter": "colour"}, {"value": "43", "valid_to": "2025-12"}, {"value": "43", "evidence": new_id()},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await ask(**wrong)  # type: ignore[arg-type]
    async with firm.act() as ctx:
        report = await filing.add_evidence(ctx, month=None, item_id=None, kind="parameter", name="检测报告.png", data=photo())
    made = await ask("43.0", "实测", evidence=report.id)
    amounts = {E: "10", D: "1"}
    async with firm.act() as ctx:
        before = await filing.preview_months(ctx, firm.typed("2026-03", amounts))
    async with operator() as ctx:
        queue = await filing.requests_to_decide(ctx, "submitted")
        assert made.id in {r.id for r in queue}
        assert (await filing.read_report(ctx, made.id)).data[:4] == b"\x89PNG"
        with pytest.raises(Invalid):
            await filing.decide_request(ctx, made.id, 1, False, " ")
        assert (await filing.decide_request(ctx, made.id, 1, True, "")).state == "approved"
    async with operator() as ctx:
        with pytest.raises(Conflict):
            await filing.decide_request(ctx, made.id, 1, True, "")
    async with firm.act() as ctx:
        inside = await filing.preview_months(ctx, firm.typed("2026-03", amounts))
        outside = await filing.preview_months(ctx, firm.typed("2026-07", amounts))
    assert inside.co2_t != before.co2_t == outside.co2_t
    diesel = next(entry for entry in inside.lines if entry.carrier == "diesel")
    assert diesel.result.trace["inputs"][0]["factor_set"] == "实测"


async def test_parameters_of_others_stay_theirs(firm: Firm, migrator: asyncpg.Connection) -> None:
    """A link row: the firm and the operator see it, another firm does not."""
    await firm.set_template(202501, DIESEL)
    async with firm.act() as ctx:
        made = await filing.request_parameter(
            ctx, filing.Asked("diesel", "ncv", Decimal("43"), "2026-01", "2026-06", "供应商", "", None), "440112", "测试企业"
        )
    other = await make_firm(migrator)
    async with other.act() as ctx:
        assert await filing.my_requests(ctx) == []
        with pytest.raises(NotFound):
            await filing.decide_request(ctx, made.id, 1, True, "")
    async with firm.act() as ctx:
        with pytest.raises(NotFound):  # nor may it approve its own
            await filing.decide_request(ctx, made.id, 1, True, "")


async def test_evidence(firm: Firm, migrator: asyncpg.Connection) -> None:
    """FD8: nine a place, content decides, what was submitted stays."""
    await firm.set_template(202501, ELECTRICITY)
    item = firm.items[E]

    async def add(name: str = "电费单.png", data: bytes | None = None, **more: Any) -> filing.Evidence:
        given = {"month": "2026-10", "item_id": item, "kind": "line"} | more
        async with firm.act() as ctx:
            return await filing.add_evidence(ctx, name=name, data=photo() if data is None else data, **given)

    for wrong in ({"data": b""}, {"data": b"MZ\x00"}, {"month": "2026-13"}, {"kind": "song"}, {"item_id": new_id()}):
        with pytest.raises(Invalid):
            await add(**wrong)
    made = [await add() for _ in range(9)]
    with pytest.raises((Conflict, Invalid)):
        await add()
    async with firm.act() as ctx:
        await filing.drop_evidence(ctx, made[0].id)
    await firm.submit(firm.typed("2026-10", {E: "40"}))
    async with firm.act() as ctx:
        name, kind, data = await filing.read_evidence(ctx, made[1].id)
        assert name.endswith(".png") and kind == "image/png" and data
        with pytest.raises((Conflict, Invalid)):
            await filing.drop_evidence(ctx, made[1].id)
    other = await make_firm(migrator)
    async with other.act() as ctx:
        with pytest.raises(NotFound):
            await filing.read_evidence(ctx, made[1].id)
