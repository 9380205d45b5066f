"""What belongs to the person 我的数据 (P6, P7): consents with the text they were given to, a copy of everything, and being forgotten.

An export is not stored: asking notes a right to download for 24 hours, the file is made when it is fetched, so no copy lies about.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.clock import utc_now
from core.crypto import seal, unseal
from core.database import Acting, Db
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id

#: purpose → what it is called. The privacy text itself is one; the others are separate ticks, never made beforehand.
PURPOSES = {"privacy": "隐私政策", "face": "刷脸核验身份", "sms_marketing": "接收推广短信", "bank_contact": "向银行提供联系方式"}
EXPORT_HOURS, COOLING_DAYS = 24, 7


@dataclass(frozen=True, slots=True)
class Consent:
    """One agreement: to which text, when, through which face; ``withdrawn_at`` when it ended."""

    purpose: str
    version: str
    sha256: str
    given_at: datetime
    channel: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Export:
    """A right to download one's data until ``expires_at``."""

    id: UUID
    created_at: datetime
    expires_at: datetime


async def give_consent(ctx: Acting, purpose: str, version: str, sha256: str) -> None:
    """Note that the acting person agrees to a text of this version. Repeating changes nothing. Raises Invalid."""
    if purpose not in PURPOSES:
        raise Invalid([FieldError("purpose", "CHOICE", "不认识的同意事项。")])
    if await ctx.db.value("select me_consent($1, $2, $3, $4, $5, $6, $7)", new_id(), purpose, version, sha256, ctx.audience, ctx.ip, ctx.now):
        ctx.audit("consent.given", "consent", purpose, detail={"version": version})


async def withdraw_consent(ctx: Acting, purpose: str) -> None:
    """Take an agreement back; it holds from the next request on. Raises NotFound, Conflict ``PRIVACY_NEEDED``."""
    if purpose == "privacy":
        text = "不同意隐私政策就不能继续使用账号。如需停止处理您的个人信息，请在「我的数据」里注销账号。"
        raise Conflict("PRIVACY_NEEDED", text)
    if not await ctx.db.value("select me_withdraw($1, $2)", purpose, ctx.now):
        raise NotFound("没有这项同意，或已经撤回。")
    ctx.audit("consent.withdrawn", "consent", purpose)


async def consents(ctx: Acting) -> list[Consent]:
    """All agreements of the acting person, newest first."""
    return [Consent(**row) for row in await ctx.db.rows("select * from me_consents()")]


async def agreed(ctx: Acting, purpose: str) -> bool:
    """Whether an agreement for this purpose is live."""
    return any(c.purpose == purpose and c.withdrawn_at is None for c in await consents(ctx))


async def ask_export(ctx: Acting) -> Export:
    """Open the download for 24 hours."""
    made = Export(new_id(), ctx.now, ctx.now + timedelta(hours=EXPORT_HOURS))
    await ctx.db.run("select me_export_ask($1, $2, $3)", made.id, made.created_at, made.expires_at)
    ctx.audit("personal_data.export_asked", "person", ctx.person_id)
    return made


async def exports(ctx: Acting) -> list[Export]:
    """Asked for in the last 30 days."""
    return [Export(**row) for row in await ctx.db.rows("select * from me_exports($1)", ctx.now)]


async def collect(ctx: Acting, export_id: UUID) -> dict[str, Any]:
    """Everything identity holds of the acting person, clear. Raises NotFound when the right is over or another person's."""
    if not any(e.id == export_id and e.expires_at > ctx.now for e in await exports(ctx)):
        raise NotFound("这份导出已过期，请重新申请。")
    facts: dict[str, Any] = await ctx.db.value("select me_facts()")
    person = UUID(facts.pop("person_id"))
    for field in ("name", "phone"):
        sealed = facts.pop(f"{field}_sealed")
        facts[field] = unseal(f"person.{field}", person, bytes.fromhex(sealed)) if sealed else None
    facts["consents"] = await consents(ctx)
    ctx.audit("pii.read", "person", person, detail={"fields": "own data", "reason": "本人导出"})
    return facts


async def ask_deletion(ctx: Acting, sole: list[str]) -> datetime:
    """Be forgotten after seven days; until then it can be taken back. ``sole``: firms that would be left without a head.

    Raises Conflict ``STILL_RESPONSIBLE``.
    """
    if sole:
        text = f"您是{'、'.join(sole[:3])}的法定代表人或唯一的管理员，注销前请先把企业交给他人。"
        raise Conflict("STILL_RESPONSIBLE", text, organisations=sole)
    due: datetime = await ctx.db.value("select me_deletion_ask($1, $2)", ctx.now, ctx.now + timedelta(days=COOLING_DAYS))
    ctx.audit("personal_data.deletion_asked", "person", ctx.person_id, detail={"due": due.isoformat()})
    return due


async def deletion(ctx: Acting) -> datetime | None:
    """When the acting person will be forgotten; None: not asked."""
    found: datetime | None = await ctx.db.value("select me_deletion()")
    return found


async def stop_deletion(ctx: Acting) -> None:
    """Stay. Raises NotFound when nothing was asked."""
    if not await ctx.db.value("select me_deletion_stop()"):
        raise NotFound("没有待生效的注销申请。")
    ctx.audit("personal_data.deletion_stopped", "person", ctx.person_id)


async def erase_due(db: Db) -> int:
    """Forget everybody whose seven days are over; returns how many. The WeChat goes with the person."""
    now, done = utc_now(), 0
    for row in await db.rows("select erasures_due($1) as person", now):
        person: UUID = row["person"]
        alias = f"user#{person.hex[-8:]}"
        if await db.value("select erase_person($1, $2, $3, $4)", person, seal("person.name", person, alias), alias, now):
            await db.run("select wx_forget_person($1)", person)
            done += 1
    return done
