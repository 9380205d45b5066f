"""The application: a Sanic whose requests survive the client's hang-up and never share a context (architecture 9.2)."""

import asyncio
import contextvars
import json
import logging
from collections.abc import Sequence
from typing import Any

from sanic import Sanic
from sanic.exceptions import BadRequest, PayloadTooLarge, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, raw

import auth
from api.kernel.openapi import document
from api.kernel.problem import from_sanic, problem_response, too_large
from api.kernel.route import REGISTRY, Route
from api.kernel.serve import guard, new_request_id, serve
from api.kernel.static import mount_static
from core import logs
from core.database import close_database, open_database
from core.errors import Problem
from core.settings import settings

#: How much of a body nobody wants is still read, and for how long: who is still sending does not read the answer, and closing on
#: him takes it away again. What is larger is answered and dropped.
UNWANTED_BYTES, UNWANTED_SECONDS = 200_000_000, 20.0
#: Taken at import: empty. Each request starts from it, so nothing leaks along a keep-alive connection.
BASE = contextvars.copy_context()
_live: set[asyncio.Task[Any]] = set()


class App(Sanic):  # type: ignore[type-arg]
    """Sanic with shielded requests: a hang-up ends the connection, not the database work (stack measured: 600 hang-ups)."""

    async def handle_request(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if len(_live) >= settings.requests_in_flight:
            request.ctx.overloaded = True
        task = asyncio.get_running_loop().create_task(super().handle_request(request, *args, **kwargs), context=BASE.copy())
        _live.add(task)
        task.add_done_callback(_live.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if request.route and getattr(request.route.ctx, "cancellable", False):
                task.cancel()
            raise


def create_app(database_url: str, models: Sequence[str], name: str = "tanxiao") -> App:
    """Build the application for one process. All routes must be registered (``api.routes.load()``) before."""
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    app = App(name, configure_logging=False)
    app.config.update(
        REQUEST_MAX_SIZE=settings.upload_max_bytes,
        REQUEST_TIMEOUT=settings.request_timeout_seconds,
        RESPONSE_TIMEOUT=settings.request_timeout_seconds,
        KEEP_ALIVE_TIMEOUT=75,
        GRACEFUL_SHUTDOWN_TIMEOUT=10.0,
        FALLBACK_ERROR_FORMAT="json",
        ACCESS_LOG=False,
        PROXIES_COUNT=settings.proxies_count or None,
        OAS=False,
    )
    app.ctx.openapi = openapi_bytes()
    for route in REGISTRY.values():
        _mount(app, route)
    mount_static(app)
    _mount_refusals(app)
    _mount_life(app, database_url, models)
    return app


def openapi_bytes() -> bytes:
    """The served document, stable byte for byte."""
    return json.dumps(document(list(REGISTRY.values())), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _mount(app: App, route: Route) -> None:
    async def handler(request: Request, **parameters: Any) -> HTTPResponse:
        return await serve(route, request, parameters)

    name = f"{route.method.lower()}_{route.tag}_{route.name}"
    app.add_route(handler, route.path, methods=[route.method], name=name, ctx_files=route.upload)


def _mount_refusals(app: App) -> None:
    """What never reaches a handler of ours (no such address, a broken request) is a problem like any other."""

    @app.exception(Exception)
    async def refused(request: Request, error: Exception) -> HTTPResponse:
        request_id = getattr(request.ctx, "request_id", None) or new_request_id()
        if isinstance(error, Problem):
            problem = error
        elif isinstance(error, PayloadTooLarge) and getattr(request.stream, "request_body", None):
            problem = await _let_finish(request)
        elif isinstance(error, SanicException):
            problem = from_sanic(error)
        else:
            logs.failure(error)
            problem = Problem("INTERNAL", "服务内部出错，已记录，填写内容没有丢。请重试，或拨打服务热线并报编号。", status=500)
        return guard(problem_response(problem, request_id, request.path))


async def _let_finish(request: Request) -> Problem:
    """Read and forget the rest of a body that is too large, so that its sender gets to the answer, which is returned.

    Who announced more than is ever read is answered at once.
    """
    stream: Any = request.stream
    files = request.route is None or getattr(request.route.ctx, "files", True)
    problem = too_large(files, stream.request_bytes)
    if stream.request_body is True and stream.request_bytes > UNWANTED_BYTES:
        return problem
    stream.request_max_size = UNWANTED_BYTES
    try:
        async with asyncio.timeout(UNWANTED_SECONDS):
            while stream.request_body:
                await stream.read()
    except (BadRequest, PayloadTooLarge, TimeoutError):
        pass
    return problem


def _mount_life(app: App, database_url: str, models: Sequence[str]) -> None:
    import wiring

    @app.before_server_start
    async def start(app: App) -> None:
        await open_database(
            database_url, models, minsize=settings.pool_min, maxsize=settings.pool_max, wait=settings.pool_wait_seconds
        )
        await wiring.start_web()

    @app.before_server_stop
    async def drain(app: App) -> None:
        auth.scan.stop_waiting()
        if _live:
            await asyncio.wait(_live, timeout=10)

    @app.after_server_stop
    async def stop(app: App) -> None:
        await wiring.stop_web()
        await close_database()


__all__ = ["App", "create_app", "openapi_bytes", "raw"]
