"""The user's story in a headless Chromium against a server of its own: ``make e2e``.

Starts everything as ``make run`` does, in a temporary folder on a free port, and drives the console by ``web/e2e/*.mjs`` and the
phone by ``miniprogram/e2e/*.mjs``. Names given on the command line run only those: ``python -m tests.e2e.story phone``.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: In this order, each group on a fresh city; reductions look at a year whose December the story files; the desk publishes a new grid factor, so it comes last.
CITIES: tuple[dict[str, str], ...] = (
    {"reduction": "web", "story": "web", "edges": "web", "operators": "web", "scan": "web", "flows": "web", "content": "web", "agents": "web", "lending": "web", "water": "web", "finance": "web", "cases": "web", "phone": "miniprogram", "newcomer": "miniprogram", "tour": "miniprogram", "applications": "web", "desk": "web"},
    {"reports": "miniprogram"},  # answers the case that ``cases`` brings to its end
)


def main(names: list[str]) -> int:
    """Exit code of the stories."""
    if not shutil.which("chromium"):
        print("chromium is missing: apt-get install chromium", file=sys.stderr)
        return 2
    for city in CITIES:
        wanted = {script: folder for script, folder in city.items() if not names or script in names}
        if wanted and (code := _in_a_city(wanted)):
            return code
    return 0


def _in_a_city(scripts: dict[str, str]) -> int:
    """Exit code of some scripts on a fresh city of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tempfile.mkdtemp(prefix="tx-e2e-")
    os.chmod(home, 0o755)
    environment = os.environ | {"VAR_DIR": home, "PORT": str(port), "HOST": "127.0.0.1", "MODE": "demo"}
    log = Path(home, "server.log")  # text messages of the demonstration are printed there
    with log.open("wb") as file:
        server = subprocess.Popen([sys.executable, "server.py", "run"], cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
    code = 1
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", server)
        story = environment | {"BASE_URL": f"http://127.0.0.1:{port}", "SERVER_LOG": str(log), "PYTHON": sys.executable}
        for script, folder in scripts.items():
            began = time.monotonic()
            code = subprocess.run([*_node(), f"e2e/{script}.mjs"], cwd=ROOT / folder, env=story, timeout=900, check=False).returncode
            print(f"{script}: {time.monotonic() - began:.0f} s", flush=True)
            if code:
                return code
        return code
    finally:
        if code:
            print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _node() -> list[str]:
    own = Path(sys.executable).parent / "node"
    return [shutil.which("node") or str(own)]


def _wait(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError("the server ended while starting")
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError("the server did not become ready")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
