"""Hostile uploads of a stamped form, made by code. Each maker returns the bytes of one file; beside it the stable refusal."""

import io
import zlib
from collections.abc import Callable

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject, TextStringObject


def pdf(pages: int = 1, change: Callable[[PdfWriter], None] = lambda w: None) -> bytes:
    """A plain PDF with something done to it."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def photo(width: int = 1200, height: int = 1600, kind: str = "JPEG", noise: bool = False) -> bytes:
    """A picture of nothing."""
    picture = Image.effect_noise((width, height), 80).convert("RGB") if noise else Image.new("RGB", (width, height), "white")
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF written by hand: objects from 1 on, the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


def bomb(size: int = 400_000_000, twice: bool = False) -> bytes:
    """A page whose content inflates to hundreds of megabytes."""
    worker, packed = zlib.compressobj(9), b""
    for _ in range(size // 1_000_000):
        packed += worker.compress(b" " * 1_000_000)
    packed += worker.flush()
    names = b"/FlateDecode"
    if twice:
        packed, names = zlib.compress(packed, 9), b"[/FlateDecode /FlateDecode]"
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(packed), names, packed),
    )


def encrypted() -> bytes:
    """Protected by a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _launch(writer: PdfWriter) -> None:
    """A launch action deep inside an annotation of a page."""
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")})
    note = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action})
    note[NameObject("/Rect")] = ArrayObject([NumberObject(n) for n in (0, 0, 9, 9)])
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def _script(writer: PdfWriter) -> None:
    """A script in the names of the document, as a program would put it there."""
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")})
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), writer._add_object(action)])})
    writer._root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): names})


def _xfa(writer: PdfWriter) -> None:
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})


def _opening(writer: PdfWriter) -> None:
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject("/URI")})


def _wide(writer: PdfWriter) -> None:
    """A picture of 900 megapixels in a few bytes."""
    stream = DecodedStreamObject()
    stream.set_data(b"0")
    stream.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"), NameObject("/Width"): NumberObject(30_000),
        NameObject("/Height"): NumberObject(30_000), NameObject("/BitsPerComponent"): NumberObject(1), NameObject("/ColorSpace"): NameObject("/DeviceGray"),
    })  # fmt: skip
    writer.pages[0][NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/I"): writer._add_object(stream)})}
    )


def png_bomb() -> bytes:
    """A PNG of 30 000 x 30 000 pixels in 100 kB."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG", optimize=True)
    return out.getvalue()


LOOP = raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 400

#: file → (maker, stable code)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "HEIC photo": (lambda: HEIC, "HEIC"),
    "12 MB photo": (lambda: photo() + b"\0" * 12_000_000, "TOO_LARGE"),
    "20.5 MB PDF": (lambda: pdf() + b"\n" * 20_500_000, "TOO_LARGE"),
    "empty": (lambda: b"", "EMPTY"),
    "text renamed": (lambda: "盖章申请表".encode(), "FILE_TYPE"),
    "HTML renamed": (lambda: b"<html><script>alert(1)</script></html>", "FILE_TYPE"),
    "Word renamed": (lambda: b"PK\x03\x04" + b"\0" * 500, "FILE_TYPE"),
    "GIF": (lambda: photo(kind="GIF"), "FILE_TYPE"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "FILE_TYPE"),
    "JavaScript": (lambda: pdf(change=_script), "FILE_UNSAFE"),
    "attachment": (lambda: pdf(change=lambda w: w.add_attachment("x.exe", b"MZ")), "FILE_UNSAFE"),
    "launch in an annotation": (lambda: pdf(change=_launch), "FILE_UNSAFE"),
    "XFA": (lambda: pdf(change=_xfa), "FILE_UNSAFE"),
    "opening action": (lambda: pdf(change=_opening), "FILE_UNSAFE"),
    "encrypted": (encrypted, "FILE_UNSAFE"),
    "flate bomb": (bomb, "FILE_UNSAFE"),
    "flate in flate": (lambda: bomb(100_000_000, twice=True), "FILE_UNSAFE"),
    "900 megapixels": (lambda: pdf(change=_wide), "PICTURE_TOO_LARGE"),
    "500 pages": (lambda: pdf(500), "PAGES"),
    "HTML behind the PDF": (lambda: pdf() + b"<html><script>alert(1)</script>", "FILE_UNSAFE"),
    "zip behind the PDF": (lambda: pdf() + b"PK\x03\x04" + b"\0" * 100, "FILE_UNSAFE"),
    "PDF cut short": (lambda: pdf()[:300], "DAMAGED"),
    "junk after the head": (lambda: b"%PDF-1.7\n" + b"\xff" * 3000 + b"\n%%EOF", "DAMAGED"),
    "looping page tree": (lambda: LOOP, "DAMAGED"),
    "JPEG cut short": (lambda: photo(noise=True)[:2000], "DAMAGED"),
    "JPEG of nothing": (lambda: b"\xff\xd8\xff\xe0" + b"junk" * 200, "DAMAGED"),
    "PNG of 900 megapixels": (png_bomb, "PICTURE_TOO_LARGE"),
    "thumbnail": (lambda: photo(120, 160), "TOO_SMALL"),
}
