"""Products from draft to end, who moves them, what is refused; the catalogue of purposes; matching with its reasons (GF1-GF4)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

import documents
import finance
import tenants
from core.errors import Conflict, FieldError, Invalid, NotFound
from tests.filing.world import Firm
from tests.finance.world import EDIT, TODAY, Bank, make_bank, on_shelf, operator, put_report


async def test_a_bank_writes_and_the_operator_publishes(bank: Bank, firm: Firm) -> None:
    async with bank.act() as ctx:
        made = await finance.create_product(ctx, EDIT)
        assert (made.state, made.version, made.region_names) == ("draft", 1, ["广州市"])
        made = await finance.submit_product(ctx, made.id, 1)
        with pytest.raises(Conflict) as refused:
            await finance.edit_product(ctx, made.id, EDIT, made.version)
        assert refused.value.code == "STATE"
        with pytest.raises(Conflict):
            await finance.publish_product(ctx, made.id, 99)
    async with operator() as ctx:
        back = await finance.return_product(ctx, made.id, made.version, "请补充所需材料")
    async with bank.act() as ctx:
        assert (await finance.get_product(ctx, made.id)).note == "请补充所需材料"
        changed = await finance.edit_product(ctx, made.id, replace(EDIT, documents=["营业执照"]), back.version)
        sent = await finance.submit_product(ctx, made.id, changed.version)
    async with firm.act() as ctx:
        assert [o.id for o in (await finance.offers(ctx)).items if o.bank_id == bank.id] == []
    async with operator() as ctx:
        out = await finance.publish_product(ctx, made.id, sent.version)
        with pytest.raises(Conflict) as refused:
            await finance.publish_product(ctx, made.id, sent.version)
        assert refused.value.extra["state"] == "published"
    async with firm.act() as ctx:
        assert [o.documents for o in (await finance.offers(ctx)).items if o.bank_id == bank.id] == [["营业执照"]]
    async with bank.act() as ctx:
        paused = await finance.pause_product(ctx, made.id, out.version, "额度用完")
        again = await finance.submit_product(ctx, made.id, paused.version)
        ended = await finance.end_product(ctx, made.id, again.version)
        assert ended.state == "ended"
        with pytest.raises(Conflict):
            await finance.submit_product(ctx, made.id, ended.version)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"kind": "payday_loan"}, "kind"),
        ({"regions": []}, "regions"),
        ({"regions": ["999999"]}, "regions"),
        ({"industries": ["Z99"]}, "industries"),
        ({"min_letter": "F"}, "min_letter"),
        ({"min_amount": Decimal(3000)}, "max_amount"),
        ({"min_amount": Decimal(-1)}, "min_amount"),
        ({"min_term": 0}, "min_term"),
        ({"min_rate": Decimal(120)}, "min_rate"),
        ({"report_age": 11}, "report_age"),
        ({"valid_to": date(2025, 12, 31)}, "valid_to"),
        ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"preferences": [finance.ProductWish("handsome")]}, "preferences[0].code"),
        ({"preferences": [finance.ProductWish("filing_months")]}, "preferences[0].value"),
        ({"documents": ["x" * 101]}, "documents"),
        ({"purposes": ["1.1"]}, "purposes"),
    ],
)
async def test_a_product_that_cannot_be_names_its_field(bank: Bank, changes: dict[str, object], path: str) -> None:
    async with bank.act() as ctx:
        with pytest.raises(Invalid) as refused:
            await finance.create_product(ctx, replace(EDIT, **changes))
    assert path in {e.path for e in refused.value.errors}


async def test_drafts_stay_with_their_bank(bank: Bank, migrator: asyncpg.Connection) -> None:
    other = await make_bank(migrator)
    async with bank.act() as ctx:
        made = await finance.create_product(ctx, EDIT)
    async with other.act() as ctx:
        with pytest.raises(NotFound):
            await finance.get_product(ctx, made.id)
        assert (await finance.list_products(ctx)).total == 0
    async with operator() as ctx:
        with pytest.raises(NotFound):
            await finance.get_product(ctx, made.id)
        with pytest.raises(NotFound):
            await finance.publish_product(ctx, made.id, 1)


async def test_a_suspended_bank_leaves_the_shelf(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    product = await on_shelf(bank)
    async with operator("ops_reviewer") as ctx:
        await tenants.set_suspended(ctx, bank.id, suspended=True, version=1, reason="核实")
    async with firm.act() as ctx:
        with pytest.raises(NotFound):
            await finance.offer_page(ctx, product.id)
    async with operator("ops_reviewer") as ctx:
        await tenants.set_suspended(ctx, bank.id, suspended=False, version=2, reason="核实完毕")
    async with firm.act() as ctx:
        assert (await finance.offer_page(ctx, product.id)).offer.matched


async def test_matching_says_why_not_and_what_to_do(bank: Bank, firm: Firm, migrator: asyncpg.Connection) -> None:
    hard = {
        "REGION": {"regions": ["330000"]},
        "INDUSTRY": {"industries": ["D"]},
        "GRADE": {"min_letter": "A"},
        "VERIFIED_ONLY": {"verified_only": True},
        "REPORT_AGE": {"report_age": 0},
        "FILING_MONTHS": {"min_filing_months": 6},
        "NEEDS_WATER_REPORT": {"needs_water": True},
        "NEEDS_REDUCTION_REPORT": {"needs_reduction": True},
    }
    for code, changes in hard.items():
        await on_shelf(bank, name=code, **changes)
    likes = [finance.ProductWish("has_water_report"), finance.ProductWish("filing_months", Decimal(0))]
    await on_shelf(bank, name="半", preferences=likes, min_rate=Decimal("4.2"))
    await on_shelf(bank, name="低", min_rate=Decimal("2.9"))
    await on_shelf(bank, name="面议", min_rate=None)
    async with firm.act() as ctx:
        found = await finance.offers(ctx)
        mine = [o for o in found.items if o.bank_id == bank.id]
        page = await finance.offers(ctx, q="半")
    assert [o.name for o in mine if o.matched] == ["半", "低", "面议"]
    assert [str(o.preference_pct) for o in mine if o.matched] == ["50.00", "0.00", "0.00"]
    assert {o.name: [r.code for r in o.reasons] for o in mine if not o.matched} == {code: [code] for code in hard}
    assert all(r.text.endswith("。") and r.remedy and r.link for o in mine for r in o.reasons)
    assert {o.name for o in page.items} == {"半"}
    await put_report(migrator, firm.id, kind="water")
    await put_report(migrator, firm.id, letter="A", basis="verified")
    async with firm.act() as ctx:
        fits = {o.name for o in (await finance.offers(ctx)).items if o.bank_id == bank.id and o.matched}
    assert {"GRADE", "VERIFIED_ONLY", "NEEDS_WATER_REPORT"} <= fits


async def test_without_a_catalogue_purposes_are_not_loaded_and_with_one_they_decide(bank: Bank, firm: Firm, reader_service: None) -> None:
    async with firm.act() as ctx:
        assert (await finance.offers(ctx)).catalogue is False
    rows = [finance_headings(), ["T-1.1", "工业节能改造", "试验目录", "测试", "2025-10-01", ""], ["T-1.2", "停用的用途", "试验目录", "测试", "2024-01-01", "2025-09-30"]]
    book = documents.write_table({"用途": (rows[0], rows[1:])})
    async with operator() as ctx:
        tried = await finance.load_purposes(ctx, book, dry_run=True)
        assert (tried.rows, tried.stored, tried.errors) == (2, 0, [])
        assert (await finance.load_purposes(ctx, book, dry_run=False)).stored == 2
    product = await on_shelf(bank, purposes=["T-1.1"])
    async with firm.act() as ctx:
        seen = await finance.offers(ctx)
        assert seen.catalogue and [p.code for p in seen.purposes if p.code.startswith("T-")] == ["T-1.1"]
        closed = next(o for o in seen.items if o.id == product.id)
        assert [r.code for r in closed.reasons] == ["PURPOSE"]
        assert (await finance.offer_page(ctx, product.id, "T-1.1")).offer.matched


def finance_headings() -> list[str]:
    from finance.purposes import HEADINGS

    return list(HEADINGS)


@pytest.fixture
async def reader_service(renderer: documents.Renderer) -> None:
    """Uploads are read by the service."""


def test_bad_rows_of_the_catalogue_are_named_by_cell() -> None:
    from finance.purposes import check_rows

    rows, errors = check_rows([["", "名", "录", "源", "2025-01-01", None], ["a", "名", "录", "源", "昨天", None], ["b", "名", "录", "源", "2025-05-01", "2025-01-01"], ["b", "名", "录", "源", "2025-05-01", ""], [None] * 6])
    assert len(rows) == 4
    assert {e.path for e in errors if isinstance(e, FieldError)} == {"A2", "E3", "F4", "A5"}
