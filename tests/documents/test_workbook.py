"""Excel: what is refused before a parser sees it, what is read within bounds, exact numbers, text that stays text."""

import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

import documents
from core.errors import FieldError, Invalid
from documents import workbook
from tests.documents import hostile


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence_that_says_what_to_do(name: str) -> None:
    make, reason = hostile.HOSTILE[name]
    with pytest.raises(Invalid) as refusal:
        documents.read_rows(make(), 100, 20)
    assert refusal.value.code == "WORKBOOK_REFUSED"
    assert refusal.value.extra["reason"] == reason
    assert refusal.value.errors[0].path == "file"
    assert "请" in refusal.value.detail


def test_real_bytes_are_counted_whatever_the_directory_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_check_members", lambda package, limit: package.infolist())
    with pytest.raises(Invalid) as refusal:
        workbook.check_workbook(hostile.cell_bomb())
    assert refusal.value.extra["reason"] == "inflated"
    with pytest.raises(Invalid) as refusal:
        workbook.check_workbook(hostile.rows_bomb())
    assert refusal.value.extra["reason"] == "cells"


def test_far_cells_do_not_make_a_far_table() -> None:
    rows = documents.read_rows(hostile.far_cells(), 200, 30)
    assert [c for c in rows[0] if c is not None] == [1]
    assert len(rows) == 1


def test_a_normal_workbook_is_read_in_place() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "填报"
    sheet["B6"], sheet["C6"], sheet["D6"] = "电力", 12.5, "=C6*2"
    out = io.BytesIO()
    book.save(out)
    found = documents.read_sheets(out.getvalue(), {"填报": (50, 6), "没有": (5, 5)})
    assert set(found) == {"填报"}
    assert found["填报"][5][:4] == [None, "电力", 12.5, documents.UNCALCULATED]
    assert len(found["填报"]) == 6
    with pytest.raises(Invalid, match="没有"):
        documents.read_rows(out.getvalue(), 5, 5, sheet="没有")


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (12, "12"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        (1e-6, "0.000001"),
        (1234567.5, "1234567.5"),
        ("１２．５", "12.5"),
        ("1,234,567.50", "1234567.50"),
        ("１，２３４", "1234"),
        (" 12\u200b.5\u00a0", "12.5"),
        ("−3.5", "-3.5"),
        ("0", "0"),
    ],
)
def test_numbers_are_taken_exactly(typed: object, taken: str) -> None:
    assert documents.to_decimal(typed) == Decimal(taken)
    assert str(documents.to_decimal(typed)) == taken


@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", "\u200b"])
def test_blank_is_blank_and_never_zero(blank: object) -> None:
    assert documents.to_decimal(blank) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12吨", "不要带单位"),
        ("NaN", "应为数字"),
        ("1e400", "应为数字"),
        ("1_000", "应为数字"),
        ("1,23", "应为数字"),
        (1 / 3, "最多 6 位小数"),
        ("1234567890123", "数值过大"),
        ("#REF!", "公式出错"),
        (True, "应为数字"),
        (datetime(2024, 3, 1), "应为数字"),
        (documents.UNCALCULATED, "公式还没有计算结果"),
        ("inf", "应为数字"),
        (float("1e300"), "数值过大"),
    ],
)
def test_what_is_no_number_is_a_fault(typed: object, said: str) -> None:
    with pytest.raises(documents.CellFault, match=said):
        documents.to_decimal(typed)


@pytest.mark.parametrize(
    "typed", ["2024-03", "2024/3", "2024年3月", "2024.03", "202403", 202403, datetime(2024, 3, 15), date(2024, 3, 1)]
)
def test_months_in_every_spelling(typed: object) -> None:
    assert documents.to_month(typed) == 202403


@pytest.mark.parametrize("typed", ["2024-13", "三月", "3", "2024"])
def test_no_month(typed: object) -> None:
    with pytest.raises(documents.CellFault, match="应为月份"):
        documents.to_month(typed)


@pytest.mark.parametrize("typed", [45352, "2024-03-01", "2024/3/1", "2024年3月1日", datetime(2024, 3, 1, 9), 45352.5])
def test_dates_in_every_spelling(typed: object) -> None:
    assert documents.to_date(typed) == date(2024, 3, 1)


def test_a_message_names_row_column_heading_and_what_was_typed() -> None:
    try:
        documents.to_decimal("12吨")
    except documents.CellFault as fault:
        error = documents.cell_error(6, 6, "年活动数据", str(fault))
    assert error == FieldError("F6", "CELL", "第 6 行 F 列“年活动数据”：应为数字，不要带单位或文字（填的是“12吨”）。")
    assert documents.suggest("天燃气", ["电力", "天然气"]) == "是否为“天然气”？"
    assert documents.suggest("xyz", ["电力"]) == ""


RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x","y")']


def test_text_that_looks_like_a_formula_stays_text() -> None:
    book = openpyxl.Workbook()
    sheet = documents.new_sheet(book, "填报", [documents.Column("名称")], heading_row=1, first=True)
    for row, text in enumerate(RISKY, 2):
        documents.put(sheet.cell(row, 1), text)
    data = documents.save_workbook(book)
    assert [r[0] for r in documents.read_rows(data, 50, 1)][1:] == RISKY
    exported = documents.write_table({"导出": (["名称", "数"], [[t, Decimal("1.5")] for t in RISKY])})
    assert [r[0] for r in documents.read_rows(exported, 50, 2)][1:] == RISKY
    assert documents.read_rows(exported, 50, 2)[1][1] == 1.5


def test_a_template_has_drop_downs_locked_cells_and_comes_back_marked() -> None:
    book = openpyxl.Workbook()
    columns = [documents.Column("能源", 20), documents.Column("用量", 14, editable=True, number_format="0.00")]
    sheet = documents.new_sheet(book, "填报", columns, heading_row=4, notes=["2025 年 3 月填报表"], first=True)
    documents.offer(book, sheet, "A5:A50", ["电力", "天然气"])
    documents.number_only(sheet, "B5:B50")
    documents.put(sheet["A5"], "电力")
    documents.protect(book)
    data = documents.save_workbook(book)
    again = openpyxl.load_workbook(io.BytesIO(data))
    assert again["填报"].protection.sheet
    assert not again["填报"].column_dimensions["B"].protection.locked
    assert again["字典"].sheet_state == "hidden"
    assert len(again["填报"].data_validations.dataValidation) == 2
    marked = documents.mark_faults(data, "填报", [FieldError("B5", "CELL", "第 5 行 B 列“用量”：应为数字。")])
    shown = openpyxl.load_workbook(io.BytesIO(marked))
    assert shown.sheetnames[0] == "错误清单"
    assert shown["错误清单"]["B2"].value == "第 5 行 B 列“用量”：应为数字。"
    assert shown["填报"]["B5"].comment.text == "第 5 行 B 列“用量”：应为数字。"


async def test_an_upload_is_read_in_a_child_process(renderer: documents.Renderer) -> None:
    found = await documents.read_upload(hostile.honest(), {"填报": (10, 4)})
    assert found["填报"][1][:2] == ["电力", 12.5]
    with pytest.raises(Invalid, match="DTD"):
        await documents.read_upload(hostile.sheet_with(hostile.XXE)(), {"填报": (10, 4)})
