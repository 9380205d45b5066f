"""Tables of this room. Directory and disputes are written by SQL functions, the trees by :mod:`tenants.reference`."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Region(Model):
    """One place of GB/T 2260."""

    code = fields.CharField(6, primary_key=True)
    level = fields.TextField()
    name = fields.TextField()
    name_en = fields.TextField()
    parent_code = fields.TextField(null=True)
    path = ArrayField("text")
    status = fields.TextField()
    grid_region = fields.TextField(null=True)
    source = fields.TextField()
    source_url = fields.TextField()
    confidence = fields.TextField()
    note = fields.TextField()

    class Meta:
        table = "region"


class Industry(Model):
    """One entry of GB/T 4754-2017."""

    code = fields.CharField(5, primary_key=True)
    level = fields.TextField()
    name = fields.TextField()
    name_en = fields.TextField()
    parent_code = fields.TextField(null=True)
    path = ArrayField("text")
    valid_from = fields.DateField(null=True)
    source = fields.TextField()
    source_url = fields.TextField()
    confidence = fields.TextField()
    note = fields.TextField()

    class Meta:
        table = "industry"


class Organisation(Model):
    """One organisation; its id is the tenant id."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.TextField()
    uscc = fields.TextField(null=True)
    name = fields.TextField()
    region_code = fields.TextField(null=True)
    industry_code = fields.TextField(null=True)
    status = fields.TextField()
    origin = fields.TextField()
    parent_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "organisation"


class Membership(Model):
    """A person in an organisation."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    person_id = fields.UUIDField()
    roles = ArrayField("text")
    status = fields.TextField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    display_name_masked = fields.TextField()
    login_name = fields.TextField(default="")
    phone_masked = fields.TextField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "membership"


class GovScope(Model):
    """A place a government office may see."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    region_code = fields.TextField()
    include_children = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "gov_scope"


class Profile(Model):
    """Basic information of an organisation (FD1); name, USCC, region and industry stand in the directory."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    nature = fields.TextField(null=True)
    address = fields.TextField()
    registered_capital = fields.DecimalField(14, 4, null=True)
    established_on = fields.DateField(null=True)
    staff = fields.IntField(null=True)
    site_area = fields.DecimalField(12, 2, null=True)
    legal_name_sealed = fields.BinaryField(null=True)
    contact_name_sealed = fields.BinaryField(null=True)
    contact_phone_sealed = fields.BinaryField(null=True)
    above_scale = fields.BooleanField(null=True)
    ets_key_unit = fields.BooleanField(null=True)
    ets_confirmed_at = fields.DatetimeField(null=True)
    park = fields.TextField(null=True)
    intro = fields.TextField()
    process_flow = fields.TextField()
    main_equipment = fields.TextField()
    logo_file = fields.UUIDField(null=True)
    licence_file = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)

    class Meta:
        table = "profile"


class Invitation(Model):
    """An open door for one person."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    roles = ArrayField("text")
    valid_to = fields.DateField(null=True)
    invitee_masked = fields.TextField(default="")
    phone_masked = fields.TextField(null=True)
    state = fields.TextField()
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField()
    decided_at = fields.DatetimeField(null=True)
    accepted_by = fields.UUIDField(null=True)

    class Meta:
        table = "invitation"


class InvitationKey(Model):
    """From a token's digest to its invitation."""

    token_sha256 = fields.BinaryField(primary_key=True)
    tenant_id = fields.UUIDField()
    invitation_id = fields.UUIDField()

    class Meta:
        table = "invitation_key"


class OrganisationReview(Model):
    """A licence on the operator's desk."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    licence_file = fields.UUIDField()
    licence_name = fields.TextField()
    state = fields.TextField()
    reason = fields.TextField()
    submitted_by = fields.UUIDField()
    submitted_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "organisation_review"


class Delegation(Model):
    """An agent of a firm."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    scopes = ArrayField("text")
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    state = fields.TextField()
    origin = fields.TextField()
    application_id = fields.UUIDField(null=True)
    firm_name = fields.TextField()
    firm_initials = fields.TextField(default="")
    uscc_masked = fields.TextField()
    agent_name_masked = fields.TextField()
    agent_name_sealed = fields.BinaryField()
    id_type = fields.TextField()
    id_no_masked = fields.TextField()
    id_no_sealed = fields.BinaryField()
    phone_masked = fields.TextField()
    phone_sealed = fields.BinaryField()
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "delegation"


class DelegationIndex(Model):
    """Blind index of an agent's phone or identity number."""

    kind = fields.TextField()
    idx = fields.BinaryField(primary_key=True)
    key_id = fields.BinaryField()
    delegation_id = fields.UUIDField()
    tenant_id = fields.UUIDField()

    class Meta:
        table = "delegation_index"


class Dispute(Model):
    """A second claim on a USCC."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    uscc = fields.TextField()
    holder_id = fields.UUIDField(null=True)
    organisation_name = fields.TextField()
    claimant_name_sealed = fields.BinaryField()
    claimant_phone_sealed = fields.BinaryField()
    claimant_index = fields.BinaryField()
    state = fields.TextField()
    reason = fields.TextField()
    opened_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "dispute"
