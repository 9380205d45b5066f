"""Figures as they stand on paper (rules GN2, GN3; faces 2.2): thousands comma, fixed digits, true minus, dash for null."""

from decimal import ROUND_HALF_UP, Decimal

DASH = "—"


def fixed(value: Decimal | None, places: int) -> str:
    """``4,012.36``; null is a dash, minus is the true sign."""
    if value is None:
        return DASH
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    text = format(rounded, ",f")
    return text.replace("-", "−")


def tonnes(value: Decimal | None) -> str:
    """tCO2 and tce: two decimals."""
    return fixed(value, 2)


def ratio(value: Decimal | None) -> str:
    """Intensity and carbon efficiency: four decimals, never fewer."""
    return fixed(value, 4)


def percent(part: Decimal | None, signed: bool = False) -> str:
    """``68.42%``; with ``signed`` a plus stands before growth."""
    if part is None:
        return DASH
    text = fixed(part, 2) + "%"
    return "+" + text if signed and part > 0 else text


def amount(value: Decimal | None) -> str:
    """An amount as typed: at most six decimals, no padding zeros."""
    if value is None:
        return DASH
    text = format(value.quantize(Decimal("0.000001"), ROUND_HALF_UP), ",f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def money(value: Decimal | None) -> str:
    """万元 as typed, at least two decimals."""
    if value is None:
        return DASH
    text = amount(value)
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(2, '0')}"


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Per cent of the whole, 2 dp half-up; None when the whole is not positive."""
    return None if whole <= 0 else (part / whole * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def change(current: Decimal | None, previous: Decimal | None) -> Decimal | None:
    """Year on year by GN14: None when the base is 0, null or negative."""
    if current is None or previous is None or previous <= 0:
        return None
    return ((current - previous) / previous * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def month_name(period: str) -> str:
    """``2025-03`` → 3月."""
    return f"{int(period[5:7])}月"


def month_long(period: str) -> str:
    """``2025-03`` → 2025年3月."""
    return f"{period[:4]}年{int(period[5:7])}月"
