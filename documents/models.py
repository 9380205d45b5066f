"""Table of this room."""

from tortoise import fields
from tortoise.models import Model


class SnapshotRow(Model):
    """Canonical bytes that a paper is made from."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    kind = fields.TextField()
    object_id = fields.UUIDField()
    body = fields.BinaryField()
    sha256 = fields.TextField()
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "snapshot"
