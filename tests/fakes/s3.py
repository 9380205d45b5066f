"""An S3-compatible object store over real HTTP: the requests the product makes, the checks a real one makes, and its faults.

    python -m tests.fakes.s3 --port 8096      # then S3_ENDPOINT=http://127.0.0.1:8096 and the bucket and keys as printed

``PUT GET HEAD DELETE /bucket/key`` and ``GET /bucket?list-type=2`` (pages of ``page_size``, prefix, delimiter, continuation). Every
request must carry a Signature Version 4 that holds (method, path, query, signed headers, digest of the body) and a clock within 15
minutes; otherwise 403 as the real one words it. Ranges and ``If-Match`` are honoured, so that a download that was cut goes on.

Faults are consumed in order, one per request: see ``FAULTS``. Objects are kept in memory; ``age`` makes one old.
"""

import argparse
import asyncio
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

FAULTS = (
    "500",  # InternalError
    "503",  # SlowDown
    "403",  # AccessDenied
    "404",  # NoSuchBucket
    "html",  # 502 of a proxy in front
    "slow",  # answers after slow_seconds
    "timeout",  # does not answer
    "held",  # taken, and never answered
    "reset",  # connection cut before the request is taken
    "lost",  # taken, and the connection cut before the answer
    "cut",  # the answer breaks off in the middle of the body
    "damaged",  # the body arrives with one bit turned
    "ok",  # none: lets one request pass
)
REASONS = {
    200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    412: "Precondition Failed", 416: "Range Not Satisfiable", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
}  # fmt: skip
SKEW = timedelta(minutes=15)
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(slots=True)
class Held:
    """One object."""

    data: bytes
    modified: datetime

    @property
    def etag(self) -> str:
        """As the real one makes it for a single upload."""
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'


@dataclass(slots=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Refused(Exception):
    """An answer of the error kind."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


@dataclass(slots=True)
class ObjectServer:
    """One running store with one bucket; ``objects`` by key, ``asked`` every request it took."""

    bucket: str = "tanxiao-files"
    region: str = "cn-north-1"
    access_key: str = field(default_factory=lambda: "AK" + secrets.token_hex(9).upper())
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(30))
    objects: dict[str, Held] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    slow_seconds: float = 0.3
    page_size: int = 1000
    virtual_hosts: bool = False
    server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self.server is not None
        return int(self.server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point the product at it."""
        return {
            "S3_ENDPOINT": self.url, "S3_BUCKET": self.bucket, "S3_REGION": self.region,
            "S3_ACCESS_KEY": self.access_key, "S3_SECRET_KEY": self.secret_key,
        }  # fmt: skip

    def age(self, key: str, hours: float) -> None:
        """Make an object as old as that."""
        self.objects[key].modified = datetime.now(UTC) - timedelta(hours=hours)

    def methods(self) -> list[str]:
        """The methods of the requests taken so far."""
        return [a.method for a in self.asked]

    async def start(self, port: int = 0) -> "ObjectServer":
        """Listen on loopback."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=2**20)
        return self

    async def stop(self) -> None:
        """Close the socket: from now on connections are refused."""
        if self.server is not None:
            self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take and answer one request; False ends the connection."""
        asked = await _read(reader)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "reset":
            writer.transport.abort()
            return False
        self.asked.append(asked)
        if fault == "timeout":
            await asyncio.sleep(60)
        elif fault == "slow":
            await asyncio.sleep(self.slow_seconds)
        elif fault == "html":
            await _send(writer, asked, 502, {"Content-Type": "text/html"}, b"<html>bad gateway</html>")
            return False
        try:
            if fault in _FAULTS:
                raise Refused(*_FAULTS[fault])
            key = self._key(asked)
            verify(asked, self.region, self.access_key, self.secret_key)
            status, headers, body = self._answer(asked, key)
        except Refused as refused:
            text = f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message><RequestId>{secrets.token_hex(8)}</RequestId></Error>"
            status, headers, body = refused.status, {"Content-Type": "application/xml"}, text.encode()
        if fault == "held":
            await asyncio.sleep(60)
        if fault == "lost":
            writer.transport.abort()
            return False
        if fault == "damaged":
            body = bytes([body[0] ^ 1]) + body[1:]
        await _send(writer, asked, status, headers, body, cut=fault == "cut")
        return fault != "cut"

    def _key(self, asked: Asked) -> str:
        """The object a request is about; empty: the bucket itself. Path style, or the bucket as the first label of the host."""
        path = unquote(asked.path.lstrip("/"))
        if self.virtual_hosts:
            bucket, key = asked.headers["host"].split(".", 1)[0], path
        else:
            bucket, _, key = path.partition("/")
        if bucket != self.bucket:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
        return key

    def _answer(self, asked: Asked, key: str) -> tuple[int, dict[str, str], bytes]:
        if not key:
            if asked.method != "GET" or asked.query.get("list-type") != "2":
                raise Refused(405, "MethodNotAllowed")
            return 200, {"Content-Type": "application/xml"}, self._list(asked.query).encode()
        if asked.method == "PUT":
            self.objects[key] = held = Held(asked.body, datetime.now(UTC))
            return 200, {"ETag": held.etag}, b""
        if asked.method == "DELETE":
            self.objects.pop(key, None)
            return 204, {}, b""
        if asked.method not in ("GET", "HEAD"):
            raise Refused(405, "MethodNotAllowed")
        return self._get(asked, key)

    def _get(self, asked: Asked, key: str) -> tuple[int, dict[str, str], bytes]:
        held = self.objects.get(key)
        if held is None:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.")
        if asked.headers.get("if-match", held.etag) != held.etag:
            raise Refused(412, "PreconditionFailed")
        headers = {
            "ETag": held.etag, "Last-Modified": format_datetime(held.modified, usegmt=True), "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream",
        }  # fmt: skip
        asked_range = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        if not asked_range:
            return 200, headers, held.data
        first, last = int(asked_range[1]), min(int(asked_range[2] or len(held.data) - 1), len(held.data) - 1)
        if first > last:
            raise Refused(416, "InvalidRange")
        return 206, {**headers, "Content-Range": f"bytes {first}-{last}/{len(held.data)}"}, held.data[first : last + 1]

    def _list(self, query: dict[str, str]) -> str:
        """One page of ListObjectsV2; the token is the last key or common prefix of the page before."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        size = min(int(query.get("max-keys", "1000")), self.page_size)
        found: list[tuple[str, bool]] = []
        for key in sorted(k for k in self.objects if k.startswith(prefix)):
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            entry = (key, False) if cut < 0 else (key[: cut + len(delimiter)], True)
            if entry[0] > after and entry not in found[-1:]:
                found.append(entry)
        page, more = found[:size], len(found) > size
        lines = [
            f"<CommonPrefixes><Prefix>{escape(k)}</Prefix></CommonPrefixes>"
            if common
            else f"<Contents><Key>{escape(k)}</Key><LastModified>{self.objects[k].modified:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
            f"<ETag>{escape(self.objects[k].etag)}</ETag><Size>{len(self.objects[k].data)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for k, common in page
        ]
        token = f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>" if more else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{self.bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount><MaxKeys>{size}</MaxKeys>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{''.join(lines)}</ListBucketResult>"
        )


_FAULTS = {
    "500": (500, "InternalError", "We encountered an internal error. Please try again."),
    "503": (503, "SlowDown", "Please reduce your request rate."),
    "403": (403, "AccessDenied", "Access Denied"),
    "404": (404, "NoSuchBucket", "The specified bucket does not exist"),
}


def verify(asked: Asked, region: str, access_key: str, secret_key: str) -> None:
    """Signature Version 4 of a request with headers. Raises Refused with the code of the real store."""
    given = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
        asked.headers.get("authorization", ""),
    )
    if given is None:
        raise Refused(403, "AccessDenied", "Access Denied")
    name, day, place, signed, signature = given.groups()
    if name != access_key:
        raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    if place != region:
        raise Refused(400, "AuthorizationHeaderMalformed", f"the region '{place}' is wrong; expecting '{region}'")
    stamp = asked.headers.get("x-amz-date", "")
    when = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - when) > SKEW or not stamp.startswith(day):
        raise Refused(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
    digest = asked.headers.get("x-amz-content-sha256", "")
    if digest != (hashlib.sha256(asked.body).hexdigest() if asked.body else EMPTY):
        raise Refused(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
    names = signed.split(";")
    if not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names):
        raise Refused(403, "AccessDenied", "There were headers present in the request which were not signed")
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(asked.query.items()))
    path = quote(unquote(asked.path), safe="/-_.~")
    canonical = "\n".join([asked.method, path, query, *(f"{n}:{' '.join(asked.headers[n].split())}" for n in names), "", signed, digest])
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), signature):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")


async def _read(reader: asyncio.StreamReader) -> Asked:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target = lines[0].split(" ")[:2]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = re.sub(r"^http://[^/]+", "", target).partition("?")  # a proxy is told the whole address
    return Asked(method, path, dict(parse_qsl(query, keep_blank_values=True)), headers, body)


async def _send(writer: asyncio.StreamWriter, asked: Asked, status: int, headers: dict[str, str], body: bytes, cut: bool = False) -> None:
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{k}: {v}" for k, v in headers.items()), f"Content-Length: {len(body)}", "", ""]
    shown = b"" if asked.method == "HEAD" else body
    writer.write("\r\n".join(lines).encode() + (shown[: len(shown) // 2] if cut else shown))
    await writer.drain()


async def _main(port: int) -> None:
    store = await ObjectServer(access_key="DEMOACCESSKEY", secret_key="demo-object-store-secret").start(port)
    print("\n".join(f"{k}={v}" for k, v in store.environment.items()), flush=True)
    assert store.server is not None
    await store.server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8096)
    asyncio.run(_main(parser.parse_args().port))
