"""Personal data 个人信息: one spelling before it is sealed or indexed (P3), one mask before it is shown."""

import re
import unicodedata

_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_MOBILE_NOISE = re.compile(r"[\s\-‐-―()]+")


def half_width(text: str) -> str:
    """Full-width letters, digits and spaces to half-width (NFKC), outer blanks gone."""
    return unicodedata.normalize("NFKC", text).strip()


def normalise_id_number(text: str) -> str:
    """Identity document number: half-width, upper case, no blanks. Its check digit is rule C5's business."""
    return re.sub(r"\s+", "", half_width(text)).upper()


def normalise_phone(text: str) -> str:
    """Mainland mobile number as E.164 (``+8613800138000``). Raises ValueError when it is none (rule C6)."""
    digits = _MOBILE_NOISE.sub("", half_width(text)).removeprefix("+")
    if digits.startswith("0086"):
        digits = digits[2:]
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if not _PHONE.fullmatch(digits):
        raise ValueError("请填 11 位中国大陆手机号。")
    return f"+86{digits}"


def is_abroad(text: str) -> bool:
    """A number that names another country than China's mainland (``+852…``, ``00852…``)."""
    digits = _MOBILE_NOISE.sub("", half_width(text))
    return digits.startswith(("+", "00")) and not digits.startswith(("+86", "0086"))


def normalise_e164(text: str) -> str:
    """A phone of any country as E.164; mainland mobiles by C6 (P3). Raises ValueError saying what to fill in."""
    if not is_abroad(text):
        return normalise_phone(text)
    digits = re.sub(r"^\+?0*", "", _MOBILE_NOISE.sub("", half_width(text)))
    if not re.fullmatch(r"[1-9][0-9]{6,14}", digits, re.ASCII):
        raise ValueError("境外手机号请连国家或地区代码填写，例如 +852 9123 4567。")
    return f"+{digits}"


def normalise_name(text: str) -> str:
    """A person's name for comparison: half-width, inner blanks gone, the interpunct always ``·``."""
    return re.sub(r"\s+", "", re.sub(r"[•‧∙⋅・.．]", "·", half_width(text)))


def mask_id_number(text: str) -> str:
    """``440106199001010013`` → ``440***********0013``."""
    return text[:3] + "*" * max(0, len(text) - 7) + text[-4:] if len(text) > 7 else "*" * len(text)


def mask_phone(text: str) -> str:
    """``+8613800135678`` or ``13800135678`` → ``138****5678``; ``+85291234567`` → ``+852****567``."""
    if is_abroad(text):
        return f"{text[:4]}****{text[-3:]}"
    digits = text.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) == 11 else "*" * len(digits)


def mask_name(text: str) -> str:
    """``陈志明`` → ``陈*明``, ``张三`` → ``张*``: as people write them on notices."""
    if len(text) > 2:
        return text[0] + "*" * (len(text) - 2) + text[-1]
    return text[:1] + "*" * (len(text) - 1) if len(text) > 1 else "*" * len(text)
