"""Organisations 组织: who they are, who belongs to them, what a regulator may see of them; regions and industries.

Vocabulary: organisation 组织（企业、核查机构、银行、政府部门、平台运营） · membership 成员资格 · role 角色 · invitation 邀请 ·
profile 基础信息 · licence 营业执照 · review 主体审核 · dispute 统一社会信用代码争议 · scope 政府部门的区域范围 · region 行政区划 ·
industry 国民经济行业 · USCC 统一社会信用代码.

An organisation's id is its tenant id. The directory is readable by the organisation itself, its members, the operator and the
governments whose region holds it; it is written by SQL functions, which also take the USCC on the whole platform (T1).
"""

from tenants.bulk import BulkMember, BulkOrganisation, bulk_create, bulk_members, bulk_scopes
from tenants.codes import (
    CodeError,
    check_id_number,
    check_mobile,
    check_plate,
    check_uscc,
    mask_uscc,
    uscc_check_character,
    uscc_warning,
)
from tenants.disputes import Dispute, Disputes, close_dispute, list_disputes, read_claimant_phone
from tenants.invitations import (
    Door,
    Invitation,
    Invitations,
    Joined,
    accept_with_new_account,
    invite,
    join,
    list_invitations,
    look_at_invitation,
    withdraw_invitation,
)
from tenants.members import ROLE_NAMES, Member, Members, change_member, list_members, own_name
from tenants.organisations import (
    KINDS,
    STATUSES,
    Belonging,
    Detail,
    Listed,
    Listing,
    belongs_to,
    correct_identity,
    get_organisation,
    list_organisations,
    organisations_of,
    set_suspended,
)
from tenants.profiles import Place, ProfileEdit, ProfileFacts, ProfileView, edit_profile, get_profile, profile_facts
from tenants.reading import reading
from tenants.reference import load_reference
from tenants.registration import (
    FirstAccount,
    FirstUser,
    NewEnterprise,
    NewOrganisation,
    Registered,
    add_operator,
    create_organisation,
    register_enterprise,
)
from tenants.reviews import decide_review, read_licence, submit_licence
from tenants.trees import Node, Nodes, search_industries, search_regions

__all__ = [
    "KINDS",
    "ROLE_NAMES",
    "STATUSES",
    "Belonging",
    "BulkMember",
    "BulkOrganisation",
    "CodeError",
    "Detail",
    "Dispute",
    "Disputes",
    "Door",
    "FirstAccount",
    "FirstUser",
    "Invitation",
    "Invitations",
    "Joined",
    "Listed",
    "Listing",
    "Member",
    "Members",
    "NewEnterprise",
    "NewOrganisation",
    "Node",
    "Nodes",
    "Place",
    "ProfileEdit",
    "ProfileFacts",
    "ProfileView",
    "Registered",
    "accept_with_new_account",
    "add_operator",
    "belongs_to",
    "bulk_create",
    "bulk_members",
    "bulk_scopes",
    "change_member",
    "check_id_number",
    "check_mobile",
    "check_plate",
    "check_uscc",
    "close_dispute",
    "correct_identity",
    "create_organisation",
    "decide_review",
    "edit_profile",
    "get_organisation",
    "get_profile",
    "invite",
    "join",
    "list_disputes",
    "list_invitations",
    "list_members",
    "list_organisations",
    "load_reference",
    "look_at_invitation",
    "mask_uscc",
    "organisations_of",
    "own_name",
    "profile_facts",
    "read_claimant_phone",
    "read_licence",
    "reading",
    "register_enterprise",
    "search_industries",
    "search_regions",
    "set_suspended",
    "submit_licence",
    "uscc_check_character",
    "uscc_warning",
    "withdraw_invitation",
]
