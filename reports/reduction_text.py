"""What an enterprise writes itself in its reduction report: parts of text and targets, kept while incomplete (S27, FD14)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

import inventory
import tenants
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid

LONGEST = 4000
MOST_TARGETS = 30
SECTIONS = (
    ("company", "企业基本信息"), ("emission", "碳排放信息"), ("production", "生产信息"), ("reduction", "碳减排信息"), ("targets", "碳减排目标"),
    ("plans", "碳减排计划或方案"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part to write: its key, the section it stands in, a title, what to say, whether the report is incomplete without it."""

    key: str
    section: str
    title: str
    hint: str
    required: bool


PARTS = (
    Part("company", "company", "企业概况补充", "组织机构、节能降碳管理制度和人员等，平台资料里没有的内容。", False),
    Part("emission", "emission", "排放情况说明", "主要排放源、与上年相比的变化和原因。", False),
    Part("products", "production", "主要产品和产量", "产品名称、设计能力、本年度产量。", True),
    Part("materials", "production", "主要原辅材料", "名称、用途、本年度用量。", True),
    Part("reduction", "reduction", "减碳工作总结", "本年度做了什么，效果怎样核对。", False),
    Part("targets", "targets", "目标说明", "目标的依据，与上级下达指标或行业水平的关系。", False),
    Part("plans", "plans", "实施保障", "负责部门、资金来源、进度安排。", False),
)
KEYS = tuple(p.key for p in PARTS)


class Target(msgspec.Struct, frozen=True):
    """A target as typed: from ``base`` in ``base_year`` to ``target`` in ``due_year``."""

    indicator: str
    unit: str
    base_year: int
    base: Decimal
    target: Decimal
    due_year: int


@dataclass(frozen=True, slots=True)
class ReportText:
    """Typed parts by key and targets; version 0: nothing saved."""

    version: int
    typed: dict[str, str]
    targets: list[Target]
    saved_by_name: str
    saved_at: datetime | None


async def report_text(ctx: Acting, year: int) -> ReportText:
    """What is written for a year."""
    row = await ctx.db.row("select * from reduction_text where tenant_id = $1 and year = $2", ctx.tenant, year)
    if row is None:
        return ReportText(0, {}, [], "", None)
    return ReportText(row["version"], dict(row["typed"]), msgspec.convert(row["targets"], list[Target]), row["saved_by_name"], row["saved_at"])


async def save_report_text(ctx: Acting, year: int, *, version: int, typed: dict[str, str], targets: list[Target]) -> ReportText:
    """Keep parts and targets at the version seen; parts left out are emptied. Raises Invalid naming each field, Conflict ``STALE_VERSION``,
    ``MONTH_LOCKED`` while the year lies with an agency (GN12)."""
    await inventory.refuse_locked(ctx, [year * 100 + 1], ("case",))
    faults = [] if 1990 <= year <= ctx.today.year else [FieldError("year", "RANGE", f"年份应在 1990 到 {ctx.today.year} 之间。")]
    titles = {p.key: p.title for p in PARTS}
    for key, text in typed.items():
        if key not in titles:
            faults.append(FieldError(f"typed.{key}", "UNKNOWN", "没有这个部分，请刷新页面后重试。"))
        elif len(text) > LONGEST:
            faults.append(FieldError(f"typed.{key}", "LENGTH", f"{titles[key]}最多 {LONGEST} 个字，现有 {len(text)} 个。"))
        elif any(c < " " and c not in "\n\t" for c in text):
            faults.append(FieldError(f"typed.{key}", "FORMAT", f"{titles[key]}里有看不见的控制字符，请删去后重新填写。"))
    if len(targets) > MOST_TARGETS:
        faults.append(FieldError("targets", "TOO_MANY", f"目标最多 {MOST_TARGETS} 项。"))
    for n, target in enumerate(targets):
        faults += [FieldError(f"targets[{n}].{path}", code, text) for path, code, text in _target_faults(year, target)]
    if faults:
        raise Invalid(faults)
    kept = {key: typed[key].strip() for key in KEYS if typed.get(key, "").strip()}
    rows = [msgspec.to_builtins(msgspec.structs.replace(t, indicator=t.indicator.strip(), unit=t.unit.strip())) for t in targets]
    by: tuple[Any, ...] = (ctx.account_id, await tenants.own_name(ctx), ctx.now)
    if version == 0:
        sql = (
            "insert into reduction_text (tenant_id, year, version, typed, targets, saved_by, saved_by_name, saved_at)"
            " select $1, $2, $5 + 1, $3, $4, $6, $7, $8 on conflict do nothing"
        )
    else:
        sql = (
            "update reduction_text set version = version + 1, typed = $3, targets = $4, saved_by = $6, saved_by_name = $7, saved_at = $8"
            " where tenant_id = $1 and year = $2 and version = $5"
        )
    if not await ctx.db.run(sql, ctx.tenant, year, kept, rows, version, *by):
        now = await report_text(ctx, year)
        text = f"{now.saved_by_name or '另一处登录'}刚改过这份报告。您的填写还在本页，请对照后再保存。"
        raise Conflict("STALE_VERSION", text, version=now.version)
    ctx.audit("reduction.report.saved", "year", year, detail={"version": version + 1})
    return await report_text(ctx, year)


def _target_faults(year: int, target: Target) -> list[tuple[str, str, str]]:
    faults = []
    if not target.indicator.strip():
        faults.append(("indicator", "REQUIRED", "请填写指标名称。"))
    elif len(target.indicator.strip()) > 50:
        faults.append(("indicator", "LENGTH", f"指标名称最多 50 个字，现有 {len(target.indicator.strip())} 个。"))
    if not target.unit.strip():
        faults.append(("unit", "REQUIRED", "请填写指标单位。"))
    elif len(target.unit.strip()) > 20:
        faults.append(("unit", "LENGTH", "指标单位最多 20 个字。"))
    if not 1990 <= target.base_year <= year:
        faults.append(("base_year", "RANGE", f"基准年应在 1990 到 {year} 之间。"))
    if not year < target.due_year <= 2100:
        faults.append(("due_year", "RANGE", f"目标年应晚于报告年度 {year}。"))
    return faults
