"""Objects of another organisation do not exist (T7, T21): by path, by body, and no field that is not ours to set."""

from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from core.ids import PLATFORM_ORG, new_id
from tests.security.knock import BODIES, client, knock, path_for, refusal
from tests.security.matrix import listed, matrix, parameters
from tests.security.world import World, fingerprint

ROUTES = listed()
#: Path parameters that are no object of an organisation.
NO_OBJECT = {"year", "month", "page", "n", "v", "version", "code", "key", "position"}
#: Who tries another organisation's ids: people of A, and people of third parties without a case or a consent.
STRANGERS = (
    "legal A", "admin A", "filler A", "viewer A", "agent A active", "agency_admin", "verifier", "agency_reviewer", "bank_admin", "account_manager",
)  # fmt: skip
#: The operator's own desk reads across organisations by right; its doors are the matrix's.
OBJECTS = sorted(
    name
    for name, route in ROUTES.items()
    if not route.public and "/ops/" not in name and set(parameters(route.path)) - NO_OBJECT
)
WRITES = sorted(name for name, route in ROUTES.items() if route.body is not None)
PROBE = {"tenant_id": str(PLATFORM_ORG), "status": "active", "role": "legal", "verified_by": str(PLATFORM_ORG)}


def _insider(name: str) -> str:
    """Somebody who may use the route at all."""
    return next((a for a in STRANGERS if matrix().may(a, name)), "legal A")


@pytest.mark.parametrize("name", OBJECTS)
async def test_ids_of_another_organisation_are_not_found(
    name: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    route = ROUTES[name]
    path = await path_for(route, world, world.b)
    before = await fingerprint(seeing, [world.b])
    for actor in STRANGERS:
        if not matrix().may(actor, name):
            continue
        body = BODIES.get(name) or ({} if route.body is None else _minimal(route.body))
        answer = await knock(http, route, path, await world.token(actor), body)
        expected = {404} if route.step_up is None else {404, 403}
        known_fault = answer.status_code == 422 and (route.upload or route.body is not None) and name not in BODIES
        assert answer.status_code in expected or known_fault, f"{actor}: {answer.status_code} {answer.text[:300]}"
    assert await fingerprint(seeing, [world.b]) == before


@pytest.mark.parametrize("name", OBJECTS)
async def test_an_unknown_id_and_a_foreign_id_answer_alike(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    foreign = await path_for(route, world, world.b)
    unknown = await path_for(route, world, new_id())
    answers = []
    for path in (foreign, unknown):
        answer = await knock(http, route, path, await world.token(_insider(name), **client(route)), BODIES.get(name))
        answers.append((answer.status_code, _without_names(answer)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", OBJECTS)
async def test_a_malformed_id_is_simply_not_found(name: str, http: httpx.AsyncClient, world: World) -> None:
    route = ROUTES[name]
    path = route.path
    for parameter in path.split("/"):
        if parameter.startswith("<"):
            value = "1" if parameter.strip("<>").split(":")[0] in NO_OBJECT else "not-an-id'--"
            path = path.replace(parameter, value)
    answer = await knock(http, route, path, await world.token(_insider(name), **client(route)), BODIES.get(name))
    assert answer.status_code in (404, 422) or refusal(answer) == "STEP_UP_REQUIRED"


@pytest.mark.parametrize("name", WRITES)
def test_a_body_knows_its_fields_and_refuses_others(name: str) -> None:
    for struct in _structs(ROUTES[name].body):
        assert struct.__struct_config__.forbid_unknown_fields, f"{struct.__name__} takes unknown fields"
        assert not {"tenant_id", "verified_by", "party_id", "person_id"} & set(struct.__struct_fields__)


@pytest.mark.parametrize("name", [n for n in WRITES if not ROUTES[n].public and ROUTES[n].step_up is None])
async def test_smuggled_fields_are_refused(
    name: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    actor = next((a for a in matrix().actors if matrix().may(a, name)), None)
    if actor is None:
        pytest.skip("nobody may, so far")
    route = ROUTES[name]
    own = set(route.body.__struct_fields__)
    smuggled = {k: v for k, v in PROBE.items() if k not in own}
    before = await fingerprint(seeing, [world.a])
    path = await path_for(route, world, world.a)
    answer = await knock(http, route, path, await world.token(actor), {**BODIES.get(name, {}), **smuggled})
    assert answer.status_code == 422, answer.text
    assert await fingerprint(seeing, [world.a]) == before


async def test_the_tenant_of_a_token_is_not_taken_from_elsewhere(http: httpx.AsyncClient, world: World) -> None:
    token = await world.token("legal A")
    headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(world.b), "X-Organisation-Id": str(world.b)}
    for query in ("", f"?tenant_id={world.b}", f"?organisation_id={world.b}&tid={world.b}"):
        answer = await http.get(f"/api/v1/organisation/profile{query}", headers=headers)
        assert answer.status_code in (200, 422)
        assert str(world.b) not in answer.text
    switched = await http.post("/api/v1/auth/switch", headers=headers, json={"organisation_id": str(world.b)})
    assert switched.status_code in (403, 404)


def _structs(kind: Any, seen: set[Any] | None = None) -> list[Any]:
    """Every struct a body holds, however deep."""
    seen = set() if seen is None else seen
    found: list[Any] = []
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind in seen:
            return []
        seen.add(kind)
        found.append(kind)
        for item in msgspec.structs.fields(kind):
            found += _structs(item.type, seen)
    for inner in getattr(kind, "__args__", ()):
        found += _structs(inner, seen)
    return found


def _minimal(kind: Any) -> dict[str, Any]:
    """A body with only what is required, of plausible values."""
    samples = {int: 1, str: "x", bool: True, list: []}
    return {
        f.encode_name: samples.get(getattr(f.type, "__origin__", f.type), 1)
        for f in msgspec.structs.fields(kind)
        if f.required
    }


def _without_names(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError:
        return answer.content
    return {k: v for k, v in body.items() if k not in ("instance", "request_id", "operation")}


async def _b(world: World, seeing: asyncpg.Connection, table: str) -> str:
    found = await seeing.fetchval(f"select id from {table} where tenant_id = $1 limit 1", world.b)
    assert found, f"B has no {table}: {world.lives['B'].refused}"
    return str(found)


async def _template(http: httpx.AsyncClient, token: str | None) -> dict[str, Any]:
    return dict((await http.get("/api/v1/filing/template", headers={"Authorization": f"Bearer {token}"})).json())


@pytest.mark.parametrize("case", ["account", "item", "evidence of operating data", "evidence of a parameter", "line"])
async def test_ids_inside_a_body_are_looked_up_among_our_own(
    case: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    token = await world.token("legal A")
    held = await _template(http, token)
    before = await fingerprint(seeing, [world.a, world.b])
    item = {"carrier": "gasoline", "use": "fuel", "unit": "t"}
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "account": ("PUT", "/filing/template", {"first_month": "2025-01", "version": held["version"], "items": [
            {**item, "carrier": "electricity", "use": "purchased_electricity", "unit": "10^4 kWh",
             "account_id": await _b(world, seeing, "electricity_account")}]}),
        "item": ("PUT", "/filing/template", {"first_month": "2025-01", "version": held["version"], "items": [
            {**item, "id": await _b(world, seeing, "template_item")}]}),
        "evidence of operating data": ("PUT", "/operating/2024", {
            "version": 0, "output_value": "1", "value_added": "1", "tax": "0", "evidence_id": await _b(world, seeing, "evidence")}),
        "evidence of a parameter": ("POST", "/parameters", {
            "carrier": "diesel", "parameter": "ncv", "value": "43", "valid_from": "2025-01", "valid_to": "2025-12",
            "basis": "实测", "reason": "实测", "evidence_id": await _b(world, seeing, "evidence")}),
        "line": ("POST", "/filing/submit", {"month_from": "2026-01", "month_to": "2026-01", "months": [
            {"month": "2026-01", "lines": [{"item_id": await _b(world, seeing, "template_item"), "amount": "1"}]}]}),
    }  # fmt: skip
    method, path, body = requests[case]
    answer = await http.request(method, f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (404, 409, 422), f"{answer.status_code} {answer.text[:400]}"
    assert await fingerprint(seeing, [world.a, world.b]) == before


async def test_a_session_of_somebody_else_is_not_ended(
    http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    await world.token("legal B")
    sid = await seeing.fetchval("select id from session where account_id = $1 limit 1", world.actors["legal B"].account)
    for actor in ("legal A", "admin A", "guest", "secadmin"):
        headers = {"Authorization": f"Bearer {await world.token(actor)}"}
        assert (await http.delete(f"/api/v1/auth/sessions/{sid}", headers=headers)).status_code == 404
    assert await seeing.fetchval("select revoked_at from session where id = $1", sid) is None
