"""Evaluators of the kinds of green finance: matching, a loan's share of a reduction, manager assignment."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from carbon.cases.facts import CaseError, Measure, number
from carbon.cases.run import Run
from carbon.finance import Applicant, Criteria, Manager, Preference, loan_share, match, next_manager
from carbon.rounding import plain

_WISH = re.compile(r"([a-z_]+)\s*(?:>=|≥)\s*([0-9.]+)", re.ASCII)


def _day(raw: Any, name: str) -> date:
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise CaseError(f"“{name}”应为 YYYY-MM-DD 的日期。") from None


def _wish(raw: Any) -> Preference:
    found = _WISH.fullmatch(str(raw))
    return Preference(found[1], Decimal(found[2])) if found else Preference(str(raw))


def _whole(raw: Any, name: str, default: int = 0) -> int:
    return default if raw is None else int(number(raw, name))


def _applicant(data: Mapping[str, Any]) -> Applicant:
    regions = {str(code) for code in data.get("ancestors") or ()} | ({str(data["region"])} if data.get("region") else set())
    score = data.get("evidenced_score")
    return Applicant(
        frozenset(regions), _day(data.get("today"), "today"), industry=data.get("industry"), letter=data.get("letter"),
        verified=data.get("basis") == "verified",
        report_year=None if data.get("report_year") is None else _whole(data["report_year"], "report_year"),
        filed_months=_whole(data.get("filed_months"), "filed_months"), has_water_report=data.get("has_water_report") is True,
        has_reduction_report=data.get("has_reduction_report") is True,
        evidenced_score=None if score is None else number(score, "evidenced_score"),
        revoked_in_24_months=data.get("revoked_in_24_months") is True, purpose=data.get("purpose"),
    )  # fmt: skip


def _criteria(data: Mapping[str, Any]) -> Criteria:
    rate, age = data.get("min_rate"), data.get("report_age")
    return Criteria(
        str(data["id"]), regions=tuple(data.get("regions") or ()), industries=tuple(data.get("industries") or ()),
        industries_not=tuple(data.get("industries_not") or ()), min_letter=data.get("min_letter"), verified_only=data.get("verified_only") is True,
        report_age=None if age is None else _whole(age, "report_age"), min_filing_months=_whole(data.get("min_filing_months"), "min_filing_months"),
        purposes=tuple(data.get("purposes") or ()), needs_water=data.get("needs_water") is True, needs_reduction=data.get("needs_reduction") is True,
        preferences=tuple(_wish(p) for p in data.get("preferences") or ()), min_rate=None if rate is None else number(rate, "min_rate"),
        published=_day(data["published"], "published") if data.get("published") else date.min,
    )  # fmt: skip


def finance_matching(run: Run) -> None:
    """GF2, GF4."""
    who, products = run.facts.raw("enterprise"), run.facts.raw("products")
    if not isinstance(who, Mapping) or not isinstance(products, list):
        raise CaseError("缺少 enterprise（企业）或 products（产品）。")
    found = match(_applicant(who), [_criteria(p) for p in products])
    run.put("eligible", [{"id": m.id, "preference_pct": Measure(m.preference_pct)} for m in found if not m.reasons])
    # what does not fit is read by id: GF4 orders it by the same rule, and a case lists it as its table stands
    order = [str(p["id"]) for p in products]
    rest = sorted((m for m in found if m.reasons), key=lambda m: order.index(m.id))
    run.put("not_eligible", [{"id": m.id, "reasons": list(m.reasons)} for m in rest])
    for m in found:
        run.say(f"{m.id}: " + ("、".join(m.reasons) or f"匹配，偏好 {plain(m.preference_pct)} %"))


def loan_reduction_share(run: Run) -> None:
    """GF6: annual project reduction × balance ÷ total investment."""
    baseline, after = run.facts.need("tCO2", "baseline"), run.facts.need("tCO2", "after")
    balance, investment = run.facts.need("wan", "loan_balance"), run.facts.need("wan", "total_investment")
    run.put("project_reduction", baseline - after, "tCO2")
    run.put("loan_share", loan_share(baseline - after, balance, investment), "tCO2")
    run.say(f"({plain(baseline)} − {plain(after)}) × {plain(balance)} ÷ {plain(investment)}")


def manager_assignment(run: Run) -> None:
    """GF11."""
    listed = run.facts.raw("managers")
    if not isinstance(listed, list):
        raise CaseError("缺少 managers（客户经理）。")
    managers = [
        Manager(
            str(m["id"]), frozenset(m.get("areas") or ()), _whole(m.get("open_cases"), "open_cases"),
            _day(m["last_assigned"], "last_assigned") if m.get("last_assigned") else None, m.get("active") is not False,
        )
        for m in listed
    ]  # fmt: skip
    run.put("manager", next_manager(managers, run.facts.raw("enterprise_district"), run.facts.raw("enterprise_city")))
