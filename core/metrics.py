"""Figures for Prometheus: requests, latency, pool, jobs, renderers. Labels are route names and states, never
values (P5)."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("tanxiao_requests", "Requests answered", ["route", "method", "status"], registry=REGISTRY)
LATENCY = Histogram(
    "tanxiao_request_seconds",
    "Time from first byte of the handler to the answer",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
POOL_SIZE = Gauge("tanxiao_pool_connections", "Connections the pool holds", registry=REGISTRY)
POOL_USED = Gauge("tanxiao_pool_connections_in_use", "Connections in use", registry=REGISTRY)
JOBS = Gauge("tanxiao_jobs", "Jobs waiting, running or dead", ["state"], registry=REGISTRY)
JOB_RUNS = Counter("tanxiao_job_runs", "Jobs run by this process", ["kind", "outcome"], registry=REGISTRY)
RENDERERS = Gauge("tanxiao_render_processes", "Renderer processes alive", registry=REGISTRY)
RENDER_QUEUE = Gauge("tanxiao_render_waiting", "Renderings waiting for a process", registry=REGISTRY)

_sources: list[Callable[[], None]] = []
_requests: dict[tuple[str, str, int], Counter] = {}
_latency: dict[str, Histogram] = {}


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    key = (route, method, status)
    if key not in _requests:  # looking a child up by its labels costs more than counting
        _requests[key] = REQUESTS.labels(route, method, str(status))
        _latency[route] = LATENCY.labels(route)
    _requests[key].inc()
    _latency[route].observe(seconds)


def gauge(name: str, text: str, read: Callable[[], float]) -> None:
    """Register a value that is read when asked for."""
    Gauge(f"tanxiao_{name}", text, registry=REGISTRY).set_function(read)


def source(read: Callable[[], None]) -> Callable[[], None]:
    """Register a function that refreshes gauges just before they are read (no I/O)."""
    _sources.append(read)
    return read


def jobs(counts: dict[str, int]) -> None:
    """Set the number of jobs by state; a state not named is 0."""
    for state in ("queued", "running", "dead"):
        JOBS.labels(state).set(counts.get(state, 0))


def render() -> tuple[bytes, str]:
    """The text of ``/metrics`` and its content type."""
    for read in _sources:
        read()
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


@source
def _pool() -> None:
    from core.database import pool
    from core.errors import Unavailable

    try:
        connections = pool()
    except Unavailable:
        return
    POOL_SIZE.set(connections.get_size())
    POOL_USED.set(connections.get_size() - connections.get_idle_size())
