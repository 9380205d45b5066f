"""A notice as a subscription message: while the quota lasts, once, and nothing is lost without it (W12, W13, W14)."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from secrets import token_hex
from uuid import UUID

import pytest

import notices
from auth.wechat import client, messages
from auth.wechat.client import WeChat
from core import jobs
from core.ids import new_id
from tests.fakes.wechat import DEMO_TEMPLATES, FakeWeChat
from tests.notices.conftest import NOON, Town
from tests.notices.test_telling import FIELDS

MONTH = FIELDS | {"due": "2026-12-15"}


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeWeChat]:
    """A WeChat over a real socket with the demonstration's templates."""
    running = FakeWeChat(appid=f"wx{token_hex(8)}")
    running.templates = {str(t["id"]): list(t["fields"].values()) for t in DEMO_TEMPLATES.values()}  # type: ignore[attr-defined]
    await running.start()
    told = replace(
        messages.settings, wx_api_base=running.url, wx_appid=running.appid, wx_secret=running.secret, wx_templates=json.dumps(DEMO_TEMPLATES)
    )
    for module in (messages, client):
        monkeypatch.setattr(module, "settings", told)
    made = WeChat(running.url, running.appid, running.secret, total=1.5, pause=(0.0, 0.01))
    client.use(made)
    yield running
    client.use(None)
    await made.close()
    await running.stop()


async def bind(town: Town, fake: FakeWeChat, role: str, template: str, quota: int) -> str:
    """The person's WeChat, bound, with so much quota here and there."""
    person: UUID = town.firm.people[role]
    account, openid, template_id = new_id(), f"o{token_hex(8)}", str(DEMO_TEMPLATES[template]["id"])
    await town.seeing.execute(
        "insert into account (id, person_id, login_name, password_hash, profile, password_changed_at) values ($1, $2, $3, '', 'seed001', now())",
        account, person, f"wx{account.hex[-10:]}",
    )  # fmt: skip
    await town.seeing.execute(
        "insert into wx_user (id, appid, openid, account_id, bound_at, seen_at, created_at) values ($1, $2, $3, $4, now(), now(), now())",
        new_id(), fake.appid, openid, account,
    )  # fmt: skip
    await town.seeing.execute(
        "insert into wx_subscription (appid, openid, template_id, kind, remaining, changed_at) values ($1, $2, $3, 'once', $4, now())",
        fake.appid, openid, template_id, quota,
    )  # fmt: skip
    fake.seen[openid] = fake.now()
    fake.quota[openid, template_id] = quota
    return openid


async def due(town: Town, object_id: str = "2026-10") -> None:
    async with town.firm.act() as ctx:
        await notices.tell(ctx, "month.due", "month", object_id, to=["filler"], fields=MONTH, month=202610)


async def state(town: Town, month: str = "2026-10") -> str:
    """What became of the message about a month; the clock stands still, so rows are told apart by their object."""
    (row,) = [r for r in await town.rows() if r["object_id"] == month]
    return str(row["wechat"])


async def test_a_message_goes_out_while_the_quota_lasts(town: Town, fake: FakeWeChat) -> None:
    openid = await bind(town, fake, "filler", "filing_due", 1)
    await due(town)
    assert await state(town) == "waiting"
    assert await town.work("notices.wechat") == 1 and await town.work("wechat.send") == 1
    assert await state(town) == "handed"
    (sent,) = fake.sent
    assert (sent["touser"], sent["page"]) == (openid, "pages/account/messages")
    values = {slot: v["value"] for slot, v in sent["data"].items()}
    assert values["thing2"] == "2026年10月" and values["date3"] == "2026年12月15日" and len(values["thing1"]) <= 20
    await due(town, "2026-11")  # the quota is spent: it stands in the list, and no text message goes out (not marked *)
    assert await state(town, "2026-11") == "no_quota" and await town.jobs("notices.wechat") == [] and await town.jobs("notices.sms") == []


async def test_without_quota_only_what_is_marked_goes_by_text_message(town: Town, fake: FakeWeChat) -> None:
    await bind(town, fake, "legal", "result", 0)
    async with town.firm.act() as ctx:
        await notices.tell(ctx, "certificate.revoked", "certificate", "c1", to=["legal"], fields=FIELDS)
        await notices.tell(ctx, "certificate.issued", "certificate", "c1", to=["legal"], fields=FIELDS)
    await town.work("notices.sms")
    assert len(town.gateway.messages) == 1 and "已撤销" in town.gateway.messages[0]["parameters"]["text"]
    assert fake.sent == [] and {r["wechat"] for r in await town.rows()} == {"no_quota"}


async def test_quota_for_another_template_is_none_for_this(town: Town, fake: FakeWeChat) -> None:
    await bind(town, fake, "filler", "result", 3)
    await due(town)
    await town.work("notices.wechat")
    assert await state(town) == "no_quota" and fake.sent == []


async def test_wechat_says_no_and_the_notice_says_so(town: Town, fake: FakeWeChat) -> None:  # 43101
    openid = await bind(town, fake, "filler", "filing_due", 1)
    fake.quota[openid, str(DEMO_TEMPLATES["filing_due"]["id"])] = 0
    await due(town)
    await town.work("notices.wechat")
    await town.work("wechat.send")
    assert await state(town) == "no_quota" and fake.sent == []


async def test_a_delivery_that_is_killed_and_repeated_sends_once(town: Town, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    await bind(town, fake, "filler", "filing_due", 5)
    await due(town)
    job = (await town.jobs("notices.wechat"))[0]
    known = jobs.KINDS["notices.wechat"]

    async def killed(ctx: object, run: object) -> None:
        await known.handler(ctx, run)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setitem(jobs.KINDS, "notices.wechat", jobs.JobKind(known.kind, killed, known.attempts))
    with pytest.raises(KeyboardInterrupt):
        await jobs.run_job(town.firm.id, job["id"])
    monkeypatch.setitem(jobs.KINDS, "notices.wechat", known)
    for _ in range(2):
        await jobs.run_job(town.firm.id, job["id"])
    await town.work("wechat.send")
    await town.work("wechat.send")
    assert len(fake.sent) == 1


async def test_every_kind_makes_a_message_that_fits(town: Town, fake: FakeWeChat) -> None:  # W14
    await bind(town, fake, "filler", "result", 100)
    told = 0
    for code, kind in notices.KINDS.items():
        if kind.template == "result":
            async with town.firm.act() as ctx:
                told += await notices.tell(ctx, code, "thing", "1", to=["filler"], fields=MONTH)
    await town.work("notices.wechat")
    await town.work("wechat.send")
    assert len(fake.sent) == told > 10
    assert {str(m["data"]["time3"]["value"]) for m in fake.sent} == {"2026年11月21日 12:00"} and NOON.hour == 4
