-- Agents 代理人: a person who files for a firm without belonging to it (T6). One row joins the firm and the person; it holds names,
-- states and dates, and the agent's own identity sealed. The firm sees its rows, the agent his own; only the firm changes them.
create table delegation (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  person_id uuid,  -- null: invited, no account of that phone or identity number yet
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['file', 'report', 'read']),
  valid_from date not null,
  valid_to date not null,
  state text not null default 'active' check (state in ('active', 'suspended', 'expired', 'revoked')),
  origin text not null check (origin in ('app', 'application', 'demo')),
  application_id uuid,
  firm_name text not null,
  uscc_masked text not null default '',
  agent_name_masked text not null,
  agent_name_sealed bytea not null,
  id_type text not null,
  id_no_masked text not null,
  id_no_sealed bytea not null,
  phone_masked text not null,
  phone_sealed bytea not null,
  version int not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  ended_at timestamptz,
  end_reason text,
  primary key (tenant_id, id),
  check (valid_to >= valid_from and valid_to <= valid_from + interval '2 years'),
  check ((state in ('expired', 'revoked')) = (ended_at is not null))
);
create index delegation_person on delegation (person_id, state);
create index delegation_end on delegation (valid_to) where state = 'active';
alter table delegation enable row level security;
alter table delegation force row level security;
create policy firm on delegation using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant());
create policy agent on delegation for select using (person_id = cur_person());
create policy machine on delegation to tanxiao_owner using (true) with check (true);
grant select, update on delegation to tanxiao_app;

-- Blind indexes of the agent's phone and identity number, in a side table with the key's id so that keys can rotate (P2).
create table delegation_index (
  kind text not null check (kind in ('phone', 'id_number')),
  idx bytea not null,
  key_id bytea not null,
  delegation_id uuid not null,
  tenant_id uuid not null,
  primary key (kind, idx, delegation_id),
  foreign key (tenant_id, delegation_id) references delegation (tenant_id, id) on delete cascade
);
create index delegation_index_row on delegation_index (delegation_id);
call make_identity_table('delegation_index');

-- An agent sees the name of a firm he acts for today, as a member sees his.
create policy represented on organisation for select using (
  cur_person() is not null and id in (select d.tenant_id from delegation d where d.person_id = cur_person() and d.state = 'active'));

-- One round trip at the start of every request (architecture 4.3). For a member nothing changes; who is none may be an agent today:
-- then the roles are ``agent`` and one ``agent:scope`` for each scope in force.
create or replace function enter(p_sid uuid, p_org uuid, p_route text, p_key text, p_now timestamptz)
returns table (outcome text, account_id uuid, person_id uuid, org_kind text, org_status text, roles text[], amr text[],
               auth_time timestamptz, must_change boolean, idem_locked boolean, idem_status int, idem_body bytea, idem_sha bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_revoked timestamptz; v_until timestamptz; v_status text; v_audience text; v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  select s.account_id, a.person_id, s.amr, s.auth_time, s.revoked_at, least(s.idle_until, s.absolute_until), a.status,
         a.must_change, s.audience
    into account_id, person_id, amr, auth_time, v_revoked, v_until, v_status, must_change, v_audience
    from session s join account a on a.id = s.account_id where s.id = p_sid;
  if not found or v_revoked is not null then outcome := 'no_session'; return next; return; end if;
  if v_until <= p_now then outcome := 'expired'; return next; return; end if;
  if v_status <> 'active' then outcome := 'account_disabled'; return next; return; end if;
  perform set_config('app.account', account_id::text, true), set_config('app.person', person_id::text, true);
  outcome := case when must_change then 'must_change' else 'ok' end;
  if p_org is null then idem_locked := true; return next; return; end if;
  perform set_config('app.tenant', p_org::text, true);
  select m.roles, o.kind, o.status into roles, org_kind, org_status
    from membership m join organisation o on o.id = m.tenant_id
   where m.tenant_id = p_org and m.person_id = enter.person_id and m.status = 'active'
     and m.valid_from <= v_day and (m.valid_to is null or m.valid_to >= v_day);
  if not found then
    select array_agg(distinct 'agent:' || scope) || 'agent'::text into roles
      from delegation d, unnest(d.scopes) scope
     where d.tenant_id = p_org and d.person_id = enter.person_id and d.state = 'active'
       and d.valid_from <= v_day and d.valid_to >= v_day;
    if cardinality(roles) > 1 then
      select o.kind, o.status into org_kind, org_status from organisation o where o.id = p_org;
    else
      roles := null;
      perform set_config('app.tenant', '', true);
      outcome := 'no_membership'; return next; return;
    end if;
  end if;
  perform set_config('app.kind', org_kind, true);
  if auth_two_factor(v_audience) and not ('otp' = any (amr)) then roles := '{}'; end if;  -- L21: no role before the second factor
  if org_status in ('suspended', 'closed') then outcome := 'org_suspended'; return next; return; end if;
  if p_key is not null then
    idem_locked := pg_try_advisory_xact_lock(hashtextextended(p_org::text || account_id::text || p_route || p_key, 7));
    select i.status, i.body, i.body_sha256 into idem_status, idem_body, idem_sha from idempotency i
     where i.tenant_id = p_org and i.account_id = enter.account_id and i.route = p_route and i.key = p_key;
  else
    idem_locked := true;
  end if;
  return next;
end $$;

-- Where a person may act today: memberships, and firms he is the agent of without being a member.
create function person_homes(p_person uuid, p_today date)
returns table (id uuid, kind text, name text, status text, region_code text, industry_code text, roles text[], valid_to date,
               scopes text[], version int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.person', true), '');
begin
  perform set_config('app.person', p_person::text, true);
  return query
    select o.id, o.kind, o.name, o.status, o.region_code, o.industry_code, h.roles, h.valid_to, h.scopes, h.version
      from (
        select m.tenant_id, m.roles, m.valid_to, null::text[] as scopes, m.version
          from membership m
         where m.person_id = p_person and m.status = 'active' and m.valid_from <= p_today and coalesce(m.valid_to, p_today) >= p_today
        union all
        select d.tenant_id, array['agent'], max(d.valid_to),
               array(select distinct s from delegation e, unnest(e.scopes) s
                      where e.tenant_id = d.tenant_id and e.person_id = p_person and e.state = 'active'
                        and e.valid_from <= p_today and e.valid_to >= p_today order by s), max(d.version)
          from delegation d
         where d.person_id = p_person and d.state = 'active' and d.valid_from <= p_today and d.valid_to >= p_today
           and not exists (select 1 from membership m where m.tenant_id = d.tenant_id and m.person_id = p_person and m.status = 'active'
                             and m.valid_from <= p_today and coalesce(m.valid_to, p_today) >= p_today)
         group by d.tenant_id
      ) h join organisation o on o.id = h.tenant_id
     where o.status <> 'closed'
     order by (h.scopes is not null), o.name, o.id;
  perform set_config('app.person', before, true);
end $$;
call app_function('person_homes(uuid, date)');

-- Make somebody a firm's agent: by the firm itself, or by an operator who approved an application. Answers made | already | member
-- | mismatch (phone and identity number belong to two persons) | no_firm, with the row that is meant.
create function delegation_grant(p_tenant uuid, p jsonb, p_now timestamptz, out outcome text, out delegation_id uuid, out firm text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_day date := (p_now at time zone 'Asia/Shanghai')::date; before text; v_uscc text; by_phone uuid; by_number uuid; v_person uuid;
  phones bytea[] := array(select decode(jsonb_array_elements_text(p->'phone_idx'), 'hex'));
  numbers bytea[] := array(select decode(jsonb_array_elements_text(p->'id_idx'), 'hex'));
begin
  if p_tenant is distinct from cur_tenant() and coalesce(cur_kind(), '') <> 'operator' then
    raise exception 'only the firm itself or an operator names an agent' using errcode = '42501';
  end if;
  before := become(p_tenant);
  perform pg_advisory_xact_lock(hashtextextended('delegation' || p_tenant::text, 7));
  select o.name, o.uscc into firm, v_uscc from organisation o
   where o.id = p_tenant and o.kind = 'enterprise' and o.status in ('unverified', 'active');
  if not found then
    outcome := 'no_firm'; perform set_config('app.tenant', before, true); return;
  end if;
  update delegation d set state = 'expired', ended_at = p_now, updated_at = p_now, version = d.version + 1
   where d.tenant_id = p_tenant and d.state in ('active', 'suspended') and d.valid_to < v_day;
  select i.person_id into by_phone from person_index i where i.kind = 'phone' and i.idx = any (phones) limit 1;
  select i.person_id into by_number from person_index i where i.kind = 'id_number' and i.idx = any (numbers) limit 1;
  v_person := coalesce(by_number, by_phone);
  select d.id into delegation_id from delegation d
   where d.tenant_id = p_tenant and d.state in ('active', 'suspended')
     and (d.person_id = v_person or exists (
       select 1 from delegation_index i where i.delegation_id = d.id
          and ((i.kind = 'phone' and i.idx = any (phones)) or (i.kind = 'id_number' and i.idx = any (numbers))))) limit 1;
  if found then
    outcome := 'already';
  elsif by_phone <> by_number then
    outcome := 'mismatch';
  elsif exists (select 1 from membership m where m.tenant_id = p_tenant and m.person_id = v_person and m.status = 'active'
                   and m.valid_from <= v_day and coalesce(m.valid_to, v_day) >= v_day) then
    outcome := 'member';
  else
    outcome := 'made'; delegation_id := (p->>'id')::uuid;
    insert into delegation (tenant_id, id, person_id, scopes, valid_from, valid_to, origin, application_id, firm_name, uscc_masked,
                            agent_name_masked, agent_name_sealed, id_type, id_no_masked, id_no_sealed, phone_masked, phone_sealed,
                            created_at, created_by, updated_at)
      values (p_tenant, delegation_id, v_person, array(select jsonb_array_elements_text(p->'scopes')), (p->>'valid_from')::date,
              (p->>'valid_to')::date, p->>'origin', (p->>'application_id')::uuid, firm, coalesce(rpad(left(v_uscc, 10), 18, '*'), ''),
              p->>'agent_name_masked', decode(p->>'agent_name_sealed', 'hex'), p->>'id_type', p->>'id_no_masked',
              decode(p->>'id_no_sealed', 'hex'), p->>'phone_masked', decode(p->>'phone_sealed', 'hex'), p_now, cur_person(), p_now);
    insert into delegation_index (kind, idx, key_id, delegation_id, tenant_id)
      values ('phone', phones[1], decode(p->>'key_id', 'hex'), delegation_grant.delegation_id, p_tenant),
             ('id_number', numbers[1], decode(p->>'key_id', 'hex'), delegation_grant.delegation_id, p_tenant);
    perform enqueue_job((p->>'job')::uuid, 'delegation.notice', delegation_id, 1, jsonb_build_object('what', 'granted'), p_now,
                        make_interval(secs => coalesce((p->>'delay')::double precision, 0)), coalesce(p->>'request_id', ''));
  end if;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('delegation_grant(uuid, jsonb, timestamptz)');

-- Whoever proves the phone or the identity number of an invited agent is that agent, whichever way the person came in.
create function delegation_bind() returns trigger
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
begin
  update delegation d set person_id = new.person_id
    from delegation_index i
   where i.kind = new.kind and i.idx = new.idx and d.tenant_id = i.tenant_id and d.id = i.delegation_id and d.person_id is null;
  return null;
end $$;
revoke all on function delegation_bind() from public;
create trigger delegation_bind after insert on person_index for each row execute function delegation_bind();

-- An invitation that waits for the holder of this phone: who it is for, to make the account. Nothing for other phones.
create function delegation_waiting(p_idx bytea[], p_today date) returns table (id uuid, agent_name_sealed bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, d.agent_name_sealed from delegation d join delegation_index i on i.tenant_id = d.tenant_id and i.delegation_id = d.id
   where i.kind = 'phone' and i.idx = any (p_idx) and d.person_id is null and d.state = 'active' and d.valid_to >= p_today
   order by d.created_at limit 1
$$;
call app_function('delegation_waiting(bytea[], date)');

-- Another legal representative: what the former one granted waits for the new one (T6). By the firm or an operator; returns how many.
create function delegation_suspend(p_tenant uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  if p_tenant is distinct from cur_tenant() and coalesce(cur_kind(), '') <> 'operator' then
    raise exception 'only the firm itself or an operator suspends its agents' using errcode = '42501';
  end if;
  update delegation set state = 'suspended', version = version + 1, updated_at = p_now where tenant_id = p_tenant and state = 'active';
  get diagnostics n = row_count;
  return n;
end $$;
call app_function('delegation_suspend(uuid, timestamptz)');

-- The agents of any firm by person, for the separation of duties (T5): nobody decides or verifies where he is the agent.
create function is_agent_of(p_tenant uuid, p_person uuid, p_today date) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from delegation d where d.tenant_id = p_tenant and d.person_id = p_person
                    and d.state in ('active', 'suspended') and d.valid_to >= p_today)
$$;
call app_function('is_agent_of(uuid, uuid, date)');

-- Every night: what ended is marked ended (access ended with its last day already), and seven days before the end both sides hear of it once.
create function delegation_night(p_now timestamptz) returns table (expired int, warned int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_day date := (p_now at time zone 'Asia/Shanghai')::date; d record; own text := coalesce(current_setting('app.tenant', true), '');
begin
  update delegation set state = 'expired', ended_at = p_now, updated_at = p_now, version = version + 1
   where state in ('active', 'suspended') and valid_to < v_day;
  get diagnostics expired = row_count;
  warned := 0;
  for d in select x.tenant_id, x.id, x.version from delegation x
            where x.state = 'active' and x.valid_to between v_day and v_day + 7 loop
    perform become(d.tenant_id);
    -- once for each version: 1000 keeps these apart from the notices of the row's own changes
    if enqueue_job(gen_random_uuid(), 'delegation.notice', d.id, 1000 + d.version, jsonb_build_object('what', 'ending'), p_now,
                   interval '9 hours', '') is not null then
      warned := warned + 1;
    end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return next;
end $$;
call app_function('delegation_night(timestamptz)');
