"""The render service: profiles, same bytes, no warnings, clear refusals, children that die or hang."""

import asyncio
import os
import time
from datetime import UTC, datetime
from io import BytesIO

import pypdf
import pytest
import zxingcpp
from PIL import Image

import documents
from core.errors import Invalid, Unavailable
from documents import render
from documents.certificate import certificate_paper
from tests.documents.views import LONG, view

WHEN = datetime(2026, 3, 18, 1, 41, 9, tzinfo=UTC)


async def test_the_certificate_is_one_tagged_archival_page_and_the_same_twice(renderer: documents.Renderer) -> None:
    first = await documents.certificate_pdf(view(), WHEN)
    assert first == await documents.certificate_pdf(view(), WHEN)
    paper = pypdf.PdfReader(BytesIO(first))
    assert len(paper.pages) == 1
    xmp = paper.trailer["/Root"]["/Metadata"].get_object().get_data()
    assert b"<pdfaid:part>2</pdfaid:part>" in xmp and b"<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    text = paper.pages[0].extract_text()
    for words in ("广州禾川塑料包装有限公司", "91440112MA5CXXXX0K", "TX20254401120003174", "0.7312", "企业自评"):
        assert words in text
    changed = await documents.certificate_pdf(view(level=3), WHEN)
    assert changed != first


@pytest.mark.parametrize("state", ["valid", "expired", "superseded", "suspended", "revoked"])
async def test_the_longest_certificate_keeps_one_page_in_every_state(renderer: documents.Renderer, state: str) -> None:
    long = view(
        4,
        state,
        company=LONG,
        E_core="123456789.12",
        value_added="9876543.21",
        identifier_prefix="88.118.20",
        label="净负排放",
    )
    paper = pypdf.PdfReader(BytesIO(await documents.certificate_pdf(long, WHEN)))
    assert len(paper.pages) == 1
    assert "淼垚㸚燚犇骉羴鱻䶮" in paper.pages[0].extract_text().replace("\n", "")


async def test_templates_compile_without_a_warning(renderer: documents.Renderer) -> None:
    assert await renderer.run(compile_twice, "certificate", render.paper_json(certificate_paper(view()))) == []


def compile_twice(template: str, data: str) -> list[str]:
    render._child.pop("warnings", None)
    render._pdf(template, data, 0)
    return list(render._child.get("warnings", []))


async def test_a_missing_glyph_is_a_refusal_that_names_it(renderer: documents.Renderer) -> None:
    with pytest.raises(Invalid) as refusal:
        await documents.certificate_pdf(view(company="广州𪚥科技有限公司"), WHEN)
    assert refusal.value.code == "GLYPH_MISSING" and "企业名称含平台字库没有的字“𪚥”" in refusal.value.detail


async def test_text_is_never_markup(renderer: documents.Renderer) -> None:
    sly = '#read("/etc/passwd") *粗* $x$ @ref <b> \\ "'
    paper = pypdf.PdfReader(BytesIO(await documents.certificate_pdf(view(company=sly), WHEN)))
    assert '#read("/etc/passwd")' in paper.pages[0].extract_text().replace("\n", "")


async def test_a_template_reads_nothing_outside_its_folder(renderer: documents.Renderer) -> None:
    for path in ("/etc/passwd", "../../etc/passwd", "/.env"):
        failure = await renderer.run(read_outside, path)
        assert isinstance(failure, render.Failure)


def read_outside(path: str) -> object:
    from pathlib import Path

    name = Path(render._child["root"]) / "probe.typ"
    name.write_text(f'#set document(title: "x")\n#read("{path}")')
    try:
        return render._pdf("probe", "{}", 0)
    finally:
        name.unlink()


async def test_no_template_asks_the_network() -> None:
    for path in render.templates().values():
        assert "@preview" not in path.read_text("utf-8"), path


def die() -> None:
    os._exit(3)


def hang() -> None:
    time.sleep(60)


def process() -> int:
    return os.getpid()


async def test_children_are_replaced_when_they_die_hang_or_have_worked_enough() -> None:
    service = documents.Renderer(1, recycle=3, seconds=60, warm=False)
    await service.start()
    try:
        seen = [await service.run(process) for _ in range(4)]
        assert len(set(seen)) == 2
        with pytest.raises(Unavailable) as dead:
            await service.run(die)
        assert dead.value.code == "RENDER_UNAVAILABLE"
        assert await service.run(process) not in seen
        service.seconds = 1
        with pytest.raises(Unavailable) as late:
            await service.run(hang)
        assert late.value.code == "RENDER_TIMEOUT"
        service.seconds = 60
        assert await service.run(process)
    finally:
        await service.stop()


async def test_a_queue_that_is_too_long_is_refused_at_once(
    renderer: documents.Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "QUEUE", 2)
    work = [asyncio.ensure_future(renderer.run(time.sleep, 0.2)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as busy:
        await renderer.run(process)
    assert busy.value.code == "RENDER_BUSY"
    await asyncio.gather(*work)
    assert await renderer.run(process)


async def test_a_page_is_drawn_from_the_finished_paper(renderer: documents.Renderer) -> None:
    pdf = await documents.certificate_pdf(view(), WHEN)
    picture, pages = await renderer.page_png(pdf, 1, 600)
    assert picture.startswith(b"\x89PNG") and pages == 1
    assert await renderer.page_png(pdf, 2) == (b"", 1)


async def test_the_code_on_paper_is_read_by_a_scanner(renderer: documents.Renderer) -> None:
    picture, _ = await renderer.page_png(await documents.certificate_pdf(view(3), WHEN), 1, 900)
    found = zxingcpp.read_barcode(Image.open(BytesIO(picture)))
    assert found is not None and found.text == view(3).url
