"""Excel of filing: the month sheet out and in (dry run, difference, confirm into the draft), the year as a workbook.

An upload never files anything: it becomes the month's draft, and what is odd is asked at the preview like anything typed.
"""

import hashlib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.styles import Protection
from openpyxl.worksheet.worksheet import Worksheet

import inventory
from carbon import (
    USE_NAMES,
    PeriodError,
    UnitError,
    convert,
    month_code,
    month_int,
    plain,
    quantise,
    same_dimension,
    shift,
    short,
)
from core.database import Acting
from core.errors import FieldError, Invalid
from documents import (
    CellFault,
    Column,
    cell_error,
    clean_text,
    mark_faults,
    new_sheet,
    number_only,
    offer,
    protect,
    put,
    read_upload,
    save_workbook,
    suggest,
    to_decimal,
    write_table,
)
from filing.drafts import Draft, read_draft, save_draft
from filing.templates import Item, current_template

CODE, LAYOUT = "FILING_MONTH", "1"
MAIN, PROCESS, META = "填报", "过程排放", "_meta"
KEYS = ("item_id", "label", "use", "last", "unit", "amount")
HEADINGS = ("编号", "能源", "用途", "上月用量", "单位", "本月用量")
PROCESS_HEADINGS = ("名称", "排放量（tCO2，减排填负数）", "说明（负数必填）")
FIRST_ROW, PROCESS_ROWS, MAX_ROWS = 5, 30, 600
UNIT_WORDS = {"10^4kWh": "万kWh", "10^4Nm3": "万Nm3", "10^4m3": "万m3", "10^4t": "万t", "10^4GJ": "万GJ", "10^8kWh": "亿kWh", "10^8m3": "亿m3"}
UNIT_SYMBOLS = {word: symbol for symbol, word in UNIT_WORDS.items()}


@dataclass(frozen=True, slots=True)
class SheetChange:
    """One value the sheet would change in the draft; amounts in the item's unit (process lines: tCO2)."""

    item_id: UUID | None
    name: str
    unit: str
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True, slots=True)
class SheetTrial:
    """What an upload says: filled rows, faults by cell (at most 200), changes against draft or filed values; ``draft`` once confirmed."""

    month: str
    rows: int
    errors: list[FieldError]
    changes: list[SheetChange]
    draft: Draft | None = None


@dataclass(slots=True)
class SheetRead:
    """The sheet's values."""

    amounts: dict[UUID, Decimal] = field(default_factory=dict)
    process: list[dict[str, str]] = field(default_factory=list)
    faults: list[FieldError] = field(default_factory=list)


def _period(month: str) -> int:
    try:
        return month_int(month)
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None


def _fingerprint(items: list[Item]) -> str:
    return hashlib.sha256("|".join(f"{i.id}:{i.unit}" for i in items).encode()).hexdigest()[:16]


async def _items(ctx: Acting, period: int) -> list[Item]:
    items = (await current_template(ctx)).of(period)
    if not items:
        raise Invalid([FieldError("month", "NO_TEMPLATE", f"{month_code(period)} 还没有填报模板，请先设置企业用到的能源。")])
    return items


async def month_sheet(ctx: Acting, month: str) -> bytes:
    """The month's sheet as .xlsx: drop-downs, locked cells, hidden keys, values of the draft or of the filed month filled in."""
    period = _period(month)
    items = await _items(ctx, period)
    now = await _current(ctx, period, month)
    last = await _filed(ctx, shift(period, -1))
    book = Workbook()
    notes = (
        f"能耗填报 {period // 100} 年 {period % 100} 月",
        "只填白色单元格。没有使用请填 0，空着表示未填。单位可从下拉列表中选择，系统自动换算。填好后在填报页“导入 Excel”。",
    )
    columns = [
        Column(h, w, editable=h in ("单位", "本月用量")) for h, w in zip(HEADINGS, (4, 28, 18, 16, 12, 18), strict=True)
    ]
    sheet = new_sheet(book, MAIN, columns, heading_row=4, notes=notes, first=True)
    for number, key in enumerate(KEYS, 1):
        put(sheet.cell(3, number), key)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["A"].hidden = True
    for row, item in enumerate(items, FIRST_ROW):
        _item_row(book, sheet, row, item, now.amounts.get(item.id), last.get(str(item.id)))
    number_only(sheet, f"F{FIRST_ROW}:F{FIRST_ROW + len(items) - 1}")
    _process_sheet(book, now.process)
    _meta_sheet(book, month, items)
    protect(book)
    return save_workbook(book)


def _item_row(book: Workbook, sheet: Worksheet, row: int, item: Item, amount: Decimal | None, last: str | None) -> None:
    words = [UNIT_WORDS.get(u, u) for u in same_dimension(item.unit)]
    values = (str(item.id), item.label, USE_NAMES[item.use], Decimal(last) if last else None, UNIT_WORDS.get(item.unit, item.unit), amount)
    for column, value in enumerate(values, 1):
        put(sheet.cell(row, column), value)
    for column in (5, 6):
        sheet.cell(row, column).protection = Protection(locked=False)
    sheet.cell(row, 6).number_format = item.number_format
    offer(book, sheet, f"E{row}", words, blank=False)


def _process_sheet(book: Workbook, lines: list[dict[str, str]]) -> None:
    columns = [Column(h, w, editable=True) for h, w in zip(PROCESS_HEADINGS, (30, 26, 50), strict=True)]
    notes = ("过程排放", "工艺过程的直接排放，减排填负数并写说明。不填 CCER、绿证、碳汇。")
    sheet = new_sheet(book, PROCESS, columns, heading_row=4, notes=notes)
    for row in range(FIRST_ROW, FIRST_ROW + PROCESS_ROWS):
        line = lines[row - FIRST_ROW] if row - FIRST_ROW < len(lines) else None
        for column, key in enumerate(("name", "co2", "note"), 1):
            cell = sheet.cell(row, column)
            cell.protection = Protection(locked=False)
            if line and line.get(key):
                put(cell, Decimal(line[key]) if key == "co2" else line[key])
    number_only(sheet, f"B{FIRST_ROW}:B{FIRST_ROW + PROCESS_ROWS - 1}", negative=True)


def _meta_sheet(book: Workbook, month: str, items: list[Item]) -> None:
    sheet = book.create_sheet(META)
    for row, pair in enumerate((("code", CODE), ("layout", LAYOUT), ("month", month), ("keys", _fingerprint(items))), 1):
        for column, value in enumerate(pair, 1):
            put(sheet.cell(row, column), value)
    sheet.sheet_state = "veryHidden"


async def _filed(ctx: Acting, period: int) -> dict[str, str]:
    """Filed amounts of one month by item id (or name of a process line)."""
    context = await inventory.filed_context(ctx, [period])
    return {key: entry["amount"] for (_, key), entry in context.live.items()}


async def _current(ctx: Acting, period: int, month: str) -> SheetRead:
    """What the month holds now: the draft over the filed values."""
    filed = await _filed(ctx, period)
    read = SheetRead({UUID(k): Decimal(v) for k, v in filed.items() if _is_id(k)})
    body = (await read_draft(ctx, month)).body if period <= ctx.today.year * 100 + ctx.today.month else {}
    for value in body.get("values") or []:
        if _is_id(value.get("item_id")) and value.get("amount") not in (None, ""):
            read.amounts[UUID(value["item_id"])] = Decimal(value["amount"])
    read.process = body.get("process") or [{"name": k, "co2": v, "note": ""} for k, v in filed.items() if not _is_id(k)]
    return read


def _is_id(text: Any) -> bool:
    try:
        UUID(str(text))
        return True
    except ValueError:
        return False


async def try_sheet(ctx: Acting, month: str, data: bytes) -> SheetTrial:
    """Dry run: read an upload, name each bad cell, list what it would change. Stores nothing. Raises Invalid on a file that is none of ours."""
    return (await _try(ctx, month, data))[0]


async def confirm_sheet(ctx: Acting, month: str, data: bytes, by_name: str = "") -> SheetTrial:
    """The same, and the values become the month's draft. Raises Invalid naming each bad cell; then nothing is stored."""
    trial, read = await _try(ctx, month, data)
    if trial.errors:
        raise Invalid(trial.errors, f"表中有 {len(trial.errors)} 处需要改正，没有导入任何数据。{trial.errors[0].message}", code="SHEET_FAULTS")
    held = await read_draft(ctx, month)
    values = {v["item_id"]: v.get("amount") for v in held.body.get("values") or []}
    values |= {str(item): short(amount) for item, amount in read.amounts.items()}
    body = held.body | {"values": [{"item_id": k, "amount": v} for k, v in values.items()]}
    if read.process or "process" not in body:
        body["process"] = read.process
    body.setdefault("green", None)
    body.setdefault("reasons", {})
    draft = await save_draft(ctx, month, held.version, body, by_name)
    ctx.audit("filing.sheet_imported", "month", month, detail={"rows": trial.rows, "changes": len(trial.changes)})
    return replace(trial, draft=draft)


async def marked_sheet(ctx: Acting, month: str, data: bytes) -> bytes:
    """The upload handed back with red cells, comments and a list of faults."""
    trial = await try_sheet(ctx, month, data)
    return mark_faults(data, MAIN, [f for f in trial.errors if not f.path.startswith(PROCESS)])


async def _try(ctx: Acting, month: str, data: bytes) -> tuple[SheetTrial, SheetRead]:
    period = _period(month)
    if period > ctx.today.year * 100 + ctx.today.month:
        raise Invalid([FieldError("month", "MONTH_NOT_ENDED", f"{month} 还没有到，不能填报未来的月份。")])
    items = await _items(ctx, period)
    sheets = await read_upload(data, {MAIN: (MAX_ROWS, 12), PROCESS: (FIRST_ROW + 100, 3), META: (10, 2)})
    _check_meta(sheets, month, items)
    read = SheetRead()
    _read_items(sheets[MAIN], {i.id: i for i in items}, read)
    _read_process(sheets.get(PROCESS, []), read)
    now = await _current(ctx, period, month)
    before = {p["name"]: p["co2"] for p in now.process}
    changes = [
        SheetChange(i.id, i.label, i.unit, now.amounts.get(i.id), read.amounts[i.id])
        for i in items
        if i.id in read.amounts and read.amounts[i.id] != now.amounts.get(i.id)
    ]
    for line in read.process:
        old = before.get(line["name"])
        if old in (None, "") or Decimal(str(old)) != Decimal(line["co2"]):
            changes.append(SheetChange(None, line["name"], "tCO2", Decimal(str(old)) if old else None, Decimal(line["co2"])))
    return SheetTrial(month, len(read.amounts) + len(read.process), read.faults[:200], changes), read


def _check_meta(sheets: dict[str, list[list[Any]]], month: str, items: list[Item]) -> None:
    meta = {clean_text(r[0]): clean_text(r[1]) for r in sheets.get(META, []) if len(r) > 1}
    if MAIN not in sheets or meta.get("code") != CODE or meta.get("layout") != LAYOUT:
        raise Invalid([FieldError("file", "WRONG_SHEET", "这不是平台下载的能耗填报表，请先下载本月模板，填好后再上传。")])
    if meta.get("month") != month:
        raise Invalid([FieldError("file", "WRONG_MONTH", f"这是 {meta.get('month')} 的填报表，当前月份是 {month}，请选对月份再上传。")])
    if meta.get("keys") != _fingerprint(items):
        raise Invalid([FieldError("file", "OLD_TEMPLATE", "填报模板已更新，请重新下载本月模板，把数值填入后再上传。")])


def _read_items(rows: list[list[Any]], items: dict[UUID, Item], read: SheetRead) -> None:
    """Rows of the main sheet; columns are found by the hidden keys, so moved columns still read."""
    keys = [clean_text(v) for v in rows[2]] if len(rows) > 2 else []
    if any(k not in keys for k in ("item_id", "unit", "amount")):
        raise Invalid([FieldError("file", "WRONG_SHEET", "填报表缺少列，请重新下载本月模板后再填。")])
    column = {k: keys.index(k) for k in ("item_id", "unit", "amount")}
    at = column["amount"] + 1
    for number, cells in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        value = {k: cells[c] if c < len(cells) else None for k, c in column.items()}
        code = clean_text(value["item_id"])
        try:
            amount = to_decimal(value["amount"])
        except CellFault as fault:
            read.faults.append(cell_error(number, at, "本月用量", str(fault)))
            continue
        if not code and amount is None:
            continue
        item = items.get(UUID(code)) if _is_id(code) else None
        if item is None or item.id in read.amounts:
            text = "与前面的行重复，请只保留一行" if item else "不是模板里的行，请勿自行增加行，需要时先修改填报模板"
            read.faults.append(cell_error(number, 2, "能源", text))
        elif amount is not None:
            take(read, item, amount, clean_text(value["unit"]), number, at, column["unit"] + 1)


def take(read: SheetRead, item: Item, amount: Decimal, unit: str, row: int, at: int, unit_at: int) -> None:
    if amount < 0:
        read.faults.append(cell_error(row, at, "本月用量", f"不能为负数（填的是“{plain(amount)}”），没有使用请填 0", "NEGATIVE"))
        return
    symbol = UNIT_SYMBOLS.get(unit, unit)
    try:
        converted = convert(amount, symbol, item.unit)
    except UnitError:
        words = [UNIT_WORDS.get(u, u) for u in same_dimension(item.unit)]
        hint = suggest(unit, words) or f"可选：{'、'.join(words[:6])}"
        read.faults.append(cell_error(row, unit_at, "单位", f"不能使用“{unit[:20]}”，{hint}", "UNIT"))
        return
    if converted != quantise(converted, 6):
        text = f"换算成 {UNIT_WORDS.get(item.unit, item.unit)} 后超过 6 位小数，请直接按 {UNIT_WORDS.get(item.unit, item.unit)} 填写"
        read.faults.append(cell_error(row, at, "本月用量", text, "PRECISION"))
        return
    if text := item.too_fine(converted):
        read.faults.append(cell_error(row, at, "本月用量", text, "PRECISION"))
        return
    read.amounts[item.id] = quantise(converted, 6)


def _read_process(rows: list[list[Any]], read: SheetRead) -> None:
    for number, cells in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        name, note = clean_text(cells[0] if cells else None), clean_text(cells[2] if len(cells) > 2 else None)
        try:
            co2 = to_decimal(cells[1] if len(cells) > 1 else None)
        except CellFault as fault:
            read.faults.append(_elsewhere(cell_error(number, 2, "排放量", str(fault))))
            continue
        if not name and co2 is None:
            continue
        text = None
        if not name or co2 is None:
            text = (1, "名称", "请填写名称") if not name else (2, "排放量", "请填写排放量，没有请删去这一行")
        elif len(name) > 50:
            text = (1, "名称", f"最多 50 个字，现有 {len(name)} 个")
        elif co2 < 0 and not note:
            text = (3, "说明", "排放量为负（减排）时请写明原因")
        elif len(note) > 200:
            text = (3, "说明", "最多 200 个字")
        if text:
            read.faults.append(_elsewhere(cell_error(number, *text)))
        elif co2 is not None:
            read.process.append({"name": name, "co2": short(co2), "note": note})


def _elsewhere(fault: FieldError) -> FieldError:
    return FieldError(f"{PROCESS}!{fault.path}", fault.code, f"“{PROCESS}”表{fault.message}")


async def year_workbook(ctx: Acting, year: int) -> bytes:
    """The year as filed (EM3): amounts and tCO2 by month, details with factors. Blank months stay blank, zeros are zeros."""
    facts = await inventory.year_facts(ctx, year)
    months = [f"{n} 月" for n in range(1, 13)]
    heads = ["项目", "用途", "单位", *months, "合计", "已填月数"]
    filed = {m["period"] % 100 for m in facts.months}
    details = [
        [
            month_code(e["period"]), e["name"], USE_NAMES.get(e["use"], e["use"]), UNIT_WORDS.get(e["unit"], e["unit"]), Decimal(e["amount"]), e["factor_code"],
            _factor(e), Decimal(e["co2_t"]), _maybe(e["tce_equivalent"]), _maybe(e["tce_equal_value"]), e["trace"].get("formula", ""),
            "合填分摊" if e["split_estimated"] else "", e["note"],
        ]
        for e in facts.lines
    ]  # fmt: skip
    totals = [
        [
            month_code(m["period"]), Decimal(m["co2_total"]), Decimal(m["co2_direct"]), Decimal(m["co2_indirect"]), Decimal(m["co2_process"]),
            _maybe(m["tce_equivalent"]), _maybe(m["tce_equal_value"]), m["version"], m["submitted_at"], m["submitted_by_name"],
        ]
        for m in facts.months
    ]  # fmt: skip
    return write_table(
        {
            "用量": (heads, _matrix(facts, "amount", filed)),
            "碳排放tCO2": (heads, _matrix(facts, "co2_t", filed)),
            "月度合计": (["月份", "碳排放 tCO2", "直接", "间接", "过程", "能耗 tce（当量）", "能耗 tce（等价）", "版本", "提交时间", "提交人"], totals),
            "明细": (
                ["月份", "项目", "用途", "单位", "用量", "因子", "因子值", "tCO2", "tce（当量）", "tce（等价）", "计算过程", "估算", "说明"],
                details,
            ),
        },
        widths=(22, 16, 12),
    )


def _maybe(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _factor(line: dict[str, Any]) -> str:
    factor = line["trace"].get("factor") or {}
    return f"{factor.get('value', '')} {factor.get('unit', '')}".strip()


def _matrix(facts: inventory.YearFacts, name: str, filed: set[int]) -> list[list[object]]:
    rows: dict[tuple[str, str, str], dict[int, Decimal]] = {}
    for entry in facts.lines:
        unit = "tCO2" if name == "co2_t" else UNIT_WORDS.get(entry["unit"], entry["unit"])
        cells = rows.setdefault((entry["name"], USE_NAMES.get(entry["use"], entry["use"]), unit), {})
        number = entry["period"] % 100
        cells[number] = cells.get(number, Decimal(0)) + Decimal(entry[name])
    mark = f"{len(filed)}/12" + ("" if len(filed) == 12 else " *")
    return [
        [*key, *(cells.get(n) for n in range(1, 13)), sum(cells.values(), Decimal(0)), mark]
        for key, cells in rows.items()
    ]
