"""People and certificates for this room's tests, without sign-in and without a filed year."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from auth.permissions import permissions_of
from core.clock import utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG, new_id
from grading import queries
from grading.code import make_code, new_code_id
from grading.evaluations import YearInput
from grading.keys import code_keys, signer
from grading.number import certificate_number
from grading.proof import end_of_day


@asynccontextmanager
async def acting_as(
    tenant: UUID | None, role: str, *, kind: str = "enterprise", person: UUID | None = None
) -> AsyncIterator[Acting]:
    """One transaction acting for ``tenant`` in one role; what was noted for after the commit is run."""
    person = person or new_id()
    async with transaction() as db:
        await db.run(
            "select set_config('app.tenant', $1, true), set_config('app.kind', $2, true),"
            " set_config('app.person', $3, true), set_config('app.account', $3, true)",
            str(tenant or ""),
            kind,
            str(person),
        )
        ctx = Acting(
            db,
            utc_now(),
            tenant_id=tenant,
            org_kind=kind,
            account_id=person,
            person_id=person,
            roles=frozenset({role}),
            permissions=permissions_of(frozenset({role})),
            request_id="TEST",
            route="test",
        )
        yield ctx
    for act in ctx.afterwards:
        await act()


def operator(role: str, person: UUID | None = None) -> Any:
    """A transaction of an operator."""
    return acting_as(PLATFORM_ORG, role, kind="operator", person=person)


async def put_certificate(
    tenant: UUID, *, period: str = "2025", valid_until: date = date(2027, 6, 30), company: str = "广州测试有限公司"
) -> tuple[UUID, str, str]:
    """A certificate as issuing writes it; returns its id, its code and what publishing answered."""
    async with acting_as(tenant, "legal") as ctx:
        certificate_id, evaluation_id, code_id, keys = new_id(), new_id(), new_code_id(), code_keys()
        key = await signer(ctx.db, ctx.now)
        number = certificate_number(period, "440112", int(await ctx.db.value(queries.NEXT_NUMBER)))
        content = {
            "cert_no": number,
            "company": company,
            "uscc": "91440112Y00000016Q",
            "level": 3,
            "grade": "C",
            "basis": "self",
            "period": period,
            "year": int(period),
            "K": "0.9348",
            "L": "0.7591",
            "N": "0.00",
        }
        version = 1 + int(
            await ctx.db.value(
                "select count(*) from evaluation where tenant_id = $1 and year = $2", tenant, int(period)
            )
        )
        await ctx.db.run(
            queries.PUT_EVALUATION,
            tenant,
            evaluation_id,
            int(period),
            version,
            "graded",
            None,
            3,
            "C",
            Decimal("0.9348"),
            Decimal("0.7591"),
            Decimal("0.00"),
            None,
            "self",
            "test",
            str(evaluation_id),
            {},
            ctx.today,
            ctx.now,
            None,
        )
        await ctx.db.run(
            queries.PUT_CERTIFICATE,
            tenant,
            certificate_id,
            int(period),
            "year",
            period,
            number,
            code_id,
            keys.current_kid,
            evaluation_id,
            3,
            "C",
            "self",
            False,
            content,
            None,
            "0" * 64,
            ctx.today,
            ctx.now,
            None,
            valid_until,
        )
        jws = key.sign({"jti": code_id, "certificate": content, "exp": end_of_day(valid_until)})
        outcome = await ctx.db.value(
            queries.PUBLISH,
            {
                "code_id": code_id,
                "code_kid": keys.current_kid,
                "certificate_id": certificate_id,
                "certificate_no": number,
                "period_type": "year",
                "period": period,
                "company": company,
                "uscc": content["uscc"],
                "region_code": "440112",
                "content": content,
                "valid_until": valid_until,
                "kid": key.kid,
                "jws": jws,
            },
            ctx.now,
        )
    return certificate_id, make_code(keys, code_id), outcome


async def put_benchmark(
    b: str,
    *,
    period: str = "2025",
    industry: str = "C2926",
    region: str = "440100",
    known_from: date = date(2026, 7, 1),
) -> UUID:
    """An official row as two operators publish it."""
    from rollups import decide_benchmark, propose_benchmark

    async with operator("ops_data") as ctx:
        made = await propose_benchmark(ctx, region, industry, period, Decimal(b), None, "广州市工业和信息化局公告", "")
    async with operator("ops_approver") as ctx:
        row = await decide_benchmark(ctx, made.id, True)
    return row.id


def year_input(**changed: Any) -> YearInput:
    """Facts of a complete year; GC-CE01 unless said otherwise."""
    given: dict[str, Any] = {
        "year": 2025,
        "company": "广州试制塑料有限公司",
        "uscc": "91440112Y00000016Q",
        "region_code": "440112",
        "region_name": "黄埔区",
        "industry_code": "C2926",
        "industry_name": "塑料包装箱及容器制造",
        "basis": "self",
        "data_version": "1",
        "e_core": Decimal("4820.150000"),
        "d_green": Decimal("0.000000"),
        "a_own": Decimal("0.000000"),
        "va": Decimal("6350.0000"),
        "factor_names": ("广东省电网平均 2023",),
    }
    return YearInput(**{**given, **changed})
