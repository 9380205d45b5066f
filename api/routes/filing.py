"""Handlers of filing: template, year grid, drafts, preview, submit, withdraw, history, electricity accounts."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

import filing
import inventory
import tenants
from api.kernel.route import Call, route
from api.kernel.types import Answer, Month, Page, Quantity, Struct, Year
from auth.audiences import ENTERPRISE
from carbon import due_on, month_code, month_int
from core.database import Acting
from core.errors import FieldError, Invalid

Name = Annotated[str, msgspec.Meta(max_length=400)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
FILE_ERRORS = ("MONTH_NOT_ENDED", "INVALID")


class ItemAnswer(Answer):
    id: UUID
    carrier: str
    name: str
    label: str
    use: str
    unit: str
    scope: str
    boundary_item: str
    account_id: UUID | None
    account_no: str | None
    place: str
    decimals: int
    sort: int
    first_month: str
    last_month: str | None


class TemplateAnswer(Answer):
    version: int
    first_month: str | None
    items: list[ItemAnswer]


class ItemBody(Struct, kw_only=True):
    id: UUID | None = None
    carrier: str
    use: str
    unit: str
    account_id: UUID | None = None
    place: Annotated[str, msgspec.Meta(max_length=100)] = ""
    boundary_item: Annotated[str, msgspec.Meta(max_length=30)] = "UNASSIGNED"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=6)] = 6
    last_month: Month | None = None


class TemplateBody(Struct):
    first_month: Month
    version: int
    items: Annotated[list[ItemBody], msgspec.Meta(max_length=60)]


class TemplateQuery(Struct):
    month: Month | None = None


def _item(item: filing.Item) -> ItemAnswer:
    from carbon import scope

    return ItemAnswer(
        id=item.id, carrier=item.carrier, name=item.name, label=item.label, use=item.use, unit=item.unit, scope=scope(item.use),
        boundary_item=item.boundary_item, account_id=item.account_id, account_no=item.account_no, place=item.place, decimals=item.decimals,
        sort=item.sort, first_month=month_code(item.first_month), last_month=month_code(item.last_month) if item.last_month else None,
    )  # fmt: skip


def _template(found: filing.Template, month: str | None = None) -> TemplateAnswer:
    items = found.of(month_int(month)) if month else found.items
    first = month_code(found.first_month) if found.first_month else None
    return TemplateAnswer(version=found.version, first_month=first, items=[_item(i) for i in items])


@route("GET", "/api/v1/filing/template", permission="filing.read", audience=ENTERPRISE, query=TemplateQuery, answer=TemplateAnswer, summary="填报模板")
async def get_template(ctx: Acting, call: Call) -> TemplateAnswer:
    return _template(await filing.current_template(ctx), call.query.month)


@route(
    "PUT", "/api/v1/filing/template", permission="template.edit", audience=ENTERPRISE, body=TemplateBody, answer=TemplateAnswer, idempotent=True,
    summary="保存填报模板，从某月起生效", errors=("STALE_VERSION",),
)  # fmt: skip
async def put_template(ctx: Acting, call: Call) -> TemplateAnswer:
    body: TemplateBody = call.body
    edits = [
        filing.ItemEdit(
            i.id, i.carrier, i.use, i.unit, i.account_id, i.place.strip(), i.boundary_item, i.decimals, month_int(i.last_month) if i.last_month else None
        )
        for i in body.items
    ]
    return _template(await filing.set_template(ctx, month_int(body.first_month), body.version, edits))


class DraftAnswer(Answer):
    month: str
    version: int
    body: dict[str, Any]
    saved_by: str
    saved_at: datetime | None
    mine: bool


class CellAnswer(Answer):
    item_id: UUID
    month: str
    due: bool
    submitted: Decimal | None
    co2_t: Decimal | None
    tce: Decimal | None
    last_year: Decimal | None
    mean3: Decimal | None
    estimated: bool
    trace: dict[str, Any] | None


class GridMonthAnswer(Answer):
    """``due_on``: the last day for filing the month (FI12)."""

    month: str
    due_on: date
    state: str
    version: int
    co2_t: Decimal | None
    tce: Decimal | None
    estimated: bool
    locked: bool
    process: list[dict[str, Any]]
    green: dict[str, Any] | None
    answers: list[dict[str, Any]]
    draft: DraftAnswer | None


class GridAnswer(Answer):
    year: int
    years: list[int]
    template_version: int
    items: list[ItemAnswer]
    months: list[GridMonthAnswer]
    cells: list[CellAnswer]
    locked_by: list[str]


def _draft(found: filing.Draft) -> DraftAnswer:
    return DraftAnswer(
        month=found.month, version=found.version, body=found.body, saved_by=found.saved_by_name, saved_at=found.saved_at, mine=found.mine
    )


def year_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 1990 <= int(text) <= 2100):
        raise Invalid([FieldError("year", "PERIOD", "年份应为 4 位数字，例如 2025。")])
    return int(text)


@route("GET", "/api/v1/filing/year/<year>", permission="filing.read", audience=ENTERPRISE, answer=GridAnswer, summary="一年的填报表")
async def get_year(ctx: Acting, call: Call, year: str) -> GridAnswer:
    grid = await filing.year_grid(ctx, year_of(year))
    key_unit = bool((await tenants.profile_facts(ctx)).ets_key_unit)
    months = [
        GridMonthAnswer(
            month=m.month, due_on=due_on(month_int(m.month), key_unit), state=m.state, version=m.version, co2_t=m.co2_t, tce=m.tce, estimated=m.estimated, locked=m.locked, process=m.process,
            green=m.green, answers=m.answers, draft=_draft(m.draft) if m.draft else None,
        )
        for m in grid.months
    ]  # fmt: skip
    cells = [msgspec.convert(c, CellAnswer, from_attributes=True) for c in grid.cells]
    return GridAnswer(
        year=grid.year, years=grid.years, template_version=grid.template_version, items=[_item(i) for i in grid.items], months=months, cells=cells,
        locked_by=grid.locked_by,
    )  # fmt: skip


class DraftBody(Struct):
    """``body`` is the screen's own record of what is typed; it is kept as it is."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    body: dict[str, Any]


@route("GET", "/api/v1/filing/drafts/<month>", permission="filing.read", audience=ENTERPRISE, answer=DraftAnswer, summary="一个月的草稿")
async def get_draft(ctx: Acting, call: Call, month: str) -> DraftAnswer:
    return _draft(await filing.read_draft(ctx, month))


@route(
    "PUT", "/api/v1/filing/drafts/<month>", permission="filing.edit", audience=ENTERPRISE, body=DraftBody, answer=DraftAnswer,
    summary="保存草稿", errors=("STALE_DRAFT",),
)  # fmt: skip
async def put_draft(ctx: Acting, call: Call, month: str) -> DraftAnswer:
    return _draft(await filing.save_draft(ctx, month, call.body.version, call.body.body, await tenants.own_name(ctx)))


@route("DELETE", "/api/v1/filing/drafts/<month>", permission="filing.edit", audience=ENTERPRISE, summary="放弃草稿")
async def delete_draft(ctx: Acting, call: Call, month: str) -> None:
    await filing.drop_draft(ctx, month)


class LineBody(Struct):
    item_id: UUID
    amount: Quantity


class ProcessBody(Struct):
    name: Name
    co2: Quantity
    note: Name = ""


class CertificateBody(Struct):
    """A green certificate: month in which its power was produced; ``mwh`` null: what the others leave of the month's amount."""

    number: Annotated[str, msgspec.Meta(max_length=64)]
    produced: Month | None = None
    mwh: Quantity | None = None


class GreenBody(Struct):
    """``gec_numbers``: numbers without a month of production; they stay claimed (NR3)."""

    mwh: Quantity
    gec_numbers: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=200)] = []
    certificates: Annotated[list[CertificateBody], msgspec.Meta(max_length=200)] = []


class MonthBody(Struct):
    month: Month
    lines: Annotated[list[LineBody], msgspec.Meta(max_length=60)]
    process: Annotated[list[ProcessBody], msgspec.Meta(max_length=30)] = []
    green: GreenBody | None = None
    base_version: int | None = None


class FilingBody(Struct, kw_only=True):
    month_from: Month
    month_to: Month
    mode: str = "each"
    months: Annotated[list[MonthBody], msgspec.Meta(max_length=12)]


class ReplyBody(Struct):
    question_id: str
    reason: Reason


class SubmitBody(FilingBody, kw_only=True):
    """``fingerprint`` is the preview's; ``reason`` makes a locked year's change a restatement (GN12)."""

    fingerprint: str | None = None
    replace: bool = False
    answers: Annotated[list[ReplyBody], msgspec.Meta(max_length=200)] = []
    reason: Reason | None = None


class EnergyTce(Answer):
    equivalent: Decimal | None
    equal_value: Decimal | None


class PreviewLineAnswer(Answer):
    month: str
    item_id: UUID | None
    name: str
    carrier: str
    use: str
    unit: str
    amount: Decimal
    estimated: bool
    co2_t: Decimal
    energy_tce: EnergyTce
    factor: dict[str, Any]
    formula: str
    trace: dict[str, Any]


class MonthTotalsAnswer(Answer):
    month: str
    co2_t: Decimal
    direct: Decimal
    indirect: Decimal
    process: Decimal
    energy_tce: EnergyTce


class GreenLineAnswer(Answer):
    """``number`` empty: power without a certificate; ``reason`` why it does not count, empty when it does."""

    number: str
    produced: str | None
    mwh: Decimal | None
    counted_mwh: Decimal
    reason: str


class GreenMonthAnswer(Answer):
    """Green power claimed and counted (MWh) and what it takes off (tCO2) (NR3, NR5)."""

    month: str
    claimed_mwh: Decimal
    counted_mwh: Decimal
    d_green: Decimal
    lines: list[GreenLineAnswer]


class QuestionAnswer(Answer):
    id: str
    month: str
    item_id: str | None
    code: str
    message: str


class PreviewAnswer(Answer):
    fingerprint: str
    co2_t: Decimal
    energy_tce: EnergyTce
    months: list[MonthTotalsAnswer]
    lines: list[PreviewLineAnswer]
    questions: list[QuestionAnswer]
    conflicts: list[dict[str, Any]]
    green: list[GreenMonthAnswer]


class SubmitAnswer(Answer):
    """What was stored is what the preview showed; its lines and traces stand in the year's grid, not once more here."""

    fingerprint: str
    co2_t: Decimal
    energy_tce: EnergyTce
    months: list[MonthTotalsAnswer]
    versions: dict[str, int]
    restated: bool


def _green(body: GreenBody) -> filing.TypedGreen:
    certificates = [filing.GreenCertificate(c.number, c.produced, None if c.mwh is None else Decimal(c.mwh)) for c in body.certificates]
    return filing.TypedGreen(Decimal(body.mwh), body.gec_numbers, certificates)


def _typed(body: FilingBody) -> filing.Typed:
    months = [
        filing.TypedMonth(
            m.month,
            [filing.TypedLine(entry.item_id, Decimal(entry.amount)) for entry in m.lines],
            [filing.TypedProcess(p.name, Decimal(p.co2), p.note) for p in m.process],
            _green(m.green) if m.green else None,
            m.base_version,
        )
        for m in body.months
    ]
    return filing.Typed(body.month_from, body.month_to, body.mode, months)


def _sums(made: filing.Preview) -> dict[str, Any]:
    months = [
        MonthTotalsAnswer(
            month=month_code(m.month), co2_t=m.co2_t, direct=m.direct, indirect=m.indirect, process=m.process,
            energy_tce=EnergyTce(equivalent=m.tce, equal_value=m.tce_equal_value),
        )
        for m in made.months
    ]  # fmt: skip
    energy = EnergyTce(equivalent=made.tce, equal_value=made.tce_equal_value)
    return {"fingerprint": made.fingerprint, "co2_t": made.co2_t, "energy_tce": energy, "months": months}


def _preview(made: filing.Preview) -> dict[str, Any]:
    lines = [
        PreviewLineAnswer(
            month=month_code(e.month), item_id=e.item_id, name=e.name, carrier=e.carrier, use=e.use, unit=e.unit, amount=e.amount,
            estimated=e.split_estimated, co2_t=e.result.co2_t,
            energy_tce=EnergyTce(equivalent=e.result.tce_equivalent, equal_value=e.result.tce_equal_value),
            factor=e.result.factor, formula=e.result.formula, trace=e.result.trace,
        )
        for e in made.lines
    ]  # fmt: skip
    questions = [QuestionAnswer(id=q.id, month=month_code(q.month), item_id=q.item_id, code=q.code, message=q.message) for q in made.questions]
    green = [
        GreenMonthAnswer(
            month=month_code(g.month), claimed_mwh=g.claimed_mwh, counted_mwh=g.counted_mwh, d_green=g.d_green,
            lines=[GreenLineAnswer(**asdict(entry)) for entry in g.lines],
        )
        for g in made.green.values()
    ]  # fmt: skip
    return _sums(made) | {"lines": lines, "questions": questions, "conflicts": made.conflicts, "green": green}


@route(
    "POST", "/api/v1/filing/preview", permission="filing.edit", audience=ENTERPRISE, body=FilingBody, answer=PreviewAnswer, read_only=True,
    summary="计算预览：不保存", errors=FILE_ERRORS,
)  # fmt: skip
async def preview(ctx: Acting, call: Call) -> PreviewAnswer:
    return PreviewAnswer(**_preview(await filing.preview_months(ctx, _typed(call.body))))


@route(
    "POST", "/api/v1/filing/submit", permission="filing.submit", audience=ENTERPRISE, body=SubmitBody, answer=SubmitAnswer, idempotent=True,
    summary="提交一个月或连续几个月",
    errors=(*FILE_ERRORS, "FACTOR_CHANGED", "MONTH_ALREADY_FILED", "QUESTIONS_OPEN", "MONTH_LOCKED", "STALE_VERSION", "CLAIM_TAKEN"),
)  # fmt: skip
async def submit(ctx: Acting, call: Call) -> SubmitAnswer:
    body: SubmitBody = call.body
    replies = [filing.Reply(a.question_id, a.reason) for a in body.answers]
    done = await filing.submit_months(
        ctx, _typed(body), fingerprint=body.fingerprint, replace_filed=body.replace, replies=replies, reason=body.reason, last=True
    )
    return SubmitAnswer(**_sums(done.preview), versions={month_code(m): v for m, v in done.versions.items()}, restated=done.restated)


class WithdrawBody(Struct):
    version: int
    reason: Reason


class Version(Answer):
    month: str
    version: int


@route(
    "POST", "/api/v1/filing/months/<month>/withdraw", permission="filing.withdraw", audience=ENTERPRISE, body=WithdrawBody, answer=Version,
    idempotent=True, summary="撤回一个月", errors=("MONTH_LOCKED", "STALE_VERSION"),
)  # fmt: skip
async def withdraw(ctx: Acting, call: Call, month: str) -> Version:
    return Version(month=month, version=await filing.withdraw_month(ctx, month, call.body.version, call.body.reason))


class HistoryQuery(Page):
    year: Year | None = None


class VersionAnswer(Answer):
    month: str
    version: int
    state: str
    live: bool
    co2_t: Decimal
    tce: Decimal | None
    estimated: bool
    reason: str | None
    by: str
    at: datetime


class Versions(Answer):
    items: list[VersionAnswer]
    total: int
    page: int
    page_size: int


def _versions(rows: list[inventory.VersionRow], total: int, page: int, size: int) -> Versions:
    items = [
        VersionAnswer(
            month=month_code(r.period), version=r.version, state=r.state, live=r.live, co2_t=r.co2_t, tce=r.tce, estimated=r.split_estimated,
            reason=r.reason, by=r.by_name, at=r.at,
        )
        for r in rows
    ]  # fmt: skip
    return Versions(items=items, total=total, page=page, page_size=size)


@route("GET", "/api/v1/filing/history", permission="filing.read", audience=ENTERPRISE, query=HistoryQuery, answer=Versions, summary="填报历史")
async def history(ctx: Acting, call: Call) -> Versions:
    q: HistoryQuery = call.query
    rows, total = await inventory.history(ctx, year=q.year, limit=q.page_size, offset=q.offset)
    return _versions(rows, total, q.page, q.page_size)


def _month(text: str) -> int:
    try:
        return month_int(text)
    except ValueError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None


@route("GET", "/api/v1/filing/months/<month>/versions", permission="filing.read", audience=ENTERPRISE, answer=Versions, summary="一个月的各版本")
async def month_versions(ctx: Acting, call: Call, month: str) -> Versions:
    rows, total = await inventory.history(ctx, period=_month(month), limit=100)
    return _versions(rows, total, 1, 100)


class DifferenceAnswer(Answer):
    name: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    co2_before: Decimal | None
    co2_after: Decimal | None


class Differences(Answer):
    items: list[DifferenceAnswer]
    total: int


@route(
    "GET", "/api/v1/filing/months/<month>/versions/<version>/diff", permission="filing.read", audience=ENTERPRISE, answer=Differences,
    summary="与上一版本的差异",
)  # fmt: skip
async def version_difference(ctx: Acting, call: Call, month: str, version: str) -> Differences:
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 7 else 0
    found = await inventory.difference(ctx, _month(month), number)
    items = [msgspec.convert(d, DifferenceAnswer, from_attributes=True) for d in found]
    return Differences(items=items, total=len(items))


class ElectricityBody(Struct):
    account_no: Annotated[str, msgspec.Meta(max_length=30)]
    supplier: Annotated[str, msgspec.Meta(max_length=100)]
    site: Annotated[str, msgspec.Meta(max_length=200)] = ""
    multiplier: Quantity | None = None
    share: Quantity | None = None


class ElectricityEdit(Struct):
    version: int
    supplier: Annotated[str, msgspec.Meta(max_length=100)]
    site: Annotated[str, msgspec.Meta(max_length=200)] = ""
    multiplier: Quantity | None = None
    share: Quantity | None = None
    active: bool = True


class ElectricityAnswer(Answer):
    id: UUID
    account_no: str
    supplier: str
    site: str
    multiplier: Decimal
    share: Decimal
    active: bool
    version: int


class ElectricityAccounts(Answer):
    items: list[ElectricityAnswer]
    total: int


def _account(found: filing.ElectricityAccount) -> ElectricityAnswer:
    return msgspec.convert(found, ElectricityAnswer, from_attributes=True)


@route("GET", "/api/v1/filing/electricity-accounts", permission="filing.read", audience=ENTERPRISE, answer=ElectricityAccounts, summary="用电户号")
async def electricity_accounts(ctx: Acting, call: Call) -> ElectricityAccounts:
    items = [_account(a) for a in await filing.list_accounts(ctx)]
    return ElectricityAccounts(items=items, total=len(items))


@route(
    "POST", "/api/v1/filing/electricity-accounts", permission="template.edit", audience=ENTERPRISE, body=ElectricityBody, answer=ElectricityAnswer,
    status=201, idempotent=True, summary="添加用电户号", errors=("CLAIM_TAKEN", "ACCOUNT_EXISTS"),
)  # fmt: skip
async def add_electricity_account(ctx: Acting, call: Call) -> ElectricityAnswer:
    b: ElectricityBody = call.body
    made = await filing.add_account(
        ctx, account_no=b.account_no, supplier=b.supplier, site=b.site, multiplier=Decimal(b.multiplier or 1), share=Decimal(b.share or 100)
    )
    return _account(made)


@route(
    "PUT", "/api/v1/filing/electricity-accounts/<account_id>", permission="template.edit", audience=ENTERPRISE, body=ElectricityEdit,
    answer=ElectricityAnswer, summary="修改用电户号", errors=("STALE_VERSION", "CLAIM_TAKEN"),
)  # fmt: skip
async def change_electricity_account(ctx: Acting, call: Call, account_id: UUID) -> ElectricityAnswer:
    b: ElectricityEdit = call.body
    made = await filing.change_account(
        ctx, account_id, version=b.version, supplier=b.supplier, site=b.site, multiplier=Decimal(b.multiplier or 1), share=Decimal(b.share or 100), active=b.active
    )
    return _account(made)
