"""The demonstration's agencies and their cases: one at work with an answered question, one waiting to be signed, one just handed in."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from PIL import Image, ImageDraw

import cases
import filing
import reports.verified  # noqa: F401 - the subject of grade cases
import tenants
from auth.permissions import permissions_of
from core.clock import utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG
from demo.city import CITY, Firm, amount, firms
from documents.fonts import face

GRADE, AUDIT = 0, 1
#: number of the agency, its kind, whom to reach, what it knows
AGENCIES = (
    (GRADE, "grade_verifier", "核查业务部 020-00000031", "制造业、食品、印染"),
    (AUDIT, "reduction_auditor", "审核业务部 020-00000032", "塑料制品、电子电路、表面处理"),
)
WORKED, SIGNED, FRESH = 16, 20, 23


async def people_of(login: str) -> UUID:
    """The person behind a demonstration account."""
    async with transaction() as db:
        row = await db.row("select person_id from auth_look($1, null, '', '', '', null, $2)", login, utc_now())
    assert row is not None, login
    person: UUID = row["person_id"]
    return person


@asynccontextmanager
async def acting_as(tenant: UUID, person: UUID | None, kind: str, *roles: str, days_ago: int = 0) -> AsyncIterator[Acting]:
    """A transaction of a demonstration's person, some days ago where that is asked."""
    async with transaction() as db:
        for name, value in {"app.tenant": tenant, "app.person": person or "", "app.kind": kind}.items():
            await db.run("select set_config($1, $2, true)", name, str(value))
        held = frozenset(roles)
        yield Acting(
            db, utc_now() - timedelta(days=days_ago), tenant_id=tenant, org_kind=kind, person_id=person, roles=held, permissions=permissions_of(held),
            request_id="DEMO", route="demo",
        )  # fmt: skip


def qualification(name: str) -> bytes:
    """A sample certificate as a picture."""
    sheet = Image.new("RGB", (900, 640), (252, 250, 244))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((24, 24, 876, 616), outline=(150, 120, 60), width=4)
    draw.text((450, 130), "资质证书（示例）", font=face(52, 600), fill=(60, 50, 30), anchor="mm")
    draw.text((450, 280), name, font=face(30, 500), fill=(40, 40, 40), anchor="mm")
    draw.text((450, 360), "演示数据，不代表任何真实机构的资质", font=face(22), fill=(120, 110, 90), anchor="mm")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def bill(firm: str, month: str, amount: Decimal) -> bytes:
    """A sample electricity bill of a month; ``amount`` in kWh."""
    sheet = Image.new("RGB", (900, 760), (252, 251, 248))
    draw = ImageDraw.Draw(sheet)
    draw.text((450, 80), "电费结算单（示例）", font=face(42, 600), fill=(30, 30, 30), anchor="mm")
    draw.text((60, 150), f"户名：{firm}", font=face(24), fill=(50, 50, 50))
    draw.text((60, 190), f"账期：{month}    倍率：600", font=face(24), fill=(50, 50, 50))
    parts = [("峰", Decimal("0.33")), ("平", Decimal("0.41"))]
    rows = [(name, (amount * share).quantize(Decimal(1))) for name, share in parts]
    rows.append(("谷", amount - sum((value for _, value in rows), Decimal(0))))
    for n, (name, value) in enumerate([*rows, ("合计", amount)]):
        top = 260 + n * 70
        draw.line((60, top, 840, top), fill=(160, 160, 160), width=2)
        draw.text((90, top + 18), name, font=face(26, 600 if name == "合计" else 400), fill=(40, 40, 40))
        draw.text((810, top + 18), f"{value:,.0f} kWh", font=face(26, 600 if name == "合计" else 400), fill=(40, 40, 40), anchor="ra")
    draw.line((60, 540, 840, 540), fill=(160, 160, 160), width=2)
    draw.ellipse((620, 570, 770, 720), outline=(200, 60, 60), width=4)
    draw.text((695, 645), "示例", font=face(28, 500), fill=(200, 60, 60), anchor="mm")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


async def make_agencies(agency_of: dict[int, UUID]) -> None:
    """The two records, their qualification, and the designation of the first, by the operator's own verbs."""
    review, approve = await people_of("ops-review"), await people_of("ops-approve")
    for number, kind, contact, trades in AGENCIES:
        agency = agency_of[number]
        async with acting_as(PLATFORM_ORG, review, "operator", "ops_reviewer") as ctx:
            facts = tenants.NewAgency([kind], [CITY], contact, ctx.today + timedelta(days=700), trades, f"演示-{number + 1:04d}", organisation_id=agency)
            made = await tenants.create_agency(ctx, facts)
            made = await tenants.hand_in_qualification(ctx, agency, "资质证书.png", qualification(made.agency.name), version=made.agency.version)
        if kind == "grade_verifier":
            async with acting_as(PLATFORM_ORG, approve, "operator", "ops_approver") as ctx:
                await tenants.designate_agency(ctx, agency, version=made.agency.version, valid_from=ctx.today - timedelta(days=30), valid_to=ctx.today + timedelta(days=365), note="演示")


async def make_cases(firm_of: dict[int, UUID], agency: UUID) -> None:
    """Three verifications of last year's grade reports in different states."""
    admin, verifier = await people_of("heyan01"), await people_of("heyan02")
    by_number = {f.number: f for f in firms()}
    boss = await people_of("junlin01")
    worked = await _hand_in(by_number[WORKED], firm_of[WORKED], agency, person=boss)
    signed = await _hand_in(by_number[SIGNED], firm_of[SIGNED], agency)
    await _hand_in(by_number[FRESH], firm_of[FRESH], agency)
    await _accept(agency, admin, worked)
    await _accept(agency, admin, signed)
    await _work(agency, verifier, firm_of[WORKED], boss, worked)
    async with acting_as(agency, verifier, "verifier", "verifier") as ctx:
        case = await cases.get_agency_case(ctx, signed)
        await cases.accept_amounts(ctx, signed, [f.path for s in case.sections for f in s.figures if f.judge])
        words = "经核对活动数据、生产经营数据与凭证，填报数据与凭证一致，计算正确，予以认可。"
        await cases.conclude_case(ctx, signed, opinion=words, verdict="accepted", version=case.version)


async def _hand_in(firm: Firm, tenant: UUID, agency: UUID, *, person: UUID | None = None) -> UUID:
    async with acting_as(tenant, person, "enterprise", "legal") as ctx:
        year = ctx.today.year - 1
        for month in (5, 6):
            await _bill(ctx, firm, year, month)
        made = await cases.submit_case(ctx, kind="grade", year=year, agency_id=agency, consent_text_sha256=cases.consent_text("grade").sha256)
    return made.id


async def _bill(ctx: Acting, firm: Firm, year: int, month: int) -> None:
    """The bill of a month; June's says five 万kWh less than what was filed."""
    power = next(e for e in firm.energies if e.carrier == "electricity")
    item = next(i for i in (await filing.current_template(ctx)).items if i.carrier == "electricity")
    kwh = (amount(firm, power, year, month, year + 1) - (Decimal("0.5") if month == 6 else Decimal(0))) * 10000
    data = bill(firm.name, f"{year}-{month:02d}", kwh)
    await filing.add_evidence(ctx, month=f"{year}-{month:02d}", item_id=item.id, kind="line", name=f"电费单-{year}{month:02d}.png", data=data)


async def _accept(agency: UUID, admin: UUID, case: UUID) -> None:
    async with acting_as(agency, admin, "verifier", "agency_admin", "agency_reviewer") as ctx:
        people = (await tenants.agency_people(ctx)).items
        verifier = next(p for p in people if "verifier" in p.roles)
        reviewer = next(p for p in people if "agency_reviewer" in p.roles and "agency_admin" in p.roles)
        await cases.accept_case(ctx, case, verifier_id=verifier.id, reviewer_id=reviewer.id, declaration=True)


async def _work(agency: UUID, verifier: UUID, firm: UUID, boss: UUID, case_id: UUID) -> None:
    """Some months accepted, one in doubt with an answer of the firm, one question open."""
    async with acting_as(agency, verifier, "verifier", "verifier") as ctx:
        case = await cases.get_agency_case(ctx, case_id)
        power = next(s for s in case.sections if s.title.startswith("电力"))
        other = next(s for s in case.sections if s.group and s.key != power.key)
        keys = [f.path for s in case.sections if s.key == "operating" for f in s.figures if f.judge]
        keys += [f.path for f in power.figures if f.period[5:] not in ("06", "10", "11", "12")] + [f.path for f in other.figures[:9]]
        await cases.accept_amounts(ctx, case_id, keys)
        june = next(f for f in power.figures if f.period.endswith("-06"))
        assert june.value is not None
        value = june.value - Decimal("0.5")
        await cases.judge_amount(ctx, case_id, june.path, verdict="corrected", value=value, reason="以电费单合计为准")
        text = f"6 月电量填报 {june.value.normalize():f} {june.unit}，电费单为 {value.normalize():f} {june.unit}，请说明或更正。"
        await cases.raise_finding(ctx, case_id, section=power.key, path=june.path, text=text, severity="important")
        march = next(f for f in other.figures if f.period.endswith("-03"))
        await cases.raise_finding(ctx, case_id, section=other.key, path=march.path, text="3 月没有采购或计量凭证，请补充。", severity="normal")
        await cases.write_note(ctx, case_id, "6 月电费单与填报差 0.5，先等企业说明，再看 7 月读数。", internal=True)
    async with acting_as(firm, boss, "enterprise", "legal") as ctx:
        finding = (await cases.get_case(ctx, case_id)).findings[0]
        await cases.answer_finding(ctx, case_id, finding.id, choice="explain", text="核对后为录入错误，同意以电费单为准。")
