"""Green finance arithmetic (GF2, GF4, GF6, GF11): which product fits, in what order; a loan's share of a reduction; the next manager.

Pure: facts come in as plain values. Reasons are codes; the sentences belong to the room that shows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carbon.rounding import divide, line, percent, product

LETTERS = "ABCDE"
#: Hard criteria in the order they are said (GF2).
REASONS = (
    "REGION",
    "INDUSTRY",
    "GRADE",
    "VERIFIED_ONLY",
    "REPORT_AGE",
    "FILING_MONTHS",
    "PURPOSE",
    "NEEDS_WATER_REPORT",
    "NEEDS_REDUCTION_REPORT",
    "REVOKED",
)
#: Preferences a product may name, and whether they take a value.
PREFERENCES = {
    "has_water_report": False,
    "has_reduction_report": False,
    "verified": False,
    "evidenced_score": True,
    "filing_months": True,
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """An enterprise as a product looks at it. ``regions``: its district and everything above; ``filed_months``: in all years."""

    regions: frozenset[str]
    today: date
    industry: str | None = None
    letter: str | None = None
    verified: bool = False
    report_year: int | None = None
    filed_months: int = 0
    has_water_report: bool = False
    has_reduction_report: bool = False
    evidenced_score: Decimal | None = None
    revoked_in_24_months: bool = False
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """Something the bank likes: a code of :data:`PREFERENCES`, and the least value where it takes one."""

    code: str
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a product asks for. Empty lists ask for nothing; ``min_rate`` in percent, None is by agreement."""

    id: str
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    industries_not: tuple[str, ...] = ()
    min_letter: str | None = None
    verified_only: bool = False
    report_age: int | None = None
    min_filing_months: int = 0
    purposes: tuple[str, ...] = ()
    needs_water: bool = False
    needs_reduction: bool = False
    preferences: tuple[Preference, ...] = ()
    min_rate: Decimal | None = None
    published: date = date.min


@dataclass(frozen=True, slots=True)
class Match:
    """One product for one enterprise: no ``reasons`` means all hard criteria hold; share of preferences met in percent, 2 decimals."""

    id: str
    reasons: tuple[str, ...]
    preference_pct: Decimal


@dataclass(frozen=True, slots=True)
class Manager:
    """A client manager who serves the product. ``areas`` are region codes, none means everywhere."""

    id: str
    areas: frozenset[str]
    open_cases: int
    last_assigned: date | None
    active: bool = True


def unmet(who: Applicant, what: Criteria) -> tuple[str, ...]:
    """The hard criteria that do not hold (GF2), in the order of :data:`REASONS`."""
    industry = who.industry or ""
    fails = {
        "REGION": bool(what.regions) and not who.regions & set(what.regions),
        "INDUSTRY": (bool(what.industries) and not industry.startswith(what.industries))
        or bool(what.industries_not and industry.startswith(what.industries_not)),
        "GRADE": what.min_letter is not None
        and (who.letter is None or LETTERS.index(who.letter) > LETTERS.index(what.min_letter)),
        "VERIFIED_ONLY": what.verified_only and not who.verified,
        "REPORT_AGE": what.report_age is not None
        and (who.report_year is None or who.today.year - who.report_year > what.report_age),
        "FILING_MONTHS": who.filed_months < what.min_filing_months,
        "PURPOSE": bool(what.purposes) and who.purpose not in what.purposes,
        "NEEDS_WATER_REPORT": what.needs_water and not who.has_water_report,
        "NEEDS_REDUCTION_REPORT": what.needs_reduction and not who.has_reduction_report,
        "REVOKED": who.revoked_in_24_months,
    }
    return tuple(code for code in REASONS if fails[code])


def likes(who: Applicant, wish: Preference) -> bool:
    """Whether one preference is met. Raises ValueError for an unknown code."""
    if wish.code == "has_water_report":
        return who.has_water_report
    if wish.code == "has_reduction_report":
        return who.has_reduction_report
    if wish.code == "verified":
        return who.verified
    least = wish.value if wish.value is not None else Decimal(0)
    if wish.code == "evidenced_score":
        return who.evidenced_score is not None and who.evidenced_score >= least
    if wish.code == "filing_months":
        return who.filed_months >= least
    raise ValueError(f"unknown preference {wish.code}")


def match(who: Applicant, products: Iterable[Criteria]) -> list[Match]:
    """Products in the order they are offered (GF4): matched first by preferences met, then lower rate (none last), newer, id."""
    found = []
    for one in products:
        met = sum(likes(who, wish) for wish in one.preferences)
        share = divide(Decimal(met * 100), Decimal(len(one.preferences))) if one.preferences else Decimal(0)
        found.append((one, Match(one.id, unmet(who, one), percent(share))))
    found.sort(
        key=lambda pair: (
            bool(pair[1].reasons),
            -pair[1].preference_pct,
            pair[0].min_rate is None,
            pair[0].min_rate or Decimal(0),
            -pair[0].published.toordinal(),
            pair[0].id,
        )
    )
    return [made for _, made in found]


def loan_share(reduction_t: Decimal, balance_wan: Decimal, investment_wan: Decimal) -> Decimal | None:
    """A loan's share of a project's yearly reduction in tCO2 (GF6), 6 decimals; None without an investment to share by."""
    if investment_wan <= 0:
        return None
    return line(divide(product(reduction_t, balance_wan), investment_wan))


def next_manager(managers: Sequence[Manager], district: str | None, city: str | None, tried: frozenset[str] = frozenset()) -> str | None:
    """Who takes the case (GF11): the district's, else the city's, else anybody; fewest open, longest since, id. None: nobody there.

    ``tried`` are passed over (they had the case and did not act). A manager without areas serves everywhere.
    """
    free = [m for m in managers if m.active and m.id not in tried]
    for code in (district, city):
        near = [m for m in free if code is not None and code in m.areas]
        if near:
            free = near
            break
    free.sort(key=lambda m: (m.open_cases, m.last_assigned or date.min, m.id))
    return free[0].id if free else None


__all__ = [
    "LETTERS",
    "PREFERENCES",
    "REASONS",
    "Applicant",
    "Criteria",
    "Manager",
    "Match",
    "Preference",
    "likes",
    "loan_share",
    "match",
    "next_manager",
    "unmet",
]
