"""The authorisation matrix as data (T20): ``matrix.yaml`` read with its groups spelled out.

``python -m tests.security.matrix`` names routes that the file does not list and entries that no route has.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from api import routes
from api.kernel.route import REGISTRY, Route

FILE = Path(__file__).with_name("matrix.yaml")
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Live actors, actors still to come (with the capability that brings them), and per route who may."""

    actors: tuple[str, ...]
    later: dict[str, str]
    routes: dict[str, frozenset[str]]

    def may(self, actor: str, route: str) -> bool:
        """Is ``actor`` allowed on ``route`` for objects of its own organisation?"""
        allowed = self.routes.get(route, frozenset())
        return PUBLIC in allowed or actor in allowed


@lru_cache(1)
def matrix() -> Matrix:
    """Read the file. Raises ValueError on an unknown name."""
    data = yaml.safe_load(FILE.read_text("utf-8"))
    actors, groups = tuple(data["actors"]), data["groups"]
    spelled: dict[str, frozenset[str]] = {}
    for route, who in data["routes"].items():
        names: set[str] = set()
        for name in [who] if isinstance(who, str) else who:
            names |= {PUBLIC} if name == PUBLIC else set(groups.get(name, [name]))
        if unknown := names - set(actors) - {PUBLIC}:
            raise ValueError(f"{route}: {sorted(unknown)}")
        spelled[route] = frozenset(names)
    return Matrix(actors, data["later"], spelled)


def registered() -> dict[str, Route]:
    """Every route of the program by ``METHOD path`` with bare parameter names."""
    routes.load()
    return {f"{r.method} {bare(r.path)}": r for r in REGISTRY.values()}


def listed() -> dict[str, Route]:
    """Routes that the file lists (an unlisted one fails one test of its own)."""
    return {name: route for name, route in registered().items() if name in matrix().routes}


def bare(path: str) -> str:
    """``/a/<id:str>`` → ``/a/<id>``."""
    parts = []
    for piece in path.split("/"):
        parts.append(piece.split(":")[0] + ">" if piece.startswith("<") and ":" in piece else piece)
    return "/".join(parts)


def parameters(path: str) -> list[str]:
    """Names of the path's parameters."""
    return [p.strip("<>").split(":")[0] for p in path.split("/") if p.startswith("<")]


if __name__ == "__main__":
    written, known = matrix().routes, registered()
    for name in sorted(known.keys() - written.keys()):
        print("missing:", name, known[name].permission or ("public" if known[name].public else "authenticated"))
    for name in sorted(written.keys() - known.keys()):
        print("stale:  ", name)
