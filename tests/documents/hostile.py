"""Hostile spreadsheets, made by code (none is committed as a binary). Each maker returns the bytes of one file."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import openpyxl

TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    '<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="填报" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
BOOK_RELS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'


def package(
    sheet: bytes | str = HEAD + SHEET.format(rows=""),
    *,
    extra: dict[str, bytes] | None = None,
    book: bytes | str = BOOK,
    types: str = TYPES,
) -> bytes:
    """A minimal workbook with the given sheet part and extra members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", types)
        z.writestr("_rels/.rels", RELS)
        z.writestr("xl/workbook.xml", book)
        z.writestr("xl/_rels/workbook.xml.rels", BOOK_RELS)
        z.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, data in (extra or {}).items():
            z.writestr(name, data)
    return out.getvalue()


def honest() -> bytes:
    """A normal workbook by openpyxl."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "填报"
    sheet.append(["能源", "用量"])
    sheet.append(["电力", 12.5])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _streamed(size: int, unit: bytes, head: bytes, tail: bytes) -> bytes:
    """A package whose sheet inflates to ``size`` bytes, written without holding them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for name, text in (
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELS),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ):
            z.writestr(name, text)
        with z.open("xl/worksheets/sheet1.xml", "w", force_zip64=False) as part:
            part.write(head)
            block = unit * (1_000_000 // len(unit))
            for _ in range(size // len(block)):
                part.write(block)
            part.write(tail)
    return out.getvalue()


def rows_bomb() -> bytes:
    """Hundreds of megabytes of rows in little more than one."""
    return _streamed(
        260_000_000, b"<row><c><v>1</v></c></row>", (HEAD + SHEET.split("{")[0]).encode(), b"</sheetData></worksheet>"
    )


def cell_bomb() -> bytes:
    """One cell of hundreds of megabytes."""
    head = HEAD + SHEET.split("{")[0] + '<row r="1"><c r="A1" t="inlineStr"><is><t>'
    return _streamed(260_000_000, b"A" * 64, head.encode(), b"</t></is></c></row></sheetData></worksheet>")


def lying_size() -> bytes:
    """A part that says it is small: the central directory and the local header both lie."""
    data = bytearray(_streamed(230_000_000, b"<row><c><v>1</v></c></row>", HEAD.encode(), b""))
    name = b"xl/worksheets/sheet1.xml"
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if bytes(data[at + 46 : at + 46 + length]) == name:
            struct.pack_into("<I", data, at + 24, 1000)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def overlapping() -> bytes:
    """Two directory entries that point at the same bytes (the quine-like bombs do this)."""
    data = bytearray(package(extra={"xl/media/a.xml": b"<a/>" * 100, "xl/media/b.xml": b"<b/>" * 100}))
    heads, at = [], data.find(b"PK\x01\x02")
    while at >= 0:
        heads.append(at)
        at = data.find(b"PK\x01\x02", at + 4)
    first = struct.unpack_from("<I", data, heads[-2] + 42)[0]
    struct.pack_into("<I", data, heads[-1] + 42, first)
    return bytes(data)


LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def members() -> bytes:
    """Thirty thousand members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        z.writestr("[Content_Types].xml", TYPES)
        z.writestr("xl/workbook.xml", BOOK)
        for i in range(30_000):
            z.writestr(f"xl/media/i{i}.png", b"")
    return out.getvalue()


def far_cells() -> bytes:
    """Two cells, A1 and XFD1048576: a reader without bounds would make 17 thousand million cells."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return package(HEAD + SHEET.format(rows=rows))


def encrypted() -> bytes:
    """The flag of an encrypted member."""
    data = bytearray(honest())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def prefixed() -> bytes:
    """Something in front of the first member."""
    return b"PK\x03\x04junk" + honest()


def odd_method() -> bytes:
    """bzip2 inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as z:
        z.writestr("[Content_Types].xml", TYPES)
        z.writestr("xl/workbook.xml", BOOK)
    return out.getvalue()


def word() -> bytes:
    """A Word file by name only."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("[Content_Types].xml", TYPES)
        z.writestr("word/document.xml", "<a/>")
    return out.getvalue()


def sheet_with(doctype: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    """A sheet part with a document type declaration, in some encoding."""

    def make() -> bytes:
        text = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}' + SHEET.format(rows="")
        return package(text.encode(encoding))

    return make


def extra(name: str) -> Callable[[], bytes]:
    """A member that does not belong."""
    return lambda: package(extra={name: b"x"})


#: file → (maker, stable reason)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "rows bomb": (rows_bomb, "inflated"),
    "cell bomb": (cell_bomb, "inflated"),
    "lying size": (lying_size, "damaged"),
    "overlapping members": (overlapping, "overlap"),
    "billion laughs": (sheet_with(LAUGHS), "dtd"),
    "external entity": (sheet_with(XXE), "dtd"),
    "DTD in UTF-16": (sheet_with(XXE, "utf-16"), "encoding"),
    "DTD in UTF-16 without mark": (sheet_with(XXE, "utf-16-le"), "encoding"),
    "DTD in UTF-7": (sheet_with(XXE, "utf-7"), "encoding"),
    "DTD in the book": (lambda: package(book=BOOK.replace("?>", "?>" + XXE, 1)), "dtd"),
    "30 000 members": (members, "members"),
    "macros": (extra("xl/vbaProject.bin"), "vbaproject"),
    "macro-enabled type": (
        lambda: package(
            types=TYPES.replace("openxmlformats-officedocument.spreadsheetml.sheet", "ms-excel.sheet.macroEnabled")
        ),
        "macro_enabled",
    ),
    "external links": (extra("xl/externalLinks/externalLink1.xml"), "externallinks"),
    "embedded object": (extra("xl/embeddings/oleObject1.bin"), "embeddings"),
    "ActiveX": (extra("xl/activeX/activeX1.xml"), "activex"),
    "data connection": (extra("xl/connections.xml"), "connections"),
    "strange part": (extra("payload.exe"), "part_name"),
    "path out": (extra("xl/../../etc/passwd.xml"), "part_name"),
    "encrypted member": (encrypted, "encrypted"),
    "bzip2": (odd_method, "method"),
    "prefix": (prefixed, "prefix"),
    "html renamed": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "markup"),
    "xls or encrypted": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "ole"),
    "csv renamed": (lambda: "能源,用量\n电力,1\n".encode(), "not_zip"),
    "pdf renamed": (lambda: b"%PDF-1.7\n...", "pdf"),
    "word renamed": (word, "not_workbook"),
    "truncated": (lambda: honest()[: len(honest()) // 2], "damaged"),
    "junk": (lambda: b"PK\x03\x04" + zlib.compress(b"x" * 5000), "damaged"),
    "empty": (lambda: b"", "empty"),
    "21 MB": (lambda: b"PK\x03\x04" + b"\0" * 21_000_000, "too_big"),
}
