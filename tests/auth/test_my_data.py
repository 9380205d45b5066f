"""The person's own data (P6, P7): agreements by version, a copy that lasts a day, being forgotten after seven days to think again."""

import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

import auth
import tenants
from api.routes.me import _packed
from auth import my_data
from core import clock
from core.clock import utc_now
from core.database import transaction
from core.errors import Conflict, Invalid, NotFound, Problem
from tests.auth.people import fresh_phone, member, organisation, person, refusal, sign_in, signed_in

pytestmark = pytest.mark.usefixtures("database")


async def test_an_agreement_names_its_text_and_can_be_taken_back() -> None:
    """Rule P6: purpose, version and hash; repeating is one record; withdrawal ends it and is kept."""
    me = await sign_in(await person())
    async with signed_in(me) as ctx:
        await my_data.give_consent(ctx, "face", "1", "ab" * 32)
        await my_data.give_consent(ctx, "face", "1", "ab" * 32)
        assert [(c.purpose, c.version, c.withdrawn_at) for c in await my_data.consents(ctx)] == [("face", "1", None)]
        assert await my_data.agreed(ctx, "face")
    async with signed_in(me) as ctx:
        await my_data.withdraw_consent(ctx, "face")
        assert not await my_data.agreed(ctx, "face")
        kept = (await my_data.consents(ctx))[0]
        assert kept.withdrawn_at == ctx.now and kept.sha256 == "ab" * 32
    async with signed_in(me) as ctx:
        assert isinstance(await refusal(my_data.withdraw_consent(ctx, "face")), NotFound)
        assert isinstance(await refusal(my_data.give_consent(ctx, "anything", "1", "")), Invalid)
        assert (await refusal(my_data.withdraw_consent(ctx, "privacy"))).code == "PRIVACY_NEEDED"


async def test_a_copy_of_everything_for_a_day(migrator: Any) -> None:
    """Rule P7: JSON and workbook with the clear name and phone; nobody else's, nothing after 24 hours; the reading is audited (P8)."""
    phone = fresh_phone()
    who = await person(name="赵一鸣", phone=f"+86{phone}")
    await member(migrator, who, await organisation(migrator), "filler")
    me, other = await sign_in(who), await sign_in(await person())
    async with signed_in(me) as ctx:
        made = await my_data.ask_export(ctx)
        facts = await my_data.collect(ctx, made.id)
        facts["organisations"] = []
        assert [r.action for r in ctx.audit_rows] == ["personal_data.export_asked", "pii.read"]
    with zipfile.ZipFile(io.BytesIO(_packed(facts))) as archive:
        assert sorted(archive.namelist()) == ["my-data.json", "my-data.xlsx"]
        assert "赵一鸣" in archive.read("my-data.json").decode()
        book = openpyxl.load_workbook(io.BytesIO(archive.read("my-data.xlsx")))
    assert [c.value for c in book["基本信息"][2]][:2] == ["赵一鸣", f"+86{phone}"]
    assert book["登录记录"].max_row == 2
    async with signed_in(other) as ctx:
        assert isinstance(await refusal(my_data.collect(ctx, made.id)), NotFound)
    clock.freeze(made.expires_at + timedelta(seconds=1))
    async with signed_in(await sign_in(who)) as ctx:
        assert isinstance(await refusal(my_data.collect(ctx, made.id)), NotFound)


async def test_forgotten_after_seven_days(migrator: Any) -> None:
    """Rule P7: the last second before nothing happened; then no name, no phone, no way in, and filed data say user#."""
    phone = fresh_phone()
    who = await person(name="孙忘川", phone=f"+86{phone}")
    firm = await organisation(migrator)
    await member(migrator, who, firm, "filler")
    await migrator.execute(
        "insert into operating_data (tenant_id, id, period, year, version, output_value, saved_by, saved_by_name, saved_at)"
        " values ($1, $2, '2025', 2025, 1, 10, $3, '孙**', now())", firm, uuid4(), who.account_id,
    )  # fmt: skip
    me = await sign_in(who)
    async with signed_in(me) as ctx:
        due = await my_data.ask_deletion(ctx, await tenants.firms_without_me(ctx))
        assert due == ctx.now + timedelta(days=7)
        assert await my_data.ask_deletion(ctx, []) == due  # asking again does not begin anew
    clock.freeze(due - timedelta(seconds=1))
    async with transaction() as db:
        await my_data.erase_due(db)
    assert await migrator.fetchval("select count(*) from person_index where person_id = $1", who.person_id) == 1
    clock.freeze(due)
    async with transaction() as db:
        assert await my_data.erase_due(db) >= 1
    assert await migrator.fetchval("select count(*) from person_index where person_id = $1", who.person_id) == 0
    row = await migrator.fetchrow("select name_sealed, phone_sealed from person where id = $1", who.person_id)
    assert auth.my_data.unseal("person.name", who.person_id, row["name_sealed"]).startswith("user#") and row["phone_sealed"] is None
    seat = await migrator.fetchrow("select status, display_name_masked, phone_masked from membership where person_id = $1", who.person_id)
    assert (seat["status"], seat["phone_masked"]) == ("ended", None) and seat["display_name_masked"].startswith("user#")
    kept = await migrator.fetchrow("select output_value, saved_by_name from operating_data where tenant_id = $1", firm)
    assert kept["output_value"] == 10 and kept["saved_by_name"].startswith("user#")
    with pytest.raises(Problem):
        await sign_in(who)
    with pytest.raises(Problem):
        async with signed_in(me):
            pass
    async with transaction() as db:
        assert not await db.value("select erase_person($1, $2, 'x', $3)", who.person_id, b"x", utc_now())  # once


async def test_staying_after_all() -> None:
    """Taken back within the seven days: nothing is forgotten."""
    me = await sign_in(await person())
    async with signed_in(me) as ctx:
        due = await my_data.ask_deletion(ctx, [])
        assert await my_data.deletion(ctx) == due
        await my_data.stop_deletion(ctx)
        assert await my_data.deletion(ctx) is None
        assert isinstance(await refusal(my_data.stop_deletion(ctx)), NotFound)


async def test_who_is_in_charge_hands_over_first(migrator: Any) -> None:
    """A legal representative and an only administrator are named with their firms; a second administrator frees the first."""
    legal, admin, second = await person(), await person(), await person()
    theirs, shared = await organisation(migrator), await organisation(migrator)
    await member(migrator, legal, theirs, "legal")
    await member(migrator, admin, shared, "admin")
    async with signed_in(await sign_in(legal)) as ctx:
        firms = await tenants.firms_without_me(ctx)
        assert len(firms) == 1
        assert isinstance(await refusal(my_data.ask_deletion(ctx, firms)), Conflict)
    async with signed_in(await sign_in(admin)) as ctx:
        assert len(await tenants.firms_without_me(ctx)) == 1
    await member(migrator, second, shared, "admin")
    async with signed_in(await sign_in(admin)) as ctx:
        assert await tenants.firms_without_me(ctx) == []
        assert ctx.tenant_id is not None
