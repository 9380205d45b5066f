"""Change of the root key (P1, P2): every sealed column is known, batches resume, the old key can leave."""

import asyncpg
import pytest

import wiring
from core import crypto
from core.ids import new_id
from core.postgres import Urls
from core.rotation import Indexed, Sealed, reseal

OLD, NEW = "old-root-key-0123456789-0123456789-abc", "new-root-key-0123456789-0123456789-abc"


async def test_every_sealed_column_of_the_schema_is_listed(migrator: asyncpg.Connection) -> None:
    rows = await migrator.fetch(
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname like '%\\_sealed'"
    )
    assert {(r["relname"], r["attname"]) for r in rows} == {(s.table, s.column) for s in wiring.SEALED}


async def test_a_new_key_takes_over_and_the_old_one_can_leave(migrator: asyncpg.Connection, urls: Urls) -> None:
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute(
        "create schema if not exists probe authorization tanxiao_migrator;"
        "create table probe.person (id uuid primary key, phone_sealed bytea);"
        "create table probe.person_index (kind text, idx bytea, key_id bytea, person_id uuid, primary key (kind, idx));"
        "grant all on all tables in schema probe to tanxiao_migrator"
    )
    try:
        before, after = crypto.Keyring(OLD), crypto.Keyring(NEW, [OLD])
        people = {new_id(): f"+86138000{n:05d}" for n in range(25)}
        for person, phone in people.items():
            await migrator.execute(
                "insert into probe.person values ($1, $2)", person, before.seal("person.phone", person, phone)
            )
            await migrator.execute(
                "insert into probe.person_index values ('phone', $1, $2, $3)",
                before.blind_index("phone", phone),
                before.current,
                person,
            )
        await migrator.execute("insert into probe.person values ($1, null)", new_id())
        sealed = Sealed("probe.person", "phone_sealed", "person.phone")
        indexed = Indexed("probe.person_index", "phone", "person_id", sealed)
        assert await reseal(urls.migrator, [sealed], [indexed], after, batch=10) == {
            "probe.person.phone_sealed": 25,
            "probe.person_index:phone": 25,
        }
        assert set((await reseal(urls.migrator, [sealed], [indexed], after, batch=10)).values()) == {0}
        alone = crypto.Keyring(NEW)
        for row in await migrator.fetch(
            "select p.*, i.idx from probe.person p join probe.person_index i on i.person_id = p.id"
        ):
            phone = alone.unseal("person.phone", row["id"], row["phone_sealed"])
            assert phone == people[row["id"]] and alone.blind_index("phone", phone) == row["idx"]
    finally:
        await superuser.execute("drop schema probe cascade")
        await superuser.close()


async def test_a_key_we_do_not_hold_stops_the_rotation(urls: Urls) -> None:
    superuser = await asyncpg.connect(urls.superuser)
    await superuser.execute(
        "create schema probe authorization tanxiao_migrator;"
        "create table probe.person (id uuid primary key, phone_sealed bytea);"
        "grant all on all tables in schema probe to tanxiao_migrator"
    )
    row = new_id()
    try:
        await superuser.execute(
            "insert into probe.person values ($1, $2)", row, crypto.Keyring(OLD).seal("person.phone", row, "x")
        )
        with pytest.raises(crypto.SealBroken):
            await reseal(
                urls.migrator, [Sealed("probe.person", "phone_sealed", "person.phone")], [], crypto.Keyring(NEW)
            )
    finally:
        await superuser.execute("drop schema probe cascade")
        await superuser.close()
