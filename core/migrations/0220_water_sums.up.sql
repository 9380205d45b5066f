-- Water intake belongs to the sums (RS1): one cell a year beside the value added, m3, counted when a firm's water year is complete. What
-- was counted stands beside the year, with the place where it was counted: what is taken back later is taken back there.
alter table rollup_delta add column water numeric(24,4) not null default 0, add column water_years int not null default 0;
alter table rollup_month add column water numeric(24,4) not null default 0;
alter table rollup_firm_year add column water numeric(24,4) not null default 0;
alter table water_year add column counted numeric(18,4), add column counted_region text, add column counted_industry text;
alter table water_year add constraint water_year_counted_check
  check ((counted is null) = (counted_region is null) and (counted is null) = (counted_industry is null));

-- Water of the acting organisation's year: rows of (region_code, industry_code, water, years), written by the save itself.
create function post_water(p_year int, p jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, water, water_years)
    select cur_tenant(), p_year * 100, coalesce(r.region_code, ''), coalesce(r.industry_code, ''), 'self', 'water', r.water, r.years
      from jsonb_to_recordset(p) as r(region_code text, industry_code text, water numeric, years int);
end $$;
call app_function('post_water(int, jsonb)');

create or replace function fold_rollups(p_limit int default 20000) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare folded int;
begin
  if not pg_try_advisory_xact_lock(7201984060) then return 0; end if;
  with taken as (
    delete from rollup_delta d using (select id from rollup_delta order by id limit p_limit for update skip locked) o
    where d.id = o.id returning d.*
  ), months as (
    insert into rollup_month as r (region_code, industry_code, period, basis, source_group, co2, tce, va, output, d_green, a_own, firms, water)
    select region_code, industry_code, period, basis, source_group,
           sum(co2), sum(tce), sum(va), sum(output), sum(d_green), sum(a_own), sum(months_complete + water_years), sum(water)
    from taken group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (region_code, industry_code, period, basis, source_group) do update set
      co2 = r.co2 + excluded.co2, tce = r.tce + excluded.tce, va = r.va + excluded.va, output = r.output + excluded.output,
      d_green = r.d_green + excluded.d_green, a_own = r.a_own + excluded.a_own, firms = r.firms + excluded.firms, water = r.water + excluded.water
    returning 1
  ), years as (
    insert into rollup_firm_year as r
      (tenant_id, year, basis, region_code, industry_code, co2, tce, va, output, d_green, a_own, months_complete, water)
    select tenant_id, period / 100, basis, (array_agg(region_code order by id desc))[1], (array_agg(industry_code order by id desc))[1],
           sum(co2), sum(tce), sum(va), sum(output), sum(d_green), sum(a_own), sum(months_complete), sum(water)
    from taken group by 1, 2, 3 order by 1, 2, 3
    on conflict (tenant_id, year, basis) do update set
      region_code = excluded.region_code, industry_code = excluded.industry_code,
      co2 = r.co2 + excluded.co2, tce = r.tce + excluded.tce, va = r.va + excluded.va, output = r.output + excluded.output,
      d_green = r.d_green + excluded.d_green, a_own = r.a_own + excluded.a_own,
      months_complete = r.months_complete + excluded.months_complete, water = r.water + excluded.water
    returning 1
  )
  select count(*) into folded from taken;
  return folded;
end $$;

drop function own_firm_year(int);
create function own_firm_year(p_year int) returns table (
  basis text, region_code text, industry_code text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, months_complete bigint, water numeric)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select u.basis, (array_agg(u.region_code order by u.turn desc))[1], (array_agg(u.industry_code order by u.turn desc))[1],
         sum(u.co2), sum(u.tce), sum(u.va), sum(u.output), sum(u.d_green), sum(u.a_own), sum(u.months)::bigint, sum(u.water)
  from (
    select r.basis, r.region_code, r.industry_code, r.co2, r.tce, r.va, r.output, r.d_green, r.a_own, r.months_complete as months,
           0::bigint as turn, r.water
    from rollup_firm_year r where r.tenant_id = cur_tenant() and r.year = p_year
    union all
    select d.basis, d.region_code, d.industry_code, d.co2, d.tce, d.va, d.output, d.d_green, d.a_own, d.months_complete, d.id, d.water
    from rollup_delta d where d.tenant_id = cur_tenant() and d.period between p_year * 100 and p_year * 100 + 12
  ) u
  group by u.basis;
end $$;
call app_function('own_firm_year(int)');

drop function month_cells(text, text, int, int);
create function month_cells(p_region text, p_industry text, p_from int, p_to int) returns table (
  region_code text, industry_code text, period int, basis text, source_group text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, firms bigint, water numeric)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select u.region_code, u.industry_code, u.period, u.basis, u.source_group,
         sum(u.co2), sum(u.tce), sum(u.va), sum(u.output), sum(u.d_green), sum(u.a_own), sum(u.firms)::bigint, sum(u.water)
  from (
    select r.region_code, r.industry_code, r.period, r.basis, r.source_group, r.co2, r.tce, r.va, r.output, r.d_green, r.a_own,
           r.firms::bigint as firms, r.water
    from rollup_month r
    where r.period between p_from and p_to and starts_with(r.region_code, p_region) and starts_with(r.industry_code, p_industry)
    union all
    select d.region_code, d.industry_code, d.period, d.basis, d.source_group, d.co2, d.tce, d.va, d.output, d.d_green, d.a_own,
           (d.months_complete + d.water_years)::bigint, d.water
    from rollup_delta d
    where d.period between p_from and p_to and starts_with(d.region_code, p_region) and starts_with(d.industry_code, p_industry)
  ) u
  group by 1, 2, 3, 4, 5;
end $$;
call app_function('month_cells(text, text, int, int)');
