"""Tables of people and sessions (identity class: reached by functions only; the models serve the drift test)."""

from tortoise import fields
from tortoise.models import Model


class Person(Model):
    """One human being; name and phone sealed."""

    id = fields.UUIDField(primary_key=True)
    name_sealed = fields.BinaryField()
    phone_sealed = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "person"


class PersonIndex(Model):
    """Blind indexes of a person, each with the id of its key."""

    idx = fields.BinaryField(primary_key=True)
    kind = fields.TextField()
    key_id = fields.BinaryField()
    person_id = fields.UUIDField()

    class Meta:
        table = "person_index"


class Account(Model):
    """A way to sign in by name and password."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    login_name = fields.TextField()
    password_hash = fields.TextField()
    profile = fields.TextField()
    must_change = fields.BooleanField()
    initial_until = fields.DatetimeField(null=True)
    password_changed_at = fields.DatetimeField()
    status = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "account"


class Session(Model):
    """A signed-in device; the row decides on every request (L14)."""

    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    audience = fields.TextField()
    amr = fields.JSONField[list[str]]()
    auth_time = fields.DatetimeField()
    organisation_id = fields.UUIDField(null=True)
    device = fields.TextField()
    device_hash = fields.BinaryField()
    ip = fields.TextField()
    created_at = fields.DatetimeField()
    last_seen = fields.DatetimeField()
    idle_seconds = fields.IntField()
    idle_until = fields.DatetimeField()
    absolute_until = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoke_reason = fields.TextField(null=True)

    class Meta:
        table = "session"


class RefreshToken(Model):
    """One link of a session's chain of refresh tokens (L15)."""

    token_sha256 = fields.BinaryField(primary_key=True)
    session_id = fields.UUIDField()
    parent_sha256 = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_token"


class Captcha(Model):
    """A picture's answer, hashed, for one look."""

    id = fields.CharField(64, primary_key=True)
    answer_hash = fields.BinaryField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "captcha"


class SmsCode(Model):
    """A code that was sent, as a MAC (L10)."""

    id = fields.UUIDField(primary_key=True)
    purpose = fields.TextField()
    phone_idx = fields.BinaryField()
    device_hash = fields.BinaryField()
    ip = fields.TextField()
    code_hash = fields.BinaryField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    tries = fields.IntField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sms_code"


class LoginCounter(Model):
    """Failures and waits of one bucket (L8)."""

    bucket = fields.CharField(200, primary_key=True)
    failures = fields.IntField()
    since = fields.DatetimeField()
    last_at = fields.DatetimeField()
    locked_until = fields.DatetimeField(null=True)
    locks = fields.IntField()

    class Meta:
        table = "login_counter"


class SecondFactor(Model):
    """A TOTP secret, sealed (L21)."""

    account_id = fields.UUIDField(primary_key=True)
    secret_sealed = fields.BinaryField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField()
    pending_sealed = fields.BinaryField(null=True)
    pending_until = fields.DatetimeField(null=True)

    class Meta:
        table = "second_factor"


class StepUpProof(Model):
    """A fresh proof for one operation, single use (L20)."""

    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    session_id = fields.UUIDField()
    purpose = fields.TextField()
    operation = fields.TextField()
    factor = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "step_up_proof"


class ScanTicket(Model):
    """A QR sign-in on its way (Q3); ticket and poll secret as SHA-256."""

    ticket_sha256 = fields.BinaryField(primary_key=True)
    poll_sha256 = fields.BinaryField()
    id = fields.UUIDField()
    audience = fields.TextField()
    state = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ip = fields.TextField()
    user_agent = fields.TextField()
    device_hash = fields.BinaryField(null=True)
    polled_at = fields.DatetimeField(null=True)
    account_id = fields.UUIDField(null=True)
    phone_session = fields.UUIDField(null=True)
    organisation_id = fields.UUIDField(null=True)
    numbers = fields.JSONField[list[int]](null=True)
    number = fields.IntField(null=True)
    ended_at = fields.DatetimeField(null=True)
    reason = fields.TextField(null=True)
    session_id = fields.UUIDField(null=True)
    client_sha256 = fields.BinaryField(null=True)

    class Meta:
        table = "scan_ticket"


class ScanBlock(Model):
    """An address that guessed tickets, and until when it is kept out (Q11)."""

    ip = fields.CharField(100, primary_key=True)
    until = fields.DatetimeField()

    class Meta:
        table = "scan_block"
