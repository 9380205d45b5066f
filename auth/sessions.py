"""Signing in, rotating, ending (L8, L9, L14-L19). The session row in the database decides; tokens only carry its id."""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auth import invited, sms, waits
from auth.audiences import (
    ALL,
    CONSOLE_BANK,
    CONSOLE_ENT,
    CONSOLE_OPS,
    ENTERPRISE,
    H5,
    MINI,
    OF_KIND,
    TWO_FACTOR,
    console_of,
)
from auth.captcha import check_captcha
from auth.passwords import LEGACY_PASSWORD, hash_password, needs_rehash, verify_password
from auth.second_factor import spend as spend_totp
from auth.tokens import issue_access_token, lifetime
from core import logs
from core.crypto import blind_indexes, derive
from core.database import Acting
from core.errors import FieldError, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from core.ids import new_id
from core.personal import normalise_phone
from core.settings import settings

#: audience -> idle seconds, absolute seconds (L16)
LIFETIMES = {
    MINI: (7 * 86400, 30 * 86400),
    H5: (7 * 86400, 30 * 86400),
    CONSOLE_OPS: (900, 8 * 3600),
    CONSOLE_BANK: (900, 8 * 3600),
}
CONSOLE_LIFETIME = (1800, 12 * 3600)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session: the access token for memory, the refresh token for the cookie (or the phone's storage)."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    account_id: UUID
    person_id: UUID
    sid: UUID
    organisation: UUID | None
    audience: str
    must_change: bool
    device_id: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """One live session, for 我的设备."""

    id: UUID
    audience: str
    device: str
    ip: str
    amr: list[str]
    created_at: datetime
    last_seen: datetime
    current: bool


def device_hash(device_id: str, user_agent: str) -> bytes:
    """What binds codes and refresh tokens to a device: the client's own random id, or its user agent."""
    return hashlib.sha256(derive("device") + (device_id or user_agent).encode()).digest()


def device_id_or_nothing(text: str) -> str:
    """A device's own id counts when nobody guesses it; anything shorter is no id."""
    return text[:100] if len(text) >= 16 else ""


WRONG = "账号或密码不对，请核对后重试；多次输错需要等待，也可改用短信验证码登录。"


async def password_login(
    ctx: Acting,
    *,
    account: str,
    password: str,
    captcha_id: str,
    captcha_answer: str,
    audience: str | None = None,
    totp: str | None = None,
    device_id: str = "",
) -> SignedIn:
    """Sign in by name (or phone) and password. ``audience`` None: the console of the person's own organisations.

    Unknown, wrong and locked do the same work and unknown and wrong say the same (L9). Raises Invalid, TooMany,
    Unauthenticated, Problem ``TOTP_REQUIRED``, Forbidden ``WRONG_CONSOLE`` / ``INITIAL_PASSWORD_EXPIRED``.
    """
    _known_audience(audience)
    await check_captcha(ctx, captcha_id, captcha_answer)
    found = await _look(ctx, account, device_id)
    right = await verify_password(found["password_hash"], password)
    locked = _locked_until(ctx, found, right)
    if locked is not None or not right or found["status"] != "active" or _legacy_from_afar(ctx, found, password):
        counted = locked is None
        await ctx.db.run(
            "select auth_failed($1, $2, $3, $4, $5)", found["buckets"], waits.LIMITS, waits.SOFT, counted, ctx.now
        )
        ctx.audit(
            "login.failed" if counted else "login.locked",
            "account",
            found["buckets"][0].removeprefix("account:"),
            "denied",
        )
        waits.refuse_locked(ctx, locked)
        raise Unauthenticated("LOGIN_FAILED", WRONG).keep()
    if found["must_change"] and found["initial_until"] and found["initial_until"] <= ctx.now:
        raise Forbidden("INITIAL_PASSWORD_EXPIRED", "初始密码已过有效期，请联系管理员重新获取。")
    homes = await _homes(ctx, found)
    audience = _audience_for(audience, homes)
    amr = ["pwd"]
    if audience in TWO_FACTOR and found["totp_sealed"] is not None:
        if not totp:
            raise Problem("TOTP_REQUIRED", "请再输入验证器上的 6 位动态验证码。", status=401)
        await spend_totp(ctx, found, totp)
        amr.append("otp")
    await ctx.db.run("select auth_succeeded($1)", found["buckets"][:2])
    await _renew_hash(ctx, found, password)
    await _age(ctx, found)
    return await open_session(ctx, found, audience, amr, device_id, homes)


def _known_audience(audience: str | None) -> None:
    if audience is not None and audience not in ALL:
        raise Invalid([FieldError("audience", "CHOICE", "不认识的登录入口。")])


def _locked_until(ctx: Acting, found: dict[str, Any], right: bool) -> datetime | None:
    """A right password from a known device passes while the account waits, not while the place waits (L8)."""
    account = None if right and found["device_known"] else found["account_locked"]
    return max((at for at in (account, found["place_locked"]) if at is not None), default=None)


def _legacy_from_afar(ctx: Acting, found: dict[str, Any], password: str) -> bool:
    """The fixed initial password of an on-premises install works inside its own network only (L6)."""
    if password != LEGACY_PASSWORD or not found["must_change"]:
        return False
    try:
        return not (settings.legacy_fixed_password and ipaddress.ip_address(ctx.ip).is_private)
    except ValueError:
        return True


async def _look(ctx: Acting, account: str, device_id: str) -> dict[str, Any]:
    """Account, waits and whether the device is known, in one statement; an unknown name has the same row without id."""
    name, phones = account.strip(), None
    try:
        phones = blind_indexes("phone", normalise_phone(name))
    except ValueError:
        pass
    unknown = hmac.new(
        derive("unknown"), (phones[0].hex() if phones else name.lower()).encode(), hashlib.sha256
    ).hexdigest()
    device = device_hash(device_id, "") if device_id else None
    args = (None if phones else name, phones, unknown, waits.network(ctx.ip), ctx.ip, device, ctx.now)
    row = await ctx.db.row("select * from auth_look($1, $2, $3, $4, $5, $6, $7)", *args)
    assert row is not None
    return row


async def _renew_hash(ctx: Acting, found: dict[str, Any], password: str) -> None:
    if needs_rehash(found["password_hash"]):
        args = (
            found["id"],
            await hash_password(password),
            found["must_change"],
            found["initial_until"],
            found["password_changed_at"],
        )
        await ctx.db.run("select auth_set_password($1, $2, $3, $4, $5)", *args)


async def _age(ctx: Acting, found: dict[str, Any]) -> None:
    """Regular change, off unless PASSWORD_MAX_AGE_DAYS says so (L5)."""
    days = settings.password_max_age_days
    if days and found["password_changed_at"] <= ctx.now - timedelta(days=days):
        await ctx.db.run("select auth_set_must_change($1)", found["id"])
        found["must_change"] = True


async def sms_login(
    ctx: Acting, *, phone: str, code: str, code_device: bytes, audience: str | None = None, device_id: str = ""
) -> SignedIn:
    """Sign in by phone and code (sent to ``code_device``). Consoles that ask for two factors are refused (L21).

    Raises Invalid, Unauthenticated, Forbidden ``WRONG_CONSOLE``.
    """
    if audience is not None and (audience not in ALL or audience in TWO_FACTOR):
        raise Invalid([FieldError("audience", "CHOICE", "这个入口需要账号密码和动态验证码登录。")])
    number = await sms.spend_code(ctx, "login", phone, code, code_device)
    found = await _look(ctx, number, device_id)
    if found["id"] is None and await invited.open_account(ctx, number):
        found = await _look(ctx, number, device_id)
    if found["id"] is None or found["status"] != "active":
        ctx.audit("login.failed", "account", found["buckets"][0].removeprefix("account:"), "denied")
        raise Unauthenticated("LOGIN_FAILED", "这个手机号还没有账号，请先注册，或请企业管理员邀请您加入。").keep()
    homes = await _homes(ctx, found)
    return await open_session(ctx, found, _audience_for(audience or CONSOLE_ENT, homes), ["sms"], device_id, homes)


@dataclass(frozen=True, slots=True)
class Home:
    """An organisation the person may act for today: as a member, or as the agent of a firm."""

    id: UUID
    kind: str
    version: int
    agency: bool = False


async def _homes(ctx: Acting, found: dict[str, Any]) -> list[Home]:
    """Living memberships and agencies in living organisations of a proved person, who acts from here on."""
    await ctx.db.run(
        "select set_config('app.person', $1, true), set_config('app.account', $2, true)",
        str(found["person_id"]),
        str(found["id"]),
    )
    rows = await ctx.db.rows(
        "select id, kind, version, scopes is not null as agency from person_homes($1, $2) where status in ('unverified', 'active')",
        found["person_id"],
        ctx.today,
    )
    return [Home(r["id"], r["kind"], r["version"], r["agency"]) for r in rows]


def _audience_for(wanted: str | None, homes: list[Home]) -> str:
    """The client a session is for: what was asked when it serves the person, else a refusal naming the right one."""
    kinds = {home.kind for home in homes}
    if wanted is None:
        return console_of(kinds.pop()) if len(kinds) == 1 else CONSOLE_ENT
    if any(wanted in OF_KIND[kind] for kind in kinds) or (not kinds and wanted in ENTERPRISE):
        return wanted
    right = console_of(sorted(kinds)[0]) if kinds else CONSOLE_ENT
    raise Forbidden("WRONG_CONSOLE", "这个账号不属于所选的登录入口，请换到自己机构的入口登录。", audience=right)


async def open_session(
    ctx: Acting,
    found: dict[str, Any],
    audience: str,
    amr: list[str],
    device_id: str,
    homes: list[Home],
    organisation: UUID | None = None,
) -> SignedIn:
    """Open a session for a proved account, for ``organisation`` or, without one, for the only one this client serves.

    Who belongs to one firm and is the agent of others starts in his own.
    """
    served = [home for home in homes if audience in OF_KIND[home.kind]]
    own = [home for home in served if not home.agency]
    chosen = [home for home in served if home.id == organisation] or own or served
    home = chosen[0] if len(chosen) == 1 else None
    idle, absolute = LIFETIMES.get(audience, CONSOLE_LIFETIME)
    sid, refresh, device_id = new_id(), secrets.token_urlsafe(32), device_id or secrets.token_urlsafe(24)
    record = {
        "id": sid,
        "account_id": found["id"],
        "audience": audience,
        "amr": amr,
        "organisation_id": home.id if home else None,
        "device": ctx.user_agent[:200],
        "device_hash": device_hash(device_id, "").hex(),
        "ip": ctx.ip,
        "now": ctx.now,
        "idle_seconds": idle,
        "absolute_seconds": absolute,
        "refresh_sha256": _sha(refresh).hex(),
        "limit": 1 if audience == CONSOLE_OPS else 5,
    }
    ended = await ctx.db.rows("select ended from auth_open_session($1)", record)
    ctx.account_id, ctx.person_id, ctx.sid = found["id"], found["person_id"], sid
    ctx.audit("login.succeeded", "session", sid, detail={"audience": audience, "amr": amr, "ended": len(ended)})
    token = issue_access_token(
        account=found["id"],
        sid=sid,
        organisation=home.id if home else None,
        audience=audience,
        amr=amr,
        auth_time=ctx.now,
        roles_version=home.version if home else 0,
    )
    return SignedIn(
        token,
        lifetime(audience),
        refresh,
        idle,
        found["id"],
        found["person_id"],
        sid,
        home.id if home else None,
        audience,
        found["must_change"],
        device_id,
        tuple(amr),
    )


def _sha(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def successor_of(token: str, sid: UUID) -> str:
    """The next refresh token is a MAC over its parent: the grace of L15 can repeat it without storing it in clear."""
    mac = hmac.new(derive("refresh"), sid.bytes + token.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


async def audience_of_refresh(ctx: Acting, token: str) -> str | None:
    """The client a refresh token was made for (L13); None for a token nobody knows. Spends nothing."""
    found = await ctx.db.value("select auth_audience_of_refresh($1)", _sha(token))
    return None if found is None else str(found)


async def rotate(ctx: Acting, token: str, device_id: str) -> SignedIn:
    """Exchange a refresh token (L15). Reuse of a spent one ends the session. Raises Unauthenticated."""
    sid = await ctx.db.value("select auth_session_of_refresh($1)", _sha(token))
    if sid is None:
        raise Unauthenticated()
    following = successor_of(token, sid)
    device = device_hash(device_id, ctx.user_agent)
    row = await ctx.db.row("select * from auth_rotate($1, $2, $3, $4)", _sha(token), _sha(following), device, ctx.now)
    assert row is not None
    if row["outcome"] == "reuse":
        ctx.audit("refresh.reuse", "session", sid, "denied")
        logs.warn("refresh.reuse", sid=str(sid))
        raise Unauthenticated("SESSION_REVOKED", ENDED["refresh_reuse"]).keep()
    if row["outcome"] != "ok":
        raise Unauthenticated("SESSION_ENDED", ENDED.get(row["outcome"], ENDED["expired"]))
    homes = {home.id: home for home in await _homes(ctx, {"person_id": row["person_id"], "id": row["account_id"]})}
    home = homes.get(row["organisation_id"])  # a membership that ended leaves the person signed in, without it
    audience, amr = row["audience"], list(row["amr"])
    access = issue_access_token(
        account=row["account_id"],
        sid=sid,
        organisation=home.id if home else None,
        audience=audience,
        amr=amr,
        auth_time=row["auth_time"],
        roles_version=home.version if home else 0,
    )
    return SignedIn(
        access,
        lifetime(audience),
        following,
        row["lives"],
        row["account_id"],
        row["person_id"],
        sid,
        home.id if home else None,
        audience,
        row["must_change"],
        device_id,
        tuple(amr),
    )


#: Why a session is over, for the person who comes back (L18: the oldest ends with notice).
ENDED = {
    "expired": "登录已过期，填写内容已保存，请重新登录。",
    "refresh_reuse": "检测到登录凭证被重复使用，为安全起见已退出，请重新登录；如非本人操作，请立即修改密码。",
    "too_many": "您的账号在其他设备登录，本设备已退出。如非本人操作，请立即修改密码。",
    "password_changed": "密码已修改，请用新密码重新登录。",
    "scan_replay": "扫码登录被另一台设备重复使用，为安全起见已退出，请重新登录；如非本人操作，请修改密码。",
    "wechat_changed": "账号绑定的微信已变更，请重新登录；如非本人操作，请立即修改密码。",
    "ended_by_admin": "管理员已结束您的登录，请重新登录或联系管理员。",
}


async def choose_organisation(ctx: Acting, organisation: UUID) -> str:
    """Act for another organisation from now on (T2); membership is checked here and at each request.

    Returns a new access token. Only organisations that the present client serves (T4). Raises NotFound.
    """
    assert ctx.sid is not None and ctx.account_id is not None and ctx.auth_time is not None
    homes = await _homes(ctx, {"person_id": ctx.person_id, "id": ctx.account_id})
    home = next((h for h in homes if h.id == organisation and ctx.audience in OF_KIND[h.kind]), None)
    if home is None:
        raise NotFound("没有这个企业（机构），或您不是它的成员或代理人。")
    await ctx.db.run("select auth_choose($1, $2)", ctx.sid, organisation)
    ctx.audit("organisation.switched", "organisation", organisation)
    return issue_access_token(
        account=ctx.account_id,
        sid=ctx.sid,
        organisation=organisation,
        audience=ctx.audience,
        amr=sorted(ctx.amr),
        auth_time=ctx.auth_time,
        roles_version=home.version,
    )


async def my_devices(ctx: Acting) -> list[Device]:
    """Live sessions of the signed-in account (L19)."""
    rows = await ctx.db.rows("select * from auth_sessions($1, $2)", ctx.account_id, ctx.now)
    return [
        Device(
            r["id"],
            r["audience"],
            r["device"],
            r["ip"],
            list(r["amr"]),
            r["created_at"],
            r["last_seen"],
            r["id"] == ctx.sid,
        )
        for r in rows
    ]


async def end_session(ctx: Acting, sid: UUID) -> None:
    """End one of my sessions; access ends at once. Raises NotFound."""
    if not await ctx.db.value("select auth_end_sessions($1, $2, 'ended', $3)", ctx.account_id, sid, ctx.now):
        raise NotFound()
    ctx.audit("session.ended", "session", sid)


async def end_all_sessions(ctx: Acting) -> int:
    """End all my sessions; returns how many."""
    count = int(await ctx.db.value("select auth_end_sessions($1, null, 'ended_all', $2)", ctx.account_id, ctx.now))
    ctx.audit("session.ended_all", "account", ctx.account_id, detail={"count": count})
    return count


async def end_member_sessions(ctx: Acting, person_id: UUID) -> int:
    """An administrator ends all sessions of a member of his organisation (L19); the caller checked the permission."""
    count = int(await ctx.db.value("select auth_end_member($1, 'ended_by_admin', $2)", person_id, ctx.now))
    ctx.audit("session.ended_by_admin", "person", person_id, detail={"count": count})
    return count


def needs_second_factor(audience: str, amr: Collection[str]) -> bool:
    """True when this client opens only after a second factor and the session has none yet (L21)."""
    return audience in TWO_FACTOR and "otp" not in amr


def require_second_factor(ctx: Acting) -> None:
    """Consoles of operators, governments, verifiers and banks open after the second factor (L21). Raises Forbidden."""
    if needs_second_factor(ctx.audience, ctx.amr):
        raise Forbidden("SECOND_FACTOR_REQUIRED", "这个入口需要第二重验证，请先在「我的设备」中绑定验证器。")
