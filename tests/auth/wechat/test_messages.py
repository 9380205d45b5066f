"""Consent counted, messages through the outbox, what WeChat refuses (rules W12-W14, W6)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

import auth
import wiring
from auth.wechat import messages
from auth.wechat.client import WeChat
from core import clock, jobs
from core.clock import utc_now
from core.database import transaction
from core.errors import Problem
from core.ids import new_id
from tests.auth.people import guest, member, organisation, person, sign_in, signed_in
from tests.auth.wechat.conftest import TEMPLATES
from tests.auth.wechat.test_binding import bound
from tests.fakes.wechat import FakeWeChat

DUE, ALARM = str(TEMPLATES["due"]["id"]), str(TEMPLATES["alarm"]["id"])
FIELDS: dict[str, Any] = {"firm": "广州禾川塑料包装有限公司第三分公司东区一号车间", "month": "2026 年 11 月用能", "day": date(2026, 12, 10)}


class Reader:
    """A person with a bound WeChat and a firm, in which he acts."""

    def __init__(self, who: auth.Created, openid: str, org: UUID, signed: auth.SignedIn) -> None:
        self.who, self.openid, self.org, self.signed = who, openid, org, signed

    async def accept(self, fake: FakeWeChat, template: str = "due", times: int = 1) -> int:
        """The popup, here and at WeChat."""
        left = 0
        for _ in range(times):
            fake.quota[self.openid, str(TEMPLATES[template]["id"])] += 1 if template == "due" else 1000
            async with signed_in(self.signed) as ctx:
                left = (await auth.wechat.subscribe(ctx, [(template, "accept")]))[template]
        return left

    async def left(self, template: str = "due") -> int:
        async with guest() as ctx:
            return await auth.wechat.quota(ctx, self.openid, template)

    async def tell(self, event: UUID | None = None, template: str = "due", **fields: Any) -> bool:
        async with signed_in(self.signed) as ctx:
            return await auth.wechat.send_message(
                ctx, self.who.person_id, template, {**FIELDS, **fields}, "pages/filing/index", event_id=event or new_id()
            )


@pytest.fixture
async def reader(fake: FakeWeChat, wx: WeChat, migrator: Any) -> Reader:
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, "legal")
    return Reader(who, await bound(fake, who), org, await sign_in(who))


@pytest.fixture(autouse=True)
async def _registered() -> AsyncIterator[None]:
    wiring.register_jobs()
    fallbacks = list(messages._fallbacks)
    yield
    messages._fallbacks[:] = fallbacks


async def work(migrator: Any, reader: Reader) -> list[tuple[str, str | None]]:
    """Run what waits once; the states of all jobs of the firm after it."""
    for row in await migrator.fetch("select id from outbox where tenant_id = $1 and kind = $2 and state = 'queued'", reader.org, messages.SEND):
        await jobs.run_job(reader.org, row["id"])
    rows = await migrator.fetch("select state, last_error from outbox where tenant_id = $1 and kind = $2 order by created_at", reader.org, messages.SEND)
    return [(r["state"], r["last_error"]) for r in rows]


async def states(migrator: Any, reader: Reader) -> list[str]:
    rows = await migrator.fetch("select state from wx_message where openid = $1 order by created_at", reader.openid)
    return [r["state"] for r in rows]


async def test_one_consent_one_message(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """rules W12, W13, W14: counted up by the popup, down by a success; the values fit; nothing personal in the queue."""
    assert await reader.tell() is False, "no quota: another channel at once"
    assert await reader.accept(fake) == 1 and await reader.tell()
    assert await work(migrator, reader) == [("done", None)] and await reader.left() == 0
    body = fake.sent[0]
    assert body["touser"] == reader.openid and body["page"] == "pages/filing/index" and body["miniprogram_state"] == "formal"
    assert body["data"] == {
        "thing1": {"value": "广州禾川塑料包装有限公司第三分公司东区…"},
        "thing2": {"value": "2026 年 11 月用能"},
        "date3": {"value": "2026年12月10日"},
    }
    assert await reader.tell() is False
    payloads = await migrator.fetch("select payload::text from outbox where tenant_id = $1", reader.org)
    assert all(r["payload"] == "{}" for r in payloads)


async def test_the_same_event_is_one_message(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """rule W13: (event, openid, template) is unique, however often and at once it is asked for."""
    await reader.accept(fake, times=3)
    event = new_id()
    assert all(await asyncio.gather(*[reader.tell(event) for _ in range(8)]))
    assert await work(migrator, reader) == [("done", None)] and len(fake.sent) == 1 and await reader.left() == 2
    assert await work(migrator, reader) == [("done", None)] and len(fake.sent) == 1


async def test_a_rolled_back_change_sends_nothing(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    await reader.accept(fake)
    with pytest.raises(ZeroDivisionError):
        async with signed_in(reader.signed) as ctx:
            await auth.wechat.send_message(ctx, reader.who.person_id, "due", FIELDS, event_id=new_id())
            _ = 1 / 0
    assert await work(migrator, reader) == [] and await states(migrator, reader) == []


async def test_a_failed_send_costs_no_quota_and_comes_again(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """rule W13: at least once overall, at most once per success."""
    await reader.accept(fake)
    await reader.tell()
    fake.script("subscribe_send", "html")
    assert (await work(migrator, reader))[0][0] == "queued" and await reader.left() == 1
    clock.freeze(utc_now() + timedelta(seconds=10))
    assert await work(migrator, reader) == [("done", None)] and await reader.left() == 0 and len(fake.sent) == 1


async def test_43101_sets_the_quota_to_nothing_and_falls_back(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """rule W6: not an error; the notice takes its other channel."""
    told: list[tuple[UUID, UUID | None]] = []

    @auth.wechat.fall_back
    async def other(ctx: Any, event: UUID, account: UUID | None) -> None:
        told.append((event, account))

    await reader.accept(fake, times=3)
    event = new_id()
    await reader.tell(event)
    fake.quota.clear()
    assert await work(migrator, reader) == [("done", None)]
    assert await reader.left() == 0 and await states(migrator, reader) == ["refused"] and told == [(event, reader.who.account_id)]


@pytest.mark.parametrize("errcode", [47003, 40037, 41030])
async def test_what_will_never_work_is_dead_at_once(
    fake: FakeWeChat, reader: Reader, migrator: Any, errcode: int, said: Any
) -> None:
    """rule W6: dead letter with template and fields, alarm; the quota is not spent."""
    await reader.accept(fake)
    await reader.tell()
    fake.script("subscribe_send", f"errcode:{errcode}")
    ((state, error),) = await work(migrator, reader)
    assert state == "dead" and error is not None and str(errcode) in error and DUE in error and "thing1" in error
    assert await reader.left() == 1 and fake.count("subscribe_send") == 1
    assert "wechat.alarm" in said.getvalue() and reader.openid not in said.getvalue() + error


async def test_two_messages_for_the_last_of_the_quota(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """One goes, the other finds nothing left and falls back; WeChat is asked once."""
    await reader.accept(fake)
    await reader.tell()
    await reader.tell()
    assert await work(migrator, reader) == [("done", None)] * 2
    assert sorted(await states(migrator, reader)) == ["no_quota", "sent"] and fake.count("subscribe_send") == 1


async def test_a_wechat_that_was_unbound_gets_nothing(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    await reader.accept(fake)
    await reader.tell()
    async with signed_in(reader.signed) as ctx:
        await auth.wechat.unbind(ctx)
    assert await work(migrator, reader) == [("done", None)]
    assert await states(migrator, reader) == ["unbound"] and fake.sent == []


async def test_a_long_consent_is_not_used_up(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    await reader.accept(fake, "alarm")
    for _ in range(3):
        assert await reader.tell(template="alarm", text="电表离线")
    assert await work(migrator, reader) == [("done", None)] * 3 and await reader.left("alarm") == 1


async def test_reject_and_ban_add_nothing(fake: FakeWeChat, reader: Reader) -> None:
    async with signed_in(reader.signed) as ctx:
        assert await auth.wechat.subscribe(ctx, [("due", "reject"), (ALARM, "ban")]) == {"due": 0, "alarm": 0}
        with pytest.raises(Problem) as caught:
            await auth.wechat.subscribe(ctx, [("due", "accept"), ("nobody", "accept"), ("due", "perhaps")])
    assert [e.path for e in caught.value.errors] == ["items[1].template", "items[2].result"]


async def test_popups_told_twice_count_once_in_any_order(fake: FakeWeChat, reader: Reader) -> None:
    """rule W12: phone and push tell of the same popup; two popups are two."""
    template, at = messages.templates()["due"], utc_now()

    async def told(source: str, seconds: float) -> int:
        async with guest() as ctx:
            return await messages.count(ctx, reader.openid, template, source, "accept", at + timedelta(seconds=seconds))

    assert await told("phone", 0) == 1 and await told("push", 4) == 1
    assert await told("push", 300) == 2 and await told("phone", 290) == 2
    assert await told("phone", 600) == 3 and await told("phone", 620) == 4 and await told("push", 621) == 4 and await told("push", 601) == 4
    assert await told("push", 1000) == 5 and await told("phone", 1200) == 6, "more than two minutes apart: two popups"


async def test_a_stranger_has_nothing_to_count(fake: FakeWeChat, wx: WeChat) -> None:
    async with signed_in(await sign_in(await person())) as ctx:
        assert await auth.wechat.subscribe(ctx, [("due", "accept")]) == {}
        assert await auth.wechat.send_message(ctx, ctx.person_id or new_id(), "due", FIELDS, event_id=new_id()) is False
        assert await auth.wechat.send_message(ctx, ctx.person_id or new_id(), "unknown", {}, event_id=new_id()) is False


async def test_fields_are_sealed(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    await reader.accept(fake)
    await reader.tell(month="机密月份")
    row = await migrator.fetchrow("select * from wx_message where openid = $1", reader.openid)
    assert "机密月份".encode() not in row["fields_sealed"]


def test_templates_are_checked() -> None:
    for bad in ('{"a": {}}', '{"a": {"id": "1", "title": "t", "fields": {"x": "colour1"}}}', '{"a": {"id": "1", "title": "t", "kind": "twice", "fields": {}}}'):
        with pytest.raises(ValueError, match="WX_TEMPLATES"):
            messages.read_templates(bad)


async def test_every_fault_at_the_job(fake: FakeWeChat, reader: Reader, migrator: Any) -> None:
    """rule F4 at the outbox: whatever happens the message is sent in the end, once, and one of the quota is spent for it."""
    from tests.fakes.wechat import FAULTS

    await reader.accept(fake, times=len(FAULTS))
    for n, fault in enumerate(FAULTS, 1):
        await reader.tell()
        before = len(fake.sent)
        # WeChat took it before these faults: told twice, as `at least once` allows
        twice = fault in ("truncated_json", "empty", "dup_response", "huge_body")
        fake.quota[reader.openid, DUE] += twice
        fake.script("subscribe_send", fault)
        await work(migrator, reader)
        clock.freeze(utc_now() + timedelta(seconds=10))
        fake.ahead += 10
        done = await work(migrator, reader)
        assert [s for s, _ in done] == ["done"] * n, fault
        assert len(fake.sent) == before + (2 if twice else 1), fault
    assert await reader.left() == 0


async def test_pushes_of_the_settings_page(fake: FakeWeChat, reader: Reader) -> None:
    await reader.accept(fake, times=2)
    async with transaction() as db:
        await db.run("select wx_quota_none($1, $2, $3, $4)", fake.appid, reader.openid, DUE, utc_now())
    assert await reader.left() == 0


