"""The user's story in a headless Chromium against a server of its own: ``make e2e``.

Starts everything as ``make run`` does, in a temporary folder on a free port, and drives the console by ``web/e2e/*.mjs`` and the
phone by ``miniprogram/e2e/*.mjs``. Names given on the command line run only those: ``python -m tests.e2e.story phone``.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Each group in its order on a fresh city of its own. Reductions come before December is filed, operators look at the certificate that the
#: story issues, reports and answers (phone) answer the case that ``cases`` would bring to its end, and the desk publishes a grid factor, so it comes last.
CITIES: tuple[dict[str, str], ...] = (
    {"reduction": "web", "story": "web", "edges": "web", "operators": "web", "scan": "web", "agents": "web", "finance": "web", "cases": "web", "audit": "web", "paper": "web", "phone": "miniprogram", "newcomer": "miniprogram", "tour": "miniprogram"},
    {"lending": "web", "reports": "miniprogram", "answers": "miniprogram", "flows": "web", "content": "web", "water": "web", "applications": "web", "desk": "web"},
)


def main(names: list[str]) -> int:
    """Exit code of the stories. The cities stand side by side: a story waits more than it works."""
    if not shutil.which("chromium"):
        print("chromium is missing: apt-get install chromium", file=sys.stderr)
        return 2
    wanted = [{script: folder for script, folder in city.items() if not names or script in names} for city in CITIES]
    with ThreadPoolExecutor(len(CITIES)) as side_by_side:
        return max(side_by_side.map(_in_a_city, [w for w in wanted if w]), default=2)


def _in_a_city(scripts: dict[str, str]) -> int:
    """Exit code of some scripts on a fresh city of their own; the first that breaks ends them."""
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
            code = _tell(script, folder, story)
            if code:
                return code
        return code
    finally:
        if code:
            print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
        server.terminate()  # an interrupt is not heard where the shell has it ignored
        server.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _tell(script: str, folder: str, environment: dict[str, str]) -> int:
    """Exit code of one script; what it says is printed in one piece."""
    began = time.monotonic()
    command = [*_node(), f"e2e/{script}.mjs"]
    done = subprocess.run(command, cwd=ROOT / folder, env=environment, timeout=900, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{done.stdout}{script}: {'broken' if done.returncode else 'passed'} after {time.monotonic() - began:.0f} s\n", flush=True)
    return done.returncode


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
