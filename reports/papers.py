"""Reports 报告: made from a snapshot, kept for good, rendered when first asked for (rules LR1, GN10, GN12).

A kind of report says by its :class:`Kind` what its paper is called and how it is drawn; everything else is the same for all kinds.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

import msgspec

import documents
import inventory
from core.database import Acting
from core.errors import Conflict, NotFound, Unavailable
from core.files import open_file, save_file
from core.jobs import enqueue
from core.settings import settings

STATE_WORDS = {
    "self_assessed": "企业自评",
    "rated": "核查机构评级",
    "generated": "已生成",
    "draft": "草稿",
    "issued": "已出具",
    "superseded": "已被新版替代",
    "cancelled": "评级已取消",
}
#: No longer what the firm shows (LR7, 18.1).
PAST = ("superseded", "cancelled")


class Facts(Protocol):
    """What the facts of every kind of report name; a msgspec struct."""

    @property
    def year(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def report_id(self) -> str: ...
    @property
    def issued_on(self) -> str: ...
    @property
    def data_version(self) -> str: ...
    @property
    def basis(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Headline:
    """What lists and other rooms read of a report without opening its snapshot. Grade columns are empty for other kinds.

    ``summary`` holds ``reason_text``, ``remedy``, ``warnings`` and, of a case, ``agency``.
    """

    graded: bool = False
    reason: str = ""
    level: int | None = None
    letter: str | None = None
    efficiency: Decimal | None = None
    intensity: Decimal | None = None
    neutrality: Decimal | None = None
    core: Decimal | None = None
    tce: Decimal | None = None
    unverified: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report. ``labels`` by basis (self, verified); ``texts`` are (text, what it is) that must have glyphs."""

    code: str
    title: str
    facts: type[Any]
    paper: Callable[[Any, str, str], dict[str, Any]]
    data_version: Callable[[Acting, int], Awaitable[str]]
    headline: Callable[[Any], Headline]
    create: Callable[[Acting, int], Awaitable["Report"]]
    labels: Mapping[str, str]
    word: Callable[[Any, str], documents.Word] | None = None
    texts: Callable[[Any], Iterable[tuple[str, str]]] = lambda facts: ()


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; each kind's module does it once. Raises ValueError on a second one of the same code."""
    if kind.code in KINDS:
        raise ValueError(kind.code)
    KINDS[kind.code] = kind


@dataclass(frozen=True, slots=True)
class Report:
    """A report as its enterprise sees it. ``emission`` tCO2, ``tce``, ``l`` tCO2/万元, ``n`` percent.

    ``pages`` is 0 while the paper is not made yet; ``stale`` says that filed data changed since (the report itself never does).
    """

    id: UUID
    kind: str
    title: str
    year: int
    version: int
    number: str
    basis: str
    label: str
    state: str
    state_word: str
    graded: bool
    reason: str
    reason_text: str
    remedy: list[str]
    level: int | None
    letter: str | None
    k: Decimal | None
    l: Decimal | None  # noqa: E741 - the symbol of the method
    n: Decimal | None
    emission: Decimal | None
    tce: Decimal | None
    unverified: bool
    snapshot: str
    data_version: str
    stale: bool
    warnings: list[str]
    issued_on: date
    created_at: datetime
    superseded_at: datetime | None
    pages: int
    pdf_sha256: str | None
    word: bool
    case_id: UUID | None
    agency: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """A page of reports."""

    items: list[Report]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished paper."""

    name: str
    data: bytes
    sha256: str
    pages: int


_COLUMNS = """
select r.id, r.kind, r.year, r.version, r.number, r.basis, r.state, r.graded, r.reason, r.level, r.letter, r.efficiency as k,
       r.intensity as l, r.neutrality as n, r.core as emission, r.tce, r.unverified, r.snapshot_id, r.snapshot_sha256 as snapshot,
       r.content_sha256, r.data_version, r.summary, r.issued_on, r.issued_at as created_at, r.superseded_at, r.file_id,
       r.file_sha256 as pdf_sha256, coalesce(r.pages, 0) as pages, r.case_id
  from report r
"""
_ASKED = " where r.tenant_id = $1 and ($2::int is null or r.year = $2) and ($3::text is null or r.kind = $3)"
_COUNT = f"select count(*) from report r{_ASKED}"  # noqa: S608 - a constant
_KEPT = (
    "id", "kind", "year", "version", "number", "basis", "state", "graded", "reason", "level", "letter", "k", "l", "n", "emission",
    "tce", "unverified", "snapshot", "issued_on", "created_at", "superseded_at", "pages", "pdf_sha256", "case_id",
)  # fmt: skip


def _report(row: dict[str, Any], versions: Mapping[tuple[str, int], str]) -> Report:
    kind = KINDS[row["kind"]]
    return Report(
        **{name: row[name] for name in _KEPT},
        **({"reason_text": "", "remedy": [], "warnings": []} | row["summary"]),
        data_version=documents.fingerprint(row["data_version"])[:12],
        title=kind.title,
        label=kind.labels[row["basis"]],
        state_word=STATE_WORDS[row["state"]],
        stale=row["state"] not in PAST and versions.get((row["kind"], row["year"]), row["data_version"]) != row["data_version"],
        word=kind.word is not None,
    )


async def data_version(ctx: Acting, year: int) -> str:
    """What is filed for a year now, spelled as a report keeps it; two small statements."""
    months = await inventory.summary(ctx, year * 100 + 1, year * 100 + 12)
    own = next((o for o in await inventory.operating(ctx, year) if o.period == str(year)), None)
    filed = ",".join(f"{m.period}v{m.version}" for m in months if m.state == "submitted")
    return f"{filed};o{own.version if own else 0}"


def _luhn(digits: str) -> str:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


async def new_number(ctx: Acting, year: int, region_code: str) -> str:
    """``TXR`` + year + six-digit region + running number + check digit; unique, gaps allowed."""
    running = int(await ctx.db.value("select report_number_next()"))
    body = f"{year}{(region_code or '000000')[:6].ljust(6, '0')}{running:06d}"
    return f"TXR{body}{_luhn(body)}"


def _content(facts: Any) -> str:
    """Fingerprint of what is reported, without number and time: the same data make no new version."""
    same = msgspec.structs.replace(facts, number="", report_id="", issued_at="", issued_on="", known_on="", data_version="")
    return documents.fingerprint(same)


async def create_report(ctx: Acting, code: str, facts: Facts, *, state: str, case_id: UUID | None = None) -> Report:
    """Keep a report of ``facts`` and ask for its paper. The current one of the year and basis is superseded and stays readable.

    Unchanged data answer the report that stands. Raises Invalid (GLYPH_MISSING) when a name cannot be printed.
    """
    kind, year = KINDS[code], facts.year
    for text, what in kind.texts(facts):
        documents.check_drawable(text, what)
    content = _content(facts)
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"report {ctx.tenant} {code} {year}")
    current = await ctx.db.row(
        _COLUMNS + " where r.tenant_id = $1 and r.kind = $2 and r.year = $3 and r.basis = $4 and r.state not in ('superseded', 'cancelled')",
        ctx.tenant, code, year, facts.basis,
    )  # fmt: skip
    if current is not None and current["content_sha256"] == content:
        return _report(current, {})
    if current is not None:
        await ctx.db.run(
            "update report set state = 'superseded', superseded_at = $3 where tenant_id = $1 and id = $2", ctx.tenant, current["id"], ctx.now
        )
    report_id = UUID(facts.report_id)
    version = 1 + int(
        await ctx.db.value(
            "select coalesce(max(version), 0) from report where tenant_id = $1 and kind = $2 and year = $3", ctx.tenant, code, year
        )
    )
    frozen = await documents.freeze(ctx, f"{code}_report", report_id, facts)
    h = kind.headline(facts)
    await ctx.db.run(
        "insert into report (tenant_id, id, kind, year, version, number, basis, state, graded, reason, level, letter, efficiency, intensity,"
        " neutrality, core, tce, unverified, data_version, summary, snapshot_id, snapshot_sha256, content_sha256, issued_on, issued_at,"
        " issued_by, case_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,"
        " $21, $22, $23, $24, $25, $26, $27)",
        ctx.tenant, report_id, code, year, version, facts.number, facts.basis, state, h.graded, h.reason, h.level, h.letter, h.efficiency,
        h.intensity, h.neutrality, h.core, h.tce, h.unverified, facts.data_version, dict(h.summary), frozen.id, frozen.sha256, content,
        date.fromisoformat(facts.issued_on), ctx.now, ctx.account_id, case_id,
    )  # fmt: skip
    await enqueue(ctx, "reports.render", report_id)
    ctx.audit(
        "report.create", "report", report_id, detail={"kind": code, "year": year, "number": facts.number, "snapshot": frozen.short}
    )
    return await get_report(ctx, report_id)


async def list_reports(
    ctx: Acting, *, kind: str | None = None, year: int | None = None, page: int = 1, page_size: int = 20
) -> Reports:
    """The enterprise's reports, newest first, superseded ones included."""
    rows = await ctx.db.rows(
        _COLUMNS + _ASKED + " order by r.issued_at desc, r.version desc limit $4 offset $5",
        ctx.tenant, year, kind, page_size, (page - 1) * page_size,
    )  # fmt: skip
    total = int(await ctx.db.value(_COUNT, ctx.tenant, year, kind))
    shown = sorted({(r["kind"], r["year"]) for r in rows if r["state"] not in PAST})
    versions = {(k, y): await KINDS[k].data_version(ctx, y) for k, y in shown}
    return Reports([_report(r, versions) for r in rows], total, page, page_size)


async def get_report(ctx: Acting, report_id: UUID) -> Report:
    """One report. Raises NotFound."""
    row = await _row(ctx, report_id)
    return _report(row, {(row["kind"], row["year"]): await KINDS[row["kind"]].data_version(ctx, row["year"])})


async def open_report(ctx: Acting, report_id: UUID) -> Report:
    """One report whose paper is made now when it is not there yet; ``problem`` says why it could not be. Raises NotFound."""
    found = await get_report(ctx, report_id)
    if found.pages:
        return found
    try:
        await report_pdf(ctx, report_id)
    except Unavailable as away:
        return replace(found, problem=away.detail)
    return await get_report(ctx, report_id)


async def _row(ctx: Acting, report_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + " where r.tenant_id = $1 and r.id = $2", ctx.tenant, report_id)
    if row is None:
        raise NotFound("没有这份报告，或您无权查看。")
    return row


async def report_pdf(ctx: Acting, report_id: UUID) -> Paper:
    """The paper of a report: the stored one, or rendered now and stored. Raises NotFound, Unavailable (renderer away)."""
    row = await _row(ctx, report_id)
    name = f"{KINDS[row['kind']].title}-{row['year']}-{row['number']}.pdf"
    if row["file_id"] is not None:
        stored = await open_file(ctx, row["file_id"])
        return Paper(name, stored.data, stored.ref.sha256, row["pages"] or 0)
    pdf, pages = await _render(ctx, row)
    if await ctx.db.value("show transaction_read_only") == "on":  # an agency or a bank reads: the same bytes, stored by the firm's own job
        return Paper(name, pdf, sha256(pdf).hexdigest(), pages)
    ref = await save_file(ctx, name, pdf, "form")
    await ctx.db.run(
        "update report set file_id = $3, file_sha256 = $4, pages = $5 where tenant_id = $1 and id = $2 and file_id is null",
        ctx.tenant,
        report_id,
        ref.id,
        ref.sha256,
        pages,
    )
    return Paper(name, pdf, ref.sha256, pages)


async def report_word(ctx: Acting, report_id: UUID) -> Paper:
    """The editable copy of a report (documents 3.2): made at each call, the same bytes from the same snapshot. Raises NotFound."""
    row = await _row(ctx, report_id)
    kind = KINDS[row["kind"]]
    if kind.word is None:
        raise NotFound("这种报告没有 Word 副本，请下载 PDF。")
    facts, sha256 = await _thaw(ctx, row)
    data = await documents.renderer().word(kind.word(facts, sha256))
    return Paper(f"{kind.title}-{row['year']}-{row['number']}-可编辑副本.docx", data, "", 0)


async def report_facts(ctx: Acting, report_id: UUID) -> Any:
    """What a report was made of, as its kind's struct. Raises NotFound."""
    return (await _thaw(ctx, await _row(ctx, report_id)))[0]


async def _thaw(ctx: Acting, row: dict[str, Any]) -> tuple[Any, str]:
    frozen = await documents.thaw(ctx, row["snapshot_id"])
    return msgspec.json.decode(frozen.body, type=KINDS[row["kind"]].facts), frozen.sha256


async def _render(ctx: Acting, row: dict[str, Any]) -> tuple[bytes, int]:
    facts, sha256 = await _thaw(ctx, row)
    data = documents.printable(KINDS[row["kind"]].paper(facts, sha256, settings.base_url))
    pdf = await documents.renderer().render_pdf(row["kind"], data, row["created_at"])
    _, pages = await documents.renderer().page_png(pdf, 0)
    return pdf, pages


async def page_png(ctx: Acting, report_id: UUID, number: int, width: int = 1240) -> bytes:
    """Page ``number`` (from 1) of the paper as PNG. Raises NotFound past the end."""
    found = await report_pdf(ctx, report_id)
    picture, pages = await documents.renderer().page_png(found.data, number, width)
    if not picture:
        raise NotFound(f"这份报告共 {pages} 页，没有第 {number} 页。")
    return picture


async def page_text(ctx: Acting, report_id: UUID, number: int) -> documents.PageText:
    """What page ``number`` (from 1) of the paper says, for reading aloud, searching and small screens. Raises NotFound past the end."""
    found = await report_pdf(ctx, report_id)
    said = await documents.renderer().page_text(found.data, number)
    if not 1 <= number <= said.pages:
        raise NotFound(f"这份报告共 {said.pages} 页，没有第 {number} 页。")
    return said


def refuse_incomplete(year: int, missing: list[dict[str, str]]) -> Conflict:
    """No report for a year with gaps (GN7): which months and items are missing, at most three named in the sentence."""
    named = "、".join(f"{int(m['period'][5:7])} 月{m['item']}" for m in missing[:3]) + (
        "等" if len(missing) > 3 else ""
    )
    return Conflict(
        "INCOMPLETE_MONTHS",
        f"{year} 年还差 {len(missing)} 项（{named}），补齐后再生成报告。",
        missing=missing,
        year=year,
    )
