"""Filing a month: preview, submit, conflicts, questions, spreading, locks, races (FI3-FI9, FI13, GN12)."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg
import pytest

import filing
import inventory
from core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from core.ids import new_id
from tests.filing.world import DIESEL, ELECTRICITY, GAS, D, E, Firm, G, make_firm


@pytest.fixture
async def filler(firm: Firm) -> AsyncIterator[Firm]:
    """The firm with a template of three energies from 2025-01 on."""
    await firm.set_template(202501, ELECTRICITY, GAS, DIESEL)
    yield firm


def paths(problem: Problem) -> dict[str, str]:
    """path → code of the fields named."""
    return {e.path: e.code for e in problem.errors}


async def test_preview_is_what_is_stored(filler: Firm) -> None:
    """Rule FI6: preview = submit, line by line."""
    typed = filler.typed("2026-10", {E: "42.86", G: "3.2", D: "1.25"})
    async with filler.act() as ctx:
        seen = await filing.preview_months(ctx, typed)
        assert not (await inventory.year_facts(ctx, 2026)).months  # nothing is stored by a preview
    done = await filler.submit(typed, fingerprint=seen.fingerprint)
    assert done.versions == {202610: 1}
    async with filler.act() as ctx:
        facts = await inventory.year_facts(ctx, 2026)
    assert [Decimal(entry["co2_t"]) for entry in facts.lines] == [entry.result.co2_t for entry in seen.lines]
    assert facts.e_core == seen.co2_t == sum((entry.result.co2_t for entry in seen.lines), Decimal(0))
    assert facts.months[0]["purchased_mwh"] == "428.600000"
    power = next(entry for entry in facts.lines if entry["carrier"] == "electricity")
    assert power["boundary_item"] == "UNASSIGNED"  # rule LG3
    assert power["trace"]["formula"] and power["trace"]["factor"]["source"]


async def test_published_electricity_case(filler: Firm) -> None:
    """faces S5: 42.86 万kWh x Guangdong's newest provincial factor; the line is amount x factor, half-up at 6 decimals (GN1)."""
    async with filler.act() as ctx:
        seen = await filing.preview_months(ctx, filler.typed("2026-10", {E: "42.86", G: "0", D: "0"}))
    power = next(entry for entry in seen.lines if entry.carrier == "electricity")
    factor = Decimal(power.result.factor["value"])
    assert power.result.factor["kind"] == "provincial_average"  # rule FI14
    assert power.result.co2_t == (Decimal("428.60") * factor).quantize(Decimal("0.000001"))


async def test_changed_fingerprint_shows_both_totals(filler: Firm) -> None:
    """Rule FI6, model message 6."""
    async with filler.act() as ctx:
        seen = await filing.preview_months(ctx, filler.typed("2026-10", {E: "42.86", G: "3.2", D: "1.25"}))
    with pytest.raises(Conflict) as refused:
        await filler.submit(filler.typed("2026-10", {E: "42.86", G: "3.2", D: "1.26"}), fingerprint=seen.fingerprint)
    assert refused.value.code == "FACTOR_CHANGED"
    assert refused.value.extra["before"] != refused.value.extra["after"]


async def test_measured_parameter_changes_the_fingerprint(filler: Firm, migrator: asyncpg.Connection) -> None:
    """Rules FI6, FD11: a parameter approved between preview and submit is a change of factors."""
    from tests.filing.world import operator

    typed = filler.typed("2026-10", {E: "42.86", G: "3.2", D: "1.25"})
    async with filler.act() as ctx:
        seen = await filing.preview_months(ctx, typed)
        asked = filing.Asked("diesel", "ncv", Decimal("42.5"), "2026-01", "2026-12", "供应商", "", None)
        made = await filing.request_parameter(ctx, asked, "440112", "测试企业")
    async with operator() as ctx:
        await filing.decide_request(ctx, made.id, made.version, True, "")
    with pytest.raises(Conflict) as refused:
        await filler.submit(typed, fingerprint=seen.fingerprint)
    assert refused.value.code == "FACTOR_CHANGED"
    async with filler.act() as ctx:
        again = await filing.preview_months(ctx, typed)
    line = next(entry for entry in again.lines if entry.carrier == "diesel")
    assert any(row["code"] == "MEASURED-NCV" for row in line.result.trace["inputs"])


async def test_filed_month_answers_with_both_values(filler: Firm) -> None:
    """Rule FI5, model message 5: replacing is a choice, the older version stays readable."""
    await filler.submit(filler.typed("2026-09", {E: "40", G: "3.05", D: "1.3"}))
    with pytest.raises(Conflict) as refused:
        await filler.submit(filler.typed("2026-09", {E: "40", G: "3.20", D: "1.3"}))
    assert refused.value.code == "MONTH_ALREADY_FILED"
    gas = next(c for c in refused.value.extra["conflicts"] if "天然气" in c["name"])
    assert (Decimal(gas["before"]), Decimal(gas["after"])) == (Decimal("3.05"), Decimal("3.20"))
    done = await filler.submit(filler.typed("2026-09", {E: "40", G: "3.20", D: "1.3"}), replace=True)
    assert done.versions == {202609: 2}
    async with filler.act() as ctx:
        rows, total = await inventory.history(ctx, period=202609)
        changes = await inventory.difference(ctx, 202609, 2)
    assert total == 2 and [r.state for r in rows] == ["submitted", "superseded"]  # rule FI13
    gas_change = next(c for c in changes if "天然气" in c.name)
    assert (gas_change.before, gas_change.after) == (Decimal("3.05"), Decimal("3.2"))


async def test_months_that_have_not_ended(filler: Firm) -> None:
    """Rule FI3, model message 4: today is 2026-11-21."""
    for month in ("2026-11", "2026-12", "2027-01"):
        with pytest.raises(Invalid) as refused:
            await filler.submit(filler.typed(month, {E: "1", G: "1", D: "1"}))
        assert refused.value.code == "MONTH_NOT_ENDED"
    with pytest.raises(Invalid) as refused:
        await filler.submit(filler.typed("2026-11", {E: "1", G: "1", D: "1"}))
    assert refused.value.detail == "11 月还没结束，可以先保存草稿，12 月 1 日起可提交。"
    async with filler.act() as ctx:  # the running month may be previewed
        assert (await filing.preview_months(ctx, filler.typed("2026-11", {E: "1", G: "1", D: "1"}))).co2_t > 0


@pytest.mark.parametrize(("first", "last"), [("2025-12", "2026-01"), ("2026-03", "2026-02"), ("2026-13", "2026-13"), ("2026-1", "2026-1")])
async def test_ranges_that_are_none(filler: Firm, first: str, last: str) -> None:
    """Rule FI3: consecutive months of one calendar year."""
    with pytest.raises(Invalid):
        await filler.submit(filing.Typed(first, last, "each", [filler.month(first, {E: "1", G: "1", D: "1"})]))


async def test_several_months_each(filler: Firm) -> None:
    """Rule FI3: typed per month, stored as separate months in one act."""
    months = [filler.month(f"2026-0{n}", {E: f"4{n}", G: "3", D: "1"}) for n in (1, 2, 3)]
    done = await filler.submit(filing.Typed("2026-01", "2026-03", "each", months))
    assert done.versions == {202601: 1, 202602: 1, 202603: 1}


async def test_a_sum_is_spread_exactly(filler: Firm) -> None:
    """Rule FI4: n-1 equal parts of 6 decimals, the rest in the last month; flagged."""
    whole = filler.month("2026-01", {E: "100", G: "0.000001", D: "10"})
    await filler.submit(filing.Typed("2026-01", "2026-03", "sum", [whole]))
    async with filler.act() as ctx:
        facts = await inventory.year_facts(ctx, 2026)
    amounts = [Decimal(entry["amount"]) for entry in facts.lines if entry["carrier"] == "electricity"]
    assert amounts == [Decimal("33.333333"), Decimal("33.333333"), Decimal("33.333334")]
    assert all(entry["split_estimated"] for entry in facts.lines) and all(m["split_estimated"] for m in facts.months)


async def test_missing_amounts_and_foreign_items(filler: Firm, migrator: asyncpg.Connection) -> None:
    """Model message 1; another firm's item id is unknown here, and says no more."""
    other = await make_firm(migrator)
    await other.set_template(202501, ELECTRICITY)
    with pytest.raises(Invalid) as refused:
        await filler.submit(filler.typed("2026-10", {E: "1"}))
    assert set(paths(refused.value).values()) == {"REQUIRED"} and "没有使用请填 0" in refused.value.detail
    for stranger in (other.items[E], new_id()):
        lines = [*filler.month("2026-10", {E: "1", G: "1", D: "1"}).lines, filing.TypedLine(stranger, Decimal(1))]
        typed = filing.Typed("2026-10", "2026-10", "each", [filing.TypedMonth("2026-10", lines, [])])
        with pytest.raises(Invalid) as refused:
            await filler.submit(typed)
        assert paths(refused.value) == {"months[0].lines[3].item_id": "UNKNOWN"}


async def test_negative_fuel(filler: Firm) -> None:
    """FD8: amounts are not negative."""
    with pytest.raises(Invalid) as refused:
        await filler.submit(filler.typed("2026-10", {E: "1", G: "1", D: "-0.5"}))
    assert paths(refused.value) == {"months[0].lines[2].amount": "NEGATIVE"}


async def test_process_lines(filler: Firm) -> None:
    """Rules FI8, GN4: signed, a note when negative, 50 characters, no bought credit without an answer."""

    def with_process(name: str, co2: str, note: str = "") -> filing.Typed:
        return filler.typed("2026-10", {E: "1", G: "1", D: "1"}, process=[filing.TypedProcess(name, Decimal(co2), note)])

    for name, co2, path in (("石" * 51, "1", "name"), ("", "1", "name"), ("碳酸盐分解", "-1", "note")):
        with pytest.raises(Invalid) as refused:
            await filler.submit(with_process(name, co2))
        assert list(paths(refused.value)) == [f"months[0].process[0].{path}"]
    with pytest.raises(Conflict) as asked:
        await filler.submit(with_process("CCER 抵消", "-5", "已购买"))
    assert asked.value.code == "QUESTIONS_OPEN"
    done = await filler.submit(with_process("石" * 50, "-1000", "捕集利用"))
    assert done.preview.months[0].process == Decimal("-1000.000000")
    async with filler.act() as ctx:
        assert (await inventory.year_facts(ctx, 2026)).total("co2_process") == -1000


async def test_questions_need_an_answer(filler: Firm) -> None:
    """Rule FI9, model message 2: asked, answered with a reason, never blocked."""
    for n in (7, 8, 9):
        await filler.submit(filler.typed(f"2026-0{n}", {E: "42", G: "3", D: "1.30"}))
    odd = filler.typed("2026-10", {E: "42", G: "3", D: "12.50"})
    with pytest.raises(Conflict) as asked:
        await filler.submit(odd)
    assert asked.value.code == "QUESTIONS_OPEN"
    (question,) = asked.value.extra["questions"]
    assert question["code"] == "RATIO" and "9.6 倍" in question["message"]
    with pytest.raises(Conflict):
        await filler.submit(odd, replies=[filing.Reply(question["id"], "   ")])
    await filler.submit(odd, replies=[filing.Reply(question["id"], "停电，柴油发电机运行 10 天")])
    async with filler.act() as ctx:
        facts = await inventory.year_facts(ctx, 2026)
    assert facts.months[-1]["answers"][0]["answer"].startswith("停电")


async def test_unit_slip(filler: Firm) -> None:
    """Rule FI9, model message 3."""
    await filler.submit(filler.typed("2026-09", {E: "42", G: "3", D: "1.30"}))
    with pytest.raises(Conflict) as asked:
        await filler.submit(filler.typed("2026-10", {E: "420000", G: "3", D: "1.30"}))
    assert [q["code"] for q in asked.value.extra["questions"]] == ["UNIT"]


async def test_withdraw_and_file_again(filler: Firm) -> None:
    """Rule FI13: submitted → withdrawn → submitted; only submitted counts."""
    await filler.submit(filler.typed("2026-10", {E: "42", G: "3", D: "1"}))
    async with filler.act() as ctx:
        with pytest.raises(Invalid):
            await filing.withdraw_month(ctx, "2026-10", 1, "  ")
    async with filler.act() as ctx:
        with pytest.raises(Conflict) as stale:
            await filing.withdraw_month(ctx, "2026-10", 7, "填错")
    assert stale.value.code == "STALE_VERSION"
    async with filler.act("filler") as ctx:
        assert await filing.withdraw_month(ctx, "2026-10", 1, "填错") == 2
    async with filler.act() as ctx:
        draft = await filing.read_draft(ctx, "2026-10")  # its numbers are there to correct
        assert {v["item_id"]: v["amount"] for v in draft.body["values"]} == {str(filler.items[E]): "42", str(filler.items[G]): "3", str(filler.items[D]): "1"}
    async with filler.act() as ctx:
        assert not (await inventory.year_facts(ctx, 2026)).months
        with pytest.raises(NotFound):
            await filing.withdraw_month(ctx, "2026-10", 2, "再撤")
    done = await filler.submit(filler.typed("2026-10", {E: "42", G: "3", D: "1"}))
    assert done.versions == {202610: 3}


async def test_locked_months(filler: Firm) -> None:
    """Rule GN12: a month behind a certificate is neither withdrawn nor replaced; a restatement with a reason keeps both."""
    await filler.submit(filler.typed("2026-10", {E: "42", G: "3", D: "1"}))
    async with filler.act() as ctx:
        await inventory.lock_year(ctx, 2026, "certificate", new_id())
    async with filler.act() as ctx:
        with pytest.raises(Conflict) as refused:
            await filing.withdraw_month(ctx, "2026-10", 1, "填错")
    assert refused.value.code == "MONTH_LOCKED"
    again = filler.typed("2026-10", {E: "43", G: "3", D: "1"})
    with pytest.raises(Conflict) as refused:
        await filler.submit(again, replace=True)
    assert refused.value.code == "MONTH_LOCKED"
    with pytest.raises(Forbidden):  # 18.3: the filler does not restate
        await filler.submit(again, replace=True, reason="电表读数更正", role="filler")
    done = await filler.submit(again, replace=True, reason="电表读数更正")
    assert done.restated and done.versions == {202610: 2}
    async with filler.act() as ctx:
        rows, _ = await inventory.history(ctx, period=202610)
        assert rows[0].reason == "电表读数更正"
        await inventory.lock_year(ctx, 2026, "case", new_id())
        await inventory.unlock_year(ctx, 2026, "certificate")
    with pytest.raises(Conflict):  # with a third party: not even a restatement
        await filler.submit(again, replace=True, reason="电表读数更正")


async def test_two_submissions_of_one_month(filler: Firm) -> None:
    """ST1: one wins, the other is told; nothing doubled."""

    async def one(amount: str) -> str:
        try:
            await filler.submit(filler.typed("2026-10", {E: amount, G: "3", D: "1"}))
            return "won"
        except Conflict as conflict:
            return conflict.code

    outcomes = await asyncio.gather(*(one(str(40 + n)) for n in range(6)))
    assert outcomes.count("won") == 1 and set(outcomes) <= {"won", "STALE_VERSION", "MONTH_ALREADY_FILED"}
    async with filler.act() as ctx:
        facts = await inventory.year_facts(ctx, 2026)
    assert len(facts.months) == 1 and len(facts.lines) == 3


async def test_stale_base_version(filler: Firm) -> None:
    """The version the sender saw is checked when it says one."""
    await filler.submit(filler.typed("2026-10", {E: "42", G: "3", D: "1"}))
    await filler.submit(filler.typed("2026-10", {E: "43", G: "3", D: "1"}), replace=True)
    with pytest.raises(Conflict) as refused:
        await filler.submit(filler.typed("2026-10", {E: "44", G: "3", D: "1"}, base_version=1), replace=True)
    assert refused.value.code == "STALE_VERSION"


async def test_green_power(filler: Firm, migrator: asyncpg.Connection) -> None:
    """Rules NR3, NR5: without evidence 0 counts; not above the bought power; a certificate number counts once on the platform."""
    green = filing.TypedGreen(Decimal("100"), certificates=[filing.GreenCertificate("GEC-2026-0001", "2026-08")])
    amounts = {E: "42.86", G: "3", D: "1"}
    with pytest.raises(Invalid) as refused:
        await filler.submit(filler.typed("2026-10", amounts, green=filing.TypedGreen(Decimal("429"), ["GEC-2026-0001"])))
    assert list(paths(refused.value)) == ["months[0].green.mwh"]
    await filler.submit(filler.typed("2026-10", amounts, green=green))
    async with filler.act() as ctx:
        month = (await inventory.year_facts(ctx, 2026)).months[0]
    assert (month["green_claimed_mwh"], month["green_counted_mwh"], month["d_green"]) == ("100.000000", "0.000000", "0.000000")
    async with filler.act() as ctx:
        await filing.add_evidence(ctx, month="2026-10", item_id=None, kind="green", name="绿证.pdf", data=b"%PDF-1.4\n%%EOF\n")
    await filler.submit(filler.typed("2026-10", amounts, green=green), replace=True)
    async with filler.act() as ctx:
        facts = await inventory.year_facts(ctx, 2026)
    factor = Decimal(next(entry for entry in facts.lines if entry["carrier"] == "electricity")["trace"]["factor"]["value"])
    assert facts.total("d_green") == Decimal(100) * factor
    other = await make_firm(migrator)
    await other.set_template(202501, ELECTRICITY)
    with pytest.raises(Conflict) as taken:
        await other.submit(other.typed("2026-10", {E: "42.86"}, green=green))
    assert taken.value.code == "CLAIM_TAKEN"


async def test_firms_do_not_see_each_other(filler: Firm, migrator: asyncpg.Connection) -> None:
    """Row security: another firm reads nothing of it."""
    await filler.submit(filler.typed("2026-10", {E: "42", G: "3", D: "1"}))
    other = await make_firm(migrator)
    async with other.act() as ctx:
        assert not (await inventory.year_facts(ctx, 2026)).months
        assert (await inventory.history(ctx))[1] == 0
        with pytest.raises(NotFound):
            await inventory.difference(ctx, 202610, 1)
