"""Reports 报告: made from a snapshot, kept for good, rendered when first asked for (rules LR1, GN10, GN12)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

import documents
import inventory
from core.database import Acting
from core.errors import Conflict, NotFound, Unavailable
from core.files import open_file, save_file
from core.jobs import enqueue
from core.settings import settings
from reports.facts import ReportFacts
from reports.paper import LABELS, TITLE, paper

KIND = "grade"
STATE_WORDS = {"self_assessed": "企业自评", "superseded": "已被新版替代"}


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
    emission: Decimal
    tce: Decimal
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
       r.file_sha256 as pdf_sha256, coalesce(r.pages, 0) as pages
  from report r
"""
_COUNT = "select count(*) from report r where r.tenant_id = $1 and ($2::int is null or r.year = $2)"
_KEPT = (
    "id", "kind", "year", "version", "number", "basis", "state", "graded", "reason", "level", "letter", "k", "l", "n", "emission",
    "tce", "unverified", "snapshot", "issued_on", "created_at", "superseded_at", "pages", "pdf_sha256",
)  # fmt: skip


def _report(row: dict[str, Any], versions: dict[int, str]) -> Report:
    return Report(
        **{name: row[name] for name in _KEPT},
        **row["summary"],
        data_version=documents.fingerprint(row["data_version"])[:12],
        title=TITLE,
        label=LABELS[row["basis"]],
        state_word=STATE_WORDS[row["state"]],
        stale=row["state"] != "superseded" and versions.get(row["year"], row["data_version"]) != row["data_version"],
    )


def _summary(facts: ReportFacts) -> dict[str, Any]:
    warnings = []
    if not facts.company.verified:
        warnings.append("主体未认证：营业执照尚未经平台审核，本报告不能用于申领碳效码。")
    if facts.part_year is not None:
        warnings.append("部分年度：只列数据，不评级。")
    if facts.quality.estimated_months:
        warnings.append(f"{len(facts.quality.estimated_months)} 个月的数据由多月合计均分得到，已标为估算。")
    if facts.grade.benchmark is not None and facts.grade.benchmark.earlier_year:
        warnings.append(f"行业基准沿用 {facts.grade.benchmark.year} 年的数值。")
    return {"reason_text": facts.grade.reason_text, "remedy": list(facts.grade.remedy), "warnings": warnings}


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


def _content(facts: ReportFacts) -> str:
    """Fingerprint of what is reported, without number and time: the same data make no new version."""
    same = msgspec.structs.replace(
        facts, number="", report_id="", issued_at="", issued_on="", known_on="", data_version=""
    )
    return documents.fingerprint(same)


async def create_report(ctx: Acting, kind: str, year: int, facts: ReportFacts) -> Report:
    """Keep a report of ``facts`` and ask for its paper. The current one of the year is superseded and stays readable.

    Unchanged data answer the report that stands. Raises Invalid (GLYPH_MISSING) when a name cannot be printed.
    """
    _check_printable(facts)
    content = _content(facts)
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"report {ctx.tenant} {kind} {year}")
    current = await ctx.db.row(
        _COLUMNS + " where r.tenant_id = $1 and r.kind = $2 and r.year = $3 and r.state <> 'superseded'",
        ctx.tenant,
        kind,
        year,
    )
    if current is not None and current["content_sha256"] == content:
        return _report(current, {})
    if current is not None:
        await ctx.db.run(
            "update report set state = 'superseded', superseded_at = $3 where tenant_id = $1 and id = $2",
            ctx.tenant,
            current["id"],
            ctx.now,
        )
    report_id = UUID(facts.report_id)
    version = 1 + int(
        await ctx.db.value(
            "select coalesce(max(version), 0) from report where tenant_id = $1 and kind = $2 and year = $3",
            ctx.tenant,
            kind,
            year,
        )
    )
    frozen = await documents.freeze(ctx, f"{kind}_report", report_id, facts)
    g = facts.grade
    await ctx.db.run(
        "insert into report (tenant_id, id, kind, year, version, number, basis, state, graded, reason, level, letter, efficiency, intensity,"
        " neutrality, core, tce, unverified, data_version, summary, snapshot_id, snapshot_sha256, content_sha256, issued_on, issued_at,"
        " issued_by) values ($1, $2, $3, $4, $5, $6, $7, 'self_assessed', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,"
        " $21, $22, $23, $24, $25)",
        ctx.tenant, report_id, kind, year, version, facts.number, facts.basis, g.graded, g.reason, g.level, g.letter, g.efficiency,
        g.intensity, facts.neutrality.rate, facts.core, facts.tce, not facts.company.verified, facts.data_version, _summary(facts), frozen.id, frozen.sha256, content,
        date.fromisoformat(facts.issued_on), ctx.now, ctx.account_id,
    )  # fmt: skip
    await enqueue(ctx, "reports.render", report_id)
    ctx.audit(
        "report.create",
        "report",
        report_id,
        detail={"kind": kind, "year": year, "number": facts.number, "snapshot": frozen.short},
    )
    return await get_report(ctx, report_id)


def _check_printable(facts: ReportFacts) -> None:
    documents.check_drawable(facts.company.name)
    documents.check_drawable(facts.company.address, "企业地址")
    for item in facts.energy:
        documents.check_drawable(item.name, "填报项目名称")


async def list_reports(ctx: Acting, *, year: int | None = None, page: int = 1, page_size: int = 20) -> Reports:
    """The enterprise's reports, newest first, superseded ones included."""
    rows = await ctx.db.rows(
        _COLUMNS
        + " where r.tenant_id = $1 and ($2::int is null or r.year = $2) order by r.issued_at desc, r.version desc limit $3 offset $4",
        ctx.tenant,
        year,
        page_size,
        (page - 1) * page_size,
    )
    total = int(await ctx.db.value(_COUNT, ctx.tenant, year))
    versions = {y: await data_version(ctx, y) for y in sorted({r["year"] for r in rows if r["state"] != "superseded"})}
    return Reports([_report(r, versions) for r in rows], total, page, page_size)


async def get_report(ctx: Acting, report_id: UUID) -> Report:
    """One report. Raises NotFound."""
    row = await _row(ctx, report_id)
    return _report(row, {row["year"]: await data_version(ctx, row["year"])})


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
    name = f"{TITLE}-{row['year']}-{row['number']}.pdf"
    if row["file_id"] is not None:
        stored = await open_file(ctx, row["file_id"])
        return Paper(name, stored.data, stored.ref.sha256, row["pages"] or 0)
    pdf, pages = await _render(ctx, row)
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


async def _render(ctx: Acting, row: dict[str, Any]) -> tuple[bytes, int]:
    frozen = await documents.thaw(ctx, row["snapshot_id"])
    facts = msgspec.json.decode(frozen.body, type=ReportFacts)
    data = documents.printable(paper(facts, frozen.sha256, settings.base_url))
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


__all__ = [
    "Paper",
    "Report",
    "Reports",
    "create_report",
    "get_report",
    "list_reports",
    "new_number",
    "open_report",
    "page_png",
    "refuse_incomplete",
    "report_pdf",
]
