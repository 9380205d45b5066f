"""One figure of a filed month put right (FI13, GN12): the whole month is filed again as it stands, with that one amount replaced."""

from decimal import Decimal
from uuid import UUID

import inventory
from carbon import month_code, short
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid
from filing.green import GreenCertificate, TypedGreen, green_draft
from filing.months import Reply, Submitted, Typed, TypedLine, TypedMonth, TypedProcess, preview_months, submit_months


async def correct_line(ctx: Acting, month: int, item_id: UUID, amount: Decimal, reason: str) -> Submitted:
    """File a month again with one amount replaced; the version before it stays in the history.

    ``amount`` in the item's unit. Questions about this line are answered by ``reason``, those about others keep the answer they were
    given. Raises Invalid (path ``value`` where the amount is meant), Conflict as :func:`filing.submit_months`, ``FIELD_REMOVED``.
    """
    ctx.require("filing.submit")
    facts = await inventory.year_facts(ctx, month // 100)
    head = next((m for m in facts.months if m["period"] == month), None)
    lines = [x for x in facts.lines if x["period"] == month]
    if head is None or not any(x["item_id"] == str(item_id) for x in lines):
        text = f"{month_code(month)} 没有已提交的这一项，不能在这里更正。请到填报页面核对后提交。"
        raise Conflict("FIELD_REMOVED", text, month=month_code(month))
    items = [x for x in lines if x["item_id"]]
    where = next(n for n, x in enumerate(items) if x["item_id"] == str(item_id))
    typed_lines = [
        TypedLine(UUID(x["item_id"]), amount if n == where else Decimal(short(x["amount"]))) for n, x in enumerate(items)
    ]
    process = [TypedProcess(x["name"], Decimal(short(x["amount"])), x["note"]) for x in lines if not x["item_id"]]
    typed = TypedMonth(month_code(month), typed_lines, process, _green(head["green"]), head["version"])
    code = month_code(month)
    whole = Typed(code, code, "each", [typed])
    try:
        made = await preview_months(ctx, whole)
        given = {(a["item_id"], a["code"]): a["answer"] for a in head["answers"] or []}
        replies = [
            Reply(q.id, reason if str(q.item_id) == str(item_id) else given.get((q.item_id, q.code), ""))
            for q in made.questions
        ]
        return await submit_months(
            ctx, whole, fingerprint=made.fingerprint, replace_filed=True, replies=replies, reason=reason
        )
    except Invalid as problem:
        own = f"months[0].lines[{where}]"
        raise Invalid(
            [FieldError("value" if e.path.startswith(own) else e.path, e.code, e.message) for e in problem.errors],
            code=problem.code,
        ) from None


def _green(stored: object) -> TypedGreen | None:
    body = green_draft(stored if isinstance(stored, dict) else None)
    if body is None:
        return None
    certificates = [
        GreenCertificate(c["number"], c["produced"] or None, Decimal(c["mwh"]) if c["mwh"] else None)
        for c in body["certificates"]
    ]
    return TypedGreen(Decimal(body["mwh"]), certificates=certificates)
