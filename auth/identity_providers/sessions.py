"""Sessions of identity verification (V1-V3): begun by a device, claimed by the same device with its secret, settled by the provider's word.

A provider is asked between transactions, never inside one. A callback marks a session and signs nobody in.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.identity_providers.http import read_provider
from auth.identity_providers.port import (
    REASONS,
    CallbackRefused,
    Failed,
    Hint,
    IdentityProvider,
    Pending,
    ProviderDown,
    Result,
    Session,
    VerifiedPerson,
)
from auth.identity_providers.wechat import wechat_face
from auth.sessions import SignedIn, _audience_for, _homes, open_session
from auth.wechat.binding import apart, ask
from auth.wechat.client import configured
from core import logs
from core.crypto import blind_indexes, derive, key_id, seal, unseal
from core.database import Acting
from core.errors import FieldError, Gone, Invalid, NotFound, Unauthenticated
from core.ids import new_id
from core.personal import normalise_id_number, normalise_name
from core.settings import settings

HINT, NUMBER = "idv_session.hint", "person_identity.id_no"
WAITING = "核验服务暂时没有应答，正在重试，请不要关闭页面。"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the client needs to go on; ``secret`` is told once and never stored in clear."""

    session_id: UUID
    secret: str
    kind: str
    payload: dict[str, Any]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """``pending`` (``reason``: why it takes longer), ``failed`` (``reason``: what to do) or ``verified`` with the person."""

    state: str
    reason: str | None
    session_id: UUID
    audience: str
    provider: str
    consent_version: int
    person: Hint | None = None


_configured: dict[str, dict[str, IdentityProvider]] = {}


def providers() -> dict[str, IdentityProvider]:
    """Every provider of this installation by code; WeChat's own where a mini-program is set up. Raises ValueError."""
    if settings.identity_providers not in _configured:
        found: list[IdentityProvider] = [read_provider(dict(e)) for e in json.loads(settings.identity_providers or "[]")]
        _configured.clear()
        _configured[settings.identity_providers] = {p.code: p for p in found}
    made = dict(_configured[settings.identity_providers])
    if configured():
        made["wechat"] = wechat_face()
    return made


def provider_of(code: str) -> IdentityProvider:
    """One provider. Raises NotFound."""
    found = providers().get(code)
    if found is None:
        raise NotFound("没有接通这项核验服务，请改用短信验证码或账号密码登录。", "IDP_UNKNOWN")
    return found


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


async def begin(
    ctx: Acting, provider: IdentityProvider, hint: Hint, *, audience: str, device: bytes, consent_version: int, code: str | None
) -> Begun:
    """Begin at a provider. Call it outside of transactions: the row is there before the provider knows of it, so that a callback
    may be faster than the answer to the start. Raises ProviderDown, ProviderRefused, Invalid, WeChatFault; nothing is left behind then.
    """
    openid = await _openid(provider, code)
    session_id, secret, state, nonce = new_id(), secrets.token_urlsafe(32), secrets.token_urlsafe(24), secrets.token_hex(12)
    session = Session(
        out_seq_no=secrets.token_hex(16),
        state=state,
        nonce=nonce,
        openid=openid,
        hint=hint,
        return_to=f"{settings.base_url}/m/#/pages/sign-in/index",
        notify_url=f"{settings.base_url}/idp/{provider.code}/callback",
    )
    record = {
        "id": session_id,
        "provider": provider.code,
        "purpose": "sign_in",
        "openid": openid or None,
        "audience": audience,
        "secret_sha256": _sha(secret).hex(),
        "device_hash": device.hex(),
        "state_hash": hmac.new(derive("idv-state"), state.encode(), hashlib.sha256).hexdigest(),
        "nonce": nonce,
        "out_seq_no": session.out_seq_no,
        "hint_sealed": seal(HINT, session_id, json.dumps([hint.name, hint.id_type, hint.id_no])).hex(),
        "consent_version": consent_version,
        "ip": ctx.ip,
    }
    async with apart(ctx):
        expires = await ctx.db.value("select idv_start($1, $2)", record, ctx.now)
        ctx.audit("face.started", "idv_session", session_id, detail={"provider": provider.code, "consent_version": consent_version})
    try:
        started = await provider.start(session)
    except BaseException:
        async with apart(ctx):
            await ctx.db.run("select idv_drop($1)", session_id)
        raise
    async with apart(ctx):
        await ctx.db.run("select idv_begun($1, $2)", session_id, started.ref)
    return Begun(session_id, secret, started.kind, started.payload, expires)


async def _openid(provider: IdentityProvider, code: str | None) -> str:
    if not provider.needs_openid:
        return ""
    if not code:
        raise Invalid([FieldError("code", "REQUIRED", "请在微信小程序里重新打开本页，再开始核验。")])
    return str((await ask(code))["openid"])


async def look(ctx: Acting, session_id: UUID, secret: str, device: bytes) -> Looked:
    """How a session stands, for the device that began it; asks the provider (V2). Call it outside of transactions.

    Raises Gone ``FACE_SESSION_ENDED``: unknown, expired, used, another device's or a wrong secret (not told apart).
    """
    async with apart(ctx):
        row = await _row(ctx, session_id, secret, device)
    if row["status"] != "started":
        return _looked(row)
    provider = provider_of(row["provider"])
    if provider.by_callback or row["provider_ref"] is None:
        return _looked(row)
    hint = _hint(row)
    session = Session(row["out_seq_no"], "", row["nonce"], row["openid"] or "", hint, "", "", row["provider_ref"])
    try:
        result = await provider.fetch_result(session, ctx.now)
    except ProviderDown:
        return _looked(row, WAITING)
    if isinstance(result, Pending):
        return _looked(row)
    async with apart(ctx):
        await _settle(ctx, session_id, _checked(result, hint))
        return _looked(await _row(ctx, session_id, secret, device))


async def hold(ctx: Acting, session_id: UUID, secret: str, device: bytes) -> Looked:
    """The same inside a transaction, without asking anybody: for who goes in with a verified session. Raises Gone."""
    return _looked(await _row(ctx, session_id, secret, device))


def _checked(result: Result, hint: Hint) -> Result:
    """A pass of somebody else than was typed is none (V7)."""
    if isinstance(result, VerifiedPerson):
        same = normalise_id_number(result.id_no) == hint.id_no and normalise_name(result.name) == normalise_name(hint.name)
        return result if same else Failed("other_person")
    return result


async def _settle(ctx: Acting, session_id: UUID, result: Result) -> None:
    passed = isinstance(result, VerifiedPerson)
    reason = result.reason if isinstance(result, Failed) else ""
    evidence = result.evidence_ref if isinstance(result, VerifiedPerson) else ""
    args = (session_id, "verified" if passed else "failed", reason, evidence, ctx.now)
    if await ctx.db.value("select idv_settle($1, $2, $3, $4, $5)", *args):
        ctx.audit("face.verified" if passed else "face.failed", "idv_session", session_id, "ok" if passed else "denied", {"reason": reason})


async def _row(ctx: Acting, session_id: UUID, secret: str, device: bytes) -> dict[str, Any]:
    row = await ctx.db.row("select * from idv_find($1, $2, $3, $4)", session_id, _sha(secret), device, ctx.now)
    if row is None:
        raise Gone("FACE_SESSION_ENDED", "这次核验已结束或超过 10 分钟，请重新核验；也可以改用短信验证码或账号密码登录。")
    return row


def _hint(row: dict[str, Any]) -> Hint:
    return Hint(*json.loads(unseal(HINT, row["id"], row["hint_sealed"])))


def _looked(row: dict[str, Any], waiting: str | None = None) -> Looked:
    facts = (row["id"], row["audience"], row["provider"], row["consent_version"])
    if row["status"] == "verified":
        return Looked("verified", None, *facts, _hint(row))
    if row["status"] == "failed":
        return Looked("failed", REASONS.get(row["reason"], REASONS["not_passed"]), *facts)
    return Looked("pending", waiting, *facts)


async def take_callback(ctx: Acting, code: str, headers: Mapping[str, str], body: bytes) -> str:
    """A provider's callback (V2, V3): marked | replay | unknown | swapped | ended, in the caller's transaction; logged, never told.

    Raises Unauthenticated when the signature, the time or the form does not hold, NotFound for an unknown provider.
    """
    provider = provider_of(code)
    try:
        told = provider.verify_callback({k.lower(): v for k, v in headers.items()}, body, ctx.now)
    except CallbackRefused as refused:
        logs.warn("idp.callback_refused", provider=code, why=refused.why)
        ctx.audit("face.callback_refused", "provider", code, "denied", {"why": refused.why})
        raise Unauthenticated("CALLBACK_REFUSED", "The callback was not accepted.").keep() from None
    args = (provider.code, told.out_seq_no, told.nonce, told.openid or None, ctx.now)
    row = await ctx.db.row("select * from idv_callback($1, $2, $3, $4, $5)", *args)
    assert row is not None
    outcome = str(row["outcome"])
    if outcome == "marked" and provider.by_callback:
        result: Result = VerifiedPerson("", "", "", ctx.now, f"callback:{told.nonce}"[:200]) if told.passed else Failed("not_passed")
        await _settle(ctx, row["session_id"], result)
    if outcome != "marked":
        logs.note("idp.callback", provider=code, outcome=outcome)
    ctx.audit("face.callback", "idv_session", row["session_id"] or "", "ok" if outcome == "marked" else "denied", {"outcome": outcome})
    return outcome


# The person behind a document ---------------------------------------------------------------------------------------------


async def person_of(ctx: Acting, who: Hint) -> dict[str, Any] | None:
    """``person_id, account_id, status, name_sealed`` of who proved this document before; None: nobody."""
    return await ctx.db.row("select * from identity_person($1)", blind_indexes("id_number", who.id_no))


async def give_document(ctx: Acting, person_id: UUID, who: Hint, provider: str) -> bool:
    """Note the proved document at a person. False: it is another person's, or this one has another."""
    record = {
        "idx": [i.hex() for i in blind_indexes("id_number", who.id_no)],
        "key_id": key_id().hex(),
        "id_type": who.id_type,
        "id_no_sealed": seal(NUMBER, person_id, who.id_no).hex(),
        "provider": provider,
    }
    return bool(await ctx.db.value("select identity_put($1, $2, $3)", person_id, record, ctx.now))


async def use(ctx: Acting, session_id: UUID, account_id: UUID) -> None:
    """Spend a verified session (V1: single use). Raises Gone."""
    if not await ctx.db.value("select idv_use($1, $2, $3)", session_id, account_id, ctx.now):
        raise Gone("FACE_SESSION_ENDED", "这次核验已经用过，请重新核验。")


async def sign_in(ctx: Acting, account_id: UUID, audience: str, device_id: str, organisation: UUID | None) -> SignedIn:
    """Open a session for the holder of a proved document. Raises Unauthenticated ``ACCOUNT_DISABLED``, Forbidden ``WRONG_CONSOLE``."""
    found = await ctx.db.row("select * from auth_account($1)", account_id)
    if found is None or found["status"] != "active":
        ctx.audit("login.failed", "account", account_id, "denied", {"way": "face"})
        raise Unauthenticated("ACCOUNT_DISABLED", "账号已停用，请联系企业管理员或拨打服务热线。").keep()
    homes = await _homes(ctx, found)
    ctx.audience = audience
    return await open_session(ctx, found, _audience_for(audience, homes), ["face"], device_id, homes, organisation)


__all__ = [
    "Begun",
    "Looked",
    "begin",
    "give_document",
    "hold",
    "look",
    "person_of",
    "provider_of",
    "providers",
    "sign_in",
    "take_callback",
    "use",
]
