"""How a trace is kept: what its factor rows have in common (set, kind, validity, source document) stands once (half the bytes of a line)."""

from typing import Any

#: Fields of a factor row that rows of one set share.
SHARED = ("kind", "factor_set", "factor_year", "valid_from", "valid_to", "source")
_SHARED = frozenset(SHARED)


def fold(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace as it is stored; ``unfold`` gives back the same."""
    origins: list[dict[str, Any]] = []
    known: dict[tuple[Any, ...], int] = {}

    def shorter(row: dict[str, Any]) -> dict[str, Any]:
        key = tuple([row.get(k) for k in SHARED])
        place = known.get(key)
        if place is None:
            place = known[key] = len(origins)
            origins.append({k: row[k] for k in SHARED if k in row})
        short = {k: v for k, v in row.items() if k not in _SHARED}
        short["origin"] = place
        return short

    return trace | {
        "inputs": [shorter(row) for row in trace["inputs"]],
        "factor": shorter(trace["factor"]),
        "origins": origins,
    }


def unfold(stored: dict[str, Any]) -> dict[str, Any]:
    """The trace as it is shown: each factor row whole again. A trace without ``origins`` is whole already."""
    origins = stored.get("origins")
    if origins is None:
        return stored

    def whole(row: dict[str, Any]) -> dict[str, Any]:
        origin: dict[str, Any] = origins[row["origin"]]
        return {k: v for k, v in row.items() if k != "origin"} | origin

    shown = {k: v for k, v in stored.items() if k != "origins"}
    return shown | {"inputs": [whole(row) for row in stored["inputs"]], "factor": whole(stored["factor"])}
