-- Reading one firm's year, or one cell's firms, touches their rows only: with a hundred thousand firms the whole year is no longer
-- added up for one answer. Same figures as before.

create or replace function own_firm_year(p_year int) returns table (
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

create or replace function peer_place(p_year int, p_region text, p_industry text, p_b numeric, p_k numeric) returns table (
  n bigint, larger bigint, smaller bigint, best_quartile numeric, included boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare me uuid := cur_tenant();
begin
  return query
  with sums as (
    select u.tenant_id, u.basis, sum(u.e) as e, sum(u.va) as va, sum(u.months) as months
    from (
      select r.tenant_id, r.basis, r.co2 - r.d_green as e, r.va, r.months_complete as months
      from rollup_firm_year r
      where r.year = p_year and starts_with(r.industry_code, p_industry) and starts_with(r.region_code, p_region)
      union all
      select d.tenant_id, d.basis, d.co2 - d.d_green, d.va, d.months_complete
      from rollup_delta d
      where d.period between p_year * 100 and p_year * 100 + 12
        and starts_with(d.industry_code, p_industry) and starts_with(d.region_code, p_region)
    ) u
    group by u.tenant_id, u.basis
  ), peers as (
    select distinct on (s.tenant_id) s.tenant_id as who, s.e / s.va as l, s.e / (s.va * p_b) as k
    from sums s where s.months >= 12 and s.va > 0
    order by s.tenant_id, s.basis desc
  )
  select count(*), count(*) filter (where who is distinct from me and round(k, 4) > p_k),
         count(*) filter (where who is distinct from me and round(k, 4) < p_k),
         percentile_disc(0.25) within group (order by l), coalesce(bool_or(who = me), false)
  from peers;
end $$;
