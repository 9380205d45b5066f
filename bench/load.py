"""A small HTTP/1.1 client for load: keep-alive connections, ready-made requests, nothing parsed that is not needed."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    """What a run of load gave."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    sample: bytes = b""

    @property
    def good(self) -> int:
        """Answers of the 2xx family."""
        return sum(n for status, n in self.statuses.items() if 200 <= status < 300)

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return self.good / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds at a share (0.5, 0.95)."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def request(method: str, path: str, body: object = None, **headers: str) -> bytes:
    """The bytes of one request."""
    data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(data)}"]
    lines += ["Content-Type: application/json"] if data else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one answer with a Content-Length (or none, for 204)."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    at = head.lower().find(b"content-length:")
    if at < 0:
        return status, b""
    length = int(head[at + 15 : head.index(b"\r", at)])
    return status, await reader.readexactly(length)


async def run(
    port: int, connections: int, seconds: float, make: Callable[[int], Iterator[bytes]], warm: int = 5
) -> Result:
    """Keep ``connections`` busy for ``seconds``; ``make(n)`` yields the requests of connection n."""
    result = Result()

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        requests = make(number)
        try:
            for count, data in enumerate(requests):
                began = time.perf_counter()
                if began > end:
                    return
                writer.write(data)
                status, body = await answer(reader)
                if count >= warm:
                    result.statuses[status] = result.statuses.get(status, 0) + 1
                    result.latencies.append(time.perf_counter() - began)
                if count == 0 or not 200 <= status < 300:
                    result.sample = body
        finally:
            writer.close()

    began = time.perf_counter()
    end = began + seconds
    await asyncio.gather(*(one(n) for n in range(connections)))
    result.seconds = time.perf_counter() - began
    return result
