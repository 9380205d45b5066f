"""How organisations come to be: an enterprise registers itself, or an operator creates one of any kind with its first user."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import auth
from core.crypto import blind_index, seal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, Problem
from core.ids import PLATFORM_ORG, new_id
from core.personal import half_width, mask_name, mask_phone
from tenants.codes import uscc_warning
from tenants.members import check_roles
from tenants.organisations import KINDS, name_or_refuse, uscc_or_refuse
from tenants.profiles import CONTACT_NAME, CONTACT_PHONE, LEGAL_NAME
from tenants.trees import industry_fault, place_of_uscc, refuse, region_fault

CLAIMANT_NAME, CLAIMANT_PHONE = "dispute.claimant_name", "dispute.claimant_phone"
GOV_LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class NewEnterprise:
    """A self-registration; the person becomes the enterprise's legal representative account."""

    organisation_name: str
    uscc: str
    name: str
    phone: str
    account: str
    password: str
    sms_code: str
    region: str | None = None
    industry: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What the new enterprise is told; it signs in next."""

    organisation_id: UUID
    organisation: str
    status: str
    account: str
    uscc_note: str | None


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The first person of an organisation made by an operator."""

    name: str
    phone: str
    account: str
    roles: list[str]
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation made by an operator. ``scope``: places of a government office, which needs its user's ``valid_to`` too."""

    kind: str
    name: str
    user: FirstUser
    uscc: str | None = None
    region: str | None = None
    industry: str | None = None
    scope: list[str] | None = None
    include_children: bool = True


@dataclass(frozen=True, slots=True)
class FirstAccount:
    """The initial password, shown once, good for 72 hours, to be changed at first sign-in (L6)."""

    organisation_id: UUID
    organisation: str
    account: str
    initial_password: str


async def register_enterprise(ctx: Acting, new: NewEnterprise, device: bytes) -> Registered:
    """A new enterprise, ``unverified`` until an operator approved its licence.

    Raises Invalid; Conflict CLAIM_TAKEN when the USCC is in use: a dispute task is opened (and kept), no organisation, no
    account, and the holder is not named (T1).
    """
    name, uscc = name_or_refuse(new.organisation_name, "organisation_name"), uscc_or_refuse(new.uscc)
    person = person_name(new.name, "name")
    region = new.region or await place_of_uscc(ctx, uscc)
    refuse([
        await region_fault(ctx, new.region) if new.region else _missing(region),
        await industry_fault(ctx, new.industry) if new.industry else None,
    ])  # fmt: skip
    phone = await auth.spend_code(ctx, "register", new.phone, new.sms_code, device, path="sms_code")
    tenant = new_id()
    made = await ctx.db.value(
        "select organisation_create($1, 'enterprise', $2, $3, $4, $5, 'unverified', 'self', $6)",
        tenant, uscc, name, region, new.industry or None, ctx.now,
    )  # fmt: skip
    if not made:
        raise await _open_dispute(ctx, uscc, name, person, phone)
    account = await auth.create_person_account(
        ctx, login_name=new.account, name=person, phone=phone, password=new.password, profile="seed001", short_name=name
    )
    await _first_member(ctx, tenant, account, ["legal"], None, person, phone)
    await _first_profile(ctx, tenant, person, phone)
    ctx.tenant_id, ctx.account_id, ctx.person_id = tenant, account.account_id, account.person_id
    ctx.audit("organisation.registered", "organisation", tenant)
    return Registered(tenant, name, "unverified", account.login_name, uscc_warning(uscc))


async def create_organisation(ctx: Acting, new: NewOrganisation) -> FirstAccount:
    """An active organisation of any kind but the platform's own, with its first user.

    Raises Invalid, Forbidden, Conflict (CLAIM_TAKEN, LOGIN_NAME_TAKEN, PHONE_TAKEN).
    """
    if new.kind not in KINDS or new.kind == "operator":
        raise Invalid(
            [FieldError("kind", "CHOICE", "请选择企业、核查机构、银行或政府部门；运营人员请在“运营人员”中添加。")]
        )
    roles = check_roles(new.user.roles, new.kind, "user.roles")
    name = name_or_refuse(new.name, "name")
    uscc = _uscc_by_kind(new)
    region = new.region or (uscc and await place_of_uscc(ctx, uscc)) or (new.scope[0] if new.scope else None)
    await _check_places(ctx, new, region)
    tenant = new_id()
    made = await ctx.db.value(
        "select organisation_create($1, $2, $3, $4, $5, $6, 'active', 'operator', $7)",
        tenant, new.kind, uscc, name, region, new.industry or None, ctx.now,
    )  # fmt: skip
    if not made:
        raise Conflict("CLAIM_TAKEN", "这个统一社会信用代码已有组织在用，请先查询；确需更换主体请在“争议”中处理。")
    for code in dict.fromkeys(new.scope or ()):
        await ctx.db.run(
            "select gov_scope_add($1, $2, $3, $4, $5)", tenant, new_id(), code, new.include_children, ctx.now
        )
    account, password = await _first_user(ctx, tenant, new, roles, name)
    ctx.audit(
        "organisation.created",
        "organisation",
        tenant,
        detail={"kind": new.kind, "roles": roles, "scope": new.scope or []},
    )
    return FirstAccount(tenant, name, account, password)


async def add_operator(ctx: Acting, user: FirstUser) -> FirstAccount:
    """A person of the platform itself. Raises Invalid, Forbidden, Conflict."""
    ctx.require("ops.account.manage")
    roles = check_roles(user.roles, "operator", "user.roles")
    new = NewOrganisation("operator", "平台运营中心", user)
    _check_end(new, ctx.today)
    account, password = await _first_user(ctx, PLATFORM_ORG, new, roles, "平台")
    ctx.audit("operator.added", "organisation", PLATFORM_ORG, detail={"account": account, "roles": roles})
    return FirstAccount(PLATFORM_ORG, new.name, account, password)


def person_name(text: str, path: str) -> str:
    """A person's name: half-width, 2-50 visible characters. Raises Invalid."""
    name = " ".join(half_width(text).split())
    if not 2 <= len(name) <= 50 or not name.isprintable():
        raise Invalid([FieldError(path, "NAME", "请填真实姓名，2–50 个字。")])
    return name


def _missing(region: str | None) -> FieldError | None:
    return None if region else FieldError("region", "REGION", "请选择所属区域。")


def _uscc_by_kind(new: NewOrganisation) -> str | None:
    if new.kind == "gov" and not new.uscc:
        return None
    if not new.uscc:
        raise Invalid([FieldError("uscc", "REQUIRED", "请填统一社会信用代码。")])
    return uscc_or_refuse(new.uscc)


async def _check_places(ctx: Acting, new: NewOrganisation, region: str | None) -> None:
    _check_end(new, ctx.today)
    faults: list[FieldError | None] = [_missing(region)]
    if new.kind == "enterprise":
        faults.append(await region_fault(ctx, region) if region else None)
        faults.append(await industry_fault(ctx, new.industry or ""))
    known = set(
        r["code"]
        for r in await ctx.db.rows(
            "select code from region where code = any ($1)", [*(new.scope or ()), *filter(None, [region])]
        )
    )
    faults += [
        FieldError(f"scope[{n}]", "REGION", "没有这个区划代码，请从列表中选择。")
        for n, code in enumerate(new.scope or ())
        if code not in known
    ]
    if region and region not in {*known, *(new.scope or ())}:
        faults.append(FieldError("region", "REGION", "没有这个区划代码，请从列表中选择。"))
    refuse(faults)


def _check_end(new: NewOrganisation, today: date) -> None:
    if new.kind == "gov" and not new.scope:
        raise Invalid([FieldError("scope", "REQUIRED", "请选择该部门可以查看的区域。")])
    if new.kind != "gov" and new.scope:
        raise Invalid([FieldError("scope", "NOT_HERE", "只有政府部门需要区域范围。")])
    if new.kind == "gov" and new.user.valid_to is None:
        raise Invalid([FieldError("user.valid_to", "REQUIRED", "请填政府用户的到期日，最长 3 年。")])
    if new.user.valid_to is not None and not today <= new.user.valid_to <= today + GOV_LONGEST:
        raise Invalid([FieldError("user.valid_to", "DATE", "到期日应在今天之后，最长 3 年。")])


async def _first_user(
    ctx: Acting, tenant: UUID, new: NewOrganisation, roles: list[str], short_name: str
) -> tuple[str, str]:
    person, phone = person_name(new.user.name, "user.name"), auth.e164_or_refuse(new.user.phone, "user.phone")
    account = await auth.create_person_account(
        ctx,
        login_name=new.user.account,
        name=person,
        phone=phone,
        profile="seed001" if new.kind == "enterprise" else "strong",
        short_name=short_name,
    )
    await _first_member(ctx, tenant, account, roles, new.user.valid_to, person, phone)
    if new.kind == "enterprise":
        await _first_profile(ctx, tenant, person, phone, back=ctx.tenant_id)
    assert account.password is not None
    return account.login_name, account.password


async def _first_member(
    ctx: Acting, tenant: UUID, account: auth.Created, roles: list[str], valid_to: date | None, person: str, phone: str
) -> None:
    await ctx.db.run(
        "select membership_first($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant, new_id(), account.person_id, roles, valid_to, mask_name(person), account.login_name, mask_phone(phone),
        ctx.now, ctx.today,
    )  # fmt: skip


async def _first_profile(ctx: Acting, tenant: UUID, person: str, phone: str, back: UUID | None = None) -> None:
    """The new organisation's own row, written in its name; ``back`` is who goes on acting afterwards."""
    await ctx.db.run("select set_config('app.tenant', $1, true)", str(tenant))
    await ctx.db.run(
        "insert into profile (tenant_id, id, legal_name_sealed, contact_name_sealed, contact_phone_sealed, created_at, updated_at)"
        " values ($1, $1, $2, $3, $4, $5, $5)",
        tenant,
        seal(LEGAL_NAME, tenant, person),
        seal(CONTACT_NAME, tenant, person),
        seal(CONTACT_PHONE, tenant, phone.removeprefix("+86")),
        ctx.now,
    )
    if back is not None:
        await ctx.db.run("select set_config('app.tenant', $1, true)", str(back))


async def _open_dispute(ctx: Acting, uscc: str, name: str, person: str, phone: str) -> Problem:
    task = new_id()
    found = await ctx.db.value(
        "select dispute_open($1, $2, $3, $4, $5, $6, $7)",
        task, uscc, name, seal(CLAIMANT_NAME, task, person), seal(CLAIMANT_PHONE, task, phone), blind_index("phone", phone), ctx.now,
    )  # fmt: skip
    ctx.audit("dispute.opened", "dispute", found)
    return Conflict(
        "CLAIM_TAKEN",
        "这个统一社会信用代码已有企业在用。我们已登记您的申请，运营人员会在 3 个工作日内按您留的手机号核实；"
        "如果您是该企业的员工，请让企业管理员在“成员”里邀请您，无需等待。",
        dispute_id=str(found),
    ).keep()


__all__ = [
    "CLAIMANT_NAME",
    "CLAIMANT_PHONE",
    "FirstAccount",
    "FirstUser",
    "NewEnterprise",
    "NewOrganisation",
    "Registered",
    "add_operator",
    "create_organisation",
    "person_name",
    "register_enterprise",
]
