"""Where stored bytes lie 存储: the local disk by default, an S3-compatible object store when ``S3_BUCKET`` is set. The same keys in both.

A key is ``<tenant>/<sha256>``. A blob is written whole or not at all and is never changed, so every operation here may be repeated:
that is why reads and writes alike are tried again after a 5xx, a cut connection or a timeout. Whatever stays wrong with the store
outside is :class:`StoreDown`: 503 with a remedy for the person, one line with the reason in the log for the operator, and no row is
written, because the transaction that wanted the blob ends with it.
"""

import asyncio
import contextlib
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import aiofiles
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Client

from core import logs
from core.errors import Unavailable
from core.ids import new_id
from core.settings import Settings, settings

if TYPE_CHECKING:
    from obstore.store import S3Credential

CHUNK = 1024 * 1024
PAGE = 500
RETRIES = 3
CONNECT_SECONDS = 3
SLOW_SECONDS = 3  # an operation that takes longer may be hanging
REST_SECONDS = 2  # after an operation that failed for good, how long the next are refused at once
KEY = re.compile(r"[0-9a-f-]{36}/[0-9a-f]{64}")


class StoreDown(Unavailable):
    """The object store outside cannot be used now. ``reason``: away, denied, bucket, refused (for the log and the system's page)."""

    def __init__(self, reason: str, act: str = "get") -> None:
        what = "这一次没有保存，也没有改动任何数据" if act == "put" else "文件取不出来，内容没有丢"
        super().__init__(f"文件存储暂时连不上，{what}。请稍后重试；多次不成请联系平台运营并报编号。", code="FILE_STORE_DOWN", retry_after=5)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Blob:
    """One entry of a listing. ``key`` as it lies there (a broken temporary file keeps its own name); ``modified`` in seconds since 1970."""

    key: str
    modified: float


class Store(Protocol):
    """Where bytes lie. Errors besides those named: StoreDown."""

    async def put(self, key: str, data: bytes) -> None:
        """Store durably, or not at all. The same key again makes the blob young, so that a sweep leaves it alone."""

    async def get(self, key: str) -> bytes:
        """The bytes. Raises FileNotFoundError."""

    async def fetch(self, key: str, target: Path) -> None:
        """Copy a blob into a file, piece by piece. Raises FileNotFoundError."""

    def pages(self) -> AsyncIterator[list[Blob]]:
        """Everything that lies there, a page at a time, the keys of one organisation one after another."""

    async def remove(self, key: str, horizon: float) -> bool:
        """Take a blob away unless it was stored again after ``horizon``; False then. One that is gone already counts as taken."""

    async def reach(self) -> None:
        """Nothing when the store answers and may be used."""


class LocalStore:
    """Files under one folder; written to a temporary name, flushed, renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where a key lies. Keys are made by us: ``<uuid>/<hex>``."""
        return self.root / _checked(key)

    async def put(self, key: str, data: bytes) -> None:
        """Write durably. An existing blob only becomes young again."""
        path = self.path(key)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:16]}.{new_id().hex}")
        async with aiofiles.open(temporary, "wb") as out:
            await out.write(data)
            await out.flush()
            await asyncio.to_thread(os.fsync, out.fileno())
        os.replace(temporary, path)
        await asyncio.to_thread(_sync_folder, path.parent)

    async def get(self, key: str) -> bytes:
        """Read a blob. Raises FileNotFoundError."""
        async with aiofiles.open(self.path(key), "rb") as source:
            return bytes(await source.read())

    async def fetch(self, key: str, target: Path) -> None:
        """Copy a blob. Raises FileNotFoundError."""
        await asyncio.to_thread(shutil.copyfile, self.path(key), target)

    async def pages(self) -> AsyncIterator[list[Blob]]:
        """One page per organisation's folder, names in order."""
        for folder in await asyncio.to_thread(_folders, self.root):
            yield await asyncio.to_thread(_blobs, folder)

    async def remove(self, key: str, horizon: float) -> bool:
        """Take the file away; put it back when somebody stored it again in between."""
        return await asyncio.to_thread(_remove, self.root / key, horizon)

    async def reach(self) -> None:
        """The disk is there, or the first upload makes the folder."""


class S3Store:
    """One bucket of an S3-compatible store. The library works in threads of its own: the event loop only waits.

    Who waits for a file holds a database connection, so a store that hangs may not hold more than half of them: the rest of the
    product goes on.
    """

    def __init__(self, place: Settings) -> None:
        self._seconds = place.s3_timeout_seconds
        self._client = _client(place)
        self._most = max(2, place.pool_max // 2)
        self._under_way: dict[object, float] = {}
        self._rest_until = 0.0

    async def put(self, key: str, data: bytes) -> None:
        """One signed PUT with the digest of the body: the store takes all of it or nothing. Never in parts, whose leftovers nobody sweeps."""
        async with self._guard("put"):
            await self._client.put_async(_checked(key), data, use_multipart=False)

    async def get(self, key: str) -> bytes:
        """The bytes, piece by piece; an answer that breaks off goes on from there. Raises FileNotFoundError."""
        data = bytearray()
        async with self._guard("get"):
            async for chunk in (await self._client.get_async(_checked(key))).stream(min_chunk_size=CHUNK):
                data += chunk
        return bytes(data)

    async def fetch(self, key: str, target: Path) -> None:
        """Copy a blob into a file, piece by piece. Raises FileNotFoundError."""
        async with self._guard("get"), aiofiles.open(target, "wb") as out:
            async for chunk in (await self._client.get_async(_checked(key))).stream(min_chunk_size=CHUNK):
                await out.write(chunk)

    async def pages(self) -> AsyncIterator[list[Blob]]:
        """By listing the bucket; keys come in order."""
        found = obstore.list(self._client, chunk_size=PAGE)
        while True:
            async with self._guard("list"):
                page = await anext(found, None)
            if page is None:
                return
            yield [Blob(o["path"], o["last_modified"].timestamp()) for o in page]

    async def remove(self, key: str, horizon: float) -> bool:
        """Look once more at its age, then delete. What is uploading meanwhile is kept out by the lock of :mod:`core.files`."""
        async with self._guard("delete"):
            try:
                meta = await self._client.head_async(key)
            except FileNotFoundError:
                return True
            if meta["last_modified"].timestamp() >= horizon:
                return False
            await self._client.delete_async(key)
        return True

    async def reach(self) -> None:
        """List nothing: proves the address, the keys and the bucket."""
        async with self._guard("reach"):
            await anext(obstore.list(self._client, prefix="reach"), None)

    @asynccontextmanager
    async def _guard(self, act: str) -> AsyncIterator[None]:
        """Bound an operation with all its tries in time, and turn what the library says into ours.

        The library's text quotes the address and the answer; only the kind of fault goes on, into the log and to the caller.
        """
        reason, began, mark = "", time.monotonic(), object()
        if began < self._rest_until or (len(self._under_way) >= self._most and began - min(self._under_way.values()) > SLOW_SECONDS):
            raise StoreDown("away", act)
        self._under_way[mark] = began
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                raise FileNotFoundError(act) from None
            reason = "bucket"
        except TimeoutError:
            reason = "away"
        except BaseError as error:
            reason = _reason(error)
        finally:
            del self._under_way[mark]
        if reason:
            now = time.monotonic()
            if reason == "away":
                self._rest_until = now + REST_SECONDS
            logs.warn("object store", act=act, reason=reason, ms=int((now - began) * 1000))
            raise StoreDown(reason, act)


REMEDIES = {
    "away": ("连接不上或不应答", "请检查网络、域名解析和对象存储服务；文件的上传和下载会一直报 503，其余功能照常。"),
    "denied": ("拒绝了密钥或权限", "请核对 S3_ACCESS_KEY、S3_SECRET_KEY、S3_REGION、本机时钟，以及该密钥对桶的读、写、列举、删除权限。"),
    "bucket": ("没有这个桶", "请核对 S3_BUCKET 和 S3_PATH_STYLE，或先建桶；桶由运营方建立，程序不会自动建。"),
    "refused": ("不接受请求", "请核对 S3_ENDPOINT 是否为 S3 兼容接口的地址，并查看对象存储一侧的日志。"),
}


def _reason(error: BaseError) -> str:
    text = str(error).split("\n", 1)[0]
    if "NoSuchBucket" in text:
        return "bucket"
    if re.search(r"status code: (401|403) |AuthorizationHeaderMalformed", text):
        return "denied"
    return "refused" if re.search(r"status code: 4\d\d ", text) else "away"


def _client(place: Settings) -> Client:
    """Configured from our settings only: what AWS_… says in the environment must not change where files go or with whose keys."""
    endpoint = place.s3_endpoint.rstrip("/")
    if not place.s3_path_style:  # the library wants the bucket in the address then
        parts = urlsplit(endpoint)
        endpoint = f"{parts.scheme}://{place.s3_bucket}.{parts.netloc}"
    keys: S3Credential = {"access_key_id": place.s3_access_key, "secret_access_key": place.s3_secret_key, "token": None, "expires_at": None}
    return Client(
        place.s3_bucket,
        config={
            "endpoint": endpoint, "region": place.s3_region, "virtual_hosted_style_request": not place.s3_path_style,
            "skip_signature": False, "unsigned_payload": False, "disable_bulk_delete": True, "request_payer": False,
        },
        client_options={
            "allow_http": endpoint.startswith("http://"), "allow_invalid_certificates": False,
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS), "timeout": timedelta(seconds=place.s3_timeout_seconds / 2),
        },
        retry_config={
            "max_retries": RETRIES, "retry_timeout": timedelta(seconds=place.s3_timeout_seconds),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
        },
        credential_provider=lambda: keys,
    )  # fmt: skip


@lru_cache(maxsize=4)
def _s3(place: Settings) -> S3Store:
    return S3Store(place)


def store_of(place: Settings) -> Store:
    """The store that these settings name; connections of an object store are kept."""
    return _s3(place) if place.s3_bucket else LocalStore(place.var / "files")


def store() -> Store:
    """The store of this install."""
    return store_of(settings)


def age_hours(blob: Blob) -> int:
    """Whole hours since a blob was stored."""
    return int((datetime.now(UTC).timestamp() - blob.modified) // 3600)


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []


def _blobs(folder: Path) -> list[Blob]:
    found = []
    for entry in sorted(folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):  # renamed or swept meanwhile
            found.append(Blob(f"{folder.name}/{entry.name}", entry.stat().st_mtime))
    return found


def _remove(path: Path, horizon: float) -> bool:
    aside = path.with_name(f".gone.{path.name}")
    try:
        os.replace(path, aside)
    except FileNotFoundError:
        return True
    if aside.stat().st_mtime >= horizon and not path.exists():
        os.replace(aside, path)
        return False
    aside.unlink()
    return True
