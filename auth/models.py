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


class WxUser(Model):
    """A WeChat that signed in, and the account it is bound to (W8)."""

    id = fields.UUIDField(primary_key=True)
    appid = fields.TextField()
    openid = fields.TextField()
    unionid = fields.TextField(null=True)
    session_key_sealed = fields.BinaryField(null=True)
    account_id = fields.UUIDField(null=True)
    bound_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "wx_user"


class WxTicket(Model):
    """What binds a WeChat to the next sign-in, once."""

    ticket_sha256 = fields.BinaryField(primary_key=True)
    user_id = fields.UUIDField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wx_ticket"


class WxToken(Model):
    """The access token, sealed, and the lease of who fetches it (W2, W3, W5)."""

    appid = fields.CharField(100, primary_key=True)
    id = fields.UUIDField()
    token_sealed = fields.BinaryField(null=True)
    token_sha256 = fields.BinaryField(null=True)
    good_until = fields.DatetimeField(null=True)
    fetched_at = fields.DatetimeField(null=True)
    lease_holder = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    forced_on = fields.DateField(null=True)
    forced = fields.IntField()
    forced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wx_token"


class WxPhoneCode(Model):
    """A phone code on its way to WeChat, and what came of it (W11)."""

    code_sha256 = fields.BinaryField(primary_key=True)
    id = fields.UUIDField()
    user_id = fields.UUIDField()
    state = fields.TextField()
    phone_sealed = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "wx_phone_code"


class WxSubscription(Model):
    """How many messages of a template a WeChat still allows (W12)."""

    appid = fields.TextField()
    openid = fields.CharField(100, primary_key=True)
    template_id = fields.TextField()
    kind = fields.TextField()
    remaining = fields.IntField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "wx_subscription"


class WxConsent(Model):
    """One answer to a subscription popup, as the phone or the push told it."""

    id = fields.UUIDField(primary_key=True)
    appid = fields.TextField()
    openid = fields.TextField()
    template_id = fields.TextField()
    source = fields.TextField()
    result = fields.TextField()
    at = fields.DatetimeField()
    matched = fields.BooleanField()

    class Meta:
        table = "wx_consent"


class WxMessage(Model):
    """A subscription message to send, once for each event, WeChat and template (W13)."""

    id = fields.UUIDField(primary_key=True)
    event_id = fields.UUIDField()
    appid = fields.TextField()
    openid = fields.TextField()
    template = fields.TextField()
    template_id = fields.TextField()
    account_id = fields.UUIDField(null=True)
    page = fields.TextField()
    fields_sealed = fields.BinaryField()
    state = fields.TextField()
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wx_message"


class WxPush(Model):
    """A push of WeChat, stored before it is worked off (W22, W23)."""

    id = fields.UUIDField(primary_key=True)
    dedupe_sha256 = fields.BinaryField()
    event = fields.TextField()
    body_sealed = fields.BinaryField()
    state = fields.TextField()
    attempts = fields.IntField()
    received_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wx_push"


class WxScene(Model):
    """The scene of an unlimited code (W15)."""

    scene = fields.CharField(32, primary_key=True)
    page = fields.TextField()
    note = fields.TextField()
    account_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "wx_scene"


class WxLink(Model):
    """A link into the mini-program, for one recipient (W17)."""

    id = fields.UUIDField(primary_key=True)
    appid = fields.TextField()
    recipient = fields.TextField()
    purpose = fields.TextField()
    path = fields.TextField()
    query = fields.TextField()
    url = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "wx_link"


class ConsentRecord(Model):
    """What a person agreed to, by version and hash of the text (P6)."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    purpose = fields.TextField()
    text_version = fields.TextField()
    text_sha256 = fields.TextField()
    given_at = fields.DatetimeField()
    channel = fields.TextField()
    ip = fields.TextField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "consent_record"


class DataExport(Model):
    """A right to download one's own data for a day (P7)."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "data_export"


class DeletionRequest(Model):
    """The wish to be forgotten, with the day it happens (P7)."""

    person_id = fields.UUIDField(primary_key=True)
    requested_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "deletion_request"


class IdvSession(Model):
    """One attempt to prove who one is (V1)."""

    id = fields.UUIDField(primary_key=True)
    provider = fields.TextField()
    purpose = fields.TextField()
    account_id = fields.UUIDField(null=True)
    openid = fields.TextField(null=True)
    audience = fields.TextField()
    secret_sha256 = fields.BinaryField()
    device_hash = fields.BinaryField()
    state_hash = fields.BinaryField()
    nonce = fields.TextField()
    out_seq_no = fields.TextField()
    provider_ref = fields.TextField(null=True)
    hint_sealed = fields.BinaryField(null=True)
    consent_version = fields.IntField()
    ip = fields.TextField()
    status = fields.TextField()
    reason = fields.TextField()
    evidence_ref = fields.TextField()
    called_back_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "idv_session"


class IdvNonce(Model):
    """A nonce of a callback that was seen (V2)."""

    provider = fields.TextField()
    nonce = fields.CharField(100, primary_key=True)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "idv_nonce"


class PersonIdentity(Model):
    """The document a person proved, sealed."""

    person_id = fields.UUIDField(primary_key=True)
    id_type = fields.TextField()
    id_no_sealed = fields.BinaryField()
    provider = fields.TextField()
    verified_at = fields.DatetimeField()

    class Meta:
        table = "person_identity"


class PhoneChange(Model):
    """A phone that was changed, until the old one is told (L20)."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    old_sealed = fields.BinaryField(null=True)
    at = fields.DatetimeField()
    told_at = fields.DatetimeField(null=True)

    class Meta:
        table = "phone_change"
