"""Passwords (L1-L6): Argon2id in two threads, profiles as data, initial passwords that live 72 hours."""

import asyncio
import secrets
import string
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from auth.common_passwords import COMMON
from core.errors import FieldError, Invalid

#: OWASP minimum: 19 MiB, t=2, p=1 (L1).
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
#: How often a hash was verified; the three ways a login fails must all cost one (L9).
verified = {"count": 0}


#: The fixed initial password of a closed single-enterprise install (L6, LEGACY_FIXED_PASSWORD).
LEGACY_PASSWORD = "a12345"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a password of one account class must be (L2)."""

    name: str
    shortest: int
    longest: int
    classes: int


PROFILES = {
    "seed001": Profile("seed001", 8, 16, 2),
    "strong": Profile("strong", 12, 64, 0),
}
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "1qaz2wsx3edc4rfv", "abcdefghijklmnopqrstuvwxyz")


async def hash_password(password: str) -> str:
    """Argon2id, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Compare, off the event loop. An unknown account (None) costs the same work (L9)."""
    verified["count"] += 1
    return await asyncio.get_running_loop().run_in_executor(
        _threads, _verify, stored or _dummy(), password, stored is not None
    )


def _verify(stored: str, password: str, real: bool) -> bool:
    try:
        return HASHER.verify(stored, password) and real
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(1)
def _dummy() -> str:
    return HASHER.hash(secrets.token_urlsafe(16))


def needs_rehash(stored: str) -> bool:
    """True when the parameters have risen since."""
    return HASHER.check_needs_rehash(stored)


def check_password(
    profile: str,
    password: str,
    *,
    login_name: str = "",
    phone: str = "",
    short_name: str = "",
    names: Sequence[str] = (),
    path: str = "password",
) -> None:
    """Raises Invalid saying what is missing (L2); nothing is truncated, any character may be pasted."""
    rule = PROFILES[profile]
    fault = _fault(rule, password, [w for w in (login_name, phone.removeprefix("+86"), short_name, *names) if w])
    if fault:
        raise Invalid([FieldError(path, "PASSWORD_WEAK", fault)], code="PASSWORD_WEAK")


def _fault(rule: Profile, password: str, own: list[str]) -> str | None:
    if not rule.shortest <= len(password) <= rule.longest:
        return f"密码应为 {rule.shortest}–{rule.longest} 位。"
    if rule.classes and classes(password) < rule.classes:
        return "密码至少包含大写字母、小写字母、数字、符号中的两类。"
    lowered = password.lower()
    if lowered in COMMON:
        return "这个密码太常见，容易被猜中，请换一个。"
    if any(len(word) >= 4 and word.lower() in lowered for word in own):
        return "密码不能包含账号名、手机号或企业简称。"
    if keyboard_run(lowered):
        return "密码不能是键盘上的连续按键或重复字符，请换一个。"
    return None


def classes(password: str) -> int:
    """How many of upper, lower, digit, other appear."""
    return sum(
        (
            any(c.isupper() for c in password),
            any(c.islower() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )


def keyboard_run(lowered: str, share: float = 0.66) -> bool:
    """True when most of the password is one keyboard run, forward or backward, or one repeated character."""
    if len(set(lowered)) <= 2:
        return True
    longest = 1
    for row in KEYBOARD:
        for line in (row, row[::-1]):
            longest = max(longest, _longest_common(lowered, line))
    return longest >= max(5, share * len(lowered))


def _longest_common(text: str, line: str) -> int:
    best = 0
    for start in range(len(text)):
        end = start + best + 1
        while end <= len(text) and text[start:end] in line:
            best, end = end - start, end + 1
    return best


def initial_password() -> str:
    """12 random characters without look-alikes, fit for both profiles (L6)."""
    letters = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")
    while True:
        made = "".join(secrets.choice(letters) for _ in range(12))
        if classes(made) >= 3:
            return made
