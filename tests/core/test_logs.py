"""Logs carry the request id and no personal data (P5, P9)."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from core import logs, metrics

PHONE, ID_NUMBER = "13912345678", "440106199001010013"
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
CANARIES = (PHONE, ID_NUMBER, TOKEN, "王小明")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What this process writes while logging is configured anew."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("DEBUG")
    yield out
    root.handlers[:] = before
    root.setLevel(level)


def test_no_canary_reaches_a_line(lines: io.StringIO) -> None:
    with logs.request_scope("ABC123", "filing.submit"):
        logs.note(
            "login",
            phone=PHONE,
            id_number=ID_NUMBER,
            person_name="王小明",
            nested={"refresh_token": TOKEN, "list": [PHONE]},
        )
        logs.note(f"sent to {PHONE} with {TOKEN} for {ID_NUMBER}", raw=PHONE.encode())
        logs.access("GET", f"/api/v1/x/{PHONE}", 503, 0.01)
        logging.getLogger("sanic.error").error("no route for %s bearer %s", PHONE, TOKEN)
        try:
            raise ValueError(f"bad {ID_NUMBER}\nDETAIL:  Key (name)=(王小明) already exists.")
        except ValueError as error:
            logs.failure(error)
            logging.getLogger("asyncpg").exception("query failed")
    text = lines.getvalue()
    assert [c for c in CANARIES if c in text] == []
    written = [json.loads(line) for line in text.splitlines()]
    assert len(written) == 6 and {w.get("request_id") for w in written} == {"ABC123"}


def test_numbers_that_are_data_stay(lines: io.StringIO) -> None:
    logs.note("month", tce="1234567.123456", period=202411, job="0193-4a", uscc="91440101MA59ABCD3X")
    written = json.loads(lines.getvalue())
    assert (written["tce"], written["period"], written["uscc"]) == ("1234567.123456", 202411, "91440101MA59ABCD3X")


def test_figures_hold_routes_and_states_only() -> None:
    metrics.observe("filing_submit_month", "POST", 200, 0.012)
    metrics.jobs({"queued": 3, "dead": 1})
    body, content_type = metrics.render()
    text = body.decode()
    assert (
        "tanxiao_requests_total" in text and 'tanxiao_jobs{state="dead"} 1.0' in text and "text/plain" in content_type
    )
