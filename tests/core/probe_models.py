"""Scratch models of the isolation probes; the tables exist only while those tests run."""

from tortoise import fields
from tortoise.models import Model


class ProbeFirm(Model):
    """Parent."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    name = fields.TextField()

    class Meta:
        table = "probe_firm"


class ProbeRec(Model):
    """Child."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    firm: fields.ForeignKeyRelation[ProbeFirm] = fields.ForeignKeyField("tanxiao.ProbeFirm", related_name="recs", db_constraint=False)
    v = fields.IntField()

    class Meta:
        table = "probe_rec"
