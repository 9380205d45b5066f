"""Filing a month (FI3-FI9, FI13): preview computes, submit stores exactly what the preview showed, withdraw takes back."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

import inventory
from carbon import (
    Activity,
    LineError,
    LineResult,
    Measured,
    PeriodError,
    calculate_line,
    convert,
    convert_per,
    green_power,
    line,
    month_code,
    month_int,
    month_range,
    plain,
    scope,
    shift,
    short,
    split_range,
    total,
)
from core.database import Acting, Seat
from core.errors import Conflict, FieldError, Invalid
from factors import Ask, Catalogue, catalogue, province_of, source_group
from filing.green import (
    GreenMonth,
    TypedGreen,
    green_draft,
    green_faults,
    judge_green,
    spread_green,
)
from filing.plausibility import Question, ask, ask_process
from filing.templates import Item, item_of

ZERO = Decimal("0.000000")
DEFAULTS = Measured()
NOTE_LIMIT, NAME_LIMIT = 200, 50
#: Tonnes of a line beyond which the amount is a slip of units (and sums would outgrow their columns).
LIMIT = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class TypedLine:
    """An amount in the template's unit."""

    item_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TypedProcess:
    """A process line (FI8): signed tCO2, a note when negative."""

    name: str
    co2: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class TypedMonth:
    """One month (or, in mode ``sum``, the whole range under its first month)."""

    month: str
    lines: list[TypedLine]
    process: list[TypedProcess]
    green: TypedGreen | None = None
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What is filed: consecutive months of one year, typed each or as one sum (FI3, FI4)."""

    month_from: str
    month_to: str
    mode: str
    months: list[TypedMonth]


class PreviewLine(msgspec.Struct, frozen=True):
    """One computed line."""

    month: int
    item_id: UUID | None
    name: str
    carrier: str
    use: str
    unit: str
    amount: Decimal
    split_estimated: bool
    result: LineResult
    note: str = ""
    key: str = ""  # the item's id as text, or the process's name: how the account knows the line


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """Sums of one month."""

    month: int
    co2_t: Decimal
    tce: Decimal | None
    tce_equal_value: Decimal | None
    direct: Decimal
    indirect: Decimal
    process: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """What submitting would store, line by line; ``fingerprint`` names it (FI6). ``green``: months with a claim (NR3)."""

    lines: list[PreviewLine]
    months: list[MonthTotals]
    co2_t: Decimal
    tce: Decimal | None
    tce_equal_value: Decimal | None
    questions: list[Question]
    conflicts: list[dict[str, Any]]
    fingerprint: str
    green: dict[int, GreenMonth]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a question: its id and the reason."""

    question_id: str
    reason: str


@dataclass(slots=True)
class _Desk:
    """Everything one filing needs, loaded in one statement."""

    items: dict[UUID, Item]
    template_version: int
    heads: dict[int, dict[str, Any]]
    live: dict[tuple[int, str], dict[str, Any]]
    history: list[tuple[int, dict[str, str]]]
    measured: list[dict[str, Any]]
    evidence: dict[int, list[dict[str, Any]]]
    locks: dict[int, str]
    book: Catalogue
    region: str | None
    industry: str | None
    actor: str

    @property
    def province(self) -> str:
        """The province whose grid factor applies (FI14)."""
        return province_of(self.region or "") or "CN"


LOAD = """
with head as (
  select t.version, t.version || '/' || coalesce((select sum(a.version) from electricity_account a where a.tenant_id = $1), 0) as edition
    from template t where t.tenant_id = $1)
select (select epoch from factor_epoch) as epoch, (select version from head) as template_version, (select edition from head) as edition,
  (select jsonb_agg(jsonb_build_object('id', i.id, 'carrier', i.carrier, 'name', i.name, 'use', i.use, 'unit', i.unit,
      'boundary_item', i.boundary_item, 'account_id', i.account_id, 'account_no', a.account_no, 'place', i.place, 'decimals', i.decimals,
      'sort', i.sort, 'first_month', i.first_month, 'last_month', i.last_month) order by i.sort, i.id)
     from template_item i left join electricity_account a on a.tenant_id = i.tenant_id and a.id = i.account_id
    where i.tenant_id = $1 and (select edition from head) is distinct from $6) as items,
  (select jsonb_agg(jsonb_build_object('reason', p.reason, 'carrier', p.carrier, 'parameter', p.parameter, 'value', p.value::text,
      'unit', p.unit, 'valid_from', p.valid_from, 'valid_to', p.valid_to, 'basis', p.basis) order by p.decided_at)
     from parameter_request p where p.tenant_id = $1 and p.state = 'approved' and p.valid_from <= $3 and p.valid_to >= $2) as measured,
  (select jsonb_agg(jsonb_build_object('id', e.id, 'period', e.period, 'item_id', e.item_id, 'kind', e.kind))
     from evidence e where e.tenant_id = $1 and e.period between $2 and $3) as evidence,
  inventory_filed($4, $5) as filed, case when $7 then filing_actor() end as actor
"""
#: Submitting also clears the drafts; a refusal later on rolls that back.
LOAD_AND_CLEAR = LOAD + ", filing_clear_drafts($4)"
#: Template items by organisation, with the edition they were read at; the statement above says whether it is still the one in force.
_TEMPLATES: OrderedDict[UUID, tuple[str, dict[UUID, Item]]] = OrderedDict()
_TEMPLATES_KEPT = 4096


async def _open_desk(ctx: Acting, months: list[int], *, clear: bool = False) -> _Desk:
    edition, items = _TEMPLATES.get(ctx.tenant, ("", {}))
    sql = LOAD_AND_CLEAR if clear else LOAD
    row = await ctx.db.row(sql, ctx.tenant, months[0], months[-1], months, shift(months[0], -12), edition, ctx.seat is None)
    assert row is not None
    if row["edition"] != edition:
        items = {item.id: item for item in map(item_of, row["items"] or ())}
    account = inventory.filed_context_of(row["filed"])
    evidence: dict[int, list[dict[str, Any]]] = {}
    for entry in row["evidence"] or ():
        evidence.setdefault(entry["period"], []).append(entry)
    seat = ctx.seat or Seat(**row["actor"] or {"name": "", "region": None, "industry": None})  # jobs and commands act without enter()
    desk = _Desk(
        items,
        row["template_version"] or 0,
        account.heads,
        account.live,
        account.recent,
        row["measured"] or [],
        evidence,
        account.locks,
        await catalogue(ctx.db, row["epoch"]),
        seat.region,
        seat.industry,
        seat.name,
    )
    if row["edition"]:
        ctx.after_commit(partial(_keep_template, ctx.tenant, row["edition"], items))
    return desk


async def _keep_template(tenant: UUID, edition: str, items: dict[UUID, Item]) -> None:
    """After the commit only: what a rolled-back transaction saw of its own template may never have been."""
    _TEMPLATES[tenant] = (edition, items)
    _TEMPLATES.move_to_end(tenant)
    while len(_TEMPLATES) > _TEMPLATES_KEPT:
        _TEMPLATES.popitem(last=False)


def _months(ctx: Acting, typed: Typed, submit: bool) -> list[int]:
    """The months touched, checked against FI3. Raises Invalid."""
    try:
        first, last = month_int(typed.month_from), month_int(typed.month_to)
    except PeriodError as error:
        raise Invalid([FieldError("month_from", "PERIOD", str(error))]) from None
    if first > last or first // 100 != last // 100:
        raise Invalid([FieldError("month_to", "RANGE", "起止月份应在同一年内，且先后正确。")])
    now = ctx.today.year * 100 + ctx.today.month
    if last > now or (submit and last >= now):
        month = last if last > now else now
        text = f"{month % 100} 月还没结束，可以先保存草稿，{_next_first(month)}起可提交。" if last == now else f"{month_code(last)} 还没有到，不能填报未来的月份。"
        raise Invalid([FieldError("month_to", "MONTH_NOT_ENDED", text)], code="MONTH_NOT_ENDED")
    if first // 100 < 1990:
        raise Invalid([FieldError("month_from", "RANGE", "月份过早，请核对年份。")])
    return month_range(first, last)


def _next_first(month: int) -> str:
    number = month % 100
    return f"{number + 1} 月 1 日" if number < 12 else f"{month // 100 + 1} 年 1 月 1 日"


def _spread(typed: Typed, months: list[int]) -> dict[int, TypedMonth]:
    """Month → what was typed for it; mode ``sum`` is split by FI4. Raises Invalid."""
    if typed.mode not in ("each", "sum"):
        raise Invalid([FieldError("mode", "CHOICE", "填报方式应为 each（逐月）或 sum（合计）。")])
    if typed.mode == "each" or len(months) == 1:
        found: dict[int, TypedMonth] = {}
        for n, month in enumerate(typed.months):
            try:
                period = month_int(month.month)
            except PeriodError as error:
                raise Invalid([FieldError(f"months[{n}].month", "PERIOD", str(error))]) from None
            if period not in months or period in found:
                raise Invalid([FieldError(f"months[{n}].month", "RANGE", "月份不在起止范围内，或重复。")])
            found[period] = month
        absent = [m for m in months if m not in found]
        if absent:
            raise Invalid([FieldError("months", "REQUIRED", f"还缺 {'、'.join(month_code(m) for m in absent)} 的数据。")])
        return found
    if len(typed.months) != 1:
        raise Invalid([FieldError("months", "RANGE", "合计填报只需填写一份合计数。")])
    whole = typed.months[0]
    amounts = [split_range(entry.amount, months) for entry in whole.lines]
    process = [split_range(entry.co2, months) for entry in whole.process]
    green = spread_green(whole.green, months)
    return {
        m: TypedMonth(
            month_code(m),
            [replace(entry, amount=amounts[k][m]) for k, entry in enumerate(whole.lines)],
            [replace(entry, co2=process[k][m]) for k, entry in enumerate(whole.process)],
            green[m] if green else None,
        )
        for m in months
    }


async def preview_months(ctx: Acting, typed: Typed) -> Preview:
    """Compute what submitting would store; nothing is written (FI6). Raises Invalid with each bad field's path."""
    months = _months(ctx, typed, submit=False)
    desk = await _open_desk(ctx, months)
    return _compute(ctx, desk, typed, months)


def _compute(ctx: Acting, desk: _Desk, typed: Typed, months: list[int]) -> Preview:
    spread = _spread(typed, months)
    split = typed.mode == "sum" and len(months) > 1
    province = desk.province
    faults = _precision_faults(desk, typed)
    lines: list[PreviewLine] = []
    questions: list[Question] = []
    for n, month in enumerate(months):
        position = 0 if split else next(k for k, m in enumerate(typed.months) if m.month == month_code(month))
        found, wrong = _month_lines(ctx, desk, spread[month], month, province, f"months[{position}]", split)
        faults += wrong if not split or n == 0 else []
        lines += found
        questions += _questions(desk, found, month)
    if faults:
        raise Invalid(faults)
    totals = [_totals(month, [entry for entry in lines if entry.month == month]) for month in months]
    everything = total([(entry.use, entry.result) for entry in lines])
    return Preview(
        lines, totals, everything.co2_t, everything.tce_equivalent, everything.tce_equal_value, questions, _conflicts(desk, lines, months),
        _fingerprint(lines, spread, everything.co2_t), _green(ctx, desk, spread, lines, months),
    )  # fmt: skip


def _precision_faults(desk: _Desk, typed: Typed) -> list[FieldError]:
    """Amounts as they were typed, a sum before it is spread, against the decimals of their item (FD7)."""
    found = []
    for n, month in enumerate(typed.months):
        for k, entry in enumerate(month.lines):
            item = desk.items.get(entry.item_id)
            if item is not None and (text := item.too_fine(entry.amount)):
                found.append(FieldError(f"months[{n}].lines[{k}].amount", "PRECISION", f"{item.label}{text}。"))
    return found


def _month_lines(
    ctx: Acting, desk: _Desk, typed: TypedMonth, month: int, province: str, path: str, split: bool
) -> tuple[list[PreviewLine], list[FieldError]]:
    wanted = {i.id: i for i in desk.items.values() if i.in_force(month)}
    asked = Ask(province, month, ctx.today)
    lines: list[PreviewLine] = []
    faults: list[FieldError] = []
    if not wanted:
        faults.append(FieldError(f"{path}.month", "NO_TEMPLATE", f"{month_code(month)} 还没有填报模板，请先设置企业用到的能源。"))
    seen: set[UUID] = set()
    for k, entry in enumerate(typed.lines):
        at, item = f"{path}.lines[{k}]", wanted.get(entry.item_id)
        if item is None or entry.item_id in seen:
            text = "重复的项目，请合并后再提交。" if item else f"{month_code(month)} 的模板里没有这一项，请刷新后重试。"
            faults.append(FieldError(f"{at}.item_id", "DUPLICATE" if item else "UNKNOWN", text))
            continue
        seen.add(entry.item_id)
        try:
            lines.append(_line(desk, item, entry.amount, asked, split))
        except LineError as error:
            faults.append(FieldError(f"{at}.{error.field}", error.code, error.message))
            continue
        result = lines[-1].result
        if max(abs(v) for v in (result.co2_t, result.tce_equivalent, result.tce_equal_value) if v is not None) >= LIMIT:
            faults.append(FieldError(f"{at}.amount", "RANGE", f"{item.label}数值过大，请核对单位。本栏单位是 {item.unit}。"))
    for item in wanted.values():
        if item.id not in seen:
            text = f"请填 {month % 100} 月{item.label}。没有使用请填 0，空着不能提交。"
            faults.append(FieldError(f"{path}.lines.{item.id}", "REQUIRED", text))
    for k, process in enumerate(typed.process):
        faults += _process_faults(process, f"{path}.process[{k}]")
        lines.append(_process_line(desk, process, asked, split))
    faults += green_faults(ctx, typed.green, _purchased(lines), f"{path}.green")
    order = {i.id: (i.sort, n) for n, i in enumerate(wanted.values())}
    lines.sort(key=lambda entry: order.get(entry.item_id, (10_000, 0)) if entry.item_id else (10_001, 0))
    return lines, faults


def _line(desk: _Desk, item: Item, amount: Decimal, asked: Ask, split: bool) -> PreviewLine:
    carrier = desk.book.carrier(item.carrier, asked)
    measured = _measured(desk, item, asked.period) if desk.measured else DEFAULTS
    result = calculate_line(Activity(carrier, amount, item.unit, item.use, measured))
    return PreviewLine(asked.period, item.id, item.label, item.carrier, item.use, item.unit, amount, split, result, key=item.key)


def _measured(desk: _Desk, item: Item, month: int) -> Measured:
    """Approved parameters of the firm in force in the month (FD11), converted to the item's unit."""
    own = {p["parameter"]: p for p in desk.measured if p["carrier"] == item.carrier and p["valid_from"] <= month <= p["valid_to"]}
    if not own or item.use in ("raw_material", "self_generated_zero_carbon"):
        return DEFAULTS
    values: dict[str, Any] = {}
    for name, row in own.items():
        value = Decimal(row["value"])
        bottom = row["unit"].partition("/")[2]
        if name in ("ncv", "factor", "tce") and bottom:
            value = value * convert(Decimal(1), item.unit, bottom)
        values[name] = value
    values["basis"] = next(iter(own.values()))["basis"]
    return Measured(**values)


def _process_faults(process: TypedProcess, at: str) -> list[FieldError]:
    faults = []
    if not process.name.strip():
        faults.append(FieldError(f"{at}.name", "REQUIRED", "请填写过程排放的名称。"))
    if len(process.name) > NAME_LIMIT:
        faults.append(FieldError(f"{at}.name", "LENGTH", f"过程名称最多 {NAME_LIMIT} 个字，现有 {len(process.name)} 个。"))
    if len(process.note) > NOTE_LIMIT:
        faults.append(FieldError(f"{at}.note", "LENGTH", f"说明最多 {NOTE_LIMIT} 个字。"))
    if process.co2 < 0 and not process.note.strip():
        faults.append(FieldError(f"{at}.note", "REQUIRED", "过程排放为负（减排）时，请写明原因。"))
    return faults


def _process_line(desk: _Desk, process: TypedProcess, asked: Ask, split: bool) -> PreviewLine:
    carrier, name = desk.book.carrier("process", asked), process.name.strip()
    result = calculate_line(Activity(carrier, process.co2, "tCO2", "process", name=process.name))
    return PreviewLine(asked.period, None, name, "process", "process", "tCO2", process.co2, split, result, process.note.strip(), key=name)


def _green(ctx: Acting, desk: _Desk, spread: dict[int, TypedMonth], lines: list[PreviewLine], months: list[int]) -> dict[int, GreenMonth]:
    """What counts of each month's green power; months typed each are judged alone, a sum as its whole range."""
    made: dict[int, GreenMonth] = {}
    split = any(entry.split_estimated for entry in lines)
    for month, typed in spread.items():
        if typed.green is None:
            continue
        own = [entry for entry in lines if entry.month == month]
        bought, factor = _purchased(own), _grid_factor(ctx, desk, own, month)
        first, last = (months[0], months[-1]) if split else (month, month)
        proved = any(p["kind"] == "green" for p in desk.evidence.get(month, []))
        judged = judge_green(typed.green, month, first, last, proved, partial(green_power, purchased_mwh=bought, grid_factor=factor))
        if judged is not None:
            made[month] = judged
    return made


def _purchased(lines: list[PreviewLine]) -> Decimal:
    return sum((convert(e.amount, e.unit, "MWh") for e in lines if e.use == "purchased_electricity"), Decimal(0))


def _questions(desk: _Desk, lines: list[PreviewLine], month: int) -> list[Question]:
    found = []
    filed = [amounts for period, amounts in desk.history if period < month]
    for entry in lines:
        if entry.split_estimated:
            continue
        if entry.item_id is None:
            found.append(ask_process(month, entry.name))
        else:
            before = _before([amounts[entry.key] for amounts in filed if entry.key in amounts])
            found.append(ask(month, entry.key, entry.name, entry.unit, entry.amount, before))
    return [q for q in found if q is not None]


def _before(amounts: list[str]) -> list[Decimal]:
    """Amounts newest first as numbers; beyond the three whose mean is the measure only where a year of zeros may follow (FI9)."""
    newest = [Decimal(text) for text in amounts[:3]]
    return newest if any(newest) else newest + [Decimal(text) for text in amounts[3:]]


def _totals(month: int, lines: list[PreviewLine]) -> MonthTotals:
    made = total([(entry.use, entry.result) for entry in lines])
    return MonthTotals(month, made.co2_t, made.tce_equivalent, made.tce_equal_value, made.direct, made.indirect, made.process)


def _conflicts(desk: _Desk, lines: list[PreviewLine], months: list[int]) -> list[dict[str, Any]]:
    """Filed months that would be touched, with both values (FI5); equal values are no conflict of their own."""
    found = []
    for month in months:
        head = desk.heads.get(month)
        if head is None or head["state"] != "submitted":
            continue
        for entry in (e for e in lines if e.month == month):
            before = desk.live.get((month, entry.key))
            found.append(
                {
                    "month": month_code(month),
                    "item_id": entry.item_id,
                    "name": entry.name,
                    "unit": entry.unit,
                    "before": before["amount"] if before else None,
                    "after": plain(entry.amount),
                }
            )
    return found


def _fingerprint(lines: list[PreviewLine], spread: dict[int, TypedMonth], co2: Decimal) -> str:
    facts = [
        [e.month, e.key, plain(e.amount), e.result.factor["code"], e.result.factor["value"], plain(e.result.co2_t), str(e.result.tce_equivalent)]
        for e in lines
    ]  # fmt: skip
    green = [
        [m, plain(t.green.mwh), t.green.gec_numbers, [[c.number, c.produced, str(c.mwh)] for c in t.green.certificates]] for m, t in spread.items() if t.green
    ]
    return f"{hashlib.sha256(msgspec.json.encode([facts, green])).hexdigest()}.{plain(co2)}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was stored: the preview and the new version of each month."""

    preview: Preview
    versions: dict[int, int]
    restated: bool


async def submit_months(
    ctx: Acting, typed: Typed, *, fingerprint: str | None, replace_filed: bool, replies: list[Reply], reason: str | None = None, last: bool = False
) -> Submitted:
    """Store what the preview showed (FI6). ``last``: the request does nothing after it (see inventory.post).

    Raises Invalid; Conflict ``FACTOR_CHANGED``, ``MONTH_ALREADY_FILED``, ``QUESTIONS_OPEN``, ``MONTH_LOCKED``, ``STALE_VERSION``, ``CLAIM_TAKEN``.
    """
    months = _months(ctx, typed, submit=True)
    desk = await _open_desk(ctx, months, clear=True)
    made = _compute(ctx, desk, typed, months)
    restated = _refuse_locked(ctx, desk, months, reason)
    if fingerprint is not None and fingerprint != made.fingerprint:
        before = fingerprint.rpartition(".")[2]
        raise Conflict(
            "FACTOR_CHANGED", f"预览后因子或数据有变化，合计由 {before} 变为 {plain(made.co2_t)} tCO2。请看清变化后再提交。",
            before=before, after=plain(made.co2_t), fingerprint=made.fingerprint,
        )  # fmt: skip
    if made.conflicts and not replace_filed and not restated:
        first = made.conflicts[0]
        text = f"{first['month']} 已提交过，{first['name']}原为 {first['before']} {first['unit']}，本次为 {first['after']} {first['unit']}。要用本次数值替换吗？原数值会保留在历史中。"
        raise Conflict("MONTH_ALREADY_FILED", text, conflicts=made.conflicts)
    answered = {r.question_id: r.reason.strip() for r in replies if r.reason.strip()}
    still = [q for q in made.questions if q.id not in answered]
    if still:
        raise Conflict(
            "QUESTIONS_OPEN", f"还有 {len(still)} 项待确认：{still[0].message}",
            questions=[{"id": q.id, "month": month_code(q.month), "item_id": q.item_id, "code": q.code, "message": q.message} for q in still],
        )  # fmt: skip
    await _claim_green(ctx, typed, months, desk)
    spread = _spread(typed, months)
    posted = [_posted(ctx, desk, made, spread[m], m, answered, reason) for m in months]
    versions = await inventory.post(ctx, posted, region=desk.region, industry=desk.industry, by_name=desk.actor, restated=restated, last=last)
    ctx.audit(
        "filing.restated" if restated else "filing.submitted", "month", f"{typed.month_from}..{typed.month_to}",
        detail={"versions": {month_code(m): v for m, v in versions.items()}, "co2_t": plain(made.co2_t), "reason": reason},
    )  # fmt: skip
    return Submitted(made, versions, restated)


def _refuse_locked(ctx: Acting, desk: _Desk, months: list[int], reason: str | None) -> bool:
    """True: the months are locked and this is a restatement with a reason (GN12). Raises Conflict, Forbidden."""
    held = next((desk.locks[m // 100] for m in months if m // 100 in desk.locks), None)
    if held is None:
        return False
    if held == "case" or not reason or not reason.strip():
        raise inventory.locked(months[0] // 100, held)
    ctx.require("filing.restate")
    return True


async def _claim_green(ctx: Acting, typed: Typed, months: list[int], desk: _Desk) -> None:
    """Certificate numbers count once on the platform and once in the firm (NR3); numbers no longer named are given back."""
    named = [pair for n, month in enumerate(typed.months) if month.green for pair in month.green.named(f"months[{n}].green")]
    numbers = [number for number, _ in named]
    before = {str(g).upper() for m in months if m in desk.heads and desk.heads[m]["state"] == "submitted" for g in desk.heads[m]["gec"]}
    if before - set(numbers):
        await ctx.db.run("select drop_claim('gec', n) from unnest($1::text[]) n", sorted(before - set(numbers)))
    if not named:
        return
    taken = {r["n"] for r in await ctx.db.rows("select n from unnest($1::text[]) n where not take_claim('gec', n)", sorted(set(numbers)))}
    taken |= {str(n).upper() for n in await inventory.gec_in_use(ctx, numbers, months)}  # as they were typed then
    taken |= {number for number in numbers if numbers.count(number) > 1}
    if taken:
        path = next(path for number, path in reversed(named) if number in taken)
        text = "这张绿证已被登记使用，同一张绿证只能计一次，请核对编号。"
        raise Conflict("CLAIM_TAKEN", text, path=path)


def _grid_factor(ctx: Acting, desk: _Desk, lines: list[PreviewLine], month: int) -> Decimal:
    """tCO2/MWh of the filing (NR3): of its bought power, else the one in force for the firm."""
    shown = next((e.result.factor for e in lines if e.use == "purchased_electricity"), None)
    if shown is None:
        row = desk.book.carrier("electricity", Ask(desk.province, month, ctx.today)).grid
        shown = row.shown() if row else None
    return convert_per(Decimal(shown["value"]), shown["unit"], "tCO2/MWh") if shown else Decimal(0)


def _posted(ctx: Acting, desk: _Desk, made: Preview, typed: TypedMonth, month: int, answered: dict[str, str], reason: str | None) -> inventory.PostedMonth:
    lines = [e for e in made.lines if e.month == month]
    head = desk.heads.get(month)
    proofs = desk.evidence.get(month, [])
    purchased = _purchased(lines)
    factor = _grid_factor(ctx, desk, lines, month)
    green = made.green.get(month)
    own = sum((convert(e.amount, e.unit, "MWh") for e in lines if e.use == "self_generated_zero_carbon"), Decimal(0))
    own_proved = any(p["item_id"] == e.key for p in proofs for e in lines if e.use == "self_generated_zero_carbon")
    return inventory.PostedMonth(
        period=month,
        base_version=typed.base_version if typed.base_version is not None else (head["version"] if head else 0),
        template_version=desk.template_version,
        lines=[_posted_line(desk, e, proofs) for e in lines],
        items={e.key: plain(e.amount) for e in lines if e.item_id},
        purchased_mwh=line(purchased),
        green=green.stored() if green else None,
        green_claimed_mwh=green.claimed_mwh if green else ZERO,
        green_counted_mwh=green.counted_mwh if green else ZERO,
        d_green=green.d_green if green else ZERO,
        a_own=line(own * factor) if own_proved else ZERO,
        split_estimated=any(e.split_estimated for e in lines),
        answers=[
            {"month": month_code(q.month), "item_id": q.item_id, "code": q.code, "message": q.message, "answer": answered[q.id]}
            for q in made.questions
            if q.month == month
        ],
        reason=reason,
        fingerprint=made.fingerprint,
    )


def _posted_line(desk: _Desk, entry: PreviewLine, proofs: list[dict[str, Any]]) -> inventory.PostedLine:
    item = desk.items.get(entry.item_id) if entry.item_id else None
    result = entry.result
    return inventory.PostedLine(
        name=entry.name,
        carrier=entry.carrier,
        use=entry.use,
        source_group=source_group(entry.carrier),
        scope=scope(entry.use),
        unit=entry.unit,
        amount=entry.amount,
        co2_t=result.co2_t,
        tce_equivalent=result.tce_equivalent,
        tce_equal_value=result.tce_equal_value,
        factor=result.factor,
        trace=result.trace,
        item_id=entry.item_id,
        account_no=item.account_no if item else None,
        boundary_item=item.boundary_item if item else "UNASSIGNED",
        split_estimated=entry.split_estimated,
        note=entry.note,
        evidence=[p["id"] for p in proofs if entry.item_id and p["item_id"] == entry.key],
    )


async def withdraw_month(ctx: Acting, month: str, version: int, reason: str) -> int:
    """Take a month back; its numbers stay readable and return as a draft. Returns the new version."""
    try:
        period = month_int(month)
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None
    if not reason.strip():
        raise Invalid([FieldError("reason", "REQUIRED", "请写明撤回原因。")])
    if len(reason) > 500:
        raise Invalid([FieldError("reason", "LENGTH", "撤回原因最多 500 个字。")])
    desk = await _open_desk(ctx, [period])
    green = next((m["green"] for m in (await inventory.year_facts(ctx, period // 100)).months if m["period"] == period), None)
    made = await inventory.withdraw(ctx, period, version, reason.strip(), region=desk.region, industry=desk.industry, by_name=desk.actor)
    await _back_to_draft(ctx, desk, period, green_draft(green))
    numbers = [str(g).upper() for g in desk.heads[period]["gec"]]
    if numbers:
        await ctx.db.run("select drop_claim('gec', n) from unnest($1::text[]) n", numbers)
    return made


async def _back_to_draft(ctx: Acting, desk: _Desk, period: int, green: dict[str, Any] | None) -> None:
    """What was filed becomes the draft to correct; a draft that is there already stays."""
    live = [entry for (month, _), entry in desk.live.items() if month == period]
    body: dict[str, Any] = {
        "values": [{"item_id": e["item_id"], "amount": short(e["amount"])} for e in live if e["item_id"]],
        "process": [{"name": e["name"], "co2": short(e["amount"]), "note": e["note"]} for e in live if not e["item_id"]],
        "green": green,
        "reasons": {},
    }
    await ctx.db.run(
        "insert into draft (tenant_id, period, version, body, saved_by, saved_by_name, saved_at) values ($1, $2, 1, $3, $4, $5, $6)"
        " on conflict (tenant_id, period) do nothing",
        ctx.tenant, period, body, ctx.account_id, desk.actor, ctx.now,
    )  # fmt: skip
