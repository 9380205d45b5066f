"""Sealed fields, blind indexes, normalisers (P1–P3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import crypto
from core.ids import new_id
from core.personal import (
    mask_id_number,
    mask_name,
    mask_phone,
    normalise_id_number,
    normalise_name,
    normalise_phone,
)

OLD, NEW = "old-root-key-0123456789-0123456789-abc", "new-root-key-0123456789-0123456789-abc"


@given(st.text())
def test_what_was_sealed_opens_again(text: str) -> None:
    row = new_id()
    assert crypto.unseal("person.name", row, crypto.seal("person.name", row, text)) == text


def test_an_envelope_opens_only_for_its_row_and_field() -> None:
    row, other = new_id(), new_id()
    blob = crypto.seal("person.phone", row, "+8613800138000")
    assert blob[:1] == b"\x01" and blob[1:5] == crypto.key_id() and b"138" not in blob
    for field, where in (("person.phone", other), ("person.name", row)):
        with pytest.raises(crypto.SealBroken):
            crypto.unseal(field, where, blob)


@given(st.integers(0, 45), st.integers(1, 255))
def test_any_altered_byte_is_noticed(position: int, flip: int) -> None:
    row = new_id()
    blob = bytearray(crypto.seal("person.phone", row, "+8613800138000"))
    blob[position % len(blob)] ^= flip
    with pytest.raises(crypto.SealBroken):
        crypto.unseal("person.phone", row, bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x02" + b"0" * 40, b"\x01" + b"0" * 16])
def test_rubbish_is_refused_not_raised_raw(blob: bytes) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal("person.phone", new_id(), blob)


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    row = new_id()
    assert len({crypto.seal("person.name", row, "张三") for _ in range(50)}) == 50


def test_a_previous_root_still_opens_and_still_finds() -> None:
    row, before, after = new_id(), crypto.Keyring(OLD), crypto.Keyring(NEW, [OLD])
    blob = before.seal("person.name", row, "张三")
    assert after.unseal("person.name", row, blob) == "张三" and after.stale(blob)
    assert not after.stale(after.seal("person.name", row, "张三"))
    assert before.blind_index("phone", "+8613800138000") in after.blind_indexes("phone", "+8613800138000")
    assert after.blind_index("phone", "x") != before.blind_index("phone", "x")
    with pytest.raises(crypto.SealBroken):
        crypto.Keyring(NEW).unseal("person.name", row, blob)


def test_blind_indexes_are_32_bytes_and_differ_by_column() -> None:
    one, two = crypto.blind_index("phone", "+8613800138000"), crypto.blind_index("id_number", "+8613800138000")
    assert len(one) == 32 and one != two and one == crypto.blind_index("phone", "+8613800138000")


def test_keys_of_different_purposes_differ_and_short_roots_are_refused() -> None:
    assert crypto.derive("jwt") != crypto.derive("sms-code") and len(crypto.derive("jwt", 64)) == 64
    with pytest.raises(ValueError, match="32 bytes"):
        crypto.Keyring("short")


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "+86 138 0013 8000",
        "86-138-0013-8000",
        "１３８００１３８０００",
        " 138-0013-8000 ",
        "+8613800138000",
    ],
)
def test_one_spelling_of_a_phone_number(typed: str) -> None:
    assert normalise_phone(typed) == "+8613800138000"


@pytest.mark.parametrize(
    "typed", ["", "12800138000", "1380013800", "138001380000", "020-81234567", "+1 2025550123", "١٣٨٠٠١٣٨٠٠٠x"]
)
def test_what_is_no_mobile_number(typed: str) -> None:
    with pytest.raises(ValueError):
        normalise_phone(typed)


def test_one_spelling_of_numbers_and_names() -> None:
    assert normalise_id_number("４４０１０６ 19900101 003x") == "44010619900101003X"
    assert normalise_name("阿卜杜拉•买买提") == normalise_name(" 阿卜杜拉 · 买买提 ") == "阿卜杜拉·买买提"


def test_masks() -> None:
    assert mask_id_number("440106199001010013") == "440***********0013"
    assert mask_phone("+8613800135678") == mask_phone("13800135678") == "138****5678"
    assert (mask_name("陈志明"), mask_name("张三"), mask_name("张"), mask_name("")) == ("陈*明", "张*", "*", "")
