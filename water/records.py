"""What a firm types of a year's water (FD10), as plain structs; every field may still be empty. Names, units and sections in one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

LEVELS = ("国家", "省", "市", "区")


class WaterData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Amounts of the year; m3 unless :data:`FIELDS` says otherwise."""

    tap: Decimal | None = None
    surface: Decimal | None = None
    ground: Decimal | None = None
    bought_other: Decimal | None = None
    supplied_out: Decimal | None = None
    reclaimed: Decimal | None = None
    rain: Decimal | None = None
    sea: Decimal | None = None
    mine: Decimal | None = None
    unconventional_other: Decimal | None = None
    use_production: Decimal | None = None
    use_auxiliary: Decimal | None = None
    use_attached: Decimal | None = None
    cooling_cycle: Decimal | None = None
    process_reuse: Decimal | None = None
    condensate: Decimal | None = None
    other_reuse: Decimal | None = None
    cooling_fresh: Decimal | None = None
    process_fresh: Decimal | None = None
    steam_kg_h: Decimal | None = None
    boiler_hours: Decimal | None = None
    consumed: Decimal | None = None
    discharged: Decimal | None = None
    leaked: Decimal | None = None
    domestic_fresh: Decimal | None = None
    staff: int | None = None
    workdays: int | None = None
    water_price: Decimal | None = None
    metering: str = ""
    tested_on: date | None = None
    tested_by: str = ""
    test_file: UUID | None = None
    comments: str = ""


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product with its share of the production intake (m3)."""

    id: UUID
    name: str = ""
    unit: str = ""
    output: Decimal | None = None
    production_water: Decimal | None = None
    quota_id: UUID | None = None


class Measure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A measure carried out: investment 万元, saving m3 a year."""

    id: UUID
    name: str = ""
    summary: str = ""
    investment: Decimal | None = None
    implemented_on: date | None = None
    annual_saving: Decimal | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A measure still to come."""

    id: UUID
    name: str = ""
    content: str = ""
    expected_investment: Decimal | None = None
    expected_on: date | None = None
    expected_saving: Decimal | None = None


class Title(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A demonstration title (示范试点); ``certificate_id`` is an uploaded proof."""

    name: str = ""
    level: str = ""
    awarded_on: date | None = None
    certificate_id: UUID | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """All that is typed of a year."""

    data: WaterData = msgspec.field(default_factory=WaterData)
    products: list[Product] = msgspec.field(default_factory=list)
    measures: list[Measure] = msgspec.field(default_factory=list)
    plans: list[Plan] = msgspec.field(default_factory=list)
    titles: list[Title] = msgspec.field(default_factory=list)

    def proofs(self) -> Iterator[tuple[str, UUID]]:
        """Path and id of every uploaded file that is named."""
        if self.data.test_file is not None:
            yield "data.test_file", self.data.test_file
        for place, title in enumerate(self.titles):
            if title.certificate_id is not None:
                yield f"titles[{place}].certificate_id", title.certificate_id


@dataclass(frozen=True, slots=True)
class Field:
    """One amount of :class:`WaterData`: its Chinese name, section, unit, whether FD10 asks for it (0 allowed), most, decimals."""

    name: str
    label: str
    section: str
    unit: str = "m³"
    required: bool = False
    most: Decimal = Decimal(10) ** 12
    places: int = 4


SOURCES = ("tap", "surface", "ground", "bought_other")
UNCONVENTIONAL = ("reclaimed", "rain", "sea", "mine", "unconventional_other")
USES = ("use_production", "use_auxiliary", "use_attached")
REUSES = ("cooling_cycle", "process_reuse", "condensate", "other_reuse")
OUTFLOWS = ("consumed", "discharged", "leaked")
#: Anchors of the form and heads of the table, in order.
SECTIONS = {
    "sources": "水源与取水", "uses": "用水去向", "reuse": "重复利用", "balance": "耗水、排水与平衡", "domestic": "生活用水与水价",
    "products": "产品用水", "measures": "节水措施", "plans": "节水计划", "titles": "示范称号", "test": "计量与水平衡测试",
}  # fmt: skip
FIELDS = {
    f.name: f
    for f in (
        Field("tap", "自来水取水量", "sources", required=True), Field("surface", "地表水取水量", "sources", required=True),
        Field("ground", "地下水取水量", "sources", required=True), Field("bought_other", "外购水产品（蒸汽和热水等）", "sources", required=True),
        Field("supplied_out", "外供水量", "sources"), Field("reclaimed", "再生水", "sources"), Field("rain", "雨水", "sources"),
        Field("sea", "海水", "sources"), Field("mine", "矿井水", "sources"), Field("unconventional_other", "其他非常规水", "sources"),
        Field("use_production", "主要生产取水量", "uses", required=True), Field("use_auxiliary", "辅助生产取水量", "uses", required=True),
        Field("use_attached", "附属生产取水量", "uses", required=True),
        Field("cooling_cycle", "间接冷却水循环量", "reuse", required=True), Field("process_reuse", "工艺水回用量", "reuse", required=True),
        Field("condensate", "蒸汽冷凝水回收量", "reuse", required=True), Field("other_reuse", "其他重复利用水量", "reuse", required=True),
        Field("cooling_fresh", "间接冷却水补充新水量", "reuse"), Field("process_fresh", "工艺水取新水量", "reuse"),
        Field("steam_kg_h", "锅炉产汽量", "reuse", "kg/h"), Field("boiler_hours", "锅炉年运行小时", "reuse", "h", most=Decimal(8784), places=2),
        Field("consumed", "耗水量", "balance"), Field("discharged", "排水量", "balance"), Field("leaked", "漏失水量", "balance"),
        Field("domestic_fresh", "职工生活取水量", "domestic"), Field("staff", "职工人数", "domestic", "人", most=Decimal(1_000_000), places=0),
        Field("workdays", "全年工作天数", "domestic", "天", most=Decimal(366), places=0),
        Field("water_price", "水价", "domestic", "元/m³", most=Decimal(9999)),
    )
}  # fmt: skip
