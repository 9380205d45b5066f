-- One workbook for many firms: the head belongs to the person who sent it, each firm's line to the firm and to that person. Amounts
-- travel in the firm's own job; a line holds its state, the tonnes that came out and what was wrong.
create table bulk_filing (
  id uuid primary key,
  person_id uuid not null,
  account_id uuid not null,
  period int not null,
  refused jsonb not null,
  created_at timestamptz not null
);
create index bulk_filing_person on bulk_filing (person_id, created_at desc);
call make_identity_table('bulk_filing');

create table bulk_filing_line (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  bulk_id uuid not null references bulk_filing (id),
  person_id uuid not null,
  account_id uuid not null,
  firm_name text not null,
  uscc_masked text not null,
  period int not null,
  state text not null check (state in ('waiting', 'ok', 'unchanged', 'refused', 'error')),
  co2_t numeric(20,6),
  errors jsonb not null default '[]',
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'waiting') = (finished_at is null))
);
create index bulk_filing_line_bulk on bulk_filing_line (bulk_id, person_id);
alter table bulk_filing_line enable row level security;
alter table bulk_filing_line force row level security;
create policy firm on bulk_filing_line using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant());
create policy sender on bulk_filing_line for select using (person_id = cur_person());
grant select, insert, update on bulk_filing_line to tanxiao_app;

create function bulk_filing_open(p_id uuid, p_period int, p_refused jsonb, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into bulk_filing (id, person_id, account_id, period, refused, created_at) values (p_id, cur_person(), cur_account(), p_period, p_refused, p_now)
$$;
call app_function('bulk_filing_open(uuid, int, jsonb, timestamptz)');

-- Own ones only.
create function bulk_filing_head(p_id uuid) returns table (period int, refused jsonb, created_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select b.period, b.refused, b.created_at from bulk_filing b where b.id = p_id and b.person_id = cur_person()
$$;
call app_function('bulk_filing_head(uuid)');

-- Firms of the workbook that did not open for the sender, in the words of his own file.
create function bulk_filing_refused(p_id uuid, p_refused jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
  update bulk_filing set refused = p_refused where id = p_id and person_id = cur_person()
$$;
call app_function('bulk_filing_refused(uuid, jsonb)');
