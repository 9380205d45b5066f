"""The carbon-efficiency certificate (rules CC1-CC9): issuing, what the enterprise sees of it, its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import inventory
from carbon import certificate_valid_until, plain
from core.database import Acting
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.settings import settings
from documents import freeze
from grading import queries
from grading.code import make_code, new_code_id
from grading.evaluations import Evaluation, YearInput, evaluate_input, store_evaluation
from grading.keys import code_keys, signer
from grading.number import certificate_number
from grading.proof import end_of_day
from grading.states import STATE_WORDS, Letter, State, code_url, state_on


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as its enterprise sees it; ``content`` is what the public sees.

    ``stale``: filed data of its year changed since (GN12); it stays valid for its snapshot and asks to be issued anew.
    """

    id: UUID
    year: int
    period: str
    number: str
    code: str
    url: str
    level: int
    letter: Letter
    k: str
    l: str  # noqa: E741
    n: str | None
    benchmark: str
    basis: str
    values_public: bool
    state: State
    state_word: str
    state_at: datetime
    reason: str | None
    superseded_by: str | None
    issued_on: date
    issued_at: datetime
    valid_until: date
    snapshot_sha256: str
    pdf_sha256: str | None
    data_version: str
    fingerprint: str
    content: dict[str, Any]
    stale: bool


async def issue_for(ctx: Acting, given: YearInput, verified_firm: bool, values_public: bool) -> Certificate:
    """Evaluate the facts of a year and issue its certificate in one write (CC1). Raises Conflict with the next step:

    ORGANISATION_UNVERIFIED, NOT_GRADED, VALIDITY_ALREADY_ENDED (CC6), CERTIFICATE_UNCHANGED,
    CERTIFICATE_REVOKED (the same data again), CERTIFICATE_SUSPENDED, NEWER_CERTIFICATE_EXISTS. Earlier valid certificates are superseded (CE12).
    """
    ctx.require("certificate.issue")
    if not verified_firm:
        raise Conflict(
            "ORGANISATION_UNVERIFIED",
            "主体未认证，不能生成碳效码。请先在“企业信息”上传营业执照，等待平台审核通过。",
        )
    made = await evaluate_input(ctx, given)
    if not made.graded:
        raise not_graded(made)
    valid_until = certificate_valid_until(str(given.year))
    if valid_until < ctx.today:
        raise Conflict(
            "VALIDITY_ALREADY_ENDED",
            f"{given.year} 年度证书的有效期到 {valid_until} 为止，今天已过期，不再签发。请为更近的年度评级。",
            valid_until=valid_until.isoformat(),
        )
    await _must_differ(ctx, made, values_public)
    evaluation_id = await store_evaluation(ctx, made)
    return await _write(ctx, given, made, evaluation_id, values_public, valid_until)


def not_graded(made: Evaluation) -> Conflict:
    """The refusal of everything that needs a grade: why there is none, what is missing, what to do."""
    return Conflict(
        "NOT_GRADED",
        f"{made.reason_text}，不能生成碳效码。{made.remedy}",
        reason=made.reason,
        missing=[{"month": m.month, "item_id": m.item_id, "item": m.item} for m in made.missing],
    )


async def _must_differ(ctx: Acting, made: Evaluation, values_public: bool) -> None:
    for one in await own_certificates(ctx, year=made.year):
        if one.state == "valid" and one.fingerprint == made.fingerprint and one.values_public == values_public:
            raise Conflict(
                "CERTIFICATE_UNCHANGED",
                "这一年的数据和基准都没有变化，现有证书继续有效，不必重新生成。",
                certificate_id=str(one.id),
            )
        if one.state == "revoked" and one.data_version == made.data_version:
            raise Conflict(
                "CERTIFICATE_REVOKED",
                f"这一年的证书已被撤销（{one.reason}），数据还没有更正。请先更正并重新提交有关月份，再生成证书。",
                certificate_id=str(one.id),
            )


async def _write(
    ctx: Acting, given: YearInput, made: Evaluation, evaluation_id: UUID, values_public: bool, valid_until: date
) -> Certificate:
    key = await signer(ctx.db, ctx.now)
    keys = code_keys()
    certificate_id, code_id, period = new_id(), new_code_id(), str(made.year)
    running = int(await ctx.db.value(queries.NEXT_NUMBER))
    content = public_content(given, made, values_public) | {
        "cert_no": certificate_number(period, given.region_code, running),
        "issued": ctx.today.isoformat(),
        "valid_to": valid_until.isoformat(),
    }
    snapshot = await freeze(ctx, "certificate", certificate_id, content)
    content |= {"snapshot": snapshot.sha256[:16]}
    jws = key.sign(claims(content, code_id, ctx.now, valid_until))
    await ctx.db.run(
        queries.PUT_CERTIFICATE,
        ctx.tenant,
        certificate_id,
        made.year,
        "year",
        period,
        content["cert_no"],
        code_id,
        keys.current_kid,
        evaluation_id,
        made.level,
        made.letter,
        made.basis,
        values_public,
        content,
        snapshot.id,
        snapshot.sha256,
        ctx.today,
        ctx.now,
        ctx.account_id,
        valid_until,
    )
    outcome = await ctx.db.value(
        queries.PUBLISH,
        {
            "code_id": code_id,
            "code_kid": keys.current_kid,
            "certificate_id": certificate_id,
            "certificate_no": content["cert_no"],
            "period_type": "year",
            "period": period,
            "company": given.company,
            "uscc": given.uscc,
            "region_code": given.region_code,
            "content": content,
            "valid_until": valid_until,
            "kid": key.kid,
            "jws": jws,
        },
        ctx.now,
    )
    _refuse(outcome)
    ctx.audit(
        "certificate.issue",
        "certificate",
        certificate_id,
        detail={"certificate_no": content["cert_no"], "year": made.year},
    )
    return await own_certificate(ctx, certificate_id)


def _refuse(outcome: str) -> None:
    if outcome == "suspended":
        raise Conflict("CERTIFICATE_SUSPENDED", "现有证书正在核实中，核实结束前不能生成新证书。请留意平台通知。")
    if outcome == "newer_exists":
        raise Conflict(
            "NEWER_CERTIFICATE_EXISTS", "已有更近年度的有效证书，较早年度的证书签发后会立即被替代，不再签发。"
        )


def public_content(given: YearInput, made: Evaluation, values_public: bool) -> dict[str, Any]:
    """What the certificate says to everybody (CC1, CC9): no personal data, no energy detail; amounts by opt-in only."""
    row = made.benchmark_row
    assert made.graded and row is not None
    content: dict[str, Any] = {
        "company": given.company,
        "uscc": given.uscc,
        "industry_code": made.industry_code,
        "industry_name": made.industry_name,
        "region_code": made.region_code,
        "region_name": made.region_name,
        "period": str(made.year),
        "year": made.year,
        "level": made.level,
        "grade": made.letter,
        "grade_word": made.level_word,
        "colour": made.colour,
        "label": made.label,
        "K": made.k,
        "L": made.l,
        "horizontal": made.horizontal,
        "N": made.n,
        "N_structural": made.n_structural,
        "N_offset": made.n_offset,
        "benchmark": row.b,
        "benchmark_source": made.benchmark,
        "benchmark_period": row.period,
        "basis": made.basis,
        "mode": made.basis_word,
        "agency": None,
        "factors": made.factor_names,
        "method_version": made.method_version,
        "values_public": values_public,
    }
    if values_public:
        content |= {"E_core": made.emission, "value_added": made.va}
    return {key: plain(value) if isinstance(value, Decimal) else value for key, value in content.items()}


def claims(
    content: Mapping[str, Any], code_id: str, now: datetime, valid_until: date, pdf_sha256: str | None = None
) -> dict[str, Any]:
    """Claims of the offline proof: the short ones by name, the whole public content beside them (CC4)."""
    return {
        "iss": settings.base_url,
        "jti": code_id,
        "sub": content["uscc"],
        "cert_no": content["cert_no"],
        "name": content["company"],
        "year": content["year"],
        "period": content["period"],
        "grade": content["grade"],
        "level": content["level"],
        "mode": content["mode"],
        "agency": content["agency"],
        "iat": int(now.timestamp()),
        "exp": end_of_day(valid_until),
        "valid_until": valid_until.isoformat(),
        "pdf_sha256": pdf_sha256,
        "certificate": dict(content),
    }


async def own_certificates(ctx: Acting, year: int | None = None) -> list[Certificate]:
    """The enterprise's certificates, newest first, each with its state of today and the operator's reason."""
    return await _rows(ctx, await ctx.db.rows(queries.OWN, ctx.tenant, None, year))


async def own_certificate(ctx: Acting, certificate_id: UUID) -> Certificate:
    """One of the enterprise's certificates. Raises NotFound."""
    return (await _rows(ctx, [await own_row(ctx, certificate_id)]))[0]


async def own_row(ctx: Acting, certificate_id: UUID) -> dict[str, Any]:
    """The stored certificate with its state and proof. Raises NotFound."""
    row = await ctx.db.row(queries.OWN, ctx.tenant, certificate_id, None)
    if row is None:
        raise NotFound()
    return row


async def _rows(ctx: Acting, rows: Sequence[Mapping[str, Any]]) -> list[Certificate]:
    filed = await inventory.data_versions(ctx, sorted({r["year"] for r in rows})) if rows else {}
    return [_row(ctx, r, filed[r["year"]]) for r in rows]


def _row(ctx: Acting, row: Mapping[str, Any], filed: str) -> Certificate:
    content = row["content"]
    code = make_code(code_keys(), row["code_id"], row["code_kid"])
    state = state_on(row["state"], row["valid_until"], ctx.today)
    newer = make_code(code_keys(), row["superseded_by"], row["superseded_kid"]) if row["superseded_by"] else None
    same = (
        "id",
        "year",
        "period",
        "level",
        "letter",
        "values_public",
        "state_at",
        "issued_on",
        "issued_at",
        "valid_until",
        "snapshot_sha256",
        "pdf_sha256",
        "data_version",
        "fingerprint",
        "content",
    )
    return Certificate(
        number=row["certificate_no"],
        code=code,
        url=code_url(code),
        k=content["K"],
        l=content["L"],
        n=content["N"],
        benchmark=content["benchmark_source"],
        basis=content["mode"],
        state=state,
        state_word=STATE_WORDS[state],
        reason=row["state_reason"] or None,
        superseded_by=code_url(newer) if newer else None,
        stale=state in ("valid", "suspended") and row["data_version"] != filed,
        **{name: row[name] for name in same},
    )
