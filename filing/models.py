"""Tables of filing."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Template(Model):
    """The head of a firm's energy template."""

    tenant_id = fields.UUIDField(primary_key=True)
    version = fields.IntField()
    first_month = fields.IntField()
    saved_by = fields.UUIDField(null=True)
    saved_at = fields.DatetimeField()

    class Meta:
        table = "template"


class ElectricityAccount(Model):
    """用电户号 (FD4)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    account_no = fields.TextField()
    supplier = fields.TextField()
    site = fields.TextField()
    multiplier = fields.DecimalField(8, 2)
    share = fields.DecimalField(5, 2)
    active = fields.BooleanField()
    bill_file_id = fields.UUIDField(null=True)
    version = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "electricity_account"


class TemplateItem(Model):
    """One energy a firm fills in, in force for some months (FD7)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    carrier = fields.TextField()
    name = fields.TextField()
    use = fields.TextField()
    unit = fields.TextField()
    boundary_item = fields.TextField()
    account_id = fields.UUIDField(null=True)
    place = fields.TextField()
    decimals = fields.IntField()
    sort = fields.IntField()
    first_month = fields.IntField()
    last_month = fields.IntField(null=True)
    template_version = fields.IntField()

    class Meta:
        table = "template_item"


class TemplateHistory(Model):
    """A template as it was saved."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    version = fields.IntField()
    first_month = fields.IntField()
    items = fields.JSONField[object]()
    saved_by = fields.UUIDField(null=True)
    saved_at = fields.DatetimeField()

    class Meta:
        table = "template_history"


class Draft(Model):
    """A month being filled in."""

    tenant_id = fields.UUIDField()
    period = fields.IntField(primary_key=True, generated=False)
    version = fields.IntField()
    body = fields.JSONField[object]()
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    device = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "draft"


class Evidence(Model):
    """An uploaded proof."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    period = fields.IntField(null=True)
    item_id = fields.UUIDField(null=True)
    kind = fields.TextField()
    file_id = fields.UUIDField()
    name = fields.TextField()
    content_type = fields.TextField()
    size = fields.IntField()
    uploaded_by = fields.UUIDField(null=True)
    uploaded_at = fields.DatetimeField()

    class Meta:
        table = "evidence"


class Duty(Model):
    """What a firm with agents owes for one month."""

    tenant_id = fields.UUIDField()
    period = fields.IntField(primary_key=True, generated=False)
    state = fields.TextField()
    filled = fields.IntField()
    expected = fields.IntField()
    missing = ArrayField("text")
    questions = fields.IntField()
    due_on = fields.DateField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "duty"


class BulkFiling(Model):
    """A workbook for many firms, as its sender sees it."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    account_id = fields.UUIDField()
    period = fields.IntField()
    refused = fields.JSONField[object]()
    created_at = fields.DatetimeField()

    class Meta:
        table = "bulk_filing"


class BulkFilingLine(Model):
    """One firm of it."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    bulk_id = fields.UUIDField()
    person_id = fields.UUIDField()
    account_id = fields.UUIDField()
    firm_name = fields.TextField()
    uscc_masked = fields.TextField()
    period = fields.IntField()
    state = fields.TextField()
    co2_t = fields.DecimalField(20, 6, null=True)
    errors = fields.JSONField[object]()
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bulk_filing_line"


class ParameterRequest(Model):
    """A measured parameter waiting for or after its decision (FD11)."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    firm_name = fields.TextField()
    carrier = fields.TextField()
    carrier_name = fields.TextField()
    parameter = fields.TextField()
    value = fields.DecimalField(18, 8)
    unit = fields.TextField()
    usual = fields.DecimalField(30, 15, null=True)
    valid_from = fields.IntField()
    valid_to = fields.IntField()
    basis = fields.TextField()
    reason = fields.TextField()
    evidence_id = fields.UUIDField(null=True)
    state = fields.TextField()
    decision = fields.TextField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    version = fields.IntField()
    submitted_by = fields.UUIDField(null=True)
    submitted_at = fields.DatetimeField()

    class Meta:
        table = "parameter_request"


class ReductionMeasure(Model):
    """A measure done in a year (FD9)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    name = fields.TextField()
    summary = fields.TextField()
    kind = fields.TextField()
    investment = fields.DecimalField(14, 4)
    implemented_on = fields.DateField()
    saved = fields.JSONField[object]()
    typed_t = fields.DecimalField(16, 6, null=True)
    computed_t = fields.DecimalField(20, 6, null=True)
    difference_reason = fields.TextField()
    life_years = fields.IntField()
    cost_class = fields.TextField()
    evidence = ArrayField("uuid")
    accepted_t = fields.DecimalField(20, 6, null=True)
    accepted_agency = fields.TextField()
    accepted_on = fields.DateField(null=True)
    version = fields.IntField()
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "reduction_measure"


class ReductionIndicators(Model):
    """Audit indicators of a year, before and after."""

    tenant_id = fields.UUIDField()
    year = fields.IntField(primary_key=True, generated=False)
    version = fields.IntField()
    before_month = fields.IntField()
    after_month = fields.IntField()
    rows = fields.JSONField[object]()
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "reduction_indicators"


class ReductionPlan(Model):
    """A planned measure."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    name = fields.TextField()
    content = fields.TextField()
    kind = fields.TextField()
    expected_investment = fields.DecimalField(14, 4)
    expected_month = fields.IntField()
    expected_t = fields.DecimalField(16, 6)
    finance_wanted = fields.BooleanField()
    version = fields.IntField()
    saved_by = fields.UUIDField(null=True)
    saved_by_name = fields.TextField()
    saved_at = fields.DatetimeField()

    class Meta:
        table = "reduction_plan"
