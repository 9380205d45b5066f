"""The profile of an organisation (FD1), and the facts other rooms print and compute with."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.crypto import seal, unseal
from core.database import Acting
from core.errors import FieldError
from core.ids import PLATFORM_ORG
from core.personal import half_width, mask_name, mask_phone
from tenants.organisations import stale
from tenants.trees import industry_fault, refuse, region_fault

NATURES = ("国有", "民营", "外资", "港澳台资", "合资", "其他")
LEGAL_NAME, CONTACT_NAME, CONTACT_PHONE = "profile.legal_name", "profile.contact_name", "profile.contact_phone"


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence last handed in."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfileView:
    """FD1 as its members read it. Contact and legal names are clear for those who may edit, masked for the others."""

    id: UUID
    kind: str
    name: str
    uscc: str | None
    status: str
    verified: bool
    industry: str | None
    industry_name: str | None
    region: str | None
    region_name: str | None
    nature: str | None
    address: str
    registered_capital: Decimal | None
    established_on: date | None
    staff: int | None
    site_area: Decimal | None
    legal_name: str | None
    contact_name: str | None
    contact_phone: str | None
    above_scale: bool | None
    ets_key_unit: bool | None
    park: str | None
    intro: str
    process_flow: str
    main_equipment: str
    review_state: str | None
    review_reason: str
    licence: Licence | None
    version: int


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """What the enterprise itself may change; name and USCC are the operator's (18.3)."""

    version: int
    industry: str
    region: str
    nature: str
    address: str
    contact_name: str
    contact_phone: str
    registered_capital: Decimal | None = None
    established_on: date | None = None
    staff: int | None = None
    site_area: Decimal | None = None
    legal_name: str | None = None
    above_scale: bool | None = None
    ets_key_unit: bool | None = None
    park: str | None = None
    intro: str = ""
    process_flow: str = ""
    main_equipment: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One step of a parent chain."""

    code: str
    level: str
    name: str


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What filing, grading and reports need to know of the acting organisation; chains run from the top down to itself."""

    tenant_id: UUID
    kind: str
    name: str
    uscc: str | None
    status: str
    verified: bool
    region: str | None
    region_name: str | None
    regions: list[Place]
    province: str | None
    industry: str | None
    industry_name: str | None
    industries: list[Place]
    nature: str | None
    address: str
    legal_name_masked: str | None
    contact_name_masked: str | None
    contact_phone_masked: str | None
    registered_capital: Decimal | None
    established_on: date | None
    staff: int | None
    above_scale: bool | None
    ets_key_unit: bool | None
    intro: str
    process_flow: str
    main_equipment: str


_SELECT = """
select o.id, o.kind, o.name, o.uscc, o.status, o.industry_code as industry, i.name as industry_name,
       o.region_code as region, r.name as region_name, p.nature, coalesce(p.address, '') as address, p.registered_capital,
       p.established_on, p.staff, p.site_area, p.legal_name_sealed, p.contact_name_sealed, p.contact_phone_sealed,
       p.above_scale, p.ets_key_unit, p.park, coalesce(p.intro, '') as intro, coalesce(p.process_flow, '') as process_flow,
       coalesce(p.main_equipment, '') as main_equipment, coalesce(p.version, 0) as version, r.path as region_path,
       v.state as review_state, coalesce(v.reason, '') as review_reason, v.licence_name, v.submitted_at
"""
_FROM = """
  from organisation o
  left join profile p on p.tenant_id = o.id
  left join region r on r.code = o.region_code
  left join industry i on i.code = o.industry_code
  left join lateral (
    select v.state, v.reason, v.licence_name, v.submitted_at from organisation_review v
     where v.tenant_id = $1 and v.party_id = $2 order by v.submitted_at desc limit 1) v on true
 where o.id = $1
"""
_CHAINS = """,
  (select coalesce(jsonb_agg(jsonb_build_object('code', a.code, 'level', a.level, 'name', a.name) order by cardinality(a.path)), '[]')
     from region a where a.code = any (r.path)) as regions,
  (select coalesce(jsonb_agg(jsonb_build_object('code', a.code, 'level', a.level, 'name', a.name) order by cardinality(a.path)), '[]')
     from industry a where a.code = any (i.path)) as industries
"""


async def get_profile(ctx: Acting) -> ProfileView:
    """The acting organisation's own page. Reading clear personal data is noted in the audit log (P8)."""
    row = await _row(ctx, _SELECT + _FROM)
    clear = "organisation.edit" in ctx.permissions
    view = _view(row, clear)
    if clear and (row["contact_phone_sealed"] or row["legal_name_sealed"]):
        ctx.audit("pii.read", "profile", ctx.tenant, detail={"fields": "legal_name, contact_name, contact_phone"})
    return view


async def profile_facts(ctx: Acting) -> ProfileFacts:
    """Facts of the acting organisation for filing, grading and papers, in one statement; personal data masked."""
    row = await _row(ctx, _SELECT + _CHAINS + _FROM)
    legal, contact, phone = _people(row)
    same = ("kind", "name", "uscc", "status", "region", "region_name", "industry", "industry_name", "nature", "address",
            "registered_capital", "established_on", "staff", "above_scale", "ets_key_unit", "intro", "process_flow",
            "main_equipment")  # fmt: skip
    return ProfileFacts(
        tenant_id=row["id"],
        verified=row["status"] == "active",
        regions=[Place(**p) for p in row["regions"]],
        industries=[Place(**p) for p in row["industries"]],
        province=row["region_path"][0] if row["region_path"] else None,
        legal_name_masked=mask_name(legal) if legal else None,
        contact_name_masked=mask_name(contact) if contact else None,
        contact_phone_masked=mask_phone(phone) if phone else None,
        **{name: row[name] for name in same},
    )


async def edit_profile(ctx: Acting, edit: ProfileEdit) -> ProfileView:
    """Change the profile at its version (0 = none yet). Raises Invalid naming each field, Conflict STALE_VERSION."""
    refuse([await industry_fault(ctx, edit.industry), await region_fault(ctx, edit.region), *_faults(edit, ctx.today)])
    if not await ctx.db.run(_UPSERT, *_values(ctx, edit)):
        current = await ctx.db.value("select version from profile where tenant_id = $1", ctx.tenant)
        raise stale(current or 0)
    await ctx.db.run(
        "update organisation set region_code = $2, industry_code = $3, version = version + 1, updated_at = $4"
        " where id = $1 and (region_code, industry_code) is distinct from ($2, $3)",
        ctx.tenant,
        edit.region,
        edit.industry,
        ctx.now,
    )
    ctx.audit("profile.edited", "profile", ctx.tenant, detail={"version": edit.version + 1})
    return _view(await _row(ctx, _SELECT + _FROM), clear=True)


_UPSERT = """
insert into profile as p (
  tenant_id, id, nature, address, registered_capital, established_on, staff, site_area, legal_name_sealed, contact_name_sealed,
  contact_phone_sealed, above_scale, ets_key_unit, park, intro, process_flow, main_equipment, version, updated_at, updated_by)
values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::int + 1, $18, $19)
on conflict (tenant_id, id) do update set
  nature = excluded.nature, address = excluded.address, registered_capital = excluded.registered_capital,
  established_on = excluded.established_on, staff = excluded.staff, site_area = excluded.site_area,
  legal_name_sealed = coalesce(excluded.legal_name_sealed, p.legal_name_sealed),
  contact_name_sealed = excluded.contact_name_sealed, contact_phone_sealed = excluded.contact_phone_sealed,
  above_scale = excluded.above_scale, park = excluded.park,
  ets_confirmed_at = case when p.ets_key_unit is distinct from excluded.ets_key_unit then null else p.ets_confirmed_at end,
  ets_key_unit = excluded.ets_key_unit, intro = excluded.intro, process_flow = excluded.process_flow,
  main_equipment = excluded.main_equipment, version = excluded.version, updated_at = excluded.updated_at,
  updated_by = excluded.updated_by
where p.version = $17
"""


def _values(ctx: Acting, edit: ProfileEdit) -> tuple[Any, ...]:
    here = ctx.tenant
    legal = seal(LEGAL_NAME, here, _name(edit.legal_name)) if edit.legal_name else None
    return (
        here, edit.nature, edit.address.strip(), edit.registered_capital, edit.established_on, edit.staff, edit.site_area,
        legal, seal(CONTACT_NAME, here, _name(edit.contact_name)), seal(CONTACT_PHONE, here, half_width(edit.contact_phone)),
        edit.above_scale, edit.ets_key_unit, edit.park, edit.intro, edit.process_flow, edit.main_equipment, edit.version,
        ctx.now, ctx.account_id,
    )  # fmt: skip


def _name(text: str) -> str:
    return " ".join(half_width(text).split())


def _faults(edit: ProfileEdit, today: date) -> list[FieldError | None]:
    """Checks of FD1 that need no database."""
    phone = half_width(edit.contact_phone)
    return [
        None if edit.nature in NATURES else FieldError("nature", "CHOICE", "请选择企业性质：" + "、".join(NATURES) + "。"),
        _length("address", edit.address.strip(), 1, 200, "地址"),
        _length("contact_name", edit.contact_name.strip(), 1, 20, "联系人"),
        _length("legal_name", (edit.legal_name or "").strip(), 0, 50, "法定代表人"),
        None if _dialable(phone) else FieldError("contact_phone", "PHONE", "请填手机号或带区号的固定电话，例如 020-87654321。"),
        _range("registered_capital", edit.registered_capital, Decimal("9999999999.9999"), 4, "注册资本（万元）"),
        _range("site_area", edit.site_area, Decimal("9999999999.99"), 2, "占地面积（平方米）"),
        None if edit.staff is None or 0 <= edit.staff <= 1_000_000 else FieldError("staff", "RANGE", "员工人数应在 0–1,000,000 之间。"),
        None if edit.established_on is None or date(1800, 1, 1) <= edit.established_on <= today
        else FieldError("established_on", "DATE", "成立日期不能晚于今天。"),
        _length("park", edit.park or "", 0, 100, "园区"),
        *(_length(name, getattr(edit, name), 0, 2000, title)
          for name, title in (("intro", "企业简介"), ("process_flow", "工艺流程"), ("main_equipment", "主要设备"))),
    ]  # fmt: skip


def _length(path: str, text: str, least: int, most: int, title: str) -> FieldError | None:
    if "\x00" in text:
        return FieldError(path, "CHARACTER", f"{title}里有无法保存的字符，请删除后重新输入。")
    if len(text) < least:
        return FieldError(path, "REQUIRED", f"请填{title}。")
    return FieldError(path, "LENGTH", f"{title}最多 {most} 个字。") if len(text) > most else None


def _range(path: str, value: Decimal | None, most: Decimal, places: int, title: str) -> FieldError | None:
    if value is None or (0 <= value <= most and value == round(value, places)):
        return None
    return FieldError(path, "RANGE", f"{title}应不小于 0，最多 {places} 位小数。")


def _dialable(text: str) -> bool:
    digits = [c for c in text if c.isdecimal()]
    return (
        7 <= len(digits) <= 16 and len(text) <= 20 and all(c.isascii() and (c.isdigit() or c in "+-() ") for c in text)
    )


async def _row(ctx: Acting, sql: str) -> dict[str, Any]:
    row = await ctx.db.row(sql, ctx.tenant, PLATFORM_ORG)
    assert row is not None, "who acts for an organisation sees it"
    return row


def _people(row: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    def opened(field: str, column: str) -> str | None:
        return unseal(field, row["id"], row[column]) if row[column] else None

    return (
        opened(LEGAL_NAME, "legal_name_sealed"),
        opened(CONTACT_NAME, "contact_name_sealed"),
        opened(CONTACT_PHONE, "contact_phone_sealed"),
    )


def _view(row: dict[str, Any], clear: bool) -> ProfileView:
    legal, contact, phone = _people(row)
    if not clear:
        legal = mask_name(legal) if legal else None
        contact = mask_name(contact) if contact else None
        phone = mask_phone(phone) if phone else None
    shown = {name: row[name] for name in ProfileView.__slots__ if name in row}
    licence = Licence(row["licence_name"], row["submitted_at"]) if row["licence_name"] else None
    return ProfileView(
        **{
            **shown,
            "verified": row["status"] == "active",
            "legal_name": legal,
            "contact_name": contact,
            "contact_phone": phone,
            "licence": licence,
        }
    )
