"""What the database itself grants: row security on every bound table, no right the application does not need."""

import asyncpg
import pytest

from core.database import transaction
from core.tables import TABLES
from tests.security.world import World

BOUND = sorted(t for t, kind in TABLES.items() if kind in ("tenant", "link", "directory"))
#: Plain readers of the transaction's own settings; anybody may call them.
HARMLESS = {"cur_tenant()", "cur_person()", "cur_account()", "cur_kind()"}


async def test_all_bound_tables_and_their_partitions_are_forced(seeing: asyncpg.Connection) -> None:
    rows = await seeing.fetch(
        "with recursive tree as ("
        "  select c.oid, c.relname as top from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any ($1)"
        "  union all select i.inhrelid, t.top from pg_inherits i join tree t on i.inhparent = t.oid)"
        " select c.relname, t.top, c.relrowsecurity, c.relforcerowsecurity from tree t join pg_class c on c.oid = t.oid"
        " where c.relkind in ('r', 'p')",
        BOUND,
    )
    assert {r["top"] for r in rows} == set(BOUND)
    assert [r["relname"] for r in rows if not (r["relrowsecurity"] and r["relforcerowsecurity"])] == []


async def test_a_partition_is_reached_through_its_parent_only(seeing: asyncpg.Connection) -> None:
    rows = await seeing.fetch(
        "select c.relname from pg_class c where c.relispartition and c.relkind in ('r', 'p')"
        " and has_table_privilege('tanxiao_app', c.oid, 'select, insert, update, delete')"
    )
    assert [r["relname"] for r in rows] == []


async def test_each_bound_table_has_a_policy_that_names_the_acting_organisation(seeing: asyncpg.Connection) -> None:
    rows = await seeing.fetch(
        "select tablename, qual, with_check from pg_policies where schemaname = 'public' and tablename = any ($1)",
        BOUND,
    )
    said = {t: " ".join(f"{r['qual']} {r['with_check']}" for r in rows if r["tablename"] == t) for t in BOUND}
    assert [t for t, text in said.items() if "cur_tenant()" not in text] == []
    for_everybody = await seeing.fetch(
        "select tablename, policyname from pg_policies where schemaname = 'public' and tablename = any ($1)"
        " and (qual = 'true' or with_check = 'true') and not ('tanxiao_owner' = any (roles))",
        BOUND,
    )
    assert [tuple(r) for r in for_everybody] == []


async def test_roles_are_what_the_house_says(seeing: asyncpg.Connection) -> None:
    rows = {r["rolname"]: r for r in await seeing.fetch("select * from pg_roles where rolname like 'tanxiao%'")}
    assert not rows["tanxiao_owner"]["rolcanlogin"]
    for role in ("tanxiao_app", "tanxiao_janitor", "tanxiao_owner"):
        assert not rows[role]["rolsuper"] and not rows[role]["rolbypassrls"], role
    assert rows["tanxiao_migrator"]["rolbypassrls"] and not rows["tanxiao_migrator"]["rolsuper"]
    assert not await seeing.fetchval("select pg_has_role('tanxiao_app', 'tanxiao_owner', 'member')")
    assert not await seeing.fetchval("select has_schema_privilege('tanxiao_app', 'public', 'create')")


async def test_nobody_owns_a_table_but_the_owner_and_nobody_empties_one(seeing: asyncpg.Connection) -> None:
    rows = await seeing.fetch(
        "select c.relname, pg_get_userbyid(relowner) as owner, has_table_privilege('tanxiao_app', c.oid, 'truncate') as truncate,"
        " has_table_privilege('tanxiao_app', c.oid, 'references, trigger') as more"
        " from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    assert [r["relname"] for r in rows if r["owner"] != "tanxiao_owner" or r["truncate"] or r["more"]] == []


async def test_functions_are_granted_by_name_and_to_the_application_alone(seeing: asyncpg.Connection) -> None:
    rows = await seeing.fetch(
        "select p.oid::regprocedure::text as name, prosecdef,"
        " exists (select 1 from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0) as public,"
        " has_function_privilege('tanxiao_app', p.oid, 'execute') as app,"
        " has_function_privilege('tanxiao_janitor', p.oid, 'execute') as janitor"
        " from pg_proc p where pronamespace = 'public'::regnamespace"
    )
    definers = [r for r in rows if r["prosecdef"]]
    assert definers and [r["name"] for r in definers if r["public"]] == []
    granted = await seeing.fetch(
        "select p.oid::regprocedure::text as name, array_agg(grantee::regrole::text) as to from pg_proc p,"
        " aclexplode(p.proacl) where pronamespace = 'public'::regnamespace and prosecdef and grantee <> proowner group by p.oid"
    )
    allowed = {"tanxiao_app", "tanxiao_janitor", "tanxiao_migrator"}
    assert [r["name"] for r in granted if not set(r["to"]) <= allowed] == []


async def test_becoming_somebody_else_is_not_for_the_application(seeing: asyncpg.Connection) -> None:
    assert not await seeing.fetchval("select has_function_privilege('tanxiao_app', 'become(uuid)', 'execute')")


@pytest.mark.parametrize("table", BOUND)
async def test_nobody_acting_sees_no_row(table: str, database: str, world: World) -> None:
    async with transaction() as db:
        for setting in ("app.tenant", "app.person", "app.kind", "app.account"):
            await db.run("select set_config($1, '', true)", setting)
        if not await db.value("select has_table_privilege($1, 'select')", table):
            return
        assert await db.value(f"select count(*) from {table}") == 0


@pytest.mark.parametrize("table", [t for t in BOUND if TABLES[t] != "directory"])
async def test_a_sees_no_row_of_b(table: str, database: str, world: World) -> None:
    async with transaction() as db:
        await db.run(
            "select set_config('app.tenant', $1, true), set_config('app.kind', 'enterprise', true)", str(world.a)
        )
        await db.run("select set_config('app.person', $1, true)", str(world.actors["legal A"].person))
        if not await db.value("select has_table_privilege($1, 'select')", table):
            return
        # the second side of a link row is an organisation, or a person (an agent), who is somebody else here
        named = "select 1 from information_schema.columns where table_name = $1 and column_name = 'party_id'"
        side = "and party_id <> $2" if TABLES[table] == "link" and await db.value(named, table) else ""
        arguments = (world.b, world.a) if side else (world.b,)
        assert await db.value(f"select count(*) from {table} where tenant_id = $1 {side}", *arguments) == 0


async def test_a_cannot_write_a_row_for_b(database: str, world: World) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction() as db:
            await db.run("select set_config('app.tenant', $1, true)", str(world.a))
            await db.run(
                "insert into invitation (tenant_id, id, roles, expires_at, created_at, created_by)"
                " values ($1, $1, array['viewer'], now(), now(), $1)",
                world.b,
            )
