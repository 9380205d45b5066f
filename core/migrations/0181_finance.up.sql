-- Green finance 绿色金融 (FD16, FD17, GF11, GF12): products of banks, their client managers, cases between a firm and a bank.

-- Purposes of loans by the operator's table (绿色金融支持项目目录 or a local one). Empty: 目录未载入.
create table finance_purpose (
  code text primary key check (length(code) between 1 and 30),
  name text not null check (length(name) between 1 and 200),
  catalogue text not null,
  source text not null,
  valid_from date not null,
  valid_to date,
  loaded_at timestamptz not null
);
call make_shared_table('finance_purpose');

create function finance_purposes_load(p_rows jsonb, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only the operator loads the catalogue' using errcode = '42501'; end if;
  insert into finance_purpose (code, name, catalogue, source, valid_from, valid_to, loaded_at)
    select r->>'code', r->>'name', r->>'catalogue', r->>'source', (r->>'valid_from')::date, (r->>'valid_to')::date, p_now
      from jsonb_array_elements(p_rows) r
    on conflict (code) do update set name = excluded.name, catalogue = excluded.catalogue, source = excluded.source,
      valid_from = excluded.valid_from, valid_to = excluded.valid_to, loaded_at = excluded.loaded_at;
  get diagnostics n = row_count;
  return n;
end $$;
call app_function('finance_purposes_load(jsonb, timestamptz)');

-- tenant_id: the bank; party_id: the platform, which publishes.
create table finance_product (
  tenant_id uuid not null references organisation (id),
  party_id uuid not null references organisation (id),
  id uuid not null,
  bank_name text not null,
  name text not null check (length(name) between 1 and 60),
  kind text not null check (kind in ('green_loan', 'carbon_linked_loan', 'transition_loan', 'carbon_reduction_tool_loan', 'ccer_or_allowance_pledge', 'other')),
  min_amount numeric(16,4) check (min_amount >= 0),
  max_amount numeric(16,4) check (max_amount >= 0),
  min_term int check (min_term between 1 and 600),
  max_term int check (max_term between 1 and 600),
  min_rate numeric(6,4) check (min_rate >= 0),
  max_rate numeric(6,4) check (max_rate >= 0),
  rate_note text not null default '',
  regions text[] not null,
  industries text[] not null default '{}',
  industries_not text[] not null default '{}',
  min_letter text check (min_letter in ('A', 'B', 'C', 'D', 'E')),
  verified_only boolean not null,
  report_age int not null check (report_age between 0 and 10),
  min_filing_months int not null default 0 check (min_filing_months between 0 and 120),
  purposes text[] not null default '{}',
  needs_water boolean not null default false,
  needs_reduction boolean not null default false,
  preferences jsonb not null default '[]',
  documents text[] not null default '{}',
  description text not null,
  valid_from date not null,
  valid_to date not null,
  state text not null default 'draft' check (state in ('draft', 'submitted', 'published', 'paused', 'ended')),
  note text not null default '',        -- why the operator sent it back, why it was paused or ended
  bank_open boolean not null default true,
  version int not null default 1,
  published_at timestamptz,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id),
  check (valid_to >= valid_from)
);
create unique index finance_product_id on finance_product (id);
create index finance_product_desk on finance_product (party_id, state, updated_at desc);
create index finance_product_shelf on finance_product (valid_to) where state = 'published';
call make_link_table('finance_product');
revoke delete on finance_product from tanxiao_app;
create policy machine on finance_product to tanxiao_owner using (true) with check (true);

-- What firms may see: published, in its days, of a bank that is open. One by id, or all (at most 500).
create function finance_shelf(p_today date, p_id uuid) returns setof finance_product
language sql stable security definer set search_path = public, pg_temp as $$
  select * from finance_product p
   where p.state = 'published' and p.bank_open and p.valid_from <= p_today and p.valid_to >= p_today and (p_id is null or p.id = p_id)
   order by p.published_at desc, p.id limit 500
$$;
call app_function('finance_shelf(date, uuid)');

-- A suspended bank's products leave the shelf with it.
create function finance_bank_follows() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.kind = 'bank' and new.status is distinct from old.status then
    update finance_product set bank_open = (new.status = 'active') where tenant_id = new.id;
  end if;
  return null;
end $$;
revoke all on function finance_bank_follows() from public;
create trigger finance_bank_follows after update of status on organisation for each row execute function finance_bank_follows();

-- What a bank says of its client managers; who has no row serves every area and product.
create table bank_manager (
  tenant_id uuid not null references organisation (id),
  person_id uuid not null,
  areas text[] not null default '{}',
  products uuid[] not null default '{}',
  active boolean not null default true,
  last_assigned_at timestamptz,
  version int not null default 1,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, person_id)
);
call make_tenant_table('bank_manager');
revoke delete on bank_manager from tanxiao_app;

create table finance_case (
  tenant_id uuid not null references organisation (id),
  party_id uuid not null references organisation (id),
  id uuid not null,
  product_id uuid not null,
  product_name text not null,
  consent_id uuid not null,
  firm_name text not null,
  bank_name text not null,
  region_code text,
  region_name text not null default '',
  letter text,
  basis text,
  report_year int,
  amount numeric(16,4),                 -- 万元
  term int,                             -- months
  purpose text,
  purpose_name text not null default '',
  project jsonb not null default '{}',
  matched jsonb not null default '[]',
  chosen boolean not null,              -- the firm named the manager itself
  manager_id uuid,
  manager_name text not null default '',
  tried uuid[] not null default '{}',   -- managers who had it and did not act
  state text not null default 'submitted'
    check (state in ('submitted', 'assigned', 'contacted', 'applying', 'approved', 'declined', 'withdrawn', 'expired')),
  version int not null default 1,
  submitted_at timestamptz not null,
  submitted_by uuid,
  assigned_at timestamptz,
  due_on date,
  due_provisional boolean not null default false,
  reminded_on date,
  contacted_at timestamptz,
  outcome_amount numeric(16,4),
  outcome_rate numeric(6,4),
  outcome_on date,
  outcome_note text not null default '',
  confirmed_at timestamptz,
  confirmed_by uuid,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, consent_id) references consent (tenant_id, id)
);
create unique index finance_case_id on finance_case (id);
create index finance_case_firm on finance_case (tenant_id, submitted_at desc, id desc);
create index finance_case_bank on finance_case (party_id, submitted_at desc, id desc);
create index finance_case_manager on finance_case (party_id, manager_id, submitted_at desc, id desc);
create index finance_case_due on finance_case (party_id, due_on) where state = 'assigned';
create index finance_case_waiting on finance_case (party_id, submitted_at desc, id desc) where state = 'submitted';
create index finance_case_product on finance_case (party_id, product_id) where state in ('submitted', 'assigned', 'contacted', 'applying');
create index finance_case_consent on finance_case (tenant_id, consent_id);
create unique index finance_case_open on finance_case (tenant_id, product_id) where state in ('submitted', 'assigned', 'contacted', 'applying');
call make_link_table('finance_case');
revoke delete on finance_case from tanxiao_app;
create policy machine on finance_case to tanxiao_owner using (true) with check (true);

-- Each move: who, which side, from, to, why (ST1).
create table finance_case_event (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  at timestamptz not null,
  side text not null check (side in ('firm', 'bank', 'system')),
  actor_id uuid,
  actor_name text not null default '',
  from_state text,
  to_state text not null,
  reason text not null default '',
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id) references finance_case (tenant_id, id)
);
create index finance_case_event_of on finance_case_event (tenant_id, case_id, at);
call make_link_table('finance_case_event', 'append');

-- Client managers of a bank who serve a product (null: any), with their work, for the assignment (GF11) and for the firm's choice.
create function finance_managers(p_bank uuid, p_product uuid, p_today date)
returns table (person_id uuid, name text, areas text[], open_cases int, last_assigned_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := become(p_bank);
begin
  return query
    select m.person_id, m.display_name_masked, coalesce(b.areas, '{}'),
           (select count(*)::int from finance_case c where c.party_id = p_bank and c.manager_id = m.person_id
               and c.state in ('assigned', 'contacted', 'applying')),
           b.last_assigned_at
      from membership m left join bank_manager b on b.tenant_id = m.tenant_id and b.person_id = m.person_id
     where m.tenant_id = p_bank and m.status = 'active' and 'account_manager' = any (m.roles)
       and m.valid_from <= p_today and coalesce(m.valid_to, p_today) >= p_today
       and coalesce(b.active, true) and (p_product is null or cardinality(coalesce(b.products, '{}')) = 0 or p_product = any (b.products))
       and not exists (select 1 from account a where a.person_id = m.person_id and a.status <> 'active')
     order by m.display_name_masked, m.person_id;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('finance_managers(uuid, uuid, date)');

-- A case went to a manager: his turn is over for now. Only about a case that the caller sees.
create function finance_assigned(p_case uuid, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare c finance_case; before text;
begin
  select * into c from finance_case where id = p_case and cur_tenant() in (tenant_id, party_id);
  if not found or c.manager_id is null then return; end if;
  before := become(c.party_id);
  insert into bank_manager (tenant_id, person_id, last_assigned_at, updated_at) values (c.party_id, c.manager_id, p_now, p_now)
    on conflict (tenant_id, person_id) do update set last_assigned_at = excluded.last_assigned_at;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('finance_assigned(uuid, timestamptz)');

-- A client manager who stops being one leaves his cases: a job of the bank gives them to the next.
create function finance_manager_gone() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if 'account_manager' = any (old.roles) and (new.status <> 'active' or not 'account_manager' = any (new.roles)) and new.tenant_id = cur_tenant() then
    perform enqueue_job(gen_random_uuid(), 'finance.desk', new.id, new.version, '{}', new.updated_at, interval '0', '');
  end if;
  return null;
end $$;
revoke all on function finance_manager_gone() from public;
create trigger finance_manager_gone after update of status, roles on membership for each row execute function finance_manager_gone();

-- Every morning: a job for each bank with open cases (first contacts that are late, managers who are gone).
create function finance_morning(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_today date := (p_now at time zone 'Asia/Shanghai')::date; bank uuid; n int := 0;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  for bank in
    select c.party_id from finance_case c where c.state in ('submitted', 'assigned', 'contacted', 'applying')
    union
    select p.tenant_id from finance_product p where p.state = 'published' and p.valid_to < v_today
  loop
    perform become(bank);
    if enqueue_job(gen_random_uuid(), 'finance.desk', bank, v_today - date '2000-01-01', '{}', p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('finance_morning(timestamptz)');

-- The list of cases of a bank as a file, made later. A consent that ends meanwhile stops it.
create table bank_export (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'stopped', 'failed')),
  person_id uuid not null,
  consents uuid[] not null default '{}',
  rows int not null default 0,
  reason text not null default '',
  file_id uuid,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, file_id) references file_blob (tenant_id, id)
);
call make_tenant_table('bank_export');
