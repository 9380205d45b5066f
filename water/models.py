"""Tables of this room."""

from tortoise import fields
from tortoise.models import Model


class WaterYear(Model):
    """A firm's water data of one year."""

    tenant_id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    version = fields.IntField()
    body = fields.JSONField[object]()
    intake = fields.DecimalField(18, 4, null=True)
    complete = fields.BooleanField()
    reportable = fields.BooleanField()
    counted = fields.DecimalField(18, 4, null=True)
    counted_region = fields.TextField(null=True)
    counted_industry = fields.TextField(null=True)
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "water_year"


class WaterQuota(Model):
    """用水定额: one dated row of one product."""

    id = fields.UUIDField(primary_key=True)
    product = fields.TextField()
    unit = fields.TextField()
    region_code = fields.TextField()
    industry_code = fields.TextField()
    advanced = fields.DecimalField(16, 4, null=True)
    general = fields.DecimalField(16, 4)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    source = fields.TextField()
    source_url = fields.TextField()
    note = fields.TextField()
    loaded_by = fields.UUIDField(null=True)
    loaded_at = fields.DatetimeField()

    class Meta:
        table = "water_quota"
