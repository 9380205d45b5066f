"""Suspension, resumption, revocation by two persons (rule CC8) and what the public sees of it (CC4, CC6, CE12)."""

from datetime import UTC, date, datetime

import pytest

from core.clock import utc_now
from core.database import transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from grading import actions, public
from grading.code import make_code, new_code_id
from grading.keys import code_keys, published_keys
from grading.proof import STATUS_TYPE, check, status_hash
from tests.grading.world import acting_as, operator, put_certificate

pytestmark = pytest.mark.usefixtures("database")


async def seen(code: str, now: datetime | None = None) -> public.PublicCertificate | None:
    async with transaction(read_only=True) as db:
        return await public.public_certificate(db, code, now or utc_now())


async def state(code: str, now: datetime | None = None) -> str:
    found = await seen(code, now)
    assert found is not None
    return found.state


async def propose(certificate_id, action: str = "revoke", reason: str = "申报数据与凭证不符", person=None):  # type: ignore[no-untyped-def]
    async with operator("ops_data", person) as ctx:
        return await actions.propose_action(ctx, certificate_id, action, reason)


async def decide(certificate_id, action_id, approve: bool = True, person=None) -> None:  # type: ignore[no-untyped-def]
    async with operator("ops_approver", person) as ctx:
        await actions.decide_action(ctx, certificate_id, action_id, approve, "")


async def test_valid_on_its_last_day_expired_the_next() -> None:  # rule CC6
    _, code, _ = await put_certificate(new_id(), valid_until=date(2027, 6, 30))
    assert await state(code, datetime(2027, 6, 30, 15, 59, tzinfo=UTC)) == "valid"
    assert await state(code, datetime(2027, 6, 30, 16, 1, tzinfo=UTC)) == "expired"


async def test_revoked_by_two_persons_is_seen_at_once() -> None:  # rule CC8
    certificate_id, code, _ = await put_certificate(new_id())
    assert await state(code) == "valid"
    action_id = await propose(certificate_id)
    assert await state(code) == "valid"
    await decide(certificate_id, action_id)
    found = await seen(code)
    assert found is not None and found.state == "revoked" and found.reason == "申报数据与凭证不符"


async def test_the_proposer_cannot_approve() -> None:
    certificate_id, code, _ = await put_certificate(new_id())
    person = new_id()
    action_id = await propose(certificate_id, person=person)
    with pytest.raises(Forbidden) as refused:
        await decide(certificate_id, action_id, person=person)
    assert refused.value.code == "TWO_PERSONS"
    assert await state(code) == "valid"


async def test_rejected_changes_nothing_and_frees_the_way() -> None:
    certificate_id, code, _ = await put_certificate(new_id())
    await decide(certificate_id, await propose(certificate_id), approve=False)
    assert await state(code) == "valid"
    await decide(certificate_id, await propose(certificate_id, "suspend"))
    assert await state(code) == "suspended"


async def test_suspended_and_resumed() -> None:
    certificate_id, code, _ = await put_certificate(new_id())
    await decide(certificate_id, await propose(certificate_id, "suspend", "收到投诉"))
    assert await state(code) == "suspended"
    with pytest.raises(Conflict):
        await propose(certificate_id, "suspend")
    await decide(certificate_id, await propose(certificate_id, "resume", "核实无误"))
    found = await seen(code)
    assert found is not None and found.state == "valid" and found.reason == ""


async def test_one_open_proposal_and_one_decision() -> None:
    certificate_id, _, _ = await put_certificate(new_id())
    action_id = await propose(certificate_id, "suspend")
    with pytest.raises(Conflict) as twice:
        await propose(certificate_id, "revoke")
    assert twice.value.code == "ALREADY_PROPOSED"
    await decide(certificate_id, action_id)
    with pytest.raises(Conflict) as again:
        await decide(certificate_id, action_id)
    assert again.value.code == "ALREADY_DECIDED"


async def test_refusals() -> None:
    certificate_id, _, _ = await put_certificate(new_id())
    with pytest.raises(Conflict):
        await propose(certificate_id, "resume")
    with pytest.raises(Invalid):
        await propose(certificate_id, "revoke", "  ")
    with pytest.raises(NotFound):
        await propose(new_id())
    with pytest.raises(NotFound):
        await decide(certificate_id, new_id())
    async with operator("ops_reviewer") as ctx:
        with pytest.raises(Forbidden):
            await actions.propose_action(ctx, certificate_id, "revoke", "x")


async def test_an_enterprise_cannot_move_a_state(migrator) -> None:  # type: ignore[no-untyped-def]
    tenant = new_id()
    certificate_id, _, _ = await put_certificate(tenant)
    async with transaction() as db:
        await db.run(
            "select set_config('app.tenant', $1, true), set_config('app.kind', 'enterprise', true)", str(tenant)
        )
        with pytest.raises(Exception, match="operators only"):
            await db.value(
                "select certificate_propose($1, $2, 'revoke', 'x', $3, $4)",
                new_id(),
                certificate_id,
                utc_now(),
                date(2026, 11, 21),
            )


async def test_next_year_supersedes_and_links_on() -> None:  # rules CC6, CE12
    tenant = new_id()
    _, old, _ = await put_certificate(tenant, period="2024", valid_until=date(2026, 12, 31))
    _, new, _ = await put_certificate(tenant, period="2025")
    found = await seen(old)
    assert found is not None and found.state == "superseded" and found.superseded_by == new
    _, newest, _ = await put_certificate(tenant, period="2025")
    assert await state(new) == "superseded" and await state(newest) == "valid"


async def test_an_older_year_is_not_issued_beside_a_newer_one() -> None:
    tenant = new_id()
    await put_certificate(tenant, period="2025")
    assert (await put_certificate(tenant, period="2024"))[2] == "newer_exists"


async def test_no_new_certificate_while_one_is_suspended() -> None:
    tenant = new_id()
    certificate_id, _, _ = await put_certificate(tenant)
    await decide(certificate_id, await propose(certificate_id, "suspend"))
    assert (await put_certificate(tenant))[2] == "suspended"


async def test_forged_and_unknown_are_alike() -> None:  # rule CC4
    unknown = make_code(code_keys(), new_code_id())
    assert await seen(unknown) is None
    assert await seen(unknown[:-1] + ("0" if unknown[-1] != "0" else "1")) is None


async def test_status_list_is_signed_and_names_no_code() -> None:  # documents 4
    certificate_id, code, _ = await put_certificate(new_id())
    await decide(certificate_id, await propose(certificate_id))
    async with transaction() as db:
        token = await public.status_list(db, "https://example.org", utc_now())
        claims = check(token, await published_keys(db, utc_now()), utc_now(), STATUS_TYPE)
    assert claims["states"][status_hash(code[2:14])] == "revoked"
    assert code[2:14] not in str(claims)


async def test_search_of_operators() -> None:
    company = f"广州检索{new_id().hex[:8]}有限公司"
    certificate_id, code, _ = await put_certificate(new_id(), company=company)
    action_id = await propose(certificate_id, "suspend")
    async with operator("ops_approver") as ctx:
        items, total = await actions.search_certificates(ctx, company[2:10])
        assert total == 1 and items[0].id == certificate_id and items[0].url.endswith(code)
        assert [(a.id, a.state, a.mine) for a in items[0].actions] == [(action_id, "proposed", False)]
        assert (await actions.search_certificates(ctx, items[0].number))[1] == 1
        assert (await actions.search_certificates(ctx, company, "revoked"))[1] == 0


async def test_proposals_stay_with_the_platform_until_approved() -> None:
    tenant = new_id()
    certificate_id, _, _ = await put_certificate(tenant)
    await propose(certificate_id, "suspend", "内部线索")
    async with acting_as(tenant, "legal") as ctx:
        rows = await ctx.db.rows("select state_reason from own_certificate_states()")
    assert rows[0]["state_reason"] == ""
