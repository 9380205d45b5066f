"""SQL of evaluations, keys and certificates."""

KEY_ACTIVE = "select * from signing_key_active()"
KEY_LIST = "select * from signing_key_list()"
KEY_ADD = "select signing_key_add($1, $2, $3, $4, $5, $6, $7)"
KEY_SWITCH = "select signing_key_switch($1)"
KEY_REVOKE = "select signing_key_revoke($1, $2, $3)"

LAST_EVALUATION = (
    "select id, version, fingerprint from evaluation where tenant_id = $1 and year = $2 order by version desc limit 1"
)
PUT_EVALUATION = """
insert into evaluation (tenant_id, id, year, version, status, reason, level, letter, k, l, n, benchmark_id, basis,
method_version,
                        fingerprint, trace, evaluated_on, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""
EVALUATIONS = """
select id, year, version, status, reason, level, letter, k, l, n, basis, method_version, evaluated_on, created_at
from evaluation where tenant_id = $1 and ($2::int is null or year = $2) order by year desc, version desc limit 100
"""

NEXT_NUMBER = "select certificate_number_next()"
PUT_CERTIFICATE = """
insert into certificate (tenant_id, id, year, period_type, period, certificate_no, code_id, code_kid, evaluation_id,
level, letter, basis,
                         values_public, content, snapshot_id, snapshot_sha256, issued_on, issued_at, issued_by,
                         valid_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""
PUBLISH = "select certificate_publish($1, $2)"
OWN = """
select c.*, s.state, s.state_at, s.state_reason, s.superseded_by, s.superseded_kid, s.jws, s.pdf_sha256,
       s.kid,
       e.fingerprint, e.trace ->> 'data_version' as data_version
from certificate c
join own_certificate_states() s on s.certificate_id = c.id
join evaluation e on e.tenant_id = c.tenant_id and e.id = c.evaluation_id
where c.tenant_id = $1 and ($2::uuid is null or c.id = $2) and ($3::int is null or c.year = $3)
order by c.issued_at desc, c.id
"""
PUT_PROOF = "select certificate_put_proof($1, $2, $3, $4)"
FILE = """
select file_id, content_type, sha256 from certificate_file where tenant_id = $1 and certificate_id = $2 and kind = $3
"""
PUT_FILE = """
insert into certificate_file (tenant_id, id, certificate_id, kind, file_id, content_type, sha256, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, certificate_id, kind) do nothing
"""
BY_CODE = "select * from certificate_by_code($1)"
NOT_VALID = "select * from certificate_not_valid($1)"

SEARCH = "select * from certificate_search($1, $2, $3, $4, $5)"
PROPOSE = "select certificate_propose($1, $2, $3, $4, $5, $6)"
DECIDE = "select * from certificate_decide($1, $2, $3, $4, $5)"
ACTIONS_OF_PARTY = """
select id, certificate_id, action, reason, state, proposed_at, decided_at, decision_note,
       proposed_by is not distinct from coalesce(cur_person(), cur_account()) as mine
from certificate_action where party_id = $1 and certificate_id = any($2) order by proposed_at desc
"""
ACTIONS_OF_TENANT = """
select action, reason, decided_at from certificate_action
where tenant_id = $1 and certificate_id = $2 and state = 'approved' order by decided_at desc
"""
