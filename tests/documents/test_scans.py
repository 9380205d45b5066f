"""Stamped scans (R13): hostile files refused with their reason, photographs turned upright by the form's code and joined."""

import io
import re
import time
from datetime import UTC, date, datetime

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader

import documents
from core.errors import Invalid
from tests.documents.hostile_scans import HOSTILE, pdf, photo

QR = "TXF1:26-1121-0007:7F3K9QZ2AB:1/1"
FACTS = {
    "number": "26-1121-0007", "kind": "agent", "kind_name": "企业代理人", "enterprise_name": "广州禾川塑料包装有限公司", "uscc": "91440112MA5Y000138",
    "legal_name": "陈志明", "legal_id_name": "居民身份证", "legal_id_no": "440106198001011234", "applicant_name": "李娟", "id_name": "护照",
    "id_no": "E12345678", "phone": "+8613800136021", "scopes": ["填报"], "valid_to": date(2027, 11, 7), "reason": "委托办理每月填报。", "qr": QR,
    "day": date(2026, 11, 21),
}  # fmt: skip


@pytest.fixture(scope="module")
async def form(renderer: documents.Renderer) -> bytes:
    return await documents.application_form(FACTS, datetime(2026, 11, 21, tzinfo=UTC), hotline="020-87126060", demo=False)


@pytest.fixture(scope="module")
async def sheet(renderer: documents.Renderer, form: bytes) -> Image.Image:
    """The form as a stamped picture."""
    png, _ = await renderer.page_png(form, 1, 1240)
    page = Image.open(io.BytesIO(png)).convert("RGB")
    draw = ImageDraw.Draw(page)
    draw.ellipse((800, 1060, 1060, 1320), outline="#C8102E", width=7)
    draw.text((880, 1180), "SEAL", fill="#C8102E", font_size=40)
    return page


def jpeg(picture: Image.Image, quality: int = 75, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, **({"exif": exif} if exif else {}))
    return out.getvalue()


async def read(*files: bytes, former: bytes = b"") -> documents.Scan:
    return await documents.read_scan([(f"{n}.bin", f) for n, f in enumerate(files)], "TXF1:", former)


async def test_the_form_is_one_page_with_a_code_that_is_read(form: bytes) -> None:
    assert len(PdfReader(io.BytesIO(form)).pages) == 1
    scan = await read(form)
    assert scan.pages[0]["codes"] == [QR] and scan.pages[0]["turned"] == 0 and scan.original == form
    text = re.sub(r"\s+", "", PdfReader(io.BytesIO(form)).pages[0].extract_text())
    assert all(t in text for t in ("用户管理权限申请表", "26-1121-0007", "广州禾川塑料包装有限公司", "91440112MA5Y000138", "2027年11月7日", "企业公章"))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("width", [1240, 900])
async def test_a_stamped_scan_photographed_sideways_is_turned_upright(sheet: Image.Image, degrees: int, width: int) -> None:
    small = sheet.resize((width, round(sheet.height * width / sheet.width)))
    scan = await read(jpeg(small.rotate(degrees, expand=True)))
    (page,) = scan.pages
    assert page["codes"] == [QR] and page["turned"] == (360 - degrees) % 360
    assert page["height"] > page["width"] and len(PdfReader(io.BytesIO(scan.pdf)).pages) == 1
    assert (await read(scan.pdf)).pages[0]["turned"] == 0  # what was kept stands upright


async def test_a_slanted_photo_on_a_dark_table_is_read(sheet: Image.Image) -> None:
    table = Image.new("RGB", (2400, 1800), "#5b4636")
    table.paste(sheet.resize((1130, 1600)).rotate(96, expand=True, fillcolor="#5b4636"), (300, 220))
    (page,) = (await read(jpeg(table, 60))).pages
    assert page["codes"] == [QR] and page["turned"] == 270 and page["height"] > page["width"]


@pytest.mark.parametrize(("orientation", "degrees"), [(6, 90), (3, 180), (8, 270)])
async def test_the_cameras_own_note_is_kept_to(sheet: Image.Image, orientation: int, degrees: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "CANARY-CAMERA"
    scan = await read(jpeg(sheet.rotate(degrees, expand=True), exif=exif))
    assert scan.pages[0]["codes"] == [QR] and scan.pages[0]["turned"] == 0
    assert scan.pages[0]["height"] > scan.pages[0]["width"]
    assert b"CANARY" not in scan.pdf


async def test_several_photos_are_joined_and_more_can_be_added(sheet: Image.Image) -> None:
    first = await read(jpeg(sheet), jpeg(sheet.rotate(180)))
    assert [p["turned"] for p in first.pages] == [0, 180] and first.original is None
    both = await read(jpeg(sheet.rotate(90, expand=True)), former=first.pdf)
    assert len(PdfReader(io.BytesIO(both.pdf)).pages) == 3 and len(both.pages) == 1


async def test_a_photo_without_a_code_is_taken_and_said_to_have_none(renderer: documents.Renderer) -> None:
    assert (await read(photo(noise=True))).pages[0]["codes"] == []


async def test_what_hides_behind_a_picture_is_gone(sheet: Image.Image) -> None:
    scan = await read(jpeg(sheet) + b"<script>CANARY</script>")
    assert b"CANARY" not in scan.pdf


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_files_are_refused_with_their_reason(name: str) -> None:
    make, code = HOSTILE[name]
    data = make()
    began = time.perf_counter()
    with pytest.raises(Invalid) as caught:
        await read(data)
    fault = caught.value.errors[0]
    assert (fault.path, fault.code) == ("file", code)
    assert caught.value.code == code and len(fault.message) >= 12 and "。" in fault.message
    assert time.perf_counter() - began < 12


async def test_an_open_at_page_one_is_no_action() -> None:
    """Scanning apps write where to open; that is a place, not an action."""
    from pypdf.generic import ArrayObject, Fit, NameObject, NumberObject

    def opens(writer: object) -> None:
        writer._root_object[NameObject("/OpenAction")] = ArrayObject([writer.pages[0].indirect_reference, NameObject("/XYZ"), *[NumberObject(0)] * 3])  # type: ignore[attr-defined]

    assert Fit
    assert len((await read(pdf(change=opens))).pages) == 1


async def test_counts_and_mixtures_are_refused_before_anything_is_opened() -> None:
    for files, code in [([], "REQUIRED"), ([photo()] * 10, "TOO_MANY"), ([photo(), pdf()], "ONE_PDF")]:
        with pytest.raises(Invalid) as caught:
            await read(*files)
        assert caught.value.errors[0].code == code


async def test_the_bad_one_of_several_is_named(sheet: Image.Image) -> None:
    with pytest.raises(Invalid) as caught:
        await read(jpeg(sheet), b"\xff\xd8\xff\xe0junk", HOSTILE["HEIC photo"][0]())
    assert [(e.path, e.code) for e in caught.value.errors] == [("file[2]", "HEIC")]
    with pytest.raises(Invalid) as caught:
        await read(jpeg(sheet), b"\xff\xd8\xff\xe0junk")
    assert [(e.path, e.code) for e in caught.value.errors] == [("file[1]", "DAMAGED")]


async def test_sizes_are_said_with_the_limit_and_the_remedy() -> None:
    with pytest.raises(Invalid) as caught:
        await read(HOSTILE["12 MB photo"][0]())
    assert "12.0 MB" in caught.value.detail and "10 MB" in caught.value.detail and "重拍" in caught.value.detail
    with pytest.raises(Invalid) as caught:
        await read(HOSTILE["HEIC photo"][0]())
    assert "兼容性最佳" in caught.value.detail and "JPG" in caught.value.detail
