"""Password profiles, common passwords, keyboard runs, initial passwords (rules L1, L2, L6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth import passwords
from auth.common_passwords import COMMON
from auth.passwords import HASHER, check_password, hash_password, initial_password, keyboard_run, verify_password
from core.errors import Invalid


def fits(profile: str, password: str, **own: str) -> bool:
    try:
        check_password(profile, password, **own)  # type: ignore[arg-type]
    except Invalid as problem:
        assert problem.code == "PASSWORD_WEAK" and problem.errors[0].path == "password"
        return False
    return True


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Xk7mRp2", False),  # 7
        ("Xk7mRp2w", True),  # 8
        ("Xk7mRp2wXk7mRp2w", True),  # 16
        ("Xk7mRp2wXk7mRp2wq", False),  # 17
        ("kwmrpzthv", False),  # one class
        ("KWMRPZTHV", False),
        ("739104826", False),
        ("!?#%=+&*(", False),
        ("kwmrp739", True),
        ("KWmrpzthv", True),
        ("kwmrpz!?", True),
        ("739104!?", True),
        ("密码长度要够了Ab", True),
        ("kwm rp7 9z", True),  # blanks are characters like others
    ],
)
def test_profile_of_self_registered(password: str, good: bool) -> None:
    """rule L2, seed 001: 8-16, two of four classes."""
    assert fits("seed001", password) is good


@pytest.mark.parametrize(("password", "good"), [("kwmrpzthvbn", False), ("kwmrpzthvbnq", True), ("k7" * 32, False), ("kW" * 32 + "x", False), ("correct horse battery", True)])  # fmt: skip
def test_strong_profile_has_no_composition_rule(password: str, good: bool) -> None:
    """rule L2: 12-64."""
    assert fits("strong", password) is good


def test_sixty_four_fit_and_are_not_cut() -> None:
    text = "harbour lights over the quiet river at dawn, seventeen boats 2026"
    assert fits("strong", text[:64]) and not fits("strong", text[:64] + "x")


async def test_nothing_is_truncated() -> None:
    """rule L2: the 64th character counts."""
    stored = await hash_password("kwmrpzthvbnq" * 5 + "abcd")
    assert await verify_password(stored, "kwmrpzthvbnq" * 5 + "abcd")
    assert not await verify_password(stored, "kwmrpzthvbnq" * 5 + "abce")


@pytest.mark.parametrize(
    "password", ["Abcd1234", "Passw0rd", "admin@123", "Aa123456", "woaini1314", "1qaz2wsx", "P@ssw0rd"]
)
def test_common_ones(password: str) -> None:
    """rule L2: in any case."""
    assert not fits("seed001", password)


def test_three_thousand_of_them_and_all_would_fit() -> None:
    """rule L2: those that another rule would refuse are no use in the list."""
    assert len(COMMON) >= 3000
    assert all(8 <= len(word) <= 64 and word == word.lower() for word in COMMON)


@pytest.mark.parametrize(
    "password",
    [
        "Qwertyui1",
        "1234567a",
        "asdfghjkL1",
        "0987654321aB",
        "Zxcvbnm12",
        "aaaaaaa1",
        "AAAAAAAa",
        "qaz12345678",
        "1qaz2wsx3edc",
    ],
)
def test_keyboard_runs(password: str) -> None:
    """rule L2."""
    assert not fits("seed001", password)


@pytest.mark.parametrize("password", ["qwe-harbour-9", "Blue42River", "rtyhgf77!Kp"])
def test_short_runs_pass(password: str) -> None:
    assert fits("seed001", password)


@pytest.mark.parametrize(
    "own",
    [{"login_name": "linyun88"}, {"phone": "+8613800138000"}, {"short_name": "云栖纺织"}, {"names": ("云栖纺织",)}],
)
def test_not_ones_own_name_phone_or_firm(own: dict[str, str]) -> None:
    """rule L2."""
    for password in ("X!LinYun88", "a13800138000", "A1云栖纺织!!"):
        holds = any(str(w).lower().removeprefix("+86").strip("(',)") in password.lower() for w in own.values())
        assert fits("seed001", password, **own) is not holds


def test_initial_ones_fit_both_profiles_and_differ() -> None:
    """rule L6: 12 characters without look-alikes."""
    made = {initial_password() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        assert len(one) == 12 and not set(one) & set("0O1lI")
        assert fits("seed001", one) and fits("strong", one)


def test_parameters() -> None:
    """rule L1: Argon2id, 19 MiB, t=2, p=1 at least; two threads."""
    assert (
        HASHER.type.name == "ID" and HASHER.memory_cost >= 19_456 and HASHER.time_cost >= 2 and HASHER.parallelism == 1
    )
    assert passwords._threads._max_workers == 2


async def test_unknown_account_costs_one_verification() -> None:
    """rule L9."""
    before = passwords.verified["count"]
    assert not await verify_password(None, "whatever")
    assert not await verify_password("not a hash", "whatever")
    assert passwords.verified["count"] == before + 2


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    """rule R9."""
    fits("seed001", text)
    fits("strong", text)
    keyboard_run(text.lower())
