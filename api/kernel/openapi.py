"""Our own OpenAPI 3.1 document from the route registry: components, required members, enums, the error envelope (architecture 9.7)."""

import re
from typing import Any

import msgspec

from api.kernel.route import Route
from api.kernel.types import schema_hook

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable, machine readable"},
        "detail": {"type": "string", "description": "what happened, why, what to do; Chinese"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "additionalProperties": True,
}


def document(routes: list[Route], server: str = "/") -> dict[str, Any]:
    """The whole document; ``routes`` in any order, the result is sorted so that it can be compared byte for byte."""
    structs = [s for r in routes for s in (r.body, r.query, r.answer) if s is not None]
    unique = list(dict.fromkeys(structs))
    schemas, components = msgspec.json.schema_components(unique, schema_hook=schema_hook, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(unique, schemas, strict=True))
    components["Problem"] = PROBLEM
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=lambda r: (r.path, r.method)):
        path = re.sub(r"<(\w+)(?::[^>]*)?>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "碳效 Tanxiao API", "version": "1", "description": "企业碳管理与碳效评价平台"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(route: Route, by_type: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": _parameters(route, by_type, components),
        "responses": {
            str(route.status if route.answer is not None else 200): _success(route, by_type),
            "default": {
                "description": "application/problem+json" + (f": {', '.join(route.errors)}" if route.errors else ""),
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if not route.public:
        operation["security"] = [{"bearer": []}]
        operation["x-permission"] = route.permission or "authenticated"
        operation["x-audience"] = sorted(route.audience)
    if route.step_up:
        operation["x-step-up"] = route.step_up
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": by_type[route.body]}}}
    elif route.upload:
        schema = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return operation


def _success(route: Route, by_type: dict[Any, Any]) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "文件、页面或无内容"}
    return {"description": "OK", "content": {"application/json": {"schema": by_type[route.answer]}}}


def _parameters(route: Route, by_type: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in re.findall(r"<(\w+)", route.path):
        schema: dict[str, Any] = {"type": "string"}
        if name == "id" or name.endswith("_id"):
            schema["format"] = "uuid"
        if name in ("year", "n", "v", "version"):
            schema = {"type": "integer"}
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if route.query is not None:
        schema = components[by_type[route.query]["$ref"].rsplit("/", 1)[-1]]
        required = set(schema.get("required", ()))
        for name, inner in schema.get("properties", {}).items():
            found.append({"name": name, "in": "query", "required": name in required, "schema": inner})
    if route.idempotent:
        found.append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
        )
    if route.step_up:
        found.append({"name": "X-Step-Up", "in": "header", "required": False, "schema": {"type": "string"}})
    return found
