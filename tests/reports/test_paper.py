"""The paper of the grade report: every section, every label, the same bytes, archival and tagged (LR3, GN3, GN10)."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal as D
from io import BytesIO

import msgspec
import pypdf
import pytest
import zxingcpp
from PIL import Image

import documents
from core.errors import Invalid
from documents import render
from reports.facts import MeasureLine, PlanLine, Question, ReportFacts, WaterLine
from reports.paper import paper, ruler_position
from tests.reports import samples

WHEN = datetime(2026, 3, 18, 1, 41, 9, tzinfo=UTC)
BASE = "https://tanxiao.example.cn"


_made: dict[str, tuple[bytes, list[str]]] = {}


async def made(service: documents.Renderer, facts: ReportFacts, again: bool = False) -> tuple[bytes, list[str]]:
    """The paper and the text of its pages; rendered once per set of facts unless ``again``."""
    sha = hashlib.sha256(documents.canonical(facts)).hexdigest()
    if again or sha not in _made:
        pdf = await service.render_pdf("grade", paper(facts, sha, BASE), WHEN)
        _made[sha] = pdf, [p.extract_text() for p in pypdf.PdfReader(BytesIO(pdf)).pages]
    return _made[sha]


SECTIONS = (
    "基本信息",
    "生产经营",
    "能源消费",
    "碳排放",
    "碳强度与等级",
    "碳中和",
    "减排措施与计划",
    "水资源利用",
    "数据质量",
    "计算公式与取数",
    "计算明细",
    "声明",
)


async def test_every_section_every_page_mark_and_the_same_bytes(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    pdf, pages = await made(renderer, facts)
    again, _ = await made(renderer, facts, again=True)
    assert pdf == again
    text = "\n".join(pages)
    for title in SECTIONS:
        assert title in text
    short = hashlib.sha256(documents.canonical(facts)).hexdigest()[:16]
    for number, page in enumerate(pages[1:], 1):
        assert f"第 {number} 页 / 共 {len(pages) - 1} 页" in page
        assert short in page and "企业自评" in page and facts.number in page
    assert "没有登记减排方案和减碳计划" in text and "没有填报水资源利用情况" in text
    assert "因四舍五入，合计与分项之和可能略有差异" in text
    assert "主体未认证" not in text and "净负排放" not in text


async def test_measures_plans_and_water_are_carried_in(renderer: documents.Renderer) -> None:  # LR3 sections 7 and 8
    facts = samples.sample(
        measures=[
            MeasureLine(
                name="空压机变频改造", kind="节能", implemented_on="2025-04-18", investment=D("46.8"), annual=D("168.805800"), in_year=D("112.537200"),
                basis="计算",
            ),
            MeasureLine(
                name="照明改造", kind="节能", implemented_on="2025-12-05", investment=D("8"), annual=D("10.000000"), in_year=D("0.000000"), basis="机构核定"
            ),
        ],
        plans=[PlanLine(name="屋顶光伏", expected_on="2026-05", investment=D("320"), expected=D("410.5"))],
        water=[
            WaterLine(name="取水量 V_f", unit="m³", value=D("98000"), last_year=D("101000")),
            WaterLine(name="重复利用率", unit="%", value=D("82.75"), last_year=None),
            WaterLine(name="万元产值取水量", unit="m³/万元", value=None, last_year=None, reason="未填工业总产值"),
        ],
    )  # fmt: skip
    _, pages = await made(renderer, facts)
    text = "".join("".join(pages).split())
    assert "空压机变频改造节能2025-04-1846.80168.81112.54计算" in text and "合计178.81112.54" in text
    assert "屋顶光伏2026-05320.00410.50" in text
    assert "98,000.0000m³101,000.0000" in text and "82.75%" in text and "未填工业总产值" in text


async def test_cover_names_firm_year_number_label_date_and_snapshot(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    _, pages = await made(renderer, facts)
    digest = hashlib.sha256(documents.canonical(facts)).hexdigest()
    cover = pages[0].replace("\n", "")
    for shown in (
        "企业低碳等级报告",
        "2025",
        facts.company.name,
        facts.company.uscc,
        facts.number,
        "2026-03-18",
        "企业自评",
        "效率较高",
        digest[:32],
        digest[32:],
    ):
        assert shown in cover


async def test_the_code_on_the_cover_is_read_by_a_scanner(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    pdf, _ = await made(renderer, facts)
    picture, _ = await renderer.page_png(pdf, 1, 1200)
    found = zxingcpp.read_barcode(Image.open(BytesIO(picture)))
    assert found is not None and found.text == f"{BASE}/r/{facts.report_id}"


async def test_the_file_is_archival_tagged_and_titled(renderer: documents.Renderer) -> None:
    pdf, _ = await made(renderer, samples.sample())
    read = pypdf.PdfReader(BytesIO(pdf))
    root = read.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data()
    assert (
        b"<pdfaid:part>2</pdfaid:part>" in xmp
        and b"<pdfaid:conformance>A</pdfaid:conformance>" in xmp
        and b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    )
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("zh")
    assert read.metadata is not None and read.metadata.title == "广州禾川塑料包装有限公司 2025 年度企业低碳等级报告"
    assert [o.title for o in read.outline if not isinstance(o, list)][-3:] == [
        "附录 A 计算公式与取数",
        "附录 B 计算明细",
        "附录 C 声明",
    ]


async def test_the_annex_has_every_line_with_formula_and_factor(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    _, pages = await made(renderer, facts)
    text = "\n".join(pages)
    annex = "".join(text[text.rindex("附录 B") :].split())
    for line in facts.trace:
        assert f"{line.co2:,.6f}" in annex
        assert "".join(line.formula.replace("₂", "2").split()) in annex.replace("CO₂", "CO2")
    whole = "".join(text.split())
    for row in facts.quality.factors:
        assert row.code in whole and row.value in whole and row.no in whole
        assert "".join(row.source.split())[:20] in whole


async def test_a_year_without_value_added_is_a_report_that_says_why_and_what_to_do(
    renderer: documents.Renderer,
) -> None:
    _, pages = await made(renderer, samples.ungraded())
    text = "".join("".join(pages).split())
    assert "暂不能评级：2025年工业增加值还没有填。" in text
    assert "再重新生成报告" in text
    assert "未评级" in pages[0]
    assert "本年度未填工业增加值，碳强度和碳效值不能计算。" in text


async def test_the_awkward_firm_has_all_its_marks(renderer: documents.Renderer) -> None:
    facts = samples.hard()
    _, pages = await made(renderer, facts)
    for page in pages:
        assert "主体未认证" in page
    text = "".join("".join(pages).split())
    assert facts.company.name in "".join(pages[0].split())
    assert "部分年度" in text and "净负排放" in text and "−537.82" in text and "未生产" in text and "演示数据" in text
    assert "企业低碳等级报告" in pages[0] and facts.number in pages[0]


@pytest.mark.parametrize("name", ["sample", "ungraded", "hard"])
async def test_no_template_warning(renderer: documents.Renderer, name: str) -> None:
    facts = getattr(samples, name)()
    assert await renderer.run(warnings_of, render.paper_json(paper(facts, "0" * 64, BASE))) == []


def warnings_of(data: str) -> list[str]:
    render._child.pop("warnings", None)
    made = render._pdf("grade", data, 0)
    assert isinstance(made, bytes), made
    return list(render._child.get("warnings", []))


async def test_a_name_no_face_can_draw_is_refused_by_character(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    odd = msgspec.structs.replace(facts, company=msgspec.structs.replace(facts.company, name="广州𪚥科技有限公司"))
    with pytest.raises(Invalid, match="企业名称含平台字库没有的字“𪚥”"):
        await made(renderer, odd)


def test_a_snapshot_gives_back_the_same_facts() -> None:
    for facts in (samples.sample(), samples.ungraded(), samples.hard()):
        body = documents.canonical(facts)
        again = msgspec.json.decode(body, type=ReportFacts)
        assert documents.canonical(again) == body
        assert paper(again, "0" * 64, BASE) == paper(facts, "0" * 64, BASE)


@pytest.mark.parametrize(
    ("k", "at"),
    [("0", 0.006), ("-1", 0.006), ("0.6", 0.2), ("0.7", 0.3), ("1", 0.5), ("2.0", 0.8), ("4", 1.0), ("99", 0.994)],
)
def test_the_ruler_puts_a_value_in_its_own_step(k: str, at: float) -> None:
    assert ruler_position(D(k), [D("0.6"), D("0.8"), D("1.2"), D("2.0")]) == pytest.approx(at)


def test_empty_and_zero_years_still_make_a_paper() -> None:
    facts = samples.sample(
        energy=[], trace=[], core=D(0), tce=D(0), direct=D(0), indirect=D(0), process=D(0), months=[], trend=[]
    )
    data = paper(facts, "0" * 64, BASE)
    assert data["energy"]["rows"] == [] and data["emission"]["total"][3] == "—"


def test_parts_of_a_negative_whole_are_not_drawn_as_a_bar() -> None:
    data = paper(samples.hard(), "0" * 64, BASE)
    assert data["emission"]["bar"] == [] and data["emission"]["kinds"][2][2] == "−4,205.00"
    bar = paper(samples.sample(), "0" * 64, BASE)["emission"]["bar"]
    assert abs(sum(p["width"] for p in bar) - 1) < 1e-9


async def test_free_text_with_odd_characters_is_printed_with_boxes(renderer: documents.Renderer) -> None:
    facts = samples.sample()
    odd = Question(period="2025-06", item="柴油", text="用量\x07是平均的 9 倍", answer="已核对👍𪚥 #strong[x] *y*")
    facts = msgspec.structs.replace(facts, quality=msgspec.structs.replace(facts.quality, questions=[odd]))
    data = documents.printable(paper(facts, "0" * 64, BASE))
    pdf = await renderer.render_pdf("grade", data, WHEN)
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(pdf)).pages).split())
    assert "已核对□□#strong[x]*y*" in text and "用量是平均的9倍" in text
    plain = paper(samples.sample(), "0" * 64, BASE)
    assert documents.printable(plain) is plain
