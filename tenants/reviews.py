"""The licence of a self-registered enterprise: handed in, returned, approved or rejected by one operator who is no member."""

from uuid import UUID

from core.database import Acting
from core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from core.files import StoredFile, open_file, save_file
from core.ids import PLATFORM_ORG, new_id
from tenants.organisations import Detail, belongs_to, get_organisation, no_own_business, stale
from tenants.profiles import ProfileView, get_profile
from tenants.reading import reading

DECISIONS = {"approve": "approved", "return": "returned", "reject": "rejected"}


async def submit_licence(ctx: Acting, file_name: str, data: bytes) -> ProfileView:
    """Hand in the business licence (pdf, jpg, png, 10 MB); one more while it waits replaces the file.

    Raises Invalid, Conflict (ALREADY_VERIFIED).
    """
    if ctx.org_kind != "enterprise":
        raise Forbidden("ENTERPRISE_ONLY", "只有自行注册的企业需要上传营业执照。")
    status = await ctx.db.value("select status from organisation where id = $1 for no key update", ctx.tenant)
    if status != "unverified":
        raise Conflict("ALREADY_VERIFIED", "主体已认证，无需再上传营业执照；名称或代码有变更请联系平台运营。")
    ref = await save_file(ctx, file_name, data, "licence")
    done = await ctx.db.run(
        "update organisation_review set licence_file = $3, licence_name = $4, submitted_by = $5, submitted_at = $6,"
        " version = version + 1 where tenant_id = $1 and party_id = $2 and state = 'submitted'",
        ctx.tenant, PLATFORM_ORG, ref.id, ref.name, ctx.person_id, ctx.now,
    )  # fmt: skip
    if not done:
        await ctx.db.run(
            "insert into organisation_review (tenant_id, party_id, id, licence_file, licence_name, submitted_by, submitted_at)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            ctx.tenant, PLATFORM_ORG, new_id(), ref.id, ref.name, ctx.person_id, ctx.now,
        )  # fmt: skip
    await ctx.db.run(
        "update organisation set version = version + 1, updated_at = $2 where id = $1", ctx.tenant, ctx.now
    )
    await ctx.db.run("update profile set licence_file = $2 where tenant_id = $1", ctx.tenant, ref.id)
    ctx.audit("organisation.licence_submitted", "organisation", ctx.tenant, detail={"sha256": ref.sha256})
    return await get_profile(ctx)


async def decide_review(ctx: Acting, organisation_id: UUID, decision: str, *, version: int, reason: str = "") -> Detail:
    """``approve`` makes the enterprise active; ``return`` asks for a better licence; ``reject`` closes it and frees its USCC.

    ``version`` is the desk item's. Raises NotFound, Invalid (a reason is needed), Conflict (OWN_ORGANISATION, STATE,
    STALE_VERSION).
    """
    no_own_business(await belongs_to(ctx, organisation_id))
    said = " ".join(reason.split())
    if (decision != "approve" and len(said) < 2) or len(said) > 500:
        raise Invalid([FieldError("reason", "REQUIRED", "请写明原因（2–500 字），企业会看到这段话。")])
    desk = await get_organisation(ctx, organisation_id)
    if desk.review != "submitted":
        raise Conflict("STATE", "没有等待审核的营业执照，可能已由他人处理，请刷新。", state=desk.review or "none")
    done = await _move(ctx, desk, decision, version) and await ctx.db.run(
        "update organisation_review set state = $3, reason = $4, decided_by = $5, decided_at = $6, version = version + 1"
        " where tenant_id = $1 and id = $2 and state = 'submitted' and party_id = $7 and submitted_by <> $5",
        organisation_id, desk.review_id, DECISIONS[decision], said, ctx.person_id, ctx.now, PLATFORM_ORG,
    )  # fmt: skip
    if not done:
        raise stale(desk.version)
    ctx.audit(f"organisation.{DECISIONS[decision]}", "organisation", organisation_id, detail={"reason": said})
    return await get_organisation(ctx, organisation_id)


async def read_licence(ctx: Acting, organisation_id: UUID) -> StoredFile:
    """The licence last handed in, for the operator's desk; the reading is logged at the enterprise. Raises NotFound."""
    file_id = await ctx.db.value(
        "select licence_file from organisation_review where tenant_id = $1 and party_id = $2 order by submitted_at desc limit 1",
        organisation_id, PLATFORM_ORG,
    )  # fmt: skip
    if file_id is None:
        raise NotFound("没有上传过营业执照。")
    async with reading(ctx, organisation_id, "licence_review") as reader:
        return await open_file(reader, file_id)


async def _move(ctx: Acting, desk: Detail, decision: str, version: int) -> bool:
    after = {"approve": "active", "reject": "closed", "return": "unverified"}[decision]
    decide = "select organisation_decide($1, 'unverified', $2, $3, $4)"
    return bool(await ctx.db.value(decide, desk.id, after, version, ctx.now))
