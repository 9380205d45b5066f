"""Built-in roles and what each may do (T3, T4, table 18.3 of the business rules). Only routes that exist.

Code asks for permissions, never for roles. A permission that is not here is held by nobody.
"""

from functools import lru_cache

READ = frozenset(
    {
        "organisation.read",
        "member.read",
        "filing.read",
        "operating.read",
        "report.read",
        "certificate.read",
        "grading.read",
        "dashboard.read",
        "parameter.read",
        "evidence.read",
        "agent.read",
        "water.read",
        "reduction.read",
        "case.read",
        "product.read",
        "consent.read",
    }
)
FILE = frozenset(
    {"template.edit", "filing.edit", "filing.submit", "filing.withdraw", "evidence.upload", "parameter.request"}
    | {"water.edit", "reduction.edit"}
)
#: What somebody who files has to see: the firm, its template, drafts and filed months.
WORK = frozenset(
    {"organisation.read", "dashboard.read", "filing.read", "operating.read", "parameter.read", "evidence.read"}
    | {"water.read", "reduction.read"}
)
LEAD = frozenset(
    {"organisation.edit", "member.manage", "operating.edit", "filing.restate", "report.create", "certificate.issue"}
    | {"case.submit", "finance.apply"}
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    # enterprise
    "legal": READ | FILE | LEAD | {"agent.manage", "consent.give"},
    "admin": READ | FILE | LEAD | {"consent.give"},
    "filler": READ | FILE,
    "viewer": READ,
    # operator: separated powers, no role holds both voices of a two-person act
    "ops_reviewer": frozenset(
        {
            "ops.organisation.read",
            "ops.organisation.decide",
            "ops.organisation.create",
            "ops.registry.read",
            "ops.dispute.read",
            "ops.application.read",
            "ops.application.decide",
            "ops.calendar.read",
            "ops.parameter.read",
            "ops.parameter.decide",
            "ops.agency.read",
            "ops.agency.edit",
            "ops.case.read",
            "ops.bank.read",
            "ops.bank.edit",
        }
    ),
    "ops_data": frozenset(
        {
            "ops.calendar.read",
            "ops.calendar.edit",
            "ops.organisation.read",
            "ops.benchmark.read",
            "ops.benchmark.propose",
            "ops.entry_code",
            "ops.certificate.read",
            "ops.certificate.propose",
            "ops.parameter.read",
            "ops.content.read",
            "ops.content.edit",
            "ops.registry.read",
            "ops.registry.import",
            "ops.factor.read",
            "ops.factor.propose",
            "ops.quota.read",
            "ops.quota.import",
            "ops.product.read",
        }
    ),
    "ops_approver": frozenset(
        {
            "ops.organisation.read",
            "ops.benchmark.read",
            "ops.benchmark.publish",
            "ops.certificate.read",
            "ops.certificate.approve",
            "ops.content.read",
            "ops.content.publish",
            "ops.factor.read",
            "ops.factor.publish",
            "ops.agency.read",
            "ops.agency.designate",
            "ops.case.read",
            "ops.case.cancel",
            "ops.bank.read",
            "ops.product.read",
            "ops.product.publish",
            "ops.quota.read",
        }
    ),
    "support": frozenset({"ops.organisation.read", "ops.entry_code"}),
    "sysadmin": frozenset({"ops.jobs.read", "ops.jobs.retry", "ops.organisation.read", "ops.system.read"}),
    "secadmin": frozenset({"ops.account.manage", "ops.organisation.read", "ops.audit.read"}),
    "auditor": frozenset({"ops.audit.read", "ops.audit.verify"}),
    # third parties: nothing of a firm without an assigned case (R108) or a live consent (GF10)
    "agency_admin": frozenset(
        {"organisation.read", "member.read", "member.manage", "agency.case.read", "agency.case.accept", "agency.profile.edit"}
    ),
    "verifier": frozenset({"organisation.read", "agency.case.read", "agency.case.work"}),
    "agency_reviewer": frozenset({"organisation.read", "agency.case.read", "agency.case.sign"}),
    "bank_admin": frozenset(
        {"organisation.read", "member.read", "member.manage"}
        | {"bank.product.edit", "bank.case.read", "bank.case.assign", "bank.report.read"}
    ),
    "account_manager": frozenset({"organisation.read", "bank.case.read", "bank.case.work", "bank.report.read"}),
    # government: its screens come with its capability; until then its own page
    "regulator": frozenset({"organisation.read"}),
    "gov_viewer": frozenset({"organisation.read"}),
}

#: Agents of a firm by scope (18.3): ``enter()`` gives one role for each scope in force, and a bare ``agent`` that permits nothing.
#: Never members, other agents or consents, whatever the scopes.
AGENT_PERMISSIONS: dict[str, frozenset[str]] = {
    "agent:file": WORK | FILE | {"organisation.edit", "operating.edit"},
    "agent:report": frozenset(
        {"organisation.read", "dashboard.read", "report.read", "certificate.read", "grading.read", "report.create"}
        | {"certificate.issue", "water.read", "reduction.read", "case.read", "case.submit"}
    ),
    "agent:read": READ - {"member.read", "agent.read", "consent.read"},
}

#: Roles of each organisation kind (T3).
ROLES_OF_KIND: dict[str, tuple[str, ...]] = {
    "enterprise": ("legal", "admin", "filler", "viewer"),
    "verifier": ("agency_admin", "verifier", "agency_reviewer"),
    "bank": ("bank_admin", "account_manager"),
    "gov": ("regulator", "gov_viewer"),
    "operator": ("ops_reviewer", "ops_data", "ops_approver", "support", "sysadmin", "secadmin", "auditor"),
}
#: Roles one person may not hold together (separation of duties).
EXCLUSIVE: tuple[frozenset[str], ...] = (
    frozenset({"sysadmin", "secadmin", "auditor"}),
    frozenset({"ops_data", "ops_approver"}),
    frozenset({"verifier", "agency_reviewer"}),
)


@lru_cache(maxsize=1024)
def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Everything a set of roles may do."""
    given = (ROLE_PERMISSIONS.get(role) or AGENT_PERMISSIONS.get(role, frozenset()) for role in roles)
    return frozenset().union(*given)
