"""Handlers of what belongs to the person: the privacy text, consents, a copy of one's data, being forgotten (P6, P7)."""

import io
import zipfile
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

import auth
import documents
import knowledge
import tenants
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Struct
from auth.audiences import ALL
from core.database import Acting
from core.errors import Conflict

STEP_UP = "personal_data"


class PrivacyAnswer(Answer):
    """The privacy text in force; a consent names ``version``."""

    version: str
    sha256: str
    title: str
    text: str
    effective: date


class GiveConsent(Struct):
    """``purpose``: privacy | face | sms_marketing | bank_contact; ``version``: of the privacy text that was shown."""

    purpose: Annotated[str, msgspec.Meta(max_length=30)]
    version: Annotated[str, msgspec.Meta(max_length=20)]


class ConsentAnswer(Answer):
    purpose: str
    purpose_name: str
    version: str
    given_at: datetime
    withdrawn_at: datetime | None


class ConsentList(Answer):
    items: list[ConsentAnswer]


class ExportAnswer(Answer):
    """``state``: ready | expired."""

    id: UUID
    state: str
    created_at: datetime
    expires_at: datetime


class ExportList(Answer):
    items: list[ExportAnswer]


class DeletionAnswer(Answer):
    """``until``: when the account is emptied; null: not asked."""

    until: datetime | None


class ReceiverAnswer(Answer):
    name: str
    purpose: str
    kinds: str
    since: datetime | None
    until: datetime | None


class ReceiverList(Answer):
    items: list[ReceiverAnswer]


@route("GET", "/api/v1/privacy", public=True, answer=PrivacyAnswer, rate_limit=(300, 60), tag="me", summary="隐私政策现行版本")
async def privacy(ctx: Acting, call: Call) -> PrivacyAnswer:
    found = await knowledge.current(ctx.db, "privacy")
    return PrivacyAnswer(version=str(found.version), sha256=found.sha256, title=found.title, text=found.text, effective=found.effective)


@route(
    "POST", "/api/v1/me/consents", authenticated=True, audience=ALL, body=GiveConsent, answer=ConsentList, status=201, tag="me",
    summary="同意（按事项，记录版本）", errors=("TEXT_CHANGED",),
)  # fmt: skip
async def give_consent(ctx: Acting, call: Call) -> ConsentList:
    found = await knowledge.current(ctx.db, "privacy")
    if call.body.version != str(found.version):
        raise Conflict("TEXT_CHANGED", "隐私政策有新版本，请阅读后再同意。", version=str(found.version))
    await auth.my_data.give_consent(ctx, call.body.purpose, str(found.version), found.sha256)
    return await _consents(ctx)


@route("GET", "/api/v1/me/consents", authenticated=True, audience=ALL, answer=ConsentList, tag="me", summary="我的同意记录")
async def my_consents(ctx: Acting, call: Call) -> ConsentList:
    return await _consents(ctx)


@route(
    "DELETE", "/api/v1/me/consents/<purpose:str>", authenticated=True, audience=ALL, answer=ConsentList, tag="me",
    summary="撤回同意", errors=("PRIVACY_NEEDED",),
)  # fmt: skip
async def withdraw_consent(ctx: Acting, call: Call, purpose: str) -> ConsentList:
    await auth.my_data.withdraw_consent(ctx, purpose)
    return await _consents(ctx)


async def _consents(ctx: Acting) -> ConsentList:
    return ConsentList(
        items=[
            ConsentAnswer(
                purpose=c.purpose, purpose_name=auth.my_data.PURPOSES[c.purpose], version=c.version, given_at=c.given_at, withdrawn_at=c.withdrawn_at
            )
            for c in await auth.my_data.consents(ctx)
        ]
    )


def _export(ctx: Acting, found: auth.my_data.Export) -> ExportAnswer:
    return ExportAnswer(id=found.id, state="ready" if found.expires_at > ctx.now else "expired", created_at=found.created_at, expires_at=found.expires_at)


@route(
    "POST", "/api/v1/me/exports", authenticated=True, audience=ALL, answer=ExportAnswer, status=201, step_up=STEP_UP, tag="me",
    summary="申请导出我的数据（需再次验证，24 小时内可下载）", errors=("STEP_UP_REQUIRED",),
)  # fmt: skip
async def ask_export(ctx: Acting, call: Call) -> ExportAnswer:
    return _export(ctx, await auth.my_data.ask_export(ctx))


@route("GET", "/api/v1/me/exports", authenticated=True, audience=ALL, answer=ExportList, tag="me", summary="我的导出")
async def my_exports(ctx: Acting, call: Call) -> ExportList:
    return ExportList(items=[_export(ctx, e) for e in await auth.my_data.exports(ctx)])


@route("GET", "/api/v1/me/exports/<id>/file", authenticated=True, audience=ALL, read_only=False, tag="me", summary="下载我的数据（JSON 与 Excel）")
async def export_file(ctx: Acting, call: Call, id: UUID) -> FileAnswer:
    facts = await auth.my_data.collect(ctx, id)
    assert ctx.person_id is not None
    facts["organisations"] = [msgspec.to_builtins(o) for o in await tenants.organisations_of(ctx, ctx.person_id)]
    return FileAnswer(_packed(facts), "application/zip", "我的数据.zip")


def _packed(facts: dict[str, Any]) -> bytes:
    """One archive: the JSON whole, and a workbook with a sheet for each list."""
    plain = msgspec.json.decode(msgspec.json.encode(facts))
    person = {"name": plain["name"], "phone": plain["phone"], "since": plain["since"]}
    lists = {
        "基本信息": ({"name": "姓名", "phone": "手机号", "since": "注册时间"}, [person]),
        "账号": ({"login_name": "账号", "status": "状态", "created_at": "创建时间", "password_changed_at": "改密时间"}, plain["accounts"]),
        "登录记录": ({"audience": "客户端", "device": "设备", "ip": "地址", "created_at": "登录时间", "last_seen": "最近使用", "ended_at": "结束时间"}, plain["sessions"]),
        "同意记录": ({"purpose": "事项", "version": "版本", "given_at": "同意时间", "withdrawn_at": "撤回时间"}, plain["consents"]),
        "所属企业": ({"name": "企业", "kind": "类型", "roles": "身份"}, plain["organisations"]),
    }
    tables = {
        name: (list(heads.values()), [["、".join(v) if isinstance(v := row.get(k), list) else v for k in heads] for row in rows or []])
        for name, (heads, rows) in lists.items()
    }
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.json", msgspec.json.format(msgspec.json.encode(plain), indent=1))
        archive.writestr("my-data.xlsx", documents.write_table(tables, widths=(20, 24, 18, 22, 22, 22)))
    return into.getvalue()


@route("GET", "/api/v1/me/deletion", authenticated=True, audience=ALL, answer=DeletionAnswer, tag="me", summary="注销申请的状态")
async def deletion(ctx: Acting, call: Call) -> DeletionAnswer:
    return DeletionAnswer(until=await auth.my_data.deletion(ctx))


@route(
    "POST", "/api/v1/me/deletion", authenticated=True, audience=ALL, answer=DeletionAnswer, status=201, step_up=STEP_UP, tag="me",
    summary="申请注销账号（需再次验证，7 天内可取消）", errors=("STILL_RESPONSIBLE", "STEP_UP_REQUIRED"),
)  # fmt: skip
async def ask_deletion(ctx: Acting, call: Call) -> DeletionAnswer:
    return DeletionAnswer(until=await auth.my_data.ask_deletion(ctx, await tenants.firms_without_me(ctx)))


@route("DELETE", "/api/v1/me/deletion", authenticated=True, audience=ALL, answer=DeletionAnswer, tag="me", summary="取消注销")
async def stop_deletion(ctx: Acting, call: Call) -> DeletionAnswer:
    await auth.my_data.stop_deletion(ctx)
    return DeletionAnswer(until=None)


@route("GET", "/api/v1/me/receivers", authenticated=True, audience=ALL, answer=ReceiverList, tag="me", summary="接收过我的个人信息的一方")
async def receivers(ctx: Acting, call: Call) -> ReceiverList:
    me = await auth.who_am_i(ctx)
    since = await auth.wechat.bound_since(ctx)
    found = []
    if me.phone_masked:
        found.append(ReceiverAnswer(name="短信服务商", purpose="发送验证码和提醒", kinds="手机号", since=None, until=None))
    if since is not None:
        found.append(ReceiverAnswer(name="微信（腾讯）", purpose="登录和微信提醒", kinds="微信标识", since=since, until=None))
    return ReceiverList(items=found)
