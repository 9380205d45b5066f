"""Pictures of a certificate: the code in its leaf frame and the 5:4 card (rules CC3, CC7). Pure: the same view gives the same bytes."""

import io
from typing import Any

from PIL import Image, ImageDraw

from documents.certificate import CertificateView
from documents.codes import INK, qr_image
from documents.fonts import SONG, check_drawable, face
from documents.palette import INVALID_FRAME, LEVELS, Tone

SIZES = (1000, 300)
_OVER = 4  # corners are drawn this much larger and shrunk: smooth edges
_PAPER, _INK, _GREY, _HAIR = "#FFFFFF", "#15211F", "#5F6E69", "#DDE5E2"


def leaf(size: tuple[int, int], fill: str, big: float, small: float, ground: str = _PAPER) -> Image.Image:
    """The signature shape: upper left and lower right round, the others nearly square."""
    mask = Image.new("L", size, 255)
    for corner, radius in (("tl", big), ("br", big), ("tr", small), ("bl", small)):
        _round(mask, corner, max(1, round(radius)))
    sheet = Image.new("RGB", size, ground)
    sheet.paste(Image.new("RGB", size, fill), mask=mask)
    return sheet


def _round(mask: Image.Image, corner: str, r: int) -> None:
    """Cut one corner round; drawn larger and shrunk for a smooth edge."""
    over = r * _OVER
    piece = Image.new("L", (over, over), 0)
    cx, cy = (over if corner[1] == "l" else 0), (over if corner[0] == "t" else 0)
    ImageDraw.Draw(piece).ellipse((cx - over, cy - over, cx + over, cy + over), fill=255)
    at = (0 if corner[1] == "l" else mask.width - r, 0 if corner[0] == "t" else mask.height - r)
    mask.paste(piece.resize((r, r), Image.Resampling.LANCZOS), at)


def fit(text: str, width: float, size: int, weight: int = 400, family: str | None = None, least: int = 8) -> Any:
    """The largest face up to ``size`` in which ``text`` is not wider than ``width``."""
    while True:
        font = face(size, weight) if family is None else face(size, weight, family)
        if size <= least or font.getlength(text) <= width:
            return font
        size = max(least, int(size * min(0.97, width / font.getlength(text))))


def fold(
    text: str, width: float, size: int, weight: int, lines: int = 2, least: int = 8, family: str | None = None
) -> tuple[list[str], Any]:
    """Break a name into at most ``lines`` lines no wider than ``width``, shrinking only when needed."""
    while True:
        font = face(size, weight) if family is None else face(size, weight, family)
        found, line = [], ""
        for char in text:
            if line and font.getlength(line + char) > width:
                found.append(line)
                line = ""
            line += char
        found.append(line)
        if len(found) <= lines or size <= least:
            if len(found) == 2 and len(found[1]) < len(text) // 4:  # no single character on the last line
                half = (len(text) + 1) // 2
                found = [text[:half], text[half:]]
            return found, font
        size = max(least, size - max(1, size // 20))


def _chemical(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, fill: str, weight: int = 400
) -> float:
    """Text with a lowered 2 for ``₂`` (no face has the character); returns the end."""
    x, y = at
    for part in text.replace("₂", "\0₂\0").split("\0"):
        if part == "₂":
            font = face(max(6, int(size * 0.66)), weight)
            draw.text((x, y + size * 0.16), "2", font=font, fill=fill, anchor="ls")
            x += font.getlength("2")
        elif part:
            font = face(size, weight)
            draw.text((x, y), part, font=font, fill=fill, anchor="ls")
            x += font.getlength(part)
    return x


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _tone(view: CertificateView) -> Tone:
    tone = LEVELS[view.level - 1]
    if view.valid:
        return tone
    return Tone(tone.letter, tone.name, tone.word, INVALID_FRAME, "#465653", "#5F6E69", "#EDF2F0", "#7F908B")


def frame(view: CertificateView, side: int, ground: str = _PAPER) -> Image.Image:
    """The code in its leaf frame, ``side`` pixels square."""
    tone = _tone(view)
    border = side * 0.045
    outer = leaf((side, side), tone.fill, side * 0.145, side * 0.055, ground)
    inner_side = round(side - 2 * border)
    inner = leaf((inner_side, inner_side), _PAPER, side * 0.105, side * 0.02, tone.fill)
    outer.paste(inner, (round(border), round(border)))
    code_side = round(inner_side * 0.93)
    code = qr_image(view.url, code_side, INK if view.valid else "#8A8A8A")
    offset = (side - code_side) // 2
    mask = leaf((code_side, code_side), "#FFFFFF", side * 0.085, side * 0.01, "#000000").convert("L")
    outer.paste(code, (offset, offset), mask)
    return outer


def badge_png(view: CertificateView, size: int = 1000) -> bytes:
    """PNG code: leaf frame in the level's colour and below it the level's band; ``size`` wide, 1.24 times as high."""
    check_drawable(view.company)
    tone = _tone(view)
    height = round(size * 1.24)
    sheet = Image.new("RGB", (size, height), _PAPER)
    sheet.paste(frame(view, size), (0, 0))
    band_top = round(size * 1.03)
    band = leaf((size, height - band_top), tone.fill, size * 0.07, size * 0.025)
    sheet.paste(band, (0, band_top))
    draw = ImageDraw.Draw(sheet)
    middle = band_top + (height - band_top) / 2
    letter = face(round(size * 0.15), 700)
    draw.text((size * 0.075, middle), view.letter, font=letter, fill=tone.ink, anchor="lm")
    x = size * 0.075 + letter.getlength(view.letter) + size * 0.045
    draw.text(
        (x, middle - size * 0.038),
        view.word,
        font=fit(view.word, size * 0.44, round(size * 0.062), 700),
        fill=tone.ink,
        anchor="lm",
    )
    small = f"{view.level_words}　{view.basis_word}" if view.valid else view.state_words
    draw.text(
        (x, middle + size * 0.045),
        small,
        font=fit(small, size - x - size * 0.06, round(size * 0.037)),
        fill=tone.ink,
        anchor="lm",
    )
    if not view.valid:
        y = round(middle)
        draw.line(
            (size * 0.06, y, size * 0.09 + letter.getlength(view.letter), y), fill=tone.ink, width=max(2, size // 100)
        )
    year = view.period
    draw.text(
        (size * 0.94, middle - size * 0.038), year, font=face(round(size * 0.045), 500), fill=tone.ink, anchor="rm"
    )
    return _png(sheet)


def card_png(view: CertificateView, width: int = 1000) -> bytes:
    """Share card 5:4: firm, level, code and the figures that may be shown."""
    check_drawable(view.company)
    tone = _tone(view)
    w, h = width, width * 4 // 5
    u = width / 1000
    sheet = Image.new("RGB", (w, h), "#F3F6F5")
    body = leaf((round(w * 0.94), round(h * 0.925)), _PAPER, 44 * u, 14 * u, "#F3F6F5")
    sheet.paste(body, (round(w * 0.03), round(h * 0.0375)))
    draw = ImageDraw.Draw(sheet)
    left, right = 80 * u, w - 80 * u
    _mark(sheet, (round(left), round(72 * u)), round(46 * u))
    draw.text((left + 60 * u, 95 * u), "碳效", font=face(round(30 * u), 700), fill=_INK, anchor="lm")
    head = "碳效码" + ("（演示数据）" if view.demo else "")
    draw.text((right, 95 * u), head, font=face(round(24 * u)), fill=_GREY, anchor="rm")
    draw.line((left, 135 * u, right, 135 * u), fill=_HAIR, width=max(1, round(2 * u)))
    lines, font = fold(view.company, right - left, round(44 * u), 400, family=SONG, least=round(20 * u))
    y = 190 * u if len(lines) == 1 else 172 * u
    for line in lines:
        draw.text((left, y), line, font=font, fill=_INK, anchor="lm")
        y += font.size * 1.25
    draw.text((left, 250 * u), f"统一社会信用代码 {view.uscc}", font=face(round(22 * u)), fill=_GREY, anchor="lm")
    side = round(340 * u)
    sheet.paste(frame(view, side), (round(left), round(300 * u)))
    x = left + side + 60 * u
    plate = leaf((round(150 * u), round(150 * u)), tone.fill, 40 * u, 13 * u)
    sheet.paste(plate, (round(x), round(300 * u)))
    draw.text((x + 75 * u, 373 * u), view.letter, font=face(round(104 * u), 700), fill=tone.ink, anchor="mm")
    draw.text(
        (x + 178 * u, 345 * u),
        view.word,
        font=fit(view.word, right - x - 178 * u, round(44 * u), 700),
        fill=_INK,
        anchor="lm",
    )
    note = view.level_words if view.valid else view.state_words
    draw.text((x + 178 * u, 405 * u), note, font=fit(note, right - x - 178 * u, round(26 * u)), fill=_GREY, anchor="lm")
    rows = [
        ("评价周期", f"{view.period}　{view.basis_word}"),
        ("碳效值 K", f"{view.efficiency}（行业基准 = 1）"),
        ("碳强度 L", f"{view.intensity} tCO₂/万元"),
        ("证书编号", view.certificate_no),
        ("有效期至", view.valid_until),
    ]
    y = 498 * u
    for name, value in rows:
        draw.text((x, y), name, font=face(round(23 * u)), fill=_GREY, anchor="ls")
        size = fit(value.replace("₂", "2"), right - x - 118 * u, round(25 * u), 500).size
        _chemical(draw, (x + 118 * u, y), value, int(size), _INK, 500)
        y += 36 * u
    draw.line((left, 672 * u, right, 672 * u), fill=_HAIR, width=max(1, round(2 * u)))
    host = view.url.split("//", 1)[-1].split("/", 1)[0]
    foot = f"扫码核验真伪，请核对网址：{host}"
    draw.text((left, 704 * u), foot, font=fit(foot, right - left, round(22 * u)), fill=_GREY, anchor="lm")
    return _png(sheet)


def _mark(sheet: Image.Image, at: tuple[int, int], side: int) -> None:
    """The logo mark, drawn (art is SVG, Pillow reads none)."""
    big = side * _OVER
    picture = Image.new("RGB", (big, big), _PAPER)
    s = big / 48
    ring = leaf((big, big), "#0E6070", 14 * s, 6 * s)
    hole = leaf((round(35 * s), round(35 * s)), _PAPER, 7.5 * s, 1.3 * s, "#0E6070")
    core = leaf((round(21 * s), round(21 * s)), "#7DB93C", 10.5 * s, 1, _PAPER)
    picture.paste(ring, (0, 0))
    picture.paste(hole, (round(6.5 * s), round(6.5 * s)))
    picture.paste(core, (round(13.5 * s), round(13.5 * s)))
    ImageDraw.Draw(picture).line((16.6 * s, 31.4 * s, 28.2 * s, 19.8 * s), fill="#0E6070", width=round(2.2 * s))
    sheet.paste(picture.resize((side, side), Image.Resampling.LANCZOS), at)
