"""The reduction (audit) report 减碳（审核）报告 (RA7, R105, FD14): what it is made of, what is missing, the draft, the issued one.

Six sections carried from where their data are at home, with the parts an enterprise writes itself; the water report and the grade report
of the same year are carried in with their label. A draft says 草稿 on every page; a signed case makes the issued report from the frozen
draft, with the auditor's amounts, findings and opinion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

import cases
import filing
import grading
import inventory
import tenants
from carbon import METHOD_VERSION, cost_per_tonne, divide, effect_in, line, month_int, percent, product, reduction_share
from core.clock import beijing_date
from core.database import Acting
from core.errors import Conflict
from core.ids import new_id
from core.settings import settings
from reports.assembly import company_of, energy_of, months_of, operation_of, part_year_of
from reports.corrections import correct_measure, measure_figure
from reports.current import Standing, standing_reports
from reports.papers import (
    Headline,
    Kind,
    Report,
    create_report,
    get_report,
    list_reports,
    new_number,
    refuse_incomplete,
    register,
    report_facts,
)
from reports.reduction_carried import carried_figures
from reports.reduction_facts import (
    AttachmentFact,
    Audit,
    AuditFinding,
    Carried,
    IndicatorFact,
    MeasureFact,
    PlanFact,
    ReductionFacts,
    SavedFact,
    TargetFact,
    YearCore,
)
from reports.reduction_paper import TITLE, reduction_paper
from reports.reduction_text import PARTS, SECTIONS, ReportText, Target, report_text
from reports.reduction_word import reduction_word
from reports.units import unit_text

KIND = "reduction"
LABELS = {"self": "企业自评", "verified": "审核机构出具"}
ZERO = Decimal("0.000000")
VERDICTS = {"accepted": "认可", "corrected": "更正", "rejected": "不认可"}


@dataclass(frozen=True, slots=True)
class MissingPart:
    """What a section still lacks, where to put it right, and whether handing over waits for it."""

    text: str
    link: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class KnownPart:
    """Something the section shows that is at home elsewhere."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SectionState:
    """A section of the wizard: where its data come from, what is known, what is missing."""

    key: str
    title: str
    origin: str
    link: str
    known: list[KnownPart]
    complete: bool
    missing: list[MissingPart]


@dataclass(frozen=True, slots=True)
class ReductionReportState:
    """The wizard of a year. ``ready``: nothing that hand-over waits for is missing. ``changed_since``: data moved on after the last paper."""

    year: int
    sections: list[SectionState]
    text: ReportText
    attachments: list[AttachmentFact]
    report: Report | None
    issued: Report | None
    case: cases.CaseLine | None
    changed_since: bool
    ready: bool


@dataclass(frozen=True, slots=True)
class _Year:
    """Everything the sections are made of, read once."""

    year: int
    profile: tenants.ProfileFacts
    facts: inventory.YearFacts
    missing: tuple[grading.Missing, ...]
    before: Decimal | None
    reduction: filing.Reduction
    text: ReportText
    standing: list[Standing]


async def _read(ctx: Acting, year: int) -> _Year:
    profile = await tenants.profile_facts(ctx)
    reduction = await filing.reduction_of(ctx, year)
    missing = (await grading.year_input(ctx, year, profile)).missing
    return _Year(
        year, profile, await inventory.year_facts(ctx, year), missing, reduction.totals.core_before, reduction, await report_text(ctx, year),
        [r for r in await standing_reports(ctx) if r.year == year],
    )  # fmt: skip


# --- the wizard ------------------------------------------------------------------------------------------------------------------


async def reduction_report_state(ctx: Acting, year: int) -> ReductionReportState:
    """The six sections of a year and what they lack; the newest draft, the issued report and the newest case. Raises Invalid for a year to come."""
    found = await _read(ctx, year)
    sections = _sections(found)
    listed = (await list_reports(ctx, kind=KIND, year=year, page_size=50)).items
    draft = next((r for r in listed if r.basis == "self" and r.state != "superseded"), None)
    issued = next((r for r in listed if r.basis == "verified" and r.state != "superseded"), None)
    held = (await cases.list_cases(ctx, kind=KIND, year=year, page_size=1)).items
    return ReductionReportState(
        year, sections, found.text, _attachments(found.reduction.measures), draft, issued, held[0] if held else None,
        draft is not None and draft.stale, not any(m.blocking for s in sections for m in s.missing),
    )  # fmt: skip


def _sections(y: _Year) -> list[SectionState]:
    made = {
        "company": _company_state(y),
        "emission": _emission_state(y),
        "production": _production_state(y),
        "reduction": _reduction_state(y),
        "targets": _targets_state(y),
        "plans": _plans_state(y),
    }
    return [
        SectionState(key, title, origin, link, [KnownPart(*k) for k in known], not missing, missing)
        for key, title in SECTIONS
        for origin, link, known, missing in [made[key]]
    ]


_State = tuple[str, str, list[tuple[str, str]], list[MissingPart]]


def _typed_missing(y: _Year, section: str) -> list[MissingPart]:
    return [
        MissingPart(f"请填写“{p.title}”", f"#{p.key}", True) for p in PARTS if p.section == section and p.required and not y.text.typed.get(p.key)
    ]


def _company_state(y: _Year) -> _State:
    p, c = y.profile, company_of(y.profile)
    needed = (
        (p.uscc, "统一社会信用代码"), (p.region, "所在地区"), (p.industry, "所属行业"), (p.address, "详细地址"), (p.legal_name_masked, "法定代表人"),
        (p.contact_name_masked, "联系人"),
    )  # fmt: skip
    missing = [MissingPart(f"企业信息缺{what}", "/profile", True) for value, what in needed if not value]
    if not p.intro:
        missing.append(MissingPart("企业简介未填写", "/profile", False))
    known = [("企业名称", c.name), ("统一社会信用代码", c.uscc), ("所在地区", c.region), ("所属行业", f"{c.industry_code} {c.industry}"), ("企业简介", p.intro)]
    return "企业信息", "/profile", [(k, v) for k, v in known if v], missing + _typed_missing(y, "company")


def _emission_state(y: _Year) -> _State:
    by_month: dict[str, list[str]] = {}
    for m in y.missing:
        by_month.setdefault(m.month, []).append(m.item)
    missing = [
        MissingPart(f"{int(month[-2:])} 月缺{'、'.join(items[:3])}{'等' if len(items) > 3 else ''}", f"/filing?year={y.year}", True)
        for month, items in sorted(by_month.items())
    ]
    known = [("已提交月份", f"{len(y.facts.months)} 个月")]
    if y.facts.months:
        known.append(("碳排放总量", f"{y.facts.e_core:,.2f} 吨"))
    if y.facts.part_year is not None:
        known.append(("部分年度", y.facts.part_year["reason"]))
    return f"{y.year} 年能耗填报", f"/filing?year={y.year}", known, missing


def _production_state(y: _Year) -> _State:
    o, missing = operation_of(y.facts.operating, y.profile), []
    if o.output is None:
        missing.append(MissingPart(f"{y.year} 年工业总产值和增加值未填写", "/operating", True))
    if not y.profile.process_flow:
        missing.append(MissingPart("企业信息缺工艺流程", "/profile", True))
    if not y.profile.main_equipment:
        missing.append(MissingPart("企业信息缺主要设备", "/profile", True))
    known = [("工艺流程", y.profile.process_flow), ("主要设备", y.profile.main_equipment)]
    if o.output is not None:
        known.insert(0, ("工业总产值", f"{o.output:,.2f} 万元"))
    return "生产经营、企业信息", "/operating", [(k, v) for k, v in known if v], missing + _typed_missing(y, "production")


def _reduction_state(y: _Year) -> _State:
    r, link = y.reduction, f"/reduction?year={y.year}"
    missing = []
    if not r.measures:
        missing.append(MissingPart("还没有登记年度减排方案；没有实施的，可以不填", f"{link}#measures", False))
    if not r.indicators.rows:
        missing.append(MissingPart("还没有填写审核前后指标", f"{link}#indicators", False))
    missing += [MissingPart(f"“{m.name}”没有上传凭证，审核机构可能要求补充", f"{link}#measures", False) for m in r.measures if not m.evidence]
    missing += [
        MissingPart(f"“{m.name}”填写值与计算值相差超过 0.01 吨，请写明原因", f"{link}#measures", True)
        for m in r.measures
        if m.differs and not m.difference_reason
    ]
    titles = {s.kind for s in y.standing}
    if "water" not in titles:
        missing.append(MissingPart(f"{y.year} 年没有节水报告，报告中将注明“未提供”", "/water", False))
    if "grade" not in titles:
        missing.append(MissingPart(f"{y.year} 年没有低碳等级报告，报告中将注明“未提供”", "/reports", False))
    known = [("年度减排方案", f"{len(r.measures)} 项，年减碳量 {r.totals.annual_t:,.2f} 吨"), ("审核指标", f"{len(r.indicators.rows)} 项")]
    known += [(s.title, f"{s.number}（{s.label}）") for s in y.standing if s.kind in ("water", "grade")]
    return "碳减排方案与计划", link, known, missing


def _targets_state(y: _Year) -> _State:
    missing = [] if y.text.targets else [MissingPart("请至少填写一项碳减排目标", "#targets-list", True)]
    known = [(t.indicator, f"{t.base_year} 年 {t.base} → {t.due_year} 年 {t.target} {t.unit}") for t in y.text.targets]
    return "本页填写", "", known, missing


def _plans_state(y: _Year) -> _State:
    link = f"/reduction?year={y.year}#plans"
    missing = [] if y.reduction.plans else [MissingPart("还没有登记减碳计划方案；没有计划的，可以不填", link, False)]
    missing += [MissingPart(f"“{p.name}”的预计时间 {p.expected_on} 已过，请改期或登记为减排方案", link, False) for p in y.reduction.plans if p.past]
    return "碳减排方案与计划", link, [(p.name, f"{p.expected_on}，预计年减碳 {p.expected_t:,.2f} 吨") for p in y.reduction.plans], missing


# --- the snapshot ----------------------------------------------------------------------------------------------------------------


async def create_reduction_report(ctx: Acting, year: int, *, case: cases.CaseFacts | None = None) -> Report:
    """The draft of a year, or with ``case`` the issued report made from the draft that was handed over.

    Raises Conflict NOTHING_FILED, INCOMPLETE_MONTHS (with ``missing``), Invalid GLYPH_MISSING.
    """
    if case is not None:
        return await _issue(ctx, case)
    found = await _read(ctx, year)
    if not found.facts.months:
        raise Conflict("NOTHING_FILED", f"{year} 年还没有已提交的填报，请先按月填报并提交，再生成报告。", year=year)
    if found.missing:
        named = [{"period": m.month, "month": m.month, "item_id": m.item_id, "item": m.item} for m in found.missing]
        raise refuse_incomplete(year, named)
    return await create_report(ctx, KIND, await _facts(ctx, found), state="draft")


async def _facts(ctx: Acting, y: _Year) -> ReductionFacts:
    r, t = y.reduction, y.reduction.totals
    return ReductionFacts(
        kind=KIND,
        year=y.year,
        number=await new_number(ctx, y.year, y.profile.region or ""),
        report_id=str(new_id()),
        issued_at=ctx.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        issued_on=ctx.today.isoformat(),
        basis="self",
        known_on=ctx.today.isoformat(),
        method_version=METHOD_VERSION,
        data_version=await data_version(ctx, y.year),
        company=company_of(y.profile),
        intro=y.profile.intro,
        operation=operation_of(y.facts.operating, y.profile),
        process_flow=y.profile.process_flow,
        main_equipment=y.profile.main_equipment,
        typed=y.text.typed,
        energy=energy_of(y.facts.lines),
        months=months_of(y.year, y.facts),
        direct=y.facts.total("co2_direct"),
        indirect=y.facts.total("co2_indirect"),
        process=y.facts.total("co2_process"),
        core=y.facts.e_core,
        tce=y.facts.tce if y.facts.tce is not None else ZERO,
        years=[YearCore(year=y.year - 1, core=t.core_before), YearCore(year=y.year, core=y.facts.e_core)],
        measures=[_measure_fact(m) for m in r.measures],
        investment=t.investment,
        annual=t.annual_t,
        in_year=t.in_year_t,
        earlier=t.earlier_t,
        share_pct=t.share_pct,
        share_reason=t.share_reason,
        before_month=r.indicators.before_month or "",
        after_month=r.indicators.after_month or "",
        indicators=[_indicator_fact(row, said) for row, said in r.indicators.rows],
        targets=[_target_fact(target) for target in y.text.targets],
        plans=[
            PlanFact(
                name=p.name, content=p.content, kind=p.kind, investment=p.expected_investment, expected_on=p.expected_on, expected=p.expected_t,
                finance_wanted=p.finance_wanted,
            )
            for p in r.plans
        ],
        planned=t.planned_t,
        carried=[await _carried(ctx, s) for s in _to_carry(y.standing)],
        attachments=_attachments(r.measures),
        part_year=part_year_of(y.facts.part_year),
        demo=settings.mode == "demo",
    )  # fmt: skip


def _measure_fact(m: filing.Measure) -> MeasureFact:
    """The computed amount counts in a draft, whatever an earlier case accepted: this one is to be judged anew (RA2)."""
    counted = line(m.computed_t if m.computed_t is not None else m.typed_t if m.typed_t is not None else ZERO)
    month = m.implemented_on.year * 100 + m.implemented_on.month
    return MeasureFact(
        id=str(m.id),
        version=m.version,
        name=m.name,
        summary=m.summary,
        kind=m.kind,
        cost_class=m.cost_class,
        investment=m.investment,
        implemented_on=m.implemented_on.isoformat(),
        life_years=m.life_years,
        saved=[
            SavedFact(
                name=s.name, amount=s.amount, unit=unit_text(s.unit), factor=f"{s.factor_value} {unit_text(s.factor_unit)}", source=s.factor_source,
                formula=unit_text(s.formula), co2=s.co2_t,
            )
            for s in m.saved
        ],
        typed=m.typed_t,
        computed=m.computed_t,
        reason=m.difference_reason,
        counted=counted,
        in_year=effect_in(counted, month, m.year, m.life_years),
        months_in_year=m.months_in_year,
        cost=cost_per_tonne(m.investment, counted),
    )  # fmt: skip


def _indicator_fact(row: filing.IndicatorRow, said: Any) -> IndicatorFact:
    return IndicatorFact(
        name=row.name, unit=row.unit, before=row.before, after=row.after, direction=row.direction, target=row.target, change=said.change,
        change_pct=said.change_pct, attainment_pct=said.attainment_pct, reached=said.reached,
    )  # fmt: skip


def _target_fact(t: Target) -> TargetFact:
    change = None if t.base == 0 else percent(divide(product(t.target - t.base, Decimal(100)), abs(t.base)))
    return TargetFact(
        indicator=t.indicator, unit=t.unit, base_year=t.base_year, base=t.base, target=t.target, due_year=t.due_year, change_pct=change
    )


def _attachments(measures: Iterable[filing.Measure]) -> list[AttachmentFact]:
    return [
        AttachmentFact(name=p.name, belongs=m.name, size=p.size, file_id=str(p.file_id), measure=str(m.id), content_type=p.content_type)
        for m in measures
        for p in m.evidence
    ]


def _to_carry(standing: list[Standing]) -> list[Standing]:
    """The water and the grade report that stand; of the grade the agency's rating before the enterprise's own."""
    found = []
    for kind in ("water", "grade"):
        own = [s for s in standing if s.kind == kind]
        found += own[:1]
    return found


async def _carried(ctx: Acting, s: Standing) -> Carried:
    report = await get_report(ctx, s.id)
    return Carried(
        kind=s.kind, title=s.title, number=s.number, label=s.label, issued_on=s.issued_on.isoformat(), snapshot=report.snapshot[:16],
        figures=carried_figures(s.kind, await report_facts(ctx, s.id)),
    )  # fmt: skip


# --- the issued report -----------------------------------------------------------------------------------------------------------


async def _issue(ctx: Acting, case: cases.CaseFacts) -> Report:
    """The frozen draft with what the auditor found; totals are sums of accepted amounts (R104)."""
    draft: ReductionFacts = await report_facts(ctx, case.report_id)
    judged = {v.key: v for v in case.amounts}
    measures = [_judged(m, judged.get(f"measures.{m.id}"), draft.year) for m in draft.measures]
    annual = sum((m.counted for m in measures), ZERO)
    share = reduction_share(annual, next((y.core for y in draft.years if y.year == draft.year - 1), None))
    signed = beijing_date(case.signed_at)
    facts = msgspec.structs.replace(
        draft,
        number=await new_number(ctx, draft.year, draft.company.region_code),
        report_id=str(new_id()),
        issued_at=ctx.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        issued_on=ctx.today.isoformat(),
        basis="verified",
        measures=measures,
        annual=annual,
        in_year=sum((m.in_year for m in measures), ZERO),
        share_pct=share,
        audit=Audit(
            case_id=str(case.id),
            case_number=case.number,
            agency=case.agency,
            verifier=case.verifier,
            reviewer=case.reviewer,
            verdict=case.verdict,
            opinion=case.opinion,
            concluded_on=beijing_date(case.concluded_at).isoformat(),
            signed_on=signed.isoformat(),
            draft_number=draft.number,
            findings=[
                AuditFinding(number=f.number, section=f.section, label=f.label, text=f.text, severity=f.severity, state=f.state, answer=f.answer)
                for f in sorted(case.findings, key=lambda f: f.number)
            ],
        ),
    )  # fmt: skip
    accepted = {UUID(m.id): (m.version, m.counted) for m in measures if m.verdict}
    await filing.accept_reductions(ctx, accepted, case.agency, signed)
    return await create_report(ctx, KIND, facts, state="issued", case_id=case.id)


def _judged(m: MeasureFact, verdict: cases.Verdict | None, year: int) -> MeasureFact:
    if verdict is None:
        return m
    value = line(m.counted if verdict.value is None else verdict.value)
    return msgspec.structs.replace(
        m, filed=m.counted, counted=value, verdict=VERDICTS[verdict.verdict], verdict_reason=verdict.reason,
        in_year=effect_in(value, month_int(m.implemented_on[:7]), year, m.life_years), cost=cost_per_tonne(m.investment, value),
    )  # fmt: skip


# --- what an agency is handed ----------------------------------------------------------------------------------------------------


class ReductionSubject:
    """The reduction report as a case handles it."""

    async def prepare(self, ctx: Acting, year: int) -> cases.Outline:
        """Make the draft of the year, or take the one that stands. Raises Invalid ``REPORT_INCOMPLETE`` while a part is missing (R100)."""
        await inventory.hold_year(ctx, year)
        state = await reduction_report_state(ctx, year)
        lacking = [m for s in state.sections for m in s.missing if m.blocking]
        report = await create_reduction_report(ctx, year)
        if lacking:
            said = [{"text": m.text, "link": m.link} for m in lacking]
            text = f"报告还缺 {len(lacking)} 项（{lacking[0].text}{'等' if len(lacking) > 1 else ''}），补齐后再提交。"
            raise Conflict("REPORT_INCOMPLETE", text, missing=said, year=year)
        return reduction_outline(report, await report_facts(ctx, report.id))

    async def issue(self, ctx: Acting, facts: cases.CaseFacts) -> cases.Issued:
        """Make the issued report of a signed case."""
        made = await create_reduction_report(ctx, facts.year, case=facts)
        return cases.Issued(made.id, made.number)

    def correctable(self, ctx: Acting, figure: cases.Figure) -> bool:
        """A measure's saved energy, investment, or tonnes that nothing computes."""
        return "reduction.edit" in ctx.permissions and measure_figure(figure) is not None

    async def correct(self, ctx: Acting, year: int, figure: cases.Figure, value: Decimal, reason: str, proofs: list[tuple[str, bytes]]) -> None:
        """Change the measure."""
        await correct_measure(ctx, figure, value, reason, proofs)


cases.subjects[KIND] = ReductionSubject()


def reduction_outline(report: Report, f: ReductionFacts) -> cases.Outline:
    """The draft's figures in the order of the paper; each measure's tonnes are to be judged."""
    proofs = {a.file_id: cases.Proof(id=a.file_id, name=a.name, content_type=a.content_type, size=a.size, period=str(f.year)) for a in f.attachments}
    return cases.Outline(
        kind=KIND, year=f.year, report_id=str(report.id), report_number=report.number, report_sha256=report.snapshot, proofs=list(proofs.values()),
        sections=[_company_figures(f), _emission_figures(f), _production_figures(f), *_measure_figures(f), _indicator_figures(f), _target_figures(f), _plan_figures(f)],
    )  # fmt: skip


def _said(path: str, label: str, text: str, link: str) -> cases.Figure:
    return cases.Figure(path=path, label=label, text=text or "未填写", link=link)


def _typed_figures(f: ReductionFacts, section: str) -> list[cases.Figure]:
    link = f"/reduction-report?year={f.year}"
    return [_said(f"typed.{p.key}", p.title, f.typed[p.key], f"{link}#{p.key}") for p in PARTS if p.section == section and f.typed.get(p.key)]


def _company_figures(f: ReductionFacts) -> cases.Section:
    c = f.company
    rows = (
        ("name", "企业名称", c.name), ("uscc", "统一社会信用代码", c.uscc), ("region", "所在地区", c.region), ("address", "详细地址", c.address),
        ("industry", "所属行业", f"{c.industry_code} {c.industry}"), ("intro", "企业简介", f.intro),
    )  # fmt: skip
    return cases.Section(
        key="company", title="企业基本信息", figures=[_said(f"company.{k}", label, text, "/profile") for k, label, text in rows] + _typed_figures(f, "company")
    )


def _emission_figures(f: ReductionFacts) -> cases.Section:
    link = f"/filing?year={f.year}"
    rows = (("core", "碳排放总量", f.core), ("direct", "直接排放", f.direct), ("indirect", "间接排放", f.indirect), ("process", "过程排放", f.process))
    last = next((y.core for y in f.years if y.year == f.year - 1), None)
    figures = [
        cases.Figure(path=f"emission.{k}", label=label, value=value, unit="tCO2", last=last if k == "core" else None, link=link) for k, label, value in rows
    ]
    figures += [
        cases.Figure(path=f"emission.energy.{n}", label=f"{e.name}用量", value=e.amount, unit=e.unit, co2=e.co2, link=link) for n, e in enumerate(f.energy, 1)
    ]
    return cases.Section(key="emission", title="碳排放信息", note=f"{f.year} 年按月填报", figures=figures + _typed_figures(f, "emission"))


def _production_figures(f: ReductionFacts) -> cases.Section:
    o, figures = f.operation, []
    for key, label, value in (("output", "工业总产值", o.output), ("value_added", "工业增加值", o.value_added)):
        if value is not None:
            figures.append(cases.Figure(path=f"operating.{key}", label=label, value=value, unit="万元", link="/operating"))
    figures += [_said("production.process_flow", "工艺流程", f.process_flow, "/profile"), _said("production.main_equipment", "主要设备", f.main_equipment, "/profile")]
    return cases.Section(key="production", title="生产信息", figures=figures + _typed_figures(f, "production"))


def _measure_figures(f: ReductionFacts) -> list[cases.Section]:
    """One section for each measure; the amount to judge is the one that counts in the draft."""
    link, found = f"/reduction?year={f.year}#measures", []
    files: dict[str, list[str]] = {}
    for a in f.attachments:
        files.setdefault(a.measure, []).append(a.file_id)
    for m in f.measures:
        at, proofs = f"measures.{m.id}", files.get(m.id, [])
        figures = [
            cases.Figure(
                path=at, label=f"{m.name} 年减碳量", value=m.counted, unit="tCO2", co2=m.counted, judge=True, conservative="low", evidence=proofs,
                trace="；".join(s.formula for s in m.saved), link=link,
            ),
            _said(f"{at}.summary", "简述", m.summary, link),
            cases.Figure(path=f"{at}.investment", label="资金投入", value=m.investment, unit="万元", link=link),
            cases.Figure(path=f"{at}.implemented_on", label="实施时间", text=m.implemented_on, link=link),
        ]  # fmt: skip
        figures += [
            cases.Figure(path=f"{at}.saved.{n}", label=f"节约{s.name}", value=s.amount, unit=s.unit, co2=s.co2, trace=s.formula, evidence=proofs, link=link)
            for n, s in enumerate(m.saved, 1)
        ]
        if m.typed is not None and m.computed is not None:
            figures.append(cases.Figure(path=f"{at}.typed", label="企业填写的年减碳量", value=m.typed, unit="tCO2", link=link))
        if m.reason:
            figures.append(_said(f"{at}.reason", "差异或计算说明", m.reason, link))
        found.append(cases.Section(key=at, title=m.name, group="碳减排信息", note=f"{m.kind}，{m.implemented_on} 实施", figures=figures))
    extra = _typed_figures(f, "reduction")
    return found + ([cases.Section(key="reduction", title="减碳工作总结", group="碳减排信息", figures=extra)] if extra else [])


def _indicator_figures(f: ReductionFacts) -> cases.Section:
    link, figures = f"/reduction?year={f.year}#indicators", []
    for n, i in enumerate(f.indicators, 1):
        figures.append(cases.Figure(path=f"indicators.{n}.before", label=f"{i.name}（审核前）", value=i.before, unit=i.unit, period=f.before_month, link=link))
        figures.append(cases.Figure(path=f"indicators.{n}.after", label=f"{i.name}（审核后）", value=i.after, unit=i.unit, period=f.after_month, last=i.before, link=link))
    return cases.Section(key="indicators", title="审核前后指标", group="碳减排信息", figures=figures)


def _target_figures(f: ReductionFacts) -> cases.Section:
    link, figures = f"/reduction-report?year={f.year}#targets", []
    for n, t in enumerate(f.targets, 1):
        figures.append(
            cases.Figure(path=f"targets.{n}", label=f"{t.indicator}（{t.due_year} 年）", value=t.target, unit=t.unit, last=t.base, link=link)
        )
    return cases.Section(key="targets", title="碳减排目标", figures=figures + _typed_figures(f, "targets"))


def _plan_figures(f: ReductionFacts) -> cases.Section:
    link = f"/reduction?year={f.year}#plans"
    figures = [
        cases.Figure(path=f"plans.{n}", label=f"{p.name} 预计年减碳量", value=p.expected, unit="tCO2", period=p.expected_on, trace=p.content, link=link)
        for n, p in enumerate(f.plans, 1)
    ]
    return cases.Section(key="plans", title="碳减排计划或方案", note="计划不计入已实现的减碳量", figures=figures + _typed_figures(f, "plans"))


# --- the kind --------------------------------------------------------------------------------------------------------------------


async def data_version(ctx: Acting, year: int) -> str:
    """What a report of the year would be made of now: filed months, measures, indicators, plans, written parts, profile, carried reports."""
    months = await inventory.summary(ctx, year * 100 + 1, year * 100 + 12)
    own = next((o for o in await inventory.operating(ctx, year) if o.period == str(year)), None)
    filed = ",".join(f"{m.period}v{m.version}" for m in months if m.state == "submitted")
    rest = await filing.reduction_version(ctx, year)
    text = (await report_text(ctx, year)).version
    carried = ",".join(s.number for s in _to_carry([s for s in await standing_reports(ctx) if s.year == year]))
    return f"{filed};o{own.version if own else 0};{rest};t{text};{carried}"


def headline(facts: ReductionFacts) -> Headline:
    """What lists show of a reduction report."""
    said = []
    if not facts.company.verified:
        said.append("主体未认证：营业执照尚未经平台审核。")
    if facts.part_year is not None:
        said.append("部分年度：只列企业申报的生产月份。")
    if facts.audit is None:
        said.append("草稿：未经审核机构审核，不作为减碳量的证明。")
    summary: Mapping[str, Any] = {"warnings": said, "agency": facts.audit.agency if facts.audit else ""}
    return Headline(core=facts.core, tce=facts.tce, unverified=not facts.company.verified, summary=summary)


def _texts(facts: ReductionFacts) -> list[tuple[str, str]]:
    titles = {p.key: p.title for p in PARTS}
    found = [(facts.company.name, "企业名称"), (facts.company.address, "企业地址"), (facts.intro, "企业简介")]
    found += [(facts.process_flow, "工艺流程"), (facts.main_equipment, "主要设备")]
    found += [(text, titles[key]) for key, text in facts.typed.items()]
    found += [(t, f"减排方案“{m.name}”") for m in facts.measures for t in (m.name, m.summary, m.reason, m.verdict_reason)]
    found += [(a.name, "凭证文件名") for a in facts.attachments]
    found += [(f"{i.name}{i.unit}", "审核指标") for i in facts.indicators] + [(f"{t.indicator}{t.unit}", "碳减排目标") for t in facts.targets]
    found += [(t, f"计划“{p.name}”") for p in facts.plans for t in (p.name, p.content)]
    if facts.audit is not None:
        found += [(facts.audit.opinion, "审核意见")] + [(f"{a.text}{a.answer}", "审核问题") for a in facts.audit.findings]
    return found


register(Kind(KIND, TITLE, ReductionFacts, reduction_paper, data_version, headline, create_reduction_report, LABELS, reduction_word, _texts))

__all__ = [
    "KIND", "MissingPart", "ReductionReportState", "SectionState", "create_reduction_report", "reduction_outline", "reduction_report_state",
]  # fmt: skip
