"""Both machines, every state by every event: the allowed cells move as the table says, the others answer 409 with the current state (ST1)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import cases
from cases.states import MOVES, READABLE, SIGNED, STATE_WORDS, WORK
from core.errors import Conflict, Forbidden, NotFound, Problem
from tests.cases.test_cancelled import cancel
from tests.cases.world import Town

REDUCTION = ("submitted", "in_audit", "returned", "concluded", "audited", "issued", "declined", "withdrawn", "superseded")
GRADE = ("submitted", "in_verification", "returned", "concluded", "rated", "refused", "declined", "withdrawn", "superseded", "cancelled")
EVENTS = ("accept", "decline", "assign", "finding", "judge", "return", "recall", "conclude", "sign", "refuse", "withdraw", "resubmit", "answer", "cancel")
#: (kind, state) → event → state after it; what is not named is refused.
EXPECTED: dict[tuple[str, str], dict[str, str]] = {}
for _kind in ("reduction", "grade"):
    _work = WORK[_kind]
    EXPECTED[_kind, "submitted"] = {"accept": _work, "decline": "declined", "withdraw": "withdrawn"}
    EXPECTED[_kind, _work] = {"assign": _work, "finding": _work, "judge": _work, "conclude": "concluded"}
    EXPECTED[_kind, "returned"] = {"assign": "returned", "recall": _work, "answer": "returned"}
    EXPECTED[_kind, "concluded"] = {"assign": "concluded", "sign": SIGNED[_kind], "refuse": "in_audit" if _kind == "reduction" else "refused"}
for _state in ("submitted", "in_verification", "returned", "concluded", "rated"):  # the platform ends the verification of a grade, never an audit (18.1)
    EXPECTED.setdefault(("grade", _state), {})["cancel"] = "cancelled"


async def _reach(town: Town, state: str) -> cases.Case:
    if state == "superseded":
        first = await town.reach("issued" if town.kind == "reduction" else "rated")
        await town.reach("issued" if town.kind == "reduction" else "rated")
        town.case = first.id
        return await town.read()
    if state == "cancelled":
        return await _fire(town, "cancel", (await town.reach("in_verification")).version)
    return await town.reach(state)


async def _fire(town: Town, event: str, version: int) -> cases.Case:
    people = {"verifier_id": town.members["verifier"], "reviewer_id": town.members["agency_reviewer"]}
    agency: dict[str, tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = {
        "accept": ("agency_admin", cases.accept_case, (), {**people, "declaration": True}),
        "decline": ("agency_admin", cases.decline_case, (), {"reason": "人手不足"}),
        "assign": ("agency_admin", cases.assign_case, (), people),
        "finding": ("verifier", cases.raise_finding, (), {"section": "reduction", "path": "", "text": "请说明", "severity": "normal"}),
        "judge": ("verifier", cases.judge_amount, ("reduction.measures[m1]",), {"verdict": "accepted"}),
        "return": ("verifier", cases.return_case, (), {"version": version}),
        "recall": ("verifier", cases.recall_case, (), {"version": version}),
        "conclude": ("verifier", cases.conclude_case, (), {"opinion": "数据真实、计算正确，予以认可。", "verdict": "accepted", "version": version}),
        "sign": ("agency_reviewer", cases.sign_case, (), {"version": version}),
        "refuse": ("agency_reviewer", cases.refuse_case, (), {"reason": "依据不足"}),
    }
    if event in agency:
        role, verb, args, more = agency[event]
        return await town.verb(role, verb, *args, **more)
    if event == "cancel":
        await cancel(town, version)
        return await town.read()
    if event == "answer":
        found = (await town.read()).findings
        if not found:
            raise Conflict("CASE_STATE", "", state=(await town.read()).state)
        return await town.answer(1)
    verb = cases.withdraw_case if event == "withdraw" else cases.resubmit_case
    return await town.firm_verb(verb, version=version)  # type: ignore[no-any-return]


async def _table(town: Town, state: str) -> None:
    allowed = EXPECTED.get((town.kind, state), {})
    for event in EVENTS:
        made = await _reach(town, state)
        assert made.state == state
        if state == WORK[town.kind] and event == "conclude":
            made = await town.judge_all()
        if event in allowed:
            after = await _fire(town, event, made.version)
            assert after.state == allowed[event], (state, event)
        else:
            with pytest.raises(Problem) as caught:
                await _fire(town, event, made.version)
            got = caught.value
            if isinstance(got, Forbidden | NotFound):  # nobody is on the case yet: a stranger to it
                assert state in ("submitted", "declined", "withdrawn"), (state, event, got)
            else:
                assert isinstance(got, Conflict), (state, event, got)
                wanted = {"CASE_STATE", "NOT_YET", "FINDINGS_OPEN", "NOTHING_OPEN", *(["CASE_KIND"] if event == "cancel" else [])}
                assert got.code in wanted, (state, event, got)
                assert got.code != "CASE_STATE" or got.extra["state"] == state, (state, event)
            assert (await town.read()).state == state
        await _finish(town)


async def _finish(town: Town) -> None:
    """Close what is open so that the year can be handed over again."""
    await town.migrator.execute(
        "update third_case set state = 'withdrawn' where tenant_id = $1 and state not in ('withdrawn', 'declined', 'refused', 'superseded', 'cancelled')", town.firm.id
    )


@pytest.mark.parametrize("state", REDUCTION)
async def test_the_reduction_machine(town: Town, state: str) -> None:
    await _table(town, state)


@pytest.mark.parametrize("state", GRADE)
async def test_the_grade_machine(grade_town: Town, state: str) -> None:
    await _table(grade_town, state)


def test_every_state_and_event_is_in_the_tables() -> None:
    assert set(REDUCTION) | set(GRADE) == set(STATE_WORDS)
    assert set(MOVES) - {"issue", "supersede"} <= set(EVENTS)


async def _race(*tries: Callable[[], Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*(t() for t in tries), return_exceptions=True))


def _one_won(answers: list[Any]) -> Problem:
    lost = [a for a in answers if isinstance(a, BaseException)]
    assert len(lost) == len(answers) - 1, answers
    assert isinstance(lost[0], Conflict), lost
    return lost[0]


async def test_two_conclusions_at_once_and_one_is_told_the_state(town: Town) -> None:
    await town.reach("in_audit")
    version = (await town.judge_all()).version
    say = {"opinion": "数据真实、计算正确，予以认可。", "verdict": "accepted", "version": version}
    lost = _one_won(await _race(*(lambda: town.verb("verifier", cases.conclude_case, **say) for _ in range(3))))
    assert lost.extra["state"] == "concluded"
    assert len([e for e in (await town.read()).events if e.event == "conclude"]) == 1


async def test_withdrawn_and_accepted_at_once(town: Town) -> None:
    made = await town.submit()
    answers = await _race(lambda: town.firm_verb(cases.withdraw_case, version=made.version), town.accept)
    lost = _one_won(answers)
    assert lost.extra["state"] in ("withdrawn", "in_audit") and lost.extra["state"] == (await town.read()).state


async def test_two_signatures_at_once_make_one_paper(town: Town) -> None:
    made = await town.reach("concluded")
    _one_won(await _race(*(lambda: town.verb("agency_reviewer", cases.sign_case, version=made.version) for _ in range(2))))
    await town.run_jobs()
    assert len(town.subject.issued) == 1


async def test_two_submissions_of_a_year_at_once(town: Town) -> None:
    _one_won(await _race(*(town.submit for _ in range(3))))
    async with town.as_firm() as ctx:
        assert (await cases.list_cases(ctx)).total == 1


async def test_a_paper_that_is_asked_for_twice_is_made_once(town: Town) -> None:
    await town.reach("audited")
    await town.migrator.execute("update outbox set state = 'queued' where tenant_id = $1 and kind = 'cases.issue'", town.firm.id)
    await town.run_jobs()
    await town.run_jobs()
    assert len(town.subject.issued) == 1


async def test_an_old_version_is_refused_everywhere(town: Town) -> None:
    made = await town.reach("in_audit")
    await town.judge_all()
    with pytest.raises(Conflict) as caught:
        await town.verb("verifier", cases.conclude_case, opinion="数据真实、计算正确，予以认可。", verdict="accepted", version=made.version - 1)
    assert caught.value.code == "STALE_VERSION" and caught.value.extra["current_version"] == made.version
    assert "in_audit" in READABLE
