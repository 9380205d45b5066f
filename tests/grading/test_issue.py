"""Evaluation and issuing (rules CE1-CE9, NR1, RS8, CC1, CC5, CC6, CC9, CE12).

Expected values from the published cases.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import documents
from core import clock
from core.clock import utc_now
from core.database import transaction
from core.errors import Conflict, Forbidden, NotFound
from core.ids import new_id
from grading import public
from grading.certificates import issue_for, own_certificate, own_certificates
from grading.code import LENGTH
from grading.evaluations import Missing, evaluate_input, evaluation_history, store_evaluation
from grading.files import certificate_file, certificate_proof
from grading.keys import published_keys
from grading.number import number_is_sound
from grading.proof import check
from tests.grading.test_actions import decide, propose
from tests.grading.world import acting_as, put_benchmark, year_input

CASES = {
    c["id"]: c
    for c in json.loads((Path(__file__).resolve().parents[1] / "data" / "grading_cases.json").read_text("utf-8"))[
        "cases"
    ]
}
EFFICIENCY = [c for c in CASES.values() if c["kind"] == "carbon_efficiency"]
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
async def _today(database: str, migrator: asyncpg.Connection) -> AsyncIterator[None]:
    await migrator.execute("delete from rollup_delta")
    await migrator.execute("delete from rollup_firm_year")
    clock.freeze(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    yield


async def industry_with(b: str, migrator: asyncpg.Connection) -> str:
    """An industry class nobody else in this database uses, with the given B."""
    code = f"Q{int(uuid4()) % 10_000:04d}"
    await migrator.execute("update benchmark set known_to = known_from where starts_with(industry_code, 'Q')")
    await put_benchmark(b, industry=code)
    return code


@pytest.mark.parametrize("case", EFFICIENCY, ids=[c["id"] for c in EFFICIENCY])
async def test_published_cases(case: dict[str, Any], migrator: asyncpg.Connection) -> None:
    given, expected = case["inputs"], case["expected"]
    industry = await industry_with(given["benchmark_tCO2_per_wan"], migrator)
    facts = year_input(
        industry_code=industry,
        e_core=Decimal(given["E_core_tCO2"]),
        d_green=Decimal(given["D_green_tCO2"]),
        d_sink=Decimal(given["D_sink_tCO2"]),
        d_ccus=Decimal(given["D_ccus_tCO2"]),
        va=Decimal(given["value_added_wan"]),
    )
    async with acting_as(new_id(), "viewer") as ctx:
        made = await evaluate_input(ctx, facts)
    assert made.graded == (expected["status"] == "graded")
    assert str(made.e_k) == expected["E_K_tCO2"]
    if not made.graded:
        assert made.reason == expected["reason"] and made.remedy and made.steps[-1].failed
        return
    assert (str(made.l), made.horizontal, str(made.k)) == (
        expected["L_tCO2_per_wan"],
        expected["horizontal_level"],
        expected["K"],
    )
    assert (made.level, made.letter) == (expected["level"], expected["letter"])
    assert (made.letter_colour, made.colour) == (expected["gz_colour"], expected["code_colour"])
    assert made.label == expected.get("label")
    assert [s.label for s in made.steps] == ["碳排放", "扣减后排放", "碳强度", "行业基准", "碳效值", "碳中和率", "等级"]
    assert (made.rank, made.percentile) == (None, None)  # fewer than five peers are never shown (RS7)


async def test_distance_to_next_level(migrator: asyncpg.Connection) -> None:  # GC-DS01, RS8
    given, expected = CASES["GC-DS01"]["inputs"], CASES["GC-DS01"]["expected"]
    industry = await industry_with(given["benchmark_tCO2_per_wan"], migrator)
    facts = year_input(industry_code=industry, e_core=Decimal(given["E_K_tCO2"]), va=Decimal(given["value_added_wan"]))
    async with acting_as(new_id(), "viewer") as ctx:
        made = await evaluate_input(ctx, facts)
    assert (str(made.k), made.level, made.next_level, str(made.distance)) == (
        expected["K"],
        expected["level"],
        expected["next_level"],
        expected["reduction_needed_tCO2"],
    )


async def test_own_power_joins_the_base(migrator: asyncpg.Connection) -> None:  # GC-NR01
    expected = CASES["GC-NR01"]["expected"]
    facts = year_input(
        industry_code=await industry_with("1.000000", migrator),
        e_core=Decimal("1061.200000"),
        a_own=Decimal(expected["A_own"]),
    )
    async with acting_as(new_id(), "viewer") as ctx:
        made = await evaluate_input(ctx, facts)
    assert (str(made.n), str(made.n_structural), str(made.n_offset)) == (
        expected["N_pct"],
        expected["structural_pct"],
        expected["offset_pct"],
    )


async def test_every_reason_says_what_to_do(migrator: asyncpg.Connection) -> None:  # rules CE9, GN7, GN8
    industry = await industry_with("1.000000", migrator)
    gap = (Missing("2025-12", "x", "外购电力"),)
    async with acting_as(new_id(), "viewer") as ctx:
        made = await evaluate_input(ctx, year_input(industry_code=industry, missing=gap, va=None))
        assert made.reason == "INCOMPLETE_MONTHS" and [r.code for r in made.also] == ["NO_VALUE_ADDED"]
        assert made.missing == list(gap) and made.l is None and made.n is None
        for changed, reason in (
            ({"va": None}, "NO_VALUE_ADDED"),
            ({"va": Decimal(0)}, "NON_POSITIVE_VALUE_ADDED"),
            ({"part_year": True}, "PART_YEAR"),
            ({"industry_code": "R9999"}, "NO_BENCHMARK"),
            ({"industry_code": ""}, "NO_INDUSTRY"),
        ):
            made = await evaluate_input(ctx, year_input(**{"industry_code": industry, **changed}))
            assert (made.graded, made.reason) == (False, reason)
            assert made.reason_text and made.remedy and made.level is None


async def test_earlier_year_is_said(migrator: asyncpg.Connection) -> None:  # CE8 (3)
    await put_benchmark("1.000000", period="2024", industry="R8810")
    async with acting_as(new_id(), "viewer") as ctx:
        made = await evaluate_input(ctx, year_input(industry_code="R8810"))
    assert made.graded and "2024 年基准沿用" in made.benchmark


async def test_runs_are_versions(migrator: asyncpg.Connection) -> None:  # CE12
    facts = year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(new_id(), "legal") as ctx:
        first = await store_evaluation(ctx, await evaluate_input(ctx, facts))
        assert await store_evaluation(ctx, await evaluate_input(ctx, facts)) == first
        changed = year_input(industry_code=facts.industry_code, e_core=Decimal("4820.160000"))
        assert await store_evaluation(ctx, await evaluate_input(ctx, changed)) != first
        assert [(v.version, v.status) for v in await evaluation_history(ctx, 2025)] == [(2, "graded"), (1, "graded")]


async def test_issued_certificate(migrator: asyncpg.Connection) -> None:  # CC1, CC4, CC5, CC6, CC9
    tenant, expected = new_id(), CASES["GC-CE01"]["expected"]
    facts = year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(tenant, "legal") as ctx:
        made = await issue_for(ctx, facts, True, False)
        assert any(a.action == "certificate.issue" for a in ctx.audit_rows)
    assert len(made.code) == LENGTH and made.url.endswith(f"/c/{made.code}")
    assert number_is_sound(made.number) and made.number.startswith("TX2025440112")
    assert (made.state, made.state_word, str(made.valid_until)) == ("valid", "真实有效", "2027-06-30")
    assert (made.k, made.l, made.level, made.letter) == (expected["K"], expected["L_tCO2_per_wan"], 3, "C")
    assert made.content["benchmark_source"].startswith("2025 年") and made.content["mode"] == "企业自评"
    assert "E_core" not in made.content and "value_added" not in made.content  # closed unless opted in
    async with transaction(read_only=True) as db:
        seen = await public.public_certificate(db, made.code, utc_now())
        assert seen is not None and seen.state == "valid"
        claims = check(seen.jws, await published_keys(db, utc_now()), utc_now())
    assert claims["certificate"] == made.content and claims["sub"] == facts.uscc and claims["grade"] == "C"
    assert made.content["snapshot"] == made.snapshot_sha256[:16]


async def test_amounts_are_public_together_or_not_at_all(migrator: asyncpg.Connection) -> None:  # CC9
    facts = year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(new_id(), "legal") as ctx:
        made = await issue_for(ctx, facts, True, True)
    assert (made.content["E_core"], made.content["value_added"]) == ("4820.150000", "6350.0000")


async def test_refusals(migrator: asyncpg.Connection) -> None:
    industry = await industry_with("0.812000", migrator)
    facts = year_input(industry_code=industry)

    async def refused(facts: Any, verified: bool = True, role: str = "legal") -> str:
        async with acting_as(new_id(), role) as ctx:
            with pytest.raises((Conflict, Forbidden)) as error:
                await issue_for(ctx, facts, verified, False)
        return error.value.code

    assert await refused(facts, verified=False) == "ORGANISATION_UNVERIFIED"
    assert await refused(facts, role="viewer") == "FORBIDDEN"
    assert await refused(year_input(industry_code=industry, va=None)) == "NOT_GRADED"
    await put_benchmark("0.812000", industry=industry, period="2024")
    assert await refused(year_input(industry_code=industry, year=2024)) == "VALIDITY_ALREADY_ENDED"  # ended 2026-06-30


async def test_again_only_when_something_changed(migrator: asyncpg.Connection) -> None:  # CE12
    tenant, facts = new_id(), year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(tenant, "legal") as ctx:
        first = await issue_for(ctx, facts, True, False)
    async with acting_as(tenant, "legal") as ctx:
        with pytest.raises(Conflict) as same:
            await issue_for(ctx, facts, True, False)
        assert same.value.code == "CERTIFICATE_UNCHANGED"
    async with acting_as(tenant, "legal") as ctx:
        second = await issue_for(
            ctx, year_input(industry_code=facts.industry_code, va=Decimal("6400.0000")), True, False
        )
        states = {c.id: (c.state, c.superseded_by) for c in await own_certificates(ctx)}
    assert states == {first.id: ("superseded", second.url), second.id: ("valid", None)}


async def test_revoked_data_must_be_corrected_first(migrator: asyncpg.Connection) -> None:  # CC8
    tenant, facts = new_id(), year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(tenant, "legal") as ctx:
        first = await issue_for(ctx, facts, True, False)
    await decide(first.id, await propose(first.id, "revoke", "申报数据与凭证不符"))
    async with acting_as(tenant, "legal") as ctx:
        with pytest.raises(Conflict) as refused:
            await issue_for(ctx, facts, True, False)
        assert refused.value.code == "CERTIFICATE_REVOKED" and "申报数据与凭证不符" in refused.value.detail
    async with acting_as(tenant, "legal") as ctx:
        corrected = year_input(industry_code=facts.industry_code, e_core=Decimal("5100.000000"), data_version="2")
        assert (await issue_for(ctx, corrected, True, False)).state == "valid"


async def test_nobody_else_reads_it(migrator: asyncpg.Connection) -> None:
    facts = year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(new_id(), "legal") as ctx:
        made = await issue_for(ctx, facts, True, False)
    async with acting_as(new_id(), "legal") as ctx:
        with pytest.raises(NotFound):
            await own_certificate(ctx, made.id)
        with pytest.raises(NotFound):
            await certificate_file(ctx, made.id, "card")
        assert await own_certificates(ctx) == []


@pytest.fixture
def papers(renderer: documents.Renderer) -> None:
    """The service that draws."""


@pytest.mark.usefixtures("papers")
async def test_files_are_drawn_once_and_named_in_the_proof(migrator: asyncpg.Connection) -> None:  # CC7, documents 4
    tenant, facts = new_id(), year_input(industry_code=await industry_with("0.812000", migrator))
    async with acting_as(tenant, "legal") as ctx:
        made = await issue_for(ctx, facts, True, False)
    drawn = {}
    for kind, magic in (("pdf", b"%PDF-"), ("badge-1000", b"\x89PNG"), ("badge-300", b"\x89PNG"), ("card", b"\x89PNG")):
        async with acting_as(tenant, "viewer") as ctx:
            drawn[kind] = await certificate_file(ctx, made.id, kind)
        assert drawn[kind].data.startswith(magic) and made.number in drawn[kind].name
        async with acting_as(tenant, "viewer") as ctx:
            assert (await certificate_file(ctx, made.id, kind)).data == drawn[kind].data
    async with acting_as(tenant, "viewer") as ctx:
        name, jws = await certificate_proof(ctx, made.id)
        claims = check(jws, await published_keys(ctx.db, utc_now()), utc_now())
    assert name.endswith(".jws") and claims["pdf_sha256"] == drawn["pdf"].sha256
    async with transaction(read_only=True) as db:
        await public.forget_all()
        seen = await public.public_certificate(db, made.code, utc_now())
    assert seen is not None and seen.pdf_sha256 == drawn["pdf"].sha256 and seen.jws == jws
    async with acting_as(tenant, "viewer") as ctx:
        with pytest.raises(NotFound):
            await certificate_file(ctx, made.id, "../../etc/passwd")


async def test_bounds_are_dated_rows(migrator: asyncpg.Connection) -> None:  # GN11
    from grading.evaluations import bounds_of

    await migrator.execute(
        "insert into parameter (code, valid_from, value, unit, source, confidence)"
        " values ('CE_K_BOUNDS', '2031-12-31', '[\"0.5\", \"0.7\", \"1.1\", \"1.9\"]', 'ratio', 'test', 'product-choice')"
        " on conflict do nothing"
    )
    async with acting_as(new_id(), "viewer") as ctx:
        assert (await bounds_of(ctx, 2025)).k == tuple(Decimal(b) for b in ("0.6", "0.8", "1.2", "2.0"))
        later = await bounds_of(ctx, 2031)
        assert later.k == tuple(Decimal(b) for b in ("0.5", "0.7", "1.1", "1.9"))
        assert {p.code for p in later.rows} == {"CE_K_BOUNDS", "CE_L_BOUNDS"}
        assert (await bounds_of(ctx, 2000)).rows == ()
        made = await evaluate_input(ctx, year_input())
    assert {p.code for p in made.parameters} == {"CE_K_BOUNDS", "CE_L_BOUNDS"}
