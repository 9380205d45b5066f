"""A reduction report audited through the real machine (RA7-RA9, R106): measures locked, corrected after a return, accepted amounts on the paper."""

from collections.abc import AsyncIterator
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


@pytest.fixture
async def town(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """A firm with a filed year, two measures and the real subject."""
    made = await make_town(migrator, "reduction")
    cases.subjects["reduction"] = ReductionSubject()
    await file_year(made.firm)
    await value_added(made.firm)
    await complete_profile(made.firm)
    yield made


async def test_from_hand_over_through_a_correction_to_the_paper(town: Town, renderer: documents.Renderer) -> None:
    first, second = await add_all(town.firm)
    await town.submit(YEAR)
    edit = measure(town.firm, saved=[filing.SavedEdit(town.firm.items[E], D("10"))], version=first.version)
    with pytest.raises(Conflict):  # GN12: with the agency
        async with town.as_firm() as ctx:
            await filing.change_measure(ctx, first.id, edit)
    await town.accept()
    key = f"measures.{first.id}"
    section = next(s.key for s in (await town.read()).sections if any(f.path == key for f in s.figures))
    asked = await town.verb("verifier", cases.raise_finding, section=section, path=key, text="节电量没有扣除检修停机", severity="important")
    await town.verb("verifier", cases.return_case, version=asked.version)
    async with town.as_firm() as ctx:
        changed = await filing.change_measure(ctx, first.id, edit)
    await town.answer(1, "correct", value=changed.computed_t)
    again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    moved = {c.path: D(c.after) for c in again.rounds[1].changes if c.path == key}
    assert moved == {key: changed.computed_t}
    await town.verb("verifier", cases.close_finding, again.findings[0].id, accepted=True)
    await town.verb("verifier", cases.judge_amount, key, verdict="accepted")
    await town.verb("verifier", cases.judge_amount, f"measures.{second.id}", verdict="corrected", value=D("20.5"), reason="余热量按实测时数折算")
    await town.conclude("corrected")
    assert (await town.sign()).state == "audited"
    await town.run_jobs()
    done = await town.read()
    assert done.state == "issued" and done.issued_report is not None
    async with town.as_firm() as ctx:
        facts = await reports.report_facts(ctx, done.issued_report.id)
        report = await reports.open_report(ctx, done.issued_report.id)
        paper = await reports.report_pdf(ctx, done.issued_report.id)
    assert changed.computed_t is not None and facts.annual == changed.computed_t + D("20.5")
    assert (report.state, report.basis, report.case_id) == ("issued", "verified", done.id)
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(paper.data)).pages).split())
    for said in ("余热量按实测时数折算", "节电量没有扣除检修停机", done.number, done.agency):
        assert "".join(said.split()) in text, said
    assert "草稿" not in text


async def test_an_incomplete_report_is_not_handed_over(town: Town) -> None:
    with pytest.raises(Conflict) as caught:
        await town.submit(YEAR)
    assert caught.value.code == "REPORT_INCOMPLETE" and caught.value.extra["missing"]
    async with town.as_firm() as ctx:
        assert (await cases.list_cases(ctx)).total == 0
