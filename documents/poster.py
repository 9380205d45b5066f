"""The entry poster: an A4 sheet with the mini-program's code, for halls, parks and letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from documents import fonts
from documents.render import renderer

TITLE = "手机填报碳效数据"
STEPS = (
    ("扫一扫", "打开微信，\n扫上方的小程序码。"),
    ("登录", "法定代表人刷脸，\n或用手机号登录。"),
    ("填报", "按模板填上月用能，\n核对后提交。"),
)


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster shows. ``code_png``: the picture of the code; ``place``: where it will hang, empty when not said."""

    code_png: bytes
    place: str
    city: str
    hotline: str
    demo: bool


def poster_paper(poster: Poster) -> dict[str, Any]:
    """Data of the template ``poster``."""
    return {
        "title": TITLE,
        "document_title": f"{TITLE} 碳效小程序入口",
        "code": list(poster.code_png),
        "steps": [list(step) for step in STEPS],
        "place": poster.place,
        "city": poster.city,
        "hotline": poster.hotline,
        "demo": poster.demo,
    }


async def poster_pdf(poster: Poster, when: datetime) -> bytes:
    """The poster as PDF, A4. Raises Invalid (GLYPH_MISSING)."""
    return await renderer().render_pdf("poster", poster_paper(poster), when)


async def poster_png(poster: Poster, when: datetime, ppi: float = 200) -> bytes:
    """The poster as PNG, 1654 pixels wide. Raises Invalid (GLYPH_MISSING)."""
    fonts.check_drawable(poster.place + poster.city + poster.hotline)
    return (await renderer().render_png_pages("poster", poster_paper(poster), when, ppi))[0]
