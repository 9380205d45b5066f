"""Members of an organisation: who they are, what they may do, and the end of it. In force at the person's next request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import auth
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from tenants.grants import suspend_agents
from tenants.organisations import stale

ROLE_NAMES = {
    "legal": "法定代表人", "admin": "管理员", "filler": "填报员", "viewer": "查看",
    "agency_admin": "机构管理员", "verifier": "核查员", "agency_reviewer": "技术复核人",
    "bank_admin": "银行管理员", "account_manager": "客户经理", "regulator": "监管人员", "gov_viewer": "政府查看",
    "ops_reviewer": "运营审核", "ops_data": "数据运营", "ops_approver": "运营批准", "support": "客服",
    "sysadmin": "系统管理员", "secadmin": "安全管理员", "auditor": "审计员",
}  # fmt: skip

SECURITY = "ops.account.manage"


@dataclass(frozen=True, slots=True)
class Member:
    """One person as colleagues see them: name and phone masked."""

    id: UUID
    name: str
    account: str
    phone: str
    roles: list[str]
    status: str
    valid_from: date
    valid_to: date | None
    version: int
    self: bool


@dataclass(frozen=True, slots=True)
class Members:
    """All of an organisation."""

    items: list[Member]
    total: int


_COLUMNS = """
select id, person_id, display_name_masked as name, login_name as account, coalesce(phone_masked, '') as phone, roles, status,
       valid_from, valid_to, version
  from membership where tenant_id = $1
"""


async def list_members(ctx: Acting) -> Members:
    """Everybody, those who ended last."""
    rows = await ctx.db.rows(_COLUMNS + " order by status, created_at, id", ctx.tenant)
    return Members([_member(ctx, row) for row in rows], len(rows))


async def change_member(ctx: Acting, member_id: UUID, *, roles: list[str], status: str, version: int) -> Member:
    """New roles, the end of a membership or its return.

    Nobody grants or takes what they do not hold themselves; the last legal representative and the last manager stay.
    Raises NotFound, Forbidden, Invalid, Conflict (STALE_VERSION, LAST_MANAGER, LAST_LEGAL).
    """
    await ctx.db.run("select 1 from organisation where id = $1 for no key update", ctx.tenant)  # one change at a time
    before = await ctx.db.row(_COLUMNS + " and id = $2", ctx.tenant, member_id)
    if before is None:
        raise NotFound()
    if ctx.org_kind == "operator" and before["person_id"] == ctx.person_id:
        raise Forbidden("OWN_ROLES", "不能调整自己的角色，请由另一位安全管理员办理。")
    wanted = check_roles(roles, ctx.org_kind or "")
    check_grant(ctx, set(before["roles"]), "调整")
    if status == "active" or set(wanted) != set(before["roles"]):
        check_grant(ctx, set(wanted), "授予")
    await _someone_stays(ctx, before, wanted, status)
    if not await _write(ctx, before, wanted, status, version):
        raise stale(before["version"])
    await _close_doors(ctx, before, status)
    if "legal" in before["roles"] and ("legal" not in wanted or status == "ended"):
        await suspend_agents(ctx, ctx.tenant)
    ctx.audit(
        "member.changed",
        "membership",
        member_id,
        detail={"from": sorted(before["roles"]), "to": sorted(wanted), "status": status},
    )
    after = await ctx.db.row(_COLUMNS + " and id = $2", ctx.tenant, member_id)
    assert after is not None
    return _member(ctx, after)


def check_roles(roles: Iterable[str], kind: str, path: str = "roles") -> list[str]:
    """Roles in their usual order. Raises Invalid: none, unknown for this kind, or two that exclude each other (T3)."""
    chosen, known = set(roles), auth.ROLES_OF_KIND.get(kind, ())
    if not chosen:
        raise Invalid([FieldError(path, "REQUIRED", "请至少选择一个角色。")])
    foreign = sorted(chosen - set(known))
    if foreign:
        raise Invalid([FieldError(path, "ROLE", f"没有“{foreign[0][:20]}”这个角色，请从列表中选择。")])
    for pair in auth.EXCLUSIVE:
        if len(chosen & pair) > 1:
            names = "、".join(ROLE_NAMES[r] for r in known if r in chosen & pair)
            raise Invalid([FieldError(path, "ROLES_EXCLUDE", f"{names}不能由同一人担任，请分给不同的人。")])
    return [role for role in known if role in chosen]


def check_grant(ctx: Acting, roles: set[str], verb: str) -> None:
    """Nobody hands out more than they hold: each role must be one's own or lie inside one's permissions; ``legal`` is
    given and taken by a legal representative only. The platform's security administrator, and who manages an agency or a
    bank, gives what he does not hold (separated powers, T3). Raises Forbidden."""
    if ctx.org_kind == "operator" and SECURITY in ctx.permissions:
        return
    if ctx.org_kind in ("verifier", "bank") and "member.manage" in ctx.permissions:
        return
    for role in sorted(roles - ctx.roles):
        if role == "legal" or not auth.permissions_of(frozenset({role})) <= ctx.permissions:
            raise Forbidden(
                "GRANT_TOO_MUCH", f"您不能{verb}“{ROLE_NAMES.get(role, role)}”，请由法定代表人或权限更高的人办理。"
            )


async def _someone_stays(ctx: Acting, before: dict[str, Any], wanted: list[str], status: str) -> None:
    others = await ctx.db.rows(
        "select roles from membership where tenant_id = $1 and id <> $2 and status = 'active'"
        " and valid_from <= $3 and coalesce(valid_to, $3) >= $3",
        ctx.tenant,
        before["id"],
        ctx.today,
    )
    after = [set(o["roles"]) for o in others] + ([set(wanted)] if status == "active" else [])
    if "legal" in before["roles"] and not any("legal" in roles for roles in after):
        raise Conflict("LAST_LEGAL", "这是最后一位法定代表人，请先让新的法定代表人加入，再调整这位。")
    if _manages(before["roles"]) and not any(_manages(roles) for roles in after):
        raise Conflict("LAST_MANAGER", "这是最后一位能管理成员的人，请先把管理权限交给另一位成员。")


def _manages(roles: Iterable[str]) -> bool:
    return bool({"member.manage", SECURITY} & auth.permissions_of(frozenset(roles)))


async def _write(ctx: Acting, before: dict[str, Any], wanted: list[str], status: str, version: int) -> int:
    ended = status == "ended"
    return await ctx.db.run(
        "update membership set roles = $4, status = $5, version = version + 1, updated_at = $6, updated_by = $7,"
        " ended_at = case when $5 = 'ended' then coalesce(ended_at, $6) end, end_reason = case when $5 = 'ended' then $8 end,"
        " valid_from = case when status = 'ended' and $5 = 'active' then $9 else valid_from end,"
        " valid_to = case when status = 'ended' and $5 = 'active' and valid_to < $9 then null else valid_to end"
        " where tenant_id = $1 and id = $2 and version = $3",
        ctx.tenant,
        before["id"],
        version,
        wanted,
        status,
        ctx.now,
        ctx.account_id,
        "由管理员结束" if ended else None,
        ctx.today,
    )


async def _close_doors(ctx: Acting, before: dict[str, Any], status: str) -> None:
    """Invitations of somebody who left are withdrawn: they would carry rights that are gone."""
    if status == "ended":
        await ctx.db.run(
            "update invitation set state = 'withdrawn', decided_at = $3 where tenant_id = $1 and created_by = $2 and state = 'open'",
            ctx.tenant,
            before["person_id"],
            ctx.now,
        )


def _member(ctx: Acting, row: dict[str, Any]) -> Member:
    return Member(
        **{k: v for k, v in row.items() if k not in ("person_id", "roles")},
        roles=list(row["roles"]),
        self=row["person_id"] == ctx.person_id,
    )


async def own_name(ctx: Acting) -> str:
    """The acting person's masked name as the organisation's members see it, of an agent with a word that says so; or empty."""
    sql = (
        "select coalesce((select display_name_masked from membership where tenant_id = $1 and person_id = $2),"
        " (select agent_name_masked || '（代理人）' from delegation where tenant_id = $1 and person_id = $2 and state = 'active' limit 1))"
    )
    return str(await ctx.db.value(sql, ctx.tenant, ctx.person_id) or "")
