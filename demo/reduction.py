"""The demonstration's reductions: two years of measures, audit indicators, plans and written parts of the first firm, its draft report of the
year before last. By the product's own verbs, so every tonne has its factor."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

from PIL import Image, ImageDraw

import filing
import reports
import tenants
from core.database import Acting
from demo.cases import acting_as
from documents.fonts import face

FIRM = 0
#: name, summary, kind, investment, month, saved (carrier, amount a year), own tonnes less computed, reason, cost class
_MEASURES = (
    ("空压系统变频与群控改造", "两台定频空压机改为永磁变频，加装群控，供气压力由 0.75 MPa 降到 0.65 MPa。", "节能", "68.5", 4, (("electricity", "38.6"),), "", "", "中/高费"),
    ("吹膜机加热圈纳米红外改造", "12 台吹膜机加热圈改用纳米红外节能圈，减少散热。", "节能", "42", 7, (("electricity", "21.4"),), "0.35", "按改造前后一周实测电量折算全年", "中/高费"),
    ("导热油炉余热回收", "加装烟气换热器预热助燃空气，风机电耗略有增加。", "回收利用", "26.8", 9, (("natural_gas", "1.9"), ("electricity", "-0.6")), "", "", "中/高费"),
    ("边角料回掺工艺优化", "调整回掺比例，减少外购粒料造粒环节排放。", "工艺", "3.2", 10, (), "12.4", "按减少外购造粒料 31 吨、每吨 0.4 吨二氧化碳估算", "无/低费"),
)  # fmt: skip
_INDICATORS = (
    ("单位产品综合电耗", "kWh/t", "642", "588", "lower", "580"), ("单位产值碳排放", "tCO2/万元", "0.4120", "0.3860", "lower", "0.3900"),
    ("余热利用率", "%", "0", "18.5", "higher", "15"),
)  # fmt: skip
_PLANS = (
    ("厂房屋顶光伏二期", "三号厂房屋顶建设 860 kW 分布式光伏，自发自用。", "可再生能源", "318", 5, "352.6", True),
    ("注塑机伺服改造", "18 台液压注塑机改为伺服驱动。", "节能", "96", 9, "128", False),
)
_TEXTS = {
    "company": "公司设能源管理岗 2 人，建立能源计量、统计和考核制度，2023 年通过能源管理体系认证。",
    "emission": "排放主要来自外购电力，其次为导热油炉燃用的天然气。与上年相比产量增长、单位产品能耗下降。",
    "products": "塑料包装膜：设计能力 7000 吨/年，本年度产量 6180 吨。\n注塑包装容器：设计能力 3000 吨/年，本年度产量 2450 吨。",
    "materials": "聚乙烯颗粒 6420 吨，聚丙烯颗粒 2510 吨，色母粒 186 吨，包装纸箱 92 吨。",
    "reduction": "本年度实施节能和余热利用方案，分表计量改造前后的用电、用气，减碳量按排放因子计算。",
    "targets": "目标以上一年为基准，对照园区下达的单位产值能耗下降要求制定。",
    "plans": "由设备部负责实施，资金以自有资金为主，光伏项目拟申请绿色信贷。",
}


async def make_reductions(firm_of: Callable[[int], UUID], today: date) -> None:
    """All of it; the draft of the year before last, whose months are complete."""
    tenant = firm_of(FIRM)
    async with acting_as(tenant, None, "enterprise", "legal", days_ago=38) as ctx:
        await _profile(ctx)
        for year, chosen, tonnes in ((today.year - 2, _MEASURES[:2], Decimal("0.84")), (today.year - 1, _MEASURES, Decimal(1))):
            await _year(ctx, year, chosen, tonnes, today)
        await reports.create_reduction_report(ctx, today.year - 2)


async def _profile(ctx: Acting) -> None:
    """What the report needs of the firm itself: its process and its main equipment."""
    now = await tenants.get_profile(ctx)
    await tenants.edit_profile(
        ctx,
        tenants.ProfileEdit(
            now.version, now.industry or "", now.region or "", now.nature or "民营", now.address, now.contact_name or "", now.contact_phone or "",
            registered_capital=now.registered_capital, established_on=now.established_on, staff=now.staff, site_area=now.site_area,
            legal_name=now.legal_name, above_scale=now.above_scale, ets_key_unit=now.ets_key_unit, park=now.park,
            intro="演示企业，数据均为虚构。主营塑料包装膜和注塑包装容器。", process_flow="配料混合 → 挤出吹膜（或注塑成型） → 印刷 → 分切制袋 → 检验包装。",
            main_equipment="吹膜机 12 台，注塑机 18 台，六色凹版印刷机 3 台，空压机 4 台，导热油炉 1 台（燃气）。",
        ),
    )  # fmt: skip


async def _year(ctx: Acting, year: int, chosen: tuple[tuple[str, str, str, str, int, tuple[tuple[str, str], ...], str, str, str], ...], tonnes: Decimal, today: date) -> None:
    items = {e.carrier: e.id for e in (await filing.reduction_of(ctx, year)).energies}
    for name, summary, kind, investment, month, saved, more, reason, cost in chosen:
        proof = await filing.add_evidence(ctx, month=None, item_id=None, kind="measure", name=f"{name}-验收单.png", data=_acceptance(name, year, month))
        edit = filing.MeasureEdit(
            name, summary, kind, Decimal(investment), date(year, month, 18),
            [filing.SavedEdit(items[c], (Decimal(a) * tonnes).quantize(Decimal("0.01"))) for c, a in saved if c in items],
            None, reason, 5, cost, [proof.id],
        )  # fmt: skip
        if not saved:
            edit = filing.MeasureEdit(**{f: getattr(edit, f) for f in edit.__slots__} | {"typed_t": Decimal(more)})
        made = await filing.add_measure(ctx, year, edit)
        if saved and more:
            own = {"typed_t": made.counted_t.quantize(Decimal("0.01")) + Decimal(more), "version": made.version}
            await filing.change_measure(ctx, made.id, filing.MeasureEdit(**{f: getattr(edit, f) for f in edit.__slots__} | own))
    rows = [filing.IndicatorRow(n, u, Decimal(b), Decimal(a), d, Decimal(t)) for n, u, b, a, d, t in _INDICATORS]
    await filing.save_indicators(ctx, year, version=0, before_month=f"{year}-01", after_month=f"{year}-12", rows=rows)
    for name, content, kind, investment, month, expected, wanted in _PLANS:
        on = f"{today.year + 1}-{month:02d}"
        await filing.add_plan(ctx, year, filing.PlanEdit(name, content, kind, Decimal(investment), on, Decimal(expected), wanted))
    target = reports.Target("单位产值碳排放", "tCO2/万元", year - 1, Decimal("0.4120"), Decimal("0.3500"), year + 3)
    power = reports.Target("绿色电力占比", "%", year - 1, Decimal(0), Decimal(20), year + 3)
    await reports.save_report_text(ctx, year, version=0, typed=_TEXTS, targets=[target, power])


def _acceptance(name: str, year: int, month: int) -> bytes:
    """A sample acceptance sheet as a picture."""
    sheet = Image.new("RGB", (900, 560), (252, 251, 248))
    draw = ImageDraw.Draw(sheet)
    draw.text((450, 90), "项目竣工验收单（示例）", font=face(40, 600), fill=(30, 30, 30), anchor="mm")
    draw.text((60, 190), f"项目名称：{name}", font=face(26), fill=(50, 50, 50))
    draw.text((60, 250), f"验收日期：{year} 年 {month} 月 18 日", font=face(26), fill=(50, 50, 50))
    draw.text((60, 310), "验收结论：通过", font=face(26), fill=(50, 50, 50))
    draw.text((450, 470), "演示数据，不代表任何真实项目", font=face(22), fill=(120, 110, 90), anchor="mm")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
