"""What identity does by the clock."""

from auth import my_data
from auth.wechat import callbacks
from core.clock import utc_now
from core.database import Db
from core.jobs import schedule


@schedule("auth.purge", daily_at="03:40")
async def purge(db: Db) -> None:
    """Dead sessions after 30 days, one-time codes, captchas, proofs and forgotten failures."""
    await db.run("select auth_purge($1)", utc_now())


@schedule("auth.scan_purge", every_seconds=3600)
async def purge_scans(db: Db) -> None:
    """Tickets after a day, blocks that are over, counters of hours gone by."""
    await db.run("select scan_purge($1)", utc_now())


@schedule("auth.wechat_purge", every_seconds=3600)
async def purge_wechat(db: Db) -> None:
    """Tickets, phone codes, pushes, messages and links past their time; people who never bound their WeChat after 30 days."""
    await db.run("select wx_purge($1)", utc_now())


@schedule("auth.wechat_pushes", every_seconds=30)
async def work_off_pushes(db: Db) -> None:
    """Pushes that a web process stored and did not get to (W23)."""
    for _ in range(200):
        if not await callbacks.work_off():
            return


@schedule("auth.erase", daily_at="04:10")
async def erase(db: Db) -> None:
    """People who asked to be forgotten seven days ago (P7)."""
    await my_data.erase_due(db)


@schedule("auth.idv_purge", every_seconds=300)
async def purge_identity_sessions(db: Db) -> None:
    """What was typed for a face session goes when its ten minutes are over; nonces a little later (V1, V2)."""
    await db.run("select idv_purge($1)", utc_now())
