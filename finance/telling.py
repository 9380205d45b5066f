"""Who hears of a case or a consent (18.2). A side is told in its own organisation: the other one's by a job that acts for it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import notices
import tenants
from core.database import Acting
from core.ids import new_id
from finance.moves import STATES, case_row

#: Kinds whose receiver at the bank is its administrator besides (or instead of) the manager.
_ADMIN_TOO = ("finance.waiting", "finance.late")
_CONSENT = """
select c.id, c.tenant_id, c.party_id, c.firm_name, c.bank_name, c.product_name, c.ends_on as consent_ends_on, c.receiver_id,
       (select array_agg(distinct k.manager_id) from finance_case k where k.tenant_id = c.tenant_id and k.consent_id = c.id
           and k.manager_id is not null) as managers
  from consent c where $1 in (c.tenant_id, c.party_id) and c.id = $2
"""


async def tell_other(ctx: Acting, row: Mapping[str, Any], side: str, kind: str) -> None:
    """Ask for a message of the ``firm`` or the ``bank`` of a case; it leaves after the commit, by a job of that side."""
    await tenants.consents.tell_side(ctx, row["consent_id"], side, "finance.tell", new_id(), {"kind": kind, "case": str(row["id"])})


async def tell_own(ctx: Acting, kind: str, *, case: Mapping[str, Any] | None = None, consent_id: UUID | None = None, **more: object) -> None:
    """Tell the acting side's people now, about a case or a consent. Nothing when the row is gone."""
    if case is not None:
        await _speak(ctx, kind, case, "finance_case", [case["manager_id"]] if case["manager_id"] else [], more)
    elif consent_id is not None and (row := await ctx.db.row(_CONSENT, ctx.tenant, consent_id)) is not None:
        people = list(row["managers"] or []) or ([row["receiver_id"]] if row["receiver_id"] else [])
        await _speak(ctx, kind, row, "consent", people, more)


async def tell_asked(ctx: Acting, payload: Mapping[str, Any]) -> None:
    """What :func:`tell_other` asked for, in the side's own transaction."""
    if "case" in payload:
        await tell_own(ctx, payload["kind"], case=await case_row(ctx, UUID(payload["case"])))
    else:
        await tell_own(ctx, payload["kind"], consent_id=UUID(payload["consent"]))


async def _speak(ctx: Acting, kind: str, row: Mapping[str, Any], what: str, managers: list[UUID], more: Mapping[str, object]) -> None:
    firm = row["tenant_id"] == ctx.tenant
    to: list[UUID | str] = ["legal", "admin"] if firm else list(managers)
    if not firm and (not managers or kind in _ADMIN_TOO):
        to.append("bank_admin")
    if firm:
        link = f"/finance/cases/{row['id']}" if what == "finance_case" else "/finance/consents"
    else:
        link = f"/bank/cases/{row['id']}" if what == "finance_case" else "/bank"
    fields = {
        "enterprise": row["firm_name"], "bank": row["bank_name"], "product": row["product_name"] or "绿色金融产品",
        "manager": row.get("manager_name") or "待分配", "state_word": STATES.get(row.get("state", ""), ""), "ends_on": row["consent_ends_on"],
        "due_on": row.get("due_on") or "", **more,
    }  # fmt: skip
    await notices.tell(ctx, kind, what, row["id"], to=to, fields=fields, link=link)
