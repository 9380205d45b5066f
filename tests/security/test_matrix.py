"""The authorisation matrix by real HTTP (T20): every route, every actor; a refused one changes nothing and is on record."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

import wiring
from api.kernel.app import create_app
from auth.audiences import ALL
from core.ids import PLATFORM_ORG
from tests.security.knock import BODIES, knock, path_for, refusal
from tests.security.matrix import bare, listed, matrix, registered
from tests.security.world import World, fingerprint

ALL_ROUTES = registered()
ROUTES = listed()
CLOSED = sorted(name for name, route in ROUTES.items() if not route.public)
#: A refusal of the proof, not of the person: the door opened and asks for step-up (L20).
FRESH_PROOF = {"STEP_UP_REQUIRED"}


def test_every_route_is_listed_and_nothing_else() -> None:
    assert sorted(ALL_ROUTES.keys() - matrix().routes.keys()) == [], "routes missing from matrix.yaml"
    assert sorted(matrix().routes.keys() - ALL_ROUTES.keys()) == [], "stale entries in matrix.yaml"


def test_the_router_serves_what_is_registered(urls: Any) -> None:
    app = create_app(urls.app, wiring.MODELS, name="matrix")
    served = {f"{m} {bare('/' + r.path)}" for r in app.router.routes for m in r.methods}
    static = {name for name in served if name.split(" ")[1].startswith(("/console", "/m/", "/static", "/art", "/favicon")) or name.split(" ")[1] == "/m"}
    assert {n for n in served - static if not n.startswith(("HEAD", "OPTIONS"))} == ALL_ROUTES.keys()


def test_public_is_said_by_the_matrix_too() -> None:
    assert {n for n, r in ROUTES.items() if r.public} == {n for n, w in matrix().routes.items() if "public" in w}


def test_actors_of_later_capabilities_are_named() -> None:
    assert {"gov same region", "gov other region", "openapi client"} == set(matrix().later)
    assert all(matrix().later.values())


@pytest.mark.parametrize("name", CLOSED)
async def test_who_may_not_is_refused_and_leaves_no_trace(
    name: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    route = ROUTES[name]
    outsiders = [a for a in matrix().actors if not matrix().may(a, name)]
    path = await path_for(route, world, world.a)
    before = await fingerprint(seeing, [world.a, world.b, PLATFORM_ORG])
    tokens = {a: await world.token(a) for a in outsiders}
    answers = await asyncio.gather(*(knock(http, route, path, tokens[a], BODIES.get(name)) for a in outsiders))
    for actor, answer in zip(outsiders, answers, strict=True):
        expected = {401} if actor == "anonymous" else {401, 403}
        assert answer.status_code in expected and refusal(answer) not in FRESH_PROOF, f"{actor}: {answer.text}"
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert await fingerprint(seeing, [world.a, world.b, PLATFORM_ORG]) == before
    wanted = [a.headers["x-request-id"] for a in answers]
    noted = await seeing.fetch(
        "select request_id from audit_log where request_id = any ($1) and action = 'access.denied' and result = 'denied'",
        wanted,
    )
    assert {r["request_id"] for r in noted} == set(wanted)


@pytest.mark.parametrize("name", CLOSED)
async def test_who_may_is_let_in(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    for actor in (a for a in matrix().actors if matrix().may(a, name)):
        own = world.b if actor.endswith(" B") else world.a
        path = await path_for(route, world, own)
        answer = await knock(http, route, path, await world.token(actor), {"probe": 1} if route.body else None)
        let_in = answer.status_code not in (401, 403) or refusal(answer) in FRESH_PROOF
        assert let_in and answer.status_code < 500, f"{actor}: {answer.status_code} {answer.text[:300]}"


@pytest.mark.parametrize("name", sorted(n for n, r in ROUTES.items() if r.public))
async def test_public_routes_ask_nobody(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    answer = await knock(http, route, await path_for(route, world, world.a), None, {"probe": 1})
    assert refusal(answer) != "UNAUTHENTICATED" or "/auth/" in name, answer.text
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("name", [n for n in CLOSED if ROUTES[n].audience and ROUTES[n].audience != ALL])
async def test_a_token_of_another_client_is_refused(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    allowed = next((a for a in matrix().actors if matrix().may(a, name)), None)
    if allowed is None:
        pytest.skip("nobody may, so far")
    foreign = sorted(ALL - route.audience)[0]
    answer = await knock(
        http, route, await path_for(route, world, world.a), await world.token(allowed, audience=foreign)
    )
    assert (answer.status_code, refusal(answer)) == (401, "WRONG_AUDIENCE")
