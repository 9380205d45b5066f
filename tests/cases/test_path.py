"""The way of a case from hand-over to paper, both kinds (R106, LR5)."""

from decimal import Decimal

import pytest

import cases
import inventory
from core.errors import Conflict
from tests.cases.world import Town


async def locked(town: Town, year: int = 2025) -> bool:
    async with town.as_firm() as ctx:
        try:
            await inventory.refuse_locked(ctx, [year * 100 + 1])
        except Conflict:
            return True
    return False


async def test_a_reduction_case_from_hand_over_to_paper(town: Town) -> None:
    made = await town.submit()
    assert (made.state, made.deadlines.turn, made.number[:3]) == ("submitted", "agency", "SH-")
    assert await locked(town)
    accepted = await town.accept()
    assert accepted.state == "in_audit" and accepted.verifier and accepted.reviewer
    assert [d.about for d in accepted.declarations] == ["body"]
    asked = await town.ask()
    assert asked.findings[0].state == "open" and asked.findings[0].due_on is not None
    returned = await town.verb("verifier", cases.return_case, version=asked.version)
    assert returned.state == "returned" and not await locked(town)
    town.subject.measures["m1"] = Decimal("9.000000")
    answered = await town.answer(1, "correct", value=Decimal("9"))
    assert answered.findings[0].state == "answered" and [a.move for a in answered.allowed if not a.blocked] == ["resubmit", "answer", "message"]
    again = await town.firm_verb(cases.resubmit_case, version=answered.version)
    assert again.state == "in_audit" and again.round == 2 and await locked(town)
    assert [(c.path, c.before, c.after) for c in again.rounds[1].changes] == [("reduction.measures[m1]", "10.500000", "9.000000")]
    assert next(f for s in again.sections for f in s.figures if f.path.endswith("[m1]")).before == Decimal("10.5")
    await town.verb("verifier", cases.close_finding, again.findings[0].id, accepted=True)
    await town.verb("verifier", cases.judge_amount, "reduction.measures[m1]", verdict="corrected", value=Decimal("8.5"), reason="以台账为准")
    judged = await town.verb("verifier", cases.accept_amounts, ["reduction.measures[m2]"])
    assert (judged.judged, judged.to_judge, judged.open_points) == (2, 2, [])
    m1 = next(a for a in judged.amounts if a.key.endswith("[m1]"))
    assert (m1.difference, m1.difference_pct, m1.effect) == (Decimal("-0.5"), Decimal("-5.56"), Decimal("-0.500000"))
    concluded = await town.conclude("corrected")
    assert concluded.state == "concluded"
    signed = await town.sign()
    assert signed.state == "audited" and not signed.readable and signed.sections == []
    await town.run_jobs()
    done = await town.read()
    assert done.state == "issued" and done.issued_report is not None and not await locked(town)
    assert [d.about for d in done.declarations] == ["body", "verifier", "reviewer"]
    facts = town.subject.issued[0]
    assert [(a.key[-4:], a.verdict, a.value) for a in facts.amounts] == [("[m1]", "corrected", Decimal("8.5")), ("[m2]", "accepted", Decimal("4"))]
    assert facts.findings[0].answer == "更正数据：已核对，说明如下"
    assert [e.event for e in done.events] == [
        "submit", "accept", "finding", "return", "answer", "resubmit", "close", "conclude", "sign", "issue",
    ]  # fmt: skip
    assert set(await town.notices(town.firm.id)) == {"case.accepted", "case.finding", "case.returned", "case.closed_finding", "case.issued"}
    assert set(await town.notices(town.agency)) == {
        "case.submitted", "case.assigned", "case.answered", "case.resubmitted", "case.to_sign", "case.finished",
    }  # fmt: skip


async def test_a_grade_is_rated_or_refused(grade_town: Town) -> None:
    town = grade_town
    made = await town.submit()
    assert made.number.startswith("HC-")
    await town.accept()
    await town.judge_all()
    await town.conclude()
    rated = await town.sign()
    assert rated.state == "rated"
    await town.run_jobs()
    done = await town.read()
    assert done.state == "rated" and done.issued_report is not None
    # a second year's case that the reviewer does not sign
    await town.submit(2024)
    await town.accept()
    await town.judge_all()
    await town.conclude()
    refused = await town.verb("agency_reviewer", cases.refuse_case, reason="抽样不足")
    assert refused.state == "refused" and not refused.readable
    await town.run_jobs()
    assert "case.refused" in await town.notices(town.firm.id)


async def test_a_conclusion_of_not_accepted_cannot_be_rated(grade_town: Town) -> None:
    town = grade_town
    await town.submit()
    await town.accept()
    for key in town.subject.measures:
        await town.verb("verifier", cases.judge_amount, f"reduction.measures[{key}]", verdict="rejected", reason="没有凭证")
    await town.conclude("rejected")
    assert (await town.sign()).state == "refused"


async def test_the_reviewer_sends_an_audit_back(town: Town) -> None:
    await town.reach("concluded")
    back = await town.verb("agency_reviewer", cases.refuse_case, reason="意见不完整")
    assert back.state == "in_audit"
    await town.run_jobs()
    assert "case.sent_back" in await town.notices(town.agency) and "case.refused" not in await town.notices(town.firm.id)
    await town.conclude()
    assert (await town.sign()).state == "audited"


async def test_a_new_paper_supersedes_the_old(town: Town) -> None:
    first = await town.reach("issued")
    second = await town.reach("issued")
    assert second.state == "issued" and second.id != first.id
    async with town.as_firm() as ctx:
        listed = await cases.list_cases(ctx)
        assert [(c.id, c.state) for c in listed.items] == [(second.id, "issued"), (first.id, "superseded")]
        old = await cases.get_case(ctx, first.id)
    assert old.issued_report is not None  # readable for good


async def test_a_second_hand_over_of_a_year_finds_the_first(town: Town) -> None:
    made = await town.submit()
    with pytest.raises(Conflict) as caught:
        await town.submit()
    assert caught.value.code == "CASE_OPEN" and caught.value.extra["case_id"] == str(made.id)
