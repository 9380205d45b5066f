"""The route decorator: permission, audiences, request and answer types in one place; it feeds the server and the OpenAPI document.

A route names its permission, or says ``authenticated`` (a person without an organisation) or ``public``; otherwise the server does
not start (T9). The kernel opens the transaction, the handler calls one verb.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse

from api.kernel.types import dec_hook

Handler = Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class Call:
    """What the sender sent, decoded: ``body`` and ``query`` are the route's structs."""

    request: Request
    body: Any = None
    query: Any = None
    claims: Any = None
    set_cookies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def files(self) -> dict[str, list[Any]]:
        """Uploaded files by field name (sanic File: name, body, type)."""
        return dict(self.request.files) if self.request.files else {}

    def cookie(self, name: str, value: str, **options: Any) -> None:
        """Set a cookie on the answer; ``max_age=0`` deletes it."""
        self.set_cookies.append({"key": name, "value": value, **options})


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A file instead of JSON; always with ``nosniff``, as attachment unless ``inline``."""

    data: bytes
    content_type: str
    name: str
    inline: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """Server-rendered HTML or another ready body with its own status (public pages)."""

    body: bytes | str
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One registered route."""

    method: str
    path: str
    handler: Handler
    name: str
    summary: str
    tag: str
    permission: str | None
    authenticated: bool
    public: bool
    audience: frozenset[str]
    body: Any
    query: Any
    answer: Any
    status: int
    idempotent: bool
    step_up: str | None
    read_only: bool
    no_database: bool
    upload: bool
    rate_limit: tuple[int, int] | None
    allow_must_change: bool
    errors: tuple[str, ...]
    decoder: msgspec.json.Decoder[Any] | None


REGISTRY: dict[tuple[str, str], Route] = {}


class RouteError(Exception):
    """A route that may not be registered; stops the server at start."""


def route(
    method: str,
    path: str,
    *,
    summary: str,
    tag: str = "",
    permission: str | None = None,
    authenticated: bool = False,
    public: bool = False,
    audience: frozenset[str] | set[str] = frozenset(),
    body: Any = None,
    query: Any = None,
    answer: Any = None,
    status: int = 200,
    idempotent: bool = False,
    step_up: str | None = None,
    read_only: bool | None = None,
    no_database: bool = False,
    upload: bool = False,
    rate_limit: tuple[int, int] | None = None,
    allow_must_change: bool = False,
    errors: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Register ``handler(ctx, call, **path_parameters)``.

    ``rate_limit=(hits, seconds)`` counts per address. ``step_up`` names the purpose of the fresh proof it asks for (L20).
    ``read_only`` defaults to True for GET. Raises RouteError on a route without a permission or registered twice.
    """
    if sum((permission is not None, authenticated, public)) != 1:
        raise RouteError(f"{method} {path}: name exactly one of permission, authenticated, public")
    if permission is not None and not audience:
        raise RouteError(f"{method} {path}: name the audiences")

    def register(handler: Handler) -> Handler:
        key = (method, path)
        if key in REGISTRY:
            raise RouteError(f"{method} {path} is registered twice")
        REGISTRY[key] = Route(
            method,
            path,
            handler,
            handler.__name__,
            summary,
            tag or handler.__module__.rsplit(".", 1)[-1],
            permission,
            authenticated,
            public,
            frozenset(audience),
            body,
            query,
            answer,
            status,
            idempotent,
            step_up,
            method == "GET" if read_only is None else read_only,
            no_database,
            upload,
            rate_limit,
            allow_must_change,
            errors,
            msgspec.json.Decoder(body, dec_hook=dec_hook) if body is not None else None,
        )
        return handler

    return register


__all__ = ["REGISTRY", "Call", "FileAnswer", "HTTPResponse", "PageAnswer", "Route", "RouteError", "route"]
