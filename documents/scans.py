"""Stamped scans 盖章扫描件 (R13): a PDF or up to nine photographs become one PDF of upright page pictures, and their form codes are read.

The cheap questions (how many, how large, what kind) are asked here; whatever opens a file runs in a limited child process that holds
no secret (:mod:`documents.scan_child`). What leaves it was drawn anew, so nothing that hid in the upload is left.
"""

import asyncio
import json
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import FieldError, Invalid, Unavailable
from core.files import kind_of

MB = 1_000_000
PHOTO_LIMIT, PDF_LIMIT = 10 * MB, 20 * MB
PHOTOS, PAGES = 9, 20
SECONDS = 30.0
_CHILD = Path(__file__).with_name("scan_child.py")
_room = asyncio.Semaphore(2)

WORDS = {
    "damaged": "文件打不开，可能已损坏或不完整。请重新拍照，或用扫描软件另存为 PDF 后再上传。",
    "tail": "PDF 里夹带了别的内容，不能接收。请用“打印为 PDF”另存一份，或直接拍照上传。",
    "active": "PDF 里有脚本、附件或自动动作，不能接收。请用“打印为 PDF”另存一份，或直接拍照上传。",
    "encrypted": "PDF 设了密码，无法核对。请去掉密码后再上传，或直接拍照上传。",
    "bomb": "文件展开后过大，不能接收。请直接拍照上传。",
    "picture": "图片尺寸过大，请把相机的照片大小调低后重拍。",
    "small": "照片太小，看不清公章和文字。请重新拍照，让表格占满画面。",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """``pdf``: page pictures, upright. ``pages``: codes, turned (degrees), width, height of each page of this upload."""

    pdf: bytes
    pages: list[dict[str, Any]]
    original: bytes | None


async def read_scan(files: Sequence[tuple[str, bytes]], head: str, former: bytes = b"") -> Scan:
    """Check, turn upright and join ``(name, bytes)``; ``head``: how our codes begin; ``former``: a PDF of ours that goes before.

    Raises Invalid naming the file and the remedy; Unavailable when the machine is busy.
    """
    kinds = _look(files)
    order = {"sizes": [len(former), *(len(d) for _, d in files)], "kinds": kinds, "most": PAGES, "head": head}
    answer, pdf = await _ask(order, [former, *(d for _, d in files)])
    if "refused" in answer:
        raise _refusal(files, answer["file"], answer["refused"], answer)
    return Scan(pdf, answer["pages"], files[0][1] if kinds == ["pdf"] else None)


def _look(files: Sequence[tuple[str, bytes]]) -> list[str]:
    if not files:
        raise Invalid([FieldError("file", "REQUIRED", "请选择盖章后的申请表：一份 PDF，或最多 9 张照片。")])
    if len(files) > PHOTOS:
        raise Invalid([FieldError("file", "TOO_MANY", f"一次最多 {PHOTOS} 张照片，现在选了 {len(files)} 张。请去掉多余的再上传。")])
    faults, kinds = [], []
    for number, (_, data) in enumerate(files):
        kind = kind_of(data)
        kinds.append(kind)
        if fault := _fault(kind, len(data)):
            faults.append(FieldError(_path(files, number), *fault))
    if not faults and "pdf" in kinds and len(kinds) > 1:
        faults.append(FieldError("file", "ONE_PDF", "PDF 只能单独上传一份；照片可以一次选多张。请分开选择。"))
    if faults:
        raise Invalid(faults, code=faults[0].code if len(faults) == 1 else "INVALID")
    return kinds


def _fault(kind: str, size: int) -> tuple[str, str] | None:
    if size == 0:
        return "EMPTY", "文件是空的，请重新选择。"
    if kind == "heic":
        return (
            "HEIC",
            "暂不支持 HEIC 照片。请在手机“设置 → 相机 → 格式”中选“兼容性最佳”后重拍；或打开照片，存为 JPG 后再上传。",
        )
    if kind not in ("pdf", "jpg", "png"):
        return "FILE_TYPE", "只能上传 PDF、JPG、PNG。请直接拍照，或用扫描软件存为 PDF 后再上传。"
    if kind == "pdf" and size > PDF_LIMIT:
        return "TOO_LARGE", f"PDF {size / MB:.1f} MB，超过 20 MB。请用扫描软件降低清晰度（150 dpi 即可）后再上传。"
    if kind != "pdf" and size > PHOTO_LIMIT:
        return "TOO_LARGE", f"照片 {size / MB:.1f} MB，超过 10 MB。请在相机设置里调低照片大小后重拍，或用扫描软件存为 PDF 再上传。"
    return None


def _path(files: Sequence[tuple[str, bytes]], number: int) -> str:
    return "file" if len(files) == 1 else f"file[{number}]"


def _refusal(files: Sequence[tuple[str, bytes]], number: int, code: str, facts: dict[str, Any]) -> Invalid:
    text = WORDS.get(code) or WORDS["damaged"]
    if code == "pages":
        text = f"PDF 有 {facts['pages']} 页，盖章的申请表最多 {PAGES} 页。请只保留申请表后再上传。"
    name = {"damaged": "DAMAGED", "pages": "PAGES", "small": "TOO_SMALL", "picture": "PICTURE_TOO_LARGE"}.get(code, "FILE_UNSAFE")
    return Invalid([FieldError(_path(files, number), name, text)], code=name)


async def _ask(order: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, Any], bytes]:
    head = json.dumps(order).encode()
    try:
        async with asyncio.timeout(SECONDS):
            await _room.acquire()
    except TimeoutError:
        raise Unavailable("正在处理的照片较多，请稍后重试，填写内容没有丢。", code="SCAN_BUSY") from None
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(_CHILD), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                out, _ = await child.communicate(struct.pack(">I", len(head)) + head + b"".join(blobs))
        except TimeoutError:
            return {"refused": "bomb", "file": 0}, b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    finally:
        _room.release()
    if child.returncode != 0 or len(out) < 4:
        return {"refused": "bomb", "file": 0}, b""
    (length,) = struct.unpack(">I", out[:4])
    answer: dict[str, Any] = json.loads(out[4 : 4 + length])
    return answer, out[4 + length :]


__all__ = ["PAGES", "PHOTOS", "Scan", "read_scan"]
