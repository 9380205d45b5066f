"""Colours and words of levels, letters, states and sources on papers, pictures and public pages (rule CC2, design tokens)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """One grade: ``fill`` with ``ink`` on it, ``text`` on white, ``soft`` ground, ``edge`` of a light fill."""

    letter: str
    name: str
    word: str
    fill: str
    ink: str
    text: str
    soft: str
    edge: str
    text_dark: str = ""


#: Levels 1-5 of scheme K5: certificate, code, public page.
LEVELS: tuple[Tone, ...] = (
    Tone("A", "深绿", "效率高", "#0B6E3A", "#FFFFFF", "#0B6E3A", "#E2F2E9", "#0B6E3A", "#6CCB93"),
    Tone("B", "浅绿", "效率较高", "#5DB544", "#0E2A08", "#3A721C", "#EBF6E6", "#479334", "#9BD584"),
    Tone("C", "黄", "接近行业平均", "#E8B400", "#332600", "#735A00", "#FDF4D3", "#AD8500", "#EBC95A"),
    Tone("D", "橙", "效率较低", "#E8752B", "#2E1200", "#9A4400", "#FDEBDF", "#D9641C", "#F4A878"),
    Tone("E", "红", "效率低", "#C8322B", "#FFFFFF", "#AD241D", "#FCE9E8", "#C8322B", "#F29087"),
)

#: Letters A-E of the Guangzhou scheme: the low-carbon grade report alone (CC2, CE6).
LETTERS: tuple[Tone, ...] = (
    Tone("A", "深绿", "效率高", "#0B6E3A", "#FFFFFF", "#0B6E3A", "#E2F2E9", "#0B6E3A"),
    Tone("B", "浅绿", "效率较高", "#7CC576", "#0E2A08", "#3A721C", "#EBF6E6", "#479334"),
    Tone("C", "白", "接近行业平均", "#FFFFFF", "#15211F", "#465653", "#F3F6F5", "#7F908B"),
    Tone("D", "浅红", "效率较低", "#F2A0A0", "#4A0D0D", "#9A3434", "#FCE9E8", "#C25B5B"),
    Tone("E", "深红", "效率低", "#A61C1C", "#FFFFFF", "#A61C1C", "#FCE9E8", "#A61C1C"),
)

UNGRADED = Tone("—", "灰", "未评级", "#EDF2F0", "#465653", "#465653", "#EDF2F0", "#7F908B")
INVALID_FRAME = "#C6C6C6"

#: Sources of emission in stacking order: key, name, colour.
SOURCES: tuple[tuple[str, str, str], ...] = (
    ("electricity", "电力", "#1F7F92"),
    ("gas", "天然气", "#BE841A"),
    ("heat", "热力", "#8E6BA8"),
    ("oil", "油品", "#B3592E"),
    ("coal", "煤", "#465653"),
    ("process", "过程", "#7C8F2B"),
    ("other", "其他", "#98A5A1"),
)

#: State of a certificate → (first line of the page, tone, soft, tone dark, soft dark).
STATES: dict[str, tuple[str, str, str, str, str]] = {
    "valid": ("证书真实有效", "#17693B", "#E4F3EA", "#6CCB93", "#12301F"),
    "expired": ("证书已到期", "#465653", "#EDF2F0", "#B3C1BD", "#22302D"),
    "superseded": ("证书已被新证书替代", "#7A5200", "#FFF4DB", "#EDBE5A", "#33280F"),
    "suspended": ("证书暂停使用，核实中", "#7A5200", "#FFF4DB", "#EDBE5A", "#33280F"),
    "revoked": ("证书已撤销，请勿采信", "#B3261E", "#FCEBE9", "#F29087", "#3A1A18"),
    "unknown": ("查无此码", "#B3261E", "#FCEBE9", "#F29087", "#3A1A18"),
}


def level_tone(level: int) -> Tone:
    """Tone of level 1-5."""
    return LEVELS[level - 1]


def letter_tone(letter: str | None) -> Tone:
    """Tone of a report letter; grey when there is none."""
    return next((t for t in LETTERS if t.letter == letter), UNGRADED)
