"""The stable contract of POST /api/v1/carbon/calculate, energies and the library, over HTTP."""

import csv
from typing import Any

import httpx
import pytest

from factors.files import FOLDER

LINE: dict[str, Any] = {"energy": "diesel", "amount": "12.5", "unit": "t", "use": "fuel"}
BODY: dict[str, Any] = {"period": "2024-03", "region": "440100", "factor_set": None, "lines": [LINE]}
NULLS = {"ncv": None, "carbon_content": None, "oxidation_rate": None, "factor": None}


async def _post(web: httpx.AsyncClient, line: dict[str, Any] | None = None, **body: Any) -> httpx.Response:
    return await web.post(
        "/api/v1/carbon/calculate", json=BODY | ({"lines": [LINE | line]} if line is not None else {}) | body
    )


async def test_the_example_of_the_contract(web: httpx.AsyncClient) -> None:
    answer = (await _post(web, {"parameters": NULLS})).json()
    assert answer["co2_t"] == "39.314031" and answer["energy_tce"]["equivalent"] == "18.213750"  # 12.5 × 43.33 × 0.0202 × 0.98 × 44/12
    line = answer["lines"][0]
    assert line["co2_t"] == "39.314031" and line["formula"].endswith("= 39.314031 tCO2")
    assert {"code", "value", "unit", "kind", "factor_set", "valid_from", "valid_to", "source"} <= line["factor"].keys()
    assert (line["factor"]["value"], line["factor"]["factor_set"]) == ("3.14512249", "NDRC2015_OTHER")


@pytest.mark.parametrize(
    ("line", "co2", "tce", "equal"),
    [
        (
            {"energy": "electricity", "unit": "10^4 kWh", "use": "purchased_electricity", "amount": "32"},
            "141.408000",
            "39.328000",
            "96.768000",
        ),
        (
            {"energy": "electricity", "unit": "kWh", "use": "exported_electricity", "amount": "1000"},
            "-0.441900",
            "-0.122900",
            "-0.302400",
        ),
        (
            {"energy": "heat", "unit": "GJ", "use": "purchased_heat", "amount": "1500"},
            "165.000000",
            "51.180000",
            "51.180000",
        ),
        ({"energy": "natural_gas", "unit": "10^4 Nm3", "amount": "12.5"}, "270.273601", "166.250000", "166.250000"),
        (
            {"energy": "natural_gas", "unit": "10^4 Nm3", "amount": "12.5", "use": "raw_material"},
            "0.000000",
            "166.250000",
            "166.250000",
        ),
        (
            {"energy": "process", "unit": "tCO2", "use": "process", "amount": "-18.5"},
            "-18.500000",
            "0.000000",
            "0.000000",
        ),
        ({"energy": "petroleum_coke", "unit": "t", "amount": "1"}, "3.063317", None, None),
    ],
)
async def test_lines(
    web: httpx.AsyncClient, line: dict[str, Any], co2: str, tce: str | None, equal: str | None
) -> None:
    response = await _post(web, line)
    assert response.status_code == 200, response.text
    made = response.json()["lines"][0]
    assert (made["co2_t"], made["energy_tce"]["equivalent"], made["energy_tce"]["equal_value"]) == (co2, tce, equal)


async def test_sums_are_of_the_lines(web: httpx.AsyncClient) -> None:
    lines = [LINE, {"energy": "electricity", "unit": "MWh", "use": "purchased_electricity", "amount": "1"}]
    answer = (await _post(web, lines=lines)).json()
    assert answer["co2_t"] == "39.755931" and [entry["co2_t"] for entry in answer["lines"]] == ["39.314031", "0.441900"]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"energy": "unobtainium"}, "lines[0].energy"),
        ({"energy": "raw_coal"}, "lines[0].energy"),
        ({"unit": "furlong"}, "lines[0].unit"),
        ({"unit": "kWh"}, "lines[0].unit"),
        ({"use": "decoration"}, "lines[0].use"),
        ({"use": "purchased_heat"}, "lines[0].use"),
        *[({"amount": bad}, "lines[0].amount") for bad in ("NaN", "sNaN", "1e400", "1_000", "１２", "12\n", " 1", "", "-1", "+1", "0x10", "1,000", None, 5, [])],
        *[({"parameters": NULLS | {"ncv": bad}}, "lines[0].parameters.ncv") for bad in ("NaN", "1e9", "-1", "1\n", "４２")],
        ({"parameters": NULLS | {"oxidation_rate": "101"}}, "lines[0].parameters.oxidation_rate"),
        ({"parameters": NULLS | {"colour": "1"}}, "lines[0].parameters.colour"),
        ({"amount": "999999999999", "parameters": NULLS | {"factor": "999999999999"}}, "lines[0].amount"),
    ],
)  # fmt: skip
async def test_a_bad_line_is_named(web: httpx.AsyncClient, line: dict[str, Any], path: str) -> None:
    response = await _post(web, line)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert [e["path"] for e in response.json()["errors"]] == [path]
    assert all(e["message"] for e in response.json()["errors"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"period": "2024-13"}, "period"),
        ({"period": "2024-03\n"}, "period"),
        ({"period": "2999-01"}, "period"),
        ({"region": "999999"}, "region"),
        ({"region": "４４0100"}, "region"),
        ({"factor_set": "NOSUCH"}, "factor_set"),
        ({"lines": []}, "lines"),
        ({"colour": 1}, "colour"),
    ],
)
async def test_a_bad_question_is_named(web: httpx.AsyncClient, body: dict[str, Any], path: str) -> None:
    response = await _post(web, **body)
    assert response.status_code == 422, response.text
    assert [e["path"] for e in response.json()["errors"]] == [path]


async def test_missing_amount_and_missing_factor(web: httpx.AsyncClient) -> None:
    response = await _post(web, lines=[{k: v for k, v in LINE.items() if k != "amount"}])
    assert (response.status_code, response.json()["errors"][0]["path"]) == (422, "lines[0].amount")
    missing = await _post(web, {"energy": "biomass"})
    assert missing.status_code == 422 and missing.json()["errors"][0]["code"] == "FACTOR_MISSING"
    given = await _post(web, {"energy": "biomass", "parameters": {"factor": "0.1"}})
    assert given.json()["lines"][0]["co2_t"] == "1.250000"


async def test_all_bad_lines_are_named_together(web: httpx.AsyncClient) -> None:
    response = await _post(web, lines=[LINE | {"unit": "x"}, LINE, LINE | {"energy": "y"}])
    assert [e["path"] for e in response.json()["errors"]] == ["lines[0].unit", "lines[2].energy"]


async def test_sets(web: httpx.AsyncClient) -> None:
    assert (await _post(web, factor_set="MEE2022_INDUSTRY")).json()["lines"][0]["factor"]["value"] == "3.09590964"


async def test_energies_are_those_of_the_data(web: httpx.AsyncClient) -> None:
    items = {i["code"]: i for i in (await web.get("/api/v1/energies")).json()["items"]}
    with (FOLDER / "energy_carriers.csv").open(encoding="utf-8", newline="") as file:
        wanted = {r["code"]: r["value"] for r in csv.DictReader(file) if r["property"] == "fill_in_unit"}
    assert items.keys() == wanted.keys() | {"process"}
    for code, unit in wanted.items():
        assert items[code]["unit"] == unit and unit in items[code]["units"] and items[code]["uses"]
        for use in items[code]["uses"]:
            for offered in items[code]["units"]:
                answer = await _post(web, {"energy": code, "unit": offered, "use": use["code"], "amount": "1"})
                assert answer.status_code == 200 or answer.json()["errors"][0]["code"] == "FACTOR_MISSING", (
                    code,
                    offered,
                    answer.text,
                )


async def test_library_and_history(web: httpx.AsyncClient) -> None:
    page = (await web.get("/api/v1/factors", params={"region": "440000", "page_size": 10})).json()
    assert page["total"] >= 3 and all(i["region_code"] == "440000" for i in page["items"])
    history = (await web.get("/api/v1/factors/EF-ELEC-440000-2023/history")).json()
    assert [i["value"] for i in history["items"]] == ["0.4419", "0.4403", "0.4715"]
    assert (await web.get("/api/v1/factors/NOSUCH/history")).status_code == 404
