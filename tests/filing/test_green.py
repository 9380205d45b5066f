"""Green certificates (NR3, NR5, FD8): month of production, proof, what stays claimed and why, one claim for one number."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest

import filing
import inventory
from core.errors import Conflict, Invalid
from tests.filing.world import ELECTRICITY, E, Firm, make_firm

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
async def buyer(firm: Firm) -> Firm:
    """A firm that buys power."""
    await firm.set_template(202401, ELECTRICITY)
    return firm


def green(mwh: str, *certificates: tuple[str, str | None, str | None]) -> filing.TypedGreen:
    """A claim of (number, month of production, MWh)."""
    made = [filing.GreenCertificate(n, produced, Decimal(own) if own else None) for n, produced, own in certificates]
    return filing.TypedGreen(Decimal(mwh), certificates=made)


def number(firm: Firm, n: int = 1) -> str:
    """A number nobody else in the run has."""
    return f"GEC-{firm.id.hex[-12:]}-{n}"


async def prove(firm: Firm, month: str = "2026-10") -> None:
    """File a proof of the month's green power."""
    async with firm.act() as ctx:
        await filing.add_evidence(ctx, month=month, item_id=None, kind="green", name="绿证.pdf", data=PDF)


async def seen(firm: Firm, claim: filing.TypedGreen, month: str = "2026-10") -> filing.GreenMonth:
    """What the preview says."""
    async with firm.act() as ctx:
        made = await filing.preview_months(ctx, firm.typed(month, {E: "50"}, green=claim))
    return made.green[int(month.replace("-", ""))]


async def stored(firm: Firm) -> dict[str, Any]:
    """The only month of the account of record."""
    async with firm.act() as ctx:
        (month,) = (await inventory.year_facts(ctx, 2026)).months
    return month


@pytest.mark.parametrize(
    ("produced", "counts", "reason"),
    [
        ("2026-10", True, ""),
        ("2025-10", True, ""),  # the twelfth month before
        ("2025-09", False, "发电月份 2025-09 不在 2025-10 至 2026-10 之间"),
        ("2026-11", False, "发电月份 2026-11 不在 2025-10 至 2026-10 之间"),  # after the month filed
        (None, False, "没有填发电月份"),
    ],
)
async def test_power_of_the_month_or_the_twelve_before_counts(buyer: Firm, produced: str | None, counts: bool, reason: str) -> None:
    await prove(buyer)
    claim = green("100", (number(buyer), produced, None))
    made = await seen(buyer, claim)
    assert (made.claimed_mwh, made.counted_mwh) == (Decimal(100), Decimal(100 if counts else 0))
    assert [(entry.mwh, entry.reason) for entry in made.lines] == [(Decimal(100), reason)]
    done = await buyer.submit(buyer.typed("2026-10", {E: "50"}, green=claim))
    month = await stored(buyer)
    factor = Decimal(done.preview.lines[0].result.factor["value"])  # tCO2/MWh = kgCO2/kWh
    assert Decimal(month["green_claimed_mwh"]) == 100 and Decimal(month["green_counted_mwh"]) == (100 if counts else 0)
    assert Decimal(month["d_green"]) == (100 * factor if counts else 0) == made.d_green
    assert month["green"]["certificates"][0] | {"counted_mwh": 0} == {"number": number(buyer), "produced": produced, "mwh": "100", "counted_mwh": 0, "reason": reason}


async def test_without_a_proof_the_claim_stays_a_claim(buyer: Firm) -> None:
    made = await seen(buyer, green("100", (number(buyer), "2026-08", None)))
    assert made.counted_mwh == made.d_green == 0 and made.lines[0].reason == "还没有上传绿证凭证"


async def test_each_certificate_is_judged_and_the_rest_without_one_is_named(buyer: Firm) -> None:
    await prove(buyer)
    claim = green("100", (number(buyer, 1), "2026-08", "30.5"), (number(buyer, 2), "2024-01", "20"), (number(buyer, 3), "2025-12", "9.5"))
    made = await seen(buyer, claim)
    assert made.counted_mwh == Decimal("40.0")
    assert [(entry.counted_mwh, bool(entry.reason)) for entry in made.lines] == [(Decimal("30.5"), False), (0, True), (Decimal("9.5"), False), (0, True)]
    assert (made.lines[-1].number, made.lines[-1].mwh, made.lines[-1].reason) == ("", Decimal("40.0"), "没有绿证编号")


async def test_one_certificate_may_take_what_the_others_leave(buyer: Firm) -> None:
    await prove(buyer)
    made = await seen(buyer, green("100", (number(buyer, 1), "2026-08", None), (number(buyer, 2), "2026-09", "70")))
    assert [entry.mwh for entry in made.lines] == [30, 70] and made.counted_mwh == 100


@pytest.mark.parametrize(
    ("claim", "path", "code"),
    [
        (green("100", ("G1", "2026-12", None)), "months[0].green.certificates[0].produced", "FUTURE"),
        (green("100", ("G1", "2026-13", None)), "months[0].green.certificates[0].produced", "PERIOD"),
        (green("100", ("", "2026-10", None)), "months[0].green.certificates[0].number", "FORMAT"),
        (green("100", ("绿证1", "2026-10", None)), "months[0].green.certificates[0].number", "FORMAT"),
        (green("100", ("G 1", "2026-10", None)), "months[0].green.certificates[0].number", "FORMAT"),
        (green("100", ("G1", "2026-10", "-1")), "months[0].green.certificates[0].mwh", "NEGATIVE"),
        (green("100", ("G1", "2026-10", None), ("G2", "2026-10", None)), "months[0].green.certificates[1].mwh", "REQUIRED"),
        (green("100", ("G1", "2026-10", "60"), ("G2", "2026-10", "60")), "months[0].green.mwh", "RANGE"),
        (green("500.1", ("G1", "2026-10", None)), "months[0].green.mwh", "RANGE"),  # 50 万kWh are 500 MWh
    ],
)
async def test_bad_claims_are_named(buyer: Firm, claim: filing.TypedGreen, path: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await seen(buyer, claim)
    assert [(e.path, e.code) for e in refused.value.errors] == [(path, code)]


async def test_a_number_is_claimed_once(buyer: Firm, migrator: asyncpg.Connection) -> None:
    await buyer.submit(buyer.typed("2026-09", {E: "50"}, green=green("10", (number(buyer), "2026-08", None))))
    for who, twice in (
        (buyer, green("10", (number(buyer).lower(), "2026-08", None))),
        (buyer, green("10", (number(buyer, 2), "2026-08", "5"), (number(buyer, 2), "2026-08", "5"))),
        (other := await make_firm(migrator), green("10", (number(buyer), "2026-08", None))),
    ):
        if who is other:
            await other.set_template(202401, ELECTRICITY)
        with pytest.raises(Conflict) as taken:
            await who.submit(who.typed("2026-10", {E: "50"}, green=twice))
        assert taken.value.code == "CLAIM_TAKEN" and taken.value.extra["path"].startswith("months[0].green.certificates[")


async def test_a_sum_spreads_its_certificates_and_counts_by_its_range(buyer: Firm) -> None:
    for month in ("2026-07", "2026-08", "2026-09"):
        await prove(buyer, month)
    claim = green("100", (number(buyer), "2026-09", None))
    await buyer.submit(filing.Typed("2026-07", "2026-09", "sum", [buyer.month("2026-07", {E: "150"}, green=claim)]))
    async with buyer.act() as ctx:
        months = (await inventory.year_facts(ctx, 2026)).months
    assert [Decimal(m["green_counted_mwh"]) for m in months] == [Decimal("33.333333"), Decimal("33.333333"), Decimal("33.333334")]


async def test_a_withdrawn_month_gives_its_claim_back_to_the_draft(buyer: Firm) -> None:
    await buyer.submit(buyer.typed("2026-10", {E: "50"}, green=green("100.50", (number(buyer), "2026-08", None))))
    async with buyer.act() as ctx:
        await filing.withdraw_month(ctx, "2026-10", 1, "改正")
        draft = await filing.read_draft(ctx, "2026-10")
    assert draft.body["green"] == {"mwh": "100.5", "certificates": [{"number": number(buyer), "produced": "2026-08", "mwh": "100.5"}]}


async def test_the_month_of_production_is_part_of_what_was_previewed(buyer: Firm) -> None:
    """FI6: another month of production than the preview showed is refused."""
    async with buyer.act() as ctx:
        made = await filing.preview_months(ctx, buyer.typed("2026-10", {E: "50"}, green=green("10", (number(buyer), "2026-08", None))))
    with pytest.raises(Conflict, match="FACTOR_CHANGED"):
        await buyer.submit(buyer.typed("2026-10", {E: "50"}, green=green("10", (number(buyer), "2026-07", None))), fingerprint=made.fingerprint)
