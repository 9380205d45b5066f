"""Who is told what by which channel and when (NT, NT1)."""

from datetime import UTC, datetime, timedelta
from string import Formatter
from uuid import UUID

import asyncpg
import pytest

import notices
from core import clock, jobs
from core.clock import BEIJING
from core.database import transaction
from core.errors import NotFound
from core.ids import PLATFORM_ORG, new_id
from notices.kinds import KINDS
from tests.filing.world import act, make_firm
from tests.notices.conftest import NOON, Town

FIELDS: dict[str, object] = {
    "month_words": "10 月", "month": "2026-10", "year": 2025, "days": 5, "left_words": "还有 5 天", "due_words": "11 月 15 日", "progress": "还差 2 项：天然气、柴油", "count": 2,
    "carrier": "天然气", "parameter": "低位发热量", "value": "389.31", "unit": "GJ/万m³", "valid_from": "2026-01", "valid_to": "2026-12", "reason": "缺少检测报告",
    "name": "广东省电力平均因子", "letter": "B", "word": "效率较高", "number": "TX2025440112000001", "valid_until": "2027-06-30", "period": "2025",
    "scopes": "填报、报告", "agent": "周*远",
    "bank": "示例银行", "product": "绿色工厂贷", "manager": "周*", "state_word": "已联系", "ends_on": "2027-02-19", "due_on": "2026-11-24",
    "kind": "低碳等级报告", "agency": "示例核查机构", "case": "01", "halt": "该机构已被暂停", "waiting": 1,
    "enterprise": "北江陶瓷有限公司", "result": "可代为填报，到 2027-11-20 止",
}  # fmt: skip

#: 18.2: who is told, and whether by text message too (*).
TABLE = {
    "month.due": (["filler", "agent"], False),
    "month.overdue": (["filler", "agent"], False),
    "question.open": (["filler", "admin"], False),
    "certificate.issued": (["admin", "legal"], False),
    "certificate.expiring": (["admin", "legal"], False),
    "certificate.superseded": (["admin", "legal"], False),
    "certificate.suspended": (["admin", "legal"], True),
    "certificate.resumed": (["admin", "legal"], False),
    "certificate.revoked": (["admin", "legal"], True),
    "benchmark.published": (["admin", "legal"], False),
    "factor.published": (["admin"], False),
    "parameter.approved": (["admin"], False),
    "parameter.rejected": (["admin"], False),
    "delegation.granted": (["agent"], False),
    "delegation.changed": (["agent"], False),
    "delegation.revoked": (["agent"], False),
    "delegation.ending": (["agent", "legal"], False),
    "application.waiting": (["admin"], False),
    "application.approved": (["legal"], True),
    "application.returned": (["legal"], True),
    "application.rejected": (["legal"], True),
    # a representative replaced by the registry (V7)
    "legal.ended": (["legal"], True),
    "legal.agents": (["filler"], True),
    # the bank hears some of these in its own organisation, by its manager or administrator; here the firm's people stand in
    "consent.given": (["admin", "legal"], False),
    "consent.ending": (["admin", "legal"], False),
    "consent.ended": (["admin", "legal"], False),
    "consent.revoked": (["admin", "legal"], False),
    "consent.read": (["admin", "legal"], False),
    "finance.assigned": (["admin", "legal"], False),
    "finance.waiting": (["admin", "legal"], False),
    "finance.late": (["admin", "legal"], False),
    "finance.not_contacted": (["admin", "legal"], False),
    "finance.reassigned": (["admin", "legal"], False),
    "finance.moved": (["admin", "legal"], False),
    "finance.decided": (["admin", "legal"], False),
    "finance.product_ended": (["admin", "legal"], False),
    "finance.withdrawn": (["admin", "legal"], False),
    "finance.confirmed": (["admin", "legal"], False),
    "finance.consent_renewed": (["admin", "legal"], False),
    # both sides of a case: the agency hears its part in its own organisation; a result goes to the firm by text message too
    **{
        f"case.{word}": (["admin", "legal"], word in ("declined", "refused", "issued", "cancelled"))
        for word in (
            "submitted", "handed_over", "accepted", "assigned", "people", "declined", "withdrawn", "finding", "answered", "closed_finding", "returned",
            "recalled", "resubmitted", "to_sign", "sent_back", "refused", "issued", "finished", "overdue", "release", "halted", "halted_agency", "resumed",
            "resumed_agency", "unanswered", "unanswered_agency", "half", "half_agency", "eve", "eve_agency", "cancelled", "cancelled_agency",
        )
    },
}  # fmt: skip


def test_the_table_knows_every_kind() -> None:
    assert set(TABLE) == set(KINDS)
    assert {code for code, kind in KINDS.items() if kind.sms} == {code for code, (_, sms) in TABLE.items() if sms}


@pytest.mark.parametrize("code", TABLE)
def test_words_keep_the_voice(code: str) -> None:  # faces 1.2
    kind = KINDS[code]
    said = kind.text.format_map(FIELDS | {"firm": "北江陶瓷有限公司"})
    for word in ("恭喜", "！", "我们", "亲", "系统异常", "请稍后再试", "非法"):
        assert word not in said + kind.title
    assert said.endswith("。") and 2 <= said.count("。") + said.count("；") and len(said) <= 200, said  # what, why, what now
    assert "北江陶瓷有限公司" in said or code == "application.waiting"
    if not [f for _, f, _, _ in Formatter().parse(kind.title) if f]:
        assert len(kind.title) <= 20  # W14, thing


@pytest.mark.parametrize("code", TABLE)
async def test_each_event_reaches_its_people_by_its_channels(town: Town, code: str) -> None:
    to, sms = TABLE[code]
    async with town.firm.act() as ctx:
        told = await notices.tell(ctx, code, "thing", "1", to=to, fields=FIELDS, month=202610)
    wanted = {role for role in to if role != "agent"}
    assert told == len(wanted) and await town.told() == wanted
    assert await town.work("notices.sms") == (len(wanted) if sms else 0)
    assert sorted(m["to"] for m in town.gateway.messages) == (sorted(town.phones[r] for r in wanted) if sms else [])
    for row in await town.rows():
        assert row["sms"] == ("sent" if sms else "none") and row["wechat"] == "no_quota"  # nobody subscribed: SMS only where required
        assert "{" not in row["title"] + row["text"] + (row["link"] or "")
        assert row["organisation_name"] in row["text"] or "北江陶瓷" in row["text"] or code == "application.waiting"
    for message in town.gateway.messages:
        assert message["parameters"]["text"] == (await town.rows())[0]["text"]


async def revoked(town: Town, object_id: str = "c1", **more: object) -> int:
    async with town.firm.act() as ctx:
        return await notices.tell(ctx, "certificate.revoked", "certificate", object_id, to=["admin", "legal"], fields=FIELDS, **more)  # type: ignore[arg-type]


async def test_one_message_a_day_for_the_same_object(town: Town) -> None:  # NT1
    assert await revoked(town) == 2
    assert await revoked(town) == 0
    assert await revoked(town, "c2") == 2
    clock.freeze(datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC))  # 23:59:59 in Beijing
    assert await revoked(town) == 0
    clock.freeze(datetime(2026, 11, 21, 16, 0, tzinfo=UTC))  # midnight
    assert await revoked(town) == 2
    assert len(await town.jobs("notices.sms")) == 6


async def test_who_holds_two_roles_is_told_once(town: Town) -> None:
    await town.seeing.execute("update membership set roles = '{legal,admin}' where tenant_id = $1 and 'legal' = any (roles)", town.firm.id)
    assert await revoked(town) == 2
    async with town.firm.act() as ctx:
        person = town.firm.people["legal"]
        assert await notices.tell(ctx, "certificate.issued", "certificate", "c1", to=[person, person, "legal"], fields=FIELDS) == 1


async def test_two_at_once_write_one(town: Town) -> None:
    import asyncio

    assert sorted(await asyncio.gather(*(revoked(town) for _ in range(6)))) == [0, 0, 0, 0, 0, 2]


async def test_it_stands_or_falls_with_the_business_transaction(town: Town) -> None:
    with pytest.raises(RuntimeError):
        async with town.firm.act() as ctx:
            await notices.tell(ctx, "certificate.revoked", "certificate", "c1", to=["legal"], fields=FIELDS)
            raise RuntimeError
    assert await town.rows() == [] and await town.jobs("notices.sms") == []


async def test_members_who_ended_and_ended_agents_are_not_told(town: Town) -> None:
    await town.seeing.execute("update membership set status = 'ended' where tenant_id = $1 and 'admin' = any (roles)", town.firm.id)
    await town.seeing.execute("update membership set valid_from = '2026-01-01', valid_to = '2026-11-20' where tenant_id = $1 and 'filler' = any (roles)", town.firm.id)
    async with town.firm.act() as ctx:
        assert await notices.tell(ctx, "certificate.issued", "certificate", "c1", to=["admin", "filler"], fields=FIELDS, otherwise=["legal"]) == 1
    assert await town.told() == {"legal"}


async def test_nobody_else_is_told_when_somebody_is_there(town: Town) -> None:
    async with town.firm.act() as ctx:
        await notices.tell(ctx, "month.due", "month", "2026-10", to=["filler"], fields=FIELDS, otherwise=["admin", "legal"])
    assert await town.told() == {"filler"}


@pytest.mark.parametrize(
    ("at", "wait"),
    [
        ("07:59:59", 1), ("08:00:00", 0), ("12:00:00", 0), ("20:59:59", 0), ("21:00:00", 11 * 3600), ("23:30:00", 8.5 * 3600),
        ("00:00:00", 8 * 3600), ("03:00:00", 5 * 3600),
    ],
)  # fmt: skip
def test_quiet_hours(at: str, wait: float) -> None:  # NT1
    hour, minute, second = (int(x) for x in at.split(":"))
    assert notices.quiet_seconds(datetime(2026, 11, 21, hour, minute, second, tzinfo=BEIJING).astimezone(UTC)) == wait


@pytest.mark.parametrize(("at", "goes"), [("20:59", True), ("21:00", False), ("07:59", False), ("08:00", True)])
async def test_a_text_message_at_the_edges_of_the_night(town: Town, at: str, goes: bool) -> None:
    hour, minute = (int(x) for x in at.split(":"))
    now = datetime(2026, 11, 21, hour, minute, tzinfo=BEIJING)
    clock.freeze(now)
    await revoked(town)
    first = (await town.jobs("notices.sms"))[0]
    morning = datetime(2026, 11, 22 if hour > 12 else 21, 8, tzinfo=BEIJING)
    assert first["run_after"] == (now if goes else morning)
    await town.work("notices.sms")  # even when a worker takes it too early it does not go out
    assert len(town.gateway.messages) == (2 if goes else 0)
    if not goes:
        again = await town.jobs("notices.sms")
        assert [j["version"] for j in again] == [2, 2] and {j["run_after"] for j in again} == {morning}
        clock.freeze(morning)
        await town.work("notices.sms")
        assert len(town.gateway.messages) == 2


async def test_what_a_person_switched_off_is_not_sent_but_stands_in_the_list(town: Town) -> None:
    async with town.firm.act("legal") as ctx:
        assert await notices.read_settings(ctx) == notices.Settings(sms=True, wechat=True)
        assert await notices.save_settings(ctx, sms=False, wechat=False) == notices.Settings(sms=False, wechat=False)
    async with town.firm.act("admin") as ctx:
        assert (await notices.read_settings(ctx)).sms
    await revoked(town)
    await town.work("notices.sms")
    assert [m["to"] for m in town.gateway.messages] == [town.phones["admin"]]
    states = {r["person_id"]: (r["sms"], r["wechat"]) for r in await town.rows()}
    assert states[town.firm.people["legal"]] == ("off", "off")


@pytest.mark.parametrize("fault", ["502", "reset", "html", "truncated_json", "empty", "errcode", "dup_response", "huge_body"])
async def test_a_fault_of_the_gateway_is_tried_again_and_sent_once(town: Town, fault: str) -> None:
    async with town.firm.act() as ctx:
        await notices.tell(ctx, "certificate.revoked", "certificate", "c1", to=["legal"], fields=FIELDS)
    town.gateway.faults = [fault]
    await town.work("notices.sms")
    assert (await town.rows())[0]["sms"] == "waiting"
    await town.work("notices.sms")
    assert (await town.rows())[0]["sms"] == "sent" and len(town.gateway.messages) == 1
    assert await town.work("notices.sms") == 0


async def test_a_job_killed_after_sending_is_repeated_and_sends_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town.firm.act() as ctx:
        await notices.tell(ctx, "certificate.revoked", "certificate", "c1", to=["legal"], fields=FIELDS)
    job = (await town.jobs("notices.sms"))[0]
    known = jobs.KINDS["notices.sms"]

    async def killed(ctx: object, run: object) -> None:
        await known.handler(ctx, run)  # type: ignore[arg-type]
        raise KeyboardInterrupt  # the process ends between the gateway's answer and the commit

    monkeypatch.setitem(jobs.KINDS, "notices.sms", jobs.JobKind(known.kind, killed, known.attempts))
    with pytest.raises(KeyboardInterrupt):
        await jobs.run_job(town.firm.id, job["id"])
    monkeypatch.setitem(jobs.KINDS, "notices.sms", known)
    assert (await town.rows())[0]["sms"] == "waiting" and len(town.gateway.messages) == 1
    await jobs.run_job(town.firm.id, job["id"])
    assert (await town.rows())[0]["sms"] == "sent"
    assert town.gateway.calls == 2 and len(town.gateway.messages) == 1


async def test_no_phone_and_no_gateway_end_the_delivery(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.seeing.execute("update person set phone_sealed = null where id = $1", town.firm.people["legal"])
    await revoked(town)
    await town.work("notices.sms")
    states = {r["person_id"]: r["sms"] for r in await town.rows()}
    assert states == {town.firm.people["legal"]: "no_phone", town.firm.people["admin"]: "sent"}
    assert await town.jobs("notices.sms") == []


async def test_an_operator_tells_the_people_of_the_firm_he_decided_about(town: Town) -> None:
    operator = new_id()
    async with act(PLATFORM_ORG, operator, "ops_approver", "operator") as ctx:
        told = await notices.tell(
            ctx, "certificate.suspended", "certificate", "c1", to=["admin", "legal"], fields=FIELDS, organisation=town.firm.id
        )
        assert told == 2 and ctx.tenant == PLATFORM_ORG
        assert await ctx.db.value("select cur_tenant()") == PLATFORM_ORG  # and acts for the platform again
    assert await town.told() == {"admin", "legal"}
    await town.work("notices.sms")
    assert len(town.gateway.messages) == 2


async def test_a_firm_cannot_tell_the_people_of_another(town: Town, migrator: asyncpg.Connection) -> None:
    other = await make_firm(migrator)
    clock.freeze(NOON)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with town.firm.act() as ctx:
            await notices.tell(ctx, "certificate.issued", "certificate", "c1", to=["legal"], fields=FIELDS, organisation=other.id)


async def test_an_applicant_without_an_account(town: Town) -> None:
    phone, number = notices.Phone("+8613800138666"), f"A{new_id().hex[-12:]}"
    async with act(PLATFORM_ORG, new_id(), "ops_reviewer", "operator") as ctx:
        for told in (1, 0):
            assert await notices.tell(ctx, "application.approved", "application", number, to=[phone], fields=FIELDS) == told
        with pytest.raises(ValueError):
            await notices.tell(ctx, "month.due", "month", "2026-10", to=[phone], fields=FIELDS)
    row = await town.seeing.fetchrow("select * from notice where object_id = $1", number)
    assert row["tenant_id"] == PLATFORM_ORG and row["person_id"] is None and row["phone_sealed"] and b"138001386" not in row["phone_sealed"]
    await town.work("notices.sms", PLATFORM_ORG)
    assert [m["to"] for m in town.gateway.messages] == ["+8613800138666"]
    row = await town.seeing.fetchrow("select * from notice where object_id = $1", number)
    assert row["sms"] == "sent" and row["phone_sealed"] is None  # forgotten


async def test_a_foreign_number_gets_no_text_message(town: Town) -> None:
    number = f"A{new_id().hex[-12:]}"
    async with act(PLATFORM_ORG, new_id(), "ops_reviewer", "operator") as ctx:
        await notices.tell(ctx, "application.approved", "application", number, to=[notices.Phone("+85291234567")], fields=FIELDS)
    await town.work("notices.sms", PLATFORM_ORG)
    assert town.gateway.messages == []
    assert await town.seeing.fetchval("select sms from notice where object_id = $1", number) == "no_phone"


async def test_the_list_is_the_persons_own_over_all_firms(town: Town, migrator: asyncpg.Connection) -> None:
    other = await make_firm(migrator)
    clock.freeze(NOON)
    person: UUID = town.firm.people["legal"]
    for n, firm in enumerate((town.firm, other)):
        clock.freeze(NOON + timedelta(minutes=n))
        async with firm.act() as ctx:
            await notices.tell(ctx, "month.due", "month", "2026-10", to=[person, "admin"], fields=FIELDS, month=202610)
    async with town.firm.act("legal") as ctx:
        page = await notices.list_notices(ctx)
        assert (page.total, page.unread) == (2, 2)
        assert [n.organisation_id for n in page.items] == [other.id, town.firm.id]
        assert page.items[0].month == "2026-10" and page.items[0].link == "/filing/2025?month=2026-10"
        assert (await notices.list_notices(ctx, page=2, page_size=1)).items == page.items[1:]
        await notices.mark_read(ctx, page.items[0].id)
        await notices.mark_read(ctx, page.items[0].id)
    async with act(other.id, person, "legal") as ctx:
        assert (await notices.list_notices(ctx, unread=True)).items[0].organisation_id == town.firm.id
        assert await notices.mark_all_read(ctx) == 1
        assert (await notices.list_notices(ctx)).unread == 0
    async with town.firm.act("admin") as ctx:
        mine = await notices.list_notices(ctx)
        assert [n.organisation_id for n in mine.items] == [town.firm.id] and mine.unread == 1
        with pytest.raises(NotFound):
            await notices.mark_read(ctx, page.items[0].id)


async def test_row_security_hides_other_peoples_notices(town: Town, migrator: asyncpg.Connection) -> None:
    await revoked(town)
    other = await make_firm(migrator)
    clock.freeze(NOON)
    async with other.act() as ctx:
        assert await ctx.db.value("select count(*) from notice") == 0
        assert await ctx.db.run("update notice set read_at = now()") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ctx.db.run("insert into notice select * from notice")


async def test_a_phone_is_given_to_the_job_alone(town: Town) -> None:
    await revoked(town)
    notice = (await town.rows())[0]["id"]
    async with town.firm.act() as ctx:  # somebody signed in
        assert await ctx.db.row("select * from notice_phone($1)", notice) is None
    async with transaction() as db:  # as a job does
        await db.run("select set_config('app.tenant', $1, true)", str(town.firm.id))
        assert len(await db.rows("select * from notice_phone($1)", notice)) == 1
        await db.run("select set_config('app.tenant', $1, true)", str(new_id()))
        assert await db.rows("select * from notice_phone($1)", notice) == []


async def test_a_change_of_a_grant_is_a_message_to_the_agent_and_its_end_one_to_the_representative_too(town: Town, migrator: asyncpg.Connection) -> None:
    import tenants
    import wiring
    from tests.tenants.test_delegation import wanted

    wiring.register_jobs()
    person = new_id()
    async with town.firm.act() as ctx:
        made = await tenants.add_agent(ctx, wanted())
    await migrator.execute("update delegation set person_id = $2 where id = $1", made.id, person)
    async with town.firm.act() as ctx:
        await jobs.enqueue(ctx, "delegation.notice", made.id, version=1001, payload={"what": "ending"})
    for row in await migrator.fetch("select id from outbox where tenant_id = $1 and kind = 'delegation.notice' order by version", town.firm.id):
        await jobs.run_job(town.firm.id, row["id"])
    rows = await migrator.fetch("select kind, person_id from notice where tenant_id = $1 order by kind, person_id = $2 desc", town.firm.id, person)
    assert [(r["kind"], r["person_id"]) for r in rows] == [
        ("delegation.ending", person), ("delegation.ending", town.firm.people["legal"]), ("delegation.granted", person),
    ]  # fmt: skip
