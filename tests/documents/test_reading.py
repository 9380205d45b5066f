"""What a page of a paper says beside its picture: everything printed, in order, in structure, where the picture shows it."""

import hashlib
import re
from collections import Counter
from io import BytesIO

import pypdf
import pypdfium2
import pytest

import documents
from documents.reading import read_page, said
from tests.reports import samples
from tests.reports.test_paper import made


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("facts", [samples.sample(), samples.hard()], ids=["usual", "hard"])
async def test_every_word_of_the_page_is_there(renderer: documents.Renderer, facts: samples.ReportFacts) -> None:
    pdf, printed = await made(renderer, facts)
    for number, page in enumerate(printed, 1):
        read = await renderer.page_text(pdf, number)
        assert read.pages == len(printed) and read.blocks
        runs = [r for b in read.blocks for r in (b.runs if b.kind != "table" else [x for row in b.rows for cell in row.cells for x in cell])]
        got = Counter(_bare("".join(r.text for r in runs)))
        missing = Counter(_bare(page).replace("·", "")) - got  # the marks of the layout: at most a head and a foot
        assert sum(got.values()) > 20 and not got - Counter(_bare(page).replace("\u200b", "")), number
        assert sum(missing.values()) < 130, (number, "".join(missing.elements()))


async def test_headings_tables_and_figures_keep_their_kind(renderer: documents.Renderer) -> None:
    pdf, _ = await made(renderer, samples.sample())
    pages = [await renderer.page_text(pdf, n) for n in range(1, 5)]
    blocks = [b for p in pages for b in p.blocks]
    assert ["摘要", "目录", "1 基本信息", "2 生产经营", "3 能源消费"] == [said(b.runs) for b in blocks if b.kind == "heading" and b.level == 1][:5]
    energy = next(b for b in blocks if b.kind == "table" and any("能源品种" in said(c) for c in b.rows[0].cells))
    assert energy.rows[0].head and not energy.rows[1].head
    assert {len(r.cells) for r in energy.rows} == {len(energy.rows[0].cells)}
    assert said(energy.rows[0].cells[2]) == "消费量" and "电力" in said(energy.rows[1].cells[0])
    assert [said(c) for c in energy.rows[-1].cells][:4] == ["合计", "", "", ""] and said(energy.rows[-1].cells[-1]) == "100.00%"
    assert any(b.kind == "figure" and "比例" in b.alt for b in blocks) and any(b.kind == "item" for b in blocks)


async def test_runs_stand_where_the_picture_has_ink(renderer: documents.Renderer) -> None:
    pdf, _ = await made(renderer, samples.sample())
    read = await renderer.page_text(pdf, 3)
    picture = pypdfium2.PdfDocument(pdf)[2].render(scale=2).to_pil().convert("L")
    assert read.ratio == pytest.approx(picture.height / picture.width, abs=0.01)
    runs = [r for b in read.blocks for r in b.runs] + [r for b in read.blocks for row in b.rows for cell in row.cells for r in cell]
    for r in runs:
        assert 0 <= r.x < 1 and 0 <= r.y < 1 and r.x + r.w <= 1.001 and r.size > 0
        top, left = int(r.y * picture.height), int(r.x * picture.width)
        box = (left, top, left + max(2, round(r.w * picture.width)) + 1, top + max(2, round(r.h * picture.height)) + 1)
        assert picture.crop(box).getextrema()[0] < 140, r.text


def test_a_paper_without_tags_or_a_page_past_the_end_has_no_text() -> None:
    out = BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 300)
    writer.write(out)
    assert read_page(out.getvalue(), 1).blocks == [] and read_page(out.getvalue(), 1).ratio == 1.5
    assert read_page(out.getvalue(), 9).blocks == [] and read_page(out.getvalue(), 9).pages == 1


async def test_the_same_page_reads_the_same(renderer: documents.Renderer) -> None:
    pdf, _ = await made(renderer, samples.sample())
    assert hashlib.sha256(repr(read_page(pdf, 2)).encode()).digest() == hashlib.sha256(repr(await renderer.page_text(pdf, 2)).encode()).digest()
