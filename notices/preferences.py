"""Which channels a person wants beside the in-app list, which always stays."""

from dataclasses import dataclass

from core.database import Acting


@dataclass(frozen=True, slots=True)
class Settings:
    """True: wanted."""

    sms: bool
    wechat: bool


async def read_settings(ctx: Acting) -> Settings:
    """The signed-in person's."""
    row = await ctx.db.row("select * from notice_settings()")
    assert row is not None
    return Settings(**row)


async def save_settings(ctx: Acting, sms: bool, wechat: bool) -> Settings:
    """From the next event on."""
    await ctx.db.run("select notice_set($1, $2, $3)", sms, wechat, ctx.now)
    ctx.audit("notice.settings", "person", ctx.person_id, detail={"sms": sms, "wechat": wechat})
    return await read_settings(ctx)
