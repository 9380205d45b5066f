"""From filed months to a stored paper: complete years only, one current report, versions, foreign eyes (LR1, GN7, GN10, GN12)."""

import asyncio
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from io import BytesIO
from uuid import UUID

import asyncpg
import msgspec
import pypdf
import pytest

import documents
import filing
import inventory
import reports
from core import jobs
from core.database import transaction
from core.errors import Conflict, Invalid, NotFound
from reports.facts import ReportFacts
from tests.filing.world import DIESEL, ELECTRICITY, GAS, E, Firm, G, make_firm
from tests.filing.world import D as DIESEL_KEY
from tests.grading.world import put_benchmark


async def file_year(firm: Firm, year: int = 2025, months: int = 12) -> None:
    """Electricity, gas and diesel of the year's first months; March as a sum over two would be estimated, here each is typed."""
    await firm.set_template(year * 100 + 1, ELECTRICITY, GAS, DIESEL)
    for month in range(1, months + 1):
        code = f"{year}-{month:02d}"
        typed = firm.typed(code, {E: f"{40 + month}.5", G: "3.2", DIESEL_KEY: "1.35"})
        await firm.submit(typed, answer_all=True)


async def value_added(firm: Firm, value: str | None = "8120.5", year: int = 2025) -> None:
    async with firm.act() as ctx:
        await inventory.save_operating(
            ctx, str(year), version=0, output_value=D("31250"), value_added=None if value is None else D(value), tax=D("1120.3"),
            staff_avg=286, evidence_id=None, region="440112", industry="C2926",
        )  # fmt: skip


async def make(firm: Firm, year: int = 2025) -> reports.Report:
    async with firm.act() as ctx:
        return await reports.create_grade_report(ctx, year)


async def facts_of(firm: Firm, report_id: UUID, migrator: asyncpg.Connection) -> ReportFacts:
    body = await migrator.fetchval(
        "select s.body from report r join snapshot s on s.tenant_id = r.tenant_id and s.id = r.snapshot_id where r.id = $1",
        report_id,
    )
    return msgspec.json.decode(body, type=ReportFacts)


async def test_a_filed_year_becomes_a_report_with_a_paper(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    await value_added(firm)
    report = await make(firm)
    assert report.state == "self_assessed" and report.label == "企业自评" and report.version == 1
    assert report.number.startswith("TXR2025440112") and report.pages == 0
    async with firm.act() as ctx:
        year = await inventory.year_facts(ctx, 2025)
        paper = await reports.report_pdf(ctx, report.id)
        again = await reports.report_pdf(ctx, report.id)
        shown = await reports.get_report(ctx, report.id)
    assert paper.data == again.data and paper.data.startswith(b"%PDF-")
    assert shown.pages == paper.pages > 5 and shown.pdf_sha256 == paper.sha256
    assert shown.emission == year.e_core
    facts = await facts_of(firm, report.id, migrator)
    assert facts.core == year.e_core == facts.direct + facts.indirect + facts.process
    assert len(facts.months) == 12 and len(facts.trace) == 36 and facts.quality.expected == facts.quality.present == 36
    assert {e.source for e in facts.energy} == {"electricity", "gas", "oil"}
    assert sum((m.total for m in facts.months), D(0)) == facts.core
    assert all(line.formula and line.factors for line in facts.trace)
    assert facts.quality.factors and all(f.source for f in facts.quality.factors)
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    assert report.snapshot[:16] in text and "广东省" in text and f"{facts.core:,.2f}" in text


async def test_the_stored_paper_is_what_a_rebuild_from_the_snapshot_gives(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    await value_added(firm)
    report = await make(firm)
    async with firm.act() as ctx:
        first = await reports.report_pdf(ctx, report.id)
        await ctx.db.run(
            "update report set file_id = null, file_sha256 = null, pages = null where tenant_id = $1 and id = $2",
            firm.id,
            report.id,
        )
    async with firm.act() as ctx:
        assert (await reports.report_pdf(ctx, report.id)).data == first.data


async def test_a_year_with_gaps_has_no_report_and_says_what_is_missing(
    firm: Firm, migrator: asyncpg.Connection
) -> None:
    await file_year(firm, months=11)
    await value_added(firm)
    with pytest.raises(Conflict) as refusal:
        await make(firm)
    assert refusal.value.status == 409 and refusal.value.code == "INCOMPLETE_MONTHS"
    missing = refusal.value.extra["missing"]
    assert {m["period"] for m in missing} == {"2025-12"} and len(missing) == 3
    assert "12 月" in refusal.value.detail
    assert await migrator.fetchval("select count(*) from report where tenant_id = $1", firm.id) == 0


async def test_the_running_year_says_which_months_are_missing(firm: Firm) -> None:
    await file_year(firm, 2026, months=9)
    with pytest.raises(Conflict) as refusal:
        await make(firm, 2026)
    assert refusal.value.code == "INCOMPLETE_MONTHS"
    assert {"2026-10", "2026-12"} <= {m["period"] for m in refusal.value.extra["missing"]}


async def test_a_year_never_filed_is_refused_in_words(firm: Firm) -> None:
    with pytest.raises(Conflict) as refusal:
        await make(firm, 2024)
    assert refusal.value.code in ("INCOMPLETE_MONTHS", "NOTHING_FILED")


async def test_a_year_without_value_added_is_reported_ungraded(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    report = await make(firm)
    assert not report.graded and report.reason == "NO_VALUE_ADDED" and report.level is None and report.k is None
    assert "工业增加值" in report.reason_text and report.remedy
    async with firm.act() as ctx:
        paper = await reports.report_pdf(ctx, report.id)
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    assert "未评级" in text and "工业增加值" in text


async def test_the_same_data_make_no_second_report_new_data_supersede_it(
    firm: Firm, renderer: documents.Renderer
) -> None:
    await file_year(firm)
    first = await make(firm)
    assert (await make(firm)).id == first.id
    await value_added(firm)
    async with firm.act() as ctx:
        assert (await reports.get_report(ctx, first.id)).stale
    second = await make(firm)
    assert second.version == 2 and second.id != first.id and not second.stale
    async with firm.act() as ctx:
        old = await reports.get_report(ctx, first.id)
        listed = await reports.list_reports(ctx)
        kept = await reports.report_pdf(ctx, first.id)
    assert old.state == "superseded" and old.superseded_at is not None and kept.data.startswith(b"%PDF-")
    assert [r.id for r in listed.items] == [second.id, first.id] and listed.total == 2


async def test_a_withdrawn_month_makes_the_report_stale_and_leaves_it_as_it_was(
    firm: Firm, renderer: documents.Renderer
) -> None:
    await file_year(firm)
    report = await make(firm)
    async with firm.act() as ctx:
        await inventory.withdraw(ctx, 202505, 1, "核对电量", region="440112", industry="C2926")
    async with firm.act() as ctx:
        now = await reports.get_report(ctx, report.id)
        paper = await reports.report_pdf(ctx, report.id)
    assert now.stale and now.emission == report.emission and paper.pages > 5


async def test_another_firm_sees_nothing_of_it(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    report = await make(firm)
    stranger = await make_firm(migrator)
    async with stranger.act() as ctx:
        for verb in (reports.get_report, reports.report_pdf, reports.open_report):
            with pytest.raises(NotFound):
                await verb(ctx, report.id)
        assert (await reports.list_reports(ctx)).total == 0
        assert await ctx.db.value("select count(*) from snapshot") == 0


async def test_what_was_reported_cannot_be_changed(firm: Firm) -> None:
    await file_year(firm)
    report = await make(firm)
    for statement in (
        "update report set core = 0 where id = $1",
        "update report set letter = 'A' where id = $1",
        "delete from report where id = $1",
        "update snapshot set body = '' where object_id = $1",
        "delete from snapshot where object_id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with firm.act() as ctx:
                await ctx.db.run(statement, report.id)


async def test_a_snapshot_whose_bytes_do_not_match_is_not_accepted(firm: Firm) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with firm.act() as ctx:
            await ctx.db.run(
                "insert into snapshot (tenant_id, id, kind, object_id, body, sha256, created_at) values ($1, $2, 'x', $2, 'a', $3, $4)",
                firm.id, firm.id, "0" * 64, ctx.now,
            )  # fmt: skip


async def test_the_job_renders_and_a_second_run_changes_nothing(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    import reports.jobs  # noqa: F401 - registers the handler

    await file_year(firm)
    report = await make(firm)
    job = await migrator.fetchval(
        "select id from outbox where tenant_id = $1 and kind = 'reports.render' and object_id = $2", firm.id, report.id
    )
    await jobs.run_job(firm.id, job)
    stored = await migrator.fetchval("select file_id from report where id = $1", report.id)
    assert stored is not None
    await jobs.run_job(firm.id, job)
    assert await migrator.fetchval("select file_id from report where id = $1", report.id) == stored
    assert await migrator.fetchval("select count(*) from file_blob where tenant_id = $1", firm.id) == 1


async def test_pages_are_pictures_of_the_paper(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    report = await make(firm)
    async with firm.act() as ctx:
        assert (await reports.page_png(ctx, report.id, 1, 400)).startswith(b"\x89PNG")
        with pytest.raises(NotFound, match="没有第 99 页"):
            await reports.page_png(ctx, report.id, 99)


async def test_an_unverified_firm_gets_its_report_marked(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    await migrator.execute("update organisation set status = 'unverified' where id = $1", firm.id)
    report = await make(firm)
    assert report.unverified and any("主体未认证" in w for w in report.warnings)
    async with firm.act() as ctx:
        paper = await reports.report_pdf(ctx, report.id)
    assert all("主体未认证" in p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages)


async def test_a_month_spread_from_a_sum_is_marked(firm: Firm, migrator: asyncpg.Connection) -> None:
    await firm.set_template(202501, ELECTRICITY)
    async with firm.act() as ctx:
        typed = filing.Typed("2025-01", "2025-12", "sum", [firm.month("2025-01", {E: "600"})])
        shown = await filing.preview_months(ctx, typed)
        replies = [filing.Reply(q.id, "已核对") for q in shown.questions]
        await filing.submit_months(ctx, typed, fingerprint=None, replace_filed=False, replies=replies)
    report = await make(firm)
    facts = await facts_of(firm, report.id, migrator)
    assert len(facts.quality.estimated_months) == 12
    assert any("估算" in w for w in report.warnings)


async def test_no_transaction_means_no_report(firm: Firm) -> None:
    await file_year(firm)
    with pytest.raises(RuntimeError):
        async with firm.act() as ctx:
            await reports.create_grade_report(ctx, 2025)
            raise RuntimeError
    async with transaction() as db:
        await db.run("select set_config('app.tenant', $1, true)", str(firm.id))
        assert await db.value("select count(*) from report") == 0


async def test_a_graded_year_prints_its_letter_benchmark_and_next_step(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await put_benchmark("0.600000")
    await file_year(firm)
    await value_added(firm, "8000")
    report = await make(firm)
    assert report.graded and report.reason == ""
    facts = await facts_of(firm, report.id, migrator)
    # K = E / (VA × B), four digits half-up (CE4, GN2); the bounds of CE5
    k = (facts.core / (D(8000) * D("0.6"))).quantize(D("0.0001"), ROUND_HALF_UP)
    level = 1 + sum(k > D(bound) for bound in ("0.6", "0.8", "1.2", "2.0"))
    assert (report.k, report.level, report.letter) == (k, level, "ABCDE"[level - 1])
    assert facts.grade.benchmark is not None and facts.grade.benchmark.value == D("0.6")
    assert "广州市工业和信息化局公告" in facts.grade.benchmark.source
    async with firm.act() as ctx:
        paper = await reports.report_pdf(ctx, report.id)
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    assert (
        f"{k:.4f}" in text and f"（第{level}级，" in text and "0.600000" in text and "广州市工业和信息化局公告" in text
    )
    if level > 1:
        assert f"可达到第{level - 1}级" in text


async def test_last_year_stands_in_the_trend_and_in_the_change(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm, 2024)
    before = await make(firm, 2024)
    for month in range(1, 13):
        await firm.submit(firm.typed(f"2025-{month:02d}", {E: "44", G: "3.2", DIESEL_KEY: "1.35"}), answer_all=True)
    report = await make(firm, 2025)
    facts = await facts_of(firm, report.id, migrator)
    assert [t.year for t in facts.trend] == [2024, 2025]
    assert facts.trend[0].core == before.emission == facts.previous_core


async def test_a_name_with_a_character_no_face_has_is_refused_before_anything_is_kept(
    firm: Firm, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    await migrator.execute("update organisation set name = '广州𪚥科技有限公司' where id = $1", firm.id)
    with pytest.raises(Invalid, match="企业名称含平台字库没有的字“𪚥”"):
        await make(firm)
    assert await migrator.fetchval("select count(*) from snapshot where tenant_id = $1", firm.id) == 0


async def test_two_at_once_make_one_current_report(
    firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection
) -> None:
    await file_year(firm)
    both = await asyncio.gather(make(firm), make(firm))
    assert both[0].id == both[1].id
    assert await migrator.fetchval("select count(*) from report where tenant_id = $1", firm.id) == 1
