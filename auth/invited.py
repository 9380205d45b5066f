"""Invited agents without an account: who proves the phone that a firm named signs in, and that sign-in makes the account (T6)."""

import secrets

from auth.accounts import create_person_account
from auth.passwords import initial_password
from core.crypto import blind_indexes, unseal
from core.database import Acting

AGENT_NAME = "delegation.agent_name"


async def open_account(ctx: Acting, number: str) -> bool:
    """Make the account of the agent who is awaited under this proved phone (E.164); False when nobody is.

    The password is random and told to nobody: the agent signs in by phone and may set one of his own by the same code.
    """
    row = await ctx.db.row("select * from delegation_waiting($1, $2)", blind_indexes("phone", number), ctx.today)
    if row is None:
        return False
    name = unseal(AGENT_NAME, row["id"], row["agent_name_sealed"])
    await create_person_account(
        ctx,
        login_name=f"dl{secrets.randbelow(10**10):010d}",
        name=name,
        phone=number,
        password=initial_password(),
        must_change=False,
    )
    ctx.audit("agent.account_opened", "delegation", row["id"])
    return True
