"""The editable copy (documents 3.2): the figures of the paper, a mark on every page, no code, the same bytes each time."""

from io import BytesIO
from zipfile import ZipFile

import pypdf
from docx import Document

import documents
import reports
from documents.word import MARK, Word, build
from tests.filing.world import Firm
from tests.reports.test_reports import file_year, make, value_added


def cells(data: bytes) -> set[str]:
    return {c.text for t in Document(BytesIO(data)).tables for row in t.rows for c in row.cells}


async def test_the_copy_of_a_grade_report(firm: Firm, renderer: documents.Renderer) -> None:
    await file_year(firm)
    await value_added(firm)
    report = await make(firm)
    assert report.word
    async with firm.act() as ctx:
        word = await reports.report_word(ctx, report.id)
        again = await reports.report_word(ctx, report.id)
        pdf = await reports.report_pdf(ctx, report.id)
    assert word.data == again.data and word.name.endswith("-可编辑副本.docx")
    document = Document(BytesIO(word.data))
    assert all(MARK in s.header.paragraphs[0].text for s in document.sections)
    printed = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(pdf.data)).pages).split())
    total = f"{report.emission:,.2f}"
    assert any(total in c for c in cells(word.data)) and total in printed
    assert not [n for n in ZipFile(BytesIO(word.data)).namelist() if n.startswith("word/media/")]  # no code to scan, no picture


def test_text_of_a_user_stays_text_and_an_empty_table_says_so() -> None:
    word = Word("标题", "甲<b>&公司", ["2025 年度"])
    word.heading("一")
    word.text("第一行\n\n第二行 <x> & y")
    word.table(("名称", "数"), [("=1+1", "2")], right=(1,))
    word.table(("名称",), [])
    data = build(word)
    assert data == build(word)
    assert {"=1+1", "2", "名称", "数"} <= cells(data)
    texts = [p.text for p in Document(BytesIO(data)).paragraphs]
    assert "甲<b>&公司" in texts and "第二行 <x> & y" in texts and "没有记录。" in texts
