"""Codes with check digits and formats (C1-C7): pure functions, text in, normal form out, :class:`CodeError` when none.

Nothing is repaired silently: what is not the code is refused with a sentence that says what to look at.
"""

import re
from datetime import date

from core.personal import normalise_phone

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_KINDS = ("road", "new_energy", "site_no")

_USCC = re.compile(r"[0-9ANY][0-9A-Z][0-9]{6}[0-9A-Z]{10}")
_USCC_MISTAKEN = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
_ID = re.compile(r"[1-9][0-9]{16}[0-9X]")
_LETTER, _REST = "[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]"
_ROAD = re.compile(f"[{PROVINCES}]{_LETTER}{_REST}{{4}}[A-HJ-NP-Z0-9挂学警港澳]")
_NEW_ENERGY = re.compile(f"[{PROVINCES}]{_LETTER}(?:[A-HJK]{_REST}[0-9]{{4}}|[0-9]{{5}}[DF])")
_HALF = {0x3000: 0x20, **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}}


class CodeError(ValueError):
    """The text is not such a code; ``code`` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def plain(text: str) -> str:
    """Outer blanks gone, full-width to half-width, upper case (C2). Nothing else changes."""
    return text.translate(_HALF).strip(" \t\r\n").upper()


def uscc_check_character(first17: str) -> str:
    """Check character of a unified social credit code by GB 32100-2015: (31 - sum mod 31) mod 31 (C1)."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def check_uscc(text: str) -> str:
    """Normal form of a unified social credit code 统一社会信用代码 (C1, C2).

    Raises CodeError: USCC_LENGTH, USCC_LETTER (I O S V Z, with the likely digit), USCC_FORM, USCC_CHECK.
    """
    code = plain(text)
    if len(code) != 18:
        raise CodeError("USCC_LENGTH", f"统一社会信用代码应为 18 位，现在是 {len(code)} 位，请对照营业执照填写。")
    wrong = sorted(set(code) & _USCC_MISTAKEN.keys())
    if wrong:
        hint = "、".join(f"{c}（是否为 {_USCC_MISTAKEN[c]}）" for c in wrong)
        raise CodeError("USCC_LETTER", f"统一社会信用代码不含字母 I、O、S、V、Z，请核对 {hint}。")
    if not _USCC.fullmatch(code):
        raise CodeError(
            "USCC_FORM", "统一社会信用代码的格式不对：首位为数字或 A、N、Y，第 3–8 位为数字，请对照营业执照填写。"
        )
    if uscc_check_character(code[:17]) != code[17]:
        raise CodeError("USCC_CHECK", "统一社会信用代码的校验位不对，可能有一位填错，请对照营业执照逐位核对。")
    return code


def organisation_check_character(first8: str) -> str:
    """Check character of an organisation code by GB 11714: mod 11, 10 is X, 11 is 0 (C3)."""
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(first8, ORGANISATION_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def uscc_warning(uscc: str) -> str | None:
    """A warning, never a refusal, when the organisation code inside the USCC has a wrong check character (C3)."""
    if organisation_check_character(uscc[8:16]) == uscc[16]:
        return None
    return "代码第 9–17 位（组织机构代码）的校验位不一致，少数早期代码如此；请再核对一遍。"


def mask_uscc(uscc: str) -> str:
    """``91440112MA5XXXXXXX`` → ``91440112MA********``."""
    return uscc[:10] + "*" * 8


def check_id_number(text: str, today: date) -> str:
    """Normal form of a mainland identity number 居民身份证号, GB 11643-1999 (C5).

    The region is not judged: cards keep codes of places that no longer exist. Raises CodeError: ID_LENGTH (15 digits
    too), ID_FORM, ID_DATE (no such day, in the future, older than 150 years), ID_CHECK.
    """
    number = plain(text)
    if len(number) != 18:
        old = "15 位旧号已停用，请填 18 位新号。" if len(number) == 15 else f"现在是 {len(number)} 位。"
        raise CodeError("ID_LENGTH", f"身份证号应为 18 位，{old}")
    if not _ID.fullmatch(number):
        raise CodeError("ID_FORM", "身份证号前 17 位应为数字，末位为数字或 X。")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise CodeError("ID_DATE", "身份证号第 7–14 位不是一个真实的日期，请核对。") from None
    if born > today or today.year - born.year > 150:
        raise CodeError("ID_DATE", "身份证号里的出生日期不合理，请核对。")
    if id_check_character(number[:17]) != number[17]:
        raise CodeError("ID_CHECK", "身份证号的校验位不对，可能有一位填错，请逐位核对。")
    return number


def id_check_character(first17: str) -> str:
    """Check character of an identity number (C5)."""
    return ID_CHECKS[sum(int(c) * w for c, w in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def check_mobile(text: str) -> str:
    """A mainland mobile number as E.164 (C6, P3). Raises CodeError: MOBILE_FORM (a landline has its own field)."""
    try:
        return normalise_phone(text)
    except ValueError:
        raise CodeError("MOBILE_FORM", "请填 11 位中国大陆手机号；固定电话请填在座机栏。") from None


def check_plate(kind: str, text: str) -> str:
    """Normal form of a vehicle's number (C7): ``road``, ``new_energy`` (8 places), ``site_no`` (the firm's own, 1-20).

    Raises CodeError: PLATE_KIND, PLATE_FORM.
    """
    if kind not in PLATE_KINDS:
        raise CodeError("PLATE_KIND", "车牌类型应为普通车牌、新能源车牌或厂内编号。")
    if kind == "site_no":
        number = text.strip()
        if not 1 <= len(number) <= 20 or not number.isprintable():
            raise CodeError("PLATE_FORM", "厂内编号为 1–20 个字符。")
        return number
    plate = plain(text).replace(" ", "").replace("·", "")
    if not (_ROAD if kind == "road" else _NEW_ENERGY).fullmatch(plate):
        sample = "粤A12345" if kind == "road" else "粤AD12345 或 粤A12345D"
        raise CodeError("PLATE_FORM", f"车牌号格式不对，例如 {sample}；没有上牌的厂内车辆请选“厂内编号”。")
    return plate
