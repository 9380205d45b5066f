-- Sums by region, industry, month and by firm and year. Fed by rollup_delta (written by the transactions that submit or
-- withdraw), merged by fold_rollups(). Readers add what is not folded yet, so a figure is exact at every moment (architecture 6).

create table rollup_month (
  region_code text not null,
  industry_code text not null,
  period int not null check (period between 190000 and 299912),
  basis text not null check (basis in ('self', 'verified')),
  source_group text not null,
  co2 numeric(24,6) not null default 0,
  tce numeric(24,6) not null default 0,
  va numeric(24,4) not null default 0,
  output numeric(24,4) not null default 0,
  d_green numeric(24,6) not null default 0,
  a_own numeric(24,6) not null default 0,
  firms int not null default 0,
  primary key (region_code, industry_code, period, basis, source_group)
);
create index rollup_month_period on rollup_month (period, region_code);
call make_shared_table('rollup_month', false);

create table rollup_firm_year (
  tenant_id uuid not null,
  year int not null check (year between 1900 and 2999),
  basis text not null check (basis in ('self', 'verified')),
  region_code text not null,
  industry_code text not null,
  co2 numeric(24,6) not null default 0,
  tce numeric(24,6) not null default 0,
  va numeric(24,4) not null default 0,
  output numeric(24,4) not null default 0,
  d_green numeric(24,6) not null default 0,
  a_own numeric(24,6) not null default 0,
  months_complete int not null default 0,
  primary key (tenant_id, year, basis)
);
create index rollup_firm_year_place on rollup_firm_year (year, industry_code, region_code);
call make_shared_table('rollup_firm_year', false);

-- Merge up to p_limit deltas; returns how many. One folder at a time (a second one returns at once with 0), keys in order.
create function fold_rollups(p_limit int default 20000) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare folded int;
begin
  if not pg_try_advisory_xact_lock(7201984060) then return 0; end if;
  with taken as (
    delete from rollup_delta d using (select id from rollup_delta order by id limit p_limit for update skip locked) o
    where d.id = o.id returning d.*
  ), months as (
    insert into rollup_month as r (region_code, industry_code, period, basis, source_group, co2, tce, va, output, d_green, a_own, firms)
    select region_code, industry_code, period, basis, source_group,
           sum(co2), sum(tce), sum(va), sum(output), sum(d_green), sum(a_own), sum(months_complete)
    from taken group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (region_code, industry_code, period, basis, source_group) do update set
      co2 = r.co2 + excluded.co2, tce = r.tce + excluded.tce, va = r.va + excluded.va, output = r.output + excluded.output,
      d_green = r.d_green + excluded.d_green, a_own = r.a_own + excluded.a_own, firms = r.firms + excluded.firms
    returning 1
  ), years as (
    insert into rollup_firm_year as r
      (tenant_id, year, basis, region_code, industry_code, co2, tce, va, output, d_green, a_own, months_complete)
    select tenant_id, period / 100, basis, (array_agg(region_code order by id desc))[1], (array_agg(industry_code order by id desc))[1],
           sum(co2), sum(tce), sum(va), sum(output), sum(d_green), sum(a_own), sum(months_complete)
    from taken group by 1, 2, 3 order by 1, 2, 3
    on conflict (tenant_id, year, basis) do update set
      region_code = excluded.region_code, industry_code = excluded.industry_code,
      co2 = r.co2 + excluded.co2, tce = r.tce + excluded.tce, va = r.va + excluded.va, output = r.output + excluded.output,
      d_green = r.d_green + excluded.d_green, a_own = r.a_own + excluded.a_own,
      months_complete = r.months_complete + excluded.months_complete
    returning 1
  )
  select count(*) into folded from taken;
  return folded;
end $$;
call app_function('fold_rollups(int)');

-- Firm-years of one year, exact: folded rows and the deltas not folded yet. For functions of this file only.
create function firm_years(p_year int) returns table (
  tenant_id uuid, basis text, region_code text, industry_code text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, months_complete bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select u.tenant_id, u.basis, (array_agg(u.region_code order by u.turn desc))[1], (array_agg(u.industry_code order by u.turn desc))[1],
         sum(u.co2), sum(u.tce), sum(u.va), sum(u.output), sum(u.d_green), sum(u.a_own), sum(u.months)::bigint
  from (
    select r.tenant_id, r.basis, r.region_code, r.industry_code, r.co2, r.tce, r.va, r.output, r.d_green, r.a_own,
           r.months_complete::bigint as months, ''::text as turn
    from rollup_firm_year r where r.year = p_year
    union all
    select d.tenant_id, d.basis, d.region_code, d.industry_code, d.co2, d.tce, d.va, d.output, d.d_green, d.a_own,
           d.months_complete::bigint, lpad(d.id::text, 40, '0')
    from rollup_delta d where d.period between p_year * 100 and p_year * 100 + 12
  ) u
  group by u.tenant_id, u.basis;
end $$;
revoke all on function firm_years(int) from public;

-- The acting organisation's own year.
create function own_firm_year(p_year int) returns table (
  basis text, region_code text, industry_code text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, months_complete bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select f.basis, f.region_code, f.industry_code, f.co2, f.tce, f.va, f.output, f.d_green, f.a_own, f.months_complete
  from firm_years(p_year) f where f.tenant_id = cur_tenant();
end $$;
call app_function('own_firm_year(int)');

-- Monthly cells below a region (code prefix) and an industry (code prefix): no firm is named, counts are not suppressed here,
-- RS7 is applied by the verb for everybody who is not the region's regulator.
create function month_cells(p_region text, p_industry text, p_from int, p_to int) returns table (
  region_code text, industry_code text, period int, basis text, source_group text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, firms bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select u.region_code, u.industry_code, u.period, u.basis, u.source_group,
         sum(u.co2), sum(u.tce), sum(u.va), sum(u.output), sum(u.d_green), sum(u.a_own), sum(u.firms)::bigint
  from (
    select r.region_code, r.industry_code, r.period, r.basis, r.source_group, r.co2, r.tce, r.va, r.output, r.d_green, r.a_own,
           r.firms::bigint as firms
    from rollup_month r
    where r.period between p_from and p_to and starts_with(r.region_code, p_region) and starts_with(r.industry_code, p_industry)
    union all
    select d.region_code, d.industry_code, d.period, d.basis, d.source_group, d.co2, d.tce, d.va, d.output, d.d_green, d.a_own,
           d.months_complete::bigint
    from rollup_delta d
    where d.period between p_from and p_to and starts_with(d.region_code, p_region) and starts_with(d.industry_code, p_industry)
  ) u
  group by 1, 2, 3, 4, 5;
end $$;
call app_function('month_cells(text, text, int, int)');
