"""One spelling of the same data."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

import documents


@dataclass(frozen=True)
class Fact:
    name: str
    amount: Decimal


def test_canonical_is_sorted_exact_and_without_blanks() -> None:
    data = {"b": Decimal("1.500000"), "a": [Fact("电力", Decimal("1E+3")), None, True, 3], "d": date(2025, 3, 1)}
    assert (
        documents.canonical(data)
        == '{"a":[{"amount":"1000","name":"电力"},null,true,3],"b":"1.500000","d":"2025-03-01"}'.encode()
    )


def test_order_of_keys_does_not_matter_values_do() -> None:
    assert documents.fingerprint({"a": 1, "b": 2}) == documents.fingerprint({"b": 2, "a": 1})
    assert documents.fingerprint({"a": Decimal("1.0")}) != documents.fingerprint({"a": Decimal("1.00")})


def test_plain_types_are_written_and_a_float_is_refused() -> None:
    uid = UUID("00000000-0000-4000-8000-000000000001")
    assert (
        documents.canonical([uid, datetime(2025, 1, 2, tzinfo=UTC), {3, 1}])
        == b'["00000000-0000-4000-8000-000000000001","2025-01-02T00:00:00+00:00",[1,3]]'
    )
    for bad in (1.5, {"a": [1.0]}, [float("nan")]):
        with pytest.raises(TypeError):
            documents.canonical(bad)
