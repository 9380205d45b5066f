"""A real server in a process of its own, on this test process's database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core import postgres

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys, wiring
from api.kernel.app import create_app
from api.routes import load
load()
create_app(sys.argv[1], wiring.MODELS, "graded").run("127.0.0.1", int(sys.argv[2]), single_process=True, motd=False)
"""


@pytest.fixture(scope="session")
def server(urls: postgres.Urls) -> Iterator[str]:
    """Its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", START, urls.app, str(port)], cwd=ROOT, env=os.environ.copy(), stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            httpx.get(f"{address}/healthz", timeout=2, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer")
