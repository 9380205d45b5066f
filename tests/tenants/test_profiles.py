"""The profile FD1: who may read what, versions, checks, and the facts for other rooms."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

import tenants
from core.errors import Conflict, Invalid
from tests.tenants.conftest import Org

EDIT = tenants.ProfileEdit(
    version=1, industry="C2926", region="440112", nature="民营", address="广州市黄埔区某路 1 号", contact_name="陈晓明",
    contact_phone="13800138000", registered_capital=Decimal("2000.5"), established_on=date(2004, 5, 6), staff=320,
    legal_name="黄建国", intro="塑料包装",
)  # fmt: skip


async def test_an_edit_is_read_back_and_moves_the_directory(make: Any, migrator: asyncpg.Connection) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        seen = await tenants.edit_profile(ctx, replace(EDIT, industry="C1762", region="440106"))
        assert (seen.version, seen.industry, seen.region, seen.region_name) == (2, "C1762", "440106", "天河区")
        assert (seen.contact_name, seen.contact_phone, seen.legal_name) == ("陈晓明", "13800138000", "黄建国")
        assert seen.registered_capital == Decimal("2000.5")
    row = await migrator.fetchrow("select region_code, industry_code from organisation where id = $1", org.id)
    assert tuple(row) == ("440106", "C1762")


async def test_a_stale_edit_is_refused_with_the_current_version(make: Any) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        await tenants.edit_profile(ctx, EDIT)
    with pytest.raises(Conflict) as caught:
        async with org.act("legal") as ctx:
            await tenants.edit_profile(ctx, EDIT)
    assert (caught.value.code, caught.value.extra) == ("STALE_VERSION", {"current_version": 2})


async def test_an_empty_legal_name_keeps_the_one_there(make: Any) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        await tenants.edit_profile(ctx, EDIT)
        assert (await tenants.edit_profile(ctx, replace(EDIT, version=2, legal_name=None))).legal_name == "黄建国"


async def test_who_may_not_edit_sees_masked_people(make: Any) -> None:
    org: Org = await make("enterprise", "legal", "viewer")
    async with org.act("legal") as ctx:
        await tenants.edit_profile(ctx, EDIT)
        assert [r.action for r in ctx.audit_rows] == ["profile.edited"]
    async with org.act("viewer") as ctx:
        seen = await tenants.get_profile(ctx)
        assert "陈晓明" not in str(seen) and "13800138000" not in str(seen) and "黄建国" not in str(seen)
        assert seen.contact_phone == "138****8000" and ctx.audit_rows == []
    async with org.act("legal") as ctx:
        assert (await tenants.get_profile(ctx)).contact_phone == "13800138000"
        assert [r.action for r in ctx.audit_rows] == ["pii.read"]  # rule P8


async def test_people_are_sealed_in_the_table(make: Any, migrator: asyncpg.Connection) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        await tenants.edit_profile(ctx, EDIT)
    row = await migrator.fetchrow("select * from profile where tenant_id = $1", org.id)
    assert row["contact_phone_sealed"][0] == 1 and b"13800138000" not in row["contact_phone_sealed"]
    assert "陈晓明" not in str(dict(row))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"industry": "C292"}, "industry"), ({"region": "440100"}, "region"), ({"nature": "私营"}, "nature"),
        ({"address": ""}, "address"), ({"address": "x" * 201}, "address"), ({"address": "a\x00"}, "address"),
        ({"contact_name": " "}, "contact_name"), ({"contact_name": "长" * 21}, "contact_name"),
        ({"contact_phone": "12"}, "contact_phone"), ({"contact_phone": "电话13800138000"}, "contact_phone"),
        ({"staff": -1}, "staff"), ({"staff": 1_000_001}, "staff"), ({"registered_capital": Decimal("-1")}, "registered_capital"),
        ({"registered_capital": Decimal("1.00001")}, "registered_capital"), ({"site_area": Decimal("1e10")}, "site_area"),
        ({"established_on": date.today() + timedelta(days=2)}, "established_on"), ({"intro": "x" * 2001}, "intro"),
    ],
)  # fmt: skip
async def test_each_wrong_field_is_named(make: Any, change: dict[str, Any], path: str) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        with pytest.raises(Invalid) as caught:
            await tenants.edit_profile(ctx, replace(EDIT, **change))
    assert [e.path for e in caught.value.errors] == [path]


async def test_facts_hold_both_chains_and_no_clear_person(make: Any) -> None:
    org: Org = await make()
    async with org.act("legal") as ctx:
        await tenants.edit_profile(ctx, EDIT)
        facts = await tenants.profile_facts(ctx)
    assert [p.code for p in facts.regions] == ["440000", "440100", "440112"] and facts.province == "440000"
    assert [p.code for p in facts.industries] == ["C", "C29", "C292", "C2926"]
    assert (facts.name, facts.uscc, facts.verified) == (org.name, org.uscc, True)
    assert facts.legal_name_masked and facts.legal_name_masked.startswith("黄") and "建国" not in str(facts)


async def test_an_unverified_firm_says_so(make: Any) -> None:
    org: Org = await make(status="unverified")
    async with org.act("legal") as ctx:
        assert (await tenants.profile_facts(ctx)).verified is False
