"""What the edge lets in: quantities, paths of faults, unknown members (architecture 4.2, issue's hostile values)."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kernel.problem import decode
from api.kernel.types import ENCODER, Month, Quantity, Struct, dec_hook
from core.errors import Invalid, Problem


class Line(Struct):
    amount: Quantity
    month: Month = "2025-01"


class Body(Struct):
    lines: list[Line]


DECODER = msgspec.json.Decoder(Body, dec_hook=dec_hook)


def read(amount: object, **more: object) -> Body:
    return decode(Body, DECODER, msgspec.json.encode({"lines": [{"amount": amount, **more}]}))  # type: ignore[no-any-return]


@pytest.mark.parametrize("good", ["0", "-0", "12.5", "-18.500000", "999999999999.999999", "007"])
def test_decimal_strings_pass_exactly(good: str) -> None:
    assert read(good).lines[0].amount == Decimal(good)


@pytest.mark.parametrize(
    "bad",
    ["NaN", "sNaN", "Infinity", "1e400", "1E2", "1_000", "１２", "12\n", " 12", "12 ", "", ".5", "5.", "+1", "1,000", "0x10", "--1",
     "1234567890123", "1.1234567", 12.5, 12, True, None, ["1"], {"v": "1"}],
)  # fmt: skip
def test_everything_else_is_refused_with_its_path(bad: object) -> None:
    with pytest.raises(Invalid) as refused:
        read(bad)
    assert refused.value.status == 422
    assert refused.value.errors[0].path == "lines[0].amount"


@given(st.text(max_size=24))
def test_no_text_gets_in_that_is_not_a_plain_decimal(text: str) -> None:
    try:
        value = read(text).lines[0].amount
    except Invalid:
        return
    assert value.is_finite() and set(text) <= set("-.0123456789")


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (b'{"lines":[{}]}', "lines[0].amount", "REQUIRED"),
        (b'{"lines":[{"amount":"1","tenant_id":"x"}]}', "lines[0].tenant_id", "UNKNOWN_FIELD"),
        (b'{"lines":[{"amount":"1","month":"2025-13"}]}', "lines[0].month", "FORMAT"),
        (b'{"lines":[{"amount":"1","month":"2025-01\\n"}]}', "lines[0].month", "LENGTH"),
        (b'{"lines":5}', "lines", "TYPE"),
        (b"[]", "", "TYPE"),
        (b"", "", "REQUIRED"),
    ],
)
def test_faults_name_path_and_code(body: bytes, path: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode(Body, DECODER, body)
    assert (refused.value.errors[0].path, refused.value.errors[0].code) == (path, code)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_a_plain_refusal(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        decode(Body, DECODER, body)
    assert refused.value.status in (400, 422)


def test_decimals_leave_as_plain_strings() -> None:
    assert ENCODER.encode([Decimal("1000"), Decimal("0.000001"), Quantity("12.50")]) == b'["1000","0.000001","12.50"]'
