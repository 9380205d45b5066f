"""Handlers of organisations: registration, profile and licence, members and invitations, regions and industries."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

import auth
import filing
import tenants
from api.kernel.route import Call, route
from api.kernel.types import Page, Quantity, Struct
from auth.audiences import ALL, ENTERPRISE
from core.database import Acting
from core.errors import FieldError, Invalid

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=30)]
Word = Annotated[str, msgspec.Meta(max_length=50)]
Account = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Token = Annotated[str, msgspec.Meta(min_length=20, max_length=100)]
Roles = Annotated[list[Annotated[str, msgspec.Meta(max_length=30)]], msgspec.Meta(max_length=10)]
Prose = Annotated[str, msgspec.Meta(max_length=4000)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]


class Register(Struct):
    """Self-registration of an enterprise (L3, T1). Region and industry may be filled in later."""

    organisation_name: Name
    uscc: Code
    name: Word
    phone: Code
    account: Account
    password: Password
    sms_code: Annotated[str, msgspec.Meta(max_length=10)]
    region: Code | None = None
    industry: Code | None = None


class EditProfile(Struct):
    """FD1 without what belongs to the operator (name, USCC, status)."""

    version: Version
    industry: Code
    region: Code
    nature: Word
    address: Prose
    contact_name: Word
    contact_phone: Word
    registered_capital: Quantity | None = None
    established_on: date | None = None
    staff: int | None = None
    site_area: Quantity | None = None
    legal_name: Word | None = None
    above_scale: bool | None = None
    ets_key_unit: bool | None = None
    park: Prose | None = None
    intro: Prose = ""
    process_flow: Prose = ""
    main_equipment: Prose = ""


class ChangeMember(Struct):
    """All three are said each time: what is not said is not guessed."""

    roles: Roles
    status: Literal["active", "ended"]
    version: Version


class Invite(Struct):
    """Whom, as what; ``valid_to`` ends the membership by itself."""

    roles: Roles
    name: Word = ""
    phone: Code = ""
    valid_to: date | None = None


class TokenOnly(Struct):
    """The token of the invitation's link."""

    token: Token


class Accept(Struct):
    """An account for a person new to the platform."""

    token: Token
    account: Account
    password: Password
    name: Word


class TreeQuery(Page):
    """``parent=top`` gives the roots; ``q`` the beginning of a code or name; ``within`` a subtree."""

    parent: Code = ""
    q: Word = ""
    within: Code = ""
    level: Code = ""


@route(
    "POST", "/api/v1/tenants/register", public=True, body=Register, answer=tenants.Registered, status=201,
    rate_limit=(10, 60), summary="企业自行注册", errors=("CLAIM_TAKEN", "LOGIN_NAME_TAKEN", "PHONE_TAKEN", "SMS_CODE"),
)  # fmt: skip
async def register(ctx: Acting, call: Call) -> tenants.Registered:
    new = tenants.NewEnterprise(**msgspec.structs.asdict(call.body))
    own = auth.device_id_or_nothing(str(call.request.headers.get("x-device-id", "")))
    device = auth.device_hash(own, ctx.user_agent)
    return await tenants.register_enterprise(ctx, new, device)


@route(
    "GET", "/api/v1/organisation/profile", permission="organisation.read", audience=ALL, answer=tenants.ProfileView,
    read_only=True, summary="本组织的基础信息",
)  # fmt: skip
async def read_profile(ctx: Acting, call: Call) -> tenants.ProfileView:
    return await tenants.get_profile(ctx)


@route(
    "PUT", "/api/v1/organisation/profile", permission="organisation.edit", audience=ENTERPRISE, body=EditProfile,
    answer=tenants.ProfileView, idempotent=True, summary="修改企业基础信息", errors=("STALE_VERSION",),
)  # fmt: skip
async def edit_profile(ctx: Acting, call: Call) -> tenants.ProfileView:
    view = await tenants.edit_profile(ctx, tenants.ProfileEdit(**msgspec.structs.asdict(call.body)))
    await filing.duties_changed(ctx)  # a key emission unit has other days
    return view


@route(
    "POST", "/api/v1/organisation/licence", permission="organisation.edit", audience=ENTERPRISE, upload=True,
    answer=tenants.ProfileView, idempotent=True, summary="上传营业执照并提交审核", errors=("ALREADY_VERIFIED",),
)  # fmt: skip
async def submit_licence(ctx: Acting, call: Call) -> tenants.ProfileView:
    file = one_file(call)
    return await tenants.submit_licence(ctx, file.name or "营业执照", file.body)


@route(
    "GET", "/api/v1/organisation/members", permission="member.read", audience=ALL, answer=tenants.Members, summary="成员",
)  # fmt: skip
async def list_members(ctx: Acting, call: Call) -> tenants.Members:
    return await tenants.list_members(ctx)


@route(
    "PUT", "/api/v1/organisation/members/<member_id:str>", permission="member.manage", audience=ALL, body=ChangeMember,
    answer=tenants.Member, idempotent=True, summary="调整成员的角色，结束或恢复",
    step_up="member.roles", errors=("STEP_UP_REQUIRED", "STALE_VERSION", "GRANT_TOO_MUCH", "LAST_LEGAL", "LAST_MANAGER"),
)  # fmt: skip
async def change_member(ctx: Acting, call: Call, member_id: UUID) -> tenants.Member:
    return await tenants.change_member(ctx, member_id, **msgspec.structs.asdict(call.body))


@route(
    "GET", "/api/v1/organisation/invitations", permission="member.manage", audience=ALL, answer=tenants.Invitations,
    summary="发出的邀请",
)  # fmt: skip
async def list_invitations(ctx: Acting, call: Call) -> tenants.Invitations:
    return await tenants.list_invitations(ctx)


@route(
    "POST", "/api/v1/organisation/invitations", permission="member.manage", audience=ALL, body=Invite,
    answer=tenants.Invitation, status=201, summary="邀请一位成员",
    errors=("GRANT_TOO_MUCH", "TOO_MANY_OPEN"),
)  # fmt: skip
async def invite(ctx: Acting, call: Call) -> tenants.Invitation:
    return await tenants.invite(ctx, **msgspec.structs.asdict(call.body))


@route(
    "DELETE", "/api/v1/organisation/invitations/<invitation_id:str>", permission="member.manage", audience=ALL,
    summary="撤回一份邀请",
)  # fmt: skip
async def withdraw_invitation(ctx: Acting, call: Call, invitation_id: UUID) -> None:
    await tenants.withdraw_invitation(ctx, invitation_id)


@route(
    "POST", "/api/v1/invitations/look", public=True, body=TokenOnly, answer=tenants.Door, rate_limit=(30, 60),
    summary="看一份邀请来自哪里", errors=("INVITATION_GONE",),
)  # fmt: skip
async def look_at_invitation(ctx: Acting, call: Call) -> tenants.Door:
    return await tenants.look_at_invitation(ctx, call.body.token)


@route(
    "POST", "/api/v1/invitations/accept", public=True, body=Accept, answer=tenants.Joined, status=201,
    rate_limit=(10, 60), summary="新用户接受邀请", errors=("INVITATION_GONE", "LOGIN_NAME_TAKEN"),
)  # fmt: skip
async def accept_invitation(ctx: Acting, call: Call) -> tenants.Joined:
    return await tenants.accept_with_new_account(ctx, **msgspec.structs.asdict(call.body))


@route(
    "POST", "/api/v1/invitations/join", authenticated=True, audience=ALL, body=TokenOnly, answer=tenants.Joined,
    status=201, summary="已登录的人接受邀请", errors=("INVITATION_GONE", "ALREADY_MEMBER"),
)  # fmt: skip
async def join_by_invitation(ctx: Acting, call: Call) -> tenants.Joined:
    return await tenants.join(ctx, call.body.token)


@route("GET", "/api/v1/regions", public=True, query=TreeQuery, answer=tenants.Nodes, summary="行政区划（GB/T 2260）")
async def search_regions(ctx: Acting, call: Call) -> tenants.Nodes:
    return await tenants.search_regions(ctx, **msgspec.structs.asdict(call.query))


@route(
    "GET", "/api/v1/industries", public=True, query=TreeQuery, answer=tenants.Nodes, summary="国民经济行业（GB/T 4754）"
)
async def search_industries(ctx: Acting, call: Call) -> tenants.Nodes:
    return await tenants.search_industries(ctx, **msgspec.structs.asdict(call.query))


def one_file(call: Call, field: str = "file") -> Any:
    """The one file of a multipart request. Raises Invalid."""
    files = call.files.get(field, [])
    if len(files) != 1:
        raise Invalid([FieldError(field, "REQUIRED", "请选择一个文件后再上传。")])
    return files[0]
