"""The built faces: served from their folder alone, said how to build when absent; what a visitor may know."""

from pathlib import Path
from typing import cast

import pytest

from api.kernel import static
from api.kernel.route import Call
from api.kernel.static import Face
from api.routes import visitors
from core.database import Acting


@pytest.fixture
def built(tmp_path: Path) -> Face:
    (tmp_path / "m" / "assets").mkdir(parents=True)
    (tmp_path / "m" / "index.html").write_text("<!doctype html><title>碳效</title>", "utf-8")
    (tmp_path / "m" / "assets" / "index-1a2b.js").write_text("1", "utf-8")
    (tmp_path / "secret.txt").write_text("s", "utf-8")
    return Face(tmp_path / "m", "make phone")


async def test_pages_are_never_cached_and_hashed_assets_for_ever(built: Face) -> None:
    page, asset = await static._answer(built, ""), await static._answer(built, "assets/index-1a2b.js")
    assert page.headers["Cache-Control"] == "no-cache" and "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asset.content_type == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "assets/../../secret.txt", "no/such/page"])
async def test_nothing_outside_the_folder_is_served(built: Face, path: str) -> None:
    answer = await static._answer(built, path)
    assert answer.body is not None and "碳效".encode() in answer.body


async def test_without_a_build_the_server_says_how_to_make_one(tmp_path: Path) -> None:
    answer = await static._answer(Face(tmp_path / "m", static.PHONE.missing), "")
    assert answer.status == 503 and answer.body is not None and b"make phone" in answer.body


async def test_a_visitor_knows_the_hotline_and_that_this_is_a_demonstration() -> None:
    facts = await visitors.platform_facts(cast(Acting, None), cast(Call, None))
    assert facts.demo is True and facts.hotline
