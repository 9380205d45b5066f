"""The library as an operator walks through it 因子集: sets, every row with its confidence, parameters with their history."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.database import Acting
from factors.parameters import PARAMETER_NAMES

SET_NAMES = {
    "grid:provincial_average": "电力 · 省级平均", "grid:national_average": "电力 · 全国平均", "grid:regional_average": "电力 · 区域平均",
    "carrier:NDRC2015_OTHER": "燃料 · 发改委 2015（缺省）", "carrier:MEE2022_INDUSTRY": "燃料 · 生态环境部 2022",
    "carrier:PROVINCIAL2011_GB2589_2008": "燃料 · 省级清单 2011", "carrier:GBT2589_2020": "折标准煤 · GB/T 2589-2020",
    "carrier:GBT2589_2008": "折标准煤 · GB/T 2589-2008", "carrier:PROVINCIAL2025": "燃料 · 省级指南 2025", "carrier:IPCC2006_LISTED": "燃料 · IPCC 2006",
    "carrier:NATIONAL_FACTOR_DB_V2_2026": "燃料 · 国家因子库 2026", "carrier:STAT_REFERENCE": "能源 · 统计参考", "carrier:GBT32151_34_2024": "燃料 · GB/T 32151.34",
    "carrier:DENSITY": "密度", "carrier:EQUAL_VALUE_2020": "电力等价值 2020", "carrier:EQUAL_VALUE_2024": "电力等价值 2024",
    "carrier:MEE_POWER": "发电行业", "carrier:MEE_POWER_2021": "发电行业 2021", "carrier:MEE_POWER_2022": "发电行业 2022", "carrier:STAT_LEGACY": "能源 · 统计旧值",
    "carrier:TCISA416_2024": "钢铁 · T/CISA 416", "carrier:UNVERIFIED": "能源 · 待核实",
    "grid:local": "电力 · 地方与试点", "grid:ets_reporting": "电力 · 碳市场报告", "grid:baseline_bm": "电力 · 基准线 BM", "grid:baseline_om": "电力 · 基准线 OM",
    "grid:lifecycle_footprint": "电力 · 碳足迹", "grid:national_fossil": "电力 · 全国化石", "grid:national_excl_market_nonfossil": "电力 · 全国（扣市场化非化石）",
    "grid:regional_average_legacy": "电力 · 区域旧值", "other:heat": "热力", "other:constant": "常数", "other:steam_enthalpy": "蒸汽热焓", "other:water": "供水",
    "other:absorption": "碳汇", "other:carbon_price": "碳价", "other:fugitive": "逸散", "other:industrial_product": "工业产品", "other:reduction": "减排",
    "other:process_carbon_content": "过程 · 含碳量", "other:process_carbonate": "过程 · 碳酸盐", "other:process_desulfurization": "过程 · 脱硫",
    "other:process_fugitive": "过程 · 逸散", "other:process_nitric_acid": "过程 · 硝酸", "other:transport_tkm": "运输",
    "other:waste_incineration": "废弃物 · 焚烧", "other:waste_landfill": "废弃物 · 填埋", "other:waste_recycling": "废弃物 · 回收", "other:waste_water": "废弃物 · 废水",
    "other:office_air": "办公 · 航空", "other:office_electricity": "办公 · 用电", "other:office_gas": "办公 · 燃气", "other:office_hotel": "办公 · 住宿",
    "other:office_rail": "办公 · 铁路", "other:office_road": "办公 · 道路", "other:office_travel_estimate": "办公 · 差旅估算", "other:office_water_transport": "办公 · 水运",
}  # fmt: skip
CATEGORY_NAMES = {"grid": "电力", "carrier": "能源", "other": "其他", "gwp": "全球变暖潜势"}
_KEY = """case f.category when 'grid' then 'grid:' || f.kind when 'carrier' then 'carrier:' || f.factor_set
          when 'gwp' then 'gwp:' || f.factor_set else 'other:' || f.property end"""


@dataclass(frozen=True, slots=True)
class FactorSet:
    """One set: how many rows, how many of them unverified, since when the newest is in force, drafts under way."""

    key: str
    name: str
    rows: int
    unverified: int
    newest: date | None
    drafts: int


@dataclass(frozen=True, slots=True)
class FactorSets:
    """All sets, those that firms are computed with first."""

    items: list[FactorSet]


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One row of the library. ``in_force``: the engines use it today; unverified rows are seen by operators alone."""

    code: str
    name: str
    value: str
    unit: str
    factor_year: int | None
    region_code: str
    valid_from: date | None
    valid_to: date | None
    source: str
    source_url: str
    confidence: str
    note: str
    in_force: bool
    editable: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of rows."""

    items: list[ShelfRow]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class ParameterVersion:
    """One dated value of a parameter."""

    code: str
    name: str
    value: Any
    unit: str
    valid_from: date
    source: str
    confidence: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """All parameters with every version, newest first."""

    items: list[ParameterVersion]


async def factor_sets(ctx: Acting) -> FactorSets:
    """The sets of the library with their counts."""
    ctx.require("ops.factor.read")
    rows = await ctx.db.rows(
        f"select {_KEY} as key, min(f.category) as category, count(*) as rows, count(*) filter (where f.confidence = 'unverified') as unverified,"  # noqa: S608
        " max(f.valid_from) as newest, (select count(distinct r.draft_id) from factor_draft_row r join factor_draft d on d.id = r.draft_id"
        "  where d.state in ('draft', 'review') and r.base_code = any (array_agg(f.code))) as drafts"
        " from factor f where f.property <> 'fill_in_unit' group by 1"
    )
    order = list(SET_NAMES)
    made = [FactorSet(r["key"], set_name(r["key"]), r["rows"], r["unverified"], r["newest"], r["drafts"]) for r in rows]
    made.sort(key=lambda s: (order.index(s.key) if s.key in order else len(order), s.key))
    return FactorSets(made)


def set_name(key: str) -> str:
    """Words for a set."""
    category, _, rest = key.partition(":")
    return SET_NAMES.get(key) or f"{CATEGORY_NAMES.get(category, category)} · {rest or '未分集'}"


async def factor_rows(ctx: Acting, *, key: str = "", q: str = "", unverified: bool = False, page: int = 1, page_size: int = 50) -> Shelf:
    """Rows of a set, or of all, newest of each value first."""
    ctx.require("ops.factor.read")
    rows = await ctx.db.rows(
        "select f.code, f.name, coalesce(f.value_text, '') as value, f.unit, f.factor_year, f.region_code, f.valid_from, f.valid_to, f.source, f.source_url,"  # noqa: S608
        " f.confidence, f.note, f.confidence <> 'unverified' and f.valid_key <= $6 and not exists (select 1 from factor n where n.confidence <> 'unverified'"
        "   and n.valid_key > f.valid_key and n.valid_key <= $6 and factor_series(n.category, n.kind, n.region_code, n.code)"
        "   = factor_series(f.category, f.kind, f.region_code, f.code)) as in_force, f.value is not null and f.category <> 'gwp' as editable,"
        f" count(*) over () as total from factor f where f.property <> 'fill_in_unit' and ($1 = '' or {_KEY} = $1)"
        " and ($2 = '' or strpos(f.name, $2) > 0 or strpos(upper(f.code), upper($2)) > 0 or f.region_code = $2)"
        " and (not $3 or f.confidence = 'unverified')"
        " order by factor_series(f.category, f.kind, f.region_code, f.code), f.valid_key desc limit $4 offset $5",
        key, q.strip(), unverified, page_size, (page - 1) * page_size, ctx.today,
    )  # fmt: skip
    items = [ShelfRow(**{k: v for k, v in r.items() if k != "total"}) for r in rows]
    return Shelf(items, rows[0]["total"] if rows else 0, page, page_size)


async def parameter_table(ctx: Acting) -> ParameterTable:
    """Every parameter with its versions."""
    ctx.require("ops.factor.read")
    rows = await ctx.db.rows(
        "select p.code, p.value, p.unit, p.valid_from, p.source, p.confidence, p.valid_from <= $1 and p.confidence <> 'unverified' and not exists"
        " (select 1 from parameter n where n.code = p.code and n.valid_from > p.valid_from and n.valid_from <= $1 and n.confidence <> 'unverified') as in_force"
        " from parameter p order by p.code, p.valid_from desc", ctx.today,
    )  # fmt: skip
    return ParameterTable([ParameterVersion(name=PARAMETER_NAMES.get(r["code"], r["code"]), **r) for r in rows])
