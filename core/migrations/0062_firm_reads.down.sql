create or replace function own_firm_year(p_year int) returns table (
  basis text, region_code text, industry_code text,
  co2 numeric, tce numeric, va numeric, output numeric, d_green numeric, a_own numeric, months_complete bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select f.basis, f.region_code, f.industry_code, f.co2, f.tce, f.va, f.output, f.d_green, f.a_own, f.months_complete
  from firm_years(p_year) f where f.tenant_id = cur_tenant();
end $$;

create or replace function peer_place(p_year int, p_region text, p_industry text, p_b numeric, p_k numeric) returns table (
  n bigint, larger bigint, smaller bigint, best_quartile numeric, included boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  with peers as (
    select distinct on (f.tenant_id) f.tenant_id as who, (f.co2 - f.d_green) / f.va as l, (f.co2 - f.d_green) / (f.va * p_b) as k
    from firm_years(p_year) f
    where f.months_complete >= 12 and f.va > 0 and starts_with(f.industry_code, p_industry) and starts_with(f.region_code, p_region)
    order by f.tenant_id, f.basis desc
  )
  select count(*), count(*) filter (where who <> cur_tenant() and round(k, 4) > p_k),
         count(*) filter (where who <> cur_tenant() and round(k, 4) < p_k),
         percentile_disc(0.25) within group (order by l), coalesce(bool_or(who = cur_tenant()), false)
  from peers;
end $$;
