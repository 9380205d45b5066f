"""What a bank may read and until when: the page with its watermark, the log, revoke, expiry, the named manager, the night (GF8-GF10, T5)."""

import io
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
from PIL import Image, ImageChops

import documents
import finance
import tenants
from core import clock
from core.database import transaction
from core.errors import Conflict, Forbidden, NotFound, Unavailable
from core.ids import new_id
from core.jobs import JobRun
from finance.jobs import keep_consents
from tests.filing.world import NOON, Firm, act
from tests.finance.test_cases import manager_of
from tests.finance.world import TODAY, Bank, applied, consent, on_shelf, put_report, told
from tests.reports.test_reports import file_year, make, value_added


async def night(firm: Firm) -> None:
    """The nightly job of one firm."""
    async with act(firm.id, new_id(), "job", "job") as ctx:
        await keep_consents(ctx, JobRun(new_id(), "consents.night", firm.id, 1, {}, 1))


async def drawn(firm: Firm, migrator: asyncpg.Connection) -> str:
    """A real report of 2024 with its paper; its id."""
    await file_year(firm, 2024)
    await value_added(firm, year=2024)
    report = await make(firm, 2024)
    async with firm.act() as ctx:
        import reports

        await reports.report_pdf(ctx, report.id)
    await migrator.execute("update report set graded = true, reason = '', letter = 'B', level = 2 where id = $1", report.id)
    return str(report.id)


async def test_a_manager_reads_pages_with_a_watermark_until_the_firm_revokes(
    firm: Firm, bank: Bank, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    from uuid import UUID

    import reports

    report = UUID(await drawn(firm, migrator))
    made = await applied(firm, (await on_shelf(bank)).id, consent=consent(years=[2024, 2025]))
    manager = await manager_of(bank, made.case.id, migrator)
    async with bank.act(manager) as ctx:
        shown = await finance.granted(ctx, made.case.id)
        assert [(i.year, i.kind) for i in shown.items] == [(2025, "grade"), (2024, "grade")]
        picture = (await finance.read_page(ctx, made.case.id, report, 1, 800)).picture
        second = await finance.read_page(ctx, made.case.id, report, 2, 800)
        with pytest.raises(NotFound):
            await finance.read_page(ctx, made.case.id, report, 400)
        with pytest.raises(Unavailable):  # 2025 has no paper yet
            await finance.read_page(ctx, made.case.id, shown.items[0].id, 1)
    async with firm.act() as ctx:
        plain = await reports.page_png(ctx, report, 1, 800)
        said = await reports.page_text(ctx, report, 2)
    headings = ["".join(r.text for r in b.runs).strip() for b in said.blocks if b.kind == "heading"]
    assert second.headings == headings and "摘要" in headings  # what the picture shows, and no figure of it
    assert not any(c.isdigit() and len(h) > 30 for h in second.headings for c in h)
    with Image.open(io.BytesIO(picture)) as marked, Image.open(io.BytesIO(plain)) as clean:
        assert marked.size == clean.size
        apart = ImageChops.difference(marked.convert("L"), clean.convert("L"))
        assert apart.getextrema()[1] <= 21  # 8 % ink, never more
        width, height = apart.size
        for left, top in ((0, 0), (width // 2, 0), (0, height // 2), (width // 2, height // 2)):
            assert apart.crop((left, top, left + width // 2, top + height // 2)).getbbox() is not None  # over the whole page
    async with firm.act() as ctx:
        reads = await tenants.consents.list_readings(ctx, made.consent.id)
        assert sorted((r.report_id, r.title, r.page, r.year) for r in reads.items) == [(report, "2024 年企业低碳等级报告", n, 2024) for n in (1, 2)]
        assert reads.items[0].manager.endswith("经理") or "*" in reads.items[0].manager
        await finance.revoke(ctx, made.consent.id, "不再需要")
    async with bank.act(manager) as ctx:  # the very next request
        for call in (finance.read_page(ctx, made.case.id, report, 1), finance.granted(ctx, made.case.id), finance.open_case(ctx, made.case.id)):
            with pytest.raises(Forbidden) as refused:
                await call
            assert refused.value.code == "CONSENT_REVOKED" and "2026-11-21" in refused.value.detail and "企业已撤回授权" in refused.value.detail
        line = (await finance.list_desk_cases(ctx)).items[0]
        assert (line.open, line.firm, line.amount, line.letter, line.notice) == (False, "", None, None, "企业已撤回授权 2026-11-21")
    assert {k for k, _ in await told(migrator, bank.id)} == {"finance.assigned", "consent.revoked"}
    async with firm.act() as ctx:
        assert (await finance.get_case(ctx, made.case.id)).state == "withdrawn"
        with pytest.raises(Conflict):
            await finance.revoke(ctx, made.consent.id)


async def test_only_ticked_kinds_and_years_are_opened(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    water = await put_report(migrator, firm.id, kind="water")
    old = await put_report(migrator, firm.id, year=2024)
    made = await applied(firm, (await on_shelf(bank)).id)
    manager = await manager_of(bank, made.case.id, migrator)
    async with bank.act(manager) as ctx:
        shown = await finance.granted(ctx, made.case.id)
        assert [(i.kind, i.year) for i in shown.items] == [("grade", 2025)]
        for report in (water, old, new_id()):
            with pytest.raises(NotFound):
                await finance.read_page(ctx, made.case.id, report, 1)
    wider = consent(report_kinds=["grade", "water", "reduction"], years=[2025])
    async with firm.act() as ctx:
        await finance.renew(ctx, made.case.id, wider)
    async with bank.act(manager) as ctx:
        shown = await finance.granted(ctx, made.case.id)
        assert [(i.kind, i.year) for i in shown.items] == [("grade", 2025), ("water", 2025)] and shown.missing == ["碳减排报告"]
    async with firm.act() as ctx:
        states = [(c.state, c.end_reason) for c in (await tenants.consents.list_consents(ctx)).items]
    assert states == [("active", None), ("revoked", "由新的授权替代")]


async def test_the_last_day_counts_and_the_day_after_is_refused(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    made = await applied(firm, (await on_shelf(bank)).id, consent=consent(days=30))
    manager = await manager_of(bank, made.case.id, migrator)
    clock.freeze(NOON + timedelta(days=30))
    async with bank.act(manager) as ctx:
        assert (await finance.open_case(ctx, made.case.id)).consent.days_left == 0
    clock.freeze(NOON + timedelta(days=31))
    async with bank.act(manager) as ctx:  # before any nightly run
        with pytest.raises(Forbidden) as refused:
            await finance.open_case(ctx, made.case.id)
        assert refused.value.code == "CONSENT_EXPIRED"
    await night(firm)
    async with firm.act() as ctx:
        assert (await finance.get_case(ctx, made.case.id)).state == "expired"
        assert (await tenants.consents.get_consent(ctx, made.consent.id)).state == "expired"
    assert "consent.ended" in {k for k, _ in await told(migrator, firm.id)} & {k for k, _ in await told(migrator, bank.id)}


async def test_a_consent_that_begins_later_opens_nothing_before(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    made = await applied(firm, (await on_shelf(bank)).id, consent=consent(start=TODAY + timedelta(days=3)))
    manager = await manager_of(bank, made.case.id, migrator)
    async with bank.act(manager) as ctx:
        with pytest.raises(Forbidden) as refused:
            await finance.open_case(ctx, made.case.id)
    assert refused.value.code == "CONSENT_UPCOMING"


async def test_a_named_manager_alone_reads(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    made = await applied(firm, (await on_shelf(bank)).id, manager_id=bank.people["two"])
    assert made.consent.manager_id == bank.people["two"]
    async with bank.act() as ctx:  # another manager takes over, the firm is told that its consent stays with the first
        await finance.give_to(ctx, made.case.id, bank.people["three"], made.case.version)
    async with bank.act("three") as ctx:
        with pytest.raises(Forbidden) as refused:
            await finance.open_case(ctx, made.case.id)
    assert refused.value.code == "NOT_RECEIVER"
    said = dict(await told(migrator, firm.id))["finance.reassigned"]
    assert "请打开对接续授权" in said
    async with firm.act() as ctx:
        await finance.renew(ctx, made.case.id, consent())
    async with bank.act("three") as ctx:
        assert (await finance.open_case(ctx, made.case.id)).manager_id == bank.people["three"]


async def test_the_digest_and_the_warning_come_once(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    made = await applied(firm, (await on_shelf(bank)).id, consent=consent(days=8, contact=True))
    manager = await manager_of(bank, made.case.id, migrator)
    async with bank.act(manager) as ctx:
        await finance.contact(ctx, made.case.id, made.case.version)
        await finance.contact(ctx, made.case.id, made.case.version)  # shown again, written down again, no second move
    clock.freeze(NOON + timedelta(days=1))
    async with transaction() as db:
        assert await db.value("select consents_night($1)", NOON + timedelta(days=1)) >= 1
        assert await db.value("select consents_night($1)", NOON + timedelta(days=1, hours=1)) == 0
    await night(firm)
    said = dict(await told(migrator, firm.id))
    assert "2 次" in said["consent.read"] and "还有 7 天" in said["consent.ending"]
    assert "consent.ending" in dict(await told(migrator, bank.id))


async def test_the_check_of_a_consent_is_one_statement(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    from tests.filing.wire import Statements

    made = await applied(firm, (await on_shelf(bank)).id, amount=Decimal(60))
    manager = await manager_of(bank, made.case.id, migrator)
    async with bank.act(manager) as ctx:
        await tenants.consents.live_consent(ctx, made.consent.id)  # the statement is prepared
        async with Statements() as statements:
            await tenants.consents.live_consent(ctx, made.consent.id)
    assert len(statements.seen) == 1, statements.seen
