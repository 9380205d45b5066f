"""Industry benchmarks (CE7, CE8, RS7): the ratio of sums over enterprises with complete data and positive value added."""

from dataclasses import dataclass
from decimal import Decimal

from carbon.rounding import CONTEXT, divide, percent, product, quantise

MIN_PEERS = 5
MAX_SHARE = Decimal(70)


@dataclass(frozen=True, slots=True)
class Peer:
    """One enterprise of a cell: E_K (tCO2), value added (万元), complete year."""

    e_k: Decimal
    value_added: Decimal | None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A cell's benchmark. Not usable: reason ``TOO_FEW_PEERS`` or ``DOMINANT_PEER`` (RS7), or ``NON_POSITIVE`` sums."""

    usable: bool
    n: int
    reason: str | None = None
    b: Decimal | None = None
    largest_share: Decimal | None = None


def from_sums(e_k: Decimal, value_added: Decimal, n: int, largest: Decimal, min_n: int = MIN_PEERS, max_share: Decimal = MAX_SHARE) -> Benchmark:
    """B of a cell from its sums: ratio of sums, 6 decimals, never the mean of ratios (CE7); usable by RS7."""
    if n < min_n:
        return Benchmark(False, n, "TOO_FEW_PEERS")
    if e_k <= 0 or value_added <= 0:
        return Benchmark(False, n, "NON_POSITIVE")
    share = percent(CONTEXT.divide(product(largest, Decimal(100)), e_k))
    b = quantise(divide(e_k, value_added), 6)
    if share > max_share:
        return Benchmark(False, n, "DOMINANT_PEER", b, share)
    return Benchmark(True, n, None, b, share)


def platform_benchmark(e_k: Decimal, value_added: Decimal, n: int, largest: Decimal) -> Benchmark | None:
    """The platform's row of a cell, None when RS7 forbids to show it."""
    made = from_sums(e_k, value_added, n, largest)
    return made if made.usable else None


def benchmark(peers: list[Peer], min_n: int = MIN_PEERS, max_share: Decimal = MAX_SHARE) -> Benchmark:
    """B of a cell from its members; only complete ones with positive value added count."""
    members = [(p.e_k, p.value_added) for p in peers if p.complete and p.value_added is not None and p.value_added > 0]
    total = sum((e for e, _ in members), Decimal(0))
    added = sum((v for _, v in members), Decimal(0))
    return from_sums(total, added, len(members), max((e for e, _ in members), default=Decimal(0)), min_n, max_share)


def first_usable(cells: list[tuple[str, list[Peer]]]) -> tuple[str | None, Benchmark | None]:
    """The first cell that may be used, in the caller's order (CE8: class, group, division, section; city, province, nation)."""
    for name, peers in cells:
        found = benchmark(peers)
        if found.usable:
            return name, found
    return None, None
