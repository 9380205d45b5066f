"""Subscription messages (W12-W14): the person's consent is counted, a message is written down with the business change, a job sends it.

``send_message`` never speaks to WeChat itself and never blocks a business request.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from auth.wechat.client import configured, wechat
from auth.wechat.faults import WeChatFault
from auth.wechat.fields import KINDS, fit, kind_of
from core import logs
from core.crypto import seal, unseal
from core.database import Acting
from core.errors import FieldError, Invalid
from core.ids import new_id
from core.jobs import GiveUp, JobRun, enqueue
from core.settings import settings

FIELD = "wx_message.fields"
SEND = "wechat.send"
RESULTS = {"accept": "accept", "reject": "reject", "ban": "ban", "filter": "ban", "acceptWithAudio": "accept", "acceptWithAlert": "accept"}
#: At most this many templates in one popup (W12); the phone reports one popup at a time.
POPUP = 3

#: What becomes of a message that the person did not want: called in the job's transaction with (ctx, event, account).
Fallback = Callable[[Acting, UUID, UUID | None], Awaitable[None]]
_fallbacks: list[Fallback] = []


@dataclass(frozen=True, slots=True)
class Template:
    """A subscription template: our name, WeChat's id, ``once`` or ``long``, and which of our fields stands where."""

    name: str
    id: str
    kind: str
    title: str
    fields: Mapping[str, str]


def read_templates(text: str) -> dict[str, Template]:
    """``WX_TEMPLATES`` (see .env.example). Raises ValueError naming the template that is wrong."""
    found = {}
    for name, facts in json.loads(text or "{}").items():
        try:
            made = Template(name, str(facts["id"]), facts.get("kind", "once"), str(facts["title"]), dict(facts["fields"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError(f"WX_TEMPLATES: {name} needs id, title and fields") from None
        if made.kind not in ("once", "long") or any(kind_of(f) not in KINDS for f in made.fields.values()):
            raise ValueError(f"WX_TEMPLATES: {name}: kind is once or long, fields are like thing1, date2")
        found[name] = made
    return found


def templates() -> dict[str, Template]:
    """The templates of this install by our name."""
    return read_templates(settings.wx_templates)


def _template(name_or_id: str) -> Template | None:
    known = templates()
    return known.get(name_or_id) or next((t for t in known.values() if t.id == name_or_id), None)


def fall_back(handler: Fallback) -> Fallback:
    """Register what happens when a message cannot go out (43101, no quota left, WeChat unbound): the notice's SMS, where one is due."""
    _fallbacks.append(handler)
    return handler


# Consent ----------------------------------------------------------------------------------------------------------------


async def subscribe(ctx: Acting, items: list[tuple[str, str]]) -> dict[str, int]:
    """What the phone's popup answered, by template (our name or WeChat's id). Returns what is left of each, by our name.

    Raises Invalid (unknown template or result). Who has no WeChat bound has nothing to count: the answer is empty.
    """
    faults, known = [], []
    for n, (name, result) in enumerate(items):
        template = _template(name)
        if template is None:
            faults.append(FieldError(f"items[{n}].template", "CHOICE", "不认识的消息模板，请更新小程序后重试。"))
        elif result not in RESULTS:
            faults.append(FieldError(f"items[{n}].result", "CHOICE", "结果应为 accept、reject 或 ban。"))
        else:
            known.append((template, RESULTS[result]))
    if faults:
        raise Invalid(faults)
    if not configured() or ctx.person_id is None:
        return {}
    who = await ctx.db.row("select * from wx_openid_of($1, $2)", wechat().appid, ctx.person_id)
    if who is None or who["openid"] is None:
        return {}
    return {t.name: await count(ctx, who["openid"], t, "phone", result, ctx.now) for t, result in known}


async def count(ctx: Acting, openid: str, template: Template, source: str, result: str, at: datetime) -> int:
    """Count one answer of one popup; the same popup told by the other ``source`` within two minutes counts once."""
    args = (new_id(), wechat().appid, openid, template.id, template.kind, source, result, at)
    return int(await ctx.db.value("select wx_consent_put($1, $2, $3, $4, $5, $6, $7, $8)", *args))


async def quota(ctx: Acting, openid: str, template: str) -> int:
    """How many messages of a template a WeChat still allows."""
    known = _template(template)
    return int(await ctx.db.value("select wx_quota($1, $2, $3)", wechat().appid, openid, known.id)) if known else 0


# Sending ----------------------------------------------------------------------------------------------------------------


async def send_message(
    ctx: Acting, to: UUID | str, template: str, fields: Mapping[str, str | date | datetime], page: str = "", *, event_id: UUID
) -> bool:
    """Write a message down in this transaction; a job of the acting organisation sends it.

    ``to``: a person's id, or an openid. ``template``: our name; ``fields`` by our names, made to fit here. ``event_id``: what happened;
    the same event, WeChat and template is one message, however often it is asked for. False: it cannot go out now (no
    mini-program, no such template, no WeChat bound, no quota), so the caller takes another channel at once.
    """
    known = templates().get(template)
    if known is None or not configured():
        return False
    appid, account = wechat().appid, None
    if isinstance(to, UUID):
        who = await ctx.db.row("select * from wx_openid_of($1, $2)", appid, to)
        if who is None or who["openid"] is None:
            return False
        openid, account = who["openid"], who["account_id"]
    else:
        openid = to
    if not await ctx.db.value("select wx_quota($1, $2, $3)", appid, openid, known.id):
        return False
    message = new_id()
    values = {slot: fit(kind_of(slot), fields.get(name, "")) for name, slot in known.fields.items()}
    record = {
        "id": message,
        "event_id": event_id,
        "appid": appid,
        "openid": openid,
        "template": known.name,
        "template_id": known.id,
        "account_id": account,
        "page": page,
        "fields_sealed": seal(FIELD, message, json.dumps(values, ensure_ascii=False)).hex(),
        "now": ctx.now,
    }
    if await ctx.db.value("select wx_message_put($1)", record) is not None:
        await enqueue(ctx, SEND, message)
    return True


async def deliver(ctx: Acting, run: JobRun) -> None:
    """The job: one message, sent at most once per success. Raises GiveUp when WeChat will never take it (dead letter, alarm)."""
    row = await ctx.db.row("select * from wx_message_take($1)", run.object_id)
    if row is None or row["state"] != "queued":
        return
    if not row["bound"]:
        return await _end(ctx, run.object_id, row, "unbound")
    if not await ctx.db.value("select wx_quota_take($1, $2, $3, $4)", row["appid"], row["openid"], row["template_id"], ctx.now):
        return await _end(ctx, run.object_id, row, "no_quota")
    values = json.loads(unseal(FIELD, run.object_id, row["fields_sealed"]))
    body = _body(row, values)
    hint = f"{row['template_id']} {','.join(values)}"
    try:
        await wechat().call("subscribe_send", body, hint)
    except WeChatFault as fault:
        if fault.refused_by_person:
            await ctx.db.run("select wx_quota_none($1, $2, $3, $4)", row["appid"], row["openid"], row["template_id"], ctx.now)
            return await _end(ctx, run.object_id, row, "refused")
        if fault.permanent:
            raise GiveUp(f"WeChat {fault.errcode}: template {hint}") from None
        raise
    await ctx.db.run("select wx_message_end($1, 'sent', $2)", run.object_id, ctx.now)


def _body(row: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    body = {
        "touser": row["openid"],
        "template_id": row["template_id"],
        "data": {slot: {"value": value} for slot, value in values.items()},
        "miniprogram_state": settings.wx_version,
        "lang": "zh_CN",
    }
    return body | ({"page": row["page"]} if row["page"] else {})


async def _end(ctx: Acting, message: UUID, row: Mapping[str, Any], state: str) -> None:
    await ctx.db.run("select wx_message_end($1, $2, $3)", message, state, ctx.now)
    logs.note("wechat.not_sent", why=state, template=row["template"])
    for handler in _fallbacks:
        await handler(ctx, row["event_id"], row["account_id"])
