"""Applications 权限申请 (FD3, T6, V9): an agent, or a foreign legal representative, asks for access without signing in.

Fill in with a phone proved by a code → print the form, have it stamped → upload it → an operator decides within three working days.
The application belongs to the platform; a key, handed out once and kept as a hash, opens it, and so does the phone with a new code.
The form carries a code of the content: what was stamped is what is decided, or the form has to be printed again.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import auth
from core.crypto import blind_index, blind_indexes, derive, key_id, seal, unseal
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.files import StoredFile, drop_file, open_file, save_file
from core.ids import PLATFORM_ORG, new_id
from core.personal import half_width, mask_id_number, mask_name, mask_phone, normalise_id_number, normalise_name
from core.working_days import add_working_days
from tenants.codes import CodeError, check_id_number, check_uscc
from tenants.grants import ID_TYPES, SCOPES, check_scopes, two_years_after

KINDS_OF_APPLICATION = {"agent": "企业代理人", "foreign_legal": "外籍与港澳台法定代表人"}
STATE_WORDS = {"draft": "待上传盖章表", "submitted": "审核中", "returned": "已退回，待补充", "approved": "已通过", "rejected": "未通过"}
DAYS = 3
MAX_PAGES = 20
LEGAL_NAME, LEGAL_ID = "application.legal_name", "application.legal_id"
APPLICANT_NAME, ID_NO, PHONE = "application.applicant_name", "application.id_no", "application.phone"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
QR_HEAD = "TXF1"

_READ = "select * from application where tenant_id = $1 and id = $2"
_LOCK = _READ + " for update"
_CHANGE = """
update application set form_check = $3, updated_at = $4, version = version + 1,
       kind = $5::jsonb->>'kind', enterprise_name = $5::jsonb->>'enterprise_name', uscc = $5::jsonb->>'uscc',
       legal_name_masked = $5::jsonb->>'legal_name_masked', legal_id_type = $5::jsonb->>'legal_id_type', legal_id_masked = $5::jsonb->>'legal_id_masked',
       applicant_name_masked = $5::jsonb->>'applicant_name_masked', id_type = $5::jsonb->>'id_type', id_no_masked = $5::jsonb->>'id_no_masked',
       phone_masked = $5::jsonb->>'phone_masked', reason = $5::jsonb->>'reason', form_code = $5::jsonb->>'form_code',
       legal_name_sealed = decode($5::jsonb->>'legal_name_sealed', 'hex'), legal_id_sealed = decode($5::jsonb->>'legal_id_sealed', 'hex'), applicant_name_sealed = decode($5::jsonb->>'applicant_name_sealed', 'hex'),
       id_no_sealed = decode($5::jsonb->>'id_no_sealed', 'hex'), phone_sealed = decode($5::jsonb->>'phone_sealed', 'hex'),
       scopes = array(select jsonb_array_elements_text($5::jsonb->'scopes')), valid_to = ($5::jsonb->>'valid_to')::date
 where tenant_id = $1 and id = $2
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the applicant writes. On a change an empty text keeps what is there; ``sms_code`` is needed for a new phone only."""

    kind: str = ""
    enterprise_name: str = ""
    uscc: str = ""
    legal_name: str = ""
    legal_id_type: str = ""
    legal_id_no: str = ""
    applicant_name: str = ""
    id_type: str = ""
    id_no: str = ""
    phone: str = ""
    sms_code: str = ""
    scopes: Sequence[str] = ()
    valid_to: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new application, or one found again; ``key`` is told here and never again."""

    id: UUID
    key: str
    number: str
    state: str = "draft"
    enterprise_name: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """An application as its applicant sees it; names and numbers masked.

    ``form_check``: none | ok | unreadable | outdated (the content changed after the form was printed).
    """

    id: UUID
    number: str
    kind: str
    state: str
    state_word: str
    enterprise_name: str
    uscc: str
    legal_name: str
    legal_id_type: str
    legal_id_no: str
    applicant_name: str
    id_type: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_to: date | None
    reason: str
    pages: int
    form_check: str
    due_on: date | None
    due_provisional: bool
    days: int
    submitted_at: datetime | None
    decision_reason: str
    account_name: str | None
    version: int


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the form to stamp says, in clear: it goes to the applicant alone."""

    number: str
    kind: str
    kind_name: str
    enterprise_name: str
    uscc: str
    legal_name: str
    legal_id_name: str
    legal_id_no: str
    applicant_name: str
    id_name: str
    id_no: str
    phone: str
    scopes: list[str]
    valid_to: date | None
    reason: str
    qr: str
    day: date


async def apply(ctx: Acting, wanted: Wanted, device: bytes) -> Opened:
    """Begin an application. Raises Invalid (each field; SMS_CODE), Conflict ``APPLICATION_OPEN`` naming the open one by number."""
    content = _checked(ctx, wanted)
    await auth.spend_code(ctx, "application", content["phone"], wanted.sms_code, device, path="sms_code")
    await _refuse_second(ctx, None, content)
    row_id, key = new_id(), secrets.token_urlsafe(24)
    record = _record(row_id, content) | {"key_sha256": key_hash(key).hex()}
    number = await ctx.db.value("select application_put($1, $2)", record, ctx.now)
    ctx.tenant_id = PLATFORM_ORG
    ctx.audit("application.begun", "application", row_id, detail={"kind": content["kind"], "number": number})
    return Opened(row_id, key, number, "draft", content["enterprise_name"])


async def read_application(ctx: Acting, application_id: UUID, key: str) -> Own:
    """One's own application. Raises NotFound for a wrong id or key alike."""
    return _own(await _mine(ctx, application_id, key))


async def change_application(ctx: Acting, application_id: UUID, key: str, wanted: Wanted, device: bytes) -> Own:
    """Correct a draft or a returned application. A stamped form that says something else is outdated by that.

    Raises NotFound, Invalid, Conflict ``STATE`` / ``APPLICATION_OPEN``.
    """
    row = await _mine(ctx, application_id, key, lock=True)
    _refuse_closed(row)
    before = _clear(row)
    content = _checked(ctx, Wanted(**{f: getattr(wanted, f) or before.get(f, "") for f in Wanted.__slots__}))
    if content["phone"] != before["phone"]:
        await auth.spend_code(ctx, "application", content["phone"], wanted.sms_code, device, path="sms_code")
    await _refuse_second(ctx, application_id, content)
    record = _record(application_id, content)
    outdated = "outdated" if row["form_file"] and record["form_code"] != row["form_code"] else row["form_check"]
    await ctx.db.run(_CHANGE, PLATFORM_ORG, application_id, outdated, ctx.now, record)
    await ctx.db.run("select application_reindex($1, $2)", application_id, record)
    ctx.audit("application.changed", "application", application_id)
    return _own(await _row(ctx, application_id))


async def form_facts(ctx: Acting, application_id: UUID, key: str) -> FormFacts:
    """What to print. Raises NotFound, Conflict ``STATE`` when it is decided."""
    row = await _mine(ctx, application_id, key)
    _refuse_closed(row, also=("submitted",))
    clear = _clear(row)
    ctx.audit("application.form_printed", "application", application_id)
    return FormFacts(
        number=row["number"],
        kind=row["kind"],
        kind_name=KINDS_OF_APPLICATION[row["kind"]],
        legal_id_name=ID_TYPES[row["legal_id_type"]],
        id_name=ID_TYPES[row["id_type"]],
        scopes=[SCOPES[s] for s in row["scopes"]],
        qr=f"{QR_HEAD}:{row['number']}:{row['form_code']}:1/1",
        day=ctx.today,
        **{f: clear[f] for f in ("enterprise_name", "uscc", "legal_name", "legal_id_no", "applicant_name", "id_no", "phone", "valid_to", "reason")},
    )


async def former_pages(ctx: Acting, application_id: UUID, key: str, append: bool) -> bytes:
    """Before an upload: is it welcome, and what it is added to (empty: it replaces). Raises NotFound, Conflict ``STATE``."""
    row = await _mine(ctx, application_id, key)
    _refuse_closed(row)
    if not append or row["form_file"] is None or row["form_check"] == "outdated":
        return b""
    return (await open_file(ctx, row["form_file"])).data


async def attach_form(
    ctx: Acting, application_id: UUID, key: str, *, pdf: bytes, pages: Sequence[dict[str, Any]], original: bytes | None, append: bool
) -> Own:
    """Keep the stamped form: ``pdf`` of upright page pictures; ``pages`` of this upload with the ``codes`` read on each.

    Raises NotFound, Invalid ``FORM_OTHER`` (of another application), ``FORM_OUTDATED`` (printed before a change), ``PAGES``.
    """
    row = await _mine(ctx, application_id, key, lock=True)
    _refuse_closed(row)
    kept = list(row["form_pages"]) if append and row["form_check"] != "outdated" else []
    everything = kept + [dict(p) for p in pages]
    if len(everything) > MAX_PAGES:
        raise Invalid([FieldError("file", "PAGES", f"盖章表最多 {MAX_PAGES} 页，现在有 {len(everything)} 页。请只上传盖章的申请表后重试。")])
    check = _check_codes(row, [c for p in everything for c in p["codes"]])
    ref = await save_file(ctx, f"申请表-{row['number']}.pdf", pdf, "form")
    first = await save_file(ctx, f"申请表-{row['number']}-原件.pdf", original, "form") if original else None
    await ctx.db.run(
        "update application set form_file = $3, form_original = coalesce($4, case when $8 then form_original end), form_pages = $5,"
        " form_check = $6, form_at = $7, uploaded_by = $9, updated_at = $7, version = version + 1 where tenant_id = $1 and id = $2",
        PLATFORM_ORG, application_id, ref.id, first.id if first else None, everything, check, ctx.now, bool(kept), ctx.person_id,
    )  # fmt: skip
    if row["form_file"]:
        await drop_file(ctx, row["form_file"])
    if row["form_original"] and (first or not kept):
        await drop_file(ctx, row["form_original"])
    ctx.audit("application.form_uploaded", "application", application_id, detail={"sha256": ref.sha256, "pages": len(everything), "check": check})
    return _own(await _row(ctx, application_id))


def _check_codes(row: dict[str, Any], codes: Sequence[str]) -> str:
    """Compare what the form's codes say with this application: ok, or unreadable when there is none. Raises Invalid."""
    ours = [c.split(":") for c in codes if c.startswith(f"{QR_HEAD}:") and c.count(":") == 3]
    if any(number != row["number"] for _, number, _, _ in ours):
        text = f"这是另一份申请的表（二维码与申请 {row['number']} 不一致）。请上传本申请下载的申请表，盖章后重新拍照。"
        raise Invalid([FieldError("file", "FORM_OTHER", text)], code="FORM_OTHER")
    if any(not hmac.compare_digest(code, row["form_code"]) for _, _, code, _ in ours):
        text = "这张申请表是修改内容之前打印的，与现在填写的不一致。请重新下载申请表，盖章后再上传。"
        raise Invalid([FieldError("file", "FORM_OUTDATED", text)], code="FORM_OUTDATED")
    return "ok" if ours else "unreadable"


async def submit_application(ctx: Acting, application_id: UUID, key: str) -> Own:
    """Hand in: the clock starts, or goes on after a return. Raises NotFound, Invalid ``FORM_MISSING`` / ``FORM_OUTDATED``, Conflict."""
    row = await _mine(ctx, application_id, key, lock=True)
    if row["state"] == "submitted":
        return _own(row)
    _refuse_closed(row)
    if row["form_file"] is None:
        raise Invalid([FieldError("file", "FORM_MISSING", "还没有上传盖章的申请表。请下载申请表，盖章后拍照上传，再提交。")], code="FORM_MISSING")
    if row["form_check"] == "outdated":
        text = "申请内容在盖章之后改过，已上传的表不再一致。请重新下载申请表，盖章后上传，再提交。"
        raise Invalid([FieldError("file", "FORM_OUTDATED", text)], code="FORM_OUTDATED")
    clear = _clear(row)
    if row["kind"] == "agent" and clear["valid_to"] < ctx.today:
        raise Invalid([FieldError("valid_to", "DATE", "委托到期日已经过去，请修改到期日，重新下载申请表盖章。")])
    await _refuse_second(ctx, application_id, clear)
    registry = await registry_says(ctx, row, clear)
    due, provisional = await add_working_days(ctx.db, ctx.today, max(1, DAYS - int(row["used_before"])))
    await ctx.db.run(
        "update application set state = 'submitted', submitted_at = $3, due_on = $4, due_provisional = $5, registry = $6, escalated_at = null,"
        " updated_at = $3, version = version + 1 where tenant_id = $1 and id = $2",
        PLATFORM_ORG, application_id, ctx.now, due, provisional, registry,
    )  # fmt: skip
    ctx.audit("application.submitted", "application", application_id, detail={"due_on": due.isoformat(), "registry": registry})
    return _own(await _row(ctx, application_id))


async def find_applications(ctx: Acting, phone: str, code: str, device: bytes) -> list[Opened]:
    """The applications of a phone proved just now, newest first; each gets a new key, the former one ends. Raises Invalid."""
    number = await auth.spend_code(ctx, "application", phone, code, device, path="sms_code")
    found = [r["id"] for r in await ctx.db.rows("select application_of_phone as id from application_of_phone($1)", blind_indexes("phone", number))]
    opened = []
    for row_id in found:
        ctx.tenant_id, key = PLATFORM_ORG, secrets.token_urlsafe(24)
        await ctx.db.run("update application set key_sha256 = $3 where tenant_id = $1 and id = $2", PLATFORM_ORG, row_id, key_hash(key))
        row = await _row(ctx, row_id)
        opened.append(Opened(row_id, key, row["number"], row["state"], row["enterprise_name"]))
        ctx.audit("application.found", "application", row_id)
    return opened


async def registry_says(ctx: Acting, row: dict[str, Any], clear: dict[str, Any]) -> str:
    """unchecked | unknown | inactive | name_differs | legal_differs | masked | match; all but the last need a person's eye."""
    legal = blind_indexes("id_number", clear["legal_id_no"])
    return str(await ctx.db.value("select application_registry($1, $2, $3)", row["uscc"], row["enterprise_name"], legal))


def key_hash(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).digest()


async def _mine(ctx: Acting, application_id: UUID, key: str, *, lock: bool = False) -> dict[str, Any]:
    if not await ctx.db.value("select application_door($1, $2)", application_id, key_hash(key)):
        raise NotFound("没有这份申请，或查看凭证已失效。请用申请时的手机号和验证码找回。")
    ctx.tenant_id = PLATFORM_ORG
    return await _row(ctx, application_id, lock=lock)


async def _row(ctx: Acting, application_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    row = await ctx.db.row(_LOCK if lock else _READ, PLATFORM_ORG, application_id)
    if row is None:
        raise NotFound()
    return row


def _refuse_closed(row: dict[str, Any], also: Sequence[str] = ()) -> None:
    if row["state"] in ("draft", "returned", *also):
        return
    words = {"submitted": "申请正在审核，不能再改。需要修改请等待审核结果，或拨打服务热线。"}
    raise Conflict("STATE", words.get(row["state"], "申请已经办结，不能再改；需要时请另填一份申请。"), state=row["state"])


async def _refuse_second(ctx: Acting, application_id: UUID | None, content: dict[str, Any]) -> None:
    number = await ctx.db.value(
        "select application_open($1, $2, $3, $4, $5)", application_id, content["uscc"], content["kind"],
        blind_indexes("id_number", content["id_no"]), blind_indexes("phone", content["phone"]),
    )  # fmt: skip
    if number:
        raise Conflict(
            "APPLICATION_OPEN",
            f"您为这家企业已有一份没有办结的申请，编号 {number}，不必重复申请。请用当时的手机号和验证码找回，继续办理。",
            number=number,
        ).keep()


def _checked(ctx: Acting, wanted: Wanted) -> dict[str, Any]:
    """All fields in normal form. Raises Invalid naming each bad one."""
    faults: list[FieldError] = []
    name = " ".join(half_width(wanted.enterprise_name).split())
    if not 2 <= len(name) <= 100 or not name.isprintable():
        faults.append(FieldError("enterprise_name", "NAME", "请填营业执照上的全称，2–100 个字。"))
    uscc, phone = "", ""
    try:
        uscc = check_uscc(wanted.uscc)
    except CodeError as error:
        faults.append(FieldError("uscc", error.code, error.message))
    try:
        phone = auth.phone_or_refuse(wanted.phone)
    except Invalid as error:
        faults += error.errors
    legal_no = _document(ctx, wanted.legal_id_type, wanted.legal_id_no, "legal_id", faults)
    number = _document(ctx, wanted.id_type, wanted.id_no, "id", faults)
    reason = " ".join(wanted.reason.split())
    if not 2 <= len(reason) <= 500:
        faults.append(FieldError("reason", "REQUIRED", "请写明申请事由，2–500 字。"))
    content: dict[str, Any] = {
        "kind": wanted.kind,
        "enterprise_name": name,
        "uscc": uscc,
        "legal_name": _name(wanted.legal_name, "legal_name", "法定代表人", faults),
        "legal_id_type": wanted.legal_id_type,
        "legal_id_no": legal_no,
        "applicant_name": _name(wanted.applicant_name, "applicant_name", "申请人", faults),
        "id_type": wanted.id_type,
        "id_no": number,
        "phone": phone,
        "scopes": [],
        "valid_to": None,
        "reason": reason,
    }
    if wanted.kind == "agent":
        content["scopes"], wrong = check_scopes(wanted.scopes)
        content["valid_to"] = wanted.valid_to
        faults += wrong + _check_term(ctx, wanted.valid_to)
        if legal_no and legal_no == number:
            faults.append(FieldError("id_no", "SAME_PERSON", "申请人就是法定代表人，不需要代理。请直接登录；外籍与港澳台人士请改选对应的申请类型。"))
    elif wanted.kind == "foreign_legal":
        if legal_no and number and (legal_no != number or wanted.legal_id_type != wanted.id_type):
            faults.append(FieldError("id_no", "NOT_LEGAL", "这类申请由法定代表人本人办理：申请人的证件应与法定代表人一致。"))
        if wanted.legal_id_type == "resident_id":
            faults.append(FieldError("legal_id_type", "NOT_FOREIGN", "持居民身份证的法定代表人不需要申请，请直接用人脸或手机号登录。"))
    else:
        faults.append(FieldError("kind", "CHOICE", "申请类型为企业代理人，或外籍与港澳台法定代表人。"))
    if faults:
        raise Invalid(faults)
    return content


def _check_term(ctx: Acting, valid_to: date | None) -> list[FieldError]:
    if valid_to is None:
        return [FieldError("valid_to", "REQUIRED", "请选择委托到哪一天。")]
    if valid_to < ctx.today:
        return [FieldError("valid_to", "DATE", "到期日不能早于今天。")]
    if valid_to > two_years_after(ctx.today):
        return [FieldError("valid_to", "TOO_LONG", f"委托最长两年，到期日最晚为 {two_years_after(ctx.today)}，到期前可以续期。")]
    return []


def _name(text: str, path: str, who: str, faults: list[FieldError]) -> str:
    name = " ".join(half_width(text).split())
    if not 2 <= len(name) <= 50 or not name.isprintable():
        faults.append(FieldError(path, "NAME", f"请填{who}的真实姓名，与证件一致。"))
    return name


def _document(ctx: Acting, kind: str, text: str, path: str, faults: list[FieldError]) -> str:
    number = normalise_id_number(text)
    if kind not in ID_TYPES:
        faults.append(FieldError(f"{path}_type", "CHOICE", f"证件类型应为{'、'.join(ID_TYPES.values())}之一。"))
    elif kind == "resident_id":
        try:
            return check_id_number(text, ctx.today)
        except CodeError as error:
            faults.append(FieldError(f"{path}_no", error.code, error.message))
    elif not (5 <= len(number) <= 30 and number.isascii() and number.isalnum()):
        faults.append(FieldError(f"{path}_no", "ID_FORM", "证件号为 5–30 位字母或数字，请对照证件填写。"))
    return number


def _record(row_id: UUID, content: dict[str, Any]) -> dict[str, Any]:
    """The row as the database takes it: sealed, masked, indexed."""
    return {
        "id": str(row_id),
        "kind": content["kind"],
        "enterprise_name": content["enterprise_name"],
        "uscc": content["uscc"],
        "legal_name_sealed": seal(LEGAL_NAME, row_id, content["legal_name"]).hex(),
        "legal_name_masked": mask_name(normalise_name(content["legal_name"])),
        "legal_id_type": content["legal_id_type"],
        "legal_id_sealed": seal(LEGAL_ID, row_id, content["legal_id_no"]).hex(),
        "legal_id_masked": mask_id_number(content["legal_id_no"]),
        "applicant_name_sealed": seal(APPLICANT_NAME, row_id, content["applicant_name"]).hex(),
        "applicant_name_masked": mask_name(normalise_name(content["applicant_name"])),
        "id_type": content["id_type"],
        "id_no_sealed": seal(ID_NO, row_id, content["id_no"]).hex(),
        "id_no_masked": mask_id_number(content["id_no"]),
        "phone_sealed": seal(PHONE, row_id, content["phone"]).hex(),
        "phone_masked": mask_phone(content["phone"]),
        "scopes": content["scopes"],
        "valid_to": content["valid_to"].isoformat() if content["valid_to"] else None,
        "reason": content["reason"],
        "form_code": form_code(row_id, content),
        "phone_idx": blind_index("phone", content["phone"]).hex(),
        "id_idx": blind_index("id_number", content["id_no"]).hex(),
        "key_id": key_id().hex(),
    }


def form_code(row_id: UUID, content: dict[str, Any]) -> str:
    """Ten characters (50 bits) that stand for the content of the form: another content, another code."""
    parts = [str(row_id)] + [f"{k}={content[k]}" for k in sorted(content) if k != "sms_code"]
    digest = hmac.new(derive("application-form"), "\0".join(parts).encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8])
    return "".join(_ALPHABET[(number >> (5 * n)) & 31] for n in range(10))


def _clear(row: dict[str, Any]) -> dict[str, Any]:
    """The content in clear; empty where the time to keep it is over."""
    plain = {k: row[k] for k in ("kind", "enterprise_name", "uscc", "legal_id_type", "id_type", "valid_to", "reason")}
    return plain | {
        "scopes": list(row["scopes"]),
    } | {
        name: unseal(sealed_as, row["id"], row[column]) if row[column] is not None else ""
        for name, (sealed_as, column) in _SEALED.items()
    }


_SEALED = {
    "legal_name": (LEGAL_NAME, "legal_name_sealed"),
    "legal_id_no": (LEGAL_ID, "legal_id_sealed"),
    "applicant_name": (APPLICANT_NAME, "applicant_name_sealed"),
    "id_no": (ID_NO, "id_no_sealed"),
    "phone": (PHONE, "phone_sealed"),
}
_MASKED = {
    "legal_name": "legal_name_masked",
    "legal_id_no": "legal_id_masked",
    "applicant_name": "applicant_name_masked",
    "id_no": "id_no_masked",
    "phone": "phone_masked",
}


def _own(row: dict[str, Any]) -> Own:
    shown = {f: row[_MASKED.get(f, f)] for f in Own.__slots__ if _MASKED.get(f, f) in row}
    shown |= {"scopes": list(row["scopes"]), "state_word": STATE_WORDS[row["state"]], "pages": len(row["form_pages"]), "days": DAYS}
    return Own(**shown)


__all__ = [
    "DAYS",
    "KINDS_OF_APPLICATION",
    "FormFacts",
    "Opened",
    "Own",
    "StoredFile",
    "Wanted",
    "apply",
    "attach_form",
    "change_application",
    "find_applications",
    "form_facts",
    "former_pages",
    "read_application",
    "submit_application",
]
