"""A text message gateway over real HTTP (L11): the protocol the product speaks, and the faults a real one shows.

    python -m tests.fakes.sms --port 8099      # prints every message; set SMS_GATEWAY_URL=http://127.0.0.1:8099

``POST /messages`` with ``Authorization: Bearer KEY`` and ``{"id", "to", "template", "parameters": {"code", …}}``
(or a ``text``) answers 202 ``{"id"}``; a repeated id is taken once. 401 wrong key, 422 bad body. ``GET /__ctl/messages`` and
``POST /__ctl/faults`` (a JSON list) need the control secret. Faults are consumed in order, one per message.
"""

import argparse
import asyncio
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

FAULTS = (
    "timeout",
    "slow",
    "reset",
    "502",
    "html",
    "truncated_json",
    "empty",
    "wrong_content_type",
    "errcode",
    "dup_response",
    "huge_body",
)
REASONS = {200: "OK", 202: "Accepted", 401: "Unauthorized", 404: "Not Found", 422: "Unprocessable", 502: "Bad Gateway"}


@dataclass(slots=True)
class SmsGateway:
    """One running gateway; ``messages`` holds what it accepted."""

    key: str = "test-gateway-key"
    control: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    slow_seconds: float = 0.2
    loud: bool = False
    calls: int = 0
    server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its address."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def last_code(self, phone: str) -> str:
        """The code in the newest message to a phone (E.164)."""
        return str(next(m for m in reversed(self.messages) if m["to"] == phone)["parameters"]["code"])

    async def start(self, port: int = 0) -> "SmsGateway":
        """Listen on loopback."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return self

    async def stop(self) -> None:
        """Close the socket."""
        if self.server is not None:
            self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = int((re.search(r"(?im)^content-length: *(\d+)", head) or ["", "0"])[1])
            body = await reader.readexactly(length)
            bearer = (re.search(r"(?im)^authorization: *bearer (\S+)", head) or ["", ""])[1]
            method, path = head.split(" ", 2)[:2]
            await self._answer(writer, method, path, bearer, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, path: str, bearer: str, body: bytes) -> None:
        if path.startswith("/__ctl/"):
            return await self._control(writer, method, path, bearer, body)
        if (method, path) != ("POST", "/messages"):
            return await _send(writer, 404, {"code": "NOT_FOUND"})
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "timeout":
            await asyncio.sleep(30)
        elif fault == "slow":
            await asyncio.sleep(self.slow_seconds)
        elif fault == "reset":
            writer.transport.abort()
            return None
        elif fault == "502":
            return await _send(writer, 502, b"<html>bad gateway</html>", "text/html")
        if not secrets.compare_digest(bearer, self.key):
            return await _send(writer, 401, {"code": "KEY"})
        message = _message(body)
        if message is None:
            return await _send(writer, 422, {"code": "BODY"})
        if fault == "errcode":
            return await _send(writer, 422, {"code": "45009", "message": "quota"})
        if all(m["id"] != message["id"] for m in self.messages):
            self.messages.append(message)
            if self.loud:
                said = message["parameters"]
                print(f"短信 {message['to']} {said.get('text') or said['purpose'] + '验证码 ' + said['code']}", flush=True)
        answer = json.dumps({"id": message["id"]}).encode()
        odd = {
            "html": (b"<html>login</html>", "text/html"),
            "truncated_json": (answer[:-3], "application/json"),
            "empty": (b"", "application/json"),
            "wrong_content_type": (answer, "text/plain"),
            "dup_response": (answer + answer, "application/json"),
            "huge_body": (b" " * 3_000_000 + answer, "application/json"),
        }
        await _send(writer, 202, *odd.get(fault, (answer, "application/json")))

    async def _control(self, writer: asyncio.StreamWriter, method: str, path: str, bearer: str, body: bytes) -> None:
        if not secrets.compare_digest(bearer, self.control):
            return await _send(writer, 401, {"code": "CONTROL"})
        if (method, path) == ("GET", "/__ctl/messages"):
            return await _send(writer, 200, self.messages)
        if (method, path) == ("POST", "/__ctl/faults"):
            self.faults = [str(f) for f in json.loads(body)]
            return await _send(writer, 200, self.faults)
        return await _send(writer, 404, {"code": "NOT_FOUND"})


def _message(body: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(body)
        said = message["parameters"]
        good = re.fullmatch(r"\+861[3-9]\d{9}", message["to"]) and (said.get("text") or re.fullmatch(r"\d{6}", said["code"]))
        return message if good and message["id"] and message["template"] else None
    except (ValueError, KeyError, TypeError):
        return None


async def _send(writer: asyncio.StreamWriter, status: int, body: Any, kind: str = "application/json") -> None:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
    rest = f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    writer.write((head + rest).encode() + data)
    await writer.drain()


async def _main(port: int, key: str) -> None:
    gateway = await SmsGateway(key=key, loud=True).start(port)
    print(f"{gateway.url}  control {gateway.control}", flush=True)
    assert gateway.server is not None
    await gateway.server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--key", default="demo-gateway-key")
    given = parser.parse_args()
    asyncio.run(_main(given.port, given.key))
