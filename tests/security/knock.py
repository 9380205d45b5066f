"""One request at a route: path values, a body that would work, and how to send it."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx

from api.kernel.route import Route
from auth.audiences import H5, MINI
from core.ids import PLATFORM_ORG, new_id
from tests.security.matrix import bare, parameters
from tests.security.world import World

#: Which row an id in a path names: (what the path holds) → SQL giving one id of an organisation.
ROWS: tuple[tuple[str, str], ...] = (
    ("/organisation/members/", "select id from membership where tenant_id = $1 and 'viewer' = any (roles) limit 1"),
    ("/organisation/agents/", "select id from delegation where tenant_id = $1 and id_type = 'foreign_residence' limit 1"),
    ("/organisation/invitations/", "select id from invitation where tenant_id = $1 order by created_at limit 1"),
    ("/ops/certificates/<id>/actions/<action_id>", "select id from certificate_action where tenant_id = $1 limit 1"),
    ("/ops/certificates/", "select id from certificate where tenant_id = $1 limit 1"),
    ("/certificates/", "select id from certificate where tenant_id = $1 limit 1"),
    ("/reduction/measures/", "select id from reduction_measure where tenant_id = $1 limit 1"),
    ("/reduction/plans/", "select id from reduction_plan where tenant_id = $1 limit 1"),
    ("/bank/cases/", "select id from finance_case where tenant_id = $1 limit 1"),
    ("/finance/cases/", "select id from finance_case where tenant_id = $1 limit 1"),
    ("/finance/consents/", "select id from consent where tenant_id = $1 limit 1"),
    ("/cases/", "select id from third_case where tenant_id = $1 limit 1"),
    ("/reports/", "select id from report where tenant_id = $1 limit 1"),
    ("/parameter-requests/", "select id from parameter_request where tenant_id = $1 limit 1"),
    ("/electricity-accounts/", "select id from electricity_account where tenant_id = $1 limit 1"),
    ("/evidence/", "select id from file_blob where tenant_id = $1 limit 1"),
)
PLAIN = {"year": "2025", "month": "2025-03", "page": "1", "n": "1", "v": "1", "version": "1", "code": "0" * 30, "key": "x", "position": "1"}

#: Bodies that would do harm if the door stood open; {} where none is given (the door is checked before the body).
BODIES: dict[str, dict[str, Any]] = {
    "PUT /api/v1/organisation/profile": {
        "version": 1, "industry": "C1762", "region": "440106", "nature": "国有", "address": "改过的地址", "contact_name": "李四",
        "contact_phone": "13900139000",
    },
    "PUT /api/v1/organisation/members/<member_id>": {"roles": ["admin"], "status": "active", "version": 1},
    "POST /api/v1/organisation/invitations": {"roles": ["viewer"]},
    "POST /api/v1/organisation/agents": {
        "name": "林一诺", "id_type": "passport", "id_no": "E12345678", "phone": "13800138222", "scopes": ["file"], "valid_from": "2026-11-21",
        "valid_to": "2027-11-20",
    },
    "PUT /api/v1/organisation/agents/<agent_id>": {"scopes": ["file"], "valid_to": "2027-11-20", "version": 1},
    "POST /api/v1/ops/organisations/<organisation_id>/approve": {"version": 1},
    "POST /api/v1/ops/organisations/<organisation_id>/return": {"version": 1, "reason": "不清楚"},
    "POST /api/v1/ops/organisations/<organisation_id>/reject": {"version": 1, "reason": "不清楚"},
    "POST /api/v1/ops/organisations/<organisation_id>/suspend": {"version": 1, "reason": "不清楚"},
    "PUT /api/v1/ops/organisations/<organisation_id>/identity": {"name": "改名有限公司", "uscc": None, "version": 1, "reason": "改名"},
    "POST /api/v1/ops/users": {"name": "张三", "account": "new-ops-1", "phone": "13700137000", "roles": ["auditor"]},
    "PUT /api/v1/ops/users/<member_id>": {"roles": ["secadmin"], "status": "active", "version": 1},
    "POST /api/v1/ops/organisations": {
        "kind": "bank", "name": "某银行", "uscc": "91440112Y00000016Q",
        "user": {"name": "张三", "account": "new-bank-1", "phone": "13700137001", "roles": ["bank_admin"]},
    },
    "PUT /api/v1/ops/accounts/<account_id>/status": {"status": "disabled"},
    "POST /api/v1/auth/switch": {"organisation_id": "00000000-0000-4000-8000-000000000001"},
    "PUT /api/v1/reduction/measures/<measure_id>": {
        "name": "改过的方案", "summary": "改过的简述", "kind": "管理", "investment": "1", "implemented_on": "2025-03-01", "typed_t": "2", "difference_reason": "改过",
        "version": 1,
    },
    "PUT /api/v1/reduction/plans/<plan_id>": {
        "name": "改过的计划", "content": "改过的内容", "kind": "管理", "expected_investment": "1", "expected_on": "2027-05", "expected_t": "2", "version": 1,
    },
    "POST /api/v1/certificates": {"year": 2025},
    "POST /api/v1/reports": {"kind": "grade", "year": 2025},
}  # fmt: skip


def client(route: Route) -> dict[str, str]:
    """Changes to a token that make it one of the phone, where a route is for phones only."""
    return {"audience": MINI} if route.audience and route.audience <= {MINI, H5} else {}


async def path_for(route: Route, world: World, organisation: UUID) -> str:
    """The route's path with ids of ``organisation``'s own rows; a random id where it has none."""
    path = bare(route.path)
    for name in parameters(route.path):
        path = path.replace(f"<{name}>", await _value(path, name, world, organisation))
    return path


async def _value(path: str, name: str, world: World, organisation: UUID) -> str:
    if name in PLAIN:
        return PLAIN[name]
    if name == "organisation_id":
        return str(organisation)
    if name == "account_id":
        return str(world.actors["viewer B"].account)
    if "/ops/users/" in path:
        return str(await world.connection.fetchval(ROWS[0][1].replace("viewer", "support"), PLATFORM_ORG))
    for part, sql in ROWS:
        if part in path or (part.endswith(">") and part in bare(path)):
            try:
                return str(await world.connection.fetchval(sql, organisation) or new_id())
            except asyncpg.UndefinedTableError:
                break
    return str(new_id())


async def knock(
    http: httpx.AsyncClient, route: Route, path: str, token: str | None, body: dict[str, Any] | None = None
) -> httpx.Response:
    """Send one request as the route wants it."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if route.upload:
        return await http.request(route.method, path, headers=headers, files={"other": ("x.txt", b"x")})
    if route.method == "GET":
        return await http.get(path, headers=headers)
    locked = {"version": "1"} if route.method == "DELETE" and route.query and "version" in route.query.__struct_fields__ else None
    return await http.request(route.method, path, headers=headers, json=body or {}, params=locked)


def refusal(answer: httpx.Response) -> str:
    """The problem's code, or the bare status."""
    try:
        return str(answer.json().get("code", answer.status_code))
    except ValueError:
        return str(answer.status_code)
