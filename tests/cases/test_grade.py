"""A grade verified (LR4-LR7): the real report handed over, one month corrected, the grade computed again, both printed."""

from collections.abc import AsyncIterator
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from io import BytesIO
from pathlib import Path

import asyncpg
import docx
import msgspec
import pypdf
import pytest

import cases
import documents
import filing
import inventory
import reports
from core.errors import Conflict
from reports.facts import ReportFacts
from reports.verified import GradeSubject
from tests.cases.world import Town, make_town
from tests.filing.world import D as DIESEL_KEY
from tests.filing.world import E, G
from tests.grading.world import put_benchmark
from tests.reports.test_reports import file_year, value_added


@pytest.fixture
async def town(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """A firm with a filed year, graded, and the real subject."""
    made = await make_town(migrator, "grade")
    cases.subjects["grade"] = GradeSubject()
    await file_year(made.firm)
    await value_added(made.firm)
    await put_benchmark("0.600000")
    yield made


def path(town: Town, key: str, period: int) -> str:
    return f"energy.{town.firm.items[key]}.{period}"


async def everything(town: Town, but: str = "") -> None:
    case = await town.verb("verifier", cases.get_agency_case)
    keys = [f.path for s in case.sections for f in s.figures if f.judge and f.verdict is None and f.path != but]
    if keys:
        await town.verb("verifier", cases.accept_amounts, keys)


async def facts_of(town: Town, report_id: object) -> ReportFacts:
    async with town.as_firm() as ctx:
        found: ReportFacts = await reports.report_facts(ctx, report_id)  # type: ignore[arg-type]
    return found


async def test_what_is_handed_over(town: Town) -> None:
    case = await town.submit()
    by_key = {s.key: s for s in case.sections}
    power = by_key[f"energy.{town.firm.items[E]}"]
    assert (len(power.figures), power.to_judge, power.figures[5].value, power.figures[5].unit) == (12, 12, D("46.5"), "万kWh")
    assert by_key["operating"].figures[0].path == "operating.value_added"
    assert case.to_judge == 36 + 4
    assert case.report.number.startswith("TXR")


async def test_one_month_corrected_and_the_grade_computed_again(town: Town, renderer: documents.Renderer, tmp_path: Path) -> None:
    submitted = await town.submit()
    await town.accept()
    june = path(town, E, 202506)
    judged = await town.verb("verifier", cases.judge_amount, june, verdict="corrected", value=D("40.65"), reason="以电费单 406,500 kWh 为准")
    figure = next(f for s in judged.sections for f in s.figures if f.path == june)
    assert (figure.value, figure.verified, figure.verdict) == (D("46.5"), D("40.65"), "corrected")
    with pytest.raises(Conflict) as caught:
        await town.conclude("corrected")
    assert caught.value.code == "NOT_READY" and "39 项" in caught.value.detail
    await everything(town)
    await town.conclude("corrected")
    await town.sign()
    await town.run_jobs()
    done = await town.read()
    assert done.state == "rated" and done.issued_report is not None
    filed, rated = await facts_of(town, submitted.report.id), await facts_of(town, done.issued_report.id)
    # E_core falls by (46.5 - 40.65) 万kWh x the line's own factor, to the gram
    line = next(t for t in filed.trace if t.period == "2025-06" and t.amount == D("46.5"))
    factor = (line.co2 / line.amount).quantize(D("1e-9"))
    fallen = (D("40.65") * factor).quantize(D("1e-6"), ROUND_HALF_UP)
    assert rated.core == filed.core - line.co2 + fallen
    assert rated.indirect == filed.indirect - line.co2 + fallen and rated.direct == filed.direct
    assert sum(t.co2 for t in rated.trace) == rated.core == sum(m.total for m in rated.months)
    assert sum(e.co2 for e in rated.energy) == rated.core
    assert rated.basis == "verified" and rated.grade.core == rated.core
    assert rated.grade.efficiency is not None and filed.grade.efficiency is not None and rated.grade.efficiency < filed.grade.efficiency
    v = rated.verification
    assert v is not None and (v.filed_core, v.filed_letter, v.accepted, len(v.values)) == (filed.core, filed.grade.letter, 39, 1)
    assert v.difference_pct is not None and not v.highlighted and abs(v.difference_pct) < 5
    async with town.as_firm() as ctx:
        report = await reports.open_report(ctx, done.issued_report.id)
        own = await reports.get_report(ctx, submitted.report.id)
        paper = await reports.report_pdf(ctx, done.issued_report.id)
        again = await reports.report_pdf(ctx, done.issued_report.id)
        word = await reports.report_word(ctx, done.issued_report.id)
    assert (report.state, report.label, report.basis, own.state) == ("rated", "核查机构评级", "verified", "self_assessed")
    assert paper.data == again.data
    text = "".join("".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    for said in ("核查机构评级", "以电费单 406,500 kWh 为准", "更正后认可", "机构盖章处", done.agency):
        assert "".join(said.split()) in text, said
    words = "\n".join(p.text for p in docx.Document(BytesIO(word.data)).paragraphs)
    assert "10 核查" in words


async def test_a_large_difference_is_highlighted(town: Town) -> None:
    """LR4: beyond 5 % of E_core."""
    await town.submit()
    await town.accept()
    await town.verb("verifier", cases.judge_amount, path(town, G, 202501), verdict="rejected", value=D("13.5"), reason="缺少计量记录，按铭牌能力估算")
    await everything(town)
    await town.conclude("corrected")
    await town.sign()
    await town.run_jobs()
    done = await town.read()
    assert done.issued_report is not None
    v = (await facts_of(town, done.issued_report.id)).verification
    assert v is not None and v.highlighted and v.difference_pct is not None and v.difference_pct > 5 and v.values[0].estimated


async def test_data_are_locked_and_open_again_and_the_correction_is_seen(town: Town) -> None:
    """GN12: locked while with the agency, open while returned, the resubmission shows old and new."""
    await town.submit()
    typed = town.firm.typed("2025-06", {E: "40.65", G: "3.2", DIESEL_KEY: "1.35"})
    with pytest.raises(Conflict) as caught:
        await town.firm.submit(typed, replace=True, answer_all=True)
    assert caught.value.code == "MONTH_LOCKED"
    async with town.as_firm() as ctx:
        with pytest.raises(Conflict):
            await inventory.save_operating(
                ctx, "2025", version=1, output_value=D(1), value_added=D(1), tax=None, staff_avg=None, evidence_id=None, region="440112", industry="C2926"
            )
    await town.accept()
    june = path(town, E, 202506)
    asked = await town.verb("verifier", cases.raise_finding, section=f"energy.{town.firm.items[E]}", path=june, text="与电费单不一致", severity="important")
    await everything(town)
    await town.verb("verifier", cases.return_case, version=asked.version)
    await town.answer(1, "correct", value=D("40.65"))
    with pytest.raises(Conflict) as caught:  # promised, not done yet
        await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    assert caught.value.code == "NOT_CORRECTED"
    await town.firm.submit(typed, replace=True, answer_all=True)
    again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    changes = {c.path: (c.before, c.after) for c in again.rounds[1].changes}
    assert changes[june] == ("46.500000", "40.650000")
    assert again.judged == again.to_judge - 1  # what did not change keeps its verdict
    assert again.report.number != again.rounds[0].report_number


async def test_a_later_change_of_data_shows_on_the_rated_report(town: Town) -> None:
    """GN12, LR6: the rated report stays as it is and says that the data are newer."""
    await town.submit()
    await town.accept()
    await everything(town)
    await town.conclude()
    await town.sign()
    await town.run_jobs()
    done = await town.read()
    assert done.issued_report is not None
    async with town.as_firm() as ctx:
        assert not (await reports.get_report(ctx, done.issued_report.id)).stale
    typed = town.firm.typed("2025-06", {E: "41", G: "3.2", DIESEL_KEY: "1.35"})
    with pytest.raises(Conflict) as caught:  # only as a restatement with its reason
        await town.firm.submit(typed, replace=True, answer_all=True)
    assert (caught.value.code, caught.value.extra["reason"]) == ("MONTH_LOCKED", "verified")
    assert (await town.firm.submit(typed, replace=True, answer_all=True, reason="抄表更正")).restated
    async with town.as_firm() as ctx:
        assert (await reports.get_report(ctx, done.issued_report.id)).stale


async def test_restated_operating_data_show_on_the_rated_report(town: Town) -> None:
    """GN12, FI10: behind a rated report value added changes by restatement only; the report says that the data are newer."""
    await town.submit()
    await town.accept()
    await everything(town)
    await town.conclude()
    await town.sign()
    await town.run_jobs()
    done = await town.read()
    assert done.issued_report is not None

    async def save(reason: str) -> inventory.Operating:
        async with town.as_firm() as ctx:
            (now,) = (o for o in await inventory.operating(ctx, 2025) if o.period == "2025")
            return await inventory.save_operating(
                ctx, "2025", version=now.version, output_value=D(9000), value_added=D(2700), tax=None, staff_avg=None, evidence_id=None,
                region="440112", industry="C2926", reason=reason,
            )  # fmt: skip

    with pytest.raises(Conflict) as caught:
        await save("")
    assert (caught.value.code, caught.value.extra["reason"]) == ("MONTH_LOCKED", "verified")
    await save("年报审计调整")
    async with town.as_firm() as ctx:
        report = await reports.get_report(ctx, done.issued_report.id)
    assert report.stale and report.state == "rated"


async def test_an_incomplete_year_cannot_be_handed_over(migrator: asyncpg.Connection, database: str) -> None:
    made = await make_town(migrator, "grade")
    cases.subjects["grade"] = GradeSubject()
    await file_year(made.firm, months=11)
    with pytest.raises(Conflict) as caught:
        await made.submit()
    assert caught.value.code == "INCOMPLETE_MONTHS"
    async with made.as_firm() as ctx:
        assert (await cases.list_cases(ctx)).items == []


async def test_the_agency_reads_evidence_of_the_snapshot_only(town: Town) -> None:
    item = town.firm.items[E]
    png = (Path(__file__).parent.parent / "data").glob("*.png")
    data = next(png).read_bytes() if any(True for _ in (Path(__file__).parent.parent / "data").glob("*.png")) else b"%PDF-1.4\n%%EOF\n"
    async with town.as_firm() as ctx:
        await filing.add_evidence(ctx, month="2025-06", item_id=item, kind="line", name="电费单.pdf", data=data)
    case = await town.submit()
    figure = next(f for s in case.sections for f in s.figures if f.path == path(town, E, 202506))
    assert len(figure.evidence) == 1 and case.proofs[0].id == figure.evidence[0]
    async with town.as_firm() as ctx:
        await filing.add_evidence(ctx, month="2025-07", item_id=item, kind="line", name="后来.pdf", data=data + b" ")
        later = [e for e in await filing.proofs_of_year(ctx, 2025) if e.name == "后来.pdf"][0]
    from uuid import UUID

    from core.errors import NotFound

    async with town.as_agency("agency_admin") as ctx:
        assert (await cases.read_case_file(ctx, case.id, UUID(figure.evidence[0]))).data
        with pytest.raises(NotFound):
            await cases.read_case_file(ctx, case.id, later.file_id)
    assert msgspec.json.encode(case)
