"""The month sheet down and up (issue part 5): drop-downs, locks, cell errors, dry run, confirm into the draft, export."""

import io
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest

import documents
import filing
from core.errors import Invalid
from tests.filing.world import DIESEL, ELECTRICITY, GAS, D, E, Firm, G

MONTH = "2026-10"


@pytest.fixture
async def filler(firm: Firm, reader: documents.Renderer) -> Firm:
    """The firm with three energies and September filed."""
    await firm.set_template(202501, ELECTRICITY, GAS, DIESEL)
    await firm.submit(firm.typed("2026-09", {E: "41.92", G: "3.05", D: "1.30"}))
    return firm


async def filled(firm: Firm, fill: Callable[[openpyxl.Workbook], None], month: str = MONTH) -> bytes:
    """The downloaded sheet, typed into."""
    async with firm.act() as ctx:
        book = openpyxl.load_workbook(io.BytesIO(await filing.month_sheet(ctx, month)))
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(book: openpyxl.Workbook) -> dict[str, int]:
    """Row of each energy."""
    sheet = book["填报"]
    return {str(sheet.cell(r, 2).value): r for r in range(5, sheet.max_row + 1)}


async def test_the_sheet_guides(filler: Firm) -> None:
    """Drop-downs on units, locked names, hidden keys, veryHidden _meta, last month beside."""
    async with filler.act() as ctx:
        book = openpyxl.load_workbook(io.BytesIO(await filing.month_sheet(ctx, MONTH)))
    sheet = book["填报"]
    assert sheet.protection.sheet and book["_meta"].sheet_state == "veryHidden" and book["字典"].sheet_state == "hidden"
    assert sheet.row_dimensions[3].hidden and sheet.column_dimensions["A"].hidden
    row = rows_of(book)["电力"]
    assert sheet.cell(row, 2).protection.locked and not sheet.cell(row, 6).protection.locked
    assert sheet.cell(row, 4).value == 41.92 and sheet.cell(row, 5).value == "万kWh" and sheet.cell(row, 6).value is None
    assert len([v for v in sheet.data_validations.dataValidation if v.type == "list"]) == 3


async def test_dry_run_then_confirm(filler: Firm) -> None:
    """A dry run stores nothing; confirming makes the draft; another unit of the same kind is converted exactly."""

    def fill(book: openpyxl.Workbook) -> None:
        sheet, at = book["填报"], rows_of(book)
        sheet.cell(at["电力"], 5).value, sheet.cell(at["电力"], 6).value = "kWh", 428600
        sheet.cell(at["天然气"], 6).value = "３.２"  # full-width digits as typed in Excel
        book["过程排放"].append([])
        for column, value in enumerate(("碳酸盐分解", -12.5, "捕集利用"), 1):
            book["过程排放"].cell(5, column).value = value

    data = await filled(filler, fill)
    async with filler.act() as ctx:
        trial = await filing.try_sheet(ctx, MONTH, data)
        assert (await filing.read_draft(ctx, MONTH)).version == 0
    assert trial.errors == [] and trial.rows == 3
    assert {c.name: c.after for c in trial.changes} == {"电力": Decimal("42.86"), "天然气": Decimal("3.2"), "碳酸盐分解": Decimal("-12.5")}
    async with filler.act() as ctx:
        done = await filing.confirm_sheet(ctx, MONTH, data, "陈*明")
        draft = await filing.read_draft(ctx, MONTH)
    assert done.draft and draft.version == 1
    assert {v["item_id"]: v["amount"] for v in draft.body["values"]} == {str(filler.items[E]): "42.86", str(filler.items[G]): "3.2"}
    assert draft.body["process"] == [{"name": "碳酸盐分解", "co2": "-12.5", "note": "捕集利用"}]


async def test_bad_cells_are_named(filler: Firm) -> None:
    """第 6 行 F 列…; nothing is imported, blank is not 0."""

    def fill(book: openpyxl.Workbook) -> None:
        sheet, at = book["填报"], rows_of(book)
        sheet.cell(at["电力"], 6).value = "12吨"
        sheet.cell(at["天然气"], 6).value = -1
        sheet.cell(at["柴油"], 5).value, sheet.cell(at["柴油"], 6).value = "万kWh", 3
        book["过程排放"].cell(5, 2).value = 3

    data = await filled(filler, fill)
    async with filler.act() as ctx:
        trial = await filing.try_sheet(ctx, MONTH, data)
        with pytest.raises(Invalid) as refused:
            await filing.confirm_sheet(ctx, MONTH, data)
        assert (await filing.read_draft(ctx, MONTH)).version == 0
        marked = await filing.marked_sheet(ctx, MONTH, data)
    assert [e.path for e in trial.errors] == ["F5", "F6", "E7", "过程排放!A5"]
    assert trial.errors[0].message.startswith("第 5 行 F 列“本月用量”：应为数字")
    assert refused.value.code == "SHEET_FAULTS"
    book = openpyxl.load_workbook(io.BytesIO(marked))
    assert book["错误清单"].max_row == 4 and book["填报"]["F5"].comment is not None


async def test_sheets_that_are_not_ours(filler: Firm) -> None:
    """Another month, an older template, a foreign workbook, no workbook: each says what to do."""
    data = await filled(filler, lambda book: None)
    async with filler.act() as ctx:
        for month, blob in (("2026-08", data), (MONTH, b"PK\x03\x04broken"), (MONTH, b"a,b\n1,2\n"), (MONTH, b"")):
            with pytest.raises(Invalid) as refused:
                await filing.try_sheet(ctx, month, blob)
            assert refused.value.errors[0].path == "file"
    plain = openpyxl.Workbook()
    out = io.BytesIO()
    plain.save(out)
    async with filler.act() as ctx:
        with pytest.raises(Invalid):
            await filing.try_sheet(ctx, MONTH, out.getvalue())
    await filler.set_template(202610, ELECTRICITY, GAS)
    async with filler.act() as ctx:
        with pytest.raises(Invalid) as refused:
            await filing.try_sheet(ctx, MONTH, data)
    assert refused.value.errors[0].code == "OLD_TEMPLATE"


async def test_reimport_changes_nothing(filler: Firm) -> None:
    """Rule LG3: what was exported and comes back changes nothing."""
    data = await filled(filler, lambda book: None, "2026-09")
    async with filler.act() as ctx:
        trial = await filing.try_sheet(ctx, "2026-09", data)
    assert trial.rows == 3 and trial.changes == [] and trial.errors == []


async def test_year_export(filler: Firm) -> None:
    """Rule EM3: blank months stay blank, the total carries its count."""
    await filler.submit(filler.typed("2026-10", {E: "42", G: "0", D: "1.3"}), answer_all=True)
    async with filler.act() as ctx:
        book = openpyxl.load_workbook(io.BytesIO(await filing.year_workbook(ctx, 2026)))
    gas = next(r for r in book["用量"].iter_rows(min_row=2, values_only=True) if r[0] == "天然气")
    assert gas[3:15] == (None,) * 8 + (3.05, 0, None, None) and gas[15] == 3.05 and gas[16] == "2/12 *"
    assert book["明细"].max_row == 7
