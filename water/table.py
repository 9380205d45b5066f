"""水资源利用情况表 of a year as a workbook: what was typed, figures with last year beside them, rows. Text stays text in every program."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from core.database import Acting
from documents import Column, new_sheet, put, save_workbook
from water.figures import BalanceView
from water.records import FIELDS, SECTIONS, WaterData
from water.years import WaterView, water_year

TITLE = "水资源利用情况表"
_FIRST = 5


async def water_table(ctx: Acting, year: int, firm: str) -> bytes:
    """The year as .xlsx: one sheet of amounts and figures, one for products, measures, plans, titles. Blank stays blank."""
    view = await water_year(ctx, year)
    book = Workbook()
    _amounts(book, view, firm)
    _rows(book, "产品用水", ("产品", "产量", "单位", "生产用水量 m³", "单位产品取水量", "先进值", "通用值", "对标结果", "超出 %", "定额来源", "说明"), (
        (p.name, p.output, p.unit, p.production_water, p.unit_intake, p.quota.advanced if p.quota else None,
         p.quota.general if p.quota else None, p.status, p.excess_pct, p.quota.source if p.quota else "", p.reason)
        for p in view.products
    ))  # fmt: skip
    _rows(book, "节水措施", ("措施", "简述", "资金投入 万元", "实施时间", "年节水量 m³", "当年节水量 m³", "单位节水成本 元/m³", "静态回收期 年"), (
        (m.name, m.summary, m.investment, m.implemented_on, m.annual_saving, m.in_year_saving, m.cost_per_m3, m.payback_years) for m in view.measures
    ))  # fmt: skip
    _rows(book, "节水计划", ("计划", "内容", "预计投入 万元", "预计完成时间", "预计年节水量 m³"), (
        (p.name, p.content, p.expected_investment, p.expected_on, p.expected_saving) for p in view.plans
    ))  # fmt: skip
    _rows(book, "示范称号", ("称号", "级别", "授予时间"), ((t.name, t.level, t.awarded_on) for t in view.titles))
    return save_workbook(book)


def _amounts(book: Workbook, view: WaterView, firm: str) -> None:
    columns = [Column("项目", 30), Column("数值", 20), Column("单位", 14), Column("上年", 20), Column("说明", 70)]
    state = "" if view.complete else f"尚有 {len(view.missing)} 项未填，未填的单元格为空。"
    sheet = new_sheet(book, TITLE, columns, heading_row=_FIRST - 1, notes=(f"{view.year} 年{TITLE}", firm, state), first=True)
    row = _FIRST
    for section in dict.fromkeys(f.section for f in FIELDS.values()):
        row = _heading(sheet, row, SECTIONS[section])
        for field in (f for f in FIELDS.values() if f.section == section):
            row = _line(sheet, row, (field.label, _number(view.data, field.name), field.unit, None, ""))
    row = _heading(sheet, row, "水平衡")
    for name, found in (("进水与出水", view.balance), ("取水量与各用途之和", view.use_balance)):
        row = _line(sheet, row, (name, found.error_pct, "%（相差）", None, _balance(found)))
    row = _heading(sheet, row, "用水指标")
    for i in view.indicators:
        row = _line(sheet, row, (i.name, i.value, i.unit, i.last_year, i.reason or i.formula))
    row = _heading(sheet, row, SECTIONS["test"])
    day = view.data.tested_on.isoformat() if view.data.tested_on else ""
    for pair in (("水源与计量", view.data.metering), ("最近一次水平衡测试", " ".join(filter(None, (day, view.data.tested_by)))), ("说明", view.data.comments)):
        row = _line(sheet, row, (pair[0], None, "", None, pair[1]))


def _number(data: WaterData, name: str) -> Decimal | int | None:
    value: Decimal | int | None = getattr(data, name)
    return value


def _balance(found: BalanceView) -> str:
    if not found.word:
        return found.reason
    said = f"{found.inflow:,.4f} − {found.outflow:,.4f} = {found.difference:,.4f} m³；不超过 {found.tolerance_pct:f}% 为平衡"
    return said if found.word == "ok" else f"{found.word}：{said}"


def _heading(sheet: Worksheet, row: int, text: str) -> int:
    put(sheet.cell(row, 1), text)
    sheet.cell(row, 1).font = Font(bold=True, color="0B5C63")
    return row + 1


def _line(sheet: Worksheet, row: int, values: Sequence[object]) -> int:
    for column, value in enumerate(values, 1):
        if value is None or value == "":
            continue
        cell = sheet.cell(row, column)
        put(cell, value)
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.####" if value != value.to_integral_value() else "#,##0"
        elif isinstance(value, str):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        elif not isinstance(value, int):
            cell.number_format = "yyyy-mm-dd"
    return row + 1


def _rows(book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    sheet = new_sheet(book, title, [Column(h, 30 if n == 0 else 18) for n, h in enumerate(heads)], heading_row=1)
    for number, values in enumerate(rows, 2):
        _line(sheet, number, values)
