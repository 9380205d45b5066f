"""Accounts: made for a person, names, initial passwords, forced and voluntary change."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from auth.passwords import check_password, hash_password, initial_password, verify_password
from core.crypto import blind_index, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from core.ids import new_id
from core.personal import mask_name, normalise_name, normalise_phone

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
    number = normalise_phone(phone) if phone else None
    if await ctx.db.value("select auth_name_taken($1)", login):
        raise Conflict("LOGIN_NAME_TAKEN", "这个账号名已被使用，请换一个。", errors_path="login_name")
    if number and await ctx.db.value("select auth_phone_owner($1)", [blind_index("phone", number)]):
        raise Conflict("PHONE_TAKEN", "这个手机号已注册，请直接登录，或换一个手机号。", errors_path="phone")
    chosen = password or initial_password()
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
        "initial_until": None if password else ctx.now + timedelta(hours=INITIAL_HOURS),
        "now": ctx.now,
    }
    if number:
        record |= {"phone_sealed": seal(PHONE, person_id, number).hex(), "phone_idx": blind_index("phone", number).hex(), "key_id": key_id().hex()}
    await ctx.db.run("select auth_create($1)", record)
    ctx.audit("account.created", "account", account_id)
    return Created(account_id, person_id, login, None if password else chosen)


async def change_password(ctx: Acting, old: str, new: str) -> None:
    """Change and end every session (L4: sign in again). Raises Invalid."""
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    if not await verify_password(row["password_hash"], old):
        raise Invalid([FieldError("old_password", "PASSWORD_WRONG", "原密码不对，请重新输入。")], code="PASSWORD_WRONG")
    if old == new:
        raise Invalid([FieldError("new_password", "PASSWORD_SAME", "新密码不能与原密码相同。")], code="PASSWORD_SAME")
    check_password(row["profile"], new, login_name=row["login_name"], path="new_password")
    hashed = await hash_password(new)
    await ctx.db.run("select auth_set_password($1, $2, false, null, $3)", ctx.account_id, hashed, ctx.now)
    await ctx.db.run("select auth_end_sessions($1, null, 'password_changed', $2)", ctx.account_id, ctx.now)
    ctx.audit("password.changed", "account", ctx.account_id)


@dataclass(frozen=True, slots=True)
class Myself:
    """The signed-in account for its own eyes; the name is masked as others see it."""

    login_name: str
    name: str
    must_change: bool
    second_factor: bool


async def who_am_i(ctx: Acting) -> Myself:
    """Facts of the signed-in account."""
    row = await ctx.db.row("select * from auth_account($1)", ctx.account_id)
    assert row is not None
    name = unseal(NAME, row["person_id"], row["name_sealed"])
    return Myself(row["login_name"], mask_name(name), row["must_change"], bool(row["totp_confirmed"]))
