"""Many organisations at once, for demonstration and volume: COPY and set-based SQL as the migrator, never one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from core.crypto import blind_index, key_id, seal
from core.ids import new_id
from core.personal import mask_id_number, mask_name, mask_phone, normalise_id_number, normalise_phone
from tenants.grants import NAME, NUMBER, PHONE
from tenants.profiles import CONTACT_NAME, CONTACT_PHONE, LEGAL_NAME


@dataclass(frozen=True, slots=True)
class BulkOrganisation:
    """One organisation with its profile; ``uscc`` already in normal form and free."""

    id: UUID
    kind: str
    name: str
    uscc: str | None
    region: str | None
    industry: str | None = None
    status: str = "active"
    nature: str | None = None
    address: str = ""
    legal_name: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    registered_capital: Decimal | None = None
    established_on: date | None = None
    staff: int | None = None
    above_scale: bool | None = None
    intro: str = ""
    process_flow: str = ""
    main_equipment: str = ""


@dataclass(frozen=True, slots=True)
class BulkMember:
    """One membership of a person who exists."""

    tenant_id: UUID
    person_id: UUID
    roles: Sequence[str]
    name: str
    login_name: str
    phone: str | None = None
    valid_to: date | None = None


_ORGANISATION = (
    "id",
    "kind",
    "uscc",
    "name",
    "region_code",
    "industry_code",
    "status",
    "origin",
    "created_at",
    "updated_at",
)
_PROFILE = (
    "tenant_id", "id", "nature", "address", "registered_capital", "established_on", "staff", "legal_name_sealed",
    "contact_name_sealed", "contact_phone_sealed", "above_scale", "intro", "process_flow", "main_equipment", "created_at",
    "updated_at",
)  # fmt: skip
_MEMBERSHIP = (
    "tenant_id", "id", "person_id", "roles", "valid_from", "valid_to", "display_name_masked", "login_name", "phone_masked",
    "created_at", "updated_at",
)  # fmt: skip
_DELEGATION = (
    "tenant_id", "id", "person_id", "scopes", "valid_from", "valid_to", "state", "origin", "firm_name", "agent_name_masked",
    "agent_name_sealed", "id_type", "id_no_masked", "id_no_sealed", "phone_masked", "phone_sealed", "created_at", "updated_at", "ended_at",
)  # fmt: skip


async def bulk_create(connection: asyncpg.Connection, rows: Iterable[BulkOrganisation], now: datetime) -> int:
    """Claims, directory rows and profiles in one transaction as the migrator; returns how many.

    Raises asyncpg.UniqueViolationError when an id or a USCC is taken: nothing is written then.
    """
    made = list(rows)
    async with connection.transaction():
        await connection.copy_records_to_table(
            "claim",
            records=(("uscc", r.uscc, r.id) for r in made if r.uscc),
            columns=("kind", "value", "tenant_id"),
        )
        await connection.copy_records_to_table(
            "organisation", records=(_organisation(r, now) for r in made), columns=_ORGANISATION
        )
        await connection.copy_records_to_table(
            "profile", records=(_profile(r, now) for r in made if r.kind != "operator"), columns=_PROFILE
        )
    return len(made)


async def bulk_members(connection: asyncpg.Connection, rows: Iterable[BulkMember], now: datetime, today: date) -> int:
    """Memberships as the migrator; returns how many."""
    records = [
        (
            r.tenant_id, new_id(), r.person_id, list(r.roles), today, r.valid_to, mask_name(r.name), r.login_name,
            mask_phone(r.phone) if r.phone else None, now, now,
        )
        for r in rows
    ]  # fmt: skip
    await connection.copy_records_to_table("membership", records=records, columns=_MEMBERSHIP)
    return len(records)


async def bulk_scopes(connection: asyncpg.Connection, scopes: Iterable[tuple[UUID, str]], now: datetime) -> int:
    """Places of government offices (organisation, region code), children included; returns how many."""
    records = [(tenant, new_id(), code, now) for tenant, code in scopes]
    await connection.copy_records_to_table(
        "gov_scope", records=records, columns=("tenant_id", "id", "region_code", "created_at")
    )
    return len(records)


def _organisation(row: BulkOrganisation, now: datetime) -> tuple[Any, ...]:
    return (row.id, row.kind, row.uscc, row.name, row.region, row.industry, row.status, "demo", now, now)


def _profile(row: BulkOrganisation, now: datetime) -> tuple[Any, ...]:
    return (
        row.id, row.id, row.nature, row.address, row.registered_capital, row.established_on, row.staff,
        _sealed(LEGAL_NAME, row.id, row.legal_name), _sealed(CONTACT_NAME, row.id, row.contact_name),
        _sealed(CONTACT_PHONE, row.id, row.contact_phone), row.above_scale, row.intro, row.process_flow, row.main_equipment,
        now, now,
    )  # fmt: skip


def _sealed(field: str, row_id: UUID, text: str | None) -> bytes | None:
    return seal(field, row_id, text) if text else None


@dataclass(frozen=True, slots=True)
class BulkAgent:
    """One agent of a firm; the person may be there already (``person_id``) or come by the phone."""

    tenant_id: UUID
    person_id: UUID | None
    firm_name: str
    name: str
    id_no: str
    phone: str
    scopes: Sequence[str]
    valid_from: date
    valid_to: date
    state: str = "active"


async def bulk_agents(connection: asyncpg.Connection, rows: Iterable[BulkAgent], now: datetime) -> int:
    """Grants with their blind indexes as the migrator, without messages; returns how many."""
    grants, indexes = [], []
    for row in rows:
        made, phone, number = new_id(), normalise_phone(row.phone), normalise_id_number(row.id_no)
        over = now if row.state in ("revoked", "expired") else None
        grants.append(
            (
                row.tenant_id, made, row.person_id, list(row.scopes), row.valid_from, row.valid_to, row.state, "demo", row.firm_name,
                mask_name(row.name), seal(NAME, made, row.name), "resident_id", mask_id_number(number), seal(NUMBER, made, number),
                mask_phone(phone), seal(PHONE, made, phone), now, now, over,
            )
        )  # fmt: skip
        indexes += [("phone", blind_index("phone", phone), key_id(), made, row.tenant_id)]
        indexes += [("id_number", blind_index("id_number", number), key_id(), made, row.tenant_id)]
    await connection.copy_records_to_table("delegation", records=grants, columns=_DELEGATION)
    await connection.copy_records_to_table(
        "delegation_index", records=indexes, columns=("kind", "idx", "key_id", "delegation_id", "tenant_id")
    )
    return len(grants)
