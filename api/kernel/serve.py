"""The way of one request (architecture 4): limits, token, body, transaction, verb, audit, answer."""

import random
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse
from tortoise.exceptions import BaseORMException, OperationalError

import auth
from api.kernel.problem import decode, problem_response, too_large, translate
from api.kernel.reply import reply
from api.kernel.route import Call, FileAnswer, PageAnswer, Route
from api.kernel.types import ENCODER, dec_hook
from auth.permissions import permissions_of
from core import audit, limits, logs, metrics
from core.clock import utc_now
from core.database import Acting, AuditRow, Db, Entry, Replay, acting, body_digest, remember_answer, transaction
from core.errors import FieldError, Forbidden, Invalid, NotFound, Problem, Unauthenticated, Unavailable
from core.settings import settings

JSON = "application/json"
#: An idempotency key is the client's own: 1-255 visible ASCII characters (R3).
KEY_LIMIT = 255


def client_ip(request: Request) -> str:
    """The caller's address; a proxy's header counts only when PROXIES_COUNT says how many proxies are ours."""
    if settings.proxies_count and request.remote_addr:
        return str(request.remote_addr)
    return str(request.ip or "")


async def serve(route: Route, request: Request, parameters: dict[str, Any]) -> HTTPResponse:
    """Answer one request of a registered route; every refusal becomes a problem, nothing becomes a bare 500."""
    began = time.perf_counter()
    request_id = request.ctx.request_id = new_request_id()
    with logs.request_scope(request_id, route.name):
        entry: Entry | None = None
        try:
            if getattr(request.ctx, "overloaded", False) and request.path not in ("/healthz", "/metrics"):
                raise Unavailable("现在办理的人较多，请稍后重试，填写内容没有丢。", "BUSY")
            entry = await _entry(route, request, request_id)
            response = await _enter_and_answer(route, request, parameters, entry)
        except Problem as problem:
            if problem.status in (401, 403):
                await _record_denial(route, request, entry, problem)
            response = problem_response(problem, request_id, request.path)
        except Exception as error:
            response = problem_response(_unforeseen(error), request_id, request.path)
            if response.status >= 500 and response.status != 503:
                logs.failure(error)
        response.headers["X-Request-Id"] = request_id
        guard(response)
        metrics.observe(route.name, route.method, response.status, time.perf_counter() - began)
        logs.access(request.method, request.path, response.status, time.perf_counter() - began)
        return response


def _unforeseen(error: Exception) -> Problem:
    if isinstance(error, (asyncpg.PostgresConnectionError, ConnectionError, asyncpg.InterfaceError, TimeoutError)):
        return Unavailable()
    if isinstance(error, (asyncpg.UniqueViolationError, asyncpg.SerializationError)):
        return Problem("CONFLICT", "内容与已有记录冲突，可能刚被他人修改，请刷新后重试。", status=409)
    if isinstance(error, asyncpg.DataError) or (isinstance(error, (OperationalError, BaseORMException)) and "invalid input" in str(error)):
        return Invalid([FieldError("", "VALUE", "有一项内容超出了可保存的范围，请检查后重试。")])
    return Problem("INTERNAL", "服务内部出错，已记录，填写内容没有丢。请重试，或拨打服务热线并报编号。", status=500)


async def _entry(route: Route, request: Request, request_id: str) -> Entry:
    if route.rate_limit:
        await limits.hit(f"{route.name}:{client_ip(request)}", *route.rate_limit)
    limit = settings.upload_max_bytes if route.upload else settings.request_max_bytes
    if len(request.body) > limit:
        raise too_large(route.upload, len(request.body))
    facts: dict[str, Any] = {
        "route": f"{route.method} {route.path}",
        "read_only": route.read_only,
        "allow_must_change": route.allow_must_change,
        "request_id": request_id,
        "ip": client_ip(request),
        "user_agent": request.headers.get("user-agent", "")[:300],
    }
    if route.public:
        return Entry(**facts)
    claims = auth.verify_access_token(_bearer(request))
    request.ctx.claims = claims
    if route.audience and claims.audience not in route.audience:
        raise Unauthenticated("WRONG_AUDIENCE", "当前登录不能用于这里，请从对应的入口重新登录。")
    # only where the route says so: an answer that shows a secret once (initial password, invitation link) is never kept
    key = request.headers.get("idempotency-key") if route.idempotent else None
    if key is not None and not (1 <= len(key) <= KEY_LIMIT and key.isascii() and key.isprintable()):
        raise Invalid([FieldError("header.Idempotency-Key", "FORMAT", "Idempotency-Key 应为 1–255 个可见字符。")])
    target = f"{request.path}?{request.query_string}" if request.query_string else request.path
    return Entry(
        sid=claims.sid,
        organisation=claims.organisation,
        audience=claims.audience,
        idempotency_key=key,
        body_sha256=body_digest(target.encode() + b"\0" + request.body) if key else b"",
        **facts,
    )


def _bearer(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if not header.startswith("Bearer "):
        raise Unauthenticated(detail="请先登录。")
    return str(header[7:]).strip()


async def _enter_and_answer(
    route: Route, request: Request, parameters: dict[str, Any], entry: Entry
) -> HTTPResponse:
    """Who lost the organisation of his token still signs out, looks at himself and switches: without an organisation."""
    try:
        return await _answer(route, request, parameters, entry)
    except Forbidden as problem:
        if not route.authenticated or problem.code not in ("NO_MEMBERSHIP", "ORGANISATION_SUSPENDED"):
            raise
        return await _answer(route, request, parameters, replace(entry, organisation=None))


async def _answer(route: Route, request: Request, parameters: dict[str, Any], entry: Entry) -> HTTPResponse:
    call = Call(request, claims=getattr(request.ctx, "claims", None))
    parameters = {name: _parameter(name, value) for name, value in parameters.items()}
    if route.no_database:
        if not route.public:  # who calls is asked first; the handler opens transactions of its own
            async with acting(entry, permissions_of):
                pass
        call.body, call.query = _decode(route, request)
        return _response(route, call, await route.handler(_guest(entry), call, **parameters))
    ctx: Acting | None = None
    try:
        async with acting(entry, permissions_of) as ctx:
            if route.permission is not None:
                auth.require_second_factor(ctx)
                ctx.require(route.permission)
            call.body, call.query = _decode(route, request)
            if route.step_up is not None:
                operation = auth.operation_of(route.method, request.path, request.body)
                await auth.consume_step_up(ctx, request.headers.get("x-step-up", ""), route.step_up, operation)
            try:
                response = _response(route, call, await route.handler(ctx, call, **parameters))
            except Problem as problem:
                if problem.kept:
                    await _write_audit(ctx)
                raise
            if not entry.read_only:
                await _close(ctx, entry, response)
    except Replay as replay:
        return reply(replay.body, status=replay.status, content_type=JSON, headers={"Idempotency-Replayed": "true"})
    finally:
        if ctx is not None:
            request.ctx.acting = ctx
    if entry.read_only and ctx.audit_rows:
        await _write_audit_apart(ctx)
    for act in ctx.afterwards:
        await act()
    return response


def _guest(entry: Entry) -> Acting:
    return Acting(Db(None, None), utc_now(), request_id=entry.request_id, ip=entry.ip, user_agent=entry.user_agent, route=entry.route)  # type: ignore[arg-type]


def _parameter(name: str, value: Any) -> Any:
    """Path ids are UUIDs by name (``id``, ``*_id``); a malformed one is simply not found (T7)."""
    if name == "id" or name.endswith("_id"):
        try:
            return UUID(str(value))
        except ValueError:
            raise NotFound() from None
    return value


def _decode(route: Route, request: Request) -> tuple[Any, Any]:
    body = query = None
    if route.decoder is not None:
        if "json" not in request.headers.get("content-type", JSON):
            raise Problem("UNSUPPORTED_MEDIA_TYPE", "请以 application/json 提交。", status=415)
        body = decode(route.body, route.decoder, request.body)
    if route.query is not None:
        flat = {name: values[0] for name, values in request.args.items()}
        try:
            query = msgspec.convert(flat, route.query, strict=False, dec_hook=dec_hook)
        except msgspec.ValidationError as error:
            fault = translate(str(error))
            raise Invalid([FieldError(f"query.{fault.path}", fault.code, fault.message)]) from None
    return body, query


def _response(route: Route, call: Call, answer: Any) -> HTTPResponse:
    if isinstance(answer, FileAnswer):
        kind = "inline" if answer.inline else "attachment"
        headers = {
            "Content-Disposition": f"{kind}; filename*=UTF-8''{_quoted(answer.name)}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **answer.headers,
        }
        response = reply(answer.data, status=route.status, content_type=answer.content_type, headers=headers)
    elif isinstance(answer, PageAnswer):
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        response = reply(body, status=answer.status, content_type=answer.content_type, headers=answer.headers)
    elif answer is None:
        response = reply(b"", status=204)
    else:
        response = reply(ENCODER.encode(answer), status=route.status, content_type=JSON, headers={"Cache-Control": "no-store"})
    for cookie in call.set_cookies:
        response.add_cookie(**cookie)
    return response


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


async def _close(ctx: Acting, entry: Entry, response: HTTPResponse) -> None:
    """The last write before COMMIT: audit lines and the key's first answer, in one statement where there are both."""
    body = response.body if entry.idempotency_key and response.content_type == JSON else None
    if ctx.last_write is not None and not (isinstance(body, bytes) and ctx.tenant_id and ctx.audit_rows):
        await ctx.last_write.run(ctx.db)
    if not isinstance(body, bytes) or ctx.tenant_id is None:
        await _write_audit(ctx)
    elif ctx.audit_rows:
        await audit.close(ctx, entry, ctx.audit_rows, response.status, body)
    else:
        await remember_answer(ctx, entry, response.status, body)


async def _write_audit(ctx: Acting) -> None:
    if ctx.audit_rows:
        await audit.write(ctx, ctx.audit_rows)


async def _write_audit_apart(ctx: Acting) -> None:
    async with transaction() as db:
        ctx.db = db
        await db.run("select set_config('app.tenant', $1, true)", str(ctx.tenant_id or ""))
        await audit.write(ctx, ctx.audit_rows)


async def _record_denial(route: Route, request: Request, entry: Entry | None, problem: Problem) -> None:
    """A refusal is audited in its own short transaction (T17); a database that is away never hides the refusal itself."""
    if problem.kept:
        return
    known: Acting | None = getattr(request.ctx, "acting", None)
    row = AuditRow("access.denied", "route", f"{route.method} {route.path}", "denied", {"code": problem.code, "status": problem.status})
    try:
        async with transaction() as db:
            ctx = known or Acting(db, utc_now(), request_id=request.ctx.request_id, ip=client_ip(request), route=route.name)
            ctx.db = db
            if ctx.tenant_id is not None:
                await db.run("select set_config('app.tenant', $1, true)", str(ctx.tenant_id))
            await audit.write(ctx, [row])
    except (Problem, asyncpg.PostgresError, OSError) as error:
        logs.failure(error)


#: Not a secret: drawn from a fast generator, seeded once by the system.
_random = random.Random()


def new_request_id() -> str:
    """Short enough to read over the telephone (编号), unique enough for a log."""
    return f"{_random.getrandbits(48):012X}"


PAGE_HEADERS = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


def guard(response: HTTPResponse) -> HTTPResponse:
    """Security headers (L23): all of them on pages, what matters on data."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if (response.content_type or "").startswith("text/html"):
        for name, value in PAGE_HEADERS.items():
            headers.setdefault(name, value)
    if settings.public_url.startswith("https://"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


__all__ = ["Forbidden", "client_ip", "guard", "new_request_id", "serve"]
