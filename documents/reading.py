"""The text of a finished paper with its structure and its places, from the tags of the PDF (PDF/UA-1): what the pictures of its pages say.

A picture of a page cannot be searched, selected, enlarged without a loss or read aloud; these blocks can, and laid over the picture they
stand where the picture shows them. Only what is tagged as content is here: page heads and feet are marks of the layout.
Runs in a child of :class:`documents.render.Renderer`.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Containers without a meaning of their own; what lies in them is read one after another.
BOXES = frozenset({"Document", "Part", "Sect", "Div", "NonStruct", "Art", "BlockQuote", "TOC", "L", "THead", "TBody", "TFoot"})
WORDS = {"LI": "item", "TOCI": "item", "Caption": "caption", "Figure": "figure"}


@dataclass(frozen=True, slots=True)
class PageRun:
    """Some characters in one face. ``x``, ``w`` and ``size`` (of the face) are shares of the page's width, ``y`` (from the top) and ``h`` of its height."""

    text: str
    x: float
    y: float
    w: float
    h: float
    size: float


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row of a table: its cells, each a list of runs."""

    head: bool
    cells: list[list[PageRun]]


@dataclass(frozen=True, slots=True)
class PageBlock:
    """``kind``: heading (with ``level``), text, item, caption, figure (``alt`` says what it shows), table (with ``rows``)."""

    kind: str
    level: int
    alt: str
    runs: list[PageRun]
    rows: list[PageRow]


@dataclass(frozen=True, slots=True)
class PageText:
    """A page in reading order. ``ratio`` is its height divided by its width."""

    page: int
    pages: int
    ratio: float
    blocks: list[PageBlock]


def read_page(pdf: bytes, number: int) -> PageText:
    """Page ``number`` (from 1); no blocks past the end or when the paper is not tagged."""
    import pypdfium2
    import pypdfium2.raw as c

    document = pypdfium2.PdfDocument(pdf)
    pages = len(document)
    if not 1 <= number <= pages:
        return PageText(number, pages, 1.0, [])
    page = document[number - 1]
    tree = c.FPDF_StructTree_GetForPage(page)
    ratio = round(page.get_height() / page.get_width(), 4)
    if not tree:
        return PageText(number, pages, ratio, [])
    try:
        runs = _runs(c, page)
        children = (c.FPDF_StructTree_GetChildAtIndex(tree, i) for i in range(c.FPDF_StructTree_CountChildren(tree)))
        return PageText(number, pages, ratio, [b for child in children if child for b in _blocks(c, child, runs)])
    finally:
        c.FPDF_StructTree_Close(tree)


def _runs(c: Any, page: Any) -> dict[int, list[PageRun]]:
    """Runs by the number of their marked content; layout marks have none."""
    width, height = page.get_size()
    text = page.get_textpage()
    found: dict[int, list[PageRun]] = {}
    for i in range(c.FPDFPage_CountObjects(page)):
        thing = c.FPDFPage_GetObject(page, i)
        mark = c.FPDFPageObj_GetMarkedContentID(thing)
        if mark < 0 or c.FPDFPageObj_GetType(thing) != c.FPDF_PAGEOBJ_TEXT:
            continue
        words = _string(lambda buffer, n, thing=thing: c.FPDFTextObj_GetText(thing, text, buffer, n))
        words = words.replace("\u200b ", "").replace("\u200b", "").replace("\u00ad", "")  # places where a line may break
        sides = [ctypes.c_float() for _ in range(4)]
        size = ctypes.c_float()
        if not words.strip() or not c.FPDFPageObj_GetBounds(thing, *sides) or not c.FPDFTextObj_GetFontSize(thing, size):
            continue
        left, bottom, right, top = (s.value for s in sides)
        run = PageRun(
            " ".join(words.split()), round(left / width, 4), round(1 - top / height, 4), round((right - left) / width, 4),
            round((top - bottom) / height, 4), round(size.value / width, 4),
        )  # fmt: skip
        found.setdefault(mark, []).append(run)
    return found


def _string(read: Any) -> str:
    """A UTF-16 string that is asked for twice: how long, then what."""
    length = read(None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    read(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)) if length else None, length)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _tag(c: Any, element: Any) -> str:
    length = c.FPDF_StructElement_GetType(element, None, 0)
    buffer = ctypes.create_string_buffer(length)
    c.FPDF_StructElement_GetType(element, buffer, length)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _alt(c: Any, element: Any) -> str:
    length = c.FPDF_StructElement_GetAltText(element, None, 0)
    buffer = ctypes.create_string_buffer(max(length, 2))
    c.FPDF_StructElement_GetAltText(element, buffer, length)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _children(c: Any, element: Any) -> Iterator[tuple[Any, int]]:
    """Each child as an element, or as the number of marked content."""
    for i in range(c.FPDF_StructElement_CountChildren(element)):
        child = c.FPDF_StructElement_GetChildAtIndex(element, i)
        yield (child, -1) if child else (None, c.FPDF_StructElement_GetChildMarkedContentID(element, i))


def _deep(c: Any, element: Any, runs: dict[int, list[PageRun]]) -> list[PageRun]:
    found: list[PageRun] = []
    for child, mark in _children(c, element):
        found += _deep(c, child, runs) if child else runs.get(mark, [])
    return found


def _spaced(runs: list[PageRun]) -> list[PageRun]:
    """A space before a run that stands apart from the one before on its line (figures and units), or on the next line between Chinese and Latin."""
    made: list[PageRun] = []
    for run in runs:
        last = made[-1] if made else None
        apart = False
        if last is not None and abs(last.y + last.h - run.y - run.h) < max(run.h, last.h):
            apart = run.x - last.x - last.w > run.size * 0.2
        elif last is not None:
            apart = last.text[-1].isascii() != run.text[0].isascii()
        made.append(PageRun(" " + run.text, run.x, run.y, run.w, run.h, run.size) if apart else run)
    return made


def _blocks(c: Any, element: Any, runs: dict[int, list[PageRun]]) -> Iterator[PageBlock]:
    tag = _tag(c, element)
    if tag == "Table":
        yield from _table(c, element, runs)
    elif tag in BOXES:
        loose: list[PageRun] = []
        for child, mark in _children(c, element):
            if child is None:
                loose += runs.get(mark, [])
                continue
            if loose:
                yield PageBlock("text", 0, "", _spaced(loose), [])
                loose = []
            yield from _blocks(c, child, runs)
        if loose:
            yield PageBlock("text", 0, "", _spaced(loose), [])
    else:
        level = int(tag[1]) if len(tag) == 2 and tag[0] == "H" and tag[1].isdecimal() else 0
        alt = _alt(c, element) if tag in ("Figure", "Formula") else ""
        words = _spaced(_deep(c, element, runs))
        if words or alt:
            yield PageBlock("heading" if level else WORDS.get(tag, "text"), level, alt, words, [])


def _table(c: Any, element: Any, runs: dict[int, list[PageRun]]) -> Iterator[PageBlock]:
    rows: list[PageRow] = []

    def take(parent: Any) -> Iterator[PageBlock]:
        for child, _ in _children(c, parent):
            if child is None:
                continue
            tag = _tag(c, child)
            if tag == "TR":
                cells = [cell for cell, _ in _children(c, child) if cell]
                row = PageRow(all(_tag(c, cell) == "TH" for cell in cells), [_spaced(_deep(c, cell, runs)) for cell in cells])
                if any(row.cells):
                    rows.append(row)
            elif tag in BOXES:
                yield from take(child)
            else:
                yield from _blocks(c, child, runs)

    yield from take(element)
    if rows:
        yield PageBlock("table", 0, "", [], _in_columns(rows))


def _in_columns(rows: list[PageRow]) -> list[PageRow]:
    """Rows with a cell over several columns get empty ones, so that every figure stays under its heading."""
    most = max(len(r.cells) for r in rows)
    middles = []
    for n in range(most):
        runs = [run for r in rows if len(r.cells) == most for run in r.cells[n]]
        middles.append((min((run.x for run in runs), default=n / most) + max((run.x + run.w for run in runs), default=(n + 1) / most)) / 2)
    made = []
    for row in rows:
        cells: list[list[PageRun]] = []
        for place, cell in enumerate(row.cells):
            left = len(row.cells) - place - 1  # cells still to come need a column each
            middle = (min(r.x for r in cell) + max(r.x + r.w for r in cell)) / 2 if cell else 0
            free = range(len(cells), most - left)
            column = min(free, key=lambda n: abs(middles[n] - middle)) if cell and len(row.cells) < most else len(cells)
            cells += [[] for _ in range(column - len(cells))] + [cell]
        made.append(PageRow(row.head, cells + [[] for _ in range(most - len(cells))]))
    return made


def said(runs: list[PageRun]) -> str:
    """Runs as one line."""
    return "".join(r.text for r in runs).strip()


def headings(blocks: list[PageBlock]) -> list[str]:
    """The headings of a page as plain text."""
    return [said(b.runs) for b in blocks if b.kind == "heading"]
