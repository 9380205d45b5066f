"""A case as its two sides see it. Names of people are masked; quantities are decimals as text in JSON."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from cases.subjects import CaseProof


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list: link row only (T12). ``turn``: firm | agency | system | none; ``halt``: why the agency may not work today."""

    id: UUID
    number: str
    kind: str
    kind_word: str
    year: int
    state: str
    state_word: str
    version: int
    round: int
    firm: str
    firm_place: str
    firm_trade: str
    agency: str
    verifier: str
    reviewer: str
    turn: str
    due_on: date | None
    working_days_left: int | None
    overdue: bool
    provisional: bool
    halt: str
    judged: int
    to_judge: int
    findings: int
    waiting: int
    answered: int
    submitted_at: datetime
    accepted_at: datetime | None
    updated_at: datetime
    report_id: UUID
    report_number: str
    issued_report_id: UUID | None
    issued_number: str


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of the firm's cases."""

    items: list[CaseLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class InboxCounters:
    """Of all open cases the reader may see."""

    new: int
    work: int
    returned: int
    sign: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the agency's cases."""

    counters: InboxCounters
    items: list[CaseLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """A move the reader may make now; ``blocked`` says what is missing first."""

    move: str
    word: str
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class EventView:
    """One move of the history."""

    event: str
    word: str
    from_state: str | None
    to_state: str
    side: str
    by_name: str
    reason: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A word of either side, or a note of the agency to itself (``internal``)."""

    id: UUID
    side: str
    by_name: str
    text: str
    files: list[CaseProof]
    at: datetime
    internal: bool = False


@dataclass(frozen=True, slots=True)
class FindingView:
    """A question with its thread. ``filed`` as text; ``verified`` what the agency put beside it; ``link`` the firm's own page;
    ``in_place``: the firm may put the figure right with its answer."""

    id: UUID
    number: int
    round: int
    section: str
    section_title: str
    path: str
    label: str
    filed: str
    verified: Decimal | None
    unit: str
    text: str
    severity: str
    severity_word: str
    state: str
    state_word: str
    due_on: date | None
    overdue: bool
    choice: str | None
    choice_word: str
    value: Decimal | None
    removed: bool
    link: str
    in_place: bool
    raised_by: str
    raised_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    version: int
    messages: list[MessageView]


@dataclass(frozen=True, slots=True)
class AmountView:
    """The verdict on a figure."""

    key: str
    section: str
    label: str
    unit: str
    filed: Decimal | None
    verdict: str
    verdict_word: str
    value: Decimal | None
    difference: Decimal | None
    difference_pct: Decimal | None
    effect: Decimal | None
    reason: str
    round: int
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FigureView:
    """One figure: filed, the year before, change in percent, what the agency found; ``before`` its value in the hand-off before this."""

    path: str
    label: str
    period: str
    value: Decimal | None
    text: str
    unit: str
    last: Decimal | None
    change_pct: Decimal | None
    co2: Decimal | None
    judge: bool
    conservative: str
    evidence: list[str]
    trace: str
    link: str
    before: Decimal | None
    verdict: str | None
    verified: Decimal | None
    reason: str
    findings: int


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the report with its figures; how many need a verdict and have one."""

    key: str
    title: str
    group: str
    note: str
    judged: int
    to_judge: int
    findings: int
    figures: list[FigureView]


@dataclass(frozen=True, slots=True)
class Change:
    """What a hand-off changed against the one before it."""

    path: str
    section: str
    label: str
    unit: str
    before: str
    after: str
    what: str


@dataclass(frozen=True, slots=True)
class RoundView:
    """One hand-off."""

    round: int
    report_id: UUID
    report_number: str
    report_sha256: str
    changes: list[Change]
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deadlines:
    """``remind_on`` and ``withdraw_on``: the last days after which a reminder goes out and the firm may withdraw (R106)."""

    turn: str
    due_on: date | None
    working_days_left: int | None
    overdue: bool
    remind_on: date | None
    withdraw_on: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class ReportRef:
    """A paper of the case."""

    id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class DeclarationView:
    """A word of independence: of the body, the verifier, the reviewer (R71)."""

    about: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A whole case. ``readable``: the agency still sees figures (open cases, R108); closed ones keep what was said and decided."""

    id: UUID
    number: str
    kind: str
    kind_word: str
    year: int
    state: str
    state_word: str
    version: int
    round: int
    firm: str
    firm_place: str
    firm_trade: str
    agency: str
    agency_id: UUID
    verifier: str
    reviewer: str
    halt: str
    readable: bool
    report: ReportRef
    issued_report: ReportRef | None
    verdict: str | None
    verdict_word: str
    opinion: str
    reason: str
    submitted_by: str
    submitted_at: datetime
    accepted_at: datetime | None
    concluded_at: datetime | None
    signed_at: datetime | None
    issued_at: datetime | None
    judged: int
    to_judge: int
    deadlines: Deadlines
    allowed: list[Allowed]
    open_points: list[str]
    sections: list[SectionView]
    proofs: list[CaseProof]
    findings: list[FindingView]
    amounts: list[AmountView]
    messages: list[MessageView]
    events: list[EventView]
    rounds: list[RoundView]
    declarations: list[DeclarationView]


@dataclass(frozen=True, slots=True)
class OpsCase:
    """A case as the platform sees it: the link row and its history, no figure of the firm. ``blocked``: why it may not be cancelled."""

    case: CaseLine
    reason: str
    closed_at: datetime | None
    signed_at: datetime | None
    blocked: str
    events: list[EventView]
