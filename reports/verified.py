"""The grade report rated by an agency (LR4-LR7): what is handed over of a year, and the grade computed again from verified values.

Everything that the rated report says of the year comes from what was frozen at the hand-over: the self-assessed report and the
outline. A corrected amount takes its own line's factor rows again (:func:`carbon.again.co2_again`), never a newer factor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

import cases
import documents
import filing
import grading
import inventory
from carbon import divide, line, month_code, percent, product
from carbon.again import co2_again
from core.clock import beijing_date
from core.database import Acting
from core.ids import new_id
from reports.assembly import KIND, ZERO, create_grade_report, evaluated_grade, evaluated_neutrality
from reports.facts import EnergyItem, MonthFact, ReportFacts, TraceLine, Verification, VerifiedFinding, VerifiedValue
from reports.papers import Report, create_report, new_number, report_facts
from reports.units import unit_text

#: A difference of E_core beyond this is highlighted (LR4).
HIGHLIGHT = Decimal("5.00")
VALUE_ADDED = "operating.value_added"
HUNDRED = Decimal(100)
_USES = {"raw_material": "用作原料", "exported_electricity": "外供", "exported_heat": "外供", "self_generated_zero_carbon": "自发自用"}


class GradeSubject:
    """The grade report as a case handles it."""

    async def prepare(self, ctx: Acting, year: int) -> cases.Outline:
        """Make the self-assessed report of the year, or take the one that stands, and say what is in it."""
        await inventory.hold_year(ctx, year)
        report = await create_grade_report(ctx, year)
        return await grade_outline(ctx, report)

    async def issue(self, ctx: Acting, facts: cases.CaseFacts) -> cases.Issued:
        """Make the rated report of a signed case."""
        made = await create_verified_grade_report(ctx, facts)
        await inventory.unlock_year(ctx, facts.year, "verified")
        await inventory.lock_year(ctx, facts.year, "verified", facts.id)  # from now on a restatement, with its reason (GN12)
        return cases.Issued(made.id, made.number)


    def correctable(self, ctx: Acting, figure: cases.Figure) -> bool:
        """A month's amount of an item of the template."""
        return "filing.submit" in ctx.permissions and _item_and_month(figure.path) is not None

    async def correct(self, ctx: Acting, year: int, figure: cases.Figure, value: Decimal, reason: str, proofs: list[tuple[str, bytes]]) -> None:
        """File the month again with this amount."""
        found = _item_and_month(figure.path)
        assert found is not None
        item, month = found
        for name, data in proofs:
            await filing.add_evidence(ctx, month=month_code(month), item_id=item, kind="line", name=name, data=data)
        await filing.correct_line(ctx, month, item, value, reason)


def _item_and_month(path: str) -> tuple[UUID, int] | None:
    """What ``energy.<item>.<period>`` names; None for lines without an item and for a second line of the same one."""
    part, _, rest = path.partition(".")
    item, _, period = rest.rpartition(".")
    if part != "energy" or not period.isdigit():
        return None
    try:
        return UUID(item), int(period)
    except ValueError:
        return None


cases.subjects[KIND] = GradeSubject()


# --- what is handed over --------------------------------------------------------------------------------------------------------


async def grade_outline(ctx: Acting, report: Report) -> cases.Outline:
    """The figures, texts and proofs of a self-assessed report, in the order of the paper."""
    year = report.year
    paper: ReportFacts = await report_facts(ctx, report.id)
    facts, past = await inventory.year_facts(ctx, year), await inventory.year_facts(ctx, year - 1)
    proofs = await filing.proofs_of_year(ctx, year)
    last = {(_name(x), x["period"] + 100): Decimal(x["amount"]) for x in past.lines}
    by_item: dict[tuple[str, int], list[str]] = {}
    for proof in proofs:
        if proof.period is not None and proof.item_id is not None:
            by_item.setdefault((str(proof.item_id), proof.period), []).append(str(proof.file_id))
    sections = [_company(paper), _operating(paper, past, [str(p.file_id) for p in proofs if p.kind == "operating"])]
    sections += _energy(year, facts.lines, last, by_item)
    green = _green(year, facts, past, {p.period: str(p.file_id) for p in proofs if p.kind == "green"})
    sections += [green] if green.figures else []
    sections.append(_quality(paper))
    return cases.Outline(
        kind=KIND, year=year, report_id=str(report.id), report_number=report.number, report_sha256=report.snapshot, sections=sections,
        proofs=[
            cases.Proof(
                id=str(p.file_id), name=p.name, content_type=p.content_type, size=p.size, period=month_code(p.period) if p.period else str(year)
            )
            for p in proofs
        ],
    )  # fmt: skip


def _text(path: str, label: str, text: object) -> cases.Figure:
    return cases.Figure(path=path, label=label, text=str(text or "未填写"), link="/profile")


def _company(paper: ReportFacts) -> cases.Section:
    c = paper.company
    rows = (
        ("name", "企业名称", c.name), ("uscc", "统一社会信用代码", c.uscc), ("region", "所在地", c.region), ("address", "地址", c.address),
        ("industry", "行业", f"{c.industry_code} {c.industry}"), ("nature", "企业性质", c.nature), ("legal", "法定代表人", c.legal_representative),
    )  # fmt: skip
    return cases.Section(key="company", title="基本信息", figures=[_text(f"company.{key}", label, text) for key, label, text in rows])


def _operating(paper: ReportFacts, past: inventory.YearFacts, proofs: list[str]) -> cases.Section:
    o, before = paper.operation, past.operating or {}
    rows: tuple[tuple[str, str, Decimal | int | None, str, str], ...] = (
        ("value_added", "工业增加值", o.value_added, "万元", "low"), ("output", "工业总产值", o.output, "万元", ""), ("tax", "税收", o.tax, "万元", ""),
        ("staff", "平均职工人数", o.staff, "人", ""),
    )  # fmt: skip
    figures = [
        cases.Figure(
            path=f"operating.{key}", label=label, value=Decimal(value), unit=unit, last=None if before.get(key) is None else Decimal(str(before[key])),
            judge=True, conservative=conservative, evidence=proofs, link=f"/operating?year={paper.year}",
        )
        for key, label, value, unit, conservative in rows
        if value is not None
    ]  # fmt: skip
    return cases.Section(key="operating", title="生产经营", note="当年价格", figures=figures)


def _name(row: Mapping[str, Any]) -> str:
    return str(row["item_id"] or f"{row['name']}/{row['use']}")


def _energy(
    year: int, lines: Iterable[Mapping[str, Any]], last: Mapping[tuple[str, int], Decimal], proofs: Mapping[tuple[str, int], list[str]]
) -> list[cases.Section]:
    """One section for each item of the template, one figure for each month."""
    kept: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(lines, key=lambda x: (x["name"], x["use"], x["period"])):
        kept.setdefault(_name(row), []).append(row)
    found = []
    for name, rows in kept.items():
        first, seen, figures = rows[0], set[str](), []
        for row in rows:
            path = f"energy.{name}.{row['period']}"
            while path in seen:
                path += "+"
            seen.add(path)
            figures.append(
                cases.Figure(
                    path=path, label=first["name"], period=month_code(row["period"]), value=Decimal(row["amount"]), unit=unit_text(row["unit"]),
                    last=last.get((name, row["period"])), co2=Decimal(row["co2_t"]), judge=True, conservative=_way(row["use"]),
                    evidence=proofs.get((str(row["item_id"]), row["period"]), []), trace=unit_text(row["trace"].get("formula", "")),
                    link=f"/filing?year={year}&month={month_code(row['period'])}", recipe=_recipe(row),
                )
            )  # fmt: skip
        title = f"{first['name']}{'（' + _USES[first['use']] + '）' if first['use'] in _USES else ''}"
        if first["account_no"]:
            title += f" · 户号 …{str(first['account_no'])[-4:]}"
        found.append(cases.Section(key=f"energy.{name}", title=title, group="能源与排放", note=unit_text(first["unit"]), figures=figures))
    return found


def _way(use: str) -> str:
    """R78: what adds to emissions is never taken lower, what is deducted never higher."""
    return "low" if use.startswith("exported") or use == "self_generated_zero_carbon" else "high"


def _recipe(row: Mapping[str, Any]) -> dict[str, Any]:
    inputs = [{"value": str(i["value"]), "unit": i["unit"]} for i in row["trace"].get("inputs", [])]
    return {
        "name": row["name"], "use": row["use"], "unit": row["unit"], "scope": row["scope"], "source": row["source_group"], "period": row["period"],
        "inputs": inputs, "tce": None if row["tce_equivalent"] is None else str(row["tce_equivalent"]),
        "tce_equal_value": None if row["tce_equal_value"] is None else str(row["tce_equal_value"]),
    }  # fmt: skip


def _green(year: int, facts: inventory.YearFacts, past: inventory.YearFacts, proofs: Mapping[int | None, str]) -> cases.Section:
    """What is deducted or counted for neutrality, by month."""
    before = {(key, m["period"] + 100): Decimal(m[key] or 0) for m in past.months for key in ("d_green", "a_own")}
    figures = [
        cases.Figure(
            path=f"green.{key}.{m['period']}", label=label, period=month_code(m["period"]), value=Decimal(m[key]), unit="tCO2",
            last=before.get((key, m["period"])), judge=True, conservative="low", evidence=[proofs[m["period"]]] if m["period"] in proofs else [],
            link=f"/filing?year={year}&month={month_code(m['period'])}",
        )
        for key, label in (("d_green", "绿色电力扣减"), ("a_own", "自发零碳电力减排"))
        for m in facts.months
        if m[key] and Decimal(m[key])
    ]  # fmt: skip
    return cases.Section(key="green", title="中和与绿电", figures=figures)


def _quality(paper: ReportFacts) -> cases.Section:
    q = paper.quality
    rows = [("completeness", "应填项与已填项", f"{q.expected} 项应填，{q.present} 项已填"), ("factors", "所用因子", f"{len(q.factors)} 个")]
    rows += [("estimated", "估算月份", "、".join(q.estimated_months))] if q.estimated_months else []
    rows += [(f"question.{n}", f"{x.period} {x.item}", f"{x.text} 企业答复：{x.answer}") for n, x in enumerate(q.questions, 1)]
    return cases.Section(key="quality", title="数据质量", figures=[cases.Figure(path=f"quality.{k}", label=label, text=text) for k, label, text in rows])


# --- the rated report -----------------------------------------------------------------------------------------------------------


async def create_verified_grade_report(ctx: Acting, facts: cases.CaseFacts) -> Report:
    """The grade computed again from verified values and kept as 核查机构评级; the self-assessed one stays beside it (LR4, LR7)."""
    filed: ReportFacts = await report_facts(ctx, facts.report_id)
    frozen = await documents.thaw(ctx, facts.snapshot_id)
    outline = msgspec.json.decode(frozen.body, type=cases.Outline)
    verdicts = {v.key: v for v in facts.amounts}
    moved = verified_year(filed, outline, verdicts)
    evaluation = await grading.evaluate_input(ctx, await _input(ctx, filed, moved, outline, verdicts))
    report = replace(
        moved,
        number=await new_number(ctx, facts.year, filed.company.region_code),
        report_id=str(new_id()),
        issued_at=ctx.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        issued_on=ctx.today.isoformat(),
        known_on=ctx.today.isoformat(),
        basis="verified",
        grade=evaluated_grade(evaluation),
        neutrality=evaluated_neutrality(evaluation, _certificates(filed)),
        trend=[
            replace(y, core=moved.core, intensity=evaluation.l, efficiency=evaluation.k, letter=evaluation.letter) if y.year == facts.year else y
            for y in filed.trend
        ],
        verification=verification_of(facts, filed, moved, outline),
    )  # fmt: skip
    return await create_report(ctx, KIND, report, state="rated", case_id=facts.id)


def _certificates(filed: ReportFacts) -> str:
    return next((p.evidence for p in filed.neutrality.parts if p.name == "外购绿色电力"), "绿色电力证书，按月填报")


async def _input(
    ctx: Acting, filed: ReportFacts, moved: ReportFacts, outline: cases.Outline, verdicts: Mapping[str, cases.Verdict]
) -> grading.YearInput:
    """The graded facts of the year with the verified figures; names and places as the firm's record has them."""
    given = await grading.year_input(ctx, filed.year)
    return changed(
        given, basis="verified", data_version=filed.data_version, e_core=line(moved.core), va=moved.operation.value_added, tce=moved.tce, missing=(),
        part_year=filed.part_year is not None, d_green=_sum(outline, verdicts, "green.d_green."), a_own=_sum(outline, verdicts, "green.a_own."),
        d_sink=filed.grade.sink, d_ccus=filed.grade.ccus,
    )  # fmt: skip


def _sum(outline: cases.Outline, verdicts: Mapping[str, cases.Verdict], start: str) -> Decimal:
    figures = [f for s in outline.sections for f in s.figures if f.path.startswith(start)]
    return line(sum((_verified(f, verdicts) for f in figures), ZERO))


def _verified(figure: cases.Figure, verdicts: Mapping[str, cases.Verdict]) -> Decimal:
    """The verified value, the filed one where it was accepted."""
    found = verdicts.get(figure.path)
    value = figure.value if found is None or found.verdict == "accepted" else found.value
    return Decimal(0) if value is None else value


def verified_year(filed: ReportFacts, outline: cases.Outline, verdicts: Mapping[str, cases.Verdict]) -> ReportFacts:
    """The year's facts with every corrected amount computed again: lines, kinds, months, totals, operating data. Pure."""
    year = filed
    for section in outline.sections:
        for figure in section.figures:
            found = verdicts.get(figure.path)
            if found is None or found.verdict == "accepted" or found.value is None or figure.value is None:
                continue
            if figure.recipe is not None:
                year = _line_moved(year, figure, found.value)
            elif figure.path.startswith("operating."):
                value: Decimal | int = int(found.value) if figure.path == "operating.staff" else found.value
                year = replace(year, operation=replace(year.operation, **{figure.path.removeprefix("operating."): value}))
    return year


def _line_moved(year: ReportFacts, figure: cases.Figure, value: Decimal) -> ReportFacts:
    recipe, filed = figure.recipe or {}, figure.value or Decimal(0)
    co2 = co2_again(recipe["inputs"], recipe["use"], recipe["unit"], value)
    more = co2 - (figure.co2 or ZERO)
    tce, equal = _scaled(recipe["tce"], filed, value), _scaled(recipe["tce_equal_value"], filed, value)
    scope = "none" if recipe["use"] in ("raw_material", "self_generated_zero_carbon") else recipe["scope"]
    period = month_code(recipe["period"])
    by_scope = {name: getattr(year, name) + (more if scope == name else ZERO) for name in ("direct", "indirect", "process")}
    return replace(
        year,
        energy=[_item_moved(e, recipe, unit_text(recipe["unit"]), value - filed, more, tce, equal) for e in year.energy],
        months=[_month_moved(m, scope, recipe["source"], more, tce) if m.period == period else m for m in year.months],
        trace=[_trace_moved(t, figure, value, co2, tce) if _is_line(t, recipe, period, filed) else t for t in year.trace],
        tce=year.tce + tce, tce_equal_value=None if year.tce_equal_value is None else year.tce_equal_value + equal,
        core=year.core + more, **by_scope,
    )  # fmt: skip


def _scaled(tce: str | None, filed: Decimal, value: Decimal) -> Decimal:
    """The change of standard coal, in proportion to the amount: its coefficient is one number."""
    if tce is None or not filed:
        return ZERO
    return line(product(Decimal(tce), divide(value - filed, filed)))


def _item_moved(item: EnergyItem, recipe: Mapping[str, Any], unit: str, amount: Decimal, co2: Decimal, tce: Decimal, equal: Decimal) -> EnergyItem:
    if (item.name, item.use, item.unit) != (recipe["name"], recipe["use"], unit):
        return item
    return replace(
        item, amount=item.amount + amount, co2=item.co2 + co2, tce=item.tce + tce,
        tce_equal_value=None if item.tce_equal_value is None else item.tce_equal_value + equal,
    )  # fmt: skip


def _month_moved(month: MonthFact, scope: str, source: str, more: Decimal, tce: Decimal) -> MonthFact:
    by_scope = {name: getattr(month, name) + (more if scope == name else ZERO) for name in ("direct", "indirect", "process")}
    by_source = {k: v + (more if k == source else ZERO) for k, v in month.by_source.items()}
    return replace(month, total=month.total + more, by_source=by_source, tce=None if month.tce is None else month.tce + tce, **by_scope)


def _is_line(trace: TraceLine, recipe: Mapping[str, Any], period: str, filed: Decimal) -> bool:
    return (trace.period, trace.item, trace.unit, trace.amount) == (period, recipe["name"], unit_text(recipe["unit"]), filed)


def _trace_moved(trace: TraceLine, figure: cases.Figure, value: Decimal, co2: Decimal, tce: Decimal) -> TraceLine:
    formula = f"核查值 {value.normalize():f} {figure.unit}，因子同填报 = {co2} tCO₂（填报 {trace.amount.normalize():f}）"
    return replace(trace, amount=value, co2=co2, formula=formula, tce=None if trace.tce is None else trace.tce + tce)


def verification_of(facts: cases.CaseFacts, filed: ReportFacts, moved: ReportFacts, outline: cases.Outline) -> Verification:
    """Section 10: who verified, what differed, what was found, and the filed grade beside the verified one."""
    order = [f.path for s in outline.sections for f in s.figures]
    differ = sorted((a for a in facts.amounts if a.verdict != "accepted"), key=lambda a: order.index(a.key) if a.key in order else len(order))
    share = percent(product(divide(moved.core - filed.core, abs(filed.core)), HUNDRED)) if filed.core else None
    return Verification(
        case_number=facts.number, agency=facts.agency, verifier=facts.verifier, reviewer=facts.reviewer,
        concluded_on=beijing_date(facts.concluded_at).isoformat(), signed_on=beijing_date(facts.signed_at).isoformat(), verdict=facts.verdict,
        opinion=facts.opinion, accepted=sum(a.verdict == "accepted" for a in facts.amounts),
        values=[
            VerifiedValue(
                label=a.label, unit=a.unit, filed=a.filed, verified=a.value, verdict=a.verdict, reason=a.reason, estimated=a.verdict == "rejected"
            )
            for a in differ
        ],
        findings=[
            VerifiedFinding(number=f.number, place=f.label if f.label.startswith(f.section) else f"{f.section} {f.label}", text=f.text, severity=f.severity, state=f.state, answer=f.answer)
            for f in facts.findings
        ],
        filed_number=filed.number, filed_core=filed.core, filed_value_added=filed.operation.value_added, filed_intensity=filed.grade.intensity,
        filed_efficiency=filed.grade.efficiency, filed_letter=filed.grade.letter, difference_pct=share,
        highlighted=share is not None and abs(share) > HIGHLIGHT,
    )  # fmt: skip

