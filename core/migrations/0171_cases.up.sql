-- Cases of third parties (R106, LR5): one machine for the reduction audit and the verification of the grade report. Everything two
-- organisations share of a case is a link row (T12): the firm is tenant_id, the agency party_id. What an agency says to itself is its own.
create sequence case_running as bigint;
create function case_number_next() returns bigint
language sql security definer set search_path = public, pg_temp as $$ select nextval('case_running') $$;
call app_function('case_number_next()');

create table third_case (
  tenant_id uuid not null references organisation (id),
  party_id uuid not null references organisation (id),
  id uuid not null,
  number text not null,
  kind text not null check (kind in ('grade', 'reduction')),
  year int not null check (year between 1990 and 2100),
  state text not null check (state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited', 'issued', 'rated',
                                       'refused', 'declined', 'withdrawn', 'superseded')),
  version int not null default 1,
  round int not null default 1,
  firm_name text not null,
  firm_uscc_masked text not null,
  firm_place text not null,
  firm_trade text not null,
  agency_name text not null,
  consent_sha256 text not null,
  submitted_by uuid,
  submitted_name text not null,
  submitted_at timestamptz not null,
  accepted_at timestamptz,
  verifier_id uuid,
  verifier_name text not null default '',
  reviewer_id uuid,
  reviewer_name text not null default '',
  turn text not null check (turn in ('firm', 'agency', 'system', 'none')),
  due_on date,
  remind_on date,
  withdraw_on date,
  provisional boolean not null default false,
  reminded_at timestamptz,
  release_told_at timestamptz,
  halt text not null default '' check (halt in ('', 'suspended', 'expired', 'not_designated', 'no_qualification', 'other_kind', 'gone')),
  judged int not null default 0,
  to_judge int not null default 0,
  findings int not null default 0,
  waiting int not null default 0,
  answered int not null default 0,
  verdict text check (verdict in ('accepted', 'corrected', 'rejected')),
  opinion text not null default '' check (length(opinion) <= 4000),
  concluded_at timestamptz,
  signed_at timestamptz,
  report_id uuid not null,
  report_number text not null,
  issued_report_id uuid,
  issued_number text not null default '',
  issued_at timestamptz,
  closed_at timestamptz,
  reason text not null default '' check (length(reason) <= 1000),
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, number),
  check ((state in ('submitted', 'declined') or accepted_at is not null) or state = 'withdrawn'),
  check (state not in ('concluded', 'audited', 'issued', 'rated') or (verdict is not null and concluded_at is not null)),
  check (state not in ('audited', 'issued', 'rated') or signed_at is not null),
  check (reviewer_id is null or verifier_id is null or reviewer_id <> verifier_id)
);
-- one open case of a kind and year: a second submission while one is with an agency finds it
create unique index third_case_open on third_case (tenant_id, kind, year)
  where state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited');
create unique index third_case_current on third_case (tenant_id, kind, year) where state in ('issued', 'rated') and issued_report_id is not null;
create index third_case_firm on third_case (tenant_id, submitted_at desc, id desc);
create index third_case_agency on third_case (party_id, state, due_on, id);
create index third_case_inbox on third_case (party_id, submitted_at desc, id desc);
create index third_case_verifier on third_case (party_id, verifier_id, state);
create index third_case_reviewer on third_case (party_id, reviewer_id, state);
create index third_case_clock on third_case (remind_on) where state in ('submitted', 'in_audit', 'in_verification', 'concluded', 'returned');
call make_link_table('third_case');
revoke delete on third_case from tanxiao_app;
create policy machine on third_case to tanxiao_owner using (true) with check (true);

-- Each hand-off: what was frozen, and how it differs from the one before it.
create table case_round (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  round int not null,
  snapshot_id uuid not null,
  snapshot_sha256 text not null,
  report_id uuid not null,
  report_number text not null,
  report_sha256 text not null,
  changes jsonb not null default '[]',
  by_name text not null,
  at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, case_id, round),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
call make_link_table('case_round', 'append');

-- Findings 问题 with the states of R76.
create table case_finding (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  number int not null,
  round int not null,
  section text not null,
  path text not null,
  label text not null,
  filed text not null default '',
  unit text not null default '',
  text text not null check (length(text) between 1 and 2000),
  severity text not null check (severity in ('normal', 'important')),
  state text not null default 'open' check (state in ('open', 'answered', 'closed_ok', 'closed_not_ok', 'unanswered')),
  due_on date,
  choice text check (choice in ('correct', 'evidence', 'explain')),
  value numeric(24,8),
  removed boolean not null default false,
  version int not null default 1,
  raised_by text not null,
  raised_at timestamptz not null,
  answered_at timestamptz,
  closed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, case_id, number),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
call make_link_table('case_finding');
revoke delete on case_finding from tanxiao_app;

-- What both sides said about a case or a finding; files of the firm lie with the firm.
create table case_message (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  finding_id uuid,
  side text not null check (side in ('firm', 'agency')),
  by_name text not null,
  text text not null check (length(text) <= 2000),
  files jsonb not null default '[]',
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
create index case_message_case on case_message (tenant_id, case_id, at);
call make_link_table('case_message', 'append');

create table case_file (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  name text not null,
  content_type text not null,
  size int not null,
  by_name text not null,
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
create index case_file_case on case_file (tenant_id, case_id, at);
call make_link_table('case_file', 'append');

-- What the verifier found of each figure: accepted as filed, corrected, or not accepted (RA9, LR4).
create table case_amount (
  tenant_id uuid not null,
  party_id uuid not null,
  case_id uuid not null,
  key text not null,
  section text not null,
  label text not null,
  unit text not null,
  filed numeric(24,8),
  verdict text not null check (verdict in ('accepted', 'corrected', 'rejected')),
  value numeric(24,8),
  reason text not null default '' check (length(reason) <= 500),
  round int not null,
  by_name text not null,
  at timestamptz not null,
  primary key (tenant_id, case_id, key),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id),
  check (verdict = 'accepted' or reason <> '')
);
call make_link_table('case_amount');

-- Every move: who, when, why, from, to (ST1).
create table case_event (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  event text not null,
  from_state text,
  to_state text not null,
  side text not null check (side in ('firm', 'agency', 'system')),
  by_name text not null,
  reason text not null default '',
  round int not null,
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
create index case_event_case on case_event (tenant_id, case_id, at);
call make_link_table('case_event', 'append');
create policy machine on case_event to tanxiao_owner using (true) with check (true);

-- Signed words of independence by body and by person (R71).
create table case_declaration (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  about text not null check (about in ('body', 'verifier', 'reviewer')),
  by_name text not null,
  text_sha256 text not null,
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id) references third_case (tenant_id, id)
);
call make_link_table('case_declaration', 'append');

-- Notes of the agency to itself 仅机构可见: its own rows, no side of the firm's.
create table case_note (
  tenant_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  finding_id uuid,
  by_name text not null,
  text text not null check (length(text) between 1 and 2000),
  at timestamptz not null,
  primary key (tenant_id, id)
);
create index case_note_case on case_note (tenant_id, case_id, at);
call make_tenant_table('case_note', 'append');

-- The firm's year is locked while its case is with the agency (GN12). Either side's move says so; only the two may.
create function case_hold(p_firm uuid, p_case uuid, p_hold boolean, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; c record;
begin
  select t.year into c from third_case t where t.tenant_id = p_firm and t.id = p_case and cur_tenant() in (t.tenant_id, t.party_id);
  if not found then raise exception 'only the two sides of a case' using errcode = '42501'; end if;
  before := become(p_firm);
  delete from year_lock y where y.tenant_id = p_firm and y.reason = 'case' and y.object_id = p_case;
  if p_hold then
    insert into year_lock (tenant_id, id, year, reason, object_id, locked_at) values (p_firm, gen_random_uuid(), c.year, 'case', p_case, p_now);
  end if;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('case_hold(uuid, uuid, boolean, timestamptz)');

-- Work for a side of the case, done later in that side's own name: tell its people, or (the firm) make the paper.
create function case_job(p_firm uuid, p_case uuid, p_side text, p_kind text, p_object uuid, p_version int, p_now timestamptz, p_request text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; c record;
begin
  if p_kind not in ('cases.told', 'cases.issue', 'cases.clock') then raise exception 'unknown work' using errcode = '42501'; end if;
  select t.tenant_id, t.party_id into c from third_case t
   where t.tenant_id = p_firm and t.id = p_case and (cur_tenant() is null or cur_tenant() in (t.tenant_id, t.party_id));
  if not found then raise exception 'only the two sides of a case' using errcode = '42501'; end if;
  before := become(case p_side when 'firm' then c.tenant_id else c.party_id end);
  perform enqueue_job(gen_random_uuid(), p_kind, p_object, p_version, jsonb_build_object('case', p_case, 'side', p_side), p_now, interval '0', p_request);
  perform set_config('app.tenant', before, true);
end $$;
call app_function('case_job(uuid, uuid, text, text, uuid, int, timestamptz, text)');

-- Open cases whose deadline, reminder or agency needs a word today: for the nightly run, in which nobody acts.
create function cases_of_the_night(p_today date) returns table (firm uuid, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_tenant() is not null then raise exception 'for the nightly run' using errcode = '42501'; end if;
  return query
    select t.tenant_id, t.id from third_case t cross join lateral (select agency_standing(t.party_id, t.kind, p_today) as word) s
     where t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded')
       and ((t.turn = 'agency' and t.remind_on < p_today and t.reminded_at is null)
         or (t.turn = 'agency' and t.withdraw_on < p_today and t.release_told_at is null)
         or (t.turn = 'firm' and t.due_on < p_today and t.waiting > 0)
         or t.halt is distinct from (case s.word when 'ok' then '' else s.word end))
    order by t.tenant_id, t.id;
end $$;
call app_function('cases_of_the_night(date)');
