"""Filing as clients reach it: the kernel's whole way of a request (session, audience, decoding, audit, idempotency) without a socket."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import asyncpg
import msgspec

import api.routes
from api.kernel.route import REGISTRY
from api.kernel.serve import new_request_id, serve
from bench.world import Firm
from core.database import pool

api.routes.load()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body as JSON, headers."""

    status: int
    json: Any
    headers: dict[str, str]
    content_type: str
    body: bytes

    @property
    def paths(self) -> dict[str, str]:
        """path → code of the fields named."""
        return {e["path"]: e["code"] for e in self.json.get("errors", [])}


async def send(
    firm: Firm, method: str, path: str, body: Any = None, *, key: str | None = None, query: dict[str, str] | None = None,
    file: bytes | None = None, raw: bytes | None = None, headers: dict[str, str] | None = None, **parameters: str,
) -> Reply:  # fmt: skip
    """Send a request to the route ``path`` as it is registered; ``parameters`` fill its places."""
    route = REGISTRY[(method, path)]
    filled = path
    for name, value in parameters.items():
        filled = filled.replace(f"<{name}>", value).replace(f"<{name}:str>", value)
    sent = {"authorization": f"Bearer {firm.token}", "content-type": "application/json", "user-agent": "test", **(headers or {})}
    if key is not None:
        sent["idempotency-key"] = key
    upload = SimpleNamespace(name="填报表.xlsx", body=file, type="application/octet-stream")
    request: Any = SimpleNamespace(
        ctx=SimpleNamespace(request_id=new_request_id()), headers=sent, method=method, path=filled, query_string="", ip="127.0.0.1",
        remote_addr="", body=raw if raw is not None else msgspec.json.encode(body) if body is not None else b"",
        args={k: [v] for k, v in (query or {}).items()}, files={"file": [upload]} if file is not None else {}, form={}, route=None,
    )  # fmt: skip
    response = await serve(route, request, dict(parameters))
    data = response.body or b""
    is_json = "json" in (response.content_type or "")
    return Reply(response.status, msgspec.json.decode(data) if is_json else None, {k.lower(): v for k, v in response.headers.items()}, response.content_type or "", data)


class Statements:
    """What goes over the driver while it listens."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, record: Any) -> None:
        self.seen.append(" ".join(record.query.split())[:90])

    async def __aenter__(self) -> "Statements":
        for connection in self._connections():
            connection.add_query_logger(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections():
            connection.remove_query_logger(self)

    def _connections(self) -> list[asyncpg.Connection]:
        return [h._con for h in pool()._holders if h._con is not None]
