"""Tortoise models of the ground's tables (the drift test compares them with the migrated schema)."""

from tortoise import fields
from tortoise.models import Model


class SchemaMigration(Model):
    """One applied migration."""

    number = fields.IntField(primary_key=True, generated=False)
    name = fields.TextField()
    checksum = fields.TextField()
    applied_at = fields.DatetimeField()

    class Meta:
        table = "schema_migration"


class Claim(Model):
    """What is unique on the whole platform, and who holds it."""

    kind = fields.TextField()
    value = fields.CharField(200, primary_key=True)
    tenant_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "claim"


class Idempotency(Model):
    """The first answer of an idempotency key (R3)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    account_id = fields.UUIDField()
    route = fields.TextField()
    key = fields.TextField()
    body_sha256 = fields.BinaryField()
    status = fields.IntField()
    body = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency"


class RateCounter(Model):
    """Hits of one bucket in one window."""

    bucket = fields.CharField(200, primary_key=True)
    slot = fields.BigIntField()
    hits = fields.IntField()

    class Meta:
        table = "rate_counter"


class AuditLog(Model):
    """One line of the audit log; append-only (T17)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    seq = fields.BigIntField()
    at = fields.DatetimeField()
    account_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    sid = fields.UUIDField(null=True)
    action = fields.TextField()
    object_type = fields.TextField()
    object_id = fields.TextField()
    result = fields.TextField()
    route = fields.TextField()
    request_id = fields.TextField()
    ip = fields.TextField()
    detail: dict[str, object] = fields.JSONField()
    prev_hash = fields.BinaryField()
    hash = fields.BinaryField()

    class Meta:
        table = "audit_log"


class AuditHead(Model):
    """The newest hash of one chain."""

    chain = fields.UUIDField(primary_key=True)
    seq = fields.BigIntField()
    hash = fields.BinaryField()
    at = fields.DatetimeField()

    class Meta:
        table = "audit_head"


class AuditSeal(Model):
    """A day's signed digest over the heads that moved."""

    day = fields.DateField(primary_key=True)
    heads = fields.IntField()
    prev_digest = fields.BinaryField()
    digest = fields.BinaryField()
    signature = fields.BinaryField(null=True)
    public_key = fields.BinaryField(null=True)
    signed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "audit_seal"


class AuditSealHead(Model):
    """A head as it stood when a day was sealed."""

    chain = fields.UUIDField(primary_key=True)
    day = fields.DateField()
    seq = fields.BigIntField()
    hash = fields.BinaryField()

    class Meta:
        table = "audit_seal_head"


class FileBlob(Model):
    """A stored file of one organisation; the bytes lie under ``<tenant>/<sha256>``."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    sha256 = fields.BinaryField()
    size = fields.BigIntField()
    content_type = fields.TextField()
    name = fields.TextField()
    purpose = fields.TextField()
    uploaded_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "file_blob"


class Outbox(Model):
    """One job of one organisation: what is to be done, once per (kind, object, version)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    kind = fields.TextField()
    object_id = fields.UUIDField()
    version = fields.IntField()
    payload: dict[str, object] = fields.JSONField()
    state = fields.TextField()
    attempts = fields.IntField()
    last_error = fields.TextField(null=True)
    account_id = fields.UUIDField(null=True)
    request_id = fields.TextField()
    run_after = fields.DatetimeField()
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox"


class ScheduleRun(Model):
    """When a schedule is due next and how its last run ended."""

    name = fields.CharField(100, primary_key=True)
    next_at = fields.DatetimeField()
    last_at = fields.DatetimeField(null=True)
    last_ms = fields.IntField(null=True)
    failures = fields.IntField()
    last_error = fields.TextField(null=True)

    class Meta:
        table = "schedule_run"


class WorkYear(Model):
    """A year whose working days are known (R83)."""

    year = fields.IntField(primary_key=True, generated=False)
    source = fields.TextField()
    confirmed_by = fields.UUIDField(null=True)
    confirmed_at = fields.DatetimeField()

    class Meta:
        table = "work_year"


class WorkDay(Model):
    """A day that differs from Monday to Friday, by the calendar or by the operator."""

    day = fields.DateField(primary_key=True)
    by_calendar = fields.BooleanField(null=True)
    holiday = fields.TextField(default="")
    by_operator = fields.BooleanField(null=True)
    note = fields.TextField(default="")
    changed_by = fields.UUIDField(null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "work_day"


class AuditCut(Model):
    """The last row of a chain that left when its time was over."""

    chain = fields.UUIDField(primary_key=True)
    seq = fields.BigIntField()
    hash = fields.BinaryField()
    at = fields.DatetimeField()
    cut_on = fields.DateField()

    class Meta:
        table = "audit_cut"


class SystemFact(Model):
    """What the machinery knows of itself."""

    name = fields.TextField(primary_key=True)
    value = fields.JSONField[object]()
    at = fields.DatetimeField()

    class Meta:
        table = "system_fact"
