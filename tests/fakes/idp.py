"""A face verification provider over real HTTP (V10): the protocol of auth/identity_providers/http.py, a page to play the camera, faults.

    python -m tests.fakes.idp --port 8097 --code demo      # then IDENTITY_PROVIDERS as printed

``POST /start`` and ``POST /result`` need the app's signature. ``GET /face/<ref>`` is the page 演示刷脸: two buttons, pass and cancel; a
decision is told to the notify address by a signed callback. Faults are consumed in order, per call: F4's eleven and those of V10.
"""

import argparse
import asyncio
import hashlib
import hmac
import html
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

FAULTS = (
    "timeout", "slow", "reset", "502", "html", "truncated_json", "empty", "wrong_content_type", "errcode", "dup_response", "huge_body",
)  # fmt: skip
REASONS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 409: "Conflict", 422: "Unprocessable", 502: "Bad Gateway"}
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>演示刷脸</title>
<body style="font:16px/1.6 sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem"><p style="background:#fff3cd;padding:.5rem">演示环境</p>
<h1>演示刷脸</h1><p>这里代替真实的人脸核验：不打开摄像头，不采集人脸。</p><p>{name} · {number}</p><p id="done" role="status">{done}</p>
<form method="post"><button name="pass" value="1" style="padding:.7rem 1.2rem">核验通过</button>
<button name="pass" value="0" style="padding:.7rem 1.2rem">取消</button></form></body></html>"""


@dataclass(slots=True)
class FaceProvider:
    """One running provider. ``sessions`` by ref; ``automatic``: pass without the page."""

    key: str = "demo-face-provider-key"
    key_id: str = "k1"
    faults: list[str] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    automatic: bool = False
    call_back_early: bool = False
    server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its address."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def entry(self, code: str = "demo", name: str = "演示刷脸", **more: Any) -> dict[str, Any]:
        """Its entry of IDENTITY_PROVIDERS."""
        keys = {self.key_id: {"alg": "hmac-sha256", "secret": self.key}}
        return {"code": code, "name": name, "base": self.url, "app_id": "tanxiao", "sign_with": self.key_id, "keys": keys, **more}

    async def start(self, port: int = 0) -> "FaceProvider":
        """Listen on loopback."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return self

    async def stop(self) -> None:
        """Close the socket."""
        if self.server is not None:
            self.server.close()

    def decide(self, ref: str, state: str = "passed", **told: Any) -> None:
        """What the camera saw; ``told`` are members the provider says of the person (name, id_no)."""
        self.sessions[ref].update(state=state, told=told)

    def newest(self) -> str:
        """The ref of the session begun last."""
        return next(reversed(self.sessions))

    def signed(self, body: bytes, *, nonce: str | None = None, at: int | None = None, key: str | None = None) -> dict[str, str]:
        """Headers of a callback over these bytes."""
        stamp, number = str(at if at is not None else int(time.time())), nonce or secrets.token_hex(12)
        text = stamp.encode() + b"\n" + number.encode() + b"\n" + body
        mac = hmac.new((key or self.key).encode(), text, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Key-Id": self.key_id, "X-Timestamp": stamp, "X-Nonce": number, "X-Signature": mac}

    def callback_body(self, ref: str, **changes: Any) -> bytes:
        """The body of a session's callback; ``changes`` swap members."""
        known = self.sessions[ref]
        facts = {"out_seq_no": known["out_seq_no"], "openid": known["openid"], "state": known["state"], **changes}
        return json.dumps(facts).encode()

    async def call_back(self, ref: str) -> int:
        """Tell the product; returns its status."""
        body = self.callback_body(ref)
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.post(self.sessions[ref]["notify_url"], content=body, headers=self.signed(body))
        return answer.status_code

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = int((re.search(r"(?im)^content-length: *(\d+)", head) or ["", "0"])[1])
            body = await reader.readexactly(length)
            method, path = head.split(" ", 2)[:2]
            headers = {k.lower(): v.strip() for k, v in re.findall(r"(?m)^([\w-]+):([^\r\n]*)", head)}
            await self._answer(writer, method, path, headers, body)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        if path.startswith("/face/"):
            return await self._page(writer, method, path.removeprefix("/face/"), body)
        if method != "POST" or path not in ("/start", "/result"):
            return await _send(writer, 404, {"code": "NOT_FOUND"})
        self.calls.append(path)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "timeout":
            await asyncio.sleep(30)
        elif fault == "slow":
            await asyncio.sleep(0.3)
        elif fault == "reset":
            writer.transport.abort()
            return None
        elif fault == "502":
            return await _send(writer, 502, b"<html>bad gateway</html>", "text/html")
        elif fault == "errcode":
            return await _send(writer, 200, {"errcode": 45009, "errmsg": "quota"})
        given = self.signed(body, nonce=headers.get("x-nonce"), at=int(headers.get("x-timestamp", "0")))["X-Signature"]
        if not hmac.compare_digest(headers.get("x-signature", ""), given):
            return await _send(writer, 401, {"code": "SIGNATURE"})
        asked = json.loads(body)
        status, facts = await (self._start(asked) if path == "/start" else self._result(asked))
        answer = json.dumps(facts).encode()
        odd = {
            "html": (b"<html>login</html>", "text/html"),
            "truncated_json": (answer[:-3], "application/json"),
            "empty": (b"", "application/json"),
            "wrong_content_type": (answer, "text/plain"),
            "dup_response": (answer + answer, "application/json"),
            "huge_body": (b" " * 3_000_000 + answer, "application/json"),
        }
        await _send(writer, status, *odd.get(fault, (answer, "application/json")))

    async def _start(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not asked.get("name") or not asked.get("id_no"):
            return 422, {"code": "FIELDS"}
        ref = secrets.token_urlsafe(16)
        self.sessions[ref] = {**asked, "state": "passed" if self.automatic else "pending", "told": {}}
        if self.call_back_early:
            await self.call_back(ref)
        return 200, {"url": f"{self.url}/face/{ref}", "ref": ref}

    async def _result(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = self.sessions.get(str(asked.get("ref")))
        if known is None or known["out_seq_no"] != asked.get("out_seq_no"):
            return 404, {"code": "NOT_FOUND"}
        facts = {"out_seq_no": known["out_seq_no"], "state": known["state"], "evidence_ref": f"ev-{asked['ref'][:8]}"}
        return 200, {**facts, **known["told"]}

    async def _page(self, writer: asyncio.StreamWriter, method: str, ref: str, body: bytes) -> None:
        known = self.sessions.get(ref)
        if known is None:
            return await _send(writer, 404, b"gone", "text/plain")
        done = ""
        if method == "POST":
            passed = b"pass=1" in body
            known.update(state="passed" if passed else "failed", told={} if passed else {"reason": "cancelled"})
            done = "核验通过，请回到碳效页面。" if passed else "已取消，请回到碳效页面。"
            asyncio.get_running_loop().create_task(self._quietly(ref))
            if str(known.get("return_to", "")).startswith("http"):
                done += f' <a href="{html.escape(str(known["return_to"]))}">返回碳效</a>'
        number = str(known["id_no"])
        text = PAGE.format(name=html.escape(str(known["name"])), number=f"{number[:3]}***********{number[-4:]}", done=done)
        return await _send(writer, 200, text.encode(), "text/html; charset=utf-8")

    async def _quietly(self, ref: str) -> None:
        try:
            await self.call_back(ref)
        except httpx.HTTPError as error:
            print(f"callback not delivered: {type(error).__name__}", flush=True)


async def _send(writer: asyncio.StreamWriter, status: int, body: Any, kind: str = "application/json") -> None:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + data)
    await writer.drain()


async def _main(port: int, key: str) -> None:
    provider = await FaceProvider(key=key).start(port)
    print(json.dumps([provider.entry()], ensure_ascii=False), flush=True)
    assert provider.server is not None
    await provider.server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8097)
    parser.add_argument("--key", default="demo-face-provider-key")
    given = parser.parse_args()
    asyncio.run(_main(given.port, given.key))
