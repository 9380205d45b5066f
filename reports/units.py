"""Units and formulas as people write them: the data files spell ``10^4Nm3`` and ``tCO2``, paper says 万Nm³ and tCO₂."""

import re

_REPLACE = (
    (re.compile(r"10\^4\s?"), "万"),
    (re.compile(r"10\^8\s?"), "亿"),
    (re.compile(r"10\^6\s?kcal"), "百万kcal"),
    (re.compile(r"(?<=[A-Za-z])m3\b|(?<![A-Za-z0-9])m3\b"), "m³"),
    (re.compile(r"\b(h?k?)m2\b"), r"\1m²"),
    (re.compile(r"CO2"), "CO₂"),
    (re.compile(r"CH4"), "CH₄"),
    (re.compile(r"\bwan\b"), "万元"),
)


def unit_text(text: str) -> str:
    """``21.622 tCO2/10^4Nm3`` → ``21.622 tCO₂/万Nm³``."""
    for pattern, written in _REPLACE:
        text = pattern.sub(written, text)
    return text
