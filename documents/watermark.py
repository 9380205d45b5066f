"""A watermark over a page picture (GF10): who reads it and when, diagonal, over the whole page, at 8 % ink."""

import io
import math

from PIL import Image, ImageDraw

from documents.fonts import face

#: Ink of the watermark: 8 % of black.
INK = round(255 * 0.08)
ANGLE = 30


def watermark(png: bytes, text: str) -> bytes:
    """The picture with ``text`` repeated in diagonal lines over all of it; PNG in, PNG out, the same size, without other metadata."""
    with Image.open(io.BytesIO(png)) as opened:
        page = opened.convert("RGB")
    size = max(16, page.width // 48)
    font = face(size)
    width = math.ceil(font.getlength(text))
    reach = math.ceil(math.hypot(page.width, page.height)) + width
    layer = Image.new("L", (reach, reach), 0)
    draw = ImageDraw.Draw(layer)
    step_x, step_y = width + size * 4, size * 6
    for number, y in enumerate(range(0, reach, step_y)):
        for x in range(-(number % 2) * step_x // 2, reach, step_x):
            draw.text((x, y), text, fill=INK, font=font)
    turned = layer.rotate(ANGLE, resample=Image.Resampling.BILINEAR)
    left, top = (reach - page.width) // 2, (reach - page.height) // 2
    page.paste((0, 0, 0), (0, 0), turned.crop((left, top, left + page.width, top + page.height)))
    out = io.BytesIO()
    page.save(out, "PNG", compress_level=3)
    return out.getvalue()
