"""Tables of public texts (shared class)."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class PublicTextRow(Model):
    """One draft or one published version of a text."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.TextField()
    title = fields.TextField()
    text = fields.TextField()
    state = fields.TextField()
    origin = fields.TextField()
    version = fields.IntField(null=True)
    sha256 = fields.TextField(null=True)
    effective = fields.DateField(null=True)
    revision = fields.IntField()
    writers = ArrayField("uuid")
    note = fields.TextField()
    edited_at = fields.DatetimeField()
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "public_text"
