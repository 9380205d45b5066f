"""What two operators publish is what the public calculator answers, in another process, within five seconds; old years keep their rows."""

import asyncio
import time
from datetime import date
from typing import Any

import httpx
import pytest

from core.errors import Unavailable
from factors import library, published_catalogue
from tests.factors.test_drafts import grid, publish, sent

PLACE = "210000"
LINE = {"energy": "electricity", "amount": "1000", "unit": "MWh", "use": "purchased_electricity"}


async def _ask(web: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    body = {"period": "2026-09", "region": f"{PLACE[:2]}0100", "lines": [LINE], **more}
    answer = await web.post("/api/v1/carbon/calculate", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _until(web: httpx.AsyncClient, code: str, **more: Any) -> dict[str, Any]:
    """The answer once it names the new row; never later than five seconds."""
    end = time.monotonic() + 5
    while (answer := await _ask(web, **more))["lines"][0]["factor"]["code"] != code:
        assert time.monotonic() < end, answer["lines"][0]["factor"]
        await asyncio.sleep(0.1)
    return answer


async def test_a_published_version_is_the_calculators_within_five_seconds(web: httpx.AsyncClient, database: str) -> None:
    before = await _ask(web)
    assert before["lines"][0]["factor"]["code"] == f"EF-ELEC-{PLACE}-2023"
    draft = await sent(grid(PLACE, "0.4321"))
    assert await _ask(web) == before  # a draft, and one in review, is nobody's value yet
    await publish(draft)
    after = await _until(web, f"EF-ELEC-{PLACE}-2024")
    assert (after["co2_t"], after["lines"][0]["factor"]["value"]) == ("432.100000", "0.4321")
    assert after["lines"][0]["factor"]["valid_from"] == "2026-11-01"
    matched = await _ask(web, period="2023-05", factor_policy="year_matched")
    assert (matched["lines"][0]["factor"]["code"], matched["co2_t"]) == (f"EF-ELEC-{PLACE}-2023", before["co2_t"])
    assert matched["lines"][0]["factor"]["valid_to"] == "2026-10-31"


async def test_a_future_version_waits_for_its_day(web: httpx.AsyncClient, database: str) -> None:
    before = await _ask(web, region="220100")
    await publish(await sent(grid("220000", "0.1111", valid_from=date(2027, 6, 1))))
    await asyncio.sleep(library.ASKED_EVERY + 0.5)
    after = await _ask(web, region="220100")
    assert (after["co2_t"], after["lines"][0]["factor"]["code"]) == (before["co2_t"], "EF-ELEC-220000-2023")
    assert (before["lines"][0]["factor"]["valid_to"], after["lines"][0]["factor"]["valid_to"]) == (None, "2027-05-31")


async def test_while_the_database_is_away_the_last_version_answers(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await published_catalogue()

    def away(**_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(library, "transaction", away)
    library._asked.clear()
    assert await published_catalogue() is held
    monkeypatch.setattr(library, "_current", {})
    library._asked.clear()
    with pytest.raises(Unavailable):
        await published_catalogue()
