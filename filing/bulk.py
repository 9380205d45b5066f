"""One workbook for many firms (S9): out with a row for each firm and item, in as a dry run table, then one transaction for each firm.

Nothing here acts for two firms at once. ``open_firm`` opens a transaction of the sender for one firm, with the rights he has there at
that moment (membership or agency); a firm that does not open is refused and the others proceed. What is confirmed is a line of its own
with a job in that firm's outbox: a killed process leaves no half firm, and what is left runs when a worker is back. A firm whose month
holds the same amounts already is unchanged, so the same file twice changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.styles import Protection
from openpyxl.worksheet.worksheet import Worksheet

import inventory
import tenants
from carbon import USE_NAMES, PeriodError, month_code, month_int, plain, same_dimension, shift
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from core.ids import new_id
from core.jobs import enqueue
from documents import (
    CellFault,
    Column,
    cell_error,
    clean_text,
    new_sheet,
    number_only,
    offer,
    protect,
    put,
    read_upload,
    save_workbook,
    to_decimal,
)
from filing.duties import amounts_of
from filing.months import Reply, Submitted, Typed, TypedLine, TypedMonth, TypedProcess, preview_months, submit_months
from filing.sheets import UNIT_WORDS, SheetRead, take
from filing.templates import Item, current_template

CODE, LAYOUT = "FILING_BULK", "1"
MAIN, META = "批量填报", "_meta"
KEYS = ("firm", "item_id", "name", "uscc", "label", "use", "last", "unit", "amount", "reason", "replace")
HEADINGS = ("企业编号", "编号", "企业", "统一社会信用代码", "能源", "用途", "上月用量", "单位", "本月用量", "数值异常时的说明", "已提交过的月份是否替换")
WIDTHS = (4, 4, 32, 22, 28, 14, 16, 12, 18, 30, 14)
AMOUNT, REASON, REPLACE = 9, 10, 11
FIRST_ROW, MAX_FIRMS, MAX_ROWS, MAX_ERRORS = 5, 200, 10_000, 50
SUBMIT = "filing.submit"
YES, NO = "替换", "不替换"
OUTSIDE = "这家企业不在您的代理范围内，或委托已经结束，没有办理。请核对后联系该企业。"

OpenFirm = Callable[[UUID | None], AbstractAsyncContextManager[Acting]]


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One firm of a workbook. ``state``: ok | unchanged | refused | error, and waiting while it is being done; tCO2 of the month."""

    organisation_id: UUID | None
    organisation: str
    uscc: str
    month: str
    state: str
    co2_t: Decimal | None
    errors: list[FieldError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bulk:
    """A dry run (``id`` None) or a workbook on its way."""

    id: UUID | None
    month: str
    rows: list[BulkRow]
    created_at: datetime | None = None

    @property
    def done(self) -> int:
        """Firms that are finished."""
        return sum(1 for row in self.rows if row.state != "waiting")


@dataclass(slots=True)
class _Firm:
    """The rows of one firm as they stand in the sheet."""

    key: str
    name: str
    uscc: str
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What is to be filed for one firm, with the row of each item for the faults."""

    typed: Typed
    replies: list[Reply]
    replace: bool
    cells: dict[UUID, int]

    def payload(self) -> dict[str, Any]:
        """For the firm's job: numbers and ids."""
        month = self.typed.months[0]
        return {
            "lines": [[str(entry.item_id), plain(entry.amount), self.cells.get(entry.item_id, 0)] for entry in month.lines],
            "process": [[p.name, plain(p.co2), p.note] for p in month.process],
            "replies": [[r.question_id, r.reason] for r in self.replies],
            "replace": self.replace,
        }


def _period(month: str) -> int:
    try:
        return month_int(month)
    except PeriodError as error:
        raise Invalid([FieldError("month", "PERIOD", str(error))]) from None


# --- out -------------------------------------------------------------------------------------------------------------


async def bulk_workbook(open_firm: OpenFirm, month: str, firms: Sequence[UUID]) -> bytes:
    """The workbook of a month for chosen firms, with what their months or drafts hold. Raises Invalid naming a firm that is none of the sender's."""
    period = _period(month)
    chosen = list(dict.fromkeys(firms))
    if not 1 <= len(chosen) <= MAX_FIRMS:
        raise Invalid([FieldError("organisation_ids", "RANGE", f"请选择 1–{MAX_FIRMS} 家企业。")])
    blocks: list[tuple[UUID, str, str, list[Item], dict[str, Decimal], dict[str, str]]] = []
    bare: list[str] = []
    for number, firm in enumerate(chosen):
        try:
            async with open_firm(firm) as ctx:
                ctx.require(SUBMIT)
                _refuse_future(ctx, period)
                facts = await tenants.profile_facts(ctx)
                items = (await current_template(ctx)).of(period)
                if not items:
                    bare.append(facts.name)
                    continue
                now, last = await _holds(ctx, period), await _filed(ctx, shift(period, -1))
                blocks.append((firm, facts.name, tenants.mask_uscc(facts.uscc) if facts.uscc else "", items, now, last))
        except (Forbidden, NotFound) as problem:
            raise Invalid([FieldError(f"organisation_ids[{number}]", "NOT_YOURS", _why(problem))]) from None
    if not blocks:
        raise Invalid([FieldError("organisation_ids", "NO_TEMPLATE", f"所选企业在 {month} 都还没有填报模板，请先逐家设置企业用到的能源。")])
    return await asyncio.to_thread(_write, period, blocks, bare)


def _why(problem: Problem) -> str:
    return "您对这家企业的代理范围不含填报，请联系该企业。" if problem.code == "FORBIDDEN" else OUTSIDE


def _refuse_future(ctx: Acting, period: int) -> None:
    if period >= ctx.today.year * 100 + ctx.today.month:
        raise Invalid([FieldError("month", "MONTH_NOT_ENDED", f"{month_code(period)} 还没有结束，批量填报只办理已经结束的月份。")])


async def _filed(ctx: Acting, period: int) -> dict[str, str]:
    context = await inventory.filed_context(ctx, [period])
    return {key: entry["amount"] for (_, key), entry in context.live.items()}


async def _holds(ctx: Acting, period: int) -> dict[str, Decimal]:
    """Amounts by item id that the month holds now: filed ones, over them the draft's."""
    filed = {key: Decimal(amount) for key, amount in (await _filed(ctx, period)).items()}
    return filed | amounts_of(await ctx.db.value("select body from draft where tenant_id = $1 and period = $2", ctx.tenant, period))


def _write(period: int, blocks: Sequence[Any], bare: Sequence[str]) -> bytes:
    book = Workbook()
    notes = (
        f"批量填报 {period // 100} 年 {period % 100} 月",
        "只填白色单元格：用量、单位，数值异常时写说明。没有使用请填 0；一家企业全部留空表示不办理。填好后在代理工作台“批量填报”上传。"
        + (f"以下企业还没有填报模板，不在表中：{'、'.join(bare[:10])}。" if bare else ""),
    )
    columns = [Column(h, w, editable=n in (8, AMOUNT, REASON, REPLACE)) for n, (h, w) in enumerate(zip(HEADINGS, WIDTHS, strict=True), 1)]
    sheet = new_sheet(book, MAIN, columns, heading_row=4, notes=notes, first=True)
    for number, key in enumerate(KEYS, 1):
        put(sheet.cell(3, number), key)
    sheet.row_dimensions[3].hidden = True
    for letter in "AB":
        sheet.column_dimensions[letter].hidden = True
    units: dict[tuple[str, ...], list[int]] = {}
    row = FIRST_ROW
    prints: list[tuple[str, str]] = []
    for firm, name, uscc, items, now, last in blocks:
        prints.append((str(firm), _fingerprint(items)))
        for item in items:
            _item_row(sheet, row, firm, name, uscc, item, now.get(str(item.id)), last.get(str(item.id)))
            units.setdefault(tuple(UNIT_WORDS.get(u, u) for u in same_dimension(item.unit)), []).append(row)
            row += 1
    for words, rows in units.items():
        _offer(book, sheet, "H", rows, words)
    _offer(book, sheet, "K", list(range(FIRST_ROW, row)), (NO, YES))
    number_only(sheet, f"I{FIRST_ROW}:I{row - 1}")
    meta = book.create_sheet(META)
    for number, pair in enumerate([("code", CODE), ("layout", LAYOUT), ("month", month_code(period)), *prints], 1):
        for column, value in enumerate(pair, 1):
            put(meta.cell(number, column), value)
    meta.sheet_state = "veryHidden"
    protect(book)
    return save_workbook(book)


def _item_row(sheet: Worksheet, row: int, firm: UUID, name: str, uscc: str, item: Item, amount: Decimal | None, last: str | None) -> None:
    values = (
        str(firm), str(item.id), name, uscc, item.label, USE_NAMES[item.use], Decimal(last) if last else None, UNIT_WORDS.get(item.unit, item.unit), amount,
    )  # fmt: skip
    for column, value in enumerate(values, 1):
        put(sheet.cell(row, column), value)
    for column in (8, AMOUNT, REASON, REPLACE):
        sheet.cell(row, column).protection = Protection(locked=False)
    sheet.cell(row, AMOUNT).number_format = item.number_format


def _offer(book: Workbook, sheet: Worksheet, letter: str, rows: list[int], words: Sequence[str]) -> None:
    """One drop-down for many rows: runs of rows share a range."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    offer(book, sheet, f"{letter}{runs[0][0]}:{letter}{runs[0][1]}", list(words))
    for first, last in runs[1:]:
        sheet.data_validations.dataValidation[-1].add(f"{letter}{first}:{letter}{last}")


def _fingerprint(items: Sequence[Item]) -> str:
    return hashlib.sha256("|".join(f"{i.id}:{i.unit}" for i in items).encode()).hexdigest()[:16]


# --- in --------------------------------------------------------------------------------------------------------------


async def try_bulk(open_firm: OpenFirm, data: bytes) -> Bulk:
    """Dry run: each firm is filed as it would be and rolled back. Raises Invalid on a file that is none of ours."""
    month, firms, prints = await _read(data)
    rows = [await _one(open_firm, month, firm, prints, None) for firm in firms]
    return Bulk(None, month, rows)


async def confirm_bulk(open_firm: OpenFirm, data: bytes) -> Bulk:
    """File what the workbook says: a job for each firm, refused ones noted. Firms with faults stay as they are.

    Raises Invalid on a file that is none of ours.
    """
    month, firms, prints = await _read(data)
    bulk_id = new_id()
    async with open_firm(None) as ctx:
        await ctx.db.run("select bulk_filing_open($1, $2, '[]', $3)", bulk_id, _period(month), ctx.now)
        ctx.audit("filing.bulk_sent", "bulk_filing", bulk_id, detail={"month": month, "firms": len(firms)})
    rows = [await _one(open_firm, month, firm, prints, bulk_id) for firm in firms]
    refused = [_stored(row) for row in rows if row.organisation_id is None]
    async with open_firm(None) as ctx:
        if refused:
            await ctx.db.run("select bulk_filing_refused($1, $2)", bulk_id, refused)
    return Bulk(bulk_id, month, rows)


def _stored(row: BulkRow) -> dict[str, Any]:
    return {"organisation": row.organisation, "uscc": row.uscc, "state": row.state, "errors": [_fault(e) for e in row.errors]}


def _fault(error: FieldError) -> dict[str, str]:
    return {"path": error.path, "code": error.code, "message": error.message}


async def read_bulk(ctx: Acting, bulk_id: UUID) -> Bulk:
    """How far a workbook of the signed-in person is. Raises NotFound."""
    head = await ctx.db.row("select * from bulk_filing_head($1)", bulk_id)
    if head is None:
        raise NotFound()
    month = month_code(head["period"])
    lines = await ctx.db.rows(
        "select tenant_id, firm_name, uscc_masked, state, co2_t, errors from bulk_filing_line where bulk_id = $1 and person_id = $2"
        " order by id",
        bulk_id,
        ctx.person_id,
    )
    rows = [
        BulkRow(r["tenant_id"], r["firm_name"], r["uscc_masked"], month, r["state"], r["co2_t"], [FieldError(**e) for e in r["errors"]])
        for r in lines
    ]
    rows += [
        BulkRow(None, r["organisation"], r["uscc"], month, r["state"], None, [FieldError(**e) for e in r["errors"]]) for r in head["refused"]
    ]
    return Bulk(bulk_id, month, rows, head["created_at"])


async def _read(data: bytes) -> tuple[str, list[_Firm], dict[str, str]]:
    """The workbook's month, its firms in order, and the template each was made from. Raises Invalid."""
    sheets = await read_upload(data, {MAIN: (MAX_ROWS + FIRST_ROW, 14), META: (MAX_FIRMS + 10, 2)})
    meta = {clean_text(r[0]): clean_text(r[1]) for r in sheets.get(META, []) if len(r) > 1}
    if MAIN not in sheets or meta.get("code") != CODE or meta.get("layout") != LAYOUT:
        raise Invalid([FieldError("file", "WRONG_SHEET", "这不是平台下载的批量填报表，请在代理工作台下载后填写，再上传。")])
    month = meta.get("month", "")
    _period(month)
    rows = sheets[MAIN]
    keys = [clean_text(v) for v in rows[2]] if len(rows) > 2 else []
    if len(rows) > MAX_ROWS:
        raise Invalid([FieldError("file", "RANGE", f"一张表最多 {MAX_ROWS} 行，请分开办理。")])
    if any(k not in keys for k in KEYS):
        raise Invalid([FieldError("file", "WRONG_SHEET", "批量填报表缺少列，请重新下载后再填。")])
    column = {k: keys.index(k) for k in KEYS}
    firms: dict[str, _Firm] = {}
    for number, cells in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        value = {k: cells[c] if c < len(cells) else None for k, c in column.items()}
        value["columns"] = column
        key = clean_text(value["firm"])
        if not key and all(value[k] in (None, "") for k in ("item_id", "amount", "name")):
            continue
        firm = firms.setdefault(key, _Firm(key, clean_text(value["name"])[:60], clean_text(value["uscc"])[:18]))
        firm.rows.append((number, value))
    if not firms:
        raise Invalid([FieldError("file", "EMPTY", "表里没有企业的行，请重新下载批量填报表后再填。")])
    if len(firms) > MAX_FIRMS:
        raise Invalid([FieldError("file", "RANGE", f"一张表最多 {MAX_FIRMS} 家企业，请分开办理。")])
    return month, list(firms.values()), meta


class _Rehearsed(Exception):
    """Leaves a firm's transaction so that nothing of the rehearsal stays."""

    def __init__(self, row: BulkRow) -> None:
        super().__init__(row.state)
        self.row = row


async def _one(open_firm: OpenFirm, month: str, firm: _Firm, prints: dict[str, str], bulk_id: UUID | None) -> BulkRow:
    """One firm: rehearsed (``bulk_id`` None), or its line and job written."""
    try:
        key = UUID(firm.key)
    except ValueError:
        return _refused(firm, month, "企业编号被改动过，没有办理。请重新下载批量填报表。")
    try:
        async with open_firm(key) as ctx:
            ctx.require(SUBMIT)
            _refuse_future(ctx, _period(month))
            facts = await tenants.profile_facts(ctx)
            head = (key, facts.name, tenants.mask_uscc(facts.uscc) if facts.uscc else "", month)
            plan = await _plan(ctx, month, firm, prints.get(firm.key))
            if isinstance(plan, list):
                row = BulkRow(*head, "unchanged" if not plan or plan[0].code == "BLANK" else "error", None, plan[:MAX_ERRORS])
                if bulk_id is not None:
                    await _line(ctx, bulk_id, row)
                return row
            if bulk_id is None:
                raise _Rehearsed(await _file(ctx, BulkRow(*head, "ok", None), plan))
            row = BulkRow(*head, "waiting", None)
            line = await _line(ctx, bulk_id, row)
            await enqueue(ctx, "filing.bulk", line, payload=plan.payload())
            return row
    except _Rehearsed as rehearsed:
        return rehearsed.row
    except (Forbidden, NotFound) as problem:
        return _refused(firm, month, _why(problem))
    except Unauthenticated:
        raise
    except Problem as problem:
        faults = problem.errors or [FieldError(f"A{firm.rows[0][0]}", problem.code, problem.detail)]
        return BulkRow(None, firm.name, firm.uscc, month, "error", None, faults)


def _refused(firm: _Firm, month: str, text: str) -> BulkRow:
    """Nothing of a firm that did not open is told: its words are those of the sender's own file."""
    at = f"A{firm.rows[0][0]}"
    return BulkRow(None, firm.name, firm.uscc, month, "refused", None, [FieldError(at, "NOT_YOURS", text)])


async def _line(ctx: Acting, bulk_id: UUID, row: BulkRow) -> UUID:
    line = new_id()
    await ctx.db.run(
        "insert into bulk_filing_line (tenant_id, id, bulk_id, person_id, account_id, firm_name, uscc_masked, period, state, errors, created_at,"
        " finished_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        ctx.tenant, line, bulk_id, ctx.person_id, ctx.account_id, row.organisation, row.uscc, _period(row.month), row.state,
        [_fault(e) for e in row.errors], ctx.now, None if row.state == "waiting" else ctx.now,
    )  # fmt: skip
    return line


async def _plan(ctx: Acting, month: str, firm: _Firm, fingerprint: str | None) -> _Plan | list[FieldError]:
    """What the firm's rows say, or their faults by cell (``BLANK``: nothing was typed)."""
    period = _period(month)
    items = (await current_template(ctx)).of(period)
    first = firm.rows[0][0]
    if all(value["amount"] in (None, "") for _, value in firm.rows):
        return [FieldError(f"I{first}", "BLANK", "这家企业没有填写，本次不办理。")]
    if not items or fingerprint != _fingerprint(items):
        return [FieldError(f"C{first}", "OLD_TEMPLATE", "这家企业的填报模板已更新，请重新下载批量填报表后再填。")]
    known, read, cells = {str(i.id): i for i in items}, SheetRead(), {}
    reasons: dict[str, str] = {}
    replace = False
    for number, value in firm.rows:
        columns = value["columns"]
        at = columns["amount"] + 1
        item = known.get(clean_text(value["item_id"]))
        if item is None or item.id in cells:
            read.faults.append(cell_error(number, columns["label"] + 1, "能源", "不是模板里的行，或与前面的行重复，请重新下载批量填报表"))
            continue
        cells[item.id] = number
        replace = replace or clean_text(value["replace"]) == YES
        reason = clean_text(value["reason"])
        if len(reason) > 200:
            read.faults.append(cell_error(number, columns["reason"] + 1, "说明", f"最多 200 个字，现有 {len(reason)} 个"))
        reasons[str(item.id)] = reason
        try:
            amount = to_decimal(value["amount"])
        except CellFault as fault:
            read.faults.append(cell_error(number, at, "本月用量", str(fault)))
            continue
        if amount is None:
            read.faults.append(cell_error(number, at, "本月用量", "空着不能提交，没有使用请填 0", "REQUIRED"))
        else:
            take(read, item, amount, clean_text(value["unit"]), number, at, columns["unit"] + 1)
    absent = [i for i in items if i.id not in cells]
    if absent:
        read.faults.append(FieldError(f"C{first}", "REQUIRED", f"缺少“{absent[0].label}”的行，请重新下载批量填报表。"))
    if read.faults:
        return read.faults
    process = await _process(ctx, period)
    typed = Typed(month, month, "each", [TypedMonth(month, [TypedLine(i.id, _typed(read.amounts[i.id])) for i in items], process)])
    replies = [Reply(q.id, reasons[q.item_id]) for q in (await preview_months(ctx, typed)).questions if q.item_id and reasons.get(q.item_id)]
    return _Plan(typed, replies, replace, cells)


def _typed(amount: Decimal) -> Decimal:
    """As people type it: no zeros behind the last digit."""
    return Decimal(format(amount.normalize(), "f"))


async def _process(ctx: Acting, period: int) -> list[TypedProcess]:
    """Process lines are not in the workbook: those of the draft stay, else those filed."""
    body = await ctx.db.value("select body from draft where tenant_id = $1 and period = $2", ctx.tenant, period)
    raw = body.get("process") if isinstance(body, dict) else None
    if isinstance(raw, list) and raw:
        return [TypedProcess(str(p.get("name") or ""), Decimal(str(p.get("co2") or 0)), str(p.get("note") or "")) for p in raw if isinstance(p, dict)]
    live = (await inventory.filed_context(ctx, [period])).live
    return [TypedProcess(e["name"], Decimal(e["amount"]), e["note"]) for e in live.values() if not e["item_id"]]


async def _file(ctx: Acting, row: BulkRow, plan: _Plan) -> BulkRow:
    """File one firm in the open transaction; a refusal becomes its state and faults by cell (the caller rolls back)."""
    head = (row.organisation_id, row.organisation, row.uscc, row.month)
    period = _period(row.month)
    held = await inventory.filed_context(ctx, [period])
    month = plan.typed.months[0]
    if _same(held, period, month):
        return BulkRow(*head, "unchanged", None)
    filed = period in held.heads and held.heads[period]["state"] == "submitted"
    if filed and held.heads[period]["gec"]:
        text = f"{row.month} 登记了绿证，请到这家企业的填报页修改，以免绿证登记丢失。"
        return BulkRow(*head, "error", None, [FieldError(_cell(plan, month.lines[0].item_id), "GREEN_POWER", text)])
    try:
        made: Submitted = await submit_months(ctx, plan.typed, fingerprint=None, replace_filed=plan.replace, replies=plan.replies)
    except Conflict as problem:
        return BulkRow(*head, "error", None, _conflict(plan, problem))
    except Invalid as problem:
        return BulkRow(*head, "error", None, [_placed(plan, month, e) for e in problem.errors] or [FieldError("", problem.code, problem.detail)])
    return BulkRow(*head, "ok", made.preview.co2_t)


def _same(held: inventory.FiledContext, period: int, month: TypedMonth) -> bool:
    if period not in held.heads or held.heads[period]["state"] != "submitted":
        return False
    live = {key: Decimal(entry["amount"]) for (at, key), entry in held.live.items() if at == period}
    return live == {str(e.item_id): e.amount for e in month.lines} | {p.name.strip(): p.co2 for p in month.process}


def _conflict(plan: _Plan, problem: Conflict) -> list[FieldError]:
    """Open questions at the reason, a month filed before at the choice to replace it; others at the firm."""
    if problem.code == "QUESTIONS_OPEN":
        return [
            FieldError(_cell(plan, q["item_id"], "J"), q["code"], f"{q['message']}数值无误的，请在“说明”栏写明原因。") for q in problem.extra["questions"]
        ]
    if problem.code == "MONTH_ALREADY_FILED":
        found = [c for c in problem.extra["conflicts"] if c["before"] is None or Decimal(c["before"]) != Decimal(c["after"])]
        return [
            FieldError(
                _cell(plan, c["item_id"], "K"), "MONTH_ALREADY_FILED",
                f"{c['month']} 已提交过，{c['name']}原为 {c['before'] or '空'} {c['unit']}，本次为 {c['after']} {c['unit']}。要替换请在“是否替换”栏选“{YES}”。",
            )
            for c in found
        ]  # fmt: skip
    return [FieldError(_cell(plan, None), problem.code, problem.detail)]


def _placed(plan: _Plan, month: TypedMonth, error: FieldError) -> FieldError:
    """A fault of the filing at its cell."""
    for number, entry in enumerate(month.lines):
        if error.path.startswith(f"months[0].lines[{number}]"):
            return FieldError(_cell(plan, entry.item_id), error.code, error.message)
    return FieldError(_cell(plan, None), error.code, error.message)


def _cell(plan: _Plan, item: Any, letter: str = "I") -> str:
    row = plan.cells.get(UUID(str(item))) if item else None
    return f"{letter}{row}" if row else f"C{min(plan.cells.values(), default=FIRST_ROW)}"


# --- the job ---------------------------------------------------------------------------------------------------------


async def file_line(ctx: Acting, line_id: UUID, payload: dict[str, Any]) -> None:
    """File one firm of a workbook as the person who sent it, when he still may; in one transaction with the line's result."""
    line = await ctx.db.row("select * from bulk_filing_line where tenant_id = $1 and id = $2 for update", ctx.tenant, line_id)
    if line is None or line["state"] != "waiting":
        return
    row = BulkRow(ctx.tenant, line["firm_name"], line["uscc_masked"], month_code(line["period"]), "ok", None)
    # the same workbook sent twice meets itself here: the second waits, then finds the month as it wants it
    await ctx.db.run("select pg_advisory_xact_lock(hashtextextended($1, 12))", f"bulk:{ctx.tenant}:{line['period']}")
    if not await tenants.act_as(ctx, line["person_id"], line["account_id"], SUBMIT):
        await _finish(ctx, line_id, BulkRow(ctx.tenant, row.organisation, row.uscc, row.month, "refused", None, [FieldError("", "NOT_YOURS", OUTSIDE)]))
        return
    lines = [TypedLine(UUID(item), Decimal(amount)) for item, amount, _ in payload["lines"]]
    process = [TypedProcess(name, Decimal(co2), note) for name, co2, note in payload["process"]]
    typed = Typed(row.month, row.month, "each", [TypedMonth(row.month, lines, process)])
    cells = {UUID(item): int(at) for item, _, at in payload["lines"] if at}
    plan = _Plan(typed, [Reply(q, reason) for q, reason in payload["replies"]], bool(payload["replace"]), cells)
    said, hooks = len(ctx.audit_rows), len(ctx.afterwards)
    await ctx.db.run("savepoint firm")
    result = await _file(ctx, row, plan)
    if result.state == "error":
        await ctx.db.run("rollback to savepoint firm")
        del ctx.audit_rows[said:], ctx.afterwards[hooks:]
    await _finish(ctx, line_id, result)


async def fail_line(ctx: Acting, line_id: UUID) -> None:
    """The last try broke: say so instead of leaving the line waiting."""
    text = "系统处理出错，已记录，这家企业的数据没有变化。请稍后重新上传，或拨打服务热线。"
    line = await ctx.db.row("select firm_name, uscc_masked, period from bulk_filing_line where tenant_id = $1 and id = $2", ctx.tenant, line_id)
    if line is not None:
        failed = BulkRow(ctx.tenant, line["firm_name"], line["uscc_masked"], month_code(line["period"]), "error", None, [FieldError("", "INTERNAL", text)])
        await _finish(ctx, line_id, failed)


async def _finish(ctx: Acting, line_id: UUID, row: BulkRow) -> None:
    await ctx.db.run(
        "update bulk_filing_line set state = $3, co2_t = $4, errors = $5, finished_at = $6 where tenant_id = $1 and id = $2 and state = 'waiting'",
        ctx.tenant, line_id, row.state, row.co2_t, [_fault(e) for e in row.errors[:MAX_ERRORS]], ctx.now,
    )  # fmt: skip
    if row.state != "ok":
        ctx.audit("filing.bulk_line", "bulk_filing_line", line_id, "denied" if row.state == "refused" else "ok", {"state": row.state})
