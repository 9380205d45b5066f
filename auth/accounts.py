"""Accounts: made for a person, names, initial passwords, forced and voluntary change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auth.passwords import LEGACY_PASSWORD, check_password, hash_password, initial_password, verify_password
from auth.sms import spend_code
from auth.waits import count_failure, refuse_locked
from core.crypto import blind_index, blind_indexes, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.personal import mask_name, mask_phone, normalise_e164, normalise_name
from core.settings import settings

NAME = "person.name"
PHONE = "person.phone"
INITIAL_HOURS = 72


@dataclass(frozen=True, slots=True)
class Created:
    """A new account; ``password`` is the initial one, shown once, None when the person chose it."""

    account_id: UUID
    person_id: UUID
    login_name: str
    password: str | None


def check_login_name(text: str, path: str = "login_name") -> str:
    """Seed 001: 7-15 letters, digits, symbols (L3). Raises Invalid."""
    name = text.strip()
    if not re.fullmatch(r"[!-~]{7,15}", name):
        raise Invalid([FieldError(path, "LOGIN_NAME", "账号名为 7–15 位字母、数字或符号，不含空格和汉字。")])
    if re.fullmatch(r"1[3-9][0-9]{9}", name):
        raise Invalid([FieldError(path, "LOGIN_NAME", "账号名不能是手机号，请换一个，登录时仍可用手机验证码。")])
    return name


async def create_person_account(
    ctx: Acting,
    *,
    login_name: str,
    name: str,
    phone: str | None,
    password: str | None = None,
    profile: str = "seed001",
    short_name: str = "",
    must_change: bool = True,
) -> Created:
    """A person with one account. Without ``password`` a random one is made that lives 72 h (L6).

    Raises Invalid (name, password), Conflict ``LOGIN_NAME_TAKEN`` / ``PHONE_TAKEN``.
    """
    login = check_login_name(login_name)
    number = normalise_e164(phone) if phone else None
    if await ctx.db.value("select auth_name_taken($1)", login):
        raise Conflict("LOGIN_NAME_TAKEN", "这个账号名已被使用，请换一个。", errors_path="login_name")
    if number and await ctx.db.value("select auth_phone_owner($1)", blind_indexes("phone", number)):
        raise Conflict("PHONE_TAKEN", "这个手机号已注册，请直接登录，或换一个手机号。", errors_path="phone")
    chosen = password or _initial()
    if password:
        check_password(profile, password, login_name=login, phone=number or "", short_name=short_name)
    person_id, account_id = new_id(), new_id()
    record = {
        "person_id": person_id,
        "account_id": account_id,
        "login_name": login,
        "name_sealed": seal(NAME, person_id, normalise_name(name)).hex(),
        "password_hash": await hash_password(chosen),
        "profile": profile,
        "must_change": must_change,
        "initial_until": None if password else ctx.now + _initial_life(),
        "now": ctx.now,
    }
    if number:
        record |= {
            "phone_sealed": seal(PHONE, person_id, number).hex(),
            "phone_idx": blind_index("phone", number).hex(),
            "key_id": key_id().hex(),
        }
    await ctx.db.run("select auth_create($1)", record)
    ctx.audit("account.created", "account", account_id)
    return Created(account_id, person_id, login, None if password else chosen)


def _initial() -> str:
    return LEGACY_PASSWORD if settings.legacy_fixed_password else initial_password()


def _initial_life() -> timedelta:
    return timedelta(hours=24 if settings.legacy_fixed_password else INITIAL_HOURS)


async def change_password(ctx: Acting, old: str, new: str, organisations: Sequence[str] = ()) -> None:
    """Change and end every session (L4: sign in again). Raises Invalid, TooMany.

    ``organisations``: names the password may not hold.
    """
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    refuse_locked(ctx, row["locked_until"])
    if not await verify_password(row["password_hash"], old):
        await count_failure(ctx, row["id"], "password.change_failed")
        raise Invalid(
            [FieldError("old_password", "PASSWORD_WRONG", "原密码不对，请重新输入。")], code="PASSWORD_WRONG"
        ).keep()
    await _replace(ctx, row, new, old, organisations)
    ctx.audit("password.changed", "account", ctx.account_id)


async def _replace(ctx: Acting, row: dict[str, Any], new: str, old: str | None, organisations: Sequence[str]) -> None:
    if new == old or (old is None and await verify_password(row["password_hash"], new)):
        raise Invalid([FieldError("new_password", "PASSWORD_SAME", "新密码不能与原密码相同。")], code="PASSWORD_SAME")
    phone = unseal(PHONE, row["person_id"], row["phone_sealed"]) if row["phone_sealed"] else ""
    check_password(
        row["profile"], new, login_name=row["login_name"], phone=phone, names=organisations, path="new_password"
    )
    hashed = await hash_password(new)
    await ctx.db.run("select auth_set_password($1, $2, false, null, $3)", row["id"], hashed, ctx.now)
    await ctx.db.run("select auth_end_sessions($1, null, 'password_changed', $2)", row["id"], ctx.now)
    await ctx.db.run("select auth_succeeded($1)", [f"account:{row['id']}"])


async def reset_by_sms(ctx: Acting, *, phone: str, code: str, new_password: str, device: bytes) -> None:
    """A forgotten password, replaced by who holds the phone; all sessions end. Raises Invalid, Forbidden.

    Accounts of operators, governments, verifiers and banks go through their administrator.
    """
    number = await spend_code(ctx, "reset", phone, code, device)
    account = await ctx.db.value("select auth_of_phone($1)", blind_indexes("phone", number))
    row = await ctx.db.row("select * from auth_account($1)", account) if account else None
    if row is None or row["status"] != "active":
        raise Invalid(
            [FieldError("phone", "NO_ACCOUNT", "这个手机号还没有账号，请先注册，或请企业管理员邀请您加入。")],
            code="NO_ACCOUNT",
        ).keep()
    if row["profile"] != "seed001" or row["totp_sealed"] is not None:
        raise Forbidden("RESET_BY_ADMIN", "这个账号的密码由机构管理员重置，请联系管理员。").keep()
    ctx.account_id, ctx.person_id = row["id"], row["person_id"]
    await _replace(ctx, row, new_password, None, ())
    ctx.audit("password.reset_by_sms", "account", row["id"])


@dataclass(frozen=True, slots=True)
class Myself:
    """The signed-in account for its own eyes; the name is masked as others see it."""

    login_name: str
    name: str
    must_change: bool
    second_factor: bool
    phone_masked: str | None


async def who_am_i(ctx: Acting) -> Myself:
    """Facts of the signed-in account."""
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    name = unseal(NAME, row["person_id"], row["name_sealed"])
    phone = mask_phone(unseal(PHONE, row["person_id"], row["phone_sealed"])) if row["phone_sealed"] else None
    return Myself(row["login_name"], mask_name(name), row["must_change"], row["totp_sealed"] is not None, phone)


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account as the security administrator sees it; the name is masked."""

    id: UUID
    login_name: str
    name: str
    profile: str
    status: str
    must_change: bool
    second_factor: bool
    locked_until: datetime | None
    sessions: int
    created_at: datetime


async def find_account(ctx: Acting, login_name: str) -> AccountCard:
    """One account by its exact name. Raises NotFound."""
    return _card(await _on_desk(ctx, login_name, None))


async def _on_desk(ctx: Acting, login_name: str | None, account_id: UUID | None) -> dict[str, Any]:
    row = await ctx.db.row("select * from auth_desk($1, $2, $3)", login_name, account_id, ctx.now)
    if row is None:
        raise NotFound("没有这个账号，请核对完整的账号名。")
    return row


def _card(row: dict[str, Any]) -> AccountCard:
    name = mask_name(unseal(NAME, row["person_id"], row["name_sealed"]))
    return AccountCard(
        row["id"],
        row["login_name"],
        name,
        row["profile"],
        row["status"],
        row["must_change"],
        row["second_factor"],
        row["locked_until"],
        row["sessions"],
        row["created_at"],
    )


async def reset_password(ctx: Acting, account_id: UUID) -> Created:
    """An initial password by the security administrator: shown once, 72 h, to be changed; all sessions end (L6).

    Raises NotFound, Forbidden.
    """
    row = await _on_desk(ctx, None, account_id)
    _not_oneself(ctx, account_id)
    made = _initial()
    hashed = await hash_password(made)
    await ctx.db.run(
        "select auth_set_password($1, $2, true, $3, $4)", account_id, hashed, ctx.now + _initial_life(), ctx.now
    )
    await ctx.db.run("select auth_end_sessions($1, null, 'password_changed', $2)", account_id, ctx.now)
    await ctx.db.run("select auth_succeeded($1)", [f"account:{account_id}"])
    ctx.audit("password.reset", "account", account_id)
    return Created(account_id, row["person_id"], row["login_name"], made)


async def drop_second_factor(ctx: Acting, account_id: UUID) -> AccountCard:
    """For a lost phone: the account binds a new authenticator at its next sign-in. Raises NotFound, Forbidden."""
    await _on_desk(ctx, None, account_id)
    _not_oneself(ctx, account_id)
    await ctx.db.run("select auth_totp_drop($1)", account_id)
    await ctx.db.run("select auth_end_sessions($1, null, 'ended_by_admin', $2)", account_id, ctx.now)
    ctx.audit("second_factor.dropped", "account", account_id)
    return _card(await _on_desk(ctx, None, account_id))


async def set_account_status(ctx: Acting, account_id: UUID, status: str) -> AccountCard:
    """Disable (all sessions end at once) or enable an account. Raises NotFound, Forbidden, Invalid."""
    if status not in ("active", "disabled"):
        raise Invalid([FieldError("status", "CHOICE", "状态应为 active（启用）或 disabled（停用）。")])
    await _on_desk(ctx, None, account_id)
    _not_oneself(ctx, account_id)
    await ctx.db.run("select auth_set_status($1, $2)", account_id, status)
    if status == "disabled":
        await ctx.db.run("select auth_end_sessions($1, null, 'ended_by_admin', $2)", account_id, ctx.now)
    ctx.audit(f"account.{status}", "account", account_id)
    return _card(await _on_desk(ctx, None, account_id))


async def end_account_sessions(ctx: Acting, account_id: UUID) -> int:
    """End all sessions of an account (L19); returns how many. Raises NotFound."""
    await _on_desk(ctx, None, account_id)
    count = int(await ctx.db.value("select auth_end_sessions($1, null, 'ended_by_admin', $2)", account_id, ctx.now))
    ctx.audit("session.ended_by_admin", "account", account_id, detail={"count": count})
    return count


def _not_oneself(ctx: Acting, account_id: UUID) -> None:
    if account_id == ctx.account_id:
        raise Forbidden("NOT_ONESELF", "不能对自己的账号做这一步，请另一位安全管理员办理。")
