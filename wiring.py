"""Which room listens to which, and what each process starts. The one place that knows all rooms."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from core.database import Acting
from core.rotation import Indexed, Sealed

if TYPE_CHECKING:
    import tenants

ROOMS = ("core", "auth", "tenants", "factors", "documents", "notices", "knowledge", "inventory", "cases", "filing", "water", "rollups", "grading", "reports", "finance")
MODELS = [f"{room}.models" for room in ROOMS if find_spec(room) and find_spec(f"{room}.models")]

#: Every sealed column and blind index of every room, for a change of the root key (core.rotation).
SEALED = (
    Sealed("person", "name_sealed", "person.name"),
    Sealed("person", "phone_sealed", "person.phone"),
    Sealed("second_factor", "secret_sealed", "second_factor.secret", row="account_id"),
    Sealed("second_factor", "pending_sealed", "second_factor.secret", row="account_id"),
    Sealed("wx_user", "session_key_sealed", "wx_user.session_key"),
    Sealed("wx_token", "token_sealed", "wx_token.token"),
    Sealed("wx_phone_code", "phone_sealed", "wx_phone_code.phone"),
    Sealed("wx_message", "fields_sealed", "wx_message.fields"),
    Sealed("wx_push", "body_sealed", "wx_push.body"),
    Sealed("profile", "legal_name_sealed", "profile.legal_name"),
    Sealed("profile", "contact_name_sealed", "profile.contact_name"),
    Sealed("profile", "contact_phone_sealed", "profile.contact_phone"),
    Sealed("delegation", "agent_name_sealed", "delegation.agent_name"),
    Sealed("delegation", "id_no_sealed", "delegation.id_no"),
    Sealed("delegation", "phone_sealed", "delegation.phone"),
    Sealed("application", "legal_name_sealed", "application.legal_name"),
    Sealed("application", "legal_id_sealed", "application.legal_id"),
    Sealed("application", "applicant_name_sealed", "application.applicant_name"),
    Sealed("application", "id_no_sealed", "application.id_no"),
    Sealed("application", "phone_sealed", "application.phone"),
    Sealed("dispute", "claimant_name_sealed", "dispute.claimant_name"),
    Sealed("dispute", "claimant_phone_sealed", "dispute.claimant_phone"),
    Sealed("idv_session", "hint_sealed", "idv_session.hint"),
    Sealed("person_identity", "id_no_sealed", "person_identity.id_no", row="person_id"),
    Sealed("phone_change", "old_sealed", "phone_change.old"),
    Sealed("enterprise_registry", "legal_name_sealed", "enterprise_registry.legal_name"),
    Sealed("signing_key", "private_sealed", "signing_key.private"),
    Sealed("notice", "phone_sealed", "notice.phone"),
)
INDEXED = (
    Indexed("person_index", "phone", "person_id", SEALED[1]),
    Indexed(
        "person_index", "id_number", "person_id", Sealed("person_identity", "id_no_sealed", "person_identity.id_no", row="person_id")
    ),
    Indexed("delegation_index", "phone", "delegation_id", Sealed("delegation", "phone_sealed", "delegation.phone")),
    Indexed("delegation_index", "id_number", "delegation_id", Sealed("delegation", "id_no_sealed", "delegation.id_no")),
    Indexed("application_index", "phone", "application_id", Sealed("application", "phone_sealed", "application.phone")),
    Indexed("application_index", "id_number", "application_id", Sealed("application", "id_no_sealed", "application.id_no")),
)


async def start_web() -> None:
    """What the web process holds besides the pool: the watch on the queue and the processes that make papers."""
    from core import jobs

    await start_papers()
    await jobs.start_watch()


async def stop_web() -> None:
    """Let go of it again."""
    import auth
    from core import jobs

    await jobs.stop_watch()
    await auth.wechat.settle()
    await auth.wechat.close()
    await stop_papers()


async def start_papers() -> None:
    """Open the rendering processes of this process."""
    import documents
    from core import metrics

    renderer = documents.Renderer()
    await renderer.start()
    documents.use_renderer(renderer)
    metrics.RENDERERS.set(renderer.processes)
    metrics.RENDER_QUEUE.set_function(lambda: renderer._waiting)


async def stop_papers() -> None:
    """End them."""
    import documents

    await documents.renderer().stop()


async def rotate_signing_keys(url: str) -> str:
    """Publish the next certificate signing key, or switch when its lead time is over; says what was done."""
    from core.clock import utc_now
    from core.database import close_database, open_database, transaction
    from grading.keys import rotate_keys

    await open_database(url, MODELS, minsize=1, maxsize=1)
    try:
        async with transaction() as db:
            return "\n".join(await rotate_keys(db, utc_now())) or "nothing is due"
    finally:
        await close_database()


async def import_table(ctx: Acting, table: Sequence[Sequence[object]], *, source: str, dry_run: bool, most: int | None = None) -> "tenants.Imported":
    """Bring the registry of enterprises to what a table says; people of a firm whose representative changed are told (V7).

    Raises Invalid: no headings, or more than ``most`` rows.
    """
    import notices
    import tenants
    from core.errors import FieldError, Invalid

    async def tell(ctx: Acting, change: tenants.LegalChange) -> None:
        for kind, people in (("legal.ended", change.former), ("legal.agents", change.agents)):
            if people:
                await notices.tell(ctx, kind, "organisation", change.organisation_id, to=people, organisation=change.organisation_id)

    rows, errors, count = tenants.check_rows(table, ctx.today)
    if most is not None and count > most:
        text = f"文件有 {count} 行，网页一次最多 {most} 行。请分成几份，或由运维在服务器上用 import-registry 命令导入。"
        raise Invalid([FieldError("file", "TOO_MANY_ROWS", text)], code="TOO_MANY_ROWS")
    made = tenants.Imported(errors=errors)
    await tenants.import_registry(ctx, rows, source=source, into=made, dry_run=dry_run, tell=tell)
    made.rows = count
    return made


async def import_registry(url: str, file: Path) -> str:
    """A CSV or Excel file into the registry, in one transaction, as the platform's operator; says what was done."""
    import documents
    import tenants
    from core import audit
    from core.clock import utc_now
    from core.database import close_database, open_database, transaction
    from core.ids import PLATFORM_ORG

    data = file.read_bytes()
    table = documents.read_rows(data, 1_000_000, 12) if data[:2] == b"PK" else tenants.read_csv(data)
    await open_database(url, MODELS, minsize=1, maxsize=1)
    try:
        async with transaction() as db:
            await db.run("set local statement_timeout = '600s'")
            await db.run("set local idle_in_transaction_session_timeout = '600s'")
            await db.run("select set_config('app.tenant', $1, true), set_config('app.kind', 'operator', true)", str(PLATFORM_ORG))
            ctx = Acting(db, utc_now(), tenant_id=PLATFORM_ORG, org_kind="operator", route="import-registry", request_id="CLI")
            made = await import_table(ctx, table, source=file.name, dry_run=False)
            await audit.write(ctx, ctx.audit_rows)
    finally:
        await close_database()
    lines = [f"{e.path}: {e.message}" for e in made.errors or []]
    left = f"，跳过 {len(lines)} 处有误的行" if lines else ""
    lines.append(
        f"读到 {made.rows} 行：新增 {made.added}，更新 {made.changed}（其中法定代表人变更 {made.representatives}），"
        f"未变 {made.unchanged}，证件号脱敏需人工核对 {made.masked}{left}"
    )
    return "\n".join(lines)


async def renew_wechat_token(url: str) -> None:
    """Drop the access token at WeChat and in the shared place, and fetch another. Raises Problem (too often, not set up)."""
    import auth
    from core.database import close_database, open_database

    await open_database(url, MODELS, minsize=1, maxsize=1)
    try:
        await auth.wechat.wechat().tokens.force()
    finally:
        await auth.wechat.close()
        await close_database()


def register_jobs() -> None:
    """Import every module that declares a job or a schedule: each room's ``jobs`` and ``schedules``."""
    from importlib import import_module

    for room in ROOMS:
        for part in ("jobs", "schedules"):
            if room != "core" and find_spec(room) and find_spec(f"{room}.{part}"):
                import_module(f"{room}.{part}")
    _let_rooms_listen()


def _let_rooms_listen() -> None:
    """What lower rooms say to higher ones: a change of a grant becomes a message in the agent's (and the representative's) list."""
    import notices
    import tenants.jobs

    async def tell(ctx: Acting, row: dict[str, Any], what: str) -> None:
        to: list[Any] = [row["person_id"]] if row["person_id"] else []
        to += ["legal"] if what == "ending" else []
        fields = {"scopes": tenants.jobs.said_scopes(row), "due_words": tenants.jobs.said_day(row), "agent": row["agent_name_masked"]}
        if to:
            await notices.tell(ctx, f"delegation.{what}", "delegation", row["id"], to=to, fields=fields)

    tenants.jobs.listeners["notices"] = tell


async def load_reference(url: str) -> None:
    """Factors, parameters, regions, industries: idempotent, as the migrator."""
    from core.database import connect_arguments, prepare_connection

    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        await prepare_connection(connection)
        async with connection.transaction():
            from core import working_days

            await working_days.load_reference(connection)
            if find_spec("tenants"):
                import tenants

                await tenants.load_reference(connection)
            if find_spec("factors"):
                import factors

                await factors.load_reference(connection)
            if find_spec("knowledge"):
                import knowledge

                await knowledge.load_reference(connection)
    finally:
        await connection.close()
