"""The carbon-efficiency certificate as people see it (rules CC1-CC4, CC9): one frozen view, from which page, PDF and pictures are made.

The grading room fills :class:`CertificateView` from the signed content and the state of the moment; this room knows no rule of grading.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from documents import fonts
from documents.codes import INK, qr_svg
from documents.palette import INVALID_FRAME, LEVELS, STATES
from documents.render import renderer

TITLE = "碳效评价证书"
_BEIJING = timezone(timedelta(hours=8))


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a certificate shows. Figures are ready decimal strings with the digits of GN2; None is "not given"."""

    code: str
    url: str
    state: str  # valid | expired | superseded | suspended | revoked
    certificate_no: str
    company: str
    uscc: str
    industry_code: str
    industry: str
    region: str
    period: str  # 2025 年度
    level: int
    letter: str
    word: str
    efficiency: str  # K
    intensity: str  # L, tCO2/万元
    intensity_level: str  # 低碳 | 中碳 | 高碳
    benchmark: str  # B, tCO2/万元
    benchmark_label: str
    benchmark_period: str
    basis_word: str  # 企业自评 | 核查机构评级
    method_version: str
    issued_on: str
    valid_until: str
    snapshot: str  # first 16 hex
    kid: str
    agency: str = ""
    identifier_prefix: str = ""
    label: str = ""  # 净负排放
    neutrality: str | None = None
    neutrality_own: str | None = None
    neutrality_offset: str | None = None
    core: str | None = None  # with value_added by opt-in only (CC9)
    value_added: str | None = None
    factors: tuple[str, ...] = ()
    state_on: str = ""
    state_reason: str = ""
    superseded_url: str = ""
    superseded_no: str = ""
    signature_ok: bool = True
    checked_at: str = ""  # 2026-11-08 09:41, Beijing
    pdf_sha256: str = ""
    demo: bool = False

    @property
    def valid(self) -> bool:
        """May it be relied on today?"""
        return self.state == "valid"

    @property
    def level_words(self) -> str:
        """第 2 级，共 5 级."""
        return f"第 {self.level} 级，共 5 级"

    @property
    def state_words(self) -> str:
        """First line of the page."""
        return STATES[self.state][0]


def _number(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return str(value).replace("-", "−")


def certificate_view(
    content: Mapping[str, Any],
    *,
    code: str,
    url: str,
    state: str,
    kid: str,
    checked_at: datetime | None = None,
    state_on: str = "",
    state_reason: str = "",
    superseded_url: str = "",
    signature_ok: bool = True,
    pdf_sha256: str | None = None,
    demo: bool = False,
) -> CertificateView:
    """The view of a certificate's public content (the dict that was signed) in the given state.

    ``content`` holds cert_no, company, uscc, industry_code, industry_name, region_name, year, level, grade, grade_word, K, L,
    horizontal, N, N_structural, N_offset, benchmark, benchmark_source, benchmark_period, mode, agency, method_version, issued,
    valid_to, snapshot; optional label, factors, E_core, value_added, identifier_prefix.
    """
    tone = LEVELS[int(content["level"]) - 1]
    return CertificateView(
        code=code,
        url=url,
        state=state,
        certificate_no=content["cert_no"],
        company=content["company"],
        uscc=content["uscc"],
        industry_code=content["industry_code"],
        industry=content["industry_name"],
        region=content["region_name"],
        period=f"{content['year']} 年度",
        level=int(content["level"]),
        letter=content.get("grade") or tone.letter,
        word=content.get("grade_word") or tone.word,
        efficiency=_number(content["K"]) or "—",
        intensity=_number(content["L"]) or "—",
        intensity_level=content.get("horizontal") or "",
        benchmark=_number(content["benchmark"]) or "—",
        benchmark_label=content["benchmark_source"],
        benchmark_period=str(content["benchmark_period"]),
        basis_word=content["mode"],
        method_version=content["method_version"],
        issued_on=content["issued"],
        valid_until=content["valid_to"],
        snapshot=content.get("snapshot", ""),
        kid=kid,
        agency=content.get("agency") or "",
        identifier_prefix=content.get("identifier_prefix") or "",
        label=content.get("label") or "",
        neutrality=_number(content.get("N")),
        neutrality_own=_number(content.get("N_structural")),
        neutrality_offset=_number(content.get("N_offset")),
        core=_number(content.get("E_core")),
        value_added=_number(content.get("value_added")),
        factors=tuple(content.get("factors") or ()),
        state_on=state_on,
        state_reason=state_reason,
        superseded_url=superseded_url,
        signature_ok=signature_ok,
        checked_at=checked_at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M") if checked_at else "",
        pdf_sha256=pdf_sha256 or "",
        demo=demo,
    )


def certificate_rows(view: CertificateView) -> list[list[str]]:
    """Facts under the level, as on the paper."""
    shares = "—"
    if view.neutrality is not None:
        shares = f"{view.neutrality}%"
        if view.neutrality_own is not None:
            shares += f"（自有 {view.neutrality_own} / 抵消 {view.neutrality_offset or '0.00'}）"
    level = f"（{view.intensity_level}）" if view.intensity_level else ""
    rows = [
        ["碳效值 K", f"{view.efficiency}（行业平均 = 1）"],
        ["碳强度 L", f"{view.intensity} tCO₂/万元{level}"],
        ["碳中和率 N", shares],
        ["行业", f"{view.industry_code} {view.industry}"],
        ["地区", view.region],
        ["数据依据", view.basis_word + (f"（{view.agency}）" if view.agency else "")],
        ["证书编号", view.certificate_no],
        ["签发日期", view.issued_on],
        ["有效期至", view.valid_until],
    ]
    if view.core and view.value_added:
        rows[3:3] = [["碳排放", f"{view.core} tCO₂"], ["工业增加值", f"{view.value_added} 万元"]]
    return rows


def certificate_paper(view: CertificateView) -> dict[str, Any]:
    """Data of the template ``certificate``."""
    tone = LEVELS[view.level - 1]
    live = view.valid
    return {
        "title": TITLE,
        "document_title": f"{view.company} {TITLE} {view.certificate_no}",
        "company": {"name": view.company, "uscc": view.uscc},
        "identifier_prefix": view.identifier_prefix,
        "state": view.state,
        "state_words": view.state_words,
        "tone": {"fill": tone.fill if live else INVALID_FRAME, "ink": tone.ink if live else "#465653"},
        "letter": view.letter,
        "word": view.word,
        "label": view.label,
        "level_words": view.level_words,
        "period": view.period,
        "basis": view.basis_word,
        "rows": certificate_rows(view),
        "benchmark": view.benchmark,
        "benchmark_label": view.benchmark_label,
        "method": view.method_version,
        "qr": qr_svg(view.url, ink=INK if live else "#8A8A8A"),
        "host": view.url.split("//", 1)[-1].split("/", 1)[0],
        "code": view.code,
        "snapshot": view.snapshot,
        "kid": view.kid,
        "demo": view.demo,
    }


async def certificate_pdf(view: CertificateView, when: datetime) -> bytes:
    """The A4 certificate; the same view and time give the same bytes. Raises Invalid (GLYPH_MISSING)."""
    return await renderer().render_pdf("certificate", certificate_paper(view), when)


async def draw_badge(view: CertificateView, size: int = 1000) -> bytes:
    """PNG code in its frame, ``size`` pixels wide, made in a child process. Raises Invalid (GLYPH_MISSING)."""
    from documents.pictures import badge_png

    fonts.check_drawable(view.company)
    return await renderer().run(badge_png, view, size)


async def draw_card(view: CertificateView, width: int = 1000) -> bytes:
    """PNG card 5:4, made in a child process. Raises Invalid (GLYPH_MISSING)."""
    from documents.pictures import card_png

    fonts.check_drawable(view.company)
    return await renderer().run(card_png, view, width)
