"""Drift and catalogue: models equal the migrated schema, every table keeps its class (architecture 6, 9.4)."""

import importlib

import asyncpg
import pytest
from tortoise import fields
from tortoise.models import Model

import wiring
from core.tables import TABLES

COLUMNS = """
select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, a.attnotnull as required
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
"""
KINDS: dict[type, set[str]] = {
    fields.UUIDField: {"uuid"},
    fields.TextField: {"text"},
    fields.CharField: {"text", "character varying"},
    fields.IntField: {"integer"},
    fields.SmallIntField: {"smallint"},
    fields.BigIntField: {"bigint"},
    fields.BooleanField: {"boolean"},
    fields.DecimalField: {"numeric"},
    fields.DateField: {"date"},
    fields.DatetimeField: {"timestamp with time zone"},
    fields.JSONField: {"jsonb"},
    fields.BinaryField: {"bytea"},
}


def models() -> dict[str, type[Model]]:
    """Every model of every room by its table."""
    found: dict[str, type[Model]] = {}
    for module in wiring.MODELS:
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, type) and issubclass(value, Model) and value is not Model and not getattr(value.Meta, "abstract", False):
                found[value._meta.db_table] = value
    return found


async def test_models_equal_the_migrated_schema(migrator: asyncpg.Connection) -> None:
    schema: dict[str, dict[str, asyncpg.Record]] = {}
    for row in await migrator.fetch(COLUMNS):
        schema.setdefault(row["table"], {})[row["column"]] = row
    known, faults = models(), []
    machinery = {t for t in schema if t.startswith("pgqueuer")}
    for table in sorted(schema.keys() - known.keys() - machinery):
        faults.append(f"{table}: no model")
    for table in sorted(known.keys() - schema.keys()):
        faults.append(f"{table}: no such table")
    for table in sorted(known.keys() & schema.keys()):
        own = {f.source_field or name: f for name, f in known[table]._meta.fields_map.items() if name in known[table]._meta.fields_db_projection}
        columns = schema[table]
        faults += [f"{table}.{c}: not in the model" for c in columns.keys() - own.keys()]
        faults += [f"{table}.{c}: not in the schema" for c in own.keys() - columns.keys()]
        for column in columns.keys() & own.keys():
            field, row = own[column], columns[column]
            if field.null == row["required"]:
                faults.append(f"{table}.{column}: nullable differs")
            kind = next((k for k in type(field).__mro__ if k in KINDS), None)
            if kind and row["type"] not in KINDS[kind] and not row["type"].endswith("[]"):
                faults.append(f"{table}.{column}: {type(field).__name__} for {row['type']}")
    assert faults == []


async def test_every_table_has_a_class(migrator: asyncpg.Connection) -> None:
    tables = {r["table"] for r in await migrator.fetch(COLUMNS) if not r["table"].startswith("pgqueuer")}
    assert tables == set(TABLES)
    assert set(TABLES.values()) <= {"tenant", "link", "directory", "identity", "shared", "system"}


async def test_tenant_link_and_directory_tables_and_their_partitions_force_row_security(migrator: asyncpg.Connection) -> None:
    rows = await migrator.fetch(
        "select c.relname, coalesce(p.relname, c.relname) as top, c.relrowsecurity and c.relforcerowsecurity as forced,"
        " pg_get_userbyid(c.relowner) as owner from pg_class c left join pg_inherits i on i.inhrelid = c.oid"
        " left join pg_class p on p.oid = i.inhparent where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
    )
    bound = {name for name, kind in TABLES.items() if kind in ("tenant", "link", "directory")}
    assert bound
    assert [r["relname"] for r in rows if r["top"] in bound and not r["forced"]] == []
    assert [r["relname"] for r in rows if r["owner"] != "tanxiao_owner"] == []


async def test_tenant_is_first_in_every_key_and_index_of_a_tenant_table(migrator: asyncpg.Connection) -> None:
    rows = await migrator.fetch(
        "select t.relname as table, i.relname as index, a.attname as first, x.indisprimary"
        " from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid"
        " join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]"
        " where t.relnamespace = 'public'::regnamespace and not t.relispartition"
    )
    tenant = {name for name, kind in TABLES.items() if kind == "tenant"}
    primary = {r["table"]: r["first"] for r in rows if r["indisprimary"]}
    assert {t: primary.get(t) for t in tenant if primary.get(t) != "tenant_id"} == {}


@pytest.mark.parametrize("kind", ["identity", "shared"])
async def test_the_application_may_not_write_what_only_functions_write(migrator: asyncpg.Connection, kind: str) -> None:
    wrong = []
    for table in (t for t, k in TABLES.items() if k == kind):
        for right in ("insert", "update", "delete", "truncate") + (("select",) if kind == "identity" else ()):
            if await migrator.fetchval("select has_table_privilege('tanxiao_app', $1, $2)", table, right):
                wrong.append(f"{table}: {right}")
    assert wrong == []


async def test_security_definer_functions_are_closed_to_the_public_and_pin_their_path(migrator: asyncpg.Connection) -> None:
    rows = await migrator.fetch(
        "select p.oid::regprocedure::text as name, proconfig, proowner::regrole::text as owner,"
        " exists (select 1 from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0) as public"
        " from pg_proc p where pronamespace = 'public'::regnamespace and prosecdef"
    )
    assert rows
    assert [r["name"] for r in rows if r["public"]] == []
    assert [r["name"] for r in rows if not any(c.startswith("search_path=") for c in r["proconfig"] or ())] == []
    assert [r["name"] for r in rows if r["owner"] != "tanxiao_owner"] == []
