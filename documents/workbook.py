"""Excel in and out: a guard before anything is parsed, bounded reading, exact numbers, text that stays text (documents 2.4, 3.3).

Import order: size → :func:`check_workbook` → ``read_only`` openpyxl within given rows and columns → conversion cell by cell. Every
refusal says what to do. Blank or bad cells never become 0.
"""

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core.errors import FieldError, Invalid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_BYTES = 20_000_000
MAX_MEMBERS = 400
MAX_INFLATED = 200_000_000
MAX_PART = {"xl/sharedStrings.xml": 30_000_000, "xl/styles.xml": 8_000_000}
MAX_TAGS = 3_000_000
MAX_FINDINGS = 200

_DENIED: tuple[tuple[str, str], ...] = (
    ("vbaproject", "文件里有宏，请在 Excel 中“另存为”不含宏的 .xlsx 后再上传。"),
    ("macrosheets", "文件里有宏表，请另存为不含宏的 .xlsx 后再上传。"),
    ("externallinks", "文件引用了别的工作簿，请在 Excel“数据 › 编辑链接”中断开链接后再上传。"),
    ("activex", "文件里有控件，请删去控件后再上传。"),
    ("embeddings", "文件里嵌有其他文件，请删去嵌入对象后再上传。"),
    ("connections", "文件里有数据连接，请删去连接后再上传。"),
    ("querytables", "文件里有外部查询，请删去查询后再上传。"),
    ("customdata", "文件里有自定义数据，请新建工作簿粘贴数值后再上传。"),
)
_ALLOWED = re.compile(
    r"\A(\[Content_Types\]\.xml|_rels/\.rels|docProps/[\w.-]+\.(xml|jpe?g|png|emf|wmf)|customXml/[\w./-]+|_xmlsignatures/[\w./-]+"
    r"|xl/[\w./ -]+\.(xml|rels|vml|png|jpe?g|gif|emf|wmf|bin|svg)|docMetadata/[\w./-]+\.xml)\Z",
    re.I,
)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([^\"']{1,40})[\"']", re.I)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse(detail: str, reason: str) -> Invalid:
    """The refusal of a whole file; ``reason`` is a stable word for logs and tests."""
    return Invalid([FieldError("file", "WORKBOOK_REFUSED", detail)], detail, code="WORKBOOK_REFUSED", reason=reason)


def check_workbook(data: bytes, *, max_bytes: int = MAX_BYTES, max_inflated: int = MAX_INFLATED) -> None:
    """Look at the package before any parser does. Raises Invalid (WORKBOOK_REFUSED) with a sentence that says what to do.

    Real bytes are counted while inflating; sizes that the file states about itself are never trusted.
    """
    if len(data) > max_bytes:
        raise refuse(f"文件超过 {max_bytes // 1_000_000} MB，请只保留填报表后再上传。", "too_big")
    _check_kind(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = _check_members(package, max_inflated)
            _check_parts(package, infos, max_inflated)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        KeyError,
    ) as error:
        raise refuse("文件不完整或已损坏，请用 Excel 打开后另存为 .xlsx 再上传。", "damaged") from error


def _check_kind(data: bytes) -> None:
    if data[:8] == _OLE:
        raise refuse("这是旧格式 .xls 或加了密码的文件，请另存为未加密的 .xlsx 后再上传。", "ole")
    if data[:4] == b"PK\x03\x04":
        return
    if not data:
        raise refuse("文件是空的，请选择填好的 .xlsx 文件。", "empty")
    head = data[:512].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<")):
        raise refuse("这其实是网页或 XML 文件，只是改了扩展名，请用 Excel 打开后另存为 .xlsx。", "markup")
    if head.startswith(b"%pdf"):
        raise refuse("这是 PDF 文件，请上传 .xlsx 填报表。", "pdf")
    raise refuse("这不是 .xlsx 文件（可能是 .csv 或文本改了扩展名），请用 Excel 打开后另存为 .xlsx。", "not_zip")


def _check_members(package: zipfile.ZipFile, max_inflated: int) -> list[zipfile.ZipInfo]:
    infos = sorted(package.infolist(), key=lambda i: i.header_offset)
    if len(infos) > MAX_MEMBERS:
        raise refuse(f"文件内部有 {len(infos)} 个部件，远多于正常的填报表，请用平台下载的模板填写。", "members")
    names = [i.filename for i in infos]
    if len({n.lower() for n in names}) != len(names):
        raise refuse("文件内部有重名部件，请用 Excel 打开后另存为 .xlsx 再上传。", "duplicates")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        raise refuse("这不是 Excel 工作簿（可能是 Word 或压缩包改了扩展名），请上传 .xlsx 填报表。", "not_workbook")
    end = 0
    for info in infos:
        name = info.filename
        if info.header_offset < end:
            raise refuse("文件内部结构有重叠，请用 Excel 打开后另存为 .xlsx 再上传。", "overlap")
        end = info.header_offset + 30 + info.compress_size
        low = name.lower()
        for word, sentence in _DENIED:
            if word in low:
                raise refuse(sentence, word)
        if name.endswith("/"):
            continue
        if ".." in name or "\\" in name or name.startswith("/") or not _ALLOWED.match(name):
            raise refuse(f"文件内部有不认识的部件（{name[:60]}），请用 Excel 打开后另存为 .xlsx 再上传。", "part_name")
        if info.flag_bits & 0x1:
            raise refuse("文件加了密码，请取消密码另存为 .xlsx 后再上传。", "encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse("文件的压缩方式不受支持，请用 Excel 打开后另存为 .xlsx 再上传。", "method")
    if infos and infos[0].header_offset != 0:
        raise refuse("文件开头夹带了其他内容，请用 Excel 打开后另存为 .xlsx 再上传。", "prefix")
    if sum(i.file_size for i in infos) > max_inflated:
        raise refuse("文件解压后过大，请只保留填报表后再上传。", "inflated")
    return infos


def _check_parts(package: zipfile.ZipFile, infos: list[zipfile.ZipInfo], max_inflated: int) -> None:
    total = tags = 0
    for info in infos:
        if info.filename.endswith("/"):
            continue
        markup = info.filename.lower().endswith((".xml", ".rels", ".vml", ".svg"))
        limit, got, tail, first = MAX_PART.get(info.filename, max_inflated), 0, b"", True
        with package.open(info) as part:
            while chunk := part.read(65536):
                got += len(chunk)
                total += len(chunk)
                if got > limit or total > max_inflated:
                    raise refuse("文件解压后过大，请只保留填报表后再上传。", "inflated")
                if not markup:
                    continue
                if first:
                    _check_encoding(chunk)
                    first = False
                window = tail + chunk
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise refuse(
                        "文件内部含 DTD 或实体声明，正常的 Excel 文件没有这些，请用 Excel 打开后另存为 .xlsx。", "dtd"
                    )
                if info.filename == "[Content_Types].xml" and b"macroEnabled" in window:
                    raise refuse("这是启用宏的工作簿（.xlsm），请另存为不含宏的 .xlsx 后再上传。", "macro_enabled")
                tags += chunk.count(b"<")
                if tags > MAX_TAGS:
                    raise refuse("表格单元格过多，请只保留填报表后再上传。", "cells")
                tail = chunk[-32:]


def _check_encoding(head: bytes) -> None:
    declared = _ENCODING.search(head[:400])
    odd = head[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in head[:64] or head[:4] == b"+/v8"
    if odd or (declared and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        raise refuse("文件内部编码不是 UTF-8，请用 Excel 打开后另存为 .xlsx 再上传。", "encoding")


# --- reading ---------------------------------------------------------------------------------------------------------


class Uncalculated:
    """A formula cell whose value no program has computed yet: an error for the reader, never a blank."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNCALCULATED"


UNCALCULATED = Uncalculated()
Value = Any  # str | int | float | bool | date | datetime | None | Uncalculated


def read_sheets(data: bytes, sheets: Mapping[str, tuple[int, int]]) -> dict[str, list[list[Value]]]:
    """Values of the named sheets within ``(max_row, max_col)`` each; a sheet that is not there is absent from the answer.

    Rows and columns count from the sheet's first cell, leading blank ones included, so row 6 of the file is index 5. Trailing
    blank rows are dropped. Raises Invalid (WORKBOOK_REFUSED).
    """
    check_workbook(data)
    values = _load(data, sheets, data_only=True)
    if _has_formulas(data):
        for name, rows in _load(data, sheets, data_only=False).items():
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("=") and _at(values[name], i, j) is None:
                        _put(values[name], i, j, UNCALCULATED)
    for rows in values.values():
        while rows and all(v is None or v == "" for v in rows[-1]):
            rows.pop()
    return values


def read_rows(data: bytes, max_row: int, max_col: int, sheet: str | None = None) -> list[list[Value]]:
    """Values of one sheet (the first when unnamed), at most ``max_row`` × ``max_col``. Raises Invalid (WORKBOOK_REFUSED)."""
    found = read_sheets(data, {sheet or "": (max_row, max_col)})
    if not found:
        raise refuse(f"工作簿里没有“{sheet}”表，请用平台下载的模板填写。", "sheet_missing")
    return next(iter(found.values()))


def _load(data: bytes, sheets: Mapping[str, tuple[int, int]], data_only: bool) -> dict[str, list[list[Value]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        try:
            answer: dict[str, list[list[Value]]] = {}
            for name, (max_row, max_col) in sheets.items():
                if name and name not in book.sheetnames:
                    continue
                sheet = book[name] if name else book.worksheets[0]
                rows = sheet.iter_rows(min_row=1, max_row=max_row, min_col=1, max_col=max_col, values_only=True)
                answer[name] = [list(row) for row in rows]
            return answer
        finally:
            book.close()
    except Invalid:
        raise
    except Exception as error:  # a parser may fail in any way on a hostile file; the reader needs one sentence
        raise refuse(
            "表格内容无法读取，请用平台下载的模板填写，或用 Excel 打开后另存为 .xlsx。", "unreadable"
        ) from error


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                tail = b""
                with package.open(name) as part:
                    while chunk := part.read(65536):
                        window = tail + chunk
                        if b"<f>" in window or b"<f " in window or b":f>" in window or b"<f/>" in window:
                            return True
                        tail = chunk[-4:]
    return False


def _at(rows: list[list[Value]], i: int, j: int) -> Value:
    return rows[i][j] if i < len(rows) and j < len(rows[i]) else None


def _put(rows: list[list[Value]], i: int, j: int, value: Value) -> None:
    while len(rows) <= i:
        rows.append([])
    while len(rows[i]) <= j:
        rows[i].append(None)
    rows[i][j] = value


def read_safely(data: bytes, sheets: dict[str, tuple[int, int]]) -> dict[str, list[list[Value]]] | tuple[str, str]:
    """:func:`read_sheets` for a child process: a refusal comes back as (sentence, reason)."""
    try:
        return read_sheets(data, sheets)
    except Invalid as refusal:
        return refusal.detail, str(refusal.extra.get("reason", ""))


async def read_upload(data: bytes, sheets: Mapping[str, tuple[int, int]]) -> dict[str, list[list[Value]]]:
    """:func:`read_sheets` in a child process with a time limit: what an uploaded file costs never stops the server."""
    from documents.render import renderer

    answer = await renderer().run(read_safely, data, dict(sheets))
    if isinstance(answer, tuple):
        raise refuse(*answer)
    return answer


# --- cells -----------------------------------------------------------------------------------------------------------


class CellFault(ValueError):
    """A cell that cannot be taken as it is; the text says what is expected and what was found."""


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_NUMBER = re.compile(r"\A-?[0-9]{1,12}(\.[0-9]{1,6})?\Z")
_GROUPED = re.compile(r"\A-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?\Z")
_MONTH = re.compile(r"\A([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*月?(?:\s*[-/.]?\s*0?1日?)?\Z")
_DAY = re.compile(r"\A([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?\Z")
_EPOCH = date(1899, 12, 30)


def clean_text(value: Value) -> str:
    """Text of a cell: full-width forms narrowed, invisible and no-break blanks gone, whole floats without ``.0``."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).translate(_INVISIBLE)
    return " ".join(text.split())


def to_decimal(value: Value) -> Decimal | None:
    """The number of a cell, exactly; None for a blank cell. Raises CellFault.

    Full-width digits and thousands commas are read. A float is taken at Excel's own 15 digits; more than 6 decimals, units,
    words, dates, errors and formulas without a value are faults.
    """
    if value is None:
        return None
    if isinstance(value, Uncalculated):
        raise CellFault("公式还没有计算结果，请在 Excel 中打开并保存，或直接填数值")
    if isinstance(value, bool | date | datetime):
        raise CellFault(f"应为数字（填的是“{_shown(value)}”）")
    if isinstance(value, int):
        text = str(value)
    elif isinstance(value, float):
        text = format(Decimal(format(value, ".15g")), "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        text = clean_text(value).replace(" ", "").replace("−", "-")
        if text == "":
            return None
        if text.startswith("#"):
            raise CellFault(f"公式出错（{text[:12]}），请改为数值")
        if _GROUPED.match(text):
            text = text.replace(",", "")
    if _NUMBER.match(text):
        return Decimal(text)
    if re.match(r"\A-?[0-9]+\.[0-9]{7,}\Z", text):
        raise CellFault(f"最多 6 位小数（填的是“{_shown(value)}”），请四舍五入后再填")
    if re.match(r"\A-?[0-9]{13,}(\.[0-9]+)?\Z", text):
        raise CellFault(f"数值过大（填的是“{_shown(value)}”），整数部分最多 12 位，请核对单位")
    raise CellFault(f"应为数字，不要带单位或文字（填的是“{_shown(value)}”）")


def to_month(value: Value) -> int | None:
    """A month cell as YYYYMM: ``2024-03``, ``2024/3``, ``2024年3月``, 202403 or a date. None for blank. Raises CellFault."""
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.year * 100 + value.month
    text = clean_text(value)
    if text == "":
        return None
    match = _MONTH.match(text) or re.match(r"\A([0-9]{4})([0-9]{2})\Z", text)
    if match and 1 <= int(match.group(2)) <= 12:
        return int(match.group(1)) * 100 + int(match.group(2))
    raise CellFault(f"应为月份，如 2024-03（填的是“{_shown(value)}”）")


def to_date(value: Value) -> date | None:
    """A date cell: a real date, an Excel day number, ``2024/3/1`` or ``2024年3月1日``. None for blank. Raises CellFault."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 20_000 <= value <= 80_000:
        return _EPOCH + timedelta(days=int(value))
    text = clean_text(value)
    if text == "":
        return None
    if match := _DAY.match(text):
        try:
            return date(*(int(g) for g in match.groups()))
        except ValueError:
            pass
    raise CellFault(f"应为日期，如 2024-03-01（填的是“{_shown(value)}”）")


def _shown(value: Value) -> str:
    text = clean_text(value)
    return text if len(text) <= 30 else text[:30] + "…"


def cell_name(row: int, column: int) -> str:
    """``F6`` for row 6, column 6 (both from 1)."""
    return f"{get_column_letter(column)}{row}"


def cell_error(row: int, column: int, heading: str, message: str, code: str = "CELL") -> FieldError:
    """第 6 行 F 列“年活动数据”：应为数字… ; path is the cell's name."""
    return FieldError(
        cell_name(row, column), code, f"第 {row} 行 {get_column_letter(column)} 列“{heading}”：{message}。"
    )


def suggest(value: str, known: Iterable[str]) -> str:
    """``是否为“天然气”？`` when a known word is near, else empty."""
    from difflib import get_close_matches

    near = get_close_matches(clean_text(value), list(known), n=1, cutoff=0.6)
    return f"是否为“{near[0]}”？" if near else ""


# --- writing ---------------------------------------------------------------------------------------------------------

_RISKY = ("=", "+", "-", "@", "\t", "\r")
HEAD_FILL = PatternFill("solid", fgColor="E3F0F2")
FAULT_FILL = PatternFill("solid", fgColor="FCEBE9")
_SIDE = Side(style="thin", color="DDE5E2")
HAIR = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)


def put(cell: Cell | MergedCell, value: object) -> None:
    """Write a value; text that begins like a formula stays text in every program."""
    assert isinstance(cell, Cell), "a merged cell takes no value"
    cell.value = value  # type: ignore[assignment]
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_RISKY):
            cell.quotePrefix = True


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: heading, width in characters, may the reader type here, number format, allowed words."""

    heading: str
    width: float = 14
    editable: bool = False
    number_format: str = "General"
    choices: tuple[str, ...] = ()


def new_sheet(
    book: Workbook,
    title: str,
    columns: Sequence[Column],
    *,
    heading_row: int,
    notes: Sequence[str] = (),
    first: bool = False,
) -> Worksheet:
    """A sheet with notes on top, styled headings in ``heading_row``, unlocked input columns and drop-downs; protection is guidance."""
    sheet = book.active if first else book.create_sheet()
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for number, note in enumerate(notes, 1):
        cell = sheet.cell(number, 1)
        put(cell, note)
        cell.font = Font(bold=number == 1, size=14 if number == 1 else 10, color="15211F" if number == 1 else "5F6E69")
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        dimension = sheet.column_dimensions[letter]
        dimension.width = column.width
        dimension.protection = Protection(locked=not column.editable)
        cell = sheet.cell(heading_row, number)
        put(cell, column.heading)
        cell.font, cell.fill, cell.border = Font(bold=True, color="15211F"), HEAD_FILL, HAIR
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[heading_row].height = 30
    sheet.freeze_panes = sheet.cell(heading_row + 1, 1).coordinate
    return sheet


def offer(
    book: Workbook,
    sheet: Worksheet,
    cells: str,
    choices: Sequence[str],
    *,
    dictionary: str = "字典",
    blank: bool = True,
) -> None:
    """A drop-down on ``cells`` whose words stand in the hidden dictionary sheet (an inline list holds only 255 characters)."""
    words = book[dictionary] if dictionary in book.sheetnames else book.create_sheet(dictionary)
    words.sheet_state = "hidden"
    number = 1 if words.max_column == 1 and words.cell(1, 1).value is None else words.max_column + 1
    for row, word in enumerate(choices, 1):
        put(words.cell(row, number), word)
    letter = get_column_letter(number)
    rule = DataValidation(
        type="list", formula1=f"'{dictionary}'!${letter}$1:${letter}${len(choices)}", allow_blank=blank
    )
    rule.error, rule.errorTitle, rule.showErrorMessage = "请从下拉列表中选择。", "内容不在列表中", True
    sheet.add_data_validation(rule)
    rule.add(cells)


def number_only(sheet: Worksheet, cells: str, *, negative: bool = False) -> None:
    """Let ``cells`` take decimals only (the server checks again)."""
    low = "-999999999999" if negative else "0"
    rule = DataValidation(type="decimal", operator="between", formula1=low, formula2="999999999999", allow_blank=True)
    rule.error, rule.errorTitle, rule.showErrorMessage = "请填数字，不要带单位或文字。", "应为数字", True
    sheet.add_data_validation(rule)
    rule.add(cells)


def protect(book: Workbook) -> None:
    """Lock what is not for typing. No password: it keeps hands off, it is not security."""
    for sheet in book.worksheets:
        if isinstance(sheet, Worksheet):
            sheet.protection.sheet = True
            sheet.protection.formatColumns = False
            sheet.protection.formatRows = False


def mark_faults(data: bytes, sheet: str, faults: Sequence[FieldError]) -> bytes:
    """The uploaded (already checked) workbook handed back: red cells with comments and a sheet 错误清单."""
    from openpyxl.comments import Comment

    check_workbook(data)
    book = openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
    target = book[sheet]
    listing = book.create_sheet("错误清单", 0)
    listing.append(["单元格", "说明"])
    listing.column_dimensions["B"].width = 90
    for row, fault in enumerate(faults[:MAX_FINDINGS], 2):
        put(listing.cell(row, 1), fault.path)
        put(listing.cell(row, 2), fault.message)
        if re.match(r"\A[A-Z]{1,3}[0-9]{1,7}\Z", fault.path):
            cell = target[fault.path]
            cell.fill = FAULT_FILL
            cell.comment = Comment(fault.message, "平台")
    return save_workbook(book)


def save_workbook(book: Workbook) -> bytes:
    """The workbook as bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_table(
    sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]], *, widths: Sequence[float] = ()
) -> bytes:
    """An export of any length in constant memory: sheet name → (headings, rows). Decimals are written as numbers, text as text."""
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E3F0F2", "border": 1, "border_color": "#DDE5E2"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, (headings, rows) in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for column, heading in enumerate(headings):
                sheet.set_column(column, column, widths[column] if column < len(widths) else 16)
                sheet.write_string(0, column, heading, head)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    _write(sheet, number, column, value, day)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: object, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否")
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value))
