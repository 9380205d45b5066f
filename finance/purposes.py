"""Purposes of loans 绿色金融支持项目目录 (GF2 PURPOSE): a table the operator loads with its source; without it nothing is assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import documents
from core.clock import beijing_today
from core.database import Acting
from core.errors import FieldError, Invalid

HEADINGS = ("代码", "名称", "目录名称", "来源", "起用日期", "停用日期")
MOST = 2000


@dataclass(frozen=True, slots=True)
class LoanPurpose:
    """One purpose by its code; ``live``: in force today."""

    code: str
    name: str
    catalogue: str
    source: str
    valid_from: date
    valid_to: date | None
    live: bool


@dataclass(frozen=True, slots=True)
class PurposesLoaded:
    """What reading a table gave: how many rows, and each bad cell. ``stored`` is 0 on a trial."""

    rows: int
    stored: int
    errors: list[FieldError]


async def list_purposes(ctx: Acting) -> list[LoanPurpose]:
    """All purposes in order of code; empty when the operator has loaded none. One statement."""
    rows = await ctx.db.rows(
        "select code, name, catalogue, source, valid_from, valid_to, valid_from <= $1 and coalesce(valid_to, $1) >= $1 as live"
        " from finance_purpose order by code limit 5000",
        ctx.today,
    )
    return [LoanPurpose(**row) for row in rows]


async def load_purposes(ctx: Acting, data: bytes, *, dry_run: bool) -> PurposesLoaded:
    """Read a workbook of the template's shape; a row of a known code replaces it. Raises Invalid (WORKBOOK_REFUSED, wrong headings)."""
    table = documents.read_rows(data, MOST + 1, len(HEADINGS))
    if not table or tuple(str(c or "").strip() for c in table[0][: len(HEADINGS)]) != HEADINGS:
        raise Invalid([FieldError("file", "HEADINGS", f"第一行应为：{'、'.join(HEADINGS)}。请用平台下载的模板填写。")])
    rows, errors = check_rows(table[1:])
    if errors or dry_run or not rows:
        if not rows and not errors:
            errors = [FieldError("file", "EMPTY", "表中没有数据行，请填写后再上传。")]
        return PurposesLoaded(len(rows), 0, errors)
    stored = int(await ctx.db.value("select finance_purposes_load($1, $2)", rows, ctx.now))
    ctx.audit("purposes.loaded", "finance_purpose", "catalogue", detail={"rows": stored})
    return PurposesLoaded(len(rows), stored, [])


def check_rows(table: Sequence[Sequence[object]]) -> tuple[list[dict[str, str | None]], list[FieldError]]:
    """Rows below the headings as the database takes them, and each bad cell (``B3``)."""
    rows: list[dict[str, str | None]] = []
    errors: list[FieldError] = []
    seen: set[str] = set()
    for number, line in enumerate(table, 2):
        cells = [*line, *[None] * len(HEADINGS)][: len(HEADINGS)]
        if all(c is None or str(c).strip() == "" for c in cells):
            continue
        texts = [str(c).strip() if c is not None else "" for c in cells]
        for column, most in ((0, 30), (1, 200), (2, 200), (3, 300)):
            if not 1 <= len(texts[column]) <= most:
                errors.append(FieldError(f"{'ABCDEF'[column]}{number}", "REQUIRED", f"“{HEADINGS[column]}”必填，最多 {most} 个字。"))
        if texts[0] in seen:
            errors.append(FieldError(f"A{number}", "TWICE", f"代码 {texts[0]} 在表中出现两次，请只留一行。"))
        seen.add(texts[0])
        first, last = _day(cells[4]), _day(cells[5]) if texts[5] else None
        if first is None:
            errors.append(FieldError(f"E{number}", "DATE", "起用日期应写成 2025-10-01。"))
        if texts[5] and last is None:
            errors.append(FieldError(f"F{number}", "DATE", "停用日期应写成 2030-12-31，没有就留空。"))
        if first and last and last < first:
            errors.append(FieldError(f"F{number}", "DATE", "停用日期不能早于起用日期。"))
        rows.append({
            "code": texts[0], "name": texts[1], "catalogue": texts[2], "source": texts[3],
            "valid_from": first.isoformat() if first else None, "valid_to": last.isoformat() if last else None,
        })  # fmt: skip
    return rows, errors[:200]


def _day(value: object) -> date | None:
    try:
        return documents.to_date(value)
    except documents.CellFault:
        return None


def template() -> bytes:
    """An empty workbook with the headings and one line that shows the form."""
    line = ["示例-1", "（示例行，请删除）工业节能改造", "绿色金融支持项目目录（2025年版）", "发布机关、文号、网址", beijing_today().replace(month=1, day=1), ""]
    return documents.write_table({"贷款用途": (HEADINGS, [line])}, widths=(14, 40, 34, 40, 14, 14))
