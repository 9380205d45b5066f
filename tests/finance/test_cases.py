"""From a product to an outcome: consent with the case, assignment, moves, refusals (GF8, GF11, GF12, ST1)."""

from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

import finance
import tenants
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.filing.world import Firm, make_firm
from tests.finance.world import TODAY, Bank, applied, consent, on_shelf, told


async def test_a_firm_applies_and_the_bank_follows_up_to_the_loan(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    made = await applied(
        firm, product.id, project=finance.FinanceProject("余热回收", Decimal(3200), Decimal("3240.25")), consent=consent(contact=True)
    )
    case = made.case
    assert (case.state, case.state_word) == ("assigned", "已分配") and case.manager
    assert case.due_on == date(2026, 11, 24)  # two working days after Saturday 21 November
    assert [(e.from_state, e.to_state) for e in case.events] == [(None, "submitted"), ("submitted", "assigned")]
    assert made.consent.ends_on == TODAY + timedelta(days=90) and made.consent.days_left == 90
    assert [k for k, _ in await told(migrator, bank.id)] == ["finance.assigned"]
    manager = await manager_of(bank, case.id, migrator)
    async with bank.act(manager) as ctx:
        page = await finance.list_desk_cases(ctx, tab="new")
        assert [(i.product, i.letter, i.amount) for i in page.items] == [(product.name, "B", Decimal(500))]
        opened = await finance.open_case(ctx, case.id)
        assert opened.contact is None and "等级" not in opened.matched
        seen = await finance.contact(ctx, case.id, opened.version)
        assert (seen.state, seen.contact and (seen.contact.name, seen.contact.phone)) == ("contacted", ("陈晓明", "13800138000"))
        on = await finance.advance(ctx, case.id, seen.version)
        with pytest.raises(Invalid) as bad:
            await finance.outcome(ctx, case.id, on.version, "approved")
        assert {e.path for e in bad.value.errors} == {"amount", "rate"}
        done = await finance.outcome(ctx, case.id, on.version, "approved", amount=Decimal(1850), rate=Decimal("3.35"), on=TODAY)
        assert done.state == "approved" and done.loan_share == Decimal("1873.269531")  # GC-GF02
    async with firm.act() as ctx:
        now = await finance.get_case(ctx, case.id)
        assert now.allowed == ["confirm", "renew"]
        confirmed = await finance.confirm(ctx, case.id, now.version)
        assert confirmed.confirmed_at is not None and confirmed.loan_share == Decimal("1873.269531")
        with pytest.raises(Conflict):
            await finance.confirm(ctx, case.id, confirmed.version)
        reads = await tenants.consents.list_readings(ctx, made.consent.id)
        assert [r.title for r in reads.items] == ["联系人姓名和电话"]  # who saw the contact person stands in the log
    kinds = [k for k, _ in await told(migrator, firm.id)]
    # one message a person and day for the same object (NT1), the result apart; the legal representative and the administrator hear it
    assert [kinds.count(k) for k in ("consent.given", "finance.moved", "finance.decided")] == [2, 2, 2]


async def manager_of(bank: Bank, case_id: object, migrator: asyncpg.Connection) -> str:
    person = await migrator.fetchval("select manager_id from finance_case where id = $1", case_id)
    return next(name for name, p in bank.people.items() if p == person)


async def test_contact_data_stay_with_the_firm_without_the_tick_and_for_the_administrator(
    firm: Firm, bank: Bank, migrator: asyncpg.Connection
) -> None:
    product = await on_shelf(bank)
    case = (await applied(firm, product.id)).case
    manager = await manager_of(bank, case.id, migrator)
    async with bank.act(manager) as ctx:
        assert (await finance.contact(ctx, case.id, case.version)).contact is None
    async with bank.act() as ctx:
        assert (await finance.open_case(ctx, case.id)).contact is None
        with pytest.raises(Forbidden) as refused:
            await finance.contact(ctx, case.id, case.version)
        assert refused.value.code == "NOT_YOUR_CASE"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"start": TODAY - timedelta(days=1)}, "consent.start"),
        ({"end": TODAY - timedelta(days=1)}, "consent.end"),
        ({"end": TODAY + timedelta(days=367)}, "consent.end"),
        ({"days": 367}, "consent.days"),
        ({"days": 0}, "consent.days"),
        ({"days": -5}, "consent.days"),
        ({"report_kinds": ["water"]}, "consent.report_kinds"),
        ({"report_kinds": ["grade", "filings"]}, "consent.report_kinds"),
        ({"years": []}, "consent.years"),
        ({"years": [2031]}, "consent.years"),
        ({"years": [2024]}, "consent.years"),
        ({"purpose": " "}, "consent.purpose"),
    ],
)
async def test_a_consent_that_cannot_be_given_names_its_field(firm: Firm, bank: Bank, changes: dict[str, object], path: str) -> None:
    product = await on_shelf(bank)
    with pytest.raises(Invalid) as refused:
        await applied(firm, product.id, consent=consent(**changes))
    assert path in {e.path for e in refused.value.errors}
    async with firm.act() as ctx:
        assert (await finance.list_cases(ctx)).total == 0  # the application went with it


async def test_the_longest_consent_lasts_366_days(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank)
    assert (await applied(firm, product.id, consent=consent(days=366))).consent.days_left == 366


async def test_an_agent_and_a_filler_never_consent(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank)
    firm.people["agent:report"] = firm.people["agent:read"] = firm.people["viewer"]
    for role in ("filler", "viewer", "agent:report", "agent:read"):
        with pytest.raises(Forbidden) as refused:
            await applied(firm, product.id, role)
        assert refused.value.code == "NOT_YOURS_TO_GIVE" and "法定代表人或企业管理员" in refused.value.detail
    made = await applied(firm, product.id, "admin")
    async with firm.act("filler") as ctx:
        with pytest.raises(Forbidden):
            await finance.revoke(ctx, made.consent.id)


async def test_other_words_than_the_shown_ones_are_no_consent(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank)
    with pytest.raises(Conflict) as refused:
        await applied(firm, product.id, consent=consent(text_sha256="0" * 64))
    assert refused.value.code == "TEXT_CHANGED"


async def test_what_does_not_fit_is_refused_with_the_reasons(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank, min_letter="A", needs_water=True)
    with pytest.raises(Conflict) as refused:
        await applied(firm, product.id)
    assert refused.value.code == "NOT_MATCHED"
    assert [r["code"] for r in refused.value.extra["reasons"]] == ["GRADE", "NEEDS_WATER_REPORT"]


async def test_one_open_case_for_one_product(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank)
    first = await applied(firm, product.id)
    with pytest.raises(Conflict) as refused:
        await applied(firm, product.id)
    assert refused.value.code == "ALREADY_OPEN" and refused.value.extra["case_id"] == str(first.case.id)
    async with firm.act() as ctx:
        after = await finance.withdraw(ctx, first.case.id, first.case.version, "暂不需要")
    assert after.state == "withdrawn" and after.consent_state == "revoked"
    assert (await applied(firm, product.id)).case.state == "assigned"


async def test_amounts_outside_the_product_are_refused(firm: Firm, bank: Bank) -> None:
    product = await on_shelf(bank)
    for amount in ("49.9999", "2000.0001", "0", "-1"):
        with pytest.raises(Invalid) as refused:
            await applied(firm, product.id, amount=Decimal(amount))
        assert [e.path for e in refused.value.errors] == ["amount"]


async def test_a_lost_race_says_the_current_state(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    case = (await applied(firm, product.id)).case
    manager = await manager_of(bank, case.id, migrator)
    async with bank.act(manager) as ctx:
        await finance.contact(ctx, case.id, case.version)
    async with firm.act() as ctx:
        with pytest.raises(Conflict) as refused:
            await finance.withdraw(ctx, case.id, case.version)
        assert (refused.value.code, refused.value.extra["state"]) == ("STALE_VERSION", "contacted")
    async with bank.act(manager) as ctx:
        with pytest.raises(Conflict) as refused:
            await finance.advance(ctx, case.id, case.version)
        assert refused.value.extra["state"] == "contacted"


async def test_another_bank_another_firm_and_another_manager_see_nothing(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    from tests.finance.world import make_bank

    product = await on_shelf(bank)
    case = (await applied(firm, product.id)).case
    owner = await manager_of(bank, case.id, migrator)
    other = next(n for n in ("one", "two", "three") if n != owner)
    stranger, neighbour = await make_bank(migrator), await make_firm(migrator)
    for door in (stranger.act(), stranger.act("one"), bank.act(other)):
        async with door as ctx:
            with pytest.raises(NotFound):
                await finance.open_case(ctx, case.id)
            assert (await finance.list_desk_cases(ctx)).total == 0
    async with neighbour.act() as ctx:
        with pytest.raises(NotFound):
            await finance.get_case(ctx, case.id)
        with pytest.raises(NotFound):
            await tenants.consents.revoke_consent(ctx, case.consent_id)


async def test_a_bank_cannot_write_a_consent(firm: Firm, bank: Bank) -> None:
    made = await applied(firm, (await on_shelf(bank)).id)
    async with bank.act() as ctx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.run("update consent set ends_on = ends_on + 1 where id = $1", made.consent.id)
