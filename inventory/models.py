"""Tables of the account of record."""

from tortoise import fields
from tortoise.models import Model


class InventoryMonth(Model):
    """One posted version of a month."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    period = fields.IntField()
    version = fields.IntField()
    state = fields.TextField()
    origin = fields.TextField()
    basis = fields.TextField()
    template_version = fields.IntField()
    items = fields.JSONField[object]()
    co2_direct = fields.DecimalField(20, 6)
    co2_indirect = fields.DecimalField(20, 6)
    co2_process = fields.DecimalField(20, 6)
    co2_total = fields.DecimalField(20, 6)
    tce_equivalent = fields.DecimalField(20, 6, null=True)
    tce_equal_value = fields.DecimalField(20, 6, null=True)
    purchased_mwh = fields.DecimalField(20, 6)
    green = fields.JSONField[object](null=True)
    green_claimed_mwh = fields.DecimalField(20, 6)
    green_counted_mwh = fields.DecimalField(20, 6)
    d_green = fields.DecimalField(20, 6)
    a_own = fields.DecimalField(20, 6)
    split_estimated = fields.BooleanField()
    answers = fields.JSONField[object]()
    reason = fields.TextField(null=True)
    fingerprint = fields.TextField()
    region_code = fields.TextField()
    industry_code = fields.TextField()
    submitted_by = fields.UUIDField(null=True)
    submitted_by_name = fields.TextField()
    submitted_at = fields.DatetimeField()

    class Meta:
        table = "inventory_month"


class InventoryLine(Model):
    """One line of a posted month with its trace."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    month_id = fields.UUIDField()
    period = fields.IntField()
    position = fields.IntField()
    item_id = fields.UUIDField(null=True)
    name = fields.TextField()
    carrier = fields.TextField()
    use = fields.TextField()
    source_group = fields.TextField()
    scope = fields.TextField()
    unit = fields.TextField()
    amount = fields.DecimalField(20, 6)
    boundary_item = fields.TextField()
    account_no = fields.TextField(null=True)
    factor_code = fields.TextField()
    factor_value = fields.DecimalField(30, 15)
    factor_unit = fields.TextField()
    co2_t = fields.DecimalField(20, 6)
    tce_equivalent = fields.DecimalField(20, 6, null=True)
    tce_equal_value = fields.DecimalField(20, 6, null=True)
    trace = fields.JSONField[object]()
    split_estimated = fields.BooleanField()
    note = fields.TextField()
    evidence = fields.JSONField[object]()

    class Meta:
        table = "inventory_line"


class MonthHead(Model):
    """Which version of a month lives."""

    tenant_id = fields.UUIDField()
    period = fields.IntField(primary_key=True, generated=False)
    version = fields.IntField()
    state = fields.TextField()
    month_id = fields.UUIDField()

    class Meta:
        table = "month_head"


class YearLock(Model):
    """Why a year may not change."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    reason = fields.TextField()
    object_id = fields.UUIDField(null=True)
    locked_at = fields.DatetimeField()

    class Meta:
        table = "year_lock"


class YearSource(Model):
    """The one source of energy data of a year."""

    tenant_id = fields.UUIDField()
    year = fields.IntField(primary_key=True, generated=False)
    source = fields.TextField()

    class Meta:
        table = "year_source"


class PartYear(Model):
    """Declared months of a firm that opened or closed."""

    tenant_id = fields.UUIDField()
    year = fields.IntField(primary_key=True, generated=False)
    months = fields.JSONField[object]()
    reason = fields.TextField()
    document_id = fields.UUIDField(null=True)
    version = fields.IntField()
    declared_at = fields.DatetimeField()

    class Meta:
        table = "part_year"


class OperatingData(Model):
    """Output, value added, tax of a period (FD5)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    period = fields.TextField()
    year = fields.IntField()
    version = fields.IntField()
    output_value = fields.DecimalField(16, 4)
    value_added = fields.DecimalField(16, 4, null=True)
    tax = fields.DecimalField(16, 4, null=True)
    staff_avg = fields.IntField(null=True)
    evidence_id = fields.UUIDField(null=True)
    reason = fields.TextField()
    saved_by = fields.UUIDField(null=True)
    region_code = fields.TextField()
    industry_code = fields.TextField()
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "operating_data"


class ComprehensiveEnergy(Model):
    """Typed comprehensive energy of a year (FD6)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    version = fields.IntField()
    tce_equivalent = fields.DecimalField(16, 6)
    tce_equal_value = fields.DecimalField(16, 6, null=True)
    source = fields.TextField()
    reason = fields.TextField()
    computed = fields.DecimalField(20, 6, null=True)
    saved_by = fields.UUIDField(null=True)
    saved_at = fields.DatetimeField()

    class Meta:
        table = "comprehensive_energy"


class RollupDelta(Model):
    """Signed rows waiting to be folded."""

    id = fields.BigIntField(primary_key=True)
    tenant_id = fields.UUIDField()
    period = fields.IntField()
    region_code = fields.TextField()
    industry_code = fields.TextField()
    basis = fields.TextField()
    source_group = fields.TextField()
    co2 = fields.DecimalField(24, 6)
    tce = fields.DecimalField(24, 6)
    va = fields.DecimalField(24, 4)
    output = fields.DecimalField(24, 4)
    d_green = fields.DecimalField(24, 6)
    a_own = fields.DecimalField(24, 6)
    months_complete = fields.IntField()
    water = fields.DecimalField(24, 4)
    water_years = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "rollup_delta"
