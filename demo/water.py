"""The demonstration's water: two years of a few firms by the product's own verbs; one year does not balance, one is half filled in.

Invented figures in the proportions of such plants: a plastics firm cools in a circle, a bakery washes, a dye house discharges most of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

import reports
import water
from demo.cases import acting_as


@dataclass(frozen=True, slots=True)
class Plant:
    """Last year's water of one firm, m3; ``earlier``: how much more of it all the year before."""

    firm: int
    tap: int
    surface: int
    reclaimed: int
    shares: tuple[int, int, int]
    cooling: tuple[int, int]
    process: tuple[int, int]
    condensate: int
    out: tuple[int, int, int]
    workdays: int
    products: tuple[tuple[str, str, str, int], ...]
    earlier: str = "1.06"


PLANTS = (
    Plant(0, 38600, 0, 2400, (29800, 5200, 3600), (1260000, 18400), (7200, 11400), 0, (17900, 20100, 1450), 312,
          (("塑料包装膜", "t", "6180", 18900), ("注塑包装容器", "t", "2450", 10900))),
    Plant(16, 52400, 0, 0, (41200, 6100, 5100), (96000, 4800), (2600, 36400), 1900, (12800, 36500, 1700), 340,
          (("面包糕点", "t", "7350", 41200),)),
    Plant(24, 96000, 148000, 0, (231000, 8600, 4400), (310000, 9000), (86000, 222000), 14800, (26500, 196400, 5600), 306,
          (("棉印染布", "万m", "1180", 198000), ("针织印染布", "t", "640", 33000))),
    Plant(30, 61000, 0, 3200, (52300, 5400, 3300), (58000, 2600), (31000, 49700), 0, (9800, 41700, 2300), 300,
          (("铝合金阳极氧化件", "万m2", "148", 52300),)),
)  # fmt: skip
#: Only its sources are filled in.
UNFINISHED = 10
_MEASURES = (
    ("冷却塔旁滤与浓缩倍数控制", "加装旁滤器和在线电导仪，减少排污水量。", "18.6", 4, "3600"),
    ("漏损检测与管网改造", "更换厂区老旧给水管 420 m，加装二级水表。", "9.8", 7, "1250"),
)
_PLAN = ("屋面雨水收集回用", "收集厂房屋面雨水，沉淀过滤后用于绿化和道路冲洗。", "26", "1800")


async def make_water(firm_of: Callable[[int], UUID], today: date) -> None:
    """All of it, and the report of the first firm's year before last."""
    for plant in PLANTS:
        tenant = firm_of(plant.firm)
        for year, more in ((today.year - 2, Decimal(plant.earlier)), (today.year - 1, Decimal(1))):
            async with acting_as(tenant, None, "enterprise", "legal", days_ago=40) as ctx:
                await water.save_water(ctx, year, 0, _body(plant, year, more, first=plant.firm == 0), "陈*明" if plant.firm == 0 else "填报员")
    async with acting_as(firm_of(UNFINISHED), None, "enterprise", "legal", days_ago=3) as ctx:
        half = water.WaterData(tap=Decimal(21400), surface=Decimal(0), ground=Decimal(0))
        await water.save_water(ctx, today.year - 1, 0, water.Body(data=half), "填报员")
    async with acting_as(firm_of(0), None, "enterprise", "legal", days_ago=39) as ctx:
        await reports.create_water_report(ctx, today.year - 2)


def _body(plant: Plant, year: int, more: Decimal, *, first: bool) -> water.Body:
    def m3(amount: int) -> str:
        return str((Decimal(amount) * more).quantize(Decimal(1)))

    # shares are scaled one by one; what rounding leaves goes to the first of each group, so that the sums still meet
    products = [{"name": n, "unit": u, "output": o, "production_water": m3(w)} for n, u, o, w in plant.products]
    production = sum(Decimal(p["production_water"]) for p in products)
    uses = {"use_production": str(production), "use_auxiliary": m3(plant.shares[1]), "use_attached": m3(plant.shares[2])}
    tap = sum(Decimal(v) for v in uses.values()) - Decimal(m3(plant.surface))
    data = {
        "tap": str(tap), "surface": m3(plant.surface), "ground": "0", "bought_other": "0", "supplied_out": "0", "reclaimed": m3(plant.reclaimed), **uses,
        "cooling_cycle": m3(plant.cooling[0]), "cooling_fresh": m3(plant.cooling[1]), "process_reuse": m3(plant.process[0]),
        "process_fresh": m3(plant.process[1]), "condensate": m3(plant.condensate), "other_reuse": "0",
        "consumed": m3(plant.out[0]), "discharged": m3(plant.out[1]), "leaked": m3(plant.out[2]),
        "domestic_fresh": m3(plant.shares[2]), "staff": "186", "workdays": str(plant.workdays), "water_price": "4.58",
        "metering": "市政给水一路，取水口装一级水表，主要用水单元装二级水表。", "comments": "",
    }  # fmt: skip
    if plant.condensate:
        data |= {"steam_kg_h": "4000", "boiler_hours": "4200"}
    if first:
        data |= {"tested_on": f"{year}-04-22", "tested_by": "示例水平衡测试中心（演示）"}
    rows = [
        {"name": n, "summary": s, "investment": i, "implemented_on": f"{year}-{month:02d}-18", "annual_saving": a}
        for n, s, i, month, a in (_MEASURES if first else _MEASURES[:1])
    ]
    plan = dict(zip(("name", "content", "expected_investment", "expected_saving"), _PLAN, strict=True)) | {"expected_on": f"{year + 1}-09-30"}
    titles = [{"name": "节水型企业", "level": "市", "awarded_on": f"{year}-03-22"}] if first else []
    ids = iter(UUID(int=(year << 96) + (plant.firm << 64) + n) for n in range(1, 20))
    kept = {name: [{"id": next(ids), **row} for row in found] for name, found in (("products", products), ("measures", rows), ("plans", [plan]))}
    return msgspec.convert({"data": data, "titles": titles, **kept}, water.Body, strict=False)
