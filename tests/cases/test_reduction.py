"""The real reduction report handed over, returned, corrected, judged, signed and issued (R102-R106, RA7, RA9)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal as D
from io import BytesIO

import asyncpg
import pypdf
import pytest

import cases
import documents
import filing
import reports
from core.errors import Conflict
from reports.reduction import ReductionSubject
from tests.cases.world import Town, make_town
from tests.filing.world import E
from tests.reports.test_reduction import YEAR, add_all, complete_profile, measure
from tests.reports.test_reports import file_year, value_added


@pytest.fixture(scope="module")
async def renderer() -> AsyncIterator[documents.Renderer]:
    service = documents.Renderer(1)
    await service.start()
    documents.use_renderer(service)
    yield service
    await service.stop()


@pytest.fixture
async def town(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """A firm with a filed year and the real subject."""
    kept = dict(cases.subjects)
    made = await make_town(migrator)
    cases.subjects["reduction"] = ReductionSubject()
    await file_year(made.firm)
    yield made
    cases.subjects.clear()
    cases.subjects.update(kept)


async def fill_in(town: Town) -> list[filing.Measure]:
    """Everything that the hand-over asks for."""
    await value_added(town.firm)
    await complete_profile(town.firm)
    return await add_all(town.firm)


async def test_an_incomplete_report_is_not_handed_over(town: Town) -> None:
    with pytest.raises(Conflict) as refusal:
        await town.submit()
    assert refusal.value.code == "REPORT_INCOMPLETE" and refusal.value.extra["missing"]
    async with town.as_firm() as ctx:
        assert not (await cases.list_cases(ctx, kind="reduction")).items


async def test_from_hand_over_to_the_issued_report(town: Town, renderer: documents.Renderer) -> None:
    measures = await fill_in(town)
    case = await town.submit()
    first, second = (f"measures.{m.id}" for m in measures)
    assert case.to_judge == 2 and {s.key for s in case.sections} >= {"company", "emission", "production", first, second, "indicators", "targets", "plans"}
    assert next(f for s in case.sections for f in s.figures if f.path == first).value == measures[0].computed_t
    await town.accept()
    asked = await town.ask(first, first)
    assert asked.findings[0].label.startswith("空压机变频改造")
    await town.verb("verifier", cases.return_case, version=(await town.read()).version)

    # the firm corrects: ten 万kWh instead of twelve
    async with town.as_firm() as ctx:
        edit = measure(town.firm, saved=[filing.SavedEdit(town.firm.items[E], D("10"))], typed_t=None, difference_reason="", version=1)
        corrected = await filing.change_measure(ctx, measures[0].id, edit)
        state = await reports.reduction_report_state(ctx, YEAR)
    assert state.changed_since and state.case and state.case.state == "returned"
    await town.answer(choice="correct", value=corrected.computed_t)
    again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    assert again.round == 2 and next(f for s in again.sections for f in s.figures if f.path == first).value == corrected.computed_t

    finding = (await town.read()).findings[0]
    await town.verb("verifier", cases.close_finding, finding.id, accepted=True)
    await town.verb("verifier", cases.accept_amounts, [first])
    await town.verb("verifier", cases.judge_amount, second, verdict="corrected", value=D("20"), reason="扣除检修停机")
    # what the firm changes now is not in the snapshot
    async with town.as_firm() as ctx:
        later = replace(measure(town.firm), version=1, name="余热回收（改名）")
        await filing.change_measure(ctx, measures[1].id, later)
    await town.conclude("corrected")
    await town.sign()
    await town.run_jobs()

    done = await town.read()
    assert done.state == "issued" and done.issued_report is not None
    async with town.as_firm() as ctx:
        facts: reports.ReductionFacts = await reports.report_facts(ctx, done.issued_report.id)
        issued = await reports.get_report(ctx, done.issued_report.id)
        paper = await reports.report_pdf(ctx, done.issued_report.id)
        now = {m.id: m for m in (await filing.reduction_of(ctx, YEAR)).measures}
    assert facts.audit is not None and facts.audit.case_number == done.number and len(facts.audit.findings) == 1
    assert [m.verdict for m in facts.measures] == ["认可", "更正"] and facts.annual == D("20") + (corrected.computed_t or 0)
    assert issued.state == "issued" and issued.basis == "verified" and issued.case_id == town.case
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    assert "草稿" not in text and "盖章" in text and "更正后认可" in text and "余热回收（改名）" not in text
    # the amount stands for the measure that was audited, not for the one changed meanwhile
    assert now[measures[0].id].accepted_t == corrected.computed_t and now[measures[1].id].accepted_t is None
