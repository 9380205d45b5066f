"""The whole way of green finance through the API alone: a firm files a year and makes its reports, an agency finds an error, the firm
corrects it, the agency signs, the firm lets a bank read for ninety days, the manager reads, the firm takes the consent back and the
manager's next click is refused. Six people, each with a session and rights of their own; nothing is called but routes.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import auth
import documents
import tenants
from bench.world import Firm as Person
from bench.world import sign_in
from core import clock, jobs
from core.clock import utc_now
from core.ids import PLATFORM_ORG, new_id
from core.postgres import Urls
from tests.cases.world import make_agency
from tests.filing.wire import Reply, send
from tests.filing.world import make_firm, uscc
from tests.grading.world import put_benchmark

YEAR = 2025


class Story:
    """People by name, and the way they call."""

    def __init__(self, migrator: asyncpg.Connection) -> None:
        self.migrator = migrator
        self.people: dict[str, Person] = {}

    async def call(self, who: str, method: str, path: str, body: Any = None, *, expect: int = 200, **places: Any) -> Any:
        """Send as ``who``; a fresh proof is given where the answer asks for one. Returns the answer's JSON (or bytes of a file)."""
        filled = {k: str(v) for k, v in places.items()}
        query = filled.pop("query", None)
        key = new_id().hex if method != "GET" else None
        more: dict[str, Any] = {"key": key, "query": dict(p.split("=") for p in query.split("&")) if query else None}
        reply = await send(self.people[who], method, path, body, **more, **filled)
        if reply.status == 403 and reply.json["code"] == "STEP_UP_REQUIRED":
            proof = await self.prove(self.people[who], reply)
            reply = await send(self.people[who], method, path, body, headers={"x-step-up": proof}, **more, **filled)
        assert reply.status == expect, f"{who} {method} {path}: {reply.status} {reply.json}"
        return reply.body if reply.json is None else reply.json

    async def prove(self, who: Person, asked: Reply) -> str:
        """The person proves again who he is, for exactly this operation (L20)."""
        claims, proof, now = auth.verify_access_token(who.token), new_id(), utc_now()
        await self.migrator.execute(
            "insert into step_up_proof (id, account_id, session_id, purpose, operation, factor, created_at, expires_at)"
            " select $1, account_id, id, $2, $3, 'otp', $4, $5 from session where id = $6",
            proof, asked.json["purpose"], asked.json["operation"], now, now + timedelta(minutes=5), claims.sid,
        )  # fmt: skip
        return str(proof)

    async def work(self, *organisations: UUID) -> None:
        """What the worker does meanwhile: every job of these organisations that is due (a text message of the night waits for the morning)."""
        asked = "select tenant_id, id from outbox where tenant_id = any ($1) and state = 'queued' and run_after <= now() order by created_at, id"
        done: set[UUID] = set()
        while rows := [r for r in await self.migrator.fetch(asked, list(organisations)) if r["id"] not in done]:
            for row in rows:
                done.add(row["id"])
                await jobs.run_job(row["tenant_id"], row["id"])
        failed = await self.migrator.fetch("select kind, last_error from outbox where tenant_id = any ($1) and state <> 'done' and attempts > 0", list(organisations))
        assert not failed, failed


@pytest.fixture
async def story(database: str, urls: Urls, migrator: asyncpg.Connection, renderer: documents.Renderer) -> Story:
    """The firm of C2926 with a benchmark, an agency in good standing, a bank, an operator who publishes."""
    import wiring

    wiring.register_jobs()
    made = Story(migrator)
    firm = await make_firm(migrator)
    await put_benchmark("0.6")
    agency, _, _ = await make_agency(migrator)
    bank = new_id()
    await tenants.bulk_create(migrator, [tenants.BulkOrganisation(bank, "bank", f"测试银行{bank.hex[-6:]}", uscc("440106"), "440106", None, "active")], utc_now())
    clock.unfreeze()
    for n, (name, organisation, role, audience) in enumerate(
        (
            ("legal", firm.id, "legal", "console-ent"), ("agent", agency, "agency_admin", "console-verify"),
            ("verifier", agency, "verifier", "console-verify"), ("reviewer", agency, "agency_reviewer", "console-verify"),
            ("bank admin", bank, "bank_admin", "console-bank"), ("manager", bank, "account_manager", "console-bank"),
            ("operator", PLATFORM_ORG, "ops_approver", "console-ops"),
        )
    ):  # fmt: skip
        made.people[name] = (await sign_in(urls.migrator, [organisation], role, audience, start=8_000_000 + int(firm.id.hex[-5:], 16) * 10 + n))[0]
    return made


async def file_year(story: Story) -> None:
    """Template, twelve months, operating data."""
    items = [
        {"carrier": "electricity", "use": "purchased_electricity", "unit": "10^4kWh"},
        {"carrier": "natural_gas", "use": "fuel", "unit": "10^4Nm3"},
    ]
    template = await story.call("legal", "PUT", "/api/v1/filing/template", {"first_month": f"{YEAR}-01", "version": 0, "items": items})
    ids = {i["carrier"]: i["id"] for i in template["items"]}
    for month in (f"{YEAR}-{m:02d}" for m in range(1, 13)):
        lines = [{"item_id": ids["electricity"], "amount": "42"}, {"item_id": ids["natural_gas"], "amount": "3.2"}]
        body = {
            "month_from": month, "month_to": month, "mode": "each", "replace": False, "answers": [],
            "months": [{"month": month, "lines": lines, "process": [], "green": None}],
        }  # fmt: skip
        await story.call("legal", "POST", "/api/v1/filing/submit", body)
    operating = {"version": 0, "output_value": "31250", "value_added": "8120.5", "tax": "1120.3", "staff_avg": 286}
    await story.call("legal", "PUT", "/api/v1/operating/<year>", operating, year=YEAR)


async def test_from_a_filed_year_to_a_revoked_consent(story: Story) -> None:
    firm, agency, bank = (story.people[n].tenant for n in ("legal", "verifier", "manager"))
    await file_year(story)
    report = await story.call("legal", "POST", "/api/v1/reports", {"kind": "grade", "year": YEAR}, expect=201)
    assert report["label"] == "企业自评" and report["graded"], report["reason_text"]

    # the firm hands its report to a designated agency
    text = await story.call("legal", "GET", "/api/v1/cases/consent-text", query="kind=grade")
    found = await story.call("legal", "GET", "/api/v1/agencies", query="kind=grade")
    assert str(agency) in {a["id"] for a in found["items"]}
    case = await story.call(
        "legal", "POST", "/api/v1/cases", {"kind": "grade", "year": YEAR, "agency_id": str(agency), "consent_text_sha256": text["sha256"]}, expect=201
    )
    number = case["id"]
    locked = await story.call("legal", "PUT", "/api/v1/operating/<year>", {"version": 1, "output_value": "1", "value_added": "1", "tax": "1"}, year=YEAR, expect=409)
    assert locked["code"] == "MONTH_LOCKED"

    # the agency takes it, finds an error in December's electricity and sends it back
    inbox = await story.call("agent", "GET", "/api/v1/agency/cases", query="state=new")
    assert number in {c["id"] for c in inbox["items"]}
    people = await story.call("agent", "GET", "/api/v1/agency/people", query=f"case_id={number}")
    by_role = {role: p["id"] for p in people["items"] for role in p["roles"] if p["id"] in await members(story)}
    take = {"verifier_id": by_role["verifier"], "reviewer_id": by_role["agency_reviewer"], "declaration": True}
    await story.call("agent", "POST", "/api/v1/agency/cases/<case_id>/accept", take, case_id=number)
    seen = await story.call("verifier", "GET", "/api/v1/agency/cases/<case_id>", case_id=number)
    december = next(f for s in seen["sections"] for f in s["figures"] if f["judge"] and f["period"] == f"{YEAR}-12" and f["label"].startswith("电力"))
    section = next(s["key"] for s in seen["sections"] for f in s["figures"] if f["path"] == december["path"])
    finding = {"section": section, "path": december["path"], "text": "12 月电费单为 40 万kWh，请核对。", "severity": "important"}
    seen = await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/findings", finding, case_id=number, expect=201)
    seen = await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/return", {"version": seen["version"]}, case_id=number)
    assert seen["state"] == "returned"

    # the firm corrects its filing, says so and hands over again
    template = await story.call("legal", "GET", "/api/v1/filing/template")
    ids = {i["carrier"]: i["id"] for i in template["items"]}
    lines = [{"item_id": ids["electricity"], "amount": "40"}, {"item_id": ids["natural_gas"], "amount": "3.2"}]
    body = {
        "month_from": f"{YEAR}-12", "month_to": f"{YEAR}-12", "mode": "each", "replace": True, "answers": [],
        "months": [{"month": f"{YEAR}-12", "lines": lines, "process": [], "green": None}],
    }  # fmt: skip
    await story.call("legal", "POST", "/api/v1/filing/submit", body)
    case = await story.call("legal", "GET", "/api/v1/cases/<case_id>", case_id=number)
    answer = {"choice": "correct", "text": "抄表有误，已更正。", "value": "40"}
    case = await story.call(
        "legal", "POST", "/api/v1/cases/<case_id>/findings/<finding_id>/answer", answer, case_id=number, finding_id=case["findings"][0]["id"]
    )
    case = await story.call("legal", "POST", "/api/v1/cases/<case_id>/resubmit", {"version": case["version"]}, case_id=number)
    assert [c["path"] for c in case["rounds"][-1]["changes"]].count(december["path"]) == 1

    # the agency closes the question, accepts every figure, concludes; another person signs
    finding_id = case["findings"][0]["id"]
    await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/findings/<finding_id>/close", {"accepted": True}, case_id=number, finding_id=finding_id)
    seen = await story.call("verifier", "GET", "/api/v1/agency/cases/<case_id>", case_id=number)
    keys = [f["path"] for s in seen["sections"] for f in s["figures"] if f["judge"]]
    seen = await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/amounts", {"keys": keys}, case_id=number)
    words = {"opinion": "经核查，填报数据与凭证一致，同意按核查值评级。", "verdict": "accepted", "version": seen["version"]}
    seen = await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/conclude", words, case_id=number)
    await story.call("verifier", "POST", "/api/v1/agency/cases/<case_id>/sign", {"version": seen["version"]}, case_id=number, expect=403)
    await story.call("reviewer", "POST", "/api/v1/agency/cases/<case_id>/sign", {"version": seen["version"]}, case_id=number)
    await story.work(firm, agency)
    case = await story.call("legal", "GET", "/api/v1/cases/<case_id>", case_id=number)
    assert case["state"] == "rated"
    rated = await story.call("legal", "GET", "/api/v1/reports/<report_id>", report_id=case["issued_report"]["id"])
    assert (rated["label"], rated["basis"]) == ("核查机构评级", "verified")
    assert Decimal(rated["emission"]) < Decimal(report["emission"])

    # a bank's product is published; the firm agrees that this bank reads the report for ninety days
    product = {
        "name": "绿色工厂贷", "kind": "green_loan", "regions": ["440000"], "description": "面向绿色工厂改造。", "verified_only": True, "report_age": 2,
        "min_rate": "3.35", "valid_from": f"{YEAR}-01-01", "valid_to": f"{YEAR + 3}-12-31",
    }  # fmt: skip
    made = await story.call("bank admin", "POST", "/api/v1/bank/products", product, expect=201)
    made = await story.call("bank admin", "POST", "/api/v1/bank/products/<product_id>/submit", {"version": made["version"]}, product_id=made["id"])
    await story.call("operator", "POST", "/api/v1/ops/products/<product_id>/publish", {"version": made["version"]}, product_id=made["id"])
    offers = await story.call("legal", "GET", "/api/v1/finance/products")
    assert next(o for o in offers["items"] if o["id"] == made["id"])["matched"]
    agreed = await story.call("legal", "GET", "/api/v1/finance/consent-text")
    wish = {
        "product_id": made["id"], "amount": "500", "term": 36,
        "consent": {"report_kinds": ["grade"], "years": [YEAR], "text_sha256": agreed["text_sha256"], "days": 90},
    }  # fmt: skip
    applied = await story.call("legal", "POST", "/api/v1/finance/cases", wish, expect=201)
    loan, consent = applied["case"]["id"], applied["consent"]["id"]
    await story.work(firm, bank)

    # the manager reads a page with his bank's name on it; the firm sees that he did, and takes the consent back
    desk = await story.call("manager", "GET", "/api/v1/bank/cases")
    assert loan in {c["id"] for c in desk["items"]}
    granted = await story.call("manager", "GET", "/api/v1/bank/cases/<case_id>/reports", case_id=loan)
    paper = next(r["id"] for r in granted["items"] if r["number"] == rated["number"])
    page = await story.call("manager", "GET", "/api/v1/bank/cases/<case_id>/reports/<report_id>/pages/<page>", case_id=loan, report_id=paper, page="1.png")
    assert page.startswith(b"\x89PNG")
    reads = await story.call("legal", "GET", "/api/v1/finance/consents/<consent_id>/reads", consent_id=consent)
    assert reads["total"] >= 1
    await story.call("legal", "POST", "/api/v1/finance/consents/<consent_id>/revoke", {}, consent_id=consent)
    for path, places in (
        ("/api/v1/bank/cases/<case_id>/reports/<report_id>/pages/<page>", {"report_id": paper, "page": "2.png"}),
        ("/api/v1/bank/cases/<case_id>/reports", {}),
        ("/api/v1/bank/cases/<case_id>", {}),
    ):
        refused = await story.call("manager", "GET", path, case_id=loan, expect=403, **places)
        assert "撤回授权" in refused["detail"]


async def members(story: Story) -> set[str]:
    """Memberships of the people of this story."""
    people = [p.person for p in story.people.values()]
    return {str(r["id"]) for r in await story.migrator.fetch("select id from membership where person_id = any ($1)", people)}
