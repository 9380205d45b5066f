"""``make bench``: every figure of the specification, as ratios to a limit measured in the same run. Bounded in time, loopback only."""

import os
import sys

os.environ.setdefault("MODE", "test")

from bench import faces, impact, lists, locks, submit

PARTS = {"submit": submit.main, "faces": faces.main, "locks": locks.main, "lists": lists.main, "impact": impact.main}


def main(names: list[str]) -> None:
    """Run the named parts, or all."""
    for name, run in PARTS.items():
        if not names or name in names:
            print(f"{name}:", flush=True)
            run()


if __name__ == "__main__":
    main(sys.argv[1:])
