"""The water-saving report 节水报告 (WA12, WA13): facts from the firm's water data of a year, kept and drawn like every other report."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import inventory
import tenants
import water
from core.database import Acting
from core.errors import Conflict
from core.ids import new_id
from core.settings import settings
from reports.assembly import company_of
from reports.facts import Operation
from reports.papers import Headline, Kind, Report, create_report, new_number, register
from reports.water_facts import (
    Amount,
    Closing,
    Figure,
    MeasureRow,
    PlanRow,
    ProductRow,
    QuotaRow,
    TitleRow,
    WaterFacts,
)
from reports.water_paper import LABELS, TITLE, paper
from reports.water_word import water_word

KIND = "water"


async def create_water_report(ctx: Acting, year: int) -> Report:
    """Keep the water-saving report of a year. Raises Conflict WATER_NOT_REPORTABLE with ``reasons`` (WA13), Invalid GLYPH_MISSING."""
    view = await water.water_year(ctx, year)
    if not view.reportable:
        said = " ".join(r.text for r in view.reasons)
        reasons = [{"code": r.code, "section": r.section, "text": r.text} for r in view.reasons]
        raise Conflict("WATER_NOT_REPORTABLE", f"{year} 年还不能生成节水报告：{said}", year=year, reasons=reasons)
    return await create_report(ctx, KIND, await water_facts(ctx, view), state="generated")


async def water_facts(ctx: Acting, view: water.WaterView) -> WaterFacts:
    """All facts of the report of a year, ready to be frozen."""
    profile = await tenants.profile_facts(ctx)
    last = await water.water_year(ctx, view.year - 1) if view.last_year else None
    own = next((o for o in await inventory.operating(ctx, view.year) if o.period == str(view.year)), None)
    return WaterFacts(
        kind=KIND,
        year=view.year,
        number=await new_number(ctx, view.year, profile.region or ""),
        report_id=str(new_id()),
        issued_at=ctx.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        issued_on=ctx.today.isoformat(),
        known_on=ctx.today.isoformat(),
        data_version=await water.data_version(ctx, view.year),
        basis="self",
        company=company_of(profile),
        operation=Operation(
            output=view.money.output,
            value_added=view.money.value_added,
            tax=own.tax if own else None,
            staff=own.staff_avg if own and own.staff_avg is not None else profile.staff,
        ),
        amounts=_amounts(view.data, last.data if last else None),
        figures=[
            Figure(
                code=i.code, name=i.name, unit=i.unit, value=i.value, last_year=i.last_year, change_pct=i.change_pct, formula=i.formula, reason=i.reason
            )
            for i in view.indicators
        ],
        balance=_closing(view.balance),
        use_balance=_closing(view.use_balance),
        products=[_product(p) for p in view.products],
        measures=_measures(view.measures),
        plans=_plans(view.plans),
        titles=[
            TitleRow(name=t.name, level=t.level, awarded_on=_day(t.awarded_on), certificate=t.certificate_id is not None) for t in view.titles
        ],
        metering=view.data.metering,
        tested_on=_day(view.data.tested_on),
        tested_by=view.data.tested_by,
        test_file=view.data.test_file is not None,
        comments=view.data.comments,
        missing=[m.text for m in view.missing],
        warnings=[w.text for w in view.warnings],
        saved_at="" if view.saved_at is None else view.saved_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        demo=settings.mode == "demo",
    )


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _amounts(data: water.WaterData, last: water.WaterData | None) -> list[Amount]:
    def number(of: water.WaterData | None, name: str) -> Decimal | None:
        value = getattr(of, name, None)
        return None if value is None else Decimal(value)

    return [
        Amount(code=f.name, section=f.section, label=f.label, unit=f.unit, value=number(data, f.name), last_year=number(last, f.name))
        for f in water.FIELDS.values()
    ]


def _closing(found: water.BalanceView) -> Closing:
    return Closing(
        inflow=found.inflow, outflow=found.outflow, difference=found.difference, error_pct=found.error_pct, tolerance_pct=found.tolerance_pct,
        word=found.word, reason=found.reason,
    )  # fmt: skip


def _product(p: water.ProductFigure) -> ProductRow:
    quota = None
    if p.quota is not None:
        q = p.quota
        quota = QuotaRow(
            product=q.product, unit=q.unit, region_code=q.region_code, advanced=q.advanced, general=q.general, valid_from=_day(q.valid_from),
            valid_to=_day(q.valid_to), source=q.source, note=q.note,
        )  # fmt: skip
    return ProductRow(
        name=p.name, unit=p.unit, output=p.output, production_water=p.production_water, unit_intake=p.unit_intake, last_year=p.last_year,
        status=p.status, excess_pct=p.excess_pct, quota=quota, reason=p.reason,
    )  # fmt: skip


def _measures(rows: Iterable[water.MeasureFigure]) -> list[MeasureRow]:
    return [
        MeasureRow(
            name=m.name, summary=m.summary, investment=m.investment, implemented_on=_day(m.implemented_on), annual_saving=m.annual_saving,
            in_year_saving=m.in_year_saving, cost_per_m3=m.cost_per_m3, payback_years=m.payback_years,
        )
        for m in rows
    ]  # fmt: skip


def _plans(rows: Iterable[water.Plan]) -> list[PlanRow]:
    return [
        PlanRow(
            name=p.name, content=p.content, expected_investment=p.expected_investment, expected_on=_day(p.expected_on), expected_saving=p.expected_saving
        )
        for p in rows
    ]


def headline(facts: WaterFacts) -> Headline:
    """What lists show of a water-saving report."""
    said = list(facts.warnings)
    if not facts.company.verified:
        said.append("主体未认证：营业执照尚未经平台审核。")
    return Headline(unverified=not facts.company.verified, summary={"warnings": said})


def _texts(facts: WaterFacts) -> Iterable[tuple[str, str]]:
    """What people typed and the paper prints."""
    yield facts.company.name, "企业名称"
    yield facts.company.address, "企业地址"
    yield facts.metering, "水源与计量说明"
    yield facts.tested_by, "水平衡测试单位"
    yield facts.comments, "报告说明"
    for p in facts.products:
        yield from ((p.name, "产品名称"), (p.unit, "产量单位"))
    for m in facts.measures:
        yield from ((m.name, "节水措施名称"), (m.summary, "节水措施简述"))
    for plan in facts.plans:
        yield from ((plan.name, "节水计划名称"), (plan.content, "节水计划内容"))
    for title in facts.titles:
        yield title.name, "示范称号名称"


register(Kind(KIND, TITLE, WaterFacts, paper, water.data_version, headline, create_water_report, LABELS, water_word, _texts))
