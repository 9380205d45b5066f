"""Tables of this room."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class PurposeRow(Model):
    """A purpose of a loan by the operator's table."""

    code = fields.CharField(30, primary_key=True)
    name = fields.TextField()
    catalogue = fields.TextField()
    source = fields.TextField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    loaded_at = fields.DatetimeField()

    class Meta:
        table = "finance_purpose"


class ProductRow(Model):
    """A bank's product."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    bank_name = fields.TextField()
    name = fields.TextField()
    kind = fields.TextField()
    min_amount = fields.DecimalField(16, 4, null=True)
    max_amount = fields.DecimalField(16, 4, null=True)
    min_term = fields.IntField(null=True)
    max_term = fields.IntField(null=True)
    min_rate = fields.DecimalField(6, 4, null=True)
    max_rate = fields.DecimalField(6, 4, null=True)
    rate_note = fields.TextField()
    regions = ArrayField("text")
    industries = ArrayField("text")
    industries_not = ArrayField("text")
    min_letter = fields.TextField(null=True)
    verified_only = fields.BooleanField()
    report_age = fields.IntField()
    min_filing_months = fields.IntField()
    purposes = ArrayField("text")
    needs_water = fields.BooleanField()
    needs_reduction = fields.BooleanField()
    preferences = fields.JSONField[object]()
    documents = ArrayField("text")
    description = fields.TextField()
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    state = fields.TextField()
    note = fields.TextField()
    bank_open = fields.BooleanField()
    version = fields.IntField()
    published_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)

    class Meta:
        table = "finance_product"


class ManagerRow(Model):
    """What a bank says of a client manager."""

    person_id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    areas = ArrayField("text")
    products = ArrayField("uuid")
    active = fields.BooleanField()
    last_assigned_at = fields.DatetimeField(null=True)
    version = fields.IntField()
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)

    class Meta:
        table = "bank_manager"


class CaseRow(Model):
    """A firm and a bank about one product."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    product_id = fields.UUIDField()
    product_name = fields.TextField()
    consent_id = fields.UUIDField()
    firm_name = fields.TextField()
    bank_name = fields.TextField()
    region_code = fields.TextField(null=True)
    region_name = fields.TextField()
    letter = fields.TextField(null=True)
    basis = fields.TextField(null=True)
    report_year = fields.IntField(null=True)
    amount = fields.DecimalField(16, 4, null=True)
    term = fields.IntField(null=True)
    purpose = fields.TextField(null=True)
    purpose_name = fields.TextField()
    project = fields.JSONField[object]()
    matched = fields.JSONField[object]()
    chosen = fields.BooleanField()
    manager_id = fields.UUIDField(null=True)
    manager_name = fields.TextField()
    tried = ArrayField("uuid")
    state = fields.TextField()
    version = fields.IntField()
    submitted_at = fields.DatetimeField()
    submitted_by = fields.UUIDField(null=True)
    assigned_at = fields.DatetimeField(null=True)
    due_on = fields.DateField(null=True)
    due_provisional = fields.BooleanField()
    reminded_on = fields.DateField(null=True)
    contacted_at = fields.DatetimeField(null=True)
    outcome_amount = fields.DecimalField(16, 4, null=True)
    outcome_rate = fields.DecimalField(6, 4, null=True)
    outcome_on = fields.DateField(null=True)
    outcome_note = fields.TextField()
    confirmed_at = fields.DatetimeField(null=True)
    confirmed_by = fields.UUIDField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "finance_case"


class CaseEventRow(Model):
    """One move of a case."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    case_id = fields.UUIDField()
    at = fields.DatetimeField()
    side = fields.TextField()
    actor_id = fields.UUIDField(null=True)
    actor_name = fields.TextField()
    from_state = fields.TextField(null=True)
    to_state = fields.TextField()
    reason = fields.TextField()

    class Meta:
        table = "finance_case_event"


class ExportRow(Model):
    """A list of cases as a file."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    state = fields.TextField()
    person_id = fields.UUIDField()
    consents = ArrayField("uuid")
    rows = fields.IntField()
    reason = fields.TextField()
    file_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bank_export"
