"""The diagram of a balance as a picture for Word: the same bands as the paper's (``charts`` of the report), same data, same bytes."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from documents.pictures import fit, leaf

_WIDTH, _OVER, _UNIT = 1440, 2, 3.0  # the paper's 480 pt at three dots a point, drawn twice as large for smooth edges
_TOP, _PLOT, _BOX, _LABEL, _GAP, _ROW = 42.0, 120.0, 104.0, 112.0, 8.0, 22.0
_PAPER, _INK, _GREY, _BRAND, _SPROUT, _LOOP = "#FFFFFF", "#15211F", "#465653", "#0E6070", "#7DB93C", "#3F6B14"
Point = tuple[float, float]


def balance_png(figure: Mapping[str, Any]) -> bytes:
    """A PNG, 1440 px wide. ``figure``: ``left`` and ``right`` bands (name, value, color, height as a share), ``middle`` two lines, ``loop``."""
    left, right = figure["left"], figure["right"]
    room = max(_PLOT, _tall(left), _tall(right))
    scale = _UNIT * _OVER
    large = Image.new("RGB", (_WIDTH * _OVER, round((_TOP + room + 4) * scale)), _PAPER)
    draw = ImageDraw.Draw(large)
    width = _WIDTH / _UNIT
    box_in, box_out, box_top = width / 2 - _BOX / 2, width / 2 + _BOX / 2, _TOP + (room - _PLOT) / 2
    for bands, outer, inner in ((left, _LABEL + 6, box_in), (right, width - _LABEL - 6, box_out)):
        for band, y_outer, y_inner, _ in _placed(bands, room):
            height = max(_PLOT * band["height"], 0.8)
            half = outer + (inner - outer) * 0.5
            upper = _curve((outer, y_outer), (half, y_outer), (half, y_inner), (inner, y_inner))
            lower = _curve((inner, y_inner + height), (half, y_inner + height), (half, y_outer + height), (outer, y_outer + height))
            draw.polygon([(x * scale, y * scale) for x, y in upper + lower], fill=_light(band["color"]))
    if figure["loop"]:
        arc = _curve((box_out - 12, box_top), (box_out - 8, box_top - 26), (box_in + 8, box_top - 26), (box_in + 12, box_top - 4))
        draw.line([(x * scale, y * scale) for x, y in arc], fill=_SPROUT, width=round(2.2 * scale), joint="curve")
        head = ((box_in + 7, box_top - 8), (box_in + 17, box_top - 8), (box_in + 12.6, box_top))
        draw.polygon([(x * scale, y * scale) for x, y in head], fill=_SPROUT)
    sheet = large.resize((_WIDTH, large.height // _OVER), Image.Resampling.LANCZOS)
    sheet.paste(leaf((round(_BOX * _UNIT), round(_PLOT * _UNIT)), _BRAND, 16 * _UNIT, 4 * _UNIT), (round(box_in * _UNIT), round(box_top * _UNIT)))
    _write(ImageDraw.Draw(sheet), figure, room, (box_in, box_top))
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _write(draw: ImageDraw.ImageDraw, figure: Mapping[str, Any], room: float, box: Point) -> None:
    def text(at: Point, said: str, size: int, weight: int, fill: str, anchor: str, width: float) -> None:
        draw.text((at[0] * _UNIT, at[1] * _UNIT), said, fill=fill, font=fit(said, width * _UNIT, size, weight), anchor=anchor)

    width = _WIDTH / _UNIT
    for bands, x, side in ((figure["left"], _LABEL, "r"), (figure["right"], width - _LABEL, "l")):
        for band, _, _, middle in _placed(bands, room):
            text((x, middle - 6), band["name"], 26, 500, _INK, side + "m", _LABEL)
            text((x, middle + 6), band["value"], 23, 400, _GREY, side + "m", _LABEL)
    if figure["loop"]:
        text((width / 2, box[1] - 32), figure["loop"], 26, 500, _LOOP, "mm", 240)
    text((width / 2, box[1] + _PLOT / 2 - 8), figure["middle"][0], 27, 400, _PAPER, "mm", _BOX - 8)
    text((width / 2, box[1] + _PLOT / 2 + 8), figure["middle"][1], 30, 700, _PAPER, "mm", _BOX - 8)


def _tall(bands: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(max(_PLOT * b["height"], _ROW) for b in bands) + _GAP * max(0, len(bands) - 1))


def _placed(bands: Sequence[Mapping[str, Any]], room: float) -> list[tuple[Mapping[str, Any], float, float, float]]:
    """Each band with its top at the outer end, its top at the box, and the middle of its label; a thin band has a row as high as a label."""
    found, y, inner = [], _TOP + (room - _tall(bands)) / 2, _TOP + (room - _PLOT) / 2
    for band in bands:
        height = max(_PLOT * band["height"], 0.8)
        row = max(_PLOT * band["height"], _ROW)
        found.append((band, y + (row - height) / 2, inner, y + row / 2))
        y, inner = y + row + _GAP, inner + _PLOT * band["height"]
    return found


def _curve(a: Point, b: Point, c: Point, d: Point, steps: int = 48) -> list[Point]:
    return [
        tuple((1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t**2 * r + t**3 * s for p, q, r, s in zip(a, b, c, d, strict=True))  # type: ignore[misc]
        for t in (n / steps for n in range(steps + 1))
    ]


def _light(color: str) -> tuple[int, int, int]:
    """The band's colour a quarter transparent on white, as the paper has it."""
    parts = (int(color[n : n + 2], 16) for n in (1, 3, 5))
    red, green, blue = (round(255 - (255 - part) * 0.75) for part in parts)
    return red, green, blue
