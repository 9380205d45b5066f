"""Bank × consent (T5, GF8-GF10): live, revoked, expired, not begun, another manager, another bank, at every route that opens a firm; and
the proof that giving one takes (L20). By real HTTP, each request with a session of its own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

import tenants
from core.clock import beijing_today, utc_now
from core.ids import PLATFORM_ORG, new_id
from tests.finance.world import put_report
from tests.security.test_agent_flow import bearer, prove
from tests.security.world import World, _firm, _third_party

API = "/api/v1"
FIRM_PATHS = ("", "/reports", "/reports/{report}/pages/1.png")
MOVES = {"contact": {}, "advance": {"to": "applying"}, "outcome": {"result": "declined", "note": "资料不齐"}}


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its report and consent."""

    firm: UUID
    id: UUID
    consent: UUID
    report: UUID


async def put_case(seeing: asyncpg.Connection, firm: UUID, bank: UUID, manager: UUID | None, **facts: Any) -> Case:
    """Link rows as the verbs write them; ``facts`` are columns of the consent, days as counted from today."""
    now, today = utc_now(), beijing_today()
    consent, case = new_id(), new_id()
    report = await put_report(seeing, firm, year=2025 - (await seeing.fetchval("select count(*) from report where tenant_id = $1", firm)))
    columns: dict[str, Any] = {
        "tenant_id": firm, "party_id": bank, "id": consent, "firm_name": "甲方", "bank_name": "测试银行", "report_kinds": ["grade"],
        "years": [2020, 2021, 2022, 2023, 2024, 2025], "contact": True, "purpose": "用途", "starts_on": today - timedelta(days=10), "ends_on": today + timedelta(days=10),
        "text_sha256": tenants.consents.TEXT_SHA256, "given_at": now, "channel": "test", **{k: today + v if isinstance(v, timedelta) else v for k, v in facts.items()},
    }  # fmt: skip
    await seeing.execute("select set_config('app.tenant', $1, false)", str(firm))
    names = ", ".join(columns)
    await seeing.execute(f"insert into consent ({names}) values ({', '.join(f'${n}' for n in range(1, len(columns) + 1))})", *columns.values())
    await seeing.execute(
        "insert into finance_case (tenant_id, party_id, id, product_id, product_name, consent_id, firm_name, bank_name, chosen, manager_id,"
        " manager_name, state, submitted_at, due_on, updated_at) values ($1, $2, $3, $4, '产品', $5, '甲方', '测试银行', false, $6, '客**',"
        " $7, $8, $9, $8)",
        firm, bank, case, new_id(), consent, manager, "assigned" if manager else "submitted", now, today, 
    )  # fmt: skip
    await seeing.execute("select set_config('app.tenant', '', false)")
    return Case(firm, case, consent, report)


@pytest.fixture
async def firm(seeing: asyncpg.Connection) -> UUID:
    """An enterprise of its own, so that nothing of the shared world moves."""
    made = _firm(new_id(), "丙方测试有限公司")
    await tenants.bulk_create(seeing, [made], utc_now())
    return made.id


async def statuses(http: httpx.AsyncClient, world: World, actor: str, case: Case) -> dict[str, tuple[int, str]]:
    """What each door of a case answers to ``actor``: status and code."""
    found: dict[str, tuple[int, str]] = {}
    for path in FIRM_PATHS:
        answer = await http.get(f"{API}/bank/cases/{case.id}{path.format(report=case.report)}", headers=bearer(await world.token(actor)))
        found[f"GET {path}"] = (answer.status_code, "" if answer.status_code == 200 else answer.json()["code"])
    for move, body in MOVES.items():
        answer = await http.post(f"{API}/bank/cases/{case.id}/{move}", json={"version": 99, **body}, headers=bearer(await world.token(actor)))
        found[move] = (answer.status_code, "" if answer.status_code == 200 else answer.json()["code"])
    return found


async def test_a_live_consent_opens_its_case_to_its_manager(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection, firm: UUID) -> None:
    manager = world.actors["account_manager"]
    case = await put_case(seeing, firm, manager.organisation, manager.person)  # type: ignore[arg-type]
    seen = await statuses(http, world, "account_manager", case)
    assert seen["GET "] == seen["GET /reports"] == (200, "")
    assert seen["GET /reports/{report}/pages/1.png"] == (503, "REPORT_NOT_READY")  # open, its paper is not drawn in this test
    assert {seen[m] for m in MOVES} == {(409, "STALE_VERSION")}  # the door is open, the version is not
    boss = await statuses(http, world, "bank_admin", case)
    assert boss["GET "] == (200, "") and {boss[m] for m in MOVES} == {(403, "FORBIDDEN")}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "revoked", "ended_at": utc_now()}, "CONSENT_REVOKED"),
        ({"ends_on": timedelta(days=-1)}, "CONSENT_EXPIRED"),
        ({"state": "expired", "ended_at": utc_now()}, "CONSENT_EXPIRED"),
        ({"starts_on": timedelta(days=1)}, "CONSENT_UPCOMING"),
        ({"receiver_id": new_id(), "receiver_name": "另**"}, "NOT_RECEIVER"),
    ],
)
async def test_a_consent_that_is_not_in_force_closes_every_door(
    http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection, firm: UUID, facts: dict[str, Any], code: str
) -> None:
    manager = world.actors["account_manager"]
    case = await put_case(seeing, firm, manager.organisation, manager.person, **facts)  # type: ignore[arg-type]
    seen = await statuses(http, world, "account_manager", case)
    assert set(seen.values()) == {(403, code)}
    text = (await http.get(f"{API}/bank/cases/{case.id}", headers=bearer(await world.token("account_manager")))).json()["detail"]
    assert text.endswith("。") and "甲方" not in text
    inbox = (await http.get(f"{API}/bank/cases", headers=bearer(await world.token("account_manager")), params={"page_size": 100})).json()
    line = next(i for i in inbox["items"] if i["id"] == str(case.id))
    assert line["open"] is False and (code in ("CONSENT_UPCOMING", "NOT_RECEIVER") or line["firm"] == "")


async def test_another_manager_and_another_bank_find_nothing(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection, firm: UUID) -> None:
    here = world.actors["account_manager"]
    unassigned = await put_case(seeing, firm, here.organisation, new_id())  # type: ignore[arg-type]
    other = _third_party("bank")
    await tenants.bulk_create(seeing, [other], utc_now())
    foreign = await put_case(seeing, firm, other.id, here.person)
    for actor, case in (("account_manager", unassigned), ("account_manager", foreign), ("bank_admin", foreign)):
        seen = await statuses(http, world, actor, case)
        opened = {v for k, v in seen.items() if actor == "account_manager" or k.startswith("GET")}
        assert opened == {(404, "NOT_FOUND")}, (actor, seen)
    for actor in ("legal A", "ops_approver", "verifier", "agency_admin"):  # not a bank's client at all
        answer = await http.get(f"{API}/bank/cases/{unassigned.id}", headers=bearer(await world.token(actor)))
        assert answer.status_code == 401
    for path in ("reports", "filing/template", "filing/year/2025", "certificates", "evidence"):  # a bank has no door to a firm but a case
        answer = await http.get(f"{API}/{path}", headers=bearer(await world.token("account_manager")))
        assert answer.status_code in (401, 404), path


async def test_giving_a_consent_takes_a_proof_of_exactly_this_consent(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection) -> None:
    token = await world.token("legal A") or ""
    body: dict[str, Any] = {
        "product_id": str(new_id()), "amount": "100", "term": 12, "purpose": None, "manager_id": None,
        "consent": {"report_kinds": ["grade"], "years": [2025], "contact": False, "days": 90, "text_sha256": tenants.consents.TEXT_SHA256},
    }  # fmt: skip
    asked = await http.post(f"{API}/finance/cases", json=body, headers=bearer(token))
    assert (asked.status_code, asked.json()["code"], asked.json()["purpose"]) == (403, "STEP_UP_REQUIRED", "consent.give")
    proof = await prove(seeing, token, asked.json())
    wider = {**body, "consent": {**body["consent"], "contact": True}}
    other = await http.post(f"{API}/finance/cases", json=wider, headers=bearer(token, **{"X-Step-Up": proof}))
    assert other.json()["code"] == "STEP_UP_REQUIRED"  # what you see is what you sign
    through = await http.post(f"{API}/finance/cases", json=body, headers=bearer(token, **{"X-Step-Up": proof}))
    assert through.status_code == 404  # the proof holds, the product is not there
    for actor in ("agent A active", "agent A reports", "filler A"):
        refused = await http.post(f"{API}/finance/cases", json=body, headers=bearer(await world.token(actor)))
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")


async def test_only_the_platform_publishes(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection) -> None:
    bank = world.actors["bank_admin"].organisation
    product, now, today = new_id(), utc_now(), beijing_today()
    await seeing.execute(
        "insert into finance_product (tenant_id, party_id, id, bank_name, name, kind, regions, verified_only, report_age, description, valid_from,"
        " valid_to, state, created_at, updated_at) values ($1, $2, $3, '测试银行', '产品', 'other', array['440000'], false, 2, '介绍', $4, $4,"
        " 'submitted', $5, $5)",
        bank, PLATFORM_ORG, product, today, now,
    )  # fmt: skip
    path = f"{API}/ops/products/{product}/publish"
    for actor, status in (("bank_admin", 401), ("ops_data", 403), ("ops_reviewer", 403), ("ops_approver", 200), ("ops_approver", 409)):
        answer = await http.post(path, json={"version": 1}, headers=bearer(await world.token(actor)))
        assert answer.status_code == status, (actor, answer.text)


async def test_a_firm_finds_nothing_of_another(http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection, firm: UUID) -> None:
    bank = world.actors["bank_admin"].organisation
    case = await put_case(seeing, firm, bank, new_id())  # type: ignore[arg-type]
    doors = [
        ("GET", f"finance/cases/{case.id}", None), ("POST", f"finance/cases/{case.id}/withdraw", {"version": 1}),
        ("POST", f"finance/cases/{case.id}/confirm", {"version": 1}), ("GET", f"finance/consents/{case.consent}/reads", None),
        ("POST", f"finance/consents/{case.consent}/revoke", {}),
    ]  # fmt: skip
    for actor in ("legal A", "admin A", "legal B"):
        for method, path, body in doors:
            answer = await http.request(method, f"{API}/{path}", json=body, headers=bearer(await world.token(actor)))
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), (actor, path, answer.text)
    assert await seeing.fetchval("select state from consent where id = $1", case.consent) == "active"
    assert await seeing.fetchval("select state from finance_case where id = $1", case.id) == "assigned"
