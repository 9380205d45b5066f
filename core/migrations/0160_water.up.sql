-- Water (FD10): one row per enterprise and year, complete or not; what lists and sums read stands beside the body.
create table water_year (
  tenant_id uuid not null references organisation (id),
  year int not null check (year between 1990 and 2100),
  version int not null check (version >= 1),
  body jsonb not null,                  -- data, products, measures, plans, titles; water/records.py
  intake numeric(18,4),                 -- V_f in m3; null until every source is known
  complete boolean not null,
  reportable boolean not null,          -- WA13
  saved_by uuid,
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, year)
);
call make_tenant_table('water_year');
revoke delete on water_year from tanxiao_app;

-- Water quotas (WA8): dated rows with their source, loaded by operators; a row in force is never changed, only ended.
create table water_quota (
  id uuid primary key,
  product text not null check (length(product) between 1 and 50),
  unit text not null check (length(unit) between 1 and 20),
  region_code text not null default '',     -- '': all of the country
  industry_code text not null default '',
  advanced numeric(16,4) check (advanced > 0),
  general numeric(16,4) not null check (general > 0),
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  source text not null check (length(source) between 4 and 200),
  source_url text not null default '' check (length(source_url) <= 300),
  note text not null default '' check (length(note) <= 200),
  loaded_by uuid,
  loaded_at timestamptz not null,
  check (advanced <= general)
);
create unique index water_quota_dated on water_quota (product, unit, region_code, industry_code, valid_from);
call make_shared_table('water_quota');

-- New rows are added; of known ones only the last day is set. Answers how many were added and how many ended.
create function water_quota_load(p_rows jsonb, p_now timestamptz, out added int, out ended int)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator loads quotas' using errcode = '42501'; end if;
  with given as (
    select * from jsonb_to_recordset(p_rows) as g (id uuid, product text, unit text, region_code text, industry_code text, advanced numeric,
      general numeric, valid_from date, valid_to date, source text, source_url text, note text)),
  closed as (
    update water_quota q set valid_to = g.valid_to from given g
     where (q.product, q.unit, q.region_code, q.industry_code, q.valid_from) = (g.product, g.unit, g.region_code, g.industry_code, g.valid_from)
       and q.valid_to is distinct from g.valid_to
    returning q.id),
  made as (
    insert into water_quota (id, product, unit, region_code, industry_code, advanced, general, valid_from, valid_to, source, source_url, note,
                             loaded_by, loaded_at)
      select g.id, g.product, g.unit, g.region_code, g.industry_code, g.advanced, g.general, g.valid_from, g.valid_to, g.source, g.source_url,
             g.note, cur_person(), p_now from given g
      on conflict (product, unit, region_code, industry_code, valid_from) do nothing
    returning id)
  select (select count(*) from made), (select count(*) from closed) into added, ended;
end $$;
call app_function('water_quota_load(jsonb, timestamptz)');
