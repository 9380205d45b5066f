"""The enterprise's home (faces S12) and the demonstration's accounts."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import filing
import grading
import inventory
import reports
import tenants
from api.kernel.route import Call, route
from api.kernel.types import Answer
from auth.audiences import ENTERPRISE
from carbon import due_on, month_code, shift, year_on_year
from core.database import Acting
from core.errors import NotFound
from core.settings import settings


class Duty(Answer):
    month: str
    due_on: date
    days_left: int
    filled: int
    total: int
    state: str
    saved_by: str


class TodoAnswer(Answer):
    code: str
    text: str
    detail: str
    link: str


class MonthFigure(Answer):
    month: str
    state: str
    co2_t: Decimal | None
    by_source: dict[str, Decimal]
    last_year_co2_t: Decimal | None
    estimated: bool


class YearFigures(Answer):
    year: int
    months_filed: int
    co2_t: Decimal
    tce: Decimal | None
    same_months_last_year_co2_t: Decimal | None
    change_pct: Decimal | None
    locked: bool


class StartStep(Answer):
    title: str
    done: bool
    link: str


class GradeBrief(Answer):
    year: int
    graded: bool
    level: int | None
    letter: str | None
    word: str | None
    k: Decimal | None
    basis: str
    percentile: Decimal | None
    next_level: int | None
    distance: Decimal | None
    reason: str | None
    reason_text: str
    l: Decimal | None  # noqa: E741 - the symbol of the method


class PaperBrief(Answer):
    id: UUID
    kind: str
    title: str
    detail: str
    state: str
    state_word: str
    link: str


class Dashboard(Answer):
    today: date
    organisation: str
    status: str
    duty: Duty | None
    todos: list[TodoAnswer]
    months: list[MonthFigure]
    years: list[YearFigures]
    start: list[StartStep]


class DashboardPapers(Answer):
    grade: GradeBrief | None
    papers: list[PaperBrief]


@route("GET", "/api/v1/dashboard", permission="dashboard.read", audience=ENTERPRISE, answer=Dashboard, summary="企业首页")
async def dashboard(ctx: Acting, call: Call) -> Dashboard:
    place = await tenants.profile_facts(ctx)
    now = ctx.today.year * 100 + ctx.today.month
    months = {m.period: m for m in await inventory.summary(ctx, (ctx.today.year - 2) * 100 + 1, now)}
    template, draft_state, closed = await filing.home_facts(ctx, shift(now, -1))
    last = shift(now, -1)
    duty = _duty(ctx, place, template, months, draft_state, closed, last)
    return Dashboard(
        today=ctx.today,
        organisation=place.name,
        status=place.status,
        duty=duty,
        todos=_todos(ctx, place, template, months, closed),
        months=[_figure(m, months) for m in _run(shift(now, -12), last)],
        years=[_year(y, months, now) for y in (ctx.today.year, ctx.today.year - 1)],
        start=_start(place, template, months),
    )


def _run(first: int, last: int) -> list[int]:
    found = []
    while first <= last:
        found.append(first)
        first = shift(first, 1)
    return found


def _live(months: dict[int, inventory.MonthSummary], period: int) -> inventory.MonthSummary | None:
    found = months.get(period)
    return found if found is not None and found.state == "submitted" else None


def _duty(ctx: Acting, place: tenants.ProfileFacts, template: filing.Template, months: dict[int, inventory.MonthSummary], draft: dict[int, int], closed: set[int], last: int) -> Duty | None:
    """The oldest of the last twelve months that is due and not filed."""
    if not template.version:
        return None
    for period in _run(shift(last, -11), last):
        items = template.of(period)
        if not items or period in closed or _live(months, period):
            continue
        due = due_on(period, bool(place.ets_key_unit))
        return Duty(
            month=month_code(period), due_on=due, days_left=(due - ctx.today).days, filled=min(draft.get(period, 0), len(items)), total=len(items),
            state="draft" if period in draft else "empty", saved_by="",
        )  # fmt: skip
    return None


def _todos(ctx: Acting, place: tenants.ProfileFacts, template: filing.Template, months: dict[int, inventory.MonthSummary], closed: set[int]) -> list[TodoAnswer]:
    found = []
    if not place.verified:
        found.append(TodoAnswer(code="UNVERIFIED", text="主体未认证", detail="上传营业执照，审核通过后可领取碳效码", link="/organisation"))
    if template.version:
        year = ctx.today.year - 1
        gaps = [m for m in _run(year * 100 + 1, year * 100 + 12) if template.of(m) and m not in closed and not _live(months, m)]
        if gaps:
            text = f"{year} 年还差 {len(gaps)} 个月（{'、'.join(str(m % 100) for m in gaps[:4])} 月）"
            found.append(TodoAnswer(code="INCOMPLETE", text=text, detail="补齐后可生成年度报告", link=f"/filing/{year}?month={month_code(gaps[0])}"))
    return found


def _figure(period: int, months: dict[int, inventory.MonthSummary]) -> MonthFigure:
    found, before = _live(months, period), _live(months, period - 100)
    return MonthFigure(
        month=month_code(period), state=found.state if found else "empty", co2_t=found.co2_t if found else None,
        by_source=found.by_source if found else {}, last_year_co2_t=before.co2_t if before else None, estimated=bool(found and found.split_estimated),
    )  # fmt: skip


def _year(year: int, months: dict[int, inventory.MonthSummary], now: int) -> YearFigures:
    filed = [f for m in range(year * 100 + 1, year * 100 + 13) if (f := _live(months, m))]
    before = [f for m in filed if (f := _live(months, m.period - 100))]
    co2 = sum((m.co2_t for m in filed), Decimal("0.000000"))
    same = sum((m.co2_t for m in before), Decimal("0.000000")) if filed and len(before) == len(filed) else None
    tce = None if any(m.tce is None for m in filed) else sum((m.tce for m in filed if m.tce is not None), Decimal("0.000000"))
    return YearFigures(
        year=year, months_filed=len(filed), co2_t=co2, tce=tce, same_months_last_year_co2_t=same, change_pct=year_on_year(same, co2),
        locked=any(m.locked for m in filed),
    )  # fmt: skip


def _start(place: tenants.ProfileFacts, template: filing.Template, months: dict[int, inventory.MonthSummary]) -> list[StartStep]:
    return [
        StartStep(title="企业信息", done=bool(place.industry and place.region and place.address), link="/organisation"),
        StartStep(title="填报模板", done=template.version > 0, link="/filing/template"),
        StartStep(title="第一个月", done=any(m.state == "submitted" for m in months.values()), link="/filing"),
    ]


@route("GET", "/api/v1/dashboard/papers", permission="dashboard.read", audience=ENTERPRISE, answer=DashboardPapers, summary="企业首页：等级、报告与证书")
async def dashboard_papers(ctx: Acting, call: Call) -> DashboardPapers:
    year = ctx.today.year - 1
    made = await grading.evaluate(ctx, year)
    grade = GradeBrief(
        year=year, graded=made.graded, level=made.level, letter=made.letter, word=made.level_word, k=made.k, basis=made.basis_word, percentile=made.percentile,
        next_level=made.next_level, distance=made.distance, reason=made.reason, reason_text=made.reason_text, l=made.l,
    )  # fmt: skip
    listed = await reports.list_reports(ctx, page=1, page_size=3)
    papers = [
        PaperBrief(id=r.id, kind="report", title=f"{r.year} 年{r.title}", detail=r.number, state=r.state, state_word=r.state_word, link=f"/reports/{r.id}")
        for r in listed.items
    ]
    for c in (await grading.own_certificates(ctx))[:3]:
        papers.append(
            PaperBrief(id=c.id, kind="certificate", title=f"碳效码 {c.year} 年度", detail=f"有效期至 {c.valid_until}", state=c.state, state_word=c.state_word, link="/certificate")
        )
    return DashboardPapers(grade=grade, papers=papers)


class DemoAccountAnswer(Answer):
    account: str
    password: str
    audience: str
    about: str
    totp: str | None


class DemoAccounts(Answer):
    captcha_id: str
    captcha_answer: str
    accounts: list[DemoAccountAnswer]


@route("GET", "/api/v1/demo/accounts", public=True, no_database=True, answer=DemoAccounts, rate_limit=(60, 60), summary="演示账号（仅演示环境）")
async def demo_accounts(ctx: Acting, call: Call) -> DemoAccounts:
    if settings.mode != "demo":
        raise NotFound("这里不是演示环境。")
    from auth.captcha import DEMO_ANSWER, DEMO_ID
    from auth.second_factor import current_code
    from demo.accounts import ACCOUNTS, PASSWORD, TOTP_SECRET

    code = current_code(TOTP_SECRET, ctx.now.timestamp())
    accounts = [
        DemoAccountAnswer(
            account=a.login, password=PASSWORD, audience=a.audience, about=a.about, totp=None if a.audience == "console-ent" else code
        )
        for a in ACCOUNTS
    ]
    return DemoAccounts(captcha_id=DEMO_ID, captcha_answer=DEMO_ANSWER, accounts=accounts)


