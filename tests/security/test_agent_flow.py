"""An agent from the legal representative's word to the end of it, by real HTTP (T6, L20)."""

from datetime import timedelta
from typing import Any

import asyncpg
import httpx

import auth
from core.clock import beijing_today, utc_now
from core.ids import new_id
from tests.security.world import World
from tests.tenants.test_delegation import id_number

AGENTS = "/api/v1/organisation/agents"


def bearer(token: str | None, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def wanted(**changes: Any) -> dict[str, Any]:
    today = beijing_today()
    return {
        "name": "周致远", "id_type": "resident_id", "id_no": id_number(), "phone": f"136{new_id().int % 10**8:08}", "scopes": ["file"],
        "valid_from": today.isoformat(), "valid_to": (today + timedelta(days=90)).isoformat(), **changes,
    }  # fmt: skip


async def prove(seeing: asyncpg.Connection, token: str, asked: dict[str, Any]) -> str:
    """A fresh proof of this session for the operation that the refusal named."""
    claims, proof, now = auth.verify_access_token(token), new_id(), utc_now()
    await seeing.execute(
        "insert into step_up_proof (id, account_id, session_id, purpose, operation, factor, created_at, expires_at)"
        " select $1, account_id, id, $2, $3, 'otp', $4, $5 from session where id = $6",
        proof, asked["purpose"], asked["operation"], now, now + timedelta(minutes=5), claims.sid,
    )  # fmt: skip
    return str(proof)


async def test_naming_an_agent_takes_a_proof_of_exactly_this_agent(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection) -> None:
    token, body = await world.token("legal A") or "", wanted()
    asked = await http.post(AGENTS, json=body, headers=bearer(token))
    assert (asked.status_code, asked.json()["code"]) == (403, "STEP_UP_REQUIRED")
    proof = await prove(seeing, token, asked.json())
    other = await http.post(AGENTS, json={**body, "scopes": ["file", "report", "read"]}, headers=bearer(token, **{"X-Step-Up": proof}))
    assert other.json()["code"] == "STEP_UP_REQUIRED"  # what you see is what you sign
    made = await http.post(AGENTS, json=body, headers=bearer(token, **{"X-Step-Up": proof}))
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["name"], made.json()["scopes"]) == ("invited", "周*远", ["file"])
    assert body["id_no"] not in made.text and body["phone"] not in made.text
    again = await http.post(AGENTS, json=body, headers=bearer(token, **{"X-Step-Up": proof}))
    assert again.json()["code"] == "STEP_UP_REQUIRED"  # one proof, one act
    proof = await prove(seeing, token, again.json())
    twice = await http.post(AGENTS, json=body, headers=bearer(token, **{"X-Step-Up": proof}))
    assert (twice.status_code, twice.json()["code"]) == (409, "ALREADY_AGENT")
    ended = await http.delete(f"{AGENTS}/{made.json()['id']}", headers=bearer(token))
    assert ended.json()["state"] == "revoked"


async def test_the_end_of_a_grant_is_felt_at_the_next_request_and_leaves_the_person_signed_in(
    http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    name = f"agent {new_id().hex[:6]}"
    await world.add_agent(name, world.a, ["file", "read"])
    token = await world.token(name)
    me = (await http.get("/api/v1/auth/me", headers=bearer(token))).json()
    assert (me["roles"], me["scopes"], me["active_organisation"]) == (["agent"], ["file", "read"], str(world.a))
    assert [(o["roles"], o["scopes"]) for o in me["organisations"]] == [(["agent"], ["file", "read"])]
    assert (await http.get("/api/v1/filing/template", headers=bearer(token))).status_code == 200
    row = await seeing.fetchval("select id from delegation where person_id = $1", world.actors[name].person)
    legal = await world.token("legal A")
    assert (await http.delete(f"{AGENTS}/{row}", headers=bearer(legal))).status_code == 200
    refused = await http.get("/api/v1/filing/template", headers=bearer(token))
    assert (refused.status_code, refused.json()["code"]) == (403, "NO_MEMBERSHIP")
    me = (await http.get("/api/v1/auth/me", headers=bearer(token))).json()
    assert (me["roles"], me["organisations"], me["active_organisation"]) == ([], [], None)
    switched = await http.post("/api/v1/auth/switch", json={"organisation_id": str(world.a)}, headers=bearer(token))
    assert switched.status_code == 404
    (line,) = (await http.get("/api/v1/agent/worklist", headers=bearer(token))).json()["items"]
    assert (line["state"], line["delegation_state"], line["month"]) == ("ended", "revoked", None)


async def test_an_agent_never_names_agents_reads_members_or_invites(http: httpx.AsyncClient, world: World) -> None:
    headers = bearer(await world.token("agent A active"))
    for method, path, body in (
        ("POST", AGENTS, wanted()),
        ("GET", AGENTS, None),
        ("GET", "/api/v1/organisation/members", None),
        ("POST", "/api/v1/organisation/invitations", {"roles": ["viewer"]}),
    ):
        answer = await http.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), f"{method} {path}"


async def test_one_agent_of_two_firms_switches_and_never_mixes_them(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection) -> None:
    name = f"agent {new_id().hex[:6]}"
    who = await world.add_agent(name, world.a, ["file"])
    second = await world.add_agent(f"{name} b", world.b, ["read"])
    await seeing.execute("update delegation set person_id = $1 where person_id = $2", who.person, second.person)
    token = await world.token(name)
    assert {i["organisation_id"] for i in (await http.get("/api/v1/agent/delegations", headers=bearer(token))).json()["items"]} == {str(world.a), str(world.b)}
    switched = (await http.post("/api/v1/auth/switch", json={"organisation_id": str(world.b)}, headers=bearer(token))).json()["access_token"]
    allowed, refused = "/api/v1/filing/template", "/api/v1/filing/drafts/2026-01"
    assert (await http.get(allowed, headers=bearer(switched))).status_code == 200
    assert (await http.request("DELETE", refused, headers=bearer(switched))).status_code == 403  # reads in B
    assert (await http.get(allowed, headers=bearer(token))).json() != (await http.get(allowed, headers=bearer(switched))).json()
