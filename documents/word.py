"""The editable copy of a report as Word (documents 3.2): plain headings, tables and pictures, marked 可编辑副本 on every page.

A :class:`Word` is filled by a kind of report with words and ready numbers; :func:`build` writes the file in a rendering process.
The PDF is the record: a copy carries no code to scan. The same content gives the same bytes.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MARK = "可编辑副本，不作为报告原件"
SONG, HEI = "宋体", "黑体"
#: The day in every member of the file: an archive's own times would differ from run to run.
_STAMP = (2020, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class Word:
    """What the copy says. ``lines`` stand under the title (year, label, number, date, fingerprint)."""

    title: str
    company: str
    lines: Sequence[str]
    blocks: list[tuple[str, Any]] = field(default_factory=list)

    def heading(self, text: str, level: int = 1) -> None:
        """A heading of level 1 to 3."""
        self.blocks.append(("heading", (text, level)))

    def text(self, text: str) -> None:
        """A paragraph; line breaks start new ones."""
        self.blocks.extend(("text", part) for part in text.split("\n") if part.strip())

    def note(self, text: str) -> None:
        """Small print under a table."""
        self.blocks.append(("note", text))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and values in two columns."""
        self.blocks.append(("facts", [(str(a), str(b)) for a, b in rows]))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
        """A table with a head that repeats on each page; columns of ``right`` (from 0) hold numbers. No rows: a sentence says so."""
        self.blocks.append(("table", (list(heads), [[str(c) for c in row] for row in rows], set(right))))

    def picture(self, png: bytes, alt: str) -> None:
        """A picture over the width of the text."""
        self.blocks.append(("picture", (png, alt)))

    def balance(self, figure: Mapping[str, Any], alt: str) -> None:
        """The diagram of a balance, drawn where the file is written; ``figure`` as :func:`documents.balance_png` takes it."""
        self.blocks.append(("balance", (dict(figure), alt)))


def build(word: Word) -> bytes:
    """The .docx file. Runs in a rendering process."""
    from docx import Document
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(25)
    _styles(document, Pt)
    _header(section, word)
    _properties(document, word)
    _paragraph(document, word.title, "Title")
    _paragraph(document, word.company, "Subtitle")
    for line in word.lines:
        _paragraph(document, line, "Normal", centre=True)
    for kind, content in word.blocks:
        _DRAW[kind](document, content)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def _styles(document: Any, pt: Any) -> None:
    from docx.shared import RGBColor

    sizes = {"Normal": 10.5, "Title": 22, "Subtitle": 14, "Heading 1": 15, "Heading 2": 12.5, "Heading 3": 11}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.size = pt(size)
        style.font.color.rgb = RGBColor(0x15, 0x21, 0x1F)
        style.font.italic = False
        _faces(style.element.get_or_add_rPr(), SONG if name == "Normal" else HEI)
    document.styles["Normal"].paragraph_format.space_after = pt(4)


def _faces(properties: Any, face: str) -> None:
    """One face for all scripts; a theme's attribute left behind would win over it."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), face)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    lang = properties.makeelement(qn("w:lang"), {qn("w:val"): "zh-CN", qn("w:eastAsia"): "zh-CN"})
    properties.append(lang)


def _header(section: Any, word: Word) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    head = section.header.paragraphs[0]
    run = head.add_run(f"{MARK}　{word.company}　{word.title}")
    run.font.size, run.font.color.rgb = Pt(9), RGBColor(0x9A, 0x44, 0x00)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第 ")
    _field(foot, "PAGE")
    foot.add_run(" 页，共 ")
    _field(foot, "NUMPAGES")
    foot.add_run(" 页")


def _field(paragraph: Any, code: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run()
    for kind in ("begin", "instr", "end"):
        if kind == "instr":
            element = OxmlElement("w:instrText")
            element.text = code
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _properties(document: Any, word: Word) -> None:
    own = document.core_properties
    own.title, own.author, own.subject = f"{word.company} {word.title}", word.company, MARK
    own.comments, own.keywords, own.last_modified_by, own.language = "", "碳效", "碳效", "zh-CN"
    own.created = own.modified = datetime(*_STAMP)
    own.revision = 1


def _paragraph(document: Any, text: str, style: str, *, centre: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    made = document.add_paragraph(text, style=style)
    if centre or style in ("Title", "Subtitle"):
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _draw_heading(document: Any, content: tuple[str, int]) -> None:
    document.add_heading(content[0], level=content[1])


def _draw_text(document: Any, content: str) -> None:
    document.add_paragraph(content)


def _draw_note(document: Any, content: str) -> None:
    from docx.shared import Pt

    document.add_paragraph().add_run(content).font.size = Pt(9)


def _draw_facts(document: Any, content: list[tuple[str, str]]) -> None:
    if content:
        _grid(document, None, [list(pair) for pair in content], set(), widths=(45, 115))


def _draw_table(document: Any, content: tuple[list[str], list[list[str]], set[int]]) -> None:
    heads, rows, right = content
    if not rows:
        document.add_paragraph("没有记录。")
        return
    _grid(document, heads, rows, right)


def _grid(document: Any, heads: list[str] | None, rows: list[list[str]], right: set[int], widths: Sequence[int] = ()) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    lines = ([heads] if heads else []) + rows
    widths = widths or _widths(lines)
    table = document.add_table(rows=len(lines), cols=len(lines[0]), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)  # Word takes the cells' widths, LibreOffice the grid's
    # every row is walked once: python-docx lists the whole table at each table.rows[n]
    for number, (row, line) in enumerate(zip(table.rows, lines, strict=True)):
        for place, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size = Pt(9)
            if (heads and number == 0) or (heads is None and place == 0):
                run.font.bold = True
            if place in right and not (heads and number == 0):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            cell.width = Mm(widths[place])
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    if heads:
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _widths(lines: list[list[str]]) -> list[int]:
    """Columns of the text's 160 mm by what stands in them: the longest word of a line counts, very long texts wrap."""
    weights = []
    for column in zip(*lines, strict=True):
        longest = max((sum(2 if ord(c) > 255 else 1 for c in part) for text in column for part in text.split("\n")), default=1)
        weights.append(min(max(longest, 6), 34) + 4)
    return [round(160 * w / sum(weights)) for w in weights]


def _draw_picture(document: Any, content: tuple[bytes, str]) -> None:
    from docx.shared import Mm

    png, alt = content
    shape = document.add_picture(io.BytesIO(png), width=Mm(160))
    shape._inline.docPr.set("descr", alt)


def _draw_balance(document: Any, content: tuple[dict[str, Any], str]) -> None:
    from documents.balance import balance_png
    from documents.fonts import printable

    figure, alt = content
    _draw_picture(document, (balance_png(printable(figure)), alt))


_DRAW: dict[str, Callable[[Any, Any], None]] = {
    "heading": _draw_heading,
    "text": _draw_text,
    "note": _draw_note,
    "facts": _draw_facts,
    "table": _draw_table,
    "picture": _draw_picture,
    "balance": _draw_balance,
}


def _same_bytes(data: bytes) -> bytes:
    """The archive anew with members in order and one time for all."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        # [Content_Types].xml stands first, as readers expect
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return out.getvalue()
