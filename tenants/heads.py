"""Who is left in charge of a firm."""

from core.database import Acting


async def firms_without_me(ctx: Acting) -> list[str]:
    """Names of the firms that would have no head if the acting person went (P7): as legal representative, or as the only administrator."""
    return list(await ctx.db.value("select firms_without_me($1)", ctx.today))
