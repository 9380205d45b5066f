"""Water quotas 用水定额 (WA8): dated rows with their source, loaded by operators from Excel. None is made up here; none is shipped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from openpyxl import Workbook

import tenants
from core.database import Acting
from core.errors import FieldError, Invalid
from core.ids import new_id
from documents import (
    CellFault,
    Column,
    cell_error,
    clean_text,
    new_sheet,
    number_only,
    put,
    read_upload,
    save_workbook,
    to_date,
    to_decimal,
)

SHEET = "用水定额"
FIRST_ROW, MAX_ROWS, MAX_FAULTS = 5, 5000, 200
KEYS = ("product", "unit", "region_code", "industry_code", "advanced", "general", "valid_from", "valid_to", "source", "source_url", "note")
HEADINGS = (
    "产品名称（必填）", "产品单位（必填，如 t）", "地区代码（空为全国）", "行业代码（可空）", "先进值 m³/单位（可空）", "通用值 m³/单位（必填）",
    "生效日期（必填）", "失效日期（可空）", "来源：文件名称与文号（必填）", "来源网址（可空）", "备注（可空）",
)  # fmt: skip
_COLUMNS = "id, product, unit, region_code, industry_code, advanced, general, valid_from, valid_to, source, source_url, note, loaded_at"


@dataclass(frozen=True, slots=True)
class Quota:
    """One dated row, m3 per ``unit``; ``region_code`` empty: all of the country."""

    id: UUID
    product: str
    unit: str
    region_code: str
    industry_code: str
    advanced: Decimal | None
    general: Decimal
    valid_from: date
    valid_to: date | None
    source: str
    source_url: str
    note: str
    loaded_at: Any

    def in_force(self, day: date) -> bool:
        """Whether the row holds on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class QuotaTrial:
    """What an upload says: rows read, faults by cell; added and ended as they are, or would be, written."""

    rows: int
    added: int
    ended: int
    unchanged: int
    errors: list[FieldError]
    stored: bool


async def find_quotas(ctx: Acting, q: str, year: int, limit: int = 30) -> list[Quota]:
    """Rows in force at the end of ``year`` where the acting firm is, whose product or industry contains ``q``; nearest region first."""
    places = await _places(ctx)
    rows = await ctx.db.rows(
        f"select {_COLUMNS} from water_quota where valid_from <= $1 and (valid_to is null or valid_to >= $1) and region_code = any($2)"  # noqa: S608
        " and ($3 = '' or strpos(product, $3) > 0 or starts_with(industry_code, $3))"
        " order by length(region_code) desc, product, unit limit $4",
        date(year, 12, 31), places, clean_text(q), limit,
    )  # fmt: skip
    return [Quota(**r) for r in rows]


async def quotas_of(ctx: Acting, ids: Iterable[UUID]) -> dict[UUID, Quota]:
    """Rows by id, as far as they hold where the acting firm is, in force or not."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    sql = f"select {_COLUMNS} from water_quota where id = any($1) and region_code = any($2)"  # noqa: S608
    return {r["id"]: Quota(**r) for r in await ctx.db.rows(sql, wanted, await _places(ctx))}


async def _places(ctx: Acting) -> list[str]:
    place = await tenants.profile_facts(ctx)
    return ["", *(p.code for p in place.regions), place.region or ""]


_LISTED = " from water_quota where $1 = '' or strpos(product, $1) > 0 or strpos(source, $1) > 0 or starts_with(industry_code, $1)"
_LIST = f"select {_COLUMNS}{_LISTED} order by product, unit, region_code, valid_from desc limit $2 offset $3"
_LIST_COUNT = f"select count(*){_LISTED}"


async def list_quotas(ctx: Acting, *, q: str, page: int, page_size: int) -> tuple[list[Quota], int]:
    """The operator's list, newest first."""
    text = clean_text(q)
    rows = await ctx.db.rows(_LIST, text, page_size, (page - 1) * page_size)
    return [Quota(**r) for r in rows], int(await ctx.db.value(_LIST_COUNT, text))


def quota_template() -> bytes:
    """An empty table with its heads and what each column means."""
    book = Workbook()
    notes = (
        "用水定额导入表",
        "每行一条定额，须写明来源文件的名称和文号。已导入的定额不改数值：修订请写新的生效日期，停用请写失效日期。同一产品、单位、地区、行业、生效日期只能有一条。",
    )
    widths = (22, 16, 16, 14, 18, 18, 14, 14, 40, 30, 20)
    columns = [Column(heading, width, editable=True) for heading, width in zip(HEADINGS, widths, strict=True)]
    sheet = new_sheet(book, SHEET, columns, heading_row=FIRST_ROW - 1, notes=notes, first=True)
    for number, key in enumerate(KEYS, 1):
        put(sheet.cell(FIRST_ROW - 2, number), key)
    sheet.row_dimensions[FIRST_ROW - 2].hidden = True
    for column in ("G", "H"):
        for row in range(FIRST_ROW, FIRST_ROW + 200):
            sheet[f"{column}{row}"].number_format = "yyyy-mm-dd"
    number_only(sheet, f"E{FIRST_ROW}:F{MAX_ROWS}")
    return save_workbook(book)


async def import_quotas(ctx: Acting, data: bytes, *, dry_run: bool) -> QuotaTrial:
    """Read a filled table; without ``dry_run`` its rows are stored when no cell is wrong.

    Raises Invalid: not our table (WRONG_SHEET), or faults (QUOTA_FAULTS); then nothing is stored.
    """
    sheets = await read_upload(data, {SHEET: (MAX_ROWS, len(KEYS))})
    rows, errors = _read(sheets.get(SHEET, []))
    errors += await _unknown_codes(ctx, rows)
    known = await _known(ctx, [r for _, r in rows])
    added = ended = same = 0
    for number, row in rows:
        old = known.get(_key(row))
        if old is None:
            added += 1
        elif any(old[name] != row[name] for name in ("advanced", "general", "source")):
            errors.append(cell_error(number, 6, HEADINGS[5], "同一生效日期已有这条定额且数值或来源不同。已导入的定额不能改，修订请写新的生效日期", "PUBLISHED"))
        elif old["valid_to"] != row["valid_to"]:
            ended += 1
        else:
            same += 1
    errors.sort(key=lambda e: (int("".join(c for c in e.path if c.isdigit()) or 0), e.path))
    trial = QuotaTrial(len(rows), added, ended, same, errors[:MAX_FAULTS], False)
    if dry_run:
        return trial
    if errors:
        raise Invalid(errors[:MAX_FAULTS], f"表中有 {len(errors)} 处需要改正，没有导入任何定额。{errors[0].message}", code="QUOTA_FAULTS")
    if not rows:
        raise Invalid([FieldError("file", "EMPTY", f"表中没有定额，请从第 {FIRST_ROW} 行起填写后再导入。")])
    made = await ctx.db.row(
        "select added, ended from water_quota_load($1::jsonb, $2)", [{"id": str(new_id()), **_plain(r)} for _, r in rows], ctx.now
    )
    assert made is not None
    ctx.audit("water.quotas_loaded", "water_quota", "", detail={"rows": len(rows), "added": made["added"], "ended": made["ended"]})
    return QuotaTrial(len(rows), made["added"], made["ended"], same, [], True)


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("product", "unit", "region_code", "industry_code", "valid_from"))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else format(v, "f") if isinstance(v, Decimal) else v for k, v in row.items()}


def _read(lines: list[list[Any]]) -> tuple[list[tuple[int, dict[str, Any]]], list[FieldError]]:
    keys = [clean_text(v) for v in lines[2]] if len(lines) > 2 else []
    if any(k not in keys for k in KEYS):
        raise Invalid([FieldError("file", "WRONG_SHEET", f"这不是平台的用水定额导入表（缺少“{SHEET}”表或列），请先下载模板，填好后再上传。")])
    rows: list[tuple[int, dict[str, Any]]] = []
    errors: list[FieldError] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in enumerate(lines[FIRST_ROW - 1 :], FIRST_ROW):
        given = {k: cells[keys.index(k)] if keys.index(k) < len(cells) else None for k in KEYS}
        if all(clean_text(v) == "" for v in given.values()):
            continue
        before = len(errors)
        row = {key: _cell(key, given[key], number, keys.index(key) + 1, errors) for key in KEYS}
        errors += _wrong(row, number, {k: keys.index(k) + 1 for k in KEYS}) if len(errors) == before else []
        if len(errors) == before:
            if (first := seen.setdefault(_key(row), number)) != number:
                errors.append(cell_error(number, 1, HEADINGS[0], f"与第 {first} 行是同一条定额，请只保留一行", "DUPLICATE"))
            else:
                rows.append((number, row))
    return rows, errors


def _cell(key: str, value: Any, row: int, column: int, errors: list[FieldError]) -> Any:
    heading = HEADINGS[KEYS.index(key)]
    try:
        if key in ("advanced", "general"):
            return to_decimal(value)
        if key in ("valid_from", "valid_to"):
            return to_date(value)
    except CellFault as fault:
        errors.append(cell_error(row, column, heading, str(fault)))
        return None
    # sources and notes are quoted as they stand; names and codes are compared, so full-width forms are narrowed
    return " ".join(str(value or "").split()) if key in ("source", "note") else clean_text(value)


_LENGTHS = {"product": 50, "unit": 20, "source": 200, "source_url": 300, "note": 200}


def _wrong(row: dict[str, Any], number: int, at: dict[str, int]) -> list[FieldError]:
    def fault(key: str, text: str, code: str = "CELL") -> FieldError:
        return cell_error(number, at[key], HEADINGS[KEYS.index(key)], text, code)

    found = [fault(k, "必填", "REQUIRED") for k in ("product", "unit", "general", "valid_from") if row[k] in ("", None)]
    if len(row["source"]) < 4:
        found.append(fault("source", "请写明来源文件的名称和文号，没有来源的定额不能导入", "REQUIRED"))
    found += [fault(k, f"最多 {most} 个字，现有 {len(row[k])} 个", "TOO_LONG") for k, most in _LENGTHS.items() if len(row[k]) > most]
    if row["source_url"] and not row["source_url"].lower().startswith(("http://", "https://")):
        found.append(fault("source_url", "网址应以 http:// 或 https:// 开头"))
    for key in ("advanced", "general"):
        if row[key] is not None and (row[key] <= 0 or row[key] != round(row[key], 4)):
            found.append(fault(key, "应为大于 0 的数，最多 4 位小数", "RANGE"))
    if not found and row["advanced"] is not None and row["advanced"] > row["general"]:
        found.append(fault("advanced", "先进值不能大于通用值，请核对是否填反"))
    if row["valid_from"] is not None and row["valid_to"] is not None and row["valid_to"] < row["valid_from"]:
        found.append(fault("valid_to", "失效日期早于生效日期，请核对"))
    return found


async def _unknown_codes(ctx: Acting, rows: list[tuple[int, dict[str, Any]]]) -> list[FieldError]:
    found = []
    asked = (("region_code", tenants.known_regions, 3, "行政区划代码"), ("industry_code", tenants.known_industries, 4, "行业代码"))
    for key, known, column, word in asked:
        exist = await known(ctx, sorted({r[key] for _, r in rows if r[key]}))
        found += [
            cell_error(n, column, HEADINGS[column - 1], f"没有{word}“{r[key][:20]}”", "UNKNOWN") for n, r in rows if r[key] and r[key] not in exist
        ]
    return found


async def _known(ctx: Acting, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    sql = "select product, unit, region_code, industry_code, advanced, general, valid_from, valid_to, source from water_quota where product = any($1)"
    return {_key(r): r for r in await ctx.db.rows(sql, sorted({r["product"] for r in rows}))} if rows else {}
