"""Tables of this room; what is public or crosses organisations is reached by SQL functions."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class EvaluationRow(Model):
    """One version of a year's evaluation (CE12)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    year = fields.IntField()
    version = fields.IntField()
    status = fields.TextField()
    reason = fields.TextField(null=True)
    level = fields.IntField(null=True)
    letter = fields.TextField(null=True)
    k = fields.DecimalField(20, 4, null=True)
    l = fields.DecimalField(20, 4, null=True)  # noqa: E741
    n = fields.DecimalField(20, 2, null=True)
    benchmark_id = fields.UUIDField(null=True)
    basis = fields.TextField()
    method_version = fields.TextField()
    fingerprint = fields.TextField()
    trace: fields.JSONField[Any] = fields.JSONField()
    evaluated_on = fields.DateField()
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "evaluation"


class SigningKey(Model):
    """An Ed25519 key and its place in the rotation."""

    id = fields.UUIDField(primary_key=True)
    kid = fields.TextField()
    alg = fields.TextField()
    state = fields.TextField()
    public_jwk: fields.JSONField[Any] = fields.JSONField()
    private_sealed = fields.BinaryField()
    not_before = fields.DatetimeField()
    sign_until = fields.DatetimeField()
    verify_until = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_reason = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "signing_key"


class Certificate(Model):
    """What was issued, as it was issued; never changed."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    year = fields.IntField()
    period_type = fields.TextField()
    period = fields.TextField()
    certificate_no = fields.TextField()
    code_id = fields.TextField()
    code_kid = fields.TextField()
    evaluation_id = fields.UUIDField()
    level = fields.IntField()
    letter = fields.TextField()
    basis = fields.TextField()
    values_public = fields.BooleanField()
    content: fields.JSONField[Any] = fields.JSONField()
    snapshot_id = fields.UUIDField(null=True)
    snapshot_sha256 = fields.TextField()
    issued_on = fields.DateField()
    issued_at = fields.DatetimeField()
    issued_by = fields.UUIDField(null=True)
    valid_until = fields.DateField()

    class Meta:
        table = "certificate"


class CertificateFile(Model):
    """A picture or paper drawn once from a certificate (CC7)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    certificate_id = fields.UUIDField()
    kind = fields.TextField()
    file_id = fields.UUIDField()
    content_type = fields.TextField()
    sha256 = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "certificate_file"


class CertificateIndex(Model):
    """The public side of a certificate: state, content, proof; found by code id."""

    code_id = fields.CharField(12, primary_key=True)
    code_kid = fields.TextField()
    tenant_id = fields.UUIDField()
    certificate_id = fields.UUIDField()
    certificate_no = fields.TextField()
    period_type = fields.TextField()
    period = fields.TextField()
    company = fields.TextField()
    uscc = fields.TextField()
    region_code = fields.TextField()
    content: fields.JSONField[Any] = fields.JSONField()
    state = fields.TextField()
    state_at = fields.DatetimeField()
    state_reason = fields.TextField()
    superseded_by = fields.TextField(null=True)
    issued_at = fields.DatetimeField()
    valid_until = fields.DateField()
    kid = fields.TextField()
    jws = fields.TextField()
    pdf_sha256 = fields.TextField(null=True)

    class Meta:
        table = "certificate_index"


class CertificateAction(Model):
    """Suspension, resumption or revocation: proposed by one operator, decided by another (CC8)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    certificate_id = fields.UUIDField()
    action = fields.TextField()
    reason = fields.TextField()
    state = fields.TextField()
    proposed_by = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    decision_note = fields.TextField()

    class Meta:
        table = "certificate_action"
