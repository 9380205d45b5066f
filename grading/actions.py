"""Suspension, resumption and revocation of a certificate (rule CC8): one operator proposes, another person decides."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from core import jobs
from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.ids import new_id
from grading import public, queries
from grading.code import make_code
from grading.keys import code_keys
from grading.messages import tell_decided
from grading.states import STATE_WORDS, Basis, Letter, State, code_url

Action = Literal["suspend", "resume", "revoke"]
ACTION_WORDS = {"suspend": "暂停", "resume": "恢复", "revoke": "撤销"}


@dataclass(frozen=True, slots=True)
class CertificateAction:
    """One proposal and what became of it."""

    id: UUID
    action: Action
    reason: str
    state: Literal["proposed", "approved", "rejected"]
    proposed_at: datetime
    decided_at: datetime | None
    decision_note: str
    mine: bool


@dataclass(frozen=True, slots=True)
class IndexedCertificate:
    """A certificate as operators find it: public content, state of today, proposals."""

    id: UUID
    number: str
    enterprise: str
    uscc: str
    region_code: str
    period: str
    level: int
    letter: Letter
    basis: Basis
    state: State
    state_word: str
    state_at: datetime
    state_reason: str
    issued_at: datetime
    valid_until: date
    url: str
    actions: list[CertificateAction]


async def search_certificates(
    ctx: Acting, q: str = "", state: str = "", limit: int = 20, offset: int = 0
) -> tuple[list[IndexedCertificate], int]:
    """Certificates by number, credit code (from the start)

    or part of the name, newest first; and how many there are.
    """
    ctx.require("ops.certificate.read")
    rows = await ctx.db.rows(queries.SEARCH, q.strip(), state, ctx.today, limit, offset)
    ids = [r["certificate_id"] for r in rows]
    proposals = await ctx.db.rows(queries.ACTIONS_OF_PARTY, ctx.tenant, ids) if ids else []
    by_certificate: dict[UUID, list[CertificateAction]] = {}
    for p in proposals:
        by_certificate.setdefault(p.pop("certificate_id"), []).append(CertificateAction(**p))
    return [_indexed(r, by_certificate.get(r["certificate_id"], [])) for r in rows], int(
        rows[0]["total"]
    ) if rows else 0


def _indexed(row: dict[str, Any], actions: list[CertificateAction]) -> IndexedCertificate:
    kept = (
        "uscc",
        "region_code",
        "period",
        "state",
        "state_at",
        "state_reason",
        "issued_at",
        "valid_until",
    )
    return IndexedCertificate(
        id=row["certificate_id"],
        number=row["certificate_no"],
        enterprise=row["company"],
        level=row["content"]["level"],
        letter=row["content"]["grade"],
        basis=row["content"]["basis"],
        state_word=STATE_WORDS[row["state"]],
        url=code_url(make_code(code_keys(), row["code_id"], row["code_kid"])),
        actions=actions,
        **{name: row[name] for name in kept},
    )


async def propose_action(ctx: Acting, certificate_id: UUID, action: Action, reason: str) -> UUID:
    """Put a suspension, resumption or revocation before a second person. Raises Invalid, NotFound, Conflict."""
    ctx.require("ops.certificate.propose")
    if not 1 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明原因（500 字以内），企业和公众会看到。")])
    action_id = new_id()
    outcome = await ctx.db.value(queries.PROPOSE, action_id, certificate_id, action, reason.strip(), ctx.now, ctx.today)
    if outcome == "not_found":
        raise NotFound()
    if outcome == "wrong_state":
        raise Conflict("WRONG_STATE", f"证书当前状态不能{ACTION_WORDS[action]}，请刷新后再看。")
    if outcome == "already_proposed":
        raise Conflict("ALREADY_PROPOSED", "这张证书已有待审批的处理，请先审批或驳回。")
    ctx.audit(
        f"certificate.{action}.propose",
        "certificate",
        certificate_id,
        detail={"action_id": str(action_id), "reason": reason.strip()},
    )
    return action_id


async def decide_action(ctx: Acting, certificate_id: UUID, action_id: UUID, approve: bool, note: str = "") -> None:
    """Approve or reject a proposal.

    Approved, the public page shows it at once. Raises NotFound, Conflict, Forbidden (same person).
    """
    ctx.require("ops.certificate.approve")
    row = await ctx.db.row(queries.DECIDE, certificate_id, action_id, approve, note.strip()[:500], ctx.now)
    assert row is not None
    outcome = row["outcome"]
    if outcome == "not_found":
        raise NotFound()
    if outcome == "decided":
        raise Conflict("ALREADY_DECIDED", "这项处理已经审批过，请刷新列表。")
    if outcome == "same_person":
        raise Forbidden("TWO_PERSONS", "提出与审批须由两个人办理，请另一位审批人员处理。")
    if outcome == "wrong_state":
        raise Conflict("WRONG_STATE", "证书状态已变化，这项处理不再适用，请驳回后重新提出。")
    verdict = "approve" if approve else "reject"
    ctx.audit(
        f"certificate.{row['action']}.{verdict}",
        "certificate",
        certificate_id,
        detail={"reason": row["reason"], "note": note},
    )
    if approve:
        await tell_decided(ctx, row["tenant"], certificate_id, row["action"], row["reason"])
    ctx.after_commit(public.forget_all)
    ctx.after_commit(jobs.wake)
