"""Phones (P3, C6, L20) and devices over HTTP: changed with a fresh proof, the old one told; abroad; face-only accounts; mini and h5."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

import auth.jobs  # noqa: F401
from auth import sms
from core.errors import Problem
from core.ids import PLATFORM_ORG
from core.jobs import run_job
from core.personal import is_abroad, mask_phone, normalise_e164
from tests.auth.people import DEMO, PASSWORD, fresh_phone, member, organisation, person
from tests.fakes.sms import SmsGateway
from tests.identity.conftest import Load
from tests.identity.people import Legal

AUTH = "/api/v1/auth"


async def login(http: httpx.AsyncClient, who: Any, audience: str = "h5") -> dict[str, Any]:
    answer = await http.post(f"{AUTH}/password-login", json={"account": who.login_name, "password": PASSWORD, "audience": audience, **DEMO})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def bearer(signed: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed['access_token']}"}


async def code_to(http: httpx.AsyncClient, gateway: SmsGateway, phone: str, purpose: str = "change-phone") -> str:
    sent = await http.post(f"{AUTH}/sms/send", json={"phone": phone, "purpose": purpose})
    assert sent.status_code == 200, sent.text
    return gateway.last_code(f"+86{phone}")


async def change(http: httpx.AsyncClient, signed: dict[str, Any], phone: str, code: str) -> httpx.Response:
    """As the phone does: refused once, proved for exactly this call, sent again."""
    body, headers = {"phone": phone, "code": code}, bearer(signed)
    request = http.build_request("POST", f"{AUTH}/phone/change", json=body, headers=headers)
    first = await http.send(request)
    if first.json().get("code") != "STEP_UP_REQUIRED":
        return first
    asked = {k: first.json()[k] for k in ("purpose", "operation")}
    proof = await http.post(f"{AUTH}/step-up", json={"method": "password", "proof": PASSWORD, **asked}, headers=headers)
    assert proof.status_code == 200, proof.text
    return await http.post(f"{AUTH}/phone/change", json=body, headers=headers | {"X-Step-Up": proof.json()["proof_id"]})


async def test_change_with_proof_and_the_old_phone_is_told(
    http: httpx.AsyncClient, gateway: SmsGateway, migrator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rule L20."""
    old, new = fresh_phone(), fresh_phone()
    who, org = await person(phone=old), await organisation(migrator)
    await member(migrator, who, org, "legal")
    signed = await login(http, who)
    answer = await change(http, signed, new, await code_to(http, gateway, new))
    assert answer.status_code == 200 and answer.json()["phone_masked"] == f"{new[:3]}****{new[-4:]}"
    me = (await http.get(f"{AUTH}/me", headers=bearer(signed))).json()
    assert me["phone_masked"] == f"{new[:3]}****{new[-4:]}"
    assert await migrator.fetchval("select phone_masked from membership where person_id = $1", who.person_id) == f"{new[:3]}****{new[-4:]}"
    monkeypatch.setattr(sms, "settings", replace(sms.settings, sms_gateway_url=gateway.url, sms_gateway_key=gateway.key))
    job = await migrator.fetchval(
        "select o.id from outbox o join phone_change c on c.id = o.object_id where c.person_id = $1 and o.kind = 'auth.phone_changed'", who.person_id
    )
    await run_job(PLATFORM_ORG, job)
    told = [m for m in gateway.messages if m["to"] == f"+86{old}"]
    assert len(told) == 1 and "更换了手机号" in told[0]["parameters"]["text"] and new not in str(told)
    row = await migrator.fetchrow("select old_sealed, told_at from phone_change where person_id = $1", who.person_id)
    assert row["old_sealed"] is None and row["told_at"] is not None
    # the old number opens nothing any more, the new one does
    await migrator.execute("update sms_code set created_at = created_at - interval '2 hours'")
    code = await code_to(http, gateway, new, "login")
    by_new = await http.post(f"{AUTH}/sms-login", json={"phone": new, "code": code, "audience": "h5"})
    assert by_new.json()["account_id"] == str(who.account_id)


async def test_a_proof_is_for_this_phone_alone(http: httpx.AsyncClient, gateway: SmsGateway) -> None:
    one, two = fresh_phone(), fresh_phone()
    signed = await login(http, await person(phone=fresh_phone()))
    code = await code_to(http, gateway, one)
    first = await http.post(f"{AUTH}/phone/change", json={"phone": one, "code": code}, headers=bearer(signed))
    asked = {k: first.json()[k] for k in ("purpose", "operation")}
    proof = (await http.post(f"{AUTH}/step-up", json={"method": "password", "proof": PASSWORD, **asked}, headers=bearer(signed))).json()["proof_id"]
    other = await http.post(f"{AUTH}/phone/change", json={"phone": two, "code": code}, headers=bearer(signed) | {"X-Step-Up": proof})
    assert other.status_code == 403 and other.json()["code"] == "STEP_UP_REQUIRED"


async def test_code_of_another_phone_and_a_bound_phone(http: httpx.AsyncClient, gateway: SmsGateway) -> None:
    """Bad input: clear message, next step, nothing changed."""
    mine, taken, free = fresh_phone(), fresh_phone(), fresh_phone()
    who = await person(phone=mine)
    await person(phone=taken)
    signed = await login(http, who)
    other = await change(http, signed, free, await code_to(http, gateway, taken))
    assert other.status_code == 422 and other.json()["code"] == "SMS_CODE" and other.json()["errors"][0]["path"] == "code"
    await http.post(f"{AUTH}/captcha")
    bound = await change(http, signed, taken, gateway.last_code(f"+86{taken}"))
    assert bound.status_code == 409 and bound.json()["code"] == "PHONE_TAKEN" and "另一个账号" in bound.json()["detail"]
    same = await change(http, signed, mine, await code_to(http, gateway, mine))
    assert same.json()["code"] == "SAME_PHONE"
    assert (await http.get(f"{AUTH}/me", headers=bearer(signed))).json()["phone_masked"] == f"{mine[:3]}****{mine[-4:]}"


@pytest.mark.parametrize("phone", ["+85291234567", "00852 9123 4567", "+1 202 555 0123", "＋853 6612 3456"])
async def test_abroad_is_led_to_account_and_password(http: httpx.AsyncClient, phone: str) -> None:
    """rule C6."""
    for path, body in (("sms/send", {"phone": phone}), ("sms-login", {"phone": phone, "code": "000000", "audience": "h5"})):
        answer = await http.post(f"{AUTH}/{path}", json=body)
        assert answer.status_code == 422 and answer.json()["code"] == "PHONE_ABROAD" and "账号密码" in answer.json()["detail"]


def test_e164() -> None:
    """rule P3."""
    assert normalise_e164("00852 9123-4567") == "+85291234567" == normalise_e164("+852 9123 4567")
    assert normalise_e164("138 0013 8000") == "+8613800138000" == normalise_e164("+86 13800138000") == normalise_e164("008613800138000")
    assert not is_abroad("8613800138000") and mask_phone("+85291234567") == "+852****567"
    for bad in ("+8521", "+852912345678901234", "+0", "12345", ""):
        with pytest.raises(ValueError):
            normalise_e164(bad)


async def test_an_account_may_have_a_foreign_phone(migrator: Any) -> None:
    made = await person(phone="+852 9123 0001")
    assert made.account_id
    with pytest.raises(Problem):
        await person(phone="0085291230001")


async def test_who_came_by_face_binds_the_first_phone(
    http: httpx.AsyncClient, load: Load, verified: Any, gateway: SmsGateway, migrator: Any
) -> None:
    """Without a phone nothing could be proved; the fresh face stands for it, for ten minutes."""
    who = Legal()
    await load(who)
    signed = (await http.post(f"{AUTH}/face/enter", json={**await verified(who), "uscc": who.uscc})).json()
    phone = fresh_phone()
    answer = await http.post(f"{AUTH}/phone/change", json={"phone": phone, "code": await code_to(http, gateway, phone)}, headers=bearer(signed))
    assert answer.status_code == 200, answer.text
    again = fresh_phone()
    second = await http.post(f"{AUTH}/phone/change", json={"phone": again, "code": "000000"}, headers=bearer(signed))
    assert second.json()["code"] == "STEP_UP_REQUIRED"
    assert await migrator.fetchval("select count(*) from phone_change c join account a on a.person_id = c.person_id where a.id = $1::uuid", signed["account_id"]) == 0


async def test_devices_of_phone_and_browser(http: httpx.AsyncClient) -> None:
    """rules L13, L19: both appear with their client, one is the present one, the other can be ended."""
    who = await person()
    mini, h5 = await login(http, who, "mini"), await login(http, who, "h5")
    assert mini["refresh_token"] and mini["refresh_expires_in"] == 7 * 86400 and not h5.get("refresh_token")
    items = (await http.get(f"{AUTH}/sessions", headers=bearer(h5))).json()["items"]
    assert {(d["audience"], d["current"], d["device"]) for d in items} == {("mini", False, "Phone/1"), ("h5", True, "Phone/1")}
    other = next(d["id"] for d in items if not d["current"])
    assert (await http.delete(f"{AUTH}/sessions/{other}", headers=bearer(h5))).status_code == 200
    assert (await http.get(f"{AUTH}/me", headers=bearer(mini))).status_code == 401
    assert (await http.post(f"{AUTH}/refresh", json={"refresh_token": mini["refresh_token"]})).status_code == 401


async def linked(http: httpx.AsyncClient, signed: dict[str, Any], held: dict[str, str]) -> httpx.Response:
    headers = bearer(signed)
    first = (await http.post(f"{AUTH}/face/link", json=held, headers=headers)).json()
    body = {"method": "password", "proof": PASSWORD, "purpose": first["purpose"], "operation": first["operation"]}
    proof = (await http.post(f"{AUTH}/step-up", json=body, headers=headers)).json()["proof_id"]
    return await http.post(f"{AUTH}/face/link", json=held, headers=headers | {"X-Step-Up": proof})


async def test_an_account_that_was_there_first_is_linked(http: httpx.AsyncClient, load: Load, verified: Any) -> None:
    """rule V5: equal document and a fresh proof; then the face opens that very account. Another name or another's document does not."""
    row = Legal()
    await load(row)
    mine, other, second = await person(name=row.legal), await person(name="另一人"), await person(name=row.legal)
    held = await verified(row)
    refused = await linked(http, await login(http, other), held)
    assert refused.status_code == 403 and refused.json()["code"] == "NAME_DIFFERS"
    assert (await linked(http, await login(http, mine), held)).status_code == 200
    taken = await linked(http, await login(http, second), await verified(row))
    assert taken.status_code == 409 and taken.json()["code"] == "DOCUMENT_TAKEN"
    entered = await http.post(f"{AUTH}/face/enter", json={**await verified(row), "uscc": row.uscc})
    assert entered.json()["account_id"] == str(mine.account_id)
