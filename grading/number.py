"""The certificate number (rule CC5).

``TX`` + period without dashes + six-digit region + six running digits + Luhn digit.
"""

import re

_SHAPE = re.compile(
    r"\ATX(?P<period>[0-9]{4}(?:H[12]|Q[1-4]|(?:0[1-9]|1[0-2]))?)(?P<region>[0-9]{6})(?P<running>[0-9]{6})(?P<check>[0-9])\Z"
)


def luhn_digit(digits: str) -> str:
    """The digit that makes ``digits`` + it pass the Luhn check."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def certificate_number(period: str, region_code: str, running: int) -> str:
    """``period`` as in GN6 (``2025``, ``2025H1``, ``2025-03``); ``running`` wraps at a million."""
    body = f"{period.replace('-', '')}{region_code:0>6}{running % 1_000_000:06d}"
    return f"TX{body}{luhn_digit(_digits(body))}"


def number_is_sound(number: str) -> bool:
    """Shape and check digit are right; whether it was ever issued is another question."""
    found = _SHAPE.match(number)
    if found is None:
        return False
    return luhn_digit(_digits(number[2:-1])) == found["check"]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
