"""Values of subscription messages made to fit (W14): WeChat refuses a whole message for one character too many.

A character outside the basic plane counts as two (WeChat does not say how it counts; two is never too few).
"""

import re
import unicodedata
from datetime import date, datetime

from core import logs
from core.clock import BEIJING, beijing_today

#: Longest value of each kind that is only counted.
LIMITS = {"thing": 20, "letter": 32, "symbol": 5, "character_string": 32, "number": 32, "phone_number": 17, "car_number": 8, "phrase": 5}
KINDS = (*LIMITS, "time", "date", "amount", "name", "enum")
#: What stands where nothing usable was given; WeChat refuses empty values too.
NOTHING = {
    "thing": "无", "letter": "N", "symbol": "-", "character_string": "-", "number": "0", "phone_number": "0", "car_number": "无",
    "phrase": "无", "name": "无", "amount": "0", "enum": "无",
}  # fmt: skip
_DAY = re.compile(r"(?<!\d)([12]\d{3})\s*[-年/.]\s*(\d{1,2})\s*(?:[-月/.]\s*(\d{1,2})\s*日?)?(?:[T\s]*(\d{1,2}):(\d{2})(?::\d{2})?)?", re.ASCII)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def kind_of(field: str) -> str:
    """``thing12`` → ``thing``."""
    return re.sub(r"\d+$", "", field)


def width(text: str) -> int:
    """Characters as we count them."""
    return sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def _plain(text: str) -> str:
    """One line without control, format and broken characters."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if c in "\r\n\t\v\f\x85\u2028\u2029" else c for c in text)
    return re.sub(r"\s+", " ", "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))).strip()


def _cut(text: str, limit: int, mark: str = "…") -> str:
    if width(text) <= limit:
        return text
    kept, room = "", limit - width(mark)
    for character in text:
        if width(kept) + width(character) > room:
            break
        kept += character
    return kept.rstrip() + mark


def fit(kind: str, text: str | date | datetime) -> str:
    """A value that WeChat accepts for a field of this kind, as near to ``text`` as the limits allow; never empty.

    Dates and times are told in Chinese form, ranges with ``~``. Raises ValueError for an unknown kind only.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown field kind {kind}")
    if isinstance(text, datetime):
        local = text.astimezone(BEIJING) if text.tzinfo else text
        text = f"{local.year}-{local.month}-{local.day}" + (f" {local:%H:%M}" if kind == "time" else "")
    elif isinstance(text, date):
        text = text.isoformat()
    made = re.sub(r"\s+", " ", _FITTERS[kind](_plain(text))).strip()
    return made or NOTHING[kind]


def _ascii(pattern: str, limit: int):  # type: ignore[no-untyped-def]
    keep = re.compile(pattern, re.ASCII)

    def cut(text: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFKC", text) if keep.fullmatch(c))[:limit].strip()

    return cut


def _number(text: str) -> str:
    found = re.search(r"-?\d+(?:\.\d+)?", unicodedata.normalize("NFKC", text).replace(",", ""), re.ASCII)
    if not found:
        return ""
    digits = found[0]
    if len(digits) <= 32:
        return digits
    whole, _, rest = digits.partition(".")
    if len(whole) > 32:  # nothing of such a number is true when it is cut
        return ""
    return (whole + ("." + rest[: 31 - len(whole)] if len(whole) < 31 else "")).rstrip(".")


def _amount(text: str) -> str:
    """One sign and ten digits, the decimal point not counted; 元 may stand behind."""
    found = re.search(r"([¥￥$-]?)\s*(\d+)(?:\.(\d+))?\s*(元?)", text.replace(",", ""), re.ASCII)
    if not found:
        return ""
    sign, whole, rest, unit = found[1].replace("￥", "¥"), found[2].lstrip("0") or "0", (found[3] or "")[:2], found[4]
    if len(whole) > 10:
        return ""
    rest = rest[: 10 - len(whole)]
    return sign + whole + (f".{rest}" if rest else "") + unit


def _name(text: str) -> str:
    """Ten Chinese characters, or twenty letters and signs; never both lengths mixed."""
    text = "".join(c for c in text if _HAN.fullmatch(c) or c == "·" or (c.isascii() and c.isprintable() and not c.isdigit()))
    return (text[:10] if _HAN.search(text) or "·" in text else text[:20]).strip()


def _phrase(text: str) -> str:
    return "".join(_HAN.findall(text))[:5]


def _car(text: str) -> str:
    """Eight characters, the first and the last may be Chinese."""
    kept = [c for c in unicodedata.normalize("NFKC", text).upper() if re.fullmatch(r"[0-9A-Z]", c, re.ASCII) or _HAN.fullmatch(c)]
    if not kept:
        return ""
    first, rest = kept[0], kept[1:]
    middle = [c for c in rest if not _HAN.fullmatch(c)]
    tail = [rest[-1]] if rest and _HAN.fullmatch(rest[-1]) else []
    return "".join([first, *middle[: 7 - len(tail)], *tail])


def _day(found: "re.Match[str]", clock: bool) -> str:
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
    date(year, month, day)
    text = f"{year}年{month}月" + (f"{day}日" if found[3] or clock else "")
    if not found[3] and not clock:
        text = f"{year}年{month}月1日"
    if clock and found[4] is not None and int(found[4]) < 24 and int(found[5]) < 60:
        text += f" {int(found[4]):02d}:{found[5]}"
    return text


def _moment(clock: bool):  # type: ignore[no-untyped-def]
    def cut(text: str) -> str:
        days = []
        for found in list(_DAY.finditer(unicodedata.normalize("NFKC", text)))[:2]:
            try:
                days.append(_day(found, clock))
            except ValueError:
                continue
        if days:
            return "~".join(days) if "~" in text or "至" in text else days[0]
        logs.warn("wechat.field", kind="time" if clock else "date")
        today = beijing_today()
        return f"{today.year}年{today.month}月{today.day}日"

    return cut


_FITTERS = {
    "thing": lambda text: _cut(text, LIMITS["thing"]),
    "letter": _ascii(r"[A-Za-z]", 32),
    "symbol": _ascii(r"[!-/:-@\[-`{-~]", 5),
    "character_string": _ascii(r"[!-~]", 32),
    "number": _number,
    "phone_number": _ascii(r"[0-9+\-()* ]", 17),
    "car_number": _car,
    "phrase": _phrase,
    "name": _name,
    "amount": _amount,
    "time": _moment(True),
    "date": _moment(False),
    "enum": lambda text: _cut(text, 20, ""),
}
