"""From the account of record to a grade: the year of the acting enterprise (rules GN7, CE12, LR2, GN12)."""

from collections.abc import Mapping
from typing import Any

import carbon
import filing
import inventory
import tenants
from core.database import Acting
from grading.certificates import Certificate, issue_for, own_certificates
from grading.evaluations import Evaluation, Missing, YearInput, evaluate_input, store_evaluation
from grading.messages import tell_issued

NO_TEMPLATE = "用能模板（尚未设置）"
_NO_FACTOR = ("NONE", "PROCESS-TYPED")


async def evaluate(ctx: Acting, year: int) -> Evaluation:
    """The acting enterprise's year, graded or with the reason and what to do; nothing is stored."""
    return await evaluate_input(ctx, await year_input(ctx, year))


async def record_evaluation(ctx: Acting, year: int) -> Evaluation:
    """Evaluate and keep the run as a version (CE12); one that differs in nothing from the last is not kept twice."""
    made = await evaluate(ctx, year)
    await store_evaluation(ctx, made)
    return made


async def issue_certificate(ctx: Acting, year: int, values_public: bool = False) -> Certificate:
    """Grade the year and issue its certificate; its months are locked, those of superseded ones are free again (GN12).

    Raises Conflict as :func:`grading.certificates.issue_for` says.
    """
    ctx.require("certificate.issue")
    await inventory.hold_year(ctx, year)
    firm = await tenants.profile_facts(ctx)
    made = await issue_for(ctx, await year_input(ctx, year, firm), firm.status == "active", values_public)
    await inventory.lock_year(ctx, year, "certificate", made.id)
    superseded = [c for c in await own_certificates(ctx) if c.state == "superseded" and c.superseded_by == made.url]
    for older in superseded:
        await inventory.unlock_year(ctx, older.year, "certificate", older.id)
    await tell_issued(ctx, made, superseded)
    return made


async def year_input(ctx: Acting, year: int, firm: tenants.ProfileFacts | None = None) -> YearInput:
    """The facts that are graded, and what a complete year still lacks."""
    firm = firm or await tenants.profile_facts(ctx)
    facts = await inventory.year_facts(ctx, year)
    missing = await missing_items(ctx, facts)
    part = facts.part_year is not None
    return YearInput(
        year=year,
        company=firm.name,
        uscc=firm.uscc or "",
        region_code=firm.region or "",
        region_name="".join(p.name for p in firm.regions) or firm.region_name or "",
        industry_code=firm.industry or "",
        industry_name=firm.industry_name or "",
        basis="self",
        data_version=facts.data_version,
        e_core=carbon.line(facts.e_core),
        d_green=carbon.line(facts.total("d_green")),
        a_own=carbon.line(facts.total("a_own")),
        va=facts.value_added,
        tce=facts.tce,
        missing=tuple(missing),
        part_year=part and not missing,
        factor_names=_factor_names(facts.lines),
        names=tuple((p.code, p.name) for p in (*firm.regions, *firm.industries)),
    )


async def missing_items(ctx: Acting, facts: inventory.YearFacts) -> list[Missing]:
    """(month, item) pairs of the template in force without a submitted value; 0 is a value, blank is not (GN7)."""
    template = await filing.current_template(ctx)
    period = carbon.parse(str(facts.year))
    labels = {str(item.id): item.label for item in template.items}
    required = {month: [str(item.id) for item in template.of(month)] or [""] for month in period.months}
    filed = {int(m["period"]): {"", *(str(i) for i in m["items"])} for m in facts.months}
    declared = _declared(facts.part_year)
    return [
        Missing(month, item, labels.get(item, NO_TEMPLATE))
        for month, item in carbon.missing(period, required, filed, declared)
    ]


def _declared(part: Mapping[str, Any] | None) -> set[int] | None:
    if part is None:
        return None
    return {int(str(m).replace("-", "")) for m in part["months"]}


def _factor_names(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    codes = {str(line["factor_code"]) for line in lines}
    return tuple(sorted(codes - set(_NO_FACTOR)))
