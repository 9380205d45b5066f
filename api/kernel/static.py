"""The built faces: the console under /console/, the phone's H5 under /m/. Hashed assets for ever, the page itself never cached.

Without a build the server says how to make it; the API does not need one.
"""

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiofiles
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from api.kernel.serve import guard
from api.pages.front import missing_console, missing_phone
from core.settings import ROOT

ART = ROOT / "static" / "art"


@dataclass(frozen=True, slots=True)
class Face:
    """One built application: its folder and the sentence that stands where it would when it is not built."""

    root: Path
    missing: str


CONSOLE = Face(ROOT / "static" / "console", missing_console())
PHONE = Face(ROOT / "static" / "m", missing_phone())


def mount_static(app: Any) -> None:
    """Add the addresses of the built faces and of the art."""
    app.add_route(console, "/console", methods=["GET"], name="console_root")
    app.add_route(console, "/console/<path:path>", methods=["GET"], name="console_file")
    app.add_route(phone, "/m", methods=["GET"], name="phone_root")
    app.add_route(phone, "/m/<path:path>", methods=["GET"], name="phone_file")
    app.static("/art", ART, name="art")


async def console(request: Request, path: str = "") -> HTTPResponse:
    """A file of the console's build, or its page for any address the application routes itself."""
    return await _answer(CONSOLE, path)


async def phone(request: Request, path: str = "") -> HTTPResponse:
    """A file of the phone's build, or its page (pages of the phone are named behind the ``#``)."""
    return await _answer(PHONE, path)


async def _answer(face: Face, path: str) -> HTTPResponse:
    target = (face.root / path).resolve() if path else face.root / "index.html"
    if not target.is_relative_to(face.root) or not target.is_file():
        target = face.root / "index.html"
    if not target.is_file():
        page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>碳效</title><p>{face.missing}</p></html>'
        return guard(raw(page.encode(), status=503, content_type="text/html; charset=utf-8"))
    return guard(await _file(target, immutable=target.parent.name == "assets"))


async def _file(path: Path, immutable: bool) -> HTTPResponse:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith("javascript"):
        kind += "; charset=utf-8"
    cache = "public, max-age=31536000, immutable" if immutable else "no-cache"
    async with aiofiles.open(path, "rb") as file:
        return raw(await file.read(), content_type=kind, headers={"Cache-Control": cache})
