"""Stored files: what is refused, what is kept, what is swept (R13, T14)."""

import io
import os
import struct
import time
import zipfile
import zlib

import pytest
from PIL import Image

from core import files
from core.errors import Invalid, NotFound
from core.ids import new_id
from tests.core.acting import acting_for

pytestmark = pytest.mark.usefixtures("database")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (12, 120, 60)).save(out, kind)
    return out.getvalue()


def _archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _sheet(extra: dict[str, bytes] | None = None) -> bytes:
    return _archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", **(extra or {})})


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


async def test_what_was_saved_opens_again_for_its_organisation_only() -> None:
    tenant, stranger = new_id(), new_id()
    async with acting_for(tenant) as ctx:
        ref = await files.save_file(ctx, "../../6月 电费单.PDF", PDF)
        stored = await files.open_file(ctx, ref.id)
    assert (stored.data, stored.ref) == (PDF, ref)
    assert (ref.name, ref.content_type, ref.size) == ("6月 电费单.pdf", "application/pdf", len(PDF))
    async with acting_for(stranger) as ctx:
        with pytest.raises(NotFound):
            await files.open_file(ctx, ref.id)


async def test_the_same_bytes_of_two_organisations_are_two_blobs() -> None:
    refs = []
    for tenant in (new_id(), new_id()):
        async with acting_for(tenant) as ctx:
            refs.append((tenant, await files.save_file(ctx, "a.pdf", PDF)))
    paths = {files.store().path(f"{tenant}/{ref.sha256}") for tenant, ref in refs}
    assert len(paths) == 2 and all(p.exists() for p in paths) and len({ref.sha256 for _, ref in refs}) == 1


async def test_a_picture_is_written_anew() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (20, 10)).save(out, "JPEG", exif=exif)
    sent = out.getvalue() + b"<script>alert(1)</script>"
    async with acting_for(new_id()) as ctx:
        ref = await files.save_file(ctx, "photo.jpeg", sent)
        kept = (await files.open_file(ctx, ref.id)).data
    assert (
        b"secret place" not in kept
        and b"script" not in kept
        and kept.startswith(b"\xff\xd8\xff")
        and ref.name == "photo.jpg"
    )


HOSTILE = {
    "EMPTY": [b""],
    "FILE_TYPE": [
        b"MZ\x90\x00" + b"\0" * 100,
        b"#!/bin/sh\n",
        b"<html><script>1</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"GIF89a" + b"\0" * 50,
        b"\x7fELF" + b"\0" * 50,
        b"PK\x05\x06" + b"\0" * 18,
        b"PK\x03\x04broken",
        _archive({"evil.exe": b"MZ"}),
        _sheet(),
        b" %PDF-1.4 moved",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100,
        b"RIFF0000WEBPVP8 ",
        b"\0" * 4096,
        b"II*\x00" + b"\0" * 60,
        b"BM" + b"\0" * 60,
        b"Rar!\x1a\x07\x00",
        b"7z\xbc\xaf\x27\x1c",
        b"{\\rtf1}",
        "电费".encode(),
    ],
    "HEIC": [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic"],
    "PICTURE_DAMAGED": [
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"\xff\xd8\xff\xe0" + b"\0" * 40,
        _picture()[:60],
        _picture("JPEG")[:200],
        _bomb(100, 100),
    ],
    "PICTURE_TOO_LARGE": [_bomb(100_000, 100_000), _bomb(30_000, 20), _bomb(11_000, 11_000)],
    "TOO_LARGE": [b"%PDF-1.7" + b"0" * (10 * files.MB)],
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("code", "data"),
    [(code, data) for code, many in HOSTILE.items() for data in many],
    ids=lambda v: v if isinstance(v, str) else "",
)
async def test_hostile_evidence_is_refused_with_a_remedy(code: str, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        async with acting_for(new_id()) as ctx:
            await files.save_file(ctx, "evidence.pdf", data, field="files[0]")
    (fault,) = refused.value.errors
    assert (fault.path, fault.code) == ("files[0]", code) and "请" in fault.message


@pytest.mark.parametrize(
    "data",
    [
        _sheet({"xl/worksheets/sheet1.xml": b"\0" * (201 * files.MB)}),
        _sheet({f"xl/m{n}.xml": b"" for n in range(2100)}),
        _sheet({"../../etc/passwd": b"x"}),
        _sheet({"/abs": b"x"}),
    ],
    ids=["unpacks to 201 MB", "2100 members", "climbs", "absolute"],
)
def test_a_hostile_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        files.inspect(data, "sheet")
    assert refused.value.errors[0].code == "ARCHIVE"


def test_a_plain_sheet_is_taken() -> None:
    assert files.inspect(_sheet(), "sheet")[1] == "xlsx"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a/b\\c.pdf", "c.pdf"),
        ("..", "文件.pdf"),
        ("", "文件.pdf"),
        ("x\x00\x1f\u202efdp.exe", "xfdp.pdf"),
        ("长" * 300 + ".pdf", "长" * 90 + ".pdf"),
        ('a"<>|?*:b.pdf', "ab.pdf"),
        ("电费单.2024.pdf", "电费单.2024.pdf"),
    ],
)
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert files.safe_name(given, "pdf") == kept


async def test_a_rolled_back_upload_leaves_a_blob_that_the_sweep_takes() -> None:
    tenant = new_id()
    with pytest.raises(RuntimeError):
        async with acting_for(tenant) as ctx:
            lost = await files.save_file(ctx, "lost.pdf", PDF + b"lost")
            raise RuntimeError
    async with acting_for(tenant) as ctx:
        kept = await files.save_file(ctx, "kept.pdf", PDF)
    path = {r.name: files.store().path(f"{tenant}/{r.sha256}") for r in (lost, kept)}
    async with acting_for(None) as ctx:
        assert [o for o in await files.sweep(ctx.db) if o.tenant == tenant] == []  # young blobs stay
        for p in path.values():
            os.utime(p, (time.time() - 90_000,) * 2)
        assert [o.sha256 for o in await files.sweep(ctx.db, dry=True) if o.tenant == tenant] == [lost.sha256]
        assert path["lost.pdf"].exists()
        assert [o.sha256 for o in await files.sweep(ctx.db) if o.tenant == tenant] == [lost.sha256]
    assert not path["lost.pdf"].exists() and path["kept.pdf"].exists()


async def test_a_damaged_blob_is_not_handed_out() -> None:
    async with acting_for(new_id()) as ctx:
        ref = await files.save_file(ctx, "a.pdf", PDF)
        files.store().path(f"{ctx.tenant}/{ref.sha256}").write_bytes(PDF + b"!")
        with pytest.raises(Exception, match="FILE_DAMAGED"):
            await files.open_file(ctx, ref.id)
        await files.drop_file(ctx, ref.id)
        with pytest.raises(NotFound):
            await files.open_file(ctx, ref.id)
