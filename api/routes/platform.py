"""The server about itself: alive, ready, measured, described; and the front door."""

from typing import Annotated, Any

import msgspec

from api.kernel.app import openapi_bytes
from api.kernel.route import Call, FileAnswer, PageAnswer, route
from api.kernel.types import Answer, Struct
from api.pages.front import front_page
from core import metrics
from core.clock import utc_now
from core.database import Acting, transaction
from core.errors import Unavailable
from core.health import files_ready
from core.settings import settings


class Health(Answer):
    """Alive."""

    status: str
    mode: str
    time: str


class Readiness(Answer):
    """Ready: the database answers, its schema is this program's, the file store has answered once (``files``: ok | down now)."""

    status: str
    migrations: int
    files: str


@route("GET", "/healthz", public=True, no_database=True, answer=Health, tag="platform", summary="进程在运行")
async def healthz(ctx: Acting, call: Call) -> Health:
    return Health(status="ok", mode=settings.mode, time=utc_now().isoformat())


@route("GET", "/readyz", public=True, no_database=True, answer=Readiness, tag="platform", summary="可以接受请求")
async def readyz(ctx: Acting, call: Call) -> Readiness:
    from core.migrate import read

    async with transaction(read_only=True) as db:
        applied = await db.value("select count(*) from schema_migration")
    if applied < len(read()):
        raise Unavailable("数据库结构尚未升级，请先运行 server.py migrate。", code="MIGRATIONS_PENDING")
    return Readiness(status="ready", migrations=applied, files=await files_ready())


@route("GET", "/metrics", public=True, no_database=True, tag="platform", summary="Prometheus 指标")
async def prometheus(ctx: Acting, call: Call) -> PageAnswer:
    body, content_type = metrics.render()
    return PageAnswer(body, content_type)


@route("GET", "/openapi.json", public=True, no_database=True, tag="platform", summary="本接口的 OpenAPI 文档")
async def openapi_document(ctx: Acting, call: Call) -> FileAnswer:
    return FileAnswer(_document(), "application/json", "openapi.json", inline=True)


_cached: dict[str, Any] = {}


def _document() -> bytes:
    if "document" not in _cached:
        _cached["document"] = openapi_bytes()
    return bytes(_cached["document"])


@route("GET", "/", public=True, no_database=True, tag="platform", summary="平台首页")
async def front(ctx: Acting, call: Call) -> PageAnswer:
    return PageAnswer(front_page())


class CheckQuery(Struct):
    """The code a person typed."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


@route("GET", "/check", public=True, no_database=True, query=CheckQuery, tag="platform", summary="按输入的碳效码打开证书页")
async def check_code(ctx: Acting, call: Call) -> PageAnswer:
    typed = "".join(c for c in call.query.code.upper() if c.isascii() and c.isalnum())[:40]
    return PageAnswer(b"", status=303, headers={"Location": f"/c/{typed or '0'}"})
