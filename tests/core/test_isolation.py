"""The 26 tenant probes (stack 2.2) on a scratch table of each class, as the application role: organisation A attacks B's rows.

Row-level security alone must hold; what foreign keys bypass is closed by composite keys.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.expressions import F, Q
from tortoise.functions import Count

from core import postgres
from core.database import Db, transaction
from tests.core.probe_models import ProbeFirm, ProbeRec

A, B = uuid4(), uuid4()

SCHEMA = """
create table probe_firm (tenant_id uuid not null, id uuid not null, name text not null,
  primary key (tenant_id, id), unique (id));
create table probe_rec (tenant_id uuid not null, id uuid not null, firm_id uuid not null, v int not null,
  primary key (tenant_id, id), unique (id), foreign key (tenant_id, firm_id) references probe_firm (tenant_id, id));
create table probe_tag (tenant_id uuid not null, id uuid not null, rec_id uuid not null,
  primary key (tenant_id, id), unique (id), foreign key (tenant_id, rec_id) references probe_rec (tenant_id, id));
create table probe_link (tenant_id uuid not null, party_id uuid not null, id uuid not null, word text not null, primary key (tenant_id, id));
call make_tenant_table('probe_firm'); call make_tenant_table('probe_rec'); call make_tenant_table('probe_tag');
call make_link_table('probe_link');
"""


@pytest.fixture(scope="module")
async def rows(urls: postgres.Urls, database: str) -> AsyncIterator[dict[str, UUID]]:
    """Two organisations with one firm and one record each; the scratch tables go again."""
    owner = await asyncpg.connect(urls.migrator)
    await owner.execute("set role tanxiao_owner")
    await owner.execute(SCHEMA)
    await owner.execute("reset role")
    ids = {name: uuid4() for name in ("firm_a", "firm_b", "rec_a", "rec_b")}
    for v, (tenant, side) in enumerate(((A, "a"), (B, "b")), 1):
        await owner.execute("insert into probe_firm values ($1, $2, $3)", tenant, ids[f"firm_{side}"], side)
        await owner.execute("insert into probe_rec values ($1, $2, $3, $4)", tenant, ids[f"rec_{side}"], ids[f"firm_{side}"], v)
    await owner.execute("insert into probe_link values ($1, $2, gen_random_uuid(), 'ab'), ($2, $3, gen_random_uuid(), 'bx')", A, B, uuid4())
    yield ids
    await owner.execute("set role tanxiao_owner; drop table probe_link, probe_tag, probe_rec, probe_firm")
    await owner.close()


@asynccontextmanager
async def as_tenant(tenant: UUID | None) -> AsyncIterator[Db]:
    """A transaction of one organisation (None: nobody)."""
    async with transaction() as db:
        await db.run("select set_config('app.tenant', $1, true)", str(tenant or ""))
        yield db


async def test_nobody_acting_sees_nothing(rows: dict[str, UUID]) -> None:
    async with as_tenant(None) as db:
        assert await ProbeFirm.all() == []
        assert await db.rows("select * from probe_rec") == []
        assert await db.rows("select * from probe_link") == []
    async with transaction() as db:
        assert await db.value("select count(*) from probe_firm") == 0


async def test_reading_probes(rows: dict[str, UUID]) -> None:
    foreign, own = rows["rec_b"], rows["rec_a"]
    async with as_tenant(A) as db:
        assert await ProbeRec.get_or_none(id=foreign) is None  # 1 get
        assert [r.id for r in await ProbeRec.filter(v__gte=0)] == [own]  # 2 filter
        assert not await ProbeRec.exists(id=foreign)  # 3 exists
        assert await ProbeRec.all().count() == 1  # 4 count
        assert await ProbeRec.in_bulk([foreign], "id") == {}  # 5 in_bulk
        assert await ProbeFirm.filter(recs__v=2) == []  # 6 join
        assert [r.v for r in await ProbeRec.filter(Q(v=2) | Q(v=1))] == [1]  # 7 Q
        assert (await ProbeFirm.annotate(n=Count("recs")).values("n")) == [{"n": 1}]  # 8 annotate
        assert len(await ProbeFirm.all().prefetch_related("recs")) == 1  # 9 prefetch
        assert await ProbeRec.raw("select * from probe_rec where v = 2") == []  # 10 raw model
        assert await db.rows("select * from probe_rec where id = $1", foreign) == []  # 11 raw SQL
        assert (await ProbeRec.all().select_related("firm"))[0].firm.name == "a"  # 12 select_related
        assert await db.value("select count(*) from probe_firm f join probe_rec r on r.firm_id = f.id") == 1  # 13 SQL join
        ghost = ProbeRec(id=foreign, tenant_id=B, firm_id=rows["firm_b"], v=9)
        ghost._saved_in_db = True
        with pytest.raises(Exception, match="(?i)does not exist|not found"):
            await ghost.refresh_from_db()  # 14 refresh_from_db
        stranger = ProbeRec(id=own, tenant_id=A, firm_id=rows["firm_b"], v=1)
        with pytest.raises(Exception, match="(?i)does not exist|not found|NoneType"):
            assert (await stranger.firm).name  # 15 awaiting a foreign relation


async def test_changing_probes(rows: dict[str, UUID], urls: postgres.Urls) -> None:
    foreign = rows["rec_b"]
    async with as_tenant(A) as db:
        assert await ProbeRec.filter(id=foreign).update(v=99) == 0  # 16 update
        assert await ProbeRec.filter(v=2).delete() == 0  # 17 delete
        stolen = ProbeRec(id=foreign, tenant_id=B, firm_id=rows["firm_b"], v=99)
        stolen._saved_in_db = True
        await stolen.save()  # 18 save of a stolen id touches nothing (looked at from B below)
        await stolen.delete()  # 19 delete of a stolen instance touches nothing
        await ProbeRec.bulk_update([stolen], ["v"])  # 20 bulk_update
        assert await ProbeRec.all().update(v=F("v") + 0) == 1  # 21 update all
        assert await db.run("update probe_rec set v = 99 where id = $1", foreign) == 0  # 22 SQL update
    async with as_tenant(B):
        assert [(r.id, r.v) for r in await ProbeRec.all()] == [(foreign, 2)]


@pytest.mark.parametrize(
    "sql",
    [
        "insert into probe_firm select {b}, gen_random_uuid(), 'x'",  # 23 insert for another organisation
        "update probe_firm set tenant_id = {b} where tenant_id = {a}",  # 24 give a row away
        "insert into probe_rec select {a}, gen_random_uuid(), {firm_b}, 1",  # 25 foreign key to a foreign row
        "insert into probe_link select {b}, {b}, gen_random_uuid(), 'x'",  # 26 a link between strangers
    ],
)
async def test_writing_across_is_refused(rows: dict[str, UUID], sql: str) -> None:
    text = sql.format(a=f"'{A}'::uuid", b=f"'{B}'::uuid", firm_b=f"'{rows['firm_b']}'::uuid")
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError)):
        async with as_tenant(A) as db:
            await db.run(text)


async def test_a_link_row_shows_itself_to_both_sides_only(rows: dict[str, UUID]) -> None:
    async with as_tenant(A) as db:
        assert [r["word"] for r in await db.rows("select word from probe_link order by word")] == ["ab"]
    async with as_tenant(B) as db:
        assert [r["word"] for r in await db.rows("select word from probe_link order by word")] == ["ab", "bx"]


async def test_the_setting_ends_with_the_transaction(rows: dict[str, UUID]) -> None:
    for _ in range(8):
        async with as_tenant(A) as db:
            assert await db.value("select count(*) from probe_firm") == 1
        async with transaction() as db:
            assert await db.value("select current_setting('app.tenant', true)") in (None, "")
