"""Tables of dated values (shared class)."""

from tortoise import fields
from tortoise.models import Model


class Factor(Model):
    """One dated, sourced value."""

    code = fields.CharField(120, primary_key=True)
    valid_key = fields.DateField()
    category = fields.TextField()
    carrier = fields.TextField(null=True)
    property = fields.TextField()
    kind = fields.TextField()
    name = fields.TextField()
    value = fields.DecimalField(30, 15, null=True)
    value_text = fields.TextField(null=True)
    unit = fields.TextField()
    gas = fields.TextField()
    factor_set = fields.TextField()
    factor_year = fields.IntField(null=True)
    region_code = fields.TextField()
    valid_from = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    source = fields.TextField()
    source_url = fields.TextField()
    confidence = fields.TextField()
    note = fields.TextField()

    class Meta:
        table = "factor"


class Parameter(Model):
    """A dated threshold or setting of the rules."""

    code = fields.CharField(60, primary_key=True)
    valid_from = fields.DateField()
    value = fields.JSONField[object]()
    unit = fields.TextField()
    source = fields.TextField()
    confidence = fields.TextField()

    class Meta:
        table = "parameter"


class FactorEpoch(Model):
    """How often the values have changed."""

    id = fields.IntField(primary_key=True, generated=False)
    epoch = fields.BigIntField()

    class Meta:
        table = "factor_epoch"


class ReferenceCase(Model):
    """A published company's figures."""

    id = fields.CharField(40, primary_key=True)
    name = fields.TextField()
    title = fields.TextField()
    figures = fields.JSONField[object]()
    source = fields.TextField()
    source_url = fields.TextField()

    class Meta:
        table = "reference_case"


class FactorDraft(Model):
    """Values that wait for another person."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField()
    kind = fields.TextField()
    title = fields.TextField()
    state = fields.TextField()
    version = fields.IntField()
    made_by = fields.UUIDField()
    made_by_name = fields.TextField()
    made_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()
    decided_by_name = fields.TextField()
    decided_at = fields.DatetimeField(null=True)
    reason = fields.TextField()
    impact = fields.JSONField[object](null=True)

    class Meta:
        table = "factor_draft"


class FactorDraftRow(Model):
    """One value of a draft."""

    draft_id = fields.UUIDField(primary_key=True)
    position = fields.IntField()
    act = fields.TextField()
    base_code = fields.TextField()
    base_key = fields.DateField()
    code = fields.TextField()
    valid_from = fields.DateField(null=True)
    record = fields.JSONField[object]()
    confirmed_by_name = fields.TextField()
    confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "factor_draft_row"


class FactorDraftEvent(Model):
    """A move of a draft."""

    id = fields.BigIntField(primary_key=True)
    draft_id = fields.UUIDField()
    at = fields.DatetimeField()
    what = fields.TextField()
    from_state = fields.TextField(null=True)
    to_state = fields.TextField()
    reason = fields.TextField()
    by_person = fields.UUIDField(null=True)
    by_name = fields.TextField()

    class Meta:
        table = "factor_draft_event"
