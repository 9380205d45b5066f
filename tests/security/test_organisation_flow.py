"""An enterprise from registration to a member's first day, by real HTTP."""

from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from auth import device_hash
from auth.sms import _code_hash
from core.clock import utc_now
from core.crypto import blind_index
from core.ids import new_id
from tests.security.life import picture
from tests.security.world import World
from tests.tenants.conftest import uscc

DEVICE = "d" * 32
PASSWORD, CHANGED = "Kx7#pw-Long1", "Nq8!other-Pw2"


async def sms(seeing: asyncpg.Connection, phone: str) -> str:
    """A code as it would have arrived on that phone."""
    idx, now = blind_index("phone", f"+86{phone}"), utc_now()
    await seeing.execute(
        "insert into sms_code (id, purpose, phone_idx, device_hash, ip, code_hash, created_at, expires_at)"
        " values ($1, 'register', $2, $3, '', $4, $5, $6)",
        new_id(), idx, device_hash(DEVICE, ""), _code_hash("register", idx, "246810"), now, now + timedelta(minutes=5),
    )  # fmt: skip
    return "246810"


async def register(http: httpx.AsyncClient, seeing: asyncpg.Connection, code: str, account: str) -> httpx.Response:
    phone = f"139{new_id().int % 10**8:08}"
    body = {
        "organisation_name": "广州流程测试有限公司", "uscc": code, "name": "陈晓明", "phone": phone, "account": account,
        "password": PASSWORD, "sms_code": await sms(seeing, phone),
    }  # fmt: skip
    return await http.post("/api/v1/tenants/register", json=body, headers={"X-Device-Id": DEVICE})


async def sign_in(http: httpx.AsyncClient, account: str, password: str) -> dict[str, Any]:
    body = {"account": account, "password": password, "captcha_id": "demo", "captcha_answer": "DEMO5"}
    answer = await http.post("/api/v1/auth/password-login", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def bearer(token: str | None, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


async def first_day(http: httpx.AsyncClient, account: str) -> str:
    """Sign in, change the password as one must, sign in again."""
    first = await sign_in(http, account, PASSWORD)
    assert first["must_change_password"]
    change = {"old_password": PASSWORD, "new_password": CHANGED}
    assert (
        await http.post("/api/v1/auth/change-password", json=change, headers=bearer(first["access_token"]))
    ).status_code < 300
    return str((await sign_in(http, account, CHANGED))["access_token"])


@pytest.fixture
async def firm(http: httpx.AsyncClient, seeing: asyncpg.Connection) -> dict[str, str]:
    code, account = uscc(), f"flow{new_id().hex[-9:]}"
    made = await register(http, seeing, code, account)
    assert made.status_code == 201, made.text
    assert made.json()["status"] == "unverified"
    return {"uscc": code, "id": made.json()["organisation_id"], "token": await first_day(http, account)}


async def test_from_registration_to_verified(http: httpx.AsyncClient, world: World, firm: dict[str, str]) -> None:
    me = bearer(firm["token"])
    profile = (await http.get("/api/v1/organisation/profile", headers=me)).json()
    assert (profile["status"], profile["region"], profile["verified"]) == ("unverified", "440112", False)
    edit = {
        "version": profile["version"], "industry": "C2926", "region": "440112", "nature": "民营", "address": "某路 1 号",
        "contact_name": "陈晓明", "contact_phone": "13800138000", "registered_capital": "2000.5",
    }  # fmt: skip
    saved = await http.put("/api/v1/organisation/profile", json=edit, headers=me)
    assert saved.status_code == 200 and saved.json()["registered_capital"] == "2000.5000", saved.text
    stale = await http.put("/api/v1/organisation/profile", json=edit, headers=me)
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (409, "STALE_VERSION", 2)
    sent = await http.post(
        "/api/v1/organisation/licence", files={"file": ("执照.png", picture(), "image/png")}, headers=me
    )
    assert sent.json()["review_state"] == "submitted", sent.text
    desk = bearer(await world.token("ops_reviewer"))
    item = (await http.get(f"/api/v1/ops/organisations/{firm['id']}", headers=desk)).json()
    file = await http.get(f"/api/v1/ops/organisations/{firm['id']}/licence", headers=desk)
    assert file.headers["content-type"] == "image/png" and "attachment" in file.headers["content-disposition"]
    done = await http.post(
        f"/api/v1/ops/organisations/{firm['id']}/approve", json={"version": item["version"]}, headers=desk
    )
    assert done.json()["status"] == "active", done.text
    assert (await http.get("/api/v1/organisation/profile", headers=me)).json()["verified"] is True


async def test_a_second_claim_is_a_task_and_the_holder_is_not_named(
    http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection, firm: dict[str, str]
) -> None:
    account = f"late{new_id().hex[-9:]}"
    answer = await register(http, seeing, firm["uscc"], account)
    assert (answer.status_code, answer.json()["code"]) == (409, "CLAIM_TAKEN")
    assert firm["id"] not in answer.text and "流程测试" not in answer.text
    listed = await http.get(
        "/api/v1/ops/disputes?state=open&page_size=100", headers=bearer(await world.token("ops_reviewer"))
    )
    assert answer.json()["dispute_id"] in {d["id"] for d in listed.json()["items"]}
    assert not await seeing.fetchval("select 1 from account where login_name = $1", account)


async def test_a_wrong_sms_code_registers_nobody(http: httpx.AsyncClient, seeing: asyncpg.Connection) -> None:
    body = {
        "organisation_name": "广州流程测试有限公司", "uscc": uscc(), "name": "陈晓明", "phone": "13700000001", "account": "wrongsms1",
        "password": PASSWORD, "sms_code": "000000",
    }  # fmt: skip
    answer = await http.post("/api/v1/tenants/register", json=body, headers={"X-Device-Id": DEVICE})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "sms_code")
    assert not await seeing.fetchval("select 1 from claim where value = $1", body["uscc"])


async def test_a_member_is_invited_joins_and_gets_another_role(http: httpx.AsyncClient, firm: dict[str, str]) -> None:
    me = bearer(firm["token"])
    made = (
        await http.post("/api/v1/organisation/invitations", json={"roles": ["viewer"], "name": "李红"}, headers=me)
    ).json()
    token = made["link"].rsplit("#", 1)[1]
    assert "李红" not in str(made)
    door = await http.post("/api/v1/invitations/look", json={"token": token})
    assert door.json()["organisation"] == "广州流程测试有限公司"
    account = f"join{new_id().hex[-9:]}"
    person = {"token": token, "account": account, "password": PASSWORD, "name": "李红"}
    joined = await http.post("/api/v1/invitations/accept", json=person)
    assert joined.status_code == 201, joined.text
    assert (await http.post("/api/v1/invitations/accept", json=person)).status_code == 410
    hers = await sign_in(http, account, PASSWORD)
    assert [o["id"] for o in hers["organisations"]] == [firm["id"]]
    listed = (await http.get("/api/v1/organisation/members", headers=me)).json()["items"]
    member = next(m for m in listed if m["account"] == account)
    path = f"/api/v1/organisation/members/{member['id']}"
    change = {"roles": ["filler"], "status": "active", "version": member["version"]}
    asked = await http.put(path, json=change, headers=me)
    assert (asked.status_code, asked.json()["code"]) == (403, "STEP_UP_REQUIRED")
    proof = {
        "method": "password",
        "proof": CHANGED,
        "purpose": asked.json()["purpose"],
        "operation": asked.json()["operation"],
    }
    proof_id = (await http.post("/api/v1/auth/step-up", json=proof, headers=me)).json()["proof_id"]
    changed = await http.put(path, json=change, headers={**me, "X-Step-Up": proof_id})
    assert changed.json()["roles"] == ["filler"], changed.text
    again = await http.put(path, json={**change, "version": 2}, headers={**me, "X-Step-Up": proof_id})
    assert again.json()["code"] == "STEP_UP_REQUIRED"  # one proof, one act


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/api/v1/regions?parent=440100", "440103"),
        ("/api/v1/industries?q=2926", "C2926"),
        ("/api/v1/regions?q=%E4%B8%9C%E8%8E%9E", "441900"),
    ],
)
async def test_the_trees_are_public(http: httpx.AsyncClient, path: str, first: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200 and answer.json()["items"][0]["code"] == first


@pytest.mark.parametrize("query", ["page=0", "page_size=101", "page=x", "unknown=1"])
async def test_bad_queries_are_named(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/api/v1/regions?{query}")
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"].startswith("query")
