"""The OpenAPI document is complete, and the committed one is the served one (architecture 9.10)."""

import json
from typing import Any

import pytest

from api import routes
from api.kernel.app import openapi_bytes
from api.kernel.route import REGISTRY, RouteError, route
from tests.conftest import project_root

routes.load()
DOCUMENT: dict[str, Any] = json.loads(openapi_bytes())


def test_the_committed_document_is_the_served_one() -> None:
    committed = (project_root() / "openapi.json").read_bytes()
    assert committed == openapi_bytes(), "run: .venv/bin/python server.py openapi openapi.json"


def test_every_route_is_described_with_its_refusal() -> None:
    described = {(m.upper(), p) for p, methods in DOCUMENT["paths"].items() for m in methods}
    assert len(described) == len(REGISTRY)
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_reference_resolves_and_answers_name_what_is_required() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].rsplit("/", 1)[-1] in schemas
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(DOCUMENT)
    assert set(schemas["Problem"]["required"]) >= {"code", "detail", "errors", "request_id", "status"}
    assert {"access_token", "expires_in"} <= set(schemas["SessionAnswer"]["required"])


def test_operation_ids_are_unique() -> None:
    ids = [o["operationId"] for methods in DOCUMENT["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids))


def test_no_two_structs_share_a_name() -> None:
    """Two of one name are told apart by their modules, and every client generated from the document breaks."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "." in name] == []


async def _nothing(*_: object) -> None: ...


def test_a_route_without_a_permission_cannot_be_registered() -> None:  # rule T9
    with pytest.raises(RouteError, match="exactly one"):
        route("GET", "/api/v1/never", summary="x")(_nothing)
    with pytest.raises(RouteError, match="exactly one"):
        route("GET", "/api/v1/never", summary="x", permission="a.b", public=True)(_nothing)
    with pytest.raises(RouteError, match="audiences"):
        route("GET", "/api/v1/never", summary="x", permission="a.b")(_nothing)
    assert ("GET", "/api/v1/never") not in REGISTRY


def test_every_permission_is_held_by_some_role() -> None:
    from auth import ROLE_PERMISSIONS

    held = frozenset().union(*ROLE_PERMISSIONS.values())
    assert {r.permission for r in REGISTRY.values() if r.permission} - held == set()
