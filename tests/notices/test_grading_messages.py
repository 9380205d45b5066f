"""What a firm hears of its certificates and benchmarks (NT, CC6, CC8, CE8)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

import grading
import notices
from core import clock
from core.clock import BEIJING
from core.database import transaction
from core.ids import new_id
from grading.reminders import days_to_tell, remind_all
from tests.filing.world import Firm
from tests.grading import test_year as year
from tests.grading.test_actions import decide, propose
from tests.grading.world import acting_as, put_benchmark, put_certificate
from tests.notices.conftest import NOON, Town


def nine(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("action", "kind", "sms", "word"),
    [("suspend", "certificate.suspended", 2, "已暂停"), ("revoke", "certificate.revoked", 2, "已撤销")],
)
async def test_two_operators_decide_and_the_firm_hears_at_once(town: Town, action: str, kind: str, sms: int, word: str) -> None:
    certificate, _, _ = await put_certificate(town.firm.id)
    proposal = await propose(certificate, action, "申报数据与凭证不符")
    assert await town.rows() == []  # a proposal is nobody's news
    await decide(certificate, proposal)
    assert await town.told(kind) == {"admin", "legal"}
    row = (await town.rows(kind))[0]
    assert word in row["text"] and "2025 年度" in row["text"] and "原因：申报数据与凭证不符" in row["text"] and row["organisation_name"] in row["text"]
    await town.work("notices.sms")
    assert len(town.gateway.messages) == sms


async def test_a_rejected_proposal_is_not_told_and_a_resumption_without_text_message(town: Town) -> None:
    certificate, _, _ = await put_certificate(town.firm.id)
    await decide(certificate, await propose(certificate, "revoke"), approve=False)
    assert await town.rows() == []
    await decide(certificate, await propose(certificate, "suspend"))
    await decide(certificate, await propose(certificate, "resume"))
    assert len(await town.rows("certificate.resumed")) == 2 and len(await town.jobs("notices.sms")) == 2


def test_the_days_of_telling() -> None:
    assert days_to_tell(date(2027, 5, 30), date(2027, 5, 31)) == [date(2027, 6, 7), date(2027, 6, 30)]
    assert days_to_tell(date(2027, 5, 29), date(2027, 5, 31)) == [date(2027, 6, 6), date(2027, 6, 7), date(2027, 6, 29), date(2027, 6, 30)]


async def ending(town: Town, at: datetime) -> int:
    clock.freeze(at)
    async with transaction() as db:
        await remind_all(db, None, at)
    return await town.work("certificates.ending")


async def test_a_certificate_that_ends_in_30_and_7_days(town: Town) -> None:
    certificate, _, _ = await put_certificate(town.firm.id, valid_until=date(2027, 6, 30))
    assert [await ending(town, nine(date(2027, 6, 30) - timedelta(days=left))) for left in (31, 30, 30, 29, 8, 7, 6, 0)] == [0, 1, 0, 0, 0, 1, 0, 0]
    rows = await town.rows("certificate.expiring")
    assert len(rows) == 4 and {r["object_id"] for r in rows} == {str(certificate)}
    assert "还有 30 天到期（2027-06-30）" in rows[0]["text"] and "还有 7 天到期" in rows[-1]["text"]


async def test_a_certificate_that_is_not_in_force_does_not_end(town: Town) -> None:
    certificate, _, _ = await put_certificate(town.firm.id, valid_until=date(2027, 6, 30))
    await decide(certificate, await propose(certificate, "suspend"))
    assert await ending(town, nine(date(2027, 5, 31))) == 0


async def whole_year(migrator: asyncpg.Connection) -> UUID:
    tenant = await year.firm(migrator)
    await year.file(tenant, 1, 12)
    await year.operate(tenant)
    return tenant


async def texts(town: Town, tenant: UUID, kind: str) -> list[str]:
    rows = await town.seeing.fetch("select text from notice where tenant_id = $1 and kind = $2 order by created_at", tenant, kind)
    return [r["text"] for r in rows]


async def test_issued_and_superseded(town: Town, migrator: asyncpg.Connection) -> None:
    await migrator.execute("update benchmark set known_to = known_from where known_to is null")
    await put_benchmark("0.900000")
    tenant = await whole_year(migrator)
    async with acting_as(tenant, "legal") as ctx:
        first = await grading.issue_certificate(ctx, 2025)
    (issued,) = await texts(town, tenant, "certificate.issued")
    assert f"编号 {first.number}" in issued and f"{first.letter}，{first.content['grade_word']}" in issued and "有效至 2027-06-30" in issued
    async with acting_as(tenant, "legal") as ctx:
        await grading.issue_certificate(ctx, 2025, values_public=True)
    (superseded,) = await texts(town, tenant, "certificate.superseded")
    assert f"编号 {first.number}" in superseded
    assert len(await texts(town, tenant, "certificate.issued")) == 2  # another object, another message


async def search_benchmark(town: Town, tenant: UUID, since: datetime, now: datetime) -> int:
    async with transaction() as db:
        await remind_all(db, since, now)
    return await town.work("grading.benchmark", tenant)


async def test_the_benchmark_a_firm_waited_for(town: Town, migrator: asyncpg.Connection) -> None:
    await migrator.execute("update benchmark set period = '1990', known_to = known_from, state = 'rejected'")  # of other tests
    tenant = await whole_year(migrator)
    since, now = NOON - timedelta(hours=3), NOON + timedelta(days=1)
    assert await search_benchmark(town, tenant, since, NOON) == 0
    clock.freeze(NOON + timedelta(hours=1))
    await put_benchmark("0.900000", industry="C29")
    clock.freeze(now)
    assert await search_benchmark(town, tenant, since, now) == 1
    (said,) = await texts(town, tenant, "benchmark.published")
    assert "基准（2025 年）已发布，2025 年度现在可以评级，数据不用重填" in said
    clock.freeze(now + timedelta(hours=1))
    await put_benchmark("0.800000", industry="C2926")  # a nearer one: it could be graded before
    clock.freeze(now + timedelta(days=1))
    assert await search_benchmark(town, tenant, now, now + timedelta(days=1)) == 0


async def test_a_benchmark_of_another_trade_is_no_news(town: Town, migrator: asyncpg.Connection) -> None:
    await migrator.execute("update benchmark set period = '1990', known_to = known_from, state = 'rejected'")
    tenant = await whole_year(migrator)
    await put_benchmark("0.900000", industry="C30")
    await put_benchmark("0.900000", industry="C2926", region="330100")
    assert await search_benchmark(town, tenant, NOON - timedelta(hours=3), NOON + timedelta(hours=2)) == 0


async def test_a_measured_parameter_is_decided(town: Town) -> None:
    import filing
    from core.ids import PLATFORM_ORG
    from tests.filing.world import act

    firm: Firm = town.firm
    async with firm.act() as ctx:
        from decimal import Decimal

        asked = filing.Asked("natural_gas", "ncv", Decimal("389.31"), "2026-01", "2026-12", "供应商", "", None)
        request = await filing.request_parameter(ctx, asked, "440112", "测试企业")
    async with act(PLATFORM_ORG, new_id(), "ops_reviewer", "operator") as ctx:
        await filing.decide_request(ctx, request.id, 1, False, "缺少检测报告")
    (row,) = await town.rows("parameter")
    assert row["person_id"] == firm.people["admin"] and row["kind"] == "parameter.rejected"
    assert f"{request.carrier_name}低位发热量（389.31 " in row["text"] and "原因：缺少检测报告" in row["text"]
    assert notices.KINDS[row["kind"]].sms is False
