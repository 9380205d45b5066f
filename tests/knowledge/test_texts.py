"""Public texts: two persons, versions that stand, days of effect (18.3: ops_data writes, ops_approver of another person publishes)."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

import knowledge
from core import clock
from core.database import Acting, transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import PLATFORM_ORG, new_id
from tests.filing.world import act

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
WRITER, SECOND, APPROVER = new_id(), new_id(), new_id()


def writer(person: UUID = WRITER) -> AbstractAsyncContextManager[Acting]:
    return act(PLATFORM_ORG, person, "ops_data", "operator")


def approver(person: UUID = APPROVER) -> AbstractAsyncContextManager[Acting]:
    return act(PLATFORM_ORG, person, "ops_approver", "operator")


async def save(slug: str = "faq", text: str = "## 问\n答", *, revision: int = 0, propose: bool = True, title: str = "常见问题",
               effective: date | None = None, person: UUID = WRITER) -> knowledge.TextDraft:  # fmt: skip
    async with writer(person) as ctx:
        made = await knowledge.save_draft(ctx, slug, title, text, effective=effective, revision=revision, propose=propose)
    assert made.draft is not None
    return made.draft


async def publish(draft: knowledge.TextDraft, person: UUID = APPROVER, revision: int | None = None) -> knowledge.DeskText:
    async with approver(person) as ctx:
        return await knowledge.decide_text(ctx, draft.id, draft.revision if revision is None else revision, publish=True)


@pytest.fixture(autouse=True)
async def clean(database: str, migrator: asyncpg.Connection) -> AsyncIterator[None]:
    clock.freeze(NOON)
    yield
    await migrator.execute("alter table public_text disable trigger user")
    await migrator.execute("delete from public_text where origin <> 'shipped'")
    await migrator.execute("alter table public_text enable trigger user")


async def test_the_shipped_texts_are_there_with_their_digest() -> None:
    async with transaction(read_only=True) as db:
        assert [t.slug for t in await knowledge.list_current(db)] == list(knowledge.SLUGS)
        privacy = await knowledge.current(db, "privacy")
    assert (privacy.version, privacy.kind, privacy.title) == (1, "agreement", "隐私政策")
    assert privacy.sha256 == hashlib.sha256(privacy.text.encode()).hexdigest()
    assert privacy.effective <= TODAY
    for word in ("证件号码", "90 天", "400 天", "3 年", "导出", "注销", "热线"):  # table P, P6, P7
        assert word in privacy.text


async def test_loading_again_changes_nothing(migrator: asyncpg.Connection) -> None:
    before = await migrator.fetchval("select count(*) from public_text")
    await knowledge.load_reference(migrator)
    assert await migrator.fetchval("select count(*) from public_text") == before


async def test_one_writes_another_publishes() -> None:
    draft = await save(text="## 新问\n新答")
    async with transaction(read_only=True) as db:
        assert (await knowledge.current(db, "faq")).version == 1
    after = await publish(draft)
    assert after.draft is None and [v.version for v in after.versions] == [2, 1]
    async with transaction(read_only=True) as db:
        now = await knowledge.current(db, "faq")
        old = await knowledge.of_version(db, "faq", 1)
    assert (now.version, now.text, now.effective) == (2, "## 新问\n新答", TODAY)
    assert now.sha256 == hashlib.sha256(now.text.encode()).hexdigest()
    assert old.version == 1 and old.text != now.text


async def test_nobody_who_wrote_in_it_publishes_it() -> None:
    draft = await save()
    draft = await save(revision=draft.revision, text="## 问\n另一个答", person=SECOND)
    for person in (WRITER, SECOND):
        with pytest.raises(Forbidden) as refused:
            await publish(draft, person)
        assert refused.value.code == "TWO_PERSONS"
    await publish(draft)


async def test_a_draft_that_is_not_proposed_is_not_published() -> None:
    draft = await save(propose=False)
    with pytest.raises(Conflict) as refused:
        await publish(draft)
    assert refused.value.code == "NOT_PROPOSED"


async def test_what_changed_after_reading_is_not_published() -> None:
    draft = await save()
    await save(revision=draft.revision, text="## 问\n悄悄改过")
    with pytest.raises(Conflict) as refused:
        await publish(draft)
    assert refused.value.code == "STALE_VERSION"


async def test_two_editors_at_once() -> None:
    draft = await save(propose=False)
    await save(revision=draft.revision, propose=False, text="## 甲\n甲")
    for revision in (draft.revision, 0):
        with pytest.raises(Conflict) as refused:
            await save(revision=revision, text="## 乙\n乙", person=SECOND)
        assert refused.value.code == "STALE_VERSION"


async def test_given_back_with_a_reason_and_proposed_again() -> None:
    draft = await save()
    async with approver() as ctx:
        with pytest.raises(Invalid):
            await knowledge.decide_text(ctx, draft.id, draft.revision, publish=False, note=" ")
    async with approver() as ctx:
        after = await knowledge.decide_text(ctx, draft.id, draft.revision, publish=False, note="请写明热线")
    assert after.draft is not None and (after.draft.state, after.draft.note) == ("draft", "请写明热线")
    again = await save(revision=after.draft.revision, text="## 问\n请拨热线")
    assert again.note == ""
    await publish(again)


async def test_a_version_that_begins_later() -> None:
    draft = await save("privacy", "## 新政策\n内容", title="隐私政策", effective=TODAY + timedelta(days=7))
    await publish(draft)
    async with transaction(read_only=True) as db:
        now = await knowledge.current(db, "privacy")
    assert (now.version, now.upcoming) == (1, TODAY + timedelta(days=7))
    clock.freeze(NOON + timedelta(days=7))
    async with transaction(read_only=True) as db:
        now = await knowledge.current(db, "privacy")
    assert (now.version, now.upcoming) == (2, None)


async def test_a_day_of_effect_that_has_passed_meanwhile() -> None:
    draft = await save(effective=TODAY + timedelta(days=1))
    clock.freeze(NOON + timedelta(days=2))
    with pytest.raises(Conflict) as refused:
        await publish(draft)
    assert refused.value.code == "EFFECTIVE_PAST"


async def test_before_any_day_of_effect_the_first_version_stands() -> None:
    clock.freeze(datetime(2020, 1, 1, tzinfo=UTC))
    async with transaction(read_only=True) as db:
        assert (await knowledge.current(db, "privacy")).version == 1
        assert len(await knowledge.list_current(db)) == len(knowledge.SLUGS)


async def test_the_same_words_are_no_new_version() -> None:
    async with transaction(read_only=True) as db:
        now = await knowledge.current(db, "faq")
    with pytest.raises(Conflict) as refused:
        await publish(await save(text=now.text, title=now.title))
    assert refused.value.code == "UNCHANGED"


async def test_a_draft_is_thrown_away() -> None:
    draft = await save()
    async with writer() as ctx:
        with pytest.raises(Conflict):
            await knowledge.drop_draft(ctx, draft.id, draft.revision + 1)
    async with writer() as ctx:
        await knowledge.drop_draft(ctx, draft.id, draft.revision)
    async with writer() as ctx:
        assert (await knowledge.desk_text(ctx, "faq")).draft is None


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"slug": "nothing"}, "slug", "CHOICE"),
        ({"title": " "}, "title", "LENGTH"),
        ({"title": "长" * 61}, "title", "LENGTH"),
        ({"text": "  \n "}, "text", "LENGTH"),
        ({"text": "好" * 60_001}, "text", "LENGTH"),
        ({"text": "隐\x00身"}, "text", "CHARACTER"),
        ({"text": "[点](javascript:alert(1))"}, "text", "LINK"),
        ({"text": "<img src=x>"}, "text", "HTML"),
        ({"effective": TODAY - timedelta(days=1)}, "effective", "PAST"),
    ],
)
async def test_what_an_editor_has_to_put_right(fields: dict[str, object], path: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await save(**fields)  # type: ignore[arg-type]
    assert (path, code) in {(e.path, e.code) for e in refused.value.errors}


async def test_a_published_version_is_never_changed(migrator: asyncpg.Connection) -> None:
    for statement in ("update public_text set text = 'x' where slug = 'faq'", "delete from public_text where slug = 'faq'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await migrator.execute(statement)


async def test_only_operators_reach_the_desk(database: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with act(new_id(), new_id(), "legal") as ctx:
            await ctx.db.row("select * from public_text_save($1, 'faq', 't', 'x', null, 0, true, now())", new_id())
    async with approver() as ctx:
        with pytest.raises(Forbidden):
            await knowledge.save_draft(ctx, "faq", "常见问题", "x", effective=None, revision=0, propose=True)
    async with writer() as ctx:
        with pytest.raises(Forbidden):
            await knowledge.decide_text(ctx, new_id(), 1, publish=True)
    async with approver() as ctx:
        with pytest.raises(NotFound):
            await knowledge.decide_text(ctx, new_id(), 1, publish=True)


async def test_a_text_that_operators_published_is_theirs(migrator: asyncpg.Connection) -> None:
    await publish(await save(text="## 自己的\n内容"))
    await knowledge.load_reference(migrator)
    async with transaction(read_only=True) as db:
        assert (await knowledge.current(db, "faq")).version == 2
