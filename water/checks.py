"""What of a typed year is refused (FD10), and what is only still missing. A refused field is named by its path."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.errors import FieldError
from water.records import FIELDS, LEVELS, SOURCES, Body, Measure, Plan, Product, Title

LIMIT = Decimal(10) ** 12
MONEY = Decimal(10) ** 10
MOST_ROWS = {"products": 50, "measures": 50, "plans": 50, "titles": 20}
_ROWS = {"products": "产品", "measures": "节水措施", "plans": "节水计划", "titles": "示范称号"}
_TEXTS = {"metering": ("水源与计量说明", 1000), "tested_by": ("水平衡测试单位", 50), "comments": ("报告说明", 1000)}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something FD10 asks for and that is not there yet."""

    section: str
    path: str
    text: str


def faults(body: Body, year: int, today: date) -> list[FieldError]:
    """All fields that cannot be kept, at most 50."""
    found = [*_data(body, today), *_rows(body)]
    for place, product in enumerate(body.products):
        found += _product(f"products[{place}]", product)
    for place, measure in enumerate(body.measures):
        found += _measure(f"measures[{place}]", measure, year)
    for place, plan in enumerate(body.plans):
        found += _plan(f"plans[{place}]", plan, year)
    for place, title in enumerate(body.titles):
        found += _title(f"titles[{place}]", title, today)
    return found[:50]


def _amount(path: str, label: str, value: Decimal | int | None, most: Decimal = LIMIT, places: int = 4) -> Iterator[FieldError]:
    if value is None:
        return
    number = Decimal(value)
    if number < 0:
        yield FieldError(path, "NEGATIVE", f"“{label}”不能为负数，没有请填 0。")
    elif number > most or number >= LIMIT:
        yield FieldError(path, "RANGE", f"“{label}”最大为 {most:,.0f}，请核对单位和小数点。")
    elif -int(number.normalize().as_tuple().exponent) > places:
        kept = f"最多 {places} 位小数" if places else "应为整数"
        yield FieldError(path, "PRECISION", f"“{label}”{kept}，请四舍五入后再填。")


def _length(path: str, label: str, text: str, most: int) -> Iterator[FieldError]:
    if len(text) > most:
        yield FieldError(path, "TOO_LONG", f"“{label}”最多 {most} 个字，现有 {len(text)} 个，请精简。")


def _data(body: Body, today: date) -> Iterator[FieldError]:
    data = body.data
    for field in FIELDS.values():
        yield from _amount(f"data.{field.name}", field.label, getattr(data, field.name), field.most, field.places)
    for name, (label, most) in _TEXTS.items():
        yield from _length(f"data.{name}", label, getattr(data, name), most)
    taken = [getattr(data, name) for name in SOURCES]
    if data.supplied_out is not None and all(v is not None for v in taken) and data.supplied_out > sum(taken):
        text = f"外供水量 {data.supplied_out:f} m³ 大于各类取水之和 {sum(taken):f} m³。外供的水只能来自取水，请核对两处数值。"
        yield FieldError("data.supplied_out", "SUPPLIED_OUT", text)
    if data.tested_on is not None and data.tested_on > today:
        yield FieldError("data.tested_on", "FUTURE", "水平衡测试日期还没有到，请核对。")


def _rows(body: Body) -> Iterator[FieldError]:
    for name, most in MOST_ROWS.items():
        if len(getattr(body, name)) > most:
            yield FieldError(name, "TOO_MANY", f"{_ROWS[name]}最多 {most} 条，请合并后再填。")
    for name in ("products", "measures", "plans"):
        seen = set()
        for place, row in enumerate(getattr(body, name)):
            if row.id in seen:
                yield FieldError(f"{name}[{place}].id", "DUPLICATE", f"第 {place + 1} 条{_ROWS[name]}与前面的重复，请刷新后重填。")
            seen.add(row.id)


def _product(path: str, product: Product) -> Iterator[FieldError]:
    yield from _length(f"{path}.name", "产品名称", product.name, 50)
    yield from _length(f"{path}.unit", "产量单位", product.unit, 20)
    yield from _amount(f"{path}.output", "产量", product.output, places=6)
    yield from _amount(f"{path}.production_water", "生产用水量", product.production_water)


def _measure(path: str, measure: Measure, year: int) -> Iterator[FieldError]:
    yield from _length(f"{path}.name", "措施名称", measure.name, 50)
    yield from _length(f"{path}.summary", "简述", measure.summary, 500)
    yield from _amount(f"{path}.investment", "资金投入", measure.investment, MONEY)
    yield from _amount(f"{path}.annual_saving", "年节水量", measure.annual_saving)
    if measure.implemented_on is not None and measure.implemented_on.year != year:
        text = f"实施时间应在 {year} 年内。其他年度实施的措施，请填在那一年的水资源数据里。"
        yield FieldError(f"{path}.implemented_on", "RANGE", text)


def _plan(path: str, plan: Plan, year: int) -> Iterator[FieldError]:
    yield from _length(f"{path}.name", "计划名称", plan.name, 50)
    yield from _length(f"{path}.content", "计划内容", plan.content, 500)
    yield from _amount(f"{path}.expected_investment", "预计投入", plan.expected_investment, MONEY)
    yield from _amount(f"{path}.expected_saving", "预计年节水量", plan.expected_saving)
    if plan.expected_on is not None and not date(year, 1, 1) <= plan.expected_on <= date(year + 30, 12, 31):
        yield FieldError(f"{path}.expected_on", "RANGE", f"预计完成时间应在 {year} 年 1 月 1 日之后的 30 年内，请核对。")


def _title(path: str, title: Title, today: date) -> Iterator[FieldError]:
    yield from _length(f"{path}.name", "称号名称", title.name, 50)
    if title.level and title.level not in LEVELS:
        yield FieldError(f"{path}.level", "CHOICE", f"称号级别应为{'、'.join(LEVELS)}之一。")
    if title.awarded_on is not None and title.awarded_on > today:
        yield FieldError(f"{path}.awarded_on", "FUTURE", "授予时间还没有到，请核对。")


def missing(body: Body) -> list[Missing]:
    """What a complete year still needs, in the order of the form. 0 is a value, blank is not."""
    found = [
        Missing(f.section, f"data.{f.name}", f"{f.label}未填，没有请填 0。")
        for f in FIELDS.values()
        if f.required and getattr(body.data, f.name) is None
    ]
    asked: dict[str, tuple[tuple[str, str], ...]] = {
        "products": (("name", "名称"), ("unit", "产量单位"), ("output", "产量"), ("production_water", "生产用水量")),
        "measures": (("name", "名称"), ("implemented_on", "实施时间"), ("annual_saving", "年节水量")),
        "plans": (("name", "名称"), ("content", "内容"), ("expected_on", "预计完成时间")),
        "titles": (("name", "名称"), ("level", "级别"), ("awarded_on", "授予时间")),
    }
    for section, names in asked.items():
        for place, row in enumerate(getattr(body, section)):
            found += [
                Missing(section, f"{section}[{place}].{name}", f"第 {place + 1} 条{_ROWS[section]}缺少{label}。")
                for name, label in names
                if getattr(row, name) in (None, "")
            ]
    return found
