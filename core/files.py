"""Stored files 文件: bytes under ``<tenant>/<sha256>``, a row in ``file_blob`` in the business transaction (R13,
T14).

The blob is written first (:mod:`core.stores`: disk or object store), the row with the business rows: a row never
points at nothing; a blob without a row is swept after 24 hours. Content addressing stays inside an organisation.
The kind of a file is read from its first bytes, never from its name; pictures are decoded and written anew, so
what hid in them is gone.
"""

import asyncio
import contextlib
import hashlib
import io
import re
import time
import unicodedata
import zipfile
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from core.database import Acting, Db
from core.errors import FieldError, Invalid, NotFound, Problem
from core.ids import new_id
from core.stores import Blob, age_hours, store

MB = 1024 * 1024
SWEEP_AFTER = 24 * 3600
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
KIND_NAMES = {"pdf": "PDF", "jpg": "JPG", "png": "PNG", "xlsx": "Excel（xlsx）", "docx": "Word（docx）"}


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an upload is for decides which kinds and how large."""

    name: str
    kinds: frozenset[str]
    max_bytes: int


PURPOSES = {
    p.name: p
    for p in (
        Purpose("evidence", frozenset({"pdf", "jpg", "png"}), 10 * MB),
        Purpose("licence", frozenset({"pdf", "jpg", "png"}), 10 * MB),
        Purpose("form", frozenset({"pdf", "jpg", "png"}), 20 * MB),
        Purpose("sheet", frozenset({"xlsx"}), 20 * MB),
        Purpose("text", frozenset({"docx"}), 10 * MB),
    )
}


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file: what a business row points at."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its bytes."""

    ref: FileRef
    data: bytes


async def _digest(data: bytes) -> bytes:
    """In a thread: 20 MB would hold the event loop for a tenth of a second."""
    return await asyncio.to_thread(lambda: hashlib.sha256(data).digest())


def _key(tenant: UUID, sha256: str) -> str:
    return f"{tenant}/{sha256}"


async def save_file(ctx: Acting, name: str, data: bytes, purpose: str = "evidence", *, field: str = "file") -> FileRef:
    """Check, store and register an upload of the acting organisation; its row commits with the business rows.

    Raises Invalid naming ``field`` when the kind, the size or the content is not acceptable (R13).
    """
    checked, kind = await asyncio.to_thread(inspect, data, purpose, field)
    digest = await _digest(checked)
    key = _key(ctx.tenant, digest.hex())
    await ctx.db.run("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", key)  # a sweep may not take it from under the row
    await store().put(key, checked)
    ref = FileRef(new_id(), safe_name(name, kind), CONTENT_TYPES[kind], len(checked), digest.hex())
    await ctx.db.run(
        "insert into file_blob (tenant_id, id, sha256, size, content_type, name, purpose, uploaded_by, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ctx.tenant,
        ref.id,
        digest,
        ref.size,
        ref.content_type,
        ref.name,
        purpose,
        ctx.account_id,
        ctx.now,
    )
    return ref


async def open_file(ctx: Acting, file_id: UUID) -> StoredFile:
    """A file of the acting organisation with its bytes, checked against its digest. Raises NotFound."""
    row = await ctx.db.row(
        "select id, name, content_type, size, sha256 from file_blob where tenant_id = $1 and id = $2",
        ctx.tenant,
        file_id,
    )
    if row is None:
        raise NotFound("没有这个文件，或您无权查看。")
    digest = bytes(row["sha256"]).hex()
    try:
        data = await store().get(_key(ctx.tenant, digest))
    except FileNotFoundError:
        raise Problem("FILE_LOST", "文件暂时取不到，请联系平台运营并报编号。", status=503) from None
    if (await _digest(data)).hex() != digest:
        raise Problem("FILE_DAMAGED", "文件校验不一致，请联系平台运营并报编号。", status=503)
    return StoredFile(FileRef(row["id"], row["name"], row["content_type"], row["size"], digest), data)


async def drop_file(ctx: Acting, file_id: UUID) -> None:
    """Forget a file of the acting organisation; its bytes go with the next sweep. Raises NotFound."""
    if not await ctx.db.run("delete from file_blob where tenant_id = $1 and id = $2", ctx.tenant, file_id):
        raise NotFound("没有这个文件，或您无权查看。")


def inspect(data: bytes, purpose: str, field: str = "file") -> tuple[bytes, str]:
    """The bytes to store and their kind. Raises Invalid; runs in a thread (pictures are decoded)."""
    rule = PURPOSES[purpose]
    limit = rule.max_bytes // MB
    if not data:
        raise _refusal(field, "EMPTY", "文件是空的，请重新选择。")
    if len(data) > rule.max_bytes:
        raise _refusal(field, "TOO_LARGE", f"文件超过 {limit} MB，请压缩后再上传。")
    kind = kind_of(data)
    if kind == "heic":
        raise _refusal(
            field,
            "HEIC",
            "暂不支持 HEIC 照片。请在手机“设置 → 相机 → 格式”中选“兼容性最佳”后重拍，或另存为 JPG 再上传。",
        )
    if kind not in rule.kinds:
        allowed = "、".join(KIND_NAMES[k] for k in CONTENT_TYPES if k in rule.kinds)
        raise _refusal(field, "FILE_TYPE", f"只能上传 {allowed} 文件，请转换后再上传。")
    if kind in ("jpg", "png"):
        return _repaint(data, kind, field), kind
    if kind in ("xlsx", "docx"):
        _guard_archive(data, field)
    return data, kind


def kind_of(data: bytes) -> str:
    """Kind by the first bytes: pdf jpg png xlsx docx heic, else ``unknown``. The name is not asked."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheim", b"ftypmif1", b"ftypmsf1", b"ftypavif"):
        return "heic"
    if data.startswith(b"PK\x03\x04"):
        with contextlib.suppress(zipfile.BadZipFile, ValueError, OSError), zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names:
                return "xlsx" if "xl/workbook.xml" in names else "docx" if "word/document.xml" in names else "unknown"
    return "unknown"


def _repaint(data: bytes, kind: str, field: str) -> bytes:
    """Decode within bounds and write anew: no metadata, no appended bytes, no script in disguise."""
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG" if kind == "jpg" else "PNG"]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise Image.DecompressionBombError
            picture.load()
            out = io.BytesIO()
            if kind == "jpg":
                turned = _upright(picture)
                turned.convert("RGB").save(out, "JPEG", quality=90, optimize=False)
            else:
                mode = picture.mode if picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else "RGBA"
                picture.convert(mode).save(out, "PNG")
    except Image.DecompressionBombError:
        raise _refusal(field, "PICTURE_TOO_LARGE", "图片尺寸过大，请缩小到 12000 像素以内再上传。") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise _refusal(field, "PICTURE_DAMAGED", "图片打不开，可能已损坏，请重新拍照或另存后再上传。") from None
    return out.getvalue()


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture) or picture


def _guard_archive(data: bytes, field: str) -> None:
    """Office files are archives: bound members and unpacked size before anything opens them (R13)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    unpacked = sum(m.file_size for m in members)
    if len(members) > 2000 or unpacked > 200 * MB or unpacked > max(MB, 200 * len(data)):
        raise _refusal(field, "ARCHIVE", "文件内部过大，请只保留需要的工作表或内容后再上传。")
    if any(m.filename.startswith(("/", "\\")) or ".." in m.filename.split("/") for m in members):
        raise _refusal(field, "ARCHIVE", "文件结构异常，请用 Office 或 WPS 另存后再上传。")


def _refusal(field: str, code: str, message: str) -> Invalid:
    return Invalid([FieldError(field, code, message)])


def safe_name(name: str, kind: str) -> str:
    """A name safe to show and to save: no path, no control or direction marks, the right ending."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(c for c in base if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*\u2028\u2029').strip(" .")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", base)[:90].strip(" .") or "文件"
    return f"{stem}.{kind}"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A blob without a row, old enough to go."""

    tenant: UUID
    sha256: str
    age_hours: int


async def sweep(db: Db, *, dry: bool = False, older_than: int = SWEEP_AFTER) -> list[Orphan]:
    """Remove blobs that no row points at and that are older than 24 hours; ``dry`` only lists them. Raises StoreDown."""
    gone: list[Orphan] = []
    async for page in store().pages():
        old = [b for b in page if b.modified < time.time() - older_than]
        for folder, blobs in groupby(old, lambda b: b.key.split("/", 1)[0]):
            with contextlib.suppress(ValueError):  # a folder that is no organisation's is not ours to sweep
                gone += await _sweep_folder(db, UUID(folder), list(blobs), dry, older_than)
    await db.run("select set_config('app.tenant', '', true)")
    return gone


async def _sweep_folder(db: Db, tenant: UUID, old: list[Blob], dry: bool, older_than: int) -> list[Orphan]:
    await db.run("select set_config('app.tenant', $1, true)", str(tenant))
    known = await db.rows(
        "select encode(sha256, 'hex') as sha from file_blob where tenant_id = $1 and encode(sha256, 'hex') = any($2)",
        tenant,
        [b.key.partition("/")[2] for b in old],
    )
    kept = {_key(tenant, r["sha"]) for r in known}
    return [
        Orphan(tenant, blob.key.partition("/")[2], age_hours(blob))
        for blob in old
        if blob.key not in kept and (dry or await _take(db, tenant, blob, older_than))
    ]


async def _take(db: Db, tenant: UUID, blob: Blob, older_than: int) -> bool:
    """Remove one blob unless an upload of the same bytes holds it or has committed its row since; the next night looks again."""
    if not await db.value("select pg_try_advisory_lock(hashtextextended($1, 0))", blob.key):
        return False
    try:
        sha = blob.key.partition("/")[2]
        if await db.value("select true from file_blob where tenant_id = $1 and encode(sha256, 'hex') = $2 limit 1", tenant, sha):
            return False
        return await store().remove(blob.key, time.time() - older_than)
    finally:
        await db.run("select pg_advisory_unlock(hashtextextended($1, 0))", blob.key)
