"""The water-saving report (WA12, WA13): refused with reasons, printed with the same figures, the same bytes again, Word beside it."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import asyncpg
import msgspec
import pypdf
import pytest
from docx import Document
from PIL import Image

import documents
import inventory
import reports
import water
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from documents.word import MARK
from tests.filing.world import Firm, make_firm
from tests.water.conftest import PRODUCTS, YEAR

BASE = "https://tanxiao.example"


def body(year: int, products: Sequence[Mapping[str, object]] | None = None, **data: object) -> water.Body:
    """GC-WA01 with a product, a measure, a plan and a title."""
    rows = [{"id": new_id(), **p} for p in (PRODUCTS if products is None else products)]
    measure = {"id": new_id(), "name": "冷却塔旁滤改造", "summary": "加装旁滤器，减少排污水量", "investment": "12.5", "implemented_on": f"{year}-09-03", "annual_saving": "6200"}
    plan = {"id": new_id(), "name": "雨水收集回用", "content": "收集厂房屋面雨水，用于绿化和道路冲洗", "expected_investment": "30", "expected_on": f"{year + 1}-06-30", "expected_saving": "2500"}
    title = {"name": "节水型企业", "level": "市", "awarded_on": f"{year}-05-10"}
    typed = {
        "data": YEAR | {"metering": "市政自来水一路，取水口装一级表 2 块，用水单元装二级表 11 块。", "tested_on": f"{year}-04-20", "tested_by": "广州测试水平衡中心"} | data,
        "products": rows, "measures": [measure], "plans": [plan], "titles": [title],
    }  # fmt: skip
    return msgspec.convert(typed, water.Body, strict=False)


async def fill(firm: Firm, year: int = 2025, version: int = 0, *, added: str | None = "8200", products: Sequence[Mapping[str, object]] | None = None, **data: object) -> water.WaterView:
    """Save a year of water, with operating data the first time."""
    from decimal import Decimal

    async with firm.act() as ctx:
        if version == 0 and added is not None:
            await inventory.save_operating(
                ctx, str(year), version=0, output_value=Decimal("31000"), value_added=Decimal(added), tax=Decimal("410"), staff_avg=160,
                evidence_id=None, region="440112", industry="C2926",
            )  # fmt: skip
        return await water.save_water(ctx, year, version, body(year, products, **data))


async def make(firm: Firm, year: int = 2025) -> reports.Report:
    """Create the report."""
    async with firm.act() as ctx:
        return await reports.create_water_report(ctx, year)


async def printed(firm: Firm, report: reports.Report) -> str:
    """The text of the PDF without blanks."""
    async with firm.act() as ctx:
        pdf = await reports.report_pdf(ctx, report.id)
    return "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(pdf.data)).pages).split())


async def test_the_paper_says_what_the_firm_filed(firm: Firm, renderer: documents.Renderer) -> None:
    """Every indicator of the case on paper and in Word; current until its data change."""
    await fill(firm, 2024, tap="101600", use_production="97700", products=[{**PRODUCTS[0], "production_water": "97700"}], added="8000")
    await fill(firm)
    report = await make(firm)
    assert (report.kind, report.title, report.label, report.state_word, report.stale) == ("water", "企业节水报告", "企业自评", "已生成", False)
    text = await printed(firm, report)
    for said in ("98,000.0000", "568,000.0000", "82.75%", "5.77%", "95.24%", "42.22%", "50.00%", "11.9512", "0.1521", "3.37%", "15.84%", "14.2000",
                 "14.0000", "无定额", "20.16", "5.83", "1,550.0000", "节水型企业", "广州测试水平衡中心", "104,000.0000", "100,500.0000", report.number):  # fmt: skip
        assert said in text, said
    async with firm.act() as ctx:
        word, again = await reports.report_word(ctx, report.id), await reports.report_word(ctx, report.id)
    assert word.data == again.data
    (picture,) = [n for n in ZipFile(BytesIO(word.data)).namelist() if n.startswith("word/media/")]
    assert Image.open(BytesIO(ZipFile(BytesIO(word.data)).read(picture))).width == 1440
    described = ZipFile(BytesIO(word.data)).read("word/document.xml").decode()
    assert 'descr="水平衡图：进水 104,000.0000 m3，出水 100,500.0000 m3，重复利用 470,000.0000 m3"' in described
    document = Document(BytesIO(word.data))
    cells = {c.text for t in document.tables for row in t.rows for c in row.cells}
    assert {"98,000.0000", "82.75%", "1,550.0000", "节水型企业"} <= cells and all(MARK in s.header.paragraphs[0].text for s in document.sections)


async def test_same_snapshot_same_bytes(firm: Firm, renderer: documents.Renderer) -> None:
    """Unchanged data answer the report that stands; changed data make it stale and give the next version."""
    view = await fill(firm)
    one, same = await make(firm), await make(firm)
    assert one.id == same.id
    async with firm.act() as ctx:
        first = await reports.report_pdf(ctx, one.id)
        facts = await reports.report_facts(ctx, one.id)
        row = await ctx.db.row("select issued_at, snapshot_sha256 from report where tenant_id = $1 and id = $2", ctx.tenant, one.id)
    assert row is not None and isinstance(facts, reports.WaterFacts)
    from core.settings import settings

    data = documents.printable(reports.KINDS["water"].paper(facts, row["snapshot_sha256"], settings.base_url))
    assert await renderer.render_pdf("water", data, row["issued_at"]) == first.data
    await fill(firm, version=view.version, tap="86001")
    async with firm.act() as ctx:
        assert (await reports.get_report(ctx, one.id)).stale
    two = await make(firm)
    assert two.id != one.id and two.version == 2
    async with firm.act() as ctx:
        assert (await reports.get_report(ctx, one.id)).state == "superseded"


async def test_a_year_that_cannot_be_reported(firm: Firm) -> None:
    """WA13: nothing saved, shares that miss the intake; each reason with its section."""
    with pytest.raises(Conflict) as refused:
        await make(firm)
    assert refused.value.code == "WATER_NOT_REPORTABLE"
    assert [r["code"] for r in refused.value.extra["reasons"]] == ["NO_INTAKE", "NO_PRODUCT_OR_VALUE_ADDED"]
    await fill(firm, use_production="82000")
    with pytest.raises(Conflict) as refused:
        await make(firm)
    assert [(r["code"], r["section"]) for r in refused.value.extra["reasons"]] == [("ALLOCATION", "products")]
    with pytest.raises(Invalid):
        await make(firm, 2027)


async def test_an_unbalanced_year_is_marked(firm: Firm, renderer: documents.Renderer) -> None:
    """WA7: 11.60 % is printed and marked."""
    await fill(firm, tap="50000", ground="0", supplied_out=None, reclaimed="0", consumed="9000", discharged="34000", leaked="1200",
               use_production="45100", products=[{"name": "瓦楞纸", "unit": "t", "output": "4100", "production_water": "45100"}])  # fmt: skip
    report = await make(firm)
    assert any("水量不平衡" in w for w in report.warnings)
    text = await printed(firm, report)
    assert "水量不平衡" in text and "11.60%" in text and "超过10%" in text


async def test_an_unfinished_year_prints_dashes_with_reasons(firm: Firm, renderer: documents.Renderer) -> None:
    """Enough for WA13 and no more: the figures that are missing say why."""
    async with firm.act() as ctx:
        data = {"tap": "86000", "surface": "0", "ground": "0", "bought_other": "0"}
        product = {"id": new_id(), "name": "针织布", "unit": "t", "output": "5200", "production_water": "72800"}
        await water.save_water(ctx, 2025, 0, msgspec.convert({"data": data, "products": [product]}, water.Body, strict=False))
    report = await make(firm)
    text = await printed(firm, report)
    assert "未作水平衡" in text and "本年度未填工业增加值" in text and "未填：耗水量、排水量、漏失水量" in text


async def test_a_name_without_glyphs_is_refused(firm: Firm) -> None:
    """What cannot be printed is said before anything is kept."""
    await fill(firm, products=[{"name": "布\U0001f9f5", "unit": "t", "output": "5200", "production_water": "82100"}])
    with pytest.raises(Invalid) as refused:
        await make(firm)
    assert refused.value.code == "GLYPH_MISSING" or refused.value.errors[0].code == "GLYPH_MISSING"


async def test_another_firm_finds_nothing(firm: Firm, migrator: asyncpg.Connection, renderer: documents.Renderer) -> None:
    """T7."""
    await fill(firm)
    report = await make(firm)
    other = await make_firm(migrator)
    async with other.act() as ctx:
        for verb in (reports.get_report, reports.report_pdf, reports.report_word):
            with pytest.raises(NotFound):
                await verb(ctx, report.id)
        with pytest.raises(NotFound):
            await reports.get_report(ctx, uuid4())


def test_the_diagram_adds_up() -> None:
    """Both sides fill the larger one; what is not metered is a band of its own."""
    from reports.water_paper import diagram

    found = None
    for changed in ("31000", "60000", "0"):
        found = diagram(sample(consumed=changed))
        assert found is not None
        assert abs(sum(b["height"] for b in found["left"]) - 1) < 1e-9 and abs(sum(b["height"] for b in found["right"]) - 1) < 1e-9
    assert found is not None and [b["name"] for b in found["right"]] == ["排水", "漏失", "未计量的差额"]
    assert diagram(sample(consumed=None)) is None


def sample(**data: object) -> reports.WaterFacts:
    """Facts without a database."""
    from decimal import Decimal

    from reports.facts import Company, Operation
    from reports.water import _amounts, _closing
    from reports.water_facts import Figure
    from water.figures import balance, indicators, use_balance

    typed = body(2025, None, **data)
    money = water.Money(Decimal(31000), Decimal(8200))
    figures = [Figure(code=i.code, name=i.name, unit=i.unit, value=i.value, last_year=i.last_year, change_pct=i.change_pct, formula=i.formula, reason=i.reason)
               for i in indicators(typed.data, money, None)]  # fmt: skip
    return reports.WaterFacts(
        kind="water", year=2025, number="TXR", report_id="1", issued_at="", issued_on="", known_on="", data_version="", basis="self",
        company=Company(name="甲", uscc="", region="", region_code="", industry_code="", industry=""), operation=Operation(),
        amounts=_amounts(typed.data, None), figures=figures, balance=_closing(balance(typed.data, Decimal(10))),
        use_balance=_closing(use_balance(typed.data, Decimal(10))), products=[], measures=[], plans=[], titles=[],
    )  # fmt: skip
