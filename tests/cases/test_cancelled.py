"""The platform cancels the verification of a grade (18.1): from which states, what is free again, what stays readable (ST3)."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

import cases
import inventory
import reports
from auth.permissions import permissions_of
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from reports.verified import GradeSubject
from tests.cases.world import Town, make_town, operator
from tests.grading.world import put_benchmark
from tests.reports.test_reports import file_year, value_added

REASON = "核查机构资质材料不实，核查无效"


async def cancel(town: Town, version: int | None = None, reason: str = REASON) -> cases.OpsCase:
    assert town.case is not None
    async with operator("ops_approver") as ctx:
        read = await cases.get_any_case(ctx, town.case)
        return await cases.cancel_case(ctx, town.case, version=version or read.case.version, reason=reason)


async def locks(town: Town) -> list[str]:
    return [
        r["reason"]
        for r in await town.migrator.fetch("select reason from year_lock where tenant_id = $1", town.firm.id)
    ]


@pytest.mark.parametrize("state", ["submitted", "in_verification", "returned", "concluded", "rated"])
async def test_from_each_state_of_a_grade(grade_town: Town, state: str) -> None:
    town = grade_town
    await town.reach(state)
    made = await cancel(town)
    assert (made.case.state, made.case.state_word, made.reason) == ("cancelled", "已由平台取消", REASON)
    assert (made.events[-1].event, made.events[-1].from_state, made.events[-1].side) == ("cancel", state, "operator")
    await town.run_jobs()
    assert "case.cancelled" in await town.notices(town.firm.id) and "case.cancelled_agency" in await town.notices(
        town.agency
    )
    assert await locks(town) == []
    seen = await town.verb("agency_admin", cases.get_agency_case)
    assert not seen.readable and seen.events and seen.allowed == []
    own = await town.read()
    assert own.sections and own.reason == REASON and own.allowed == []
    assert (await town.submit()).state == "submitted"  # the firm may choose again


async def test_what_is_over_or_not_ours_stays(grade_town: Town, migrator: asyncpg.Connection) -> None:
    await grade_town.reach("refused")
    with pytest.raises(Conflict) as caught:
        await cancel(grade_town)
    assert (caught.value.code, caught.value.extra["state"]) == ("CASE_STATE", "refused")
    reduction = await make_town(migrator)
    await reduction.reach("in_audit")
    with pytest.raises(Conflict) as caught:
        await cancel(reduction)
    assert caught.value.code == "CASE_KIND"
    async with operator() as ctx:
        with pytest.raises(NotFound):
            await cases.cancel_case(ctx, new_id(), version=1, reason=REASON)


async def test_a_reason_and_the_version_that_was_read(grade_town: Town) -> None:
    await grade_town.reach("in_verification")
    with pytest.raises(Invalid) as caught:
        await cancel(grade_town, reason="不")
    assert caught.value.errors[0].path == "reason"
    with pytest.raises(Conflict) as stale:
        await cancel(grade_town, version=1)
    assert stale.value.code == "STALE_VERSION"


async def test_cancelling_and_signing_at_once(grade_town: Town) -> None:
    """ST1: one of the two wins, the other reads the state it lost to."""
    await grade_town.reach("concluded")
    done = await asyncio.gather(cancel(grade_town), grade_town.sign(), return_exceptions=True)
    lost = [d for d in done if isinstance(d, Conflict)]
    assert len(lost) == 1, done
    assert (await grade_town.read()).state in ("cancelled", "rated")
    assert (await grade_town.read()).events[-1].event in ("cancel", "sign")


async def test_only_the_platform(grade_town: Town) -> None:
    await grade_town.reach("in_verification")
    for side in (grade_town.as_firm(), grade_town.as_agency("agency_admin")):
        async with side as ctx:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await cases.list_all_cases(ctx)
    assert "ops.case.cancel" in permissions_of(frozenset({"ops_approver"}))
    assert "ops.case.cancel" not in permissions_of(frozenset({"ops_reviewer"}))


async def test_the_list(grade_town: Town) -> None:
    made = await grade_town.reach("in_verification")
    async with operator() as ctx:
        assert [c.number for c in (await cases.list_all_cases(ctx, q=made.number.lower())).items] == [made.number]
        assert (await cases.list_all_cases(ctx, q=made.number, state="open", kind="grade")).total == 1
        assert (await cases.list_all_cases(ctx, q=made.number, state="cancelled")).total == 0
        assert (await cases.list_all_cases(ctx, q=made.number, kind="reduction")).total == 0
        assert made.number in [c.number for c in (await cases.list_all_cases(ctx, q=made.firm[:4])).items]


async def test_a_rated_report_is_kept_and_no_longer_current(database: str, migrator: asyncpg.Connection) -> None:
    """LR1: the grade reads 企业自评 again; the rated paper stays with its word (ST3), the year may be changed without a restatement lock."""
    kept = dict(cases.subjects)
    try:
        town = await make_town(migrator, "grade")
        cases.subjects["grade"] = GradeSubject()
        await file_year(town.firm)
        await value_added(town.firm)
        await put_benchmark("0.600000")
        await town.submit()
        await town.accept()
        case = await town.verb("verifier", cases.get_agency_case)
        await town.verb("verifier", cases.accept_amounts, [f.path for s in case.sections for f in s.figures if f.judge])
        await town.conclude()
        await town.sign()
        await town.run_jobs()
        rated = (await town.read()).issued_report
        assert rated is not None
        async with town.as_firm() as ctx:
            assert (await reports.standing_reports(ctx))[0].basis == "verified"
            assert (await inventory.year_facts(ctx, 2025)).locks == ["verified"]
        await cancel(town)
        async with town.as_firm() as ctx:
            assert [r.basis for r in await reports.standing_reports(ctx)] == ["self"]
            paper = await reports.get_report(ctx, UUID(str(rated.id)))
            assert (paper.state, paper.state_word, paper.stale) == ("cancelled", "评级已取消", False)
            assert (await inventory.year_facts(ctx, 2025)).locks == []
    finally:
        cases.subjects.clear()
        cases.subjects.update(kept)
