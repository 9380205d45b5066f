"""The reduction report: sections and what they lack, the draft, the issued report of a signed case, PDF and Word (RA7, R102-R105, FD14)."""

import asyncio
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any
from uuid import UUID

import asyncpg
import pypdf
import pytest
from PIL import Image

import cases
import documents
import filing
import inventory
import reports
import tenants
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from tests.filing.world import E, Firm, G, make_firm
from tests.reports.test_reports import file_year, value_added

YEAR = 2025
#: One inked character a page would not do: each page must carry the word.
DRAFT = "草稿"


def measure(firm: Firm, **given: Any) -> filing.MeasureEdit:
    usual: dict[str, Any] = {
        "name": "空压机变频改造", "summary": "两台定频空压机改为永磁变频，加装群控。", "kind": "节能", "investment": D("36.5"),
        "implemented_on": date(2025, 4, 18), "saved": [filing.SavedEdit(firm.items[E], D("12"))], "typed_t": D("55"), "difference_reason": "按改造前后实测功率差计算",
        "cost_class": "中/高费",
    }  # fmt: skip
    return filing.MeasureEdit(**(usual | given))


async def add_all(firm: Firm) -> list[filing.Measure]:
    """Two measures, indicators, a plan, texts and a target."""
    async with firm.act() as ctx:
        first = await filing.add_measure(ctx, YEAR, measure(firm))
        saved = [filing.SavedEdit(firm.items[G], D("1.5")), filing.SavedEdit(firm.items[E], D("-0.8"))]
        second = await filing.add_measure(
            ctx, YEAR, measure(firm, name="余热回收", summary="烘干机尾气余热预热新风。", investment=D("18"), saved=saved, typed_t=None, difference_reason="", implemented_on=date(2025, 8, 2))
        )
        row = filing.IndicatorRow("单位产品电耗", "kWh/t", D("820"), D("760"), "lower", D("750"))
        other = filing.IndicatorRow("余热利用率", "%", D("0"), D("12.5"))
        await filing.save_indicators(ctx, YEAR, version=0, before_month="2025-01", after_month="2025-12", rows=[row, other])
        await filing.add_plan(ctx, YEAR, filing.PlanEdit("屋顶光伏", "一号厂房屋顶建设 600 kW 光伏。", "可再生能源", D("210"), "2027-03", D("310.5"), True))
        typed = {"products": "塑料薄膜，设计能力 12000 吨，本年度产量 9860 吨。", "materials": "聚乙烯颗粒 9500 吨。\n色母粒 210 吨。", "emission": "主要排放源为外购电力。"}
        target = reports.Target("单位产值碳排放", "tCO2/万元", 2024, D("0.42"), D("0.36"), 2027)
        await reports.save_report_text(ctx, YEAR, version=0, typed=typed, targets=[target])
    return [first, second]


async def draft_of(firm: Firm) -> reports.Report:
    async with firm.act() as ctx:
        return await reports.create_reduction_report(ctx, YEAR)


async def facts_of(firm: Firm, report_id: UUID) -> reports.ReductionFacts:
    async with firm.act() as ctx:
        found: reports.ReductionFacts = await reports.report_facts(ctx, report_id)
        return found


def pages_of(data: bytes) -> list[str]:
    return ["".join(p.extract_text().split()) for p in pypdf.PdfReader(io.BytesIO(data)).pages]


def case_of(report: reports.Report, measures: list[filing.Measure], **given: Any) -> cases.CaseFacts:
    """A signed case: the first amount accepted, the second corrected."""
    usual: dict[str, Any] = {
        "id": new_id(), "number": "SH-2026-000001", "kind": "reduction", "year": YEAR, "agency": "广州清源清洁生产审核有限公司", "verifier": "周*", "reviewer": "郑**",
        "verdict": "corrected", "opinion": "减排方案已实施，凭证齐全。\n余热回收的节气量按计量表修正。", "concluded_at": datetime(2026, 11, 18, 8, tzinfo=UTC),
        "signed_at": datetime(2026, 11, 20, 8, tzinfo=UTC), "snapshot_id": new_id(), "report_id": report.id,
        "findings": [cases.FindingFacts(1, "余热回收", "节约天然气", "节气量没有扣除检修停机。", "重要", "已采纳", "更正：按 270 天计。")],
        "amounts": [
            cases.Verdict(f"measures.{measures[0].id}", "空压机变频改造 年减碳量", "tCO2", measures[0].computed_t, "accepted", measures[0].computed_t, ""),
            cases.Verdict(f"measures.{measures[1].id}", "余热回收 年减碳量", "tCO2", measures[1].computed_t, "corrected", D("20"), "扣除检修停机"),
        ],
    }  # fmt: skip
    return cases.CaseFacts(**(usual | given))


async def test_the_wizard_says_what_is_missing_and_where(firm: Firm) -> None:
    await firm.set_template(202501, ("electricity", "purchased_electricity", "10^4kWh"))
    async with firm.act() as ctx:
        state = await reports.reduction_report_state(ctx, YEAR)
    assert [s.key for s in state.sections] == ["company", "emission", "production", "reduction", "targets", "plans"]
    by_key = {s.key: s for s in state.sections}
    assert len(by_key["emission"].missing) == 12 and by_key["emission"].missing[0].link == "/filing?year=2025"
    assert {m.link for m in by_key["production"].missing} == {"/operating", "/profile", "#products", "#materials"}
    assert any(m.link == "#targets-list" and m.blocking for m in by_key["targets"].missing)
    assert not any(m.blocking for s in ("reduction", "plans") for m in by_key[s].missing)
    water = next(m for m in by_key["reduction"].missing if "节水报告" in m.text)
    assert not water.blocking and not state.ready and state.report is None and state.case is None


async def test_parts_and_targets_are_kept_incomplete_and_checked(firm: Firm) -> None:
    async with firm.act() as ctx:
        saved = await reports.save_report_text(ctx, YEAR, version=0, typed={"products": " 薄膜 ", "materials": " "}, targets=[])
    assert saved.version == 1 and saved.typed == {"products": "薄膜"}
    for version in (0, 2):
        with pytest.raises(Conflict) as stale:
            async with firm.act() as ctx:
                await reports.save_report_text(ctx, YEAR, version=version, typed={}, targets=[])
        assert stale.value.code == "STALE_VERSION" and stale.value.extra["version"] == 1
    bad = reports.Target("", "", 2026, D(1), D(1), 2025)
    with pytest.raises(Invalid) as refusal:
        async with firm.act() as ctx:
            await reports.save_report_text(ctx, YEAR, version=1, typed={"products": "字" * 4001, "poem": "x"}, targets=[bad])
    assert {e.path: e.code for e in refusal.value.errors} == {
        "typed.products": "LENGTH", "typed.poem": "UNKNOWN", "targets[0].indicator": "REQUIRED", "targets[0].unit": "REQUIRED",
        "targets[0].base_year": "RANGE", "targets[0].due_year": "RANGE",
    }  # fmt: skip


async def test_a_draft_says_so_on_every_page(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    await value_added(firm)
    measures = await add_all(firm)
    report = await draft_of(firm)
    assert report.state == "draft" and report.title == "减碳（审核）报告" and report.label == "企业自评" and not report.graded
    facts = await facts_of(firm, report.id)
    assert facts.annual == sum(m.counted_t for m in measures) and facts.in_year < facts.annual and facts.planned == D("310.5")
    assert facts.core == facts.direct + facts.indirect + facts.process and facts.share_pct is None
    async with firm.act() as ctx:
        paper = await reports.report_pdf(ctx, report.id)
    pages = pages_of(paper.data)
    assert len(pages) == paper.pages >= 6 and all(DRAFT in p for p in pages)
    text = "".join(pages)
    for said in ("企业基本信息", "碳排放信息", "生产信息", "碳减排信息", "碳减排目标", "碳减排计划或方案", "空压机变频改造", "85.71%", "节水报告", "未提供", "按改造前后实测功率差计算", "2027年3月"):
        assert said in text, said


async def test_gaps_refuse_the_report_a_declared_part_year_does_not(firm: Firm, renderer: documents.Renderer) -> None:
    """GN7 as for the grade report."""
    with pytest.raises(Conflict) as nothing:
        await draft_of(firm)
    assert nothing.value.code == "NOTHING_FILED"
    await file_year(firm, months=8)
    with pytest.raises(Conflict) as gaps:
        await draft_of(firm)
    assert gaps.value.code == "INCOMPLETE_MONTHS" and {m["period"] for m in gaps.value.extra["missing"]} == {"2025-09", "2025-10", "2025-11", "2025-12"}
    async with firm.act() as ctx:
        await inventory.declare_part_year(ctx, YEAR, [202500 + m for m in range(1, 9)], "九月起停产搬迁", None)
    report = await draft_of(firm)
    assert any("部分年度" in w for w in report.warnings)
    async with firm.act() as ctx:
        paper = await reports.report_pdf(ctx, report.id)
    assert "九月起停产搬迁" in "".join(pages_of(paper.data)) and "未生产" in "".join(pages_of(paper.data))


async def test_a_year_to_come_is_refused(firm: Firm) -> None:
    with pytest.raises(Invalid):
        async with firm.act() as ctx:
            await reports.create_reduction_report(ctx, 2027)


async def test_the_same_data_make_no_second_draft_changes_make_it_stale(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    first = await draft_of(firm)
    assert (await draft_of(firm)).id == first.id
    await add_all(firm)
    async with firm.act() as ctx:
        state = await reports.reduction_report_state(ctx, YEAR)
    assert state.report and state.report.id == first.id and state.changed_since
    second = await draft_of(firm)
    assert second.version == 2 and not second.stale
    async with firm.act() as ctx:
        assert (await reports.get_report(ctx, first.id)).state == "superseded"


async def test_the_reports_of_the_year_are_carried_in_with_their_label(firm: Firm, renderer: documents.Renderer) -> None:
    """R105."""
    await file_year(firm)
    await value_added(firm)
    async with firm.act() as ctx:
        grade = await reports.create_grade_report(ctx, YEAR)
    facts = await facts_of(firm, (await draft_of(firm)).id)
    carried = {c.kind: c for c in facts.carried}
    assert set(carried) == {"grade"} and carried["grade"].number == grade.number and carried["grade"].label == "企业自评"
    assert ("碳排放总量", f"{facts.core:,.2f}", "tCO₂") in carried["grade"].figures
    async with firm.act() as ctx:
        known = next(s for s in (await reports.reduction_report_state(ctx, YEAR)).sections if s.key == "reduction")
    assert any(k.value == f"{grade.number}（企业自评）" for k in known.known)


async def test_a_signed_case_makes_the_issued_report(firm: Firm, renderer: documents.Renderer) -> None:
    """RA2, R104: totals are sums of accepted amounts; filed and accepted stand side by side."""
    await file_year(firm)
    await value_added(firm)
    measures = await add_all(firm)
    draft = await draft_of(firm)
    async with firm.act() as ctx:
        # what the firm changes after the hand-over does not reach the issued report
        await filing.change_measure(ctx, measures[1].id, measure(firm, name="余热回收二期", version=1))
        issued = await reports.create_reduction_report(ctx, YEAR, case=case_of(draft, measures))
    assert issued.state == "issued" and issued.label == "审核机构出具" and issued.case_id and issued.agency == "广州清源清洁生产审核有限公司"
    facts = await facts_of(firm, issued.id)
    assert facts.annual == D("20") + measures[0].counted_t and facts.measures[1].name == "余热回收"
    corrected = facts.measures[1]
    assert corrected.filed == measures[1].computed_t and corrected.counted == D("20") and corrected.verdict == "更正" and corrected.months_in_year == 4
    assert corrected.in_year == (D(20) * 4 / 12).quantize(D("0.000001"))
    async with firm.act() as ctx:
        now = {m.id: m for m in (await filing.reduction_of(ctx, YEAR)).measures}
        paper = await reports.report_pdf(ctx, issued.id)
        listed = await reports.list_reports(ctx, kind="reduction")
        state = await reports.reduction_report_state(ctx, YEAR)
    assert now[measures[0].id].accepted_t == measures[0].counted_t and now[measures[1].id].accepted_t is None
    assert {r.state for r in listed.items} == {"draft", "issued"} and state.issued and state.issued.id == issued.id
    pages = pages_of(paper.data)
    text = "".join(pages)
    assert "草稿" not in text and "盖章" in text and "节气量没有扣除检修停机" in text and "扣除检修停机" in text and "周*" in text and "SH-2026-000001" in text
    assert draft.number in text and issued.number in text


async def test_a_rejected_amount_counts_nothing(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    measures = await add_all(firm)
    draft = await draft_of(firm)
    amounts = [cases.Verdict(f"measures.{m.id}", m.name, "tCO2", m.computed_t, "rejected", D(0), "没有凭证") for m in measures]
    async with firm.act() as ctx:
        issued = await reports.create_reduction_report(ctx, YEAR, case=case_of(draft, measures, amounts=amounts, verdict="rejected"))
        paper = await reports.report_pdf(ctx, issued.id)
    facts = await facts_of(firm, issued.id)
    assert facts.annual == 0 and all(m.cost is None for m in facts.measures) and "不认可" in "".join(pages_of(paper.data))


async def test_handing_over_needs_all_blocking_parts(firm: Firm, renderer: documents.Renderer) -> None:
    """R100: profile, months, operation, products, materials, targets."""
    await file_year(firm)
    subject = cases.subjects["reduction"]
    with pytest.raises(Conflict) as refusal:
        async with firm.act() as ctx:
            await subject.prepare(ctx, YEAR)
    assert refusal.value.code == "REPORT_INCOMPLETE" and any(m["link"] == "#products" for m in refusal.value.extra["missing"])
    measures = await add_all(firm)
    await value_added(firm)
    await complete_profile(firm)
    async with firm.act() as ctx:
        state = await reports.reduction_report_state(ctx, YEAR)
        assert state.ready, [m for s in state.sections for m in s.missing if m.blocking]
        outline = await subject.prepare(ctx, YEAR)
    assert [f.path for _, f in outline.to_judge] == [f"measures.{m.id}" for m in measures]
    _, first = outline.to_judge[0]
    assert first.value == measures[0].computed_t and first.unit == "tCO2" and first.conservative == "low" and first.link
    paths = [f.path for s in outline.sections for f in s.figures]
    assert len(paths) == len(set(paths)) and {"emission.core", "company.uscc", "indicators.1.after", "targets.1", "plans.1", "typed.products"} <= set(paths)


async def complete_profile(firm: Firm) -> None:
    """What the profile page would have saved."""
    async with firm.act() as ctx:
        now = await tenants.get_profile(ctx)
        await tenants.edit_profile(
            ctx,
            tenants.ProfileEdit(
                now.version, now.industry or "", now.region or "", "民营", "广州市黄埔区开源大道 1 号", "陈晓明", "13800138000", legal_name="陈晓明",
                intro="塑料薄膜制造。", process_flow="配料、吹塑、分切。", main_equipment="吹膜机 12 台。",
            ),
        )  # fmt: skip


async def test_word_copy_is_the_same_for_the_same_snapshot(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    await add_all(firm)
    draft = await draft_of(firm)
    async with firm.act() as ctx:
        one, two = await reports.report_word(ctx, draft.id), await reports.report_word(ctx, draft.id)
        first = await reports.report_pdf(ctx, draft.id)
        await ctx.db.run("update report set file_id = null, file_sha256 = null, pages = null where tenant_id = $1 and id = $2", firm.id, draft.id)
    async with firm.act() as ctx:
        assert (await reports.report_pdf(ctx, draft.id)).data == first.data
    assert one.data == two.data and one.name.endswith("可编辑副本.docx")
    with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
        header = next(archive.read(n).decode() for n in archive.namelist() if n.startswith("word/header") and "可编辑副本" in archive.read(n).decode())
        body = archive.read("word/document.xml").decode()
    assert "可编辑副本" in header
    for said in ("草稿", "空压机变频改造", "碳减排目标", "屋顶光伏", "审核前后指标", "节水报告（未提供）"):
        assert said in body, said


async def test_a_sign_that_cannot_be_printed_is_named(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    async with firm.act() as ctx:
        await filing.add_measure(ctx, YEAR, measure(firm, name="屋顶光伏\U0001f31e"))
    with pytest.raises(Invalid) as refusal:
        await draft_of(firm)
    assert refusal.value.code == "GLYPH_MISSING" and "\U0001f31e" in refusal.value.detail


async def test_proofs_follow_their_own_measure(firm: Firm, renderer: documents.Renderer) -> None:
    """Two measures of one name keep their proofs apart."""
    await file_year(firm)
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 220, 210)).save(buffer, "PNG")
    async with firm.act() as ctx:
        proofs = [await filing.add_evidence(ctx, month=None, item_id=None, kind="measure", name=f"验收{n}.png", data=buffer.getvalue()) for n in (1, 2)]
        made = [await filing.add_measure(ctx, YEAR, measure(firm, evidence=[p.id])) for p in proofs]
        report = await reports.create_reduction_report(ctx, YEAR)
        outline = reports.reduction_outline(report, await reports.report_facts(ctx, report.id))
    for found, proof in zip(outline.to_judge, made, strict=True):
        assert found[1].path == f"measures.{proof.id}" and found[1].evidence == [str(proof.evidence[0].file_id)]
    assert len(outline.proofs) == 2 and all(p.name.startswith("验收") and p.content_type == "image/png" for p in outline.proofs)


async def test_two_drafts_at_once_make_one(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    made = await asyncio.gather(*(draft_of(firm) for _ in range(4)))
    assert len({r.id for r in made}) == 1


async def test_another_firm_sees_nothing_of_it(firm: Firm, renderer: documents.Renderer, migrator: asyncpg.Connection) -> None:
    await file_year(firm)
    draft = await draft_of(firm)
    other = await make_firm(migrator)
    for act in (reports.get_report, reports.report_pdf, reports.report_word):
        with pytest.raises(NotFound):
            async with other.act() as ctx:
                await act(ctx, draft.id)
