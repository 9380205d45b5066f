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
    agent_name_sealed = fields.BinaryField(null=True)
    id_type = fields.TextField()
    id_no_masked = fields.TextField()
    id_no_sealed = fields.BinaryField(null=True)
    phone_masked = fields.TextField()
    phone_sealed = fields.BinaryField(null=True)
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


class Application(Model):
    """An application of an agent or a foreign legal representative (FD3)."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    number = fields.TextField()
    kind = fields.TextField()
    state = fields.TextField()
    enterprise_name = fields.TextField()
    uscc = fields.TextField()
    legal_name_sealed = fields.BinaryField(null=True)
    legal_name_masked = fields.TextField()
    legal_id_type = fields.TextField()
    legal_id_sealed = fields.BinaryField(null=True)
    legal_id_masked = fields.TextField()
    applicant_name_sealed = fields.BinaryField(null=True)
    applicant_name_masked = fields.TextField()
    id_type = fields.TextField()
    id_no_sealed = fields.BinaryField(null=True)
    id_no_masked = fields.TextField()
    phone_sealed = fields.BinaryField(null=True)
    phone_masked = fields.TextField()
    scopes = ArrayField("text")
    valid_to = fields.DateField(null=True)
    reason = fields.TextField()
    key_sha256 = fields.BinaryField()
    form_code = fields.TextField()
    form_file = fields.UUIDField(null=True)
    form_original = fields.UUIDField(null=True)
    form_pages: list[dict[str, object]] = fields.JSONField()
    form_check = fields.TextField()
    form_at = fields.DatetimeField(null=True)
    uploaded_by = fields.UUIDField(null=True)
    registry = fields.TextField()
    submitted_at = fields.DatetimeField(null=True)
    used_before = fields.DecimalField(8, 4)
    due_on = fields.DateField(null=True)
    due_provisional = fields.BooleanField()
    escalated_at = fields.DatetimeField(null=True)
    returns = fields.IntField()
    decision_reason = fields.TextField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    organisation_id = fields.UUIDField(null=True)
    delegation_id = fields.UUIDField(null=True)
    account_name = fields.TextField(null=True)
    erased_at = fields.DatetimeField(null=True)
    version = fields.IntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "application"


class ApplicationIndex(Model):
    """Blind index of an applicant's phone or identity number."""

    kind = fields.TextField()
    idx = fields.BinaryField(primary_key=True)
    key_id = fields.BinaryField()
    application_id = fields.UUIDField()
    tenant_id = fields.UUIDField()

    class Meta:
        table = "application_index"


class EnterpriseRegistry(Model):
    """An enterprise as the register says, its representative by blind index (V6)."""

    id = fields.UUIDField(primary_key=True)
    uscc = fields.TextField()
    name = fields.TextField()
    region_code = fields.TextField(null=True)
    status = fields.TextField()
    source = fields.TextField()
    legal_name_sealed = fields.BinaryField()
    legal_name_masked = fields.TextField()
    legal_idx = fields.BinaryField(null=True)
    key_id = fields.BinaryField()
    legal_changed_at = fields.DatetimeField(null=True)
    imported_at = fields.DatetimeField()
    version = fields.IntField()

    class Meta:
        table = "enterprise_registry"


class RegistryTask(Model):
    """Something in the register that a person has to look at (V7)."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.TextField()
    uscc = fields.TextField()
    firm = fields.TextField()
    claimant_masked = fields.TextField()
    claim_idx = fields.BinaryField()
    key_id = fields.BinaryField()
    claims = fields.IntField()
    state = fields.TextField()
    outcome = fields.TextField(null=True)
    note = fields.TextField()
    opened_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    version = fields.IntField()

    class Meta:
        table = "registry_task"


class AgencyRow(Model):
    """A third-party agency (FD15)."""

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()
    uscc = fields.TextField()
    kinds = fields.TextField()
    regions = fields.TextField()
    contact = fields.TextField()
    trades = fields.TextField()
    intro = fields.TextField()
    qualification_no = fields.TextField()
    qualification_file = fields.UUIDField(null=True)
    qualification_name = fields.TextField()
    valid_to = fields.DateField()
    state = fields.TextField()
    state_reason = fields.TextField()
    version = fields.IntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "agency"


class AgencyDesignation(Model):
    """The days of a designation."""

    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    note = fields.TextField()
    made_by = fields.UUIDField(null=True)
    made_at = fields.DatetimeField()
    ended_on = fields.DateField(null=True)
    ended_by = fields.UUIDField(null=True)

    class Meta:
        table = "agency_designation"


class AgencyChange(Model):
    """What was done to a record."""

    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    what = fields.TextField()
    detail = fields.JSONField[object]()
    reason = fields.TextField()
    by_person = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "agency_change"


class ConsentRow(Model):
    """A firm lets a bank read its reports until a day."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    firm_name = fields.TextField()
    bank_name = fields.TextField()
    product_id = fields.UUIDField(null=True)
    product_name = fields.TextField()
    receiver_id = fields.UUIDField(null=True)
    receiver_name = fields.TextField()
    report_kinds = ArrayField("text")
    years = ArrayField("int")
    contact = fields.BooleanField()
    purpose = fields.TextField()
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    text_sha256 = fields.TextField()
    state = fields.TextField()
    version = fields.IntField()
    given_by = fields.UUIDField(null=True)
    given_by_name = fields.TextField()
    given_at = fields.DatetimeField()
    channel = fields.TextField()
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.UUIDField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta:
        table = "consent"


class ConsentReadRow(Model):
    """One reading under a consent."""

    id = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    party_id = fields.UUIDField()
    consent_id = fields.UUIDField()
    report_id = fields.UUIDField(null=True)
    report_kind = fields.TextField()
    report_title = fields.TextField()
    year = fields.IntField(null=True)
    page = fields.IntField(null=True)
    person_id = fields.UUIDField(null=True)
    person_name = fields.TextField()
    read_at = fields.DatetimeField()

    class Meta:
        table = "consent_read"


class Bank(Model):
    """A bank on the operator's list, with the dates of its agreement."""

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()
    uscc = fields.TextField()
    contact = fields.TextField()
    agreement_no = fields.TextField()
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    state = fields.TextField()
    state_reason = fields.TextField()
    version = fields.IntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "bank"


class BankChange(Model):
    """What was done to a bank's record."""

    id = fields.BigIntField(primary_key=True)
    bank_id = fields.UUIDField()
    what = fields.TextField()
    from_state = fields.TextField(null=True)
    to_state = fields.TextField()
    detail = fields.JSONField[object]()
    reason = fields.TextField()
    by_person = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "bank_change"
