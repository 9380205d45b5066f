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
