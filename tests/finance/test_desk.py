"""The bank's desk: who gets a case, what happens when a manager or a product goes, late contacts, lists, the workbook (GF11, GF12, T12)."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import openpyxl
import pytest

import finance
import tenants
from core import clock, postgres
from core.database import transaction
from core.errors import Conflict, Forbidden, Gone, Invalid
from core.ids import new_id
from core.jobs import JobRun
from finance import exports
from finance.jobs import keep_desk, write_export
from tests.filing.wire import Statements
from tests.filing.world import NOON, Firm, act, make_firm
from tests.finance.test_cases import manager_of
from tests.finance.world import TODAY, Bank, applied, consent, make_bank, on_shelf, put_report, told


async def desk(bank: Bank) -> None:
    """The bank's own job of the morning."""
    async with act(bank.id, new_id(), "job", "job") as ctx:
        await keep_desk(ctx, JobRun(new_id(), "finance.desk", bank.id, 1, {}, 1))


async def another_firm(migrator: asyncpg.Connection, region: str = "440112") -> Firm:
    made = await make_firm(migrator, region)
    await put_report(migrator, made.id)
    return made


async def serve(bank: Bank, who: str, **changes: Any) -> finance.BankManager:
    """The administrator changes a manager."""
    async with bank.act() as ctx:
        now = next(m for m in (await finance.list_managers(ctx)).items if m.id == bank.people[who])
        wanted = {"areas": now.areas, "products": now.products, "active": now.active, "version": now.version} | changes
        return await finance.change_manager(ctx, bank.people[who], **wanted)


async def test_the_district_goes_before_the_city_and_who_never_had_one_goes_first(bank: Bank, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    await serve(bank, "one", areas=["440112"])
    await serve(bank, "two", areas=["440100"])
    await serve(bank, "three", areas=["440112"])
    got = []
    for _ in range(3):
        case = (await applied(await another_firm(migrator), product.id)).case
        got.append(await manager_of(bank, case.id, migrator))
    assert set(got[:2]) == {"one", "three"} and got[2] in ("one", "three")  # district first, the idle one of the city waits
    case = (await applied(await another_firm(migrator, "440106"), product.id)).case
    assert await manager_of(bank, case.id, migrator) == "two"


async def test_no_manager_the_case_waits_and_the_administrator_hears(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    for who in ("one", "two", "three"):
        await serve(bank, who, active=False)
    case = (await applied(firm, product.id)).case
    assert (case.state, case.manager, case.due_on) == ("submitted", "", None)
    assert [k for k, _ in await told(migrator, bank.id)] == ["finance.waiting"]
    async with bank.act() as ctx:
        assert [line.id for line in (await finance.list_desk_cases(ctx, tab="unassigned")).items] == [case.id]
        with pytest.raises(Invalid):  # who is off does not get one
            await finance.give_to(ctx, case.id, bank.people["one"], case.version)
    await serve(bank, "two", active=True)
    async with bank.act() as ctx:
        line = await finance.give_to(ctx, case.id, bank.people["two"], case.version)
        assert (line.state, line.days_left) == ("assigned", 3)
        with pytest.raises(Conflict):
            await finance.give_to(ctx, case.id, bank.people["two"], line.version)
    async with bank.act("two") as ctx:
        with pytest.raises(Forbidden):
            await finance.list_desk_cases(ctx, tab="unassigned")


async def test_a_manager_who_is_switched_off_hands_on_and_the_firm_is_told(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    case = (await applied(firm, (await on_shelf(bank)).id)).case
    first = await manager_of(bank, case.id, migrator)
    await serve(bank, first, active=False)
    second = await manager_of(bank, case.id, migrator)
    assert second != first
    async with firm.act() as ctx:
        after = await finance.get_case(ctx, case.id)
    assert after.state == "assigned" and "客户经理已停用" in after.events[-1].reason
    assert "finance.reassigned" in dict(await told(migrator, firm.id))


async def test_a_member_who_leaves_the_bank_hands_on(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    case = (await applied(firm, (await on_shelf(bank)).id)).case
    first = await manager_of(bank, case.id, migrator)
    async with bank.act() as ctx:
        member = next(m for m in (await tenants.list_members(ctx)).items if m.account.startswith(f"b{first}-"))
        await tenants.change_member(ctx, member.id, roles=list(member.roles), status="ended", version=member.version)
    assert await migrator.fetchval("select count(*) from outbox where tenant_id = $1 and kind = 'finance.desk'", bank.id) == 1
    await desk(bank)
    assert await manager_of(bank, case.id, migrator) != first


async def test_when_a_product_ends_its_firms_are_told_and_their_cases_go_on(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    case = (await applied(firm, product.id)).case
    async with bank.act() as ctx:
        await finance.end_product(ctx, product.id, product.version, "额度用完")
    assert "finance.product_ended" in dict(await told(migrator, firm.id))
    manager = await manager_of(bank, case.id, migrator)
    async with bank.act(manager) as ctx:
        assert (await finance.contact(ctx, case.id, case.version)).state == "contacted"
    with pytest.raises(Exception, match="没有这个产品"):
        await applied(await another_firm(migrator), product.id)


async def test_a_product_past_its_days_ends_by_itself(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank, valid_to=TODAY + timedelta(days=5))
    await applied(firm, product.id)
    clock.freeze(NOON + timedelta(days=6))
    await desk(bank)
    async with bank.act() as ctx:
        assert (await finance.get_product(ctx, product.id)).state == "ended"
    assert "finance.product_ended" in dict(await told(migrator, firm.id))


async def test_a_late_first_contact_is_reminded_and_then_goes_to_the_next(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    case = (await applied(firm, (await on_shelf(bank)).id)).case
    first = await manager_of(bank, case.id, migrator)
    clock.freeze(NOON + timedelta(days=3))  # Tuesday 24 November, the last day
    await desk(bank)
    assert "finance.late" not in dict(await told(migrator, bank.id))
    async with bank.act(first) as ctx:
        assert (await finance.list_desk_cases(ctx, tab="due")).total == 1
    clock.freeze(NOON + timedelta(days=4))
    await desk(bank)
    await desk(bank)  # the same day changes nothing more
    assert await manager_of(bank, case.id, migrator) == first
    kinds = [k for k, _ in await told(migrator, bank.id)]
    assert kinds.count("finance.late") == 2  # manager and administrator
    async with bank.act(first) as ctx:
        assert (await finance.list_desk_cases(ctx, tab="overdue")).total == 1
    clock.freeze(NOON + timedelta(days=5))
    await desk(bank)
    second = await manager_of(bank, case.id, migrator)
    assert second != first
    async with firm.act() as ctx:
        after = await finance.get_case(ctx, case.id)
    assert after.due_on is not None and after.due_on > TODAY + timedelta(days=5) and "超过期限没有联系" in after.events[-1].reason


async def test_the_morning_asks_each_bank_once(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    await applied(firm, (await on_shelf(bank)).id)
    async with transaction() as db:
        assert await db.value("select finance_morning($1)", NOON) >= 1
        assert await db.value("select finance_morning($1)", NOON) == 0


async def many(urls: postgres.Urls, bank: Bank, firm: Firm, count: int) -> None:
    """Cases of one firm under many names, written set-based: link rows are all a list may need."""
    owner = await asyncpg.connect(urls.superuser)
    try:
        await owner.execute("select set_config('app.tenant', $1, false)", str(firm.id))  # only a firm gives consent
        await owner.execute(
            "insert into consent (tenant_id, party_id, id, firm_name, bank_name, report_kinds, years, contact, purpose, starts_on, ends_on,"
            " text_sha256, given_at, channel) select $5, $1, gen_random_uuid(), '企业' || n, '银行', array['grade'], array[2025], false,"
            " '用途', $2::date, $2::date + 90, '', $3, 'test' from generate_series(1, $4) n",
            bank.id, TODAY, NOON, count, firm.id,
        )  # fmt: skip
        await owner.execute(
            "insert into finance_case (tenant_id, party_id, id, product_id, product_name, consent_id, firm_name, bank_name, chosen, manager_id,"
            " manager_name, state, submitted_at, due_on, updated_at) select c.tenant_id, $1, gen_random_uuid(), gen_random_uuid(), '产品', c.id,"
            " c.firm_name, '银行', false, $2, '一', 'assigned', $3::timestamptz - random() * interval '90 days', $4::date, $3 from consent c where c.party_id = $1",
            bank.id, bank.people["one"], NOON, TODAY,
        )  # fmt: skip
        await owner.execute("analyze consent")
        await owner.execute("analyze finance_case")
    finally:
        await owner.close()


async def test_a_page_of_ten_thousand_cases_takes_two_statements(bank: Bank, firm: Firm, urls: postgres.Urls) -> None:
    await many(urls, bank, firm, 10_000)
    for who, page in (("admin", 1), ("admin", 400), ("one", 3)):
        async with bank.act(who) as ctx:
            await finance.list_desk_cases(ctx)
            async with Statements() as statements:
                found = await finance.list_desk_cases(ctx, page=page, q="" if page != 3 else "企业12")
            assert len(statements.seen) <= 3, statements.seen
            assert found.total == (10_000 if page != 3 else 111) and len(found.items) == 20
            text = " ".join(statements.seen)
            assert not any(f" {table} " in text for table in ("report", "profile", "inventory_month"))


async def export(bank: Bank, who: str = "admin") -> finance.DeskExport:
    """Ask for the workbook and let the worker make it."""
    async with bank.act(who) as ctx:
        asked = await finance.start_export(ctx)
    await make(bank, asked.id, who == "admin")
    async with bank.act(who) as ctx:
        return await finance.get_export(ctx, asked.id)


async def make(bank: Bank, export_id: UUID, whole: bool = True) -> None:
    async with act(bank.id, new_id(), "job", "job") as ctx:
        await write_export(ctx, JobRun(new_id(), "finance.export", export_id, 1, {"whole": whole}, 1))


async def test_the_workbook_holds_live_consents_only(bank: Bank, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    firms = [await another_firm(migrator) for _ in range(3)]
    cases = [await applied(f, product.id) for f in firms]
    async with firms[0].act() as ctx:
        await finance.revoke(ctx, cases[0].consent.id)
    done = await export(bank)
    assert (done.state, done.rows) == ("done", 2)
    async with bank.act() as ctx:
        file = await finance.export_file(ctx, done.id)
    rows = list(openpyxl.load_workbook(io.BytesIO(file.data)).active.iter_rows(values_only=True))
    assert len(rows) == 3 and rows[0][0] == "企业" and "陈晓明" not in str(rows) and "13800138000" not in str(rows)
    manager = await manager_of(bank, cases[1].case.id, migrator)
    assert (await export(bank, manager)).rows < 3


async def test_a_consent_revoked_while_the_export_runs_stops_it(
    bank: Bank, firm: Firm, migrator: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await applied(firm, (await on_shelf(bank)).id)
    async with bank.act() as ctx:
        asked = await finance.start_export(ctx)

    async def slow(rows: list[dict[str, Any]]) -> bytes:
        assert len(rows) == 1
        async with firm.act() as other:  # the firm's own transaction commits while the workbook is being written
            await finance.revoke(other, made.consent.id)
        return b"PK"

    monkeypatch.setattr(exports, "write_book", slow)
    await make(bank, asked.id)
    async with bank.act() as ctx:
        stopped = await finance.get_export(ctx, asked.id)
        assert stopped.state == "stopped" and "撤回" in stopped.reason
        with pytest.raises(Gone):
            await finance.export_file(ctx, asked.id)
    assert await migrator.fetchval("select count(*) from file_blob where tenant_id = $1", bank.id) == 0


async def test_a_consent_revoked_before_the_file_is_fetched_stops_it_too(bank: Bank, firm: Firm) -> None:
    made = await applied(firm, (await on_shelf(bank)).id)
    done = await export(bank)
    async with firm.act() as ctx:
        await finance.revoke(ctx, made.consent.id)
    async with bank.act() as ctx:
        with pytest.raises(Gone) as refused:
            await finance.export_file(ctx, done.id)
        assert refused.value.code == "CONSENT_ENDED" and refused.value.kept
        assert (await finance.get_export(ctx, done.id)).state == "stopped"


async def test_managers_of_another_bank_and_unknown_areas_are_refused(bank: Bank, migrator: asyncpg.Connection) -> None:
    other = await make_bank(migrator)
    foreign = await on_shelf(other)
    with pytest.raises(Invalid) as refused:
        await serve(bank, "one", areas=["999999"], products=[foreign.id])
    assert {e.path for e in refused.value.errors} == {"areas", "products"}
    await serve(bank, "one", areas=["440100"])
    with pytest.raises(Conflict):
        await serve(bank, "one", areas=[], version=0)
    async with bank.act() as ctx:
        with pytest.raises(Exception, match="没有这位客户经理"):
            await finance.change_manager(ctx, other.people["one"], areas=[], products=[], active=True, version=0)


async def test_a_firm_cannot_choose_a_manager_of_another_product(bank: Bank, firm: Firm) -> None:
    product, second = await on_shelf(bank), await on_shelf(bank, name="另一款")
    await serve(bank, "one", products=[second.id])
    async with firm.act() as ctx:
        page = await finance.offer_page(ctx, product.id)
        assert bank.people["one"] not in {m.id for m in page.managers} and len(page.managers) == 2
    with pytest.raises(Invalid) as refused:
        await applied(firm, product.id, manager_id=bank.people["one"])
    assert [e.path for e in refused.value.errors] == ["manager_id"]
    assert (await applied(firm, second.id, manager_id=bank.people["one"], amount=Decimal(100), consent=consent(days=180))).case.state == "assigned"
