"""Over the wire: statements counted at the driver, words of refusals, hostile bodies, the same key twice (architecture 4)."""

import asyncio
from typing import Any

import asyncpg
import pytest

import finance
import tenants
from api.kernel.route import REGISTRY
from bench.world import Firm as Person
from bench.world import _people
from core import postgres
from core.clock import utc_now
from tests.filing.wire import Reply, Statements, send
from tests.filing.world import Firm, make_firm
from tests.finance.test_cases import manager_of
from tests.finance.world import Bank, applied, on_shelf, put_report

_numbers = iter(range(6_000_000, 6_900_000))


async def person(urls: postgres.Urls, migrator: asyncpg.Connection, tenant: Any, role: str, audience: str) -> Person:
    """A signed-in person with a second factor."""
    return (await _people(migrator, [tenant], role, audience, next(_numbers)))[0]


async def get(who: Person, path: str, **parameters: str) -> Reply:
    return await send(who, "GET", path, **parameters)


async def test_the_inbox_takes_two_statements_and_a_case_asks_its_consent_in_one(
    firm: Firm, bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection
) -> None:
    case = (await applied(firm, (await on_shelf(bank)).id)).case
    admin = await person(urls, migrator, bank.id, "bank_admin", "console-bank")
    assert (await get(admin, "/api/v1/bank/cases")).status == 200
    async with Statements() as statements:
        assert (await get(admin, "/api/v1/bank/cases")).json["total"] == 1
    own = [s for s in statements.seen if not s.startswith(("BEGIN", "COMMIT", "select * from enter"))]
    assert len(own) == 2, statements.seen
    async with Statements() as statements:
        assert (await get(admin, "/api/v1/bank/cases/<case_id>", case_id=str(case.id))).status == 200
    asked = [s for s in statements.seen if " from consent c where" in s or s.startswith("select c.id, c.tenant_id")]
    assert len(asked) == 1 and len(statements.seen) <= 6, statements.seen  # begin, enter, case, consent, moves, commit


async def test_lists_of_the_firm_and_of_the_operator_page_in_two(firm: Firm, bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    from core.ids import PLATFORM_ORG

    await applied(firm, (await on_shelf(bank)).id)
    legal = await person(urls, migrator, firm.id, "legal", "console-ent")
    desk = await person(urls, migrator, PLATFORM_ORG, "ops_approver", "console-ops")
    for who, path in ((legal, "/api/v1/finance/cases"), (legal, "/api/v1/finance/consents"), (desk, "/api/v1/ops/products")):
        await get(who, path)
        async with Statements() as statements:
            assert (await get(who, path)).status == 200
        own = [s for s in statements.seen if not s.startswith(("BEGIN", "COMMIT", "select * from enter"))]
        assert len(own) == 2, statements.seen


HOSTILE: list[Any] = [
    None, [], "x", 1, {}, {"product_id": "x"}, {"product_id": 5, "consent": {}}, {"consent": {"report_kinds": "grade"}},
    {"product_id": "00000000-0000-4000-8000-000000000001", "consent": {"report_kinds": ["grade"], "years": ["2025"], "text_sha256": ""}},
    {"product_id": "00000000-0000-4000-8000-000000000001", "consent": {"report_kinds": ["grade"], "years": [2025], "text_sha256": ""}, "state": "approved"},
    {"product_id": "00000000-0000-4000-8000-000000000001", "amount": 5.5, "consent": {"report_kinds": ["grade"], "years": [2025], "text_sha256": ""}},
    {"product_id": "00000000-0000-4000-8000-000000000001", "amount": "NaN", "consent": {"report_kinds": ["grade"], "years": [2025], "text_sha256": ""}},
    {"product_id": "00000000-0000-4000-8000-000000000001", "term": 10**30, "consent": {"report_kinds": ["grade"], "years": [2025], "text_sha256": ""}},
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
async def test_a_hostile_application_is_422(firm: Firm, urls: postgres.Urls, migrator: asyncpg.Connection, body: Any) -> None:
    legal = await person(urls, migrator, firm.id, "legal", "console-ent")
    answer = await send(legal, "POST", "/api/v1/finance/cases", body)
    assert answer.status in (400, 422), answer.json


async def test_every_bad_value_of_a_product_is_422_with_its_path(bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    admin = await person(urls, migrator, bank.id, "bank_admin", "console-bank")
    good: dict[str, Any] = {
        "name": "产品", "kind": "green_loan", "regions": ["440100"], "description": "介绍", "valid_from": "2026-01-01", "valid_to": "2027-12-31",
    }  # fmt: skip
    assert (await send(admin, "POST", "/api/v1/bank/products", good)).status == 201
    bad: list[tuple[str, Any]] = [
        ("name", ""), ("name", None), ("name", "x" * 5000), ("kind", "loan"), ("regions", []), ("regions", ["' or 1=1 --"]), ("description", " "),
        ("valid_to", "2025-01-01"), ("valid_to", "soon"), ("min_amount", "-1"), ("min_amount", "1e3"), ("min_amount", "9" * 20), ("max_rate", "100"),
        ("min_term", 0), ("min_term", -1), ("min_term", 99999), ("min_letter", "Z"), ("report_age", 99), ("min_filing_months", -1),
        ("preferences", [{"code": "x"}]), ("preferences", [{"code": "filing_months", "value": "-"}]), ("documents", ["x" * 150]), ("version", 1),
    ]  # fmt: skip
    for field, value in bad:
        answer = await send(admin, "POST", "/api/v1/bank/products", good | {field: value})
        assert answer.status == 422, (field, value, answer.json)
        assert any(path.startswith(field) for path in answer.paths), (field, value, answer.json)
        assert all(e["message"] for e in answer.json["errors"])


async def test_no_handler_takes_an_id_it_cannot_read(firm: Firm, bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    admin = await person(urls, migrator, bank.id, "bank_admin", "console-bank")
    for path in ("/api/v1/bank/cases/<case_id>", "/api/v1/bank/products/<product_id>", "/api/v1/bank/exports/<export_id>"):
        (name,) = [p.strip("<>") for p in path.split("/") if p.startswith("<")]
        for value in ("1", "../..", "x" * 300, "00000000-0000-0000-0000-000000000000"):
            assert (await get(admin, path, **{name: value})).status == 404
    page = "/api/v1/bank/cases/<case_id>/reports/<report_id>/pages/<page>"
    case = (await applied(firm, (await on_shelf(bank)).id)).case
    for value in ("0.png", "-1.png", "１.png", "99999.png", "x", "1.png.exe"):
        answer = await get(admin, page, case_id=str(case.id), report_id=str(case.id), page=value)
        assert answer.status == 404, value


async def test_the_same_key_gives_one_product(bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    admin = await person(urls, migrator, bank.id, "bank_admin", "console-bank")
    body = {"name": "一次", "kind": "other", "regions": ["440100"], "description": "介绍", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}
    first = await send(admin, "POST", "/api/v1/bank/products", body, key="k-1")
    again = await send(admin, "POST", "/api/v1/bank/products", body, key="k-1")
    assert (first.status, again.status) == (201, 201) and first.json["id"] == again.json["id"]
    assert (await get(admin, "/api/v1/bank/products")).json["total"] == 1


async def test_what_leaves_names_no_score_and_no_credit_report(bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    """GF13: the platform gives 碳报告, never 信用评分 or 征信报告."""
    texts = [tenants.consents.TEXT, *(r.summary for r in REGISTRY.values()), *(str(k) for k in finance.STATES.values())]
    assert not any(word in text for text in texts for word in ("信用评分", "征信"))


async def test_three_firms_at_once_go_to_three_managers(bank: Bank, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    firms = [await make_firm(migrator) for _ in range(3)]
    for one in firms:
        await put_report(migrator, one.id)
    made = await asyncio.gather(*(applied(one, product.id) for one in firms))
    got = {await manager_of(bank, m.case.id, migrator) for m in made}
    assert got == {"one", "two", "three"}


async def test_withdrawing_and_contacting_at_once_has_one_winner(firm: Firm, bank: Bank, migrator: asyncpg.Connection) -> None:
    from core.errors import Problem

    case = (await applied(firm, (await on_shelf(bank)).id)).case
    manager = await manager_of(bank, case.id, migrator)

    async def take_back() -> object:
        async with firm.act() as ctx:
            return await finance.withdraw(ctx, case.id, case.version)

    async def call() -> object:
        async with bank.act(manager) as ctx:
            return await finance.contact(ctx, case.id, case.version)

    results = await asyncio.gather(take_back(), call(), return_exceptions=True)
    lost = [r for r in results if isinstance(r, BaseException)]
    assert len(lost) == 1 and isinstance(lost[0], Problem) and lost[0].status in (403, 409), results
    state = await migrator.fetchval("select state from finance_case where id = $1", case.id)
    assert state in ("withdrawn", "contacted")


async def test_a_forgotten_manager_stays_as_an_alias(firm: Firm, bank: Bank, urls: postgres.Urls, migrator: asyncpg.Connection) -> None:
    manager = await person(urls, migrator, bank.id, "account_manager", "console-bank")
    made = await applied(firm, (await on_shelf(bank)).id, manager_id=manager.person)
    assert (await send(manager, "POST", "/api/v1/bank/cases/<case_id>/contact", {"version": made.case.version}, case_id=str(made.case.id))).status == 200
    now = utc_now()
    app = await asyncpg.connect(urls.superuser)  # as the nightly erasure does, below every policy
    await app.execute("insert into deletion_request (person_id, requested_at, due_at) values ($1, $2, $2)", manager.person, now)
    await app.execute("update deletion_request set done_at = $2 where person_id = $1", manager.person, now)
    await app.close()
    async with firm.act() as ctx:
        case = await finance.get_case(ctx, made.case.id)
        given = await tenants.consents.get_consent(ctx, made.consent.id)
    assert case.manager.startswith("user#") and given.manager == case.manager
    assert {e.actor for e in case.events if e.side == "bank"} == {case.manager}
