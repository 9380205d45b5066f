"""The registry of enterprises 企业库 (V6, V7): loaded from a file, matched by blind index, a representative's change taken at its word.

The number of a representative is used once, to compute its index, and is never stored. A masked number (``4401**********0013``) gives
no index: such a firm is matched by hand. After a change of the root key the registry has to be loaded again (docs/operations.md).
"""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.crypto import blind_index, blind_indexes, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id
from core.personal import half_width, mask_name, normalise_id_number, normalise_name
from tenants.codes import CodeError, check_id_number, check_uscc

LEGAL_NAME = "enterprise_registry.legal_name"
BATCH, ROWS_OVER_HTTP = 1000, 5000
#: Our column → headings that mean it.
HEADINGS = {
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
    "name": ("企业名称", "名称", "主体名称", "name"),
    "status": ("登记状态", "经营状态", "状态", "status"),
    "legal_name": ("法定代表人", "法定代表人姓名", "legal_name"),
    "id_no": ("法定代表人证件号码", "法定代表人证件号", "证件号码", "证件号", "身份证号", "id_no"),
    "id_type": ("证件类型", "法定代表人证件类型", "id_type"),
    "region": ("所属区域代码", "区划代码", "行政区划代码", "region"),
}
NEEDED = ("uscc", "name", "status", "legal_name", "id_no")
ACTIVE = frozenset({"存续", "在业", "在营", "开业", "正常", "在营（开业）企业", "存续（在营、开业、在册）", "active"})
ENDED = frozenset({"注销", "吊销", "吊销，未注销", "吊销，已注销", "撤销", "迁出", "停业", "清算", "已注销", "已吊销", "ended"})
RESIDENT = frozenset({"", "居民身份证", "身份证", "resident_id"})


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One row that passed its checks. ``id_no`` None: masked or missing in the source."""

    line: int
    uscc: str
    name: str
    active: bool
    legal_name: str
    id_no: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class LegalChange:
    """Another representative of a firm that is on the platform: who stopped being it, whose grants end within 30 days."""

    organisation_id: UUID
    former: list[UUID]
    agents: list[UUID]


@dataclass(slots=True)
class Imported:
    """What a file did (or would do); ``errors`` name rows that were left out."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    masked: int = 0
    representatives: int = 0
    errors: list[FieldError] | None = None


@dataclass(frozen=True, slots=True)
class RegistryLine:
    """One enterprise on the operator's page. ``masked``: matched by hand; ``old_key``: load the registry again before the former key goes."""

    id: UUID
    uscc: str
    name: str
    region_code: str | None
    state: str
    source: str
    legal_name_masked: str
    masked: bool
    old_key: bool
    legal_changed_at: datetime | None
    imported_at: datetime
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class RegistryLines:
    """A page."""

    items: list[RegistryLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class RegistryTaskLine:
    """Something to look at. ``text`` says what; the claimant is masked."""

    id: UUID
    kind: str
    uscc: str
    firm: str
    claimant_masked: str
    text: str
    claims: int
    state: str
    outcome: str | None
    note: str
    at: datetime
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class RegistryTaskLines:
    """A page, open ones first."""

    items: list[RegistryTaskLine]
    total: int
    page: int
    page_size: int


Tell = Callable[[Acting, LegalChange], Awaitable[None]]


def read_csv(data: bytes) -> list[list[str]]:
    """Rows of a CSV file in UTF-8 (with or without mark) or GB 18030. Raises Invalid."""
    for coding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(coding)
            return [row for row in csv.reader(io.StringIO(text, newline=""))]
        except UnicodeDecodeError:
            continue
        except csv.Error:
            break
    raise Invalid([FieldError("file", "CSV", "读不出这个 CSV 文件，请用 Excel 另存为“CSV UTF-8”或 xlsx 后再上传。")])


def check_rows(table: Sequence[Sequence[object]], today: date) -> tuple[list[RegistryRow], list[FieldError], int]:
    """Good rows, faults by row and column, and how many rows there were. Raises Invalid when the headings are not there."""
    heading = next((n for n, row in enumerate(table[:10]) if "统一社会信用代码" in {_text(c) for c in row} or "uscc" in {_text(c) for c in row}), None)
    columns = _columns(table[heading]) if heading is not None else {}
    missing = [HEADINGS[c][0] for c in NEEDED if c not in columns]
    if heading is None or missing:
        raise Invalid([FieldError("file", "HEADINGS", f"没有找到列：{'、'.join(missing)}。第一行应为列名。")])
    rows: list[RegistryRow] = []
    errors: list[FieldError] = []
    seen: dict[str, int] = {}
    count = 0
    for line, cells in enumerate(table[heading + 1 :], heading + 2):
        values = {c: _text(cells[n]) if n < len(cells) else "" for c, n in columns.items()}
        if not any(values.values()):
            continue
        count += 1
        row, faults = _row(line, values, today)
        if row is not None and row.uscc in seen:
            faults = [_fault(line, "uscc", "DOUBLE", f"与第 {seen[row.uscc]} 行是同一家企业，请只留一行。")]
        elif row is not None:
            seen[row.uscc] = line
            rows.append(row)
        errors += faults
    return rows, errors, count


def _text(cell: object) -> str:
    return "" if cell is None else half_width(str(cell))


def _columns(row: Sequence[object]) -> dict[str, int]:
    names = {_text(cell).lower(): n for n, cell in reversed(list(enumerate(row)))}
    return {column: next(names[w.lower()] for w in words if w.lower() in names) for column, words in HEADINGS.items() if any(w.lower() in names for w in words)}


def _fault(line: int, column: str, code: str, message: str) -> FieldError:
    return FieldError(f"第 {line} 行 {HEADINGS[column][0]}", code, message)


def _row(line: int, values: dict[str, str], today: date) -> tuple[RegistryRow | None, list[FieldError]]:
    faults: list[FieldError] = []
    uscc = number = ""
    try:
        uscc = check_uscc(values["uscc"])
    except CodeError as error:
        faults.append(_fault(line, "uscc", error.code, error.message))
    name = " ".join(values["name"].split())
    if not 2 <= len(name) <= 100 or not name.isprintable():
        faults.append(_fault(line, "name", "NAME", "企业名称应为 2–100 个字。"))
    legal = normalise_name(values["legal_name"])
    if not 2 <= len(legal) <= 50 or not legal.isprintable():
        faults.append(_fault(line, "legal_name", "NAME", "法定代表人姓名应为 2–50 个字。"))
    if values["status"] not in ACTIVE | ENDED:
        faults.append(_fault(line, "status", "CHOICE", "不认识的登记状态，请填“存续”或“注销”。"))
    masked = "*" in values["id_no"] or "＊" in values["id_no"] or not values["id_no"]
    if not masked:
        number, fault = _number(values["id_no"], values.get("id_type", ""), today)
        if fault is not None:
            faults.append(_fault(line, "id_no", *fault))
    if faults:
        return None, faults
    return RegistryRow(line, uscc, name, values["status"] in ACTIVE, legal, None if masked else number, values.get("region") or None), []


def _number(text: str, kind: str, today: date) -> tuple[str, tuple[str, str] | None]:
    """The number in normal form, or what is wrong with it; only the mainland document has a check character (V9)."""
    number = normalise_id_number(text)
    if kind in RESIDENT:
        try:
            return check_id_number(text, today), None
        except CodeError as error:
            return "", (error.code, error.message)
    if 5 <= len(number) <= 30 and number.isascii() and number.isalnum():
        return number, None
    return "", ("ID_FORM", "证件号应为 5–30 位字母或数字。")


async def import_registry(
    ctx: Acting, rows: Sequence[RegistryRow], *, source: str, into: Imported, dry_run: bool = False, tell: Tell | None = None
) -> None:
    """Bring the registry to what the rows say; the same file again changes nothing. Counts go to ``into``.

    An operator's act (or the command line's). ``tell`` is called for every firm whose representative changed (V7).
    """
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        held = {r["uscc"]: r for r in await ctx.db.rows("select * from registry_of($1)", [r.uscc for r in part])}
        records: list[dict[str, Any]] = []
        changes: list[RegistryRow] = []
        for row in part:
            outcome, record = _compare(row, held.get(row.uscc), source)
            into.added += outcome == "added"
            into.changed += outcome in ("changed", "representative")
            into.unchanged += outcome == "same"
            into.masked += row.id_no is None
            if outcome == "representative":
                into.representatives += 1
                changes.append(row)
            if record is not None:
                records.append(record)
        if dry_run:
            continue
        if records:
            await ctx.db.run("select registry_put($1, $2)", records, ctx.now)
        for row in changes:
            await _legal_changed(ctx, row, tell)
    into.rows += len(rows)
    if not dry_run and (into.added or into.changed):
        ctx.audit("registry.imported", "registry", source, detail={"added": into.added, "changed": into.changed, "representatives": into.representatives})


def _compare(row: RegistryRow, held: dict[str, Any] | None, source: str) -> tuple[str, dict[str, Any] | None]:
    """``added`` | ``same`` | ``changed`` | ``representative`` and the record to write, None when nothing is to be written."""
    row_id = held["id"] if held else new_id()
    index = blind_index("id_number", row.id_no) if row.id_no else None
    outcome, fresh_key, stale = "added", key_id(), False
    if held is not None:
        same_name = unseal(LEGAL_NAME, row_id, held["legal_name_sealed"]) == row.legal_name
        if row.id_no is None and same_name:
            index, fresh_key = held["legal_idx"], held["key_id"]  # a masked number says nothing against the one we know
        known = held["legal_idx"] is not None
        same_person = held["legal_idx"] in blind_indexes("id_number", row.id_no) if row.id_no and known else same_name
        facts = (row.name, "active" if row.active else "ended", row.region or held["region_code"])
        same_facts = facts == (held["name"], held["status"], held["region_code"]) and same_name and (held["legal_idx"] is None) == (index is None)
        outcome = "representative" if not same_person else "same" if same_facts else "changed"
        stale = index != held["legal_idx"]
    if outcome == "same" and not stale:
        return outcome, None
    return outcome, {
        "id": row_id,
        "uscc": row.uscc,
        "name": row.name,
        "region": row.region,
        "status": "active" if row.active else "ended",
        "source": source[:100],
        "legal_name_sealed": seal(LEGAL_NAME, row_id, row.legal_name).hex(),
        "legal_name_masked": mask_name(row.legal_name),
        "legal_idx": index.hex() if index else None,
        "key_id": fresh_key.hex(),
        "changed": outcome == "representative",
    }


async def _legal_changed(ctx: Acting, row: RegistryRow, tell: Tell | None) -> None:
    """V7: who represented the firm stops at once; one without a proved document goes when his name is another than the new one's."""
    indexes = blind_indexes("id_number", row.id_no) if row.id_no else []
    members = await ctx.db.rows("select * from registry_legal_members($1, $2)", row.uscc, indexes)
    if not members:
        return
    former = [m["person_id"] for m in members if m["person_id"] and not m["is_new"] and (m["proved"] and indexes or not _named(m, row.legal_name))]
    firm = members[0]["organisation_id"]
    agents = await ctx.db.rows("select agent from registry_legal_changed($1, $2, $3)", firm, former, ctx.now)
    ctx.audit("registry.legal_changed", "organisation", firm, detail={"former": len(former), "agents": len(agents)})
    if tell is not None:
        await tell(ctx, LegalChange(firm, former, [a["agent"] for a in agents if a["agent"]]))


def _named(member: dict[str, Any], name: str) -> bool:
    sealed = member["name_sealed"]
    return sealed is not None and normalise_name(unseal("person.name", member["person_id"], sealed)) == name


async def list_registry(ctx: Acting, *, q: str = "", state: str = "", page: int = 1, page_size: int = 20) -> RegistryLines:
    """Enterprises by name or code. ``state``: active, ended, masked, changed."""
    args = (q.strip(), state, key_id(), page_size, (page - 1) * page_size, ctx.now)
    rows = await ctx.db.rows("select * from registry_list($1, $2, $3, $4, $5, $6)", *args)
    total = int(rows[0]["total"]) if rows else 0
    return RegistryLines([RegistryLine(**{k: v for k, v in r.items() if k != "total"}) for r in rows], total, page, page_size)


TEXTS = {
    "mismatch": "{claimant}核验通过，但姓名或证件号与企业库登记的不一致（{n} 次）。请核对登记资料或联系企业。",
    "masked": "{claimant}姓名一致，企业库里的证件号是脱敏的，无法自动匹配（{n} 次）。请人工核对是否为法定代表人本人。",
    "other_legal": "{claimant}凭企业库登记进入时，该企业已有别的法定代表人账号。请核实原账号。",
}


async def list_registry_tasks(ctx: Acting, *, state: str = "open", page: int = 1, page_size: int = 100) -> RegistryTaskLines:
    """What waits for a person, the oldest first. ``state``: open, closed or empty for all."""
    rows = await ctx.db.rows("select * from registry_tasks($1, $2, $3)", state, page_size, (page - 1) * page_size)
    items = [
        RegistryTaskLine(
            r["id"], r["kind"], r["uscc"], r["firm"], r["claimant_masked"],
            TEXTS[r["kind"]].format(claimant=r["claimant_masked"], n=r["claims"]),
            r["claims"], r["state"], r["outcome"], r["note"], r["opened_at"], r["decided_at"], r["version"],
        )
        for r in rows
    ]  # fmt: skip
    return RegistryTaskLines(items, int(rows[0]["total"]) if rows else 0, page, page_size)


async def close_registry_task(ctx: Acting, task_id: UUID, *, outcome: str, note: str, version: int | None) -> None:
    """``confirmed``: the claimant is the representative (a masked number is known from now on). ``dismissed``: nothing changes.

    Raises NotFound, Invalid, Conflict ``STALE_VERSION``.
    """
    if outcome not in ("confirmed", "dismissed"):
        raise Invalid([FieldError("outcome", "CHOICE", "结果应为 confirmed（确认本人）或 dismissed（不处理）。")])
    held = next((t for t in (await list_registry_tasks(ctx, state="open", page_size=10_000)).items if t.id == task_id), None)
    if held is None:
        raise NotFound("没有这项待核实任务，可能已被处理，请刷新。")
    done = await ctx.db.value("select registry_task_close($1, $2, $3, $4, $5)", task_id, outcome, note.strip()[:500], version or held.version, ctx.now)
    if done != "ok":
        raise Conflict("STALE_VERSION", "这项任务刚被他人处理，请刷新。", current_version=held.version)
    ctx.audit(f"registry_task.{outcome}", "registry_task", task_id, detail={"uscc": held.uscc, "kind": held.kind, "note": note.strip()[:200]})


__all__ = [
    "ROWS_OVER_HTTP",
    "Imported",
    "LegalChange",
    "RegistryLine",
    "RegistryLines",
    "RegistryRow",
    "RegistryTaskLine",
    "RegistryTaskLines",
    "Tell",
    "check_rows",
    "close_registry_task",
    "import_registry",
    "list_registry",
    "list_registry_tasks",
    "read_csv",
]
