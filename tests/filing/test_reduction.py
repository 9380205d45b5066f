"""Reduction information: measures with dated factors, indicators before and after, plans, versions, bad input (FD9, RA1-RA6, R102-R104)."""

from datetime import date
from decimal import Decimal as D
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import filing
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from tests.filing.world import DIESEL, ELECTRICITY, GAS, E, Firm, G, make_firm
from tests.filing.world import D as DIESEL_KEY

YEAR = 2025


async def ready(firm: Firm) -> None:
    """A template of electricity, gas and diesel since 2024."""
    await firm.set_template(202401, ELECTRICITY, GAS, DIESEL)


def measure(firm: Firm, **given: Any) -> filing.MeasureEdit:
    """A measure of spring 2025 that saves 12 万kWh a year."""
    usual: dict[str, Any] = {
        "name": "空压机变频改造", "summary": "两台定频空压机改为永磁变频。", "kind": "节能", "investment": D("36.5"), "implemented_on": date(2025, 4, 18),
        "saved": [filing.SavedEdit(firm.items[E], D("12"))], "typed_t": None,
    }  # fmt: skip
    return filing.MeasureEdit(**(usual | given))


def plan(**given: Any) -> filing.PlanEdit:
    usual: dict[str, Any] = {
        "name": "屋顶光伏", "content": "一号厂房屋顶建设 600 kW 光伏。", "kind": "可再生能源", "expected_investment": D("210"), "expected_on": "2027-03",
        "expected_t": D("310.5"),
    }  # fmt: skip
    return filing.PlanEdit(**(usual | given))


async def add(firm: Firm, edit: filing.MeasureEdit, year: int = YEAR) -> filing.Measure:
    async with firm.act() as ctx:
        return await filing.add_measure(ctx, year, edit)


async def refused(firm: Firm, edit: filing.MeasureEdit, year: int = YEAR) -> dict[str, str]:
    """path → code of a refusal."""
    with pytest.raises(Invalid) as refusal:
        await add(firm, edit, year)
    assert all(e.message for e in refusal.value.errors)
    return {e.path: e.code for e in refusal.value.errors}


async def test_a_measure_takes_the_factor_of_its_month(firm: Firm) -> None:
    await ready(firm)
    made = await add(firm, measure(firm))
    line = made.saved[0]
    assert line.unit == "10^4kWh" and line.factor_unit == "kgCO2/kWh" and line.factor_source and "12" in line.formula
    # 12 万kWh = 120 MWh times the factor that stands in the answer
    assert line.co2_t == (D(120) * D(line.factor_value)).quantize(D("0.000001")) == made.computed_t == made.counted_t
    # RA3: implemented in April, acts from May: 8 of 12 months
    assert made.months_in_year == 8 and made.in_year_t == (made.counted_t * 8 / 12).quantize(D("0.000001"))
    # RA4
    assert made.cost == (D("365000") / made.counted_t).quantize(D("0.01"))
    assert not made.differs and made.typed_t is None and made.version == 1


async def test_more_of_another_energy_counts_against_it(firm: Firm) -> None:
    """Fuel switch: diesel saved, electricity used more."""
    await ready(firm)
    saved = [filing.SavedEdit(firm.items[DIESEL_KEY], D("20")), filing.SavedEdit(firm.items[E], D("-6"))]
    made = await add(firm, measure(firm, kind="燃料替代", saved=saved))
    assert made.saved[0].co2_t > 0 > made.saved[1].co2_t
    assert made.computed_t == made.saved[0].co2_t + made.saved[1].co2_t
    worse = await add(firm, measure(firm, saved=[filing.SavedEdit(firm.items[E], D("-6"))]))
    assert worse.counted_t < 0 and worse.cost is None


async def test_own_and_computed_stand_side_by_side(firm: Firm) -> None:
    """RA2, R103: more than 0.01 t apart asks for a reason, both are kept, the computed one counts."""
    await ready(firm)
    computed = (await add(firm, measure(firm))).computed_t
    assert computed is not None
    near = await add(firm, measure(firm, typed_t=computed + D("0.01")))
    assert not near.differs
    assert await refused(firm, measure(firm, typed_t=computed + D("0.010001"))) == {"difference_reason": "REASON_NEEDED"}
    far = await add(firm, measure(firm, typed_t=computed + D("5"), difference_reason="按实测功率计算"))
    assert far.differs and far.typed_t == computed + 5 and far.counted_t == computed


async def test_other_kinds_type_tonnes_with_a_note(firm: Firm) -> None:
    await ready(firm)
    assert await refused(firm, measure(firm, kind="工艺", saved=[], typed_t=D("40"))) == {"difference_reason": "REQUIRED"}
    assert await refused(firm, measure(firm, kind="工艺", saved=[])) == {"typed_t": "REQUIRED"}
    made = await add(firm, measure(firm, kind="工艺", saved=[], typed_t=D("40"), difference_reason="按石灰石用量减少折算"))
    assert made.computed_t is None and made.counted_t == 40 and not made.differs


async def test_bad_measures_name_their_fields(firm: Firm, migrator: asyncpg.Connection) -> None:
    await ready(firm)
    other = await make_firm(migrator)
    await other.set_template(202401, ELECTRICITY)
    assert await refused(firm, measure(firm, implemented_on=date(2024, 12, 31))) == {"implemented_on": "YEAR"}
    assert await refused(firm, measure(firm, implemented_on=date(2026, 11, 22)), 2026) == {"implemented_on": "FUTURE"}
    foreign = [filing.SavedEdit(other.items[E], D(1))]
    assert await refused(firm, measure(firm, saved=foreign)) == {"saved[0].item_id": "NOT_IN_TEMPLATE"}
    twice = [filing.SavedEdit(firm.items[E], D(1)), filing.SavedEdit(firm.items[E], D(2))]
    assert await refused(firm, measure(firm, saved=twice)) == {"saved[1].item_id": "DUPLICATE"}
    assert await refused(firm, measure(firm, saved=[filing.SavedEdit(firm.items[E], D(0))])) == {"saved[0].amount": "RANGE"}
    assert await refused(firm, measure(firm, name="", summary=" ", kind="种树", investment=D(-1), life_years=0, cost_class="贵")) == {
        "name": "REQUIRED", "summary": "REQUIRED", "kind": "CHOICE", "investment": "RANGE", "life_years": "RANGE", "cost_class": "CHOICE",
    }  # fmt: skip
    assert await refused(firm, measure(firm, name="名" * 51, summary="述" * 501, investment=D("1.00001"))) == {
        "name": "LENGTH", "summary": "LENGTH", "investment": "DECIMALS",
    }  # fmt: skip
    assert await refused(firm, measure(firm, evidence=[new_id()])) == {"evidence[0]": "UNKNOWN"}
    assert await refused(firm, measure(firm), 2027) == {"year": "RANGE"}


async def test_an_energy_before_the_template_knew_it_is_refused(firm: Firm) -> None:
    """RA1: kinds of the template of that year."""
    await firm.set_template(202601, ELECTRICITY)
    assert await refused(firm, measure(firm)) == {"saved[0].item_id": "NOT_IN_TEMPLATE"}


async def test_versions_of_a_measure(firm: Firm) -> None:
    await ready(firm)
    made = await add(firm, measure(firm))
    async with firm.act() as ctx:
        changed = await filing.change_measure(ctx, made.id, measure(firm, name="空压机改造", version=1))
    assert changed.version == 2 and changed.name == "空压机改造"
    with pytest.raises(Conflict) as stale:
        async with firm.act() as ctx:
            await filing.change_measure(ctx, made.id, measure(firm, version=1))
    assert stale.value.code == "STALE_VERSION" and stale.value.extra["version"] == 2
    with pytest.raises(Conflict):
        async with firm.act() as ctx:
            await filing.drop_measure(ctx, made.id, 1)
    async with firm.act() as ctx:
        await filing.drop_measure(ctx, made.id, 2)
    with pytest.raises(NotFound):
        async with firm.act() as ctx:
            await filing.drop_measure(ctx, made.id, 2)


async def test_what_an_auditor_accepted_counts_until_the_measure_changes(firm: Firm) -> None:
    await ready(firm)
    made, other = await add(firm, measure(firm)), await add(firm, measure(firm))
    async with firm.act() as ctx:
        await filing.accept_reductions(ctx, {made.id: (1, D("50")), other.id: (9, D("1"))}, "清审机构", ctx.today)
        found = await filing.reduction_of(ctx, YEAR)
    first, second = (next(m for m in found.measures if m.id == i) for i in (made.id, other.id))
    assert first.counted_t == 50 and first.accepted_agency == "清审机构" and second.accepted_t is None
    assert found.totals.accepted == 1 and found.totals.annual_t == 50 + second.counted_t
    async with firm.act() as ctx:
        changed = await filing.change_measure(ctx, made.id, measure(firm, version=1))
    assert changed.accepted_t is None and changed.counted_t == changed.computed_t


async def test_a_year_counts_its_measures_and_not_its_plans(firm: Firm) -> None:
    await ready(firm)
    made = await add(firm, measure(firm))
    await add(firm, measure(firm, implemented_on=date(2024, 3, 5)), 2024)
    async with firm.act() as ctx:
        await filing.add_plan(ctx, YEAR, plan())
        found = await filing.reduction_of(ctx, YEAR)
    t = found.totals
    assert t.measures == 1 and t.annual_t == made.counted_t and t.in_year_t == made.in_year_t and t.planned_t == D("310.5")
    assert t.earlier_t > 0 and t.share_pct is None and "2024" in t.share_reason
    assert {e.carrier for e in found.energies} == {"electricity", "natural_gas", "diesel"}


async def test_share_of_last_years_emission(firm: Firm) -> None:
    """RA6."""
    await ready(firm)
    for month in range(1, 13):
        await firm.submit(firm.typed(f"2024-{month:02d}", {E: "40", G: "3", DIESEL_KEY: "1"}), answer_all=True)
    made = await add(firm, measure(firm))
    async with firm.act() as ctx:
        totals = (await filing.reduction_of(ctx, YEAR)).totals
    assert totals.core_before and totals.share_pct == (made.counted_t * 100 / totals.core_before).quantize(D("0.01")) and totals.share_reason == ""


async def indicators(firm: Firm, *rows: filing.IndicatorRow, version: int = 0, before: str = "2025-01", after: str = "2025-12") -> filing.Indicators:
    async with firm.act() as ctx:
        return await filing.save_indicators(ctx, YEAR, version=version, before_month=before, after_month=after, rows=list(rows))


ROW = filing.IndicatorRow("单位产品电耗", "kWh/t", D("820"), D("760"), "lower", D("750"))


async def test_indicators_before_and_after(firm: Firm) -> None:
    """RA5, R104."""
    saved = await indicators(firm, ROW, filing.IndicatorRow("余热利用率", "%", D(0), D("12.5")))
    (first, said), (_, bare) = saved.rows
    assert first == ROW and said.change == -60 and said.change_pct == D("-7.32") and said.attainment_pct == D("85.71") and said.reached is False
    assert bare.change == D("12.5") and bare.change_pct is None and bare.attainment_pct is None
    again = await indicators(firm, ROW, version=1)
    assert again.version == 2 and len(again.rows) == 1
    for version in (0, 1, 7):
        with pytest.raises(Conflict) as stale:
            await indicators(firm, ROW, version=version)
        assert stale.value.code == "STALE_VERSION" and stale.value.extra["version"] == 2


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"after": "2025-01"}, "after_month", "ORDER"),
        ({"after": "2024-12"}, "after_month", "ORDER"),
        ({"after": "2026-12"}, "after_month", "FUTURE"),
        ({"before": "2025-13"}, "before_month", "PERIOD"),
    ],
)
async def test_indicator_months(firm: Firm, given: dict[str, str], path: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await indicators(firm, ROW, **given)  # type: ignore[arg-type]
    assert [(e.path, e.code) for e in refusal.value.errors] == [(path, code)]


async def test_bad_indicators_name_their_fields(firm: Firm) -> None:
    rows = [
        ROW, ROW, filing.IndicatorRow("水耗", "", D(1), D(1)), filing.IndicatorRow("产量", "t", D(5), D(6), "", D(7)),
        filing.IndicatorRow("回收率", "%", D(50), D(60), "higher", D(40)),
    ]  # fmt: skip
    with pytest.raises(Invalid) as refusal:
        await indicators(firm, *rows)
    assert {e.path: e.code for e in refusal.value.errors} == {
        "rows[1].name": "DUPLICATE", "rows[2].unit": "REQUIRED", "rows[3].direction": "REQUIRED", "rows[4].target": "DIRECTION",
    }  # fmt: skip


async def test_plans_lie_ahead(firm: Firm) -> None:
    async with firm.act() as ctx:
        made = await filing.add_plan(ctx, YEAR, plan())
    assert not made.past and made.version == 1
    for month, code in (("2026-11", "PAST"), ("2025-06", "PAST"), ("2027-00", "PERIOD")):
        with pytest.raises(Invalid) as refusal:
            async with firm.act() as ctx:
                await filing.add_plan(ctx, YEAR, plan(expected_on=month))
        assert [(e.path, e.code) for e in refusal.value.errors] == [("expected_on", code)]
    with pytest.raises(Invalid) as refusal:
        async with firm.act() as ctx:
            await filing.add_plan(ctx, YEAR, plan(name="", content="容" * 501, kind="", expected_investment=D(-1), expected_t=D(-1)))
    assert {e.path for e in refusal.value.errors} == {"name", "content", "kind", "expected_investment", "expected_t"}
    async with firm.act() as ctx:
        assert (await filing.change_plan(ctx, made.id, plan(name="光伏", version=1))).version == 2
    with pytest.raises(Conflict):
        async with firm.act() as ctx:
            await filing.change_plan(ctx, made.id, plan(version=1))


async def test_nothing_of_it_is_anothers(firm: Firm, migrator: asyncpg.Connection) -> None:
    await ready(firm)
    made = await add(firm, measure(firm))
    async with firm.act() as ctx:
        planned = await filing.add_plan(ctx, YEAR, plan())
    await indicators(firm, ROW)
    other = await make_firm(migrator)
    async with other.act() as ctx:
        seen = await filing.reduction_of(ctx, YEAR)
        assert not seen.measures and not seen.plans and seen.indicators.version == 0
    for act in (filing.measure_of, filing.plan_of):
        with pytest.raises(NotFound):
            async with other.act() as ctx:
                await act(ctx, UUID(str(made.id if act is filing.measure_of else planned.id)))
