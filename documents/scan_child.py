"""The child process that opens uploaded scans: it stands alone, knows no secret, and has limits on memory and time.

Started as ``python -I scan_child.py`` with the files on standard input; answers upright page pictures joined to one PDF and the QR
codes read on each page, or the code of a refusal. Nothing of the project is imported here.
"""

import io
import json
import resource
import struct
import sys
import zlib
from typing import Any

MEMORY = 1_400_000_000
CPU_SECONDS = 25
PIXELS = 110_000_000
SIDE = 2600  # long side of a kept page picture: A4 at about 220 dpi
INFLATED = 80_000_000
OBJECTS = 20_000
FORBIDDEN = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA", "/SubmitForm", "/ImportData", "/GoToR",
    "/GoToE", "/Movie", "/Sound", "/3D", "/AA",
}  # fmt: skip


class Refusal(Exception):
    """``code`` is one of documents.scans.WORDS; ``file`` counts from 0."""

    def __init__(self, code: str, file: int = 0, **facts: Any) -> None:
        super().__init__(code)
        self.answer = {"refused": code, "file": file, **facts}


def look_through_pdf(data: bytes, file: int, most: int) -> None:
    """Walk over every object before anything is drawn: no action, no attachment, no bomb. Raises Refusal."""
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject, StreamObject

    if not data.startswith(b"%PDF-"):
        raise Refusal("damaged", file)
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refusal("damaged", file)
    if data[end + 5 :].strip(b" \t\r\n\0"):
        raise Refusal("tail", file)
    if b"<html" in data[:1024].lower() or b"<script" in data[:1024].lower():
        raise Refusal("tail", file)
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise Refusal("encrypted", file)
    numbers = {n for generation in reader.xref.values() for n in generation} | set(reader.xref_objStm)
    if len(numbers) > OBJECTS:
        raise Refusal("damaged", file)
    budget = INFLATED
    for number in sorted(numbers):
        found = reader.get_object(IndirectObject(number, 0, reader))
        todo: list[Any] = [found]
        steps = 0
        while todo:
            here = todo.pop()
            steps += 1
            if steps > 200_000:
                raise Refusal("damaged", file)
            if isinstance(here, IndirectObject):
                continue
            if isinstance(here, dict):
                wrong = FORBIDDEN & {str(k) for k in here} | ({str(here.get("/S"))} & FORBIDDEN) | ({str(here.get("/Type"))} & FORBIDDEN)
                opening = here.get("/OpenAction")  # a place to open at is an array; an action is a dictionary
                if isinstance(opening, IndirectObject):
                    opening = opening.get_object()
                if isinstance(opening, dict):
                    wrong |= {"/OpenAction"}
                if wrong:
                    raise Refusal("active", file, part=sorted(wrong)[0].strip("/"))
                if isinstance(here, StreamObject):
                    budget = _weigh(here, budget, file)
                todo += [v for v in dict.values(here)]
            elif isinstance(here, (list, tuple)):
                todo += list(here)
    pages = len(reader.pages)
    if not 1 <= pages <= most:
        raise Refusal("pages", file, pages=pages)


def _weigh(stream: Any, budget: int, file: int) -> int:
    """What is left of the budget after this stream; pictures by their pixels."""
    names = stream.get("/Filter", [])
    filters = [str(f) for f in names] if isinstance(names, (list, tuple)) else [str(names)]
    if len(filters) > 2 or filters.count("/FlateDecode") > 1:
        raise Refusal("bomb", file)
    if str(stream.get("/Subtype")) == "/Image":
        width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
        if width * height > PIXELS:
            raise Refusal("picture", file)
    if filters and filters[0] == "/FlateDecode":
        worker, left = zlib.decompressobj(), bytes(stream._data)
        try:
            while left and budget >= 0:
                budget -= len(worker.decompress(left, 1_000_000))
                left = worker.unconsumed_tail
        except zlib.error:
            pass  # pdfium forgives what pypdf does; nothing inflates here
        if budget < 0:
            raise Refusal("bomb", file)
    return budget


def draw_pdf(data: bytes, file: int, most: int) -> list[Any]:
    """Pages as pictures, 150 dpi, no side longer than SIDE."""
    import pypdfium2

    look_through_pdf(data, file, most)
    document = pypdfium2.PdfDocument(data)
    pictures = []
    for page in document:
        width, height = page.get_size()
        scale = min(150 / 72 * 1.2, SIDE / max(width, height, 1))
        pictures.append(page.render(scale=max(scale, 0.05)).to_pil().convert("RGB"))
    return pictures


def read_photo(data: bytes, file: int) -> Any:
    """A photograph, upright as its own notes say, no larger than needed."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit follows, before anything is decoded
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
        if picture.width * picture.height > PIXELS or max(picture.size) > 16_000:
            raise Refusal("picture", file)
        if picture.format == "JPEG":
            picture.draft("RGB", (SIDE, SIDE))
        picture.load()
        upright = ImageOps.exif_transpose(picture) or picture
        if upright.mode in ("RGBA", "LA", "P"):
            over = upright.convert("RGBA")
            sheet = Image.new("RGB", over.size, "white")
            sheet.paste(over, mask=over.split()[3])
            upright = sheet
        upright = upright.convert("RGB")
    if min(upright.size) < 300:
        raise Refusal("small", file)
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return upright


def turn(picture: Any, head: str) -> tuple[Any, list[str], int]:
    """The page turned by its form's code, all codes of ours on it, and by how many degrees it was turned.

    The code is looked for in each of the four positions: only an upright one is read without the reader's own turning.
    """
    import zxingcpp

    def read(image: Any, rotate: bool) -> list[Any]:
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode), try_rotate=rotate, try_downscale=True)
        return [b for b in found if b.valid and b.text.startswith(head)]

    grey = picture.convert("L")
    codes = read(grey, True)
    if not codes:
        return picture, [], 0
    quarter = round(codes[0].orientation / 90) * 90 % 360
    for degrees in dict.fromkeys((quarter, (360 - quarter) % 360, 0, 90, 180, 270)):
        again = read(grey.rotate(degrees, expand=True), True) if degrees else codes
        if again and round(again[0].orientation / 90) % 4 == 0:
            return (picture.rotate(degrees, expand=True) if degrees else picture), sorted({b.text for b in codes}), degrees
    return picture, sorted({b.text for b in codes}), 0


def join(pictures: list[Any], former: bytes) -> bytes:
    """One PDF: the former pages, then a page for each picture."""
    from pypdf import PdfReader, PdfWriter

    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=200, quality=82)
    if not former:
        return out.getvalue()
    writer = PdfWriter()
    for part in (former, out.getvalue()):
        for page in PdfReader(io.BytesIO(part)).pages:
            writer.add_page(page)
    joined = io.BytesIO()
    writer.write(joined)
    return joined.getvalue()


def work(order: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], bytes]:
    """All files of one upload, in their order."""
    former, *files = blobs
    pages, pictures = [], []
    for number, (kind, data) in enumerate(zip(order["kinds"], files, strict=True)):
        try:
            drawn = draw_pdf(data, number, order["most"]) if kind == "pdf" else [read_photo(data, number)]
        except Refusal:
            raise
        except MemoryError:
            raise Refusal("bomb", number) from None
        except Exception:
            raise Refusal("damaged", number) from None
        for picture in drawn:
            upright, codes, degrees = turn(picture, order["head"])
            pictures.append(upright)
            pages.append({"codes": codes, "turned": degrees, "width": upright.width, "height": upright.height})
    return {"pages": pages}, join(pictures, former)


def main() -> None:
    """Length-prefixed JSON and blobs in, the same out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source = sys.stdin.buffer
    (length,) = struct.unpack(">I", source.read(4))
    order = json.loads(source.read(length))
    blobs = [source.read(size) for size in order["sizes"]]
    try:
        answer, pdf = work(order, blobs)
    except Refusal as refusal:
        answer, pdf = refusal.answer, b""
    except (Exception, RecursionError):
        answer, pdf = {"refused": "damaged", "file": 0}, b""
    head = json.dumps(answer).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(head)) + head + pdf)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
