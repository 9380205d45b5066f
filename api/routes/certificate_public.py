"""Certificates without signing in.

The page behind a code, its proof, the platform's public keys, the signed status list.
"""

import time
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

import msgspec
from sanic.request import Request

import grading
from api.kernel.route import Call, PageAnswer, route
from api.kernel.serve import client_ip
from api.kernel.types import ENCODER, Answer
from api.pages.certificate import SECURITY_HEADERS, render_certificate_page, render_unknown_page
from core import limits, logs
from core.clock import utc_now
from core.database import Acting, transaction
from core.settings import settings
from documents import CertificateView, certificate_view

#: One body for a forged and for an unknown code (CC4): nothing in it depends on the request.
UNKNOWN = msgspec.json.encode(
    {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "CODE_NOT_FOUND",
        "detail": "查无此码。这个码不是本平台签发的，或已抄写有误，请勿据此采信。",
    }
)
BAD_CODES_A_MINUTE = 30


async def _look_up(call: Call, code: str) -> grading.PublicCertificate | None:
    """The certificate now; a bad code counts against the caller's address (30 a minute)."""
    now = utc_now()
    found = grading.remembered(code, now)
    if found is None and grading.is_ours(code):
        async with transaction(read_only=True) as db:
            found = await grading.public_certificate(db, code, now)
    if found is None:
        logs.note("code refused", code_hash=sha256(code.encode()).hexdigest()[:16])
        await limits.hit(f"bad-code:{client_ip(call.request)}", BAD_CODES_A_MINUTE, 60)
    return found


class PublicCertificate(Answer):
    """A certificate as everybody may see it; amounts (``E_core`` tCO2, ``value_added`` 万元) by the enterprise's opt-in only."""

    state: Literal["valid", "expired", "superseded", "suspended", "revoked"]
    state_word: str
    state_at: datetime
    reason: str | None
    code: str
    url: str
    cert_no: str
    company: str
    uscc: str
    region_code: str
    region_name: str
    industry_code: str
    industry_name: str
    period: str
    year: int
    level: int
    grade: Literal["A", "B", "C", "D", "E"]
    grade_word: str
    colour: str
    label: str | None
    K: str
    L: str
    horizontal: str
    N: str | None
    N_structural: str | None
    N_offset: str | None
    benchmark: str
    benchmark_source: str
    benchmark_period: str
    basis: Literal["self", "verified"]
    mode: str
    agency: str | None
    factors: list[str]
    method_version: str
    values_public: bool
    issued: date
    valid_to: date
    snapshot: str
    superseded_by: str | None
    kid: str
    pdf_sha256: str | None
    signature_ok: bool
    jws: str
    checked_at: datetime
    E_core: str | None = None
    value_added: str | None = None


class KeySet(Answer):
    """Public keys as JSON Web Keys (Ed25519)."""

    keys: list[dict[str, str]]


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _unknown(call: Call) -> PageAnswer:
    if _wants_json(call.request):
        return PageAnswer(UNKNOWN, "application/problem+json", 404, SECURITY_HEADERS)
    return PageAnswer(render_unknown_page(), status=404, headers=SECURITY_HEADERS)


def _view(found: grading.PublicCertificate) -> CertificateView:
    return certificate_view(
        found.content,
        code=found.code,
        url=found.url,
        state=found.state,
        kid=found.kid,
        checked_at=found.checked_at,
        state_on=found.state_on.isoformat(),
        state_reason=found.reason,
        superseded_url=grading.code_url(found.superseded_by) if found.superseded_by else "",
        signature_ok=found.signature_ok,
        pdf_sha256=found.pdf_sha256,
        demo=settings.mode == "demo",
    )


#: Pages by code: until when the row behind them may be shown (monotonic), the minute of checking they name, the page.
_pages: dict[str, tuple[float, int, PageAnswer]] = {}
PAGES_KEPT = 512


@lru_cache(maxsize=512)
def _drawn(view: CertificateView) -> bytes:
    """The page of a view. The same view (state, minute of checking and all) is the same page: nothing old can be shown."""
    return render_certificate_page(view).encode()


@route(
    "GET",
    "/c/<code:str>",
    public=True,
    no_database=True,
    answer=PublicCertificate,
    tag="certificates",
    summary="证书公开页：扫码核验（HTML；Accept: application/json 得 JSON）",
)
async def certificate_page(ctx: Acting, call: Call, code: str) -> PageAnswer:
    wants_json, minute = _wants_json(call.request), int(ctx.now.timestamp()) // 60
    kept = None if wants_json else _pages.get(code)
    if kept is not None and kept[0] > time.monotonic() and kept[1] == minute:
        return kept[2]
    found = await _look_up(call, code)
    if found is None:
        return _unknown(call)
    if wants_json:
        return PageAnswer(ENCODER.encode(found.payload()), "application/json", 200, SECURITY_HEADERS)
    page = PageAnswer(_drawn(_view(found)), headers=SECURITY_HEADERS)
    if len(_pages) >= PAGES_KEPT:
        _pages.clear()
    _pages[code] = (grading.fresh_until(code), minute, page)
    return page


@route("GET", "/c/<code:str>/proof.jws", public=True, no_database=True, tag="certificates", summary="证书的签名凭证")
async def public_proof(ctx: Acting, call: Call, code: str) -> PageAnswer:
    found = await _look_up(call, code)
    if found is None:
        return _unknown(call)
    name = f'attachment; filename="{found.content["cert_no"]}.jws"'
    return PageAnswer(found.jws + "\n", "application/jose", 200, {**SECURITY_HEADERS, "Content-Disposition": name})


@route(
    "GET",
    "/.well-known/jwks.json",
    public=True,
    rate_limit=(300, 60),
    answer=KeySet,
    tag="certificates",
    summary="平台签名公钥",
)
async def public_keys(ctx: Acting, call: Call) -> PageAnswer:
    return PageAnswer(
        ENCODER.encode(await grading.jwks(ctx.db, ctx.now)), "application/json", 200, {"Cache-Control": "max-age=5"}
    )


@route(
    "GET",
    "/.well-known/certificate-status.jws",
    public=True,
    read_only=False,
    rate_limit=(60, 60),
    tag="certificates",
    summary="已失效证书的签名清单（离线核验用）",
)
async def status_list(ctx: Acting, call: Call) -> PageAnswer:
    token = await grading.status_list(ctx.db, settings.base_url, ctx.now)
    return PageAnswer(token + "\n", "application/jose", 200, {"Cache-Control": "max-age=5"})
