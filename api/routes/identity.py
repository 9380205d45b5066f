"""Handlers of identity verification and of the registry: sign in by face, a provider's callback, the operator's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

import auth
import documents
import knowledge
import tenants
import wiring
from api.kernel.route import Call, PageAnswer, route
from api.kernel.types import Answer, Page, Struct
from api.routes.auth import Done, SessionAnswer, _device, _phone_device, _session
from auth import identity_providers as idp
from auth.audiences import ALL, OPERATOR
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid

Name = Annotated[str, msgspec.Meta(max_length=60)]
Code = Annotated[str, msgspec.Meta(max_length=40)]
Secret = Annotated[str, msgspec.Meta(max_length=100)]


class Provider(Answer):
    """A way to prove who one is. ``kind``: redirect | miniprogram; ``id_types``: documents it knows."""

    code: str
    name: str
    kind: str
    audience: list[str]
    id_types: list[str]


class ProviderList(Answer):
    """The first is the one to offer first."""

    items: list[Provider]


class FaceStart(Struct):
    """``consent_version``: of the privacy text whose tick for face and document number was set; ``code``: of wx.login, for WeChat's own."""

    provider: Code
    name: Name
    id_type: Code
    id_no: Code
    consent_version: Annotated[str, msgspec.Meta(max_length=20)]
    audience: Annotated[str, msgspec.Meta(max_length=20)] = "h5"
    code: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    device_id: Secret | None = None
    bind_ticket: Secret | None = None


class FaceStarted(Answer):
    """``secret`` belongs to this device alone; the result is fetched with it."""

    session_id: UUID
    secret: str
    kind: str
    payload: dict[str, Any]
    expires_at: datetime


class FaceSecret(Struct):
    session_id: UUID
    secret: Secret
    audience: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    bind_ticket: Secret | None = None


class FaceFirm(Answer):
    """``role``: legal | agent; ``organisation_id`` null: made when one goes in."""

    uscc: str
    name: str
    role: str
    organisation_id: UUID | None


class FaceClaim(Answer):
    """``state``: pending | failed | verified."""

    state: str
    reason: str | None
    enterprises: list[FaceFirm]
    signed_in: SessionAnswer | None = None


class FaceEnter(FaceSecret, kw_only=True):
    uscc: Code


@route("GET", "/api/v1/auth/identity-providers", public=True, no_database=True, answer=ProviderList, tag="identity", summary="可用的身份核验服务")
async def identity_providers(ctx: Acting, call: Call) -> ProviderList:
    return ProviderList(
        items=[
            Provider(code=p.code, name=p.name, kind=p.kind, audience=list(p.audiences), id_types=list(p.id_types))
            for p in idp.providers().values()
        ]
    )


@route(
    "POST", "/api/v1/auth/face/start", public=True, no_database=True, body=FaceStart, answer=FaceStarted, status=201, rate_limit=(20, 60),
    tag="identity", summary="刷脸登录：开始核验",
    errors=("CONSENT_REQUIRED", "TEXT_CHANGED", "IDP_UNAVAILABLE", "IDP_REFUSED", "IDP_UNKNOWN", "WX_CODE_INVALID"),
)  # fmt: skip
async def start_face(ctx: Acting, call: Call) -> FaceStarted:
    body: FaceStart = call.body
    version = await _agreed(ctx, body.consent_version)
    provider = idp.provider_of(body.provider)
    if body.audience not in provider.audiences:
        raise Invalid([FieldError("audience", "CHOICE", f"{provider.name}不能在这里使用，请改用短信验证码或账号密码登录。")])
    hint = tenants.check_hint(ctx, provider, body.name, body.id_type, body.id_no)
    device = auth.device_hash(_phone_device(call), ctx.user_agent)
    made = await idp.begin(ctx, provider, hint, audience=body.audience, device=device, consent_version=version, code=body.code)
    return FaceStarted(session_id=made.session_id, secret=made.secret, kind=made.kind, payload=made.payload, expires_at=made.expires_at)


async def _agreed(ctx: Acting, version: str) -> int:
    """Nothing is taken down before the separate tick for face and document (P6). Raises Invalid, Conflict ``TEXT_CHANGED``."""
    if not version:
        text = "刷脸核验需要处理您的人脸和证件号，请先勾选同意；不同意也可以用短信验证码或账号密码登录。"
        raise Invalid([FieldError("consent_version", "CONSENT_REQUIRED", text)], code="CONSENT_REQUIRED")
    async with auth.wechat.apart(ctx):
        found = await knowledge.current(ctx.db, "privacy")
    if version != str(found.version):
        raise Conflict("TEXT_CHANGED", "隐私政策有新版本，请阅读后再同意。", version=str(found.version))
    return found.version


@route(
    "POST", "/api/v1/auth/face/claim", public=True, no_database=True, body=FaceSecret, answer=FaceClaim, rate_limit=(120, 60),
    tag="identity", summary="刷脸登录：取核验结果", errors=("FACE_SESSION_ENDED",),
)  # fmt: skip
async def claim_face(ctx: Acting, call: Call) -> FaceClaim:
    device = auth.device_hash(_phone_device(call), ctx.user_agent)
    found = await tenants.claim_face(ctx, call.body.session_id, call.body.secret, device, _device(call))
    signed = None
    if found.signed is not None:
        async with auth.wechat.apart(ctx):
            signed = await _session(ctx, call, found.signed)
    firms = [FaceFirm(uscc=f.uscc, name=f.name, role=f.role, organisation_id=f.organisation_id) for f in found.enterprises]
    return FaceClaim(state=found.state, reason=found.reason, enterprises=firms, signed_in=signed)


@route(
    "POST", "/api/v1/auth/face/enter", public=True, body=FaceEnter, answer=SessionAnswer, rate_limit=(30, 60), tag="identity",
    summary="刷脸登录：进入一家企业", errors=("FACE_SESSION_ENDED", "FACE_NOT_VERIFIED", "REGISTRY_MISMATCH", "NOT_IN_REGISTRY"),
)  # fmt: skip
async def enter_by_face(ctx: Acting, call: Call) -> SessionAnswer:
    body: FaceEnter = call.body
    device = auth.device_hash(_phone_device(call), ctx.user_agent)
    signed, version = await tenants.enter_by_face(ctx, body.session_id, body.secret, device, _device(call), body.uscc)
    text = await knowledge.of_version(ctx.db, "privacy", version)
    for purpose in ("privacy", "face"):
        await auth.my_data.give_consent(ctx, purpose, str(text.version), text.sha256)
    return await _session(ctx, call, signed)


@route(
    "POST", "/api/v1/auth/face/link", authenticated=True, audience=ALL, body=FaceSecret, answer=Done, step_up="identity.link", rate_limit=(20, 60),
    tag="identity", summary="把已核验的证件绑定到本账号，以后可刷脸登录（需再次验证）",
    errors=("STEP_UP_REQUIRED", "FACE_SESSION_ENDED", "FACE_NOT_VERIFIED", "NAME_DIFFERS", "DOCUMENT_TAKEN"),
)  # fmt: skip
async def link_face(ctx: Acting, call: Call) -> Done:
    device = auth.device_hash(_phone_device(call), ctx.user_agent)
    await tenants.link_face(ctx, call.body.session_id, call.body.secret, device)
    return Done()


class ChangePhone(Struct):
    """``code`` was sent to the new phone with purpose ``change-phone``."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    code: Annotated[str, msgspec.Meta(min_length=6, max_length=6)]


class PhoneChanged(Answer):
    phone_masked: str


@route(
    "POST", "/api/v1/auth/phone/change", authenticated=True, audience=ALL, body=ChangePhone, answer=PhoneChanged, rate_limit=(20, 60),
    tag="identity", summary="更换手机号（需再次验证；刚刷脸登录、还没有手机号的直接绑定）",
    errors=("STEP_UP_REQUIRED", "PHONE_TAKEN", "PHONE_ABROAD", "SAME_PHONE", "SMS_CODE"),
)  # fmt: skip
async def change_phone(ctx: Acting, call: Call) -> PhoneChanged:
    if await auth.has_phone(ctx) or not auth.freshly_proved(ctx):
        operation = auth.operation_of("POST", call.request.path, call.request.body)
        await auth.consume_step_up(ctx, call.request.headers.get("x-step-up", ""), "phone.change", operation)
    device = auth.device_hash(_phone_device(call), ctx.user_agent)
    return PhoneChanged(phone_masked=await auth.change_phone(ctx, call.body.phone, call.body.code, device))


@route("POST", "/idp/<provider:str>/callback", public=True, rate_limit=(600, 60), tag="identity", summary="核验服务的回调", errors=("CALLBACK_REFUSED",))
async def provider_callback(ctx: Acting, call: Call, provider: str) -> PageAnswer:
    await idp.take_callback(ctx, provider, dict(call.request.headers.items()), call.request.body[:65_536])
    return PageAnswer('{"status":"ok"}', "application/json")


# The registry -------------------------------------------------------------------------------------------------------------


class RegistryQuery(Page):
    """``state``: active, ended, masked (matched by hand), changed (another representative within 90 days)."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    state: Code = ""


class ImportQuery(Struct):
    dry_run: bool = True


class RowFault(Answer):
    path: str
    code: str
    message: str


class RegistryImported(Answer):
    """What the file does; rows with errors are left out. ``masked``: to be matched by hand; ``representatives``: changed (V7)."""

    rows: int
    added: int
    changed: int
    unchanged: int
    masked: int
    representatives: int
    errors: list[RowFault]


class TaskQuery(Page):
    """``state``: open, closed or empty for all."""

    state: Code = "open"


class TaskOutcome(Struct):
    """``confirmed``: the claimant is the representative; ``dismissed``: looked at, nothing changes."""

    outcome: Code = "dismissed"
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    version: Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)] | None = None


@route(
    "GET", "/api/v1/ops/registry", permission="ops.registry.read", audience=OPERATOR, query=RegistryQuery, answer=tenants.RegistryLines,
    tag="identity", summary="企业库",
)  # fmt: skip
async def list_registry(ctx: Acting, call: Call) -> tenants.RegistryLines:
    return await tenants.list_registry(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/ops/registry", permission="ops.registry.import", audience=OPERATOR, query=ImportQuery, upload=True, idempotent=True,
    answer=RegistryImported, tag="identity", summary="导入企业库（CSV 或 Excel），先试运行", errors=("HEADINGS", "TOO_MANY_ROWS"),
)  # fmt: skip
async def import_registry(ctx: Acting, call: Call) -> RegistryImported:
    file = (call.files.get("file") or [None])[0]
    if file is None:
        raise Invalid([FieldError("file", "REQUIRED", "请选择 CSV 或 Excel（xlsx）文件。")])
    table = await _table(file.body)
    made = await wiring.import_table(ctx, table, source=file.name, dry_run=call.query.dry_run, most=tenants.ROWS_OVER_HTTP)
    errors = [RowFault(path=e.path, code=e.code, message=e.message) for e in (made.errors or [])[:500]]
    return RegistryImported(
        rows=made.rows, added=made.added, changed=made.changed, unchanged=made.unchanged, masked=made.masked,
        representatives=made.representatives, errors=errors,
    )  # fmt: skip


async def _table(data: bytes) -> Sequence[Sequence[object]]:
    """The first sheet of a workbook, read in a process of its own, or a CSV file."""
    if data[:2] != b"PK":
        return tenants.read_csv(data)
    return (await documents.read_upload(data, {"": (tenants.ROWS_OVER_HTTP + 11, 12)}))[""]


@route(
    "GET", "/api/v1/ops/registry/tasks", permission="ops.registry.read", audience=OPERATOR, query=TaskQuery, answer=tenants.RegistryTaskLines,
    tag="identity", summary="企业库待核实任务",
)  # fmt: skip
async def list_registry_tasks(ctx: Acting, call: Call) -> tenants.RegistryTaskLines:
    return await tenants.list_registry_tasks(ctx, **msgspec.structs.asdict(call.query))


@route(
    "POST", "/api/v1/ops/registry/tasks/<task_id:str>/close", permission="ops.registry.import", audience=OPERATOR, body=TaskOutcome, answer=Done,
    idempotent=True, tag="identity", summary="办结一项核实任务", errors=("STALE_VERSION",),
)  # fmt: skip
async def close_registry_task(ctx: Acting, call: Call, task_id: UUID) -> Done:
    await tenants.close_registry_task(ctx, task_id, outcome=call.body.outcome, note=call.body.note, version=call.body.version)
    return Done()
