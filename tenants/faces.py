"""Signing in by a proved identity 刷脸登录 (V6-V9): the firms that a person represents or files for, and going into one of them.

Matched are the blind index of the document AND the name. One without the other is refused in words that tell nothing of the registry,
and becomes a task for an operator (V7).
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import auth
from auth import identity_providers as idp
from auth.sessions import SignedIn
from core.crypto import blind_index, blind_indexes, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem
from core.ids import new_id
from core.personal import half_width, mask_name, normalise_id_number, normalise_name
from tenants.codes import CodeError, check_id_number
from tenants.grants import ID_TYPES
from tenants.organisations import uscc_or_refuse
from tenants.profiles import CONTACT_NAME, LEGAL_NAME
from tenants.registration import person_name
from tenants.registry import LEGAL_NAME as REGISTRY_NAME
from tenants.trees import place_of_uscc

#: Spellings of V9's documents that clients use besides our own.
ALIASES = {"id_card": "resident_id", "hkm_permit": "hkmt_permit", "tw_permit": "hkmt_permit", "hmt_residence": "hkmt_residence", "foreign_pr": "foreign_residence"}
NEUTRAL = "核验信息与登记信息不一致，暂时不能登录这家企业。我们已转工作人员核对，请稍后再试；也可以在「权限申请」里提交盖章的申请表，或拨打服务热线。"


@dataclass(frozen=True, slots=True)
class FaceEnterprise:
    """A firm the proved person may go into: as ``legal`` or as ``agent``; ``organisation_id`` null: not on the platform yet."""

    uscc: str
    name: str
    role: str
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """``pending`` | ``failed`` | ``verified`` with the firms; ``signed`` for who is known here and has no firm by registry or grant."""

    state: str
    reason: str | None
    enterprises: list[FaceEnterprise]
    signed: SignedIn | None = None


def check_hint(ctx: Acting, provider: idp.IdentityProvider, name: str, id_type: str, id_no: str) -> idp.Hint:
    """What the person typed, in normal form. Raises Invalid naming each bad field; says the other way for documents it does not know."""
    kind, number, faults = ALIASES.get(id_type, id_type), normalise_id_number(id_no), []
    try:
        name = person_name(name, "name")
    except Invalid as error:
        faults += error.errors
    if kind not in ID_TYPES:
        faults.append(FieldError("id_type", "CHOICE", f"证件类型应为{'、'.join(ID_TYPES.values())}之一。"))
    elif kind not in provider.id_types:
        text = f"{provider.name}不能核验{ID_TYPES[kind]}。请用账号密码登录；没有账号的，请在「权限申请」里提交盖章的申请表，由工作人员开立账号。"
        faults.append(FieldError("id_type", "ID_TYPE_UNSUPPORTED", text))
    elif kind == "resident_id":
        try:
            number = check_id_number(id_no, ctx.today)
        except CodeError as error:
            faults.append(FieldError("id_no", error.code, error.message))
    elif not (5 <= len(number) <= 30 and number.isascii() and number.isalnum()):
        faults.append(FieldError("id_no", "ID_FORM", "证件号为 5–30 位字母或数字，请对照证件填写。"))
    if faults:
        raise Invalid(faults)
    return idp.Hint(half_width(name), kind, number)


async def claim_face(ctx: Acting, session_id: UUID, secret: str, device: bytes, device_id: str) -> Claimed:
    """How a session stands and, once verified, where it leads. Call it outside of transactions. Raises Gone."""
    seen = await idp.look(ctx, session_id, secret, device)
    if seen.person is None:
        return Claimed(seen.state, seen.reason, [])
    async with auth.wechat.apart(ctx):
        firms = await _firms(ctx, seen.person)
        signed = None if firms else await _known(ctx, seen, device_id)
    return Claimed("verified", None, firms, signed)


async def _firms(ctx: Acting, who: idp.Hint) -> list[FaceEnterprise]:
    """Every enterprise in business that the person represents, then those whose grant is in force today (V6)."""
    name, indexes = normalise_name(who.name), blind_indexes("id_number", who.id_no)
    found: dict[str, FaceEnterprise] = {}
    for row in await ctx.db.rows("select * from registry_match($1)", indexes):
        if normalise_name(unseal(REGISTRY_NAME, row["id"], row["legal_name_sealed"])) == name:
            found[row["uscc"]] = FaceEnterprise(row["uscc"], row["name"], "legal", row["organisation_id"])
        else:
            await _task(ctx, "mismatch", row["uscc"], row["name"], who)
    for row in await ctx.db.rows("select * from identity_grants($1, $2)", indexes, ctx.today):
        if normalise_name(unseal("delegation.agent_name", row["delegation_id"], row["agent_name_sealed"])) != name:
            await _task(ctx, "mismatch", row["uscc"], row["name"], who)
        elif row["uscc"] not in found:
            found[row["uscc"]] = FaceEnterprise(row["uscc"], row["name"], "agent", row["organisation_id"])
    return list(found.values())


async def _known(ctx: Acting, seen: idp.Looked, device_id: str) -> SignedIn | None:
    """Somebody who proved this document here before signs in without a firm of the registry; his memberships are his own."""
    assert seen.person is not None
    row = await idp.person_of(ctx, seen.person)
    if row is None or not _same_name(row, seen.person):
        return None
    await idp.use(ctx, seen.session_id, row["account_id"])
    return await idp.sign_in(ctx, row["account_id"], seen.audience, device_id, None)


def _same_name(row: dict[str, Any], who: idp.Hint) -> bool:
    return normalise_name(unseal("person.name", row["person_id"], row["name_sealed"])) == normalise_name(who.name)


async def enter_by_face(ctx: Acting, session_id: UUID, secret: str, device: bytes, device_id: str, uscc: str) -> tuple[SignedIn, int]:
    """Go into one firm with a verified session; returns the session and the version of the privacy text agreed to. Within a transaction.

    The representative of a firm that is new here makes it, verified by the registry. Raises Gone, Conflict ``FACE_NOT_VERIFIED`` /
    ``ORGANISATION_SUSPENDED``, Forbidden ``REGISTRY_MISMATCH``, NotFound ``NOT_IN_REGISTRY``, Invalid.
    """
    code = uscc_or_refuse(uscc)
    seen = await idp.hold(ctx, session_id, secret, device)
    who = seen.person
    if who is None:
        raise Conflict("FACE_NOT_VERIFIED", seen.reason or "核验还没有完成，请先完成核验。", state=seen.state)
    firm = next((f for f in await _firms(ctx, who) if f.uscc == code), None)
    if firm is None:
        raise await _denied(ctx, code, who)
    account = await _account(ctx, who, firm, seen.provider)
    if firm.role == "legal":
        organisation = await _enter_as_legal(ctx, session_id, who, firm, account)
    else:
        assert firm.organisation_id is not None
        organisation = firm.organisation_id
        await idp.use(ctx, session_id, account["account_id"])
    signed = await idp.sign_in(ctx, account["account_id"], seen.audience, device_id, organisation)
    if signed.organisation != organisation:
        raise Forbidden("NO_MEMBERSHIP", "您的委托已结束，请联系该企业续期。")
    return signed, seen.consent_version


async def link_face(ctx: Acting, session_id: UUID, secret: str, device: bytes) -> None:
    """Give the proved document to the acting account (V5), so that a face opens it from now on. The route asks for a fresh proof.

    Raises Gone, Conflict ``FACE_NOT_VERIFIED`` / ``DOCUMENT_TAKEN``, Forbidden ``NAME_DIFFERS``.
    """
    seen = await idp.hold(ctx, session_id, secret, device)
    if seen.person is None:
        raise Conflict("FACE_NOT_VERIFIED", seen.reason or "核验还没有完成，请先完成核验。", state=seen.state)
    row = await ctx.db.row("select person_id, name_sealed from auth_account($1)", ctx.account_id)
    assert row is not None and ctx.account_id is not None
    if not _same_name(row, seen.person):
        ctx.audit("face.link_refused", "account", ctx.account_id, "denied", {"why": "name"})
        raise Forbidden("NAME_DIFFERS", "核验的姓名与账号姓名不一致，不能绑定。姓名填错的，请联系企业管理员或拨打服务热线。").keep()
    if not await idp.give_document(ctx, row["person_id"], seen.person, seen.provider):
        ctx.audit("face.link_refused", "account", ctx.account_id, "denied", {"why": "taken"})
        text = "这个证件号已绑定另一个账号，或本账号已绑定别的证件。请用刷脸登录原来的账号；需要合并的，请拨打服务热线。"
        raise Conflict("DOCUMENT_TAKEN", text).keep()
    await idp.use(ctx, session_id, ctx.account_id)
    ctx.audit("face.linked", "account", ctx.account_id)


async def _denied(ctx: Acting, uscc: str, who: idp.Hint) -> Problem:
    """Why not, without telling what the registry holds (V7)."""
    row = await ctx.db.row("select * from registry_row($1)", uscc)
    if row is None or row["status"] != "active":
        text = "企业库里没有这家在营企业。新设或刚变更的企业约一周后更新；急需办理请在「权限申请」里提交申请，或用统一社会信用代码注册。"
        return NotFound(text, "NOT_IN_REGISTRY")
    if normalise_name(unseal(REGISTRY_NAME, row["id"], row["legal_name_sealed"])) == normalise_name(who.name):
        await _task(ctx, "masked" if row["masked"] else "mismatch", uscc, row["name"], who)
    ctx.audit("face.denied", "registry", uscc, "denied")
    return Forbidden("REGISTRY_MISMATCH", NEUTRAL).keep()


async def _task(ctx: Acting, kind: str, uscc: str, firm: str, who: idp.Hint) -> None:
    record = {
        "id": new_id(),
        "kind": kind,
        "uscc": uscc,
        "firm": firm,
        "claimant_masked": mask_name(normalise_name(who.name)),
        "claim_idx": blind_index("id_number", who.id_no).hex(),
        "key_id": key_id().hex(),
    }
    await ctx.db.run("select registry_task_open($1, $2)", record, ctx.now)


async def _account(ctx: Acting, who: idp.Hint, firm: FaceEnterprise, provider: str) -> dict[str, Any]:
    """The account of the document: the one that proved it before, the agent's whom the grant names, else a new one."""
    row = await idp.person_of(ctx, who)
    if row is None and firm.role == "agent":
        grants = await ctx.db.rows("select * from identity_grants($1, $2)", blind_indexes("id_number", who.id_no), ctx.today)
        known = next((g["person_id"] for g in grants if g["person_id"]), None)
        if known is not None and await idp.give_document(ctx, known, who, provider):
            row = await idp.person_of(ctx, who)
    if row is None:
        made = await auth.create_person_account(
            ctx, login_name=f"fr{secrets.randbelow(10**10):010d}", name=who.name, phone=None, password=auth.initial_password(), must_change=False
        )
        ctx.audit("face.account_opened", "account", made.account_id)
        await idp.give_document(ctx, made.person_id, who, provider)
        row = await idp.person_of(ctx, who)
    assert row is not None
    if not _same_name(row, who):
        ctx.audit("face.denied", "account", row["account_id"], "denied", {"why": "name"})
        await _task(ctx, "mismatch", firm.uscc, firm.name, who)
        raise Forbidden("REGISTRY_MISMATCH", NEUTRAL).keep()
    return row


async def _enter_as_legal(ctx: Acting, session_id: UUID, who: idp.Hint, firm: FaceEnterprise, account: dict[str, Any]) -> UUID:
    tenant = new_id()
    facts = await ctx.db.row("select login_name from auth_account($1)", account["account_id"])
    assert facts is not None
    record = {
        "person_id": account["person_id"],
        "account_id": account["account_id"],
        "organisation_id": tenant,
        "membership_id": new_id(),
        "region": await place_of_uscc(ctx, firm.uscc),
        "legal_name_sealed": seal(LEGAL_NAME, tenant, who.name).hex(),
        "contact_name_sealed": seal(CONTACT_NAME, tenant, who.name).hex(),
        "name_masked": mask_name(normalise_name(who.name)),
        "login_name": facts["login_name"],
        "phone_masked": None,
    }
    indexes = blind_indexes("id_number", who.id_no)
    made = await ctx.db.row("select * from registry_enter($1, $2, $3, $4, $5)", session_id, indexes, firm.uscc, record, ctx.now)
    assert made is not None
    if made["outcome"] == "closed":
        raise Conflict("ORGANISATION_SUSPENDED", "该企业在平台上已停用，请拨打服务热线。")
    if made["outcome"] == "gone":
        raise Conflict("FACE_SESSION_ENDED", "这次核验已结束，请重新核验。")
    if made["others"]:
        await _task(ctx, "other_legal", firm.uscc, firm.name, who)
    organisation: UUID = made["organisation_id"]
    ctx.audit("face.entered", "organisation", organisation, detail={"made": made["outcome"] == "made"})
    return organisation


__all__ = ["Claimed", "FaceEnterprise", "check_hint", "claim_face", "enter_by_face", "link_face"]
