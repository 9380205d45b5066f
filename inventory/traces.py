"""How a trace is kept: what its factor rows have in common (set, kind, validity, source document) stands once (half the bytes of a line)."""

from collections import OrderedDict
from typing import Any

#: Fields of a factor row that rows of one set share.
SHARED = ("kind", "factor_set", "factor_year", "valid_from", "valid_to", "source")
_SHARED = frozenset(SHARED)


Rows = list[dict[str, Any]]
#: Rows folded before, by the identity of the rows (the catalogue shows the same objects again and again, and nobody changes them).
#: Each entry holds its rows, so that no other object can come to their place in memory while it is known.
_FOLDED: OrderedDict[tuple[int, ...], tuple[Rows, dict[str, Any]]] = OrderedDict()
_FOLDED_KEPT = 2048


def fold(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace as it is stored; ``unfold`` gives back the same."""
    rows: Rows = [*trace["inputs"], trace["factor"]]
    key = tuple(map(id, rows))
    known = _FOLDED.get(key)
    if known is None:
        known = _FOLDED[key] = (rows, _fold(rows))
        if len(_FOLDED) > _FOLDED_KEPT:
            _FOLDED.popitem(last=False)
    return trace | known[1]


def _fold(rows: Rows) -> dict[str, Any]:
    origins: Rows = []
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

    *inputs, factor = [shorter(row) for row in rows]
    return {"inputs": inputs, "factor": factor, "origins": origins}


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
