"""What a case is about. A higher room registers a subject for each kind; this room keeps what was frozen and knows no figure of its own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.database import Acting


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure or text that a finding may name. ``path`` is its name for good; ``judge``: the agency gives it a verdict.

    ``conservative`` says which way a figure that cannot be accepted may move (R78): ``high`` (emissions) or ``low`` (what counts in the
    firm's favour). ``co2`` tCO2 of the filed value; ``last`` the year before; ``link`` the firm's own page for it; ``recipe`` what the
    subject itself needs to compute the figure again from what was frozen.
    """

    path: str
    label: str
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    period: str = ""
    last: Decimal | None = None
    co2: Decimal | None = None
    judge: bool = False
    conservative: str = ""
    evidence: list[str] = msgspec.field(default_factory=list)
    trace: str = ""
    link: str = ""
    recipe: dict[str, Any] | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the report: its figures in the order of the paper; ``group`` gathers sections in the tree."""

    key: str
    title: str
    group: str = ""
    note: str = ""
    figures: list[Figure] = msgspec.field(default_factory=list)


class CaseProof(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the firm that belongs to the figures; ``id`` is that of the stored file."""

    id: str
    name: str
    content_type: str = ""
    size: int = 0
    period: str = ""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """All that is handed to the agency besides the paper: frozen, read by both sides, never changed."""

    kind: str
    year: int
    report_id: str
    report_number: str
    report_sha256: str
    sections: list[Section]
    proofs: list[CaseProof] = msgspec.field(default_factory=list)

    def figure(self, path: str) -> tuple[Section, Figure] | None:
        """The figure of a path and its section."""
        return next(((s, f) for s in self.sections for f in s.figures if f.path == path), None)

    def section(self, key: str) -> Section | None:
        """The section of a key."""
        return next((s for s in self.sections if s.key == key), None)

    @property
    def to_judge(self) -> list[tuple[Section, Figure]]:
        """Figures that need a verdict."""
        return [(s, f) for s in self.sections for f in s.figures if f.judge]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the agency found of one figure; ``value`` is the verified one (the filed one when accepted)."""

    key: str
    label: str
    unit: str
    filed: Decimal | None
    verdict: str
    value: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """A finding as a paper prints it."""

    number: int
    section: str
    label: str
    text: str
    severity: str
    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A signed case as its subject needs it to make the paper. Names of people are masked."""

    id: UUID
    number: str
    kind: str
    year: int
    agency: str
    verifier: str
    reviewer: str
    verdict: str
    opinion: str
    concluded_at: datetime
    signed_at: datetime
    snapshot_id: UUID
    report_id: UUID
    findings: list[FindingFacts]
    amounts: list[Verdict]


@dataclass(frozen=True, slots=True)
class Issued:
    """The paper that came out of a case."""

    report_id: UUID
    number: str


class Subject(Protocol):
    """What a higher room provides for a kind of case; all of it runs as the firm."""

    async def prepare(self, ctx: Acting, year: int) -> Outline:
        """Make or find the report of the year and say what is in it. Raises Conflict or Invalid when the year is not ready (R100)."""

    async def issue(self, ctx: Acting, facts: CaseFacts) -> Issued:
        """Make the paper of a signed case."""

    def correctable(self, ctx: Acting, figure: Figure) -> bool:
        """May the acting person of the firm put this figure right where it is asked about, without going to its page?"""

    async def correct(self, ctx: Acting, year: int, figure: Figure, value: Decimal, reason: str, proofs: list[tuple[str, bytes]]) -> None:
        """Change the firm's data behind a figure to ``value`` by its own verb; ``proofs`` (name, data) stand beside it from now on.

        Raises Invalid naming ``value`` or ``text``, Conflict as that verb.
        """


subjects: dict[str, Subject] = {}
