"""Fonts of papers and pictures: the same on every machine (documents 2.7, 5).

Order: ``FONT_DIR``, the two pip packages, Debian's fonts-noto-cjk. System fonts are never searched, so a host's fonts never change
a paper. Song is "Noto Serif SC", Hei and bold are "Noto Sans CJK SC" (one variable file).
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTCollection, TTFont
from PIL import ImageFont

from core.errors import Invalid
from core.settings import settings

SONG = "Noto Serif SC"
HEI = "Noto Sans CJK SC"
#: Optional last family for names with characters of Extension B (used when FONT_DIR has it).
RARE = "HanaMinB"

_PACKAGES = ("pylopdf_fonts_zh_cn", "manimgx_fonts_cjk")
_DEBIAN = Path("/usr/share/fonts/opentype/noto")


class FontsMissing(RuntimeError):
    """No usable Chinese font on this machine; says what to install."""


@lru_cache
def folders() -> tuple[Path, ...]:
    """Folders that hold the faces. Raises FontsMissing naming the packages when there is none."""
    if settings.font_dir:
        return (Path(settings.font_dir),)
    found = []
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec and spec.origin:
            found.append(Path(spec.origin).parent)
    if len(found) == len(_PACKAGES):
        return tuple(found)
    if _DEBIAN.is_dir():
        return (*found, _DEBIAN)
    raise FontsMissing(
        "no Chinese fonts: pip install pylopdf-fonts-zh-cn manimgx-fonts-cjk, or apt install fonts-noto-cjk, or set FONT_DIR"
    )


@lru_cache
def files() -> tuple[Path, ...]:
    """Every font file, in a fixed order."""
    kinds = {".otf", ".ttf", ".ttc", ".otc"}
    return tuple(sorted(f for d in folders() for f in d.rglob("*") if f.suffix.lower() in kinds))


@lru_cache
def _faces() -> dict[str, tuple[Path, int]]:
    """Family name → (file, index in the file). Regular or variable faces only."""
    found: dict[str, tuple[Path, int]] = {}
    for path in files():
        if any(word in path.stem for word in ("Bold", "Light", "Black", "Medium", "Thin", "Mono")):
            continue
        with path.open("rb") as stream:
            collection = stream.read(4) == b"ttcf"
        fonts = TTCollection(path, lazy=True).fonts if collection else [TTFont(path, lazy=True)]
        for index, font in enumerate(fonts):
            names = font["name"]
            family = names.getDebugName(16) or names.getDebugName(1)
            found.setdefault(str(family), (path, index))
    for wanted, stand_in in ((SONG, "Noto Serif CJK SC"), (HEI, "Noto Sans SC")):
        if wanted not in found and stand_in in found:
            found[wanted] = found[stand_in]
    return found


def families() -> dict[str, list[str]]:
    """Font lists for the templates; only families that exist here (an unknown one is a warning on each paper)."""
    here = _faces()
    rare = [RARE] if RARE in here else []
    return {"sans": [HEI, SONG, *rare], "serif": [SONG, HEI, *rare]}


@lru_cache
def _covered() -> frozenset[int]:
    points: set[int] = set()
    for family in (HEI, SONG, RARE):
        if family in _faces():
            path, index = _faces()[family]
            number = index if path.suffix.lower() in (".ttc", ".otc") else -1
            points |= set(TTFont(path, fontNumber=number, lazy=True).getBestCmap())
    return frozenset(points)


#: Drawn by the templates themselves although no face has them.
_SET_BY_TEMPLATE = frozenset("₀₁₂₃₄₅₆₇₈₉")


def missing_characters(text: str) -> str:
    """The characters of ``text`` that no face can draw, once each, in order. Loads the tables once (about 0.2 s)."""
    covered = _covered()
    return "".join(
        dict.fromkeys(c for c in text if ord(c) >= 32 and ord(c) not in covered and c not in _SET_BY_TEMPLATE)
    )


def refuse_missing(characters: str, what: str = "企业名称") -> Invalid:
    """The refusal for text that cannot be printed."""
    named = "、".join(f"“{c}”" for c in characters)
    return Invalid(
        [],
        f"{what}含平台字库没有的字{named}，暂不能制成文件。请联系平台运营补充字库，或先用通行字代替。",
        code="GLYPH_MISSING",
        characters=characters,
    )


def check_drawable(text: str, what: str = "企业名称") -> None:
    """Raises Invalid (GLYPH_MISSING) naming the characters; Pillow would draw a silent box."""
    if missing := missing_characters(text):
        raise refuse_missing(missing, what)


def printable(data: Any) -> Any:
    """Data of a paper with what no face can draw replaced by □ and control characters dropped, so that free text (an answer,
    a reason) never keeps a paper from being made. Names are refused before by :func:`check_drawable` instead.
    """
    texts: list[str] = []
    _collect(data, texts)
    everything = "".join(texts)
    table: dict[int, str | None] = dict.fromkeys(map(ord, missing_characters(everything)), "□")
    table |= {ord(c): None for c in set(everything) if unicodedata.category(c) == "Cc" and c != "\n"}
    return _translate(data, table) if table else data


def _collect(data: Any, into: list[str]) -> None:
    if isinstance(data, str):
        into.append(data)
    elif isinstance(data, Mapping):
        for value in data.values():
            _collect(value, into)
    elif isinstance(data, list | tuple):
        for value in data:
            _collect(value, into)


def _translate(data: Any, table: dict[int, str | None]) -> Any:
    if isinstance(data, str):
        return data.translate(table)
    if isinstance(data, Mapping):
        return {key: _translate(value, table) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_translate(value, table) for value in data]
    return data


@lru_cache(maxsize=64)
def face(size: int, weight: int = 400, family: str = HEI) -> ImageFont.FreeTypeFont:
    """A face for Pillow. ``weight`` 100-900 where the file is variable."""
    path, index = _faces()[family]
    font = ImageFont.truetype(str(path), size, index=index)
    try:
        font.set_variation_by_axes([weight])
    except OSError:
        pass  # a static face has one weight
    return font
