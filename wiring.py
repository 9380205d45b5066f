"""Which room listens to which, and what each process starts. The one place that knows all rooms."""

from importlib.util import find_spec
from typing import Any

import asyncpg

from core.database import Acting
from core.rotation import Indexed, Sealed

ROOMS = ("core", "auth", "tenants", "factors", "documents", "notices", "knowledge", "inventory", "filing", "rollups", "grading", "reports")
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
    Sealed("dispute", "claimant_name_sealed", "dispute.claimant_name"),
    Sealed("dispute", "claimant_phone_sealed", "dispute.claimant_phone"),
    Sealed("signing_key", "private_sealed", "signing_key.private"),
    Sealed("notice", "phone_sealed", "notice.phone"),
)
INDEXED = (
    Indexed("person_index", "phone", "person_id", SEALED[1]),
    Indexed("delegation_index", "phone", "delegation_id", Sealed("delegation", "phone_sealed", "delegation.phone")),
    Indexed("delegation_index", "id_number", "delegation_id", Sealed("delegation", "id_no_sealed", "delegation.id_no")),
)


async def start_web() -> None:
    """What the web process holds besides the pool: the watch on the queue and the processes that make papers."""
    from core import jobs

    await start_papers()
    await jobs.start_watch()


async def stop_web() -> None:
    """Let go of it again."""
    from core import jobs

    await jobs.stop_watch()
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
