"""Tables of this room: link rows of firm and agency; notes are the agency's own."""

from tortoise import fields
from tortoise.models import Model


class ThirdCase(Model):
    """A case as both sides see it."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    number = fields.TextField()
    kind = fields.TextField()
    year = fields.IntField()
    state = fields.TextField()
    version = fields.IntField()
    round = fields.IntField()
    firm_name = fields.TextField()
    firm_uscc_masked = fields.TextField()
    firm_place = fields.TextField()
    firm_trade = fields.TextField()
    agency_name = fields.TextField()
    consent_sha256 = fields.TextField()
    submitted_by = fields.UUIDField(null=True)
    submitted_name = fields.TextField()
    submitted_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    verifier_id = fields.UUIDField(null=True)
    verifier_name = fields.TextField()
    reviewer_id = fields.UUIDField(null=True)
    reviewer_name = fields.TextField()
    turn = fields.TextField()
    due_on = fields.DateField(null=True)
    remind_on = fields.DateField(null=True)
    withdraw_on = fields.DateField(null=True)
    provisional = fields.BooleanField()
    reminded_at = fields.DatetimeField(null=True)
    release_told_at = fields.DatetimeField(null=True)
    half_on = fields.DateField(null=True)
    eve_on = fields.DateField(null=True)
    half_told_at = fields.DatetimeField(null=True)
    eve_told_at = fields.DatetimeField(null=True)
    halt = fields.TextField()
    judged = fields.IntField()
    to_judge = fields.IntField()
    findings = fields.IntField()
    waiting = fields.IntField()
    answered = fields.IntField()
    verdict = fields.TextField(null=True)
    opinion = fields.TextField()
    concluded_at = fields.DatetimeField(null=True)
    signed_at = fields.DatetimeField(null=True)
    report_id = fields.UUIDField()
    report_number = fields.TextField()
    issued_report_id = fields.UUIDField(null=True)
    issued_number = fields.TextField()
    issued_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    reason = fields.TextField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "third_case"


class CaseRound(Model):
    """One hand-off."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    round = fields.IntField()
    snapshot_id = fields.UUIDField()
    snapshot_sha256 = fields.TextField()
    report_id = fields.UUIDField()
    report_number = fields.TextField()
    report_sha256 = fields.TextField()
    changes = fields.JSONField[object]()
    by_name = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_round"


class CaseFinding(Model):
    """One question of the agency."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    number = fields.IntField()
    round = fields.IntField()
    section = fields.TextField()
    path = fields.TextField()
    label = fields.TextField()
    filed = fields.TextField()
    unit = fields.TextField()
    text = fields.TextField()
    severity = fields.TextField()
    state = fields.TextField()
    due_on = fields.DateField(null=True)
    choice = fields.TextField(null=True)
    value = fields.DecimalField(24, 8, null=True)
    removed = fields.BooleanField()
    version = fields.IntField()
    raised_by = fields.TextField()
    raised_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    asked_on = fields.DateField(null=True)
    half_on = fields.DateField(null=True)
    eve_on = fields.DateField(null=True)
    half_told_at = fields.DatetimeField(null=True)
    eve_told_at = fields.DatetimeField(null=True)
    provisional = fields.BooleanField()

    class Meta:
        table = "case_finding"


class CaseMessage(Model):
    """A word in the thread."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    finding_id = fields.UUIDField(null=True)
    side = fields.TextField()
    by_name = fields.TextField()
    text = fields.TextField()
    files = fields.JSONField[object]()
    at = fields.DatetimeField()

    class Meta:
        table = "case_message"


class CaseFile(Model):
    """A file that the firm handed in with an answer."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    name = fields.TextField()
    content_type = fields.TextField()
    size = fields.IntField()
    by_name = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_file"


class CaseAmount(Model):
    """The verdict on one figure."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    case_id = fields.UUIDField()
    key = fields.CharField(300, primary_key=True)
    section = fields.TextField()
    label = fields.TextField()
    unit = fields.TextField()
    filed = fields.DecimalField(24, 8, null=True)
    verdict = fields.TextField()
    value = fields.DecimalField(24, 8, null=True)
    reason = fields.TextField()
    round = fields.IntField()
    by_name = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_amount"


class CaseEvent(Model):
    """One move."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    event = fields.TextField()
    from_state = fields.TextField(null=True)
    to_state = fields.TextField()
    side = fields.TextField()
    by_name = fields.TextField()
    reason = fields.TextField()
    round = fields.IntField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_event"


class CaseDeclaration(Model):
    """A word of independence."""

    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    about = fields.TextField()
    by_name = fields.TextField()
    text_sha256 = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_declaration"


class CaseNote(Model):
    """A note of the agency to itself."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    case_id = fields.UUIDField()
    finding_id = fields.UUIDField(null=True)
    by_name = fields.TextField()
    text = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "case_note"
