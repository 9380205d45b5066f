"""Measured parameters (FD11): a firm asks, an operator of the platform decides; approved ones stand in for defaults in their months."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import notices
import tenants
from carbon import (
    Carrier,
    FactorRow,
    PeriodError,
    UnitError,
    convert_per,
    divide,
    month_code,
    month_int,
    percent,
    product,
)
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.files import StoredFile, open_file
from core.ids import PLATFORM_ORG, new_id
from factors import Ask, UnknownEnergy, catalogue, province_of

NAMES = {"ncv": "低位发热量", "carbon_content": "单位热值含碳量", "oxidation_rate": "碳氧化率", "factor": "排放因子", "tce": "折标系数"}
TOLERANCE = Decimal(30)


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its decision; ``usual`` is the default it replaces."""

    id: UUID
    firm_name: str
    carrier: str
    carrier_name: str
    parameter: str
    value: Decimal
    unit: str
    usual: Decimal | None
    valid_from: str
    valid_to: str
    basis: str
    reason: str
    evidence_id: UUID | None
    state: str
    decision: str
    submitted_at: datetime
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as typed."""

    carrier: str
    parameter: str
    value: Decimal
    valid_from: str
    valid_to: str
    basis: str
    reason: str
    evidence_id: UUID | None


def default_of(carrier: Carrier, parameter: str) -> FactorRow | None:
    """The row a measured value replaces."""
    if parameter == "factor":
        return carrier.co2_factor or carrier.grid or carrier.heat
    return {"ncv": carrier.ncv, "carbon_content": carrier.carbon_content, "oxidation_rate": carrier.oxidation_rate, "tce": carrier.tce}.get(parameter)


def unit_of(carrier: Carrier, parameter: str) -> str:
    """The unit a parameter is given in, per unit of the carrier's usual fill-in unit."""
    return {
        "ncv": f"GJ/{carrier.fill_in_unit}", "carbon_content": "tC/GJ", "oxidation_rate": "%", "factor": f"tCO2/{carrier.fill_in_unit}",
        "tce": f"tce/{carrier.fill_in_unit}",
    }[parameter]  # fmt: skip


async def request_parameter(ctx: Acting, asked: Asked, region: str | None, firm_name: str) -> Request:
    """Hand in a request. Raises Invalid naming each field; beyond ±30 % of the default a reason is needed."""
    book = await catalogue(ctx.db)
    faults: list[FieldError] = []
    if asked.parameter not in NAMES:
        faults.append(FieldError("parameter", "CHOICE", "请选择参数种类。"))
    if asked.basis not in ("实测", "供应商", "缺省"):
        faults.append(FieldError("basis", "CHOICE", "依据请选择实测、供应商或缺省。"))
    if asked.value <= 0 or asked.value.as_tuple().exponent < -8:  # type: ignore[operator]
        faults.append(FieldError("value", "RANGE", "参数值应大于 0，最多 8 位小数。"))
    if asked.basis == "实测" and asked.evidence_id is None:
        faults.append(FieldError("evidence_id", "REQUIRED", "实测参数需要上传检测报告。"))
    first = last = 0
    try:
        first, last = month_int(asked.valid_from), month_int(asked.valid_to)
        if first > last:
            faults.append(FieldError("valid_to", "RANGE", "有效期止不能早于有效期起。"))
    except PeriodError as error:
        faults.append(FieldError("valid_from", "PERIOD", str(error)))
    if faults:
        raise Invalid(faults)
    try:
        carrier = book.carrier(asked.carrier, Ask(province_of(region or "") or "CN", first, ctx.today))
    except UnknownEnergy:
        raise Invalid([FieldError("carrier", "UNKNOWN", "不认识的能源种类，请从列表中选择。")]) from None
    unit = unit_of(carrier, asked.parameter)
    usual = _usual(carrier, asked.parameter, unit)
    if usual and abs(percent(divide(product(asked.value - usual, Decimal(100)), usual))) > TOLERANCE and not asked.reason.strip():
        text = f"与缺省值 {usual} {unit} 相差超过 30%，请核对单位，无误请写明原因。"
        raise Invalid([FieldError("reason", "REASON_NEEDED", text)], code="REASON_NEEDED")
    if asked.evidence_id and not await ctx.db.value("select true from evidence where tenant_id = $1 and id = $2", ctx.tenant, asked.evidence_id):
        raise Invalid([FieldError("evidence_id", "UNKNOWN", "没有这份检测报告，请重新上传。")])
    made = new_id()
    await ctx.db.run(
        "insert into parameter_request (tenant_id, party_id, id, firm_name, carrier, carrier_name, parameter, value, unit, usual, valid_from, valid_to, basis,"
        " reason, evidence_id, state, submitted_by, submitted_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,'submitted',$16,$17)",
        ctx.tenant, PLATFORM_ORG, made, firm_name, asked.carrier, carrier.name, asked.parameter, asked.value, unit, usual, first, last, asked.basis,
        asked.reason.strip(), asked.evidence_id, ctx.account_id, ctx.now,
    )  # fmt: skip
    ctx.audit("parameter.requested", "parameter_request", made)
    return (await _rows(ctx, "id = $2", made))[0]


def _usual(carrier: Carrier, parameter: str, unit: str) -> Decimal | None:
    row = default_of(carrier, parameter)
    if row is None:
        return None
    try:
        return row.value if "/" not in unit or parameter == "carbon_content" else convert_per(row.value, row.unit, unit)
    except UnitError:
        return None


async def _rows(ctx: Acting, where: str, *args: Any) -> list[Request]:
    sql = (
        "select id, firm_name, carrier, carrier_name, parameter, value, unit, usual, valid_from, valid_to, basis, reason, evidence_id, state, decision,"  # noqa: S608
        f" submitted_at, decided_at, version from parameter_request where (tenant_id = $1 or party_id = $1) and {where} order by submitted_at desc"
    )
    return [
        Request(**(r | {"valid_from": month_code(r["valid_from"]), "valid_to": month_code(r["valid_to"])})) for r in await ctx.db.rows(sql, ctx.tenant, *args)
    ]


async def my_requests(ctx: Acting) -> list[Request]:
    """The firm's own requests, newest first."""
    return await _rows(ctx, "true")


async def requests_to_decide(ctx: Acting, state: str | None) -> list[Request]:
    """The platform's queue (the acting organisation is the operator)."""
    return await _rows(ctx, "party_id = $1 and ($2::text is null or state = $2)", state)


async def decide_request(ctx: Acting, request_id: UUID, version: int, approve: bool, decision: str) -> Request:
    """Approve or reject. Raises NotFound, Invalid (a rejection needs a reason), Conflict."""
    if not approve and not decision.strip():
        raise Invalid([FieldError("decision", "REQUIRED", "不通过请写明原因，企业会看到。")])
    found = await _rows(ctx, "party_id = $1 and id = $2", request_id)
    if not found:
        raise NotFound()
    changed = await ctx.db.run(
        "update parameter_request set state = $3, decision = $4, decided_by = $5, decided_at = $6, version = version + 1"
        " where party_id = $1 and id = $2 and state = 'submitted' and version = $7",
        ctx.tenant, request_id, "approved" if approve else "rejected", decision.strip(), ctx.account_id, ctx.now, version,
    )  # fmt: skip
    if not changed:
        raise Conflict("STALE_VERSION", "这份申请刚被处理，请刷新查看。", state=found[0].state)
    ctx.audit("parameter.decided", "parameter_request", request_id, detail={"approved": approve})
    await _tell(ctx, found[0], approve, decision)
    return (await _rows(ctx, "party_id = $1 and id = $2", request_id))[0]


async def _tell(ctx: Acting, asked: Request, approve: bool, decision: str) -> None:
    """The firm's administrators hear what became of it."""
    firm = await ctx.db.value("select tenant_id from parameter_request where party_id = $1 and id = $2", ctx.tenant, asked.id)
    fields = {
        "carrier": asked.carrier_name, "parameter": NAMES[asked.parameter], "value": f"{asked.value.normalize():f}", "unit": asked.unit,
        "valid_from": asked.valid_from, "valid_to": asked.valid_to, "reason": decision.strip(),
    }  # fmt: skip
    kind = "parameter.approved" if approve else "parameter.rejected"
    await notices.tell(ctx, kind, "parameter_request", asked.id, to=("admin",), otherwise=("legal",), fields=fields, organisation=firm)


async def read_report(ctx: Acting, request_id: UUID) -> StoredFile:
    """The test report of a request, for the operator who decides; the reading is logged at the enterprise. Raises NotFound."""
    row = await ctx.db.row("select tenant_id, evidence_id from parameter_request where party_id = $1 and id = $2", ctx.tenant, request_id)
    if row is None or row["evidence_id"] is None:
        raise NotFound("这份申请没有上传检测报告。")
    async with tenants.reading(ctx, row["tenant_id"], "parameter_review") as reader:
        file_id = await reader.db.value("select file_id from evidence where tenant_id = $1 and id = $2", row["tenant_id"], row["evidence_id"])
        return await open_file(reader, file_id)
