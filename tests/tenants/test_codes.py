"""Rules C1-C8: published vectors, and for each validator 1000 generated codes accepted and one mutation refused."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants import codes
from tenants.codes import CodeError

TODAY = date(2026, 11, 21)
THOUSAND = settings(max_examples=1000, deadline=None)
VECTORS = (
    "91440112Y00000016Q",
    "91440106Y000A0029T",
    "91650203Y000B00329",
    "92440111LY000004XX",
    "12440100Y00000059Y",
    "52650000Y000000672",
    "91440112Y000004110",
    "91440112Y00000366Y",
    "91440112Y0000018XW",
)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def refusal(check: object, *arguments: object) -> str:
    with pytest.raises(CodeError) as caught:
        check(*arguments)  # type: ignore[operator]
    assert caught.value.message.endswith("。")
    return caught.value.code


# rule C1, C4
def test_the_standards_own_example_has_check_character_3() -> None:
    assert codes.uscc_check_character("91350100M000100Y4") == "3"
    assert codes.check_uscc("91350100M000100Y43") == "91350100M000100Y43"


@pytest.mark.parametrize("code", VECTORS)
def test_test_codes_of_rule_c4_are_accepted_and_any_other_last_character_is_refused(code: str) -> None:
    assert codes.check_uscc(code) == code
    for last in ALPHABET.replace(code[17], ""):
        assert refusal(codes.check_uscc, code[:17] + last) == "USCC_CHECK"


def test_all_single_substitutions_and_adjacent_swaps_are_detected() -> None:
    substitutions = swaps = 0
    for code in VECTORS:
        for at in range(18):
            for other in ALPHABET.replace(code[at], ""):
                substitutions += 1
                assert refusal(codes.check_uscc, code[:at] + other + code[at + 1 :]) in ("USCC_CHECK", "USCC_FORM")
        for at in range(17):
            if code[at] != code[at + 1]:
                swaps += 1
                swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
                assert refusal(codes.check_uscc, swapped) in ("USCC_CHECK", "USCC_FORM")
    assert (substitutions, swaps) == (4860, 96)


# rule C2
def test_input_is_trimmed_narrowed_and_raised_but_never_replaced() -> None:
    assert codes.check_uscc(" ９１４４０１１２y00000016q\n") == "91440112Y00000016Q"
    assert codes.check_uscc("91440112Y00000016Q　") == "91440112Y00000016Q"
    assert refusal(codes.check_uscc, "91440112YO0000016Q") == "USCC_LETTER"
    for letter, digit in {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}.items():
        with pytest.raises(CodeError, match=f"{letter}（是否为 {digit}）"):
            codes.check_uscc("91440112Y0000001" + letter + "Q")


@pytest.mark.parametrize("first", "ANY")
def test_registering_departments_a_n_y_are_accepted(first: str) -> None:
    body = first + "1440112Y00000016"
    assert codes.check_uscc(body + codes.uscc_check_character(body)) == body + codes.uscc_check_character(body)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "USCC_LENGTH"),
        ("91440112Y00000016", "USCC_LENGTH"),
        ("91440112Y00000016QQ", "USCC_LENGTH"),
        ("B1440112Y00000016Q", "USCC_FORM"),
        ("9144011AY00000016Q", "USCC_FORM"),
        ("91440112Y00000016é", "USCC_FORM"),
        ("91440112Y0000001٣Q", "USCC_FORM"),
        ("91440112Y0000001-Q", "USCC_FORM"),
    ],
)
def test_what_is_no_uscc_is_refused(text: str, code: str) -> None:
    assert refusal(codes.check_uscc, text) == code


@st.composite
def usccs(draw: st.DrawFn) -> str:
    body = (
        draw(st.sampled_from("0123456789ANY"))
        + draw(st.sampled_from(ALPHABET))
        + draw(st.text("0123456789", min_size=6, max_size=6))
    )
    body += draw(st.text(ALPHABET, min_size=9, max_size=9))
    return body + codes.uscc_check_character(body)


@THOUSAND
@given(usccs(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_generated_usccs_are_accepted_and_a_mutation_is_refused(code: str, at: int, other: str) -> None:
    assert codes.check_uscc(code) == code
    if other != code[at]:
        refusal(codes.check_uscc, code[:at] + other + code[at + 1 :])


@THOUSAND
@given(st.text(max_size=24))
def test_any_text_is_a_code_or_a_refusal(text: str) -> None:
    for check in (
        codes.check_uscc,
        codes.check_mobile,
        lambda t: codes.check_id_number(t, TODAY),
        lambda t: codes.check_plate("road", t),
    ):
        try:
            assert check(text).isprintable()
        except CodeError as error:
            assert error.code


# rule C3
def test_the_inner_organisation_code_only_warns() -> None:
    assert codes.organisation_check_character("Y0000018") == "X"
    assert codes.uscc_warning("91440112Y0000018XW") is None
    wrong = "91440112Y00000187"
    assert codes.uscc_warning(codes.check_uscc(wrong + codes.uscc_check_character(wrong)))


@pytest.mark.parametrize("code", [v for v in VECTORS if v[8] == "Y"])
def test_inner_check_characters_of_the_vectors(code: str) -> None:
    assert codes.uscc_warning(code) is None


def test_inner_check_eleven_is_zero() -> None:
    # GB 11714: 11 - (sum mod 11) = 11 is written 0
    assert codes.organisation_check_character("00000000") == "0"


@THOUSAND
@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 7), st.sampled_from("0123456789"))
def test_inner_check_notices_a_changed_digit(body: str, at: int, other: str) -> None:
    check = codes.organisation_check_character(body)
    assert re.fullmatch("[0-9X]", check)
    if body[at].isdigit() and other != body[at]:
        assert codes.organisation_check_character(body[:at] + other + body[at + 1 :]) != check


# rule C5
@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "440106199001010013", "650203198812121236", "440112200002290013", "44010619900101003X"],
)
def test_identity_numbers_of_rule_c5(number: str) -> None:
    assert codes.check_id_number(number, TODAY) == number
    assert codes.check_id_number(f" {number.lower()} ", TODAY) == number
    for last in "0123456789X".replace(number[17], ""):
        assert refusal(codes.check_id_number, number[:17] + last, TODAY) == "ID_CHECK"


def id_number(born: date, place: str = "440106", order: str = "001") -> str:
    body = f"{place}{born:%Y%m%d}{order}"
    return body + codes.id_check_character(body)


def test_the_birthday_is_a_real_day_not_in_the_future_and_at_most_150_years_ago() -> None:
    assert codes.check_id_number(id_number(TODAY), TODAY)
    assert refusal(codes.check_id_number, id_number(TODAY + timedelta(days=1)), TODAY) == "ID_DATE"
    assert codes.check_id_number(id_number(date(TODAY.year - 150, 12, 31)), TODAY)
    assert refusal(codes.check_id_number, id_number(date(TODAY.year - 151, 12, 31)), TODAY) == "ID_DATE"
    for day in ("20010229", "20001301", "20000100", "20000431", "00000101"):
        body = f"440106{day}001"
        assert refusal(codes.check_id_number, body + codes.id_check_character(body), TODAY) == "ID_DATE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("440106900101001", "ID_LENGTH"),
        ("", "ID_LENGTH"),
        ("04010619900101001X", "ID_FORM"),
        ("44010619900101X013", "ID_FORM"),
        ("44010619900101001٣", "ID_FORM"),
        ("44010619900101001Y", "ID_FORM"),
    ],
)
def test_what_is_no_identity_number_is_refused(text: str, code: str) -> None:
    assert refusal(codes.check_id_number, text, TODAY) == code


def test_fifteen_digits_are_refused_with_the_reason() -> None:
    with pytest.raises(CodeError, match="15 位旧号"):
        codes.check_id_number("440106900101001", TODAY)


@THOUSAND
@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(110000, 829999),
    st.integers(0, 999),
    st.integers(0, 17),
    st.sampled_from("0123456789X"),
)
def test_generated_identity_numbers_are_accepted_and_a_mutation_is_refused(
    born: date, place: int, order: int, at: int, other: str
) -> None:
    number = id_number(born, str(place), f"{order:03}")
    assert codes.check_id_number(number, TODAY) == number
    if other != number[at]:
        refusal(codes.check_id_number, number[:at] + other + number[at + 1 :], TODAY)


# rule C6
@pytest.mark.parametrize(
    "text", ["13800138000", "+8613800138000", "86 138-0013-8000", "+86 138 0013 8000", " １３８００１３８０００ "]
)
def test_mobiles_come_to_one_spelling(text: str) -> None:
    assert codes.check_mobile(text) == "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12800138000",
        "1380013800",
        "138001380000",
        "020-87654321",
        "+8513800138000",
        "1380013800a",
        "13800138000\u0663",
    ],
)
def test_what_is_no_mobile_is_refused(text: str) -> None:
    assert refusal(codes.check_mobile, text) == "MOBILE_FORM"


@THOUSAND
@given(st.integers(13_000_000_000, 19_999_999_999), st.sampled_from(["", "+86", "86", "+86 "]), st.sampled_from("02"))
def test_generated_mobiles_are_accepted_and_a_mutation_is_refused(number: int, prefix: str, second: str) -> None:
    assert codes.check_mobile(f"{prefix}{number}") == f"+86{number}"
    refusal(codes.check_mobile, f"{prefix}{str(number)[0]}{second}{str(number)[2:]}")
    refusal(codes.check_mobile, f"{prefix}{str(number)[:10]}")


# rule C7
@pytest.mark.parametrize(
    ("kind", "text", "plate"),
    [
        ("road", "粤A12345", "粤A12345"),
        ("road", " 粤b·1234挂", "粤B1234挂"),
        ("road", "京A1234警", "京A1234警"),
        ("road", "粤Z1234港", "粤Z1234港"),
        ("road", "粤ＡＡＢＣＤ５", "粤AABCD5"),
        ("new_energy", "粤AD12345", "粤AD12345"),
        ("new_energy", "粤AF1234 5", "粤AF12345"),
        ("new_energy", "粤A12345D", "粤A12345D"),
        ("new_energy", "粤AAB1234", "粤AAB1234"),
        ("site_no", " 3号叉车 ", "3号叉车"),
        ("site_no", "x" * 20, "x" * 20),
    ],
)
def test_plates(kind: str, text: str, plate: str) -> None:
    assert codes.check_plate(kind, text) == plate


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("road", ""),
        ("road", "粤I12345"),
        ("road", "粤A1234O"),
        ("road", "A12345"),
        ("road", "粤A1234"),
        ("road", "粤AD12345"),
        ("road", "粤A1挂345"),
        ("new_energy", "粤A12345"),
        ("new_energy", "粤AL12345"),
        ("new_energy", "粤A12345A"),
        ("new_energy", "粤AD1234A"),
        ("site_no", ""),
        ("site_no", "  "),
        ("site_no", "x" * 21),
        ("site_no", "a\x00b"),
    ],
)
def test_what_is_no_plate_is_refused(kind: str, text: str) -> None:
    assert refusal(codes.check_plate, kind, text) == "PLATE_FORM"


def test_an_unknown_kind_of_plate_is_refused() -> None:
    assert refusal(codes.check_plate, "boat", "粤A12345") == "PLATE_KIND"


PLATE_LETTER, PLATE_REST = "ABCDEFGHJKLMNPQRSTUVWXYZ", "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
places = st.sampled_from("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")


@st.composite
def roads(draw: st.DrawFn) -> str:
    middle = draw(st.text(PLATE_REST, min_size=4, max_size=4))
    return (
        draw(places) + draw(st.sampled_from(PLATE_LETTER)) + middle + draw(st.sampled_from(PLATE_REST + "挂学警港澳"))
    )


@st.composite
def new_energies(draw: st.DrawFn) -> str:
    head = draw(places) + draw(st.sampled_from(PLATE_LETTER))
    if draw(st.booleans()):
        return head + draw(st.text("0123456789", min_size=5, max_size=5)) + draw(st.sampled_from("DF"))
    return (
        head
        + draw(st.sampled_from("ABCDEFGHJK"))
        + draw(st.sampled_from(PLATE_REST))
        + draw(st.text("0123456789", min_size=4, max_size=4))
    )


@THOUSAND
@given(roads(), new_energies(), st.sampled_from("IO"), st.integers(1, 6))
def test_generated_plates_are_accepted_and_a_mutation_is_refused(road: str, green: str, wrong: str, at: int) -> None:
    assert codes.check_plate("road", road) == road
    assert codes.check_plate("new_energy", green) == green
    refusal(codes.check_plate, "road", road[:at] + wrong + road[at + 1 :])
    refusal(codes.check_plate, "new_energy", green[:at] + wrong + green[at + 1 :])
    refusal(codes.check_plate, "road", "国" + road[1:])


def test_masks() -> None:
    assert codes.mask_uscc("91440112Y00000016Q") == "91440112Y0********"


# rules C1, C3, C5: the constants against their own definition, not against the vectors alone
def test_weights_are_powers_as_the_standards_say() -> None:
    assert codes.USCC_WEIGHTS == tuple(pow(3, i, 31) for i in range(17))
    assert codes.ID_WEIGHTS == tuple(pow(2, 17 - i, 11) for i in range(17))
    assert codes.ORGANISATION_WEIGHTS == (3, 7, 9, 10, 5, 8, 4, 2)
    assert len(codes.USCC_ALPHABET) == 31 and not set("IOSVZ") & set(codes.USCC_ALPHABET)
    assert codes.ID_CHECKS == "".join("X" if (12 - r) % 11 == 10 else str((12 - r) % 11) for r in range(11))


@pytest.mark.parametrize("body", ["A0000001", "Z0000001", "MA5CKXW1", "77777777"])
def test_inner_letters_count_from_ten(body: str) -> None:
    # GB 11714: 0-9 are 0-9, A-Z are 10-35
    total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    expected = {0: "0", 1: "X"}.get(total % 11, str(11 - total % 11))
    assert codes.organisation_check_character(body) == expected


def test_all_provinces_have_their_plate_letter() -> None:
    assert len(codes.PROVINCES) == len(set(codes.PROVINCES)) == 31
    for letter in "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼":
        assert codes.check_plate("road", f"{letter}A12345")
