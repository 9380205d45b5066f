"""People, organisations and requests for the tests of identity: what a browser would send, on real transactions."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import auth
from auth.permissions import permissions_of
from core.database import Acting, Entry, acting
from core.errors import Problem
from core.ids import PLATFORM_ORG, new_id

_numbers = itertools.count(1)
PASSWORD = "Sea-Harbor-19"
DEMO = {"captcha_id": "demo", "captcha_answer": "DEMO5"}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def fresh_name() -> str:
    """A login name nobody has."""
    return f"user{next(_numbers):06d}"


def fresh_phone() -> str:
    """A phone nobody has (the 199 range, counted)."""
    return f"199{next(_numbers):08d}"


@asynccontextmanager
async def guest(ip: str = "10.1.0.1", agent: str = "Test browser", audit: bool = False) -> AsyncIterator[Acting]:
    """A request of nobody: kept problems commit, what waits for the commit runs after it."""
    async with acting(Entry(ip=ip, user_agent=agent, request_id="TEST", route="test"), permissions_of) as ctx:
        yield ctx
    for act in ctx.afterwards:
        await act()


@asynccontextmanager
async def signed_in(
    signed: auth.SignedIn,
    organisation: UUID | None = None,
    *,
    read_only: bool = False,
    must_change: bool = False,
    key: str | None = None,
    ip: str = "10.1.0.1",
) -> AsyncIterator[Acting]:
    """A request with the session's token; ``organisation`` defaults to the token's."""
    claims = auth.verify_access_token(signed.access_token)
    entry = Entry(
        sid=claims.sid,
        organisation=organisation or claims.organisation,
        audience=claims.audience,
        route="test",
        idempotency_key=key,
        read_only=read_only,
        allow_must_change=must_change,
        ip=ip,
        user_agent="Test browser",
        request_id="TEST",
    )
    async with acting(entry, permissions_of) as ctx:
        yield ctx
    for act in ctx.afterwards:
        await act()


async def person(**options: Any) -> auth.Created:
    """A person with an account whose password is :data:`PASSWORD`, no change due."""
    facts: dict[str, Any] = {
        "login_name": fresh_name(),
        "name": "林知微",
        "phone": None,
        "password": PASSWORD,
        "must_change": False,
        **options,
    }
    async with guest() as ctx:
        return await auth.create_person_account(ctx, **facts)


async def organisation(migrator: Any, kind: str = "enterprise", status: str = "active") -> UUID:
    """An organisation of a kind; the operator is the one there is."""
    if kind == "operator":
        return PLATFORM_ORG
    made = new_id()
    uscc = None if kind == "gov" else f"91440101MA{next(_numbers):07d}A"
    await migrator.execute(
        "insert into organisation (id, kind, uscc, name, region_code, status, origin) values ($1, $2, $3, $4,"
        " (select code from region order by code limit 1), $5, 'operator')",
        made,
        kind,
        uscc,
        f"机构{made.hex[-6:]}",
        status,
    )
    return made


async def member(migrator: Any, who: auth.Created, org: UUID, *roles: str) -> None:
    """Make somebody a member."""
    await migrator.execute(
        "insert into membership (tenant_id, id, person_id, roles, valid_from, display_name_masked)"
        " values ($1, $2, $3, $4, '2020-01-01', '林**')",
        org,
        new_id(),
        who.person_id,
        list(roles),
    )


async def sign_in(who: auth.Created, *, password: str = PASSWORD, **options: Any) -> auth.SignedIn:
    """Sign in by password with the documented captcha."""
    where = {k: options.pop(k) for k in ("ip", "agent") if k in options}
    async with guest(**where) as ctx:
        return await auth.password_login(ctx, account=who.login_name, password=password, **DEMO, **options)


async def refusal(awaitable: Any) -> Problem:
    """The problem something raises."""
    try:
        await awaitable
    except Problem as problem:
        return problem
    raise AssertionError("nothing was refused")
