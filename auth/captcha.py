"""Image captcha (L7): five characters from 28 unambiguous ones, 120 s, one look, the answer stored as a hash."""

import asyncio
import hashlib
import io
import random
import secrets
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.crypto import derive
from core.database import Acting
from core.errors import FieldError, Invalid
from core.settings import settings

ALPHABET = "ABCDEFGHJKMNPQRTUVWXY2346789"
LENGTH, SECONDS = 5, 120
#: Documented for demonstrations and outside checks; refused in production mode.
DEMO_ID, DEMO_ANSWER = "demo", "DEMO5"


@dataclass(frozen=True, slots=True)
class Picture:
    """A captcha to show."""

    captcha_id: str
    png: bytes
    expires_in: int


def _digest(captcha_id: str, answer: str) -> bytes:
    return hashlib.sha256(derive("captcha") + captcha_id.encode() + b"\0" + answer.strip().upper().encode()).digest()


async def draw_captcha(ctx: Acting) -> Picture:
    """Make one; nothing but its hash is kept."""
    answer = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    captcha_id = secrets.token_urlsafe(16)
    until = ctx.now + timedelta(seconds=SECONDS)
    await ctx.db.run("select auth_captcha_put($1, $2, $3)", captcha_id, _digest(captcha_id, answer), until)
    return Picture(captcha_id, await asyncio.to_thread(_png, answer), SECONDS)


async def check_captcha(ctx: Acting, captcha_id: str, answer: str) -> None:
    """Spend a captcha, right or wrong. Raises Invalid; the spending is kept."""
    if settings.demo and captcha_id == DEMO_ID and answer.strip().upper() == DEMO_ANSWER:
        return
    stored = await ctx.db.value("select auth_captcha_take($1, $2)", captcha_id, ctx.now)
    if stored is None or not secrets.compare_digest(bytes(stored), _digest(captcha_id, answer)):
        fault = FieldError("captcha_answer", "CAPTCHA_WRONG", "图形验证码不对或已过期，请按新图重新输入。")
        raise Invalid([fault], code="CAPTCHA_WRONG").keep()


def _png(answer: str) -> bytes:
    rng = random.SystemRandom()
    width, height = 168, 60
    image = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(34)
    for index, character in enumerate(answer):
        glyph = Image.new("RGBA", (48, 52), (255, 255, 255, 0))
        ink = tuple(rng.randint(0, 110) for _ in range(3))
        ImageDraw.Draw(glyph).text((10, 4), character, font=font, fill=(*ink, 255))
        turned = glyph.rotate(rng.uniform(-24, 24), resample=Image.Resampling.BICUBIC)
        image.paste(turned, (6 + index * 31 + rng.randint(-3, 3), rng.randint(0, 8)), turned)
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        line = [(rng.randint(0, width), rng.randint(0, height)) for _ in range(2)]
        pen.line(line, fill=tuple(rng.randint(60, 190) for _ in range(3)), width=rng.randint(1, 2))
    for _ in range(160):
        pen.point((rng.randint(0, width), rng.randint(0, height)), fill=tuple(rng.randint(0, 200) for _ in range(3)))
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.6)).save(out, "PNG")
    return out.getvalue()
