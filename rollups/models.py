"""Tables of this room.

All writing and most reading goes through SQL functions (shared tables belong to no organisation).
"""

from tortoise import fields
from tortoise.models import Model


class RollupMonth(Model):
    """Sums of one (region, industry, month, basis, source group)."""

    region_code = fields.CharField(6, primary_key=True)
    industry_code = fields.TextField()
    period = fields.IntField()
    basis = fields.TextField()
    source_group = fields.TextField()
    co2 = fields.DecimalField(24, 6)
    tce = fields.DecimalField(24, 6)
    va = fields.DecimalField(24, 4)
    output = fields.DecimalField(24, 4)
    d_green = fields.DecimalField(24, 6)
    a_own = fields.DecimalField(24, 6)
    firms = fields.IntField()
    water = fields.DecimalField(24, 4)

    class Meta:
        table = "rollup_month"


class RollupFirmYear(Model):
    """Sums of one (firm, year, basis)."""

    tenant_id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    basis = fields.TextField()
    region_code = fields.TextField()
    industry_code = fields.TextField()
    co2 = fields.DecimalField(24, 6)
    tce = fields.DecimalField(24, 6)
    va = fields.DecimalField(24, 4)
    output = fields.DecimalField(24, 4)
    d_green = fields.DecimalField(24, 6)
    a_own = fields.DecimalField(24, 6)
    months_complete = fields.IntField()
    water = fields.DecimalField(24, 4)

    class Meta:
        table = "rollup_firm_year"


class BenchmarkRow(Model):
    """One dated benchmark B (CE7, CE8)."""

    id = fields.UUIDField(primary_key=True)
    region_code = fields.TextField()
    region_level = fields.TextField()
    industry_code = fields.TextField()
    industry_level = fields.TextField()
    period = fields.TextField()
    basis = fields.TextField()
    b = fields.DecimalField(20, 6)
    n = fields.IntField(null=True)
    largest_share = fields.DecimalField(5, 2, null=True)
    origin = fields.TextField()
    source = fields.TextField()
    document = fields.TextField()
    state = fields.TextField()
    known_from = fields.DateField(null=True)
    known_to = fields.DateField(null=True)
    proposed_by = fields.UUIDField(null=True)
    proposed_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    decision_note = fields.TextField()

    class Meta:
        table = "benchmark"
