"""Handlers of evidence files."""

from datetime import datetime
from uuid import UUID

import msgspec

import filing
import water
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Month, Struct
from auth.audiences import ENTERPRISE
from core.database import Acting
from core.errors import FieldError, Invalid


class EvidenceAnswer(Answer):
    id: UUID
    month: str | None
    item_id: UUID | None
    kind: str
    name: str
    content_type: str
    size: int
    uploaded_at: datetime


class EvidenceList(Answer):
    items: list[EvidenceAnswer]
    total: int


class EvidenceQuery(Struct):
    month: Month


@route("POST", "/api/v1/evidence", permission="evidence.upload", audience=ENTERPRISE, upload=True, answer=EvidenceAnswer, status=201, idempotent=True, summary="上传凭证（表单：file、month、item_id、kind）")
async def upload_evidence(ctx: Acting, call: Call) -> EvidenceAnswer:
    name, data, form = upload_of(call)
    made = await filing.add_evidence(ctx, month=form.get("month") or None, item_id=_id(form.get("item_id")), kind=form.get("kind") or "line", name=name, data=data)
    return msgspec.convert(made, EvidenceAnswer, from_attributes=True)


def upload_of(call: Call) -> tuple[str, bytes, dict[str, str]]:
    """The one uploaded file and the form's other fields. Raises Invalid."""
    files = call.files.get("file") or []
    if len(files) != 1 or not files[0].body:
        raise Invalid([FieldError("file", "REQUIRED", "请选择一个文件上传。")])
    form = {k: v[0] for k, v in (call.request.form or {}).items()}
    return files[0].name or "file", files[0].body, form


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid([FieldError("item_id", "FORMAT", "填报项编号不对，请刷新后重试。")]) from None


@route("GET", "/api/v1/evidence", permission="evidence.read", audience=ENTERPRISE, query=EvidenceQuery, answer=EvidenceList, summary="一个月的凭证")
async def list_evidence(ctx: Acting, call: Call) -> EvidenceList:
    items = [msgspec.convert(e, EvidenceAnswer, from_attributes=True) for e in await filing.list_evidence(ctx, call.query.month)]
    return EvidenceList(items=items, total=len(items))


@route("GET", "/api/v1/evidence/<evidence_id>", permission="evidence.read", audience=ENTERPRISE, summary="下载凭证")
async def get_evidence(ctx: Acting, call: Call, evidence_id: UUID) -> FileAnswer:
    name, kind, data = await filing.read_evidence(ctx, evidence_id)
    return FileAnswer(data, kind, name)


@route("DELETE", "/api/v1/evidence/<evidence_id>", permission="evidence.upload", audience=ENTERPRISE, summary="删除未提交的凭证")
async def delete_evidence(ctx: Acting, call: Call, evidence_id: UUID) -> None:
    await water.refuse_named(ctx, evidence_id)
    await filing.drop_evidence(ctx, evidence_id)
