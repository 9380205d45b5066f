"""Applications over HTTP (FD3, T6, V9): from filling in to the grant, and every bad input with its sentence."""

import asyncio
import io
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pypdfium2
import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader

import auth
import tenants
from auth.sms import _code_hash
from bench.process import Process, environment, free_port
from core import clock, postgres
from core.clock import BEIJING, beijing_date, utc_now
from core.crypto import blind_index, key_id, seal
from core.database import transaction
from core.errors import Problem
from core.ids import PLATFORM_ORG, new_id
from core.settings import settings
from tenants import application_desk
from tenants.codes import id_check_character
from tenants.jobs import notice
from tests.auth.people import fresh_phone
from tests.documents.hostile_scans import HOSTILE, photo
from tests.security.world import World
from tests.tenants.conftest import Org, act, uscc

_serial = itertools.count(100)
AGENT = {"user-agent": "Apply", "x-device-id": "11111111-2222-4333-8444-555555555555"}
BASE = "/api/v1/applications"
OPS = "/api/v1/ops/applications"


def id_number() -> str:
    """A well-formed identity number of nobody."""
    n = next(_serial)
    first = f"4401061985{n // 1000 % 9 + 1:02d}07{n % 1000:03d}"
    return first + id_check_character(first)


@pytest.fixture(scope="module")
def server(urls: postgres.Urls) -> Iterator[str]:
    port = free_port()
    process = Process(["server.py", "serve"], environment(urls, settings.var_dir, port, PROXIES_COUNT="1"), port)
    process.start()
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture(scope="module")
async def web(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, timeout=60, trust_env=False, headers=AGENT) as client:
        client.event_hooks["request"].append(_from_anywhere)
        yield client


async def _from_anywhere(request: httpx.Request) -> None:
    """Each request comes from another address, so that the limits of one address are not what is tested."""
    request.headers["x-forwarded-for"] = ".".join(str(secrets.randbelow(250) + 1) for _ in range(4))


@dataclass
class Desk:
    """The operators and a way to have a code sent."""

    web: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    reviewer: Any = None
    made: list[Any] = field(default_factory=list)
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def code(self, phone: str) -> str:
        """A code as the gateway would have brought it to this device."""
        idx, number = blind_index("phone", f"+86{phone}"), f"{secrets.randbelow(10**6):06d}"
        now = utc_now()
        await self.db.execute(
            "insert into sms_code (id, purpose, phone_idx, device_hash, ip, code_hash, created_at, expires_at) values ($1, 'application', $2, $3, '', $4, $5, $6)",
            new_id(), idx, auth.device_hash(AGENT["x-device-id"], AGENT["user-agent"]), _code_hash("application", idx, number), now,
            now + timedelta(minutes=5),
        )  # fmt: skip
        return number

    async def fill(self, **changes: Any) -> dict[str, Any]:
        """A good application, unless said otherwise; ``sms_code`` fits its phone."""
        facts: dict[str, Any] = {
            "kind": "agent", "enterprise_name": "广州禾川塑料包装有限公司", "uscc": uscc(), "legal_name": "陈志明", "legal_id_type": "resident_id",
            "legal_id_no": id_number(), "applicant_name": "李小娟", "id_type": "resident_id", "id_no": id_number(), "phone": fresh_phone(),
            "scopes": ["file", "report"], "valid_to": (beijing_date(utc_now()) + timedelta(days=300)).isoformat(), "reason": "委托办理每月能耗填报。",
            **changes,
        }  # fmt: skip
        if facts["kind"] == "foreign_legal" and "legal_id_type" not in changes:
            number = f"H{next(_serial):08d}"
            facts |= {"legal_id_type": "hkmt_permit", "id_type": "hkmt_permit", "legal_id_no": number, "id_no": number, "scopes": [], "valid_to": None}
            facts |= {"applicant_name": "黄天佑", "legal_name": "黄天佑"}
        if "sms_code" not in facts:
            facts["sms_code"] = await self.code(facts["phone"])
        return facts

    async def begin(self, **changes: Any) -> "Applied":
        facts = await self.fill(**changes)
        answer = await self.web.post(BASE, json=facts)
        assert answer.status_code == 201, answer.text
        return Applied(self, answer.json()["id"], answer.json()["key"], answer.json()["number"], facts)

    async def submitted(self, **changes: Any) -> "Applied":
        one = await self.begin(**changes)
        assert (await one.upload(await one.stamped())).status_code == 200
        answer = await one.post("submit")
        assert answer.status_code == 200, answer.text
        return one

    async def ops(self, method: str, path: str, who: Any = None, **options: Any) -> httpx.Response:
        async with self.one_by_one:
            token = await self.world.token(who or self.reviewer)
        return await self.web.request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)

    async def approve(self, one: "Applied", who: Any = None, **changes: Any) -> httpx.Response:
        body = {"checks": [True] * 5, "uscc": one.facts["uscc"], "legal_id_no": one.facts["legal_id_no"], **changes}
        return await self.ops("POST", f"{OPS}/{one.id}/approve", who, json=body)

    async def row(self, one: "Applied") -> asyncpg.Record:
        return await self.db.fetchrow("select * from application where id = $1", UUID(one.id))


@dataclass
class Applied:
    """One application and its key."""

    desk: Desk
    id: str
    key: str
    number: str
    facts: dict[str, Any]

    @property
    def head(self) -> dict[str, str]:
        return {"x-application-key": self.key}

    async def get(self) -> dict[str, Any]:
        answer = await self.desk.web.get(f"{BASE}/{self.id}", headers=self.head)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def put(self, **changes: Any) -> httpx.Response:
        return await self.desk.web.put(f"{BASE}/{self.id}", json=changes, headers=self.head)

    async def post(self, what: str) -> httpx.Response:
        return await self.desk.web.post(f"{BASE}/{self.id}/{what}", headers=self.head)

    async def paper(self) -> bytes:
        answer = await self.desk.web.get(f"{BASE}/{self.id}/form.pdf", headers=self.head)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def stamped(self, degrees: int = 0) -> bytes:
        """The form printed, stamped and photographed, turned by so many degrees."""
        page = pypdfium2.PdfDocument(await self.paper())[0].render(scale=1.9).to_pil().convert("RGB")
        ImageDraw.Draw(page).ellipse((700, 950, 940, 1190), outline="#C8102E", width=8)
        out = io.BytesIO()
        page.rotate(degrees, expand=True).save(out, "JPEG", quality=70)
        return out.getvalue()

    async def upload(self, *files: bytes, append: bool = False) -> httpx.Response:
        parts = [("file", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(files)]
        query = "?append=true" if append else ""
        return await self.desk.web.post(f"{BASE}/{self.id}/form{query}", files=parts, headers=self.head)


@pytest.fixture(scope="module")
async def desk(web: httpx.AsyncClient, database: str, urls: postgres.Urls) -> AsyncIterator[Desk]:
    from core.database import prepare_connection

    db = await asyncpg.connect(urls.migrator)
    await prepare_connection(db)
    await db.execute("set row_security = off")
    world = World(db, PLATFORM_ORG, PLATFORM_ORG)
    made = Desk(web, db, world)
    made.reviewer = await world.add("ops_reviewer", PLATFORM_ORG, "ops_reviewer", "operator")
    await world.add("ops_data", PLATFORM_ORG, "ops_data", "operator")
    yield made
    await db.close()


def fault(answer: httpx.Response, path: str, code: str, status: int = 422) -> str:
    """The sentence of one bad field."""
    assert answer.status_code == status, answer.text
    found = [e for e in answer.json()["errors"] if e["path"] == path]
    assert found and found[0]["code"] == code, answer.text
    return str(found[0]["message"])


# the way through -----------------------------------------------------------------------------------------------------
async def test_from_filling_in_to_the_grant(desk: Desk) -> None:
    one = await desk.begin()
    own = await one.get()
    assert (own["state"], own["form_check"], own["pages"], own["number"]) == ("draft", "none", 0, one.number)
    assert own["applicant_name"] == "李*娟" and own["phone"].endswith(one.facts["phone"][-4:]) and "****" in own["phone"]
    clear = {one.facts[f] for f in ("legal_id_no", "id_no", "phone", "applicant_name", "legal_name")}
    assert not any(c in str(own) for c in clear)
    assert PdfReader(io.BytesIO(await one.paper())).metadata is not None
    # photographed sideways: accepted, turned, its code read
    answer = await one.upload(await one.stamped(90))
    assert answer.status_code == 200 and (answer.json()["form_check"], answer.json()["pages"]) == ("ok", 1), answer.text
    assert (await desk.row(one))["form_pages"][0]["turned"] == 270
    answer = await one.post("submit")
    own = answer.json()
    assert (own["state"], own["state_word"], own["days"]) == ("submitted", "审核中", 3) and own["due_on"]
    # the desk
    queue = (await desk.ops("GET", OPS, params={"page_size": 100})).json()
    assert one.number in [i["number"] for i in queue["items"]] and queue["waiting"] >= 1
    case = (await desk.ops("GET", f"{OPS}/{one.id}")).json()
    assert [(s["name"], s["state"]) for s in case["sources"]] == [("uscc", "ok"), ("registry", "look"), ("phone", "ok"), ("form", "ok")]
    assert case["checks"] == ["公章清晰", "名称一致", "法人一致", "证件一致", "权限与期限"] and not any(c in str(case) for c in clear)
    page = await desk.ops("GET", f"{OPS}/{one.id}/pages/1.png")
    picture = Image.open(io.BytesIO(page.content))
    assert page.status_code == 200 and picture.height > picture.width and picture.width == 1400
    assert (await desk.ops("GET", f"{OPS}/{one.id}/pages/2.png")).status_code == 404
    # approved: the firm is made, the grant given, the applicant told
    answer = await desk.approve(one)
    assert answer.status_code == 200, answer.text
    assert "已设为代理人，范围为填报、报告" in answer.json()["result"]
    row = await desk.row(one)
    firm = await desk.db.fetchrow("select * from organisation where id = $1", row["organisation_id"])
    assert (firm["uscc"], firm["kind"], firm["status"]) == (one.facts["uscc"], "enterprise", "active")
    grant = await desk.db.fetchrow("select * from delegation where id = $1", row["delegation_id"])
    assert (grant["origin"], grant["application_id"], grant["scopes"], grant["state"]) == ("application", UUID(one.id), ["file", "report"], "active")
    assert grant["valid_to"] == date.fromisoformat(one.facts["valid_to"])
    note = await desk.db.fetchrow("select * from notice where object_id = $1 and kind = 'application.approved'", one.id)
    assert one.number in note["text"] and note["sms"] in ("waiting", "sent")
    async with act(PLATFORM_ORG, kind="operator") as ctx:  # and is not told the same thing a second time by the grant
        assert notice(dict(grant), "granted", ctx) is None and "李" not in str(notice(dict(grant) | {"origin": "app"}, "granted", ctx))
    assert (await one.get())["state_word"] == "已通过"
    actions = {r["action"] for r in await desk.db.fetch("select action from audit_log where object_id = $1", one.id)}
    assert {"application.begun", "application.form_uploaded", "application.submitted", "pii.read", "application.approved"} <= actions


async def test_a_foreign_representative_gets_an_account_and_the_firm(desk: Desk) -> None:
    one = await desk.submitted(kind="foreign_legal")
    answer = await desk.approve(one)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["account"].startswith("fr") and len(made["initial_password"]) == 12
    member = await desk.db.fetchrow("select * from membership where tenant_id = $1", UUID(made["organisation_id"]))
    assert (member["roles"], member["status"], member["login_name"]) == (["legal"], "active", made["account"])
    signed = await desk.web.post(
        "/api/v1/auth/password-login", json={"account": made["account"], "password": made["initial_password"], "captcha_id": "demo", "captcha_answer": "DEMO5"}
    )
    assert signed.status_code == 200 and signed.json()["must_change_password"] is True, signed.text
    assert made["initial_password"] not in str([dict(r) for r in await desk.db.fetch("select * from notice where object_id = $1", one.id)])
    assert made["initial_password"] not in str([dict(r) for r in await desk.db.fetch("select * from audit_log")])


async def test_a_foreign_representative_with_an_account_joins_the_firm_that_is_there(desk: Desk) -> None:
    first = await desk.submitted(kind="foreign_legal")
    assert (await desk.approve(first)).status_code == 200
    second = await desk.submitted(kind="foreign_legal", phone=first.facts["phone"])  # his second firm
    answer = await desk.approve(second)
    assert answer.status_code == 200 and answer.json()["initial_password"] is None, answer.text
    third = await desk.submitted(kind="foreign_legal", uscc=first.facts["uscc"])  # another person for the first firm
    answer = await desk.approve(third)
    assert (answer.status_code, answer.json()["code"]) == (409, "LEGAL_EXISTS") and "先核实" in answer.json()["detail"]
    assert (await third.get())["state"] == "submitted"


async def test_returned_corrected_and_handed_in_again(desk: Desk) -> None:
    one = await desk.submitted()
    answer = await desk.ops("POST", f"{OPS}/{one.id}/return", json={"reason": "公章不清晰，请重新盖章拍照。"})
    assert answer.status_code == 200, answer.text
    own = await one.get()
    assert (own["state"], own["decision_reason"]) == ("returned", "公章不清晰，请重新盖章拍照。")
    assert own["reason"] == one.facts["reason"]
    old = await one.stamped()
    changed = await one.put(reason="委托办理填报与报告。")  # masked fields are left empty: they stay
    assert changed.status_code == 200 and changed.json()["form_check"] == "outdated", changed.text
    assert fault(await one.post("submit"), "file", "FORM_OUTDATED")
    assert "修改内容之前打印" in fault(await one.upload(old), "file", "FORM_OUTDATED")
    assert (await one.upload(await one.stamped())).json()["form_check"] == "ok"
    assert (await one.post("submit")).json()["state"] == "submitted"
    case = (await desk.ops("GET", f"{OPS}/{one.id}")).json()
    assert case["returns"] == 1 and case["reason"] == "委托办理填报与报告。"
    assert (await desk.approve(one)).status_code == 200
    note = await desk.db.fetchval("select text from notice where object_id = $1 and kind = 'application.returned'", one.id)
    assert "公章不清晰" in note and one.number in note


async def test_rejected_for_good_and_free_to_apply_again(desk: Desk) -> None:
    one = await desk.submitted()
    assert (await desk.ops("POST", f"{OPS}/{one.id}/reject", json={"reason": "公章与企业名称不符。"})).status_code == 200
    assert (await one.put(reason="再试一次")).json()["code"] == "STATE"
    again = await desk.begin(uscc=one.facts["uscc"], id_no=one.facts["id_no"], phone=one.facts["phone"])
    assert again.number != one.number


# bad input -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"kind": "boss"}, "kind", "CHOICE"),
        ({"enterprise_name": "广"}, "enterprise_name", "NAME"),
        ({"uscc": "91440112MA5Y00013"}, "uscc", "USCC_LENGTH"),
        ({"uscc": "91440112MA5Y00013I"}, "uscc", "USCC_LETTER"),
        ({"uscc": "914401120000000000"}, "uscc", "USCC_CHECK"),
        ({"legal_name": "陈"}, "legal_name", "NAME"),
        ({"legal_id_no": "440106198501011234"}, "legal_id_no", "ID_CHECK"),
        ({"id_type": "licence"}, "id_type", "CHOICE"),
        ({"id_type": "passport", "id_no": "E 1"}, "id_no", "ID_FORM"),
        ({"phone": "12345"}, "phone", "PHONE"),
        ({"scopes": []}, "scopes", "REQUIRED"),
        ({"scopes": ["file", "admin"]}, "scopes", "CHOICE"),
        ({"valid_to": None}, "valid_to", "REQUIRED"),
        ({"valid_to": "2020-01-01"}, "valid_to", "DATE"),
        ({"valid_to": "2035-01-01"}, "valid_to", "TOO_LONG"),
        ({"reason": " "}, "reason", "REQUIRED"),
        ({"kind": "foreign_legal", "legal_id_type": "passport", "legal_id_no": "E1234567", "id_type": "passport", "id_no": "E7654321"}, "id_no", "NOT_LEGAL"),
        ({"kind": "foreign_legal", "legal_id_type": "resident_id"}, "legal_id_type", "NOT_FOREIGN"),
    ],
)
async def test_a_bad_field_is_named_with_its_remedy(desk: Desk, changes: dict[str, Any], path: str, code: str) -> None:
    answer = await desk.web.post(BASE, json=await desk.fill(sms_code="000000", **changes))
    assert len(fault(answer, path, code)) >= 8


async def test_all_bad_fields_are_named_together(desk: Desk) -> None:
    answer = await desk.web.post(BASE, json={"kind": "agent", "phone": "1"})
    assert answer.status_code == 422
    named = {e["path"] for e in answer.json()["errors"]}
    assert {"enterprise_name", "uscc", "legal_name", "legal_id_type", "applicant_name", "id_type", "phone", "scopes", "valid_to", "reason"} <= named
    assert (await desk.web.post(BASE, json={"state": "approved"})).status_code == 422  # nothing else is taken


async def test_the_applicant_who_is_the_representative_needs_no_agent(desk: Desk) -> None:
    number = id_number()
    answer = await desk.web.post(BASE, json=await desk.fill(legal_id_no=number, id_no=number, sms_code="000000"))
    assert "不需要代理" in fault(answer, "id_no", "SAME_PERSON")


async def test_a_code_of_another_phone_and_a_code_used_twice(desk: Desk) -> None:
    other = await desk.code(fresh_phone())
    assert "验证码不对" in fault(await desk.web.post(BASE, json=await desk.fill(sms_code=other)), "sms_code", "SMS_CODE")
    facts = await desk.fill()
    assert (await desk.web.post(BASE, json=facts)).status_code == 201
    fault(await desk.web.post(BASE, json=facts | {"uscc": uscc()}), "sms_code", "SMS_CODE")


async def test_applying_twice_for_the_same_firm_names_the_open_one_and_nobody(desk: Desk) -> None:
    one = await desk.submitted()
    for phone in (one.facts["phone"], fresh_phone()):
        answer = await desk.web.post(BASE, json=await desk.fill(uscc=one.facts["uscc"], id_no=one.facts["id_no"], phone=phone))
        said = answer.json()
        assert (answer.status_code, said["code"], said["number"]) == (409, "APPLICATION_OPEN", one.number)
        assert "找回" in said["detail"] and "李" not in answer.text and one.key not in answer.text and one.id not in answer.text
        assert one.facts["phone"] not in answer.text and "****" not in answer.text
    await desk.begin(id_no=one.facts["id_no"])  # another firm is no repetition
    await desk.begin(uscc=one.facts["uscc"])  # another person neither


async def test_a_strangers_draft_keeps_nobody_out(desk: Desk) -> None:
    one = await desk.begin()
    await desk.begin(uscc=one.facts["uscc"], id_no=one.facts["id_no"])
    answer = await desk.web.post(BASE, json=await desk.fill(uscc=one.facts["uscc"], id_no=one.facts["id_no"], phone=one.facts["phone"]))
    assert answer.json()["number"] == one.number


async def test_found_again_by_phone_and_code_with_a_new_key(desk: Desk) -> None:
    one = await desk.submitted()
    code = await desk.code(one.facts["phone"])
    answer = await desk.web.post(f"{BASE}/find", json={"phone": one.facts["phone"], "sms_code": code})
    (found,) = answer.json()["items"]
    assert (found["id"], found["number"], found["state"]) == (one.id, one.number, "submitted") and found["key"] != one.key
    assert (await desk.web.get(f"{BASE}/{one.id}", headers=one.head)).status_code == 404
    one.key = found["key"]
    assert (await one.get())["number"] == one.number
    phone = fresh_phone()
    answer = await desk.web.post(f"{BASE}/find", json={"phone": phone, "sms_code": await desk.code(phone)})
    assert answer.status_code == 404 and "从头填写" in answer.json()["detail"]
    fault(await desk.web.post(f"{BASE}/find", json={"phone": one.facts["phone"], "sms_code": "000000"}), "sms_code", "SMS_CODE")


async def test_without_the_key_there_is_no_such_application(desk: Desk) -> None:
    one, other = await desk.begin(), await desk.begin()
    for head in ({}, {"x-application-key": ""}, {"x-application-key": "x" * 3000}, other.head):
        for method, path in [("GET", ""), ("GET", "/form.pdf"), ("POST", "/submit"), ("POST", "/form"), ("PUT", "")]:
            answer = await desk.web.request(method, f"{BASE}/{one.id}{path}", headers=head, **({"json": {}} if method == "PUT" else {}))
            assert answer.status_code == 404, (method, path, answer.text)
            unknown = await desk.web.request(method, f"{BASE}/{new_id()}{path}", headers=head, **({"json": {}} if method == "PUT" else {}))
            assert (unknown.status_code, unknown.json()["detail"]) == (404, answer.json()["detail"])
    assert (await desk.web.get(f"{BASE}/not-an-id", headers=one.head)).status_code == 404


@pytest.mark.parametrize("name", [n for n in HOSTILE if n not in ("20.5 MB PDF", "empty")])
async def test_hostile_uploads_are_refused_and_nothing_is_lost(desk: Desk, name: str) -> None:
    one = desk.made[0] if desk.made else None
    if one is None:
        made = await desk.begin()
        assert (await made.upload(await made.stamped())).status_code == 200
        desk.made.append(made)
        one = made
    make, code = HOSTILE[name]
    answer = await one.upload(make())
    assert len(fault(answer, "file", code)) >= 12
    own = await one.get()
    assert (own["form_check"], own["pages"]) == ("ok", 1)


async def test_a_photo_of_12_mb_says_its_size_the_limit_and_what_to_do(desk: Desk) -> None:
    one = await desk.begin()
    said = fault(await one.upload(photo() + b"\0" * 12_000_000), "file", "TOO_LARGE")
    assert "MB，超过 10 MB" in said and "重拍" in said


async def test_the_form_of_another_application_is_refused(desk: Desk) -> None:
    one, other = await desk.begin(), await desk.begin()
    said = fault(await one.upload(await other.stamped(180)), "file", "FORM_OTHER")
    assert one.number in said and other.number not in said
    own = await one.get()
    assert (own["form_check"], own["pages"]) == ("none", 0)
    assert "还没有上传" in fault(await one.post("submit"), "file", "FORM_MISSING")


async def test_a_form_whose_code_cannot_be_read_is_left_to_a_person(desk: Desk) -> None:
    one = await desk.begin()
    assert (await one.upload(photo(noise=True))).json()["form_check"] == "unreadable"
    assert (await one.post("submit")).status_code == 200
    case = (await desk.ops("GET", f"{OPS}/{one.id}")).json()
    assert [s["state"] for s in case["sources"] if s["name"] == "form"] == ["look"] and case["line"]["manual"]


async def test_photos_one_by_one_are_joined(desk: Desk) -> None:
    one = await desk.begin()
    assert (await one.upload(await one.stamped())).json()["pages"] == 1
    assert (await one.upload(photo(noise=True), photo(noise=True), append=True)).status_code == 200
    own = await one.get()
    assert (own["pages"], own["form_check"]) == (3, "ok")
    assert (await one.upload(await one.stamped())).json()["pages"] == 1  # without append it replaces
    files = await desk.db.fetchval("select count(*) from file_blob where name like $1", f"申请表-{one.number}%")
    assert files == 1


async def test_a_pdf_as_it_came_is_kept_for_the_desk(desk: Desk) -> None:
    one = await desk.begin()
    paper = await one.paper()
    assert (await one.upload(paper)).json()["form_check"] == "ok"
    await one.post("submit")
    answer = await desk.ops("GET", f"{OPS}/{one.id}/original")
    assert answer.content == paper and "attachment" in answer.headers["content-disposition"]


async def test_what_waits_cannot_be_changed(desk: Desk) -> None:
    one = await desk.submitted()
    before = await desk.row(one)
    assert (await one.put(reason="换一个理由")).json()["code"] == "STATE"
    assert (await one.upload(photo())).json()["code"] == "STATE"
    assert (await one.post("submit")).json()["state"] == "submitted"  # again: the same answer, the same clock
    assert dict(await desk.row(one)) == dict(before)


# the decision --------------------------------------------------------------------------------------------------------
async def test_approving_asks_for_the_five_checks_and_both_numbers(desk: Desk) -> None:
    one = await desk.submitted()
    answer = await desk.approve(one, checks=[True, True, False, True, True], uscc=uscc(), legal_id_no=id_number())
    assert "法人一致" in fault(answer, "checks", "CHECKS")
    assert "再录一次" in fault(answer, "uscc", "DIFFERS") and fault(answer, "legal_id_no", "DIFFERS")
    assert one.facts["legal_id_no"] not in answer.text
    fault(await desk.approve(one, checks=[True] * 4), "checks", "CHECKS")
    fault(await desk.ops("POST", f"{OPS}/{one.id}/return", json={"reason": " "}), "reason", "REQUIRED")
    assert (await desk.row(one))["state"] == "submitted"
    assert (await desk.approve(one, uscc=one.facts["uscc"].lower())).status_code == 200
    answer = await desk.approve(one)
    assert (answer.status_code, answer.json()["code"]) == (409, "STATE")
    assert await desk.db.fetchval("select count(*) from delegation where application_id = $1", UUID(one.id)) == 1


async def test_a_decision_on_what_was_read_before_a_return_is_stale(desk: Desk) -> None:
    one = await desk.submitted()
    version = (await desk.ops("GET", f"{OPS}/{one.id}")).json()["version"]
    await desk.ops("POST", f"{OPS}/{one.id}/return", json={"reason": "请补签字。"})
    await one.post("submit")
    answer = await desk.approve(one, version=version)
    assert (answer.status_code, answer.json()["code"]) == (409, "STALE_VERSION")


async def test_who_belongs_to_a_side_does_not_decide(desk: Desk) -> None:
    one = await desk.submitted()
    applicant = await desk.world.add("op applicant", PLATFORM_ORG, "ops_reviewer", "operator")
    await desk.db.execute(
        "insert into person_index (kind, idx, key_id, person_id) values ('phone', $1, $2, $3)",
        blind_index("phone", f"+86{one.facts['phone']}"), key_id(), applicant.person,
    )  # fmt: skip
    legal = await desk.world.add("op legal", PLATFORM_ORG, "ops_reviewer", "operator")
    await desk.db.execute(
        "insert into person_index (kind, idx, key_id, person_id) values ('id_number', $1, $2, $3)",
        blind_index("id_number", one.facts["legal_id_no"]), key_id(), legal.person,
    )  # fmt: skip
    uploader = await desk.world.add("op uploader", PLATFORM_ORG, "ops_reviewer", "operator")
    await desk.db.execute("update application set uploaded_by = $2 where id = $1", UUID(one.id), uploader.person)
    for who in (applicant, legal, uploader):
        answer = await desk.approve(one, who)
        assert (answer.status_code, answer.json()["code"]) == (409, "OWN_APPLICATION"), who.name
        answer = await desk.ops("POST", f"{OPS}/{one.id}/reject", who, json={"reason": "不予通过"})
        assert answer.json()["code"] == "OWN_APPLICATION"
    await desk.db.execute("delete from person_index where person_id = any ($1)", [applicant.person, legal.person])
    assert (await desk.approve(one)).status_code == 200


async def test_a_member_or_agent_of_the_firm_does_not_decide(desk: Desk, make: Callable[..., Any]) -> None:
    firm: Org = await make()
    code = await desk.db.fetchval("select uscc from organisation where id = $1", firm.id)
    one = await desk.submitted(uscc=code)
    insider = await desk.world.add("op insider", PLATFORM_ORG, "ops_reviewer", "operator")
    await desk.db.execute(
        "insert into membership (tenant_id, id, person_id, roles, valid_from, display_name_masked) values ($1, $2, $3, '{viewer}', '2020-01-01', '内**')",
        firm.id, new_id(), insider.person,
    )  # fmt: skip
    assert (await desk.approve(one, insider)).json()["code"] == "OWN_APPLICATION"
    answer = await desk.approve(one)
    assert answer.status_code == 200 and answer.json()["organisation_id"] == str(firm.id), answer.text
    second = await desk.submitted(uscc=code, id_no=one.facts["id_no"], phone=one.facts["phone"])
    answer = await desk.approve(second)
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_AGENT")
    assert (await desk.row(second))["state"] == "submitted"


async def registry(desk: Desk, one: Applied, **changes: Any) -> None:
    """The firm as the registry knows it."""
    facts = {"name": one.facts["enterprise_name"], "status": "active", "legal": one.facts["legal_id_no"], **changes}
    row = new_id()
    await desk.db.execute("delete from enterprise_registry where uscc = $1", one.facts["uscc"])
    await desk.db.execute(
        "insert into enterprise_registry (id, uscc, name, status, legal_name_sealed, legal_name_masked, legal_idx, key_id, imported_at)"
        " values ($1, $2, $3, $4, $5, '陈*明', $6, $7, now())",
        row, one.facts["uscc"], facts["name"], facts["status"], seal("enterprise_registry.legal_name", row, "陈志明"),
        blind_index("id_number", facts["legal"]) if facts["legal"] else None, key_id(),
    )  # fmt: skip


async def test_what_the_registry_says_stands_beside_the_data(desk: Desk) -> None:
    one = await desk.submitted()
    for changes, word, state in [
        ({}, "match", "ok"), ({"name": "广州别的名字有限公司"}, "name_differs", "look"), ({"legal": None}, "masked", "look"),
        ({"legal": id_number()}, "legal_differs", "bad"), ({"status": "ended"}, "inactive", "bad"),
    ]:  # fmt: skip
        await registry(desk, one, **changes)
        case = (await desk.ops("GET", f"{OPS}/{one.id}")).json()
        assert case["registry"] == word and [s["state"] for s in case["sources"] if s["name"] == "registry"] == [state]
    answer = await desk.approve(one)
    assert (answer.status_code, answer.json()["code"]) == (409, "FIRM_INACTIVE")
    stranger = await desk.submitted()
    case = (await desk.ops("GET", f"{OPS}/{stranger.id}")).json()
    assert case["registry"] == "unknown" and case["line"]["manual"] and "待核对" in str(case["sources"])


async def test_a_representative_who_changed_since_the_application_blocks_the_approval(desk: Desk) -> None:
    one = await desk.begin()
    await registry(desk, one)
    await one.upload(await one.stamped())
    await one.post("submit")
    assert (await desk.row(one))["registry"] == "match"
    await registry(desk, one, legal=id_number())
    answer = await desk.approve(one)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (409, "REPRESENTATIVE_CHANGED")
    assert "在申请提交之后已变更" in said["detail"] and "现任法定代表人重新签字盖章" in said["detail"]
    assert (await desk.row(one))["state"] == "submitted"
    assert await desk.db.fetchval("select count(*) from organisation where uscc = $1", one.facts["uscc"]) == 0
    await registry(desk, one)
    assert (await desk.approve(one)).status_code == 200


async def test_a_failure_at_the_end_leaves_no_firm_behind(desk: Desk) -> None:
    """Phone and document of two different persons: the grant refuses, and the firm that was just made goes with it."""
    one = await desk.submitted()
    for kind, text in (("phone", f"+86{one.facts['phone']}"), ("id_number", one.facts["id_no"])):
        who = await desk.world.add(f"someone {kind}", None, None)
        await desk.db.execute(
            "insert into person_index (kind, idx, key_id, person_id) values ($1, $2, $3, $4)", kind, blind_index(kind, text), key_id(), who.person
        )
    answer = await desk.approve(one)
    assert (answer.status_code, answer.json()["code"]) == (422, "ID_PHONE_DIFFER")
    assert await desk.db.fetchval("select count(*) from organisation where uscc = $1", one.facts["uscc"]) == 0
    assert (await desk.row(one))["state"] == "submitted"


async def test_clear_names_need_a_reason_and_are_logged(desk: Desk) -> None:
    one = await desk.submitted()
    fault(await desk.ops("POST", f"{OPS}/{one.id}/reveal", json={"reason": ""}), "reason", "REQUIRED")
    clear = (await desk.ops("POST", f"{OPS}/{one.id}/reveal", json={"reason": "与盖章表逐项核对"})).json()
    assert (clear["id_no"], clear["phone"]) == (one.facts["id_no"], one.facts["phone"])
    reasons = [r["detail"].get("reason") for r in await desk.db.fetch("select detail from audit_log where object_id = $1 and action = 'pii.read'", one.id)]
    assert "与盖章表逐项核对" in reasons


async def test_drafts_are_not_on_the_desk(desk: Desk) -> None:
    one = await desk.begin()
    assert (await desk.ops("GET", f"{OPS}/{one.id}")).status_code == 404
    assert (await desk.approve(one)).status_code == 404
    items = (await desk.ops("GET", OPS, params={"page_size": 100})).json()["items"]
    assert one.number not in [i["number"] for i in items]


async def test_nothing_of_a_person_stands_in_the_row_in_clear(desk: Desk) -> None:
    one = await desk.submitted()
    stored = str(dict(await desk.row(one)))
    for name in ("legal_name", "legal_id_no", "applicant_name", "id_no", "phone"):
        assert one.facts[name] not in stored
    assert one.key not in stored
    jobs = str([dict(r) for r in await desk.db.fetch("select * from audit_log")])
    assert one.facts["id_no"] not in jobs and one.facts["phone"] not in jobs and one.key not in jobs


# the clock -----------------------------------------------------------------------------------------------------------
def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


async def test_the_clock_starts_at_submission_stops_while_returned_and_escalates_at_two_days(desk: Desk) -> None:
    one = await desk.begin()
    await one.upload(await one.stamped())
    row_id = UUID(one.id)
    operator = desk.reviewer.person

    async def verb(moment: str, what: Callable[..., Any], **options: Any) -> Any:
        clock.freeze(at(moment))
        kind = options.pop("kind", None)
        async with act(PLATFORM_ORG if kind else None, operator if kind else None, roles=("ops_reviewer",) if kind else (), kind=kind or "x") as ctx:
            return await what(ctx, row_id, **options)

    own = await verb("2026-09-29T10:00", tenants.applications.submit_application, key=one.key)  # Tuesday before National Day
    assert own.due_on == date(2026, 10, 9) and not own.due_provisional  # 30 Sep, 8 and 9 Oct
    case = await verb("2026-10-08T12:00", application_desk.read_case, kind="operator")
    assert (str(case.line.used), case.line.level) == ("1.5", "on_time")
    async with transaction() as db:
        assert one.number not in {r["number"] for r in await db.rows("select * from application_waiting(2, $1)", at("2026-10-08T23:00"))}
        assert one.number in {r["number"] for r in await db.rows("select * from application_waiting(2, $1)", at("2026-10-09T00:00"))}
        assert one.number not in {r["number"] for r in await db.rows("select * from application_waiting(2, $1)", at("2026-10-09T09:00"))}  # once
    case = await verb("2026-10-09T09:00", application_desk.read_case, kind="operator")
    assert (str(case.line.used), case.line.level) == ("2.3", "amber")
    await verb("2026-10-09T12:00", application_desk.return_application, kind="operator", reason="请补签字。")
    case = await verb("2026-10-15T12:00", application_desk.read_case, kind="operator")
    assert (str(case.line.used), case.line.level) == ("2.5", "stopped")  # 30 Sep, 8 Oct and half of 9 Oct; nothing since
    own = await verb("2026-10-16T09:00", tenants.applications.submit_application, key=one.key)  # Friday
    assert own.due_on == date(2026, 10, 19)  # two whole days are used: one is left
    case = await verb("2026-10-20T00:30", application_desk.read_case, kind="operator")
    assert case.line.level == "overdue"
    with pytest.raises(Problem) as caught:
        await verb("2026-10-20T09:00", application_desk.return_application, kind="operator", reason="")
    assert caught.value.code == "INVALID"


async def test_a_deadline_into_an_unknown_year_is_provisional_and_moves_with_the_calendar(desk: Desk) -> None:
    one = await desk.begin()
    await one.upload(await one.stamped())
    clock.freeze(at("2026-12-30T10:00"))
    async with act(None) as ctx:
        own = await tenants.applications.submit_application(ctx, UUID(one.id), one.key)
    clock.unfreeze()
    assert (own.due_on, own.due_provisional) == (date(2027, 1, 4), True)  # 31 December, Friday 1 and Monday 4 January by weekdays
    answer = await desk.ops("PUT", "/api/v1/ops/work-days/2027-01-01", "ops_data", json={"working": False, "note": "元旦放假通知"})
    assert answer.status_code == 200 and answer.json()["overridden"], answer.text
    assert (await one.get())["due_on"] == "2027-01-05"
    year = (await desk.ops("GET", "/api/v1/ops/work-days", params={"year": 2027})).json()
    assert not year["known"] and len(year["days"]) == 365
    assert (await desk.ops("POST", "/api/v1/ops/work-days/2027/confirm", "ops_data")).json()["known"]
    own2 = await one.get()
    assert (own2["due_on"], own2["due_provisional"]) == ("2027-01-05", False)
    await desk.db.execute("delete from work_year where year = 2027")
    await desk.db.execute("delete from work_day where day = '2027-01-01'")


@pytest.mark.parametrize("day", ["2027-13-01", "tomorrow", "2027-02-30"])
async def test_a_day_that_is_none_is_not_found(desk: Desk, day: str) -> None:
    assert (await desk.ops("PUT", f"/api/v1/ops/work-days/{day}", "ops_data", json={"working": True, "note": "依据"})).status_code == 404


async def test_old_drafts_go_with_their_files(desk: Desk) -> None:
    one = await desk.begin()
    await one.upload(await one.stamped())
    await desk.db.execute("update application set updated_at = now() - interval '61 days' where id = $1", UUID(one.id))
    async with transaction() as db:
        assert await db.value("select application_night(now(), 60)") == 1
    assert await desk.row(one) is None
    assert await desk.db.fetchval("select count(*) from file_blob where name like $1", f"申请表-{one.number}%") == 0


async def test_the_reviewers_hear_once_of_what_has_used_two_days(desk: Desk) -> None:
    from notices.schedules import escalate_applications

    one = await desk.submitted()
    await desk.db.execute("update application set submitted_at = now() - interval '12 days' where id = $1", UUID(one.id))
    for _ in range(2):
        async with transaction() as db:
            await escalate_applications(db)
    told = await desk.db.fetch("select * from notice where object_id = $1 and kind = 'application.waiting'", one.id)
    assert {r["person_id"] for r in told} >= {desk.reviewer.person} and len({r["person_id"] for r in told}) == len(told)
    assert one.number in told[0]["text"] and told[0]["link"] == f"/ops/applications/{one.id}" and told[0]["sms"] == "none"
    queue = (await desk.ops("GET", OPS, params={"state": "amber", "page_size": 100})).json()
    assert one.number in [i["number"] for i in queue["items"]]


async def test_two_operators_decide_at_once_and_one_of_them_wins(desk: Desk) -> None:
    one = await desk.submitted()
    second = await desk.world.add("op second", PLATFORM_ORG, "ops_reviewer", "operator")
    answers = await asyncio.gather(
        desk.approve(one), desk.approve(one, second), desk.ops("POST", f"{OPS}/{one.id}/reject", second, json={"reason": "不予通过"})
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    grants = await desk.db.fetchval("select count(*) from delegation where application_id = $1", UUID(one.id))
    assert grants == (1 if (await desk.row(one))["state"] == "approved" else 0)


async def test_the_same_application_sent_twice_at_once_is_one(desk: Desk) -> None:
    facts = await desk.fill()
    answers = await asyncio.gather(*(desk.web.post(BASE, json=facts) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [201, 422, 422, 422, 422]  # the code is good for one


async def test_a_refused_application_keeps_its_outcome_for_ever_and_the_person_for_90_days(desk: Desk) -> None:
    one = await desk.submitted()
    assert (await desk.ops("POST", f"{OPS}/{one.id}/reject", json={"reason": "公章与企业名称不符。"})).status_code == 200
    async with transaction() as db:
        await db.value("select application_night(now(), 60)")
    assert (await desk.row(one))["id_no_sealed"] is not None
    await desk.db.execute("update application set decided_at = now() - interval '91 days' where id = $1", UUID(one.id))
    async with transaction() as db:
        assert await db.value("select application_night(now(), 60)") == 1
    row = await desk.row(one)
    assert row["erased_at"] and not any(row[c] for c in row.keys() if c.endswith(("_sealed", "_masked")))
    assert (row["state"], row["decision_reason"]) == ("rejected", "公章与企业名称不符。")
    assert await desk.db.fetchval("select count(*) from application_index where application_id = $1", UUID(one.id)) == 0
    assert await desk.db.fetchval("select count(*) from file_blob where name like $1", f"申请表-{one.number}%") == 0
    case = await desk.ops("GET", f"{OPS}/{one.id}")
    assert case.status_code == 200 and case.json()["pages"] == 0
    assert (await desk.ops("GET", f"{OPS}/{one.id}/pages/1.png")).status_code == 404


async def test_a_person_who_is_forgotten_is_forgotten_here_too(desk: Desk) -> None:
    one = await desk.submitted()
    assert (await desk.approve(one)).status_code == 200
    waiting = await desk.submitted(phone=one.facts["phone"], id_no=one.facts["id_no"])
    who = await desk.world.add("forgotten", None, None)
    await desk.db.execute(
        "insert into person_index (kind, idx, key_id, person_id) values ('phone', $1, $2, $3)",
        blind_index("phone", f"+86{one.facts['phone']}"), key_id(), who.person,
    )  # fmt: skip
    await desk.db.execute("insert into deletion_request (person_id, requested_at, due_at) values ($1, now(), now())", who.person)
    await desk.db.execute("update deletion_request set done_at = now() where person_id = $1", who.person)
    assert (await desk.row(one))["phone_sealed"] is None and (await desk.row(one))["state"] == "approved"
    assert await desk.row(waiting) is None
