"""A year of water over the wire (FD10, WA1-WA11, WA13): whole, in parts, wrong, stale, foreign; the year's table."""

import asyncio
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from bench.world import Firm
from tests.filing.wire import Reply, send
from tests.water.conftest import PRODUCTS, YEAR

PATH = "/api/v1/water/<year>"


async def put(firm: Firm, version: int = 0, year: str = "2025", key: str | None = None, **body: Any) -> Reply:
    """Save a year as a client does."""
    return await send(firm, "PUT", PATH, {"version": version, **body}, key=key or str(uuid4()), year=year)


async def get(firm: Firm, year: str = "2025") -> dict[str, Any]:
    """Read it back."""
    answer = await send(firm, "GET", PATH, year=year)
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


async def operating(firm: Firm, added: str, output: str, year: str = "2025") -> None:
    """The year's operating data."""
    body = {"version": 0, "output_value": output, "value_added": added, "tax": "10", "staff_avg": 160}
    saved = await send(firm, "PUT", "/api/v1/operating/<year>", body, key=str(uuid4()), year=year)
    assert saved.status == 200, saved.json


def figures(view: dict[str, Any]) -> dict[str, str | None]:
    """Values by code."""
    return {i["code"]: i["value"] for i in view["indicators"]}


async def test_the_case_of_the_rules(firm: Firm) -> None:
    """GC-WA01 through the product: figures, balance, products; 成衣 has no quota and says so."""
    await operating(firm, "8200", "31000")
    saved = await put(firm, data=YEAR, products=PRODUCTS)
    assert saved.status == 200, saved.json
    view = saved.json
    assert view["version"] == 1 and view["complete"] and view["reportable"] and view["reasons"] == [] and view["warnings"] == []
    wanted = {
        "intake": "98000.0000", "reused": "470000.0000", "total_use": "568000.0000", "reuse_rate": "82.75", "unconventional_pct": "5.77",
        "leak_rate": "3.57", "discharge_rate": "67.35", "cooling_circulation": "95.24", "process_reuse_pct": "42.22",
        "condensate_recovery": "50.00", "per_value_added": "11.9512", "per_output": "3.1613", "per_head_day": "0.1521",
    }  # fmt: skip
    assert wanted.items() <= figures(view).items()
    b = view["balance"]
    assert (b["inflow"], b["outflow"], b["error_pct"], b["word"]) == ("104000.0000", "100500.0000", "3.37", "ok")
    assert view["use_balance"]["word"] == "ok" and view["use_balance"]["difference"] == "0.0000"
    assert [(p["unit_intake"], p["status"]) for p in view["products"]] == [("14.0000", "无定额"), ("30.0000", "无定额")]
    assert await get(firm) == view
    listed = await send(firm, "GET", "/api/v1/water")
    assert [(y["year"], y["state"], y["complete"], y["intake"]) for y in listed.json["items"]] == [(2025, "ready", True, "98000.0000")]


async def test_parts_are_kept(firm: Firm) -> None:
    """An unfinished year is saved; what is missing is named by path and section, and no figure is made of it."""
    empty = await get(firm)
    assert empty["version"] == 0 and not empty["reportable"] and empty["warnings"] == [] and empty["last_year"] is None
    saved = await put(firm, data={"tap": "100"}, products=[{"name": "针织布"}], measures=[{"summary": "换管"}], titles=[{"name": "节水型企业"}])
    assert saved.status == 200, saved.json
    view = saved.json
    missing = {m["path"]: m["section"] for m in view["missing"]}
    assert missing["data.surface"] == "sources" and missing["products[0].output"] == "products" and "data.tap" not in missing
    assert missing["measures[0].name"] == "measures" and missing["titles[0].level"] == "titles"
    assert figures(view)["intake"] is None and all(i["reason"] for i in view["indicators"])
    assert [r["code"] for r in view["reasons"]] == ["NO_INTAKE", "NO_PRODUCT_OR_VALUE_ADDED"]
    assert view["reasons"][0]["text"] == "取水量还不完整：地表水取水量、地下水取水量、外购水产品（蒸汽和热水等）未填，没有请填 0。"
    assert view["balance"]["word"] == "" and "地表水" in view["balance"]["reason"]
    assert view["measures"][0]["summary"] == "换管"
    again = await put(firm, 1, data={"tap": "100"}, products=view_products(view))
    assert again.json["products"][0]["id"] == view["products"][0]["id"]


def view_products(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Products as a client sends them back."""
    return [{k: p[k] for k in ("id", "name", "unit", "output", "production_water", "quota_id")} for p in view["products"]]


async def test_reportable_needs_intake_and_something_to_relate_it_to(firm: Firm) -> None:
    """WA13."""
    sources = {"tap": "100", "surface": "0", "ground": "0", "bought_other": "0"}
    view = (await put(firm, data=sources)).json
    assert [r["code"] for r in view["reasons"]] == ["NO_PRODUCT_OR_VALUE_ADDED"]
    await operating(firm, "50", "200")
    assert (await get(firm))["reportable"]
    assert figures(await get(firm))["per_value_added"] == "2.0000"


async def test_unbalanced_is_said_and_kept(firm: Firm) -> None:
    """GC-WA02: 11.60 % is over 10 %; a warning, never a refusal."""
    data = YEAR | {"tap": "50000", "ground": "0", "supplied_out": None, "reclaimed": "0", "consumed": "9000", "discharged": "34000", "leaked": "1200",
                   "use_production": "45100", "use_auxiliary": "4900", "use_attached": "0"}  # fmt: skip
    view = (await put(firm, data=data, products=[{"name": "瓦楞纸", "unit": "t", "output": "4100", "production_water": "45100"}])).json
    assert (view["balance"]["error_pct"], view["balance"]["word"]) == ("11.60", "水量不平衡")
    assert [w["code"] for w in view["warnings"]] == ["UNBALANCED"] and view["reportable"]
    assert "11.60%" in view["warnings"][0]["text"]
    uses = (await put(firm, 1, data=data | {"use_auxiliary": "20000"}, products=view_products(view))).json
    assert [w["code"] for w in uses["warnings"]] == ["UNBALANCED", "USES_UNBALANCED"]


async def test_shares_that_miss_the_production_intake(firm: Firm) -> None:
    """WA3: kept, said with the difference, no report of it."""
    products = [PRODUCTS[0], PRODUCTS[1] | {"production_water": "9000"}]
    view = (await put(firm, data=YEAR, products=products)).json
    assert not view["reportable"] and [r["code"] for r in view["reasons"]] == ["ALLOCATION"] and "少 300.0000" in view["reasons"][0]["text"]
    assert (await put(firm, 1, data=YEAR, products=PRODUCTS)).json["reportable"]


@pytest.mark.parametrize(
    ("part", "path", "code"),
    [
        ({"data": YEAR | {"supplied_out": "100000.0001"}}, "data.supplied_out", "SUPPLIED_OUT"),
        ({"data": {"boiler_hours": "8784.01"}}, "data.boiler_hours", "RANGE"),
        ({"data": {"workdays": 367}}, "data.workdays", "RANGE"),
        ({"data": {"tap": "-1"}}, "data.tap", "NEGATIVE"),
        ({"data": {"staff": -1}}, "data.staff", "NEGATIVE"),
        ({"data": {"tap": "1.00001"}}, "data.tap", "PRECISION"),
        ({"data": {"tap": "1e5"}}, "data.tap", None),
        ({"data": {"tap": 5}}, "data.tap", None),
        ({"data": {"water": "5"}}, "data.water", "UNKNOWN_FIELD"),
        ({"data": {"comments": "字" * 1001}}, "data.comments", "TOO_LONG"),
        ({"data": {"tested_on": "2027-01-01"}}, "data.tested_on", "FUTURE"),
        ({"data": {"tested_on": "2025-02-30"}}, "data.tested_on", None),
        ({"data": {"test_file": "00000000-0000-4000-8000-00000000abcd"}}, "data.test_file", "UNKNOWN"),
        ({"products": [{"output": "-5"}]}, "products[0].output", "NEGATIVE"),
        ({"products": [{"quota_id": "00000000-0000-4000-8000-00000000abcd"}]}, "products[0].quota_id", "UNKNOWN"),
        ({"products": [{"name": "布"}] * 51}, "products", "TOO_MANY"),
        ({"products": [{"name": "字" * 51}]}, "products[0].name", "TOO_LONG"),
        ({"measures": [{"implemented_on": "2024-12-31"}]}, "measures[0].implemented_on", "RANGE"),
        ({"measures": [{"investment": "12345678901"}]}, "measures[0].investment", "RANGE"),
        ({"plans": [{"expected_on": "2024-12-31"}]}, "plans[0].expected_on", "RANGE"),
        ({"titles": [{"level": "宇宙"}]}, "titles[0].level", "CHOICE"),
        ({"titles": [{"awarded_on": "2026-11-22"}]}, "titles[0].awarded_on", "FUTURE"),
    ],
)
async def test_what_is_refused(firm: Firm, part: dict[str, Any], path: str, code: str | None) -> None:
    """422 with the field's path; nothing is stored."""
    answer = await put(firm, **part)
    assert answer.status == 422, answer.json
    assert path in answer.paths and (code is None or answer.paths[path] == code), answer.json
    assert (await get(firm))["version"] == 0


async def test_years_that_are_none(firm: Firm) -> None:
    """A year to come, and words for a year."""
    for year in ("2027", "1989", "abcd", "２０２５", "20255"):
        assert (await put(firm, year=year)).status == 422
        assert (await send(firm, "GET", PATH, year=year)).status == 422


async def test_two_at_once(firm: Firm) -> None:
    """One version, one winner; the other hears the current version and can lay his own over it."""
    answers = await asyncio.gather(*(put(firm, data={"tap": str(n)}) for n in range(4)))
    assert sorted(a.status for a in answers) == [200, 409, 409, 409]
    stale = next(a for a in answers if a.status == 409)
    assert stale.json["code"] == "STALE_VERSION" and stale.json["version"] == 1 and "2025 年的水资源数据" in stale.json["detail"]
    assert (await put(firm, 1, data={"tap": "7"})).json["version"] == 2
    assert (await put(firm, 7, data={"tap": "8"})).status == 409


async def test_a_repeat_is_one_save(firm: Firm) -> None:
    """The same key answers the same."""
    first, second = await put(firm, key="k1", data={"tap": "7"}), await put(firm, key="k1", data={"tap": "7"})
    assert first.json["version"] == second.json["version"] == 1


async def test_last_year_beside_this_one(firm: Firm) -> None:
    """WA11 and the column of last year; a product of the same name and unit is compared."""
    await operating(firm, "8000", "30000", "2024")
    await operating(firm, "8200", "31000")
    last = YEAR | {"tap": "101600", "use_production": "97700"}
    await put(firm, year="2024", data=last, products=[PRODUCTS[0] | {"production_water": "97700"}])
    view = (await put(firm, data=YEAR, products=PRODUCTS)).json
    by_code = {i["code"]: i for i in view["indicators"]}
    assert by_code["per_value_added"]["last_year"] == "14.2000" and by_code["decline_value_added"]["value"] == "15.84"
    assert by_code["intake"]["change_pct"] == "-13.73" and by_code["reuse_rate"]["change_pct"] is None
    assert view["last_year"] == {"year": 2024, "intake": "113600.0000", "reportable": True}
    assert view["products"][0]["last_year"] == "18.7885" and view["products"][1]["last_year"] is None


async def test_measures_and_plans(firm: Firm) -> None:
    """GC-WA03."""
    measure = {"name": "冷却水旁滤", "summary": "减少排污", "investment": "12.5", "implemented_on": "2025-09-03", "annual_saving": "6200"}
    plan = {"name": "雨水收集", "content": "屋面雨水收集回用", "expected_investment": "30", "expected_on": "2026-06-30", "expected_saving": "2500"}
    view = (await put(firm, data=YEAR, measures=[measure], plans=[plan])).json
    made = view["measures"][0]
    assert (made["cost_per_m3"], made["payback_years"], made["in_year_saving"]) == ("20.16", "5.83", "1550.0000")
    assert view["plans"][0]["expected_saving"] == "2500"


async def test_one_firm_never_sees_another(firms: list[Firm]) -> None:
    """The year belongs to its firm."""
    one, other = firms
    await put(one, data=YEAR)
    assert (await get(other))["version"] == 0 and (await send(other, "GET", "/api/v1/water")).json["items"] == []


async def test_the_table(firm: Firm) -> None:
    """The workbook opens; numbers are numbers, blanks are blank, text that looks like a formula stays text."""
    await put(firm, data=YEAR | {"surface": None, "comments": "=1+1"}, products=[PRODUCTS[0] | {"name": "=HYPERLINK(\"http://x\")"}])
    answer = await send(firm, "GET", "/api/v1/water/<year>/table.xlsx", year="2025")
    assert answer.status == 200 and answer.body[:2] == b"PK"
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    assert book.sheetnames == ["水资源利用情况表", "产品用水", "节水措施", "节水计划", "示范称号"]
    rows = {r[0].value: r for r in book["水资源利用情况表"].iter_rows() if r[0].value}
    assert Decimal(str(rows["自来水取水量"][1].value)) == 86000 and rows["地表水取水量"][1].value is None
    assert rows["取水量 V_f"][1].value is None and "地表水" in str(rows["取水量 V_f"][4].value)
    assert rows["说明"][4].value == "=1+1" and rows["说明"][4].data_type == "s"
    name = book["产品用水"]["A2"]
    assert str(name.value).startswith("=HYPERLINK") and name.data_type == "s"


async def test_the_largest_and_the_smallest(firm: Firm) -> None:
    """Every field at its bounds computes, prints and never fails."""
    await operating(firm, "0.0001", "0.0001")
    most: dict[str, Any] = dict.fromkeys(YEAR, "999999999999.9999") | {
        "staff": 1_000_000, "workdays": 366, "boiler_hours": "8784", "water_price": "0.0001", "steam_kg_h": "0.0001", "cooling_fresh": "0.0001", "supplied_out": "0",
    }  # fmt: skip
    products = [{"name": "布", "unit": "t", "output": "0.000001", "production_water": "999999999999.9999"}]
    measures = [{"name": "改造", "investment": "9999999999", "implemented_on": "2025-01-01", "annual_saving": "0.0001"}]
    answer = await put(firm, data=most, products=products, measures=measures)
    assert answer.status == 200, answer.json
    zero: dict[str, Any] = dict.fromkeys(YEAR, "0") | {"staff": 0, "workdays": 0}
    answer = await put(firm, 1, data=zero, products=[products[0] | {"output": "0", "production_water": "0"}], measures=[measures[0] | {"annual_saving": "0"}])
    assert answer.status == 200 and answer.json["balance"]["word"] == "ok" and answer.json["balance"]["error_pct"] is None
    assert all(i["reason"] for i in answer.json["indicators"] if i["value"] is None)
    assert (await send(firm, "GET", "/api/v1/water/<year>/table.xlsx", year="2025")).status == 200
