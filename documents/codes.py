"""QR codes: level Q, near-black modules on white, quiet zone 4 (rule CC3). Colour lives in the frame only."""

from functools import lru_cache

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q

INK = "#111111"
QUIET = 4


@lru_cache(maxsize=256)
def qr_matrix(text: str) -> tuple[tuple[bool, ...], ...]:
    """Modules of a code without the quiet zone, row by row."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, box_size=1)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(m) for m in row) for row in code.get_matrix())


def qr_path(text: str) -> tuple[str, int]:
    """SVG path of the dark modules (quiet zone included in the coordinates) and the side of the whole code."""
    matrix = qr_matrix(text)
    moves = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            if row[x]:
                start = x
                while x < len(row) and row[x]:
                    x += 1
                moves.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h-{x - start}z")
            else:
                x += 1
    return "".join(moves), len(matrix) + 2 * QUIET


def qr_svg(text: str, *, ink: str = INK, title: str = "") -> str:
    """A whole SVG picture, white ground included."""
    path, side = qr_path(text)
    name = f"<title>{title}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">{name}'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="{ink}" d="{path}"/></svg>'
    )


def qr_image(text: str, side: int, ink: str = INK) -> Image.Image:
    """The code with its quiet zone in whole-pixel modules, as large as fits into ``side`` pixels, centred on white."""
    matrix = qr_matrix(text)
    count = len(matrix) + 2 * QUIET
    scale = max(1, side // count)
    small = Image.new("RGB", (count, count), "white")
    dark = Image.new("RGB", (1, 1), ink).getpixel((0, 0))
    assert dark is not None
    for y, row in enumerate(matrix):
        for x, on in enumerate(row):
            if on:
                small.putpixel((x + QUIET, y + QUIET), dark)
    large = small.resize((count * scale, count * scale), Image.Resampling.NEAREST)
    sheet = Image.new("RGB", (side, side), "white")
    offset = (side - large.width) // 2
    sheet.paste(large, (offset, offset))
    return sheet
