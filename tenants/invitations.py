"""Invitations: an open door for one person, opened by somebody who holds what the door gives.

The token has 256 random bits, is shown once inside a link and kept as SHA-256 only; it lives seven days and opens once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import auth
from core.database import Acting
from core.errors import Conflict, FieldError, Gone, Invalid, NotFound
from core.ids import new_id
from core.personal import half_width, mask_name, mask_phone
from core.settings import settings
from tenants.codes import CodeError, check_mobile
from tenants.members import check_grant, check_roles

LIFE = timedelta(days=7)
OPEN_AT_ONCE = 50
GONE = "邀请已使用、已撤回或已过期，请联系邀请您的人重新发一份。"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation; ``link`` is given once, when it is made."""

    id: UUID
    name: str
    phone: str
    roles: list[str]
    state: str
    valid_to: date | None
    created_at: datetime
    expires_at: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Invitations:
    """All of an organisation, open ones first."""

    items: list[Invitation]
    total: int


@dataclass(frozen=True, slots=True)
class Door:
    """What an invited person is shown before joining."""

    organisation: str
    kind: str
    roles: list[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """Where the person now belongs."""

    organisation_id: UUID
    organisation: str
    roles: list[str]
    account: str


_COLUMNS = """
select id, invitee_masked as name, coalesce(phone_masked, '') as phone, roles, valid_to, created_at, expires_at,
       case when state = 'open' and expires_at <= $2 then 'expired' else state end as state
  from invitation where tenant_id = $1
"""


async def invite(
    ctx: Acting, *, roles: list[str], name: str = "", phone: str = "", valid_to: date | None = None
) -> Invitation:
    """Open a door. Raises Invalid, Forbidden (GRANT_TOO_MUCH), Conflict (TOO_MANY_OPEN)."""
    wanted = check_roles(roles, ctx.org_kind or "")
    check_grant(ctx, set(wanted), "授予")
    if valid_to is not None and valid_to < ctx.today:
        raise Invalid([FieldError("valid_to", "DATE", "到期日不能早于今天。")])
    opened = await ctx.db.value(
        "select count(*) from invitation where tenant_id = $1 and state = 'open' and expires_at > $2",
        ctx.tenant,
        ctx.now,
    )
    if opened >= OPEN_AT_ONCE:
        raise Conflict("TOO_MANY_OPEN", f"未使用的邀请已有 {OPEN_AT_ONCE} 份，请先撤回不用的。")
    token, row_id = secrets.token_urlsafe(32), new_id()
    await ctx.db.run(
        "insert into invitation (tenant_id, id, roles, valid_to, invitee_masked, phone_masked, expires_at, created_at, created_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ctx.tenant,
        row_id,
        wanted,
        valid_to,
        mask_name(half_width(name))[:40],
        mask_phone(_mobile(phone)) if phone.strip() else None,
        ctx.now + LIFE,
        ctx.now,
        ctx.person_id,
    )
    await ctx.db.run("select invitation_key_add($1, $2)", _digest(token), row_id)
    ctx.audit("member.invited", "invitation", row_id, detail={"roles": wanted})
    row = await ctx.db.row(_COLUMNS + " and id = $3", ctx.tenant, ctx.now, row_id)
    assert row is not None
    return Invitation(**row, link=f"{settings.base_url}/console/accept#{token}")


async def list_invitations(ctx: Acting) -> Invitations:
    """Newest first, open ones before the rest."""
    order = " order by (state = 'open' and expires_at > $2) desc, created_at desc, id limit 200"
    rows = await ctx.db.rows(_COLUMNS + order, ctx.tenant, ctx.now)
    return Invitations([Invitation(**row) for row in rows], len(rows))


async def withdraw_invitation(ctx: Acting, invitation_id: UUID) -> None:
    """Close a door that nobody came through. Raises NotFound, Conflict."""
    done = await ctx.db.run(
        "update invitation set state = 'withdrawn', decided_at = $3 where tenant_id = $1 and id = $2 and state = 'open'",
        ctx.tenant,
        invitation_id,
        ctx.now,
    )
    if not done:
        state = await ctx.db.value(
            "select state from invitation where tenant_id = $1 and id = $2", ctx.tenant, invitation_id
        )
        if state is None:
            raise NotFound()
        raise Conflict("STATE", "这份邀请已经用过或撤回，无需再撤。", state=state)
    ctx.audit("member.invitation_withdrawn", "invitation", invitation_id)


async def look_at_invitation(ctx: Acting, token: str) -> Door:
    """Who invites, and as what. Raises Gone."""
    row = await _open_door(ctx, token)
    return Door(row["organisation"], row["kind"], list(row["roles"]), row["expires_at"])


async def join(ctx: Acting, token: str) -> Joined:
    """Accept as the signed-in person. Raises Gone, Conflict (ALREADY_MEMBER)."""
    me = await auth.who_am_i(ctx)
    assert ctx.person_id is not None
    return await _accept(ctx, token, ctx.person_id, me.name, me.login_name)


async def accept_with_new_account(ctx: Acting, token: str, *, account: str, password: str, name: str) -> Joined:
    """Accept as a person new to the platform: an account with the password they chose, then membership.

    Raises Gone, Invalid, Conflict (LOGIN_NAME_TAKEN).
    """
    door = await _open_door(ctx, token)
    shown = half_width(name)
    if not 2 <= len(shown) <= 50:
        raise Invalid([FieldError("name", "NAME", "请填您的真实姓名，2–50 个字。")])
    made = await auth.create_person_account(
        ctx,
        login_name=account,
        name=shown,
        phone=None,
        password=password,
        profile="seed001" if door["kind"] == "enterprise" else "strong",
        short_name=door["organisation"],
        must_change=False,
    )
    return await _accept(ctx, token, made.person_id, mask_name(shown), made.login_name)


async def _accept(ctx: Acting, token: str, person_id: UUID, name: str, login_name: str) -> Joined:
    door = await _open_door(ctx, token)
    outcome = await ctx.db.value(
        "select invitation_accept($1, $2, $3, $4, $5, $6, $7)",
        _digest(token), new_id(), person_id, name, login_name, ctx.now, ctx.today,
    )  # fmt: skip
    if outcome == "gone":
        raise Gone("INVITATION_GONE", GONE)
    if outcome == "member":
        raise Conflict("ALREADY_MEMBER", "您已经是这家的成员，直接切换过去即可；角色由其管理员调整。")
    ctx.audit("member.joined", "invitation", door["id"], detail={"organisation": str(door["tenant_id"])})
    return Joined(door["tenant_id"], door["organisation"], list(door["roles"]), login_name)


async def _open_door(ctx: Acting, token: str) -> dict[str, Any]:
    row = await ctx.db.row("select * from invitation_find($1)", _digest(token))
    if row is None or row["state"] != "open" or row["expires_at"] <= ctx.now:
        raise Gone("INVITATION_GONE", GONE)
    return row


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _mobile(text: str) -> str:
    try:
        return check_mobile(text)
    except CodeError as error:
        raise Invalid([FieldError("phone", error.code, error.message)]) from None
