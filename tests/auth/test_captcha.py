"""Image captcha (rule L7)."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

import auth
from auth import captcha
from core import clock
from tests.auth.people import guest, refusal

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was drawn, newest last."""
    drawn: list[str] = []
    real = captcha._png

    def draw(answer: str) -> bytes:
        drawn.append(answer)
        return real(answer)

    monkeypatch.setattr(captcha, "_png", draw)
    return drawn


async def draw() -> auth.Picture:
    async with guest() as ctx:
        return await auth.draw_captcha(ctx)


async def check(captcha_id: str, answer: str) -> None:
    async with guest() as ctx:
        await auth.check_captcha(ctx, captcha_id, answer)


def test_alphabet() -> None:
    """rule L7: 28 unambiguous characters, five of them."""
    assert len(set(captcha.ALPHABET)) == len(captcha.ALPHABET) == 28 and not set(captcha.ALPHABET) & set("0O1IL5S")
    assert captcha.LENGTH == 5


async def test_a_picture_of_its_own_each_time() -> None:
    one, two = await draw(), await draw()
    image = Image.open(io.BytesIO(one.png))
    assert image.format == "PNG" and image.size == (168, 60) and one.png != two.png
    assert one.captcha_id != two.captcha_id and one.expires_in == 120


async def test_right_once(answers: list[str], migrator: Any) -> None:
    """rule L7: any case, once; the answer is stored as a hash."""
    made = await draw()
    stored = await migrator.fetchval("select answer_hash from captcha where id = $1", made.captcha_id)
    assert len(stored) == 32 and answers[-1].encode() not in bytes(stored)
    await check(made.captcha_id, f" {answers[-1].lower()} ")
    assert (await refusal(check(made.captcha_id, answers[-1]))).code == "CAPTCHA_WRONG"


async def test_dies_after_one_wrong_try(answers: list[str]) -> None:
    """rule L7: the spending is kept although the answer is an error."""
    made = await draw()
    problem = await refusal(check(made.captcha_id, "XXXXX"))
    assert problem.kept and problem.errors[0].path == "captcha_answer"
    assert (await refusal(check(made.captcha_id, answers[-1]))).code == "CAPTCHA_WRONG"


@pytest.mark.parametrize(("seconds", "good"), [(119, True), (120, False), (121, False)])
async def test_two_minutes(answers: list[str], seconds: int, good: bool) -> None:
    """rule L7."""
    clock.freeze(NOON)
    made = await draw()
    clock.freeze(NOON + timedelta(seconds=seconds))
    if good:
        await check(made.captcha_id, answers[-1])
    else:
        assert (await refusal(check(made.captcha_id, answers[-1]))).code == "CAPTCHA_WRONG"


async def test_one_of_another_picture(answers: list[str]) -> None:
    one, _ = await draw(), await draw()
    assert (
        await refusal(check(one.captcha_id, answers[-1] if answers[-1] != answers[-2] else "ZZZZZ"))
    ).code == "CAPTCHA_WRONG"


async def test_documented_answer_in_demo_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue contract: demo / DEMO5; production refuses."""
    await check("demo", "demo5")
    assert (await refusal(check("demo", "OTHER"))).code == "CAPTCHA_WRONG"
    monkeypatch.setattr(captcha, "settings", replace(captcha.settings, mode="production"))
    assert (await refusal(check("demo", "DEMO5"))).code == "CAPTCHA_WRONG"


async def test_sign_in_needs_it_before_anything_else() -> None:
    """rule L7: no password is tried without it."""
    from auth import passwords

    before = passwords.verified["count"]

    async def go() -> None:
        async with guest() as ctx:
            await auth.password_login(ctx, account="someone1", password="x", captcha_id="no", captcha_answer="no")

    assert (await refusal(go())).code == "CAPTCHA_WRONG" and passwords.verified["count"] == before
