"""The rules of water one by one (WA1-WA11, WA13), worked out here from their formulas and asked of the product over the wire."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from bench.world import Firm
from tests.water.conftest import YEAR
from tests.water.test_years import figures, get, operating, put

D = Decimal
#: Another plant than the rules' case: every figure differs, none divides evenly.
PLANT: dict[str, Any] = YEAR | {
    "tap": "51234.5", "surface": "2310.25", "ground": "777", "bought_other": "140.75", "supplied_out": "331.5", "reclaimed": "1200", "rain": "33.3",
    "use_production": "47000", "use_auxiliary": "5131", "use_attached": "2000",
    "cooling_cycle": "99000", "process_reuse": "12345", "condensate": "4321.5", "other_reuse": "17", "cooling_fresh": "7001", "process_fresh": "30011",
    "steam_kg_h": "3100", "boiler_hours": "6100", "consumed": "20001", "discharged": "31002.5", "leaked": "1717.25",
    "domestic_fresh": "4800", "staff": 213, "workdays": 297, "water_price": "4.1",
}  # fmt: skip
PRODUCTS = [{"name": "甲", "unit": "t", "output": "3210", "production_water": "40000"}, {"name": "乙", "unit": "件", "output": "77", "production_water": "7000"}]
INTAKE = D("51234.5") + D("2310.25") + 777 + D("140.75") - D("331.5")
UNUSUAL = D(1200) + D("33.3")
REUSED = D(99000) + 12345 + D("4321.5") + 17


def rounded(value: Decimal, places: int) -> str:
    """Half up, as many places as the rules print."""
    return str(value.quantize(D(1).scaleb(-places), ROUND_HALF_UP))


def pct(part: Decimal, whole: Decimal) -> str:
    return rounded(part / whole * 100, 2)


async def kept(firm: Firm, added: str = "6543", output: str = "20987", **change: Any) -> dict[str, Any]:
    await operating(firm, added, output)
    saved = await put(firm, data=PLANT | change, products=PRODUCTS)
    assert saved.status == 200, saved.json
    found: dict[str, Any] = saved.json
    return found


async def test_intake_reuse_money_and_rates(firm: Firm) -> None:
    """WA1 V_f, WA2 V_t and R, WA4 per 万元, WA5 circulation, condensate, head and day, WA6 leak, discharge, unconventional share."""
    view = await kept(firm)
    wanted = {
        "intake": rounded(INTAKE, 4),
        "reused": rounded(REUSED, 4),
        "total_use": rounded(INTAKE + REUSED, 4),
        "reuse_rate": pct(REUSED, INTAKE + REUSED),
        "per_value_added": rounded(INTAKE / D(6543), 4),
        "per_output": rounded(INTAKE / D(20987), 4),
        "cooling_circulation": pct(D(99000), D(99000) + 7001),
        "process_reuse_pct": pct(D(12345), D(12345) + 30011),
        "condensate_recovery": pct(D("4321.5") * 1000, D(3100) * 6100),
        "per_head_day": rounded(D(4800) / (213 * 297), 4),
        "leak_rate": pct(D("1717.25"), INTAKE),
        "discharge_rate": pct(D("31002.5"), INTAKE),
        "unconventional_pct": pct(UNUSUAL, INTAKE + UNUSUAL),
    }
    found = figures(view)
    assert {k: found[k] for k in wanted} == wanted


async def test_unit_intake_and_shares(firm: Firm) -> None:
    """WA3: V_yf / Q of each product; the shares meet the production intake within 0.01 m3, else no report."""
    view = await kept(firm)
    assert [p["unit_intake"] for p in view["products"]] == [rounded(D(40000) / 3210, 4), rounded(D(7000) / 77, 4)]
    assert view["reportable"]
    apart = (await put(firm, 1, data=PLANT, products=[PRODUCTS[0], PRODUCTS[1] | {"production_water": "7000.02"}])).json
    assert not apart["reportable"] and [r["code"] for r in apart["reasons"]] == ["ALLOCATION"]


@pytest.mark.parametrize(("leaked", "word"), [("0", "ok"), ("9000", "水量不平衡")])
async def test_balance(firm: Firm, leaked: str, word: str) -> None:
    """WA7: V_f + V_u against V_co + V_d + V_l in percent of what came in, 10 % accepted; a worse one is warned of and can be saved."""
    inflow = INTAKE + UNUSUAL
    view = await kept(firm, leaked=leaked, discharged=str(inflow - 20001 - (0 if leaked == "0" else 3000)))
    outflow = D(20001) + D(view["data"]["discharged"]) + D(leaked)
    found = view["balance"]
    assert (found["inflow"], found["outflow"], found["error_pct"], found["word"]) == (
        rounded(inflow, 4), rounded(outflow, 4), pct(abs(inflow - outflow), inflow), word,
    )  # fmt: skip
    assert [w["code"] for w in view["warnings"]] == ([] if word == "ok" else ["UNBALANCED"])
    uses = view["use_balance"]
    assert (uses["inflow"], uses["outflow"], uses["error_pct"]) == (rounded(INTAKE, 4), "54131.0000", pct(abs(INTAKE - 54131), INTAKE))


async def test_without_a_quota_and_without_a_grade(firm: Firm) -> None:
    """WA8: no quota is said, never a pass. WA9: there is no overall grade of water anywhere in the answer."""
    view = await kept(firm)
    assert [(p["status"], p["quota"]) for p in view["products"]] == [("无定额", None)] * 2
    words = {"grade", "level", "letter", "score", "rating"}
    assert not words & set(view) and not [i for i in view["indicators"] if set(i["code"].split("_")) & words]


async def test_measures_and_decline(firm: Firm) -> None:
    """WA10: unit cost, payback, in-year effect by RA3 (implemented in April: 8/12). WA11: decline against last year, negative when it grew."""
    await operating(firm, "6000", "20000", "2024")
    last = PLANT | {"tap": "60000"}
    assert (await put(firm, year="2024", data=last, products=PRODUCTS)).status == 200
    await operating(firm, "6543", "20987")
    measures = [{"name": "冷却塔改造", "summary": "更换填料", "investment": "37.5", "implemented_on": "2025-04-18", "annual_saving": "8123.4"}]
    view = (await put(firm, data=PLANT, products=PRODUCTS, measures=measures)).json
    (one,) = view["measures"]
    assert (one["cost_per_m3"], one["payback_years"], one["in_year_saving"]) == (
        rounded(D(375000) / D("8123.4"), 2), rounded(D(375000) / (D("8123.4") * D("4.1")), 2), rounded(D("8123.4") * 8 / 12, 4),
    )  # fmt: skip
    before = INTAKE - D("51234.5") + 60000
    then, now = D(rounded(before / 6000, 4)), D(rounded(INTAKE / 6543, 4))
    assert figures(view)["decline_value_added"] == rounded((1 - now / then) * 100, 2)


@pytest.mark.parametrize(
    ("change", "products", "added", "reportable"),
    [({}, PRODUCTS, False, True), ({}, [], True, True), ({}, [], False, False), ({"ground": None}, PRODUCTS, True, False)],
)
async def test_reportable(firm: Firm, change: dict[str, Any], products: list[Any], added: bool, reportable: bool) -> None:
    """WA13: V_f and a product or value added; what is missing has a reason and no figure."""
    if added:
        await operating(firm, "6543", "20987")
    assert (await put(firm, data=PLANT | change, products=products)).status == 200
    view = await get(firm)
    assert view["reportable"] is reportable and bool(view["reasons"]) is not reportable
    for indicator in view["indicators"]:
        assert (indicator["value"] is None) == bool(indicator["reason"]), indicator
