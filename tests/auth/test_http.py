"""Identity over HTTP against a real server: cookies, forced change, second factor, proofs, what is logged (L4, L14, L17, L20, T17)."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import auth
from bench.process import Process, environment, free_port
from core import postgres
from core.clock import utc_now
from core.settings import settings
from tests.auth.people import PASSWORD, SECRET, guest, member, organisation, person
from tests.fakes.sms import SmsGateway

API = "/api/v1/auth"
CAPTCHA = {"captcha_id": "demo", "captcha_answer": "DEMO5"}


@pytest.fixture(scope="module")
async def sms_gateway() -> AsyncIterator[SmsGateway]:
    gateway = await SmsGateway().start()
    yield gateway
    await gateway.stop()


@pytest.fixture(scope="module")
def address(urls: postgres.Urls, sms_gateway: SmsGateway) -> Iterator[str]:
    """``server.py serve`` on this process's database, told of the gateway."""
    port = free_port()
    more = {"SMS_GATEWAY_URL": sms_gateway.url, "SMS_GATEWAY_KEY": sms_gateway.key}
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, **more), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: keeps cookies, asks no proxy."""
    async with httpx.AsyncClient(
        base_url=address, timeout=30, trust_env=False, headers={"User-Agent": "Browser/1"}
    ) as client:
        yield client


async def login(http: httpx.AsyncClient, who: auth.Created, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await http.post(
        f"{API}/password-login", json={"account": who.login_name, "password": password, **CAPTCHA, **more}
    )


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_sign_in_sets_a_cookie_the_page_cannot_read(http: httpx.AsyncClient, migrator: Any) -> None:
    """rule L17; the answer names the organisation acted for; the token is no cookie."""
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, "legal")
    answer = await login(http, who)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer" and body["expires_in"] == 600 and body["active_organisation"] == str(org)
    assert body["organisations"][0]["roles"] == ["legal"] and body.get("refresh_token") is None
    cookies = {c.split("=", 1)[0]: c for c in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"refresh", "device"}
    for cookie in cookies.values():
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    me = (await http.get(f"{API}/me", headers=bearer(answer))).json()
    assert me["roles"] == ["legal"] and "filing.submit" in me["permissions"] and me["demo"] is True
    assert (await http.get(f"{API}/me")).status_code == 401


async def test_names_of_cookies_under_https() -> None:
    """rule L17: the prefix makes them secure and bound to the host."""
    import subprocess
    import sys

    code = "import api.routes.auth as a; print(a.COOKIE, a.PHONE_COOKIE, a.DEVICE, a.SECURE)"
    env = {"PATH": "", "MODE": "test", "PUBLIC_URL": "https://carbon.example.cn"}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True, cwd=".")
    assert out.stdout.split() == ["__Host-refresh", "__Host-refresh-h5", "__Host-device", "True"]


async def test_console_and_phone_page_of_one_browser_live_side_by_side(http: httpx.AsyncClient) -> None:
    """rules L13, L17: two people in one browser, each in a page of his own; neither signs the other out, nor enters as the other."""
    clerk, owner = await person(), await person()
    desk = (await login(http, clerk, audience="console-ent")).json()
    hand = (await login(http, owner, audience="h5")).json()
    assert set(http.cookies) == {"refresh", "refresh-h5", "device"} and desk["account_id"] != hand["account_id"]
    for _ in range(2):  # both rotate, twice
        again = await http.post(f"{API}/refresh", json={"client": "console"})
        assert (again.status_code, again.json()["account_id"], again.json()["audience"]) == (200, desk["account_id"], "console-ent")
        phone = await http.post(f"{API}/refresh", json={"client": "h5"})
        assert (phone.status_code, phone.json()["account_id"], phone.json()["audience"]) == (200, hand["account_id"], "h5")
    out = await http.post(f"{API}/logout", headers=bearer(phone))
    assert out.status_code == 200 and "refresh-h5" not in http.cookies
    assert (await http.post(f"{API}/refresh", json={"client": "h5"})).status_code == 401
    assert (await http.post(f"{API}/refresh", json={"client": "console"})).json()["account_id"] == desk["account_id"]


async def test_a_token_of_the_phone_under_the_old_name_is_taken_over_once(http: httpx.AsyncClient) -> None:
    """rule L17: who was signed in before the names were separated stays signed in; a console does not spend the phone's token."""
    owner = await person()
    hand = (await login(http, owner, audience="h5")).json()
    http.cookies.set("refresh", http.cookies["refresh-h5"], domain="127.0.0.1", path="/")
    http.cookies.delete("refresh-h5")
    assert (await http.post(f"{API}/refresh", json={"client": "console"})).status_code == 401
    old = http.cookies["refresh"]
    taken = await http.post(f"{API}/refresh", json={"client": "h5"})
    assert taken.status_code == 200 and taken.json()["account_id"] == hand["account_id"]
    assert set(http.cookies) == {"refresh-h5", "device"} and http.cookies["refresh-h5"] != old
    assert (await http.post(f"{API}/refresh", json={"client": "h5"})).status_code == 200
    http.cookies.delete("refresh-h5")
    await login(http, await person(), audience="console-ent")
    nobody = await http.post(f"{API}/refresh", json={"client": "h5"})
    assert nobody.status_code == 401 and nobody.json()["code"] == "UNAUTHENTICATED"
    assert (await http.post(f"{API}/refresh", json={"client": "console"})).status_code == 200
    assert (await http.post(f"{API}/refresh", json={"client": "watch"})).status_code == 422


async def test_a_page_of_the_former_version_is_served(http: httpx.AsyncClient) -> None:
    """An open tab says nothing about itself: whichever cookie there is."""
    await login(http, await person(), audience="h5")
    answers = [await http.post(f"{API}/refresh", json={}) for _ in range(2)]
    assert [(a.status_code, a.json()["audience"]) for a in answers] == [(200, "h5"), (200, "h5")]


async def test_refresh_by_cookie_and_reuse(http: httpx.AsyncClient, address: str) -> None:
    """rules L15, L17: the cookie rotates; an old cookie from elsewhere ends the session."""
    first = await login(http, await person())
    stolen = http.cookies["refresh"]
    second = await http.post(f"{API}/refresh", json={})
    assert (
        second.status_code == 200
        and http.cookies["refresh"] != stolen
        and "device" not in second.headers.get("set-cookie", "")
    )
    assert (await http.get(f"{API}/me", headers=bearer(second))).status_code == 200
    async with httpx.AsyncClient(base_url=address, trust_env=False, cookies={"refresh": stolen}) as thief:
        problem = await thief.post(f"{API}/refresh", json={})
    assert problem.status_code == 401 and problem.json()["code"] == "SESSION_REVOKED"
    for signed in (first, second):
        assert (await http.get(f"{API}/me", headers=bearer(signed))).status_code == 401
    assert (await http.post(f"{API}/refresh", json={})).status_code == 401


async def test_no_change_by_cookie_alone(http: httpx.AsyncClient) -> None:
    """rule L17: every changing call wants the bearer header."""
    await login(http, await person())
    for path in ("logout", "logout-everywhere", "switch", "change-password", "step-up"):
        assert (await http.post(f"{API}/{path}", json={})).status_code == 401


async def test_phone_keeps_its_token_itself(http: httpx.AsyncClient) -> None:
    """rules L13, L16."""
    answer = await login(http, await person(), audience="mini")
    assert (
        answer.json()["refresh_token"]
        and answer.json()["expires_in"] == 900
        and not answer.headers.get_list("set-cookie")
    )
    again = await http.post(f"{API}/refresh", json={"refresh_token": answer.json()["refresh_token"]})
    assert again.status_code == 200 and again.json()["refresh_token"] != answer.json()["refresh_token"]


async def test_only_the_change_of_password_is_open_at_first(http: httpx.AsyncClient) -> None:
    """rule L4."""
    who = await person(password=None, must_change=True)
    answer = await login(http, who, who.password or "")
    assert answer.json()["must_change_password"] is True
    headers = bearer(answer)
    assert (await http.get(f"{API}/sessions", headers=headers)).json()["code"] == "MUST_CHANGE_PASSWORD"
    assert (await http.get(f"{API}/me", headers=headers)).json()["must_change_password"] is True
    weak = await http.post(
        f"{API}/change-password", headers=headers, json={"old_password": who.password, "new_password": "12345678"}
    )
    assert weak.status_code == 422 and weak.json()["errors"][0]["path"] == "new_password"
    done = await http.post(
        f"{API}/change-password", headers=headers, json={"old_password": who.password, "new_password": PASSWORD}
    )
    assert done.status_code == 200
    assert (await http.get(f"{API}/me", headers=headers)).status_code == 401
    assert (await login(http, who)).json()["must_change_password"] is False


async def test_operator_binds_an_authenticator_then_works(http: httpx.AsyncClient, migrator: Any) -> None:
    """rule L21: signed in, but every door of the desk is closed until the second factor."""
    who = await person(profile="strong", password="Sea-Harbor-2019")
    await member(migrator, who, await organisation(migrator, "operator"), "secadmin")
    answer = await login(http, who, "Sea-Harbor-2019")
    assert answer.json()["audience"] == "console-ops" and answer.json()["must_enrol_second_factor"] is True
    headers = bearer(answer)
    closed = await http.get("/api/v1/ops/accounts", params={"login_name": who.login_name}, headers=headers)
    assert (closed.status_code, closed.json()["code"]) == (403, "SECOND_FACTOR_REQUIRED")
    made = (await http.post(f"{API}/second-factor/enrol", headers=headers, json={})).json()
    code = auth.current_code(made["secret"], utc_now().timestamp())
    assert (await http.post(f"{API}/second-factor/confirm", headers=headers, json={"code": code})).status_code == 200
    found = await http.get("/api/v1/ops/accounts", params={"login_name": who.login_name}, headers=headers)
    assert found.status_code == 200 and found.json()["second_factor"] is True


async def test_proof_for_exactly_what_is_sent(http: httpx.AsyncClient, migrator: Any) -> None:
    """rule L20: refused, proved, repeated with the same body; another body wants another proof."""
    boss, target = await person(profile="strong", password="Sea-Harbor-2019"), await person()
    await member(migrator, boss, await organisation(migrator, "operator"), "secadmin")
    async with guest() as ctx:
        await auth.give_second_factor(ctx, boss.account_id, SECRET)
    now = utc_now().timestamp()
    asked = await login(http, boss, "Sea-Harbor-2019")
    assert (asked.status_code, asked.json()["code"]) == (401, "TOTP_REQUIRED")
    headers = bearer(await login(http, boss, "Sea-Harbor-2019", totp=auth.current_code(SECRET, now)))
    path = f"/api/v1/ops/accounts/{target.account_id}/status"
    refused = await http.put(path, headers=headers, json={"status": "disabled"})
    assert refused.status_code == 403 and refused.json()["code"] == "STEP_UP_REQUIRED"
    wanted = {k: refused.json()[k] for k in ("purpose", "operation")}
    proof = await http.post(
        f"{API}/step-up",
        headers=headers,
        json={"method": "totp", "proof": auth.current_code(SECRET, now + 30), **wanted},
    )
    assert proof.status_code == 200, proof.text
    proved = {**headers, "X-Step-Up": proof.json()["proof_id"]}
    assert (await http.put(path, headers=proved, json={"status": "active"})).status_code == 403
    assert (await http.put(path, headers=proved, json={"status": "disabled"})).json()["status"] == "disabled"
    assert (await http.put(path, headers=proved, json={"status": "disabled"})).status_code == 403


async def test_by_text_message(http: httpx.AsyncClient, sms_gateway: SmsGateway) -> None:
    """rule L10, also for a browser that signed in before (its device cookie does not disturb)."""
    who = await person(phone="15900001111")
    await login(http, who)
    assert (await http.post(f"{API}/sms/send", json={"phone": "159 0000 1111"})).json() == {"expires_in": 300}
    code = sms_gateway.last_code("+8615900001111")
    answer = await http.post(f"{API}/sms-login", json={"phone": "15900001111", "code": code})
    assert answer.status_code == 200 and answer.json()["account_id"] == str(who.account_id)
    again = await http.post(f"{API}/sms/send", json={"phone": "15900001111", "purpose": "reset"})
    assert (again.status_code, again.json()["code"]) == (429, "SMS_LIMIT") and int(again.headers["retry-after"]) > 0
    bad = await http.post(
        f"{API}/reset-password", json={"phone": "15900001111", "code": "000000", "new_password": "Quiet-River-77"}
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "SMS_CODE")


async def test_devices_and_goodbye(http: httpx.AsyncClient, address: str) -> None:
    """rule L19."""
    who = await person()
    here = bearer(await login(http, who))
    async with httpx.AsyncClient(base_url=address, trust_env=False) as other:
        there = bearer(await login(other, who))
    devices = (await http.get(f"{API}/sessions", headers=here)).json()
    assert devices["total"] == 2
    far = next(d for d in devices["items"] if not d["current"])
    assert (await http.delete(f"{API}/sessions/{far['id']}", headers=here)).status_code == 200
    assert (await http.get(f"{API}/me", headers=there)).status_code == 401
    out = await http.post(f"{API}/logout", headers=here)
    assert out.status_code == 200 and "refresh" not in http.cookies
    assert (await http.get(f"{API}/me", headers=here)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"account": "x"}, {"account": 1, "password": "x", **CAPTCHA}, {"account": "x", "password": "y" * 129, **CAPTCHA},
     {"account": "x", "password": "y", "role": "legal", **CAPTCHA}, {"account": "", "password": "y", **CAPTCHA},
     {"account": "x", "password": "y", "captcha_id": None, "captcha_answer": ""}],
)  # fmt: skip
async def test_bad_bodies(http: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """rule T21: unknown members and wrong types are named, nothing is a 500."""
    answer = await http.post(f"{API}/password-login", json=body)
    assert answer.status_code == 422 and answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("account", ["a\u0000b", "‮evil", "' or 1=1 --", "x" * 64, "１３８００１３８０００", "😀" * 20])
async def test_hostile_names(http: httpx.AsyncClient, account: str) -> None:
    """rule R9."""
    answer = await http.post(f"{API}/password-login", json={"account": account, "password": "x", **CAPTCHA})
    assert answer.status_code in (401, 422, 429), answer.text


async def test_each_sign_in_and_refusal_is_in_the_log_without_personal_data(
    http: httpx.AsyncClient, migrator: Any
) -> None:
    """rules T17, P5, R16."""
    who = await person(phone="15900002222")
    await login(http, who, "wrong-password-canary")
    await login(http, who)
    await http.get(f"{API}/me", headers={"Authorization": "Bearer nonsense"})
    lines = await migrator.fetch(
        "select action, result, detail from audit_log where object_id = $1 or action in ('login.succeeded', 'access.denied')",
        str(who.account_id),
    )
    actions = {(r["action"], r["result"]) for r in lines}
    assert {("login.failed", "denied"), ("login.succeeded", "ok"), ("access.denied", "denied")} <= actions
    text = json.dumps([dict(r) for r in lines], default=str)
    assert "canary" not in text and "15900002222" not in text and who.login_name not in text


async def test_who_lost_the_organisation_can_still_look_and_leave(http: httpx.AsyncClient, migrator: Any) -> None:
    """rule L14: the membership ends at once, the person stays signed in without it; no door of the organisation opens."""
    who, org, other = await person(), await organisation(migrator), await organisation(migrator)
    await member(migrator, who, org, "legal")
    headers = bearer(await login(http, who))
    await migrator.execute("update membership set status = 'ended' where tenant_id = $1", org)
    assert (await http.get("/api/v1/organisation/profile", headers=headers)).json()["code"] == "NO_MEMBERSHIP"
    me = (await http.get(f"{API}/me", headers=headers)).json()
    assert me["active_organisation"] is None and me["roles"] == [] and me["permissions"] == []
    await member(migrator, who, other, "viewer")
    switched = await http.post(f"{API}/switch", headers=headers, json={"organisation_id": str(other)})
    assert switched.status_code == 200
    assert (await http.get(f"{API}/me", headers=bearer(switched))).json()["roles"] == ["viewer"]
    assert (await http.post(f"{API}/logout", headers=headers)).status_code == 200


async def test_wrong_console_over_http(http: httpx.AsyncClient, migrator: Any) -> None:
    """rules L13, T7: an enterprise token opens no operator door."""
    who = await person()
    await member(migrator, who, await organisation(migrator), "legal")
    headers = bearer(await login(http, who))
    answer = await http.get("/api/v1/ops/accounts", params={"login_name": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "WRONG_AUDIENCE")
