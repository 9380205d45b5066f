"""SQL of cases; lists read the link row alone (T12)."""

CASE = """
select c.*, (select count(*)::int from generate_series($3::date + 1, c.due_on, interval '1 day') d where is_work_day(d::date)) as working_days_left
  from third_case c where c.id = $2 and
"""
OF_FIRM = CASE + " c.tenant_id = $1"
OF_AGENCY = CASE + " c.party_id = $1"

LIST = """
select c.id, c.tenant_id, c.number, c.kind, c.year, c.state, c.version, c.round, c.firm_name, c.firm_place, c.firm_trade, c.agency_name, c.verifier_name,
       c.reviewer_name, c.turn, c.due_on, c.provisional, c.halt, c.judged, c.to_judge, c.findings, c.waiting, c.answered, c.submitted_at, c.accepted_at,
       c.updated_at, c.report_id, c.report_number, c.issued_report_id, c.issued_number,
       (select count(*)::int from generate_series($2::date + 1, c.due_on, interval '1 day') d where is_work_day(d::date)) as working_days_left
  from third_case c
"""
FIRM_WHERE = """
 where c.tenant_id = $1 and ($3 = '' or c.kind = $3) and ($4 = '' or c.state = $4 or ($4 = 'open' and c.closed_at is null and c.issued_at is null))
   and ($5::int is null or c.year = $5)
"""
FIRM_PAGE = LIST + FIRM_WHERE + " order by c.submitted_at desc, c.id desc limit $6 offset $7"
COUNT = "select count(*) from third_case c"
FIRM_COUNT = COUNT + FIRM_WHERE + " and $2::date is not null"
#: Of the acting agency: numbers of the tabs, ids of the page; $2 the reader's person when he sees only what he was given.
AGENCY_PAGE = "select c.*, p.* from agency_case_counts($1, $2) c, agency_case_page($1, $3, $2, $4, $5, $6) p"
AGENCY_ROWS = LIST + " where c.party_id = $1 and c.id = any ($3) order by c.submitted_at desc, c.id desc"

OPS_PAGE = """
select c.*, (select count(*)::int from generate_series($4::date + 1, c.due_on, interval '1 day') d where is_work_day(d::date)) as working_days_left
  from ops_cases($1, $2, $3, $4, $5, $6) c
"""
OPS_COUNT = "select ops_cases_count($1, $2, $3, $4)"
OPS_CASE = """
select (c.found).*, c.events, (select count(*)::int from generate_series($2::date + 1, (c.found).due_on, interval '1 day') d where is_work_day(d::date)) as working_days_left
  from ops_case($1) c
"""
OPS_CANCEL = "select ops_case_cancel($1, $2, $3, $4, $5, $6, $7, $8)"

MOVE = """
update third_case set state = $5, version = version + 1, turn = $6, due_on = $7, remind_on = $8, withdraw_on = $9, provisional = $10,
       half_on = $14, eve_on = $15, half_told_at = null, eve_told_at = null, reminded_at = null, release_told_at = null, reason = $11, updated_at = $12, closed_at = case when $13 then $12 else closed_at end
 where tenant_id = $1 and id = $2 and state = $3 and version = $4
"""
#: working days after $1, in the order asked for
DAYS = "select w.due, w.provisional from unnest($2::int[]) with ordinality n (days, place), work_days_after($1, n.days) w order by n.place"
ASK = """
update case_finding set asked_on = $4, due_on = $5, half_on = $6, eve_on = $7, provisional = $8, half_told_at = null, eve_told_at = null
 where tenant_id = $1 and case_id = $2 and state = 'open' and ($3::uuid is null or id = $3)
"""
#: the earliest of what the firm has to answer, and which of its reminders are due on $3
QUESTIONS = """
select count(*)::int as open, min(due_on) as due_on, bool_or(provisional) as provisional,
       coalesce(bool_or(half_on <= $3 and due_on >= $3 and half_told_at is null), false) as half,
       coalesce(bool_or(eve_on <= $3 and due_on >= $3 and eve_told_at is null), false) as eve
  from case_finding where tenant_id = $1 and case_id = $2 and state = 'open'
"""
QUESTIONS_TOLD = """
update case_finding set half_told_at = case when half_on <= $3 then coalesce(half_told_at, $4) else half_told_at end,
       eve_told_at = case when eve_on <= $3 then coalesce(eve_told_at, $4) else eve_told_at end
 where tenant_id = $1 and case_id = $2 and state = 'open'
"""
EVENT = """
insert into case_event (tenant_id, party_id, id, case_id, event, from_state, to_state, side, by_name, reason, round, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
INSERT = """
insert into third_case (tenant_id, party_id, id, number, kind, year, state, firm_name, firm_uscc_masked, firm_place, firm_trade, agency_name,
                        consent_sha256, submitted_by, submitted_name, submitted_at, turn, due_on, remind_on, withdraw_on, provisional, to_judge,
                        report_id, report_number, updated_at, half_on, eve_on)
  values ($1, $2, $3, $4, $5, $6, 'submitted', $7, $8, $9, $10, $11, $12, $13, $14, $15, 'agency', $16, $17, $18, $19, $20, $21, $22, $15, $23, $24)
"""
ROUND = """
insert into case_round (tenant_id, party_id, id, case_id, round, snapshot_id, snapshot_sha256, report_id, report_number, report_sha256, changes, by_name, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
MESSAGE = """
insert into case_message (tenant_id, party_id, id, case_id, finding_id, side, by_name, text, files, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
#: One statement for all that hangs on a case, as json by table.
PARTS = """
select
  (select coalesce(jsonb_agg(to_jsonb(r) order by r.round), '[]') from case_round r where r.tenant_id = $1 and r.case_id = $2) as rounds,
  (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.id), '[]') from case_event e where e.tenant_id = $1 and e.case_id = $2) as events,
  (select coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('value', f.value::text) order by f.number), '[]')
     from case_finding f where f.tenant_id = $1 and f.case_id = $2) as findings,
  (select coalesce(jsonb_agg(to_jsonb(m) order by m.at, m.id), '[]') from case_message m where m.tenant_id = $1 and m.case_id = $2) as messages,
  (select coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object('filed', a.filed::text, 'value', a.value::text) order by a.key), '[]')
     from case_amount a where a.tenant_id = $1 and a.case_id = $2) as amounts,
  (select coalesce(jsonb_agg(to_jsonb(n) order by n.at, n.id), '[]') from case_note n where n.tenant_id = $3 and n.case_id = $2) as notes,
  (select coalesce(jsonb_agg(jsonb_build_object('about', d.about, 'by_name', d.by_name, 'at', d.at) order by d.at), '[]')
     from case_declaration d where d.tenant_id = $1 and d.case_id = $2) as declarations,
  (select coalesce(jsonb_agg(to_jsonb(f) order by f.at), '[]') from case_file f where f.tenant_id = $1 and f.case_id = $2) as files
"""
COUNTS = """
update third_case c set
   judged = (select count(*) from case_amount a where a.tenant_id = c.tenant_id and a.case_id = c.id),
   findings = (select count(*) from case_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id),
   waiting = (select count(*) from case_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id and f.state = 'open'),
   answered = (select count(*) from case_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id and f.state = 'answered'),
   updated_at = $3
 where c.tenant_id = $1 and c.id = $2
"""
JUDGE = """
insert into case_amount (tenant_id, party_id, case_id, key, section, label, unit, filed, verdict, value, reason, round, by_name, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  on conflict (tenant_id, case_id, key) do update set section = excluded.section, label = excluded.label, unit = excluded.unit, filed = excluded.filed,
     verdict = excluded.verdict, value = excluded.value, reason = excluded.reason, round = excluded.round, by_name = excluded.by_name, at = excluded.at
"""
