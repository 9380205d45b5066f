"""Scan sign-in as verbs on the database: table of states and events, races, expiry, risk, what a thief gets (rules Q1-Q13)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import auth
from auth import places, scan
from core import clock
from core.database import Acting, transaction
from core.errors import Problem
from tests.auth.people import PASSWORD, SECRET, guest, member, organisation, person, refusal, sign_in, signed_in
from tests.fakes.sms import SmsGateway

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PC = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
BROWSER = "pc-browser-000000001"


@dataclass
class Phone:
    """Somebody signed in on the phone."""

    who: auth.Created
    signed: auth.SignedIn
    org: UUID
    ip: str = "10.1.0.1"

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Acting]:
        async with signed_in(self.signed, ip=self.ip) as ctx:
            yield ctx

    async def look(self, ticket: str) -> scan.Seen:
        async with self() as ctx:
            return await scan.look(ctx, ticket)

    async def confirm(self, ticket: str, number: int, proof: str = "") -> datetime:
        async with self() as ctx:
            return await scan.confirm(ctx, ticket, number, proof)

    async def deny(self, ticket: str) -> None:
        async with self() as ctx:
            await scan.deny(ctx, ticket)


async def phone(migrator: Any, *, audience: str = "mini", role: str = "admin", ip: str = "10.1.0.1") -> Phone:
    """A member of a new enterprise, signed in on the phone."""
    who, org = await person(), await organisation(migrator)
    await member(migrator, who, org, role)
    return Phone(who, await sign_in(who, audience=audience), org, ip)


_addresses = iter(f"100.64.{n // 250}.{n % 250 + 1}" for n in range(60000))


@dataclass
class Computer:
    """A browser with its ticket and its secret, at an address of its own."""

    ip: str
    ticket: str = ""
    secret: str = ""
    device: str = BROWSER
    agent: str = PC

    async def ask(self, audience: str = "console-ent") -> scan.Ticket:
        async with guest(ip=self.ip, agent=self.agent) as ctx:
            made = await scan.ask(ctx, audience, self.device, self.secret or None)
        self.ticket, self.secret = made.ticket, made.poll_secret or self.secret
        return made

    async def stand(self, **options: Any) -> scan.Standing:
        return await scan.standing(self.ip, self.ticket, self.secret, **options)

    async def state(self) -> str:
        """Without counting as a poll."""
        return (await scan._look_at(self.ip, self.ticket, self.secret, begins=False)).state

    async def number(self) -> int:
        found = await scan._look_at(self.ip, self.ticket, self.secret, begins=False)
        assert found.number is not None
        return found.number

    async def cancel(self) -> None:
        async with guest(ip=self.ip, agent=self.agent) as ctx:
            await scan.cancel(ctx, self.ticket, self.secret)

    async def exchange(self) -> scan.Taken:
        async with guest(ip=self.ip, agent=self.agent) as ctx:
            return await scan.exchange(ctx, self.ticket, self.secret, self.device)


async def computer(**options: Any) -> Computer:
    pc = Computer(next(_addresses), **options)
    await pc.ask()
    return pc


async def alive(signed: auth.SignedIn) -> bool:
    try:
        async with signed_in(signed):
            return True
    except Problem:
        return False


async def test_a_code_is_scanned_confirmed_and_entered(migrator: Any) -> None:
    """rules Q1, Q4, Q5, Q7: what each side sees; the session says qr and is among my devices."""
    boss, pc = await phone(migrator), await computer()
    assert len(pc.ticket) == 22 and len(pc.secret) == 43
    assert (await pc.stand()).number is None
    seen = await boss.look(pc.ticket)
    assert (seen.console, seen.browser, seen.system) == ("企业控制台", "Chrome", "Windows")
    assert seen.ip_masked == f"100.***.**.{pc.ip.rsplit('.', 1)[1]}" and seen.city == "未知"
    assert len(set(seen.numbers)) == 3 and all(10 <= n <= 99 for n in seen.numbers)
    assert not seen.province_differs and not seen.step_up
    assert (await boss.look(pc.ticket)).numbers == seen.numbers
    shown = await scan._look_at(pc.ip, pc.ticket, pc.secret, begins=False)
    assert shown.state == "scanned" and shown.number in seen.numbers and shown.name_masked == "林*微"
    assert (await pc.exchange()).signed is None
    await boss.confirm(pc.ticket, shown.number or 0)
    taken = await pc.exchange()
    assert taken.signed is not None and taken.new_pc
    assert taken.signed.amr == ("qr",) and taken.signed.audience == "console-ent"
    assert taken.signed.account_id == boss.who.account_id and taken.signed.organisation == boss.org
    assert taken.signed.device_id == BROWSER
    async with boss() as ctx:
        listed = await auth.my_devices(ctx)
    assert {d.id for d in listed} == {boss.signed.sid, taken.signed.sid}


async def test_the_first_sign_in_from_a_pc_is_told(
    migrator: Any, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rule Q7: one message for a new PC, none for a known one, none about a session that is over by then."""
    from auth import jobs as told
    from core import jobs

    monkeypatch.setattr(told, "settings", replace(told.settings, sms_gateway_url=gateway.url))

    async def enter(pc: Computer, boss: Phone) -> auth.SignedIn:
        await pc.ask()
        await bring(pc, boss, "confirmed")
        signed = (await pc.exchange()).signed
        assert signed is not None
        return signed

    async def send() -> None:
        for row in await migrator.fetch(
            "select tenant_id, id from outbox where kind = 'auth.new_pc' and state = 'queued'"
        ):
            await jobs.run_job(row["tenant_id"], row["id"])

    who, org = await person(phone="15900003333"), await organisation(migrator)
    await member(migrator, who, org, "admin")
    boss = Phone(who, await sign_in(who, audience="mini"), org)
    pc = Computer(next(_addresses), device="notice-computer-0001")
    await enter(pc, boss)
    await send()
    assert [m["to"] for m in gateway.messages] == ["+8615900003333"]
    assert "扫码登录（未知，Windows Chrome）" in gateway.messages[0]["parameters"]["text"]
    await enter(pc, boss)
    over = await enter(Computer(next(_addresses), device="notice-computer-0002"), boss)
    async with signed_in(over) as ctx:
        await auth.end_session(ctx, over.sid)
    await send()
    assert len(gateway.messages) == 1


async def test_nothing_secret_is_stored(migrator: Any) -> None:
    """rule Q1: ticket and secret as SHA-256."""
    import hashlib

    pc = await computer()
    digest = hashlib.sha256(pc.ticket.encode()).digest()
    row = dict(await migrator.fetchrow("select * from scan_ticket where ticket_sha256 = $1", digest))
    assert row["poll_sha256"] == hashlib.sha256(pc.secret.encode()).digest()
    text = repr(row)
    assert pc.ticket not in text and pc.secret not in text


# 7 states × 6 events --------------------------------------------------------------------------------------------------

STATES = ("created", "scanned", "confirmed", "exchanged", "expired", "cancelled", "denied")
#: (state, event) → state afterwards, or the refusal's status. 202 stands for "too early".
TABLE: dict[tuple[str, str], str | int] = {
    ("created", "scan"): "scanned", ("created", "confirm"): 409, ("created", "deny"): 409,
    ("created", "cancel"): "cancelled", ("created", "exchange"): 202, ("created", "timeout"): "expired",
    ("scanned", "scan"): "scanned", ("scanned", "confirm"): "confirmed", ("scanned", "deny"): "denied",
    ("scanned", "cancel"): "cancelled", ("scanned", "exchange"): 202, ("scanned", "timeout"): "expired",
    ("confirmed", "scan"): 409, ("confirmed", "confirm"): "confirmed", ("confirmed", "deny"): "denied",
    ("confirmed", "cancel"): "cancelled", ("confirmed", "exchange"): "exchanged", ("confirmed", "timeout"): "expired",
    **{(s, e): 410 for s in STATES[3:] for e in ("scan", "confirm", "deny", "cancel", "exchange")},
    **{(s, "timeout"): s for s in STATES[3:]},
}  # fmt: skip


async def bring(pc: Computer, boss: Phone, state: str) -> int:
    """Bring a fresh ticket into a state; returns its number (0 when it has none)."""
    if state == "created":
        return 0
    if state == "expired":
        clock.freeze(clock.utc_now() + timedelta(seconds=200))
        return 0
    if state == "cancelled":
        await pc.cancel()
        return 0
    await boss.look(pc.ticket)
    number = await pc.number()
    if state == "denied":
        await boss.deny(pc.ticket)
    if state in ("confirmed", "exchanged"):
        await boss.confirm(pc.ticket, number)
    if state == "exchanged":
        assert (await pc.exchange()).signed is not None
    return number


async def act(pc: Computer, boss: Phone, event: str, number: int) -> str | int:
    """One event; the state afterwards or the refusal's status."""
    try:
        if event == "scan":
            await boss.look(pc.ticket)
        elif event == "confirm":
            await boss.confirm(pc.ticket, number)
        elif event == "deny":
            await boss.deny(pc.ticket)
        elif event == "cancel":
            await pc.cancel()
        elif event == "exchange":
            if (await pc.exchange()).signed is None:
                return 202
        else:
            clock.freeze(clock.utc_now() + timedelta(seconds=200))
    except Problem as problem:
        return problem.status
    return await pc.state()


@pytest.mark.parametrize(("state", "event"), sorted(TABLE))
async def test_each_state_and_event(state: str, event: str, migrator: Any) -> None:
    """The table of section 3, all 42 cells; a refused event changes nothing."""
    assert len(TABLE) == 42
    clock.freeze(NOON)
    boss, pc = await phone(migrator), await computer()
    number = await bring(pc, boss, state)
    assert await pc.state() == state
    assert await act(pc, boss, event, number) == TABLE[state, event]
    wanted = TABLE[state, event]
    assert await pc.state() == (wanted if isinstance(wanted, str) else state)


@pytest.mark.parametrize("event", ["scan", "confirm", "deny"])
@pytest.mark.parametrize("state", ["scanned", "confirmed"])
async def test_another_person_gets_nowhere(state: str, event: str, migrator: Any) -> None:
    """scan, confirm and deny belong to who scanned."""
    boss, other, pc = await phone(migrator), await phone(migrator), await computer()
    number = await bring(pc, boss, state)
    assert await act(pc, other, event, number) == 409
    assert await pc.state() == state
    taken = await pc.exchange() if state == "confirmed" else None
    assert taken is None or taken.signed is not None and taken.signed.account_id == boss.who.account_id


# Time ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-1, 0, 1])
@pytest.mark.parametrize(
    ("state", "lives", "event"), [("created", 120, "scan"), ("scanned", 60, "confirm"), ("confirmed", 30, "exchange")]
)
async def test_ends_exactly(state: str, lives: int, event: str, off: int, migrator: Any) -> None:
    """rule Q2: 120 s to be scanned, then 60 to be confirmed, then 30 to be taken; -1 s works, 0 and +1 do not."""
    clock.freeze(NOON)
    boss, pc = await phone(migrator), await computer()
    clock.freeze(NOON + timedelta(seconds=5))
    number = await bring(pc, boss, state)
    begun = NOON if state == "created" else NOON + timedelta(seconds=5)
    clock.freeze(begun + timedelta(seconds=lives + off))
    assert await act(pc, boss, event, number) == (TABLE[state, event] if off < 0 else 410)


async def test_looking_again_does_not_start_the_clock_anew(migrator: Any) -> None:
    """rule Q2."""
    clock.freeze(NOON)
    boss, pc = await phone(migrator), await computer()
    first = (await boss.look(pc.ticket)).expires_at
    clock.freeze(NOON + timedelta(seconds=50))
    assert (await boss.look(pc.ticket)).expires_at == first


# Races ---------------------------------------------------------------------------------------------------------------


async def gather(calls: list[Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_fifty_exchanges_at_once_have_one_winner(migrator: Any) -> None:
    """rules Q3, Q10: one session; the same browser's repeats are told 410 and end nothing."""
    boss, pc = await phone(migrator), await computer()
    await bring(pc, boss, "confirmed")
    answers = await gather([pc.exchange() for _ in range(50)])
    winners = [a for a in answers if isinstance(a, scan.Taken)]
    assert len(winners) == 1 and winners[0].signed is not None and await alive(winners[0].signed)
    assert {a.status for a in answers if isinstance(a, Problem)} == {410}
    assert await migrator.fetchval("select count(*) from session where account_id = $1", boss.who.account_id) == 2


async def test_fifty_confirmations_at_once_confirm_once(migrator: Any) -> None:
    """rule Q3: all of them are told ok, the transition happened once."""
    boss, pc = await phone(migrator), await computer()
    number = await bring(pc, boss, "scanned")
    noted: list[str] = []

    async def one() -> datetime:
        async with boss() as ctx:
            until = await scan.confirm(ctx, pc.ticket, number)
            noted.extend(row.action for row in ctx.audit_rows)
            return until

    answers = await gather([one() for _ in range(50)])
    assert len({a for a in answers if isinstance(a, datetime)}) == 1 and len(answers) == 50
    assert noted.count("scan.confirmed") == 1 and await pc.state() == "confirmed"


async def test_fifty_people_scan_at_once_and_one_has_it(migrator: Any) -> None:
    """rule Q3."""
    crowd = [await phone(migrator) for _ in range(50)]
    pc = await computer()
    answers = await gather([one.look(pc.ticket) for one in crowd])
    winners = [n for n, a in enumerate(answers) if isinstance(a, scan.Seen)]
    assert len(winners) == 1
    assert {a.code for a in answers if isinstance(a, Problem)} == {"SCAN_TAKEN"}
    number = await pc.number()
    confirmed = await gather([one.confirm(pc.ticket, number) for one in crowd])
    assert [n for n, a in enumerate(confirmed) if isinstance(a, datetime)] == winners


async def test_confirm_deny_and_cancel_at_once_end_in_one_state(migrator: Any) -> None:
    """rule Q3: whatever came first, what stands there is what the others were told."""
    for _ in range(6):
        boss, pc = await phone(migrator), await computer()
        number = await bring(pc, boss, "scanned")
        calls: list[Awaitable[Any]] = [
            boss.confirm(pc.ticket, number),
            boss.deny(pc.ticket),
            pc.cancel(),
            pc.exchange(),
        ]
        await gather(calls)
        assert await pc.state() in ("denied", "cancelled", "exchanged")


# Thieves -------------------------------------------------------------------------------------------------------------


async def test_a_photographed_code_gets_nothing(migrator: Any) -> None:
    """rule Q1: the ticket without the secret neither polls nor takes nor cancels, at any state."""
    for state in ("created", "scanned", "confirmed"):
        boss, pc = await phone(migrator), await computer()
        await bring(pc, boss, state)
        for secret in ("", "x" * 43, pc.ticket):
            thief = replace(pc, ip=next(_addresses), secret=secret)
            assert (await refusal(thief.stand())).status == 404
            assert (await refusal(thief.exchange())).status == 404
            assert (await refusal(thief.cancel())).status == 404
        assert await pc.state() == state


async def test_a_stolen_cookie_without_the_ticket_gets_nothing(migrator: Any) -> None:
    """rule Q1."""
    boss, pc = await phone(migrator), await computer()
    await bring(pc, boss, "confirmed")
    other = await computer()
    for ticket in ("", "A" * 22, other.ticket):
        thief = replace(pc, ip=next(_addresses), ticket=ticket)
        assert (await refusal(thief.stand())).status == 404
        assert (await refusal(thief.exchange())).status == 404
    assert await pc.state() == "confirmed"


async def test_a_repeat_from_another_client_ends_the_session(migrator: Any) -> None:
    """rule Q10: replay alarm. The same browser's repeat only hears 410."""
    boss, pc = await phone(migrator), await computer()
    await bring(pc, boss, "confirmed")
    taken = await pc.exchange()
    assert taken.signed is not None
    assert (await refusal(pc.exchange())).code == "SCAN_USED" and await alive(taken.signed)
    thief = replace(pc, device="thief-0000000000000000")
    problem = await refusal(thief.exchange())
    assert (problem.status, problem.kept) == (410, True)
    assert not await alive(taken.signed) and await alive(boss.signed)
    reason = await migrator.fetchval("select revoke_reason from session where id = $1", taken.signed.sid)
    assert reason == "scan_replay" and (await refusal(thief.exchange())).status == 410


async def test_a_session_born_by_scan_does_not_scan_on(migrator: Any) -> None:
    """rule Q8: desktop WeChat is signed in by scan, and is no phone."""
    boss, pc = await phone(migrator), Computer(next(_addresses))
    made = await pc.ask("mini")
    assert made.poll_secret is not None
    await bring(pc, boss, "confirmed")
    desk = (await pc.exchange()).signed
    assert desk is not None and desk.audience == "mini"
    following = await computer()
    async with signed_in(desk) as ctx:
        assert (await refusal(scan.look(ctx, following.ticket))).code == "SCAN_FROM_PHONE"


@pytest.mark.parametrize(
    "audience", ["console-ops", "console-gov", "console-verify", "console-bank", "h5", "openapi", ""]
)
async def test_consoles_of_two_factors_are_not_opened_by_scanning(audience: str) -> None:
    """rule L21."""
    pc = Computer(next(_addresses))
    assert (await refusal(pc.ask(audience))).status == 422


# Numbers -------------------------------------------------------------------------------------------------------------


async def test_a_wrong_number_ends_it(migrator: Any) -> None:
    """rule Q5: denied and a security event; also after the confirmation."""
    for state in ("scanned", "confirmed"):
        boss, pc = await phone(migrator), await computer()
        number = await bring(pc, boss, state)
        async with boss() as ctx:
            problem = await refusal(scan.confirm(ctx, pc.ticket, 10 if number != 10 else 11))
            assert ("scan.number_wrong", "denied") in {(r.action, r.result) for r in ctx.audit_rows}
        assert (problem.code, problem.kept) == ("SCAN_NUMBER", True)
        assert await pc.state() == "denied"
        assert (await refusal(boss.confirm(pc.ticket, number))).status == 410


async def test_numbers_are_not_always_at_the_same_place(migrator: Any) -> None:
    places_of = set()
    for _ in range(30):
        boss, pc = await phone(migrator), await computer()
        seen = await boss.look(pc.ticket)
        places_of.add(seen.numbers.index(await pc.number()))
    assert places_of == {0, 1, 2}


# Who may still -------------------------------------------------------------------------------------------------------

Change = Callable[[Any, Phone], Awaitable[Any]]
BETWEEN: dict[str, tuple[Change, str]] = {
    "account": (
        lambda m, p: m.execute("update account set status = 'disabled' where id = $1", p.who.account_id),
        "ACCOUNT_DISABLED",
    ),
    "membership": (
        lambda m, p: m.execute("update membership set status = 'ended' where tenant_id = $1", p.org),
        "NO_MEMBERSHIP",
    ),
    "organisation": (
        lambda m, p: m.execute("update organisation set status = 'suspended' where id = $1", p.org),
        "NO_MEMBERSHIP",
    ),
    "phone": (
        lambda m, p: m.execute("update session set revoked_at = now() where id = $1", p.signed.sid),
        "SCAN_PHONE_ENDED",
    ),
}


@pytest.mark.parametrize("what", sorted(BETWEEN))
async def test_disabled_between_confirmation_and_exchange(what: str, migrator: Any) -> None:
    """rule Q8: looked at again; nobody enters and the ticket is spent."""
    boss, pc = await phone(migrator), await computer()
    await bring(pc, boss, "confirmed")
    change, code = BETWEEN[what]
    await change(migrator, boss)
    problem = await refusal(pc.exchange())
    assert (problem.status, problem.code, problem.kept) == (403, code, True)
    assert await pc.state() == "denied"
    assert await migrator.fetchval("select count(*) from session where account_id = $1", boss.who.account_id) == 1


@pytest.mark.parametrize("what", sorted(BETWEEN))
async def test_disabled_between_scan_and_confirmation(what: str, migrator: Any) -> None:
    """rule Q8: the door of the request refuses, as for any other request."""
    boss, pc = await phone(migrator), await computer()
    number = await bring(pc, boss, "scanned")
    await BETWEEN[what][0](migrator, boss)
    assert (await refusal(boss.confirm(pc.ticket, number))).status in (401, 403)
    assert await pc.state() == "scanned"


async def test_confirms_only_for_the_enterprise_that_was_shown(migrator: Any) -> None:
    """rule Q4: switched in between: scan again."""
    boss, pc = await phone(migrator), await computer()
    second = await organisation(migrator)
    await member(migrator, boss.who, second, "viewer")
    number = await bring(pc, boss, "scanned")
    async with signed_in(boss.signed, second) as ctx:
        assert (await refusal(scan.confirm(ctx, pc.ticket, number))).code == "SCAN_ORGANISATION"
    async with signed_in(boss.signed, second) as ctx:
        await scan.look(ctx, pc.ticket)
    async with signed_in(boss.signed, second) as ctx:
        await scan.confirm(ctx, pc.ticket, number)
    taken = await pc.exchange()
    assert taken.signed is not None and taken.signed.organisation == second


# Risk ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two provinces on documentation networks."""
    path = tmp_path / "places.csv"
    path.write_text(
        "network,province,city\n203.0.113.0/24,广东省,广州市\n198.51.100.0/24,浙江省,杭州市\n2001:db8::/32,广东省,\n",
        "utf-8",
    )
    monkeypatch.setattr(places, "settings", replace(places.settings, ip_places_file=str(path)))
    return path


@pytest.mark.parametrize(
    ("ip", "text"),
    [("203.0.113.9", "广州市"), ("203.0.114.0", "未知"), ("198.51.100.255", "杭州市"), ("2001:db8::1", "广东省"),
     ("::ffff:203.0.113.1", "广州市"), ("127.0.0.1", "本机"), ("192.168.3.4", "局域网"), ("fe80::1", "局域网"), ("", "未知"), ("x", "未知")],
)  # fmt: skip
def test_places(ip: str, text: str, table: Path) -> None:
    """rule Q4: what the table does not know is unknown."""
    assert places.place_of(ip).text == text


def test_broken_tables_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (
        "1.2.3.4/8,广东省,广州市\n",
        "nonsense,a,b\n",
        "10.0.0.0/8,广东省\n",
        "10.0.0.0/8,a,b\n10.1.0.0/16,c,d\n",
    ):
        path = tmp_path / f"{abs(hash(text))}.csv"
        path.write_text(text, "utf-8")
        monkeypatch.setattr(places, "settings", replace(places.settings, ip_places_file=str(path)))
        with pytest.raises(places.PlacesBroken, match=path.name):
            places.place_of("10.1.2.3")


async def test_another_province_and_a_new_pc_ask_for_a_proof(migrator: Any, table: Path) -> None:
    """rule Q6: only both together; a password is no answer, an authenticator is; the proof is for this ticket and once."""
    clock.freeze(NOON)
    boss = await phone(migrator, ip="198.51.100.7")
    async with guest() as ctx:
        await auth.give_second_factor(ctx, boss.who.account_id, SECRET)
    far = Computer("203.0.113.20", device="far-away-computer-1")
    await far.ask()
    seen = await boss.look(far.ticket)
    assert seen.province_differs and seen.step_up and seen.city == "广州市"
    number = await far.number()
    refused = await refusal(boss.confirm(far.ticket, number))
    assert refused.code == "STEP_UP_REQUIRED" and refused.extra["purpose"] == "scan.confirm"
    assert await far.state() == "scanned"
    async with boss() as ctx:
        proof = await auth.prove(
            ctx, "totp", auth.current_code(SECRET, NOON.timestamp()), "scan.confirm", refused.extra["operation"], ""
        )
    second = Computer("203.0.113.21", device="far-away-computer-2")
    await second.ask()
    await boss.look(second.ticket)
    assert (await refusal(boss.confirm(second.ticket, await second.number(), str(proof)))).code == "STEP_UP_REQUIRED"
    await boss.confirm(far.ticket, number, str(proof))
    assert (await far.exchange()).new_pc
    known = Computer("203.0.113.22", device="far-away-computer-1")
    await known.ask()
    assert not (await boss.look(known.ticket)).step_up  # the PC is known by now
    near = Computer("198.51.100.9", device="near-computer-00001")
    await near.ask()
    assert not (await boss.look(near.ticket)).step_up


async def test_a_password_is_no_proof_for_a_scan(migrator: Any, table: Path) -> None:
    """rule Q6: SMS or face, or the authenticator."""
    boss = await phone(migrator, ip="198.51.100.7")
    pc = Computer("203.0.113.40", device="far-away-computer-3")
    await pc.ask()
    await boss.look(pc.ticket)
    refused = await refusal(boss.confirm(pc.ticket, await pc.number()))
    async with boss() as ctx:
        proof = await auth.prove(ctx, "password", PASSWORD, "scan.confirm", refused.extra["operation"], "")
    assert (await refusal(boss.confirm(pc.ticket, await pc.number(), str(proof)))).code == "STEP_UP_REQUIRED"


# Limits --------------------------------------------------------------------------------------------------------------


async def test_ten_codes_a_minute_and_address() -> None:
    """rule Q11."""
    clock.freeze(NOON)
    ip = next(_addresses)
    for _ in range(10):
        await Computer(ip).ask()
    assert (await refusal(Computer(ip).ask())).status == 429
    await Computer(next(_addresses)).ask()
    clock.freeze(NOON + timedelta(seconds=60))
    await Computer(ip).ask()


async def test_three_live_codes_a_browser() -> None:
    """rule Q11: the oldest gives way, the secret goes on; a dead browser gets a new one."""
    clock.freeze(NOON)
    pc = await computer()
    first, secret = pc.ticket, pc.secret
    tickets = [first]
    for n in range(3):
        clock.freeze(NOON + timedelta(seconds=n + 1))
        made = await pc.ask()
        assert made.poll_secret is None
        tickets.append(made.ticket)
    states = [await replace(pc, ticket=t).state() for t in tickets]
    assert states == ["cancelled", "created", "created", "created"]
    clock.freeze(NOON + timedelta(seconds=300))
    assert (await pc.ask()).poll_secret not in (None, secret)


async def test_a_planted_cookie_is_not_taken_up() -> None:
    """A secret that we did not make never becomes one."""
    pc = Computer(next(_addresses), secret="planted" * 6)
    made = await pc.ask()
    assert made.poll_secret is not None and made.poll_secret != "planted" * 6
    assert (await refusal(replace(pc, secret="planted" * 6).stand())).status == 404


async def test_ten_scans_a_minute_and_person(migrator: Any) -> None:
    """rule Q11."""
    clock.freeze(NOON)
    boss, pc = await phone(migrator), await computer()
    for _ in range(10):
        await boss.look(pc.ticket)
    assert (await refusal(boss.look(pc.ticket))).code == "SCAN_LIMIT"


async def test_thirty_guesses_an_hour_then_an_hour_outside(migrator: Any) -> None:
    """rule Q11: the right ticket does not open either while the address is kept out."""
    clock.freeze(NOON)
    boss, pc = await phone(migrator), await computer()
    await bring(pc, boss, "confirmed")
    for n in range(30):
        assert (await refusal(replace(pc, ticket=f"guess-{n}").stand())).status == 404
    assert (await refusal(replace(pc, ticket="guess-30").stand())).code == "SCAN_BLOCKED"
    assert (await refusal(pc.exchange())).code == "SCAN_BLOCKED"
    assert await pc.state() == "confirmed"
    clock.freeze(NOON + timedelta(hours=1))
    late = Computer(pc.ip)
    await late.ask()
    assert (await late.stand()).state == "created"


# Waiting -------------------------------------------------------------------------------------------------------------


async def test_a_poll_waits_without_a_connection_and_wakes_at_once(migrator: Any) -> None:
    """rule Q9: more polls wait than the pool has connections, others go on working, a scan wakes its own."""
    boss = await phone(migrator)
    machines = [await computer() for _ in range(25)]  # the pool of the tests holds ten
    polls = [asyncio.create_task(pc.stand(wait=20)) for pc in machines]
    await asyncio.sleep(0.5)
    async with transaction() as db:
        assert await db.value("select 1") == 1
        held = await db.value(
            "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()"
        )
    assert held == 0
    began = asyncio.get_running_loop().time()
    await boss.look(machines[3].ticket)
    found = await polls[3]
    assert found.state == "scanned" and asyncio.get_running_loop().time() - began < 1.5
    assert not any(p.done() for n, p in enumerate(polls) if n != 3)
    for task in polls:
        task.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    assert not scan._waiting


async def test_a_poll_is_answered_when_what_was_seen_is_over(migrator: Any) -> None:
    """A change between two polls is not slept through."""
    boss, pc = await phone(migrator), await computer()
    await boss.look(pc.ticket)
    assert (await pc.stand(wait=20, seen="created")).state == "scanned"


async def test_polls_closer_than_a_second_are_told_to_slow_down() -> None:
    """rule Q9."""
    clock.freeze(NOON)
    pc = await computer()
    await pc.stand()
    problem = await refusal(pc.stand())
    assert (problem.status, problem.code, problem.extra["interval"]) == (429, "SLOW_DOWN", 5)
    clock.freeze(NOON + timedelta(seconds=1))
    assert (await pc.stand()).state == "created"


async def test_a_poll_ends_when_the_code_ends() -> None:
    """rule Q2: the page learns of the end without asking again."""
    clock.freeze(NOON)
    pc = await computer()
    task = asyncio.create_task(pc.stand(wait=6))
    await asyncio.sleep(0.3)
    clock.freeze(NOON + timedelta(seconds=121))
    assert (await asyncio.wait_for(task, 5)).state == "expired"


async def test_above_the_limit_polls_are_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """rule Q9: waiting pages never take all that the process can hold."""
    monkeypatch.setattr(scan, "WAITING_LIMIT", 1)
    first, second = await computer(), await computer()
    waits = asyncio.create_task(first.stand(wait=20))
    await asyncio.sleep(0.2)
    assert (await asyncio.wait_for(second.stand(wait=20), 2)).state == "created"
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)


async def test_a_hang_up_and_a_stop_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "RELOOK", 0.2)
    pc, closed = await computer(), [False]
    task = asyncio.create_task(pc.stand(wait=20, gone=lambda: closed[0]))
    await asyncio.sleep(0.3)
    closed[0] = True
    assert (await asyncio.wait_for(task, 2)).state == "created"
    other = await computer()
    task = asyncio.create_task(other.stand(wait=20))
    await asyncio.sleep(0.1)
    scan.stop_waiting()
    try:
        assert (await asyncio.wait_for(task, 1)).state == "created"
    finally:
        scan._stopping.clear()


async def test_old_tickets_go(migrator: Any) -> None:
    """A day, so that a replay is still known."""
    from auth.schedules import purge_scans

    clock.freeze(NOON)
    pc = await computer()
    clock.freeze(NOON + timedelta(hours=23))
    async with transaction() as db:
        await purge_scans(db)
    assert await pc.state() == "expired"
    clock.freeze(NOON + timedelta(hours=25))
    async with transaction() as db:
        await purge_scans(db)
    assert (await refusal(pc.stand())).status == 404
