"""The built console under /console/: hashed assets for ever, the page itself never cached. Without a build the server says how to make it."""

import mimetypes
from pathlib import Path
from typing import Any

import aiofiles
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from api.kernel.serve import guard
from api.pages.front import missing_console
from core.settings import ROOT

CONSOLE = ROOT / "static" / "console"
ART = ROOT / "static" / "art"


def mount_static(app: Any) -> None:
    """Add the console's and the art's addresses."""
    app.add_route(console, "/console", methods=["GET"], name="console_root")
    app.add_route(console, "/console/<path:path>", methods=["GET"], name="console_file")
    app.static("/art", ART, name="art")


async def console(request: Request, path: str = "") -> HTTPResponse:
    """A file of the build, or the application page for any address the application routes itself."""
    target = (CONSOLE / path).resolve() if path else CONSOLE / "index.html"
    if not target.is_relative_to(CONSOLE) or not target.is_file():
        target = CONSOLE / "index.html"
    if not target.is_file():
        page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>碳效</title><p>{missing_console(target)}</p></html>'
        return guard(raw(page.encode(), status=503, content_type="text/html; charset=utf-8"))
    return guard(await _file(target, immutable=target.parent.name == "assets"))


async def _file(path: Path, immutable: bool) -> HTTPResponse:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith("javascript"):
        kind += "; charset=utf-8"
    cache = "public, max-age=31536000, immutable" if immutable else "no-cache"
    async with aiofiles.open(path, "rb") as file:
        return raw(await file.read(), content_type=kind, headers={"Cache-Control": cache})
