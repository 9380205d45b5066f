-- New versions of factors and parameters: one operator drafts, another publishes (18.3, S20). What is published is never changed: a newer
-- row closes the one before it (valid_to), a row that nobody had checked (unverified) may be confirmed once. Everything else is refused
-- here, whoever asks.
create table factor_draft (
  id uuid primary key,
  number int generated always as identity,
  kind text not null check (kind in ('factor', 'parameter')),
  title text not null check (length(title) between 2 and 100),
  state text not null default 'draft' check (state in ('draft', 'review', 'published', 'withdrawn')),
  version int not null default 1,
  made_by uuid not null,
  made_by_name text not null default '',
  made_at timestamptz not null,
  changed_at timestamptz not null,
  decided_by_name text not null default '',
  decided_at timestamptz,
  reason text not null default '',          -- of the last return
  impact jsonb,                             -- what the publisher was shown
  check ((state = 'published') = (decided_at is not null))
);
create index factor_draft_state on factor_draft (state, changed_at desc);
call make_shared_table('factor_draft');

create table factor_draft_row (
  draft_id uuid not null references factor_draft (id) on delete cascade,
  position int not null,
  act text not null check (act in ('version', 'confirm')),
  base_code text not null,
  base_key date not null,
  code text not null,
  valid_from date,
  record jsonb not null,                    -- the columns of table factor or parameter, quantities as text
  confirmed_by_name text not null default '',
  confirmed_at timestamptz,
  primary key (draft_id, position)
);
call make_shared_table('factor_draft_row');

-- Who moved a draft, when, from where to where and why (ST1).
create table factor_draft_event (
  id bigint generated always as identity primary key,
  draft_id uuid not null references factor_draft (id) on delete cascade,
  at timestamptz not null,
  what text not null,
  from_state text,
  to_state text not null,
  reason text not null default '',
  by_person uuid,
  by_name text not null default ''
);
create index factor_draft_event_draft on factor_draft_event (draft_id, id);
call make_shared_table('factor_draft_event');

create function factor_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then raise exception 'a published value is never deleted' using errcode = 'TX004'; end if;
  if old.confidence = 'unverified' and new.confidence <> 'unverified' then
    if to_jsonb(new) - array['confidence', 'source', 'source_url', 'note', 'value', 'value_text', 'valid_to']
       = to_jsonb(old) - array['confidence', 'source', 'source_url', 'note', 'value', 'value_text', 'valid_to'] then return new; end if;
  elsif to_jsonb(new) - array['valid_to'] = to_jsonb(old) - array['valid_to'] and to_jsonb(old)->>'valid_to' is null then
    return new;
  end if;
  raise exception 'a published value is never changed' using errcode = 'TX004';
end $$;
create trigger factor_stays before update or delete on factor for each row execute function factor_stays();
create trigger parameter_stays before update or delete on parameter for each row execute function factor_stays();

-- Rows that stand for one thing over time: an average grid factor of a place whatever its year's code, otherwise the code.
create function factor_series(p_category text, p_kind text, p_region text, p_code text) returns text
language sql immutable set search_path = public, pg_temp as $$
  select case when p_category = 'grid' and p_kind in ('provincial_average', 'national_average', 'regional_average')
              then p_kind || ':' || p_region else p_code end
$$;

-- Published rows whose validity a draft's rows would overlap, and rows of the draft that overlap each other. An open-ended row that
-- began earlier is no overlap: publishing closes it on the day before.
create function factor_draft_overlaps(p_draft uuid) returns table (place int, code text, valid_from date, valid_to date, in_draft boolean)
language sql stable set search_path = public, pg_temp as $$
  with mine as (
    select r.position as place, r.act, r.code, coalesce(r.valid_from, date '0001-01-01') as since, (r.record->>'valid_to')::date as until,
           d.kind as what,
           factor_series(r.record->>'category', r.record->>'kind', r.record->>'region_code', r.code) as series
      from factor_draft_row r join factor_draft d on d.id = r.draft_id where r.draft_id = p_draft
  ), held as (
    select 'factor' as what, f.code, f.valid_key as since, f.valid_from, f.valid_to, f.confidence,
           factor_series(f.category, f.kind, f.region_code, f.code) as series from factor f
    union all
    select 'parameter', p.code, p.valid_from, p.valid_from, null, p.confidence, p.code from parameter p
  )
  select m.place, h.code, h.valid_from, h.valid_to, false
    from mine m join held h on h.what = m.what and h.series = m.series
   where not (m.act = 'confirm' and h.code = m.code and h.since = m.since)
     and (h.confidence <> 'unverified' or (h.code = m.code and h.since = m.since))
     and ((h.since >= m.since and (m.until is null or h.since <= m.until)) or (h.since < m.since and h.valid_to >= m.since))
  union all
  select m.place, o.code, nullif(o.since, date '0001-01-01'), o.until, true
    from mine m join mine o on o.series = m.series and o.place < m.place
   where (o.until is null or o.until >= m.since) and (m.until is null or m.until >= o.since)
$$;
call app_function('factor_draft_overlaps(uuid)');

-- A draft as its author wrote it, new (p_version 0) or anew. Answers ok | gone | stale | state | other.
create function factor_draft_put(p_id uuid, p_version int, p_kind text, p_title text, p_rows jsonb, p_name text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare d factor_draft; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  if p_version = 0 then
    insert into factor_draft (id, kind, title, made_by, made_by_name, made_at, changed_at) values (p_id, p_kind, p_title, me, p_name, p_now, p_now);
    insert into factor_draft_event (draft_id, at, what, from_state, to_state, reason, by_person, by_name)
      values (p_id, p_now, 'made', null, 'draft', '', me, p_name);
  else
    select * into d from factor_draft where id = p_id for update;
    if not found then return 'gone'; end if;
    if d.made_by <> me then return 'other'; end if;
    if d.state <> 'draft' then return 'state'; end if;
    if d.version <> p_version then return 'stale'; end if;
    update factor_draft set title = p_title, version = version + 1, changed_at = p_now where id = p_id;
    delete from factor_draft_row where draft_id = p_id;
    insert into factor_draft_event (draft_id, at, what, from_state, to_state, reason, by_person, by_name)
      values (p_id, p_now, 'changed', 'draft', 'draft', '', me, p_name);
  end if;
  insert into factor_draft_row (draft_id, position, act, base_code, base_key, code, valid_from, record)
  select p_id, r.position, r.act, r.base_code, r.base_key, r.code, r.valid_from, r.record
    from jsonb_to_recordset(p_rows) as r(position int, act text, base_code text, base_key date, code text, valid_from date, record jsonb);
  return 'ok';
end $$;
call app_function('factor_draft_put(uuid, int, text, text, jsonb, text, timestamptz)');

-- draft → review and draft → withdrawn by the author, review → draft by the author or, with a reason, by somebody else.
-- Answers ok | gone | stale | state | other.
create function factor_draft_move(p_id uuid, p_version int, p_to text, p_reason text, p_name text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare d factor_draft; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  update factor_draft set state = p_to, version = version + 1, changed_at = p_now, reason = p_reason
   where id = p_id and version = p_version and (made_by = me or p_to = 'draft')
     and state = case p_to when 'review' then 'draft' when 'draft' then 'review' when 'withdrawn' then 'draft' end
  returning * into d;
  if not found then
    select * into d from factor_draft where id = p_id;
    return case when not found then 'gone' when d.version <> p_version then 'stale' when d.made_by <> me and p_to <> 'draft' then 'other' else 'state' end;
  end if;
  insert into factor_draft_event (draft_id, at, what, from_state, to_state, reason, by_person, by_name)
      values (p_id, p_now, case p_to when 'review' then 'sent' when 'draft' then 'returned' else 'withdrawn' end,
    case p_to when 'draft' then 'review' else 'draft' end, p_to, p_reason, me, p_name);
  return 'ok';
end $$;
call app_function('factor_draft_move(uuid, int, text, text, text, timestamptz)');

-- Somebody else read the source of a row again and says so: confidence, source and where it was read. Answers ok | gone | stale | state | same.
create function factor_draft_confirm(p_id uuid, p_version int, p_place int, p_facts jsonb, p_name text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare d factor_draft; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  select * into d from factor_draft where id = p_id for update;
  if not found then return 'gone'; end if;
  if d.made_by = me then return 'same'; end if;
  if d.version <> p_version then return 'stale'; end if;
  if d.state <> 'review' then return 'state'; end if;
  update factor_draft_row set record = record || p_facts, confirmed_by_name = p_name, confirmed_at = p_now
   where draft_id = p_id and position = p_place and record->>'confidence' = 'unverified';
  if not found then return 'gone'; end if;
  update factor_draft set version = version + 1, changed_at = p_now where id = p_id;
  insert into factor_draft_event (draft_id, at, what, from_state, to_state, reason, by_person, by_name)
      values (p_id, p_now, 'confirmed', 'review', 'review', p_facts->>'source', me, p_name);
  return 'ok';
end $$;
call app_function('factor_draft_confirm(uuid, int, int, jsonb, text, timestamptz)');

-- review → published by another person, in one transaction with the rows, the ends of those before them and the epoch by which cached
-- catalogues know that they are old. Answers ok | gone | stale | state | same | unverified | overlap.
create function factor_draft_publish(p_id uuid, p_version int, p_impact jsonb, p_name text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare d factor_draft; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  perform 1 from factor_epoch where id = 1 for update;  -- one publishing at a time: overlaps are judged on what stands
  select * into d from factor_draft where id = p_id for update;
  if not found then return 'gone'; end if;
  if d.version <> p_version then return 'stale'; end if;
  if d.state <> 'review' then return 'state'; end if;
  if me is null or d.made_by = me then return 'same'; end if;
  if exists (select 1 from factor_draft_row where draft_id = p_id and record->>'confidence' = 'unverified') then return 'unverified'; end if;
  if exists (select 1 from factor_draft_overlaps(p_id)) then return 'overlap'; end if;
  if d.kind = 'factor' then
    update factor f set confidence = r.record->>'confidence', source = r.record->>'source', source_url = r.record->>'source_url',
        note = coalesce(r.record->>'note', ''), value = (r.record->>'value')::numeric, value_text = r.record->>'value_text',
        valid_to = (r.record->>'valid_to')::date
      from factor_draft_row r where r.draft_id = p_id and r.act = 'confirm' and f.code = r.code and f.valid_key = r.base_key;
    update factor f set valid_to = r.valid_from - 1
      from factor_draft_row r where r.draft_id = p_id and r.act = 'version' and f.valid_to is null and f.confidence <> 'unverified'
       and f.valid_key < r.valid_from
       and factor_series(f.category, f.kind, f.region_code, f.code)
         = factor_series(r.record->>'category', r.record->>'kind', r.record->>'region_code', r.code);
    insert into factor (code, valid_key, category, carrier, property, kind, name, value, value_text, unit, gas, factor_set, factor_year,
                        region_code, valid_from, valid_to, source, source_url, confidence, note)
    select n.code, n.valid_from, n.category, n.carrier, n.property, n.kind, n.name, n.value, n.value_text, n.unit, coalesce(n.gas, ''),
           coalesce(n.factor_set, ''), n.factor_year, coalesce(n.region_code, ''), n.valid_from, n.valid_to, n.source, n.source_url, n.confidence,
           coalesce(n.note, '')
      from factor_draft_row r, jsonb_to_record(r.record) as n(code text, category text, carrier text, property text, kind text, name text,
           value numeric, value_text text, unit text, gas text, factor_set text, factor_year int, region_code text, valid_from date, valid_to date,
           source text, source_url text, confidence text, note text)
     where r.draft_id = p_id and r.act = 'version' order by r.position;
  else
    update parameter p set confidence = r.record->>'confidence', source = r.record->>'source'
      from factor_draft_row r where r.draft_id = p_id and r.act = 'confirm' and p.code = r.code and p.valid_from = r.base_key;
    insert into parameter (code, valid_from, value, unit, source, confidence)
    select r.code, r.valid_from, r.record->'value', r.record->>'unit', r.record->>'source', r.record->>'confidence'
      from factor_draft_row r where r.draft_id = p_id and r.act = 'version';
  end if;
  update factor_epoch set epoch = epoch + 1 where id = 1;
  update factor_draft set state = 'published', version = version + 1, changed_at = p_now, decided_at = p_now, decided_by_name = p_name, impact = p_impact
   where id = p_id;
  insert into factor_draft_event (draft_id, at, what, from_state, to_state, reason, by_person, by_name)
      values (p_id, p_now, 'published', 'review', 'published', '', me, p_name);
  return 'ok';
end $$;
call app_function('factor_draft_publish(uuid, int, jsonb, text, timestamptz)');

-- Whom new values touch: firms whose template uses one of these energies in a month that has ended or has a draft and is not submitted.
-- The machine's eye, as for reminders: no other statement sees by these policies.
do $$ declare t text; begin
  foreach t in array array['organisation', 'template_item', 'month_head', 'part_year', 'draft', 'inventory_month', 'inventory_line'] loop
    execute format('create policy factors on %I for select to tanxiao_owner using (current_setting(''app.machine'', true) = ''factors'')', t);
  end loop;
end $$;

-- p_pairs: [{carrier, province}], province '' for everywhere, 'CN' for firms whose province is not known; p_months: months that have ended.
create function factor_open_months(p_pairs jsonb, p_months int[]) returns table (tenant_id uuid, months int[])
language sql stable set search_path = public, pg_temp as $$
  with pairs as materialized (select r.carrier, r.province from jsonb_to_recordset(p_pairs) as r(carrier text, province text)),
  firms as materialized (
    select g.id, case when g.region_code ~ '^[0-9]{6}$' then left(g.region_code, 2) || '0000' else 'CN' end as province
      from organisation g where g.kind = 'enterprise' and g.status in ('unverified', 'active')
  ), items as materialized (
    select distinct i.tenant_id, i.first_month, coalesce(i.last_month, 999912) as last_month
      from template_item i join firms f on f.id = i.tenant_id
     where exists (select 1 from pairs p where p.carrier = i.carrier and p.province in ('', f.province))
  ), wanted as (
    select i.tenant_id, m as period from items i cross join unnest(p_months) m where m between i.first_month and i.last_month
    union
    select d.tenant_id, d.period from draft d join items i on i.tenant_id = d.tenant_id and d.period between i.first_month and i.last_month
  )
  select w.tenant_id, array_agg(distinct w.period order by w.period)
    from wanted w
    left join month_head h on h.tenant_id = w.tenant_id and h.period = w.period and h.state = 'submitted'
    left join part_year y on y.tenant_id = w.tenant_id and y.year = w.period / 100 and not y.months @> to_jsonb(w.period)
   where h.period is null and y.year is null
   group by w.tenant_id
$$;
revoke all on function factor_open_months(jsonb, int[]) from public;

-- Counts and three examples without a name: the newest submitted month's amounts of firms that are touched.
create function factor_impact(p_pairs jsonb, p_months int[], out firms bigint, out periods bigint, out submitted bigint, out examples jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  perform set_config('app.machine', 'factors', true);
  with touched as materialized (select * from factor_open_months(p_pairs, p_months)),
  shown as (
    select t.tenant_id, x.id, x.period, x.co2_total, g.region_code, g.industry_code
      from (select * from touched order by tenant_id limit 60) t join organisation g on g.id = t.tenant_id
      cross join lateral (select m.id, m.period, m.co2_total from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
                           where h.tenant_id = t.tenant_id and h.state = 'submitted' order by h.period desc limit 1) x
     where exists (select 1 from inventory_line l where l.tenant_id = t.tenant_id and l.month_id = x.id
                      and l.carrier in (select p->>'carrier' from jsonb_array_elements(p_pairs) p))
     order by t.tenant_id limit 3
  )
  select (select count(*) from touched), (select coalesce(sum(cardinality(t.months)), 0) from touched t),
         (select count(*) from month_head h where h.state = 'submitted' and h.period = any (p_months)),
         coalesce((select jsonb_agg(jsonb_build_object('region', s.region_code, 'industry', s.industry_code, 'period', s.period, 'total', s.co2_total::text,
           'lines', (select jsonb_agg(jsonb_build_object('carrier', l.carrier, 'use', l.use, 'unit', l.unit, 'amount', l.amount::text, 'co2', l.co2_t::text,
                        'factor', l.factor_code)) from inventory_line l where l.tenant_id = s.tenant_id and l.month_id = s.id))) from shown s), '[]')
    into firms, periods, submitted, examples;
  perform set_config('app.machine', '', true);
end $$;
call app_function('factor_impact(jsonb, int[])');

-- After publishing: one job for each firm with open months that are touched. Returns how many. Only a job of the platform asks for it.
create function factor_announce(p_draft uuid, p_number int, p_facts jsonb, p_pairs jsonb, p_months int[], p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int := 0; firm record; own text := coalesce(current_setting('app.tenant', true), '');
begin
  if not exists (select 1 from factor_draft where id = p_draft and state = 'published') then return 0; end if;
  perform set_config('app.machine', 'factors', true);
  for firm in select * from factor_open_months(p_pairs, p_months) loop
    perform become(firm.tenant_id);
    if enqueue_job(gen_random_uuid(), 'filing.factor_news', p_draft, p_number, p_facts, p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.machine', '', true), set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('factor_announce(uuid, int, jsonb, jsonb, int[], timestamptz)');
