"""Scan sign-in over HTTP against a real server: cookie or header, long poll, hang-ups, killed and started again (rules Q1, Q9, Q13)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import auth
from bench.process import Process, environment, free_port
from core import postgres
from core.settings import settings
from tests.auth.people import PASSWORD, member, organisation, person

API = "/api/v1/auth"
CAPTCHA = {"captcha_id": "demo", "captcha_answer": "DEMO5"}
PC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"


@pytest.fixture(scope="module")
def server(urls: postgres.Urls) -> Iterator[Process]:
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port), port)
    process.start()
    yield process
    process.stop()


def browser(server: Process, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}", timeout=40, trust_env=False, headers={"User-Agent": PC, **headers}
    )


@pytest.fixture
async def pc(server: Process) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(server) as client:
        yield client


class Phone:
    """A member of an enterprise in the mini-program."""

    def __init__(self, http: httpx.AsyncClient, token: str, who: auth.Created) -> None:
        self.http, self.token, self.who = http, token, who

    async def send(self, ticket: str, act: str, body: dict[str, Any] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.post(f"{API}/scan/{ticket}/{act}", headers=headers, json=body or {})


@pytest.fixture
async def phone(server: Process, migrator: Any) -> AsyncIterator[Phone]:
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, "legal")
    async with browser(server) as http:
        body = {"account": who.login_name, "password": PASSWORD, "audience": "mini", **CAPTCHA}
        answer = await http.post(f"{API}/password-login", json=body)
        yield Phone(http, answer.json()["access_token"], who)


@pytest.fixture(autouse=True)
async def _quiet_minute(migrator: Any) -> None:
    """All tests come from one address: the limits of a minute begin anew."""
    await migrator.execute("delete from rate_counter where bucket like 'scan-%'")
    await migrator.execute("delete from scan_block")


async def number_on(pc: httpx.AsyncClient, ticket: str, **headers: str) -> int:
    answer = await pc.get(f"{API}/scan/{ticket}", headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["number"])


async def test_the_whole_way(pc: httpx.AsyncClient, phone: Phone) -> None:
    """rules Q1, Q4, Q7: the secret stays in a cookie that scripts cannot read; no token in an address."""
    asked = await pc.post(f"{API}/scan", json={"audience": "console-ent"})
    assert asked.status_code == 201 and asked.json()["poll_secret"] is None
    cookie = asked.headers["set-cookie"]
    assert cookie.startswith("qr=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    ticket = asked.json()["ticket_id"]
    assert asked.json()["qr_text"].endswith(f"/m/#/pages/scan/confirm?t={ticket}")
    waiting = asyncio.create_task(pc.get(f"{API}/scan/{ticket}", params={"wait": 25}))
    await asyncio.sleep(0.4)
    early = await pc.post(f"{API}/scan/{ticket}/exchange")
    assert (early.status_code, early.json()) == (202, {"state": "created"})
    began = time.monotonic()
    seen = (await phone.send(ticket, "look")).json()
    assert seen["console"] == "企业控制台" and (seen["browser"], seen["system"]) == ("Safari", "macOS")
    assert seen["account"] == "林*微" and seen["organisation"].startswith("机构") and seen["roles"] == ["legal"]
    assert seen["city"] == "本机" and seen["province_differs"] is False and seen["step_up"] is False
    shown = (await waiting).json()
    assert time.monotonic() - began < 2 and shown["state"] == "scanned" and shown["number"] in seen["numbers"]
    assert (await phone.send(ticket, "confirm", {"number": shown["number"]})).json()["state"] == "confirmed"
    taken = await pc.post(f"{API}/scan/{ticket}/exchange")
    assert taken.status_code == 200 and taken.json()["active_organisation"] and "refresh" in pc.cookies
    headers = {"Authorization": f"Bearer {taken.json()['access_token']}"}
    devices = (await pc.get(f"{API}/sessions", headers=headers)).json()["items"]
    assert next(d for d in devices if d["current"])["amr"] == ["qr"]
    assert (await pc.post(f"{API}/scan/{ticket}/exchange")).json()["code"] == "SCAN_USED"
    assert (await pc.post(f"{API}/refresh", json={})).status_code == 200  # one's own repeat ended nothing


async def test_the_desktop_guest_brings_its_secret_in_a_header(server: Process, phone: Phone) -> None:
    """rule Q1: no cookie; the refresh token comes in the body as for every mini-program."""
    async with browser(server, **{"X-Device-Id": "desktop-wechat-0000001"}) as guest:
        made = (await guest.post(f"{API}/scan", json={"audience": "mini"})).json()
        assert not guest.cookies and len(made["poll_secret"]) == 43
        secret = {"X-Scan-Secret": made["poll_secret"]}
        seen = (await phone.send(made["ticket_id"], "look")).json()
        assert seen["console"] == "电脑版微信小程序"
        number = await number_on(guest, made["ticket_id"], **secret)
        assert (await guest.post(f"{API}/scan/{made['ticket_id']}/exchange")).status_code == 404
        await phone.send(made["ticket_id"], "confirm", {"number": number})
        taken = await guest.post(f"{API}/scan/{made['ticket_id']}/exchange", headers=secret)
        assert taken.status_code == 200 and taken.json()["audience"] == "mini" and taken.json()["refresh_token"]


async def test_deny_cancel_and_a_wrong_number(pc: httpx.AsyncClient, phone: Phone, migrator: Any) -> None:
    """rule Q5; what was refused stands in the log."""
    for act, code in (("deny", "SCAN_DENIED"), ("cancel", "SCAN_CANCELLED"), ("wrong", "SCAN_DENIED")):
        ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
        await phone.send(ticket, "look")
        if act == "cancel":
            assert (await pc.post(f"{API}/scan/{ticket}/cancel")).json() == {"state": "cancelled"}
        elif act == "deny":
            assert (await phone.send(ticket, "deny")).json() == {"state": "denied"}
        else:
            number = await number_on(pc, ticket)
            answer = await phone.send(ticket, "confirm", {"number": 10 if number != 10 else 11})
            assert (answer.status_code, answer.json()["code"]) == (422, "SCAN_NUMBER")
            assert answer.json()["errors"][0]["path"] == "number"
        assert (await pc.post(f"{API}/scan/{ticket}/exchange")).json()["code"] == code
    noted = await migrator.fetch("select action from audit_log where account_id = $1", phone.who.account_id)
    assert {"scan.scanned", "scan.denied", "scan.number_wrong"} <= {r["action"] for r in noted}


async def test_a_photographed_code(server: Process, pc: httpx.AsyncClient, phone: Phone) -> None:
    """rule Q1: another browser with the ticket has nothing, before and after the confirmation."""
    ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
    await phone.send(ticket, "look")
    number = await number_on(pc, ticket)
    async with browser(server) as thief:
        await thief.post(f"{API}/scan", json={})  # a secret of its own
        assert (await thief.get(f"{API}/scan/{ticket}")).json()["code"] == "SCAN_UNKNOWN"
        await phone.send(ticket, "confirm", {"number": number})
        assert (await thief.post(f"{API}/scan/{ticket}/exchange")).status_code == 404
    assert (await pc.post(f"{API}/scan/{ticket}/exchange")).status_code == 200


@pytest.mark.parametrize("body", [{"audience": "console-ops"}, {"audience": "console-gov"}, {"audience": 3}, {"x": 1}])
async def test_what_is_not_opened_by_scanning(pc: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """rule L21."""
    assert (await pc.post(f"{API}/scan", json=body)).status_code == 422


@pytest.mark.parametrize("ticket", ["x", "00000000-0000-4000-8000-000000000000", "%00", "あ", "A" * 300, "..%2f"])
async def test_odd_tickets_are_unknown(pc: httpx.AsyncClient, phone: Phone, ticket: str) -> None:
    for answer in (
        await pc.get(f"{API}/scan/{ticket}"),
        await phone.send(ticket, "look"),
        await phone.send(ticket, "deny"),
    ):
        assert answer.status_code == 404 and answer.headers["content-type"].startswith("application/problem+json")
    assert (await pc.get(f"{API}/scan/x", params={"wait": 26})).status_code == 422
    assert (await phone.send(ticket, "confirm", {"number": 100})).status_code == 422


async def test_a_console_session_does_not_scan(pc: httpx.AsyncClient, phone: Phone) -> None:
    """rule Q8: the phone's token only."""
    body = {"account": phone.who.login_name, "password": PASSWORD, **CAPTCHA}
    token = (await pc.post(f"{API}/password-login", json=body)).json()["access_token"]
    ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
    answer = await pc.post(f"{API}/scan/{ticket}/look", headers={"Authorization": f"Bearer {token}"}, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "WRONG_AUDIENCE")


async def test_hang_ups_leave_nothing_waiting(server: Process, pc: httpx.AsyncClient, phone: Phone) -> None:
    """rule Q9: many polls of closed pages end soon; others are served meanwhile."""
    ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
    for _ in range(4):
        with pytest.raises(httpx.TimeoutException):
            await pc.get(f"{API}/scan/{ticket}", params={"wait": 25}, timeout=1.1)
    assert (await pc.get("/healthz")).status_code == 200
    assert (await phone.send(ticket, "look")).status_code == 200


async def test_killed_between_confirmation_and_exchange(server: Process, pc: httpx.AsyncClient, phone: Phone) -> None:
    """rule Q13: the row decides; after the restart the PC enters. A waiting poll does not hold up a stop."""
    ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
    await phone.send(ticket, "look")
    number = await number_on(pc, ticket)
    assert (await phone.send(ticket, "confirm", {"number": number})).status_code == 200
    server.kill()
    server.start()
    taken = await pc.post(f"{API}/scan/{ticket}/exchange")
    assert taken.status_code == 200, taken.text
    assert (await pc.post(f"{API}/scan/{ticket}/exchange")).status_code == 410


async def test_a_stop_does_not_wait_for_polls(server: Process, pc: httpx.AsyncClient) -> None:
    ticket = (await pc.post(f"{API}/scan", json={})).json()["ticket_id"]
    waiting = asyncio.create_task(pc.get(f"{API}/scan/{ticket}", params={"wait": 25}))
    await asyncio.sleep(0.5)
    began = time.monotonic()
    await asyncio.to_thread(server.stop)
    assert time.monotonic() - began < 6
    answer = await asyncio.gather(waiting, return_exceptions=True)
    assert answer
    server.start()
