"""Public texts: the version in force for everybody, and the desk where two operators make the next one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import asyncpg

from core.clock import beijing_today
from core.database import Acting, Db
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.ids import new_id
from knowledge.blocks import Block, faults, parse

FOLDER = Path(__file__).resolve().parent / "data"
TITLE_LIMIT, TEXT_LIMIT, NOTE_LIMIT = 60, 60_000, 500

TextKind = Literal["agreement", "guide"]
#: Every text there is, in the order it is listed, and its kind: what people agree to, or what they read.
SLUGS: dict[str, TextKind] = {
    "policy": "guide",
    "grading": "guide",
    "faq": "guide",
    "help": "guide",
    "products": "guide",
    "privacy": "agreement",
}


@dataclass(frozen=True, slots=True)
class TextLine:
    """A published text in the public list."""

    slug: str
    title: str
    kind: TextKind
    version: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublicText:
    """One published version. ``sha256`` is hex, of the text's UTF-8 bytes; ``upcoming``: a newer version begins on that day."""

    slug: str
    title: str
    kind: TextKind
    text: str
    blocks: tuple[Block, ...]
    version: int
    sha256: str
    effective: date
    published_at: datetime
    upcoming: date | None


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A published version in the desk's history."""

    version: int
    title: str
    sha256: str
    effective: date
    published_at: datetime
    origin: Literal["shipped", "operator"]


@dataclass(frozen=True, slots=True)
class TextDraft:
    """The one open draft of a text; ``mine``: the reader wrote in it, so another person has to publish it."""

    id: UUID
    title: str
    text: str
    state: Literal["draft", "proposed"]
    effective: date | None
    revision: int
    note: str
    mine: bool
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class DeskText:
    """A text as the desk sees it; ``text`` and ``title`` are the newest published ones, empty before the first."""

    slug: str
    kind: TextKind
    title: str
    text: str
    draft: TextDraft | None
    versions: list[TextVersion]


_PUBLISHED = """
select slug, title, text, version, sha256, effective, published_at,
       (select min(u.effective) from public_text u where u.slug = t.slug and u.state = 'published' and u.version > t.version
          and u.effective > $2) as upcoming
  from public_text t where state = 'published' and slug = $1
"""


async def current(db: Db, slug: str) -> PublicText:
    """The version in force today: the newest whose day has come, before any has come the first. Raises NotFound."""
    order = " order by (effective <= $2) desc, case when effective <= $2 then version end desc, version limit 1"
    row = await db.row(_PUBLISHED + order, slug, beijing_today())
    if row is None:
        raise NotFound("没有这篇说明，可能还没有发布。")
    return _public(row)


async def of_version(db: Db, slug: str, version: int) -> PublicText:
    """One version, also an old one: what somebody agreed to stays readable. Raises NotFound."""
    row = await db.row(_PUBLISHED + " and version = $3", slug, beijing_today(), version)
    if row is None:
        raise NotFound("没有这个版本。")
    return _public(row)


async def list_current(db: Db) -> list[TextLine]:
    """Every text in force, in the order of :data:`SLUGS`."""
    rows = await db.rows(
        "select distinct on (slug) slug, title, version, published_at from public_text where state = 'published'"
        " order by slug, (effective <= $1) desc, case when effective <= $1 then version end desc, version",
        beijing_today(),
    )
    found = {row["slug"]: row for row in rows}
    return [TextLine(kind=kind, **found[slug]) for slug, kind in SLUGS.items() if slug in found]


def _public(row: Mapping[str, Any]) -> PublicText:
    kind = SLUGS.get(row["slug"], "guide")
    return PublicText(kind=kind, blocks=parse(row["text"]), **row)


async def desk_texts(ctx: Acting) -> list[DeskText]:
    """Every text with its newest version, history and open draft."""
    ctx.require("ops.content.read")
    rows = await ctx.db.rows(
        "select *, coalesce($1 = any (writers), false) as mine from public_text order by slug, version desc nulls first",
        ctx.person_id or ctx.account_id,
    )
    return [_desk(slug, [row for row in rows if row["slug"] == slug]) for slug in SLUGS]


async def desk_text(ctx: Acting, slug: str) -> DeskText:
    """One of them. Raises NotFound."""
    found = next((text for text in await desk_texts(ctx) if text.slug == slug), None)
    if found is None:
        raise NotFound("没有这篇内容。")
    return found


def _desk(slug: str, rows: list[dict[str, Any]]) -> DeskText:
    published = [row for row in rows if row["state"] == "published"]
    open_row = next((row for row in rows if row["state"] != "published"), None)
    kept = ("id", "title", "text", "state", "effective", "revision", "note", "mine", "edited_at")
    listed = ("version", "title", "sha256", "effective", "published_at", "origin")
    newest = published[0] if published else {"title": "", "text": ""}
    return DeskText(
        slug=slug,
        kind=SLUGS[slug],
        title=newest["title"],
        text=newest["text"],
        draft=TextDraft(**{name: open_row[name] for name in kept}) if open_row else None,
        versions=[TextVersion(**{name: row[name] for name in listed}) for row in published],
    )


async def save_draft(
    ctx: Acting, slug: str, title: str, text: str, *, effective: date | None, revision: int, propose: bool
) -> DeskText:
    """Begin the draft of a text (``revision`` 0) or go on with it; ``propose`` puts it before a second person.

    Raises Invalid naming field and line, Conflict STALE_VERSION when somebody else saved meanwhile.
    """
    ctx.require("ops.content.edit")
    said = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n"))
    errors = [*_field_faults(slug, title, said, effective, ctx.today), *faults(said)]
    if errors:
        raise Invalid(errors)
    row = await ctx.db.row(
        "select * from public_text_save($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(),
        slug,
        title.strip(),
        said,
        effective,
        revision,
        propose,
        ctx.now,
    )
    assert row is not None
    if row["outcome"] != "ok":
        raise Conflict("STALE_VERSION", "另一位同事刚保存了这篇草稿。您的文字还在本页，请对照后再保存。")
    ctx.audit("content.proposed" if propose else "content.saved", "public_text", row["text_id"], detail={"slug": slug})
    return await desk_text(ctx, slug)


def _field_faults(slug: str, title: str, text: str, effective: date | None, today: date) -> list[FieldError]:
    found = []
    if slug not in SLUGS:
        found.append(FieldError("slug", "CHOICE", "没有这篇内容，请从列表中选择。"))
    if not 1 <= len(title.strip()) <= TITLE_LIMIT or "\n" in title:
        found.append(FieldError("title", "LENGTH", f"请填标题，不超过 {TITLE_LIMIT} 字。"))
    if not 1 <= len(text) <= TEXT_LIMIT:
        found.append(FieldError("text", "LENGTH", f"请填正文，不超过 {TEXT_LIMIT} 字。"))
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", title + text):
        found.append(FieldError("text", "CHARACTER", "正文含有看不见的控制字符，请从纯文本重新粘贴。"))
    if effective is not None and effective < today:
        found.append(FieldError("effective", "PAST", "生效日不能早于今天。留空为发布当天。"))
    return found


async def decide_text(ctx: Acting, text_id: UUID, revision: int, *, publish: bool, note: str = "") -> DeskText:
    """Publish what another person proposed, or give it back with a reason.

    Raises NotFound; Invalid (no reason); Forbidden TWO_PERSONS for whoever wrote in it; Conflict STALE_VERSION, NOT_PROPOSED,
    EFFECTIVE_PAST, UNCHANGED.
    """
    ctx.require("ops.content.publish")
    if not publish and not 2 <= len(note.strip()) <= NOTE_LIMIT:
        raise Invalid([FieldError("reason", "REQUIRED", f"退回请写明要改什么（{NOTE_LIMIT} 字以内）。")])
    row = await ctx.db.row(
        "select * from public_text_decide($1, $2, $3, $4, $5, $6)", text_id, revision, publish, note.strip(), ctx.now, ctx.today
    )
    assert row is not None
    _refuse(row["outcome"])
    detail = {"slug": row["slug_of"], "version": row["version_now"], "note": note.strip()}
    ctx.audit("content.published" if publish else "content.returned", "public_text", text_id, detail=detail)
    return await desk_text(ctx, row["slug_of"])


def _refuse(outcome: str) -> None:
    if outcome == "not_found":
        raise NotFound("没有这份草稿，可能已经发布或作废。")
    if outcome == "same_person":
        raise Forbidden("TWO_PERSONS", "撰写与发布须由两个人办理，请另一位批准人员处理。")
    refused = {
        "stale": ("STALE_VERSION", "草稿刚被修改，请看过新内容再办理。"),
        "not_proposed": ("NOT_PROPOSED", "这份草稿还没有提请发布，请撰写人提请后再办理。"),
        "past": ("EFFECTIVE_PAST", "草稿写的生效日已经过去，请退回撰写人改为今天以后的日期。"),
        "unchanged": ("UNCHANGED", "草稿与现行版本一字不差，不必发布新版本。请退回或作废。"),
    }
    if outcome in refused:
        raise Conflict(*refused[outcome])


async def drop_draft(ctx: Acting, text_id: UUID, revision: int) -> None:
    """Throw a draft away. Raises Conflict when it is gone or was changed meanwhile."""
    ctx.require("ops.content.edit")
    if not await ctx.db.value("select public_text_drop($1, $2)", text_id, revision):
        raise Conflict("STALE_VERSION", "草稿刚被修改、发布或作废，请刷新查看。")
    ctx.audit("content.dropped", "public_text", text_id)


async def load_reference(connection: asyncpg.Connection) -> None:
    """Publish the texts that come with the program, as the migrator; idempotent.

    A text that operators have published themselves is theirs from then on; a shipped one is followed by a newer shipped one.
    """
    rows = [_shipped(slug) for slug in SLUGS]
    await connection.execute(
        "insert into public_text (id, slug, title, text, state, origin, version, sha256, effective, edited_at, published_at)"
        " select r.id, r.slug, r.title, r.text, 'published', 'shipped', coalesce(l.version, 0) + 1,"
        "        encode(sha256(convert_to(r.text, 'UTF8')), 'hex'), r.effective, now(), now()"
        "   from jsonb_to_recordset($1) as r (id uuid, slug text, title text, text text, effective date)"
        "   left join lateral (select t.version, t.origin, t.title, t.text from public_text t where t.slug = r.slug"
        "     and t.state = 'published' order by t.version desc limit 1) l on true"
        "  where l.version is null or (l.origin = 'shipped' and (l.text, l.title) is distinct from (r.text, r.title))",
        json.dumps(rows),
    )


def _shipped(slug: str) -> dict[str, str]:
    """A file of :data:`FOLDER`: ``# title``, a line with the day it takes effect, an empty line, the text."""
    head, effective, _, text = (FOLDER / f"{slug}.md").read_text("utf-8").split("\n", 3)
    date.fromisoformat(effective)
    return {"id": str(new_id()), "slug": slug, "title": head.removeprefix("# "), "effective": effective, "text": text.strip()}
