"""What every move of a finance case shares: its states, its row, one line per move, the refusal of a lost race (ST1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.database import Acting
from core.errors import Conflict, NotFound
from core.ids import new_id

STATES = {
    "submitted": "已提交",
    "assigned": "已分配",
    "contacted": "已联系",
    "applying": "申请中",
    "approved": "已批准",
    "declined": "未通过",
    "withdrawn": "已撤回",
    "expired": "授权已结束",
}
OPEN = ("submitted", "assigned", "contacted", "applying")


@dataclass(frozen=True, slots=True)
class FinanceEvent:
    """One move. ``side``: firm | bank | system."""

    at: datetime
    side: str
    actor: str
    from_state: str | None
    to_state: str
    to_word: str
    reason: str


COLUMNS = """
select k.*, c.state as consent_state, c.starts_on as consent_starts_on, c.ends_on as consent_ends_on, c.receiver_id, c.receiver_name
  from finance_case k join consent c on c.tenant_id = k.tenant_id and c.id = k.consent_id
"""


async def case_row(ctx: Acting, case_id: UUID) -> dict[str, Any]:
    """A case of the acting side, with its consent's state. Raises NotFound."""
    row = await ctx.db.row(COLUMNS + " where $1 in (k.tenant_id, k.party_id) and k.id = $2", ctx.tenant, case_id)
    if row is None:
        raise NotFound("没有这件对接，或您无权查看。")
    return row


async def note_event(
    ctx: Acting, row: Mapping[str, Any], before: str | None, after: str, side: str, actor: str = "", reason: str = ""
) -> None:
    """One move written down (ST1)."""
    await ctx.db.run(
        "insert into finance_case_event (tenant_id, party_id, id, case_id, at, side, actor_id, actor_name, from_state, to_state, reason)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row["tenant_id"], row["party_id"], new_id(), row["id"], ctx.now, side, ctx.person_id, actor, before, after, reason.strip()[:500],
    )  # fmt: skip
    ctx.audit("finance.moved", "finance_case", row["id"], detail={"from": before, "to": after, "reason": reason.strip()[:500]})


async def events_of(ctx: Acting, row: Mapping[str, Any]) -> list[FinanceEvent]:
    """The moves of a case, oldest first."""
    rows = await ctx.db.rows(
        "select at, side, actor_name as actor, from_state, to_state, reason from finance_case_event"
        " where tenant_id = $1 and case_id = $2 order by at, from_state is not null, id",
        row["tenant_id"], row["id"],
    )  # fmt: skip
    return [FinanceEvent(**event, to_word=STATES[event["to_state"]]) for event in rows]


def lost(state: str, current: int, version: int) -> Conflict:
    """409 of a move that did not take place, with the current state."""
    if current != version:
        return Conflict("STALE_VERSION", f"这件对接刚被更新，现在是“{STATES[state]}”，请刷新后再办理。", state=state, current_version=current)
    return Conflict("STATE", f"这件对接现在是“{STATES[state]}”，不能这样办理，请刷新后查看。", state=state, current_version=current)
