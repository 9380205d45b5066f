"""Matching 匹配 (GF2-GF4): which products fit, why the others do not and 怎样满足. Inside the firm's own tenant; no bank learns of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import grading
import inventory
import reports
import tenants
from carbon.finance import Applicant, likes, match, unmet
from carbon.finance import Preference as Liked
from core.database import Acting
from core.errors import NotFound
from finance.products import FinanceProduct, criteria, shelf, wish_words
from finance.purposes import LoanPurpose, list_purposes

LETTER_WORD = {"A": "A（高）", "B": "B（较高）", "C": "C（中等）", "D": "D（较低）", "E": "E（低）"}


@dataclass(frozen=True, slots=True)
class MatchReason:
    """A hard criterion that does not hold: its code (GF2), the sentence, 怎样满足, and where to do that."""

    code: str
    text: str
    remedy: str
    link: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as a firm sees it. ``preference_pct``: share of the bank's preferences met, 2 decimals; ``met``: what holds, in words."""

    id: UUID
    bank_id: UUID
    bank: str
    name: str
    kind: str
    kind_word: str
    min_amount: Decimal | None
    max_amount: Decimal | None
    min_term: int | None
    max_term: int | None
    min_rate: Decimal | None
    max_rate: Decimal | None
    rate_note: str
    region_names: list[str]
    min_letter: str | None
    verified_only: bool
    purposes: list[str]
    documents: list[str]
    description: str
    tag: str
    valid_to: date
    matched: bool
    preference_pct: Decimal
    preferences: list[str]
    met: list[str]
    reasons: list[MatchReason]


@dataclass(frozen=True, slots=True)
class Offers:
    """All products, matched ones first (GF4). ``catalogue``: whether purposes are loaded at all (否则 目录未载入)."""

    items: list[Offer]
    total: int
    matched: int
    catalogue: bool
    purposes: list[LoanPurpose]
    letter: str | None
    report_year: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The acting firm as a bank's criteria look at it, with what a case's header keeps."""

    who: Applicant
    name: str
    region: str | None
    region_name: str
    city: str | None
    basis: str | None
    years: list[int]


async def standing(ctx: Acting, purpose: str | None = None) -> Standing:
    """Facts of the acting firm: profile, standing reports, filed months, certificates; four statements.

    ``evidenced_score`` is None until the questionnaire exists: a preference for it is not met, a hard criterion never asks for it.
    """
    profile = await tenants.profile_facts(ctx)
    papers = await reports.standing_reports(ctx)
    grades = [p for p in papers if p.kind == "grade" and p.letter is not None]
    newest = grades[0] if grades else None
    months = await inventory.summary(ctx, 200001, ctx.today.year * 100 + 12)
    since = ctx.today.replace(year=ctx.today.year - 2, day=min(ctx.today.day, 28))
    revoked = any(c.state == "revoked" and c.state_at.date() >= since for c in await grading.own_certificates(ctx))
    codes = [p.code for p in profile.regions]
    who = Applicant(
        frozenset(codes), ctx.today, industry=profile.industry, letter=newest.letter if newest else None,
        verified=newest is not None and newest.basis == "verified", report_year=newest.year if newest else None,
        filed_months=sum(m.state == "submitted" for m in months), has_water_report=any(p.kind == "water" for p in papers),
        has_reduction_report=any(p.kind == "reduction" for p in papers), revoked_in_24_months=revoked, purpose=purpose or None,
    )  # fmt: skip
    return Standing(
        who, profile.name, profile.region, profile.region_name or "", codes[1] if len(codes) > 1 else None,
        newest.basis if newest else None, sorted({p.year for p in papers}, reverse=True),
    )  # fmt: skip


async def offers(ctx: Acting, *, purpose: str | None = None, q: str = "") -> Offers:
    """Products for the acting firm in the order of GF4; ``q`` is part of a product's or a bank's name."""
    here = await standing(ctx, purpose)
    shown = [p for p in await shelf(ctx) if q.strip() in p.name or q.strip() in p.bank]
    catalogue = await list_purposes(ctx)
    by_id = {str(p.id): p for p in shown}
    items = [offer(here.who, by_id[m.id], m.preference_pct, bool(catalogue)) for m in match(here.who, [criteria(p) for p in shown])]
    return Offers(
        items, len(items), sum(i.matched for i in items), bool(catalogue), [p for p in catalogue if p.live], here.who.letter, here.who.report_year
    )


async def one_offer(ctx: Acting, product_id: UUID, purpose: str | None = None) -> tuple[Offer, FinanceProduct, Standing]:
    """One product for the acting firm. Raises NotFound when it is not on the shelf."""
    found = await shelf(ctx, product_id)
    if not found:
        raise NotFound("没有这个产品，或它已经暂停、停办。")
    here = await standing(ctx, purpose)
    share = match(here.who, [criteria(found[0])])[0].preference_pct
    return offer(here.who, found[0], share, bool(await list_purposes(ctx))), found[0], here


def offer(who: Applicant, product: FinanceProduct, share: Decimal, catalogue: bool) -> Offer:
    """A product with what holds and what does not."""
    wanted = criteria(product)
    codes = unmet(who, wanted)
    same = (
        "id", "bank_id", "bank", "name", "kind", "kind_word", "min_amount", "max_amount", "min_term", "max_term", "min_rate", "max_rate",
        "rate_note", "region_names", "min_letter", "verified_only", "purposes", "documents", "description", "tag", "valid_to",
    )  # fmt: skip
    return Offer(
        **{name: getattr(product, name) for name in same}, matched=not codes, preference_pct=share,
        preferences=[wish_words(w) for w in product.preferences], met=met_words(who, product),
        reasons=[_reason(code, who, product, catalogue) for code in codes],
    )  # fmt: skip


def met_words(who: Applicant, product: FinanceProduct) -> list[str]:
    """The criteria and preferences that hold, in words: what a bank may know with a consent (GF10)."""
    wanted, codes = criteria(product), unmet(who, criteria(product))
    words = {
        "REGION": f"地区在{'、'.join(product.region_names)}内",
        "INDUSTRY": "行业符合" if wanted.industries or wanted.industries_not else "",
        "GRADE": f"等级不低于 {product.min_letter}" if product.min_letter else "",
        "VERIFIED_ONLY": "等级经机构核查" if product.verified_only else "",
        "REPORT_AGE": f"最近报告不超过 {product.report_age} 年",
        "FILING_MONTHS": f"已填报不少于 {product.min_filing_months} 个月" if product.min_filing_months else "",
        "PURPOSE": "贷款用途在产品范围内" if wanted.purposes else "",
        "NEEDS_WATER_REPORT": "有节水报告" if product.needs_water else "",
        "NEEDS_REDUCTION_REPORT": "有碳减排报告" if product.needs_reduction else "",
        "REVOKED": "24 个月内没有被撤销的证书",
    }
    held = [word for code, word in words.items() if word and code not in codes]
    liked = [wish_words(w) + "（优先）" for w in product.preferences if likes(who, Liked(w.code, w.value))]
    return held + liked


def _reason(code: str, who: Applicant, product: FinanceProduct, catalogue: bool) -> MatchReason:
    year = who.today.year - 1
    grade = f"您的最近等级是 {who.letter}" if who.letter else "您还没有等级"
    age = f"您的最近报告是 {who.report_year} 年" if who.report_year else "您还没有低碳等级报告"
    said = {
        "REGION": (
            f"产品只服务{'、'.join(product.region_names)}", "请选择服务本地区的产品；企业所属区域有误的，先到企业信息中更正。", "/profile",
        ),
        "INDUSTRY": ("产品不面向本企业所属行业", "请选择其他产品；所属行业有误的，先到企业信息中更正。", "/profile"),
        "GRADE": (
            f"产品要求等级不低于 {product.min_letter}，{grade}",
            "查看碳效码页面的达级差距，落实减排方案后按新数据重新评级。" if who.letter else f"请填齐 {year} 年数据并生成低碳等级报告。",
            "/certificate" if who.letter else "/reports",
        ),
        "VERIFIED_ONLY": ("产品要求等级经第三方机构核查，您的等级是企业自评", "请到报告页面选择核查机构，办理核查评级。", "/reports"),
        "REPORT_AGE": (f"产品要求报告距今不超过 {product.report_age} 年，{age}", f"请填齐 {year} 年数据，生成新的低碳等级报告。", "/reports"),
        "FILING_MONTHS": (
            f"产品要求已填报不少于 {product.min_filing_months} 个月，您已填报 {who.filed_months} 个月",
            f"再提交 {max(product.min_filing_months - who.filed_months, 0)} 个月的填报即可满足。", "/filing",
        ),
        "PURPOSE": (
            ("产品只用于目录中的部分用途，您还没有选择用途" if who.purpose is None else "产品不用于您选择的用途")
            if catalogue else "产品限定贷款用途，但目录未载入",
            "请在上方选择贷款用途。" if catalogue else "请等待平台载入绿色金融支持项目目录，或选择不限用途的产品。", "/finance",
        ),
        "NEEDS_WATER_REPORT": ("产品要求有节水报告，您还没有", "请填写水资源利用数据并生成节水报告。", "/water"),
        "NEEDS_REDUCTION_REPORT": ("产品要求有碳减排报告，您还没有", "请填写碳减排方案，提交机构审核并取得碳减排报告。", "/reduction"),
        "REVOKED": ("24 个月内有证书被撤销", "撤销满 24 个月后可以申请；对撤销有异议请拨打服务热线。", "/certificate"),
    }  # fmt: skip
    text, remedy, link = said[code]
    return MatchReason(code, text + "。", remedy, link)
