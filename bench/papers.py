"""Papers with a warm worker: milliseconds each, different data every time, and what a worker's memory does.

``python -m bench.papers [COUNT]`` (default 40). The limit is 300 ms a report (acceptance of the first capability).
"""

import asyncio
import hashlib
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from documents import Renderer, certificate_pdf, draw_badge, draw_card, use_renderer
from reports.paper import paper
from tests.documents.views import view
from tests.reports import samples

WHEN = datetime(2026, 3, 18, tzinfo=UTC)
LIMIT = 300


def worker_memory() -> str:
    """Resident set of this worker in MB (Linux only)."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return "?"
    return str(int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024)


def worker_seconds() -> float:
    """Processor seconds this worker has used."""
    return time.process_time()


async def measure(count: int) -> None:
    """Print medians and 95th percentiles."""
    renderer = Renderer(1)
    await renderer.start()
    use_renderer(renderer)
    try:
        spans: dict[str, list[float]] = {"report": [], "certificate": [], "badge": [], "card": []}
        burnt: list[float] = []
        for number in range(-3, count):
            facts = samples.varied(number + 4)
            data = paper(facts, hashlib.sha256(str(number).encode()).hexdigest(), "https://tanxiao.example.cn")
            shown = view(1 + number % 5, company=facts.company.name)
            for name, work in (
                ("report", renderer.render_pdf("grade", data, WHEN)),
                ("certificate", certificate_pdf(shown, WHEN)),
                ("badge", draw_badge(shown)),
                ("card", draw_card(shown)),
            ):
                used, began = await renderer.run(worker_seconds), time.perf_counter()
                await work
                if number >= 0:
                    spans[name].append((time.perf_counter() - began) * 1000)
                    if name == "report":
                        burnt.append((await renderer.run(worker_seconds) - used) * 1000)
        for name, times in spans.items():
            middle, high = statistics.median(times), sorted(times)[int(len(times) * 0.95) - 1]
            ratio = f"  {LIMIT / high:.2f}x of the limit's speed at p95" if name == "report" else ""
            print(f"{name:12} median {middle:6.0f} ms  p95 {high:6.0f} ms{ratio}")
        print(f"a report uses {statistics.median(burnt):.0f} ms of processor time (what a quiet machine needs)")
        print(f"worker memory after {4 * (count + 3)} papers: {await renderer.run(worker_memory)} MB")
    finally:
        await renderer.stop()


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
