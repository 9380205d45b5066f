"""Saying that something happened: rows and deliveries in the business transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import jobs
from core.crypto import blind_index, seal
from core.database import Acting
from core.ids import new_id
from notices.kinds import KINDS, Kind
from notices.quiet import quiet_seconds

PHONE = "notice.phone"


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody without an account, by E.164 number; gets text messages alone."""

    number: str


Recipient = UUID | str | Phone


async def tell(
    ctx: Acting,
    kind: str,
    object_type: str,
    object_id: UUID | str,
    *,
    to: Sequence[Recipient],
    fields: Mapping[str, object] | None = None,
    link: str | None = None,
    month: int | None = None,
    organisation: UUID | None = None,
    otherwise: Sequence[str] = (),
) -> int:
    """Tell an event of :data:`KINDS` to ``to``: persons, roles of the organisation (``agent`` and ``agent:file`` by delegation), phones.

    One statement on the business transaction: rows now, deliveries by jobs after the commit. ``otherwise``: the roles to tell when
    nobody else is there. ``organisation``: whose matter it is when an operator acts. ``link`` stands in for the kind's own.
    Repeated on the same day for the same object nothing happens (NT1). Returns how many messages are new. Raises KeyError for an
    unknown kind or a missing field.
    """
    what = KINDS[kind]
    said = {name: str(value) for name, value in (fields or {}).items()} | {"firm": "{firm}"}
    tenant = organisation or ctx.tenant
    event = {
        "kind": kind,
        "object_type": object_type,
        "object_id": str(object_id),
        "month": month,
        "title": what.title.format_map(said)[:60],
        "text": what.text.format_map(said)[:900],
        "link": link or (what.link.format_map(said) if what.link else None),
        "facts": {name: value for name, value in said.items() if name != "firm"},
        "sms": what.sms,
        "wechat": True,
        "persons": [str(r) for r in to if isinstance(r, UUID)],
        "roles": [r for r in to if isinstance(r, str)],
        "phones": [_phone(what, r) for r in to if isinstance(r, Phone)],
        "otherwise": list(otherwise),
        "sms_delay": quiet_seconds(ctx.now),
        "request_id": ctx.request_id,
    }
    row = await ctx.db.row("select told, waiting from notice_put($1, $2, $3)", tenant, event, ctx.now)
    assert row is not None
    if row["waiting"]:
        ctx.after_commit(jobs.wake)
    return int(row["told"])


def _phone(kind: Kind, phone: Phone) -> dict[str, Any]:
    if not kind.sms:
        raise ValueError(f"{kind.code} is not told by text message, and a phone has nothing else")
    notice_id = new_id()
    recipient = hashlib.sha256(blind_index("phone", phone.number)).hexdigest()[:32]
    return {"id": str(notice_id), "recipient": recipient, "sealed": seal(PHONE, notice_id, phone.number).hex()}
