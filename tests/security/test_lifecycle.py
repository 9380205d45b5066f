"""Rights that end: dates, an ended membership, a stopped organisation, a password that must be changed (T4, T23, L4, L14)."""

from datetime import timedelta

import asyncpg
import httpx
import pytest

from core.clock import beijing_today
from core.ids import PLATFORM_ORG
from tests.security.knock import client, knock, path_for, refusal
from tests.security.matrix import listed, matrix
from tests.security.world import World

ROUTES = listed()
PROFILE = "/api/v1/organisation/profile"


async def code(http: httpx.AsyncClient, world: World, actor: str) -> tuple[int, str]:
    answer = await http.get(PROFILE, headers={"Authorization": f"Bearer {await world.token(actor)}"})
    return answer.status_code, "" if answer.status_code == 200 else refusal(answer)


@pytest.mark.parametrize(
    ("first", "last", "status", "expected"),
    [
        (-10, None, "active", 200), (0, 0, "active", 200), (-10, -1, "active", 403), (1, None, "active", 403),
        (-10, 10, "active", 200), (-10, None, "ended", 403),
    ],
)  # fmt: skip
async def test_a_membership_counts_within_its_days(
    http: httpx.AsyncClient, world: World, first: int, last: int | None, status: str, expected: int
) -> None:
    today = beijing_today()
    until = today + timedelta(days=last) if last is not None else None
    name = f"dated {first} {last} {status}"
    await world.add(name, world.a, "viewer", valid_from=today + timedelta(days=first), valid_to=until, status=status)
    assert await code(http, world, name) == (expected, "" if expected == 200 else "NO_MEMBERSHIP")


async def test_ending_a_membership_or_stopping_the_organisation_counts_at_the_next_request(
    http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    actor = await world.add("leaver", world.a, "viewer")
    token = await world.token(actor)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await http.get(PROFILE, headers=headers)).status_code == 200
    await seeing.execute("update membership set status = 'ended' where person_id = $1", actor.person)
    assert refusal(await http.get(PROFILE, headers=headers)) == "NO_MEMBERSHIP"
    await seeing.execute("update membership set status = 'active' where person_id = $1", actor.person)
    try:
        await seeing.execute("update organisation set status = 'suspended' where id = $1", world.a)
        assert refusal(await http.get(PROFILE, headers=headers)) == "ORGANISATION_SUSPENDED"
    finally:
        await seeing.execute("update organisation set status = 'active' where id = $1", world.a)
    assert (await http.get(PROFILE, headers=headers)).status_code == 200
    await seeing.execute("update session set revoked_at = now() where account_id = $1", actor.account)
    assert (await http.get(PROFILE, headers=headers)).status_code == 401


async def test_a_disabled_account_is_nobody(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection) -> None:
    actor = await world.add("disabled", world.a, "viewer")
    await seeing.execute("update account set status = 'disabled' where id = $1", actor.account)
    assert (await code(http, world, "disabled"))[0] == 401


def _side(name: str) -> str:
    """Whose client a route is for."""
    sides = {"legal": ("legal A", "viewer A", "phone A"), "agency": ("agency_admin", "verifier", "agency_reviewer"), "bank": ("bank_admin", "account_manager")}
    return next((side for side, actors in sides.items() if any(matrix().may(a, name) for a in actors)), "operator")


@pytest.mark.parametrize("name", sorted(n for n, r in ROUTES.items() if not r.public))
async def test_a_first_sign_in_may_only_change_its_password(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    side = _side(name)
    who = f"new {side}"
    if who not in world.actors:
        organisation, role, kind = {
            "legal": (world.a, "legal", "enterprise"),
            "operator": (PLATFORM_ORG, "secadmin", "operator"),
            "agency": (world.actors["agency_admin"].organisation, "agency_admin", "verifier"),
            "bank": (world.actors["bank_admin"].organisation, "bank_admin", "bank"),
        }[side]
        await world.add(who, organisation, role, kind, must_change=True)
    answer = await knock(http, route, await path_for(route, world, world.a), await world.token(who, **client(route)), {"probe": 1})
    if route.allow_must_change:
        assert refusal(answer) != "MUST_CHANGE_PASSWORD"
        assert name.split("/")[3] == "auth", f"{name} is open before the password is changed"
    else:
        assert (answer.status_code, refusal(answer)) == (403, "MUST_CHANGE_PASSWORD")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c", "bearer x"])
async def test_no_token_no_entry(http: httpx.AsyncClient, world: World, header: str) -> None:
    answer = await http.get(PROFILE, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401 and answer.headers.get("www-authenticate") == "Bearer"
