"""Signing in, rotating, ending (L8, L9, L14-L19). The session row in the database decides; tokens only carry its id."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from auth import sms
from auth.audiences import ALL, CONSOLE_BANK, CONSOLE_OPS, H5, MINI, TWO_FACTOR
from auth.captcha import check_captcha
from auth.passwords import hash_password, needs_rehash, verify_password
from auth.second_factor import spend as spend_totp
from auth.tokens import issue_access_token, lifetime
from core.crypto import blind_indexes, derive
from core.database import Acting
from core.errors import FieldError, Forbidden, Invalid, NotFound, Problem, TooMany, Unauthenticated
from core.ids import new_id
from core.personal import normalise_phone

#: audience -> idle seconds, absolute seconds (L16)
LIFETIMES = {MINI: (7 * 86400, 30 * 86400), H5: (7 * 86400, 30 * 86400), CONSOLE_OPS: (900, 8 * 3600), CONSOLE_BANK: (900, 8 * 3600)}
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


@dataclass(frozen=True, slots=True)
class Device:
    """One live session, for 我的设备."""

    id: UUID
    audience: str
    device: str
    ip: str
    amr: list[str]
    created_at: Any
    last_seen: Any
    current: bool


def device_hash(device_id: str, user_agent: str) -> bytes:
    """What binds codes and refresh tokens to a device: the client's own random id, or its user agent."""
    return hashlib.sha256(derive("device") + (device_id or user_agent).encode()).digest()


def _network(ip: str) -> str:
    return ip.rsplit(".", 1)[0] if "." in ip else ":".join(ip.split(":")[:4])


WRONG = "账号或密码不对，请核对后重试；多次输错需要等待，也可改用短信验证码登录。"


async def password_login(
    ctx: Acting, *, account: str, password: str, captcha_id: str, captcha_answer: str, audience: str, totp: str | None, device_id: str
) -> SignedIn:
    """Sign in by name (or phone) and password. Raises Invalid, TooMany, Unauthenticated with one text for all of: unknown, wrong (L9)."""
    if audience not in ALL:
        raise Invalid([FieldError("audience", "CHOICE", "不认识的登录入口。")])
    await check_captcha(ctx, captcha_id, captcha_answer)
    device = device_hash(device_id, ctx.user_agent)
    found = await _find(ctx, account)
    key = (str(found["id"]) if found else hashlib.sha256(derive("unknown") + account.strip().lower().encode()).hexdigest())
    buckets = [f"account:{key}", f"net:{_network(ctx.ip)}", f"pair:{key}:{ctx.ip}"]
    locked = await ctx.db.value("select auth_locked_until($1, $2)", buckets, ctx.now)
    known = bool(await ctx.db.value("select auth_known_device($1, $2)", found["id"] if found else None, device))
    right = await verify_password(found["password_hash"] if found else None, password)
    if locked and not (known and right):
        wait = max(1, int((locked - ctx.now).total_seconds()))
        ctx.audit("login.locked", "account", key, "denied")
        raise TooMany(wait, f"输错次数较多，请 {max(1, -(-wait // 60))} 分钟后再试，或改用短信验证码登录。", code="LOGIN_LOCKED").keep()
    if not right or found is None or found["status"] != "active":
        for bucket, limit in zip(buckets, (5, 50, 5), strict=True):
            await ctx.db.run("select auth_failed($1, $2, $3)", bucket, limit, ctx.now)
        ctx.audit("login.failed", "account", key, "denied")
        raise Unauthenticated("LOGIN_FAILED", WRONG).keep()
    if found["must_change"] and found["initial_until"] and found["initial_until"] < ctx.now:
        raise Forbidden("INITIAL_PASSWORD_EXPIRED", "初始密码已超过 72 小时失效，请联系管理员重新获取。")
    amr = ["pwd"]
    if audience in TWO_FACTOR and found["totp_confirmed"]:
        if not totp:
            raise Problem("TOTP_REQUIRED", "请再输入验证器上的 6 位动态验证码。", status=401)
        await spend_totp(ctx, found["id"], found["totp_sealed"], totp)
        amr.append("otp")
    await ctx.db.run("select auth_succeeded($1)", buckets[0])
    if needs_rehash(found["password_hash"]):
        hashed = await hash_password(password)
        args = (found["id"], hashed, found["must_change"], found["initial_until"], found["password_changed_at"])
        await ctx.db.run("select auth_set_password($1, $2, $3, $4, $5)", *args)
    return await open_session(ctx, found, audience, amr, device)


async def sms_login(ctx: Acting, *, phone: str, code: str, audience: str, device_id: str) -> SignedIn:
    """Sign in by phone and code. Consoles that ask for two factors are refused (L21). Raises Invalid, Unauthenticated."""
    if audience not in ALL or audience in TWO_FACTOR:
        raise Invalid([FieldError("audience", "CHOICE", "这个入口需要账号密码和动态验证码登录。")])
    device = device_hash(device_id, ctx.user_agent)
    number = await sms.spend_code(ctx, "login", phone, code, device)
    found = await ctx.db.row("select * from auth_find(null, $1)", blind_indexes("phone", number))
    if found is None or found["status"] != "active":
        raise Unauthenticated("LOGIN_FAILED", "这个手机号还没有账号，请先注册，或请企业管理员邀请您加入。").keep()
    return await open_session(ctx, found, audience, ["sms"], device)


async def _find(ctx: Acting, account: str) -> dict[str, Any] | None:
    try:
        phones = blind_indexes("phone", normalise_phone(account))
    except ValueError:
        return await ctx.db.row("select * from auth_find($1, null)", account.strip())
    return await ctx.db.row("select * from auth_find(null, $1)", phones)


async def open_session(ctx: Acting, found: dict[str, Any], audience: str, amr: list[str], device: bytes) -> SignedIn:
    """Open a session for a proved account; the organisation is chosen when there is exactly one that the client serves."""
    await ctx.db.run("select set_config('app.person', $1, true), set_config('app.account', $2, true)", str(found["person_id"]), str(found["id"]))
    organisation = await _only_organisation(ctx, found["person_id"])
    idle, absolute = LIFETIMES.get(audience, CONSOLE_LIFETIME)
    sid, refresh = new_id(), secrets.token_urlsafe(32)
    record = {
        "id": sid,
        "account_id": found["id"],
        "audience": audience,
        "amr": amr,
        "organisation_id": organisation,
        "device": ctx.user_agent[:200],
        "device_hash": device.hex(),
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
    token = issue_access_token(account=found["id"], sid=sid, organisation=organisation, audience=audience, amr=amr, auth_time=ctx.now)
    return SignedIn(token, lifetime(audience), refresh, idle, found["id"], found["person_id"], sid, organisation, audience, found["must_change"])


async def _only_organisation(ctx: Acting, person_id: UUID) -> UUID | None:
    rows = await ctx.db.rows(
        "select tenant_id from membership where person_id = $1 and status = 'active' and valid_from <= $2"
        " and (valid_to is null or valid_to >= $2) limit 2",
        person_id,
        ctx.today,
    )
    return rows[0]["tenant_id"] if len(rows) == 1 else None


def _sha(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def successor_of(token: str, sid: UUID) -> str:
    """The next refresh token is a MAC over its parent: the grace of L15 can repeat it without storing it in clear."""
    mac = hmac.new(derive("refresh"), sid.bytes + token.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


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
        raise Unauthenticated("SESSION_REVOKED", "检测到登录凭证被重复使用，为安全起见已退出，请重新登录。").keep()
    if row["outcome"] != "ok":
        raise Unauthenticated()
    account = await ctx.db.row("select * from auth_account($1)", row["account_id"])
    assert account is not None
    audience, amr = row["audience"], list(row["amr"])
    access = issue_access_token(
        account=row["account_id"], sid=sid, organisation=row["organisation_id"], audience=audience, amr=amr, auth_time=row["auth_time"]
    )
    idle = LIFETIMES.get(audience, CONSOLE_LIFETIME)[0]
    return SignedIn(
        access, lifetime(audience), following, idle, row["account_id"], account["person_id"], sid, row["organisation_id"], audience, account["must_change"]
    )


async def choose_organisation(ctx: Acting, claims_audience: str, amr: tuple[str, ...], auth_time: Any, organisation: UUID) -> str:
    """Act for another organisation from now on (T2); membership is checked here and again at each request. Returns a new access token."""
    member = await ctx.db.value(
        "select true from membership where person_id = $1 and tenant_id = $2 and status = 'active' and valid_from <= $3"
        " and (valid_to is null or valid_to >= $3)",
        ctx.person_id,
        organisation,
        ctx.today,
    )
    if not member:
        raise NotFound("没有这个企业（机构），或您不是它的成员。")
    assert ctx.sid is not None and ctx.account_id is not None
    await ctx.db.run("select auth_choose($1, $2)", ctx.sid, organisation)
    ctx.audit("organisation.switched", "organisation", organisation)
    return issue_access_token(
        account=ctx.account_id, sid=ctx.sid, organisation=organisation, audience=claims_audience, amr=list(amr), auth_time=auth_time
    )


async def my_devices(ctx: Acting) -> list[Device]:
    """Live sessions of the signed-in account (L19)."""
    rows = await ctx.db.rows("select * from auth_sessions($1, $2)", ctx.account_id, ctx.now)
    return [
        Device(r["id"], r["audience"], r["device"], r["ip"], list(r["amr"]), r["created_at"], r["last_seen"], r["id"] == ctx.sid)
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


#: how long a proof of a step-up lives
PROOF_LIFE = timedelta(minutes=5)
