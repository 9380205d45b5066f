"""Searching the two trees: by parent, by beginning of code or name, by subtree (the parent chain, never a code's prefix)."""

from dataclasses import dataclass

from core.database import Acting
from core.errors import FieldError, Invalid

REGION_LEVELS = {"province": "省级", "city": "地级", "district": "县级"}
INDUSTRY_LEVELS = {"section": "门类", "division": "大类", "group": "中类", "class": "小类"}


@dataclass(frozen=True, slots=True)
class Node:
    """One entry; ``path_names`` from the top down to itself, ``leaf`` = nothing below it."""

    code: str
    name: str
    level: str
    parent: str | None
    path_names: list[str]
    leaf: bool
    status: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """A page of entries."""

    items: list[Node]
    total: int
    page: int
    page_size: int


_REGION_FROM = """
  from region n
 where ($1::text is null or n.parent_code = $1) and ($2 = '' or starts_with(n.code, $2) or starts_with(n.name, $2))
   and ($3::text is null or n.path @> array[$3]) and ($4::text is null or n.level = $4)
   and n.status in ('current', 'statistical_only', 'placeholder')
"""
_REGION_ITEMS = """
select n.code, n.name, n.level, n.parent_code as parent, n.status,
       array(select a.name from region a where a.code = any (n.path) order by cardinality(a.path)) as path_names,
       not exists (select 1 from region b where b.parent_code = n.code and b.status <> 'abolished') as leaf
"""
_INDUSTRY_FROM = """
  from industry n
 where ($1::text is null or n.parent_code = $1)
   and ($2 = '' or starts_with(n.code, upper($2)) or starts_with(substr(n.code, 2), $2) or strpos(n.name, $2) > 0)
   and ($3::text is null or n.path @> array[$3]) and ($4::text is null or n.level = $4)
"""
_INDUSTRY_ITEMS = """
select n.code, n.name, n.level, n.parent_code as parent, 'current' as status,
       array(select a.name from industry a where a.code = any (n.path) order by cardinality(a.path)) as path_names,
       not exists (select 1 from industry b where b.parent_code = n.code) as leaf
"""
_PAGE = " order by n.code limit $5 offset $6"


async def search_regions(
    ctx: Acting, *, parent: str = "", q: str = "", within: str = "", level: str = "", page: int = 1, page_size: int = 50
) -> Nodes:
    """Regions by parent (``top`` = provinces), by the beginning of code or name, inside ``within``. Public reference data."""
    return await _search(ctx, _REGION_ITEMS, _REGION_FROM, "province", parent, q, within, level, page, page_size)


async def search_industries(
    ctx: Acting, *, parent: str = "", q: str = "", within: str = "", level: str = "", page: int = 1, page_size: int = 50
) -> Nodes:
    """Industries by parent (``top`` = sections), by code with or without its letter, or by a part of the name."""
    return await _search(ctx, _INDUSTRY_ITEMS, _INDUSTRY_FROM, "section", parent, q, within, level, page, page_size)


async def _search(
    ctx: Acting,
    items: str,
    source: str,
    top: str,
    parent: str,
    q: str,
    within: str,
    level: str,
    page: int,
    page_size: int,
) -> Nodes:
    plain = not (parent or q or within or level)
    found = (None if parent in ("", "top") else parent, q.strip(), within or None, level or None)
    if parent == "top" or plain:
        found = (None, found[1], found[2], top)
    total = await ctx.db.value("select count(*)" + source, *found)
    rows = await ctx.db.rows(items + source + _PAGE, *found, page_size, (page - 1) * page_size)
    return Nodes([Node(**row) for row in rows], total, page, page_size)


async def region_fault(ctx: Acting, code: str, path: str = "region") -> FieldError | None:
    """Why ``code`` is not a place of an enterprise: it must be a current district, or a city that has none (FD1)."""
    fits = await ctx.db.value(
        "select r.status in ('current', 'statistical_only') and (r.level = 'district' or not exists ("
        "   select 1 from region b where b.parent_code = r.code and b.status <> 'abolished')) from region r where r.code = $1",
        code,
    )
    return None if fits else FieldError(path, "REGION", "请选到区、县一级（东莞、中山、儋州选到市）。")


async def industry_fault(ctx: Acting, code: str, path: str = "industry") -> FieldError | None:
    """Why ``code`` is not an enterprise's industry: it must be a four-digit class (FD1)."""
    fits = await ctx.db.value("select level = 'class' from industry where code = $1", code)
    return None if fits else FieldError(path, "INDUSTRY", "请选到国民经济行业的小类（四位数字，例如 C2926）。")


async def place_of_uscc(ctx: Acting, uscc: str) -> str | None:
    """The place a USCC was registered at (positions 3-8): its district, else the city or province that still exists."""
    here, city, province = uscc[2:8], uscc[2:6] + "00", uscc[2:4] + "0000"
    found: str | None = await ctx.db.value(
        "select code from region where code = any ($1) and status = 'current' order by cardinality(path) desc, code desc limit 1",
        [here, city, province],
    )
    return found


def refuse(faults: list[FieldError | None]) -> None:
    """Raise Invalid with all faults together; nothing when there is none."""
    errors = [f for f in faults if f is not None]
    if errors:
        raise Invalid(errors)


async def known_regions(ctx: Acting, codes: list[str]) -> set[str]:
    """Which of these codes are places of any level."""
    return {r["code"] for r in await ctx.db.rows("select code from region where code = any($1)", codes)} if codes else set()


async def known_industries(ctx: Acting, codes: list[str]) -> set[str]:
    """Which of these codes are industries of any level."""
    return {r["code"] for r in await ctx.db.rows("select code from industry where code = any($1)", codes)} if codes else set()
