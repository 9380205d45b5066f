"""Products 金融产品 (GF1, FD16): a bank's administrator edits, the operator publishes; what firms see is the shelf.

States: draft → submitted → published → paused → ended. A published product is not edited: it is paused, changed and handed in again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from carbon.finance import LETTERS, PREFERENCES, Criteria, Preference
from core.clock import beijing_date
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import PLATFORM_ORG, new_id

KINDS = {
    "green_loan": "绿色贷款",
    "carbon_linked_loan": "碳效挂钩贷款",
    "transition_loan": "转型贷款",
    "carbon_reduction_tool_loan": "碳减排支持工具贷款",
    "ccer_or_allowance_pledge": "碳配额或 CCER 质押贷款",
    "other": "其他",
}
STATES = {"draft": "草稿", "submitted": "待发布", "published": "已发布", "paused": "已暂停", "ended": "已停办"}
PREFERENCE_WORDS = {
    "has_water_report": "有节水报告",
    "has_reduction_report": "有碳减排报告",
    "verified": "等级经机构核查",
    "evidenced_score": "问卷已佐证分不低于",
    "filing_months": "已填报月数不少于",
}
#: Facts worth a tag (GF5), as dated text: the platform draws no conclusion from them.
TAGS = {
    "carbon_reduction_tool_loan": (
        "碳减排支持工具：支持清洁能源、节能环保、碳减排技术，贷款利率与同期限贷款市场报价利率大致持平，银行公开披露贷款和减排量。"
        "工具设立时（2021-11）按贷款本金的 60 % 提供资金、利率 1.75 %；范围和利率会调整，以人民银行最新公告为准。"
    ),
    "carbon_linked_loan": "碳效挂钩：利率与约定指标的完成情况挂钩，由银行按合同办理，平台不改变利率。（2026-11）",
}


@dataclass(frozen=True, slots=True)
class ProductWish:
    """A preference: a code of :data:`PREFERENCE_WORDS`, with the least value where it takes one."""

    code: str
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProductEdit:
    """What the bank types. Amounts 万元, terms in months, rates in percent a year, empty lists ask for nothing."""

    name: str
    kind: str
    regions: Sequence[str]
    description: str
    valid_from: date
    valid_to: date
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    min_term: int | None = None
    max_term: int | None = None
    min_rate: Decimal | None = None
    max_rate: Decimal | None = None
    rate_note: str = ""
    industries: Sequence[str] = ()
    industries_not: Sequence[str] = ()
    min_letter: str | None = None
    verified_only: bool = False
    report_age: int = 2
    min_filing_months: int = 0
    purposes: Sequence[str] = ()
    needs_water: bool = False
    needs_reduction: bool = False
    preferences: Sequence[ProductWish] = ()
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FinanceProduct:
    """A product as its bank and the operator see it; ``note`` is the operator's word when it was sent back."""

    id: UUID
    bank_id: UUID
    bank: str
    name: str
    kind: str
    kind_word: str
    min_amount: Decimal | None
    max_amount: Decimal | None
    min_term: int | None
    max_term: int | None
    min_rate: Decimal | None
    max_rate: Decimal | None
    rate_note: str
    regions: list[str]
    region_names: list[str]
    industries: list[str]
    industries_not: list[str]
    min_letter: str | None
    verified_only: bool
    report_age: int
    min_filing_months: int
    purposes: list[str]
    needs_water: bool
    needs_reduction: bool
    preferences: list[ProductWish]
    documents: list[str]
    description: str
    tag: str
    valid_from: date
    valid_to: date
    state: str
    state_word: str
    note: str
    version: int
    published_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FinanceProducts:
    """A page of products."""

    items: list[FinanceProduct]
    total: int
    page: int
    page_size: int


COLUMNS = """
select p.id, p.tenant_id as bank_id, p.bank_name as bank, p.name, p.kind, p.min_amount, p.max_amount, p.min_term, p.max_term, p.min_rate,
       p.max_rate, p.rate_note, p.regions, array(select r.name from region r where r.code = any (p.regions) order by r.code) as region_names,
       p.industries, p.industries_not, p.min_letter, p.verified_only, p.report_age, p.min_filing_months, p.purposes, p.needs_water,
       p.needs_reduction, p.preferences, p.documents, p.description, p.valid_from, p.valid_to, p.state, p.note, p.version, p.published_at,
       p.updated_at
"""
_FIELDS = (
    "name", "kind", "min_amount", "max_amount", "min_term", "max_term", "min_rate", "max_rate", "rate_note", "regions", "industries",
    "industries_not", "min_letter", "verified_only", "report_age", "min_filing_months", "purposes", "needs_water", "needs_reduction",
    "preferences", "documents", "description", "valid_from", "valid_to",
)  # fmt: skip

_ASKED = " and ($2 = '' or p.state = $2) and ($3 = '' or strpos(p.name || p.bank_name, $3) > 0)"
_ORDER = " order by p.state <> 'submitted', p.updated_at desc, p.id limit $4 offset $5"
_OWN = " from finance_product p where p.tenant_id = $1" + _ASKED
_DESK = " from finance_product p where p.party_id = $1 and p.state <> 'draft'" + _ASKED
#: The page and the count of the bank's own list and of the operator's.
_OWN_LIST = (COLUMNS + _OWN + _ORDER, "select count(*)" + _OWN)
_DESK_LIST = (COLUMNS + _DESK + _ORDER, "select count(*)" + _DESK)
#: The typed columns stand from $6 on in both statements.
_INSERT = (
    "insert into finance_product (tenant_id, party_id, id, bank_name, created_at, created_by, updated_at, updated_by, "  # noqa: S608 - constants
    + ", ".join(_FIELDS)
    + ") select $1, $2, $3, o.name, $4, $5, $4, $5, "
    + ", ".join(f"${n}" for n in range(6, 6 + len(_FIELDS)))
    + " from organisation o where o.id = $1"
)
_UPDATE = (
    "update finance_product set "  # noqa: S608 - constants
    + ", ".join(f"{name} = ${n}" for n, name in enumerate(_FIELDS, 6))
    + ", version = version + 1, updated_at = $4, updated_by = $5"
    " where tenant_id = $1 and id = $2 and version = $3 and state in ('draft', 'paused')"
)


async def list_products(ctx: Acting, *, state: str = "", page: int = 1, page_size: int = 20) -> FinanceProducts:
    """The acting bank's products, newest change first; two statements."""
    return await _page(ctx, _OWN_LIST, ctx.tenant, state, "", page, page_size)


async def list_desk(ctx: Acting, *, state: str = "", q: str = "", page: int = 1, page_size: int = 20) -> FinanceProducts:
    """Every bank's products for the operator, those that wait first; drafts stay with their bank."""
    return await _page(ctx, _DESK_LIST, PLATFORM_ORG, state, q, page, page_size)


async def _page(ctx: Acting, whose: tuple[str, str], owner: UUID, state: str, q: str, page: int, page_size: int) -> FinanceProducts:
    listed, counted = whose
    rows = await ctx.db.rows(listed, owner, state, q, page_size, (page - 1) * page_size)
    total = int(await ctx.db.value(counted, owner, state, q))
    return FinanceProducts([product_of(row) for row in rows], total, page, page_size)


async def get_product(ctx: Acting, product_id: UUID) -> FinanceProduct:
    """One product of the acting bank, or for the operator. Raises NotFound."""
    found = await _read(ctx, product_id)
    if found.bank_id != ctx.tenant and found.state == "draft":
        raise NotFound("没有这个产品，或您无权查看。")
    return found


async def _read(ctx: Acting, product_id: UUID) -> FinanceProduct:
    row = await ctx.db.row(COLUMNS + " from finance_product p where $1 in (p.tenant_id, p.party_id) and p.id = $2", ctx.tenant, product_id)
    if row is None:
        raise NotFound("没有这个产品，或您无权查看。")
    return product_of(row)


async def create_product(ctx: Acting, edit: ProductEdit) -> FinanceProduct:
    """A draft of the acting bank. Raises Invalid naming each field."""
    values = await _checked(ctx, edit)
    product_id = new_id()
    await ctx.db.run(_INSERT, ctx.tenant, PLATFORM_ORG, product_id, ctx.now, ctx.person_id, *values)
    ctx.audit("product.created", "finance_product", product_id, detail={"name": edit.name})
    return await get_product(ctx, product_id)


async def edit_product(ctx: Acting, product_id: UUID, edit: ProductEdit, version: int) -> FinanceProduct:
    """Change a draft or a paused product. Raises NotFound, Invalid, Conflict (``STATE``, ``STALE_VERSION``)."""
    before = await _own(ctx, product_id)
    values = await _checked(ctx, edit)
    done = await ctx.db.run(_UPDATE, ctx.tenant, product_id, version, ctx.now, ctx.person_id, *values)
    if not done:
        raise await _lost(ctx, product_id, version, "已发布的产品不能直接修改，请先暂停，改好后重新提交发布。")
    ctx.audit("product.edited", "finance_product", product_id, detail={"name": edit.name, "before": before.name})
    return await get_product(ctx, product_id)


async def submit_product(ctx: Acting, product_id: UUID, version: int) -> FinanceProduct:
    """Hand a draft or a paused product to the operator. Raises NotFound, Invalid (its days are over), Conflict."""
    if (await _own(ctx, product_id)).valid_to < ctx.today:
        raise Invalid([FieldError("valid_to", "PAST", "产品的有效期已过，请改好有效期后再提交发布。")])
    return await _move(ctx, product_id, version, ("draft", "paused"), "submitted")


async def pause_product(ctx: Acting, product_id: UUID, version: int, reason: str = "") -> FinanceProduct:
    """Take a published product off the shelf for a while; cases go on. Raises NotFound, Conflict."""
    await _own(ctx, product_id)
    return await _move(ctx, product_id, version, ("published",), "paused", reason)


async def end_product(ctx: Acting, product_id: UUID, version: int, reason: str = "") -> FinanceProduct:
    """End a product for good. Raises NotFound, Conflict. Who listens gives its open cases on and tells their firms."""
    await _own(ctx, product_id)
    return await _move(ctx, product_id, version, ("draft", "submitted", "published", "paused"), "ended", reason)


async def publish_product(ctx: Acting, product_id: UUID, version: int) -> FinanceProduct:
    """The operator's word: firms may see it. Raises NotFound, Conflict (``STATE``, ``STALE_VERSION``, ``PRODUCT_OVER``)."""
    if (await get_product(ctx, product_id)).valid_to < ctx.today:
        raise Conflict("PRODUCT_OVER", "产品的有效期已过，不能发布。请退回银行修改有效期。")
    return await _move(ctx, product_id, version, ("submitted",), "published")


async def return_product(ctx: Acting, product_id: UUID, version: int, reason: str) -> FinanceProduct:
    """Back to the bank with the reason. Raises NotFound, Invalid, Conflict."""
    if not 2 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明退回原因（2–500 字），银行会看到。")])
    return await _move(ctx, product_id, version, ("submitted",), "draft", reason)


async def _move(ctx: Acting, product_id: UUID, version: int, origin: Sequence[str], to: str, reason: str = "") -> FinanceProduct:
    """ST1: one conditional update on (id, state, version); each move stands in the audit log with actor, time, reason, from, to."""
    before = await get_product(ctx, product_id)
    done = await ctx.db.run(
        "update finance_product set state = $5, note = $6, version = version + 1, updated_at = $4, updated_by = $7,"
        " published_at = case when $5 = 'published' then $4 else published_at end"
        " where $1 in (tenant_id, party_id) and id = $2 and version = $3 and state = any ($8)",
        ctx.tenant, product_id, version, ctx.now, to, reason.strip()[:500], ctx.person_id, list(origin),
    )  # fmt: skip
    if not done:
        raise await _lost(ctx, product_id, version, f"产品现在是“{before.state_word}”，不能这样办理，请刷新后查看。")
    ctx.audit("product.moved", "finance_product", product_id, detail={"from": before.state, "to": to, "reason": reason.strip()[:500]})
    return await _read(ctx, product_id)


async def _own(ctx: Acting, product_id: UUID) -> FinanceProduct:
    found = await get_product(ctx, product_id)
    if found.bank_id != ctx.tenant:
        raise NotFound("没有这个产品，或您无权查看。")
    return found


async def _lost(ctx: Acting, product_id: UUID, version: int, sentence: str) -> Conflict:
    now = await _read(ctx, product_id)
    if now.version != version:
        return Conflict("STALE_VERSION", "内容刚被他人修改，请刷新后再改。您刚才的填写没有保存。", current_version=now.version, state=now.state)
    return Conflict("STATE", sentence, state=now.state)


async def shelf(ctx: Acting, product_id: UUID | None = None) -> list[FinanceProduct]:
    """Published products in their days, of banks that are open; one statement. With an id: that one or nothing."""
    rows = await ctx.db.rows(COLUMNS + " from finance_shelf($1, $2) p", ctx.today, product_id)
    return [product_of(row) for row in rows]


def product_of(row: dict[str, Any]) -> FinanceProduct:
    """A row of :data:`COLUMNS`."""
    lists = {name: list(row[name]) for name in ("regions", "region_names", "industries", "industries_not", "purposes", "documents")}
    wishes = [ProductWish(w["code"], None if w.get("value") is None else Decimal(w["value"])) for w in row["preferences"]]
    words = {"kind_word": KINDS[row["kind"]], "state_word": STATES[row["state"]], "tag": TAGS.get(row["kind"], "")}
    return FinanceProduct(**(row | lists | words | {"preferences": wishes}))


def criteria(found: FinanceProduct) -> Criteria:
    """The product as the arithmetic looks at it."""
    return Criteria(
        str(found.id), regions=tuple(found.regions), industries=tuple(found.industries), industries_not=tuple(found.industries_not),
        min_letter=found.min_letter, verified_only=found.verified_only, report_age=found.report_age, min_filing_months=found.min_filing_months,
        purposes=tuple(found.purposes), needs_water=found.needs_water, needs_reduction=found.needs_reduction,
        preferences=tuple(Preference(w.code, w.value) for w in found.preferences), min_rate=found.min_rate,
        published=beijing_date(found.published_at) if found.published_at else date.min,
    )  # fmt: skip


def wish_words(wish: ProductWish) -> str:
    """A preference in words."""
    word = PREFERENCE_WORDS[wish.code]
    return word if wish.value is None else f"{word} {wish.value.normalize():f}"


async def _checked(ctx: Acting, edit: ProductEdit) -> list[Any]:
    """The columns in order. Raises Invalid naming each bad field."""
    faults = _plain_faults(ctx, edit)
    facts = await ctx.db.row(
        "select array(select c from unnest($1::text[]) c where not exists (select 1 from region r where r.code = c and r.status <> 'abolished')) as regions,"
        " array(select c from unnest($2::text[]) c where not exists (select 1 from industry i where starts_with(i.code, c))) as industries,"
        " array(select c from unnest($3::text[]) c where not exists (select 1 from finance_purpose f where f.code = c)) as purposes,"
        " (select count(*) from finance_purpose) as catalogue",
        list(edit.regions), [*edit.industries, *edit.industries_not], list(edit.purposes),
    )  # fmt: skip
    assert facts is not None
    if facts["regions"]:
        faults.append(FieldError("regions", "REGION", f"没有这些地区代码：{'、'.join(facts['regions'])}，请从列表中选择。"))
    if facts["industries"]:
        faults.append(FieldError("industries", "INDUSTRY", f"没有这些行业代码：{'、'.join(facts['industries'])}，请按国民经济行业代码填写。"))
    if edit.purposes and not facts["catalogue"]:
        faults.append(FieldError("purposes", "NO_CATALOGUE", "目录未载入：平台还没有绿色金融支持项目目录，暂不能按用途限定。"))
    elif facts["purposes"]:
        faults.append(FieldError("purposes", "CHOICE", f"目录中没有这些用途：{'、'.join(facts['purposes'])}，请从目录中选择。"))
    if faults:
        raise Invalid(faults)
    values = asdict(edit)
    values |= {name: list(values[name]) for name in ("regions", "industries", "industries_not", "purposes", "documents")}
    values["preferences"] = [{"code": w.code, "value": None if w.value is None else f"{w.value:f}"} for w in edit.preferences]
    return [values[name].strip() if isinstance(values[name], str) else values[name] for name in _FIELDS]


def _plain_faults(ctx: Acting, edit: ProductEdit) -> list[FieldError]:
    faults = []
    for path, value, most in (("name", edit.name, 60), ("description", edit.description, 4000)):
        if not 1 <= len(value.strip()) <= most:
            faults.append(FieldError(path, "LENGTH", f"请填写，最多 {most} 个字。"))
    if len(edit.rate_note.strip()) > 50:
        faults.append(FieldError("rate_note", "LENGTH", "利率说明最多 50 个字。"))
    if edit.kind not in KINDS:
        faults.append(FieldError("kind", "CHOICE", f"产品种类应为{'、'.join(KINDS.values())}之一。"))
    if not edit.regions or len(edit.regions) > 100:
        faults.append(FieldError("regions", "REQUIRED", "请选择服务地区，1–100 个。"))
    if edit.min_letter is not None and edit.min_letter not in tuple(LETTERS):
        faults.append(FieldError("min_letter", "CHOICE", "最低等级应为 A 到 E 之一，或不限。"))
    if not 0 <= edit.report_age <= 10:
        faults.append(FieldError("report_age", "RANGE", "报告年限应为 0–10 年。"))
    if not 0 <= edit.min_filing_months <= 120:
        faults.append(FieldError("min_filing_months", "RANGE", "最少填报月数应为 0–120。"))
    for low, high, word in (("min_amount", "max_amount", "额度"), ("min_term", "max_term", "期限"), ("min_rate", "max_rate", "利率")):
        least, most_ = getattr(edit, low), getattr(edit, high)
        if any(v is not None and v < 0 for v in (least, most_)):
            faults.append(FieldError(low, "RANGE", f"{word}不能小于 0。"))
        elif least is not None and most_ is not None and most_ < least:
            faults.append(FieldError(high, "RANGE", f"{word}上限不能小于下限。"))
    for low in ("min_term", "max_term"):
        if (term := getattr(edit, low)) is not None and not 1 <= term <= 600:
            faults.append(FieldError(low, "RANGE", "期限应为 1–600 个月。"))
    for low in ("min_rate", "max_rate"):
        if (rate := getattr(edit, low)) is not None and rate > 99:
            faults.append(FieldError(low, "RANGE", "年利率应在 99 % 以内，请核对单位。"))
    if edit.valid_to < edit.valid_from:
        faults.append(FieldError("valid_to", "DATE", "有效期的结束不能早于开始。"))
    elif edit.valid_to < ctx.today:
        faults.append(FieldError("valid_to", "PAST", "有效期已过，请选择今天或以后的日期。"))
    for n, wish in enumerate(edit.preferences):
        if wish.code not in PREFERENCES:
            faults.append(FieldError(f"preferences[{n}].code", "CHOICE", f"优先条件只有：{'、'.join(PREFERENCE_WORDS.values())}。"))
        elif PREFERENCES[wish.code] and wish.value is None:
            faults.append(FieldError(f"preferences[{n}].value", "REQUIRED", "请填写这个优先条件的最低值。"))
    if len({w.code for w in edit.preferences}) < len(edit.preferences):
        faults.append(FieldError("preferences", "TWICE", "同一个优先条件只写一次。"))
    if len(edit.documents) > 20 or any(not 1 <= len(d.strip()) <= 100 for d in edit.documents):
        faults.append(FieldError("documents", "LENGTH", "所需材料最多 20 项，每项 1–100 个字。"))
    return faults
