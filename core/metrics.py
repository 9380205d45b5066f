"""Prometheus figures of this process, under ``/metrics``."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("tanxiao_requests_total", "Requests by route, method and status", ["route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "tanxiao_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
JOBS = Counter("tanxiao_jobs_total", "Jobs by kind and outcome", ["kind", "outcome"], registry=REGISTRY)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def gauge(name: str, text: str, read: Callable[[], float]) -> None:
    """Register a value that is read when asked for (pool in use, rooms in the render pool …)."""
    Gauge(f"tanxiao_{name}", text, registry=REGISTRY).set_function(read)


def render() -> tuple[bytes, str]:
    """The exposition text and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
