"""Structured logs: JSON lines with the request id, without personal data (P5).

One redaction filter stands behind every line: identity numbers, phone numbers, tokens, codes and whatever stands under a secret's name
never reach the output. Names are not recognisable by form, so no code passes a clear name to a logger.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from core.settings import settings

SECRET_NAMES = re.compile(r"(?i)(password|secret|token|authorization|cookie|captcha|answer|proof|totp|phone|id_no|name$|openid|address)")
PATTERNS = (
    (re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])"), "[id]"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "[token]"),
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Z]{30}(?![0-9A-Za-z])"), "[code]"),
    (re.compile(r"(?i)(bearer )\S+"), r"\1[token]"),
)


def redact(text: str) -> str:
    """The text without identity numbers, phones, tokens and certificate codes."""
    for pattern, stand_in in PATTERNS:
        text = pattern.sub(stand_in, text)
    return text


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {k: "[hidden]" if SECRET_NAMES.search(str(k)) else _scrub(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrub(v) for v in value]
    return value if isinstance(value, (int, float, bool)) or value is None else redact(str(value))


def redaction(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: the last one before rendering."""
    return {k: "[hidden]" if k not in ("event", "logger") and SECRET_NAMES.search(k) else _scrub(v) for k, v in event.items()}


def configure() -> None:
    """Set up logging once per process; the standard library's loggers run through the same filter."""
    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = [structlog.processors.format_exc_info, redaction, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


@contextmanager
def request_scope(request_id: str, route: str) -> Iterator[None]:
    """Every line inside carries the request id and the route's name."""
    with structlog.contextvars.bound_contextvars(request_id=request_id, route=route):
        yield


def access(method: str, path: str, status: int, seconds: float) -> None:
    """One line per request; only in DEBUG when it went well, so that a busy server does not write novels."""
    log = structlog.get_logger()
    fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1)}
    if status >= 500:
        log.error("request", **fields)
    elif status >= 400:
        log.info("request", **fields)
    else:
        log.debug("request", **fields)


def failure(error: BaseException) -> None:
    """An error nobody foresaw, with its traceback (redacted)."""
    structlog.get_logger().error("failure", kind=type(error).__name__, exc_info=error)


def note(event: str, **facts: Any) -> None:
    """One informative line."""
    structlog.get_logger().info(event, **facts)
