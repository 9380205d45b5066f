"""Structured logs: one JSON object a line on standard error, with the request id, without personal data (P5).

Two nets: fields whose name says what they hold are dropped, and whatever looks like a phone number, an identity
number or a token is masked wherever it stands, tracebacks of libraries included. An error is logged with its
type, its frames and the first line of its text; PostgreSQL's DETAIL lines quote rows and are cut.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from core.settings import settings

SECRET_NAMES = re.compile(
    r"phone|mobile|tel$|id_?number|id_?no$|id_?card|name$|contact|address|openid|unionid|session_key|answer"
    r"|token|password|passwd|secret|captcha|authorization|cookie|sms_?code|one_?time|otp|totp|proof|nonce|api_?key",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), "[token]"),
    (re.compile(r"(?i)\bbearer\s+\S+"), "Bearer [token]"),
    (re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])"), "[id number]"),
    (re.compile(r"(?<![0-9A-Za-z])(?:\+?86[\s-]?)?1[3-9][0-9][\s-]?[0-9]{4}[\s-]?[0-9]{4}(?![0-9A-Za-z])"), "[phone]"),
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Z]{30}(?![0-9A-Za-z])"), "[code]"),
    (re.compile(r"(?m)^\s*(DETAIL|HINT):.*$"), r"\1: [removed]"),
    (re.compile(r"(?i)(password|secret|token|code)=[^&\s\"']+"), r"\1=[removed]"),
)
_request: ContextVar[dict[str, str] | None] = ContextVar("log_request", default=None)
_ready: list[int] = []  # the level, once configured


def mask_text(text: str) -> str:
    """Mask everything in a text that looks like personal data or a credential."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: Any, name: str = "") -> Any:
    """A copy that may be logged: secret fields dropped, texts masked, containers walked."""
    if name and SECRET_NAMES.search(name):
        return "[removed]"
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {str(k): redact(v, str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(v) for v in value]
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    if isinstance(value, (bytes, bytearray)):
        return f"[{len(value)} bytes]"
    return mask_text(str(value))


def _clean(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: redact(value, name) for name, value in event.items()}


def _situate(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in (_request.get() or {}).items():
        event.setdefault(name, value)
    return event


class _Line(logging.Formatter):
    """Library records (sanic, pgqueuer, asyncio) in the same shape and through the same filter."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": record.getMessage(), "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[1] is not None:
            event.update(describe(record.exc_info[1]))
        rendered = event
        for step in _STEPS:
            rendered = step(None, "", rendered)
        return str(rendered)


_STEPS: tuple[Any, ...] = (
    _situate,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _clean,
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


def configure(level: str | None = None) -> None:
    """Send our lines and every library's through the same filter to standard error. Idempotent."""
    number = logging.getLevelName((level or settings.log_level).upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[structlog.processors.add_log_level, *_STEPS],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    _ready[:] = [number]


def _logger() -> Any:
    if not _ready:
        configure()
    return structlog.get_logger()


@contextmanager
def request_scope(request_id: str, route: str) -> Iterator[None]:
    """Every line written inside carries the request id (编号) and the route."""
    token = _request.set({"request_id": request_id, "route": route})
    try:
        yield
    finally:
        _request.reset(token)


def access(method: str, path: str, status: int, seconds: float) -> None:
    """The one line of a request: DEBUG when it went well, so that a busy server does not write novels."""
    if status < 400 and _ready and _ready[0] > logging.DEBUG:
        return
    log = _logger()
    say = log.error if status >= 500 else log.info if status >= 400 else log.debug
    say("request", method=method, path=_plain_path(path), status=status, ms=round(seconds * 1000, 1))


def _plain_path(path: str) -> str:
    """Codes and scan tickets stand in addresses; the log does without them."""
    return re.sub(r"^(/c/|/i/|/api/v1/auth/scan/)[^/]+", r"\1*", path)


def note(event: str, **facts: Any) -> None:
    """A fact of the machinery: a job done, a schedule run, a migration applied."""
    _logger().info(event, **facts)


def warn(event: str, **facts: Any) -> None:
    """Something an operator should look at; the service goes on."""
    _logger().warning(event, **facts)


def failure(error: BaseException, **facts: Any) -> None:
    """An unforeseen error: type, frames and first line, never values."""
    _logger().error("failure", **describe(error), **facts)


def describe(error: BaseException) -> dict[str, Any]:
    """Type, place and masked first line of an error, and of what caused it."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 4:
        first = (str(seen).splitlines() or [""])[0]
        chain.append(f"{type(seen).__name__}: {mask_text(first)[:300]}")
        seen = seen.__cause__ or seen.__context__
    return {
        "error": chain[0],
        "causes": chain[1:],
        "frames": [f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in frames],
    }
