"""Table of this room."""

from tortoise import fields
from tortoise.models import Model


class ReportRow(Model):
    """A report and where its paper lies."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    kind = fields.TextField()
    year = fields.IntField()
    version = fields.IntField()
    number = fields.TextField()
    basis = fields.TextField()
    state = fields.TextField()
    graded = fields.BooleanField()
    reason = fields.TextField()
    level = fields.IntField(null=True)
    letter = fields.TextField(null=True)
    efficiency = fields.DecimalField(20, 4, null=True)
    intensity = fields.DecimalField(20, 4, null=True)
    neutrality = fields.DecimalField(20, 2, null=True)
    core = fields.DecimalField(20, 6, null=True)
    tce = fields.DecimalField(20, 6, null=True)
    unverified = fields.BooleanField()
    data_version = fields.TextField()
    summary = fields.JSONField[object]()
    snapshot_id = fields.UUIDField()
    snapshot_sha256 = fields.TextField()
    content_sha256 = fields.TextField()
    issued_on = fields.DateField()
    issued_at = fields.DatetimeField()
    issued_by = fields.UUIDField(null=True)
    superseded_at = fields.DatetimeField(null=True)
    file_id = fields.UUIDField(null=True)
    file_sha256 = fields.TextField(null=True)
    pages = fields.IntField(null=True)
    case_id = fields.UUIDField(null=True)

    class Meta:
        table = "report"


class ReductionText(Model):
    """What a firm writes itself in its reduction report of a year."""

    tenant_id = fields.UUIDField()
    year = fields.IntField(primary_key=True, generated=False)
    version = fields.IntField()
    typed = fields.JSONField[object]()
    targets = fields.JSONField[object]()
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "reduction_text"
