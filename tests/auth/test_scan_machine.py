"""Scan sign-in against a model of its table, in random order and at random times (rule Q13)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import auth
from auth import scan
from core import clock
from core.errors import Problem
from tests.auth.test_scan import NOON, Computer, Phone, _addresses, alive, phone

Run = Callable[[Coroutine[Any, Any, Any]], Any]
LIVES = {"created": 120, "scanned": 60, "confirmed": 30}
PEOPLE = st.sampled_from([0, 1])
#: Up to a second before the end, exactly the end, a second after it, and small steps.
STEPS = st.sampled_from([0.5, 1, 1, 2, 2, 29, 30, 31, 59, 60, 61, 119, 120, 121])


def fresh(signed: auth.SignedIn) -> auth.SignedIn:
    """The same session with an access token of now."""
    token = auth.issue_access_token(
        account=signed.account_id,
        sid=signed.sid,
        organisation=signed.organisation,
        audience=signed.audience,
        amr=list(signed.amr),
        auth_time=NOON,
    )
    return replace(signed, access_token=token)


def machine(run: Run, people: list[Phone], steps: Counter[str]) -> type[RuleBasedStateMachine]:
    """The machine over one ticket at a time; ``run`` carries a coroutine to the loop of the database."""

    class Scans(RuleBasedStateMachine):
        state: str
        until: datetime
        holder: int | None

        @initialize()
        def begin(self) -> None:
            self.now = NOON + timedelta(hours=sum(steps.values()))
            self.tick()
            self.looks: Counter[tuple[int, int]] = Counter()
            self.ask()

        def tick(self) -> None:
            clock.freeze(self.now)
            for one in people:
                one.signed = fresh(one.signed)

        def ask(self) -> None:
            self.pc = Computer(next(_addresses), device=f"machine-{sum(steps.values()):012d}")
            run(self.pc.ask())
            self.state, self.until, self.holder, self.number = "created", self.now + timedelta(seconds=120), None, 0
            self.taken: scan.Taken | None = None
            self.stolen = False

        def move(self, state: str) -> None:
            self.state = state
            if state in LIVES:
                self.until = self.now + timedelta(seconds=LIVES[state])

        @property
        def real(self) -> str:
            return "expired" if self.state in LIVES and self.until <= self.now else self.state

        def did(self, event: str, call: Coroutine[Any, Any, Any], wanted: str | int) -> Any:
            """Run it and compare with what the model expects: a state, or the status of a refusal."""
            steps[f"{self.real} × {event}"] += 1
            try:
                answer = run(call)
            except Problem as problem:
                assert problem.status == wanted, (self.real, event, problem)
                return None
            assert isinstance(wanted, str), (self.real, event, "nothing was refused")
            self.move(wanted) if wanted != self.state else None
            return answer

        @rule(far=st.integers(0, 3), who=PEOPLE)
        def again(self, far: int, who: int) -> None:
            """A new ticket, walked so far along the good way (chance alone seldom gets there)."""
            self.ask()
            if far >= 1:
                self.look(who)
            if far >= 2:
                self.confirm(who, True)
            if far >= 3:
                self.exchange()

        @rule(who=PEOPLE)
        def look(self, who: int) -> None:
            slot = int(self.now.timestamp() // 60)
            self.looks[who, slot] += 1
            if self.looks[who, slot] > 10:
                self.did("scan too often", people[who].look(self.pc.ticket), 429)
                return
            wanted: str | int = {
                "created": "scanned",
                "scanned": "scanned" if self.holder == who else 409,
                "confirmed": 409,
            }.get(self.real, 410)
            if self.real == "created":
                self.holder = who
            seen = self.did("scan", people[who].look(self.pc.ticket), wanted)
            if seen is not None:
                self.number = run(self.pc.number())
                assert self.number in seen.numbers and seen.expires_at == self.until

        @rule(who=PEOPLE, right=st.booleans())
        def confirm(self, who: int, right: bool) -> None:
            number = self.number if right else (self.number + 1) % 100
            wanted: str | int = 410
            if self.real in LIVES:
                wanted = 409
                if self.holder == who and self.real in ("scanned", "confirmed"):
                    wanted = "confirmed" if right else 422
            before = self.state
            self.did("confirm", people[who].confirm(self.pc.ticket, number), wanted)
            if wanted == 422:
                self.move("denied")
            assert before != "exchanged" or self.state == "exchanged"

        @rule(who=PEOPLE)
        def deny(self, who: int) -> None:
            own = self.holder == who and self.real in ("scanned", "confirmed")
            wanted: str | int = "denied" if own else 409 if self.real in LIVES else 410
            self.did("deny", people[who].deny(self.pc.ticket), wanted)

        @rule()
        def cancel(self) -> None:
            self.did("cancel", self.pc.cancel(), "cancelled" if self.real in LIVES else 410)

        @rule()
        def exchange(self) -> None:
            real = self.real
            if real in ("created", "scanned"):
                assert self.did("exchange", self.pc.exchange(), real).signed is None
                return
            taken = self.did("exchange", self.pc.exchange(), "exchanged" if real == "confirmed" else 410)
            if taken is not None:
                assert self.holder is not None and taken.signed.account_id == people[self.holder].who.account_id
                self.taken = taken

        @rule(kind=st.sampled_from(["photo", "cookie"]))
        def thief(self, kind: str) -> None:
            """Half of what is needed is nothing."""
            half = {"photo": {"secret": "s" * 43}, "cookie": {"ticket": "t" * 22}}[kind]
            other = Computer(next(_addresses), **{"ticket": self.pc.ticket, "secret": self.pc.secret, **half})
            self.did(f"theft by {kind}", other.exchange(), 404)

        @rule()
        @precondition(lambda self: self.state == "exchanged")
        def replay(self) -> None:
            other = Computer(next(_addresses), self.pc.ticket, self.pc.secret, device="another-machine-0001")
            self.did("replay", other.exchange(), 410)
            self.stolen = True

        @rule(seconds=STEPS)
        def wait(self, seconds: float) -> None:
            steps[f"{self.real} × timeout"] += 1
            self.now += timedelta(seconds=seconds)
            self.tick()

        @invariant()
        def stands_where_the_model_says(self) -> None:
            if not hasattr(self, "pc"):
                return
            assert run(self.pc.state()) == self.real
            if self.taken is not None and self.taken.signed is not None:
                assert run(alive(fresh(self.taken.signed))) is not self.stolen

    return Scans


async def test_the_machine_follows_the_table(migrator: Any) -> None:
    """rule Q13: at least 2000 steps; the cells of the table are all met."""
    loop, steps = asyncio.get_running_loop(), Counter[str]()
    clock.freeze(NOON)
    people = [await phone(migrator), await phone(migrator)]
    await migrator.execute("update session set idle_until = 'infinity', absolute_until = 'infinity'")

    def run(call: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(call, loop).result(30)

    kept = settings(
        max_examples=70, stateful_step_count=50, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, machine(run, people, steps), settings=kept)
    assert sum(steps.values()) >= 2000, steps
    states = ("created", "scanned", "confirmed", "exchanged", "expired", "cancelled", "denied")
    events = ("scan", "confirm", "deny", "cancel", "exchange", "timeout")
    assert [f"{s} × {e}" for s in states for e in events if not steps[f"{s} × {e}"]] == []
