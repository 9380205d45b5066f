"""Rotation of refresh tokens: one winner, reuse ends the session (rules L15, R8)."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import auth
from core import clock
from core.errors import Problem
from tests.auth.people import guest, person, refusal, sign_in, signed_in

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


async def rotate(token: str, device: str) -> auth.SignedIn:
    async with guest() as ctx:
        return await auth.rotate(ctx, token, device)


async def alive(signed: auth.SignedIn) -> bool:
    try:
        async with signed_in(signed):
            return True
    except Problem:
        return False


async def test_rotates_and_stores_no_token(migrator: Any) -> None:
    """rule L15: SHA-256 at rest, one family."""
    import hashlib

    signed = await sign_in(await person())
    second = await rotate(signed.refresh_token, signed.device_id)
    third = await rotate(second.refresh_token, signed.device_id)
    assert len({signed.refresh_token, second.refresh_token, third.refresh_token}) == 3
    rows = await migrator.fetch(
        "select * from refresh_token where session_id = $1 order by created_at, used_at", signed.sid
    )
    hashes = {hashlib.sha256(t.refresh_token.encode()).digest() for t in (signed, second, third)}
    assert {bytes(r["token_sha256"]) for r in rows} == hashes
    assert third.account_id == signed.account_id and third.sid == signed.sid


async def test_unknown_token() -> None:
    for token in ("", "x", "A" * 43):
        assert (await refusal(rotate(token, "d"))).status == 401


async def test_fifty_at_once_from_one_device_share_one_successor() -> None:
    """rule L15: the immediate parent within the grace has the same successor."""
    signed = await sign_in(await person())
    answers = await asyncio.gather(*(rotate(signed.refresh_token, signed.device_id) for _ in range(50)))
    assert len({a.refresh_token for a in answers}) == 1
    assert await alive(signed)


async def test_fifty_at_once_from_thieves_end_the_session() -> None:
    """rule L15: another device is reuse, in whatever order they come."""
    signed = await sign_in(await person())
    calls = [rotate(signed.refresh_token, signed.device_id if n == 17 else f"thief-number-{n:08d}") for n in range(50)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    winners = {a.refresh_token for a in answers if isinstance(a, auth.SignedIn)}
    assert len(winners) == 1 and not await alive(signed)
    for token in (signed.refresh_token, *winners):
        assert (await refusal(rotate(token, signed.device_id))).status == 401


@pytest.mark.parametrize(("seconds", "same"), [(0, True), (9.999, True), (10, False), (3600, False)])
async def test_grace_ends_after_ten_seconds(seconds: float, same: bool) -> None:
    """rule L15."""
    clock.freeze(NOON)
    signed = await sign_in(await person(), audience="mini")
    first = await rotate(signed.refresh_token, signed.device_id)
    clock.freeze(NOON + timedelta(seconds=seconds))
    if same:
        assert (await rotate(signed.refresh_token, signed.device_id)).refresh_token == first.refresh_token
        assert await alive(signed)
    else:
        assert (await refusal(rotate(signed.refresh_token, signed.device_id))).code == "SESSION_REVOKED"
        assert (await refusal(rotate(first.refresh_token, signed.device_id))).code == "SESSION_ENDED"


async def test_older_ancestor_within_the_grace_is_reuse(migrator: Any) -> None:
    """rule L15: the bug others had: only the immediate parent has a grace. The alarm is in the log of the system chains."""
    clock.freeze(NOON)
    signed = await sign_in(await person())
    second = await rotate(signed.refresh_token, signed.device_id)
    await rotate(second.refresh_token, signed.device_id)
    problem = await refusal(rotate(signed.refresh_token, signed.device_id))
    assert problem.code == "SESSION_REVOKED" and problem.kept
    clock.unfreeze()
    reason = await migrator.fetchval("select revoke_reason from session where id = $1", signed.sid)
    assert reason == "refresh_reuse" and not await alive(signed)


async def test_two_hundred_random_interleavings() -> None:
    """rule R8: in each the stolen token is found out as soon as both sides have used the family, and never before.

    A model walks along: ``spent`` tokens in order, one live. Owner and thief hold copies and use what they hold in random order
    and at random times. The family must die exactly when a spent token is shown outside its grace.
    """
    rng = random.Random(20260310)
    who = [await person() for _ in range(40)]
    found_out = 0
    for round_number in range(200):
        clock.freeze(NOON)
        signed = await sign_in(who[round_number % 40], audience="mini")
        owner_device, thief_device = signed.device_id, f"thief-of-round-{round_number:04d}"
        holds = {"owner": signed.refresh_token, "thief": signed.refresh_token}
        live, parent, parent_at, dead, at = signed.refresh_token, None, NOON, False, NOON
        spent: set[str] = set()
        for _ in range(6):
            at += timedelta(seconds=rng.choice([0, 1, 9, 11, 60]))
            clock.freeze(at)
            side = rng.choice(["owner", "thief"])
            shown, device = holds[side], owner_device if side == "owner" else thief_device
            graced = shown == parent and (at - parent_at).total_seconds() < 10 and side == "owner"
            try:
                answer = await rotate(shown, device)
            except Problem as problem:
                assert dead or (shown in spent and not graced), (round_number, problem)
                found_out += not dead
                dead = True
                continue
            assert not dead
            if shown == live:
                spent.add(live)
                live, parent, parent_at = answer.refresh_token, live, at
            else:
                assert graced and answer.refresh_token == live
            holds[side] = answer.refresh_token
        if not dead and holds["owner"] != holds["thief"]:
            at += timedelta(seconds=11)
            clock.freeze(at)
            await refusal(rotate(holds["owner"] if holds["owner"] != live else holds["thief"], owner_device))
            found_out += 1
            with pytest.raises(Problem):
                await rotate(live, owner_device)
    assert found_out > 100


async def test_ended_session_does_not_rotate() -> None:
    """rule L14."""
    signed = await sign_in(await person())
    async with signed_in(signed) as ctx:
        await auth.end_session(ctx, signed.sid)
    assert (await refusal(rotate(signed.refresh_token, signed.device_id))).code == "SESSION_ENDED"


async def test_purge_keeps_the_living(migrator: Any) -> None:
    """Dead sessions go after 30 days with their tokens; living ones stay."""
    from auth.schedules import purge
    from core.database import transaction

    clock.freeze(NOON)
    old = await sign_in(await person())
    clock.freeze(NOON + timedelta(days=31))
    young = await sign_in(await person())
    async with transaction() as db:
        await purge(db)
    left = await migrator.fetch("select id from session where id = any($1)", [old.sid, young.sid])
    assert [r["id"] for r in left] == [young.sid]
    assert await migrator.fetchval("select count(*) from refresh_token where session_id = $1", old.sid) == 0
