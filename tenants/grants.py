"""Agents 代理人 (T3, T6, FD2): a firm lets a person who is not its member file, report or read for it, until a day.

The legal representative grants in the app (fresh proof, no review) or an operator grants on an approved application; both end in
the same row. ``enter()`` reads that row at every request of the agent, so the end of a grant is the end of access. An agent never
holds more than the scopes, never adds agents and never gives consent; who is a member of the firm keeps the roles of a member.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import auth
from core.clock import BEIJING
from core.crypto import blind_indexes, key_id, seal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id
from core.jobs import enqueue, wake
from core.personal import half_width, mask_id_number, mask_name, mask_phone, normalise_id_number, normalise_name
from tenants.codes import CodeError, check_id_number, mask_uscc
from tenants.organisations import stale

SCOPES = {"file": "填报", "report": "报告", "read": "查看"}
#: Identity documents of V9; only the first has a check character (C5).
ID_TYPES = {
    "resident_id": "居民身份证",
    "hkmt_permit": "港澳台居民来往内地（大陆）通行证",
    "hkmt_residence": "港澳台居民居住证",
    "passport": "护照",
    "foreign_residence": "外国人永久居留身份证",
}
NAME, NUMBER, PHONE = "delegation.agent_name", "delegation.id_no", "delegation.phone"
QUIET_FROM, QUIET_TO = 21, 8  # NT1: no text message between 21:00 and 8:00


@dataclass(frozen=True, slots=True)
class Delegation:
    """Who becomes the agent, for what, until when. Dates are Beijing days, both included."""

    name: str
    id_type: str
    id_no: str
    phone: str
    scopes: Sequence[str]
    valid_from: date
    valid_to: date
    origin: str = "app"
    application_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as the firm sees him. ``state``: active | invited (no account yet) | upcoming | suspended | expired | revoked."""

    id: UUID
    name: str
    id_type: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_from: date
    valid_to: date
    state: str
    origin: str
    version: int
    created_at: datetime
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class Agents:
    """All of a firm, those in force first."""

    items: list[Agent]
    total: int


@dataclass(frozen=True, slots=True)
class Represented:
    """One firm of an agent, as the agent sees it; ``days_left`` until the last day, None once it is over."""

    id: UUID
    organisation_id: UUID
    name: str
    uscc_masked: str
    scopes: list[str]
    valid_from: date
    valid_to: date
    state: str
    days_left: int | None
    ended_at: datetime | None


_COLUMNS = """
select d.id, d.agent_name_masked as name, d.id_type, d.id_no_masked as id_no, d.phone_masked as phone, d.scopes, d.valid_from, d.valid_to,
       d.state, d.person_id is null as waiting, d.origin, d.version, d.created_at, d.ended_at, d.end_reason
  from delegation d where d.tenant_id = $1
"""


async def list_agents(ctx: Acting) -> Agents:
    """Agents of the acting firm, past ones last."""
    rows = await ctx.db.rows(_COLUMNS + " order by d.ended_at is not null, d.valid_to desc, d.id limit 200", ctx.tenant)
    return Agents([_agent(ctx, row) for row in rows], len(rows))


async def add_agent(ctx: Acting, wanted: Delegation) -> Agent:
    """Name an agent of the acting firm (L20: the route asks for a fresh proof). Raises as :func:`grant`."""
    return await _read(ctx, await grant(ctx, ctx.tenant, wanted))


async def grant(ctx: Acting, firm: UUID, wanted: Delegation) -> UUID:
    """Make somebody the agent of ``firm``; the message to the agent leaves after the commit. Returns the grant's id.

    By the firm itself, or by an operator who approved an application for it. Raises Invalid (each field; ``ID_PHONE_DIFFER``),
    Conflict ``ALREADY_AGENT`` / ``ALREADY_MEMBER``, NotFound when there is no such firm or it is closed.
    """
    facts = _checked(ctx, wanted)
    row_id = new_id()
    record = facts | {
        "id": str(row_id),
        "agent_name_sealed": seal(NAME, row_id, facts["name"]).hex(),
        "id_no_sealed": seal(NUMBER, row_id, facts["id_no"]).hex(),
        "phone_sealed": seal(PHONE, row_id, facts["phone"]).hex(),
        "job": str(new_id()),
        "delay": until_morning(ctx.now).total_seconds(),
        "request_id": ctx.request_id,
    }
    for clear in ("name", "id_no", "phone"):
        record.pop(clear)
    made = await ctx.db.row("select * from delegation_grant($1, $2, $3)", firm, record, ctx.now)
    assert made is not None
    _refuse(made["outcome"])
    ctx.after_commit(wake)
    ctx.audit(
        "agent.added", "delegation", row_id,
        detail={"organisation": str(firm), "scopes": facts["scopes"], "valid_to": facts["valid_to"], "origin": wanted.origin},
    )  # fmt: skip
    return row_id


def _refuse(outcome: str) -> None:
    if outcome == "already":
        raise Conflict("ALREADY_AGENT", "这个人已经是本企业的代理人，不必重复添加；要改范围或期限，请在代理人列表中修改。")
    if outcome == "member":
        raise Conflict("ALREADY_MEMBER", "这个人已经是本企业的成员，不必再设为代理人；要改权限，请在成员列表中调整角色。")
    if outcome == "mismatch":
        text = "这个手机号和证件号在平台上属于两个人，请核对后重填；换了手机号的，请先让本人修改手机号。"
        raise Invalid([FieldError("phone", "ID_PHONE_DIFFER", text)], code="ID_PHONE_DIFFER")
    if outcome == "no_firm":
        raise NotFound("没有这家企业，或它已停用、注销，不能再添加代理人。")


def _checked(ctx: Acting, wanted: Delegation) -> dict[str, Any]:
    """The fields in normal form. Raises Invalid naming each bad one."""
    faults: list[FieldError] = []
    name, number, phone = half_width(wanted.name), normalise_id_number(wanted.id_no), ""
    if not 2 <= len(name) <= 20:
        faults.append(FieldError("name", "NAME", "请填代理人的真实姓名，2–20 个字。"))
    if wanted.id_type not in ID_TYPES:
        faults.append(FieldError("id_type", "CHOICE", f"证件类型应为{'、'.join(ID_TYPES.values())}之一。"))
    elif wanted.id_type == "resident_id":
        try:
            number = check_id_number(wanted.id_no, ctx.today)
        except CodeError as error:
            faults.append(FieldError("id_no", error.code, error.message))
    elif not (5 <= len(number) <= 30 and number.isascii() and number.isalnum()):
        faults.append(FieldError("id_no", "ID_FORM", "证件号为 5–30 位字母或数字，请对照证件填写。"))
    try:
        phone = auth.phone_or_refuse(wanted.phone)
    except Invalid as error:
        faults += error.errors
    scopes, wrong = check_scopes(wanted.scopes)
    faults += wrong + check_period(ctx, wanted.valid_from, wanted.valid_to)
    if faults:
        raise Invalid(faults)
    return {
        "name": name,
        "id_type": wanted.id_type,
        "id_no": number,
        "phone": phone,
        "agent_name_masked": mask_name(normalise_name(name)),
        "id_no_masked": mask_id_number(number),
        "phone_masked": mask_phone(phone),
        "phone_idx": [i.hex() for i in blind_indexes("phone", phone)],
        "id_idx": [i.hex() for i in blind_indexes("id_number", number)],
        "key_id": key_id().hex(),
        "scopes": scopes,
        "valid_from": wanted.valid_from.isoformat(),
        "valid_to": wanted.valid_to.isoformat(),
        "origin": wanted.origin,
        "application_id": str(wanted.application_id) if wanted.application_id else None,
    }


def check_scopes(scopes: Iterable[str]) -> tuple[list[str], list[FieldError]]:
    """Scopes in their usual order, and what is wrong with them."""
    chosen = set(scopes)
    if not chosen:
        return [], [FieldError("scopes", "REQUIRED", "请至少选择一项代理范围：填报、报告或查看。")]
    if chosen - SCOPES.keys():
        return [], [FieldError("scopes", "CHOICE", "代理范围只有填报、报告、查看三项，请重新选择。")]
    return [s for s in SCOPES if s in chosen], []


def check_period(ctx: Acting, valid_from: date, valid_to: date) -> list[FieldError]:
    """What is wrong with a term: it starts today or later, ends on or after its start and lasts two years at most (FD2)."""
    if valid_to < ctx.today:
        return [FieldError("valid_to", "DATE", "到期日不能早于今天。")]
    if valid_to < valid_from:
        return [FieldError("valid_to", "DATE", "到期日不能早于开始日。")]
    if valid_from < ctx.today - timedelta(days=1) or valid_from > ctx.today + timedelta(days=366):
        return [FieldError("valid_from", "DATE", "开始日应在今天到一年之内。")]
    if valid_to > two_years_after(valid_from):
        return [FieldError("valid_to", "TOO_LONG", f"委托最长两年，到期日最晚为 {two_years_after(valid_from)}，到期前可以续期。")]
    return []


def two_years_after(day: date) -> date:
    """The last day a grant from ``day`` may have."""
    try:
        return day.replace(year=day.year + 2)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 2, day=28)


async def change_agent(ctx: Acting, agent_id: UUID, *, scopes: Sequence[str], valid_to: date, version: int) -> Agent:
    """Other scopes, another last day; a grant that waits for the new representative is confirmed by this (L20: fresh proof).

    Raises NotFound, Invalid, Conflict ``STALE_VERSION`` / ``AGENT_ENDED``.
    """
    before = await _row(ctx, agent_id)
    chosen, faults = check_scopes(scopes)
    if valid_to < ctx.today:
        faults.append(FieldError("valid_to", "DATE", "到期日不能早于今天；要马上结束，请用“结束委托”。"))
    elif valid_to > two_years_after(max(before["valid_from"], ctx.today)):
        latest = two_years_after(max(before["valid_from"], ctx.today))
        faults.append(FieldError("valid_to", "TOO_LONG", f"委托最长两年，到期日最晚为 {latest}。"))
    elif valid_to < before["valid_from"]:
        faults.append(FieldError("valid_to", "DATE", "到期日不能早于开始日。"))
    if faults:
        raise Invalid(faults)
    _refuse_ended(ctx, before)
    # a renewal starts its two years today; the former start stays in the audit log
    start = before["valid_from"] if valid_to <= two_years_after(before["valid_from"]) else ctx.today
    done = await ctx.db.run(
        "update delegation set scopes = $4, valid_from = $5, valid_to = $6, state = 'active', version = version + 1, updated_at = $7,"
        " updated_by = $8 where tenant_id = $1 and id = $2 and version = $3 and state in ('active', 'suspended')",
        ctx.tenant, agent_id, version, chosen, start, valid_to, ctx.now, ctx.person_id,
    )  # fmt: skip
    if not done:
        raise stale(before["version"])
    ctx.audit(
        "agent.changed", "delegation", agent_id,
        detail={"from": [list(before["scopes"]), before["valid_from"].isoformat(), before["valid_to"].isoformat(), before["state"]], "to": [chosen, valid_to.isoformat()]},
    )  # fmt: skip
    await _tell(ctx, agent_id, version + 1, "changed")
    return await _read(ctx, agent_id)


async def end_agent(ctx: Acting, agent_id: UUID, reason: str = "") -> Agent:
    """Take the grant back, in force at the agent's next request. Raises NotFound, Conflict ``AGENT_ENDED``."""
    before = await _row(ctx, agent_id)
    _refuse_ended(ctx, before)
    await ctx.db.run(
        "update delegation set state = 'revoked', ended_at = $3, end_reason = $4, version = version + 1, updated_at = $3, updated_by = $5"
        " where tenant_id = $1 and id = $2 and state in ('active', 'suspended')",
        ctx.tenant, agent_id, ctx.now, reason.strip()[:200] or None, ctx.person_id,
    )  # fmt: skip
    ctx.audit("agent.ended", "delegation", agent_id, detail={"reason": reason.strip()[:200]})
    await _tell(ctx, agent_id, before["version"] + 1, "revoked")
    return await _read(ctx, agent_id)


def _refuse_ended(ctx: Acting, row: dict[str, Any]) -> None:
    if row["state"] in ("expired", "revoked") or row["valid_to"] < ctx.today:
        raise Conflict("AGENT_ENDED", "这份委托已经结束，不能再修改；需要继续委托，请重新添加代理人。")


async def _tell(ctx: Acting, agent_id: UUID, version: int, what: str) -> None:
    await enqueue(ctx, "delegation.notice", agent_id, version=version, payload={"what": what}, delay=until_morning(ctx.now))


def until_morning(now: datetime) -> timedelta:
    """How long a text message waits for the end of the quiet hours (NT1); nothing by day."""
    local = now.astimezone(BEIJING)
    morning = local.replace(hour=QUIET_TO, minute=0, second=0, microsecond=0)
    if local.hour >= QUIET_FROM:
        return morning + timedelta(days=1) - local
    return morning - local if local.hour < QUIET_TO else timedelta(0)


async def suspend_agents(ctx: Acting, firm: UUID) -> int:
    """Another person is the legal representative of ``firm`` now: what was granted waits for that person's word (T6). Returns how many."""
    count = int(await ctx.db.value("select delegation_suspend($1, $2)", firm, ctx.now))
    if count:
        ctx.audit("agent.suspended", "organisation", firm, detail={"agents": count})
    return count


async def firms_of_agent(ctx: Acting) -> list[Represented]:
    """Every firm the signed-in person is or was the agent of, in force first; ended ones stay readable for a year."""
    rows = await ctx.db.rows(
        "select id, tenant_id as organisation_id, firm_name as name, uscc_masked, scopes, valid_from, valid_to, state, ended_at"
        " from delegation where person_id = $1 and (ended_at is null or ended_at > $2)"
        " order by ended_at is not null, valid_to, firm_name, id limit 2000",
        ctx.person_id,
        ctx.now - timedelta(days=366),
    )
    return [_represented(ctx, row) for row in rows]


def state_on(state: str, valid_from: date, valid_to: date, today: date) -> str:
    """The state as it is today: the nightly run may not have been here yet."""
    if state in ("active", "suspended") and valid_to < today:
        return "expired"
    return "upcoming" if state == "active" and valid_from > today else state


def _represented(ctx: Acting, row: dict[str, Any]) -> Represented:
    state = state_on(row["state"], row["valid_from"], row["valid_to"], ctx.today)
    left = (row["valid_to"] - ctx.today).days if state in ("active", "suspended", "upcoming") else None
    return Represented(**(row | {"scopes": list(row["scopes"]), "state": state, "days_left": left}))


async def is_agent(ctx: Acting, firm: UUID, person: UUID) -> bool:
    """True when ``person`` is an agent of ``firm``: nobody decides on or verifies a firm he files for (T5)."""
    return bool(await ctx.db.value("select is_agent_of($1, $2, $3)", firm, person, ctx.today))


async def _row(ctx: Acting, agent_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + " and d.id = $2", ctx.tenant, agent_id)
    if row is None:
        raise NotFound()
    return row


async def _read(ctx: Acting, agent_id: UUID) -> Agent:
    return _agent(ctx, await _row(ctx, agent_id))


def _agent(ctx: Acting, row: dict[str, Any]) -> Agent:
    state = state_on(row["state"], row["valid_from"], row["valid_to"], ctx.today)
    facts = {k: v for k, v in row.items() if k != "waiting"}
    return Agent(**(facts | {"scopes": list(row["scopes"]), "state": "invited" if state == "active" and row["waiting"] else state}))


async def act_as(ctx: Acting, person: UUID, account: UUID, permission: str) -> bool:
    """Let a job go on as the person who asked for it, with the rights he has in the acting firm today; False when they lack ``permission``."""
    roles = await ctx.db.value(
        "select array_agg(role) from (select unnest(m.roles) as role from membership m where m.tenant_id = $1 and m.person_id = $2"
        "   and m.status = 'active' and m.valid_from <= $3 and coalesce(m.valid_to, $3) >= $3"
        " union all select 'agent:' || unnest(d.scopes) from delegation d where d.tenant_id = $1 and d.person_id = $2"
        "   and d.state = 'active' and d.valid_from <= $3 and d.valid_to >= $3"
        "   and not exists (select 1 from membership m where m.tenant_id = $1 and m.person_id = $2 and m.status = 'active'"
        "     and m.valid_from <= $3 and coalesce(m.valid_to, $3) >= $3)) r",
        ctx.tenant, person, ctx.today,
    )  # fmt: skip
    held = frozenset(roles or ())
    allowed = auth.permissions_of(held)
    if permission not in allowed:
        return False
    await ctx.db.run("select set_config('app.person', $1, true), set_config('app.account', $2, true)", str(person), str(account))
    ctx.person_id, ctx.account_id, ctx.roles, ctx.permissions = person, account, held, allowed
    return True


async def refresh_firm_name(ctx: Acting, name: str, uscc: str, initials: str) -> None:
    """The firm's name as its agents' lists show and find it; nothing is written when it is that already."""
    await ctx.db.run(
        "update delegation set firm_name = $2, uscc_masked = $3, firm_initials = $4"
        " where tenant_id = $1 and (firm_name, uscc_masked, firm_initials) is distinct from ($2, $3, $4)",
        ctx.tenant, name, mask_uscc(uscc) if uscc else "", initials,
    )  # fmt: skip
