"""Every table and its class (architecture 6). A test fails on a table that is not listed, and on a class its policies do not keep.

tenant     tenant_id in the primary key, row security forced, one organisation sees its own rows
link       joins two organisations: tenant_id or party_id sees the row
directory  organisations themselves: own row, the operator, a government's region
identity   people, sessions, one-time codes: no right for the application at all, reached by SECURITY DEFINER functions
shared     reference data and sums without an owner: read by the application (or only by functions), written by functions
system     the machinery's own ledgers
"""

TABLES: dict[str, str] = {
    # core
    "schema_migration": "system",
    "claim": "identity",
    "idempotency": "tenant",
    "rate_counter": "identity",
    # ground (files, jobs, audit)
    "audit_log": "tenant",
    "audit_head": "identity",
    "audit_seal": "shared",
    "audit_seal_head": "identity",
    "file_blob": "tenant",
    "outbox": "tenant",
    "schedule_run": "system",
    "work_year": "shared",
    "work_day": "shared",
    # auth
    "person": "identity",
    "person_index": "identity",
    "account": "identity",
    "session": "identity",
    "refresh_token": "identity",
    "captcha": "identity",
    "sms_code": "identity",
    "login_counter": "identity",
    "second_factor": "identity",
    "step_up_proof": "identity",
    "consent_record": "identity",
    "data_export": "identity",
    "deletion_request": "identity",
    "scan_ticket": "identity",
    "scan_block": "identity",
    "wx_user": "identity",
    "wx_ticket": "identity",
    "wx_token": "identity",
    "wx_phone_code": "identity",
    "wx_subscription": "identity",
    "wx_consent": "identity",
    "wx_message": "identity",
    "wx_push": "identity",
    "wx_scene": "identity",
    "wx_link": "identity",
    "idv_session": "identity",
    "idv_nonce": "identity",
    "person_identity": "identity",
    "phone_change": "identity",
    # tenants
    "region": "shared",
    "industry": "shared",
    "organisation": "directory",
    "membership": "tenant",
    "gov_scope": "tenant",
    "profile": "tenant",
    "invitation": "tenant",
    "invitation_key": "identity",
    "organisation_review": "link",
    "dispute": "tenant",
    "delegation": "link",
    "delegation_index": "identity",
    "enterprise_registry": "identity",
    "registry_task": "identity",
    "application": "tenant",
    "application_index": "identity",
    # factors
    "factor": "shared",
    "parameter": "shared",
    "factor_epoch": "shared",
    "reference_case": "shared",
    # documents
    "snapshot": "tenant",
    # notices
    "notice": "tenant",
    "notice_setting": "identity",
    # knowledge
    "public_text": "shared",
    # inventory
    "inventory_month": "tenant",
    "inventory_line": "tenant",
    "month_head": "tenant",
    "year_lock": "tenant",
    "year_source": "tenant",
    "part_year": "tenant",
    "operating_data": "tenant",
    "comprehensive_energy": "tenant",
    "rollup_delta": "shared",
    # filing
    "template": "tenant",
    "electricity_account": "tenant",
    "template_item": "tenant",
    "template_history": "tenant",
    "draft": "tenant",
    "evidence": "tenant",
    "parameter_request": "link",
    "duty": "link",
    "bulk_filing": "identity",
    "bulk_filing_line": "link",
    # rollups
    "rollup_month": "shared",
    "rollup_firm_year": "shared",
    "benchmark": "shared",
    # grading
    "evaluation": "tenant",
    "signing_key": "identity",
    "certificate": "tenant",
    "certificate_file": "tenant",
    "certificate_index": "identity",
    "certificate_action": "link",
    # reports
    "report": "tenant",
}
