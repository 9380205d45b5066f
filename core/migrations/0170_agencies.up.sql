-- Third-party agencies (FD15): which organisation may audit or verify, for which kinds and places, until when. The record is the
-- operator's; the list is for every firm to choose from, so it holds what an agency publishes of itself and nothing of its people.
create table agency (
  id uuid primary key references organisation (id),
  name text not null,
  uscc text not null,
  kinds text[] not null check (cardinality(kinds) > 0 and kinds <@ array['grade_verifier', 'reduction_auditor']),
  regions text[] not null check (cardinality(regions) > 0),
  contact text not null check (length(contact) <= 200),
  trades text not null default '' check (length(trades) <= 200),
  intro text not null default '' check (length(intro) <= 1000),
  qualification_no text not null default '' check (length(qualification_no) <= 100),
  qualification_file uuid,
  qualification_name text not null default '',
  valid_to date not null,
  state text not null default 'active' check (state in ('active', 'suspended')),
  state_reason text not null default '',
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index agency_listing on agency (state, name, id);
call make_shared_table('agency');

-- Designation 指定 (LR5): on which days the platform names an agency for the grade report. A row is never changed but for its end.
create table agency_designation (
  id uuid primary key,
  agency_id uuid not null references agency (id),
  valid_from date not null,
  valid_to date not null,
  note text not null default '',
  made_by uuid,
  made_at timestamptz not null,
  ended_on date,
  ended_by uuid,
  check (valid_to >= valid_from)
);
create index agency_designation_agency on agency_designation (agency_id, valid_from desc);
call make_shared_table('agency_designation');

-- What an operator or the agency itself did to the record.
create table agency_change (
  id uuid primary key,
  agency_id uuid not null references agency (id),
  what text not null,
  detail jsonb not null,
  reason text not null default '',
  by_person uuid,
  at timestamptz not null
);
create index agency_change_agency on agency_change (agency_id, at desc);
call make_shared_table('agency_change');

-- A new record or a changed one; by an operator, or of contact, trades and words about itself by the agency. ``p`` holds the columns to
-- set. Answers ok | exists | no_organisation | gone | stale.
create function agency_put(p_id uuid, p_version int, p jsonb, p_what text, p_reason text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; v_name text; v_uscc text; a agency;
begin
  if coalesce(cur_kind(), '') <> 'operator' and not (p_id = cur_tenant() and p - array['contact', 'trades', 'intro'] = '{}'::jsonb) then
    raise exception 'only an operator, or the agency its own words' using errcode = '42501';
  end if;
  if p_version = 0 then
    before := become(p_id);
    select o.name, o.uscc into v_name, v_uscc from organisation o where o.id = p_id and o.kind = 'verifier' and o.status <> 'closed';
    perform set_config('app.tenant', before, true);
    if v_name is null then return 'no_organisation'; end if;
    insert into agency (id, name, uscc, kinds, regions, contact, trades, intro, qualification_no, valid_to, created_at, updated_at)
      values (p_id, v_name, v_uscc, array(select jsonb_array_elements_text(p->'kinds')), array(select jsonb_array_elements_text(p->'regions')),
              p->>'contact', coalesce(p->>'trades', ''), coalesce(p->>'intro', ''), coalesce(p->>'qualification_no', ''),
              (p->>'valid_to')::date, p_now, p_now)
      on conflict do nothing;
    if not found then return 'exists'; end if;
  else
    select * into a from agency where id = p_id for update;
    if not found then return 'gone'; end if;
    if a.version <> p_version then return 'stale'; end if;
    update agency set
      kinds = case when p ? 'kinds' then array(select jsonb_array_elements_text(p->'kinds')) else kinds end,
      regions = case when p ? 'regions' then array(select jsonb_array_elements_text(p->'regions')) else regions end,
      contact = coalesce(p->>'contact', contact), trades = coalesce(p->>'trades', trades), intro = coalesce(p->>'intro', intro),
      qualification_no = coalesce(p->>'qualification_no', qualification_no),
      qualification_file = coalesce((p->>'qualification_file')::uuid, qualification_file),
      qualification_name = coalesce(p->>'qualification_name', qualification_name),
      valid_to = coalesce((p->>'valid_to')::date, valid_to),
      state = coalesce(p->>'state', state), state_reason = case when p ? 'state' then p_reason else state_reason end,
      version = version + 1, updated_at = p_now
     where id = p_id;
  end if;
  insert into agency_change (id, agency_id, what, detail, reason, by_person, at)
    values (gen_random_uuid(), p_id, p_what, p - array['contact'], p_reason, cur_person(), p_now);
  return 'ok';
end $$;
call app_function('agency_put(uuid, int, jsonb, text, text, timestamptz)');

-- Designate from a day to a day, or end what is in force (``p_to`` null). Answers ok | gone | stale | overlap | none.
create function agency_designate(p_agency uuid, p_version int, p_from date, p_to date, p_note text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_day date := (p_now at time zone 'Asia/Shanghai')::date; a agency;
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator designates' using errcode = '42501'; end if;
  select * into a from agency where id = p_agency for update;
  if not found then return 'gone'; end if;
  if a.version <> p_version then return 'stale'; end if;
  if p_to is null then
    update agency_designation set ended_on = v_day, ended_by = cur_person()
     where agency_id = p_agency and valid_to >= v_day and ended_on is null;
    if not found then return 'none'; end if;
  else
    if exists (select 1 from agency_designation d where d.agency_id = p_agency and d.ended_on is null
                  and d.valid_from <= p_to and d.valid_to >= p_from) then return 'overlap'; end if;
    insert into agency_designation (id, agency_id, valid_from, valid_to, note, made_by, made_at)
      values (gen_random_uuid(), p_agency, p_from, p_to, p_note, cur_person(), p_now);
  end if;
  update agency set version = version + 1, updated_at = p_now where id = p_agency;
  insert into agency_change (id, agency_id, what, detail, reason, by_person, at)
    values (gen_random_uuid(), p_agency, case when p_to is null then 'designation_ended' else 'designated' end,
            jsonb_build_object('from', p_from, 'to', p_to), p_note, cur_person(), p_now);
  return 'ok';
end $$;
call app_function('agency_designate(uuid, int, date, date, text, timestamptz)');

-- May this agency work on cases of a kind (grade | reduction) on a day? ok, or the first reason why not.
create function agency_standing(p_agency uuid, p_kind text, p_today date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare a agency; before text; v_status text;
begin
  select * into a from agency where id = p_agency;
  if not found then return 'gone'; end if;
  before := become(p_agency);
  select o.status into v_status from organisation o where o.id = p_agency;
  perform set_config('app.tenant', before, true);
  if v_status is distinct from 'active' then return 'suspended'; end if;
  if a.state = 'suspended' then return 'suspended'; end if;
  if a.valid_to < p_today then return 'expired'; end if;
  if a.qualification_file is null then return 'no_qualification'; end if;
  if not (case p_kind when 'grade' then 'grade_verifier' else 'reduction_auditor' end = any (a.kinds)) then return 'other_kind'; end if;
  if p_kind = 'grade' and not exists (
    select 1 from agency_designation d where d.agency_id = p_agency and d.valid_from <= p_today and d.valid_to >= p_today
       and (d.ended_on is null or d.ended_on > p_today)) then return 'not_designated'; end if;
  return 'ok';
end $$;
call app_function('agency_standing(uuid, text, date)');

-- An operator corrected name or code of the organisation: the list follows.
create function agency_follows() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update agency set name = new.name, uscc = coalesce(new.uscc, uscc) where id = new.id;
  return null;
end $$;
revoke all on function agency_follows() from public;
create trigger agency_follows after update of name, uscc on organisation for each row when (new.kind = 'verifier') execute function agency_follows();

-- Is the person, or was he within three years, a member or an agent of that firm (R71, T5)? member | agent | null.
create function tie_of_person(p_firm uuid, p_person uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; v_day date := (p_now at time zone 'Asia/Shanghai')::date; v_since date := v_day - interval '3 years'; v_tie text;
begin
  before := become(p_firm);
  if exists (select 1 from membership m where m.tenant_id = p_firm and m.person_id = p_person
                and coalesce((m.ended_at at time zone 'Asia/Shanghai')::date, m.valid_to, v_day) >= v_since) then v_tie := 'member';
  elsif exists (select 1 from delegation d where d.tenant_id = p_firm and d.person_id = p_person
                   and coalesce((d.ended_at at time zone 'Asia/Shanghai')::date, d.valid_to) >= v_since) then v_tie := 'agent';
  end if;
  perform set_config('app.tenant', before, true);
  return v_tie;
end $$;
call app_function('tie_of_person(uuid, uuid, timestamptz)');

-- Are firm and agency one house: same code, parent or child, one parent; or do people of the agency file or report for the firm? (R71)
create function tie_of_agency(p_firm uuid, p_agency uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; f record; g record; v_since date := (p_now at time zone 'Asia/Shanghai')::date - interval '3 years'; v_tie text;
begin
  before := become(p_firm);
  select o.uscc, o.parent_id into f from organisation o where o.id = p_firm;
  perform become(p_agency);
  select o.uscc, o.parent_id into g from organisation o where o.id = p_agency;
  if p_firm = p_agency or substr(f.uscc, 9, 9) = substr(g.uscc, 9, 9) then v_tie := 'same_code';
  elsif f.parent_id = p_agency or g.parent_id = p_firm or f.parent_id = g.parent_id then v_tie := 'same_parent';
  elsif exists (select 1 from membership m join delegation d on d.person_id = m.person_id
                 where m.tenant_id = p_agency and m.status = 'active' and d.tenant_id = p_firm and d.scopes && array['file', 'report']
                   and coalesce((d.ended_at at time zone 'Asia/Shanghai')::date, d.valid_to) >= v_since) then v_tie := 'prepared';
  end if;
  perform set_config('app.tenant', before, true);
  return v_tie;
end $$;
call app_function('tie_of_agency(uuid, uuid, timestamptz)');
