"""The library in the database says what the data files say; nobody but the loader writes it; unverified rows stay inside."""

import csv
from datetime import date
from decimal import Decimal

import asyncpg
import pytest

import factors
from core.database import transaction
from factors import Ask
from factors.files import FOLDER, records
from factors.library import load_reference

ASKS = [
    Ask(province, period, known_on, policy, name)
    for province in ("440000", "330000", "540000")
    for period in (202203, 202403, 202503)
    for known_on in (date(2024, 6, 1), date(2026, 11, 21))
    for policy in ("published_latest", "year_matched")
    for name in (None, "MEE2022_INDUSTRY")
]


async def test_database_and_files_answer_alike(database: str) -> None:
    async with transaction(read_only=True) as db:
        held = await factors.catalogue(db)
        again = await factors.catalogue(db, held.epoch)
    assert again is held
    files = factors.catalogue_from_files()
    assert held.codes == files.codes or set(held.codes) == set(files.codes)
    for ask in ASKS:
        for code in files.codes:
            assert held.carrier(code, ask) == files.carrier(code, ask), (code, ask)


async def test_a_new_epoch_makes_a_new_catalogue(database: str, migrator: asyncpg.Connection) -> None:
    async with transaction(read_only=True) as db:
        before = await factors.catalogue(db)
    await migrator.execute("update factor_epoch set epoch = epoch + 1")
    async with transaction(read_only=True) as db:
        after = await factors.catalogue(db)
    assert after is not before and after.epoch == before.epoch + 1


async def test_loading_again_changes_nothing(migrator: asyncpg.Connection) -> None:
    before = await migrator.fetch("select * from factor order by code, valid_key")
    epoch = await migrator.fetchval("select epoch from factor_epoch")
    await load_reference(migrator)
    assert await migrator.fetch("select * from factor order by code, valid_key") == before
    assert await migrator.fetchval("select epoch from factor_epoch") == epoch
    assert len(before) >= len(records())  # operators publish beside them


@pytest.mark.parametrize("table", ["factor", "parameter", "factor_epoch"])
async def test_the_application_only_reads(database: str, table: str) -> None:
    for statement in (f"delete from {table}", f"insert into {table} select * from {table}", f"truncate {table}"):
        with pytest.raises(Exception, match="permission denied|read-only"):
            async with transaction() as db:
                await db.run(statement)


async def test_unverified_rows_are_not_offered(database: str) -> None:
    files = factors.catalogue_from_files()
    with (FOLDER / "energy_carriers.csv").open(encoding="utf-8", newline="") as file:
        doubtful = {
            (r["code"], r["property"], r["factor_set"]) for r in csv.DictReader(file) if r["confidence"] == "unverified"
        }
    assert doubtful
    for code, prop, name in doubtful:
        assert files.row(f"{code}.{prop}.{name}") is None or (code, prop, name) == ("", "", "")
    async with transaction(read_only=True) as db:
        rows, count = await factors.search(db, code=None, kind=None, region=None, text=None, limit=100, offset=0)
    assert count > 500 and all(r["confidence"] != "unverified" for r in rows)


async def test_digits_stay_as_printed(database: str) -> None:
    async with transaction(read_only=True) as db:
        held = await factors.catalogue(db)
    tap = held.carrier("natural_gas", Ask("440000", 202403, date(2026, 11, 21)))
    assert tap.co2_factor is not None and str(tap.co2_factor.value) == "21.6219"
    assert (
        tap.carbon_content is not None
        and str(tap.carbon_content.value) == "0.01530"
        and tap.carbon_content.value == Decimal("0.0153")
    )


def test_every_kind_of_electricity_stays_apart() -> None:
    files = factors.catalogue_from_files()
    for province in ("110000", "310000", "440000", "540000", "710000"):
        for year in range(2019, 2027):
            for policy in ("published_latest", "year_matched"):
                row = files.carrier("electricity", Ask(province, year * 100 + 6, date(2026, 11, 21), policy)).grid
                assert row is None or row.kind in ("provincial_average", "national_average")
