"""Rotation of the signing keys (documents 4)."""

import asyncio
from datetime import timedelta

import pytest

from core.clock import utc_now
from core.database import transaction
from grading import keys, proof


@pytest.fixture(autouse=True)
async def _fresh(database: str, migrator) -> None:  # type: ignore[no-untyped-def]
    await migrator.execute("delete from signing_key")


async def published() -> dict[str, dict[str, str]]:
    async with transaction() as db:
        return await keys.published_keys(db, utc_now())


async def test_first_key_is_made_on_demand_and_verifies() -> None:
    now = utc_now()
    async with transaction() as db:
        signer = await keys.signer(db, now)
    token = signer.sign({"jti": "x", "exp": int(now.timestamp()) + 60})
    assert signer.kid == f"{now.year}-1"
    assert proof.check(token, await published(), now)["jti"] == "x"
    async with transaction() as db:
        assert (await keys.signer(db, now)).kid == signer.kid


async def test_many_first_signers_agree_on_one_key() -> None:
    async def one() -> str:
        async with transaction() as db:
            return (await keys.signer(db, utc_now())).kid

    assert len(set(await asyncio.gather(*(one() for _ in range(8))))) == 1


async def test_calendar() -> None:
    now = utc_now()
    async with transaction() as db:
        first = (await keys.signer(db, now)).kid
        assert await keys.rotate_keys(db, now + timedelta(days=300)) == []
        announced = await keys.rotate_keys(db, now + timedelta(days=359))
        assert len(announced) == 1 and announced[0].startswith("next ")
        assert (await keys.signer(db, now)).kid == first
        assert await keys.rotate_keys(db, now + timedelta(days=360)) == []
    assert len(await published()) == 2  # the next key is known a week before it signs
    async with transaction() as db:
        switched = await keys.rotate_keys(db, now + timedelta(days=366))
        second = (await keys.signer(db, now)).kid
        assert switched == [f"active {second}"] and second != first
    assert first in await published()


async def test_private_half_is_sealed(migrator) -> None:  # type: ignore[no-untyped-def]
    async with transaction() as db:
        signer = await keys.signer(db, utc_now())
    stored = await migrator.fetchval("select private_sealed from signing_key")
    assert signer.private.encode() not in bytes(stored)


async def test_revoked_key_vouches_for_nothing() -> None:
    now = utc_now()
    async with transaction() as db:
        old = await keys.signer(db, now)
        assert await keys.revoke_key(db, old.kid, "drill", now)
        fresh = await keys.signer(db, now)
    assert fresh.kid != old.kid
    with pytest.raises(proof.NotGenuine) as refused:
        proof.check(old.sign({"exp": int(now.timestamp()) + 60}), await published(), now)
    assert refused.value.reason == "unknown_key"


async def test_force_switches_at_once() -> None:
    now = utc_now()
    async with transaction() as db:
        old = (await keys.signer(db, now)).kid
        await keys.rotate_keys(db, now, force=True)
        assert (await keys.signer(db, now)).kid != old
    assert old in await published()
