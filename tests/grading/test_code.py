"""The code in the QR: documents 4, rules CC4, CC5."""

import secrets

import pytest

from core.crypto import Keyring
from grading.code import ALPHABET, LENGTH, make_code, new_code_id, read_code
from grading.keys import code_keys
from grading.number import certificate_number, luhn_digit, number_is_sound

OLD, NEW = "old root secret of at least thirty-two bytes", "new root secret of at least thirty-two bytes"
KEYS = code_keys(Keyring(OLD))


def test_code_is_thirty_characters_and_reads_back() -> None:  # rule CC4
    code_id = new_code_id()
    code = make_code(KEYS, code_id)
    assert len(code) == LENGTH and set(code) <= set(ALPHABET)
    found = read_code(KEYS, code)
    assert found is not None and (found.kid, found.id) == ("1", code_id)


def test_no_single_character_change_is_accepted() -> None:  # documents 4: 0 of 930
    code = make_code(KEYS, new_code_id())
    changed = [code[:i] + c + code[i + 1 :] for i in range(LENGTH) for c in ALPHABET if c != code[i]]
    assert len(changed) == 930
    assert [c for c in changed if read_code(KEYS, c)] == []


def test_no_random_tag_is_accepted() -> None:  # documents 4: 0 of 200 000 (here 20 000)
    head = make_code(KEYS, new_code_id())[:14]
    tags = ("".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(20_000))
    assert not any(read_code(KEYS, head + tag) for tag in tags)


def test_written_by_hand() -> None:
    code = make_code(KEYS, "0A1B2C3D4E5F")
    spoken = "-".join(code[i : i + 5] for i in range(0, 30, 5)).lower().replace("0", "o").replace("1", "l")
    assert read_code(KEYS, spoken) == read_code(KEYS, code)


@pytest.mark.parametrize(
    "text", ["", "1", "0" * 30, "1" * 30, "U" * 30, "１" * 30, "x" * 5000, "../../etc/passwd", "1" * 29 + "\n"]
)
def test_nonsense_is_refused(text: str) -> None:
    assert read_code(KEYS, text) is None


def test_another_root_or_kid_makes_other_codes() -> None:
    code_id = new_code_id()
    assert read_code(code_keys(Keyring(NEW)), make_code(KEYS, code_id)) is None
    two = make_code(KEYS, code_id, kid="2")
    assert read_code(KEYS, "1" + "1" + two[2:]) is None
    assert read_code(KEYS, two) is not None


def test_codes_of_the_previous_root_still_read() -> None:
    code = make_code(KEYS, new_code_id())
    both = code_keys(Keyring(NEW, [OLD]))
    assert read_code(both, code) is not None
    assert read_code(code_keys(Keyring(NEW)), code) is None
    assert read_code(both, make_code(both, new_code_id())) is not None


def test_number_shape_and_check_digit() -> None:  # rule CC5
    number = certificate_number("2025", "440112", 1)
    assert number[:-1] == "TX2025440112000001"
    assert number_is_sound(number)
    wrong = [
        number[:i] + str(d) + number[i + 1 :] for i in range(2, len(number)) for d in range(10) if str(d) != number[i]
    ]
    assert not any(number_is_sound(w) for w in wrong)
    assert certificate_number("2025-03", "440112", 7).startswith("TX202503440112000007")
    assert certificate_number("2025H1", "440112", 7).startswith("TX2025H1440112000007")
    assert number_is_sound(certificate_number("2025H1", "440112", 1_000_007))


def test_luhn_published_example() -> None:  # ISO/IEC 7812-1 annex: 7992739871 -> 3
    assert luhn_digit("7992739871") == "3"
