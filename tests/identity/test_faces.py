"""Signing in by face over HTTP (V1-V10): the provider is a server, the product never knows the difference."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.clock import utc_now
from core.crypto import blind_index
from tests.fakes.idp import FAULTS, FaceProvider
from tests.identity.conftest import Load
from tests.identity.people import Legal

FACE = "/api/v1/auth/face"


async def enter(http: httpx.AsyncClient, held: dict[str, str], uscc: str, **more: Any) -> httpx.Response:
    return await http.post(f"{FACE}/enter", json={**held, "uscc": uscc, **more})


async def test_providers_are_listed_without_secrets(http: httpx.AsyncClient, provider: FaceProvider) -> None:
    answer = await http.get("/api/v1/auth/identity-providers")
    assert [p["code"] for p in answer.json()["items"]] == ["demo", "told"]
    assert provider.key not in answer.text and "127.0.0.1" not in answer.text


async def test_a_representative_makes_his_firm_and_comes_back(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    """rule V6: all active enterprises of the person; the firm is made from the registry, verified; the second time it is the same account."""
    who = Legal()
    other, gone = who.but(uscc=Legal().uscc, firm="第二家登记有限公司"), who.but(uscc=Legal().uscc, status="注销")
    await load(who, other, gone)
    held = await verified(who)
    claimed = (await http.post(f"{FACE}/claim", json=held)).json()
    assert {(e["uscc"], e["role"], e["organisation_id"]) for e in claimed["enterprises"]} == {(who.uscc, "legal", None), (other.uscc, "legal", None)}
    answer = await enter(http, held, who.uscc)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["audience"] == "h5" and body["organisations"][0] | {"id": 0} == body["organisations"][0] | {"id": 0, "name": who.name, "roles": ["legal"], "status": "active"}
    assert body["active_organisation"] == body["organisations"][0]["id"]
    me = (await http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {body['access_token']}"})).json()
    assert "agent.manage" in me["permissions"]
    consents = (await http.get("/api/v1/me/consents", headers={"Authorization": f"Bearer {body['access_token']}"})).json()["items"]
    assert {c["purpose"] for c in consents} == {"privacy", "face"}
    # single use (V1)
    assert (await enter(http, held, who.uscc)).json()["code"] == "FACE_SESSION_ENDED"
    again = await enter(http, await verified(who), other.uscc)
    assert again.json()["account_id"] == body["account_id"] and len(again.json()["organisations"]) == 2
    assert await migrator.fetchval("select hint_sealed from idv_session where id = $1", held["session_id"]) is None
    origin = await migrator.fetchrow("select origin, status from organisation where uscc = $1", who.uscc)
    assert dict(origin) == {"origin": "registry", "status": "active"}


async def test_the_number_is_nowhere_in_the_registry(load: Load, migrator: Any) -> None:
    """rule V6: the index alone."""
    who = Legal()
    await load(who)
    row = await migrator.fetchrow("select * from enterprise_registry where uscc = $1", who.uscc)
    assert bytes(row["legal_idx"]) == blind_index("id_number", who.number)
    assert who.number not in str(dict(row)) and who.legal not in str(dict(row))


async def test_without_the_tick_nothing_is_written(http: httpx.AsyncClient, begin: Any, provider: FaceProvider, migrator: Any) -> None:
    """rule P6: privacy refused, or an old text agreed to: no session, no call to the provider."""
    before, calls = await migrator.fetchval("select count(*) from idv_session"), len(provider.calls)
    refused = await begin(Legal(), consent_version="")
    assert (refused.status_code, refused.json()["code"], refused.json()["errors"][0]["path"]) == (422, "CONSENT_REQUIRED", "consent_version")
    assert (await begin(Legal(), consent_version="0")).json()["code"] == "TEXT_CHANGED"
    assert await migrator.fetchval("select count(*) from idv_session") == before and len(provider.calls) == calls


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id_no": "440106199001010014"}, "id_no"), ({"id_no": "12"}, "id_no"), ({"name": "x"}, "name"), ({"id_type": "driver"}, "id_type"),
        ({"audience": "console-ops"}, "audience"), ({"id_type": "passport", "id_no": "!!"}, "id_no"),
    ],
)  # fmt: skip
async def test_bad_fields_are_named(begin: Any, changes: dict[str, str], path: str) -> None:
    answer = await begin(Legal(), **changes)
    assert answer.status_code == 422 and [e["path"] for e in answer.json()["errors"]] == [path]


async def test_unknown_provider(begin: Any) -> None:
    answer = await begin(Legal(), provider="nobody")
    assert answer.status_code == 404 and answer.json()["code"] == "IDP_UNKNOWN"


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in ("slow", "wrong_content_type")])
async def test_each_fault_at_the_start(begin: Any, provider: FaceProvider, migrator: Any, fault: str) -> None:
    """rule V10/F4: a clear sentence, nothing left behind, no secret told."""
    before = await migrator.fetchval("select count(*) from idv_session")
    provider.faults.append(fault)
    answer = await begin(Legal())
    assert answer.status_code == 503 and answer.json()["code"] == "IDP_UNAVAILABLE" and "短信验证码" in answer.json()["detail"]
    assert provider.key not in answer.text and await migrator.fetchval("select count(*) from idv_session") == before


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_at_the_result(http: httpx.AsyncClient, begin: Any, load: Load, provider: FaceProvider, fault: str) -> None:
    """rule V10/F4: the session waits, the next look succeeds, nothing is lost."""
    who = Legal()
    await load(who)
    started = (await begin(who)).json()
    provider.decide(provider.newest())
    provider.faults.append(fault)
    held = {"session_id": started["session_id"], "secret": started["secret"]}
    first = (await http.post(f"{FACE}/claim", json=held)).json()
    if fault in ("slow", "wrong_content_type"):
        assert first["state"] == "verified"
    else:
        assert first["state"] == "pending" and "暂时没有应答" in first["reason"]
    second = (await http.post(f"{FACE}/claim", json=held)).json()
    assert second["state"] == "verified" and [e["uscc"] for e in second["enterprises"]] == [who.uscc]


async def test_failed_and_pending(http: httpx.AsyncClient, begin: Any, provider: FaceProvider) -> None:
    started = (await begin(Legal())).json()
    held = {"session_id": started["session_id"], "secret": started["secret"]}
    assert (await http.post(f"{FACE}/claim", json=held)).json()["state"] == "pending"
    assert (await enter(http, held, Legal().uscc)).json()["code"] == "FACE_NOT_VERIFIED"
    provider.decide(provider.newest(), "failed", reason="cancelled")
    for _ in range(2):  # a failure stays one
        assert (await http.post(f"{FACE}/claim", json=held)).json() | {"reason": 0} == {"state": "failed", "reason": 0, "enterprises": [], "signed_in": None}


async def test_the_provider_saw_another_person(http: httpx.AsyncClient, begin: Any, provider: FaceProvider) -> None:
    """rule V7: a pass for other data than were typed is none."""
    started = (await begin(Legal())).json()
    provider.decide(provider.newest(), "passed", id_no=Legal().number)
    claimed = (await http.post(f"{FACE}/claim", json={"session_id": started["session_id"], "secret": started["secret"]})).json()
    assert claimed["state"] == "failed" and "不是同一个人" in claimed["reason"]


async def test_bound_to_the_device_and_its_secret(http: httpx.AsyncClient, verified: Any) -> None:
    """rule V1."""
    held = await verified(Legal())
    wrong = await http.post(f"{FACE}/claim", json=held | {"secret": "x" * 40})
    elsewhere = await http.post(f"{FACE}/claim", json=held, headers={"X-Device-Id": "another-device-00000002"})
    assert wrong.status_code == elsewhere.status_code == 410 and wrong.json()["detail"] == elsewhere.json()["detail"]


async def test_ten_minutes(http: httpx.AsyncClient, verified: Any, migrator: Any) -> None:
    held = await verified(Legal())
    await migrator.execute("update idv_session set expires_at = $2 where id = $1", held["session_id"], utc_now() - timedelta(seconds=1))
    assert (await http.post(f"{FACE}/claim", json=held)).status_code == 410
    await migrator.fetchval("select idv_purge($1)", utc_now())
    assert await migrator.fetchval("select hint_sealed from idv_session where id = $1", held["session_id"]) is None


# callbacks (V2, V3, V10) ---------------------------------------------------------------------------------------------------


async def status_of(migrator: Any, session: str) -> tuple[str, bool]:
    row = await migrator.fetchrow("select status, called_back_at from idv_session where id = $1", session)
    return row["status"], row["called_back_at"] is not None


async def test_a_callback_marks_and_signs_nobody_in(http: httpx.AsyncClient, begin: Any, provider: FaceProvider, migrator: Any) -> None:
    started = (await begin(Legal())).json()
    ref = provider.newest()
    provider.sessions[ref]["state"] = "passed"
    body = provider.callback_body(ref)
    provider.sessions[ref]["state"] = "failed"  # success by callback for a query that says no
    answer = await http.post("/idp/demo/callback", content=body, headers=provider.signed(body))
    assert answer.status_code == 200 and "access_token" not in answer.text and not answer.headers.get("set-cookie")
    assert await status_of(migrator, started["session_id"]) == ("started", True)
    claimed = await http.post(f"{FACE}/claim", json={"session_id": started["session_id"], "secret": started["secret"]})
    assert claimed.json()["state"] == "failed"


async def test_callback_refusals(http: httpx.AsyncClient, begin: Any, provider: FaceProvider, migrator: Any) -> None:
    """Wrong signature, changed bytes, late, unknown key, no form: 401 without a reason; the session is untouched."""
    started = (await begin(Legal())).json()
    body = provider.callback_body(provider.newest())
    good = provider.signed(body)
    attempts = [
        (body, provider.signed(body, key="another-secret-of-16-bytes")), (body + b" ", good), (body, provider.signed(body, at=int(time.time()) - 301)),
        (body, provider.signed(body, at=int(time.time()) + 301)), (body, good | {"X-Key-Id": "k9"}), (body, {**good, "X-Signature": "zz"}),
        (b"[]", provider.signed(b"[]")), (b"{", provider.signed(b"{")), (body, good | {"X-Timestamp": "x"}), (b"", {}),
    ]  # fmt: skip
    for content, headers in attempts:
        answer = await http.post("/idp/demo/callback", content=content, headers=headers)
        assert answer.status_code == 401 and answer.json()["code"] == "CALLBACK_REFUSED", headers
    assert await status_of(migrator, started["session_id"]) == ("started", False)
    assert (await http.post("/idp/nobody/callback", content=body, headers=good)).status_code == 404


async def test_callback_replayed_swapped_unknown_ended(http: httpx.AsyncClient, begin: Any, provider: FaceProvider, migrator: Any) -> None:
    """Each is answered 200 and changes nothing (V3)."""
    first, ref_one = (await begin(Legal())).json(), provider.newest()
    second, ref_two = (await begin(Legal())).json(), provider.newest()
    body = provider.callback_body(ref_one)
    headers = provider.signed(body)
    for _ in range(2):  # the same bytes again: idempotent
        assert (await http.post("/idp/demo/callback", content=body, headers=headers)).status_code == 200
    # a nonce that was seen, on another session
    swapped = provider.callback_body(ref_two)
    assert (await http.post("/idp/demo/callback", content=swapped, headers=provider.signed(swapped, nonce=headers["X-Nonce"]))).status_code == 200
    assert await status_of(migrator, second["session_id"]) == ("started", False)
    unknown = provider.callback_body(ref_one, out_seq_no="0" * 32)
    assert (await http.post("/idp/demo/callback", content=unknown, headers=provider.signed(unknown))).status_code == 200
    await migrator.execute("update idv_session set openid = 'o-one' where id = $1", second["session_id"])
    other = provider.callback_body(ref_two, openid="o-two")
    assert (await http.post("/idp/demo/callback", content=other, headers=provider.signed(other))).status_code == 200
    assert await status_of(migrator, second["session_id"]) == ("started", False)
    await migrator.execute("update idv_session set expires_at = now() - interval '1 second' where id = $1", first["session_id"])
    late = provider.callback_body(ref_one)
    assert (await http.post("/idp/demo/callback", content=late, headers=provider.signed(late))).status_code == 200
    assert (await status_of(migrator, first["session_id"]))[0] == "started"


async def test_callback_before_the_start_returns(begin: Any, provider: FaceProvider, migrator: Any) -> None:
    provider.call_back_early = True
    started = await begin(Legal())
    assert started.status_code == 201 and await status_of(migrator, started.json()["session_id"]) == ("started", True)


async def test_a_provider_that_only_calls_back(http: httpx.AsyncClient, begin: Any, load: Load, provider: FaceProvider) -> None:
    who = Legal()
    await load(who)
    started = (await begin(who, provider="told")).json()
    held = {"session_id": started["session_id"], "secret": started["secret"]}
    asked = len(provider.calls)
    assert (await http.post(f"{FACE}/claim", json=held)).json()["state"] == "pending" and len(provider.calls) == asked
    provider.decide(provider.newest())
    assert await provider.call_back(provider.newest()) == 200
    assert (await http.post(f"{FACE}/claim", json=held)).json()["state"] == "verified"


# who may go in where (V6, V7) ----------------------------------------------------------------------------------------------


async def test_unknown_firm_says_the_next_step(http: httpx.AsyncClient, verified: Any) -> None:
    answer = await enter(http, await verified(Legal()), Legal().uscc)
    assert answer.status_code == 404 and answer.json()["code"] == "NOT_IN_REGISTRY" and "权限申请" in answer.json()["detail"]
    assert (await enter(http, await verified(Legal()), "123")).status_code == 422


async def test_name_or_number_alone_is_refused_in_neutral_words(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    """rule V7, both ways; each becomes a task, once."""
    row = Legal()
    await load(row)
    same_name, same_number = Legal(), row.but(legal="区致远")
    details = set()
    for who in (same_name, same_number, same_number):
        held = await verified(who)
        assert (await http.post(f"{FACE}/claim", json=held)).json()["enterprises"] == []
        answer = await enter(http, held, row.uscc)
        assert answer.status_code == 403 and answer.json()["code"] == "REGISTRY_MISMATCH"
        details.add(answer.json()["detail"])
    assert len(details) == 1
    assert not any(w in str(details) for w in (row.legal, row.number[-4:], row.name))
    assert await migrator.fetchval("select count(*) from registry_task where uscc = $1 and kind = 'mismatch'", row.uscc) == 2
    assert await migrator.fetchval("select count(*) from claim where value = $1", row.uscc) == 0


async def test_a_masked_number_is_matched_by_hand(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    """rule V6."""
    who = Legal()
    made = await load(who.but(number=f"4401**********{who.number[-4:]}"))
    assert made.masked == 1 and not made.errors
    answer = await enter(http, await verified(who), who.uscc)
    assert answer.json()["code"] == "REGISTRY_MISMATCH"
    assert await migrator.fetchval("select kind from registry_task where uscc = $1", who.uscc) == "masked"


async def test_two_taps_make_one_firm(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    who = Legal()
    await load(who)
    held = [await verified(who) for _ in range(3)]
    answers = await asyncio.gather(*(enter(http, h, who.uscc) for h in held))
    assert {a.status_code for a in answers} <= {200, 409} and any(a.status_code == 200 for a in answers)
    assert await migrator.fetchval("select count(*) from organisation where uscc = $1", who.uscc) == 1
    assert await migrator.fetchval("select count(*) from person_index where kind = 'id_number' and idx = $1", blind_index("id_number", who.number)) == 1


async def test_a_body_may_name_nothing_else(http: httpx.AsyncClient, begin: Any) -> None:
    assert (await begin(Legal(), openid="o-someone")).status_code == 422
    assert (await http.post(f"{FACE}/claim", content=json.dumps({"session_id": "x", "secret": "y"}))).status_code == 422
