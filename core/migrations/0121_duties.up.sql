-- What a firm that has agents owes by month: states, counts and dates, so that an agent's list over forty firms reads none of their
-- books (T12). Written in the firm's own transactions; its agents read.
create table duty (
  tenant_id uuid not null references organisation (id),
  period int not null,
  state text not null check (state in ('empty', 'draft', 'returned', 'submitted', 'no_template')),
  filled int not null,
  expected int not null,
  missing text[] not null,
  questions int not null,
  due_on date not null,
  updated_at timestamptz not null,
  primary key (tenant_id, period)
);
alter table duty enable row level security;
alter table duty force row level security;
create policy firm on duty using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant());
create policy agent on duty for select using (
  tenant_id in (select d.tenant_id from delegation d where d.person_id = cur_person() and d.state = 'active'));
grant select, insert, update, delete on duty to tanxiao_app;

-- Pinyin initials of the firm's name, for the search.
alter table delegation add column firm_initials text not null default '';

-- Ask for the firm's duties to be written anew, when it has agents at all. ``p_version`` is null for at once.
create function duties_changed(p_id uuid, p_version int, p_now timestamptz, p_delay interval, p_request text) returns boolean
language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select 1 from delegation where tenant_id = cur_tenant() and state = 'active') then return false; end if;
  return enqueue_job(p_id, 'filing.duties', case when p_version is null then p_id else cur_tenant() end, coalesce(p_version, 1),
                     '{}', p_now, p_delay, p_request) is not null;
end $$;
call app_function('duties_changed(uuid, int, timestamptz, interval, text)');

-- A new or confirmed agent finds the firm's duties there.
create function delegation_duties() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if new.state = 'active' and new.tenant_id = cur_tenant() then
    perform enqueue_job(gen_random_uuid(), 'filing.duties', new.id, new.version, '{}', new.updated_at, interval '0', '');
  end if;
  return null;
end $$;
revoke all on function delegation_duties() from public;
create trigger delegation_duties after insert or update of state, version on delegation for each row execute function delegation_duties();

-- Every night for each firm with agents: a new month has ended.
create function duties_night(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_day int := (p_now at time zone 'Asia/Shanghai')::date - date '2000-01-01'; firm uuid; n int := 0; own text := coalesce(current_setting('app.tenant', true), '');
begin
  for firm in select distinct tenant_id from delegation where state = 'active' loop
    perform become(firm);
    if enqueue_job(gen_random_uuid(), 'filing.duties', firm, -v_day, '{}', p_now, interval '0', '') is not null then n := n + 1; end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('duties_night(timestamptz)');

-- The list of one agent: a row for each firm, with the oldest month that is not filed, or the newest one when all are. Runs as the
-- caller, so row security holds: own delegations, duties of firms that are his today.
create function agent_firms(p_person uuid, p_today date, p_since timestamptz) returns table (
  organisation_id uuid, name text, uscc_masked text, initials text, scopes text[], valid_to date, delegation_state text, ended_on date,
  period int, state text, filled int, expected int, missing text[], questions int, due_on date, open_months int)
language sql stable set search_path = public, pg_temp as $$
  with mine as (
    select distinct on (d.tenant_id) d.*,
           case when d.state in ('active', 'suspended') and d.valid_to < p_today then 'expired'
                when d.state = 'active' and d.valid_from > p_today then 'upcoming' else d.state end as now_state
      from delegation d
     where d.person_id = p_person and (d.ended_at is null or d.ended_at > p_since)
     order by d.tenant_id, (d.state = 'active' and d.valid_to >= p_today) desc, d.valid_to desc
  )
  select m.tenant_id, m.firm_name, m.uscc_masked, m.firm_initials, m.scopes, m.valid_to, m.now_state,
         coalesce((m.ended_at at time zone 'Asia/Shanghai')::date, case when m.now_state = 'expired' then m.valid_to end),
         y.period, y.state, y.filled, y.expected, y.missing, y.questions, y.due_on, coalesce(o.n, 0)
    from mine m
    left join lateral (
      select u.* from duty u where m.now_state = 'active' and u.tenant_id = m.tenant_id
       order by (u.state = 'submitted'), case when u.state = 'submitted' then -u.period else u.period end limit 1) y on true
    left join lateral (
      select count(*)::int as n from duty u where m.now_state = 'active' and u.tenant_id = m.tenant_id and u.state <> 'submitted') o on true
$$;
call app_function('agent_firms(uuid, date, timestamptz)');

-- Who files: the member's name, or the agent's with a word that says so.
create or replace function filing_actor() returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('name', coalesce(
             (select m.display_name_masked from membership m where m.tenant_id = o.id and m.person_id = cur_person()),
             (select d.agent_name_masked || '（代理人）' from delegation d
               where d.tenant_id = o.id and d.person_id = cur_person() and d.state = 'active' limit 1), ''),
             'region', o.region_code, 'industry', o.industry_code)
            from organisation o where o.id = cur_tenant());
end $$;
