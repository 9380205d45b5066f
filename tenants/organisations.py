"""The directory: organisations as sign-in, papers and operators see them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import PLATFORM_ORG
from tenants.codes import CodeError, check_uscc, uscc_check_character, uscc_warning

KINDS = {"enterprise": "企业", "verifier": "核查机构", "bank": "银行", "gov": "政府部门", "operator": "平台运营"}
STATUSES = {"unverified": "未认证", "active": "正常", "suspended": "已停用", "closed": "已注销"}


@dataclass(frozen=True, slots=True)
class Belonging:
    """One organisation a person may act for today, and as what."""

    id: UUID
    kind: str
    name: str
    status: str
    region_code: str | None
    industry_code: str | None
    roles: tuple[str, ...]
    valid_to: date | None
    scopes: tuple[str, ...] | None = None  # of an agent: file, report, read


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the operator's list."""

    id: UUID
    kind: str
    name: str
    uscc: str | None
    status: str
    region: str | None
    region_name: str | None
    industry: str | None
    industry_name: str | None
    review: str | None
    submitted_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the operator's list."""

    items: list[Listed]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One submission of a licence and what became of it."""

    id: UUID
    state: str
    licence_file: UUID
    licence_name: str
    reason: str
    submitted_at: datetime
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class LicenceFile:
    """The licence last handed in."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the desk compared for the reviewer."""

    label: str
    ok: bool


@dataclass(frozen=True, slots=True)
class User:
    """A member, masked."""

    name: str
    account: str
    phone: str
    roles: list[str]
    status: str
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One organisation on the operator's desk. ``version`` locks the whole desk item: a new licence moves it too."""

    id: UUID
    kind: str
    name: str
    uscc: str | None
    status: str
    region: str | None
    region_name: str | None
    industry: str | None
    industry_name: str | None
    review: str | None
    review_id: UUID | None
    submitted_at: datetime | None
    licence: LicenceFile | None
    reviews: list[ReviewLine]
    users: list[User]
    checks: list[Check]
    scopes: list[str]
    created_at: datetime
    version: int


async def organisations_of(ctx: Acting, person_id: UUID) -> list[Belonging]:
    """Where a person may act today: active membership or agency within its dates, organisation not closed; agencies last."""
    rows = await ctx.db.rows(
        "select id, kind, name, status, region_code, industry_code, roles, valid_to, scopes from person_homes($1, $2)", person_id, ctx.today
    )
    return [
        Belonging(**{**row, "roles": tuple(row["roles"]), "scopes": tuple(row["scopes"]) if row["scopes"] is not None else None})
        for row in rows
    ]


_LISTED = """
  from organisation o
  left join region r on r.code = o.region_code
  left join industry i on i.code = o.industry_code
  left join (
    select distinct on (v.tenant_id) v.tenant_id, v.state, v.submitted_at from organisation_review v
     where v.party_id = $1 order by v.tenant_id, v.submitted_at desc) v on v.tenant_id = o.id
"""
_COLUMNS = """
select o.id, o.kind, o.name, o.uscc, o.status, o.region_code as region, r.name as region_name, o.industry_code as industry,
       i.name as industry_name, v.state as review, v.submitted_at, o.created_at, o.version
"""


#: Licences that wait for the operator are few: they stand first; the rest follows the index of creation, so that a page of a hundred
#: thousand organisations sorts none of them.
_PAGE = """
with waiting as materialized (
  select v.tenant_id, max(v.submitted_at) as submitted_at from organisation_review v
   where v.party_id = $1 and v.state = 'submitted' group by v.tenant_id
), picked as (
 (select o.id, w.submitted_at, o.created_at from organisation o join waiting w on w.tenant_id = o.id
  where o.id <> $1 and ($2::text is null or o.kind = $2) and ($3::text is null or $3 = 'pending' or o.status = $3)
    and ($4 = '' or strpos(o.name, $4) > 0 or starts_with(o.uscc, upper($4))))
 union all
 (select o.id, null, o.created_at from organisation o
  where o.id <> $1 and ($2::text is null or o.kind = $2) and ($3::text is null or $3 = 'pending' or o.status = $3)
    and ($4 = '' or strpos(o.name, $4) > 0 or starts_with(o.uscc, upper($4)))
    and $3 is distinct from 'pending' and not exists (select from waiting w where w.tenant_id = o.id)
  order by o.created_at desc, o.id limit $5::bigint + $6::bigint)
), page as (
  select * from picked order by submitted_at nulls last, created_at desc, id limit $5::bigint offset $6::bigint)
select o.id, o.kind, o.name, o.uscc, o.status, o.region_code as region, r.name as region_name, o.industry_code as industry,
       i.name as industry_name, v.state as review, v.submitted_at, o.created_at, o.version
  from page join organisation o on o.id = page.id
  left join region r on r.code = o.region_code
  left join industry i on i.code = o.industry_code
  left join lateral (select v.state, v.submitted_at from organisation_review v where v.party_id = $1 and v.tenant_id = o.id
                      order by v.submitted_at desc limit 1) v on true
 order by page.submitted_at nulls last, page.created_at desc, page.id
"""
_TOTAL = """
select count(*) from organisation o
  where o.id <> $1 and ($2::text is null or o.kind = $2) and ($3::text is null or $3 = 'pending' or o.status = $3)
    and ($4 = '' or strpos(o.name, $4) > 0 or starts_with(o.uscc, upper($4)))
    and ($3 is distinct from 'pending'
         or o.id in (select v.tenant_id from organisation_review v where v.party_id = $1 and v.state = 'submitted'))
"""


async def list_organisations(
    ctx: Acting, *, kind: str | None = None, state: str | None = None, q: str = "", page: int = 1, page_size: int = 20
) -> Listing:
    """The operator's list, waiting reviews first. ``state``: a status, or ``pending`` = a licence is waiting."""
    found = (PLATFORM_ORG, kind or None, state or None, q.strip())
    total = await ctx.db.value(_TOTAL, *found)
    rows = await ctx.db.rows(_PAGE, *found, page_size, (page - 1) * page_size)
    return Listing([Listed(**row) for row in rows], total, page, page_size)


async def get_organisation(ctx: Acting, organisation_id: UUID) -> Detail:
    """One organisation with its reviews and people, for the operator. Raises NotFound."""
    row = await ctx.db.row(_COLUMNS + _LISTED + " where o.id = $2", PLATFORM_ORG, organisation_id)
    if row is None:
        raise NotFound()
    reviews = await ctx.db.rows(
        "select id, state, licence_file, licence_name, reason, submitted_at, decided_at, version"
        " from organisation_review where party_id = $1 and tenant_id = $2 order by submitted_at desc",
        PLATFORM_ORG,
        organisation_id,
    )
    users = await ctx.db.rows("select * from organisation_people($1)", organisation_id)
    scopes = await ctx.db.rows("select region_code from gov_scopes($1)", organisation_id)
    last = reviews[0] if reviews else None
    return Detail(
        **row,
        review_id=last["id"] if last else None,
        licence=LicenceFile(last["licence_file"], last["licence_name"]) if last else None,
        reviews=[ReviewLine(**r) for r in reviews],
        users=[User(**{**u, "roles": list(u["roles"])}) for u in users],
        checks=_checks(row["uscc"], row["region"], last is not None) if row["kind"] == "enterprise" else [],
        scopes=[s["region_code"] for s in scopes],
    )


def _checks(uscc: str | None, region: str | None, licence: bool) -> list[Check]:
    """What can be compared without opening the licence (C1, C3; the place is a hint, firms move)."""
    return [
        Check("已上传营业执照", licence),
        Check("统一社会信用代码校验位正确", uscc is not None and uscc_check_character(uscc[:17]) == uscc[17]),
        Check("代码内组织机构代码校验位正确", uscc is not None and uscc_warning(uscc) is None),
        Check("登记地与所属区域同省", uscc is not None and region is not None and uscc[2:4] == region[:2]),
    ]


def uscc_or_refuse(text: str, path: str = "uscc") -> str:
    """Normal form of a USCC (C1, C2). Raises Invalid naming ``path``."""
    try:
        return check_uscc(text)
    except CodeError as error:
        raise Invalid([FieldError(path, error.code, error.message)]) from None


def name_or_refuse(text: str, path: str) -> str:
    """An organisation's name: outer blanks gone, 2-100 visible characters. Raises Invalid naming ``path``."""
    name = " ".join(text.split())
    if not 2 <= len(name) <= 100 or not name.isprintable():
        raise Invalid([FieldError(path, "NAME", "请填营业执照上的全称，2–100 个字。")])
    return name


async def correct_identity(
    ctx: Acting, organisation_id: UUID, *, name: str, uscc: str | None, version: int, reason: str
) -> Detail:
    """Name and USCC changed by an operator, the only one who may (18.3). Raises Invalid, NotFound, Conflict."""
    no_own_business(await belongs_to(ctx, organisation_id))
    wanted = uscc_or_refuse(uscc) if uscc else None
    outcome = await ctx.db.value(
        "select organisation_rename($1, $2, $3, $4, $5)",
        organisation_id,
        name_or_refuse(name, "name"),
        wanted,
        version,
        ctx.now,
    )
    if outcome == "gone":
        raise NotFound()
    if outcome == "stale":
        raise stale((await get_organisation(ctx, organisation_id)).version)
    if outcome == "taken":
        raise Conflict("CLAIM_TAKEN", "这个统一社会信用代码已被另一家使用，请先在“争议”中处理。")
    ctx.audit("organisation.corrected", "organisation", organisation_id, detail={"reason": reason})
    return await get_organisation(ctx, organisation_id)


async def set_suspended(ctx: Acting, organisation_id: UUID, *, suspended: bool, version: int, reason: str) -> Detail:
    """Stop an organisation or let it work again, in force at its people's next request. Raises NotFound, Conflict."""
    no_own_business(await belongs_to(ctx, organisation_id))
    found = await get_organisation(ctx, organisation_id)
    before, after = ("active", "suspended") if suspended else ("suspended", "active")
    if found.status != before or organisation_id == PLATFORM_ORG:
        hint = "未认证的企业请在审核中退回或驳回。" if found.status == "unverified" else "请刷新后再试。"
        raise Conflict("STATE", f"该组织现在是“{STATUSES[found.status]}”，不能这样操作；{hint}")
    decide = "select organisation_decide($1, $2, $3, $4, $5)"
    if not await ctx.db.value(decide, organisation_id, before, after, version, ctx.now):
        raise stale(found.version)
    ctx.audit(f"organisation.{after}", "organisation", organisation_id, detail={"reason": reason})
    return await get_organisation(ctx, organisation_id)


async def belongs_to(ctx: Acting, organisation_id: UUID) -> bool:
    """Is the acting person a member of that organisation (separation of duty, T5)?"""
    return bool(
        await ctx.db.value(
            "select true from membership where person_id = $1 and tenant_id = $2 and status = 'active'",
            ctx.person_id,
            organisation_id,
        )
    )


def no_own_business(member: bool) -> None:
    if member:
        raise Conflict("OWN_ORGANISATION", "您是这家组织的成员，请由另一位运营人员办理。")


def stale(current: int) -> Conflict:
    """409 of an optimistic lock."""
    return Conflict("STALE_VERSION", "内容刚被他人修改，请刷新后再改。您刚才的填写没有保存。", current_version=current)
