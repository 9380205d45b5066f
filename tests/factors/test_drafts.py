"""New versions of factors: one drafts, another publishes; nothing published changes; who is touched is counted and told (S20, 18.3)."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

import factors
import filing
from core import clock, jobs
from core.database import Acting, transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import PLATFORM_ORG, new_id
from factors import Ask, FactorDraft, NewRow
from tests.filing.world import ELECTRICITY, NOON, E, Firm, act, make_firm

SOURCE = "生态环境部、国家统计局公告2026年第40号"
AUTHOR, OTHER = new_id(), new_id()


def author() -> AbstractAsyncContextManager[Acting]:
    return act(PLATFORM_ORG, AUTHOR, "ops_data", "operator")


def approver(person: UUID = OTHER) -> AbstractAsyncContextManager[Acting]:
    return act(PLATFORM_ORG, person, "ops_approver", "operator")


def grid(place: str, value: str = "0.4000", **more: object) -> NewRow:
    row = NewRow(f"EF-ELEC-{place}-2023", value, SOURCE, valid_from=date(2026, 11, 1), factor_year=2024, confidence="verified-2-sources")
    return replace(row, **more)  # type: ignore[arg-type]


async def sent(*rows: NewRow, title: str = "2024 年度电力因子", kind: str = "factor") -> FactorDraft:
    """A draft on its way to the second person."""
    async with author() as ctx:
        made = await factors.make_draft(ctx, kind, title, rows)
        return await factors.review_draft(ctx, made.draft.id, made.draft.version)


async def publish(draft: FactorDraft) -> FactorDraft:
    async with approver() as ctx:
        return await filing.publish_factors(ctx, draft.draft.id, draft.draft.version)


@pytest.fixture(autouse=True)
def _noon(database: str) -> None:
    clock.freeze(NOON)
    import wiring

    wiring.register_jobs()


async def west(migrator: asyncpg.Connection, place: str = "650102") -> Firm:
    """A firm elsewhere, so that the rest of the suite keeps its factors; October submitted, September open."""
    firm = await make_firm(migrator, place)
    await firm.set_template(202609, ELECTRICITY)
    await firm.submit(firm.typed("2026-10", {E: "100"}))
    return firm


async def test_from_draft_to_the_next_preview(migrator: asyncpg.Connection) -> None:
    firm = await west(migrator)
    async with firm.act() as ctx:
        before = await filing.preview_months(ctx, firm.typed("2026-09", {E: "100"}))
    draft = await sent(grid("650000", "0.5000"))
    (row,) = draft.rows
    assert (row.code, row.current and row.current.code) == ("EF-ELEC-650000-2024", "EF-ELEC-650000-2023")
    async with approver() as ctx:
        impact = await filing.factor_impact(ctx, draft.draft.id)
    assert (impact.firms, impact.submitted_changed, impact.reports_changed, impact.provinces) == (1, 0, 0, ["650000"])
    assert impact.periods == 1 and impact.energies == ["电力"]
    (example,) = impact.examples
    old = before.lines[0].result
    assert example.month == "2026-10" and Decimal(example.before) == old.co2_t and Decimal(example.after) == Decimal("500.000000")  # 100 万kWh × 0.5
    done = await publish(draft)
    assert done.draft.state == "published" and done.impact is not None and done.impact["firms"] == 1
    async with firm.act() as ctx:
        after = await filing.preview_months(ctx, firm.typed("2026-09", {E: "100"}))
    assert after.lines[0].result.co2_t == Decimal("500.000000") and after.lines[0].result.factor["code"] == "EF-ELEC-650000-2024"
    kept = await migrator.fetchval("select co2_total from inventory_month where tenant_id = $1 and period = 202610", firm.id)
    assert kept == old.co2_t
    closed = await migrator.fetchval("select valid_to from factor where code = 'EF-ELEC-650000-2023'")
    assert closed == date(2026, 10, 31)
    job = await migrator.fetchval("select id from outbox where kind = 'filing.factors_published' and object_id = $1", draft.draft.id)
    await jobs.run_job(PLATFORM_ORG, job)
    job = await migrator.fetchval("select id from outbox where tenant_id = $1 and kind = 'filing.factor_news'", firm.id)
    await jobs.run_job(firm.id, job)
    notice = await migrator.fetchrow("select * from notice where tenant_id = $1 and kind = 'factor.published'", firm.id)
    assert notice is not None and notice["person_id"] == firm.people["admin"] and "自 2026 年 11 月 1 日 起有新版本" in notice["text"]


async def test_the_author_does_not_publish_and_only_once() -> None:
    draft = await sent(grid("640000"))
    async with approver(AUTHOR) as ctx:
        with pytest.raises(Forbidden, match="TWO_PERSONS"):
            await filing.publish_factors(ctx, draft.draft.id, draft.draft.version)
    done = await publish(draft)
    async with approver() as ctx:
        with pytest.raises(Conflict, match="STATE"):
            await filing.publish_factors(ctx, draft.draft.id, done.draft.version)
    async with author() as ctx:
        with pytest.raises(Conflict, match="STATE"):
            await factors.edit_draft(ctx, draft.draft.id, done.draft.version, "改一改", [])


@pytest.mark.parametrize("since", [date(2025, 12, 31), date(2025, 6, 1)])
async def test_overlapping_validity_is_refused_with_the_sentence(since: date) -> None:
    async with author() as ctx:
        made = await factors.make_draft(ctx, "factor", "重叠", [grid("630000", valid_from=since)])
        assert len(made.overlaps) >= 1 and "与已发布的 EF-ELEC-630000-2023" in made.overlaps[-1].text + made.overlaps[0].text
        with pytest.raises(Conflict, match="OVERLAP"):
            await factors.review_draft(ctx, made.draft.id, made.draft.version)


async def test_what_was_published_meanwhile_is_seen_at_publishing() -> None:
    first, second = await sent(grid("620000")), await sent(grid("620000", "0.41", valid_from=date(2026, 10, 15)))
    await publish(first)
    with pytest.raises(Conflict, match="OVERLAP"):
        await publish(second)


async def test_two_rows_of_a_draft_may_not_overlap() -> None:
    async with author() as ctx:
        made = await factors.make_draft(ctx, "factor", "两行", [grid("610000"), grid("610000", factor_year=2025, valid_from=date(2026, 12, 1))])
    assert [o.position for o in made.overlaps] == [1] and "另一行" in made.overlaps[0].text


async def test_an_unverified_row_waits_for_its_source() -> None:
    draft = await sent(grid("530000", confidence="unverified"))
    with pytest.raises(Conflict, match="UNVERIFIED"):
        await publish(draft)
    async with approver(AUTHOR) as ctx:
        with pytest.raises(Forbidden, match="TWO_PERSONS"):
            await factors.confirm_source(ctx, draft.draft.id, draft.draft.version, 0, confidence="one-source", source=SOURCE, source_url="")
    async with approver() as ctx:
        sure = await factors.confirm_source(ctx, draft.draft.id, draft.draft.version, 0, confidence="one-source", source=SOURCE, source_url="")
    assert sure.rows[0].confirmed_at is not None
    assert (await publish(sure)).draft.state == "published"


async def test_an_unverified_row_of_the_library_is_confirmed_by_two(migrator: asyncpg.Connection) -> None:
    base = await migrator.fetchrow("select * from factor where confidence = 'unverified' and value is not null and category = 'carrier' and carrier = 'methanol' limit 1")
    assert base is not None
    row = NewRow(base["code"], base["value_text"], "行业标准 GB/T 1234-2026", act="confirm", base_from=base["valid_from"], confidence="one-source")
    await publish(await sent(row, title="甲醇来源"))
    now = await migrator.fetchrow("select * from factor where code = $1 and valid_from is null", base["code"])
    assert now is not None and now["confidence"] == "one-source" and now["source"] == "行业标准 GB/T 1234-2026"
    async with author() as ctx:
        with pytest.raises(Invalid, match="已经核实"):
            await factors.make_draft(ctx, "factor", "再一次", [row])


async def test_nothing_published_changes(migrator: asyncpg.Connection) -> None:
    for statement in (
        "update factor set value = 1 where code = 'EF-ELEC-440000-2023'",
        "update factor set valid_to = '2030-01-01' where code = 'EF-ELEC-440000-2022'",
        "delete from factor where code = 'EF-ELEC-440000-2023'",
        "update parameter set value = '1' where code = 'CE_K_BOUNDS'",
        "delete from parameter where code = 'CE_K_BOUNDS'",
    ):
        with pytest.raises(asyncpg.PostgresError, match="never"):
            await migrator.execute(statement)


async def test_returned_and_written_anew() -> None:
    draft = await sent(grid("520000"))
    async with approver() as ctx:
        with pytest.raises(Invalid):
            await factors.return_draft(ctx, draft.draft.id, draft.draft.version, " ")
        back = await factors.return_draft(ctx, draft.draft.id, draft.draft.version, "请附公告网址")
    assert (back.draft.state, back.draft.reason) == ("draft", "请附公告网址")
    async with act(PLATFORM_ORG, OTHER, "ops_data", "operator") as ctx:
        with pytest.raises(Forbidden, match="NOT_AUTHOR"):
            await factors.edit_draft(ctx, draft.draft.id, back.draft.version, "别人的", [])
    async with author() as ctx:
        with pytest.raises(Conflict, match="STALE_VERSION"):
            await factors.edit_draft(ctx, draft.draft.id, draft.draft.version - 1, "旧的", [])
        again = await factors.edit_draft(ctx, draft.draft.id, back.draft.version, "改好了", [grid("520000", source_url="https://www.mee.gov.cn/")])
        gone = await factors.withdraw_draft(ctx, draft.draft.id, again.draft.version)
    assert gone.draft.state == "withdrawn" and [e.what for e in gone.events] == ["made", "sent", "returned", "changed", "withdrawn"]


@pytest.mark.parametrize(
    ("row", "path"),
    [
        (grid("510000", "-0.1"), "rows[0].value"),
        (grid("510000", "1e3"), "rows[0].value"),
        (grid("510000", "０.5"), "rows[0].value"),
        (grid("510000", valid_from=None), "rows[0].valid_from"),
        (grid("510000", valid_from=date(2040, 1, 1)), "rows[0].valid_from"),
        (grid("510000", valid_to=date(2026, 10, 1)), "rows[0].valid_to"),
        (grid("510000", factor_year=None), "rows[0].factor_year"),
        (grid("510000", region_code="999999"), "rows[0].region_code"),
        (grid("510000", source="x"), "rows[0].source"),
        (grid("510000", confidence="sure"), "rows[0].confidence"),
        (grid("999999"), "rows[0].base_code"),
    ],
)
async def test_bad_rows_are_named(row: NewRow, path: str) -> None:
    async with author() as ctx:
        with pytest.raises(Invalid) as refused:
            await factors.make_draft(ctx, "factor", "有误", [row])
    assert [e.path for e in refused.value.errors] == [path]


async def test_a_province_without_a_row_gets_one() -> None:
    async with author() as ctx:
        made = await factors.make_draft(ctx, "factor", "西藏", [grid("510000", region_code="540000")])
    assert (made.rows[0].code, made.rows[0].region_code, made.overlaps) == ("EF-ELEC-540000-2024", "540000", [])


async def test_a_parameter_keeps_its_shape_and_takes_over_on_its_day(migrator: asyncpg.Connection) -> None:
    new = NewRow("CE_L_BOUNDS", ["0.5", "1.9"], "市生态环境局通知 2033", valid_from=date(2028, 1, 1), confidence="one-source")
    async with author() as ctx:
        for bad in (["0.5"], "0.5", ["0.5", "x"], {"a": "1"}, None):
            with pytest.raises(Invalid):
                await factors.make_draft(ctx, "parameter", "碳强度分档", [replace(new, value=bad)])
        with pytest.raises(Invalid):
            await factors.make_draft(ctx, "parameter", "碳强度分档", [replace(new, valid_from=date(2036, 1, 1))])
    draft = await sent(new, title="碳强度分档", kind="parameter")
    assert draft.rows[0].current is not None and draft.rows[0].current.value == ["0.6", "2.0"]
    await publish(draft)
    async with transaction(read_only=True) as db:
        now = await factors.parameters_in_force(db, ["CE_L_BOUNDS"], date(2027, 12, 31))
        later = await factors.parameters_in_force(db, ["CE_L_BOUNDS"], date(2028, 12, 31))
    assert (now["CE_L_BOUNDS"].value, later["CE_L_BOUNDS"].value) == (["0.6", "2.0"], ["0.5", "1.9"])


async def test_a_future_row_waits_for_its_day() -> None:
    await publish(await sent(grid("500000", "0.3333", valid_from=date(2027, 1, 1))))
    async with transaction(read_only=True) as db:
        book = await factors.catalogue(db)
    now, later = (book.carrier("electricity", Ask("500000", 202611, day)).grid for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert now is not None and later is not None and (now.code, later.code) == ("EF-ELEC-500000-2023", "EF-ELEC-500000-2024")


async def test_values_of_no_energy_are_dated_too() -> None:
    row = NewRow("HEAT-DEFAULT", "0.10", "行业指南 2027", valid_from=date(2027, 1, 1), confidence="one-source")
    draft = await sent(row, title="热力")
    async with approver() as ctx:
        both = await factors.versions(ctx, draft.draft.id)
    ask = Ask("440000", 202611, date(2026, 12, 31))
    assert both.after.carrier("heat", ask) == both.before.carrier("heat", ask)
    assert ("heat", "") in factors.touched(both.before, both.after, replace(ask, known_on=date(2027, 1, 1)))


async def test_shelves_show_what_is_in_force() -> None:
    async with author() as ctx:
        sets = await factors.factor_sets(ctx)
        shelf = await factors.factor_rows(ctx, key="grid:provincial_average", q="440000")
        doubtful = await factors.factor_rows(ctx, unverified=True)
        table = await factors.parameter_table(ctx)
        with pytest.raises(NotFound):
            await factors.get_draft(ctx, new_id())
    assert sets.items[0].key == "grid:provincial_average" and sum(s.unverified for s in sets.items) > 0
    assert [(r.factor_year, r.in_force) for r in shelf.items] == [(2023, True), (2022, False), (2021, False)]
    assert doubtful.total > 0 and not any(r.in_force for r in doubtful.items)
    assert sum(p.in_force for p in table.items if p.code == "CE_K_BOUNDS") == 1


async def test_impact_counts_open_months_of_its_range_and_drafts_beyond_it(migrator: asyncpg.Connection) -> None:
    """Months in force, ended, neither submitted nor declared closed; a draft of an older month counts too (S20)."""
    firm = await make_firm(migrator, "540102")
    await firm.set_template(202401, ELECTRICITY)
    await firm.submit(firm.typed("2026-10", {E: "100"}))
    await firm.submit(firm.typed("2025-02", {E: "100"}))
    await migrator.execute("insert into part_year (tenant_id, year, months, reason, declared_at) values ($1, 2026, '[202608, 202609, 202610]', '停产检修', now())", firm.id)
    for month in ("2024-03", "2026-09"):
        async with firm.act() as ctx:
            await filing.save_draft(ctx, month, 0, {"values": []})
    draft = await sent(grid("510000", region_code="540000"), title="西藏")
    async with approver() as ctx:
        impact = await filing.factor_impact(ctx, draft.draft.id)
    # 2024-11..2025-12 without 2025-02 are 13, 2026-08 and 2026-09 are 2, the draft of 2024-03 is 1
    assert (impact.firms, impact.periods) == (1, 16)
    async with author() as ctx:
        held = await factors.get_draft(ctx, draft.draft.id)
    async with approver() as ctx:
        await factors.return_draft(ctx, draft.draft.id, held.draft.version, "测试完毕")
