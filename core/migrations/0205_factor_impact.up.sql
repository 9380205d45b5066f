-- Whom new values touch, at a hundred thousand firms.

-- The machine's eye is asked once a statement, not once a row, and (policies are tried from the last name) before whose row it is.
do $$ declare t text; begin
  foreach t in array array['organisation', 'template_item', 'month_head', 'part_year', 'draft', 'inventory_month', 'inventory_line'] loop
    execute format('alter policy factors on %I rename to versions', t);
    execute format('alter policy versions on %I using ((select current_setting(''app.machine'', true)) = ''factors'')', t);
  end loop;
end $$;

-- One walk over the submitted months instead of one row for each firm and month.
-- Months are bits: bit 0 is p_from, the months up to p_to follow without a gap (at most 60).
create function factor_month_bits(p_pairs jsonb, p_from int, p_to int) returns table (tenant_id uuid, open bigint, filed bigint, drafts int[])
language sql stable set search_path = public, pg_temp set enable_nestloop = off set work_mem = '32MB' as $$  -- every firm is asked: no probing
  with base as (select p_from / 100 * 12 + p_from % 100 as at, p_to / 100 * 12 + p_to % 100 - (p_from / 100 * 12 + p_from % 100) as top),
  pairs as materialized (select r.carrier, r.province from jsonb_to_recordset(p_pairs) as r(carrier text, province text)),
  firms as materialized (
    select g.id, case when g.region_code ~ '^[0-9]{6}$' then left(g.region_code, 2) || '0000' else 'CN' end as province
      from organisation g where g.kind = 'enterprise' and g.status in ('unverified', 'active')
  ), items as materialized (
    select distinct i.tenant_id, i.first_month, coalesce(i.last_month, 999912) as last_month
      from template_item i join firms f on f.id = i.tenant_id
     where exists (select 1 from pairs p where p.carrier = i.carrier and p.province in ('', f.province))
  ), spans as materialized (
    select s.first_month, s.last_month,
           (select coalesce(bit_or(1::bigint << n), 0) from base, generate_series(0, base.top) n
             where n + base.at between s.first_month / 100 * 12 + s.first_month % 100 and s.last_month / 100 * 12 + s.last_month % 100) as mask
      from (select distinct first_month, last_month from items) s
  ), wanted as (
    select i.tenant_id, bit_or(s.mask) as mask from items i join spans s using (first_month, last_month) group by 1
  ), done as (
    select h.tenant_id, bit_or(1::bigint << (h.period / 100 * 12 + h.period % 100 - base.at)) as mask
      from month_head h cross join base where h.state = 'submitted' and h.period between p_from and p_to group by 1
  ), off as (
    select y.tenant_id, bit_or(1::bigint << n) as mask
      from part_year y cross join base cross join lateral generate_series(0, base.top) n
     where y.year = (base.at + n - 1) / 12 and not y.months @> to_jsonb((base.at + n - 1) / 12 * 100 + (base.at + n - 1) % 12 + 1) group by 1
  ), beyond as (
    select d.tenant_id, array_agg(distinct d.period order by d.period) as periods
      from draft d join items i on i.tenant_id = d.tenant_id and d.period between i.first_month and i.last_month
     where d.period not between p_from and p_to
       and not exists (select 1 from month_head h where h.tenant_id = d.tenant_id and h.period = d.period and h.state = 'submitted')
       and not exists (select 1 from part_year y where y.tenant_id = d.tenant_id and y.year = d.period / 100 and not y.months @> to_jsonb(d.period))
     group by 1
  )
  select coalesce(w.tenant_id, s.tenant_id), coalesce(w.mask, 0) & ~coalesce(s.mask, 0) & ~coalesce(o.mask, 0), coalesce(s.mask, 0), coalesce(b.periods, '{}')
    from wanted w full join done s on s.tenant_id = w.tenant_id left join off o on o.tenant_id = w.tenant_id left join beyond b on b.tenant_id = w.tenant_id
$$;
revoke all on function factor_month_bits(jsonb, int, int) from public;

-- p_months: months that have ended, without a gap.
create or replace function factor_open_months(p_pairs jsonb, p_months int[]) returns table (tenant_id uuid, months int[])
language sql stable set search_path = public, pg_temp as $$
  select t.tenant_id, array(select m from unnest(p_months) with ordinality u(m, n) where t.open & (1::bigint << (n - 1)::int) <> 0 union select unnest(t.drafts) order by 1)
    from factor_month_bits(p_pairs, p_months[1], p_months[cardinality(p_months)]) t
   where t.open <> 0 or cardinality(t.drafts) > 0
$$;

create or replace function factor_impact(p_pairs jsonb, p_months int[], out firms bigint, out periods bigint, out submitted bigint, out examples jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  perform set_config('app.machine', 'factors', true);
  with bits as materialized (select * from factor_month_bits(p_pairs, p_months[1], p_months[cardinality(p_months)])),
  touched as (select * from bits b where b.open <> 0 or cardinality(b.drafts) > 0),
  shown as (
    select t.tenant_id, x.id, x.period, x.co2_total, g.region_code, g.industry_code
      from (select * from touched order by tenant_id limit 60) t join organisation g on g.id = t.tenant_id
      cross join lateral (select m.id, m.period, m.co2_total from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
                           where h.tenant_id = t.tenant_id and h.state = 'submitted' order by h.period desc limit 1) x
     where exists (select 1 from inventory_line l where l.tenant_id = t.tenant_id and l.month_id = x.id
                      and l.carrier in (select p->>'carrier' from jsonb_array_elements(p_pairs) p))
     order by t.tenant_id limit 3
  )
  select (select count(*) from touched), (select coalesce(sum(bit_count(t.open::bit(64)) + cardinality(t.drafts)), 0) from touched t),
         (select coalesce(sum(bit_count(b.filed::bit(64))), 0) from bits b),
         coalesce((select jsonb_agg(jsonb_build_object('region', s.region_code, 'industry', s.industry_code, 'period', s.period, 'total', s.co2_total::text,
           'lines', (select jsonb_agg(jsonb_build_object('carrier', l.carrier, 'use', l.use, 'unit', l.unit, 'amount', l.amount::text, 'co2', l.co2_t::text,
                        'factor', l.factor_code)) from inventory_line l where l.tenant_id = s.tenant_id and l.month_id = s.id))) from shown s), '[]')
    into firms, periods, submitted, examples;
  perform set_config('app.machine', '', true);
end $$;
