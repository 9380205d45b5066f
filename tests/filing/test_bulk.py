"""One workbook for many firms (S9, issue part 4): dry run, one transaction for each firm, the same file twice, kill and resume."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import openpyxl
import pytest

import auth
import documents
import filing
import filing.jobs
import tenants
from core import limits
from core.database import transaction
from core.ids import new_id
from core.jobs import run_job
from tests.auth.people import fresh_phone, person, sign_in
from tests.documents import hostile
from tests.filing.wire import Reply, send
from tests.filing.world import ELECTRICITY, GAS, E, Firm, G, make_firm
from tests.tenants.test_delegation import wanted

MONTH = "2026-10"
Fill = Callable[[Any], None]


@dataclass(slots=True)
class Desk:
    """An agent who is signed in, and his firms with two energies each."""

    who: auth.Created
    token: str
    firms: list[Firm]
    grants: list[UUID]
    migrator: asyncpg.Connection
    names: dict[UUID, str] = field(default_factory=dict)

    async def workbook(self, fill: Fill | None = None, firms: list[Firm] | None = None) -> bytes:
        """The downloaded workbook, typed into."""
        body = {"month": MONTH, "organisation_ids": [str(f.id) for f in firms or self.firms]}
        reply = await self.send("POST", "/api/v1/agent/bulk/workbook", body)
        assert reply.status == 200, reply.json
        book = openpyxl.load_workbook(io.BytesIO(reply.body))
        if fill:
            fill(book["批量填报"])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        return await send(SimpleNamespace(token=self.token), method, path, body, **more)  # type: ignore[arg-type]

    async def upload(self, data: bytes, *, dry: bool) -> Reply:
        return await self.send("POST", "/api/v1/agent/bulk", query={"dry_run": str(dry).lower()}, file=data)

    async def work(self) -> None:
        """What a worker does with the firms' jobs."""
        for row in await self.migrator.fetch(
            "select tenant_id, id from outbox where kind = 'filing.bulk' and state = 'queued' and tenant_id = any ($1) order by created_at", [f.id for f in self.firms]
        ):
            await run_job(row["tenant_id"], row["id"])

    async def confirm(self, data: bytes) -> Reply:
        """Send, work, look."""
        sent = await self.upload(data, dry=False)
        assert sent.status == 200, sent.json
        await self.work()
        return await self.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])

    def state(self, reply: Reply) -> list[str]:
        """State of each firm in the order of ``firms``, others behind."""
        found = {r["organisation_id"]: r["state"] for r in reply.json["rows"]}
        return [found.pop(str(f.id), "absent") for f in self.firms if str(f.id) in found] + sorted(found.values())

    async def months(self) -> list[tuple[int, Decimal]]:
        """Live versions of the month by firm."""
        rows = await self.migrator.fetch(
            "select h.version, m.co2_total from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id"
            " where h.tenant_id = any ($1) and h.period = 202610 and h.state = 'submitted' order by array_position($1, h.tenant_id)",
            [f.id for f in self.firms],
        )
        return [(r["version"], r["co2_total"]) for r in rows]


def typed(amounts: dict[str, dict[str, Any]] | None = None, each: tuple[Any, Any] = (10, 2), **columns: Any) -> Fill:
    """Types ``each`` (electricity, gas) into every firm's rows; ``amounts`` by firm name for others."""

    def fill(sheet: Any) -> None:
        for row in range(5, sheet.max_row + 1):
            name, label = sheet.cell(row, 3).value, sheet.cell(row, 5).value
            own = (amounts or {}).get(name, {})
            sheet.cell(row, 9).value = own.get(label, each[0] if label == "电力" else each[1])
            if "reason" in own:
                sheet.cell(row, 10).value = own["reason"]
            if own.get("replace"):
                sheet.cell(row, 11).value = "替换"

    return fill


@pytest.fixture
async def desk(migrator: asyncpg.Connection, database: str, reader: documents.Renderer) -> Desk:
    """An agent for three firms."""
    limits._windows.clear()  # the clock stands still here, and with it the windows of the limits
    firms = [await make_firm(migrator) for _ in range(3)]
    phone = fresh_phone()
    who = await person(phone=phone)
    grants = []
    for firm in firms:
        async with firm.act("legal") as ctx:
            grants.append((await tenants.add_agent(ctx, wanted(phone, scopes=["file"]))).id)
        await firm.set_template(202601, ELECTRICITY, GAS)
    signed = await sign_in(who)
    made = Desk(who, signed.access_token, firms, grants, migrator)
    for firm in firms:
        made.names[firm.id] = await migrator.fetchval("select name from organisation where id = $1", firm.id)
    return made


async def test_the_workbook_guides(desk: Desk) -> None:
    """A row for each firm and item, hidden ids, locked names, drop-downs, last month beside, the draft filled in."""
    first = desk.firms[0]
    await first.submit(first.typed("2026-09", {E: "8", G: "1.5"}))
    async with first.act("filler") as ctx:
        await filing.save_draft(ctx, MONTH, 0, {"values": [{"item_id": str(first.items[E]), "amount": "9"}]})
    book = openpyxl.load_workbook(io.BytesIO(await desk.workbook()))
    sheet = book["批量填报"]
    assert sheet.protection.sheet and book["_meta"].sheet_state == "veryHidden"
    assert sheet.row_dimensions[3].hidden and sheet.column_dimensions["A"].hidden and sheet.column_dimensions["B"].hidden
    assert sheet.max_row == 10
    assert [sheet.cell(5, c).value for c in (3, 5, 7, 8, 9)] == [desk.names[first.id], "电力", 8, "万kWh", 9]
    assert sheet.cell(5, 3).protection.locked and not sheet.cell(5, 9).protection.locked
    assert sheet.cell(5, 4).value.endswith("********")  # the code is masked
    assert len([v for v in sheet.data_validations.dataValidation if v.type == "list"]) == 3  # two dimensions of units, replace or not


async def test_a_dry_run_shows_every_firm_and_stores_nothing(desk: Desk) -> None:
    from tests.security.world import fingerprint

    ids = [f.id for f in desk.firms]
    data = await desk.workbook(typed({desk.names[ids[1]]: {"天然气": None}}))
    before = await fingerprint(desk.migrator, ids)
    reply = await desk.upload(data, dry=True)
    assert reply.status == 200 and reply.json["id"] is None
    assert desk.state(reply) == ["ok", "error", "ok"]
    rows = {r["organisation_id"]: r for r in reply.json["rows"]}
    assert Decimal(rows[str(ids[0])]["co2_t"]) > 0 and rows[str(ids[0])]["month"] == MONTH
    (fault,) = rows[str(ids[1])]["errors"]
    assert (fault["path"], fault["code"]) == ("I8", "REQUIRED") and "第 8 行" in fault["message"] and "填 0" in fault["message"]
    assert await fingerprint(desk.migrator, ids) == before


async def test_confirming_files_the_good_ones_and_leaves_the_others(desk: Desk) -> None:
    data = await desk.workbook(typed({desk.names[desk.firms[1].id]: {"电力": -1}}))
    done = await desk.confirm(data)
    assert desk.state(done) == ["ok", "error", "ok"] and done.json["done"] == done.json["total"] == 3
    dry = {r["organisation_id"]: r["co2_t"] for r in done.json["rows"]}
    assert await desk.months() == [(1, Decimal(dry[str(desk.firms[0].id)])), (1, Decimal(dry[str(desk.firms[2].id)]))]
    name = await desk.migrator.fetchval("select submitted_by_name from inventory_month where tenant_id = $1", desk.firms[0].id)
    assert name == "周*远（代理人）"
    said = await desk.migrator.fetchval(
        "select count(*) from audit_log where tenant_id = $1 and action = 'filing.submitted' and person_id = $2", desk.firms[0].id, desk.who.person_id
    )
    assert said == 1


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    data = await desk.workbook(typed())
    assert desk.state(await desk.confirm(data)) == ["ok", "ok", "ok"]
    before = await desk.months()
    assert desk.state(await desk.upload(data, dry=True)) == ["unchanged"] * 3
    assert desk.state(await desk.confirm(data)) == ["unchanged"] * 3
    assert await desk.months() == before and [v for v, _ in before] == [1, 1, 1]


async def test_sent_twice_before_the_worker_comes_it_is_filed_once(desk: Desk) -> None:
    data = await desk.workbook(typed())
    sent = [await desk.upload(data, dry=False) for _ in range(2)]
    assert all(desk.state(s) == ["waiting"] * 3 for s in sent)
    jobs = await desk.migrator.fetch("select tenant_id, id from outbox where kind = 'filing.bulk' and state = 'queued' and tenant_id = any ($1)", [f.id for f in desk.firms])
    await asyncio.gather(*(run_job(j["tenant_id"], j["id"]) for j in jobs))
    await desk.work()
    looked = [await desk.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=s.json["id"]) for s in sent]
    found = sorted(state for reply in looked for state in desk.state(reply))
    assert found == ["ok"] * 3 + ["unchanged"] * 3
    assert [v for v, _ in await desk.months()] == [1, 1, 1]


async def test_a_firm_outside_the_delegation_is_refused_and_the_others_proceed(desk: Desk) -> None:
    data = await desk.workbook(typed())
    async with desk.firms[1].act("legal") as ctx:
        await tenants.end_agent(ctx, desk.grants[1])
    dry = await desk.upload(data, dry=True)
    assert desk.state(dry) == ["ok", "ok", "refused"]
    refused = next(r for r in dry.json["rows"] if r["state"] == "refused")
    assert refused["organisation_id"] is None and "代理范围" in refused["errors"][0]["message"]
    done = await desk.confirm(data)
    assert desk.state(done) == ["ok", "ok", "refused"]
    assert len(await desk.months()) == 2


async def test_a_foreign_id_in_the_hidden_column_is_refused_like_one_that_does_not_exist(desk: Desk, migrator: asyncpg.Connection) -> None:
    other = await make_firm(migrator)
    await other.set_template(202601, ELECTRICITY, GAS)

    def swap(key: str) -> Fill:
        def fill(sheet: Any) -> None:
            typed()(sheet)
            for row in (5, 6):
                sheet.cell(row, 1).value = key

        return fill

    answers = []
    for key in (str(other.id), str(new_id()), "x"):
        reply = await desk.upload(await desk.workbook(swap(key)), dry=True)
        row = next(r for r in reply.json["rows"] if r["state"] == "refused")
        answers.append((desk.state(reply), row["organisation"], row["organisation_id"]))
    assert answers == [(["ok", "ok", "refused"], desk.names[desk.firms[0].id], None)] * 3


async def test_revoked_between_sending_and_filing_nothing_is_filed(desk: Desk) -> None:
    sent = await desk.upload(await desk.workbook(typed()), dry=False)
    async with desk.firms[0].act("legal") as ctx:
        await tenants.end_agent(ctx, desk.grants[0])
    await desk.work()
    done = await desk.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])
    assert desk.state(done) == ["refused", "ok", "ok"] and len(await desk.months()) == 2


async def test_without_the_scope_to_file_a_firm_is_refused(desk: Desk) -> None:
    data = await desk.workbook(typed())
    async with desk.firms[2].act("legal") as ctx:
        agent = (await tenants.list_agents(ctx)).items[0]
        await tenants.change_agent(ctx, agent.id, scopes=["read", "report"], valid_to=agent.valid_to, version=agent.version)
    reply = await desk.upload(data, dry=True)
    assert desk.state(reply) == ["ok", "ok", "refused"]
    ask = await desk.send("POST", "/api/v1/agent/bulk/workbook", {"month": MONTH, "organisation_ids": [str(f.id) for f in desk.firms]})
    assert (ask.status, ask.paths) == (422, {"organisation_ids[2]": "NOT_YOURS"})


async def test_a_month_filed_before_asks_for_the_choice_to_replace(desk: Desk) -> None:
    first = desk.firms[0]
    await first.submit(first.typed(MONTH, {E: "10", G: "1"}))
    name = desk.names[first.id]
    reply = await desk.upload(await desk.workbook(typed()), dry=True)
    (fault,) = next(r for r in reply.json["rows"] if r["state"] == "error")["errors"]
    assert (fault["path"], fault["code"]) == ("K6", "MONTH_ALREADY_FILED") and "原为 1" in fault["message"]
    done = await desk.confirm(await desk.workbook(typed({name: {"replace": True}})))
    assert desk.state(done) == ["ok", "ok", "ok"]
    assert (await desk.months())[0][0] == 2


async def test_an_odd_value_asks_for_a_reason_at_its_cell(desk: Desk) -> None:
    first = desk.firms[0]
    for month in ("2026-07", "2026-08", "2026-09"):
        await first.submit(first.typed(month, {E: "10", G: "2"}))
    name = desk.names[first.id]
    reply = await desk.upload(await desk.workbook(typed({name: {"电力": 50}})), dry=True)
    (fault,) = next(r for r in reply.json["rows"] if r["state"] == "error")["errors"]
    assert (fault["path"], fault["code"]) == ("J5", "RATIO")
    done = await desk.confirm(await desk.workbook(typed({name: {"电力": 50, "reason": "新增一条生产线"}})))
    assert desk.state(done) == ["ok", "ok", "ok"]
    answers = await desk.migrator.fetchval("select answers from inventory_month where tenant_id = $1 and period = 202610", first.id)
    assert answers[0]["answer"] == "新增一条生产线"


async def test_a_firm_left_blank_is_not_touched(desk: Desk) -> None:
    name = desk.names[desk.firms[0].id]
    reply = await desk.upload(await desk.workbook(typed({name: {"电力": None, "天然气": None}})), dry=True)
    row = next(r for r in reply.json["rows"] if r["organisation"] == name)
    assert (row["state"], row["errors"][0]["code"]) == ("unchanged", "BLANK")


async def test_process_lines_of_the_draft_stay(desk: Desk) -> None:
    first = desk.firms[0]
    async with first.act("filler") as ctx:
        await filing.save_draft(ctx, MONTH, 0, {"values": [], "process": [{"name": "石灰石分解", "co2": "3.5", "note": ""}]})
    done = await desk.confirm(await desk.workbook(typed()))
    rows = {r["organisation_id"]: Decimal(r["co2_t"]) for r in done.json["rows"]}
    assert rows[str(first.id)] - rows[str(desk.firms[1].id)] == Decimal("3.5")


async def test_a_changed_template_asks_for_a_new_workbook(desk: Desk) -> None:
    data = await desk.workbook(typed())
    await desk.firms[0].set_template(202610, ELECTRICITY)
    reply = await desk.upload(data, dry=True)
    row = next(r for r in reply.json["rows"] if r["state"] == "error")
    assert row["errors"][0]["code"] == "OLD_TEMPLATE"


@pytest.mark.parametrize(("value", "word"), [("abc", "数字"), ("1.2345678", "小数"), (-3, "负数")])
async def test_cells_are_named(desk: Desk, value: Any, word: str) -> None:
    name = desk.names[desk.firms[0].id]
    reply = await desk.upload(await desk.workbook(typed({name: {"电力": value}})), dry=True)
    (fault,) = next(r for r in reply.json["rows"] if r["state"] == "error")["errors"]
    assert fault["path"] == "I5" and word in fault["message"]


async def test_a_worker_that_dies_leaves_no_half_firm_and_the_rest_goes_on(desk: Desk) -> None:
    """The connection is cut in the middle of one firm's transaction: that firm is as before, its job runs again."""
    sent = await desk.upload(await desk.workbook(typed()), dry=False)
    jobs = await desk.migrator.fetch("select tenant_id, id from outbox where kind = 'filing.bulk' and tenant_id = any ($1) order by array_position($1, tenant_id)", [f.id for f in desk.firms])
    await run_job(jobs[0]["tenant_id"], jobs[0]["id"])
    with pytest.raises(asyncpg.PostgresError):
        async with transaction() as db:
            await db.row("select * from enter_job($1, $2)", jobs[1]["tenant_id"], jobs[1]["id"])
            from core.clock import utc_now
            from core.database import Acting

            ctx = Acting(db, utc_now(), tenant_id=jobs[1]["tenant_id"], audience="job", request_id="TEST")
            line = await db.row("select object_id, payload from outbox where tenant_id = $1 and id = $2", jobs[1]["tenant_id"], jobs[1]["id"])
            assert line is not None
            await filing.bulk.file_line(ctx, line["object_id"], line["payload"])
            await db.run("select 1 / 0")  # the process is gone before COMMIT
    half = await desk.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])
    assert desk.state(half) == ["ok", "waiting", "waiting"] and half.json["done"] == 1 and len(await desk.months()) == 1
    await desk.work()
    done = await desk.send("GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])
    assert desk.state(done) == ["ok", "ok", "ok"] and [v for v, _ in await desk.months()] == [1, 1, 1]


async def test_another_persons_workbook_is_not_found(desk: Desk) -> None:
    sent = await desk.upload(await desk.workbook(typed()), dry=False)
    other = await sign_in(await person())
    reply = await send(SimpleNamespace(token=other.access_token), "GET", "/api/v1/agent/bulk/<bulk_id>", bulk_id=sent.json["id"])  # type: ignore[arg-type]
    assert reply.status == 404


async def test_a_member_who_files_may_use_it_too(desk: Desk, migrator: asyncpg.Connection) -> None:
    """Rights are those held in each firm at that moment, by membership as by agency."""
    from core.clock import beijing_date, utc_now

    own = await make_firm(migrator)
    await own.set_template(202601, ELECTRICITY, GAS)
    await tenants.bulk_members(migrator, [tenants.BulkMember(own.id, desk.who.person_id, ("filler",), "周致远", "zhou09")], utc_now(), beijing_date(utc_now()))
    desk.firms.append(own)
    assert desk.state(await desk.confirm(await desk.workbook(typed()))) == ["ok"] * 4


@pytest.mark.parametrize("maker", [hostile.rows_bomb, hostile.cell_bomb, hostile.lying_size, hostile.overlapping, hostile.members, hostile.encrypted, hostile.honest, lambda: b"x"])
async def test_hostile_and_foreign_files_are_refused_with_a_reason(desk: Desk, maker: Callable[[], bytes]) -> None:
    for dry in (True, False):
        reply = await desk.upload(maker(), dry=dry)
        assert reply.status == 422 and reply.json["detail"] and reply.paths["file"] in ("WORKBOOK_REFUSED", "WRONG_SHEET")


async def test_the_running_month_and_unknown_firms_are_refused(desk: Desk) -> None:
    ask = await desk.send("POST", "/api/v1/agent/bulk/workbook", {"month": "2026-11", "organisation_ids": [str(desk.firms[0].id)]})
    assert (ask.status, ask.paths) == (422, {"month": "MONTH_NOT_ENDED"})
    ask = await desk.send("POST", "/api/v1/agent/bulk/workbook", {"month": MONTH, "organisation_ids": [str(new_id())]})
    assert (ask.status, ask.paths) == (422, {"organisation_ids[0]": "NOT_YOURS"})
    ask = await desk.send("POST", "/api/v1/agent/bulk/workbook", {"month": MONTH, "organisation_ids": []})
    assert ask.status == 422


async def test_a_session_that_ended_files_nothing(desk: Desk) -> None:
    data = await desk.workbook(typed())
    await desk.migrator.execute("update session set revoked_at = now() where account_id = $1", desk.who.account_id)
    for dry in (True, False):
        assert (await desk.upload(data, dry=dry)).status == 401


async def test_an_amount_finer_than_its_item_takes_is_said_at_the_cell(desk: Desk) -> None:
    """FD7: the firm with whole numbers is refused at its cell, the others are filed."""
    first = desk.firms[0]
    async with first.act() as ctx:
        edits = [filing.ItemEdit(first.items[k], *kind, None, "", "UNASSIGNED", 0, None) for k, kind in ((E, ELECTRICITY), (G, GAS))]
        await filing.set_template(ctx, 202601, first.version, edits)
    done = await desk.confirm(await desk.workbook(typed(each=(10.5, 2))))
    assert desk.state(done) == ["error", "ok", "ok"]
    (fault,) = next(r for r in done.json["rows"] if r["organisation_id"] == str(first.id))["errors"]
    assert (fault["path"], fault["code"]) == ("I5", "PRECISION") and "只填整数，现为 10.5" in fault["message"]
