create or replace function fold_rollups(p_limit int default 20000) returns int
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

drop function own_firm_year(int);
create function own_firm_year(p_year int) returns table (
  basis text, region_code text, industry_code text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, months_complete bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select u.basis, (array_agg(u.region_code order by u.turn desc))[1], (array_agg(u.industry_code order by u.turn desc))[1],
         sum(u.co2), sum(u.tce), sum(u.va), sum(u.output), sum(u.d_green), sum(u.a_own), sum(u.months)::bigint
  from (
    select r.basis, r.region_code, r.industry_code, r.co2, r.tce, r.va, r.output, r.d_green, r.a_own, r.months_complete as months,
           0::bigint as turn
    from rollup_firm_year r where r.tenant_id = cur_tenant() and r.year = p_year
    union all
    select d.basis, d.region_code, d.industry_code, d.co2, d.tce, d.va, d.output, d.d_green, d.a_own, d.months_complete, d.id
    from rollup_delta d where d.tenant_id = cur_tenant() and d.period between p_year * 100 and p_year * 100 + 12
  ) u
  group by u.basis;
end $$;
call app_function('own_firm_year(int)');

drop function month_cells(text, text, int, int);
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

drop function post_water(int, jsonb);
delete from rollup_delta where source_group = 'water';
delete from rollup_month where source_group = 'water';
-- a firm that saved its water only has nothing left to sum
delete from rollup_firm_year where water <> 0 and co2 = 0 and tce = 0 and va = 0 and output = 0 and d_green = 0 and a_own = 0 and months_complete = 0;
alter table water_year drop constraint water_year_counted_check;
alter table water_year drop column counted, drop column counted_region, drop column counted_industry;
alter table rollup_firm_year drop column water;
alter table rollup_month drop column water;
alter table rollup_delta drop column water, drop column water_years;
