"""Third-party agencies 第三方机构 (FD15, RA8, LR5): who may audit reductions or verify grade reports, where, and until when.

The record is the operator's: kinds, places, a qualification file and its last day; the platform designates verifiers of the grade
report by dated rows that another operator makes. A firm chooses among agencies in good standing on the day; so does every move of
a case ask again (:func:`standing`). Machine checks of independence (R71) are :func:`tie_of_person` and :func:`tie_of_agency`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.files import StoredFile, open_file, save_file
from core.personal import half_width
from tenants.organisations import stale
from tenants.registration import FirstUser, NewOrganisation, create_organisation

#: Kinds of agency and the kind of case each may take.
AGENCY_KINDS = {"grade_verifier": "核查机构", "reduction_auditor": "清洁生产审核机构"}
KIND_OF_CASE = {"grade": "grade_verifier", "reduction": "reduction_auditor"}
#: Why an agency may not work today, as both sides read it.
STANDINGS = {
    "suspended": "该机构已被暂停",
    "expired": "该机构的资质已到期",
    "no_qualification": "该机构的资质文件还没有登记",
    "other_kind": "该机构不办理这类业务",
    "not_designated": "该机构今天不在平台指定的核查机构名单内",
    "gone": "该机构不在平台的机构名单内",
}
TIES = {
    "same_code": "机构与企业是同一主体",
    "same_parent": "机构与企业存在上下级或同一上级的关系",
    "prepared": "机构的人员三年内代理过该企业的填报或报告",
    "member": "三年内是该企业的成员",
    "agent": "三年内是该企业的代理人",
}
LONGEST = timedelta(days=366 * 6)


@dataclass(frozen=True, slots=True)
class NewAgency:
    """A record to make: of an organisation that is there (``organisation_id``), or of a new one with its first administrator."""

    kinds: Sequence[str]
    regions: Sequence[str]
    contact: str
    valid_to: date
    trades: str = ""
    qualification_no: str = ""
    organisation_id: UUID | None = None
    name: str = ""
    uscc: str = ""
    region: str | None = None
    user: FirstUser | None = None


@dataclass(frozen=True, slots=True)
class AgencyEdit:
    """What an operator may change of a record; ``version`` as it was read."""

    kinds: Sequence[str]
    regions: Sequence[str]
    contact: str
    trades: str
    qualification_no: str
    version: int


@dataclass(frozen=True, slots=True)
class RegionName:
    """A place by code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AgencyDays:
    """A designation: the days, both included, and its early end."""

    valid_from: date
    valid_to: date
    ended_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class AgencyChangeLine:
    """One line of the record's history."""

    what: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency in a list. ``state``: active | suspended | expired | no_qualification; ``designated``: today, for the grade report."""

    id: UUID
    name: str
    uscc: str
    kinds: list[str]
    kind_words: list[str]
    regions: list[RegionName]
    contact: str
    trades: str
    valid_to: date
    days_left: int
    designated: bool
    designated_to: date | None
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class AgencyList:
    """A page for the operator."""

    items: list[AgencyLine]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class AgencyDetail:
    """One record with its designations and history; ``first_account`` and ``first_password`` once, when its organisation was just made."""

    agency: AgencyLine
    intro: str
    qualification_no: str
    qualification: str
    state_reason: str
    designations: list[AgencyDays]
    changes: list[AgencyChangeLine]
    first_account: str = ""
    first_password: str = ""


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """An agency that a firm may choose today; ``conflict`` says why not this one (R71)."""

    id: UUID
    name: str
    kinds: list[str]
    regions: list[RegionName]
    contact: str
    trades: str
    intro: str
    qualification_no: str
    valid_to: date
    designated_to: date | None
    covers: bool
    conflict: str


@dataclass(frozen=True, slots=True)
class AgencyChoices:
    """All of a kind, those that cover the firm's place first."""

    items: list[AgencyChoice]
    total: int


@dataclass(frozen=True, slots=True)
class AgencyPerson:
    """A person of the acting agency; ``id`` is that of the membership, ``tie`` why he may not work on the case asked about."""

    id: UUID
    name: str
    account: str
    roles: list[str]
    self: bool
    tie: str


@dataclass(frozen=True, slots=True)
class AgencyPeople:
    """Active people of the acting agency."""

    items: list[AgencyPerson]
    total: int


_FIELDS = """
select a.id, a.name, a.uscc, a.kinds, a.contact, a.trades, a.intro, a.qualification_no, a.qualification_file, a.qualification_name,
       a.valid_to, a.state, a.state_reason, a.version, d.valid_to as designated_to,
       (select jsonb_agg(jsonb_build_array(r.code, r.name) order by r.code) from region r where r.code = any (a.regions)) as places,
       count(*) over () as total
"""
_FROM = """
  from agency a left join lateral (
    select max(x.valid_to) as valid_to from agency_designation x
     where x.agency_id = a.id and x.valid_from <= $1 and x.valid_to >= $1 and (x.ended_on is null or x.ended_on > $1)) d on true
"""
_COLUMNS = _FIELDS + _FROM
_WHERE = """
 where ($2 = '' or strpos(a.name, $2) > 0 or starts_with(a.uscc, upper($2)))
   and ($3 = '' or ($3 = 'suspended' and a.state = 'suspended') or ($3 = 'expired' and a.valid_to < $1)
        or ($3 = 'designated' and d.valid_to is not null) or ($3 = any (a.kinds))
        or ($3 = 'active' and a.state = 'active' and a.valid_to >= $1))
"""
_FITS = """
, a.regions && coalesce((select array_append(r.path, r.code) from region r where r.code = $3), '{}') as covers, tie_of_agency($4, a.id, $5) as tie
"""
_OFFERED = """
 where $6 = any (a.kinds) and agency_standing(a.id, $2, $1) = 'ok' order by covers desc, a.name, a.id limit 500
"""


async def list_agencies(ctx: Acting, *, q: str = "", state: str = "", page: int = 1, page_size: int = 20) -> AgencyList:
    """The operator's list by name. ``state``: active | suspended | expired | designated | a kind."""
    rows = await ctx.db.rows(
        _COLUMNS + _WHERE + " order by a.name, a.id limit $4 offset $5",
        ctx.today, q.strip(), state, page_size, (page - 1) * page_size,
    )  # fmt: skip
    return AgencyList([_line(ctx, row) for row in rows], rows[0]["total"] if rows else 0, page, page_size)


async def get_agency(ctx: Acting, agency_id: UUID) -> AgencyDetail:
    """One record. Raises NotFound."""
    row = await _row(ctx, agency_id)
    days = await ctx.db.rows(
        "select valid_from, valid_to, ended_on, note from agency_designation where agency_id = $1 order by valid_from desc, made_at desc limit 50", agency_id
    )
    changes = await ctx.db.rows("select what, reason, at from agency_change where agency_id = $1 order by at desc limit 100", agency_id)
    return AgencyDetail(
        _line(ctx, row), row["intro"], row["qualification_no"], row["qualification_name"], row["state_reason"],
        [AgencyDays(**d) for d in days], [AgencyChangeLine(**c) for c in changes],
    )  # fmt: skip


async def _row(ctx: Acting, agency_id: UUID) -> dict[str, Any]:
    row = await ctx.db.row(_COLUMNS + " where a.id = $2", ctx.today, agency_id)
    if row is None:
        raise NotFound("没有这家机构，或它不在平台的机构名单内。")
    return row


def _line(ctx: Acting, row: dict[str, Any]) -> AgencyLine:
    left = (row["valid_to"] - ctx.today).days
    state = "suspended" if row["state"] == "suspended" else "expired" if left < 0 else "active" if row["qualification_file"] else "no_qualification"
    return AgencyLine(
        id=row["id"], name=row["name"], uscc=row["uscc"], kinds=list(row["kinds"]), kind_words=[AGENCY_KINDS[k] for k in row["kinds"]],
        regions=_places(row), contact=row["contact"], trades=row["trades"], valid_to=row["valid_to"], days_left=left,
        designated=row["designated_to"] is not None, designated_to=row["designated_to"], state=state, version=row["version"],
    )  # fmt: skip


def _places(row: dict[str, Any]) -> list[RegionName]:
    return [RegionName(code, name) for code, name in row["places"] or []]


async def create_agency(ctx: Acting, new: NewAgency) -> AgencyDetail:
    """Make a record, and its organisation when there is none yet. Raises Invalid, NotFound, Conflict (AGENCY_EXISTS, CLAIM_TAKEN …)."""
    facts = await _checked(ctx, new.kinds, new.regions, new.contact, new.trades, new.qualification_no)
    facts["valid_to"] = _last_day(ctx, new.valid_to).isoformat()
    account = password = ""
    agency_id = new.organisation_id
    if agency_id is None:
        if new.user is None:
            raise Invalid([FieldError("user", "REQUIRED", "新机构需要一位管理员，请填写姓名、账号和手机号。")])
        made = await create_organisation(ctx, NewOrganisation("verifier", new.name, new.user, uscc=new.uscc, region=new.region))
        agency_id, account, password = made.organisation_id, made.account, made.initial_password
    outcome = await ctx.db.value("select agency_put($1, 0, $2, 'created', '', $3)", agency_id, facts, ctx.now)
    if outcome == "exists":
        raise Conflict("AGENCY_EXISTS", "这家机构已在名单内，请打开它修改。")
    if outcome == "no_organisation":
        raise NotFound("没有这家核查机构组织，请先开户，或直接填写名称和代码新建。")
    ctx.audit("agency.created", "agency", agency_id, detail={"kinds": list(new.kinds)})
    found = await get_agency(ctx, agency_id)
    return AgencyDetail(
        found.agency, found.intro, found.qualification_no, found.qualification, found.state_reason, found.designations, found.changes, account, password
    )


async def edit_agency(ctx: Acting, agency_id: UUID, edit: AgencyEdit) -> AgencyDetail:
    """Change kinds, places, contact. Raises Invalid, NotFound, Conflict STALE_VERSION."""
    facts = await _checked(ctx, edit.kinds, edit.regions, edit.contact, edit.trades, edit.qualification_no)
    return await _put(ctx, agency_id, edit.version, facts, "edited")


async def suspend_agency(ctx: Acting, agency_id: UUID, *, version: int, reason: str) -> AgencyDetail:
    """No new case and no move of an open one until resumed; its firms hear of it and may withdraw. Raises Invalid, NotFound, Conflict."""
    return await _switch(ctx, agency_id, version, "suspended", reason)


async def resume_agency(ctx: Acting, agency_id: UUID, *, version: int, reason: str = "") -> AgencyDetail:
    """Let a suspended agency work again."""
    return await _switch(ctx, agency_id, version, "active", reason)


async def _switch(ctx: Acting, agency_id: UUID, version: int, state: str, reason: str) -> AgencyDetail:
    said = " ".join(reason.split())
    if (state == "suspended" and len(said) < 2) or len(said) > 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明暂停的原因（2–500 字），机构和有关企业会看到。")])
    row = await _row(ctx, agency_id)
    if row["state"] == state:
        raise Conflict("STATE", "该机构已经是这个状态，请刷新后再看。", state=row["state"])
    return await _put(ctx, agency_id, version, {"state": state}, "suspended" if state == "suspended" else "resumed", said)


async def extend_agency(ctx: Acting, agency_id: UUID, *, version: int, valid_to: date, reason: str = "") -> AgencyDetail:
    """Another last day of the qualification, later or earlier. Raises Invalid, NotFound, Conflict."""
    await _row(ctx, agency_id)
    return await _put(ctx, agency_id, version, {"valid_to": _last_day(ctx, valid_to).isoformat()}, "extended", " ".join(reason.split())[:500])


async def designate_agency(ctx: Acting, agency_id: UUID, *, version: int, valid_from: date | None, valid_to: date | None, note: str = "") -> AgencyDetail:
    """Name an agency for the grade report from a day to a day, or end what is in force (``valid_to`` None).

    Raises Invalid, NotFound, Conflict (STALE_VERSION, DESIGNATED_ALREADY, NOT_DESIGNATED).
    """
    row = await _row(ctx, agency_id)
    start = valid_from or ctx.today
    if valid_to is not None:
        if "grade_verifier" not in row["kinds"]:
            raise Invalid([FieldError("kinds", "OTHER_KIND", "只有核查机构可以被指定；清洁生产审核机构由企业自行选择。")])
        if valid_to < start or start < ctx.today - timedelta(days=31):
            raise Invalid([FieldError("valid_to", "DATE", "指定的截止日不能早于开始日，开始日最早为一个月前。")])
        if valid_to > row["valid_to"]:
            raise Invalid([FieldError("valid_to", "DATE", f"指定的截止日不能晚于资质到期日 {row['valid_to']}，请先延期资质。")])
    outcome = await ctx.db.value("select agency_designate($1, $2, $3, $4, $5, $6)", agency_id, version, start, valid_to, note.strip()[:200], ctx.now)
    if outcome == "stale":
        raise stale(row["version"])
    if outcome == "overlap":
        raise Conflict("DESIGNATED_ALREADY", "这段日期内已有指定，请先结束原来的指定，或改选不重叠的日期。")
    if outcome == "none":
        raise Conflict("NOT_DESIGNATED", "该机构现在没有生效的指定，不需要结束。")
    ctx.audit("agency.designated", "agency", agency_id, detail={"from": start.isoformat(), "to": valid_to.isoformat() if valid_to else None})
    return await get_agency(ctx, agency_id)


async def hand_in_qualification(ctx: Acting, agency_id: UUID, file_name: str, data: bytes, *, version: int) -> AgencyDetail:
    """The scanned qualification (pdf, jpg, png, 10 MB); without one an agency cannot be chosen. Raises Invalid, NotFound, Conflict."""
    await _row(ctx, agency_id)
    ref = await save_file(ctx, file_name, data, "licence")
    return await _put(ctx, agency_id, version, {"qualification_file": str(ref.id), "qualification_name": ref.name}, "qualification")


async def read_qualification(ctx: Acting, agency_id: UUID) -> StoredFile:
    """The file, for the operator. Raises NotFound."""
    row = await _row(ctx, agency_id)
    if row["qualification_file"] is None:
        raise NotFound("还没有上传资质文件。")
    return await open_file(ctx, row["qualification_file"])


async def _put(ctx: Acting, agency_id: UUID, version: int, facts: dict[str, Any], what: str, reason: str = "") -> AgencyDetail:
    outcome = await ctx.db.value("select agency_put($1, $2, $3, $4, $5, $6)", agency_id, max(version, 1), facts, what, reason, ctx.now)
    if outcome == "gone":
        raise NotFound("没有这家机构，或它不在平台的机构名单内。")
    if outcome == "stale":
        raise stale((await _row(ctx, agency_id))["version"])
    ctx.audit(f"agency.{what}", "agency", agency_id, detail={k: v for k, v in facts.items() if k != "contact"} | {"reason": reason})
    return await get_agency(ctx, agency_id)


async def _checked(ctx: Acting, kinds: Sequence[str], regions: Sequence[str], contact: str, trades: str, number: str) -> dict[str, Any]:
    """The fields in normal form. Raises Invalid naming each bad one."""
    faults = []
    chosen = [k for k in AGENCY_KINDS if k in set(kinds)]
    if not chosen or set(kinds) - AGENCY_KINDS.keys():
        faults.append(FieldError("kinds", "CHOICE", "请选择机构类型：核查机构、清洁生产审核机构，可以都选。"))
    places = list(dict.fromkeys(regions))
    known = {r["code"] for r in await ctx.db.rows("select code from region where code = any ($1)", places)}
    faults += [FieldError(f"regions[{n}]", "REGION", "没有这个区划代码，请从列表中选择。") for n, code in enumerate(places) if code not in known]
    if not places:
        faults.append(FieldError("regions", "REQUIRED", "请至少选择一个服务区域。"))
    said = half_width(contact)
    if not 2 <= len(said) <= 200:
        faults.append(FieldError("contact", "REQUIRED", "请填机构对外的联系方式（部门与电话），2–200 个字。"))
    if faults:
        raise Invalid(faults)
    return {"kinds": chosen, "regions": places, "contact": said, "trades": trades.strip()[:200], "qualification_no": number.strip()[:100]}


def _last_day(ctx: Acting, day: date) -> date:
    if not ctx.today <= day <= ctx.today + LONGEST:
        raise Invalid([FieldError("valid_to", "DATE", "资质到期日应在今天到六年之内；要马上停止，请用“暂停”。")])
    return day


async def choose_agencies(ctx: Acting, kind: str, region: str | None = None) -> AgencyChoices:
    """Agencies in good standing today for a kind of case (grade | reduction), as the acting firm may choose them."""
    place = region or await ctx.db.value("select region_code from organisation where id = $1", ctx.tenant)
    rows = await ctx.db.rows(
        _FIELDS + _FITS + _FROM + _OFFERED,
        ctx.today, kind, place, ctx.tenant, ctx.now, KIND_OF_CASE[kind],
    )  # fmt: skip
    found = [
        AgencyChoice(
            id=r["id"], name=r["name"], kinds=list(r["kinds"]), regions=_places(r), contact=r["contact"], trades=r["trades"], intro=r["intro"],
            qualification_no=r["qualification_no"], valid_to=r["valid_to"], designated_to=r["designated_to"], covers=r["covers"],
            conflict=TIES[r["tie"]] if r["tie"] else "",
        )
        for r in rows
    ]  # fmt: skip
    return AgencyChoices(found, len(found))


async def standing(ctx: Acting, agency_id: UUID, kind: str) -> str:
    """``ok``, or the code of :data:`STANDINGS`: may this agency work on cases of ``kind`` today?"""
    return str(await ctx.db.value("select agency_standing($1, $2, $3)", agency_id, kind, ctx.today))


async def tie_of_person(ctx: Acting, firm: UUID, person: UUID) -> str | None:
    """``member`` or ``agent`` when the person is, or was within three years, one of the firm's (R71, T5)."""
    found: str | None = await ctx.db.value("select tie_of_person($1, $2, $3)", firm, person, ctx.now)
    return found


async def tie_of_agency(ctx: Acting, firm: UUID, agency_id: UUID) -> str | None:
    """A code of :data:`TIES` when firm and agency are one house, or the agency's people file or report for the firm (R71)."""
    found: str | None = await ctx.db.value("select tie_of_agency($1, $2, $3)", firm, agency_id, ctx.now)
    return found


async def agency_name(ctx: Acting, agency_id: UUID) -> str:
    """The name in the list. Raises NotFound."""
    return str((await _row(ctx, agency_id))["name"])


async def agency_profile(ctx: Acting) -> AgencyDetail:
    """The acting agency's own record. Raises NotFound for an agency that is not in the list, Forbidden for others."""
    if ctx.org_kind != "verifier":
        raise Forbidden("AGENCY_ONLY", "只有第三方机构有机构资料。")
    return await get_agency(ctx, ctx.tenant)


async def edit_agency_profile(ctx: Acting, *, contact: str, trades: str, intro: str, version: int) -> AgencyDetail:
    """What an agency says of itself: contact, trades it knows, a few words. Raises Invalid, NotFound, Conflict."""
    await agency_profile(ctx)
    said = half_width(contact)
    if not 2 <= len(said) <= 200:
        raise Invalid([FieldError("contact", "REQUIRED", "请填机构对外的联系方式（部门与电话），2–200 个字。")])
    return await _put(ctx, ctx.tenant, version, {"contact": said, "trades": trades.strip()[:200], "intro": intro.strip()[:1000]}, "profile")


async def agency_people(ctx: Acting, firm: UUID | None = None) -> AgencyPeople:
    """Active people of the acting agency; with ``firm``, who may not work on its cases and why."""
    rows = await ctx.db.rows(
        "select m.id, m.person_id, m.display_name_masked as name, m.login_name as account, m.roles,"
        " case when $2::uuid is not null then tie_of_person($2, m.person_id, $3) end as tie"
        " from membership m where m.tenant_id = $1 and m.status = 'active' and m.valid_from <= $4 and coalesce(m.valid_to, $4) >= $4"
        " order by m.created_at, m.id limit 500",
        ctx.tenant, firm, ctx.now, ctx.today,
    )  # fmt: skip
    found = [
        AgencyPerson(r["id"], r["name"], r["account"], list(r["roles"]), r["person_id"] == ctx.person_id, TIES[r["tie"]] if r["tie"] else "")
        for r in rows
    ]
    return AgencyPeople(found, len(found))


@dataclass(frozen=True, slots=True)
class AgencyWorker:
    """A person of the acting agency as a case names him."""

    person_id: UUID
    name: str
    roles: frozenset[str]


async def agency_worker(ctx: Acting, member_id: UUID) -> AgencyWorker | None:
    """An active person of the acting agency by membership; None when there is none."""
    row = await ctx.db.row(
        "select person_id, display_name_masked as name, roles from membership where tenant_id = $1 and id = $2 and status = 'active'"
        " and valid_from <= $3 and coalesce(valid_to, $3) >= $3",
        ctx.tenant, member_id, ctx.today,
    )  # fmt: skip
    return None if row is None else AgencyWorker(row["person_id"], row["name"], frozenset(row["roles"]))
