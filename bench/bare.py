"""The limit we measure against: a bare Sanic that does the same I/O by hand, without authentication, row security or checks."""

import sys

import msgspec
from sanic import Request, Sanic
from sanic.response import HTTPResponse, raw

JSON = "application/json"


def create() -> Sanic:  # type: ignore[type-arg]
    """The application of the comparator."""
    app = Sanic("bare", configure_logging=False)
    app.config.update(ACCESS_LOG=False, KEEP_ALIVE_TIMEOUT=75, REQUEST_MAX_SIZE=2_000_000)

    @app.get("/healthz")  # type: ignore[misc]
    async def healthz(request: Request) -> HTTPResponse:
        return raw(b'{"status":"ok"}', content_type=JSON)

    @app.post("/echo")  # type: ignore[misc]
    async def echo(request: Request) -> HTTPResponse:
        return raw(msgspec.json.encode(msgspec.json.decode(request.body)), content_type=JSON)

    return app


if __name__ == "__main__":
    create().run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)
