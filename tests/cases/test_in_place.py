"""A figure put right where the agency asks about it: the firm's data change by their own verb, the question is answered in the same go."""

from collections.abc import AsyncIterator
from decimal import Decimal as D
from uuid import UUID

import asyncpg
import pytest

import cases
import filing
import inventory
from auth.permissions import permissions_of
from core.database import transaction
from core.errors import Conflict, Forbidden, Invalid
from reports.reduction import ReductionSubject
from reports.verified import GradeSubject
from tests.cases.world import PDF, Town, make_town
from tests.filing.world import D as DIESEL
from tests.filing.world import E, G
from tests.grading.world import put_benchmark
from tests.reports.test_reduction import YEAR, add_all, complete_profile
from tests.reports.test_reports import file_year, value_added

REASON = "抄表有误，按 6 月电费单更正"


@pytest.fixture
async def graded(database: str, migrator: asyncpg.Connection) -> AsyncIterator[Town]:
    """A returned verification with a question about June's power (46.5 万kWh filed)."""
    kept = dict(cases.subjects)
    town = await make_town(migrator, "grade")
    cases.subjects["grade"] = GradeSubject()
    await file_year(town.firm)
    await value_added(town.firm)
    await put_benchmark("0.600000")
    await town.submit()
    await town.accept()
    await returned(town, f"energy.{town.firm.items[E]}", f"energy.{town.firm.items[E]}.202506")
    yield town
    cases.subjects.clear()
    cases.subjects.update(kept)


async def returned(town: Town, section: str, *paths: str) -> cases.Case:
    for path in paths:
        await town.verb("verifier", cases.raise_finding, section=section, path=path, text="与电费单不一致", severity="important")
    return await town.verb("verifier", cases.return_case, version=(await town.read()).version)


async def correct(town: Town, value: str, text: str = REASON, *, number: int = 1, files: list[UUID] | None = None) -> cases.Case:
    found = next(f for f in (await town.read()).findings if f.number == number)
    return await town.firm_verb(cases.correct_finding, found.id, value=D(value), text=text, files=files)  # type: ignore[no-any-return]


async def june(town: Town) -> dict[str, D]:
    async with town.as_firm() as ctx:
        facts = await inventory.year_facts(ctx, 2025)
    return {x["item_id"]: D(x["amount"]) for x in facts.lines if x["period"] == 202506}


async def test_a_month_is_filed_again_with_one_amount_replaced(graded: Town) -> None:
    town, before = graded, await june(graded)
    proof = await town.firm_verb(cases.hand_in_file, "6月电费单.pdf", PDF)
    assert (await town.read()).findings[0].in_place
    done = (await correct(town, "40.65", files=[UUID(proof.id)])).findings[0]
    assert (done.state, done.choice, done.value, done.messages[0].text) == ("answered", "correct", D("40.65"), REASON)
    power = str(town.firm.items[E])
    assert await june(town) == before | {power: D("40.65")}
    async with town.as_firm() as ctx:
        month = next(m for m in (await inventory.year_facts(ctx, 2025)).months if m["period"] == 202506)
        kept = await filing.list_evidence(ctx, "2025-06")
    assert (month["version"], month["reason"]) == (2, REASON)
    assert [(e.name, str(e.item_id)) for e in kept] == [("6月电费单.pdf", power)]
    again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
    assert [(c.path, D(c.before), D(c.after)) for c in again.rounds[1].changes if c.path == f"energy.{power}.202506"] == [
        (f"energy.{power}.202506", D("46.5"), D("40.65"))
    ]


async def test_what_was_promised_is_still_checked(graded: Town) -> None:
    """Changed again on the filing page after the answer: the hand-over stops at the difference."""
    await correct(graded, "40.65")
    typed = graded.firm.typed("2025-06", {E: "41", G: "3.2", DIESEL: "1.35"})
    await graded.firm.submit(typed, replace=True, answer_all=True)
    with pytest.raises(Conflict) as caught:
        await graded.firm_verb(cases.resubmit_case, version=(await graded.read()).version)
    assert caught.value.code == "NOT_CORRECTED" and "40.65" in caught.value.detail


@pytest.mark.parametrize(("value", "text", "path"), [("1000000000000", REASON, "value"), ("-1", REASON, "value"), ("40.65", "无", "text")])
async def test_a_wrong_value_names_its_field_and_changes_nothing(graded: Town, value: str, text: str, path: str) -> None:
    before = await june(graded)
    with pytest.raises(Invalid) as caught:
        await correct(graded, value, text)
    assert [e.path for e in caught.value.errors] == [path]
    assert await june(graded) == before and (await graded.read()).findings[0].state == "open"


async def test_only_while_returned_and_open(graded: Town) -> None:
    await correct(graded, "40.65")
    resubmitted = await graded.firm_verb(cases.resubmit_case, version=(await graded.read()).version)
    assert not resubmitted.findings[0].in_place
    with pytest.raises(Conflict) as caught:
        await correct(graded, "41")
    assert caught.value.code == "CASE_STATE"


async def test_an_agent_who_may_not_file_is_sent_to_those_who_may(graded: Town) -> None:
    """An agent with the scope 报告 answers, he does not change what is filed."""
    person, roles = graded.firm.people["legal"], frozenset({"agent", "agent:report"})
    finding = (await graded.read()).findings[0].id
    async with transaction() as db:
        from core.clock import utc_now
        from core.database import Acting

        for name, value in {"app.tenant": graded.firm.id, "app.person": person, "app.account": person, "app.kind": "enterprise"}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        ctx = Acting(
            db, utc_now(), tenant_id=graded.firm.id, org_kind="enterprise", account_id=person, person_id=person, roles=roles, permissions=permissions_of(roles)
        )
        assert graded.case is not None and not (await cases.get_case(ctx, graded.case)).findings[0].in_place
        with pytest.raises((Forbidden, Conflict)):
            await cases.correct_finding(ctx, graded.case, finding, value=D("40.65"), text=REASON)


async def test_what_comes_from_several_places_is_put_right_on_its_page(graded: Town, migrator: asyncpg.Connection) -> None:
    town = graded
    await town.verb("verifier", cases.recall_case, version=(await town.read()).version)
    await returned(town, "operating", "operating.output")
    found = (await town.read()).findings
    assert [f.in_place for f in found] == [True, False] and found[1].link.startswith("/operating")
    with pytest.raises(Conflict) as caught:
        await correct(town, "1", number=2)
    assert caught.value.code == "NOT_IN_PLACE" and caught.value.extra["link"].startswith("/operating")


async def test_a_saved_energy_of_a_measure(database: str, migrator: asyncpg.Connection) -> None:
    """The audit's question about a saved amount: the measure is changed, its tonnes are computed anew."""
    kept = dict(cases.subjects)
    try:
        town = await make_town(migrator, "reduction")
        cases.subjects["reduction"] = ReductionSubject()
        await file_year(town.firm)
        await value_added(town.firm)
        await complete_profile(town.firm)
        first, _ = await add_all(town.firm)
        await town.submit(YEAR)
        await town.accept()
        key = f"measures.{first.id}"
        await returned(town, key, f"{key}.saved.1", f"{key}.investment", key)
        assert [f.in_place for f in (await town.read()).findings] == [True, True, False]
        await correct(town, "10", "扣除检修停机")
        await correct(town, "12.5", "按决算", number=2)
        async with town.as_firm() as ctx:
            now = await filing.measure_of(ctx, first.id)
        assert (now.saved[0].amount, now.investment, now.version, now.summary) == (D("10"), D("12.5"), first.version + 2, first.summary)
        assert now.computed_t != first.computed_t and now.computed_t is not None
        await town.answer(3)
        again = await town.firm_verb(cases.resubmit_case, version=(await town.read()).version)
        assert {c.path: D(c.after) for c in again.rounds[1].changes if c.path == key} == {key: now.computed_t}
    finally:
        cases.subjects.clear()
        cases.subjects.update(kept)
