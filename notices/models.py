"""Tables of messages: notices (tenant class), what a person switched off (identity class)."""

from tortoise import fields
from tortoise.models import Model


class NoticeRow(Model):
    """One message to one person about one organisation's matter."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(null=True)
    recipient = fields.TextField()
    phone_sealed = fields.BinaryField(null=True)
    kind = fields.TextField()
    object_type = fields.TextField()
    object_id = fields.TextField()
    month = fields.IntField(null=True)
    day = fields.DateField()
    organisation_name = fields.TextField()
    title = fields.TextField()
    text = fields.TextField()
    link = fields.TextField(null=True)
    facts = fields.JSONField[object]()
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    sms = fields.TextField()
    sms_at = fields.DatetimeField(null=True)
    wechat = fields.TextField()
    wechat_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notice"


class NoticeSetting(Model):
    """Channels a person switched off."""

    person_id = fields.UUIDField(primary_key=True)
    sms = fields.BooleanField()
    wechat = fields.BooleanField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "notice_setting"
