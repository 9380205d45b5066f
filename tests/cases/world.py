"""A firm, an agency in good standing with three people, and a subject that knows no report: what the machine alone has to do."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

import cases
import tenants
from core import jobs
from core.clock import beijing_date, utc_now
from core.database import Acting
from core.ids import PLATFORM_ORG, new_id
from tests.filing.world import Firm, act, make_firm, uscc

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ROLES = ("agency_admin", "verifier", "agency_reviewer")


@dataclass(slots=True)
class FakeSubject:
    """A report with two sections: a text, two measures to judge, one figure that only stands there. Tests change it between hand-offs."""

    measures: dict[str, Decimal] = field(default_factory=lambda: {"m1": Decimal("10.500000"), "m2": Decimal("4.000000")})
    intro: str = "示例企业"
    proofs: list[cases.Proof] = field(default_factory=list)
    issued: list[cases.CaseFacts] = field(default_factory=list)
    conservative: str = ""

    async def prepare(self, ctx: Acting, year: int) -> cases.Outline:
        figures = [
            cases.Figure(
                path=f"reduction.measures[{key}]", label=f"措施 {key}", value=value, unit="tCO2", judge=True, co2=value, conservative=self.conservative,
                link="/reduction", evidence=[p.id for p in self.proofs],
            )
            for key, value in self.measures.items()
        ]  # fmt: skip
        sections = [
            cases.Section(key="company", title="企业基本信息", figures=[cases.Figure(path="company.intro", label="简介", text=self.intro)]),
            cases.Section(key="reduction", title="碳减排信息", figures=figures),
        ]
        return cases.Outline(
            kind="reduction", year=year, report_id=str(new_id()), report_number=f"TXR{year}", report_sha256="0" * 64, sections=sections, proofs=self.proofs
        )

    def correctable(self, ctx: Acting, figure: cases.Figure) -> bool:
        return figure.path == "reduction.measures[m1]"

    async def correct(self, ctx: Acting, year: int, figure: cases.Figure, value: Decimal, reason: str, proofs: list[tuple[str, bytes]]) -> None:
        self.measures["m1"] = value

    async def issue(self, ctx: Acting, facts: cases.CaseFacts) -> cases.Issued:
        self.issued.append(facts)
        return cases.Issued(new_id(), f"TXA{facts.year}")


@dataclass(slots=True)
class Town:
    """Everybody of a case."""

    firm: Firm
    agency: UUID
    people: dict[str, UUID]
    members: dict[str, UUID]
    migrator: asyncpg.Connection
    subject: FakeSubject
    kind: str = "reduction"
    case: UUID | None = None

    def as_firm(self, role: str = "legal") -> AbstractAsyncContextManager[Acting]:
        return self.firm.act(role)

    def as_agency(self, role: str) -> AbstractAsyncContextManager[Acting]:
        return act(self.agency, self.people[role], role, "verifier")

    async def submit(self, year: int = 2025, agency: UUID | None = None) -> cases.Case:
        """Hand over; the case is remembered."""
        async with self.as_firm() as ctx:
            sha = cases.consent_text(self.kind).sha256
            made = await cases.submit_case(ctx, kind=self.kind, year=year, agency_id=agency or self.agency, consent_text_sha256=sha)
        self.case = made.id
        return made

    async def read(self) -> cases.Case:
        assert self.case is not None
        async with self.as_firm() as ctx:
            return await cases.get_case(ctx, self.case)

    async def accept(self, **changes: Any) -> cases.Case:
        async with self.as_agency("agency_admin") as ctx:
            facts = {"verifier_id": self.members["verifier"], "reviewer_id": self.members["agency_reviewer"], "declaration": True, **changes}
            return await cases.accept_case(ctx, self.case, **facts)  # type: ignore[arg-type]

    async def verb(self, role: str, verb: Any, *args: Any, **more: Any) -> cases.Case:
        """A verb of the agency on the case, in a transaction of its own."""
        async with self.as_agency(role) as ctx:
            return await verb(ctx, self.case, *args, **more)  # type: ignore[no-any-return]

    async def firm_verb(self, verb: Any, *args: Any, **more: Any) -> Any:
        async with self.as_firm() as ctx:
            return await verb(ctx, self.case, *args, **more)

    async def judge_all(self) -> cases.Case:
        return await self.verb("verifier", cases.accept_amounts, [f"reduction.measures[{key}]" for key in self.subject.measures])

    async def ask(self, path: str = "reduction.measures[m1]", section: str = "reduction") -> cases.Case:
        return await self.verb("verifier", cases.raise_finding, section=section, path=path, text="请补充依据", severity="important")

    async def answer(self, number: int = 1, choice: str = "explain", **more: Any) -> cases.Case:
        finding = next(f for f in (await self.read()).findings if f.number == number)
        return await self.firm_verb(cases.answer_finding, finding.id, choice=choice, text="已核对，说明如下", **more)  # type: ignore[no-any-return]

    async def conclude(self, verdict: str = "accepted") -> cases.Case:
        version = (await self.read()).version
        return await self.verb("verifier", cases.conclude_case, opinion="经审核，数据真实、计算正确，予以认可。", verdict=verdict, version=version)

    async def sign(self) -> cases.Case:
        return await self.verb("agency_reviewer", cases.sign_case, version=(await self.read()).version)

    async def reach(self, state: str) -> cases.Case:
        """Bring a fresh case to a state by the product's own verbs."""
        made = await self.submit()
        if state == "submitted":
            return made
        if state == "declined":
            return await self.verb("agency_admin", cases.decline_case, reason="人手不足")
        if state == "withdrawn":
            return await self.firm_verb(cases.withdraw_case, version=made.version)  # type: ignore[no-any-return]
        await self.accept()
        if state in ("in_audit", "in_verification"):
            return await self.read()
        if state == "returned":
            await self.ask()
            return await self.verb("verifier", cases.return_case, version=(await self.read()).version)
        await self.judge_all()
        await self.conclude()
        if state == "concluded":
            return await self.read()
        if state == "refused":
            return await self.verb("agency_reviewer", cases.refuse_case, reason="依据不足")
        await self.sign()
        if state in ("audited",):
            return await self.read()
        await self.run_jobs()
        return await self.read()

    async def run_jobs(self) -> None:
        """Everything both sides have waiting."""
        while rows := await self.migrator.fetch(
            "select tenant_id, id from outbox where tenant_id = any ($1) and state = 'queued' and kind like 'cases.%' order by created_at, id",
            [self.firm.id, self.agency],
        ):
            for row in rows:
                await jobs.run_job(row["tenant_id"], row["id"])
            left = await self.migrator.fetchval(
                "select count(*) from outbox where tenant_id = any ($1) and state = 'queued' and kind like 'cases.%' and attempts > 0", [self.firm.id, self.agency]
            )
            assert not left, await self.migrator.fetch("select kind, last_error from outbox where state = 'queued' and attempts > 0")

    async def notices(self, tenant: UUID) -> list[str]:
        return [r["kind"] for r in await self.migrator.fetch("select kind from notice where tenant_id = $1 order by created_at, id", tenant)]


def operator(role: str = "ops_reviewer") -> AbstractAsyncContextManager[Acting]:
    """The platform."""
    return act(PLATFORM_ORG, new_id(), role, "operator")


async def make_people(migrator: asyncpg.Connection, agency: UUID, *roles: str) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Persons and memberships of an agency, one for each role."""
    now = utc_now()
    people = {role: new_id() for role in roles}
    members = [tenants.BulkMember(agency, p, (r,), "周晓晴", f"a-{r}-{p.hex[-6:]}") for r, p in people.items()]
    await tenants.bulk_members(migrator, members, now, beijing_date(now))
    rows = await migrator.fetch("select id, person_id from membership where tenant_id = $1", agency)
    by_person = {r["person_id"]: r["id"] for r in rows}
    return people, {role: by_person[p] for role, p in people.items()}


async def make_agency(
    migrator: asyncpg.Connection, *, kinds: tuple[str, ...] = ("reduction_auditor", "grade_verifier"), designate: bool = True, qualify: bool = True
) -> tuple[UUID, dict[str, UUID], dict[str, UUID]]:
    """An agency in good standing by the operator's own verbs; its id, persons and memberships by role."""
    now, agency = utc_now(), new_id()
    await tenants.bulk_create(
        migrator, [tenants.BulkOrganisation(agency, "verifier", f"测试审核机构{agency.hex[-8:]}", uscc(), "440112", None, "active")], now
    )
    people, members = await make_people(migrator, agency, *ROLES)
    async with operator() as ctx:
        made = await tenants.create_agency(
            ctx, tenants.NewAgency(list(kinds), ["440000"], "业务部 020-38000000", ctx.today + timedelta(days=400), organisation_id=agency)
        )
        if qualify:
            made = await tenants.hand_in_qualification(ctx, agency, "资质.pdf", PDF, version=made.agency.version)
    if designate and "grade_verifier" in kinds:
        async with operator("ops_approver") as ctx:
            await tenants.designate_agency(ctx, agency, version=made.agency.version, valid_from=None, valid_to=ctx.today + timedelta(days=200))
    return agency, people, members


async def make_town(migrator: asyncpg.Connection, kind: str = "reduction") -> Town:
    """A fresh firm and a fresh agency."""
    firm = await make_firm(migrator)
    agency, people, members = await make_agency(migrator)
    subject = FakeSubject()
    cases.subjects[kind] = subject
    return Town(firm, agency, people, members, migrator, subject, kind)
