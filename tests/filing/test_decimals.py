"""FD7: an item's decimals bind whoever types, previews, submits, uploads or files for many firms; the draft keeps what was typed."""

import io
from decimal import Decimal

import openpyxl
import pytest

import documents
import filing
from core.errors import Invalid
from tests.filing.test_sheets import filled, rows_of
from tests.filing.world import DIESEL, ELECTRICITY, D, E, Firm


async def with_decimals(firm: Firm, power: int, diesel: int = 6) -> None:
    """A template of electricity and diesel with these decimals."""
    edits = [
        filing.ItemEdit(None, carrier, use, unit, None, "", "UNASSIGNED", places, None)
        for (carrier, use, unit), places in ((ELECTRICITY, power), (DIESEL, diesel))
    ]
    async with firm.act() as ctx:
        template = await filing.set_template(ctx, 202501, 0, edits)
    firm.items = {f"{i.carrier}/{i.use}": i.id for i in template.items}
    firm.version = template.version


@pytest.mark.parametrize(
    ("places", "amount", "word"),
    [(2, "42.865", "最多 2 位小数"), (0, "42.5", "只填整数"), (5, "0.000001", "最多 5 位小数")],
)
async def test_a_finer_amount_is_refused_at_its_field_and_the_draft_stays(firm: Firm, places: int, amount: str, word: str) -> None:
    await with_decimals(firm, places)
    typed = firm.typed("2026-10", {D: "1.234567", E: amount})
    async with firm.act() as ctx:
        body: dict[str, object] = {"values": [{"item_id": str(firm.items[E]), "amount": amount}], "process": [], "green": None, "reasons": {}}
        await filing.save_draft(ctx, "2026-10", 0, body, "陈*明")
    for attempt in ("preview", "submit"):
        with pytest.raises(Invalid) as refused:
            async with firm.act() as ctx:
                await (filing.preview_months(ctx, typed) if attempt == "preview" else filing.submit_months(ctx, typed, fingerprint=None, replace_filed=False, replies=[]))
        (fault,) = refused.value.errors
        assert (fault.path, fault.code) == ("months[0].lines[1].amount", "PRECISION")
        assert fault.message.startswith(f"电力{word}，现为 {amount}，请四舍五入后填写")
    async with firm.act() as ctx:
        draft = await filing.read_draft(ctx, "2026-10")
    assert draft.body["values"][0]["amount"] == amount


async def test_zeros_behind_the_last_digit_are_no_decimals(firm: Firm) -> None:
    await with_decimals(firm, 2, 0)
    done = await firm.submit(firm.typed("2026-10", {E: "42.860000", D: "100.000000"}))
    assert done.versions == {202610: 1}


async def test_a_sum_is_judged_as_typed_not_as_spread(firm: Firm) -> None:
    """100 over three months is 33.333333: the parts are the platform's, the sum is the person's (FI4)."""
    await with_decimals(firm, 1, 0)
    whole = firm.month("2026-01", {E: "100.5", D: "10"})
    await firm.submit(filing.Typed("2026-01", "2026-03", "sum", [whole]))
    with pytest.raises(Invalid) as refused:
        await firm.submit(filing.Typed("2026-04", "2026-06", "sum", [firm.month("2026-04", {E: "100.55", D: "10"})]))
    assert [e.path for e in refused.value.errors] == ["months[0].lines[0].amount"]


async def test_each_bad_field_of_several_months_is_named(firm: Firm) -> None:
    await with_decimals(firm, 2)
    months = [firm.month(f"2026-0{n}", {E: amount, D: "1"}) for n, amount in ((1, "1.001"), (2, "1.01"), (3, "1.111"))]
    with pytest.raises(Invalid) as refused:
        await firm.submit(filing.Typed("2026-01", "2026-03", "each", months))
    assert [e.path for e in refused.value.errors] == ["months[0].lines[0].amount", "months[2].lines[0].amount"]


async def test_the_sheet_says_it_at_the_cell_also_after_conversion(firm: Firm, reader: documents.Renderer) -> None:
    await with_decimals(firm, 2, 0)

    def fill(book: openpyxl.Workbook) -> None:
        sheet, at = book["填报"], rows_of(book)
        sheet.cell(at["电力"], 5).value, sheet.cell(at["电力"], 6).value = "kWh", 428650  # 42.865 万kWh
        sheet.cell(at["柴油"], 6).value = 1.5

    data = await filled(firm, fill, "2026-10")
    async with firm.act() as ctx:
        trial = await filing.try_sheet(ctx, "2026-10", data)
        book = openpyxl.load_workbook(io.BytesIO(await filing.month_sheet(ctx, "2026-10")))
    at = rows_of(book)
    found = {e.path: e for e in trial.errors}
    assert {p: e.code for p, e in found.items()} == {f"F{at['电力']}": "PRECISION", f"F{at['柴油']}": "PRECISION"}
    assert "最多 2 位小数，现为 42.865" in found[f"F{at['电力']}"].message and "只填整数" in found[f"F{at['柴油']}"].message
    assert [book["填报"].cell(at[name], 6).number_format for name in ("电力", "柴油")] == ["0.##", "0"]
    assert trial.changes == [] or all(c.after == Decimal(0) for c in trial.changes)
