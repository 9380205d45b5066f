"""The registry of enterprises (V6, V7): rows checked, the same file twice, masked numbers, another representative, the operator's page."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import pytest

from core.clock import beijing_today, utc_now
from core.crypto import seal
from core.errors import Invalid
from core.ids import new_id
from tenants.registry import check_rows, read_csv
from tests.identity.conftest import Load
from tests.identity.people import HEADINGS, Legal
from tests.security.world import World, build

FACE, OPS = "/api/v1/auth/face", "/api/v1/ops/registry"


def table(*rows: Legal) -> list[list[str]]:
    return [HEADINGS, *(r.cells() for r in rows)]


def test_rows_with_errors_are_named_and_left_out() -> None:
    good = Legal()
    bad = [
        Legal(uscc="91440112Y00000016P"), Legal(number="440106199001010014"), Legal(status="不知道"), Legal(legal="陈"), Legal(firm="x"),
        Legal(number="E1", kind="护照"), good,
    ]  # fmt: skip
    rows, errors, count = check_rows(table(good, *bad), beijing_today())
    assert [r.uscc for r in rows] == [good.uscc] and count == 8
    assert [(e.path, e.code) for e in errors] == [
        ("第 3 行 统一社会信用代码", "USCC_CHECK"), ("第 4 行 法定代表人证件号码", "ID_CHECK"), ("第 5 行 登记状态", "CHOICE"), ("第 6 行 法定代表人", "NAME"),
        ("第 7 行 企业名称", "NAME"), ("第 8 行 法定代表人证件号码", "ID_FORM"), ("第 9 行 统一社会信用代码", "DOUBLE"),
    ]  # fmt: skip
    assert not any(b.number in e.message for b in bad for e in errors)


def test_headings_are_needed() -> None:
    for given in ([], [["a"]], [HEADINGS[:3]]):
        with pytest.raises(Invalid) as refused:
            check_rows(given, beijing_today())
        assert refused.value.errors[0].code == "HEADINGS"


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_usual_encodings(coding: str) -> None:
    who = Legal()
    text = "\r\n".join(",".join(r) for r in table(who))
    rows, errors, _ = check_rows(read_csv(text.encode(coding)), beijing_today())
    assert not errors and rows[0].legal_name == who.legal and rows[0].id_no == who.number


def test_other_documents_have_no_check_character() -> None:
    """rule V9."""
    rows, errors, _ = check_rows(table(Legal(number="ｅ１２３４５６７８", kind="护照")), beijing_today())
    assert not errors and rows[0].id_no == "E12345678"


async def test_the_same_file_again_changes_nothing(load: Load, migrator: Any) -> None:
    rows = [Legal(), Legal(), Legal(number="")]
    trial = await load(*rows, dry_run=True)
    assert (trial.rows, trial.added) == (3, 3) and await migrator.fetchval("select count(*) from enterprise_registry where uscc = $1", rows[0].uscc) == 0
    first = await load(*rows)
    assert (first.added, first.changed, first.unchanged, first.masked) == (3, 0, 0, 1)
    before = await migrator.fetch("select uscc, version, imported_at from enterprise_registry order by uscc")
    again = await load(*rows)
    assert (again.added, again.changed, again.unchanged, again.representatives) == (0, 0, 3, 0)
    assert await migrator.fetch("select uscc, version, imported_at from enterprise_registry order by uscc") == before
    renamed = await load(rows[0].but(firm="改了名的登记有限公司"))
    assert (renamed.changed, renamed.representatives) == (1, 0)


async def test_a_masked_number_does_not_wipe_a_known_one(load: Load, migrator: Any) -> None:
    who = Legal()
    await load(who)
    made = await load(who.but(number="4401**********0000"))
    assert made.unchanged == 1
    assert await migrator.fetchval("select legal_idx is not null from enterprise_registry where uscc = $1", who.uscc)


async def enter(http: httpx.AsyncClient, held: dict[str, str], uscc: str) -> httpx.Response:
    return await http.post(f"{FACE}/enter", json={**held, "uscc": uscc})


async def test_another_representative(http: httpx.AsyncClient, load: Load, verified: Any, claimed: Any, migrator: Any) -> None:
    """rule V7: the former one is out at his next request, agents stay 30 days, both are told, the new one goes in."""
    old = Legal()
    await load(old)
    signed = (await enter(http, await verified(old), old.uscc)).json()
    firm, bearer = UUID(signed["active_organisation"]), {"Authorization": f"Bearer {signed['access_token']}"}
    assert (await http.get("/api/v1/organisation/agents", headers=bearer)).status_code == 200
    agent = await an_agent(migrator, firm, beijing_today() + timedelta(days=300))
    new = old.but(legal="欧阳新", number=Legal().number)
    made = await load(new)
    assert made.representatives == 1
    refused = await http.get("/api/v1/organisation/agents", headers=bearer)
    assert refused.status_code == 403 and refused.json()["code"] == "NO_MEMBERSHIP"
    assert await migrator.fetchval("select valid_to from delegation where id = $1", agent) == beijing_today() + timedelta(days=30)
    told = await migrator.fetch("select kind from notice where tenant_id = $1 order by kind", firm)
    assert [r["kind"] for r in told] == ["legal.agents", "legal.ended"]
    # the former one is no longer matched, the new one is, and nothing of the firm changed
    former = await claimed(old)
    assert former["enterprises"] == [] and former["signed_in"]["organisations"] == []
    entered = await enter(http, await verified(new), new.uscc)
    assert entered.json()["active_organisation"] == str(firm)
    assert (await load(new)).representatives == 0


async def an_agent(migrator: Any, firm: UUID, until: Any, who: Legal | None = None) -> UUID:
    from core.crypto import blind_index, key_id

    row, now = new_id(), utc_now()
    person = new_id() if who is None else None
    name = who.legal if who else "周致远"
    await migrator.execute(
        "insert into delegation (tenant_id, id, person_id, scopes, valid_from, valid_to, origin, firm_name, agent_name_masked,"
        " agent_name_sealed, id_type, id_no_masked, id_no_sealed, phone_masked, phone_sealed, created_at, updated_at)"
        " values ($1, $2, $3, '{file}', $4, $5, 'app', '企业', '周*远', $6, 'resident_id', '440***', 'x', '138****0000', 'x', $7, $7)",
        firm, row, person, beijing_today(), until, seal("delegation.agent_name", row, name), now,
    )  # fmt: skip
    if who:
        await migrator.execute(
            "insert into delegation_index (kind, idx, key_id, delegation_id, tenant_id) values ('id_number', $1, $2, $3, $4)",
            blind_index("id_number", who.number), key_id(), row, firm,
        )  # fmt: skip
    return row


async def test_agents_by_face(http: httpx.AsyncClient, load: Load, verified: Any, claimed: Any, migrator: Any) -> None:
    """rule V6: an approved agent signs in by face, for the scopes of the grant; after its last day no more."""
    owner, agent = Legal(), Legal(legal="周致远")
    await load(owner)
    firm = UUID((await enter(http, await verified(owner), owner.uscc)).json()["active_organisation"])
    row = await an_agent(migrator, firm, beijing_today() + timedelta(days=10), agent)
    held = await verified(agent)
    found = (await http.post(f"{FACE}/claim", json=held)).json()["enterprises"]
    assert [(e["uscc"], e["role"]) for e in found] == [(owner.uscc, "agent")]
    signed = (await enter(http, held, owner.uscc)).json()
    assert signed["organisations"][0]["roles"] == ["agent"] and signed["organisations"][0]["scopes"] == ["file"]
    assert signed["active_organisation"] == str(firm)
    await migrator.execute("update delegation set valid_from = $2, valid_to = $2 where id = $1", row, beijing_today() - timedelta(days=1))
    over = await claimed(agent)
    assert over["enterprises"] == [] and over["signed_in"]["organisations"] == []


async def test_somebody_else_called_himself_the_representative(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    """The registry's own goes in; the account that was there first is looked at by an operator."""
    who = Legal()
    await load(who)
    firm = UUID((await enter(http, await verified(who), who.uscc)).json()["active_organisation"])
    await migrator.execute("update membership set person_id = $2 where tenant_id = $1", firm, new_id())
    assert (await enter(http, await verified(who), who.uscc)).status_code == 200
    assert await migrator.fetchval("select count(*) from registry_task where uscc = $1 and kind = 'other_legal'", who.uscc) == 1


async def test_a_stopped_firm_stays_stopped(http: httpx.AsyncClient, load: Load, verified: Any, migrator: Any) -> None:
    who = Legal()
    await load(who)
    await enter(http, await verified(who), who.uscc)
    await migrator.execute("update organisation set status = 'suspended' where uscc = $1", who.uscc)
    answer = await enter(http, await verified(who), who.uscc)
    assert answer.status_code == 409 and answer.json()["code"] == "ORGANISATION_SUSPENDED"


# the operator's page -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def world(urls: Any) -> Any:
    import asyncpg

    from core.database import prepare_connection

    connection = await asyncpg.connect(urls.migrator)
    await prepare_connection(connection)
    await connection.execute("set row_security = off")
    yield await build(connection)
    await connection.close()


async def upload(http: httpx.AsyncClient, world: World, data: bytes, name: str, dry: bool, who: str = "ops_data") -> httpx.Response:
    token = await world.token(who)
    return await http.post(f"{OPS}?dry_run={str(dry).lower()}", files={"file": (name, data)}, headers={"Authorization": f"Bearer {token}"})


def workbook(rows: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_upload_first_a_trial_then_for_good(http: httpx.AsyncClient, world: World, kind: str) -> None:
    rows = table(Legal(firm=f"上传{kind}有限公司"), Legal(number="1"))
    data = workbook(rows) if kind == "xlsx" else "\n".join(",".join(r) for r in rows).encode()
    trial = await upload(http, world, data, f"r.{kind}", True)
    assert trial.status_code == 200, trial.text
    assert trial.json()["added"] == 1 and trial.json()["rows"] == 2 and len(trial.json()["errors"]) == 1
    done = await upload(http, world, data, f"r.{kind}", False)
    assert done.json()["added"] == 1 and (await upload(http, world, data, f"r.{kind}", False)).json()["unchanged"] == 1
    token = await world.token("ops_reviewer")
    listed = await http.get(OPS, params={"q": f"上传{kind}"}, headers={"Authorization": f"Bearer {token}"})
    assert listed.json()["total"] == 1 and listed.json()["items"][0]["legal_name_masked"] == "区*远" and listed.json()["items"][0]["state"] == "active"


@pytest.mark.parametrize(("data", "code"), [(b"a,b\n1,2", "INVALID"), (b"PK\x03\x04 no workbook", "WORKBOOK_REFUSED"), (b"", "INVALID"), (b"\xff\xfe\x00\xd8", "INVALID")])
async def test_odd_files_are_refused_with_a_reason(http: httpx.AsyncClient, world: World, data: bytes, code: str) -> None:
    answer = await upload(http, world, data, "x.csv", True)
    assert answer.status_code == 422 and answer.json()["code"] == code, answer.text


async def test_too_many_rows_are_led_to_the_command_line(http: httpx.AsyncClient, world: World) -> None:
    text = "\n".join([",".join(HEADINGS), *(["a,b,c,d,e,f"] * 5001)])
    answer = await upload(http, world, text.encode(), "x.csv", True)
    assert answer.json()["code"] == "TOO_MANY_ROWS" and "import-registry" in answer.json()["detail"]


async def test_only_who_may(http: httpx.AsyncClient, world: World) -> None:
    for who, status in (("ops_reviewer", 403), ("secadmin", 403), ("legal A", 401)):
        assert (await upload(http, world, b"x", "x.csv", True, who)).status_code == status


async def test_a_masked_claim_is_confirmed_by_a_person(http: httpx.AsyncClient, world: World, load: Load, verified: Any) -> None:
    """After that the representative signs in by himself."""
    who = Legal()
    await load(who.but(number="4401**********0013"))
    assert (await enter(http, await verified(who), who.uscc)).status_code == 403
    headers = {"Authorization": f"Bearer {await world.token('ops_data')}"}
    task = next(t for t in (await http.get(f"{OPS}/tasks", headers=headers)).json()["items"] if t["uscc"] == who.uscc)
    assert task["kind"] == "masked" and "脱敏" in task["text"] and who.legal not in str(task)
    assert (await http.post(f"{OPS}/tasks/{task['id']}/close", json={"outcome": "maybe"}, headers=headers)).status_code == 422
    closed = await http.post(f"{OPS}/tasks/{task['id']}/close", json={"outcome": "confirmed", "note": "电话核实"}, headers=headers)
    assert closed.status_code == 200
    assert (await http.post(f"{OPS}/tasks/{task['id']}/close", json={}, headers=headers)).status_code == 404
    assert (await enter(http, await verified(who), who.uscc)).status_code == 200


