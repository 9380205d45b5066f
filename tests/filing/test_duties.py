"""An agent's list over many firms (S9, T12, FI12): states and counts from link rows, never from a firm's books."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import filing
import tenants
from carbon import due_on
from core import clock
from core.clock import beijing_date, utc_now
from core.database import Acting, transaction
from core.ids import new_id
from filing.duties import duties_of, initials
from tests.filing.world import DIESEL, ELECTRICITY, GAS, NOON, D, E, Firm, G, make_firm
from tests.tenants.test_delegation import id_number, wanted


async def agency(migrator: asyncpg.Connection, firm: Firm, person: UUID, **changes: Any) -> tenants.Agent:
    """``person`` becomes the firm's agent, as one who has an account already."""
    async with firm.act("legal") as ctx:
        made = await tenants.add_agent(ctx, wanted(id_no=id_number(), **changes))
    await migrator.execute("update delegation set person_id = $2 where id = $1", made.id, person)
    return made


def alone(person: UUID) -> Any:
    """A transaction of a person who acts for no organisation."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened() -> Any:
        async with transaction() as db:
            await db.run("select set_config('app.person', $1, true)", str(person))
            yield Acting(db, utc_now(), account_id=person, person_id=person, request_id="TEST", route="test")

    return opened()


async def refresh(firm: Firm) -> None:
    """What the job does."""
    async with firm.act("legal") as ctx:
        await filing.refresh_duties(ctx)


async def listed(person: UUID, **how: Any) -> filing.Worklist:
    async with alone(person) as ctx:
        return await filing.worklist(ctx, **how)


@pytest.mark.parametrize(
    ("period", "key_unit", "due"),
    [(202610, False, date(2026, 11, 15)), (202612, False, date(2027, 1, 15)), (202610, True, date(2026, 12, 10)), (202402, True, date(2024, 4, 9))],
)
def test_due_days(period: int, key_unit: bool, due: date) -> None:
    """FI12: the 15th of the next month; key emission units 40 calendar days after the month's end."""
    assert due_on(period, key_unit) == due


def test_initials_of_names() -> None:
    assert initials("清远示例陶瓷（广东）A1厂") == "qysltcgda1c"


async def test_a_firm_without_template_owes_a_template(firm: Firm) -> None:
    async with firm.act() as ctx:
        (only,) = await duties_of(ctx, False)
    assert (only.state, only.period, only.expected) == ("no_template", 202610, 0)


async def test_months_from_the_template_on_with_what_is_missing(firm: Firm) -> None:
    await firm.set_template(202608, ELECTRICITY, GAS)
    await firm.submit(firm.typed("2026-08", {E: "10", G: "2"}))
    async with firm.act("filler") as ctx:
        body = {"values": [{"item_id": str(firm.items[E]), "amount": "11"}, {"item_id": str(firm.items[G]), "amount": None}], "reasons": {}}
        await filing.save_draft(ctx, "2026-09", 0, body)
        found = {d.period: d for d in await duties_of(ctx, False)}
    assert list(found) == [202608, 202609, 202610]
    assert (found[202608].state, found[202608].missing) == ("submitted", [])
    assert (found[202609].state, found[202609].filled, found[202609].expected, found[202609].missing) == ("draft", 1, 2, ["天然气"])
    assert (found[202610].state, found[202610].filled, found[202610].due_on) == ("empty", 0, date(2026, 11, 15))


async def test_open_questions_of_a_complete_draft_are_counted_until_they_have_a_reason(firm: Firm) -> None:
    await firm.set_template(202607, ELECTRICITY)
    for month in ("2026-07", "2026-08", "2026-09"):
        await firm.submit(firm.typed(month, {E: "10"}))
    item = str(firm.items[E])
    async with firm.act("filler") as ctx:
        await filing.save_draft(ctx, "2026-10", 0, {"values": [{"item_id": item, "amount": "50"}]})
        assert (await duties_of(ctx, False))[-1].questions == 1
        await filing.save_draft(ctx, "2026-10", 1, {"values": [{"item_id": item, "amount": "50"}], "reasons": {item: "扩产"}})
        assert (await duties_of(ctx, False))[-1].questions == 0


@pytest.mark.parametrize("body", [{}, {"values": "x"}, {"values": {"a": "1"}}, {"values": [1, {"item_id": 3, "amount": {}}], "process": 7, "reasons": []}])
async def test_any_draft_is_read_without_a_fault(firm: Firm, body: dict[str, Any]) -> None:
    await firm.set_template(202610, ELECTRICITY)
    async with firm.act("filler") as ctx:
        await filing.save_draft(ctx, "2026-10", 0, body)
        assert (await duties_of(ctx, False))[-1].filled == 0


async def test_a_withdrawn_month_comes_back(firm: Firm) -> None:
    await firm.set_template(202610, ELECTRICITY)
    await firm.submit(firm.typed("2026-10", {E: "10"}))
    async with firm.act() as ctx:
        await filing.withdraw_month(ctx, "2026-10", 1, "数值有误")
        (duty,) = await duties_of(ctx, False)
    assert (duty.state, duty.filled) == ("returned", 1)


async def test_filing_and_taking_back_show_at_once(migrator: asyncpg.Connection, firm: Firm) -> None:
    """In the transaction of the filing itself, without a job."""
    person = new_id()
    await agency(migrator, firm, person)
    await firm.set_template(202610, ELECTRICITY, GAS)
    await refresh(firm)
    assert (await listed(person)).counters["overdue"] == 1
    await firm.submit(firm.typed("2026-10", {E: "10", G: "2"}))
    found = await listed(person)
    assert (found.items[0].state, found.items[0].missing, found.counters["overdue"]) == ("submitted", [], 0)
    async with firm.act() as ctx:
        await filing.withdraw_month(ctx, "2026-10", 1, "数值有误")
    found = await listed(person)
    assert (found.items[0].state, found.counters["returned"]) == ("returned", 1)


async def test_months_in_which_the_firm_did_not_work_are_no_duty(firm: Firm, migrator: asyncpg.Connection) -> None:
    """GN7."""
    await firm.set_template(202608, ELECTRICITY)
    worked = [202600 + m for m in range(1, 13) if m != 9]
    await migrator.execute("insert into part_year (tenant_id, year, months, reason, declared_at) values ($1, 2026, $2, '检修', now())", firm.id, worked)
    async with firm.act() as ctx:
        assert [d.period for d in await duties_of(ctx, False)] == [202608, 202610]


async def test_the_list_shows_one_line_for_each_firm_and_counts_all(migrator: asyncpg.Connection, database: str) -> None:
    person = new_id()
    firms = [await make_firm(migrator) for _ in range(4)]
    names = ["清远示例陶瓷有限公司", "佛山示例五金有限公司", "东莞示例电子有限公司", "中山示例制衣有限公司"]
    for firm, name in zip(firms, names, strict=True):
        await migrator.execute("update organisation set name = $2 where id = $1", firm.id, name)
        await agency(migrator, firm, person)
    overdue, filled, done, bare = firms
    await overdue.set_template(202609, ELECTRICITY, GAS)
    await filled.set_template(202610, ELECTRICITY)
    await done.set_template(202610, ELECTRICITY)
    await done.submit(done.typed("2026-10", {E: "3"}))
    await migrator.execute("insert into profile (tenant_id, id, ets_key_unit) values ($1, $1, true) on conflict (tenant_id, id) do update set ets_key_unit = true", filled.id)
    for firm in firms:
        await refresh(firm)
    found = await listed(person)
    assert found.counters == {"due": 1, "overdue": 2, "questions": 0, "returned": 0, "total": 4}
    assert [(i.name[:2], i.month, i.state, i.days_left, i.open_months) for i in found.items] == [
        ("清远", "2026-09", "empty", -37, 2), ("中山", "2026-10", "no_template", -6, 1), ("佛山", "2026-10", "empty", 19, 1), ("东莞", "2026-10", "submitted", None, 0),
    ]  # fmt: skip
    assert found.items[0].missing == ["电力", "天然气"] and found.items[0].scopes == ["file", "read"]
    assert [i.name[:2] for i in (await listed(person, state="overdue")).items] == ["清远", "中山"]
    assert [i.name[:2] for i in (await listed(person, state="submitted")).items] == ["东莞"]
    for query, expected in {"五金": ["佛山"], "fssl": ["佛山"], "DZ": ["东莞"], "nobody": []}.items():
        assert [i.name[:2] for i in (await listed(person, q=query)).items] == expected
    second = await listed(person, page=2, page_size=3)
    assert (second.total, [i.name[:2] for i in second.items]) == (4, ["东莞"])
    assert (await listed(person, page=9, page_size=3)).total == 4


async def test_an_ended_grant_stays_as_a_grey_line_without_figures(migrator: asyncpg.Connection, firm: Firm) -> None:
    person = new_id()
    made = await agency(migrator, firm, person)
    await firm.set_template(202610, ELECTRICITY)
    await refresh(firm)
    async with firm.act("legal") as ctx:
        await tenants.end_agent(ctx, made.id)
    found = await listed(person)
    (line,) = found.items
    assert (line.state, line.ended, line.month, line.missing) == ("ended", date(2026, 11, 21), None, [])
    assert found.counters["total"] == 0


async def test_a_grant_that_ran_out_today_shows_no_figures_even_before_the_night(migrator: asyncpg.Connection, firm: Firm) -> None:
    """T23."""
    person = new_id()
    await agency(migrator, firm, person, valid_to=date(2026, 11, 21))
    await firm.set_template(202610, ELECTRICITY)
    await refresh(firm)
    clock.freeze(datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC))
    assert (await listed(person)).items[0].month == "2026-10"
    clock.freeze(datetime(2026, 11, 21, 16, 0, 0, tzinfo=UTC))
    (line,) = (await listed(person)).items
    assert (line.state, line.month, line.ended) == ("ended", None, date(2026, 11, 21))


async def test_duties_are_the_firms_and_its_agents_only(migrator: asyncpg.Connection, firm: Firm) -> None:
    person, stranger = new_id(), new_id()
    await agency(migrator, firm, person)
    await firm.set_template(202610, ELECTRICITY)
    await refresh(firm)
    for who, rows in ((person, 1), (stranger, 0)):
        async with alone(who) as ctx:
            assert await ctx.db.value("select count(*) from duty where tenant_id = $1", firm.id) == rows
            assert await ctx.db.run("update duty set filled = 9 where tenant_id = $1", firm.id) == 0
            for table in ("draft", "inventory_month", "inventory_line", "template_item", "membership"):
                assert await ctx.db.value(f"select count(*) from {table} where tenant_id = $1", firm.id) == 0
    assert (await listed(stranger)).items == []


async def test_changes_ask_for_new_duties_only_where_there_are_agents(migrator: asyncpg.Connection, firm: Firm) -> None:
    async def asked() -> int:
        return int(await migrator.fetchval("select count(*) from outbox where tenant_id = $1 and kind = 'filing.duties'", firm.id))

    await firm.set_template(202610, ELECTRICITY)
    assert await asked() == 0
    await agency(migrator, firm, new_id())
    assert await asked() == 1  # the grant itself
    await firm.set_template(202610, ELECTRICITY, DIESEL)
    assert await asked() == 2 and firm.items[D]
    for version in range(3):
        async with firm.act("filler") as ctx:
            await filing.save_draft(ctx, "2026-10", version, {"values": []})
    assert await asked() == 3  # three savings within ten seconds are one
    clock.freeze(NOON + timedelta(seconds=11))
    async with firm.act("filler") as ctx:
        await filing.save_draft(ctx, "2026-10", 3, {"values": []})
        await filing.drop_draft(ctx, "2026-10")
    assert await asked() == 5


async def test_each_night_every_firm_with_agents_is_asked_once(migrator: asyncpg.Connection, firm: Firm) -> None:
    await agency(migrator, firm, new_id())
    for _ in range(2):
        async with transaction() as db:
            await db.run("select duties_night($1)", utc_now())
    day = beijing_date(utc_now())
    sql = "select count(*) from outbox where tenant_id = $1 and kind = 'filing.duties' and version = $2"
    assert await migrator.fetchval(sql, firm.id, -(day - date(2000, 1, 1)).days) == 1


async def test_a_night_without_a_new_month_asks_nobody(migrator: asyncpg.Connection, firm: Firm) -> None:
    await agency(migrator, firm, new_id())
    await firm.set_template(202610, ELECTRICITY)
    await refresh(firm)
    asked = "select count(*) from outbox where tenant_id = $1 and kind = 'filing.duties' and version < 0"
    for day, jobs in ((22, 0), (30, 0), (1, 1)):
        clock.freeze(datetime(2026, 11 if day > 1 else 12, day, 4, 20, tzinfo=UTC))
        async with transaction() as db:
            await db.run("select duties_night($1)", utc_now())
        assert await migrator.fetchval(asked, firm.id) == jobs


async def test_what_an_agent_files_carries_his_name(migrator: asyncpg.Connection, firm: Firm) -> None:
    person = new_id()
    await agency(migrator, firm, person)
    await firm.set_template(202610, ELECTRICITY)
    firm.people["agent"] = person
    made = await firm.submit(firm.typed("2026-10", {E: "10"}), role="agent")
    assert made.versions == {202610: 1}
    name = await migrator.fetchval("select submitted_by_name from inventory_month where tenant_id = $1 and period = 202610", firm.id)
    assert name == "周*远（代理人）"
