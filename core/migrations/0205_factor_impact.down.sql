create or replace function factor_open_months(p_pairs jsonb, p_months int[]) returns table (tenant_id uuid, months int[])
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
create or replace function factor_impact(p_pairs jsonb, p_months int[], out firms bigint, out periods bigint, out submitted bigint, out examples jsonb)
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
drop function factor_month_bits(jsonb, int, int);
do $$ declare t text; begin
  foreach t in array array['organisation', 'template_item', 'month_head', 'part_year', 'draft', 'inventory_month', 'inventory_line'] loop
    execute format('alter policy versions on %I rename to factors', t);
    execute format('alter policy factors on %I using (current_setting(''app.machine'', true) = ''factors'')', t);
  end loop;
end $$;
