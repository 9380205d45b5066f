"""Codes and pictures: every reader must read them, whatever level, size and turn (documents 6)."""

import io
from functools import lru_cache

import pytest
import zxingcpp
from PIL import Image

import documents
from core.errors import Invalid
from documents import pictures
from documents.codes import qr_image, qr_matrix, qr_svg
from documents.fonts import face
from documents.palette import LETTERS, LEVELS
from tests.documents.views import LONG, URL, view


def read(picture: Image.Image) -> str | None:
    found = zxingcpp.read_barcode(picture)
    return found.text if found else None


@lru_cache
def badge_of(level: int) -> Image.Image:
    return Image.open(io.BytesIO(pictures.badge_png(view(level), 1000))).convert("RGB")


@pytest.mark.parametrize("turn", [0, 15, 90])
@pytest.mark.parametrize("width", [150, 240, 480])
@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_the_badge_of_every_level_is_read_at_every_size_and_turn(level: int, width: int, turn: int) -> None:
    badge = badge_of(level)
    small = badge.resize((width, badge.height * width // badge.width), Image.Resampling.LANCZOS)
    assert read(small.rotate(turn, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)) == URL


@pytest.mark.parametrize("size", pictures.SIZES)
def test_downloads_have_their_size_and_are_the_same_twice(size: int) -> None:
    first = pictures.badge_png(view(), size)
    assert Image.open(io.BytesIO(first)).width == size
    assert read(Image.open(io.BytesIO(first))) == URL
    assert pictures.badge_png(view(), size) == first


@pytest.mark.parametrize("state", ["valid", "expired", "superseded", "suspended", "revoked"])
def test_the_card_is_five_to_four_and_readable_in_every_state(state: str) -> None:
    card = Image.open(io.BytesIO(pictures.card_png(view(3, state))))
    assert card.width * 4 == card.height * 5
    assert read(card) == URL


def test_modules_are_near_black_on_white_and_the_colour_is_the_frame() -> None:
    for level in (1, 2, 3, 4, 5):
        badge = badge_of(level)
        fill = LEVELS[level - 1].fill
        assert badge.getpixel((500, 20)) == tuple(int(fill[i : i + 2], 16) for i in (1, 3, 5))
    code = qr_image(URL, 400)
    assert {code.getpixel((x, y)) for x in range(400) for y in range(0, 400, 7)} == {(17, 17, 17), (255, 255, 255)}


def test_the_code_keeps_its_quiet_zone_and_version() -> None:
    assert len(qr_matrix(URL)) <= 37
    side = len(qr_matrix(URL)) + 8
    code = qr_image(URL, side)
    assert all(code.getpixel((x, y)) == (255, 255, 255) for x in range(side) for y in (0, 1, 2, 3))
    assert f'viewBox="0 0 {side} {side}"' in qr_svg(URL)


def test_a_long_name_never_leaves_its_box() -> None:
    lines, font = pictures.fold(LONG, 840, 44, 400, least=20)
    assert len(lines) == 2 and "".join(lines) == LONG
    assert all(font.getlength(line) <= 840 for line in lines)
    word = "接近行业平均" * 4
    assert pictures.fit(word, 300, 44, 700).getlength(word) <= 300


def test_a_character_without_a_glyph_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refusal:
        pictures.badge_png(view(company="广州𪚥科技有限公司"))
    assert refusal.value.code == "GLYPH_MISSING"
    assert "企业名称含平台字库没有的字“𪚥”" in refusal.value.detail
    assert refusal.value.extra["characters"] == "𪚥"


#: documents 2.7 and the platform's own units and signs.
DRAWN = (
    "淼垚㸚燚犇骉羴鱻䶮㛃𬬻𬭊𫟼𬭳𫓶𠅤" + "²³¹‰℃·×≤≥±→①㎡㎏□■√÷−—…（）《》“”、。，：；％¥＋" + "tCO₂eGJMWhkNm³万元A-Z0-9"
)


def test_the_faces_draw_rare_names_and_every_sign_we_print() -> None:
    assert documents.missing_characters(DRAWN) == ""
    assert documents.missing_characters("a𪚥b𪚥⁻") == "𪚥⁻"
    assert face(20, 700).getlength("碳效") > 0


def test_ink_on_every_colour_has_contrast() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: str, b: str) -> float:
        high, low = sorted((light(a), light(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for tone in (*LEVELS, *LETTERS):
        assert contrast(tone.ink, tone.fill) >= 4.5, tone
        assert contrast(tone.text, "#FFFFFF") >= 4.5, tone
        assert contrast(tone.text, tone.soft) >= 4.5, tone
