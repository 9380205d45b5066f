"""Carbon neutrality (NR1-NR5): own clean power joins the base, offsets the deduction; the rate may pass 100 % or be negative."""

from dataclasses import dataclass
from decimal import Decimal

from carbon.periods import shift
from carbon.rounding import CONTEXT, line, percent, product


@dataclass(frozen=True, slots=True)
class Credit:
    """CCER in one state (NR4). Only retired credits that served nothing else, with a record, count."""

    state: str
    amount: Decimal
    used_for_ets: bool = False
    evidence: bool = True
    inside_boundary: bool = False

    @property
    def counts(self) -> bool:
        """NR3, NR4, NR5."""
        return self.state == "retired" and not self.used_for_ets and self.evidence and not self.inside_boundary


@dataclass(frozen=True, slots=True)
class Neutrality:
    """All parts of NR1 in tCO2; ``n_pct`` and its two shares in percent, None with reason ``ZERO_BASE``."""

    a_own: Decimal
    d_green: Decimal
    d_sink: Decimal
    d_ccus: Decimal
    c_retired: Decimal
    r: Decimal
    e_base: Decimal
    e_net: Decimal
    n_pct: Decimal | None
    structural_pct: Decimal | None
    offset_pct: Decimal | None
    reason: str | None = None


ZERO = Decimal(0)


#: How long before the period the power of a certificate may have been produced, months (NR3).
GREEN_MONTHS_BEFORE = 12


def produced_in_time(produced: int, first: int, last: int) -> bool:
    """May a certificate of power produced in month YYYYMM count for the months ``first``..``last`` (NR3)?"""
    return shift(first, -GREEN_MONTHS_BEFORE) <= produced <= last


def green_power(gec_mwh: Decimal, purchased_mwh: Decimal, grid_factor: Decimal) -> Decimal:
    """D_green: certificates x grid factor, at most the purchased MWh (NR3)."""
    return line(product(min(gec_mwh, max(purchased_mwh, ZERO)), grid_factor))


def neutrality(
    e_core: Decimal,
    *,
    own_zero_carbon_mwh: Decimal = ZERO,
    gec_mwh: Decimal = ZERO,
    purchased_grid_mwh: Decimal = ZERO,
    grid_factor: Decimal = ZERO,
    sink: Decimal = ZERO,
    ccus: Decimal = ZERO,
    credits: list[Credit] | None = None,
    a_own: Decimal | None = None,
    d_green: Decimal | None = None,
) -> Neutrality:
    """Compute NR1. ``a_own`` / ``d_green`` may be handed in as sums of months computed with their own factors."""
    own = line(product(own_zero_carbon_mwh, grid_factor)) if a_own is None else a_own
    green = green_power(gec_mwh, purchased_grid_mwh, grid_factor) if d_green is None else d_green
    retired = sum((c.amount for c in credits or [] if c.counts), ZERO)
    r = own + green + sink + ccus + retired
    base = e_core + own
    net = e_core - green - sink - ccus - retired
    if base == 0:
        return Neutrality(own, green, sink, ccus, retired, r, base, net, None, None, None, "ZERO_BASE")
    return Neutrality(
        own, green, sink, ccus, retired, r, base, net, _share(r, base), _share(own + green + ccus, base), _share(sink + retired, base)
    )


def _share(part: Decimal, base: Decimal) -> Decimal:
    return percent(CONTEXT.divide(product(part, Decimal(100)), base))
