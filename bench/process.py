"""The server and other processes of a run, on loopback, each with its own output file."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.postgres import Urls

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(urls: Urls, var_dir: str, port: int, **more: str) -> dict[str, str]:
    """What a child process is told."""
    return {
        **os.environ,
        "MODE": "test",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "VAR_DIR": var_dir,
        "DATABASE_URL": urls.app,
        "DATABASE_MIGRATOR_URL": urls.migrator,
        "DATABASE_JANITOR_URL": urls.janitor,
        "DATABASE_DIRECT_URL": urls.direct,
        "PYTHONPATH": str(ROOT),
        **more,
    }


class Process:
    """A child that can be stopped, killed and started again."""

    def __init__(self, command: list[str], env: dict[str, str], port: int | None = None) -> None:
        self.command, self.env, self.port = command, env, port
        self.output = tempfile.NamedTemporaryFile("w+", prefix="tx-out-", suffix=".log", delete=False)
        self.child: subprocess.Popen[str] | None = None

    def start(self, wait: float = 60.0) -> float:
        """Start and wait until it answers; returns the seconds that took."""
        began = time.perf_counter()
        self.child = subprocess.Popen(
            [sys.executable, *self.command], env=self.env, stdout=self.output, stderr=self.output, cwd=ROOT, text=True
        )
        while self.port is not None:
            if self.child.poll() is not None or time.perf_counter() - began > wait:
                raise RuntimeError(f"{self.command} did not start:\n{self.text()[-3000:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), 0.2) as line:
                    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    if line.recv(64).startswith(b"HTTP/1.1 "):
                        break
            except OSError:
                time.sleep(0.01)
        return time.perf_counter() - began

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()

    def stop(self) -> None:
        """SIGTERM, wait, forget what it wrote."""
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        Path(self.output.name).unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """Its process id while it runs."""
        assert self.child is not None
        return self.child.pid

    def text(self) -> str:
        """What it wrote so far."""
        return Path(self.output.name).read_text()


@contextmanager
def running(command: list[str], env: dict[str, str], port: int | None = None) -> Iterator[Process]:
    """A process for the length of a block."""
    process = Process(command, env, port)
    try:
        process.start()
        yield process
    finally:
        process.stop()


TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time that a process of this machine used so far; 0 when it is gone.

    What a piece of work costs can be told on a machine that others use too, where a rate per second says little.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


async def settle(seconds: float = 0.5) -> None:
    """Let the machine come to rest between two measurements."""
    await asyncio.sleep(seconds)
