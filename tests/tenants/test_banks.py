"""Banks on the operator's list: made with dates, stopped with a reason, ended by the night after their last day."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

import tenants
from core.clock import utc_now
from core.database import Acting, transaction
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from tests.tenants.conftest import Org, uscc

Make = Callable[..., Awaitable[Org]]


def new_bank(ctx: Acting) -> tenants.NewBank:
    tail = new_id().hex[-8:]
    user = tenants.FirstUser("何建国", f"138{int(tail, 16) % 10**8:08d}", f"bank-{tail}", [])
    return tenants.NewBank(f"测试银行{tail}", uscc(), "普惠金融部 020-83330000", ctx.today + timedelta(days=200), user, region="440112", agreement_no="HZ-2026-01")


async def test_a_bank_is_made_with_its_first_administrator(desk: Org) -> None:
    async with desk.act("ops_reviewer") as ctx:
        made = await tenants.create_bank(ctx, new_bank(ctx))
        assert made.first_password and made.bank.state == "active" and made.bank.days_left == 200
        (person,) = made.people
        assert person.roles == ["bank_admin"]
        listed = await tenants.list_banks(ctx, q=made.bank.name)
        assert [b.id for b in listed.items] == [made.bank.id] and listed.total == 1
        assert [c.what for c in made.changes] == ["created"]


async def test_suspended_and_resumed(desk: Org, migrator: asyncpg.Connection) -> None:
    async with desk.act("ops_reviewer") as ctx:
        made = await tenants.create_bank(ctx, new_bank(ctx))
        with pytest.raises(Invalid):
            await tenants.suspend_bank(ctx, made.bank.id, version=made.bank.version, reason=" ")
        stopped = await tenants.suspend_bank(ctx, made.bank.id, version=made.bank.version, reason="协议中止")
        assert (stopped.bank.state, stopped.bank.state_reason) == ("suspended", "协议中止")
        with pytest.raises(Conflict, match="STALE_VERSION"):
            await tenants.resume_bank(ctx, made.bank.id, version=made.bank.version)
        with pytest.raises(Conflict, match="STATE"):
            await tenants.suspend_bank(ctx, made.bank.id, version=stopped.bank.version, reason="再一次")
        again = await tenants.resume_bank(ctx, made.bank.id, version=stopped.bank.version)
        assert again.bank.state == "active"
    assert await migrator.fetchval("select count(*) from bank_change where bank_id = $1", made.bank.id) == 3


async def test_the_night_after_the_last_day(desk: Org, migrator: asyncpg.Connection) -> None:
    async with desk.act("ops_reviewer") as ctx:
        made = await tenants.create_bank(ctx, new_bank(ctx))
    await migrator.execute("update bank set valid_from = current_date - 9, valid_to = current_date - 2 where id = $1", made.bank.id)
    async with transaction() as db:
        assert await db.value("select banks_night($1)", utc_now()) >= 1
    async with desk.act("ops_reviewer") as ctx:
        held = await tenants.get_bank(ctx, made.bank.id)
        assert (held.bank.state, held.bank.state_reason) == ("expired", "合作期限已到")
        assert [b.id for b in (await tenants.list_banks(ctx, q=made.bank.name, state="expired")).items] == [made.bank.id]
        with pytest.raises(Conflict, match="EXPIRED"):
            await tenants.resume_bank(ctx, made.bank.id, version=held.bank.version)
        facts = {"contact": held.bank.contact, "agreement_no": held.bank.agreement_no}
        later = await tenants.edit_bank(ctx, made.bank.id, version=held.bank.version, valid_to=ctx.today + timedelta(days=30), **facts)
        assert (await tenants.resume_bank(ctx, made.bank.id, version=later.bank.version)).bank.state == "active"


async def test_bad_input_and_unknown_banks(desk: Org) -> None:
    async with desk.act("ops_reviewer") as ctx:
        wanted = new_bank(ctx)
        for bad, path in [
            (replace(wanted, contact=""), "contact"),
            (replace(wanted, valid_to=ctx.today - timedelta(days=1)), "valid_to"),
            (replace(wanted, valid_to=ctx.today + timedelta(days=4000)), "valid_to"),
            (replace(wanted, agreement_no="9" * 101), "agreement_no"),
        ]:
            with pytest.raises(Invalid) as refused:
                await tenants.create_bank(ctx, bad)
            assert [e.path for e in refused.value.errors] == [path]
        with pytest.raises(NotFound):
            await tenants.get_bank(ctx, new_id())


async def test_banks_made_elsewhere_stand_in_the_list_too(desk: Org, make: Make, migrator: asyncpg.Connection) -> None:
    bank = await make("bank")
    async with desk.act("ops_reviewer") as ctx:
        held = await tenants.get_bank(ctx, bank.id)
    assert held.bank.name == bank.name and 364 <= held.bank.days_left <= 366
