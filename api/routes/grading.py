"""Grade of a year, certificates of an enterprise, certificates on the operator's desk."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

import grading
from api.kernel.route import Call, FileAnswer, route
from api.kernel.types import Answer, Page, Struct, Year
from auth.audiences import ENTERPRISE, OPERATOR
from core.database import Acting
from core.errors import NotFound


@route(
    "GET",
    "/api/v1/grading/<year:int>",
    permission="grading.read",
    audience=ENTERPRISE,
    answer=grading.Evaluation,
    tag="grading",
    summary="评一年的碳效等级：结果、步骤，或未评级的原因与下一步",
)
async def grade_of_year(ctx: Acting, call: Call, year: int) -> grading.Evaluation:
    return await grading.evaluate(ctx, _year(year))


@route(
    "POST",
    "/api/v1/grading/<year:int>",
    permission="certificate.issue",
    audience=ENTERPRISE,
    answer=grading.Evaluation,
    idempotent=True,
    tag="grading",
    summary="评效并留存这一次（有变化才成为新版本）",
)
async def record_grade(ctx: Acting, call: Call, year: int) -> grading.Evaluation:
    return await grading.record_evaluation(ctx, _year(year))


class EvaluationList(Answer, kw_only=True):
    """Kept runs of a year, newest first."""

    items: list[grading.EvaluationVersion]
    total: int


@route(
    "GET",
    "/api/v1/grading/<year:int>/history",
    permission="grading.read",
    audience=ENTERPRISE,
    answer=EvaluationList,
    tag="grading",
    summary="一年历次评效",
)
async def grade_history(ctx: Acting, call: Call, year: int) -> EvaluationList:
    items = await grading.evaluation_history(ctx, _year(year))
    return EvaluationList(items=items, total=len(items))


def _year(year: int) -> int:
    if not 1990 <= year <= 2100:
        raise NotFound("没有这个年份。")
    return year


class IssueCertificate(Struct, kw_only=True):
    """The year; ``show_amounts`` opens emission and value added together (CC9)."""

    year: Year
    show_amounts: bool = False


class CertificateList(Answer, kw_only=True):
    """All certificates of the enterprise, newest first."""

    items: list[grading.Certificate]
    total: int


@route(
    "POST",
    "/api/v1/certificates",
    permission="certificate.issue",
    audience=ENTERPRISE,
    body=IssueCertificate,
    answer=grading.Certificate,
    status=201,
    idempotent=True,
    tag="certificates",
    summary="生成碳效码与证书",
    errors=(
        "ORGANISATION_UNVERIFIED",
        "NOT_GRADED",
        "VALIDITY_ALREADY_ENDED",
        "CERTIFICATE_UNCHANGED",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_SUSPENDED",
        "NEWER_CERTIFICATE_EXISTS",
    ),
)
async def issue_certificate(ctx: Acting, call: Call) -> grading.Certificate:
    return await grading.issue_certificate(ctx, call.body.year, call.body.show_amounts)


@route(
    "GET",
    "/api/v1/certificates",
    permission="certificate.read",
    audience=ENTERPRISE,
    answer=CertificateList,
    tag="certificates",
    summary="本企业的证书",
)
async def list_certificates(ctx: Acting, call: Call) -> CertificateList:
    items = await grading.own_certificates(ctx)
    return CertificateList(items=items, total=len(items))


@route(
    "GET",
    "/api/v1/certificates/<id>",
    permission="certificate.read",
    audience=ENTERPRISE,
    answer=grading.Certificate,
    tag="certificates",
    summary="一张证书",
)
async def get_certificate(ctx: Acting, call: Call, id: UUID) -> grading.Certificate:
    return await grading.own_certificate(ctx, id)


class BadgeQuery(Struct, kw_only=True):
    """Side of the picture in pixels (CC7)."""

    size: Literal["1000", "300"] = "1000"


@route(
    "GET",
    "/api/v1/certificates/<id>/badge.png",
    permission="certificate.read",
    audience=ENTERPRISE,
    query=BadgeQuery,
    read_only=False,
    tag="certificates",
    summary="碳效码图片",
)
async def badge_picture(ctx: Acting, call: Call, id: UUID) -> FileAnswer:
    return _file(await grading.certificate_file(ctx, id, f"badge-{call.query.size}"))


@route(
    "GET",
    "/api/v1/certificates/<id>/card.png",
    permission="certificate.read",
    audience=ENTERPRISE,
    read_only=False,
    tag="certificates",
    summary="证书卡片图片",
)
async def card_picture(ctx: Acting, call: Call, id: UUID) -> FileAnswer:
    return _file(await grading.certificate_file(ctx, id, "card"))


@route(
    "GET",
    "/api/v1/certificates/<id>/certificate.pdf",
    permission="certificate.read",
    audience=ENTERPRISE,
    read_only=False,
    tag="certificates",
    summary="证书 PDF（A4）",
)
async def certificate_pdf(ctx: Acting, call: Call, id: UUID) -> FileAnswer:
    return _file(await grading.certificate_file(ctx, id, "pdf"))


@route(
    "GET",
    "/api/v1/certificates/<id>/proof.jws",
    permission="certificate.read",
    audience=ENTERPRISE,
    read_only=False,
    tag="certificates",
    summary="离线核验用的签名凭证",
)
async def certificate_proof(ctx: Acting, call: Call, id: UUID) -> FileAnswer:
    name, jws = await grading.certificate_proof(ctx, id)
    return FileAnswer(jws.encode() + b"\n", "application/jose", name)


def _file(drawn: grading.DrawnFile) -> FileAnswer:
    return FileAnswer(drawn.data, drawn.content_type, drawn.name, headers={"ETag": f'"{drawn.sha256}"'})


class CertificateQuery(Page, kw_only=True):
    """Number, credit code or part of the name; state of today."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    state: Literal["", "valid", "expired", "superseded", "suspended", "revoked"] = ""


class CertificatePage(Answer, kw_only=True):
    """One page, newest first."""

    items: list[grading.IndexedCertificate]
    total: int
    page: int
    page_size: int


class ProposeAction(Struct, kw_only=True):
    """What to do and why; the reason is shown to the enterprise and on the public page."""

    action: Literal["suspend", "resume", "revoke"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ProposedAction(Answer, kw_only=True):
    """The proposal that waits for a second person."""

    action_id: UUID
    state: str = "proposed"


class DecideAction(Struct, kw_only=True):
    """A note of the second person."""

    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Decided(Answer, kw_only=True):
    """What became of the proposal."""

    action_id: UUID
    state: str


@route(
    "GET",
    "/api/v1/ops/certificates",
    permission="ops.certificate.read",
    audience=OPERATOR,
    query=CertificateQuery,
    answer=CertificatePage,
    tag="certificates",
    summary="全平台证书",
)
async def search_certificates(ctx: Acting, call: Call) -> CertificatePage:
    q = call.query
    items, total = await grading.search_certificates(ctx, q.q, q.state, q.page_size, q.offset)
    return CertificatePage(items=items, total=total, page=q.page, page_size=q.page_size)


@route(
    "POST",
    "/api/v1/ops/certificates/<id>/propose",
    permission="ops.certificate.propose",
    audience=OPERATOR,
    body=ProposeAction,
    answer=ProposedAction,
    status=201,
    idempotent=True,
    tag="certificates",
    summary="提出暂停、恢复或撤销",
    errors=("WRONG_STATE", "ALREADY_PROPOSED"),
)
async def propose_action(ctx: Acting, call: Call, id: UUID) -> ProposedAction:
    return ProposedAction(action_id=await grading.propose_action(ctx, id, call.body.action, call.body.reason))


@route(
    "POST",
    "/api/v1/ops/certificates/<id>/actions/<action_id>/approve",
    permission="ops.certificate.approve",
    audience=OPERATOR,
    body=DecideAction,
    answer=Decided,
    idempotent=True,
    step_up="certificate.approve",
    tag="certificates",
    summary="由另一人批准",
    errors=("ALREADY_DECIDED", "TWO_PERSONS", "WRONG_STATE"),
)
async def approve_action(ctx: Acting, call: Call, id: UUID, action_id: UUID) -> Decided:
    await grading.decide_action(ctx, id, action_id, True, call.body.note)
    return Decided(action_id=action_id, state="approved")


@route(
    "POST",
    "/api/v1/ops/certificates/<id>/actions/<action_id>/reject",
    permission="ops.certificate.approve",
    audience=OPERATOR,
    body=DecideAction,
    answer=Decided,
    idempotent=True,
    tag="certificates",
    summary="由另一人驳回",
    errors=("ALREADY_DECIDED", "TWO_PERSONS"),
)
async def reject_action(ctx: Acting, call: Call, id: UUID, action_id: UUID) -> Decided:
    await grading.decide_action(ctx, id, action_id, False, call.body.note)
    return Decided(action_id=action_id, state="rejected")
