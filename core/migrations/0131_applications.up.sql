-- Applications of agents and foreign legal representatives (FD3, T6). Nobody is signed in: an application is the platform's own row and
-- opens to who holds its key. Names and numbers are sealed; masks stand beside them for lists.
set local check_function_bodies = off;

create table application (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  number text not null check (number ~ '^[0-9]{2}-[0-9]{4}-[0-9]{4,6}$'),
  kind text not null check (kind in ('agent', 'foreign_legal')),
  state text not null default 'draft' check (state in ('draft', 'submitted', 'returned', 'approved', 'rejected')),
  enterprise_name text not null,
  uscc text not null,
  legal_name_sealed bytea not null,
  legal_name_masked text not null,
  legal_id_type text not null,
  legal_id_sealed bytea not null,
  legal_id_masked text not null,
  applicant_name_sealed bytea not null,
  applicant_name_masked text not null,
  id_type text not null,
  id_no_sealed bytea not null,
  id_no_masked text not null,
  phone_sealed bytea not null,
  phone_masked text not null,
  scopes text[] not null default '{}' check (scopes <@ array['file', 'report', 'read']),
  valid_to date,
  reason text not null check (length(reason) <= 500),
  key_sha256 bytea not null,
  form_code text not null,
  form_file uuid,
  form_original uuid,
  form_pages jsonb not null default '[]',
  form_check text not null default 'none' check (form_check in ('none', 'ok', 'unreadable', 'outdated')),
  form_at timestamptz,
  uploaded_by uuid,
  registry text not null default '',
  submitted_at timestamptz,
  used_before numeric(8, 4) not null default 0,
  due_on date,
  due_provisional boolean not null default false,
  escalated_at timestamptz,
  returns int not null default 0,
  decision_reason text not null default '' check (length(decision_reason) <= 500),
  decided_by uuid,
  decided_at timestamptz,
  organisation_id uuid,
  delegation_id uuid,
  account_name text,
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, number),
  check ((state = 'submitted') <= (submitted_at is not null and due_on is not null and form_file is not null)),
  check ((state in ('approved', 'rejected')) = (decided_at is not null)),
  check (kind = 'foreign_legal' or (valid_to is not null and cardinality(scopes) > 0))
);
create index application_desk on application (tenant_id, state, due_on, submitted_at);
create index application_firm on application (tenant_id, uscc, state);
call make_tenant_table('application');
revoke insert, delete on application from tanxiao_app;
create policy machine on application to tanxiao_owner using (true) with check (true);

create table application_index (
  kind text not null check (kind in ('phone', 'id_number')),
  idx bytea not null,
  key_id bytea not null,
  application_id uuid not null,
  tenant_id uuid not null,
  primary key (kind, idx, application_id),
  foreign key (tenant_id, application_id) references application (tenant_id, id) on delete cascade
);
create index application_index_row on application_index (application_id);
call make_identity_table('application_index');

-- Who holds the key goes on as the platform for the rest of the transaction; who does not learns nothing.
create function application_door(p_id uuid, p_key bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare platform constant uuid := '00000000-0000-4000-8000-000000000001';
begin
  if not exists (select 1 from application a where a.tenant_id = platform and a.id = p_id and a.key_sha256 = p_key) then return false; end if;
  perform become(platform);
  return true;
end $$;
call app_function('application_door(uuid, bytea)');

-- The applications of a phone that was just proved, newest first; goes on as the platform when there are any.
create function application_of_phone(p_idx bytea[]) returns setof uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare platform constant uuid := '00000000-0000-4000-8000-000000000001';
begin
  return query select a.id from application a join application_index i on i.application_id = a.id and i.tenant_id = a.tenant_id
    where i.kind = 'phone' and i.idx = any (p_idx) order by a.created_at desc limit 20;
  if found then perform become(platform); end if;
end $$;
call app_function('application_of_phone(bytea[])');

-- Another application for the same firm by the same document is open: its number. A draft counts for the phone that made it only,
-- so that nobody is kept out by what a stranger has begun.
create function application_open(p_id uuid, p_uscc text, p_kind text, p_number bytea[], p_phone bytea[]) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select a.number from application a join application_index i on i.application_id = a.id and i.tenant_id = a.tenant_id
   where a.uscc = p_uscc and a.kind = p_kind and a.id is distinct from p_id and i.kind = 'id_number' and i.idx = any (p_number)
     and (a.state in ('submitted', 'returned') or (a.state = 'draft' and exists (
       select 1 from application_index f where f.application_id = a.id and f.kind = 'phone' and f.idx = any (p_phone))))
   order by a.created_at limit 1
$$;
call app_function('application_open(uuid, text, text, bytea[], bytea[])');

-- A new application with its number of the day; goes on as the platform.
create function application_put(p jsonb, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  platform constant uuid := '00000000-0000-4000-8000-000000000001'; v_id uuid := (p->>'id')::uuid; v_number text;
  v_day text := to_char(p_now at time zone 'Asia/Shanghai', 'YY-MMDD-');
begin
  perform become(platform);
  perform pg_advisory_xact_lock(hashtextextended('application' || v_day, 7));
  select v_day || lpad((coalesce(max(substr(a.number, 9)::int), 0) + 1)::text, 4, '0') into v_number
    from application a where a.tenant_id = platform and starts_with(a.number, v_day);
  insert into application (tenant_id, id, number, kind, enterprise_name, uscc, legal_name_sealed, legal_name_masked, legal_id_type,
                           legal_id_sealed, legal_id_masked, applicant_name_sealed, applicant_name_masked, id_type, id_no_sealed,
                           id_no_masked, phone_sealed, phone_masked, scopes, valid_to, reason, key_sha256, form_code, created_at, updated_at)
    values (platform, v_id, v_number, p->>'kind', p->>'enterprise_name', p->>'uscc', decode(p->>'legal_name_sealed', 'hex'),
            p->>'legal_name_masked', p->>'legal_id_type', decode(p->>'legal_id_sealed', 'hex'), p->>'legal_id_masked',
            decode(p->>'applicant_name_sealed', 'hex'), p->>'applicant_name_masked', p->>'id_type', decode(p->>'id_no_sealed', 'hex'),
            p->>'id_no_masked', decode(p->>'phone_sealed', 'hex'), p->>'phone_masked',
            array(select jsonb_array_elements_text(p->'scopes')), (p->>'valid_to')::date, p->>'reason',
            decode(p->>'key_sha256', 'hex'), p->>'form_code', p_now, p_now);
  perform application_reindex(v_id, p);
  return v_number;
end $$;
call app_function('application_put(jsonb, timestamptz)');

-- The blind indexes of one application, written anew.
create function application_reindex(p_id uuid, p jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare platform constant uuid := '00000000-0000-4000-8000-000000000001';
begin
  if cur_tenant() is distinct from platform then raise exception 'the door comes first' using errcode = '42501'; end if;
  delete from application_index where application_id = p_id;
  insert into application_index (kind, idx, key_id, application_id, tenant_id)
    values ('phone', decode(p->>'phone_idx', 'hex'), decode(p->>'key_id', 'hex'), p_id, platform),
           ('id_number', decode(p->>'id_idx', 'hex'), decode(p->>'key_id', 'hex'), p_id, platform);
end $$;
call app_function('application_reindex(uuid, jsonb)');

-- Does the deciding person belong to a side: member or agent of the firm, the applicant himself, the representative, the uploader.
create function application_conflict(p_id uuid, p_legal bytea[], p_today date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare a application; before text := coalesce(current_setting('app.tenant', true), ''); v_firm uuid; found_one boolean;
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator decides' using errcode = '42501'; end if;
  select * into a from application where id = p_id;
  select c.tenant_id into v_firm from claim c where c.kind = 'uscc' and c.value = a.uscc;
  found_one := a.uploaded_by = cur_person()
    or exists (select 1 from person_index x join application_index i on i.kind = x.kind and i.idx = x.idx
                where x.person_id = cur_person() and i.application_id = p_id)
    or exists (select 1 from person_index x where x.person_id = cur_person() and x.kind = 'id_number' and x.idx = any (p_legal));
  if v_firm is not null and not coalesce(found_one, false) then
    perform become(v_firm);
    found_one := is_agent_of(v_firm, cur_person(), p_today)
      or exists (select 1 from membership m where m.tenant_id = v_firm and m.person_id = cur_person() and m.status = 'active');
    perform set_config('app.tenant', before, true);
  end if;
  return coalesce(found_one, false);
end $$;
call app_function('application_conflict(uuid, bytea[], date)');

-- What the registry says of firm, name and representative:
-- unchecked (no registry) | unknown | inactive | name_differs | legal_differs | masked | match
create function application_registry(p_uscc text, p_name text, p_legal bytea[]) returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare r record;
begin
  if to_regclass('public.enterprise_registry') is null then return 'unchecked'; end if;
  select e.name, e.status, e.legal_idx into r from enterprise_registry e where e.uscc = p_uscc;
  if not found then
    return case when exists (select 1 from enterprise_registry) then 'unknown' else 'unchecked' end;
  end if;
  return case when r.status <> 'active' then 'inactive' when r.legal_idx is not null and r.legal_idx <> all (p_legal) then 'legal_differs'
              when r.name <> p_name then 'name_differs' when r.legal_idx is null then 'masked' else 'match' end;
end $$;
call app_function('application_registry(text, text, bytea[])');

-- Deadlines of what waits, worked out again when the calendar changes. Days that were whole before a return stay used.
create function application_dues(p_days int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare a record; d record; n int := 0;
begin
  for a in select tenant_id, id, submitted_at, used_before, due_on, due_provisional from application where state = 'submitted' loop
    select * into d from work_days_after((a.submitted_at at time zone 'Asia/Shanghai')::date, greatest(1, p_days - floor(a.used_before)::int));
    if (d.due, d.provisional) is distinct from (a.due_on, a.due_provisional) then
      update application set due_on = d.due, due_provisional = d.provisional where tenant_id = a.tenant_id and id = a.id;
      n := n + 1;
    end if;
  end loop;
  return n;
end $$;
call app_function('application_dues(int)');

-- What has used p_days working days and nobody was told of yet.
create function application_waiting(p_days numeric, p_now timestamptz) returns table (id uuid, number text, used numeric, due_on date)
language sql security definer set search_path = public, pg_temp as $$
  update application a set escalated_at = p_now
   where a.state = 'submitted' and a.escalated_at is null and a.used_before + work_days_between(a.submitted_at, p_now) >= p_days
  returning a.id, a.number, a.used_before + work_days_between(a.submitted_at, p_now), a.due_on
$$;
call app_function('application_waiting(numeric, timestamptz)');

-- The foreign representative becomes the firm's: by an operator. Answers joined | legal_exists | stopped.
create function application_join(p_org uuid, p jsonb, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; v_day date := (p_now at time zone 'Asia/Shanghai')::date; v_person uuid := (p->>'person_id')::uuid; answer text := 'joined';
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator decides' using errcode = '42501'; end if;
  before := become(p_org);
  if not exists (select 1 from organisation o where o.id = p_org and o.status in ('unverified', 'active')) then
    answer := 'stopped';
  elsif exists (select 1 from membership m where m.tenant_id = p_org and m.person_id <> v_person and m.status = 'active'
                   and 'legal' = any (m.roles) and coalesce(m.valid_to, v_day) >= v_day) then
    answer := 'legal_exists';
  else
    insert into membership as m (tenant_id, id, person_id, roles, valid_from, display_name_masked, login_name, phone_masked, created_at,
                                 created_by, updated_at)
      values (p_org, (p->>'id')::uuid, v_person, array['legal'], v_day, p->>'name_masked', p->>'login_name', p->>'phone_masked', p_now,
              cur_person(), p_now)
    on conflict (tenant_id, person_id) do update set
      roles = case when m.status = 'active' then (select array_agg(distinct x) from unnest(m.roles || array['legal']) x) else array['legal'] end,
      valid_from = least(m.valid_from, v_day), valid_to = null, status = 'active', ended_at = null, end_reason = null,
      version = m.version + 1, updated_at = p_now;
  end if;
  perform set_config('app.tenant', before, true);
  return answer;
end $$;
call app_function('application_join(uuid, jsonb, timestamptz)');

-- Drafts nobody came back to go after p_drafts days.
create function application_night(p_now timestamptz, p_drafts int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  platform constant uuid := '00000000-0000-4000-8000-000000000001'; before text := become(platform); gone uuid[]; files uuid[];
begin
  select array_agg(a.id), array_agg(a.form_file) || array_agg(a.form_original) into gone, files from application a
   where a.tenant_id = platform and a.state = 'draft' and a.updated_at < p_now - make_interval(days => p_drafts);
  delete from file_blob f where f.tenant_id = platform and f.id = any (files);
  delete from application a where a.tenant_id = platform and a.id = any (gone);
  perform set_config('app.tenant', before, true);
  return coalesce(cardinality(gone), 0);
end $$;
call app_function('application_night(timestamptz, int)');
