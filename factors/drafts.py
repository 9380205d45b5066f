"""New versions of factors and parameters 因子版本 (S20, 18.3): one operator drafts, another confirms sources and publishes.

A row of a draft follows a row of the library: ``version`` is a newer value of it, ``confirm`` states that somebody read the source of an
unverified row, which until then no firm sees. Published rows never change; publishing closes the open-ended row before and raises the
epoch, so that every process computes with the new row at its next question. Months already submitted keep what they were computed with.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.database import Acting, Db
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem
from core.ids import new_id
from factors.catalogue import PROVINCES, Ask, Catalogue, Row, from_record
from factors.library import COLUMNS
from factors.parameters import PARAMETER_NAMES

CONFIDENCES = {"verified-2-sources": "两处来源一致", "one-source": "一处来源", "unverified": "未核实"}
STATES = {"draft": "起草中", "review": "待复核", "published": "已发布", "withdrawn": "已作废"}
AVERAGES = ("provincial_average", "national_average", "regional_average")
_NUMBER = re.compile(r"\A[0-9]{1,12}(\.[0-9]{1,12})?\Z")
_FURTHEST = timedelta(days=731)
_GONE = "没有这份草稿，可能已被作废，请刷新列表。"


@dataclass(frozen=True, slots=True)
class NewRow:
    """What an author writes of one row. ``value``: a decimal string, or the JSON of a parameter. ``region_code``: a place without a row yet."""

    base_code: str
    value: Any
    source: str
    act: str = "version"
    base_from: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    factor_year: int | None = None
    region_code: str | None = None
    source_url: str = ""
    confidence: str = "unverified"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A row of the library beside which a new one stands."""

    code: str
    value: Any
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row of a draft; ``current``: what it replaces."""

    position: int
    act: str
    base_code: str
    base_from: date | None
    code: str
    name: str
    unit: str
    value: Any
    valid_from: date | None
    valid_to: date | None
    factor_year: int | None
    region_code: str
    source: str
    source_url: str
    confidence: str
    note: str
    confirmed_by: str
    confirmed_at: datetime | None
    current: Held | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Why a draft cannot be published: two rows of one value would be in force on the same days."""

    position: int
    code: str
    valid_from: date | None
    valid_to: date | None
    text: str


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """One move of a draft."""

    at: datetime
    what: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list. ``mine``: the acting person wrote it."""

    id: UUID
    number: int
    kind: str
    title: str
    state: str
    version: int
    author: str
    mine: bool
    made_at: datetime
    changed_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class DraftPage:
    """One page of drafts, those to be decided first."""

    items: list[DraftLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class FactorDraft:
    """A draft with its rows, why it cannot be published, and its history. ``impact``: what the publisher was shown."""

    draft: DraftLine
    rows: list[DraftRow]
    overlaps: list[Overlap]
    warnings: list[str]
    events: list[DraftEvent]
    impact: dict[str, Any] | None


_LINE = """
select d.id, d.number, d.kind, d.title, d.state, d.version, d.made_by_name as author, d.made_by = $1 as mine, d.made_at, d.changed_at,
       d.decided_by_name as decided_by, d.decided_at, d.reason, (select count(*) from factor_draft_row r where r.draft_id = d.id) as rows
"""


async def list_drafts(ctx: Acting, *, kind: str = "", state: str = "", page: int = 1, page_size: int = 20) -> DraftPage:
    """Drafts of both kinds, those in review first. ``state``: one of :data:`STATES` or ``open``."""
    ctx.require("ops.factor.read")
    where = " from factor_draft d where ($2 = '' or d.kind = $2) and ($3 = '' or d.state = $3 or ($3 = 'open' and d.state in ('draft', 'review')))"
    rows = await ctx.db.rows(
        _LINE + ", count(*) over () as total" + where + " order by d.state = 'review' desc, d.state = 'draft' desc, d.changed_at desc limit $4 offset $5",
        ctx.person_id, kind, state, page_size, (page - 1) * page_size,
    )  # fmt: skip
    return DraftPage([_line(r) for r in rows], rows[0]["total"] if rows else 0, page, page_size)


async def get_draft(ctx: Acting, draft_id: UUID) -> FactorDraft:
    """One draft with what it would replace. Raises NotFound."""
    ctx.require("ops.factor.read")
    head = await ctx.db.row(_LINE + ", d.impact from factor_draft d where d.id = $2", ctx.person_id, draft_id)
    if head is None:
        raise NotFound(_GONE)
    impact = head.pop("impact")
    rows = await ctx.db.rows(_ROWS, draft_id)
    shown = [_draft_row(head["kind"], r) for r in rows]
    overlaps = await _overlaps(ctx.db, draft_id) if head["state"] in ("draft", "review") else []
    events = await ctx.db.rows("select at, what, reason, by_name as by from factor_draft_event where draft_id = $1 order by id", draft_id)
    return FactorDraft(_line(head), shown, overlaps, _warnings(rows), [DraftEvent(**e) for e in events], impact)


_ROWS = """
select r.*, coalesce(
  (select to_jsonb(h) from (select f.code, f.value_text as value, f.valid_from, f.valid_to, f.source, f.confidence from factor f
     where d.kind = 'factor' and r.act = 'version' and f.confidence <> 'unverified' and f.valid_key < r.valid_from
       and factor_series(f.category, f.kind, f.region_code, f.code)
         = factor_series(r.record->>'category', r.record->>'kind', r.record->>'region_code', r.code)
     order by f.valid_key desc limit 1) h),
  (select to_jsonb(h) from (select f.code, f.value_text as value, f.valid_from, f.valid_to, f.source, f.confidence from factor f
     where d.kind = 'factor' and r.act = 'confirm' and f.code = r.base_code and f.valid_key = r.base_key) h),
  (select to_jsonb(h) from (select p.code, p.value, p.valid_from, null::date as valid_to, p.source, p.confidence from parameter p
     where d.kind = 'parameter' and p.code = r.code and (r.act = 'confirm' and p.valid_from = r.base_key or r.act = 'version' and p.valid_from < r.valid_from)
     order by p.valid_from desc limit 1) h)) as current
  from factor_draft_row r join factor_draft d on d.id = r.draft_id where r.draft_id = $1 order by r.position
"""


def _line(row: dict[str, Any]) -> DraftLine:
    return DraftLine(**{k: v for k, v in row.items() if k != "total"})


def _draft_row(kind: str, row: dict[str, Any]) -> DraftRow:
    record, held = row["record"], row["current"]
    current = None
    if held is not None:
        current = Held(held["code"], held["value"], _day(held["valid_from"]), _day(held["valid_to"]), held["source"], held["confidence"])
    value = record["value_text"] if kind == "factor" else record["value"]
    return DraftRow(
        row["position"], row["act"], row["base_code"], None if row["base_key"] == date(1, 1, 1) else row["base_key"], row["code"],
        record.get("name") or row["code"], record["unit"], value, row["valid_from"], _day(record.get("valid_to")), record.get("factor_year"),
        record.get("region_code") or "", record["source"], record.get("source_url") or "", record["confidence"], record.get("note") or "",
        row["confirmed_by_name"], row["confirmed_at"], current,
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _warnings(rows: list[dict[str, Any]]) -> list[str]:
    printed = [r["record"]["name"] for r in rows if r["record"].get("category") == "carrier" and r["record"].get("property") == "co2_factor"]
    return [f"{name}的 CO2 因子在计算时由低位发热量、单位热值含碳量、碳氧化率相乘得出，这一行只作对照；要改变计算结果请起草那三项。" for name in printed]


async def _overlaps(db: Db, draft_id: UUID) -> list[Overlap]:
    """Every overlap with its sentence."""
    rows = await db.rows("select o.*, r.valid_from as mine from factor_draft_overlaps($1) o join factor_draft_row r on r.draft_id = $1 and r.position = o.place order by o.place", draft_id)
    return [Overlap(r["place"], r["code"], r["valid_from"], r["valid_to"], _overlap_text(r)) for r in rows]


def _overlap_text(row: dict[str, Any]) -> str:
    since = row["valid_from"] or "最初"
    span = f"{since} 至 {row['valid_to']}" if row["valid_to"] else f"{since} 至今"
    mine = f"新值自 {row['mine']} 起" if row["mine"] else "新值没有起始日"
    if row["in_draft"]:
        return f"第 {row['place'] + 1} 行与本草稿的另一行（{row['code']}，{span}）有效期重叠，请删去一行或错开日期。"
    return f"第 {row['place'] + 1} 行{mine}，与已发布的 {row['code']}（{span}）有效期重叠；已发布的不能改，请把起始日改在它之后。"


async def make_draft(ctx: Acting, kind: str, title: str, rows: Sequence[NewRow]) -> FactorDraft:
    """Write a draft. Raises Invalid naming each bad field, NotFound."""
    ctx.require("ops.factor.propose")
    draft_id = new_id()
    return await _put(ctx, draft_id, 0, kind, title, rows)


async def edit_draft(ctx: Acting, draft_id: UUID, version: int, title: str, rows: Sequence[NewRow]) -> FactorDraft:
    """Write it anew, by its author. Raises Invalid, NotFound, Forbidden, Conflict (STALE_VERSION, STATE)."""
    ctx.require("ops.factor.propose")
    held = await get_draft(ctx, draft_id)
    return await _put(ctx, draft_id, max(version, 1), held.draft.kind, title, rows)


async def _put(ctx: Acting, draft_id: UUID, version: int, kind: str, title: str, rows: Sequence[NewRow]) -> FactorDraft:
    said = " ".join(title.split())
    faults = [] if 2 <= len(said) <= 100 else [FieldError("title", "REQUIRED", "请写明这次发布的名称（2–100 字），例如“2024 年度电力因子”。")]
    records = []
    for n, row in enumerate(rows):
        record, wrong = await (_factor_record if kind == "factor" else _parameter_record)(ctx, row, f"rows[{n}]")
        faults += wrong
        records.append({"position": n, **record})
    if faults:
        raise Invalid(faults)
    outcome = await ctx.db.value("select factor_draft_put($1, $2, $3, $4, $5, $6, $7)", draft_id, version, kind, said, records, await _actor(ctx), ctx.now)
    if outcome != "ok":
        raise await _refusal(ctx, draft_id, outcome)
    ctx.audit("factor.drafted", "factor_draft", draft_id, detail={"kind": kind, "rows": [r["code"] for r in records]})
    return await get_draft(ctx, draft_id)


async def _factor_record(ctx: Acting, row: NewRow, at: str) -> tuple[dict[str, Any], list[FieldError]]:
    """The row as table ``factor`` will hold it, and what is wrong with what was written."""
    sql = "select * from factor where code = $1 and ($2::text is null or valid_key = $2::text::date) order by valid_key desc limit 1"
    since = str(row.base_from or date.min) if row.base_from or row.act == "confirm" else None  # as text: the driver takes date.min for -infinity
    base = await ctx.db.row(sql, row.base_code, since)
    if base is None:
        return {}, [FieldError(f"{at}.base_code", "UNKNOWN", "因子库里没有这一行，请从列表中选择。")]
    if base["value"] is None or base["category"] == "gwp":
        return {}, [FieldError(f"{at}.base_code", "FIXED", "这一行是填报单位或国际评估值，不在平台上改版。")]
    faults = _common_faults(ctx, row, at, base)
    if not isinstance(row.value, str) or not _NUMBER.match(row.value):
        faults.append(FieldError(f"{at}.value", "VALUE", f"请按公告填写数值（十进制，单位 {base['unit']}），最多 12 位小数。"))
    record = {name: _text(base[name]) for name in COLUMNS if name != "valid_key"}
    if row.act == "version":
        record |= {"valid_from": _text(row.valid_from), "valid_to": _text(row.valid_to), "note": row.note.strip()}
        if base["category"] == "grid":
            faults += _follow_year(record, base, row, at)
    else:
        record |= {"valid_to": _text(row.valid_to or base["valid_to"]), "note": row.note.strip() or base["note"]}
    record |= {"value": row.value, "value_text": row.value, "source": row.source.strip(), "source_url": row.source_url.strip(), "confidence": row.confidence}
    return _place(row, record, base["valid_key"]), faults


def _follow_year(record: dict[str, Any], base: dict[str, Any], row: NewRow, at: str) -> list[FieldError]:
    """A grid factor carries its year (and place) in code, name and set."""
    year, old = row.factor_year, base["factor_year"]
    if base["kind"] not in AVERAGES:
        return []
    if year is None or not 2000 <= year <= 2100:
        return [FieldError(f"{at}.factor_year", "REQUIRED", "请填电力因子对应的年度（四位年份）。")]
    place = row.region_code or base["region_code"]
    if place != base["region_code"] and (base["kind"] != "provincial_average" or place[2:] != "0000" or place[:2] not in PROVINCES):
        return [FieldError(f"{at}.region_code", "REGION", "只有省级平均因子可以换到别的省，请填该省的行政区划代码。")]
    code = base["code"].replace(base["region_code"], place) if place != base["region_code"] else base["code"]
    record["code"] = f"{code.removesuffix(f'-{old}')}-{year}"
    named = str(base["name"]).replace(f"{old}年", f"{year}年")
    record["name"] = named if place == base["region_code"] else f"{year}年{place} 电力平均二氧化碳排放因子"
    record |= {"factor_year": year, "factor_set": f"{base['kind']}_{year}", "region_code": place}
    return []


async def _parameter_record(ctx: Acting, row: NewRow, at: str) -> tuple[dict[str, Any], list[FieldError]]:
    sql = "select * from parameter where code = $1 and ($2::date is null or valid_from = $2) order by valid_from desc limit 1"
    base = await ctx.db.row(sql, row.base_code, row.base_from)
    if base is None:
        return {}, [FieldError(f"{at}.base_code", "UNKNOWN", "参数表里没有这一项，请从列表中选择。")]
    faults = _common_faults(ctx, row, at, base)
    if row.valid_to is not None:
        faults.append(FieldError(f"{at}.valid_to", "FIXED", "参数用到下一版为止，不填截止日。"))
    if not same_shape(row.value, base["value"]):
        faults.append(FieldError(f"{at}.value", "VALUE", "数值的写法应与现行值一致：同样的项目、同样的个数，数字写成十进制。"))
    record = {"code": row.base_code, "name": PARAMETER_NAMES.get(row.base_code, row.base_code), "value": row.value, "unit": base["unit"], "source": row.source.strip(), "confidence": row.confidence, "note": row.note.strip()}
    return _place(row, record, base["valid_from"]), faults


def same_shape(new: Any, old: Any) -> bool:
    """Is a parameter written as the one before: same keys, same length, decimals where decimals were?"""
    if isinstance(old, dict):
        return isinstance(new, dict) and new.keys() == old.keys() and all(same_shape(new[k], old[k]) for k in old)
    if isinstance(old, list):
        return isinstance(new, list) and len(new) == len(old) and all(same_shape(a, b) for a, b in zip(new, old, strict=True))
    if isinstance(old, bool) or old is None:
        return type(new) is type(old)
    if isinstance(old, str) and not _NUMBER.match(old):
        return isinstance(new, str) and 0 < len(new) <= 200
    return isinstance(new, (str, int)) and not isinstance(new, bool) and bool(_NUMBER.match(str(new)))


def _common_faults(ctx: Acting, row: NewRow, at: str, base: dict[str, Any]) -> list[FieldError]:
    faults = []
    if row.act == "version":
        if row.valid_from is None:
            faults.append(FieldError(f"{at}.valid_from", "REQUIRED", "请填新值从哪一天起有效（一般是公告发布日）。"))
        elif not date(1990, 1, 1) <= row.valid_from <= ctx.today + _FURTHEST:
            faults.append(FieldError(f"{at}.valid_from", "DATE", "起始日应在 1990 年以后，且不晚于两年后的今天。"))
        if row.valid_to is not None and row.valid_from is not None and row.valid_to < row.valid_from:
            faults.append(FieldError(f"{at}.valid_to", "DATE", "截止日不能早于起始日；用到下一版为止的，请留空。"))
    elif base["confidence"] != "unverified":
        faults.append(FieldError(f"{at}.base_code", "VERIFIED", "这一行的来源已经核实，不需要再确认；要改数值请新建版本。"))
    if row.confidence not in CONFIDENCES:
        faults.append(FieldError(f"{at}.confidence", "CHOICE", "可信度请选：两处来源一致、一处来源、未核实。"))
    if not 4 <= len(row.source.strip()) <= 300:
        faults.append(FieldError(f"{at}.source", "REQUIRED", "请写明发布单位、文件名和文号（4–300 字）。"))
    return faults


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _place(row: NewRow, record: dict[str, Any], base_key: date) -> dict[str, Any]:
    since = _text(row.valid_from) if row.act == "version" else record.get("valid_from") or (str(base_key) if base_key > date(1, 1, 1) else None)
    return {"act": row.act, "base_code": row.base_code, "base_key": str(base_key), "code": record["code"], "valid_from": since, "record": record}


async def review_draft(ctx: Acting, draft_id: UUID, version: int) -> FactorDraft:
    """送复核, by the author. Raises NotFound, Invalid (EMPTY), Conflict (OVERLAP, STATE, STALE_VERSION), Forbidden."""
    ctx.require("ops.factor.propose")
    held = await get_draft(ctx, draft_id)
    if not held.rows:
        raise Invalid([FieldError("rows", "EMPTY", "草稿还没有内容，请至少加一行。")])
    if held.overlaps:
        raise Conflict("OVERLAP", held.overlaps[0].text)
    return await _move(ctx, draft_id, version, "review", "")


async def return_draft(ctx: Acting, draft_id: UUID, version: int, reason: str) -> FactorDraft:
    """Back to the author with the reason. Raises NotFound, Invalid, Conflict."""
    ctx.require("ops.factor.publish")
    said = " ".join(reason.split())
    if not 2 <= len(said) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明退回的原因（2–500 字），起草人会看到。")])
    return await _move(ctx, draft_id, version, "draft", said)


async def withdraw_draft(ctx: Acting, draft_id: UUID, version: int) -> FactorDraft:
    """Give it up, by the author while it is not in review. Raises NotFound, Conflict, Forbidden."""
    ctx.require("ops.factor.propose")
    return await _move(ctx, draft_id, version, "withdrawn", "")


async def _move(ctx: Acting, draft_id: UUID, version: int, to: str, reason: str) -> FactorDraft:
    outcome = await ctx.db.value("select factor_draft_move($1, $2, $3, $4, $5, $6)", draft_id, version, to, reason, await _actor(ctx), ctx.now)
    if outcome != "ok":
        raise await _refusal(ctx, draft_id, outcome)
    ctx.audit(f"factor.{'returned' if to == 'draft' else to}", "factor_draft", draft_id, detail={"reason": reason})
    return await get_draft(ctx, draft_id)


async def confirm_source(ctx: Acting, draft_id: UUID, version: int, position: int, *, confidence: str, source: str, source_url: str) -> FactorDraft:
    """确认来源: another person read the source of an unverified row. Raises NotFound, Invalid, Forbidden, Conflict."""
    ctx.require("ops.factor.publish")
    faults = []
    if confidence not in CONFIDENCES or confidence == "unverified":
        faults.append(FieldError("confidence", "CHOICE", "请选择：一处来源，或两处来源一致。"))
    if not 4 <= len(source.strip()) <= 300:
        faults.append(FieldError("source", "REQUIRED", "请写明您读到的文件名和文号（4–300 字）。"))
    if faults:
        raise Invalid(faults)
    facts = {"confidence": confidence, "source": source.strip()} | ({"source_url": source_url.strip()} if source_url.strip() else {})
    outcome = await ctx.db.value("select factor_draft_confirm($1, $2, $3, $4, $5, $6)", draft_id, version, position, facts, await _actor(ctx), ctx.now)
    if outcome != "ok":
        raise await _refusal(ctx, draft_id, outcome)
    ctx.audit("factor.confirmed", "factor_draft", draft_id, detail={"position": position, "source": source.strip()})
    return await get_draft(ctx, draft_id)


async def publish_draft(ctx: Acting, draft_id: UUID, version: int, impact: dict[str, Any]) -> FactorDraft:
    """Publish what another person drafted. ``impact``: what was shown before, kept with the draft.

    Raises NotFound, Forbidden TWO_PERSONS, Conflict (OVERLAP, UNVERIFIED, STATE, STALE_VERSION).
    """
    ctx.require("ops.factor.publish")
    outcome = await ctx.db.value("select factor_draft_publish($1, $2, $3, $4, $5)", draft_id, version, impact, await _actor(ctx), ctx.now)
    if outcome != "ok":
        raise await _refusal(ctx, draft_id, outcome)
    made = await get_draft(ctx, draft_id)
    ctx.audit("factor.published", "factor_draft", draft_id, detail={"number": made.draft.number, "rows": [r.code for r in made.rows], "firms": impact.get("firms")})
    return made


async def _actor(ctx: Acting) -> str:
    sql = "select display_name_masked from membership where tenant_id = $1 and person_id = $2"
    return str(await ctx.db.value(sql, ctx.tenant, ctx.person_id) or "")


async def _refusal(ctx: Acting, draft_id: UUID, outcome: str) -> Problem:
    if outcome == "gone":
        return NotFound(_GONE)
    if outcome == "same":
        return Forbidden("TWO_PERSONS", "起草与发布须由两个人办理，请另一位审批人员处理。")
    if outcome == "other":
        return Forbidden("NOT_AUTHOR", "这份草稿由另一位人员起草，只有起草人可以修改、送复核或作废。")
    if outcome == "unverified":
        return Conflict("UNVERIFIED", "草稿里还有来源未核实的行，企业看不到这样的值。请先逐行确认来源，再发布。")
    held = await get_draft(ctx, draft_id)
    if outcome == "overlap":
        return Conflict("OVERLAP", held.overlaps[0].text if held.overlaps else "有效期与已发布的值重叠，请刷新后查看。")
    if outcome == "stale":
        return Conflict("STALE_VERSION", "草稿刚被改过，请刷新后再办理。", current_version=held.draft.version, state=held.draft.state)
    return Conflict("STATE", f"这份草稿现在是“{STATES[held.draft.state]}”，不能这样操作，请刷新后再看。", state=held.draft.state)


@dataclass(frozen=True, slots=True)
class Versions:
    """The library without and with a draft, from the day all its rows are in force."""

    number: int
    name: str
    kind: str
    before: Catalogue
    after: Catalogue
    known_on: date
    valid_from: date


async def versions(ctx: Acting, draft_id: UUID) -> Versions:
    """Two catalogues to compare. Raises NotFound."""
    draft = await get_draft(ctx, draft_id)
    held = [from_record(r) for r in await ctx.db.rows("select * from factor where category <> 'gwp' order by code, valid_key")]
    known_on = max([ctx.today, *(r.valid_from for r in draft.rows if r.valid_from is not None)])
    since = min((r.valid_from for r in draft.rows if r.valid_from is not None), default=ctx.today)
    added = [] if draft.draft.kind == "parameter" else await _added(ctx.db, draft_id)
    keys = {(r.factor.code, r.factor.valid_from) for r in added}
    standing = [r for r in held if (r.factor.code, r.factor.valid_from) not in keys]
    name = draft.rows[0].name if len(draft.rows) == 1 else draft.draft.title
    before = held if draft.draft.state != "published" else standing
    return Versions(draft.draft.number, name, draft.draft.kind, Catalogue(before), Catalogue([*standing, *added]), known_on, since)


async def _added(db: Db, draft_id: UUID) -> list[Row]:
    """The rows of a draft as the catalogue will read them; one whose source nobody confirmed yet counts as if it were."""
    made = []
    for row in await db.rows("select record from factor_draft_row where draft_id = $1 order by position", draft_id):
        record = row["record"]
        typed = record | {"value": Decimal(record["value"]), "valid_from": _day(record["valid_from"]), "valid_to": _day(record["valid_to"])}
        found = from_record(typed)
        made.append(replace(found, factor=replace(found.factor, confidence="one-source")))
    return made


def touched(before: Catalogue, after: Catalogue, ask: Ask) -> list[tuple[str, str]]:
    """(energy, province) whose values in force differ; province ``''`` where it does not matter, ``CN`` for firms of unknown place."""
    found = [(code, "") for code in after.codes if code != "electricity" and before.carrier(code, ask) != after.carrier(code, ask)]
    places: Iterable[str] = ("CN", *(f"{p}0000" for p in PROVINCES))
    for place in places:
        question = replace(ask, province=place)
        if before.carrier("electricity", question) != after.carrier("electricity", question):
            found.append(("electricity", place))
    return found
