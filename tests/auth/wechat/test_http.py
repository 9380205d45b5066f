"""WeChat over HTTP against a real server and a real fake: each fault at each step, what is answered, what is logged (rules F4, W6-W8, L17)."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

import auth
from bench.process import Process, environment, free_port
from core import postgres
from core.ids import new_id
from core.settings import settings
from tests.auth.people import PASSWORD, SECRET, fresh_phone, guest, member, organisation, person
from tests.auth.wechat.conftest import TEMPLATES, filled
from tests.auth.wechat.test_pushes import popup
from tests.fakes.sms import SmsGateway
from tests.fakes.wechat import FAULTS, FakeWeChat

API = "/api/v1"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0", "X-Device-Id": "device-of-one-phone-000001"}
#: The poster's own city and hotline.
PLACE = {"CITY_NAME": "广州市", "HOTLINE": "020-12345678"}


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[tuple[FakeWeChat, SmsGateway]]:
    fake, gateway = await filled(FakeWeChat(appid="wx00000000000000aa", hold=12.0)).start(), await SmsGateway().start()
    fake.pages = {"pages/home/index", "pages/filing/index"}
    yield fake, gateway
    await fake.stop()
    await gateway.stop()


@pytest.fixture(scope="module")
def server(urls: postgres.Urls, world: tuple[FakeWeChat, SmsGateway]) -> Iterator[Process]:
    fake, gateway = world
    port = free_port()
    more = {
        "WX_API_BASE": fake.url, "WX_APPID": fake.appid, "WX_SECRET": fake.secret, "WX_CALLBACK_TOKEN": fake.push_token,
        "WX_ENCODING_AES_KEY": fake.aes_key, "WX_TEMPLATES": json.dumps(TEMPLATES), "SMS_GATEWAY_URL": gateway.url,
        "SMS_GATEWAY_KEY": gateway.key, "LOG_LEVEL": "DEBUG", **PLACE,
    }  # fmt: skip
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, **more), port)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def wechat(world: tuple[FakeWeChat, SmsGateway]) -> FakeWeChat:
    world[0].faults.clear()
    return world[0]


@pytest.fixture
def texts(world: tuple[FakeWeChat, SmsGateway]) -> SmsGateway:
    return world[1]


@pytest.fixture
async def phone(server: Process) -> AsyncIterator[httpx.AsyncClient]:
    """The mini-program: no cookies, its own device id."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=40, trust_env=False, headers=PHONE) as client:
        yield client


def fresh_openid() -> str:
    return f"o{new_id().hex[-24:]}"


async def post(phone: httpx.AsyncClient, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await phone.post(f"{API}/{path}", json=body, headers=headers)


async def ticket_of(phone: httpx.AsyncClient, wechat: FakeWeChat, openid: str) -> str:
    answer = await post(phone, "auth/wechat/login", {"code": wechat.mint_login(openid)})
    assert answer.status_code == 200 and answer.json()["state"] == "unbound" and answer.json()["expires_in"] == 600
    return str(answer.json()["bind_ticket"])


async def by_password(phone: httpx.AsyncClient, who: auth.Created, **more: Any) -> httpx.Response:
    body = {"account": who.login_name, "password": PASSWORD, "captcha_id": "demo", "captcha_answer": "DEMO5", **more}
    return await post(phone, "auth/password-login", body)


def bearer(answer: httpx.Response) -> str:
    return f"Bearer {answer.json()['access_token']}"


async def firm_person(migrator: Any, **options: Any) -> auth.Created:
    who, org = await person(**options), await organisation(migrator)
    await member(migrator, who, org, "legal")
    return who


async def test_the_phone_keeps_its_own_refresh_token(phone: httpx.AsyncClient, wechat: FakeWeChat, migrator: Any) -> None:
    """The whole way: ticket, password with the ticket, next time at once; renewal by the body, no cookie anywhere (L13, L15, L16)."""
    who, openid = await firm_person(migrator), fresh_openid()
    first = await by_password(phone, who, audience="mini", bind_ticket=await ticket_of(phone, wechat, openid))
    assert first.status_code == 200 and first.json()["wechat"] == {"bound": True, "code": "", "message": ""}
    assert first.json()["refresh_token"] and first.json()["refresh_expires_in"] == 7 * 86400 and first.json()["expires_in"] == 900
    again = (await post(phone, "auth/wechat/login", {"code": wechat.mint_login(openid)})).json()
    assert again["state"] == "signed_in" and again["signed_in"]["account_id"] == str(who.account_id)
    signed = again["signed_in"]
    assert signed["refresh_token"] and signed["refresh_expires_in"] == 7 * 86400 and len(signed["organisations"]) == 1
    renewed = await post(phone, "auth/refresh", {"refresh_token": signed["refresh_token"]})
    assert renewed.status_code == 200 and renewed.json()["refresh_token"] != signed["refresh_token"]
    assert renewed.json()["refresh_expires_in"] == 7 * 86400 and renewed.json()["audience"] == "mini"
    repeated = await post(phone, "auth/refresh", {"refresh_token": signed["refresh_token"]})
    assert repeated.json()["refresh_token"] == renewed.json()["refresh_token"], "the phone that lost the answer gets the same one (L15)"
    assert not phone.cookies and "set-cookie" not in renewed.headers
    me = await phone.get(f"{API}/auth/me", headers={"Authorization": bearer(renewed)})
    assert me.status_code == 200 and me.json()["audience"] == "mini"
    for bad in ({"refresh_token": "nonsense"}, {}):
        assert (await post(phone, "auth/refresh", bad)).status_code == 401


async def test_sms_sign_in_binds_too(phone: httpx.AsyncClient, wechat: FakeWeChat, texts: SmsGateway, migrator: Any) -> None:
    number, openid = fresh_phone(), fresh_openid()
    await firm_person(migrator, phone=number)
    ticket = await ticket_of(phone, wechat, openid)
    assert (await post(phone, "auth/sms/send", {"phone": number})).status_code == 200
    body = {"phone": number, "code": texts.last_code(f"+86{number}"), "audience": "mini", "bind_ticket": ticket}
    answer = await post(phone, "auth/sms-login", body)
    assert answer.status_code == 200 and answer.json()["wechat"]["bound"] and answer.json()["refresh_token"]
    assert (await post(phone, "auth/wechat/login", {"code": wechat.mint_login(openid)})).json()["state"] == "signed_in"


async def test_a_bound_wechat_does_not_spoil_a_sign_in(phone: httpx.AsyncClient, wechat: FakeWeChat, migrator: Any) -> None:
    """Nothing is lost: signed in, with the reason and the next step."""
    openid, first, second = fresh_openid(), await firm_person(migrator), await firm_person(migrator)
    ticket, late = await ticket_of(phone, wechat, openid), await ticket_of(phone, wechat, openid)
    assert (await by_password(phone, first, audience="mini", bind_ticket=ticket)).json()["wechat"]["bound"]
    answer = await by_password(phone, second, audience="mini", bind_ticket=late)
    assert answer.status_code == 200 and answer.json()["wechat"]["code"] == "WX_OPENID_BOUND"
    assert "解除" in answer.json()["wechat"]["message"] and answer.json()["access_token"]
    other = await by_password(phone, first, audience="mini", bind_ticket=await ticket_of(phone, wechat, fresh_openid()))
    assert other.status_code == 200 and other.json()["wechat"]["code"] == "WX_ACCOUNT_BOUND"
    plain = await by_password(phone, first, audience="mini", device_id="a-device-in-the-body-0001")
    assert plain.status_code == 200 and plain.json()["wechat"] is None


async def test_phone_number_over_http(phone: httpx.AsyncClient, wechat: FakeWeChat, migrator: Any) -> None:
    """rule W11 at the edge: two taps at once, one fee, the same account; no account: 401 with the next step."""
    number, openid = fresh_phone(), fresh_openid()
    who, fees = await firm_person(migrator, phone=number), wechat.fees
    body = {"bind_ticket": await ticket_of(phone, wechat, openid), "code": wechat.mint_phone(openid, number)}
    answers = await asyncio.gather(*[post(phone, "auth/wechat/phone", body) for _ in range(3)])
    assert {a.status_code for a in answers} == {200} and {a.json()["account_id"] for a in answers} == {str(who.account_id)}
    assert wechat.fees == fees + 1 and answers[0].json()["refresh_token"]
    stranger = fresh_openid()
    body = {"bind_ticket": await ticket_of(phone, wechat, stranger), "code": wechat.mint_phone(stranger, fresh_phone())}
    problem = await post(phone, "auth/wechat/phone", body)
    assert problem.status_code == 401 and problem.json()["code"] == "LOGIN_FAILED" and "注册" in problem.json()["detail"]


async def proof(phone: httpx.AsyncClient, texts: SmsGateway, token: str, number: str, problem: dict[str, Any]) -> str:
    sent = await phone.post(f"{API}/auth/step-up/sms", json={}, headers={"Authorization": token})
    assert sent.status_code == 200
    body = {"method": "sms", "proof": texts.last_code(f"+86{number}"), "purpose": problem["purpose"], "operation": problem["operation"]}
    made = await phone.post(f"{API}/auth/step-up", json=body, headers={"Authorization": token})
    assert made.status_code == 200, made.text
    return str(made.json()["proof_id"])


async def test_binding_asks_for_a_proof(phone: httpx.AsyncClient, wechat: FakeWeChat, texts: SmsGateway, migrator: Any) -> None:
    """rule L20: bind and unbind are step-up acts; the login code is spent after the proof only."""
    number, openid = fresh_phone(), fresh_openid()
    who = await firm_person(migrator, phone=number)
    token = bearer(await by_password(phone, who, audience="mini"))
    body, spent = {"code": wechat.mint_login(openid)}, wechat.count("code2session")
    refused = await post(phone, "auth/wechat/bind", body, Authorization=token)
    assert refused.status_code == 403 and refused.json()["code"] == "STEP_UP_REQUIRED" and wechat.count("code2session") == spent
    made = await proof(phone, texts, token, number, refused.json())
    assert (await post(phone, "auth/wechat/bind", body, Authorization=token, **{"X-Step-Up": made})).json() == {"outcome": "bound"}
    assert (await post(phone, "auth/wechat/bind", body, Authorization=token, **{"X-Step-Up": made})).status_code == 403, "good once"
    known = (await phone.get(f"{API}/auth/wechat/binding", headers={"Authorization": token})).json()
    assert known["bound"] is True and known["since"]
    assert (await phone.delete(f"{API}/auth/wechat/binding", headers={"Authorization": token})).status_code == 403


async def test_templates_and_subscriptions(phone: httpx.AsyncClient, wechat: FakeWeChat, migrator: Any) -> None:
    """The phone's popup and WeChat's push tell of one consent (W12); the push is answered ``success`` (W23)."""
    who, openid = await firm_person(migrator), fresh_openid()
    signed = await by_password(phone, who, audience="mini", bind_ticket=await ticket_of(phone, wechat, openid))
    token = bearer(signed)
    listed = (await phone.get(f"{API}/wechat/templates", headers={"Authorization": token})).json()["items"]
    assert [(t["template"], t["kind"], t["title"]) for t in listed] == [("due", "once", "填报到期提醒"), ("alarm", "long", "告警")]
    answer = await post(phone, "wechat/subscriptions", {"items": [{"template": listed[0]["template_id"], "result": "accept"}]}, Authorization=token)
    assert answer.json() == {"remaining": {"due": 1}}
    stamp = int(wechat.now())
    assert await wechat.push(f"{phone.base_url}/wechat/callback", popup(openid, stamp)) == [200]
    assert await wechat.push(f"{phone.base_url}/wechat/callback", popup(openid, stamp)) == [200]
    answer = await post(phone, "wechat/subscriptions", {"items": [{"template": "due", "result": "reject"}]}, Authorization=token)
    assert answer.json() == {"remaining": {"due": 1}}
    for bad in ({"items": []}, {"items": [{"template": "x", "result": "accept"}]}, {"items": [{"template": "due"}]}, {"items": "x"}):
        assert (await post(phone, "wechat/subscriptions", bad, Authorization=token)).status_code == 422
    assert (await post(phone, "wechat/subscriptions", {"items": [{"template": "due", "result": "accept"}]})).status_code == 401


async def test_the_push_address(phone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
    """rules W20, W22 at the edge."""
    query, body = wechat.envelope(popup("o-edge", int(wechat.now())))
    echo = {k: query[k] for k in ("signature", "timestamp", "nonce")} | {"echostr": "43751209"}
    answer = await phone.get("/wechat/callback", params=echo)
    assert answer.status_code == 200 and answer.text == "43751209"
    assert (await phone.get("/wechat/callback", params=echo | {"signature": "0" * 40})).status_code == 403
    assert (await phone.get("/wechat/callback")).status_code == 403
    assert (await phone.post("/wechat/callback", content=body)).status_code == 403
    assert (await phone.post("/wechat/callback", params=query, content=b"x" * 70_000)).status_code == 413
    good = await phone.post("/wechat/callback", params=query, content=body, headers={"Content-Type": "text/xml"})
    assert good.status_code == 200 and good.text == "success"
    assert await wechat.push(f"{phone.base_url}/wechat/callback", "<xml/>") == [400] * 4, "WeChat tries three times more"


async def operator(phone: httpx.AsyncClient, migrator: Any) -> str:
    """Somebody of ops_data, with the second factor."""
    from auth.second_factor import give_second_factor
    from core.clock import utc_now

    who = await person(profile="strong", password="Sea-Harbor-19-long")
    await member(migrator, who, await organisation(migrator, "operator"), "ops_data")
    async with guest() as ctx:
        await give_second_factor(ctx, who.account_id, SECRET)
    body = {"account": who.login_name, "password": "Sea-Harbor-19-long", "captcha_id": "demo", "captcha_answer": "DEMO5", "audience": "console-ops"}
    answer = await post(phone, "auth/password-login", body | {"totp": auth.current_code(SECRET, int(utc_now().timestamp()))})
    assert answer.status_code == 200, answer.text
    phone.cookies.clear()
    return bearer(answer)


async def test_entry_code_and_poster(phone: httpx.AsyncClient, wechat: FakeWeChat, migrator: Any) -> None:
    """A picture and two posters; the same page and note have the same scene; unknown pages are refused at the field."""
    token = {"Authorization": await operator(phone, migrator)}
    before = wechat.count("unlimited_code")
    for path, kind, head in (
        ("entry-code.png", "image/png", b"\x89PNG"), ("entry-poster.png", "image/png", b"\x89PNG"), ("entry-poster.pdf", "application/pdf", b"%PDF"),
    ):  # fmt: skip
        answer = await phone.get(f"{API}/ops/{path}", params={"note": "政务大厅 3 号窗口"}, headers=token)
        assert answer.status_code == 200 and answer.headers["content-type"] == kind and answer.content.startswith(head), answer.text[:300]
        if kind == "image/png":
            assert Image.open(io.BytesIO(answer.content)).size[0] >= 860
    scenes = {c["body"]["scene"] for c in wechat.calls[-20:] if c["endpoint"] == "unlimited_code"}
    assert wechat.count("unlimited_code") == before + 3 and len(scenes) == 1 and re.fullmatch(r"en[\w-]{22}", scenes.pop())
    unknown = await phone.get(f"{API}/ops/entry-code.png", params={"page": "pages/nobody/index"}, headers=token)
    assert unknown.status_code == 422 and unknown.json()["errors"][0]["path"] == "page"
    for bad in ({"page": "a b"}, {"page": "x?y=1"}, {"note": "长" * 61}, {"other": "1"}):
        assert (await phone.get(f"{API}/ops/entry-code.png", params=bad, headers=token)).status_code == 422
    odd = await phone.get(f"{API}/ops/entry-poster.png", params={"note": "\U0001f600"}, headers=token)
    assert odd.status_code == 422 and odd.json()["code"] == "GLYPH_MISSING"


SINGLE = {"slow": 200, "wrong_content_type": 200}
REPEATED = SINGLE | {"reset": 200, "502": 200, "errcode": 200, "dup_response": 200}


async def test_each_fault_at_each_step(
    phone: httpx.AsyncClient, wechat: FakeWeChat, texts: SmsGateway, server: Process, migrator: Any
) -> None:
    """rule F4: 11 faults at sign-in, phone number, binding and entry code: the right answer, never 500, nothing secret said."""
    number = fresh_phone()
    who, token = await firm_person(migrator, phone=number), await operator(phone, migrator)
    seen: list[str] = []

    async def login(fault: str) -> httpx.Response:
        wechat.script("code2session", fault)
        return await post(phone, "auth/wechat/login", {"code": wechat.mint_login(fresh_openid())})

    async def ready() -> dict[str, str]:
        openid, fresh = fresh_openid(), fresh_phone()
        await firm_person(migrator, phone=fresh)
        return {"bind_ticket": await ticket_of(phone, wechat, openid), "code": wechat.mint_phone(openid, fresh)}

    prepared = {fault: await ready() for fault in FAULTS}

    async def number_of(fault: str) -> httpx.Response:
        wechat.script("phone_number", fault)
        return await post(phone, "auth/wechat/phone", prepared[fault])

    async def poster(fault: str) -> httpx.Response:
        wechat.script("unlimited_code", fault)
        return await phone.get(f"{API}/ops/entry-code.png", headers={"Authorization": token})

    for fault in FAULTS:
        steps = (login, number_of, poster)
        for step, answer in zip(steps, await asyncio.gather(*[step(fault) for step in steps]), strict=True):
            fine = REPEATED if step is poster else SINGLE
            seen.append(answer.text if "json" in answer.headers["content-type"] else "")
            wanted = fine.get(fault, 502 if step is poster else 503)
            assert answer.status_code == wanted, (fault, step.__name__, answer.text[:300])
            if wanted >= 400:
                body = answer.json()
                assert body["code"] == ("WX_UPSTREAM" if step is poster else "WX_TRY_AGAIN") and re.search("再|稍后", body["detail"])
    assert who
    log = server.text()
    for secret in [
        wechat.secret, wechat.push_token, wechat.aes_key, *wechat.tokens, *wechat.login_codes, *wechat.phone_codes, *wechat.session_keys.values(),
    ]:  # fmt: skip
        assert secret not in log and secret not in "".join(seen)
    for code in [*wechat.login_codes.values(), *wechat.phone_codes.values()]:
        assert code.openid not in log and code.openid not in "".join(seen)
        assert not code.value.get("phone") or code.value["phone"] not in log
    assert "Traceback" not in log and '"status": 500' not in log


async def test_users_at_risk_and_bad_input(phone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
    openid = fresh_openid()
    wechat.risky.add(openid)
    answer = await post(phone, "auth/wechat/login", {"code": wechat.mint_login(openid)})
    assert answer.status_code == 403 and answer.json()["code"] == "WX_USER_RISK" and "短信" in answer.json()["detail"]
    answer = await post(phone, "auth/wechat/login", {"code": "never minted"})
    assert answer.status_code == 401 and answer.json()["code"] == "WX_CODE_INVALID"
    for body in ({}, {"code": ""}, {"code": 5}, {"code": "x" * 300}, {"code": "x", "audience": "console-ops"}, {"code": "x", "more": 1}):
        assert (await post(phone, "auth/wechat/login", body)).status_code == 422
    for body in ({"code": "x"}, {"bind_ticket": "", "code": "x"}):
        assert (await post(phone, "auth/wechat/phone", body)).status_code == 422
    expired = await post(phone, "auth/wechat/phone", {"bind_ticket": "nonsense", "code": "x"})
    assert expired.status_code == 401 and expired.json()["code"] == "WX_TICKET_EXPIRED"
