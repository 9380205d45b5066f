-- Organisations, their people and the two trees (region, industry). Table classes: core/tables.py.

-- Regions, GB/T 2260. path: the code's ancestors from the province down to itself (subtree = path contains the root).
create table region (
  code text primary key check (code ~ '^[0-9]{6}$'),
  level text not null check (level in ('province', 'city', 'district')),
  name text not null,
  name_en text not null,
  parent_code text references region (code),
  path text[] not null,
  status text not null check (status in ('current', 'statistical_only', 'abolished', 'placeholder')),
  grid_region text,
  source text not null,
  source_url text not null,
  confidence text not null,
  note text not null
);
create index region_parent on region (parent_code, code);
create index region_path on region using gin (path);
call make_shared_table('region');

-- Industries, GB/T 4754-2017: section (C), division (C29), group (C292), class (C2926).
create table industry (
  code text primary key check (code ~ '^[A-T][0-9]{0,4}$'),
  level text not null check (level in ('section', 'division', 'group', 'class')),
  name text not null,
  name_en text not null,
  parent_code text references industry (code),
  path text[] not null,
  valid_from date,
  source text not null,
  source_url text not null,
  confidence text not null,
  note text not null
);
create index industry_parent on industry (parent_code, code);
create index industry_path on industry using gin (path);
call make_shared_table('industry');

-- The directory. Written by the functions below; an organisation may move its own place and trade, nothing else.
create table organisation (
  id uuid primary key,
  kind text not null check (kind in ('enterprise', 'verifier', 'bank', 'gov', 'operator')),
  uscc text check (uscc ~ '^[0-9ANY][0-9A-HJ-NP-RTUW-Y]{17}$'),
  name text not null check (length(name) between 1 and 100),
  region_code text references region (code),
  industry_code text references industry (code),
  status text not null check (status in ('unverified', 'active', 'suspended', 'closed')),
  origin text not null check (origin in ('self', 'operator', 'demo', 'platform')),
  parent_id uuid references organisation (id),
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (uscc is not null or kind in ('gov', 'operator')),
  check (region_code is not null or kind = 'operator')
);
create index organisation_listing on organisation (kind, status, name);
create index organisation_region on organisation (region_code, kind);
create index organisation_uscc on organisation (uscc);
insert into organisation (id, kind, uscc, name, status, origin)
  values ('00000000-0000-4000-8000-000000000001', 'operator', null, '平台运营中心', 'active', 'platform');

-- A person in an organisation; one row per pair, ended and begun again on the same row.
create table membership (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  person_id uuid not null,
  roles text[] not null check (cardinality(roles) > 0 and roles <@ array[
    'legal', 'admin', 'filler', 'viewer', 'agency_admin', 'verifier', 'agency_reviewer', 'bank_admin', 'account_manager',
    'regulator', 'gov_viewer', 'ops_reviewer', 'ops_data', 'ops_approver', 'support', 'sysadmin', 'secadmin', 'auditor']),
  status text not null default 'active' check (status in ('active', 'ended')),
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  display_name_masked text not null,
  login_name text not null default '',
  phone_masked text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  ended_at timestamptz,
  end_reason text,
  primary key (tenant_id, id),
  unique (tenant_id, person_id)
);
create index membership_person on membership (person_id, tenant_id);
alter table membership enable row level security;
alter table membership force row level security;
create policy own on membership using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant());
create policy mine on membership for select using (person_id = cur_person());
grant select, insert, update on membership to tanxiao_app;

-- What a government office may see: its places, with everything below them unless said otherwise.
create table gov_scope (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  region_code text not null references region (code),
  include_children boolean not null default true,
  created_at timestamptz not null default now(),
  created_by uuid,
  ended_at timestamptz,
  primary key (tenant_id, id)
);
create unique index gov_scope_live on gov_scope (tenant_id, region_code) where ended_at is null;
call make_tenant_table('gov_scope');
revoke delete on gov_scope from tanxiao_app;

alter table organisation enable row level security;
alter table organisation force row level security;
create policy own on organisation for select using (id = cur_tenant());
create policy own_place on organisation for update using (id = cur_tenant()) with check (id = cur_tenant());
create policy own_birth on organisation for insert with check (id = cur_tenant());
create policy operator on organisation for select using (cur_kind() = 'operator');
create policy operator_decides on organisation for update using (cur_kind() = 'operator');
create policy mine on organisation for select using (
  cur_person() is not null and id in (select m.tenant_id from membership m where m.person_id = cur_person()));
create policy region on organisation for select using (
  cur_kind() = 'gov' and kind = 'enterprise' and exists (
    select 1 from region r join gov_scope s
        on s.tenant_id = cur_tenant() and s.ended_at is null
       and (s.region_code = r.code or (s.include_children and s.region_code = any (r.path)))
     where r.code = organisation.region_code));
grant select, update (region_code, industry_code, version, updated_at) on organisation to tanxiao_app;

-- Run the rest of a function as another organisation; returns who was acting before, for the way back.
create function become(p_tenant uuid) returns text language plpgsql set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.tenant', true), '');
begin
  perform set_config('app.tenant', coalesce(p_tenant::text, ''), true);
  return before;
end $$;
revoke all on function become(uuid) from public;

-- A new organisation. Answers false when another organisation holds its USCC (rule T1): nothing is written then.
create function organisation_create(
  p_id uuid, p_kind text, p_uscc text, p_name text, p_region text, p_industry text, p_status text, p_origin text, p_now timestamptz
) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := become(p_id); free boolean := true;
begin
  if p_origin <> 'self' and coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator makes organisations'; end if;
  if p_origin = 'self' and (p_kind <> 'enterprise' or p_status <> 'unverified') then raise exception 'self-registration makes unverified enterprises'; end if;
  if p_uscc is not null then free := take_claim('uscc', p_uscc); end if;
  if free then
    insert into organisation (id, kind, uscc, name, region_code, industry_code, status, origin, created_at, updated_at)
      values (p_id, p_kind, p_uscc, p_name, p_region, p_industry, p_status, p_origin, p_now, p_now);
  end if;
  perform set_config('app.tenant', before, true);
  return free;
end $$;
call app_function('organisation_create(uuid, text, text, text, text, text, text, text, timestamptz)');

-- Status by an operator, conditional on state and version (ST1). False: the race was lost. Closing frees the USCC.
create function organisation_decide(p_id uuid, p_from text, p_to text, p_version int, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator decides'; end if;
  update organisation set status = p_to, version = version + 1, updated_at = p_now
   where id = p_id and status = p_from and version = p_version;
  if not found then return false; end if;
  if p_to = 'closed' then delete from claim where kind = 'uscc' and tenant_id = p_id; end if;
  return true;
end $$;
call app_function('organisation_decide(uuid, text, text, int, timestamptz)');

-- The organisations of one person with the roles held today; readable before an organisation is chosen (sign-in, switch).
create function person_organisations(p_person uuid, p_today date)
returns table (id uuid, kind text, name text, status text, region_code text, industry_code text, roles text[], valid_to date)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.person', true), '');
begin
  perform set_config('app.person', p_person::text, true);
  return query
    select o.id, o.kind, o.name, o.status, o.region_code, o.industry_code, m.roles, m.valid_to
      from membership m join organisation o on o.id = m.tenant_id
     where m.person_id = p_person and m.status = 'active' and m.valid_from <= p_today and coalesce(m.valid_to, p_today) >= p_today
       and o.status <> 'closed'
     order by o.name, o.id;
  perform set_config('app.person', before, true);
end $$;
call app_function('person_organisations(uuid, date)');

-- Places of a government office, for the operator who gave them.
create function gov_scopes(p_organisation uuid) returns table (region_code text, include_children boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text;
begin
  if coalesce(cur_kind(), '') <> 'operator' and p_organisation is distinct from cur_tenant() then return; end if;
  before := become(p_organisation);
  return query select s.region_code, s.include_children from gov_scope s
    where s.tenant_id = p_organisation and s.ended_at is null order by s.region_code;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('gov_scopes(uuid)');

create function gov_scope_add(p_organisation uuid, p_id uuid, p_region text, p_children boolean, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text;
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator gives a region'; end if;
  before := become(p_organisation);
  insert into gov_scope (tenant_id, id, region_code, include_children, created_at, created_by)
    values (p_organisation, p_id, p_region, p_children, p_now, cur_person());
  perform set_config('app.tenant', before, true);
end $$;
call app_function('gov_scope_add(uuid, uuid, text, boolean, timestamptz)');

-- Name and USCC by an operator. Answers ok | gone | stale | taken.
create function organisation_rename(p_id uuid, p_name text, p_uscc text, p_version int, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare held organisation; before text; free boolean := true;
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator renames'; end if;
  select * into held from organisation where id = p_id for update;
  if not found then return 'gone'; end if;
  if held.version <> p_version then return 'stale'; end if;
  if p_uscc is not null and p_uscc is distinct from held.uscc then
    before := become(p_id);
    free := take_claim('uscc', p_uscc);
    if free and held.uscc is not null then perform drop_claim('uscc', held.uscc); end if;
    perform set_config('app.tenant', before, true);
    if not free then return 'taken'; end if;
  end if;
  update organisation set name = p_name, uscc = coalesce(p_uscc, uscc), version = version + 1, updated_at = p_now where id = p_id;
  return 'ok';
end $$;
call app_function('organisation_rename(uuid, text, text, int, timestamptz)');
