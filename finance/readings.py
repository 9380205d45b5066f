"""The bank reads 授权报告阅览 (S18, GF10): page pictures of the consented papers with a watermark, and what else a consent opens.

No filing, no table, no file: a picture of one page at a time, each written down for the firm. The consent is asked at each of them.
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import documents
import grading
import reports
import tenants
from core.clock import BEIJING
from core.database import Acting
from core.errors import NotFound, Unavailable
from finance.desk import open_row
from tenants.consents import BankConsent

WIDTHS = (200, 1600)


@dataclass(frozen=True, slots=True)
class GrantedReport:
    """A paper the consent opens. ``pages`` 0: not drawn yet."""

    id: UUID
    kind: str
    title: str
    year: int
    number: str
    label: str
    letter: str | None
    issued_on: date
    pages: int


@dataclass(frozen=True, slots=True)
class CertificateState:
    """A certificate's state of today, for one consented year."""

    year: int
    number: str
    letter: str
    state: str
    state_word: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Granted:
    """All that a consent opens: papers, certificates, matched criteria; ``missing``: consented kinds without a paper yet."""

    firm: str
    consent: BankConsent
    items: list[GrantedReport]
    certificates: list[CertificateState]
    matched: list[str]
    missing: list[str]


async def granted(ctx: Acting, case_id: UUID) -> Granted:
    """What the bank may read of a case's firm right now. Raises as ``open_case``. The look at the firm is in the audit log."""
    row, consent, _ = await open_row(ctx, case_id)
    async with tenants.reading(ctx, consent.organisation_id, "bank_reports") as firm:
        papers = [p for p in await reports.standing_reports(firm) if p.kind in consent.report_kinds and p.year in consent.years]
        certificates = [c for c in await grading.own_certificates(firm) if c.year in consent.years]
    items = [GrantedReport(p.id, p.kind, p.title, p.year, p.number, p.label, p.letter, p.issued_on, p.pages) for p in papers]
    states = [CertificateState(c.year, c.number, c.letter, c.state, c.state_word, c.valid_until) for c in certificates]
    have = {p.kind for p in papers}
    missing = [word for kind, word in tenants.consents.REPORT_KINDS.items() if kind in consent.report_kinds and kind not in have]
    return Granted(row["firm_name"], consent, items, states, list(row["matched"]), missing)


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as the bank sees it: the picture with the watermark, and its headings for who cannot see it. Never its text: nothing to copy."""

    picture: bytes
    headings: list[str]


async def read_page(ctx: Acting, case_id: UUID, report_id: UUID, number: int, width: int = 1240) -> ReadPage:
    """Page ``number`` (from 1) of a consented paper, with bank, manager and time over it. Each call is one reading in the firm's log.

    Raises as ``open_case``; NotFound (not consented: its kind or year, or no such page); Unavailable ``REPORT_NOT_READY``.
    """
    _, consent, reader = await open_row(ctx, case_id)
    async with tenants.reading(ctx, consent.organisation_id, "bank_report_page") as firm:
        paper = next((p for p in await reports.standing_reports(firm) if p.id == report_id), None)
        if paper is None or paper.kind not in consent.report_kinds or paper.year not in consent.years:
            raise NotFound("这份报告不在授权范围内，或已被新版替代。请回到授权报告列表重新打开。")
        if not paper.pages:
            raise Unavailable("报告的版面还在生成，请稍后再打开。", "REPORT_NOT_READY", retry_after=5)
        picture = await reports.page_png(firm, report_id, number, width)
        headings = documents.headings((await reports.page_text(firm, report_id, number)).blocks)
    at = ctx.now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    marked = await asyncio.to_thread(documents.watermark, picture, f"{consent.bank}　{reader or '客户经理'}　{at}")
    await tenants.consents.note_reading(
        ctx, consent, reader, kind=paper.kind, title=f"{paper.year} 年{paper.title}", report_id=report_id, year=paper.year, page=number
    )
    return ReadPage(marked, headings)
