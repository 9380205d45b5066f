"""The public page over HTTP: rules CC4, CC8, CC9; documents 4."""

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from api.routes.certificate_public import PublicCertificate
from core.clock import utc_now
from core.ids import new_id
from grading import Certificate, issue_for
from grading.code import make_code, new_code_id
from grading.keys import code_keys
from grading.proof import STATUS_TYPE, check
from tests.grading.test_actions import decide, propose
from tests.grading.world import acting_as, put_benchmark, year_input

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def web(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, trust_env=False, timeout=10) as client:
        yield client


async def issued(tenant: UUID | None = None, industry: str | None = None) -> Certificate:
    code = industry or f"S{int(uuid4()) % 10_000:04d}"
    if industry is None:
        await put_benchmark("0.812000", industry=code)
    async with acting_as(tenant or new_id(), "legal") as ctx:
        return await issue_for(ctx, year_input(industry_code=code), True, False)


AS_JSON = {"accept": "application/json"}


async def test_a_genuine_code(web: httpx.Client) -> None:
    made = await issued()
    page = web.get(f"/c/{made.code}", headers={"accept": "text/html"})
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "证书真实有效" in page.text and made.number in page.text and "91440112Y00000016Q" in page.text
    assert "签名校验通过" in page.text and "<script" not in page.text
    for header, value in {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
    }.items():
        assert page.headers[header] == value
    assert "0.9348" in page.text and "4820.15" not in page.text  # no amounts without opt-in (CC9)


async def test_json_by_accept(web: httpx.Client) -> None:
    made = await issued()
    found = web.get(f"/c/{made.code}", headers=AS_JSON)
    body = found.json()
    assert found.headers["content-type"] == "application/json"
    wanted = {
        "state",
        "cert_no",
        "company",
        "uscc",
        "period",
        "L",
        "K",
        "N",
        "benchmark_source",
        "grade",
        "grade_word",
        "colour",
        "mode",
        "agency",
        "issued",
        "valid_to",
        "superseded_by",
        "pdf_sha256",
        "jws",
    }
    assert wanted <= set(body)
    described = msgspec.json.decode(found.content, type=PublicCertificate)
    assert set(body) | {"E_core", "value_added"} == {f.name for f in msgspec.structs.fields(described)}
    assert (body["state"], body["K"], body["grade"], body["signature_ok"]) == ("valid", "0.9348", "C", True)
    assert not {"phone", "contact", "legal_name", "E_core", "value_added"} & set(body)
    keys = {k["kid"]: k for k in web.get("/.well-known/jwks.json").json()["keys"]}
    assert check(body["jws"], keys, utc_now())["certificate"]["K"] == "0.9348"
    assert web.get(f"/c/{made.code}/proof.jws").text.strip() == body["jws"]


async def test_hand_typed_spelling_opens_it(web: httpx.Client) -> None:
    made = await issued()
    typed = "-".join(made.code[i : i + 5] for i in range(0, 30, 5)).lower()
    assert web.get(f"/c/{typed}", headers=AS_JSON).json()["code"] == made.code


async def test_forged_and_unknown_are_one_and_the_same_404(web: httpx.Client) -> None:
    made = await issued()
    forged = made.code[:-1] + ("0" if made.code[-1] != "0" else "1")
    unknown = make_code(code_keys(), new_code_id())
    for headers in (AS_JSON, {"accept": "text/html"}):
        answers = [web.get(f"/c/{code}", headers=headers) for code in (forged, unknown, "0", "%E7%A2%B3", "A" * 300)]
        assert {a.status_code for a in answers} == {404}
        assert len({a.content for a in answers}) == 1
        assert len({tuple(sorted((k, v) for k, v in a.headers.items() if k != "x-request-id")) for a in answers}) == 1
    assert "查无此码" in web.get(f"/c/{unknown}").text


async def test_revocation_is_seen_within_five_seconds(web: httpx.Client) -> None:
    made = await issued()
    assert web.get(f"/c/{made.code}", headers=AS_JSON).json()["state"] == "valid"
    await decide(made.id, await propose(made.id, "revoke", "申报数据与凭证不符"))
    began = time.monotonic()
    while (body := web.get(f"/c/{made.code}", headers=AS_JSON).json())["state"] != "revoked":
        assert time.monotonic() - began < 5
        time.sleep(0.2)
    assert body["reason"] == "申报数据与凭证不符"
    page = web.get(f"/c/{made.code}").text
    assert "证书已撤销，请勿采信" in page and "申报数据与凭证不符" in page
    keys = {k["kid"]: k for k in web.get("/.well-known/jwks.json").json()["keys"]}
    states = check(web.get("/.well-known/certificate-status.jws").text.strip(), keys, utc_now(), STATUS_TYPE)["states"]
    assert "revoked" in states.values()


async def test_superseded_links_on(web: httpx.Client) -> None:  # CE12
    tenant = new_id()
    old = await issued(tenant)
    new = await issued(tenant)
    found = web.get(f"/c/{old.code}", headers=AS_JSON).json()
    assert found["state"] == "superseded" and found["superseded_by"] == new.url
    assert new.url in web.get(f"/c/{old.code}").text


async def test_altered_row_is_told(web: httpx.Client, migrator) -> None:  # type: ignore[no-untyped-def]
    made = await issued()
    await migrator.execute(
        'update certificate_index set content = content || \'{"grade": "A"}\' where certificate_id = $1', made.id
    )
    assert web.get(f"/c/{made.code}", headers=AS_JSON).json()["signature_ok"] is False
    assert "签名校验未通过" in web.get(f"/c/{made.code}").text


async def test_zz_thirty_bad_tries_a_minute(web: httpx.Client) -> None:
    made = await issued()
    seen = {web.get("/c/0", headers=AS_JSON).status_code for _ in range(65)}  # two windows at most
    assert seen == {404, 429}
    assert web.get(f"/c/{made.code}", headers=AS_JSON).status_code == 200  # a good code is never in the way
