"""Every refusal as ``application/problem+json`` (RFC 9457), in Chinese, with the remedy and the fields."""

import re
from typing import Any

import msgspec
from sanic import exceptions as sanic_errors
from sanic.response import HTTPResponse, raw

from api.kernel.types import ENCODER
from core.errors import FieldError, Invalid, Problem
from core.settings import settings

SANIC = {
    400: ("BAD_REQUEST", "请求格式有误，请检查后重试。"),
    404: ("NOT_FOUND", "没有这个地址，请检查链接是否完整。"),
    405: ("METHOD_NOT_ALLOWED", "这个地址不支持该操作。"),
    408: ("REQUEST_TIMEOUT", "网络较慢，请求没有收全，请重试，填写内容没有丢。"),
    413: ("TOO_LARGE", "请求头过大，服务没有接收。请清除本站的浏览器缓存后重试。"),
    414: ("URI_TOO_LONG", "链接过长，请检查后重试。"),
    416: ("RANGE", "请求的范围无效。"),
    417: ("EXPECTATION", "请求头有误。"),
    503: ("UNAVAILABLE", "暂时连不上服务，填写内容没有丢，请稍后重试。"),
}


def problem_response(problem: Problem, request_id: str, instance: str) -> HTTPResponse:
    """The answer for a refusal."""
    body: dict[str, Any] = {
        "type": f"urn:tanxiao:problem:{problem.code.lower()}",
        "title": problem.code,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
        "errors": [{"path": e.path, "code": e.code, "message": e.message} for e in problem.errors],
    }
    body.update({k: v for k, v in problem.extra.items() if k not in body})
    headers = {"Cache-Control": "no-store", "X-Request-Id": request_id, **problem.headers}
    return raw(ENCODER.encode(body), status=problem.status, content_type="application/problem+json", headers=headers)


def from_sanic(error: sanic_errors.SanicException) -> Problem:
    """What the framework itself refused."""
    code, detail = SANIC.get(error.status_code, ("REFUSED", "请求未被接受，请检查后重试。"))
    return Problem(code, detail, status=error.status_code, headers={k: str(v) for k, v in (error.headers or {}).items()})


def too_large(files: bool, size: int) -> Problem:
    """413 naming what came (bytes, as announced or read so far), the limit (where files are sent, or elsewhere) and the way out."""
    came = f"这次发来 {size / 1_000_000:.1f} MB"
    if files:
        detail = f"文件过大，没有保存：{came}，一次最多 20 MB。请压缩、降低扫描清晰度（150 dpi 即可）或拆成几个文件后再上传。"
    else:
        detail = f"内容过大，没有保存：{came}，这里最多 {settings.request_max_bytes // 1_000_000} MB。请删减或分几次提交。"
    return Problem("TOO_LARGE", detail, status=413)


def decode(kind: type, decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """Decode a body. Raises Invalid naming the path of the first fault."""
    if not body:
        raise Invalid([FieldError("", "REQUIRED", "请求内容为空，请填写后再提交。")])
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Invalid([translate(str(error))]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("BAD_JSON", "请求内容不是正确的 JSON，请检查后重试。", status=400) from None


def translate(message: str) -> FieldError:
    """msgspec's sentence as a field error with the sender's path."""
    text, _, where = message.partition(" - at `")
    path = re.sub(r"^\$\.?", "", where.rstrip("`")) if where else ""
    if match := re.search(r"missing required field `(\w+)`", text):
        return FieldError(_join(path, match[1]), "REQUIRED", "此项必填，请补充后再提交。")
    if match := re.search(r"contains unknown field `([^`]+)`", text):
        return FieldError(_join(path, match[1]), "UNKNOWN_FIELD", "不认识的字段，请去掉。")
    if "QUANTITY" in text:
        return FieldError(path, "QUANTITY", "请填数字：用半角数字，最多 12 位整数、6 位小数，不带单位和逗号（以字符串传递）。")
    if "Invalid enum value" in text:
        return FieldError(path, "CHOICE", "不在可选范围内，请从给出的选项中选择。")
    if "regex" in text:
        return FieldError(path, "FORMAT", "格式不对，请按示例填写。")
    if match := re.search(r"length (<=|>=) (\d+)", text):
        limit = f"最多 {match[2]} 个" if match[1] == "<=" else f"至少 {match[2]} 个"
        return FieldError(path, "LENGTH", f"长度不符：{limit}。")
    if match := re.search(r"Expected `(?:int|float)` (<=|>=|<|>) (\S+)", text):
        return FieldError(path, "RANGE", f"超出范围：应 {match[1]} {match[2]}。")
    if "got `null`" in text:
        return FieldError(path, "REQUIRED", "此项不能为空，请补充后再提交。")
    return FieldError(path, "TYPE", "类型不对，请检查后重填。")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
